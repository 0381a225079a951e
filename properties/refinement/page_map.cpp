#include "properties/refinement/page_map.hpp"

#include "properties/refinement/specification.hpp"
#include "properties/refinement/starting_maps.hpp"
#include "properties/step/ranges.hpp"

namespace vmacheck {
namespace {

using specification::SpecContext;

// Whether nothing has changed of the VMA, or only its links.
template <class D>
bool unchanged(const Step<D>& step, VmaId id) {
    for (const TouchedVma<D>& each : step.vmas)
        if (each.is == id) return each.only_linked;
    return true;
}

// The page maps of an address space before and after a step, as far as its specification has to look at them.
template <class D>
class Maps {
public:
    Maps(const Step<D>& step, MmId mm, const Mm<D>& space) : step_(step), mm_(mm) {
        const OpKind kind = step.op.kind;
        const bool compares_vmas = kind == OpKind::fork || kind == OpKind::exit || kind == OpKind::exec;  // and no maps
        if (!compares_vmas && step.start != nullptr && !step.world.template touched<MemPolicyId>())
            start_ = step.start->of(mm);
        if (start_ != nullptr) {
            follow_from_start();
            return;
        }
        if (!compares_vmas) add_touched();
        each_range_read(step, space, [&](const Number<D>& start, const Number<D>& end) { add_range(start, end); });
    }
    Maps(const Maps&) = delete;
    Maps& operator=(const Maps&) = delete;

    [[nodiscard]] const PageMap<D>& before() const { return start_ != nullptr ? *start_ : before_; }
    [[nodiscard]] const PageMap<D>& after() const { return step_.touched ? after_ : before(); }

private:
    void follow_from_start() {
        if (!step_.touched) return;
        for (const Segment<D>& each : start_->segments())
            if (unchanged_from(each.start)) after_.insert(each);
        each_changed_vma(step_, [&](const Vma<D>*, const Vma<D>* after) { add_after(after); });
    }
    // Whether no VMA that began at this page has changed.
    [[nodiscard]] bool unchanged_from(const Number<D>& start) const {
        bool changed = false;
        each_changed_vma(step_, [&](const Vma<D>* before, const Vma<D>*) {
            changed |= before != nullptr && before->mm == mm_ && before->start == start;
        });
        return !changed;
    }
    void add_after(const Vma<D>* vma) {
        if (vma != nullptr && vma->mm == mm_) after_.add(*vma, policy_after(step_.world, vma->policy));
    }
    void add_touched() {
        each_changed_vma(step_, [&](const Vma<D>* before, const Vma<D>* after) {
            if (before != nullptr && before->mm == mm_)
                before_.add(*before, policy_before(step_.world, before->policy));
            add_after(after);
        });
    }
    // Unchanged VMAs in the range are in both maps: the operation may have forgotten them.
    void add_range(const Number<D>& start, const Number<D>& end) {
        const World<D>& world = step_.world;
        for (VmaId id = vma_at_or_above(world, mm_, start); id;) {
            const Vma<D>& vma = world[id];
            if (vma.start >= end) break;
            const bool known = before_.at(vma.start) != nullptr;  // of another range of the operation
            if (!known && unchanged(step_, id)) {
                // It names the policy it had, which the step may still have touched.
                before_.add(vma, policy_before(world, vma.policy));
                if (step_.touched) after_.add(vma, policy_after(world, vma.policy));
            }
            id = vma.next;
        }
    }

