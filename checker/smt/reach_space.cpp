#include "checker/smt/reach_space.hpp"

#include "checker/coverage/operation_table.hpp"
#include "checker/random/random_parameters.hpp"
#include "model/op/op_table.hpp"

#include <algorithm>
#include <set>

namespace vmacheck::smt {
namespace {

constexpr Prot read_only = prot::read;
constexpr Prot read_write = prot::read | prot::write;
constexpr MapFlags fixed_private = map::private_ | map::fixed;
constexpr std::uint16_t ordinary_file = 1;  // of small_parameters
constexpr std::uint16_t shmem_file = 5;

using Ops = std::vector<Op<Plain>>;

Op<Plain> op_of(OpKind kind) {
    Op<Plain> op;
    op.kind = kind;
    op.uffd = 1;
    return op;
}

Op<Plain> mmap_of(Prot prot, MapFlags flags, std::uint16_t file = 0) {
    Op<Plain> op = op_of(OpKind::mmap);
    op.prot = prot;
    op.flags = file == 0 ? flags | map::anonymous : flags;
    op.file = file;
    return op;
}

Op<Plain> with_prot(OpKind kind, Prot prot) {
    Op<Plain> op = op_of(kind);
    op.prot = prot;
    return op;
}

Op<Plain> with_flags(OpKind kind, std::uint32_t flags) {
    Op<Plain> op = op_of(kind);
    op.call_flags = flags;
    return op;
}

Op<Plain> advise(Advice advice) {
    Op<Plain> op = op_of(OpKind::madvise);
    op.advice = advice;
    return op;
}

Op<Plain> access(Access how) {
    Op<Plain> op = op_of(OpKind::fault);
    op.access = how;
    return op;
}

Op<Plain> bind(std::uint16_t policy) {
    Op<Plain> op = op_of(OpKind::mbind);
    op.policy = policy;
    return op;
}

Op<Plain> of_process(OpKind kind, std::uint8_t process) {
    Op<Plain> op = op_of(kind);
    op.process = process;
    return op;
}

Op<Plain> of_file(OpKind kind, std::uint16_t file) {
    Op<Plain> op = op_of(kind);
    op.file = file;
    return op;
}

// Mappings that are refused, or that a refusal is about.
Ops refused_mmaps() {
    Ops forms;
    for (std::uint16_t file = 1; file <= file::short_file; ++file) {
        if (file == file::segment || file == file::segment + 1) continue;
        forms.push_back(mmap_of(read_write, fixed_private, file));
        forms.push_back(mmap_of(read_write, map::shared | map::fixed, file));
    }
    forms.push_back(mmap_of(prot::exec, fixed_private, file::noexec));
    forms.push_back(mmap_of(read_write, map::private_));
    forms.push_back(mmap_of(read_write, map::shared | map::fixed));
    forms.push_back(mmap_of(read_write, map::fixed));
    forms.push_back(mmap_of(read_write, fixed_private | map::locked));
    forms.push_back(mmap_of(read_write, map::private_ | map::fixed_noreplace));
    forms.push_back(mmap_of(read_write, map::shared_validate | map::sync | map::fixed, ordinary_file));
    forms.push_back(mmap_of(read_write, fixed_private, 1000));
    forms.back().flags &= ~map::anonymous;
    return forms;
}

Op<Plain> remapping_segment() {
    Op<Plain> op = with_flags(OpKind::shmat, shm::remap);
    op.file = file::segment;
    return op;
}

Ops advices(std::initializer_list<Advice> list) {
    Ops forms;
    for (const Advice each : list) forms.push_back(advise(each));
    return forms;
}

// How a kind of operation is called.
struct Forms {
    OpKind kind;
    Ops usual;                        // those that do what the call is for; none: the one without flags
    Ops unusual;                      // those that are refused, or that a refusal is about
    std::vector<OpKind> prepared_by;  // what must have happened before it has something to do, but for a mapping
};

// Kinds that are not listed have one usual form and nothing else.
const std::vector<Forms>& all_forms() {
    using enum OpKind;
    // clang-format off
    static const std::vector<Forms> forms{
        {mmap, {mmap_of(read_write, fixed_private), mmap_of(read_only, fixed_private)}, refused_mmaps(), {}},
        {mprotect, {with_prot(mprotect, read_write), with_prot(mprotect, read_only)},
         {with_prot(mprotect, read_write | prot::growsdown), with_prot(mprotect, 0x40), with_prot(mprotect, prot::exec)}, {}},
        {madvise, advices({Advice::dontfork, Advice::dofork}),
         advices({Advice::remove, Advice::wipeonfork, Advice::dontneed, Advice::free, Advice::mergeable,
                  Advice::dontdump, Advice::hugepage}), {}},
        {fault, {access(Access::write)}, {access(Access::read), access(Access::exec)}, {}},
        {exit, {of_process(exit, 1)}, {}, {fork}},
        {mremap, {with_flags(mremap, mremap::maymove | mremap::fixed), with_flags(mremap, mremap::maymove)},
         {with_flags(mremap, 0), with_flags(mremap, mremap::maymove | mremap::dontunmap), with_flags(mremap, mremap::fixed)}, {}},
        {mlock, {}, {with_flags(mlock, 2)}, {}},
        {munlock, {}, {}, {mlock}},
        {mlockall, {with_flags(mlockall, mcl::current)}, {with_flags(mlockall, mcl::future), with_flags(mlockall, 8)}, {mlock}},
        {munlockall, {}, {}, {mlock}},
        {reclaim, {}, {}, {fault}},
        {truncate, {of_file(truncate, ordinary_file)}, {of_file(truncate, 1000), of_file(truncate, file::device)}, {}},
        {shmat, {of_file(shmat, file::segment)},
         {remapping_segment(), of_file(shmat, file::segment + 1), of_file(shmat, ordinary_file)}, {}},
        {shmdt, {}, {}, {shmat}},
        {remap_file_pages, {}, {with_prot(remap_file_pages, read_only)}, {}},
        {special_mapping, {with_prot(special_mapping, read_only)}, {}, {}},
        {mbind, {bind(1), bind(0)}, {with_flags(mbind, mpol_mf::move_all), with_flags(mbind, 8)}, {}},
        {uffd_register, {with_flags(uffd_register, uffd_mode::missing)}, {with_flags(uffd_register, 0)}, {}},
        {uffd_unregister, {}, {}, {uffd_register}},
        {uffd_close, {}, {}, {uffd_register}},
    };
    // clang-format on
    return forms;
}

const Forms* forms_of(OpKind kind) {
    for (const Forms& each : all_forms())
        if (each.kind == kind) return &each;
    return nullptr;
}

Ops usual(OpKind kind) {
    const Forms* forms = forms_of(kind);
    return forms != nullptr && !forms->usual.empty() ? forms->usual : Ops{op_of(kind)};
}

std::vector<OpKind> preparing(OpKind kind) {
    const Forms* forms = forms_of(kind);
    return forms != nullptr ? forms->prepared_by : std::vector<OpKind>();
}

// Forms that are refused: those of the table, an address off a page boundary, another context, no process.
Ops unusual(OpKind kind) {
    const Forms* listed = forms_of(kind);
    Ops forms = listed != nullptr ? listed->unusual : Ops();
    const Operation& row = operation(kind);
    for (Op<Plain> each : usual(kind)) {
        each.addr.offset = 0x10;
        if (row.range != OwnRange::none) forms.push_back(each);
    }
    if (row.has(OpField::uffd)) {
        forms.push_back(usual(kind).front());
        forms.back().uffd = kind == OpKind::uffd_register ? 2 : 0;
    }
    forms.push_back(of_process(kind, max_processes - 1));
    return forms;
}

// Forms that find no memory, for the errors that nothing else gives.
Ops without_memory(OpKind kind, Errno error) {
    const bool inode = kind == OpKind::mmap && error == Errno::enospc;
    const bool again = (kind == OpKind::madvise || kind == OpKind::mlock) && error == Errno::eagain;
    const bool none = (kind == OpKind::fault || kind == OpKind::fork) && error == Errno::enomem;
    if (!inode && !again && !none) return {};
    Ops forms;
    for (Op<Plain> each : inode ? Ops{mmap_of(read_write, map::shared | map::fixed)} : usual(kind))
        for (std::uint16_t nth = 1; nth <= 2; ++nth) {
            each.fail_alloc = {AllocKind::any, nth};
            forms.push_back(each);
        }
    return forms;
}

// Kinds of the operations before an event, and of the last.
struct EventKinds {
    std::set<OpKind> first;
    std::set<OpKind> last;
};

EventKinds kinds_of(Event event) {
    using enum OpKind;
    switch (event) {
        case Event::vma_created: return {{}, {mmap}};
        case Event::vma_freed: return {{mmap}, {munmap}};
        case Event::split_low:
        case Event::split_high: return {{mmap}, {munmap, mprotect}};
        case Event::stack_grown: return {{mmap}, {fault}};
        case Event::policy_set: return {{mmap}, {mbind}};
        case Event::chain_imported: return {{mmap, mprotect, fault}, {mmap, mprotect}};
        case Event::anon_vma_created: return {{mmap}, {fault}};
        case Event::anon_vma_shared: return {{mmap, mprotect, fault}, {fault}};
        case Event::anon_vma_freed: return {{mmap, fault}, {munmap}};
        case Event::anon_vma_forked: return {{mmap, fault}, {fork}};
        case Event::anon_vma_reused: return {{mmap, fault, fork, exit}, {fork}};
        case Event::page_mapped:
        case Event::zero_page_mapped: return {{mmap}, {fault}};
        case Event::page_unmapped: return {{mmap, fault}, {munmap}};
        case Event::page_cow:
        case Event::page_reused: return {{mmap, fault, fork}, {fault}};
        case Event::page_swapped_out: return {{mmap, fault}, {reclaim}};
        case Event::page_swapped_in:
        case Event::swap_cache_hit: return {{mmap, fault, reclaim, fork}, {fault}};
        case Event::page_marked_free: return {{mmap, fault}, {madvise}};
        case Event::page_kept: return {{mmap, fault, mlock}, {reclaim}};
        case Event::userfault: return {{mmap, uffd_register}, {fault}};
        case Event::file_resized: return {{}, {truncate}};
        case Event::hole_punched: return {{mmap}, {madvise}};
        case Event::file_opened: return {{mmap}, {munmap, mprotect}};
        case Event::file_closed: return {{mmap}, {munmap}};
        case Event::i_mmap_lock:
        case Event::i_mmap_unlock: return {{mmap}, {mmap, munmap}};
        case Event::anon_vma_lock:
        case Event::anon_vma_unlock: return {{mmap, fault}, {mprotect, munmap}};
        case Event::mmap_lock_read:
        case Event::mmap_unlock_read: return {{mmap}, {fault, madvise}};
        case Event::commit_charged:
        case Event::charge_refused: return {{}, {mmap}};
        case Event::commit_uncharged: return {{mmap}, {munmap}};
        default: return {{mmap, mprotect}, {mmap, mprotect}};
    }
}

class SpaceMaker {
public:
    ReachSpace make(const Goal& goal) {
        for (const GoalCell& each : goal.cells) {
            if (each.merge)
                add_merge(each);
            else if (each.site)
                add_allocation(*each.site);
            else if (each.event)
                add_event(*each.event);
            else
                add_end(each);
        }
        return finish();
    }

private:
    void add_event(Event event) {
        const EventKinds kinds = kinds_of(event);
        for (const OpKind each : kinds.first) {
            add_first(each);
            if (each != OpKind::mmap && each != OpKind::mprotect) likely(each);
        }
        for (const OpKind each : kinds.last) add(space_.last, usual(each));
        const bool file = event == Event::file_opened || event == Event::file_closed || event == Event::i_mmap_lock ||
                          event == Event::i_mmap_unlock;
        if (file) add_first_mmap(mmap_of(read_write, fixed_private, file::hooks));
        if (event == Event::hole_punched) {
            add_first_mmap(mmap_of(read_write, map::shared | map::fixed, shmem_file));
            add(space_.last, {advise(Advice::remove)});
        }
        if (event == Event::stack_grown)
            add_first_mmap(mmap_of(read_write, map::private_ | map::growsdown | map::fixed));
        if (event == Event::page_marked_free) add(space_.last, {advise(Advice::free)});
        if (event == Event::zero_page_mapped) add(space_.last, {access(Access::read)});
        if (event == Event::mmap_lock_read || event == Event::mmap_unlock_read)
            add(space_.last, {advise(Advice::dontneed)});
        if (event == Event::alloc_failed) {
            add(space_.last, {mmap_of(read_write, fixed_private)});
            space_.last.back().fail_alloc = {AllocKind::any, 1};
        }
        if (event == Event::anon_vma_reused) {
            for (const std::uint8_t process : {1, 2}) add(space_.first, {of_process(OpKind::fork, process)});
            for (const std::uint8_t process : {1, 2}) add(space_.last, {of_process(OpKind::fork, process)});
        }
    }

