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

#include "checker/exhaustive/search.hpp"

#include <stdexcept>

namespace vmacheck {

// Level files that cannot be read, written or used. what() is the whole message, with its place.
class StoreError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Numbers the states of the level in progress. Their bytes go into *file if there is one, and into the digest, which is
// returned.
std::uint64_t finish_level(StateStore& store, std::uint64_t digest, std::string* file);

class LevelFiles {
public:
    // Makes the directory and takes its lock. Throws StoreError if another search has it.
    LevelFiles(std::string directory, const Scope& scope, const ExpandOptions& options);
    ~LevelFiles();
    LevelFiles(const LevelFiles&) = delete;
    LevelFiles& operator=(const LevelFiles&) = delete;

    // Takes over what is there into a store that has the starting state. False: nothing is. Throws StoreError if it is
    // of another scope, or damaged.
    bool load(StateStore& store, ExploreResult& result, std::uint64_t& digest) const;
    // Numbers the states of the level in progress and writes them, if there are any; without any the search is
    // complete.
    void finish(StateStore& store, const ExploreResult& result, std::uint64_t& digest) const;

private:
    [[nodiscard]] std::string level_path(std::size_t level) const;
    void load_level(StateStore& store, std::size_t level, std::uint64_t& digest) const;
    void write_manifest(const ExploreResult& result, bool complete, std::uint64_t digest) const;
    static void write_whole(const std::string& path, std::string_view bytes);

    std::string directory_;
    std::string identity_;
    int lock_ = -1;
};

}  // namespace vmacheck
