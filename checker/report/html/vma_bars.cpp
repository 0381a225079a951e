#include "checker/report/html/vma_bars.hpp"

#include "checker/report/html/markup.hpp"
#include "checker/report/picture.hpp"
#include "traces/observe/vma_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck::html {
namespace {

constexpr double name_pixels = 7.5;  // of a letter

struct Kind {
    char letter;  // the class
    std::string_view what;
};

constexpr Kind anonymous{'a', "private anonymous memory"};
constexpr Kind private_file{'p', "a private mapping of a file"};
constexpr Kind shared{'s', "a shared mapping"};
constexpr Kind stack{'k', "a stack"};
constexpr Kind special{'x', "a special mapping of the kernel"};
constexpr Kind huge{'h', "huge pages"};

Kind kind_of(const VmaView& vma) {
    if (vma.special) return special;
    if ((vma.flags & vm::hugetlb) != 0) return huge;
    if ((vma.flags & (vm::growsdown | vm::growsup)) != 0) return stack;
    if ((vma.flags & (vm::shared | vm::may_share)) != 0) return shared;
    return vma.file != 0 || vma.shared_object ? private_file : anonymous;
}

}  // namespace

std::size_t VmaNames::index(std::uint64_t key) {
    return indices_.try_emplace(key, indices_.size()).first->second;
}

std::string VmaNames::text(std::size_t index) {
    std::string name;
    for (++index; index > 0; index = (index - 1) / 26) name += static_cast<char>('a' + (index - 1) % 26);
    std::reverse(name.begin(), name.end());
    return name;
}

void Layout::remove(const VmaView& vma) {
    const auto [first, last] = vmas_.equal_range(vma.start);
    const auto same = [&](const auto& each) { return key_of(each.second) == key_of(vma); };
    if (const auto at = std::find_if(first, last, same); at != last) vmas_.erase(at);
}

std::string classes_of(const VmaView& vma) {
    std::string classes(1, kind_of(vma).letter);
    if (vma.anon_vma.value_or(0) != 0) classes += " f";
    if ((vma.flags & vm::access) == 0) classes += " n";
    return classes;
}

std::string backing_of(const VmaView& vma) {
    if (vma.special) return "special mapping";
    const bool is_shared = (vma.flags & (vm::shared | vm::may_share)) != 0;
    if (vma.file != 0) return fmt::format("file {}, {}", vma.file, is_shared ? "shared" : "private");
    return vma.shared_object || is_shared ? "shared object" : "anonymous";
}

std::string bar(const VmaView& vma, std::size_t index, const AddressAxis& axis, double wide, bool changed) {
    const std::string name = VmaNames::text(index);
    const PageRange range{vma.start, vma.end};
    const bool room = axis.pixels(range, wide) > name_pixels * static_cast<double>(name.size()) + 4;
    return fmt::format("<i class=\"v {}{}\" data-v={} style=\"{}\">{}</i>", classes_of(vma), changed ? " c" : "", index,
                       axis.style(range), room ? name : "");
}

std::string chip(const VmaView& vma, std::size_t index) {
    return fmt::format("<i class=\"v chip {}\" data-v={}>{}</i>", classes_of(vma), index, VmaNames::text(index));
}

std::string bar_key() {
    std::string text = "<ul class=key>";
    for (const Kind& each : {anonymous, private_file, shared, stack, huge, special})
        text += fmt::format("<li><i class=\"v chip {}\">a</i> {}</li>", each.letter, each.what);
    text +=
        "<li><i class=\"v chip a f\">a</i> thick lower edge: it has an anon_vma</li>"
        "<li><i class=\"v chip a n\">a</i> dashed: no access (PROT_NONE)</li>"
        "<li><i class=\"v chip a c\">a</i> framed: this step changed it</li>"
        "<li><i class=\"v chip range\"></i> the range of the call</li></ul>";
    return text;
}

}  // namespace vmacheck::html
