#include "checker/campaign/engines.hpp"

#include "checker/campaign/guide_engine.hpp"
#include "checker/campaign/random_engine.hpp"
#include "checker/campaign/trace_engine.hpp"

namespace vmacheck {

Engines make_engines(const CampaignConfig& config, const std::vector<CorpusTrace>& corpus) {
    std::vector<CorpusTrace> failures;
    std::vector<CorpusTrace> known;
    for (const CorpusTrace& each : corpus) (each.known ? known : failures).push_back(each);
    Engines engines;
    engines.push_back(make_trace_engine(corpus_engine, config, std::move(failures)));
    engines.push_back(make_random_engine(config));
    engines.push_back(make_guide_engine(config));
    engines.push_back(make_trace_engine(traces_engine, config, std::move(known)));
    return engines;
}

}  // namespace vmacheck
