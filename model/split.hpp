// __split_vma and split_vma (v5.10 mm/mmap.c).
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// Which part the new VMA becomes; the original object keeps the other one. Callers rely on which.
enum class NewPart : std::uint8_t { below, above };

// Splits the VMA at a page strictly inside it. ok, or, with the VMA as it was: einval, where its
// ->split does not allow it; enomem.
template <class D>
Errno split_vma_unchecked(World<D>& world, VmaId vma, const Number<D>& at, NewPart part);

// The same, after the map_count limit: enomem if there are max_map_count VMAs.
template <class D>
Errno split_vma(World<D>& world, VmaId vma, const Number<D>& at, NewPart part);

}  // namespace vmacheck
