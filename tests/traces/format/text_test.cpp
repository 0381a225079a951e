// Words of proposed commands, and what a shell makes of them.
#include "traces/format/text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>

namespace vmacheck {
namespace {

TEST(ShellWord, leaves_usual_names_as_they_are) {
    EXPECT_EQ(shell_quote("traces/corpus/merge/case6-far.jsonl"), "traces/corpus/merge/case6-far.jsonl");
    EXPECT_EQ(shell_quote("errno/mmap/EINVAL"), "errno/mmap/EINVAL");
}

TEST(ShellWord, is_no_option) {
    EXPECT_EQ(shell_quote("-o"), "./-o");
    EXPECT_EQ(shell_quote("-o x"), "./'-o x'");
}

TEST(ShellWord, is_read_back_by_the_shell_as_it_was) {
    for (const std::string name : {"", "a b", "it's", "\"", "$HOME", "`true`", "a\\b", "*", "#x", "a\nb",
                                   "it's a\ttab\\", "~", "\xc3\xa9", "!x"}) {
        const std::string command = "bash -c \"$(cat <<'END'\nprintf %s " + shell_quote(name) + "\nEND\n)\"";
        const std::unique_ptr<FILE, int (*)(FILE*)> shell(popen(command.c_str(), "r"), pclose);
        ASSERT_NE(shell, nullptr);
        std::array<char, 64> text{};
        const std::size_t size = fread(text.data(), 1, text.size(), shell.get());
        EXPECT_EQ(std::string(text.data(), size), name) << command;
        EXPECT_EQ(shell_quote(name).find('\n'), std::string::npos) << "more than one line";
    }
}

}  // namespace
}  // namespace vmacheck
