#include "checker/smt/prove/scenarios.hpp"

#include <fmt/format.h>

namespace vmacheck::prove {
namespace {

// Open files of every neighbourhood.
constexpr std::uint16_t a_file = 1;
constexpr std::uint16_t same_inode = 2;  // another struct file of it
constexpr std::uint16_t file_with_close = 3;

// anon_vmas by number: 1 may be anyone's root; 2 is a child of 1; 3 and 4 are others' roots; 6 is a child of 5, and 7
// another child of 1.
const std::vector<AnonVmaSpec> families{{1, 1, 1}, {2, 1, 1}, {3, 3, 3}, {4, 4, 4}, {5, 5, 5}, {6, 5, 5}, {7, 1, 1}};

std::shared_ptr<const Parameters> parameters(std::uint64_t max_map_count) {
    Parameters p;
    p.task_size = std::uint64_t{1} << 35;
    p.mmap_base = p.task_size - (std::uint64_t{1} << 20);
    p.start_brk_bytes = 16 * page_size;
    p.max_map_count = max_map_count;
    p.page_layer = false;
    p.pgoff_bits = 52;
    p.rlimit_as = std::uint64_t{1} << 34;
    p.rlimit_data = std::uint64_t{1} << 33;
    p.rlimit_memlock = std::uint64_t{1} << 33;
    p.total_memory = std::uint64_t{1} << 33;
    p.files = {{.kind = FileKind::regular, .inode = 1},
               {.kind = FileKind::regular, .inode = 1},
               {.kind = FileKind::with_close, .inode = 2}};
    return std::make_shared<const Parameters>(p);
}
constexpr std::uint64_t no_limit = 65530;

constexpr VmFlags readable = vm::read | vm::may_access;
constexpr VmFlags writable = readable | vm::write | vm::account;

VmaSpec anonymous(VmFlags flags, std::vector<unsigned> chain = {}) {
    VmaSpec spec;
    spec.flags = flags;
    spec.chain = std::move(chain);
    if (!spec.chain.empty()) spec.anon_vma = spec.chain.front();
    return spec;
}
VmaSpec with_chain(VmaSpec spec, std::vector<unsigned> chain) {
    spec.chain = std::move(chain);
    spec.anon_vma = spec.chain.empty() ? 0 : spec.chain.front();
    return spec;
}
VmaSpec of_file(VmFlags flags, std::uint16_t file, std::vector<unsigned> chain = {}) {
    VmaSpec spec = anonymous(flags, std::move(chain));
    spec.file = file;
    return spec;
}

// A VMA of the operation, by a word for reports.
struct Area {
    std::string_view what;
    VmaSpec spec;
};

std::vector<Area> areas(Scope scope) {
    constexpr VmFlags shared = readable | vm::write | vm::shared | vm::may_share;
    std::vector<Area> all{{"anonymous", anonymous(writable)},
                          {"anonymous, faulted", anonymous(writable, {1})},
                          {"anonymous, forked", anonymous(writable, {2, 1})},
                          {"file", of_file(writable, a_file)}};
    if (scope == Scope::small) return all;
    VmaSpec registered = anonymous(writable | vm::uffd_missing, {1});
    registered.uffd = 1;
    VmaSpec bound = anonymous(writable, {1});
    bound.policy = 1;
    VmaSpec special = anonymous(readable | vm::dontexpand);
    special.special = true;
    all.push_back({"file, faulted", of_file(writable, a_file, {1})});
    all.push_back({"file, forked", of_file(writable, a_file, {2, 1})});
    all.push_back({"shared file", of_file(shared, a_file)});
    all.push_back({"file with close", of_file(writable, file_with_close)});
    all.push_back({"registered", registered});
    all.push_back({"with policy", bound});
    all.push_back({"special", special});
    return all;
}

// What a neighbour of a range may be that is to get these attributes: it fits, or one thing is in the way. The first
// stands in while nobody has asked.
enum class Side : std::uint8_t { below, above };
Neighbour neighbour(const VmaSpec& wanted, Side side) {
    Neighbour result;
    std::vector<VmaSpec>& all = result.alternatives;
    const VmaSpec fits = with_chain(wanted, {});
    all.push_back(fits);
    all.push_back(fits);
    all.back().flags ^= vm::softdirty;
    if ((wanted.flags & vm::shared) == 0 && !wanted.special) {
        if (!wanted.chain.empty()) all.push_back(wanted);
        all.push_back(with_chain(wanted, {3}));
        if (side == Side::above) all.push_back(with_chain(wanted, {4}));
        all.push_back(with_chain(wanted, side == Side::below ? std::vector<unsigned>{6, 5} : std::vector<unsigned>{7, 1}));
    }
    VmaSpec other = wanted;  // split off before, perhaps: as far as the chain goes, it fits
    other.policy = wanted.policy == 0 ? 2 : 0;
    all.push_back(other);
    other = wanted;
    other.flags ^= vm::dontdump;
    all.push_back(other);
    other = wanted;
    other.special = false;
    other.file = wanted.file == 0 ? a_file : wanted.file == a_file ? same_inode : a_file;
    all.push_back(other);
    if (wanted.uffd != 0) {
        other = wanted;
        other.uffd = 2;
        all.push_back(other);
    }
    return result;
}

Neighbour fixed(VmaSpec spec) {
    return {{std::move(spec)}};
}

// VMAs that are there, but out of reach: of another inode, other anon_vmas, other flags.
Neighbour bystander() {
    return fixed(anonymous(readable | vm::exec));
}

Op<Plain> operation(OpKind kind) {
    Op<Plain> op;
    op.kind = kind;
    return op;
}

// An operation on a VMA, and the flags that it asks vma_merge for.
struct Change {
    std::string_view what;
    Op<Plain> op;
    VmFlags before;  // bits of the VMA that it finds set
    VmFlags absent;  // and that it finds clear
    VmFlags set;
    VmFlags cleared;
};

std::vector<Change> changes(Scope scope) {
    Op<Plain> to_read = operation(OpKind::mprotect);
    to_read.prot = prot::read;
    Op<Plain> to_write = operation(OpKind::mprotect);
    to_write.prot = prot::read | prot::write;
    Op<Plain> dontfork = operation(OpKind::madvise);
    dontfork.advice = Advice::dontfork;
    std::vector<Change> all{{"mprotect to read", to_read, vm::write, 0, 0, vm::write},
                            {"madvise", dontfork, 0, vm::dontcopy, vm::dontcopy, 0}};
    all.push_back({"mlock", operation(OpKind::mlock), 0, vm::locked, vm::locked, 0});
    all.push_back({"mprotect to write", to_write, 0, vm::write | vm::account, vm::write | vm::account, 0});
    if (scope == Scope::small) return all;
    all.push_back({"munlock", operation(OpKind::munlock), vm::locked, 0, 0, vm::locked});
    return all;
}

class Builder {
public:
    Builder(Scope scope, const Profile& profile, FaultSet faults) : scope_(scope), profile_(profile), faults_(faults) {}

