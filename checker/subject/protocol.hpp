// The lines of the protocol that programs speak to be subjects (checker/conform/PROTOCOL.md): requests as text, and
// answers read into data.
//
// An answer is untrusted: it is read by the functions that read traces, and what is wrong with it is an AnswerError.
#pragma once

#include "checker/subject/subject.hpp"

#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmacheck {

// what() is one line, with the column.
class AnswerError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

inline constexpr int protocol_version = 1;

// What a program says of itself.
struct Hello {
    std::string name;
    std::string version;
    std::bitset<static_cast<std::size_t>(OpKind::count)> operations;
    std::vector<FileKind> files;      // that it can open
    bool vmas = false;                // it lists its VMAs
    bool vm_flags = false;            // with all their flags; otherwise with rights and sharing
    bool counters = false;            // it shows total_vm and the like
    Layouts layouts = Layouts::none;  // the layout digests that it computes
    bool exec_access = false;         // it can show whether a page may be executed
    bool fails_allocations = false;   // it can let one of its allocations fail
    bool takes_limits = false;        // limits, capabilities and sysctls are as reset wants them
    std::size_t processes = 1;        // slots
    std::size_t max_steps = 1024;     // of one request
    // Limits on arguments; all ones: none.
    std::uint64_t mincore_bytes = unlimited;
    std::uint64_t populate_bytes = unlimited;
    std::uint64_t policies = unlimited;
    std::uint64_t uffds = unlimited;
    bool ahead = false;       // requests may be written before it has answered the ones before
    bool fixed_only = false;  // it takes no operation that would let it choose an address
    // Of mmap: the bits and the mapping types that it takes; and the advices.
    MapFlags mmap_flags = ~MapFlags{0};
    std::bitset<16> map_types = ~std::bitset<16>{};
    std::bitset<64> advices = ~std::bitset<64>{};
    bool mmap_hugetlb = false;  // MAP_HUGETLB without a file
};

// Where a program starts after reset.
struct Start {
    Setup setup;                                                    // the wanted one with what the program really has
    std::vector<std::pair<std::uint64_t, std::uint64_t>> reserved;  // bytes, [start, end): its own memory
    std::map<std::size_t, std::string> absent;                      // files by position from 1, and why
};

std::string hello_request();
std::string reset_request(const Setup& wanted);
// The steps first to last, as traces write them.
std::string apply_request(std::span<const Op<Plain>> ops, Layouts layouts);
std::string observe_request(const Detail& detail);
std::string bye_request();

// All throw AnswerError; an answer {"error":"..."} is one.
Hello read_hello(std::string_view answer);
Start read_start(std::string_view answer, const Setup& wanted);
// Of these operations: the answers to the first ones, in order. Only the last may be a refusal.
std::vector<Answer> read_answers(std::string_view answer, std::span<const Op<Plain>> ops);
// The same, without the quicker way for those of the plainest shape (plain_results.hpp).
std::vector<Answer> read_answers_of_any_shape(std::string_view answer, std::span<const Op<Plain>> ops);
// `files`: how many there are to name.
Observation read_observation(std::string_view answer, const Detail& detail, std::size_t files);

}  // namespace vmacheck
