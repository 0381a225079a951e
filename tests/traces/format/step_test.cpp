// Every argument of every operation's row is written, read back, and shown to people.
#include "model/op/op_table.hpp"
#include "traces/format/call_text.hpp"
#include "traces/format/reader.hpp"
#include "traces/format/writer.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

// A value of the argument, not 0; different seeds give different ones.
std::uint64_t some_value(const Argument& argument, std::uint64_t seed) {
    switch (argument.type) {
        case ArgumentType::bytes: return 0x1000 * seed + 7;
        case ArgumentType::page_offset: return 0x1000 * seed;
        case ArgumentType::flags: return argument.names[seed % argument.names.size()].bits;
        case ArgumentType::map_flags: return map::private_ | argument.names[seed % argument.names.size()].bits;
        case ArgumentType::advice: return seed;
        case ArgumentType::access:
        case ArgumentType::data_access: return 1;
        case ArgumentType::number:
        case ArgumentType::process: return seed;
    }
    return 0;
}

Op<Plain> read_back(const Op<Plain>& op) {
    Trace trace;
    trace.steps.push_back({});
    trace.steps.back().op = op;
    const ReadResult result = read_trace(write_trace(trace));
    if (const auto* error = std::get_if<ReadError>(&result)) {
        ADD_FAILURE() << name(op.kind) << ": " << error->message;
        return {};
    }
    return std::get<Trace>(result).steps.at(0).op;
}

TEST(Step, EveryArgumentIsWrittenAndReadBack) {
    for (const Operation& row : op_table())
        for (std::uint64_t seed = 1; seed < 15; ++seed) {
            Op<Plain> op;
            op.kind = row.kind;
            std::uint64_t at = seed;
            for (const Argument& each : row.arguments) set_value(op, each.field, some_value(each, 1 + at++ % 15));
            const Op<Plain> back = read_back(op);
            EXPECT_EQ(back.kind, op.kind);
            each_field([&](OpField field) {
                EXPECT_EQ(value_of(back, field), value_of(op, field)) << row.name << " " << name(field);
            });
        }
}

TEST(Step, OptionalArgumentsOfZeroAreLeftOutAndReadAsZero) {
    for (const Operation& row : op_table()) {
        Op<Plain> op;
        op.kind = row.kind;
        for (const Argument& each : row.arguments) set_value(op, each.field, 0);
        TraceStep step;
        step.op = op;
        const std::string line = write_step(step);
        for (const Argument& each : row.arguments)
            EXPECT_EQ(line.find("\"" + std::string(each.key) + "\":") == std::string::npos, each.optional())
                << row.name << " " << each.key;
        for (const Argument& each : row.arguments)
            EXPECT_EQ(value_of(read_back(op), each.field), 0u) << row.name << " " << each.key;
    }
}

Op<Plain> op_with(OpKind kind, std::initializer_list<std::pair<OpField, std::uint64_t>> values) {
    Op<Plain> op;
    op.kind = kind;
    for (const auto& [field, value] : values) set_value(op, field, value);
    return op;
}

TEST(CallText, IsTheCallAsTheKernelNamesIt) {
    using enum OpField;
    EXPECT_EQ(call_text(op_with(OpKind::mmap, {{addr, 0x1000}, {len, 0x2000}, {prot, 3}, {OpField::flags, 0x32}})),
              "mmap(0x1000, 0x2000, READ|WRITE, PRIVATE|FIXED|ANONYMOUS, file 0, 0x0)");
    EXPECT_EQ(call_text(op_with(OpKind::mlock, {{addr, 0x1000}, {len, 1}})), "mlock(0x1000, 0x1)");
    EXPECT_EQ(call_text(op_with(OpKind::mlock, {{addr, 0x1000}, {len, 1}, {call_flags, 1}})),
              "mlock2(0x1000, 0x1, ONFAULT)");
    EXPECT_EQ(call_text(op_with(OpKind::mlock, {{addr, 0x1000}, {len, 1}, {call_flags, 2}})),
              "mlock2(0x1000, 0x1, 0x2)");
    EXPECT_EQ(call_text(op_with(OpKind::remote_access, {{addr, 0x1000}, {access, 1}, {target, 2}})),
              "write access to 0x1000 of process 2");
    EXPECT_EQ(call_text(op_with(OpKind::remap_file_pages, {{addr, 0x1000}, {len, 0x1000}, {offset, 0x3000}})),
              "remap_file_pages(0x1000, 0x1000, 0, 3, 0)");
    EXPECT_EQ(call_text(op_with(OpKind::truncate, {{file, 2}, {len, 0x1000}})), "ftruncate(file 2, 0x1000)");
    EXPECT_EQ(call_text(op_with(OpKind::mbind, {{addr, 0x1000}, {len, 0x1000}, {policy, 2}})),
              "mbind(0x1000, 0x1000, policy 2, 0)");
    EXPECT_EQ(call_text(op_with(OpKind::munlockall, {})), "munlockall()");
    Op<Plain> failing = op_with(OpKind::fork, {});
    failing.fail_alloc = {AllocKind::vma, 2};
    EXPECT_EQ(call_text(failing), "fork() with allocation 2 of vma failing");
}

}  // namespace
}  // namespace vmacheck
