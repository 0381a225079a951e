/*
 * The scope `peer` for SPIN, written over the list of VMAs: one process, P pages, private anonymous memory, v5.10 rules;
 * mmap(MAP_FIXED), munmap and mprotect of every range with R and RW, and a write fault on every page. Give P with
 * -DP=4 (1 to 7).
 *
 * Why there are two models: this one reads like the kernel's list, and does what a general-purpose checker has to do for
 * linked structures (search, insert, remove, renumber); peer.pml, all pages in bit masks, is the fastest form we know.
 *
 * How SPIN's figures correspond. A state of the scope is one stored state. The choice of a range is a step inside an
 * `atomic`, so the state after it is neither stored nor counted as such; an operation is one `d_step`. A call that fails
 * is an option that cannot be executed, hence no transition. SPIN's "transitions (= stored+matched)" is the number of
 * transitions plus 1, as the storing of the initial state counts too. P = 2: 26 states, 374 transitions; P = 3: 192,
 * 5 475; P = 4: 1 466, 68 693; P = 5: 13 914, 973 087.
 *
 * With -DSHOW (and -DPRINTF for the C compiler) every transition is printed as a line, the same as by peer.pml.
 */
#ifndef P
#define P 4
#endif
#if P < 1 || P > 7
#error P must be 1 to 7: the lists of options at the end go so far
#endif

/*
 * VMA i, 0 <= i < n, has the pages [start[i], end[i]), in address order. anon[i] is 0 if it has no anon_vma; the
 * identities are 1, 2, 3 ... by first appearance. Slots from n on are 0. There are never more VMAs than pages.
 */
byte n;
byte start[P];
byte end[P];
bit writable[P];
byte anon[P];

/* Scratch, no part of a state. `range` is 16 * s + e for the pages [s, e): one variable, so that to choose is one step. */
hidden byte range;
hidden int s, e;                /* the call's range */
hidden int lo, hi, id;          /* what vma_merge() is asked for: a range and its anon_vma */
hidden int i, prev, next;       /* indices of VMAs; prev is -1 if there is none */
hidden int with_prev, with_next, merged;
hidden int q, known, old;

inline copy(from, to) {
    start[to] = start[from];
    end[to] = end[from];
    writable[to] = writable[from];
    anon[to] = anon[from]
}

/* Make room for a VMA at `at`; what is there is now at `at` and at + 1. */
inline insert(at) {
    q = n;
    do
    :: q > at -> copy(q - 1, q); q--
    :: else -> break
    od;
    n++
}

/* Take `count` VMAs out of the list, the first at `at`. */
inline remove(at, count) {
    q = at + (count); /* an argument is put in as text, hence the brackets */
    do
    :: q < n -> copy(q, q - (count)); q++
    :: else -> break
    od;
    q = n - (count);
    do
    :: q < n -> n--; start[n] = 0; end[n] = 0; writable[n] = 0; anon[n] = 0
    :: else -> break
    od
}

/* VMA `at` becomes two, at `at` and at + 1, which meet at `page`. */
inline split(at, page) {
    insert(at);
    end[at] = page;
    start[at + 1] = page
}

/* i is the first VMA which ends above s, or n. */
inline find_vma() {
    i = 0;
    do
    :: i < n && end[i] <= s -> i++
    :: else -> break
    od
}

/* Identities by first appearance: where one is not the next number, it changes places with the one that is. */
inline renumber() {
    known = 0;
    i = 0;
    do
    :: i < n ->
        if
        :: anon[i] <= known -> skip
        :: else ->
            known++;
            old = anon[i];
            if
            :: old == known -> skip
            :: else ->
                q = i;
                do
                :: q < n ->
                    if
                    :: anon[q] == old -> anon[q] = known
                    :: anon[q] == known -> anon[q] = old
                    :: else -> skip
                    fi;
                    q++
                :: else -> break
                od
            fi
        fi;
        i++
    :: else -> break
    od
}

/* May a range with the anon_vma `id` be part of VMA v? A faulted range does not go into an unfaulted neighbour. */
#define FITS(v, rw) (writable[v] == rw && (id == 0 || id == anon[v]))

