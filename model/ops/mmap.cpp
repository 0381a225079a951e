// mmap(2): ksys_mmap_pgoff, do_mmap and mmap_region of v5.10 mm/mmap.c, in the order of their checks.
//
// vm_pgoff counts differently by kind: a file mapping has the file offset, private anonymous memory a virtual index
// that starts as the address, shared anonymous memory an index into its own shmem object.
#include "model/accounting.hpp"
#include "model/file.hpp"
#include "model/function_scope.hpp"
#include "model/gap_tree.hpp"
#include "model/merge.hpp"
#include "model/munmap.hpp"
#include "model/ops/ops.hpp"
#include "model/populate.hpp"
#include "model/unmapped_area.hpp"

namespace vmacheck {
namespace {

template <class D>
struct Request {
    MmId mm;
    Number<D> start;  // page number
    Number<D> len;    // pages
    VmFlags flags = 0;
    FileId file;
    Number<D> pgoff;
    [[nodiscard]] Number<D> end() const { return start + len; }
};

// calc_vm_prot_bits, calc_vm_flag_bits and the defaults.
VmFlags initial_flags(Prot prot, MapFlags flags, VmFlags def_flags) {
    VmFlags vm_flags = (prot & vm::access) | vm::may_access | def_flags;
    if ((flags & map::growsdown) != 0) vm_flags |= vm::growsdown;
    if ((flags & map::locked) != 0) vm_flags |= vm::locked;
    if ((flags & map::sync) != 0) vm_flags |= vm::sync;
    return vm_flags;
}

// The file part of do_mmap: what the file's type and the way it was opened allow.
template <class D>
Errno check_file(const World<D>& world, const Op<D>& op, Request<D>& request) {
    const File<D>& file = world[request.file];
    // file_mmap_ok: a regular file has at most 2^63 - 1 bytes (MAX_LFS_FILESIZE), so its last page is never a whole
    // one. A character device ends with the 64 bits of an offset.
    const std::uint64_t bytes_bits = file.kind == FileKind::dev_zero ? 64 : 63;
    const std::uint64_t max_pages = (std::uint64_t{1} << (bytes_bits - page_shift)) - 1;
    if (request.len > max_pages || request.pgoff > max_pages - request.len) return Errno::eoverflow;
    const MapFlags type = op.flags & map::type_mask;
    if (type == map::shared_validate && (op.flags & ~map::legacy_mask) != 0) return Errno::eopnotsupp;
    if (type == map::shared || type == map::shared_validate) {
        if ((op.prot & prot::write) != 0 && !file.writable) return Errno::eacces;
        request.flags |= vm::shared | vm::may_share;
        if (!file.writable) request.flags &= ~(vm::may_write | vm::shared);
    } else if (type != map::private_) {
        return Errno::einval;
    }
    if (!file.readable) return Errno::eacces;
    if (file.kind == FileKind::special) return Errno::enodev;
    if ((request.flags & vm::growsdown) != 0) return Errno::einval;
    return Errno::ok;
}

template <class D>
Errno check_anonymous(const Op<D>& op, Request<D>& request) {
    switch (op.flags & map::type_mask) {
        case map::shared:
            if ((request.flags & vm::growsdown) != 0) return Errno::einval;
            request.pgoff = 0;
            request.flags |= vm::shared | vm::may_share;
            return Errno::ok;
        case map::private_: request.pgoff = request.start; return Errno::ok;
        default: return Errno::einval;
    }
}

// call_mmap and shmem_zero_setup: gives the new VMA its operations, and perhaps another file.
template <class D>
Errno attach_backing(World<D>& world, const Request<D>& request, VmaId id) {
    Vma<D>& vma = world.change(id);
    if (!request.file) {
        if ((request.flags & vm::shared) == 0) return Errno::ok;  // private anonymous: no operations
        vma.ops = VmOps::plain;
        return shmem_file_setup(world, request.mm, request.len, (request.flags & vm::noreserve) != 0, &vma.file);
    }
    // mapping_map_writable holds the mapping writable until the VMA itself does.
    const AddressSpaceId mapping = world[request.file].mapping;
    if ((request.flags & vm::shared) != 0) {
        if (world[mapping].i_mmap_writable < 0) return Errno::eperm;
        ++world.change(mapping).i_mmap_writable;
    }
    get_file(world, request.file);
    vma.file = request.file;
    Errno error = Errno::ok;
    switch (world[request.file].kind) {
        case FileKind::regular:
        case FileKind::shmem: vma.ops = VmOps::plain; break;
        case FileKind::special: internal_assertion_failed("a special mapping has no ->mmap");
        case FileKind::with_close:
            vma.ops = VmOps::close;
            ++world.change(request.file).opened;
            break;
        case FileKind::dev_zero:
            if ((request.flags & vm::shared) == 0) break;  // mmap_zero: anonymous, yet with its file
            vma.ops = VmOps::plain;
            error = shmem_file_setup(world, request.mm, request.len, (request.flags & vm::noreserve) != 0, &vma.file);
            if (error == Errno::ok) fput(world, request.file);
            break;
    }
    if (error != Errno::ok) {
        fput(world, request.file);
        vma.file = {};
    }
    if ((request.flags & vm::shared) != 0) --world.change(mapping).i_mmap_writable;
    return error;
}

// A new VMA for the range. On failure the charge is returned.
template <class D>
Errno new_vma(World<D>& world, const Request<D>& request, const Number<D>& charged, VmaId prev, VmaId* out) {
    const auto fail = [&](Errno error) {
        if (charged > 0) uncharge_commit(world, charged);
        return error;
    };
    if (!world.may_allocate(AllocSite::mmap_region_vma)) return fail(Errno::enomem);
    const VmaId id = world.template allocate<VmaId>();
    Vma<D>& vma = world.change(id);
    vma.mm = request.mm;
    vma.start = request.start;
    vma.end = request.end();
    vma.flags = request.flags;
    vma.pgoff = request.pgoff;
    if (const Errno error = attach_backing(world, request, id); error != Errno::ok) {
        world.free(id);
        return fail(error);
    }
    link_into_mm(world, id, prev);
    link_file_vma_locked(world, id);
    ++world.change(request.mm).map_count;
    world.emit(Event::vma_created, id.raw());
    *out = id;
    return Errno::ok;
}

// Pages of existing VMAs that the range would replace (count_vma_pages_range).
template <class D>
Number<D> pages_replaced(const World<D>& world, const Request<D>& request) {
    Number<D> count = 0;
    const Number<D> end = request.end();
    for (VmaId id = find_vma_intersection(world, request.mm, request.start, end); id; id = world[id].next) {
        const Vma<D>& vma = world[id];
        if (vma.start >= end) break;
        const Number<D> from = vma.start < request.start ? request.start : vma.start;
        count += (end < vma.end ? end : vma.end) - from;
    }
    return count;
}

// munmap_vma_range: makes room. Sets the VMA below the range.
template <class D>
Errno unmap_range(World<D>& world, const Request<D>& request, VmaId* prev) {
    const VmaId first = find_vma(world, request.mm, request.start);
    *prev = prev_of(world, request.mm, first);
    if (!first || world[first].start >= request.end()) return Errno::ok;
    const bool cut = world[first].start < request.start;
    if (do_munmap_from(world, first, request.start, request.end()) != Errno::ok) return Errno::enomem;
    if (cut) *prev = first;  // its lower part stayed
    return Errno::ok;
}

// mmap_region as of v5.10: unmap, charge, merge or build. A failure after the unmap leaves a hole.
template <class D>
Errno mmap_region_unmap_first(World<D>& world, Request<D> request) {
    const FunctionScope scope(world, "mmap_region");
    const MmId mm = request.mm;
    if (!may_expand_vm(world, mm, request.flags, request.len)) {
        const Number<D> replaced = pages_replaced(world, request);
        if (!may_expand_vm(world, mm, request.flags, request.len - replaced)) return Errno::enomem;
    }
    VmaId prev;
    if (unmap_range(world, request, &prev) != Errno::ok) return Errno::enomem;

    Number<D> charged = 0;
    if (accountable_mapping<D>(request.file ? &world[request.file] : nullptr, request.flags)) {
        if (charge_commit(world, mm, request.len) != Errno::ok) return Errno::enomem;
        charged = request.len;
        request.flags |= vm::account;
    }
    VmaId vma = vma_merge(
        world, MergeRequest<D>{mm, prev, request.start, request.end(), request.flags, {}, request.file, request.pgoff});
    if (!vma) {
        if (const Errno error = new_vma(world, request, charged, prev, &vma); error != Errno::ok) return error;
    }
    vm_stat_account(world, mm, request.flags, request.len, true);
    if ((request.flags & vm::locked) != 0) {
        if ((request.flags & vm::special) != 0)
            world.change(vma).flags &= ~(vm::locked | vm::lockonfault);
        else
            world.change(mm).locked_vm += request.len;
    }
    if (world.parameters().soft_dirty) world.change(vma).flags |= vm::softdirty;
    return Errno::ok;
}

// Where a mapping came to be, and whether its pages are to be faulted in once the lock is dropped.
template <class D>
struct Mapped {
    Number<D> start;  // page number
    bool populate = false;
};

// do_mmap, under the lock.
template <class D>
Errno do_mmap(World<D>& world, MmId mm, const Op<D>& op, FileId file, Mapped<D>& mapped) {
    const FunctionScope scope(world, "do_mmap");
    const Parameters& p = world.parameters();
    if (op.len.zero()) return Errno::einval;
    MapFlags flags = op.flags;
    if ((flags & map::fixed_noreplace) != 0) flags |= map::fixed;
    Bytes<D> addr = op.addr;
    if ((flags & map::fixed) == 0) {
        addr.offset = 0;
        if (addr.page > 0 && addr.page < p.mmap_min_addr) addr.page = p.mmap_min_addr;
    }
    if (page_align_is_zero(op.len)) return Errno::enomem;
    Request<D> request{
        .mm = mm, .start = 0, .len = op.len.round_up(), .flags = 0, .file = file, .pgoff = op.offset.page};
    if (request.pgoff + request.len >= std::uint64_t{1} << p.pgoff_bits) return Errno::eoverflow;
    if (world[mm].map_count > p.max_map_count) return Errno::enomem;

    const UnmappedArea<D> area = get_unmapped_area(world, mm, addr, request.len, flags);
    if (area.error != Errno::ok) return area.error;
    request.start = area.start;
    if ((flags & map::fixed_noreplace) != 0 && find_vma_intersection(world, mm, request.start, request.end()))
        return Errno::eexist;

    Prot prot = op.prot;
    if (p.read_implies_exec && (prot & prot::read) != 0) prot |= prot::exec;
    request.flags = initial_flags(prot, flags, world[mm].def_flags);
    if ((flags & map::locked) != 0 && !can_do_mlock(world)) return Errno::eperm;
    if (!mlock_limit_allows(world, mm, request.flags, request.len)) return Errno::eagain;

    const Errno error = file ? check_file(world, op, request) : check_anonymous(op, request);
    if (error != Errno::ok) return error;
    if ((flags & map::noreserve) != 0 && p.overcommit_mode != 2) request.flags |= vm::noreserve;
    mapped.start = request.start;
    mapped.populate = (request.flags & vm::locked) != 0 || (flags & (map::populate | map::nonblock)) == map::populate;
    return mmap_region_unmap_first(world, request);
}

}  // namespace

template <class D>
void op_mmap(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    FileId file;
    if (!op.offset.aligned()) {
        outcome.error = Errno::einval;
        return;
    }
    if ((op.flags & (map::anonymous | map::hugetlb)) == (map::anonymous | map::hugetlb)) {
        outcome.error = Errno::enomem;  // hugetlb_file_setup: no huge page is configured
        return;
    }
    if ((op.flags & map::anonymous) == 0) {
        if (op.file == 0 || op.file > world.parameters().files.size()) {
            outcome.error = Errno::ebadf;
            return;
        }
        file = FileId(op.file - 1u, 0);  // the files of the parameters are the first of the pool and never freed
        if ((op.flags & map::hugetlb) != 0) {
            outcome.error = Errno::einval;
            return;
        }
    }
    world.emit(Event::mmap_lock_write, mm.raw());
    Mapped<D> mapped;
    outcome.error = do_mmap(world, mm, op, file, mapped);
    world.emit(Event::mmap_unlock_write, mm.raw());
    if (!outcome.ok()) return;
    outcome.value = Bytes<D>::pages(mapped.start);
    if (mapped.populate) mm_populate(world, mm, mapped.start, op.len.round_up());
}

template void op_mmap(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_mmap(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
