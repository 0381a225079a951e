#include "checker/smt/prove/neighbourhood.hpp"

#include "checker/run/guarded.hpp"
#include "checker/smt/prove/merge_theorem.hpp"
#include "checker/smt/prove/symbolise.hpp"
#include "model/faults/fault_table.hpp"
#include "model/op/convert.hpp"
#include "properties/run/headline.hpp"

#include <algorithm>
#include <set>

namespace vmacheck::prove {
namespace {

constexpr std::int64_t widest = std::int64_t{1} << 35;  // pages in 47 bits of bytes

LinearForm at_most(const TracedNumber& a, const TracedNumber& b) {
    LinearForm form = a.form();
    form.add(b.form(), -1);
    return form;
}

template <class N>
auto write_to(const N& page) {
    Op<std::conditional_t<std::is_same_v<N, PlainNumber>, Plain, Traced>> op;
    op.kind = OpKind::fault;
    op.addr.page = page;
    return op;
}

}  // namespace

// Numbers of the VMAs and of the operation.
template <class D>
struct Neighbourhood::Layout {
    std::vector<VmaNumbers<D>> vmas;
    Op<D> op;
    Bytes<D> brk;
    Number<D> op_end;     // where its range ends
    Number<D> op_within;  // and must end at the latest
    Number<D> op_tail;    // across: pages of the first VMA that are in the range
    Number<D> touched;    // the page that is written to before
};

Neighbourhood::Neighbourhood(const Scenario& scenario, std::vector<Settled> settled)
    : scenario_(scenario), settled_(std::move(settled)), checker_(make_property_checker<Traced>()) {
    for (std::size_t i = 0; i < scenario.vmas.size(); ++i) {
        const std::string number = std::to_string(i);
        add_input("gap" + number, 0, widest, 20);
        add_input("len" + number, 1, widest, 8);
        if (has_offset(i)) add_input("off" + number, 0, std::int64_t{1} << 52, 1000 + 100 * i);
    }
    op_inputs_ = inputs_.size();
    add_op_inputs();
}

const VmaSpec& Neighbourhood::spec_of(std::size_t vma) const {
    for (const Settled& each : settled_)
        if (each.vma == vma) return scenario_.vmas[vma].alternatives.at(each.which);
    return scenario_.vmas[vma].alternatives.front();
}

// Private anonymous memory that never had a page has its own address as offset; all else any.
bool Neighbourhood::has_offset(std::size_t vma) const {
    const VmaSpec& spec = spec_of(vma);
    return spec.file != 0 || spec.special || !spec.chain.empty() || (spec.flags & vm::may_share) != 0;
}

void Neighbourhood::add_input(std::string name, std::int64_t low, std::int64_t high, std::uint64_t initial) {
    inputs_.push_back({std::move(name), {low, high}, initial});
}

void Neighbourhood::add_op_inputs() {
    switch (scenario_.place) {
        case Place::inside:
        case Place::hole:
            add_input("distance", 0, widest, 2);
            add_input("length", 1, widest, 3);
            break;
        case Place::at_page: add_input("distance", 1, widest, 2); break;
        case Place::across:
            add_input("distance", 0, widest, 2);
            add_input("tail", 1, widest, 6);
            add_input("end", 1, widest, 3);
            break;
        case Place::brk:
            add_input("brk", 0, widest, 40);
            add_input("wanted", 0, widest, 60);
            break;
        case Place::search: add_input("length", 1, widest, 3); break;
        case Place::stack: add_input("top", 0, widest, 200); break;
    }
    if (scenario_.op.kind == OpKind::mmap && scenario_.op.file != 0) add_input("offset", 0, std::int64_t{1} << 52, 500);
    if (scenario_.touched) add_input("page", 0, widest, 4);
}

template <class D>
Neighbourhood::Layout<D> Neighbourhood::lay_out(const std::vector<Number<D>>& inputs) const {
    Layout<D> layout;
    std::size_t next = 0;
    Number<D> at = 0;
    for (std::size_t i = 0; i < scenario_.vmas.size(); ++i) {
        VmaNumbers<D> vma;
        vma.start = at + inputs[next++];
        vma.end = at = vma.start + inputs[next++];
        vma.pgoff = has_offset(i) ? inputs[next++] : vma.start;
        layout.vmas.push_back(std::move(vma));
    }
    layout.op = convert<D>(scenario_.op);
    const std::uint64_t top = scenario_.parameters->task_size;
    const Number<D>& a = inputs[next];
    const bool above_all = scenario_.first == scenario_.vmas.size();
    Number<D> start = a;
    switch (scenario_.place) {
        case Place::inside:
            start = layout.vmas[scenario_.first].start + a;
            layout.op_end = start + inputs[next + 1];
            layout.op_within = layout.vmas[scenario_.first].end;
            break;
        case Place::at_page:
            start = layout.vmas[scenario_.first].start + a;
            layout.op_end = start + 1;
            layout.op_within = layout.vmas[scenario_.first].end;
            break;
        case Place::across:
            start = layout.vmas[scenario_.first].start + a;
            layout.op_end = layout.vmas[scenario_.last].start + inputs[next + 2];
            layout.op_within = layout.vmas[scenario_.last].end;
            break;
        case Place::hole:
            start = (scenario_.first == 0 ? Number<D>(0) : layout.vmas[scenario_.first - 1].end) + a;
            layout.op_end = start + inputs[next + 1];
            layout.op_within = above_all ? Number<D>(top) : layout.vmas[scenario_.first].start;
            break;
        case Place::brk:
            layout.brk = Bytes<D>{a, 0};
            layout.op_end = inputs[next + 1];
            layout.op_within = top;
            start = layout.op_end;
            break;
        case Place::search:
            layout.op.len = Bytes<D>::pages(a);
            start = 0;
            break;
        case Place::stack:
            layout.op_end = a;
            layout.op_within = top;
            break;
    }
    layout.op.addr = Bytes<D>::pages(start);
    if (scenario_.place == Place::inside || scenario_.place == Place::hole)
        layout.op.len = Bytes<D>::pages(inputs[next + 1]);
    if (scenario_.place == Place::across) {
        layout.op_tail = inputs[next + 1];
        const Number<D> between = layout.vmas[scenario_.last].start - layout.vmas[scenario_.first].end;
        layout.op.len = Bytes<D>::pages(layout.op_tail + between + inputs[next + 2]);
    }
    if (scenario_.op.kind == OpKind::mmap && scenario_.op.file != 0)
        layout.op.offset = Bytes<D>::pages(inputs[inputs.size() - (scenario_.touched ? 2 : 1)]);
    if (scenario_.touched) layout.touched = layout.vmas[*scenario_.touched].start + inputs.back();
    return layout;
}

std::vector<AnonVmaSpec> Neighbourhood::used_families() const {
    std::set<unsigned> used;
    for (std::size_t i = 0; i < scenario_.vmas.size(); ++i)
        used.insert(spec_of(i).chain.begin(), spec_of(i).chain.end());
    std::vector<AnonVmaSpec> families;
    for (const AnonVmaSpec& each : scenario_.families)
        if (used.count(each.number) != 0) families.push_back(each);
    return families;
}

StateSpec Neighbourhood::state(const Layout<Plain>& layout) const {
    StateSpec state;
    ProcessSpec process;
    process.brk_bytes = layout.brk.value();
    for (std::size_t i = 0; i < scenario_.vmas.size(); ++i) {
        VmaSpec vma = spec_of(i);
        vma.start = layout.vmas[i].start.value();
        vma.end = layout.vmas[i].end.value();
        vma.pgoff = layout.vmas[i].pgoff.value();
        process.vmas.push_back(std::move(vma));
    }
    state.processes.push_back(std::move(process));
    state.anon_vmas = used_families();
    return state;
}

// What holds of the numbers of every start state, in addition to the bounds of the inputs.
void Neighbourhood::bound(const Layout<Traced>& layout, PathRecorder& recorder) const {
    const auto state = [&](const TracedNumber& low, const TracedNumber& high) {
        recorder.record({at_most(low, high), Relation::less_equal, ConstraintKind::definition});
    };
    state(layout.vmas.back().end, scenario_.parameters->task_size);
    for (std::size_t i = 0; i < layout.vmas.size(); ++i)
        if (has_offset(i)) {
            const VmaNumbers<Traced>& vma = layout.vmas[i];
            state(vma.pgoff + (vma.end - vma.start) + 1, std::uint64_t{1} << scenario_.parameters->pgoff_bits);
        }
    state(layout.op_end, layout.op_within);
    if (scenario_.touched) state(layout.touched + 1, layout.vmas[*scenario_.touched].end);
    if (scenario_.place == Place::across) {
        const VmaNumbers<Traced>& from = layout.vmas[scenario_.first];
        LinearForm form = at_most(layout.op.addr.page, from.end);
        form.add(layout.op_tail.form(), 1);
        recorder.record({std::move(form), Relation::equal, ConstraintKind::definition});
    }
    if (scenario_.place == Place::brk) {
        state(scenario_.parameters->start_brk_bytes / page_size, layout.brk.page);
        state(layout.brk.page, scenario_.parameters->task_size);
    }
}

std::optional<std::size_t> Neighbourhood::cut(const PathRecorder& recorder) {
    std::vector<std::size_t> seen;
    const auto is_open = [&](std::size_t vma) {
        return vma < scenario_.vmas.size() && scenario_.vmas[vma].alternatives.size() > 1;
    };
    bool answered = false;
    for (const PathRecorder::Question& each : recorder.questions()) {
        if (each.about == PathRecorder::answered) {
            // One step merges once. If it read fewer attributes than are settled, the run belongs to another start state.
            if (answered) internal_assertion_failed("a step that decides about a merge twice");
            answered = true;
            if (seen.size() < settled_.size()) return each.constraints_before;
        }
        if (!is_open(each.about) || std::find(seen.begin(), seen.end(), each.about) != seen.end()) continue;
        const std::size_t rank = seen.size();
        if (rank == settled_.size()) {
            // The next to be settled: this run is the first of its alternatives'.
            if (std::find(asked_.begin(), asked_.end(), each.about) == asked_.end()) asked_.push_back(each.about);
            return each.constraints_before;
        }
        if (settled_[rank].vma != each.about)
            return each.constraints_before;  // read in another order: not this start state
        seen.push_back(each.about);
    }
    if (seen.size() < settled_.size()) return recorder.constraints().size();  // read less: not this start state either
    return std::nullopt;
}

void Neighbourhood::check_merge(const World<Traced>& world, const Op<Traced>& op, PathRecorder& recorder, RunEnd& end,
                                Report& report) {
    MergeRequest<Traced> request;
    request.mm = world.process(0);
    request.flags = scenario_.wanted.flags;
    request.policy = scenario_.wanted.policy;
    request.uffd = scenario_.wanted.uffd;
    std::vector<VmaId> ids;
    world.each_vma(request.mm, [&](VmaId id, const Vma<Traced>&) { ids.push_back(id); });
    const Number<Traced> op_end = op.addr.page + op.len.page;
    if (scenario_.place == Place::inside) {
        request = request_within(world, ids.at(scenario_.first), op.addr.page, op_end, request);
    } else {
        request.prev = scenario_.first > 0 ? ids.at(scenario_.first - 1) : VmaId();
        request.start = op.addr.page;
        request.end = op_end;
        if (op.file != 0) request.file = FileId(op.file - 1u, 0);
        request.pgoff = op.file != 0 ? op.offset.page : op.addr.page;
    }
    const MergeDecision<Traced> decision = decide_merge(world, request);
    end.cut_at = cut(recorder);
    if (end.cut_at) return;
    recorder.separate_parts();
    cases_ |= 1u << check_against_table(world, request, decision, report);
}

RunEnd Neighbourhood::perform(World<Traced>& world, const Layout<Traced>& layout, PathRecorder& recorder) {
    RunEnd end;
    Report report;
    guarded(report, [&] { perform(world, layout, recorder, end, report); });
    end.violations = report.violations();
    put_headline_first(end.violations);
    return end;
}

void Neighbourhood::perform(World<Traced>& world, const Layout<Traced>& layout, PathRecorder& recorder, RunEnd& end,
                            Report& report) {
    if (scenario_.touched) {
        const Outcome<Traced>& written = world.apply(write_to(layout.touched));
        if (!written.ok() || !written.violations.empty())
            internal_assertion_failed("the page that was to be present cannot be written");
    }
    switch (target) {
        case Target::start:
            recorder.separate_parts();
            checker_->check_all(world, report);
            break;
        case Target::merge_table: check_merge(world, layout.op, recorder, end, report); break;
        case Target::operation:
            world.apply(layout.op);
            if (keep_outcome) outcome_ = world.outcome();
            end.cut_at = cut(recorder);
            if (end.cut_at) return;
            recorder.separate_parts();
            checker_->check_step(world, layout.op, report);
            break;
    }
    recorder.end_parts();
}

// Nodes of interval trees were inserted from the lowest VMA up. So whether a higher one has a smaller offset than a lower
// one, for all pairs, determines the trees of a World that is built from the layout.
std::vector<bool> Neighbourhood::order_of(const Layout<Plain>& layout) const {
    std::vector<bool> order;
    for (std::size_t higher = 1; higher < layout.vmas.size(); ++higher)
        for (std::size_t lower = 0; lower < higher; ++lower)
            order.push_back(has_offset(higher) && has_offset(lower) &&
                            layout.vmas[higher].pgoff < layout.vmas[lower].pgoff);
    return order;
}

// The World of the last run serves again where it differs in numbers only: symbolise_world() replaces those.
std::unique_ptr<World<Traced>> Neighbourhood::start_world(const Layout<Plain>& layout) {
    std::vector<bool> order = order_of(layout);
    if (start_ != nullptr && order == start_order_) return std::move(start_);
    start_order_ = std::move(order);
    auto world = std::make_unique<World<Traced>>(scenario_.parameters, *scenario_.profile, scenario_.faults);
    // Building compares concrete numbers only; what it decided by is recorded by symbolise().
    if (const auto wrong = build_world(*world, state(layout)))
        internal_assertion_failed(("the start of " + scenario_.name + " cannot be built: " + *wrong).c_str());
    world->keep_history(true);
    return world;
}

RunEnd Neighbourhood::run(const std::vector<std::uint64_t>& values, PathRecorder& recorder) {
    const std::vector<PlainNumber> numbers(values.begin(), values.end());
    std::unique_ptr<World<Traced>> world = start_world(lay_out<Plain>(numbers));
    std::vector<TracedNumber> inputs;
    for (std::size_t i = 0; i < values.size(); ++i) inputs.push_back(TracedNumber::input(inputs_[i].name, values[i]));
    const Layout<Traced> layout = lay_out<Traced>(inputs);
    bound(layout, recorder);
    symbolise_world(*world, world->process(0), layout.vmas, layout.brk, scenario_.shape ? &*scenario_.shape : nullptr);
    RunEnd end = perform(*world, layout, recorder);
    while (world->can_undo()) world->undo();
    start_ = std::move(world);
    return end;
}

Trace Neighbourhood::trace(const std::vector<std::uint64_t>& values) const {
    const std::vector<PlainNumber> numbers(values.begin(), values.end());
    const Layout<Plain> layout = lay_out<Plain>(numbers);
    const StateSpec start = state(layout);
    Trace trace;
    TraceHeader& header = trace.header;
    header.profile = scenario_.profile->name;
    for (const FaultInfo& each : all_faults())
        if (scenario_.faults.has(each.fault)) header.faults.emplace_back(each.name);
    header.parameters = *scenario_.parameters;
    header.made_by = "prove";
    header.layout = start.processes;
    header.anon_vmas = start.anon_vmas;
    if (scenario_.touched) trace.steps.push_back({.op = write_to(layout.touched), .seen = {}, .note = {}});
    trace.steps.push_back({.op = layout.op, .seen = {}, .note = scenario_.name});
    return trace;
}

}  // namespace vmacheck::prove
