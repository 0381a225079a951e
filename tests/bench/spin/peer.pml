#ifndef P
#define P 4
#endif
#define ONES 286331153
#define SEVENS (7 * ONES)
#define EIGHTS (~SEVENS)
#define BIT(q) (1 << (q))
#define ID(q) ((anon >> (4 * (q))) & 15)
#define SPAN(s, e) ((-1 << (4 * (s))) & ~(-16 << (4 * (e) - 4)))
#define BOUNDS (start | ~mapped)
#define LOG(b) ((((b) & 170) != 0) + 2 * (((b) & 204) != 0) + 4 * (((b) & 240) != 0) + 8 * ((b) >> 8))

#ifdef SHOW
#define BEFORE(op, s, e) printf("%d %d %d %d | %d %d %d ", mapped, write, start, anon, op, s, e);
#define AFTER ; printf("| %d %d %d %d\n", mapped, write, start, anon)
#else
#define BEFORE(op, s, e)
#define AFTER
#endif

byte mapped;
byte write;
byte start;
int anon;

hidden short range;
hidden short s, e, from, to, x;
hidden short like, todo, p, n, k;
hidden short lo, hi;
hidden int a, b, v, same, z, lost;

inline decode() {
    s = range >> 4;
    e = range & 15;
    from = BIT(s);
    to = BIT(e);
    x = to - from
}

inline find(id) {
    z = anon ^ ((id) * ONES);
    same = ~(((z & SEVENS) + SEVENS) | z) & EIGHTS
}

inline rename(old, new) {
    find(8 + (old));
    anon = anon + ((new) - (old)) * ((same >> 3) & ONES)
}

inline drop() {
    anon = anon & ~SPAN(s, e);
    lost = ((anon & SEVENS) + (8 - s) * ONES) & ~((anon & SEVENS) + (8 - e) * ONES) & anon & EIGHTS;
    k = e;
    do
    :: lost == 0 -> break
    :: else ->
        if
        :: (lost & (8 << (4 * k))) != 0 ->
            v = ID(k) & 7;
            rename(v, k);
            lost = lost & ~same
        :: else -> skip
        fi;
        k++
    od;
    start = (start & ~x) | (mapped & to);
    mapped = mapped & ~x;
    write = write & ~x
}

/* pages [s, e) = bits [from, to) */
inline join(s, e, from, to) {
    p = (like << 1) & from & start;
    n = like & to;
    a = (p -> ID(s - 1) : 0);
    b = (n -> ID(e) : 0);
    p = p && (v == 0 || v == a);
    n = n && (v == 0 || v == b);
    lo = s;
    hi = e;
    if
    :: p && n && (a == b || a == 0 || b == 0) ->
        start = start & ~(from | to);
        if
        :: a != 0 ->
            v = a;
            if
            :: b == 0 ->
                hi++;
                do
                :: (BOUNDS & BIT(hi)) -> break
                :: else -> hi++
                od
            :: else -> skip
            fi
        :: else ->
            v = b;
            if
            :: b != 0 ->
                lo--;
                do
                :: (start & BIT(lo)) -> break
                :: else -> lo--
                od
            :: else -> skip
            fi
        fi
    :: else ->
        if
        :: p ->
            start = (start & ~from) | (mapped & to);
            v = a
        :: else ->
            if
            :: n ->
                start = (start & ~to) | from;
                v = b
            :: else ->
                start = start | from | (mapped & to);
                v = 0
            fi
        fi
    fi;
    if
    :: v != 0 ->
        if
        :: v == 8 + e ->
            rename(e, lo);
            v = 8 + lo
        :: else -> skip
        fi;
        anon = anon | (SPAN(lo, hi) & (v * ONES))
    :: else -> skip
    fi
}

inline mmap(op, rw) {
    BEFORE(op, range >> 4, range & 15)
    decode();
    drop();
    mapped = mapped | x;
    start = start | from;
    like = (rw -> write : mapped & ~write);
    write = write | (rw * x);
    v = 0;
    join(s, e, from, to)
    AFTER
}

