// The pieces of C programs that c_runtime.cpp puts together.
#pragma once

#include <string_view>

namespace vmacheck::c_pieces {

inline constexpr std::string_view includes = R"(#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
)";

// ---------------------------------------------------------------------------------------------- the end

inline constexpr std::string_view shared = R"(/* What the processes share. */
static struct shared {
    volatile int next;    /* the step whose turn it is */
    volatile int status;  /* of the first process that failed; 0: none did */
    volatile pid_t leaving;
    volatile pid_t pids[16];
} *shared;
)";

inline constexpr std::string_view stop_all = R"(static _Noreturn void stop(int status) {
    if (status != 0 && shared->status == 0) shared->status = status;
    _exit(status);
}
)";

inline constexpr std::string_view stop = R"(static _Noreturn void stop(int status) {
    _exit(status);
}
)";

inline constexpr std::string_view say = R"(/* printf would allocate memory. */
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...) {
    static char text[2 * ROOM + 1024];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (length >= (int)sizeof text) length = sizeof text - 1;
    if (write(1, text, (size_t)length) != length) stop(2);
}
)";

inline constexpr std::string_view skip = R"(/* The machine lacks what the program needs. */
static _Noreturn void skip(const char *what, const char *why) {
    say("skipped: %s: %s\n", what, why);
    stop(77);
}
)";

// ---------------------------------------------------------------------------------------------- /proc

inline constexpr std::string_view next_line = R"(struct lines {
    int fd;
    size_t at, end;
};

/* The next line of a file of /proc; NULL: there is none. */
static char *next_line(struct lines *from) {
    static char text[1 << 16];
    for (;;) {
        char *start = text + from->at, *end = memchr(start, '\n', from->end - from->at);
        if (end != NULL) {
            *end = 0;
            from->at = (size_t)(end - text) + 1;
            return start;
        }
        memmove(text, start, from->end - from->at);
        from->end -= from->at;
        from->at = 0;
        ssize_t got = read(from->fd, text + from->end, sizeof text - from->end);
        if (got <= 0) return NULL;
        from->end += (size_t)got;
    }
}
)";

inline constexpr std::string_view number_after = R"(/* The number after a key in a file of /proc; -1: it has none. */
static long number_after(const char *path, const char *key) {
    long number = -1;
    struct lines lines = {open(path, O_RDONLY | O_CLOEXEC), 0, 0};
    for (char *line; (line = next_line(&lines)) != NULL;)
        if (strncmp(line, key, strlen(key)) == 0) {
            number = strtol(line + strlen(key), NULL, 10);
            break;
        }
    close(lines.fd);
    return number;
}
)";

// ---------------------------------------------------------------------------------------------- VMAs

inline constexpr std::string_view append_vma = R"(/* The VMAs in the windows, as they are. */
static char are[sizeof windows / sizeof windows[0]][ROOM];

struct vma {
    unsigned long start, end, offset, inode;
    char rights[8], name[256];
};

/* The VMA as a line, if it lies in the window, with its letters of smaps. Of a placed window only what is in it. */
static void append_vma(size_t number, const struct vma *vma, const char *letters) {
    static const char compared[] = " gd um pf gu uw lo io sr rr dc de ac nr ht wf dd mm hg nh mg dp sl ";
    const struct window *window = &windows[number];
    char line[512], letter[8];
    const int is_placed = window->name[0] != 0;
    const unsigned long base = is_placed ? window->start : 0;
    const char *plus = is_placed ? "+" : "";
    unsigned long start = vma->start, end = vma->end;
    if (start >= window->end || end <= window->start) return;
    if (is_placed && start < window->start) start = window->start;
    if (is_placed && end > window->end) end = window->end;
    int used = snprintf(line, sizeof line, "%s%s0x%lx-%s%s0x%lx %s", window->name, plus, start - base, window->name,
                        plus, end - base, vma->rights);
    for (; letters[0] != 0 && letters[1] != 0; letters += letters[2] == ' ' ? 3 : 2) {
        snprintf(letter, sizeof letter, " %.2s ", letters);
        if (strstr(compared, letter) != NULL) used += snprintf(line + used, sizeof line - used, " %.2s", letters);
    }
    if (vma->inode != 0 || vma->name[0] == '/')
        used += snprintf(line + used, sizeof line - used, " offset 0x%lx", vma->offset + (start - vma->start));
    if (strncmp(vma->name, "[anon:", 6) == 0)
        used += snprintf(line + used, sizeof line - used, " name %.*s", (int)strcspn(vma->name + 6, "]"), vma->name + 6);
    snprintf(line + used, sizeof line - used, "\n");
    strncat(are[number], line, ROOM - 1 - strlen(are[number]));
}
)";

