// What a recording shows of a state, taken from a World, and written as the recording writes it.
#pragma once

#include "model/state/observation.hpp"
#include "model/state/world.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <map>
#include <vector>

namespace vmacheck::reference {

// Page numbers and counts unless a name says bytes. Ids are the recording's: files by order of creation, anon_vmas
// canonical (renumbered in each state).
struct SeenProcess {
    std::uint8_t slot = 0;
    ProcessView view;
    std::vector<std::uint64_t> gaps;  // the gap below each of view.vmas
    std::uint64_t highest_vm_end = 0;
    std::uint64_t max_gap = 0;
    VmFlags def_flags = 0;
};

struct SeenAnonVma {
    unsigned id = 0;
    unsigned root = 0;
    unsigned parent = 0;
    std::uint64_t num_children = 0;
    std::uint64_t num_active_vmas = 0;
    std::uint64_t refcount = 0;
    friend bool operator==(const SeenAnonVma&, const SeenAnonVma&) = default;
};

struct SeenFile {
    unsigned id = 0;
    std::uint64_t vmas_in_i_mmap = 0;
    std::int64_t i_mmap_writable = 0;
    std::uint64_t f_count = 0;
};

struct Snapshot {
    std::int64_t committed = 0;          // bugs v5.10 was shipped with can take back more than was ever charged
    std::vector<SeenProcess> processes;  // by slot
    std::vector<SeenAnonVma> anon_vmas;  // by id
    std::vector<SeenFile> files;         // by id
    [[nodiscard]] const SeenProcess* process(std::uint8_t slot) const;
};

// The recording's file ids: descriptors first, then shared anonymous objects as they are created. An id is not used
// twice.
class FileIds {
public:
    explicit FileIds(std::uint16_t descriptors) : next_(descriptors + 1u) {}
    // Gives new objects of the World their ids, and forgets those that are gone. After every call.
    void update(const World<Plain>& world);
    [[nodiscard]] unsigned of(const World<Plain>& world, FileId file) const;

private:
    std::map<FileId, unsigned> names_;
    unsigned next_;
};

Snapshot take_snapshot(const World<Plain>& world, const FileIds& files);

// As in a record; addresses of VMAs relative to base_page.
boost::json::object mm_json(const Snapshot& snapshot, const SeenProcess& process);
boost::json::array vmas_json(const SeenProcess& process, std::uint64_t base_page);
boost::json::array anon_vmas_json(const Snapshot& snapshot);
boost::json::array files_json(const Snapshot& snapshot);

// Numbers anon_vmas as the recording does: first pass by slot and address over the VMAs' own, second pass over chains.
// Calls name(anon_vma) in that order for every occurrence.
template <class Processes, class F>
void each_in_canonical_order(const Processes& processes, F&& name) {
    for (const auto& process : processes)
        for (const auto& vma : process.vmas)
            if (vma.anon) name(vma.anon);
    for (const auto& process : processes)
        for (const auto& vma : process.vmas)
            for (const auto& member : vma.chain) name(member);
}

}  // namespace vmacheck::reference
