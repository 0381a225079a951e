// Names of the flags that operations take, as they stand in traces.
#pragma once

#include "model/op/flags.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace vmacheck {

// A name of one or several bits. In a table, a name of several bits stands before the names of its parts.
struct FlagName {
    std::uint64_t bits;
    std::string_view name;
};

namespace flag_names {

inline constexpr std::array<FlagName, 6> prot{{
    {vmacheck::prot::read, "READ"},
    {vmacheck::prot::write, "WRITE"},
    {vmacheck::prot::exec, "EXEC"},
    {vmacheck::prot::sem, "SEM"},
    {vmacheck::prot::growsdown, "GROWSDOWN"},
    {vmacheck::prot::growsup, "GROWSUP"},
}};

// Values of map::type_mask: numbers, and not bits.
inline constexpr std::array<FlagName, 4> map_type{{
    {vmacheck::map::shared, "SHARED"},
    {vmacheck::map::private_, "PRIVATE"},
    {vmacheck::map::shared_validate, "SHARED_VALIDATE"},
    {vmacheck::map::droppable, "DROPPABLE"},
}};

inline constexpr std::array<FlagName, 14> map{{
    {vmacheck::map::fixed, "FIXED"},
    {vmacheck::map::anonymous, "ANONYMOUS"},
    {vmacheck::map::bit32, "32BIT"},
    {vmacheck::map::growsdown, "GROWSDOWN"},
    {vmacheck::map::denywrite, "DENYWRITE"},
    {vmacheck::map::executable, "EXECUTABLE"},
    {vmacheck::map::locked, "LOCKED"},
    {vmacheck::map::noreserve, "NORESERVE"},
    {vmacheck::map::populate, "POPULATE"},
    {vmacheck::map::nonblock, "NONBLOCK"},
    {vmacheck::map::stack, "STACK"},
    {vmacheck::map::hugetlb, "HUGETLB"},
    {vmacheck::map::sync, "SYNC"},
    {vmacheck::map::fixed_noreplace, "FIXED_NOREPLACE"},
}};

inline constexpr std::array<FlagName, 3> mremap{{
    {vmacheck::mremap::maymove, "MAYMOVE"},
    {vmacheck::mremap::fixed, "FIXED"},
    {vmacheck::mremap::dontunmap, "DONTUNMAP"},
}};

inline constexpr std::array<FlagName, 1> mlock{{{vmacheck::mlock::onfault, "ONFAULT"}}};

inline constexpr std::array<FlagName, 3> mcl{{
    {vmacheck::mcl::current, "CURRENT"},
    {vmacheck::mcl::future, "FUTURE"},
    {vmacheck::mcl::onfault, "ONFAULT"},
}};

inline constexpr std::array<FlagName, 3> mpol_mf{{
    {vmacheck::mpol_mf::strict, "STRICT"},
    {vmacheck::mpol_mf::move, "MOVE"},
    {vmacheck::mpol_mf::move_all, "MOVE_ALL"},
}};

inline constexpr std::array<FlagName, 3> ms{{
    {vmacheck::ms::async, "ASYNC"},
    {vmacheck::ms::invalidate, "INVALIDATE"},
    {vmacheck::ms::sync, "SYNC"},
}};

inline constexpr std::array<FlagName, 2> uffd_mode{{
    {vmacheck::uffd_mode::missing, "MISSING"},
    {vmacheck::uffd_mode::wp, "WP"},
}};

inline constexpr std::array<FlagName, 4> shm{{
    {vmacheck::shm::rdonly, "RDONLY"},
    {vmacheck::shm::rnd, "RND"},
    {vmacheck::shm::remap, "REMAP"},
    {vmacheck::shm::exec, "EXEC"},
}};

inline constexpr std::array<FlagName, 2> special_map{{
    {vmacheck::special_map::vdso, "VDSO"},
    {vmacheck::special_map::account, "ACCOUNT"},
}};

}  // namespace flag_names
}  // namespace vmacheck
