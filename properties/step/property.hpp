// What a property is.
//
// A property is a class template over the number domain, in its own file of that name, with a PropertyInfo and
// one or more of the functions below. Which it has decides when it is called; it says nothing about engines. One line in
// catalogue_list.hpp registers it for all of them.
//
//   invariants of one object, called for those a step could have affected, and for all in a full sweep
//     static void vma(const World<D>&, VmaId, const Vma<D>&, Report&)
//     static void node(const World<D>&, VmaId, const Vma<D>&, Report&)     its place and value in mm_rb and i_mmap
//     static void mm(const World<D>&, MmId, const Mm<D>&, Report&)
//     static void avc(const World<D>&, AvcId, const Avc<D>&, Report&)
//     static void anon_vma(const World<D>&, AnonVmaId, const AnonVma&, Report&)
//     static void file(const World<D>&, FileId, const File<D>&, Report&)
//     static void address_space(const World<D>&, AddressSpaceId, const AddressSpace<D>&, Report&)
//     static void page(const World<D>&, PageId, const Page<D>&, Report&)
//     static void swap(const World<D>&, SwapId, const SwapSlot&, Report&)
//     static void mapped_page(const World<D>&, const Vma<D>&, const Pte<D>&, Report&)  a present page and the VMA around it
//     static void unmapped_pte(const World<D>&, const Pte<D>&, Report&)           a present page outside all VMAs
//   invariants of a whole structure, called in a full sweep, and after a step where the structure has few nodes
//     static void whole_mm(const World<D>&, MmId, const Mm<D>&, Report&)
//     static void whole_i_mmap(const World<D>&, AddressSpaceId, const AddressSpace<D>&, Report&)
//     static void whole_anon_vma(const World<D>&, AnonVmaId, const AnonVma&, Report&)
//     static void whole_world(const World<D>&, Report&)                    in a full sweep only
//   counters: counted(owner) is the sum of share(member) over the members that name the owner
//     using Owner, using Member                                        id types; Owner may be World<D>::Globals
//     static Owner owner(const StateView<D>&, const Member's object&)       (not for Globals)
//     static Number<D> share(const StateView<D>&, const Member's object&)
//     static Number<D> counted(Owner, const Owner's object&)           (Globals: of the object alone)
//     static constexpr std::string_view field                          the kernel's name of what is counted, for findings
//     static constexpr std::string_view unit                           "page" where it counts pages; else absent
//     static Number<D> held(const Owner's object&)                     what the field holds, where counted() is less
//   contracts of a step
//     static void step(const Step<D>&, Report&)   where the kind is counter, it is about the state that the step leads
//                                                 to, and is not called where only the step is looked at
//     static constexpr bool of_interleaved = true it holds of a step too within which another task took one; what is
//                                                 about one operation alone is not called for such a step
//     static constexpr bool of_changes = true     it holds of every step that changes nothing, and is not called for one
//
// A property may say what it reads, so that it is called for an object only after a step that changed some of that:
//     static constexpr Changes reads                                   see changes.hpp; a counter: of its members
//
// Predicates read objects with world.find(id), which is nullptr for a freed one, and leave dangling names to the
// property `references`. A check that still runs into a freed object is reported, not undefined.
#pragma once

#include "properties/step/changes.hpp"
#include "properties/step/describe.hpp"
#include "properties/step/report.hpp"
#include "properties/step/step.hpp"
