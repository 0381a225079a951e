// One operation, as a process performs it on itself.
#include "agent.h"

static int uffds[max_uffds];      // descriptors of the contexts by number, from 1; 0: closed
static u8 residency[8 << 10];    // what mincore fills in

enum { map_private = 2, map_fixed = 0x10, map_populate = 0x8000, map_hugetlb = 0x40000, map_anonymous = 0x20, map_huge_shift = 26, map_fixed_noreplace = 0x100000 };
enum { mremap_fixed = 2, uffd_user_mode_only = 1 };
enum { pr_set_vma = 0x53564d41 };
#define uffdio_api 0xc018aa3fUL
#define uffdio_register 0xc020aa00UL
#define uffdio_unregister 0x8010aa01UL

// Whether a byte of the range is the agent's; a range that wraps around is refused by every kernel.
static bool meets_agent(u64 addr, u64 len) {
    const u64 start = addr & ~(u64)(page_bytes - 1);
    u64 end = addr + (len == 0 ? 1 : len);
    if (end < addr) return false;
    end = (end + page_bytes - 1) & ~(u64)(page_bytes - 1);
    if (end < start) return false;
    return start < reserved_end && end > reserved_start;
}

static const char* refusal_of(const struct op* op) {
    static const char own_memory[] = "the range meets the agent's memory";
    switch (op->kind) {
        case op_fork: case op_exit: case op_brk: case op_mlockall: case op_munlockall: case op_uffd_close:
        case op_truncate: break;
        case op_mmap:
            if ((op->flags & (map_fixed | map_fixed_noreplace)) != 0 && meets_agent(op->addr, op->len)) return own_memory;
            if ((op->flags & map_populate) != 0 && op->len > most_populated) return "it would fill too much memory";
            break;
        case op_mremap:
            if (meets_agent(op->addr, op->len)) return own_memory;
            if ((op->flags & mremap_fixed) != 0 && meets_agent(op->new_addr, op->new_len)) return own_memory;
            break;
        case op_shmat: {
            const struct open_file* file = op->file >= 1 && op->file <= area->file_count ? &area->files[op->file - 1] : NULL;
            const u64 pages = file != NULL && file->kind == file_sysv_shm ? file->pages : 1;
            if (op->addr != 0 && meets_agent(op->addr, pages * page_bytes)) return own_memory;
            break;
        }
        default:
            if (meets_agent(op->addr, op->len)) return own_memory;
            // remap_file_pages populates, and its file may have any size.
            if (((op->kind == op_madvise && op->advice >= 22 && op->advice <= 23) || op->kind == op_remap_file_pages) &&
                op->len > most_populated)
                return "it would fill too much memory";
    }
    if (op->fail_alloc != 0) return "it cannot let an allocation fail";
    if (op->file != 0 && op->file <= area->file_count && area->files[op->file - 1].absent != NULL)
        return "the file is not open here";
    if (facts.missing[op->kind]) return "the call does not exist here";
    if (op->kind == op_fault && op->access == access_exec && !facts.exec_access) return "it cannot tell what executing does";
    if (op->kind == op_mmap && (op->flags & map_hugetlb) != 0) {
        if (!facts.hugetlb) return "there are no huge pages";
        const u64 log = op->flags >> map_huge_shift & 0x3f;
        if ((op->flags & map_anonymous) != 0 && (facts.other_huge_sizes >> log & 1) != 0)
            return "huge pages of another size than the usual one";
    }
    return NULL;
}

// A descriptor; of a segment, which has none, and of a number that is no open file, one that is closed.
static u64 descriptor(u32 file) {
    const bool open = file >= 1 && file <= area->file_count && area->files[file - 1].kind != file_sysv_shm;
    return open ? (u64)(i64)area->files[file - 1].fd : ~(u64)0;
}

// The id of a segment; of anything else, one that does not exist.
static u64 segment_id(u32 file) {
    const bool segment = file >= 1 && file <= area->file_count && area->files[file - 1].kind == file_sysv_shm;
    return segment ? (u64)(i64)area->files[file - 1].fd : ~(u64)0;
}

static i64 access_remotely(const struct op* op) {
    static u8 byte;
    const struct {
        void* start;
        u64 length;
    } local = {&byte, 1}, remote = {(void*)op->addr, 1};
    byte = 0;
    const i64 done = call6(op->access == access_write ? nr_process_vm_writev : nr_process_vm_readv,
                           area->slots[op->target].pid, (u64)&local, 1, (u64)&remote, 1, 0);
    return done == 1 ? 0 : done;
}

static i64 name_anonymous(const struct op* op) {
    char name[16];
    struct text text = {name, 0, sizeof(name) - 1, NULL};
    put(&text, "n");
    put_number(&text, op->name);
    name[text.length] = 0;
    return call5(nr_prctl, pr_set_vma, 0, op->addr, op->len, op->name == 0 ? 0 : (u64)name);
}

