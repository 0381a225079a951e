#include "properties/refinement/specified_pages.hpp"

#include "properties/refinement/specification.hpp"

#include <set>

namespace vmacheck {
namespace {

using specification::ComparedMap;

std::string words_at(const PageMap<Plain>& map, std::uint64_t page) {
    const Segment<Plain>* at = map.at(Number<Plain>(page));
    return at != nullptr ? page_words(*at) : std::string();
}

SpecifiedMap by_pages(ComparedMap<Plain> compared) {
    std::set<std::uint64_t> cuts;
    for (const PageMap<Plain>* map : {&compared.expected, &compared.found})
        for (const Segment<Plain>& each : map->segments()) cuts.insert({each.start.value(), each.end.value()});
    for (PageMap<Plain>* map : {&compared.expected, &compared.found})
        for (const std::uint64_t page : cuts) map->cut(Number<Plain>(page));
    SpecifiedMap specified{compared.rule, {}};
    std::uint64_t start = 0;
    for (const std::uint64_t end : cuts) {
        SpecifiedPages pages{start, end, words_at(compared.expected, start), words_at(compared.found, start)};
        if (end != *cuts.begin() && !(pages.expected.empty() && pages.found.empty()))
            specified.pages.push_back(std::move(pages));
        start = end;
    }
    return specified;
}

}  // namespace

std::vector<SpecifiedMap> specified_maps(const World<Plain>& world, const Op<Plain>& op) {
    std::vector<SpecifiedMap> maps;
    Report ignored;
    std::vector<ComparedMap<Plain>> compared;
    try {
        specification::specify_step(Step<Plain>(world, op, world.outcome()), ignored, &compared);
    } catch (const StepAbandoned&) {
        // A World that was broken: what was compared up to here is shown.
    }
    for (ComparedMap<Plain>& each : compared) maps.push_back(by_pages(std::move(each)));
    return maps;
}

}  // namespace vmacheck
