/*
 * The scope `peer` for SPIN, with the kernel's own objects: one process, P pages, private anonymous memory, v5.10
 * rules; mmap(MAP_FIXED), munmap and mprotect of every range with R and RW, and a write fault on every page. Give P
 * with -DP=4 (1 to 7).
 *
 * peer.pml and peer_list.pml are about what a list of VMAs becomes. Here a VMA is an object which is in the list and in
 * the red-black tree mm_rb with its cached gaps, a faulted one has a link in the interval tree of its anon_vma, and the
 * calls change these in the kernel's order, as the shape of a tree depends on the order in which it was changed: to put
 * the two VMAs at a moved boundary back the other way round makes 9 states more with P = 5. After every transition all
 * that is redundant is compared.
 *
 * How SPIN's figures correspond. A state is one stored state: two are the same if the lists are, and the shapes and
 * colours of all trees. Within an `atomic`, one step chooses the call and one `d_step` does it, so that the state
 * between is neither stored nor counted; a call that fails cannot be chosen, hence no transition. SPIN's "transitions
 * (= stored+matched)" is the number of transitions plus 1, as the storing of the initial state counts too.
 *
 *      P      states   transitions
 *      2          45           681
 *      3         312         8 890
 *      4       4 046       194 266
 *      5      71 495     5 174 646
 *      6   1 435 862   144 718 868
 *
 * With -DSHOW (and -DPRINTF for the C compiler) every transition is printed as a line. The lines have no shapes: as a
 * set, they are those of peer.pml and peer_list.pml.
 */
#ifndef P
#define P 4
#endif
#if P < 1 || P > 7
#error P must be 1 to 7: the lists of options at the end go so far
#endif

/*
 * Slots 1 to P are VMAs, [start, end) in pages; `end` is 0 if the slot is free. No more are needed: a split has a slot
 * more than there are VMAs, but only a VMA of two pages can be split. Slot 0 stands for none, and in the list for the
 * mm: next[0] is the first VMA. Else it stays 0, so that "none" ends at 0, is black, and has nothing below it.
 */
byte start[P + 1], end[P + 1];
bit writable[P + 1];
byte anon[P + 1];               /* its anon_vma, or 0 */
byte next[P + 1], prev[P + 1];

/* The link between a VMA and its anon_vma: as in the kernel with its debugging options, what it was inserted for. */
byte key_start[P + 1], key_last[P + 1];

/*
 * Nodes of trees, all in the same arrays: x is slot x in mm_rb, AVC(x) is its link in an interval tree. `best` is what
 * the node's subtree has at most, of gaps or of last pages. Tree 0 is mm_rb, tree a > 0 that of anon_vma a.
 */
#define AVC(slot) (P + (slot))
#define NODES (2 * P + 1)
#define KID(x, side) kid[2 * (x) + (side)] /* side: 0 is left, 1 is right */
byte up[NODES], kid[2 * NODES], best[NODES];
bit red[NODES];
byte root[P + 1];

byte highest_vm_end;
byte map_count;

/* Scratch, no part of a state. `goal` is 256 * call + 16 * s + e: one variable, so that to choose is one step. */
hidden int goal;
hidden int call, s, e, rw;
hidden int before, pred, found, fresh, first, at, to;           /* of the calls */
hidden int lo, hi, id, area, after, merged, with_before, both;  /* of vma_merge() */
hidden int page, lower;                                         /* arguments of `split`, with vma */
hidden int vma, new_start, new_end, extra, expand;              /* arguments of `adjust` */
hidden int follower, shift, gone, from, into, old_start, old_end;
hidden int x, y, z, slot, top, other, below, sib, side, near, far, tree, value;
hidden int i, k, n, known, moved, renamed, used, blacks, height;

/*
 * SPIN has no procedures, and a d_step has room for 2048 statements: what is long and needed in several places is there
 * once, at the end of the d_step, entered by goto, and left to the place whose number it was given.
 */
hidden int erase_return, insert_return, adjust_return, split_return;
#define ERASE(node, n) x = node; erase_return = n; goto erase; erased##n: skip
#define INSERT(node, n) x = node; insert_return = n; goto insert; inserted##n: skip
#define ADJUST(n) adjust_return = n; goto adjust; adjusted##n: skip
#define SPLIT(v, where, low, n) vma = v; page = where; lower = low; split_return = n; goto split; split##n: skip

