#include "checker/conform/layout_comparison.hpp"

#include "traces/observe/vma_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace vmacheck {
namespace {

// A piece as maps shows it.
struct Shown {
    bool mapped = false;
    std::string rights;        // "rw-p"
    std::string name;          // path; empty for anonymous and special mappings
    std::uint64_t offset = 0;  // pages, of the piece's start; 0 without a file
    bool special = false;
    friend bool operator==(const Shown&, const Shown&) = default;
};

std::string rights(bool read, bool write, bool exec, bool shared) {
    return {read ? 'r' : '-', write ? 'w' : '-', exec ? 'x' : '-', shared ? 's' : 'p'};
}

class LayoutComparer {
public:
    LayoutComparer(const Import& import, const LayoutAtRead& layout, const std::vector<MapsLine>& maps)
        : import_(import), parameters_(import.trace.header.parameters), layout_(layout) {
        for (const MapsLine& each : maps)
            if (each.start / page_size < parameters_.task_size) kernel_.push_back(&each);
    }

    LayoutComparison run() {
        std::set<std::uint64_t> cuts;
        for (const VmaView& each : layout_.vmas) cuts.insert({each.start, each.end});
        for (const MapsLine* each : kernel_) cuts.insert({each->start / page_size, each->end / page_size});
        for (auto cut = cuts.begin(); cut != cuts.end() && std::next(cut) != cuts.end(); ++cut) {
            piece({*cut, *std::next(cut)});
            if (cut != cuts.begin()) boundary(*cut);
        }
        out_.vmas = kernel_.size();
        for (const MapsLine* each : kernel_) {
            const VmaView* vma = model_at(each->start / page_size);
            const bool same_range =
                vma != nullptr && vma->start == each->start / page_size && vma->end == each->end / page_size;
            if (same_range && shown(vma, vma->start) == shown(each, vma->start)) ++out_.equal;
        }
        return std::move(out_);
    }

private:
    const VmaView* model_at(std::uint64_t page) const {
        const auto found = std::upper_bound(layout_.vmas.begin(), layout_.vmas.end(), page,
                                            [](std::uint64_t at, const VmaView& each) { return at < each.end; });
        return found == layout_.vmas.end() || page < found->start ? nullptr : &*found;
    }
    const MapsLine* kernel_at(std::uint64_t page) const {
        const auto found =
            std::upper_bound(kernel_.begin(), kernel_.end(), page,
                             [](std::uint64_t at, const MapsLine* each) { return at < each->end / page_size; });
        return found == kernel_.end() || page < (*found)->start / page_size ? nullptr : *found;
    }

    // maps marks a file whose last name is gone, also where it went after it was mapped.
    static std::string without_deleted(const std::string& name) {
        constexpr std::string_view mark = " (deleted)";
        return name.ends_with(mark) ? name.substr(0, name.size() - mark.size()) : name;
    }

    Shown shown(const VmaView* vma, std::uint64_t page) const {
        if (vma == nullptr) return {};
        Shown what;
        what.mapped = true;
        what.rights = rights((vma->flags & vm::read) != 0, (vma->flags & vm::write) != 0, (vma->flags & vm::exec) != 0,
                             (vma->flags & vm::may_share) != 0);
        what.special = vma->special;
        const bool object = vma->file == 0 && (vma->flags & vm::may_share) != 0;
        if (object) what.name = "/dev/zero";
        if (vma->file != 0) what.name = without_deleted(parameters_.files[vma->file - 1u].name);
        if (vma->file != 0 || object) what.offset = vma->pgoff.value_or(0) + (page - vma->start);
        return what;
    }
    static Shown shown(const MapsLine* line, std::uint64_t page) {
        if (line == nullptr) return {};
        Shown what;
        what.mapped = true;
        what.rights = rights(line->read, line->write, line->exec, line->shared);
        what.special = line->name.rfind("[vdso", 0) == 0 || line->name.rfind("[vvar", 0) == 0;
        if (line->names_file()) {
            what.name = without_deleted(line->name);
            what.offset = line->offset / page_size + (page - line->start / page_size);
        }
        return what;
    }

