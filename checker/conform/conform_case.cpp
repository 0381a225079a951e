#include "checker/conform/conform_case.hpp"

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
// Numbers of allocations that are to fail.
constexpr std::uint64_t most_allocations = 12;
// Batches that the subject performs while the model foretells the next one: with two it is never idle.
constexpr std::size_t most_begun = 2;

OpMix only_vmas(OpMix mix) {
    constexpr std::array drawn{OpKind::mmap, OpKind::munmap, OpKind::mprotect, OpKind::madvise};
    for (std::size_t i = 0; i < mix.times.size(); ++i)
        if (std::find(drawn.begin(), drawn.end(), static_cast<OpKind>(i)) == drawn.end()) mix.times.at(i) = 0;
    mix.times.at(static_cast<std::size_t>(OpKind::mmap)) = 2;
    mix.failures = 0;
    mix.other_steps = 0;
    mix.processes = 1;
    return mix;
}

}  // namespace

ConformCase::ConformCase(Subject& subject, const RandomConformOptions& options,
                         std::function<void(std::size_t)> compared)
    : subject_(subject), options_(options), compared_(std::move(compared)), info_(subject.hello()) {}

CaseReport ConformCase::run(std::uint64_t number, std::uint64_t budget) {
    report_ = {};
    begun_.clear();
    agreed_ = 0;
    const CasePlan plan = plan_case(options_.seed, number, options_.limits);
    if (!start(plan)) return std::move(report_);
    report_.began = true;
    failures_ = SplitMix64(plan.seed + 1);
    try {
        perform(plan, budget);
        if (!report_.difference && !subject_.end().empty())
            report_.difference = first_difference(report_.started, report_.ops, subject_);
    } catch (const SubjectLost& loss) {
        restart_after(loss);
    }
    return std::move(report_);
}

bool ConformCase::start(const CasePlan& plan) {
    Setup wanted = options_.setup;
    wanted.parameters = {};
    wanted.parameters.files = plan.parameters.files;
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

void ConformCase::perform(const CasePlan& plan, std::uint64_t budget) {
    const Setup& started = report_.started;
    std::size_t at_start = 0;
    for (const ProcessSpec& each : started.layout) at_start += each.vmas.size();
    Parameters of_bytes = started.parameters;  // a call names an offset in bytes, however wide page offsets are
    of_bytes.pgoff_bits = std::min(of_bytes.pgoff_bits, 64 - page_shift);
    RandomOps generator(SplitMix64(plan.seed).next(), of_bytes, plan.window);
    std::size_t phase = 0;
    for (bool more = true; more || !begun_.empty();) {
        while (more && begun_.size() < most_begun && (begun_.empty() || !begun_.back().fails)) {
            OpMix mix = plan.phases[phase++ % plan.phases.size()].mix;
            mix.vmas += at_start;
            generator.set_mix(options_.vma_only ? only_vmas(mix) : mix);
            const std::uint64_t count =
                foretell(generator, std::min<std::uint64_t>(options_.batch, budget - report_.planned));
            report_.planned += count;
            more = count > 0 && !begun_.back().last && report_.planned < budget && !stopped();
        }
        if (begun_.empty() || !compare_first()) break;
    }
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
    if (op.fail_alloc.nth == 0 || !info_.capabilities.fails_own_allocations) return;
    op.fail_alloc = {};
    if (options_.failures && failures_.below(kept_failures) == 0)
        op.fail_alloc = {AllocKind::any, static_cast<std::uint16_t>(1 + failures_.below(most_allocations))};
}

// Lets the subject begin a batch of operations that it does not refuse, and performs it on the model. Returns how many
// there are.
std::size_t ConformCase::foretell(RandomOps& generator, std::uint64_t most) {
    Foretold batch;
    const World<Plain>& world = *model_.world();
    unsigned redrawn = 0;
    while (batch.ops.size() < most && !batch.fails) {
        Op<Plain> op = generator.next(world);
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
    if (answer.violations.empty() && foretold) return;
    abandon();
    report_.difference = result_difference();
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
