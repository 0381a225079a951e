// guard-pages: fails where an access to a guard page is answered, and where a page becomes one that no call made one.
#include "properties/contracts/guard_pages.hpp"
#include "model/page_table.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

using testing::HasSubstr;

struct At : Damaged<GuardPages> {
    At() : Damaged<GuardPages>(small_parameters(), {}, *profile_named("v7.1")) {}
};

Op<Plain> install(std::uint64_t page, std::uint64_t len) {
    Op<Plain> op = make_op(OpKind::madvise, page, len);
    op.advice = Advice::guard_install;
    return op;
}
Op<Plain> access_to(OpKind kind, std::uint64_t page, Access access) {
    Op<Plain> op = make_op(kind, page);
    op.access = access;
    return op;
}

// Four pages, of which the second and third are guard pages.
void four_pages(At& at) {
    at.perform(make_mmap(base, 4));
    at.perform(install(base + 1, 2));
}

void put(At& at, std::uint64_t page, std::uint8_t process = 0) {
    set_pte(at.world, at.world.process(process), Number<Plain>(page), PteValue{{}, {}, false, false, true});
}

TEST(GuardPagesTest, an_access_is_refused) {
    At at;
    four_pages(at);
    for (const Access access : {Access::read, Access::write}) {
        at.perform(access_to(OpKind::fault, base + 1, access), Errno::sigsegv);
        at.outcome.error = Errno::ok;
        EXPECT_EQ(at.found(),
                  fmt::format("{} access to the guard page 0x15000 returned 0, expected SIGSEGV", name(access)));
        at.outcome.error = Errno::sigbus;
        EXPECT_THAT(at.found(), HasSubstr("returned SIGBUS, expected SIGSEGV"));
        at.perform(access_to(OpKind::remote_access, base + 2, access), Errno::efault);
        at.outcome.error = Errno::ok;
        EXPECT_THAT(at.found(), HasSubstr("returned 0, expected EFAULT"));
    }
    at.perform(access_to(OpKind::fault, base, Access::write));
}

TEST(GuardPagesTest, a_page_becomes_one_in_the_range_of_the_advice_alone) {
    for (const Op<Plain>& op : {install(base, 2), make_mprotect(base, 4, prot::read), make_mmap(base + 3, 1),
                                make_lock(OpKind::mlock, base + 3, 1)}) {
        At at;
        four_pages(at);
        at.perform(op);
        put(at, base + 3);
        EXPECT_EQ(at.found(), fmt::format("{} made 0x17000 of process 0 a guard page", name(op.kind)));
    }
}

TEST(GuardPagesTest, one_that_moves_comes_from_one) {
    At at;
    four_pages(at);
    at.perform(make_mremap(base, 4, 4, to_address, base + 20));
    put(at, base + 23);
    EXPECT_EQ(at.found(), "mremap made 0x2b000 of process 0 a guard page");
}

TEST(GuardPagesTest, a_child_has_no_others_than_its_parent) {
    At at;
    four_pages(at);
    at.perform(make_op(OpKind::fork));
    put(at, base + 3, 1);
    EXPECT_EQ(at.found(), "fork made 0x17000 of process 1 a guard page");
}

}  // namespace
}  // namespace vmacheck