/* ---- Red-black trees with a cached maximum, whichever they are: the steps of lib/rbtree.c. ---- */

/* What a node should have cached: `value`. Its own gap may be negative for a moment, while VMAs overlap. */
inline evaluate(node) {
    if
    :: node > P -> value = end[node - P] - 1
    :: else -> value = start[node] - end[prev[node]]
    fi;
    if
    :: value < best[KID(node, 0)] -> value = best[KID(node, 0)]
    :: else
    fi;
    if
    :: value < best[KID(node, 1)] -> value = best[KID(node, 1)]
    :: else
    fi
}

/* Caches from `bottom` up to below `limit`; what is above one that does not change is right already. */
inline update_up(bottom, limit) {
    z = bottom;
    do
    :: z != limit ->
        evaluate(z);
        if
        :: value == best[z] -> break
        :: else -> best[z] = value; z = up[z]
        fi
    :: else -> break
    od
}

/* `new` takes the place of `old` below `parent`. */
inline replace(parent, old, new) {
    if
    :: parent == 0 -> root[tree] = new
    :: else -> KID(parent, KID(parent, 0) != old) = new
    fi
}

/* `low` goes down to `dir`, and its child on the other side comes up in its place. Colours stay. */
inline rotate(low, dir) {
    top = KID(low, 1 - (dir));
    other = KID(top, dir);
    KID(low, 1 - (dir)) = other;
    if
    :: other != 0 -> up[other] = low
    :: else
    fi;
    KID(top, dir) = low;
    replace(up[low], low, top);
    up[top] = up[low];
    up[low] = top;
    best[top] = best[low];
    evaluate(low);
    best[low] = value
}

/* Node x is new, red, in its place in `tree`, and the caches are right: make it a red-black tree again. */
inline balance_inserted() {
    do
    :: up[x] == 0 -> red[x] = 0; break
    :: else ->
        y = up[x];
        if
        :: !red[y] -> break
        :: else ->
            z = up[y];
            side = KID(z, 1) == y;
            sib = KID(z, 1 - side);
            if
            :: red[sib] -> red[sib] = 0; red[y] = 0; red[z] = 1; x = z
            :: else ->
                if
                :: KID(y, 1 - side) == x -> rotate(y, side); y = x
                :: else
                fi;
                rotate(z, 1 - side);
                red[y] = 0;
                red[z] = 1;
                break
            fi
        fi
    od
}

/* Below y there is one black too few on the way to its child x, which may be none. */
inline balance_erased() {
    do
    :: y == 0 -> break
    :: else ->
        side = KID(y, 1) == x;
        sib = KID(y, 1 - side);
        if
        :: red[sib] ->
            rotate(y, side);
            red[sib] = 0;
            red[y] = 1;
            sib = KID(y, 1 - side)
        :: else
        fi;
        near = KID(sib, side);
        far = KID(sib, 1 - side);
        if
        :: !red[near] && !red[far] ->
            red[sib] = 1;
            x = y;
            y = (red[x] -> 0 : up[x]);
            red[x] = 0
        :: else ->
            if
            :: !red[far] -> rotate(sib, 1 - side); far = sib; sib = near
            :: else
            fi;
            rotate(y, side);
            red[sib] = red[y];
            red[y] = 0;
            red[far] = 0;
            break
        fi
    od
}

