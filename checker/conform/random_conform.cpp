#include "checker/conform/random_conform.hpp"

#include "checker/conform/pair_run.hpp"
#include "checker/random/case.hpp"
#include "checker/random/random_parameters.hpp"
#include "checker/subject/model_subject.hpp"
#include "properties/observed/observed_properties.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>

namespace vmacheck {
namespace {

// Operations that the subject refuses are drawn again, so many times in a row.
constexpr unsigned most_redrawn = 10'000;
// Cases in a row in which nothing was performed: there is nothing that the subject performs.
constexpr unsigned most_empty_cases = 20;
// Cases that break the same property as foretold, and are looked into.
constexpr unsigned most_looked_into = 16;
// Of the operations in which an allocation is to fail one in so many keeps that: a failure ends the case.
constexpr std::uint64_t kept_failures = 8;
// Numbers of allocations that are to fail.
constexpr std::uint64_t most_allocations = 12;

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

// What the model foretells of a batch.
struct Foretold {
    std::vector<Op<Plain>> ops;
    std::vector<SeenResult> results;
    std::vector<std::uint64_t> layouts;
    Observation after;
    bool last = false;   // the model cannot go beyond it
    bool fails = false;  // an allocation is to fail in its last operation, and the case may end there
};

// Batches that the subject performs while the model foretells the next one: with two it is never idle.
constexpr std::size_t most_begun = 2;

class RandomConform {
public:
    RandomConform(Subject& subject, const RandomConformOptions& options, const OnDifference& found,
                  const OnProgress& progress)
        : subject_(subject), options_(options), found_(found), progress_(progress), info_(subject.hello()) {}

    RandomConformResult run() {
        unsigned empty = 0;
        for (std::uint64_t number = 0; result_.steps < options_.ops; ++number) {
            const std::uint64_t before = result_.steps;
            if (stopped() || !run_case(number)) return std::move(result_);
            empty = result_.steps > before ? 0 : empty + 1;
            if (empty == most_empty_cases) {
                result_.ended = fmt::format("in {} cases no operation was performed", empty);
                return std::move(result_);
            }
        }
        result_.complete = true;
        return std::move(result_);
    }

private:
    [[nodiscard]] bool stopped() const { return options_.stop != nullptr && *options_.stop; }

    // False: the subject cannot be started, or not any more.
    bool run_case(std::uint64_t number) {
        const CasePlan plan = plan_case(options_.seed, number, options_.limits);
        if (!start(plan)) return false;
        ++result_.cases;
        std::size_t at_start = 0;
        for (const ProcessSpec& each : started_.layout) at_start += each.vmas.size();
        Parameters of_bytes = started_.parameters;  // a call names an offset in bytes, however wide page offsets are
        of_bytes.pgoff_bits = std::min(of_bytes.pgoff_bits, 64 - page_shift);
        RandomOps generator(SplitMix64(plan.seed).next(), of_bytes, plan.window);
        failures_ = SplitMix64(plan.seed + 1);
        case_ops_.clear();
        agreed_ = 0;
        begun_.clear();
        foretold_violations_.clear();
        case_differs_ = false;
        std::uint64_t planned = 0;  // operations of this case
        const std::uint64_t budget = std::min<std::uint64_t>(options_.limits.case_steps, options_.ops - result_.steps);
        std::size_t phase = 0;
        try {
            for (bool more = true; more || !begun_.empty();) {
                while (more && begun_.size() < most_begun && (begun_.empty() || !begun_.back().fails)) {
                    OpMix mix = plan.phases[phase++ % plan.phases.size()].mix;
                    mix.vmas += at_start;
                    generator.set_mix(options_.vma_only ? only_vmas(mix) : mix);
                    const std::uint64_t count =
                        foretell(generator, std::min<std::uint64_t>(options_.batch, budget - planned));
                    planned += count;
                    more = count > 0 && !begun_.back().last && planned < budget && !stopped();
                }
                if (begun_.empty() || !compare_first(number)) break;
                if (progress_) progress_({result_.steps, options_.ops, result_.differing == 0 ? "" : note()});
            }
            if (!case_differs_ && !subject_.end().empty())
                end_case(number, first_difference(started_, case_ops_, subject_));
        } catch (const SubjectLost& lost) {
            if (!continue_after(lost, number)) return false;
        }
        const bool can_continue = look_into_violations(number);
        if (case_differs_) ++result_.differing;
        return can_continue;
    }

    [[nodiscard]] std::string note() const {
        return fmt::format("{} of {} cases differ", result_.differing, result_.cases);
    }

