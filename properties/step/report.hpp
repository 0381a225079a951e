// What a property says of itself, and what it says is broken.
#pragma once

#include "model/state/outcome.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmacheck {

enum class PropertyKind : std::uint8_t { invariant, counter, contract, refinement, observed };

struct PropertyInfo {
    std::string_view name;  // stable, stands in traces
    PropertyKind kind;
    std::string_view statement;     // one sentence
    std::string_view relied_on_by;  // the kernel function that goes wrong when it does not hold
};

std::string_view name(PropertyKind kind);

// Collects violations; the same one twice counts once.
class Report {
public:
    template <class... Args>
    void add(const PropertyInfo& property, fmt::format_string<Args...> text, Args&&... args) {
        add(property, fmt::format(text, std::forward<Args>(args)...));
    }
    void add(const PropertyInfo& property, std::string text);
    void add(Violation violation);
    [[nodiscard]] bool empty() const { return violations_.empty(); }
    [[nodiscard]] const std::vector<Violation>& violations() const { return violations_; }
    void clear() { violations_.clear(); }

private:
    std::vector<Violation> violations_;
};

}  // namespace vmacheck