/* Take node x out of its tree; with two children, its successor takes its place. An empty interval tree is gone. */
inline do_erase() {
    tree = (x > P -> anon[x - P] : 0);
    if
    :: KID(x, 0) == 0 || KID(x, 1) == 0 ->
        z = KID(x, 0) + KID(x, 1); /* its only child, or none */
        y = up[x];
        replace(y, x, z);
        if
        :: z != 0 -> up[z] = y; red[z] = red[x]; below = 0
        :: else -> below = (red[x] -> 0 : y)
        fi
    :: else ->
        y = KID(x, 1);
        below = y;
        if
        :: KID(y, 0) == 0 ->
            other = KID(y, 1);
            best[y] = best[x]
        :: else ->
            do
            :: KID(y, 0) != 0 -> below = y; y = KID(y, 0)
            :: else -> break
            od;
            other = KID(y, 1);
            KID(below, 0) = other;
            KID(y, 1) = KID(x, 1);
            up[KID(x, 1)] = y;
            best[y] = best[x];
            update_up(below, y)
        fi;
        KID(y, 0) = KID(x, 0);
        up[KID(x, 0)] = y;
        replace(up[x], x, y);
        up[y] = up[x];
        if
        :: other != 0 -> up[other] = below; red[other] = 0; below = 0
        :: else -> below = (red[y] -> 0 : below)
        fi;
        red[y] = red[x]
    fi;
    update_up(y, 0);
    up[x] = 0; KID(x, 0) = 0; KID(x, 1) = 0; red[x] = 0; best[x] = 0;
    if
    :: x > P -> key_start[x - P] = 0; key_last[x - P] = 0
    :: else
    fi;
    y = below;
    x = 0;
    balance_erased()
}

/*
 * Where a VMA from the page `where` on would be, if nothing is mapped there: below y at `side`, after `pred` in the
 * list. In an interval tree a link goes to the right of one which starts at the same page.
 */
inline find_links(where) {
    pred = 0;
    side = 0;
    y = 0;
    z = root[tree];
    do
    :: z != 0 ->
        y = z;
        slot = (z > P -> z - P : z);
        side = start[slot] <= where;
        pred = (side -> slot : pred);
        z = KID(z, side)
    :: else -> break
    od
}

/* Put node x into its tree, and a VMA into the list. */
inline do_insert() {
    if
    :: x > P ->
        tree = anon[x - P];
        key_start[x - P] = start[x - P];
        key_last[x - P] = end[x - P] - 1;
        find_links(start[x - P])
    :: else ->
        tree = 0;
        find_links(start[x]);
        next[x] = next[pred];
        prev[x] = pred;
        next[pred] = x;
        if
        :: next[x] != 0 -> prev[next[x]] = x; update_up(next[x], 0)
        :: else -> highest_vm_end = end[x]
        fi;
        map_count++
    fi;
    up[x] = y;
    red[x] = 1;
    if
    :: y == 0 -> root[tree] = x
    :: else -> KID(y, side) = x
    fi;
    update_up(x, 0);
    balance_inserted()
}

/* ---- VMAs. ---- */

/* The first VMA which ends above `page`: `found`. */
inline find_vma(page) {
    found = 0;
    x = root[0];
    do
    :: x != 0 ->
        if
        :: end[x] > page ->
            found = x;
            if
            :: start[x] <= page -> break
            :: else -> x = KID(x, 0)
            fi
        :: else -> x = KID(x, 1)
        fi
    :: else -> break
    od
}

inline new_vma() {
    fresh = 1;
    do
    :: fresh <= P && end[fresh] != 0 -> fresh++
    :: else -> break
    od;
    assert(fresh <= P)
}

inline free_vma(v) {
    start[v] = 0; end[v] = 0; writable[v] = 0; anon[v] = 0; next[v] = 0; prev[v] = 0
}

/*
 * `vma` becomes [new_start, new_end). Without `extra`, the VMAs that follow give way: they are removed, or the boundary
 * moves; `expand` is the one that grows. With it, `extra` is what a split leaves of `vma`, and not linked yet.
 */
