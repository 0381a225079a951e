// An explanation of a trace as data: each step with its call, result, merge cases and events, the VMAs before and after,
// what changed, and how it ended. explain.hpp makes one; text.hpp and story_json.hpp render it.
#pragma once

#include "checker/run/replay.hpp"
#include "checker/run/reverse_map_view.hpp"
#include "model/state/observation.hpp"
#include "properties/refinement/specified_pages.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vmacheck {

// A VMA object and its letter, which stays with it through a picture.
struct PicturedVma {
    char letter = 'a';
    VmaView vma;
};

// The neighbourhood of a range and of all that changed between two moments. A VMA that did not change is left out if it
// is neither next to one that did nor next to the range.
struct Picture {
    std::optional<PageRange> range;  // that the call is about
    std::vector<PicturedVma> before;
    std::vector<PicturedVma> after;
    std::size_t before_left_out = 0;  // VMAs
    std::size_t after_left_out = 0;
    bool abandoned = false;  // the step was, so that there is no state after it
};

struct VmaChange {
    char letter = 'a';
    std::string what;  // "freed", "new", or the field: "start", "flags" ...
    std::string was;   // of a field
    std::string is;
};

struct CounterChange {
    std::string what;  // "map_count" ...
    std::string was;
    std::string is;
};

// What a step did to one process.
struct ProcessStory {
    std::size_t slot = 0;
    Picture picture;
    std::vector<VmaChange> vmas;
    std::vector<CounterChange> counters;
    // Every VMA that changed, also where the picture has no room for it.
    std::vector<VmaView> was;
    std::vector<VmaView> is;
    bool alive = true;  // after the step
};

// What pages show of a step, and text does not.
struct StepDetails {
    std::vector<SpecifiedMap> specified;
    ReverseMapView before;
    ReverseMapView after;
};

struct StoryMerge {
    int which = 0;         // case 1 to 8
    std::string sentence;  // what the case does
};

struct StoryEvent {
    std::string name;
    std::string detail;  // the site of an allocation that failed
    std::size_t times = 1;
};

struct StoryStep {
    std::size_t number = 0;  // from 1
    std::size_t line = 0;    // of the trace; 0: unknown
    std::size_t caller = 0;  // slot
    std::string call;        // "munmap(0x10000, 0x1000)"
    std::string result;      // "0", "0x10000", "ENOMEM", "abandoned"
    std::string note;        // of the trace, unescaped
    std::vector<StoryMerge> merges;
    std::vector<StoryEvent> events;  // but routine ones
    // Why what was not merged was not, and why the call failed: "vma_merge: [0x1000,0x2000) below: it has ..."
    std::vector<std::string> reasons;
    std::vector<ProcessStory> processes;  // the one that it is about, and the child of a fork
    std::optional<StepDetails> details;   // where they were wanted
};

struct StoryViolation {
    std::size_t step = 0;  // from 1; 0: the starting layout
    std::size_t line = 0;
    std::string property;
    std::string text;
};

// A process before the first step.
struct StartingProcess {
    std::size_t slot = 0;
    std::vector<VmaView> vmas;
};

struct Story {
    std::string title;  // of the trace, unescaped; empty: none
    std::string profile;
    std::vector<std::string> faults;  // that are switched on
    bool shipped = false;
    std::vector<StartingProcess> start;
    std::vector<StoryStep> steps;  // that were to be described
    std::size_t performed = 0;     // steps in all
    std::size_t compared = 0;      // results that the trace states
    std::vector<StoryViolation> violations;
    std::vector<Difference> differences;
    [[nodiscard]] bool holds() const { return violations.empty() && differences.empty(); }
};

}  // namespace vmacheck
