// build_world: what it makes equals what operations make, and what it refuses.
#include "model/state/build.hpp"

#include "model/gap_tree.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

constexpr VmFlags private_rw = vm::data_default | vm::account;
constexpr VmFlags shared_rw = vm::data_default | vm::shared | vm::may_share;

Parameters parameters() {
    Parameters p;
    p.page_layer = false;
    p.files = {{FileKind::regular, 1, true, true, "a"},
               {FileKind::with_close, 2, true, true, "b"},
               {FileKind::dev_zero, 3, true, true, "zero"},
               {FileKind::regular, 1, true, false, "a again, read-only"}};
    return p;
}

Op<Plain> op(OpKind kind, std::uint64_t page, std::uint64_t len) {
    Op<Plain> made;
    made.kind = kind;
    made.addr = Bytes<Plain>::pages(page);
    made.len = Bytes<Plain>::pages(len);
    made.prot = prot::read | prot::write;
    return made;
}

Op<Plain> map_fixed(std::uint64_t page, std::uint64_t len, MapFlags flags, std::uint16_t file = 0,
                    std::uint64_t pgoff = 0) {
    Op<Plain> made = op(OpKind::mmap, page, len);
    made.flags = map::fixed | flags | (file == 0 ? map::anonymous : 0);
    made.file = file;
    made.offset = Bytes<Plain>::pages(pgoff);
    return made;
}

VmaSpec area(std::uint64_t start, std::uint64_t end, VmFlags flags) {
    VmaSpec spec;
    spec.start = start;
    spec.end = end;
    spec.flags = flags;
    spec.pgoff = start;
    return spec;
}

VmaSpec faulted_area(std::uint64_t start, std::uint64_t end, std::vector<unsigned> chain) {
    VmaSpec spec = area(start, end, private_rw);
    spec.anon_vma = chain.front();
    spec.chain = std::move(chain);
    return spec;
}

std::string refusal(const StateSpec& state) {
    World<Plain> world(parameters(), default_profile());
    const World<Plain> fresh = world;
    const auto error = build_world(world, state);
    EXPECT_TRUE(world == fresh) << "a refused description changed the World";
    return error.value_or("");
}

TEST(Build, OneProcessEqualsWhatCallsMake) {
    World<Plain> called(parameters(), default_profile());
    ASSERT_TRUE(called.apply(map_fixed(100, 4, map::private_)).ok());
    ASSERT_TRUE(called.apply(map_fixed(110, 2, map::shared, 1, 7)).ok());
    ASSERT_TRUE(called.apply(map_fixed(120, 2, map::private_, 2, 3)).ok());
    ASSERT_TRUE(called.apply(map_fixed(130, 2, map::private_, 3, 9)).ok());
    ASSERT_TRUE(called.apply(op(OpKind::fault, 101, 0)).ok());

    VmaSpec file = area(110, 112, shared_rw);
    file.file = 1;
    file.pgoff = 7;
    VmaSpec close = area(120, 122, private_rw);
    close.file = 2;
    close.pgoff = 3;
    VmaSpec zero = area(130, 132, private_rw);
    zero.file = 3;
    zero.pgoff = 9;
    World<Plain> built(parameters(), default_profile());
    ASSERT_EQ(build_world(built, {{{0, 0, 0, {faulted_area(100, 104, {1}), file, close, zero}}}, {}, {}}),
              std::nullopt);
    // The high-water mark is history, not state: calls set it when something is unmapped, a description at once.
    called.edit([](World<Plain>& world) {
        Mm<Plain>& mm = world.change(world.process(0));
        mm.hiwater_vm = mm.total_vm;
    });
    EXPECT_TRUE(built == called);
}

