#include "checker/exhaustive/level_files.hpp"
#include "checker/run/version.hpp"

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace vmacheck {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr int format_version = 1;

std::string read_whole(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw StoreError(path + ": cannot be read; delete the directory to begin anew");
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string hex64(std::uint64_t value) {
    return fmt::format("{:#018x}", value);
}

std::uint64_t hex64(const json::value& value) {
    return std::stoull(std::string(value.as_string()), nullptr, 16);
}

std::uint64_t number(const json::value& value) {
    return json::value_to<std::uint64_t>(value);
}

// Of all that a manifest says.
std::string check_of(const json::object& manifest) {
    const std::string text = json::serialize(manifest);
    return hex64(XXH3_64bits(text.data(), text.size()));
}

// Of the program that runs, so that a build with another rule does not continue from what this one found. The version alone
// where the system does not show the program.
std::string program_digest() {
    std::ifstream file("/proc/self/exe", std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    return bytes.empty() ? std::string(program_version) : hex64(XXH3_64bits(bytes.data(), bytes.size()));
}

json::object counts_object(const SearchCounts& counts) {
    return {{"calls", counts.calls},
            {"transitions", counts.transitions},
            {"failing", counts.failing},
            {"self_loops", counts.self_loops},
            {"fingerprint", hex64(counts.fingerprint)},
            {"orbit_states", counts.orbit_states},
            {"orbit_transitions", counts.orbit_transitions}};
}

}  // namespace

void damaged_file(const std::string& path) {
    throw StoreError(path + ": is damaged; delete the directory to begin anew");
}

std::string search_identity(const Scope& scope, const ExpandOptions& options) {
    return fmt::format(
        "{} program={} every_property={} orbits={} keep_shape={} keep_rmap_order={} hash_compact={} fingerprint={}",
        scope.identity(), program_digest(), options.every_property, options.orbits, options.reduction.keep_shape,
        options.reduction.keep_rmap_order, options.hash_compact, options.fingerprint);
}

struct LevelBytes::Hash {
    XXH3_state_t state;
};

LevelBytes::LevelBytes(std::uint64_t digest_before) : hash_(std::make_unique<Hash>()) {
    XXH3_64bits_reset_withSeed(&hash_->state, digest_before);
}
LevelBytes::~LevelBytes() = default;
LevelBytes::LevelBytes(LevelBytes&&) noexcept = default;
LevelBytes& LevelBytes::operator=(LevelBytes&&) noexcept = default;

std::string_view LevelBytes::add(StateStore::Key key, std::uint64_t predecessor) {
    entry_.clear();
    put_varint(entry_, predecessor - last_);
    last_ = predecessor;
    put_varint(entry_, key.size());
    entry_.append(reinterpret_cast<const char*>(key.data()), key.size());
    XXH3_64bits_update(&hash_->state, entry_.data(), entry_.size());
    return entry_;
}

std::uint64_t LevelBytes::digest() const {
    return XXH3_64bits_digest(&hash_->state);
}

LevelReader::LevelReader(std::string path)
    : path_(std::move(path)),
      bytes_(read_whole(path_)),
      reader_({reinterpret_cast<const std::uint8_t*>(bytes_.data()), bytes_.size()}) {
    next();
    if (!more()) damaged();
}

void LevelReader::damaged() const {
    damaged_file(path_);
}

void LevelReader::next() {
    key_ = {};
    if (reader_.at_end()) return;
    try {
        predecessor_ += reader_.varint();
        const std::uint64_t size = reader_.varint();
        if (size == 0 || size > KeyWriter::capacity + 16) damaged();
        key_ = reader_.take(size);
    } catch (const std::out_of_range&) {
        damaged();
    }
}

LevelFiles::LevelFiles(std::string directory, const Scope& scope, const ExpandOptions& options)
    : directory_(std::move(directory)), identity_(search_identity(scope, options)) {
    std::error_code error;
    fs::create_directories(directory_, error);
    if (error) throw StoreError(directory_ + ": cannot be made: " + error.message());
    const std::string path = directory_ + "/lock";
    lock_ = open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (lock_ < 0) throw StoreError(path + ": cannot be written: " + std::strerror(errno));
    if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        close(lock_);
        throw StoreError(directory_ + ": another search is using it; choose another --store");
    }
    // What killed searches left half written. This search has the lock, so no other process is writing.
    for (const auto& each : fs::directory_iterator(directory_, error))
        if (each.path().extension().string().starts_with(".part")) fs::remove(each.path(), error);
}

LevelFiles::~LevelFiles() {
    writing_.reset();  // before another may have the lock
    close(lock_);
}

std::string level_path(const std::string& directory, std::size_t level) {
    return level == 0 ? directory + "/manifest.json" : fmt::format("{}/level-{:04}", directory, level);
}

std::string LevelFiles::manifest() const {
    const std::string path = level_path(directory_, 0);
    std::error_code error;
    if (!fs::exists(path, error)) return {};
    std::string text = read_whole(path);
    if (text.empty()) damaged_file(path);
    return text;
}

void LevelFiles::append(std::size_t level, std::string_view bytes) {
    if (writing_ == nullptr) writing_ = std::make_unique<WholeFile>(level_path(directory_, level), Durable::yes);
    writing_->append(bytes);
}

void LevelFiles::finish(const ExploreResult& result, std::uint64_t digest) {
    const bool more = writing_ != nullptr;
    if (more)
        if (const auto wrong = writing_->finish()) throw StoreError(*wrong);
    writing_.reset();
    write_manifest(result, !more, digest);
}

void LevelFiles::write_manifest(const ExploreResult& result, bool complete, std::uint64_t digest) const {
    json::array levels;
    for (const LevelCounts& each : result.levels)
        levels.push_back(json::object{{"states", each.states}, {"transitions", each.transitions}});
    json::object reach;
    for (ReachTable::Cell cell = 0; cell < result.reach.cells(); ++cell)
        if (result.reach.count(cell) != 0)
            reach[ReachTable::name(cell)] = json::array{result.reach.count(cell), result.reach.first(cell)};
    json::object manifest{{"vmacheck-explore", format_version},
                          {"identity", identity_},
                          {"complete", complete},
                          {"digest", hex64(digest)},
                          {"levels", levels},
                          {"counts", counts_object(result.counts)},
                          {"reach", reach}};
    manifest["check"] = check_of(manifest);
    if (const auto wrong = write_whole_file(level_path(directory_, 0), json::serialize(manifest) + "\n", Durable::yes))
        throw StoreError(*wrong);
}

KeptSearch read_manifest(const std::string& text, const std::string& path, const std::string& identity,
                         ExploreResult& result) {
    KeptSearch kept;
    try {
        json::object manifest = json::parse(text).as_object();
        const std::string check(manifest.at("check").as_string());
        manifest.erase(manifest.find("check"));
        if (check != check_of(manifest)) damaged_file(path);
        if (number(manifest.at("vmacheck-explore")) != format_version ||
            manifest.at("identity").as_string() != identity)
            throw StoreError(path + ": is of another scope, or was made with other options; choose another --store");
        result.levels.clear();
        for (const json::value& each : manifest.at("levels").as_array())
            result.levels.push_back({number(each.at("states")), number(each.at("transitions"))});
        const json::object& counts = manifest.at("counts").as_object();
        result.counts = {number(counts.at("calls")),
                         number(counts.at("transitions")),
                         number(counts.at("failing")),
                         number(counts.at("self_loops")),
                         hex64(counts.at("fingerprint")),
                         number(counts.at("orbit_states")),
                         number(counts.at("orbit_transitions"))};
        const json::object& reach = manifest.at("reach").as_object();
        for (ReachTable::Cell cell = 0; cell < result.reach.cells(); ++cell)
            if (const json::value* each = reach.if_contains(ReachTable::name(cell)))
                result.reach.set(cell, number(each->at(0)), number(each->at(1)));
        kept = {manifest.at("complete").as_bool(), hex64(manifest.at("digest"))};
        if (result.levels.empty() || result.levels.front().states != 1) damaged_file(path);
    } catch (const StoreError&) {
        throw;
    } catch (const std::exception&) {  // JSON of another shape, a number that is none
        damaged_file(path);
    }
    return kept;
}

}  // namespace vmacheck