    std::vector<Scenario> build() {
        for (const Change& change : changes(scope_))
            for (const Area& area : areas(scope_)) add_changes(change, area);
        for (const Area& area : areas(scope_)) add_holes(area);
        for (const Area& area : areas(scope_)) add_splits(area);
        for (const Area& area : areas(scope_)) add_unmaps(area);
        add_breaks();
        return std::move(all_);
    }

private:
    // vmas: B P N X Y Z as far as they are there.
    Scenario& add(std::string name, std::vector<Neighbour> vmas, const Op<Plain>& op, Place place, std::size_t first,
                  std::uint64_t max_map_count = no_limit) {
        Scenario scenario;
        scenario.name = std::move(name);
        scenario.parameters = parameters(max_map_count);
        scenario.profile = &profile_;
        scenario.faults = faults_;
        scenario.vmas = std::move(vmas);
        scenario.families = families;
        scenario.op = op;
        scenario.place = place;
        scenario.first = scenario.last = first;
        all_.push_back(std::move(scenario));
        return all_.back();
    }

    void add_changes(const Change& change, const Area& area);
    void add_edges(const std::string& name, const VmaSpec& spec, const VmaSpec& wanted, const Op<Plain>& op);
    void add_holes(const Area& area);
    void add_splits(const Area& area);
    void add_unmaps(const Area& area);
    void add_breaks();

