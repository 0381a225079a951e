// What a process shows of itself: the digest of its layout, its VMAs and its counters.
#include "agent.h"

enum { prot_grows = 0x03000000 };  // GROWSDOWN, GROWSUP
enum { covering_or_next = 0x10, procmap_query_call = 0xc0686611, seek_set = 0 };
static const u64 digest_start = 0xcbf29ce484222325, digest_factor = 0x100000001b3;

// The argument of PROCMAP_QUERY (Linux 6.11 and later).
struct procmap_query {
    u64 size, query_flags, query_addr;
    u64 vma_start, vma_end, vma_flags, vma_page_size, vma_offset, inode;
    u32 dev_major, dev_minor, vma_name_size, build_id_size;
    u64 vma_name_addr, build_id_addr;
};
_Static_assert(sizeof(struct procmap_query) == 104, "as the kernel has it");

// A VMA as a line of maps or smaps shows it.
struct seen_vma {
    u64 start, end, offset, dev, inode;
    u32 rights;  // read 1, write 2, execute 4, shared 8
    char name[64];
    bool has_object;
};

enum { own_vmas = 4 };

static int maps_fd = -1;
static char lines[4096];
static struct procmap_query own[own_vmas];  // the agent's VMAs
static int own_count;

static bool query_next(struct procmap_query* query) {
    query->query_addr = query->vma_end;
    return !failed(call3(nr_ioctl, maps_fd, procmap_query_call, query));
}

// Each process opens its own: an open file shows the memory of the process that opened it.
void open_maps(void) {
    if (maps_fd >= 0) call1(nr_close, maps_fd);
    const i64 fd = call3(nr_open, "/proc/self/maps", 0, 0);
    maps_fd = failed(fd) ? -1 : (int)fd;
    struct procmap_query query = {.size = sizeof(query), .query_flags = covering_or_next, .vma_end = reserved_start};
    for (own_count = 0; own_count < own_vmas && query_next(&query) && query.vma_end <= reserved_end;)
        own[own_count++] = query;
    if (own_count > 0 && own[own_count - 1].vma_end != reserved_end) own_count = 0;
}

static u64 mix(u64 digest, u64 number) {
    return (digest ^ number) * digest_factor;
}

static u64 mix_query(u64 digest, const struct procmap_query* query) {
    return mix(mix(mix(mix(digest, query->vma_start), query->vma_end), query->vma_flags), query->vma_offset);
}

static void read_vma(const char* line, struct seen_vma* vma) {
    vma->start = take_number(&line, 16);
    ++line;
    vma->end = take_number(&line, 16);
    ++line;
    vma->rights = (line[0] == 'r' ? 1u : 0) | (line[1] == 'w' ? 2u : 0) | (line[2] == 'x' ? 4u : 0) |
                  (line[3] == 's' ? 8u : 0);
    line += 5;
    vma->offset = take_number(&line, 16);
    ++line;
    const u64 major = take_number(&line, 16);
    ++line;
    vma->dev = major << 32 | take_number(&line, 16);
    ++line;
    vma->inode = take_number(&line, 10);
    while (*line == ' ') ++line;
    size_t length = 0;
    while (line[length] != 0 && length + 1 < sizeof(vma->name)) ++length;
    memcpy(vma->name, line, length);
    vma->name[length] = 0;
    // The inode of a segment is its id, which may be 0.
    vma->has_object = vma->inode != 0 || vma->name[0] == '/';
    if (!vma->has_object) vma->offset = 0;
}

// The agent's own VMAs are read once: every operation on them is refused, and observe reads all.
static u64 digest_of_queries(u64 start, u64 end) {
    struct procmap_query query = {.size = sizeof(query), .query_flags = covering_or_next};
    u64 digest = digest_start;
    query.vma_end = only_window && start < window_start ? window_start : start;
    if (only_window && end > window_end) end = window_end;
    while (query_next(&query)) {
        if (query.vma_start >= end) return digest;
        digest = mix_query(digest, &query);
        if (query.vma_end >= end) return digest;  // each query costs as much as a call
        if (query.vma_start != reserved_start || own_count == 0 || query.vma_end != own[0].vma_end) continue;
        for (int i = 1; i < own_count && own[i].vma_start < end; ++i) digest = mix_query(digest, &own[i]);
        query.vma_end = reserved_end;
    }
    return digest;
}

static bool is_shown(const struct seen_vma* vma) {
    return vma->end <= facts.task_size && (!only_window || (vma->end > window_start && vma->start < window_end));
}

static bool is_header(const char* line) {
    return (line[0] >= '0' && line[0] <= '9') || (line[0] >= 'a' && line[0] <= 'f');
}

