// World: all state of the model, a value, and its one transition function.
//
//   World<Plain> world(parameters, default_profile());
//   const Outcome<Plain>& outcome = world.apply(op);
//
// Equal histories give equal Worlds. An object is read with world[id] and changed through world.change(id); both raise
// a finding if the object was freed. The last step can always be looked through (`before`, `touched`) and undone; with
// keep_history every step since can.
#pragma once

#include "model/op/op.hpp"
#include "model/op/parameters.hpp"
#include "model/profiles/profile.hpp"
#include "model/state/objects.hpp"
#include "model/state/outcome.hpp"
#include "model/state/pool.hpp"
#include "model/state/stack.hpp"

#include <array>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

namespace vmacheck {

// Thrown inside a step by the model's own assertions; apply() turns it into a Violation and undoes the step.
struct StepAbandoned {
    Violation violation;
};

template <class D>
class World {
public:
    // State that belongs to no object.
    struct Globals {
        // vm_committed_as, pages: committed - overdrawn, one of which is 0. Only bugs overdraw it. Changed by
        // charge_commit_unchecked and uncharge_commit of accounting.hpp alone.
        Number<D> committed;
        Number<D> overdrawn;
        std::array<MmId, max_processes> processes{};

        template <class F>
        void flatten(F&& f) const {
            f(committed.value());
            f(overdrawn.value());
            for (MmId mm : processes) f(mm.raw());
        }
    };

    // One process with an empty address space in slot 0, and the files of the parameters opened.
    World(std::shared_ptr<const Parameters> parameters, const Profile& profile, FaultSet faults = {});
    World(const Parameters& parameters, const Profile& profile, FaultSet faults = {})
        : World(std::make_shared<const Parameters>(parameters), profile, faults) {}

    // ------------------------------------------------------------------------------------------ transitions
    // Performs the operation as a process would. Never throws for what a kernel would do: errors and violations are in
    // the outcome. The reference is valid until the next apply. Throws InternalAssertion on a broken assumption of the
    // model, after it undid the step.
    const Outcome<D>& apply(const Op<D>& op);
    [[nodiscard]] const Outcome<D>& outcome() const { return outcome_; }

    // Undoes the last step. At most once after an apply, or once for each step since keep_history(true).
    void undo();
    // From the next step on the list is that of the tests that refused in the last step, in their order; nullptr: none
    // is kept. A copy of the World uses the same list.
    void explain_to(std::vector<Refusal>* refusals) { refusals_ = refusals; }
    [[nodiscard]] bool can_undo() const { return !marks_.empty(); }
    void keep_history(bool keep);

    // ------------------------------------------------------------------------------------------ reading
    [[nodiscard]] const Parameters& parameters() const { return *parameters_; }
    [[nodiscard]] const Profile& profile() const { return *profile_; }
    [[nodiscard]] FaultSet faults() const { return faults_; }
    [[nodiscard]] const Globals& globals() const { return globals_; }
    [[nodiscard]] const Globals& globals_before() const {
        return (touched_.pools & globals_bit) != 0 ? saved_globals_.top() : globals_;
    }
    [[nodiscard]] MmId process(std::size_t slot) const {
        return slot < max_processes ? globals_.processes[slot] : MmId();
    }

