// How long functions and files may get.
#include "tests/structure/tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

namespace structure {
namespace {

constexpr std::size_t longest_function = 70;  // lines, from its first to its closing brace
constexpr std::size_t longest_file = 400;

std::size_t indent_of(const std::string& line) {
    return std::min(line.find_first_not_of(' '), line.size());
}

bool is_comment(const std::string& line) {
    return line.compare(indent_of(line), 2, "//") == 0;
}

// Where the statement begins whose last line is this one, which opens a block.
std::size_t first_line_of(const std::vector<std::string>& lines, std::size_t at) {
    const auto ends_a_statement = [](const std::string& line) {
        return line.empty() || is_comment(line) || line[0] == '#' || line.back() == ';' || line.back() == '{' ||
               line.back() == '}' || (line.back() == ':' && line.find('(') == std::string::npos);
    };
    while (at > 0 && !ends_a_statement(lines[at - 1])) --at;
    return at;
}

// Whether these lines open the body of a function (or of a lambda) and not of something else.
bool opens_function(const std::string& statement) {
    static const std::regex end(R"([)}\]]( const| noexcept| override| mutable| -> [^{]*)* \{$)");
    static const std::regex other(
        R"(^\s*(\} )?(if|for|while|switch|else|do|try|catch|namespace|struct|class|enum|return)\b)");
    return std::regex_search(statement, end) && !std::regex_search(statement, other);
}

// "NAME of FILE" could be ambiguous, so a function is named by what is before its first parenthesis.
std::string name_in(const std::string& statement) {
    static const std::regex name(R"(([A-Za-z_0-9:~]+)\()");
    std::smatch match;
    return std::regex_search(statement, match, name) ? match[1].str() : "?";
}

struct Function {
    std::string name;
    std::size_t lines = 0;
};

// How many of the statement's parentheses are still open. Below 0: its first lines ended in a semicolon, as in a for.
int open_parentheses(const std::string& statement) {
    return static_cast<int>(std::count(statement.begin(), statement.end(), '(') -
                            std::count(statement.begin(), statement.end(), ')'));
}

// The functions of a source as clang-format lays it out: the closing brace is indented as the first line is, or, of a
// lambda among the arguments of a call, as its own line is.
std::vector<Function> functions_of(const std::string& text) {
    const std::vector<std::string> lines = lines_of(text);
    std::vector<Function> found;
    for (std::size_t at = 0; at < lines.size(); ++at) {
        if (lines[at].empty() || lines[at].back() != '{' || is_comment(lines[at])) continue;
        const std::size_t first = first_line_of(lines, at);
        std::string statement;
        for (std::size_t line = first; line <= at; ++line) statement += (line > first ? " " : "") + lines[line];
        const int open = open_parentheses(statement);
        if (open < 0 || !opens_function(statement)) continue;
        const std::string close = std::string(indent_of(lines[open > 0 ? at : first]), ' ') + "}";
        std::size_t last = at + 1;
        while (last < lines.size() && !begins_with(lines[last], close)) ++last;
        found.push_back({name_in(statement), last - first + 1});
    }
    return found;
}

TEST(Size, functions_stay_short) {
    std::map<std::string, std::size_t> long_ones;
    for (const std::string& file : product_sources())
        for (const Function& each : functions_of(read(file)))
            if (each.lines > longest_function) long_ones[file + " " + each.name] = each.lines;
    expect_only_the_exceptions("long_functions.txt", long_ones);
}

TEST(Size, the_lines_of_a_function_are_counted) {
    const std::vector<Function> found = functions_of(R"(namespace a {
struct Counter {
    int value() const {
        return 1;
    }
};

template <class D>
std::vector<int> Counter::all(int first,
                              int last) {
    if (first > last) {
        return {};
    }
    const auto next = [&](int at) {
        return at;
    };
    for (int at = first;
         at < last;) {
        ++at;
    }
    call(
        1,
        [&](int at) {
            return at;
        },
        2);
    return {};
}

Counter::Counter(int a)
    : a_(a), b_(a) {
    go();
}
}  // namespace a
)");
    ASSERT_EQ(found.size(), 5u);
    EXPECT_EQ(found[0].name, "value");
    EXPECT_EQ(found[0].lines, 3u);
    EXPECT_EQ(found[1].name, "Counter::all");
    EXPECT_EQ(found[1].lines, 21u);
    EXPECT_EQ(found[2].lines, 3u);
    EXPECT_EQ(found[3].name, "call");
    EXPECT_EQ(found[3].lines, 5u);
    EXPECT_EQ(found[4].name, "Counter::Counter");
    EXPECT_EQ(found[4].lines, 4u);
}

std::size_t count_lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(Size, files_stay_short) {
    std::map<std::string, std::size_t> long_ones;
    for (const std::string& file : product_sources())
        if (const std::size_t lines = count_lines(read(file)); lines > longest_file) long_ones[file] = lines;
    expect_only_the_exceptions("long_files.txt", long_ones);
}

TEST(Size, the_first_page_fits_a_few_screens) {
    EXPECT_LE(count_lines(read("README.md")), 160u);
}

TEST(Size, a_list_of_exceptions_may_only_get_shorter) {
    const std::map<std::string, std::size_t> listed{{"same", 80}, {"gone", 90}, {"shorter", 100}, {"longer", 75}};
    const std::map<std::string, std::size_t> today{{"same", 80}, {"shorter", 99}, {"longer", 76}, {"new", 71}};
    EXPECT_EQ(differences(listed, today),
              (std::vector<std::string>{"longer: 76, allowed are 75", "new: 71, allowed are 0",
                                        "gone: only 0 left; lower the 90 of the list",
                                        "shorter: only 99 left; lower the 100 of the list"}));
    EXPECT_TRUE(differences(listed, listed).empty());
}

}  // namespace
}  // namespace structure
