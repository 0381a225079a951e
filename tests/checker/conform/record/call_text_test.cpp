// Calls as registers have them, turned into what the importer reads.
#include "checker/conform/record/call_text.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace vmacheck {
namespace {

std::string text(const TracedCall& call) {
    const auto made = text_of_call(getpid(), call);
    if (!made) return "nothing";
    std::string line = made->name + "(";
    for (const StraceArgument& each : made->arguments) line += (line.back() == '(' ? "" : ", ") + each.text;
    return line + ")" + (made->result.failed ? " " + made->result.error : "");
}

TEST(CallText, memory) {
    EXPECT_EQ(text({SYS_mmap, {0, 4096, 3, 0x22, 0xffffffff, 0}, 0x7000}), "mmap(0x0, 0x1000, 0x3, 0x22, -1, 0x0)");
    EXPECT_EQ(text({SYS_madvise, {0x1000, 4096, 10}, 0}), "madvise(0x1000, 0x1000, MADV_DONTFORK)");
    EXPECT_EQ(text({SYS_madvise, {0x1000, 4096, 99}, -EINVAL}), "madvise(0x1000, 0x1000, 0x63) EINVAL");
    EXPECT_EQ(text({SYS_munmap, {0x1000, 4096}, -512}), "munmap(0x1000, 0x1000) ERESTARTSYS");
    EXPECT_EQ(text({SYS_mremap, {0x1000, 1, 2, 1, 77}, 0}), "mremap(0x1000, 0x1, 0x2, 0x1)");
    EXPECT_EQ(text({SYS_mremap, {0x1000, 1, 2, 3, 0x9000}, 0}), "mremap(0x1000, 0x1, 0x2, 0x3, 0x9000)");
    EXPECT_EQ(text({SYS_munlockall, {}, 0}), "munlockall()");
    EXPECT_EQ(text({SYS_pkey_mprotect, {0x1000, 1, 1, 0xffffffff}, 0}), "mprotect(0x1000, 0x1, 0x1)");
    EXPECT_EQ(text({SYS_pkey_mprotect, {0x1000, 1, 1, 1}, 0}), "pkey_mprotect(0x1000, 0x1, 0x1)");
    const std::uint64_t nodes = 1;
    EXPECT_EQ(text({SYS_mbind, {0x1000, 4096, 2, reinterpret_cast<std::uint64_t>(&nodes), 64, 1}, 0}),
              "mbind(0x1000, 0x1000, 0x2, [0x1], 0x40, 0x1)");
    EXPECT_EQ(text({SYS_mbind, {0x1000, 4096, 0, 0, 0, 0}, 0}), "mbind(0x1000, 0x1000, MPOL_DEFAULT, [], 0x0, 0x0)");
}

TEST(CallText, descriptors) {
    const int null = open("/dev/null", O_RDWR);
    ASSERT_GE(null, 0);
    const auto number = static_cast<std::uint64_t>(null);
    EXPECT_EQ(text({SYS_openat, {0, 0, O_RDWR | O_CLOEXEC}, null}), "openat(AT_FDCWD, \"/dev/null\", O_RDWR)");
    EXPECT_EQ(text({SYS_creat, {0, 0}, null}), "openat(AT_FDCWD, \"/dev/null\", O_WRONLY)");
    EXPECT_EQ(text({SYS_mmap, {0, 1, 1, 2, number, 0}, 0}),
              "mmap(0x0, 0x1, 0x1, 0x2, " + std::to_string(null) + "</dev/null>, 0x0)");
    close(null);
    EXPECT_EQ(text({SYS_openat, {0, 0, 0}, -ENOENT}), "nothing");
    EXPECT_EQ(text({SYS_fcntl, {3, F_DUPFD_CLOEXEC}, 7}), "dup(3)");
    EXPECT_EQ(text({SYS_fcntl, {3, F_GETFD}, 7}), "nothing");
    EXPECT_EQ(text({SYS_ioctl, {3, 0x5401}, 0}), "nothing");
    EXPECT_EQ(text({SYS_close_range, {3, 0xffffffff, 0}, 0}), "close_range(0x3, 0xffffffff)");
    EXPECT_EQ(text({SYS_close_range, {3, 0xffffffff, 4}, 0}), "nothing");
    const char* const name = "a\"b";
    EXPECT_EQ(text({SYS_memfd_create, {reinterpret_cast<std::uint64_t>(name)}, 5}), "memfd_create(\"a\\\"b\")");
}

TEST(CallText, starts) {
    EXPECT_EQ(text_of_start({SYS_clone, {}, 7}, CLONE_VM | CLONE_FILES | CLONE_FS).arguments[0].text,
              "flags=CLONE_VM|CLONE_FILES");
    EXPECT_EQ(text_of_start({SYS_fork, {}, 7}, 0).arguments[0].text, "flags=0");
    EXPECT_EQ(text_of_start({SYS_fork, {}, 7}, 0).result.value, 7u);
}

}  // namespace
}  // namespace vmacheck
