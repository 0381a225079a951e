// The source tree as the tests of its structure see it, and lists of exceptions that may only get shorter.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace structure {

// The rooms of the product. Files are named by their path from the root of the tree.
inline const std::vector<std::string> rooms{"model", "properties", "traces", "checker"};

std::string read(const std::string& file);
std::vector<std::string> lines_of(const std::string& text);

// Every file of the tree, sorted; without what is built, installed or hidden.
const std::vector<std::string>& all_files();
bool exists(const std::string& file_or_folder);

bool ends_with(std::string_view text, std::string_view end);
bool begins_with(std::string_view text, std::string_view begin);

// The .cpp and .hpp files of the product, or below one folder.
std::vector<std::string> product_sources();
std::vector<std::string> sources_below(const std::string& folder);
// The pages: *.md.
std::vector<std::string> pages();

// The comments of a C++ source, a line for each line.
std::string comments_of(const std::string& text);
// The lines of a page that are no block of code.
std::vector<std::string> prose_of_page(const std::string& text);

// Compares what breaks a rule today with the exceptions in tests/structure/LIST, "NAME" or "NAME<tab>COUNT" a line. A
// new or greater one is a failure of the test, and so is one that has gone or become smaller, until the list says so.
// With VMACHECK_UPDATE_LISTS=1 in the environment the list is written instead.
void expect_only_the_exceptions(const std::string& list, const std::map<std::string, std::size_t>& today);
void expect_only_the_exceptions(const std::string& list, const std::set<std::string>& today);

// The same as data: a message for each difference.
std::vector<std::string> differences(const std::map<std::string, std::size_t>& listed,
                                     const std::map<std::string, std::size_t>& today);

}  // namespace structure
