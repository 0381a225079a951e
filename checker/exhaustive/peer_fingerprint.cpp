#include "checker/exhaustive/peer_fingerprint.hpp"

#include "model/state/world.hpp"

#include "model/gap_tree.hpp"
#include "model/state/digest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck {
namespace {

std::string call_text(const Op<Plain>& op) {
    const std::uint64_t start = op.addr.page.value();
    const std::uint64_t end = start + op.len.page.value();
    const char* rights = (op.prot & prot::write) != 0 ? "RW" : "R";
    switch (op.kind) {
        case OpKind::mmap: return fmt::format("mmap_fixed({},{},{})", start, end, rights);
        case OpKind::munmap: return fmt::format("munmap({},{})", start, end);
        case OpKind::mprotect: return fmt::format("mprotect({},{},{})", start, end, rights);
        default: return fmt::format("fault({})", start);
    }
}

}  // namespace

bool has_peer_lines(const Scope& scope) {
    return scope.name == "peer";
}

PeerPieces::PeerPieces(std::uint64_t pages) : pages_(pages), ranges_((pages + 1) * (pages + 1) * 2) {
    const auto piece = [](const std::string& text) {
        Piece made;
        made.size = static_cast<std::uint8_t>(text.copy(made.text.data(), made.text.size()));
        return made;
    };
    for (std::uint64_t start = 0; start <= pages; ++start)
        for (std::uint64_t end = start + 1; end <= pages; ++end)
            for (const bool write : {false, true})
                ranges_[(start * (pages + 1) + end) * 2 + (write ? 1 : 0)] =
                    piece(fmt::format("[{},{}){}", start, end, write ? "RW" : "R"));
    for (std::uint64_t each = 0; each <= pages; ++each) numbers_.push_back(piece(std::to_string(each)));
}

void PeerState::take(const World<Plain>& world, const PeerPieces& pieces) {
    size_ = 0;
    const Mm<Plain>& mm = world[world.process(0)];
    std::array<AnonVmaId, most_pages> names;  // position: identity, by first appearance
    std::size_t named = 0;
    for (VmaId id = mm.mmap; id;) {
        const Vma<Plain>& vma = world[id];
        put(pieces.range(vma.start.value(), vma.end.value(), (vma.flags & vm::write) != 0));
        if (vma.anon_vma) {
            std::size_t name = 0;
            while (name < named && names.at(name) != vma.anon_vma) ++name;
            if (name == named) names.at(named++) = vma.anon_vma;
            text_[size_++] = '+';
            text_[size_++] = static_cast<char>('a' + name);
        }
        text_[size_++] = ' ';
        id = vma.next;
    }
    const std::uint64_t highest = mm.highest_vm_end.value();
    const std::uint64_t cached = mm.rb_root ? world[mm.rb_root].subtree_gap.value() : 0;
    put("n=");
    put(pieces.number(mm.map_count));
    put(" max_gap=");
    put(pieces.number(std::max(cached, pieces.pages() - highest)));
    put(" highest_end=");
    put(pieces.number(highest));
}

PeerFingerprint::PeerFingerprint(const Scope& scope, std::span<const ScopeOp> ops) : pieces_(scope.pages) {
    for (const ScopeOp& each : ops) calls_.push_back(call_text(each.op) + " | ");
}

void PeerFingerprint::from(const World<Plain>& world) {
    state_.take(world, pieces_);
    prefix_ = Digest().add(state_.text()).add(" | ").value();
}

void PeerFingerprint::to(const World<Plain>& world, std::uint32_t op) {
    Lane& lane = lane_[waiting_++];
    lane.hash = Digest(prefix_).add(calls_[op]).value();
    lane.state.take(world, pieces_);
    if (waiting_ == lanes) finish_lanes();
}

void PeerFingerprint::finish_lanes() {
    std::size_t shortest = waiting_ == lanes ? lane_[0].state.text().size() : 0;
    for (std::size_t i = 1; i < waiting_ && waiting_ == lanes; ++i)
        shortest = std::min(shortest, lane_[i].state.text().size());
    std::array<std::uint64_t, lanes> hash{};
    std::array<const char*, lanes> text{};
    for (std::size_t i = 0; i < lanes; ++i) {
        hash[i] = lane_[i].hash;
        text[i] = lane_[i].state.text().data();
    }
    for (std::size_t at = 0; at < shortest; ++at)
        for (std::size_t i = 0; i < lanes; ++i)
            hash[i] = Digest::round(hash[i], static_cast<unsigned char>(text[i][at]));
    for (std::size_t i = 0; i < waiting_; ++i)
        sum_ += Digest(hash[i]).add(lane_[i].state.text().substr(shortest)).value();
    waiting_ = 0;
}

std::uint64_t PeerFingerprint::sum() {
    finish_lanes();
    return sum_;
}

}  // namespace vmacheck
