#include "model/file_size.hpp"

#include "model/faults/pages.hpp"
#include "model/interval_tree.hpp"
#include "model/page_table.hpp"
#include "model/state/function_scope.hpp"

namespace vmacheck {
namespace {

enum class PrivateCopies : std::uint8_t { stay, go };  // even_cows

constexpr std::uint64_t last_of_all = (std::uint64_t{1} << 62) - 1;  // the last page offset there can be

// unmap_mapping_pages of the file's pages [first, last].
template <class D>
void unmap_mapping_pages(World<D>& world, AddressSpaceId mapping, const Number<D>& first, const Number<D>& last,
                         PrivateCopies copies) {
    const FunctionScope scope(world, "unmap_mapping_pages");
    world.emit(Event::i_mmap_lock, mapping.raw());
    for (VmaId each : i_mmap_lookup(world, mapping, first, last)) {
        const Vma<D>& vma = world[each];
        const Number<D> from = first < vma.pgoff ? Number<D>(0) : first - vma.pgoff;
        const Number<D> to = last < last_pgoff(vma) ? last - vma.pgoff + 1 : pages(vma);
        if (copies == PrivateCopies::go)
            zap_range<D>(world, vma.mm, vma.start + from, vma.start + to, Markers::stay);
        else
            zap_file_pages(world, vma.mm, vma.start + from, vma.start + to, mapping);
    }
    world.emit(Event::i_mmap_unlock, mapping.raw());
}

}  // namespace

template <class D>
bool beyond_end_of_file(const World<D>& world, const Vma<D>& vma, const Number<D>& page) {
    if (vma.ops == VmOps::vdso) return linear_page_index(vma, page) >= world.parameters().vdso_pages;
    if (vma.ops == VmOps::special) {  // those of a starting layout may have any offset
        const std::uint64_t image = world.parameters().special_pages;
        return image != unlimited && linear_page_index(vma, page) >= image;
    }
    if (!vma.file || vma_is_anonymous(vma)) return false;
    const AddressSpace<D>& mapping = world[world[vma.file].mapping];
    return !mapping.endless && linear_page_index(vma, page) >= mapping.size;
}

template <class D>
void truncate_mapping(World<D>& world, AddressSpaceId id, const Number<D>& pages) {
    AddressSpace<D>& mapping = world.change(id);
    const bool shrinks = mapping.endless || pages < mapping.size;
    mapping.endless = false;
    mapping.size = pages;
    world.emit(Event::file_resized, id.raw());
    if (!shrinks) return;
    const PrivateCopies copies =
        world.has_fault(faults::truncate_keeps_copies) ? PrivateCopies::stay : PrivateCopies::go;
    // Once before the page cache is emptied and once after it, for what was faulted in between.
    world.let_others_run();
    unmap_mapping_pages(world, id, pages, Number<D>(last_of_all), copies);
    world.let_others_run();
    unmap_mapping_pages(world, id, pages, Number<D>(last_of_all), copies);
}

template <class D>
void punch_hole(World<D>& world, AddressSpaceId mapping, const Number<D>& first, const Number<D>& count) {
    unmap_mapping_pages(world, mapping, first, first + count - 1, PrivateCopies::stay);
    world.emit(Event::hole_punched, mapping.raw());
}

template bool beyond_end_of_file(const World<Plain>&, const Vma<Plain>&, const Number<Plain>&);
template void truncate_mapping(World<Plain>&, AddressSpaceId, const Number<Plain>&);
template void punch_hole(World<Plain>&, AddressSpaceId, const Number<Plain>&, const Number<Plain>&);
template bool beyond_end_of_file(const World<Traced>&, const Vma<Traced>&, const Number<Traced>&);
template void truncate_mapping(World<Traced>&, AddressSpaceId, const Number<Traced>&);
template void punch_hole(World<Traced>&, AddressSpaceId, const Number<Traced>&, const Number<Traced>&);

}  // namespace vmacheck
