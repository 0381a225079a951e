// Operations that a look at VMAs side by side suggests: what may merge two or three of them, and what makes a stack
// grow towards another; and mappings that must keep to multiples.
#include "checker/random/random_ops.hpp"
#include "model/state/world.hpp"

namespace vmacheck {
namespace {

// The VMA that begins where this one ends.
const Vma<Plain>* right_above(const World<Plain>& world, const Vma<Plain>& vma) {
    return vma.next && world[vma.next].start == vma.end ? &world[vma.next] : nullptr;
}

// Whether nothing but rights, and what a right to write brings with it, keeps the two apart.
bool differ_in_rights(const Vma<Plain>& a, const Vma<Plain>& b) {
    constexpr VmFlags from_rights = vm::access | vm::account | vm::sticky;
    return a.flags != b.flags && ((a.flags ^ b.flags) & ~from_rights) == 0 && a.file == b.file;
}

}  // namespace

// A VMA, or the part of it that touches a neighbour, gets the neighbour's rights, so that the two may merge. Between
// two of the same flags all of it does more often than not: then three may become one, and faster than chance has it
// where one of the outer two alone has an anon_vma. VM_ACCOUNT comes with the right to write and does not go with it.
void RandomOps::match_neighbour(const World<Plain>& world, MmId mm, Op<Plain>& op) {
    const auto give = [&op](const Vma<Plain>& from, std::uint64_t start, std::uint64_t count) {
        op.addr = Bytes<Plain>::pages(start);
        op.len = Bytes<Plain>::pages(count);
        op.prot = static_cast<Prot>(from.flags & vm::access);
    };
    for (VmaId id = world[mm].mmap; id; id = world[id].next) {
        const Vma<Plain>& low = world[id];
        const Vma<Plain>* high = right_above(world, low);
        if (high == nullptr || !differ_in_rights(low, *high)) continue;
        const Vma<Plain>* third = right_above(world, *high);
        if (third != nullptr && third->flags == low.flags) {
            const bool one_faulted = faulted(low) != faulted(*third);
            if (random_.percent(one_faulted ? 90 : 40)) return give(low, high->start.value(), pages(*high).value());
        }
        if (random_.percent(40)) continue;
        const bool one_accounted = ((low.flags ^ high->flags) & vm::account) != 0;
        const bool lower_changes = one_accounted ? (low.flags & vm::account) == 0 : random_.percent(50);
        const std::uint64_t whole = pages(lower_changes ? low : *high).value();
        const std::uint64_t part = random_.percent(50) ? whole : 1 + random_.below(whole);
        if (lower_changes) return give(*high, low.end.value() - part, part);
        return give(low, high->start.value(), part);
    }
}

// The next pages of a file that is mapped already, with the same rights, right above the VMA that maps it.
void RandomOps::continue_file(const World<Plain>& world, MmId mm, Op<Plain>& op) {
    for (VmaId id = world[mm].mmap; id; id = world[id].next) {
        const Vma<Plain>& vma = world[id];
        if (!vma.file || random_.percent(50)) continue;
        const std::uint16_t spec = world[vma.file].spec;
        if (spec == 0 || world[vma.file].kind == FileKind::sysv_shm) continue;
        // What was handed over is continued through the file that hands over.
        const bool handed = spec == file::handed_to && (vma.flags & vm::dontdump) != 0;
        op.file = handed ? file::hands_over : spec;
        op.addr = Bytes<Plain>::pages(vma.end);
        op.len = Bytes<Plain>::pages(1 + random_.below(2));
        op.offset = Bytes<Plain>::pages(vma.pgoff + pages(vma));
        op.prot = static_cast<Prot>(vma.flags & vm::access);
        op.flags = map::fixed | ((vma.flags & vm::may_share) != 0 ? map::shared : map::private_);
        return;
    }
}

// A part of a VMA without a file, or all of it, to where it touches the VMA again; more often than not both stay
// mapped, and what is left of the source, its copy, and the next VMA may be taken for each other.
void RandomOps::move_aside(const World<Plain>& world, MmId mm, Op<Plain>& op) {
    for (VmaId id = world[mm].mmap; id; id = world[id].next) {
        const Vma<Plain>& vma = world[id];
        if (vma.file || random_.percent(50)) continue;
        const std::uint64_t whole = pages(vma).value();
        const std::uint64_t skipped = whole < 3 || random_.percent(40) ? 0 : 1 + random_.below(whole - 2);
        op.addr = Bytes<Plain>::pages(vma.start + skipped);
        op.len = Bytes<Plain>::pages(skipped == 0 ? whole : 1 + random_.below(whole - skipped - 1));
        op.new_len = op.len;
        const std::uint64_t where = random_.below(3);
        if (where == 0) op.new_addr = address(world, mm);
        if (where == 1) op.new_addr = Bytes<Plain>::pages(vma.end);
        if (where == 2 && vma.start > op.len.page) op.new_addr = Bytes<Plain>::pages(vma.start - op.len.page);
        op.call_flags = mremap::maymove | mremap::fixed | (random_.percent(70) ? mremap::dontunmap : 0);
        return;
    }
}

// A page without rights a little below a stack, as runtimes place their own guards.
void RandomOps::place_guard(const World<Plain>& world, MmId mm, Op<Plain>& op) {
    for (VmaId id = world[mm].mmap; id; id = world[id].next) {
        const Vma<Plain>& vma = world[id];
        const std::uint64_t distance = 2 + random_.below(3);
        if ((vma.flags & vm::growsdown) == 0 || vma.start < distance || random_.percent(40)) continue;
        op.addr = Bytes<Plain>::pages(vma.start - distance);
        op.len = Bytes<Plain>::pages(1);
        op.prot = 0;
        op.flags = map::private_ | map::fixed | map::anonymous;
        op.file = 0;
        op.offset = {};
        return;
    }
}

// One of the first pages that a stack would grow over.
void RandomOps::touch_next_to_stack(const World<Plain>& world, MmId mm, Op<Plain>& op) {
    for (VmaId id = world[mm].mmap; id; id = world[id].next) {
        const Vma<Plain>& vma = world[id];
        if ((vma.flags & (vm::growsdown | vm::growsup)) == 0 || random_.percent(40)) continue;
        const std::uint64_t skipped = random_.below(3);
        if ((vma.flags & vm::growsup) != 0)
            op.addr = Bytes<Plain>::pages(vma.end + skipped);
        else if (vma.start > skipped)
            op.addr = Bytes<Plain>::pages(vma.start - skipped - 1);
        return;
    }
}

// One of the files of hugetlbfs, for the most part where the kernel lets it be.
void RandomOps::map_huge_pages(Op<Plain>& op) {
    const std::uint64_t huge = parameters_.huge_page_pages;
    op.flags &= ~(map::anonymous | map::growsdown);
    op.file = static_cast<std::uint16_t>(parameters_.files.size() - random_.below(2));
    if (random_.percent(50)) op.flags |= map::hugetlb;
    if (random_.percent(90)) op.addr = Bytes<Plain>::pages(op.addr.page.value() / huge * huge);
    if (random_.percent(70)) op.len = Bytes<Plain>::pages(1 + random_.below(2 * huge));
    if (random_.percent(90)) op.offset = Bytes<Plain>::pages(huge * random_.below(4));
}

}  // namespace vmacheck
