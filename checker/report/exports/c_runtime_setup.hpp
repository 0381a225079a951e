// Pieces of C programs that bring about what a trace starts from, and let processes take turns.
#pragma once

#include <string_view>

namespace vmacheck::c_pieces {

inline constexpr std::string_view expect_free = R"(/* Where the mappings will lie the program must have none. */
static void expect_free(void) {
    struct lines lines = {open("/proc/self/maps", O_RDONLY | O_CLOEXEC), 0, 0};
    unsigned long start, end;
    for (char *line; (line = next_line(&lines)) != NULL;)
        for (size_t i = 0; i < sizeof windows / sizeof windows[0]; ++i)
            if (sscanf(line, "%lx-%lx", &start, &end) == 2 && start < windows[i].end && end > windows[i].start)
                skip(line, "the program itself lies there; compile it with -fPIE -pie");
    close(lines.fd);
}
)";

inline constexpr std::string_view start_heap = R"(/* The heap begins here; the data segment counts so many bytes. */
static void start_heap(uintptr_t start, size_t data) {
    const uintptr_t own = (uintptr_t)&vmas;
    struct prctl_mm_map map = {.start_code = own, .end_code = own + 1, .start_data = own, .end_data = own + data,
                               .start_brk = start, .brk = start, .start_stack = own, .arg_start = own, .arg_end = own,
                               .env_start = own, .env_end = own, .exe_fd = (unsigned)-1};
    if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0) != 0)
        skip("PR_SET_MM_MAP, which moves the heap", strerror(errno));
}
)";

inline constexpr std::string_view leave_vmas = R"(/* Makes VMAs until so many are left to vm.max_map_count. */
static void leave_vmas(long left) {
    const long page = sysconf(_SC_PAGESIZE);
    long spare = number_after("/proc/sys/vm/max_map_count", "") - left;
    struct lines lines = {open("/proc/self/maps", O_RDONLY | O_CLOEXEC), 0, 0};
    for (char *line; (line = next_line(&lines)) != NULL;)
        if (strstr(line, "[vsyscall]") == NULL) --spare;
    close(lines.fd);
    if (spare < 0 || spare > 1 << 18) skip("vm.max_map_count", "it is too small or too large");
    for (char *at = (char *)0x300000000000; spare > 0; --spare, at += page)
        if (mmap(at, page, spare % 2 ? PROT_NONE : PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0) != at)
            skip("mmap", strerror(errno));
}
)";

inline constexpr std::string_view limit = R"(/* As much as this, or as there may be; less than is needed does not do. */
static void limit(int resource, unsigned long bytes, unsigned long needed) {
    struct rlimit value, all = {bytes, bytes};
    getrlimit(resource, &value);
    if (bytes > value.rlim_max && setrlimit(resource, &all) == 0) return;
    value.rlim_cur = bytes < value.rlim_max ? bytes : value.rlim_max;
    if (value.rlim_cur < needed || setrlimit(resource, &value) != 0) skip("setrlimit", "it allows too little");
}
)";

inline constexpr std::string_view drop_capabilities =
    R"(/* Those for which limits and rights do not count, but for those that are needed. */
static void drop_capabilities(uint32_t needed) {
    static const int dropped[] = {14 /* IPC_LOCK */, 15 /* IPC_OWNER */, 17 /* SYS_RAWIO */, 21 /* SYS_ADMIN */,
                                  23 /* SYS_NICE */, 24 /* SYS_RESOURCE */};
    uint32_t header[2] = {0x20080522, 0}, sets[6] = {0};
    if (syscall(SYS_capget, header, sets) != 0) return;
    if ((sets[0] & needed) != needed) skip("capabilities", "run it as root");
    for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; ++i) sets[0] &= ~(1u << dropped[i]) | needed;
    syscall(SYS_capset, header, sets);
}
)";

inline constexpr std::string_view turn = R"(/* Whether the process has ended: its memory is gone. */
static int is_gone(pid_t pid) {
    char path[64], text[512];
    if (kill(pid, 0) != 0) return 1;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 1;
    ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    text[got > 0 ? got : 0] = 0;
    const char *state = strrchr(text, ')');
    return state == NULL || state[2] == 'Z' || state[2] == 'X';
}

static int self;  /* the number of this process */

/* Waits for the step if this process performs it. */
static int turn(int number, int process) {
    if (process != self) return 0;
    while (shared->next != number || (shared->leaving != 0 && !is_gone(shared->leaving))) {
        if (shared->status != 0) _exit(shared->status);
        usleep(50);
    }
    shared->leaving = 0;
    return 1;
}

static void done(void) {
    ++shared->next;
}

/* In the parent 0 or minus an errno. The child becomes this process. */
__attribute__((unused)) static long fork_as(int process) {
    pid_t pid = fork();
    if (pid != 0) {
        shared->pids[process] = pid;
        return pid < 0 ? -errno : 0;
    }
    alarm(120);
    self = process;
    return 1;
}

__attribute__((unused)) static _Noreturn void leave(void) {
    shared->leaving = getpid();
    done();
    _exit(0);
}

/* Reads or writes a byte of another process. */
__attribute__((unused)) static long access_remotely(int process, uintptr_t address, int is_write) {
    char byte = 0;
    struct iovec local = {&byte, 1}, remote = {(void *)address, 1};
    ssize_t got = is_write ? process_vm_writev(shared->pids[process], &local, 1, &remote, 1, 0)
                           : process_vm_readv(shared->pids[process], &local, 1, &remote, 1, 0);
    if (got < 0 && errno == EPERM) skip("process_vm_readv", "it may not look into the other process");
    return got == 1 ? 0 : -errno;
}

/* Runs the test as process 0, and waits for all of its children. */
static int run_processes(void (*test)(void), int last) {
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return 77;
    shared->next = 1;
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    alarm(120);
    pid_t first = fork();
    if (first == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        shared->pids[0] = getpid();
        test();
        while (shared->next <= last && shared->status == 0) usleep(50);
        _exit(shared->status);
    }
    int status;
    while (wait(&status) > 0)
        if (status != 0 && shared->status == 0) shared->status = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    return shared->status;
}
)";

}  // namespace vmacheck::c_pieces
