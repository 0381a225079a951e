#include "properties/run/full_catalogue.hpp"

#include "properties/run/catalogue.hpp"
#include "properties/run/extra_properties.hpp"

#include <dlfcn.h>

#include <filesystem>

namespace vmacheck {
namespace {

class FullChecker final : public PropertyChecker<Plain> {
public:
    FullChecker() : catalogue_(make_property_checker<Plain>()) {
        for (const ExtraProperties::Factory& each : extra_properties().factories()) extra_.push_back(each());
    }
    void check_step(const World<Plain>& world, const Op<Plain>& op, Report& report) override {
        catalogue_->check_step(world, op, report);
        for (const auto& each : extra_) each->check_step(world, op, report);
    }
    void start_from(const World<Plain>& world) override {
        catalogue_->start_from(world);
        for (const auto& each : extra_) each->start_from(world);
    }
    void check_contracts(const World<Plain>& world, const Op<Plain>& op, Report& report) override {
        catalogue_->check_contracts(world, op, report);
        for (const auto& each : extra_) each->check_contracts(world, op, report);
    }
    void check_all(const World<Plain>& world, Report& report) override {
        catalogue_->check_all(world, report);
        for (const auto& each : extra_) each->check_all(world, report);
    }

private:
    std::unique_ptr<PropertyChecker<Plain>> catalogue_;
    std::vector<std::unique_ptr<PropertyChecker<Plain>>> extra_;
};

// A function of the object, or nullptr.
template <class F>
F* function_named(void* object, const char* name) {
    return reinterpret_cast<F*>(dlsym(object, name));
}

// Those of this process, like the shared objects themselves.
std::vector<std::string>& loaded() {
    static std::vector<std::string> paths;
    return paths;
}

}  // namespace

const std::vector<PropertyInfo>& extra_property_infos() {
    return extra_properties().infos();
}

std::unique_ptr<PropertyChecker<Plain>> make_full_checker() {
    if (extra_properties().factories().empty()) return make_property_checker<Plain>();
    return std::make_unique<FullChecker>();
}

std::vector<PropertyInfo> whole_catalogue() {
    const auto own = all_properties();
    std::vector<PropertyInfo> all(own.begin(), own.end());
    const auto& extra = extra_properties().infos();
    all.insert(all.end(), extra.begin(), extra.end());
    return all;
}

const PropertyInfo* whole_property_named(std::string_view name) {
    if (const PropertyInfo* own = property_named(name)) return own;
    for (const PropertyInfo& each : extra_properties().infos())
        if (each.name == name) return &each;
    return nullptr;
}

std::string load_extra_properties(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return path + ": no such file";
    // With a directory in its name, or the search path of libraries would be searched.
    void* object = dlopen(std::filesystem::absolute(path).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (object == nullptr) return path + ": cannot be loaded: " + dlerror();
    auto* abi = function_named<ExtensionAbi()>(object, "vmacheck_extension_abi");
    auto* add = function_named<void(ExtraProperties&)>(object, "vmacheck_add_properties");
    if (abi == nullptr || add == nullptr)
        return path + ": has no vmacheck_extension_abi and vmacheck_add_properties; is it a library of properties?";
    const ExtensionAbi theirs = abi();
    const ExtensionAbi ours = extension_abi();
    if (std::string_view(theirs.version) != ours.version || theirs.world != ours.world || theirs.vma != ours.vma ||
        theirs.op != ours.op)
        return path + ": made for another version of vmacheck; build it again with the headers of this one";
    const std::size_t before = extra_properties().infos().size();
    add(extra_properties());
    const auto& infos = extra_properties().infos();
    for (std::size_t i = before; i < infos.size(); ++i) {
        bool twice = property_named(infos[i].name) != nullptr;
        for (std::size_t j = 0; j < i; ++j) twice |= infos[j].name == infos[i].name;
        if (twice) return path + ": there is a property '" + std::string(infos[i].name) + "' already";
    }
    loaded().push_back(path);
    return {};
}

const std::vector<std::string>& loaded_extra_properties() {
    return loaded();
}

}  // namespace vmacheck
