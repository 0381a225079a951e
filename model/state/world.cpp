#include "model/state/world.hpp"

#include "model/file.hpp"
#include "model/ops/ops.hpp"
#include "model/state/digest.hpp"
#include "model/state/function_scope.hpp"

#include <utility>

namespace vmacheck {

template <class D>
World<D>::World(std::shared_ptr<const Parameters> parameters, const Profile& profile, FaultSet faults)
    : parameters_(std::move(parameters)), profile_(&profile), faults_(faults) {
    edit([](World& world) {
        const MmId mm = world.allocate<MmId>();
        world.change(mm).brk = Bytes<D>::from(world.parameters().start_brk_bytes);
        world.globals_.processes[0] = mm;
        open_files(world);
    });
}

template <class D>
void World<D>::begin_step() {
    if (keep_history_)
        end_step();
    else
        clear_history();
    marks_.push(touched_.pools);
    touched_.pools = 0;
}

template <class D>
void World<D>::end_step() {
    if (touched_.slots_saved) each_pool(touched_.pools, [](auto& pool) { pool.end_step(); });
    touched_.slots_saved = false;
}

template <class D>
void World<D>::clear_history() {
    end_step();
    PoolSet in_history = touched_.pools;
    for (; !marks_.empty(); marks_.pop()) in_history |= marks_.top();
    each_pool(in_history, [](auto& pool) { pool.forget_history(); });
    saved_globals_.clear();
    touched_.pools = 0;
}

template <class D>
bool World<D>::touched() const {
    if (marks_.empty()) return false;
    if ((touched_.pools & ~globals_bit) != 0) return true;
    const Globals& before = globals_before();
    return !identical(globals_.committed, before.committed) || !identical(globals_.overdrawn, before.overdrawn) ||
           globals_.processes != before.processes;
}

template <class D>
void World<D>::undo_step() {
    if ((touched_.pools & globals_bit) != 0) {
        globals_ = saved_globals_.top();
        saved_globals_.pop();
    }
    each_pool(touched_.pools, [](auto& pool) { pool.undo(); });
    touched_ = {};
}

template <class D>
void World<D>::undo() {
    if (marks_.empty()) internal_assertion_failed("undo without a step to undo");
    undo_step();
    touched_.pools = marks_.top();
    marks_.pop();
}

template <class D>
void World<D>::make_room() {
    const auto make = [](auto& pool) {
        if (pool.ran_out()) pool.grow();
    };
    std::apply([&make](auto&... pool) { (make(pool), ...); }, pools_);
}

template <class D>
void World<D>::keep_history(bool keep) {
    keep_history_ = keep;
    clear_history();
}

template <class D>
const Outcome<D>& World<D>::apply(const Op<D>& op) {
    begin_step();
    outcome_.violations.clear();
    try {
        with_room([&] {
            outcome_.error = Errno::ok;
            outcome_.value = {};
            outcome_.events.clear();
            if (outcome_.meanwhile.done) outcome_.meanwhile = {};
            fail_alloc_ = op.fail_alloc;
            allocations_ = 0;
            meanwhile_ = op.meanwhile.nth != 0 ? &op.meanwhile : nullptr;
            places_ = 0;
            if (refusals_ != nullptr) refusals_->clear();
            const FunctionScope scope(*this, name(op.kind).data());
            perform(*this, op, outcome_);
        });
        if (!outcome_.ok()) outcome_.value = {};
    } catch (const StepAbandoned& abandoned) {
        undo_step();
        outcome_.violations.push_back(abandoned.violation);
    } catch (...) {
        undo();
        throw;
    }
    return outcome_;
}

// Its events are kept apart, so that those of the operation are the operation's own, and none of its allocations fails.
template <class D>
void World<D>::other_step(MmId locked) {
    if (++places_ != meanwhile_->nth) return;
    const Op<D> op = operation_of<D>(*std::exchange(meanwhile_, nullptr));
    const MmId mm = process(op.process);
    if (!mm || (op.kind == OpKind::fault && mm == locked)) return;
    OtherStep& step = outcome_.meanwhile;
    step.done = true;
    step.where = in_function;
    emit(Event::other_step);
    const FailAlloc failing = std::exchange(fail_alloc_, FailAlloc{});
    std::swap(outcome_.events, step.events);
    {
        const FunctionScope scope(*this, name(op.kind).data());
        Outcome<D> outcome;
        perform(*this, op, outcome);
        step.error = outcome.error;
    }
    std::swap(outcome_.events, step.events);
    fail_alloc_ = failing;
}

template <class D>
bool World<D>::may_allocate(AllocSite site) {
    if (fail_alloc_.nth == 0) return true;
    if (fail_alloc_.kind != AllocKind::any && fail_alloc_.kind != kind(site)) return true;
    if (++allocations_ != fail_alloc_.nth) return true;
    emit(Event::alloc_failed, static_cast<std::uint32_t>(site), allocations_);
    refused([&] { return "the allocation " + std::string(name(site)) + " fails, as the operation says"; });
    return false;
}

template <class D>
void World<D>::abandon(const char* property, const std::string& text) const {
    throw StepAbandoned{{property, text + " in " + in_function}};
}

template <class D>
void World<D>::report_use_after_free(const char* kind, std::uint32_t index, const Freed& object) const {
    if (object.id == 0) abandon("use-after-free", std::string("null pointer to ") + kind);
    std::string text = "use after free of " + std::string(kind) + " " + std::to_string(index + 1);
    for (const Freed& each : freed_)
        if (each.id == object.id && each.pool == object.pool) text += std::string(", freed in ") + each.function + ",";
    abandon("use-after-free", text);
}

template <class D>
std::vector<std::uint64_t> World<D>::flatten() const {
    std::vector<std::uint64_t> words;
    const auto append = [&words](std::uint64_t word) { words.push_back(word); };
    globals_.flatten(append);
    std::apply([&append](const auto&... pool) { (pool.flatten(append), ...); }, pools_);
    return words;
}

template <class D>
std::uint64_t World<D>::digest() const {
    Digest digest;
    for (const std::uint64_t word : flatten()) digest.add_bytes(word);
    return digest.value();
}

template class World<Plain>;
template class World<Traced>;

}  // namespace vmacheck
