// The configuration that the tree is compiled with: one processor, x86-64 with four levels of page tables, and of the
// parts that change address spaces those that the model has. What is not named is off.
#pragma once

#include <tree_features.h>

#define CONFIG_X86 1
#define CONFIG_X86_64 1
#define CONFIG_64BIT 1
#define CONFIG_MMU 1
#ifdef TREE_HAS_OPTIONAL_5_LEVELS
#define CONFIG_PGTABLE_LEVELS 4
#else
#define CONFIG_PGTABLE_LEVELS 5  // the processor here has four all the same
#endif
#define CONFIG_PAGE_SHIFT 12
#define CONFIG_HAVE_PAGE_SIZE_4KB 1
#define CONFIG_PAGE_SIZE_4KB 1
#define CONFIG_NR_CPUS 1
#define CONFIG_NODES_SHIFT 0
#define CONFIG_HZ 250
#define CONFIG_BASE_SMALL 0
#define CONFIG_X86_L1_CACHE_SHIFT 6
#define CONFIG_X86_INTERNODE_CACHE_SHIFT 6
#define CONFIG_LOG_BUF_SHIFT 12
#define CONFIG_PANIC_TIMEOUT 0

// Memory is one array of page frames that lies where begin_pages puts it.
#define CONFIG_FLATMEM 1
#define CONFIG_DYNAMIC_MEMORY_LAYOUT 1
#define CONFIG_ZONE_DMA32 1
#define CONFIG_PHYSICAL_START 0x1000000
#define CONFIG_PHYSICAL_ALIGN 0x200000
#define CONFIG_ARCH_HAS_PTE_SPECIAL 1
#define CONFIG_ARCH_HAS_MEM_ENCRYPT 1
#define CONFIG_ARCH_WANT_BATCHED_UNMAP_TLB_FLUSH 1
#define CONFIG_SPLIT_PTLOCK_CPUS 999999
#define CONFIG_ILLEGAL_POINTER_VALUE 0xdead000000000000

#define CONFIG_TINY_RCU 1
#define CONFIG_TINY_SRCU 1
#define CONFIG_PREEMPT_NONE 1
#define CONFIG_GENERIC_ENTRY 1
#define CONFIG_THREAD_INFO_IN_TASK 1
#define CONFIG_HAVE_ARCH_WITHIN_STACK_FRAMES 1
#define CONFIG_HAVE_ARCH_THREAD_STRUCT_WHITELIST 1
#define CONFIG_HAVE_MOD_ARCH_SPECIFIC 1
#define CONFIG_SPARSE_IRQ 1
#define CONFIG_MAX_SKB_FRAGS 17

// Its own checks.
#define CONFIG_BUG 1
#define CONFIG_PRINTK 1
#define CONFIG_DEBUG_VM 1

// What decides about address spaces.
#define CONFIG_MULTIUSER 1
#define CONFIG_SHMEM 1
#define CONFIG_SYSVIPC 1
#define CONFIG_SWAP 1
#define CONFIG_ADVISE_SYSCALLS 1
#define CONFIG_KSM 1
#define CONFIG_MM_ID 1
#define CONFIG_ANON_VMA_NAME 1
#define CONFIG_USERFAULTFD 1
#define CONFIG_HAVE_ARCH_USERFAULTFD_WP 1
#define CONFIG_PTE_MARKER_UFFD_WP 1
#define CONFIG_LOCK_MM_AND_FIND_VMA 1
#define CONFIG_XARRAY_MULTI 1
#define CONFIG_DEFAULT_MMAP_MIN_ADDR 65536
#define CONFIG_LSM_MMAP_MIN_ADDR 65536
#define CONFIG_ARCH_HAS_ELF_RANDOMIZE 1
#define CONFIG_HAVE_ARCH_MMAP_RND_BITS 1
#define CONFIG_ARCH_MMAP_RND_BITS 28
#define CONFIG_ARCH_MMAP_RND_BITS_MIN 28
#define CONFIG_ARCH_MMAP_RND_BITS_MAX 32

// Huge pages are known, and never used: as with /sys/kernel/mm/transparent_hugepage/enabled at "never".
#define CONFIG_HAVE_ARCH_TRANSPARENT_HUGEPAGE 1
#define CONFIG_TRANSPARENT_HUGEPAGE 1
#define CONFIG_TRANSPARENT_HUGEPAGE_NEVER 1
#define CONFIG_PGTABLE_HAS_HUGE_LEAVES 1
