// Which property notices a field: each field of each object of the World's state, changed alone, and the property that
// reports it. A field without a row, a row whose property is silent, and a row that says less than what is reported
// fail. properties/FIELDS.md shows the table; with VMACHECK_UPDATE_PAGES=1 in the environment it is written.
#include "checker/exhaustive/canonical_fields.hpp"
#include "model/op/short_flags.hpp"
#include "tests/properties/invariant_damage.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace vmacheck {
namespace {

using W = World<Plain>;

// State that belongs to no object; not in canonical_fields.hpp, since no pool has it.
constexpr std::array globals_fields{std::string_view("committed"), std::string_view("overdrawn"),
                                    std::string_view("processes")};
auto fields_of(const W::Globals& o) {
    const auto& [a, b, c] = o;
    return std::tie(a, b, c);
}
static_assert(std::tuple_size_v<decltype(fields_of(std::declval<const W::Globals&>()))> == globals_fields.size());

// How early a change is noticed.
enum class Seen : std::uint8_t {
    always,   // from the state alone
    by_step,  // after a step: an operation about all of the address space may do much, but not this
    never,
};

struct FieldDamage {
    const char* object;
    const char* field;
    const char* change;    // in words
    const char* property;  // or nullptr
    Seen seen;
    std::function<void(W&)> apply;
    const char* why = "";  // of a change that is never noticed
    VmFlags flag = 0;      // which of vm_flags it is
};

constexpr std::uint64_t special_at = 84;  // [84,86), as the vdso, but without an ->mremap

std::vector<FieldDamage> vma_rows() {
    return {
        {"Vma", "start", "inside the VMA below", "list-order", Seen::always,
         [](W& w) { change_vma(w, faulted_upper_at).start -= 1; }},
        {"Vma", "start", "into the VMA", "gap-cache", Seen::always, [](W& w) { change_vma(w, hooks_at).start += 1; }},
        {"Vma", "end", "inside the VMA above", "list-order", Seen::always,
         [](W& w) { change_vma(w, faulted_at).end += 1; }},
        {"Vma", "end", "of the last VMA", "highest-vm-end", Seen::always,
         [](W& w) { change_vma(w, special_at).end += 1; }},
        {"Vma", "rb", "a red root", "red-black", Seen::always,
         [](W& w) { w.change(w[w.process(parent_slot)].rb_root).rb.red = true; }},
        {"Vma", "rb", "a child lost", "list-equals-tree", Seen::always,
         [](W& w) { w.change(w[w.process(parent_slot)].rb_root).rb.left = {}; }},
        {"Vma", "prev", "none", "list-order", Seen::always, [](W& w) { change_vma(w, text_at).prev = {}; }},
        {"Vma", "next", "none", "list-order", Seen::always, [](W& w) { change_vma(w, text_at).next = {}; }},
        {"Vma", "subtree_gap", "a page more", "gap-cache", Seen::always,
         [](W& w) { change_vma(w, text_at).subtree_gap += 1; }},
        {"Vma", "pgoff", "of memory without pages", "unfaulted-pgoff", Seen::always,
         [](W& w) { change_vma(w, unfaulted_at).pgoff += 1; }},
        {"Vma", "pgoff", "of memory with pages", "rmap-completeness", Seen::always,
         [](W& w) { change_vma(w, faulted_at).pgoff += 1; }},
        {"Vma", "pgoff", "of a file", "interval-keys", Seen::always, [](W& w) { change_vma(w, hooks_at).pgoff += 1; }},
        {"Vma", "pgoff", "of a special mapping", "page-map", Seen::by_step,
         [](W& w) { change_vma(w, special_at).pgoff += 1; }},
        {"Vma", "mm", "another process", "list-order", Seen::always,
         [](W& w) { change_vma(w, text_at).mm = w.process(child_slot); }},
        {"Vma", "file", "another of the inode", "file-references", Seen::always,
         [](W& w) { change_vma(w, shared_file_at).file = file_at(w, same_inode_at); }},
        {"Vma", "file", "none", "interval-keys", Seen::always, [](W& w) { change_vma(w, hooks_at).file = {}; }},
        {"Vma", "policy", "none", "policy-references", Seen::always,
         [](W& w) { change_vma(w, policy_at).policy = {}; }},
        {"Vma", "anon_vma", "none", "chain-symmetry", Seen::always,
         [](W& w) { change_vma(w, faulted_at).anon_vma = {}; }},
        {"Vma", "anon_vma", "the parent's", "one-owner", Seen::always,
         [](W& w) { change_vma(w, faulted_at, child_slot).anon_vma = anon_vma_at(w, faulted_at); }},
        {"Vma", "chain_newest", "none", "chain-symmetry", Seen::always,
         [](W& w) { change_vma(w, faulted_at).chain_newest = {}; }},
        {"Vma", "chain_oldest", "none", "chain-symmetry", Seen::always,
         [](W& w) { change_vma(w, faulted_at).chain_oldest = {}; }},
        {"Vma", "ops", "without ->close", "hooks-balanced", Seen::always,
         [](W& w) { change_vma(w, hooks_at).ops = VmOps::plain; }},
        {"Vma", "ops", "anonymous memory with operations", "page-map", Seen::by_step,
         [](W& w) { change_vma(w, unfaulted_at).ops = VmOps::plain; }},
        {"Vma", "ops", "a file without operations", "page-map", Seen::by_step,
         [](W& w) { change_vma(w, shared_file_at).ops = VmOps::none; }},
        {"Vma", "ops", "a special mapping as the vdso", "page-map", Seen::by_step,
         [](W& w) { change_vma(w, special_at).ops = VmOps::vdso; }},
        {"Vma", "uffd", "none", "uffd-context", Seen::always, [](W& w) { change_vma(w, registered_at).uffd = 0; }},
        {"Vma", "uffd", "another context", "page-map", Seen::by_step,
         [](W& w) { change_vma(w, registered_at).uffd = 2; }},
        {"Vma", "anon_name", "a name", "anon-name", Seen::always, [](W& w) { change_vma(w, text_at).anon_name = 1; }},
        {"Vma", "in_i_mmap", "false", "interval-keys", Seen::always,
         [](W& w) { change_vma(w, shared_file_at).in_i_mmap = false; }},
        {"Vma", "shared_rb", "a red root", "red-black", Seen::always,
         [](W& w) { w.change(w[mapping_at(w, shared_file_at)].i_mmap).shared_rb.red = true; }},
        {"Vma", "shared", "another last offset", "interval-keys", Seen::always,
         [](W& w) { change_vma(w, shared_file_at).shared.last += 1; }},
        {"Vma", "shared", "another maximum", "interval-trees", Seen::always,
         [](W& w) { change_vma(w, same_inode_at).shared.subtree_last += 1; }},
    };
}

FieldDamage flag_row(const char* name, VmFlags flag, std::uint64_t page, const char* property, Seen seen) {
    return {"Vma", "flags", name, property, seen, [=](W& w) { change_vma(w, page).flags ^= flag; }, "", flag};
}

std::vector<FieldDamage> flag_rows() {
    return {
        flag_row("VM_READ lost", vm::read, unfaulted_at, "page-map", Seen::by_step),
        flag_row("VM_WRITE lost", vm::write, unfaulted_at, "data-vm", Seen::always),
        flag_row("VM_WRITE set", vm::write, text_at, "account-flag", Seen::always),
        flag_row("VM_EXEC lost", vm::exec, text_at, "exec-vm", Seen::always),
        flag_row("VM_SHARED set", vm::shared, private_file_at, "writable-mappings", Seen::always),
        flag_row("VM_MAYREAD lost, readable", vm::may_read, unfaulted_at, "access-within-may", Seen::always),
        flag_row("VM_MAYWRITE lost, writable", vm::may_write, unfaulted_at, "access-within-may", Seen::always),
        flag_row("VM_MAYEXEC lost, executable", vm::may_exec, text_at, "access-within-may", Seen::always),
        flag_row("VM_MAYEXEC lost", vm::may_exec, unfaulted_at, "page-map", Seen::by_step),
        flag_row("VM_MAYSHARE lost", vm::may_share, shared_file_at, "page-map", Seen::by_step),
        flag_row("VM_GROWSDOWN lost", vm::growsdown, stack_at, "stack-vm", Seen::always),
        flag_row("VM_GROWSUP set", vm::growsup, text_at, "page-map", Seen::by_step),
        flag_row("VM_UFFD_MISSING lost", vm::uffd_missing, registered_at, "uffd-context", Seen::always),
        flag_row("VM_UFFD_WP set in addition", vm::uffd_wp, registered_at, "page-map", Seen::by_step),
        flag_row("VM_PFNMAP set", vm::pfnmap, text_at, "page-map", Seen::by_step),
        flag_row("VM_IO set", vm::io, text_at, "page-map", Seen::by_step),
        flag_row("VM_MIXEDMAP set", vm::mixedmap, text_at, "page-map", Seen::by_step),
        flag_row("VM_DONTEXPAND set", vm::dontexpand, text_at, "page-map", Seen::by_step),
        flag_row("VM_LOCKED lost", vm::locked, locked_at, "locked-vm", Seen::always),
        flag_row("VM_LOCKONFAULT set", vm::lockonfault, text_at, "page-map", Seen::by_step),
        flag_row("VM_SEQ_READ set", vm::seq_read, text_at, "page-map", Seen::by_step),
        flag_row("VM_RAND_READ set", vm::rand_read, text_at, "page-map", Seen::by_step),
        flag_row("VM_DONTCOPY set", vm::dontcopy, text_at, "page-map", Seen::by_step),
        flag_row("VM_ACCOUNT lost", vm::account, unfaulted_at, "committed", Seen::always),
        flag_row("VM_NORESERVE set", vm::noreserve, text_at, "page-map", Seen::by_step),
        flag_row("VM_SYNC set", vm::sync, text_at, "page-map", Seen::by_step),
        flag_row("VM_HUGETLB lost", vm::hugetlb, huge_at, "hook-alignment", Seen::always),
        flag_row("VM_WIPEONFORK set", vm::wipeonfork, text_at, "page-map", Seen::by_step),
        flag_row("VM_DONTDUMP set", vm::dontdump, text_at, "page-map", Seen::by_step),
        flag_row("VM_SOFTDIRTY set", vm::softdirty, text_at, "soft-dirty", Seen::by_step),
        flag_row("VM_HUGEPAGE set", vm::hugepage, text_at, "page-map", Seen::by_step),
        flag_row("VM_NOHUGEPAGE set", vm::nohugepage, text_at, "page-map", Seen::by_step),
        flag_row("VM_MERGEABLE set, shared", vm::mergeable, shared_anon_at, "mergeable-known", Seen::always),
        flag_row("VM_DROPPABLE set", vm::droppable, text_at, "page-map", Seen::by_step),
        flag_row("VM_SEALED set", vm::sealed, text_at, "page-map", Seen::by_step),
        flag_row("VM_MAYBE_GUARD set", vm::maybe_guard, text_at, "sticky-flags", Seen::by_step),
    };
}

std::vector<FieldDamage> mm_rows() {
    return {
        {"Mm", "mmap", "the second VMA", "list-order", Seen::always,
         [](W& w) { change_mm(w).mmap = w[change_mm(w).mmap].next; }},
        {"Mm", "rb_root", "none", "list-equals-tree", Seen::always, [](W& w) { change_mm(w).rb_root = {}; }},
        {"Mm", "highest_vm_end", "a page more", "highest-vm-end", Seen::always,
         [](W& w) { change_mm(w).highest_vm_end += 1; }},
        {"Mm", "map_count", "one more", "map-count", Seen::always, [](W& w) { ++change_mm(w).map_count; }},
        {"Mm", "total_vm", "a page more", "total-vm", Seen::always, [](W& w) { change_mm(w).total_vm += 1; }},
        {"Mm", "data_vm", "a page more", "data-vm", Seen::always, [](W& w) { change_mm(w).data_vm += 1; }},
        {"Mm", "exec_vm", "a page more", "exec-vm", Seen::always, [](W& w) { change_mm(w).exec_vm += 1; }},
        {"Mm", "stack_vm", "a page more", "stack-vm", Seen::always, [](W& w) { change_mm(w).stack_vm += 1; }},
        {"Mm", "locked_vm", "a page more", "locked-vm", Seen::always, [](W& w) { change_mm(w).locked_vm += 1; }},
        {"Mm", "hiwater_vm", "100 pages more", "hiwater-vm", Seen::by_step,
         [](W& w) { change_mm(w).hiwater_vm += 100; }},
        {"Mm", "def_flags", "VM_LOCKED", "page-map", Seen::by_step, [](W& w) { change_mm(w).def_flags = vm::locked; }},
        {"Mm", "brk", "a page more", "page-map", Seen::by_step, [](W& w) { change_mm(w).brk.page += 1; }},
        {"Mm", "pte_root", "none", "rmap-hits", Seen::always, [](W& w) { change_mm(w).pte_root = {}; }},
        {"Mm", "ksm_entered", "false", "mergeable-known", Seen::always, [](W& w) { change_mm(w).ksm_entered = false; }},
        {"Mm", "ksm_entered", "true, without mergeable memory", "touches-only", Seen::by_step,
         [](W& w) { change_mm(w, child_slot).ksm_entered = true; }},
    };
}

std::vector<FieldDamage> anon_vma_rows() {
    return {
        {"AnonVma", "root", "of another family", "chain-order", Seen::always,
         [](W& w) { w.change(anon_vma_at(w, faulted_at, child_slot)).root = anon_vma_at(w, private_file_at); }},
        {"AnonVma", "parent", "of another family", "num-children", Seen::always,
         [](W& w) { w.change(anon_vma_at(w, faulted_at, child_slot)).parent = anon_vma_at(w, private_file_at); }},
        {"AnonVma", "refcount", "one more", "anon-vma-refcount", Seen::always,
         [](W& w) { ++w.change(anon_vma_at(w, faulted_at)).refcount; }},
        {"AnonVma", "num_children", "one more", "num-children", Seen::always,
         [](W& w) { ++w.change(anon_vma_at(w, faulted_at)).num_children; }},
        {"AnonVma", "num_active_vmas", "one more", "num-active-vmas", Seen::always,
         [](W& w) { ++w.change(anon_vma_at(w, faulted_at)).num_active_vmas; }},
        {"AnonVma", "degree", "one more", "anon-vma-degree", Seen::always,
         [](W& w) { ++w.change(anon_vma_at(w, faulted_at)).degree; }},
        {"AnonVma", "rb_root", "none", "anon-vma-attached", Seen::always,
         [](W& w) { w.change(anon_vma_at(w, faulted_at)).rb_root = {}; }},
    };
}

template <class D>
AvcId newest_at(const World<D>& world, std::uint64_t page, std::size_t slot = parent_slot) {
    return world[vma_at(world, page, slot)].chain_newest;
}

std::vector<FieldDamage> avc_rows() {
    return {
        {"Avc", "vma", "the VMA above", "chain-symmetry", Seen::always,
         [](W& w) { w.change(newest_at(w, faulted_at)).vma = vma_at(w, faulted_upper_at); }},
        {"Avc", "anon_vma", "of another family", "chain-symmetry", Seen::always,
         [](W& w) { w.change(newest_at(w, faulted_at)).anon_vma = anon_vma_at(w, private_file_at); }},
        {"Avc", "newer", "itself", "chain-symmetry", Seen::always,
         [](W& w) { w.change(newest_at(w, faulted_at)).newer = newest_at(w, faulted_at); }},
        {"Avc", "older", "none", "chain-symmetry", Seen::always,
         [](W& w) { w.change(newest_at(w, faulted_at, child_slot)).older = {}; }},
        {"Avc", "in_tree", "false", "chain-symmetry", Seen::always,
         [](W& w) { w.change(newest_at(w, faulted_at)).in_tree = false; }},
        {"Avc", "rb", "a red root", "red-black", Seen::always,
         [](W& w) { w.change(w[anon_vma_at(w, faulted_at)].rb_root).rb.red = true; }},
        {"Avc", "interval", "another first offset", "interval-keys", Seen::always,
         [](W& w) { w.change(newest_at(w, faulted_at)).interval.first += 1; }},
        {"Avc", "interval", "another maximum", "interval-trees", Seen::always,
         [](W& w) { w.change(w[anon_vma_at(w, faulted_at)].rb_root).interval.subtree_last += 1; }},
    };
}

FileId segment(const W& world) {
    return world[file_at(world, segment_at)].base;
}

std::vector<FieldDamage> file_rows() {
    return {
        {"File", "kind", "with ->close", "touches-only", Seen::by_step,
         [](W& w) { w.change(file_at(w, shared_file_at)).kind = FileKind::with_close; }},
        {"File", "readable", "false", "touches-only", Seen::by_step,
         [](W& w) { w.change(file_at(w, shared_file_at)).readable = false; }},
        {"File", "writable", "false", "touches-only", Seen::by_step,
         [](W& w) { w.change(file_at(w, shared_file_at)).writable = false; }},
        {"File", "spec", "another file's", "touches-only", Seen::by_step,
         [](W& w) { ++w.change(file_at(w, shared_file_at)).spec; }},
        {"File", "mapping", "another inode's", "address-space-use", Seen::always,
         [](W& w) { w.change(file_at(w, same_inode_at)).mapping = mapping_at(w, hooks_at); }},
        {"File", "f_count", "one more", "file-references", Seen::always,
         [](W& w) { ++w.change(file_at(w, shared_file_at)).f_count; }},
        {"File", "descriptors", "one more", "file-references", Seen::always,
         [](W& w) { ++w.change(file_at(w, shared_file_at)).descriptors; }},
        {"File", "base", "none", "segment-clones", Seen::always,
         [](W& w) { w.change(file_at(w, segment_at)).base = {}; }},
        {"File", "clones", "one more", "segment-clones", Seen::always, [](W& w) { ++w.change(segment(w)).clones; }},
        {"File", "opened", "one more", "hooks-balanced", Seen::always,
         [](W& w) { ++w.change(file_at(w, hooks_at)).opened; }},
        {"File", "closed", "one more", "hooks-balanced", Seen::always,
         [](W& w) { ++w.change(file_at(w, hooks_at)).closed; }},
        {"File", "charged", "a page more", "committed", Seen::always,
         [](W& w) { w.change(file_at(w, shared_anon_at)).charged += 1; }},
    };
}

std::vector<FieldDamage> address_space_rows() {
    return {
        {"AddressSpace", "i_mmap", "none", "interval-trees", Seen::always,
         [](W& w) { w.change(mapping_at(w, hooks_at)).i_mmap = {}; }},
        {"AddressSpace", "i_mmap_writable", "one more", "writable-mappings", Seen::always,
         [](W& w) { ++w.change(mapping_at(w, shared_file_at)).i_mmap_writable; }},
        {"AddressSpace", "page_cache", "none", "page-in-use", Seen::always,
         [](W& w) { w.change(mapping_at(w, shared_file_at)).page_cache = {}; }},
        {"AddressSpace", "files", "one more", "address-space-use", Seen::always,
         [](W& w) { ++w.change(mapping_at(w, shared_file_at)).files; }},
        {"AddressSpace", "endless", "false, with mapped pages", "within-file-size", Seen::always,
         [](W& w) { w.change(mapping_at(w, shared_file_at)).endless = false; }},
        {"AddressSpace", "endless", "true", "touches-only", Seen::by_step,
         [](W& w) { w.change(mapping_at(w, short_file_at)).endless = true; }},
        {"AddressSpace", "size", "less than what is mapped", "within-file-size", Seen::always,
         [](W& w) { w.change(mapping_at(w, short_file_at)).size = std::uint64_t{3}; }},
        {"AddressSpace", "size", "a page more", "touches-only", Seen::by_step,
         [](W& w) { w.change(mapping_at(w, short_file_at)).size += 1; }},
        {"AddressSpace", "sealed", "true", "writable-mappings", Seen::always,
         [](W& w) { w.change(mapping_at(w, shared_file_at)).sealed = true; }},
    };
}

std::vector<FieldDamage> page_rows() {
    return {
        {"Page", "anon_vma", "of another family", "rmap-completeness", Seen::always,
         [](W& w) { w.change(page_at(w, 13)).anon_vma = anon_vma_at(w, private_file_at); }},
        {"Page", "mapping", "another inode's", "rmap-completeness", Seen::always,
         [](W& w) { w.change(page_at(w, 20)).mapping = mapping_at(w, hooks_at); }},
        {"Page", "index", "one more", "rmap-completeness", Seen::always,
         [](W& w) { w.change(page_at(w, 10)).index += 1; }},
        {"Page", "mapcount", "one more", "page-mapcount", Seen::always,
         [](W& w) { ++w.change(page_at(w, 10)).mapcount; }},
        {"Page", "swap", "none", "swap-cache", Seen::always,
         [](W& w) { w.change(page_at(w, swapped_at + 1)).swap = {}; }},
        {"Page", "swap_backed", "false, in the swap cache", "swap-cache", Seen::always,
         [](W& w) { w.change(page_at(w, swapped_at + 1)).swap_backed = false; }},
        {"Page", "swap_backed", "false", "touches-only", Seen::by_step,
         [](W& w) { w.change(page_at(w, 10)).swap_backed = false; }},
        {"Page", "dirty", "true", "touches-only", Seen::by_step, [](W& w) { w.change(page_at(w, 10)).dirty = true; }},
        {"Page", "rb", "a red root of the page cache", nullptr, Seen::never,
         [](W& w) { w.change(w[mapping_at(w, shared_file_at)].page_cache).rb.red = true; },
         "the page cache is no red-black tree in the kernel"},
        {"Page", "rb", "a child of the page cache lost", "page-in-use", Seen::always,
         [](W& w) {
             Page<Plain>& root = w.change(w[mapping_at(w, shared_file_at)].page_cache);
             (root.rb.left ? root.rb.left : root.rb.right) = {};
         }},
    };
}

std::vector<FieldDamage> pte_rows() {
    return {
        {"Pte", "mm", "another process", "touches-only", Seen::by_step,
         [](W& w) { w.change(pte_at(w, 10)).mm = w.process(child_slot); }},
        {"Pte", "address", "outside all VMAs", "pages-inside-vmas", Seen::always,
         [](W& w) {
             PteId last;
             for (PteId each = first_pte_from<Plain>(w, w.process(parent_slot), 0); each; each = next_pte(w, each))
                 last = each;
             w.change(last).address = nothing_at;
         }},
        {"Pte", "page", "another of the file", "rmap-completeness", Seen::always,
         [](W& w) { w.change(pte_at(w, 20)).page = page_at(w, 21); }},
        {"Pte", "page", "none", "page-mapcount", Seen::always, [](W& w) { w.change(pte_at(w, 10)).page = {}; }},
        {"Pte", "swap", "another slot", "swap-count", Seen::always,
         [](W& w) { w.change(pte_at(w, swapped_at)).swap = w[page_at(w, swapped_at + 1)].swap; }},
        {"Pte", "writable", "true, of a page of two", "page-rights", Seen::always,
         [](W& w) { w.change(pte_at(w, 10)).writable = true; }},
        {"Pte", "writable", "false", "touches-only", Seen::by_step,
         [](W& w) { w.change(pte_at(w, 13)).writable = false; }},
        {"Pte", "dirty", "true", "touches-only", Seen::by_step, [](W& w) { w.change(pte_at(w, 26)).dirty = true; }},
        {"Pte", "dirty", "false", "touches-only", Seen::by_step, [](W& w) { w.change(pte_at(w, 13)).dirty = false; }},
        {"Pte", "guard", "true", "guard-entries", Seen::always, [](W& w) { w.change(pte_at(w, 13)).guard = true; }},
        {"Pte", "rb", "a red root", nullptr, Seen::never,
         [](W& w) { w.change(w[w.process(parent_slot)].pte_root).rb.red = true; },
         "page tables are no red-black tree in the kernel"},
        {"Pte", "rb", "a child lost", "rmap-hits", Seen::always,
         [](W& w) { w.change(w[w.process(parent_slot)].pte_root).rb.left = {}; }},
    };
}

std::vector<FieldDamage> other_rows() {
    return {
        {"SwapSlot", "count", "one more", "swap-count", Seen::always,
         [](W& w) { ++w.change(slot_at(w, swapped_at)).count; }},
        {"SwapSlot", "page", "none", "swap-cache", Seen::always,
         [](W& w) { w.change(w[page_at(w, swapped_at + 1)].swap).page = {}; }},
        {"MemPolicy", "content", "0", "policy-references", Seen::always,
         [](W& w) { w.change(w[vma_at(w, policy_at)].policy).content = 0; }},
        {"MemPolicy", "content", "another policy", "page-map", Seen::by_step,
         [](W& w) { w.change(w[vma_at(w, policy_at)].policy).content = 2; }},
        {"MemPolicy", "refcount", "one more", "policy-references", Seen::always,
         [](W& w) { ++w.change(w[vma_at(w, policy_at)].policy).refcount; }},
        {"Globals", "committed", "a page more", "committed", Seen::always,
         [](W& w) { w.change_globals().committed += 1; }},
        {"Globals", "overdrawn", "a page", "committed", Seen::always, [](W& w) { w.change_globals().overdrawn += 1; }},
        {"Globals", "processes", "one lost", "touches-only", Seen::by_step,
         [](W& w) { w.change_globals().processes.at(child_slot) = {}; }},
    };
}

std::vector<FieldDamage> all_rows() {
    std::vector<FieldDamage> all;
    for (auto* rows : {&vma_rows, &flag_rows, &mm_rows, &anon_vma_rows, &avc_rows, &file_rows, &address_space_rows,
                       &page_rows, &pte_rows, &other_rows})
        for (FieldDamage& each : rows()) all.push_back(each);
    return all;
}

// ---------------------------------------------------------------------------------------------------- the World

// With a last step that is about all of the address space and changes nothing.
class Stage : public DamagedWorld<Plain> {
public:
    Stage() {
        Op<Plain> map;
        map.kind = OpKind::special_mapping;
        map.addr = Bytes<Plain>::pages(special_at);
        map.len = Bytes<Plain>::pages(2);
        map.prot = prot::read | prot::exec;
        EXPECT_TRUE(world.apply(map).ok());
        EXPECT_EQ(failed(), "");
        op_.kind = OpKind::uffd_close;
        op_.uffd = 9;
        EXPECT_TRUE(world.apply(op_).ok());
    }
    [[nodiscard]] std::set<std::string> seen_by_step() const {
        Report report;
        make_property_checker<Plain>()->check_step(world, op_, report);
        return names_in(report);
    }
    [[nodiscard]] std::set<std::string> seen_in_state() const {
        Report report;
        make_property_checker<Plain>()->check_all(world, report);
        return names_in(report);
    }

private:
    static std::set<std::string> names_in(const Report& report) {
        std::set<std::string> names;
        for (const Violation& each : report.violations()) names.insert(each.property);
        return names;
    }
    Op<Plain> op_;
};

std::string joined(const std::set<std::string>& names) {
    std::string text;
    for (const std::string& each : names) text += " " + each;
    return text.empty() ? " nothing" : text;
}

// ---------------------------------------------------------------------------------------------------- what changed

template <class T>
std::vector<std::uint64_t> words_of(const T& value) {
    std::vector<std::uint64_t> words;
    if constexpr (requires { value.flatten([](std::uint64_t) {}); })
        value.flatten([&](std::uint64_t word) { words.push_back(word); });
    else if constexpr (requires { value.raw(); })
        words.push_back(value.raw());
    else if constexpr (requires { value.value(); })
        words.push_back(value.value());
    else if constexpr (requires { value.size(); })
        for (const auto& each : value) words.push_back(each.raw());
    else
        words.push_back(static_cast<std::uint64_t>(value));
    return words;
}

template <class Names>
void add_differences(const std::string& object, const Names& names, const auto& before, const auto& after,
                     std::vector<std::string>& found) {
    const auto name_of = [](const auto& name) {
        if constexpr (requires { name.name; })
            return std::string(name.name);
        else
            return std::string(name);
    };
    const auto a = fields_of(before);
    const auto b = fields_of(after);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        ((words_of(std::get<I>(a)) != words_of(std::get<I>(b)) ? found.push_back(object + "." + name_of(names.at(I)))
                                                               : void()),
         ...);
    }
    (std::make_index_sequence<std::tuple_size_v<decltype(a)>>());
}

