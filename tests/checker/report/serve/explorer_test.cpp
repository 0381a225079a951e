// What the page of `explore --serve` gets: states as JSON, traces, and one line for what is no path.
#include "checker/report/serve/explorer_site.hpp"

#include "checker/exhaustive/built_in_scopes.hpp"
#include "checker/run/replay.hpp"
#include "traces/format/reader.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <atomic>
#include <thread>

namespace vmacheck {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

Scope scope_named(const std::string& name, unsigned pages) {
    return built_in_scope(name, pages).value();
}

json::object state_of(Explorer& explorer, const std::string& path) {
    return json::parse(explorer.state(path)).as_object();
}

PageReply ask(Explorer& explorer, const std::string& resource, const std::string& path = "") {
    const SearchWatch watch;
    return answer_of_explorer(explorer, watch, {resource, path});
}

TEST(Explorer, ShowsTheStartAndItsCalls) {
    const Scope scope = scope_named("peer", 4);
    Explorer explorer(scope, {});
    const json::object start = state_of(explorer, "");
    EXPECT_EQ(start.at("title"), "The starting state");
    EXPECT_EQ(start.at("calls").as_array().size(), scope_ops(scope).size());
    EXPECT_EQ(start.at("calls").at(0).at("op"), "mmap");
    EXPECT_EQ(start.at("calls").at(0).at("leads"), "on");
    EXPECT_EQ(start.at("trace"), "peer-4pages-0calls.jsonl");
    EXPECT_EQ(start.at("replay"), "./vmacheck replay peer-4pages-0calls.jsonl");
    EXPECT_EQ(start.at("step"), "");
    EXPECT_THAT(std::string(start.at("state").as_string()), HasSubstr("Nothing is mapped."));
}

TEST(Explorer, ShowsAMergeAsItsCase) {
    Explorer explorer(scope_named("peer", 2), {});
    // Two neighbours with the same rights: the second mmap is case 2, 3 or 1.
    const json::object start = state_of(explorer, "");
    std::string shown;
    for (const json::value& first : start.at("calls").as_array())
        for (const json::value& second : start.at("calls").as_array()) {
            if (first.at("op") != "mmap" || second.at("op") != "mmap") continue;
            const std::string path = std::to_string(first.at("number").to_number<int>()) + "," +
                                     std::to_string(second.at("number").to_number<int>());
            const json::object state = state_of(explorer, path);
            const std::string step(state.at("step").as_string());
            if (step.find("Merge case 2") == std::string::npos) continue;
            shown = step;
            EXPECT_EQ(state.at("processes").at(0).at("vmas").as_array().size(), 1u) << path;
            EXPECT_EQ(state.at("processes").at(0).at("vmas").at(0).at("end"), "0x2000");
        }
    EXPECT_THAT(shown, HasSubstr("<h4>Events, in order</h4>"));
    EXPECT_THAT(shown, HasSubstr("merge_case_2"));
}

TEST(Explorer, GivesTheTraceOfThePath) {
    Explorer explorer(scope_named("family", 1), {});
    const json::object state = state_of(explorer, "0,0");
    const std::string text = explorer.trace("0,0");
    const auto read = read_trace(text);
    const Trace* trace = std::get_if<Trace>(&read);
    ASSERT_NE(trace, nullptr);
    EXPECT_EQ(trace->steps.size(), 2u);
    const ReplayResult replayed = replay(*trace);
    EXPECT_EQ(replayed.verdict, Verdict::holds);
    EXPECT_EQ(fmt::format("{:#018x}", replayed.digest), std::string(state.at("digest").as_string()));
    const PageReply reply = ask(explorer, "trace", "0,0");
    EXPECT_EQ(reply.body, text);
    EXPECT_EQ(reply.file, "family-1pages-2calls.jsonl");
}

TEST(Explorer, ShowsProcessesFilesAndPages) {
    const auto shown = [](const std::string& scope, unsigned pages, const std::string& wanted) {
        Explorer explorer(scope_named(scope, pages), {});
        const json::object start = state_of(explorer, "");
        for (const json::value& each : start.at("calls").as_array()) {
            const std::string path = std::to_string(each.at("number").to_number<int>());
            const json::object after = state_of(explorer, path);
            for (const json::value& next : after.at("calls").as_array()) {
                const json::object state =
                    state_of(explorer, path + "," + std::to_string(next.at("number").to_number<int>()));
                if (std::string(state.at("state").as_string()).find(wanted) != std::string::npos) return true;
            }
        }
        return false;
    };
    EXPECT_TRUE(shown("family", 1, "<h3>Process 1</h3>"));
    EXPECT_TRUE(shown("core", 1, "<td>file 1<td>regular"));
    EXPECT_TRUE(shown("core", 1, "<i class=\"pte dirty\""));
    EXPECT_TRUE(shown("core", 1, "<span>map_count</span> <b>1</b>"));
}

TEST(Explorer, RefusesWhatIsNoPathWithOneLine) {
    Explorer explorer(scope_named("peer", 2), {});
    const std::string calls = "is no call of this scope; they are 0 to 16\n";
    for (const auto& [path, said] : {std::pair<std::string, std::string>{"99", "path: 99 " + calls},
                                     {"x", "path: 'x' " + calls},
                                     {"1,,2", "path: '' " + calls},
                                     {"1,", "path: it ends with a comma\n"},
                                     {"-1", "path: '-1' " + calls},
                                     {"99999999999", "path: '99999999999' " + calls},
                                     {"<b>\n", "path: '<b>\\x0a' " + calls}})
        for (const std::string& resource : {std::string("state"), std::string("trace")}) {
            const PageReply reply = ask(explorer, resource, path);
            EXPECT_EQ(reply.status, 400) << path;
            EXPECT_EQ(reply.body, said);
        }
    EXPECT_EQ(ask(explorer, "other").status, 404);
    EXPECT_EQ(ask(explorer, "state").status, 200);
}

TEST(Explorer, MarksTheCallThatBreaksAProperty) {
    Scope scope = scope_named("peer", 3);
    scope.setup.faults = {"adjust-gap-not-updated"};
    Search search(scope, {});
    const ExploreResult result = search.run();
    ASSERT_TRUE(result.finding);
    const Predecessor last = Predecessor::unpack(result.finding->origin.number);
    std::string path;
    for (const std::uint32_t each : calls_to(search.store().links(), last.parent)) path += std::to_string(each) + ",";
    Explorer explorer(scope, search.options().expand.reduction);
    const json::object before = state_of(explorer, path.substr(0, path.size() - 1));
    const auto& calls = before.at("calls").as_array();
    EXPECT_TRUE(std::any_of(calls.begin(), calls.end(), [&](const json::value& each) {
        return each.at("number").to_number<std::uint32_t>() == last.op && each.at("leads") == "violated" &&
               each.at("violated").at(0).at("property").as_string() == result.finding->property();
    }));
    path += std::to_string(last.op);
    const json::object after = state_of(explorer, path);
    EXPECT_TRUE(after.at("calls").as_array().empty());
    EXPECT_EQ(after.at("violated").at(0).at("text").as_string(), result.finding->text());
    EXPECT_THAT(std::string(after.at("step").as_string()), HasSubstr("</strong> violated<br>"));
    EXPECT_EQ(ask(explorer, "state", path + ",0").status, 400);

    SearchWatch watch;
    watch.end(result, Verdict::violated, {1, 2});
    const json::value now = json::parse(watch.json());
    EXPECT_EQ(now.at("verdict"), "violated");
    EXPECT_EQ(now.at("findings").at(0).at("path"), (json::value{1, 2}));
}

TEST(Explorer, CountsGrowUntilTheSearchHasEnded) {
    SearchWatch watch;
    std::vector<std::int64_t> seen;
    ExploreOptions options;
    options.watch = [&](const SearchSoFar& now) {
        watch.show(now);
        const json::value shown = json::parse(watch.json());
        EXPECT_FALSE(shown.at("ended").as_bool());
        seen.push_back(shown.at("transitions").as_int64());
    };
    const ExploreResult result = Search(scope_named("peer", 4), options).run();
    EXPECT_GT(seen.size(), 5u);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    watch.end(result, Verdict::holds, {});
    const json::value shown = json::parse(watch.json());
    EXPECT_TRUE(shown.at("ended").as_bool());
    EXPECT_EQ(shown.at("verdict"), "holds");
    EXPECT_EQ(shown.at("states"), 1466);
    EXPECT_EQ(shown.at("transitions"), 68693);
    EXPECT_EQ(shown.at("depth"), 13);
}

TEST(Explorer, GivesEqualAnswersToManyAtATime) {
    Explorer explorer(scope_named("peer", 3), {});
    const std::vector<std::string> paths{"", "0", "0,1", "3,3,3", "7"};
    std::vector<std::string> expected;
    for (const std::string& each : paths) expected.push_back(Explorer(scope_named("peer", 3), {}).state(each));
    std::vector<std::thread> threads;
    std::atomic<int> equal{0};
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, i] {
            for (std::size_t k = 0; k < 20; ++k) {
                const std::size_t which = (k * 7 + static_cast<std::size_t>(i)) % paths.size();
                if (explorer.state(paths[which]) == expected[which]) ++equal;
            }
        });
    for (std::thread& each : threads) each.join();
    EXPECT_EQ(equal, 160);
}

}  // namespace
}  // namespace vmacheck
