#include "checker/coverage/operation_table.hpp"

#include "properties/contracts/residue_table.hpp"
#include "traces/format/names.hpp"

#include <fmt/format.h>

#include <array>
#include <span>

namespace vmacheck {
namespace {

using Sites = std::vector<AllocSite>;

Sites operator+(Sites a, const Sites& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

// A VMA cut in two, or a chain taken over by a merge.
const Sites cut{AllocSite::split_vma_vma, AllocSite::split_vma_policy, AllocSite::anon_vma_clone_avc};
const Sites take_over{AllocSite::anon_vma_clone_avc};
// A page faulted in, by an access or because it is locked; in new memory there is none to copy.
const Sites faulting_in_new{AllocSite::fault_page_table, AllocSite::anon_vma_prepare_avc,
                            AllocSite::anon_vma_prepare_anon_vma, AllocSite::fault_page};
const Sites populating = faulting_in_new + Sites{AllocSite::cow_page};
const Sites faulting_in = populating + Sites{AllocSite::swap_in_page};
// Shared memory has no anon_vma.
const Sites populating_shared{AllocSite::fault_page_table, AllocSite::fault_page};
const Sites copying{AllocSite::dup_mm_mm,          AllocSite::dup_mmap_vma,
                    AllocSite::anon_vma_clone_avc, AllocSite::anon_vma_fork_anon_vma,
                    AllocSite::anon_vma_fork_avc,  AllocSite::copy_page_range_page_table,
                    AllocSite::dup_mmap_policy,    AllocSite::ksm_fork_mm_slot};

struct Described {
    OpKind op;
    std::string_view stands_for;
    Sites allocations;
};

// The one place where a new operation says what it stands for and what it allocates. In the order of OpKind.
const std::array<Described, static_cast<std::size_t>(OpKind::count)> described{{
    {OpKind::mmap, "mmap",
     Sites{AllocSite::mmap_region_vma, AllocSite::shmem_get_inode, AllocSite::shmem_zero_setup_file} + cut +
         populating},
    {OpKind::munmap, "munmap", cut},
    {OpKind::mprotect, "mprotect", cut + populating},
    {OpKind::brk, "brk", Sites{AllocSite::do_brk_flags_vma} + cut + faulting_in_new},
    {OpKind::madvise, "madvise", cut + Sites{AllocSite::add_to_swap_slot, AllocSite::ksm_enter_mm_slot}},
    {OpKind::fault, "an access of the process itself, with growth of a stack", faulting_in},
    {OpKind::remote_access, "process_vm_readv, process_vm_writev", faulting_in},
    {OpKind::fork, "fork: dup_mm", copying},
    {OpKind::exit, "exit_mmap", {}},
    {OpKind::split, "split_vma", cut},
    {OpKind::mremap, "mremap",
     Sites{AllocSite::copy_vma_vma, AllocSite::copy_vma_policy, AllocSite::move_page_tables_page_table} + cut +
         populating},
    {OpKind::mlock, "mlock, mlock2", cut + faulting_in},
    {OpKind::munlock, "munlock", cut},
    {OpKind::mlockall, "mlockall", take_over + faulting_in},
    {OpKind::munlockall, "munlockall", take_over},
    {OpKind::reclaim, "memory pressure on one page: add_to_swap, try_to_unmap", Sites{AllocSite::add_to_swap_slot}},
    {OpKind::truncate, "ftruncate", {}},
    {OpKind::shmat, "shmat", Sites{AllocSite::shmat_file, AllocSite::mmap_region_vma} + cut + populating_shared},
    {OpKind::shmdt, "shmdt", {}},
    {OpKind::remap_file_pages, "remap_file_pages",
     Sites{AllocSite::mmap_region_vma, AllocSite::split_vma_vma, AllocSite::split_vma_policy} + populating_shared},
    {OpKind::special_mapping, "_install_special_mapping: the vdso and its like", Sites{AllocSite::special_mapping_vma}},
    {OpKind::mbind, "mbind", Sites{AllocSite::mpol_new_policy, AllocSite::vma_replace_policy_policy} + cut},
    {OpKind::uffd_register, "ioctl UFFDIO_REGISTER", cut},
    {OpKind::uffd_unregister, "ioctl UFFDIO_UNREGISTER", cut},
    {OpKind::uffd_close, "the last close of a userfaultfd context", take_over},
}};

void add_names(std::vector<std::string>& out, std::span<const FlagName> table, std::string_view prefix) {
    for (const FlagName& each : table) out.push_back(fmt::format("{}{}", prefix, each.name));
}

// By the names of the trace format, which refuses all others.
std::vector<std::string> flags_of(OpKind kind) {
    std::vector<std::string> flags;
    switch (kind) {
        case OpKind::mmap:
            add_names(flags, map_type_names(), "");
            add_names(flags, map_flag_names(), "");
            break;
        case OpKind::mprotect: add_names(flags, prot_names(), ""); break;
        case OpKind::remap_file_pages: add_names(flags, map_flag_names(), ""); break;
        case OpKind::madvise: return {advice_list()};
        case OpKind::fault: return {access_list()};
        case OpKind::remote_access: return {"read, write"};
        default: add_names(flags, call_flag_names(kind), ""); break;
    }
    return flags;
}

std::string joined(const std::vector<std::string>& names) {
    return names.empty() ? "-" : fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::vector<OperationRow> operation_table() {
    std::vector<OperationRow> rows;
    for (const Described& each : described) {
        OperationRow row{each.op, each.stands_for, flags_of(each.op), {}, each.allocations};
        for (const Residue& residue : residue_table)
            if (residue.op == row.op && residue.error != Errno::ok) row.errors.push_back(residue.error);
        rows.push_back(std::move(row));
    }
    return rows;
}

std::string operation_table_markdown() {
    std::string text = "| operation | stands for | flags | errors | allocations that may fail |\n";
    text += "| --- | --- | --- | --- | --- |\n";
    for (const OperationRow& row : operation_table()) {
        std::vector<std::string> errors;
        for (const Errno each : row.errors) errors.emplace_back(name(each));
        std::vector<std::string> sites;
        for (const AllocSite each : row.allocations) sites.emplace_back(name(each));
        text += fmt::format("| `{}` | {} | {} | {} | {} |\n", name(row.op), row.stands_for, joined(row.flags),
                            joined(errors), joined(sites));
    }
    return text;
}

}  // namespace vmacheck
