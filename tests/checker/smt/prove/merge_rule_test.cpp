// Which case a merge takes by the anon_vmas of P, N and X, under the strict and the loose rule: a table of what kernels
// do, row by row.
#include "model/merge.hpp"
#include "model/state/build.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

// Letters of P, N and X: 0 unfaulted, a b c alone in their chains, f and g children by a fork.
struct Row {
    std::string letters;
    int strict;
    int loose;
};

const std::vector<Row> rows{{"000", 6, 6}, {"a00", 6, 6}, {"00a", 6, 6}, {"a0a", 6, 6}, {"a0b", 7, 7},
                            {"0a0", 0, 6}, {"aa0", 7, 6}, {"0aa", 8, 6}, {"aaa", 6, 6}, {"aab", 7, 7},
                            {"baa", 8, 8}, {"ba0", 0, 8}, {"0ab", 0, 7}, {"bac", 0, 0}, {"f00", 8, 8},
                            {"00f", 7, 7}, {"f0g", 0, 0}, {"0f0", 0, 0}, {"fff", 6, 6}};

VmaSpec spec_of(char letter, std::uint64_t start) {
    VmaSpec spec;
    spec.start = spec.pgoff = start;
    spec.end = start + 4;
    spec.flags = vm::data_default | vm::account;
    const unsigned number = letter == 'a' ? 1 : letter == 'b' ? 2 : letter == 'c' ? 3 : letter == 'f' ? 5 : 7;
    if (letter == '0') return spec;
    spec.anon_vma = number;
    spec.chain = number > 3 ? std::vector<unsigned>{number, number - 1} : std::vector<unsigned>{number};
    return spec;
}

int case_of(const Row& row, const Profile& profile) {
    StateSpec state;
    state.processes.push_back({});
    for (std::size_t i = 0; i < 3; ++i) state.processes[0].vmas.push_back(spec_of(row.letters[i], 100 + 4 * i));
    for (const unsigned child : {5u, 7u})
        if (row.letters.find(child == 5 ? 'f' : 'g') != std::string::npos) {
            state.anon_vmas.push_back({child - 1, child - 1, child - 1});
            state.anon_vmas.push_back({child, child - 1, child - 1});
        }
    World<Plain> world(Parameters{}, profile);
    EXPECT_EQ(build_world(world, state), std::nullopt) << row.letters;
    std::vector<VmaId> ids;
    world.each_vma(world.process(0), [&](VmaId id, const Vma<Plain>&) { ids.push_back(id); });
    const Vma<Plain>& n = world[ids[1]];
    MergeRequest<Plain> request{.mm = n.mm,
                                .prev = ids[0],
                                .start = n.start,
                                .end = n.end,
                                .flags = n.flags,
                                .anon_vma = n.anon_vma,
                                .file = {},
                                .pgoff = n.pgoff};
    request.part_of = ids[1];
    return static_cast<int>(decide_merge(world, request).which);
}

TEST(MergeRule, strict) {
    for (const Row& row : rows) EXPECT_EQ(case_of(row, default_profile()), row.strict) << row.letters;
}

TEST(MergeRule, loose) {
    const Profile* profile = profile_named("v5.10-loose");
    ASSERT_NE(profile, nullptr);
    for (const Row& row : rows) EXPECT_EQ(case_of(row, *profile), row.loose) << row.letters;
}

}  // namespace
}  // namespace vmacheck
