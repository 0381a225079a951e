#include "checker/exhaustive/scope.hpp"

#include "model/op/op_table.hpp"
#include "model/state/build.hpp"
#include "model/state/world.hpp"
#include "traces/format/writer.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <stdexcept>
#include <type_traits>

namespace vmacheck {
namespace {

namespace json = boost::json;

// The order in which the arguments of a call vary, the first slowest. The numbers of a scope's calls depend on it.
constexpr std::array varied{OpField::flags,    OpField::prot,   OpField::advice, OpField::access,     OpField::policy,
                            OpField::uffd,     OpField::name,   OpField::file,   OpField::call_flags, OpField::new_len,
                            OpField::new_addr, OpField::offset, OpField::len,    OpField::target};

// Makes the calls of one Calls entry for one process: at every place of the window, with every combination of the
// arguments that the operation's row in op_table names.
class Maker {
public:
    Maker(const Scope& scope, const Calls& calls, std::uint8_t process, std::vector<Op<Plain>>& out)
        : scope_(scope), calls_(calls), row_(operation(calls.kind)), out_(out) {
        op_.kind = calls.kind;
        op_.process = process;
    }

    void make() {
        const std::uint64_t pages = scope_.pages;
        switch (row_.range) {
            case OwnRange::placed:
            case OwnRange::pages:
            case OwnRange::read_pages:
            case OwnRange::whole_pages:
            case OwnRange::bytes:
            case OwnRange::new_pages:
            case OwnRange::moved:
                for (std::uint64_t start = 0; start < pages; ++start)
                    for (std::uint64_t end = start + 1; end <= pages; ++end) at(start, end);
                return;
            case OwnRange::page:
            case OwnRange::entry:
            case OwnRange::attachment:
            case OwnRange::attached:
                for (std::uint64_t page = 0; page < pages; ++page) at(page, page);
                return;
            case OwnRange::boundary:
                for (std::uint64_t page = 1; page < pages; ++page) at(page, page);
                return;
            case OwnRange::heap_end:
                for (std::uint64_t page = 0; page <= pages; ++page) at(page, page);
                return;
            case OwnRange::none:
            case OwnRange::everything: return at(0, 0);
        }
    }

private:
    void at(std::uint64_t start, std::uint64_t end) {
        op_.addr = Bytes<Plain>::pages(start);
        op_.len = Bytes<Plain>::pages(end - start);
        vary(0);
    }

    void vary(std::size_t next) {
        while (next < varied.size() && !is_varied(varied.at(next))) ++next;
        if (next == varied.size()) {
            out_.push_back(op_);
            return;
        }
        for (const std::uint64_t value : values_of(varied.at(next))) {
            set(varied.at(next), value);
            vary(next + 1);
        }
    }

    // Addresses, lengths and offsets are in pages.
    void set(OpField field, std::uint64_t value) {
        with_field(op_, field, [value](auto& member) {
            using Member = std::decay_t<decltype(member)>;
            if constexpr (std::is_same_v<Member, Bytes<Plain>>)
                member = Bytes<Plain>::pages(value);
            else
                member = static_cast<Member>(value);
        });
    }

    [[nodiscard]] bool is_varied(OpField field) const {
        if (field == OpField::len)
            return row_.range == OwnRange::none && row_.has(field);  // elsewhere part of the place
        return row_.has(field);
    }

    // Of the field, where the fields before it are as they are in op_.
    [[nodiscard]] std::vector<std::uint64_t> values_of(OpField field) const {
        switch (field) {
            case OpField::flags: return map_flags();
            case OpField::prot: return list(calls_.prots);
            case OpField::advice: return list(calls_.advices);
            case OpField::access: return list(calls_.accesses);
            case OpField::policy:
            case OpField::uffd:
            case OpField::name: return list(calls_.numbers);
            case OpField::file: return maps_no_file() ? none() : list(calls_.files);
            case OpField::call_flags: return list(calls_.call_flags);
            case OpField::offset: return maps_no_file() ? none() : list(calls_.offsets);
            case OpField::len: return sizes(0, scope_.pages);
            case OpField::new_len: {
                const bool keeps = (op_.call_flags & mremap::dontunmap) != 0;
                const std::uint64_t old = op_.len.page.value();
                return keeps ? sizes(old, old) : sizes(1, scope_.pages);
            }
            case OpField::new_addr: {
                const bool fixed = (op_.call_flags & mremap::fixed) != 0;
                return sizes(0, fixed ? scope_.pages - op_.new_len.page.value() : 0);
            }
            case OpField::target: return targets();
            case OpField::addr:
            case OpField::count: break;
        }
        return {};
    }

    // A hint of 0 stands for all hints: where there is room is then found.
    [[nodiscard]] std::vector<std::uint64_t> map_flags() const {
        std::vector<std::uint64_t> values = list(calls_.maps);
        if (calls_.kind == OpKind::mmap && !op_.addr.zero())
            std::erase_if(values,
                          [](std::uint64_t flags) { return (flags & (map::fixed | map::fixed_noreplace)) == 0; });
        return values;
    }
    [[nodiscard]] bool maps_no_file() const { return calls_.kind == OpKind::mmap && (op_.flags & map::anonymous) != 0; }
    [[nodiscard]] std::vector<std::uint64_t> targets() const {
        std::vector<std::uint64_t> values;
        for (std::uint64_t slot = 0; slot < scope_.processes; ++slot)
            if (slot != op_.process) values.push_back(slot);
        return values;
    }

