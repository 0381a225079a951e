#include "checker/exhaustive/path_walk.hpp"

#include "checker/exhaustive/check_transition.hpp"
#include "checker/run/guarded.hpp"
#include "model/state/observe.hpp"
#include "model/state/world.hpp"
#include "properties/run/full_catalogue.hpp"
#include "properties/run/headline.hpp"
#include "traces/format/call_text.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace vmacheck {
namespace {

std::vector<OpenFile> files_of(const World<Plain>& world) {
    std::map<AddressSpaceId, std::vector<std::uint64_t>> cached;
    world.pool<PageId>().each([&](PageId, const Page<Plain>& page) {
        if (page.mapping) cached[page.mapping].push_back(page.index.value());
    });
    std::map<FileId, std::uint32_t> mapped;
    world.pool<VmaId>().each([&](VmaId, const Vma<Plain>& vma) {
        if (vma.file) ++mapped[vma.file];
    });
    std::vector<OpenFile> files;
    world.pool<FileId>().each([&](FileId id, const File<Plain>& file) {
        OpenFile& open = files.emplace_back();
        open.number = file.spec;
        open.kind = file.kind;
        open.descriptors = file.descriptors;
        open.vmas = mapped[id];
        if (const AddressSpace<Plain>* space = world.find(file.mapping)) {
            if (!space->endless) open.pages = space->size.value();
            open.cached = cached[file.mapping];
            std::sort(open.cached.begin(), open.cached.end());
        }
    });
    return files;
}

std::vector<std::vector<TableEntry>> tables_of(const World<Plain>& world) {
    std::vector<std::vector<TableEntry>> tables(max_processes);
    world.pool<PteId>().each([&](PteId, const Pte<Plain>& pte) {
        for (std::size_t slot = 0; slot < max_processes; ++slot) {
            if (!pte.mm || world.process(slot) != pte.mm) continue;
            const auto what = pte.swap   ? TableEntry::What::swapped
                              : pte.page ? TableEntry::What::page
                                         : TableEntry::What::zero_page;
            tables[slot].push_back({pte.address.value(), what, pte.writable, pte.dirty});
        }
    });
    for (auto& table : tables)
        std::sort(table.begin(), table.end(), [](const TableEntry& a, const TableEntry& b) { return a.page < b.page; });
    return tables;
}

}  // namespace

PathWalk::PathWalk(Scope scope, const Reduction& reduction)
    : scope_(std::move(scope)),
      ops_(scope_ops(scope_)),
      world_(starting_world(scope_)),
      checker_(make_full_checker()),
      form_(reduction) {
    world_->keep_history(true);
    guarded(report_, [&] { checker_->check_all(*world_, report_); });
    start_violations_ = report_.violations();
    start_key_ = key_now();
}

PathWalk::~PathWalk() = default;

std::vector<std::uint8_t> PathWalk::key_now() {
    if (!form_.take(*world_)) return {};
    const auto key = form_.key();
    return {key.begin(), key.end()};
}

std::vector<Violation> PathWalk::violations() const {
    return steps_.empty() ? start_violations_ : steps_.back().violations;
}

const std::vector<std::uint8_t>& PathWalk::key_after(std::size_t calls) const {
    return calls == 0 ? start_key_ : steps_[calls - 1].key;
}

// `position`: of the call in the path, from 1.
void PathWalk::take(std::uint32_t number, std::size_t position) {
    if (const std::vector<Violation> broken = violations(); !broken.empty())
        throw BadPath(fmt::format("path: it ends after {}, where {} is violated", plural(position - 1, "call"),
                                  broken.front().property));
    const Op<Plain>& op = ops_[number].op;
    if (!op_is_open(scope_, *world_, op))
        throw BadPath(fmt::format("path: call {} of it, number {}, cannot be made there: {}{}", position, number,
                                  op.process == 0 ? "" : fmt::format("process {}: ", op.process), call_text(op)));
    Step step;
    step.number = number;
    step.made.op = op;
    report_.clear();
    step.applied = check_transition(*world_, op, *checker_, form_, report_);
    step.violations = report_.violations();
    put_headline_first(step.violations);
    const Outcome<Plain>& outcome = world_->outcome();
    if (step.applied && outcome.violations.empty()) {
        step.made.seen.error = outcome.error;
        if (outcome.ok()) step.made.seen.value = outcome.value.value();
    }
    if (step.violations.empty()) step.key = key_now();
    steps_.push_back(std::move(step));
}

