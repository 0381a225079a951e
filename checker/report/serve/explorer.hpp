// What the page of `explore --serve` asks, and what it gets: the states of a scope by their paths, as JSON and as traces.
// There is no HTTP in it. Calls may come from several threads.
#pragma once

#include "checker/exhaustive/path_walk.hpp"

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace vmacheck {

class Explorer {
public:
    // Throws std::runtime_error if the scope has no starting state.
    Explorer(Scope scope, const Reduction& reduction);

    // A path as it stands in an address: "3,17,0", empty for the starting state. These throw BadPath.
    //
    // One JSON object: the state, its calls with their results, the parts of the page, and how to replay the path.
    std::string state(std::string_view path);
    // The trace of the path, as the trace writer writes it.
    std::string trace(std::string_view path);

    // "peer-4pages-3calls.jsonl": a name for the file.
    [[nodiscard]] std::string trace_name(std::string_view path) const;
    // The whole page, which asks for the rest.
    [[nodiscard]] std::string page() const;

private:
    [[nodiscard]] CallPath parsed(std::string_view path) const;
    std::string make_state(const CallPath& path);
    [[nodiscard]] std::string name_of(std::size_t calls) const;

    std::mutex one_at_a_time_;
    PathWalk walk_;
    std::deque<std::pair<CallPath, std::string>> made_;  // the last ones asked
};

}  // namespace vmacheck
