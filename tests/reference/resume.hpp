// Going on after a call the model does not have: a World rebuilt from what the recording shows after it.
#pragma once

#include "tests/reference/snapshot.hpp"

#include <boost/json.hpp>

#include <optional>
#include <string>

namespace vmacheck::reference {

// Replaces the World by one in the state the record shows after its call; `before` is the state before it. The record
// shows only the caller, so other processes are taken from `before`; which of their anon_vmas are which of the record's
// is found by search: canonical numbering and the record's rows leave hardly a choice. Returns why it cannot be done.
std::optional<std::string> resume_after(World<Plain>& world, FileIds& files, const Snapshot& before,
                                        const boost::json::object& record, std::uint64_t base_page);

}  // namespace vmacheck::reference
