#include "checker/run/verdict.hpp"

#include <gtest/gtest.h>

using namespace vmacheck;

namespace {

struct Row {
    Verdict verdict;
    int code;
    std::string_view json;
    std::string_view text;
};

constexpr Row rows[] = {
    {Verdict::holds, 0, "holds", "holds"},
    {Verdict::violated, 12, "violated", "violated"},
    {Verdict::differs, 13, "differs", "differs"},
    {Verdict::internal, 14, "error", "error"},
    {Verdict::undecided, 75, "inconclusive", "undecided"},
    {Verdict::bad_input, 150, "error", "error"},
};

// The help of the program states these: scripts depend on them.
TEST(Verdict, each_has_its_exit_code_and_its_names) {
    for (const Row& each : rows) {
        EXPECT_EQ(exit_code(each.verdict), each.code) << each.text;
        EXPECT_EQ(json_name(each.verdict), each.json);
        EXPECT_EQ(word(each.verdict), each.text);
    }
}

}  // namespace
