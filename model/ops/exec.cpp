// exec: a new address space with the stack of a new program (v5.10 fs/exec.c bprm_mm_init, copy_strings, exec_mmap and
// setup_arg_pages, in the order in which do_execveat_common and load_elf_binary call them). What the program's file
// maps comes with later calls.
//
// The stack begins at the very top, since it is not known yet where it is to end. Once the old address space is gone it
// moves down to its place:
//
//                                          old_start  old_end
//                                              |ssssssssss|
//       |......................................|ssssssssss|    __vma_adjust: the start falls
//       |ssssssssss|......................................|    move_page_tables
//       |ssssssssss|                                           __vma_adjust: the end falls
//   new_start  new_end
//
// No other caller asks __vma_adjust for these two. The offset stays, so between the first and the move reverse mapping
// looks for the pages where they will be.
//
// What fails before the old address space is gone leaves the process as it was. Later it is too late: the process is
// killed, which is SIGSEGV here.
#include "model/adjust.hpp"
#include "model/exit_mmap.hpp"
#include "model/faults/stack.hpp"
#include "model/gap_tree.hpp"
#include "model/insert_vm_struct.hpp"
#include "model/mprotect_fixup.hpp"
#include "model/ops/ops.hpp"
#include "model/page_fault.hpp"
#include "model/page_table.hpp"
#include "model/stack_growth.hpp"
#include "model/state/function_scope.hpp"

#include <algorithm>

