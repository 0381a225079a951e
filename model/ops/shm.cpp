// shmat(2) and shmdt(2): do_shmat and ksys_shmdt of v5.10 ipc/shm.c.
//
// Each attachment maps its own struct file over the segment's inode. The segment counts its attachments
// (shm_nattch) by the ->mmap, ->open and ->close of their VMAs. Segments are never removed here.
#include "model/do_mmap.hpp"
#include "model/file.hpp"
#include "model/gap_tree.hpp"
#include "model/munmap.hpp"
#include "model/ops/ops.hpp"
#include "model/populate.hpp"

namespace vmacheck {
namespace {

// Where to attach; a fixed place, unless the caller leaves it open.
template <class D>
struct Place {
    Errno error = Errno::ok;
    Number<D> page;
    bool fixed = false;
};

template <class D>
Place<D> place_of(const Op<D>& op) {
    const bool remap = (op.call_flags & shm::remap) != 0;
    if (op.addr.zero()) return {remap ? Errno::einval : Errno::ok, 0, false};
    if (op.addr.aligned()) return {Errno::ok, op.addr.page, true};
    const bool rounds = (op.call_flags & shm::rnd) != 0;
    if (!rounds || (remap && op.addr.page == 0)) return {Errno::einval, 0, false};
    return {Errno::ok, op.addr.page, true};  // rounded down to SHMLBA, a page
}

// ipcperms: what the caller wants to do, against what the segment's mode lets him.
template <class D>
bool permitted(const FileSpec& segment, const Op<D>& op) {
    if (!segment.readable) return false;
    if ((op.call_flags & shm::rdonly) == 0 && !segment.writable) return false;
    return (op.call_flags & shm::exec) == 0 || !segment.noexec;
}

// The attachment's file: alloc_file_clone over the segment's. On ok it has one reference.
template <class D>
Errno clone_file(World<D>& world, FileId base, bool writable, FileId* out) {
    if (!world.may_allocate(AllocSite::shmat_file)) return Errno::enomem;
    if (world.parameters().file_table_full) return Errno::enfile;
    *out = world.template allocate<FileId>();
    File<D>& file = world.change(*out);
    const File<D>& segment = world[base];
    file.kind = FileKind::sysv_shm;
    file.writable = writable;
    file.spec = segment.spec;
    file.mapping = segment.mapping;
    file.f_count = 1;
    file.base = base;
    get_file(world, base);
    ++world.change(base).clones;
    ++world.change(file.mapping).files;
    return Errno::ok;
}

template <class D>
Errno attach(World<D>& world, MmId mm, const Op<D>& op, const Place<D>& place, FileId file, Mapped<D>* mapped) {
    const Parameters& p = world.parameters();
    const Number<D> len = pages_of_segment(p, p.files[op.file - 1u]);
    // Address 0, reached by rounding, is not looked at.
    if (place.fixed && place.page > 0 && (op.call_flags & shm::remap) == 0) {
        if (sum_wraps_64_bit_bytes<D>(place.page, len)) return Errno::einval;
        if (find_vma_intersection(world, mm, place.page, place.page + len)) return Errno::einval;
    }
    Prot access = prot::read;
    if ((op.call_flags & shm::rdonly) == 0) access |= prot::write;
    if ((op.call_flags & shm::exec) != 0) access |= prot::exec;
    const MapFlags flags = map::shared | (place.fixed ? map::fixed : 0);
    return do_mmap(world, MmapCall<D>{mm, file, Bytes<D>::pages(place.page), Bytes<D>::pages(len), access, flags, 0},
                   mapped);
}

// A VMA of an attachment whose segment would begin at this page.
template <class D>
bool attached_at(const World<D>& world, const Vma<D>& vma, const Number<D>& page) {
    if (vma.ops != VmOps::close || world[vma.file].kind != FileKind::sysv_shm) return false;
    return vma.start >= page && vma.start - page == vma.pgoff;
}

template <class D>
Errno detach(World<D>& world, MmId mm, const Number<D>& page) {
    VmaId each = find_vma(world, mm, page);
    while (each && !attached_at(world, world[each], page)) each = world[each].next;
    if (!each) return Errno::einval;
    const FileId file = world[each].file;
    const Parameters& p = world.parameters();
    const std::uint64_t size = pages_of_segment(p, p.files[world[file].spec - 1u]);
    // Other pieces lie above, within the segment's size; pieces of another attachment there are left alone.
    for (bool first = true; each && (first || world[each].end - page <= size); first = false) {
        const Vma<D>& vma = world[each];
        const VmaId next = vma.next;
        if (vma.file == file && attached_at(world, vma, page))
            do_munmap(world, mm, Number<D>(vma.start),
                      vma.end - vma.start);  // whole VMAs: only a seal refuses it, in silence
        each = next;
    }
    return Errno::ok;
}

}  // namespace

template <class D>
void op_shmat(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    const auto& files = world.parameters().files;
    const Place<D> place = place_of(op);
    outcome.error = place.error;
    if (!outcome.ok()) return;
    const bool known = op.file > 0 && op.file <= files.size() && files[op.file - 1u].kind == FileKind::sysv_shm;
    if (!known || !permitted(files[op.file - 1u], op)) {
        outcome.error = known ? Errno::eacces : Errno::einval;
        return;
    }
    FileId file;
    const bool writable = (op.call_flags & shm::rdonly) == 0;
    outcome.error = clone_file(world, FileId(op.file - 1u, 0), writable, &file);
    if (!outcome.ok()) return;
    world.emit(Event::mmap_lock_write, mm.raw());
    Mapped<D> mapped;
    outcome.error = attach(world, mm, op, place, file, &mapped);
    world.emit(Event::mmap_unlock_write, mm.raw());
    if (outcome.ok()) {
        outcome.value = Bytes<D>::pages(mapped.start);
        if (mapped.populate)
            mm_populate(world, mm, mapped.start, Number<D>(pages_of_segment(world.parameters(), files[op.file - 1u])));
    }
    fput(world, file);  // the VMAs have their own references
}

template <class D>
void op_shmdt(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    if (!op.addr.aligned()) {
        outcome.error = Errno::einval;
        return;
    }
    world.emit(Event::mmap_lock_write, mm.raw());
    outcome.error = detach(world, mm, op.addr.page);
    world.emit(Event::mmap_unlock_write, mm.raw());
}

template void op_shmat(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_shmdt(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_shmat(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);
template void op_shmdt(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
