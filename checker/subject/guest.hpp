// A kernel in a virtual machine: QEMU emulates it, and vmacheck-agent is its first process.
//
// KVM is never used: where it exists it may not work, and what it shows would be the host's.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace vmacheck {

// A file of an initial file system: its path, without the slash in front, and its bytes. Executable for everyone.
using ArchiveFile = std::pair<std::string, std::string>;

// A cpio archive in the format that kernels unpack ("newc"), with these files, the directories above them, and a console.
std::string initial_file_system(const std::vector<ArchiveFile>& files);

struct Guest {
    std::vector<std::string> command;  // that starts QEMU, with the protocol on its input and output
    std::string kernel;                // its package and version, or its path
};

// `which` is "6.1" or "6.12", Debian's kernels for clouds, or the path of a kernel image. Downloads and unpacks into the
// cache directory, $XDG_CACHE_HOME/vmacheck or ~/.cache/vmacheck, after a line on standard error that says so. Throws
// std::runtime_error: one clear line.
Guest prepare_guest(const std::string& which, const std::string& agent, bool may_install);

// User-mode Linux, which is a kernel that runs as a program. `agent` is the one that is linked low.
Guest prepare_user_mode_linux(const std::string& agent, bool may_install);

}  // namespace vmacheck
