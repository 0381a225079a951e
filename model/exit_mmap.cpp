#include "model/exit_mmap.hpp"

#include "model/accounting.hpp"
#include "model/anon_vma.hpp"
#include "model/file.hpp"
#include "model/munmap.hpp"
#include "model/page_table.hpp"
#include "model/state/function_scope.hpp"

namespace vmacheck {

template <class D>
void exit_mmap(World<D>& world, MmId mm) {
    const FunctionScope scope(world, "exit_mmap");
    zap_range(world, mm, Number<D>(0), Number<D>(world.parameters().task_size));
    world.let_others_run(mm);
    for (VmaId each = world[mm].mmap; each; each = world[each].next) {
        unlink_anon_vmas(world, each);
        unlink_file_vma_locked(world, each);
    }
    Number<D> accounted = 0;
    for (VmaId each = world[mm].mmap; each;) {
        const VmaId next = world[each].next;
        if ((world[each].flags & vm::account) != 0) accounted += pages(world[each]);
        remove_vma(world, each);
        each = next;
    }
    if (accounted > 0) uncharge_commit(world, accounted);
    world.free(mm);
}

template void exit_mmap(World<Plain>&, MmId);
template void exit_mmap(World<Traced>&, MmId);

}  // namespace vmacheck
