// Plain English: words of dialect in comments, messages, names and pages, and how many of each are left. And no path of
// one machine.
#include "tests/structure/tree.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <regex>

namespace structure {
namespace {

const std::vector<std::string> dialect{
    "told",         "tell",     "tells",     "telling",      "whoever",       "worth",    "beside",       "besides",
    "nobody",       "nobody's", "asked for", "is not there", "turned around", "by which", "its business", "of its own",
    "of their own", "stray",    "irregular", "what stands",  "goes on",       "go on",
};

// Lower case, one space between words, punctuation apart. Names are taken apart: to_tell_ofOthers is four words.
std::string normalised(const std::string& text) {
    std::string found = " ";
    bool after_small = false;  // the last letter was a small one
    for (const char each : text) {
        const auto letter = static_cast<unsigned char>(each);
        const bool in_word = std::isalnum(letter) != 0 || each == '\'' || each == '-';
        if (std::isupper(letter) != 0 && after_small) found += ' ';
        after_small = std::islower(letter) != 0;
        if (in_word)
            found += static_cast<char>(std::tolower(letter));
        else if (std::isspace(letter) == 0 && each != '/' && each != '_')
            found += std::string(" ") + each + " ";
        else if (found.back() != ' ')
            found += ' ';
    }
    return found + " ";
}

std::size_t count_of(const std::string& words, const std::string& normal) {
    const std::string wanted = " " + words + " ";
    std::size_t count = 0;
    for (std::size_t at = normal.find(wanted); at != std::string::npos; at = normal.find(wanted, at + 1)) ++count;
    return count;
}

std::string text_of(const std::string& file) {
    if (!ends_with(file, ".md")) return read(file);
    std::string found;
    for (const std::string& line : prose_of_page(read(file))) found += line + "\n";
    return found;
}

TEST(Words, of_dialect_get_fewer) {
    std::vector<std::string> files = product_sources();
    // The pages of traces repeat the titles of the traces.
    for (const std::string& page : pages())
        if (page != "traces/corpus/README.md" && page != "traces/faults/README.md") files.push_back(page);
    std::map<std::string, std::size_t> counts;
    for (const std::string& file : files) {
        const std::string normal = normalised(text_of(file));
        for (const std::string& each : dialect)
            if (const std::size_t count = count_of(each, normal); count != 0) counts[each] += count;
    }
    expect_only_the_exceptions("words.tsv", counts);
}

TEST(Words, are_counted_in_prose_and_in_names) {
    const std::string normal = normalised(R"(int told = 1;  // It is told, turned
// around, and told-off. (not there)
struct ToldFinding { bool was_told_twice; const char* text = "nobody: \"told\""; };
)");
    EXPECT_EQ(count_of("told", normal), 5u);
    EXPECT_EQ(count_of("nobody", normal), 1u);
    EXPECT_EQ(count_of("turned around", normal), 1u);
    EXPECT_EQ(count_of("not there", normal), 1u);
    EXPECT_EQ(count_of("tol", normal), 0u);
}

// Places of one machine. Recordings, traces and tests of their readers hold what recorded programs opened.
std::vector<std::string> machine_paths_in(const std::string& text) {
    static const std::regex pattern(R"((^|[\s"'`(=])/(root|work|tmp)/[A-Za-z0-9])");
    std::vector<std::string> found;
    for (const std::string& line : lines_of(text))
        if (std::regex_search(line, pattern)) found.push_back(line);
    return found;
}

bool is_recorded(const std::string& file) {
    return begins_with(file, "tests/recordings/") || begins_with(file, "tests/reference/data/") ||
           begins_with(file, "tests/traces/") || begins_with(file, "tests/structure/") || ends_with(file, ".jsonl");
}

TEST(Words, name_no_place_of_one_machine) {
    for (const std::string& file : all_files()) {
        if (is_recorded(file)) continue;
        for (const std::string& each : machine_paths_in(read(file))) ADD_FAILURE() << file << ": " << each;
    }
}

TEST(Words, a_place_of_one_machine_is_seen) {
    EXPECT_EQ(machine_paths_in("see /work/shared/x\nand `/root/y`\n").size(), 2u);
    EXPECT_TRUE(machine_paths_in("network/work/x, /proc/PID/maps, /dev/zero").empty());
}

}  // namespace
}  // namespace structure