namespace vmacheck {
namespace {

// VM_STACK_INCOMPLETE_SETUP: no advice gives both.
constexpr VmFlags incomplete_setup = vm::rand_read | vm::seq_read;
constexpr std::uint64_t stack_expand = 32;  // pages, 128 KiB

// VM_STACK_FLAGS.
VmFlags stack_flags(const Parameters& p) {
    return vm::data_default | vm::growsdown | vm::account | (p.read_implies_exec ? vm::exec : 0);
}

// bprm_stack_limits: the most that strings may take with the word above them, in bytes. The pointers to them are not
// counted.
std::uint64_t most_bytes_of_strings(const Parameters& p) {
    constexpr std::uint64_t usual_stack = 2048;  // pages
    constexpr std::uint64_t arg_max = 128 << 10;
    // A quarter of the limit, at most three quarters of the usual stack.
    const std::uint64_t quartered = std::min(p.rlimit_stack, 3 * usual_stack);  // pages
    return std::max(quartered * page_size / 4, arg_max) + 8;
}

// bprm_mm_init. enomem: *mm may be there, without a stack.
template <class D>
Errno bprm_mm_init(World<D>& world, MmId old, MmId* mm, VmaId* stack) {
    const FunctionScope scope(world, "bprm_mm_init");
    const Parameters& p = world.parameters();
    if (!world.may_allocate(AllocSite::bprm_mm_init_mm)) return Errno::enomem;
    *mm = world.template allocate<MmId>();
    Mm<D>& space = world.change(*mm);
    space.def_flags = world[old].def_flags & vm::nohugepage;
    space.brk = Bytes<D>::from(p.start_brk_bytes);
    if (!world.may_allocate(AllocSite::bprm_mm_init_vma)) return Errno::enomem;
    const VmaId id = world.template allocate<VmaId>();
    Vma<D>& vma = world.change(id);
    vma.mm = *mm;
    vma.start = p.task_size - 1;
    vma.end = p.task_size;
    vma.flags = stack_flags(p) | incomplete_setup | (p.soft_dirty ? vm::softdirty : 0);
    world.emit(Event::mmap_lock_write, mm->raw());
    const Errno error = insert_vm_struct(world, id);
    if (error == Errno::ok) {
        world.change(*mm).stack_vm = world.change(*mm).total_vm = 1;
        *stack = id;
    } else {
        world.free(id);
    }
    world.emit(Event::mmap_unlock_write, mm->raw());
    return error;
}

// get_arg_page: the page of a string, for writing.
template <class D>
bool get_arg_page(World<D>& world, VmaId stack, const Number<D>& page) {
    const MmId mm = world[stack].mm;
    world.emit(Event::mmap_lock_read, mm.raw());
    const bool grown = page >= world[stack].start || expand_downwards(world, stack, page, mm) == Errno::ok;
    const bool had = grown && faultin_page(world, stack, page, Access::write) == Errno::ok;
    world.emit(Event::mmap_unlock_read, mm.raw());
    return had;
}

// copy_strings: from the top down. Whatever is wrong is E2BIG.
template <class D>
Errno copy_strings(World<D>& world, VmaId stack, const Bytes<D>& len) {
    const FunctionScope scope(world, "copy_strings");
    const Bytes<D> most = Bytes<D>::from(most_bytes_of_strings(world.parameters()));
    if (len.page > most.page || (len.page == most.page && len.offset > most.offset)) return Errno::e2big;
    const Number<D> top = world[stack].end;
    Number<D> page = top - 1;  // the name of the program is always there
    if (!get_arg_page(world, stack, page)) return Errno::e2big;
    while (top - page < len.round_up()) {
        page -= 1;
        if (!get_arg_page(world, stack, page)) return Errno::e2big;
    }
    return Errno::ok;
}

// shift_arg_pages: the stack, the only VMA there is, falls by so many pages. efault: another is in the way.
template <class D>
Errno shift_arg_pages(World<D>& world, VmaId stack, const Number<D>& shift) {
    const FunctionScope scope(world, "shift_arg_pages");
    const Vma<D>& vma = world[stack];
    const MmId mm = vma.mm;
    const Number<D> old_start = vma.start;
    const Number<D> old_end = vma.end;
    const Number<D> new_start = old_start - shift;
    if (find_vma(world, mm, new_start) != stack) return Errno::efault;
    const Number<D> pgoff = vma.pgoff;
    if (vma_adjust(world, Adjustment<D>{stack, new_start, old_end, pgoff, {}, {}}) != Errno::ok) return Errno::enomem;
    if (move_page_tables<D>(world, mm, old_start, new_start, old_end - old_start) != Errno::ok) {
        // The process goes now. The kernel leaves the VMA as long as it is, and was not charged for that.
        if (!world.has_fault(faults::exec_shift_uncharge))
            vma_adjust(world, Adjustment<D>{stack, old_start, old_end, pgoff, {}, {}});
        return Errno::enomem;
    }
    if (world.has_fault(faults::exec_end_kept)) return Errno::ok;
    return vma_adjust<D>(world, Adjustment<D>{stack, new_start, old_end - shift, pgoff, {}, {}});
}

// The page down to which a new stack reaches: 128 KiB below its strings, or as far as RLIMIT_STACK allows it.
template <class D>
Number<D> stack_base(const World<D>& world, const Vma<D>& vma) {
    const std::uint64_t limit = world.parameters().rlimit_stack;
    const Number<D> size = vma.end - vma.start;
    const bool limited = limit != unlimited && size + stack_expand > limit;
    const Number<D> reach = limited ? Number<D>(limit) : size + stack_expand;
    // What would begin below 0 begins near 2^64, where nothing has to grow.
    return reach <= size || reach > vma.end ? vma.start : vma.end - reach;
}

// setup_arg_pages: the stack is to end at top and to have these rights (Op::prot). Anything but ok: the process is to be
// killed.
template <class D>
Errno setup_arg_pages(World<D>& world, VmaId stack, const Number<D>& top, Prot rights) {
    const FunctionScope scope(world, "setup_arg_pages");
    const Parameters& p = world.parameters();
    const Vma<D>& vma = world[stack];
    if (top < p.mmap_min_addr || vma.end - vma.start >= top - p.mmap_min_addr) return Errno::enomem;
    VmFlags flags = stack_flags(p) | incomplete_setup | world[vma.mm].def_flags;  // VM_SOFTDIRTY goes
    if ((rights & prot::exec) != 0)
        flags |= vm::exec;
    else if (rights != 0)
        flags &= ~vm::exec;
    VmaId prev;
    if (const Errno error = mprotect_fixup(world, stack, &prev, vma.start, vma.end, flags); error != Errno::ok)
        return error;
    if (top < vma.end)
        if (const Errno error = shift_arg_pages<D>(world, stack, vma.end - top); error != Errno::ok) return error;
    world.change(stack).flags &= ~incomplete_setup;
    const Number<D> base = stack_base(world, vma);
    if (base < p.mmap_min_addr) return Errno::efault;
    if (base >= vma.start) return Errno::ok;
    return expand_downwards(world, stack, base, vma.mm) == Errno::ok ? Errno::ok : Errno::efault;
}

}  // namespace

template <class D>
void op_exec(World<D>& world, MmId old, const Op<D>& op, Outcome<D>& outcome) {
    const Parameters& p = world.parameters();
    const Number<D> top = op.addr.round_up();
    if (p.stack_grows_up || (op.prot & ~(prot::read | prot::write | prot::exec)) != 0 || top > p.task_size) {
        outcome.error = Errno::einval;
        return;
    }
    MmId mm;
    VmaId stack;
    Errno error = bprm_mm_init(world, old, &mm, &stack);
    if (error == Errno::ok) error = copy_strings(world, stack, op.len);
    if (error != Errno::ok) {
        if (mm) exit_mmap(world, mm);
        outcome.error = error;
        return;
    }
    exit_mmap(world, old);  // exec_mmap
    world.change_globals().processes[op.process] = mm;
    world.emit(Event::mmap_lock_write, mm.raw());
    error = setup_arg_pages(world, stack, top, op.prot);
    world.emit(Event::mmap_unlock_write, mm.raw());
    if (error == Errno::ok) return;
    exit_mmap(world, mm);
    world.change_globals().processes[op.process] = {};
    outcome.error = Errno::sigsegv;
}

template void op_exec(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_exec(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
