// fork, exec and exit: whole address spaces (v5.10 kernel/fork.c dup_mmap, fs/exec.c, mm/mmap.c exit_mmap).
#include "properties/refinement/specification.hpp"

namespace vmacheck::specification {
namespace {

template <class D>
std::size_t free_slot(const SpecContext<D>& ctx) {
    const auto& processes = ctx.step.world.globals_before().processes;
    std::size_t slot = 0;
    while (slot < processes.size() && processes[slot]) ++slot;
    return slot;
}

// Whether fork may return ENOMEM: an injected allocation failure, or a charge. Overcommit mode 2 limits the sum of all
// VMAs; mode 0 limits each VMA, and those of the parent passed that limit when they were mapped.
template <class D>
bool fork_may_fail(const SpecContext<D>& ctx) {
    return ctx.injected() || rules::commit_may_refuse(ctx.step, ctx.before.total_vm);
}

template <class D>
bool copied(const World<D>& world, const Vma<D>& parent, const Vma<D>& child) {
    const VmFlags flags = parent.flags & ~(vm::locked | vm::lockonfault | vm::uffd);
    const bool same_policy = policy_before(world, parent.policy) == policy_after(world, child.policy);
    // What is wiped has no page, and so its offset is not visible.
    const bool same_offset = (flags & vm::wipeonfork) != 0 || child.pgoff == parent.pgoff;
    return child.flags == flags && child.file == parent.file && child.ops == parent.ops &&
           child.start == parent.start && child.end == parent.end && same_offset && same_policy && child.uffd == 0 &&
           child.anon_name == parent.anon_name;
}

// The entry of a page, or nullptr.
template <class D>
const Pte<D>* entry_at(const World<D>& world, const Mm<D>& mm, const Number<D>& page) {
    for (PteId node = mm.pte_root; node;) {
        const Pte<D>& pte = world[node];
        if (pte.address == page) return &pte;
        node = page < pte.address ? pte.rb.left : pte.rb.right;
    }
    return nullptr;
}

// What the parent has written, present or in swap space, the child has too, and its guard pages. Pages that can be faulted in again need
// not be there.
template <class D>
void compare_pages(const SpecContext<D>& ctx, PteId node, const Vma<D>& vma, const Mm<D>& child) {
    const World<D>& world = ctx.step.world;
    const Pte<D>* pte = world.find(node);
    if (pte == nullptr) return;
    if (pte->address >= vma.start) compare_pages(ctx, pte->rb.left, vma, child);
    if (pte->address < vma.end) compare_pages(ctx, pte->rb.right, vma, child);
    if (pte->address < vma.start || pte->address >= vma.end) return;
    const Page<D>* page = world.find(pte->page);
    if (!pte->guard && !pte->swap && (page == nullptr || !page->anon_vma)) return;
    const Pte<D>* copy = entry_at<D>(world, child, pte->address);
    if (copy == nullptr || copy->page != pte->page || copy->swap != pte->swap || copy->guard != pte->guard)
        ctx.fail("the child does not have what {:#x} holds", address(pte->address));
}

// VMA by VMA, since fork neither merges nor cuts.
template <class D>
void compare_child(const SpecContext<D>& ctx, const Mm<D>& child) {
    const World<D>& world = ctx.step.world;
    VmaId copy = child.mmap;
    each_vma_before(world, ctx.mm, [&](VmaId, const Vma<D>& vma) {
        if ((vma.flags & vm::dontcopy) != 0) return true;
        const Vma<D>* in_child = world.find(copy);
        if (in_child == nullptr || !copied(world, vma, *in_child)) {
            ctx.fail("the child does not have {} as the parent has it", describe(vma));
            copy = {};
            return false;
        }
        copy = in_child->next;
        const Mm<D>* parent = world.find(ctx.mm);
        if (parent != nullptr && (vma.flags & vm::wipeonfork) == 0) compare_pages(ctx, parent->pte_root, vma, child);
        return true;
    });
    if (copy) ctx.fail("the child has {}, which the parent does not have", describe(world[copy]));
    const VmFlags kept = ctx.before.def_flags & vm::nohugepage;
    if (child.def_flags != kept)
        ctx.fail("the child's def_flags are \"{}\", expected \"{}\"", short_flags(child.def_flags), short_flags(kept));
    if (child.brk.page != ctx.before.brk.page || child.brk.offset != ctx.before.brk.offset)
        ctx.fail("the child's break is {:#x}, expected {:#x}", child.brk.value(), ctx.before.brk.value());
}

template <class D>
void expect_caller_unchanged(const SpecContext<D>& ctx) {
    each_touched_vma(ctx.step, [&](const Vma<D>* before, const Vma<D>* after) {
        if (before == nullptr || before->mm != ctx.mm) return;
        const bool same = after != nullptr && after->flags == before->flags && after->file == before->file &&
                          after->start == before->start && after->end == before->end && after->pgoff == before->pgoff &&
                          after->policy == before->policy && after->uffd == before->uffd &&
                          after->anon_name == before->anon_name;
        if (!same) ctx.fail("{} of the parent changes", describe(*before));
    });
}

template <class D>
struct NewStack {
    Number<D> top;      // page number: its end
    Number<D> strings;  // pages from the top down that have a page
    Number<D> start;    // where it begins
};

// What a quarter of the stack's limit, three quarters of the usual stack at most and 32 pages at least, leaves for
// strings.
template <class D>
bool too_long(const Parameters& p, const Bytes<D>& len) {
    std::uint64_t most = 1536 * page_size;
    if (p.rlimit_stack < 4 * 1536) most = p.rlimit_stack * page_size / 4;
    if (most < 32 * page_size) most = 32 * page_size;
    const Bytes<D> limit = Bytes<D>::from(most + 8);  // and the word above them
    return len.page > limit.page || (len.page == limit.page && len.offset > limit.offset);
}

template <class D>
NewStack<D> new_stack(const Op<D>& op) {
    NewStack<D> stack;
    stack.top = op.addr.round_up();
    stack.strings = op.len.round_up();
    if (stack.strings == 0) stack.strings = 1;
    return stack;
}

// With a stack above what nothing may be mapped below: it reaches 32 pages further than its strings, or as far as its
// limit; not at all where that would be below 0.
template <class D>
void set_start(const Parameters& p, NewStack<D>& stack) {
    Number<D> size = stack.strings + 32;
    if (p.rlimit_stack != unlimited && size > p.rlimit_stack) size = p.rlimit_stack;
    if (size < stack.strings || size > stack.top) size = stack.strings;
    stack.start = stack.top - size;
}

// Whether a limit stops a stack of so many pages. The first page is asked of none.
template <class D>
bool limit_refuses(const Parameters& p, const Number<D>& pages) {
    if (pages <= 1) return false;
    return (p.rlimit_as != unlimited && pages > p.rlimit_as) || (p.rlimit_stack != unlimited && pages > p.rlimit_stack);
}

// Whether overcommit may refuse so many pages of the new address space, whose size lowers what it may use.
template <class D>
bool charge_may_be_refused(const SpecContext<D>& ctx, const Number<D>& pages) {
    return rules::commit_may_refuse<D>(ctx.step, pages + quotient(pages, 32));
}

template <class D>
void compare_stack(const SpecContext<D>& ctx, const Mm<D>& mm, const NewStack<D>& stack) {
    const World<D>& world = ctx.step.world;
    const Parameters& p = ctx.parameters();
    const Vma<D>* vma = world.find(mm.mmap);
    if (vma == nullptr || mm.map_count != 1) return ctx.fail("the new program has {} VMAs, expected one", mm.map_count);
    if (vma->start != stack.start || vma->end != stack.top)
        ctx.fail("the stack is {}, expected [{:#x},{:#x})", describe(*vma), address(stack.start), address(stack.top));
    VmFlags flags = vm::data_default | vm::growsdown | vm::account | (ctx.before.def_flags & vm::nohugepage);
    const Prot rights = ctx.step.op.prot;
    if ((rights & prot::exec) != 0 || (rights == 0 && p.read_implies_exec)) flags |= vm::exec;
    if (vma->flags != flags)
        ctx.fail("the stack's flags are \"{}\", expected \"{}\"", short_flags(vma->flags), short_flags(flags));
    if (vma->file || vma->policy || vma->uffd != 0 || vma->anon_name != 0)
        ctx.fail("the stack {} is not plain anonymous memory", describe(*vma));
    // Its offset is that of the place where it began.
    if (vma->pgoff != stack.start + (p.task_size - stack.top))
        ctx.fail("the offset of the stack is {:#x}, expected {:#x}", vma->pgoff.value(),
                 (stack.start + (p.task_size - stack.top)).value());
    if (!vma->anon_vma) ctx.fail("the stack {} has no anon_vma, expected one for its strings", describe(*vma));
    if (!p.page_layer) return;
    const StateView<D> now(world, false);
    std::uint64_t pages = 0;
    for (Number<D> page = stack.top - stack.strings; page < stack.top; page += 1) {
        const Pte<D>* pte = pte_at(now, vma->mm, page);
        if (pte == nullptr || (!pte->page && !pte->swap))
            return ctx.fail("{:#x} has no page, expected a string there", address(page));
        ++pages;
    }
    if (const Pte<D>* below = first_pte_at_or_above(now, vma->mm, Number<D>(0));
        pages != 0 && below != nullptr && below->address < stack.top - stack.strings)
        ctx.fail("{:#x} has a page, expected none below the strings", address(below->address));
}

template <class D>
void expect_old_space_gone(const SpecContext<D>& ctx) {
    const World<D>& world = ctx.step.world;
    if (world.find(ctx.mm) != nullptr) ctx.fail("the old address space is still there");
    each_vma_before(world, ctx.mm, [&](VmaId id, const Vma<D>& vma) {
        if (world.find(id) != nullptr) ctx.fail("{} outlives its address space", describe(vma));
        return true;
    });
}

}  // namespace

template <class D>
void fork(SpecContext<D>& ctx) {
    const World<D>& world = ctx.step.world;
    const std::size_t slot = free_slot(ctx);
    expect_caller_unchanged(ctx);
    if (slot == max_processes) return ctx.require(Errno::eagain);
    if (ctx.error() == Errno::enomem) {
        if (!fork_may_fail(ctx)) ctx.fail("returned ENOMEM, expected success");
        if (world.process(slot)) ctx.fail("failed and made process {}, expected no child", slot);
        return;
    }
    ctx.require(Errno::ok);
    if (ctx.error() != Errno::ok) return;
    const Bytes<D>& given = ctx.step.outcome.value;
    if (given.page != 0 || given.offset != slot) ctx.fail("returned {}, expected process {}", given.value(), slot);
    if (const Mm<D>* child = world.find(world.process(slot)))
        compare_child(ctx, *child);
    else
        ctx.fail("process {} is missing", slot);
}

template <class D>
void exit(SpecContext<D>& ctx) {
    const World<D>& world = ctx.step.world;
    ctx.require(Errno::ok);
    if (world.process(ctx.step.op.process) || world.find(ctx.mm) != nullptr) ctx.fail("the process is still there");
    each_vma_before(world, ctx.mm, [&](VmaId id, const Vma<D>& vma) {
        if (world.find(id) != nullptr) ctx.fail("{} outlives its process", describe(vma));
        return true;
    });
}

template <class D>
void exec(SpecContext<D>& ctx) {
    const World<D>& world = ctx.step.world;
    const Parameters& p = ctx.parameters();
    const Op<D>& op = ctx.step.op;
    if (p.stack_grows_up || (op.prot & ~(prot::read | prot::write | prot::exec)) != 0 ||
        op.addr.round_up() > p.task_size)
        return ctx.require(Errno::einval);
    NewStack<D> stack = new_stack(op);
    // The address space is made before a string is looked at.
    if (ctx.error() == Errno::enomem) {
        if (!ctx.injected() && !charge_may_be_refused(ctx, Number<D>(1))) ctx.fail("returned ENOMEM, expected success");
        return;
    }
    if (too_long(p, op.len) || limit_refuses<D>(p, stack.strings)) return ctx.require(Errno::e2big);
    if (ctx.error() == Errno::e2big) {
        if (!ctx.injected() && !charge_may_be_refused(ctx, stack.strings)) ctx.fail("returned E2BIG, expected success");
        return;
    }
    expect_old_space_gone(ctx);
    const MmId now = world.process(op.process);
    bool fits = stack.top >= p.mmap_min_addr && stack.strings < stack.top - p.mmap_min_addr;
    if (fits) {
        set_start(p, stack);
        fits = stack.start >= p.mmap_min_addr && !limit_refuses<D>(p, stack.top - stack.start);
    }
    if (!fits) ctx.require(Errno::sigsegv);
    if (ctx.error() == Errno::sigsegv) {
        const bool may = !fits || ctx.injected() || charge_may_be_refused<D>(ctx, stack.top - stack.start);
        if (!may) ctx.fail("returned SIGSEGV, expected success");
        if (now) ctx.fail("the process was killed and is still there");
        return;
    }
    ctx.require(Errno::ok);
    const Mm<D>* mm = world.find(now);
    if (mm == nullptr) return ctx.fail("the process has no address space");
    compare_stack(ctx, *mm, stack);
    const Bytes<D> brk = Bytes<D>::from(p.start_brk_bytes);
    if (mm->brk.page != brk.page || mm->brk.offset != brk.offset)
        ctx.fail("the break is {:#x}, expected {:#x}", mm->brk.value(), brk.value());
    if (mm->def_flags != (ctx.before.def_flags & vm::nohugepage))
        ctx.fail("def_flags are \"{}\", expected \"{}\"", short_flags(mm->def_flags),
                 short_flags(ctx.before.def_flags & vm::nohugepage));
    if (mm->ksm_entered) ctx.fail("the new address space is known to KSM");
}

template void fork(SpecContext<Plain>&);
template void fork(SpecContext<Traced>&);
template void exec(SpecContext<Plain>&);
template void exec(SpecContext<Traced>&);
template void exit(SpecContext<Plain>&);
template void exit(SpecContext<Traced>&);

}  // namespace vmacheck::specification
