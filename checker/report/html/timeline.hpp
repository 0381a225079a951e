// The address space over time: a row a step, with its call, and the VMAs of each process as bars.
#pragma once

#include "checker/report/html/step_section.hpp"

#include <string>
#include <vector>

namespace vmacheck::html {

class Timeline {
public:
    explicit Timeline(const Story& story);

    // Applies the step to the layouts and returns the bars of its row. Steps in their order.
    std::string lanes(const StoryStep& step, VmaNames& names);
    // The row around them; `lanes` empty: the script puts them in.
    [[nodiscard]] std::string row(const StoryStep& step, const std::string& lanes,
                                  Anchored anchored = Anchored::yes) const;
    // The heads of the columns: addresses.
    [[nodiscard]] std::string head() const;
    // The starting layout, if there is anything in it.
    [[nodiscard]] std::string first_row(VmaNames& names);

    [[nodiscard]] const Layouts& layouts() const { return layouts_; }

private:
    [[nodiscard]] std::string lane(std::size_t slot, const ProcessStory* process, VmaNames& names) const;
    [[nodiscard]] double lane_pixels() const;

    const Story& story_;
    std::vector<std::size_t> columns_;  // slots; empty: too many processes for columns, each row has those it is about
    AddressAxis axis_;
    Layouts layouts_;
};

}  // namespace vmacheck::html