inline do_adjust() {
    follower = next[vma];
    shift = 0;
    gone = 0;
    if
    :: follower != 0 && extra == 0 ->
        from = 0;
        if
        :: new_end >= end[follower] ->
            if
            :: follower == expand -> gone = 3; follower = vma; vma = expand /* case 8: the right one survives */
            :: else -> gone = 1 + (new_end > end[follower]); new_end = end[follower] /* cases 1, 6, 7 */
            fi;
            from = (gone == 2 && anon[follower] == 0 -> next[follower] : follower);
            into = vma
        :: else ->
            if
            :: new_end > start[follower] -> shift = new_end - start[follower]; from = follower; into = vma /* case 5 */
            :: else ->
                if
                :: new_end < end[vma] -> shift = new_end - end[vma]; from = vma; into = follower /* case 4 */
                :: else
                fi
            fi
        fi;
        if
        :: from != 0 && anon[from] != 0 && anon[into] == 0 -> anon[into] = anon[from]; INSERT(AVC(into), 1)
        :: else
        fi
    :: else
    fi;
    do
    ::  if
        :: anon[vma] != 0 -> ERASE(AVC(vma), 1)
        :: else
        fi;
        if
        :: shift != 0 && anon[follower] != 0 -> ERASE(AVC(follower), 2)
        :: else
        fi;
        old_start = start[vma];
        old_end = end[vma];
        start[vma] = new_start;
        end[vma] = new_end;
        if
        :: shift != 0 -> start[follower] = start[follower] + shift
        :: else
        fi;
        if
        :: gone != 0 ->
            ERASE(follower, 3);
            next[prev[follower]] = next[follower];
            if
            :: next[follower] != 0 -> prev[next[follower]] = prev[follower]
            :: else
            fi
        :: else ->
            if
            :: extra != 0 -> INSERT(extra, 2)
            :: else ->
                if
                :: old_start != new_start -> update_up(vma, 0)
                :: else
                fi;
                if
                :: old_end != new_end && follower == 0 -> highest_vm_end = new_end
                :: old_end != new_end && follower != 0 && shift == 0 -> update_up(follower, 0)
                :: else
                fi
            fi
        fi;
        if
        :: anon[vma] != 0 -> INSERT(AVC(vma), 3)
        :: else
        fi;
        if
        :: shift != 0 && anon[follower] != 0 -> INSERT(AVC(follower), 4)
        :: else
        fi;
        if
        :: gone == 0 -> break
        :: else ->
            if
            :: anon[follower] != 0 -> assert(anon[follower] == anon[vma]); ERASE(AVC(follower), 4)
            :: else
            fi;
            map_count--;
            free_vma(follower);
            follower = (gone == 3 -> vma : next[vma]);
            if
            :: gone == 2 -> gone = 1; new_end = end[follower] /* case 6: now the other */
            :: else ->
                if
                :: follower != 0 -> update_up(follower, 0)
                :: else -> assert(highest_vm_end == end[vma])
                fi;
                break
            fi
        fi
    od
}

/* `vma` becomes two, which meet at `page`; the new one is the lower one or the upper one. */
inline do_split() {
    new_vma();
    extra = fresh;
    start[extra] = (lower -> start[vma] : page);
    end[extra] = (lower -> page : end[vma]);
    writable[extra] = writable[vma];
    anon[extra] = anon[vma];
    if
    :: anon[extra] != 0 -> INSERT(AVC(extra), 5)
    :: else
    fi;
    new_start = (lower -> page : start[vma]);
    new_end = (lower -> end[vma] : page);
    ADJUST(1)
}

/* May a range with the anon_vma `id` be part of VMA v? A faulted range does not go into an unfaulted neighbour. */
#define FITS(v) (writable[v] == rw && (id == 0 || id == anon[v]))

/*
 * The pages [lo, hi), a hole or a part of one VMA, are about to have the protection rw; `before` is the VMA that starts
 * below lo. If they merge with what is around them, `merged` is the VMA that will be, and all is ready for `adjust`.
 */
inline vma_merge() {
    area = next[before];
    after = (area != 0 && end[area] == hi -> next[area] : area); /* area is all of the range in cases 6, 7 and 8 */
    with_before = before != 0 && end[before] == lo && FITS(before);
    merged = (after != 0 && start[after] == hi && FITS(after) -> after : 0);
    if
    :: with_before ->
        both = merged != 0 && (anon[before] == 0 || anon[after] == 0 || anon[before] == anon[after]);
        new_start = start[before];
        new_end = (both -> end[after] : hi); /* cases 1 and 6; 2, 5 and 7 */
        merged = before;
        vma = before
    :: else ->
        if
        :: before != 0 && lo < end[before] -> vma = before; new_start = start[before]; new_end = lo /* case 4 */
        :: else -> vma = area; new_start = lo; new_end = end[after] /* cases 3 and 8 */
        fi
    fi;
    expand = merged;
    extra = 0
}

/* ---- The calls. ---- */

