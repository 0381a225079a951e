#include "checker/smt/prove/implied_bounds.hpp"

#include <algorithm>
#include <numeric>

namespace vmacheck::prove {
namespace {

constexpr unsigned most_facts = 2;  // that an implication is put together from

std::int64_t coefficient(const LinearForm& form, InputId input) {
    for (const LinearForm::Term& term : form.terms)
        if (term.input == input) return term.coefficient;
    return 0;
}

LinearForm negative(const LinearForm& form) {
    LinearForm result;
    result.add(form, -1);
    return result;
}

LinearForm plus(LinearForm form, std::int64_t constant) {
    form.constant += constant;
    return form;
}

// Divides by what all coefficients have in common; the constant is rounded up, which whole numbers allow.
void reduce(LinearForm& at_most_zero) {
    std::int64_t divisor = 0;
    for (const LinearForm::Term& term : at_most_zero.terms) divisor = std::gcd(divisor, term.coefficient);
    if (divisor <= 1) return;
    for (LinearForm::Term& term : at_most_zero.terms) term.coefficient /= divisor;
    const std::int64_t rest = at_most_zero.constant % divisor;
    at_most_zero.constant = at_most_zero.constant / divisor + (rest > 0 ? 1 : 0);
}

}  // namespace

void ImpliedBounds::declare(Bounds bounds) {
    bounds_.push_back(bounds);
}

void ImpliedBounds::push() {
    frames_.push_back({bounds_.size(), facts_.size(), different_.size(), substitutions_.size(), old_bounds_.size()});
}

void ImpliedBounds::pop(std::size_t frames) {
    for (; frames > 0; --frames) {
        const Frame& frame = frames_.back();
        while (old_bounds_.size() > frame.old_bounds) {
            bounds_[old_bounds_.back().input] = old_bounds_.back().bounds;
            old_bounds_.pop_back();
        }
        bounds_.resize(frame.inputs);
        facts_.resize(frame.facts);
        different_.resize(frame.different);
        substitutions_.resize(frame.substitutions);
        frames_.pop_back();
    }
}

LinearForm ImpliedBounds::normal(LinearForm form) const {
    for (const Substitution& each : substitutions_) {
        const std::int64_t factor = coefficient(form, each.input);
        if (factor == 0) continue;
        LinearForm itself;
        itself.terms.push_back({each.input, 1});
        form.add(itself, -factor);
        form.add(each.form, factor);
    }
    return form;
}

ImpliedBounds::Wide ImpliedBounds::largest(const LinearForm& form) const {
    Wide sum = form.constant;
    for (const LinearForm::Term& term : form.terms) {
        const Bounds& bounds = bounds_[term.input];
        sum += Wide{term.coefficient} * (term.coefficient > 0 ? bounds.high : bounds.low);
    }
    return sum;
}

// largest() of form - other, which is not made for it: this is asked most of all.
ImpliedBounds::Wide ImpliedBounds::largest_difference(const LinearForm& form, const LinearForm& other) const {
    Wide sum = Wide{form.constant} - other.constant;
    const auto add = [&](InputId input, std::int64_t coefficient) {
        const Bounds& bounds = bounds_[input];
        sum += Wide{coefficient} * (coefficient > 0 ? bounds.high : bounds.low);
    };
    auto theirs = other.terms.begin();
    for (const LinearForm::Term& term : form.terms) {
        for (; theirs != other.terms.end() && theirs->input < term.input; ++theirs)
            add(theirs->input, -theirs->coefficient);
        const bool both = theirs != other.terms.end() && theirs->input == term.input;
        add(term.input, term.coefficient - (both ? theirs->coefficient : 0));
        if (both) ++theirs;
    }
    for (; theirs != other.terms.end(); ++theirs) add(theirs->input, -theirs->coefficient);
    return sum;
}

bool ImpliedBounds::at_most_zero(const LinearForm& form) const {
    return largest(form) <= 0 || follows(form, most_facts);
}

// Whether the form is at most the sum of so many facts, which are at most 0. Some fact must have the term that is the
// largest, so only facts that do are looked at; without that, a sum of three would be too many to try.
bool ImpliedBounds::follows(const LinearForm& form, unsigned facts) const {
    const LinearForm::Term* worst = nullptr;
    Wide most = 0;
    for (const LinearForm::Term& term : form.terms) {
        const Bounds& bounds = bounds_[term.input];
        const Wide value = Wide{term.coefficient} * (term.coefficient > 0 ? bounds.high : bounds.low);
        if (worst != nullptr && value <= most) continue;
        worst = &term;
        most = value;
    }
    if (worst == nullptr) return false;
    for (auto fact = facts_.rbegin(); fact != facts_.rend(); ++fact) {
        if (coefficient(*fact, worst->input) != worst->coefficient) continue;
        if (largest_difference(form, *fact) <= 0) return true;
        if (facts == 1) continue;
        LinearForm rest = form;
        rest.add(*fact, -1);
        if (follows(rest, facts - 1)) return true;
    }
    return false;
}

bool ImpliedBounds::implies(const Constraint& constraint) const {
    const LinearForm form = normal(constraint.form);
    switch (constraint.relation) {
        case Relation::less_equal: return at_most_zero(form);
        case Relation::less: return at_most_zero(plus(form, 1));
        case Relation::equal: return at_most_zero(form) && at_most_zero(negative(form));
        case Relation::not_equal: break;
    }
    const LinearForm other = negative(form);
    for (const LinearForm& each : different_)
        if (each == form || each == other) return true;
    return at_most_zero(plus(form, 1)) || at_most_zero(plus(other, 1));
}

void ImpliedBounds::assume(const Constraint& constraint) {
    const LinearForm form = normal(constraint.form);
    switch (constraint.relation) {
        case Relation::less_equal: add_at_most_zero(form); return;
        case Relation::less: add_at_most_zero(plus(form, 1)); return;
        case Relation::equal: add_equal(form); return;
        case Relation::not_equal: add_different(form); return;
    }
}

void ImpliedBounds::assume(const Maximum& maximum) {
    for (const LinearForm* each : {&maximum.a, &maximum.b}) {
        LinearForm form = *each;
        LinearForm result;
        result.terms.push_back({maximum.result, 1});
        form.add(result, -1);
        add_at_most_zero(normal(form));
    }
}

void ImpliedBounds::bound(InputId input, Bounds bounds) {
    Bounds& now = bounds_[input];
    const Bounds narrowed{std::max(now.low, bounds.low), std::min(now.high, bounds.high)};
    if (narrowed.low == now.low && narrowed.high == now.high) return;
    old_bounds_.push_back({input, now});
    now = narrowed;
}

// The fact itself, and what it says about the bounds of each of its inputs.
void ImpliedBounds::add_at_most_zero(LinearForm form) {
    if (form.terms.empty()) return;
    reduce(form);
    const Wide least_all = -largest(negative(form));
    for (const LinearForm::Term& term : form.terms) {
        const Bounds bounds = bounds_[term.input];
        const Wide factor = term.coefficient;
        const Wide least_others = least_all - factor * (factor > 0 ? bounds.low : bounds.high);
        // factor * input <= -least_others
        if (factor > 0) {
            Wide high = -least_others / factor - (-least_others % factor < 0 ? 1 : 0);
            if (high < bounds.high) bound(term.input, {bounds.low, static_cast<std::int64_t>(high)});
        } else {
            Wide low = least_others / -factor + (least_others % -factor > 0 ? 1 : 0);
            if (low > bounds.low) bound(term.input, {static_cast<std::int64_t>(low), bounds.high});
        }
    }
    if (form.terms.size() > 1) facts_.push_back(std::move(form));
}

void ImpliedBounds::add_equal(const LinearForm& form) {
    for (auto term = form.terms.rbegin(); term != form.terms.rend(); ++term) {
        if (term->coefficient != 1 && term->coefficient != -1) continue;
        const InputId input = term->input;
        LinearForm itself;
        itself.terms.push_back({input, 1});
        LinearForm value;  // itself - form / coefficient
        value.add(itself, 1);
        value.add(form, -term->coefficient);
        substitutions_.push_back({input, value});
        const Bounds bounds = bounds_[input];
        const std::size_t facts = facts_.size();
        for (std::size_t i = 0; i < facts; ++i)
            if (coefficient(facts_[i], input) != 0) add_at_most_zero(normal(LinearForm(facts_[i])));
        add_at_most_zero(plus(value, -bounds.high));
        add_at_most_zero(plus(negative(value), bounds.low));
        return;
    }
    add_at_most_zero(form);
    add_at_most_zero(negative(form));
}

void ImpliedBounds::add_different(const LinearForm& form) {
    const LinearForm other = negative(form);
    if (at_most_zero(form))
        add_at_most_zero(plus(form, 1));
    else if (at_most_zero(other))
        add_at_most_zero(plus(other, 1));
    else
        different_.push_back(form);
}

}  // namespace vmacheck::prove
