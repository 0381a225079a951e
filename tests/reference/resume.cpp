#include "tests/reference/resume.hpp"

#include "model/build.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace vmacheck::reference {
namespace json = boost::json;
namespace {

// Finds the record's numbers for the anon_vmas of the processes that the record does not show.
class Renaming {
public:
    Renaming(const Snapshot& before, const SeenProcess& caller, const std::vector<SeenAnonVma>& rows)
        : before_(before), caller_(caller), rows_(rows) {
        bool placed = false;
        for (const SeenProcess& each : before.processes) {
            if (each.slot == caller.slot) placed = true;
            processes_.push_back(each.slot == caller.slot ? caller : each);
        }
        if (!placed) processes_.push_back(caller);
        for (const SeenProcess& process : processes_) mark(process);
        each_in_canonical_order(marked_, [this](const Mention& mention) { mentions_.push_back(mention); });
        collect_hints();
    }

    // The processes with the record's numbers throughout; nothing: there is no consistent numbering.
    std::optional<std::vector<SeenProcess>> find() {
        if (!assign(0, 0)) return std::nullopt;
        return renamed();
    }

private:
    struct Mention {
        unsigned number = 0;
        bool known = false;  // the record's number; otherwise one of `before`
        explicit operator bool() const { return number != 0; }
    };
    struct MarkedVma {
        Mention anon;
        std::vector<Mention> chain;
    };
    struct MarkedProcess {
        std::vector<MarkedVma> vmas;
    };

    void mark(const SeenProcess& process) {
        const bool known = process.slot == caller_.slot;
        MarkedProcess& marked = marked_.emplace_back();
        for (const SeenVma& vma : process.vmas) {
            MarkedVma& made = marked.vmas.emplace_back();
            made.anon = {vma.anon, known};
            for (const unsigned number : vma.chain) made.chain.push_back({number, known});
        }
    }

    // The caller's pages keep their anon_vma: a VMA of the same file and page offsets suggests which one it was.
    void collect_hints() {
        const SeenProcess* old = before_.process(caller_.slot);
        if (old == nullptr) return;
        for (const SeenVma& a : old->vmas)
            for (const SeenVma& b : caller_.vmas) {
                const bool overlap = a.pgoff < b.pgoff + (b.end - b.start) && b.pgoff < a.pgoff + (a.end - a.start);
                if (a.anon == 0 || b.anon == 0 || a.file != b.file || !overlap) continue;
                for (std::size_t i = 0; i < std::min(a.chain.size(), b.chain.size()); ++i)
                    hints_.insert({a.chain[i], b.chain[i]});
                hints_.insert({a.anon, b.anon});
            }
    }

    const SeenAnonVma* row(const std::vector<SeenAnonVma>& rows, unsigned id) const {
        for (const SeenAnonVma& each : rows)
            if (each.id == id) return &each;
        return nullptr;
    }

    // May the anon_vma `old` be the record's `now`, as far as their families are known?
    bool fits(unsigned old, unsigned now) const {
        const SeenAnonVma* a = row(before_.anon_vmas, old);
        const SeenAnonVma* b = row(rows_, now);
        if (a == nullptr || b == nullptr) return false;
        if ((a->root == a->id) != (b->root == b->id)) return false;
        for (const auto& [x, n] : numbers_) {
            if (n == now) return false;
            if ((a->root == x) != (b->root == n) || (a->parent == x) != (b->parent == n)) return false;
            const SeenAnonVma* other_a = row(before_.anon_vmas, x);
            const SeenAnonVma* other_b = row(rows_, n);
            if ((other_a->root == a->root) != (other_b->root == b->root)) return false;
            if ((other_a->parent == old) != (other_b->parent == now)) return false;
        }
        return true;
    }

    // Numbers the mentions from this one on; `seen` numbers have been given so far.
    bool assign(std::size_t at, unsigned seen) {
        if (at == mentions_.size()) return rows_agree();
        const Mention mention = mentions_[at];
        const auto given = numbers_.find(mention.number);
        if (mention.known || given != numbers_.end()) {
            const unsigned number = mention.known ? mention.number : given->second;
            return number <= seen + 1 && assign(at + 1, std::max(seen, number));
        }
        std::vector<unsigned> candidates;
        for (unsigned number = 1; number <= seen + 1; ++number) candidates.push_back(number);
        std::stable_partition(candidates.begin(), candidates.end(), [&](unsigned number) {
            return hints_.count({mention.number, number}) != 0;
        });
        for (const unsigned number : candidates) {
            if (!fits(mention.number, number)) continue;
            numbers_[mention.number] = number;
            if (assign(at + 1, std::max(seen, number))) return true;
            numbers_.erase(mention.number);
        }
        return false;
    }

    // Users as the record counts them.
    bool rows_agree() const {
        std::map<unsigned, std::uint64_t> active;
        for (const SeenProcess& process : renamed())
            for (const SeenVma& vma : process.vmas) ++active[vma.anon];
        for (const SeenAnonVma& each : rows_)
            if (active[each.id] != each.num_active_vmas) return false;
        return true;
    }