    // The survivor's backing, and pages where anon_vmas are about.
    void add_merge(const GoalCell& cell) {
        const bool file = cell.merge->backing == Backing::file;
        const std::uint16_t mapped = file ? ordinary_file : std::uint16_t{0};
        const bool remaps = *cell.op == OpKind::remap_file_pages;
        const MapFlags flags = remaps ? map::shared | map::fixed : fixed_private;
        for (const Prot each : {read_write, read_only}) add_first_mmap(mmap_of(each, flags, mapped));
        if (cell.merge->joined != Joined::none) {
            add_first(OpKind::fault);
            const bool faults_itself = *cell.op == OpKind::mlock || *cell.op == OpKind::munlock ||
                                       *cell.op == OpKind::mlockall || *cell.op == OpKind::munlockall;
            if (!faults_itself) likely(OpKind::fault);
        }
        if (*cell.op == OpKind::mmap) {
            add(space_.last, {mmap_of(read_write, flags, mapped)});
            return;
        }
        add(space_.last, usual(*cell.op));
        for (const OpKind each : preparing(*cell.op)) {
            add_first(each);
            likely(each);
        }
        // What takes VMAs apart that the last operation makes one again.
        const bool changes = cell.merge->which > 3 && *cell.op != OpKind::munlockall && *cell.op != OpKind::uffd_close;
        if (changes || *cell.op == OpKind::brk) add(space_.first, usual(*cell.op));
    }

