// The reader on damaged corpus traces: it never crashes or throws; what it refuses it refuses at a place that exists,
// and what it takes reads back the same from what the writer makes of it. The mutations are the same on every run.
#include "traces/format/reader.hpp"
#include "traces/format/trace_files.hpp"
#include "traces/format/writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace vmacheck {
namespace {

constexpr int mutated_traces = 100'000;

// SplitMix64.
class Generator {
public:
    explicit Generator(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    std::size_t below(std::size_t bound) { return bound == 0 ? 0 : static_cast<std::size_t>(next() % bound); }

private:
    std::uint64_t state_;
};

constexpr std::array<std::string_view, 30> tokens{"{",
                                                  "}",
                                                  "[",
                                                  "]",
                                                  ",",
                                                  ":",
                                                  "\"",
                                                  "\\",
                                                  "\\u0000",
                                                  "null",
                                                  "true",
                                                  "-1",
                                                  "1e999",
                                                  "0.5",
                                                  "[[[[[[[",
                                                  "{\"a\":",
                                                  "\"op\":",
                                                  "\"0x\"",
                                                  "\n",
                                                  "\r\n",
                                                  "\xff",
                                                  "\xc3",
                                                  "\"READ\",",
                                                  "unlimited",
                                                  "18446744073709551616",
                                                  "\"0xffffffffffffffff\"",
                                                  "\"EINVAL\"",
                                                  "\"note\":\"\\ud800\"",
                                                  "\"proc\":15,",
                                                  std::string_view("\0", 1)};

std::vector<std::string> corpus_texts() {
    std::vector<std::string> texts;
    for (const std::string& path : find_traces({CORPUS_DIRECTORY}).paths) {
        std::ifstream file(path, std::ios::binary);
        texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return texts;
}

void mutate(std::string& text, Generator& random) {
    const std::size_t at = random.below(text.size() + 1);
    const std::size_t length = random.below(std::min<std::size_t>(text.size() - at, 40) + 1);
    switch (random.below(8)) {
        case 0:  // a byte of any value
            if (at < text.size()) text[at] = static_cast<char>(random.next());
            break;
        case 1:  // one bit
            if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << random.below(8)));
            break;
        case 2: text.erase(at, length); break;
        case 3: text.insert(at, text.substr(at, length)); break;
        case 4: text.insert(at, tokens[random.below(tokens.size())]); break;
        case 5: text.replace(at, length, tokens[random.below(tokens.size())]); break;
        case 6:  // a piece from elsewhere
            text.insert(at, text.substr(random.below(text.size() + 1), 40));
            break;
        default:  // a digit for a digit: stays valid more often than the others
            for (std::size_t i = at; i < text.size(); ++i)
                if (text[i] >= '0' && text[i] <= '9') {
                    text[i] = static_cast<char>('0' + random.below(10));
                    break;
                }
    }
}

// The line with this number, from 1.
std::string_view line_of(std::string_view text, std::size_t number) {
    for (std::size_t i = 1; i < number; ++i) {
        const std::size_t end = text.find('\n');
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return text.substr(0, text.find('\n'));
}

TEST(ReaderFuzz, DamagedTracesAreReadOrRefusedAtAPlaceThatExists) {
    const std::vector<std::string> texts = corpus_texts();
    ASSERT_GE(texts.size(), 100u);
    Generator random(0x766d61636865636bULL);
    int taken = 0;
    int refused = 0;
    for (int i = 0; i < mutated_traces; ++i) {
        std::string text = texts[random.below(texts.size())];
        for (std::size_t count = 1 + random.below(3); count > 0; --count) mutate(text, random);
        const ReadResult result = read_trace(text);
        if (const auto* trace = std::get_if<Trace>(&result)) {
            ++taken;
            const std::string written = write_trace(*trace);
            const ReadResult again = read_trace(written);
            ASSERT_TRUE(std::holds_alternative<Trace>(again))
                << "trace " << i << ": " << std::get<ReadError>(again).message << "\n"
                << written;
            ASSERT_EQ(write_trace(std::get<Trace>(again)), written) << "trace " << i;
            continue;
        }
        ++refused;
        const ReadError& error = std::get<ReadError>(result);
        ASSERT_FALSE(error.message.empty()) << "trace " << i << "\n" << text;
        ASSERT_EQ(error.message.find('\n'), std::string::npos) << "trace " << i << ": " << error.message;
        ASSERT_GE(error.line, 1u) << "trace " << i << ": " << error.message;
        ASSERT_LE(error.line, static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1)
            << "trace " << i;
        ASSERT_GE(error.column, 1u) << "trace " << i << ": " << error.message;
        ASSERT_LE(error.column, line_of(text, error.line).size() + 1) << "trace " << i << ": " << error.message;
    }
    EXPECT_GT(taken, mutated_traces / 100);
    EXPECT_GT(refused, mutated_traces / 2);
}

}  // namespace
}  // namespace vmacheck
