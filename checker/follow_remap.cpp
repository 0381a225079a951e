#include "checker/follow_remap.hpp"

#include "model/gap_tree.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck {
namespace {

TraceStep stand_in(const Resync& resync, OpKind kind, std::uint64_t address, std::uint64_t length) {
    TraceStep step;
    step.op.kind = kind;
    step.op.process = resync.process;
    step.op.addr = Bytes<Plain>::from(address);
    step.op.len = Bytes<Plain>::from(length);
    step.seen.error = Errno::ok;
    step.note = fmt::format("stands for the mremap of line {} of the log", resync.line);
    return step;
}

}  // namespace

std::optional<std::vector<TraceStep>> steps_for_remap(const World<Plain>& world, const Resync& resync) {
    const RemapSeen& remap = resync.remap;
    const MmId mm = world.process(resync.process);
    const auto old = Bytes<Plain>::from(remap.old_address);
    const VmaId id = mm ? find_vma_intersection(world, mm, old.page, old.page + 1) : VmaId();
    if (!id) return std::nullopt;
    const Vma<Plain>& vma = world[id];

    std::uint64_t to = remap.new_address;
    std::uint64_t length = remap.new_length;
    std::uint64_t kept = 0;  // bytes that stay where they are
    if (remap.new_address == remap.old_address) {
        kept = std::min(remap.old_length, remap.new_length);
        to += kept;
        length -= kept;
    }
    std::vector<TraceStep> steps;
    if (remap.old_length > kept)
        steps.push_back(stand_in(resync, OpKind::munmap, remap.old_address + kept, remap.old_length - kept));
    if (length == 0) return steps;

    TraceStep map_again = stand_in(resync, OpKind::mmap, to, length);
    map_again.seen.value = to;
    map_again.op.prot = static_cast<Prot>(vma.flags & vm::access);
    map_again.op.flags = map::fixed_noreplace | ((vma.flags & vm::may_share) != 0 ? map::shared : map::private_) |
                         ((vma.flags & vm::noreserve) != 0 ? map::noreserve : 0);
    map_again.op.file = vma.file ? world[vma.file].spec : 0;
    if (map_again.op.file == 0)
        map_again.op.flags |= map::anonymous;
    else
        map_again.op.offset = Bytes<Plain>::pages(linear_page_index(vma, old.page) + kept / page_size);
    steps.push_back(std::move(map_again));
    return steps;
}

}  // namespace vmacheck
