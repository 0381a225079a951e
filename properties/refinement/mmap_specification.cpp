// mmap: the order of checks of ksys_mmap_pgoff and do_mmap, and what mmap_region makes of the pages (v5.10 mm/mmap.c).
// shmat and remap_file_pages use the same from do_mmap on.
#include "properties/refinement/placement.hpp"
#include "properties/refinement/specification.hpp"

namespace vmacheck::specification {
namespace {

// More VMAs than this are not scanned for the address that mmap without MAP_FIXED must find.
constexpr std::uint32_t scanned = 16;

bool is_fixed(MapFlags flags) {
    return (flags & (map::fixed | map::fixed_noreplace)) != 0;
}

bool shares(MapFlags flags) {
    const MapFlags type = flags & map::type_mask;
    return type == map::shared || type == map::shared_validate;
}

// What is said of a file that nothing is said of.
const FileSpec& attributes(const FileSpec* spec) {
    static const FileSpec ordinary;
    return spec != nullptr ? *spec : ordinary;
}

bool mounted_noexec(const FileSpec& file) {
    return file.noexec && file.kind != FileKind::sysv_shm;
}

template <class D>
Errno error_of_locking(const View<D>& view, const MapRequest<D>& request) {
    const Parameters& p = view.parameters();
    const bool asks = (request.flags & map::locked) != 0;
    if (asks && !p.cap_ipc_lock && p.rlimit_memlock == 0) return Errno::eperm;
    const bool locks = asks || (view.before.def_flags & vm::locked) != 0;
    return locks && rules::mlock_may_refuse(view.step, view.before, request.len) ? Errno::eagain : Errno::ok;
}

// What MAP_SHARED_VALIDATE knows of an ordinary file, by number: everything before MAP_SYNC (0x80000) but the reserved
// bits, MAP_UNINITIALIZED, and the sizes of huge pages.
constexpr MapFlags known_flags = 0x7f973 | 0x4000000 | 0x54000000 | 0x78000000;

// What the way a file was opened, and its inode, refuse to a shared mapping.
template <class D>
Errno error_of_sharing(const MapRequest<D>& request, const FileSpec& file) {
    const bool writes = (request.prot & prot::write) != 0;
    if (writes && !request.writable) return Errno::eacces;
    if (writes && file.swap_file) return Errno::etxtbsy;
    if (file.append_only && request.writable) return Errno::eacces;
    return file.mandatory_lock ? Errno::eagain : Errno::ok;
}

// Whether the mapping may be executed from the start.
template <class D>
bool executable(const View<D>& view, const MapRequest<D>& request) {
    if ((request.prot & prot::exec) != 0) return true;
    const bool implied = view.parameters().read_implies_exec && (request.prot & prot::read) != 0;
    return implied && !mounted_noexec(attributes(request.spec));
}

// What the kind of mapping and the way the file was opened refuse, once the address is chosen.
template <class D>
Errno error_of_kind(const View<D>& view, const MapRequest<D>& request) {
    const MapFlags type = request.flags & map::type_mask;
    const bool grows = (request.flags & map::growsdown) != 0;
    if (!request.from_file) {
        if (type == map::private_) return Errno::ok;
        return type == map::shared && !grows ? Errno::ok : Errno::einval;
    }
    const FileSpec& file = attributes(request.spec);
    // A file has less than 2^63 bytes, a character device less than 2^64.
    const unsigned bits = file.kind == FileKind::dev_zero || file.char_device ? 64 : 63;  // of a byte offset
    const std::uint64_t most = (std::uint64_t{1} << (bits - page_shift)) - 1;
    if (request.offset + request.len > most) return Errno::eoverflow;
    if (type == map::shared_validate && (request.flags & ~known_flags) != 0) return Errno::eopnotsupp;
    if (!shares(request.flags) && type != map::private_) return Errno::einval;
    if (shares(request.flags))
        if (const Errno error = error_of_sharing(request, file); error != Errno::ok) return error;
    if (!request.readable) return Errno::eacces;
    if (mounted_noexec(file) && executable(view, request)) return Errno::eperm;
    if (file.kind == FileKind::special || file.no_mmap) return Errno::enodev;
    return grows ? Errno::einval : Errno::ok;
}

// The flags before ->mmap has seen them.
template <class D>
VmFlags flags_asked_for(const View<D>& view, const MapRequest<D>& request) {
    VmFlags flags = (request.prot & vm::access) | vm::may_access | view.before.def_flags;
    if (executable(view, request)) flags |= vm::exec;
    if ((request.flags & map::growsdown) != 0) flags |= vm::growsdown;
    if ((request.flags & map::locked) != 0) flags |= vm::locked;
    if ((request.flags & map::sync) != 0) flags |= vm::sync;
    if (shares(request.flags)) {
        flags |= vm::shared | vm::may_share;
        // A file that cannot be written is mapped as if it were private, though it shows as shared.
        if (request.from_file && !request.writable) flags &= ~(vm::shared | vm::may_write);
    }
    if (mounted_noexec(attributes(request.spec))) flags &= ~vm::may_exec;
    if ((request.flags & map::noreserve) != 0 && view.parameters().overcommit_mode != 2) flags |= vm::noreserve;
    if (rules::accountable(flags)) flags |= vm::account;
    return flags;
}

// The file that ->mmap hands over to; nullptr: it keeps the mapping.
template <class D>
const FileSpec* next_file(const View<D>& view, const FileSpec& file) {
    return file.mmap_file != 0 ? &view.parameters().files[file.mmap_file - 1u] : nullptr;
}

// What the mapping has once ->mmap is done with it.
template <class D>
VmFlags flags_after_hook(const View<D>& view, const MapRequest<D>& request, VmFlags flags) {
    for (const FileSpec* file = request.spec; file != nullptr; file = next_file(view, *file)) {
        if (file->sealed_future && (flags & vm::shared) != 0) flags &= ~vm::may_write;
        flags |= file->mmap_flags;
        if (file->granule > 1) flags |= vm::dontexpand;
    }
    // Device memory and the like is never locked, and its mapping is not marked.
    return (flags & vm::special) != 0 ? flags & ~(vm::locked | vm::lockonfault) : flags;
}

template <class D>
bool makes_object(const MapRequest<D>& request, VmFlags flags) {
    const bool zero = request.spec != nullptr && request.spec->kind == FileKind::dev_zero;
    return (!request.from_file || zero) && (flags & vm::shared) != 0;
}

// What the file refuses when the range has been unmapped already: a seal, ->mmap, the architecture.
template <class D>
Errno error_of_hook(const View<D>& view, const MapRequest<D>& request, const Number<D>& start, VmFlags flags) {
    const FileSpec& first = attributes(request.spec);
    const bool shared = (flags & vm::shared) != 0;
    if (first.sealed && shared) return Errno::eperm;
    for (const FileSpec* file = request.spec; file != nullptr; file = next_file(view, *file)) {
        if (file->mmap_error != Errno::ok) return file->mmap_error;
        const std::uint64_t unit = file->granule;
        if (unit > 1 && (remainder(start, unit) != 0 || remainder(request.len, unit) != 0)) return Errno::einval;
        if (file->sealed_future && shared && (flags & vm::write) != 0) return Errno::eperm;
    }
    if (makes_object(request, flags) && view.parameters().file_table_full) return Errno::enfile;
    return first.arch_refuses ? Errno::einval : Errno::ok;
}

// What is behind the new pages; objects if an object of its own is not a new one.
template <class D>
void specify_backing(const View<D>& view, const MapRequest<D>& request, Segment<D>& made) {
    const World<D>& world = view.step.world;
    if (request.from_file) made.offset = request.offset;
    const bool attaches = request.from_file && !request.file;
    if (makes_object(request, made.flags) || attaches) {
        const Segment<D>* found = view.map_after.at(made.start);
        if (found == nullptr) return;  // the comparison will say so
        const File<D>* object = world.find(found->file);
        const bool right = object != nullptr && object->kind == (attaches ? FileKind::sysv_shm : FileKind::shmem) &&
                           (object->spec == 0) != attaches;
        if (!right || world.before(found->file) != nullptr)
            view.object("a shared anonymous mapping, and an attachment, must get an object of its own");
        made.file = found->file;
        return;
    }
    if (!request.from_file) return;
    made.file = request.file;
    // Open files are numbered in the order of the parameters.
    if (const FileSpec* file = request.spec)
        if (file->mmap_file != 0) made.file = FileId(file->mmap_file - 1u, 0);
}

// A failure after the checks: memory, a limit, or the file. Under MAP_FIXED what was there may be gone.
template <class D>
void expect_failure(View<D>& view, const MapRequest<D>& request, const Number<D>& start, bool explained) {
    const Number<D>& len = request.len;
    const bool fixed = is_fixed(request.flags);
    const bool cut =
        fixed &&
        ((punches_hole<D>(view, start, start + len) && view.before.map_count >= view.parameters().max_map_count) ||
         cut_refused<D>(view, view.map_before, start, start + len));
    if (!explained && !view.injected() && !cut && !rules::commit_may_refuse(view.step, len) &&
        !rules::rlimit_may_refuse(view.step, view.before, len))
        view.object("it gave {}, and nothing stands in its way", name(view.error()));
    PageMap<D> without = view.map_before;
    if (fixed && !cut && !view.map_after.any_in(start, start + len)) without.remove(start, start + len);
    view.expect(std::move(without), "a failed mmap leaves the pages as they were, or a hole under MAP_FIXED");
}

// Whether the mapping may continue a neighbour that has lost the flags ->mmap would add: it is not asked then.
template <class D>
bool continues_unhooked(const PageMap<D>& before, const Segment<D>& made) {
    for (const Segment<D>& each : before.segments()) {
        if (each.flags != made.flags || each.file != made.file) continue;
        if (each.end == made.start && each.offset + (each.end - each.start) == made.offset) return true;
        if (each.start == made.end && made.offset + (made.end - made.start) == each.offset) return true;
    }
    return false;
}

template <class D>
void expect_success(View<D>& view, const MapRequest<D>& request, const Number<D>& start) {
    const Number<D>& len = request.len;
    const bool fixed = is_fixed(request.flags);
    const Bytes<D>& given = view.step.outcome.value;
    if (request.returns_address && (given.page != start || given.offset != 0)) {
        view.object("it was given {:#x}, and must be given {:#x}", given.value(), start.value() * page_size);
        return;
    }
    const std::uint64_t limit = view.parameters().rlimit_as;
    const Mm<D>* after = view.step.world.find(view.mm);
    if (limit != unlimited && after != nullptr && after->total_vm > limit && after->total_vm > view.before.total_vm)
        view.object("total_vm passes RLIMIT_AS");
    if (fixed && punches_hole<D>(view, start, start + len) && view.before.map_count >= view.parameters().max_map_count)
        view.object("it cuts a VMA in two at the map_count limit");
    if (fixed && cut_refused<D>(view, view.map_before, start, start + len))
        view.object("it cuts a VMA that may not be cut there");
    PageMap<D> expected = view.map_before;
    if (!fixed && expected.any_in(start, start + len)) view.object("the address it was given was not free");
    expected.remove(start, start + len);
    const VmFlags asked = flags_asked_for(view, request);
    Segment<D> made{start, start + len, asked, {}, 0};
    specify_backing(view, request, made);
    const bool unhooked =
        request.spec != nullptr && request.spec->mmap_file == 0 && continues_unhooked<D>(expected, made);
    PageMap<D> other = expected;
    if (unhooked) other.insert(made);
    made.flags = flags_after_hook(view, request, asked);
    expected.insert(made);
    constexpr const char* why = "the new mapping replaces what was in its range";
    if (unhooked) return view.expect_either(std::move(expected), std::move(other), why);
    view.expect(std::move(expected), why);
}

}  // namespace

template <class D>
void map_pages(View<D>& view, const MapRequest<D>& request) {
    const Number<D>& len = request.len;
    const auto refuse = [&](Errno error) {
        view.require(error);
        view.expect(view.map_before, "a refused mmap changes nothing");
    };
    if (request.offset + len >= std::uint64_t{1} << view.parameters().pgoff_bits) return refuse(Errno::eoverflow);
    if (view.before.map_count > view.parameters().max_map_count) return refuse(Errno::enomem);
    Placement<D> placement{Errno::ok, 0, true};
    if (is_fixed(request.flags) || view.before.map_count <= scanned)
        placement = specified_placement(view.step, view.mm, PlacementRequest<D>{request.addr, len, request.flags});
    if (placement.open) {
        // The address is taken as given, and that there is none as well; it must be free all the same.
        if (view.error() == Errno::enomem || view.error() == Errno::eperm) return refuse(view.error());
        // Nor is it known whether the driver liked the address that was found.
        if (view.error() == Errno::einval && attributes(request.spec).granule > 1) return refuse(Errno::einval);
        placement = {Errno::ok, view.step.outcome.value.page};
    }
    if (placement.error != Errno::ok) return refuse(placement.error);
    const Number<D>& start = placement.start;
    if ((request.flags & map::fixed_noreplace) != 0 && view.map_before.any_in(start, start + len))
        return refuse(Errno::eexist);
    if (const Errno error = error_of_locking(view, request); error != Errno::ok) return refuse(error);
    if (const Errno error = error_of_kind(view, request); error != Errno::ok) return refuse(error);
    const VmFlags flags = flags_asked_for(view, request);
    const Errno hook = error_of_hook(view, request, start, flags);
    const bool no_inode = makes_object(request, flags) && view.injected();
    if (view.error() == Errno::enomem || (view.error() == Errno::enospc && no_inode))
        return expect_failure(view, request, start, hook == view.error());
    view.require(hook);
    if (hook != Errno::ok) return expect_failure(view, request, start, true);
    if (view.error() == Errno::ok) expect_success(view, request, start);
}

template <class D>
void mmap(View<D>& view) {
    const Op<D>& op = view.step.op;
    const auto refuse = [&](Errno error) {
        view.require(error);
        view.expect(view.map_before, "a refused mmap changes nothing");
    };
    const auto& files = view.parameters().files;
    const bool anonymous = (op.flags & map::anonymous) != 0;
    const bool opened =
        !anonymous && op.file > 0 && op.file <= files.size() && files[op.file - 1u].kind != FileKind::sysv_shm;
    if (op.offset.offset != 0) return refuse(Errno::einval);
    if (!anonymous && !opened) return refuse(Errno::ebadf);
    // No huge pages are configured.
    if ((op.flags & map::hugetlb) != 0) return refuse(anonymous ? Errno::enomem : Errno::einval);
    if (op.len.page == 0 && op.len.offset == 0) return refuse(Errno::einval);
    MapRequest<D> request;
    request.addr = op.addr;
    request.len = op.len.round_up();
    request.prot = op.prot;
    request.flags = op.flags;
    request.offset = op.offset.page;
    request.from_file = opened;
    if (opened) {
        request.spec = &files[op.file - 1u];
        request.file = FileId(op.file - 1u, 0);
        request.readable = request.spec->readable;
        request.writable = request.spec->writable;
        const File<D>* file = view.step.world.find(request.file);
        if (file == nullptr || file->spec != op.file) view.object("open file {} is no longer what it was", op.file);
    }
    if (request.len >= pages_in_64_bits) return refuse(Errno::enomem);
    map_pages(view, request);
}

template void map_pages(View<Plain>&, const MapRequest<Plain>&);
template void map_pages(View<Traced>&, const MapRequest<Traced>&);
template void mmap(View<Plain>&);
template void mmap(View<Traced>&);

}  // namespace vmacheck::specification
