#include "tests/reference/peer_scope.hpp"

#include "model/gap_tree.hpp"

#include <fmt/format.h>

#include <memory>
#include <set>
#include <vector>

namespace vmacheck::reference {
namespace {

struct Call {
    Op<Plain> op;
    std::string text;
};

Op<Plain> operation(OpKind kind, std::uint64_t start, std::uint64_t end, Prot prot) {
    Op<Plain> op;
    op.kind = kind;
    op.addr = Bytes<Plain>::pages(start);
    op.len = Bytes<Plain>::pages(end - start);
    op.prot = prot;
    if (kind == OpKind::mmap) op.flags = map::fixed | map::private_ | map::anonymous | map::noreserve;
    return op;
}

std::vector<Call> all_calls(std::uint64_t pages) {
    constexpr Prot r = prot::read;
    constexpr Prot rw = prot::read | prot::write;
    std::vector<Call> calls;
    for (std::uint64_t s = 0; s < pages; ++s)
        for (std::uint64_t e = s + 1; e <= pages; ++e) {
            calls.push_back({operation(OpKind::mmap, s, e, r), fmt::format("mmap_fixed({},{},R)", s, e)});
            calls.push_back({operation(OpKind::mmap, s, e, rw), fmt::format("mmap_fixed({},{},RW)", s, e)});
            calls.push_back({operation(OpKind::munmap, s, e, 0), fmt::format("munmap({},{})", s, e)});
            calls.push_back({operation(OpKind::mprotect, s, e, r), fmt::format("mprotect({},{},R)", s, e)});
            calls.push_back({operation(OpKind::mprotect, s, e, rw), fmt::format("mprotect({},{},RW)", s, e)});
        }
    for (std::uint64_t q = 0; q < pages; ++q)
        calls.push_back({operation(OpKind::fault, q, q, 0), fmt::format("fault({})", q)});
    return calls;
}

// The window is the whole address space, so that the gap tree's maximum counts the space below the first VMA.
Parameters window(std::uint64_t pages) {
    Parameters p;
    p.task_size = pages;
    p.mmap_base = pages;
    p.mmap_legacy_base = 0;
    p.mmap_min_addr = 0;
    p.page_layer = false;
    return p;
}

// Everything about the state but the VMAs is read from the structures: map_count, the cached gaps, highest_vm_end.
std::string state_text(const World<Plain>& world, std::uint64_t pages) {
    const MmId mm = world.process(0);
    std::string text;
    std::vector<AnonVmaId> names;  // position: identity, by first appearance
    world.each_vma(mm, [&](VmaId, const Vma<Plain>& vma) {
        text += fmt::format("[{},{}){}", vma.start.value(), vma.end.value(), (vma.flags & vm::write) != 0 ? "RW" : "R");
        if (vma.anon_vma) {
            std::size_t name = 0;
            while (name < names.size() && names[name] != vma.anon_vma) ++name;
            if (name == names.size()) names.push_back(vma.anon_vma);
            text += fmt::format("+{}", static_cast<char>('a' + name));
        }
        text += ' ';
    });
    const std::uint64_t highest = world[mm].highest_vm_end.value();
    const std::uint64_t gap = std::max(max_gap(world, mm).value(), pages - highest);
    return text + fmt::format("n={} max_gap={} highest_end={}", world[mm].map_count, gap, highest);
}

std::uint64_t fnv1a(const std::string& text) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return hash;
}

}  // namespace

PeerCounts explore_peer_scope(std::uint64_t pages, FaultSet faults,
                              const std::function<void(const std::string&)>& visit) {
    const std::vector<Call> calls = all_calls(pages);
    PeerCounts counts;
    std::vector<World<Plain>> level;
    level.emplace_back(std::make_shared<const Parameters>(window(pages)), default_profile(), faults);
    std::set<std::string> seen{state_text(level.front(), pages)};
    while (!level.empty()) {
        ++counts.levels;
        std::vector<World<Plain>> next_level;
        for (World<Plain>& world : level) {
            const std::string from = state_text(world, pages);
            for (const Call& call : calls) {
                ++counts.calls;
                if (world.apply(call.op).ok() && world.outcome().violations.empty()) {
                    const std::string to = state_text(world, pages);
                    const std::string line = from + " | " + call.text + " | " + to;
                    ++counts.transitions;
                    counts.self_loops += from == to ? 1 : 0;
                    counts.fingerprint += fnv1a(line);
                    if (visit) visit(line);
                    if (seen.insert(to).second) next_level.push_back(world);
                }
                world.undo();
            }
        }
        level = std::move(next_level);
    }
    counts.states = seen.size();
    return counts;
}

}  // namespace vmacheck::reference
