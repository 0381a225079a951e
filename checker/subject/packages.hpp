// What a subject needs and the build does not: Debian packages, installed when they are first needed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vmacheck {

// The full path of a program that execvp would find; nothing if there is none.
std::optional<std::string> find_program(const std::string& name);

// Runs a command to its end, with its output on standard error. Returns its exit code; -1: it could not be started, or a
// signal ended it.
int run_command(const std::vector<std::string>& command);

// The first line that a command prints; empty if it fails.
std::string first_line_of(const std::vector<std::string>& command);

// Has the package installed if the program is missing, after a line on standard error that says so. Returns why the
// program is still missing, or nothing.
std::optional<std::string> ensure_program(const std::string& program, const std::string& package, bool may_install);

struct UnpackedPackage {
    std::string package;  // of Debian
    std::string name;     // of the directory, with the version
    std::string unpack;   // commands of the shell, in a directory with the package as the only .deb
};

// The directory in the cache that a package is unpacked in; it has its name only when it is whole. Throws
// std::runtime_error if it cannot be had.
std::filesystem::path unpacked_package(const UnpackedPackage& wanted, bool may_install);

}  // namespace vmacheck
