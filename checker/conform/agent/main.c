// Where the agent begins.
//
// vmacheck-agent [--here]: serves checker/conform/PROTOCOL.md on its standard input and output. It starts itself again
// with the address space laid out the same way each time, unless --here says that this is not wanted or was done. With
// --vdso, processes keep the vdso and what belongs to it, which they do not use. With --window (and --here), only a
// gibibyte at 0x200000000000 is shown and used.
#include "agent.h"

enum { addr_no_randomize = 0x40000, pr_set_pdeathsig = 1, pr_set_dumpable = 4, pr_set_child_subreaper = 36 };
enum { read_implies_exec = 0x400000 };

u8 agent_stack[24 << 10] __attribute__((aligned(16)));

// Off the kernel's stack, which operations may unmap.
__asm__(
    ".text\n"
    ".globl _start\n"
    "_start:\n"
    "  movq %rsp, %rdi\n"
    "  leaq agent_stack+24576(%rip), %rsp\n"
    "  xorl %ebp, %ebp\n"
    "  call agent_main\n"
    "  ud2\n");

bool keep_special = false;
bool only_window = false;

static void start_again(char** arguments, char** environment) {
    static char here[] = "--here";
    const i64 persona = call1(nr_personality, 0xffffffff);
    if (failed(persona)) return;
    if (failed(call1(nr_personality, ((u64)persona | addr_no_randomize) & ~(u64)read_implies_exec))) return;
    static char vdso[] = "--vdso";
    char* again[] = {arguments[0], here, keep_special ? vdso : NULL, NULL};
    call3(nr_execve, "/proc/self/exe", again, environment);
}

void agent_main(u64* stack) {
    const u64 count = stack[0];
    char** arguments = (char**)(stack + 1);
    char** environment = arguments + count + 1;
    // Whoever started it may be gone already; what is read then ends.
    call2(nr_prctl, pr_set_pdeathsig, sig_kill);
    bool here = false;
    for (u64 i = 1; i < count; ++i) {
        if (same_text("--here", 6, arguments[i])) here = true;
        if (same_text("--window", 8, arguments[i])) only_window = true;
        if (same_text("--vdso", 6, arguments[i])) keep_special = true;
    }
    const bool is_init = call0(nr_getpid) == 1;
    if (is_init && !here) become_init();
    if (!here) start_again(arguments, environment);
    call2(nr_prctl, pr_set_child_subreaper, 1);
    const i64 at = call6(nr_mmap, (u64)area, control_bytes, 3, 0x31, ~(u64)0, 0);
    if (at != (i64)area) end_process(1);
    const int status = supervise();
    if (is_init) power_off();
    end_process(status);
}
