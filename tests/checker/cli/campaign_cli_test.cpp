// The verbs campaign, merge and compare: exit codes, files, and results that survive SIGKILL.
#include "tests/checker/cli/run_program.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>

namespace {

namespace json = boost::json;
using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

Words with(Words first, const Words& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

const std::string small_cases = "ops = 40_000\n[random]\ncase_steps = 100\n";
// Units of 800 steps, so that a killed campaign has done some and not others.
const std::string small_units = "ops = 12_000\n[random]\ncase_steps = 50\n";

struct Campaign {
    explicit Campaign(const std::string& more = "", const std::string& size = small_cases)
        : file(scratch.file("c.toml", more + size)) {}
    [[nodiscard]] Words words(const Words& more) const {
        return with({"campaign", file, "--progress", "none", "--out", scratch.path("found")}, more);
    }
    Scratch scratch;
    std::string file;
};

std::string line_of(const std::string& text, const std::string& start) {
    const std::size_t at = text.find("\n" + start);
    return at == std::string::npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
}

void expect_refused(const Words& arguments, const std::string& said) {
    const Ran ran = run_program(arguments);
    EXPECT_EQ(ran.exit_code, 150) << ran.out;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_TRUE(has(ran.err, said)) << said << " is not in: " << ran.err;
}

TEST(CampaignVerb, HoldsWithinAScreen) {
    const Campaign campaign;
    const Ran ran = run_program(campaign.words({}));
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(ran.out.rfind("holds       v5.10, seed 1: 41002 steps in 400 cases, 59 guided traces, every property "
                            "after each; 0 earlier "
                            "failures replayed\n",
                            0),
              0u)
        << ran.out;
    const std::string next = "\nnext: ./vmacheck campaign " + campaign.file + " --seed 2 --out ";
    EXPECT_TRUE(has(ran.out, next + campaign.scratch.path("found") + "\n")) << ran.out;
    EXPECT_LE(std::count(ran.out.begin(), ran.out.end(), '\n'), 24);
    EXPECT_EQ(campaign.scratch.names(), Words{"c.toml"}) << "without a finding nothing is written";
}

// Milliseconds: between a fiftieth and a fifth of what a whole run takes, other moments for other i.
unsigned kill_after(std::chrono::steady_clock::duration whole, unsigned i) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(whole).count();
    return 1 + static_cast<unsigned>(ms) * (1 + i * 7 % 10) / 50;
}

TEST(CampaignVerb, SameAfterKillsForAnyThreadsAndShards) {
    for (const std::string more : {"", "faults = [\"adjust-gap-not-updated\"]\n"}) {
        const Campaign campaign(more, small_units);
        const auto start = std::chrono::steady_clock::now();
        const Ran whole = run_program(campaign.words({"--jobs", "1"}));
        const auto taken = std::chrono::steady_clock::now() - start;
        EXPECT_EQ(whole.exit_code, more.empty() ? 0 : 12) << whole.err;
        const std::string digest = line_of(whole.out, "digest");
        EXPECT_FALSE(digest.empty());
        // What was found becomes part of the corpus; this is about the rest.
        std::filesystem::remove_all(campaign.scratch.path("found"));

        const std::string db = campaign.scratch.path("killed.db");
        unsigned killed = 0;
        for (unsigned i = 0; i < 10; ++i)
            killed += kill_program(campaign.words({"--jobs", "2", "--db", db}), kill_after(taken, i)) ? 1 : 0;
        EXPECT_GT(killed, 2u);
        const Ran again = run_program(campaign.words({"--jobs", "2", "--db", db}));
        EXPECT_EQ(line_of(again.out, "digest"), digest) << again.out << again.err;
        EXPECT_EQ(again.exit_code, whole.exit_code);
        // Nothing is left to do: it only tells once more.
        const Ran told = run_program(campaign.words({"--db", db}));
        EXPECT_EQ(line_of(told.out, "digest"), digest);
        std::filesystem::remove_all(campaign.scratch.path("found"));

        Words shards;
        for (const std::string i : {"1", "2", "3", "4"}) {
            shards.push_back(campaign.scratch.path("shard" + i));
            run_program(campaign.words({"--shard", i + "/4", "--db", shards.back()}));
            std::filesystem::remove_all(campaign.scratch.path("found"));
        }
        const Words out{"--out", campaign.scratch.path("found")};
        const Ran merged = run_program(with(with({"merge"}, shards), out));
        std::reverse(shards.begin(), shards.end());
        const Ran reversed = run_program(with(with({"merge"}, shards), out));
        EXPECT_EQ(merged.exit_code, whole.exit_code) << merged.err;
        EXPECT_EQ(line_of(merged.out, "digest"), digest);
        EXPECT_EQ(merged.out, reversed.out);
        EXPECT_EQ(run_program({"merge", shards[0], shards[1]}).exit_code, more.empty() ? 75 : 12);
        const Ran half = run_program(with({"merge", shards[0], shards[1]}, out));
        EXPECT_TRUE(has(half.out, "\n            units are missing: shards 1/4, 2/4\n")) << half.out;
        EXPECT_TRUE(!more.empty() || has(half.out, " --shard 1/4 --db shard1.db\n")) << half.out;
        expect_refused({"merge", shards[0], shards[0]}, "unit");
        EXPECT_EQ(run_program({"compare", db, db}).exit_code, 0);
        EXPECT_EQ(run_program({"compare", db, shards[0]}).exit_code, 13);
    }
}

TEST(CampaignVerb, AFindingIsToldWrittenAndReplayedTheNextTime) {
    const Campaign campaign("faults = [\"adjust-gap-not-updated\"]\n");
    const auto path = [&](const std::string& name) { return campaign.scratch.path(name); };
    const Ran ran = run_program(campaign.words(
        {"--junit", path("j.xml"), "--sarif", path("s.json"), "--summary", path("s.md"), "--annotations", "github"}));
    EXPECT_EQ(ran.exit_code, 12) << ran.err;
    for (const std::string each :
         {"\nfound       case ", "\nshrinking   ", "\nviolated ", "gap-cache: ", "\nviolated at step",
          "\nnext: ./vmacheck explain ", "\n::error file=properties/invariants/gap_cache.hpp,line="})
        EXPECT_TRUE(has("\n" + ran.out, each)) << each << " is not in: " << ran.out;
    EXPECT_TRUE(has(contents(path("j.xml")), "<failure "));
    EXPECT_EQ(json::parse(contents(path("s.json"))).at("version"), "2.1.0");
    EXPECT_TRUE(has(contents(path("s.md")), "violated"));
    std::size_t traces = 0;
    for (const auto& each : std::filesystem::directory_iterator(path("found"))) {
        ++traces;
        EXPECT_EQ(run_program({"replay", "--expect", each.path()}).exit_code, 0) << each.path();
    }
    EXPECT_GT(traces, 0u);

    const Ran again = run_program(campaign.words({}));
    EXPECT_EQ(again.exit_code, 12);
    EXPECT_TRUE(has(again.out, std::to_string(traces) + " earlier failure")) << again.out;
    EXPECT_TRUE(has(again.out, "found       " + path("found"))) << again.out;
    // Repaired, the same traces hold; and for git bisect there are two answers.
    EXPECT_EQ(run_program(campaign.words({"--faults", ""})).exit_code, 0);
    EXPECT_EQ(run_program(campaign.words({"--bisect"})).exit_code, 1);
    EXPECT_EQ(run_program(campaign.words({"--bisect", "--faults", ""})).exit_code, 0);
    EXPECT_EQ(run_program({"campaign", "--bisect", path("none.toml")}).exit_code, 125);
    EXPECT_EQ(run_program({"campaign", "--bisect", "--faults", "no-such-fault"}).exit_code, 125);
    const std::string baseline =
        campaign.scratch.file("b.toml", "[[accepted]]\nproperty = \"gap-cache\"\nbecause = \"planted\"\n");
    const Ran accepted = run_program(campaign.words({"--baseline", baseline}));
    EXPECT_TRUE(has(accepted.out, "\naccepted    ")) << accepted.out;
}

// Known situations come last: they fill cells, and tell what nothing else has found.
TEST(CampaignVerb, KnownTracesAreReplayedOnItsModel) {
    const std::string known = "traces = [\"" CORPUS_DIRECTORY "/merge\"]\n";
    const std::string one_step = "ops = 1\n";
    const Campaign holds(known, one_step);
    const Ran ran = run_program(holds.words({"--format", "json"}));
    EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
    const json::object object = json::parse(ran.out).as_object();
    EXPECT_GT(object.at("known").to_number<int>(), 20);
    EXPECT_GT(object.at("steps").to_number<int>(), 100);
    EXPECT_TRUE(object.at("coverage").at("counts").as_object().contains("merge/6/anon/some/mprotect"));

    const Campaign finds(known + "faults = [\"adjust-case6-no-import\"]\n", one_step);
    const Ran found = run_program(finds.words({}));
    EXPECT_EQ(found.exit_code, 12) << found.err;
    EXPECT_TRUE(has(found.out, "found       " CORPUS_DIRECTORY "/merge/case6-far-faulted.jsonl")) << found.out;
    const std::string trace = finds.scratch.path("found/bug-on-mprotect-case6-far-faulted.jsonl");
    EXPECT_EQ(run_program({"replay", "--expect", trace}).exit_code, 0) << found.out;
    expect_refused({"campaign", finds.scratch.file("none.toml", "traces = [\"none\"]\n")}, "correct 'traces'");
}

// A model that breaks no property, and does not do what a known trace states, differs.
TEST(CampaignVerb, ResultsThatKnownTracesStateAreCompared) {
    const Campaign none("");
    const std::string stated = "{\"op\":\"munmap\",\"addr\":\"0x10000\",\"len\":\"0x1000\",\"ret\":\"EINVAL\"}\n";
    const auto run_with = [&](const std::string& profile) {
        const std::string trace =
            none.scratch.file(profile + ".jsonl", "{\"vmacheck-trace\":1,\"profile\":\"" + profile + "\"}\n" + stated);
        const Campaign campaign("traces = [\"" + trace + "\"]\n", "ops = 1\n");
        const Ran ran = run_program(campaign.words({}));
        const std::string found = campaign.scratch.path("found/stated-result-munmap-" + profile + ".jsonl");
        return std::pair(ran, std::filesystem::exists(found) ? run_program({"replay", found}).exit_code : -1);
    };
    const auto [differs, replayed] = run_with("v5.10");
    EXPECT_EQ(differs.exit_code, 13) << differs.out << differs.err;
    EXPECT_TRUE(has(differs.out, "stated-result: step 1: ret is ")) << differs.out;
    EXPECT_EQ(replayed, 13) << "the trace keeps what it states";
    EXPECT_EQ(run_with("v6.18").first.exit_code, 0) << "what it states is of another kernel";
}

TEST(CampaignVerb, JsonIsOneObject) {
    const Campaign campaign;
    const Ran ran = run_program(campaign.words({"--format", "json"}));
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1) << ran.out;
    const json::object object = json::parse(ran.out).as_object();
    EXPECT_EQ(object.at("verb"), "campaign");
    EXPECT_EQ(object.at("verdict"), "holds");
    EXPECT_EQ(object.at("steps"), 41002);
    EXPECT_EQ(object.at("complete"), true);
    EXPECT_EQ(object.at("profile"), "v5.10");
    EXPECT_TRUE(object.at("faults").as_array().empty());
    EXPECT_EQ(object.at("shipped"), false);
    EXPECT_TRUE(object.at("coverage").as_object().contains("events"));
    EXPECT_FALSE(object.at("coverage").as_object().at("unreachable").as_object().empty());
    EXPECT_TRUE(object.at("timing").as_object().contains("steps_per_s"));
}

