// The order of checks of do_mmap, and what mmap_region makes of the pages (v5.10 mm/mmap.c): of mmap, shmat and
// remap_file_pages.
#include "properties/refinement/map_pages.hpp"

#include "properties/refinement/placement.hpp"

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

// The attributes of a file; the defaults of FileSpec where the mapping has none.
const FileSpec& attributes(const FileSpec* spec) {
    static const FileSpec ordinary;
    return spec != nullptr ? *spec : ordinary;
}

// Whether what is mapped consists of huge pages.
bool of_hugetlbfs(const FileSpec* spec) {
    return spec != nullptr && is_file_hugepages(*spec);
}

bool mounted_noexec(const FileSpec& file) {
    return file.noexec && file.kind != FileKind::sysv_shm;
}

template <class D>
Errno error_of_locking(const SpecContext<D>& ctx, const MapRequest<D>& request) {
    const Parameters& p = ctx.parameters();
    const bool asks = (request.flags & map::locked) != 0;
    if (asks && !p.cap_ipc_lock && p.rlimit_memlock == 0) return Errno::eperm;
    const bool locks = asks || (ctx.before.def_flags & vm::locked) != 0;
    return locks && rules::mlock_may_refuse(ctx.step, ctx.before, request.len) ? Errno::eagain : Errno::ok;
}

// What MAP_SHARED_VALIDATE knows of any file, by number: everything before MAP_SYNC (0x80000) but the reserved
// bits, MAP_UNINITIALIZED, and the sizes of huge pages.
constexpr MapFlags known_flags = 0x7f973 | 0x4000000 | 0x54000000 | 0x78000000;

// What the way a file was opened, and its inode, refuse to a shared mapping.
template <class D>
Errno error_of_sharing(const SpecContext<D>& ctx, const MapRequest<D>& request, const FileSpec& file) {
    const bool writes = (request.prot & prot::write) != 0;
    if (writes && !request.writable) return Errno::eacces;
    if (writes && file.swap_file) return Errno::etxtbsy;
    if (file.append_only && request.writable) return Errno::eacces;
    const bool locks = !ctx.step.world.profile().policy.no_mandatory_locks;
    return file.mandatory_lock && locks ? Errno::eagain : Errno::ok;
}

// Whether the mapping may be executed from the start.
template <class D>
bool executable(const SpecContext<D>& ctx, const MapRequest<D>& request) {
    if ((request.prot & prot::exec) != 0) return true;
    const bool implied = ctx.parameters().read_implies_exec && (request.prot & prot::read) != 0;
    return implied && !mounted_noexec(attributes(request.spec));
}

// Whether a seal against writing lets the mapping be, as long as it is never written.
template <class D>
bool sealed_readable(const SpecContext<D>& ctx, const MapRequest<D>& request) {
    const FileSpec& file = attributes(request.spec);
    const bool shared = shares(request.flags) && request.writable;
    const bool allowed = ctx.step.world.profile().policy.sealed_readonly != SealedReadonly::refused;
    return shared && (file.sealed || file.sealed_future) && allowed;
}

