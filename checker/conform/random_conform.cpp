#include "checker/conform/random_conform.hpp"

#include "checker/conform/pair_run.hpp"
#include "checker/random/case.hpp"
#include "checker/random/random_parameters.hpp"
#include "checker/subject/model_subject.hpp"
#include "properties/observed/observed_properties.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vmacheck {
namespace {

// Operations that the subject refuses are drawn again, so many times in a row.
constexpr unsigned most_redrawn = 10'000;
// Cases in a row in which nothing was performed: there is nothing that the subject performs.
constexpr unsigned most_empty_cases = 20;

OpMix only_vmas(OpMix mix) {
    constexpr std::array drawn{OpKind::mmap, OpKind::munmap, OpKind::mprotect, OpKind::madvise};
    for (std::size_t i = 0; i < mix.times.size(); ++i)
        if (std::find(drawn.begin(), drawn.end(), static_cast<OpKind>(i)) == drawn.end()) mix.times.at(i) = 0;
    mix.times.at(static_cast<std::size_t>(OpKind::mmap)) = 2;
    mix.failures = 0;
    mix.processes = 1;
    return mix;
}

// What the model foretells of a batch.
struct Foretold {
    std::vector<Op<Plain>> ops;
    std::vector<SeenResult> results;
    std::vector<std::uint64_t> layouts;
    void clear() {
        ops.clear();
        results.clear();
        layouts.clear();
    }
};

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
        RandomOps generator(SplitMix64(plan.seed).next(), started_.parameters, plan.window);
        case_ops_.clear();
        abandoned_ = false;
        const std::uint64_t steps_before = result_.steps;
        std::size_t phase = 0;
        while (result_.steps - steps_before < options_.limits.case_steps && result_.steps < options_.ops &&
               !stopped()) {
            OpMix mix = plan.phases[phase++ % plan.phases.size()].mix;
            mix.vmas += at_start;
            generator.set_mix(options_.vma_only ? only_vmas(mix) : mix);
            const std::uint64_t most =
                std::min<std::uint64_t>({options_.batch, options_.ops - result_.steps,
                                         options_.limits.case_steps + steps_before - result_.steps});
            if (!foretell(generator, most)) break;
            try {
                if (!perform(number) || abandoned_) break;
            } catch (const SubjectLost& lost) {
                ++result_.lost_times;
                result_.lost = lost.what();
                return restart();
            }
            if (progress_) progress_({result_.steps, options_.ops, result_.differing == 0 ? "" : note()});
        }
        return true;
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
            result_.error = reason_of(subject_, *wrong);
            return false;
        }
        started_ = std::get<Setup>(std::move(start));
        if (const auto wrong = model_.reset(started_)) {
            result_.error = reason_of(model_, *wrong);
            return false;
        }
        return true;
    }

    // A lost subject is started again, and the run continues.
    bool restart() {
        auto start = subject_.start(started_);
        if (const auto* wrong = std::get_if<std::string>(&start)) {
            result_.lost += "; started again: " + *wrong;
            return false;
        }
        result_.lost.clear();
        return true;
    }

    // A batch of operations that the subject does not refuse, and what the model does. False: there is none.
    bool foretell(RandomOps& generator, std::uint64_t most) {
        batch_.clear();
        const World<Plain>& world = *model_.world();
        unsigned redrawn = 0;
        while (batch_.ops.size() < most) {
            Op<Plain> op = generator.next(world);
            if (auto why = subject_.refuses(op)) {
                ++result_.left_out[*std::move(why)];
                if (++redrawn == most_redrawn) break;
                continue;
            }
            redrawn = 0;
            Answer answer = model_.step(op);
            if (!answer.violations.empty()) {  // as one of its shipped bugs has it: the step was abandoned
                ++result_.left_out["the model ends the step with " + answer.violations.front().property];
                abandoned_ = true;
                break;
            }
            answer.seen.events.clear();
            result_.coverage.add(world, op);
            batch_.ops.push_back(op);
            batch_.results.push_back(std::move(answer.seen));
            batch_.layouts.push_back(info_.capabilities.layout_digests
                                         ? layout_digest_of(world, process_of(op), started_.parameters.task_size)
                                         : 0);
        }
        return !batch_.ops.empty();
    }

    // False: the case ends, since something differs.
    bool perform(std::uint64_t number) {
        const std::vector<Answer> answers = subject_.perform(batch_.ops, info_.capabilities.layout_digests);
        for (std::size_t i = 0; i < batch_.ops.size(); ++i) {
            if (i >= answers.size()) throw SubjectLost("gave fewer answers than there were operations");
            if (!answers[i].refusal.empty()) {
                ++result_.left_out[reason_of(subject_, answers[i].refusal)];
                return false;  // the model performed it
            }
            case_ops_.push_back(batch_.ops[i]);
            ++result_.steps;
            if (!agrees(i, answers[i])) return differs(number);
        }
        const Observation actual = subject_.observe({});
        const Comparison comparison = compare_observations(model_.observe({}), actual);
        result_.compared += comparison.compared;
        Report report;
        check_observation(actual, report);
        return (comparison.differences.empty() && report.empty()) || differs(number);
    }

    bool agrees(std::size_t i, const Answer& answer) {
        const Comparison comparison = compare_results(batch_.ops[i].kind, batch_.results[i], answer.seen);
        result_.compared += comparison.compared;
        if (!comparison.differences.empty() || !answer.violations.empty()) return false;
        if (!answer.layout) return true;
        ++result_.compared;
        return *answer.layout == batch_.layouts[i];
    }

    // Runs the operations of the case again, for the first that shows it. Always false: the case ends.
    bool differs(std::uint64_t number) {
        ++result_.differing;
        Broken broken = first_difference(started_, case_ops_, subject_);
        if (!broken) {
            ++result_.not_repeated;
            return false;
        }
        TraceHeader header(started_);
        header.seed = options_.seed;
        header.made_by = "conform";
        header.title = fmt::format("conform on {}, seed {}, case {}", info_.name, options_.seed, number);
        Finding finding = make_finding({"random", number, fmt::format("case {}", number)}, std::move(broken),
                                       std::move(header), case_ops_);
        finding.trace.header.expect.reset();
        found_(std::move(finding));
        return false;
    }

    Subject& subject_;
    const RandomConformOptions& options_;
    const OnDifference& found_;
    const OnProgress& progress_;
    SubjectInfo info_;
    ModelSubject model_;
    Setup started_;
    Foretold batch_;
    bool abandoned_ = false;  // the model cannot go beyond the batch
    std::vector<Op<Plain>> case_ops_;
    RandomConformResult result_;
};

}  // namespace

RandomConformResult random_conform(Subject& subject, const RandomConformOptions& options, const OnDifference& found,
                                   const OnProgress& progress) {
    return RandomConform(subject, options, found, progress).run();
}

}  // namespace vmacheck
