#include "checker/exhaustive/canonical.hpp"

#include "checker/exhaustive/canonical_fields.hpp"
#include "checker/exhaustive/tree_check.hpp"
#include "model/state/world.hpp"

#include <algorithm>

namespace vmacheck {
namespace {

// In the code of a VMA's flags, above those that vary most: more than that is written of it.
constexpr std::uint64_t rare_bit = 4;

}  // namespace

// Flags in an order that makes those that vary most small, and those that nearly all VMAs have absent. A permutation
// and an exclusive or, so that different flags give different codes.
std::uint64_t CanonicalForm::flag_code(VmFlags flags) const {
    constexpr VmFlags low = vm::read | vm::write;
    flags ^= reduction_.usual_flags;
    const auto bit = [flags](VmFlags flag, unsigned place) {
        return (flags & flag) != 0 ? std::uint64_t{1} << place : 0;
    };
    const std::uint64_t named = (flags & low) | bit(vm::exec, 2) | bit(vm::shared, 3) | bit(vm::account, 4) |
                                bit(vm::locked, 5) | bit(vm::noreserve, 6);
    constexpr VmFlags moved = low | vm::exec | vm::shared | vm::account | vm::locked | vm::noreserve;
    return named | ((flags & ~moved) << 7);
}

CanonicalForm::FlagInfo CanonicalForm::flag_info(VmFlags flags) const {
    const std::uint64_t code = flag_code(flags);
    return {flags, (code & (rare_bit - 1)) | ((code & ~(rare_bit - 1)) << 1),
            vm_class(flags, vm_stack(world_->parameters()))};
}

inline void CanonicalForm::begin(const World<Plain>& world) {
    world_ = &world;
    key_writer_.clear();
    key_ = {};
    charged_ = 0;
    vmas_ = 0;
    attached_ = 0;
    mapped_files_ = 0;
    anon_vmas_ = 0;
    if (const std::uint32_t slots = world.pool<AnonVmaId>().slots(); anon_uses_.size() < slots) {
        anon_uses_.resize(slots);
        anon_order_.resize(slots);
    }
    if (++epoch_ == 0) {  // once in 2^32 states
        for (AnonUse& each : anon_uses_) each = {};
        epoch_ = 1;
    }
    if (reduction_.keep_rmap_order) vma_names_.clear(world.pool<VmaId>().slots());
    if (world.pool<FileId>().slots() != 0) begin_files(world);
    policy_names_.clear(world.pool<MemPolicyId>().slots());
    if (!world.parameters().page_layer) return;
    page_names_.clear(world.pool<PageId>().slots());
    swap_names_.clear(world.pool<SwapId>().slots());
    page_uses_.clear();
    swap_uses_.clear();
}

// The place of an open file's specification among those of the form; 0: none.
std::uint16_t CanonicalForm::spec_name(std::uint16_t spec) const {
    if (renaming_ == nullptr || spec == 0) return spec;
    const auto& files = renaming_->files;
    return static_cast<std::uint16_t>(std::find(files.begin(), files.end(), spec - 1) - files.begin() + 1);
}

// Those that processes hold open are known by their number, or by their place in the renaming.
void CanonicalForm::begin_files(const World<Plain>& world) {
    file_names_.clear(world.pool<FileId>().slots());
    file_uses_.clear();
    for (std::uint16_t i = 0; i < world.parameters().files.size(); ++i) {
        file_names_.of(FileId(renaming_ != nullptr ? renaming_->files[i] : i, 0));
        file_uses_.push_back(0);
    }
}

// Counts the chain's edges. `plain`: one edge, to the VMA's own anon_vma. `own`: 0, or the name of that and one.
inline bool CanonicalForm::take_chain(VmaId id, const Vma<Plain>& vma, bool& plain, std::uint64_t& own) {
    AnonUse* const own_use = use_of(vma.anon_vma, world_->find(vma.anon_vma));
    if (own_use != nullptr) {
        ++own_use->active;
        own = std::uint64_t{own_use->name} + 1;
    } else if (vma.anon_vma) {
        return false;
    }
    const PlainNumber last = last_pgoff(vma);
    const std::uint32_t edges = world_->pool<AvcId>().live();
    AvcId newer;
    for (AvcId at = vma.chain_newest; at;) {
        const Avc<Plain>* avc = world_->find(at);
        if (avc == nullptr || avc->vma != id || avc->newer != newer || !avc->in_tree || ++attached_ > edges)
            return false;
        if (avc->interval.first != vma.pgoff || avc->interval.last != last) return false;
        plain = avc->anon_vma == vma.anon_vma;
        AnonUse* const use = plain ? own_use : use_of(avc->anon_vma, world_->find(avc->anon_vma));
        if (use == nullptr) return false;
        ++use->attached;
        newer = at;
        at = avc->older;
    }
    if (vma.chain_oldest != newer) return false;
    plain = plain && newer && newer == vma.chain_newest;
    return true;
}

// mm_rb, in step with the list.
struct CanonicalForm::MmTree {
    using Id = VmaId;
    using Object = Vma<Plain>;
    CanonicalForm& form;
    MmId mm;
    VmaId next;  // what the list has next
    VmaId prev;
    std::uint64_t guard_gap;      // of stacks
    std::uint64_t end = 0;        // of the VMA below
    std::uint64_t free_from = 0;  // page after it where free space begins: guard gaps are not free
    std::uint32_t count = 0;
    std::uint64_t total = 0;  // pages, and so are the following
    std::uint64_t locked = 0;
    std::uint64_t charged = 0;
    std::array<std::uint64_t, 4> by_class{};

