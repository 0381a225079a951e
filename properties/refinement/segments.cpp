#include "properties/refinement/segments.hpp"

#include <fmt/format.h>

namespace vmacheck {
namespace {

// Whether its offset shows: of a file, and of a special mapping, where it says which of the kernel's pages lies there.
template <class D>
bool has_offset(const Segment<D>& s) {
    return s.file || (s.flags & vm::special) != 0;
}

template <class D>
bool continues(const Segment<D>& a, const Segment<D>& b) {
    return a.flags == b.flags && a.file == b.file && a.policy == b.policy && a.uffd == b.uffd && a.name == b.name &&
           a.end == b.start && (!has_offset(a) || a.offset + (a.end - a.start) == b.offset);
}

template <class D>
bool equal(const Segment<D>& a, const Segment<D>& b) {
    return a.flags == b.flags && a.file == b.file && a.start == b.start && a.end == b.end && a.offset == b.offset &&
           a.policy == b.policy && a.uffd == b.uffd && a.name == b.name;
}

// Whether two segments say the same of a page that lies in both.
bool same_page(const Segment<Plain>& a, const Segment<Plain>& b) {
    const bool same_offset =
        has_offset(a) ? a.offset.value() - a.start.value() == b.offset.value() - b.start.value() : a.offset == b.offset;
    return a.flags == b.flags && a.file == b.file && same_offset && a.policy == b.policy && a.uffd == b.uffd &&
           a.name == b.name;
}

template <class D>
std::string in_words(const Segment<D>& s) {
    return fmt::format("{} {}", range_text(s.start, s.end), page_words(s));
}

// What lies at a page, from there on: a segment or its rest. Nothing if it is a hole.
template <class D>
std::string words_from(const typename PageMap<D>::List& segments, const Number<D>& page) {
    for (Segment<D> each : segments) {
        if (each.end <= page) continue;
        if (page < each.start) break;
        if (has_offset(each)) each.offset += page - each.start;
        each.start = page;
        return in_words(each);
    }
    return {};
}

// The segments with this index are the first that differ. Where they begin alike, what differs is the pages after the
// shorter one, and these are what the text is about.
template <class D>
std::string difference_from(const typename PageMap<D>::List& expected, const typename PageMap<D>::List& found,
                            std::size_t index) {
    Segment<D> a = expected[index];
    const Segment<D>& b = found[index];
    const bool a_is_shorter = a.end < b.end;
    const Number<D> end = a_is_shorter ? a.end : b.end;
    a.end = b.end;
    if (!equal(a, b)) return fmt::format("is {}, expected {}", in_words(b), in_words(expected[index]));
    const std::string is = words_from<D>(found, end);
    const std::string should = words_from<D>(expected, end);
    if (is.empty()) return should + " is missing";
    return should.empty() ? is + " should not be there" : fmt::format("is {}, expected {}", is, should);
}

}  // namespace

template <class D>
std::string page_words(const Segment<D>& s) {
    const std::string backing = s.file ? fmt::format("file {} at page {:#x}", s.file.index() + 1, s.offset.value())
                                : has_offset(s) ? fmt::format("a special mapping at page {:#x}", s.offset.value())
                                                : std::string("private memory");
    std::string more;
    if (s.policy != 0) more += fmt::format(", policy {}", s.policy);
    if (s.uffd != 0) more += fmt::format(", userfaultfd {}", s.uffd);
    if (s.name != 0) more += fmt::format(", name {}", s.name);
    return fmt::format("{}, {}{}", long_flags(s.flags), backing, more);
}

template <class D>
void PageMap<D>::add(const Vma<D>& vma, std::uint16_t policy) {
    Segment<D> segment{vma.start, vma.end, vma.flags & ~vm::sticky, vma.file, 0, policy, vma.uffd, vma.anon_name};
    if (has_offset(segment)) segment.offset = vma.pgoff;
    insert(segment);
}

template <class D>
void PageMap<D>::insert_below_last(const Segment<D>& segment) {
    auto at = segments_.end() - 1;
    while (at != segments_.begin() && segment.start < (at - 1)->start) --at;
    segments_.insert(at, segment);
}

template <class D>
void PageMap<D>::cut(const Number<D>& page) {
    for (auto at = segments_.begin(); at != segments_.end(); ++at) {
        if (at->start >= page) return;
        if (at->end <= page) continue;
        Segment<D> upper = *at;
        if (has_offset(upper)) upper.offset += page - upper.start;
        upper.start = page;
        at->end = page;
        segments_.insert(at + 1, upper);
        return;
    }
}

template <class D>
void PageMap<D>::remove(const Number<D>& start, const Number<D>& end) {
    cut(start);
    cut(end);
    auto first = segments_.begin();
    while (first != segments_.end() && first->start < start) ++first;
    auto last = first;
    while (last != segments_.end() && last->start < end) ++last;
    segments_.erase(first, last);
}

template <class D>
template <class F>
void PageMap<D>::change(const Number<D>& start, const Number<D>& end, F&& f) {
    cut(start);
    cut(end);
    for (Segment<D>& each : segments_)
        if (each.start >= start && each.start < end) f(each);
}

template <class D>
void PageMap<D>::set_flags(const Number<D>& start, const Number<D>& end, VmFlags flags) {
    change(start, end, [&](Segment<D>& each) { each.flags = flags; });
}

template <class D>
void PageMap<D>::set_policy(const Number<D>& start, const Number<D>& end, std::uint16_t policy) {
    change(start, end, [&](Segment<D>& each) { each.policy = policy; });
}

template <class D>
void PageMap<D>::set_uffd(const Number<D>& start, const Number<D>& end, VmFlags flags, std::uint16_t uffd) {
    change(start, end, [&](Segment<D>& each) {
        each.flags = flags;
        each.uffd = uffd;
    });
}

template <class D>
void PageMap<D>::set_name(const Number<D>& start, const Number<D>& end, std::uint16_t name) {
    change(start, end, [&](Segment<D>& each) { each.name = name; });
}

template <class D>
const Segment<D>* PageMap<D>::at(const Number<D>& page) const {
    for (const Segment<D>& each : segments_)
        if (page < each.end) return each.start <= page ? &each : nullptr;
    return nullptr;
}

template <class D>
bool PageMap<D>::any_in(const Number<D>& start, const Number<D>& end) const {
    for (const Segment<D>& each : segments_)
        if (start < each.end) return each.start < end;
    return false;
}

template <class D>
void PageMap<D>::normalise() {
    if (segments_.empty()) return;
    auto last = segments_.begin();
    for (auto each = last + 1; each != segments_.end(); ++each) {
        if (continues(*last, *each))
            last->end = each->end;
        else if (++last != each)
            *last = std::move(*each);
    }
    segments_.erase(last + 1, segments_.end());
}

// Run by run of what neither cuts.
bool same_pages(const PageMap<Plain>& a, const PageMap<Plain>& b) {
    if (&a == &b) return true;
    auto x = a.segments().begin();
    auto y = b.segments().begin();
    const auto end_x = a.segments().end();
    const auto end_y = b.segments().end();
    PlainNumber from_x;  // what comes before is compared
    PlainNumber from_y;
    if (x != end_x) from_x = x->start;
    if (y != end_y) from_y = y->start;
    while (x != end_x && y != end_y) {
        if (from_x != from_y || !same_page(*x, *y)) return false;
        const PlainNumber to = x->end < y->end ? x->end : y->end;
        if (to <= from_x) return false;
        from_x = from_y = to;
        if (x->end == to && ++x != end_x) from_x = x->start;
        if (y->end == to && ++y != end_y) from_y = y->start;
    }
    return x == end_x && y == end_y;
}

template <class D>
std::string first_difference(const PageMap<D>& expected, const PageMap<D>& found) {
    PageMap<D> joined_expected = expected;
    PageMap<D> joined_found = found;
    joined_expected.normalise();
    joined_found.normalise();
    const auto& a = joined_expected.segments();
    const auto& b = joined_found.segments();
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i)
        if (!equal(a[i], b[i])) return difference_from<D>(a, b, i);
    if (a.size() > b.size()) return fmt::format("{} is missing", in_words(a[b.size()]));
    if (b.size() > a.size()) return fmt::format("{} should not be there", in_words(b[a.size()]));
    return {};
}

template class PageMap<Plain>;
template class PageMap<Traced>;
template std::string page_words(const Segment<Plain>&);
template std::string page_words(const Segment<Traced>&);
template std::string first_difference(const PageMap<Plain>&, const PageMap<Plain>&);
template std::string first_difference(const PageMap<Traced>&, const PageMap<Traced>&);

}  // namespace vmacheck
