// Names as they stand in traces (traces/FORMAT.md), and what Linux on x86-64 has for them.
#include "agent.h"

const char* const op_names[op_kinds] = {
    "mmap",       "munmap",  "mprotect",   "brk",           "madvise",         "fault",      "remote_access",
    "fork",       "exit",    "mremap",     "mlock",         "munlock",         "mlockall",   "munlockall",
    "truncate",   "shmat",   "shmdt",      "remap_file_pages", "mbind",        "uffd_register",
    "uffd_unregister", "uffd_close", "msync", "mincore",    "anon_name",       "mseal",
};

int op_named(const char* name, size_t length) {
    for (int i = 0; i < op_kinds; ++i)
        if (same_text(name, length, op_names[i])) return i;
    return -1;
}

static const struct name_value prot[] = {
    {"READ", 1}, {"WRITE", 2}, {"EXEC", 4}, {"SEM", 8}, {"GROWSDOWN", 0x01000000}, {"GROWSUP", 0x02000000}, {NULL, 0}};
static const struct name_value map[] = {
    {"PRIVATE", 2},       {"FIXED", 0x10},      {"ANONYMOUS", 0x20},  {"SHARED", 1},
    {"SHARED_VALIDATE", 3}, {"DROPPABLE", 8},   {"32BIT", 0x40},      {"GROWSDOWN", 0x100},
    {"DENYWRITE", 0x800}, {"EXECUTABLE", 0x1000}, {"LOCKED", 0x2000}, {"NORESERVE", 0x4000},
    {"POPULATE", 0x8000}, {"NONBLOCK", 0x10000}, {"STACK", 0x20000},  {"HUGETLB", 0x40000},
    {"SYNC", 0x80000},    {"FIXED_NOREPLACE", 0x100000}, {NULL, 0}};
static const struct name_value mremap[] = {{"MAYMOVE", 1}, {"FIXED", 2}, {"DONTUNMAP", 4}, {NULL, 0}};
static const struct name_value mlock[] = {{"ONFAULT", 1}, {NULL, 0}};
static const struct name_value mcl[] = {{"CURRENT", 1}, {"FUTURE", 2}, {"ONFAULT", 4}, {NULL, 0}};
static const struct name_value mpol[] = {{"STRICT", 1}, {"MOVE", 2}, {"MOVE_ALL", 4}, {NULL, 0}};
static const struct name_value ms[] = {{"ASYNC", 1}, {"INVALIDATE", 2}, {"SYNC", 4}, {NULL, 0}};
static const struct name_value uffd[] = {{"MISSING", 1}, {"WP", 2}, {NULL, 0}};
static const struct name_value shm[] = {{"RDONLY", 010000}, {"RND", 020000}, {"REMAP", 040000}, {"EXEC", 0100000}, {NULL, 0}};
static const struct name_value advice[] = {
    {"NORMAL", 0},     {"RANDOM", 1},        {"SEQUENTIAL", 2},      {"WILLNEED", 3},      {"DONTNEED", 4},
    {"FREE", 8},       {"REMOVE", 9},        {"DONTFORK", 10},       {"DOFORK", 11},       {"MERGEABLE", 12},
    {"UNMERGEABLE", 13}, {"HUGEPAGE", 14},   {"NOHUGEPAGE", 15},     {"DONTDUMP", 16},     {"DODUMP", 17},
    {"WIPEONFORK", 18}, {"KEEPONFORK", 19},  {"COLD", 20},           {"PAGEOUT", 21},      {"POPULATE_READ", 22},
    {"POPULATE_WRITE", 23}, {"DONTNEED_LOCKED", 24}, {"COLLAPSE", 25}, {"GUARD_INSTALL", 102}, {"GUARD_REMOVE", 103},
    {NULL, 0}};
