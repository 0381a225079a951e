// Which room includes which, who sees the World, and who sees Z3.
#include "tests/structure/tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

namespace structure {
namespace {

using Includes = std::map<std::string, std::vector<std::string>>;  // of each file: the files of the tree it includes

std::vector<std::string> includes_in(const std::string& text) {
    static const std::regex pattern(R"(#include\s*[<"]((model|properties|traces|checker|tests)/[^>"]*)[>"])");
    std::vector<std::string> found;
    for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) found.push_back((*at)[1]);
    return found;
}

const Includes& includes() {
    static const Includes all = [] {
        Includes found;
        for (const std::string& file : product_sources()) found[file] = includes_in(read(file));
        return found;
    }();
    return all;
}

// "model", "model/ops", "checker/smt" ...: the folder below model/ and checker/, else the top folder.
std::string room_of(const std::string& file) {
    const std::size_t first = file.find('/');
    const std::string top = file.substr(0, first);
    if (top != "model" && top != "checker") return top;
    const std::size_t second = file.find('/', first + 1);
    return second == std::string::npos ? top : file.substr(0, second);
}

std::string top_of(const std::string& room) {
    return room.substr(0, room.find('/'));
}

const std::set<std::string>& may_include(const std::string& top) {
    static const std::map<std::string, std::set<std::string>> allowed{
        {"model", {"model"}},
        {"properties", {"model", "properties"}},
        {"traces", {"model", "traces"}},
        {"checker", {"model", "properties", "traces", "checker"}},
    };
    return allowed.at(top);
}

// Of the rooms inside checker/: each may include those before it, but for the pairs below.
const std::vector<std::string> checker_rooms{"config",  "subject", "run",      "coverage", "random", "exhaustive",
                                             "conform", "smt",     "campaign", "detect",   "report", "cli"};
const std::set<std::pair<std::string, std::string>> apart{
    {"exhaustive", "random"}, {"smt", "conform"}, {"campaign", "conform"}, {"detect", "conform"}, {"report", "detect"}};

bool checker_room_may_include(const std::string& room, const std::string& other) {
    const auto place = [](const std::string& name) {
        return std::find(checker_rooms.begin(), checker_rooms.end(), name) - checker_rooms.begin();
    };
    return room == other || (place(other) < place(room) && apart.count({room, other}) == 0);
}

// Data before the code that works on it, and that before the system calls.
bool model_room_may_include(const std::string& room, const std::string& other) {
    if (room == "model/ops") return true;
    if (room == "model") return other != "model/ops";
    return other != "model" && other != "model/ops";
}

bool is_allowed(const std::string& file, const std::string& included) {
    const std::string room = room_of(file);
    const std::string other = room_of(included);
    if (may_include(top_of(room)).count(top_of(other)) == 0) return false;
    if (top_of(room) == "model") return model_room_may_include(room, other);
    if (top_of(room) != "checker" || top_of(other) != "checker" || room == "checker") return true;
    if (other == "checker") return true;  // made by the build
    const std::string top = "checker/";
    return checker_room_may_include(room.substr(top.size()), other.substr(top.size()));
}

// Whether a file includes another, directly or through others.
bool reaches(const Includes& all, const std::string& file, const std::string& other, std::set<std::string>& seen) {
    if (file == other) return true;
    const auto at = all.find(file);
    if (at == all.end()) return false;
    for (const std::string& each : at->second)
        if (seen.insert(each).second && reaches(all, each, other, seen)) return true;
    return false;
}

const std::string world_header = "model/state/world.hpp";

// Those who step a World, or look into it.
bool may_see_the_world(const std::string& file) {
    for (const char* const room : {"model/", "properties/", "checker/subject/model", "checker/run/", "checker/random/",
                                   "checker/exhaustive/", "checker/smt/", "checker/detect/"})
        if (begins_with(file, room)) return true;
    return false;
}

std::set<std::string> others_who_see_the_world(const Includes& all) {
    std::set<std::string> found;
    for (const auto& [file, included] : all) {
        std::set<std::string> seen;
        if (!may_see_the_world(file) && reaches(all, file, world_header, seen)) found.insert(file);
    }
    return found;
}

TEST(Includes, point_one_way) {
    std::set<std::string> wrong;
    for (const auto& [file, included] : includes())
        for (const std::string& each : included)
            if (!is_allowed(file, each)) wrong.insert(file + " -> " + each);
    expect_only_the_exceptions("includes.txt", wrong);
}

TEST(Includes, name_every_room_of_the_checker) {
    for (const std::string& file : sources_below("checker")) {
        const std::string room = room_of(file);
        if (room == "checker") continue;
        EXPECT_EQ(std::count(checker_rooms.begin(), checker_rooms.end(), room.substr(8)), 1) << room;
    }
}

TEST(Includes, against_the_direction_are_seen) {
    const auto wrong = [](const std::string& file, const std::string& line) {
        const std::vector<std::string> found = includes_in(line);
        return found.size() == 1 && !is_allowed(file, found[0]);
    };
    EXPECT_TRUE(wrong("model/merge.cpp", "#include \"properties/step/property.hpp\"\n"));
    EXPECT_TRUE(wrong("model/merge.cpp", "#include \"model/ops/ops.hpp\""));
    EXPECT_TRUE(wrong("model/op/op.hpp", "#include \"model/merge.hpp\""));
    EXPECT_TRUE(wrong("model/faults/fault.cpp", "#include \"model/ops/ops.hpp\""));
    EXPECT_TRUE(wrong("properties/run/affected.hpp", "#include \"traces/format/trace.hpp\""));
    EXPECT_TRUE(wrong("traces/format/reader.cpp", "#include <checker/run/replay.hpp>"));
    EXPECT_TRUE(wrong("checker/run/replay.cpp", "#include \"tests/support/found_traces.hpp\""));
    EXPECT_TRUE(wrong("checker/subject/model.cpp", "#include \"checker/run/replay.hpp\""));
    EXPECT_TRUE(wrong("checker/run/replay.cpp", "#include \"checker/random/engine.hpp\""));
    EXPECT_TRUE(wrong("checker/coverage/grid.cpp", "#include \"checker/exhaustive/scope.hpp\""));
    EXPECT_TRUE(wrong("checker/exhaustive/scope.cpp", "#include \"checker/random/engine.hpp\""));
    EXPECT_TRUE(wrong("checker/smt/guide.cpp", "#include \"checker/campaign/engine.hpp\""));
    EXPECT_TRUE(wrong("checker/campaign/run.cpp", "#include \"checker/report/explain.hpp\""));
    EXPECT_TRUE(wrong("checker/report/explain.cpp", "#include \"checker/cli/program.hpp\""));
    EXPECT_FALSE(wrong("checker/cli/program.cpp", "#include \"checker/report/explain.hpp\""));
    EXPECT_FALSE(wrong("checker/report/explain.cpp", "#include \"checker/conform/lockstep.hpp\""));
    EXPECT_FALSE(wrong("model/ops/mmap.cpp", "#include \"model/do_mmap.hpp\""));
}

TEST(Includes, show_the_world_to_those_who_step_it) {
    expect_only_the_exceptions("world.txt", others_who_see_the_world(includes()));
}

TEST(Includes, of_the_world_through_another_header_are_seen) {
    const Includes all{{"checker/report/a.cpp", {"checker/report/a.hpp"}},
                       {"checker/report/a.hpp", {"traces/format/trace.hpp"}},
                       {"traces/format/trace.hpp", {world_header}},
                       {"checker/report/b.cpp", {"model/op/op.hpp"}},
                       {"checker/random/c.cpp", {world_header}}};
    EXPECT_EQ(others_who_see_the_world(all),
              (std::set<std::string>{"checker/report/a.cpp", "checker/report/a.hpp", "traces/format/trace.hpp"}));
}

bool includes_z3(const std::string& text) {
    return std::regex_search(text, std::regex(R"(#include\s*[<"]z3)"));
}

TEST(Includes, of_z3_are_in_checker_smt_only) {
    EXPECT_TRUE(includes_z3("#include <z3++.h>"));
    for (const std::string& file : product_sources()) {
        if (begins_with(file, "checker/smt/")) continue;
        EXPECT_FALSE(includes_z3(read(file))) << file;
    }
}

TEST(Includes, of_the_http_library_are_in_one_file) {
    for (const std::string& file : product_sources())
        EXPECT_EQ(read(file).find("#include <httplib.h>") != std::string::npos,
                  file == "checker/report/serve/page_server.cpp")
            << file;
}

}  // namespace
}  // namespace structure