    const Object* find(Id id) const { return form.world_->find(id); }
    static const TreeLinks<Id>& links(const Object& vma) { return vma.rb; }
    static std::uint64_t cached(const Object& vma) { return vma.subtree_gap.value(); }
    void enter(const TreeLinks<Id>& links) const { form.shape(links); }
    bool visit(Id id, const Object& vma, std::uint64_t& gap) {
        const std::uint64_t vm_start = vma.start.value();
        const std::uint64_t vm_end = vma.end.value();
        if (id != next || vma.mm != mm || vma.prev != prev || vm_start < end || vm_end <= vm_start) return false;
        const std::uint64_t not_free = free_from + ((vma.flags & vm::growsdown) != 0 ? guard_gap : 0);
        gap = vm_start > not_free ? vm_start - not_free : 0;
        if (!write(id, vma)) return false;
        free_from = (vma.flags & vm::growsup) == 0 ? vm_end : vm_end_gap(vma, guard_gap).value();
        end = vm_end;
        prev = id;
        next = vma.next;
        ++count;
        return true;
    }
    bool write(Id id, const Object& vma) {
        if (form.reduction_.keep_rmap_order) form.vma_names_.of(id);
        // The chain comes first: it also counts, and says whether it has the usual form.
        bool plain_chain = true;
        std::uint64_t own = 0;
        if ((vma.chain_newest || vma.anon_vma) && !form.take_chain(id, vma, plain_chain, own)) return false;
        const std::uint64_t unusual = vma.file.raw() | vma.policy.raw() | vma.uffd | vma.anon_name |
                                      static_cast<std::uint64_t>(vma.ops) | (vma.in_i_mmap ? 1u : 0u);
        const bool rare = !plain_chain || unusual != 0 || vma.pgoff != vma.start;
        const FlagInfo& info = form.info_of(vma.flags);
        const std::uint64_t pages = vma.end.value() - vma.start.value();
        form.key_writer_.put(vma.start.value() - end, pages - 1, info.code | (rare ? rare_bit : 0), own);
        total += pages;
        locked += (vma.flags & vm::locked) != 0 ? pages : 0;
        charged += (vma.flags & vm::account) != 0 ? pages : 0;
        by_class[static_cast<std::size_t>(info.which)] += pages;
        return !rare || form.take_rare(vma, plain_chain);
    }
};

inline bool CanonicalForm::take_process(MmId id) {
    const Mm<Plain>* mm = world_->find(id);
    if (mm == nullptr) return false;
    key_writer_.put(mm->map_count);
    MmTree tree{*this, id, mm->mmap, {}, world_->parameters().stack_guard_gap};
    if (!TreeCheck(tree).walk(mm->rb_root)) return false;
    if (tree.next || tree.count != mm->map_count || mm->highest_vm_end != tree.free_from) return false;
    vmas_ += tree.count;
    charged_ += tree.charged;
    const auto pages_of = [&tree](VmClass which) { return tree.by_class[static_cast<std::size_t>(which)]; };
    if (mm->total_vm != tree.total || mm->data_vm != pages_of(VmClass::data) ||
        mm->exec_vm != pages_of(VmClass::exec) || mm->stack_vm != pages_of(VmClass::stack) ||
        mm->locked_vm != tree.locked)
        return false;
    const std::uint64_t brk = mm->brk.value();
    const std::uint64_t usual_brk = world_->parameters().start_brk_bytes;
    const bool rare = brk != usual_brk || mm->def_flags != 0 || mm->ksm_entered;
    key_writer_.put(rare ? 1 : 0);
    if (rare) {
        key_writer_.put_signed(static_cast<std::int64_t>(brk - usual_brk));
        key_writer_.put(flag_code(mm->def_flags));
        key_writer_.put(mm->ksm_entered ? 1 : 0);
    }
    return take_entries(id);
}

bool CanonicalForm::take(const World<Plain>& world, const Renaming* renaming) {
    renaming_ = renaming;
    begin(world);
    const auto& processes = world.globals().processes;
    const std::uint32_t living = world.pool<MmId>().live();
    std::uint32_t met = 0;
    for (std::size_t at = 0; at < processes.size() && met < living; ++at) {
        const std::size_t slot = renaming != nullptr ? renaming->slots[at] : at;
        key_writer_.put(processes[slot] ? 1 : 0);
        if (!processes[slot]) continue;
        ++met;
        if (!take_process(processes[slot])) return false;
    }
    key_writer_.put(2);  // no process more
    if (met != living || world.pool<VmaId>().live() != vmas_) return false;
    if (world.pool<MemPolicyId>().live() != policy_names_.order().size()) return false;
    if (!take_anon_vmas()) return false;
    if (world.pool<FileId>().live() != 0 ? !take_files() : mapped_files_ != 0) return false;
    if ((world.pool<PageId>().live() | world.pool<SwapId>().live()) != 0 && !take_pages()) return false;
    if (!accounts_hold()) return false;
    key_writer_.put(1);  // after it there are only zeros
    key_ = key_writer_.finish();
    return true;
}

// What private anonymous memory that was never moved or forked does not have.
bool CanonicalForm::take_rare(const Vma<Plain>& vma, bool plain_chain) {
    if (vma.in_i_mmap != static_cast<bool>(vma.file)) return false;
    if (vma.in_i_mmap) {
        ++mapped_files_;
        if (vma.shared.first != vma.pgoff || vma.shared.last != last_pgoff(vma)) return false;
    }
    key_writer_.put((vma.file ? 1u : 0u) | (plain_chain ? 0u : 2u) | (vma.policy || vma.uffd != 0 ? 4u : 0u) |
                    (vma.anon_name != 0 ? 8u : 0u));
    key_writer_.put_signed(static_cast<std::int64_t>(vma.pgoff.value() - vma.start.value()));
    key_writer_.put(static_cast<std::uint64_t>(vma.ops));
    if (vma.file) {
        const std::uint32_t name = file_names_.of(vma.file);
        if (file_uses_.size() <= name) file_uses_.resize(name + 1);
        ++file_uses_[name];
        key_writer_.put(name);
    }
    if (!plain_chain) {
        std::uint64_t length = 0;
        for (AvcId each = vma.chain_oldest; each; each = (*world_)[each].newer) ++length;
        key_writer_.put(length);
        for (AvcId each = vma.chain_oldest; each; each = (*world_)[each].newer)
            key_writer_.put(anon_uses_[(*world_)[each].anon_vma.index()].name);
    }
    if (vma.policy || vma.uffd != 0) {
        const MemPolicy* policy = vma.policy ? world_->find(vma.policy) : nullptr;
        if (policy != nullptr) policy_names_.of(vma.policy);
        key_writer_.put(policy != nullptr ? policy->content : 0u);
        key_writer_.put(policy != nullptr ? policy->refcount : 0u);
        key_writer_.put(vma.uffd);
    }
    if (vma.anon_name != 0) key_writer_.put(vma.anon_name);
    return true;
}

bool CanonicalForm::accounts_hold() const {
    const auto& globals = world_->globals();
    return globals.overdrawn == 0 && globals.committed == charged_;
}

}  // namespace vmacheck
