// Simplifications of what a trace starts from: bugs, layout, parameters, files.
#include "checker/run/simplify/header.hpp"
#include "model/faults/fault_table.hpp"

#include "model/profiles/profile.hpp"
#include "traces/format/names.hpp"
#include "traces/format/parameter_keys.hpp"

#include <algorithm>

namespace vmacheck {
namespace {

template <class List>
void erase_at(List& list, std::size_t index) {
    if (index < list.size()) list.erase(list.begin() + static_cast<std::ptrdiff_t>(index));
}

// The bugs a version was shipped with, by name instead of all together.
void name_shipped(TraceHeader& header) {
    const Profile* profile = profile_named(header.profile);
    if (!header.shipped || profile == nullptr) return;
    header.shipped = false;
    for (const FaultInfo& each : all_faults())
        if (profile->shipped.has(each.fault) &&
            std::find(header.faults.begin(), header.faults.end(), each.name) == header.faults.end())
            header.faults.emplace_back(each.name);
}

void simplify_bugs(const TraceHeader& header, std::vector<Edit>& edits) {
    if (header.shipped) {
        edits.emplace_back([](Trace& trace) { trace.header.shipped = false; });
        edits.emplace_back([](Trace& trace) { name_shipped(trace.header); });
    }
    for (std::size_t i = 0; i < header.faults.size(); ++i)
        edits.emplace_back([i](Trace& trace) { erase_at(trace.header.faults, i); });
}

void simplify_process(const ProcessSpec& process, std::size_t at, std::vector<Edit>& edits) {
    const auto edit = [&](auto change) {
        edits.emplace_back([at, change](Trace& trace) {
            if (at < trace.header.layout.size()) change(trace.header.layout[at]);
        });
    };
    for (std::size_t i = 0; i < process.vmas.size(); ++i) {
        edit([i](ProcessSpec& each) { erase_at(each.vmas, i); });
        if (process.vmas[i].chain.empty()) continue;
        edit([i](ProcessSpec& each) {
            if (i >= each.vmas.size()) return;
            each.vmas[i].chain.clear();
            each.vmas[i].anon_vma = 0;
        });
    }
    if (process.brk_bytes != 0) edit([](ProcessSpec& each) { each.brk_bytes = 0; });
    if (process.def_flags != 0) edit([](ProcessSpec& each) { each.def_flags = 0; });
}

void simplify_layout(const TraceHeader& header, std::vector<Edit>& edits) {
    if (header.layout.empty()) return;
    edits.emplace_back([](Trace& trace) {
        trace.header.layout.clear();
        trace.header.anon_vmas.clear();
        trace.header.shared_objects.clear();
    });
    for (std::size_t i = 0; i < header.layout.size(); ++i)
        edits.emplace_back([i](Trace& trace) { erase_at(trace.header.layout, i); });
    for (std::size_t i = 0; i < header.layout.size(); ++i) simplify_process(header.layout[i], i, edits);
    for (std::size_t i = 0; i < header.anon_vmas.size(); ++i)
        edits.emplace_back([i](Trace& trace) { erase_at(trace.header.anon_vmas, i); });
    // Shared objects are named by their positions, so only the last can go.
    if (!header.shared_objects.empty())
        edits.emplace_back([](Trace& trace) {
            if (!trace.header.shared_objects.empty()) trace.header.shared_objects.pop_back();
        });
}

// Takes the address space of the defaults: addresses near its old top and its old heap move to the new ones, and the
// rest up to where mappings may begin.
void take_default_space(Trace& trace, bool keep_heap) {
    Parameters& p = trace.header.parameters;
    const Parameters defaults;
    const Parameters old = p;
    std::uint64_t lowest = base_page;
    for (const TraceStep& each : trace.steps)
        for (const Bytes<Plain>* at : {&each.op.addr, &each.op.new_addr})
            if (!at->zero()) lowest = std::min(lowest, at->page.value());
    const std::uint64_t up = base_page - lowest;
    const auto move = [&](Bytes<Plain>& at) {
        const std::uint64_t page = at.page.value();
        if (at.zero() || page >= old.task_size + 4) return;
        if (page + 4 >= old.task_size)
            at.page = at.page + (defaults.task_size - old.task_size);
        else
            at.page = at.page + up;
    };
    if (defaults.task_size < old.task_size) return;
    for (TraceStep& each : trace.steps) {
        if (each.op.kind == OpKind::brk && !keep_heap && each.op.addr.value() >= old.start_brk_bytes)
            each.op.addr = Bytes<Plain>::from(each.op.addr.value() - old.start_brk_bytes + defaults.start_brk_bytes);
        else
            move(each.op.addr);
        move(each.op.new_addr);
        Bytes<Plain> other = Bytes<Plain>::from(each.op.meanwhile.addr);
        move(other);
        each.op.meanwhile.addr = other.value();
    }
    p.task_size = defaults.task_size;
    p.mmap_base = defaults.mmap_base;
    p.mmap_legacy_base = defaults.mmap_legacy_base;
    p.mmap_min_addr = defaults.mmap_min_addr;
    p.start_brk_bytes = keep_heap ? old.start_brk_bytes + up * page_size : defaults.start_brk_bytes;
}

void take_all_defaults(Trace& trace, bool keep_heap) {
    take_default_space(trace, keep_heap);
    const std::uint64_t start_brk = trace.header.parameters.start_brk_bytes;
    Parameters defaults;
    defaults.files = std::move(trace.header.parameters.files);
    if (keep_heap) defaults.start_brk_bytes = start_brk;
    trace.header.parameters = std::move(defaults);
}

void simplify_parameters(const Parameters& parameters, std::vector<Edit>& edits) {
    const Parameters defaults;
    for (const bool keep_heap : {false, true})
        edits.emplace_back([keep_heap](Trace& trace) { take_all_defaults(trace, keep_heap); });
    for (const bool keep_heap : {false, true})
        edits.emplace_back([keep_heap](Trace& trace) { take_default_space(trace, keep_heap); });
    for (const ParameterKey& key : parameter_keys())
        std::visit(
            [&](auto member) {
                if (parameters.*member == defaults.*member) return;
                edits.emplace_back([member](Trace& trace) { trace.header.parameters.*member = Parameters().*member; });
            },
            key.member);
    for (const LimitMember member : limit_members()) {
        if (parameters.*member == defaults.*member) continue;
        for (const std::uint64_t part : parts_of(parameters.*member))
            edits.emplace_back(
                [member, lower = parameters.*member - part](Trace& trace) { trace.header.parameters.*member = lower; });
    }
}

void remove_file(Trace& trace, std::size_t index) {
    const std::size_t number = index + 1;
    if (index >= trace.header.parameters.files.size()) return;
    const auto renumber = [number](std::uint16_t& file) {
        if (file > number) --file;
    };
    erase_at(trace.header.parameters.files, index);
    for (FileSpec& each : trace.header.parameters.files) {
        if (each.mmap_file == number) each.mmap_file = 0;
        renumber(each.mmap_file);
    }
    for (TraceStep& each : trace.steps) renumber(each.op.file);
    for (ProcessSpec& process : trace.header.layout)
        for (VmaSpec& vma : process.vmas) renumber(vma.file);
}

void simplify_files(const Parameters& parameters, std::vector<Edit>& edits) {
    if (parameters.files.empty()) return;
    edits.emplace_back([](Trace& trace) { trace.header.parameters.files.clear(); });
    for (std::size_t i = 0; i < parameters.files.size(); ++i)
        edits.emplace_back([i](Trace& trace) { remove_file(trace, i); });
    for (std::size_t i = 0; i < parameters.files.size(); ++i) {
        const auto edit = [&](auto member) {
            if (parameters.files[i].*member == FileSpec().*member) return;
            edits.emplace_back([i, member](Trace& trace) {
                if (i < trace.header.parameters.files.size())
                    trace.header.parameters.files[i].*member = FileSpec().*member;
            });
        };
        edit(&FileSpec::kind);
        edit(&FileSpec::inode);
        edit(&FileSpec::readable);
        edit(&FileSpec::writable);
        edit(&FileSpec::name);
        edit(&FileSpec::pages);
        for (const FileSwitch& each : file_switches()) edit(each.member);
        edit(&FileSpec::mmap_error);
        edit(&FileSpec::mmap_flags);
        edit(&FileSpec::mmap_clears);
        edit(&FileSpec::mmap_forbids);
        edit(&FileSpec::sync);
        edit(&FileSpec::fault_error);
        edit(&FileSpec::mkwrite_error);
        edit(&FileSpec::mmap_file);
        edit(&FileSpec::arch_refuses);
        edit(&FileSpec::mremap_error);
        edit(&FileSpec::granule);
        edit(&FileSpec::segment_pages);
    }
}

}  // namespace

std::span<const LimitMember> limit_members() {
    using P = Parameters;
    static constexpr std::array members{&P::max_map_count,  &P::rlimit_as,     &P::rlimit_data,
                                        &P::rlimit_memlock, &P::rlimit_stack,  &P::total_memory,
                                        &P::commit_limit,   &P::admin_reserve, &P::user_reserve};
    return members;
}

void simplify_header(const Trace& trace, std::vector<Edit>& edits) {
    simplify_bugs(trace.header, edits);
    simplify_layout(trace.header, edits);
    simplify_parameters(trace.header.parameters, edits);
    simplify_files(trace.header.parameters, edits);
}

}  // namespace vmacheck
