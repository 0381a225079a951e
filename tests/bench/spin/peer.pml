/*
 * The scope `peer` for SPIN: one process, P pages, private anonymous memory, v5.10 rules; mmap(MAP_FIXED), munmap and
 * mprotect of every range with R and RW, and a write fault on every page. Give P with -DP=4 (1 to 7).
 *
 * How SPIN's figures correspond. A state of the scope is one stored state. The choice of a range is a step inside an
 * `atomic`, so the state after it is neither stored nor counted; SPIN lists it under "atomic steps", with the step out
 * of the `atomic`. An operation is one `d_step`: the loops in it count for nothing. A call that fails (mprotect over a
 * hole, a fault in a hole or a read-only VMA) is an option that cannot be executed, hence no transition. SPIN's
 * "transitions (= stored+matched)" counts the storing of the initial state too: it is the number of transitions plus 1.
 *
 *      P     states   transitions   SPIN says
 *      2         26           374         375
 *      3        192         5 475       5 476
 *      4      1 466        68 693      68 694
 *      7  1 239 828   159 026 378   159 026 379
 *
 * With -DSHOW (and -DPRINTF for the C compiler) every transition is printed, as
 * "mapped writable start anon | call s e | mapped writable start anon" with the calls 0 and 1 mmap of R and RW, 2 munmap,
 * 3 and 4 mprotect, 5 fault: equal counts do not prove equal rules, the fingerprint of these lines does.
 * With -DFLAT every call is an option of its own with constant arguments. That is about as fast, the search stack is
 * a third as deep, and the program is five times as large.
 *
 * What makes it fast: a state is 7 bytes, as SPIN spends most of its time in fetching states from its hash table;
 * rules work on all pages at once by mask; everything that is not state is `hidden`, so that it is not stored.
 */
#ifndef P
#define P 4
#endif
#if P < 1 || P > 7
#error P must be 1 to 7: four bits a page, and the sign bit of an int left alone
#endif

/*
 * The list of VMAs as sets of pages (bit q is page q): mapped, writable, and first page of a VMA.
 * `anon` has four bits a page: 0 if its VMA has no anon_vma, otherwise 8 + the lowest page with this anon_vma. So equal
 * identities have equal numbers, and the numbers depend on the list alone, as when renamed in address order.
 */
byte mapped;
byte writable;
byte start;
int anon;

/* Scratch. `range` is 16 * s + e for the pages [s, e): one variable, so that choosing a range is one step. */
hidden int range;
hidden int s, e, from, to, pages;
hidden int prot, todo, prev, next, prev_id, next_id, id;
hidden int lo, hi, q, diff, same, lost;

#define BIT(q) (1 << (q))
#define LOG(bit) ((((bit) & 170) != 0) + 2 * (((bit) & 204) != 0) + 4 * (((bit) & 240) != 0)) /* of one bit, up to 7 */
#define BOUNDS (start | ~mapped) /* where a VMA that is below ends */
#define ONES 17895697            /* 1 in each page of `anon`, 0x1111111 */
#define ID(q) ((anon >> (4 * (q))) & 15)
#define SPAN(s, e) (BIT(4 * (e)) - BIT(4 * (s))) /* the pages [s, e) of `anon` */

#ifdef SHOW
#define BEFORE(call, s, e) printf("%d %d %d %d | %d %d %d ", mapped, writable, start, anon, call, s, e);
#define AFTER ; printf("| %d %d %d %d\n", mapped, writable, start, anon)
#else
#define BEFORE(call, s, e)
#define AFTER
#endif

inline decode() {
    s = range >> 4;
    e = range & 15;
    from = BIT(s);
    to = BIT(e);
    pages = to - from
}

/* `old`, the lowest page of an anon_vma, is now `new`. `same` is left as bit 3 of each page that has it. */
inline rename(old, new) {
    diff = anon ^ ((8 + (old)) * ONES);
    same = ~(((diff & (7 * ONES)) + 7 * ONES) | diff) & (8 * ONES);
    anon = anon + ((new) - (old)) * (same >> 3)
}