TEST(Build, CountsFamiliesAsForkDoes) {
    // 1 is the parent's, 2 the child's: the child's chain is its own first and the root last.
    World<Plain> world(parameters(), default_profile());
    const StateSpec state{{{0, 0, 0, {faulted_area(100, 102, {1})}}, {1, 0, 0, {faulted_area(100, 102, {2, 1})}}},
                          {{1, 1, 1}, {2, 1, 1}},
                          {}};
    ASSERT_EQ(build_world(world, state), std::nullopt);
    const Vma<Plain>& child = world[world[world.process(1)].mmap];
    const AnonVma& own = world[child.anon_vma];
    const AnonVma& root = world[own.root];
    EXPECT_EQ(own.num_children, 0u);
    EXPECT_EQ(own.num_active_vmas, 1u);
    EXPECT_EQ(own.refcount, 1u);
    EXPECT_EQ(own.degree, 1u);
    EXPECT_EQ(root.num_children, 2u);
    EXPECT_EQ(root.num_active_vmas, 1u);
    EXPECT_EQ(root.refcount, 2u);
    EXPECT_EQ(root.degree, 3u);
    EXPECT_EQ(world[child.chain_newest].anon_vma, child.anon_vma);
    EXPECT_EQ(world[child.chain_oldest].anon_vma, own.root);
    EXPECT_EQ(world.globals().committed, 4u);

    // What was built can be taken down again, and nothing stays.
    for (const std::uint8_t slot : {0, 1}) {
        Op<Plain> exit = op(OpKind::exit, 0, 0);
        exit.process = slot;
        EXPECT_TRUE(world.apply(exit).violations.empty());
    }
    EXPECT_EQ(world.pool<AnonVmaId>().live(), 0u);
    EXPECT_EQ(world.pool<AvcId>().live(), 0u);
    EXPECT_EQ(world.globals().committed, 0u);
}

TEST(Build, SharedObjectHoldsItsChargeUntilTheLastVmaGoes) {
    VmaSpec first = area(100, 103, shared_rw);
    first.pgoff = 0;
    first.shared_object = 1;
    World<Plain> world(parameters(), default_profile());
    ASSERT_EQ(build_world(world, {{{2, 0, 0, {first}}}, {}, {{1, 5}}}), std::nullopt);
    EXPECT_FALSE(world.process(0));
    EXPECT_EQ(world.globals().committed, 5u);
    EXPECT_EQ(max_gap(world, world.process(2)), 100u);
    Op<Plain> unmap = op(OpKind::munmap, 100, 3);
    unmap.process = 2;
    ASSERT_TRUE(world.apply(unmap).ok());
    EXPECT_EQ(world.globals().committed, 0u);
}

TEST(Build, PoliciesAndContextsAsCallsMakeThem) {
    Parameters p = parameters();
    World<Plain> called(p, default_profile());
    ASSERT_TRUE(called.apply(map_fixed(100, 4, map::private_)).ok());
    Op<Plain> attribute = op(OpKind::mbind, 100, 4);
    attribute.policy = 2;
    ASSERT_TRUE(called.apply(attribute).ok());
    attribute.kind = OpKind::uffd_register;
    attribute.uffd = 1;
    attribute.call_flags = uffd_mode::missing;
    ASSERT_TRUE(called.apply(attribute).ok());
    attribute.kind = OpKind::madvise;
    attribute.advice = Advice::mergeable;
    ASSERT_TRUE(called.apply(attribute).ok());

    VmaSpec spec = area(100, 104, private_rw | vm::uffd_missing | vm::mergeable);
    spec.policy = 2;
    spec.uffd = 1;
    World<Plain> built(p, default_profile());
    ASSERT_EQ(build_world(built, {{{0, 0, 0, {spec}}}, {}, {}}), std::nullopt);
    const Vma<Plain>& by_call = called[called[called.process(0)].mmap];
    const Vma<Plain>& described = built[built[built.process(0)].mmap];
    EXPECT_EQ(by_call.flags, described.flags);
    EXPECT_EQ(by_call.uffd, described.uffd);
    EXPECT_EQ(called[by_call.policy].content, built[described.policy].content);
    EXPECT_EQ(built[described.policy].refcount, 1u);
    EXPECT_TRUE(built[built.process(0)].ksm_entered);
    const Op<Plain> unmap = op(OpKind::munmap, 100, 4);
    EXPECT_TRUE(built.apply(unmap).violations.empty());
    EXPECT_EQ(built.pool<MemPolicyId>().live(), 0u);
}

// Whether the object's last page and the one behind it can be read.
TEST(Build, SharedObjectsAndFilesHaveTheirSizes) {
    VmaSpec object = area(100, 103, shared_rw);
    object.pgoff = 0;
    object.shared_object = 1;
    for (const std::uint64_t pages : {std::uint64_t{2}, unlimited}) {
        World<Plain> world(parameters(), default_profile());
        ASSERT_EQ(build_world(world, {{{0, 0, 0, {object}}}, {}, {{1, 0, pages}}}), std::nullopt);
        EXPECT_TRUE(world.apply(op(OpKind::fault, 101, 1)).ok());
        EXPECT_EQ(world.apply(op(OpKind::fault, 102, 1)).error, pages == 2 ? Errno::sigbus : Errno::ok);
    }
}

