#include "checker/report/serve/search_watch.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace vmacheck {

namespace json = boost::json;

void SearchWatch::show(const SearchSoFar& now) {
    const std::scoped_lock lock(mutex_);
    now_ = now;
}

void SearchWatch::end(const ExploreResult& result, Verdict verdict, const std::vector<std::uint32_t>& path) {
    const std::scoped_lock lock(mutex_);
    now_ = {result.states, result.counts.transitions, result.depth()};
    ended_ = true;
    verdict_ = verdict;
    stopped_by_ = result.stopped_by;
    if (!result.finding) return;
    for (const Violation& each : result.finding->violations) found_.push_back({each.property, each.text, path});
}

std::string SearchWatch::json() const {
    const std::scoped_lock lock(mutex_);
    json::array findings;
    for (const Found& each : found_)
        findings.push_back(json::object{{"property", each.property},
                                        {"text", each.text},
                                        {"path", json::array(each.path.begin(), each.path.end())}});
    return json::serialize(json::object{{"ended", ended_},
                                        {"verdict", json_name(verdict_)},
                                        {"stopped_by", stopped_by_},
                                        {"states", now_.states},
                                        {"transitions", now_.transitions},
                                        {"depth", now_.depth},
                                        {"findings", std::move(findings)}});
}

}  // namespace vmacheck