// What the kind of mapping and the way the file was opened refuse, once the address is chosen.
template <class D>
Errno error_of_kind(const SpecContext<D>& ctx, const MapRequest<D>& request) {
    const MapFlags type = request.flags & map::type_mask;
    const bool grows = (request.flags & map::growsdown) != 0;
    if (!request.from_file) {
        if (type == map::private_) return Errno::ok;
        const bool droppable = ctx.step.world.profile().policy.map_droppable != MapDroppable::none;
        if (type == map::droppable)
            return droppable && !grows && (request.flags & map::locked) == 0 ? Errno::ok : Errno::einval;
        return type == map::shared && !grows ? Errno::ok : Errno::einval;
    }
    const FileSpec& file = attributes(request.spec);
    // A file has less than 2^63 bytes, a character device less than 2^64.
    const unsigned bits = file.kind == FileKind::dev_zero || file.char_device ? 64 : 63;  // of a byte offset
    const std::uint64_t most = (std::uint64_t{1} << (bits - page_shift)) - 1;
    if (request.offset + request.len > most) return Errno::eoverflow;
    const MapFlags known = known_flags | (map_sync_of(file) != MapSync::unknown ? map::sync : 0);
    if (type == map::shared_validate && (request.flags & ~known) != 0) return Errno::eopnotsupp;
    if (!shares(request.flags) && type != map::private_) return Errno::einval;
    if (shares(request.flags))
        if (const Errno error = error_of_sharing(ctx, request, file); error != Errno::ok) return error;
    if (!request.readable) return Errno::eacces;
    if (mounted_noexec(file) && executable(ctx, request)) return Errno::eperm;
    if (file.kind == FileKind::special || file.no_mmap) return Errno::enodev;
    if (grows) return Errno::einval;
    const bool writes = (request.prot & prot::write) != 0;
    const bool first = file.sealed || ctx.step.world.profile().policy.sealed_readonly == SealedReadonly::writes_first;
    return sealed_readable(ctx, request) && writes && first ? Errno::eperm : Errno::ok;
}

// The flags before ->mmap has seen them.
template <class D>
VmFlags wanted_flags(const SpecContext<D>& ctx, const MapRequest<D>& request) {
    VmFlags flags = (request.prot & vm::access) | vm::may_access | ctx.before.def_flags;
    if (executable(ctx, request)) flags |= vm::exec;
    if ((request.flags & map::growsdown) != 0) flags |= vm::growsdown;
    if ((request.flags & map::locked) != 0) flags |= vm::locked;
    if ((request.flags & map::sync) != 0) flags |= vm::sync;
    if (shares(request.flags)) {
        flags |= vm::shared | vm::may_share;
        // A file that cannot be written is mapped as if it were private, though it shows as shared.
        if (request.from_file && !request.writable) flags &= ~(vm::shared | vm::may_write);
    }
    if (mounted_noexec(attributes(request.spec))) flags &= ~vm::may_exec;
    if (sealed_readable(ctx, request) && (flags & vm::write) == 0) flags &= ~vm::may_write;
    if ((request.flags & map::stack) != 0 && ctx.step.world.profile().policy.map_stack_nohugepage &&
        ctx.parameters().thp)
        flags |= vm::nohugepage;
    // Huge pages are never charged for as other memory is, so that not to reserve them is always allowed.
    const bool huge = of_hugetlbfs(request.spec);
    const bool never = ctx.parameters().overcommit_mode == 2 && !huge;
    if ((request.flags & map::noreserve) != 0 && !never) flags |= vm::noreserve;
    // What may be dropped is not reserved, not kept for children, and not dumped.
    if ((request.flags & map::type_mask) == map::droppable)
        flags |= vm::droppable | vm::noreserve | vm::wipeonfork | vm::dontdump;
    if (rules::accountable(flags) && !huge) flags |= vm::account;
    return flags;
}

// The file that ->mmap hands over to; nullptr: it keeps the mapping.
template <class D>
const FileSpec* next_file(const SpecContext<D>& ctx, const FileSpec& file) {
    return file.mmap_file != 0 ? &ctx.parameters().files[file.mmap_file - 1u] : nullptr;
}

// What the mapping has once ->mmap is done with it.
template <class D>
VmFlags flags_after_hook(const SpecContext<D>& ctx, const MapRequest<D>& request, VmFlags flags) {
    for (const FileSpec* file = request.spec; file != nullptr; file = next_file(ctx, *file)) {
        if (file->sealed_future && (flags & vm::shared) != 0) flags &= ~vm::may_write;
        flags = (flags | file->mmap_flags) & ~rights_taken_away(*file, flags);
        if (file->granule > 1) flags |= vm::dontexpand;
        if (of_hugetlbfs(file)) flags |= vm::hugetlb | vm::dontexpand;
    }
    // Device memory and the like is never locked, and its mapping is not marked.
    const bool dropped =
        (flags & vm::droppable) != 0 && ctx.step.world.profile().policy.map_droppable == MapDroppable::never_locked;
    return (flags & vm::special) != 0 || dropped ? flags & ~(vm::locked | vm::lockonfault) : flags;
}

