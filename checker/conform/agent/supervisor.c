// The process that speaks with the checker. No operation is performed on it.
#include "agent.h"

enum { in_bytes = 4 << 20, futex_wait = 0, futex_wake = 1, wnohang = 1 };

static char out_buffer[4096];
static u64 in_address;
static struct wishes wishes;
static const char* lost;  // why no more can be performed until the next reset

static void write_out(struct text* text) {
    size_t at = 0;
    while (at < text->length) {
        const i64 done = call3(nr_write, 1, text->start + at, text->length - at);
        if (done == -err_eintr || done == -err_eagain) continue;
        if (failed(done)) end_process(1);
        at += (size_t)done;
    }
    text->length = 0;
}
static struct text out = {out_buffer, 0, sizeof(out_buffer), write_out};

static void put_error(const char* error) {
    put(&out, "{\"error\":");
    put_string(&out, error);
    put(&out, "}");
}

// ---- processes

static bool is_gone(const struct slot* slot) {
    // A child of a process that ended before it is the supervisor's child from then on.
    call4(nr_wait4, slot->pid, 0, wnohang, 0);
    if (call2(nr_kill, slot->pid, 0) == -err_esrch) return true;
    // Or of the first process of the machine, which may not wait for it.
    char stat[256];
    struct text path = {stat, 0, 64, NULL};
    put(&path, "/proc/");
    put_number(&path, slot->pid);
    put(&path, "/stat");
    stat[path.length] = 0;
    const i64 fd = call3(nr_open, stat, 0, 0);
    const i64 got = failed(fd) ? 0 : call3(nr_read, fd, stat, sizeof(stat) - 1);
    if (!failed(fd)) call1(nr_close, fd);
    stat[got > 0 ? got : 0] = 0;
    for (const char* at = stat; *at != 0; ++at)
        if (begins_with(at, ") Z") || begins_with(at, ") X")) return true;
    return false;
}

static void wait_for_end(struct slot* slot) {
    const u64 moment[2] = {0, 50000};
    while (!is_gone(slot)) call2(nr_nanosleep, moment, 0);
    slot->pid = 0;
    slot->state = slot_free;
}

static void end_all(void) {
    for (u32 i = 0; i < max_slots; ++i) {
        if (area->slots[i].pid == 0) continue;
        call2(nr_kill, area->slots[i].pid, sig_kill);
        wait_for_end(&area->slots[i]);
    }
}

// Lets the process do what slot->command says. False: it died.
static bool order(struct slot* slot, u32 command) {
    const u64 moment[2] = {0, 100000000};
    slot->command = command;
    __atomic_store_n(&slot->state, slot_ordered, __ATOMIC_SEQ_CST);
    for (;;) {
        call3(nr_futex, &slot->state, futex_wake, 16);
        u32 state;
        while ((state = __atomic_load_n(&slot->state, __ATOMIC_SEQ_CST)) == slot_ordered) {
            const i64 waited = call4(nr_futex, &slot->state, futex_wait, slot_ordered, moment);
            if (waited == -110 && is_gone(slot)) return false;
        }
        if (command == command_observe || command == command_layout) put_bytes(&out, area->out, area->out_length);
        if (state != slot_partial) return true;
        __atomic_store_n(&slot->state, slot_ordered, __ATOMIC_SEQ_CST);
    }
}

// ---- requests

static void put_flag(const char* name, bool value) {
    put(&out, ",\"");
    put(&out, name);
    put(&out, value ? "\":true" : "\":false");
}

