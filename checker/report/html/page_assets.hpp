// The style and the script of every page, report.css and report.js, and what the explorer's page has instead of the
// script and in addition to the style. They are put into the program when it is built.
#pragma once

#include <string_view>

namespace vmacheck::html {

std::string_view page_style();
std::string_view page_script();
std::string_view explorer_style();
std::string_view explorer_script();

}  // namespace vmacheck::html
