#include "checker/conform/conform_case.hpp"

#include "checker/conform/drawn_limits.hpp"
#include "checker/conform/narrow_mixes.hpp"
#include "checker/conform/pair_run.hpp"
#include "checker/random/random_parameters.hpp"
#include "properties/observed/observed_properties.hpp"

#include <algorithm>
#include <array>

namespace vmacheck {
namespace {

// Operations that the subject refuses are drawn again, so many times in a row.
constexpr unsigned most_redrawn = 10'000;
// Of the operations in which an allocation is to fail one in so many keeps that: a failure ends the case.
constexpr std::uint64_t kept_failures = 8;
// Numbers of allocations that are to fail: the first few as often as all of a call that makes many.
constexpr std::array<std::uint64_t, 3> most_allocations{3, 12, 40};
// Every second case is short, and ends with an operation in which one fails: tries for that, and the longest such case.
constexpr unsigned most_tries = 32;
constexpr std::uint64_t most_before_failure = 200;
// Operations after one that failed, which may show what it left behind.
constexpr std::size_t most_after_failure = 8;
// Batches that the subject performs while the model foretells the next one: with two it is never idle.
constexpr std::size_t most_begun = 2;

}  // namespace

ConformCase::ConformCase(Subject& subject, const RandomConformOptions& options,
                         std::function<void(std::size_t)> compared)
    : subject_(subject), options_(options), compared_(std::move(compared)), info_(subject.hello()) {}

CaseReport ConformCase::run(std::uint64_t number, std::uint64_t budget) {
    report_ = {};
    begun_.clear();
    agreed_ = 0;
    const CasePlan plan = plan_case(options_.seed, number, options_.limits);
    const DrawnLimits limits = info_.capabilities.takes_limits ? draw_limits(plan) : usual_limits(plan);
    if (!start(limits.parameters)) return std::move(report_);
    report_.began = true;
    Parameters of_bytes = report_.started.parameters;  // a call names an offset in bytes, however wide page offsets are
    of_bytes.pgoff_bits = std::min(of_bytes.pgoff_bits, 64 - page_shift);
    if (limits.window_end != 0) of_bytes.mmap_base = limits.window_end;
    generator_.emplace(SplitMix64(plan.seed).next(), of_bytes, plan.window);
    failures_ = SplitMix64(plan.seed + 1);
    always_fails_ = false;
    try {
        if (perform(plan, budget) && fails_at_end_) fail_at_end();
        if (!report_.difference && !subject_.end().empty())
            report_.difference = first_difference(report_.started, report_.ops, subject_);
    } catch (const SubjectLost& loss) {
        restart_after(loss);
    }
    return std::move(report_);
}

bool ConformCase::start(const Parameters& parameters) {
    Setup wanted = options_.setup;
    wanted.parameters = parameters;
    auto start = subject_.start(wanted);
    if (auto* wrong = std::get_if<std::string>(&start)) {
        report_.lost = reason_of(subject_, *wrong);
        return false;
    }
    report_.started = std::get<Setup>(std::move(start));
    if (const auto wrong = model_.reset(report_.started)) {
        report_.error = reason_of(model_, *wrong);
        return false;
    }
    return true;
}

// The operations of the case, as many as it has. False: it ended before.
bool ConformCase::perform(const CasePlan& plan, std::uint64_t budget) {
    std::size_t at_start = 0;
    for (const ProcessSpec& each : report_.started.layout) at_start += each.vmas.size();
    fails_at_end_ =
        options_.failures && !options_.vma_only && info_.capabilities.fails_own_allocations && failures_.below(2) == 0;
    if (fails_at_end_) budget = std::min(budget, 1 + failures_.below(most_before_failure));
    std::size_t phase = 0;
    for (bool more = true; more || !begun_.empty();) {
        while (more && begun_.size() < most_begun && (begun_.empty() || !begun_.back().fails)) {
            OpMix mix = plan.phases[phase++ % plan.phases.size()].mix;
            mix.vmas += at_start;
            usual_ = options_.vma_only ? only_vmas(mix) : mix;
            generator_->set_mix(usual_);
            const std::uint64_t count = foretell(std::min<std::uint64_t>(options_.batch, budget - report_.planned));
            report_.planned += count;
            more = count > 0 && !begun_.back().last && report_.planned < budget && !stopped();
        }
        if (begun_.empty() || !compare_first()) return false;
    }
    return report_.planned == budget;
}

// Operations of one kind, in each of which an allocation is to fail, until one does.
void ConformCase::fail_at_end() {
    always_fails_ = true;
    generator_->set_mix(only_one(usual_, failures_));
    for (unsigned tries = 0; tries < most_tries && !stopped(); ++tries)
        if (foretell(1) == 0 || !compare_first()) break;
    always_fails_ = false;
}

// A lost subject is started again for the cases that follow.
void ConformCase::restart_after(const SubjectLost& loss) {
    for (const Foretold& each : begun_) report_.begun.insert(report_.begun.end(), each.ops.begin(), each.ops.end());
    abandon();
    report_.loss = loss;
    auto start = subject_.start(report_.started);
    if (const auto* wrong = std::get_if<std::string>(&start))
        report_.lost = fmt::format("{}; started again: {}", loss.what(), *wrong);
}

// A subject that can let one of its allocations fail counts them as its code makes them.
void ConformCase::choose_failure(Op<Plain>& op) {
    if ((op.fail_alloc.nth == 0 && !always_fails_) || !info_.capabilities.fails_own_allocations) return;
    op.fail_alloc = {};
    if (!always_fails_ && (!options_.failures || failures_.below(kept_failures) != 0)) return;
    const std::uint64_t most = most_allocations.at(failures_.below(most_allocations.size()));
    op.fail_alloc = {AllocKind::any, static_cast<std::uint16_t>(1 + failures_.below(most))};
}

Op<Plain> ConformCase::next_op() {
    Op<Plain> op = generator_->next(*model_.world());
    op.offset.page = op.offset.page.value() % pages_in_64_bits;  // as the call has it, in bytes
    return op;
}

// Lets the subject begin a batch of operations that it does not refuse, and performs it on the model. Returns how many
// there are.
std::size_t ConformCase::foretell(std::uint64_t most) {
    Foretold batch;
    const World<Plain>& world = *model_.world();
    unsigned redrawn = 0;
    while (batch.ops.size() < most && !batch.fails) {
        Op<Plain> op = next_op();
        choose_failure(op);
        if (auto why = subject_.refuses(op)) {
            ++report_.left_out[*std::move(why)];
            if (++redrawn == most_redrawn) break;
            continue;
        }
        redrawn = 0;
        batch.fails = op.fail_alloc.nth != 0 && info_.capabilities.fails_own_allocations;
        Answer answer = model_.step(batch.fails ? without_failure(op) : op);
        if (!answer.violations.empty()) {  // as one of its shipped bugs has it: the step was abandoned
            ++report_.left_out["the model ends the step with " + answer.violations.front().property];
            batch.last = true;
            break;
        }
        answer.seen.events.clear();
        if (!batch.fails) report_.coverage.add(world, op);
        batch.ops.push_back(op);
        batch.results.push_back(std::move(answer.seen));
        batch.layouts.push_back(digest_after(op, batch.results.back().value));
    }
    const std::size_t count = batch.ops.size();
    if (count == 0) return 0;
    batch.after = model_.observe({});
    begun_.push_back(std::move(batch));
    subject_.begin(begun_.back().ops, info_.capabilities.layouts);
    return count;
}

std::uint64_t ConformCase::digest_after(const Op<Plain>& op, const std::optional<std::uint64_t>& value) const {
    if (info_.capabilities.layouts == Layouts::none) return 0;
    const ByteRange near = info_.capabilities.layouts == Layouts::near ? near_to(op, value) : ByteRange{};
    return layout_digest_of(*model_.world(), process_of(op), near);
}

// Waits for the first batch that was begun. False: the case ends.
bool ConformCase::compare_first() {
    const Subject::Performed seen = subject_.performed();
    const bool refused = !seen.answers.empty() && !seen.answers.back().refusal.empty();
    if (seen.answers.size() < begun_.front().ops.size() && !refused)
        throw SubjectLost("gave fewer answers than there were operations");
    const Foretold batch = std::move(begun_.front());
    begun_.pop_front();
    for (std::size_t i = 0; i < batch.ops.size(); ++i) {
        const Answer& answer = seen.answers[i];
        if (!answer.refusal.empty()) {
            ++report_.left_out[reason_of(subject_, answer.refusal)];
            abandon();
            return false;  // the model performed it
        }
        report_.ops.push_back(batch.ops[i]);
        if (answer.allocation_failed) {
            end_with_failure(answer, seen.after);
            return false;
        }
        if (!agrees(batch, i, answer)) {
            abandon();
            report_.difference = result_difference();
            return false;
        }
    }
    const Comparison comparison = compare_observations(batch.after, seen.after);
    report_.compared += comparison.compared;
    if (!comparison.differences.empty()) {
        abandon();
        report_.difference = first_difference_after(report_.started, report_.ops, agreed_, subject_);
        return false;
    }
    Report report;
    check_observation(seen.after, report);
    for (const Violation& each : report.violations())
        report_.foretold_violations.try_emplace(each.property, agreed_, report_.ops.size());
    agreed_ = report_.ops.size();
    if (compared_) compared_(batch.ops.size());
    return true;
}

void ConformCase::abandon() {
    subject_.abandon();
    begun_.clear();
}

// An allocation failed in the last operation.
void ConformCase::end_with_failure(const Answer& answer, const Observation& after) {
    report_.allocation_failed = true;
    Report report;
    check_observation(after, report);
    const bool foretold =
        std::all_of(report.violations().begin(), report.violations().end(),
                    [this](const Violation& each) { return report_.foretold_violations.count(each.property) != 0; });
    if (answer.violations.empty() && foretold && !breaks_after_failure()) return;
    abandon();
    report_.difference = result_difference();
}

// Some operations more, of which the model says nothing: it is not where the subject is. True: one of them breaks what the
// subject itself checks.
bool ConformCase::breaks_after_failure() {
    std::vector<Op<Plain>> ops;
    generator_->set_mix(usual_);
    for (unsigned drawn = 0; ops.size() < most_after_failure && drawn < 4 * most_after_failure; ++drawn) {
        Op<Plain> op = next_op();
        op.fail_alloc = {};
        if (subject_.refuses(op)) continue;
        if (!model_.step(op).violations.empty()) break;
        ops.push_back(op);
    }
    const std::vector<Answer> answers = subject_.perform(ops, Layouts::none);
    for (std::size_t i = 0; i < answers.size() && answers[i].refusal.empty(); ++i) {
        report_.ops.push_back(ops[i]);
        if (!answers[i].violations.empty()) return true;
    }
    return false;
}

// The last operation gave another result or digest. An earlier one of the batch may have made a difference that only
// a whole observation shows.
RunResult ConformCase::result_difference() {
    const std::span<const Op<Plain>> before = std::span(report_.ops).first(report_.ops.size() - 1);
    if (before.size() > agreed_ && run_pair(report_.started, before, subject_))
        return first_difference_after(report_.started, before, agreed_, subject_);
    return run_pair(report_.started, report_.ops, subject_);
}

bool ConformCase::agrees(const Foretold& batch, std::size_t i, const Answer& answer) {
    const Comparison comparison = compare_results(batch.ops[i].kind, batch.results[i], answer.seen);
    report_.compared += comparison.compared;
    if (!comparison.differences.empty() || !answer.violations.empty()) return false;
    if (!answer.layout) return true;
    ++report_.compared;
    return *answer.layout == batch.layouts[i];
}

}  // namespace vmacheck
