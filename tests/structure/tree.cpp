#include "tests/structure/tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace structure {
namespace {

namespace fs = std::filesystem;

const fs::path source_dir = VMACHECK_SOURCE_DIR;

std::vector<std::string> find_files() {
    std::vector<std::string> found;
    for (fs::recursive_directory_iterator at(source_dir), end; at != end; ++at) {
        const std::string name = at->path().filename();
        const bool made = at.depth() == 0 && (begins_with(name, "build") || name == "out" || name == "findings" ||
                                              name == "reached" || name == "tours");
        if (made || name == ".git")
            at.disable_recursion_pending();
        else if (at->is_regular_file())
            found.push_back(at->path().lexically_relative(source_dir));
    }
    std::sort(found.begin(), found.end());
    return found;
}

bool is_source(const std::string& file) {
    return ends_with(file, ".cpp") || ends_with(file, ".hpp");
}

// The position after the literal whose opening quote is at `at`.
std::size_t end_of_literal(const std::string& text, std::size_t at) {
    const char quote = text[at];
    if (quote == '"' && at > 0 && text[at - 1] == 'R') {
        const std::size_t open = text.find('(', at);
        const std::string close = ")" + text.substr(at + 1, open - at - 1) + "\"";
        return std::min(text.find(close, open), text.size() - close.size()) + close.size();
    }
    for (++at; at < text.size() && text[at] != quote && text[at] != '\n'; ++at)
        if (text[at] == '\\') ++at;
    return at + 1;
}

std::map<std::string, std::size_t> read_list(const std::string& list) {
    std::map<std::string, std::size_t> found;
    for (const std::string& line : lines_of(read("tests/structure/" + list))) {
        if (line.empty() || line[0] == '#') continue;
        const std::size_t tab = line.find('\t');
        found[line.substr(0, tab)] = tab == std::string::npos ? 1 : std::stoul(line.substr(tab + 1));
    }
    return found;
}

// Keeps the comment at the top of the list.
void write_list(const std::string& list, const std::map<std::string, std::size_t>& today, bool counted) {
    std::string text;
    for (const std::string& line : lines_of(read("tests/structure/" + list)))
        if (begins_with(line, "#")) text += line + "\n";
    for (const auto& [name, count] : today) {
        text += name;
        if (counted) text += "\t" + std::to_string(count);
        text += "\n";
    }
    std::ofstream(source_dir / "tests/structure" / list, std::ios::binary) << text;
}

void compare_with_list(const std::string& list, const std::map<std::string, std::size_t>& today, bool counted) {
    const char* const update = std::getenv("VMACHECK_UPDATE_LISTS");
    if (update != nullptr && std::string_view(update) == "1") write_list(list, today, counted);
    for (const std::string& each : differences(read_list(list), today))
        ADD_FAILURE() << each << " (exceptions: tests/structure/" << list << ")";
}

}  // namespace

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool begins_with(std::string_view text, std::string_view begin) {
    return text.substr(0, begin.size()) == begin;
}

std::string read(const std::string& file) {
    std::ifstream in(source_dir / file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> found;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) found.push_back(line);
    return found;
}

const std::vector<std::string>& all_files() {
    static const std::vector<std::string> found = find_files();
    return found;
}

bool exists(const std::string& file_or_folder) {
    return fs::exists(source_dir / file_or_folder);
}

std::vector<std::string> sources_below(const std::string& folder) {
    std::vector<std::string> found;
    for (const std::string& file : all_files())
        if (begins_with(file, folder + "/") && is_source(file)) found.push_back(file);
    return found;
}

std::vector<std::string> product_sources() {
    std::vector<std::string> found;
    for (const std::string& room : rooms)
        for (std::string& file : sources_below(room)) found.push_back(std::move(file));
    return found;
}

std::vector<std::string> pages() {
    std::vector<std::string> found;
    for (const std::string& file : all_files())
        if (ends_with(file, ".md")) found.push_back(file);
    return found;
}

std::string comments_of(const std::string& text) {
    std::string comments;
    const auto is_digit_separator = [&text](std::size_t at) {
        return text[at] == '\'' && at > 0 && std::isalnum(static_cast<unsigned char>(text[at - 1])) != 0;
    };
    for (std::size_t at = 0; at < text.size();) {
        const bool block = text.compare(at, 2, "/*") == 0;
        if (block || text.compare(at, 2, "//") == 0) {
            const std::size_t end = std::min(text.find(block ? "*/" : "\n", at), text.size());
            comments += text.substr(at + 2, end - at - 2) + "\n";
            at = end + (block ? 2 : 1);
        } else if ((text[at] == '"' || text[at] == '\'') && !is_digit_separator(at)) {
            at = end_of_literal(text, at);
        } else {
            ++at;
        }
    }
    return comments;
}

std::vector<std::string> prose_of_page(const std::string& text) {
    std::vector<std::string> found;
    bool code = false;
    for (const std::string& line : lines_of(text)) {
        const std::size_t first = line.find_first_not_of(' ');
        if (first != std::string::npos && line.compare(first, 3, "```") == 0)
            code = !code;
        else if (!code)
            found.push_back(line);
    }
    return found;
}

std::vector<std::string> differences(const std::map<std::string, std::size_t>& listed,
                                     const std::map<std::string, std::size_t>& today) {
    std::vector<std::string> found;
    for (const auto& [name, count] : today) {
        const auto at = listed.find(name);
        const std::size_t allowed = at == listed.end() ? 0 : at->second;
        if (count > allowed)
            found.push_back(name + ": " + std::to_string(count) + ", allowed are " + std::to_string(allowed));
    }
    for (const auto& [name, allowed] : listed) {
        const auto at = today.find(name);
        const std::size_t count = at == today.end() ? 0 : at->second;
        if (count < allowed)
            found.push_back(name + ": only " + std::to_string(count) + " left; lower the " + std::to_string(allowed) +
                            " of the list");
    }
    return found;
}

void expect_only_the_exceptions(const std::string& list, const std::map<std::string, std::size_t>& today) {
    compare_with_list(list, today, true);
}

void expect_only_the_exceptions(const std::string& list, const std::set<std::string>& today) {
    std::map<std::string, std::size_t> counted;
    for (const std::string& each : today) counted[each] = 1;
    compare_with_list(list, counted, false);
}

}  // namespace structure
