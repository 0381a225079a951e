// Calls that tests write out, pages for addresses, and what a fault's written sequence is.
#pragma once

#include "checker/random/random_parameters.hpp"
#include "model/op/op.hpp"
#include "model/state/setup.hpp"
#include "properties/step/report.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

// A namespace, since calls have the names of functions of C.
namespace vmacheck::sequence {

inline constexpr Prot rw = prot::read | prot::write;

inline Op<Plain> at(OpKind kind, std::uint64_t page, std::uint64_t len = 1, std::uint8_t process = 0) {
    Op<Plain> op;
    op.kind = kind;
    op.process = process;
    op.addr = Bytes<Plain>::pages(page);
    op.len = Bytes<Plain>::pages(len);
    op.prot = rw;
    return op;
}
inline Op<Plain> mmap(std::uint64_t page, std::uint64_t len, MapFlags flags = map::anonymous, Prot prot = rw) {
    Op<Plain> op = at(OpKind::mmap, page, len);
    op.flags = map::private_ | map::fixed | flags;
    op.prot = prot;
    return op;
}
inline Op<Plain> mmap_droppable(std::uint64_t page, std::uint64_t len) {
    Op<Plain> op = mmap(page, len);
    op.flags = map::droppable | map::fixed | map::anonymous;
    return op;
}
inline Op<Plain> mmap_none(std::uint64_t page, std::uint64_t len) {
    return mmap(page, len, map::anonymous, prot::none);
}
inline Op<Plain> munmap(std::uint64_t page, std::uint64_t len = 1) {
    return at(OpKind::munmap, page, len);
}
inline Op<Plain> mmap_file(std::uint64_t page, std::uint64_t len, std::uint64_t offset) {
    Op<Plain> op = mmap(page, len, 0, prot::read);
    op.file = 1;
    op.offset = Bytes<Plain>::pages(offset);
    return op;
}
inline Op<Plain> fault(std::uint64_t page, std::uint8_t process = 0) {
    return at(OpKind::fault, page, 1, process);
}
inline Op<Plain> read_fault(std::uint64_t page, std::uint8_t process = 0) {
    Op<Plain> op = fault(page, process);
    op.access = Access::read;
    return op;
}
inline Op<Plain> reclaim(std::uint64_t page, std::uint8_t process = 0) {
    return at(OpKind::reclaim, page, 1, process);
}
inline Op<Plain> fork(std::uint8_t process = 0) {
    return at(OpKind::fork, 0, 1, process);
}
inline Op<Plain> exit(std::uint8_t process) {
    return at(OpKind::exit, 0, 1, process);
}
inline Op<Plain> mprotect(std::uint64_t page, std::uint64_t len, Prot prot) {
    Op<Plain> op = at(OpKind::mprotect, page, len);
    op.prot = prot;
    return op;
}
inline Op<Plain> madvise(std::uint64_t page, std::uint64_t len, Advice advice) {
    Op<Plain> op = at(OpKind::madvise, page, len);
    op.advice = advice;
    return op;
}
inline Op<Plain> mlock(std::uint64_t page, std::uint64_t len, std::uint32_t flags = 0) {
    Op<Plain> op = at(OpKind::mlock, page, len);
    op.call_flags = flags;
    return op;
}
inline Op<Plain> mremap(std::uint64_t page, std::uint64_t len, std::uint64_t to, std::uint32_t flags = 0) {
    Op<Plain> op = at(OpKind::mremap, page, len);
    op.new_len = op.len;
    op.new_addr = Bytes<Plain>::pages(to);
    op.call_flags = mremap::maymove | mremap::fixed | flags;
    return op;
}
inline Op<Plain> resized(std::uint64_t page, std::uint64_t len, std::uint64_t new_len, std::uint64_t to) {
    Op<Plain> op = mremap(page, len, to);
    op.new_len = Bytes<Plain>::pages(new_len);
    return op;
}
inline Op<Plain> map_of(std::uint16_t file, std::uint64_t page, std::uint64_t len, std::uint64_t offset = 0) {
    Op<Plain> op = mmap(page, len, 0);
    op.file = file;
    op.offset = Bytes<Plain>::pages(offset);
    return op;
}
inline Op<Plain> locked(Op<Plain> op) {
    op.flags |= map::locked;
    return op;
}
inline Op<Plain> mlockall_future() {
    Op<Plain> op = at(OpKind::mlockall, 0, 0);
    op.call_flags = mcl::future;
    return op;
}
inline Op<Plain> special_mapping(std::uint64_t page) {
    Op<Plain> op = at(OpKind::special_mapping, page);
    op.prot = prot::read;
    return op;
}
// A new program with a page of strings, whose stack ends there.
inline Op<Plain> exec(std::uint64_t top) {
    Op<Plain> op = at(OpKind::exec, top);
    op.prot = 0;
    return op;
}
inline Op<Plain> mmap_shmem(std::uint64_t page, std::uint64_t len, std::uint64_t offset) {
    Op<Plain> op = at(OpKind::mmap, page, len);
    op.flags = map::shared | map::fixed;
    op.file = 5;
    op.offset = Bytes<Plain>::pages(offset);
    return op;
}
inline Op<Plain> mbind(std::uint64_t page, std::uint64_t len, std::uint16_t policy) {
    Op<Plain> op = at(OpKind::mbind, page, len);
    op.policy = policy;
    return op;
}
inline Op<Plain> uffd_register(std::uint64_t page, std::uint64_t len) {
    Op<Plain> op = at(OpKind::uffd_register, page, len);
    op.uffd = 1;
    op.call_flags = uffd_mode::missing;
    return op;
}
inline Op<Plain> uffd_close() {
    Op<Plain> op = at(OpKind::uffd_close, 0, 0);
    op.uffd = 1;
    return op;
}
inline Op<Plain> failing(Op<Plain> op, AllocKind kind, std::uint16_t nth) {
    op.fail_alloc = {kind, nth};
    return op;
}
// With a write access of another thread to the page, at the first place for one.
inline Op<Plain> meanwhile_written(Op<Plain> op, std::uint64_t page) {
    op.meanwhile = {.nth = 1, .addr = page * page_size};
    return op;
}
inline Op<Plain> remote(std::uint64_t page, std::uint8_t process, std::uint8_t target) {
    Op<Plain> op = at(OpKind::remote_access, page, 1, process);
    op.target = target;
    return op;
}
inline Op<Plain> of_process(Op<Plain> op, std::uint8_t process) {
    op.process = process;
    return op;
}
inline Op<Plain> anywhere(std::uint64_t len) {
    Op<Plain> op = mmap(0, len);
    op.flags &= ~map::fixed;
    return op;
}
inline Op<Plain> growing(std::uint64_t page, std::uint64_t len, std::uint64_t new_len) {
    Op<Plain> op = mremap(page, len, 0);
    op.new_len = Bytes<Plain>::pages(new_len);
    op.new_addr = {};
    op.call_flags = 0;
    return op;
}
// In pages above the start of the heap's second page, 41.
inline Op<Plain> brk(std::uint64_t pages) {
    return at(OpKind::brk, 41 + pages);
}
inline Op<Plain> shmat(std::uint64_t page) {
    Op<Plain> op = at(OpKind::shmat, page, 0);
    op.file = file::segment;
    return op;
}
inline Op<Plain> truncate(std::uint16_t file, std::uint64_t pages) {
    Op<Plain> op = at(OpKind::truncate, 0, pages);
    op.file = file;
    return op;
}
inline Op<Plain> anon_name(std::uint64_t page, std::uint16_t name) {
    Op<Plain> op = at(OpKind::anon_name, page);
    op.name = name;
    return op;
}
inline Op<Plain> mmap_shared(std::uint64_t page) {
    Op<Plain> op = at(OpKind::mmap, page);
    op.flags = map::shared | map::fixed | map::anonymous;
    return op;
}
// Of a file that was opened for reading.
inline Op<Plain> mmap_shared_read_only(std::uint64_t page) {
    Op<Plain> op = at(OpKind::mmap, page);
    op.flags = map::shared | map::fixed;
    op.prot = prot::read;
    op.file = 3;
    return op;
}
inline VmaSpec stack_that_grows_up(std::uint64_t page) {
    VmaSpec spec;
    spec.start = page;
    spec.end = page + 1;
    spec.pgoff = page;
    spec.flags = vm::data_default | vm::account | vm::growsup;
    return spec;
}
struct Directed {
    const char* fault;
    std::set<std::string> properties;  // at least these must say something at the last step
    std::vector<Op<Plain>> ops;        // nothing is wrong before the last
    bool abandoned = false;            // the model's own assertion ends the last step, so a sweep has nothing to say
    std::set<std::string> step_only = {};  // those of `properties` that look at a step, so that a sweep is silent
    Errno with = Errno::ok;                // how the last ends with the fault, and without
    Errno without = Errno::ok;
    std::function<void(Parameters&)> parameters = {};  // changes to small_parameters()
    std::vector<VmaSpec> layout = {};
    std::string_view profile = "v5.10";
};

// Those of the synthetic faults that leave a structure or a count wrong, lose a page or a merge, or ignore a limit.
std::vector<Directed> synthetic_sequences();

}  // namespace vmacheck::sequence