/*
 * The pages [lo, hi), a hole or a part of one VMA, are about to have the protection rw; `prev` is the VMA that starts
 * below lo. Find out whether they merge with what is around them (`merged`), and do it; `i` is then the resulting VMA.
 */
inline vma_merge(rw) {
    next = prev + 1;
    if
    :: next < n && end[next] == hi -> next++ /* the range is all of this one, N in cases 6, 7 and 8 */
    :: else -> skip
    fi;
    with_prev = prev >= 0 && end[prev] == lo && FITS(prev, rw);
    with_next = next < n && start[next] == hi && FITS(next, rw);
    merged = with_prev || with_next;
    if
    :: with_prev && with_next && (anon[prev] == 0 || anon[next] == 0 || anon[prev] == anon[next]) ->
        end[prev] = end[next]; /* cases 1 and 6 */
        if
        :: anon[prev] == 0 -> anon[prev] = anon[next]
        :: else -> skip
        fi;
        i = prev;
        remove(prev + 1, next - prev)
    :: else ->
        if
        :: with_prev ->
            end[prev] = hi; /* case 2, and so far cases 5 and 7 */
            i = prev;
            if
            :: next == prev + 2 -> remove(prev + 1, 1) /* case 7 */
            :: else ->
                if
                :: next < n && start[next] < hi -> start[next] = hi /* case 5 */
                :: else -> skip
                fi
            fi
        :: else ->
            if
            :: with_next ->
                start[next] = lo; /* case 3, and so far cases 4 and 8 */
                i = next;
                if
                :: next == prev + 2 -> i--; remove(prev + 1, 1) /* case 8 */
                :: else ->
                    if
                    :: prev >= 0 && end[prev] > lo -> end[prev] = lo /* case 4 */
                    :: else -> skip
                    fi
                fi
            :: else -> skip
            fi
        fi
    fi
}

/* Nothing is mapped in [s, e) any more; i is the first VMA above. */
inline unmap() {
    find_vma();
    if
    :: i < n && start[i] < s ->
        if
        :: end[i] > e -> split(i, e)
        :: else -> skip
        fi;
        end[i] = s;
        i++
    :: else -> skip
    fi;
    next = i;
    do
    :: next < n && end[next] <= e -> next++
    :: else -> break
    od;
    if
    :: next < n && start[next] < e -> start[next] = e
    :: else -> skip
    fi;
    if
    :: next > i -> remove(i, next - i)
    :: else -> skip
    fi
}

inline mmap(rw) {
    begin(rw);
    unmap();
    prev = i - 1;
    lo = s;
    hi = e;
    id = 0;
    vma_merge(rw);
    if
    :: merged -> skip
    :: else ->
        insert(i);
        start[i] = s;
        end[i] = e;
        writable[i] = rw;
        anon[i] = 0
    fi;
    finish()
}

inline munmap() {
    begin(2);
    unmap();
    finish()
}

/* VMA by VMA; one with the protection already is left out, and not even tried for a merge. */
inline mprotect(rw) {
    begin(3 + rw);
    find_vma();
    do
    :: i < n && start[i] < e ->
        if
        :: writable[i] == rw -> skip
        :: else ->
            lo = (start[i] > s -> start[i] : s);
            hi = (end[i] < e -> end[i] : e);
            prev = (lo > start[i] -> i : i - 1);
            id = anon[i];
            vma_merge(rw);
            if
            :: merged -> skip
            :: else ->
                if
                :: lo > start[i] -> split(i, lo); i++
                :: else -> skip
                fi;
                if
                :: hi < end[i] -> split(i, hi)
                :: else -> skip
                fi;
                writable[i] = rw
            fi
        fi;
        i++ /* a merge may have gone beyond hi */
    :: else -> break
    od;
    finish()
}

