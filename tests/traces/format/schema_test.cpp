// The JSON Schema of traces says of the corpus what the reader says: yes; and no of what the reader refuses.
#include "model/op/op_table.hpp"
#include "tests/support/json_schema.hpp"
#include "traces/format/names.hpp"
#include "traces/format/parameter_keys.hpp"
#include "traces/format/reader.hpp"
#include "traces/format/trace_files.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fstream>
#include <iterator>
#include <set>

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
    for (const std::string& path : find_traces({directory}).paths) {
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

json::value integers(std::uint64_t smallest, std::uint64_t largest) {
    return json::object{{"type", "integer"}, {"minimum", smallest}, {"maximum", largest}};
}

// One of "a, b, c".
json::value one_of(const std::string& list) {
    json::array values;
    for (std::size_t at = 0; at < list.size();) {
        const std::size_t end = std::min(list.find(", ", at), list.size());
        values.emplace_back(list.substr(at, end - at));
        at = end + 2;
    }
    return json::object{{"enum", values}};
}

json::value definition(std::string_view name) {
    return json::object{{"$ref", "#/$defs/" + std::string(name)}};
}

json::value set_of(std::span<const FlagName> table, json::array names = {}) {
    for (const FlagName& each : table) names.emplace_back(each.name);
    const json::array either{json::object{{"enum", names}}, definition("hex")};
    return json::object{{"type", "array"}, {"uniqueItems", true}, {"items", json::object{{"anyOf", either}}}};
}

// What the schema has to say of an argument.
json::value schema_of(const Argument& argument) {
    switch (argument.type) {
        case ArgumentType::bytes: return definition("hex");
        case ArgumentType::page_offset: return integers(0, pages_in_64_bits - 1);
        case ArgumentType::flags:
            return argument.names.size() == prot_names().size() && argument.field == OpField::prot
                       ? definition("prot")
                       : set_of(argument.names);
        case ArgumentType::map_flags: return definition("mmap_flags");
        case ArgumentType::advice: return one_of(advice_list());
        case ArgumentType::access: return one_of(access_list());
        case ArgumentType::data_access: return one_of("read, write");
        case ArgumentType::number: return integers(0, 0xffff);
        case ArgumentType::process: return integers(0, max_processes - 1);
    }
    return {};
}

// A number of the schema may be parsed as signed and one of the table is not: compared as text.
std::string text(const json::value& value) {
    return json::serialize(value);
}

TEST(TraceSchema, HasTheRowsOfTheTableOfOperations) {
    std::set<std::string> lines{text(definition("header"))};
    for (const Operation& row : op_table()) {
        SCOPED_TRACE(row.name);
        lines.insert(text(definition(row.name)));
        ASSERT_TRUE(schema().at("$defs").as_object().contains(row.name));
        const json::value& operation = schema().at("$defs").at(row.name);
        const json::object& properties = operation.at("properties").as_object();
        std::set<std::string> keys{"op",     "proc",      "fail_alloc", "meanwhile", "ret",
                                   "events", "map_count", "vmas",       "note"};
        json::array required{"op"};
        EXPECT_EQ(properties.at("op").at("const").as_string(), row.name);
        for (const Argument& each : row.arguments) {
            keys.emplace(each.key);
            if (!each.optional()) required.emplace_back(each.key);
            ASSERT_TRUE(properties.contains(each.key)) << each.key;
            EXPECT_EQ(text(properties.at(each.key)), text(schema_of(each))) << each.key;
        }
        std::set<std::string> stated;
        for (const auto& each : properties) stated.emplace(each.key());
        EXPECT_EQ(stated, keys);
        EXPECT_EQ(text(operation.at("required")), text(required));
        EXPECT_FALSE(operation.at("additionalProperties").as_bool());
    }
    std::set<std::string> stated;
    for (const json::value& each : schema().at("oneOf").as_array()) stated.insert(text(each));
    EXPECT_EQ(stated, lines);
    EXPECT_EQ(text(schema().at("$defs").at("prot")), text(set_of(prot_names())));
    json::array types;
    for (const FlagName& each : map_type_names()) types.emplace_back(each.name);
    EXPECT_EQ(text(schema().at("$defs").at("mmap_flags")), text(set_of(map_flag_names(), types)));
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
