#include "properties/run/extra_properties.hpp"

namespace vmacheck {

ExtraProperties& extra_properties() {
    static ExtraProperties extra;
    return extra;
}

}  // namespace vmacheck
