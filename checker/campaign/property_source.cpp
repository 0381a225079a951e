#include "checker/campaign/property_source.hpp"

#include "checker/property_sources.hpp"

namespace vmacheck {

SourcePlace source_of_property(std::string_view name) {
    for (const generated::PropertySource& each : generated::property_sources)
        if (each.name == name) return {each.file, each.line};
    return {};
}

}  // namespace vmacheck
