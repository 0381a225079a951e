// Number domains: what a page number is while the model runs.
//
// The model is a template over a domain. `Plain` numbers are checked 64-bit integers, what the engines run at full
// speed. `Traced` numbers carry, next to the concrete value, a linear form over named inputs; every comparison between
// them is decided by the concrete values and leaves the linear constraint it implies in the current PathRecorder.
//
// Rules that keep the two domains equal:
//   * a sum or difference that leaves [0, 2^64) is an InternalAssertion in both; arithmetic that the kernel lets wrap
//     goes through the named functions of bytes.hpp, which state the width;
//   * a maximum is one operation (a fresh input bounded from below), not a branch;
//   * hashing, printing and equality of Worlds use value() and record nothing.
#pragma once

#include <boost/container/small_vector.hpp>

#include <compare>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace vmacheck {

// A broken assumption of the model itself (exit code 14), never of the kernel it models.
class InternalAssertion : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

[[noreturn]] void internal_assertion_failed(const char* what);

// ---------------------------------------------------------------------------------------------------- Plain

// A page number, page count or page offset; range [0, 2^64).
class PlainNumber {
public:
    constexpr PlainNumber() = default;
    constexpr PlainNumber(std::uint64_t value) : value_(value) {}  // implicit: literals are numbers

    [[nodiscard]] constexpr std::uint64_t value() const { return value_; }

    friend constexpr PlainNumber operator+(PlainNumber a, PlainNumber b) {
        std::uint64_t sum = 0;
        if (__builtin_add_overflow(a.value_, b.value_, &sum)) internal_assertion_failed("sum leaves [0, 2^64)");
        return sum;
    }
    friend constexpr PlainNumber operator-(PlainNumber a, PlainNumber b) {
        if (b.value_ > a.value_) internal_assertion_failed("difference leaves [0, 2^64)");
        return a.value_ - b.value_;
    }
    PlainNumber& operator+=(PlainNumber b) { return *this = *this + b; }
    PlainNumber& operator-=(PlainNumber b) { return *this = *this - b; }

    friend constexpr bool operator==(PlainNumber a, PlainNumber b) = default;
    friend constexpr auto operator<=>(PlainNumber a, PlainNumber b) = default;

private:
    std::uint64_t value_ = 0;
};

inline PlainNumber max(PlainNumber a, PlainNumber b) {
    return a < b ? b : a;
}

// floor(a / divisor); divisor above 0. One operation, not a branch: in Traced a fresh input bounded from both sides.
inline PlainNumber quotient(PlainNumber a, std::uint64_t divisor) {
    return a.value() / divisor;
}

// a modulo divisor; divisor above 0. In Traced what the fresh input of the quotient leaves.
inline PlainNumber remainder(PlainNumber a, std::uint64_t divisor) {
    return a.value() % divisor;
}

// Whether the two numbers are the same without deciding anything: equal values in Plain, equal linear forms in Traced.
// Only for skipping work whose result would be the same (an early stop of a propagation), never for semantics.
inline bool identical(PlainNumber a, PlainNumber b) {
    return a == b;
}

// ---------------------------------------------------------------------------------------------------- Traced

using InputId = std::uint32_t;

// constant + sum of coefficient * input; terms sorted by input, no zero coefficient.
struct LinearForm {
    struct Term {
        InputId input;
        std::int64_t coefficient;
        friend bool operator==(const Term&, const Term&) = default;
    };
    std::int64_t constant = 0;
    boost::container::small_vector<Term, 3> terms;

    [[nodiscard]] bool is_constant() const { return terms.empty(); }
    LinearForm& add(const LinearForm& other, std::int64_t factor);
    friend bool operator==(const LinearForm& a, const LinearForm& b) {
        return a.constant == b.constant && a.terms == b.terms;
    }
};

enum class Relation : std::uint8_t { equal, not_equal, less, less_equal };  // form RELATION 0

enum class ConstraintKind : std::uint8_t {
    decision,    // a branch of the model was taken because of it; a solver may negate it
    definition,  // it bounds a fresh input (a quotient); not negated
    obligation,  // an arithmetic assertion of the model: must follow from the constraints before it
};

struct Constraint {
    LinearForm form;
    Relation relation;
    ConstraintKind kind;
};

// result >= a, result >= b, and result = a or result = b. Stated once, where the fresh input is born.
struct Maximum {
    InputId result;
    LinearForm a;
    LinearForm b;
    std::size_t constraints_before;  // position among the constraints
};

// Collects the path of what runs while a Scope is open on this thread. The one exception to "no global mutable state":
// operators have no parameter to pass it through.
class PathRecorder {
public:
    struct Input {
        std::string name;
        std::uint64_t value;
    };

    class Scope {
    public:
        explicit Scope(PathRecorder& recorder);
        ~Scope();
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

    private:
        PathRecorder* outer_;
    };

    static PathRecorder* current();

    // What was recorded between two calls of begin_check; see there.
    struct Part {
        std::vector<Input> inputs;  // born in it; their ids follow those of the path
        std::vector<Constraint> constraints;
        std::vector<Maximum> maxima;  // positions count from the part's first constraint
    };
    // An attribute that the path depends on, by number, and how many constraints stood before it.
    struct Question {
        std::uint32_t about;
        std::size_t constraints_before;
    };

    InputId fresh_input(std::string name, std::uint64_t value);
    void record(Constraint constraint);
    void define_maximum(InputId result, LinearForm a, LinearForm b);
    // The input that is already the maximum of these two, if there is one: equal maxima are then equal forms.
    [[nodiscard]] const Maximum* known_maximum(const LinearForm& a, const LinearForm& b) const;
    void clear();

