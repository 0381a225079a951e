// What the canonical form does with each field of the World's objects.
//
// A field that the form forgets makes an exhaustive search take different states for one, and nothing else shows it. So
// each field stands here; one that is added to a struct without a line here does not compile.
#pragma once

#include "model/state/objects.hpp"

#include <array>
#include <string_view>
#include <tuple>
#include <utility>

namespace vmacheck {

enum class InForm : std::uint8_t {
    kept,      // written into the key
    derived,   // compared with what the rest determines; where it differs the World is inconsistent
    left_out,  // for a reason that stands at the head of canonical.hpp
};

struct FieldInForm {
    std::string_view name;
    InForm use;
    std::string_view reason = "";  // of a field left out: its name in canonical.hpp
};

// The fields of each struct, in the order of their declaration.
inline constexpr std::array vma_fields{
    FieldInForm{"start", InForm::kept},
    FieldInForm{"end", InForm::kept},
    FieldInForm{"rb", InForm::left_out, "tree-shape"},
    FieldInForm{"prev", InForm::derived},
    FieldInForm{"next", InForm::derived},
    FieldInForm{"subtree_gap", InForm::derived},
    FieldInForm{"flags", InForm::kept},
    FieldInForm{"pgoff", InForm::kept},
    FieldInForm{"mm", InForm::derived},
    FieldInForm{"file", InForm::kept},
    FieldInForm{"policy", InForm::kept},
    FieldInForm{"anon_vma", InForm::kept},
    FieldInForm{"chain_newest", InForm::kept},
    FieldInForm{"chain_oldest", InForm::kept},
    FieldInForm{"ops", InForm::kept},
    FieldInForm{"uffd", InForm::kept},
    FieldInForm{"anon_name", InForm::kept},
    FieldInForm{"in_i_mmap", InForm::derived},
    FieldInForm{"shared_rb", InForm::left_out, "tree-shape"},
    FieldInForm{"shared", InForm::derived},
};
template <class D>
auto fields_of(const Vma<D>& o) {
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, p, q, r, s, t, u] = o;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n, p, q, r, s, t, u);
}

inline constexpr std::array mm_fields{
    FieldInForm{"mmap", InForm::derived},
    FieldInForm{"rb_root", InForm::left_out, "tree-shape"},
    FieldInForm{"highest_vm_end", InForm::derived},
    FieldInForm{"map_count", InForm::kept},
    FieldInForm{"total_vm", InForm::derived},
    FieldInForm{"data_vm", InForm::derived},
    FieldInForm{"exec_vm", InForm::derived},
    FieldInForm{"stack_vm", InForm::derived},
    FieldInForm{"locked_vm", InForm::derived},
    FieldInForm{"hiwater_vm", InForm::left_out, "hiwater"},
    FieldInForm{"def_flags", InForm::kept},
    FieldInForm{"brk", InForm::kept},
    FieldInForm{"pte_root", InForm::left_out, "tree-shape"},
    FieldInForm{"ksm_entered", InForm::kept},
};
template <class D>
auto fields_of(const Mm<D>& o) {
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = o;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
}

inline constexpr std::array anon_vma_fields{
    FieldInForm{"root", InForm::kept},
    FieldInForm{"parent", InForm::kept},
    FieldInForm{"refcount", InForm::derived},
    FieldInForm{"num_children", InForm::derived},
    FieldInForm{"num_active_vmas", InForm::derived},
    FieldInForm{"degree", InForm::derived},
    FieldInForm{"rb_root", InForm::left_out, "tree-shape"},
};
inline auto fields_of(const AnonVma& o) {
    const auto& [a, b, c, d, e, f, g] = o;
    return std::tie(a, b, c, d, e, f, g);
}

inline constexpr std::array avc_fields{
    FieldInForm{"vma", InForm::derived},      FieldInForm{"anon_vma", InForm::kept},
    FieldInForm{"newer", InForm::kept},       FieldInForm{"older", InForm::kept},
    FieldInForm{"in_tree", InForm::derived},  FieldInForm{"rb", InForm::left_out, "tree-shape"},
    FieldInForm{"interval", InForm::derived},
};
template <class D>
auto fields_of(const Avc<D>& o) {
    const auto& [a, b, c, d, e, f, g] = o;
    return std::tie(a, b, c, d, e, f, g);
}

