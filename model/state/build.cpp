// Worlds described from outside. No kernel function: what this builds, mmap, fault, fork and munmap could have left.
//
// The description is checked as a whole before anything is changed. A description without processes leaves the one
// empty process of a fresh World.
#include "model/state/build.hpp"
#include "model/faults/fault_table.hpp"

#include "model/accounting.hpp"
#include "model/anon_vma.hpp"
#include "model/file.hpp"
#include "model/gap_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace vmacheck {
namespace {

using Error = std::optional<std::string>;

// anon_vmas by number, those that are only named in chains included.
using Families = std::map<unsigned, AnonVmaSpec>;

std::string describe(const ProcessSpec& process, const VmaSpec& vma) {
    return fmt::format("process {}, VMA [{:#x},{:#x})", process.slot, vma.start * page_size, vma.end * page_size);
}

// ---------------------------------------------------------------------------------------------------- checks

Error check_backing(const Parameters& p, const VmaSpec& vma) {
    const bool shared = (vma.flags & vm::shared) != 0;
    if (vma.file > p.files.size()) return fmt::format("file {} is not open", vma.file);
    if ((vma.file != 0) + (vma.shared_object != 0) + (vma.special ? 1 : 0) > 1)
        return "more than one of file, shared object and special mapping";
    if (vma.file != 0) {
        const FileSpec& file = p.files[vma.file - 1u];
        if (file.kind == FileKind::sysv_shm) return "a SysV segment is attached by shmat, not by a layout";
        const std::uint64_t unit = unit_pages(p, file);
        const bool huge = file.kind == FileKind::hugetlb;
        if (vma.start % unit != 0 || vma.end % unit != 0 || (huge && vma.pgoff % unit != 0))
            return fmt::format("does not keep to the {} pages of file {}", unit, vma.file);
        constexpr VmFlags needed = vm::hugetlb | vm::dontexpand;
        if (huge && (vma.flags & needed) != needed) return "maps hugetlbfs without VM_HUGETLB and VM_DONTEXPAND";
    }
    if ((vma.flags & vm::hugetlb) != 0 && (vma.file == 0 || p.files[vma.file - 1u].kind != FileKind::hugetlb))
        return "VM_HUGETLB without a file of hugetlbfs";
    if (vma.shared_object != 0 && !shared) return "maps a shared anonymous object without VM_SHARED";
    if (shared && vma.file == 0 && vma.shared_object == 0) return "VM_SHARED without a file or a shared object";
    if (shared && vma.file != 0) {
        const FileSpec& file = p.files[vma.file - 1u];
        if (file.kind == FileKind::dev_zero) return "a shared mapping of /dev/zero maps a shared object instead";
        if (file.sealed) return fmt::format("VM_SHARED for file {}, which is sealed", vma.file);
        if (!file.writable) return fmt::format("VM_SHARED for file {}, which is not open for writing", vma.file);
    }
    return std::nullopt;
}

Error check_chain(const VmaSpec& vma) {
    if (vma.chain.empty() != (vma.anon_vma == 0)) return "an anon_vma needs a chain, and a chain an anon_vma";
    if (vma.chain.empty()) return std::nullopt;
    if ((vma.flags & vm::shared) != 0) return "a shared VMA has an anon_vma";
    const std::set<unsigned> members(vma.chain.begin(), vma.chain.end());
    if (members.count(0) != 0) return "anon_vma 0 in the chain";
    if (members.size() != vma.chain.size()) return "an anon_vma stands twice in the chain";
    if (members.count(vma.anon_vma) == 0) return fmt::format("its anon_vma {} is not in its chain", vma.anon_vma);
    return std::nullopt;
}

Error check_vma(const Parameters& p, const VmaSpec& vma, std::uint64_t previous_end) {
    if (vma.start >= vma.end) return "is empty or ends before it starts";
    if (vma.start < previous_end) return "overlaps the VMA before it, or is out of order";
    if ((vma.flags & vm::growsup) != 0 && (!p.stack_grows_up || vma.file != 0 || vma.shared_object != 0))
        return "VM_GROWSUP is for private memory under stack_grows_up only";
    if (vma.end > p.task_size) return fmt::format("ends above the address space ({:#x} pages)", p.task_size);
    std::uint64_t last = 0;
    const bool overflows = __builtin_add_overflow(vma.pgoff, vma.end - vma.start, &last);
    if (overflows || last > std::uint64_t{1} << p.pgoff_bits) return "page offsets wrap around";
    if ((vma.uffd != 0) != ((vma.flags & vm::uffd) != 0))
        return "a userfaultfd context without flags, or flags without a context";
    if (Error error = check_backing(p, vma)) return error;
    return check_chain(vma);
}

Error check_processes(const Parameters& p, const StateSpec& state) {
    std::set<unsigned> slots;
    for (const ProcessSpec& process : state.processes) {
        if (process.slot >= max_processes)
            return fmt::format("process slot {} is above {}", process.slot, max_processes - 1);
        if (!slots.insert(process.slot).second) return fmt::format("process {} is described twice", process.slot);
        if (process.brk_bytes != 0 && process.brk_bytes < p.start_brk_bytes)
            return fmt::format("process {}: break below its start", process.slot);
        std::uint64_t previous_end = 0;
        for (const VmaSpec& vma : process.vmas) {
            if (Error error = check_vma(p, vma, previous_end)) return describe(process, vma) + ": " + *error;
            previous_end = vma.end;
        }
    }
    return std::nullopt;
}

Error check_shared_objects(const StateSpec& state) {
    std::set<unsigned> described;
    std::set<unsigned> mapped;
    for (const SharedObjectSpec& object : state.shared_objects) {
        if (object.number == 0) return "shared objects are numbered from 1";
        if (!described.insert(object.number).second)
            return fmt::format("shared object {} is described twice", object.number);
    }
    for (const ProcessSpec& process : state.processes)
        for (const VmaSpec& vma : process.vmas) {
            if (vma.shared_object == 0) continue;
            if (described.count(vma.shared_object) == 0)
                return describe(process, vma) + fmt::format(": shared object {} is not described", vma.shared_object);
            mapped.insert(vma.shared_object);
        }
    for (const unsigned number : described)
        if (mapped.count(number) == 0) return fmt::format("shared object {} is mapped by no VMA", number);
    return std::nullopt;
}

Error collect_families(const StateSpec& state, Families& families) {
    std::set<unsigned> used;
    for (const ProcessSpec& process : state.processes)
        for (const VmaSpec& vma : process.vmas)
            for (const unsigned number : vma.chain) {
                used.insert(number);
                families[number] = {number, number, number};
            }
    std::set<unsigned> described;
    for (const AnonVmaSpec& each : state.anon_vmas) {
        if (used.count(each.number) == 0) return fmt::format("anon_vma {} is in no chain", each.number);
        if (!described.insert(each.number).second) return fmt::format("anon_vma {} is described twice", each.number);
        families[each.number] = each;
    }
    return std::nullopt;
}

// Every anon_vma leads to its root through its parents, and every chain stays within one family.
Error check_families(const StateSpec& state, const Families& families) {
    for (const auto& [number, each] : families) {
        if (families.count(each.root) == 0 || families.count(each.parent) == 0)
            return fmt::format("anon_vma {}: its root or parent is in no chain", number);
        if ((each.root == number) != (each.parent == number))
            return fmt::format("anon_vma {}: exactly a root is its own parent", number);
        unsigned ancestor = number;
        for (std::size_t steps = 0; steps < families.size() && ancestor != each.root; ++steps)
            ancestor = families.at(ancestor).parent;
        if (ancestor != each.root || families.at(ancestor).parent != ancestor)
            return fmt::format("anon_vma {}: its parents do not lead to its root {}", number, each.root);
    }
    for (const ProcessSpec& process : state.processes)
        for (const VmaSpec& vma : process.vmas)
            for (const unsigned number : vma.chain)
                if (families.at(number).root != families.at(vma.anon_vma).root)
                    return describe(process, vma) + ": its chain belongs to two families";
    return std::nullopt;
}

template <class D>
Error check(const World<D>& world, const StateSpec& state, Families& families) {
    std::size_t processes = 0;
    for (const MmId mm : world.globals().processes) processes += mm ? 1 : 0;
    if (processes != 1 || !world.process(0) || world.template pool<VmaId>().live() != 0)
        return "the World to build in is not fresh";
    if (Error error = check_processes(world.parameters(), state)) return error;
    if (Error error = check_shared_objects(state)) return error;
    if (Error error = collect_families(state, families)) return error;
    return check_families(state, families);
}

// ---------------------------------------------------------------------------------------------------- building

template <class D>
struct Builder {
    World<D>& world;
    const StateSpec& state;
    std::map<unsigned, AnonVmaId> anon_vmas{};
    std::map<unsigned, FileId> objects{};

