// Where in the sources a property is written, for CI systems that show a finding next to the code.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vmacheck {

struct SourcePlace {
    std::string_view file;  // relative to the root of the sources; empty: unknown
    std::size_t line = 0;   // from 1
};

// Of a property of the catalogue, or of what the model itself reports. Read off the sources when the program is built.
SourcePlace source_of_property(std::string_view name);

}  // namespace vmacheck
