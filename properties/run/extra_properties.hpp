// Properties from outside the tree, checked with those of the catalogue by all that checks the model.
//
// A program adds its own before it runs the command line; a shared object gives them through two functions:
//
//   extern "C" vmacheck::ExtensionAbi vmacheck_extension_abi() { return vmacheck::extension_abi(); }
//   extern "C" void vmacheck_add_properties(vmacheck::ExtraProperties& extra) {
//       extra.add<MyProperty<vmacheck::Plain>>();
//   }
#pragma once

#include "properties/run/group_checker.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace vmacheck {

class ExtraProperties {
public:
    using Factory = std::function<std::unique_ptr<PropertyChecker<Plain>>()>;

    // Properties, as properties/step/property.hpp describes them, over Plain.
    template <class... P>
    void add() {
        const auto& infos = PropertyCheckerOf<Plain, P...>::properties;
        infos_.insert(infos_.end(), infos.begin(), infos.end());
        factories_.emplace_back([] { return std::make_unique<PropertyCheckerOf<Plain, P...>>(); });
    }

    [[nodiscard]] const std::vector<PropertyInfo>& infos() const { return infos_; }
    [[nodiscard]] const std::vector<Factory>& factories() const { return factories_; }

private:
    std::vector<PropertyInfo> infos_;
    std::vector<Factory> factories_;
};

// Those of this program. To be added to before the first checker is made, and by one thread.
ExtraProperties& extra_properties();

// What a shared object and the program that loads it must have in common.
struct ExtensionAbi {
    const char* version;
    std::size_t world;  // sizes, bytes
    std::size_t vma;
    std::size_t op;
};
inline constexpr const char* extension_version = "2";  // rises when what a property may use changes
inline ExtensionAbi extension_abi() {
    return {extension_version, sizeof(World<Plain>), sizeof(Vma<Plain>), sizeof(Op<Plain>)};
}

}  // namespace vmacheck