    Scope scope_;
    const Profile& profile_;
    FaultSet faults_;
    std::vector<Scenario> all_;
};

// mprotect, madvise, mlock and munlock of a range within N.
void Builder::add_changes(const Change& change, const Area& area) {
    VmaSpec spec = area.spec;
    spec.flags = (spec.flags | change.before) & ~change.absent;
    VmaSpec wanted = spec;
    wanted.flags = (spec.flags | change.set) & ~change.cleared;
    const bool charged = (wanted.flags & (vm::write | vm::shared)) == vm::write && (change.set & vm::write) != 0;
    if (!charged && (change.set & vm::account) != 0) wanted.flags &= ~vm::account;
    if ((spec.flags & vm::shared) != 0) spec.flags &= ~vm::account;
    if ((wanted.flags & vm::shared) != 0) wanted.flags &= ~vm::account;
    if (spec.special) wanted.special = false;
    const std::string name = fmt::format("{}, {}", change.what, area.what);
    const Neighbour below = neighbour(wanted, Side::below);
    const Neighbour above = neighbour(wanted, Side::above);
    add(name, {bystander(), below, fixed(spec), above, bystander(), bystander()}, change.op, Place::inside, 2);
    const bool common = area.what == "anonymous, faulted" || area.what == "file";
    if (common && scope_ == Scope::whole) add_edges(name, spec, wanted, change.op);
    if (common || area.what == "anonymous")
        add(name + ", at the map count limit", {below, fixed(spec), above}, change.op, Place::inside, 1, 3);
}

// Fewer VMAs around: the first and the last of the list are special to the code.
void Builder::add_edges(const std::string& name, const VmaSpec& spec, const VmaSpec& wanted, const Op<Plain>& op) {
    const Neighbour below = neighbour(wanted, Side::below);
    const Neighbour above = neighbour(wanted, Side::above);
    add(name + ", alone", {fixed(spec)}, op, Place::inside, 0);
    add(name + ", first", {fixed(spec), above, bystander()}, op, Place::inside, 0);
    add(name + ", last", {bystander(), below, fixed(spec)}, op, Place::inside, 2);
    add(name + ", the last two", {below, fixed(spec), above}, op, Place::inside, 1);
    add(name + ", the last three", {bystander(), below, fixed(spec), above, bystander()}, op, Place::inside, 2);
}

// mmap into a hole: P below, N above.
void Builder::add_holes(const Area& area) {
    const VmaSpec& spec = area.spec;
    if (spec.special || spec.uffd != 0 || spec.policy != 0 || !spec.chain.empty()) return;
    Op<Plain> op = operation(OpKind::mmap);
    const bool shared = (spec.flags & vm::shared) != 0;
    op.prot = prot::read | prot::write;
    op.flags = map::fixed | (shared ? map::shared : map::private_) | (spec.file == 0 ? map::anonymous : 0);
    op.file = spec.file;
    const std::string name = fmt::format("mmap, {}", area.what);
    const Neighbour below = neighbour(spec, Side::below);
    const Neighbour above = neighbour(spec, Side::above);
    add(name, {bystander(), below, above, bystander(), bystander()}, op, Place::hole, 2);
    if (scope_ == Scope::small) return;
    add(name + ", first", {above, bystander()}, op, Place::hole, 0);
    add(name + ", last", {bystander(), below}, op, Place::hole, 2);
    add(name + ", the last but one", {below, above}, op, Place::hole, 1);
    add(name + ", at the map count limit", {below, above}, op, Place::hole, 1, 1);
}

void Builder::add_splits(const Area& area) {
    const std::string name = fmt::format("split, {}", area.what);
    const Op<Plain> op = operation(OpKind::split);
    const Neighbour sibling = fixed(area.spec);
    add(name, {bystander(), sibling, sibling, sibling, bystander(), bystander()}, op, Place::at_page, 2);
    add(name + ", alone", {sibling}, op, Place::at_page, 0);
    if (scope_ == Scope::whole) add(name + ", at the map count limit", {sibling}, op, Place::at_page, 0, 1);
}

// munmap of a part of one VMA, and from one VMA into the next but one.
void Builder::add_unmaps(const Area& area) {
    const std::string name = fmt::format("munmap, {}", area.what);
    const Op<Plain> op = operation(OpKind::munmap);
    VmaSpec locked = area.spec;
    if (!locked.special) locked.flags |= vm::locked;
    const Neighbour sibling = fixed(area.spec);
    add(name, {bystander(), sibling, fixed(locked), sibling, bystander(), bystander()}, op, Place::inside, 2);
    add(name + ", alone", {sibling}, op, Place::inside, 0);
    add(name + ", at the map count limit", {sibling}, op, Place::inside, 0, 1);
    const bool common = area.what == "anonymous, faulted" || area.what == "file";
    if (!common && scope_ == Scope::small) return;
    add(name + ", into the next", {bystander(), sibling, fixed(locked), bystander()}, op, Place::across, 1).last = 2;
    add(name + ", into the next but one", {bystander(), sibling, fixed(locked), sibling, bystander()}, op,
        Place::across, 1)
        .last = 3;
    add(name + ", up to the last", {sibling, fixed(locked)}, op, Place::across, 0).last = 1;
}

void Builder::add_breaks() {
    const Op<Plain> op = operation(OpKind::brk);
    const VmaSpec heap = anonymous(writable);
    add("brk", {bystander(), neighbour(heap, Side::below), bystander()}, op, Place::brk, 0);
    add("brk, first", {neighbour(heap, Side::below)}, op, Place::brk, 0);
    if (scope_ == Scope::small) return;
    add("brk, between", {neighbour(heap, Side::below), neighbour(heap, Side::above)}, op, Place::brk, 0);
    add("brk, at the map count limit", {neighbour(heap, Side::below)}, op, Place::brk, 0, 1);
}

}  // namespace

std::vector<Scenario> scenarios(Scope scope, const Profile& profile, FaultSet faults) {
    return Builder(scope, profile, faults).build();
}

}  // namespace vmacheck::prove
