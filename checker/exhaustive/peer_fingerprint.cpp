#include "checker/exhaustive/peer_fingerprint.hpp"

#include "model/state/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

std::vector<std::string> call_texts(std::span<const ScopeOp> ops) {
    std::vector<std::string> texts;
    for (const ScopeOp& each : ops) texts.push_back(" | " + call_text(each.op) + " | ");
    return texts;
}

std::vector<std::string> range_texts(std::uint64_t pages) {
    std::vector<std::string> texts;
    for (std::uint64_t start = 0; start <= pages; ++start)
        for (std::uint64_t end = 0; end <= pages; ++end)
            for (const char* rights : {"R", "RW"}) texts.push_back(fmt::format("[{},{}){}", start, end, rights));
    return texts;
}

// At most as many anon_vmas as pages have names.
std::vector<std::string> owner_texts() {
    std::vector<std::string> texts{" "};
    for (unsigned name = 0; name < most_pages; ++name)
        texts.push_back(fmt::format("+{} ", static_cast<char>('a' + name)));
    return texts;
}

// The numbers from 0 to the pages, each between two texts.
std::vector<std::string> number_texts(std::string_view before, std::uint64_t pages, std::string_view behind) {
    std::vector<std::string> texts;
    for (std::uint64_t number = 0; number <= pages; ++number)
        texts.push_back(fmt::format("{}{}{}", before, number, behind));
    return texts;
}

}  // namespace

bool has_peer_lines(const Scope& scope) {
    return scope.name == "peer";
}

PeerFingerprint::PeerFingerprint(const Scope& scope, std::span<const ScopeOp> ops)
    : pages_(scope.pages),
      ranges_(range_texts(pages_)),
      owners_(owner_texts()),
      counts_(number_texts("n=", pages_, " max_gap=")),
      gaps_(number_texts("", pages_, " highest_end=")),
      ends_(number_texts("", pages_, "")),
      calls_(call_texts(ops)) {}

std::uint64_t PeerFingerprint::state_after(std::uint64_t hash, const World<Plain>& world) const {
    const Mm<Plain>& mm = world[world.process(0)];
    const std::uint64_t highest = mm.highest_vm_end.value();
    if (highest > pages_) internal_assertion_failed("a state of peer lies outside of its window");
    std::array<AnonVmaId, most_pages> names;  // position: name, by first appearance
    std::size_t named = 0;
    for (VmaId id = mm.mmap; id;) {
        const Vma<Plain>& vma = world[id];
        const std::uint64_t range = vma.start.value() * (pages_ + 1) + vma.end.value();
        hash = ranges_.after(hash, range * 2 + ((vma.flags & vm::write) != 0 ? 1 : 0));
        std::size_t owner = 0;
        if (vma.anon_vma) {
            std::size_t name = 0;
            while (name < named && names.at(name) != vma.anon_vma) ++name;
            if (name == named) names.at(named++) = vma.anon_vma;
            owner = name + 1;
        }
        hash = owners_.after(hash, owner);
        id = vma.next;
    }
    const std::uint64_t cached = mm.rb_root ? world[mm.rb_root].subtree_gap.value() : 0;
    hash = counts_.after(hash, mm.map_count);
    hash = gaps_.after(hash, std::max(cached, pages_ - highest));
    return ends_.after(hash, highest);
}

}  // namespace vmacheck
