// Interrupts: there are none, and a process may not switch them off.
#pragma once

static inline unsigned long arch_local_save_flags(void) {
    return 0;
}
static inline void arch_local_irq_restore(unsigned long flags) {}
static inline void arch_local_irq_disable(void) {}
static inline void arch_local_irq_enable(void) {}
static inline unsigned long arch_local_irq_save(void) {
    return 0;
}
static inline int arch_irqs_disabled_flags(unsigned long flags) {
    return 0;
}
static inline int arch_irqs_disabled(void) {
    return 0;
}
static inline void arch_safe_halt(void) {}
static inline void halt(void) {}
static inline unsigned long native_save_fl(void) {
    return 0;
}
static inline void native_irq_disable(void) {}
static inline void native_irq_enable(void) {}
