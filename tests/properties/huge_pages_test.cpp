// Files of hugetlbfs: what VMAs of them are, what the page-map specification and the contracts say of damaged Worlds
// and of other results than there were, and that an access gives a private mapping its anon_vma.
#include "properties/contracts/guard_gap.hpp"
#include "properties/contracts/residue.hpp"
#include "properties/refinement/page_map.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t at_page = 44;  // a multiple of the four pages that huge pages have here
constexpr MapFlags private_fixed = map::private_ | map::fixed;

Parameters with_huge_pages() {
    Parameters p = small_parameters();
    add_huge_page_files(p);
    return p;
}

std::uint16_t endless_file() {
    return static_cast<std::uint16_t>(with_huge_pages().files.size() - 1);
}
std::uint16_t two_huge_pages() {
    return static_cast<std::uint16_t>(with_huge_pages().files.size());
}

Op<Plain> map_huge(std::uint64_t page, std::uint64_t len, MapFlags flags = private_fixed, std::uint64_t offset = 0) {
    return make_mmap(page, len, flags, endless_file(), offset);
}

template <template <class> class P>
struct Huge : Damaged<P> {
    Huge() : Damaged<P>(with_huge_pages()) {}
};
using At = Huge<PageMapRefinement>;

TEST(HugePagesTest, damaged_mappings_are_found) {
    const auto damaged = [](auto&& damage) {
        At at;
        at.perform(map_huge(at_page, 3));
        damage(at.world.change(at.vma_at(at_page)));
        return at.found();
    };
    EXPECT_EQ(damaged([](Vma<Plain>&) {}), "");
    EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.flags &= ~vm::hugetlb; }), "");
    EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.flags &= ~vm::dontexpand; }), "");
    EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.flags |= vm::account; }), "");
    EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.end -= 1; }), "") << "the length is rounded up";
    EXPECT_NE(damaged([](Vma<Plain>& vma) { vma.pgoff += 4; }), "");
}

TEST(HugePagesTest, refusals_told_otherwise) {
    struct Refusal {
        Op<Plain> op;
        Errno error;
    };
    Op<Plain> truncate = make_op(OpKind::truncate, 0, 6);
    truncate.file = endless_file();
    Op<Plain> dontneed = make_op(OpKind::madvise, at_page, 4);
    dontneed.advice = Advice::dontneed;
    Op<Plain> wraps = map_huge(at_page, 1);
    wraps.len = {pages_in_64_bits - 1, 1};
    for (const Refusal& each : {
             Refusal{map_huge(at_page + 1, 4), Errno::einval},
             Refusal{map_huge(at_page, 4, private_fixed, 2), Errno::einval},
             Refusal{wraps, Errno::einval},
             Refusal{make_mmap(at_page, 4, private_fixed | map::hugetlb, 1), Errno::einval},
             Refusal{make_op(OpKind::munmap, at_page, 2), Errno::einval},
             Refusal{make_mprotect(at_page + 1, 3, prot::read), Errno::einval},
             Refusal{make_op(OpKind::split, at_page + 2), Errno::einval},
             Refusal{make_mmap(at_page + 2, 1), Errno::enomem},
             Refusal{make_mremap(at_page, 4, 8, mremap::maymove), Errno::einval},
             Refusal{dontneed, Errno::einval},
             Refusal{truncate, Errno::einval},
         }) {
        SCOPED_TRACE(std::string(name(each.op.kind)) + " of file " + std::to_string(each.op.file));
        At at;
        at.perform(map_huge(at_page, 8));
        at.perform(each.op, each.error);
        at.outcome.error = Errno::ok;
        EXPECT_NE(at.found(), "");
        at.outcome.error = Errno::ebusy;
        EXPECT_NE(at.found(), "");
        Huge<ResidueOfErrors> residue;
        residue.perform(map_huge(at_page, 8));
        residue.perform(each.op, each.error);
    }
}

