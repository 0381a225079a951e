#include "checker/campaign/engine.hpp"

#include "checker/campaign/guide_engine.hpp"
#include "checker/random/case_runner.hpp"
#include "checker/run/property_check.hpp"
#include "model/state/digest.hpp"
#include "traces/format/reader.hpp"
#include "traces/format/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

namespace vmacheck {
namespace {

// ------------------------------------------------------------------------------------------------ traces

// Each trace is a unit. It runs on the model the campaign is about, whatever its header says: has the failure come
// back, is the situation still passed well?
class TraceWorker final : public EngineWorker {
public:
    TraceWorker(const CampaignConfig& config, const std::vector<CorpusTrace>& traces)
        : model_(config.model()), traces_(traces) {}

    UnitResult run(std::uint64_t unit) override {
        const CorpusTrace& each = traces_.at(unit);
        ReadResult read = read_trace(each.text);
        const auto* error = std::get_if<ReadError>(&read);
        if (error != nullptr) throw std::runtime_error(describe(each.path, *error));
        Trace trace = std::get<Trace>(std::move(read));
        trace.header.profile = model_.profile;
        trace.header.faults = model_.faults;
        trace.header.shipped = model_.shipped;
        UnitResult result;
        result.cases = 1;
        const std::vector<FoundViolation> broken = replay_on_model(trace, result);
        Digest digest;
        digest.add(result.steps);
        digest.add(digest_of(each.text));
        for (const FoundViolation& one : broken) digest.add(digest_of(one.violation.property + one.violation.text));
        result.digest = digest.value();
        if (broken.empty()) return result;
        EngineFinding& found = result.findings.emplace_back();
        found.order = unit;
        found.where = each.path;
        found.violation = broken.front().violation;
        trace.steps.resize(std::min(broken.front().step, trace.steps.size()));
        trace.header.expect = Expectation{true, found.violation.property};
        for (TraceStep& step : trace.steps) step.seen = {};
        found.trace = std::move(trace);
        return result;
    }

private:
    std::vector<FoundViolation> replay_on_model(const Trace& trace, UnitResult& result) {
        ReplayOptions options;
        options.check = check_;
        options.observe = [&](const TraceStep& step, const World<Plain>& world, const Outcome<Plain>&) {
            ++result.steps;
            result.coverage.add(world, step.op);
        };
        try {
            return replay(trace, options).violations;
        } catch (const InternalAssertion& assertion) {
            const std::size_t step = std::min(result.steps + 1, std::uint64_t{trace.steps.size()});
            return {{step, 0, Violation{std::string(internal_assertion_name), assertion.what()}}};
        }
    }

    TraceHeader model_;
    const std::vector<CorpusTrace>& traces_;
    PropertyCheck check_ = check_all_properties();
};

class TraceEngine final : public Engine {
public:
    TraceEngine(std::string_view name, const CampaignConfig& config, std::vector<CorpusTrace> traces)
        : name_(name), config_(config), traces_(std::move(traces)) {}
    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] std::uint64_t units() const override { return traces_.size(); }
    [[nodiscard]] std::uint64_t ops() const override { return 0; }
    [[nodiscard]] std::unique_ptr<EngineWorker> worker() const override {
        return std::make_unique<TraceWorker>(config_, traces_);
    }

private:
    std::string_view name_;
    CampaignConfig config_;
    std::vector<CorpusTrace> traces_;
};

// ------------------------------------------------------------------------------------------------ random

// Enough to make what is stored small, and little enough to share among threads and to lose when killed.
constexpr std::uint64_t cases_in_unit = 16;

class RandomWorker final : public EngineWorker {
public:
    explicit RandomWorker(const CampaignConfig& config)
        : config_(config), runner_(config.model(), config.seed, config.random) {}

    UnitResult run(std::uint64_t unit) override {
        UnitResult result;
        Digest digest;
        const std::uint64_t case_steps = config_.random.case_steps;
        for (std::uint64_t number = unit * cases_in_unit; number < (unit + 1) * cases_in_unit; ++number) {
            const std::uint64_t before = number * case_steps;
            if (before >= config_.ops) break;
            CaseResult each = runner_.run(number, std::min(case_steps, config_.ops - before));
            ++result.cases;
            result.steps += each.steps;
            result.coverage.add(each.coverage);
            digest.add(each.steps);
            digest.add(each.digest);
            if (!each.found) continue;
            digest.add(digest_of(each.found->violation.property));
            result.findings.push_back(
                EngineFinding::of(number, fmt::format("case {}", number), *std::move(each.found)));
        }
        result.digest = digest.value();
        return result;
    }

private:
    CampaignConfig config_;
    CaseRunner runner_;
};

class RandomEngine final : public Engine {
public:
    explicit RandomEngine(const CampaignConfig& config) : config_(config) {}
    [[nodiscard]] std::string_view name() const override { return random_engine; }
    [[nodiscard]] std::uint64_t units() const override {
        const std::uint64_t of_unit = cases_in_unit * config_.random.case_steps;
        return (config_.ops + of_unit - 1) / of_unit;
    }
    [[nodiscard]] std::uint64_t ops() const override { return config_.ops; }
    [[nodiscard]] std::unique_ptr<EngineWorker> worker() const override {
        return std::make_unique<RandomWorker>(config_);
    }

private:
    CampaignConfig config_;
};

}  // namespace

