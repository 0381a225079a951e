#include "checker/conform/subject_check.hpp"

#include "checker/conform/pair_run.hpp"
#include "checker/exhaustive/tour_steps.hpp"
#include "checker/subject/model_subject.hpp"

#include <fmt/format.h>

namespace vmacheck {
namespace {

class SubjectCheck {
public:
    SubjectCheck(Subject& subject, const SubjectCheckOptions& options, const OnProgress& progress)
        : subject_(subject),
          options_(options),
          progress_(progress),
          differences_(options.most_kinds, options.random.stop) {}

    SubjectCheckResult run() {
        result_.subject = subject_.hello();
        if (!first_start()) return std::move(result_);
        try {
            run_traces();
            for (const Scope& each : options_.scopes) run_tour(each);
            if (options_.random.ops > 0) run_random();
        } catch (const SubjectLost& lost) {
            result_.lost = lost.what();
        }
        result_.kinds_not_kept = differences_.kinds_not_kept();
        result_.found = result_.lost.empty() ? differences_.minimised(subject_, result_.lost) : differences_.as_found();
        result_.known = differences_.known();  // with those that minimising has shown to be known
        if (!result_.lost.empty()) result_.complete = false;
        return std::move(result_);
    }

private:
    bool first_start() {
        auto start = subject_.start(options_.random.setup);
        if (const auto* wrong = std::get_if<std::string>(&start)) {
            result_.error = reason_of(subject_, *wrong);
            return false;
        }
        result_.started = std::get<Setup>(std::move(start));
        return true;
    }

    [[nodiscard]] bool stopped() {
        const bool stop = options_.random.stop != nullptr && *options_.random.stop;
        if (stop) result_.complete = false;
        return stop;
    }

    // A trace says which files there are and where its VMAs lie; where and within which limits the subject's own address
    // space lies is the subject's. What the trace states of results is not looked at: the model may be another one.
    void run_traces() {
        SourceTotal& total = result_.sources.emplace_back(SourceTotal{"traces"});
        for (const Trace& each : options_.traces) {
            if (stopped()) return;
            // One with a starting layout was written here, or elsewhere: the subject must start so.
            Setup wanted = each.header.layout.empty() ? Setup() : Setup(each.header);
            wanted.profile = options_.random.setup.profile;
            wanted.faults = options_.random.setup.faults;
            wanted.shipped = options_.random.setup.shipped;
            wanted.parameters.files = each.header.parameters.files;
            std::vector<Op<Plain>> ops;
            for (const TraceStep& step : each.steps) ops.push_back(step.op);
            run_operations(wanted, ops, {"traces", total.traces, each.header.title}, total);
        }
    }

    void run_tour(const Scope& scope) {
        SourceTotal& total = result_.sources.emplace_back(SourceTotal{"tour of " + scope.name});
        std::uint64_t calls = 0;
        for (const SourceTotal& each : result_.sources) calls += each.name.starts_with("tour") ? each.steps : 0;
        if (calls >= options_.most_tour_calls || stopped()) return;
        if (!scope.setup.layout.empty()) {
            ++result_.left_out["a scope that has a starting layout"];
            return;
        }
        Setup wanted = options_.random.setup;
        wanted.parameters.files = scope.setup.parameters.files;
        for (const std::vector<Op<Plain>>& ops : tour_steps(scope, result_.started.parameters)) {
            if (stopped()) return;
            calls += ops.size();
            if (calls > options_.most_tour_calls) {
                ++result_.left_out["a part of a tour that is too long"];
                continue;
            }
            run_operations(wanted, ops, {"tour", total.traces, fmt::format("tour of scope {}", scope.name)}, total);
        }
    }

    [[nodiscard]] bool fails_own_allocations() const { return result_.subject.capabilities.fails_own_allocations; }

