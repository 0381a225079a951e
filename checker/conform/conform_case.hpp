// One case of random operations on the model and on a subject: the model chooses and foretells a batch of operations, the
// subject performs it, and what both gave is compared.
//
// After each operation: error and value, and the digest of the layout where the subject has digests. After each batch:
// everything that the subject shows, and the properties of its observations. What differs only there is looked for step
// by step, in another run. A difference ends the case; the next case starts anew, so that one difference hides no other.
// An allocation of the subject's own that fails ends the case too: the model does not know what came of it, and in that
// operation and a few more only what the subject breaks by itself is looked at. Every second case is short and ends so.
// A subject that takes limits is given some in half of the cases (drawn_limits.hpp).
// Where the subject breaks a property of observations as the model foretold, as with a bug that its kernel was released
// with, the case continues, and that property is not looked at again in it.
#pragma once

#include "checker/conform/random_conform.hpp"
#include "checker/random/case.hpp"
#include "checker/subject/model_subject.hpp"

#include <deque>
#include <utility>

namespace vmacheck {

struct CaseReport {
    std::string error;          // why the model cannot start so
    std::string lost;           // how the subject was lost, and could not be started again, or why it cannot be started
    bool began = false;         // both started
    Setup started;              // so
    std::uint64_t planned = 0;  // operations that were foretold: with a budget down to that the case is the same
    std::vector<Op<Plain>> ops;  // that both performed
    std::uint64_t compared = 0;  // results, layouts and counters
    bool allocation_failed = false;
    LeftOut left_out;
    Coverage coverage;
    std::optional<RunResult> difference;  // it ended with one: what a second run of its operations showed
    std::optional<SubjectLost> loss;
    std::vector<Op<Plain>> begun;  // after a loss: of batches that were begun and not compared
    // Property that the subject broke as foretold: so many operations after which it held, and after which it did not.
    std::map<std::string, std::pair<std::size_t, std::size_t>> foretold_violations;
};

class ConformCase {
public:
    // `compared` is called after each batch, with the number of its operations.
    ConformCase(Subject& subject, const RandomConformOptions& options, std::function<void(std::size_t)> compared = {});

    // Case `number` of the options' seed, of at most `budget` operations. Equal calls give equal reports.
    [[nodiscard]] CaseReport run(std::uint64_t number, std::uint64_t budget);

private:
    // What the model foretells of a batch.
    struct Foretold {
        std::vector<Op<Plain>> ops;
        std::vector<SeenResult> results;
        std::vector<std::uint64_t> layouts;
        Observation after;
        bool last = false;   // the model cannot go beyond it
        bool fails = false;  // an allocation is to fail in its last operation, and the case may end there
    };

    [[nodiscard]] bool stopped() const { return options_.stop != nullptr && *options_.stop; }
    bool start(const Parameters& parameters);
    bool perform(const CasePlan& plan, std::uint64_t budget);
    void fail_at_end();
    void restart_after(const SubjectLost& loss);
    void choose_failure(Op<Plain>& op);
    [[nodiscard]] Op<Plain> next_op();
    std::size_t foretell(std::uint64_t most);
    [[nodiscard]] std::uint64_t digest_after(const Op<Plain>& op, const std::optional<std::uint64_t>& value) const;
    bool compare_first();
    void abandon();
    void end_with_failure(const Answer& answer, const Observation& after);
    bool breaks_after_failure();
    [[nodiscard]] RunResult result_difference();
    [[nodiscard]] bool agrees(const Foretold& batch, std::size_t i, const Answer& answer);

    Subject& subject_;
    const RandomConformOptions& options_;
    std::function<void(std::size_t)> compared_;
    SubjectInfo info_;
    ModelSubject model_;
    SplitMix64 failures_{0};
    // Of this case:
    CaseReport report_;
    std::optional<RandomOps> generator_;
    OpMix usual_;                // of the last phase
    bool fails_at_end_ = false;  // the case is to end with a failure
    bool always_fails_ = false;  // in each operation one is to fail
    std::deque<Foretold> begun_;
    std::size_t agreed_ = 0;  // so many operations, after which all that was shown agreed
};

}  // namespace vmacheck