u64 digest_of_text(int fd, u64 start, u64 end) {
    u64 digest = digest_start;
    struct line_reader reader = {fd, lines, sizeof(lines), 0, 0};
    for (char* line; (line = next_line(&reader)) != NULL;) {
        struct seen_vma vma;
        if (!is_header(line)) continue;
        read_vma(line, &vma);
        if (is_shown(&vma) && vma.end > start && vma.start < end)
            digest = mix(mix(mix(mix(digest, vma.start), vma.end), vma.rights), vma.offset);
    }
    return digest;
}

// Of the VMAs that have a byte in this range.
u64 digest_of_layout(u64 start, u64 end) {
    if (facts.has_procmap_query) return digest_of_queries(start, end);
    if (facts.reopen_maps)
        open_maps();
    else
        call3(nr_lseek, maps_fd, 0, seek_set);
    return digest_of_text(maps_fd, start, end);
}

// What the digest after an operation is about, where those near to it are wanted: the range of a call that touches no
// other, and a page on each side of it. After other calls, all.
void find_near(const struct op* op, const struct result* result, u64* start, u64* end) {
    *start = 0;
    *end = all_addresses;
    switch (op->kind) {
        case op_mprotect:
            if ((op->prot & prot_grows) != 0) return;
            break;
        case op_mmap: case op_munmap: case op_madvise: case op_fault: case op_mlock: case op_munlock:
        case op_mbind: case op_msync: case op_mincore: break;
        default: return;
    }
    const u64 addr = op->kind == op_mmap && !failed(result->value) ? (u64)result->value : op->addr;
    const u64 last = addr + (op->kind == op_fault || op->len == 0 ? 1 : op->len);
    if (last < addr || last > all_addresses - 2 * page_bytes) return;
    *start = addr & ~(u64)(page_bytes - 1);
    if (*start != 0) *start -= page_bytes;
    *end = ((last + page_bytes - 1) & ~(u64)(page_bytes - 1)) + page_bytes;
}

// ---- VMAs one by one

static bool is_special(const struct seen_vma* vma) {
    return begins_with(vma->name, "[vdso") || begins_with(vma->name, "[vvar");
}

// The flags where smaps is not there: rights and sharing; in a layout also what such a mapping has in every kernel.
static void put_guessed_flags(struct text* out, const struct seen_vma* vma, bool in_layout) {
    put(out, "[");
    const char* comma = "";
    static const char* const rights[] = {"\"READ\"", "\"WRITE\"", "\"EXEC\""};
    for (int i = 0; i < 3; ++i) {
        if ((vma->rights >> i & 1) == 0) continue;
        put(out, comma);
        put(out, rights[i]);
        comma = ",";
    }
    if ((vma->rights & 8) != 0) {
        put(out, comma);
        put(out, in_layout ? "\"SHARED\",\"MAYSHARE\"" : "\"MAYSHARE\"");
        comma = ",";
    }
    if (in_layout) {
        put(out, comma);
        put(out, begins_with(vma->name, "[vvar") ? "\"MAYREAD\",\"PFNMAP\",\"IO\",\"DONTEXPAND\",\"DONTDUMP\"" : "\"MAYRWX\"");
        if (begins_with(vma->name, "[vdso")) put(out, ",\"DONTEXPAND\"");
        if (begins_with(vma->name, "[stack]")) put(out, ",\"GROWSDOWN\"");
        if ((vma->rights & 10) == 2) put(out, ",\"ACCOUNT\"");
    }
    put(out, "]");
}

struct list_state {
    struct text* out;
    bool in_layout;
    u32 count;
    u32 anon_vmas;  // of the layout, numbered in pairs: the parent's and the process's
};

// The key "file" or "shared_object" and the offset. The program is the file behind those that were wanted.
static void put_object(struct list_state* list, const struct seen_vma* vma) {
    struct text* out = list->out;
    const u32 file = vma->has_object ? file_with(vma->dev, vma->inode, begins_with(vma->name, "/SYSV")) : 0;
    if (is_special(vma)) {
        put(out, list->in_layout ? ",\"special\":true,\"pgoff\":0" : ",\"special\":true");
        return;
    }
    if (!vma->has_object) return;
    put(out, ",\"pgoff\":");
    put_number(out, vma->offset / page_bytes);
    const bool is_program = vma->start >= (u64)agent_text_start && vma->end <= (u64)agent_end;
    if (file != 0 || is_program) {
        put(out, ",\"file\":");
        put_number(out, file != 0 ? file : area->file_count + 1);
    } else {
        put(out, list->in_layout ? ",\"shared_object\":1" : ",\"shared_object\":true");
    }
}

