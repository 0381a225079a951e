#include "tests/properties/fault_sequence.hpp"

namespace vmacheck::sequence {
namespace {

// The synthetic ones that leave a tree, a list, a chain or a counter wrong.
std::vector<Directed> structures() {
    return {
        {"munmap-gap-not-updated", {"gap-cache"}, {mmap(20, 1), mremap(20, 1, 30)}},
        {"gap-ignores-right-child", {"gap-cache"}, {mmap(20, 1), mmap(50, 1)}},
        // The new lowest VMA takes a page from the gap below the one above it, and so from the root's.
        {"tree-propagates-once", {"gap-cache"}, {mmap(21, 3), mprotect(22, 1, prot::read), mmap_none(20, 1)}},
        {.fault = "exec-end-kept",
         .properties = {"page-map", "total-vm"},
         .ops = {exec(60)},
         .step_only = {"page-map"}},
        {"munmap-highest-kept", {"highest-vm-end"}, {mmap(20, 1), munmap(20)}},
        {"adjust-highest-not-raised", {"highest-vm-end"}, {mmap(20, 1), mmap(21, 1)}},
        {"link-prev-stale", {"list-order"}, {mmap(20, 2), mprotect(21, 1, prot::read)}},
        {"unlink-prev-stale", {"list-order", "references"}, {mmap(20, 2), munmap(20)}},
        {"insert-not-recoloured", {"red-black"}, {mmap_none(20, 1), mmap(21, 3), mmap_none(22, 1)}},
        {"erase-not-rebalanced", {"red-black"}, {mmap(20, 1), mremap(20, 1, 30)}},
        // Of the four in an i_mmap a black leaf goes; the root stays, and with it the address_space as it was.
        {"erase-not-rebalanced", {"red-black"}, {mmap_file(20, 1, 0), mmap_file(21, 1, 0), fork(), munmap(21)}},
        {"rotation-value-stale", {"gap-cache"}, {mmap(20, 3), mmap_none(21, 1)}},
        // Four VMAs: 21 is the root, 22 the left child of 23. The place of 21 becomes a gap below 22.
        {"erase-successor-parent-stale", {"gap-cache"}, {mmap_none(20, 1), mmap(21, 3), mmap_none(22, 1), munmap(21)}},
        {"adjust-next-avc-key-stale",
         {"interval-keys"},
         {mmap(20, 2, map::anonymous, prot::read), mmap(22, 1), fault(22), mprotect(21, 1, rw)}},
        {"adjust-i-mmap-key-stale", {"interval-keys"}, {mmap_file(20, 2, 0), munmap(21)}},
        {"interval-last-kept", {"interval-trees"}, {mmap(20, 3), fault(20), mprotect(21, 1, prot::read)}},
        {"interval-last-kept", {"interval-trees"}, {mmap_file(20, 1, 0), mmap_file(21, 1, 2), munmap(21)}},
        {"clone-skips-newest", {"chain-symmetry"}, {mmap(20, 2), fault(20), mprotect(20, 1, prot::read)}},
        {"clone-skips-newest", {"chain-order"}, {mmap(20, 1), fault(20), fork()}},
        {"clone-reverses-chain",
         {"chain-order"},
         {mmap(20, 2), fault(20), fork(), of_process(mprotect(21, 1, prot::read), 1)}},
        {"unlink-leaves-edge", {"references", "red-black"}, {mmap(20, 1), fault(20), munmap(20)}},
        // Unmapped first, so that the hole is filled in merge case 1.
        {"merge-map-count-kept", {"map-count"}, {mmap(20, 3), mmap(21, 1)}},
        {"munmap-partial-total-vm", {"total-vm", "data-vm"}, {mmap(20, 2), munmap(21)}},
    };
}

// The synthetic ones that lose pages, or hand them on.
std::vector<Directed> lost_pages() {
    return {
        {"munmap-page-above", {"pages-survive"}, {mmap(20, 2), fault(21), munmap(20)}, false, {"pages-survive"}},
        {"mprotect-drops-pages",
         {"pages-survive"},
         {mmap(20, 1), fault(20), mprotect(20, 1, prot::read)},
         false,
         {"pages-survive"}},
        {"mremap-drops-pages",
         {"pages-survive"},
         {mmap(20, 1), fault(20), mremap(20, 1, 40)},
         false,
         {"pages-survive"}},
        {"wipeonfork-ignored",
         {"pages-survive"},
         {mmap(20, 1), fault(20), madvise(20, 1, Advice::wipeonfork), fork()},
         false,
         {"pages-survive"}},
    };
}

// The synthetic ones about guard pages, on a kernel that has them.
std::vector<Directed> guard_pages() {
    constexpr Advice install = Advice::guard_install;
    const auto later = [](const char* fault, const char* property, std::vector<Op<Plain>> ops) {
        return Directed{.fault = fault,
                        .properties = {property},
                        .ops = std::move(ops),
                        .step_only = {property},
                        .profile = "v7.1"};
    };
    std::vector<Directed> all{
        later("mremap-drops-guards", "pages-survive", {mmap(20, 1), madvise(20, 1, install), mremap(20, 1, 40)}),
        later("fork-forgets-guards", "pages-survive", {mmap_file(20, 1, 0), madvise(20, 1, install), fork()}),
        later("dontneed-drops-guards", "pages-survive",
              {mmap(20, 1), madvise(20, 1, install), madvise(20, 1, Advice::dontneed)}),
        later("merge-drops-sticky", "sticky-flags", {mmap(20, 1), mmap(22, 1), madvise(22, 1, install), mmap(21, 1)}),
        {.fault = "guard-keeps-page",
         .properties = {"guard-entries"},
         .ops = {mmap(20, 1), fault(20), madvise(20, 1, install)},
         .profile = "v7.1"},
    };
    Directed mapped = later("guard-page-mapped", "guard-pages", {mmap(20, 1), madvise(20, 1, install), fault(20)});
    mapped.without = Errno::sigsegv;
    all.push_back(std::move(mapped));
    return all;
}

// The synthetic ones that lose merges, or a mark.
std::vector<Directed> lost_merges() {
    return {
        {"merge-case5-never",
         {"missed-merge"},
         {mmap(20, 3), mprotect(20, 1, prot::read), mprotect(21, 1, prot::read)},
         false,
         {"missed-merge"}},
        {"merge-policy-never",
         {"missed-merge"},
         {mmap(20, 2), mbind(20, 1, 1), mbind(21, 1, 1)},
         false,
         {"missed-merge"}},
        {.fault = "soft-dirty-never-set",
         .properties = {"soft-dirty"},
         .ops = {mmap(20, 1)},
         .step_only = {"soft-dirty"},
         .parameters = [](Parameters& p) { p.soft_dirty = true; }},
    };
}

// The synthetic ones that ignore a limit.
std::vector<Directed> limits() {
    const auto within = [](const char* fault, const char* property, std::vector<Op<Plain>> ops,
                           std::function<void(Parameters&)> limit) {
        return Directed{.fault = fault,
                        .properties = {property},
                        .ops = std::move(ops),
                        .step_only = {property},
                        .without = Errno::enomem,
                        .parameters = std::move(limit)};
    };
    return {
        within("rlimit-as-ignored", "resource-limits", {mmap(20, 3)}, [](Parameters& p) { p.rlimit_as = 2; }),
        within("rlimit-data-ignored", "resource-limits", {mmap(20, 3, map::anonymous, prot::read), mprotect(20, 3, rw)},
               [](Parameters& p) { p.rlimit_data = 2; }),
        within("commit-limit-ignored", "commit-limit", {mmap(20, 3)}, [](Parameters& p) { p.total_memory = 2; }),
        within("dontunmap-no-limit-check", "commit-limit", {mmap(20, 2), mremap(20, 2, 40, mremap::dontunmap)},
               [](Parameters& p) {
                   p.overcommit_mode = 2;
                   p.commit_limit = 4;
                   p.admin_reserve = 0;
               }),
    };
}

// The synthetic ones of fork: what a child has is not counted, or not known, or it has too much.
std::vector<Directed> forks() {
    const auto after = [](const char* fault, const char* property, std::vector<Op<Plain>> ops) {
        ops.push_back(fork());
        return Directed{fault, {property}, std::move(ops)};
    };
    return {
        after("fork-child-not-counted", "num-children", {mmap(20, 1), fault(20)}),
        after("fork-root-not-referenced", "anon-vma-refcount", {mmap(20, 1), fault(20)}),
        after("fork-leaves-writable", "page-rights", {mmap(20, 1), fault(20)}),
        after("fork-page-not-counted", "page-mapcount", {mmap(20, 1), fault(20)}),
        after("fork-swap-not-counted", "swap-count", {mmap(20, 1), fault(20), reclaim(20)}),
        after("fork-uffd-flags-kept", "uffd-context", {mmap(20, 1), uffd_register(20, 1)}),
        after("ksm-fork-forgotten", "mergeable-known", {mmap(20, 1), madvise(20, 1, Advice::mergeable)}),
        after("fork-writable-not-counted", "writable-mappings", {mmap_shmem(20, 1, 0)}),
        // Five forks, of which the parent of each but the last has exited: six anon_vmas for two VMAs.
        {.fault = "av-endless-growth",
         .properties = {"bounded-growth"},
         .ops = {mmap(20, 1), fault(20), fork(0), exit(0), fork(1), exit(1), fork(0), exit(0), fork(1), exit(1),
                 fork(0)},
         .step_only = {"bounded-growth"}},
    };
}

// The synthetic ones that leave what is used no more, or take what is still used.
std::vector<Directed> left_behind() {
    return {
        {"degree-kept", {"anon-vma-degree"}, {mmap(20, 2), fault(20), munmap(21)}},
        {"unlink-keeps-anon-vma", {"anon-vma-attached"}, {mmap(20, 1), fault(20), munmap(20)}},
        // Process 1 is the second of that number: it has taken over the anon_vma of the first.
        {"clone-stops-at-own",
         {"equal-chains"},
         {mmap(20, 2), fault(20), fork(0), fork(1), exit(1), fork(2), of_process(mprotect(21, 1, prot::read), 1)}},
        {.fault = "clone-error-keeps-lock",
         .properties = {"lock-balance"},
         .ops = {mmap(20, 2), fault(20), failing(munmap(21), AllocKind::avc, 1)},
         .step_only = {"lock-balance"}},
        {"link-rb-forgotten", {"list-equals-tree"}, {mmap(20, 1)}},
        {"munmap-keeps-last-page", {"pages-inside-vmas"}, {mmap(20, 2), fault(21), munmap(21)}},
        {"zap-keeps-page", {"page-in-use"}, {mmap(20, 1), fault(20), munmap(20)}},
        {"reuse-keeps-slot", {"swap-cache"}, {mmap(20, 1), fault(20), reclaim(20), fault(20)}},
        {"swap-entry-writable", {"swap-entries"}, {mmap(20, 1), fault(20), reclaim(20)}},
        {"truncate-keeps-copies", {"within-file-size"}, {map_of(1, 20, 1), fault(20), truncate(1, 0)}},
        {"mbind-old-policy-kept", {"policy-references"}, {mmap(20, 1), mbind(20, 1, 1), mbind(20, 1, 2)}},
        // The source cannot be cut, as the third and fourth element of a chain are for the piece; mremap succeeds.
        {"clone-error-keeps-edges",
         {"references"},
         {mmap(20, 2), fault(20), fork(), of_process(failing(mremap(20, 1, 40), AllocKind::avc, 4), 1)}},
        {"shm-release-forgotten", {"segment-clones"}, {failing(shmat(20), AllocKind::vma, 1)}},
        {"shm-release-forgotten", {"segment-clones"}, {shmat(20), munmap(20, 3)}},
        {"fput-keeps-inode", {"address-space-use"}, {failing(shmat(20), AllocKind::vma, 1)}},
        {"fput-keeps-inode", {"address-space-use"}, {mmap_shared(20), munmap(20)}},
    };
}

// The synthetic ones that count, check or mark too little or too much.
std::vector<Directed> miscounts() {
    return {
        {.fault = "munmap-peak-lost",
         .properties = {"hiwater-vm"},
         .ops = {mmap(20, 1), munmap(20)},
         .step_only = {"hiwater-vm"}},
        {"data-vm-not-counted", {"data-vm"}, {mmap(20, 1)}},
        {"exec-vm-not-counted", {"exec-vm"}, {mmap(20, 1, map::anonymous, prot::read | prot::exec)}},
        {"stack-vm-not-counted", {"stack-vm"}, {mmap(20, 1, map::anonymous | map::growsdown)}},
        {.fault = "mprotect-may-unchecked",
         .properties = {"access-within-may"},
         .ops = {mmap_shared_read_only(20), mprotect(20, 1, rw)},
         .without = Errno::eacces},
        {.fault = "name-of-file",
         .properties = {"anon-name"},
         .ops = {map_of(1, 20, 1), anon_name(20, 1)},
         .without = Errno::ebadf,
         .profile = "v5.10-anon-name"},
        // The page from 40 keeps its offset; the one above is unfaulted, so that its own address is its offset.
        {.fault = "merge-pgoff-ignored",
         .properties = {"merge-case-table"},
         .ops = {mmap(40, 1), fault(40), mremap(40, 1, 20), mmap_none(21, 1), mprotect(21, 1, rw)},
         .step_only = {"merge-case-table"}},
        {.fault = "free-page-above",
         .properties = {"touches-only"},
         .ops = {mmap(20, 2), fault(21), madvise(20, 1, Advice::free)},
         .step_only = {"touches-only"}},
    };
}
}  // namespace

std::vector<Directed> synthetic_sequences() {
    std::vector<Directed> all;
    for (const auto part : {structures, lost_pages, guard_pages, lost_merges, limits, forks, left_behind, miscounts})
        for (Directed& each : part()) all.push_back(std::move(each));
    return all;
}

}  // namespace vmacheck::sequence
