#include "checker/exhaustive/hash_pieces.hpp"

#include "model/state/digest.hpp"

namespace vmacheck {

HashPieces::HashPieces(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
        std::uint64_t power = 1;
        for (std::size_t i = 0; i < text.size(); ++i) power = Digest::round(power, 0);
        powers_.push_back(power);
    }
    for (std::uint64_t low = 0; low < 256; ++low)
        for (std::size_t piece = 0; piece < texts.size(); ++piece)
            added_.push_back(Digest(low).add(texts[piece]).value() - low * powers_[piece]);
}

}  // namespace vmacheck
