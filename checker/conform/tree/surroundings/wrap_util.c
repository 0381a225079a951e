// mm/util.c of the tree, whole, for what only its sysctls can set since 7.0.
#include "mm/util.c"

#include "inside.h"

void set_commit_limit(unsigned long kilobytes) {
    sysctl_overcommit_kbytes = kilobytes;
}
