#include "checker/subject/tree_calls.hpp"

#include "checker/subject/child_process.hpp"
#include "checker/subject/packages.hpp"
#include "checker/subject/protocol.hpp"
#include "checker/subject/tree.hpp"
#include "traces/format/whole_file.hpp"

#include <fmt/format.h>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace vmacheck {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::chrono::seconds answer_limit{60};
constexpr std::size_t most_shown = 60;

// Page tables and what fills them: many blocks, none of which decides about a VMA.
constexpr std::array walks{"mm/memory.c",   "mm/gup.c",         "mm/mmu_gather.c",
                           "mm/pagewalk.c", "mm/huge_memory.c", "mm/pgtable-generic.c"};

bool is_listed(const std::string& file) {
    const bool of_mm = (file.starts_with("mm/") || file.starts_with("fs/")) && file.ends_with(".c");
    return of_mm && std::find(walks.begin(), walks.end(), file) == walks.end();
}

// ---- from addresses to lines

struct Block {
    std::uint64_t address = 0;
    std::uint64_t frame = 0;
};

std::vector<Block> blocks_of(const std::string& answer) {
    std::vector<Block> blocks;
    const json::value parsed = json::parse(answer);
    const json::object& object = parsed.as_object();
    if (const auto* error = object.if_contains("error")) throw std::runtime_error(std::string(error->as_string()));
    const json::array& places = object.at("places").as_array();
    for (std::size_t i = 0; i + 1 < places.size(); i += 2)
        blocks.push_back({places[i].to_number<std::uint64_t>(), places[i + 1].to_number<std::uint64_t>()});
    return blocks;
}

// "mm/vma.c" of a path in the tree; others as they are.
std::string in_tree(const std::string& path, const std::string& tree) {
    return path.starts_with(tree + "/") ? path.substr(tree.size() + 1) : path;
}

// "/tree/mm/vma.c:1042 (discriminator 3)"
TreePlace::Level level_of(const std::string& function, const std::string& place, const std::string& tree) {
    const std::size_t colon = place.rfind(':');
    TreePlace::Level level{function, in_tree(place.substr(0, colon), tree), 0};
    if (colon != std::string::npos) level.line = static_cast<unsigned>(std::strtoul(&place[colon + 1], nullptr, 10));
    return level;
}

using Levels = std::map<std::uint64_t, std::vector<TreePlace::Level>>;

// What addr2line says of each address; it lists the innermost function first.
Levels levels_of(const std::vector<Block>& blocks, const std::string& program, const std::string& tree) {
    Levels levels;
    for (const Block& each : blocks) levels[each.address];
    std::string addresses;
    // The place of the call itself, not of what follows it.
    for (const auto& [address, none] : levels) addresses += fmt::format("{:#x}\n", address - 1);
    const std::string asked = program + ".addresses";
    const std::string said = program + ".places";
    if (const auto wrong = write_whole_file(asked, addresses)) throw std::runtime_error(*wrong);
    const std::string script = fmt::format("addr2line -a -i -f -e '{}' <'{}' >'{}'", program, asked, said);
    if (run_command({"/bin/sh", "-c", script}) != 0) throw std::runtime_error("addr2line does not know the program");
    std::ifstream lines(said);
    std::vector<TreePlace::Level>* at = nullptr;
    for (std::string line, place; std::getline(lines, line);) {
        if (line.starts_with("0x")) {
            at = &levels[std::stoull(line, nullptr, 16) + 1];
            continue;
        }
        if (!std::getline(lines, place) || at == nullptr) break;
        at->insert(at->begin(), level_of(line, place, tree));
    }
    return levels;
}

// ---- from blocks to calls

// A function that has been entered: of a frame of the stack, or inlined into the one before it.
struct Entered {
    std::uint64_t frame;
    std::string function;
    bool hidden;                      // it and what it calls are not listed
    std::optional<std::size_t> call;  // in the list
};

class CallList {
public:
    void add(const TreePlace& place) {
        if (place.levels.empty()) return;
        leave(place);
        std::size_t level = 0;
        for (const Entered& each : stack_) level += each.frame == place.frame ? 1 : 0;
        for (; level < place.levels.size(); ++level) enter(place.frame, place.levels[level]);
        // The lines at which the levels of this frame stand now.
        std::size_t at = stack_.size() - place.levels.size();
        for (const TreePlace::Level& each : place.levels) {
            const auto call = stack_[at++].call;
            // A line above the place where a function is entered is not part of it: the compiler has moved it there.
            if (call && each.line >= calls_[*call].first_line) calls_[*call].last_line = each.line;
        }
    }
    std::vector<TreeCall> take() { return std::move(calls_); }

private:
    // Takes from the stack what has returned: lower frames, and of this frame what the block does not lie in.
    void leave(const TreePlace& place) {
        while (!stack_.empty() && stack_.back().frame < place.frame) stack_.pop_back();
        std::size_t first = stack_.size();
        while (first > 0 && stack_[first - 1].frame == place.frame) --first;
        std::size_t same = 0;
        while (first + same < stack_.size() && same < place.levels.size() &&
               stack_[first + same].function == place.levels[same].function)
            ++same;
        stack_.resize(first + same);
    }

