#include "checker/run/simplify/simplify.hpp"

#include "checker/run/simplify/addresses.hpp"
#include "checker/run/simplify/arguments.hpp"
#include "checker/run/simplify/header.hpp"
#include "checker/run/simplify/processes.hpp"
#include "model/faults/fault_table.hpp"
#include "model/profiles/profile.hpp"
#include "traces/format/names.hpp"
#include "traces/format/parameter_keys.hpp"

#include <algorithm>
#include <bit>

namespace vmacheck {
namespace {

constexpr std::uint64_t most = ~std::uint64_t{0};

// What is more than can be counted is the same to the minimiser.
void add(std::uint64_t& sum, std::uint64_t value) {
    sum = sum > most - value ? most : sum + value;
}

std::uint64_t bugs(const TraceHeader& header) {
    std::uint64_t count = header.faults.size();
    const Profile* profile = profile_named(header.profile);
    if (!header.shipped || profile == nullptr) return count;
    for (const FaultInfo& each : all_faults()) count += profile->shipped.has(each.fault) ? 1 : 0;
    return count + 1;
}

std::uint64_t layout_size(const TraceHeader& header) {
    std::uint64_t size = header.anon_vmas.size() + header.shared_objects.size();
    for (const ProcessSpec& process : header.layout) {
        size += 1 + (process.brk_bytes != 0 ? 1 : 0) + (process.def_flags != 0 ? 1 : 0);
        for (const VmaSpec& vma : process.vmas) size += 1 + vma.chain.size();
    }
    return size;
}

std::uint64_t parameters_changed(const Parameters& parameters) {
    const Parameters defaults;
    std::uint64_t count = 0;
    for (const ParameterKey& key : parameter_keys())
        std::visit([&](auto member) { count += parameters.*member != defaults.*member ? 1 : 0; }, key.member);
    return count;
}

// Bytes and modes are no limits, and what addresses there are has other edits.
std::uint64_t limits(const Parameters& parameters) {
    const Parameters defaults;
    std::uint64_t sum = 0;
    for (const LimitMember member : limit_members())
        if (parameters.*member != defaults.*member) add(sum, parameters.*member);
    return sum;
}

std::uint64_t files(const Parameters& parameters) {
    const FileSpec plain;
    std::uint64_t count = 0;
    for (const FileSpec& each : parameters.files) {
        count += 1 + (each.kind != plain.kind ? 1 : 0) + (each.inode != plain.inode ? 1 : 0) +
                 (each.readable != plain.readable ? 1 : 0) + (each.writable != plain.writable ? 1 : 0) +
                 (each.name != plain.name ? 1 : 0) + (each.pages != plain.pages ? 1 : 0) +
                 (each.mmap_error != plain.mmap_error ? 1 : 0) + std::popcount(each.mmap_flags) +
                 std::popcount(each.mmap_clears) + std::popcount(each.mmap_forbids) +
                 (each.sync != plain.sync ? 1 : 0) + (each.fault_error != plain.fault_error ? 1 : 0) +
                 (each.mkwrite_error != plain.mkwrite_error ? 1 : 0) + (each.mmap_file != 0 ? 1 : 0) +
                 (each.arch_refuses ? 1 : 0) + (each.mremap_error != plain.mremap_error ? 1 : 0) +
                 (each.granule != plain.granule ? 1 : 0) + (each.segment_pages != plain.segment_pages ? 1 : 0);
        for (const FileSwitch& on : file_switches()) count += each.*on.member ? 1 : 0;
    }
    return count;
}

bool placed_by_kernel(const Op<Plain>& op) {
    if (op.kind == OpKind::mmap) return (op.flags & (map::fixed | map::fixed_noreplace)) == 0;
    if (op.kind == OpKind::mremap) return (op.call_flags & (mremap::maymove | mremap::fixed)) == mremap::maymove;
    return op.kind == OpKind::brk || (op.kind == OpKind::shmat && op.addr.zero());
}

std::uint64_t flag_bits(const Op<Plain>& op) {
    const MapFlags counted = op.flags & ~(map::type_mask | map::fixed | map::anonymous);
    const MapFlags type = op.flags & map::type_mask;
    return static_cast<std::uint64_t>(std::popcount(op.prot) + std::popcount(counted) + std::popcount(op.call_flags)) +
           (type == map::private_ || type == 0 ? 0
            : type == map::shared              ? 1
                                               : 2);
}

std::uint64_t from_base(const Bytes<Plain>& at) {
    const std::uint64_t page = at.page.value();
    if (at.zero()) return 0;  // no address
    return page > base_page ? page - base_page : base_page - page;
}

void add_op(Cost& cost, const Op<Plain>& op) {
    const auto part = [&cost](CostPart which) -> std::uint64_t& { return cost[static_cast<std::size_t>(which)]; };
    add(part(CostPart::processes), std::uint64_t{op.process} + op.target);
    if (op.fail_alloc.nth != 0) add(part(CostPart::failures), 1 + std::uint64_t{op.fail_alloc.nth});
    if (op.meanwhile.nth != 0) {
        add(part(CostPart::failures), 1 + std::uint64_t{op.meanwhile.nth});
        add(part(CostPart::processes), op.meanwhile.process);
        add(part(CostPart::choices), static_cast<std::uint64_t>(op.meanwhile.access));
        add(part(CostPart::unaligned), op.meanwhile.addr % page_size != 0 ? 1 : 0);
        add(part(CostPart::addresses), from_base(Bytes<Plain>::from(op.meanwhile.addr)));
    }
    add(part(CostPart::placed), placed_by_kernel(op) ? 1 : 0);
    if (op.file != 0) add(part(CostPart::mapped_files), 1 + std::uint64_t{op.file});
    add(part(CostPart::flags), flag_bits(op));
    add(part(CostPart::choices), std::uint64_t{op.policy} + op.uffd + static_cast<std::uint64_t>(op.advice));
    if (op.kind == OpKind::fault || op.kind == OpKind::remote_access)
        add(part(CostPart::choices), static_cast<std::uint64_t>(op.access));
    for (const Bytes<Plain>* each : {&op.addr, &op.len, &op.offset, &op.new_len, &op.new_addr})
        add(part(CostPart::unaligned), each->offset != 0 ? 1 : 0);
    for (const Bytes<Plain>* each : {&op.len, &op.new_len}) add(part(CostPart::pages), each->round_up().value());
    add(part(CostPart::offsets), op.offset.page.value());
    for (const Bytes<Plain>* each : {&op.addr, &op.new_addr}) add(part(CostPart::addresses), from_base(*each));
}

}  // namespace

Cost cost(const Trace& trace) {
    Cost cost{};
    const auto part = [&cost](CostPart which) -> std::uint64_t& { return cost[static_cast<std::size_t>(which)]; };
    part(CostPart::operations) = trace.steps.size();
    part(CostPart::bugs) = bugs(trace.header);
    part(CostPart::layout) = layout_size(trace.header);
    part(CostPart::parameters) = parameters_changed(trace.header.parameters);
    part(CostPart::files) = files(trace.header.parameters);
    part(CostPart::limits) = limits(trace.header.parameters);
    for (const TraceStep& each : trace.steps) add_op(cost, each.op);
    return cost;
}

bool can_be_written(const Trace& trace) {
    const bool operations = std::all_of(trace.steps.begin(), trace.steps.end(), [](const TraceStep& step) {
        const Op<Plain>& op = step.op;
        return std::max({op.addr.page, op.len.page, op.offset.page, op.new_len.page, op.new_addr.page}) <
               pages_in_64_bits;
    });
    const Parameters& parameters = trace.header.parameters;
    if (!operations || !contradiction(parameters).empty()) return false;
    // Where a layout names a file that is gone, no World can be made of it.
    return std::all_of(parameters.files.begin(), parameters.files.end(),
                       [&](const FileSpec& each) { return contradiction(each, parameters.files).empty(); });
}

std::vector<std::uint64_t> parts_of(std::uint64_t number) {
    std::vector<std::uint64_t> parts;
    const auto add = [&](std::uint64_t part) {
        if (part != 0) parts.push_back(part);
    };
    add(number);
    if (number > 1) add(number - 1);
    if (number >= 4) add(number / 2);
    if (number > 64)
        for (std::uint64_t part = number / 4; part > 1; part /= 2) add(part);
    if (number > 2) add(1);
    return parts;
}

std::vector<Edit> simplifications(const Trace& trace, const std::vector<SeenResult>& results) {
    std::vector<Edit> edits;
    simplify_header(trace, edits);
    simplify_processes(trace, results, edits);
    simplify_order(trace, edits);
    simplify_arguments(trace, results, edits);
    simplify_addresses(trace, edits);
    return edits;
}

}  // namespace vmacheck
