// vmacheck list: what there is, one line each, or one JSON object with the same rows.
#include "checker/cli/verbs/list_verb.hpp"
#include "checker/cli/options/columns.hpp"
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/search_options.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/coverage/grid.hpp"
#include "checker/coverage/operation_table.hpp"
#include "checker/exhaustive/built_in_scopes.hpp"
#include "checker/run/verdict.hpp"
#include "checker/subject/named_subjects.hpp"
#include "model/faults/fault.hpp"
#include "model/faults/fault_table.hpp"
#include "model/op/events.hpp"
#include "model/profiles/policy_table.hpp"
#include "model/profiles/profile.hpp"
#include "properties/observed/observed_properties.hpp"
#include "properties/run/catalogue.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

struct Row {
    std::vector<std::string> columns;
    json::object object;
};
using Rows = std::vector<Row>;

// A dash where there is nothing, so that every row has all columns.
std::string dash_if_empty(std::string_view text) {
    return std::string(text.empty() ? "-" : text);
}

Rows list_profiles() {
    Rows rows;
    for (const Profile& each : all_profiles()) {
        std::vector<std::string_view> shipped;
        for (const FaultInfo& fault : all_faults())
            if (each.shipped.has(fault.fault)) shipped.push_back(fault.name);
        json::object policies;
        for (PolicyId id = 0; id < all_policies().size(); ++id)
            policies[all_policies()[id].name] = value_name(each.policy, id);
        const std::size_t changed = distance(each.policy, default_profile().policy);
        const std::string policies_text =
            changed == 0 ? ""
                         : fmt::format("; {} from v5.10",
                                       changed == 1 ? "1 policy differs" : fmt::format("{} policies differ", changed));
        rows.push_back({{std::string(each.name),
                         fmt::format("{}{}; shipped bugs: {}", each.kernel, policies_text,
                                     shipped.empty() ? "none" : fmt::format("{}", fmt::join(shipped, ", ")))},
                        {{"name", each.name},
                         {"kernel", each.kernel},
                         {"policies", policies},
                         {"shipped", json::array(shipped.begin(), shipped.end())}}});
    }
    return rows;
}

// "strict (v3.2), loose (v6.16)".
std::string values_text(const PolicyInfo& policy) {
    std::vector<std::string> texts;
    for (const PolicyValue& each : policy.values)
        texts.push_back(each.since.empty() ? std::string(each.name) : fmt::format("{} ({})", each.name, each.since));
    return fmt::format("{}", fmt::join(texts, ", "));
}

Rows list_policies() {
    Rows rows;
    for (const PolicyInfo& each : all_policies()) {
        json::array values;
        for (const PolicyValue& value : each.values)
            values.push_back(json::object{{"name", value.name},
                                          {"since", value.since.empty() ? json::value() : json::value(value.since)}});
        const bool probed = each.no_probe.empty();
        rows.push_back(
            {{std::string(each.name), values_text(each), std::string(each.sentence)},
             {{"name", each.name},
              {"values", values},
              {"sentence", each.sentence},
              {"source", each.source},
              {"probe", probed ? json::value(fmt::format("traces/probes/{}.jsonl", each.name)) : json::value()},
              {"no_probe", probed ? json::value() : json::value(each.no_probe)}}});
    }
    return rows;
}

const std::vector<std::string> fault_columns{"# name",       "kind",      "fix",      "fixed in",
                                             "shipped with", "component", "property", "effect"};

Rows list_faults() {
    Rows rows;
    const auto known = [](std::string_view text) { return text.empty() ? json::value() : json::value(text); };
    for (const FaultInfo& each : all_faults()) {
        const bool synthetic = each.kind == FaultKind::synthetic;
        std::vector<std::string_view> profiles;
        for (const Profile& profile : all_profiles())
            if (profile.shipped.has(each.fault)) profiles.push_back(profile.name);
        json::object object{{"name", each.name},
                            {"synthetic", synthetic},
                            {"component", name(component_of(each.fault))},
                            {"introduced", known(each.introduced)},
                            {"fixed", known(each.fixed)},
                            {"backported", known(each.backported)},
                            {"fix", known(each.commit)},
                            {"shipped_with", json::array(profiles.begin(), profiles.end())},
                            {"property", each.property},
                            {"effect", each.effect}};
        rows.push_back(
            {{std::string(each.name), synthetic ? "synthetic" : "real", dash_if_empty(each.commit),
              dash_if_empty(each.fixed), dash_if_empty(fmt::format("{}", fmt::join(profiles, ","))),
              std::string(name(component_of(each.fault))), std::string(each.property), std::string(each.effect)},
             std::move(object)});
    }
    return rows;
}

