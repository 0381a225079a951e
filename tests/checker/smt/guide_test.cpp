// Guided exploration: repeats byte for byte, keeps its budgets, turns decisions around exactly, and finds bugs that
// need an exact offset or size, which chance hardly meets.
#include "checker/smt/guide.hpp"

#include "checker/random/random_parameters.hpp"
#include "checker/run/finding.hpp"
#include "checker/run/model_runner.hpp"
#include "checker/smt/concolic_case.hpp"
#include "model/faults/fault_table.hpp"
#include "traces/format/writer.hpp"

#include <gtest/gtest.h>

#include <set>

namespace vmacheck::smt {
namespace {

GuideOptions small(std::uint64_t ops) {
    GuideOptions options;
    options.ops = ops;
    return options;
}

TEST(Guide, repeats_byte_for_byte) {
    const GuideResult first = run_guide(small(8000));
    const GuideResult second = run_guide(small(8000));
    EXPECT_EQ(first.digest, second.digest);
    EXPECT_EQ(first.coverage, second.coverage);
    EXPECT_EQ(first.solver.units, second.solver.units);
    GuideOptions other = small(8000);
    other.session = 1;
    EXPECT_NE(run_guide(other).digest, first.digest);
    EXPECT_GT(first.solved, 100u);
    EXPECT_GT(first.traced, 0u);
    EXPECT_EQ(first.untraceable, 0u);
}

TEST(Guide, keeps_its_budgets) {
    EXPECT_LT(run_guide(small(3000)).steps, 3000u + 30);
    GuideOptions options = small(1'000'000);
    options.units = 200'000;
    const GuideResult result = run_guide(options);
    EXPECT_LT(result.steps, 1'000'000u);
    EXPECT_GE(result.solver.units, options.units);
    EXPECT_FALSE(result.found);
}

// Each neighbour takes the path of the trace up to one decision, and there the other side.
TEST(Guide, a_neighbour_decides_differently_at_one_place) {
    const Parameters parameters = small_parameters();
    World<Plain> world(parameters, default_profile());
    RandomOps generator(5, parameters, 30);
    std::vector<Op<Plain>> ops;
    for (int i = 0; i < 8; ++i) {
        ops.push_back(generator.next(world));
        world.apply(ops.back());
    }
    const World<Traced> start(parameters, default_profile());
    const ConcolicCase traced(start, ops);
    ASSERT_TRUE(traced.traceable());
    Solver solver;
    const auto neighbours = traced.negate_branches(solver, [](const ConcolicCase::Decision&) { return true; });
    ASSERT_GT(neighbours.size(), 20u);
    EXPECT_EQ(solver.inputs(), 0u);
    for (const ConcolicCase::NegatedBranch& each : neighbours) {
        const ConcolicCase other(start, each.ops);
        const auto& constraints = traced.constraints();
        const auto& others = other.constraints();
        ASSERT_GT(others.size(), each.decision.position);
        for (std::size_t i = 0; i < each.decision.position; ++i) {
            ASSERT_EQ(others[i].relation, constraints[i].relation);
            ASSERT_EQ(others[i].form, constraints[i].form);
        }
        const Constraint turned = negation(constraints[each.decision.position]);
        const Constraint& seen = others[each.decision.position];
        // A difference out of range is recorded as what it should have been.
        if (turned.relation == seen.relation) {
            EXPECT_EQ(seen.form, turned.form);
        }
        EXPECT_TRUE(turned.relation == seen.relation || other.traceable() == false);
    }
}

Op<Plain> map_pages(std::uint64_t page, std::uint64_t pages, std::uint16_t file) {
    Op<Plain> op;
    op.kind = OpKind::mmap;
    op.addr = Bytes<Plain>::pages(page);
    op.len = Bytes<Plain>::pages(pages);
    op.prot = prot::read | prot::write;
    op.flags = map::private_ | map::fixed | (file == 0 ? map::anonymous : 0);
    op.file = file;
    return op;
}

// A trace that holds, and the properties that some neighbour of it breaks.
std::set<std::string> broken_by_neighbours(const TraceHeader& header, const std::vector<Op<Plain>>& ops) {
    FaultSet faults;
    for (const std::string& each : header.faults) faults.add(*fault_named(each));
    const ConcolicCase traced(World<Traced>(header.parameters, default_profile(), faults), ops);
    const TraceRunner subject = model_runner();
    const auto run = [&](const std::vector<Op<Plain>>& performed) {
        Trace trace{header, {}};
        for (const Op<Plain>& each : performed) trace.steps.emplace_back().op = each;
        return subject(trace);
    };
    EXPECT_TRUE(run(ops).violations.empty());
    std::set<std::string> broken;
    Solver solver;
    for (const auto& each : traced.negate_branches(solver, [](const ConcolicCase::Decision&) { return true; }))
        for (const Violation& violation : run(each.ops).violations) broken.insert(violation.property);
    return broken;
}

// A VMA of 2^32 pages: among 2^51 sizes chance takes small ones. Without the bug no neighbour breaks anything.
TEST(Guide, finds_the_size_that_a_width_cannot_hold) {
    TraceHeader header;
    header.parameters.overcommit_mode = 1;
    Op<Plain> fork;
    fork.kind = OpKind::fork;
    const std::vector<Op<Plain>> ops{map_pages(20, 3, 0), fork};
    EXPECT_TRUE(broken_by_neighbours(header, ops).empty());
    header.faults = {"fork-charge-width"};
    EXPECT_EQ(broken_by_neighbours(header, ops), (std::set<std::string>{"committed"}));
}

TEST(Guide, finds_the_counts_that_an_int_cannot_hold) {
    TraceHeader header;
    header.parameters.overcommit_mode = 1;
    Op<Plain> lock;
    lock.kind = OpKind::mlock;
    lock.addr = Bytes<Plain>::pages(20);
    lock.len = Bytes<Plain>::pages(3);
    lock.call_flags = mlock::onfault;
    EXPECT_TRUE(broken_by_neighbours(header, {map_pages(20, 3, 0), lock}).empty());
    Op<Plain> grow;
    grow.kind = OpKind::mremap;
    grow.addr = Bytes<Plain>::pages(20);
    grow.len = Bytes<Plain>::pages(3);
    grow.new_len = Bytes<Plain>::pages(4);
    EXPECT_TRUE(broken_by_neighbours(header, {map_pages(20, 3, 0), grow}).empty());
    header.faults = {"mlock-count-width"};
    EXPECT_EQ(broken_by_neighbours(header, {map_pages(20, 3, 0), lock}).count("locked-vm"), 1u);
    header.faults = {"mremap-growth-width"};
    EXPECT_EQ(broken_by_neighbours(header, {map_pages(20, 3, 0), grow}).count("total-vm"), 1u);
}

// An offset that continues by a wrong sum alone.
TEST(Guide, finds_the_offset_that_a_wrong_sum_takes_for_the_next) {
    TraceHeader header;
    header.parameters.files = {FileSpec{}};
    Op<Plain> mbind;
    mbind.kind = OpKind::mbind;
    mbind.addr = Bytes<Plain>::pages(20);
    mbind.len = Bytes<Plain>::pages(3);
    mbind.policy = 1;
    Op<Plain> second = map_pages(22, 1, 1);
    second.offset = Bytes<Plain>::pages(9);
    const std::vector<Op<Plain>> ops{map_pages(20, 2, 1), second, mbind};
    EXPECT_TRUE(broken_by_neighbours(header, ops).empty());
    header.faults = {"mbind-pgoff"};
    EXPECT_EQ(broken_by_neighbours(header, ops).count("page-map"), 1u);
}

// A trace of the engine itself: found, told with all that repeats it, and not there without the bug.
TEST(Guide, a_finding_is_a_trace_that_breaks_the_property_again) {
    GuideOptions options = small(60'000);
    options.setup.faults = {"uffd-remap-neighbour"};
    const GuideResult guided = run_guide(options);
    ASSERT_TRUE(guided.found);
    const RunResult again = model_runner()(guided.found->trace);
    EXPECT_NE(again.find(guided.found->property()), nullptr) << write_trace(guided.found->trace);
    options.setup.faults.clear();
    options.ops = guided.steps + 1;
    EXPECT_FALSE(run_guide(options).found);
}

}  // namespace
}  // namespace vmacheck::smt
