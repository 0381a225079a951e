// The steps and the wanted setup of requests.
#include "agent.h"

// A list of names and of hexadecimal strings; or, where the table has names of single values, one name.
static u64 read_names(struct reader* reader, enum name_table table) {
    u64 bits = 0;
    for (bool first = true; next_item(reader, &first);) {
        u64 value = 0;
        const struct string name = read_string(reader);
        if (name.length > 2 && name.start[0] == '0' && name.start[1] == 'x') {
            struct reader digits = {name.start - 1, name.start + name.length + 1, NULL};
            value = read_unsigned(&digits);
            if (digits.error != NULL) fail(reader, digits.error);
        } else if (!value_named(table, name.start, name.length, &value)) {
            fail(reader, "a flag that this agent does not know");
        }
        bits |= value;
    }
    return bits;
}

static u32 read_name(struct reader* reader, enum name_table table) {
    u64 value = 0;
    const struct string name = read_string(reader);
    if (!value_named(table, name.start, name.length, &value)) fail(reader, "a name that this agent does not know");
    return (u32)value;
}

// The table of "flags" of an operation.
static enum name_table flags_of(u32 kind) {
    switch (kind) {
        case op_mremap: return names_mremap;
        case op_mlock: return names_mlock;
        case op_mlockall: return names_mcl;
        case op_mbind: return names_mpol;
        case op_msync: return names_ms;
        case op_uffd_register: return names_uffd;
        case op_shmat: return names_shm;
        default: return names_map;
    }
}

static u32 read_small(struct reader* reader, u64 largest) {
    const u64 value = read_unsigned(reader);
    if (value > largest) fail(reader, "a number that is too large");
    return (u32)value;
}

// {"nth":1}: of all allocations, whatever they are for.
static u32 read_failure(struct reader* reader) {
    struct string key;
    u32 number = 0;
    for (bool first = true; next_key(reader, &first, &key);)
        if (same_text(key.start, key.length, "nth")) number = read_small(reader, 0xffff);
        else fail(reader, "allocations of one kind are not counted");
    if (number == 0) fail(reader, "the allocations of a step are counted from 1");
    return number;
}

static void read_argument(struct reader* reader, const struct string* key, struct op* op) {
    const char* name = key->start;
    const size_t length = key->length;
    if (same_text(name, length, "addr")) op->addr = read_unsigned(reader);
    else if (same_text(name, length, "len")) op->len = read_unsigned(reader);
    else if (same_text(name, length, "prot")) op->prot = read_names(reader, names_prot);
    else if (same_text(name, length, "flags")) op->flags = read_names(reader, flags_of(op->kind));
    else if (same_text(name, length, "proc")) op->process = (u8)read_small(reader, max_slots - 1);
    else if (same_text(name, length, "advice")) op->advice = read_name(reader, names_advice);
    else if (same_text(name, length, "access")) op->access = read_name(reader, names_access);
    else if (same_text(name, length, "new_len")) op->new_len = read_unsigned(reader);
    else if (same_text(name, length, "new_addr")) op->new_addr = read_unsigned(reader);
    else if (same_text(name, length, "file")) op->file = (u16)read_small(reader, 0xffff);
    else if (same_text(name, length, "offset")) op->offset = read_unsigned(reader);
    else if (same_text(name, length, "pgoff")) op->offset = read_unsigned(reader);
    else if (same_text(name, length, "target")) op->target = (u8)read_small(reader, max_slots - 1);
    else if (same_text(name, length, "policy")) op->policy = read_small(reader, 0xffff);
    else if (same_text(name, length, "uffd")) op->uffd = read_small(reader, 0xffff);
    else if (same_text(name, length, "name")) op->name = read_small(reader, 0xffff);
    else if (same_text(name, length, "fail_alloc")) op->fail_alloc = read_failure(reader);
    else fail(reader, "an argument that this agent does not know");
}

