#include "checker/conform/found_differences.hpp"

#include "checker/conform/conform.hpp"
#include "checker/conform/drawn_limits.hpp"
#include "checker/conform/explaining_policies.hpp"
#include "checker/conform/pair_run.hpp"
#include "checker/conform/subject_differences.hpp"
#include "checker/run/minimise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace vmacheck {
namespace {

constexpr std::size_t most_runs = 1500;  // of the subject, for one difference

// Hexadecimal and decimal numbers become "#".
std::string without_numbers(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const bool in_word = i > 0 && std::isalpha(static_cast<unsigned char>(text[i - 1])) != 0;
        if (in_word || std::isdigit(static_cast<unsigned char>(text[i])) == 0) {
            out += text[i++];
            continue;
        }
        while (i < text.size() && (std::isxdigit(static_cast<unsigned char>(text[i])) != 0 || text[i] == 'x')) ++i;
        out += '#';
    }
    return out;
}

// After minimising, what leads to it counts too.
std::string minimal_kind_of(const Finding& finding) {
    std::string kind = kind_of(finding);
    for (const TraceStep& each : finding.trace.steps) kind.append(" ").append(name(each.op.kind));
    return kind;
}

// Another difference of the same kind: the shorter trace is kept.
void add_to(FoundDifference& known, FoundDifference&& found) {
    const std::uint64_t times = known.times + found.times;
    if (found.finding.trace.steps.size() < known.finding.trace.steps.size()) known = std::move(found);
    known.times = times;
}

// Without the limits that it does not need.
void drop_limits(Subject& subject, const std::atomic<bool>* stop, Finding& finding) {
    const auto still_broken = [&](const Parameters& parameters) {
        Trace fewer = finding.trace;
        fewer.header.parameters = parameters;
        const RunResult run = pair_runner(subject, fewer.header, 1, stop)(fewer);
        if (run.violations.empty() || run.violations.front().property != finding.property()) return false;
        finding.trace.header.parameters = parameters;
        return true;
    };
    for (bool changed = true; changed;) {
        changed = false;
        for (const Parameters& each : with_fewer_limits(finding.trace.header.parameters)) {
            if (stop != nullptr && *stop) return;
            if ((changed = still_broken(each))) break;
        }
    }
}

void minimise_on(Subject& subject, const std::atomic<bool>* stop, FoundDifference& found) {
    if (subject.hello().capabilities.takes_limits) drop_limits(subject, stop, found.finding);
    const TraceRunner runner = pair_runner(subject, found.finding.trace.header, most_runs, stop);
    if (auto smaller = minimise(found.finding.trace, runner, found.finding.property())) {
        const Origin origin = found.finding.origin;
        found.finding = std::move(smaller->finding);
        found.finding.trace.header.expect.reset();
        found.finding.origin = origin;
    }
    const bool stopped = stop != nullptr && *stop;
    if (!found.on_subject && !stopped) found.explained_by = explaining_policies(found.finding.trace, subject);
}

}  // namespace

std::string kind_of(const Finding& finding) {
    std::string kind = finding.key() + " " + without_numbers(finding.text());
    if (finding.trace.steps.empty()) return kind;
    // Of a kind the shortest trace alone is kept. So that one mistake does not hide another: a call that fails is not one
    // that succeeds, and a copy that leaves its source mapped is no move.
    const TraceStep& last = finding.trace.steps.back();
    if (last.seen.error && *last.seen.error != Errno::ok) kind.append(" ").append(name(*last.seen.error));
    if (last.op.kind == OpKind::mremap && (last.op.call_flags & mremap::dontunmap) != 0) kind.append(" DONTUNMAP");
    return kind;
}

void DifferenceCollector::add(Finding finding) {
    if (const SubjectDifference* known = known_subject_difference(finding)) {
        ++known_[std::string(known->name)];
        return;
    }
    std::string kind = kind_of(finding);
    const auto known = found_.find(kind);
    if (known == found_.end()) {
        if (found_.size() == most_) {
            ++not_kept_;
            return;
        }
        order_.push_back(kind);
        const bool on_subject = !is_difference(finding.property());
        found_.emplace(std::move(kind), FoundDifference{std::move(finding), 1, on_subject});
        return;
    }
    ++known->second.times;
    if (finding.trace.steps.size() < known->second.finding.trace.steps.size())
        known->second.finding = std::move(finding);
}

std::vector<FoundDifference> DifferenceCollector::as_found() const {
    std::vector<FoundDifference> all;
    for (const std::string& key : order_) all.push_back(found_.at(key));
    std::stable_partition(all.begin(), all.end(), [](const FoundDifference& each) { return each.on_subject; });
    return all;
}

std::vector<FoundDifference> DifferenceCollector::minimised(Subject& subject, std::string& lost) {
    std::vector<FoundDifference> all;
    std::map<std::string, std::size_t> place;
    for (FoundDifference found : as_found()) {
        try {
            if (lost.empty()) minimise_on(subject, stop_, found);
        } catch (const SubjectLost& error) {
            lost = error.what();
        }
        // A smaller trace may show that it is one.
        if (const SubjectDifference* known = known_subject_difference(found.finding)) {
            known_[std::string(known->name)] += found.times;
            continue;
        }
        const std::string kind = found.explained_by.empty() ? minimal_kind_of(found.finding)
                                                            : fmt::format("{}", fmt::join(found.explained_by, " "));
        const auto [same, first] = place.try_emplace(kind, all.size());
        if (first)
            all.push_back(std::move(found));
        else
            add_to(all[same->second], std::move(found));
    }
    return all;
}

}  // namespace vmacheck
