// The architecture as a test: which room may include which, where Z3 may be seen, how long a file may get, and that the
// links of the documents lead somewhere.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path source_dir = VMACHECK_SOURCE_DIR;

// Whose headers each room may include, besides its own.
const std::map<std::string, std::set<std::string>> allowed{
    {"model", {}},
    {"properties", {"model"}},
    {"traces", {"model"}},
    {"checker", {"model", "properties", "traces"}},
};

struct Include {
    std::string room;
    std::string path;
};

// The includes of one source text that name a room of the project.
std::vector<Include> includes_of(const std::string& text) {
    static const std::regex pattern(R"(#include\s*[<"]([a-z_0-9]+)/([^>"]*)[>"])");
    std::vector<Include> found;
    for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at)
        if (allowed.count((*at)[1]) != 0 || (*at)[1] == "tests") found.push_back({(*at)[1], (*at)[0]});
    return found;
}

// What is wrong with the includes of a text that stands in a room.
std::vector<std::string> wrong_includes(const std::string& room, const std::string& text) {
    std::vector<std::string> wrong;
    for (const Include& each : includes_of(text))
        if (each.room != room && allowed.at(room).count(each.room) == 0) wrong.push_back(each.path);
    return wrong;
}

std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> sources_below(const fs::path& folder) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        const std::string ending = entry.path().extension();
        if (entry.is_regular_file() && (ending == ".cpp" || ending == ".hpp")) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

// The documents of the tree. What is built, installed or hidden is none of it.
std::vector<fs::path> documents() {
    std::vector<fs::path> found;
    for (fs::recursive_directory_iterator at(source_dir), end; at != end; ++at) {
        const std::string name = at->path().filename();
        const bool made = at.depth() == 0 && (name.rfind("build", 0) == 0 || name == "out");
        if (at->is_directory() && (made || name[0] == '.'))
            at.disable_recursion_pending();
        else if (at->path().extension() == ".md")
            found.push_back(at->path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

// The lines of a document that are no code.
std::vector<std::string> prose_of(const std::string& text) {
    std::vector<std::string> found;
    std::istringstream lines(text);
    bool code = false;
    for (std::string line; std::getline(lines, line);) {
        const std::size_t first = line.find_first_not_of(' ');
        if (first != std::string::npos && line.compare(first, 3, "```") == 0)
            code = !code;
        else if (!code)
            found.push_back(line);
    }
    return found;
}

// By what its headings are linked to.
std::set<std::string> anchors_of(const std::string& text) {
    std::set<std::string> found;
    for (const std::string& line : prose_of(text)) {
        if (line.empty() || line[0] != '#') continue;
        std::string anchor = "#";
        for (const char each : line.substr(line.find_first_not_of("# "))) {
            const auto letter = static_cast<unsigned char>(each);
            if (each == ' ') anchor += '-';
            if (std::isalnum(letter) != 0 || each == '-' || each == '_')
                anchor += static_cast<char>(std::tolower(letter));
        }
        found.insert(anchor);
    }
    return found;
}

// The relative links of a document whose file, or whose heading in it, is not there.
std::vector<std::string> broken_links(const fs::path& document, const std::string& text) {
    static const std::regex pattern(R"(\]\(([^)\s#]*)(#[^)\s]*)?\))");
    std::vector<std::string> broken;
    for (const std::string& line : prose_of(text))
        for (std::sregex_iterator at(line.begin(), line.end(), pattern), end; at != end; ++at) {
            const std::string target = (*at)[1];
            const std::string anchor = (*at)[2];
            if (target.find(':') != std::string::npos) continue;
            const fs::path file = target.empty() ? document : document.parent_path() / target;
            if (!fs::exists(file) || (!anchor.empty() && anchors_of(read(file)).count(anchor) == 0))
                broken.push_back(target + anchor);
        }
    return broken;
}

TEST(Structure, IncludesPointOneWay) {
    for (const auto& [room, others] : allowed)
        for (const fs::path& path : sources_below(source_dir / room))
            for (const std::string& each : wrong_includes(room, read(path)))
                ADD_FAILURE() << fs::relative(path, source_dir) << ": " << each;
}

TEST(Structure, AnIncludeAgainstTheDirectionIsSeen) {
    EXPECT_EQ(wrong_includes("model", "#include \"properties/step/property.hpp\"\n").size(), 1u);
    EXPECT_EQ(wrong_includes("traces", "#include <checker/run/replay.hpp>").size(), 1u);
    EXPECT_TRUE(wrong_includes("checker", "#include \"traces/format/trace.hpp\"").empty());
    EXPECT_TRUE(wrong_includes("model", "#include <vector>\n#include \"model/state/vma.hpp\"").empty());
}

TEST(Structure, Z3IsSeenInCheckerSmtOnly) {
    const std::regex z3(R"(#include\s*[<"]z3)");
    for (const auto& [room, others] : allowed)
        for (const fs::path& path : sources_below(source_dir / room)) {
            const std::string relative = fs::relative(path, source_dir);
            if (relative.rfind("checker/smt/", 0) == 0) continue;
            EXPECT_FALSE(std::regex_search(read(path), z3)) << relative;
        }
}

TEST(Structure, HeadersGuardThemselvesAndFilesStayShort) {
    for (const auto& [room, others] : allowed)
        for (const fs::path& path : sources_below(source_dir / room)) {
            const std::string text = read(path);
            const std::string relative = fs::relative(path, source_dir);
            const bool guarded = path.extension() != ".hpp" || text.find("#pragma once") != std::string::npos;
            EXPECT_TRUE(guarded) << relative << " has no #pragma once";
            const auto lines = std::count(text.begin(), text.end(), '\n');
            EXPECT_LE(lines, 450) << relative << " is long: is it still about one thing?";
        }
}

TEST(Structure, TheDocumentsHaveNothingLeftToFillIn) {
    for (const fs::path& path : documents())
        EXPECT_EQ(read(path).find("@@"), std::string::npos) << fs::relative(path, source_dir);
}

TEST(Structure, LinksOfTheDocumentsLeadSomewhere) {
    const std::vector<fs::path> all = documents();
    EXPECT_EQ(std::count(all.begin(), all.end(), source_dir / "README.md"), 1);
    for (const fs::path& path : all)
        for (const std::string& each : broken_links(path, read(path)))
            ADD_FAILURE() << fs::relative(path, source_dir) << " links to " << each << ", which is not there";
}

TEST(Structure, ABrokenLinkIsSeen) {
    const auto broken = [](const std::string& text) { return broken_links(source_dir / "model/README.md", text); };
    EXPECT_EQ(broken("a [page](../no_such_file.md) and [another](merge.cpp)\n"),
              std::vector<std::string>{"../no_such_file.md"});
    EXPECT_EQ(broken("[heading](../README.md#no-such-heading)"),
              std::vector<std::string>{"../README.md#no-such-heading"});
    EXPECT_TRUE(broken("[limits](#limits), [elsewhere](https://example.org/x)\n```\n[code](x)\n```\n").empty());
}

}  // namespace
