// vmacheck man and vmacheck completion: what they say of every verb, and that their readers take it.
#include "tests/checker/cli/run_program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <sstream>

namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::StartsWith;

using Words = std::vector<std::string>;

// What a command of the shell prints on both outputs.
std::string printed_by(const std::string& command) {
    FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
    std::string text;
    char buffer[4096];
    for (std::size_t read = 0; (read = fread(buffer, 1, sizeof buffer, pipe)) != 0;) text.append(buffer, read);
    pclose(pipe);
    return text;
}

bool is_installed(const std::string& program) {
    return !printed_by("command -v " + program).empty();
}

TEST(ManVerb, has_verbs_options_and_exit_codes) {
    const Ran ran = run_program({"man"});
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_EQ(ran.err, "");
    EXPECT_THAT(ran.out, StartsWith(".TH VMACHECK 1 "));
    EXPECT_THAT(ran.out, HasSubstr(".SS campaign\n\\fBvmacheck campaign\\fR \\fIFILE.toml\\fR\n"));
    EXPECT_THAT(ran.out, HasSubstr("\\fB\\-\\-progress\\fR \\fIauto|plain|json|none\\fR\n"));
    EXPECT_THAT(ran.out, HasSubstr("\\fB\\-o\\fR, \\fB\\-\\-output\\fR \\fITEXT\\fR\n"));
    EXPECT_THAT(ran.out, HasSubstr("\\fB\\-\\-bisect\\fR\n"));  // a flag
    EXPECT_THAT(ran.out, HasSubstr(".SS faults detect\n"));
    EXPECT_THAT(ran.out, HasSubstr(".TP\n\\fB75\\fR\nundecided\n"));
}

TEST(ManVerb, is_a_page_that_groff_takes_without_a_warning) {
    if (!is_installed("groff")) GTEST_SKIP() << "no groff here (package groff-base)";
    const Scratch scratch;
    const std::string page = scratch.file("vmacheck.1", run_program({"man"}).out);
    EXPECT_EQ(printed_by("groff -man -Tutf8 -ww -z " + page), "");
    const std::string text = printed_by("groff -man -Tascii -P-cbou " + page);
    EXPECT_THAT(text, HasSubstr("vmacheck - a deterministic model checker for Linux VMA operations"));
    EXPECT_THAT(text, HasSubstr("--progress auto|plain|json|none"));
}

// What bash would offer for the last of these words.
Words offered(const Words& words) {
    const Scratch scratch;
    const std::string script = scratch.file("completion", run_program({"completion", "bash"}).out);
    std::string line;
    for (const std::string& each : words) line += " '" + each + "'";
    const std::string ask = scratch.file("ask", ". " + script + "\nCOMP_WORDS=(" + line +
                                                    ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_vmacheck\n"
                                                    "printf '%s\\n' \"${COMPREPLY[@]}\"\n");
    std::istringstream lines(printed_by("bash " + ask));
    Words found;
    for (std::string each; std::getline(lines, each);)
        if (!each.empty()) found.push_back(each);
    return found;
}

TEST(CompletionVerb, bash_offers_verbs_options_and_values) {
    EXPECT_THAT(offered({"vmacheck", "ex"}), ElementsAre("explore", "explain", "export"));
    EXPECT_THAT(offered({"./vmacheck", "campaign", "--s"}), IsSupersetOf({"--seed", "--shard", "--shipped"}));
    EXPECT_THAT(offered({"vmacheck", "campaign", "--format", ""}), ElementsAre("text", "json"));
    EXPECT_THAT(offered({"vmacheck", "export", "a.jsonl", "--as", "k"}), ElementsAre("kselftest"));
    EXPECT_THAT(offered({"vmacheck", "random", "--profile", "v6"}), Contains("v6.18"));
    EXPECT_THAT(offered({"vmacheck", "conform", "--on", "r"}), ElementsAre("running"));
    EXPECT_THAT(offered({"vmacheck", "random", "--seed", ""}), IsEmpty());  // files, by bash itself
}

TEST(CompletionVerb, bash_completes_the_last_of_several_faults) {
    EXPECT_THAT(offered({"vmacheck", "random", "--faults", "split-limit,adjust-gap"}),
                ElementsAre("split-limit,adjust-gap-not-updated"));
}

TEST(CompletionVerb, bash_knows_verbs_of_verbs) {
    EXPECT_THAT(offered({"vmacheck", "list", "pro"}), ElementsAre("profiles", "properties"));
    EXPECT_THAT(offered({"vmacheck", "faults", "de"}), ElementsAre("detect"));
    EXPECT_THAT(offered({"vmacheck", "completion", ""}), ElementsAre("bash", "zsh"));
    EXPECT_THAT(offered({"vmacheck", "faults", "detect", "--form"}), ElementsAre("--format"));
}

TEST(CompletionVerb, zsh_takes_its_script) {
    const Ran ran = run_program({"completion", "zsh"});
    EXPECT_THAT(ran.out, AllOf(StartsWith("#compdef vmacheck\n"), HasSubstr("        'campaign:the main job\\: "),
                               HasSubstr("_values -s , fault ")));
    if (!is_installed("zsh")) GTEST_SKIP() << "no zsh here";
    const Scratch scratch;
    EXPECT_EQ(printed_by("zsh -n " + scratch.file("_vmacheck", ran.out)), "");
}

TEST(CompletionVerb, refuses_a_shell_that_it_does_not_know) {
    const Ran ran = run_program({"completion", "fish"});
    EXPECT_EQ(ran.exit_code, 150);
    EXPECT_THAT(ran.err, AllOf(HasSubstr("fish"), HasSubstr("bash")));
    EXPECT_THAT(ran.out, Not(HasSubstr("complete")));
}

}  // namespace
