// The table of fields in the canonical form says what the form does: a field that is kept or derived changes the key or
// makes the World irregular when it changes, and one that is left out does not.
#include "checker/exhaustive/canonical_fields.hpp"
#include "checker/exhaustive/canonical.hpp"
#include "tests/properties/invariant_damage.hpp"

#include <gtest/gtest.h>

#include <set>

namespace vmacheck {
namespace {

// Another value of the field; false: it has none that can be tried.
template <class T>
bool change_field(T& field) {
    if constexpr (std::is_same_v<T, bool>) {
        field = !field;
    } else if constexpr (std::is_enum_v<T>) {
        field = static_cast<T>(static_cast<unsigned>(field) == 0 ? 1 : 0);
    } else if constexpr (std::is_integral_v<T>) {
        ++field;
    } else if constexpr (std::is_same_v<T, PlainNumber>) {
        field += 1;
    } else if constexpr (std::is_same_v<T, Bytes<Plain>>) {
        field.page += 1;
    } else if constexpr (std::is_same_v<T, IntervalNode<Plain>>) {
        field.last += 1;
    } else if constexpr (requires { field.raw(); }) {
        if (!field) return false;
        field = {};
    } else {
        return false;  // links in a tree
    }
    return true;
}

template <class Object, std::size_t lines, class Look>
void each_field(Object& object, const std::array<FieldInForm, lines>& table, Look&& look) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        const auto fields = fields_of(object);
        (look(table.at(I), const_cast<std::remove_cvref_t<decltype(std::get<I>(fields))>&>(std::get<I>(fields))), ...);
    }
    (std::make_index_sequence<lines>());
}

std::string key_of(const World<Plain>& world) {
    CanonicalForm form;
    return form.take(world) ? std::string(form.key().begin(), form.key().end()) : "irregular";
}

// Changes each field of each object of the kind, one at a time, and looks at the key.
template <class IdType, std::size_t lines>
void expect_table_holds(const std::array<FieldInForm, lines>& table) {
    DamagedWorld<Plain> stage;
    ASSERT_EQ(stage.failed(), "");
    const std::string sound = key_of(stage.world);
    ASSERT_NE(sound, "irregular");
    std::vector<IdType> ids;
    stage.world.pool<IdType>().each([&](IdType id, const auto&) { ids.push_back(id); });
    std::set<std::string_view> tried;
    for (const IdType id : ids)
        for (const FieldInForm& line : table) {
            World<Plain> world = stage.world;
            bool changed = false;
            world.edit([&](World<Plain>& w) {
                each_field(w.change(id), table, [&](const FieldInForm& each, auto& field) {
                    if (each.name == line.name) changed = change_field(field);
                });
            });
            if (!changed || line.reason == "tree-shape" || line.reason == "hooks") continue;
            if constexpr (std::is_same_v<IdType, VmaId>)
                if (line.name == "shared" && !world[id].in_i_mmap) continue;  // of no tree
            tried.insert(line.name);
            if (line.use == InForm::left_out)
                EXPECT_TRUE(key_of(world) == sound) << line.name << " of object " << id.index();
            else
                EXPECT_TRUE(key_of(world) != sound) << line.name << " of object " << id.index();
        }
    for (const FieldInForm& line : table)
        EXPECT_TRUE(tried.count(line.name) != 0 || line.use == InForm::left_out) << line.name << " was never tried";
}

TEST(CanonicalFieldsTest, of_vmas_are_what_the_table_says) {
    expect_table_holds<VmaId>(vma_fields);
}

TEST(CanonicalFieldsTest, of_address_spaces_are_what_the_table_says) {
    expect_table_holds<MmId>(mm_fields);
}

TEST(CanonicalFieldsTest, of_anon_vmas_are_what_the_table_says) {
    expect_table_holds<AnonVmaId>(anon_vma_fields);
}

// Only the difference of the two is compared.
TEST(CanonicalFieldsTest, hooks_count_by_their_difference) {
    DamagedWorld<Plain> stage;
    ASSERT_EQ(stage.failed(), "");
    const std::string sound = key_of(stage.world);
    FileId hooked;
    stage.world.pool<FileId>().each([&](FileId id, const File<Plain>& file) {
        if (file.opened > 0) hooked = id;
    });
    ASSERT_TRUE(hooked);
    stage.world.edit([&](World<Plain>& world) { ++world.change(hooked).opened; });
    EXPECT_TRUE(key_of(stage.world) != sound);
    stage.world.edit([&](World<Plain>& world) { ++world.change(hooked).closed; });
    EXPECT_TRUE(key_of(stage.world) == sound);
}

}  // namespace
}  // namespace vmacheck
