// The launcher, ./vmacheck, in a tree with nothing in it, with a cmake that notes what it is asked for and makes a
// program that says where it lies.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace {

namespace fs = std::filesystem;

constexpr const char* cmake = R"sh(#!/bin/bash
echo "$*" >>"$TREE/asked"
directory() { case "$1" in tuned*) echo build-tuned ;; *) echo build ;; esac; }
if [ "$1" = --preset ]; then
    touch "$TREE/$(directory "$2")/build.ninja"
else
    mkdir -p "$2/bin"
    printf '#!/bin/bash\necho "program of %s: $*" | tee -a "$TREE/asked"\n' "$(basename "$2")" >"$2/bin/vmacheck"
    chmod +x "$2/bin/vmacheck"
    if [ -e "$TREE/has-mpi" ]; then touch "$2/bin/vmacheck-mpi.so"; fi
    if [ -e "$TREE/change-while-building" ]; then sleep 0.05; touch "$TREE/model/a.cpp"; fi
fi
)sh";

class Launcher : public testing::Test {
protected:
    void SetUp() override {
        std::string name = fs::temp_directory_path() / "vmacheck-launcher-XXXXXX";
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        tree_ = name;
        fs::copy_file(VMACHECK_SOURCE_DIR "/vmacheck", tree_ / "vmacheck");
        for (const char* room : {"model", "properties", "traces", "checker", "tests", "tools"})
            fs::create_directory(tree_ / room);
        for (const char* file : {"CMakeLists.txt", "CMakePresets.json", "model/a.cpp", "model/b.cpp"}) write(file, "");
        write("tools/cmake", cmake);
        write("tools/dpkg-query", "#!/bin/bash\nfor each; do echo \"$each ii \"; done\n");
        for (const char* tool : {"tools/cmake", "tools/dpkg-query"})
            fs::permissions(tree_ / tool, fs::perms::owner_all);
        // Sources are older than all that is built in this test.
        for (const auto& entry : fs::recursive_directory_iterator(tree_)) age(entry.path(), -10);
    }
    void TearDown() override { fs::remove_all(tree_); }

    void write(const std::string& file, const std::string& text) const { std::ofstream(tree_ / file) << text; }
    static void age(const fs::path& path, int seconds) {
        fs::last_write_time(path, fs::file_time_type::clock::now() + std::chrono::seconds(seconds));
    }
    [[nodiscard]] std::string contents(const std::string& file) const {
        std::ifstream in(tree_ / file);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    // Standard output of the launcher.
    std::string run(const std::string& arguments) const {
        write("asked", "");
        const std::string command = "TREE=" + tree_.string() + " PATH=" + tree_.string() + "/tools:$PATH " +
                                    tree_.string() + "/vmacheck " + arguments + " >" + tree_.string() + "/out 2>" +
                                    tree_.string() + "/err";
        EXPECT_EQ(std::system(command.c_str()), 0) << contents("err");
        return contents("out");
    }
    // What cmake and the program were called with.
    [[nodiscard]] std::string asked() const { return contents("asked"); }
    [[nodiscard]] bool built() const { return asked().find("--build") != std::string::npos; }

    fs::path tree_;
};

TEST_F(Launcher, builds_and_starts_the_program) {
    EXPECT_EQ(run("list properties"), "program of build: list properties\n");
    EXPECT_NE(asked().find("--preset default\n"), std::string::npos) << asked();
    EXPECT_TRUE(built());
}

TEST_F(Launcher, starts_the_program_at_once_where_no_source_has_changed) {
    run("list");
    EXPECT_EQ(run("list"), "program of build: list\n");
    EXPECT_EQ(asked(), "program of build: list\n");
}

TEST_F(Launcher, builds_again_when_a_source_has_changed) {
    run("list");
    age(tree_ / "model/b.cpp", 1);
    run("list");
    EXPECT_TRUE(built());
}

TEST_F(Launcher, builds_again_when_a_source_is_gone) {
    run("list");
    fs::remove(tree_ / "model/b.cpp");
    age(tree_ / "model", 1);  // as its directory is, were it not for the clock's ticks
    run("list");
    EXPECT_TRUE(built());
}

TEST_F(Launcher, does_not_build_again_for_a_page_or_a_test) {
    run("list");
    write("model/README.md", "");
    age(tree_ / "model/README.md", 1);
    age(tree_ / "model", -10);
    write("tests/a.cpp", "");
    run("list");
    EXPECT_FALSE(built()) << asked();
}

TEST_F(Launcher, builds_next_time_what_changed_while_it_built) {
    write("change-while-building", "");
    run("list");
    fs::remove(tree_ / "change-while-building");
    run("list");
    EXPECT_TRUE(built());
}

// A build from before MPI was installed has no module.
TEST_F(Launcher, configures_and_builds_again_for_mpi_once) {
    run("explore");
    write("has-mpi", "");
    EXPECT_EQ(run("explore --mpi"), "program of build: explore --mpi\n");
    EXPECT_NE(asked().find("--preset default\n"), std::string::npos) << asked();
    EXPECT_TRUE(built());
    EXPECT_EQ(run("explore --mpi"), "program of build: explore --mpi\n");
    EXPECT_EQ(asked(), "program of build: explore --mpi\n");
}

TEST_F(Launcher, says_in_one_line_that_there_is_no_mpi) {
    const std::string command = "TREE=" + tree_.string() + " PATH=" + tree_.string() + "/tools:$PATH " +
                                tree_.string() + "/vmacheck explore --mpi 2>" + tree_.string() + "/err";
    EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 150);
    EXPECT_NE(contents("err").find("vmacheck: explore --mpi: no MPI with Boost.MPI was found"), std::string::npos)
        << contents("err");
}

TEST_F(Launcher, tuned_records_a_run_between_two_builds) {
    EXPECT_EQ(run("build --tuned"), "");
    const std::string calls = asked();
    const std::size_t record = calls.find("--preset tuned-record\n");
    const std::size_t first = calls.find("program of build-tuned: ");
    const std::size_t last = calls.rfind("program of build-tuned: ");
    const std::size_t use = calls.find("--preset tuned\n");
    ASSERT_NE(use, std::string::npos) << calls;
    EXPECT_LT(record, first) << calls;
    EXPECT_LT(last, use) << calls;
    // One thread each: what several write at once is not the same every time.
    std::size_t runs = 0;
    for (std::size_t at = first; at != std::string::npos; at = calls.find("program of build-tuned: ", at + 1)) ++runs;
    std::size_t single = 0;
    for (std::size_t at = calls.find("--jobs 1\n"); at != std::string::npos; at = calls.find("--jobs 1\n", at + 1))
        ++single;
    EXPECT_EQ(runs, single) << calls;
}

TEST_F(Launcher, starts_the_tuned_program_until_a_source_changes) {
    run("build --tuned");
    EXPECT_EQ(run("list"), "program of build-tuned: list\n");
    age(tree_ / "model/a.cpp", 1);
    EXPECT_EQ(run("list"), "program of build: list\n");
}

}  // namespace
