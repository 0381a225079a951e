#include "model/file_hooks.hpp"

#include "model/faults/files.hpp"
#include "model/file.hpp"
#include "model/file_size.hpp"
#include "model/state/function_scope.hpp"

namespace vmacheck {
namespace {

// seal_check_future_write: what exists stays writable, but no new shared mapping is, nor can it be made so.
template <class D>
Errno check_future_write(Vma<D>& vma) {
    if ((vma.flags & vm::shared) == 0) return Errno::ok;
    if ((vma.flags & vm::write) != 0) return Errno::eperm;
    vma.flags &= ~vm::may_write;
    return Errno::ok;
}

// shmem_zero_setup: the mapping gets its own object instead of the device.
template <class D>
Errno mmap_zero(World<D>& world, FileId file, VmaId id) {
    Vma<D>& vma = world.change(id);
    if ((vma.flags & vm::shared) == 0) return Errno::ok;  // anonymous, yet with its file
    const bool noreserve = (vma.flags & vm::noreserve) != 0;
    FileId object;
    const Errno error = shmem_file_setup(world, vma.mm, pages(vma), noreserve, &object);
    if (error != Errno::ok) return error;
    fput(world, file);
    vma.file = object;
    vma.ops = VmOps::plain;
    return Errno::ok;
}

// hugetlb_reserve_pages: all pages of a mapping, private or shared, are set aside for it, be it only for reading. What a
// segment maps was reserved as it was made.
template <class D>
Errno reserve_huge_pages(const World<D>& world, const File<D>& file, const Vma<D>& vma) {
    const bool reserved = (vma.flags & vm::noreserve) != 0 || file.kind == FileKind::sysv_shm;
    return reserved || !world.parameters().huge_pool_empty ? Errno::ok : Errno::enomem;
}

// hugetlbfs_file_mmap. Range and length were checked when the address was chosen; the offset is checked here. A
// writable mapping, private or shared, makes the file reach to its end.
template <class D>
Errno mmap_hugetlb(World<D>& world, FileId file, VmaId id) {
    Vma<D>& vma = world.change(id);
    vma.flags |= vm::hugetlb | vm::dontexpand;
    if (remainder(vma.pgoff, world.parameters().huge_page_pages) != 0) return Errno::einval;
    if (const Errno error = reserve_huge_pages(world, world[file], vma); error != Errno::ok) return error;
    vma.ops = VmOps::close;
    ++world.change(world[file].base ? world[file].base : file).opened;
    const AddressSpaceId mapping = world[file].mapping;
    const Number<D> end = vma.pgoff + pages(vma);
    if ((vma.flags & vm::write) == 0 || world[mapping].endless || world[mapping].size >= end) return Errno::ok;
    world.change(mapping).size = end;
    world.emit(Event::file_resized, mapping.raw());
    return Errno::ok;
}

// The operations that a file of this kind gives a mapping.
template <class D>
Errno set_operations(World<D>& world, FileId file, VmaId id) {
    Vma<D>& vma = world.change(id);
    switch (world[file].kind) {
        case FileKind::regular:
        case FileKind::shmem: vma.ops = VmOps::plain; return Errno::ok;
        case FileKind::special: internal_assertion_failed("a special mapping has no ->mmap");
        case FileKind::with_close:
        case FileKind::sysv_shm:
            if (is_file_hugepages(spec_of(world, world[file]))) return mmap_hugetlb(world, file, id);
            vma.ops = VmOps::close;
            ++world.change(world[file].base ? world[file].base : file).opened;
            return Errno::ok;
        case FileKind::dev_zero: return mmap_zero(world, file, id);
        case FileKind::hugetlb: return mmap_hugetlb(world, file, id);
    }
    return Errno::ok;
}

template <class D>
bool at_unit(std::uint64_t unit, const Number<D>& page) {
    return unit <= 1 || remainder(page, unit) == 0;
}

}  // namespace

template <class D>
const FileSpec& spec_of(const World<D>& world, const File<D>& file) {
    static const FileSpec ordinary;
    if (file.spec != 0) return world.parameters().files[file.spec - 1u];
    return file.kind == FileKind::hugetlb ? anonymous_huge_file() : ordinary;
}

template <class D>
const FileSpec* hooks_of(const World<D>& world, const Vma<D>& vma) {
    const bool hooks = vma.ops == VmOps::plain || vma.ops == VmOps::close;
    return hooks && vma.file ? &spec_of(world, world[vma.file]) : nullptr;
}

template <class D>
Errno call_mmap(World<D>& world, FileId file, VmaId id) {
    const FunctionScope scope(world, "call_mmap");
    const FileSpec& spec = spec_of(world, world[file]);
    if (spec.mmap_error != Errno::ok && spec.mmap_file == 0) return spec.mmap_error;
    Vma<D>& vma = world.change(id);
    if ((vma.flags & spec.mmap_forbids) != 0) return Errno::eperm;
    if ((vma.flags & vm::sync) != 0 && map_sync_of(spec) == MapSync::refused) return Errno::eopnotsupp;
    if (!at_unit<D>(spec.granule, vma.start) || !at_unit<D>(spec.granule, vma.end)) return Errno::einval;
    if (spec.sealed_future)
        if (const Errno error = check_future_write(vma); error != Errno::ok) return error;
    vma.flags |= spec.mmap_flags;
    vma.flags &= ~rights_taken_away(spec, vma.flags);
    if (spec.granule > 1) vma.flags |= vm::dontexpand;
    if (spec.mmap_file == 0) return set_operations(world, file, id);
    const FileId other(spec.mmap_file - 1u, 0);  // the files of the parameters are the first of the pool
    if (const Errno error = call_mmap(world, other, id); error != Errno::ok) return error;
    get_file(world, other);
    vma.file = other;
    fput(world, file);
    return spec.mmap_error;
}

template <class D>
bool has_no_fault(const World<D>& world, const Vma<D>& vma) {
    const FileSpec* spec = hooks_of(world, vma);
    return spec != nullptr && spec->no_fault && (vma.flags & (vm::io | vm::pfnmap)) == 0;
}

template <class D>
Errno fault_of_file(const World<D>& world, const Vma<D>& vma, const Number<D>& page) {
    const FileSpec* spec = hooks_of(world, vma);
    if (spec != nullptr && spec->fault_error != Errno::ok && (vma.flags & (vm::io | vm::pfnmap)) == 0)
        return spec->fault_error;
    return beyond_end_of_file(world, vma, page) ? Errno::sigbus : Errno::ok;
}

template <class D>
Errno may_split(const World<D>& world, const Vma<D>& vma, const Number<D>& at) {
    const FileSpec* spec = hooks_of(world, vma);
    if (spec == nullptr) return Errno::ok;
    // Before ->split existed, __split_vma knew of hugetlbfs only.
    if (!is_file_hugepages(*spec) && world.has_fault(faults::split_alignment)) return Errno::ok;
    return at_unit<D>(unit_pages(world.parameters(), *spec), at) ? Errno::ok : Errno::einval;
}

template <class D>
Errno may_move(const World<D>& world, const Vma<D>& moved) {
    if (moved.ops == VmOps::vdso && pages(moved) != world.parameters().vdso_pages) return Errno::einval;
    const FileSpec* spec = hooks_of(world, moved);
    if (spec == nullptr) return Errno::ok;
    if (spec->mremap_error != Errno::ok) return spec->mremap_error;
    return at_unit<D>(spec->granule, moved.start) ? Errno::ok : Errno::einval;
}

template const FileSpec& spec_of(const World<Plain>&, const File<Plain>&);
template const FileSpec* hooks_of(const World<Plain>&, const Vma<Plain>&);
template Errno call_mmap(World<Plain>&, FileId, VmaId);
template bool has_no_fault(const World<Plain>&, const Vma<Plain>&);
template Errno fault_of_file(const World<Plain>&, const Vma<Plain>&, const Number<Plain>&);
template Errno may_split(const World<Plain>&, const Vma<Plain>&, const Number<Plain>&);
template Errno may_move(const World<Plain>&, const Vma<Plain>&);
template const FileSpec& spec_of(const World<Traced>&, const File<Traced>&);
template const FileSpec* hooks_of(const World<Traced>&, const Vma<Traced>&);
template Errno call_mmap(World<Traced>&, FileId, VmaId);
template bool has_no_fault(const World<Traced>&, const Vma<Traced>&);
template Errno fault_of_file(const World<Traced>&, const Vma<Traced>&, const Number<Traced>&);
template Errno may_split(const World<Traced>&, const Vma<Traced>&, const Number<Traced>&);
template Errno may_move(const World<Traced>&, const Vma<Traced>&);

}  // namespace vmacheck
