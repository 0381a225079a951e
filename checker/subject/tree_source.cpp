#include "checker/subject/tree_source.hpp"

#include "checker/subject/packages.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace vmacheck {

std::string tree_path(const std::string& which, bool may_install) {
    if (which != "6.12") return which;
    const std::string package = "linux-source-" + which;
    const std::string version = first_line_of(
        {"/bin/sh", "-c", fmt::format("apt-cache show --no-all-versions {} | sed -n 's/^Version: //p'", package)});
    if (version.empty())
        throw std::runtime_error(fmt::format("tree:{0}: no package {1}; run: apt-get update", which, package));
    // What is built, and its headers.
    const std::string unpack = fmt::format(
        "dpkg-deb --fsys-tarfile ./*.deb | tar -xO ./usr/src/{0}.tar.xz | xz -dc -T0 | tar -x --strip-components=1 "
        "--wildcards '{0}/Makefile' '{0}/arch/x86/*' '{0}/fs/*' '{0}/include/*' '{0}/ipc/*' '{0}/kernel/*' '{0}/lib/*' "
        "'{0}/mm/*'",
        package);
    return unpacked_package({package, package + "_" + version, unpack}, may_install).string();
}

}  // namespace vmacheck
