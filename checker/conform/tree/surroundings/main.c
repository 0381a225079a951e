// A kernel tree's own code as a subject: serves checker/conform/PROTOCOL.md on its standard input and output. Requests
// are read by the parts of the agent that do so.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "front.h"
#include "guard.h"
#include "trace.h"
#include "tree.h"

enum { out_size = 64 << 10 };

static char out_buffer[out_size];
static bool broken;  // a step did not come to its end
static bool begun;   // there was a reset
static bool wrong;   // since then a step has broken a property: to take such a state down breaks more
static u32 file_count;

static void write_out(struct text* text) {
    size_t at = 0;
    while (at < text->length) {
        const ssize_t done = write(1, text->start + at, text->length - at);
        if (done < 0) _exit(1);
        at += (size_t)done;
    }
    text->length = 0;
}
struct text out = {out_buffer, 0, out_size, write_out};

static void put_error(const char* error) {
    put(&out, "{\"error\":");
    put_string(&out, error);
    put(&out, "}");
}

// ---- hello

// Those that tree.h has a function for.
static bool performs(int kind) {
    switch (kind) {
        case op_mmap:
        case op_munmap:
        case op_mprotect:
        case op_brk:
        case op_madvise:
        case op_fault:
        case op_remote_access:
        case op_fork:
        case op_exit:
        case op_mremap:
        case op_mlock:
        case op_munlock:
        case op_mlockall:
        case op_munlockall:
        case op_remap_file_pages:
        case op_msync:
        case op_mincore:
        case op_mseal: return true;
        default: return false;
    }
}

static void answer_hello(void) {
    put(&out, "{\"protocol\":1,\"name\":\"a kernel tree\",\"version\":");
    put_string(&out, TREE_VERSION);
    put(&out, ",\"operations\":[");
    for (int i = 0, count = 0; i < op_kinds; ++i) {
        if (!performs(i)) continue;
        put(&out, count++ == 0 ? "" : ",");
        put_string(&out, op_names[i]);
    }
    put(&out,
        "],\"files\":[\"regular\",\"shmem\",\"dev_zero\",\"with_close\"],\"vmas\":true,\"vm_flags\":true,\"counters\":"
        "true,"
        "\"layouts\":true,\"exec_access\":true,\"fails_allocations\":true,\"takes_limits\":true,"
        "\"processes\":");
    put_number(&out, tree_slots);
    put(&out, ",\"max_steps\":");
    put_number(&out, max_batch);
    put(&out, ",\"limits\":{\"mincore_bytes\":");
    put_number(&out, tree_mincore_pages * page_bytes);
    put(&out, ",\"populate_bytes\":67108864}}");
}

// ---- reset

static u64 parameter_value(struct reader* reader) {
    if (take(reader, '"')) {
        --reader->at;
        const char next = reader->at + 1 < reader->end ? reader->at[1] : 0;
        if (next == '0') return read_unsigned(reader);
        read_string(reader);
        return ~(u64)0;  // "unlimited"
    }
    if (reader->at < reader->end && (*reader->at == 't' || *reader->at == 'f')) return read_bool(reader);
    return read_unsigned(reader);
}

// The parameters, and where they stand among the keys: read_wishes reads the files.
static void read_parameters(struct reader* reader) {
    struct string key;
    for (bool first = true; next_key(reader, &first, &key);) {
        const u64 value = parameter_value(reader);
        if (!tree_set_parameter(key.start, key.length, value)) fail(reader, "a parameter that a tree cannot be given");
    }
}

static struct tree_file wanted_files[tree_files];

static void read_setup(struct reader reader) {
    struct string key;
    for (bool first = true; next_key(&reader, &first, &key);) {
        if (same_text(key.start, key.length, "parameters"))
            read_parameters(&reader);
        else if (same_text(key.start, key.length, "files"))
            read_behaviours(&reader, wanted_files);
        else
            skip_value(&reader);
    }
    if (reader.error != NULL) lacking = reader.error;
}

static void put_absent(const struct wishes* wishes) {
    u32 count = 0;
    put(&out, "\"absent\":[");
    for (u32 i = 0; i < wishes->files; ++i) {
        const struct wanted_file* file = &wishes->file[i];
        const bool is_kind = file->kind <= file_dev_zero || wanted_files[i].closes;
        if (is_kind && !file->sealed && !file->sealed_future && !wanted_files[i].cannot) continue;
        put(&out, count++ == 0 ? "{\"file\":" : ",{\"file\":");
        put_number(&out, i + 1);
        put(&out, ",\"why\":\"the surroundings of the tree have no such file\"}");
    }
    put(&out, "]");
}

// As files here are: no ->mmap looks at VM_SYNC.
static void put_file(const struct wanted_file* file, const struct tree_file* behaviour) {
    const char* const kind = behaviour->closes             ? "with_close"
                             : file->kind == file_shmem    ? "shmem"
                             : file->kind == file_dev_zero ? "dev_zero"
                                                           : "regular";
    const bool of_disk = behaviour->closes || file->kind == file_regular || file->kind == file_other;
    put(&out, "{\"kind\":");
    put_string(&out, kind);
    if (!file->writable) put(&out, ",\"writable\":false");
    if (file->pages != ~(u64)0) {
        put(&out, ",\"pages\":");
        put_number(&out, file->pages);
    }
    put(&out, of_disk ? ",\"huge_aligned\":true,\"sync\":\"unknown\"}" : ",\"sync\":\"unknown\"}");
}

