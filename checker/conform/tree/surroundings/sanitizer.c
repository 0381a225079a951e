#include "sanitizer.h"

#include <stdio.h>

#include "agent.h"
#include "guard.h"
#include "tree.h"

enum { granule = 8 };

// For each granule of the memory of objects, how many of its first bytes may be accessed.
static u8* allowed;
static u64 first_byte, byte_count;

void watch_objects(void* start, unsigned long bytes) {
    first_byte = (u64)start;
    byte_count = bytes;
    allowed = tree_memory(bytes / granule);
}

void allow_object(void* object, unsigned long bytes) {
    u8* at = &allowed[((u64)object - first_byte) / granule];
    for (; bytes >= granule; bytes -= granule) *at++ = granule;
    if (bytes > 0) *at = (u8)bytes;
}

void forbid_object(void* object, unsigned long bytes) {
    memset(&allowed[((u64)object - first_byte) / granule], 0, (bytes + granule - 1) / granule);
}

static bool may_access(u64 address, u64 size) {
    const u64 end = address + size - first_byte;
    for (u64 at = address - first_byte; at < end; at += granule - at % granule) {
        const u64 last = end - at < granule - at % granule ? end - at : granule - at % granule;
        if (at % granule + last > allowed[at / granule]) return false;
    }
    return true;
}

static void check_access(u64 address, u64 size, const char* done, u64 caller, u64 frame) {
    if (size == 0 || address - first_byte >= byte_count || may_access(address, size)) return;
    struct watched_object object = {"memory that no cache has given", address, 0};
    object_at(address, &object);
    const bool lives = allowed[(object.start - first_byte) / granule] > 0;
    char what[200];
    snprintf(what, sizeof(what), "%s of %lu bytes at offset %lu of %s %s (%lu bytes)", done, (unsigned long)size,
             (unsigned long)(address - object.start), lives ? "an object of" : "a freed object of", object.cache,
             object.size);
    report_place(lives ? "out-of-bounds" : "use-after-free", what, caller, frame, frame);
    tree_abandon();
}

// What the compiler calls before each access. The frame is that of the function that makes it.
#define caller_and_frame (u64) __builtin_return_address(0), *(u64*)__builtin_frame_address(0)
#define checked_read(suffix)                                       \
    void __asan_load##suffix##_noabort(u64 address) {              \
        check_access(address, suffix, "a read", caller_and_frame); \
    }
#define checked_write(suffix)                                       \
    void __asan_store##suffix##_noabort(u64 address) {              \
        check_access(address, suffix, "a write", caller_and_frame); \
    }

checked_read(1);
checked_read(2);
checked_read(4);
checked_read(8);
checked_read(16);
checked_write(1);
checked_write(2);
checked_write(4);
checked_write(8);
checked_write(16);

void __asan_loadN_noabort(u64 address, u64 size) {
    check_access(address, size, "a read", caller_and_frame);
}
void __asan_storeN_noabort(u64 address, u64 size) {
    check_access(address, size, "a write", caller_and_frame);
}
void __asan_handle_no_return(void) {}

bool __kasan_check_read(const volatile void* address, unsigned size) {
    check_access((u64)address, size, "a read", caller_and_frame);
    return true;
}
bool __kasan_check_write(const volatile void* address, unsigned size) {
    check_access((u64)address, size, "a write", caller_and_frame);
    return true;
}
