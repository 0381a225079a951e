// The basic blocks of the tree's code that a step goes through, where that code was compiled for it (`traced` of
// checker/subject/tree_ninja.cpp).
#pragma once

#include "agent.h"

void begin_trace(void);
void end_trace(void);
// "places": [address, frame, address, frame ...] since begin_trace, in order; a frame tells who called whom.
void put_places(struct text* text);