    // Checks that do not depend on each other. From separate_parts() on, what is recorded after a call of begin_check
    // belongs to its own part, and not to the path: enumeration of paths takes the parts one by one instead of
    // their product. A number that was made in a part must not be used in another.
    void separate_parts();
    void begin_check();
    // Between the two, checks depend on each other after all: they are one part.
    void hold_part() { begin_check(), held_ = true; }
    void release_part() { held_ = false; }
    void end_parts();
    [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }

    // A caller that leaves attributes open until a decision depends on them records here which ones it depends on.
    // `answered` ends the list for one decision.
    static constexpr std::uint32_t answered = ~std::uint32_t{0};
    void ask(std::uint32_t about) { questions_.push_back({about, constraints_.size()}); }
    [[nodiscard]] const std::vector<Question>& questions() const { return questions_; }

    // What a step recorded that is performed again from the start goes: back to where the path ended.
    struct End {
        std::size_t inputs;
        std::size_t constraints;
        std::size_t maxima;
        std::size_t questions;
    };
    [[nodiscard]] End end() const { return {inputs_.size(), constraints_.size(), maxima_.size(), questions_.size()}; }
    void cut_to(const End& end);

    [[nodiscard]] const std::vector<Input>& inputs() const { return inputs_; }
    [[nodiscard]] const std::vector<Constraint>& constraints() const { return constraints_; }
    [[nodiscard]] const std::vector<Maximum>& maxima() const { return maxima_; }
    // The value of a form under the recorded inputs.
    [[nodiscard]] std::int64_t evaluate(const LinearForm& form) const;

private:
    std::vector<Input> inputs_;
    std::vector<Constraint> constraints_;
    std::vector<Maximum> maxima_;
    std::vector<Part> parts_;
    std::vector<Question> questions_;
    bool separate_ = false;
    bool held_ = false;
    // Where the path ended and its first part began.
    std::size_t path_inputs_ = 0;
    std::size_t path_constraints_ = 0;
    std::size_t path_maxima_ = 0;
};

// Same range as PlainNumber. A number built from an integer is a constant.
class TracedNumber {
public:
    TracedNumber() = default;
    TracedNumber(std::uint64_t value);  // implicit: literals are numbers
    // A symbolic input of the current recorder with this concrete value.
    static TracedNumber input(std::string name, std::uint64_t value);

    [[nodiscard]] std::uint64_t value() const { return value_; }
    [[nodiscard]] const LinearForm& form() const { return form_; }

    friend TracedNumber operator+(const TracedNumber& a, const TracedNumber& b);
    friend TracedNumber operator-(const TracedNumber& a, const TracedNumber& b);
    TracedNumber& operator+=(const TracedNumber& b) { return *this = *this + b; }
    TracedNumber& operator-=(const TracedNumber& b) { return *this = *this - b; }

    friend bool operator==(const TracedNumber& a, const TracedNumber& b);
    friend bool operator<(const TracedNumber& a, const TracedNumber& b);
    friend bool operator<=(const TracedNumber& a, const TracedNumber& b);
    friend bool operator!=(const TracedNumber& a, const TracedNumber& b) { return !(a == b); }
    friend bool operator>(const TracedNumber& a, const TracedNumber& b) { return b < a; }
    friend bool operator>=(const TracedNumber& a, const TracedNumber& b) { return b <= a; }

    friend TracedNumber max(const TracedNumber& a, const TracedNumber& b);
    friend TracedNumber quotient(const TracedNumber& a, std::uint64_t divisor);
    friend TracedNumber remainder(const TracedNumber& a, std::uint64_t divisor);
    friend bool identical(const TracedNumber& a, const TracedNumber& b) {
        return a.value_ == b.value_ && a.form_ == b.form_;
    }

private:
    TracedNumber(std::uint64_t value, LinearForm form) : value_(value), form_(std::move(form)) {}

    std::uint64_t value_ = 0;
    LinearForm form_;
};

// Domains: the one template parameter of the model and of every property.
struct Plain {
    using Number = PlainNumber;
};
struct Traced {
    using Number = TracedNumber;
};

template <class D>
using Number = typename D::Number;

// What follows does not depend on what was just checked, nor the other way round (PathRecorder::begin_check).
template <class D>
void begin_check() {
    if constexpr (std::is_same_v<D, Traced>)
        if (PathRecorder* recorder = PathRecorder::current()) recorder->begin_check();
}

// As long as it lives, what is checked is one part, whatever begins.
template <class D>
class SingleCheck {
public:
    SingleCheck() {
        if constexpr (std::is_same_v<D, Traced>)
            if ((recorder_ = PathRecorder::current()) != nullptr) recorder_->hold_part();
    }
    ~SingleCheck() {
        if (recorder_ != nullptr) recorder_->release_part();
    }
    SingleCheck(const SingleCheck&) = delete;
    SingleCheck& operator=(const SingleCheck&) = delete;

private:
    PathRecorder* recorder_ = nullptr;
};

// The path where it stands; forget_later() takes back what is recorded after that.
template <class D>
class RecordedPath {
public:
    void forget_later() const {}
};
template <>
class RecordedPath<Traced> {
public:
    RecordedPath() {
        if (recorder_ != nullptr) end_ = recorder_->end();
    }
    void forget_later() const {
        if (recorder_ != nullptr) recorder_->cut_to(end_);
    }

private:
    PathRecorder* recorder_ = PathRecorder::current();
    PathRecorder::End end_{};
};

// The answer to what follows depends on attributes that may still be open (PathRecorder::ask).
template <class D>
void read_attribute(std::uint32_t what) {
    if constexpr (std::is_same_v<D, Traced>)
        if (PathRecorder* recorder = PathRecorder::current()) recorder->ask(what);
}

}  // namespace vmacheck
