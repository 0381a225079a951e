// The JSON Schema of traces says of the corpus what the reader says: yes; and no of what the reader refuses.
#include "checker/cli/options/trace_input.hpp"
#include "tests/support/json_schema.hpp"
#include "traces/format/parameter_keys.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include <fstream>
#include <iterator>

namespace vmacheck {
namespace {

namespace json = boost::json;

const json::value& schema() {
    static const json::value parsed = [] {
        std::ifstream file(TRACE_SCHEMA);
        return json::parse(std::string{std::istreambuf_iterator<char>(file), {}});
    }();
    return parsed;
}

void expect_lines_of(const std::string& directory, std::size_t least) {
    std::size_t lines = 0;
    for (const std::string& path : cli::find_traces({directory}).paths) {
        std::ifstream file(path);
        for (std::string line; std::getline(file, line);) {
            ++lines;
            ASSERT_EQ(breach(schema(), json::parse(line)), "") << path << "\n" << line;
        }
    }
    EXPECT_GT(lines, least);
}

TEST(TraceSchema, HasEveryLineOfTheCorpusAndOfTheFaults) {
    expect_lines_of(CORPUS_DIRECTORY, 1'500);
    expect_lines_of(FAULTS_DIRECTORY, 200);
}

TEST(TraceSchema, HasEveryParameter) {
    const json::object& parameters =
        schema().at("$defs").at("header").at("properties").at("parameters").at("properties").as_object();
    for (const ParameterKey& key : parameter_keys()) EXPECT_TRUE(parameters.contains(key.key)) << key.key;
    EXPECT_EQ(parameters.size(), parameter_keys().size());
}

TEST(TraceSchema, RefusesWhatTheReaderRefuses) {
    for (const std::string line : {
             R"({"vmacheck-trace":2})",
             R"({"vmacheck-trace":1,"colour":1})",
             R"({"vmacheck-trace":1,"parameters":{"pgoff_bits":64}})",
             R"({"op":"munmap","addr":"0x1000"})",
             R"({"op":"munmap","addr":4096,"len":"0x1000"})",
             R"({"op":"munmap","addr":"0x1000","len":"0x1000","prot":["READ"]})",
             R"({"op":"unmap","addr":"0x1000","len":"0x1000"})",
             R"({"op":"fault","addr":"0x1000","access":"look"})",
             R"({"op":"fork","ret":"ENOTHING"})",
             R"([])",
         }) {
        EXPECT_NE(breach(schema(), json::parse(line)), "") << line;
        const std::string header = R"({"vmacheck-trace":1})"
                                   "\n";
        const bool is_header = line.find("vmacheck-trace") != std::string::npos;
        EXPECT_TRUE(std::holds_alternative<ReadError>(read_trace(is_header ? line : header + line))) << line;
    }
}

}  // namespace
}  // namespace vmacheck
