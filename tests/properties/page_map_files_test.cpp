// The page-map specification and the contracts of what files refuse, of System V segments, remap_file_pages and the
// kernel's own mappings: each fails on damaged Worlds, and when it is told of another operation or result than there
// was.
#include "properties/contracts/residue.hpp"
#include "properties/contracts/touches_only.hpp"
#include "properties/refinement/page_map.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

using testing::HasSubstr;
using At = Damaged<PageMapRefinement>;

constexpr MapFlags shared_fixed = map::shared | map::fixed;
constexpr MapFlags private_fixed = map::private_ | map::fixed;

Op<Plain> make_shmat(std::uint16_t file, std::uint64_t page, std::uint32_t flags = 0) {
    Op<Plain> op = make_op(OpKind::shmat, page);
    op.file = file;
    op.call_flags = flags;
    return op;
}
Op<Plain> make_remap(std::uint64_t page, std::uint64_t len, std::uint64_t offset) {
    Op<Plain> op = make_op(OpKind::remap_file_pages, page, len);
    op.prot = 0;
    op.offset = Bytes<Plain>::pages(offset);
    return op;
}
Op<Plain> make_special(std::uint64_t page, std::uint64_t len, std::uint32_t flags = 0) {
    Op<Plain> op = make_op(OpKind::special_mapping, page, len);
    op.prot = prot::read;
    op.call_flags = flags;
    return op;
}
Op<Plain> map_of(std::uint16_t file, std::uint64_t page, std::uint64_t len, MapFlags flags = private_fixed) {
    return make_mmap(page, len, flags, file);
}

// What there is: a shared mapping of four pages, a segment attached, private memory.
template <class Stage>
void set_up(Stage& at) {
    at.perform(make_mmap(base, 4, shared_fixed, 1, 3));
    at.perform(make_shmat(file::segment, base + 8));
    at.perform(make_mmap(base + 12, 2));
}

struct Kind {
    const char* what;
    Op<Plain> op;
    std::uint64_t page;  // one that it has mapped, or has left
};
std::vector<Kind> kinds() {
    return {{"shmat", make_shmat(file::segment, 44), 45},
            {"shmat read-only", make_shmat(file::segment + 1, 44, shm::rdonly), 45},
            {"shmat over a mapping", make_shmat(file::segment, base + 11, shm::remap), base + 13},
            {"remap_file_pages", make_remap(base + 1, 2, 9), base + 2},
            {"remap of an attachment", make_remap(base + 8, 1, 2), base + 8},
            {"special mapping", make_special(44, 2), 45},
            {"special mapping with a charge", make_special(44, 2, special_map::account), 45},
            {"a flag of the hook", map_of(file::adds_flag, 44, 2), 45},
            {"another file", map_of(file::hands_over, 44, 2), 45},
            {"sealed for the future", make_mmap(44, 2, private_fixed, file::sealed_future), 45},
            {"units of two pages", map_of(file::granule, 44, 2), 45},
            {"device memory", map_of(file::device, 44, 2), 45},
            {"noexec", map_of(file::noexec, 44, 2), 45}};
}

TEST(PageMapFilesTest, pages_damaged_after_each) {
    for (const Kind& each : kinds()) {
        SCOPED_TRACE(each.what);
        const auto damaged = [&](auto damage) {
            return found_with_damaged_vma<At>(set_up, each.op, each.page, damage);
        };
        EXPECT_EQ(damaged([](Vma<Plain>& vma) { vma.flags ^= vm::softdirty; }), "");
        EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.flags ^= vm::may_exec; }), "");
        EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.flags ^= vm::may_write; }), "");
        EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.flags ^= vm::dontdump; }), "");
        EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.flags ^= vm::dontexpand; }), "");
        EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.flags ^= vm::shared; }), "");
        EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.flags ^= vm::account; }), "");
        EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.end += 1; }), "");
        EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.file = vma.file ? FileId() : FileId(1, 0); }), "");
        if (each.op.kind == OpKind::special_mapping) continue;
        EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.pgoff += 1; }), "");
    }
}

TEST(PageMapFilesTest, told_otherwise_than_it_was) {
    for (const Kind& each : kinds()) {
        SCOPED_TRACE(each.what);
        const auto told = [&](auto lie) { return found_after<At>(set_up, each.op, lie); };
        for (const Errno error : {Errno::einval, Errno::enomem, Errno::eperm, Errno::eagain, Errno::enfile})
            EXPECT_NE(told([&](At& at) { at.outcome.error = error; }), "") << name(error);
        EXPECT_NE(told([](At& at) { at.last.addr.page += 1; }), "");
        if (each.op.kind == OpKind::shmat) {
            EXPECT_NE(told([](At& at) { at.outcome.value.page += 1; }), "");
            EXPECT_NE(told([](At& at) { at.last.call_flags ^= shm::exec; }), "");
            EXPECT_NE(told([](At& at) { at.last.file = 1; }), "");
        }
    }
}