    void make_anon_vmas(const Families& families);
    void make_objects();
    void make_processes();
    void make_process(MmId mm, const ProcessSpec& spec);
    VmaId make_vma(MmId mm, const VmaSpec& spec, VmaId prev);
    void attach_backing(VmaId vma, const VmaSpec& spec);
    void attach_anon_vma(VmaId vma, const VmaSpec& spec);
};

template <class D>
void Builder<D>::make_anon_vmas(const Families& families) {
    for (const auto& [number, each] : families) anon_vmas[number] = world.template allocate<AnonVmaId>();
    for (const auto& [number, each] : families) {
        AnonVma& anon_vma = world.change(anon_vmas.at(number));
        anon_vma.root = anon_vmas.at(each.root);
        anon_vma.parent = anon_vmas.at(each.parent);
        ++anon_vma.refcount;
        if (each.root != number) ++world.change(anon_vma.root).refcount;
        AnonVma& parent = world.change(anon_vma.parent);  // of a root: itself
        ++parent.num_children;
        ++parent.degree;
    }
}

template <class D>
void Builder<D>::make_objects() {
    for (const SharedObjectSpec& each : state.shared_objects) {
        const AddressSpaceId mapping = world.template allocate<AddressSpaceId>();
        AddressSpace<D>& object = world.change(mapping);
        object.files = 1;
        object.endless = each.pages == unlimited;
        if (!object.endless) object.size = each.pages;
        const FileId id = world.template allocate<FileId>();
        File<D>& file = world.change(id);
        file.kind = FileKind::shmem;
        file.mapping = mapping;
        file.charged = each.charged;
        if (each.charged > 0) charge_commit_unchecked(world, file.charged);
        objects[each.number] = id;
    }
}

template <class D>
void Builder<D>::make_processes() {
    if (state.processes.empty()) return;
    auto& slots = world.change_globals().processes;
    bool first_described = false;
    for (const ProcessSpec& each : state.processes) first_described |= each.slot == 0;
    if (!first_described) {
        world.free(slots[0]);
        slots[0] = {};
    }
    for (const ProcessSpec& each : state.processes) {
        if (each.slot != 0) slots[each.slot] = world.template allocate<MmId>();
        make_process(slots[each.slot], each);
    }
}

template <class D>
void Builder<D>::make_process(MmId id, const ProcessSpec& spec) {
    Mm<D>& mm = world.change(id);
    mm.brk = Bytes<D>::from(spec.brk_bytes != 0 ? spec.brk_bytes : world.parameters().start_brk_bytes);
    mm.def_flags = spec.def_flags;
    VmaId prev;
    for (const VmaSpec& each : spec.vmas) prev = make_vma(id, each, prev);
    mm.hiwater_vm = mm.total_vm;
}

template <class D>
VmaId Builder<D>::make_vma(MmId mm, const VmaSpec& spec, VmaId prev) {
    const VmaId id = world.template allocate<VmaId>();
    Vma<D>& vma = world.change(id);
    vma.mm = mm;
    vma.start = spec.start;
    vma.end = spec.end;
    vma.pgoff = spec.pgoff;
    vma.flags = spec.flags;
    vma.uffd = spec.uffd;
    if (spec.policy != 0) {
        vma.policy = world.template allocate<MemPolicyId>();
        world.change(vma.policy) = {.content = spec.policy, .refcount = 1};
    }
    attach_backing(id, spec);
    link_into_mm(world, id, prev);
    link_file_vma(world, id);
    attach_anon_vma(id, spec);

    ++world.change(mm).map_count;
    vm_stat_account(world, mm, vma.flags, pages(vma), true);
    if ((vma.flags & vm::locked) != 0) world.change(mm).locked_vm += pages(vma);
    if ((vma.flags & vm::account) != 0) charge_commit_unchecked(world, pages(vma));
    if ((vma.flags & vm::mergeable) != 0) world.change(mm).ksm_entered = true;
    return id;
}

template <class D>
void Builder<D>::attach_backing(VmaId id, const VmaSpec& spec) {
    Vma<D>& vma = world.change(id);
    if (spec.special) vma.ops = VmOps::special;
    if (spec.shared_object != 0) vma.file = objects.at(spec.shared_object);
    if (spec.file != 0) vma.file = FileId(spec.file - 1u, 0);  // the files of the parameters are the first of the pool
    if (!vma.file) return;
    get_file(world, vma.file);
    switch (world[vma.file].kind) {
        case FileKind::regular:
        case FileKind::shmem: vma.ops = VmOps::plain; break;
        case FileKind::dev_zero: vma.ops = VmOps::none; break;
        case FileKind::special: vma.ops = VmOps::special; break;
        case FileKind::sysv_shm: internal_assertion_failed("an attachment in a described state");
        case FileKind::with_close:
        case FileKind::hugetlb:
            vma.ops = VmOps::close;
            ++world.change(vma.file).opened;
            break;
    }
}

template <class D>
void Builder<D>::attach_anon_vma(VmaId id, const VmaSpec& spec) {
    for (auto oldest = spec.chain.rbegin(); oldest != spec.chain.rend(); ++oldest)
        anon_vma_chain_link(world, id, world.template allocate<AvcId>(), anon_vmas.at(*oldest));
    if (spec.anon_vma == 0) return;
    world.change(id).anon_vma = anon_vmas.at(spec.anon_vma);
    AnonVma& anon_vma = world.change(world[id].anon_vma);
    ++anon_vma.num_active_vmas;
    ++anon_vma.degree;
}

}  // namespace

