// Flags as text: short_flags as pictures show them, long_flags different for different flags.
#include "model/op/short_flags.hpp"

#include <gtest/gtest.h>

#include <set>

namespace vmacheck {
namespace {

TEST(ShortFlagsTest, access_and_the_letters_of_smaps) {
    EXPECT_EQ(short_flags(vm::data_default | vm::account), "rw-p ac");
    EXPECT_EQ(long_flags(vm::data_default | vm::account), "rw-p may rwx ac");
    EXPECT_EQ(long_flags(vm::read | vm::may_read | vm::may_share | vm::shared), "r--s may r-- sh");
}

TEST(ShortFlagsTest, each_flag_changes_the_long_text) {
    std::set<std::string> texts{long_flags(0)};
    for (unsigned bit = 0; bit < 32; ++bit) {
        if (bit == 11) continue;  // 0x800 is no flag
        EXPECT_TRUE(texts.insert(long_flags(VmFlags{1} << bit)).second) << bit;
    }
}

}  // namespace
}  // namespace vmacheck
