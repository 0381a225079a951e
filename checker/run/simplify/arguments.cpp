// Simplifications of single operations: each argument.
#include "checker/run/simplify/arguments.hpp"

#include <algorithm>
#include <set>

namespace vmacheck {
namespace {

constexpr std::size_t most_for_pairs = 64;  // operations, up to which each address is tried for each other

// Appends edits of the operation at one position.
class OpEdits {
public:
    OpEdits(std::size_t at, std::vector<Edit>& edits) : at_(at), edits_(edits) {}

    template <class F>
    void add(F change) const {
        edits_.emplace_back([at = at_, change](Trace& trace) {
            if (at < trace.steps.size()) change(trace.steps[at].op);
        });
    }

private:
    std::size_t at_;
    std::vector<Edit>& edits_;
};

void failure(const Op<Plain>& op, const OpEdits& edits) {
    if (op.fail_alloc.nth == 0) return;
    edits.add([](Op<Plain>& each) { each.fail_alloc = {}; });
    for (std::uint16_t nth = 1; nth < std::min<std::uint16_t>(op.fail_alloc.nth, 16); ++nth)
        for (const AllocKind kind :
             {AllocKind::any, AllocKind::vma, AllocKind::anon_vma, AllocKind::avc, AllocKind::mm, AllocKind::file,
              AllocKind::page, AllocKind::page_table, AllocKind::inode, AllocKind::policy, AllocKind::mm_slot})
            edits.add([nth, kind](Op<Plain>& each) { each.fail_alloc = {kind, nth}; });
}

void other_step(const Trace& trace, const Op<Plain>& op, const OpEdits& edits) {
    if (op.meanwhile.nth == 0) return;
    edits.add([](Op<Plain>& each) { each.meanwhile = {}; });
    for (std::uint16_t nth = 1; nth < std::min<std::uint16_t>(op.meanwhile.nth, 16); ++nth)
        edits.add([nth](Op<Plain>& each) { each.meanwhile.nth = nth; });
    for (std::uint8_t lower = 0; lower < op.meanwhile.process; ++lower)
        edits.add([lower](Op<Plain>& each) { each.meanwhile.process = lower; });
    for (unsigned lower = 0; lower < static_cast<unsigned>(op.meanwhile.access); ++lower)
        edits.add([lower](Op<Plain>& each) { each.meanwhile.access = static_cast<Access>(lower); });
    if (const std::uint64_t offset = op.meanwhile.addr % page_size; offset != 0)
        edits.add([offset](Op<Plain>& each) { each.meanwhile.addr -= offset; });
    if (trace.steps.size() > most_for_pairs) return;
    for (const TraceStep& step : trace.steps)
        if (const std::uint64_t other = step.op.addr.value(); other < op.meanwhile.addr)
            edits.add([other](Op<Plain>& each) { each.meanwhile.addr = other; });
}

template <class Member>
void fewer_bits(const Op<Plain>& op, Member member, std::uint64_t kept, const OpEdits& edits) {
    for (unsigned bit = 0; bit < 32; ++bit) {
        const std::uint64_t mask = std::uint64_t{1} << bit;
        if ((op.*member & mask & ~kept) == 0) continue;
        edits.add([member, mask](Op<Plain>& each) { each.*member &= static_cast<std::uint32_t>(~mask); });
    }
}

void flags(const Op<Plain>& op, const OpEdits& edits) {
    fewer_bits(op, &Op<Plain>::prot, 0, edits);
    fewer_bits(op, &Op<Plain>::call_flags, 0, edits);
    fewer_bits(op, &Op<Plain>::flags, map::type_mask | map::fixed | map::anonymous, edits);
    if (op.kind != OpKind::mmap) return;
    if ((op.flags & map::fixed_noreplace) != 0)
        edits.add([](Op<Plain>& each) { each.flags = (each.flags & ~map::fixed_noreplace) | map::fixed; });
    for (const MapFlags type : {map::private_, map::shared})
        if ((op.flags & map::type_mask) != type)
            edits.add([type](Op<Plain>& each) { each.flags = (each.flags & ~map::type_mask) | type; });
}

void file(const Op<Plain>& op, const OpEdits& edits) {
    if (op.file == 0) return;
    edits.add([](Op<Plain>& each) {
        each.file = 0;
        each.offset = {};
        each.flags |= map::anonymous;
    });
    edits.add([](Op<Plain>& each) { each.file = 0; });
    for (std::uint16_t lower = 1; lower < std::min<std::uint16_t>(op.file, 32); ++lower)
        edits.add([lower](Op<Plain>& each) { each.file = lower; });
}

void choices(const Op<Plain>& op, const OpEdits& edits) {
    for (unsigned lower = 0; lower < static_cast<unsigned>(op.advice); ++lower)
        edits.add([lower](Op<Plain>& each) { each.advice = static_cast<Advice>(lower); });
    for (const auto member : {&Op<Plain>::policy, &Op<Plain>::uffd})
        for (std::uint16_t lower = 0; lower < std::min<std::uint16_t>(op.*member, 16); ++lower)
            edits.add([member, lower](Op<Plain>& each) { each.*member = lower; });
    if (op.kind != OpKind::fault && op.kind != OpKind::remote_access) return;
    for (unsigned lower = 0; lower < static_cast<unsigned>(op.access); ++lower)
        edits.add([lower](Op<Plain>& each) { each.access = static_cast<Access>(lower); });
}

// What the kernel chose, as the caller's own choice. `last_brk`: the break before the operation, bytes, as far as it
// is known.
void placement(const Op<Plain>& op, const SeenResult& result, std::uint64_t last_brk, const OpEdits& edits) {
    if (!result.value || result.error.value_or(Errno::ok) != Errno::ok) return;
    const Bytes<Plain> got = Bytes<Plain>::from(*result.value);
    const std::uint64_t old_end = Bytes<Plain>::from(last_brk).round_up().value();
    if (op.kind == OpKind::brk && got.round_up() > old_end)
        edits.add([old_end, got](Op<Plain>& each) {
            each.kind = OpKind::mmap;
            each.addr = Bytes<Plain>::pages(old_end);
            each.len = Bytes<Plain>::pages(got.round_up() - old_end);
            each.prot = prot::read | prot::write;
            each.flags = map::private_ | map::fixed | map::anonymous;
        });
    if (op.kind == OpKind::mmap && (op.flags & map::fixed) == 0)
        edits.add([got](Op<Plain>& each) {
            each.addr = got;
            each.flags = (each.flags & ~map::fixed_noreplace) | map::fixed;
        });
    if (op.kind == OpKind::mremap && (op.call_flags & mremap::fixed) == 0)
        edits.add([got](Op<Plain>& each) {
            each.new_addr = got;
            each.call_flags |= mremap::maymove | mremap::fixed;
        });
}

// An attachment as a mapping without a file, at the address of the call or where the kernel put it.
void attachment(const Trace& trace, const Op<Plain>& op, const SeenResult& result, const OpEdits& edits) {
    const std::vector<FileSpec>& files = trace.header.parameters.files;
    if (op.kind != OpKind::shmat || op.file == 0 || op.file > files.size()) return;
    const std::uint64_t pages = files[op.file - 1u].segment_pages;
    const auto add = [&](const Bytes<Plain>& at) {
        edits.add([pages, at](Op<Plain>& each) {
            each.kind = OpKind::mmap;
            each.addr = at;
            each.len = Bytes<Plain>::pages(pages);
            each.flags = map::private_ | map::anonymous | (at.zero() ? 0 : map::fixed);
            each.file = 0;
            each.call_flags = 0;
        });
    };
    add(op.addr);
    if (!result.value || result.error.value_or(Errno::ok) != Errno::ok) return;
    const Bytes<Plain> got = Bytes<Plain>::from(*result.value);
    add(got);
    if (op.addr.zero()) edits.add([got](Op<Plain>& each) { each.addr = got; });
}

using PlainBytes = Bytes<Plain>;

// Simpler numbers of pages, the simplest first.
std::vector<std::uint64_t> fewer_than(std::uint64_t pages) {
    std::vector<std::uint64_t> counts = parts_of(pages);
    for (std::uint64_t& each : counts) each = pages - each;
    return counts;
}

void whole_pages(const Op<Plain>& op, const OpEdits& edits) {
    for (const auto member : {&Op<Plain>::addr, &Op<Plain>::offset, &Op<Plain>::new_addr})
        if ((op.*member).offset != 0) edits.add([member](Op<Plain>& each) { (each.*member).offset = 0; });
    for (const auto member : {&Op<Plain>::len, &Op<Plain>::new_len})
        if ((op.*member).offset != 0)
            edits.add([member](Op<Plain>& each) { each.*member = PlainBytes::pages((each.*member).round_up()); });
}

void lengths(const Op<Plain>& op, const OpEdits& edits) {
    const std::uint64_t pages = op.len.page.value();
    const bool same = op.new_len.page == op.len.page;
    // `len` is often right only together with new_len.
    for (const std::uint64_t fewer : fewer_than(pages)) {
        if (same) edits.add([fewer](Op<Plain>& each) { each.len = each.new_len = PlainBytes::pages(fewer); });
        edits.add([fewer](Op<Plain>& each) { each.len = PlainBytes::pages(fewer); });
        if (fewer == 0) continue;
        const std::uint64_t skipped = pages - fewer;
        edits.add([fewer, skipped, same](Op<Plain>& each) {  // from the front
            each.addr.page = each.addr.page + skipped;
            each.len = PlainBytes::pages(fewer);
            if (same) each.new_len = each.len;
            if (each.file != 0) each.offset.page = each.offset.page + skipped;
        });
    }
    const std::uint64_t new_pages = op.new_len.page.value();
    if (pages < new_pages) edits.add([pages](Op<Plain>& each) { each.new_len = PlainBytes::pages(pages); });
    for (const std::uint64_t fewer : fewer_than(new_pages))
        edits.add([fewer](Op<Plain>& each) { each.new_len = PlainBytes::pages(fewer); });
}

void places(const Trace& trace, const Op<Plain>& op, const OpEdits& edits) {
    for (const auto member : {&Op<Plain>::addr, &Op<Plain>::new_addr}) {
        if ((op.*member).zero()) continue;
        edits.add([member](Op<Plain>& each) { each.*member = {}; });
        if (trace.steps.size() > most_for_pairs) continue;
        std::set<std::uint64_t> others{base_page};
        for (const TraceStep& each : trace.steps) {
            others.insert(each.op.addr.page.value());
            others.insert(each.op.addr.page.value() + each.op.len.page.value());
        }
        for (const std::uint64_t other : others)
            if (other < (op.*member).page.value())
                edits.add([member, other](Op<Plain>& each) { (each.*member).page = other; });
    }
}

}  // namespace

void simplify_arguments(const Trace& trace, const std::vector<SeenResult>& results, std::vector<Edit>& edits) {
    std::uint64_t brk = trace.header.parameters.start_brk_bytes;
    for (std::size_t i = 0; i < trace.steps.size(); ++i) {
        const Op<Plain>& op = trace.steps[i].op;
        const OpEdits here(i, edits);
        failure(op, here);
        other_step(trace, op, here);
        const SeenResult result = i < results.size() ? results[i] : SeenResult();
        placement(op, result, brk, here);
        attachment(trace, op, result, here);
        if (op.kind == OpKind::brk) brk = result.value.value_or(brk);
        file(op, here);
        flags(op, here);
        choices(op, here);
        whole_pages(op, here);
        lengths(op, here);
        places(trace, op, here);
    }
}

Edit all_placements(const Trace& trace, const std::vector<SeenResult>& results) {
    std::vector<Edit> edits;
    std::uint64_t brk = trace.header.parameters.start_brk_bytes;
    for (std::size_t i = 0; i < std::min(trace.steps.size(), results.size()); ++i) {
        const Op<Plain>& op = trace.steps[i].op;
        placement(op, results[i], brk, OpEdits(i, edits));
        if (op.kind == OpKind::brk) brk = results[i].value.value_or(brk);
    }
    return [edits](Trace& changed) {
        for (const Edit& each : edits) each(changed);
    };
}

}  // namespace vmacheck
