#include "checker/campaign/causes.hpp"

#include "properties/run/full_catalogue.hpp"

#include <algorithm>
#include <numeric>

namespace vmacheck {
namespace {

// Without the numbers, which differ from trace to trace.
std::string words_of(const std::string& text) {
    std::string words;
    for (const char each : text)
        if (each < '0' || each > '9') words += each;
    return words;
}

// The same whichever operation broke it. References that dangle come from anything.
bool is_of_state(const PropertyInfo& property) {
    return (property.kind == PropertyKind::invariant || property.kind == PropertyKind::counter) &&
           property.name != "references";
}

}  // namespace

bool same_cause(const Finding& a, const Finding& b) {
    const bool same_op = a.last_op() == b.last_op();
    // What a call does differently is also what it breaks.
    if (same_op && (a.is_difference() || b.is_difference())) return true;
    for (const Violation& one : a.violations)
        for (const Violation& other : b.violations) {
            if (one.property != other.property) continue;
            const PropertyInfo* property = whole_property_named(one.property);
            if (property == nullptr ? words_of(one.text) == words_of(other.text) : same_op || is_of_state(*property))
                return true;
        }
    return false;
}

std::vector<std::size_t> causes_of(std::span<const Finding* const> findings) {
    std::vector<std::size_t> cause(findings.size());
    std::iota(cause.begin(), cause.end(), 0);
    for (std::size_t i = 0; i < findings.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            if (cause[i] == cause[j] || !same_cause(*findings[i], *findings[j])) continue;
            std::replace(cause.begin(), cause.end(), std::size_t{cause[i]}, std::size_t{cause[j]});
        }
    std::vector<std::size_t> shortest(findings.size(), findings.size());
    const auto ops = [&](std::size_t at) { return findings[at]->trace.steps.size(); };
    for (std::size_t i = 0; i < findings.size(); ++i)
        if (std::size_t& best = shortest[cause[i]]; best == findings.size() || ops(i) < ops(best)) best = i;
    for (std::size_t& each : cause) each = shortest[each];
    return cause;
}

}  // namespace vmacheck
