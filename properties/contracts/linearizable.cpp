#include "properties/contracts/linearizable.hpp"

#include "model/page_table.hpp"
#include "model/state/observe.hpp"

#include <algorithm>
#include <array>

namespace vmacheck {
namespace {

// What an entry of a page table shows. One of the page that the other step reclaims is set apart: the walk over its
// entries ends at the first that a locked VMA maps, and which come before that, and are swapped out, is up to the moment.
struct Entry {
    std::size_t slot;
    std::uint64_t page;
    bool present = false;  // or in swap space
    bool zero = false;     // the zero page
    bool guard = false;
    bool writable = false;
    bool reclaimed = false;
    bool may_go = false;  // reclaim drops it without a place in swap space
};

// How the two ended, and the state that they have led to.
struct Ending {
    bool abandoned = false;
    Errno error = Errno::ok;
    std::uint64_t value = 0;
    Errno other = Errno::ok;
    std::vector<Entry> entries;  // by slot, then page
    Observation seen;
};

// The page that the other step is to reclaim, as it is before the step; none: it reclaims none.
struct Reclaimed {
    PageId page;
    std::vector<SwapId> others;  // slots in use, but for the page's own

    // An operation with places takes no slot itself, so that a new one is the page's.
    [[nodiscard]] bool is(const Pte<Plain>& entry) const {
        if (!page) return false;
        return entry.swap ? std::find(others.begin(), others.end(), entry.swap) == others.end() : entry.page == page;
    }
};

template <class F>
void each_entry(const World<Plain>& world, F&& f) {
    for (std::size_t slot = 0; slot < max_processes; ++slot) {
        const MmId mm = world.process(slot);
        for (PteId id = mm ? first_pte_from<Plain>(world, mm, 0) : PteId(); id; id = next_pte(world, id))
            f(slot, world[id]);
    }
}

std::vector<Entry> entries_of(const World<Plain>& world, const Reclaimed& reclaimed) {
    std::vector<Entry> entries;
    each_entry(world, [&](std::size_t slot, const Pte<Plain>& pte) {
        const Page<Plain>* page = pte.page ? &world[pte.page] : nullptr;
        entries.push_back({.slot = slot,
                           .page = pte.address.value(),
                           .present = !pte.swap && !pte.guard,
                           .zero = !pte.swap && !pte.guard && page == nullptr,
                           .guard = pte.guard,
                           .writable = pte.writable,
                           .reclaimed = reclaimed.is(pte),
                           .may_go = page != nullptr && (!page->anon_vma || !page->swap_backed)});
    });
    return entries;
}

// Without what is not part of the state: which objects they are, and the peak.
Observation seen_of(const World<Plain>& world) {
    AnonNumbers numbers;
    Observation seen = observe(world, numbers);
    for (ProcessView& process : seen.processes) {
        process.hiwater_vm.reset();
        for (VmaView& vma : process.vmas) {
            vma.identity = 0;
            vma.chain_members.clear();
        }
    }
    return seen;
}

Reclaimed reclaimed_page(const World<Plain>& world, const Op<Plain>& other) {
    Reclaimed reclaimed;
    const MmId mm = other.kind == OpKind::reclaim ? world.process(other.process) : MmId();
    const PteId entry = mm ? find_pte<Plain>(world, mm, other.addr.page) : PteId();
    if (!entry || !world[entry].page) return reclaimed;
    reclaimed.page = world[entry].page;
    const SwapId own = world[reclaimed.page].swap;
    each_entry(world, [&](std::size_t, const Pte<Plain>& pte) {
        if (pte.swap && pte.swap != own) reclaimed.others.push_back(pte.swap);
    });
    return reclaimed;
}

// Memory pressure is on a page, which is named by an address only: the same page, wherever it is mapped now.
void follow_page(const World<Plain>& world, PageId page, Op<Plain>& reclaim) {
    bool found = false;
    each_entry(world, [&](std::size_t slot, const Pte<Plain>& pte) {
        if (found || pte.page != page) return;
        found = true;
        reclaim.process = static_cast<std::uint8_t>(slot);
        reclaim.addr = Bytes<Plain>::pages(pte.address);
    });
}

Ending ending_of(const World<Plain>& world, const Outcome<Plain>& outcome, Errno other, const Reclaimed& reclaimed) {
    return {false, outcome.error, outcome.value.value(), other, entries_of(world, reclaimed), seen_of(world)};
}

enum class Order : std::uint8_t { other_last, other_first, other_never };

// One after the other. `world` is as it is before the step, also afterwards, and keeps its history.
Ending in_order(World<Plain>& world, Op<Plain> op, Op<Plain> other, Order order, const Reclaimed& reclaimed) {
    op.meanwhile = {};
    Ending abandoned;
    abandoned.abandoned = true;
    Errno result = Errno::ok;
    const auto perform_other = [&] {
        const Outcome<Plain>& outcome = world.apply(other);
        result = outcome.error;
        return outcome.violations.empty();
    };
    if (order == Order::other_first && !perform_other()) return abandoned;
    const Outcome<Plain> outcome = world.apply(op);
    if (!outcome.violations.empty()) return abandoned;
    if (order == Order::other_last) {
        if (reclaimed.page) follow_page(world, reclaimed.page, other);
        if (!perform_other()) return abandoned;
    }
    Ending ending = ending_of(world, outcome, result, reclaimed);
    world.undo();
    if (order != Order::other_never) world.undo();
    return ending;
}

// The other step first, where nothing more can be charged then. Takes a copy of the World.
Ending after_refused_charge(World<Plain> world, Op<Plain> op, const Op<Plain>& other, const Reclaimed& reclaimed) {
    op.meanwhile = {};
    const std::uint64_t all = world.parameters().commit_limit;
    world.change_globals().committed += all;
    const Errno result = world.apply(other).error;
    world.change_globals().committed -= Number<Plain>(all);
    return ending_of(world, world.apply(op), result, reclaimed);
}

std::string text_of(const Entry& entry) {
    return fmt::format("{}{} at {:#x} of process {}", entry.writable ? "writable " : "",
                       entry.guard      ? "guard page"
                       : !entry.present ? "page in swap space"
                       : entry.zero     ? "zero page"
                                        : "page",
                       entry.page * page_size, entry.slot);
}

std::string text_of(const VmaView& vma, std::size_t slot) {
    return fmt::format("VMA [{:#x},{:#x}) of process {}, \"{}\", pgoff {:#x}, file {}, anon_vma {}, chain of {}",
                       vma.start * page_size, vma.end * page_size, slot, short_flags(vma.flags), vma.pgoff.value_or(0),
                       vma.file, vma.anon_vma.value_or(0), vma.chain.value_or(0));
}

// Where populating comes after the other step, there may be more pages than expected, and others, and a VMA next to a
// stack that grew may share its anon_vma.
enum class Compared : std::uint8_t { all, all_but_populating };

// What populating has no part in: of anon_vmas only whether there is one.
Observation but_for_populating(Observation seen) {
    for (ProcessView& process : seen.processes)
        for (VmaView& vma : process.vmas) {
            vma.anon_vma = vma.anon_vma.value_or(0) != 0 ? 1 : 0;
            vma.chain.reset();
        }
    return seen;
}

std::string difference(const std::vector<Entry>& is, const std::vector<Entry>& expected, Compared compared) {
    const auto key = [](const Entry& entry) { return std::pair(entry.slot, entry.page); };
    auto a = is.begin();
    auto b = expected.begin();
    while (a != is.end() || b != expected.end()) {
        if (b == expected.end() || (a != is.end() && key(*a) < key(*b))) {
            if (compared == Compared::all && !(a->reclaimed && a->may_go)) return "has " + text_of(*a);
            ++a;
        } else if (a == is.end() || key(*b) < key(*a)) {
            if (!(b->reclaimed && b->may_go)) return "lacks " + text_of(*b);
            ++b;
        } else {
            const bool up_to_the_moment = compared == Compared::all_but_populating || a->reclaimed || b->reclaimed;
            const bool same =
                a->present == b->present && a->zero == b->zero && a->guard == b->guard && a->writable == b->writable;
            if (!same && !up_to_the_moment) return fmt::format("has {}, expected {}", text_of(*a), text_of(*b));
            ++a;
            ++b;
        }
    }
    return {};
}

template <class N>
std::string difference(std::string_view what, const N& is, const N& expected) {
    if (is == expected) return {};
    return fmt::format("has {} {}, expected {}", what, is.value_or(0), expected.value_or(0));
}

std::string difference(const ProcessView& is, const ProcessView& expected, std::size_t slot) {
    if (is == expected) return {};
    if (is.alive != expected.alive) return fmt::format("{} process {}", is.alive ? "has" : "lacks", slot);
    for (const VmaView& vma : expected.vmas)
        if (std::find(is.vmas.begin(), is.vmas.end(), vma) == is.vmas.end()) return "lacks " + text_of(vma, slot);
    for (const VmaView& vma : is.vmas)
        if (std::find(expected.vmas.begin(), expected.vmas.end(), vma) == expected.vmas.end())
            return "has " + text_of(vma, slot);
    for (const std::string& each :
         {difference("map_count", is.map_count, expected.map_count),
          difference("break", is.brk_bytes, expected.brk_bytes), difference("total_vm", is.total_vm, expected.total_vm),
          difference("data_vm", is.data_vm, expected.data_vm), difference("exec_vm", is.exec_vm, expected.exec_vm),
          difference("stack_vm", is.stack_vm, expected.stack_vm),
          difference("locked_vm", is.locked_vm, expected.locked_vm)})
        if (!each.empty()) return fmt::format("{} in process {}", each, slot);
    return fmt::format("shows process {} otherwise", slot);
}

std::string difference(const Observation& is, const Observation& expected) {
    for (std::size_t slot = 0; slot < max_processes; ++slot)
        if (const std::string text = difference(is.processes.at(slot), expected.processes.at(slot), slot);
            !text.empty())
            return text;
    return difference("charge of", is.committed, expected.committed);
}

// In words, where `is` is not as `expected`; empty: they are the same.
std::string difference(const Ending& is, const Ending& expected, const Op<Plain>& other, Compared compared) {
    if (is.error != expected.error)
        return fmt::format("returned {}, expected {}", name(is.error), name(expected.error));
    if (is.value != expected.value) return fmt::format("returned {:#x}, expected {:#x}", is.value, expected.value);
    // Whether a page was there to be reclaimed is up to the moment.
    if (other.kind == OpKind::fault && is.other != expected.other)
        return fmt::format("the other step returned {}, expected {}", name(is.other), name(expected.other));
    if (const std::string text = difference(is.entries, expected.entries, compared); !text.empty()) return text;
    return compared == Compared::all ? difference(is.seen, expected.seen)
                                     : difference(but_for_populating(is.seen), but_for_populating(expected.seen));
}

void check(const Step<Plain>& step, Report& report) {
    if (step.op.fail_alloc.nth != 0) return;  // which allocation that is depends on what came between
    if (step.op.kind == OpKind::exec) return;
    World<Plain> before = step.world;
    before.explain_to(nullptr);
    before.undo();
    before.keep_history(true);
    const Op<Plain> other = operation_of<Plain>(step.op.meanwhile);
    const Reclaimed reclaimed = reclaimed_page(before, other);
    const Ending is = ending_of(step.world, step.outcome, step.outcome.meanwhile.error, reclaimed);
    std::array<std::string, 2> from;  // the operation first, the other step first
    for (const Order order : {Order::other_last, Order::other_first, Order::other_never}) {
        // Memory pressure may come to nothing: no page is there at that moment, or it is locked then.
        if (order == Order::other_never && other.kind != OpKind::reclaim) continue;
        const Ending ending = in_order(before, step.op, other, order, reclaimed);
        if (ending.abandoned) return;  // a finding without the two coming together
        const std::string differs = difference(is, ending, other, Compared::all);
        if (differs.empty()) return;
        // A call that populates is two, and has let go of all locks between them: the pages that the other step made
        // room for are populated too.
        const bool between = step.outcome.meanwhile.where == "__mm_populate";
        if (between && order == Order::other_last &&
            difference(is, ending, other, Compared::all_but_populating).empty())
            return;
        if (order != Order::other_never) from.at(static_cast<std::size_t>(order)) = differs;
    }
    // A new mapping is charged before what the old one was charged is given back. At the limit an access in between may be
    // refused its charge, though it would not be in either order.
    if (step.outcome.meanwhile.error != Errno::ok && step.outcome.meanwhile.events.has(Event::charge_refused) &&
        difference(is, after_refused_charge(before, step.op, other, reclaimed), other, Compared::all).empty())
        return;
    report.add(Linearizable<Plain>::info,
               "{} while another task {} {:#x} (in {}) ends as neither order does: compared with {} first, {}; with {} "
               "first, {}",
               name(step.op.kind), other.kind == OpKind::fault ? "accesses" : "reclaims", step.op.meanwhile.addr,
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
