// The checks of do_mmap in the kernel's order.
//
// vm_pgoff counts differently by kind: a file mapping has the file offset, private anonymous memory a virtual index
// that starts as the address, shared anonymous memory an index into its own shmem object.
#include "model/do_mmap.hpp"

#include "model/accounting.hpp"
#include "model/file_hooks.hpp"
#include "model/gap_tree.hpp"
#include "model/mmap_region.hpp"
#include "model/refusal.hpp"
#include "model/state/function_scope.hpp"
#include "model/unmapped_area.hpp"

namespace vmacheck {
namespace {

// calc_vm_prot_bits, calc_vm_flag_bits and the defaults.
template <class D>
VmFlags initial_flags(const World<D>& world, Prot prot, MapFlags flags, VmFlags def_flags) {
    VmFlags vm_flags = (prot & vm::access) | vm::may_access | def_flags;
    if ((flags & map::stack) != 0 && world.profile().policy.map_stack_nohugepage && world.parameters().thp)
        vm_flags |= vm::nohugepage;
    if ((flags & map::growsdown) != 0) vm_flags |= vm::growsdown;
    if ((flags & map::locked) != 0) vm_flags |= vm::locked;
    if ((flags & map::sync) != 0) vm_flags |= vm::sync;
    return vm_flags;
}

// file_mmap_ok: a regular file has at most 2^63 - 1 bytes (MAX_LFS_FILESIZE), so its last page is never a whole one. A
// character device ends with the 64 bits of an offset.
template <class D>
bool offsets_allowed(const File<D>& file, const FileSpec& spec, const RegionRequest<D>& request) {
    const bool device = file.kind == FileKind::dev_zero || spec.char_device;
    const std::uint64_t max_pages = (std::uint64_t{1} << ((device ? 64 : 63) - page_shift)) - 1;
    return request.len <= max_pages && request.pgoff <= max_pages - request.len;
}

// path_noexec. A segment is on no mount; shmat checks its right to execute.
bool mounted_noexec(const FileSpec& spec) {
    return spec.noexec && spec.kind != FileKind::sysv_shm;
}

// memfd_check_seals_mmap, of which v5.10 has a part in shmem_mmap: a shared mapping of a file that is sealed against
// writing can be read, now and later.
Errno check_seals(SealedReadonly rule, const FileSpec& spec, VmFlags& flags) {
    const bool sealed = spec.sealed || spec.sealed_future;
    if (rule == SealedReadonly::refused || !sealed || (flags & vm::shared) == 0) return Errno::ok;
    // What is left to shmem_mmap is refused there.
    const bool first = rule == SealedReadonly::writes_first || spec.sealed;
    if ((flags & vm::write) != 0) return first ? Errno::eperm : Errno::ok;
    flags &= ~vm::may_write;
    return Errno::ok;
}

// Whether the file and its inode allow a shared mapping. Sets its flags.
template <class D>
Errno check_shared(const World<D>& world, const File<D>& file, const FileSpec& spec, Prot prot, VmFlags& flags) {
    if ((prot & prot::write) != 0) {
        if (!file.writable) return Errno::eacces;
        if (spec.swap_file) return Errno::etxtbsy;
    }
    if (spec.append_only && file.writable) return Errno::eacces;
    if (spec.mandatory_lock && !world.profile().policy.no_mandatory_locks) return Errno::eagain;
    flags |= vm::shared | vm::may_share;
    if (!file.writable) flags &= ~(vm::may_write | vm::shared);
    return Errno::ok;
}

// The file part of do_mmap: what the file's type and the way it was opened allow.
template <class D>
Errno check_file(const World<D>& world, const MmapCall<D>& call, Prot prot, RegionRequest<D>& request) {
    const File<D>& file = world[request.file];
    const FileSpec& spec = spec_of(world, file);
    if (!offsets_allowed(file, spec, request)) return Errno::eoverflow;
    const MapFlags type = call.flags & map::type_mask;
    const MapFlags known = map::legacy_mask | (map_sync_of(spec) == MapSync::unknown ? 0 : map::sync);
    if (type == map::shared_validate && (call.flags & ~known) != 0) return Errno::eopnotsupp;
    if (type == map::shared || type == map::shared_validate) {
        const Errno error = check_shared(world, file, spec, prot, request.flags);
        if (error != Errno::ok) return error;
    } else if (type != map::private_) {
        return Errno::einval;
    }
    if (!file.readable) return Errno::eacces;
    if (mounted_noexec(spec)) {
        if ((request.flags & vm::exec) != 0) return Errno::eperm;
        request.flags &= ~vm::may_exec;
    }
    if (file.kind == FileKind::special || spec.no_mmap) return Errno::enodev;
    if ((request.flags & vm::growsdown) != 0) return Errno::einval;
    return check_seals(world.profile().policy.sealed_readonly, spec, request.flags);
}

template <class D>
Errno check_anonymous(const World<D>& world, const MmapCall<D>& call, RegionRequest<D>& request) {
    switch (call.flags & map::type_mask) {
        case map::shared:
            if ((request.flags & vm::growsdown) != 0) return Errno::einval;
            request.pgoff = 0;
            request.flags |= vm::shared | vm::may_share;
            return Errno::ok;
        case map::private_: request.pgoff = request.start; return Errno::ok;
        case map::droppable:
            if (world.profile().policy.map_droppable == MapDroppable::none) return Errno::einval;
            if ((call.flags & map::locked) != 0 || (request.flags & vm::growsdown) != 0) return Errno::einval;
            request.pgoff = request.start;
            request.flags |= vm::droppable | vm::noreserve | vm::wipeonfork | vm::dontdump;
            return Errno::ok;
        default: return Errno::einval;
    }
}

// The personality READ_IMPLIES_EXEC; a mount without exec is spared.
template <class D>
Prot effective_prot(const World<D>& world, const MmapCall<D>& call) {
    const bool implied = world.parameters().read_implies_exec && (call.prot & prot::read) != 0;
    if (!implied || (call.file && mounted_noexec(spec_of(world, world[call.file])))) return call.prot;
    return call.prot | prot::exec;
}

}  // namespace

template <class D>
Errno do_mmap(World<D>& world, const MmapCall<D>& call, Mapped<D>* mapped) {
    const FunctionScope scope(world, "do_mmap");
    const Parameters& p = world.parameters();
    const MmId mm = call.mm;
    if (call.len.zero()) return Errno::einval;
    MapFlags flags = call.flags;
    if ((flags & map::fixed_noreplace) != 0) flags |= map::fixed;
    Bytes<D> addr = call.addr;
    if ((flags & map::fixed) == 0) {
        addr.offset = 0;
        if (addr.page > 0 && addr.page < p.mmap_min_addr) addr.page = p.mmap_min_addr;
    }
    if (page_align_is_zero(call.len)) return Errno::enomem;
    RegionRequest<D> request{
        .mm = mm, .start = 0, .len = call.len.round_up(), .flags = 0, .file = call.file, .pgoff = call.pgoff};
    if (request.pgoff + request.len >= std::uint64_t{1} << p.pgoff_bits) return Errno::eoverflow;
    if (world[mm].map_count > p.max_map_count) return map_count_refuses(world, mm);

    const bool huge = call.file && is_file_hugepages(spec_of(world, world[call.file]));
    const bool shared_object = !call.file && (flags & map::shared) != 0;
    const std::uint64_t huge_pages = shared_object ? no_huge_pages : huge_pages_of(world, call.file);
    const UnmappedArea<D> area = get_unmapped_area(world, mm, addr, request.len, flags, huge_pages, request.pgoff);
    if (area.error != Errno::ok) return area.error;
    request.start = area.start;
    if ((flags & map::fixed_noreplace) != 0 && find_vma_intersection(world, mm, request.start, request.end()))
        return Errno::eexist;

    const Prot prot = effective_prot(world, call);
    request.flags = initial_flags(world, prot, flags, world[mm].def_flags);
    if ((flags & map::locked) != 0 && !can_do_mlock(world)) return Errno::eperm;
    if (!mlock_limit_allows(world, mm, request.flags, request.len)) return Errno::eagain;

    const Errno error = call.file ? check_file(world, call, prot, request) : check_anonymous(world, call, request);
    if (error != Errno::ok) return error;
    if ((flags & map::noreserve) != 0 && (p.overcommit_mode != 2 || huge)) request.flags |= vm::noreserve;
    mapped->populate = (request.flags & vm::locked) != 0 || (flags & (map::populate | map::nonblock)) == map::populate;
    return mmap_region(world, request, &mapped->start);
}

template Errno do_mmap(World<Plain>&, const MmapCall<Plain>&, Mapped<Plain>*);
template Errno do_mmap(World<Traced>&, const MmapCall<Traced>&, Mapped<Traced>*);

}  // namespace vmacheck
