// What the documents show of a planted bug, and of a small scope, is what the program prints.
#include "tests/checker/cli/run_program.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <sstream>

namespace {

// Those with blocks that begin with a command.
const std::vector<std::string> documents{"README.md", "checker/campaign/README.md", "checker/exhaustive/README.md"};

struct Block {
    std::string document;
    std::string command;  // after "$ ./vmacheck "
    std::string output;
};

// The blocks of all documents whose command begins so.
std::vector<Block> blocks_of(const std::string& command) {
    std::vector<Block> blocks;
    const std::string start = "```\n$ ./vmacheck ";
    for (const std::string& document : documents) {
        const std::string text = contents(SOURCE_DIRECTORY "/" + document);
        for (std::size_t at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
            const std::size_t words = at + start.size();
            const std::size_t line = text.find('\n', words);
            const std::size_t end = text.find("\n```", line);
            Block block{document, text.substr(words, line - words), text.substr(line + 1, end - line)};
            if (block.command.rfind(command, 0) == 0) blocks.push_back(std::move(block));
        }
    }
    return blocks;
}

std::string what_to_do(const Block& block) {
    return "put this into " + block.document + ", below $ ./vmacheck " + block.command;
}

TEST(Readme, PlantedBugsAreFoundAsItShows) {
    for (const std::string command : {"campaign --ops", "random --faults", "explore --scope family --faults"}) {
        const auto blocks = blocks_of(command);
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
            EXPECT_EQ(ran.out, each.output) << what_to_do(each);
        }
    }
}

// The screens of what holds.
TEST(Readme, SmallScopesAreExploredAsItShows) {
    const auto blocks = blocks_of("explore --scope peer");
    EXPECT_FALSE(blocks.empty());
    for (const Block& each : blocks) {
        std::istringstream text(each.command);
        std::vector<std::string> words{std::istream_iterator<std::string>(text), {}};
        words.insert(words.end(), {"--progress", "none"});
        const Ran ran = run_program(words);
        EXPECT_EQ(ran.exit_code, 0) << ran.err;
        EXPECT_EQ(ran.out, each.output) << what_to_do(each);
    }
}

}  // namespace
