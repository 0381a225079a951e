// A short sequence written out for each fault: its properties say something at the last step, and nothing is wrong before,
// nor with the fault switched off.
#include "tests/properties/fault_sequence.hpp"

#include "model/faults/accounting.hpp"
#include "model/faults/fault_table.hpp"
#include "model/profiles/profile.hpp"
#include "model/state/build.hpp"
#include "model/state/world.hpp"
#include "properties/run/catalogue.hpp"
#include "tests/support/report_text.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace vmacheck::sequence {
namespace {

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
        {.fault = "munmap-downgrade-race",
         .properties = {"linearizable"},
         .ops = {mmap(40, 1), mmap(41, 1, map::anonymous | map::growsdown), meanwhile_written(munmap(40), 40)},
         .step_only = {"linearizable"}},
        {.fault = "fork-counters-before-lock",
         .properties = {"linearizable", "total-vm"},
         .ops = {mmap(41, 1, map::anonymous | map::growsdown), meanwhile_written(fork(), 40)},
         .step_only = {"linearizable"}},
        // The anon_vma that came with the merge is taken back, with a page in it.
        {"av-dup-before-lock",
         {"rmap-completeness"},
         {mmap(20, 1), mmap(22, 1), fault(22), meanwhile_written(failing(mmap(21, 1), AllocKind::avc, 1), 20)}},
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
        {.fault = "exec-shift-uncharge",
         .properties = {"committed"},
         .ops = {failing(exec(60), AllocKind::page_table, 2)},
         .with = Errno::sigsegv,
         .without = Errno::sigsegv},
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
        {.fault = "search-skips-gap-below",
         .properties = {"guard-gap"},
         .ops = {mmap(52, 1, map::anonymous | map::growsdown), anywhere(18)},
         .step_only = {"guard-gap"},
         .parameters =
             [](Parameters& p) {
                 p.stack_grows_up = true;
                 p.stack_guard_gap = 3;
             },
         .layout = {stack_that_grows_up(30)},
         .profile = "v6.1"},
        // The second page gets the name of the first, which has had a guard page, and both become one VMA.
        {.fault = "name-drops-sticky",
         .properties = {"sticky-flags"},
         .ops = {mmap(20, 1), madvise(20, 1, Advice::guard_install), anon_name(20, 1), mmap(21, 1), anon_name(21, 1)},
         .step_only = {"sticky-flags"},
         .profile = "v7.1+anon-names=without-file"},
        {.fault = "uffd-droppable",
         .properties = {"page-map"},
         .ops = {mmap_droppable(20, 1), uffd_register(20, 1)},
         .step_only = {"page-map"},
         .without = Errno::einval,
         .profile = "v6.12"},
        {.fault = "mmap-remerge-not-closed",
         .properties = {"hooks-balanced"},
         .ops = {mmap_file(20, 1, 0), mmap_file(21, 1, 1)},
         .parameters =
             [](Parameters& p) {
                 p.files.front().kind = FileKind::with_close;
                 p.files.front().mmap_flags = vm::dontdump;
             },
         .profile = "v6.12"},
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
TEST(FaultsTest, a_written_sequence_for_each_fault) {
    std::set<std::string> covered;
    std::set<std::string> found_as_stated;  // by the property that the table names
    std::vector<Directed> all = directed();
    for (Directed& each : of_other_profiles()) all.push_back(std::move(each));
    for (Directed& each : synthetic_sequences()) all.push_back(std::move(each));
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
                // An mremap that cannot unmap its source succeeds all the same, brk and a close never say that they
                // failed, and exec says it otherwise.
                const Errno ends = i + 1 < each.ops.size() ? Errno::ok : on ? each.with : each.without;
                const bool by_other = op.meanwhile.nth != 0;  // the merge that fails is no merge
                const bool hides_failures = op.kind == OpKind::mremap || op.kind == OpKind::brk ||
                                            op.kind == OpKind::uffd_close || op.kind == OpKind::exec || by_other;
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
}  // namespace
}  // namespace vmacheck::sequence
