#include "trace.h"

enum { most_places = 1 << 16 };

static struct {
    u64 address;  // of what follows the block's call of __sanitizer_cov_trace_pc
    u64 frame;    // the frame pointer of its function
} places[most_places];
static u32 place_count;
static bool tracing;

// What the compiler calls at the beginning of each basic block.
void __sanitizer_cov_trace_pc(void) {
    if (!tracing || place_count == most_places) return;
    places[place_count].address = (u64)__builtin_return_address(0);
    places[place_count].frame = *(u64*)__builtin_frame_address(0);
    ++place_count;
}

void begin_trace(void) {
    place_count = 0;
    tracing = true;
}

void end_trace(void) {
    tracing = false;
}

void put_places(struct text* text) {
    put(text, ",\"places\":[");
    for (u32 i = 0; i < place_count; ++i) {
        if (i > 0) put(text, ",");
        put_number(text, places[i].address);
        put(text, ",");
        put_number(text, places[i].frame);
    }
    put(text, "]");
}
