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
#include "model/op/parameters.hpp"
#include "model/state/ids.hpp"
#include "model/state/world_fwd.hpp"
#include "model/vm_class.hpp"

#include <boost/container/static_vector.hpp>

#include <vector>

namespace vmacheck {

struct AnonVma;

struct Reduction {
    bool keep_shape = false;
    bool keep_rmap_order = false;
    VmFlags usual_flags = vm::may_access;  // that most VMAs have; it makes keys short, and nothing else
    friend bool operator==(const Reduction&, const Reduction&) = default;
};

// The order in which a form takes processes and open files; see symmetry.hpp.
struct Renaming {
    boost::container::static_vector<std::uint8_t, max_processes> slots;  // of the processes that live
    std::vector<std::uint16_t> files;                                    // numbers of open files, from 0
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
    bool take(const World<Plain>& world) { return take(world, nullptr); }
    // The same under other names; nullptr: its own.
    bool take(const World<Plain>& world, const Renaming* renaming);
    // Of the last form taken; valid until the next.
    [[nodiscard]] std::span<const std::uint8_t> key() { return key_; }

private:
    struct MmTree;
    struct AnonTree;
    struct FileTree;
    // How often what was met refers to an anon_vma, and what it is called.
    struct AnonUse {
        const AnonVma* anon_vma = nullptr;
        std::uint32_t epoch = 0;
        std::uint32_t name = 0;
        std::uint32_t attached = 0;  // AVCs
        std::uint32_t active = 0;    // VMAs that have it as their own
        std::uint32_t children = 0;  // anon_vmas whose parent it is
        std::uint32_t members = 0;   // anon_vmas whose root it is
    };
    // What a VMA's flags become.
    struct FlagInfo {
        VmFlags flags = ~VmFlags{0};
        std::uint64_t code = 0;  // with one bit to spare: see rare_bit
        VmClass which = VmClass::none;
    };

    void begin(const World<Plain>& world);
    void begin_files(const World<Plain>& world);
    bool take_process(MmId id);
    bool take_rare(const Vma<Plain>& vma, bool plain_chain);
    bool take_chain(VmaId id, const Vma<Plain>& vma, bool& plain, std::uint64_t& own);
    bool take_anon_vmas();
    bool take_anon_vma(AnonVmaId id);
    bool take_files();
    bool take_file(FileId id, const File<Plain>& file);
    bool take_entries(MmId id);
    bool take_pages();
    bool accounts_hold() const;
    template <class Links>
    void shape(const Links& links) {
        if (reduction_.keep_shape)
            key_writer_.put((links.red ? 1u : 0u) | (links.left ? 2u : 0u) | (links.right ? 4u : 0u));
    }
    // nullptr: the id names no anon_vma.
    AnonUse* use_of(AnonVmaId id, const AnonVma* anon_vma) {
        if (anon_vma == nullptr) return nullptr;
        AnonUse& use = anon_uses_[id.index()];
        if (use.epoch != epoch_) {
            use = {anon_vma, epoch_, anon_vmas_};
            anon_order_[anon_vmas_++] = id;
        }
        return &use;
    }
    [[nodiscard]] bool known(AnonVmaId id) const { return anon_uses_[id.index()].epoch == epoch_; }
    [[nodiscard]] std::uint64_t flag_code(VmFlags flags) const;
    [[nodiscard]] std::uint16_t spec_name(std::uint16_t spec) const;
    [[nodiscard]] FlagInfo flag_info(VmFlags flags) const;
    const FlagInfo& info_of(VmFlags flags) {
        FlagInfo& info = flag_infos_[(flags ^ (flags >> 7) ^ (flags >> 19)) % flag_infos_.size()];
        if (info.flags != flags) [[unlikely]]
            info = flag_info(flags);
        return info;
    }

    Reduction reduction_;
    const World<Plain>* world_ = nullptr;
    const Renaming* renaming_ = nullptr;
    KeyWriter key_writer_;
    std::span<const std::uint8_t> key_;
    std::uint64_t charged_ = 0;  // pages of VM_ACCOUNT VMAs and of shared objects
    std::uint32_t vmas_ = 0;     // met
    std::uint32_t attached_ = 0;
    std::uint32_t mapped_files_ = 0;  // VMAs in an i_mmap
    Names<VmaId> vma_names_;
    Names<FileId> file_names_;
    Names<PageId> page_names_;
    Names<SwapId> swap_names_;
    Names<MemPolicyId> policy_names_;
    std::vector<AnonUse> anon_uses_;     // by place in the pool
    std::vector<AnonVmaId> anon_order_;  // by name
    std::uint32_t anon_vmas_ = 0;        // named
    std::uint32_t epoch_ = 0;
    std::array<FlagInfo, 64> flag_infos_;
    std::vector<std::uint32_t> file_uses_;
    std::vector<std::uint32_t> page_uses_;
    std::vector<std::uint32_t> swap_uses_;
};

}  // namespace vmacheck
