#include "checker/exhaustive/path_tree.hpp"

#include <algorithm>
#include <utility>

namespace vmacheck {

PathTree::PathTree() : leaves_{0}, runs_{{0, 1, 0}} {
    links_.push_back(0);
}

StateNumber PathTree::place_of(StateNumber state) const {
    const auto after =
        std::upper_bound(runs_.begin(), runs_.end(), state, [](StateNumber a, const Run& b) { return a < b.begin; });
    if (after == runs_.begin() || state - std::prev(after)->begin >= std::prev(after)->count)
        internal_assertion_failed("a state of another rank");
    const Run& run = *std::prev(after);
    return leaves_[run.leaf + (state - run.begin)];
}

std::uint64_t PathTree::bytes() const {
    return links_.size() * sizeof(std::uint64_t) + leaves_.size() * sizeof leaves_[0] + runs_.size() * sizeof(Run);
}

void PathTree::read_run(ByteReader& reader, std::uint64_t states) {
    std::vector<std::uint32_t> path;
    for (std::uint64_t i = 0; i < states; ++i) {
        path.resize(path.size() - reader.varint());
        for (std::uint64_t calls = reader.varint(); calls != 0; --calls) {
            const StateNumber parent = path.empty() ? 0 : path.back();
            path.push_back(static_cast<std::uint32_t>(links_.size()));
            links_.push_back(Predecessor{parent, static_cast<std::uint32_t>(reader.varint())}.packed());
        }
        leaves_.push_back(path.back());
    }
}

void PathTree::read(const std::vector<Batch>& batches) {
    // Runs in the order of their numbers, whichever rank they come from.
    std::vector<std::pair<Run, ByteReader>> found;
    for (const Batch& batch : batches)
        for (ByteReader reader(batch); !reader.at_end();) {
            Run run;
            run.begin = reader.varint();
            run.count = reader.varint();
            found.emplace_back(run, ByteReader(reader.take(reader.varint())));
        }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first.begin < b.first.begin; });
    links_ = {};
    links_.push_back(0);
    leaves_ = {};
    runs_ = {};
    for (auto& [run, reader] : found) {
        run.leaf = leaves_.size();
        read_run(reader, run.count);
        if (!runs_.empty() && runs_.back().begin + runs_.back().count == run.begin)
            runs_.back().count += run.count;
        else
            runs_.push_back(run);
    }
}

void PathWriter::add(StateNumber place, std::uint32_t op) {
    std::uint64_t back = 0;
    ahead_.clear();
    steps_.go_to(
        links_, place, [&] { ++back; },
        [&](StateNumber next) { ahead_.push_back(Predecessor::unpack(links_[next]).op); });
    if (states_ == 0) {
        back = 0;
        ahead_.clear();
        for (const StateNumber each : steps_.path()) ahead_.push_back(Predecessor::unpack(links_[each]).op);
    } else {
        ++back;  // the last call to the state before
    }
    ahead_.push_back(op);
    put_varint(run_, back);
    put_varint(run_, ahead_.size());
    for (const std::uint32_t each : ahead_) put_varint(run_, each);
    ++states_;
}

void PathWriter::end_run(Batch& out, StateNumber begin) {
    put_varint(out, begin);
    put_varint(out, std::exchange(states_, 0));
    put_varint(out, run_.size());
    out.insert(out.end(), run_.begin(), run_.end());
    run_.clear();
}

void PathTree::read(const std::vector<std::uint32_t>& calls) {
    links_ = {};
    links_.push_back(0);
    leaves_ = {};
    runs_ = {};
    for (const std::uint32_t op : calls) links_.push_back(Predecessor{links_.size() - 1, op}.packed());
}

}  // namespace vmacheck
