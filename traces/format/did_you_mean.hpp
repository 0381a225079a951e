// What an unknown word may stand for, for messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

// " (did you mean 'munmap'?)" with the nearest of the words, the first of those equally near; empty: none is near. A word
// is near that a few letters put in, left out, changed or swapped make of it: one, and one more for each four letters;
// or that begins as it does.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

// Empty where there is one of this name; else "unknown fault 'x' (did you mean 'y'?); 'vmacheck list faults' shows
// them".
std::string unknown_fault(std::string_view name);
std::string unknown_profile(std::string_view name);

}  // namespace vmacheck
