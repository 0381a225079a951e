// What an unknown word may stand for.
#include "traces/format/did_you_mean.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

std::string meant(std::string_view word) {
    return did_you_mean(word, {"mmap", "munmap", "mprotect", "mremap", "len", "flags"});
}

TEST(DidYouMean, FindsLettersPutInLeftOutChangedAndSwapped) {
    EXPECT_EQ(meant("munma"), " (did you mean 'munmap'?)");
    EXPECT_EQ(meant("mprotects"), " (did you mean 'mprotect'?)");
    EXPECT_EQ(meant("mrenap"), " (did you mean 'mremap'?)");
    EXPECT_EQ(meant("mmpa"), " (did you mean 'mmap'?)");
    EXPECT_EQ(meant("falgs"), " (did you mean 'flags'?)");
    EXPECT_EQ(meant("length"), " (did you mean 'len'?)");
}

TEST(DidYouMean, SaysNothingOfWhatIsFar) {
    EXPECT_EQ(meant("fork"), "");
    EXPECT_EQ(meant(""), "");
    EXPECT_EQ(meant(std::string(1000, 'm')), "");
}

TEST(DidYouMean, AKnownFaultOrProfileIsNotUnknown) {
    EXPECT_EQ(unknown_fault("split-pgoff"), "");
    EXPECT_EQ(unknown_profile("v5.10"), "");
    EXPECT_EQ(unknown_fault("split-pgof"),
              "unknown fault 'split-pgof' (did you mean 'split-pgoff'?); 'vmacheck list faults' shows them");
    EXPECT_EQ(unknown_profile("v5.11"),
              "unknown profile 'v5.11' (did you mean 'v5.10'?); 'vmacheck list profiles' shows them");
}

}  // namespace
}  // namespace vmacheck