static const struct name_value access[] = {{"read", access_read}, {"write", access_write}, {"exec", access_exec}, {NULL, 0}};
static const struct name_value file_kind[] = {{"regular", file_regular},   {"shmem", file_shmem},
                                              {"dev_zero", file_dev_zero}, {"sysv_shm", file_sysv_shm},
                                              {"hugetlb", file_hugetlb},   {NULL, 0}};

// In the order of enum name_table.
static const struct name_value* const tables[] = {prot, map,    mremap, mlock,  mcl,       mpol,
                                                  ms,   uffd,   shm,    advice, access,    file_kind};

bool value_named(enum name_table table, const char* name, size_t length, u64* value) {
    for (const struct name_value* each = tables[table]; each->name != NULL; ++each)
        if (same_text(name, length, each->name)) {
            *value = each->value;
            return true;
        }
    return false;
}

static const struct name_value errnos[] = {
    {"EPERM", 1},   {"ESRCH", 3},   {"EINTR", 4},   {"EBADF", 9},    {"EAGAIN", 11},    {"ENOMEM", 12},
    {"EACCES", 13}, {"EFAULT", 14}, {"EBUSY", 16},  {"EEXIST", 17},  {"ENODEV", 19},    {"EINVAL", 22},
    {"ENFILE", 23}, {"ETXTBSY", 26}, {"ENOSPC", 28}, {"EOVERFLOW", 75}, {"EOPNOTSUPP", 95}, {NULL, 0}};

const char* errno_name(i64 error) {
    for (const struct name_value* each = errnos; each->name != NULL; ++each)
        if ((i64)each->value == error) return each->name;
    return NULL;
}

// The two letters of a flag in smaps, and its name in traces. "mp" and others that traces have no name for are left
// out. Kernels that have no letters for VM_LOCKONFAULT, as 6.1, print "??"; of the flags that mlock sets it is the only one.
static const struct {
    char letters[3];
    const char* name;
} smaps_flags[] = {
    {"rd", "READ"},      {"wr", "WRITE"},      {"ex", "EXEC"},       {"sh", "SHARED"},    {"mr", "MAYREAD"},
    {"mw", "MAYWRITE"},  {"me", "MAYEXEC"},    {"ms", "MAYSHARE"},   {"gd", "GROWSDOWN"}, {"um", "UFFD_MISSING"},
    {"pf", "PFNMAP"},    {"uw", "UFFD_WP"},    {"lo", "LOCKED"},     {"io", "IO"},        {"sr", "SEQ_READ"},
    {"rr", "RAND_READ"}, {"dc", "DONTCOPY"},   {"de", "DONTEXPAND"}, {"lf", "LOCKONFAULT"}, {"ac", "ACCOUNT"},
    {"nr", "NORESERVE"}, {"sf", "SYNC"},       {"ht", "HUGETLB"},    {"ar", "GROWSUP"},   {"wf", "WIPEONFORK"},
    {"dd", "DONTDUMP"},  {"sd", "SOFTDIRTY"},  {"mm", "MIXEDMAP"},   {"hg", "HUGEPAGE"},  {"nh", "NOHUGEPAGE"},
    {"mg", "MERGEABLE"}, {"??", "LOCKONFAULT"}, {"dp", "DROPPABLE"}, {"sl", "SEALED"},
    {"gu", "MAYBE_GUARD"},
};

void put_smaps_flags(struct text* out, const char* letters) {
    bool any = false;
    put(out, "[");
    for (; letters[0] != 0 && letters[1] != 0; ++letters) {
        if (letters[0] == ' ') continue;
        for (size_t i = 0; i < sizeof(smaps_flags) / sizeof(smaps_flags[0]); ++i) {
            if (smaps_flags[i].letters[0] != letters[0] || smaps_flags[i].letters[1] != letters[1]) continue;
            put(out, any ? ",\"" : "\"");
            put(out, smaps_flags[i].name);
            put(out, "\"");
            any = true;
        }
        ++letters;
    }
    put(out, "]");
}
