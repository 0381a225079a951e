#include "checker/exhaustive/scope.hpp"

#include "model/state/world.hpp"
#include "traces/format/writer.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace vmacheck {
namespace {

namespace json = boost::json;

Op<Plain> call(OpKind kind, std::uint8_t process) {
    Op<Plain> op;
    op.kind = kind;
    op.process = process;
    return op;
}

void set_range(Op<Plain>& op, std::uint64_t start, std::uint64_t end) {
    op.addr = Bytes<Plain>::pages(start);
    op.len = Bytes<Plain>::pages(end - start);
}

// Makes the calls of one Calls entry for one process.
class Maker {
public:
    Maker(const Scope& scope, const Calls& calls, std::uint8_t process, std::vector<Op<Plain>>& out)
        : scope_(scope), calls_(calls), process_(process), out_(out) {}

    void make() {
        switch (calls_.kind) {
            case OpKind::mmap: return ranges([&](const Op<Plain>& op) { mmap(op); });
            case OpKind::munmap: return ranges([&](const Op<Plain>& op) { out_.push_back(op); });
            case OpKind::mprotect:
                return ranges([&](Op<Plain> op) { each(calls_.prots, op.prot, [&] { out_.push_back(op); }); });
            case OpKind::madvise:
                return ranges([&](Op<Plain> op) { each(calls_.advices, op.advice, [&] { out_.push_back(op); }); });
            case OpKind::mbind:
                return ranges([&](Op<Plain> op) { each(calls_.numbers, op.policy, [&] { out_.push_back(op); }); });
            case OpKind::uffd_register:
            case OpKind::uffd_unregister:
                return ranges([&](Op<Plain> op) {
                    each(calls_.numbers, op.uffd,
                         [&] { each(calls_.call_flags, op.call_flags, [&] { out_.push_back(op); }); });
                });
            case OpKind::mlock:
            case OpKind::munlock:
                return ranges(
                    [&](Op<Plain> op) { each(calls_.call_flags, op.call_flags, [&] { out_.push_back(op); }); });
            case OpKind::mremap: return ranges([&](const Op<Plain>& op) { mremap(op); });
            case OpKind::special_mapping:
                return ranges([&](Op<Plain> op) {
                    each(calls_.prots, op.prot,
                         [&] { each(calls_.call_flags, op.call_flags, [&] { out_.push_back(op); }); });
                });
            case OpKind::remap_file_pages:
                return ranges([&](Op<Plain> op) {
                    for (const std::uint64_t offset : calls_.offsets) {
                        op.offset = Bytes<Plain>::pages(offset);
                        out_.push_back(op);
                    }
                });
            default: return places();
        }
    }

private:
    template <class T, class Field, class F>
    static void each(const std::vector<T>& values, Field& field, F&& f) {
        for (const T& value : values) {
            field = value;
            f();
        }
    }
    template <class F>
    void ranges(F&& f) {
        for (std::uint64_t start = 0; start < scope_.pages; ++start)
            for (std::uint64_t end = start + 1; end <= scope_.pages; ++end) {
                Op<Plain> op = call(calls_.kind, process_);
                set_range(op, start, end);
                f(op);
            }
    }
    void mmap(Op<Plain> op) {
        each(calls_.maps, op.flags, [&] {
            // A hint of 0 stands for all hints: where there is room is then found.
            if ((op.flags & (map::fixed | map::fixed_noreplace)) == 0 && !op.addr.zero()) return;
            each(calls_.prots, op.prot, [&] {
                if ((op.flags & map::anonymous) != 0) {
                    op.file = 0;
                    op.offset = {};
                    out_.push_back(op);
                    return;
                }
                each(calls_.files, op.file, [&] {
                    for (const std::uint64_t offset : calls_.offsets) {
                        op.offset = Bytes<Plain>::pages(offset);
                        out_.push_back(op);
                    }
                });
            });
        });
    }
    void mremap(Op<Plain> op) {
        each(calls_.call_flags, op.call_flags, [&] {
            for (std::uint64_t len = 1; len <= scope_.pages; ++len) {
                const bool keeps = (op.call_flags & mremap::dontunmap) != 0;
                if (keeps && len != op.len.page.value()) continue;
                op.new_len = Bytes<Plain>::pages(len);
                const bool fixed = (op.call_flags & mremap::fixed) != 0;
                const std::uint64_t places = fixed ? scope_.pages - len : 0;
                for (std::uint64_t to = 0; to <= places; ++to) {
                    op.new_addr = Bytes<Plain>::pages(fixed ? to : 0);
                    out_.push_back(op);
                }
            }
        });
    }
    void places() {
        Op<Plain> op = call(calls_.kind, process_);
        const auto at_pages = [&](std::uint64_t last, auto&& f) {
            for (std::uint64_t page = 0; page <= last; ++page) {
                op.addr = Bytes<Plain>::pages(page);
                f();
            }
        };
        switch (calls_.kind) {
            case OpKind::fault:
                return at_pages(scope_.pages - 1,
                                [&] { each(calls_.accesses, op.access, [&] { out_.push_back(op); }); });
            case OpKind::remote_access:
                return at_pages(scope_.pages - 1, [&] {
                    each(calls_.accesses, op.access, [&] {
                        for (op.target = 0; op.target < scope_.processes; ++op.target)
                            if (op.target != op.process) out_.push_back(op);
                    });
                });
            case OpKind::shmat:
                return at_pages(scope_.pages - 1, [&] {
                    each(calls_.files, op.file,
                         [&] { each(calls_.call_flags, op.call_flags, [&] { out_.push_back(op); }); });
                });
            case OpKind::shmdt:
            case OpKind::reclaim: return at_pages(scope_.pages - 1, [&] { out_.push_back(op); });
            case OpKind::split:
                return at_pages(scope_.pages - 1, [&] {
                    if (!op.addr.zero()) out_.push_back(op);
                });
            case OpKind::brk: return at_pages(scope_.pages, [&] { out_.push_back(op); });
            case OpKind::truncate:
                return each(calls_.files, op.file, [&] {
                    for (std::uint64_t size = 0; size <= scope_.pages; ++size) {
                        op.len = Bytes<Plain>::pages(size);
                        out_.push_back(op);
                    }
                });
            case OpKind::mlockall: return each(calls_.call_flags, op.call_flags, [&] { out_.push_back(op); });
            case OpKind::uffd_close: return each(calls_.numbers, op.uffd, [&] { out_.push_back(op); });
            default: out_.push_back(op);
        }
    }

    const Scope& scope_;
    const Calls& calls_;
    std::uint8_t process_;
    std::vector<Op<Plain>>& out_;
};

json::array numbers(const auto& values) {
    json::array list;
    for (const auto& each : values) list.push_back(static_cast<std::uint64_t>(each));
    return list;
}

}  // namespace

bool Scope::walks_rmap() const {
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
                                        {"calls", kinds},
                                        {"model", write_header(model)}});
}

std::vector<ScopeOp> scope_ops(const Scope& scope) {
    std::vector<Op<Plain>> plain;
    for (const Calls& calls : scope.calls)
        for (unsigned process = 0; process < scope.processes; ++process)
            Maker(scope, calls, static_cast<std::uint8_t>(process), plain).make();
    std::vector<ScopeOp> ops;
    for (const Op<Plain>& op : plain) {
        ops.push_back({op, false});
        for (unsigned nth = 1; nth <= scope.alloc_failures; ++nth) {
            Op<Plain> failing = op;
            failing.fail_alloc = {AllocKind::any, static_cast<std::uint16_t>(nth)};
            ops.push_back({failing, true});
        }
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
