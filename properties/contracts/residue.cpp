#include "properties/contracts/residue.hpp"

#include "properties/step/ranges.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>

namespace vmacheck {
namespace {

constexpr std::array<const char*, 14> effect_names{"a VMA cut in two",
                                                   "VMAs merged",
                                                   "other flags, policy, userfaultfd context or name",
                                                   "pages unmapped",
                                                   "a stack grown",
                                                   "a VMA faulted",
                                                   "anon_vmas changed",
                                                   "committed memory changed",
                                                   "page tables changed",
                                                   "pages write-protected",
                                                   "a change outside the range, or of what is behind a page",
                                                   "pages mapped",
                                                   "the break moved",
                                                   "a process more or less"};
static_assert(effect::last == 1u << (effect_names.size() - 1));

// The touched VMAs of an address space by address, as they were or as they are.
template <class D>
using Sorted = boost::container::small_vector<const Vma<D>*, 12>;

template <class D>
void insert(Sorted<D>& list, const Vma<D>* vma) {
    auto at = list.end();
    while (at != list.begin() && vma->start < (*(at - 1))->start) --at;
    list.insert(at, vma);
}

template <class D>
bool hold(const Ranges<D>& ranges, const Number<D>& start, const Number<D>& end) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const PageRangeOf<D>& each) { return each.start <= start && end <= each.end; });
}
template <class D>
bool end_at(const Ranges<D>& ranges, const Number<D>& page) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const PageRangeOf<D>& each) { return each.start == page || each.end == page; });
}

// What a stretch of pages went through that was in one VMA before (or none) and is in one after (or none).
template <class D>
Effects effects_on(const Step<D>& step, const Ranges<D>& ranges, const Number<D>& at, const Number<D>& to,
                   const Vma<D>* before, const Vma<D>* after) {
    const bool inside = hold<D>(ranges, at, to);
    if (before == nullptr) {
        const bool down = (after->flags & vm::growsdown) != 0 && at == after->start && at == step.op.addr.page;
        const bool up = (after->flags & vm::growsup) != 0 && to == after->end && to == step.op.addr.page + 1;
        return faults_a_page(step.op.kind) && (down || up) ? effect::grown : effect::made;
    }
    if (after == nullptr) return inside ? effect::hole : effect::strayed;
    Effects seen = effect::none;
    if (before->file != after->file) seen |= effect::strayed;
    if (before->file && before->pgoff + (at - before->start) != after->pgoff + (at - after->start))
        seen |= effect::strayed;
    if (((before->flags ^ after->flags) & ~vm::sticky) != 0) {
        // PROT_GROWSDOWN reaches down to the start of the stack, PROT_GROWSUP up to its end.
        const bool protects = step.op.kind == OpKind::mprotect;
        const bool down = protects && (step.op.prot & prot::growsdown) != 0 && to <= named_range(step.op).end;
        const bool up = protects && (step.op.prot & prot::growsup) != 0 && at >= step.op.addr.page;
        seen |= inside || down || up ? effect::flags : effect::strayed;
    }
    const World<D>& world = step.world;
    if (policy_before(world, before->policy) != policy_after(world, after->policy) || before->uffd != after->uffd ||
        before->anon_name != after->anon_name)
        seen |= inside ? effect::flags : effect::strayed;
    if (before->anon_vma != after->anon_vma) seen |= before->anon_vma ? effect::strayed : effect::faulted;
    return seen;
}

// Whether a boundary at this page may be new: it is an end of the range, or one of the pages next to it changed its
// kind.
template <class D>
Effects boundary_effect(const Ranges<D>& ranges, const Number<D>& at) {
    return end_at<D>(ranges, at) ? effect::cut : effect::strayed;
}

// Compares the two lists stretch by stretch.
template <class D>
Effects compare(const Step<D>& step, const Ranges<D>& ranges, const Sorted<D>& before, const Sorted<D>& after) {
    Effects seen = effect::none;
    auto b = before.begin();
    auto a = after.begin();
    Number<D> at = 0;
    while (b != before.end() || a != after.end()) {
        // The next stretch: [at, to), with what covers it.
        const Vma<D>* old = b != before.end() && (*b)->start <= at ? *b : nullptr;
        const Vma<D>* now = a != after.end() && (*a)->start <= at ? *a : nullptr;
        Number<D> to = at;
        const auto earlier = [&](const Number<D>& page) {
            if (to == at || page < to) to = page;
        };
        if (b != before.end()) earlier(old != nullptr ? old->end : (*b)->start);
        if (a != after.end()) earlier(now != nullptr ? now->end : (*a)->start);
        for (const PageRangeOf<D>& each : ranges) {  // so that a stretch lies in a range or outside
            if (each.start > at) earlier(each.start);
            if (each.end > at) earlier(each.end);
        }
        if (old != nullptr || now != nullptr) seen |= effects_on(step, ranges, at, to, old, now);
        // Boundaries that both sides of the stretch's end share are no news.
        const bool was = old != nullptr && old->end == to;
        const bool is = now != nullptr && now->end == to;
        if (was) ++b;
        if (is) ++a;
        if (old != nullptr && now != nullptr && was != is) {
            const bool follows = was ? b != before.end() && (*b)->start == to : a != after.end() && (*a)->start == to;
            if (is && follows) seen |= boundary_effect<D>(ranges, to);
            if (was && follows) seen |= effect::merged;
        }
        at = to;
    }
    return seen;
}