template <class IdType>
void add_changed(const std::string& object, const auto& names, const W& before, const W& after,
                 std::vector<std::string>& found) {
    before.pool<IdType>().each([&](IdType id, const auto& was) {
        if (const auto* is = after.find(id)) add_differences(object, names, was, *is, found);
    });
}

// Calls f(object, names of its fields, id) for each kind of object with an id.
template <class F>
void each_kind(F&& f) {
    f("Vma", vma_fields, VmaId());
    f("Mm", mm_fields, MmId());
    f("AnonVma", anon_vma_fields, AnonVmaId());
    f("Avc", avc_fields, AvcId());
    f("File", file_fields, FileId());
    f("AddressSpace", address_space_fields, AddressSpaceId());
    f("Page", page_fields, PageId());
    f("Pte", pte_fields, PteId());
    f("SwapSlot", swap_slot_fields, SwapId());
    f("MemPolicy", mem_policy_fields, MemPolicyId());
}

std::vector<std::string> changed_fields(const W& before, const W& after) {
    std::vector<std::string> found;
    each_kind([&](const char* object, const auto& names, auto id) {
        add_changed<decltype(id)>(object, names, before, after, found);
    });
    add_differences("Globals", globals_fields, before.globals(), after.globals(), found);
    return found;
}

// ---------------------------------------------------------------------------------------------------- the tests

