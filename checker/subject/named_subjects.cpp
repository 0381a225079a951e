#include "checker/subject/named_subjects.hpp"

#include "checker/subject/guest.hpp"
#include "checker/subject/model_of_profile.hpp"
#include "checker/subject/packages.hpp"
#include "checker/subject/process.hpp"
#include "checker/subject/tree.hpp"
#include "checker/subject/tree_source.hpp"
#include "model/profiles/profile.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <stdexcept>

namespace vmacheck {
namespace {

constexpr std::array subjects{
    NamedSubject{"running", "the kernel that runs here, through vmacheck-agent", "", "", true},
    NamedSubject{"gvisor", "gVisor's memory management, without privileges and network", "runsc", "runsc", true},
    NamedSubject{"qemu-user", "QEMU's emulation of a Linux program (linux-user/mmap.c)", "qemu-user", "qemu-x86_64",
                 true},
    NamedSubject{"valgrind", "Valgrind's address space manager, with the tool none", "valgrind", "valgrind", true},
    NamedSubject{"guest:", "a kernel in a virtual machine: 6.1 or 6.12 (Debian's), or the path of an image",
                 "qemu-system-x86", "qemu-system-x86_64", false},
    NamedSubject{"uml", "user-mode Linux, a kernel that is a program", "user-mode-linux", "linux.uml", false},
    NamedSubject{"tree:", "a kernel's source tree, compiled and called as a program: 6.12 (Debian's), or a path", "gcc",
                 "gcc", true},
    NamedSubject{"exec:", "a command that speaks checker/conform/PROTOCOL.md; /bin/sh runs it", "", "", false},
    NamedSubject{"model:", "the model with this profile", "", "", true},
};

std::string list_of_names() {
    std::string names;
    for (const NamedSubject& each : subjects) names += fmt::format("{}{}", names.empty() ? "" : ", ", each.name);
    return names;
}

std::string agent_path(const SubjectOptions& options) {
    std::string path = options.agent;
    if (path.empty()) {
        std::array<char, PATH_MAX> own{};
        const ssize_t length = readlink("/proc/self/exe", own.data(), own.size());
        const std::string_view text(own.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
        path = std::string(text.substr(0, text.rfind('/') + 1)) + "vmacheck-agent";
    }
    if (!find_program(path)) throw std::runtime_error(path + " is missing; build the target vmacheck-agent");
    return path;
}

// How an implementation of Linux that is a program runs the agent. Started again, the agent could leave it.
std::vector<std::string> agent_command(std::string_view name, const std::string& agent) {
    if (name == "gvisor")
        return {"runsc", "--rootless", "--network=none", "--platform=ptrace", "--ignore-cgroups",
                "do",    agent,        "--here",         "--window"};
    if (name == "qemu-user") return {"qemu-x86_64", agent, "--here", "--window"};
    if (name == "valgrind") return {"valgrind", "-q", "--tool=none", agent, "--here", "--window"};
    return {agent};
}

}  // namespace

std::span<const NamedSubject> named_subjects() {
    return subjects;
}

bool is_here(const NamedSubject& subject) {
    return subject.program.empty() || find_program(std::string(subject.program)).has_value();
}

const NamedSubject& row_of_subject(const std::string& name) {
    const auto row = std::find_if(subjects.begin(), subjects.end(), [&](const NamedSubject& each) {
        return each.name.ends_with(':') ? name.starts_with(each.name) : name == each.name;
    });
    if (row == subjects.end())
        throw std::runtime_error(fmt::format("no subject '{}'; there are {}", name, list_of_names()));
    return *row;
}

std::unique_ptr<Subject> subject_named(const std::string& name, const SubjectOptions& options) {
    const NamedSubject* const row = &row_of_subject(name);
    const std::string rest = name.substr(std::min(name.size(), row->name.size()));
    if (row->name == "model:") {
        if (profile_named(rest) == nullptr)
            throw std::runtime_error(fmt::format("no profile '{}'; 'vmacheck list profiles' shows them", rest));
        return model_of_profile(rest);
    }
    const ProcessOptions process{.name = name, .answer_limit = std::chrono::seconds{options.answer_seconds}};
    if (row->name == "exec:") {
        if (rest.empty()) throw std::runtime_error("exec: needs a command, as in exec:./manager");
        return std::make_unique<ProcessSubject>(std::vector<std::string>{"/bin/sh", "-c", rest}, process);
    }
    if (row->name == "tree:") {
        const std::string path = tree_path(rest, options.may_install);
        const std::string program = build_tree(path, options.may_install, options.tree);
        return std::make_unique<ProcessSubject>(std::vector<std::string>{program}, process);
    }
    if (row->name == "guest:" || row->name == "uml") {
        const std::string agent = agent_path(options);
        const Guest guest = row->name == "uml" ? prepare_user_mode_linux(agent + "-low", options.may_install)
                                               : prepare_guest(rest, agent, options.may_install);
        ProcessOptions options_of_guest = process;
        options_of_guest.is_guest = true;
        return std::make_unique<ProcessSubject>(guest.command, options_of_guest);
    }
    if (!row->program.empty()) {
        const auto missing = ensure_program(std::string(row->program), std::string(row->package), options.may_install);
        if (missing) throw std::runtime_error(fmt::format("{}: {}", name, *missing));
    }
    return std::make_unique<ProcessSubject>(agent_command(name, agent_path(options)), process);
}

}  // namespace vmacheck
