// Why a test refused, in words with both values.
#include "model/profiles/profile.hpp"
#include "model/state/world.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vmacheck {
namespace {

constexpr std::uint64_t page = 16;

Op<Plain> map(std::uint64_t at, std::uint64_t len = 1, Prot rights = prot::read | prot::write) {
    Op<Plain> op;
    op.kind = OpKind::mmap;
    op.addr = Bytes<Plain>::pages(at);
    op.len = Bytes<Plain>::pages(len);
    op.prot = rights;
    op.flags = map::private_ | map::fixed | map::anonymous;
    return op;
}

Op<Plain> call(OpKind kind, std::uint64_t at = 0, std::uint64_t len = 1) {
    Op<Plain> op = map(at, len);
    op.kind = kind;
    return op;
}

Op<Plain> moved(std::uint64_t at, std::uint64_t to) {
    Op<Plain> op = call(OpKind::mremap, at);
    op.new_len = op.len;
    op.call_flags = mremap::maymove | mremap::fixed;
    op.new_addr = Bytes<Plain>::pages(to);
    return op;
}

// The refusals of the last operation, each "function: text".
std::vector<std::string> refusals(const Parameters& parameters, const std::vector<Op<Plain>>& ops) {
    World<Plain> world(parameters, default_profile());
    std::vector<Refusal> kept;
    world.explain_to(&kept);
    for (const Op<Plain>& each : ops) world.apply(each);
    std::vector<std::string> texts;
    for (const Refusal& each : kept) texts.push_back(each.function + ": " + each.text);
    return texts;
}

using Texts = std::vector<std::string>;

TEST(Refusals, of_a_merge_name_the_neighbours_that_touch_and_both_values) {
    EXPECT_EQ(refusals({}, {map(page), map(page + 2, 1, prot::read), map(page + 1, 1, prot::none)}),
              (Texts{"vma_merge: [0x10000,0x11000) below: it has \"rw-p may rwx ac\", the range has \"---p may rwx\"",
                     "vma_merge: [0x12000,0x13000) above: it has \"r--p may rwx\", the range has \"---p may rwx\""}));
}

TEST(Refusals, of_a_merge_are_none_where_nothing_touches_the_range) {
    EXPECT_EQ(refusals({}, {map(page), map(page + 2)}), Texts{});
}

TEST(Refusals, of_a_merge_name_two_anon_vmas) {
    EXPECT_EQ(refusals({}, {map(page), call(OpKind::fault, page), map(page + 2), call(OpKind::fault, page + 2),
                            moved(page + 2, page + 1)}),
              (Texts{"vma_merge: [0x10000,0x11000) below: it has anon_vma 1, the range has anon_vma 2",
                     "vma_merge: [0x12000,0x13000) above: its page offset begins at 0x12, the range's ends at 0x13"}));
}

TEST(Refusals, of_a_merge_name_a_chain_that_is_not_singular) {
    EXPECT_EQ(
        refusals({}, {map(page), map(page + 8), call(OpKind::fault, page + 8), moved(page + 8, page + 1)}).back(),
        "vma_merge: [0x10000,0x11000) below: it has no anon_vma and a chain of 0, which is not singular; the range "
        "has anon_vma 1");
}

TEST(Refusals, of_a_merge_name_the_page_offsets) {
    EXPECT_EQ(refusals({}, {map(page, 2), call(OpKind::fault, page), moved(page, page + 8), map(page + 9)}).back(),
              "vma_merge: [0x18000,0x19000) below: its page offset ends at 0x11, the range's begins at 0x19");
}

TEST(Refusals, of_the_limits_of_an_address_space_have_both_numbers) {
    Parameters p;
    p.rlimit_as = 3;
    EXPECT_EQ(refusals(p, {map(page, 2), map(page + 4, 2)}).back(), "mmap_region: total_vm would be 4, RLIMIT_AS is 3");
}

TEST(Refusals, of_locked_memory_have_both_numbers) {
    Parameters p;
    p.rlimit_memlock = 1;
    EXPECT_EQ(refusals(p, {map(page, 2), call(OpKind::mlock, page, 2)}).back(),
              "mlock: locked_vm would be 2, RLIMIT_MEMLOCK is 1");
}

TEST(Refusals, of_max_map_count_have_both_numbers) {
    Parameters p;
    p.max_map_count = 1;
    EXPECT_EQ(refusals(p, {map(page, 3), call(OpKind::munmap, page + 1)}).back(),
              "__do_munmap: map_count is 1, max_map_count is 1");
}

TEST(Refusals, of_a_hole_name_its_first_page) {
    for (const OpKind kind : {OpKind::mprotect, OpKind::mlock, OpKind::madvise})
        EXPECT_NE(refusals({}, {map(page), call(kind, page, 2)}).back().find("nothing is mapped at 0x11000"),
                  std::string::npos)
            << name(kind);
}

TEST(Refusals, of_the_search_say_how_long_a_run_was_wanted) {
    Op<Plain> anywhere = map(0, 1);
    anywhere.flags &= ~map::fixed;
    anywhere.len = Bytes<Plain>::pages(Parameters().task_size - 1);
    EXPECT_NE(refusals({}, {map(page), anywhere}).back().find("there is no room for 34359738366 pages in a row"),
              std::string::npos);
}

TEST(Refusals, of_an_allocation_name_its_site) {
    Op<Plain> failing = map(page);
    failing.fail_alloc = {AllocKind::vma, 1};
    EXPECT_NE(refusals({}, {failing}).back().find("the allocation mmap_region.vma fails"), std::string::npos);
}

TEST(Refusals, are_those_of_the_last_step) {
    Parameters p;
    p.rlimit_as = 3;
    EXPECT_EQ(refusals(p, {map(page, 2), map(page + 4, 2), call(OpKind::munmap, page)}), Texts{});
}

}  // namespace
}  // namespace vmacheck