TEST(CampaignVerb, OpenCellsAndMissingUnitsAreUndecided) {
    const Campaign campaign("");
    const std::string every = campaign.scratch.file("e.toml", "ops = 1600\n[coverage]\nevery_cell = true\n");
    const Ran open = run_program({"campaign", every, "--out", campaign.scratch.path("found")});
    EXPECT_EQ(open.exit_code, 75) << open.out;
    EXPECT_TRUE(has(open.out, "\nopen        ")) << open.out;
    const Ran cut = run_program(campaign.words({"--time", "0.000001", "--jobs", "1"}));
    EXPECT_EQ(cut.exit_code, 75) << cut.out;
    EXPECT_TRUE(has(cut.out, "units are missing: ")) << cut.out;
    EXPECT_TRUE(has(cut.out, " --seed 1 ") && has(cut.out, " --db campaign.db\n")) << "how to go on: " << cut.out;
}

// What is said of a finding is about the trace it comes with, not the one it was found by.
TEST(CampaignVerb, MessagesAreAboutTheMinimisedTrace) {
    const Campaign campaign("shipped = true\nfaults = [\"adjust-gap-not-updated\"]\ntraces = []\n");
    const std::string file = campaign.scratch.path("s.json");
    const Ran ran = run_program(campaign.words({"--format", "json", "--sarif", file}));
    EXPECT_EQ(ran.exit_code, 12) << ran.err;
    const json::array findings = json::parse(ran.out).at("findings").as_array();
    const json::array results = json::parse(contents(file)).at("runs").at(0).at("results").as_array();
    ASSERT_FALSE(findings.empty());
    ASSERT_EQ(findings.size(), results.size());
    for (std::size_t i = 0; i < findings.size(); ++i) {
        if (!findings[i].as_object().contains("trace")) continue;  // more than are told
        const std::string trace = findings[i].at("trace").as_string().c_str();
        const json::value replayed = json::parse(run_program({"replay", trace, "--format", "json"}).out);
        bool same = false;  // of the violations of one step
        for (const json::value& each : replayed.at("findings").as_array())
            same |= each.at("text") == findings[i].at("text");
        EXPECT_TRUE(same) << findings[i];
        const std::string text = findings[i].at("text").as_string().c_str();
        const std::string message = results[i].at("message").at("text").as_string().c_str();
        EXPECT_EQ(message.rfind(text + "; ", 0), 0u) << message;
    }
}

