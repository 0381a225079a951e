// What the orders of mremap have in common in the page-map specification: the call as far as it has come, and the steps.
// Segments stand for VMAs here: an old range must lie in one of them.
#pragma once

#include "properties/refinement/specification.hpp"

namespace vmacheck::specification {

// The arguments in pages, and the page map as far as the call has come.
template <class D>
struct Remap {
    SpecContext<D>& ctx;
    Number<D> addr;
    Number<D> old_len;
    Number<D> new_len;  // above 0
    std::uint32_t flags;
    PageMap<D> map;

    [[nodiscard]] const Policies& policy() const { return ctx.step.world.profile().policy; }
    [[nodiscard]] bool has(std::uint32_t flag) const { return (flags & flag) != 0; }
    // It ends here, with this error and what has happened so far.
    void refuse(Errno error, const char* why) const {
        ctx.require(error);
        ctx.expect(map, why);
    }
    // The same where it may end here, and did.
    [[nodiscard]] bool stopped(bool may) const { return may && ctx.error() == Errno::enomem; }
};

// vma_to_resize, but for the limits that may refuse. nullptr: nothing is mapped at the address.
template <class D>
Errno error_of_source(const Remap<D>& remap, const Segment<D>* source);

// Whether RLIMIT_AS, RLIMIT_DATA or overcommit may refuse what is mapped in addition.
template <class D>
bool growth_may_be_refused(const Remap<D>& remap, const Segment<D>& source);

// Fails unless this page number was returned.
template <class D>
void check_value(const Remap<D>& remap, const Number<D>& wanted);

// Unmaps what lies beyond the new length; false: the call ended there. A range that is not in user space is refused.
template <class D>
bool shrink(Remap<D>& remap);

// What ->split says to a source that is to leave its VMA, and ->mremap to the new place.
template <class D>
Errno error_of_hooks(const Remap<D>& remap, const Segment<D>& source, const Number<D>& to);

// The page map once the source has been moved to this page.
template <class D>
PageMap<D> map_after_move(const Remap<D>& remap, const Segment<D>& source, const Number<D>& to);

// The move itself. Memory that fails in it: source and destination are as the call found them.
template <class D>
void move(Remap<D>& remap, const Segment<D>& source, const Number<D>& to);

// The same to a place that is looked for, near the hint if there is one.
template <class D>
void move_anywhere(Remap<D>& remap, const Segment<D>& source, const Bytes<D>& hint);

// Room for a VMA to grow to this end where it is. A stack's guard gap above it is not kept.
template <class D>
bool may_grow_to(const Remap<D>& remap, const Segment<D>& source, const Number<D>& end);

}  // namespace vmacheck::specification
