#include "checker/operation_table.hpp"

#include "properties/contracts/residue_table.hpp"
#include "traces/names.hpp"

#include <fmt/format.h>

#include <array>

namespace vmacheck {
namespace {

using Sites = std::vector<AllocSite>;

Sites operator+(Sites a, const Sites& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

// A VMA cut in two, or a chain taken over by a merge.
const Sites cut{AllocSite::split_vma_vma, AllocSite::anon_vma_clone_avc};
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
                    AllocSite::anon_vma_fork_avc,  AllocSite::copy_page_range_page_table};

// The one place where a new operation says what it stands for and what it allocates.
void describe(OperationRow& row) {
    switch (row.op) {
        case OpKind::mmap:
            row.stands_for = "mmap";
            row.allocations =
                Sites{AllocSite::mmap_region_vma, AllocSite::shmem_get_inode, AllocSite::shmem_zero_setup_file} + cut +
                populating;
            return;
        case OpKind::munmap:
            row.stands_for = "munmap";
            row.allocations = cut;
            return;
        case OpKind::mprotect:
            row.stands_for = "mprotect";
            row.allocations = cut + populating;
            return;
        case OpKind::brk:
            row.stands_for = "brk";
            row.allocations = Sites{AllocSite::do_brk_flags_vma} + cut + faulting_in_new;
            return;
        case OpKind::madvise:
            row.stands_for = "madvise";
            row.allocations = cut + Sites{AllocSite::add_to_swap_slot};
            return;
        case OpKind::fault:
            row.stands_for = "an access of the process itself, with growth of a stack";
            row.allocations = faulting_in;
            return;
        case OpKind::remote_access:
            row.stands_for = "process_vm_readv, process_vm_writev";
            row.allocations = faulting_in;
            return;
        case OpKind::fork:
            row.stands_for = "fork: dup_mm";
            row.allocations = copying;
            return;
        case OpKind::exit: row.stands_for = "exit_mmap"; return;
        case OpKind::split:
            row.stands_for = "split_vma";
            row.allocations = cut;
            return;
        case OpKind::mremap:
            row.stands_for = "mremap";
            row.allocations = Sites{AllocSite::copy_vma_vma, AllocSite::move_page_tables_page_table} + cut + populating;
            return;
        case OpKind::mlock:
            row.stands_for = "mlock, mlock2";
            row.allocations = cut + faulting_in;
            return;
        case OpKind::munlock:
            row.stands_for = "munlock";
            row.allocations = cut;
            return;
        case OpKind::mlockall:
            row.stands_for = "mlockall";
            row.allocations = take_over + faulting_in;
            return;
        case OpKind::munlockall:
            row.stands_for = "munlockall";
            row.allocations = take_over;
            return;
        case OpKind::reclaim:
            row.stands_for = "memory pressure on one page: add_to_swap, try_to_unmap";
            row.allocations = Sites{AllocSite::add_to_swap_slot};
            return;
        case OpKind::truncate: row.stands_for = "ftruncate"; return;
        case OpKind::shmat:
            row.stands_for = "shmat";
            row.allocations = Sites{AllocSite::shmat_file, AllocSite::mmap_region_vma} + cut + populating_shared;
            return;
        case OpKind::shmdt: row.stands_for = "shmdt"; return;
        case OpKind::remap_file_pages:
            row.stands_for = "remap_file_pages";
            row.allocations = Sites{AllocSite::mmap_region_vma, AllocSite::split_vma_vma} + populating_shared;
            return;
        case OpKind::special_mapping:
            row.stands_for = "_install_special_mapping: the vdso and its like";
            row.allocations = Sites{AllocSite::special_mapping_vma};
            return;
        case OpKind::count: return;
    }
}

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

// Errors of the table that no trace of the corpus shows, and why.
constexpr std::array<UnshownError, 0> unshown{};

std::string joined(const std::vector<std::string>& names) {
    return names.empty() ? "-" : fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::vector<OperationRow> operation_table() {
    std::vector<OperationRow> rows;
    for (int i = 0; i < static_cast<int>(OpKind::count); ++i) {
        OperationRow row;
        row.op = static_cast<OpKind>(i);
        describe(row);
        row.flags = flags_of(row.op);
        for (const Residue& each : residue_table)
            if (each.op == row.op && each.error != Errno::ok) row.errors.push_back(each.error);
        rows.push_back(std::move(row));
    }
    return rows;
}

std::span<const UnshownError> unshown_errors() {
    return unshown;
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
