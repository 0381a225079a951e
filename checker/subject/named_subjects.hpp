// Subjects by the names that --on takes: one table.
#pragma once

#include "checker/subject/subject.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace vmacheck {

struct NamedSubject {
    std::string_view name;     // "running"; with a ":" at its end where something follows: "model:PROFILE"
    std::string_view about;    // one line
    std::string_view package;  // of Debian, that it needs; empty: none
};

std::span<const NamedSubject> named_subjects();

struct SubjectOptions {
    unsigned answer_seconds = 60;  // a subject that needs longer for an answer is lost
};

// Throws std::runtime_error if there is no such subject, or it cannot be had here: one clear line.
std::unique_ptr<Subject> subject_named(const std::string& name, const SubjectOptions& options = {});

}  // namespace vmacheck
