// Which pages are present is not part of the page map: advices that act on pages, reclaim and ftruncate leave it as it
// is (v5.10 mm/madvise.c, mm/vmscan.c, fs/open.c). What they promise about present pages is said here as well.
#include "model/advise_pages.hpp"
#include "properties/refinement/access_specification.hpp"

namespace vmacheck::specification {
namespace {

// The first entry at or above a page, as things are now.
template <class D>
const Pte<D>* first_entry(const World<D>& world, MmId mm, const Number<D>& page) {
    const Pte<D>* found = nullptr;
    const Mm<D>* space = world.find(mm);
    for (PteId node = space != nullptr ? space->pte_root : PteId(); node;) {
        const Pte<D>& pte = world[node];
        if (pte.address >= page) found = &pte;
        node = pte.address >= page ? pte.rb.left : pte.rb.right;
    }
    return found;
}

// The entry of a page before the step; nullptr: there was none.
template <class D>
const Pte<D>* entry_before(const SpecContext<D>& ctx, const Number<D>& page) {
    const World<D>& world = ctx.step.world;
    for (PteId node = ctx.before.pte_root; node;) {
        const Pte<D>* pte = world.before(node);
        if (pte == nullptr || pte->address == page) return pte;
        node = page < pte->address ? pte->rb.left : pte->rb.right;
    }
    return nullptr;
}

// Private memory whose pages are anonymous: without a file, or of /dev/zero.
template <class D>
bool anonymous_memory(const SpecContext<D>& ctx, const Segment<D>& part) {
    if ((part.flags & (vm::shared | vm::special)) != 0) return false;
    const File<D>* file = ctx.step.world.find(part.file);
    return file == nullptr || file->kind == FileKind::dev_zero;
}

// What keeps a file from losing pages in its middle.
Errno error_of_hole(const FileSpec& file) {
    if (file.append_only) return Errno::eperm;
    if (file.swap_file) return Errno::etxtbsy;
    if (is_device(file)) return Errno::enodev;
    if (file.no_fallocate) return Errno::eopnotsupp;
    return file.sealed || file.sealed_future ? Errno::eperm : Errno::ok;
}

// Memory that can have no guard pages, or that is locked and gets no new ones.
template <class D>
bool guards_refused(const SpecContext<D>& ctx, const Segment<D>& part) {
    if ((part.flags & (vm::special | vm::hugetlb)) != 0) return true;
    if (ctx.step.op.advice == Advice::guard_install && (part.flags & vm::locked) != 0) return true;
    return ctx.step.world.profile().policy.guard_regions == GuardRegions::anonymous && !anonymous_memory(ctx, part);
}

template <class D>
Errno refusal(const SpecContext<D>& ctx, const Segment<D>& part, const Number<D>& from) {
    const Policies& policy = ctx.step.world.profile().policy;
    const Advice advice = ctx.step.op.advice;
    if (seal_keeps(ctx, part, advice)) return Errno::eperm;
    if (advice == Advice::willneed) return Errno::ok;
    if (advice == Advice::remove) {
        if ((part.flags & vm::locked) != 0 || !part.file) return Errno::einval;
        const VmFlags right = policy.remove_of_readonly ? vm::may_write : vm::write;
        if ((part.flags & vm::shared) == 0 || (part.flags & right) == 0) return Errno::eacces;
        const FileSpec* spec = spec_behind(ctx, part.file);
        return spec != nullptr ? error_of_hole(*spec) : Errno::ok;
    }
    if (about_guards(advice)) return guards_refused(ctx, part) ? Errno::einval : Errno::ok;
    const bool drops = advice == Advice::dontneed || advice == Advice::dontneed_locked;
    if ((part.flags & vm::hugetlb) != 0 && drops && policy.hugetlb_dontneed)
        return remainder(from, ctx.parameters().huge_page_pages) == 0 ? Errno::ok : Errno::einval;
    if ((part.flags & vm::locked) != 0 && advice != Advice::dontneed_locked) return Errno::einval;
    if ((part.flags & (vm::hugetlb | vm::pfnmap)) != 0) return Errno::einval;
    return advice == Advice::free && !anonymous_memory(ctx, part) ? Errno::einval : Errno::ok;
}

// Whether the page cache of the file holds one of the pages [first, last], here or anywhere.
template <class D>
bool cached(const World<D>& world, PageId node, const Number<D>& first, const Number<D>& last) {
    if (!node) return false;
    const Page<D>& page = world[node];
    if (page.index < first) return cached(world, page.rb.right, first, last);
    return page.index <= last || cached(world, page.rb.left, first, last);
}

// Calls f(entry) for those of [at, to) as things are now, until it says false.
template <class D, class F>
void each_entry(const SpecContext<D>& ctx, const Number<D>& at, const Number<D>& to, F&& f) {
    const World<D>& world = ctx.step.world;
    for (const Pte<D>* each = first_entry(world, ctx.mm, at); each != nullptr && each->address < to;
         each = first_entry<D>(world, ctx.mm, each->address + 1))
        if (!f(*each)) return;
}

// Every page of a part is a guard page, as far as one call makes them, and no other page is left.
template <class D>
void check_guards(const SpecContext<D>& ctx, const Number<D>& at, const Number<D>& to) {
    if (!ctx.parameters().page_layer) return;
    Number<D> next = at;
    each_entry(ctx, at, to, [&](const Pte<D>& each) {
        if (each.address != next || !each.guard) return false;
        next += 1;
        return true;
    });
    const Number<D> end = at + guard_page_limit < to ? at + guard_page_limit : to;
    if (next < end) ctx.fail("{:#x} is no guard page", address(next));
}

// What must be gone from a part that the advice was applied to, or be there.
template <class D>
void check_part(const SpecContext<D>& ctx, const Segment<D>& part, const Number<D>& at, const Number<D>& to) {
    const World<D>& world = ctx.step.world;
    switch (ctx.step.op.advice) {
        case Advice::dontneed:
        case Advice::dontneed_locked:
            each_entry(ctx, at, to, [&](const Pte<D>& each) {
                if (!each.guard) ctx.fail("the page at {:#x} stays", address(each.address));
                return each.guard;
            });
            return;
        case Advice::guard_install: check_guards<D>(ctx, at, to); return;
        case Advice::guard_remove:
            each_entry(ctx, at, to, [&](const Pte<D>& each) {
                if (each.guard) ctx.fail("{:#x} is still a guard page", address(each.address));
                return !each.guard;
            });
            return;
        case Advice::free:
            each_entry(ctx, at, to, [&](const Pte<D>& each) {
                if (each.swap) ctx.fail("{:#x} stays in swap space", address(each.address));
                return true;
            });
            return;
        case Advice::remove: {
            const File<D>* file = world.find(part.file);
            const Number<D> first = part.offset + (at - part.start);
            if (file != nullptr && cached<D>(world, world[file->mapping].page_cache, first, first + (to - at) - 1))
                ctx.fail("a page of the hole at {:#x} is still mapped", address(at));
            return;
        }
        default: return;
    }
}

}  // namespace

template <class D>
void advise_pages(SpecContext<D>& ctx, Number<D> at, const Number<D>& end) {
    const bool allocates = ctx.step.op.advice == Advice::guard_install;
    if (!allocates || !ctx.injected() || ctx.error() != Errno::enomem)
        ctx.require(walk_over_holes(ctx, at, end, [&](const auto& part, const Number<D>& from, const Number<D>& to) {
            const Errno refused = refusal(ctx, part, from);
            if (refused == Errno::ok) check_part(ctx, part, from, to);
            return refused;
        }));
    ctx.expect(ctx.map_before, "an advice about pages changes no mapping");
}

namespace {

constexpr std::uint64_t always_tried = 64;  // pages of a part that are faulted in at least, where they can be had

// What faulting in a part must end with, EFAULT where a page cannot be had; ok, and *open: that may be.
template <class D>
Errno error_of_populating(const SpecContext<D>& ctx, const Segment<D>& part, const Number<D>& at, const Number<D>& to,
                          bool* open) {
    const bool write = ctx.step.op.advice == Advice::populate_write;
    if ((part.flags & (vm::io | vm::pfnmap)) != 0 || (part.flags & (write ? vm::write : vm::read)) == 0)
        return Errno::einval;
    if (!ctx.parameters().page_layer) return Errno::ok;
    if ((part.flags & vm::shared) != 0 && !part.file && (part.flags & vm::hugetlb) == 0) return Errno::efault;
    const Errno error = error_of_faulting<D>(ctx, at, to, write);
    *open = (part.flags & vm::uffd_missing) != 0;
    return error == Errno::sigbus || error == Errno::sigsegv ? Errno::efault : error;
}

// Every page that was to be faulted in is there, and can be written if that was asked.
template <class D>
void check_populated(const SpecContext<D>& ctx, const Segment<D>& part, const Number<D>& at, const Number<D>& to) {
    if (!ctx.parameters().page_layer || (part.flags & (vm::special | vm::hugetlb)) != 0) return;
    const World<D>& world = ctx.step.world;
    for (Number<D> page = at; page < to && page < at + always_tried; page += 1) {
        const Pte<D>* entry = first_entry(world, ctx.mm, page);
        if (entry == nullptr || entry->address != page) return ctx.fail("the page at {:#x} is missing", address(page));
        if (ctx.step.op.advice == Advice::populate_write && !entry->writable)
            return ctx.fail("the page at {:#x} cannot be written", address(page));
    }
}

}  // namespace

template <class D>
void populate_pages(SpecContext<D>& ctx, Number<D> at, const Number<D>& end) {
    ctx.expect(ctx.map_before, "populating changes no mapping");
    if (ctx.injected() && ctx.error() == Errno::enomem) return;
    const bool stops = ctx.step.world.profile().policy.madvise_populate == MadvisePopulate::stops_at_hole;
    bool stopped = false;
    const Errno error = walk_over_holes(ctx, at, end, [&](const auto& part, const auto& from, const auto& to) {
        stopped = stops && from > at;  // at a hole
        if (stopped) return Errno::enomem;
        bool open = false;
        const Errno refused = error_of_populating<D>(ctx, part, from, to, &open);
        if (refused == Errno::ok && open && ctx.error() == Errno::efault) return Errno::efault;
        if (refused == Errno::ok) check_populated<D>(ctx, part, from, to);
        at = to;
        return refused;
    });
    ctx.require(error);
}

namespace {

// Calls f(entry before, entry after or nullptr) for the entries that mapped the page and were touched.
template <class D, class F>
void each_former_entry(const World<D>& world, PageId page, F&& f) {
    world.template each_touched<PteId>([&](PteId was, PteId is) {
        const Pte<D>* before = world.before(was);
        const Pte<D>* after = was == is ? world.find(is) : nullptr;
        if (before != nullptr && before->page == page) f(*before, after);
    });
}

template <class D>
bool locked_at(const World<D>& world, const Pte<D>& pte) {
    const VmaId id = vma_at_or_above(world, pte.mm, pte.address);
    return id && world[id].start <= pte.address && (world[id].flags & vm::locked) != 0;
}

template <class D>
bool droppable_at(const World<D>& world, const Pte<D>& pte) {
    const VmaId id = vma_at_or_above(world, pte.mm, pte.address);
    return id && world[id].start <= pte.address && (world[id].flags & vm::droppable) != 0;
}

// Why a page may stay: locked memory maps it, or it was written after it was lazily freed.
template <class D>
bool may_stay(const SpecContext<D>& ctx, PageId id, const Page<D>& before) {
    bool locked = false;
    ctx.step.world.template pool<PteId>().each(
        [&](PteId, const Pte<D>& pte) { locked = locked || (pte.page == id && locked_at(ctx.step.world, pte)); });
    const Page<D>* after = ctx.step.world.find(id);
    return locked || (after != nullptr && !before.swap_backed && after->swap_backed);
}

// The page is taken: what is not lazily freed is kept in swap space, for each of those who had it.
template <class D>
void check_taken(const SpecContext<D>& ctx, PageId id, const Page<D>& before) {
    const World<D>& world = ctx.step.world;
    if (world.find(id) != nullptr) ctx.fail("{} is still there", describe(id));
    const bool kept = before.anon_vma && before.swap_backed;
    SwapId slot;
    std::uint32_t entries = 0;
    each_former_entry(world, id, [&](const Pte<D>& was, const Pte<D>* is) {
        ++entries;
        if (locked_at(world, was)) ctx.fail("{:#x} is locked, and its page was taken", address(was.address));
        const Pte<D>* now = first_entry(world, was.mm, was.address);
        if (!kept && now != nullptr && now->address == was.address)
            ctx.fail("{:#x} still has an entry", address(was.address));
        if (!kept && before.anon_vma && was.dirty && !droppable_at(world, was))
            ctx.fail("{:#x} was written after it was lazily freed, and is lost", address(was.address));
        if (!kept) return;
        if (is == nullptr || !is->swap)
            ctx.fail("the contents of {:#x} are lost", address(was.address));
        else if (slot && is->swap != slot)
            ctx.fail("{:#x} is in a slot that no other entry names", address(was.address));
        else
            slot = is->swap;
    });
    if (entries != before.mapcount)
        ctx.fail("{} page-table entries of {} changed, expected {}", entries, describe(id), before.mapcount);
}

}  // namespace

template <class D>
void reclaim(SpecContext<D>& ctx) {
    ctx.expect(ctx.map_before, "reclaim changes no mapping");
    if (ctx.step.op.addr.offset != 0) return ctx.require(Errno::einval);
    const Pte<D>* entry = entry_before(ctx, ctx.step.op.addr.page);
    if (entry == nullptr || !entry->page) return ctx.require(Errno::efault);
    const Page<D>* page = ctx.step.world.before(entry->page);
    if (page == nullptr) return;
    if (ctx.error() == Errno::enomem && ctx.injected()) return;
    if (ctx.error() == Errno::eagain && may_stay(ctx, entry->page, *page)) return;
    ctx.require(Errno::ok);
    if (ctx.error() == Errno::ok) check_taken(ctx, entry->page, *page);
}

template <class D>
void truncate(SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    const Parameters& p = ctx.parameters();
    Errno required = Errno::ok;
    if (op.len.page >= pages_in_64_bits / 2) {
        required = Errno::einval;
    } else if (op.file == 0 || op.file > p.files.size() || p.files[op.file - 1u].kind == FileKind::sysv_shm) {
        required = Errno::ebadf;
    } else {
        const FileSpec& file = p.files[op.file - 1u];
        const bool regular = file.kind != FileKind::dev_zero && file.kind != FileKind::special && !is_device(file);
        const bool cuts =
            file.kind == FileKind::hugetlb && (op.len.offset != 0 || remainder(op.len.page, p.huge_page_pages) != 0);
        const AddressSpace<D>* space = ctx.step.world.before(ctx.step.world[FileId(op.file - 1u, 0)].mapping);
        const bool grows = space != nullptr && !space->endless && space->size < op.len.round_up();
        if (!regular || !file.writable)
            required = Errno::einval;
        else if (file.append_only)
            required = Errno::eperm;
        else if (file.swap_file && !grows)
            required = Errno::etxtbsy;
        else if (cuts)
            required = Errno::einval;
    }
    ctx.require(required);
    ctx.expect(ctx.map_before, "ftruncate changes no mapping");
    ctx.step.world.template each_touched<AddressSpaceId>([&](AddressSpaceId was, AddressSpaceId is) {
        const AddressSpace<D>* before = ctx.step.world.before(was);
        const AddressSpace<D>* after = ctx.step.world.find(is);
        if (before == nullptr || after == nullptr) return;
        if (required != Errno::ok && (before->endless != after->endless || before->size != after->size))
            ctx.fail("a refused ftruncate changes the size of {}", describe(is));
    });
    if (required != Errno::ok || ctx.error() != Errno::ok) return;
    const AddressSpace<D>& space = ctx.step.world[ctx.step.world[FileId(op.file - 1u, 0)].mapping];
    if (space.endless || space.size != op.len.round_up())
        ctx.fail("the file has {}, expected {}", page_count(space.size.value()), op.len.round_up().value());
}

template void advise_pages(SpecContext<Plain>&, Number<Plain>, const Number<Plain>&);
template void advise_pages(SpecContext<Traced>&, Number<Traced>, const Number<Traced>&);
template void populate_pages(SpecContext<Plain>&, Number<Plain>, const Number<Plain>&);
template void populate_pages(SpecContext<Traced>&, Number<Traced>, const Number<Traced>&);
template void reclaim(SpecContext<Plain>&);
template void reclaim(SpecContext<Traced>&);
template void truncate(SpecContext<Plain>&);
template void truncate(SpecContext<Traced>&);

}  // namespace vmacheck::specification
