// The proof falls with faults about addresses, offsets, gaps, limits, trees and chains: each is refuted by a start
// state and an operation.
#include "checker/run/replay.hpp"
#include "checker/smt/prove/prove.hpp"
#include "model/faults/fault_table.hpp"
#include "properties/run/full_catalogue.hpp"
#include "tests/checker/smt/prove/findings_text.hpp"

#include <gtest/gtest.h>

#include <set>

namespace vmacheck::prove {
namespace {

struct Refuted {
    const char* fault;
    const char* obligation;  // a beginning
    std::set<std::string> properties;
    Scope scope = Scope::small;
    bool replays = true;  // false: it takes a shape of mm_rb that a trace does not state
};

void PrintTo(const Refuted& each, std::ostream* out) {
    *out << each.fault << ", " << each.obligation;
}

// With the fault it breaks a property of those; without, none.
void expect_replays(const Finding& finding) {
    ReplayOptions replaying;
    replaying.checker = make_full_checker();
    const ReplayResult with = replay(finding.trace, replaying);
    ASSERT_TRUE(with.broken) << with.error;
    EXPECT_EQ(with.broken.violations.front().property, finding.property());
    Trace repaired = finding.trace;
    repaired.header.faults.clear();
    const ReplayResult without = replay(repaired, replaying);
    EXPECT_FALSE(without.broken);
    EXPECT_TRUE(without.error.empty()) << without.error;
}

class ProveWithFault : public testing::TestWithParam<Refuted> {};

TEST_P(ProveWithFault, is_refuted_by_a_trace_that_replays) {
    const Refuted& each = GetParam();
    ProveOptions options;
    options.scope = each.scope;
    options.only = each.obligation;
    options.faults.add(*fault_named(each.fault));
    const ProveResult result = prove(options);
    ASSERT_EQ(result.findings().size(), 1u);
    const Finding& finding = *result.findings().front();
    EXPECT_TRUE(each.properties.count(finding.property())) << text_of_findings(result);
    if (each.replays) expect_replays(finding);
}

INSTANTIATE_TEST_SUITE_P(
    EachFault, ProveWithFault,
    testing::Values(Refuted{"merge-case3-pgoff", "mmap, file", {"merge-case-table", "page-map"}},
                    Refuted{"merge-case3-pgoff", "mmap, anonymous", {"unfaulted-pgoff"}},
                    Refuted{"adjust-gap-not-updated", "mmap, anonymous", {"gap-cache"}},
                    Refuted{"munmap-gap-not-updated", "munmap, anonymous", {"gap-cache"}},
                    Refuted{"gap-ignores-right-child", "mmap, anonymous", {"gap-cache"}},
                    Refuted{"tree-propagates-once", "mprotect to read, anonymous", {"gap-cache"}},
                    Refuted{"munmap-highest-kept", "munmap, anonymous, alone", {"highest-vm-end"}},
                    Refuted{"munmap-highest-kept", "tree 1 of 2", {"highest-vm-end"}},
                    Refuted{"adjust-highest-not-raised", "brk, first", {"highest-vm-end"}},
                    Refuted{"adjust-case6-no-import", "mprotect to read, anonymous", {"bug-on"}},
                    Refuted{"av-degree-import-order", "mprotect to read, anonymous", {"num-active-vmas"}},
                    Refuted{"madvise-case8-flags", "madvise, anonymous", {"merge-case-table", "page-map"}},
                    Refuted{"brk-error-unsigned", "brk, allocation 1 fails", {"page-map"}},
                    Refuted{"brk-not-restored", "brk, allocation 1 fails", {"page-map", "residue"}},
                    Refuted{"guard-gap-underflow", "search downwards", {"guard-gap", "page-map"}, Scope::small, false},
                    Refuted{"split-pgoff", "split, file", {"page-map", "touches-only"}},
                    Refuted{"split-pgoff", "munmap, file", {"page-map", "rmap-completeness"}},
                    Refuted{"split-limit", "mprotect to read, file, at the map count limit", {"map-count-limit"}},
                    Refuted{"adjust-i-mmap-key-stale", "mprotect to read, file", {"interval-keys"}},
                    Refuted{"adjust-next-avc-key-stale", "mprotect to read, anonymous", {"interval-keys"}},
                    Refuted{"interval-last-kept", "mprotect to read, anonymous, faulted", {"interval-trees"}},
                    Refuted{"clone-reverses-chain", "mprotect to read, anonymous, forked", {"chain-order"}},
                    Refuted{"clone-skips-newest", "mprotect to read, anonymous", {"bug-on"}},
                    Refuted{"unlink-leaves-edge", "mprotect to read, anonymous", {"red-black"}},
                    Refuted{"link-prev-stale", "mprotect to read, anonymous", {"list-order"}},
                    Refuted{"merge-map-count-kept", "mprotect to read, anonymous", {"map-count"}},
                    Refuted{"munmap-partial-total-vm", "munmap, anonymous", {"total-vm"}},
                    Refuted{"uffd-pgoff",
                            "uffd_register, anonymous, faulted, with a page",
                            {"rmap-completeness", "missed-merge"},
                            Scope::whole},
                    Refuted{"merge-policy-lost", "mbind, anonymous", {"page-map"}, Scope::whole},
                    Refuted{
                        "merge-case7-close", "mprotect to read, file with close", {"hooks-balanced"}, Scope::whole}));

}  // namespace
}  // namespace vmacheck::prove