// Equal numbers are equal policies; on one node the modes have to differ.
static i64 bind(const struct op* op, const char** refused) {
    static const u32 modes[] = {0, 2, 3, 2 | 1 << 15, 3 | 1 << 15, 2 | 1 << 14, 3 | 1 << 14};
    if (op->policy >= sizeof(modes) / sizeof(modes[0])) {
        *refused = "it has six policies";
        return 0;
    }
    const u64 nodes = op->policy == 0 ? 0 : 1;
    return call6(nr_mbind, op->addr, op->len, modes[op->policy], nodes == 0 ? 0 : (u64)&nodes, nodes == 0 ? 0 : 64,
                 op->flags);
}

// Opens the context if it is not open. What waits for a handler is answered with SIGBUS.
static i64 uffd_of(u32 number) {
    if (number == 0 || number > max_uffds) return -err_ebadf;
    if (uffds[number - 1] != 0) return uffds[number - 1];
    i64 fd = call1(nr_userfaultfd, 0);
    if (fd == -err_eperm) fd = call1(nr_userfaultfd, uffd_user_mode_only);
    if (failed(fd)) return fd;
    u64 api[3] = {0xaa, 1 << 0 | 1 << 7, 0};  // write protection, SIGBUS
    if (failed(call3(nr_ioctl, fd, uffdio_api, api))) {
        u64 less[3] = {0xaa, 1 << 7, 0};
        call3(nr_ioctl, fd, uffdio_api, less);
    }
    uffds[number - 1] = (int)fd;
    return fd;
}

void forget_uffds(void) {
    for (u32 i = 0; i < max_uffds; ++i) {
        if (uffds[i] != 0) call1(nr_close, uffds[i]);
        uffds[i] = 0;
    }
}

static i64 use_uffd(const struct op* op) {
    const i64 fd = uffd_of(op->uffd);
    if (failed(fd)) return fd;
    u64 range[4] = {op->addr, op->len, op->flags, 0};
    switch (op->kind) {
        case op_uffd_register: return call3(nr_ioctl, fd, uffdio_register, range);
        case op_uffd_unregister: return call3(nr_ioctl, fd, uffdio_unregister, range);
        default:
            uffds[op->uffd - 1] = 0;
            return call1(nr_close, fd);
    }
}

static i64 perform_call(const struct op* op, struct result* result) {
    switch (op->kind) {
        case op_mmap: return call6(nr_mmap, op->addr, op->len, op->prot, op->flags, descriptor(op->file), op->offset);
        case op_munmap: return call2(nr_munmap, op->addr, op->len);
        case op_mprotect: return call3(nr_mprotect, op->addr, op->len, op->prot);
        case op_brk: return call1(nr_brk, op->addr);
        case op_madvise: return call3(nr_madvise, op->addr, op->len, op->advice);
        case op_fault: result->signal = (u32)try_access((enum access_kind)op->access, op->addr); return 0;
        case op_remote_access: return access_remotely(op);
        case op_mremap: return call5(nr_mremap, op->addr, op->len, op->new_len, op->flags, op->new_addr);
        case op_mlock:
            return op->flags != 0 ? call3(nr_mlock2, op->addr, op->len, op->flags) : call2(nr_mlock, op->addr, op->len);
        case op_munlock: return call2(nr_munlock, op->addr, op->len);
        case op_mlockall: return call1(nr_mlockall, op->flags);
        case op_munlockall: return call0(nr_munlockall);
        case op_truncate: return call2(nr_ftruncate, descriptor(op->file), op->len);
        case op_shmat: return call3(nr_shmat, segment_id(op->file), op->addr, op->flags);
        case op_shmdt: return call1(nr_shmdt, op->addr);
        case op_remap_file_pages:
            return call5(nr_remap_file_pages, op->addr, op->len, op->prot, op->offset, op->flags);
        case op_mbind: return bind(op, &result->refused);
        case op_uffd_register:
        case op_uffd_unregister:
        case op_uffd_close: return use_uffd(op);
        case op_msync: return call3(nr_msync, op->addr, op->len, op->flags);
        case op_mincore:
            if (op->len / page_bytes >= sizeof(residency)) {
                result->refused = "it has no vector of this size";
                return 0;
            }
            return call3(nr_mincore, op->addr, op->len, residency);
        case op_anon_name: return name_anonymous(op);
        case op_mseal: return call3(nr_mseal, op->addr, op->len, 0);
        default: result->refused = "it does not perform this"; return 0;
    }
}

void perform(const struct op* op, struct result* result) {
    result->signal = 0;
    result->has_layout = 0;
    result->refused = refusal_of(op);
    if (result->refused != NULL) return;
    result->value = op->kind == op_fork ? start_slot(false) : perform_call(op, result);
    if (!failed(result->value)) return;
    if (result->value == -err_enosys) result->refused = "the call does not exist here";
    else if (errno_name(-result->value) == NULL) result->refused = "it failed with an errno that traces have no name for";
}
