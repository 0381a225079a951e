// The page of `explore --serve`: what is the same for every state. Its script asks the server for the rest.
#pragma once

#include "checker/exhaustive/scope.hpp"

#include <string>

namespace vmacheck::html {

// `calls`: of the scope.
std::string explorer_page(const Scope& scope, std::size_t calls);

}  // namespace vmacheck::html
