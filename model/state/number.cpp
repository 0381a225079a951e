#include "model/state/number.hpp"

#include <iterator>

namespace vmacheck {

void internal_assertion_failed(const char* what) {
    throw InternalAssertion(what);
}

LinearForm& LinearForm::add(const LinearForm& other, std::int64_t factor) {
    if (__builtin_add_overflow(constant, other.constant * factor, &constant))
        internal_assertion_failed("constant of a linear form leaves 64 bits");
    decltype(terms) merged;
    auto mine = terms.begin();
    auto theirs = other.terms.begin();
    while (mine != terms.end() || theirs != other.terms.end()) {
        if (theirs == other.terms.end() || (mine != terms.end() && mine->input < theirs->input)) {
            merged.push_back(*mine++);
        } else if (mine == terms.end() || theirs->input < mine->input) {
            merged.push_back({theirs->input, theirs->coefficient * factor});
            ++theirs;
        } else {
            const std::int64_t sum = mine->coefficient + theirs->coefficient * factor;
            if (sum != 0) merged.push_back({mine->input, sum});
            ++mine;
            ++theirs;
        }
    }
    terms = std::move(merged);
    return *this;
}

namespace {

thread_local PathRecorder* current_recorder = nullptr;

// a + factor * b. A constant from 2^63 on does not fit into a form: among constants that does not matter, since nothing
// is recorded of them, but with an input it would state something false of it.
LinearForm combined(const TracedNumber& a, const TracedNumber& b, std::int64_t factor) {
    constexpr std::uint64_t too_large = std::uint64_t{1} << 63;
    const bool constants = a.form().is_constant() && b.form().is_constant();
    if (!constants && (a.value() >= too_large || b.value() >= too_large))
        internal_assertion_failed("a traced number meets one from 2^63 on");
    LinearForm form = a.form();
    if (!constants) form.add(b.form(), factor);
    return form;
}

LinearForm difference(const TracedNumber& a, const TracedNumber& b) {
    return combined(a, b, -1);
}

LinearForm negated(const LinearForm& form) {
    LinearForm result;
    result.add(form, -1);
    return result;
}

// 1 if the form is at least 0 for all inputs, which are not negative themselves; -1 if it is at most 0; 0: neither.
int sign_for_all_inputs(const LinearForm& form) {
    bool above = form.constant > 0;
    bool below = form.constant < 0;
    for (const LinearForm::Term& term : form.terms) (term.coefficient > 0 ? above : below) = true;
    return above && below ? 0 : below ? -1 : 1;
}

// Records what the outcome of a comparison says about the inputs; constants say nothing.
void record(LinearForm form, Relation relation, ConstraintKind kind) {
    if (current_recorder == nullptr || form.is_constant()) return;
    current_recorder->record({std::move(form), relation, kind});
}

}  // namespace

PathRecorder::Scope::Scope(PathRecorder& recorder) : outer_(current_recorder) {
    current_recorder = &recorder;
}
PathRecorder::Scope::~Scope() {
    current_recorder = outer_;
}
PathRecorder* PathRecorder::current() {
    return current_recorder;
}

InputId PathRecorder::fresh_input(std::string name, std::uint64_t value) {
    inputs_.push_back({std::move(name), value});
    return static_cast<InputId>(inputs_.size() - 1);
}

void PathRecorder::record(Constraint constraint) {
    constraints_.push_back(std::move(constraint));
}

void PathRecorder::define_maximum(InputId result, LinearForm a, LinearForm b) {
    maxima_.push_back({result, std::move(a), std::move(b), constraints_.size()});
}

const Maximum* PathRecorder::known_maximum(const LinearForm& a, const LinearForm& b) const {
    for (const Maximum& each : maxima_)
        if ((each.a == a && each.b == b) || (each.a == b && each.b == a)) return &each;
    return nullptr;
}

void PathRecorder::cut_to(const End& end) {
    inputs_.erase(inputs_.begin() + static_cast<std::ptrdiff_t>(end.inputs), inputs_.end());
    constraints_.erase(constraints_.begin() + static_cast<std::ptrdiff_t>(end.constraints), constraints_.end());
    maxima_.erase(maxima_.begin() + static_cast<std::ptrdiff_t>(end.maxima), maxima_.end());
    questions_.erase(questions_.begin() + static_cast<std::ptrdiff_t>(end.questions), questions_.end());
}

void PathRecorder::clear() {
    inputs_.clear();
    constraints_.clear();
    maxima_.clear();
    parts_.clear();
    questions_.clear();
    separate_ = held_ = false;
}

void PathRecorder::separate_parts() {
    separate_ = true;
    path_inputs_ = inputs_.size();
    path_constraints_ = constraints_.size();
    path_maxima_ = maxima_.size();
}

// Takes what was recorded since the path ended out of it. Ids of inputs are then given out again.
void PathRecorder::begin_check() {
    if (!separate_ || held_) return;
    const auto cut = [](auto& from, std::size_t at) {
        std::decay_t<decltype(from)> tail(std::make_move_iterator(from.begin() + static_cast<std::ptrdiff_t>(at)),
                                          std::make_move_iterator(from.end()));
        from.resize(at);
        return tail;
    };
    Part part;
    part.inputs = cut(inputs_, path_inputs_);
    part.constraints = cut(constraints_, path_constraints_);
    part.maxima = cut(maxima_, path_maxima_);
    for (Maximum& each : part.maxima) each.constraints_before -= path_constraints_;
    parts_.push_back(std::move(part));
}

void PathRecorder::end_parts() {
    begin_check();
    separate_ = false;
}

std::int64_t PathRecorder::evaluate(const LinearForm& form) const {
    std::int64_t sum = form.constant;
    for (const LinearForm::Term& term : form.terms)
        sum += term.coefficient * static_cast<std::int64_t>(inputs_.at(term.input).value);
    return sum;
}

TracedNumber::TracedNumber(std::uint64_t value) : value_(value) {
    form_.constant = static_cast<std::int64_t>(value);
}

TracedNumber TracedNumber::input(std::string name, std::uint64_t value) {
    PathRecorder* recorder = PathRecorder::current();
    if (recorder == nullptr) internal_assertion_failed("a traced input needs an open PathRecorder");
    LinearForm form;
    form.terms.push_back({recorder->fresh_input(std::move(name), value), 1});
    return {value, std::move(form)};
}

TracedNumber operator+(const TracedNumber& a, const TracedNumber& b) {
    std::uint64_t sum = 0;
    if (__builtin_add_overflow(a.value_, b.value_, &sum)) internal_assertion_failed("sum leaves [0, 2^64)");
    if (a.form_.is_constant() && b.form_.is_constant()) return sum;
    return {sum, combined(a, b, 1)};
}

TracedNumber operator-(const TracedNumber& a, const TracedNumber& b) {
    if (a.form_.is_constant() && b.form_.is_constant()) {
        if (b.value_ > a.value_) internal_assertion_failed("difference leaves [0, 2^64)");
        return a.value_ - b.value_;
    }
    LinearForm form = combined(a, b, -1);
    record(negated(form), Relation::less_equal, ConstraintKind::obligation);
    if (b.value_ > a.value_) internal_assertion_failed("difference leaves [0, 2^64)");
    return {a.value_ - b.value_, std::move(form)};
}

bool operator==(const TracedNumber& a, const TracedNumber& b) {
    const bool holds = a.value_ == b.value_;
    record(difference(a, b), holds ? Relation::equal : Relation::not_equal, ConstraintKind::decision);
    return holds;
}

bool operator<(const TracedNumber& a, const TracedNumber& b) {
    const bool holds = a.value_ < b.value_;
    if (holds)
        record(difference(a, b), Relation::less, ConstraintKind::decision);
    else
        record(difference(b, a), Relation::less_equal, ConstraintKind::decision);
    return holds;
}

bool operator<=(const TracedNumber& a, const TracedNumber& b) {
    return !(b < a);
}

TracedNumber quotient(const TracedNumber& a, std::uint64_t divisor) {
    const std::uint64_t value = a.value_ / divisor;
    if (current_recorder == nullptr || a.form_.is_constant()) return value;
    TracedNumber result = TracedNumber::input("quotient", value);
    LinearForm rest = a.form_;  // a - divisor * result, in [0, divisor)
    rest.add(result.form_, -static_cast<std::int64_t>(divisor));
    record(negated(rest), Relation::less_equal, ConstraintKind::definition);
    rest.constant -= static_cast<std::int64_t>(divisor);
    record(std::move(rest), Relation::less, ConstraintKind::definition);
    return result;
}

TracedNumber remainder(const TracedNumber& a, std::uint64_t divisor) {
    const TracedNumber whole = quotient(a, divisor);
    if (whole.form_.is_constant()) return a.value_ % divisor;
    LinearForm rest = a.form_;
    rest.add(whole.form_, -static_cast<std::int64_t>(divisor));
    return {a.value_ % divisor, std::move(rest)};
}

TracedNumber max(const TracedNumber& a, const TracedNumber& b) {
    const TracedNumber& larger = a.value_ < b.value_ ? b : a;
    if (current_recorder == nullptr || (a.form_.is_constant() && b.form_.is_constant())) return larger;
    // Where the difference has one sign for all inputs, there is nothing to decide.
    if (const int sign = sign_for_all_inputs(difference(a, b)); sign != 0) return sign > 0 ? a : b;
    if (const Maximum* known = current_recorder->known_maximum(a.form_, b.form_)) {
        LinearForm form;
        form.terms.push_back({known->result, 1});
        return {larger.value_, std::move(form)};
    }
    TracedNumber result = TracedNumber::input("max", larger.value_);
    current_recorder->define_maximum(result.form_.terms.front().input, a.form_, b.form_);
    return result;
}

}  // namespace vmacheck
