#include "checker/exhaustive/peer_fingerprint.hpp"

#include "model/state/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vmacheck {
namespace {

std::string call_of_peer(const Op<Plain>& op) {
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

std::vector<HashPiece> call_pieces(std::span<const ScopeOp> ops) {
    std::vector<HashPiece> pieces;
    for (const ScopeOp& each : ops) pieces.emplace_back(" | " + call_of_peer(each.op) + " | ");
    return pieces;
}

// Empty where there is no such range.
std::vector<HashPiece> range_pieces(std::uint64_t pages) {
    std::vector<HashPiece> pieces;
    for (std::uint64_t start = 0; start <= pages; ++start)
        for (std::uint64_t end = 0; end <= pages; ++end)
            for (const char* rights : {"R", "RW"})
                pieces.emplace_back(end > start ? fmt::format("[{},{}){}", start, end, rights) : std::string());
    return pieces;
}

// There are at most as many anon_vmas as pages.
std::vector<HashPiece> owner_pieces(std::uint64_t pages) {
    std::vector<HashPiece> pieces{HashPiece(" ")};
    for (std::uint64_t name = 0; name < pages; ++name)
        pieces.emplace_back(fmt::format("+{} ", static_cast<char>('a' + name)));
    return pieces;
}

// The numbers from 0 to the pages, each between two texts.
std::vector<HashPiece> number_pieces(std::string_view before, std::uint64_t pages, std::string_view behind) {
    std::vector<HashPiece> pieces;
    for (std::uint64_t number = 0; number <= pages; ++number)
        pieces.emplace_back(fmt::format("{}{}{}", before, number, behind));
    return pieces;
}

}  // namespace

bool has_peer_lines(const Scope& scope) {
    return scope.name == "peer";
}

PeerFingerprint::PeerFingerprint(const Scope& scope, std::span<const ScopeOp> ops)
    : pages_(scope.pages),
      ranges_(range_pieces(pages_)),
      owners_(owner_pieces(pages_)),
      counts_(number_pieces("n=", pages_, " max_gap=")),
      gaps_(number_pieces("", pages_, " highest_end=")),
      ends_(number_pieces("", pages_, "")),
      calls_(call_pieces(ops)) {}

std::uint64_t PeerFingerprint::state_after(std::uint64_t hash, const World<Plain>& world) const {
    const Mm<Plain>& mm = world[world.process(0)];
    const std::uint64_t highest = mm.highest_vm_end.value();
    if (highest > pages_) internal_assertion_failed("a state of peer lies outside of its window");
    std::array<AnonVmaId, most_pages> names;  // position: name, by first appearance
    std::size_t named = 0;
    for (VmaId id = mm.mmap; id;) {
        const Vma<Plain>& vma = world[id];
        const std::uint64_t range = vma.start.value() * (pages_ + 1) + vma.end.value();
        hash = ranges_[range * 2 + ((vma.flags & vm::write) != 0 ? 1 : 0)].after(hash);
        std::size_t owner = 0;
        if (vma.anon_vma) {
            std::size_t name = 0;
            while (name < named && names.at(name) != vma.anon_vma) ++name;
            if (name == named) names.at(named++) = vma.anon_vma;
            owner = name + 1;
        }
        hash = owners_[owner].after(hash);
        id = vma.next;
    }
    const std::uint64_t cached = mm.rb_root ? world[mm.rb_root].subtree_gap.value() : 0;
    hash = counts_[mm.map_count].after(hash);
    hash = gaps_[std::max(cached, pages_ - highest)].after(hash);
    return ends_[highest].after(hash);
}

}  // namespace vmacheck
