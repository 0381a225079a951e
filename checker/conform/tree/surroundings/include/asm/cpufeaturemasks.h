// What a processor must have, and what is left out: nothing is known of the processor before the program runs.
#pragma once

#define REQUIRED_MASK_BIT_SET(x) 0
#define DISABLED_MASK_BIT_SET(x) 0
