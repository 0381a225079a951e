#include "model/file.hpp"

#include "model/accounting.hpp"
#include "model/faults/files.hpp"
#include "model/interval_tree.hpp"
#include "model/state/function_scope.hpp"

#include <utility>
#include <vector>

namespace vmacheck {
namespace {

// The address_space of the file's inode, made if no earlier file has it.
template <class D>
AddressSpaceId inode_of(World<D>& world, const FileSpec& spec,
                        std::vector<std::pair<std::uint32_t, AddressSpaceId>>& inodes) {
    AddressSpaceId mapping;
    for (const auto& [inode, existing] : inodes)
        if (spec.inode != 0 && inode == spec.inode) mapping = existing;
    if (!mapping) {
        mapping = world.template allocate<AddressSpaceId>();
        inodes.emplace_back(spec.inode, mapping);
    }
    return mapping;
}

// What the file says of its inode: the size, in whole huge pages on hugetlbfs, and F_SEAL_WRITE.
template <class D>
void set_up_inode(const Parameters& parameters, const FileSpec& spec, AddressSpace<D>& space) {
    if (spec.pages != unlimited && spec.kind != FileKind::dev_zero && spec.kind != FileKind::special) {
        const std::uint64_t unit = spec.kind == FileKind::hugetlb ? parameters.huge_page_pages : 1;
        space.endless = false;
        space.size = (spec.pages + unit - 1) / unit * unit;
    }
    if (spec.kind == FileKind::sysv_shm) {  // newseg gives the segment's file its size
        space.endless = false;
        space.size = pages_of_segment(parameters, spec);
    }
    ++space.files;
    if (spec.sealed) {
        space.sealed = true;
        space.i_mmap_writable = -1;
    }
}

// One file less; with the last the address_space goes.
template <class D>
void iput(World<D>& world, AddressSpaceId id) {
    AddressSpace<D>& mapping = world.change(id);
    if (--mapping.files > 0) return;
    world.bug_on(static_cast<bool>(mapping.i_mmap), "address_space freed while VMAs map it");
    world.free(id);
}

// A new inode of this many pages, and a file of it: shmem_get_inode or hugetlbfs_get_inode, then alloc_file_pseudo.
template <class D>
Errno new_file(World<D>& world, FileKind kind, const Number<D>& pages, FileId* out) {
    if (!world.may_allocate(AllocSite::shmem_get_inode)) return Errno::enospc;
    if (world.parameters().file_table_full) return Errno::enfile;
    if (!world.may_allocate(AllocSite::shmem_zero_setup_file)) return Errno::enomem;
    const AddressSpaceId mapping = world.template allocate<AddressSpaceId>();
    AddressSpace<D>& object = world.change(mapping);
    object.files = 1;
    object.endless = false;
    object.size = pages;
    *out = world.template allocate<FileId>();
    File<D>& file = world.change(*out);
    file.kind = kind;
    file.mapping = mapping;
    file.f_count = 1;
    return Errno::ok;
}

}  // namespace

template <class D>
void open_files(World<D>& world) {
    std::vector<std::pair<std::uint32_t, AddressSpaceId>> inodes;
    std::uint16_t number = 0;
    for (const FileSpec& spec : world.parameters().files) {
        const AddressSpaceId mapping = inode_of(world, spec, inodes);
        File<D>& file = world.change(world.template allocate<FileId>());
        file.kind = spec.kind;
        file.readable = spec.readable;
        file.writable = spec.writable;
        file.spec = ++number;
        file.mapping = mapping;
        file.f_count = 1;
        file.descriptors = 1;
        set_up_inode(world.parameters(), spec, world.change(mapping));
    }
}

template <class D>
void get_file(World<D>& world, FileId file) {
    ++world.change(file).f_count;
}

template <class D>
void fput(World<D>& world, FileId id) {
    const FunctionScope scope(world, "fput");
    File<D>& file = world.change(id);
    world.bug_on(file.f_count == 0, "file reference count underflows");
    if (--file.f_count > 0) return;
    if (file.charged > 0) uncharge_commit(world, file.charged);
    if (const FileId base = file.base; base && !world.has_fault(faults::shm_release_forgotten)) {
        --world.change(base).clones;
        fput(world, base);
    }
    if (!world.has_fault(faults::fput_keeps_inode)) iput(world, file.mapping);
    world.free(id);
}

template <class D>
void link_file_vma(World<D>& world, VmaId id) {
    const Vma<D>& vma = world[id];
    if (!vma.file) return;
    const AddressSpaceId mapping = world[vma.file].mapping;
    if (counts_as_writable(world, vma.flags)) ++world.change(mapping).i_mmap_writable;
    i_mmap_insert(world, id, mapping);
}

template <class D>
void unlink_file_vma(World<D>& world, VmaId id) {
    const Vma<D>& vma = world[id];
    if (!vma.file) return;
    const AddressSpaceId mapping = world[vma.file].mapping;
    if (counts_as_writable(world, vma.flags)) --world.change(mapping).i_mmap_writable;
    i_mmap_remove(world, id, mapping);
}

template <class D>
void link_file_vma_locked(World<D>& world, VmaId id) {
    const FileId file = world[id].file;
    if (!file) return;
    const AddressSpaceId mapping = world[file].mapping;
    world.emit(Event::i_mmap_lock, mapping.raw());
    link_file_vma(world, id);
    world.emit(Event::i_mmap_unlock, mapping.raw());
}

template <class D>
void unlink_file_vma_locked(World<D>& world, VmaId id) {
    const FileId file = world[id].file;
    if (!file) return;
    const AddressSpaceId mapping = world[file].mapping;
    world.emit(Event::i_mmap_lock, mapping.raw());
    unlink_file_vma(world, id);
    world.emit(Event::i_mmap_unlock, mapping.raw());
}

template <class D>
FileId hooked_file(const World<D>& world, const Vma<D>& vma) {
    if (vma.ops != VmOps::close) return {};
    const FileId base = world[vma.file].base;
    return base ? base : vma.file;
}

template <class D>
void vma_open(World<D>& world, VmaId id) {
    const FileId file = hooked_file(world, world[id]);
    if (!file) return;
    ++world.change(file).opened;
    world.emit(Event::file_opened, file.raw());
}

template <class D>
void vma_close(World<D>& world, VmaId id) {
    const FileId file = hooked_file(world, world[id]);
    if (!file) return;
    ++world.change(file).closed;
    world.emit(Event::file_closed, file.raw());
}

template <class D>
Errno shmem_file_setup(World<D>& world, MmId mm, const Number<D>& pages, bool noreserve, FileId* file) {
    const FunctionScope scope(world, "shmem_kernel_file_setup");
    if (!noreserve && charge_commit(world, mm, pages) != Errno::ok) return Errno::enomem;
    const Errno error = new_file(world, FileKind::shmem, pages, file);
    if (error != Errno::ok && !noreserve) uncharge_commit(world, pages);
    if (error != Errno::ok) return error;
    world.change(world[*file].mapping).endless = world.parameters().endless_shared_objects;
    if (!noreserve) world.change(*file).charged = pages;
    return Errno::ok;
}

template <class D>
Errno hugetlb_file_setup(World<D>& world, const Number<D>& pages, FileId* file) {
    const FunctionScope scope(world, "hugetlb_file_setup");
    return new_file(world, FileKind::hugetlb, pages, file);
}

template void open_files(World<Plain>&);
template void get_file(World<Plain>&, FileId);
template void fput(World<Plain>&, FileId);
template void link_file_vma(World<Plain>&, VmaId);
template void unlink_file_vma(World<Plain>&, VmaId);
template void link_file_vma_locked(World<Plain>&, VmaId);
template void unlink_file_vma_locked(World<Plain>&, VmaId);
template FileId hooked_file(const World<Plain>&, const Vma<Plain>&);
template void vma_open(World<Plain>&, VmaId);
template void vma_close(World<Plain>&, VmaId);
template Errno shmem_file_setup(World<Plain>&, MmId, const Number<Plain>&, bool, FileId* file);
template Errno hugetlb_file_setup(World<Plain>&, const Number<Plain>&, FileId* file);
template void open_files(World<Traced>&);
template void get_file(World<Traced>&, FileId);
template void fput(World<Traced>&, FileId);
template void link_file_vma(World<Traced>&, VmaId);
template void unlink_file_vma(World<Traced>&, VmaId);
template void link_file_vma_locked(World<Traced>&, VmaId);
template void unlink_file_vma_locked(World<Traced>&, VmaId);
template FileId hooked_file(const World<Traced>&, const Vma<Traced>&);
template void vma_open(World<Traced>&, VmaId);
template void vma_close(World<Traced>&, VmaId);
template Errno shmem_file_setup(World<Traced>&, MmId, const Number<Traced>&, bool, FileId* file);
template Errno hugetlb_file_setup(World<Traced>&, const Number<Traced>&, FileId* file);

}  // namespace vmacheck
