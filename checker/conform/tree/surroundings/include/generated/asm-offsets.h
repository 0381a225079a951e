// Sizes in bytes that the kernel's build finds out for its assembly, which marks its own sections with them.
#pragma once

#define ALT_INSTR_SIZE 14
#define EXTABLE_SIZE 12
