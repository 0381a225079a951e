#include "checker/exhaustive/mpi_module.hpp"

#include "checker/exhaustive/mpi/mpi_ranks.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace vmacheck {
namespace {

namespace fs = std::filesystem;

constexpr const char* packages = "libboost-mpi1.81-dev openmpi-bin";

// Next to the program in a build, ../lib/vmacheck where it is installed.
fs::path module_path() {
    std::error_code error;
    const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
    const fs::path built = folder / "vmacheck-mpi.so";
    if (fs::exists(built, error)) return built;
    const fs::path installed = folder.parent_path() / "lib/vmacheck/vmacheck-mpi.so";
    return fs::exists(installed, error) ? installed : fs::path();
}

// What Open MPI's mpirun, other programs that speak PMI, and Slurm's srun say to each process.
struct Launcher {
    const char* rank;
    const char* size;
};
constexpr std::array launchers{Launcher{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                               Launcher{"PMI_RANK", "PMI_SIZE"}, Launcher{"SLURM_PROCID", "SLURM_NTASKS"}};

const Launcher* launcher() {
    for (const Launcher& each : launchers)
        if (std::getenv(each.rank) != nullptr) return &each;
    return nullptr;
}

// How many processes were started, as far as is known.
std::string started() {
    const Launcher* by = launcher();
    const char* size = by == nullptr ? nullptr : std::getenv(by->size);
    return size == nullptr ? "1" : size;
}

}  // namespace

bool is_later_rank() {
    const Launcher* by = launcher();
    return by != nullptr && std::string_view(std::getenv(by->rank)) != "0";
}

std::unique_ptr<Ranks> mpi_ranks() {
    const fs::path path = module_path();
    if (path.empty())
        throw std::runtime_error(fmt::format(
            "--mpi: this program was built without MPI; run: apt-get install {}, then ./vmacheck build", packages));
    // Open MPI loads parts of itself, which look for its names among those of the program.
    void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
    if (module == nullptr)
        throw std::runtime_error(
            fmt::format("--mpi: MPI cannot be loaded ({}); run: apt-get install {}", dlerror(), packages));
    auto* make = reinterpret_cast<decltype(vmacheck_mpi_ranks)*>(dlsym(module, "vmacheck_mpi_ranks"));
    if (make == nullptr) throw std::runtime_error("--mpi: " + path.string() + " is of another version; build it again");
    std::unique_ptr<Ranks> ranks(make());
    if (ranks->size() == 1 && started() != "1")
        throw std::runtime_error(fmt::format(
            "--mpi: {} processes were started, and MPI takes each for the only one; use mpirun, or srun --mpi=pmix",
            started()));
    return ranks;
}

}  // namespace vmacheck
