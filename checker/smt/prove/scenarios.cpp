#include "checker/smt/prove/scenario_parts.hpp"

#include <fmt/format.h>

namespace vmacheck::prove {
namespace {

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

// An operation on a VMA, and its request to vma_merge.
struct Change {
    std::string_view what;
    Op<Plain> op;
    VmFlags before = 0;  // bits of the VMA that it finds set
    VmFlags absent = 0;  // and that it finds clear
    VmFlags set = 0;
    VmFlags cleared = 0;
    bool anonymous_only = false;
};

std::vector<Change> changes(Scope scope) {
    Op<Plain> to_read = operation(OpKind::mprotect);
    to_read.prot = prot::read;
    Op<Plain> to_write = operation(OpKind::mprotect);
    to_write.prot = prot::read | prot::write;
    Op<Plain> dontfork = operation(OpKind::madvise);
    dontfork.advice = Advice::dontfork;
    constexpr VmFlags gained = vm::write | vm::account;  // a private VMA that is made writable is charged for
    std::vector<Change> all{{"mprotect to read", to_read, gained, 0, 0, vm::write},
                            {"madvise", dontfork, 0, vm::dontcopy, vm::dontcopy, 0}};
    if (scope == Scope::small) return all;
    all.push_back({"mprotect to write", to_write, 0, gained, gained, 0});
    all.push_back({"mlock", operation(OpKind::mlock), 0, vm::locked, vm::locked, 0});
    all.push_back({"munlock", operation(OpKind::munlock), vm::locked, 0, 0, vm::locked});
    Op<Plain> bind = operation(OpKind::mbind);
    bind.policy = 3;
    all.push_back({"mbind", bind});
    Op<Plain> registration = operation(OpKind::uffd_register);
    registration.uffd = 1;
    registration.call_flags = uffd_mode::missing;
    all.push_back({"uffd_register", registration, 0, vm::uffd_missing, vm::uffd_missing, 0, true});
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
        add_stacks();
        return std::move(all_);
    }

private:
    using Vmas = std::vector<Neighbour>;

    // vmas: those of B P N X Y Z that exist.
    Scenario& add(std::string name, Vmas vmas, const Op<Plain>& op, Place place, std::size_t first) {
        Scenario scenario;
        scenario.name = std::move(name);
        scenario.parameters = std::make_shared<const Parameters>(neighbourhood_parameters());
        scenario.profile = &profile_;
        scenario.faults = faults_;
        scenario.vmas = std::move(vmas);
        scenario.families = families();
        scenario.op = op;
        scenario.place = place;
        scenario.first = scenario.last = first;
        all_.push_back(std::move(scenario));
        return all_.back();
    }
    static void limit(Scenario& scenario, std::uint64_t max_map_count) {
        Parameters p = *scenario.parameters;
        p.max_map_count = max_map_count;
        scenario.parameters = std::make_shared<const Parameters>(p);
    }
    static void with_pages(Scenario& scenario) {
        Parameters p = *scenario.parameters;
        p.page_layer = true;
        scenario.parameters = std::make_shared<const Parameters>(p);
    }
    static void touch(Scenario& scenario, std::size_t vma) {
        with_pages(scenario);
        scenario.touched = vma;
    }
    [[nodiscard]] bool whole() const { return scope_ == Scope::whole; }
    static bool is_common(const Area& area) { return area.what == "anonymous, faulted" || area.what == "file"; }
    static bool has_pages(const Area& area) {
        return is_common(area) || area.what == "anonymous, forked" || area.what == "file, faulted";
    }

    void add_changes(const Change& change, const Area& area);
    void add_with_pages(const std::string& name, const VmaSpec& spec, const VmaSpec& wanted, const Op<Plain>& op);
    void add_edges(const std::string& name, const VmaSpec& spec, const VmaSpec& wanted, const Op<Plain>& op);
    void add_failures(const std::string& name, const Vmas& vmas, Op<Plain> op, Place place, std::size_t first);
    void add_holes(const Area& area);
    void add_splits(const Area& area);
    void add_unmaps(const Area& area);
    void add_breaks();
    void add_stacks();

