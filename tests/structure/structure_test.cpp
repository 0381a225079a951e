// The architecture as a test: which room may include which, where Z3 may be seen, and how long a file may get.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
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

TEST(Structure, IncludesPointOneWay) {
    for (const auto& [room, others] : allowed)
        for (const fs::path& path : sources_below(source_dir / room))
            for (const std::string& each : wrong_includes(room, read(path)))
                ADD_FAILURE() << fs::relative(path, source_dir) << ": " << each;
}

TEST(Structure, AnIncludeAgainstTheDirectionIsSeen) {
    EXPECT_EQ(wrong_includes("model", "#include \"properties/property.hpp\"\n").size(), 1u);
    EXPECT_EQ(wrong_includes("traces", "#include <checker/replay.hpp>").size(), 1u);
    EXPECT_TRUE(wrong_includes("checker", "#include \"traces/trace.hpp\"").empty());
    EXPECT_TRUE(wrong_includes("model", "#include <vector>\n#include \"model/vma.hpp\"").empty());
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

TEST(Structure, TheReadmeHasNothingLeftToFillIn) {
    EXPECT_EQ(read(source_dir / "README.md").find("@@"), std::string::npos);
}

}  // namespace
