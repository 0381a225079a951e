// Names of anonymous memory: where they go, what they keep apart, and that all properties hold with them.
#include "checker/random/random_ops.hpp"
#include "properties/contracts/touches_only.hpp"
#include "properties/refinement/page_map.hpp"
#include "properties/run/property_checker.hpp"
#include "tests/properties/contract_damage.hpp"

#include <map>

namespace vmacheck {
namespace {

using testing::HasSubstr;

const Profile& with_names() {
    return *profile_named("v5.10-anon-name");
}

Op<Plain> make_name(std::uint64_t page, std::uint64_t len, std::uint16_t name) {
    Op<Plain> op = make_op(OpKind::anon_name, page, len);
    op.name = name;
    return op;
}

// Steps of one World, each of which must end like this and hold all properties.
class Names : public testing::Test {
protected:
    void perform(const Op<Plain>& op, Errno error = Errno::ok) {
        outcome = world.apply(op);
        EXPECT_EQ(name(outcome.error), name(error));
        Report report;
        checker->check_step(world, op, report);
        EXPECT_TRUE(report.empty()) << report.violations().front().text;
    }
    // "20-22:1 22-24:0": pages and names.
    [[nodiscard]] std::string names(std::uint8_t process = 0) const {
        std::string text;
        world.each_vma(world.process(process), [&](VmaId, const Vma<Plain>& vma) {
            text +=
                fmt::format("{}{}-{}:{}", text.empty() ? "" : " ", vma.start.value(), vma.end.value(), vma.anon_name);
        });
        return text;
    }
    // A mapping at `base` with this name.
    void map_named(std::uint64_t page, std::uint64_t len, std::uint16_t name) {
        perform(make_mmap(page, len));
        perform(make_name(page, len, name));
    }