    Scope scope_;
    const Profile& profile_;
    FaultSet faults_;
    std::vector<Scenario> all_;
};

// What the range is to become.
VmaSpec wanted_of(const VmaSpec& spec, const Change& change) {
    VmaSpec wanted = spec;
    wanted.flags = (spec.flags | change.set) & ~change.cleared;
    if ((wanted.flags & vm::shared) != 0) wanted.flags &= ~vm::account;
    if (change.op.kind == OpKind::mbind) wanted.policy = change.op.policy;
    if (change.op.kind == OpKind::uffd_register) wanted.uffd = change.op.uffd;
    wanted.special = false;
    return wanted;
}

// The operations that change a range within N.
void Builder::add_changes(const Change& change, const Area& area) {
    VmaSpec spec = area.spec;
    if (change.anonymous_only && (spec.file != 0 || spec.special || spec.uffd != 0)) return;
    spec.flags = (spec.flags | change.before) & ~change.absent;
    if ((spec.flags & vm::shared) != 0) spec.flags &= ~vm::account;
    const VmaSpec wanted = wanted_of(spec, change);
    const std::string name = fmt::format("{}, {}", change.what, area.what);
    const Neighbour below = neighbour(wanted, Side::below);
    const Neighbour above = neighbour(wanted, Side::above);
    add(name, {bystander(), below, fixed(spec), above, bystander(), bystander()}, change.op, Place::inside, 2).wanted =
        wanted;
    // One tree of an anon_vma has the nodes of all three, also where none is read.
    if (whole() && !spec.chain.empty())
        add(name + ", all three of one chain", {fixed(wanted), fixed(spec), fixed(wanted)}, change.op, Place::inside,
            1);
    if (!whole() && !is_common(area)) return;
    limit(add(name + ", at the map count limit", {below, fixed(spec), above}, change.op, Place::inside, 1), 3);
    if (has_pages(area)) {
        Op<Plain> op = change.op;
        VmaSpec locked = wanted;
        if (op.kind == OpKind::mlock) {  // populating a range is another loop, of faults
            op.call_flags = mlock::onfault;
            locked.flags |= vm::lockonfault;
        }
        add_with_pages(name, spec, locked, op);
    }
    if (!whole() || !is_common(area)) return;
    add_edges(name, spec, wanted, change.op);
    add_failures(name, {fixed(wanted), fixed(spec), fixed(with_chain(wanted, {}))}, change.op, Place::inside, 1);
}

// A page in P, N or X, and neighbours that the merge takes one way or the other.
void Builder::add_with_pages(const std::string& name, const VmaSpec& spec, const VmaSpec& wanted, const Op<Plain>& op) {
    const VmaSpec unfaulted = with_chain(wanted, {});
    const VmaSpec other = with_chain(wanted, {4});
    const std::vector<std::pair<VmaSpec, VmaSpec>> sides{
        {wanted, wanted}, {unfaulted, wanted}, {wanted, other}, {other, unfaulted}, {unfaulted, other}};
    for (std::size_t vma = whole() ? 0 : 1; vma < (whole() ? 3u : 2u); ++vma)
        for (std::size_t i = 0; i < (whole() ? sides.size() : 2); ++i) {
            const VmaSpec& with_page = vma == 0 ? sides[i].first : vma == 1 ? spec : sides[i].second;
            // A write puts it there.
            if ((with_page.flags & vm::write) == 0 || (with_page.flags & vm::uffd_missing) != 0) continue;
            touch(add(fmt::format("{}, with a page in VMA {}, sides {}", name, vma, i + 1),
                      {fixed(sides[i].first), fixed(spec), fixed(sides[i].second)}, op, Place::inside, 1),
                  vma);
        }
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

// The first, second or third allocation fails.
void Builder::add_failures(const std::string& name, const Vmas& vmas, Op<Plain> op, Place place, std::size_t first) {
    for (std::uint16_t nth = 1; nth <= (whole() ? 3 : 1); ++nth) {
        op.fail_alloc = {AllocKind::any, nth};
        add(fmt::format("{}, allocation {} fails", name, nth), vmas, op, place, first);
    }
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
    add(name, {bystander(), below, above, bystander(), bystander()}, op, Place::hole, 2).wanted = spec;
    if (!whole()) return;
    add(name + ", first", {above, bystander()}, op, Place::hole, 0);
    add(name + ", last", {bystander(), below}, op, Place::hole, 2);
    add(name + ", the last but one", {below, above}, op, Place::hole, 1);
    limit(add(name + ", at the map count limit", {below, above}, op, Place::hole, 1), 1);
    if (!shared && spec.file != file_with_close)
        for (const std::size_t vma : {0, 1})
            touch(add(fmt::format("{}, with a page in VMA {}", name, vma),
                      {fixed(with_chain(spec, {3})), fixed(with_chain(spec, {3}))}, op, Place::hole, 1),
                  vma);
    // Unfaulted below, faulted above: the one merge of a hole that copies a chain.
    add_failures(name, {fixed(spec), fixed(shared ? spec : with_chain(spec, {3}))}, op, Place::hole, 1);
}

void Builder::add_splits(const Area& area) {
    const std::string name = fmt::format("split, {}", area.what);
    const Op<Plain> op = operation(OpKind::split);
    const Neighbour sibling = fixed(area.spec);
    add(name, {bystander(), sibling, sibling, sibling, bystander(), bystander()}, op, Place::at_page, 2);
    add(name + ", alone", {sibling}, op, Place::at_page, 0);
    limit(add(name + ", at the map count limit", {sibling}, op, Place::at_page, 0), 1);
    add_failures(name, {sibling, sibling}, op, Place::at_page, 0);
    if (has_pages(area)) touch(add(name + ", with a page", {sibling, sibling}, op, Place::at_page, 0), 0);
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
    limit(add(name + ", at the map count limit", {sibling}, op, Place::inside, 0), 1);
    if (!is_common(area) && !whole()) return;
    add(name + ", into the next", {bystander(), sibling, fixed(locked), bystander()}, op, Place::across, 1).last = 2;
    add(name + ", into the next but one", {bystander(), sibling, fixed(locked), sibling, bystander()}, op,
        Place::across, 1)
        .last = 3;
    add(name + ", up to the last", {sibling, fixed(locked)}, op, Place::across, 0).last = 1;
    add_failures(name, {sibling, fixed(locked)}, op, Place::inside, 0);
    if (!has_pages(area)) return;
    touch(add(name + ", with a page", {sibling, fixed(area.spec), sibling}, op, Place::inside, 1), 1);
    Scenario& across = add(name + ", with a page, into the next", {sibling, sibling}, op, Place::across, 0);
    across.last = 1;
    touch(across, 0);
}

void Builder::add_breaks() {
    const Op<Plain> op = operation(OpKind::brk);
    const Neighbour heap = neighbour(anonymous(writable), Side::below);
    add("brk", {bystander(), heap, bystander()}, op, Place::brk, 0);
    add("brk, first", {heap}, op, Place::brk, 0);
    add_failures("brk", {fixed(anonymous(writable)), fixed(anonymous(writable, {1}))}, op, Place::brk, 0);
    if (!whole()) return;
    add("brk, between", {heap, neighbour(anonymous(writable), Side::above)}, op, Place::brk, 0);
    limit(add("brk, at the map count limit", {heap}, op, Place::brk, 0), 1);
}

// exec, whose stack moves from the very top: with its pages, by more than it has and by less.
void Builder::add_stacks() {
    Op<Plain> op = operation(OpKind::exec);
    const Vmas old{fixed(anonymous(writable, {1}))};
    for (const std::uint64_t pages : {1, 3}) {
        op.len = Bytes<Plain>::pages(pages);
        with_pages(
            add(fmt::format("exec, {} page{} of strings", pages, pages == 1 ? "" : "s"), old, op, Place::stack, 0));
    }
    add_failures("exec", old, op, Place::stack, 0);
    if (!whole()) return;
    op.prot = prot::read | prot::write | prot::exec;
    with_pages(add("exec, executable stack", old, op, Place::stack, 0));
}

}  // namespace

std::vector<Scenario> scenarios(Scope scope, const Profile& profile, FaultSet faults) {
    return Builder(scope, profile, faults).build();
}

}  // namespace vmacheck::prove
