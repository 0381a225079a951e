// Guard regions (MADV_GUARD_INSTALL and _REMOVE): what becomes a guard page, what it refuses, what it outlives, and the
// mark that it leaves on its VMA, by each value of the policy. All properties are checked after each step.
#include "model/advise_pages.hpp"
#include "model/page_table.hpp"
#include "properties/run/catalogue.hpp"
#include "tests/properties/contract_damage.hpp"

#include <gmock/gmock.h>

#include <map>

namespace vmacheck {
namespace {

Op<Plain> make_madvise(std::uint64_t page, std::uint64_t len, Advice advice) {
    Op<Plain> op = make_op(OpKind::madvise, page, len);
    op.advice = advice;
    return op;
}
Op<Plain> install(std::uint64_t page, std::uint64_t len) {
    return make_madvise(page, len, Advice::guard_install);
}
Op<Plain> take_away(std::uint64_t page, std::uint64_t len) {
    return make_madvise(page, len, Advice::guard_remove);
}
Op<Plain> access_to(std::uint64_t page, Access access = Access::write, std::uint8_t process = 0) {
    Op<Plain> op = make_op(OpKind::fault, page);
    op.access = access;
    op.process = process;
    return op;
}
Op<Plain> of_process(Op<Plain> op, std::uint8_t process) {
    op.process = process;
    return op;
}
Op<Plain> make_truncate(std::uint16_t file, std::uint64_t len) {
    Op<Plain> op = make_op(OpKind::truncate, 0, len);
    op.file = file;
    return op;
}

constexpr std::uint16_t memfd = 5;
constexpr MapFlags shared_map = map::shared | map::fixed;
constexpr MapFlags private_map = map::private_ | map::fixed;

// Steps of one World, each of which must end like this and hold all properties.
class Guarded {
public:
    explicit Guarded(std::string_view profile = "v7.1", const Parameters& parameters = small_parameters())
        : world(parameters, *profile_named(profile)) {}
    void perform(const Op<Plain>& op, Errno error = Errno::ok) {
        outcome = world.apply(op);
        EXPECT_EQ(name(outcome.error), name(error)) << name(op.kind) << " at " << op.addr.page.value();
        Report report;
        checker->check_step(world, op, report);
        EXPECT_TRUE(report.empty()) << report.violations().front().text;
    }
    // The pages of a process from base on: G a guard page, P another entry, - none.
    [[nodiscard]] std::string pages(std::uint64_t count, std::uint8_t process = 0, std::uint64_t from = base) const {
        std::string text;
        for (std::uint64_t page = from; page < from + count; ++page) {
            const PteId pte = find_pte<Plain>(world, world.process(process), page);
            text += !pte ? '-' : world[pte].guard ? 'G' : 'P';
        }
        return text;
    }
    // "20-22:ga 22-24:": pages, g VM_MAYBE_GUARD, a with an anon_vma, s VM_SOFTDIRTY.
    [[nodiscard]] std::string marks(std::uint8_t process = 0) const {
        std::string text;
        world.each_vma(world.process(process), [&](VmaId, const Vma<Plain>& vma) {
            text += fmt::format("{}{}-{}:{}{}{}", text.empty() ? "" : " ", vma.start.value(), vma.end.value(),
                                (vma.flags & vm::maybe_guard) != 0 ? "g" : "", faulted(vma) ? "a" : "",
                                (vma.flags & vm::softdirty) != 0 ? "s" : "");
        });
        return text;
    }

