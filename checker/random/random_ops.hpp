// The generator of operations, of the random engine and of tests: every kind of operation, over a window so small that
// they affect each other.
//
// Deterministic: the same seed, parameters and Worlds give the same operations. Addresses lie in the window
// [mmap_base - window, mmap_base), half of them at or next to an existing boundary of the calling process. Three in ten
// mprotects give a VMA, or the part of it that touches a neighbour, the neighbour's rights (neighbours.cpp). Two in a
// hundred arguments are ones a caller must not pass (unaligned, too high, of no length or of far too much), six in a
// hundred operations (15 of mremap, fork, brk and MADV_MERGEABLE) fail an allocation, and there are at most three
// processes at a time. An OpMix changes this. Four mmaps in a hundred start a
// macro-operation (macro_op.hpp).
#pragma once

#include "checker/random/random_parameters.hpp"
#include "model/op/op.hpp"
#include "model/profiles/policies.hpp"
#include "model/state/ids.hpp"
#include "model/state/world_fwd.hpp"

#include <array>
#include <limits>
#include <span>
#include <vector>

namespace vmacheck {

// splitmix64: a named, specified generator, the same everywhere.
class SplitMix64 {
public:
    explicit SplitMix64(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    // [0, bound); bound > 0. Biased by less than 2^-32 for the bounds used here.
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    bool percent(unsigned chance) { return below(100) < chance; }

private:
    std::uint64_t state_;
};

// Kinds of operations that are drawn: the first so many. What each seed draws is stable, so those that came later are
// reached by the traces of the corpus alone.
inline constexpr std::size_t drawn_kinds = static_cast<std::size_t>(OpKind::uffd_close) + 1;

// What operations are made of, where it is not the usual.
struct OpMix {
    using Times = std::array<std::uint16_t, drawn_kinds>;
    static constexpr Times every_kind(std::uint16_t times) {
        Times all{};
        for (std::uint16_t& each : all) each = times;
        return all;
    }

    // How many times as often as usual each drawn kind of operation is drawn, by OpKind; 0: never. One at least is not 0.
    Times times = every_kind(1);
    unsigned failures = 1;     // how many times as often as usual an allocation fails, up to 6
    unsigned other_steps = 1;  // the same of a step of another task within an operation
    // Percent of munmap, mprotect, madvise, mlock and munlock that are about the whole window.
    unsigned whole_window = 0;
    // Percent; what is 0 is not drawn.
    unsigned last_offsets = 0;   // of mmaps of files: near the last page offset there is
    unsigned long_lengths = 0;   // of lengths: near 2^31 or 2^32 pages
    unsigned far_arguments = 0;  // of operations: one argument near 2^63 or 2^64
    unsigned execs = 0;          // of operations: exec, which is no kind that is drawn otherwise
    unsigned processes = 3;      // fork is drawn while there are fewer
    // While there are more VMAs than this in all processes, only munmap and exit are drawn.
    std::size_t vmas = std::numeric_limits<std::size_t>::max();
};

class RandomOps {
public:
    // window: pages, less than mmap_base.
    RandomOps(std::uint64_t seed, const Parameters& parameters, unsigned window_pages);
    // The next operation, made with a look at the World it will be applied to.
    Op<Plain> next(const World<Plain>& world);
    // From the next operation on.
    void set_mix(const OpMix& mix);
    // The generator behind it, for a test's own choices.
    SplitMix64& random() { return random_; }

private:
    const Vma<Plain>* any_vma(const World<Plain>& world, MmId mm);
    std::uint64_t page(const World<Plain>& world, MmId mm);
    Bytes<Plain> address(const World<Plain>& world, MmId mm);
    Bytes<Plain> length();
    OpKind kind(unsigned processes, bool crowded);
    bool begin_macro_op(std::uint8_t process);
    Op<Plain> continue_macro_op();
    // live: the slots of the processes there are.
    void fill_arguments(const World<Plain>& world, MmId mm, std::span<const std::uint8_t> live, Op<Plain>& op);
    void fill_mmap(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void fill_new_mapping(Op<Plain>& op);
    void fill_mremap(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void fill_move(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void fill_mprotect(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void fill_brk(Op<Plain>& op);
    void fill_flags(const World<Plain>& world, Op<Plain>& op);
    void choose_late_advice(const Policies& policy, Op<Plain>& op);
    void seal_instead(const Policies& policy, Op<Plain>& op);
    void fill_special_mapping(Op<Plain>& op);
    void fill_exec(Op<Plain>& op);
    void fill_fault(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void fill_remote_access(const World<Plain>& world, std::span<const std::uint8_t> live, Op<Plain>& op);
    void map_huge_pages(Op<Plain>& op);
    void continue_file(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void move_half_a_unit(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void choose_source(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void match_neighbour(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void move_aside(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void place_guard(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void touch_next_to_stack(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void choose_page(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void fill_truncate(Op<Plain>& op);
    void choose_attachment(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void fill_shmat(Op<Plain>& op);
    void fill_remap_file_pages(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void fill_uffd(Op<Plain>& op);
    void move_far(Op<Plain>& op);
    void fill_fail_alloc(Op<Plain>& op);
    bool unmap_below_stack(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void fill_meanwhile(const World<Plain>& world, std::span<const std::uint8_t> live, Op<Plain>& op);

    SplitMix64 random_;
    Parameters parameters_;
    std::uint64_t window_;
    OpMix mix_;
    std::array<std::uint64_t, drawn_kinds> weights_up_to_{};  // of the mix: of so many drawn kinds together
    std::vector<Op<Plain>>
        macro_op_;  // operations still to come of a macro-operation (macro_op.hpp), the next one last
};

}  // namespace vmacheck