bool read_step(struct reader* reader, struct op* op) {
    memset(op, 0, sizeof(*op));
    struct string key;
    bool first = true;
    if (!next_key(reader, &first, &key) || !same_text(key.start, key.length, "op")) {
        fail(reader, "a step does not begin with \"op\"");
        return false;
    }
    const struct string name = read_string(reader);
    const int kind = op_named(name.start, name.length);
    if (kind < 0) {
        fail(reader, "an operation that this agent does not know");
        return false;
    }
    op->kind = (u32)kind;
    while (next_key(reader, &first, &key)) read_argument(reader, &key, op);
    return reader->error == NULL;
}

// A limit in pages, or "unlimited".
static u64 read_limit(struct reader* reader, bool* there) {
    *there = true;
    if (take(reader, '"')) {
        --reader->at;
        read_string(reader);
        return ~(u64)0;
    }
    return read_unsigned(reader);
}

static void read_parameters(struct reader* reader, struct wishes* wishes) {
    struct string key;
    for (bool first = true; next_key(reader, &first, &key);) {
        const char* name = key.start;
        const size_t length = key.length;
        if (same_text(name, length, "rlimit_as")) wishes->rlimit_as = read_limit(reader, &wishes->has_as);
        else if (same_text(name, length, "rlimit_data")) wishes->rlimit_data = read_limit(reader, &wishes->has_data);
        else if (same_text(name, length, "rlimit_memlock"))
            wishes->rlimit_memlock = read_limit(reader, &wishes->has_memlock);
        else if (same_text(name, length, "rlimit_stack")) wishes->rlimit_stack = read_limit(reader, &wishes->has_stack);
        else if (same_text(name, length, "cap_ipc_lock")) wishes->cap_ipc_lock = read_bool(reader);
        else if (same_text(name, length, "cap_sys_rawio")) wishes->cap_sys_rawio = read_bool(reader);
        else if (same_text(name, length, "cap_sys_admin")) wishes->cap_sys_admin = read_bool(reader);
        else if (same_text(name, length, "cap_sys_nice")) wishes->cap_sys_nice = read_bool(reader);
        else skip_value(reader);
    }
}

static void read_file(struct reader* reader, struct wanted_file* file) {
    *file = (struct wanted_file){.kind = file_other, .pages = ~(u64)0, .segment_pages = 1, .readable = true, .writable = true};
    struct string key;
    for (bool first = true; next_key(reader, &first, &key);) {
        const char* name = key.start;
        const size_t length = key.length;
        if (same_text(name, length, "kind")) {
            const struct string kind = read_string(reader);
            u64 value = file_other;
            value_named(names_file_kind, kind.start, kind.length, &value);
            file->kind = (u32)value;
        } else if (same_text(name, length, "inode")) file->inode = read_small(reader, 0xffffffff);
        else if (same_text(name, length, "readable")) file->readable = read_bool(reader);
        else if (same_text(name, length, "writable")) file->writable = read_bool(reader);
        else if (same_text(name, length, "pages")) file->pages = read_unsigned(reader);
        else if (same_text(name, length, "segment_pages")) file->segment_pages = read_unsigned(reader);
        else if (same_text(name, length, "noexec")) file->noexec = read_bool(reader);
        else if (same_text(name, length, "sealed")) file->sealed = read_bool(reader);
        else if (same_text(name, length, "sealed_future")) file->sealed_future = read_bool(reader);
        else if (same_text(name, length, "name") || same_text(name, length, "huge_aligned") ||
                 same_text(name, length, "sync"))
            skip_value(reader);  // found out, and stated in the answer
        else {
            file->cannot = true;  // a hook, or what an inode refuses
            skip_value(reader);
        }
    }
}

void read_wishes(struct reader* reader, struct wishes* wishes) {
    memset(wishes, 0, sizeof(*wishes));
    struct string key;
    for (bool first = true; next_key(reader, &first, &key);) {
        if (same_text(key.start, key.length, "parameters")) {
            read_parameters(reader, wishes);
        } else if (same_text(key.start, key.length, "files")) {
            for (bool first_file = true; next_item(reader, &first_file);) {
                if (wishes->files == max_files) {
                    fail(reader, "more files than this agent opens (64)");
                    return;
                }
                read_file(reader, &wishes->file[wishes->files++]);
            }
        } else {
            skip_value(reader);
        }
    }
}