    static std::vector<std::uint64_t> none() { return {0}; }
    template <class T>
    static std::vector<std::uint64_t> list(const std::vector<T>& values) {
        std::vector<std::uint64_t> numbers;
        for (const T each : values) numbers.push_back(static_cast<std::uint64_t>(each));
        return numbers;
    }
    static std::vector<std::uint64_t> sizes(std::uint64_t least, std::uint64_t most) {
        std::vector<std::uint64_t> values;
        for (std::uint64_t pages = least; pages <= most; ++pages) values.push_back(pages);
        return values;
    }

    const Scope& scope_;
    const Calls& calls_;
    const Operation& row_;
    std::vector<Op<Plain>>& out_;
    Op<Plain> op_;
};

json::array numbers(const auto& values) {
    json::array list;
    for (const auto& each : values) list.push_back(static_cast<std::uint64_t>(each));
    return list;
}

void add_other_steps(const Scope& scope, Op<Plain> op, unsigned nth, std::vector<ScopeOp>& out) {
    Meanwhile& other = op.meanwhile;
    other.nth = static_cast<std::uint16_t>(nth);
    for (other.process = 0; other.process < scope.processes; ++other.process)
        for (unsigned page = 0; page < scope.pages; ++page)
            for (const OpKind kind : {OpKind::fault, OpKind::reclaim}) {
                other.kind = kind;
                other.addr = page * page_size;
                out.push_back({op});
            }
}

}  // namespace

bool Scope::walks_rmap() const {
    if (other_steps != 0) return true;
    for (const Calls& each : calls) {
        if (each.kind == OpKind::reclaim || each.kind == OpKind::truncate) return true;
        for (const Advice advice : each.advices)
            if (each.kind == OpKind::madvise && (advice == Advice::pageout || advice == Advice::remove)) return true;
    }
    return false;
}

VmFlags Scope::usual_flags() const {
    bool reserves = false;
    for (const Calls& each : calls)
        for (const MapFlags flags : each.maps) reserves |= each.kind == OpKind::mmap && (flags & map::noreserve) == 0;
    return vm::may_access | (reserves ? 0 : vm::noreserve);
}

std::string Scope::identity() const {
    TraceHeader header(setup);
    header.made_by = "explore";
    json::array kinds;
    for (const Calls& each : calls)
        kinds.push_back(json::object{{"op", std::string(vmacheck::name(each.kind))},
                                     {"prot", numbers(each.prots)},
                                     {"map", numbers(each.maps)},
                                     {"file", numbers(each.files)},
                                     {"offset", numbers(each.offsets)},
                                     {"advice", numbers(each.advices)},
                                     {"access", numbers(each.accesses)},
                                     {"flags", numbers(each.call_flags)},
                                     {"number", numbers(each.numbers)}});
    return json::serialize(json::object{{"scope", name},
                                        {"pages", pages},
                                        {"processes", processes},
                                        {"failing_calls", failing_calls},
                                        {"alloc_failures", alloc_failures},
                                        {"other_steps", other_steps},
                                        {"calls", kinds},
                                        {"model", write_header(header)}});
}

std::unique_ptr<World<Plain>> starting_world(const Scope& scope) {
    try {
        return make_world<Plain>(scope.setup);
    } catch (const SetupError& error) {
        throw std::runtime_error("scope " + scope.name + ": " + error.what());
    }
}

std::vector<ScopeOp> scope_ops(const Scope& scope) {
    std::vector<Op<Plain>> plain;
    for (const Calls& calls : scope.calls)
        for (unsigned process = 0; process < scope.processes; ++process)
            Maker(scope, calls, static_cast<std::uint8_t>(process), plain).make();
    std::vector<ScopeOp> ops;
    for (const Op<Plain>& op : plain) {
        ops.push_back({op});
        for (unsigned nth = 1; nth <= scope.alloc_failures; ++nth) {
            Op<Plain> failing = op;
            failing.fail_alloc = {AllocKind::any, static_cast<std::uint16_t>(nth)};
            ops.push_back({failing});
        }
        for (unsigned nth = 1; nth <= scope.other_steps; ++nth) add_other_steps(scope, op, nth, ops);
    }
    return ops;
}

bool op_is_open(const Scope& scope, const World<Plain>& world, const Op<Plain>& op) {
    if (!world.process(op.process)) return false;
    if (op.kind == OpKind::remote_access) return static_cast<bool>(world.process(op.target));
    if (op.kind == OpKind::fork) return world.pool<MmId>().live() < scope.processes;
    if (op.kind == OpKind::exit) return world.pool<MmId>().live() > 1;
    return true;
}

}  // namespace vmacheck
