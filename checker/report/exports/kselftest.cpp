#include "checker/report/exports/kselftest.hpp"

#include "checker/report/exports/c_calls.hpp"
#include "model/op/short_flags.hpp"
#include "traces/format/call_text.hpp"
#include "traces/format/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace vmacheck {
namespace {

constexpr std::string_view includes = R"(// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include "kselftest_harness.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "vm_util.h"

)";

constexpr std::string_view surroundings = R"({
	struct procmap_fd procmap;
	char *around, *base;

	/* A free range between two pages that no private mapping merges with. */
	around = mmap(NULL, SPAN + 2 * psize(), PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(around, MAP_FAILED);
	base = around + psize();
	ASSERT_EQ(munmap(base, SPAN), 0);
	ASSERT_EQ(open_self_procmap(&procmap), 0);
)";

std::string why_no_call(const Op<Plain>& op) {
    switch (op.kind) {
        case OpKind::mmap:
            if ((op.flags & map::anonymous) == 0) return "it maps a file";
            if ((op.flags & map::hugetlb) != 0) return "huge pages have to be reserved first";
            return {};
        case OpKind::munmap:
        case OpKind::mprotect:
        case OpKind::madvise:
        case OpKind::mremap:
        case OpKind::mlock:
        case OpKind::munlock:
        case OpKind::mseal: return {};
        case OpKind::fault: return op.access == Access::exec ? "it executes what lies there" : "";
        case OpKind::split:
        case OpKind::reclaim:
        case OpKind::special_mapping: return "it is no system call";
        default: return "a test of one process has no such step";
    }
}

class Test {
public:
    Test(const Performed& performed, std::string name)
        : performed_(performed), addresses_(performed), name_(std::move(name)) {}

    std::variant<Exported, NoExport> write() {
        if (std::string why = why_not(); !why.empty()) return NoExport{std::move(why)};
        std::tie(start_, end_) = addresses_.fixed_range();
        std::string body;
        for (std::size_t i = 0; i < performed_.steps.size(); ++i) body += step(i);
        std::string text =
            std::string(includes) + fmt::format("/*\n{} */\n#define SPAN {:#x}UL\n\nTEST({})\n",
                                                export_heading(performed_.header, performed_.left_out, " * "),
                                                end_ - start_, name_);
        text += std::string(surroundings) + body +
                "\n\tASSERT_EQ(close_procmap(&procmap), 0);\n\tmunmap(around, SPAN + 2 * "
                "psize());\n}\n\nTEST_HARNESS_MAIN\n";
        return Exported{text, performed_.left_out};
    }

private:
    [[nodiscard]] std::string why_not() const {
        if (!addresses_.why_not().empty()) return addresses_.why_not();
        if (addresses_.windows().size() != 1 || !addresses_.windows().front().name.empty())
            return "not all of its mappings are at fixed addresses that are near each other";
        const Parameters usual;
        const Parameters& p = performed_.header.parameters;
        if (p.max_map_count != usual.max_map_count || p.rlimit_as != usual.rlimit_as ||
            p.rlimit_data != usual.rlimit_data || p.rlimit_memlock != usual.rlimit_memlock ||
            p.rlimit_stack != usual.rlimit_stack || p.overcommit_mode != usual.overcommit_mode ||
            p.total_memory != usual.total_memory)
            return "it sets limits";
        const auto [start, end] = addresses_.fixed_range();
        for (std::size_t i = 0; i < performed_.steps.size(); ++i) {
            const PerformedStep& each = performed_.steps[i];
            if (each.error == Errno::sigsegv || each.error == Errno::sigbus)
                return fmt::format("the access of step {} raises a signal", each.number);
            const bool placed =
                each.op.kind == OpKind::mmap && (each.op.flags & (map::fixed | map::fixed_noreplace)) == 0;
            if (placed && each.op.addr.value() == 0)
                return fmt::format("step {} lets the kernel choose a place", each.number);
            const std::uint64_t address = addresses_.moved(each.op.addr.value());
            if (address < start || address >= end)
                return fmt::format("step {} is about an address elsewhere", each.number);
        }
        return {};
    }

    std::string at(std::uint64_t address) const {
        const std::uint64_t offset = addresses_.moved(address) - start_;
        return offset == 0 ? "base" : fmt::format("base + {:#x}", offset);
    }

