// What a walk over all structures has met: objects by address, each with a few counters. The tables are forgotten at
// once.
#pragma once

enum { most_links = 1 << 16 };  // of one list or tree; beyond it, it does not end

enum seen_kind { seen_file, seen_mapping, seen_anon_vma };

struct seen {
    enum seen_kind kind;
    unsigned links;    // VMAs that name it
    unsigned active;   // of an anon_vma: VMAs that have it; of a mapping: VMAs that may write to it
    unsigned in_tree;  // nodes of its tree
    unsigned children;
    unsigned family;  // of a root: its members
    void* owner;
};

void forget_seen(void);
// Of this object; new ones have zeros.
struct seen* seen_of(enum seen_kind kind, void* object);
// All of them, in the order in which they were met.
unsigned seen_count(void);
void* seen_object(unsigned number);
struct seen* seen_at(unsigned number);

// VMAs that a process has, in the order in which they are noted.
void note_live(void* vma);
int is_live(const void* vma);
unsigned live_count(void);
void* live_vma(unsigned number);