TEST(FieldsTest, each_field_has_a_row) {
    std::set<std::string> rows;
    VmFlags flags = 0;
    for (const FieldDamage& each : all_rows()) {
        rows.insert(std::string(each.object) + "." + each.field);
        flags |= each.flag;
    }
    std::set<std::string> fields;
    each_kind([&](const char* object, const auto& names, auto) {
        for (const FieldInForm& each : names) fields.insert(std::string(object) + "." + std::string(each.name));
    });
    for (const std::string_view each : globals_fields) fields.insert("Globals." + std::string(each));
    EXPECT_EQ(rows, fields);
    for (unsigned bit = 0; bit < 64; ++bit)
        if (const VmFlags flag = VmFlags{1} << bit; long_flags(flag) != long_flags(0)) {
            EXPECT_NE(flags & flag, 0u) << long_flags(flag) << " has no row";
        }
}

TEST(FieldsTest, a_row_changes_its_field_alone) {
    const Stage stage;
    for (const FieldDamage& each : all_rows()) {
        W changed = stage.world;
        changed.edit(each.apply);
        EXPECT_EQ(changed_fields(stage.world, changed),
                  std::vector<std::string>{std::string(each.object) + "." + each.field})
            << each.change;
    }
}

TEST(FieldsTest, the_property_of_a_row_notices_the_change) {
    const Stage sound;
    EXPECT_EQ(joined(sound.seen_by_step()) + joined(sound.seen_in_state()), " nothing nothing");
    for (const FieldDamage& each : all_rows()) {
        Stage stage;
        each.apply(stage.world);
        const std::set<std::string> state = stage.seen_in_state();
        const std::set<std::string> step = stage.seen_by_step();
        const std::string said = fmt::format("{}.{}, {}:\n  state{}\n  step{}", each.object, each.field, each.change,
                                             joined(state), joined(step));
        Seen seen = Seen::never;
        if (each.property == nullptr)
            EXPECT_EQ(state.size() + step.size(), 0u) << said;
        else if (state.count(each.property) != 0)
            seen = Seen::always;
        else if (step.count(each.property) != 0)
            seen = Seen::by_step;
        EXPECT_EQ(static_cast<int>(seen), static_cast<int>(each.seen)) << said;
        // What the state alone shows does not stand as something that only a step does.
        EXPECT_TRUE(each.seen == Seen::always || state.empty()) << said;
        EXPECT_EQ(each.seen == Seen::never, std::string(each.why) != "") << said;
    }
}

