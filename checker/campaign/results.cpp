#include "checker/campaign/results.hpp"

#include "model/state/digest.hpp"
#include "traces/format/reader.hpp"
#include "traces/format/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace vmacheck {
namespace {

constexpr std::string_view format = "4";  // of the tables

constexpr const char* tables = R"(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE engine(rank INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, units INTEGER NOT NULL);
CREATE TABLE corpus(number INTEGER PRIMARY KEY, path TEXT NOT NULL, text TEXT NOT NULL,
                    known INTEGER NOT NULL);
CREATE TABLE unit(engine TEXT NOT NULL, number INTEGER NOT NULL, steps INTEGER NOT NULL, cases INTEGER NOT NULL,
                  digest INTEGER NOT NULL, PRIMARY KEY(engine, number)) WITHOUT ROWID;
CREATE TABLE coverage(cell TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE finding(key TEXT PRIMARY KEY, rank INTEGER NOT NULL, place INTEGER NOT NULL, engine TEXT NOT NULL,
                     where_found TEXT NOT NULL, property TEXT NOT NULL, text TEXT NOT NULL, at_end INTEGER NOT NULL,
                     times INTEGER NOT NULL, trace TEXT NOT NULL, minimised TEXT NOT NULL,
                     reported TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE shard(part INTEGER NOT NULL, parts INTEGER NOT NULL, PRIMARY KEY(part, parts)) WITHOUT ROWID;
CREATE TABLE rate(session INTEGER PRIMARY KEY, jobs INTEGER NOT NULL, steps INTEGER NOT NULL, elapsed_s REAL NOT NULL);
)";

constexpr std::string_view finding_columns =
    "key, rank, place, engine, where_found, property, text, at_end, times, trace, minimised, reported";

Trace stored_trace(const std::string& text, const std::string& key) {
    ReadResult read = read_trace(text);
    auto* trace = std::get_if<Trace>(&read);
    if (trace == nullptr) throw DatabaseError("the trace of " + key + " cannot be read back");
    return std::move(*trace);
}

std::vector<CorpusTrace> traces_in(Database& database) {
    std::vector<CorpusTrace> corpus;
    for (Statement row(database, "SELECT path, text, known FROM corpus ORDER BY number"); row.step();)
        corpus.push_back({row.text(0), row.text(1), row.number(2) != 0});
    return corpus;
}

}  // namespace

std::string Shard::name() const {
    return fmt::format("{}/{}", index + 1, count);
}

std::string CampaignId::digest() const {
    return fmt::format("{:#018x}", digest_of(version + "\n" + config));
}

std::string program_digest() {
    std::ifstream file("/proc/self/exe", std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    return fmt::format("{:#018x}", digest_of(bytes));
}

Results::Results(const std::string& path, const CampaignId& id, const Engines& engines,
                 const std::vector<CorpusTrace>& corpus)
    : database_(path, true) {
    database_.execute("PRAGMA synchronous = NORMAL");
    Transaction transaction(database_);
    if (Statement(database_, "SELECT 1 FROM sqlite_master").step()) {
        expect_tables();
        const CampaignId old = this->id();
        if (old.config != id.config || old.version != id.version)
            throw DatabaseError(fmt::format(
                "{}: holds another campaign ({}, this one is {}); give another --db, or the same configuration", path,
                old.digest(), id.digest()));
        if (old.program != id.program)
            throw DatabaseError(path + ": was begun by another build of vmacheck; give another --db");
        transaction.commit();
        return;
    }
    make_tables();
    set("version", id.version);
    set("config", id.config);
    set("program", id.program);
    for (std::size_t rank = 0; rank < engines.size(); ++rank)
        Statement(database_, "INSERT INTO engine VALUES(?, ?, ?)")
            .bind(std::uint64_t{rank})
            .bind(engines[rank]->name())
            .bind(engines[rank]->units())
            .run();
    for (std::size_t i = 0; i < corpus.size(); ++i)
        Statement(database_, "INSERT INTO corpus VALUES(?, ?, ?, ?)")
            .bind(std::uint64_t{i})
            .bind(corpus[i].path)
            .bind(corpus[i].text)
            .bind(std::uint64_t{corpus[i].known})
            .run();
    transaction.commit();
}

Results::Results(const std::string& path) : database_(path, false) {
    expect_tables();
}

void Results::make_tables() {
    database_.execute(tables);
    set("format", format);
}

void Results::expect_tables() {
    if (!Statement(database_, "SELECT 1 FROM sqlite_master WHERE name = 'meta'").step())
        throw DatabaseError(database_.path() + ": holds no results of a campaign");
    if (get("format") != format)
        throw DatabaseError(database_.path() + ": written by another version of vmacheck; run the campaign again");
}

Results Results::merged(const std::vector<std::string>& paths, const std::string& into) {
    std::error_code error;
    if (into != ":memory:" && std::filesystem::exists(into, error))
        throw DatabaseError(into + ": is there already; give another --db");
    Results sum(Database(into, true));
    Transaction transaction(sum.database_);
    sum.make_tables();
    for (const std::string& path : paths) {
        Results shard(path);
        sum.take_over(shard);
    }
    transaction.commit();
    return sum;
}

void Results::take_over(Results& shard) {
    const std::string& path = shard.database_.path();
    const CampaignId other = shard.id();
    if (!Statement(database_, "SELECT 1 FROM engine").step()) {
        set("version", other.version);
        set("config", other.config);
        set("program", other.program);
        for (Statement row(shard.database_, "SELECT rank, name, units FROM engine ORDER BY rank"); row.step();)
            Statement(database_, "INSERT INTO engine VALUES(?, ?, ?)")
                .bind(row.number(0))
                .bind(row.text(1))
                .bind(row.number(2))
                .run();
        for (Statement row(shard.database_, "SELECT number, path, text, known FROM corpus ORDER BY number");
             row.step();)
            Statement(database_, "INSERT INTO corpus VALUES(?, ?, ?, ?)")
                .bind(row.number(0))
                .bind(row.text(1))
                .bind(row.text(2))
                .bind(row.number(3))
                .run();
    } else if (id().digest() != other.digest()) {
        throw DatabaseError(fmt::format("{}: is of another campaign ({}, the ones before it are of {})", path,
                                        other.digest(), id().digest()));
    }
    const std::set<UnitName> have = done();
    for (Statement row(shard.database_,
                       "SELECT engine, number, steps, cases, digest FROM unit ORDER BY engine, number");
         row.step();) {
        if (have.count({row.text(0), row.number(1)}) != 0)
            throw DatabaseError(fmt::format("{}: has unit {} of {} again; shards have no unit in common", path,
                                            row.number(1), row.text(0)));
        Statement(database_, "INSERT INTO unit VALUES(?, ?, ?, ?, ?)")
            .bind(row.text(0))
            .bind(row.number(1))
            .bind(row.number(2))
            .bind(row.number(3))
            .bind(row.number(4))
            .run();
    }
    for (Statement row(shard.database_, "SELECT part, parts FROM shard ORDER BY part, parts"); row.step();)
        note_shard({row.number(0), row.number(1)});
    add_cells(shard.cells());
    for (const StoredFinding& each : shard.findings()) add_finding(each);
    for (Statement row(shard.database_, "SELECT jobs, steps, elapsed_s FROM rate ORDER BY session"); row.step();)
        add_session(static_cast<unsigned>(row.number(0)), row.number(1), row.real(2));
}

CampaignId Results::id() {
    return {get("version"), get("config"), get("program")};
}

std::optional<std::vector<CorpusTrace>> Results::corpus_in(const std::string& path) {
    std::error_code error;
    if (path == ":memory:" || !std::filesystem::exists(path, error)) return std::nullopt;
    Database database(path, false);
    // A campaign killed before its first commit has left an empty file.
    if (!Statement(database, "SELECT 1 FROM sqlite_master WHERE name = 'corpus'").step()) return std::nullopt;
    return traces_in(database);
}

std::vector<CorpusTrace> Results::corpus() {
    return traces_in(database_);
}

std::set<UnitName> Results::done() {
    std::set<UnitName> done;
    for (Statement row(database_, "SELECT engine, number FROM unit"); row.step();)
        done.insert({row.text(0), row.number(1)});
    return done;
}

void Results::add(const UnitName& name, std::uint64_t rank, const UnitResult& result) {
    Transaction transaction(database_);
    Statement(database_, "INSERT INTO unit VALUES(?, ?, ?, ?, ?)")
        .bind(name.engine)
        .bind(name.number)
        .bind(result.steps)
        .bind(result.cases)
        .bind(result.digest)
        .run();
    add_cells(cell_counts(result.coverage));
    std::set<std::string> first;  // of this unit: only their traces can be the first of the campaign
    for (const Finding& each : result.findings)
        if (first.insert(each.key()).second)
            add_finding({each, rank, 1, {}});
        else
            count_finding(each.key(), 1);
    transaction.commit();
}

void Results::add_cells(const CellCounts& counts) {
    Statement add(database_,
                  "INSERT INTO coverage VALUES(?, ?) ON CONFLICT(cell) DO UPDATE SET count = count + excluded.count");
    for (const auto& [cell, count] : counts) add.bind(cell).bind(count).run();
}

// Of a key the first stays, whichever comes first; a trace that was minimised is of the one that was first then.
void Results::add_finding(const StoredFinding& f) {
    const Finding& found = f.found;
    const std::string key = found.key();
    Statement(database_, fmt::format("INSERT INTO finding({}) VALUES(?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?) "
                                     "ON CONFLICT(key) DO UPDATE SET rank = excluded.rank, place = excluded.place, "
                                     "engine = excluded.engine, where_found = excluded.where_found, "
                                     "property = excluded.property, text = excluded.text, at_end = excluded.at_end, "
                                     "trace = excluded.trace, minimised = excluded.minimised, "
                                     "reported = excluded.reported "
                                     "WHERE (excluded.rank, excluded.place) < (rank, place)",
                                     finding_columns))
        .bind(key)
        .bind(f.rank)
        .bind(found.origin.number)
        .bind(found.origin.engine)
        .bind(found.origin.unit)
        .bind(found.property())
        .bind(found.text())
        .bind(std::uint64_t{found.at_end})
        .bind(write_trace(found.trace))
        .bind(f.minimised ? write_trace(f.minimised->trace) : "")
        .bind(f.minimised ? f.minimised->text() : "")
        .run();
    count_finding(key, f.times);
}

void Results::count_finding(const std::string& key, std::uint64_t times) {
    Statement(database_, "UPDATE finding SET times = times + ? WHERE key = ?").bind(times).bind(key).run();
}

void Results::add_session(unsigned jobs, std::uint64_t steps, double elapsed_s) {
    Statement(database_, "INSERT INTO rate(jobs, steps, elapsed_s) VALUES(?, ?, ?)")
        .bind(std::uint64_t{jobs})
        .bind(steps)
        .bind(elapsed_s)
        .run();
}

void Results::set_minimised(const std::string& key, const Finding& minimised) {
    Statement(database_, "UPDATE finding SET minimised = ?, reported = ? WHERE key = ?")
        .bind(write_trace(minimised.trace))
        .bind(minimised.text())
        .bind(key)
        .run();
}

void Results::note_shard(const Shard& shard) {
    Statement(database_, "INSERT OR IGNORE INTO shard VALUES(?, ?)").bind(shard.index).bind(shard.count).run();
}

std::uint64_t Results::shard_count() {
    Statement parts(database_, "SELECT min(parts), max(parts) FROM shard");
    const bool one_way = parts.step() && parts.number(0) == parts.number(1);
    return one_way ? std::max<std::uint64_t>(1, parts.number(0)) : 1;
}

std::vector<ShardState> Results::shards(std::uint64_t count) {
    std::vector<ShardState> shards(count);
    for (std::uint64_t i = 0; i < count; ++i) shards[i].shard = {i, count};
    // Units are dealt out in turn, the engines' one after the other.
    std::map<std::string, std::uint64_t> first;  // of each engine
    std::uint64_t units = 0;
    for (const EngineTotal& each : totals()) {
        first[each.name] = units;
        units += each.units;
    }
    for (std::uint64_t i = 0; i < count; ++i) {
        shards[i].units = units / count + (i < units % count ? 1 : 0);
        shards[i].missing = shards[i].units;
    }
    for (const UnitName& each : done()) --shards[(first[each.engine] + each.number) % count].missing;
    return shards;
}

std::vector<EngineTotal> Results::totals() {
    std::vector<EngineTotal> totals;
    for (Statement row(database_,
                       "SELECT name, units, (SELECT count(*) FROM unit WHERE engine = name), "
                       "(SELECT total(steps) FROM unit WHERE engine = name), "
                       "(SELECT total(cases) FROM unit WHERE engine = name) FROM engine ORDER BY rank");
         row.step();)
        totals.push_back({row.text(0), row.number(1), row.number(2), row.number(3), row.number(4)});
    return totals;
}

std::uint64_t Results::steps() {
    std::uint64_t steps = 0;
    for (const EngineTotal& each : totals()) steps += each.steps;
    return steps;
}

CellCounts Results::cells() {
    CellCounts cells;
    for (Statement row(database_, "SELECT cell, count FROM coverage"); row.step();) cells[row.text(0)] = row.number(1);
    return cells;
}

std::vector<StoredFinding> Results::findings() {
    std::vector<StoredFinding> findings;
    for (Statement row(database_, fmt::format("SELECT {} FROM finding ORDER BY rank, place, key", finding_columns));
         row.step();) {
        StoredFinding stored;
        stored.rank = row.number(1);
        stored.times = row.number(8);
        Finding& found = stored.found;
        found.origin = {row.text(3), row.number(2), row.text(4)};
        found.violations = {Violation{row.text(5), row.text(6)}};
        found.at_end = row.number(7) != 0;
        found.trace = stored_trace(row.text(9), row.text(0));
        if (const std::string minimised = row.text(10); !minimised.empty()) {
            stored.minimised = found;
            stored.minimised->violations.front().text = row.text(11);
            stored.minimised->trace = stored_trace(minimised, row.text(0));
        }
        findings.push_back(std::move(stored));
    }
    return findings;
}

std::set<std::string> Results::finding_keys() {
    std::set<std::string> keys;
    for (Statement row(database_, "SELECT key FROM finding"); row.step();) keys.insert(row.text(0));
    return keys;
}

double Results::seconds() {
    Statement row(database_, "SELECT total(elapsed_s) FROM rate");
    return row.step() ? row.real(0) : 0;
}

std::uint64_t Results::digest() {
    Digest digest;
    digest.add(digest_of(id().digest()));
    for (Statement row(
             database_,
             "SELECT number, steps, unit.digest FROM unit JOIN engine ON name = engine ORDER BY rank, number");
         row.step();) {
        digest.add(row.number(0));
        digest.add(row.number(1));
        digest.add(row.number(2));
    }
    for (const auto& [cell, count] : cells()) {
        digest.add(digest_of(cell));
        digest.add(count);
    }
    for (Statement row(database_, "SELECT key, trace, times FROM finding ORDER BY rank, place, key"); row.step();) {
        digest.add(digest_of(row.text(0) + row.text(1)));
        digest.add(row.number(2));
    }
    return digest.value();
}

void Results::set(std::string_view key, std::string_view value) {
    Statement(database_, "INSERT OR REPLACE INTO meta VALUES(?, ?)").bind(key).bind(value).run();
}

std::string Results::get(std::string_view key) {
    Statement row(database_, "SELECT value FROM meta WHERE key = ?");
    row.bind(key);
    return row.step() ? row.text(0) : std::string();
}

}  // namespace vmacheck
