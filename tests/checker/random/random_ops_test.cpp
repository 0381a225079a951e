// The generator that other tests rely on: deterministic, and it reaches what it promises to reach.
#include "checker/random/random_ops.hpp"
#include "model/state/world.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace vmacheck {
namespace {

TEST(RandomOpsTest, same_seed_same_world) {
    const Parameters p = small_parameters();
    World<Plain> a(p, default_profile());
    World<Plain> b(p, default_profile());
    RandomOps first(5, p, 32);
    RandomOps second(5, p, 32);
    for (int i = 0; i < 3000; ++i) {
        a.apply(first.next(a));
        b.apply(second.next(b));
    }
    EXPECT_EQ(a.digest(), b.digest());
}

TEST(RandomOpsTest, reaches_every_kind_and_merge_case) {
    const Parameters p = small_parameters();
    World<Plain> world(p, default_profile());
    RandomOps ops(1, p, 32);
    ops.set_mix({.execs = 1});
    std::map<OpKind, int> succeeded;
    std::map<OpKind, std::set<Errno>> errors;
    std::set<int> cases;
    std::set<Event> events;
    std::set<std::uint32_t> failed_sites;
    for (int i = 0; i < 400000; ++i) {
        // Some things happen once in the life of a process and its children.
        if (i % 2000 == 0) world = World<Plain>(p, default_profile());
        const Op<Plain> op = ops.next(world);
        const Outcome<Plain>& outcome = world.apply(op);
        ASSERT_TRUE(outcome.violations.empty()) << outcome.violations.front().text << " at step " << i;
        if (outcome.ok()) ++succeeded[op.kind];
        errors[op.kind].insert(outcome.error);
        for (const EventRecord& each : outcome.events) {
            cases.insert(merge_case(each.event));
            events.insert(each.event);
            if (each.event == Event::alloc_failed) failed_sites.insert(each.a);
        }
    }
    for (unsigned kind = 0; kind < drawn_kinds; ++kind)
        EXPECT_GT(succeeded[static_cast<OpKind>(kind)], 100) << name(static_cast<OpKind>(kind));
    for (int which = 1; which <= 8; ++which) EXPECT_TRUE(cases.count(which)) << "merge case " << which;
    for (std::uint32_t site = 0; site < static_cast<std::uint32_t>(AllocSite::count); ++site)
        EXPECT_TRUE(failed_sites.count(site)) << name(static_cast<AllocSite>(site));
    for (Errno error : {Errno::enomem, Errno::einval, Errno::eacces, Errno::eexist, Errno::ebadf, Errno::esrch,
                        Errno::eperm, Errno::etxtbsy, Errno::eagain, Errno::enodev, Errno::enospc, Errno::eoverflow})
        EXPECT_TRUE(errors[OpKind::mmap].count(error)) << name(error);
    EXPECT_TRUE(errors[OpKind::fault].count(Errno::sigsegv));
    EXPECT_TRUE(errors[OpKind::fault].count(Errno::enomem));
    for (Errno error : {Errno::efault, Errno::esrch})
        EXPECT_TRUE(errors[OpKind::remote_access].count(error)) << name(error);
    EXPECT_TRUE(errors[OpKind::mprotect].count(Errno::eacces));
    EXPECT_TRUE(errors[OpKind::madvise].count(Errno::eagain));
    for (Errno error : {Errno::einval, Errno::efault, Errno::eperm, Errno::enomem})
        EXPECT_TRUE(errors[OpKind::mremap].count(error)) << name(error);
    for (Errno error : {Errno::einval, Errno::eagain, Errno::enomem})
        EXPECT_TRUE(errors[OpKind::mlock].count(error)) << name(error);
    EXPECT_TRUE(errors[OpKind::mlockall].count(Errno::einval));
    EXPECT_TRUE(errors[OpKind::fault].count(Errno::sigbus));
    EXPECT_TRUE(errors[OpKind::madvise].count(Errno::eacces));
    for (Errno error : {Errno::einval, Errno::efault, Errno::eagain, Errno::enomem})
        EXPECT_TRUE(errors[OpKind::reclaim].count(error)) << name(error);
    for (Errno error : {Errno::einval, Errno::ebadf}) EXPECT_TRUE(errors[OpKind::truncate].count(error)) << name(error);
    for (unsigned event = 0; event < static_cast<unsigned>(Event::count); ++event) {
        if (static_cast<Event>(event) == Event::charge_refused) continue;  // these parameters refuse no charge
        EXPECT_TRUE(events.count(static_cast<Event>(event))) << name(static_cast<Event>(event));
    }
    for (Errno error : {Errno::einval, Errno::eacces, Errno::enomem, Errno::eperm})
        EXPECT_TRUE(errors[OpKind::shmat].count(error)) << name(error);
    EXPECT_TRUE(errors[OpKind::shmdt].count(Errno::einval));
    for (Errno error : {Errno::einval, Errno::enomem, Errno::eoverflow})
        EXPECT_TRUE(errors[OpKind::remap_file_pages].count(error)) << name(error);
    for (Errno error : {Errno::einval, Errno::enomem})
        EXPECT_TRUE(errors[OpKind::special_mapping].count(error)) << name(error);
    for (OpKind kind : {OpKind::munmap, OpKind::mprotect, OpKind::madvise})
        EXPECT_TRUE(errors[kind].count(Errno::einval)) << name(kind);
    for (Errno error : {Errno::einval, Errno::eperm, Errno::efault, Errno::enomem})
        EXPECT_TRUE(errors[OpKind::mbind].count(error)) << name(error);
    for (Errno error : {Errno::ebadf, Errno::einval, Errno::eperm, Errno::ebusy, Errno::enomem})
        EXPECT_TRUE(errors[OpKind::uffd_register].count(error)) << name(error);
    for (Errno error : {Errno::ebadf, Errno::einval, Errno::enomem})
        EXPECT_TRUE(errors[OpKind::uffd_unregister].count(error)) << name(error);
    EXPECT_TRUE(errors[OpKind::uffd_close].count(Errno::ebadf));
    for (Errno error : {Errno::ok, Errno::einval, Errno::enomem, Errno::e2big, Errno::sigsegv})
        EXPECT_TRUE(errors[OpKind::exec].count(error)) << name(error);
}

}  // namespace
}  // namespace vmacheck