    std::vector<SeenProcess> renamed() const {
        std::vector<SeenProcess> result = processes_;
        for (SeenProcess& process : result) {
            if (process.slot == caller_.slot) continue;
            for (SeenVma& vma : process.vmas) {
                if (vma.anon != 0) vma.anon = numbers_.at(vma.anon);
                for (unsigned& number : vma.chain) number = numbers_.at(number);
            }
        }
        return result;
    }

    const Snapshot& before_;
    const SeenProcess& caller_;
    const std::vector<SeenAnonVma>& rows_;
    std::vector<SeenProcess> processes_;
    std::vector<MarkedProcess> marked_;
    std::vector<Mention> mentions_;
    std::map<unsigned, unsigned> numbers_;  // of `before` to the record's
    std::set<std::pair<unsigned, unsigned>> hints_;
};

// The rows of a record that has none: without fork every anon_vma is a root.
std::optional<std::vector<SeenAnonVma>> rows_of(const Snapshot& before, const SeenProcess& caller,
                                                const json::object& record) {
    if (const json::value* rows = record.if_contains("anon_vmas")) return parse_anon_vmas(rows->as_array());
    if (before.processes.size() > 1) return std::nullopt;
    std::map<unsigned, std::uint64_t> active;
    for (const SeenVma& vma : caller.vmas) {
        if (vma.chain.size() > 1) return std::nullopt;
        if (vma.anon != 0) ++active[vma.anon];
    }
    std::vector<SeenAnonVma> rows;
    for (const auto& [id, users] : active) rows.push_back({id, id, id, 1, users, 1});
    return rows;
}

// Charge of a shared object that the record's call, an mmap, has created.
std::uint64_t charge_of_new_object(const json::object& record) {
    for (const json::value& flag : record.at("flags").as_array())
        if (flag.as_string() == "noreserve") return 0;
    return record.at("len").to_number<std::uint64_t>();
}

StateSpec describe(const std::vector<SeenProcess>& processes, const std::vector<SeenAnonVma>& rows,
                   const Snapshot& before, const json::object& record, std::size_t descriptors) {
    StateSpec state;
    std::set<unsigned> objects;
    for (const SeenProcess& process : processes) {
        ProcessSpec& spec = state.processes.emplace_back();
        spec.slot = process.slot;
        spec.brk_bytes = process.brk_bytes;
        spec.def_flags = process.def_flags;
        for (const SeenVma& vma : process.vmas) {
            VmaSpec& made = spec.vmas.emplace_back();
            made.start = vma.start;
            made.end = vma.end;
            made.flags = vma.flags;
            made.pgoff = vma.pgoff;
            made.anon_vma = vma.anon;
            made.chain = vma.chain;
            (vma.file <= descriptors ? made.file : made.shared_object) = static_cast<std::uint16_t>(vma.file);
            if (vma.file > descriptors) objects.insert(vma.file);
        }
    }
    for (const SeenAnonVma& each : rows) state.anon_vmas.push_back({each.id, each.root, each.parent});
    for (const SeenFile& file : before.files)
        if (objects.erase(file.id) != 0)
            state.shared_objects.push_back({static_cast<std::uint16_t>(file.id), file.charged});
    for (const unsigned id : objects)
        state.shared_objects.push_back({static_cast<std::uint16_t>(id), charge_of_new_object(record)});
    return state;
}

// What does not follow from the VMAs: counters that v5.10 itself lets drift, and the names of files.
void restore_the_rest(World<Plain>& world, FileIds& files, const std::vector<SeenProcess>& processes,
                      std::uint64_t committed) {
    world.edit([&](World<Plain>& w) {
        w.change_globals().committed = committed;
        for (const SeenProcess& process : processes) {
            Mm<Plain>& mm = w.change(w.process(process.slot));
            mm.locked_vm = process.locked_vm;
            mm.highest_vm_end = process.highest_vm_end;
        }
    });
    files.forget_all();
    for (const SeenProcess& process : processes) {
        std::size_t index = 0;
        world.each_vma(world.process(process.slot), [&](VmaId, const Vma<Plain>& vma) {
            const unsigned id = process.vmas[index++].file;
            if (vma.file && world[vma.file].spec == 0) files.rename(vma.file, id);
        });
    }
}

}  // namespace

std::optional<std::string> resume_after(World<Plain>& world, FileIds& files, const Snapshot& before,
                                        const json::object& record, std::uint64_t base_page) {
    const SeenProcess caller = parse_process(record, base_page);
    const auto rows = rows_of(before, caller, record);
    if (!rows) return "the record does not show the families of its anon_vmas";
    const auto processes = Renaming(before, caller, *rows).find();
    if (!processes) return "the other processes' anon_vmas cannot be told";
    World<Plain> rebuilt(world.shared_parameters(), world.profile(), world.faults());
    const StateSpec state = describe(*processes, *rows, before, record, world.parameters().files.size());
    if (auto error = build_world(rebuilt, state)) return error;
    world = std::move(rebuilt);
    restore_the_rest(world, files, *processes, record.at("mm").at("committed").to_number<std::uint64_t>());
    return std::nullopt;
}

}  // namespace vmacheck::reference
