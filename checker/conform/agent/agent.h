// What the parts of the agent share. checker/conform/PROTOCOL.md says what the agent is for.
//
// The supervisor reads requests and starts one process a reset. That process, and those that it forks, perform the
// operations; they and the supervisor share the control area, at one address in all of them. Each process has a slot.
#pragma once

#include "system.h"

enum {
    max_slots = 16,
    max_batch = 1024,
    max_files = 64,
    max_uffds = 16,
    most_populated = 64 << 20,  // bytes
    out_bytes = 128 << 10,
    control_bytes = 512 << 10,
};

// In the order of the table in names.c.
enum op_kind {
    op_mmap,
    op_munmap,
    op_mprotect,
    op_brk,
    op_madvise,
    op_fault,
    op_remote_access,
    op_fork,
    op_exit,
    op_mremap,
    op_mlock,
    op_munlock,
    op_mlockall,
    op_munlockall,
    op_truncate,
    op_shmat,
    op_shmdt,
    op_remap_file_pages,
    op_mbind,
    op_uffd_register,
    op_uffd_unregister,
    op_uffd_close,
    op_msync,
    op_mincore,
    op_anon_name,
    op_mseal,
    op_kinds,
};

enum access_kind { access_read, access_write, access_exec };

struct op {
    u32 kind;
    u8 process;
    u8 target;
    u16 file;
    u64 addr;
    u64 len;
    u64 offset;
    u64 new_len;
    u64 new_addr;
    u64 prot;
    u64 flags;
    u32 policy;
    u32 uffd;
    u32 name;
    u32 advice;
    u32 access;
    u32 fail_alloc;  // of the allocations of the step the one that fails; 0: none. Of kernel trees alone
};

struct result {
    i64 value;            // as a system call returns it; of a fork: the slot of the child
    u64 layout;           // the digest
    u32 signal;           // of an access that failed
    u32 has_layout;
    const char* refused;  // why nothing was done; NULL: it was done
};

enum command { command_none, command_perform, command_digest, command_observe, command_layout, command_end };
enum layouts { layouts_none, layouts_near, layouts_whole };
enum slot_state { slot_free, slot_waiting, slot_ordered, slot_partial };

struct slot {
    u32 state;  // enum slot_state; a futex
    u32 command;
    u32 pid;
    u32 first, last;  // of perform: the operations of the batch
    u32 done;         // operations performed
    u32 layouts;  // enum layouts
    u64 digest;
};

// What the reset request wants, as far as it is used.
struct wanted_file {
    u32 kind;  // enum file_kind
    u32 inode;
    u64 pages;
    u64 segment_pages;
    bool readable, writable, noexec, sealed, sealed_future, cannot;
};
enum file_kind { file_regular, file_shmem, file_dev_zero, file_sysv_shm, file_hugetlb, file_other };

struct open_file {
    int fd;  // -1: it cannot be had; of a segment: its id
    u32 kind;
    u64 dev;    // major and minor as maps shows them
    u64 inode;  // as maps shows it
    u64 pages;
    bool huge_aligned;  // its long mappings are placed at multiples of a huge page
    const char* sync;   // what it makes of MAP_SYNC, as files of a trace say it; NULL: as a regular file there
    const char* absent;
};

struct wishes {
    u64 rlimit_as, rlimit_data, rlimit_memlock, rlimit_stack;  // pages; all ones: unlimited
    bool has_as, has_data, has_memlock, has_stack;
    bool cap_ipc_lock, cap_sys_rawio, cap_sys_admin, cap_sys_nice;
    u32 files;
    struct wanted_file file[max_files];
};

struct control {
    struct slot slots[max_slots];
    struct op ops[max_batch];
    struct result results[max_batch];
    struct open_file files[max_files];
    u32 file_count;
    u32 supervisor;  // its pid
    u32 stop;        // set by a refusal: the rest of the batch is not performed
    u32 out_length;
    char out[out_bytes];
};
_Static_assert(sizeof(struct control) <= control_bytes, "the control area is large enough");

// Addresses that the link decides (agent.ld).
extern char agent_text_start[], agent_data_start[], agent_end[];
#define area ((struct control*)((u64)agent_text_start - control_bytes))
#define reserved_start ((u64)area)
#define reserved_end ((u64)agent_end)

