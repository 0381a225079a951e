// The canonical form of a World: what its future depends on, with identities renamed in the order in which they are
// met. Two Worlds with the same form are one state to an exhaustive search.
//
// Left out, each for a reason that holds of every state in which no property is broken:
//   identity     ids and generations of objects, the order of pools and free lists: no rule and no property compares
//                them other than for equality.
//   derived      what the rest determines: links of the list, cached gaps, highest_vm_end, map_count and the page
//                counters, the commit charge, interval keys, counters of anon_vmas, references. A World in which one of
//                these does not have the determined value is *inconsistent*: take() returns false, and the search
//                gives it to the properties.
//   tree-shape   colours and links of the red-black trees: searches in them give the same for every shape. Kept with
//                Reduction::keep_shape.
//   hiwater      hiwater_vm: only its own update and its contract read it. The contract looks at each step, with the
//                value that the shortest path to the state has.
//   hooks        how often ->open and ->close were called: only the difference is compared. It is kept.
//   rmap-order   the order of VMAs and AVCs with the same key in an interval tree: it is read where pages are unmapped
//                by reverse mapping. Kept where the scope reclaims or truncates (Reduction::keep_rmap_order).
// Each argument is tested: reduction_check.hpp compares with a search that leaves nothing out.
#pragma once

#include "checker/exhaustive/key_writer.hpp"
#include "model/accounting.hpp"
#include "model/state/world.hpp"

#include <vector>

namespace vmacheck {

struct Reduction {
    bool keep_shape = false;
    bool keep_rmap_order = false;
    VmFlags usual_flags = vm::may_access;  // that most VMAs have; it makes keys short, and nothing else
    friend bool operator==(const Reduction&, const Reduction&) = default;
};

// Names 0, 1, 2 ... for objects of one kind, in the order of first asking.
template <class IdType>
class Names {
public:
    void clear(std::size_t slots) {
        if (++epoch_ == 0) {  // once in 2^32 states
            slots_.clear();
            epoch_ = 1;
        }
        if (slots_.size() < slots) slots_.resize(slots);
        order_.clear();
    }
    std::uint32_t of(IdType id) {
        Slot& slot = slots_[id.index()];
        if (slot.epoch != epoch_) {
            slot = {epoch_, static_cast<std::uint32_t>(order_.size())};
            order_.push_back(id);
        }
        return slot.name;
    }
    [[nodiscard]] bool known(IdType id) const { return slots_[id.index()].epoch == epoch_; }
    [[nodiscard]] const std::vector<IdType>& order() const { return order_; }

private:
    struct Slot {
        std::uint32_t epoch = 0;
        std::uint32_t name = 0;
    };
    std::vector<Slot> slots_;
    std::vector<IdType> order_;
    std::uint32_t epoch_ = 0;
};

// Takes forms one after the other; a thread has one.
class CanonicalForm {
public:
    explicit CanonicalForm(const Reduction& reduction = {}) : reduction_(reduction) {}

    // Writes the form. False: the World is inconsistent, and the form is void.
    bool take(const World<Plain>& world);
    // Of the last form taken; valid until the next.
    [[nodiscard]] std::span<const std::uint8_t> key() { return key_; }

private:
    // A walk down mm_rb in order, in step with the list.
    struct Walk {
        MmId mm;
        VmaId next;  // what the list has next
        VmaId prev;
        const Vma<Plain>* below = nullptr;
        std::uint64_t end = 0;        // of the VMA below
        std::uint64_t free_from = 0;  // page after it where free space begins: guard gaps are not free
        std::uint32_t count = 0;
        std::uint32_t limit = 0;
    };
    struct Sums {
        std::uint64_t total = 0, data = 0, exec = 0, stack = 0, locked = 0;
    };
    // Black height, and the largest gap below.
    struct Subtree {
        std::int32_t blacks = 0;
        std::uint64_t gap = 0;
    };
    // How often what the walk met refers to an anon_vma, and what it is called.
    struct AnonUse {
        std::uint32_t epoch = 0;
        std::uint32_t name = 0;
        std::uint32_t attached = 0;  // AVCs
        std::uint32_t active = 0;    // VMAs that have it as their own
        std::uint32_t children = 0;  // anon_vmas whose parent it is
        std::uint32_t members = 0;   // anon_vmas whose root it is
    };

    bool take_process(MmId id);
    bool walk(VmaId node, VmaId parent, bool parent_red, Walk& walk, Subtree& out);
    bool take_vma(VmaId id, const Vma<Plain>& vma, Walk& walk);
    void take_rare(const Vma<Plain>& vma, bool plain_chain);
    bool take_chain(VmaId id, const Vma<Plain>& vma, bool& plain);
    bool take_anon_vmas();
    bool take_anon_tree(AvcId node, AvcId parent, bool parent_red, AnonVmaId owner, Subtree& out);
    bool take_i_mmap(VmaId node, VmaId parent, bool parent_red, AddressSpaceId owner, Subtree& out);
    bool take_files();
    bool take_file(FileId id, const File<Plain>& file);
    bool take_entries(MmId id);
    bool take_pages();
    bool accounts_hold() const;
    void shape(bool red, bool left, bool right) {
        if (reduction_.keep_shape) key_writer_.put((red ? 1u : 0u) | (left ? 2u : 0u) | (right ? 4u : 0u));
    }
    AnonUse& use_of(AnonVmaId id) {
        AnonUse& use = anon_uses_[id.index()];
        if (use.epoch != epoch_) {
            use = {epoch_, static_cast<std::uint32_t>(anon_order_.size())};
            anon_order_.push_back(id);
        }
        return use;
    }
    [[nodiscard]] bool known(AnonVmaId id) const { return anon_uses_[id.index()].epoch == epoch_; }
    // What a VMA's flags become, looked up.
    struct FlagInfo {
        VmFlags flags = ~VmFlags{0};
        std::uint64_t code = 0;
        VmClass which = VmClass::none;
    };
    [[nodiscard]] std::uint64_t flag_code(VmFlags flags) const;
    const FlagInfo& info_of(VmFlags flags);
    void begin(const World<Plain>& world);

    Reduction reduction_;
    const World<Plain>* world_ = nullptr;
    KeyWriter key_writer_;
    std::span<const std::uint8_t> key_;
    Sums sums_;
    std::uint64_t charged_ = 0;  // pages of VM_ACCOUNT VMAs and of shared objects
    std::uint32_t vmas_ = 0;     // met
    std::uint32_t attached_ = 0;
    std::uint32_t mapped_files_ = 0;  // VMAs in an i_mmap
    std::uint32_t tree_nodes_ = 0;    // of the interval tree being walked
    std::uint64_t last_key_ = 0;
    Names<VmaId> vma_names_;
    Names<FileId> file_names_;
    Names<PageId> page_names_;
    Names<SwapId> swap_names_;
    Names<MemPolicyId> policy_names_;
    std::vector<AnonUse> anon_uses_;  // by place in the pool
    std::vector<AnonVmaId> anon_order_;
    std::uint32_t epoch_ = 0;
    std::array<FlagInfo, 64> flag_infos_;
    std::vector<std::uint32_t> file_uses_;
    std::vector<std::uint32_t> page_uses_;
    std::vector<std::uint32_t> swap_uses_;
};

}  // namespace vmacheck
