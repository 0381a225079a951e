// Operations as calls in C.
#pragma once

#include "checker/report/exports/program_addresses.hpp"

#include <set>
#include <string>

namespace vmacheck {

// Why a C program has no call for the operation; empty: it has one.
std::string why_no_c_call(const Op<Plain>& op, const Parameters& parameters);

// MADV_* of <sys/mman.h>, as the kernel numbers them.
int advice_number(Advice advice);

// "PROT_READ | PROT_WRITE"; a bit that headers have no name for is a number.
std::string c_prot(Prot prot);
std::string c_map_flags(MapFlags flags);

// A string literal.
std::string c_string(std::string_view text);

// The calls of one program.
class CCalls {
public:
    CCalls(const Performed& performed, const ProgramAddresses& addresses)
        : performed_(performed), addresses_(addresses) {}

    // "call(SYS_munmap, 0x10000, 0x1000, 0, 0, 0, 0)": the expression whose value is the result of the step.
    std::string expression(std::size_t step);
    // Files that the calls so far name, by id.
    [[nodiscard]] const std::set<std::uint16_t>& files() const { return files_; }

private:
    std::string file(std::uint16_t id);
    std::string plain_call(std::size_t step);

    const Performed& performed_;
    const ProgramAddresses& addresses_;
    std::set<std::uint16_t> files_;
};

// The declarations of files, and the statements that open them.
struct CFiles {
    std::string declarations;
    std::string statements;
};
CFiles c_files(const std::set<std::uint16_t>& ids, const Parameters& parameters);

}  // namespace vmacheck
