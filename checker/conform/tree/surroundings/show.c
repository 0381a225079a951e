// What processes show of themselves: the answer to observe.
#include "agent.h"
#include "front.h"
#include "tree.h"

static void put_count(const char* key, u64 value) {
    put(&out, key);
    put_number(&out, value);
}

static void put_vma(const struct tree_vma* vma) {
    put(&out, "{\"start\":");
    put_hex(&out, vma->start);
    put(&out, ",\"end\":");
    put_hex(&out, vma->end);
    put(&out, ",\"flags\":[");
    const char* comma = "";
    for (unsigned bit = 0; bit < 64; ++bit) {
        const char* name = (vma->flags >> bit & 1) != 0 ? tree_flag_name(bit) : NULL;
        if (name == NULL) continue;
        put(&out, comma);
        put_string(&out, name);
        comma = ",";
    }
    put(&out, "]");
    if (vma->has_offset) put_count(",\"pgoff\":", vma->pgoff);
    if (vma->file != 0) put_count(",\"file\":", vma->file);
    if (vma->shared_object) put(&out, ",\"shared_object\":true");
    put(&out, "}");
}

static void put_process(u32 slot) {
    struct tree_counters counters;
    struct tree_vma vma = {0};
    tree_counters(slot, &counters);
    put_count("{\"proc\":", slot);
    put(&out, ",\"brk\":");
    put_hex(&out, counters.brk);
    put_count(",\"total_vm\":", counters.total_vm);
    put_count(",\"data_vm\":", counters.data_vm);
    put_count(",\"exec_vm\":", counters.exec_vm);
    put_count(",\"stack_vm\":", counters.stack_vm);
    put_count(",\"locked_vm\":", counters.locked_vm);
    put_count(",\"map_count\":", counters.map_count);
    put(&out, ",\"vmas\":[");
    for (bool first = true; tree_next_vma(slot, vma.end, &vma); first = false) {
        if (!first) put(&out, ",");
        put_vma(&vma);
    }
    put(&out, "]}");
}

void answer_observe(struct reader* reader) {
    struct string key;
    bool first = false;
    u64 only = ~(u64)0;
    while (next_key(reader, &first, &key)) {
        if (same_text(key.start, key.length, "proc"))
            only = read_unsigned(reader);
        else
            skip_value(reader);
    }
    put(&out, "{\"processes\":[");
    first = true;
    for (u32 i = 0; i < tree_slots; ++i) {
        if (!tree_lives(i) || (only != ~(u64)0 && only != i)) continue;
        if (!first) put(&out, ",");
        first = false;
        put_process(i);
    }
    put(&out, "]}");
}
