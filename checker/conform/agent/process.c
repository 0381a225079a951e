// A process that operations are performed on: how it starts, takes orders, and forks.
#include "agent.h"

enum { futex_wait = 0, futex_wake = 1, nr_getppid = 110 };
enum { rlimit_data = 2, rlimit_stack = 3, rlimit_memlock = 8, rlimit_as = 9 };
enum { most_locked = 16384 };  // pages: what is locked is filled, and must not fill the machine

static void set_state(struct slot* slot, u32 state) {
    __atomic_store_n(&slot->state, state, __ATOMIC_SEQ_CST);
    call3(nr_futex, &slot->state, futex_wake, 16);
}

// Waits while the state is this. Nothing outlives the supervisor: it is looked for every second.
static void wait_while(struct slot* slot, u32 state) {
    const u64 second[2] = {1, 0};
    while (__atomic_load_n(&slot->state, __ATOMIC_SEQ_CST) == state) {
        call4(nr_futex, &slot->state, futex_wait, state, second);
        if (call2(nr_kill, area->supervisor, 0) == -err_esrch) end_process(1);
    }
}

static u32 own_slot;

// The supervisor takes what is written so far, and then lets the process write more.
static void hand_over(struct text* text) {
    struct slot* slot = &area->slots[own_slot];
    area->out_length = (u32)text->length;
    set_state(slot, slot_partial);
    wait_while(slot, slot_partial);
    text->length = 0;
}

static void perform_batch(struct slot* slot) {
    for (u32 i = slot->first; i < slot->last; ++i) {
        const struct op* op = &area->ops[i];
        struct result* result = &area->results[i];
        perform(op, result);
        if (result->refused == NULL && slot->layouts != 0) {
            u64 start = 0, end = all_addresses;
            if (slot->layouts == layouts_near) find_near(op, result, &start, &end);
            result->layout = digest_of_layout(start, end);
            result->has_layout = 1;
        }
        slot->done = i + 1 - slot->first;
        if (result->refused != NULL) return;
    }
}

void serve_slot(u32 number) {
    struct slot* slot = &area->slots[number];
    own_slot = number;
    for (;;) {
        wait_while(slot, slot_waiting);
        if (slot->state != slot_ordered) continue;
        struct text out = {area->out, 0, out_bytes, hand_over};
        switch (slot->command) {
            case command_perform: perform_batch(slot); break;
            case command_digest: slot->digest = digest_of_layout(0, all_addresses); break;
            case command_observe: write_process(&out, number); break;
            case command_layout:
                write_parameters(&out);
                write_layout(&out);
                break;
            default: end_process(0);
        }
        area->out_length = (u32)out.length;
        set_state(slot, slot_waiting);
    }
}

// Starts a process in the lowest free slot, which this one's memory is copied to. Returns the slot, or -EAGAIN.
i64 start_slot(bool direct) {
    u32 number = 0;
    while (number < max_slots && area->slots[number].pid != 0) ++number;
    if (number == max_slots) return -err_eagain;
    struct slot* slot = &area->slots[number];
    memset(slot, 0, sizeof(*slot));
    slot->state = slot_waiting;
    const i64 pid = call0(nr_fork);
    if (failed(pid)) return pid;
    if (pid == 0) {
        if (direct) return -1;  // the supervisor's child has to become what operations are performed on
        forget_uffds();
        open_maps();
        serve_slot(number);
    }
    slot->pid = (u32)pid;
    return number;
}

static void set_limit(u32 resource, u64 pages) {
    u64 limit[2] = {0, 0};
    if (failed(call4(nr_prlimit64, 0, resource, 0, limit))) return;
    const u64 bytes = pages == ~(u64)0 ? pages : pages * page_bytes;
    limit[0] = bytes < limit[1] ? bytes : limit[1];
    call4(nr_prlimit64, 0, resource, limit, 0);
}

void drop_capability(u32 capability) {
    u32 header[2] = {0x20080522, 0};
    u32 sets[6] = {0, 0, 0, 0, 0, 0};  // effective, permitted, inheritable; of two words
    if (failed(call2(nr_capget, header, sets))) return;
    for (int i = 0; i < 3; ++i) sets[i] &= ~(1u << capability);
    call2(nr_capset, header, sets);
}

static void drop_capabilities(const struct wishes* wishes) {
    drop_capability(14);  // IPC_LOCK, which could fill the machine
    drop_capability(15);  // IPC_OWNER, for which a segment has no rights
    drop_capability(24);  // RESOURCE
    if (!wishes->cap_sys_rawio) drop_capability(17);
    if (!wishes->cap_sys_admin) drop_capability(21);
    if (!wishes->cap_sys_nice) drop_capability(23);
}

void limit_process(const struct wishes* wishes) {
    // Where memory runs out, this process is the one to go.
    const i64 fd = call3(nr_open, "/proc/self/oom_score_adj", 1, 0);
    if (!failed(fd)) {
        call3(nr_write, fd, "1000", 4);
        call1(nr_close, fd);
    }
    const u64 locked = wishes->has_memlock && wishes->rlimit_memlock < most_locked ? wishes->rlimit_memlock : most_locked;
    set_limit(rlimit_memlock, locked);
    if (wishes->has_stack) set_limit(rlimit_stack, wishes->rlimit_stack);
    if (wishes->has_data) set_limit(rlimit_data, wishes->rlimit_data);
    if (wishes->has_as) set_limit(rlimit_as, wishes->rlimit_as);
    drop_capabilities(wishes);
    const struct {
        u64 handler, flags, restorer, mask;
    } ignore = {1, 0, 0, 0};
    call4(nr_rt_sigaction, sig_chld, &ignore, 0, 8);  // children leave no zombies
}