template <class D, class IdType>
bool came_or_went(const World<D>& world) {
    bool any = false;
    world.template each_touched<IdType>([&](IdType was, IdType is) { any = any || was != is; });
    return any;
}

template <class D>
Effects effects_on_pages(const World<D>& world) {
    Effects seen = effect::none;
    world.template each_touched<PteId>([&](PteId was, PteId is) {
        const Pte<D>* before = world.before(was);
        const Pte<D>* after = world.find(is);
        if (before == nullptr && after == nullptr) return;  // came and went
        if (was != is || before->page != after->page || before->swap != after->swap || before->mm != after->mm ||
            before->address != after->address || before->guard != after->guard)
            seen |= effect::pages;
        else if (before->writable != after->writable)
            seen |= after->writable ? effect::pages : effect::protected_;
    });
    return seen;
}

template <class D>
Effects effects_of(const Step<D>& step, MmId mm) {
    const World<D>& world = step.world;
    Effects seen = effects_on_pages(world);
    Sorted<D> before;
    Sorted<D> after;
    each_touched_vma(step, [&](const Vma<D>* was, const Vma<D>* is) {
        const bool foreign = (was != nullptr ? was : is)->mm != mm;  // relinked in a tree that processes share
        if (foreign && (was == nullptr || is == nullptr)) seen |= effect::strayed;
        if (foreign) return;
        if (was != nullptr) insert(before, was);
        if (is != nullptr) insert(after, is);
    });
    seen |= compare(step, named_ranges(step, mm), before, after);
    if (came_or_went<D, AnonVmaId>(world) || came_or_went<D, AvcId>(world)) seen |= effect::chains;
    if (world.globals().committed != world.globals_before().committed) seen |= effect::charge;
    if (world.globals().processes != world.globals_before().processes) seen |= effect::process;
    const Mm<D>* space_before = world.before(mm);
    const Mm<D>* space = world.find(mm);
    if (space == nullptr)
        seen |= effect::process;
    else if (space->brk.page != space_before->brk.page || space->brk.offset != space_before->brk.offset)
        seen |= effect::moved_brk;
    return seen;
}

// brk says that it failed by not returning the requested break.
template <class D>
bool failed(const Step<D>& step) {
    if (step.op.kind != OpKind::brk) return !step.outcome.ok();
    return step.outcome.value.page != step.op.addr.page || step.outcome.value.offset != step.op.addr.offset;
}

// Whether ->mmap of the file, or what comes right before and after it, may give this error.
bool mmap_may_give(const FileSpec& file, Errno error) {
    if (file.mmap_error == error) return true;
    if (error == Errno::einval) return file.granule > 1 || file.arch_refuses || file.kind == FileKind::hugetlb;
    if (error == Errno::eopnotsupp) return map_sync_of(file) == MapSync::refused;
    return error == Errno::eperm && (file.sealed || file.sealed_future || file.mmap_forbids != 0);
}

// Whether a hook of a file may have refused: of the file that was to be mapped, or of something that was mapped.
template <class D>
bool hook_may_refuse(const Step<D>& step, MmId mm) {
    const auto& files = step.world.parameters().files;
    const Op<D>& op = step.op;
    if (op.kind != OpKind::mmap) return any_hooks_that_refuse(step, mm);
    if (mapped_hugetlb_file(step.world.parameters(), op) == &anonymous_huge_file())
        return mmap_may_give(anonymous_huge_file(), step.outcome.error);
    if ((op.flags & map::anonymous) != 0 || op.file == 0 || op.file > files.size()) return false;
    const FileSpec& file = files[op.file - 1u];
    const bool next = file.mmap_file != 0 && mmap_may_give(files[file.mmap_file - 1u], step.outcome.error);
    return next || mmap_may_give(file, step.outcome.error);
}

// Whether the operation may take the place of what is mapped.
template <class D>
bool replaces(const Op<D>& op) {
    if (op.kind == OpKind::mremap) return (op.call_flags & mremap::fixed) != 0;
    if (op.kind == OpKind::shmat) return (op.call_flags & (shm::remap | shm::rnd)) != 0;
    return op.kind == OpKind::remap_file_pages || (op.flags & (map::fixed | map::fixed_noreplace)) != 0;
}