static void answer_hello(void) {
    static char names[6 * 65];  // of uname
    put(&out, "{\"protocol\":1,\"name\":");
    call1(nr_uname, names);
    put_string(&out, names);
    put(&out, ",\"version\":");
    put_string(&out, names + 2 * 65);
    put(&out, ",\"operations\":[");
    for (int i = 0, count = 0; i < op_kinds; ++i) {
        if (facts.missing[i] || (only_window && (i == op_brk || i == op_mlockall))) continue;
        put(&out, count++ == 0 ? "" : ",");
        put_string(&out, op_names[i]);
    }
    put(&out, "],\"files\":[\"regular\",\"shmem\",\"dev_zero\"");
    if (!facts.missing[op_shmat]) put(&out, ",\"sysv_shm\"");
    if (facts.hugetlb) put(&out, ",\"hugetlb\"");
    put(&out, "]");
    put_flag("vmas", facts.has_maps);
    put_flag("vm_flags", facts.has_smaps);
    put_flag("counters", facts.has_status && !only_window);
    put_flag("fixed_only", only_window);
    put_flag("layouts", facts.has_maps);
    put_flag("near_layouts", facts.has_maps);
    put_flag("exec_access", facts.exec_access);
    put_flag("mmap_hugetlb", facts.hugetlb);
    // A terminal line holds 4095 bytes that are not read yet; where it is emulated, more may be lost.
    u32 settings[16];
    const bool is_terminal = !failed(call3(nr_ioctl, 0, 0x5401, settings));
    put_flag("ahead", !is_terminal);
    put(&out, ",\"processes\":16,\"max_steps\":");
    put_number(&out, is_terminal ? 20 : max_batch);
    put(&out, ",\"limits\":{\"mincore_bytes\":33554431,\"populate_bytes\":");
    put_number(&out, most_populated);
    put(&out, ",\"policies\":6,\"uffds\":16}}");
}

static void become_subject(void) {
    call2(nr_munmap, in_address, in_bytes);
    // Nothing here uses the vdso.
    if (facts.special_end != 0 && !keep_special) call2(nr_munmap, facts.special_start, facts.special_end - facts.special_start);
    let_segments_go();
    limit_process(&wishes);
    open_maps();
    catch_signals();
    serve_slot(0);
}

static void put_file(u32 number) {
    static const char* const kinds[] = {"regular", "shmem", "dev_zero", "sysv_shm", "hugetlb", "regular"};
    const struct wanted_file* wanted = &wishes.file[number];
    put(&out, "{\"kind\":");
    put_string(&out, kinds[wanted->kind]);
    if (!wanted->writable) put(&out, ",\"writable\":false");
    if (area->files[number].absent == NULL && wanted->kind != file_dev_zero && wanted->kind != file_sysv_shm) {
        put(&out, ",\"pages\":");
        put_number(&out, area->files[number].pages);
    }
    if (area->files[number].huge_aligned) put(&out, ",\"huge_aligned\":true");
    if (area->files[number].sync != NULL) {
        put(&out, ",\"sync\":");
        put_string(&out, area->files[number].sync);
    }
    put(&out, "},");
}

static void put_absent_files(void) {
    put(&out, "\"absent\":[");
    u32 count = 0;
    for (u32 i = 0; i < area->file_count; ++i) {
        if (area->files[i].absent == NULL) continue;
        put(&out, count++ == 0 ? "{\"file\":" : ",{\"file\":");
        put_number(&out, i + 1);
        put(&out, ",\"why\":");
        put_string(&out, area->files[i].absent);
        put(&out, "}");
    }
    put(&out, count == 0 ? "{\"file\":" : ",{\"file\":");
    put_number(&out, area->file_count + 1);
    put(&out, ",\"why\":\"it is the program\"}]");
}

