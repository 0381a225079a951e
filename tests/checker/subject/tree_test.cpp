// What "tree:" refuses. What is built is tested in tests/checker/conform/tree_test.cpp.
#include "checker/subject/tree.hpp"

#include "checker/subject/named_subjects.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace vmacheck {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string error_of(const std::string& subject) {
    try {
        subject_named(subject, {.may_install = false});
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "no error";
}

TEST(KernelTree, ADirectoryThatIsNoneIsRefusedInOneLine) {
    EXPECT_EQ(error_of("tree:/nowhere/at/all"), "tree:/nowhere/at/all: No such file or directory");
    EXPECT_THAT(error_of("tree:" + fs::temp_directory_path().string()), HasSubstr("no mm/mmap.c in it"));
}

TEST(KernelTree, TheVersionIsThatOfTheMakefile) {
    const fs::path directory = fs::path(::testing::TempDir()) / "tree_version";
    fs::create_directories(directory);
    const auto version = [&](const char* makefile) {
        std::ofstream(directory / "Makefile") << makefile;
        return tree_version(directory.string());
    };
    EXPECT_EQ(version("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\n"), "6.12.117");
    EXPECT_EQ(version("VERSION = 7\nPATCHLEVEL = 0\nSUBLEVEL = 0\nEXTRAVERSION = -rc6\n"), "7.0-rc6");
    EXPECT_THROW(version("VERSION = 6\"\nPATCHLEVEL = 1\n"), std::runtime_error);
    EXPECT_THROW(version("all:\n"), std::runtime_error);
}

}  // namespace
}  // namespace vmacheck
