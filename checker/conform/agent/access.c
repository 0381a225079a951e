// Reading, writing and executing a byte that may be mapped or not. What goes wrong arrives as a signal, on a stack that
// no operation can touch; everything else in the agent never faults.
#include "agent.h"

// int run_access(int kind, u64 address): 0, or what handle_signal puts into rax. An access to execute jumps to the
// address in single steps: the first trap comes before the instruction there, the second after it.
__asm__(
    ".text\n"
    ".globl run_access, recover, restore_signal\n"
    "run_access:\n"
    "  pushq %rbx\n  pushq %rbp\n  pushq %r12\n  pushq %r13\n  pushq %r14\n  pushq %r15\n"
    "  movq %rsp, saved_stack(%rip)\n"
    "  cmpl $1, %edi\n"
    "  je 1f\n"
    "  ja 2f\n"
    "  movb (%rsi), %al\n"
    "  xorl %eax, %eax\n"
    "  jmp recover\n"
    "1: movb $0, (%rsi)\n"
    "  xorl %eax, %eax\n"
    "  jmp recover\n"
    "2: leaq scratch(%rip), %rax\n"
    "  pushfq\n"
    "  orq $0x100, (%rsp)\n"
    "  popfq\n"
    "  jmp *%rsi\n"
    "recover:\n"
    "  movq saved_stack(%rip), %rsp\n"
    "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n  popq %rbp\n  popq %rbx\n"
    "  ret\n"
    "restore_signal:\n"
    "  movl $15, %eax\n"
    "  syscall\n");

int run_access(int kind, u64 address);
extern char recover[], restore_signal[];

u64 saved_stack = 1;  // of the access that runs; also used by the code above
u64 scratch = 1;      // what an executed page of zeros writes to
static u64 executed;  // the address that is to be executed; 0: none
static bool accessing;
static u8 signal_stack[8192] __attribute__((aligned(16)));

enum { reg_rax = 13, reg_rip = 16, reg_eflags = 17, reg_error = 19, registers_at = 5 };  // of struct ucontext, in words
enum { trap_flag = 0x100, error_fetch = 0x10 };

static void handle_signal(int signal, void* info, u64* context) {
    (void)info;
    u64* registers = context + registers_at;
    if (!accessing) end_process(100 + signal);
    if (executed != 0 && signal == sig_trap && registers[reg_rip] == executed) {
        executed = 1;  // a trap at the same place is the second one
        return;
    }
    registers[reg_eflags] &= ~(u64)trap_flag;
    registers[reg_rip] = (u64)recover;
    // Whatever the instruction then did wrong: it was fetched.
    const bool fetched = executed != 0 && (signal == sig_trap || signal == sig_ill ||
                                           (signal == sig_segv && (registers[reg_error] & error_fetch) == 0));
    registers[reg_rax] = fetched ? 0 : (u64)signal;
}

void catch_signals(void) {
    const struct {
        void* stack;
        u32 flags, unused;
        size_t size;
    } stack = {signal_stack, 0, 0, sizeof(signal_stack)};
    call2(nr_sigaltstack, &stack, 0);
    // SA_SIGINFO, SA_RESTORER, SA_ONSTACK, SA_NODEFER
    const struct {
        void* handler;
        u64 flags;
        void* restorer;
        u64 mask;
    } action = {(void*)handle_signal, 4 | 0x04000000 | 0x08000000 | 0x40000000, restore_signal, 0};
    static const int signals[] = {sig_ill, sig_trap, sig_bus, sig_segv};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); ++i)
        call4(nr_rt_sigaction, signals[i], &action, 0, 8);
}

int try_access(enum access_kind kind, u64 address) {
    accessing = true;
    if (kind == access_exec) address &= ~(u64)(page_bytes - 1);  // the instruction lies on this page alone
    executed = kind == access_exec ? address : 0;
    const int signal = run_access(kind, address);
    executed = 0;
    accessing = false;
    return signal;
}

// Code of the agent, which is mapped and may be executed: only single steps come back from it.
__asm__(
    ".text\n"
    ".balign 4096\n"
    "step_here:\n"
    "  nop\n"
    "  jmp not_stepped\n"
    "not_stepped:\n"
    "  movl $1, %eax\n"
    "  jmp recover\n"
    ".globl step_here\n");
extern char step_here[];

bool exec_access_works(void) {
    return try_access(access_exec, (u64)step_here) == 0;
}
