// What the kernel prints when something is wrong with it: a warning or a bug of the tree's code is a finding.
#include <stdarg.h>

#include "tree.h"

// Of this file, without a prototype of the tree: they differ between releases, and calls are the same.
int vsnprintf(char* text, unsigned long size, const char* format, va_list arguments);
int strncmp(const char* a, const char* b, unsigned long length);

// __FILE__ of the tree's code, without the way to the tree.
static const char* in_tree(const char* file) {
    const char* shown = file;
    for (const char* at = file; *at != 0; ++at)
        if (strncmp(at, "/mm/", 4) == 0 || strncmp(at, "/lib/", 5) == 0 || strncmp(at, "/include/", 9) == 0)
            shown = at + 1;
    return shown;
}

void tree_bug(const char* file, int line, const char* function) {
    tree_report("kernel-report", "BUG at %s:%d, %s()", in_tree(file), line, function);
    tree_abandon();
}

void warn_slowpath_fmt(const char* file, const int line, unsigned taint, const char* format, ...) {
    char text[200] = "";
    if (format != 0) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        for (char* at = text; *at != 0; ++at)
            if (*at == '\n') *at = ' ';
    }
    tree_report("kernel-report", "WARNING at %s:%d%s%s", in_tree(file), line, text[0] != 0 ? ": " : "", text);
}

void __warn_printk(const char* format, ...) {
    tree_report("kernel-report", "WARNING");
}

void panic(const char* format, ...) {
    char text[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    tree_report("kernel-report", "panic: %s", text);
    tree_abandon();
}

void refcount_warn_saturate(void* count, int kind) {
    tree_report("kernel-report", "refcount_t: it went below zero, or up from zero");
}
