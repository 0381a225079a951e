#include "traces/strace/import_policies.hpp"

#include "traces/format/input_error.hpp"
#include "traces/format/names.hpp"
#include "traces/strace/import_log.hpp"

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

// The open context behind a descriptor, and the slot of the process it acts on: the one that opened it, not the one that has the
// descriptor now.
struct Context {
    const std::shared_ptr<OpenFile>* file = nullptr;
    std::uint8_t slot = 0;
};
std::optional<Context> context_of(const StraceCall& call, const DescriptorTable& files) {
    const auto entry = files.find(descriptor_of(argument(call, 0)).number);
    if (entry == files.end() || entry->second == nullptr || entry->second->uffd == 0) return std::nullopt;
    const std::shared_ptr<AddressSpaceUser> owner = entry->second->uffd_owner.lock();
    if (owner == nullptr || !owner->slot) return std::nullopt;
    return Context{&entry->second, *owner->slot};
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

std::optional<TraceStep> uffd_step_of(const StraceCall& call, const DescriptorTable& files) {
    const std::optional<Context> context = context_of(call, files);
    if (!context) return std::nullopt;
    const StraceArgument& structure = argument(call, 2);
    const bool registers = argument(call, 1).text == "UFFDIO_REGISTER";
    TraceStep made;
    made.op.kind = registers ? OpKind::uffd_register : OpKind::uffd_unregister;
    made.op.process = context->slot;
    made.op.uffd = (*context->file)->uffd;
    const StraceArgument range = registers ? field(field_of(structure, "range"), structure) : structure;
    made.op.addr = Bytes<Plain>::from(number_of(field(field_of(range, "start"), range)));
    made.op.len = Bytes<Plain>::from(number_of(field(field_of(range, "len"), range)));
    if (registers)
        made.op.call_flags = static_cast<std::uint32_t>(flags_of(
            field(field_of(structure, "mode"), structure), "UFFDIO_REGISTER_MODE_", call_bit<OpKind::uffd_register>));
    return made;
}

std::optional<TraceStep> uffd_close_of(const StraceCall& call, const DescriptorTable& files) {
    if (call.name != "close" || !call.result.known || call.result.failed) return std::nullopt;
    const std::optional<Context> context = context_of(call, files);
    if (!context || context->file->use_count() > 1) return std::nullopt;
    TraceStep made;
    made.op.kind = OpKind::uffd_close;
    made.op.process = context->slot;
    made.op.uffd = (*context->file)->uffd;
    return made;
}

}  // namespace vmacheck
