#include "model/profiles/policy_table.hpp"

#include <algorithm>
#include <array>

namespace vmacheck {
namespace {

using Values = std::array<PolicyValue, 4>;

// What a row says, apart from where the value is.
struct Text {
    std::string_view name;
    Values values;
    std::string_view sentence;
    std::string_view source;
    std::string_view no_probe = "";
};

struct Row {
    Text text;
    std::uint8_t (*value_of)(const Policies&);
    void (*set)(Policies&, std::uint8_t);
};

template <auto member>
constexpr Row row(const Text& text) {
    return {text, [](const Policies& policies) { return static_cast<std::uint8_t>(policies.*member); },
            [](Policies& policies, std::uint8_t value) {
                policies.*member = static_cast<std::remove_reference_t<decltype(policies.*member)>>(value);
            }};
}

// Where a value ended again, its sentence says so: a value has only the release that it began with.
constexpr std::array rows{
    row<&Policies::anon_merge>(
        {"anon-merge",
         {{{"strict", "v3.2"}, {"loose", "v6.16"}, {"loose-moves", "v6.19"}}},
         "a range with an anon_vma never joins a neighbour without one, does so, or does so also where mremap moves it",
         "is_mergeable_anon_vma"}),
    row<&Policies::anon_reuse>({"anon-reuse",
                                {{{"none", ""}, {"degree", "v3.19"}, {"two-counters", "v6.0"}}},
                                "which anon_vma of a dead ancestor a child of fork takes over",
                                "anon_vma_clone",
                                "no file of /proc shows anon_vmas, and what merges does not depend on it"}),
    row<&Policies::anon_names>({"anon-names",
                                {{{"none", ""}, {"without-file", "v5.17"}}},
                                "anonymous memory can have a name, and merges with its own name only",
                                "madvise_set_anon_name"}),
    row<&Policies::mmap_merge>(
        {"mmap-merge",
         {{{"vma-merge", ""}, {"next-first", "v6.1"}}},
         "mmap tries the VMA above first, and then joins the one below only if that fits it too (until v6.9)",
         "mmap_region"}),
    row<&Policies::huge_alignment>(
        {"huge-alignment",
         {{{"none", ""}, {"large", "v6.7"}, {"multiples", "v6.13"}}},
         "private anonymous memory is placed at a multiple of 2 MiB: if it is as long, or if its length is a multiple "
         "and it has no hint",
         "thp_get_unmapped_area"}),
    row<&Policies::mremap_order>(
        {"mremap-order",
         {{{"classic", ""}, {"lookup-first", "v5.16"}, {"checks-first", "v6.17"}}},
         "mremap looks for a VMA at the address before anything else, or checks all it can before it unmaps, and moves "
         "several VMAs at once",
         "do_mremap"}),
    row<&Policies::madvise_populate>({"madvise-populate",
                                      {{{"none", ""}, {"skips-holes", "v5.14"}, {"stops-at-hole", "v6.9"}}},
                                      "MADV_POPULATE_READ and _WRITE: not known, past holes, or up to the first one",
                                      "madvise_populate"}),
    row<&Policies::map_droppable>(
        {"map-droppable",
         {{{"none", ""}, {"locks-by-future", "v6.11"}, {"never-locked", "v7.1"}}},
         "MAP_DROPPABLE: not known, or memory that only mlockall(MCL_FUTURE) locks, or that is never locked",
         "do_mmap"}),
    row<&Policies::mseal>(
        {"mseal",
         {{{"none", ""}, {"without-file", "v6.10"}, {"anonymous", "v6.17"}}},
         "mseal: not there, or it keeps memory that cannot be written from being discarded, if it has "
         "no file, or if its pages are anonymous",
         "can_madvise_modify"}),
    row<&Policies::close_merges>({"close-merges",
                                  {{{"no", ""}, {"yes", "v6.10"}}},
                                  "a VMA whose driver has a ->close merges, unless it would be the one removed",
                                  "can_merge_remove_vma"}),
    row<&Policies::merge_fails>({"merge-fails",
                                 {{{"no", ""}, {"yes", "v6.12"}}},
                                 "a merge that finds no memory is an error of the call, instead of no merge",
                                 "vma_modify",
                                 "no user makes an allocation fail"}),
    row<&Policies::brk_joins_heap_only>({"brk-joins-heap-only",
                                         {{{"no", ""}, {"yes", "v6.1"}}},
                                         "brk extends only a VMA that ends above the start of the heap",
                                         "do_brk_flags"}),
    row<&Policies::brk_needs_mapping>({"brk-needs-mapping",
                                       {{{"no", ""}, {"yes", "v6.1"}}},
                                       "brk refuses to shrink over a range in which nothing is mapped",
                                       "brk"}),
    row<&Policies::account_dropped>({"account-dropped",
                                     {{{"no", ""}, {"yes", "v6.7"}}},
                                     "mprotect that leaves memory without an anon_vma read-only takes VM_ACCOUNT from "
                                     "it and gives its charge back",
                                     "mprotect_fixup"}),
    row<&Policies::map_stack_nohugepage>(
        {"map-stack-nohugepage", {{{"no", ""}, {"yes", "v6.7"}}}, "MAP_STACK sets VM_NOHUGEPAGE", "calc_vm_flag_bits"}),
    row<&Policies::mmap_gathers_first>(
        {"mmap-gathers-first",
         {{{"no", ""}, {"yes", "v6.12"}}},
         "MAP_FIXED cuts out what it replaces, checks limits, and only then zaps it: a refusal leaves it mapped",
         "__mmap_setup"}),
    row<&Policies::mremap_extend_merges>({"mremap-extend-merges",
                                          {{{"no", ""}, {"yes", "v6.0"}}},
                                          "a VMA that mremap extends in place merges with the one it then touches",
                                          "vma_merge_extend"}),
    row<&Policies::mremap_counts_first>({"mremap-counts-first",
                                         {{{"no", ""}, {"yes", "v7.1"}}},
                                         "every mremap, even one that changes nothing, needs four VMAs' room below the "
                                         "map_count limit",
                                         "check_mremap_params",
                                         "needs as many mappings as the limit allows"}),
    row<&Policies::dontunmap_of_files>({"dontunmap-of-files",
                                        {{{"no", "v5.7"}, {"yes", "v5.13"}}},
                                        "MREMAP_DONTUNMAP works for files and shared memory too",
                                        "vma_to_resize"}),
    row<&Policies::dontunmap_unfaults>({"dontunmap-unfaults",
                                        {{{"no", "v5.7"}, {"yes", "v5.17"}}},
                                        "MREMAP_DONTUNMAP of a whole VMA leaves it without an anon_vma",
                                        "move_vma"}),
    row<&Policies::dontunmap_apart>(
        {"dontunmap-apart",
         {{{"no", "v5.7"}, {"alone", "v6.1.192"}, {"yes", "v7.3"}}},
         "MREMAP_DONTUNMAP never joins the copy with its source, and gives a source that it "
         "leaves without an anon_vma the offset of its address (also in stable updates of "
         "v6.12); in those of v6.1 a copy that touches its source joins nothing",
         "copy_vma"}),
    row<&Policies::madvise_full_eagain>({"madvise-full-eagain",
                                         {{{"no", ""}, {"yes", "v5.18"}}},
                                         "madvise that may not cut a VMA at the map_count limit gives EAGAIN, "
                                         "instead of ENOMEM",
                                         "madvise_vma_behavior",
                                         "needs as many mappings as the limit allows"}),
    row<&Policies::mlock_counts_to_top>(
        {"mlock-counts-to-top",
         {{{"no", ""}, {"yes", "v6.1"}}},
         "mlock of a range that wraps around takes what is locked from its start on for its own, so that the limit may "
         "not refuse it",
         "count_mm_mlocked_page_nr",
         "needs RLIMIT_MEMLOCK without a limit, and no CAP_IPC_LOCK"}),
    row<&Policies::lock_on_fault_unchecked>(
        {"lock-on-fault-unchecked",
         {{{"no", ""}, {"yes", "v5.18"}}},
         "mlock2(MLOCK_ONFAULT) of memory without access gives 0, instead of ENOMEM",
         "populate_vma_page_range"}),
    row<&Policies::remove_of_readonly>({"remove-of-readonly",
                                        {{{"no", ""}, {"yes", "v6.7"}}},
                                        "MADV_REMOVE works for a shared mapping that is read-only but could be written",
                                        "madvise_remove"}),
    row<&Policies::remote_growth_refused>({"remote-growth-refused",
                                           {{{"no", ""}, {"yes", "v6.5"}}},
                                           "access from outside a process gives EFAULT below its stack, instead of "
                                           "growing it",
                                           "__get_user_pages"}),
    row<&Policies::sealed_readonly>({"sealed-readonly",
                                     {{{"no", ""}, {"future-late", "v6.1.192"}, {"writes-first", "v6.13"}}},
                                     "a memfd with F_SEAL_WRITE may be mapped shared and read-only; what would write "
                                     "is refused before the range is unmapped, where F_SEAL_FUTURE_WRITE refuses "
                                     "after that, or before",
                                     "do_mmap"}),
    row<&Policies::no_mandatory_locks>({"no-mandatory-locks",
                                        {{{"no", ""}, {"yes", "v5.15"}}},
                                        "a file with a mandatory lock may be mapped shared",
                                        "do_mmap",
                                        "needs a file system mounted with mand, which only root does"}),
    row<&Policies::uffd_wp_of_files>({"uffd-wp-of-files",
                                      {{{"no", ""}, {"yes", "v5.19"}}},
                                      "shared memory and files of hugetlbfs can be registered with userfaultfd for "
                                      "write protection",
                                      "vma_can_userfault"}),
    row<&Policies::hugetlb_dontneed>({"hugetlb-dontneed",
                                      {{{"no", ""}, {"yes", "v5.18"}}},
                                      "MADV_DONTNEED works for files of hugetlbfs",
                                      "madvise_dontneed_free_valid_vma"}),
    row<&Policies::dontneed_locked>({"dontneed-locked",
                                     {{{"no", ""}, {"yes", "v5.18"}}},
                                     "MADV_DONTNEED_LOCKED drops the pages of locked memory too",
                                     "madvise_dontneed_free_valid_vma"}),
    row<&Policies::huge_aligned_files>(
        {"huge-aligned-files",
         {{{"no", ""}, {"yes", "v5.18"}}},
         "a mapping of a file that holds a whole huge page of it is placed so that this "
         "page can be huge, on file systems that have such pages",
         "thp_get_unmapped_area",
         "needs a file whose file system has huge pages; what a subject's files are, it says itself"}),
    row<&Policies::guard_gap_restarts>({"guard-gap-restarts",
                                        {{{"no", ""}, {"yes", "v6.1"}}},
                                        "a hole into which the guard gap of the stack above reaches lets the search "
                                        "start again beyond: downwards below that gap, upwards above the stack",
                                        "unmapped_area"}),
    row<&Policies::uffd_above_einval>({"uffd-above-einval",
                                       {{{"no", ""}, {"yes", "v6.3"}}},
                                       "userfaultfd's range above every VMA gives EINVAL, instead of ENOMEM",
                                       "userfaultfd_register"}),
    row<&Policies::uffd_unregister_own>({"uffd-unregister-own",
                                         {{{"no", ""}, {"yes", "v6.17"}}},
                                         "UFFDIO_UNREGISTER of what another context has registered gives EINVAL",
                                         "userfaultfd_unregister"}),
    row<&Policies::hugetlb_hint_up>(
        {"hugetlb-hint-up",
         {{{"no", ""}, {"yes", "v6.13"}}},
         "the hint of a mapping of hugetlbfs is rounded up to a huge page instead of down, and MAP_32BIT is looked at",
         "hugetlb_get_unmapped_area"}),
    row<&Policies::no_zero_page>({"no-zero-page",
                                  {{{"no", ""}, {"yes", ""}}},
                                  "a read of private anonymous memory maps a new page, as a write does, and not the "
                                  "zero page: a kernel built or run without it",
                                  "do_anonymous_page"}),
    row<&Policies::dofork_not_special>({"dofork-not-special",
                                        {{{"no", ""}, {"yes", "v7.0"}}},
                                        "MADV_DOFORK is refused for every special mapping, not for VM_IO alone",
                                        "madvise_vma_behavior"}),
    row<&Policies::guard_regions>(
        {"guard-regions",
         {{{"none", ""}, {"anonymous", "v6.13"}, {"files", "v6.15"}, {"marked", "v6.19"}}},
         "MADV_GUARD_INSTALL and _REMOVE: not known; for private memory without a file; for shared memory and files "
         "too, "
         "and all of it gets an anon_vma; or with VM_MAYBE_GUARD, which merges keep, and then VM_SOFTDIRTY as well",
         "madvise_guard_install"}),
};

std::array<PolicyInfo, rows.size()> make_infos() {
    std::array<PolicyInfo, rows.size()> infos{};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Text& text = rows.at(i).text;
        const auto end =
            std::find_if(text.values.begin(), text.values.end(), [](auto& each) { return each.name.empty(); });
        infos.at(i) = {text.name,     {text.values.begin(), end}, text.sentence, text.source,
                       text.no_probe, rows.at(i).value_of,        rows.at(i).set};
    }
    return infos;
}

}  // namespace