TEST(CampaignVerb, SaysWhichModelItIsAbout) {
    const Campaign campaign("shipped = true\nfaults = [\"adjust-gap-not-updated\"]\n", "ops = 100\n");
    const std::string summary = campaign.scratch.path("s.md");
    const Ran ran = run_program(campaign.words({"--summary", summary}));
    EXPECT_TRUE(has(ran.out, "\nviolated    v5.10 as shipped with adjust-gap-not-updated, seed 1: ")) << ran.out;
    EXPECT_TRUE(has(contents(summary), "\nv5.10 as shipped with adjust-gap-not-updated, seed 1: "));
}

TEST(CampaignVerb, TakesEachSeed) {
    const Campaign campaign("", "ops = 10\n");
    const Ran ran = run_program(campaign.words({"--seed", "18446744073709551615", "--format", "json"}));
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_TRUE(has(ran.out, "\"seed\":18446744073709551615,")) << ran.out;
}

TEST(CampaignVerb, EachBadFileOfTheCorpusIsNamed) {
    const Campaign campaign;
    std::filesystem::create_directory(campaign.scratch.path("found"));
    (void)campaign.scratch.file("found/a.jsonl", "x\n");
    (void)campaign.scratch.file("found/b.jsonl", "");
    const Ran ran = run_program(campaign.words({}));
    EXPECT_EQ(ran.exit_code, 150) << ran.out;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 2) << ran.err;
    EXPECT_TRUE(has(ran.err, "/found/a.jsonl:1:") && has(ran.err, "/found/b.jsonl:1:")) << ran.err;
    const Ran object = run_program(campaign.words({"--format", "json"}));
    EXPECT_EQ(json::parse(object.out).at("errors").as_array().size(), 2u);
}

