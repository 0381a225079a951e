#include "checker/conform/subject_check.hpp"

#include "checker/conform/drawn_limits.hpp"
#include "checker/conform/pair_run.hpp"
#include "checker/exhaustive/tour_steps.hpp"
#include "checker/subject/model_subject.hpp"

#include <fmt/format.h>

namespace vmacheck {
namespace {

// Operations of a trace or of a tour, on a fresh subject.
struct Unit {
    Setup wanted;
    std::vector<Op<Plain>> ops;
    Origin origin;
};

// What came of them.
struct UnitReport {
    Setup started;
    std::vector<Op<Plain>> performed;  // those that the subject does not refuse
    LeftOut left_out;
    RunResult run;
    EarlyEnd early;
    std::optional<SubjectLost> loss;
    std::string gone;  // why the lost subject cannot be started again
};

class SubjectCheck {
public:
    SubjectCheck(SubjectPool& subjects, const SubjectCheckOptions& options, const OnProgress& progress)
        : subjects_(subjects),
          options_(options),
          progress_(progress),
          differences_(options.most_kinds, options.random.stop) {}

    SubjectCheckResult run() {
        Subject& first = subjects_.first();
        result_.subject = first.hello();
        if (!first_start()) return std::move(result_);
        try {
            run_traces();
            for (const Scope& each : options_.scopes) run_tour(each);
            if (options_.random.ops > 0) run_random();
        } catch (const SubjectLost& lost) {
            result_.lost = lost.what();
        }
        result_.kinds_not_kept = differences_.kinds_not_kept();
        result_.found = result_.lost.empty() ? differences_.minimised(first, result_.lost) : differences_.as_found();
        result_.known = differences_.known();  // with those that minimising has shown to be known
        if (!result_.lost.empty()) result_.complete = false;
        return std::move(result_);
    }

private:
    bool first_start() {
        auto start = subjects_.first().start(options_.random.setup);
        if (const auto* wrong = std::get_if<std::string>(&start)) {
            result_.error = reason_of(subjects_.first(), *wrong);
            return false;
        }
        result_.started = std::get<Setup>(std::move(start));
        return true;
    }

    [[nodiscard]] bool stopped() const { return options_.random.stop != nullptr && *options_.random.stop; }

    // A trace says which files there are and where its VMAs lie; where and within which limits the subject's own address
    // space lies is the subject's. What the trace states of results is not looked at: the model may be another one.
    void run_traces() {
        std::vector<Unit> units;
        for (const Trace& each : options_.traces) {
            // One with a starting layout was written here, or elsewhere: the subject must start so.
            Unit& unit = units.emplace_back();
            if (!each.header.layout.empty()) unit.wanted = Setup(each.header);
            unit.wanted.profile = options_.random.setup.profile;
            unit.wanted.faults = options_.random.setup.faults;
            unit.wanted.shipped = options_.random.setup.shipped;
            if (result_.subject.capabilities.takes_limits && each.header.layout.empty())
                unit.wanted.parameters = limits_of(each.header.parameters);
            unit.wanted.parameters.files = each.header.parameters.files;
            for (const TraceStep& step : each.steps) unit.ops.push_back(step.op);
            unit.origin = {"traces", units.size() - 1, each.header.title};
        }
        run_units(units, result_.sources.emplace_back(SourceTotal{"traces"}));
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
        std::vector<Unit> units;
        for (std::vector<Op<Plain>>& ops : tour_steps(scope, result_.started.parameters)) {
            calls += ops.size();
            if (calls > options_.most_tour_calls)
                ++result_.left_out["a part of a tour that is too long"];
            else
                units.push_back(
                    {wanted, std::move(ops), {"tour", units.size(), fmt::format("tour of scope {}", scope.name)}});
        }
        run_units(units, total);
    }

    void run_units(const std::vector<Unit>& units, SourceTotal& total) {
        std::size_t next = 0;
        const auto perform = [&](Subject& subject, std::uint64_t number) { return report_of(units[number], subject); };
        const auto merge = [&](UnitReport&& report) {
            add(units[next++], std::move(report), total);
            return !stopped();
        };
        subjects_.in_order(stopped() ? 0 : units.size(), perform, merge);
        if (next < units.size()) result_.complete = false;
    }

    [[nodiscard]] UnitReport report_of(const Unit& unit, Subject& subject) const {
        UnitReport report;
        auto start = subject.start(unit.wanted);
        if (const auto* wrong = std::get_if<std::string>(&start)) {
            ++report.left_out[reason_of(subject, *wrong)];
            return report;
        }
        report.started = std::get<Setup>(std::move(start));
        if (!unit.wanted.layout.empty() && !(report.started == unit.wanted)) {
            ++report.left_out["a trace that starts otherwise than the subject does"];
            return report;
        }
        choose_operations(unit, subject, report);
        if (report.performed.empty()) return report;
        try {
            report.run = first_difference(report.started, report.performed, subject, &report.early);
        } catch (const SubjectLost& loss) {
            report.loss = loss;
            auto again = subject.start(report.started);
            if (auto* wrong = std::get_if<std::string>(&again)) report.gone = std::move(*wrong);
        }
        return report;
    }

    void choose_operations(const Unit& unit, const Subject& subject, UnitReport& report) const {
        for (const Op<Plain>& each : unit.ops) {
            if (auto why = subject.refuses(each))
                ++report.left_out[*std::move(why)];
            else if (each.fail_alloc.nth != 0 && !options_.random.failures)
                ++report.left_out["no allocation is to fail"];
            else if (each.fail_alloc.nth != 0 && unit.origin.engine == "tour" && fails_own_allocations())
                ++report.left_out["an allocation of the model's that fails"];
            else
                report.performed.push_back(each);
        }
    }

    [[nodiscard]] bool fails_own_allocations() const { return result_.subject.capabilities.fails_own_allocations; }

    // Throws SubjectLost where the subject is gone.
    void add(const Unit& unit, UnitReport&& report, SourceTotal& total) {
        for (const auto& [why, count] : report.left_out) result_.left_out[why] += count;
        if (report.performed.empty()) return;
        ++total.traces;
        if (report.loss) {
            ++result_.lost_times;
            add_loss(result_.losses, *report.loss, header_of(report.started, unit.origin), report.performed);
            if (report.gone.empty()) return;
            throw SubjectLost(fmt::format("{}; started again: {}", report.loss->what(), report.gone));
        }
        total.steps += report.run.step;
        result_.compared += report.run.step;
        if (!report.run) {
            count_the_rest(report.early, report.performed.size() - report.run.step);
            return;
        }
        ++total.differing;
        const SeenResult last = report.run.results.empty() ? SeenResult() : report.run.results.back();
        Broken broken = std::move(report.run);
        Finding finding =
            make_finding(unit.origin, std::move(broken), header_of(report.started, unit.origin), report.performed);
        finding.trace.header.expect.reset();
        if (!finding.trace.steps.empty()) finding.trace.steps.back().seen = last;
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

    void run_random() {
        const OnDifference found = [&](Finding&& finding) { differences_.add(std::move(finding)); };
        RandomConformResult random = random_conform(subjects_, options_.random, found, progress_);
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

    SubjectPool& subjects_;
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

SubjectCheckResult check_subject(SubjectPool& subjects, const SubjectCheckOptions& options,
                                 const OnProgress& progress) {
    return SubjectCheck(subjects, options, progress).run();
}

SubjectCheckResult check_subject(Subject& subject, const SubjectCheckOptions& options, const OnProgress& progress) {
    SubjectPool only(subject);
    return check_subject(only, options, progress);
}

}  // namespace vmacheck
