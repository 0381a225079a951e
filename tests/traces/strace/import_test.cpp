// Recordings as traces: files, threads, processes, and what is left out.
#include "traces/strace/import.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace vmacheck {
namespace {

const std::string layout =
    "555555554000-555555559000 r-xp 00000000 fe:00 7  /bin/x\n"
    "7ffff7fc8000-7ffff7fff000 r-xp 00000000 fe:00 8  /lib/ld.so\n"
    "7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0  [stack]\n";
const std::string start =
    "1  execve(\"/bin/x\", [\"x\"], 0x7ff /* 2 vars */) = 0\n"
    "1  brk(NULL) = 0x555555559000\n";

Import imported(const std::string& log) {
    return import_recording(layout, start + log);
}

std::size_t skipped(const Import& import, SkipReason reason) {
    return import.skip_counts().at(static_cast<std::size_t>(reason));
}

std::string refusal(const std::string& log) {
    try {
        import_recording(layout, log);
    } catch (const ImportError& error) {
        return fmt::format("{}:{}:{}: {}", error.in_layout() ? "layout" : "log", error.line(), error.column(),
                           error.what());
    }
    return "accepted";
}

TEST(Import, StartFollowsFromLayoutAndLog) {
    const Import import = imported("");
    const Parameters& p = import.trace.header.parameters;
    EXPECT_EQ(p.start_brk_bytes, 0x555555559000u);
    EXPECT_EQ(p.mmap_base, 0x7ffff7fffu);  // an 8 MiB stack is below the least gap of 128 MiB
    EXPECT_EQ(p.files.size(), 2u);
    ASSERT_EQ(import.trace.header.layout.size(), 1u);
    EXPECT_EQ(import.trace.header.layout[0].vmas.size(), 3u);
    ASSERT_EQ(import.trace.steps.size(), 1u);
    EXPECT_EQ(import.trace.steps[0].op.kind, OpKind::brk);
    EXPECT_EQ(import.trace.steps[0].seen.value, 0x555555559000u);
    EXPECT_TRUE(import.notes.empty());
}

TEST(Import, MmapBase) {
    EXPECT_EQ(mmap_base_of(0x7ffffffff, 8u << 20, 256), 0x7ffff7fffu);
    EXPECT_EQ(mmap_base_of(0x7ffffffff, 1u << 30, 256), 0x7ffffffffu - (1u << 18) - 256);
    EXPECT_EQ(mmap_base_of(0x7ffffffff, unlimited, 256), 0x7ffffffffu - 0x7ffffffffULL * page_size / 6 * 5 / page_size);
}

TEST(Import, ArgumentsOfCalls) {
    const Import import = imported(
        "1  mmap(0x10000000, 8192, PROT_READ|PROT_EXEC, MAP_SHARED|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0x3000) = "
        "0x10000000\n"
        "1  mprotect(0x10001000, 100, PROT_NONE) = 0\n"
        "1  madvise(0x10000000, 4096, MADV_DONTFORK) = -1 ENOMEM (Cannot allocate memory)\n"
        "1  munmap(0x10000001, 4096) = -1 EINVAL (Invalid argument)\n"
        "1  exit_group(0) = ?\n"
        "1  +++ exited with 0 +++\n");
    const auto& steps = import.trace.steps;
    ASSERT_EQ(steps.size(), 6u);
    EXPECT_EQ(steps[1].op.addr.value(), 0x10000000u);
    EXPECT_EQ(steps[1].op.prot, prot::read | prot::exec);
    EXPECT_EQ(steps[1].op.flags, map::shared | map::anonymous | map::noreserve);
    EXPECT_EQ(steps[1].op.offset.value(), 0x3000u);
    EXPECT_EQ(steps[1].op.file, 0u);
    EXPECT_EQ(steps[2].op.len.value(), 100u);
    EXPECT_EQ(steps[2].op.prot, prot::none);
    EXPECT_EQ(steps[3].op.advice, Advice::dontfork);
    EXPECT_EQ(steps[3].seen.error, Errno::enomem);
    EXPECT_EQ(steps[4].op.addr.offset, 1u);
    EXPECT_EQ(steps[4].seen.error, Errno::einval);
    EXPECT_EQ(steps[5].op.kind, OpKind::exit);  // once, by exit_group or by the thread's end
}

TEST(Import, EachOpenIsAFileOfItsOwn) {
    const Import import = imported(
        "1  openat(AT_FDCWD</>, \"a\", O_RDWR|O_CLOEXEC) = 3</a>\n"
        "1  mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3</a>, 0) = 0x7ffff7fc7000\n"
        "1  dup(3</a>) = 4</a>\n"
        "1  mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 4</a>, 0) = 0x7ffff7fc6000\n"
        "1  close(3</a>) = 0\n"
        "1  openat(AT_FDCWD</>, \"a\", O_RDONLY) = 3</a>\n"
        "1  mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3</a>, 0) = 0x7ffff7fc5000\n"
        "1  openat(AT_FDCWD</>, \"b\", O_WRONLY|O_CREAT, 0666) = 5</b>\n"
        "1  mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 5</b>, 0) = -1 EACCES (Permission denied)\n"
        "1  mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 9, 0) = -1 EBADF (Bad file descriptor)\n");
    const auto& steps = import.trace.steps;
    ASSERT_EQ(steps.size(), 6u);
    EXPECT_EQ(steps[1].op.file, 3u);
    EXPECT_EQ(steps[2].op.file, 3u);  // dup: the same struct file
    EXPECT_EQ(steps[3].op.file, 4u);  // another open
    EXPECT_EQ(steps[4].op.file, 5u);
    EXPECT_EQ(steps[5].op.file, 0u);
    const auto& files = import.trace.header.parameters.files;
    ASSERT_EQ(files.size(), 5u);
    EXPECT_EQ(files[2].inode, files[3].inode);  // of one inode
    EXPECT_NE(files[2].inode, files[4].inode);
    EXPECT_TRUE(files[2].readable && files[2].writable);
    EXPECT_TRUE(files[3].readable && !files[3].writable);
    EXPECT_TRUE(!files[4].readable && files[4].writable);
}

TEST(Import, ThreadsShareAndProcessesDoNot) {
    const Import import = imported(
        "1  clone3({flags=CLONE_VM|CLONE_FILES|CLONE_THREAD, stack=0x1} <unfinished ...>\n"
        "2  munmap(0x1000, 4096) = 0\n"  // before its clone returned
        "1  <... clone3 resumed> => {parent_tid=[2]}, 88) = 2\n"
        "1  clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x1) = 3\n"
        "3  munmap(0x2000, 4096) = 0\n"
        "3  execve(\"/bin/y\", [\"y\"], 0x1) = 0\n"
        "3  munmap(0x3000, 4096) = 0\n"
        "2  exit(0) = ?\n"
        "2  +++ exited with 0 +++\n"
        "3  +++ exited with 0 +++\n"
        "1  fork() = 4\n"
        "4  exit_group(0) = ?\n");
    const auto& steps = import.trace.steps;
    ASSERT_EQ(steps.size(), 7u);
    EXPECT_EQ(steps[1].op.process, 0u);  // the thread
    EXPECT_EQ(steps[2].op.kind, OpKind::fork);
    EXPECT_EQ(steps[2].seen.value, 1u);
    EXPECT_EQ(steps[3].op.process, 1u);
    EXPECT_EQ(steps[4].op.kind, OpKind::exit);  // execve
    EXPECT_EQ(steps[4].op.process, 1u);
    EXPECT_EQ(steps[5].op.kind, OpKind::fork);
    EXPECT_EQ(steps[5].seen.value, 1u);  // the slot is free again
    EXPECT_EQ(steps[6].op.kind, OpKind::exit);
    EXPECT_EQ(skipped(import, SkipReason::new_thread), 1u);
    EXPECT_EQ(skipped(import, SkipReason::thread_exit), 1u);
    EXPECT_EQ(skipped(import, SkipReason::address_space_left), 1u);
}

TEST(Import, WhatIsLeftOutHasAName) {
    const Import import =
        import_recording(layout, "1  munmap(0x1000, 4096) = 0\n" + start +
                                     "1  madvise(0x1000, 4096, MADV_POPULATE_READ) = 0\n"
                                     "1  madvise(0x1000, 4096, MADV_GUARD_INSTALL) = 0\n"
                                     "1  pkey_mprotect(0x1000, 4096, PROT_READ, 1) = 0\n"
                                     "1  mbind(0x1000, 4096, MPOL_BIND, NULL, 0, 0) = -1 EINVAL (Invalid argument)\n"
                                     "1  prctl(PR_SET_NAME, \"a\") = 0\n"
                                     "1  munmap(0x1000, 4096 <unfinished ...>\n");
    EXPECT_EQ(import.trace.steps.size(), 1u);
    EXPECT_EQ(skipped(import, SkipReason::before_start), 1u);
    EXPECT_EQ(skipped(import, SkipReason::no_vma_change), 1u);
    EXPECT_EQ(skipped(import, SkipReason::not_modelled), 2u);
    EXPECT_EQ(skipped(import, SkipReason::failed_elsewhere), 1u);
    EXPECT_EQ(skipped(import, SkipReason::bookkeeping), 2u);  // execve, prctl
    EXPECT_EQ(skipped(import, SkipReason::result_unknown), 1u);
}

TEST(Import, WalksThatChangeNothingAreCompared) {
    const Import import = imported(
        "1  msync(0x1000, 8192, MS_SYNC|MS_INVALIDATE) = -1 EBUSY (Device or resource busy)\n"
        "1  msync(0x1000, 4096, 0x8) = -1 EINVAL (Invalid argument)\n"
        "1  msync(0x1000, 4096, MS_ASYNC) = -1 EIO (Input/output error)\n"
        "1  mincore(0x1000, 8192, [1, 0]) = 0\n"
        "1  mincore(0x9000, 4096, 0x7ffc0000) = -1 ENOMEM (Cannot allocate memory)\n"
        "1  mincore(0x1000, 4096, NULL) = -1 EFAULT (Bad address)\n");
    std::vector<TraceStep> steps = import.trace.steps;
    steps.erase(steps.begin());  // the brk(NULL) of the start
    ASSERT_EQ(steps.size(), 4u);
    EXPECT_EQ(steps[0].op.kind, OpKind::msync);
    EXPECT_EQ(steps[0].op.len.value(), 0x2000u);
    EXPECT_EQ(steps[0].op.call_flags, ms::sync | ms::invalidate);
    EXPECT_EQ(steps[0].seen.error, Errno::ebusy);
    EXPECT_EQ(steps[1].op.call_flags, 8u);
    EXPECT_EQ(steps[2].op.kind, OpKind::mincore);
    EXPECT_EQ(steps[2].seen.error, Errno::ok);
    EXPECT_EQ(steps[3].op.addr.value(), 0x9000u);
    EXPECT_EQ(steps[3].seen.error, Errno::enomem);
    EXPECT_EQ(skipped(import, SkipReason::failed_elsewhere), 1u) << "EIO is the disk's, not the model's";
    EXPECT_EQ(skipped(import, SkipReason::no_vma_change), 1u) << "the vector is not modelled";
}

TEST(Import, PoliciesAndAdvices) {
    const Import import = imported(
        "1  mbind(0x1000, 8192, MPOL_BIND, [0x1], 64, MPOL_MF_STRICT|MPOL_MF_MOVE) = 0\n"
        "1  mbind(0x1000, 4096, MPOL_INTERLEAVE, [0x1], 64, 0) = -1 EFAULT (Bad address)\n"
        "1  mbind(0x1000, 4096, MPOL_BIND, [0x1], 64, 0) = 0\n"
        "1  mbind(0x1000, 4096, MPOL_DEFAULT, NULL, 0, 0) = 0\n"
        "1  madvise(0x1000, 4096, MADV_MERGEABLE) = 0\n"
        "1  madvise(0x1000, 4096, MADV_NOHUGEPAGE) = 0\n");
    std::vector<TraceStep> steps = import.trace.steps;
    steps.erase(steps.begin());  // the brk(NULL) of the start
    ASSERT_EQ(steps.size(), 6u);
    EXPECT_EQ(steps[0].op.kind, OpKind::mbind);
    EXPECT_EQ(steps[0].op.addr.value(), 0x1000u);
    EXPECT_EQ(steps[0].op.len.value(), 0x2000u);
    EXPECT_EQ(steps[0].op.policy, 1u);
    EXPECT_EQ(steps[0].op.call_flags, mpol_mf::strict | mpol_mf::move);
    EXPECT_EQ(steps[1].op.policy, 2u);
    EXPECT_EQ(steps[1].seen.error, Errno::efault);
    EXPECT_EQ(steps[2].op.policy, 1u);
    EXPECT_EQ(steps[3].op.policy, 0u);
    EXPECT_EQ(steps[4].op.advice, Advice::mergeable);
    EXPECT_EQ(steps[5].op.advice, Advice::nohugepage);
}

TEST(Import, UserfaultfdContextsAreFollowedThroughTheirDescriptors) {
    const Import import = imported(
        "1  userfaultfd(O_CLOEXEC) = 7\n"
        "1  dup(7) = 8\n"
        "1  userfaultfd(0) = 9\n"
        "1  ioctl(8, UFFDIO_REGISTER, {range={start=0x1000, len=0x2000}, mode=UFFDIO_REGISTER_MODE_MISSING, "
        "ioctls=0}) = 0\n"
        "1  ioctl(9, UFFDIO_REGISTER, {range={start=0x1000, len=0x2000}, "
        "mode=UFFDIO_REGISTER_MODE_MISSING|UFFDIO_REGISTER_MODE_WP}) = -1 EBUSY (Device or resource busy)\n"
        "1  ioctl(7, UFFDIO_UNREGISTER, {start=0x1000, len=0x1000}) = 0\n"
        "1  ioctl(6, UFFDIO_UNREGISTER, {start=0x1000, len=0x1000}) = 0\n"
        "1  close(7) = 0\n"
        "1  close(8) = 0\n");
    std::vector<TraceStep> steps = import.trace.steps;
    steps.erase(steps.begin());  // the brk(NULL) of the start
    ASSERT_EQ(steps.size(), 4u);
    EXPECT_EQ(steps[0].op.kind, OpKind::uffd_register);
    EXPECT_EQ(steps[0].op.uffd, 1u);
    EXPECT_EQ(steps[0].op.addr.value(), 0x1000u);
    EXPECT_EQ(steps[0].op.len.value(), 0x2000u);
    EXPECT_EQ(steps[0].op.call_flags, uffd_mode::missing);
    EXPECT_EQ(steps[1].op.uffd, 2u);
    EXPECT_EQ(steps[1].op.call_flags, uffd_mode::missing | uffd_mode::wp);
    EXPECT_EQ(steps[1].seen.error, Errno::ebusy);
    EXPECT_EQ(steps[2].op.kind, OpKind::uffd_unregister);
    EXPECT_EQ(steps[2].op.uffd, 1u);
    EXPECT_EQ(steps[3].op.kind, OpKind::uffd_close);
    EXPECT_EQ(steps[3].op.uffd, 1u);
    EXPECT_EQ(skipped(import, SkipReason::not_modelled), 1u);  // a descriptor that was open before
}

TEST(Import, RemapsAndLocks) {
    const Import import = imported(
        "1  mremap(0x1000, 4096, 8192, MREMAP_MAYMOVE) = 0x9000\n"
        "1  mremap(0x1000, 4096, 8192, MREMAP_MAYMOVE|MREMAP_FIXED|MREMAP_DONTUNMAP, 0x7000) = -1 EINVAL (Invalid)\n"
        "1  mlock(0x1000, 4096) = 0\n"
        "1  mlock2(0x1000, 4096, MLOCK_ONFAULT) = -1 EPERM (Operation not permitted)\n"
        "1  munlock(0x1000, 4096) = 0\n"
        "1  mlockall(MCL_CURRENT|MCL_FUTURE) = 0\n"
        "1  munlockall() = 0\n"
        "1  remap_file_pages(0x1000, 4096, PROT_NONE, 7, MAP_NONBLOCK) = 0\n");
    ASSERT_EQ(import.trace.steps.size(), 9u);
    const std::vector<TraceStep> steps(import.trace.steps.begin() + 1,
                                       import.trace.steps.end());  // after the first brk
    EXPECT_EQ(steps[0].op.kind, OpKind::mremap);
    EXPECT_EQ(steps[0].op.new_len.value(), 8192u);
    EXPECT_EQ(steps[0].op.call_flags, mremap::maymove);
    EXPECT_EQ(steps[0].seen.value, 0x9000u);
    EXPECT_EQ(steps[1].op.call_flags, mremap::maymove | mremap::fixed | mremap::dontunmap);
    EXPECT_EQ(steps[1].op.new_addr.value(), 0x7000u);
    EXPECT_EQ(steps[1].seen.error, Errno::einval);
    EXPECT_EQ(steps[2].op.kind, OpKind::mlock);
    EXPECT_EQ(steps[2].op.call_flags, 0u);
    EXPECT_EQ(steps[3].op.kind, OpKind::mlock);
    EXPECT_EQ(steps[3].op.call_flags, mlock::onfault);
    EXPECT_EQ(steps[4].op.kind, OpKind::munlock);
    EXPECT_EQ(steps[5].op.kind, OpKind::mlockall);
    EXPECT_EQ(steps[5].op.call_flags, mcl::current | mcl::future);
    EXPECT_EQ(steps[6].op.kind, OpKind::munlockall);
    EXPECT_EQ(steps[7].op.kind, OpKind::remap_file_pages);
    EXPECT_EQ(steps[7].op.offset.page, 7u);
    EXPECT_EQ(steps[7].op.prot, prot::none);
    EXPECT_EQ(steps[7].op.flags, map::nonblock);
}

// A shell that ends in exec: one log, two programs, and the layout of either.
const std::string shell_then_program =
    "1  execve(\"/bin/sh\", [\"sh\"], 0x7ff /* 2 vars */) = 0\n"
    "1  brk(NULL) = 0x555555560000\n"
    "1  brk(0x555555581000) = 0x555555581000\n"
    "1  execve(\"/bin/x\", [\"x\"], 0x7ff /* 2 vars */) = 0\n"
    "1  brk(NULL) = 0x555555559000\n"
    "1  brk(0x55555557a000) = 0x55555557a000\n"
    "1  exit_group(0) = ?\n";
// The path of a shell is often a link.
const std::string shell_layout =
    "555555554000-555555560000 rw-p 00000000 fe:00 9  /bin/dash\n"
    "7ffff7fc8000-7ffff7fff000 r-xp 00000000 fe:00 8  /lib/ld.so\n"
    "7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0  [stack]\n";

TEST(Import, TheLayoutOfTheFirstProgramIsNotTakenForThatOfTheSecond) {
    const Import import = import_recording(shell_layout, shell_then_program);
    EXPECT_EQ(import.trace.header.parameters.start_brk_bytes, 0x555555560000u);
    ASSERT_EQ(import.trace.steps.size(), 3u);
    EXPECT_EQ(import.trace.steps[1].op.addr.value(), 0x555555581000u);
    EXPECT_EQ(import.trace.steps[2].op.kind, OpKind::exit);  // the second execve ends the address space
    EXPECT_EQ(skipped(import, SkipReason::address_space_left), 2u);
    EXPECT_EQ(skipped(import, SkipReason::before_start), 0u);
    EXPECT_TRUE(import.notes.empty());
}

TEST(Import, TheLayoutOfTheSecondProgramLeavesOutTheFirst) {
    const Import import = import_recording(layout, shell_then_program);
    EXPECT_EQ(import.trace.header.parameters.start_brk_bytes, 0x555555559000u);
    ASSERT_EQ(import.trace.steps.size(), 3u);
    EXPECT_EQ(import.trace.steps[1].op.addr.value(), 0x55555557a000u);
    EXPECT_EQ(skipped(import, SkipReason::before_start), 3u);
    EXPECT_EQ(skipped(import, SkipReason::address_space_left), 0u);
    EXPECT_TRUE(import.notes.empty());
}

TEST(Import, ALayoutOfNoneOfThePrograms) {
    const std::string other =
        "555555554000-555555570000 rw-p 00000000 fe:00 9  /bin/other\n"
        "7ffff7fc8000-7ffff7fff000 r-xp 00000000 fe:00 8  /lib/ld.so\n"
        "7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0  [stack]\n";
    const Import import = import_recording(other, shell_then_program);
    EXPECT_EQ(skipped(import, SkipReason::before_start), 3u);
    ASSERT_EQ(import.notes.size(), 1u);
    EXPECT_NE(import.notes[0].find("line 4"), std::string::npos) << import.notes[0];
}

TEST(Import, MapsReads) {
    const Import import = imported(
        "1  openat(AT_FDCWD</>, \"/proc/self/maps\", O_RDONLY) = 3</proc/1/maps>\n"
        "1  munmap(0x1000, 4096) = 0\n"
        "1  close(3</proc/1/maps>) = 0\n");
    ASSERT_EQ(import.maps_reads.size(), 1u);
    EXPECT_EQ(import.maps_reads[0].step, 1u);
    EXPECT_EQ(import.maps_reads[0].closed_step, 2u);
}

TEST(Import, ErrorsNameThePlace) {
    EXPECT_EQ(refusal(start + "1  mmap(NULL, 4096) = 0x1000\n"), "log:3:4: mmap needs at least 3 arguments");
    EXPECT_EQ(refusal(start + "1  mmap(NULL, 4096, PROT_READ, MAP_WRONG, -1, 0) = 0x1000\n"),
              "log:3:32: unknown flag MAP_WRONG");
    EXPECT_EQ(refusal(start + "5  brk(NULL) = 0x1000\n"), "log:3:1: thread 5 was not started in this log");
    EXPECT_EQ(refusal(start + "1  clone(child_stack=NULL) = 7\n"), "log:3:4: clone without flags=");
    EXPECT_EQ(refusal("rubbish"), "log:1:8: expected '(' after the name of a call");
    try {
        import_recording("rubbish", start);
        ADD_FAILURE() << "a bad layout is accepted";
    } catch (const ImportError& error) {
        EXPECT_TRUE(error.in_layout());
        EXPECT_EQ(error.line(), 1u);
    }
    EXPECT_EQ(import_recording("", "").trace.steps.size(), 0u);
}

// Whatever is cut out of or put into a log, the import ends with a trace or with a place.
TEST(Import, DamagedLogsNeverCrash) {
    const std::string log = start +
                            "1  openat(AT_FDCWD</>, \"a\", O_RDWR) = 3</a>\n"
                            "1  mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3</a>, 0 <unfinished ...>\n"
                            "1  <... mmap resumed>) = 0x7ffff7fc7000\n"
                            "1  clone3({flags=CLONE_VM|CLONE_THREAD, stack=0x1} => {parent_tid=[2]}, 88) = 2\n"
                            "2  prlimit64(0, RLIMIT_STACK, NULL, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}) = 0\n"
                            "2  +++ exited with 0 +++\n"
                            "1  fork() = 4\n"
                            "4  exit_group(0) = ?\n";
    std::uint64_t state = 12345;
    const auto next = [&state] { return state = state * 6364136223846793005ULL + 1442695040888963407ULL, state >> 33; };
    std::size_t refused = 0;
    constexpr std::size_t rounds = 20000;
    for (std::size_t i = 0; i < rounds; ++i) {
        std::string damaged = log;
        std::string damaged_layout = layout;
        std::string& victim = i % 4 == 0 ? damaged_layout : damaged;
        for (std::uint64_t n = next() % 4 + 1; n > 0 && !victim.empty(); --n) {
            const std::size_t at = next() % victim.size();
            switch (next() % 3) {
                case 0: victim.erase(at, next() % 8 + 1); break;
                case 1: victim[at] = static_cast<char>(next() % 256); break;
                default: victim.insert(at, victim.substr(next() % victim.size(), next() % 12)); break;
            }
        }
        try {
            import_recording(damaged_layout, damaged);
        } catch (const ImportError& error) {
            ++refused;
            ASSERT_GE(error.line(), 1u);
            ASSERT_GE(error.column(), 1u);
        }
    }
    EXPECT_GT(refused, rounds / 2);
    EXPECT_LT(refused, rounds);
}

}  // namespace
}  // namespace vmacheck
