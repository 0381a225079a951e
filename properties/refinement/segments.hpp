// Page maps as sorted lists of segments: what each page of an address space is to its user, whatever VMAs it lies in.
//
// A page is described by its rights and other flags, by what is behind it (private memory, or a page of a file or
// shared object), by its NUMA policy, the userfaultfd context it is registered with, its name, and nothing else.
// Private anonymous memory has no offset here, and whether a VMA is faulted is not part of it.
#pragma once

#include "model/state/vma.hpp"
#include "properties/step/property.hpp"

#include <boost/container/small_vector.hpp>

#include <string>

namespace vmacheck {

template <class D>
struct Segment {
    Number<D> start;  // page numbers, [start, end)
    Number<D> end;
    VmFlags flags = 0;         // without VM_SOFTDIRTY
    FileId file;               // none: private anonymous memory
    Number<D> offset;          // of `start` in the file, pages; 0 without a file
    std::uint16_t policy = 0;  // by content; 0: none
    std::uint16_t uffd = 0;    // 0: not registered
    std::uint16_t name = 0;    // of anonymous memory; 0: none
};

template <class D>
class PageMap {
public:
    using List = boost::container::small_vector<Segment<D>, 10>;

    // The VMAs may come in any order but must not overlap. `policy`: the content of the VMA's.
    void add(const Vma<D>& vma, std::uint16_t policy);
    void insert(const Segment<D>& segment) {
        if (segments_.empty() || !(segment.start < segments_.back().start))
            segments_.push_back(segment);
        else
            insert_below_last(segment);
    }
    void remove(const Number<D>& start, const Number<D>& end);
    // The pages of [start, end) that exist get these flags.
    void set_flags(const Number<D>& start, const Number<D>& end, VmFlags flags);
    void set_policy(const Number<D>& start, const Number<D>& end, std::uint16_t policy);
    void set_uffd(const Number<D>& start, const Number<D>& end, VmFlags flags, std::uint16_t uffd);
    void set_name(const Number<D>& start, const Number<D>& end, std::uint16_t name);
    // Where one segment was there are two from now on, with equal pages: none lies on both sides of this page.
    void cut(const Number<D>& page);
    [[nodiscard]] const Segment<D>* at(const Number<D>& page) const;  // nullptr: nothing is mapped there
    [[nodiscard]] bool any_in(const Number<D>& start, const Number<D>& end) const;
    [[nodiscard]] const List& segments() const { return segments_; }
    // Joins segments that continue each other, after which equal page maps are equal lists.
    void normalise();

private:
    void insert_below_last(const Segment<D>& segment);
    template <class F>
    void change(const Number<D>& start, const Number<D>& end, F&& f);
    List segments_;
};

// What the pages of a segment are: "rw-p may rwx ac, file 1 at page 0x2".
template <class D>
std::string page_words(const Segment<D>& segment);

// Whether two page maps say the same of every page, however they are cut. False also where segments overlap or are empty,
// and are not the same.
bool same_pages(const PageMap<Plain>& a, const PageMap<Plain>& b);

// The first difference between two page maps, in words; empty if there is none.
template <class D>
std::string first_difference(const PageMap<D>& expected, const PageMap<D>& found);
template <class D>
std::string difference(const PageMap<D>& expected, const PageMap<D>& found) {
    if constexpr (!records_decisions<D>)
        if (same_pages(expected, found)) return {};
    return first_difference(expected, found);
}

extern template class PageMap<Plain>;
extern template class PageMap<Traced>;

}  // namespace vmacheck