inline constexpr std::array file_fields{
    FieldInForm{"kind", InForm::kept},
    FieldInForm{"readable", InForm::kept},
    FieldInForm{"writable", InForm::kept},
    FieldInForm{"spec", InForm::kept},
    FieldInForm{"mapping", InForm::derived},
    FieldInForm{"f_count", InForm::kept},
    FieldInForm{"descriptors", InForm::kept},
    FieldInForm{"base", InForm::kept},
    FieldInForm{"clones", InForm::kept},
    FieldInForm{"opened", InForm::left_out, "hooks"},
    FieldInForm{"closed", InForm::left_out, "hooks"},
    FieldInForm{"charged", InForm::kept},
};
template <class D>
auto fields_of(const File<D>& o) {
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l] = o;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l);
}

inline constexpr std::array address_space_fields{
    FieldInForm{"i_mmap", InForm::left_out, "tree-shape"},
    FieldInForm{"i_mmap_writable", InForm::kept},
    FieldInForm{"page_cache", InForm::left_out, "tree-shape"},
    FieldInForm{"files", InForm::kept},
    FieldInForm{"endless", InForm::kept},
    FieldInForm{"size", InForm::kept},
    FieldInForm{"sealed", InForm::derived},
};
template <class D>
auto fields_of(const AddressSpace<D>& o) {
    const auto& [a, b, c, d, e, f, g] = o;
    return std::tie(a, b, c, d, e, f, g);
}

inline constexpr std::array page_fields{
    FieldInForm{"anon_vma", InForm::kept}, FieldInForm{"mapping", InForm::kept},
    FieldInForm{"index", InForm::kept},    FieldInForm{"mapcount", InForm::derived},
    FieldInForm{"swap", InForm::kept},     FieldInForm{"swap_backed", InForm::kept},
    FieldInForm{"dirty", InForm::kept},    FieldInForm{"rb", InForm::left_out, "tree-shape"},
};
template <class D>
auto fields_of(const Page<D>& o) {
    const auto& [a, b, c, d, e, f, g, h] = o;
    return std::tie(a, b, c, d, e, f, g, h);
}

inline constexpr std::array pte_fields{
    FieldInForm{"mm", InForm::derived},    FieldInForm{"address", InForm::kept},
    FieldInForm{"page", InForm::kept},     FieldInForm{"swap", InForm::kept},
    FieldInForm{"writable", InForm::kept}, FieldInForm{"dirty", InForm::kept},
    FieldInForm{"guard", InForm::kept},    FieldInForm{"rb", InForm::left_out, "tree-shape"},
};
template <class D>
auto fields_of(const Pte<D>& o) {
    const auto& [a, b, c, d, e, f, g, h] = o;
    return std::tie(a, b, c, d, e, f, g, h);
}

inline constexpr std::array swap_slot_fields{
    FieldInForm{"count", InForm::derived},
    FieldInForm{"page", InForm::kept},
};
inline auto fields_of(const SwapSlot& o) {
    const auto& [a, b] = o;
    return std::tie(a, b);
}

inline constexpr std::array mem_policy_fields{
    FieldInForm{"content", InForm::kept},
    FieldInForm{"refcount", InForm::kept},
};
inline auto fields_of(const MemPolicy& o) {
    const auto& [a, b] = o;
    return std::tie(a, b);
}

// Whether each field of the struct has its line.
template <class Object, std::size_t lines>
constexpr bool each_field_stated(const std::array<FieldInForm, lines>&) {
    return std::tuple_size_v<decltype(fields_of(std::declval<const Object&>()))> == lines;
}
static_assert(each_field_stated<Vma<Plain>>(vma_fields));
static_assert(each_field_stated<Mm<Plain>>(mm_fields));
static_assert(each_field_stated<AnonVma>(anon_vma_fields));
static_assert(each_field_stated<Avc<Plain>>(avc_fields));
static_assert(each_field_stated<File<Plain>>(file_fields));
static_assert(each_field_stated<AddressSpace<Plain>>(address_space_fields));
static_assert(each_field_stated<Page<Plain>>(page_fields));
static_assert(each_field_stated<Pte<Plain>>(pte_fields));
static_assert(each_field_stated<SwapSlot>(swap_slot_fields));
static_assert(each_field_stated<MemPolicy>(mem_policy_fields));

}  // namespace vmacheck