    bool start(const CasePlan& plan) {
        Setup wanted = options_.setup;
        wanted.parameters = {};
        wanted.parameters.files = plan.parameters.files;
        auto start = subject_.start(wanted);
        if (auto* wrong = std::get_if<std::string>(&start)) {
            // Once it has been started, findings may be there already.
            (result_.cases == 0 ? result_.error : result_.lost) = reason_of(subject_, *wrong);
            return false;
        }
        started_ = std::get<Setup>(std::move(start));
        if (const auto wrong = model_.reset(started_)) {
            result_.error = reason_of(model_, *wrong);
            return false;
        }
        return true;
    }

    // A lost subject is started again, and the run continues. False: it cannot be started.
    bool continue_after(const SubjectLost& lost, std::uint64_t number) {
        ++result_.lost_times;
        std::vector<Op<Plain>> ops = case_ops_;
        for (const Foretold& each : begun_) ops.insert(ops.end(), each.ops.begin(), each.ops.end());
        begun_.clear();
        add_loss(result_.losses, lost, header_of(number), ops);
        auto start = subject_.start(started_);
        const auto* wrong = std::get_if<std::string>(&start);
        if (wrong != nullptr) result_.lost = fmt::format("{}; started again: {}", lost.what(), *wrong);
        return wrong == nullptr;
    }

    // A subject that can let one of its allocations fail counts them as its code makes them.
    void choose_failure(Op<Plain>& op) {
        if (op.fail_alloc.nth == 0 || !info_.capabilities.fails_own_allocations) return;
        op.fail_alloc = {};
        if (options_.failures && failures_.below(kept_failures) == 0)
            op.fail_alloc = {AllocKind::any, static_cast<std::uint16_t>(1 + failures_.below(most_allocations))};
    }

