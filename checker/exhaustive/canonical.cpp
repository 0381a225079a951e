#include "checker/exhaustive/canonical.hpp"

#include "checker/exhaustive/canonical_fields.hpp"
#include "model/state/world.hpp"

#include <algorithm>

namespace vmacheck {
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

const CanonicalForm::FlagInfo& CanonicalForm::info_of(VmFlags flags) {
    FlagInfo& info = flag_infos_[(flags ^ (flags >> 7) ^ (flags >> 19)) % flag_infos_.size()];
    if (info.flags != flags) info = {flags, flag_code(flags), vm_class(flags, vm_stack(world_->parameters()))};
    return info;
}

void CanonicalForm::begin(const World<Plain>& world) {
    world_ = &world;
    key_writer_.clear();
    key_ = {};
    charged_ = 0;
    vmas_ = 0;
    attached_ = 0;
    mapped_files_ = 0;
    anon_order_.clear();
    if (anon_uses_.size() < world.pool<AnonVmaId>().slots()) anon_uses_.resize(world.pool<AnonVmaId>().slots());
    if (++epoch_ == 0) {  // once in 2^32 states
        for (AnonUse& each : anon_uses_) each = {};
        epoch_ = 1;
    }
    if (reduction_.keep_rmap_order) vma_names_.clear(world.pool<VmaId>().slots());
    if (world.pool<FileId>().slots() != 0) {
        file_names_.clear(world.pool<FileId>().slots());
        file_uses_.clear();
        // Those that processes hold open are known by their number.
        for (std::uint16_t i = 0; i < world.parameters().files.size(); ++i) {
            file_names_.of(FileId(i, 0));
            file_uses_.push_back(0);
        }
    }
    policy_names_.clear(world.pool<MemPolicyId>().slots());
    page_names_.clear(world.pool<PageId>().slots());
    swap_names_.clear(world.pool<SwapId>().slots());
    page_uses_.clear();
    swap_uses_.clear();
}

bool CanonicalForm::take(const World<Plain>& world) {
    begin(world);
    const auto& processes = world.globals().processes;
    const std::uint32_t living = world.pool<MmId>().live();
    std::uint32_t met = 0;
    for (std::size_t slot = 0; slot < processes.size() && met < living; ++slot) {
        key_writer_.put(processes[slot] ? 1 : 0);
        if (!processes[slot]) continue;
        ++met;
        if (!take_process(processes[slot])) return false;
    }
    key_writer_.put(2);  // no process more
    if (met != living || world.pool<VmaId>().live() != vmas_) return false;
    if (world.pool<MemPolicyId>().live() != policy_names_.order().size()) return false;
    if (!take_anon_vmas() || !take_files() || !take_pages() || !accounts_hold()) return false;
    key_writer_.put(1);  // after it there are only zeros
    key_ = key_writer_.finish();
    return true;
}

bool CanonicalForm::take_process(MmId id) {
    const Mm<Plain>* mm = world_->find(id);
    if (mm == nullptr) return false;
    key_writer_.put(mm->map_count);
    sums_ = {};
    Walk walk_at{.mm = id, .next = mm->mmap, .prev = {}, .limit = world_->pool<VmaId>().live()};
    Subtree tree;
    if (mm->rb_root) {
        if (!walk(mm->rb_root, {}, true, walk_at, tree)) return false;
    }
    if (walk_at.next || walk_at.count != mm->map_count || mm->highest_vm_end != walk_at.free_from) return false;
    vmas_ += walk_at.count;
    if (mm->total_vm != sums_.total || mm->data_vm != sums_.data || mm->exec_vm != sums_.exec ||
        mm->stack_vm != sums_.stack || mm->locked_vm != sums_.locked)
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

bool CanonicalForm::walk(VmaId node, VmaId parent, bool parent_red, Walk& at, Subtree& out) {
    const Vma<Plain>* vma = world_->find(node);
    if (vma == nullptr || at.count >= at.limit) return false;
    const TreeLinks<VmaId>& rb = vma->rb;
    if (rb.parent != parent || (rb.red && parent_red)) return false;
    shape(rb.red, static_cast<bool>(rb.left), static_cast<bool>(rb.right));
    Subtree left;
    Subtree right;
    if (rb.left && !walk(rb.left, node, rb.red, at, left)) return false;
    const std::uint64_t start = vma->start.value();
    const std::uint64_t guard = (vma->flags & vm::growsdown) != 0 ? world_->parameters().stack_guard_gap : 0;
    const std::uint64_t own = start > at.free_from + guard ? start - at.free_from - guard : 0;
    if (at.next != node || !take_vma(node, *vma, at)) return false;
    if (rb.right && !walk(rb.right, node, rb.red, at, right)) return false;
    if (left.blacks != right.blacks) return false;
    out.blacks = left.blacks + (rb.red ? 0 : 1);
    out.gap = std::max({own, left.gap, right.gap});
    return vma->subtree_gap == out.gap;
}

bool CanonicalForm::take_vma(VmaId id, const Vma<Plain>& vma, Walk& at) {
    const std::uint64_t start = vma.start.value();
    const std::uint64_t end = vma.end.value();
    if (vma.mm != at.mm || vma.prev != at.prev || start < at.end || end <= start) return false;
    if (reduction_.keep_rmap_order) vma_names_.of(id);
    bool plain_chain = true;
    // The chain comes first: it also counts, and says whether it has the usual form.
    std::uint64_t anon = 0;
    if (vma.chain_newest || vma.anon_vma) {
        if (!take_chain(id, vma, plain_chain)) return false;
        anon = vma.anon_vma ? use_of(vma.anon_vma).name + 1u : 0u;
    }
    const bool rare = !plain_chain || vma.file || vma.policy || vma.uffd != 0 || vma.anon_name != 0 ||
                      vma.ops != VmOps::none || vma.in_i_mmap || vma.pgoff != start;
    const FlagInfo& info = info_of(vma.flags);
    const std::uint64_t flags = (info.code & 3) | (rare ? 4u : 0u) | ((info.code & ~std::uint64_t{3}) << 1);
    key_writer_.put(start - at.end, end - start - 1, flags, anon);
    if (rare) take_rare(vma, plain_chain);
    if (vma.in_i_mmap != static_cast<bool>(vma.file)) return false;
    if (vma.in_i_mmap) {
        ++mapped_files_;
        if (vma.shared.first != vma.pgoff || vma.shared.last != last_pgoff(vma)) return false;
    }
    const std::uint64_t pages = end - start;
    sums_.total += pages;
    sums_.locked += (vma.flags & vm::locked) != 0 ? pages : 0;
    charged_ += (vma.flags & vm::account) != 0 ? pages : 0;
    sums_.data += info.which == VmClass::data ? pages : 0;
    sums_.exec += info.which == VmClass::exec ? pages : 0;
    sums_.stack += info.which == VmClass::stack ? pages : 0;
    const std::uint64_t guard = (vma.flags & vm::growsup) != 0 ? world_->parameters().stack_guard_gap : 0;
    at.free_from = guard == 0 ? end : vm_end_gap(vma, guard).value();
    at.end = end;
    at.prev = id;
    at.next = vma.next;
    at.below = &vma;
    ++at.count;
    return true;
}

// What private anonymous memory that was never moved or forked does not have.
void CanonicalForm::take_rare(const Vma<Plain>& vma, bool plain_chain) {
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
            key_writer_.put(use_of((*world_)[each].anon_vma).name);
    }
    if (vma.policy || vma.uffd != 0) {
        const MemPolicy* policy = vma.policy ? world_->find(vma.policy) : nullptr;
        if (policy != nullptr) policy_names_.of(vma.policy);
        key_writer_.put(policy != nullptr ? policy->content : 0u);
        key_writer_.put(policy != nullptr ? policy->refcount : 0u);
        key_writer_.put(vma.uffd);
    }
    if (vma.anon_name != 0) key_writer_.put(vma.anon_name);
}

// Counts the chain's edges. `plain`: one edge, to the VMA's own anon_vma.
bool CanonicalForm::take_chain(VmaId id, const Vma<Plain>& vma, bool& plain) {
    if (vma.anon_vma) {
        if (world_->find(vma.anon_vma) == nullptr) return false;
        ++use_of(vma.anon_vma).active;
    }
    AvcId newer;
    const std::uint32_t limit = attached_ + world_->pool<AvcId>().live();
    for (AvcId at = vma.chain_newest; at;) {
        const Avc<Plain>* avc = world_->find(at);
        if (avc == nullptr || avc->vma != id || avc->newer != newer || !avc->in_tree || ++attached_ > limit)
            return false;
        if (world_->find(avc->anon_vma) == nullptr) return false;
        if (avc->interval.first != vma.pgoff || avc->interval.last != last_pgoff(vma)) return false;
        ++use_of(avc->anon_vma).attached;
        newer = at;
        at = avc->older;
    }
    if (vma.chain_oldest != newer) return false;
    plain = newer && newer == vma.chain_newest && (*world_)[newer].anon_vma == vma.anon_vma;
    return true;
}

bool CanonicalForm::accounts_hold() const {
    const auto& globals = world_->globals();
    return globals.overdrawn == 0 && globals.committed == charged_;
}

}  // namespace vmacheck