static void start_tree(void* argument) {
    const struct wishes* wishes = argument;
    for (u32 i = 0; i < wishes->files; ++i) {
        struct tree_file* file = &wanted_files[i];
        const struct wanted_file* from = &wishes->file[i];
        const u32 kind = from->kind == file_shmem      ? tree_shmem
                         : from->kind == file_dev_zero ? tree_dev_zero
                                                       : tree_regular;
        file->kind = kind;
        file->inode = from->inode;
        file->pages = from->pages;
        file->readable = from->readable;
        file->writable = from->writable;
        file->noexec = from->noexec;
    }
    file_count = wishes->files;
    tree_reset(wanted_files, wishes->files);
    tree_end_step();
}

static void answer_reset(struct reader* reader) {
    static struct wishes wishes;
    struct string key;
    bool first = false;
    lacking = NULL;
    wishes.files = 0;
    tree_default_parameters();
    while (next_key(reader, &first, &key)) {
        if (same_text(key.start, key.length, "setup")) {
            read_setup(*reader);
            read_wishes(reader, &wishes);
        } else {
            skip_value(reader);
        }
    }
    if (reader->error != NULL || lacking != NULL) {
        put_error(lacking != NULL ? lacking : reader->error);
        return;
    }
    if (!guarded(start_tree, &wishes) || report_count > 0) {
        put_error(lacking != NULL ? lacking : report_count > 0 ? reports[0].text : "a process cannot be started");
        broken = true;
        return;
    }
    begun = true;
    put(&out, "{");
    put_absent(&wishes);
    put(&out, ",\"setup\":{\"vmacheck-trace\":1,\"parameters\":{\"thp_never\":true},\"files\":[");
    for (u32 i = 0; i < wishes.files; ++i) {
        if (i > 0) put(&out, ",");
        put_file(&wishes.file[i], &wanted_files[i]);
    }
    put(&out, "]}}");
}

// ---- apply

struct step {
    const struct op* op;
    i64 value;
    u32 signal;
    bool has_layout;
    u64 layout;
    bool layouts;
    bool allocation_failed;
};

static i64 perform_call(const struct op* op, struct step* step) {
    switch (op->kind) {
        case op_mmap: return tree_mmap(op->addr, op->len, op->prot, op->flags, op->file, op->offset);
        case op_munmap: return tree_munmap(op->addr, op->len);
        case op_mprotect: return tree_mprotect(op->addr, op->len, op->prot);
        case op_brk: return tree_brk(op->addr);
        case op_madvise: return tree_madvise(op->addr, op->len, op->advice);
        case op_fault: step->signal = (u32)tree_access(op->addr, op->access); return 0;
        case op_remote_access: return tree_remote_access(op->target, op->addr, op->access);
        case op_fork: return tree_fork();
        case op_exit: return tree_exit();
        case op_mremap: return tree_mremap(op->addr, op->len, op->new_len, op->flags, op->new_addr);
        case op_mlock: return tree_mlock(op->addr, op->len, op->flags);
        case op_munlock: return tree_munlock(op->addr, op->len);
        case op_mlockall: return tree_mlockall(op->flags);
        case op_munlockall: return tree_munlockall();
        case op_remap_file_pages: return tree_remap_file_pages(op->addr, op->len, op->prot, op->offset, op->flags);
        case op_msync: return tree_msync(op->addr, op->len, op->flags);
        case op_mincore: return tree_mincore(op->addr, op->len);
        case op_mseal: return tree_mseal(op->addr, op->len);
        default: tree_lacks("this operation");
    }
}

static void perform_step(void* argument) {
    struct step* step = argument;
    const struct op* op = step->op;
    begin_trace();
    const u32 about = op->kind == op_remote_access ? op->target : op->process;
    if (!tree_enter(op->process) || (op->kind == op_remote_access && !tree_lives(op->target)))
        step->value = -err_esrch;
    else {
        tree_fail_allocation(op->fail_alloc);
        step->value = perform_call(op, step);
        step->allocation_failed = tree_allocation_failed();
        tree_fail_allocation(0);
    }
    end_trace();
    tree_end_step();
    tree_check();
    if (!step->layouts || !tree_lives(about)) return;
    step->layout = tree_digest(about);
    step->has_layout = true;
}

static void put_reports(void) {
    if (report_count == 0) return;
    put(&out, ",\"violations\":[");
    for (u32 i = 0; i < report_count; ++i) {
        put(&out, i == 0 ? "{\"property\":" : ",{\"property\":");
        put_string(&out, reports[i].property);
        put(&out, ",\"text\":");
        put_string(&out, reports[i].text);
        put(&out, "}");
    }
    put(&out, "]");
}

static void put_refusal(const char* why) {
    put(&out, "{\"refused\":");
    put_string(&out, why);
    put(&out, "}");
}

