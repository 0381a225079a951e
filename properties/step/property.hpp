// What a property is.
//
// A property is a class template over the number domain, in a file of its own, with a PropertyInfo and one or more of
// the functions below. Which it has decides when it is called; it says nothing about engines. One line in
// catalogue_list.hpp registers it for all of them.
//
//   invariants of one object, called for those a step could have affected, and for all in a full sweep
//     static void vma(const World<D>&, VmaId, const Vma<D>&, Report&)
//     static void node(const World<D>&, VmaId, const Vma<D>&, Report&)     its place and value in mm_rb and i_mmap
//     static void mm(const World<D>&, MmId, const Mm<D>&, Report&)
//     static void avc(const World<D>&, AvcId, const Avc<D>&, Report&)
//     static void anon_vma(const World<D>&, AnonVmaId, const AnonVma&, Report&)
//     static void file(const World<D>&, FileId, const File<D>&, Report&)
//     static void address_space(const World<D>&, AddressSpaceId, const AddressSpace<D>&, Report&)
//     static void page(const World<D>&, PageId, const Page<D>&, Report&)
//     static void swap(const World<D>&, SwapId, const SwapSlot&, Report&)
//     static void mapping(const World<D>&, const Vma<D>&, const Pte<D>&, Report&)  a present page and the VMA around it
//     static void stray(const World<D>&, const Pte<D>&, Report&)           a present page outside all VMAs
//   invariants of a whole structure, called in a full sweep, and after a step where the structure has few nodes
//     static void whole_mm(const World<D>&, MmId, const Mm<D>&, Report&)
//     static void whole_i_mmap(const World<D>&, AddressSpaceId, const AddressSpace<D>&, Report&)
//     static void whole_anon_vma(const World<D>&, AnonVmaId, const AnonVma&, Report&)
//     static void whole_world(const World<D>&, Report&)                    in a full sweep only
//   counters: counted(owner) is the sum of share(member) over the members that name the owner
//     using Owner, using Member                                        id types; Owner may be World<D>::Globals
//     static Owner owner(const StateView<D>&, const Member's object&)       (not for Globals)
//     static Number<D> share(const StateView<D>&, const Member's object&)
//     static Number<D> counted(Owner, const Owner's object&)           (Globals: of the object alone)
//   contracts of a step
//     static void step(const Step<D>&, Report&)
//
// Predicates read objects with world.find(id), which is nullptr for a freed one, and leave dangling names to the
// property `references`. A check that still runs into a freed object is reported, not undefined.
#pragma once

#include "model/state/world.hpp"

#include <fmt/format.h>
#include <boost/container/small_vector.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

enum class PropertyKind : std::uint8_t { invariant, counter, contract, refinement, observed };

struct PropertyInfo {
    std::string_view name;  // stable, stands in traces
    PropertyKind kind;
    std::string_view statement;     // one sentence
    std::string_view relied_on_by;  // the kernel function that goes wrong when it does not hold
};

std::string_view name(PropertyKind kind);

// Collects violations; the same one twice counts once.
class Report {
public:
    template <class... Args>
    void add(const PropertyInfo& property, fmt::format_string<Args...> text, Args&&... args) {
        add(property, fmt::format(text, std::forward<Args>(args)...));
    }
    void add(const PropertyInfo& property, std::string text);
    void add(Violation violation);
    [[nodiscard]] bool empty() const { return violations_.empty(); }
    [[nodiscard]] const std::vector<Violation>& violations() const { return violations_; }
    void clear() { violations_.clear(); }

private:
    std::vector<Violation> violations_;
};

// The World before or after the last step.
template <class D>
class StateView {
public:
    StateView(const World<D>& world, bool before) : world_(world), before_(before) {}
    template <class IdType>
    [[nodiscard]] const auto* find(IdType id) const {
        return before_ ? world_.before(id) : world_.find(id);
    }
    [[nodiscard]] const World<D>& world() const { return world_; }

private:
    const World<D>& world_;
    bool before_;
};

// A VMA that a step touched, as it was and as it is. Freed and made anew in one place are two names, of which both may
// be there.
template <class D>
struct TouchedVma {
    VmaId was;
    const Vma<D>* before;  // nullptr: it was not there
    VmaId is;
    const Vma<D>* after;  // nullptr: it is not there
    bool only_linked;     // nothing has changed but its links to neighbours, in trees and to its chain, and its gap
};

// What a contract looks at: the op, its outcome, and the World before (world.before, each_touched) and after.
template <class D>
struct Step {
    Step(const World<D>& world, const Op<D>& op, const Outcome<D>& outcome) : world(world), op(op), outcome(outcome) {
        world.template each_touched_object<VmaId>([&](VmaId was, const Vma<D>* before, VmaId is, const Vma<D>* after) {
            const bool linked = was == is && before != nullptr && after != nullptr && same_content(*before, *after);
            vmas.push_back({was, before, is, after, linked});
        });
    }

    const World<D>& world;
    const Op<D>& op;
    const Outcome<D>& outcome;
    boost::container::small_vector<TouchedVma<D>, 16> vmas;  // that it touched

private:
    static bool same_content(const Vma<D>& a, const Vma<D>& b) {
        return identical(a.start, b.start) && identical(a.end, b.end) && a.flags == b.flags &&
               a.anon_vma == b.anon_vma && identical(a.pgoff, b.pgoff) && a.mm == b.mm && a.file == b.file &&
               a.policy == b.policy && a.ops == b.ops && a.uffd == b.uffd && a.anon_name == b.anon_name &&
               a.in_i_mmap == b.in_i_mmap && identical(a.shared.first, b.shared.first) &&
               identical(a.shared.last, b.shared.last);
    }
};

// Addresses in findings are bytes, as people know them from /proc/PID/maps; page offsets stay page offsets.
inline std::uint64_t address(const PlainNumber& page) {
    return page.value() * page_size;
}
inline std::uint64_t address(const TracedNumber& page) {
    return page.value() * page_size;
}
template <class N>
std::string range_text(const N& start, const N& end) {
    return fmt::format("[{:#x},{:#x})", address(start), address(end));
}

// How objects are called in findings: "VMA [0x10000,0x13000)" and "anon_vma 2".
template <class D>
std::string describe(const Vma<D>& vma) {
    return "VMA " + range_text(vma.start, vma.end);
}
inline std::string describe(AnonVmaId id) {
    return fmt::format("anon_vma {}", id.index() + 1);
}
inline std::string describe(FileId id) {
    return fmt::format("file {}", id.index() + 1);
}
inline std::string describe(AddressSpaceId id) {
    return fmt::format("address_space {}", id.index() + 1);
}
inline std::string describe(PageId id) {
    return fmt::format("page {}", id.index() + 1);
}
inline std::string describe(MemPolicyId id) {
    return fmt::format("policy {}", id.index() + 1);
}
inline std::string describe(SwapId id) {
    return fmt::format("swap slot {}", id.index() + 1);
}

// Where the space above a VMA begins that a search may give away: above the guard gap of a stack that grows up.
template <class D>
Number<D> free_above(const World<D>& world, const Vma<D>& vma) {
    if ((vma.flags & vm::growsup) == 0) return vma.end;
    const Number<D> guarded = vma.end + world.parameters().stack_guard_gap;
    return guarded < pages_in_64_bits ? guarded : Number<D>(pages_in_64_bits - 1);
}

// The slot of the process that owns an mm; max_processes if none does.
template <class D>
std::size_t slot_of(const World<D>& world, MmId mm) {
    std::size_t slot = 0;
    while (slot < max_processes && world.process(slot) != mm) ++slot;
    return slot;
}

}  // namespace vmacheck
