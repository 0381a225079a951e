#include "checker/smt/symbolic_ops.hpp"

#include "model/op/convert.hpp"

#include <fmt/format.h>

namespace vmacheck::smt {

namespace {

constexpr auto pages = static_cast<std::int64_t>(pages_in_64_bits);

// Whether `len` is that of a range from `addr`.
bool has_range(OpKind kind) {
    return operation(kind).has(OpField::addr);
}

}  // namespace

Op<Traced> with_inputs(PathRun& run, const Op<Plain>& op, std::size_t step) {
    Op<Traced> made = convert<Traced>(op);
    each_number(made, [&](Bytes<Traced>& bytes, std::string_view name) {
        if (&bytes != &made.len || !has_range(op.kind)) {
            bytes.page = run.input(fmt::format("{}.{}", step, name), {0, pages - 1});
            return;
        }
        const TracedNumber end = run.input(fmt::format("{}.end", step), {0, 2 * (pages - 1)});
        run.assume(made.addr.page, Relation::less_equal, end);
        bytes.page = end - made.addr.page;
        run.assume(bytes.page, Relation::less, pages_in_64_bits);
    });
    return made;
}

std::vector<std::int64_t> input_values(const Op<Plain>& op) {
    std::vector<std::int64_t> values;
    Op<Plain> copy = op;
    each_number(copy, [&](const Bytes<Plain>& bytes, std::string_view) {
        const bool end = &bytes == &copy.len && has_range(op.kind);
        values.push_back(static_cast<std::int64_t>(bytes.page.value() + (end ? op.addr.page.value() : 0)));
    });
    return values;
}

void set_input_values(Op<Plain>& op, const std::vector<std::int64_t>& values) {
    std::size_t next = 0;
    each_number(op, [&](Bytes<Plain>& bytes, std::string_view) {
        if (next >= values.size()) return;
        const auto value = static_cast<std::uint64_t>(values[next++]);
        const bool end = &bytes == &op.len && has_range(op.kind);
        bytes.page = end ? value - op.addr.page.value() : value;  // addr comes first
    });
}

}  // namespace vmacheck::smt