TEST(CampaignVerb, ItsOwnFindingsMayBeMissingAtFirst) {
    const Scratch scratch;
    const std::string out = scratch.path("found");
    const std::string own = "ops = 10\ntraces = []\nout = \"" + out + "\"\ncorpus = [\"" + out + "\"";
    EXPECT_EQ(run_program({"campaign", scratch.file("c.toml", own + "]\n"), "--progress", "none"}).exit_code, 0);
    const std::string spelled = "ops = 10\ntraces = []\nout = \"" + out + "/\"\ncorpus = [\"" + out + "\"]\n";
    EXPECT_EQ(run_program({"campaign", scratch.file("e.toml", spelled), "--progress", "none"}).exit_code, 0);
    expect_refused({"campaign", scratch.file("d.toml", own + ", \"" + scratch.path("none") + "\"]\n")},
                   "none: no such file or directory; correct 'corpus'");
}

TEST(CampaignVerb, SaysThatKnownTracesAreLeftOut) {
    const Campaign campaign("", "ops = 10\n");
    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(campaign.scratch.path(""));
    const Ran ran = run_program(campaign.words({}));
    std::filesystem::current_path(before);
    EXPECT_EQ(ran.exit_code, 0) << ran.out;
    EXPECT_EQ(ran.err, "vmacheck: campaign: traces/corpus: no such directory here; known traces are left out\n");
}

