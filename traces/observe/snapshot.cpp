#include "traces/observe/snapshot.hpp"

#include "model/state/world.hpp"
#include "traces/format/names.hpp"

namespace vmacheck {
namespace {

// As show_smap_vma_flags of fs/proc/task_mmu.c calls them. The access and MAY bits are shown in other ways.
constexpr std::array<FlagName, 21> smaps_letters{{
    {vm::growsdown, "gd"}, {vm::uffd_missing, "um"}, {vm::pfnmap, "pf"},     {vm::uffd_wp, "uw"},
    {vm::locked, "lo"},    {vm::io, "io"},           {vm::seq_read, "sr"},   {vm::rand_read, "rr"},
    {vm::dontcopy, "dc"},  {vm::dontexpand, "de"},   {vm::account, "ac"},    {vm::noreserve, "nr"},
    {vm::hugetlb, "ht"},   {vm::growsup, "ar"},      {vm::wipeonfork, "wf"}, {vm::dontdump, "dd"},
    {vm::softdirty, "sd"}, {vm::mixedmap, "mm"},     {vm::hugepage, "hg"},   {vm::nohugepage, "nh"},
    {vm::mergeable, "mg"},
}};

// A VMA list longer than this is a cycle.
constexpr std::size_t most_vmas = std::size_t{1} << id_index_bits;

template <class F>
void each_live_vma(const World<Plain>& world, MmId mm_id, F&& f) {
    const Mm<Plain>* mm = mm_id ? world.find(mm_id) : nullptr;
    if (mm == nullptr) return;
    VmaId id = mm->mmap;
    for (std::size_t count = 0; id && count < most_vmas; ++count) {
        const Vma<Plain>* vma = world.find(id);
        if (vma == nullptr) return;
        f(id, *vma);
        id = vma->next;
    }
}

std::vector<unsigned> chain_of(const World<Plain>& world, const Vma<Plain>& vma, AnonNumbers& numbers) {
    std::vector<unsigned> chain;
    for (AvcId id = vma.chain_newest; id && chain.size() < most_vmas;) {
        const Avc<Plain>* avc = world.find(id);
        if (avc == nullptr) break;
        chain.push_back(numbers.number(avc->anon_vma));
        id = avc->older;
    }
    return chain;
}

}  // namespace

unsigned AnonNumbers::number(AnonVmaId id) {
    if (!id) return 0;
    return numbers_.try_emplace(id, static_cast<unsigned>(numbers_.size()) + 1).first->second;
}

void AnonNumbers::visit(const World<Plain>& world) {
    for (std::size_t slot = 0; slot < max_processes; ++slot)
        each_live_vma(world, world.process(slot), [&](VmaId, const Vma<Plain>& vma) { number(vma.anon_vma); });
}

ProcessSnapshot take_snapshot(const World<Plain>& world, std::size_t slot, AnonNumbers& numbers) {
    ProcessSnapshot snapshot;
    const MmId mm_id = world.process(slot);
    const Mm<Plain>* mm = mm_id ? world.find(mm_id) : nullptr;
    if (mm == nullptr) return snapshot;
    snapshot.alive = true;
    snapshot.map_count = mm->map_count;
    snapshot.brk_bytes = mm->brk.value();
    snapshot.total_vm = mm->total_vm.value();
    snapshot.locked_vm = mm->locked_vm.value();
    snapshot.stack_vm = mm->stack_vm.value();
    snapshot.hiwater_vm = mm->hiwater_vm.value();
    each_live_vma(world, mm_id, [&](VmaId id, const Vma<Plain>& vma) {
        VmaSnapshot each;
        each.id = id;
        each.chain = chain_of(world, vma, numbers);
        each.seen = {.start = vma.start.value(),
                     .end = vma.end.value(),
                     .flags = vma.flags,
                     .pgoff = vma.pgoff.value(),
                     .file = 0,
                     .anon_vma = numbers.number(vma.anon_vma),
                     .chain = static_cast<unsigned>(each.chain.size()),
                     .policy = 0,
                     .uffd = vma.uffd};
        if (const MemPolicy* policy = vma.policy ? world.find(vma.policy) : nullptr) each.seen.policy = policy->content;
        if (const File<Plain>* file = vma.file ? world.find(vma.file) : nullptr) {
            each.has_file = true;
            each.file_kind = file->kind;
            each.seen.file = file->spec;
        }
        snapshot.vmas.push_back(std::move(each));
    });
    return snapshot;
}

WorldSnapshot take_snapshot(const World<Plain>& world, AnonNumbers& numbers) {
    numbers.visit(world);
    WorldSnapshot snapshot;
    snapshot.committed = static_cast<std::int64_t>(world.globals().committed.value()) -
                         static_cast<std::int64_t>(world.globals().overdrawn.value());
    for (std::size_t slot = 0; slot < max_processes; ++slot)
        snapshot.processes[slot] = take_snapshot(world, slot, numbers);
    return snapshot;
}

std::string short_flags(VmFlags flags) {
    std::string text{(flags & vm::read) != 0 ? 'r' : '-', (flags & vm::write) != 0 ? 'w' : '-',
                     (flags & vm::exec) != 0 ? 'x' : '-', (flags & vm::may_share) != 0 ? 's' : 'p'};
    for (const FlagName& each : smaps_letters)
        if ((flags & each.bits) != 0) text.append(" ").append(each.name);
    return text;
}

}  // namespace vmacheck