TEST(Build, HugePagesAsCallsMakeThem) {
    Parameters p = parameters();
    p.files = {{FileKind::hugetlb, 1, true, true, "huge"}};
    p.huge_page_pages = 4;
    World<Plain> called(p, default_profile());
    ASSERT_TRUE(called.apply(map_fixed(100, 4, map::private_, 1, 8)).ok());
    VmaSpec huge = area(100, 104, vm::data_default | vm::hugetlb | vm::dontexpand);
    huge.file = 1;
    huge.pgoff = 8;
    const auto answer = [&p](const VmaSpec& vma) {
        World<Plain> world(p, default_profile());
        return build_world(world, {{{0, 0, 0, {vma}}}, {}, {}}).value_or("");
    };
    World<Plain> built(p, default_profile());
    ASSERT_EQ(build_world(built, {{{0, 0, 0, {huge}}}, {}, {}}), std::nullopt);
    // The high-water mark is history, not state.
    called.edit([](World<Plain>& world) {
        Mm<Plain>& mm = world.change(world.process(0));
        mm.hiwater_vm = mm.total_vm;
    });
    EXPECT_TRUE(built == called);
    VmaSpec wrong = huge;
    wrong.pgoff = 9;
    EXPECT_NE(answer(wrong).find("does not keep to the 4 pages"), std::string::npos);
    wrong = huge;
    wrong.end = 103;
    EXPECT_NE(answer(wrong).find("does not keep to the 4 pages"), std::string::npos);
    wrong = huge;
    wrong.flags &= ~vm::dontexpand;
    EXPECT_NE(answer(wrong).find("without VM_HUGETLB and VM_DONTEXPAND"), std::string::npos);
    wrong = huge;
    wrong.file = 0;
    EXPECT_NE(answer(wrong).find("VM_HUGETLB without a file"), std::string::npos);
}

TEST(Build, TheFirstProcessGoesWhereItIsNotDescribed) {
    World<Plain> world(parameters(), default_profile());
    ASSERT_EQ(build_world(world, {{{1, 0, 0, {area(1, 2, private_rw)}}}, {}, {}}), std::nullopt);
    EXPECT_FALSE(world.process(0));
    EXPECT_TRUE(world.process(1));
    EXPECT_EQ(world.pool<MmId>().live(), 1u);
}

TEST(Build, RefusesWhatCannotBe) {
    const auto one = [](const VmaSpec& vma) { return StateSpec{{{0, 0, 0, {vma}}}, {}, {}}; };
    VmaSpec file = area(1, 2, private_rw);
    file.file = 5;
    EXPECT_EQ(refusal(one(file)), "process 0, VMA [0x1000,0x2000): file 5 is not open");
    file.file = 4;
    file.flags = shared_rw;
    EXPECT_NE(refusal(one(file)).find("not open for writing"), std::string::npos);
    EXPECT_NE(refusal(one(area(2, 2, private_rw))).find("is empty"), std::string::npos);
    EXPECT_NE(refusal({{{0, 0, 0, {area(1, 3, private_rw), area(2, 4, private_rw)}}}, {}, {}}).find("overlaps"),
              std::string::npos);
    EXPECT_NE(refusal(one(area(1, 2, shared_rw))).find("without a file"), std::string::npos);
    VmaSpec registered = area(1, 2, private_rw);
    registered.uffd = 1;
    EXPECT_NE(refusal(one(registered)).find("without flags"), std::string::npos);
    EXPECT_NE(refusal(one(area(1, 2, private_rw | vm::uffd_wp))).find("without a context"), std::string::npos);
    VmaSpec foreign = faulted_area(1, 2, {1});
    foreign.anon_vma = 2;
    EXPECT_NE(refusal(one(foreign)).find("not in its chain"), std::string::npos);
    EXPECT_NE(refusal(one(faulted_area(1, 2, {2, 1}))).find("two families"), std::string::npos);
    EXPECT_NE(refusal({{{0, 0, 0, {faulted_area(1, 2, {2, 1})}}}, {{2, 1, 3}}, {}}).find("in no chain"),
              std::string::npos);
    // 2 and 3 are each other's parents.
    EXPECT_NE(refusal({{{0, 0, 0, {faulted_area(1, 2, {3, 2, 1})}}}, {{2, 1, 3}, {3, 1, 2}}, {}}).find("do not lead"),
              std::string::npos);
    EXPECT_NE(refusal({{{0, 0, 0, {}}, {0, 0, 0, {}}}, {}, {}}).find("twice"), std::string::npos);
    EXPECT_NE(refusal({{}, {}, {{1, 3}}}).find("mapped by no VMA"), std::string::npos);
}

}  // namespace
}  // namespace vmacheck