void PathWalk::go_to(const CallPath& path) {
    if (path.size() > most_calls)
        throw BadPath(fmt::format("path: it has {} calls; there can be {}", path.size(), most_calls));
    for (const std::uint32_t number : path)
        if (number >= ops_.size())
            throw BadPath(fmt::format("path: {} is no call of this scope; they are 0 to {}", number, ops_.size() - 1));
    std::size_t common = 0;
    while (common < std::min(path.size(), steps_.size()) && steps_[common].number == path[common]) ++common;
    for (; steps_.size() > common; steps_.pop_back())
        if (steps_.back().applied) world_->undo();
    for (std::size_t next = common; next < path.size(); ++next) take(path[next], next + 1);
}

TakenCall PathWalk::try_call(std::uint32_t number) {
    TakenCall call;
    call.number = number;
    report_.clear();
    const bool applied = check_transition(*world_, ops_[number].op, *checker_, form_, report_);
    call.violations = report_.violations();
    put_headline_first(call.violations);
    call.abandoned = !applied || !world_->outcome().violations.empty();
    if (!applied) return call;
    const Outcome<Plain>& outcome = world_->outcome();
    call.error = outcome.error;
    call.value = outcome.ok() ? outcome.value.value() : 0;
    call.came_about = ops_[number].counts(outcome);
    call.counts = call.came_about && (outcome.ok() || scope_.failing_calls);
    if (call.violations.empty()) {
        const std::vector<std::uint8_t> key = key_now();
        const std::size_t made = steps_.size();
        if (key == key_after(made)) call.leads = LeadsTo::here;
        for (std::size_t calls = 0; calls < made && call.leads == LeadsTo::elsewhere; ++calls) {
            if (key != key_after(calls)) continue;
            call.leads = LeadsTo::seen;
            call.seen_after = calls;
        }
    }
    world_->undo();
    return call;
}

PathState PathWalk::state(const CallPath& path) {
    go_to(path);
    PathState state;
    state.path = path;
    state.violations = violations();
    AnonNumbers numbers;
    state.seen = observe(*world_, numbers);
    state.files = files_of(*world_);
    state.tables = tables_of(*world_);
    state.digest = world_->digest();
    if (!state.violations.empty()) return state;
    for (std::size_t calls = 0; calls < steps_.size() && !state.same_after; ++calls)
        if (key_after(calls) == key_after(steps_.size())) state.same_after = calls;
    for (std::uint32_t number = 0; number < ops_.size(); ++number)
        if (op_is_open(scope_, *world_, ops_[number].op))
            state.calls.push_back(try_call(number));
        else
            ++state.closed;
    return state;
}

Trace PathWalk::trace(const CallPath& path) {
    go_to(path);
    Trace trace;
    trace.header = TraceHeader(scope_.setup);
    trace.header.made_by = "explore";
    trace.header.title = fmt::format("scope {}, {}: {}", scope_.name, plural(scope_.pages, "page"),
                                     path.empty() ? "the starting state" : plural(path.size(), "call"));
    for (const Step& each : steps_) trace.steps.push_back(each.made);
    if (const std::vector<Violation> broken = violations();
        !broken.empty() && broken.front().property != internal_assertion_name)
        trace.header.expect = Expectation{true, broken.front().property};
    return trace;
}

}  // namespace vmacheck
