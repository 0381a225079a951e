// The table of operations is sound, and what follows from its rows reaches every argument.
#include "model/op/op_table.hpp"
#include "model/op/convert.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace vmacheck {
namespace {

TEST(OpTable, NamesAreDifferentAndKeysOfARowAreDifferent) {
    std::set<std::string_view> names;
    for (const Operation& row : op_table()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_EQ(name(row.kind), row.name);
        EXPECT_FALSE(row.stands_for.empty()) << row.name;
        std::set<std::string_view> keys;
        std::set<OpField> fields;
        for (const Argument& each : row.arguments) {
            EXPECT_TRUE(keys.insert(each.key).second) << row.name << " " << each.key;
            EXPECT_TRUE(fields.insert(each.field).second) << row.name << " " << each.key;
        }
    }
}

TEST(OpTable, TheCallShowsEveryArgument) {
    for (const Operation& row : op_table()) {
        for (const Argument& each : row.arguments) {
            const std::string place = "{" + std::string(each.key) + "}";
            EXPECT_NE(row.call.find(place), std::string_view::npos) << row.name << " " << each.key;
            const bool shown = row.short_call.empty() || row.short_call.find(place) != std::string_view::npos;
            EXPECT_NE(shown, each.optional() && !row.short_call.empty()) << row.name << " " << each.key;
        }
    }
}

TEST(OpTable, FlagsHaveNamesAndOtherArgumentsHaveNone) {
    for (const Operation& row : op_table())
        for (const Argument& each : row.arguments)
            EXPECT_EQ(each.names.empty(), each.type != ArgumentType::flags && each.type != ArgumentType::map_flags)
                << row.name << " " << each.key;
}

// An operation whose fields all have values that no two share.
Op<Plain> distinct() {
    Op<Plain> op;
    std::uint64_t value = 1;
    each_field([&](OpField field) { set_value(op, field, field == OpField::access ? 2 : ++value); });
    return op;
}

TEST(OpTable, EveryFieldIsReadAndSet) {
    const Op<Plain> op = distinct();
    EXPECT_EQ(value_of(op, OpField::addr), op.addr.value());
    EXPECT_EQ(value_of(op, OpField::target), op.target);
    Op<Plain> other;
    each_field([&](OpField field) {
        EXPECT_NE(value_of(op, field), 0u) << name(field);
        set_value(other, field, value_of(op, field));
        EXPECT_EQ(value_of(other, field), value_of(op, field)) << name(field);
    });
}

TEST(OpTable, AnOperationKeepsAllItsFieldsInAnotherDomain) {
    Op<Plain> op = distinct();
    op.kind = OpKind::mbind;
    op.process = 3;
    op.fail_alloc = {AllocKind::vma, 2};
    const Op<Plain> back = convert<Plain>(convert<Traced>(op));
    EXPECT_EQ(back.kind, op.kind);
    EXPECT_EQ(back.process, op.process);
    EXPECT_EQ(back.fail_alloc, op.fail_alloc);
    each_field([&](OpField field) { EXPECT_EQ(value_of(back, field), value_of(op, field)) << name(field); });
}

TEST(OpTable, OffsetsAndNewAddressesAreUsedOnlyWhereTheCallWantsThem) {
    const Argument& offset = *operation(OpKind::mmap).find(OpField::offset);
    const Argument& new_addr = *operation(OpKind::mremap).find(OpField::new_addr);
    Op<Plain> op;
    EXPECT_FALSE(is_used(op, offset));
    EXPECT_FALSE(is_used(op, new_addr));
    op.file = 1;
    op.call_flags = mremap::dontunmap;
    EXPECT_TRUE(is_used(op, offset));
    EXPECT_TRUE(is_used(op, new_addr));
    EXPECT_TRUE(is_used(Op<Plain>(), *operation(OpKind::remap_file_pages).find(OpField::offset)));
}

}  // namespace
}  // namespace vmacheck
