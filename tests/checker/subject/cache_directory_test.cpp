#include "checker/subject/cache_directory.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace vmacheck {
namespace {

TEST(CacheDirectory, ADirectoryThatIsBuiltInIsLockedForOthers) {
    const std::filesystem::path directory = std::filesystem::path(::testing::TempDir()) / "vmacheck_locked";
    std::filesystem::create_directories(directory);
    int other = -1;
    {
        const DirectoryLock lock(directory);
        other = open((directory / "lock").c_str(), O_RDWR | O_CLOEXEC);
        ASSERT_GE(other, 0);
        EXPECT_NE(flock(other, LOCK_EX | LOCK_NB), 0);
    }
    EXPECT_EQ(flock(other, LOCK_EX | LOCK_NB), 0);
    close(other);
    std::filesystem::remove_all(directory);
    EXPECT_THROW(DirectoryLock{directory}, std::runtime_error);
}

}  // namespace
}  // namespace vmacheck
