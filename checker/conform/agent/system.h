// Raw system calls and the few helpers that a program without a library needs. x86-64.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t i64;

enum { page_bytes = 4096 };
static const u64 all_addresses = ~(u64)0;

// The result as the kernel gives it: -4095 to -1 is an errno.
static inline i64 call6(long number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
    register u64 r10 __asm__("r10") = d;
    register u64 r8 __asm__("r8") = e;
    register u64 r9 __asm__("r9") = f;
    i64 result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
#define call5(n, a, b, c, d, e) call6(n, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e), 0)
#define call4(n, a, b, c, d) call5(n, a, b, c, d, 0)
#define call3(n, a, b, c) call4(n, a, b, c, 0)
#define call2(n, a, b) call3(n, a, b, 0)
#define call1(n, a) call2(n, a, 0)
#define call0(n) call1(n, 0)

static inline bool failed(i64 result) {
    return result < 0 && result > -4096;
}

enum {
    nr_read = 0,
    nr_write = 1,
    nr_open = 2,
    nr_close = 3,
    nr_fstat = 5,
    nr_lseek = 8,
    nr_mmap = 9,
    nr_mprotect = 10,
    nr_munmap = 11,
    nr_brk = 12,
    nr_rt_sigaction = 13,
    nr_rt_sigreturn = 15,
    nr_ioctl = 16,
    nr_sched_yield = 24,
    nr_mremap = 25,
    nr_msync = 26,
    nr_mincore = 27,
    nr_madvise = 28,
    nr_shmget = 29,
    nr_shmat = 30,
    nr_shmctl = 31,
    nr_nanosleep = 35,
    nr_getpid = 39,
    nr_fork = 57,
    nr_execve = 59,
    nr_wait4 = 61,
    nr_kill = 62,
    nr_uname = 63,
    nr_shmdt = 67,
    nr_fcntl = 72,
    nr_ftruncate = 77,
    nr_sysinfo = 99,
    nr_capset = 126,
    nr_capget = 125,
    nr_sigaltstack = 131,
    nr_personality = 135,
    nr_mlock = 149,
    nr_munlock = 150,
    nr_mlockall = 151,
    nr_munlockall = 152,
    nr_prctl = 157,
    nr_mount = 165,
    nr_reboot = 169,
    nr_futex = 202,
    nr_remap_file_pages = 216,
    nr_exit_group = 231,
    nr_mbind = 237,
    nr_prlimit64 = 302,
    nr_process_vm_readv = 310,
    nr_process_vm_writev = 311,
    nr_memfd_create = 319,
    nr_userfaultfd = 323,
    nr_mlock2 = 325,
    nr_mseal = 462,
};

enum { err_eperm = 1, err_esrch = 3, err_eintr = 4, err_ebadf = 9, err_eagain = 11, err_enomem = 12, err_einval = 22, err_enosys = 38 };

enum { sig_ill = 4, sig_trap = 5, sig_bus = 7, sig_kill = 9, sig_segv = 11, sig_chld = 17 };

void* memcpy(void* to, const void* from, size_t bytes);
void* memset(void* to, int value, size_t bytes);
int memcmp(const void* a, const void* b, size_t bytes);

static inline size_t length_of(const char* text) {
    size_t length = 0;
    while (text[length] != 0) ++length;
    return length;
}

static inline bool same_text(const char* a, size_t length, const char* b) {
    return length_of(b) == length && memcmp(a, b, length) == 0;
}

static inline bool begins_with(const char* text, const char* start) {
    while (*start != 0)
        if (*text++ != *start++) return false;
    return true;
}

static inline void end_process(int status) {
    for (;;) call1(nr_exit_group, status);
}

// An open file that is read in whole pages of text, line by line.
struct line_reader {
    int fd;
    char* buffer;
    size_t size;  // of the buffer; a longer line is cut
    size_t at;
    size_t filled;
};

// The next line, ended by a NUL and without its line break; NULL at the end.
char* next_line(struct line_reader* reader);

// The number that a file such as /proc/sys/vm/max_map_count holds; `otherwise` if it cannot be read.
u64 number_in_file(const char* path, u64 otherwise);
// Of a text, in this base; *text is moved behind it.
u64 take_number(const char** text, unsigned base);
