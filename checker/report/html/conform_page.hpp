// A check of a subject as a page: the first row that differs, the statement, and each difference with its trace and its
// C program.
#pragma once

#include "checker/report/conform_report.hpp"

#include <string>

namespace vmacheck::html {

std::string conform_page(const ConformReport& report);

}  // namespace vmacheck::html