    World<Plain> world;
    std::unique_ptr<PropertyChecker<Plain>> checker = make_property_checker<Plain>();
    Outcome<Plain> outcome;
};

TEST(GuardRegions, TakeThePlaceOfPagesAndRefuseEveryAccess) {
    Guarded at;
    at.perform(make_mmap(base, 6));
    at.perform(access_to(base));
    at.perform(access_to(base + 1));
    at.perform(install(base + 1, 3));
    EXPECT_EQ(at.pages(6), "PGGG--");
    EXPECT_EQ(at.marks(), "20-26:ga") << "no VMA is cut";
    for (const Access access : {Access::read, Access::write, Access::exec})
        at.perform(access_to(base + 2, access), Errno::sigsegv);
    Op<Plain> remote = make_op(OpKind::remote_access, base + 2);
    for (const Access access : {Access::read, Access::write}) {
        remote.access = access;
        at.perform(remote, Errno::efault);
    }
    at.perform(access_to(base));
    at.perform(access_to(base + 4));
    at.perform(take_away(base, 6));
    EXPECT_EQ(at.pages(6), "P---P-") << "what is no guard page stays";
    EXPECT_EQ(at.marks(), "20-26:ga") << "the mark stays for good";
    at.perform(access_to(base + 2));
}

TEST(GuardRegions, StayUntilTheyAreTakenAwayOrUnmapped) {
    Guarded at;
    at.perform(make_mmap(base, 6));
    at.perform(install(base + 1, 3));
    for (const Advice each : {Advice::dontneed, Advice::dontneed_locked, Advice::free, Advice::cold, Advice::pageout,
                              Advice::willneed, Advice::dontfork, Advice::dofork})
        at.perform(make_madvise(base, 6, each));
    at.perform(make_mprotect(base + 2, 1, prot::none));
    at.perform(make_mprotect(base, 6, prot::read | prot::write));
    at.perform(make_op(OpKind::reclaim, base + 1), Errno::efault);
    EXPECT_EQ(at.pages(6), "-GGG--");
    at.perform(make_mmap(base + 1, 1));
    at.perform(make_op(OpKind::munmap, base + 3, 1));
    at.perform(make_mmap(base + 3, 1));
    EXPECT_EQ(at.pages(6), "--G---");
    EXPECT_EQ(at.marks(), "20-26:ga") << "what replaces joins what is left";
}

TEST(GuardRegions, PopulatingFailsAtOne) {
    Guarded at;
    at.perform(make_mmap(base, 6));
    at.perform(install(base + 3, 1));
    at.perform(make_madvise(base, 6, Advice::populate_write), Errno::efault);
    EXPECT_EQ(at.pages(6), "PPPG--");
    at.perform(make_madvise(base + 4, 2, Advice::populate_read));
    at.perform(make_lock(OpKind::mlock, base, 6), Errno::enomem);
    at.perform(install(base, 2), Errno::einval);
    at.perform(take_away(base, 6));
    at.perform(make_lock(OpKind::mlock, base, 6));
    EXPECT_EQ(at.pages(6), "PPPPPP");
}

// Beyond what one call faults in, which is not looked at page by page.
TEST(GuardRegions, PopulatingFailsAtADistantOne) {
    Guarded at("v7.1", Parameters());
    constexpr std::uint64_t start = 0x100;
    at.perform(make_mmap(start, 300));
    at.perform(install(start + 250, 1));
    at.perform(make_madvise(start, 300, Advice::populate_read), Errno::efault);
    at.perform(make_lock(OpKind::mlock, start, 300), Errno::enomem);
    at.perform(make_madvise(start, 250, Advice::populate_read));
}

TEST(GuardRegions, MoveWithTheirMemory) {
    Guarded at;
    at.perform(make_mmap(base, 4));
    at.perform(install(base + 1, 2));
    at.perform(make_mremap(base, 4, 3, to_address, base + 10));
    EXPECT_EQ(at.pages(3, 0, base + 10), "-GG");
    at.perform(make_mremap(base + 10, 3, 3, mremap::maymove | mremap::dontunmap));
    EXPECT_EQ(at.pages(3, 0, base + 10), "---");
    EXPECT_THAT(at.marks(), testing::HasSubstr("30-33:g")) << "the source keeps its mark";
    const std::uint64_t moved = at.outcome.value.page.value();
    EXPECT_EQ(at.pages(3, 0, moved), "-GG");
    at.perform(make_mremap(moved, 3, 2));
    at.perform(make_mremap(moved, 2, 3, mremap::maymove));
    EXPECT_EQ(at.pages(3, 0, at.outcome.value.page.value()), "-G-");
}

TEST(GuardRegions, AreInheritedButByWhatIsWiped) {
    for (const MapFlags flags : {private_map, shared_map}) {
        Guarded at;
        at.perform(make_mmap(base, 4, flags, memfd));
        at.perform(install(base, 2));
        EXPECT_EQ(at.marks(), "20-24:g") << "a file needs no anon_vma";
        at.perform(access_to(base + 3, Access::read));
        at.perform(make_op(OpKind::fork));
        EXPECT_EQ(at.pages(4, 1), "GG-P");
        EXPECT_EQ(at.marks(1), "20-24:g");
        at.perform(of_process(take_away(base, 4), 1));
        at.perform(access_to(base, Access::read, 1));
        at.perform(access_to(base, Access::read), Errno::sigsegv);
    }
    Guarded at;
    at.perform(make_mmap(base, 4));
    at.perform(install(base, 2));
    at.perform(make_madvise(base, 4, Advice::wipeonfork));
    at.perform(make_op(OpKind::fork));
    EXPECT_EQ(at.pages(4, 1), "----");
    EXPECT_EQ(at.marks(1), "20-24:g");
}

TEST(GuardRegions, OfAFileOutliveItsPages) {
    Guarded at;
    at.perform(make_truncate(memfd, 4));
    at.perform(make_mmap(base, 6, shared_map, memfd));
    at.perform(access_to(base));
    at.perform(install(base + 1, 5));
    at.perform(make_truncate(memfd, 0));
    EXPECT_EQ(at.pages(6), "-GGGGG");
    at.perform(access_to(base), Errno::sigbus);
    at.perform(access_to(base + 5), Errno::sigsegv);
    at.perform(make_madvise(base, 6, Advice::remove));
    EXPECT_EQ(at.pages(6), "-GGGGG");
}

TEST(GuardRegions, UserfaultfdIsNotAskedAboutThem) {
    Guarded at;
    at.perform(make_mmap(base, 2));
    Op<Plain> registered = make_lock(OpKind::uffd_register, base, 2, uffd_mode::missing);
    registered.uffd = 1;
    at.perform(registered);
    at.perform(install(base, 1));
    at.perform(access_to(base), Errno::sigsegv);
    at.perform(access_to(base + 1), Errno::sigbus);
}

TEST(GuardRegions, AreRefusedWhereTheyCannotBe) {
    Guarded at;
    at.perform(make_mmap(base, 4));
    Op<Plain> special = make_op(OpKind::special_mapping, base + 6, 1);
    special.prot = prot::read;
    at.perform(special);
    for (const Op<Plain>& op : {install(base + 6, 1), take_away(base + 6, 1)}) at.perform(op, Errno::einval);
    at.perform(install(base + 3, 4), Errno::einval);
    EXPECT_EQ(at.pages(4), "---G") << "what comes before the refusal is done; a hole does not end the walk";
    at.perform(install(base + 2, 3), Errno::enomem);
    EXPECT_EQ(at.pages(4), "--GG");
    at.perform(failing(install(base, 1), AllocKind::page_table, 1), Errno::enomem);
    EXPECT_EQ(at.pages(4), "--GG");
    at.perform(make_mmap(base + 10, 2));
    at.perform(failing(install(base + 10, 1), AllocKind::anon_vma, 1), Errno::enomem);
    EXPECT_THAT(at.marks(), testing::HasSubstr("30-32:g")) << "the mark is set first";
    at.perform(make_mprotect(base, 4, prot::read));
    at.perform(make_op(OpKind::mseal, base, 4));
    at.perform(install(base, 1), Errno::eperm);
    at.perform(take_away(base, 4));
    EXPECT_EQ(at.pages(4), "----");
}

TEST(GuardRegions, HaveNoEndButTheModelsBound) {
    Guarded at("v7.1", Parameters());
    constexpr std::uint64_t start = 0x100;
    at.perform(make_mmap(start, 4 * guard_page_limit));
    at.perform(access_to(start + 2 * guard_page_limit));
    at.perform(install(start, 4 * guard_page_limit));
    EXPECT_EQ(at.pages(2, 0, start + guard_page_limit - 1), "G-");
    EXPECT_EQ(at.pages(1, 0, start + 2 * guard_page_limit), "-");
}

// By the value of the policy: which memory may have them, and what its VMA gets.
TEST(GuardRegions, DifferByKernel) {
    struct Case {
        const char* policy;
        const char* anonymous;  // marks after GUARD_INSTALL; nullptr: EINVAL
        const char* shared;
        const char* file;
    };
    for (const Case& each :
         {Case{"none", nullptr, nullptr, nullptr}, Case{"anonymous", "20-22:a", nullptr, nullptr},
          Case{"files", "20-22:a", "20-22:a", "20-22:a"}, Case{"marked", "20-22:ga", "20-22:g", "20-22:g"}}) {
        SCOPED_TRACE(each.policy);
        const std::string profile = std::string("v6.18+guard-regions=") + each.policy;
        for (const auto& [expected, flags, number] :
             {std::tuple(each.anonymous, private_map, 0), std::tuple(each.shared, shared_map, 0),
              std::tuple(each.file, private_map, int{memfd})}) {
            Guarded at(profile);
            at.perform(make_mmap(base, 2, flags, static_cast<std::uint16_t>(number)));
            at.perform(install(base, 1), expected == nullptr ? Errno::einval : Errno::ok);
            at.perform(take_away(base + 1, 1), expected == nullptr ? Errno::einval : Errno::ok);
            EXPECT_EQ(at.marks(), expected == nullptr ? "20-22:" : expected);
            at.perform(make_op(OpKind::fork));
            EXPECT_EQ(at.pages(2, 1), expected == nullptr ? "--" : "G-");
        }
    }
}

// ---------------------------------------------------------------------------------------------------- sticky flags

// Three VMAs of which the middle one gets the rights of those around it; `marked` of them have guard pages.
std::string merged_marks(std::string_view marked, bool below, bool above, std::string_view profile = "v7.1") {
    Guarded at(profile);
    at.perform(make_mmap(base, 2));
    Op<Plain> middle = make_mmap(base + 2, 2);
    middle.prot = prot::none;
    at.perform(middle);
    at.perform(make_mmap(base + 4, 2, private_map));
    if (!below) at.perform(make_mprotect(base, 2, prot::read));
    if (!above) at.perform(make_mprotect(base + 4, 2, prot::read));
    for (std::uint64_t i = 0; i < 3; ++i)
        if (marked[i] == 'g') at.perform(install(base + 2 * i, 1));
    for (std::uint64_t i = 0; i < 3; ++i)
        if (marked[i] == 'g') at.perform(take_away(base + 2 * i, 1));
    at.perform(make_mprotect(base + 2, 2, prot::read | prot::write));
    return at.marks();
}

TEST(StickyFlagsOfGuards, AMergeKeepsThoseOfAllThatItJoins) {
    EXPECT_EQ(merged_marks("g--", true, true), "20-26:ga");  // case 6
    EXPECT_EQ(merged_marks("-g-", true, true), "20-26:ga");
    EXPECT_EQ(merged_marks("--g", true, true), "20-26:ga");
    EXPECT_EQ(merged_marks("---", true, true), "20-26:");
    EXPECT_EQ(merged_marks("-g-", true, false), "20-24:ga 24-26:");  // case 7
    EXPECT_EQ(merged_marks("g-g", true, false), "20-24:ga 24-26:ga");
    EXPECT_EQ(merged_marks("-g-", false, true), "20-22: 22-26:ga");  // case 8
    EXPECT_EQ(merged_marks("--g", false, true), "20-22: 22-26:ga");
    EXPECT_EQ(merged_marks("g--", false, true), "20-22:ga 22-26:");
    // Two anon_vmas: the middle one joins what is below it alone.
    EXPECT_EQ(merged_marks("g-g", true, true), "20-24:ga 24-26:ga");
    EXPECT_EQ(merged_marks("-g-", true, true, "v7.1+guard-regions=files"), "20-26:a");
}

TEST(StickyFlagsOfGuards, NewMappingsJoinWhatIsMarkedAndDoNotSpreadIt) {
    Guarded at;
    at.perform(make_mmap(base, 1));
    at.perform(install(base, 1));
    at.perform(make_mmap(base + 2, 1));
    at.perform(make_mmap(base + 1, 1));
    EXPECT_EQ(at.marks(), "20-23:ga");  // case 1
    at.perform(make_mmap(base, 3));
    EXPECT_EQ(at.marks(), "20-23:") << "what is mapped anew has no mark";
    at.perform(install(base + 1, 1));
    at.perform(make_mprotect(base, 1, prot::read));
    EXPECT_EQ(at.marks(), "20-21:ga 21-23:ga") << "both pieces have it";
    at.perform(make_mremap(base + 1, 1, 1, to_address, base + 10));
    at.perform(make_mremap(base + 10, 1, 2));
    EXPECT_EQ(at.marks(), "20-21:ga 22-23:ga 30-32:ga");
}

TEST(StickyFlagsOfGuards, OtherCallsThatMergeKeepThem) {
    const auto with = [](const auto& op_for) {
        Guarded at;
        at.perform(make_mmap(base, 4));
        at.perform(op_for(base, 2));
        at.perform(install(base, 1));
        at.perform(take_away(base, 1));
        at.perform(op_for(base + 2, 2));
        return at.marks();
    };
    const std::string joined = "20-24:ga";
    EXPECT_EQ(with([](std::uint64_t page, std::uint64_t len) {
                  Op<Plain> op = make_lock(OpKind::uffd_register, page, len, uffd_mode::wp);
                  op.uffd = 1;
                  return op;
              }),
              joined);
    EXPECT_EQ(with([](std::uint64_t page, std::uint64_t len) {
                  Op<Plain> op = make_op(OpKind::mbind, page, len);
                  op.policy = 1;
                  return op;
              }),
              joined);
    EXPECT_EQ(with([](std::uint64_t page, std::uint64_t len) { return make_madvise(page, len, Advice::dontdump); }),
              joined);
    EXPECT_EQ(with([](std::uint64_t page, std::uint64_t len) { return make_op(OpKind::mseal, page, len); }), joined);
    Guarded at;
    at.perform(make_mmap(base, 4));
    at.perform(install(base, 1));
    at.perform(make_lock(OpKind::mlock, base + 2, 2, mlock::onfault));
    at.perform(make_lock(OpKind::mlock, base, 2, mlock::onfault));
    EXPECT_EQ(at.marks(), joined);
    at.perform(make_lock(OpKind::munlock, base + 2, 2));
    at.perform(make_lock(OpKind::munlock, base, 2));
    EXPECT_EQ(at.marks(), joined);
    Guarded named("v7.1+anon-names=without-file");
    named.perform(make_mmap(base, 4));
    Op<Plain> op = make_op(OpKind::anon_name, base, 2);
    op.name = 1;
    named.perform(op);
    named.perform(install(base, 1));
    op.addr = Bytes<Plain>::pages(base + 2);
    named.perform(op);
    EXPECT_EQ(named.marks(), joined);
}

// VM_SOFTDIRTY, where clear_refs took it from one of two.
TEST(StickyFlagsOfGuards, SoftDirtyIsOne) {
    Parameters p = small_parameters();
    p.soft_dirty = true;
    for (const auto& [profile, expected] :
         std::map<std::string, std::string>{{"v6.12", "20-24:"}, {"v6.18", "20-24:s"}, {"v7.1", "20-24:s"}}) {
        Guarded at(profile, p);
        at.perform(make_mmap(base, 2));
        at.perform(make_mprotect(base, 2, prot::read));
        at.perform(make_mmap(base + 2, 2));
        at.world.each_vma(at.world.process(0), [&](VmaId id, const Vma<Plain>& vma) {
            if (vma.start.value() == base) at.world.change(id).flags &= ~vm::softdirty;  // as clear_refs leaves it
        });
        at.world.apply(make_op(OpKind::msync, base, 4));
        at.perform(make_mprotect(base, 2, prot::read | prot::write));
        EXPECT_EQ(at.marks(), expected) << profile;
    }
}

}  // namespace
}  // namespace vmacheck
