#include "checker/run/reverse_map_view.hpp"

#include "checker/run/step_views.hpp"
#include "model/state/observe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace vmacheck {
namespace {

// What both moments of a step are looked at for.
struct Family {
    std::vector<VmaId> vmas;           // of the step
    std::vector<AnonVmaId> anon_vmas;  // the families that these belong to
    std::vector<AddressSpaceId> spaces;
};

AnonVmaId root_of(const WorldAt& world, AnonVmaId id) {
    const AnonVma* anon_vma = id ? world.find(id) : nullptr;
    return anon_vma != nullptr ? anon_vma->root : AnonVmaId();
}

template <class F>
void each_chain_member(const WorldAt& world, const Vma<Plain>& vma, F&& f) {
    std::size_t count = 0;
    for (AvcId id = vma.chain_newest; id && count < most_anon_vmas * 2; ++count) {
        const Avc<Plain>* avc = world.find(id);
        if (avc == nullptr) return;
        f(avc->anon_vma);
        id = avc->older;
    }
}

// Those that are there at either moment and belong to one of the families.
std::vector<AnonVmaId> members(const World<Plain>& world, const std::array<WorldAt, 2>& moments,
                               const std::set<AnonVmaId>& roots) {
    std::set<AnonVmaId> found;
    const auto add = [&](AnonVmaId id) {
        for (const WorldAt& each : moments)
            if (const AnonVmaId root = root_of(each, id); root && roots.count(root) != 0) found.insert(id);
    };
    const auto& pool = world.pool<AnonVmaId>();
    for (std::uint32_t index = 0; index < pool.slots(); ++index) add(pool.id_at(index));
    world.each_touched<AnonVmaId>([&](AnonVmaId before, AnonVmaId after) {
        add(before);
        add(after);
    });
    return {found.begin(), found.end()};
}

Family family_of(const World<Plain>& world, const std::array<WorldAt, 2>& moments, std::vector<VmaId> vmas) {
    Family family{std::move(vmas), {}, {}};
    std::set<AnonVmaId> roots;
    std::set<AddressSpaceId> spaces;
    for (const WorldAt& at : moments)
        for (const VmaId id : family.vmas) {
            const Vma<Plain>* vma = at.find(id);
            if (vma == nullptr) continue;
            if (const AnonVmaId root = root_of(at, vma->anon_vma)) roots.insert(root);
            each_chain_member(at, *vma, [&](AnonVmaId each) {
                if (const AnonVmaId root = root_of(at, each)) roots.insert(root);
            });
            const File<Plain>* file = vma->file ? at.find(vma->file) : nullptr;
            if (file != nullptr && file->mapping) spaces.insert(file->mapping);
        }
    if (!roots.empty()) family.anon_vmas = members(world, moments, roots);
    family.spaces.assign(spaces.begin(), spaces.end());
    return family;
}

// One moment.
class Observer {
public:
    Observer(const WorldAt& world, const Family& family, AnonNumbers& numbers)
        : world_(world), family_(family), numbers_(numbers) {}

    ReverseMapView view() {
        add_anon_vmas();
        for (const AnonVmaId id : family_.anon_vmas)
            if (const AnonVma* anon_vma = world_.find(id)) add_anon_tree(id, *anon_vma);
        for (const AddressSpaceId id : family_.spaces) add_i_mmap(id);
        if (!family_.anon_vmas.empty())
            for (const VmaId id : family_.vmas)
                if (const Vma<Plain>* vma = world_.find(id); vma != nullptr && in_anon_vmas(*vma)) vmas_.insert(id);
        add_vmas();
        const auto by_number = [](const IntervalTreeView& a, const IntervalTreeView& b) { return a.anon < b.anon; };
        std::stable_sort(view_.trees.begin(), view_.trees.end(), by_number);
        if (view_.trees.size() > most_trees) view_.trees.resize(most_trees);
        return std::move(view_);
    }

private:
    void add_anon_vmas() {
        for (const AnonVmaId id : family_.anon_vmas)
            if (const AnonVma* each = world_.find(id))
                view_.anon_vmas.push_back({numbers_.number(id), id.index() + 1, numbers_.number(each->root),
                                           numbers_.number(each->parent), each->refcount, each->num_children,
                                           each->num_active_vmas, each->degree});
        std::sort(view_.anon_vmas.begin(), view_.anon_vmas.end(),
                  [](const AnonVmaView& a, const AnonVmaView& b) { return a.number < b.number; });
        if (view_.anon_vmas.size() <= most_anon_vmas) return;
        view_.anon_vmas_left_out = view_.anon_vmas.size() - most_anon_vmas;
        view_.anon_vmas.resize(most_anon_vmas);
    }

