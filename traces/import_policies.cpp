#include "traces/import_policies.hpp"

#include "traces/import_log.hpp"
#include "traces/input_error.hpp"
#include "traces/names.hpp"

namespace vmacheck {
namespace {

template <OpKind kind>
std::optional<std::uint64_t> call_bit(std::string_view name) {
    return bits_named(call_flag_names(kind), name);
}

const StraceArgument& field(const std::optional<StraceArgument>& found, const StraceArgument& structure) {
    if (found) return *found;
    throw InputError(structure.line, structure.column, "a struct without the fields of a range");
}

}  // namespace

std::optional<TraceStep> PolicyNumbers::step_of(const StraceCall& call) {
    if (call.result.failed && one_of(call.result.error, {"EINVAL", "EIO"})) return std::nullopt;
    TraceStep made;
    Op<Plain>& op = made.op;
    op.kind = OpKind::mbind;
    op.addr = Bytes<Plain>::from(number_of(argument(call, 0)));
    op.len = Bytes<Plain>::from(number_of(argument(call, 1)));
    const std::string& mode = argument(call, 2).text;
    if (mode.rfind("MPOL_DEFAULT", 0) != 0)
        op.policy =
            numbers_.try_emplace(mode + ' ' + argument(call, 3).text, static_cast<std::uint16_t>(numbers_.size() + 1))
                .first->second;
    op.call_flags = static_cast<std::uint32_t>(flags_of(argument(call, 5), "MPOL_MF_", call_bit<OpKind::mbind>));
    return made;
}

bool is_uffd_ioctl(const StraceCall& call) {
    return call.name == "ioctl" && call.arguments.size() > 2 &&
           one_of(call.arguments[1].text, {"UFFDIO_REGISTER", "UFFDIO_UNREGISTER"});
}

TraceStep uffd_step_of(const StraceCall& call, std::uint16_t context) {
    const StraceArgument& structure = argument(call, 2);
    const bool registers = argument(call, 1).text == "UFFDIO_REGISTER";
    TraceStep made;
    made.op.kind = registers ? OpKind::uffd_register : OpKind::uffd_unregister;
    made.op.uffd = context;
    const StraceArgument range = registers ? field(field_of(structure, "range"), structure) : structure;
    made.op.addr = Bytes<Plain>::from(number_of(field(field_of(range, "start"), range)));
    made.op.len = Bytes<Plain>::from(number_of(field(field_of(range, "len"), range)));
    if (registers)
        made.op.call_flags = static_cast<std::uint32_t>(flags_of(
            field(field_of(structure, "mode"), structure), "UFFDIO_REGISTER_MODE_", call_bit<OpKind::uffd_register>));
    return made;
}

}  // namespace vmacheck
