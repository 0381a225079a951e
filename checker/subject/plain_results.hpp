// Results as a program writes them that does not waste a byte: no spaces, and of each step only "ret" and "layout". Hundreds
// of thousands a second are read, for which the reader of every shape (read_answers of protocol.hpp) is too slow.
#pragma once

#include "checker/subject/subject.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace vmacheck {

// One answer for each operation; nothing if the text has another shape, or says something that read_answers would refuse.
std::optional<std::vector<Answer>> read_plain_results(std::string_view text, std::span<const Op<Plain>> ops);

}  // namespace vmacheck
