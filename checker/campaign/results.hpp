// The results of a campaign, kept in SQLite: what has been done, what was reached, what was found. Adding the same
// units in any order gives the same results.
#pragma once

#include "checker/campaign/database.hpp"
#include "checker/campaign/engines.hpp"
#include "checker/coverage/grid.hpp"

#include <optional>
#include <set>

namespace vmacheck {

struct UnitName {
    std::string engine;
    std::uint64_t number = 0;
    friend auto operator<=>(const UnitName&, const UnitName&) = default;
};

// Of all units, taken in order, those whose number leaves `index` when divided by `count`.
struct Shard {
    std::uint64_t index = 0;  // less than count
    std::uint64_t count = 1;
    friend auto operator<=>(const Shard&, const Shard&) = default;
    [[nodiscard]] std::string name() const;  // "2/4": the second of four
};

// What a shard has to do, and has not done.
struct ShardState {
    Shard shard;
    std::uint64_t units = 0;
    std::uint64_t missing = 0;
};

// One finding of a key (Finding::key): the first in the order of engines and their cases, and how many there were.
struct StoredFinding {
    Finding found;
    std::uint64_t rank = 0;  // of its engine
    std::uint64_t times = 0;
    std::optional<Finding> minimised;  // none: not yet

    // The one to report.
    [[nodiscard]] const Finding& shown() const { return minimised ? *minimised : found; }
};

// What a campaign is; the same in all its shards.
struct CampaignId {
    std::string version;  // of vmacheck
    std::string config;   // CampaignConfig::text
    std::string program;  // digest of the program, for taking up again; shards may come from different ones
    [[nodiscard]] std::string digest() const;  // of version and config, "0x..."
};

struct EngineTotal {
    std::string name;
    std::uint64_t units = 0;  // of the campaign
    std::uint64_t done = 0;
    std::uint64_t steps = 0;
    std::uint64_t cases = 0;
};

class Results {
public:
    // Opens or makes. If the file holds another campaign, throws DatabaseError.
    Results(const std::string& path, const CampaignId& id, const Engines& engines,
            const std::vector<CorpusTrace>& corpus);
    // Opens what is there.
    explicit Results(const std::string& path);
    // The results of shards, in memory or in a file. Throws DatabaseError if they are not of one campaign, or have a
    // unit in common.
    static Results merged(const std::vector<std::string>& paths, const std::string& into);

    [[nodiscard]] CampaignId id();
    // The corpus as it was when the campaign began.
    static std::optional<std::vector<CorpusTrace>> corpus_in(const std::string& path);
    [[nodiscard]] std::vector<CorpusTrace> corpus();

    [[nodiscard]] std::set<UnitName> done();
    void add(const UnitName& name, std::uint64_t rank, const UnitResult& result);
    void add_session(unsigned jobs, std::uint64_t steps, double elapsed_s);
    void set_minimised(const std::string& key, const Finding& minimised);

    // That these results are, or will be, those of a shard; of several, where they are merged.
    void note_shard(const Shard& shard);
    // Into how many shards the campaign was cut; 1: it was not, or in several ways.
    [[nodiscard]] std::uint64_t shard_count();
    // How far each of so many shards is.
    [[nodiscard]] std::vector<ShardState> shards(std::uint64_t count);

    [[nodiscard]] std::vector<EngineTotal> totals();
    [[nodiscard]] std::uint64_t steps();  // of all units
    [[nodiscard]] CellCounts cells();
    [[nodiscard]] std::vector<StoredFinding> findings();  // by rank and number
    [[nodiscard]] std::set<std::string> finding_keys();
    [[nodiscard]] double seconds();  // of all sessions
    // Of the campaign and of every unit done.
    [[nodiscard]] std::uint64_t digest();

private:
    Results(Database database) : database_(std::move(database)) {}
    void make_tables();
    void expect_tables();
    void add_cells(const CellCounts& counts);
    void add_finding(const StoredFinding& finding);
    void count_finding(const std::string& key, std::uint64_t times);
    void take_over(Results& shard);
    void set(std::string_view key, std::string_view value);
    std::string get(std::string_view key);

    Database database_;
};

// A digest of the running program's own file.
std::string program_digest();

}  // namespace vmacheck
