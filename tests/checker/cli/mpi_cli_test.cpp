// explore --mpi under mpirun: the output, the files and the exit code of one process. Skipped where there is no Open MPI,
// or the program was built without; tests/checker/exhaustive/ranks_test.cpp has the same search without MPI.
#include "tests/checker/cli/run_program.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using Words = std::vector<std::string>;

Words with(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

Words mpi_command(unsigned ranks, const Words& more) {
    const Words words{"mpirun",         "-q",      "--oversubscribe", "-n",         std::to_string(ranks),
                      VMACHECK_PROGRAM, "explore", "--mpi",           "--progress", "none"};
    return with(words, more);
}

Ran one_process(const Words& more) {
    return run_program(with({"explore", "--progress", "none"}, more));
}

std::string lasting(const Ran& ran) {
    json::object object = json::parse(ran.out).as_object();
    EXPECT_TRUE(object.contains("timing"));
    object.erase("timing");
    return json::serialize(object);
}

std::map<std::string, std::string> files(const std::string& directory) {
    std::map<std::string, std::string> found;
    for (const auto& each : fs::recursive_directory_iterator(directory))
        if (each.is_regular_file()) found[fs::relative(each.path(), directory)] = contents(each.path());
    return found;
}

class Mpi : public testing::Test {
protected:
    void SetUp() override {
        if (run_command({"sh", "-c", "command -v mpirun"}).exit_code != 0)
            GTEST_SKIP() << "no mpirun here (package openmpi-bin)";
        if (!fs::exists(fs::path(VMACHECK_PROGRAM).parent_path() / "vmacheck-mpi.so"))
            GTEST_SKIP() << "the program was built without MPI (package libboost-mpi1.81-dev)";
        // As in a container: root, and processes that may not read each other's memory.
        setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
        setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
        setenv("OMPI_MCA_btl_vader_single_copy_mechanism", "none", 1);
    }
};

TEST_F(Mpi, SameOutputForAnyNumberOfRanks) {
    for (const Words& scope :
         {Words{"--scope", "peer", "--pages", "4", "--cells"}, Words{"--scope", "swap", "--jobs", "2"},
          Words{"--scope", "family", "--reduce"}, Words{"--scope", "peer", "--pages", "3", "--keep-shape"},
          Words{"--scope", "peer", "--pages", "4", "--hash-compact"}}) {
        const Ran text = one_process(scope);
        EXPECT_EQ(text.exit_code, 0);
        const std::string object = lasting(one_process(with(scope, {"--format", "json"})));
        for (const unsigned ranks : {1u, 2u, 4u}) {
            const Ran ran = run_command(mpi_command(ranks, scope));
            EXPECT_EQ(ran.exit_code, 0) << ran.err;
            EXPECT_EQ(ran.out, text.out);
            EXPECT_EQ(ran.err, "");
        }
        EXPECT_EQ(lasting(run_command(mpi_command(4, with(scope, {"--format", "json"})))), object);
    }
}

TEST_F(Mpi, SameFindingAndTraces) {
    const Scratch scratch;
    const std::string one = scratch.path("one");
    const std::string four = scratch.path("four");
    const Words fault{"--pages", "4", "--faults", "adjust-case6-no-import", "--out"};
    EXPECT_EQ(one_process(with(fault, {one})).exit_code, 12);
    const Ran ran = run_command(mpi_command(4, with(fault, {four})));
    EXPECT_EQ(ran.exit_code, 12) << ran.err;
    EXPECT_EQ(files(four), files(one));
    EXPECT_EQ(files(one).size(), 1u);
    // One that few calls lead to: most ranks find nothing.
    const Words rare{"--scope", "family", "--faults", "av-double-reuse", "--out", scratch.path("rare")};
    const Ran alone = one_process(rare);
    EXPECT_EQ(alone.exit_code, 12);
    EXPECT_EQ(run_command(mpi_command(4, rare)).out, alone.out);
    EXPECT_EQ(one_process({"--pages", "3", "--traces", scratch.path("cells")}).exit_code, 0);
    EXPECT_EQ(run_command(mpi_command(3, {"--pages", "3", "--traces", scratch.path("same")})).exit_code, 0);
    EXPECT_EQ(files(scratch.path("same")), files(scratch.path("cells")));
    EXPECT_GT(files(scratch.path("cells")).size(), 20u);
}

TEST_F(Mpi, LimitsEndItAsUndecided) {
    for (const Words& limit : {Words{"--max-states", "2000"}, Words{"--depth", "3"}}) {
        const Words words = with({"--pages", "5"}, limit);
        const Ran ran = run_command(mpi_command(4, words));
        EXPECT_EQ(ran.exit_code, 75) << ran.err;
        EXPECT_EQ(ran.out, one_process(words).out);
    }
}

TEST_F(Mpi, KilledRanksLeaveWhatOthersEndWith) {
    const Scratch scratch;
    const auto words = [&](const std::string& store) {
        return Words{"--pages", "5", "--format", "json", "--store", scratch.path(store)};
    };
    const std::string whole = lasting(one_process(words("one")));
    EXPECT_EQ(lasting(run_command(mpi_command(4, words("four")))), whole);
    EXPECT_EQ(files(scratch.path("four")), files(scratch.path("one")));
    unsigned killed = 0;
    unsigned ranks = 4;
    for (unsigned milliseconds = 300; milliseconds < 2'000; milliseconds += milliseconds / 2)
        killed += kill_children(mpi_command(ranks = 6 - ranks, words("pieces")), milliseconds) ? 1 : 0;
    EXPECT_GT(killed, 0u);
    EXPECT_EQ(lasting(run_command(mpi_command(3, words("pieces")))), whole);
    EXPECT_EQ(files(scratch.path("pieces")), files(scratch.path("one")));
}

TEST_F(Mpi, SaysOnceWhatItCannotUse) {
    const Scratch scratch;
    EXPECT_EQ(one_process({"--pages", "2", "--store", scratch.path("store")}).exit_code, 0);
    const std::string read_only = scratch.file("file", "");
    const std::vector<std::pair<Words, std::string>> refused{
        {{"--scope", "pear"}, "unknown scope 'pear'"},
        {{"--pages", "no"}, "--pages"},
        {{"--graph", "graph.dot"}, "--graph needs all states in one process; leave out --mpi"},
        {{"--check-reduction"}, "--check-reduction is a search of one process"},
        {{"--pages", "3", "--store", scratch.path("store")}, "is of another scope"},
        {{"--pages", "3", "--store", read_only}, "cannot be made"},
        {{"--pages", "3", "--traces", read_only}, "not a directory"},
        {{"--pages", "3", "--out", read_only}, "not a directory"},
    };
    for (const auto& [words, said] : refused) {
        const Ran ran = run_command(mpi_command(4, words));
        EXPECT_EQ(ran.exit_code, 150) << ran.err;
        EXPECT_NE(ran.err.find(said), std::string::npos) << said << " is not in: " << ran.err;
        std::size_t lines = 0;
        for (std::size_t at = ran.err.find("vmacheck: "); at != std::string::npos;
             at = ran.err.find("vmacheck: ", at + 1))
            ++lines;
        EXPECT_EQ(lines, 1u) << ran.err;
    }
}

}  // namespace