TEST(CampaignVerb, BadInput) {
    const Scratch scratch;
    expect_refused({"campaign", scratch.path("none.toml")}, "no such file");
    expect_refused({"campaign", scratch.file("bad.toml", "sede = 1\n")}, "bad.toml:1:1: unknown key 'sede'");
    expect_refused({"campaign", "--shard", "0/4"}, "no shard");
    expect_refused({"campaign", "--shard", "5/4"}, "no shard");
    expect_refused({"campaign", "--shard", "1/4"}, "give --db FILE");
    expect_refused({"campaign", "--time", "0"}, "'0' is no number of seconds above 0");
    expect_refused({"campaign", "--seed", "18446744073709551616"}, "2^64 - 1");
    expect_refused({"campaign", "--jobs", "257"}, "--jobs");
    expect_refused({"campaign", "--faults", "no-such"}, "'no-such'");
    expect_refused({"campaign", "--corpus", scratch.path("none")}, "no such file");
    expect_refused({"campaign", "--corpus", scratch.file("t.jsonl", "x\n")}, "t.jsonl:1:");
    expect_refused({"campaign", "--properties", scratch.path("none.so")}, "no such file");
    expect_refused({"campaign", "--properties", scratch.file("text.so", "x")}, "cannot be loaded");
    const std::string text = scratch.file("text.db", "no database, but text that is long enough to be looked at");
    expect_refused({"campaign", "--ops", "10", "--out", scratch.path("f"), "--db", text}, "text.db: ");
    expect_refused({"merge", text}, "text.db: ");
    expect_refused({"merge", scratch.path("none")}, "no such file");
    expect_refused({"compare", text, text}, "text.db: ");
    const std::string baseline = scratch.file("b.toml", "[[accepted]]\nproperty = \"no-such\"\n");
    expect_refused({"campaign", "--baseline", baseline}, "'no-such'");
    // Results are only taken up by the campaign they are of.
    const std::string db = scratch.path("a.db");
    const Words small{"campaign", "--ops", "100", "--progress", "none", "--out", scratch.path("f"), "--db", db};
    EXPECT_EQ(run_program(small).exit_code, 0);
    expect_refused(with(small, {"--seed", "2"}), "another campaign");
    expect_refused(with(small, {"--junit", scratch.path("no/dir/j.xml")}), "cannot be written");
}

}  // namespace
