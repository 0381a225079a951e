// explore --serve: the address, the page while the search runs, and the verdict at the stop signal.
#include "tests/checker/cli/run_program.hpp"
#include "tests/checker/report/serve/http.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <csignal>
#include <thread>

namespace {

namespace json = boost::json;
using vmacheck::Address;
using Words = std::vector<std::string>;

Words serve(const Words& more) {
    Words words{"explore", "--serve", "--progress", "none"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

json::value now(const Address& address) {
    return json::parse(get(address, "search").body);
}

json::value when_ended(const Address& address) {
    for (int tries = 0; tries < 600; ++tries) {
        json::value shown = now(address);
        if (shown.at("ended").as_bool()) return shown;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return {};
}

TEST(Serve, AnswersUntilTheSignalAndEndsWithTheVerdict) {
    const Scratch scratch;
    Running running(serve({"--scope", "peer", "--pages", "3", "--out", scratch.path("found")}));
    const std::string line = running.first_line();
    const Address address(line);
    const json::value shown = when_ended(address);
    EXPECT_EQ(shown.at("states"), 192);
    EXPECT_EQ(shown.at("transitions"), 5475);
    EXPECT_EQ(json::parse(get(address, "state").body).at("calls").as_array().size(), 33u);
    EXPECT_EQ(get(address, "state?path=33").status, 400);
    EXPECT_EQ(request(address, "/search", address.host()).status, 404);
    EXPECT_EQ(request(address, address.path, "example.org").status, 403);
    const Ran ran = running.end(SIGINT);
    EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
    const std::string rest = ran.out.substr(line.size() + 1);
    EXPECT_EQ(rest.rfind("holds       v5.10: scope peer, 3 pages, 33 calls: 192 states, 5475 transitions, ", 0), 0u)
        << ran.out;
    EXPECT_NE(rest.find("\nnext: ./vmacheck explore --scope peer --pages 4 --estimate\n"), std::string::npos) << rest;
    EXPECT_EQ(rest, run_program({"explore", "--scope", "peer", "--pages", "3", "--progress", "none"}).out);
    EXPECT_EQ(get(address, "").status, 0) << "the server is still there";
}

TEST(Serve, ShowsCountsAsTheyGrowAndEndsUndecided) {
    const Scratch scratch;
    Running running(serve({"--scope", "anon", "--pages", "12", "--out", scratch.path("found")}));
    const Address address(running.first_line());
    const std::int64_t first = now(address).at("transitions").as_int64();
    std::int64_t last = first;
    for (int tries = 0; tries < 600 && last == first; ++tries) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        last = now(address).at("transitions").as_int64();
    }
    EXPECT_GT(last, first);
    EXPECT_EQ(get(address, "").status, 200);
    EXPECT_FALSE(now(address).at("ended").as_bool());
    const Ran ran = running.end(SIGTERM);
    EXPECT_EQ(ran.exit_code, 75) << ran.out << ran.err;
    EXPECT_NE(ran.out.find("\nundecided   v5.10: scope anon"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("\nstopped     by a signal: "), std::string::npos) << ran.out;
}

TEST(Serve, ShowsTheFindingAndWritesItsTrace) {
    const Scratch scratch;
    Running running(serve({"--scope", "peer", "--pages", "3", "--faults", "adjust-gap-not-updated", "--out",
                           scratch.path("found"), "--format", "json"}));
    const std::string line = running.first_line();
    const std::string start = "vmacheck: explore: ";
    ASSERT_EQ(line.rfind(start, 0), 0u) << line;
    const Address address(line.substr(start.size()));
    const json::value shown = when_ended(address);
    EXPECT_EQ(shown.at("verdict"), "violated");
    std::string path;
    for (const json::value& each : shown.at("findings").at(0).at("path").as_array())
        path += (path.empty() ? "" : ",") + std::to_string(each.to_number<int>());
    const json::value state = json::parse(get(address, "state?path=" + path).body);
    EXPECT_EQ(state.at("violated").at(0).at("property"), "gap-cache");
    const std::string trace = scratch.file("t.jsonl", get(address, "trace?path=" + path).body);
    EXPECT_EQ(run_program({"replay", trace, "--expect"}).exit_code, 0);
    EXPECT_EQ(run_program({"explain", trace}).exit_code, 12);
    EXPECT_EQ(scratch.names(), (std::vector<std::string>{"found", "t.jsonl"}));
    const Ran ran = running.end(SIGINT);
    EXPECT_EQ(ran.exit_code, 12) << ran.out << ran.err;
    EXPECT_EQ(json::parse(ran.out).at("verdict"), "violated");
}

TEST(Serve, RefusesWhatDoesNotGoTogether) {
    const Ran port = run_program({"explore", "--port", "8080"});
    EXPECT_EQ(port.exit_code, 150);
    EXPECT_EQ(port.err, "vmacheck: --port is that of a page; add --serve\n");
    EXPECT_EQ(run_program({"explore", "--serve", "--estimate"}).exit_code, 150);
    EXPECT_EQ(run_program({"explore", "--serve", "--port", "65536"}).exit_code, 150);
    Running running(serve({"--scope", "peer", "--pages", "2"}));
    const Address address(running.first_line());
    const Ran taken = run_program(serve({"--scope", "peer", "--pages", "2", "--port", std::to_string(address.port)}));
    EXPECT_EQ(taken.exit_code, 150);
    EXPECT_EQ(taken.err, "vmacheck: --port " + std::to_string(address.port) +
                             ": it cannot be had on 127.0.0.1; choose another, or leave it out\n");
    EXPECT_EQ(running.end(SIGINT).exit_code, 0);
}

}  // namespace