template <class D>
bool makes_object(const MapRequest<D>& request, VmFlags flags) {
    const bool zero = request.spec != nullptr && request.spec->kind == FileKind::dev_zero;
    return (!request.from_file || zero) && (flags & vm::shared) != 0;
}

// What the file refuses when the range has been unmapped already: a seal, ->mmap, the architecture.
template <class D>
Errno error_of_hook(const SpecContext<D>& ctx, const MapRequest<D>& request, const Number<D>& start, VmFlags flags) {
    const FileSpec& first = attributes(request.spec);
    const bool shared = (flags & vm::shared) != 0;
    if (first.sealed && shared && !sealed_readable(ctx, request)) return Errno::eperm;
    for (const FileSpec* file = request.spec; file != nullptr; file = next_file(ctx, *file)) {
        if (file->mmap_error != Errno::ok && file->mmap_file == 0) return file->mmap_error;
        if ((flags & file->mmap_forbids) != 0) return Errno::eperm;
        if ((flags & vm::sync) != 0 && map_sync_of(*file) == MapSync::refused) return Errno::eopnotsupp;
        const std::uint64_t unit = file->granule;
        if (unit > 1 && (remainder(start, unit) != 0 || remainder(request.len, unit) != 0)) return Errno::einval;
        if (of_hugetlbfs(file) && remainder(request.offset, ctx.parameters().huge_page_pages) != 0)
            return Errno::einval;
        const bool reserves = of_hugetlbfs(file) && file->kind != FileKind::sysv_shm && (flags & vm::noreserve) == 0;
        if (reserves && ctx.parameters().huge_pool_empty) return Errno::enomem;
        if (file->sealed_future && shared && (flags & vm::write) != 0) return Errno::eperm;
    }
    if (makes_object(request, flags) && ctx.parameters().file_table_full) return Errno::enfile;
    if (first.mmap_error != Errno::ok) return first.mmap_error;  // once it has handed over
    return first.arch_refuses ? Errno::einval : Errno::ok;
}

// What is refused while the old mapping is still there, where that is zapped last.
template <class D>
Errno error_before_gathering(const SpecContext<D>& ctx, const MapRequest<D>& request, const Number<D>& start,
                             VmFlags flags) {
    const FileSpec& first = attributes(request.spec);
    if (first.arch_refuses) return Errno::einval;
    if (first.sealed && (flags & vm::shared) != 0 && !sealed_readable(ctx, request)) return Errno::eperm;
    const Number<D> end = start + request.len;
    const Errno refused = is_fixed(request.flags) ? unmap_refused<D>(ctx, ctx.map_before, start, end) : Errno::ok;
    if (refused == Errno::ok) return Errno::ok;
    const bool limited = punches_hole<D>(ctx, start, end) && ctx.before.map_count >= ctx.parameters().max_map_count;
    return ctx.error() == Errno::enomem && (limited || ctx.injected()) ? Errno::enomem : refused;
}

