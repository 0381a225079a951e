// What the kernel's build gives each file on the command line.
#pragma once

#define KBUILD_MODNAME "vmacheck"
#define KBUILD_BASENAME "vmacheck"
#define KBUILD_MODFILE "vmacheck"
