// Stable names of errors, advices and allocation sites; they stand in traces. Those of operations are in op_table.cpp.
#include "model/op/op.hpp"

#include <array>

namespace vmacheck {
namespace {

constexpr std::array<std::string_view, 3> access_names{"read", "write", "exec"};

constexpr std::array<std::string_view, 24> advice_names{
    "NORMAL",     "RANDOM",        "SEQUENTIAL",     "DONTFORK",        "DOFORK",        "WIPEONFORK",
    "KEEPONFORK", "DONTDUMP",      "DODUMP",         "DONTNEED",        "FREE",          "REMOVE",
    "COLD",       "PAGEOUT",       "WILLNEED",       "MERGEABLE",       "UNMERGEABLE",   "HUGEPAGE",
    "NOHUGEPAGE", "POPULATE_READ", "POPULATE_WRITE", "DONTNEED_LOCKED", "GUARD_INSTALL", "GUARD_REMOVE"};

constexpr std::array<std::string_view, 21> errno_names{
    "0",       "EPERM",  "EINTR",     "E2BIG",      "EBADF",  "EAGAIN",  "ENOMEM",
    "EACCES",  "EFAULT", "EBUSY",     "EEXIST",     "ENODEV", "EINVAL",  "ENFILE",
    "ETXTBSY", "ENOSPC", "EOVERFLOW", "EOPNOTSUPP", "ESRCH",  "SIGSEGV", "SIGBUS"};

constexpr std::array<std::string_view, 11> alloc_kind_names{
    "any", "vma", "anon_vma", "avc", "mm", "file", "page", "page_table", "inode", "policy", "mm_slot"};

struct SiteInfo {
    AllocKind kind;
    std::string_view name;
};

constexpr std::array<SiteInfo, static_cast<std::size_t>(AllocSite::count)> sites{{
    {AllocKind::vma, "mmap_region.vma"},
    {AllocKind::vma, "do_brk_flags.vma"},
    {AllocKind::vma, "split_vma.vma"},
    {AllocKind::avc, "anon_vma_clone.avc"},
    {AllocKind::avc, "anon_vma_prepare.avc"},
    {AllocKind::anon_vma, "anon_vma_prepare.anon_vma"},
    {AllocKind::anon_vma, "anon_vma_fork.anon_vma"},
    {AllocKind::avc, "anon_vma_fork.avc"},
    {AllocKind::mm, "dup_mm.mm"},
    {AllocKind::vma, "dup_mmap.vma"},
    {AllocKind::file, "shmem_zero_setup.file"},
    {AllocKind::vma, "copy_vma.vma"},
    {AllocKind::page_table, "move_page_tables.page_table"},
    {AllocKind::page_table, "copy_page_range.page_table"},
    {AllocKind::page_table, "fault.page_table"},
    {AllocKind::page, "fault.page"},
    {AllocKind::page, "cow.page"},
    {AllocKind::page, "swap_in.page"},
    {AllocKind::page, "add_to_swap.slot"},
    {AllocKind::inode, "shmem_get_inode.inode"},
    {AllocKind::file, "shmat.file"},
    {AllocKind::vma, "special_mapping.vma"},
    {AllocKind::policy, "mpol_new.policy"},
    {AllocKind::policy, "vma_replace_policy.policy"},
    {AllocKind::policy, "split_vma.policy"},
    {AllocKind::policy, "copy_vma.policy"},
    {AllocKind::policy, "dup_mmap.policy"},
    {AllocKind::mm_slot, "ksm_enter.mm_slot"},
    {AllocKind::mm_slot, "ksm_fork.mm_slot"},
    {AllocKind::mm, "bprm_mm_init.mm"},
    {AllocKind::vma, "bprm_mm_init.vma"},
}};

}  // namespace

AllocKind kind(AllocSite site) {
    return sites.at(static_cast<std::size_t>(site)).kind;
}
std::string_view name(AllocSite site) {
    return sites.at(static_cast<std::size_t>(site)).name;
}
std::string_view name(AllocKind kind) {
    return alloc_kind_names.at(static_cast<std::size_t>(kind));
}
std::string_view name(Access access) {
    return access_names.at(static_cast<std::size_t>(access));
}
std::string_view name(Advice advice) {
    return advice_names.at(static_cast<std::size_t>(advice));
}
std::string_view name(Errno error) {
    return errno_names.at(static_cast<std::size_t>(error));
}

}  // namespace vmacheck
