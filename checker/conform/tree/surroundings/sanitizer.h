// Whether the tree's code reads and writes only what it has: for a tree that is compiled as KASAN would have it
// (`sanitized` of checker/subject/tree_ninja.cpp). In other builds nothing asks.
#pragma once

// All objects will lie in these bytes. None may be accessed yet.
void watch_objects(void* start, unsigned long bytes);
void allow_object(void* object, unsigned long bytes);
void forbid_object(void* object, unsigned long bytes);

// The object that the address lies in or behind, of allocate.c. 0: in none.
struct watched_object {
    const char* cache;
    unsigned long start, size;
};
int object_at(unsigned long address, struct watched_object* object);
