#include "properties/contracts/linearizable.hpp"

#include "model/page_table.hpp"
#include "model/state/observe.hpp"

#include <algorithm>
#include <array>

namespace vmacheck {
namespace {

// How the two ended, and the state that they have led to, a fact a line.
struct Ending {
    bool abandoned = false;
    Errno error = Errno::ok;
    std::uint64_t value = 0;
    Errno other = Errno::ok;  // of an access; whether a page was there to be reclaimed may depend on the place
    std::vector<std::string> facts;
};

template <class N>
void add_counter(std::vector<std::string>& facts, std::size_t slot, std::string_view what, const N& value) {
    if (value) facts.push_back(fmt::format("{} {} of process {}", what, *value, slot));
}

void add_vmas(std::vector<std::string>& facts, std::size_t slot, const ProcessView& process) {
    for (const VmaView& vma : process.vmas)
        facts.push_back(
            fmt::format("VMA [{:#x},{:#x}) of process {}, \"{}\", pgoff {:#x}, file {}, anon_vma {}, chain of {}",
                        vma.start * page_size, vma.end * page_size, slot, short_flags(vma.flags), vma.pgoff.value_or(0),
                        vma.file, vma.anon_vma.value_or(0), vma.chain.value_or(0)));
}

// Reclaim may find a page locked or not, and in memory or not, by the moment: then only that anonymous memory is there.
enum class Pages : std::uint8_t { as_they_are, that_stay };

void add_pages(std::vector<std::string>& facts, const World<Plain>& world, std::size_t slot, Pages which) {
    for (PteId id = first_pte_from<Plain>(world, world.process(slot), 0); id; id = next_pte(world, id)) {
        const Pte<Plain>& pte = world[id];
        const Page<Plain>* page = pte.page ? &world[pte.page] : nullptr;
        if (which == Pages::that_stay) {
            if (pte.swap || (page != nullptr && page->anon_vma && page->swap_backed))
                facts.push_back(fmt::format("anonymous page at {:#x} of process {}", address(pte.address), slot));
            continue;
        }
        facts.push_back(fmt::format("{}{} at {:#x} of process {}", pte.writable ? "writable " : "",
                                    pte.swap          ? "page in swap space"
                                    : page != nullptr ? "page"
                                                      : "zero page",
                                    address(pte.address), slot));
    }
}

std::vector<std::string> facts_of(const World<Plain>& world, const Meanwhile& other) {
    const Pages which = other.kind == OpKind::reclaim ? Pages::that_stay : Pages::as_they_are;
    std::vector<std::string> facts;
    AnonNumbers numbers;
    const Observation seen = observe(world, numbers);
    for (std::size_t slot = 0; slot < max_processes; ++slot) {
        const ProcessView& process = seen.processes.at(slot);
        if (!process.alive) continue;
        add_pages(facts, world, slot, which);
        add_vmas(facts, slot, process);
        add_counter(facts, slot, "total_vm", process.total_vm);
        add_counter(facts, slot, "data_vm", process.data_vm);
        add_counter(facts, slot, "stack_vm", process.stack_vm);
        add_counter(facts, slot, "locked_vm", process.locked_vm);
        add_counter(facts, slot, "map_count", process.map_count);
        add_counter(facts, slot, "break", process.brk_bytes);
    }
    facts.push_back(fmt::format("{} committed", page_count(seen.committed.value_or(0))));
    return facts;
}

Ending ending_of(const Step<Plain>& step) {
    const Outcome<Plain>& outcome = step.outcome;
    return {false, outcome.error, outcome.value.value(), outcome.meanwhile.error,
            facts_of(step.world, step.op.meanwhile)};
}

// The page that an operation on an entry is about; none: there is none.
PageId page_at(const World<Plain>& world, const Op<Plain>& op) {
    const MmId mm = world.process(op.process);
    const PteId entry = mm ? find_pte<Plain>(world, mm, op.addr.page) : PteId();
    return entry ? world[entry].page : PageId();
}

// Memory pressure is on a page, which is named by an address only: the same page, wherever it is mapped now.
void follow_page(const World<Plain>& world, PageId page, Op<Plain>& reclaim) {
    for (std::size_t slot = 0; slot < max_processes; ++slot)
        for (PteId id = world.process(slot) ? first_pte_from<Plain>(world, world.process(slot), 0) : PteId(); id;
             id = next_pte(world, id)) {
            if (world[id].page != page) continue;
            reclaim.process = static_cast<std::uint8_t>(slot);
            reclaim.addr = Bytes<Plain>::pages(world[id].address);
            return;
        }
}

enum class Order : std::uint8_t { other_last, other_first, other_never };

// One after the other, from the state before the step.
Ending in_order(const Step<Plain>& step, Order order) {
    World<Plain> world = step.world;
    world.explain_to(nullptr);
    world.undo();
    Op<Plain> op = step.op;
    op.meanwhile = {};
    Op<Plain> other = operation_of<Plain>(step.op.meanwhile);
    const PageId page = other.kind == OpKind::reclaim ? page_at(world, other) : PageId();
    Ending ending;
    const auto perform_other = [&] {
        const Outcome<Plain>& outcome = world.apply(other);
        ending.abandoned |= !outcome.violations.empty();
        ending.other = outcome.error;
    };
    if (order == Order::other_first) perform_other();
    const Outcome<Plain>& outcome = world.apply(op);
    ending.abandoned |= !outcome.violations.empty();
    ending.error = outcome.error;
    ending.value = outcome.value.value();
    if (order == Order::other_last) {
        if (page) follow_page(world, page, other);
        perform_other();
    }
    if (!ending.abandoned) ending.facts = facts_of(world, step.op.meanwhile);
    return ending;
}

// What the first has that the second lacks; empty: nothing.
std::string missing(const std::vector<std::string>& facts, const std::vector<std::string>& from) {
    for (const std::string& each : facts)
        if (std::find(from.begin(), from.end(), each) == from.end()) return each;
    return {};
}

// In words, where `is` is not as `expected`; empty: they are the same.
std::string difference(const Ending& is, const Ending& expected, const Meanwhile& other) {
    if (is.error != expected.error)
        return fmt::format("returned {}, expected {}", name(is.error), name(expected.error));
    if (is.value != expected.value) return fmt::format("returned {:#x}, expected {:#x}", is.value, expected.value);
    if (other.kind == OpKind::fault && is.other != expected.other)
        return fmt::format("the other step returned {}, expected {}", name(is.other), name(expected.other));
    if (const std::string lost = missing(expected.facts, is.facts); !lost.empty()) return "lacks " + lost;
    if (const std::string more = missing(is.facts, expected.facts); !more.empty()) return "has " + more;
    return {};
}

void check(const Step<Plain>& step, Report& report) {
    if (step.op.fail_alloc.nth != 0) return;  // which allocation that is depends on what came between
    // A call that populates has let go of all locks by then: it is two operations, and what comes between is between them.
    if (step.outcome.meanwhile.where == "__mm_populate") return;
    const Meanwhile& other = step.op.meanwhile;
    const Ending is = ending_of(step);
    std::array<std::string, 2> from;  // the operation first, the other step first
    for (const Order order : {Order::other_last, Order::other_first, Order::other_never}) {
        // Memory pressure may come to nothing: no page is there at that moment, or it is locked then.
        if (order == Order::other_never && other.kind != OpKind::reclaim) continue;
        const Ending ending = in_order(step, order);
        if (ending.abandoned) return;  // a finding without the two coming together
        const std::string differs = difference(is, ending, other);
        if (differs.empty()) return;
        if (order != Order::other_never) from.at(static_cast<std::size_t>(order)) = differs;
    }
    report.add(Linearizable<Plain>::info,
               "{} while another task {} {:#x} (in {}) ends as neither order does: compared with {} first, {}; with {} "
               "first, {}",
               name(step.op.kind), other.kind == OpKind::fault ? "accesses" : "reclaims", other.addr,
               step.outcome.meanwhile.where, name(step.op.kind), from[0], name(other.kind), from[1]);
}

}  // namespace

template <class D>
void Linearizable<D>::step(const Step<D>& step, Report& report) {
    if constexpr (std::is_same_v<D, Plain>)
        if (step.interleaved() && step.outcome.violations.empty()) check(step, report);
}

template struct Linearizable<Plain>;
template struct Linearizable<Traced>;

}  // namespace vmacheck
