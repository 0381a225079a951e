// What a check of a subject came to: text, JSON, and the conformance statement.
#pragma once

#include "checker/conform/subject_check.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace vmacheck {

struct ConformReport {
    std::string on;  // as --on names the subject
    SubjectCheckResult result;
    std::string model;  // "v6.18"
    std::uint64_t seed = 1;
};

// A row of the conformance statement: an operation, and a result that the model gives.
struct StatementRow {
    std::string operation;
    std::string result;   // "ok" or an errno
    std::string verdict;  // "conforms", "differs", "not supported", "not reached"
    std::uint64_t compared = 0;
    std::string trace;                            // of a difference
    const FoundDifference* difference = nullptr;  // of the report
};
std::vector<StatementRow> statement_rows(const ConformReport& report);

// One screen: what was performed, what was left out, and each difference with its calls.
std::string report_text(const ConformReport& report);
// KTAP, version 1: what the run asks, three tests, with the same text as comments.
std::string report_tap(const ConformReport& report);
// "subject", "sources", "left_out", "steps", "compared", "findings", "not_kept", "further", "not_repeated" and "lost".
boost::json::object report_json(const ConformReport& report);

// The conformance statement, as Markdown and as JSON: for each operation and each result that the model gives, whether
// the subject conforms, differs (with the trace), does not support the operation, or was not brought to it; and how
// often it was compared.
std::string statement_markdown(const ConformReport& report);
boost::json::object statement_json(const ConformReport& report);

// The command that performs a finding's trace on the subject again.
std::string replay_command(const ConformReport& report, const Finding& finding);

}  // namespace vmacheck
