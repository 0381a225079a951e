// What a proof found, a line each.
#pragma once

#include "checker/smt/prove/prove.hpp"

#include <string>

namespace vmacheck::prove {

inline std::string text_of_findings(const ProveResult& result) {
    std::string text;
    for (const Finding* each : result.findings())
        text += each->origin.unit + ": " + each->property() + ": " + each->text() + "\n";
    return text;
}

}  // namespace vmacheck::prove
