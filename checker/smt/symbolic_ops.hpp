// Operations on traced numbers: which of an operation's arguments are numbers that a solver may choose.
#pragma once

#include "checker/smt/paths.hpp"
#include "model/op/op_table.hpp"

#include <type_traits>

namespace vmacheck::smt {

// Calls f(bytes, name) for each argument of the operation whose page number is an input, in a fixed order. The offsets
// within a page, like flags and files, stay what they are.
template <class D, class F>
void each_number(Op<D>& op, F&& f) {
    for (const Argument& each : operation(op.kind).arguments) {
        if (!each.is_pages() || !is_used(op, each)) continue;
        with_field(op, each.field, [&](auto& member) {
            if constexpr (std::is_same_v<std::decay_t<decltype(member)>, Bytes<D>>) f(member, name(each.field));
        });
    }
}

// The operation with its numbers as inputs of the run, named "3.addr" after the step. Of a range, start and end are
// inputs and the length is their difference: then most comparisons are between two inputs.
Op<Traced> with_inputs(PathRun& run, const Op<Plain>& op, std::size_t step);
// The values that make with_inputs give the operation's own numbers.
std::vector<std::int64_t> input_values(const Op<Plain>& op);
// Gives the operation the numbers of those values; those beyond the last stay.
void set_input_values(Op<Plain>& op, const std::vector<std::int64_t>& values);

}  // namespace vmacheck::smt
