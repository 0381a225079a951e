// Every fault is found by the properties when it is switched on: by random operations, and by a short sequence written
// out here, which holds when it is switched off.
#include "checker/random/random_ops.hpp"
#include "model/faults/accounting.hpp"
#include "model/faults/fault_table.hpp"
#include "model/state/build.hpp"
#include "properties/run/catalogue.hpp"
#include "tests/properties/shipped_culprits.hpp"
#include "tests/support/rare_faults.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <set>

namespace vmacheck {
namespace {

constexpr Prot rw = prot::read | prot::write;

Op<Plain> at(OpKind kind, std::uint64_t page, std::uint64_t len = 1, std::uint8_t process = 0) {
    Op<Plain> op;
    op.kind = kind;
    op.process = process;
    op.addr = Bytes<Plain>::pages(page);
    op.len = Bytes<Plain>::pages(len);
    op.prot = rw;
    return op;
}
Op<Plain> mmap(std::uint64_t page, std::uint64_t len, MapFlags flags = map::anonymous, Prot prot = rw) {
    Op<Plain> op = at(OpKind::mmap, page, len);
    op.flags = map::private_ | map::fixed | flags;
    op.prot = prot;
    return op;
}
Op<Plain> mmap_none(std::uint64_t page, std::uint64_t len) {
    return mmap(page, len, map::anonymous, prot::none);
}
Op<Plain> munmap(std::uint64_t page, std::uint64_t len = 1) {
    return at(OpKind::munmap, page, len);
}
Op<Plain> mmap_file(std::uint64_t page, std::uint64_t len, std::uint64_t offset) {
    Op<Plain> op = mmap(page, len, 0, prot::read);
    op.file = 1;
    op.offset = Bytes<Plain>::pages(offset);
    return op;
}
Op<Plain> fault(std::uint64_t page, std::uint8_t process = 0) {
    return at(OpKind::fault, page, 1, process);
}
Op<Plain> read_fault(std::uint64_t page, std::uint8_t process = 0) {
    Op<Plain> op = fault(page, process);
    op.access = Access::read;
    return op;
}
Op<Plain> reclaim(std::uint64_t page, std::uint8_t process = 0) {
    return at(OpKind::reclaim, page, 1, process);
}
Op<Plain> fork(std::uint8_t process = 0) {
    return at(OpKind::fork, 0, 1, process);
}
Op<Plain> exit(std::uint8_t process) {
    return at(OpKind::exit, 0, 1, process);
}
Op<Plain> mprotect(std::uint64_t page, std::uint64_t len, Prot prot) {
    Op<Plain> op = at(OpKind::mprotect, page, len);
    op.prot = prot;
    return op;
}
Op<Plain> madvise(std::uint64_t page, std::uint64_t len, Advice advice) {
    Op<Plain> op = at(OpKind::madvise, page, len);
    op.advice = advice;
    return op;
}
Op<Plain> mlock(std::uint64_t page, std::uint64_t len, std::uint32_t flags = 0) {
    Op<Plain> op = at(OpKind::mlock, page, len);
    op.call_flags = flags;
    return op;
}
Op<Plain> mremap(std::uint64_t page, std::uint64_t len, std::uint64_t to, std::uint32_t flags = 0) {
    Op<Plain> op = at(OpKind::mremap, page, len);
    op.new_len = op.len;
    op.new_addr = Bytes<Plain>::pages(to);
    op.call_flags = mremap::maymove | mremap::fixed | flags;
    return op;
}
Op<Plain> resized(std::uint64_t page, std::uint64_t len, std::uint64_t new_len, std::uint64_t to) {
    Op<Plain> op = mremap(page, len, to);
    op.new_len = Bytes<Plain>::pages(new_len);
    return op;
}
Op<Plain> map_of(std::uint16_t file, std::uint64_t page, std::uint64_t len, std::uint64_t offset = 0) {
    Op<Plain> op = mmap(page, len, 0);
    op.file = file;
    op.offset = Bytes<Plain>::pages(offset);
    return op;
}
Op<Plain> locked(Op<Plain> op) {
    op.flags |= map::locked;
    return op;
}
Op<Plain> mlockall_future() {
    Op<Plain> op = at(OpKind::mlockall, 0, 0);
    op.call_flags = mcl::future;
    return op;
}
Op<Plain> special_mapping(std::uint64_t page) {
    Op<Plain> op = at(OpKind::special_mapping, page);
    op.prot = prot::read;
    return op;
}
Op<Plain> mmap_shmem(std::uint64_t page, std::uint64_t len, std::uint64_t offset) {
    Op<Plain> op = at(OpKind::mmap, page, len);
    op.flags = map::shared | map::fixed;
    op.file = 5;
    op.offset = Bytes<Plain>::pages(offset);
    return op;
}
Op<Plain> mbind(std::uint64_t page, std::uint64_t len, std::uint16_t policy) {
    Op<Plain> op = at(OpKind::mbind, page, len);
    op.policy = policy;
    return op;
}
Op<Plain> uffd_register(std::uint64_t page, std::uint64_t len) {
    Op<Plain> op = at(OpKind::uffd_register, page, len);
    op.uffd = 1;
    op.call_flags = uffd_mode::missing;
    return op;
}
Op<Plain> uffd_close() {
    Op<Plain> op = at(OpKind::uffd_close, 0, 0);
    op.uffd = 1;
    return op;
}
Op<Plain> failing(Op<Plain> op, AllocKind kind, std::uint16_t nth) {
    op.fail_alloc = {kind, nth};
    return op;
}

Op<Plain> remote(std::uint64_t page, std::uint8_t process, std::uint8_t target) {
    Op<Plain> op = at(OpKind::remote_access, page, 1, process);
    op.target = target;
    return op;
}
Op<Plain> of_process(Op<Plain> op, std::uint8_t process) {
    op.process = process;
    return op;
}
Op<Plain> anywhere(std::uint64_t len) {
    Op<Plain> op = mmap(0, len);
    op.flags &= ~map::fixed;
    return op;
}
Op<Plain> growing(std::uint64_t page, std::uint64_t len, std::uint64_t new_len) {
    Op<Plain> op = mremap(page, len, 0);
    op.new_len = Bytes<Plain>::pages(new_len);
    op.new_addr = {};
    op.call_flags = 0;
    return op;
}
// In pages above the start of the heap's second page, 41.
Op<Plain> brk(std::uint64_t pages) {
    return at(OpKind::brk, 41 + pages);
}
Op<Plain> shmat(std::uint64_t page) {
    Op<Plain> op = at(OpKind::shmat, page, 0);
    op.file = file::segment;
    return op;
}
Op<Plain> truncate(std::uint16_t file, std::uint64_t pages) {
    Op<Plain> op = at(OpKind::truncate, 0, pages);
    op.file = file;
    return op;
}
Op<Plain> anon_name(std::uint64_t page, std::uint16_t name) {
    Op<Plain> op = at(OpKind::anon_name, page);
    op.name = name;
    return op;
}
Op<Plain> mmap_shared(std::uint64_t page) {
    Op<Plain> op = at(OpKind::mmap, page);
    op.flags = map::shared | map::fixed | map::anonymous;
    return op;
}
// Of a file that was opened for reading.
Op<Plain> mmap_shared_read_only(std::uint64_t page) {
    Op<Plain> op = at(OpKind::mmap, page);
    op.flags = map::shared | map::fixed;
    op.prot = prot::read;
    op.file = 3;
    return op;
}
VmaSpec stack_that_grows_up(std::uint64_t page) {
    VmaSpec spec;
    spec.start = page;
    spec.end = page + 1;
    spec.pgoff = page;
    spec.flags = vm::data_default | vm::account | vm::growsup;
    return spec;
}

struct Directed {
    const char* fault;
    std::set<std::string> properties;  // at least these must say something at the last step
    std::vector<Op<Plain>> ops;        // nothing is wrong before the last
    bool abandoned = false;            // the model's own assertion ends the last step, so a sweep has nothing to say
    std::set<std::string> step_only = {};  // those of `properties` that look at a step, so that a sweep is silent
    Errno with = Errno::ok;                // how the last ends with the fault, and without
    Errno without = Errno::ok;
    std::function<void(Parameters&)> parameters = {};  // changes to small_parameters()
    std::vector<VmaSpec> layout = {};
    std::string_view profile = "v5.10";
};

// The synthetic ones that leave a tree, a list, a chain or a counter wrong.
std::vector<Directed> structures() {
    return {
        {"munmap-gap-not-updated", {"gap-cache"}, {mmap(20, 1), mremap(20, 1, 30)}},
        {"gap-ignores-right-child", {"gap-cache"}, {mmap(20, 1), mmap(50, 1)}},
        // The new lowest VMA takes a page from the gap below the one above it, and so from the root's.
        {"tree-propagates-once", {"gap-cache"}, {mmap(21, 3), mprotect(22, 1, prot::read), mmap_none(20, 1)}},
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

std::vector<Directed> directed() {
    return {
        // The middle anon_vma is taken over legally by process 1 (the slot is free again); the leaf, which process 2
        // still uses, wrongly by process 3.
        {"av-double-reuse", {"one-owner"}, {mmap(20, 1), fault(20), fork(0), fork(1), exit(1), fork(2), fork(1)}},
        {"av-degree-import-order", {"num-active-vmas"}, {mmap(20, 1), mmap(22, 1), fault(22), mmap(21, 1)}},
        {.fault = "av-fork-leak",
         .properties = {"references", "residue"},
         .ops = {mmap(20, 1), fault(20), failing(fork(), AllocKind::anon_vma, 1)},
         .step_only = {"residue"}},
        // Each parent exits, so that one VMA is left with all anon_vmas of the line, and the fork's child with one more.
        {"av-endless-growth",
         {"bounded-growth"},
         {mmap(20, 1), fault(20), fork(0), exit(0), fork(1), exit(1), fork(0), exit(0), fork(1), exit(1), fork(0)},
         false,
         {"bounded-growth"}},
        {"av-mremap-stale-key", {"interval-keys"}, {mmap(20, 2), fault(21), mremap(21, 1, 40)}},
        {.fault = "mremap-dup-private",
         .properties = {"page-map"},
         .ops = {mmap(20, 1), resized(20, 0, 1, 40)},
         .step_only = {"page-map"},
         .without = Errno::einval},
        {"movevma-munmap-fail-growth", {"committed"}, {mmap(20, 2), failing(resized(20, 1, 2, 40), AllocKind::vma, 2)}},
        // Both are locked, so that mmap looks at its VMA again after the merge.
        {.fault = "mmap-merge-uaf-old",
         .properties = {"use-after-free"},
         .ops = {locked(map_of(file::adds_flag, 20, 1)), locked(map_of(file::adds_flag, 21, 1, 1))},
         .abandoned = true},
        {"av-fork-shares-parent", {"one-owner"}, {mmap(20, 2), fault(20), mprotect(21, 1, prot::read), fork()}},
        {"merge-case3-pgoff", {"unfaulted-pgoff"}, {mmap(21, 1), mmap(20, 1)}},
        {"merge-case3-pgoff", {"rmap-completeness"}, {mmap_file(21, 1, 1), read_fault(21), mmap_file(20, 1, 0)}},
        // Unfaulted, no access, faulted: the middle one gets the rights of its neighbours, and all three become one.
        {"adjust-case6-no-import",
         {"bug-on"},
         {mmap(20, 1), mmap(22, 1), fault(22), mmap(21, 1, map::anonymous, prot::none), mprotect(21, 1, rw)},
         true},
        {"adjust-gap-not-updated", {"gap-cache"}, {mmap(20, 1), mmap(30, 1), mmap(21, 4)}},
        {"fork-stale-highest", {"highest-vm-end"}, {mmap(20, 1), madvise(20, 1, Advice::dontfork), fork()}},
        {"stack-growth-charge",
         {"committed"},
         {mmap(40, 1, map::anonymous | map::growsdown | map::noreserve), fault(39)}},
        // The VMA after the source is not accounted, until it gets the flag that was meant for a piece of the source.
        {"dontunmap-account-next",
         {"committed", "page-map"},
         {mmap(20, 3), mmap(24, 1, map::anonymous, prot::none), mremap(21, 1, 40, mremap::dontunmap)},
         false,
         {"page-map"}},
        {"dontunmap-locked-partial",
         {"locked-vm", "page-map"},
         {mmap(20, 2), mlock(20, 2), mremap(20, 1, 40, mremap::dontunmap)},
         false,
         {"page-map"}},
        {"dontunmap-locked-double", {"locked-vm"}, {mmap(20, 1), mlock(20, 1), mremap(20, 1, 40, mremap::dontunmap)}},
        {"mremap-shrink-charge", {"committed"}, {mmap(20, 2), resized(20, 2, 1, 40)}},
        // Unfaulted and beside its copy, so that both are one VMA.
        {"dontunmap-locked-selfmerge",
         {"locked-vm", "page-map"},
         {mmap(20, 1), mlock(20, 1, mlock::onfault), mremap(20, 1, 21, mremap::dontunmap)},
         false,
         {"page-map"}},
        {"wipeonfork-stale-pgoff",
         {"unfaulted-pgoff"},
         {mmap(20, 1), fault(20), madvise(20, 1, Advice::wipeonfork), mremap(20, 1, 30), fork()}},
        // Page 1 of the file is registered where it is mapped for the second time, then where it is mapped first: told
        // the offset 0, vma_merge takes the two for neighbours.
        {"uffd-pgoff",
         {"page-map"},
         {mmap_shmem(20, 2, 0), mmap_shmem(22, 1, 1), uffd_register(22, 1), uffd_register(21, 1)},
         false,
         {"page-map"}},
        // Unfaulted, so that the moved page merges with what is left of its own VMA.
        {"uffd-remap-neighbour",
         {"page-map"},
         {mmap(20, 2), uffd_register(20, 2), mremap(20, 1, 22)},
         false,
         {"page-map"}},
        {"mbind-pgoff", {"page-map"}, {mmap_file(20, 1, 0), mmap_file(21, 1, 2), mbind(20, 2, 1)}, false, {"page-map"}},
        {"merge-policy-lost", {"page-map"}, {mmap(20, 2), mbind(21, 1, 1), mbind(20, 1, 1)}, false, {"page-map"}},
        {"madvise-case8-flags",
         {"page-map"},
         {mmap(20, 2), madvise(21, 1, Advice::dontdump), madvise(20, 1, Advice::dontdump)},
         false,
         {"page-map"}},
        // The copy takes the first VMA, the cut of what is to be unmapped the second.
        {"movevma-munmap-fail-acct",
         {"account-flag", "page-map"},
         {mmap(20, 3), failing(mremap(21, 1, 40), AllocKind::vma, 2)},
         false,
         {"page-map"}},
        // The child reads the page back first; it stays in the swap cache, where the parent finds it.
        {"av-oldest-mapping",
         {"rmap-completeness", "rmap-hits"},
         {mmap(20, 1), fault(20), fork(), reclaim(20), read_fault(20, 1), read_fault(20)}},
        // The child is large, so that more would be withheld from it than from the owner of the stack.
        {.fault = "stack-grow-wrong-mm",
         .properties = {"page-map"},
         .ops = {mmap(40, 1, map::anonymous | map::growsdown), fork(), of_process(mmap(42, 85, map::anonymous, 1), 1),
                 remote(39, 1, 0)},
         .step_only = {"page-map"},
         .with = Errno::efault,
         .parameters =
             [](Parameters& p) {
                 p.overcommit_mode = 2;
                 p.commit_limit = 4;
                 p.admin_reserve = 0;
             }},
        {.fault = "guard-gap-underflow",
         .properties = {"guard-gap", "page-map"},
         .ops = {mmap(50, 14, map::anonymous | map::growsdown), mmap(48, 1), anywhere(4)},
         .step_only = {"guard-gap", "page-map"}},
        {.fault = "guard-gap-protnone",
         .properties = {"page-map"},
         .ops = {mmap(40, 1, map::anonymous | map::growsdown), mmap(36, 1, map::anonymous, prot::none), fault(38)},
         .step_only = {"page-map"},
         .with = Errno::sigsegv},
        {.fault = "guard-gap-up-overflow",
         .properties = {"page-map"},
         .ops = {fault(pages_in_64_bits - 4)},
         .step_only = {"page-map"},
         .with = Errno::sigsegv,
         .parameters =
             [](Parameters& p) {
                 p.stack_grows_up = true;
                 p.task_size = pages_in_64_bits - 1;
             },
         .layout = {stack_that_grows_up(pages_in_64_bits - 6)}},
        {.fault = "pgoff-wrap-down",
         .properties = {"pgoff-range"},
         .ops = {mmap(3, 1, map::anonymous | map::growsdown), fault(3), mremap(3, 1, 40), fault(36)},
         .without = Errno::sigsegv},
        {.fault = "pgoff-wrap-up",
         .properties = {"pgoff-range"},
         .ops = {fault(63)},
         .without = Errno::sigsegv,
         .parameters =
             [](Parameters& p) {
                 p.stack_grows_up = true;
                 p.pgoff_bits = 6;
             },
         .layout = {stack_that_grows_up(62)}},
        {.fault = "pgoff-wrap-mremap",
         .properties = {"pgoff-range"},
         .ops = {mmap_file(20, 1, 62), growing(20, 1, 2)},
         .without = Errno::einval,
         .parameters = [](Parameters& p) { p.pgoff_bits = 6; }},
        {.fault = "brk-error-unsigned",
         .properties = {"page-map"},
         .ops = {brk(2), failing(brk(1), AllocKind::vma, 1)},
         .step_only = {"page-map"}},
        {.fault = "brk-not-restored",
         .properties = {"page-map", "residue"},
         .ops = {brk(2), failing(brk(1), AllocKind::vma, 1)},
         .step_only = {"page-map", "residue"}},
        {.fault = "fork-charge-width",
         .properties = {"committed"},
         .ops = {mmap(20, (std::uint64_t{1} << 32) + 1), fork()},
         .parameters =
             [](Parameters& p) {
                 p.task_size = std::uint64_t{1} << 34;
                 p.overcommit_mode = 1;
             }},
        {.fault = "mremap-growth-width",
         .properties = {"total-vm", "locked-vm"},
         .ops = {mmap(20, 1, map::anonymous | map::locked, prot::read), growing(20, 1, (std::uint64_t{1} << 32) + 1)},
         .parameters = [](Parameters& p) { p.task_size = std::uint64_t{1} << 34; }},
        // 2^32 - 2 pages are two pages fewer than none.
        {.fault = "mlock-count-width",
         .properties = {"locked-vm"},
         .ops = {mmap(20, 2, map::anonymous | map::locked, prot::read),
                 mmap(40, (std::uint64_t{1} << 32) - 2, map::anonymous, prot::read),
                 mlock(40, (std::uint64_t{1} << 32) - 2, mlock::onfault)},
         .parameters = [](Parameters& p) { p.task_size = std::uint64_t{1} << 34; }},
        {.fault = "mmap-merge-return-addr",
         .properties = {"page-map"},
         .ops = {map_of(file::adds_flag, 20, 1), map_of(file::adds_flag, 21, 1, 1)},
         .step_only = {"page-map"}},
        {.fault = "mmap-merge-double-fput",
         .properties = {"file-references"},
         .ops = {map_of(file::hands_over, 20, 1), map_of(file::hands_over, 21, 1, 1)}},
        {.fault = "mmap-hook-not-closed",
         .properties = {"hooks-balanced"},
         .ops = {map_of(file::refused, 20, 1)},
         .with = Errno::einval,
         .without = Errno::einval},
        {.fault = "mmap-hook-error-charge",
         .properties = {"committed"},
         .ops = {map_of(file::fails, 20, 1)},
         .with = Errno::eagain,
         .without = Errno::eagain},
        {.fault = "split-alignment",
         .properties = {"hook-alignment", "page-map"},
         .ops = {map_of(file::granule, 20, 2), munmap(21)},
         .step_only = {"page-map"},
         .without = Errno::einval},
        // The middle page becomes like the one below it, and unlike the one above.
        {.fault = "merge-case7-close",
         .properties = {"hooks-balanced"},
         .ops = {map_of(file::hooks, 20, 3), mprotect(20, 3, prot::read), mprotect(21, 1, prot::none),
                 mprotect(20, 1, rw), mprotect(21, 1, rw)}},
        {.fault = "mremap-split-unchecked",
         .properties = {"hook-alignment", "page-map"},
         .ops = {map_of(file::granule, 20, 2), mremap(20, 1, 40)},
         .step_only = {"page-map"},
         .without = Errno::einval},
        {"split-pgoff", {"unfaulted-pgoff"}, {mmap(20, 2), at(OpKind::split, 21)}},
        {.fault = "split-limit",
         .properties = {"map-count-limit"},
         .ops = {mmap(20, 2), mprotect(20, 1, prot::read)},
         .step_only = {"map-count-limit"},
         .without = Errno::enomem,
         .parameters = [](Parameters& p) { p.max_map_count = 1; }},
        {.fault = "special-mapping-locked",
         .properties = {"locked-vm", "page-map"},
         .ops = {mlockall_future(), special_mapping(20)},
         .step_only = {"page-map"}},
    };
}

// Those that need the rules of another kernel.
std::vector<Directed> of_other_profiles() {
    return {
        // By the loose rule the lower, faulted VMA may give a page to the upper, unfaulted one.
        {.fault = "av-chain-wrong-exporter",
         .properties = {"rmap-completeness"},
         .ops = {mmap(20, 3), mprotect(22, 1, prot::read), fault(21), mprotect(21, 1, prot::read)},
         .profile = "v5.10-loose"},
        // 20 is moved away and comes back below what has been mapped behind it.
        {.fault = "av-mremap-faulted-unfaulted",
         .properties = {"rmap-completeness"},
         .ops = {mmap(20, 1), fault(20), mremap(20, 1, 40), mmap(21, 1), mremap(40, 1, 20)},
         .profile = "v6.18"},
        {.fault = "mremap-expand-inside",
         .properties = {"page-map"},
         .ops = {mmap(20, 2), growing(21, 1, 2)},
         .step_only = {"page-map"},
         .with = Errno::enomem,
         .profile = "v6.1"},
        {.fault = "mremap-expand-close",
         .properties = {"page-map"},
         .ops = {map_of(file::hooks, 20, 1), growing(20, 1, 2)},
         .step_only = {"page-map"},
         .with = Errno::enomem,
         .profile = "v6.1"},
        // What is VM_IO never merges, and what is not writable is not charged for.
        {.fault = "mremap-merge-fail-unacct",
         .properties = {"committed"},
         .ops = {mmap_file(20, 1, 0), growing(20, 1, 2)},
         .with = Errno::enomem,
         .without = Errno::enomem,
         .parameters = [](Parameters& p) { p.files.front().mmap_flags = vm::io; },
         .profile = "v6.1"},
        {.fault = "search-ignores-gap",
         .properties = {"guard-gap"},
         .ops = {mmap(60, 4, map::anonymous | map::growsdown), anywhere(1)},
         .step_only = {"guard-gap"},
         .profile = "v6.1"},
        {.fault = "mmap-region-error-tangle",
         .properties = {"page-map"},
         .ops = {mmap(20, 1), map_of(file::refused, 20, 1)},
         .step_only = {"page-map"},
         .with = Errno::einval,
         .without = Errno::einval,
         .profile = "v6.12"},
        // The closed context's VMA could merge with both neighbours, and would import the upper one's chain.
        {.fault = "oom-merge-state",
         .properties = {"page-map"},
         .ops = {mmap(20, 3), uffd_register(21, 1), fault(22), failing(uffd_close(), AllocKind::avc, 1)},
         .step_only = {"page-map"},
         .profile = "v6.12"},
    };
}

std::set<std::string> names(const Report& report) {
    std::set<std::string> found;
    for (const Violation& each : report.violations()) found.insert(each.property);
    return found;
}

std::string text_of(const Report& report) {
    std::string text;
    for (const Violation& each : report.violations()) text += each.property + ": " + each.text + "\n";
    return text;
}

TEST(FaultsTest, a_written_sequence_for_each_fault) {
    std::set<std::string> covered;
    std::set<std::string> found_as_stated;  // by the property that the table names
    std::vector<Directed> all = directed();
    for (Directed& each : structures()) all.push_back(std::move(each));
    for (Directed& each : lost_pages()) all.push_back(std::move(each));
    for (Directed& each : lost_merges()) all.push_back(std::move(each));
    for (Directed& each : limits()) all.push_back(std::move(each));
    for (Directed& each : of_other_profiles()) all.push_back(std::move(each));
    for (Directed& each : forks()) all.push_back(std::move(each));
    for (Directed& each : left_behind()) all.push_back(std::move(each));
    for (Directed& each : miscounts()) all.push_back(std::move(each));
    for (const Directed& each : all) {
        SCOPED_TRACE(each.fault);
        covered.insert(each.fault);
        const std::optional<Fault> fault = fault_named(each.fault);
        ASSERT_TRUE(fault);
        if (each.properties.count(std::string(info(*fault).property)) != 0) found_as_stated.insert(each.fault);
        for (const bool on : {false, true}) {
            Parameters p = small_parameters();
            if (each.parameters) each.parameters(p);
            World<Plain> world(p, *profile_named(each.profile), on ? FaultSet{}.add(*fault) : FaultSet{});
            if (!each.layout.empty()) {
                ProcessSpec process;
                process.vmas = each.layout;
                ASSERT_EQ(build_world(world, StateSpec{{process}, {}, {}}), std::nullopt);
            }
            const auto checker = make_property_checker<Plain>();
            for (std::size_t i = 0; i < each.ops.size(); ++i) {
                const Op<Plain>& op = each.ops[i];
                const Outcome<Plain>& outcome = world.apply(op);
                // An mremap that cannot unmap its source succeeds all the same, and brk and a close never say that they
                // failed.
                const Errno ends = i + 1 < each.ops.size() ? Errno::ok : on ? each.with : each.without;
                const bool hides_failures =
                    op.kind == OpKind::mremap || op.kind == OpKind::brk || op.kind == OpKind::uffd_close;
                if (op.fail_alloc.nth == 0 || hides_failures)
                    EXPECT_EQ(outcome.error, ends) << "op " << i << " " << name(op.kind);
                else
                    EXPECT_EQ(outcome.error, Errno::enomem) << "op " << i << " " << name(op.kind);
                Report step;
                Report sweep;
                checker->check_step(world, op, step);
                checker->check_all(world, sweep);
                if (!on || i + 1 < each.ops.size()) {
                    EXPECT_TRUE(step.empty()) << "op " << i << (on ? " on\n" : " off\n") << text_of(step);
                    EXPECT_TRUE(sweep.empty()) << "op " << i << (on ? " on\n" : " off\n") << text_of(sweep);
                    continue;
                }
                for (const std::string& property : each.properties) {
                    EXPECT_TRUE(names(step).count(property)) << property << " after the step; said was\n"
                                                             << text_of(step);
                    EXPECT_EQ(names(sweep).count(property),
                              each.abandoned || each.step_only.count(property) != 0 ? 0 : 1)
                        << property << " in a sweep; said was\n"
                        << text_of(sweep);
                }
            }
        }
    }
    for (const FaultInfo& each : all_faults()) {
        EXPECT_TRUE(covered.count(std::string(each.name))) << each.name;
        EXPECT_TRUE(found_as_stated.count(std::string(each.name))) << each.name << " is not found by " << each.property;
    }
}

void set_parameters(Parameters& p) {
    p.rlimit_as = 24;
    p.rlimit_data = 12;
    p.overcommit_mode = 2;
    p.commit_limit = 24;
    p.admin_reserve = 0;
    p.soft_dirty = true;
}

// Steps until the check after a step says something; 0 if it does not within the limit.
int steps_to_find(Fault fault, std::uint64_t seed, int limit, std::string* said) {
    Parameters p = small_parameters();
    if (needs_parameters(fault)) set_parameters(p);
    World<Plain> world(p, default_profile(), FaultSet{}.add(fault));
    RandomOps ops(seed, p, 40);
    const auto checker = make_property_checker<Plain>();
    Report report;
    for (int step = 1; step <= limit; ++step) {
        const Op<Plain> op = ops.next(world);
        world.apply(op);
        checker->check_step(world, op, report);
        if (report.empty()) {
            // Nothing the check after a step passes over may be left for the sweep.
            checker->check_all(world, report);
            if (report.empty()) continue;
            *said = "only in a sweep: " + text_of(report);
            return -step;
        }
        *said = report.violations().front().property;
        return step;
    }
    return 0;
}

// -INT_MIN is INT_MIN: 2^31 pages that were counted in halves are counted out as they should be.
TEST(FaultsTest, the_least_int_is_its_own_negation) {
    constexpr std::uint64_t half = std::uint64_t{1} << 30;
    Parameters p = small_parameters();
    p.task_size = std::uint64_t{1} << 34;
    World<Plain> world(p, default_profile(), FaultSet{}.add(faults::mlock_count_width));
    const auto checker = make_property_checker<Plain>();
    Report report;
    Op<Plain> unlock = at(OpKind::munlock, 40, 2 * half);
    for (const Op<Plain>& op : {mmap(40, 2 * half, map::anonymous, prot::read), mlock(40, half, mlock::onfault),
                                mlock(40 + half, half, mlock::onfault), unlock}) {
        EXPECT_TRUE(world.apply(op).ok());
        checker->check_step(world, op, report);
        EXPECT_EQ(text_of(report), "");
    }
    world.undo();
    unlock.len = Bytes<Plain>::pages(2 * half - 1);  // one page fewer is right as well
    EXPECT_TRUE(world.apply(unlock).ok());
    checker->check_step(world, unlock, report);
    EXPECT_EQ(text_of(report), "");
}

TEST(FaultsTest, random_operations_find_each_at_the_step_that_does_it) {
    constexpr int seeds = 5;
    for (const FaultInfo& each : all_faults()) {
        if (too_rare(each.fault)) continue;
        int found = 0;
        for (int seed = 1; seed <= seeds; ++seed) {
            std::string said;
            const int steps = steps_to_find(each.fault, static_cast<std::uint64_t>(seed), 250'000, &said);
            EXPECT_GE(steps, 0) << each.name << " seed " << seed << " step " << -steps << " " << said;
            if (steps > 0) ++found;
            RecordProperty(fmt::format("{}_seed_{}", each.name, seed), fmt::format("{} steps, {}", steps, said));
        }
        EXPECT_EQ(found, seeds) << each.name;
    }
}

// Nobody need stop at the first violation: what a fault has left behind gives findings, or an assertion of the model,
// and never an endless walk or undefined behaviour, which the sanitizers would see here.
TEST(FaultsTest, the_model_survives_what_a_fault_leaves_behind) {
    const Parameters p = small_parameters();
    for (const FaultInfo& each : all_faults())
        for (std::uint64_t seed = 1; seed <= 4; ++seed) {
            World<Plain> healthy(p, default_profile());
            World<Plain> world(p, default_profile(), FaultSet{}.add(each.fault));
            RandomOps ops(seed, p, 40);
            for (int step = 0; step < 1500; ++step) {
                const Op<Plain> op = ops.next(healthy);
                healthy.apply(op);
                try {
                    world.apply(op);
                } catch (const InternalAssertion&) {  // the step is undone, and the next may do
                }
            }
        }
}

TEST(FaultsTest, as_released_nothing_but_the_shipped_bugs_is_found) {
    std::set<Fault> found;
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        Parameters p = small_parameters();
        if (seed % 4 == 0) set_parameters(p);
        World<Plain> world(p, default_profile(), default_profile().shipped);
        RandomOps generator(seed, p, 40);
        const auto checker = make_property_checker<Plain>();
        std::vector<Op<Plain>> ops;
        Report report;
        while (report.empty() && ops.size() < 4000) {
            ops.push_back(generator.next(world));
            world.apply(ops.back());
            checker->check_step(world, ops.back(), report);
        }
        if (report.empty()) continue;
        const std::vector<Fault> culprits = culprits_of(p, ops);
        EXPECT_FALSE(culprits.empty()) << "seed " << seed << " step " << ops.size() << ": " << text_of(report);
        found.insert(culprits.begin(), culprits.end());
    }
    for (const FaultInfo& each : all_faults()) {
        if (!default_profile().shipped.has(each.fault) || too_rare(each.fault)) continue;
        EXPECT_TRUE(found.count(each.fault)) << each.name;
    }
}

}  // namespace
}  // namespace vmacheck
