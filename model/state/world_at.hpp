// A World as it was before its last step, or as it is now: the same questions for both moments.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

enum class Moment : std::uint8_t { before_step, now };

class WorldAt {
public:
    WorldAt(const World<Plain>& world, Moment moment = Moment::now) : world_(world), moment_(moment) {}  // implicit

    // The object at this moment; nullptr if there was none.
    template <class IdType>
    [[nodiscard]] const auto* find(IdType id) const {
        return moment_ == Moment::now ? world_.find(id) : world_.before(id);
    }
    [[nodiscard]] const World<Plain>::Globals& globals() const {
        return moment_ == Moment::now ? world_.globals() : world_.globals_before();
    }
    // The address space of a process; nullptr: there is no such process.
    [[nodiscard]] const Mm<Plain>* process(std::size_t slot) const {
        const MmId mm = globals().processes.at(slot);
        return mm ? find(mm) : nullptr;
    }
    [[nodiscard]] const Profile& profile() const { return world_.profile(); }

private:
    const World<Plain>& world_;
    Moment moment_;
};

}  // namespace vmacheck
