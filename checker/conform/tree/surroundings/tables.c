// Tables by address: open addressing, and a generation instead of an empty table.
#include "tables.h"

#include "tree.h"

enum { places = 1 << 15, most_seen = places / 2 };

struct place {
    const void* object;
    unsigned generation;
    unsigned number;  // of what is seen
};

struct entry {
    void* object;
    struct seen seen;
};

static struct place seen_places[places], live_places[places];
static struct entry entries[most_seen];
static void* live[most_seen];
static unsigned generation, count, lives;

static struct place* place_of(struct place* table, const void* object) {
    unsigned at = (unsigned)(((unsigned long)object >> 6) * 0x9e3779b97f4a7c15ul >> 49);
    while (table[at].generation == generation && table[at].object != object) at = (at + 1) % places;
    return &table[at];
}

void forget_seen(void) {
    ++generation;
    count = 0;
    lives = 0;
}

struct seen* seen_of(enum seen_kind kind, void* object) {
    struct place* place = place_of(seen_places, object);
    if (place->generation != generation) {
        if (count == most_seen) tree_lacks("room for so many objects in its checks");
        *place = (struct place){object, generation, count};
        entries[count] = (struct entry){object, {.kind = kind}};
        ++count;
    }
    return &entries[place->number].seen;
}

unsigned seen_count(void) {
    return count;
}

void* seen_object(unsigned number) {
    return entries[number].object;
}

struct seen* seen_at(unsigned number) {
    return &entries[number].seen;
}

void note_live(void* vma) {
    if (lives == most_seen) tree_lacks("room for so many VMAs in its checks");
    *place_of(live_places, vma) = (struct place){vma, generation, lives};
    live[lives++] = vma;
}

int is_live(const void* vma) {
    return place_of(live_places, vma)->generation == generation;
}

unsigned live_count(void) {
    return lives;
}

void* live_vma(unsigned number) {
    return live[number];
}
