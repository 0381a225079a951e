// The questions of a proof as they are written (--dump-smt2): the stock z3, which shares neither the order of
// differences nor the assignments near known ones, gives the same answers.
#include "checker/smt/prove/prove.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

namespace vmacheck::prove {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(StockZ3, gives_the_same_answers_to_the_questions_of_a_proof) {
    if (std::string(Z3_PROGRAM).empty()) GTEST_SKIP() << "z3 is not installed";
    const fs::path dir = fs::path(testing::TempDir()) / "vmacheck_prove_smt2";
    fs::remove_all(dir);
    ProveOptions options;
    options.scope = Scope::small;
    options.only = "mmap, file";
    options.solver.dump_dir = dir;
    const ProveResult result = prove(options);
    ASSERT_TRUE(result.findings().empty());
    std::vector<fs::path> files;
    for (const auto& each : fs::directory_iterator(dir)) files.push_back(each.path());
    std::sort(files.begin(), files.end());
    ASSERT_EQ(files.size(), result.counts.solver.queries);

    // One process answers all: it forgets what it was told before each.
    const fs::path script = dir / "all.smt2";
    const fs::path answers = dir / "answers";
    std::vector<std::string> stated;
    {
        std::ofstream out(script);
        for (const fs::path& each : files) {
            const std::string text = content(each);
            const std::string mark = "; answer: ";
            ASSERT_EQ(text.rfind(mark, 0), 0u) << each;
            stated.push_back(text.substr(mark.size(), text.find('\n') - mark.size()));
            out << text << "(reset)\n";
        }
    }
    const std::string command = std::string(Z3_PROGRAM) + " " + script.string() + " > " + answers.string();
    ASSERT_EQ(std::system(command.c_str()), 0);
    std::ifstream in(answers);
    std::vector<std::string> given;
    for (std::string line; std::getline(in, line);) given.push_back(line);
    EXPECT_EQ(given, stated);
    std::map<std::string, std::size_t> by_answer;
    for (const std::string& each : given) ++by_answer[each];
    EXPECT_GT(by_answer["sat"], 100u);
    EXPECT_GT(by_answer["unsat"], 0u);
    EXPECT_EQ(by_answer.size(), 2u);
    fs::remove_all(dir);
}

}  // namespace
}  // namespace vmacheck::prove