    World<Plain> world{small_parameters(), with_names()};
    std::unique_ptr<PropertyChecker<Plain>> checker = make_property_checker<Plain>();
    Outcome<Plain> outcome;
};

TEST_F(Names, CutAndJoinVmas) {
    perform(make_mmap(20, 6));
    perform(make_name(22, 2, 1));
    EXPECT_EQ(names(), "20-22:0 22-24:1 24-26:0");
    perform(make_name(24, 2, 1));
    EXPECT_EQ(names(), "20-22:0 22-26:1") << "case 7 or 6: the named VMAs are one";
    perform(make_name(20, 2, 2));
    EXPECT_EQ(names(), "20-22:2 22-26:1");
    perform(make_name(21, 2, 1));
    EXPECT_EQ(names(), "20-21:2 21-26:1");
    perform(make_name(20, 6, 0));
    EXPECT_EQ(names(), "20-26:0");
}

TEST_F(Names, KeepApartWhatWouldMerge) {
    map_named(20, 2, 1);
    perform(make_mmap(22, 2));
    EXPECT_EQ(names(), "20-22:1 22-24:0") << "new memory has no name";
    perform(make_mprotect(20, 4, prot::read));
    EXPECT_EQ(names(), "20-22:1 22-24:0");
    perform(make_name(22, 2, 1));
    EXPECT_EQ(names(), "20-24:1");
    perform(make_mprotect(22, 2, prot::none));
    perform(make_mprotect(22, 2, prot::read));
    EXPECT_EQ(names(), "20-24:1") << "mprotect keeps the name, so the parts merge again";
}

TEST_F(Names, GoWithTheMemoryThatMoves) {
    map_named(20, 2, 1);
    map_named(30, 2, 2);
    perform(make_mremap(20, 2, 2, to_address, 32));
    EXPECT_EQ(names(), "30-32:2 32-34:1") << "no merge with another name";
    perform(make_mremap(32, 2, 2, to_address, 20));
    perform(make_name(20, 2, 2));
    perform(make_mremap(20, 2, 2, to_address, 32));
    EXPECT_EQ(names(), "30-34:2");
    perform(make_mremap(32, 2, 4, mremap::maymove));
    EXPECT_EQ(names(), "30-36:2") << "what grows in place has the name of the whole";
}

TEST_F(Names, AreInheritedByChildren) {
    map_named(20, 2, 3);
    perform(make_op(OpKind::fork));
    EXPECT_EQ(names(1), "20-22:3");
    Op<Plain> renamed = make_name(20, 2, 1);
    renamed.process = 1;
    perform(renamed);
    EXPECT_EQ(names(1), "20-22:1");
    EXPECT_EQ(names(0), "20-22:3");
}

TEST_F(Names, EndAtAFileAndPassOverHoles) {
    perform(make_mmap(20, 2));
    perform(make_mmap(23, 2));
    perform(make_mmap(25, 2, map::private_ | map::fixed, 1));
    perform(make_mmap(27, 2));
    perform(make_name(20, 5, 1), Errno::enomem);
    EXPECT_EQ(names(), "20-22:1 23-25:1 25-27:0 27-29:0") << "the rest is done";
    perform(make_name(20, 9, 2), Errno::ebadf);
    EXPECT_EQ(names(), "20-22:2 23-25:2 25-27:0 27-29:0") << "the file stops the walk";
}

TEST_F(Names, AreAnUnknownOptionWithoutThePolicy) {
    World<Plain> older(small_parameters(), default_profile());
    older.apply(make_mmap(20, 2));
    EXPECT_EQ(older.apply(make_name(20, 2, 1)).error, Errno::einval);
    EXPECT_EQ(older[older[older.process(0)].mmap].anon_name, 0);
}

TEST_F(Names, ALimitOrNoMemoryIsEagain) {
    perform(make_mmap(20, 6));
    perform(failing(make_name(21, 2, 1), AllocKind::vma, 1), Errno::eagain);
    perform(failing(make_name(21, 2, 1), AllocKind::vma, 2), Errno::eagain);
    EXPECT_EQ(names(), "20-21:0 21-26:0") << "the first of two cuts stays";
    perform(make_name(21, 2, 1));
    EXPECT_EQ(names(), "20-21:0 21-23:1 23-26:0");
}

// The generator of random operations does not draw names; here a part of what it draws becomes one.
TEST(RandomNames, HoldAllProperties) {
    std::map<Errno, int> errors;
    int merges = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        const Parameters p = small_parameters();
        World<Plain> world(p, with_names());
        RandomOps ops(seed, p, 24);
        const auto checker = make_property_checker<Plain>();
        for (int step = 0; step < 3'000; ++step) {
            Op<Plain> op = ops.next(world);
            if (ops.random().percent(15) && world.process(op.process)) {
                op.kind = OpKind::anon_name;
                op.name = static_cast<std::uint16_t>(ops.random().below(3));
            }
            const Outcome<Plain> outcome = world.apply(op);
            Report report;
            checker->check_step(world, op, report);
            ASSERT_TRUE(report.empty()) << seed << " " << step << " " << report.violations().front().text;
            if (op.kind != OpKind::anon_name) continue;
            ++errors[outcome.error];
            for (const EventRecord& each : outcome.events) merges += merge_case(each.event) != 0 ? 1 : 0;
        }
    }
    for (const Errno each : {Errno::ok, Errno::einval, Errno::ebadf, Errno::enomem, Errno::eagain})
        EXPECT_GT(errors[each], 0) << name(each);
    EXPECT_EQ(errors.size(), 5u);
    EXPECT_GT(merges, 50);
}

// ---------------------------------------------------------------------------------------------------- damage

TEST(NameDamage, ANameOutsideTheRange) {
    Damaged<TouchesOnly> at(small_parameters(), {}, with_names());
    at.perform(make_mmap(base, 4));
    at.perform(make_mmap(base + 10, 4));
    at.perform(make_name(base, 2, 1));
    at.world.change(at.vma_at(base + 10)).anon_name = 1;
    EXPECT_NE(at.found(), "");
}

TEST(NameDamage, ANameThatWasNotAskedFor) {
    Damaged<PageMapRefinement> at(small_parameters(), {}, with_names());
    at.perform(make_mmap(base, 4));
    at.perform(make_name(base, 2, 1));
    at.last.name = 2;
    EXPECT_THAT(at.found(), HasSubstr("name 1"));
    at.last.name = 1;
    at.last.len = Bytes<Plain>::pages(3);
    EXPECT_NE(at.found(), "");
}

}  // namespace
}  // namespace vmacheck