/* Nothing is mapped in [s, e) any more. */
inline unmap() {
    find_vma(s);
    if
    :: found != 0 && start[found] < e ->
        at = prev[found];
        if
        :: start[found] < s -> at = found; SPLIT(at, s, false, 1)
        :: else
        fi;
        find_vma(e);
        if
        :: found != 0 && start[found] < e -> SPLIT(found, e, true, 2)
        :: else
        fi;
        /* All of them leave mm_rb before the first leaves the tree of its anon_vma. */
        first = next[at];
        to = first;
        prev[first] = 0;
        do
        :: to != 0 && start[to] < e -> ERASE(to, 5); map_count--; k = to; to = next[to]
        :: else -> break
        od;
        next[at] = to;
        if
        :: to != 0 -> prev[to] = at; update_up(to, 0)
        :: else -> highest_vm_end = end[at]
        fi;
        next[k] = 0;
        do
        :: first != 0 ->
            if
            :: anon[first] != 0 -> ERASE(AVC(first), 6)
            :: else
            fi;
            k = first;
            first = next[first];
            free_vma(k)
        :: else -> break
        od
    :: else
    fi
}

inline map() {
    tree = 0;
    find_links(s);
    before = pred;
    lo = s;
    hi = e;
    id = 0;
    vma_merge();
    if
    :: merged != 0 -> ADJUST(2)
    :: else ->
        new_vma();
        start[fresh] = s;
        end[fresh] = e;
        writable[fresh] = rw;
        INSERT(fresh, 6)
    fi
}

/* VMA by VMA; one with the protection already is left out, and not even tried for a merge. */
inline protect() {
    find_vma(s);
    at = s;
    first = found;
    before = (s > start[first] -> first : prev[first]);
    do
    :: hi = (end[first] < e -> end[first] : e);
        to = hi;
        if
        :: writable[first] == rw -> before = first
        :: else ->
            lo = at;
            id = anon[first];
            vma_merge();
            if
            :: merged != 0 -> before = merged; ADJUST(3)
            :: else ->
                if
                :: lo != start[first] -> SPLIT(first, lo, true, 3)
                :: else
                fi;
                if
                :: hi != end[first] -> SPLIT(first, hi, false, 4)
                :: else
                fi;
                writable[first] = rw;
                before = first
            fi
        fi;
        at = (to < end[before] -> end[before] : to); /* a merge may have gone beyond */
        first = next[before];
        if
        :: at >= e -> break
        :: else
        fi
    od
}

/* The first write to a VMA: the anon_vma of the VMA that follows, or else of the one before, or else a new one. */
inline fault() {
    find_vma(s);
    vma = found;
    if
    :: anon[vma] == 0 ->
        id = (start[next[vma]] == end[vma] -> anon[next[vma]] : 0);
        id = (id == 0 && end[prev[vma]] == start[vma] -> anon[prev[vma]] : id);
        if
        :: id == 0 ->
            id = 1;
            do
            :: root[id] != 0 -> id++
            :: else -> break
            od
        :: else
        fi;
        anon[vma] = id;
        INSERT(AVC(vma), 7)
    :: else
    fi
}

/* ---- What must hold after every call. ---- */

hidden byte name[NODES], anon_name[P + 1]; /* what slots, nodes and anon_vmas are to be named */

/* Check the list, and number what is in it. */
inline check_list() {
    used = 0;
    i = 1;
    do
    :: i <= P -> anon_name[i] = 0; used = used + (end[i] != 0); i++
    :: else -> break
    od;
    n = 0;
    known = 0;
    moved = 0;
    renamed = 0;
    k = 0;
    i = next[0];
    do
    :: i != 0 ->
        assert(prev[i] == k);
        assert(start[i] < end[i]);
        assert(end[k] <= start[i]);
        n++;
        assert(n <= used); /* it has an end */
        name[i] = n;
        name[AVC(i)] = AVC(n);
        moved = moved || i != n;
        if
        :: anon[i] != 0 && anon_name[anon[i]] == 0 ->
            known++;
            anon_name[anon[i]] = known;
            renamed = renamed || anon[i] != known
        :: else
        fi;
        k = i;
        i = next[i]
    :: else -> break
    od;
    assert(n == used); /* no VMA is lost */
    assert(map_count == n);
    assert(highest_vm_end == end[k])
}

