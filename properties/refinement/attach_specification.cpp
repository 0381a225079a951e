// shmat, shmdt (v5.10 ipc/shm.c), remap_file_pages and mappings of the kernel's own (v5.10 mm/mmap.c).
#include "properties/refinement/map_pages.hpp"

namespace vmacheck::specification {
namespace {

// The segment that shmat names; nullptr: there is none.
template <class D>
const FileSpec* segment_of(const SpecContext<D>& ctx) {
    const auto& files = ctx.parameters().files;
    const std::uint16_t number = ctx.step.op.file;
    if (number == 0 || number > files.size()) return nullptr;
    const FileSpec& file = files[number - 1u];
    return file.kind == FileKind::sysv_shm ? &file : nullptr;
}

// What shmat refuses before it makes anything: the address as such, the segment, its rights.
template <class D>
Errno error_of_attaching(const SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    const auto asks = [&](std::uint32_t flag) { return (op.call_flags & flag) != 0; };
    const bool nowhere = op.addr.page == 0 && op.addr.offset == 0;
    if (nowhere && asks(shm::remap)) return Errno::einval;
    if (op.addr.offset != 0 && !asks(shm::rnd)) return Errno::einval;
    if (op.addr.offset != 0 && op.addr.page == 0 && asks(shm::remap)) return Errno::einval;
    const FileSpec* segment = segment_of(ctx);
    if (segment == nullptr) return Errno::einval;
    const bool may =
        segment->readable && (asks(shm::rdonly) || segment->writable) && !(asks(shm::exec) && segment->noexec);
    return may ? Errno::ok : Errno::eacces;
}

}  // namespace

template <class D>
void shmat(SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    const auto refuse = [&](Errno error) {
        ctx.require(error);
        ctx.expect(ctx.map_before, "a refused shmat changes nothing");
    };
    if (const Errno error = error_of_attaching(ctx); error != Errno::ok) return refuse(error);
    if (ctx.injected() && ctx.error() == Errno::enomem && !ctx.step.outcome.has(Event::mmap_lock_write))
        return refuse(Errno::enomem);
    if (ctx.parameters().file_table_full) return refuse(Errno::enfile);
    const FileSpec& segment = *segment_of(ctx);
    const Number<D>& page = op.addr.page;
    const Number<D> len = pages_of_segment(ctx.parameters(), segment);
    const bool remaps = (op.call_flags & shm::remap) != 0;
    const bool fixed = page != 0 || op.addr.offset != 0;
    // Address 0, which only rounding leads to, is not looked at.
    if (page != 0 && !remaps && (page + len >= pages_in_64_bits || ctx.map_before.any_in(page, page + len)))
        return refuse(Errno::einval);
    MapRequest<D> request;
    request.addr = Bytes<D>::pages(page);
    request.len = len;
    request.prot = prot::read;
    request.writable = (op.call_flags & shm::rdonly) == 0;
    if (request.writable) request.prot |= prot::write;
    if ((op.call_flags & shm::exec) != 0) request.prot |= prot::exec;
    request.flags = map::shared | (fixed ? map::fixed : 0);
    request.offset = 0;
    request.from_file = true;
    request.spec = &segment;
    map_pages(ctx, request);
}

// All pieces of one attachment: those of its file that lie where the segment would have them if it began at the
// address. The first piece says which attachment; the others end within the segment's size.
template <class D>
void shmdt(SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    const Number<D>& page = op.addr.page;
    const auto in_place = [&](const Segment<D>& each) {
        const File<D>* file = ctx.step.world.before(each.file);
        return file != nullptr && file->kind == FileKind::sysv_shm && each.start >= page &&
               each.start - page == each.offset;
    };
    const Segment<D>* first = nullptr;
    for (const Segment<D>& each : ctx.map_before.segments())
        if (first == nullptr && in_place(each)) first = &each;
    if (op.addr.offset != 0 || first == nullptr) {
        ctx.require(Errno::einval);
        ctx.expect(ctx.map_before, "where nothing is attached nothing is detached");
        return;
    }
    ctx.require(Errno::ok);
    const FileId file = first->file;
    const FileSpec& segment = ctx.parameters().files[ctx.step.world.before(file)->spec - 1u];
    const Number<D> last = page + pages_of_segment(ctx.parameters(), segment);
    PageMap<D> expected = ctx.map_before;
    for (const Segment<D>& each : ctx.map_before.segments()) {
        const bool piece = &each == first || (each.start > first->start && each.end <= last);
        if (piece && each.file == file && in_place(each) && !sealed(each)) expected.remove(each.start, each.end);
    }
    ctx.expect(expected, "shmdt unmaps the pieces of one attachment");
}

namespace {

// Whether the VMAs of [start, end) have the same sticky flags, which are no part of the map and show all the same.
template <class D>
bool marked_alike(const SpecContext<D>& ctx, const Number<D>& start, const Number<D>& end) {
    const World<D>& world = ctx.step.world;
    if (!keeps_sticky_flags(world.profile().policy) && !world.parameters().soft_dirty) return true;
    VmFlags all = vm::sticky;
    VmFlags any = 0;
    each_vma_before(world, ctx.mm, [&](VmaId, const Vma<D>& vma) {
        if (vma.end <= start) return true;
        if (vma.start >= end) return false;
        all &= vma.flags;
        any |= vma.flags & vm::sticky;
        return true;
    });
    return any == 0 || any == all;
}

// Whether [start, end) is one shared mapping of one file without holes, as far as its users can distinguish VMAs.
template <class D>
const Segment<D>* one_shared_mapping(const SpecContext<D>& ctx, const Number<D>& start, const Number<D>& end) {
    const Segment<D>* first = ctx.map_before.at(start);
    if (first == nullptr || (first->flags & vm::shared) == 0) return nullptr;
    Number<D> at = first->end;
    for (const Segment<D>& each : ctx.map_before.segments()) {
        if (each.end <= at) continue;
        if (at >= end) break;
        if (each.start != at || each.file != first->file || each.flags != first->flags) return nullptr;
        at = each.end;
    }
    return at >= end && marked_alike(ctx, start, end) ? first : nullptr;
}

}  // namespace

template <class D>
void remap_file_pages(SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    const Number<D>& start = op.addr.page;
    const Number<D>& len = op.len.page;
    const Segment<D>* first = nullptr;
    const bool offsets_fit = op.offset.page + len < std::uint64_t{1} << ctx.parameters().pgoff_bits;
    if (op.prot == 0 && len > 0 && start + len < pages_in_64_bits && offsets_fit)
        first = one_shared_mapping<D>(ctx, start, start + len);
    if (first == nullptr) {
        ctx.require(Errno::einval);
        ctx.expect(ctx.map_before, "a refused remap_file_pages changes nothing");
        return;
    }
    MapRequest<D> request;
    request.addr = Bytes<D>::pages(start);
    request.len = len;
    request.prot = static_cast<Prot>(first->flags & vm::access);
    request.flags = map::shared | map::fixed | ((first->flags & vm::locked) != 0 ? map::locked : 0);
    request.offset = op.offset.page;
    request.from_file = true;
    request.spec = spec_behind(ctx, first->file);
    request.file = first->file;
    request.returns_address = false;
    map_pages(ctx, request);
}

template <class D>
void special_mapping(SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    const Parameters& p = ctx.parameters();
    const auto refuse = [&](Errno error) {
        ctx.require(error);
        ctx.expect(ctx.map_before, "a special mapping that is refused changes nothing");
    };
    const Number<D>& start = op.addr.page;
    const Number<D>& len = op.len.page;
    const bool whole = op.addr.offset == 0 && op.len.offset == 0 && len > 0;
    if (!whole || start > p.task_size || len > p.task_size - start) return refuse(Errno::einval);
    if ((op.prot & ~(prot::read | prot::exec)) != 0) return refuse(Errno::einval);
    if ((op.call_flags & ~(special_map::vdso | special_map::account)) != 0) return refuse(Errno::einval);
    if (ctx.map_before.any_in(start, start + len)) return refuse(Errno::enomem);
    const bool charged = (op.call_flags & special_map::account) != 0;
    const bool may_fail = ctx.injected() || (charged && rules::commit_may_refuse(ctx.step, len));
    if (may_fail && ctx.error() == Errno::enomem) return refuse(Errno::enomem);
    ctx.require(Errno::ok);
    VmFlags flags = (op.prot & vm::access) | vm::may_access | vm::dontexpand | ctx.before.def_flags;
    flags &= ~(vm::locked | vm::lockonfault);  // never counted as locked
    if (charged) flags |= vm::account;
    PageMap<D> expected = ctx.map_before;
    expected.insert({start, start + len, flags, {}, 0});
    ctx.expect(expected, "the kernel's own mapping lies where nothing was");
}

template void shmat(SpecContext<Plain>&);
template void shmat(SpecContext<Traced>&);
template void shmdt(SpecContext<Plain>&);
template void shmdt(SpecContext<Traced>&);
template void remap_file_pages(SpecContext<Plain>&);
template void remap_file_pages(SpecContext<Traced>&);
template void special_mapping(SpecContext<Plain>&);
template void special_mapping(SpecContext<Traced>&);

}  // namespace vmacheck::specification