inline constexpr std::string_view check_vmas = R"(static const char *vmas = "";  /* that are expected in the windows */

/* Reports the first difference, and ends. */
static void check_vmas(int number, const char *what) {
    static char all[ROOM];
    struct vma vma = {0};
    unsigned long last = 0;
    const size_t count = sizeof windows / sizeof windows[0];
    struct lines lines = {open("/proc/self/smaps", O_RDONLY | O_CLOEXEC), 0, 0};
    if (lines.fd < 0) skip("/proc/self/smaps", "it cannot be read");
    for (size_t i = 0; i < count; ++i) {
        are[i][0] = 0;
        if (windows[i].end > last) last = windows[i].end;
    }
    for (char *line; (line = next_line(&lines)) != NULL && vma.start < last;) {
        struct vma next = {0};
        if (sscanf(line, "%lx-%lx %7s %lx %*s %lu %255[^\n]", &next.start, &next.end, next.rights, &next.offset,
                   &next.inode, next.name) >= 5)
            vma = next;
        else if (strncmp(line, "VmFlags: ", 9) == 0)
            for (size_t i = 0; i < count; ++i) append_vma(i, &vma, line + 9);
    }
    close(lines.fd);
    all[0] = 0;
    for (size_t i = 0; i < count; ++i) strncat(all, are[i], ROOM - 1 - strlen(all));
    if (strcmp(all, vmas) == 0) return;
    say("step %d, %s: expected these VMAs:\n%sbut they are:\n%s", number, what, vmas, all);
    stop(1);
}
)";

// ---------------------------------------------------------------------------------------------- steps

inline constexpr std::string_view step = R"(static const char *shown(long result, char text[96]) {
    if (result < 0 && result > -4096)
        snprintf(text, 96, "%ld [%s]", result, strerror((int)-result));
    else
        snprintf(text, 96, result < 4096 ? "%ld" : "0x%lx", result);
    return text;
}

/* Compares the result and the VMAs with what is expected. */
static void step(int number, const char *what, long result, long expected) {
    if (result == -ENOSYS && expected != -ENOSYS) skip(what, "this kernel has no such call");
    if (result != expected) {
        char one[96], other[96];
        say("step %d, %s: expected %s, is %s\n", number, what, shown(expected, one), shown(result, other));
        stop(1);
    }
    check_vmas(number, what);
}
)";

inline constexpr std::string_view placed =
    R"(/* The same for a call whose mapping the kernel places: it becomes this window. */
static uintptr_t placed(int number, const char *what, long result, size_t length, struct window *window) {
    if (result < 0 && result > -4096) step(number, what, result, 0);
    window->start = (uintptr_t)result;
    window->end = (uintptr_t)result + length;
    check_vmas(number, what);
    return (uintptr_t)result;
}
)";

inline constexpr std::string_view call = R"(/* The result as the kernel gives it: a value, or minus an errno. */
__attribute__((unused)) static long call(long number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e, uintptr_t f) {
    errno = 0;
    long result = syscall(number, a, b, c, d, e, f);
    return result == -1 && errno != 0 ? -errno : result;
}
)";

inline constexpr std::string_view access_byte = R"(static sigjmp_buf back;

static void on_signal(int number) {
    siglongjmp(back, number);
}

static void catch_signals(void) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_NODEFER};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

/* 0, or the signal that the access raised. */
static long access_byte(uintptr_t address, int is_write) {
    volatile char *byte = (volatile char *)address;
    int number = sigsetjmp(back, 1);
    if (number != 0) return number;
    if (is_write)
        *byte = 1;
    else
        (void)*byte;
    return 0;
}
)";