    // A live object, or a finding that it was freed.
    template <class IdType>
    const auto& operator[](IdType id) const {
        const auto* object = pool_of(id).find(id);
        if (object == nullptr) [[unlikely]]
            use_after_free(id);
        return *object;
    }
    template <class IdType>
    [[nodiscard]] const auto* find(IdType id) const {
        return pool_of(id).find(id);
    }
    template <class IdType>
    [[nodiscard]] const auto* before(IdType id) const {
        return pool_of(id).before(id);
    }
    template <class IdType>
    [[nodiscard]] const auto& pool() const {
        return pool_of(IdType());
    }
    // Whether the last step can have changed anything: false, and the World is what it was before it.
    [[nodiscard]] bool touched() const;
    // Whether it touched an object of the kind.
    template <class IdType>
    [[nodiscard]] bool touched() const {
        return (touched_.pools & PoolOf<IdType>::bit) != 0;
    }
    // Calls f(id before, id after) for each object of the kind that the last step touched; see Pool::each_touched.
    template <class IdType, class F>
    void each_touched(F&& f) const {
        if (touched<IdType>()) pool_of(IdType()).each_touched(f);
    }
    // The same with the objects before and after, or nullptr; see Pool::each_touched_object.
    template <class IdType, class F>
    void each_touched_object(F&& f) const {
        if (touched<IdType>()) pool_of(IdType()).each_touched_object(f);
    }
    // Calls f(id, vma) for each VMA of an address space, in list order.
    template <class F>
    void each_vma(MmId mm, F&& f) const {
        for (VmaId id = (*this)[mm].mmap; id; id = (*this)[id].next) f(id, (*this)[id]);
    }
    // Nodes of trees visited since the World was made; not part of its value.
    [[nodiscard]] std::uint64_t tree_visits() const { return tree_visits_; }

    // The value of the World as words: equal for equal Worlds, in both domains.
    [[nodiscard]] std::vector<std::uint64_t> flatten() const;
    [[nodiscard]] std::uint64_t digest() const;  // FNV-1a over flatten()
    friend bool operator==(const World& a, const World& b) { return a.flatten() == b.flatten(); }

    // ------------------------------------------------------------------------------------------ for model/ only
    template <class IdType>
    auto& change(IdType id) {
        auto* object = pool_of(id).find_for_change(id, touched_);
        if (object == nullptr) [[unlikely]]
            use_after_free(id);
        return *object;
    }
    Globals& change_globals() {
        if ((touched_.pools & globals_bit) == 0) {
            touched_.pools |= globals_bit;
            saved_globals_.push(globals_);
        }
        return globals_;
    }
    template <class IdType>
    IdType allocate() {
        return pool_of(IdType()).allocate(touched_);
    }
    template <class IdType>
    void free(IdType id) {
        if (!pool_of(id).free(id, touched_)) [[unlikely]]
            use_after_free(id);
        freed_[freed_count_++ % freed_.size()] = {ObjectOf<D, IdType>::number, id.raw(), in_function};
    }
    // Counts an allocation site passed; false: this one fails.
    [[nodiscard]] bool may_allocate(AllocSite site);
    void emit(Event event, std::uint32_t a = 0, std::uint32_t b = 0) { outcome_.events.add(event, a, b); }
    // A place at which the operation has let go of a lock: the step of another task comes in here, if the operation has
    // one for this place and no lock keeps that task out. An access waits for an mmap_lock that is held for writing, of
    // the address space `locked` (none: no such lock is held); memory pressure does not.
    void let_others_run(MmId locked = {}) {
        if (meanwhile_ != nullptr) [[unlikely]]
            other_step(locked);
    }
    [[nodiscard]] bool keeps_refusals() const { return refusals_ != nullptr; }
    // Where a test refuses. text() is called only where the refusals are kept.
    template <class F>
    void refused(F&& text, Refusal::Of what = Refusal::Of::call) const {
        if (refusals_ != nullptr) [[unlikely]]
            refusals_->push_back({what, in_function, text()});
    }
    void visit_tree_node() const { ++tree_visits_; }
    [[nodiscard]] bool has_fault(Fault fault) const {
        if (faults_.has(fault)) [[unlikely]]
            return true;
        return false;
    }
    // VM_BUG_ON: the step is abandoned with a finding.
    void bug_on(bool condition, const char* text) const {
        if (condition) [[unlikely]]
            abandon("bug-on", text);
    }
    // The kernel function in progress, named in findings.
    const char* in_function = "";
    [[noreturn]] void abandon(const char* property, const std::string& text) const;