    // Those that the subject does not refuse.
    void run_operations(const Setup& wanted, const std::vector<Op<Plain>>& ops, Origin origin, SourceTotal& total) {
        auto start = subject_.start(wanted);
        if (const auto* wrong = std::get_if<std::string>(&start)) {
            ++result_.left_out[reason_of(subject_, *wrong)];
            return;
        }
        const Setup started = std::get<Setup>(std::move(start));
        if (!wanted.layout.empty() && !(started == wanted)) {
            ++result_.left_out["a trace that starts otherwise than the subject does"];
            return;
        }
        std::vector<Op<Plain>> performed;
        for (const Op<Plain>& each : ops) {
            if (auto why = subject_.refuses(each))
                ++result_.left_out[*std::move(why)];
            else if (each.fail_alloc.nth != 0 && !options_.random.failures)
                ++result_.left_out["no allocation is to fail"];
            else if (each.fail_alloc.nth != 0 && origin.engine == "tour" && fails_own_allocations())
                ++result_.left_out["an allocation of the model's that fails"];
            else
                performed.push_back(each);
        }
        if (performed.empty()) return;
        ++total.traces;
        EarlyEnd early;
        RunResult run;
        try {
            run = first_difference(started, performed, subject_, &early);
        } catch (const SubjectLost& lost) {
            continue_after(lost, started, performed, origin);
            return;
        }
        total.steps += run.step;
        result_.compared += run.step;
        if (!run) {
            count_the_rest(early, performed.size() - run.step);
            return;
        }
        Broken broken = std::move(run);
        ++total.differing;
        TraceHeader header = header_of(started, origin);
        Finding finding = make_finding(std::move(origin), std::move(broken), std::move(header), performed);
        finding.trace.header.expect.reset();
        differences_.add(std::move(finding));
    }

    [[nodiscard]] TraceHeader header_of(const Setup& started, const Origin& origin) const {
        TraceHeader header(started);
        header.made_by = "conform";
        header.title = fmt::format("conform on {}, {}", result_.subject.name, origin.unit);
        return header;
    }

    // Operations of a trace or tour after which the run ended, with nothing broken.
    void count_the_rest(const EarlyEnd& early, std::size_t rest) {
        result_.failures += early.allocation_failed ? 1 : 0;
        if (rest == 0) return;
        if (early.allocation_failed)
            result_.left_out["what follows an allocation that failed"] += rest;
        else if (!early.refusal.empty())
            result_.left_out["refused in its turn, and so is the rest: " + early.refusal] += rest;
        else
            ++result_.not_repeated;
    }

    // A lost subject is started again. Throws SubjectLost if that cannot be.
    void continue_after(const SubjectLost& lost, const Setup& started, const std::vector<Op<Plain>>& ops,
                        const Origin& origin) {
        ++result_.lost_times;
        add_loss(result_.losses, lost, header_of(started, origin), ops);
        auto start = subject_.start(started);
        if (const auto* wrong = std::get_if<std::string>(&start))
            throw SubjectLost(fmt::format("{}; started again: {}", lost.what(), *wrong));
    }

    void run_random() {
        const OnDifference found = [&](Finding&& finding) { differences_.add(std::move(finding)); };
        RandomConformResult random = random_conform(subject_, options_.random, found, progress_);
        result_.sources.push_back({"random", random.cases, random.steps, random.differing});
        result_.compared += random.compared;
        result_.not_repeated += random.not_repeated;
        result_.further = random.further;
        result_.failures += random.failures;
        result_.coverage.add(random.coverage);
        for (const auto& [why, count] : random.left_out) result_.left_out[why] += count;
        result_.lost = random.lost;
        result_.lost_times += random.lost_times;
        for (Loss& each : random.losses)
            if (result_.losses.size() < most_losses) result_.losses.push_back(std::move(each));
        result_.ended = random.ended;
        if (!random.error.empty()) result_.error = random.error;
        result_.complete = result_.complete && random.complete;
    }

    Subject& subject_;
    const SubjectCheckOptions& options_;
    const OnProgress& progress_;
    DifferenceCollector differences_;
    SubjectCheckResult result_;
};

}  // namespace

std::uint64_t SubjectCheckResult::steps() const {
    std::uint64_t sum = 0;
    for (const SourceTotal& each : sources) sum += each.steps;
    return sum;
}

Verdict SubjectCheckResult::verdict() const {
    if (!error.empty()) return Verdict::bad_input;
    const bool all_compared = complete && steps() > 0 && not_repeated == 0 && lost_times == 0 && kinds_not_kept == 0;
    Verdict verdict = all_compared ? Verdict::holds : Verdict::undecided;
    for (const FoundDifference& each : found) {
        if (each.on_subject) return Verdict::violated;
        verdict = Verdict::differs;
    }
    return verdict;
}

SubjectCheckResult check_subject(Subject& subject, const SubjectCheckOptions& options, const OnProgress& progress) {
    return SubjectCheck(subject, options, progress).run();
}

}  // namespace vmacheck
