// VMAs as bars: what kind each is, by colour and pattern, and the name that it keeps through a page.
#pragma once

#include "checker/report/html/address_axis.hpp"
#include "model/state/observation.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace vmacheck::html {

// Names of VMA objects on a page: a, b ... z, aa, ab ... by first appearance. They are not those of a Picture, which
// begins with a for each step.
class VmaNames {
public:
    std::size_t index(std::uint64_t key);  // from 0; by key_of of picture.hpp
    [[nodiscard]] std::size_t size() const { return indices_.size(); }
    static std::string text(std::size_t index);

private:
    std::map<std::uint64_t, std::size_t> indices_;
};

// The VMAs of a process at one moment.
class Layout {
public:
    void remove(const VmaView& vma);
    void add(const VmaView& vma) { vmas_.emplace(vma.start, vma); }
    [[nodiscard]] const std::multimap<std::uint64_t, VmaView>& vmas() const { return vmas_; }

private:
    std::multimap<std::uint64_t, VmaView> vmas_;  // by start; only bugs let two overlap
};

// The classes of a bar: its kind, whether it has an anon_vma, whether no access is allowed.
std::string classes_of(const VmaView& vma);
// "anonymous", "file 1, shared" ...
std::string backing_of(const VmaView& vma);

// A bar. The name is left out where it has no room; `wide`: pixels of the axis.
std::string bar(const VmaView& vma, std::size_t index, const AddressAxis& axis, double wide, bool changed);
// The name in a box of its colour, that shows the history when it is clicked.
std::string chip(const VmaView& vma, std::size_t index);

// What colours, patterns and edges mean.
std::string bar_key();

}  // namespace vmacheck::html
