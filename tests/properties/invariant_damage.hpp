// A World on which every invariant has something to look at, and damages of it: each a change that no operation makes,
// and the property that must notice.
//
// The last step of the World is one that touches nothing, so that the incremental check has only the damage itself to
// go by.
#pragma once

#include "checker/random/random_ops.hpp"
#include "model/gap_tree.hpp"
#include "model/page_table.hpp"
#include "properties/run/catalogue.hpp"

#include <functional>
#include <string>
#include <vector>

namespace vmacheck {

template <class D>
struct Damage {
    const char* property;
    const char* what;  // words joined by _, part of the test's name
    std::function<void(World<D>&)> apply;
    bool after_fork = false;  // a contract of fork: the last step is one, and there is nothing for a sweep to say
    // What the check after the step reports, where that is another property: the cause is among the touched objects,
    // while the effect is on one that is not.
    const char* at_step = nullptr;
};

// How a test's listing shows it.
template <class D>
void PrintTo(const Damage<D>& damage, std::ostream* out) {
    *out << damage.property;
}

// Every damage of the files invariants_*_test.cpp.
template <class D>
std::vector<Damage<D>> vma_damages();
template <class D>
std::vector<Damage<D>> rmap_damages();
template <class D>
std::vector<Damage<D>> page_damages();
template <class D>
std::vector<Damage<D>> counter_damages();
template <class D>
std::vector<Damage<D>> swap_damages();

template <class D>
std::vector<Damage<D>> all_damages();

// ---------------------------------------------------------------------------------------------------- the World

// Slots of its processes.
inline constexpr std::size_t parent_slot = 0;  // all the mappings below
inline constexpr std::size_t empty_slot = 1;   // forked before there was anything: no VMA
inline constexpr std::size_t child_slot = 2;   // a fork of the parent that wrote to page 9

// Where its mappings start; page numbers.
inline constexpr std::uint64_t faulted_at = 8;         // [8,12), pages 9 and 10 present
inline constexpr std::uint64_t faulted_upper_at = 12;  // [12,14), split off the former, page 13 present
inline constexpr std::uint64_t unfaulted_at = 16;      // [16,18), the zero page at 16
inline constexpr std::uint64_t shared_file_at = 20;    // [20,24) of file 1, pages 20 and 21 present
inline constexpr std::uint64_t private_file_at = 26;   // [26,30) of file 1 from its page 2; 26 cached, 27 copied
inline constexpr std::uint64_t same_inode_at = 32;     // [32,34) of file 2, which is the same inode, from its page 8
inline constexpr std::uint64_t hooks_at = 36;          // [36,38) of a file with open and close
inline constexpr std::uint64_t shared_anon_at = 44;    // [44,47), page 44 present
inline constexpr std::uint64_t text_at = 50;           // [50,52), read and execute
inline constexpr std::uint64_t locked_at = 54;         // [54,56)
inline constexpr std::uint64_t segment_at = 58;        // [58,61) of a SysV segment, attached once
inline constexpr std::uint64_t granule_at = 62;        // [62,66) of a file mapped in units of two pages
inline constexpr std::uint64_t registered_at = 18;     // [18,20), registered with userfaultfd context 1
inline constexpr std::uint64_t policy_at = 30;         // [30,32), with policy 1, mergeable in the parent alone
inline constexpr std::uint64_t stack_at = 70;          // [70,72), grows down, guard gap of 3
inline constexpr std::uint64_t swapped_at = 40;        // [40,42), both swapped out; 41 read back by the parent alone
inline constexpr std::uint64_t short_file_at = 3;      // [3,5), the last two pages of a file of five; 4 copied
inline constexpr std::uint64_t huge_at = 76;           // [76,80), a huge page of four pages
inline constexpr std::uint64_t nothing_at = 100;

template <class D>
class DamagedWorld {
public:
    DamagedWorld();
    World<D> world;
    // A step before the damage: a fork, or one that touches nothing.
    void last_step(bool fork) {
        op_ = {};
        op_.kind = fork ? OpKind::fork : OpKind::munmap;
        op_.addr = Bytes<D>::pages(nothing_at);
        op_.len = Bytes<D>::pages(1);
        world.apply(op_);
    }
    [[nodiscard]] const Op<D>& op() const { return op_; }
    // Operations that were meant to succeed and did not; empty if the World is as described.
    [[nodiscard]] const std::string& failed() const { return failed_; }

private:
    void map(std::uint64_t page, std::uint64_t count, Prot prot, MapFlags flags, std::uint16_t file = 0,
             std::uint64_t offset = 0);
    void bind_and_register();
    void fault(std::size_t slot, std::uint64_t page, Access access);
    void run(const Op<D>& op);

    Op<D> op_;
    std::string failed_;
};

// ---------------------------------------------------------------------------------------------------- finding things
// in it

template <class D>
VmaId vma_at(const World<D>& world, std::uint64_t page, std::size_t slot = parent_slot) {
    return find_vma(world, world.process(slot), Number<D>(page));
}
template <class D>
Vma<D>& change_vma(World<D>& world, std::uint64_t page, std::size_t slot = parent_slot) {
    return world.change(vma_at(world, page, slot));
}
template <class D>
Mm<D>& change_mm(World<D>& world, std::size_t slot = parent_slot) {
    return world.change(world.process(slot));
}
template <class D>
AnonVmaId anon_vma_at(const World<D>& world, std::uint64_t page, std::size_t slot = parent_slot) {
    return world[vma_at(world, page, slot)].anon_vma;
}
template <class D>
PteId pte_at(const World<D>& world, std::uint64_t page, std::size_t slot = parent_slot) {
    return find_pte(world, world.process(slot), Number<D>(page));
}
template <class D>
PageId page_at(const World<D>& world, std::uint64_t page, std::size_t slot = parent_slot) {
    return world[pte_at(world, page, slot)].page;
}
template <class D>
SwapId slot_at(const World<D>& world, std::uint64_t page, std::size_t slot = parent_slot) {
    return world[pte_at(world, page, slot)].swap;
}
template <class D>
FileId file_at(const World<D>& world, std::uint64_t page) {
    return world[vma_at(world, page)].file;
}
template <class D>
AddressSpaceId mapping_at(const World<D>& world, std::uint64_t page) {
    return world[file_at(world, page)].mapping;
}

}  // namespace vmacheck