inline go_down(dir) {
    y = KID(x, dir);
    assert(up[y] == x);
    assert(!(red[x] && red[y]));
    x = y;
    blacks = blacks + !red[x]
}

/* On along the list to a VMA which should be in `tree`. */
inline skip_others() {
    do
    :: tree != 0 && i != 0 && anon[i] != tree -> i = next[i]
    :: else -> break
    od
}

/*
 * Tree `tree` has, in order, the VMAs of the list, or the links of those with this anon_vma; i is the next to meet. The
 * parents have been checked on the way down, so the way up does not miss any node.
 */
inline check_tree() {
    height = 0;
    blacks = 1;
    i = next[0];
    x = root[tree];
    assert(up[x] == 0);
    assert(!red[x]);
    do
    :: x == 0 -> break
    :: else ->
        do
        :: KID(x, 0) != 0 -> go_down(0)
        :: else -> break
        od;
        do
        ::  skip_others();
            assert(i != 0);
            assert(x == (tree != 0 -> AVC(i) : i));
            assert(tree == 0 || key_start[i] == start[i]);
            assert(tree == 0 || key_last[i] == end[i] - 1);
            evaluate(x);
            assert(best[x] == value);
            i = next[i];
            if
            :: KID(x, 0) == 0 || KID(x, 1) == 0 ->
                height = (height == 0 -> blacks : height);
                assert(height == blacks)
            :: else
            fi;
            if
            :: KID(x, 1) != 0 -> go_down(1); break
            :: else ->
                /* Up, until it is from the left. */
                do
                ::  y = x;
                    blacks = blacks - !red[y];
                    x = up[y];
                    if
                    :: x == 0 || KID(x, 0) == y -> break
                    :: else
                    fi
                od;
                if
                :: x == 0 -> break
                :: else
                fi
            fi
        od
    od;
    skip_others();
    assert(i == 0)
}

inline check() {
    check_list();
    tree = 0;
    do
    :: tree <= P ->
        if
        :: tree == 0 || anon_name[tree] != 0 -> check_tree()
        :: else -> assert(root[tree] == 0)
        fi;
        tree++
    :: else -> break
    od
}

/* ---- The form of a state: VMAs in address order in slots 1, 2 ..., anon_vmas 1, 2 ... by first appearance. ---- */

hidden byte old_from[P + 1], old_to[P + 1], old_writable[P + 1], old_anon[P + 1], old_next[P + 1], old_prev[P + 1];
hidden byte old_key_start[P + 1], old_key_last[P + 1], old_root[P + 1];
hidden byte old_up[NODES], old_left[NODES], old_right[NODES], old_red[NODES], old_best[NODES];

inline save_node(x) {
    old_up[x] = up[x];
    old_left[x] = KID(x, 0);
    old_right[x] = KID(x, 1);
    old_red[x] = red[x];
    old_best[x] = best[x]
}

inline restore_node(x, y) {
    up[x] = name[old_up[y]];
    KID(x, 0) = name[old_left[y]];
    KID(x, 1) = name[old_right[y]];
    red[x] = old_red[y];
    best[x] = old_best[y]
}

inline renumber() {
    if
    :: moved || renamed ->
        i = 1;
        do
        :: i <= P -> old_root[i] = root[i]; root[i] = 0; i++
        :: else -> break
        od;
        i = 1;
        do
        :: i <= P && anon_name[i] != 0 -> root[anon_name[i]] = name[old_root[i]]; i++
        :: i <= P && anon_name[i] == 0 -> i++
        :: else -> break
        od;
        root[0] = name[root[0]];
        i = next[0];
        do
        :: i != 0 -> anon[i] = anon_name[anon[i]]; i = next[i]
        :: else -> break
        od
    :: else
    fi;
    if
    :: moved ->
        i = 1;
        do
        :: i <= P ->
            old_from[i] = start[i];
            old_to[i] = end[i];
            old_writable[i] = writable[i];
            old_anon[i] = anon[i];
            old_next[i] = next[i];
            old_prev[i] = prev[i];
            old_key_start[i] = key_start[i];
            old_key_last[i] = key_last[i];
            save_node(i);
            save_node(AVC(i));
            i++
        :: else -> break
        od;
        i = next[0];
        next[0] = name[i];
        k = 1;
        do
        :: i != 0 ->
            start[k] = old_from[i];
            end[k] = old_to[i];
            writable[k] = old_writable[i];
            anon[k] = old_anon[i];
            next[k] = name[old_next[i]];
            prev[k] = name[old_prev[i]];
            key_start[k] = old_key_start[i];
            key_last[k] = old_key_last[i];
            restore_node(k, i);
            restore_node(AVC(k), AVC(i));
            i = old_next[i];
            k++
        :: else -> break
        od;
        do
        :: k <= P ->
            free_vma(k);
            key_start[k] = 0;
            key_last[k] = 0;
            restore_node(k, 0);
            restore_node(AVC(k), 0);
            k++
        :: else -> break
        od
    :: else
    fi
}