inline clear() {
    anon = anon & ~SPAN(s, e);
    /* The pages above whose anon_vma had its lowest page in [s, e): bit 3 of n + (8 - s) tells whether n >= s. */
    lost = anon & ((anon & (7 * ONES)) + (8 - s) * ONES) & ~((anon & (7 * ONES)) + (8 - e) * ONES) & (8 * ONES);
    q = e;
    do
    :: lost == 0 -> break
    :: else ->
        if
        :: (lost & BIT(4 * q + 3)) != 0 ->
            id = ID(q) & 7;
            rename(id, q);
            lost = lost & ~same
        :: else -> skip
        fi;
        q++
    od;
    start = (start & ~pages) | (mapped & to); /* a VMA cut at e starts there */
    mapped = mapped & ~pages;
    writable = writable & ~pages
}

/*
 * Pages [s, e), bits [from, to), are new or part of one VMA, have the anon_vma `id`, and get the protection which the
 * pages `prot` have: merge with what is before and after, or else be a VMA. A faulted range never goes into an unfaulted
 * neighbour. Nothing else can differ: offsets are addresses, and every chain has one element.
 */
inline merge(s, e, from, to) {
    prev = (prot << 1) & from & start; /* not if the range starts within a VMA */
    next = prot & to;
    prev_id = (prev -> ID(s - 1) : 0);
    next_id = (next -> ID(e) : 0);
    prev = prev && (id == 0 || id == prev_id);
    next = next && (id == 0 || id == next_id);
    lo = s;
    hi = e;
    if
    :: prev && next && (prev_id == next_id || prev_id == 0 || next_id == 0) -> /* cases 1 and 6 */
        start = start & ~(from | to);
        id = prev_id | next_id;
        if
        :: prev_id == next_id -> skip
        :: else -> /* one has none: its pages get that of the other */
            if
            :: next_id == 0 ->
                hi++;
                do
                :: (BOUNDS & BIT(hi)) != 0 -> break
                :: else -> hi++
                od
            :: else ->
                lo--;
                do
                :: (start & BIT(lo)) != 0 -> break
                :: else -> lo--
                od
            fi
        fi
    :: else ->
        if
        :: prev -> /* cases 2, 5 and 7 */
            start = (start & ~from) | (mapped & to);
            id = prev_id
        :: else ->
            if
            :: next -> /* cases 3, 4 and 8 */
                start = (start & ~to) | from;
                id = next_id
            :: else ->
                start = start | from | (mapped & to);
                id = 0 /* nothing to hand on */
            fi
        fi
    fi;
    if
    :: id != 0 ->
        if
        :: id == 8 + e -> /* the anon_vma of what is after: it had its lowest page there, and goes down to `lo` */
            rename(e, lo);
            id = 8 + lo
        :: else -> skip
        fi;
        anon = anon | (SPAN(lo, hi) & (id * ONES))
    :: else -> skip
    fi
}

inline mmap(rw) {
    decode();
    BEFORE(rw, s, e)
    clear();
    prot = (rw -> writable : mapped & ~writable);
    mapped = mapped | pages;
    writable = writable | (rw * pages);
    start = start | from; /* as yet */
    id = 0;
    merge(s, e, from, to)
    AFTER
}

inline munmap() {
    decode();
    BEFORE(2, s, e)
    clear()
    AFTER
}

/* VMA by VMA, those with the protection already left out: they are not even tried for a merge. */
inline mprotect(rw) {
    decode();
    BEFORE(3 + rw, s, e)
    todo = pages & (rw -> ~writable : writable);
    do
    :: todo == 0 -> break
    :: else ->
        from = todo & -todo;
        hi = BOUNDS & -(from << 1);
        hi = hi & -hi;
        pages = (hi < to -> hi : to); /* the bit after the part of this VMA */
        s = LOG(from);
        e = LOG(pages);
        prot = (rw -> writable : mapped & ~writable);
        id = ID(s);
        merge(s, e, from, pages);
        writable = writable ^ (pages - from);
        todo = todo & -pages
    od;
    skip /* a d_step may not end in a loop */
    AFTER
}

