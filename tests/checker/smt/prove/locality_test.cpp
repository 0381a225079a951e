// Why a neighbourhood is enough: what random operations do in large Worlds, they do in the six VMAs around them cut out
// by themselves, and the path they take there is one of those that the proof enumerates.
#include "checker/random/random_ops.hpp"
#include "checker/smt/prove/neighbourhood.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace vmacheck::prove {
namespace {

// A neighbourhood with the numbers it was found with.
struct Found {
    Scenario scenario;
    std::vector<std::uint64_t> values;
};

unsigned number_of(AnonVmaId id) {
    return id ? id.index() + 1 : 0;
}

VmaSpec spec_of(const World<Plain>& world, const Vma<Plain>& vma) {
    VmaSpec spec;
    spec.flags = vma.flags;
    if (vma.file) spec.file = world[vma.file].spec;
    spec.special = vma.ops == VmOps::special;
    for (AvcId each = vma.chain_newest; each; each = world[each].older)
        spec.chain.push_back(number_of(world[each].anon_vma));
    spec.anon_vma = number_of(vma.anon_vma);
    if (vma.policy) spec.policy = world[vma.policy].content;
    spec.uffd = vma.uffd;
    return spec;
}

bool describable(const World<Plain>& world, const Vma<Plain>& vma) {
    const bool own_file = !vma.file || (world[vma.file].spec != 0 && world[vma.file].kind != FileKind::sysv_shm);
    return own_file && vma.ops != VmOps::vdso && (vma.ops != VmOps::special || !vma.file) &&
           (vma.flags & (vm::growsdown | vm::growsup | vm::hugetlb)) == 0 &&
           (!vma.file || world.parameters().files[world[vma.file].spec - 1u].granule == 1);
}

// A neighbourhood whose first path is that of these values.
class StartedFrom final : public PathProgram {
public:
    StartedFrom(Neighbourhood& neighbourhood, const std::vector<std::uint64_t>& values)
        : neighbourhood_(neighbourhood), values_(values) {}
    [[nodiscard]] std::vector<InputSpec> inputs() const override {
        std::vector<InputSpec> inputs = neighbourhood_.inputs();
        for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i].initial = values_.at(i);
        return inputs;
    }
    RunEnd run(const std::vector<std::uint64_t>& values, PathRecorder& recorder) override {
        return neighbourhood_.run(values, recorder);
    }

private:
    Neighbourhood& neighbourhood_;
    const std::vector<std::uint64_t>& values_;
};

// The VMA that the whole range of the operation lies in; none if there is none.
VmaId around(const World<Plain>& world, MmId mm, const Op<Plain>& op) {
    const std::uint64_t start = op.addr.page.value();
    const std::uint64_t end = op.kind == OpKind::split ? start + 1 : start + op.len.round_up().value();
    VmaId found;
    world.each_vma(mm, [&](VmaId id, const Vma<Plain>& vma) {
        if (vma.start.value() <= start && end <= vma.end.value() && start < end) found = id;
    });
    if (op.kind == OpKind::split && found && world[found].start.value() == start) return {};
    return found;
}

// Two VMAs below and three above. Nothing if the state cannot be described as a layout.
std::optional<Found> cut_out(const World<Plain>& world, MmId mm, const Op<Plain>& op) {
    const VmaId middle = around(world, mm, op);
    if (!middle) return std::nullopt;
    std::vector<VmaId> ids{middle};
    for (int i = 0; i < 2 && world[ids.front()].prev; ++i) ids.insert(ids.begin(), world[ids.front()].prev);
    const std::size_t first = static_cast<std::size_t>(std::find(ids.begin(), ids.end(), middle) - ids.begin());
    for (int i = 0; i < 3 && world[ids.back()].next; ++i) ids.push_back(world[ids.back()].next);
    Found found;
    Scenario& scenario = found.scenario;
    Parameters p = world.parameters();
    p.page_layer = false;
    scenario.name = "random";
    scenario.parameters = std::make_shared<const Parameters>(p);
    scenario.profile = &world.profile();
    scenario.op = op;
    scenario.op.process = 0;
    scenario.place = op.kind == OpKind::split ? Place::at_page : Place::inside;
    scenario.first = scenario.last = first;
    std::set<AnonVmaId> anon_vmas;
    std::uint64_t at = 0;
    for (const VmaId id : ids) {
        const Vma<Plain>& vma = world[id];
        if (!describable(world, vma)) return std::nullopt;
        scenario.vmas.push_back({{spec_of(world, vma)}});
        for (AvcId each = vma.chain_newest; each; each = world[each].older) anon_vmas.insert(world[each].anon_vma);
        found.values.push_back(vma.start.value() - at);
        found.values.push_back(vma.end.value() - vma.start.value());
        const VmaSpec& spec = scenario.vmas.back().alternatives.front();
        if (spec.file != 0 || spec.special || !spec.chain.empty() || (spec.flags & vm::may_share) != 0)
            found.values.push_back(vma.pgoff.value());
        at = vma.end.value();
    }
    for (const AnonVmaId each : anon_vmas) {
        const AnonVma& anon_vma = world[each];
        if (anon_vmas.count(anon_vma.root) == 0 || anon_vmas.count(anon_vma.parent) == 0) return std::nullopt;
        scenario.families.push_back({number_of(each), number_of(anon_vma.root), number_of(anon_vma.parent)});
    }
    found.values.push_back(op.addr.page.value() - world[middle].start.value());
    if (scenario.place == Place::inside) found.values.push_back(op.len.round_up().value());
    return found;
}

