#include "model/op/op_table.hpp"

#include <algorithm>
#include <array>

namespace vmacheck {
namespace {

using Type = ArgumentType;
using enum Presence;

// ---------------------------------------------------------------------------------------------- arguments
constexpr Argument addr{"addr", OpField::addr, Type::bytes, required, {}};
constexpr Argument len{"len", OpField::len, Type::bytes, required, {}};
constexpr Argument new_len{"new_len", OpField::new_len, Type::bytes, required, {}};
constexpr Argument new_addr{"new_addr", OpField::new_addr, Type::bytes, optional, {}};
constexpr Argument offset{"offset", OpField::offset, Type::bytes, optional, {}};
constexpr Argument pgoff{"pgoff", OpField::offset, Type::page_offset, required, {}};
constexpr Argument rights{"prot", OpField::prot, Type::flags, required, flag_names::prot};
// What PT_GNU_STACK may say.
constexpr Argument stack_rights{"prot", OpField::prot, Type::flags, optional,
                                std::span<const FlagName>(flag_names::prot).first(3)};
constexpr Argument mmap_flags{"flags", OpField::flags, Type::map_flags, required, flag_names::map};
constexpr Argument file{"file", OpField::file, Type::number, required, {}};
constexpr Argument policy{"policy", OpField::policy, Type::number, required, {}};
constexpr Argument uffd{"uffd", OpField::uffd, Type::number, required, {}};
constexpr Argument name_number{"name", OpField::name, Type::number, required, {}};
constexpr Argument advice{"advice", OpField::advice, Type::advice, required, {}};
constexpr Argument target{"target", OpField::target, Type::process, required, {}};

constexpr Argument access_of(Type type) {
    return {"access", OpField::access, type, required, {}};
}
constexpr Argument flags_of(std::span<const FlagName> names, Presence presence = required) {
    return {"flags", OpField::call_flags, Type::flags, presence, names};
}
constexpr Argument or_none(Argument argument) {
    argument.presence = optional;
    return argument;
}

// ---------------------------------------------------------------------------------------------- allocations
using enum AllocSite;

// A VMA cut in two, or a chain taken over by a merge.
constexpr SiteList cut{split_vma_vma, split_vma_policy, anon_vma_clone_avc};
constexpr SiteList take_over{anon_vma_clone_avc};
// A page faulted in, by an access or because it is locked; in new memory there is none to copy.
constexpr SiteList faulting_in_new{fault_page_table, anon_vma_prepare_avc, anon_vma_prepare_anon_vma, fault_page};
constexpr SiteList populating = faulting_in_new + SiteList{cow_page};
constexpr SiteList faulting_in = populating + SiteList{swap_in_page};
// Shared memory has no anon_vma.
constexpr SiteList populating_shared{fault_page_table, fault_page};
constexpr SiteList copying{dup_mm_mm,          dup_mmap_vma,
                           anon_vma_clone_avc, anon_vma_fork_anon_vma,
                           anon_vma_fork_avc,  copy_page_range_page_table,
                           dup_mmap_policy,    ksm_fork_mm_slot};

// ---------------------------------------------------------------------------------------------- rows
// clang-format off
constexpr std::array<Operation, static_cast<std::size_t>(OpKind::count)> rows{{
    {.kind = OpKind::mmap, .name = "mmap", .stands_for = "mmap",
     .arguments = {or_none(addr), len, rights, mmap_flags, or_none(file), offset},
     .call = "mmap({addr}, {len}, {prot}, {flags}, file {file}, {offset})",
     .range = OwnRange::placed,
     .allocations = SiteList{mmap_region_vma, shmem_get_inode, shmem_zero_setup_file} + cut + populating,
     .returns_value = true},
    {.kind = OpKind::munmap, .name = "munmap", .stands_for = "munmap",
     .arguments = {addr, len},
     .call = "munmap({addr}, {len})",
     .range = OwnRange::pages,
     .allocations = cut},
    {.kind = OpKind::mprotect, .name = "mprotect", .stands_for = "mprotect",
     .arguments = {addr, len, rights},
     .call = "mprotect({addr}, {len}, {prot})",
     .range = OwnRange::pages,
     .allocations = cut + faulting_in},
    {.kind = OpKind::brk, .name = "brk", .stands_for = "brk",
     .arguments = {addr},
     .call = "brk({addr})",
     .range = OwnRange::heap_end,
     .allocations = SiteList{do_brk_flags_vma} + cut + faulting_in_new,
     .returns_value = true},
    {.kind = OpKind::madvise, .name = "madvise", .stands_for = "madvise",
     .arguments = {addr, len, advice},
     .call = "madvise({addr}, {len}, {advice})",
     .range = OwnRange::pages,
     .allocations = cut + SiteList{add_to_swap_slot, ksm_enter_mm_slot} + faulting_in},
    {.kind = OpKind::fault, .name = "fault", .stands_for = "an access of the process itself, with growth of a stack",
     .arguments = {addr, access_of(Type::access)},
     .call = "{access} access to {addr}",
     .range = OwnRange::page,
     .allocations = faulting_in},
    {.kind = OpKind::remote_access, .name = "remote_access", .stands_for = "process_vm_readv, process_vm_writev",
     .arguments = {target, addr, access_of(Type::data_access)},
     .call = "{access} access to {addr} of process {target}",
     .range = OwnRange::page,
     .allocations = faulting_in},
    {.kind = OpKind::fork, .name = "fork", .stands_for = "fork: dup_mm",
     .call = "fork()",
     .allocations = copying,
     .returns_value = true},
    {.kind = OpKind::exit, .name = "exit", .stands_for = "exit_mmap",
     .call = "exit()"},
    {.kind = OpKind::split, .name = "split", .stands_for = "split_vma",
     .arguments = {addr},
     .call = "split at {addr}",
     .range = OwnRange::boundary,
     .allocations = cut},
    {.kind = OpKind::mremap, .name = "mremap", .stands_for = "mremap",
     .arguments = {addr, len, new_len, flags_of(flag_names::mremap), new_addr},
     .call = "mremap({addr}, {len}, {new_len}, {flags}, {new_addr})",
     .range = OwnRange::moved,
     .allocations = SiteList{copy_vma_vma, copy_vma_policy, move_page_tables_page_table} + cut + populating,
     .returns_value = true},
    {.kind = OpKind::mlock, .name = "mlock", .stands_for = "mlock, mlock2",
     .arguments = {addr, len, flags_of(flag_names::mlock, optional)},
     .call = "mlock2({addr}, {len}, {flags})", .short_call = "mlock({addr}, {len})",
     .range = OwnRange::bytes,
     .allocations = cut + faulting_in},
    {.kind = OpKind::munlock, .name = "munlock", .stands_for = "munlock",
     .arguments = {addr, len},
     .call = "munlock({addr}, {len})",
     .range = OwnRange::bytes,
     .allocations = cut},
    {.kind = OpKind::mlockall, .name = "mlockall", .stands_for = "mlockall",
     .arguments = {flags_of(flag_names::mcl)},
     .call = "mlockall({flags})",
     .range = OwnRange::everything,
     .allocations = take_over + faulting_in},
    {.kind = OpKind::munlockall, .name = "munlockall", .stands_for = "munlockall",
     .call = "munlockall()",
     .range = OwnRange::everything,
     .allocations = take_over},
    {.kind = OpKind::reclaim, .name = "reclaim", .stands_for = "memory pressure on one page: add_to_swap, try_to_unmap",
     .arguments = {addr},
     .call = "reclaim of {addr}",
     .range = OwnRange::entry,
     .allocations = {add_to_swap_slot}},
    {.kind = OpKind::truncate, .name = "truncate", .stands_for = "ftruncate",
     .arguments = {file, len},
     .call = "ftruncate(file {file}, {len})"},
    {.kind = OpKind::shmat, .name = "shmat", .stands_for = "shmat",
     .arguments = {file, or_none(addr), flags_of(flag_names::shm)},
     .call = "shmat(segment {file}, {addr}, {flags})",
     .range = OwnRange::attachment,
     .allocations = SiteList{shmat_file, mmap_region_vma} + cut + populating_shared,
     .returns_value = true},
    {.kind = OpKind::shmdt, .name = "shmdt", .stands_for = "shmdt",
     .arguments = {addr},
     .call = "shmdt({addr})",
     .range = OwnRange::attached},
    {.kind = OpKind::remap_file_pages, .name = "remap_file_pages", .stands_for = "remap_file_pages",
     .arguments = {addr, len, rights, pgoff, mmap_flags},
     .call = "remap_file_pages({addr}, {len}, {prot}, {pgoff}, {flags})",
     .range = OwnRange::whole_pages,
     .allocations = SiteList{mmap_region_vma, split_vma_vma, split_vma_policy} + populating_shared},
    {.kind = OpKind::special_mapping, .name = "special_mapping",
     .stands_for = "_install_special_mapping: the vdso and its like",
     .arguments = {addr, len, rights, flags_of(flag_names::special_map)},
     .call = "special mapping of {len} at {addr}, {prot}, {flags}",
     .range = OwnRange::new_pages,
     .allocations = {special_mapping_vma}},
    {.kind = OpKind::mbind, .name = "mbind", .stands_for = "mbind",
     .arguments = {addr, len, policy, flags_of(flag_names::mpol_mf, optional)},
     .call = "mbind({addr}, {len}, policy {policy}, {flags})",
     .range = OwnRange::pages,
     .allocations = SiteList{mpol_new_policy, vma_replace_policy_policy} + cut},
    {.kind = OpKind::uffd_register, .name = "uffd_register", .stands_for = "ioctl UFFDIO_REGISTER",
     .arguments = {uffd, addr, len, flags_of(flag_names::uffd_mode)},
     .call = "uffd_register(uffd {uffd}, {addr}, {len}, {flags})",
     .range = OwnRange::pages,
     .allocations = cut},
    {.kind = OpKind::uffd_unregister, .name = "uffd_unregister", .stands_for = "ioctl UFFDIO_UNREGISTER",
     .arguments = {uffd, addr, len},
     .call = "uffd_unregister(uffd {uffd}, {addr}, {len})",
     .range = OwnRange::pages,
     .allocations = cut},
    {.kind = OpKind::uffd_close, .name = "uffd_close", .stands_for = "the last close of a userfaultfd context",
     .arguments = {uffd},
     .call = "uffd_close(uffd {uffd})",
     .range = OwnRange::everything,
     .allocations = take_over},
    {.kind = OpKind::msync, .name = "msync", .stands_for = "msync",
     .arguments = {addr, len, flags_of(flag_names::ms)},
     .call = "msync({addr}, {len}, {flags})",
     .range = OwnRange::read_pages},
    {.kind = OpKind::mincore, .name = "mincore", .stands_for = "mincore",
     .arguments = {addr, len},
     .call = "mincore({addr}, {len})",
     .range = OwnRange::read_pages},
    {.kind = OpKind::anon_name, .name = "anon_name", .stands_for = "prctl PR_SET_VMA_ANON_NAME",
     .arguments = {addr, len, name_number},
     .call = "prctl(PR_SET_VMA_ANON_NAME, {addr}, {len}, name {name})",
     .range = OwnRange::pages,
     .allocations = cut},
    {.kind = OpKind::mseal, .name = "mseal", .stands_for = "mseal",
     .arguments = {addr, len},
     .call = "mseal({addr}, {len})",
     .range = OwnRange::pages,
     .allocations = cut},
    {.kind = OpKind::exec, .name = "exec", .stands_for = "execve: bprm_mm_init, copy_strings, exec_mmap, setup_arg_pages",
     .arguments = {addr, len, stack_rights},
     .call = "exec: stack below {addr}, {len} of strings, {prot}",
     .short_call = "exec: stack below {addr}, {len} of strings",
     .allocations = SiteList{bprm_mm_init_mm, bprm_mm_init_vma, move_page_tables_page_table} + faulting_in_new},
}};
// clang-format on

constexpr bool in_order() {
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows.at(i).kind != static_cast<OpKind>(i)) return false;
    return true;
}
static_assert(in_order(), "the rows stand in the order of OpKind");

constexpr std::array<std::string_view, static_cast<std::size_t>(OpField::count)> field_names{
    "addr",       "len",    "prot", "flags",  "file",   "offset", "new_len", "new_addr",
    "call_flags", "policy", "uffd", "advice", "access", "target", "name"};

template <class>
constexpr bool is_bytes = false;
template <class D>
constexpr bool is_bytes<Bytes<D>> = true;

}  // namespace

