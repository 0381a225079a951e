#include "model/merge_refusal.hpp"

#include "model/anon_vma.hpp"
#include "model/mempolicy.hpp"
#include "model/op/short_flags.hpp"

#include <fmt/format.h>

namespace vmacheck {
namespace {

enum class Side : std::uint8_t { below, above };

std::string quoted(VmFlags flags) {
    return fmt::format("\"{}\"", long_flags(flags));
}

std::string of_anon_vma(AnonVmaId id) {
    return id ? fmt::format("anon_vma {}", id.index() + 1) : "no anon_vma";
}

template <class Id>
std::string of_file(Id id) {
    return id ? fmt::format("file {}", id.index() + 1) : "no file";
}

std::string of_number(std::string_view what, std::uint16_t number) {
    return number == 0 ? fmt::format("no {}", what) : fmt::format("{} {}", what, number);
}

// What is_mergeable_vma and the callers' comparison of policies refuse; empty: nothing.
template <class D>
std::string attributes_refuse(const World<D>& world, const MergeRequest<D>& request, const Vma<D>& vma) {
    const auto differ = [](const std::string& its, const std::string& ranges) {
        return its == ranges ? std::string() : fmt::format("it has {}, the range has {}", its, ranges);
    };
    const std::uint16_t policy = policy_content(world, vma.policy);
    if (policy != request.policy) return differ(of_number("policy", policy), of_number("policy", request.policy));
    if (((vma.flags ^ request.flags) & ~vm::sticky) != 0) return differ(quoted(vma.flags), quoted(request.flags));
    if (vma.file != request.file) return differ(of_file(vma.file), of_file(request.file));
    if (vma.uffd != request.uffd)
        return differ(of_number("userfaultfd context", vma.uffd), of_number("userfaultfd context", request.uffd));
    if (vma.ops == VmOps::close && !world.profile().policy.close_merges) return "its vm_ops have ->close";
    const bool named = world.profile().policy.anon_names != AnonNames::none;
    if (named && vma.anon_name != request.anon_name)
        return differ(of_number("name", vma.anon_name), of_number("name", request.anon_name));
    return {};
}

template <class D>
std::string anon_vma_refuses(const World<D>& world, const MergeRequest<D>& request, VmaId id) {
    const Vma<D>& vma = world[id];
    const VmaId origin = request.part_of ? request.part_of : request.copied_from;
    if (is_mergeable_anon_vma(world, request.anon_vma, vma.anon_vma, id, origin)) return {};
    if (vma.anon_vma && request.anon_vma)
        return fmt::format("it has {}, the range has {}", of_anon_vma(vma.anon_vma), of_anon_vma(request.anon_vma));
    return fmt::format("it has {} and a chain of {}, which is not singular; the range has {}",
                       of_anon_vma(vma.anon_vma), chain_length(world, vma), of_anon_vma(request.anon_vma));
}

template <class D>
std::string offset_refuses(const MergeRequest<D>& request, const Vma<D>& vma, Side side) {
    const Number<D> its = side == Side::below ? vma.pgoff + pages(vma) : Number<D>(vma.pgoff);
    const Number<D> ranges =
        side == Side::below ? Number<D>(request.pgoff) : request.pgoff + (request.end - request.start);
    if (its.value() == ranges.value()) return {};
    return fmt::format("its page offset {} at {:#x}, the range's {} at {:#x}", side == Side::below ? "ends" : "begins",
                       its.value(), side == Side::below ? "begins" : "ends", ranges.value());
}

template <class D>
void keep_of(const World<D>& world, const MergeRequest<D>& request, VmaId id, Side side) {
    const Vma<D>& vma = world[id];
    std::string why = attributes_refuse(world, request, vma);
    if (why.empty()) why = anon_vma_refuses(world, request, id);
    if (why.empty()) why = offset_refuses(request, vma, side);
    if (why.empty() && id == request.apart_from) why = "what MREMAP_DONTUNMAP leaves is not merged with its copy";
    if (why.empty() && vma.ops == VmOps::close) why = "a VMA with ->close would be removed";
    if (why.empty()) why = "this caller does not merge with it";
    world.refused(
        [&] {
            return fmt::format("[{:#x},{:#x}) {}: {}", vma.start.value() * page_size, vma.end.value() * page_size,
                               side == Side::below ? "below" : "above", why);
        },
        Refusal::Of::merge);
}

}  // namespace

template <class D>
void keep_merge_refusals(const World<D>& world, const MergeRequest<D>& request, VmaId next) {
    const VmaId prev = request.prev;
    const bool below = prev && world[prev].end.value() == request.start.value();
    const bool above = next && world[next].start.value() == request.end.value();
    if ((below || above) && (request.flags & vm::special) != 0) {
        world.refused([&] { return fmt::format("{} is never merged", quoted(request.flags & vm::special)); },
                      Refusal::Of::merge);
        return;
    }
    if (below) keep_of(world, request, prev, Side::below);
    if (above) keep_of(world, request, next, Side::above);
}

template void keep_merge_refusals(const World<Plain>&, const MergeRequest<Plain>&, VmaId);
template void keep_merge_refusals(const World<Traced>&, const MergeRequest<Traced>&, VmaId);

}  // namespace vmacheck
