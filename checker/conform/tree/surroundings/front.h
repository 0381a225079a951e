// Among the parts of the half with the C library.
#pragma once

#include "agent.h"

extern struct text out;  // what is answered

// ---- show.c
void answer_observe(struct reader* reader);