// What is behind the new pages; fails if its own object is not a new one.
template <class D>
void specify_backing(const SpecContext<D>& ctx, const MapRequest<D>& request, Segment<D>& made) {
    const World<D>& world = ctx.step.world;
    if (request.from_file) made.offset = request.offset;
    const bool huge = request.spec == &anonymous_huge_file() && !request.file;
    const bool attaches = request.from_file && !request.file && !huge;
    if (makes_object(request, made.flags) || attaches || huge) {
        const Segment<D>* found = ctx.map_after.at(made.start);
        if (found == nullptr) return;  // the comparison will say so
        const File<D>* object = world.find(found->file);
        const FileKind kind = attaches ? FileKind::sysv_shm : huge ? FileKind::hugetlb : FileKind::shmem;
        const bool right = object != nullptr && object->kind == kind && (object->spec == 0) != attaches;
        if (!right || world.before(found->file) != nullptr)
            ctx.fail("a mapping of shared or huge anonymous memory, and an attachment, must get its own object");
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
void expect_failure(SpecContext<D>& ctx, const MapRequest<D>& request, const Number<D>& start, bool explained) {
    const Number<D>& len = request.len;
    const bool fixed = is_fixed(request.flags);
    const bool cut =
        fixed &&
        ((punches_hole<D>(ctx, start, start + len) && ctx.before.map_count >= ctx.parameters().max_map_count) ||
         cut_refused<D>(ctx, ctx.map_before, start, start + len));
    if (!explained && !ctx.injected() && !cut && !rules::commit_may_refuse(ctx.step, len) &&
        !rules::rlimit_may_refuse(ctx.step, ctx.before, len))
        ctx.fail("returned {}, expected success", name(ctx.error()));
    PageMap<D> without = ctx.map_before;
    // Where the old mapping is zapped last, only memory, the file and the charge for a new object can fail after it.
    const bool may_be_gone = !ctx.step.world.profile().policy.mmap_gathers_first || ctx.injected() || explained ||
                             makes_object(request, wanted_flags(ctx, request));
    if (fixed && !cut && may_be_gone && !ctx.map_after.any_in(start, start + len)) without.remove(start, start + len);
    ctx.expect(without, "a failed mmap leaves the pages as they were, or a hole under MAP_FIXED");
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

// A writable mapping, private or shared, makes a file of hugetlbfs reach to its end; no mapping changes it otherwise.
template <class D>
void check_size(const SpecContext<D>& ctx, const MapRequest<D>& request, VmFlags flags) {
    const World<D>& world = ctx.step.world;
    if (!request.file) return;  // its file is new
    const AddressSpaceId id = world[request.file].mapping;
    const AddressSpace<D>* before = world.before(id);
    if (before == nullptr) return;
    const AddressSpace<D>& after = world[id];
    const Number<D> end = request.offset + request.len;
    const bool grows = (flags & vm::write) != 0 && before->size < end;
    if (after.endless != before->endless) ctx.fail("changed whether {} has an end", describe(id));
    if (!before->endless && after.size != (grows ? end : before->size))
        ctx.fail("{} has {}, expected {}", describe(id), page_count(after.size.value()),
                 (grows ? end : before->size).value());
}

template <class D>
void expect_success(SpecContext<D>& ctx, const MapRequest<D>& request, const Number<D>& start, VmFlags asked) {
    const Number<D>& len = request.len;
    const bool fixed = is_fixed(request.flags);
    const Bytes<D>& given = ctx.step.outcome.value;
    if (request.returns_address && (given.page != start || given.offset != 0)) {
        ctx.fail("returned {:#x}, expected {:#x}", given.value(), start.value() * page_size);
        return;
    }
    const std::uint64_t limit = ctx.parameters().rlimit_as;
    const Mm<D>* after = ctx.step.world.find(ctx.mm);
    if (limit != unlimited && after != nullptr && after->total_vm > limit && after->total_vm > ctx.before.total_vm)
        ctx.fail("total_vm is {}, expected at most {} (RLIMIT_AS)", page_count(after->total_vm.value()), limit);
    if (fixed && punches_hole<D>(ctx, start, start + len) && ctx.before.map_count >= ctx.parameters().max_map_count)
        ctx.fail("cut a VMA in two at the map_count limit, expected ENOMEM");
    if (fixed && cut_refused<D>(ctx, ctx.map_before, start, start + len))
        ctx.fail("cut a VMA that may not be cut there, expected an error");
    PageMap<D> expected = ctx.map_before;
    if (!fixed && expected.any_in(start, start + len)) ctx.fail("returned an address that was not free");
    expected.remove(start, start + len);
    Segment<D> made{start, start + len, asked, {}, 0};
    specify_backing(ctx, request, made);
    const bool unhooked =
        request.spec != nullptr && request.spec->mmap_file == 0 && continues_unhooked<D>(expected, made);
    const Segment<D> made_unhooked = made;
    made.flags = flags_after_hook(ctx, request, asked);
    if (of_hugetlbfs(request.spec)) check_size(ctx, request, made.flags);
    constexpr const char* why = "the new mapping replaces what was in its range";
    if (unhooked) {
        PageMap<D> other = expected;
        other.insert(made_unhooked);
        expected.insert(made);
        return ctx.expect_either(expected, other, why);
    }
    expected.insert(made);
    ctx.expect(expected, why);
}

}  // namespace

template <class D>
void map_pages(SpecContext<D>& ctx, const MapRequest<D>& request) {
    const Number<D>& len = request.len;
    const auto refuse = [&](Errno error) {
        ctx.require(error);
        ctx.expect(ctx.map_before, "a refused mmap changes nothing");
    };
    if (request.offset + len >= std::uint64_t{1} << ctx.parameters().pgoff_bits) return refuse(Errno::eoverflow);
    if (ctx.before.map_count > ctx.parameters().max_map_count) return refuse(Errno::enomem);
    Placement<D> placement{Errno::ok, 0, true};
    if (is_fixed(request.flags) || ctx.before.map_count <= scanned)
        placement =
            specified_placement(ctx.step, ctx.mm,
                                PlacementRequest<D>{request.addr, len, request.flags, true,
                                                    of_hugetlbfs(request.spec) ? ctx.parameters().huge_page_pages : 1,
                                                    !request.from_file && (request.flags & map::shared) == 0,
                                                    attributes(request.spec).huge_aligned, request.offset});
    if (placement.open) {
        // The address is taken as given, and that there is none as well; it must be free all the same.
        if (ctx.error() == Errno::enomem || ctx.error() == Errno::eperm) return refuse(ctx.error());
        // Nor is it known whether the driver liked the address that was found.
        const FileSpec& file = attributes(request.spec);
        if (ctx.error() == Errno::einval && (file.granule > 1 || of_hugetlbfs(&file))) return refuse(Errno::einval);
        placement = {Errno::ok, ctx.step.outcome.value.page};
    }
    if (placement.error != Errno::ok) return refuse(placement.error);
    const Number<D>& start = placement.start;
    if ((request.flags & map::fixed_noreplace) != 0 && ctx.map_before.any_in(start, start + len))
        return refuse(Errno::eexist);
    if (const Errno error = error_of_locking(ctx, request); error != Errno::ok) return refuse(error);
    if (const Errno error = error_of_kind(ctx, request); error != Errno::ok) return refuse(error);
    const VmFlags flags = wanted_flags(ctx, request);
    if (ctx.step.world.profile().policy.mmap_gathers_first) {
        if (const Errno error = error_before_gathering<D>(ctx, request, start, flags); error != Errno::ok)
            return refuse(error);
    }
    const Errno hook = error_of_hook(ctx, request, start, flags);
    const bool no_inode = makes_object(request, flags) && ctx.injected();
    if (ctx.error() == Errno::enomem || (ctx.error() == Errno::enospc && no_inode))
        return expect_failure(ctx, request, start, hook == ctx.error());
    ctx.require(hook);
    if (hook != Errno::ok) return expect_failure(ctx, request, start, true);
    if (ctx.error() == Errno::ok) expect_success(ctx, request, start, flags);
}

template void map_pages(SpecContext<Plain>&, const MapRequest<Plain>&);
template void map_pages(SpecContext<Traced>&, const MapRequest<Traced>&);

}  // namespace vmacheck::specification
