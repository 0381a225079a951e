// Names of faults, and sets of them.
//
// A fault is one real historical kernel bug, or a labelled synthetic one, which is switched on by name and consulted at
// one place of the model. Its id stands in the header of its component (chains.hpp, merge.hpp ...), its row in the .cpp
// file of the same name, and the properties must catch it. To add one, add these two lines and a sequence that finds it
// (tests/properties/fault_sequences_test.cpp, traces/faults); only the files that consult the component are compiled again.
#pragma once

#include <array>
#include <cstdint>

namespace vmacheck {

// Which part of the model a fault is in.
enum class FaultComponent : std::uint8_t {
    chains,
    merge,
    trees,
    mremap,
    accounting,
    search,
    stack,
    brk,
    fork,
    files,
    pages,
    count
};

// A fault's number: component times 64, plus its place there.
enum class Fault : std::uint16_t {};

inline constexpr unsigned faults_in_component = 64;

// place: below 64, and not used twice in a component; to be kept once given.
consteval Fault fault_id(FaultComponent component, unsigned place) {
    if (place >= faults_in_component) throw "a component has 64 faults";
    return static_cast<Fault>(static_cast<unsigned>(component) * faults_in_component + place);
}

constexpr FaultComponent component_of(Fault fault) {
    return static_cast<FaultComponent>(static_cast<unsigned>(fault) / faults_in_component);
}

// A component has a word, so a look-up is one bit test, and no place but the last of a component is the last.
class FaultSet {
public:
    constexpr FaultSet() = default;
    constexpr FaultSet& add(Fault fault) {
        words_[word(fault)] |= bit(fault);
        return *this;
    }
    constexpr FaultSet& add(const FaultSet& other) {
        for (unsigned i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
        return *this;
    }
    [[nodiscard]] constexpr bool has(Fault fault) const { return (words_[word(fault)] & bit(fault)) != 0; }
    [[nodiscard]] constexpr bool empty() const { return *this == FaultSet(); }
    friend constexpr bool operator==(const FaultSet&, const FaultSet&) = default;

private:
    static constexpr unsigned word(Fault fault) { return static_cast<unsigned>(fault) / faults_in_component; }
    static constexpr std::uint64_t bit(Fault fault) {
        return std::uint64_t{1} << (static_cast<unsigned>(fault) % faults_in_component);
    }
    std::array<std::uint64_t, static_cast<std::size_t>(FaultComponent::count)> words_{};
};

}  // namespace vmacheck