static void answer_reset(struct reader* reader) {
    end_all();
    close_files();
    struct string key;
    bool first = false;
    wishes = (struct wishes){0};
    lost = NULL;
    while (next_key(reader, &first, &key)) {
        if (same_text(key.start, key.length, "setup")) read_wishes(reader, &wishes);
        else skip_value(reader);
    }
    if (reader->error != NULL) {
        put_error(reader->error);
        return;
    }
    open_files(&wishes);
    const i64 started = start_slot(true);
    if (started == -1) become_subject();
    if (started != 0) {
        put_error("fork fails");
        return;
    }
    put(&out, "{");
    put_absent_files();
    put(&out, ",\"reserved\":[[");
    put_hex(&out, only_window ? 0 : reserved_start);
    put(&out, ",");
    put_hex(&out, only_window ? window_start : reserved_end);
    if (only_window) {
        put(&out, "],[");
        put_hex(&out, window_end);
        put(&out, ",\"0xfffffffffffff000\"");
    } else if (facts.lowest_fixed < facts.mmap_min_addr) {
        put(&out, "],[");
        put_hex(&out, facts.lowest_fixed);
        put(&out, ",");
        put_hex(&out, facts.mmap_min_addr);
    }
    put(&out, "]],\"setup\":{\"vmacheck-trace\":1,\"files\":[");
    for (u32 i = 0; i < wishes.files; ++i) put_file(i);
    put(&out, "{\"kind\":\"regular\",\"writable\":false,\"name\":\"subject:vmacheck-agent\"}],\"parameters\":");
    order(&area->slots[0], command_layout);
    put(&out, "}}");
}

static void put_result(const struct op* op, const struct result* result) {
    put(&out, "{\"ret\":");
    const bool has_value = op->kind == op_mmap || op->kind == op_brk || op->kind == op_mremap || op->kind == op_shmat;
    if (result->signal != 0) put(&out, result->signal == sig_bus ? "\"SIGBUS\"" : "\"SIGSEGV\"");
    else if (failed(result->value)) put_string(&out, errno_name(-result->value));
    else if (has_value) put_hex(&out, (u64)result->value);
    else put_number(&out, op->kind == op_fork ? (u64)result->value : 0);
    if (result->has_layout != 0) {
        put(&out, ",\"layout\":");
        put_hex(&out, result->layout);
    }
    put(&out, "}");
}

static void put_refusal(const char* why) {
    put(&out, "{\"refused\":");
    put_string(&out, why);
    put(&out, "}");
}

// What an operation of a process that does not live comes to.
static bool no_process(const struct op* op, struct result* result, u32 layouts) {
    if (area->slots[op->process].pid != 0 && (op->kind != op_remote_access || area->slots[op->target].pid != 0)) return false;
    *result = (struct result){.value = -err_esrch};
    const u8 about = op->kind == op_remote_access ? op->target : op->process;
    if (layouts != layouts_none && area->slots[about].pid != 0) {
        order(&area->slots[about], command_digest);
        result->layout = area->slots[about].digest;
        result->has_layout = 1;
    }
    return true;
}

// Whether the process of the operation has to finish before the next one is looked at.
static bool ends_run(const struct op* op) {
    return op->kind == op_fork || op->kind == op_exit || op->kind == op_remote_access;
}

// Performs operations first to last, all of one process. Returns how many were performed, the refused one included.
static u32 perform_run(u32 first, u32 last, u32 layouts) {
    const struct op* op = &area->ops[last - 1];
    struct slot* slot = &area->slots[op->process];
    if (no_process(op, &area->results[first], layouts)) return 1;
    if (op->kind == op_exit && last - first == 1) {
        call2(nr_kill, slot->pid, sig_kill);
        wait_for_end(slot);
        area->results[first] = (struct result){0};
        return 1;
    }
    slot->first = first;
    slot->last = last;
    slot->layouts = layouts;
    slot->done = 0;
    bool alive = order(slot, command_perform);
    struct result* result = &area->results[last - 1];
    if (alive && layouts != layouts_none && op->kind == op_remote_access && result->refused == NULL) {
        alive = order(&area->slots[op->target], command_digest);
        result->layout = area->slots[op->target].digest;
    }
    if (!alive) lost = "the process died";
    return slot->done;
}

