#include "model/state/world.hpp"

#include "model/file.hpp"
#include "model/ops/ops.hpp"
#include "model/state/digest.hpp"

namespace vmacheck {

template <class D>
World<D>::World(std::shared_ptr<const Parameters> parameters, const Profile& profile, FaultSet faults)
    : parameters_(std::move(parameters)), profile_(&profile), faults_(faults) {
    begin_step();
    const MmId mm = allocate<MmId>();
    change(mm).brk = Bytes<D>::from(parameters_->start_brk_bytes);
    globals_.processes[0] = mm;
    open_files(*this);
    clear_history();
}

template <class D>
void World<D>::begin_step() {
    if (!keep_history_) clear_history();
    ++step_;
    std::apply([this](auto&... pool) { (pool.begin_step(step_), ...); }, pools_);
    marks_.push_back({step_, globals_});
}

template <class D>
void World<D>::clear_history() {
    marks_.clear();
    std::apply([](auto&... pool) { (pool.forget_history(), ...); }, pools_);
}

template <class D>
bool World<D>::touched() const {
    if (marks_.empty()) return false;
    const StepMark& mark = marks_.back();
    const auto in_pool = [&mark](const auto&... pool) { return (pool.touched_in(mark.step) || ...); };
    return std::apply(in_pool, pools_) || globals_.committed.value() != mark.globals.committed.value() ||
           globals_.overdrawn.value() != mark.globals.overdrawn.value() || globals_.processes != mark.globals.processes;
}

template <class D>
void World<D>::undo_step() {
    const StepMark& mark = marks_.back();
    globals_ = mark.globals;
    std::apply([&mark](auto&... pool) { (pool.undo(mark.step), ...); }, pools_);
}

template <class D>
void World<D>::undo() {
    if (marks_.empty()) internal_assertion_failed("undo without a step to undo");
    undo_step();
    marks_.pop_back();
}

template <class D>
void World<D>::keep_history(bool keep) {
    keep_history_ = keep;
    clear_history();
}

template <class D>
const Outcome<D>& World<D>::apply(const Op<D>& op) {
    begin_step();
    outcome_.error = Errno::ok;
    outcome_.value = {};
    outcome_.events.clear();
    outcome_.violations.clear();
    fail_alloc_ = op.fail_alloc;
    allocations_ = 0;
    try {
        perform(*this, op, outcome_);
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

template <class D>
bool World<D>::may_allocate(AllocSite site) {
    if (fail_alloc_.nth == 0) return true;
    if (fail_alloc_.kind != AllocKind::any && fail_alloc_.kind != kind(site)) return true;
    if (++allocations_ != fail_alloc_.nth) return true;
    emit(Event::alloc_failed, static_cast<std::uint32_t>(site), allocations_);
    return false;
}

template <class D>
void World<D>::abandon(const char* property, const std::string& text) const {
    throw StepAbandoned{{property, text + " in " + in_function}};
}

template <class D>
void World<D>::report_use_after_free(const char* kind, bool null, std::uint32_t index) const {
    if (null) abandon("use-after-free", std::string("null pointer to ") + kind);
    abandon("use-after-free", "use after free of " + std::string(kind) + " " + std::to_string(index + 1));
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
