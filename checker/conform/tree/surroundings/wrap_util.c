// mm/util.c of the tree, whole, for what in later releases only its sysctls can set.
#include "mm/util.c"

#include "inside.h"

void set_commit_limit(unsigned long kilobytes) {
    sysctl_overcommit_kbytes = kilobytes;
}
