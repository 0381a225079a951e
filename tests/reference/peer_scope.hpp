// The scope `peer`, enumerated with the model: every state of one process with a window of a few pages of private
// anonymous NORESERVE memory, and every transition. Independent programs agree on its counts and fingerprints, and the
// recording has its transitions with three pages one by one.
#pragma once

#include "model/faults/fault.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace vmacheck::reference {

struct PeerCounts {
    std::uint64_t states = 0;
    std::uint64_t transitions = 0;
    std::uint64_t calls = 0;  // failing ones included
    std::uint64_t self_loops = 0;
    std::uint64_t levels = 0;       // the initial one included
    std::uint64_t fingerprint = 0;  // sum of the FNV-1a-64 hashes of all transitions' lines
    friend bool operator==(const PeerCounts&, const PeerCounts&) = default;
};

// Breadth-first over the window's states; each transition's line `STATE | CALL | STATE` goes to visit if there is one.
PeerCounts explore_peer_scope(std::uint64_t pages, FaultSet faults = {},
                              const std::function<void(const std::string&)>& visit = {});

}  // namespace vmacheck::reference
