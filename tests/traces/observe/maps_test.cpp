// /proc/PID/maps: what a line becomes, and what is refused where.
#include "traces/observe/maps.hpp"
#include "model/state/build.hpp"
#include "model/state/world.hpp"
#include "traces/format/input_error.hpp"
#include "traces/observe/vma_text.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

constexpr std::uint64_t task_size = 0x7ffffffff;

ImportedLayout layout_of(const std::string& text) {
    return layout_of_maps(parse_maps(text), task_size);
}

InputError refused(const std::string& text) {
    try {
        layout_of(text);
    } catch (const InputError& error) {
        return error;
    }
    ADD_FAILURE() << "accepted: " << text;
    return {0, 0, ""};
}

TEST(Maps, LineIsReadFieldByField) {
    const auto lines = parse_maps("00400000-00b6f000 rw-s 0000a000 fe:00 247823      /usr/bin/a b\n");
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].start, 0x400000u);
    EXPECT_EQ(lines[0].end, 0xb6f000u);
    EXPECT_TRUE(lines[0].read && lines[0].write && !lines[0].exec && lines[0].shared);
    EXPECT_EQ(lines[0].offset, 0xa000u);
    EXPECT_EQ(lines[0].device, "fe:00");
    EXPECT_EQ(lines[0].inode, 247823u);
    EXPECT_EQ(lines[0].name, "/usr/bin/a b");
}

TEST(Maps, FlagsFollowFromWhatTheMappingIs) {
    const ImportedLayout layout = layout_of(
        "00400000-00401000 r-xp 00000000 fe:00 7  /bin/x\n"
        "00401000-00402000 rw-p 00001000 fe:00 7  /bin/x\n"
        "00402000-00404000 rw-p 00000000 00:00 0  [heap]\n"
        "10000000-10001000 rw-s 00000000 fe:00 8  /tmp/w\n"
        "10001000-10002000 r--s 00000000 fe:00 9  /tmp/r\n"
        "10002000-10004000 rw-s 00001000 00:01 5  /dev/zero (deleted)\n"
        "7ffff7fc2000-7ffff7fc6000 r--p 00000000 00:00 0  [vvar]\n"
        "7ffff7fc8000-7ffff7fca000 r-xp 00000000 00:00 0  [vdso]\n"
        "7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0  [stack]\n"
        "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]\n");
    ASSERT_EQ(layout.vmas.size(), 9u);  // [vsyscall] lies outside
    const auto flags = [&](std::size_t i) { return layout.vmas[i].flags; };
    EXPECT_EQ(flags(0), vm::read | vm::exec | vm::may_access);
    EXPECT_EQ(flags(1), vm::read | vm::write | vm::may_access | vm::account);
    EXPECT_EQ(flags(2), vm::data_default | vm::account);
    EXPECT_EQ(flags(3), vm::read | vm::write | vm::may_access | vm::shared | vm::may_share);
    EXPECT_EQ(flags(4), vm::read | vm::may_read | vm::may_exec | vm::may_share);
    EXPECT_EQ(flags(5), vm::read | vm::write | vm::may_access | vm::shared | vm::may_share);
    EXPECT_EQ(flags(6), vm::read | vm::may_read | vm::io | vm::pfnmap | vm::dontexpand | vm::dontdump);
    EXPECT_EQ(flags(7), vm::read | vm::exec | vm::may_access | vm::dontexpand);
    EXPECT_EQ(flags(8), vm::data_default | vm::account | vm::growsdown);
    EXPECT_TRUE(layout.vmas[6].special && layout.vmas[7].special && !layout.vmas[8].special);
    EXPECT_EQ(layout.vmas[0].file, layout.vmas[1].file);  // one struct file for all segments
    EXPECT_EQ(layout.vmas[1].pgoff, 1u);
    EXPECT_EQ(layout.vmas[2].pgoff, layout.vmas[2].start);
    EXPECT_EQ(layout.vmas[5].shared_object, 1u);
    ASSERT_EQ(layout.files.size(), 3u);
    EXPECT_FALSE(layout.files[0].writable);
    EXPECT_TRUE(layout.files[1].writable);
    EXPECT_FALSE(layout.files[2].writable);
    ASSERT_EQ(layout.shared_objects.size(), 1u);
    EXPECT_EQ(layout.shared_objects[0].charged, 3u);  // its mapping reaches from page 1 to 3
    EXPECT_EQ(layout.heap_start, 0x402000u);
    EXPECT_EQ(layout.heap_end, 0x404000u);
    EXPECT_EQ(layout.stack_start, 0x7ffffffdeu);
    EXPECT_EQ(layout.below_stack, 0x7ffff7fcau);
}

