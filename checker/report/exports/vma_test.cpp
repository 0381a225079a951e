#include "checker/report/exports/vma_test.hpp"

#include "checker/report/exports/kselftest.hpp"
#include "checker/report/exports/program_addresses.hpp"
#include "model/op/short_flags.hpp"
#include "traces/format/call_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck {
namespace {

// The flags that a VMA of the tree has: its stubs have no VM_SOFTDIRTY.
constexpr VmFlags tree_flags = ~vm::sticky;

// A comparison of all VMAs.
constexpr std::string_view compare = R"(
struct {0}_vma {{
	unsigned long start, end, pgoff, flags;
}};

static bool {0}_expect(struct mm_struct *mm, const struct {0}_vma *expected, int count)
{{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;
	int i = 0;

	for_each_vma(vmi, vma) {{
		ASSERT_TRUE(i < count);
		ASSERT_EQ(vma->vm_start, expected[i].start);
		ASSERT_EQ(vma->vm_end, expected[i].end);
		ASSERT_EQ(vma->vm_pgoff, expected[i].pgoff);
		ASSERT_EQ(vma->vm_flags, expected[i].flags);
		++i;
	}}
	ASSERT_EQ(i, count);
	ASSERT_EQ(mm->map_count, count);
	return true;
}}
)";

// What mmap does where nothing lies in the range. The tree's own function for it needs a VMA below.
constexpr std::string_view map_new = R"(
/* A new mapping, which merges with its neighbours or becomes a VMA. */
static bool {0}_map(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned long flags, bool merges)
{{
	VMA_ITERATOR(vmi, mm, start);
	struct vma_merge_struct vmg = {{ .mm = mm, .vmi = &vmi }};
	struct vm_area_struct *vma;

	vmg_set_range(&vmg, start, end, start >> 12, flags);
	vmg.next = vma_next(&vmi);
	vmg.prev = vma_prev(&vmi);
	if (vmg.prev)
		vma_iter_next_range(&vmi);
	vma = vma_merge_new_range(&vmg);
	ASSERT_EQ(vma != NULL, merges);
	if (!merges)
		ASSERT_NE(alloc_and_link_vma(mm, start, end, start >> 12, flags), NULL);
	return true;
}}
)";

// What mprotect and madvise do to each VMA of their range.
constexpr std::string_view modify = R"(
/* Gives the part of a VMA other flags, as mprotect and madvise do. */
static bool {0}_modify(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned long flags)
{{
	VMA_ITERATOR(vmi, mm, start);
	VMA_ITERATOR(below, mm, start);
	struct vm_area_struct *vma = vma_find(&vmi, end), *prev;

	ASSERT_NE(vma, NULL);
	vma_find(&below, end);
	prev = vma->vm_start < start ? vma : vma_prev(&below);
	vma = vma_modify_flags(&vmi, prev, vma, start, end, flags);
	ASSERT_FALSE(IS_ERR(vma));
	vma->__vm_flags = flags;
	return true;
}}
)";

bool changes_flags(Advice advice) {
    return !acts_on_pages(advice) && advice != Advice::mergeable && advice != Advice::unmergeable;
}

std::string why_no_step(const PerformedStep& step) {
    const Op<Plain>& op = step.op;
    if (op.process != 0) return "it is about another process";
    switch (op.kind) {
        case OpKind::mmap:
            if ((op.flags & map::type_mask) != map::private_ || (op.flags & map::anonymous) == 0)
                return "it maps something else than private anonymous memory";
            if ((op.flags & (map::fixed | map::fixed_noreplace)) == 0 && op.addr.value() == 0)
                return "the kernel chooses the place";
            if ((op.flags & (map::hugetlb | map::populate | map::locked)) != 0) return "it faults pages in";
            break;
        case OpKind::munmap:
        case OpKind::mprotect: break;
        case OpKind::madvise:
            if (!changes_flags(op.advice)) return "the advice is about pages";
            break;
        default: return "the test has no such step";
    }
    return step.error == Errno::ok ? "" : "it fails, which is up to the callers of mm/vma.c";
}

class Test {
public:
    Test(const Performed& performed, std::string name) : performed_(performed), name_(std::move(name)) {}

