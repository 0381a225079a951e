// BUG() and WARN() call functions here, instead of an instruction that traps.
#pragma once

#ifdef CONFIG_BUG
void tree_bug(const char* file, int line, const char* function) __attribute__((noreturn));
#define HAVE_ARCH_BUG
#define BUG() tree_bug(__FILE__, __LINE__, __func__)
#endif

#include <asm-generic/bug.h>
