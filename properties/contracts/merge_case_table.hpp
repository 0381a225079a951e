// The eight cases of vma_merge (v5.10 mm/mmap.c) as a table of what is there before and after, for operations in which
// one merge is all that happened to VMAs. A is the range of the merge request, P, N and X the VMAs around it:
//
//   case   before          after          kept  gone   map_count
//    1     PPPP....NNNN    PPPPPPPPPPPP   P     N      -1
//    2     PPPP....        PPPPPPPP       P             0
//    3         ....NNNN        NNNNNNNN   N             0
//    4     PPPPPPNNNNNN    PPPPNNNNNNNN   N             0   the boundary moves down
//    5     PPPPPPNNNNNN    PPPPPPPPNNNN   P             0   the boundary moves up
//    6     PPPPNNNNXXXX    PPPPPPPPPPPP   P     N, X   -2
//    7     PPPPNNNNXXXX    PPPPPPPPXXXX   P     N      -1
//    8     PPPPNNNNXXXX    PPPPXXXXXXXX   X     N      -1
//
// A start that moves takes the page offset with it, so that every page keeps its offset.
// A wrong survivor or offset makes users see another part of the file. Broken by: merge-case3-pgoff,
// merge-pgoff-ignored.
#pragma once

#include "properties/step/step_view.hpp"

namespace vmacheck {

template <class D>
struct MergeCaseTable {
    static constexpr PropertyInfo info{
        "merge-case-table", PropertyKind::contract,
        "what a merge of case 1 to 8 keeps, frees and moves is what the table of cases says",
        "vma_merge, __vma_adjust"};
    static void step(const Step<D>& step, Report& report);
};

extern template struct MergeCaseTable<Plain>;
extern template struct MergeCaseTable<Traced>;

}  // namespace vmacheck
