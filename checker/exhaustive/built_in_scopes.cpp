// The built-in scopes. Each is about one part of the machinery, and as small as that part allows.
#include "checker/exhaustive/built_in_scopes.hpp"

#include <array>

namespace vmacheck {
namespace {

constexpr Prot none = prot::none;
constexpr Prot r = prot::read;
constexpr Prot rw = prot::read | prot::write;
constexpr MapFlags anon = map::private_ | map::anonymous;
constexpr MapFlags fixed_anon = anon | map::fixed;

Calls mmap_calls(std::vector<MapFlags> maps, std::vector<Prot> prots) {
    Calls calls{.kind = OpKind::mmap};
    calls.maps = std::move(maps);
    calls.prots = std::move(prots);
    return calls;
}
Calls file_calls(std::vector<MapFlags> maps, std::vector<Prot> prots, std::vector<std::uint64_t> offsets) {
    Calls calls = mmap_calls(std::move(maps), std::move(prots));
    calls.files = {1};
    calls.offsets = std::move(offsets);
    return calls;
}
Calls mprotect_calls(std::vector<Prot> prots) {
    Calls calls{.kind = OpKind::mprotect};
    calls.prots = std::move(prots);
    return calls;
}
Calls madvise_calls(std::vector<Advice> advices) {
    Calls calls{.kind = OpKind::madvise};
    calls.advices = std::move(advices);
    return calls;
}
Calls fault_calls(std::vector<Access> accesses) {
    Calls calls{.kind = OpKind::fault};
    calls.accesses = std::move(accesses);
    return calls;
}
Calls flag_calls(OpKind kind, std::vector<std::uint32_t> flags) {
    Calls calls{.kind = kind};
    calls.call_flags = std::move(flags);
    return calls;
}
Calls plain_calls(OpKind kind) {
    return Calls{.kind = kind};
}

void peer(Scope& scope) {
    scope.failing_calls = false;
    scope.setup.parameters.page_layer = false;
    scope.setup.parameters.stack_guard_gap = 256;
    scope.calls = {mmap_calls({fixed_anon | map::noreserve}, {r, rw}), plain_calls(OpKind::munmap),
                   mprotect_calls({r, rw}), plain_calls(OpKind::fault)};
}

void anonymous(Scope& scope) {
    scope.alloc_failures = 2;
    scope.calls = {mmap_calls({fixed_anon, anon}, {none, rw}), plain_calls(OpKind::munmap), mprotect_calls({r, rw}),
                   fault_calls({Access::read, Access::write}), madvise_calls({Advice::dontneed, Advice::dontfork})};
}

// Growing and moving what was moved reaches ever higher offsets; here they end at eight pages.
void narrow_offsets(Scope& scope) {
    scope.setup.parameters.pgoff_bits = 3;
}

void move(Scope& scope) {
    narrow_offsets(scope);
    scope.setup.parameters.page_layer = false;
    scope.calls = {mmap_calls({fixed_anon}, {rw}), plain_calls(OpKind::munmap), plain_calls(OpKind::fault),
                   flag_calls(OpKind::mremap, {0, mremap::maymove, mremap::maymove | mremap::fixed,
                                               mremap::maymove | mremap::dontunmap})};
}

void lock(Scope& scope) {
    scope.setup.parameters.page_layer = false;
    scope.setup.parameters.rlimit_memlock = 2;
    scope.alloc_failures = 1;
    scope.calls = {mmap_calls({fixed_anon, fixed_anon | map::locked}, {rw}),
                   plain_calls(OpKind::munmap),
                   plain_calls(OpKind::fault),
                   flag_calls(OpKind::mlock, {0, mlock::onfault}),
                   plain_calls(OpKind::munlock),
                   flag_calls(OpKind::mlockall, {mcl::current, mcl::current | mcl::future}),
                   plain_calls(OpKind::munlockall)};
}

void heap(Scope& scope) {
    scope.alloc_failures = 1;
    scope.setup.parameters.page_layer = false;
    scope.calls = {plain_calls(OpKind::brk), mmap_calls({fixed_anon}, {r, rw}), plain_calls(OpKind::munmap),
                   mprotect_calls({r, rw}), plain_calls(OpKind::fault)};
}

void stack(Scope& scope) {
    scope.setup.parameters.rlimit_stack = 3;
    scope.setup.parameters.page_layer = false;
    scope.calls = {mmap_calls({fixed_anon | map::growsdown}, {rw}), mmap_calls({fixed_anon, anon}, {none, rw}),
                   plain_calls(OpKind::munmap), fault_calls({Access::read, Access::write}), mprotect_calls({r, rw})};
}

void add_file(Scope& scope, std::uint64_t pages) {
    scope.setup.parameters.files = {{FileKind::regular, 1, true, true, "f", pages}};
}

void file(Scope& scope) {
    add_file(scope, 2);
    scope.calls = {file_calls({map::private_ | map::fixed, map::shared | map::fixed}, {rw}, {0, 1}),
                   plain_calls(OpKind::munmap), mprotect_calls({r, rw}), fault_calls({Access::write})};
}

void family(Scope& scope) {
    scope.processes = 3;
    scope.setup.parameters.page_layer = false;
    scope.calls = {mmap_calls({fixed_anon}, {rw}), plain_calls(OpKind::munmap), plain_calls(OpKind::fault),
                   plain_calls(OpKind::fork), plain_calls(OpKind::exit)};
}

void core(Scope& scope) {
    scope.processes = 2;
    add_file(scope, unlimited);
    scope.calls = {mmap_calls({fixed_anon}, {rw}),
                   file_calls({map::private_ | map::fixed}, {rw}, {0}),
                   plain_calls(OpKind::munmap),
                   mprotect_calls({r, rw}),
                   fault_calls({Access::read, Access::write}),
                   plain_calls(OpKind::fork),
                   plain_calls(OpKind::exit)};
}

void swap(Scope& scope) {
    scope.processes = 2;
    scope.calls = {
        mmap_calls({fixed_anon}, {rw}), plain_calls(OpKind::munmap), fault_calls({Access::read, Access::write}),
        plain_calls(OpKind::reclaim),   plain_calls(OpKind::fork),   plain_calls(OpKind::exit)};
}

// One process, so that the window can be wide enough for three VMAs side by side.
void every_merge(Scope& scope) {
    narrow_offsets(scope);
    scope.setup.parameters.page_layer = false;
    Calls mbind{.kind = OpKind::mbind};
    mbind.numbers = {0, 1};
    scope.calls = {mmap_calls({fixed_anon | map::noreserve}, {r, rw}),
                   plain_calls(OpKind::munmap),
                   mprotect_calls({r, rw}),
                   plain_calls(OpKind::fault),
                   mbind,
                   plain_calls(OpKind::brk),
                   flag_calls(OpKind::mremap, {mremap::maymove | mremap::fixed, mremap::maymove | mremap::dontunmap})};
}

// What a fork leaves in chains, in a window of three pages.
void fork_merge(Scope& scope) {
    scope.processes = 2;
    scope.setup.parameters.page_layer = false;
    scope.calls = {mmap_calls({fixed_anon | map::noreserve}, {rw}),
                   plain_calls(OpKind::munmap),
                   mprotect_calls({r, rw}),
                   plain_calls(OpKind::fault),
                   plain_calls(OpKind::fork),
                   plain_calls(OpKind::exit)};
}

// Two threads of one process, and the memory pressure on both.
void meanwhile(Scope& scope) {
    narrow_offsets(scope);
    scope.other_steps = 3;
    scope.calls = {mmap_calls({fixed_anon, fixed_anon | map::growsdown}, {rw}), plain_calls(OpKind::munmap),
                   mprotect_calls({r, rw}), plain_calls(OpKind::fault),
                   flag_calls(OpKind::mremap, {mremap::maymove | mremap::fixed})};
}

struct BuiltIn {
    ScopeInfo info;
    void (*fill)(Scope&);
};
constexpr std::array built_in{
    BuiltIn{
        {"peer", "one process, private anonymous memory, R and RW: the scope that independent programs agree on", 4},
        peer},
    BuiltIn{{"anon", "one process, anonymous memory with pages, mappings without a place, failed allocations", 2},
            anonymous},
    BuiltIn{{"move", "mremap of anonymous memory: in place, anywhere, to a place, leaving the source", 3}, move},
    BuiltIn{{"lock", "mlock, mlock2, mlockall under a limit of two pages, failed allocations", 3}, lock},
    BuiltIn{{"heap", "brk among mappings, failed allocations", 4}, heap},
    BuiltIn{{"stack", "stacks that grow down among mappings that are near", 4}, stack},
    BuiltIn{{"file", "private and shared mappings of a file of two pages", 3}, file},
    BuiltIn{{"family", "three processes that fork and exit over anonymous memory", 1}, family},
    BuiltIn{{"core", "two processes, a file, anonymous memory, page tables: the machinery together", 1}, core},
    BuiltIn{{"swap", "two processes whose pages are swapped out and in", 1}, swap},
    BuiltIn{{"merge", "one process and many callers of vma_merge: where a chain can be imported", 3}, every_merge},
    BuiltIn{{"chains", "two processes that fork, exit and merge: where a chain that was forked can be imported", 2},
            fork_merge},
    BuiltIn{
        {"meanwhile", "each call also with an access or reclaim by another task where the call lets go of a lock", 2},
        meanwhile},
};

constexpr auto infos = [] {
    std::array<ScopeInfo, built_in.size()> list{};
    for (std::size_t i = 0; i < list.size(); ++i) list[i] = built_in[i].info;
    return list;
}();

}  // namespace

Parameters window_parameters(unsigned pages) {
    Parameters p;
    p.task_size = pages;
    p.mmap_base = pages;
    p.mmap_legacy_base = 0;
    p.mmap_min_addr = 0;
    p.start_brk_bytes = 0;
    p.stack_guard_gap = 1;
    return p;
}

std::span<const ScopeInfo> built_in_scopes() {
    return infos;
}

std::optional<Scope> built_in_scope(std::string_view name, unsigned pages) {
    for (const BuiltIn& each : built_in) {
        if (each.info.name != name) continue;
        Scope scope;
        scope.name = name;
        scope.about = each.info.about;
        scope.pages = pages != 0 ? pages : each.info.pages;
        scope.setup.parameters = window_parameters(scope.pages);
        each.fill(scope);
        return scope;
    }
    return std::nullopt;
}

}  // namespace vmacheck
