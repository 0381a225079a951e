// Recordings of the v5.10.198 mm code (format: data/README.md): reading them, and what their header and calls say to
// the model.
#pragma once

#include "model/op/op.hpp"
#include "model/op/parameters.hpp"

#include <boost/iostreams/filtering_stream.hpp>
#include <boost/json.hpp>

#include <fstream>
#include <optional>
#include <string>

namespace vmacheck::reference {

// Lines of an xz-compressed text, one after the other. Throws std::runtime_error where the file cannot be read.
class XzLines {
public:
    explicit XzLines(const std::string& path);
    std::optional<std::string> next();

private:
    std::string path_;
    std::ifstream file_;
    boost::iostreams::filtering_istream stream_;
};

// A number written as "0x..".
std::uint64_t parse_hex(const boost::json::value& text);

// What a recording's first line fixes.
struct Header {
    std::string name;  // of the class
    std::uint64_t base_page = 0;
    std::uint16_t descriptors = 0;  // files held open, ids 1 to this
    Parameters parameters;
};
Header parse_header(const boost::json::object& header);

// The recorded call as an operation. Throws std::runtime_error for one that the model does not have.
Op<Plain> parse_call(const boost::json::object& record);

}  // namespace vmacheck::reference
