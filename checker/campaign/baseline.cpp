#include "checker/campaign/baseline.hpp"

#include "checker/config/toml_input.hpp"
#include "properties/run/full_catalogue.hpp"
#include "traces/format/names.hpp"

namespace vmacheck {
namespace {

// A property, or what the model itself reports.
bool is_finding_name(const std::string& name) {
    return whole_property_named(name) != nullptr || name == "bug-on" || name == "use-after-free";
}

Baseline read_accepted(TomlTable& top) {
    Baseline baseline;
    top.tables("accepted", [&](TomlTable& each) {
        Accepted accepted;
        const bool property = each.text("property", accepted.property, [](const std::string& name) {
            return is_finding_name(name) ? ""
                                         : "unknown property '" + name + "'; 'vmacheck list properties' shows them";
        });
        each.text("op", accepted.op, [](const std::string& name) {
            return op_kind_named(name) || name == "layout"
                       ? ""
                       : "unknown operation '" + name + "'; there are " + op_kind_list();
        });
        each.text("because", accepted.because, {});
        if (!property) throw TomlError{each.place(), "an accepted finding needs its 'property'"};
        if (accepted.because.empty()) throw TomlError{each.place(), "an accepted finding needs a 'because'"};
        baseline.push_back(std::move(accepted));
    });
    return baseline;
}

}  // namespace

bool Accepted::covers(std::string_view key) const {
    if (op.empty()) return key.substr(0, key.find('/')) == property;
    return key == property + "/" + op;
}

std::variant<Baseline, std::string> read_baseline(std::string_view toml, const std::string& path) {
    return read_toml_as<Baseline>({path, std::string(toml)}, read_accepted);
}

std::variant<Baseline, std::string> read_baseline_file(const std::string& path) {
    return read_toml_as<Baseline>({path, {}}, read_accepted);
}

}  // namespace vmacheck
