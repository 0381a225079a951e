// Among the parts of the half with the C library.
#pragma once

#include "agent.h"
#include "tree.h"

extern struct text out;  // what is answered

// ---- behaviours.c
// Of an array of files: what they do, and nothing else of them. Has room for tree_files.
void read_behaviours(struct reader* reader, struct tree_file* files);

// ---- show.c
void answer_observe(struct reader* reader);
