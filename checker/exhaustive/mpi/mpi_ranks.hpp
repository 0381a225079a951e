// What the module for MPI gives to the program that loads it (checker/exhaustive/mpi_module.hpp).
#pragma once

#include "checker/exhaustive/ranks.hpp"

// The ranks that this process was started among, from MPI_Init on; MPI_Finalize where they are deleted.
extern "C" vmacheck::Ranks* vmacheck_mpi_ranks();
