// How verbs report a finding: minimised, written, printed.
#pragma once

#include "checker/cli/options/output_files.hpp"
#include "checker/run/minimise.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace vmacheck::cli {

// Writes the finding as it was found first, so that it is there if minimising is interrupted, then minimised. The path
// of the result is that of the file, even where it could not be written.
Minimised minimise_into(const std::string& directory, const std::string& name, const Finding& found,
                        OutputErrors& errors);

// Before and after minimising: what was found; the trace, its calls, and the command to paste next.
void print_found(const Finding& found);
void print_minimised(const Finding& finding);

// An element of "findings".
boost::json::object finding_json(const Finding& finding);

// The calls of a trace that breaks a property, one line each, and the last as explain shows it.
std::string short_explanation(const Trace& trace);
// The same and "next: ./vmacheck explain PATH"; of an internal assertion only "next: ./vmacheck replay PATH".
void print_explanation(const Finding& finding);

}  // namespace vmacheck::cli