/* The first write to page q: the anon_vma of the VMA that follows, or else of the one before, or else a new one. */
inline fault(q) {
    BEFORE(5, q, q + 1)
    if
    :: ID(q) == 0 ->
        lo = q;
        do
        :: (start & BIT(lo)) != 0 -> break
        :: else -> lo--
        od;
        hi = q + 1;
        do
        :: (BOUNDS & BIT(hi)) != 0 -> break
        :: else -> hi++
        od;
        id = ((mapped & BIT(hi)) != 0 -> ID(hi) : 0);
        if
        :: id == 0 ->
            id = (((mapped << 1) & BIT(lo)) != 0 -> ID(lo - 1) : 0);
            id = (id != 0 -> id : 8 + lo)
        :: id == 8 + hi ->
            rename(hi, lo);
            id = 8 + lo
        :: else -> skip
        fi;
        anon = anon | (SPAN(lo, hi) & (id * ONES))
    :: else -> skip
    fi
    AFTER
}

#define COVERED(s, e) ((~mapped & (BIT(e) - BIT(s))) == 0)

/* One list for both forms: CALLS(s, e) for every range, FAULT(q) for every page. */
#ifdef FLAT
#define CALLS(s, e) \
    :: d_step { range = 16 * (s) + (e); mmap(0) } \
    :: d_step { range = 16 * (s) + (e); mmap(1) } \
    :: d_step { range = 16 * (s) + (e); munmap() } \
    :: d_step { COVERED(s, e); range = 16 * (s) + (e); mprotect(0) } \
    :: d_step { COVERED(s, e); range = 16 * (s) + (e); mprotect(1) }
#else
#define CALLS(s, e) :: range = 16 * (s) + (e)
#endif
#define FAULT(q) :: d_step { (writable & BIT(q)) != 0; fault(q) }

#define TO1 CALLS(0, 1)
#define TO2 TO1 CALLS(0, 2) CALLS(1, 2)
#define TO3 TO2 CALLS(0, 3) CALLS(1, 3) CALLS(2, 3)
#define TO4 TO3 CALLS(0, 4) CALLS(1, 4) CALLS(2, 4) CALLS(3, 4)
#define TO5 TO4 CALLS(0, 5) CALLS(1, 5) CALLS(2, 5) CALLS(3, 5) CALLS(4, 5)
#define TO6 TO5 CALLS(0, 6) CALLS(1, 6) CALLS(2, 6) CALLS(3, 6) CALLS(4, 6) CALLS(5, 6)
#define TO7 TO6 CALLS(0, 7) CALLS(1, 7) CALLS(2, 7) CALLS(3, 7) CALLS(4, 7) CALLS(5, 7) CALLS(6, 7)
#define ON1 FAULT(0)
#define ON2 ON1 FAULT(1)
#define ON3 ON2 FAULT(2)
#define ON4 ON3 FAULT(3)
#define ON5 ON4 FAULT(4)
#define ON6 ON5 FAULT(5)
#define ON7 ON6 FAULT(6)
#define JOIN(a, b) a##b
#define UP_TO(name, p) JOIN(name, p)

active proctype caller() {
    do
#ifdef FLAT
    UP_TO(TO, P)
#else
    :: atomic {
        if
        UP_TO(TO, P)
        fi;
        if
        :: d_step { mmap(0) }
        :: d_step { mmap(1) }
        :: d_step { munmap() }
        :: d_step { COVERED(range >> 4, range & 15); mprotect(0) }
        :: d_step { COVERED(range >> 4, range & 15); mprotect(1) }
        fi
    }
#endif
    UP_TO(ON, P)
    od
}