    void report(std::uint64_t page, KnownDifference cause, const std::string& text) {
        const MapsLine* line = kernel_at(page);
        if (!known_of(import_.trace.header.profile, cause)) cause = KnownDifference::unexplained;
        out_.differences.push_back({line == nullptr ? 0 : line->line, cause, text, {}});
    }

    // ------------------------------------------------------------------------------------------ pieces
    void piece(PageRange range) {
        const Shown model = shown(model_at(range.start), range.start);
        const Shown kernel = shown(kernel_at(range.start), range.start);
        if (model == kernel) return;
        const auto words = [](const Shown& what) {
            if (!what.mapped) return std::string("nothing");
            return what.name.empty() ? what.rights
                                     : fmt::format("{} {} {:#x}", what.rights, what.name, what.offset * page_size);
        };
        KnownDifference cause = KnownDifference::unexplained;
        if (!model.mapped && kernel.mapped) {
            if (mapped_before_read(range))
                cause = KnownDifference::mapped_before_read;
            else if (stack_grew(range))
                cause = KnownDifference::stack_growth_unknown;
        }
        report(range.start, cause,
               fmt::format("{:#x}-{:#x}: model {}, kernel {}", range.start * page_size, range.end * page_size,
                           words(model), words(kernel)));
    }

    // Mapped by a call between opening and closing the file, and by no call before.
    bool mapped_before_read(PageRange range) const {
        for (std::size_t i = layout_.read.step; i < layout_.read.closed_step; ++i) {
            const TraceStep& step = import_.trace.steps[i];
            if (step.op.process != layout_.read.process || step.seen.error != Errno::ok || !step.seen.value) continue;
            if (step.op.kind == OpKind::mmap) {
                const std::uint64_t start = *step.seen.value / page_size;
                if (start <= range.start && range.end <= start + step.op.len.round_up().value()) return true;
            }
            if (step.op.kind == OpKind::brk && range.end <= Bytes<Plain>::from(*step.seen.value).round_up().value() &&
                range.start >= parameters_.start_brk_bytes / page_size)
                return true;
        }
        return false;
    }

    // The kernel's stack reaches further down than the model's, within its limit.
    bool stack_grew(PageRange range) const {
        const MapsLine* line = kernel_at(range.start);
        const VmaView* above = model_at(range.end);
        if (line == nullptr || line->name != "[stack]" || above == nullptr || (above->flags & vm::growsdown) == 0)
            return false;
        return line->end / page_size == above->end && above->start == range.end &&
               (parameters_.rlimit_stack == unlimited || above->end - range.start <= parameters_.rlimit_stack);
    }

    // ------------------------------------------------------------------------------------------ boundaries
    void boundary(std::uint64_t page) {
        const VmaView* below = model_at(page - 1);
        const VmaView* above = model_at(page);
        const MapsLine* kernel_below = kernel_at(page - 1);
        const MapsLine* kernel_above = kernel_at(page);
        if (below == nullptr || above == nullptr || kernel_below == nullptr || kernel_above == nullptr) return;
        if ((below == above) == (kernel_below == kernel_above)) return;
        const Shown low = shown(below, page - 1);
        const Shown high = shown(above, page);
        if (low != shown(kernel_below, page - 1) || high != shown(kernel_above, page)) return;  // a piece that differs
        const KnownDifference cause =
            below == above ? why_kernel_splits(page, *below) : why_kernel_joins(*below, *above);
        report(page, cause,
               fmt::format("boundary {:#x}: {}", page * page_size,
                           below == above ? "the kernel has two VMAs, the model one"
                                          : "the kernel has one VMA, the model two"));
        out_.differences.back().detail =
            below == above ? describe(*below) : describe(*below) + " and " + describe(*above);
    }

