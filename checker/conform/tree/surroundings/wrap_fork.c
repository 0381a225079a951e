// kernel/fork.c of the tree, whole, for its functions that copy and free address spaces.
#include "kernel/fork.c"

#include "inside.h"

// NULL: there is no memory.
struct mm_struct* duplicate_memory(void) {
    return dup_mm(current, current->mm);
}