    void add_allocation(AllocSite site) {
        for (const OperationRow& row : operation_table()) {
            if (std::find(row.allocations.begin(), row.allocations.end(), site) == row.allocations.end()) continue;
            for (Op<Plain> each : usual(row.op))
                for (std::uint16_t nth = 1; nth <= 2; ++nth) {
                    each.fail_alloc = {kind(site), nth};
                    add(space_.last, {each});
                }
            add_prepared(row.op);
            break;  // the first operation that has it
        }
        if (kind(site) == AllocKind::policy) add_first(OpKind::mbind);
    }

    void add_end(const GoalCell& cell) {
        add(space_.last, usual(*cell.op));
        if (*cell.error != Errno::ok) {
            add(space_.last, unusual(*cell.op));
            tight_ = true;
        }
        add(space_.last, without_memory(*cell.op, *cell.error));
        add_prepared(*cell.op);
        if (*cell.op == OpKind::remap_file_pages) add_first_mmap(mmap_of(read_write, map::shared | map::fixed));
    }

    void add_prepared(OpKind kind) {
        add_first(OpKind::mmap);
        for (const OpKind each : preparing(kind)) {
            add_first(each);
            likely(each);
        }
    }

    void add_first(OpKind kind) {
        if (kind == OpKind::mmap && mapped_) return;  // the goal has its own mappings
        add(space_.first, usual(kind));
    }
    void likely(OpKind kind) {
        if (std::find(space_.likely.begin(), space_.likely.end(), kind) == space_.likely.end())
            space_.likely.push_back(kind);
    }
    void add_first_mmap(const Op<Plain>& op) {
        if (!mapped_) std::erase_if(space_.first, [](const Op<Plain>& each) { return each.kind == OpKind::mmap; });
        mapped_ = true;
        add(space_.first, {op});
    }

