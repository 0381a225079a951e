// Where pages lie in a picture, from left to right. Long VMAs and gaps are drawn shorter than they are, in the order of
// their sizes, so that one page next to a terabyte is still seen.
#pragma once

#include "model/op/page_range.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vmacheck::html {

class AddressAxis {
public:
    // `ranges`: everything that is to be drawn.
    explicit AddressAxis(const std::vector<PageRange>& ranges);

    [[nodiscard]] bool empty() const { return places_.empty(); }
    // In percent of the width, of a page that one of the ranges starts or ends at.
    [[nodiscard]] double at(std::uint64_t page) const;
    // "left:12.5%;width:25%".
    [[nodiscard]] std::string style(const PageRange& range) const;
    // Pixels that a range is wide where the axis has so many.
    [[nodiscard]] double pixels(const PageRange& range, double width) const;
    // Addresses and the sizes of gaps, as many as have room in so many pixels.
    [[nodiscard]] std::string labels(double width) const;

private:
    struct Gap {
        std::uint64_t start;
        std::uint64_t end;
    };
    std::map<std::uint64_t, double> places_;
    std::vector<Gap> gaps_;
};

// "28 KiB", "4 GiB": of so many pages.
std::string size_text(std::uint64_t pages);

}  // namespace vmacheck::html
