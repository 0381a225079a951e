// The levels of a search on disk, so that one that was killed continues after its last complete level.
//
//   DIR/level-0001 ...   the states of a level in the order of their numbers: predecessor and key. Written once, under
//                        a temporary name, then renamed.
//   DIR/manifest.json    the scope, the sizes of the levels that were worked through, counts and coverage up to there,
//                        and the digest of all states. Renamed into place after the level's file: other
//                        files in the directory do not count. It names the program too, byte for byte: levels of
//                        another build are refused.
//   DIR/lock             held (flock) while a search writes.
#pragma once

#include "checker/exhaustive/expander.hpp"
#include "checker/exhaustive/explore_result.hpp"
#include "checker/exhaustive/scope.hpp"
#include "checker/exhaustive/varint.hpp"
#include "traces/format/whole_file.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace vmacheck {

// Level files that cannot be read, written or used. what() is the whole message, with its place.
class StoreError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

[[noreturn]] void damaged_file(const std::string& path);

// What one search has in common with another that can continue it: scope, options and program.
std::string search_identity(const Scope& scope, const ExpandOptions& options);

// The states of a level as bytes, in the order of their numbers. Their digest continues that of the levels before.
class LevelBytes {
public:
    explicit LevelBytes(std::uint64_t digest_before);
    ~LevelBytes();
    LevelBytes(LevelBytes&&) noexcept;
    LevelBytes& operator=(LevelBytes&&) noexcept;

    // The bytes of the next state; valid until the next call.
    std::string_view add(StateStore::Key key, std::uint64_t predecessor);
    [[nodiscard]] std::uint64_t digest() const;

private:
    struct Hash;
    std::unique_ptr<Hash> hash_;
    std::uint64_t last_ = 0;
    std::string entry_;
};

// The states of a level's file, one after the other. Throws StoreError where it is damaged.
class LevelReader {
public:
    explicit LevelReader(std::string path);
    LevelReader(const LevelReader&) = delete;
    LevelReader& operator=(const LevelReader&) = delete;

    // Whether there is a state: the one that the following are about.
    [[nodiscard]] bool more() const { return !key_.empty(); }
    [[nodiscard]] StateStore::Key key() const { return key_; }
    [[nodiscard]] std::uint64_t predecessor() const { return predecessor_; }
    void next();
    [[noreturn]] void damaged() const;

private:
    std::string path_;
    std::string bytes_;
    ByteReader reader_;
    StateStore::Key key_;
    std::uint64_t predecessor_ = 0;
};

// What a manifest says in addition to the result.
struct KeptSearch {
    bool complete = false;
    std::uint64_t digest = 0;
};

class LevelFiles {
public:
    // Makes the directory and takes its lock. Throws StoreError if another search has it.
    LevelFiles(std::string directory, const Scope& scope, const ExpandOptions& options);
    ~LevelFiles();
    LevelFiles(const LevelFiles&) = delete;
    LevelFiles& operator=(const LevelFiles&) = delete;

    // The text of the manifest; empty: there is none.
    [[nodiscard]] std::string manifest() const;

    // Writes the next bytes of this level.
    void append(std::size_t level, std::string_view bytes);
    // Ends the level that was written, if one was, and writes the manifest of all up to there.
    void finish(const ExploreResult& result, std::uint64_t digest);

private:
    void write_manifest(const ExploreResult& result, bool complete, std::uint64_t digest) const;

    std::string directory_;
    std::string identity_;
    std::unique_ptr<WholeFile> writing_;
    int lock_ = -1;
};

// The file of a level, or of the manifest with `level` 0, in a directory.
std::string level_path(const std::string& directory, std::size_t level);
// Takes over what a manifest says. Throws StoreError if it is of another search, or damaged.
KeptSearch read_manifest(const std::string& text, const std::string& path, const std::string& identity,
                         ExploreResult& result);

}  // namespace vmacheck