template <class D>
std::vector<Event> what_happened(const Outcome<D>& outcome) {
    std::vector<Event> events;
    for (const EventRecord& each : outcome.events)
        if (each.event <= Event::boundary_moved || changes_vma_count(each.event) || each.event == Event::flags_changed)
            events.push_back(each.event);
    return events;
}

std::vector<std::uint64_t> sorted(std::vector<std::uint64_t> signatures) {
    std::sort(signatures.begin(), signatures.end());
    return signatures;
}

bool one_step(const Op<Plain>& op) {
    if (op.fail_alloc.nth != 0 || !op.addr.aligned() || (op.prot & (prot::growsdown | prot::growsup)) != 0)
        return false;
    switch (op.kind) {
        case OpKind::mprotect:
        case OpKind::munmap:
        case OpKind::mbind:
        case OpKind::split: return true;
        case OpKind::mlock:
        case OpKind::munlock: return op.len.aligned();
        case OpKind::madvise: return !acts_on_pages(op.advice);
        default: return false;
    }
}

TEST(Locality, random_steps_do_the_same_in_their_neighbourhood_on_an_enumerated_path) {
    Parameters p = small_parameters();
    p.read_implies_exec = false;
    std::map<OpKind, int> looked_at;
    std::map<Event, int> seen;
    int begun_elsewhere = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        World<Plain> world(p, default_profile());
        RandomOps ops(seed, p, 40);
        for (int step = 0; step < 400; ++step) {
            const Op<Plain> op = ops.next(world);
            const MmId mm = world.process(op.process);
            std::optional<Found> found;
            if (mm && one_step(op)) found = cut_out(world, mm, op);
            const Outcome<Plain>& outcome = world.apply(op);
            const std::vector<Event> events = what_happened(outcome);
            if (!found || !outcome.ok() || (events.empty() && step % 8 != 0) || looked_at[op.kind] >= 25) continue;
            ++looked_at[op.kind];
            for (const Event event : events) ++seen[event];
            SCOPED_TRACE(fmt::format("seed {} step {} {}", seed, step, name(op.kind)));
            Neighbourhood neighbourhood(found->scenario, {});
            neighbourhood.keep_outcome = true;
            PathRecorder recorder;
            RunEnd end;
            {
                const PathRecorder::Scope scope(recorder);
                end = neighbourhood.run(found->values, recorder);
            }
            EXPECT_TRUE(end.violations.empty()) << end.violations.front().text;
            EXPECT_EQ(what_happened(neighbourhood.outcome()), events);
            EXPECT_EQ(neighbourhood.outcome().error, outcome.error);
            neighbourhood.keep_outcome = false;
            StartedFrom program(neighbourhood, found->values);
            const PathSet set = enumerate_paths(program, {{}, true});
            EXPECT_FALSE(set.counterexample);
            EXPECT_EQ(std::count(set.signatures.begin(), set.signatures.end(), path_signature(recorder)), 1);
            // The step's own numbers were where the enumeration began. Begun anywhere else it comes there too.
            if (set.signatures.size() < 2 || step % 2 == 0) continue;
            StartedFrom elsewhere(neighbourhood, set.examples.back());
            const PathSet other = enumerate_paths(elsewhere, {{}, true});
            EXPECT_NE(other.signatures.front(), path_signature(recorder));
            EXPECT_EQ(sorted(other.signatures), sorted(set.signatures));
            ++begun_elsewhere;
        }
    }
    EXPECT_GT(begun_elsewhere, 25);
    for (const OpKind kind : {OpKind::mprotect, OpKind::munmap, OpKind::mbind, OpKind::split, OpKind::madvise})
        EXPECT_GE(looked_at[kind], 20) << name(kind);
    for (const Event event : {Event::merge_case_4, Event::merge_case_5, Event::merge_case_7, Event::merge_case_8,
                              Event::split_low, Event::split_high})
        EXPECT_GT(seen[event], 0) << name(event);
}

}  // namespace
}  // namespace vmacheck::prove