    // Lets the subject begin a batch of operations that it does not refuse, and performs it on the model. Returns how many
    // there are.
    std::size_t foretell(RandomOps& generator, std::uint64_t most) {
        Foretold batch;
        const World<Plain>& world = *model_.world();
        unsigned redrawn = 0;
        while (batch.ops.size() < most && !batch.fails) {
            Op<Plain> op = generator.next(world);
            choose_failure(op);
            if (auto why = subject_.refuses(op)) {
                ++result_.left_out[*std::move(why)];
                if (++redrawn == most_redrawn) break;
                continue;
            }
            redrawn = 0;
            batch.fails = op.fail_alloc.nth != 0 && info_.capabilities.fails_own_allocations;
            Answer answer = model_.step(batch.fails ? without_failure(op) : op);
            if (!answer.violations.empty()) {  // as one of its shipped bugs has it: the step was abandoned
                ++result_.left_out["the model ends the step with " + answer.violations.front().property];
                batch.last = true;
                break;
            }
            answer.seen.events.clear();
            if (!batch.fails) result_.coverage.add(world, op);
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

    [[nodiscard]] std::uint64_t digest_after(const Op<Plain>& op, const std::optional<std::uint64_t>& value) const {
        if (info_.capabilities.layouts == Layouts::none) return 0;
        const ByteRange near = info_.capabilities.layouts == Layouts::near ? near_to(op, value) : ByteRange{};
        return layout_digest_of(*model_.world(), process_of(op), near);
    }

    // Waits for the first batch that was begun. False: the case ends, since something differs.
    bool compare_first(std::uint64_t number) {
        const Subject::Performed seen = subject_.performed();
        const bool refused = !seen.answers.empty() && !seen.answers.back().refusal.empty();
        if (seen.answers.size() < begun_.front().ops.size() && !refused)
            throw SubjectLost("gave fewer answers than there were operations");
        const Foretold batch = std::move(begun_.front());
        begun_.pop_front();
        for (std::size_t i = 0; i < batch.ops.size(); ++i) {
            const Answer& answer = seen.answers[i];
            if (!answer.refusal.empty()) {
                ++result_.left_out[reason_of(subject_, answer.refusal)];
                abandon();
                return false;  // the model performed it
            }
            case_ops_.push_back(batch.ops[i]);
            ++result_.steps;
            if (answer.allocation_failed) {
                end_with_failure(number, answer, seen.after);
                return false;
            }
            if (!agrees(batch, i, answer)) {
                abandon();
                end_case(number, result_difference());
                return false;
            }
        }
        const Comparison comparison = compare_observations(batch.after, seen.after);
        result_.compared += comparison.compared;
        if (!comparison.differences.empty()) {
            abandon();
            end_case(number, first_difference_after(started_, case_ops_, agreed_, subject_));
            return false;
        }
        Report report;
        check_observation(seen.after, report);
        for (const Violation& each : report.violations())
            foretold_violations_.try_emplace(each.property, agreed_, case_ops_.size());
        agreed_ = case_ops_.size();
        return true;
    }

    void abandon() {
        subject_.abandon();
        begun_.clear();
    }

    // An allocation failed in the last operation.
    void end_with_failure(std::uint64_t number, const Answer& answer, const Observation& after) {
        ++result_.failures;
        Report report;
        check_observation(after, report);
        const bool foretold =
            std::all_of(report.violations().begin(), report.violations().end(),
                        [this](const Violation& each) { return foretold_violations_.count(each.property) != 0; });
        if (answer.violations.empty() && foretold) return;
        abandon();
        end_case(number, result_difference());
    }

    // The last operation gave another result or digest. An earlier one of the batch may have made a difference that only
    // a whole observation shows.
    RunResult result_difference() {
        const std::span<const Op<Plain>> before = std::span(case_ops_).first(case_ops_.size() - 1);
        if (before.size() > agreed_ && run_pair(started_, before, subject_))
            return first_difference_after(started_, before, agreed_, subject_);
        return run_pair(started_, case_ops_, subject_);
    }

    // The first operation of this case that breaks each of the properties. False: the subject cannot be started again.
    bool look_into_violations(std::uint64_t number) {
        const std::vector<Op<Plain>> ops = case_ops_;
        for (const auto& [property, between] : foretold_violations_) {
            if (++looked_into_[property] > most_looked_into) {
                case_differs_ = true;
                ++result_.further[property];
                continue;
            }
            case_ops_.assign(ops.begin(), ops.begin() + static_cast<std::ptrdiff_t>(between.second));
            try {
                end_case(number, first_difference_after(started_, case_ops_, between.first, subject_));
            } catch (const SubjectLost& lost) {
                if (!continue_after(lost, number)) return false;
            }
        }
        return true;
    }

    bool agrees(const Foretold& batch, std::size_t i, const Answer& answer) {
        const Comparison comparison = compare_results(batch.ops[i].kind, batch.results[i], answer.seen);
        result_.compared += comparison.compared;
        if (!comparison.differences.empty() || !answer.violations.empty()) return false;
        if (!answer.layout) return true;
        ++result_.compared;
        return *answer.layout == batch.layouts[i];
    }

    // `again`: what a second run of the operations showed.
    void end_case(std::uint64_t number, RunResult&& again) {
        case_differs_ = true;
        Broken broken = std::move(again);
        if (!broken) {
            ++result_.not_repeated;
            return;
        }
        Finding finding = make_finding({"random", number, fmt::format("case {}", number)}, std::move(broken),
                                       header_of(number), case_ops_);
        finding.trace.header.expect.reset();
        found_(std::move(finding));
    }

    [[nodiscard]] TraceHeader header_of(std::uint64_t number) const {
        TraceHeader header(started_);
        header.seed = options_.seed;
        header.made_by = "conform";
        header.title = fmt::format("conform on {}, seed {}, case {}", info_.name, options_.seed, number);
        return header;
    }

    Subject& subject_;
    const RandomConformOptions& options_;
    const OnDifference& found_;
    const OnProgress& progress_;
    SubjectInfo info_;
    ModelSubject model_;
    Setup started_;
    std::deque<Foretold> begun_;
    std::vector<Op<Plain>> case_ops_;
    std::size_t agreed_ = 0;  // so many of them, after which all that was shown agreed
    // Property: so many operations after which it held, and after which it did not.
    std::map<std::string, std::pair<std::size_t, std::size_t>> foretold_violations_;
    std::map<std::string, unsigned> looked_into_;
    SplitMix64 failures_{0};
    bool case_differs_ = false;
    RandomConformResult result_;
};

}  // namespace

void add_loss(std::vector<Loss>& losses, const SubjectLost& lost, TraceHeader header,
              const std::vector<Op<Plain>>& ops) {
    if (losses.size() == most_losses) return;
    Loss& loss = losses.emplace_back(Loss{lost.what(), {std::move(header), {}}, {}});
    for (const Op<Plain>& each : ops) loss.trace.steps.emplace_back().op = each;
}

RandomConformResult random_conform(Subject& subject, const RandomConformOptions& options, const OnDifference& found,
                                   const OnProgress& progress) {
    return RandomConform(subject, options, found, progress).run();
}

}  // namespace vmacheck
