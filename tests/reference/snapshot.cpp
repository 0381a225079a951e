#include "tests/reference/snapshot.hpp"

#include "model/gap_tree.hpp"
#include "model/state/observe.hpp"
#include "tests/reference/recording.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck::reference {
namespace json = boost::json;

const SeenProcess* Snapshot::process(std::uint8_t slot) const {
    for (const SeenProcess& each : processes)
        if (each.slot == slot) return &each;
    return nullptr;
}

void FileIds::update(const World<Plain>& world) {
    for (auto each = names_.begin(); each != names_.end();)
        each = world.find(each->first) == nullptr ? names_.erase(each) : std::next(each);
    world.pool<FileId>().each([&](FileId id, const File<Plain>& file) {
        if (file.spec == 0 && names_.count(id) == 0) names_[id] = next_++;
    });
}

unsigned FileIds::of(const World<Plain>& world, FileId file) const {
    if (!file) return 0;
    return world[file].spec != 0 ? world[file].spec : names_.at(file);
}

namespace {

// A process with its anon_vmas still by the World's names.
struct RawVma {
    AnonVmaId anon;
    std::vector<AnonVmaId> chain;
};
struct RawProcess {
    std::vector<RawVma> vmas;
};

SeenProcess see_process(const World<Plain>& world, MmId id, std::size_t slot, const FileIds& files) {
    const Mm<Plain>& mm = world[id];
    SeenProcess seen;
    seen.slot = static_cast<std::uint8_t>(slot);
    AnonNumbers numbers;
    seen.view = observe_process(world, slot, numbers);
    std::size_t i = 0;
    world.each_vma(id, [&](VmaId, const Vma<Plain>& vma) {
        seen.view.vmas.at(i++).file = static_cast<std::uint16_t>(files.of(world, vma.file));
        seen.gaps.push_back(vma_gap(world, vma).value());
    });
    seen.highest_vm_end = mm.highest_vm_end.value();
    seen.max_gap = max_gap(world, id).value();
    seen.def_flags = mm.def_flags;
    return seen;
}

std::vector<SeenAnonVma> see_anon_vmas(const World<Plain>& world, const std::map<AnonVmaId, unsigned>& numbers) {
    // One that no VMA leads to would be a leak; 0 as its id, or as its root's, shows it.
    const auto number = [&](AnonVmaId id) {
        const auto found = numbers.find(id);
        return found != numbers.end() ? found->second : 0;
    };
    std::vector<SeenAnonVma> seen;
    world.pool<AnonVmaId>().each([&](AnonVmaId id, const AnonVma& each) {
        seen.push_back({number(id), number(each.root), number(each.parent), each.num_children, each.num_active_vmas,
                        each.refcount});
    });
    std::sort(seen.begin(), seen.end(), [](const SeenAnonVma& a, const SeenAnonVma& b) { return a.id < b.id; });
    return seen;
}

std::uint64_t count_i_mmap(const World<Plain>& world, VmaId node) {
    if (!node) return 0;
    return 1 + count_i_mmap(world, world[node].shared_rb.left) + count_i_mmap(world, world[node].shared_rb.right);
}

std::vector<SeenFile> see_files(const World<Plain>& world, const FileIds& files) {
    std::vector<SeenFile> seen;
    world.pool<FileId>().each([&](FileId id, const File<Plain>& file) {
        const auto& mapping = world[file.mapping];
        seen.push_back(
            {files.of(world, id), count_i_mmap(world, mapping.i_mmap), mapping.i_mmap_writable, file.f_count});
    });
    std::sort(seen.begin(), seen.end(), [](const SeenFile& a, const SeenFile& b) { return a.id < b.id; });
    return seen;
}

std::string hex(std::uint64_t value) {
    return fmt::format("{:#x}", value);
}

}  // namespace

Snapshot take_snapshot(const World<Plain>& world, const FileIds& files) {
    Snapshot seen;
    const auto& globals = world.globals();
    seen.committed = static_cast<std::int64_t>(globals.committed.value() - globals.overdrawn.value());
    std::vector<RawProcess> raw;
    for (std::size_t slot = 0; slot < max_processes; ++slot) {
        const MmId mm = world.process(slot);
        if (!mm) continue;
        seen.processes.push_back(see_process(world, mm, slot, files));
        raw.emplace_back();
        world.each_vma(mm, [&](VmaId, const Vma<Plain>& vma) {
            RawVma& chain = raw.back().vmas.emplace_back();
            chain.anon = vma.anon_vma;
            for (AvcId avc = vma.chain_newest; avc; avc = world[avc].older) chain.chain.push_back(world[avc].anon_vma);
        });
    }
    std::map<AnonVmaId, unsigned> numbers;
    each_in_canonical_order(raw,
                            [&](AnonVmaId id) { numbers.try_emplace(id, static_cast<unsigned>(numbers.size()) + 1); });
    for (std::size_t p = 0; p < raw.size(); ++p)
        for (std::size_t v = 0; v < raw[p].vmas.size(); ++v) {
            VmaView& vma = seen.processes[p].view.vmas[v];
            vma.anon_vma = raw[p].vmas[v].anon ? numbers.at(raw[p].vmas[v].anon) : 0;
            vma.chain_members.clear();
            for (const AnonVmaId id : raw[p].vmas[v].chain) vma.chain_members.push_back(numbers.at(id));
        }
    seen.anon_vmas = see_anon_vmas(world, numbers);
    seen.files = see_files(world, files);
    return seen;
}

json::object mm_json(const Snapshot& snapshot, const SeenProcess& process) {
    const ProcessView& view = process.view;
    return {{"map_count", *view.map_count},
            {"total_vm", *view.total_vm},
            {"data_vm", *view.data_vm},
            {"exec_vm", *view.exec_vm},
            {"stack_vm", *view.stack_vm},
            {"locked_vm", *view.locked_vm},
            {"highest_vm_end", hex(process.highest_vm_end << page_shift)},
            {"committed", snapshot.committed},
            {"brk", hex(*view.brk_bytes)},
            {"max_gap", process.max_gap},
            {"def_flags", hex(process.def_flags)}};
}

json::array vmas_json(const SeenProcess& process, std::uint64_t base_page) {
    json::array rows;
    for (std::size_t i = 0; i < process.view.vmas.size(); ++i) {
        const VmaView& vma = process.view.vmas[i];
        json::object row{{"s", static_cast<std::int64_t>(vma.start - base_page)},
                         {"e", static_cast<std::int64_t>(vma.end - base_page)},
                         {"flags", hex(vma.flags)},
                         {"pgoff", *vma.pgoff},
                         {"file", vma.file},
                         {"anon", *vma.anon_vma},
                         {"chain", vma.chain_members.size()},
                         {"gap", process.gaps[i]}};
        if (vma.chain_members.size() > 1) row["avc"] = json::value_from(vma.chain_members);
        rows.push_back(std::move(row));
    }
    return rows;
}

json::array anon_vmas_json(const Snapshot& snapshot) {
    json::array rows;
    for (const SeenAnonVma& each : snapshot.anon_vmas)
        rows.push_back(
            json::array{each.id, each.root, each.parent, each.num_children, each.num_active_vmas, each.refcount});
    return rows;
}

json::array files_json(const Snapshot& snapshot) {
    json::array rows;
    for (const SeenFile& each : snapshot.files)
        rows.push_back(json::array{each.id, each.vmas_in_i_mmap, each.i_mmap_writable, each.f_count});
    return rows;
}

}  // namespace vmacheck::reference
