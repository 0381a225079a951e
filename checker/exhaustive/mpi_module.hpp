// The module that has MPI, loaded only where a search with ranks is wanted: the program is built and runs without MPI.
#pragma once

#include "checker/exhaustive/ranks.hpp"

#include <memory>

namespace vmacheck {

// The ranks that mpirun or srun started, this process among them. Throws std::runtime_error, with the remedy, if the
// program was built where MPI was missing, or what started it does not know of this MPI.
std::unique_ptr<Ranks> mpi_ranks();

// Whether this process is another than rank 0, by what mpirun or srun put into its environment: known before MPI is.
bool is_later_rank();

}  // namespace vmacheck
