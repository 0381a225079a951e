#include "checker/subject/tree_source.hpp"

#include "checker/subject/cache_directory.hpp"
#include "checker/subject/packages.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <filesystem>
#include <stdexcept>

namespace vmacheck {
namespace {

namespace fs = std::filesystem;

// Under the name of its version, once it is whole.
fs::path unpacked(const std::string& series, bool may_install) {
    const std::string package = "linux-source-" + series;
    const std::string version = first_line_of(
        {"/bin/sh", "-c", fmt::format("apt-cache show --no-all-versions {} | sed -n 's/^Version: //p'", package)});
    if (version.empty())
        throw std::runtime_error(fmt::format("tree:{0}: no package {1}; run: apt-get update", series, package));
    const fs::path target = cache_directory() / (package + "_" + version);
    if (fs::exists(target)) return target;
    if (!may_install)
        throw std::runtime_error(
            fmt::format("tree:{}: {} is not unpacked, and nothing may be downloaded", series, package));
    const fs::path work = cache_directory() / fmt::format("{}.part{}", package, getpid());
    fs::create_directories(work);
    fmt::print(stderr, "vmacheck: downloading {} {}\n", package, version);
    const std::string script = fmt::format(
        "cd '{0}' && apt-get download '{1}' && dpkg-deb --fsys-tarfile ./*.deb | tar -xO ./usr/src/{1}.tar.xz | xz -dc "
        "-T0 |"
        " tar -x --strip-components=1 --wildcards '{1}/Makefile' '{1}/arch/x86/*' '{1}/fs/*' '{1}/include/*' "
        "'{1}/ipc/*'"
        " '{1}/kernel/*' '{1}/lib/*' '{1}/mm/*' && rm ./*.deb",
        work.string(), package);
    const bool done = run_command({"/bin/sh", "-c", script}) == 0;
    std::error_code error;
    if (done) fs::rename(work, target, error);
    fs::remove_all(work, error);
    if (!fs::exists(target)) throw std::runtime_error(package + " cannot be downloaded and unpacked");
    return target;
}

}  // namespace

std::string tree_path(const std::string& which, bool may_install) {
    if (which != "6.12") return which;
    return unpacked(which, may_install).string();
}

}  // namespace vmacheck