inline constexpr std::string_view residency = R"(static unsigned char residency[8192];  /* of mincore */
)";

inline constexpr std::string_view bind =
    R"(/* A policy by number. One node is enough: policies with different modes are different. */
static long bind(uintptr_t address, size_t length, unsigned policy, unsigned flags) {
    static const int modes[] = {0, 2, 3, 2 | 1 << 15, 3 | 1 << 15, 2 | 1 << 14, 3 | 1 << 14};
    static const unsigned long node = 1;
    return call(SYS_mbind, address, length, modes[policy], policy == 0 ? 0 : (uintptr_t)&node, policy == 0 ? 0 : 64,
                flags);
}
)";

inline constexpr std::string_view uffd = R"(static int uffds[17];  /* by number; 0: closed */

/* The context; it is opened at its first use. An access that would wait for a handler raises SIGBUS. */
static int uffd(int number) {
    if (uffds[number] != 0) return uffds[number];
    long fd = call(SYS_userfaultfd, O_CLOEXEC, 0, 0, 0, 0, 0);
    if (fd == -EPERM) fd = call(SYS_userfaultfd, O_CLOEXEC | 1, 0, 0, 0, 0, 0);
    if (fd < 0) skip("userfaultfd", strerror((int)-fd));
    uint64_t api[3] = {0xaa, 1 << 0 | 1 << 7, 0}, less[3] = {0xaa, 1 << 7, 0};
    if (ioctl((int)fd, 0xc018aa3f, api) != 0) ioctl((int)fd, 0xc018aa3f, less);
    return uffds[number] = (int)fd;
}

/* UFFDIO_REGISTER or UFFDIO_UNREGISTER */
__attribute__((unused)) static long use_uffd(int number, unsigned long request, uintptr_t address, size_t length, unsigned mode) {
    uint64_t range[4] = {address, length, mode, 0};
    return call(SYS_ioctl, (uintptr_t)uffd(number), request, (uintptr_t)range, 0, 0, 0);
}

__attribute__((unused)) static long close_uffd(int number) {
    int fd = uffd(number);
    uffds[number] = 0;
    return call(SYS_close, (uintptr_t)fd, 0, 0, 0, 0, 0);
}
)";

// ---------------------------------------------------------------------------------------------- files

inline constexpr std::string_view open_file =
    R"(/* A file without a name: a memfd, or one on a disk. bytes -1: as long as it can be. */
static int open_file(int on_disk, off_t bytes) {
    static const char *const folders[] = {"/var/tmp", ".", "/tmp"};
    int fd = on_disk ? -1 : (int)syscall(SYS_memfd_create, "export", 2 /* MFD_ALLOW_SEALING */);
    for (int i = 0; on_disk && fd < 0 && i < 3; ++i) {
        char path[64];
        snprintf(path, sizeof path, "%s/export-XXXXXX", folders[i]);
        fd = mkstemp(path);
        if (fd >= 0) unlink(path);
    }
    for (off_t size = bytes < 0 ? (off_t)1 << 42 : bytes; fd >= 0; size /= 4) {
        if (ftruncate(fd, size) == 0) return fd;
        if (bytes >= 0) break;
    }
    skip("a file", strerror(errno));
}
)";

inline constexpr std::string_view reopened = R"(/* The same file, opened in another way. */
static int reopened(int fd, int how) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int again = open(path, how);
    if (again < 0) skip("a file", "it cannot be opened a second time");
    return again;
}
)";

inline constexpr std::string_view segment =
    R"(/* A System V segment that goes with the last process that has it attached. */
static int segment(size_t bytes, int mode) {
    int id = shmget(IPC_PRIVATE, bytes, mode);
    if (id < 0) skip("shmget", strerror(errno));
    void *at = shmat(id, NULL, (mode & 0200) != 0 ? 0 : SHM_RDONLY);
    shmctl(id, IPC_RMID, NULL);
    if (at == (void *)-1) skip("shmat", strerror(errno));
    return id;
}
)";

}  // namespace vmacheck::c_pieces