// What is refused must not be said to succeed, nor to fail in another way.
TEST(PageMapFilesTest, refusals_told_otherwise) {
    struct Refusal {
        Op<Plain> op;
        Errno error;
    };
    Op<Plain> reads = make_mmap(44, 1, shared_fixed, file::append_only);
    Op<Plain> executes = map_of(file::noexec, 44, 1);
    executes.prot = prot::read | prot::exec;
    for (const Refusal& each : {
             Refusal{make_mmap(44, 1, shared_fixed, file::sealed), Errno::eperm},
             Refusal{make_mmap(44, 1, shared_fixed, file::sealed_future), Errno::eperm},
             Refusal{reads, Errno::eacces},
             Refusal{executes, Errno::eperm},
             Refusal{make_mmap(44, 1, shared_fixed, file::swap_file), Errno::etxtbsy},
             Refusal{make_mmap(44, 1, shared_fixed, file::mandatory_lock), Errno::eagain},
             Refusal{map_of(file::no_mmap, 44, 1), Errno::enodev},
             Refusal{map_of(file::fails, base + 12, 1), Errno::eagain},
             Refusal{map_of(file::refused, base + 12, 1), Errno::einval},
             Refusal{map_of(file::granule, 45, 2), Errno::einval},
             Refusal{make_shmat(file::segment, base + 9), Errno::einval},
             Refusal{make_shmat(file::segment + 1, 44), Errno::eacces},
             Refusal{make_op(OpKind::shmdt, base + 9), Errno::einval},
             Refusal{make_remap(base + 12, 1, 0), Errno::einval},
             Refusal{make_special(base, 1), Errno::enomem},
         }) {
        SCOPED_TRACE(std::string(name(each.op.kind)) + " of file " + std::to_string(each.op.file));
        At at;
        set_up(at);
        at.perform(each.op, each.error);
        at.outcome.error = Errno::ok;
        EXPECT_NE(at.found(), "");
        at.outcome.error = Errno::eoverflow;
        EXPECT_NE(at.found(), "");
    }
}

TEST(PageMapFilesTest, detaching) {
    const auto detached = [](auto&& damage) {
        At at;
        set_up(at);
        at.perform(make_mprotect(base + 9, 1, prot::read));
        at.last = make_op(OpKind::shmdt, base + 8);
        at.outcome = at.world.apply(at.last);
        damage(at);
        return at.found();
    };
    EXPECT_EQ(detached([](At&) {}), "");
    EXPECT_NE(detached([](At& at) { at.outcome.error = Errno::einval; }), "");
    EXPECT_NE(detached([](At& at) { at.last.addr.page -= 1; }), "");
    // Nothing was detached: all pieces should have been.
    At at;
    set_up(at);
    at.perform(make_op(OpKind::munmap, 100, 1));
    at.last = make_op(OpKind::shmdt, base + 8);
    EXPECT_THAT(at.found(), HasSubstr("shmdt unmaps the pieces of one attachment"));
}

TEST(PageMapFilesTest, cuts_that_a_driver_refuses) {
    for (const Op<Plain>& op : {make_op(OpKind::munmap, 45, 1), make_mprotect(44, 1, prot::read),
                                make_op(OpKind::split, 45), make_mremap(44, 1, 1, to_address, 60)}) {
        SCOPED_TRACE(name(op.kind));
        At at;
        at.perform(map_of(file::granule, 44, 4));
        at.perform(op, Errno::einval);
        at.outcome.error = Errno::ok;
        EXPECT_NE(at.found(), "");
        at.outcome.error = Errno::enomem;
        EXPECT_NE(at.found(), "");
    }
    At at;
    at.perform(map_of(file::vetoes, 44, 2));
    at.perform(make_mremap(44, 2, 2, to_address, 60), Errno::einval);
    at.outcome.error = Errno::ok;
    EXPECT_NE(at.found(), "");
}

TEST(ResidueFilesTest, success_told_as_a_clean_error) {
    for (const Kind& each : kinds()) {
        if (each.op.kind == OpKind::mmap) continue;
        SCOPED_TRACE(each.what);
        Damaged<ResidueOfErrors> at;
        set_up(at);
        at.perform(each.op);
        at.outcome.error = Errno::einval;
        EXPECT_NE(at.found(), "");
        at.outcome.error = Errno::efault;
        EXPECT_THAT(at.found(), HasSubstr("failed with EFAULT, which"));
    }
    Damaged<ResidueOfErrors> at;
    set_up(at);
    at.perform(make_op(OpKind::shmdt, base + 8));
    at.outcome.error = Errno::einval;
    EXPECT_NE(at.found(), "");
}

// A hook alone gives some errors, and leaves more behind than arguments that are refused.
TEST(ResidueFilesTest, only_a_hook_explains_it) {
    Damaged<ResidueOfErrors> at;
    at.perform(make_mmap(base, 2));
    at.perform(make_mremap(base, 2, 2, to_address, 44));
    at.outcome.error = Errno::eacces;
    EXPECT_THAT(at.found(), HasSubstr("failed with EACCES, which"));
    at.perform(make_mmap(44, 1));
    at.perform(map_of(file::fails, 44, 1), Errno::eagain);
    at.last.file = 1;  // whose ->mmap does not fail: then nothing may have been unmapped
    EXPECT_THAT(at.found(), HasSubstr("left pages unmapped"));
}

TEST(TouchesOnlyFilesTest, another_range_changes) {
    for (const Kind& each : kinds()) {
        SCOPED_TRACE(each.what);
        Damaged<TouchesOnly> at;
        set_up(at);
        at.perform(make_mmap(90, 1));
        at.perform(each.op);
        at.world.change(at.vma_at(90)).flags ^= vm::dontcopy;
        EXPECT_THAT(at.found(), HasSubstr("outside its range"));
    }
    Damaged<TouchesOnly> at;
    set_up(at);
    at.perform(make_op(OpKind::shmdt, base + 8));
    at.world.change(at.vma_at(base)).flags ^= vm::dontcopy;  // below the address
    EXPECT_THAT(at.found(), HasSubstr("outside its range"));
}

}  // namespace
}  // namespace vmacheck
