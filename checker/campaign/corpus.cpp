#include "checker/campaign/corpus.hpp"

#include "checker/config/own_files.hpp"
#include "model/state/digest.hpp"
#include "traces/format/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace vmacheck {
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

bool here(const std::string& path) {
    std::error_code error;
    return fs::exists(path, error);
}

}  // namespace

CorpusRead read_corpus(const CampaignConfig& config) {
    CorpusRead corpus;
    for (const std::string& path : config.corpus_given ? config.corpus : std::vector{config.out}) {
        // Its own findings: there are none until it has found something.
        const bool begins_empty =
            fs::path(path + "/").lexically_normal() == fs::path(config.out + "/").lexically_normal();
        read_path(path, false, begins_empty ? "" : "correct 'corpus' or --corpus", corpus);
    }
    for (const std::string& path : config.traces) {
        if (config.traces_given)
            read_path(path, true, "correct 'traces'", corpus);
        else  // in a tree its own, elsewhere those that came with the program
            read_path(here(path) ? path : installed_file(path).value_or(path), true, "", corpus);
    }
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
