#include "checker/smt/query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace vmacheck::smt {
namespace {

std::string number(std::int64_t value) {
    return value < 0 ? fmt::format("(- {})", static_cast<std::uint64_t>(-(value + 1)) + 1) : fmt::format("{}", value);
}

// A quoted symbol: unique by the number, readable by the name.
std::string symbol(const Query& query, InputId input) {
    std::string name = query.inputs.at(input).name;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == '|' || c == '\\' || c < ' ' || c > '~'; }, '_');
    return fmt::format("|x{} {}|", input, name);
}

std::string sum(const Query& query, const LinearForm& form) {
    std::string text = number(form.constant);
    for (const LinearForm::Term& term : form.terms) {
        const std::string name = symbol(query, term.input);
        text += term.coefficient == 1 ? ' ' + name : fmt::format(" (* {} {})", number(term.coefficient), name);
    }
    return form.terms.empty() ? text : "(+ " + text + ")";
}

struct Writer {
    const Query& query;

    std::string operator()(InputId input) const {
        const Bounds& bounds = query.inputs.at(input).bounds;
        return fmt::format("(<= {} {} {})", number(bounds.low), symbol(query, input), number(bounds.high));
    }
    std::string operator()(const Constraint& constraint) const {
        const std::string form = sum(query, constraint.form);
        switch (constraint.relation) {
            case Relation::equal: return fmt::format("(= {} 0)", form);
            case Relation::not_equal: return fmt::format("(not (= {} 0))", form);
            case Relation::less: return fmt::format("(< {} 0)", form);
            case Relation::less_equal: break;
        }
        return fmt::format("(<= {} 0)", form);
    }
    std::string operator()(const Maximum& maximum) const {
        const std::string a = sum(query, maximum.a);
        const std::string b = sum(query, maximum.b);
        const std::string result = symbol(query, maximum.result);
        return fmt::format("(and (>= {0} {1}) (>= {0} {2}) (or (= {0} {1}) (= {0} {2})))", result, a, b);
    }
};

}  // namespace

std::string smt2_script(const Query& query, std::string_view status) {
    std::string text = "(set-logic QF_LIA)\n";
    auto out = std::back_inserter(text);
    if (!status.empty()) fmt::format_to(out, "(set-info :status {})\n", status);
    for (InputId i = 0; i < query.inputs.size(); ++i)
        fmt::format_to(out, "(declare-fun {} () Int)\n", symbol(query, i));
    for (const Assertion& each : query.assertions)
        fmt::format_to(out, "(assert {})\n", std::visit(Writer{query}, each));
    return text + "(check-sat)\n";
}

bool satisfied_by(const Query& query, std::vector<std::int64_t>& values) {
    values.resize(query.inputs.size());
    const auto one = [&](const auto& each) {
        using Kind = std::decay_t<decltype(each)>;
        if constexpr (std::is_same_v<Kind, InputId>) {
            return true;  // its maximum may come later
        } else if constexpr (std::is_same_v<Kind, Maximum>) {
            const Wide larger = std::max(evaluate(each.a, values), evaluate(each.b, values));
            values[each.result] = static_cast<std::int64_t>(larger);
            return true;
        } else {
            return holds(each, values);
        }
    };
    if (!std::all_of(query.assertions.begin(), query.assertions.end(),
                     [&](const Assertion& each) { return std::visit(one, each); }))
        return false;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Bounds& bounds = query.inputs[i].bounds;
        if (values[i] < bounds.low || values[i] > bounds.high) return false;
    }
    return true;
}

}  // namespace vmacheck::smt
