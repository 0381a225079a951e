// Which engine finds which fault: rows are the same for any number of threads, say what was found by whom, and the page
// of the room has the rows of all faults.
#include "checker/detect/detect.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace vmacheck {
namespace {

std::vector<const FaultInfo*> faults(const std::vector<std::string_view>& names) {
    std::vector<const FaultInfo*> list;
    for (const std::string_view each : names) list.push_back(&info(*fault_named(each)));
    return list;
}

// Quick for a test, and enough for what is found in a few steps.
DetectOptions quick() {
    DetectOptions options;
    options.ops = 20'000;
    options.scope_states = 2'000;
    options.engines = {"random", "explore"};
    return options;
}

std::string text_of(const std::vector<FaultRow>& rows) {
    std::string text;
    for (const FaultRow& row : rows)
        for (const Detection& each : row.engines)
            text += std::string(row.fault->name) + " " + std::string(row.profile) + " " + std::string(each.engine) +
                    " " + (each.found ? each.property : "-") + " " + std::to_string(each.ops) + " " +
                    std::to_string(each.shortest) + "\n";
    return text;
}

TEST(Detect, FindsWhatAFaultBreaksAndSaysAfterHowManyOperations) {
    const std::vector<FaultRow> rows = detect(faults({"adjust-gap-not-updated"}), quick());
    ASSERT_EQ(rows.size(), 1u);
    ASSERT_EQ(rows.front().engines.size(), 2u);
    for (const Detection& each : rows.front().engines) {
        EXPECT_TRUE(each.found) << each.engine;
        EXPECT_EQ(each.property, "gap-cache") << each.engine;
        EXPECT_GT(each.ops, 0u) << each.engine;
        EXPECT_LE(each.shortest, 3u) << each.engine;
    }
    EXPECT_EQ(rows.front().first(), rows.front().engines.data());
}

TEST(Detect, DoesTheSameOnAnyNumberOfThreads) {
    const auto some = faults({"munmap-highest-kept", "mremap-shrink-charge", "adjust-gap-not-updated"});
    DetectOptions options = quick();
    const std::string one = text_of(detect(some, options));
    options.jobs = 3;
    EXPECT_EQ(text_of(detect(some, options)), one);
}

TEST(Detect, WhatNoEngineFindsIsNotFoundInAnyProfile) {
    DetectOptions options = quick();
    options.ops = 1;
    options.engines = {"random"};
    const std::vector<FaultRow> rows = detect(faults({"fork-charge-width"}), options);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows.front().first(), nullptr);
    EXPECT_EQ(rows.front().engines.front().ops, 3u) << "one in each of three profiles";
}

TEST(Detect, ABugThatNeedsTheRuleOfNoReleaseIsFoundWithIt) {
    DetectOptions options = quick();
    options.engines = {"random"};
    options.ops = 400'000;
    const std::vector<FaultRow> rows = detect(faults({"av-chain-wrong-exporter"}), options);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows.front().profile, "v5.10-loose");
    EXPECT_NE(rows.front().first(), nullptr);
}

TEST(Detect, ABugIsLookedForInTheFirstProfileThatHadItOrInThoseAroundIt) {
    using Profiles = std::vector<std::string_view>;
    EXPECT_EQ(profiles_of_fault(*faults({"mremap-shrink-charge"}).front()), Profiles{"v6.18"});
    EXPECT_EQ(profiles_of_fault(*faults({"mlock-count-width"}).front()), Profiles{"v5.10"});
    const Profiles old{"v5.10", "v5.10-loose", "v5.10-anon-name"};
    EXPECT_EQ(profiles_of_fault(*faults({"adjust-gap-not-updated"}).front()), old);
    EXPECT_EQ(profiles_of_fault(*faults({"av-double-reuse"}).front()), old);
    EXPECT_EQ(profiles_of_fault(*faults({"merge-case7-close"}).front()),
              (Profiles{"v6.1", "v6.12", "v5.10-loose", "v5.10-anon-name"}));
}

TEST(Detect, EndsBeforeTheNextFaultWhereItIsStopped) {
    const std::atomic<bool> stop = true;
    DetectOptions options = quick();
    options.stop = &stop;
    EXPECT_TRUE(detect(faults({"adjust-gap-not-updated"}), options).empty());
}

// The page's table: "| fault | kind | profile | ... | property |".
std::set<std::string> faults_on_the_page() {
    std::ifstream page(VMACHECK_SOURCE_DIR "/checker/detect/README.md");
    std::set<std::string> names;
    for (std::string line; std::getline(page, line);) {
        std::istringstream words(line);
        std::string bar;
        std::string name;
        if (words >> bar >> name && bar == "|" && fault_named(name)) names.insert(name);
    }
    return names;
}

TEST(Detect, ThePageHasARowForEachFault) {
    std::set<std::string> all;
    for (const FaultInfo& each : all_faults()) all.insert(std::string(each.name));
    EXPECT_EQ(faults_on_the_page(), all);
}

// What the page says of the random engine, of faults that it finds at once.
TEST(Detect, ThePageSaysWhatIsFound) {
    std::ifstream page(VMACHECK_SOURCE_DIR "/checker/detect/README.md");
    std::ostringstream text;
    text << page.rdbuf();
    DetectOptions options;
    options.engines = {"random"};
    for (const FaultRow& row :
         detect(faults({"adjust-gap-not-updated", "av-fork-shares-parent", "fput-keeps-inode"}), options)) {
        const Detection& random = row.engines.front();
        ASSERT_TRUE(random.found) << row.fault->name;
        const std::string kind = row.fault->kind == FaultKind::real ? "real" : "synthetic";
        const std::string cells = "| " + std::string(row.fault->name) + " | " + kind + " | " +
                                  std::string(row.profile) + " | " + std::to_string(random.ops) + " -> " +
                                  std::to_string(random.shortest) + " |";
        EXPECT_NE(text.str().find(cells), std::string::npos) << cells;
    }
}

}  // namespace
}  // namespace vmacheck
