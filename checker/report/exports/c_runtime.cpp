// Text of C programs. A program has only the pieces that it uses, so that it stays short and no compiler warns.
#include "checker/report/exports/c_runtime.hpp"

#include "checker/report/exports/c_runtime_pieces.hpp"
#include "checker/report/exports/c_runtime_setup.hpp"

#include <array>
#include <string_view>

namespace vmacheck {
namespace {

struct Piece {
    std::string_view used_as;  // what a text contains that needs it
    std::string_view text;
};

// In the order in which they stand in a program: a piece uses those above it.
constexpr std::array<Piece, 25> pieces{{
    {"shared->", c_pieces::shared},
    {"stop(", c_pieces::stop_all},
    {"stop(", c_pieces::stop},
    {"say(", c_pieces::say},
    {"skip(", c_pieces::skip},
    {"next_line(", c_pieces::next_line},
    {"number_after(", c_pieces::number_after},
    {"append_vma(", c_pieces::append_vma},
    {"check_vmas(", c_pieces::check_vmas},
    {"step(", c_pieces::step},
    {"placed(", c_pieces::placed},
    {"call(", c_pieces::call},
    {"access_byte(", c_pieces::access_byte},
    {"residency", c_pieces::residency},
    {"bind(", c_pieces::bind},
    {"uffd(", c_pieces::uffd},
    {"open_file(", c_pieces::open_file},
    {"reopened(", c_pieces::reopened},
    {"segment(", c_pieces::segment},
    {"expect_free(", c_pieces::expect_free},
    {"start_heap(", c_pieces::start_heap},
    {"leave_vmas(", c_pieces::leave_vmas},
    {"limit(", c_pieces::limit},
    {"drop_capabilities(", c_pieces::drop_capabilities},
    {"turn(", c_pieces::turn},
}};

}  // namespace

std::string with_c_runtime(const std::string& declarations, const std::string& program) {
    const bool several = program.find("turn(") != std::string::npos;
    std::string text = program;
    for (auto each = pieces.rbegin(); each != pieces.rend(); ++each) {
        if (each->text == c_pieces::stop_all && !several) continue;
        if (each->text == c_pieces::stop && several) continue;
        if (text.find(each->used_as) != std::string::npos) text = std::string(each->text) + "\n" + text;
    }
    return std::string(c_pieces::includes) + "\n" + declarations + "\n" + text;
}

}  // namespace vmacheck
