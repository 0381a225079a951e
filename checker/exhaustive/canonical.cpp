#include "checker/exhaustive/canonical.hpp"

#include "model/accounting.hpp"

#include <algorithm>

namespace vmacheck {
namespace {

// Flags in an order that makes those that vary most small, and those that nearly all VMAs have absent. A permutation
// and an exclusive or, so that different flags give different codes.
std::uint64_t flag_code(VmFlags flags) {
    constexpr VmFlags usual = vm::may_access;
    constexpr VmFlags low = vm::read | vm::write;
    flags ^= usual;
    const std::uint64_t named = (flags & low) | (flags & vm::exec ? 4u : 0u) | (flags & vm::shared ? 8u : 0u) |
                                (flags & vm::account ? 16u : 0u) | (flags & vm::locked ? 32u : 0u);
    constexpr VmFlags moved = low | vm::exec | vm::shared | vm::account | vm::locked;
    return named | ((flags & ~moved) << 6);
}

}  // namespace

bool CanonicalForm::take(const World<Plain>& world) {
    world_ = &world;
    key_writer_.clear();
    key_ = {};
    charged_ = 0;
    vmas_ = 0;
    attached_ = 0;
    mapped_files_ = 0;
    anon_names_.clear(world.pool<AnonVmaId>().slots());
    anon_uses_.clear();
    if (reduction_.keep_rmap_order) vma_names_.clear(world.pool<VmaId>().slots());
    const bool has_files = world.pool<FileId>().live() != 0;
    file_names_.clear(world.pool<FileId>().slots());
    file_uses_.clear();
    if (has_files)  // those that processes hold open are known by their number
        for (std::uint16_t i = 0; i < world.parameters().files.size(); ++i) {
            file_names_.of(FileId(i, 0));
            file_uses_.push_back(0);
        }
    page_names_.clear(world.pool<PageId>().slots());
    swap_names_.clear(world.pool<SwapId>().slots());
    page_uses_.clear();
    swap_uses_.clear();
    const auto& processes = world.globals().processes;
    std::size_t last = processes.size();
    while (last > 0 && !processes[last - 1]) --last;
    key_writer_.put(last);
    std::uint32_t live = 0;
    for (std::size_t slot = 0; slot < last; ++slot) {
        key_writer_.put(processes[slot] ? 1 : 0);
        if (!processes[slot]) continue;
        ++live;
        if (!take_process(processes[slot])) return false;
    }
    if (world.pool<MmId>().live() != live || world.pool<VmaId>().live() != vmas_) return false;
    if (!take_anon_vmas() || !take_files() || !take_pages() || !accounts_hold()) return false;
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

void CanonicalForm::count_pages(const Vma<Plain>& vma) {
    const std::uint64_t pages = vma.end.value() - vma.start.value();
    const VmFlags flags = vma.flags;
    sums_.total += pages;
    if ((flags & vm::locked) != 0) sums_.locked += pages;
    if ((flags & vm::account) != 0) charged_ += pages;
    switch (vm_class(flags, vm_stack(world_->parameters()))) {
        case VmClass::data: sums_.data += pages; break;
        case VmClass::exec: sums_.exec += pages; break;
        case VmClass::stack: sums_.stack += pages; break;
        case VmClass::none: break;
    }
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
        anon = vma.anon_vma ? anon_names_.of(vma.anon_vma) + 1u : 0u;
    }
    const bool rare = !plain_chain || vma.file || vma.policy || vma.uffd != 0 || vma.ops != VmOps::none ||
                      vma.in_i_mmap || vma.pgoff != start;
    key_writer_.put(start - at.end);
    key_writer_.put(end - start - 1);
    const std::uint64_t code = flag_code(vma.flags);
    key_writer_.put((code & 3) | (rare ? 4u : 0u) | ((code & ~std::uint64_t{3}) << 1));
    key_writer_.put(anon);
    if (rare) take_rare(vma, plain_chain);
    if (vma.in_i_mmap != static_cast<bool>(vma.file)) return false;
    if (vma.in_i_mmap) {
        ++mapped_files_;
        if (vma.shared.first != vma.pgoff || vma.shared.last != last_pgoff(vma)) return false;
    }
    count_pages(vma);
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
    key_writer_.put((vma.file ? 1u : 0u) | (plain_chain ? 0u : 2u) | (vma.policy || vma.uffd != 0 ? 4u : 0u));
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
            key_writer_.put(anon_names_.of((*world_)[each].anon_vma));
    }
    if (vma.policy || vma.uffd != 0) {
        const MemPolicy* policy = vma.policy ? world_->find(vma.policy) : nullptr;
        key_writer_.put(policy != nullptr ? policy->content : 0u);
        key_writer_.put(policy != nullptr ? policy->refcount : 0u);
        key_writer_.put(vma.uffd);
    }
}

CanonicalForm::AnonUse& CanonicalForm::use_of(AnonVmaId id) {
    const std::uint32_t name = anon_names_.of(id);
    if (anon_uses_.size() <= name) anon_uses_.resize(name + 1);
    return anon_uses_[name];
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
