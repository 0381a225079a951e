#include "checker/campaign/engine.hpp"

#include "checker/model_subject.hpp"
#include "checker/random/case_runner.hpp"
#include "traces/reader.hpp"
#include "traces/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace vmacheck {
namespace {

// ------------------------------------------------------------------------------------------------ the corpus

// Each trace is a unit. It runs on the model the campaign is about, whatever its header says: has the failure come
// back?
class CorpusWorker final : public EngineWorker {
public:
    CorpusWorker(const CampaignConfig& config, const std::vector<CorpusTrace>& corpus)
        : model_(config.model()), corpus_(corpus), subject_(model_subject()) {}

    UnitResult run(std::uint64_t unit) override {
        const CorpusTrace& each = corpus_.at(unit);
        ReadResult read = read_trace(each.text);
        const auto* error = std::get_if<ReadError>(&read);
        if (error != nullptr) throw std::runtime_error(describe(each.path, *error));
        Trace trace = std::get<Trace>(std::move(read));
        trace.header.profile = model_.profile;
        trace.header.faults = model_.faults;
        trace.header.shipped = model_.shipped;
        const SubjectRun run = subject_(trace);
        UnitResult result;
        result.cases = 1;
        result.steps = run.violations.empty() ? trace.steps.size() : run.step;
        WordDigest digest;
        digest.add(result.steps);
        digest.add(digest_of(each.text));
        for (const Violation& broken : run.violations) digest.add(digest_of(broken.property + broken.text));
        result.digest = digest.hash;
        if (run.violations.empty()) return result;
        EngineFinding& found = result.findings.emplace_back();
        found.order = unit;
        found.where = each.path;
        found.violation = run.violations.front();
        trace.steps.resize(std::min(run.step, trace.steps.size()));
        trace.header.expect = Expectation{true, found.violation.property};
        for (TraceStep& step : trace.steps) step.seen = {};
        found.trace = std::move(trace);
        return result;
    }

private:
    TraceHeader model_;
    const std::vector<CorpusTrace>& corpus_;
    Subject subject_;
};

class CorpusEngine final : public Engine {
public:
    CorpusEngine(const CampaignConfig& config, std::vector<CorpusTrace> corpus)
        : config_(config), corpus_(std::move(corpus)) {}
    [[nodiscard]] std::string_view name() const override { return "corpus"; }
    [[nodiscard]] std::uint64_t units() const override { return corpus_.size(); }
    [[nodiscard]] std::uint64_t ops() const override { return 0; }
    [[nodiscard]] std::unique_ptr<EngineWorker> worker() const override {
        return std::make_unique<CorpusWorker>(config_, corpus_);
    }

private:
    CampaignConfig config_;
    std::vector<CorpusTrace> corpus_;
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
        WordDigest digest;
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
            EngineFinding& found = result.findings.emplace_back();
            found.order = number;
            found.where = fmt::format("case {}", number);
            found.violation = std::move(each.found->violation);
            found.at_end = each.found->at_end;
            found.trace = std::move(each.found->trace);
            digest.add(digest_of(found.violation.property));
        }
        result.digest = digest.hash;
        return result;
    }

private:
    CampaignConfig config_;
    CaseRunner runner_;
};

class RandomEngine final : public Engine {
public:
    explicit RandomEngine(const CampaignConfig& config) : config_(config) {}
    [[nodiscard]] std::string_view name() const override { return "random"; }
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
    std::vector<std::unique_ptr<Engine>> engines;
    engines.push_back(std::make_unique<CorpusEngine>(config, corpus));
    engines.push_back(std::make_unique<RandomEngine>(config));
    return engines;
}

std::variant<std::vector<CorpusTrace>, std::string> read_corpus(const CampaignConfig& config) {
    namespace fs = std::filesystem;
    std::vector<CorpusTrace> corpus;
    const std::vector<std::string> paths = config.corpus_given ? config.corpus : std::vector{config.out};
    for (const std::string& path : paths) {
        std::error_code error;
        std::vector<std::string> files;
        if (fs::is_regular_file(path, error)) {
            files.push_back(path);
        } else if (fs::is_directory(path, error)) {
            for (const auto& each : fs::directory_iterator(path, error))
                if (each.path().extension() == ".jsonl" && each.is_regular_file(error)) files.push_back(each.path());
            if (error) return path + ": " + error.message();
        } else if (config.corpus_given) {
            return path + ": no such file or directory; correct 'corpus' or --corpus";
        }
        std::sort(files.begin(), files.end());
        for (const std::string& file : files) {
            std::ifstream in(file, std::ios::binary);
            CorpusTrace trace{file, {std::istreambuf_iterator<char>(in), {}}};
            if (!in.is_open() || in.bad()) return file + ": cannot be read";
            const ReadResult read = read_trace(trace.text);
            if (const auto* wrong = std::get_if<ReadError>(&read)) return describe(file, *wrong);
            corpus.push_back(std::move(trace));
        }
    }
    return corpus;
}

std::uint64_t digest_of(const std::vector<CorpusTrace>& corpus) {
    WordDigest digest;
    for (const CorpusTrace& each : corpus) digest.add(digest_of(each.text));
    return digest.hash;
}

}  // namespace vmacheck
