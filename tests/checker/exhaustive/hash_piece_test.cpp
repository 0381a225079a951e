// Hashes by pieces are those of the whole text.
#include "checker/exhaustive/hash_piece.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vmacheck {
namespace {

TEST(HashPiece, GivesTheHashOfTheTextThatPiecesMake) {
    const std::vector<std::string> texts{"", " ", "[0,1)RW", "n=2 max_gap=", std::string(300, 'x'), "\xff"};
    const std::vector<HashPiece> pieces(texts.begin(), texts.end());
    std::string text;
    std::uint64_t hash = Digest::start;
    for (std::size_t i = 0; i < 300; ++i) {
        const std::size_t piece = (i * i + i / 7) % texts.size();
        text += texts[piece];
        hash = pieces[piece].after(hash);
        ASSERT_EQ(hash, digest_of(text)) << "after " << i + 1 << " pieces";
    }
}

}  // namespace
}  // namespace vmacheck
