// The canonical form of what VMAs refer to: anon_vmas, files, page-table entries, pages and slots of swap space.
#include "checker/exhaustive/canonical.hpp"
#include "checker/exhaustive/tree_check.hpp"
#include "model/state/world.hpp"

#include <algorithm>

namespace vmacheck {

// The interval tree of an anon_vma.
struct CanonicalForm::AnonTree {
    using Id = AvcId;
    using Object = Avc<Plain>;
    CanonicalForm& form;
    AnonVmaId owner;
    std::uint32_t most;  // nodes
    std::uint32_t nodes = 0;
    std::uint64_t last_key = 0;

    const Object* find(Id id) const { return form.world_->find(id); }
    static const TreeLinks<Id>& links(const Object& avc) { return avc.rb; }
    static std::uint64_t cached(const Object& avc) { return avc.interval.subtree_last.value(); }
    void enter(const TreeLinks<Id>& links) const { form.shape(links); }
    bool visit(Id, const Object& avc, std::uint64_t& last) {
        if (avc.anon_vma != owner || ++nodes > most || avc.interval.first < last_key) return false;
        last_key = avc.interval.first.value();
        last = avc.interval.last.value();
        if (!form.reduction_.keep_rmap_order) return true;
        if (form.world_->find(avc.vma) == nullptr) return false;
        form.key_writer_.put(form.vma_names_.of(avc.vma));
        return true;
    }
};

// The interval tree of an address_space.
struct CanonicalForm::FileTree {
    using Id = VmaId;
    using Object = Vma<Plain>;
    CanonicalForm& form;
    AddressSpaceId owner;
    std::uint32_t nodes = 0;
    std::uint64_t last_key = 0;