// Puts the results of operations 0 to count. Returns whether the next ones may be performed.
static bool perform_all(u32 count, u32 layouts, bool* first_result) {
    for (u32 first = 0; first < count;) {
        u32 last = first;
        const u8 process = area->ops[first].process;
        while (last < count && area->ops[last].process == process && (last == first || !ends_run(&area->ops[last]))) {
            ++last;
            if (ends_run(&area->ops[last - 1])) break;
        }
        const u32 done = perform_run(first, last, layouts);
        for (u32 i = first; i < first + done; ++i) {
            if (!*first_result) put(&out, ",");
            *first_result = false;
            if (area->results[i].refused != NULL) {
                put_refusal(area->results[i].refused);
                return false;
            }
            put_result(&area->ops[i], &area->results[i]);
        }
        if (lost != NULL) return false;
        first += done;
    }
    return true;
}

// false, true or "near".
static u32 read_layouts(struct reader* reader) {
    if (!take(reader, '"')) return read_bool(reader) ? layouts_whole : layouts_none;
    --reader->at;
    const struct string value = read_string(reader);
    if (!same_text(value.start, value.length, "near")) fail(reader, "a kind of layout digest that this agent does not know");
    return layouts_near;
}

static void answer_apply(struct reader* reader) {
    struct string key;
    bool first = false, first_result = true;
    u32 layouts = layouts_none;
    put(&out, "{\"results\":[");
    while (next_key(reader, &first, &key)) {
        if (same_text(key.start, key.length, "layouts")) {
            layouts = read_layouts(reader);
            continue;
        }
        if (!same_text(key.start, key.length, "steps")) {
            skip_value(reader);
            continue;
        }
        bool going = true;
        u32 count = 0;
        for (bool first_step = true; going && next_item(reader, &first_step);) {
            if (!read_step(reader, &area->ops[count])) break;
            if (++count < max_batch) continue;
            going = perform_all(count, layouts, &first_result);
            count = 0;
        }
        if (going) going = perform_all(count, layouts, &first_result);
        if (going && reader->error != NULL) {
            put(&out, first_result ? "" : ",");
            put_refusal(reader->error);
        }
        break;
    }
    put(&out, "]");
    if (lost != NULL) {
        put(&out, ",\"lost\":");
        put_string(&out, lost);
    }
    put(&out, "}");
}

static void answer_observe(struct reader* reader) {
    struct string key;
    bool first = false;
    u64 only = ~(u64)0;
    while (next_key(reader, &first, &key)) {
        if (same_text(key.start, key.length, "proc")) only = read_unsigned(reader);
        else skip_value(reader);
    }
    put(&out, "{\"processes\":[");
    first = true;
    for (u32 i = 0; i < max_slots; ++i) {
        if (area->slots[i].pid == 0 || (only != ~(u64)0 && only != i)) continue;
        if (!first) put(&out, ",");
        first = false;
        if (!order(&area->slots[i], command_observe)) break;
    }
    put(&out, "]}");
}

// Returns whether there may be more requests.
static bool answer(char* line, size_t length) {
    struct reader reader = {line, line + length, NULL};
    struct string key;
    bool first = true;
    if (!next_key(&reader, &first, &key) || !same_text(key.start, key.length, "request")) {
        put_error("a request begins with \"request\"");
        return true;
    }
    const struct string request = read_string(&reader);
    if (same_text(request.start, request.length, "hello")) answer_hello();
    else if (same_text(request.start, request.length, "reset")) answer_reset(&reader);
    else if (same_text(request.start, request.length, "apply")) answer_apply(&reader);
    else if (same_text(request.start, request.length, "observe")) answer_observe(&reader);
    else if (same_text(request.start, request.length, "bye")) {
        put(&out, "{\"bye\":true}");
        return false;
    } else put_error("an unknown request");
    return true;
}

int supervise(void) {
    area->supervisor = (u32)call0(nr_getpid);
    find_facts();
    in_address = (u64)call6(nr_mmap, 0, in_bytes, 3, 0x22, ~(u64)0, 0);
    if (failed((i64)in_address)) return 1;
    struct line_reader reader = {0, (char*)in_address, in_bytes, 0, 0};
    bool more = true;
    for (char* line; more && (line = next_line(&reader)) != NULL;) {
        more = answer(line, length_of(line));
        put(&out, "\n");
        write_out(&out);
    }
    end_all();
    return 0;
}
