#include "checker/smt/prove/merge_theorem.hpp"

#include "model/anon_vma.hpp"
#include "model/mempolicy.hpp"
#include "properties/merge_table/merge_table.hpp"

namespace vmacheck::prove {
namespace {

namespace table = merge_table;

std::optional<table::Neighbour<Traced>> seen_as(const World<Traced>& world, VmaId id,
                                                const MergeRequest<Traced>& request) {
    if (!id) return std::nullopt;
    const Vma<Traced>& vma = world[id];
    const std::uint16_t policy = vma.policy ? world[vma.policy].content : std::uint16_t{0};
    const bool same_kind = (vma.flags | vm::sticky) == (request.flags | vm::sticky) && vma.file == request.file &&
                           policy == request.policy && vma.uffd == request.uffd && vma.anon_name == request.anon_name &&
                           vma.ops != VmOps::close;
    return table::Neighbour<Traced>{
        vma.start, vma.end, vma.pgoff, same_kind, vma.anon_vma.raw(), chain_length(world, vma) == 1};
}

table::Picture<Traced> picture(const World<Traced>& world, const MergeRequest<Traced>& request) {
    table::Picture<Traced> a;
    a.start = request.start;
    a.end = request.end;
    a.pgoff = request.pgoff;
    a.special = (request.flags & vm::special) != 0;
    a.anon_vma = request.anon_vma.raw();
    a.chain_of_one = request.part_of && chain_length(world, world[request.part_of]) == 1;
    a.loose = world.profile().policy.anon_merge != AnonMergeRule::strict;
    const VmaId n = request.prev ? world[request.prev].next : world[request.mm].mmap;
    a.p = seen_as(world, request.prev, request);
    a.n = seen_as(world, n, request);
    a.x = seen_as(world, n ? world[n].next : VmaId(), request);
    return a;
}

}  // namespace

int check_against_table(const World<Traced>& world, const MergeRequest<Traced>& request,
                        const MergeDecision<Traced>& decision, Report& report) {
    const table::Picture<Traced> a = picture(world, request);
    const int taken = static_cast<int>(decision.which);
    int rows = 0;
    for (int which = 1; which <= 8; ++which) {
        if (!table::row(which, a)) continue;
        if (++rows > 1) report.add({"merge-table", fmt::format("two rows apply, {} the second", which)});
        if (which != taken)
            report.add({"merge-table", fmt::format("vma_merge takes case {}, the table names {}", taken, which)});
    }
    if (rows == 0 && taken != 0)
        report.add({"merge-table", fmt::format("vma_merge takes case {}, the table names none", taken)});
    return taken;
}

MergeRequest<Traced> request_within(const World<Traced>& world, VmaId id, const Number<Traced>& start,
                                    const Number<Traced>& end, const MergeRequest<Traced>& wanted) {
    const Vma<Traced>& vma = world[id];
    MergeRequest<Traced> request = wanted;
    request.mm = vma.mm;
    request.prev = start > vma.start ? id : vma.prev;
    request.start = start;
    request.end = end;
    request.anon_vma = vma.anon_vma;
    request.file = vma.file;
    request.pgoff = linear_page_index(vma, start);
    request.part_of = id;
    return request;
}

}  // namespace vmacheck::prove
