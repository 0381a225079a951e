#include "checker/report/story_json.hpp"

#include "traces/format/names.hpp"

#include <boost/json/array.hpp>

namespace vmacheck {
namespace {

namespace json = boost::json;

std::string letter_text(char letter) {
    return std::string(1, letter);
}

json::object range_json(const PageRange& range) {
    return {{"start", hex(range.start * page_size)}, {"end", hex(range.end * page_size)}};
}

json::object vma_json(const PicturedVma& pictured) {
    const VmaView& vma = pictured.vma;
    json::array flags;
    for (const std::string& each : names_of(vm_flag_names(), vma.flags)) flags.emplace_back(each);
    json::object object{{"vma", letter_text(pictured.letter)},
                        {"start", hex(vma.start * page_size)},
                        {"end", hex(vma.end * page_size)},
                        {"flags", std::move(flags)}};
    if (vma.pgoff) object["pgoff"] = *vma.pgoff;
    if (vma.file != 0) object["file"] = vma.file;
    if (vma.shared_object) object["shared_object"] = true;
    if (vma.anon_vma) object["anon"] = *vma.anon_vma;
    if (vma.chain) object["chain"] = json::array(vma.chain_members.begin(), vma.chain_members.end());
    if (vma.policy) object["policy"] = *vma.policy;
    if (vma.uffd) object["uffd"] = *vma.uffd;
    if (vma.name) object["name"] = *vma.name;
    return object;
}

json::array vmas_json(const std::vector<PicturedVma>& vmas) {
    json::array rows;
    for (const PicturedVma& each : vmas) rows.push_back(vma_json(each));
    return rows;
}

json::object process_json(const ProcessStory& process) {
    const Picture& picture = process.picture;
    json::array changes;
    for (const VmaChange& each : process.vmas) {
        json::object change{{"vma", letter_text(each.letter)}, {"what", each.what}};
        if (!each.was.empty()) change["was"] = each.was;
        if (!each.is.empty()) change["is"] = each.is;
        changes.push_back(std::move(change));
    }
    json::array counters;
    for (const CounterChange& each : process.counters)
        counters.push_back(json::object{{"what", each.what}, {"was", each.was}, {"is", each.is}});
    return {{"process", process.slot},
            {"range", picture.range ? json::value(range_json(*picture.range)) : json::value()},
            {"before", vmas_json(picture.before)},
            {"after", vmas_json(picture.after)},
            {"before_left_out", picture.before_left_out},
            {"after_left_out", picture.after_left_out},
            {"changes", std::move(changes)},
            {"counters", std::move(counters)}};
}

json::object step_json(const StoryStep& step) {
    json::array cases;
    for (const StoryMerge& each : step.merges)
        cases.push_back(json::object{{"case", each.which}, {"text", each.sentence}});
    json::array events;
    for (const StoryEvent& each : step.events) {
        json::object event{{"name", each.name}, {"times", each.times}};
        if (!each.detail.empty()) event["site"] = each.detail;
        events.push_back(std::move(event));
    }
    json::array processes;
    for (const ProcessStory& each : step.processes) processes.push_back(process_json(each));
    return {{"step", step.number},
            {"line", step.line},
            {"process", step.caller},
            {"call", step.call},
            {"result", step.result},
            {"note", step.note},
            {"cases", std::move(cases)},
            {"events", std::move(events)},
            {"reasons", json::array(step.reasons.begin(), step.reasons.end())},
            {"processes", std::move(processes)}};
}

}  // namespace

json::object json_of(const Story& story, const std::string& path, const std::string& replay) {
    json::array steps;
    for (const StoryStep& each : story.steps) steps.push_back(step_json(each));
    json::array findings;
    for (const StoryViolation& each : story.violations)
        findings.push_back(json::object{{"property", each.property},
                                        {"on", "model"},
                                        {"text", each.text},
                                        {"ops", each.step},
                                        {"line", each.line},
                                        {"trace", path},
                                        {"replay", replay}});
    json::array differences;
    for (const Difference& each : story.differences)
        differences.push_back(json::object{{"trace", path},
                                           {"step", each.step},
                                           {"line", each.line},
                                           {"what", each.what},
                                           {"stated", each.expected},
                                           {"model", each.actual}});
    return {{"profile", story.profile},        {"title", story.title},
            {"steps", std::move(steps)},       {"compared", story.compared},
            {"findings", std::move(findings)}, {"differences", std::move(differences)}};
}

}  // namespace vmacheck
