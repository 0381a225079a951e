// What a run came to, the same for every verb: its exit code, its name in JSON, its word in text.
#pragma once

#include <cstdint>
#include <string_view>

namespace vmacheck {

enum class Verdict : std::uint8_t {
    holds,      // everything that was to be looked at was, and no property is violated
    violated,   // a property is violated
    differs,    // no property is violated, but a result is not the stated or recorded one
    internal,   // an assertion of the model itself failed
    undecided,  // a limit was met before the end
    bad_input,  // a trace, scope, file or option cannot be used, or the set-up failed
};

int exit_code(Verdict verdict);
std::string_view json_name(Verdict verdict);  // "holds", "violated", "differs", "inconclusive", "error"
std::string_view word(Verdict verdict);       // for people: the same, but "undecided"

}  // namespace vmacheck
