// Configuration and baseline: what is read, and what is refused with its place.
#include "checker/campaign/config.hpp"
#include "checker/campaign/baseline.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace vmacheck {
namespace {

std::string refusal(const std::string& toml) {
    const auto read = read_campaign(toml, "c.toml");
    const auto* wrong = std::get_if<std::string>(&read);
    return wrong == nullptr ? "" : *wrong;
}

TEST(CampaignFile, AllKeysAreRead) {
    const auto read = read_campaign(R"(
seed = 7
ops = 1_000
profile = "v5.10"
faults = ["adjust-gap-not-updated"]
shipped = true
corpus = ["a", "b"]
out = "elsewhere"
[random]
pages = 20
vmas = 8
processes = 2
case_steps = 100
[coverage]
every_cell = true
)",
                                    "c.toml");
    ASSERT_TRUE(std::holds_alternative<CampaignConfig>(read));
    const auto& config = std::get<CampaignConfig>(read);
    EXPECT_EQ(config.seed, 7u);
    EXPECT_EQ(config.ops, 1000u);
    EXPECT_EQ(config.setup.faults, std::vector<std::string>{"adjust-gap-not-updated"});
    EXPECT_TRUE(config.setup.shipped);
    EXPECT_TRUE(config.corpus_given);
    EXPECT_EQ(config.corpus.size(), 2u);
    EXPECT_EQ(config.out, "elsewhere");
    EXPECT_EQ(config.random.pages, 20u);
    EXPECT_EQ(config.random.vmas, 8u);
    EXPECT_EQ(config.random.processes, 2u);
    EXPECT_EQ(config.random.case_steps, 100u);
    EXPECT_EQ(config.every_cell, true);
}

// Only there can every cell be reached.
TEST(CampaignConfig, TheDefaultCampaignWantsEveryCell) {
    const auto wants = [](const std::function<void(CampaignConfig&)>& change) {
        CampaignConfig config;
        change(config);
        return config.wants_every_cell();
    };
    EXPECT_TRUE(wants([](CampaignConfig&) {}));
    EXPECT_TRUE(wants([](CampaignConfig& c) { c.seed = 7, c.ops *= 2; }));
    EXPECT_FALSE(wants([](CampaignConfig& c) { --c.ops; }));
    EXPECT_FALSE(wants([](CampaignConfig& c) { c.setup.profile = "v6.18"; }));
    EXPECT_FALSE(wants([](CampaignConfig& c) { c.setup.faults = {"merge-case5-never"}; }));
    EXPECT_FALSE(wants([](CampaignConfig& c) { c.setup.shipped = true; }));
    EXPECT_FALSE(wants([](CampaignConfig& c) { c.random.vmas = 4; }));
    EXPECT_FALSE(wants([](CampaignConfig& c) { c.traces.clear(); }));
    EXPECT_FALSE(wants([](CampaignConfig& c) { c.every_cell = false; }));
    EXPECT_TRUE(wants([](CampaignConfig& c) { c.ops = 1, c.every_cell = true; }));
}

TEST(CampaignFile, WhatIsWrongIsNamedWithItsPlace) {
    EXPECT_EQ(
        refusal("seed = 1\nsede = 2\n").rfind("c.toml:2:1: unknown key 'sede' (did you mean 'seed'?); known: ", 0), 0u);
    EXPECT_EQ(refusal("seed = -1"), "c.toml:1:8: 'seed' is a number from 0 to 9223372036854775807");
    EXPECT_EQ(refusal("ops = 1.5").rfind("c.toml:1:7: 'ops' is a number", 0), 0u);
    EXPECT_EQ(refusal("profile = \"v0\"").rfind("c.toml:1:11: unknown profile 'v0'", 0), 0u);
    EXPECT_EQ(refusal("faults = [\"no-such\"]").rfind("c.toml:1:11: unknown fault 'no-such'", 0), 0u);
    EXPECT_EQ(refusal("faults = \"a\"").rfind("c.toml:1:10: 'faults' is a list", 0), 0u);
    EXPECT_EQ(refusal("random = 1").rfind("c.toml:1:10: 'random' is a table", 0), 0u);
    EXPECT_EQ(refusal("[random]\nsteps = 1").rfind("c.toml:2:1: unknown key 'random.steps'", 0), 0u);
    EXPECT_EQ(refusal("[coverage]\nevery_cell = 1").rfind("c.toml:2:14: 'coverage.every_cell' is true or false", 0),
              0u);
    EXPECT_EQ(refusal("seed = ").rfind("c.toml:1:", 0), 0u);
    EXPECT_NE(refusal("seed = ").find("not TOML"), std::string::npos);
}

TEST(CampaignFile, TheTextTellsConfigurationsApart) {
    CampaignConfig a;
    CampaignConfig b;
    EXPECT_EQ(a.text(1), b.text(1));
    EXPECT_NE(a.text(1), a.text(2));
    b.out = "elsewhere";  // says only where files lie
    EXPECT_EQ(a.text(1), b.text(1));
    b.seed = 2;
    EXPECT_NE(a.text(1), b.text(1));
}

TEST(BaselineFile, CoversAPropertyOnOneOperationOrOnAll) {
    const auto read = read_baseline(R"(
[[accepted]]
property = "gap-cache"
because = "known"
[[accepted]]
property = "committed"
op = "fork"
because = "known too"
)",
                                    "b.toml");
    ASSERT_TRUE(std::holds_alternative<Baseline>(read));
    const auto& baseline = std::get<Baseline>(read);
    ASSERT_EQ(baseline.size(), 2u);
    EXPECT_TRUE(baseline[0].covers("gap-cache/mmap"));
    EXPECT_FALSE(baseline[0].covers("gap-cache-2/mmap"));
    EXPECT_TRUE(baseline[1].covers("committed/fork"));
    EXPECT_FALSE(baseline[1].covers("committed/exit"));
}

TEST(BaselineFile, NeedsAPropertyAndAReason) {
    const auto wrong = [](const std::string& toml) {
        const auto read = read_baseline(toml, "b.toml");
        const auto* text = std::get_if<std::string>(&read);
        return text == nullptr ? std::string() : *text;
    };
    EXPECT_NE(wrong("[[accepted]]\nbecause = \"x\"\n").find("b.toml:1:"), std::string::npos);
    EXPECT_NE(wrong("[[accepted]]\nproperty = \"gap-cache\"\n").find("because"), std::string::npos);
    EXPECT_NE(wrong("[[accepted]]\nproperty = \"no-such\"\nbecause = \"x\"\n").find("'no-such'"), std::string::npos);
    EXPECT_NE(wrong("[[accepted]]\nproperty = \"gap-cache\"\nop = \"jump\"\nbecause = \"x\"\n").find("'jump'"),
              std::string::npos);
    EXPECT_NE(wrong("accepted = 1\n").find("[[accepted]]"), std::string::npos);
}

}  // namespace
}  // namespace vmacheck