    // Replaces the state; used to start from a described state and to damage a World in tests. Not a step: history and
    // the touched set are cleared. Where a pool has no room for all, change_it is called again from the start, on the
    // World as it was.
    template <class F>
    void edit(F&& change_it) {
        begin_step();
        with_room([&] { change_it(*this); });
        clear_history();
    }

private:
    template <class IdType>
    using PoolOf = Pool<typename ObjectOf<D, IdType>::type, IdType, ObjectOf<D, IdType>::number>;
    using Pools =
        std::tuple<PoolOf<MmId>, PoolOf<VmaId>, PoolOf<AnonVmaId>, PoolOf<AvcId>, PoolOf<FileId>,
                   PoolOf<AddressSpaceId>, PoolOf<PageId>, PoolOf<PteId>, PoolOf<SwapId>, PoolOf<MemPolicyId>>;
    static constexpr PoolSet globals_bit = PoolSet{1} << 31;  // they are journalled as pools are

    template <class IdType>
    PoolOf<IdType>& pool_of(IdType) {
        return std::get<PoolOf<IdType>>(pools_);
    }
    template <class IdType>
    const PoolOf<IdType>& pool_of(IdType) const {
        return std::get<PoolOf<IdType>>(pools_);
    }
    template <class IdType>
    [[noreturn, gnu::cold, gnu::noinline]] void use_after_free(IdType id) const {
        report_use_after_free(ObjectOf<D, IdType>::kind, id.index(), Freed{ObjectOf<D, IdType>::number, id.raw(), ""});
    }
    // Which function freed an object, for findings.
    struct Freed {
        unsigned pool = 0;
        std::uint32_t id = 0;
        const char* function = "";
    };
    [[noreturn]] void report_use_after_free(const char* kind, std::uint32_t index, const Freed& object) const;
    // Calls f(pool) for those in the set.
    template <class F>
    void each_pool(PoolSet set, F&& f) {
        const auto each = [&](auto& pool) {
            if ((set & std::remove_reference_t<decltype(pool)>::bit) != 0) f(pool);
        };
        const auto in_order = [&](auto& mm, auto& vma, auto& anon_vma, auto& avc, auto&... others) {
            each(mm), each(vma), each(anon_vma), each(avc);
            if ((set >> 4) != 0) (each(others), ...);  // with private anonymous memory mostly none
        };
        std::apply(in_order, pools_);
    }
    [[gnu::cold, gnu::noinline]] void other_step(MmId locked);
    void begin_step();
    void end_step();
    void undo_step();
    void clear_history();
    // Performs a step that has begun; again, where a pool had no room for what it allocates.
    template <class F>
    void with_room(F&& step) {
        const RecordedPath<D> recorded;
        const std::uint64_t visits = tree_visits_;
        for (;;) {
            try {
                return step();
            } catch (const OutOfRoom&) {
                undo_step();
                make_room();
                recorded.forget_later();
                tree_visits_ = visits;
            }
        }
    }
    void make_room();

    std::shared_ptr<const Parameters> parameters_;
    const Profile* profile_;
    FaultSet faults_;
    Globals globals_;
    Pools pools_;

    // The step in progress or just ended; not part of the value.
    StepTouch touched_;
    bool keep_history_ = false;
    Stack<PoolSet> marks_;          // of each step that can be undone: what the step before it touched
    Stack<Globals> saved_globals_;  // where a step began that changed them
    Outcome<D> outcome_;
    FailAlloc fail_alloc_;
    std::uint16_t allocations_ = 0;         // of the failing kind, in this step
    const Meanwhile* meanwhile_ = nullptr;  // of the operation in progress; nullptr: no other task takes a step
    std::uint16_t places_ = 0;              // for it, that the operation has passed
    mutable std::uint64_t tree_visits_ = 0;
    std::vector<Refusal>* refusals_ = nullptr;
    // The last objects that were freed, undone steps included: an id is not given twice to two objects soon.
    std::array<Freed, 64> freed_{};
    std::uint32_t freed_count_ = 0;
};

extern template class World<Plain>;
extern template class World<Traced>;

}  // namespace vmacheck
