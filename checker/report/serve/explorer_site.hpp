// Which request gets what: the page, a state, a trace, and how far the search is.
#pragma once

#include "checker/report/serve/explorer.hpp"
#include "checker/report/serve/page_server.hpp"
#include "checker/report/serve/search_watch.hpp"

namespace vmacheck {

// "" the page, "state?path=3,17" and "search" JSON objects, "trace?path=3,17" a file. A path that the scope does not have
// gives status 400 with one line, any other name 404.
PageReply answer_of_explorer(Explorer& explorer, const SearchWatch& watch, const PageRequest& request);

}  // namespace vmacheck
