#include "checker/run/version.hpp"

namespace vmacheck {

const std::string_view program_version = VMACHECK_VERSION;

}  // namespace vmacheck
