// The canonical form of the explorer shows every damage: a damaged World is inconsistent, or another state.
#include "checker/exhaustive/canonical.hpp"
#include "tests/properties/invariant_damage.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

class CanonicalDamage : public testing::TestWithParam<Damage<Plain>> {};

std::string key_of(CanonicalForm& form, const World<Plain>& world) {
    return form.take(world) ? std::string(form.key().begin(), form.key().end()) : std::string();
}

TEST_P(CanonicalDamage, IsIrregularOrAnotherState) {
    const Damage<Plain>& damage = GetParam();
    for (const Reduction& reduction : {Reduction{}, Reduction{true, true}}) {
        DamagedWorld<Plain> stage;
        ASSERT_EQ(stage.failed(), "");
        stage.last_step(damage.after_fork);
        CanonicalForm form(reduction);
        const std::string sound = key_of(form, stage.world);
        ASSERT_NE(sound, "") << "the World before the damage is inconsistent";
        EXPECT_EQ(key_of(form, stage.world), sound);
        damage.apply(stage.world);
        EXPECT_NE(key_of(form, stage.world), sound);
        stage.world.undo();
    }
}

INSTANTIATE_TEST_SUITE_P(Invariant, CanonicalDamage, testing::ValuesIn(all_damages<Plain>()),
                         [](const testing::TestParamInfo<Damage<Plain>>& info) {
                             return std::to_string(info.index) + "_" + info.param.what;
                         });

// Equal histories under other names are one state.
TEST(CanonicalForm, DoesNotSeeIdentities) {
    DamagedWorld<Plain> stage;
    CanonicalForm form;
    const std::string before = key_of(form, stage.world);
    // A mapping comes and goes, so that ids are used up and free lists change.
    Op<Plain> op;
    op.kind = OpKind::mmap;
    op.addr = Bytes<Plain>::pages(nothing_at);
    op.len = Bytes<Plain>::pages(1);
    op.prot = prot::read | prot::write;
    op.flags = map::private_ | map::anonymous | map::fixed;
    ASSERT_TRUE(stage.world.apply(op).ok());
    EXPECT_NE(key_of(form, stage.world), before);
    op.kind = OpKind::munmap;
    ASSERT_TRUE(stage.world.apply(op).ok());
    EXPECT_EQ(key_of(form, stage.world), before);
}

}  // namespace
}  // namespace vmacheck
