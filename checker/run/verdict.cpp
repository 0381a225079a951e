#include "checker/run/verdict.hpp"

namespace vmacheck {

int exit_code(Verdict verdict) {
    switch (verdict) {
        case Verdict::holds: return 0;
        case Verdict::violated: return 12;
        case Verdict::differs: return 13;
        case Verdict::internal: return 14;
        case Verdict::undecided: return 75;
        case Verdict::bad_input: break;
    }
    return 150;
}

std::string_view word(Verdict verdict) {
    switch (verdict) {
        case Verdict::holds: return "holds";
        case Verdict::violated: return "violated";
        case Verdict::differs: return "differs";
        case Verdict::undecided: return "undecided";
        case Verdict::internal:
        case Verdict::bad_input: break;
    }
    return "error";
}

std::string_view json_name(Verdict verdict) {
    return verdict == Verdict::undecided ? "inconclusive" : word(verdict);
}

}  // namespace vmacheck
