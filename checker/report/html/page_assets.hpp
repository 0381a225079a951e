// The style and the script of every page: report.css and report.js, put into the program when it is built.
#pragma once

#include <string_view>

namespace vmacheck::html {

std::string_view page_style();
std::string_view page_script();

}  // namespace vmacheck::html
