// A finding as a box: what must hold, what was found, and who relies on it.
#pragma once

#include "checker/report/story.hpp"

#include <string>

namespace vmacheck::html {

// The rows of a list of terms: "must hold", "found" ... of a violated property.
std::string terms_of(const std::string& property, const std::string& text);

// At its step: the property, and what was found.
std::string finding_box(const StoryViolation& violation);
std::string difference_box(const Difference& difference);

// A row of a list of terms; `html` is HTML.
std::string term(std::string_view name, std::string_view html);

}  // namespace vmacheck::html
