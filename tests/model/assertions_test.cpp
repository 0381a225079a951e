// The assertions of the kernel that the model has (properties/ASSERTIONS.md): each on a call, or after a damage, that
// breaks it. Damages are such as no operation makes.
#include "model/adjust.hpp"
#include "model/anon_vma.hpp"
#include "model/file.hpp"
#include "model/gap_tree.hpp"
#include "model/interval_tree.hpp"
#include "model/madvise_walk.hpp"
#include "model/mempolicy.hpp"
#include "model/merge.hpp"
#include "model/ops/ops.hpp"
#include "model/page_table.hpp"
#include "model/populate.hpp"
#include "model/reclaim.hpp"
#include "model/swap.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace vmacheck {
namespace {

using W = World<Plain>;

// What is mapped, by the page where it starts; private, and writable where nothing else is said.
constexpr std::uint64_t forked_at = 20;      // [20,22), page 20 present, in both processes
constexpr std::uint64_t faulted_at = 22;     // [22,24), page 22 present, with an anon_vma of another family
constexpr std::uint64_t file_a_at = 30;      // [30,32), of file 1
constexpr std::uint64_t file_b_at = 32;      // [32,34), of file 2
constexpr std::uint64_t file_b_end_at = 34;  // [34,36), shared, of file 2 from its page 4
constexpr std::uint64_t low_at = 40;         // [40,42), never written to, and so are the two that follow
constexpr std::uint64_t middle_at = 42;      // [42,44), read only
constexpr std::uint64_t high_at = 44;        // [44,46), read and execute; the last

class Stage {
public:
    Stage() {
        map(forked_at, prot::read | prot::write);
        write(forked_at);
        Op<Plain> fork;
        fork.kind = OpKind::fork;
        run(fork);
        map(faulted_at, prot::read | prot::write, map::private_ | map::noreserve);
        write(faulted_at);
        map(file_a_at, prot::read | prot::write, map::private_, 1);
        map(file_b_at, prot::read | prot::write, map::private_, 2);
        map(file_b_end_at, prot::read | prot::write, map::shared, 2, 4);
        map(low_at, prot::read | prot::write);
        map(middle_at, prot::read);
        map(high_at, prot::read | prot::exec);
    }

    // What the assertion says that the call or the damage breaks; empty: none is broken.
    std::string broken_by(const std::function<void(W&)>& call) {
        try {
            world.edit(call);
        } catch (const StepAbandoned& step) {
            EXPECT_EQ(step.violation.property, "bug-on");
            return step.violation.text;
        }
        return "";
    }