// ---------------------------------------------------------------------------------------------------- the page

std::string contents(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string table() {
    std::string text = "| object | field | change | property | noticed |\n| --- | --- | --- | --- | --- |\n";
    for (const FieldDamage& each : all_rows()) {
        const char* const when = each.seen == Seen::always    ? "in the state"
                                 : each.seen == Seen::by_step ? "after a step"
                                                              : each.why;
        text += fmt::format("| {} | `{}` | {} | {} | {} |\n", each.object, each.field, each.change,
                            each.property != nullptr ? fmt::format("`{}`", each.property) : std::string("-"), when);
    }
    return text;
}

TEST(FieldsTest, the_page_shows_the_rows) {
    const std::string page = SOURCE_DIRECTORY "/properties/FIELDS.md";
    const std::string begin = "<!-- fields -->\n";
    const std::string end = "<!-- end of fields -->\n";
    std::string text = contents(page);
    const std::size_t from = text.find(begin);
    const std::size_t to = text.find(end);
    ASSERT_TRUE(from != std::string::npos && to != std::string::npos) << page;
    const std::size_t first = from + begin.size();
    const char* const wanted = std::getenv("VMACHECK_UPDATE_PAGES");
    if (wanted != nullptr && wanted == std::string("1")) {
        const std::string fresh = text.substr(0, first) + table() + text.substr(to);
        if (fresh != text) std::ofstream(page, std::ios::binary) << fresh;
        return;
    }
    EXPECT_EQ(text.substr(first, to - first), table())
        << "to update the page, run this test with VMACHECK_UPDATE_PAGES=1";
}

}  // namespace
}  // namespace vmacheck
