// Guards steps of the tree's code, and collects what it reports.
#pragma once

#include <stdbool.h>

struct report {
    char property[40];
    char text[600];
};
extern struct report reports[];
extern unsigned report_count;  // of the last step
extern const char* lacking;    // why the step ended without a result of the tree's code; NULL: it did not

void begin_guard(void);
// Performs a step. False: it did not come to its end, and start_again must be called before another one.
bool guarded(void (*step)(void*), void* argument);
void start_again(void) __attribute__((noreturn));
// Reports with the function that is executed at this address, and those that called it.
void report_place(const char* property, const char* what, unsigned long address, unsigned long frame,
                  unsigned long stack);
