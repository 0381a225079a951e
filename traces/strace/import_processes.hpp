// Threads of a recording, and the address spaces and descriptor tables that they share. Internal to traces/strace.
#pragma once

#include "model/op/parameters.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vmacheck {

struct AddressSpaceUser {
    std::optional<std::uint8_t> slot;  // process of the trace; none: not followed
    std::size_t users = 1;             // threads
};

// One open(2): a struct file. Becomes a file of the trace when it is first mapped.
struct OpenFile {
    std::string path;
    bool readable = true;
    bool writable = true;
    std::uint16_t id = 0;    // position in Parameters::files plus one; 0: not mapped yet
    bool is_maps = false;    // /proc/self/maps
    std::uint16_t uffd = 0;  // number of the userfaultfd context; 0: it is none
    std::weak_ptr<AddressSpaceUser> uffd_owner;
};

using DescriptorTable = std::map<std::int64_t, std::shared_ptr<OpenFile>>;

struct Thread {
    std::uint32_t id = 0;
    std::uint32_t group = 0;  // id of the group's first thread
    std::shared_ptr<AddressSpaceUser> mm;
    std::shared_ptr<DescriptorTable> files;
};

// The slots of a World, given out as its fork does: lowest free first.
class Slots {
public:
    std::optional<std::uint8_t> take() {
        for (std::size_t slot = 0; slot < max_processes; ++slot)
            if (used_.insert(static_cast<std::uint8_t>(slot)).second) return static_cast<std::uint8_t>(slot);
        return std::nullopt;
    }
    void give_back(std::uint8_t slot) { used_.erase(slot); }

private:
    std::set<std::uint8_t> used_;
};

}  // namespace vmacheck
