// Scopes: the built-in ones are sound, and files of users are read strictly.
#include "checker/exhaustive/built_in_scopes.hpp"
#include "checker/exhaustive/estimate.hpp"
#include "checker/exhaustive/scope_file.hpp"
#include "tests/checker/exhaustive/explore.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

const std::string sound = R"(
name = "mine"
pages = 3
alloc_failures = 1
[parameters]
max_map_count = 2
[[file]]
kind = "regular"
pages = 2
[[calls]]
op = "mmap"
map = ["PRIVATE|ANONYMOUS|FIXED"]
prot = ["READ", "READ|WRITE", ""]
[[calls]]
op = "mmap"
map = ["SHARED|FIXED"]
prot = ["READ"]
file = [1]
offset = [0, 1]
[[calls]]
op = "munmap"
)";

Scope read(const std::string& text) {
    std::variant<Scope, std::string> found = read_scope(text, "mine.toml");
    if (const auto* wrong = std::get_if<std::string>(&found)) throw std::runtime_error(*wrong);
    return std::get<Scope>(std::move(found));
}

std::string complaint(const std::string& text) {
    const std::variant<Scope, std::string> found = read_scope(text, "mine.toml");
    const auto* wrong = std::get_if<std::string>(&found);
    return wrong != nullptr ? *wrong : "none";
}

TEST(ScopeFile, IsReadAndExplored) {
    const Scope scope = read(sound);
    EXPECT_EQ(scope.name, "mine");
    EXPECT_EQ(scope.setup.parameters.max_map_count, 2u);
    EXPECT_EQ(scope.setup.parameters.files.size(), 1u);
    // Six ranges: three rights, two offsets, one munmap; each also with a failed allocation.
    EXPECT_EQ(scope_ops(scope).size(), 2u * 6u * (3 + 2 + 1));
    const ExploreResult result = explore(scope);
    EXPECT_TRUE(result.complete);
    EXPECT_FALSE(result.finding);
}

// Each page has no mapping, or one without a name, or one with name 1 or 2: sixteen states, of which none is lost.
TEST(ScopeFile, VariesTheNamesOfAnonymousMemory) {
    const Scope scope = read(R"(profile = "v5.10-anon-name"
pages = 2
[[calls]]
op = "mmap"
map = ["PRIVATE|ANONYMOUS|FIXED"]
prot = ["READ|WRITE"]
[[calls]]
op = "munmap"
[[calls]]
op = "anon_name"
number = [0, 1, 2]
)");
    const ExploreResult result = explore(scope);
    EXPECT_TRUE(result.complete);
    EXPECT_FALSE(result.finding);
    EXPECT_EQ(result.states, 16u);
}

TEST(ScopeFile, HasOtherPagesWhereThatIsAskedFor) {
    const std::variant<Scope, std::string> found = read_scope(sound, "mine.toml", 2);
    const Scope& scope = std::get<Scope>(found);
    EXPECT_EQ(scope.pages, 2u);
    EXPECT_EQ(scope.setup.parameters.task_size, window_parameters(2).task_size);
    EXPECT_EQ(scope.setup.parameters.max_map_count, 2u);
    EXPECT_EQ(scope_ops(scope).size(), 2u * 3u * (3 + 2 + 1)) << "three ranges";
}

TEST(ScopeFile, SaysWhatIsWrongAndWhere) {
    const auto with = [](const std::string& from, const std::string& to) {
        std::string text = sound;
        text.replace(text.find(from), from.size(), to);
        return text;
    };
    EXPECT_EQ(complaint(with("pages = 3", "pages = 30")), "mine.toml:3:9: 'pages' is a number from 1 to 16");
    EXPECT_EQ(complaint(with("\"munmap\"", "\"unmap\"")).rfind("mine.toml:21:6: 'unmap' is none of mmap,", 0), 0u);
    EXPECT_EQ(complaint(with("READ|WRITE", "READ|WRIT")).rfind("mine.toml:13:17: 'READ|WRIT' is none of", 0), 0u);
    EXPECT_EQ(complaint(with("file = [1]", "file = [2]")), "mine.toml:18:9: 'calls.file' holds numbers from 1 to 1");
    EXPECT_EQ(complaint(with("alloc_failures", "alloc_failure")).rfind("mine.toml:4:1: unknown key 'alloc_failure'", 0),
              0u);
    EXPECT_NE(complaint("pages = 2").find("[[calls]]"), std::string::npos);
    EXPECT_NE(complaint("pages = ").find("not TOML"), std::string::npos);
    EXPECT_NE(complaint(with("\"mine\"", "\"peer\"")).find("choose another name"), std::string::npos);
}

TEST(BuiltInScopes, HaveCallsAndBeginSound) {
    for (const ScopeInfo& info : built_in_scopes()) {
        SCOPED_TRACE(info.name);
        const Scope scope = scope_named(std::string(info.name));
        EXPECT_FALSE(scope_ops(scope).empty());
        ExploreOptions options;
        options.limits.depth = 2;
        EXPECT_FALSE(explore(scope, options).finding);
    }
    EXPECT_FALSE(built_in_scope("nothing", 0));
}

// No smaller scope of these tests ends for want of time, under a sanitizer neither.
constexpr double enough_seconds = 600;

// The estimate of a scope whose size is known lies within a factor.
TEST(Estimate, IsWithinAFactorOfThree) {
    const auto peer = [](unsigned pages) { return scope_named("peer", pages); };
    const std::optional<Estimate> estimate = estimate_search(peer(5), {}, peer, enough_seconds);
    ASSERT_TRUE(estimate);
    EXPECT_GT(estimate->states, 13'914 / 3.0);
    EXPECT_LT(estimate->states, 13'914 * 3.0);
    EXPECT_GT(estimate->transitions, 973'087 / 3.0);
    EXPECT_LT(estimate->transitions, 973'087 * 3.0);
    EXPECT_FALSE(estimate_search(peer(1), {}, peer, enough_seconds));
}

// What a file says of a scope is said of its window's other sizes too.
TEST(Estimate, PassesOverSiblingsThatCannotBe) {
    const auto peer = [](unsigned pages) {
        if (pages == 2) throw std::runtime_error("not with two pages");
        return scope_named("peer", pages);
    };
    const std::optional<Estimate> estimate = estimate_search(peer(5), {}, peer, enough_seconds);
    ASSERT_TRUE(estimate);
    EXPECT_EQ(estimate->basis, "judged by 3, 4 pages");
}

}  // namespace
}  // namespace vmacheck