std::span<const Operation> op_table() {
    return rows;
}

const Operation& operation(OpKind kind) {
    return rows.at(static_cast<std::size_t>(kind));
}

std::string_view name(OpKind kind) {
    return operation(kind).name;
}

std::string_view name(OpField field) {
    return field_names.at(static_cast<std::size_t>(field));
}

const Argument* Operation::find(OpField field) const {
    const auto* found =
        std::find_if(arguments.begin(), arguments.end(), [&](const Argument& each) { return each.field == field; });
    return found != arguments.end() ? found : nullptr;
}

bool spans_vmas(OwnRange range) {
    return range == OwnRange::pages || range == OwnRange::bytes;
}

std::uint64_t value_of(const Op<Plain>& op, OpField field) {
    return with_field(op, field, [](const auto& member) -> std::uint64_t {
        if constexpr (is_bytes<std::decay_t<decltype(member)>>)
            return member.value();
        else
            return static_cast<std::uint64_t>(member);
    });
}

void set_value(Op<Plain>& op, OpField field, std::uint64_t value) {
    with_field(op, field, [value](auto& member) {
        using Member = std::decay_t<decltype(member)>;
        if constexpr (is_bytes<Member>)
            member = Member::from(value);
        else
            member = static_cast<Member>(value);
    });
}

bool same_call(const Op<Plain>& a, const Op<Plain>& b) {
    bool same =
        a.kind == b.kind && a.process == b.process && a.fail_alloc == b.fail_alloc && a.meanwhile == b.meanwhile;
    each_field([&](OpField field) { same = same && value_of(a, field) == value_of(b, field); });
    return same;
}

}  // namespace vmacheck
