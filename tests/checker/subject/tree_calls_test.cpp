// From the blocks that a step enters to the functions that it calls. With a real tree: tests/checker/conform/tree_test.cpp.
#include "checker/subject/tree_calls.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

TreePlace::Level at(const char* function, unsigned line, const char* file = "mm/vma.c") {
    return {function, file, line};
}

std::string text_of(const std::vector<TreePlace>& places) {
    return tree_calls_text(calls_of(places), "");
}

TEST(TreeCalls, AreIndentedByWhoCallsWhom) {
    EXPECT_EQ(text_of({{{at("outer", 10)}, 1000},
                       {{at("inner", 20)}, 900},
                       {{at("inner", 25)}, 900},
                       {{at("outer", 12)}, 1000},
                       {{at("second", 30)}, 900},
                       {{at("second", 31)}, 900}}),
              "outer     mm/vma.c:10 to 12\n"
              "  inner   mm/vma.c:20 to 25\n"
              "  second  mm/vma.c:30 to 31\n");
}

TEST(TreeCalls, HoldInlinedFunctions) {
    EXPECT_EQ(text_of({{{at("outer", 10)}, 1000},
                       {{at("outer", 11), at("inlined", 50)}, 1000},
                       {{at("outer", 12)}, 1000},
                       {{at("outer", 11), at("inlined", 52)}, 1000}}),
              "outer      mm/vma.c:10 to 11\n"
              "  inlined  mm/vma.c:50 to 52\n");
}

TEST(TreeCalls, SayHowOftenOneIsRepeated) {
    EXPECT_EQ(text_of({{{at("outer", 10)}, 1000},
                       {{at("inner", 20)}, 900},
                       {{at("outer", 11)}, 1000},
                       {{at("inner", 20)}, 900},
                       {{at("outer", 11)}, 1000},
                       {{at("inner", 21)}, 900}}),
              "outer    mm/vma.c:10 to 11\n"
              "  inner  mm/vma.c:20 to 21, 3 times\n");
}

TEST(TreeCalls, LeaveOutWhatWalksPageTablesAndAllBelowIt) {
    EXPECT_EQ(text_of({{{at("outer", 10)}, 1000},
                       {{at("walk", 20, "mm/memory.c")}, 900},
                       {{at("below", 30)}, 800},
                       {{at("mas_walk", 5, "lib/maple_tree.c")}, 900},
                       {{at("of_tree", 40)}, 800},
                       {{at("of_tree", 41)}, 800}}),
              "outer      mm/vma.c:10\n"
              "  of_tree  mm/vma.c:40 to 41\n");
}

TEST(TreeCalls, OfOneLineThatCallNoneAreLeftOut) {
    EXPECT_EQ(
        text_of(
            {{{at("outer", 10)}, 1000}, {{at("caller", 20)}, 900}, {{at("flag", 30)}, 800}, {{at("outer", 12)}, 1000}}),
        "outer  mm/vma.c:10 to 12\n");
}

TEST(TreeCalls, HoldNoLineFromAboveTheirEntry) {
    EXPECT_EQ(text_of({{{at("outer", 10)}, 1000}, {{at("outer", 15)}, 1000}, {{at("outer", 4)}, 1000}}),
              "outer  mm/vma.c:10 to 15\n");
}

TEST(TreeCalls, OfAnEmptyStepAreNone) {
    EXPECT_EQ(text_of({}), "");
    EXPECT_EQ(text_of({{{}, 1000}}), "");
}

}  // namespace
}  // namespace vmacheck
