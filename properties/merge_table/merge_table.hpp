// The eight cases of vma_merge as a table says them: for each case, what must hold of the range A and of the VMAs
// around it. Written from the table (5.4 to 6.2 alike) and not from the code, so that a proof can hold the code against
// it.
//
//   case   A                              joins
//    1     the hole between P and N       P and N, which also go together
//    2     a hole above P                 P, and N is not touched or does not go with it
//    3     a hole below N                 N, and P is not touched or does not fit
//    4     the upper end of P             N, to which it passes
//    5     the lower end of N             P, to which it passes
//    6     all of N                       P and X, which also go together
//    7     all of N                       P, and X is not touched or does not go with it
//    8     all of N                       X, and P is not touched or does not fit
//
// P is the VMA that contains the page below A or, where there is none, the last that ends below it. N follows P in the
// list, X follows N.
#pragma once

#include "model/state/number.hpp"

#include <optional>

namespace vmacheck::merge_table {

// A VMA next to the range, compared with what the range is to be.
template <class D>
struct Neighbour {
    Number<D> start;  // page numbers
    Number<D> end;
    Number<D> pgoff;            // pages
    bool same_kind = false;     // same flags but for VM_SOFTDIRTY, file, policy and userfaultfd context; no ->close
    unsigned anon_vma = 0;      // a number for each; 0: unfaulted
    bool chain_of_one = false;  // its chain has exactly one element
};

template <class D>
struct Picture {
    Number<D> start;  // of A, page numbers
    Number<D> end;
    Number<D> pgoff;            // of A's first page
    bool special = false;       // A is to have one of VM_SPECIAL
    unsigned anon_vma = 0;      // of A; 0: unfaulted, or a hole
    bool chain_of_one = false;  // of the VMA that A is in
    bool loose = false;         // the rule of 6.16 and later
    std::optional<Neighbour<D>> p;
    std::optional<Neighbour<D>> n;
    std::optional<Neighbour<D>> x;
};

// Whether the anon_vmas of A and of a neighbour go together.
template <class D>
bool anon_vmas_fit(const Picture<D>& a, const Neighbour<D>& v) {
    if (a.anon_vma != 0 && v.anon_vma != 0) return a.anon_vma == v.anon_vma;
    if (v.anon_vma != 0) return v.chain_of_one;
    if (a.anon_vma == 0) return true;
    return a.loose && a.chain_of_one;
}

// Whether A may be appended to v, and be put in front of v, as far as attributes and offsets go.
template <class D>
bool fits_after(const Picture<D>& a, const Neighbour<D>& v) {
    return v.same_kind && anon_vmas_fit(a, v) && v.pgoff + (v.end - v.start) == a.pgoff;
}
template <class D>
bool fits_before(const Picture<D>& a, const Neighbour<D>& v) {
    return v.same_kind && anon_vmas_fit(a, v) && a.pgoff + (a.end - a.start) == v.pgoff;
}

// A touches it and fits.
template <class D>
bool joins_below(const Picture<D>& a, const std::optional<Neighbour<D>>& v) {
    return v && v->end == a.start && fits_after(a, *v);
}
template <class D>
bool joins_above(const Picture<D>& a, const std::optional<Neighbour<D>>& v) {
    return v && v->start == a.end && fits_before(a, *v);
}

// Whether the two sides may become one VMA: they may fit A and still have two anon_vmas.
template <class D>
bool go_together(const std::optional<Neighbour<D>>& low, const std::optional<Neighbour<D>>& high) {
    return low->anon_vma == 0 || high->anon_vma == 0 || low->anon_vma == high->anon_vma;
}

template <class D>
bool is_hole(const Picture<D>& a) {
    return (!a.p || a.p->end <= a.start) && (!a.n || a.end <= a.n->start);
}
template <class D>
bool is_upper_end_of_p(const Picture<D>& a) {
    return a.p && a.p->start < a.start && a.start < a.p->end && a.end == a.p->end;
}
template <class D>
bool is_lower_end_of_n(const Picture<D>& a) {
    return a.n && a.start == a.n->start && a.end < a.n->end;
}
template <class D>
bool is_all_of_n(const Picture<D>& a) {
    return a.n && a.start == a.n->start && a.end == a.n->end;
}

// Whether A joins both of them as one.
template <class D>
bool joins_both(const Picture<D>& a, const std::optional<Neighbour<D>>& high) {
    return joins_below(a, a.p) && joins_above(a, high) && go_together(a.p, high);
}

// Whether the row of the table applies; 1 to 8.
template <class D>
bool row(int which, const Picture<D>& a) {
    if (a.special) return false;
    switch (which) {
        case 1: return is_hole(a) && joins_both(a, a.n);
        case 2: return is_hole(a) && joins_below(a, a.p) && !joins_both(a, a.n);
        case 3: return is_hole(a) && joins_above(a, a.n) && !joins_below(a, a.p);
        case 4: return is_upper_end_of_p(a) && joins_above(a, a.n);
        case 5: return is_lower_end_of_n(a) && joins_below(a, a.p);
        case 6: return is_all_of_n(a) && joins_both(a, a.x);
        case 7: return is_all_of_n(a) && joins_below(a, a.p) && !joins_both(a, a.x);
        case 8: return is_all_of_n(a) && joins_above(a, a.x) && !joins_below(a, a.p);
        default: return false;
    }
}

}  // namespace vmacheck::merge_table