    std::string call(const Op<Plain>& op) const {
        const std::string addr = at(op.addr.value());
        const std::uint64_t len = op.len.value();
        switch (op.kind) {
            case OpKind::mmap:
                return fmt::format("mmap({}, {:#x}, {},\n\t\t       {}, -1, {:#x})", addr, len, c_prot(op.prot),
                                   c_map_flags(op.flags), op.offset.value());
            case OpKind::munmap: return fmt::format("munmap({}, {:#x})", addr, len);
            case OpKind::mprotect: return fmt::format("mprotect({}, {:#x}, {})", addr, len, c_prot(op.prot));
            case OpKind::madvise:
                return fmt::format("madvise({}, {:#x}, {} /* MADV_{} */)", addr, len, advice_number(op.advice),
                                   name(op.advice));
            case OpKind::mremap:
                return fmt::format("mremap({}, {:#x}, {:#x}, {}, {})", addr, len, op.new_len.value(), op.call_flags,
                                   op.new_addr.value() == 0 ? "NULL" : at(op.new_addr.value()));
            case OpKind::mlock: return fmt::format("syscall(SYS_mlock2, {}, {:#x}, {})", addr, len, op.call_flags);
            case OpKind::munlock: return fmt::format("munlock({}, {:#x})", addr, len);
            default: return fmt::format("syscall(462 /* SYS_mseal */, {}, {:#x}, 0)", addr, len);
        }
    }

    std::string step(std::size_t index) {
        const PerformedStep& step = performed_.steps[index];
        std::string text = fmt::format("\n\t/* {}: {} */\n", step.number, call_text(step.op));
        const bool pointer = returns_value(step.op.kind);
        if (step.op.kind == OpKind::fault)
            text += step.op.access == Access::write
                        ? fmt::format("\t*(volatile char *)({}) = 1;\n", at(step.op.addr.value()))
                        : fmt::format("\t(void)*(volatile char *)({});\n", at(step.op.addr.value()));
        else if (step.error != Errno::ok)
            text += fmt::format("\tASSERT_EQ({}, {});\n\tASSERT_EQ(errno, {});\n", call(step.op),
                                pointer ? "MAP_FAILED" : "-1", name(step.error));
        else
            text += fmt::format("\tASSERT_EQ({}, {});\n", call(step.op), pointer ? at(step.value) : "0");
        const std::string vmas = layout(step.after);
        if (vmas != last_) text += vmas;
        last_ = vmas;
        return text;
    }

    // The VMAs one by one, and the first page of each hole between them.
    std::string layout(const ProcessView& view) const {
        std::string text;
        std::uint64_t end = 0;
        for (const VmaView& each : view.vmas) {
            const std::string start = at(each.start * page_size);
            if (end != 0 && end != each.start)
                text += fmt::format("\tASSERT_FALSE(find_vma_procmap(&procmap, {}));\n", at(end * page_size));
            text += fmt::format("\tASSERT_TRUE(find_vma_procmap(&procmap, {}));\n", start);
            text += fmt::format("\tASSERT_EQ(procmap.query.vma_start, (unsigned long)({}));\n", start);
            text += fmt::format("\tASSERT_EQ(procmap.query.vma_end, (unsigned long)({}));\n", at(each.end * page_size));
            text += fmt::format("\tASSERT_EQ(procmap.query.vma_flags & 15, {});  /* {} */\n",
                                (each.flags & vm::access) | ((each.flags & vm::may_share) != 0 ? 8 : 0),
                                short_flags(each.flags & compared_flags));
            end = each.end;
        }
        return text;
    }

    const Performed& performed_;
    ProgramAddresses addresses_;
    std::string name_;
    std::string last_;
    std::uint64_t start_ = 0;  // bytes: where the mappings lie
    std::uint64_t end_ = 0;
};

}  // namespace

std::string c_identifier(std::string_view name) {
    std::string text;
    for (const char each : name) {
        const bool letter =
            (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') || (each >= '0' && each <= '9');
        text += letter ? each : '_';
    }
    return text.empty() || (text.front() >= '0' && text.front() <= '9') ? "trace_" + text : text;
}

std::variant<Exported, NoExport> kselftest(const Trace& trace, const std::string& name) {
    auto steps = performed_steps(trace, why_no_call);
    if (auto* none = std::get_if<NoExport>(&steps)) return std::move(*none);
    return Test(std::get<Performed>(steps), c_identifier(name)).write();
}

}  // namespace vmacheck
