// Subjects by the names that --on takes: one table.
#pragma once

#include "checker/subject/subject.hpp"
#include "checker/subject/tree_ninja.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace vmacheck {

struct NamedSubject {
    std::string_view name;     // "running"; with a ":" at its end where something follows: "model:PROFILE"
    std::string_view about;    // one line
    std::string_view package;  // of Debian, that it needs; empty: none
    std::string_view program;  // of that package
    bool several;              // as many as there are processors may run at a time: each is small and alone
};

std::span<const NamedSubject> named_subjects();
// The row of "guest:6.12" or "running". Throws std::runtime_error if there is none: one clear line.
const NamedSubject& row_of_subject(const std::string& name);

// Whether what it needs is on this machine.
bool is_here(const NamedSubject& subject);

struct SubjectOptions {
    unsigned answer_seconds = 60;       // a subject that needs longer for an answer is lost
    bool may_install = true;            // a missing package, after a line on standard error that says so
    TreeBuild tree = TreeBuild::plain;  // how a kernel tree is compiled
    std::string agent;                  // path of vmacheck-agent; empty: next to the program that runs
};

// Throws std::runtime_error if there is no such subject, or it cannot be had here: one clear line. SubjectLost is one.
std::unique_ptr<Subject> subject_named(const std::string& name, const SubjectOptions& options = {});

}  // namespace vmacheck
