// The exit codes of the program, as its help and its man page list them (checker/run/verdict.hpp).
#pragma once

#include "checker/run/verdict.hpp"

#include <array>
#include <string_view>

namespace vmacheck::cli {

struct ExitCode {
    int code = 0;
    std::string_view meaning;
};

inline constexpr int exit_crash = 255;

inline constexpr std::array exit_codes{
    ExitCode{0, "holds; with replay --expect: each header's expectation is met"},
    ExitCode{12, "a property is violated"},
    ExitCode{13, "a stated or recorded result differs, or an expectation is not met"},
    ExitCode{14, "an assertion of the model itself failed"},
    ExitCode{75, "undecided"},
    ExitCode{150, "bad trace, file, option, or failed set-up"},
    ExitCode{exit_crash, "crash"},
};

// What git bisect run wants: 0, 1, or 125 for a version that cannot be judged.
inline int bisect_code(int code) {
    if (code == exit_code(Verdict::holds)) return 0;
    return code == exit_code(Verdict::violated) || code == exit_code(Verdict::differs) ? 1 : 125;
}

}  // namespace vmacheck::cli