    void add_anon_tree(AnonVmaId id, const AnonVma& anon_vma) {
        IntervalTreeView tree{numbers_.number(id), {}, {}, true};
        walk<AvcId>(anon_vma.rb_root, -1, 0, tree,
                    [](const Avc<Plain>& avc) { return std::tuple(avc.vma, avc.rb, avc.interval); });
        if (!tree.nodes.empty()) view_.trees.push_back(std::move(tree));
    }

    void add_i_mmap(AddressSpaceId id) {
        const AddressSpace<Plain>* space = world_.find(id);
        if (space == nullptr) return;
        IntervalTreeView tree;
        walk<VmaId>(space->i_mmap, -1, 0, tree, [&](const Vma<Plain>& vma) {
            const File<Plain>* file = vma.file ? world_.find(vma.file) : nullptr;
            if (file != nullptr) tree.file = file->spec != 0 ? fmt::format("file {}", file->spec) : "a shared object";
            return std::tuple(VmaId(), vma.shared_rb, vma.shared);
        });
        if (!tree.nodes.empty()) view_.trees.push_back(std::move(tree));
    }

    // In order; `read` gives the VMA of a node that is none itself, its links and its key. Returns the node's position.
    template <class IdType, class F>
    int walk(IdType id, int parent, std::size_t depth, IntervalTreeView& tree, F read) {
        const auto* object = id ? world_.find(id) : nullptr;
        if (object == nullptr) return -1;
        if (depth > most_tree_nodes || tree.nodes.size() >= most_tree_nodes) {
            tree.whole = false;
            return -1;
        }
        const auto [owner, links, key] = read(*object);
        const int left = walk(links.left, -1, depth + 1, tree, read);
        VmaId vma = owner;
        if constexpr (std::is_same_v<IdType, VmaId>) vma = id;
        if constexpr (std::is_same_v<IdType, AvcId>) vmas_.insert(vma);
        const int place = static_cast<int>(tree.nodes.size());
        if (left >= 0) tree.nodes[static_cast<std::size_t>(left)].parent = place;
        tree.nodes.push_back({vma.raw(), slot_of_vma(vma), key.first.value(), key.last.value(),
                              key.subtree_last.value(), links.red, depth, parent});
        const int right = walk(links.right, place, depth + 1, tree, read);
        (void)right;
        return place;
    }

    [[nodiscard]] std::size_t slot_of_vma(VmaId id) const {
        const Vma<Plain>* vma = id ? world_.find(id) : nullptr;
        std::size_t slot = 0;
        while (vma != nullptr && slot < max_processes && world_.globals().processes[slot] != vma->mm) ++slot;
        return slot;
    }

    void add_vmas() {
        for (const VmaId id : vmas_)
            if (const Vma<Plain>* vma = world_.find(id))
                view_.vmas.push_back({slot_of_vma(id), observe_vma(world_, id, *vma, numbers_)});
        std::sort(view_.vmas.begin(), view_.vmas.end(), [](const FamilyVma& a, const FamilyVma& b) {
            return std::pair(a.slot, a.vma.start) < std::pair(b.slot, b.vma.start);
        });
        if (view_.vmas.size() <= most_family_vmas) return;
        view_.vmas_left_out = view_.vmas.size() - most_family_vmas;
        view_.vmas.resize(most_family_vmas);
    }

    const WorldAt& world_;
    const Family& family_;
    AnonNumbers& numbers_;
    ReverseMapView view_;
    std::set<VmaId> vmas_;
};

}  // namespace

std::array<ReverseMapView, 2> observe_reverse_map(const World<Plain>& world, std::size_t slot,
                                                  const std::optional<PageRange>& range, AnonNumbers& numbers) {
    const std::array<WorldAt, 2> moments{WorldAt(world, Moment::before_step), WorldAt(world, Moment::now)};
    const Family family = family_of(world, moments, vmas_of_step(world, slot, range));
    return {Observer(moments[0], family, numbers).view(), Observer(moments[1], family, numbers).view()};
}

}  // namespace vmacheck