// Registering looks at both ends before it changes anything; unregistering only at the first.
TEST(HugePagesTest, userfaultfd_keeps_to_huge_pages) {
    const auto uffd = [](OpKind kind, std::uint64_t page, std::uint64_t len) {
        Op<Plain> op = make_lock(kind, page, len, kind == OpKind::uffd_register ? uffd_mode::missing : 0);
        op.uffd = 1;
        return op;
    };
    const auto run = [&](auto& at) {
        at.perform(make_mmap(at_page - 2, 2));
        at.perform(map_huge(at_page, 8));
        at.perform(uffd(OpKind::uffd_register, at_page - 2, 4), Errno::einval);
        EXPECT_EQ(at.world[at.vma_at(at_page - 2)].uffd, 0);
        at.perform(uffd(OpKind::uffd_register, at_page + 2, 2), Errno::einval);
        at.perform(uffd(OpKind::uffd_register, at_page - 2, 10));
        at.perform(uffd(OpKind::uffd_unregister, at_page + 2, 2), Errno::einval);
        at.perform(uffd(OpKind::uffd_unregister, at_page - 2, 4), Errno::einval);
        EXPECT_EQ(at.world[at.vma_at(at_page - 2)].uffd, 0);
        EXPECT_EQ(at.world[at.vma_at(at_page)].uffd, 1);
    };
    At at;
    run(at);
    at.outcome.error = Errno::ok;
    EXPECT_NE(at.found(), "");
    Huge<ResidueOfErrors> residue;
    run(residue);
}

TEST(HugePagesTest, a_writable_mapping_makes_the_file_longer) {
    const auto mapped = [](Prot prot, auto&& damage) {
        At at;
        Op<Plain> op = make_mmap(at_page, 4, private_fixed, two_huge_pages(), 8);
        op.prot = prot;
        at.perform(op);
        damage(at.world.change(at.world[at.world[at.vma_at(at_page)].file].mapping));
        return at.found();
    };
    using Space = AddressSpace<Plain>;
    EXPECT_EQ(mapped(prot::read, [](Space& space) { EXPECT_EQ(space.size, Number<Plain>(8)); }), "");
    EXPECT_EQ(mapped(prot::write, [](Space& space) { EXPECT_EQ(space.size, Number<Plain>(12)); }), "");
    EXPECT_NE(mapped(prot::read, [](Space& space) { space.size = 12; }), "");
    EXPECT_NE(mapped(prot::write, [](Space& space) { space.size = 8; }), "");
    EXPECT_NE(mapped(prot::write, [](Space& space) { space.endless = true; }), "");
}

TEST(HugePagesTest, accesses) {
    const auto touch = [](std::uint64_t page, Access access) {
        Op<Plain> op = make_op(OpKind::fault, page);
        op.access = access;
        return op;
    };
    At at;
    at.perform(map_huge(at_page, 4));
    at.perform(map_huge(at_page + 4, 4, map::shared | map::fixed));
    Op<Plain> beyond = make_mmap(at_page + 8, 4, private_fixed, two_huge_pages(), 8);
    beyond.prot = prot::read;
    at.perform(beyond);
    at.perform(touch(at_page + 5, Access::write));
    EXPECT_FALSE(faulted(at.world[at.vma_at(at_page + 4)]));
    at.perform(touch(at_page + 8, Access::read), Errno::sigbus);
    EXPECT_FALSE(faulted(at.world[at.vma_at(at_page + 8)]));
    at.perform(failing(touch(at_page + 1, Access::read), AllocKind::any, 1), Errno::enomem);
    EXPECT_FALSE(faulted(at.world[at.vma_at(at_page)]));
    at.perform(touch(at_page + 1, Access::read));
    EXPECT_TRUE(faulted(at.world[at.vma_at(at_page)]));
}

// Where they come to lie: at multiples, however little room there is, and whoever looks.
TEST(HugePagesTest, placement) {
    const auto run = [](auto& at) {
        at.perform(make_mmap(63, 1));  // the highest page below mmap_base
        at.perform(map_huge(0, 3, map::private_));
        EXPECT_EQ(at.outcome.value.page, Number<Plain>(56));
        at.perform(map_huge(47, 5, map::private_));
        EXPECT_EQ(at.outcome.value.page, Number<Plain>(44));
        at.perform(map_huge(3, 4, map::private_), Errno::eperm);  // the hint rounded down is 0
    };
    Huge<GuardGap> gap;
    run(gap);
    At at;
    run(at);
    at.outcome.error = Errno::ok;
    EXPECT_NE(at.found(), "");
}

}  // namespace
}  // namespace vmacheck
