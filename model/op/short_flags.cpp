#include "model/op/short_flags.hpp"

#include "model/op/flag_names.hpp"

#include <array>

namespace vmacheck {
namespace {

// The access and MAY bits are shown in other ways.
constexpr std::array<FlagName, 24> smaps_letters{{
    {vm::growsdown, "gd"},  {vm::uffd_missing, "um"}, {vm::pfnmap, "pf"},     {vm::maybe_guard, "gu"},
    {vm::uffd_wp, "uw"},    {vm::locked, "lo"},       {vm::io, "io"},         {vm::seq_read, "sr"},
    {vm::rand_read, "rr"},  {vm::dontcopy, "dc"},     {vm::dontexpand, "de"}, {vm::account, "ac"},
    {vm::noreserve, "nr"},  {vm::hugetlb, "ht"},      {vm::growsup, "ar"},    {vm::wipeonfork, "wf"},
    {vm::dontdump, "dd"},   {vm::softdirty, "sd"},    {vm::mixedmap, "mm"},   {vm::hugepage, "hg"},
    {vm::nohugepage, "nh"}, {vm::mergeable, "mg"},    {vm::droppable, "dp"},  {vm::sealed, "sl"},
}};

// Not in show_smap_vma_flags of v5.10, or shown there in another form. "sh" is as there.
constexpr std::array<FlagName, 3> further_letters{{{vm::shared, "sh"}, {vm::lockonfault, "of"}, {vm::sync, "sf"}}};

// "rwx" for the three bits from `read` upwards.
std::string access_text(VmFlags flags, VmFlags read) {
    return {(flags & read) != 0 ? 'r' : '-', (flags & (read << 1)) != 0 ? 'w' : '-',
            (flags & (read << 2)) != 0 ? 'x' : '-'};
}

std::string proc_text(VmFlags flags) {
    return access_text(flags, vm::read) + ((flags & vm::may_share) != 0 ? 's' : 'p');
}

template <std::size_t size>
void append_letters(std::string& text, VmFlags flags, const std::array<FlagName, size>& letters) {
    for (const FlagName& each : letters)
        if ((flags & each.bits) != 0) text.append(" ").append(each.name);
}

}  // namespace

std::string short_flags(VmFlags flags) {
    std::string text = proc_text(flags);
    append_letters(text, flags, smaps_letters);
    return text;
}

std::string long_flags(VmFlags flags) {
    std::string text = proc_text(flags) + " may " + access_text(flags, vm::may_read);
    append_letters(text, flags, further_letters);
    append_letters(text, flags, smaps_letters);
    return text;
}

}  // namespace vmacheck
