// Sizes that the kernel's build finds out by compiling kernel/bounds.c. Room for all releases.
#pragma once

#define NR_PAGEFLAGS 25
#define MAX_NR_ZONES 3
#define NR_CPUS_BITS 0
#define SPINLOCK_SIZE 0
#define LRU_GEN_WIDTH 0
#define __LRU_REFS_WIDTH 0