// What this system has, found out once.
struct system_facts {
    u64 task_size;         // bytes
    u64 mmap_base;         // bytes
    u64 mmap_legacy_base;  // bytes
    bool bottom_up;
    bool reopen_maps;  // an open file of maps keeps what it showed first
    bool has_procmap_query, has_smaps, has_maps, has_status, exec_access, thp, thp_always, thp_never, hugetlb, huge_pool_empty;
    bool soft_dirty;
    u64 special_start, special_end;  // the vdso and what belongs to it
    u64 mmap_min_addr;               // bytes: where hints are moved up to
    u64 lowest_fixed;                // bytes: below it MAP_FIXED is refused; the two are not always the same
    u64 huge_bytes;                  // of the usual huge page of hugetlbfs; 0: there are none
    u64 other_huge_sizes;            // bit n: there are also huge pages of 2^n bytes
    u64 vdso_bytes, commit_limit;  // commit_limit in kB
    bool missing[op_kinds];
};
extern struct system_facts facts;

// ---- names.c
struct name_value {
    const char* name;
    u64 value;
};
extern const char* const op_names[op_kinds];
int op_named(const char* name, size_t length);  // -1: none
// The bits or the number of a name in one of the tables; false: unknown.
enum name_table {
    names_prot,
    names_map,
    names_mremap,
    names_mlock,
    names_mcl,
    names_mpol,
    names_ms,
    names_uffd,
    names_shm,
    names_advice,
    names_access,
    names_file_kind,
};
bool value_named(enum name_table table, const char* name, size_t length, u64* value);
const char* errno_name(i64 error);  // NULL: a trace has no name for it
// Appends the names of the flags that a VmFlags line of smaps gives, as a JSON list.
struct text;
void put_smaps_flags(struct text* out, const char* letters);

// ---- json.c
struct reader {
    const char* at;
    const char* end;
    const char* error;  // the first one
};
struct string {
    const char* start;
    size_t length;
};
void fail(struct reader* reader, const char* error);
bool take(struct reader* reader, char wanted);  // skips space before it
void expect(struct reader* reader, char wanted);
struct string read_string(struct reader* reader);
u64 read_unsigned(struct reader* reader);  // a number, or a hexadecimal string
bool read_bool(struct reader* reader);
void skip_value(struct reader* reader);
// The next key of an object; false at its end. *first is true before the first.
bool next_key(struct reader* reader, bool* first, struct string* key);
bool next_item(struct reader* reader, bool* first);  // of an array

// Text that is written. flush is called when the buffer is full.
struct text {
    char* start;
    size_t length;
    size_t size;
    void (*flush)(struct text* text);
};
void put(struct text* text, const char* piece);
void put_bytes(struct text* text, const char* piece, size_t length);
void put_hex(struct text* text, u64 value);     // "0x1f", with the quotes
void put_number(struct text* text, u64 value);  // 31
void put_string(struct text* text, const char* value);  // quoted; what JSON would need an escape for becomes '?'

// ---- requests.c
bool read_step(struct reader* reader, struct op* op);
void read_wishes(struct reader* reader, struct wishes* wishes);

// ---- files.c
void open_files(const struct wishes* wishes);
void close_files(void);
void let_segments_go(void);  // in a new process, which attaches what it wants
u32 file_with(u64 dev, u64 inode, bool is_segment);  // position from 1; 0: none

// ---- access.c
void catch_signals(void);
int try_access(enum access_kind kind, u64 address);  // 0, or the signal
bool exec_access_works(void);

// ---- perform.c
void perform(const struct op* op, struct result* result);
void forget_uffds(void);
i64 start_slot(bool direct);

// ---- observe.c
void open_maps(void);
u64 digest_of_layout(u64 start, u64 end);
u64 digest_of_text(int fd, u64 start, u64 end);  // of maps or smaps
void find_near(const struct op* op, const struct result* result, u64* start, u64* end);
void write_process(struct text* out, u32 slot);   // as observe answers it
void write_layout(struct text* out);              // the keys shared_objects, anon_vmas and layout of a header
void write_parameters(struct text* out);

// ---- process.c
void serve_slot(u32 slot);
void limit_process(const struct wishes* wishes);
void drop_capability(u32 capability);

// ---- facts.c
void find_facts(void);

// ---- init.c
void become_init(void);
void power_off(void);

// ---- supervisor.c
extern bool keep_special;  // the vdso stays mapped
// Only what lies in the window is shown, and everything outside it is the subject's: for implementations of Linux that
// keep memory of their making in the same address space, or place it where it cannot be foretold.
extern bool only_window;
enum { window_bytes = 1 << 30 };
static const u64 window_start = 0x200000000000, window_end = 0x200000000000 + window_bytes;
int supervise(void);
