// The generator of operations, of the random engine and of tests: every kind of operation, over a window so small that
// they meet each other.
//
// Deterministic: the same seed, parameters and Worlds give the same operations. Addresses lie in the window
// [mmap_base - window, mmap_base), half of them at or beside an existing boundary of the calling process. Two in a
// hundred arguments are ones a caller must not pass (unaligned, too high, of no length or of far too much), six in a
// hundred operations (15 of mremap) fail an allocation, and there are at most three processes at a time. An OpMix says
// otherwise. Four mmaps in a hundred begin a scene (scene.hpp).
#pragma once

#include "model/world.hpp"

#include <array>
#include <limits>
#include <vector>

namespace vmacheck {

// splitmix64: a named, specified generator, the same everywhere.
class SplitMix64 {
public:
    explicit SplitMix64(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next();
    // [0, bound); bound > 0. Biased by less than 2^-32 for the bounds used here.
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    bool percent(unsigned chance) { return below(100) < chance; }

private:
    std::uint64_t state_;
};

// A layout that fits a window of 16 to 60 pages: mmap_base at page 64, the heap starting in the middle of what lies
// below, a guard gap of 3 pages, stacks of at most 8, at most 18 VMAs before the map_count limit is felt, and two files
// or more of every kind a process can open (one inode opened twice, one read-only, one write-only), and one for each
// thing that an inode may refuse or a hook may do; two of few pages. No other limit.
Parameters small_parameters();

// Positions of some files of small_parameters, as operations name them.
namespace file {
inline constexpr std::uint16_t hooks = 9;           // with ->open and ->close
inline constexpr std::uint16_t sealed = 11;         // F_SEAL_WRITE
inline constexpr std::uint16_t sealed_future = 13;  // F_SEAL_FUTURE_WRITE
inline constexpr std::uint16_t adds_flag = 14;      // ->mmap adds VM_DONTDUMP
inline constexpr std::uint16_t hands_over = 15;     // the same, and it puts handed_to into vm_file
inline constexpr std::uint16_t handed_to = 16;
inline constexpr std::uint16_t fails = 17;    // ->mmap gives EAGAIN
inline constexpr std::uint16_t refused = 18;  // by the architecture, after ->mmap
inline constexpr std::uint16_t granule = 19;  // units of two pages
inline constexpr std::uint16_t vetoes = 20;   // ->mremap gives EINVAL
inline constexpr std::uint16_t device = 21;   // VM_IO, VM_PFNMAP
inline constexpr std::uint16_t append_only = 22;
inline constexpr std::uint16_t noexec = 23;
inline constexpr std::uint16_t swap_file = 24;
inline constexpr std::uint16_t mandatory_lock = 25;
inline constexpr std::uint16_t no_mmap = 26;
inline constexpr std::uint16_t segment = 27;     // SysV, 3 pages; the next one 2 pages, read-only
inline constexpr std::uint16_t short_file = 29;  // five pages
}  // namespace file

// What operations are made of, where it is not the usual.
struct OpMix {
    using Times = std::array<std::uint16_t, static_cast<std::size_t>(OpKind::count)>;
    static constexpr Times every_kind(std::uint16_t times) {
        Times all{};
        for (std::uint16_t& each : all) each = times;
        return all;
    }

    // How many times as often as usual each kind of operation is drawn, by OpKind; 0: never. One at least is not 0.
    Times times = every_kind(1);
    unsigned failures = 1;  // how many times as often as usual an allocation fails, up to 6
    // Percent of munmap, mprotect, madvise, mlock and munlock that are about the whole window.
    unsigned whole_window = 0;
    unsigned processes = 3;  // fork is drawn while there are fewer
    // While there are more VMAs than this in all processes, only munmap and exit are drawn.
    std::size_t vmas = std::numeric_limits<std::size_t>::max();
};
// Gives a fresh World of small_parameters() with stack_grows_up four stacks that grow up: accounted, locked, NORESERVE,
// and one above mmap_base. No operation makes such VMAs; in the kernel exec does.
template <class D>
void start_with_stacks_that_grow_up(World<D>& world);

class RandomOps {
public:
    // window: pages, less than mmap_base.
    RandomOps(std::uint64_t seed, const Parameters& parameters, unsigned window_pages);
    // The next operation, made with a look at the World it will be applied to.
    Op<Plain> next(const World<Plain>& world);
    // From the next operation on.
    void set_mix(const OpMix& mix) {
        mix_ = mix;
        scene_.clear();
    }
    // The generator behind it, for a test's own choices.
    SplitMix64& random() { return random_; }

private:
    std::uint64_t page(const World<Plain>& world, MmId mm);
    Bytes<Plain> address(const World<Plain>& world, MmId mm);
    Bytes<Plain> length();
    OpKind kind(unsigned processes, bool crowded);
    bool begin_scene(std::uint8_t process);
    Op<Plain> continue_scene();
    void fill_mmap(Op<Plain>& op);
    void fill_mremap(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void continue_file(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void move_half_a_unit(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void choose_source(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void choose_page(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void fill_truncate(Op<Plain>& op);
    void choose_attachment(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void fill_shmat(Op<Plain>& op);
    void fill_remap_file_pages(const World<Plain>& world, MmId mm, Op<Plain>& op);
    void fill_fail_alloc(Op<Plain>& op);

    SplitMix64 random_;
    Parameters parameters_;
    std::uint64_t window_;
    OpMix mix_;
    std::vector<Op<Plain>> scene_;  // operations still to come of a scene (scene.hpp), the next one last
};

// The same operation over another domain; its numbers are constants there.
template <class D>
Op<D> convert(const Op<Plain>& op);

}  // namespace vmacheck