    const Step<D>& step_;
    MmId mm_;
    const PageMap<D>* start_ = nullptr;  // the whole map before the step, where it is known
    PageMap<D> before_;
    PageMap<D> after_;
};

template <class D>
void specify(SpecContext<D>& ctx) {
    switch (ctx.step.op.kind) {
        case OpKind::mmap: specification::mmap(ctx); return;
        case OpKind::munmap: specification::munmap(ctx); return;
        case OpKind::mprotect: specification::mprotect(ctx); return;
        case OpKind::madvise: specification::madvise(ctx); return;
        case OpKind::brk: specification::brk(ctx); return;
        case OpKind::fault: specification::fault(ctx); return;
        case OpKind::remote_access: specification::remote_access(ctx); return;
        case OpKind::fork: specification::fork(ctx); return;
        case OpKind::exit: specification::exit(ctx); return;
        case OpKind::split: specification::split(ctx); return;
        case OpKind::mremap: specification::mremap(ctx); return;
        case OpKind::mlock: specification::mlock(ctx); return;
        case OpKind::munlock: specification::munlock(ctx); return;
        case OpKind::mlockall: specification::mlockall(ctx); return;
        case OpKind::munlockall: specification::munlockall(ctx); return;
        case OpKind::reclaim: specification::reclaim(ctx); return;
        case OpKind::truncate: specification::truncate(ctx); return;
        case OpKind::shmat: specification::shmat(ctx); return;
        case OpKind::shmdt: specification::shmdt(ctx); return;
        case OpKind::remap_file_pages: specification::remap_file_pages(ctx); return;
        case OpKind::special_mapping: specification::special_mapping(ctx); return;
        case OpKind::mbind: specification::mbind(ctx); return;
        case OpKind::uffd_register: specification::uffd_register(ctx); return;
        case OpKind::uffd_unregister: specification::uffd_unregister(ctx); return;
        case OpKind::uffd_close: specification::uffd_close(ctx); return;
        case OpKind::msync: specification::msync(ctx); return;
        case OpKind::mincore: specification::mincore(ctx); return;
        case OpKind::anon_name: specification::anon_name(ctx); return;
        case OpKind::mseal: specification::mseal(ctx); return;
        case OpKind::exec: specification::exec(ctx); return;
        case OpKind::count: return;
    }
}

// What new mappings get in addition to their own flags: only mlockall and munlockall change it.
template <class D>
void check_def_flags(const SpecContext<D>& ctx) {
    const Mm<D>* after = ctx.step.world.find(ctx.mm);
    if (after == nullptr) return;
    const Op<D>& op = ctx.step.op;
    VmFlags expected = ctx.before.def_flags;
    if (ctx.error() == Errno::ok && (op.kind == OpKind::mlockall || op.kind == OpKind::munlockall)) {
        expected &= ~(vm::locked | vm::lockonfault);
        const bool future = op.kind == OpKind::mlockall && (op.call_flags & mcl::future) != 0;
        if (future) expected |= vm::locked | ((op.call_flags & mcl::onfault) != 0 ? vm::lockonfault : 0);
    }
    if (after->def_flags != expected)
        ctx.fail("def_flags are \"{}\", expected \"{}\"", short_flags(after->def_flags), short_flags(expected));
}

// The break moves by brk alone, and a process becomes known to KSM by MADV_MERGEABLE, for good.
template <class D>
void check_break_and_ksm(const SpecContext<D>& ctx) {
    const Mm<D>* after = ctx.step.world.find(ctx.mm);
    if (after == nullptr) return;
    const Op<D>& op = ctx.step.op;
    if (op.kind != OpKind::brk && after->brk.value() != ctx.before.brk.value())
        ctx.fail("the break is {:#x}, expected {:#x}", after->brk.value(), ctx.before.brk.value());
    const bool enters = op.kind == OpKind::madvise && op.advice == Advice::mergeable;
    if (after->ksm_entered != ctx.before.ksm_entered && !(after->ksm_entered && enters))
        ctx.fail("the process has {} known to KSM", after->ksm_entered ? "become" : "ceased to be");
}

// A VMA keeps the operations that its ->mmap gave it.
template <class D>
void check_operations(const SpecContext<D>& ctx) {
    for (const auto& [was, before, is, after, only_linked] : ctx.step.vmas)
        if (!only_linked && was == is && before != nullptr && after != nullptr && before->ops != after->ops)
            ctx.fail("{} has other operations than before", describe(*after));
}

}  // namespace

template <class D>
void specification::specify_step(const Step<D>& step, Report& report, std::vector<ComparedMap<D>>* compared) {
    if (!step.outcome.violations.empty()) return;
    const MmId mm = subject(step);
    const Mm<D>* before = step.world.before(mm);
    if (before == nullptr) {
        if (step.outcome.error != Errno::esrch)
            report.add(PageMapRefinement<D>::info, "{} of a nonexistent process returned {}, expected ESRCH",
                       name(step.op.kind), name(step.outcome.error));
        return;
    }
    const Maps<D> maps{step, mm, *before};
    SpecContext<D> ctx{step, mm, *before, report, maps.before(), maps.after(), compared};
    specify(ctx);
    check_def_flags(ctx);
    check_break_and_ksm(ctx);
    check_operations(ctx);
}

template <class D>
void PageMapRefinement<D>::step(const Step<D>& step, Report& report) {
    specification::specify_step<D>(step, report, nullptr);
}

template void specification::specify_step(const Step<Plain>&, Report&, std::vector<ComparedMap<Plain>>*);
template void specification::specify_step(const Step<Traced>&, Report&, std::vector<ComparedMap<Traced>>*);
template struct PageMapRefinement<Plain>;
template struct PageMapRefinement<Traced>;

}  // namespace vmacheck
