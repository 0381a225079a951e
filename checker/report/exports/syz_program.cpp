#include "checker/report/exports/syz_program.hpp"

#include "checker/report/exports/c_calls.hpp"
#include "model/op/op_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace vmacheck {
namespace {

constexpr std::uint64_t data_start = 0x7f0000000000;  // how the text names the start of the data range
constexpr std::uint64_t data_bytes = 16 << 20;

std::string why_no_call(const Op<Plain>& op, const Parameters& parameters) {
    if (op.process != 0) return "it is about another process";
    switch (op.kind) {
        case OpKind::mmap:
        case OpKind::munmap:
        case OpKind::mprotect:
        case OpKind::madvise:
        case OpKind::mremap:
        case OpKind::mlock:
        case OpKind::munlock:
        case OpKind::mlockall:
        case OpKind::munlockall:
        case OpKind::msync:
        case OpKind::remap_file_pages:
        case OpKind::mseal: break;
        case OpKind::fault: return "it is no call, and a program of syzkaller has nothing else";
        case OpKind::split:
        case OpKind::reclaim:
        case OpKind::special_mapping: return "it is no system call";
        default: return "such calls are not written";
    }
    if (op.file == 0 || op.file > parameters.files.size()) return {};
    return parameters.files[op.file - 1].kind == FileKind::shmem ? "" : "it maps a file that is no memfd";
}

class Program {
public:
    explicit Program(const Performed& performed) : performed_(performed) {}

    std::variant<Exported, NoExport> write() {
        if (const std::string why = find_range(); !why.empty()) return NoExport{why};
        std::string calls;
        for (const PerformedStep& each : performed_.steps) calls += call(each.op) + "\n";
        // The range is mapped when a program starts.
        return Exported{export_heading(performed_.header, performed_.left_out, "# ") + files() +
                            fmt::format("munmap(&({:#x}/{:#x})=nil, {:#x})\n", data_start, data_bytes, data_bytes) +
                            calls,
                        performed_.left_out};
    }

private:
    // The pages that calls name lie within 16 MiB, all in all.
    std::string find_range() {
        std::uint64_t end = 0;
        for (const PerformedStep& each : performed_.steps) {
            if (operation(each.op.kind).has(OpField::file) && each.op.file != 0) files_.insert(each.op.file);
            if (!operation(each.op.kind).has(OpField::addr)) continue;
            for (const auto& [address, length] : {std::pair{each.op.addr.value(), each.op.len.value()},
                                                  std::pair{each.op.new_addr.value(), each.op.new_len.value()}}) {
                if (address == 0) continue;
                first_ = std::min(first_, address / page_size * page_size);
                end = std::max(end, address + std::min(length, data_bytes));
            }
        }
        return first_ < end && end - first_ > data_bytes
                   ? "its addresses lie farther apart than the data of a program of syzkaller, 16 MiB"
                   : "";
    }

    std::string files() const {
        std::string text;
        unsigned number = 0;
        for (const std::uint16_t id : files_) {
            if (id > performed_.header.parameters.files.size()) continue;
            const FileSpec& spec = performed_.header.parameters.files[id - 1];
            text += fmt::format("r{} = memfd_create(&({:#x})='vmacheck\\x00', 0x2)\n", number, data_start);
            text += fmt::format("ftruncate(r{}, {:#x})\n", number++,
                                std::min<std::uint64_t>(spec.pages, 1 << 20) * page_size);
        }
        return text;
    }

    std::string file(const Op<Plain>& op) const {
        if (op.file == 0 || op.file > performed_.header.parameters.files.size()) return "0xffffffffffffffff";
        return fmt::format("r{}", std::distance(files_.begin(), files_.find(op.file)));
    }

    std::string range(std::uint64_t address, std::uint64_t length) const {
        if (address == 0) return "0x0";
        const std::uint64_t pages = std::max<std::uint64_t>((length + page_size - 1) / page_size, 1);
        return fmt::format("&({:#x}/{:#x})=nil", data_start + (address - first_), pages * page_size);
    }

    std::string call(const Op<Plain>& op) const {
        const std::uint64_t len = op.len.value();
        const std::string addr = range(op.addr.value(), std::min(len, data_bytes));
        const std::string_view name = vmacheck::name(op.kind);
        switch (op.kind) {
            case OpKind::mmap:
                return fmt::format("mmap({}, {:#x}, {:#x}, {:#x}, {}, {:#x})", addr, len, op.prot, op.flags, file(op),
                                   op.offset.value());
            case OpKind::mprotect: return fmt::format("mprotect({}, {:#x}, {:#x})", addr, len, op.prot);
            case OpKind::madvise: return fmt::format("madvise({}, {:#x}, {:#x})", addr, len, advice_number(op.advice));
            case OpKind::mremap:
                return fmt::format("mremap({}, {:#x}, {:#x}, {:#x}, {})", addr, len, op.new_len.value(), op.call_flags,
                                   range(op.new_addr.value(), std::min(op.new_len.value(), data_bytes)));
            case OpKind::mlock:
                if (op.call_flags == 0) return fmt::format("mlock({}, {:#x})", addr, len);
                return fmt::format("mlock2({}, {:#x}, {:#x})", addr, len, op.call_flags);
            case OpKind::mlockall: return fmt::format("mlockall({:#x})", op.call_flags);
            case OpKind::munlockall: return "munlockall()";
            case OpKind::remap_file_pages:
                return fmt::format("remap_file_pages({}, {:#x}, {:#x}, {:#x}, {:#x})", addr, len, op.prot,
                                   op.offset.value() / page_size, op.flags);
            case OpKind::msync:
            case OpKind::mseal: return fmt::format("{}({}, {:#x}, {:#x})", name, addr, len, op.call_flags);
            default: return fmt::format("{}({}, {:#x})", name, addr, len);
        }
    }

    const Performed& performed_;
    std::set<std::uint16_t> files_;
    std::uint64_t first_ = ~std::uint64_t{0};  // bytes: the lowest page that a call names
};

}  // namespace

std::variant<Exported, NoExport> syz_program(const Trace& trace) {
    auto steps = performed_steps(trace, [&](const Op<Plain>& op) { return why_no_call(op, trace.header.parameters); });
    if (auto* none = std::get_if<NoExport>(&steps)) return std::move(*none);
    return Program(std::get<Performed>(steps)).write();
}

}  // namespace vmacheck
