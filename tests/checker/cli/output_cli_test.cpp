// Files and directories that cannot be written: said before a search, or after its verdict.
#include "tests/checker/cli/run_program.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <filesystem>

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using Words = std::vector<std::string>;

const std::string fault = "adjust-gap-not-updated";  // found after a few operations
const std::string many = "1000000000000";            // a search that would not end within a minute

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

Words with(Words first, const Words& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

void expect_refused(const Words& arguments, const std::string& said) {
    const Ran ran = run_program(arguments);
    EXPECT_EQ(ran.exit_code, 150) << arguments.front() << ": " << ran.out;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_TRUE(has(ran.err, said)) << said << " is not in: " << ran.err;
}

TEST(Outputs, AreTriedBeforeTheSearch) {
    const Scratch scratch;
    const std::string file = scratch.file("file", "");
    const std::string nowhere = scratch.path("no/such/file");
    const std::string no_directory = "/proc/vmacheck";  // which nobody can make, whoever runs this
    for (const Words& search :
         {Words{"campaign", "--ops", many}, Words{"random", "--ops", many}, Words{"guide", "--ops", many},
          Words{"explore", "--scope", "anon", "--pages", "12"}, Words{"tour", "--scope", "mixed"}, Words{"prove"},
          Words{"reach", "mremap:EACCES", "--within", "12", "--ops", many}}) {
        expect_refused(with(search, {"--out", no_directory}), no_directory + ": cannot be written to");
        expect_refused(with(search, {"--out", file + "/below"}), "not a directory");
    }
    const Words campaign{"campaign", "--ops", many, "--out", scratch.path("found")};
    for (const std::string option : {"--junit", "--sarif", "--summary", "--html"}) {
        expect_refused(with(campaign, {option, nowhere}), nowhere + ": cannot be written");
        expect_refused(with(campaign, {option, "/dev/null"}), "not a regular file");
    }
    expect_refused(with(campaign, {"--db", nowhere}), nowhere + ": cannot be opened");
    expect_refused(
        {"explore", "--scope", "anon", "--pages", "12", "--out", scratch.path("found"), "--graph", nowhere + ".dot"},
        "cannot be written");
    EXPECT_EQ(scratch.names(), Words{"file"}) << "trying leaves nothing behind";
}

TEST(Outputs, OfMergeAreTriedFirst) {
    const Scratch scratch;
    const std::string db = scratch.path("c.db");
    const Words out{"--out", scratch.path("found")};
    EXPECT_EQ(run_program(with({"campaign", "--ops", "100", "--progress", "none", "--db", db}, out)).exit_code, 0);
    expect_refused(with({"merge", db, "--junit", scratch.path("no/j.xml")}, out), "cannot be written");
    expect_refused({"merge", db, "--out", "/proc/vmacheck"}, "cannot be written to");
}

// What stands in the way only at the end: directories that have the names of the findings.
TEST(Outputs, ThatFailAtTheEndTakeNoVerdictAway) {
    const Scratch scratch;
    const std::string found = scratch.path("found");
    for (const Words& search : {Words{"campaign", "--ops", "2000"}, Words{"random"}, Words{"guide"}}) {
        SCOPED_TRACE(search.front());
        const Words words = with(search, {"--faults", fault, "--progress", "none", "--out", found});
        EXPECT_EQ(run_program(words).exit_code, 12);
        Words names;
        for (const auto& each : fs::directory_iterator(found)) names.push_back(each.path());
        ASSERT_FALSE(names.empty());
        fs::remove_all(found);
        for (const std::string& each : names) fs::create_directories(each);

        const Ran text = run_program(words);
        EXPECT_EQ(text.exit_code, 150);
        EXPECT_TRUE(has("\n" + text.out, "\nviolated    v5.10 with " + fault)) << text.out;
        EXPECT_TRUE(has(text.out, "gap-cache: ")) << text.out;
        EXPECT_TRUE(has(text.err, "not a regular file")) << text.err;
        const Ran ran = run_program(with(words, {"--format", "json"}));
        EXPECT_EQ(ran.exit_code, 150);
        const json::object object = json::parse(ran.out).as_object();
        EXPECT_EQ(object.at("verdict"), "violated");
        EXPECT_FALSE(object.at("findings").as_array().empty());
        EXPECT_EQ(object.at("errors").as_array().size(), 1u);
        fs::remove_all(found);
    }
}

TEST(Outputs, OfMinimiseIsTriedFirst) {
    const Scratch scratch;
    const std::string out = scratch.path("found");
    EXPECT_EQ(run_program({"random", "--faults", fault, "--progress", "none", "--out", out}).exit_code, 12);
    const std::string trace = fs::directory_iterator(out)->path();
    const Ran ran = run_program({"minimise", trace, "--out", scratch.path("no/small.jsonl")});
    EXPECT_EQ(ran.exit_code, 150);
    EXPECT_EQ(ran.out, "") << "nothing was done";
    EXPECT_TRUE(has(ran.err, "cannot be written")) << ran.err;
}

}  // namespace