std::span<const PolicyInfo> all_policies() {
    static const auto infos = make_infos();
    return infos;
}

std::optional<PolicyId> policy_named(std::string_view name) {
    for (PolicyId id = 0; id < all_policies().size(); ++id)
        if (all_policies()[id].name == name) return id;
    return std::nullopt;
}

std::uint8_t value_of(const Policies& policies, PolicyId id) {
    return all_policies()[id].value_of(policies);
}

std::string_view value_name(const Policies& policies, PolicyId id) {
    return all_policies()[id].values[value_of(policies, id)].name;
}

Policies with_value(Policies policies, PolicyId id, std::uint8_t value) {
    all_policies()[id].set(policies, value);
    return policies;
}

std::optional<Policies> with_setting(const Policies& policies, std::string_view setting) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto id = policy_named(setting.substr(0, equals));
    if (!id) return std::nullopt;
    const auto values = all_policies()[*id].values;
    for (std::uint8_t value = 0; value < values.size(); ++value)
        if (values[value].name == setting.substr(equals + 1)) return with_value(policies, *id, value);
    return std::nullopt;
}

std::size_t distance(const Policies& a, const Policies& b) {
    std::size_t count = 0;
    for (PolicyId id = 0; id < all_policies().size(); ++id) count += value_of(a, id) != value_of(b, id) ? 1 : 0;
    return count;
}

std::string profile_with(std::string_view profile, PolicyId id, std::uint8_t value) {
    const PolicyInfo& info = all_policies()[id];
    return std::string(profile) + "+" + std::string(info.name) + "=" + std::string(info.values[value].name);
}

}  // namespace vmacheck
