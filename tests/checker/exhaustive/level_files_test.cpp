// Level files: a search that was interrupted goes on to the same result, and what it cannot use it refuses.
#include "checker/exhaustive/level_files.hpp"
#include "tests/checker/exhaustive/explore.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace vmacheck {
namespace {

namespace fs = std::filesystem;

class LevelFilesTest : public testing::Test {
protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "levels-XXXXXX";
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        directory_ = name;
    }
    void TearDown() override {
        std::error_code ignored;
        fs::remove_all(directory_, ignored);
    }

    [[nodiscard]] ExploreOptions kept(std::uint64_t depth = 0) const {
        ExploreOptions options;
        options.store = directory_ + "/store";
        options.limits.depth = depth;
        options.expand.fingerprint = true;
        return options;
    }
    [[nodiscard]] static std::string bytes_of(const fs::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    [[nodiscard]] std::map<std::string, std::string> files() const {
        std::map<std::string, std::string> found;
        for (const auto& each : fs::directory_iterator(directory_ + "/store"))
            found[each.path().filename()] = bytes_of(each.path());
        return found;
    }

    std::string directory_;
};

TEST_F(LevelFilesTest, AnInterruptedSearchGoesOnToTheSameResultAndFiles) {
    const Scope scope = scope_named("peer", 4);
    const ExploreResult whole = explore(scope, kept());
    const auto whole_files = files();
    // A manifest, a lock, and a file for each level but the first.
    EXPECT_EQ(whole_files.size(), whole.levels.size() + 1);
    for (const std::uint64_t depth : {1u, 5u, 12u}) {
        fs::remove_all(directory_ + "/store");
        const ExploreResult part = explore(scope, kept(depth));
        EXPECT_FALSE(part.complete);
        // What a killed run may leave: parts of files under their temporary names, and a level beyond the manifest.
        std::ofstream(directory_ + "/store/manifest.json.part") << "{";
        std::ofstream(directory_ + "/store/level-0099") << "nothing";
        const ExploreResult rest = explore(scope, kept());
        EXPECT_EQ(rest.resumed_levels, depth + 1);
        EXPECT_EQ(rest.digest, whole.digest);
        EXPECT_EQ(rest.counts, whole.counts);
        EXPECT_EQ(rest.levels, whole.levels);
        EXPECT_TRUE(rest.complete);
        auto now = files();
        now.erase("level-0099");
        EXPECT_EQ(now.count("manifest.json.part"), 0u) << "what nobody reads is taken away";
        EXPECT_EQ(now, whole_files);
    }
}

TEST_F(LevelFilesTest, AFinishedSearchIsReadBack) {
    const ExploreResult first = explore(scope_named("swap"), kept());
    const ExploreResult again = explore(scope_named("swap"), kept());
    EXPECT_TRUE(again.complete);
    EXPECT_EQ(again.digest, first.digest);
    EXPECT_EQ(again.resumed_levels, first.levels.size());
}

TEST_F(LevelFilesTest, AFindingIsFoundAgainAfterAnInterruption) {
    Scope scope = scope_named("peer", 3);
    scope.setup.faults = {"adjust-case6-no-import"};
    const ExploreResult whole = explore(scope);
    const ExploreResult part = explore(scope, kept(2));
    EXPECT_FALSE(part.finding);
    const ExploreResult rest = explore(scope, kept());
    ASSERT_TRUE(rest.finding && whole.finding);
    EXPECT_EQ(rest.finding->origin.number, whole.finding->origin.number);
}

TEST_F(LevelFilesTest, ADirectoryHasOneSearchAtATime) {
    const Scope scope = scope_named("peer", 3);
    const ExploreOptions options = kept();
    {
        const LevelFiles first(options.store, scope, options.expand);
        EXPECT_THROW(LevelFiles(options.store, scope, options.expand), StoreError);
        EXPECT_THROW(explore(scope, options), StoreError);
    }
    EXPECT_TRUE(explore(scope, options).complete);
}

TEST_F(LevelFilesTest, AnotherScopeIsRefused) {
    explore(scope_named("peer", 3), kept());
    EXPECT_THROW(explore(scope_named("peer", 4), kept()), StoreError);
    ExploreOptions shapes = kept();
    shapes.expand.reduction.keep_shape = true;
    EXPECT_THROW(explore(scope_named("peer", 3), shapes), StoreError);
}

TEST_F(LevelFilesTest, DamagedFilesAreRefusedAndLeftAsTheyAre) {
    const Scope scope = scope_named("peer", 3);
    explore(scope, kept());
    const auto sound = files();
    for (const auto& [name, bytes] : sound) {
        if (name == "lock") continue;  // nothing is read from it
        SCOPED_TRACE(name);
        const std::string path = directory_ + "/store/" + name;
        for (const std::string& damaged : {bytes.substr(0, bytes.size() / 2), std::string(), bytes + "x",
                                           std::string(1, static_cast<char>(bytes[0] ^ 0x11)) + bytes.substr(1)}) {
            std::ofstream(path, std::ios::binary) << damaged;
            EXPECT_THROW(explore(scope, kept()), StoreError);
            EXPECT_EQ(bytes_of(path), damaged);
        }
        std::ofstream(path, std::ios::binary) << bytes;
    }
    EXPECT_TRUE(explore(scope, kept()).complete);
}

}  // namespace
}  // namespace vmacheck