    const Object* find(Id id) const { return form.world_->find(id); }
    static const TreeLinks<Id>& links(const Object& vma) { return vma.shared_rb; }
    static std::uint64_t cached(const Object& vma) { return vma.shared.subtree_last.value(); }
    void enter(const TreeLinks<Id>& links) const { form.shape(links); }
    bool visit(Id id, const Object& vma, std::uint64_t& last) {
        const File<Plain>* file = form.world_->find(vma.file);
        if (file == nullptr || file->mapping != owner || ++nodes > form.mapped_files_) return false;
        if (!vma.in_i_mmap || vma.shared.first < last_key) return false;
        last_key = vma.shared.first.value();
        last = vma.shared.last.value();
        if (form.reduction_.keep_rmap_order) form.key_writer_.put(form.vma_names_.of(id));
        return true;
    }
};

// A separate root, without children: what a first fault makes. All others are written out.
bool CanonicalForm::take_anon_vmas() {
    const World<Plain>& world = *world_;
    std::uint64_t children = 0;
    for (std::uint32_t name = 0; name < anon_vmas_; ++name) {  // roots and parents may be met only here
        const AnonVmaId id = anon_order_[name];
        AnonUse& use = anon_uses_[id.index()];
        const AnonVma& anon_vma = *use.anon_vma;
        if (anon_vma.root == id && anon_vma.parent == id) {
            ++use.members;
            ++use.children;
            continue;
        }
        AnonUse* const root = use_of(anon_vma.root, world.find(anon_vma.root));
        AnonUse* const parent = use_of(anon_vma.parent, world.find(anon_vma.parent));
        if (root == nullptr || parent == nullptr) return false;
        ++root->members;
        ++parent->children;
        children += anon_vma.root == id ? 0u : 1u;
    }
    if (world.pool<AnonVmaId>().live() != anon_vmas_ || world.pool<AvcId>().live() != attached_) return false;
    key_writer_.put(children);
    for (std::uint32_t name = 0; name < anon_vmas_; ++name)
        if (!take_anon_vma(anon_order_[name])) return false;
    return true;
}

bool CanonicalForm::take_anon_vma(AnonVmaId id) {
    const AnonUse& use = anon_uses_[id.index()];
    const AnonVma& anon_vma = *use.anon_vma;
    const std::uint32_t references = anon_vma.root == id ? use.members : 1;
    if (anon_vma.num_active_vmas != use.active || anon_vma.num_children != use.children ||
        anon_vma.refcount != references || anon_vma.degree != use.active + use.children || use.attached == 0)
        return false;
    if (anon_vma.root != id) {
        key_writer_.put(use.name);
        key_writer_.put(anon_uses_[anon_vma.root.index()].name);
        key_writer_.put(anon_uses_[anon_vma.parent.index()].name);
    } else if (anon_vma.parent != id) {
        return false;
    }
    AnonTree tree{*this, id, use.attached};
    return TreeCheck(tree).walk(anon_vma.rb_root) && tree.nodes == use.attached;
}

bool CanonicalForm::take_files() {
    const World<Plain>& world = *world_;
    std::uint32_t in_trees = 0;
    std::vector<AddressSpaceId> spaces;
    for (std::size_t i = 0; i < file_names_.order().size(); ++i) {
        const FileId id = file_names_.order()[i];
        const File<Plain>* file = world.find(id);
        if (file == nullptr || world.find(file->mapping) == nullptr) return false;
        if (file_uses_.size() <= i) file_uses_.resize(i + 1);
        if (!take_file(id, *file)) return false;
        if (std::find(spaces.begin(), spaces.end(), file->mapping) != spaces.end()) continue;
        spaces.push_back(file->mapping);
        const AddressSpace<Plain>& space = world[file->mapping];
        FileTree tree{*this, file->mapping};
        if (!TreeCheck(tree).walk(space.i_mmap)) return false;
        in_trees += tree.nodes;
    }
    return in_trees == mapped_files_ && world.pool<FileId>().live() == file_names_.order().size() &&
           world.pool<AddressSpaceId>().live() == spaces.size();
}

// Open files are many states' same; what processes make, and sizes, are written out.
bool CanonicalForm::take_file(FileId id, const File<Plain>& file) {
    const AddressSpace<Plain>& space = (*world_)[file.mapping];
    const bool made = file.descriptors == 0;
    charged_ += file.charged.value();
    const std::int64_t hooks = static_cast<std::int64_t>(file.opened) - static_cast<std::int64_t>(file.closed);
    const std::uint32_t uses = file_uses_[file_names_.of(id)];
    const bool rare = made || !space.endless || hooks != 0 || file.clones != 0 || file.base || file.charged != 0 ||
                      file.f_count != file.descriptors + uses || space.i_mmap_writable != (space.sealed ? -1 : 0);
    key_writer_.put(rare ? 1 : 0);
    if (!rare) return true;
    key_writer_.put(spec_name(file.spec));
    key_writer_.put((static_cast<std::uint64_t>(file.kind) << 2) | (file.readable ? 1u : 0u) |
                    (file.writable ? 2u : 0u));
    key_writer_.put(file.f_count);
    key_writer_.put(file.descriptors);
    key_writer_.put(file.clones);
    if (file.base && world_->find(file.base) == nullptr) return false;
    key_writer_.put(file.base ? file_names_.of(file.base) + 1u : 0u);
    key_writer_.put_signed(hooks);
    key_writer_.put(file.charged.value());
    key_writer_.put_signed(space.i_mmap_writable);
    key_writer_.put(space.files);
    key_writer_.put(space.endless ? 0 : space.size.value() + 1);
    return true;
}

// Entries in address order. The tree they lie in is the model's own, and its shape means nothing.
bool CanonicalForm::take_entries(MmId id) {
    const World<Plain>& world = *world_;
    if (!world.parameters().page_layer) return world.pool<PteId>().live() == 0;
    std::uint64_t at = 0;
    bool sound = true;
    const auto visit = [&](auto&& self, PteId node, unsigned depth) -> void {
        const Pte<Plain>* pte = world.find(node);
        if (pte == nullptr || pte->mm != id || depth > 64 || (pte->page && pte->swap)) {
            sound = false;
            return;
        }
        if (pte->rb.left) self(self, pte->rb.left, depth + 1);
        if (!sound) return;
        key_writer_.put(pte->address.value() - at + 1);
        at = pte->address.value();
        key_writer_.put((pte->writable ? 1u : 0u) | (pte->dirty ? 2u : 0u) | (pte->swap ? 4u : 0u) |
                        (pte->guard ? 8u : 0u));
        if (pte->swap) {
            const std::uint32_t name = swap_names_.of(pte->swap);
            if (swap_uses_.size() <= name) swap_uses_.resize(name + 1);
            ++swap_uses_[name];
            key_writer_.put(name);
        } else {
            const std::uint32_t name = pte->page ? page_names_.of(pte->page) + 1 : 0;
            if (page_uses_.size() <= name) page_uses_.resize(name + 1);
            ++page_uses_[name];
            key_writer_.put(name);
        }
        if (pte->rb.right) self(self, pte->rb.right, depth + 1);
    };
    if (const PteId root = world[id].pte_root) visit(visit, root, 0);
    key_writer_.put(0);
    return sound;
}

bool CanonicalForm::take_pages() {
    const World<Plain>& world = *world_;
    if (world.pool<PteId>().live() == 0) return false;  // pages that nothing maps
    for (const SwapId id : swap_names_.order()) {
        const SwapSlot* slot = world.find(id);
        if (slot == nullptr || slot->count != swap_uses_[swap_names_.of(id)]) return false;
        if (slot->page && world.find(slot->page) == nullptr) return false;
        key_writer_.put(slot->page ? page_names_.of(slot->page) + 1u : 0u);
    }
    for (std::size_t i = 0; i < page_names_.order().size(); ++i) {
        const PageId id = page_names_.order()[i];
        const Page<Plain>* page = world.find(id);
        if (page == nullptr) return false;
        const std::uint32_t uses = i + 1 < page_uses_.size() ? page_uses_[i + 1] : 0;
        if (page->mapcount != uses) return false;
        if (page->anon_vma && (world.find(page->anon_vma) == nullptr || page->mapping)) return false;
        if (page->swap && (world.find(page->swap) == nullptr || world[page->swap].page != id)) return false;
        key_writer_.put((page->swap_backed ? 1u : 0u) | (page->dirty ? 2u : 0u) | (page->swap ? 4u : 0u));
        if (page->swap) {
            // A page may be in the swap cache with a slot that no entry names.
            if (!swap_names_.known(page->swap) && world[page->swap].count != 0) return false;
            key_writer_.put(swap_names_.of(page->swap));
        }
        key_writer_.put(page->index.value());
        if (page->anon_vma) {
            if (!known(page->anon_vma)) return false;
            key_writer_.put(anon_uses_[page->anon_vma.index()].name + 1u);
        } else {
            // Of a page cache: the file whose mapping it is in.
            std::uint32_t name = 0;
            for (FileId file : file_names_.order()) {
                if (const File<Plain>* each = world.find(file); each != nullptr && each->mapping == page->mapping)
                    break;
                ++name;
            }
            key_writer_.put(0);
            key_writer_.put(name);
        }
    }
    return world.pool<PageId>().live() == page_names_.order().size() &&
           world.pool<SwapId>().live() == swap_names_.order().size();
}

}  // namespace vmacheck