template <class D>
std::optional<std::string> build_world(World<D>& out, const StateSpec& state) {
    Families families;
    if (Error error = check(out, state, families)) return error;
    out.edit([&](World<D>& world) {
        Builder<D> builder{world, state};
        builder.make_anon_vmas(families);
        builder.make_objects();
        builder.make_processes();
    });
    return std::nullopt;
}

template std::optional<std::string> build_world(World<Plain>& out, const StateSpec& state);
template std::optional<std::string> build_world(World<Traced>& out, const StateSpec& state);

const Profile& profile_of(const Setup& setup) {
    const Profile* profile = profile_named(setup.profile);
    if (profile == nullptr) throw SetupError(fmt::format("unknown profile '{}'", setup.profile));
    return *profile;
}

FaultSet faults_of(const Setup& setup) {
    FaultSet faults;
    if (setup.shipped) faults.add(profile_of(setup).shipped);
    for (const std::string& each : setup.faults) {
        const auto fault = fault_named(each);
        if (!fault) throw SetupError(fmt::format("unknown fault '{}'", each));
        faults.add(*fault);
    }
    return faults;
}

template <class D>
std::unique_ptr<World<D>> make_world(const Setup& setup) {
    auto world = std::make_unique<World<D>>(setup.parameters, profile_of(setup), faults_of(setup));
    if (setup.layout.empty()) return world;
    const StateSpec state{setup.layout, setup.anon_vmas, setup.shared_objects};
    if (const auto wrong = build_world(*world, state)) throw SetupError("the layout cannot be built: " + *wrong);
    return world;
}

template std::unique_ptr<World<Plain>> make_world(const Setup& setup);
template std::unique_ptr<World<Traced>> make_world(const Setup& setup);

}  // namespace vmacheck