static void put_result(const struct step* step) {
    const u32 kind = step->op->kind;
    const bool has_value = kind == op_mmap || kind == op_brk || kind == op_mremap;
    put(&out, "{\"ret\":");
    if (step->signal != 0)
        put(&out, step->signal == sig_bus ? "\"SIGBUS\"" : "\"SIGSEGV\"");
    else if (failed(step->value))
        put_string(&out, errno_name(-step->value));
    else if (has_value)
        put_hex(&out, (u64)step->value);
    else
        put_number(&out, kind == op_fork ? (u64)step->value : 0);
    if (step->has_layout) {
        put(&out, ",\"layout\":");
        put_hex(&out, step->layout);
    }
    if (step->allocation_failed) put(&out, ",\"alloc_failed\":true");
    put_reports();
    put(&out, "}");
}

// Returns whether the next one may be performed.
static bool perform_and_put(const struct op* op, bool layouts) {
    struct step step = {.op = op, .layouts = layouts};
    if (broken || !begun) {
        put_refusal(broken ? "the tree's code did not come to an end before" : "there was no reset");
        return false;
    }
    if (!guarded(perform_step, &step)) {
        end_trace();
        broken = true;
        step.value = -err_eintr;  // of which nothing can be said
        step.signal = 0;
    }
    if (lacking == NULL && step.signal == 0 && failed(step.value) && errno_name(-step.value) == NULL)
        lacking = "it failed with an errno that traces have no name for";
    if (lacking != NULL) {
        put_refusal(lacking);
        return false;
    }
    wrong |= report_count > 0;
    put_result(&step);
    return true;
}

// With the places of the last step, where the request is to trace it.
static void answer_apply(struct reader* reader, bool traced) {
    struct string key;
    bool first = false, layouts = false;
    put(&out, "{\"results\":[");
    while (next_key(reader, &first, &key)) {
        if (same_text(key.start, key.length, "layouts")) {
            layouts = read_bool(reader);
            continue;
        }
        if (!same_text(key.start, key.length, "steps")) {
            skip_value(reader);
            continue;
        }
        bool going = true;
        for (bool first_step = true, begins = true; going && next_item(reader, &first_step); begins = false) {
            struct op op;
            if (!begins) put(&out, ",");
            if (read_step(reader, &op)) {
                going = perform_and_put(&op, layouts);
            } else {
                put_refusal(reader->error);
                going = false;
            }
        }
        break;
    }
    put(&out, "]");
    if (traced) put_places(&out);
    put(&out, "}");
}

// ---- damage, for tests

static void break_and_check(void* number) {
    tree_damage(*(unsigned*)number);
    tree_check();
}

// {"request":"damage","property":"map-count"}: answers with what the checks then report.
static void answer_damage(struct reader* reader) {
    struct string key;
    bool first = false;
    unsigned number = 0;
    while (next_key(reader, &first, &key)) {
        const struct string name = read_string(reader);
        while (tree_damage_named(number) != NULL && !same_text(name.start, name.length, tree_damage_named(number)))
            ++number;
    }
    if (tree_damage_named(number) == NULL || !begun) {
        put_error("no such damage");
        return;
    }
    guarded(break_and_check, &number);
    broken = true;  // whatever it was, nothing works on it any more
    put(&out, "{\"damaged\":true");
    put_reports();
    put(&out, "}");
}

// ---- requests

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
    if (same_text(request.start, request.length, "hello"))
        answer_hello();
    else if (same_text(request.start, request.length, "reset"))
        answer_reset(&reader);
    else if (same_text(request.start, request.length, "apply"))
        answer_apply(&reader, false);
    else if (same_text(request.start, request.length, "trace"))
        answer_apply(&reader, true);
    else if (same_text(request.start, request.length, "observe"))
        answer_observe(&reader);
    else if (same_text(request.start, request.length, "damage"))
        answer_damage(&reader);
    else if (same_text(request.start, request.length, "bye")) {
        put(&out, "{\"bye\":true}");
        return false;
    } else
        put_error("an unknown request");
    return true;
}

// A request that is left to the program that starts after this one.
static const char left_request[] = "VMACHECK_TREE_REQUEST";
static const char reset_request[] = "{\"request\":\"reset\"";

int main(void) {
    char* line = NULL;
    size_t size = 0;
    begin_guard();
    tree_begin();
    if (getenv(left_request) != NULL) {
        line = strdup(getenv(left_request));
        size = strlen(line) + 1;
        unsetenv(left_request);
    }
    for (bool more = true, left = line != NULL; more; left = false) {
        ssize_t length = left ? (ssize_t)strlen(line) : getline(&line, &size, stdin);
        if (length <= 0) break;
        if (line[length - 1] == '\n') line[--length] = 0;
        if (wrong && strncmp(line, reset_request, sizeof(reset_request) - 1) == 0) {
            setenv(left_request, line, 1);
            start_again();
        }
        more = answer(line, (size_t)length);
        put(&out, "\n");
        write_out(&out);
        // One request is answered before the next is sent, so nothing that was read is lost.
        if (broken) start_again();
    }
    return 0;
}