// The coverage grid: which cells a campaign is to reach, and why it cannot reach the others.
Rows list_cells() {
    Rows rows;
    for (const Cell& each : fill_grid({}).cells) {
        const bool reachable = each.state != CellState::unreachable;
        std::vector<std::string> columns{each.name};
        if (!reachable) columns.push_back("unreachable: " + each.reason);
        rows.push_back({std::move(columns),
                        {{"name", each.name},
                         {"reachable", reachable},
                         {"reason", reachable ? json::value() : json::value(each.reason)}}});
    }
    return rows;
}

Rows list_events() {
    Rows rows;
    for (int i = 0; i < static_cast<int>(Event::count); ++i) {
        const std::string_view event = name(static_cast<Event>(i));
        rows.push_back({{std::string(event)}, {{"name", event}}});
    }
    return rows;
}

Rows list_operations() {
    Rows rows;
    for (const OperationRow& each : operation_table()) {
        json::array errors;
        json::array sites;
        for (const Errno error : each.errors) errors.emplace_back(name(error));
        for (const AllocSite site : each.allocations) sites.emplace_back(name(site));
        rows.push_back({{std::string(name(each.op)), std::string(each.stands_for)},
                        {{"name", name(each.op)},
                         {"stands_for", each.stands_for},
                         {"flags", json::array(each.flags.begin(), each.flags.end())},
                         {"errors", errors},
                         {"allocations", sites}}});
    }
    return rows;
}

// Those of the model's state and steps, and those of what any subject shows of itself.
Rows list_properties() {
    Rows rows;
    for (const std::span<const PropertyInfo> properties : {all_properties(), observed_properties()})
        for (const PropertyInfo& each : properties)
            rows.push_back({{std::string(each.name), std::string(name(each.kind)),
                             fmt::format("{} ({})", each.statement, each.relied_on_by)},
                            {{"name", each.name},
                             {"kind", name(each.kind)},
                             {"statement", each.statement},
                             {"relied_on_by", each.relied_on_by}}});
    return rows;
}

Rows list_scopes() {
    Rows rows;
    for (const ScopeInfo& each : built_in_scopes()) {
        const Scope scope = *built_in_scope(each.name, 0);
        rows.push_back({{std::string(each.name), fmt::format("{}, {}: {}", plural(each.pages, "page"),
                                                             plural(scope_ops(scope).size(), "call"), each.about)},
                        {{"name", each.name},
                         {"about", each.about},
                         {"pages", each.pages},
                         {"processes", scope.processes},
                         {"calls", scope_ops(scope).size()}}});
    }
    return rows;
}

Rows list_subjects() {
    Rows rows;
    for (const NamedSubject& each : named_subjects()) {
        const bool here = is_here(each);
        const std::string needs = each.package.empty() ? "nothing" : std::string(each.package);
        rows.push_back({{std::string(each.name), fmt::format("needs {}{}", needs, here ? "" : " (not installed)"),
                         std::string(each.about)},
                        {{"name", each.name}, {"about", each.about}, {"package", each.package}, {"here", here}}});
    }
    return rows;
}

struct Options {
    std::string what;
    std::string format = "text";
};

}  // namespace

int run_list(const std::string& what, const std::string& format) {
    if (format == "markdown") {
        if (what != "operations") {
            print_error("list " + what + ": only operations can be shown as markdown; use --format text or json");
            return exit_code(Verdict::bad_input);
        }
        fmt::print("{}", operation_table_markdown());
        return exit_code(Verdict::holds);
    }
    const Rows rows = what == "profiles"     ? list_profiles()
                      : what == "policies"   ? list_policies()
                      : what == "faults"     ? list_faults()
                      : what == "events"     ? list_events()
                      : what == "operations" ? list_operations()
                      : what == "scopes"     ? list_scopes()
                      : what == "cells"      ? list_cells()
                      : what == "subjects"   ? list_subjects()
                                             : list_properties();
    if (format != "json") {
        std::vector<std::vector<std::string>> lines;
        if (what == "faults") lines.push_back(fault_columns);
        for (const Row& each : rows) lines.push_back(each.columns);
        print_columns(lines);
        return exit_code(Verdict::holds);
    }
    json::array objects;
    for (const Row& each : rows) objects.push_back(each.object);
    fmt::print("{}\n",
               json::serialize(json::object{
                   {"verb", "list"}, {"verdict", json_name(Verdict::holds)}, {"what", what}, {"rows", objects}}));
    return exit_code(Verdict::holds);
}

void add_list(const Command& app, Run& run) {
    const Command verb = app.add_subcommand("list", "what there is, one line each");
    const auto options = std::make_shared<Options>();
    verb.add_option("WHAT", options->what,
                    "profiles, policies, faults, events, operations, properties, scopes, cells or subjects")
        .required()
        .one_of(
            {"profiles", "policies", "faults", "events", "operations", "properties", "scopes", "cells", "subjects"});
    verb.add_option("--format", options->format, "text or json; markdown: operations as model/README.md has them")
        .one_of({"text", "json", "markdown"});
    verb.callback([options, &run] { run = [options] { return run_list(options->what, options->format); }; });
}

}  // namespace vmacheck::cli
