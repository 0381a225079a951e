#include "checker/smt/nearby.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace vmacheck::smt {
namespace {

constexpr unsigned most_changes = 6;  // one after the other

class Nearby {
public:
    Nearby(const Query& query, unsigned tries, std::uint64_t& units) : query_(query), tries_(tries), units_(units) {
        for (const Assertion& each : query.assertions)
            if (const auto* maximum = std::get_if<Maximum>(&each)) {
                if (maximum_of_.size() <= maximum->result) maximum_of_.resize(maximum->result + 1);
                maximum_of_[maximum->result] = maximum;
            }
    }

    // Changes the values so that `broken` holds, then what that violated. On success the values are the assignment.
    bool mend(const Constraint& broken, std::vector<std::int64_t>& values, unsigned changes) {
        const LinearForm form = in_free_inputs(broken.form, values);
        const std::optional<std::int64_t> needed = needed_change(broken.relation, evaluate(form, values));
        if (!needed) return false;
        for (const LinearForm::Term& term : form.terms) {
            if (term.coefficient != 1 && term.coefficient != -1) continue;
            // A page number is often followed by one that is to move along with it.
            for (const std::size_t together : {1, 2}) {
                if (tries_ == 0) return false;
                --tries_;
                const std::int64_t by = *needed * term.coefficient;
                if (!can_change(values, term.input, together, by)) continue;
                std::vector<std::int64_t>& tried = tried_.at(changes);
                tried = values;
                for (std::size_t i = term.input; i < term.input + together; ++i) tried[i] += by;
                const Broken next = first_broken(tried);
                if (next.none ||
                    (next.constraint != nullptr && changes > 1 && mend(*next.constraint, tried, changes - 1))) {
                    values = tried;
                    return true;
                }
            }
        }
        return false;
    }

private:
    struct Broken {
        bool none = false;
        const Constraint* constraint = nullptr;  // nullptr: a bound
    };

    [[nodiscard]] const Maximum* maximum_of(InputId input) const {
        return input < maximum_of_.size() ? maximum_of_[input] : nullptr;
    }

    // Maxima replaced by the larger of their two, as the values have it: what is left can be changed.
    [[nodiscard]] LinearForm in_free_inputs(LinearForm form, const std::vector<std::int64_t>& values) const {
        for (;;) {
            const auto term = std::find_if(form.terms.begin(), form.terms.end(), [&](const LinearForm::Term& each) {
                return maximum_of(each.input) != nullptr;
            });
            if (term == form.terms.end()) return form;
            const Maximum& maximum = *maximum_of(term->input);
            const LinearForm::Term replaced = *term;
            LinearForm itself;
            itself.terms.push_back({replaced.input, 1});
            form.add(itself, -replaced.coefficient);
            const bool first = evaluate(maximum.a, values) >= evaluate(maximum.b, values);
            form.add(first ? maximum.a : maximum.b, replaced.coefficient);
        }
    }

    // By how much the form must change at least.
    static std::optional<std::int64_t> needed_change(Relation relation, Wide value) {
        constexpr Wide far = Wide{1} << 62;
        if (value > far || value < -far) return std::nullopt;
        const auto now = static_cast<std::int64_t>(value);
        switch (relation) {
            case Relation::equal:
            case Relation::less_equal: return -now;
            case Relation::less: return -now - 1;
            case Relation::not_equal: break;
        }
        return 1;
    }

    [[nodiscard]] bool within_bounds(std::size_t input, std::int64_t value) const {
        const Bounds& bounds = query_.inputs[input].bounds;
        return value >= bounds.low && value <= bounds.high;
    }

    [[nodiscard]] bool can_change(const std::vector<std::int64_t>& values, std::size_t first, std::size_t together,
                                  std::int64_t by) const {
        if (first + together > values.size()) return false;
        for (std::size_t i = first; i < first + together; ++i) {
            std::int64_t changed = 0;
            if (maximum_of(static_cast<InputId>(i)) != nullptr) return false;
            if (__builtin_add_overflow(values[i], by, &changed) || !within_bounds(i, changed)) return false;
        }
        return true;
    }

    // In the order of the assertions; each maximum gets the larger of its two operands.
    Broken first_broken(std::vector<std::int64_t>& values) {
        units_ += query_.assertions.size() / 8 + 1;
        for (const Assertion& each : query_.assertions) {
            if (const auto* maximum = std::get_if<Maximum>(&each)) {
                const Wide larger = std::max(evaluate(maximum->a, values), evaluate(maximum->b, values));
                if (larger > std::numeric_limits<std::int64_t>::max() || larger < 0) return {};
                values[maximum->result] = static_cast<std::int64_t>(larger);
                if (!within_bounds(maximum->result, values[maximum->result])) return {};
            } else if (const auto* constraint = std::get_if<Constraint>(&each)) {
                if (!holds(*constraint, values)) return {false, constraint};
            }
        }
        return {true, nullptr};
    }

    const Query& query_;
    unsigned tries_;  // left
    std::uint64_t& units_;
    std::vector<const Maximum*> maximum_of_;                         // by input; nullptr: it is free
    std::array<std::vector<std::int64_t>, most_changes + 1> tried_;  // by how many changes are left
};

}  // namespace

std::optional<std::vector<std::int64_t>> find_near(const Query& query, const Constraint& last,
                                                   const std::vector<std::int64_t>& near, unsigned tries,
                                                   std::uint64_t& units) {
    std::vector<std::int64_t> values = near;
    values.resize(query.inputs.size());
    if (!Nearby(query, tries, units).mend(last, values, most_changes) || !satisfied_by(query, values))
        return std::nullopt;
    return values;
}

}  // namespace vmacheck::smt
