// The referee: a recording of the real v5.10.198 functions, call by call, against the model.
#pragma once

#include "tests/reference/difference.hpp"

#include "model/faults/fault.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace vmacheck::reference {

struct FileReport {
    std::string class_name;
    std::size_t streams = 0;
    std::size_t calls = 0;     // in the file
    std::size_t compared = 0;  // in every field the record has
    std::size_t finals = 0;    // final records compared
    std::size_t differing_streams = 0;
    std::size_t not_reached = 0;            // calls of these streams behind the difference
    std::optional<std::string> difference;  // the first: class, stream, call, field, expected, got

    [[nodiscard]] std::string summary() const;  // one line
};

struct RefereeOptions {
    FaultSet faults;          // in addition to the shipped ones
    bool shipped = true;      // the bugs v5.10 was shipped with are on
    std::size_t streams = 0;  // only the first of the file; 0: all
    // May change a record before it is compared: for the test that every field is.
    std::function<void(boost::json::object&)> tamper;
};

// Replays a file of recorded streams and compares each record. Throws std::runtime_error where it cannot be read.
FileReport run_file(const std::string& path, const RefereeOptions& options = {});

}  // namespace vmacheck::reference
