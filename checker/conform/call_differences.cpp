#include "checker/conform/call_differences.hpp"

#include "model/gap_tree.hpp"
#include "model/state/world.hpp"
#include "model/unmapped_area.hpp"

namespace vmacheck {

// Since 5.18. thp_get_unmapped_area of 6.18 mm/huge_memory.c, in pages: search for 2 MiB more, and take the first address within
// that has the offset's place in a huge page.
bool thp_alignment_explains(const World<Plain>& world, const Op<Plain>& op, std::uint64_t seen) {
    constexpr std::uint64_t huge = 512;  // pages
    if (op.kind != OpKind::mmap || (op.flags & (map::fixed | map::fixed_noreplace | map::bit32)) != 0) return false;
    if (!op.addr.zero()) return false;
    const bool anonymous = (op.flags & map::anonymous) != 0;
    const std::uint64_t len = op.len.round_up().value();
    if (anonymous && ((op.flags & map::type_mask) != map::private_ || len % huge != 0)) return false;
    const std::uint64_t off = anonymous ? 0 : op.offset.page.value();
    const std::uint64_t first_huge = (off + huge - 1) / huge * huge;
    if (off + len < first_huge + huge) return false;
    const UnmappedArea<Plain> area =
        get_unmapped_area(world, world.process(op.process), Bytes<Plain>{}, Number<Plain>(len + huge), op.flags);
    if (area.error != Errno::ok) return false;
    const std::uint64_t shift = (off - area.start.value()) % huge;
    return seen == (area.start.value() + (shift == 0 ? huge : shift)) * page_size;
}

bool stack_growth_explains(const World<Plain>& world, const Op<Plain>& op, std::uint64_t modelled) {
    const bool remaps = op.kind == OpKind::mremap && (op.call_flags & mremap::fixed) == 0;
    const bool maps = op.kind == OpKind::mmap && (op.flags & (map::fixed | map::fixed_noreplace)) == 0;
    if (!maps && !remaps) return false;
    const Parameters& p = world.parameters();
    if (p.rlimit_stack == unlimited) return false;
    const std::uint64_t start = modelled / page_size;
    const std::uint64_t end = start + (remaps ? op.new_len : op.len).round_up().value();
    bool explains = false;
    world.each_vma(world.process(op.process), [&](VmaId, const Vma<Plain>& vma) {
        if ((vma.flags & vm::growsdown) == 0) return;
        const std::uint64_t reach = p.rlimit_stack + p.stack_guard_gap;
        const std::uint64_t lowest = vma.end.value() > reach ? vma.end.value() - reach : 0;
        explains |= end > lowest && start < vma.start.value();
    });
    return explains;
}

// Since 6.1: brk of 6.1 mm/mmap.c looks for a VMA in the range that it gives up, and fails without one.
bool brk_empty_shrink_explains(const World<Plain>& world, const Op<Plain>& op, std::uint64_t seen) {
    if (op.kind != OpKind::brk) return false;
    const MmId mm = world.process(op.process);
    const Bytes<Plain> old = world[mm].brk;
    if (seen != old.value() || op.addr.value() >= old.value()) return false;
    if (op.addr.round_up() == old.round_up()) return false;
    return !find_vma_intersection(world, mm, op.addr.round_up(), old.round_up());
}

}  // namespace vmacheck