static void put_vma(struct list_state* list, const struct seen_vma* vma, const char* flags) {
    struct text* out = list->out;
    put(out, list->count++ == 0 ? "{\"start\":" : ",{\"start\":");
    put_hex(out, vma->start);
    put(out, ",\"end\":");
    put_hex(out, vma->end);
    put(out, ",\"flags\":");
    if (flags != NULL)
        put_smaps_flags(out, flags);
    else
        put_guessed_flags(out, vma, list->in_layout);
    put_object(list, vma);
    if (!list->in_layout && begins_with(vma->name, "[anon:n")) {
        const char* number = vma->name + length_of("[anon:n");
        put(out, ",\"name\":");
        put_number(out, take_number(&number, 10));
    }
    // The stack and the data of the program have been written to, before this process was forked and in it.
    const bool touched = (vma->rights & 10) == 2 && list->in_layout;
    if (touched) {
        const u32 parent = ++list->anon_vmas;
        const u32 own = ++list->anon_vmas;
        put(out, ",\"anon\":");
        put_number(out, own);
        put(out, ",\"chain\":[");
        put_number(out, own);
        put(out, ",");
        put_number(out, parent);
        put(out, "]");
    }
    put(out, "}");
}

static void put_vmas(struct list_state* list) {
    const char* path = facts.has_smaps ? "/proc/self/smaps" : "/proc/self/maps";
    struct line_reader reader = {(int)call3(nr_open, path, 0, 0), lines, sizeof(lines), 0, 0};
    struct seen_vma vma = {.end = ~(u64)0};
    for (char* line; (line = next_line(&reader)) != NULL;) {
        const bool begins = is_header(line);
        if (begins) read_vma(line, &vma);
        if (!is_shown(&vma)) continue;
        if (begins && !facts.has_smaps) put_vma(list, &vma, NULL);
        if (begins_with(line, "VmFlags: ")) put_vma(list, &vma, line + length_of("VmFlags: "));
    }
    call1(nr_close, reader.fd);
}

// ---- processes

// A counter of /proc/self/status in pages, added to *value; false: this line is another one.
static bool add_counter(const char* line, const char* name, u64* value) {
    if (!begins_with(line, name)) return false;
    line += length_of(name);
    while (*line == ' ' || *line == '\t') ++line;
    *value += take_number(&line, 10) * 1024 / page_bytes;
    return true;
}

static void put_counters(struct text* out) {
    struct line_reader reader = {(int)call3(nr_open, "/proc/self/status", 0, 0), lines, sizeof(lines), 0, 0};
    u64 total = 0, locked = 0, data = 0, stack = 0, exec = 0;
    for (char* line; (line = next_line(&reader)) != NULL;) {
        add_counter(line, "VmSize:", &total);
        add_counter(line, "VmLck:", &locked);
        add_counter(line, "VmData:", &data);
        add_counter(line, "VmStk:", &stack);
        add_counter(line, "VmExe:", &exec);  // the part of exec_vm that is the program's
        add_counter(line, "VmLib:", &exec);  // and the rest
    }
    call1(nr_close, reader.fd);
    put(out, ",\"total_vm\":");
    put_number(out, total);
    put(out, ",\"data_vm\":");
    put_number(out, data);
    put(out, ",\"exec_vm\":");
    put_number(out, exec);
    put(out, ",\"stack_vm\":");
    put_number(out, stack);
    put(out, ",\"locked_vm\":");
    put_number(out, locked);
}

static void put_brk(struct text* out) {
    put(out, ",\"brk\":");
    put_hex(out, (u64)call1(nr_brk, 0));
}

void write_process(struct text* out, u32 slot) {
    put(out, "{\"proc\":");
    put_number(out, slot);
    put_brk(out);
    if (facts.has_status && !only_window) put_counters(out);
    struct list_state list = {.out = out};
    put(out, ",\"vmas\":[");
    put_vmas(&list);
    put(out, "]}");
}

void write_layout(struct text* out) {
    if (only_window) return;  // it is empty at the start
    struct list_state list = {.out = out, .in_layout = true};
    put(out, ",\"shared_objects\":[{\"charged\":");
    put_number(out, control_bytes / page_bytes);
    put(out, ",\"pages\":");
    put_number(out, control_bytes / page_bytes);
    put(out, "}],\"layout\":[{\"proc\":0");
    put_brk(out);
    put(out, ",\"vmas\":[");
    put_vmas(&list);
    put(out, "]}],\"anon_vmas\":[");
    for (u32 parent = 1; parent < list.anon_vmas; parent += 2) {
        put(out, parent == 1 ? "{\"number\":" : ",{\"number\":");
        put_number(out, parent + 1);
        put(out, ",\"root\":");
        put_number(out, parent);
        put(out, ",\"parent\":");
        put_number(out, parent);
        put(out, "}");
    }
    put(out, "]");
}