/* The first write to a VMA: the anon_vma of the VMA that follows, or else of the one before, or else a new one. */
inline fault() {
    begin(5);
    find_vma();
    if
    :: anon[i] != 0 -> skip
    :: else ->
        if
        :: i + 1 < n && start[i + 1] == end[i] -> anon[i] = anon[i + 1]
        :: else -> skip
        fi;
        if
        :: anon[i] == 0 && i > 0 && end[i - 1] == start[i] -> anon[i] = anon[i - 1]
        :: else -> skip
        fi;
        if
        :: anon[i] == 0 -> anon[i] = P + 1 /* no other has this */
        :: else -> skip
        fi
    fi;
    finish()
}

#ifdef SHOW
hidden int mapped, writables, starts, anons, first;

/* The list as peer.pml has it. */
inline print_list() {
    mapped = 0; writables = 0; starts = 0; anons = 0;
    i = 0;
    do
    :: i < n ->
        starts = starts | (1 << start[i]);
        first = 0;
        do
        :: anon[first] == anon[i] -> break
        :: else -> first++
        od;
        q = start[i];
        do
        :: q < end[i] ->
            mapped = mapped | (1 << q);
            writables = writables | (writable[i] << q);
            anons = anons | ((anon[i] != 0 -> 8 + start[first] : 0) << (4 * q));
            q++
        :: else -> break
        od;
        i++
    :: else -> break
    od;
    printf("%d %d %d %d", mapped, writables, starts, anons)
}
#endif

inline begin(call) {
    s = range / 16;
    e = range % 16;
#ifdef SHOW
    print_list();
    printf(" | %d %d %d | ", call, s, e)
#endif
}

inline finish() {
    renumber();
#ifdef SHOW
    print_list();
    printf("\n")
#endif
    skip /* a d_step may not end in a loop */
}

/* What makes a call fail has to be an expression, for all slots i; an unused one has start and end 0. */
#define HAS_S(i) (start[i] <= range / 16 && range / 16 < end[i])
#define HOLE_AFTER(i) (range / 16 < end[i] && end[i] < range % 16 && start[(i) + 1] != end[i])
#define CAN_WRITE(i) (HAS_S(i) && writable[i])
#define COVERED (ANY(P, HAS_S) && !ANY(LAST, HOLE_AFTER))
#define WRITABLE_PAGE (range % 16 == range / 16 + 1 && ANY(P, CAN_WRITE))

#define ANY0(of) false
#define ANY1(of) of(0)
#define ANY2(of) ANY1(of) || of(1)
#define ANY3(of) ANY2(of) || of(2)
#define ANY4(of) ANY3(of) || of(3)
#define ANY5(of) ANY4(of) || of(4)
#define ANY6(of) ANY5(of) || of(5)
#define ANY7(of) ANY6(of) || of(6)
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
#define ANY(p, of) (UP_TO(ANY, p)(of))

#define RANGE(s, e) :: range = 16 * (s) + (e)
#define TO1 RANGE(0, 1)
#define TO2 TO1 RANGE(0, 2) RANGE(1, 2)
#define TO3 TO2 RANGE(0, 3) RANGE(1, 3) RANGE(2, 3)
#define TO4 TO3 RANGE(0, 4) RANGE(1, 4) RANGE(2, 4) RANGE(3, 4)
#define TO5 TO4 RANGE(0, 5) RANGE(1, 5) RANGE(2, 5) RANGE(3, 5) RANGE(4, 5)
#define TO6 TO5 RANGE(0, 6) RANGE(1, 6) RANGE(2, 6) RANGE(3, 6) RANGE(4, 6) RANGE(5, 6)
#define TO7 TO6 RANGE(0, 7) RANGE(1, 7) RANGE(2, 7) RANGE(3, 7) RANGE(4, 7) RANGE(5, 7) RANGE(6, 7)

active proctype caller() {
    do
    :: atomic {
        if
        UP_TO(TO, P)
        fi;
        if
        :: d_step { mmap(0) }
        :: d_step { mmap(1) }
        :: d_step { munmap() }
        :: d_step { COVERED; mprotect(0) }
        :: d_step { COVERED; mprotect(1) }
        :: d_step { WRITABLE_PAGE; fault() }
        fi
    }
    od
}
