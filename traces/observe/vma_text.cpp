#include "traces/observe/vma_text.hpp"

#include "traces/format/names.hpp"

#include <fmt/format.h>

#include <array>

namespace vmacheck {
namespace {

// The letters of show_smap_vma_flags (fs/proc/task_mmu.c). The access and MAY bits are shown in other ways.
constexpr std::array<FlagName, 21> smaps_letters{{
    {vm::growsdown, "gd"}, {vm::uffd_missing, "um"}, {vm::pfnmap, "pf"},     {vm::uffd_wp, "uw"},
    {vm::locked, "lo"},    {vm::io, "io"},           {vm::seq_read, "sr"},   {vm::rand_read, "rr"},
    {vm::dontcopy, "dc"},  {vm::dontexpand, "de"},   {vm::account, "ac"},    {vm::noreserve, "nr"},
    {vm::hugetlb, "ht"},   {vm::growsup, "ar"},      {vm::wipeonfork, "wf"}, {vm::dontdump, "dd"},
    {vm::softdirty, "sd"}, {vm::mixedmap, "mm"},     {vm::hugepage, "hg"},   {vm::nohugepage, "nh"},
    {vm::mergeable, "mg"},
}};

}  // namespace

std::string short_flags(VmFlags flags) {
    std::string text{(flags & vm::read) != 0 ? 'r' : '-', (flags & vm::write) != 0 ? 'w' : '-',
                     (flags & vm::exec) != 0 ? 'x' : '-', (flags & vm::may_share) != 0 ? 's' : 'p'};
    for (const FlagName& each : smaps_letters)
        if ((flags & each.bits) != 0) text.append(" ").append(each.name);
    return text;
}

std::string describe(const VmaView& vma) {
    std::string text = fmt::format("{}-{} {} pgoff {:#x}", hex(vma.start * page_size), hex(vma.end * page_size),
                                   short_flags(vma.flags), vma.pgoff.value_or(0));
    if (vma.file != 0)
        text += fmt::format(" file {}", vma.file);
    else if (vma.shared_object)
        text += " shared object";
    const unsigned anon = vma.anon_vma.value_or(0);
    if (anon != 0 || !vma.chain_members.empty())
        text += fmt::format(" anon {} chain {}", anon, chain_text(vma.chain_members));
    if (const unsigned policy = vma.policy.value_or(0); policy != 0) text += fmt::format(" policy {}", policy);
    if (const unsigned uffd = vma.uffd.value_or(0); uffd != 0) text += fmt::format(" uffd {}", uffd);
    if (const unsigned name = vma.name.value_or(0); name != 0) text += fmt::format(" name {}", name);
    return text;
}

std::string chain_text(const std::vector<unsigned>& chain) {
    return fmt::format("{}", fmt::join(chain, ">"));
}

}  // namespace vmacheck
