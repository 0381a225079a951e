// Constants of the running kernel are variables here, instead of instructions that are patched at its start.
#pragma once

#include <asm-generic/runtime-const.h>
