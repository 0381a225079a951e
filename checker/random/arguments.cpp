// The arguments of random operations, by kind. The order of the draws is part of what a seed means.
#include "checker/random/random_ops.hpp"
#include "model/gap_tree.hpp"
#include "model/op/op_table.hpp"
#include "model/page_table.hpp"
#include "model/state/world.hpp"

#include <array>
#include <type_traits>

namespace vmacheck {

void RandomOps::fill_new_mapping(Op<Plain>& op) {
    op.prot = static_cast<Prot>(random_.percent(60) ? prot::read | prot::write : random_.below(8));
    op.flags = random_.percent(75) ? map::private_ : random_.percent(85) ? map::shared : map::shared_validate;
    if (random_.percent(1)) op.flags = 0;
    if (random_.percent(60)) op.flags |= map::fixed;
    if (random_.percent(4)) op.flags |= map::fixed_noreplace;
    if (random_.percent(4)) op.flags |= map::noreserve;
    if (random_.percent(8)) op.flags |= map::growsdown;
    if (random_.percent(3)) op.flags |= map::locked;
    if (random_.percent(2)) op.flags |= map::populate;
    if (random_.percent(2)) op.flags |= map::bit32;
    if ((op.flags & map::fixed) == 0 && random_.percent(40)) op.addr = {};
    if (random_.percent(65)) {
        op.flags |= map::anonymous;
        return;
    }
    op.file = static_cast<std::uint16_t>(random_.below(parameters_.files.size() + (random_.percent(2) ? 2 : 0)) + 1);
    op.flags &= random_.percent(95) ? ~map::growsdown : ~MapFlags{0};
    // Offsets that continue across neighbours: half the time the file is mapped as if page 0 lay at the window's start.
    const std::uint64_t window_start = parameters_.mmap_base - window_;
    std::uint64_t offset = random_.below(6);
    if (random_.percent(60) && op.addr.page > window_start) offset = (op.addr.page - window_start).value();
    op.offset = Bytes<Plain>::pages(offset);
    if (random_.percent(1)) op.offset.offset = 0x200;
    if (random_.percent(1)) op.offset.page = (std::uint64_t{1} << 51) - random_.below(3);
    if (mix_.last_offsets != 0 && random_.percent(mix_.last_offsets))
        op.offset = Bytes<Plain>::pages((std::uint64_t{1} << parameters_.pgoff_bits) - 1 - random_.below(8));
}

// One of the arguments that count goes to an end of 63 or 64 bits.
void RandomOps::move_far(Op<Plain>& op) {
    if (mix_.far_arguments == 0 || !random_.percent(mix_.far_arguments)) return;
    std::array<OpField, static_cast<std::size_t>(OpField::count)> fields{};
    std::size_t count = 0;
    for (const Argument& each : operation(op.kind).arguments)
        if (each.is_pages() && is_used(op, each)) fields.at(count++) = each.field;
    if (count == 0) return;
    const OpField field = fields.at(random_.below(count));
    const std::uint64_t end = random_.percent(70) ? pages_in_64_bits : pages_in_64_bits / 2;
    const std::uint64_t page = end - 1 - random_.below(3);
    const std::uint16_t bytes = random_.percent(30) ? page_size - 1 : 0;
    with_field(op, field, [&]<class Member>(Member& member) {
        if constexpr (std::is_same_v<Member, Bytes<Plain>>)
            member = {page, field == OpField::offset ? std::uint16_t{0} : bytes};
    });
}

// A page that the driver of its mapping does not let go, to a place that it would like.
void RandomOps::move_half_a_unit(const World<Plain>& world, MmId mm, Op<Plain>& op) {
    for (VmaId id = world[mm].mmap; id; id = world[id].next) {
        const Vma<Plain>& vma = world[id];
        if (!vma.file || world[vma.file].spec != file::granule) continue;
        op.addr = Bytes<Plain>::pages(vma.start);
        op.len = Bytes<Plain>::pages(1);
        op.new_len = op.len;
        op.new_addr = Bytes<Plain>::pages(2 * random_.below(parameters_.mmap_base / 2));
        op.call_flags = mremap::maymove | mremap::fixed;
        return;
    }
}

// Half of them within one VMA, as callers do; the rest anywhere.
void RandomOps::fill_move(const World<Plain>& world, MmId mm, Op<Plain>& op) {
    const std::uint64_t shape = random_.below(10);
    op.call_flags = shape < 2 ? 0 : mremap::maymove;
    if (shape >= 5 && shape < 9) op.call_flags |= mremap::fixed;
    if (shape >= 7) op.call_flags |= mremap::dontunmap;
    if (random_.percent(2)) op.call_flags = static_cast<std::uint32_t>(random_.below(16));
    if (random_.percent(60)) choose_source(world, mm, op);
    const std::uint64_t old_pages = op.len.round_up().value();
    op.new_len = length();
    if (random_.percent(20) || ((op.call_flags & mremap::dontunmap) != 0 && random_.percent(95))) op.new_len = op.len;
    if (random_.percent(25) && old_pages < 4 * window_)
        op.new_len = Bytes<Plain>::pages(old_pages + 1 + random_.below(3));
    if (random_.percent(4)) op.len = {};
    if ((op.call_flags & (mremap::fixed | mremap::dontunmap)) != 0 || random_.percent(10))
        op.new_addr = address(world, mm);
    // Right above or below the source, where a copy may merge with it.
    if (random_.percent(15) && old_pages < window_ && op.addr.page < parameters_.task_size)
        op.new_addr = Bytes<Plain>::pages(op.addr.page + old_pages);
    else if (random_.percent(15) && op.new_len.round_up() <= op.addr.page)
        op.new_addr = Bytes<Plain>::pages(op.addr.page - op.new_len.round_up());
}

// A range within one VMA: from its start or some page of it, to its end more often than not.
void RandomOps::choose_source(const World<Plain>& world, MmId mm, Op<Plain>& op) {
    const Vma<Plain>* vma = any_vma(world, mm);
    if (vma == nullptr) return;
    const std::uint64_t start = vma->start.value();
    const std::uint64_t pages = vma->end.value() - start;
    const std::uint64_t skipped = random_.percent(60) ? 0 : random_.below(pages);
    op.addr = Bytes<Plain>::pages(start + skipped);
    op.len = Bytes<Plain>::pages(random_.percent(60) ? pages - skipped : 1 + random_.below(pages - skipped));
}

// A page that is present or swapped out, most of the time.
void RandomOps::choose_page(const World<Plain>& world, MmId mm, Op<Plain>& op) {
    if (random_.percent(10)) return;
    PteId entry = first_pte_from(world, mm, Number<Plain>(page(world, mm)));
    if (!entry) entry = first_pte_from(world, mm, Number<Plain>(0));
    if (entry) op.addr = Bytes<Plain>::pages(world[entry].address);
}

// Sizes that leave mappings whole, and short ones.
void RandomOps::fill_truncate(Op<Plain>& op) {
    op.file = static_cast<std::uint16_t>(random_.below(parameters_.files.size() + 2));
    op.len = Bytes<Plain>::pages(random_.percent(50) ? random_.below(10) : window_ + random_.below(10));
    if (random_.percent(10)) op.len.offset = 0x321;
    if (random_.percent(3)) op.len.page = pages_in_64_bits / 2 + random_.below(2) - 1;
}

// More often than not the address where an attached segment begins, or would begin if all of it were mapped.
void RandomOps::choose_attachment(const World<Plain>& world, MmId mm, Op<Plain>& op) {
    for (VmaId id = world[mm].mmap; id; id = world[id].next) {
        const Vma<Plain>& vma = world[id];
        if (vma.ops != VmOps::close || world[vma.file].kind != FileKind::sysv_shm || random_.percent(40)) continue;
        if (vma.start >= vma.pgoff) op.addr = Bytes<Plain>::pages(vma.start - vma.pgoff);
        return;
    }
}

void RandomOps::fill_shmat(Op<Plain>& op) {
    op.file = static_cast<std::uint16_t>(file::segment + random_.below(2));
    if (random_.percent(3)) op.file = static_cast<std::uint16_t>(random_.below(parameters_.files.size() + 2));
    if (random_.percent(40)) op.addr = {};
    op.call_flags = random_.percent(op.file == file::segment ? 25 : 90) ? shm::rdonly : 0;
    if (random_.percent(30)) op.call_flags |= shm::remap;
    if (random_.percent(20)) op.call_flags |= shm::rnd;
    if (random_.percent(10)) op.call_flags |= shm::exec;
    if (random_.percent(5)) op.addr.offset = 0x800;
}

// Mostly a range of shared memory.
void RandomOps::fill_remap_file_pages(const World<Plain>& world, MmId mm, Op<Plain>& op) {
    op.prot = random_.percent(97) ? 0 : prot::read;
    op.offset = Bytes<Plain>::pages(random_.below(6));
    if (random_.percent(30)) op.flags = map::nonblock;
    if (random_.percent(2)) op.offset.page = (std::uint64_t{1} << 51) - random_.below(3);
    for (VmaId id = world[mm].mmap; id && random_.percent(90); id = world[id].next) {
        const Vma<Plain>& vma = world[id];
        if ((vma.flags & vm::shared) == 0 || random_.percent(40)) continue;
        const std::uint64_t skipped = random_.percent(60) ? 0 : random_.below(pages(vma).value());
        op.addr = Bytes<Plain>::pages(vma.start + skipped);
        op.len = Bytes<Plain>::pages(1 + random_.below(pages(vma).value() - skipped + 1));
        return;
    }
}

// One of two contexts, the first more often; lengths mostly whole pages, as they must be.
void RandomOps::fill_uffd(Op<Plain>& op) {
    op.uffd = random_.percent(70) ? 1 : 2;
    if (random_.percent(1)) op.uffd = 0;
    op.call_flags = random_.percent(75) ? uffd_mode::missing : static_cast<std::uint32_t>(1 + random_.below(3));
    if (random_.percent(2)) op.call_flags = random_.percent(50) ? 0 : 4;
    if (random_.percent(90) && op.len.offset != 0) op.len = Bytes<Plain>::pages(op.len.page + 1);
}

void RandomOps::fill_fail_alloc(Op<Plain>& op) {
    // What allocates late or for the first time only fails where many are made to.
    const bool often = op.kind == OpKind::mremap || op.kind == OpKind::fork || op.kind == OpKind::brk ||
                       (op.kind == OpKind::madvise && op.advice == Advice::mergeable);
    if (!random_.percent((often ? 15 : 6) * mix_.failures)) return;
    static constexpr std::array<AllocKind, 12> kinds{AllocKind::any,      AllocKind::any,    AllocKind::vma,
                                                     AllocKind::anon_vma, AllocKind::avc,    AllocKind::mm,
                                                     AllocKind::file,     AllocKind::page,   AllocKind::page_table,
                                                     AllocKind::inode,    AllocKind::policy, AllocKind::mm_slot};
    op.fail_alloc.kind = kinds[random_.below(kinds.size())];
    op.fail_alloc.nth = static_cast<std::uint16_t>(1 + random_.below(random_.percent(70) ? 2 : 6));
    // The few policies there are fail to be copied only where they are meant.
    if (random_.percent(op.kind == OpKind::mremap ? 30 : 10)) op.fail_alloc = {AllocKind::policy, 1};
    // Once in the life of a process.
    if (op.kind == OpKind::madvise && op.advice == Advice::mergeable) op.fail_alloc = {AllocKind::mm_slot, 1};
    // After the copy is made, so that its source cannot be cut.
    if (op.kind == OpKind::mremap && random_.percent(25)) op.fail_alloc = {AllocKind::vma, 2};
}

// A munmap of what lies right below a stack, which an access would let grow into the range.
bool RandomOps::unmap_below_stack(const World<Plain>& world, MmId mm, Op<Plain>& op) {
    for (VmaId id = world[mm].mmap; id; id = world[id].next) {
        const Vma<Plain>& stack = world[id];
        if ((stack.flags & vm::growsdown) == 0 || !stack.prev || random_.percent(30)) continue;
        const std::uint64_t below = world[stack.prev].start.value();
        const std::uint64_t pages = 1 + random_.below(std::min<std::uint64_t>(stack.start.value() - below, window_));
        op.addr = Bytes<Plain>::pages(stack.start - pages);
        op.len = Bytes<Plain>::pages(pages);
        return true;
    }
    return false;
}

// An access or memory pressure, mostly in the range of the operation or next to it, and mostly by the caller's
// process.
void RandomOps::fill_meanwhile(const World<Plain>& world, std::span<const std::uint8_t> live, Op<Plain>& op) {
    if (!random_.percent(3 * mix_.other_steps) || op.kind == OpKind::exec) return;
    Meanwhile& other = op.meanwhile;
    other.nth = static_cast<std::uint16_t>(1 + random_.below(random_.percent(70) ? 1 : 4));
    other.process = random_.percent(60) ? op.process : live[random_.below(live.size())];
    other.kind = random_.percent(60) ? OpKind::fault : OpKind::reclaim;
    if (other.kind == OpKind::fault && random_.percent(25)) other.access = Access::read;
    const bool grows =
        op.kind == OpKind::munmap && random_.percent(30) && unmap_below_stack(world, world.process(op.process), op);
    if (grows) other = {.nth = 1, .process = op.process};
    const std::uint64_t start = op.addr.page.value();
    const std::uint64_t len = std::min(op.len.round_up().value(), window_);
    std::uint64_t page = start;
    switch (grows ? 0 : random_.below(4)) {
        case 0: page += len == 0 ? 0 : random_.below(len); break;
        case 1: page -= 1; break;
        case 2: page += len; break;
        default: page = address(world, world.process(other.process)).page.value(); break;
    }
    other.addr = page % pages_in_64_bits * page_size;
    // What is done in two parts is undone if the second fails.
    if (random_.percent(20)) op.fail_alloc = {random_.percent(50) ? AllocKind::avc : AllocKind::any, 1};
}

void RandomOps::fill_mmap(const World<Plain>& world, MmId mm, Op<Plain>& op) {
    fill_new_mapping(op);
    if (world.profile().policy.map_droppable != MapDroppable::none && random_.percent(4)) {
        op.flags = (op.flags & ~(map::type_mask | map::hugetlb)) | map::droppable;
        if (random_.percent(90)) {
            op.flags |= map::anonymous;
            op.file = 0;
            op.offset = {};
        }
    }
    if (random_.percent(8)) continue_file(world, mm, op);
    if (random_.percent(2)) place_guard(world, mm, op);
    if (has_huge_page_files(parameters_) && random_.percent(12)) map_huge_pages(op);
    if (random_.percent(2)) {
        op.file = file::granule;
        op.flags = map::private_ | map::fixed;
        op.addr = Bytes<Plain>::pages(op.addr.page.value() / 2 * 2);
        op.len = Bytes<Plain>::pages(2);
    }
}

void RandomOps::fill_mremap(const World<Plain>& world, MmId mm, Op<Plain>& op) {
    fill_move(world, mm, op);
    if (random_.percent(5)) move_half_a_unit(world, mm, op);
    if (random_.percent(8)) move_aside(world, mm, op);
}

void RandomOps::fill_mprotect(const World<Plain>& world, MmId mm, Op<Plain>& op) {
    op.prot = static_cast<Prot>(random_.percent(50) ? prot::read | prot::write : random_.below(8));
    if (random_.percent(2)) op.prot |= prot::sem;
    if (random_.percent(4)) op.prot |= prot::growsdown;
    if (random_.percent(parameters_.stack_grows_up ? 20 : 1)) op.prot |= prot::growsup;
    if (random_.percent(1)) op.prot |= 0x40;
    if (random_.percent(30)) match_neighbour(world, mm, op);
    seal_instead(world.profile().policy, op);
}

void RandomOps::fill_brk(Op<Plain>& op) {
    const std::uint64_t start = parameters_.start_brk_bytes;
    op.addr = Bytes<Plain>::from(start + random_.below(10 * page_size));
    if (random_.percent(5)) op.addr = Bytes<Plain>::from(start - random_.below(start));
}

// What v5.10 lacks takes draws that it does not make, so that there a seed makes the same operations as before.
void RandomOps::choose_late_advice(const Policies& policy, Op<Plain>& op) {
    if (policy.madvise_populate != MadvisePopulate::none && random_.percent(12))
        op.advice = random_.percent(50) ? Advice::populate_read : Advice::populate_write;
    if (policy.dontneed_locked && random_.percent(4)) op.advice = Advice::dontneed_locked;
    if (policy.guard_regions != GuardRegions::none && random_.percent(15))
        op.advice = random_.percent(70) ? Advice::guard_install : Advice::guard_remove;
}

// Seals are never taken off, so there are few of them.
void RandomOps::seal_instead(const Policies& policy, Op<Plain>& op) {
    if (policy.mseal == Mseal::none || !random_.percent(3)) return;
    op.kind = OpKind::mseal;
    op.prot = 0;
    if (random_.percent(80)) op.len = Bytes<Plain>::pages(1);
}

// Of mlock, mlockall, madvise and mbind. Half of the advices are of the nine that set or clear one flag.
void RandomOps::fill_flags(const World<Plain>& world, Op<Plain>& op) {
    if (op.kind == OpKind::mlock) {
        if (random_.percent(50)) op.call_flags = mlock::onfault;
        if (random_.percent(1)) op.call_flags = 2;
    } else if (op.kind == OpKind::mlockall) {
        op.call_flags = static_cast<std::uint32_t>(random_.below(random_.percent(95) ? 8 : 16));
    } else if (op.kind == OpKind::madvise) {
        op.advice = static_cast<Advice>(random_.below(random_.percent(50) ? 9 : 19));
        choose_late_advice(world.profile().policy, op);
    } else {
        op.policy = static_cast<std::uint16_t>(random_.below(3));
        if (random_.percent(10)) op.call_flags = static_cast<std::uint32_t>(random_.below(16));
    }
}

void RandomOps::fill_special_mapping(Op<Plain>& op) {
    if (random_.percent(50)) op.addr = Bytes<Plain>::pages(parameters_.mmap_base + random_.below(32));
    op.prot = static_cast<Prot>(random_.percent(95) ? (random_.percent(50) ? 5 : 1) : random_.below(8));
    op.call_flags = static_cast<std::uint32_t>(random_.below(random_.percent(97) ? 4 : 8));
}

// Mostly a stack a little below the top, with strings of few pages; now and then one that does not fit.
void RandomOps::fill_exec(Op<Plain>& op) {
    const std::uint64_t below = random_.percent(15) ? 0 : random_.below(random_.percent(50) ? 6 : 80);
    op.addr = Bytes<Plain>::pages(parameters_.task_size - below);
    if (random_.percent(8)) op.addr = Bytes<Plain>::pages(parameters_.mmap_min_addr + random_.below(48));
    if (random_.percent(2)) op.addr = Bytes<Plain>::pages(parameters_.task_size + 1);
    op.len = Bytes<Plain>::pages(random_.percent(85) ? 1 + random_.below(4) : random_.below(48));
    if (random_.percent(10)) op.len.offset = static_cast<std::uint16_t>(random_.below(page_size));
    if (random_.percent(2)) op.len = Bytes<Plain>::pages(1537);
    op.prot = random_.percent(70) ? 0 : static_cast<Prot>(random_.below(random_.percent(90) ? 8 : 16));
}

void RandomOps::fill_fault(const World<Plain>& world, MmId mm, Op<Plain>& op) {
    op.access = random_.percent(65) ? Access::write : random_.percent(80) ? Access::read : Access::exec;
    if (random_.percent(30)) choose_page(world, mm, op);
    if (random_.percent(8)) touch_next_to_stack(world, mm, op);
}

void RandomOps::fill_remote_access(const World<Plain>& world, std::span<const std::uint8_t> live, Op<Plain>& op) {
    op.access = random_.percent(60) ? Access::write : Access::read;
    op.target = random_.percent(98) ? live[random_.below(live.size())] : max_processes - 1;
    if (world.process(op.target)) op.addr = address(world, world.process(op.target));
}

void RandomOps::fill_arguments(const World<Plain>& world, MmId mm, std::span<const std::uint8_t> live, Op<Plain>& op) {
    switch (op.kind) {
        case OpKind::mmap: return fill_mmap(world, mm, op);
        case OpKind::mprotect: return fill_mprotect(world, mm, op);
        case OpKind::brk: return fill_brk(op);
        case OpKind::mremap: return fill_mremap(world, mm, op);
        case OpKind::mlock:
        case OpKind::mlockall:
        case OpKind::madvise:
        case OpKind::mbind: return fill_flags(world, op);
        case OpKind::reclaim: return choose_page(world, mm, op);
        case OpKind::truncate: return fill_truncate(op);
        case OpKind::shmat: return fill_shmat(op);
        case OpKind::shmdt: return choose_attachment(world, mm, op);
        case OpKind::remap_file_pages: return fill_remap_file_pages(world, mm, op);
        case OpKind::special_mapping: return fill_special_mapping(op);
        case OpKind::exec: return fill_exec(op);
        case OpKind::fault: return fill_fault(world, mm, op);
        case OpKind::remote_access: return fill_remote_access(world, live, op);
        case OpKind::uffd_register:
        case OpKind::uffd_unregister:
        case OpKind::uffd_close: return fill_uffd(op);
        default: return;
    }
}

}  // namespace vmacheck
