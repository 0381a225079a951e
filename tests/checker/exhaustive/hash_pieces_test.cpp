// Hashes by pieces are those of the whole text.
#include "checker/exhaustive/hash_pieces.hpp"

#include "model/state/digest.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

TEST(HashPieces, GiveTheHashOfTheTextThatTheyMake) {
    const std::vector<std::string> texts{"", " ", "[0,1)RW", "n=2 max_gap=", std::string(300, 'x'), "\xff"};
    const HashPieces pieces(texts);
    std::string text;
    std::uint64_t hash = Digest::start;
    for (std::size_t i = 0; i < 2'000; ++i) {
        const std::size_t piece = (i * i + i / 7) % texts.size();
        text += texts[piece];
        hash = pieces.after(hash, piece);
        ASSERT_EQ(hash, digest_of(text)) << "after " << i + 1 << " pieces";
    }
}

}  // namespace
}  // namespace vmacheck