#ifdef SHOW
hidden int mapped, writables, starts, anons;

/* The list as peer.pml has it. */
inline print_list() {
    mapped = 0; writables = 0; starts = 0; anons = 0;
    i = next[0];
    do
    :: i != 0 ->
        starts = starts | (1 << start[i]);
        k = 1;
        do
        :: anon[k] == anon[i] -> break
        :: else -> k++
        od;
        x = start[i];
        do
        :: x < end[i] ->
            mapped = mapped | (1 << x);
            writables = writables | (writable[i] << x);
            anons = anons | ((anon[i] != 0 -> 8 + start[k] : 0) << (4 * x));
            x++
        :: else -> break
        od;
        i = next[i]
    :: else -> break
    od;
    printf("%d %d %d %d", mapped, writables, starts, anons)
}
#endif

#define MMAP_R 0
#define MMAP_RW 1
#define MUNMAP 2
#define MPROTECT_R 3
#define MPROTECT_RW 4
#define FAULT 5

inline perform() {
    call = goal / 256;
    s = (goal / 16) % 16;
    e = goal % 16;
#ifdef SHOW
    print_list();
    printf(" | %d %d %d | ", call, s, e);
#endif
    rw = call == MMAP_RW || call == MPROTECT_RW;
    if
    :: call <= MUNMAP ->
        unmap();
        if
        :: call != MUNMAP -> map()
        :: else
        fi
    :: else ->
        if
        :: call == FAULT -> fault()
        :: else -> protect()
        fi
    fi;
    goto done;

erase:
    do_erase();
    if
    :: erase_return == 1 -> goto erased1
    :: erase_return == 2 -> goto erased2
    :: erase_return == 3 -> goto erased3
    :: erase_return == 4 -> goto erased4
    :: erase_return == 5 -> goto erased5
    :: erase_return == 6 -> goto erased6
    fi;

insert:
    do_insert();
    if
    :: insert_return == 1 -> goto inserted1
    :: insert_return == 2 -> goto inserted2
    :: insert_return == 3 -> goto inserted3
    :: insert_return == 4 -> goto inserted4
    :: insert_return == 5 -> goto inserted5
    :: insert_return == 6 -> goto inserted6
    :: insert_return == 7 -> goto inserted7
    fi;

adjust:
    do_adjust();
    if
    :: adjust_return == 1 -> goto adjusted1
    :: adjust_return == 2 -> goto adjusted2
    :: adjust_return == 3 -> goto adjusted3
    fi;

split:
    do_split();
    if
    :: split_return == 1 -> goto split1
    :: split_return == 2 -> goto split2
    :: split_return == 3 -> goto split3
    :: split_return == 4 -> goto split4
    fi;

done:
    check();
    renumber();
#ifdef SHOW
    print_list();
    printf("\n");
#endif
    skip /* a d_step may not end in a loop */
}

/* What makes a call fail has to be an expression, for all slots i. */
#define HAS(i, s, e) (start[i] <= s && s < end[i])
#define HOLE_AFTER(i, s, e) (s < end[i] && end[i] < e && start[(i) + 1] != end[i])
#define CAN_WRITE(i, s, e) (start[i] <= s && s < end[i] && writable[i])
#define COVERED(s, e) (ANY(P, HAS, s, e) && !ANY(LAST, HOLE_AFTER, s, e))

