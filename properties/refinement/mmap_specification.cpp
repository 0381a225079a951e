// mmap: the order of checks of ksys_mmap_pgoff and do_mmap, and what mmap_region makes of the pages (v5.10 mm/mmap.c).
#include "properties/refinement/placement.hpp"
#include "properties/refinement/specification.hpp"

namespace vmacheck::specification {
namespace {

// More VMAs than this are not scanned for the address that mmap without MAP_FIXED must find.
constexpr std::uint32_t scanned = 16;

bool is_fixed(MapFlags flags) {
    return (flags & (map::fixed | map::fixed_noreplace)) != 0;
}

template <class D>
const FileSpec* file_of(const View<D>& view) {
    const Op<D>& op = view.step.op;
    if ((op.flags & map::anonymous) != 0 || op.file == 0 || op.file > view.parameters().files.size()) return nullptr;
    return &view.parameters().files[op.file - 1u];
}

bool shares(MapFlags flags) {
    const MapFlags type = flags & map::type_mask;
    return type == map::shared || type == map::shared_validate;
}

// What is refused before the address is chosen.
template <class D>
Errno error_of_arguments(const View<D>& view) {
    const Op<D>& op = view.step.op;
    if (op.offset.offset != 0) return Errno::einval;
    const bool anonymous = (op.flags & map::anonymous) != 0;
    if (!anonymous && file_of(view) == nullptr) return Errno::ebadf;
    if ((op.flags & map::hugetlb) != 0)
        return anonymous ? Errno::enomem : Errno::einval;  // no huge pages are configured
    if (op.len.page == 0 && op.len.offset == 0) return Errno::einval;
    const Number<D> len = op.len.round_up();
    if (len >= pages_in_64_bits) return Errno::enomem;
    if (op.offset.page + len >= std::uint64_t{1} << view.parameters().pgoff_bits) return Errno::eoverflow;
    if (view.before.map_count > view.parameters().max_map_count) return Errno::enomem;
    return Errno::ok;
}

template <class D>
Errno error_of_locking(const View<D>& view, const Number<D>& len) {
    const Parameters& p = view.parameters();
    const bool asks = (view.step.op.flags & map::locked) != 0;
    if (p.cap_ipc_lock) return Errno::ok;
    if (asks && p.rlimit_memlock == 0) return Errno::eperm;
    const bool locks = asks || (view.before.def_flags & vm::locked) != 0;
    return locks && rules::mlock_may_refuse(view.step, view.before, len) ? Errno::eagain : Errno::ok;
}

// What MAP_SHARED_VALIDATE knows of an ordinary file, by number: everything before MAP_SYNC (0x80000) but the reserved
// bits, MAP_UNINITIALIZED, and the sizes of huge pages.
constexpr MapFlags known_flags = 0x7f973 | 0x4000000 | 0x54000000 | 0x78000000;

// What the kind of mapping and the way the file was opened refuse, once the address is chosen.
template <class D>
Errno error_of_kind(const View<D>& view, const Number<D>& len) {
    const Op<D>& op = view.step.op;
    const MapFlags type = op.flags & map::type_mask;
    const bool grows = (op.flags & map::growsdown) != 0;
    const FileSpec* file = file_of(view);
    if (file == nullptr) {
        if (type == map::private_) return Errno::ok;
        return type == map::shared && !grows ? Errno::ok : Errno::einval;
    }
    // A file has less than 2^63 bytes, a character device less than 2^64.
    const unsigned bits = file->kind == FileKind::dev_zero ? 64 : 63;  // of a byte offset
    const std::uint64_t most = (std::uint64_t{1} << (bits - page_shift)) - 1;
    if (op.offset.page + len > most) return Errno::eoverflow;
    if (type == map::shared_validate && (op.flags & ~known_flags) != 0) return Errno::eopnotsupp;
    if (!shares(op.flags) && type != map::private_) return Errno::einval;
    if (shares(op.flags) && (op.prot & prot::write) != 0 && !file->writable) return Errno::eacces;
    if (!file->readable) return Errno::eacces;
    if (file->kind == FileKind::special) return Errno::enodev;
    return grows ? Errno::einval : Errno::ok;
}

template <class D>
VmFlags specified_flags(const View<D>& view) {
    const Op<D>& op = view.step.op;
    const Parameters& p = view.parameters();
    VmFlags flags = (op.prot & vm::access) | vm::may_access | view.before.def_flags;
    if (p.read_implies_exec && (op.prot & prot::read) != 0) flags |= vm::exec;
    if ((op.flags & map::growsdown) != 0) flags |= vm::growsdown;
    if ((op.flags & map::locked) != 0) flags |= vm::locked;
    if ((op.flags & map::sync) != 0) flags |= vm::sync;
    const FileSpec* file = file_of(view);
    if (shares(op.flags)) {
        flags |= vm::shared | vm::may_share;
        // A file that cannot be written is mapped as if it were private, though it shows as shared.
        if (file != nullptr && !file->writable) flags &= ~(vm::shared | vm::may_write);
    }
    if ((op.flags & map::noreserve) != 0 && p.overcommit_mode != 2) flags |= vm::noreserve;
    if (rules::accountable(flags)) flags |= vm::account;
    return flags;
}

// What is behind the new pages; objects if a shared object is not a new one of its own.
template <class D>
void specify_backing(const View<D>& view, Segment<D>& made) {
    const Op<D>& op = view.step.op;
    const World<D>& world = view.step.world;
    const FileSpec* file = file_of(view);
    const bool shared = (made.flags & vm::shared) != 0;
    if (file != nullptr) made.offset = op.offset.page;
    if ((file == nullptr && shared) || (file != nullptr && file->kind == FileKind::dev_zero && shared)) {
        const Segment<D>* found = view.map_after.at(made.start);
        if (found == nullptr) return;  // the comparison will say so
        const File<D>* object = world.find(found->file);
        if (object == nullptr || world.before(found->file) != nullptr || object->kind != FileKind::shmem ||
            object->spec != 0)
            view.object("a shared anonymous mapping must get an object of its own");
        made.file = found->file;
        return;
    }
    if (file == nullptr) return;
    // Open files are numbered in the order of the parameters.
    made.file = FileId(op.file - 1u, 0);
    const File<D>* opened = world.find(made.file);
    if (opened == nullptr || opened->spec != op.file) view.object("open file {} is no longer what it was", op.file);
}

// A failure after the checks: memory or a limit. Under MAP_FIXED what was there may be gone.
template <class D>
void expect_failure(View<D>& view, const Number<D>& start, const Number<D>& len) {
    const bool fixed = is_fixed(view.step.op.flags);
    const bool cut =
        fixed && punches_hole<D>(view, start, start + len) && view.before.map_count >= view.parameters().max_map_count;
    if (!view.injected() && !cut && !rules::commit_may_refuse(view.step, len) &&
        !rules::rlimit_may_refuse(view.step, view.before, len))
        view.object("it gave ENOMEM, and nothing stands in its way");
    PageMap<D> without = view.map_before;
    if (fixed && !cut && !view.map_after.any_in(start, start + len)) without.remove(start, start + len);
    view.expect(std::move(without), "a failed mmap leaves the pages as they were, or a hole under MAP_FIXED");
}

template <class D>
void expect_success(View<D>& view, const Number<D>& start, const Number<D>& len) {
    const bool fixed = is_fixed(view.step.op.flags);
    const Number<D>& given = view.step.outcome.value.page;
    if (given != start || view.step.outcome.value.offset != 0) {
        view.object("it was given {:#x}, and must be given {:#x}", view.step.outcome.value.value(),
                    start.value() * page_size);
        return;
    }
    const std::uint64_t limit = view.parameters().rlimit_as;
    const Mm<D>* after = view.step.world.find(view.mm);
    if (limit != unlimited && after != nullptr && after->total_vm > limit && after->total_vm > view.before.total_vm)
        view.object("total_vm passes RLIMIT_AS");
    if (fixed && punches_hole<D>(view, start, start + len) && view.before.map_count >= view.parameters().max_map_count)
        view.object("it cuts a VMA in two at the map_count limit");
    PageMap<D> expected = view.map_before;
    if (!fixed && expected.any_in(start, start + len)) view.object("the address it was given was not free");
    expected.remove(start, start + len);
    Segment<D> made{start, start + len, specified_flags(view), {}, 0};
    specify_backing(view, made);
    expected.insert(made);
    view.expect(std::move(expected), "the new mapping replaces what was in its range");
}

}  // namespace

template <class D>
void mmap(View<D>& view) {
    const Op<D>& op = view.step.op;
    const auto refuse = [&](Errno error) {
        view.require(error);
        view.expect(view.map_before, "a refused mmap changes nothing");
    };
    if (const Errno error = error_of_arguments(view); error != Errno::ok) return refuse(error);
    const Number<D> len = op.len.round_up();
    Placement<D> placement{Errno::ok, 0, true};
    if (is_fixed(op.flags) || view.before.map_count <= scanned)
        placement = specified_placement(view.step, view.mm, len);
    if (placement.open) {
        // The address is taken as given, and that there is none as well; it must be free all the same.
        if (view.error() == Errno::enomem || view.error() == Errno::eperm) return refuse(view.error());
        placement = {Errno::ok, view.step.outcome.value.page};
    }
    if (placement.error != Errno::ok) return refuse(placement.error);
    const Number<D>& start = placement.start;
    if ((op.flags & map::fixed_noreplace) != 0 && view.map_before.any_in(start, start + len))
        return refuse(Errno::eexist);
    if (const Errno error = error_of_locking(view, len); error != Errno::ok) return refuse(error);
    if (const Errno error = error_of_kind(view, len); error != Errno::ok) return refuse(error);
    if (view.error() == Errno::enomem) return expect_failure(view, start, len);
    view.require(Errno::ok);
    if (view.error() == Errno::ok) expect_success(view, start, len);
}

template void mmap(View<Plain>&);
template void mmap(View<Traced>&);

}  // namespace vmacheck::specification