    static void add(Ops& to, const Ops& ops) {
        for (const Op<Plain>& each : ops) {
            const bool there = std::any_of(to.begin(), to.end(),
                                           [&](const Op<Plain>& other) { return form_text(other) == form_text(each); });
            if (!there) to.push_back(each);
        }
    }

    ReachSpace finish() {
        Parameters free;
        free.files = small_parameters().files;
        Parameters tight = free;
        tight.max_map_count = 3;
        tight.rlimit_as = 64;
        tight.rlimit_memlock = 2;
        tight.total_memory = 32;
        const auto uses_files = [](const Op<Plain>& op) { return op.file != 0; };
        const bool files = std::any_of(space_.first.begin(), space_.first.end(), uses_files) ||
                           std::any_of(space_.last.begin(), space_.last.end(), uses_files);
        if (!files) free.files.clear();
        space_.limits.push_back({"no limits", free});
        if (tight_) space_.limits.push_back({"at most 3 VMAs, 64 pages, 2 of them locked, 32 in a request", tight});
        if (space_.first.empty()) space_.first = usual(OpKind::mmap);
        return std::move(space_);
    }

    ReachSpace space_;
    bool mapped_ = false;
    bool tight_ = false;
};

}  // namespace

ReachSpace reach_space(const Goal& goal) {
    return SpaceMaker().make(goal);
}

}  // namespace vmacheck::smt