// What an order of steps leaves behind that the table, which states that of v5.10, does not have.
template <class D>
Effects allowed_by_policy(const Step<D>& step) {
    const Policies& policy = step.world.profile().policy;
    const OpKind kind = step.op.kind;
    // A page that may not be executed has been read.
    if (kind == OpKind::fault && policy.no_zero_page) return effect::pages;
    // What a mapping was to replace has been cut out, and is still mapped.
    const bool maps = kind == OpKind::mmap || kind == OpKind::shmat || kind == OpKind::remap_file_pages;
    if (maps && policy.mmap_gathers_first && replaces(step.op)) return effect::boundary_splits;
    // The VMAs before the one that was refused have moved.
    const bool fixed = kind == OpKind::mremap && (step.op.call_flags & mremap::fixed) != 0;
    if (fixed && policy.mremap_order == MremapOrder::checks_first) return effect::moved_parts;
    return effect::none;
}

template <class D>
bool nothing_touched(const World<D>& world) {
    bool nothing = true;
    world.template each_touched<VmaId>([&](VmaId, VmaId) { nothing = false; });
    world.template each_touched<MmId>([&](MmId, MmId) { nothing = false; });
    return nothing;
}

// A refused brk returns the old break and no error.
template <class D>
std::string residue_text(const Step<D>& step, Effects which, const char* left) {
    const bool brk = step.op.kind == OpKind::brk;
    const std::string refused = brk ? "brk returned the old break"
                                    : fmt::format("{} failed with {}", name(step.op.kind), name(step.outcome.error));
    if (brk && which == effect::moved_brk) return refused + ", expected the break to stay; it moved";
    return fmt::format("{} and left {}", refused, left);
}

// The place of a row in the table, counted from 1, by operation and error; 0: there is none.
constexpr auto places_of_rows = [] {
    constexpr std::size_t errors = static_cast<std::size_t>(Errno::sigbus) + 1;
    std::array<std::array<std::uint8_t, errors>, static_cast<std::size_t>(OpKind::count) + 1> places{};
    static_assert(residue_table.size() < 256);
    std::uint8_t place = 0;
    for (const Residue& each : residue_table)
        places.at(static_cast<std::size_t>(each.op)).at(static_cast<std::size_t>(each.error)) = ++place;
    return places;
}();

}  // namespace

const Residue* residue_of(OpKind op, Errno error) {
    const std::uint8_t place = places_of_rows.at(static_cast<std::size_t>(op)).at(static_cast<std::size_t>(error));
    return place != 0 ? &residue_table.at(place - 1u) : nullptr;
}

std::string_view missing_for(const Policies& policies, OpKind op, Errno error) {
    if (error == Errno::esrch) return {};
    const bool unknown_too = error == Errno::einval;  // what an unknown call or option gives
    const bool seals = policies.mseal != Mseal::none;
    switch (op) {
        case OpKind::anon_name:
            return policies.anon_names == AnonNames::none && !unknown_too ? "names of anonymous memory" : "";
        case OpKind::mseal: return !seals && !unknown_too ? "mseal" : "";
        case OpKind::munmap:
        case OpKind::mprotect: return !seals && error == Errno::eperm ? "mseal" : "";
        case OpKind::madvise:
            if (error == Errno::efault && policies.madvise_populate == MadvisePopulate::none) return "MADV_POPULATE";
            return !seals && error == Errno::eperm ? "mseal" : "";
        default: return {};
    }
}

template <class D>
void ResidueOfErrors<D>::step(const Step<D>& step, Report& report) {
    if (!step.outcome.violations.empty() || !failed(step)) return;
    const MmId mm = subject(step);
    if (!mm) {
        if (step.outcome.error != Errno::esrch || !nothing_touched(step.world))
            report.add(info, "{} of a nonexistent process: expected ESRCH and no change", name(step.op.kind));
        return;
    }
    const Residue* row = residue_of(step.op.kind, step.outcome.error);
    if (row == nullptr || !missing_for(step.world.profile().policy, step.op.kind, step.outcome.error).empty()) {
        report.add(info, "{} failed with {}, which the residue table does not allow", name(step.op.kind),
                   name(step.outcome.error));
        return;
    }
    if (row->hook_alone && !hook_may_refuse(step, mm)) {
        report.add(info, "{} failed with {}, which the residue table does not allow", name(step.op.kind),
                   name(step.outcome.error));
        return;
    }
    if (!step.touched) return;
    const bool hooked = row->hooked != effect::none && hook_may_refuse(step, mm);
    const bool userfault = step.op.kind == OpKind::fault && step.outcome.has(Event::userfault);
    const Effects allowed = row->allowed | allowed_by_policy(step) |
                            (replaces(step.op) || userfault ? row->fixed : effect::none) |
                            (hooked ? row->hooked : effect::none);
    const Effects beyond = effects_of(step, mm) & ~allowed;
    for (std::size_t bit = 0; bit < effect_names.size(); ++bit)
        if ((beyond & (1u << bit)) != 0) report.add(info, "{}", residue_text(step, 1u << bit, effect_names.at(bit)));
}

template struct ResidueOfErrors<Plain>;
template struct ResidueOfErrors<Traced>;

}  // namespace vmacheck
