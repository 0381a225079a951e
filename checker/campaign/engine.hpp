// What a campaign runs: engines whose work is cut into numbered units, so that it can be shared among threads and
// shards, interrupted, and taken up again.
//
// A unit's result depends on the configuration and the unit's number alone. To add an engine: derive from Engine, and
// name it in make_engines.
#pragma once

#include "checker/campaign/config.hpp"
#include "checker/coverage/coverage.hpp"
#include "checker/run/finding.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

// A trace that breaks a property, as an engine came upon it.
struct EngineFinding {
    std::uint64_t order = 0;  // within the engine: the case, or the trace of the corpus
    std::string where;        // "case 17", "findings/x.jsonl", for people
    Violation violation;
    bool at_end = false;  // only the full sweep at the end saw it
    Trace trace;

    // What is taken for the same finding: the property, and the operation that broke it. "gap-cache/munmap".
    [[nodiscard]] std::string key() const;

    // Of what a run found: its violation, at_end and trace.
    template <class Found>
    static EngineFinding of(std::uint64_t order, std::string where, Found&& found) {
        return {order, std::move(where), std::move(found.violation), found.at_end, std::move(found.trace)};
    }
};

struct UnitResult {
    std::uint64_t steps = 0;
    std::uint64_t cases = 0;
    std::uint64_t digest = 0;
    Coverage coverage;
    std::vector<EngineFinding> findings;  // by order
};

// Performs units, one after the other; a thread has one.
class EngineWorker {
public:
    virtual ~EngineWorker() = default;
    virtual UnitResult run(std::uint64_t unit) = 0;
};

class Engine {
public:
    virtual ~Engine() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;  // stable
    [[nodiscard]] virtual std::uint64_t units() const = 0;    // of its share of the budget
    [[nodiscard]] virtual std::uint64_t ops() const = 0;      // at most performed by all its units
    [[nodiscard]] virtual std::unique_ptr<EngineWorker> worker() const = 0;
};

// The names of the engines that there are.
inline constexpr std::string_view corpus_engine = "corpus";
inline constexpr std::string_view random_engine = "random";
inline constexpr std::string_view guide_engine = "guide";
inline constexpr std::string_view traces_engine = "traces";

// A trace that a campaign replays on its own model.
struct CorpusTrace {
    std::string path;
    std::string text;
    bool known = false;  // shows a situation that is worth passing; otherwise it is an earlier failure
};

// The engines of a campaign, in the order their work is done: earlier failures ("corpus"), those that search
// ("random", "guide"), and traces of known situations ("traces"). What several find counts for the first.
std::vector<std::unique_ptr<Engine>> make_engines(const CampaignConfig& config, const std::vector<CorpusTrace>& corpus);

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
