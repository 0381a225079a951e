// A start state of a proof: up to six VMAs next to each other, of fixed attributes, whose gaps, lengths and page
// offsets are symbolic, and an operation whose arguments are.
//
// Attributes of a VMA may stay open: there is a list of what it may be, and the first of them stands in until a merge
// predicate looks at the VMA. Then the run is cut, and repeated for each entry of the list (settle()). An attribute that is
// never read is never multiplied.
//
// The World is built from concrete numbers, as any described state; then the numbers are replaced by symbolic ones with
// the same values. The order that interval trees were built in is recorded as decisions, so that every order is a path.
#pragma once

#include "checker/smt/prove/enumerate.hpp"
#include "checker/smt/prove/tree_shapes.hpp"
#include "model/state/build.hpp"
#include "properties/run/catalogue.hpp"
#include "traces/format/trace.hpp"

#include <memory>
#include <string>
#include <vector>

namespace vmacheck::prove {

// How the operation lies to the VMAs.
enum class Place : std::uint8_t {
    inside,   // addr and len: a range within VMA `first`
    at_page,  // addr: a page boundary strictly inside VMA `first`
    across,   // addr and len: begins in VMA `first`, ends in VMA `last`
    hole,     // addr and len: within the gap below VMA `first`; as many as there are VMAs: above the last
    brk,      // the break before, and addr, the break wanted: anywhere
    search,   // len alone: the kernel is to choose
    stack,    // addr: where the stack of a new program ends, anywhere
};

// One VMA: the first alternative, or any of them while it is open. Numbers in the specs are ignored.
struct Neighbour {
    std::vector<VmaSpec> alternatives;
};

struct Scenario {
    std::string name;
    std::shared_ptr<const Parameters> parameters;
    const Profile* profile = nullptr;
    FaultSet faults;
    std::vector<Neighbour> vmas;
    std::vector<AnonVmaSpec> families;
    Op<Plain> op;
    Place place = Place::inside;
    std::size_t first = 0;
    std::size_t last = 0;
    // A write to a page anywhere in this VMA goes before, so that a page is present.
    std::optional<std::size_t> touched;
    // The shape of mm_rb; otherwise that of a tree that was filled upwards.
    std::optional<TreeShape> shape;
    // The request to vma_merge: the range is to have these attributes. Only for merge_table().
    VmaSpec wanted;
};

// VMA `vma` is its alternative `which`.
struct Settled {
    std::size_t vma;
    std::size_t which;
};

class Neighbourhood final : public PathProgram {
public:
    Neighbourhood(const Scenario& scenario, std::vector<Settled> settled);

    [[nodiscard]] std::vector<InputSpec> inputs() const override { return inputs_; }
    RunEnd run(const std::vector<std::uint64_t>& values, PathRecorder& recorder) override;

    // The open VMAs that runs read first, beyond those settled; in order.
    [[nodiscard]] const std::vector<std::size_t>& asked() const { return asked_; }
    // The start state with these numbers, and the operation: a trace that replays it.
    [[nodiscard]] Trace trace(const std::vector<std::uint64_t>& values) const;

    // What is done with the start state.
    enum class Target : std::uint8_t {
        operation,    // performed, and every property checked
        start,        // every invariant of the start state itself is checked
        merge_table,  // decide_merge is compared with the table of the eight cases
    };
    Target target = Target::operation;
    // Instead of all properties.
    void look_with(std::unique_ptr<PropertyChecker<Traced>> checker) { checker_ = std::move(checker); }
    // How the operation ended in the last run; only kept if requested.
    bool keep_outcome = false;
    [[nodiscard]] const Outcome<Traced>& outcome() const { return outcome_; }
    // merge_table: the cases that were taken, a bit each; bit 0: no merge.
    [[nodiscard]] unsigned cases() const { return cases_; }

private:
    [[nodiscard]] const VmaSpec& spec_of(std::size_t vma) const;
    [[nodiscard]] bool has_offset(std::size_t vma) const;
    [[nodiscard]] std::vector<AnonVmaSpec> used_families() const;
    void add_input(std::string name, std::int64_t low, std::int64_t high, std::uint64_t initial);
    void add_op_inputs();
    // Numbers from inputs, in either domain.
    template <class D>
    struct Layout;
    template <class D>
    Layout<D> lay_out(const std::vector<Number<D>>& inputs) const;
    [[nodiscard]] StateSpec state(const Layout<Plain>& layout) const;
    [[nodiscard]] std::vector<bool> order_of(const Layout<Plain>& layout) const;
    [[nodiscard]] std::unique_ptr<World<Traced>> start_world(const Layout<Plain>& layout);
    void bound(const Layout<Traced>& layout, PathRecorder& recorder) const;
    RunEnd perform(World<Traced>& world, const Layout<Traced>& layout, PathRecorder& recorder);
    void perform(World<Traced>& world, const Layout<Traced>& layout, PathRecorder& recorder, RunEnd& end,
                 Report& report);
    void check_merge(const World<Traced>& world, const Op<Traced>& op, PathRecorder& recorder, RunEnd& end,
                     Report& report);
    // What the questions of a run say about whether it counts.
    std::optional<std::size_t> cut(const PathRecorder& recorder);

    const Scenario& scenario_;
    std::vector<Settled> settled_;
    std::vector<InputSpec> inputs_;
    std::size_t op_inputs_ = 0;  // where they begin
    std::vector<std::size_t> asked_;
    unsigned cases_ = 0;
    Outcome<Traced> outcome_;
    std::unique_ptr<PropertyChecker<Traced>> checker_;
    // The World of the last run, back at its start state; and what its trees depend on.
    std::unique_ptr<World<Traced>> start_;
    std::vector<bool> start_order_;
};

}  // namespace vmacheck::prove
