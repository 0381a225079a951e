// The catalogue: a property stands in the file of its name, which opens with what breaks it, and the effects come last.
#include "properties/run/catalogue.hpp"
#include "model/faults/fault_table.hpp"
#include "properties/observed/observed_properties.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace vmacheck {
namespace {

namespace fs = std::filesystem;

const fs::path root = VMACHECK_SOURCE_DIR;

// The properties of Worlds and steps, and those of observations.
std::vector<PropertyInfo> of_worlds_and_observations() {
    const auto worlds = all_properties();
    const auto observations = observed_properties();
    std::vector<PropertyInfo> all(worlds.begin(), worlds.end());
    all.insert(all.end(), observations.begin(), observations.end());
    return all;
}

// The header of the property, or an empty path.
fs::path file_of(std::string_view property) {
    std::string name(property);
    std::replace(name.begin(), name.end(), '-', '_');
    for (const char* folder : {"invariants", "contracts", "refinement", "observed"})
        if (const fs::path path = root / "properties" / folder / (name + ".hpp"); fs::exists(path)) return path;
    return {};
}

std::string contents(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

// The comment at the head of the file, without line breaks.
std::string opening(const std::string& text) {
    std::istringstream lines(text);
    std::string all;
    for (std::string line; std::getline(lines, line) && line.starts_with("//");)
        all += line.substr(std::min<std::size_t>(line.size(), 2));
    return all;
}

TEST(CatalogueTest, each_property_stands_in_the_file_of_its_name) {
    for (const PropertyInfo& each : of_worlds_and_observations()) {
        const fs::path path = file_of(each.name);
        ASSERT_FALSE(path.empty()) << each.name;
        EXPECT_NE(contents(path).find('"' + std::string(each.name) + '"'), std::string::npos) << path;
    }
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(root / "properties" / "invariants"))
        files += entry.is_regular_file();
    std::size_t invariants = 0;
    for (const PropertyInfo& each : all_properties())
        invariants += each.kind == PropertyKind::invariant || each.kind == PropertyKind::counter;
    EXPECT_EQ(files, invariants) << "one property a file, and nothing else in the folder";
}

TEST(CatalogueTest, each_file_opens_with_the_rule_and_the_bugs_that_break_it) {
    std::map<std::string_view, std::set<std::string_view>> bugs;
    for (const FaultInfo& each : all_faults()) bugs[each.property].insert(each.name);
    for (const PropertyInfo& each : of_worlds_and_observations()) {
        const std::string text = opening(contents(file_of(each.name)));
        EXPECT_NE(text.find("Broken by: "), std::string::npos) << each.name;
        for (const std::string_view bug : bugs[each.name])
            EXPECT_NE(text.find(bug), std::string::npos) << each.name << " does not name " << bug;
    }
}

TEST(CatalogueTest, the_property_of_each_fault_is_one_of_the_catalogue) {
    for (const FaultInfo& each : all_faults())
        EXPECT_TRUE(each.property == "bug-on" || each.property == "use-after-free" ||
                    property_named(each.property) != nullptr)
            << each.name;
}

// A property that no mistake has as its headline, since another that stands before it is always broken too. The list may
// only get shorter.
struct NeverTheHeadline {
    std::string_view property;
    std::string_view reason;
};
constexpr std::array never_the_headline{
    NeverTheHeadline{
        "rmap-hits",
        "where mapcount is right and no page lies outside all VMAs, an entry that the walk does not meet is "
        "one for which rmap-completeness is broken, and one that it meets twice is tied twice"},
};

// That the row of a fault names the headline of its trace is tests/checker/run/headline_test.cpp's.
TEST(CatalogueTest, each_property_is_the_headline_of_a_fault) {
    std::set<std::string_view> headlines;
    for (const FaultInfo& each : all_faults()) headlines.insert(each.property);
    std::map<std::string_view, std::string_view> reasons;
    for (const NeverTheHeadline& each : never_the_headline) {
        EXPECT_NE(property_named(each.property), nullptr) << each.property;
        reasons[each.property] = each.reason;
    }
    for (const PropertyInfo& each : all_properties()) {
        if (reasons.count(each.name) == 0)
            EXPECT_EQ(headlines.count(each.name), 1u) << each.name << " is the headline of no fault";
        else
            EXPECT_EQ(headlines.count(each.name), 0u) << each.name << " is one, although " << reasons[each.name];
    }
}

TEST(CatalogueTest, what_breaks_as_an_effect_comes_last) {
    const auto all = all_properties();
    ASSERT_GE(all.size(), 2u);
    EXPECT_EQ(all[all.size() - 2].name, "touches-only");
    EXPECT_EQ(all[all.size() - 1].name, "references");
}

}  // namespace
}  // namespace vmacheck