    // brk_joins_bss: since 6.1 brk extends only a VMA at or above start_brk (do_brk_flags, vma_expand).
    // map_stack_nohugepage: since 6.7 calc_vm_flag_bits turns MAP_STACK into VM_NOHUGEPAGE.
    KnownDifference why_kernel_splits(std::uint64_t page, const VmaView& spanning) const {
        const bool plain_anonymous = spanning.file == 0 && (spanning.flags & vm::may_share) == 0 && !spanning.special;
        const bool writable = (spanning.flags & vm::write) != 0;
        if (plain_anonymous && writable && page == Bytes<Plain>::from(parameters_.start_brk_bytes).round_up().value())
            return KnownDifference::brk_joins_bss;
        if (plain_anonymous && from_map_stack(page - 1) != from_map_stack(page))
            return KnownDifference::map_stack_nohugepage;
        const auto joined = layout_.joined.find(page);
        // Cases 2 and 3 add new memory to one VMA, whatever was faulted; the others join two that existed.
        const bool joins_two = joined != layout_.joined.end() && joined->second != 2 && joined->second != 3;
        const bool could_be_faulted = (spanning.flags & vm::may_share) == 0 && (spanning.flags & vm::account) != 0;
        if (joins_two && could_be_faulted && !import_.faults_known) return KnownDifference::fault_unknown;
        // It has the anon_vma of a stack, which the kernel kept apart, so that its parts have different anon_vmas.
        if (plain_anonymous && spanning.anon_vma.value_or(0) != 0 && of_a_stack(*spanning.anon_vma))
            return KnownDifference::map_stack_nohugepage;
        return KnownDifference::unexplained;
    }

    bool from_map_stack(std::uint64_t page) const {
        return std::any_of(layout_.mapped_stack.begin(), layout_.mapped_stack.end(),
                           [page](const PageRange& each) { return each.start <= page && page < each.end; });
    }

    // account_dropped: since 6.7 mprotect_fixup uncharges unfaulted memory that becomes read-only and clears VM_ACCOUNT.
    KnownDifference why_kernel_joins(const VmaView& below, const VmaView& above) const {
        const bool read_only = ((below.flags | above.flags) & vm::write) == 0;
        if (read_only && (below.flags ^ above.flags) == vm::account) return KnownDifference::account_dropped;
        if (!alike(below, above)) return KnownDifference::unexplained;
        const unsigned low = below.anon_vma.value_or(0);
        const unsigned high = above.anon_vma.value_or(0);
        // faulted_joins_unfaulted: since 6.16 is_mergeable_anon_vma lets one of the two have no anon_vma, whichever
        // changes, if the other's chain is singular.
        if ((low == 0) != (high == 0) && below.chain.value_or(0) + above.chain.value_or(0) == 1)
            return KnownDifference::faulted_joins_unfaulted;
        // One of them has the anon_vma of a stack, which it once joined and the kernel kept apart.
        if (low != 0 && high != 0 && low != high && (of_a_stack(low) || of_a_stack(high)))
            return KnownDifference::map_stack_nohugepage;
        return KnownDifference::unexplained;
    }

    // Equal in all that a merge asks for, but perhaps in their anon_vmas.
    static bool alike(const VmaView& below, const VmaView& above) {
        const bool linear = below.pgoff && above.pgoff && *below.pgoff + (below.end - below.start) == *above.pgoff;
        return linear && below.flags == above.flags && below.file == above.file && below.policy == above.policy &&
               below.uffd == above.uffd && !below.special && !above.special;
    }

    bool of_a_stack(unsigned anon_vma) const {
        return std::any_of(layout_.vmas.begin(), layout_.vmas.end(), [this, anon_vma](const VmaView& vma) {
            return vma.anon_vma == anon_vma &&
                   std::any_of(layout_.mapped_stack.begin(), layout_.mapped_stack.end(),
                               [&vma](const PageRange& each) { return each.start < vma.end && vma.start < each.end; });
        });
    }

    const Import& import_;
    const Parameters& parameters_;
    const LayoutAtRead& layout_;
    std::vector<const MapsLine*> kernel_;
    LayoutComparison out_;
};

}  // namespace

LayoutComparison compare_layout(const Import& import, const LayoutAtRead& layout, const std::vector<MapsLine>& maps) {
    return LayoutComparer(import, layout, maps).run();
}

}  // namespace vmacheck
