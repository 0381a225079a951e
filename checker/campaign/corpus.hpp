// The traces that a campaign replays on its own model.
#pragma once

#include "checker/campaign/config.hpp"
#include "model/state/digest.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace vmacheck {

struct CorpusTrace {
    std::string path;
    std::string text;
    bool known = false;  // shows a situation that every campaign is to pass; otherwise it is an earlier failure
};

// The traces at the configured paths, sorted by path within each: earlier failures, then known situations, which are
// looked for in folders of folders too. A default directory that is missing, or has none, gives none.
struct CorpusRead {
    std::vector<CorpusTrace> traces;
    std::vector<std::string> wrong;    // a line for each path or file that cannot be used
    std::vector<std::string> missing;  // default directories of known situations
};
CorpusRead read_corpus(const CampaignConfig& config);
std::uint64_t digest_of(const std::vector<CorpusTrace>& corpus);

}  // namespace vmacheck
