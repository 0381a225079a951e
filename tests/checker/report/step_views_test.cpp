// What a picture needs of a step, found without a walk over the World.
#include "checker/run/step_views.hpp"
#include "checker/report/picture.hpp"
#include "model/op/op_range.hpp"
#include "model/state/observe.hpp"

#include <gtest/gtest.h>

#include <random>

namespace vmacheck {
namespace {

constexpr std::uint64_t window = 120;  // pages: room for many more VMAs than a picture shows

Op<Plain> random_op(std::mt19937& random) {
    const auto below = [&random](std::uint64_t limit) { return random() % limit; };
    constexpr std::array kinds{OpKind::mmap,     OpKind::mmap,  OpKind::mmap,  OpKind::munmap,
                               OpKind::mprotect, OpKind::fault, OpKind::fault, OpKind::mremap,
                               OpKind::fork,     OpKind::exit,  OpKind::mlock, OpKind::mprotect};
    Op<Plain> op;
    op.kind = kinds[below(kinds.size())];
    op.process = static_cast<std::uint8_t>(below(4) == 0 ? 1 : 0);
    if (op.kind == OpKind::exit) op.process = 1;
    op.addr = Bytes<Plain>::pages(16 + below(window));
    op.len = Bytes<Plain>::pages(1 + below(below(8) == 0 ? window : 3));
    op.prot = below(2) == 0 ? prot::read : prot::read | prot::write;
    op.flags = map::private_ | map::anonymous | map::fixed;
    op.access = Access::write;
    if (op.kind == OpKind::mremap) {
        op.new_len = Bytes<Plain>::pages(1 + below(4));
        op.call_flags = mremap::maymove;
    }
    return op;
}

std::string text_of(const ProcessStory& story) {
    std::string text = draw(story.picture);
    for (const VmaChange& each : story.vmas) text += text_of(each) + "\n";
    return text;
}

TEST(StepViews, ShowTheSamePictureAsAllVmas) {
    World<Plain> world(Parameters{}, default_profile());
    AnonNumbers of_all;
    AnonNumbers of_touched;
    std::mt19937 random(1);
    std::size_t left_out = 0;
    for (int step = 0; step < 3000; ++step) {
        const Op<Plain> op = random_op(random);
        const Outcome<Plain>& outcome = world.apply(op);
        ASSERT_TRUE(outcome.violations.empty());
        observe(world, of_all);
        number_touched(world, of_touched);
        for (const std::size_t slot : {0u, 1u})
            for (const std::optional<PageRange>& range : {pages_of(op, outcome, 0), std::optional<PageRange>()}) {
                const StepViews nearby = observe_step_nearby(world, slot, range, of_touched);
                ASSERT_EQ(text_of(story_of(nearby, range)), text_of(story_of(observe_step(world, slot, of_all), range)))
                    << "step " << step << ", process " << slot;
                left_out += nearby.after_elsewhere;
            }
    }
    EXPECT_GT(left_out, 0u);
}

// As long as a picture needs it, and no longer: the cost of a step does not grow with the World.
TEST(StepViews, LeaveOutWhatIsFarAway) {
    World<Plain> world(Parameters{}, default_profile());
    Op<Plain> map;
    map.kind = OpKind::mmap;
    map.len = Bytes<Plain>::pages(1);
    map.prot = prot::read;
    map.flags = map::private_ | map::anonymous | map::fixed;
    for (std::uint64_t i = 0; i < 1000; ++i) {
        map.addr = Bytes<Plain>::pages(16 + 2 * i);
        ASSERT_TRUE(world.apply(map).ok());
    }
    AnonNumbers numbers;
    const StepViews views = observe_step_nearby(world, 0, PageRange{16, 16 + 2000}, numbers);
    EXPECT_LT(views.after.vmas.size(), 60u);
    EXPECT_EQ(views.after.vmas.size() + views.after_elsewhere, 1000u);
    EXPECT_EQ(views.before.vmas.size() + views.before_elsewhere, 999u);
}

}  // namespace
}  // namespace vmacheck