    W world{parameters(), default_profile()};

private:
    static Parameters parameters() {
        Parameters p;
        p.files = {{FileKind::regular, 1, true, true, "a"}, {FileKind::regular, 2, true, true, "b"}};
        return p;
    }
    void run(const Op<Plain>& op) { EXPECT_TRUE(world.apply(op).ok()); }
    void map(std::uint64_t page, Prot prot, MapFlags flags = map::private_, std::uint16_t file = 0,
             std::uint64_t offset = 0) {
        Op<Plain> op;
        op.kind = OpKind::mmap;
        op.addr = Bytes<Plain>::pages(page);
        op.len = Bytes<Plain>::pages(2);
        op.prot = prot;
        op.flags = flags | map::fixed | (file == 0 ? map::anonymous : 0);
        op.file = file;
        op.offset = Bytes<Plain>::pages(offset);
        run(op);
    }
    void write(std::uint64_t page) {
        Op<Plain> op;
        op.kind = OpKind::fault;
        op.addr = Bytes<Plain>::pages(page);
        op.access = Access::write;
        run(op);
    }
};

MmId mm_of(const W& world) {
    return world.process(0);
}
VmaId at(const W& world, std::uint64_t page, std::size_t process = 0) {
    return find_vma(world, world.process(process), Number<Plain>(page));
}
AnonVmaId anon_vma_at(const W& world, std::uint64_t page) {
    return world[at(world, page)].anon_vma;
}
PteId pte_at(const W& world, std::uint64_t page) {
    return find_pte(world, mm_of(world), Number<Plain>(page));
}
PageId page_at(const W& world, std::uint64_t page) {
    return world[pte_at(world, page)].page;
}
FileId file_at(const W& world, std::uint64_t page) {
    return world[at(world, page)].file;
}
AddressSpaceId mapping_at(const W& world, std::uint64_t page) {
    return world[file_at(world, page)].mapping;
}

struct Broken {
    const char* text;
    const char* what;  // words joined by _, the test's name
    std::function<void(W&)> call;
};

void PrintTo(const Broken& broken, std::ostream* out) {
    *out << broken.what;
}

// ---------------------------------------------------------------------------------------------------- merges

void merge(W& world, std::uint64_t prev, std::uint64_t start, std::uint64_t end) {
    vma_merge(world, MergeRequest<Plain>{mm_of(world), at(world, prev), start, end, vm::data_default, {}, {}, start});
}

void adjust(W& world, std::uint64_t vma, std::uint64_t end, VmaId expand, VmaId insert = {}) {
    const VmaId id = at(world, vma);
    vma_adjust(world, Adjustment<Plain>{.vma = id,
                                        .start = world[id].start,
                                        .end = end,
                                        .pgoff = world[id].pgoff,
                                        .insert = insert,
                                        .expand = expand});
}

constexpr const char* not_the_one_that_grows = "the VMA that a merge keeps is not the one that grows";

const std::vector<Broken> of_merges{
    {"the VMA below a range to merge starts inside or above it", "prev_is_the_range",
     [](W& w) { merge(w, low_at, low_at, low_at + 2); }},
    {"a range to merge passes the end of its VMA", "range_of_two_vmas",
     [](W& w) { merge(w, low_at, middle_at, middle_at + 3); }},
    {"a range to merge is empty", "empty_range", [](W& w) { merge(w, low_at, middle_at, middle_at); }},
    {"the VMA that case 8 keeps ends elsewhere than the range", "case_8_beyond_the_end",
     [](W& w) { adjust(w, middle_at, high_at + 3, at(w, high_at)); }},
    {"case 8 joins VMAs of two files", "case_8_of_two_files",
     [](W& w) { adjust(w, file_a_at, file_b_at + 2, at(w, file_b_at)); }},
    {not_the_one_that_grows, "removal_by_another", [](W& w) { adjust(w, low_at, middle_at + 2, {}); }},
    {"case 6 ends elsewhere than the second VMA that it removes", "case_6_inside_the_second",
     [](W& w) { adjust(w, low_at, high_at + 1, at(w, low_at)); }},
    {not_the_one_that_grows, "case_5_for_another", [](W& w) { adjust(w, low_at, middle_at + 1, at(w, middle_at)); }},
    {not_the_one_that_grows, "case_4_for_another", [](W& w) { adjust(w, low_at, low_at + 1, at(w, low_at)); }},
    {"a boundary moves between VMAs of different anon_vmas", "boundary_of_two_families",
     [](W& w) { adjust(w, forked_at, faulted_at + 1, at(w, forked_at)); }},
    {"the piece of a split overlaps another VMA", "piece_below_the_cut",
     [](W& w) {
         const VmaId piece = w.allocate<VmaId>();
         Vma<Plain>& vma = w.change(piece);
         vma.mm = mm_of(w);
         vma.start = middle_at;
         vma.end = middle_at + 2;
         adjust(w, middle_at, middle_at + 1, {}, piece);
     }},
    {"highest_vm_end is not the end of the last VMA", "last_vma_removed",
     [](W& w) {
         w.change(mm_of(w)).highest_vm_end += 1;
         adjust(w, middle_at, high_at + 2, at(w, middle_at));
     }},
};

// ---------------------------------------------------------------------------------------------------- anon_vmas

// The child's own anon_vma is in a chain with the parent's.
VmaId child_of_two_families(W& world) {
    const VmaId id = at(world, forked_at, 1);
    world.change(world[id].anon_vma).root = anon_vma_at(world, faulted_at);
    return id;
}

VmaId faulted(const W& world) {
    return at(world, faulted_at);
}

AnonVma& change_anon_vma(W& world) {
    return world.change(anon_vma_at(world, faulted_at));
}

const std::vector<Broken> of_anon_vmas{
    {"chain with two roots", "unlinked", [](W& w) { unlink_anon_vmas(w, child_of_two_families(w)); }},
    {"chain with two roots", "cloned", [](W& w) { anon_vma_clone(w, at(w, low_at), child_of_two_families(w)); }},
    {"anon_vma refcount underflows", "put_too_often",
     [](W& w) {
         change_anon_vma(w).refcount = 0;
         unlink_anon_vmas(w, faulted(w));
     }},
    {"anon_vma active count underflows", "more_users_than_counted",
     [](W& w) {
         change_anon_vma(w).num_active_vmas = 0;
         unlink_anon_vmas(w, faulted(w));
     }},
    {"anon_vma child count underflows", "more_children_than_counted",
     [](W& w) {
         change_anon_vma(w).num_children = 0;
         unlink_anon_vmas(w, faulted(w));
     }},
    {"an empty anon_vma still counts children or users", "child_counted_twice",
     [](W& w) {
         ++change_anon_vma(w).num_children;
         unlink_anon_vmas(w, faulted(w));
     }},
    {"merged VMAs have different anon_vmas", "merged", [](W& w) { anon_vma_merge(w, at(w, forked_at), faulted(w)); }},
    {"anon_vma_chain is already in its tree", "chain_inserted_twice",
     [](W& w) { anon_vma_interval_tree_insert(w, w[faulted(w)].chain_newest); }},
    {"anon_vma_chain is not in its tree", "chain_removed_twice",
     [](W& w) {
         anon_vma_interval_tree_pre_update_vma(w, faulted(w));
         anon_vma_interval_tree_pre_update_vma(w, faulted(w));
     }},
};

// ---------------------------------------------------------------------------------------------------- files

const std::vector<Broken> of_files{
    {"VMA is already in an i_mmap", "inserted_twice",
     [](W& w) { i_mmap_insert(w, at(w, file_a_at), mapping_at(w, file_a_at)); }},
    {"VMA is already in an i_mmap", "inserted_twice_after_another",
     [](W& w) { i_mmap_insert_after(w, at(w, file_b_at), mapping_at(w, file_b_at), at(w, file_b_end_at)); }},
    {"insertion behind a VMA with another first offset", "inserted_after_another_offset",
     [](W& w) {
         i_mmap_remove(w, at(w, file_b_end_at), mapping_at(w, file_b_at));
         i_mmap_insert_after(w, at(w, file_b_end_at), mapping_at(w, file_b_at), at(w, file_b_at));
     }},
    {"VMA is in no i_mmap", "anonymous_vma_removed",
     [](W& w) { i_mmap_remove(w, at(w, low_at), mapping_at(w, file_a_at)); }},
    {"file reference count underflows", "file_put_too_often",
     [](W& w) {
         w.change(file_at(w, file_a_at)).f_count = 0;
         fput(w, file_at(w, file_a_at));
     }},
    {"address_space freed while VMAs map it", "last_reference_put",
     [](W& w) {
         w.change(file_at(w, file_a_at)).f_count = 1;
         fput(w, file_at(w, file_a_at));
     }},
    {"mempolicy refcount underflows", "policy_put_too_often",
     [](W& w) {
         MemPolicyId policy;
         EXPECT_EQ(mpol_new(w, 1, AllocSite::mpol_new_policy, &policy), Errno::ok);
         w.change(policy).refcount = 0;
         mpol_put(w, policy);
     }},
};

// ---------------------------------------------------------------------------------------------------- pages

// Page 20 in the swap cache, and an entry of this page that names its slot.
PteId entry_of_cached_page(W& world, std::uint64_t page) {
    const SwapId slot = world.allocate<SwapId>();
    const PageId cached = page_at(world, forked_at);
    world.change(slot).page = cached;
    world.change(cached).swap = slot;
    return set_pte(world, mm_of(world), Number<Plain>(page), PteValue{{}, slot, false, false});
}

const std::vector<Broken> of_pages{
    {"an anonymous page for a VMA without anon_vma", "page_of_an_unfaulted_vma",
     [](W& w) { new_anon_page(w, at(w, low_at), Number<Plain>(low_at)); }},
    {"an anonymous page for an address outside its VMA", "page_above_the_vma",
     [](W& w) { new_anon_page(w, faulted(w), Number<Plain>(faulted_at + 2)); }},
    {"an anonymous page for an address outside its VMA", "page_below_the_vma",
     [](W& w) { new_anon_page(w, faulted(w), Number<Plain>(faulted_at - 1)); }},
    {"rights change in an empty range", "no_page_protected",
     [](W& w) { write_protect_range<Plain>(w, mm_of(w), forked_at, forked_at); }},
    {"a page table entry moves to where there is one", "moved_over_another",
     [](W& w) { move_page_tables<Plain>(w, mm_of(w), forked_at, faulted_at, 1); }},
    {"page mapcount underflows", "unmapped_too_often",
     [](W& w) {
         w.change(page_at(w, forked_at)).mapcount = 0;
         zap_pte(w, pte_at(w, forked_at));
     }},
    {"an anonymous page without a slot to be written to, or a lazily freed one with it", "lazily_freed_with_a_slot",
     [](W& w) {
         entry_of_cached_page(w, forked_at + 1);
         w.change(page_at(w, forked_at)).swap_backed = false;
         reclaim_page(w, page_at(w, forked_at));
     }},
    {"reverse mapping leads to an address outside the VMA", "stale_key",
     [](W& w) {
         w.change(faulted(w)).pgoff += 100;
         reclaim_page(w, page_at(w, faulted_at));
     }},
    {"a range to populate passes the ends of its VMA", "populated_above",
     [](W& w) { populate_vma_page_range<Plain>(w, at(w, low_at), low_at, low_at + 3); }},
    {"a range to populate passes the ends of its VMA", "populated_below",
     [](W& w) { populate_vma_page_range<Plain>(w, at(w, low_at), low_at - 1, low_at + 1); }},
    {"swap count underflows", "slot_freed_too_often", [](W& w) { swap_free(w, w.allocate<SwapId>()); }},
    {"a swapped-out page in a VMA without anon_vma", "swapped_in_for_an_unfaulted_vma",
     [](W& w) { swap_in(w, at(w, low_at), entry_of_cached_page(w, low_at), false); }},
    {"page of another family of anon_vmas", "swapped_in_for_another_family",
     [](W& w) { swap_in(w, faulted(w), entry_of_cached_page(w, faulted_at + 1), false); }},
    {"page mapped at another offset than its index", "swapped_in_at_another_offset",
     [](W& w) { swap_in(w, at(w, forked_at), entry_of_cached_page(w, forked_at + 1), false); }},
};

// ---------------------------------------------------------------------------------------------------- walks

void register_low(W& world, VmFlags flags) {
    Vma<Plain>& vma = world.change(at(world, low_at));
    vma.uffd = 1;
    vma.flags |= flags;
}

const std::vector<Broken> of_walks{
    {"userfaultfd flags without a context, or without any", "context_without_flags",
     [](W& w) {
         register_low(w, 0);
         Op<Plain> op;
         op.uffd = 1;
         Outcome<Plain> outcome;
         op_uffd_close(w, mm_of(w), op, outcome);
     }},
    {"registered memory that may not be written", "unregistered",
     [](W& w) {
         register_low(w, vm::uffd_missing);
         w.change(at(w, low_at)).flags &= ~vm::may_write;
         Op<Plain> op;
         op.addr = Bytes<Plain>::pages(low_at);
         op.len = Bytes<Plain>::pages(2);
         op.uffd = 1;
         Outcome<Plain> outcome;
         op_uffd_unregister(w, mm_of(w), op, outcome);
     }},
    {"the walk goes back to lower addresses", "vma_follows_itself",
     [](W& w) {
         w.change(at(w, low_at)).next = at(w, low_at);
         madvise_walk_vmas<Plain>(w, mm_of(w), low_at, high_at, [](VmaId id, VmaId* prev, const auto&, const auto&) {
             *prev = id;
             return Errno::ok;
         });
     }},
};

std::vector<Broken> all() {
    std::vector<Broken> found;
    for (const auto* part : {&of_merges, &of_anon_vmas, &of_files, &of_pages, &of_walks})
        found.insert(found.end(), part->begin(), part->end());
    return found;
}

class Assertion : public testing::TestWithParam<Broken> {};

TEST_P(Assertion, is_met) {
    Stage stage;
    EXPECT_EQ(stage.broken_by([](W&) {}), "");
    EXPECT_EQ(stage.broken_by(GetParam().call).rfind(std::string(GetParam().text) + " in ", 0), 0u);
}

INSTANTIATE_TEST_SUITE_P(Model, Assertion, testing::ValuesIn(all()),
                         [](const testing::TestParamInfo<Broken>& info) { return std::string(info.param.what); });

}  // namespace
}  // namespace vmacheck