    void enter(std::uint64_t frame, const TreePlace::Level& level) {
        const bool hidden = !stack_.empty() && stack_.back().hidden;
        const bool walks_pages = std::find(walks.begin(), walks.end(), level.file) != walks.end();
        Entered entered{frame, level.function, hidden || walks_pages, std::nullopt};
        const bool inlined = !stack_.empty() && stack_.back().frame == frame;
        const bool wrapper =
            level.function.starts_with("__se_sys_");  // of a system call, for the types of its arguments
        if (!entered.hidden && !wrapper && is_listed(level.file)) entered.call = list(level, inlined);
        stack_.push_back(std::move(entered));
    }

    std::size_t list(const TreePlace::Level& level, bool inlined) {
        unsigned depth = 0;
        for (const Entered& each : stack_) depth += each.call ? 1 : 0;
        // Once more what was called last; or code of the caller that the compiler has put among that of the function.
        std::size_t last = calls_.size();
        while (inlined && last > 0 && calls_[last - 1].depth > depth) --last;
        if (last > 0 && calls_[last - 1].depth == depth && calls_[last - 1].function == level.function) {
            calls_[last - 1].times += inlined ? 0 : 1;
            return last - 1;
        }
        calls_.push_back({depth, level.function, level.file, level.line, level.line, 1});
        return calls_.size() - 1;
    }

    std::vector<Entered> stack_;
    std::vector<TreeCall> calls_;
};

// Without those of one line that call no other one: they hold a test or a field, and there are many.
std::vector<TreeCall> without_trivial(const std::vector<TreeCall>& calls) {
    std::vector<TreeCall> kept;  // the last one first
    for (auto each = calls.rbegin(); each != calls.rend(); ++each) {
        const bool calls_another = !kept.empty() && kept.back().depth > each->depth;
        if (each->depth == 0 || calls_another || each->first_line != each->last_line) kept.push_back(*each);
    }
    std::reverse(kept.begin(), kept.end());
    return kept;
}

}  // namespace

std::vector<TreeCall> calls_of(const std::vector<TreePlace>& places) {
    CallList list;
    for (const TreePlace& each : places) list.add(each);
    return without_trivial(list.take());
}

std::vector<TreeCall> tree_calls_of_last_step(const std::string& path, const Trace& trace) {
    if (trace.steps.empty()) return {};
    const std::string program = build_tree(path, false, TreeBuild::traced);
    const std::string tree = fs::canonical(path).string();
    std::vector<Op<Plain>> ops;
    for (const TraceStep& each : trace.steps) ops.push_back(each.op);
    const std::span<const Op<Plain>> all(ops);
    ChildProcess child({program});
    child.ask(reset_request(trace.header), answer_limit);
    child.ask(apply_request(all.first(ops.size() - 1), Layouts::none), answer_limit);
    std::string last = apply_request(all.last(1), Layouts::none);
    const std::string_view apply = "\"apply\"";
    last.replace(last.find(apply), apply.size(), "\"trace\"");
    const std::vector<Block> blocks = blocks_of(child.ask(last, answer_limit));
    const Levels levels = levels_of(blocks, program, tree);
    std::vector<TreePlace> places;
    for (const Block& each : blocks) places.push_back({levels.at(each.address), each.frame});
    return calls_of(places);
}

std::string tree_calls_text(const std::vector<TreeCall>& calls, std::string_view indent) {
    std::size_t width = 0;
    const std::size_t shown = std::min(calls.size(), most_shown);
    for (std::size_t i = 0; i < shown; ++i) width = std::max(width, 2 * calls[i].depth + calls[i].function.size());
    std::string text;
    for (std::size_t i = 0; i < shown; ++i) {
        const TreeCall& each = calls[i];
        const std::string name = std::string(2 * each.depth, ' ') + each.function;
        text += fmt::format("{}{:<{}}  {}:{}", indent, name, width, each.file, each.first_line);
        if (each.last_line != each.first_line) text += fmt::format(" to {}", each.last_line);
        if (each.times > 1) text += fmt::format(", {} times", each.times);
        text += '\n';
    }
    if (calls.size() > shown) text += fmt::format("{}and {} more\n", indent, calls.size() - shown);
    return text;
}

}  // namespace vmacheck
