// Guards a step: a crash, an endless loop, or code that is not there ends the step, and is a finding or a refusal.
//
// Nothing is known of the state after that, so the program then starts itself again.
#define _GNU_SOURCE
#include "guard.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include "tree.h"

enum { most_reports = 10, most_frames = 8, seconds_of_step = 3, alternate_stack_bytes = 64 << 10 };

struct report reports[most_reports];
unsigned report_count;
const char* lacking;

static sigjmp_buf step_start;
static volatile sig_atomic_t in_step;
static volatile unsigned long steps;
static char program[4096];  // its path

void tree_report(const char* property, const char* format, ...) {
    if (report_count == most_reports) return;
    struct report* report = &reports[report_count++];
    snprintf(report->property, sizeof(report->property), "%s", property);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(report->text, sizeof(report->text), format, arguments);
    va_end(arguments);
}

void tree_abandon(void) {
    if (!in_step) {
        fprintf(stderr, "outside a step: %s\n", report_count > 0 ? reports[report_count - 1].text : "abandoned");
        _exit(1);
    }
    in_step = 0;
    siglongjmp(step_start, 1);
}

void tree_lacks(const char* what) {
    static char text[200];
    snprintf(text, sizeof(text), "the surroundings of the tree do not have %s", what);
    lacking = text;
    tree_abandon();
}

bool guarded(void (*step)(void*), void* argument) {
    report_count = 0;
    lacking = NULL;
    ++steps;
    if (sigsetjmp(step_start, 0) != 0) return false;
    in_step = 1;
    step(argument);
    in_step = 0;
    return true;
}

// ---- crashes

static bool is_code(unsigned long address) {
    extern char __executable_start[], etext[];
    return address >= (unsigned long)__executable_start && address < (unsigned long)etext;
}

// The function that is executed, and those that called it, up to the surroundings. Frames are linked
// (-fno-omit-frame-pointer), and addr2line has the names and lines.
void report_place(const char* property, const char* what, unsigned long address, unsigned long frame,
                  unsigned long stack) {
    char text[sizeof(reports[0].text)], command[sizeof(program) + 400], place[300];
    size_t length = (size_t)snprintf(text, sizeof(text), "%s", what);
    size_t at = (size_t)snprintf(command, sizeof(command), "addr2line -s -f -p -e '%s'", program);
    for (int i = 0; i < most_frames && is_code(address); ++i) {
        // The place of a call, not of what follows it.
        at += (size_t)snprintf(command + at, sizeof(command) - at, " %#lx", i == 0 ? address : address - 1);
        if (frame < stack || frame > stack + (1 << 20) || frame % 8 != 0) break;
        address = ((unsigned long*)frame)[1];
        frame = ((unsigned long*)frame)[0];
    }
    FILE* pipe = popen(command, "r");
    const char* joint = " in ";
    while (pipe != NULL && fgets(place, sizeof(place), pipe) != NULL && length + 1 < sizeof(text)) {
        place[strcspn(place, "\n")] = 0;
        if (strncmp(place, "tree_", 5) == 0 || strncmp(place, "perform_call", 12) == 0 ||
            strncmp(place, "break_and_check", 15) == 0)
            break;
        const int more = snprintf(text + length, sizeof(text) - length, "%s%s", joint, place);
        joint = " < ";
        length += (size_t)more < sizeof(text) - length ? (size_t)more : sizeof(text) - length - 1;
    }
    if (pipe != NULL) pclose(pipe);
    tree_report(property, "%s", text);
}

static void report_context(const char* property, const char* what, const ucontext_t* context) {
    const greg_t* registers = context->uc_mcontext.gregs;
    report_place(property, what, (unsigned long)registers[REG_RIP], (unsigned long)registers[REG_RBP],
                 (unsigned long)registers[REG_RSP]);
}

static void on_crash(int signal, siginfo_t* info, void* context) {
    if (!in_step) _exit(128 + signal);
#ifdef TREE_IS_SANITIZED
    // The compiler has put a trap where the code does what C does not define.
    if (signal == SIGILL) {
        report_context("undefined-behaviour", "what C does not define", context);
        tree_abandon();
    }
#endif
    char what[100];
    if (signal == SIGSEGV || signal == SIGBUS)
        snprintf(what, sizeof(what), "%s at %p", strsignal(signal), info->si_addr);
    else
        snprintf(what, sizeof(what), "%s", strsignal(signal));
    report_context("crash", what, context);
    tree_abandon();
}

static void on_tick(int signal, siginfo_t* info, void* context) {
    static unsigned long last;
    static unsigned ticks;
    (void)signal, (void)info;
    if (!in_step || steps != last) {
        last = steps;
        ticks = 0;
        return;
    }
    if (++ticks < seconds_of_step) return;
    ticks = 0;
    report_context("endless-loop", "a step does not end", context);
    tree_abandon();
}

void begin_guard(void) {
    const ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    program[length > 0 ? length : 0] = 0;
    const stack_t stack = {.ss_sp = malloc(alternate_stack_bytes), .ss_size = alternate_stack_bytes};
    sigaltstack(&stack, NULL);
    struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
    for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); ++i) sigaction(crashes[i], &action, NULL);
    action.sa_sigaction = on_tick;
    action.sa_flags |= SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
    const struct itimerval second = {{1, 0}, {1, 0}};
    setitimer(ITIMER_REAL, &second, NULL);
}

void start_again(void) {
    // The timer would outlive the handler of its signal.
    const struct itimerval none = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &none, NULL);
#ifdef TREE_IS_COVERED
    void __gcov_dump(void);
    __gcov_dump();  // which only the end of a program does by itself
#endif
    execl(program, program, (char*)NULL);
    _exit(1);
}

// ---- memory

// Of one range at a fixed address, so that addresses in reports are the same in each run.
void* tree_memory(unsigned long bytes) {
    static const unsigned long start = 0x100000000000, size = 64ul << 30, granule = 256;
    static unsigned long used;
    if (used == 0) {
        void* got = mmap((void*)start, size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
        if (got != (void*)start) {
            fprintf(stderr, "no memory at %#lx\n", start);
            _exit(1);
        }
    }
    const unsigned long unit = bytes >= 4096 ? 4096 : granule;
    used = (used + unit - 1) / unit * unit;
    if (bytes > size - used) tree_lacks("so much memory");
    void* memory = (char*)start + used;
    used += bytes;
    return memory;
}