#define ANY0(what, s, e) false
#define ANY1(what, s, e) what(1, s, e)
#define ANY2(what, s, e) ANY1(what, s, e) || what(2, s, e)
#define ANY3(what, s, e) ANY2(what, s, e) || what(3, s, e)
#define ANY4(what, s, e) ANY3(what, s, e) || what(4, s, e)
#define ANY5(what, s, e) ANY4(what, s, e) || what(5, s, e)
#define ANY6(what, s, e) ANY5(what, s, e) || what(6, s, e)
#define ANY7(what, s, e) ANY6(what, s, e) || what(7, s, e)
#if P == 1
#define LAST 0
#elif P == 2
#define LAST 1
#elif P == 3
#define LAST 2
#elif P == 4
#define LAST 3
#elif P == 5
#define LAST 4
#elif P == 6
#define LAST 5
#else
#define LAST 6
#endif
#define JOIN(a, b) a##b
#define UP_TO(name, p) JOIN(name, p)
#define ANY(p, what, s, e) (UP_TO(ANY, p)(what, s, e))

/* `goal` needs no restoring in the guarded ones: no other option reads it. */
#define GOAL(call, s, e) goal = 256 * (call) + 16 * (s) + (e)
#define CALLS(s, e) \
    :: GOAL(MMAP_R, s, e) \
    :: GOAL(MMAP_RW, s, e) \
    :: GOAL(MUNMAP, s, e) \
    :: d_step { COVERED(s, e); GOAL(MPROTECT_R, s, e) } \
    :: d_step { COVERED(s, e); GOAL(MPROTECT_RW, s, e) }
#define WRITE(q) :: d_step { ANY(P, CAN_WRITE, q, 0); GOAL(FAULT, q, (q) + 1) }

#define TO1 CALLS(0, 1) WRITE(0)
#define TO2 TO1 CALLS(0, 2) CALLS(1, 2) WRITE(1)
#define TO3 TO2 CALLS(0, 3) CALLS(1, 3) CALLS(2, 3) WRITE(2)
#define TO4 TO3 CALLS(0, 4) CALLS(1, 4) CALLS(2, 4) CALLS(3, 4) WRITE(3)
#define TO5 TO4 CALLS(0, 5) CALLS(1, 5) CALLS(2, 5) CALLS(3, 5) CALLS(4, 5) WRITE(4)
#define TO6 TO5 CALLS(0, 6) CALLS(1, 6) CALLS(2, 6) CALLS(3, 6) CALLS(4, 6) CALLS(5, 6) WRITE(5)
#define TO7 TO6 CALLS(0, 7) CALLS(1, 7) CALLS(2, 7) CALLS(3, 7) CALLS(4, 7) CALLS(5, 7) CALLS(6, 7) WRITE(6)
#define TO(p) TO##p
#define OPTIONS(p) TO(p)

#ifndef BREADTH_FIRST
active proctype caller() {
    do
    :: atomic {
        if
        OPTIONS(P)
        fi;
        d_step { perform() }
    }
    od
}
#else
/*
 * For SPIN's breadth-first search, which stores also the states within an `atomic`, a hundred for each that counts: a
 * process for each call, so that choosing it is no step. States and transitions are the same; a state is longer.
 */
#define RANGES (P * (P + 1) / 2)
#define CALL (_pid / RANGES)
#define RANGE (_pid % RANGES) /* [0,1), [0,2), [1,2), [0,3) ...; of a fault, its page */
#define END (1 + (RANGE >= 1) + (RANGE >= 3) + (RANGE >= 6) + (RANGE >= 10) + (RANGE >= 15) + (RANGE >= 21))
#define START (RANGE - END * (END - 1) / 2)

active [FAULT * RANGES + P] proctype caller() {
    do
    :: d_step {
        CALL <= MUNMAP || (CALL < FAULT && COVERED(START, END)) || (CALL == FAULT && ANY(P, CAN_WRITE, RANGE, 0)) ->
        goal = (CALL == FAULT -> 256 * FAULT + 16 * RANGE + RANGE + 1 : 256 * CALL + 16 * START + END);
        perform()
    }
    od
}
#endif
