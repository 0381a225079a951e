// The same property as a shared object.
#include "at_most_vmas.hpp"
#include "properties/run/extra_properties.hpp"

extern "C" vmacheck::ExtensionAbi vmacheck_extension_abi() {
    return vmacheck::extension_abi();
}

extern "C" void vmacheck_add_properties(vmacheck::ExtraProperties& extra) {
    extra.add<mine::AtMostVmas<vmacheck::Plain>>();
}
