// How a property is shown to fail: one step of a small World, then damage, or a lie about what was asked for or
// answered.
#pragma once

#include "checker/random/random_ops.hpp"
#include "properties/step/step_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmacheck {

inline constexpr std::uint64_t base = 20;  // page where tests map things

inline Op<Plain> make_op(OpKind kind, std::uint64_t page = 0, std::uint64_t len = 0) {
    Op<Plain> op;
    op.kind = kind;
    op.addr = Bytes<Plain>::pages(page);
    op.len = Bytes<Plain>::pages(len);
    op.prot = prot::read | prot::write;
    return op;
}

inline Op<Plain> make_mmap(std::uint64_t page, std::uint64_t len, MapFlags flags = map::private_ | map::fixed,
                           std::uint16_t file = 0, std::uint64_t offset = 0) {
    Op<Plain> op = make_op(OpKind::mmap, page, len);
    op.flags = flags | (file == 0 ? map::anonymous : 0);
    op.file = file;
    op.offset = Bytes<Plain>::pages(offset);
    return op;
}

inline Op<Plain> make_mprotect(std::uint64_t page, std::uint64_t len, Prot prot) {
    Op<Plain> op = make_op(OpKind::mprotect, page, len);
    op.prot = prot;
    return op;
}

inline constexpr std::uint32_t to_address = mremap::maymove | mremap::fixed;

inline Op<Plain> make_mremap(std::uint64_t page, std::uint64_t len, std::uint64_t new_len, std::uint32_t flags = 0,
                             std::uint64_t to = 0) {
    Op<Plain> op = make_op(OpKind::mremap, page, len);
    op.new_len = Bytes<Plain>::pages(new_len);
    op.call_flags = flags;
    op.new_addr = Bytes<Plain>::pages(to);
    return op;
}

inline Op<Plain> make_lock(OpKind kind, std::uint64_t page, std::uint64_t len, std::uint32_t flags = 0) {
    Op<Plain> op = make_op(kind, page, len);
    op.call_flags = flags;
    return op;
}

inline Op<Plain> failing(Op<Plain> op, AllocKind kind, std::uint16_t nth) {
    op.fail_alloc = {kind, nth};
    return op;
}

inline Parameters with_map_count(std::uint64_t most) {
    Parameters p = small_parameters();
    p.max_map_count = most;
    return p;
}

// A World to drive and to damage, and one property looking at it.
template <template <class> class P>
class Damaged {
public:
    explicit Damaged(const Parameters& parameters = small_parameters(), FaultSet faults = {},
                     const Profile& profile = default_profile())
        : world(parameters, profile, faults) {}

    // Performs an operation that must have this result and hold the property.
    void perform(const Op<Plain>& op, Errno error = Errno::ok) {
        last = op;
        outcome = world.apply(op);
        EXPECT_EQ(name(outcome.error), name(error));
        EXPECT_EQ(found(), "");
    }
    // The same without a look at the property.
    void perform_damaged(const Op<Plain>& op) {
        last = op;
        outcome = world.apply(op);
    }
    // What the property says of the last step, as it stands now: the first finding, or nothing.
    [[nodiscard]] std::string found() const {
        Report report;
        P<Plain>::step(Step<Plain>{world, last, outcome}, report);
        return report.empty() ? std::string() : report.violations().front().text;
    }
    [[nodiscard]] VmaId vma_at(std::uint64_t page) const {
        for (VmaId id = world[world.process(0)].mmap; id; id = world[id].next)
            if (world[id].start <= page && world[id].end > page) return id;
        return {};
    }
    [[nodiscard]] MmId mm() const { return world.process(0); }

    // With at most two VMAs allowed: two are mapped, and the operation that cuts both ends after the first cut for want
    // of memory. The property is told of no failure.
    void leave_a_cut(const Op<Plain>& op) {
        perform(make_mmap(base, 4));
        perform(make_mmap(base + 6, 4, map::private_ | map::fixed | map::noreserve));
        perform(failing(op, AllocKind::vma, 2), Errno::enomem);
        EXPECT_EQ(world[mm()].map_count, 3u);
        last.fail_alloc = {};
    }

    World<Plain> world;
    Op<Plain> last;          // as the property is told
    Outcome<Plain> outcome;  // as the property is told
};

// What the property says of a World of its own: `set_up` and the operation are performed, then `change` damages it or
// changes what the property is told.
template <class At, class Change>
std::string found_after(void (*set_up)(At&), const Op<Plain>& op, Change change) {
    At at;
    set_up(at);
    at.perform(op);
    change(at);
    return at.found();
}

// The same where the VMA at a page is damaged.
template <class At, class Change>
std::string found_with_damaged_vma(void (*set_up)(At&), const Op<Plain>& op, std::uint64_t page, Change change) {
    return found_after<At>(set_up, op, [&](At& at) {
        const VmaId id = at.vma_at(page);
        EXPECT_TRUE(id);
        change(at.world.change(id));
    });
}

}  // namespace vmacheck
