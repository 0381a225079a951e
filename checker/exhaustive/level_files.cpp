#include "checker/exhaustive/level_files.hpp"
#include "checker/run/version.hpp"

#include "traces/format/whole_file.hpp"

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

void put_varint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
    out += static_cast<char>(value);
}

// Reads what put_varint wrote; throws std::out_of_range at the end.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}
    [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const auto byte = static_cast<unsigned char>(bytes_.at(at_++));
            value |= std::uint64_t{byte & 0x7fu} << shift;
            if ((byte & 0x80) == 0) return value;
        }
        throw std::out_of_range("a number without end");
    }
    StateStore::Key take(std::size_t size) {
        if (size > bytes_.size() - at_) throw std::out_of_range("a key without end");
        const auto* data = reinterpret_cast<const std::uint8_t*>(bytes_.data() + at_);
        at_ += size;
        return {data, size};
    }

private:
    std::string_view bytes_;
    std::size_t at_ = 0;
};

std::string read_whole(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw StoreError(path + ": cannot be read; delete the directory to begin anew");
    return {std::istreambuf_iterator<char>(file), {}};
}

[[noreturn]] void damaged(const std::string& path) {
    throw StoreError(path + ": is damaged; delete the directory to begin anew");
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

std::uint64_t finish_level(StateStore& store, std::uint64_t digest, std::string* file) {
    XXH3_state_t state;
    XXH3_64bits_reset_withSeed(&state, digest);
    std::uint64_t last = 0;
    std::string entry;
    store.finish_level([&](StateStore::Key key, std::uint64_t predecessor) {
        entry.clear();
        put_varint(entry, predecessor - last);
        last = predecessor;
        put_varint(entry, key.size());
        entry.append(reinterpret_cast<const char*>(key.data()), key.size());
        XXH3_64bits_update(&state, entry.data(), entry.size());
        if (file != nullptr) *file += entry;
    });
    return XXH3_64bits_digest(&state);
}

LevelFiles::LevelFiles(std::string directory, const Scope& scope, const ExpandOptions& options)
    : directory_(std::move(directory)),
      identity_(fmt::format(
          "{} program={} every_property={} orbits={} keep_shape={} keep_rmap_order={} hash_compact={} fingerprint={}",
          scope.identity(), program_digest(), options.every_property, options.orbits, options.reduction.keep_shape,
          options.reduction.keep_rmap_order, options.hash_compact, options.fingerprint)) {
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
    close(lock_);
}

std::string LevelFiles::level_path(std::size_t level) const {
    return fmt::format("{}/level-{:04}", directory_, level);
}

void LevelFiles::write_whole(const std::string& path, std::string_view bytes) {
    if (const auto wrong = write_whole_file(path, bytes, Durable::yes)) throw StoreError(*wrong);
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
    write_whole(directory_ + "/manifest.json", json::serialize(manifest) + "\n");
}

void LevelFiles::finish(StateStore& store, const ExploreResult& result, std::uint64_t& digest) const {
    const bool more = store.provisional() != 0;
    std::string bytes;
    digest = finish_level(store, digest, &bytes);
    if (more) write_whole(level_path(result.levels.size()), bytes);
    write_manifest(result, !more, digest);
}

void LevelFiles::load_level(StateStore& store, std::size_t level, std::uint64_t& digest) const {
    const std::string bytes = read_whole(level_path(level));
    ByteReader reader(bytes);
    std::uint64_t predecessor = 0;
    std::uint64_t states = 0;
    while (!reader.at_end()) {
        predecessor += reader.varint();
        const std::uint64_t size = reader.varint();
        if (size == 0 || size > KeyWriter::capacity + 16) damaged(level_path(level));
        if (Predecessor::unpack(predecessor).parent >= store.finished()) damaged(level_path(level));
        const StateStore::Key key = reader.take(size);
        store.reserve(1);
        if (!store.insert(0, key, StateStore::hash(key), predecessor)) damaged(level_path(level));
        ++states;
    }
    digest = finish_level(store, digest, nullptr);
    if (states == 0) damaged(level_path(level));
}

bool LevelFiles::load(StateStore& store, ExploreResult& result, std::uint64_t& digest) const {
    const std::string path = directory_ + "/manifest.json";
    std::error_code error;
    if (!fs::exists(path, error)) return false;
    try {
        json::object manifest = json::parse(read_whole(path)).as_object();
        const std::string check(manifest.at("check").as_string());
        manifest.erase(manifest.find("check"));
        if (check != check_of(manifest)) damaged(path);
        if (number(manifest.at("vmacheck-explore")) != format_version ||
            manifest.at("identity").as_string() != identity_)
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
        result.complete = manifest.at("complete").as_bool();
        if (result.levels.empty() || result.levels.front().states != 1) damaged(path);
        // A file for each level but the first, and one more for the level that is next.
        const std::size_t last_file = result.levels.size() - (result.complete ? 1 : 0);
        for (std::size_t level = 1; level <= last_file; ++level) {
            const std::uint64_t before = store.finished();
            load_level(store, level, digest);
            const std::uint64_t states = store.finished() - before;
            if (level == result.levels.size())
                result.levels.push_back({states, 0});
            else if (result.levels[level].states != states)
                damaged(level_path(level));
        }
        if (result.complete) digest = finish_level(store, digest, nullptr);
        if (digest != hex64(manifest.at("digest"))) damaged(path);
    } catch (const StoreError&) {
        throw;
    } catch (const std::exception&) {  // JSON of another shape, a number that is none, an end that comes too soon
        damaged(path);
    }
    result.resumed_levels = result.levels.size();
    return true;
}

}  // namespace vmacheck