TEST(Maps, LayoutBuildsAWorld) {
    const ImportedLayout layout = layout_of(
        "00400000-00401000 r-xp 00000000 fe:00 7  /bin/x\n"
        "10002000-10004000 rw-s 00001000 00:01 5  /dev/zero (deleted)\n"
        "7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0  [stack]\n");
    Parameters parameters;
    parameters.files = layout.files;
    World<Plain> world(parameters, default_profile());
    ProcessSpec process;
    process.vmas = layout.vmas;
    EXPECT_EQ(build_world(world, {{process}, {}, layout.shared_objects}), std::nullopt);
    EXPECT_EQ(world[world.process(0)].map_count, 3u);
}

TEST(Maps, ErrorsNameThePlace) {
    const struct {
        const char* text;
        std::size_t line;
        std::size_t column;
        const char* what;
    } cases[] = {
        {"00400000-00401000 r-xp 00000000 fe:00 7\nnonsense\n", 2, 1, "expected a start address in hex"},
        {"00400000 00401000 r-xp 00000000 fe:00 7\n", 1, 9, "expected '-' between the addresses"},
        {"00400000-00401000 rqxp 00000000 fe:00 7\n", 1, 20, "expected 'w' or '-' for write"},
        {"00400000-00401000 r-xq 00000000 fe:00 7\n", 1, 22, "expected 's' or 'p' for shared or private"},
        {"00400000-00401000 r-xp zz\n", 1, 24, "expected an offset in hex"},
        {"00400000-00401000 r-xp 00000001 fe:00 7\n", 1, 32, "the offset is not page aligned"},
        {"00400000-00401000 r-xp 00000000 fe:00\n", 1, 38, "expected ' ' after the device"},
        {"00400001-00402000 r-xp 00000000 fe:00 7\n", 1, 1, "addresses are not page aligned"},
        {"00402000-00401000 r-xp 00000000 fe:00 7\n", 1, 1, "the range is empty"},
        {"00402000-00403000 r-xp 00000000 fe:00 7\n00401000-00402000 r-xp 00000000 fe:00 7\n", 2, 1,
         "the range overlaps or precedes the one before it"},
        {"10000000000000000-1 r-xp 00000000 fe:00 7\n", 1, 17, "a start address in hex is too large"},
        {"7fffffffe000-800000000000 r-xp 00000000 fe:00 7\n", 1, 1, "the range crosses the end of the address space"},
    };
    for (const auto& each : cases) {
        const InputError error = refused(each.text);
        EXPECT_EQ(error.line(), each.line) << each.text;
        EXPECT_EQ(error.column(), each.column) << each.text;
        EXPECT_STREQ(error.what(), each.what) << each.text;
    }
    EXPECT_EQ(refused("x").located("a.layout"), "a.layout:1:1: expected a start address in hex");
}

TEST(Maps, NothingIsNothing) {
    EXPECT_TRUE(parse_maps("").empty());
    EXPECT_TRUE(parse_maps("\n\n").empty());
}

TEST(Maps, TextAsAnObservationShowsRangesRightsAndFiles) {
    const auto lines = parse_maps(
        "555555554000-555555558000 r-xp 00002000 fe:00 7  /bin/x\n"
        "7ffff7fc7000-7ffff7fc8000 rw-p 00000000 00:00 0\n"
        "7ffff7fc8000-7ffff7fca000 r-xp 00000000 00:00 0  [vdso]\n");
    const ProcessView process = observe_maps(layout_of_maps(lines, 0x7ffffffff));
    EXPECT_TRUE(process.shown && process.alive && process.vmas_shown);
    EXPECT_EQ(process.map_count, std::nullopt);
    EXPECT_EQ(process.total_vm, std::nullopt);
    ASSERT_EQ(process.vmas.size(), 3u);
    EXPECT_EQ(process.vmas[0].start, 0x555555554u);
    EXPECT_EQ(process.vmas[0].file, 1u);
    EXPECT_EQ(process.vmas[0].pgoff, 2u);
    EXPECT_EQ(process.vmas[0].anon_vma, std::nullopt);
    EXPECT_EQ(process.vmas[0].identity, 0u);
    EXPECT_EQ(process.vmas[1].pgoff, std::nullopt);  // maps prints 0 for it
    EXPECT_TRUE(process.vmas[2].special);
}

TEST(VmaText, IsOneLine) {
    VmaView vma;
    vma.start = 0x10;
    vma.end = 0x14;
    vma.flags = vm::read | vm::write | vm::account;
    vma.pgoff = 0x10;
    EXPECT_EQ(describe(vma), "0x10000-0x14000 rw-p ac pgoff 0x10");
    vma.anon_vma = 1;
    vma.chain_members = {2, 1};
    vma.file = 3;
    vma.policy = 4;
    EXPECT_EQ(describe(vma), "0x10000-0x14000 rw-p ac pgoff 0x10 file 3 anon 1 chain 2>1 policy 4");
}

}  // namespace
}  // namespace vmacheck
