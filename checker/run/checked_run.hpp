// The run loop of replay, minimising and the engines: operations applied to a World one after the other, every property
// after each. The first step that breaks anything ends the run; an assumption of the model that breaks counts too.
//
//   CheckedRun run;
//   run.start(*world);
//   while (more && run.step(op, [&](const Outcome<Plain>& outcome) { count(outcome); })) ...
//   if (!run.broken()) run.check_end();
//   if (run.broken()) report(run.broken());
#pragma once

#include "checker/run/guarded.hpp"
#include "model/state/world.hpp"
#include "properties/run/full_catalogue.hpp"

#include <memory>

namespace vmacheck {

class CheckedRun {
public:
    // nullptr: only what the model itself reports is broken.
    explicit CheckedRun(std::shared_ptr<PropertyChecker<Plain>> checker = make_full_checker())
        : checker_(std::move(checker)) {}

    // Begins a run on this World, which is to live until the next start.
    void start(World<Plain>& world);
    // Checks the first state as a whole. False: it is broken.
    bool check_start() { return check_whole(false); }
    // Applies the operation, calls `applied` with its outcome, then checks. False: something broke.
    template <class Applied>
    bool step(const Op<Plain>& op, Applied&& applied) {
        ++steps_;
        applied_ = false;
        guarded(report_, [&] {
            const Outcome<Plain>& outcome = world_->apply(op);
            applied_ = true;
            applied(outcome);
            check(op, outcome);
        });
        return report_.empty() || broke();
    }
    bool step(const Op<Plain>& op) {
        return step(op, [](const Outcome<Plain>&) {});
    }
    // After the last step: the state as a whole.
    bool check_end() { return check_whole(true); }
    // Anything else that reads the World between steps, such as choosing the next operation.
    template <class F>
    bool guard(F&& f) {
        guarded(report_, std::forward<F>(f));
        return report_.empty() || broke();
    }

    // What broke; nothing while the run continues.
    [[nodiscard]] const Broken& broken() const { return broken_; }
    // Steps of this run, the one that broke something included. A caller that undoes a step says so.
    [[nodiscard]] std::size_t steps() const { return steps_; }
    void forget_step() { --steps_; }
    // Whether the last step was performed, so that it can be undone: an assumption may have ended it.
    [[nodiscard]] bool applied() const { return applied_; }

private:
    void check(const Op<Plain>& op, const Outcome<Plain>& outcome);
    bool check_whole(bool at_end);
    bool broke();

    std::shared_ptr<PropertyChecker<Plain>> checker_;
    World<Plain>* world_ = nullptr;
    Report report_;
    Broken broken_;
    std::size_t steps_ = 0;
    bool applied_ = false;
};

}  // namespace vmacheck
