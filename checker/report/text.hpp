// A story as text.
#pragma once

#include "checker/report/story.hpp"

#include <string>

namespace vmacheck {

// All of it: the title, each step with its picture, and the end.
std::string text_of(const Story& story);

// What fits on a screen: one line a step, the last step in full, and the end. Empty without steps.
std::string short_text_of(const Story& story);

// How it ended: what is violated or differs, or that all holds.
std::string end_text_of(const Story& story);

}  // namespace vmacheck