inline munmap() {
    BEFORE(2, range >> 4, range & 15)
    decode();
    drop()
    AFTER
}

inline mprotect(op, rw) {
    BEFORE(op, range >> 4, range & 15)
    decode();
    todo = x & (rw -> ~write : write);
    do
    :: todo == 0 -> break
    :: else ->
        from = todo & -todo;
        k = BOUNDS & -(from << 1);
        k = k & -k;
        k = (k < to -> k : to);
        s = LOG(from);
        e = LOG(k);
        like = (rw -> write : mapped & ~write);
        v = ID(s);
        join(s, e, from, k);
        write = write ^ (k - from);
        todo = todo & -k
    od;
    skip
    AFTER
}

inline touch(q) {
    BEFORE(5, q, 0)
    if
    :: ID(q) == 0 ->
        lo = q;
        do
        :: (start & BIT(lo)) -> break
        :: else -> lo--
        od;
        hi = q + 1;
        do
        :: (BOUNDS & BIT(hi)) -> break
        :: else -> hi++
        od;
        v = ((mapped & BIT(hi)) -> ID(hi) : 0);
        if
        :: v != 0 ->
            if
            :: v == 8 + hi ->
                rename(hi, lo);
                v = 8 + lo
            :: else -> skip
            fi
        :: else ->
            v = (((mapped << 1) & BIT(lo)) -> ID(lo - 1) : 0);
            v = (v != 0 -> v : 8 + lo)
        fi;
        anon = anon | (SPAN(lo, hi) & (v * ONES))
    :: else -> skip
    fi
    AFTER
}

#define COVERED ((~mapped & (BIT(range & 15) - BIT(range >> 4))) == 0)
#define RANGE(s, e) :: range = 16 * (s) + (e)
#define FAULT(q) :: d_step { (write & BIT(q)) != 0; touch(q) }

active proctype caller() {
    do
    :: atomic {
        if
        RANGE(0, 1)
#if P >= 2
        RANGE(0, 2) RANGE(1, 2)
#endif
#if P >= 3
        RANGE(0, 3) RANGE(1, 3) RANGE(2, 3)
#endif
#if P >= 4
        RANGE(0, 4) RANGE(1, 4) RANGE(2, 4) RANGE(3, 4)
#endif
#if P >= 5
        RANGE(0, 5) RANGE(1, 5) RANGE(2, 5) RANGE(3, 5) RANGE(4, 5)
#endif
#if P >= 6
        RANGE(0, 6) RANGE(1, 6) RANGE(2, 6) RANGE(3, 6) RANGE(4, 6) RANGE(5, 6)
#endif
#if P >= 7
        RANGE(0, 7) RANGE(1, 7) RANGE(2, 7) RANGE(3, 7) RANGE(4, 7) RANGE(5, 7) RANGE(6, 7)
#endif
#if P >= 8
        RANGE(0, 8) RANGE(1, 8) RANGE(2, 8) RANGE(3, 8) RANGE(4, 8) RANGE(5, 8) RANGE(6, 8) RANGE(7, 8)
#endif
        fi;
        if
        :: d_step { mmap(0, 0) }
        :: d_step { mmap(1, 1) }
        :: d_step { munmap() }
        :: d_step { COVERED; mprotect(3, 0) }
        :: d_step { COVERED; mprotect(4, 1) }
        fi
      }
    FAULT(0)
#if P >= 2
    FAULT(1)
#endif
#if P >= 3
    FAULT(2)
#endif
#if P >= 4
    FAULT(3)
#endif
#if P >= 5
    FAULT(4)
#endif
#if P >= 6
    FAULT(5)
#endif
#if P >= 7
    FAULT(6)
#endif
#if P >= 8
    FAULT(7)
#endif
    od
}
