#include "traces/format/call_text.hpp"

#include "traces/format/names.hpp"

#include <fmt/format.h>

#include <vector>

namespace vmacheck {
namespace {

std::string names(const std::vector<std::string>& list) {
    return list.empty() ? "0" : fmt::format("{}", fmt::join(list, "|"));
}

}  // namespace

std::string call_text(const Op<Plain>& op) {
    const std::string addr = hex(op.addr.value());
    const std::string len = hex(op.len.value());
    std::string fail;
    if (op.fail_alloc.nth != 0)
        fail = fmt::format(" with allocation {} of {} failing", op.fail_alloc.nth, name(op.fail_alloc.kind));
    const std::string prot = names(names_of(prot_names(), op.prot));
    const std::string call_flags = names(names_of(call_flag_names(op.kind), op.call_flags));
    switch (op.kind) {
        case OpKind::mmap:
            return fmt::format("mmap({}, {}, {}, {}, file {}, {}){}", addr, len, prot,
                               names(names_of_map_flags(op.flags)), op.file, hex(op.offset.value()), fail);
        case OpKind::munmap: return fmt::format("munmap({}, {}){}", addr, len, fail);
        case OpKind::mprotect: return fmt::format("mprotect({}, {}, {}){}", addr, len, prot, fail);
        case OpKind::madvise: return fmt::format("madvise({}, {}, {}){}", addr, len, name(op.advice), fail);
        case OpKind::fault: return fmt::format("{} access to {}{}", name(op.access), addr, fail);
        case OpKind::remote_access:
            return fmt::format("{} access to {} of process {}{}", name(op.access), addr, op.target, fail);
        case OpKind::brk: return fmt::format("brk({}){}", addr, fail);
        case OpKind::reclaim: return fmt::format("reclaim of {}{}", addr, fail);
        case OpKind::truncate: return fmt::format("ftruncate(file {}, {}){}", op.file, len, fail);
        case OpKind::split: return fmt::format("split at {}{}", addr, fail);
        case OpKind::mremap:
            return fmt::format("mremap({}, {}, {}, {}, {}){}", addr, len, hex(op.new_len.value()), call_flags,
                               hex(op.new_addr.value()), fail);
        case OpKind::mlock:
            if (op.call_flags != 0) return fmt::format("mlock2({}, {}, {}){}", addr, len, call_flags, fail);
            [[fallthrough]];
        case OpKind::munlock: return fmt::format("{}({}, {}){}", name(op.kind), addr, len, fail);
        case OpKind::mlockall: return fmt::format("mlockall({}){}", call_flags, fail);
        case OpKind::shmat: return fmt::format("shmat(segment {}, {}, {}){}", op.file, addr, call_flags, fail);
        case OpKind::shmdt: return fmt::format("shmdt({}){}", addr, fail);
        case OpKind::remap_file_pages:
            return fmt::format("remap_file_pages({}, {}, {}, {}, {}){}", addr, len, prot, op.offset.page.value(),
                               names(names_of_map_flags(op.flags)), fail);
        case OpKind::special_mapping:
            return fmt::format("special mapping of {} at {}, {}, {}{}", len, addr, prot, call_flags, fail);
        case OpKind::mbind:
            return fmt::format("mbind({}, {}, policy {}, {}){}", addr, len, op.policy, call_flags, fail);
        case OpKind::uffd_register:
            return fmt::format("uffd_register(uffd {}, {}, {}, {}){}", op.uffd, addr, len, call_flags, fail);
        case OpKind::uffd_unregister:
            return fmt::format("uffd_unregister(uffd {}, {}, {}){}", op.uffd, addr, len, fail);
        case OpKind::uffd_close: return fmt::format("uffd_close(uffd {}){}", op.uffd, fail);
        case OpKind::munlockall:
        case OpKind::fork:
        case OpKind::exit:
        case OpKind::count: break;
    }
    return fmt::format("{}(){}", name(op.kind), fail);
}

}  // namespace vmacheck
