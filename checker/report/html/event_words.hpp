// Events in words, with the kernel function that each comes from.
#pragma once

#include <string_view>

namespace vmacheck::html {

struct EventWords {
    std::string_view name;
    std::string_view function;  // of v5.10; empty: several
    std::string_view words;
};

// Of an event by its name; without words where it has none.
EventWords words_of_event(std::string_view name);

}  // namespace vmacheck::html
