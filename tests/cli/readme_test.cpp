// What the README shows of a planted bug is what the program prints.
#include "tests/cli/run_program.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <sstream>

namespace {

struct Block {
    std::string command;  // after "$ ./vmacheck "
    std::string output;
};

// The blocks of the README that begin with a command of these.
std::vector<Block> blocks_of(const std::string& readme, const std::string& command) {
    std::vector<Block> blocks;
    const std::string start = "```\n$ ./vmacheck ";
    for (std::size_t at = readme.find(start); at != std::string::npos; at = readme.find(start, at + 1)) {
        const std::size_t words = at + start.size();
        const std::size_t line = readme.find('\n', words);
        const std::size_t end = readme.find("\n```", line);
        Block block{readme.substr(words, line - words), readme.substr(line + 1, end - line)};
        if (block.command.rfind(command, 0) == 0) blocks.push_back(std::move(block));
    }
    return blocks;
}

TEST(Readme, PlantedBugsAreFoundAsItShows) {
    const std::string readme = contents(SOURCE_DIRECTORY "/README.md");
    for (const std::string command : {"campaign --ops", "random --faults", "explore --scope family --faults"}) {
        const auto blocks = blocks_of(readme, command);
        EXPECT_FALSE(blocks.empty()) << command;
        for (const Block& each : blocks) {
            // As in a clone: findings are written beside the traces.
            const Scratch scratch;
            std::filesystem::create_directory_symlink(SOURCE_DIRECTORY "/traces", scratch.path("traces"));
            const std::filesystem::path before = std::filesystem::current_path();
            std::filesystem::current_path(scratch.path(""));
            std::istringstream text(each.command);
            std::vector<std::string> words{std::istream_iterator<std::string>(text), {}};
            words.insert(words.end(), {"--progress", "none"});
            const Ran ran = run_program(words);
            std::filesystem::current_path(before);
            EXPECT_EQ(ran.exit_code, 12) << ran.err;
            EXPECT_EQ(ran.out, each.output) << "put this into the README, below $ ./vmacheck " << each.command;
        }
    }
}

// The screens of what holds.
TEST(Readme, SmallScopesAreExploredAsItShows) {
    const auto blocks = blocks_of(contents(SOURCE_DIRECTORY "/README.md"), "explore --scope peer");
    EXPECT_FALSE(blocks.empty());
    for (const Block& each : blocks) {
        std::istringstream text(each.command);
        std::vector<std::string> words{std::istream_iterator<std::string>(text), {}};
        words.insert(words.end(), {"--progress", "none"});
        const Ran ran = run_program(words);
        EXPECT_EQ(ran.exit_code, 0) << ran.err;
        EXPECT_EQ(ran.out, each.output) << "put this into the README, below $ ./vmacheck " << each.command;
    }
}

}  // namespace
