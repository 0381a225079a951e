#include "checker/report/serve/explorer_site.hpp"

namespace vmacheck {

PageReply answer_of_explorer(Explorer& explorer, const SearchWatch& watch, const PageRequest& request) {
    const std::string data = "application/json";
    try {
        if (request.resource.empty()) return {200, "text/html; charset=utf-8", explorer.page(), {}};
        if (request.resource == "search") return {200, data, watch.json(), {}};
        if (request.resource == "state") return {200, data, explorer.state(request.path), {}};
        if (request.resource == "trace")
            return {200, "application/jsonl", explorer.trace(request.path), explorer.trace_name(request.path)};
    } catch (const BadPath& wrong) {
        return {400, "text/plain; charset=utf-8", std::string(wrong.what()) + "\n", {}};
    }
    return {404, "text/plain; charset=utf-8", "there is nothing of that name here\n", {}};
}

}  // namespace vmacheck
