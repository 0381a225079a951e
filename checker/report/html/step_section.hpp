// One step of a story in full: call, findings, merge case, picture, changes, events, anon_vma families, interval trees,
// the page-map specification, and all VMAs.
#pragma once

#include "checker/report/html/vma_bars.hpp"
#include "checker/report/story.hpp"

#include <map>
#include <string>

namespace vmacheck::html {

using Layouts = std::map<std::size_t, Layout>;  // by slot, of the processes that are alive

enum class Anchored { no, yes };  // whether links lead to the step: one story of a page can have that

// `layouts`: after the step. With part_end between its parts.
std::string step_section(const Story& story, const StoryStep& step, const Layouts& layouts, VmaNames& names,
                         Anchored anchored = Anchored::yes);

// The VMAs of a process, a row each.
std::string vma_table(const Layout& layout, VmaNames& names);

// "step=7", the id of the section and what a link names.
std::string step_anchor(std::size_t number);

// The call and its result, with the process where there are several.
std::string call_line(const StoryStep& step);

}  // namespace vmacheck::html