std::string EngineFinding::key() const {
    const std::string_view op = trace.steps.empty() ? "layout" : name(trace.steps.back().op.kind);
    return fmt::format("{}/{}", violation.property, op);
}

std::vector<std::unique_ptr<Engine>> make_engines(const CampaignConfig& config,
                                                  const std::vector<CorpusTrace>& corpus) {
    std::vector<CorpusTrace> failures;
    std::vector<CorpusTrace> known;
    for (const CorpusTrace& each : corpus) (each.known ? known : failures).push_back(each);
    std::vector<std::unique_ptr<Engine>> engines;
    engines.push_back(std::make_unique<TraceEngine>(corpus_engine, config, std::move(failures)));
    engines.push_back(std::make_unique<RandomEngine>(config));
    engines.push_back(make_guide_engine(config));
    engines.push_back(std::make_unique<TraceEngine>(traces_engine, config, std::move(known)));
    return engines;
}

namespace {

namespace fs = std::filesystem;

// The trace files at a path, sorted. nullopt: there is nothing at the path.
template <class Iterator>
std::optional<std::vector<std::string>> trace_files(const std::string& path) {
    std::error_code error;
    if (fs::is_regular_file(path, error)) return std::vector{path};
    if (!fs::is_directory(path, error)) return std::nullopt;
    std::vector<std::string> files;
    for (const auto& each : Iterator(path))
        if (each.path().extension() == ".jsonl" && each.is_regular_file(error)) files.push_back(each.path());
    std::sort(files.begin(), files.end());
    return files;
}

void read_traces(const std::vector<std::string>& files, bool known, CorpusRead& corpus) {
    for (const std::string& file : files) {
        std::ifstream in(file, std::ios::binary);
        CorpusTrace trace{file, {std::istreambuf_iterator<char>(in), {}}, known};
        if (!in.is_open() || in.bad()) {
            corpus.wrong.push_back(file + ": cannot be read");
            continue;
        }
        const ReadResult read = read_trace(trace.text);
        if (const auto* wrong = std::get_if<ReadError>(&read))
            corpus.wrong.push_back(describe(file, *wrong));
        else
            corpus.traces.push_back(std::move(trace));
    }
}

// `remedy`: of a path that is missing; empty: it may be.
void read_path(const std::string& path, bool known, const std::string& remedy, CorpusRead& corpus) {
    try {
        const auto files =
            known ? trace_files<fs::recursive_directory_iterator>(path) : trace_files<fs::directory_iterator>(path);
        if (files)
            read_traces(*files, known, corpus);
        else if (!remedy.empty())
            corpus.wrong.push_back(fmt::format("{}: no such file or directory; {}", path, remedy));
        else if (known)
            corpus.missing.push_back(path);
    } catch (const fs::filesystem_error& error) {
        corpus.wrong.push_back(fmt::format("{}: {}", error.path1().string(), error.code().message()));
    }
}

}  // namespace

CorpusRead read_corpus(const CampaignConfig& config) {
    CorpusRead corpus;
    for (const std::string& path : config.corpus_given ? config.corpus : std::vector{config.out}) {
        // Of its own findings there are none until it has found something.
        const bool begins_empty =
            fs::path(path + "/").lexically_normal() == fs::path(config.out + "/").lexically_normal();
        read_path(path, false, begins_empty ? "" : "correct 'corpus' or --corpus", corpus);
    }
    for (const std::string& path : config.traces)
        read_path(path, true, config.traces_given ? "correct 'traces'" : "", corpus);
    return corpus;
}

std::uint64_t digest_of(const std::vector<CorpusTrace>& corpus) {
    Digest digest;
    for (const CorpusTrace& each : corpus) {
        digest.add(digest_of(each.text));
        digest.add(each.known ? 1 : 0);
    }
    return digest.value();
}

}  // namespace vmacheck
