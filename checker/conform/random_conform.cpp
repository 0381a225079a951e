#include "checker/conform/random_conform.hpp"

#include "checker/conform/conform_case.hpp"
#include "checker/conform/pair_run.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck {
namespace {

// Cases in a row in which nothing was performed: there is nothing that the subject performs.
constexpr unsigned most_empty_cases = 20;
// Cases that break the same property as foretold, and are looked into.
constexpr unsigned most_looked_into = 16;

class RandomConform {
public:
    RandomConform(SubjectPool& subjects, const RandomConformOptions& options, const OnDifference& found,
                  const OnProgress& progress)
        : subjects_(subjects),
          options_(options),
          found_(found),
          progress_(progress),
          name_(subjects.first().hello().name),
          left_(options.ops) {}

    RandomConformResult run() {
        if (options_.ops == 0) return std::move(result_);
        const auto perform = [this](Subject& subject, std::uint64_t number) {
            return ConformCase(subject, options_, [this](std::size_t ops) { performed_ += ops; })
                .run(number, budget_of_next());
        };
        const auto merge = [this](CaseReport&& report) { return add(number_++, std::move(report)); };
        subjects_.in_order(~std::uint64_t{0}, perform, merge, [this] { show_progress(); });
        return std::move(result_);
    }

private:
    [[nodiscard]] bool stopped() const { return options_.stop != nullptr && *options_.stop; }

    // Where several subjects work it may turn out to be too much.
    [[nodiscard]] std::uint64_t budget_of_next() const {
        return std::min<std::uint64_t>(options_.limits.case_steps, left_);
    }

    void show_progress() {
        const std::string note =
            result_.differing == 0 ? "" : fmt::format("{} of {} cases differ", result_.differing, result_.cases);
        if (progress_) progress_({std::min<std::uint64_t>(performed_, options_.ops), options_.ops, note});
    }

    // What came of a case, after those before it. False: it is the last.
    bool add(std::uint64_t number, CaseReport&& report) {
        if (report.planned > budget_of_next())
            report = ConformCase(subjects_.first(), options_).run(number, budget_of_next());
        if (!report.error.empty()) result_.error = report.error;
        if (!report.began) {
            // Once it has been started, findings may be there already.
            if (report.error.empty()) (result_.cases == 0 ? result_.error : result_.lost) = report.lost;
            return false;
        }
        ++result_.cases;
        result_.steps += report.ops.size();
        result_.compared += report.compared;
        result_.failures += report.allocation_failed ? 1 : 0;
        result_.coverage.add(report.coverage);
        for (const auto& [why, count] : report.left_out) result_.left_out[why] += count;
        left_ = options_.ops - std::min(options_.ops, result_.steps);  // those after a failure are not of the budget
        bool differs = report.difference.has_value();
        if (report.loss) keep_loss(number, report);
        if (report.difference) end_case(number, report, *std::move(report.difference), report.ops.size());
        bool can_continue = report.lost.empty();
        if (!can_continue) result_.lost = report.lost;
        if (can_continue) can_continue = look_into_violations(number, report, differs);
        if (differs) ++result_.differing;
        show_progress();
        return can_continue && !ends(report.ops.empty());
    }

    bool ends(bool was_empty) {
        empty_ = was_empty ? empty_ + 1 : 0;
        result_.complete = left_ == 0;
        if (empty_ == most_empty_cases) result_.ended = fmt::format("in {} cases no operation was performed", empty_);
        return result_.complete || !result_.ended.empty() || stopped();
    }

    void keep_loss(std::uint64_t number, const CaseReport& report) {
        ++result_.lost_times;
        std::vector<Op<Plain>> ops = report.ops;
        ops.insert(ops.end(), report.begun.begin(), report.begun.end());
        add_loss(result_.losses, *report.loss, header_of(number, report), ops);
    }

    // The first operation of this case that breaks each of the properties. False: the subject cannot be started again.
    bool look_into_violations(std::uint64_t number, const CaseReport& report, bool& differs) {
        for (const auto& [property, between] : report.foretold_violations) {
            differs = true;
            if (++looked_into_[property] > most_looked_into) {
                ++result_.further[property];
                continue;
            }
            const std::span<const Op<Plain>> ops = std::span(report.ops).first(between.second);
            Subject& subject = subjects_.first();
            try {
                end_case(number, report, first_difference_after(report.started, ops, between.first, subject),
                         between.second);
            } catch (const SubjectLost& loss) {
                CaseReport lost = report;
                lost.loss = loss;
                lost.ops.resize(between.second);
                lost.begun.clear();
                keep_loss(number, lost);
                auto start = subject.start(report.started);
                if (const auto* wrong = std::get_if<std::string>(&start)) {
                    result_.lost = fmt::format("{}; started again: {}", loss.what(), *wrong);
                    return false;
                }
            }
        }
        return true;
    }

    // `again`: what a second run of its first `count` operations showed.
    void end_case(std::uint64_t number, const CaseReport& report, RunResult&& again, std::size_t count) {
        const SeenResult last = again.results.empty() ? SeenResult() : again.results.back();
        Broken broken = std::move(again);
        if (!broken) {
            ++result_.not_repeated;
            return;
        }
        std::vector<Op<Plain>> ops = report.ops;
        ops.resize(count);
        Finding finding = make_finding({"random", number, fmt::format("case {}", number)}, std::move(broken),
                                       header_of(number, report), ops);
        finding.trace.header.expect.reset();
        if (!finding.trace.steps.empty()) finding.trace.steps.back().seen = last;
        found_(std::move(finding));
    }

    [[nodiscard]] TraceHeader header_of(std::uint64_t number, const CaseReport& report) const {
        TraceHeader header(report.started);
        header.seed = options_.seed;
        header.made_by = "conform";
        header.title = fmt::format("conform on {}, seed {}, case {}", name_, options_.seed, number);
        return header;
    }

    SubjectPool& subjects_;
    const RandomConformOptions& options_;
    const OnDifference& found_;
    const OnProgress& progress_;
    std::string name_;                 // of the subject
    std::atomic<std::uint64_t> left_;  // of the budget, after the cases that were added
    std::atomic<std::uint64_t> performed_{0};
    std::uint64_t number_ = 0;  // of the next case to be added
    unsigned empty_ = 0;        // cases in a row in which nothing was performed
    std::map<std::string, unsigned> looked_into_;
    RandomConformResult result_;
};

}  // namespace

void add_loss(std::vector<Loss>& losses, const SubjectLost& lost, TraceHeader header,
              const std::vector<Op<Plain>>& ops) {
    if (losses.size() == most_losses) return;
    Loss& loss = losses.emplace_back(Loss{lost.what(), {std::move(header), {}}, {}});
    for (const Op<Plain>& each : ops) loss.trace.steps.emplace_back().op = each;
}

RandomConformResult random_conform(SubjectPool& subjects, const RandomConformOptions& options,
                                   const OnDifference& found, const OnProgress& progress) {
    return RandomConform(subjects, options, found, progress).run();
}

RandomConformResult random_conform(Subject& subject, const RandomConformOptions& options, const OnDifference& found,
                                   const OnProgress& progress) {
    SubjectPool only(subject);
    return random_conform(only, options, found, progress);
}

}  // namespace vmacheck