    std::variant<Exported, NoExport> write() {
        for (const PerformedStep& each : performed_.steps) {
            const std::string why = why_no_step(each);
            if (!why.empty()) return NoExport{fmt::format("step {}, {}: {}", each.number, call_text(each.op), why)};
        }
        std::string text = fmt::format("/*\n{} */", export_heading(performed_.header, performed_.left_out, " * "));
        text += fmt::format(fmt::runtime(compare), name_);
        std::string body;
        std::vector<VmaView> before;
        for (const PerformedStep& each : performed_.steps) {
            body += fmt::format("\n\t/* {}: {} */\n", each.number, call_text(each.op)) + step(each, before) +
                    expect(each.after.vmas);
            before = each.after.vmas;
        }
        if (body.find("_map(") != std::string::npos) text += fmt::format(fmt::runtime(map_new), name_);
        if (body.find("_modify(") != std::string::npos) text += fmt::format(fmt::runtime(modify), name_);
        text += fmt::format("\nstatic bool test_{}(void)\n{{\n\tstruct mm_struct mm = {{}};\n", name_);
        text += "\tVMA_ITERATOR(vmi, &mm, 0);\n";
        if (body.find("do_vmi_munmap(") != std::string::npos)
            text +=
                "\n\t/* What munmap takes off; nothing adds what is mapped. */\n\tget_current()->mm = &mm;\n"
                "\tmm.total_vm = mm.exec_vm = mm.stack_vm = mm.data_vm = 1ul << 32;\n";
        text += body + fmt::format("\n\tASSERT_EQ(cleanup_mm(&mm, &vmi), {});\n\treturn true;\n}}\n", before.size());
        return Exported{text, performed_.left_out};
    }

private:
    static std::string flags(VmFlags flags) {
        return fmt::format("{:#x} /* {} */", flags & tree_flags, short_flags(flags & tree_flags));
    }

    static const VmaView* at(const std::vector<VmaView>& vmas, std::uint64_t page) {
        const auto found = std::find_if(vmas.begin(), vmas.end(),
                                        [&](const VmaView& each) { return page >= each.start && page < each.end; });
        return found == vmas.end() ? nullptr : &*found;
    }

    std::string step(const PerformedStep& step, const std::vector<VmaView>& before) const {
        const std::uint64_t start = step.op.kind == OpKind::mmap ? step.value : step.op.addr.value();
        const std::uint64_t end = start + (step.op.len.value() + page_size - 1) / page_size * page_size;
        const std::vector<VmaView>& after = step.after.vmas;
        const bool over = std::any_of(before.begin(), before.end(), [&](const VmaView& each) {
            return each.start * page_size < end && each.end * page_size > start;
        });
        std::string text;
        if (step.op.kind == OpKind::munmap || (step.op.kind == OpKind::mmap && over))
            text += fmt::format(
                "\tvma_iter_set(&vmi, {0:#x});\n\tASSERT_EQ(do_vmi_munmap(&vmi, &mm, {0:#x}, {1:#x}, NULL, false), "
                "0);\n",
                start, end - start);
        if (step.op.kind == OpKind::munmap) return text;
        if (step.op.kind == OpKind::mmap) {
            const VmaView* vma = at(after, start / page_size);
            if (vma == nullptr) return text;
            const bool merges = vma->start * page_size != start || vma->end * page_size != end;
            return text + fmt::format("\tASSERT_TRUE({}_map(&mm, {:#x}, {:#x}, {}, {}));\n", name_, start, end,
                                      flags(vma->flags), merges);
        }
        // mprotect and madvise: VMA by VMA, those whose flags change.
        for (const VmaView& each : before) {
            const std::uint64_t from = std::max(each.start * page_size, start);
            const std::uint64_t to = std::min(each.end * page_size, end);
            const VmaView* vma = from < to ? at(after, from / page_size) : nullptr;
            if (vma == nullptr || vma->flags == each.flags) continue;
            text +=
                fmt::format("\tASSERT_TRUE({}_modify(&mm, {:#x}, {:#x}, {}));\n", name_, from, to, flags(vma->flags));
        }
        return text;
    }

    std::string expect(const std::vector<VmaView>& vmas) const {
        if (vmas.empty()) return fmt::format("\tASSERT_TRUE({}_expect(&mm, NULL, 0));\n", name_);
        std::string text = fmt::format("\tASSERT_TRUE({0}_expect(&mm, (const struct {0}_vma[]) {{\n", name_);
        for (const VmaView& each : vmas)
            text += fmt::format("\t\t{{ {:#x}, {:#x}, {:#x}, {} }},\n", each.start * page_size, each.end * page_size,
                                each.pgoff.value_or(0), flags(each.flags));
        return text + fmt::format("\t}}, {}));\n", vmas.size());
    }

    const Performed& performed_;
    std::string name_;
};

}  // namespace

std::variant<Exported, NoExport> vma_test(const Trace& trace, const std::string& name) {
    auto steps = performed_steps(trace, [](const Op<Plain>&) { return std::string(); });
    if (auto* none = std::get_if<NoExport>(&steps)) return std::move(*none);
    return Test(std::get<Performed>(steps), c_identifier(name)).write();
}

}  // namespace vmacheck
