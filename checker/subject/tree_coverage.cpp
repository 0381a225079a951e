#include "checker/subject/tree_coverage.hpp"

#include "checker/subject/packages.hpp"
#include "checker/subject/tree.hpp"

#include <fmt/format.h>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>

namespace vmacheck {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::array files{"mm/vma.c",      "mm/vma_init.c", "mm/vma_exec.c", "mm/mmap.c",
                           "mm/mprotect.c", "mm/madvise.c",  "mm/mlock.c",    "mm/mremap.c",
                           "mm/msync.c",    "mm/mincore.c",  "mm/rmap.c",     "mm/interval_tree.c"};

std::vector<std::string> lines_of(const fs::path& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

std::uint64_t number(const json::object& object, const char* key) {
    return object.at(key).to_number<std::uint64_t>();
}

CoveredLine line_of(const json::object& line, const std::vector<std::string>& text) {
    CoveredLine covered{static_cast<unsigned>(number(line, "line_number")), number(line, "count"), 0, 0, {}};
    for (const json::value& each : line.at("branches").as_array()) {
        ++covered.branches;
        if (number(each.as_object(), "count") > 0) ++covered.taken;
    }
    if (covered.number >= 1 && covered.number <= text.size()) covered.text = text[covered.number - 1];
    return covered;
}

// A line that stands in several copies of the function, or twice in one.
void add_line(std::vector<CoveredLine>& lines, CoveredLine&& line) {
    const auto at =
        std::find_if(lines.begin(), lines.end(), [&](const CoveredLine& each) { return each.number == line.number; });
    if (at == lines.end()) {
        lines.push_back(std::move(line));
        return;
    }
    at->count += line.count;
    at->branches = std::max(at->branches, line.branches);
    at->taken = std::max(at->taken, line.taken);
}

// What gcov says of one file, as JSON.
void read_file(const json::object& file, const std::string& name, const fs::path& tree,
               std::vector<CoveredFunction>& functions) {
    const std::vector<std::string> text = lines_of(tree / name);
    std::map<std::string, CoveredFunction> of_file;
    for (const json::value& each : file.at("functions").as_array()) {
        const json::object& function = each.as_object();
        const std::string own(function.at("name").as_string());
        // "move_vma.isra.0" is a copy that the compiler made.
        CoveredFunction& covered = of_file[own.substr(0, own.find('.'))];
        covered.entered += number(function, "execution_count");
    }
    for (const json::value& each : file.at("lines").as_array()) {
        const json::object& line = each.as_object();
        const auto* function = line.if_contains("function_name");
        if (function == nullptr) continue;
        const std::string own(function->as_string());
        add_line(of_file[own.substr(0, own.find('.'))].lines, line_of(line, text));
    }
    const std::size_t first = functions.size();
    for (auto& [own, covered] : of_file) {
        if (covered.lines.empty()) continue;
        covered.name = own;
        covered.file = name;
        std::sort(covered.lines.begin(), covered.lines.end(),
                  [](const CoveredLine& a, const CoveredLine& b) { return a.number < b.number; });
        functions.push_back(std::move(covered));
    }
    std::sort(functions.begin() + static_cast<std::ptrdiff_t>(first), functions.end(),
              [](const CoveredFunction& a, const CoveredFunction& b) {
                  return a.lines.front().number < b.lines.front().number;
              });
}

}  // namespace

void forget_tree_coverage(const std::string& path) {
    std::error_code error;
    for (const auto& each : fs::directory_iterator(tree_directory(path, TreeBuild::covered), error))
        if (each.path().extension() == ".gcda") fs::remove(each.path(), error);
}

std::vector<CoveredFunction> tree_coverage(const std::string& path) {
    const fs::path tree = fs::canonical(path);
    const std::string directory = tree_directory(path, TreeBuild::covered);
    std::vector<CoveredFunction> functions;
    for (const std::string file : files) {
        std::string object = file;
        std::replace(object.begin(), object.end(), '/', '_');
        const std::string counts = directory + "/" + object + ".gcda";
        if (!fs::exists(counts)) continue;
        const std::string said = directory + "/" + object + ".json";
        const std::string script = fmt::format(
            "cd '{}' && gcov --json-format --stdout --branch-probabilities '{}' >'{}'", directory, counts, said);
        if (run_command({"/bin/sh", "-c", script}) != 0) throw std::runtime_error("gcov cannot read " + counts);
        std::ifstream stream(said, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(stream), {}};
        const json::value all = json::parse(text);
        for (const json::value& each : all.as_object().at("files").as_array()) {
            const json::object& entry = each.as_object();
            if (std::string_view(entry.at("file").as_string()) == (tree / file).string())
                read_file(entry, file, tree, functions);
        }
    }
    if (functions.empty())
        throw std::runtime_error("the tree's program has counted nothing: it was killed, or performed no step");
    return functions;
}

CoverageTotal coverage_total(const std::vector<CoveredFunction>& functions, const std::string& file) {
    CoverageTotal total;
    for (const CoveredFunction& each : functions) {
        if (each.file != file) continue;
        ++total.functions;
        bool reached = false;
        for (const CoveredLine& line : each.lines) {
            ++total.lines;
            total.lines_reached += line.count > 0 ? 1 : 0;
            total.branches += line.branches;
            total.branches_taken += line.taken;
            reached |= line.count > 0;
        }
        total.functions_reached += reached ? 1 : 0;
    }
    return total;
}

}  // namespace vmacheck
