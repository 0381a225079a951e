// The differences of a run, one for each kind: the shortest trace of it, minimised on the subject.
#pragma once

#include "checker/run/finding.hpp"
#include "checker/subject/subject.hpp"
#include "checker/subject/tree_calls.hpp"

#include <atomic>
#include <map>
#include <string>
#include <vector>

namespace vmacheck {

struct FoundDifference {
    Finding finding;          // minimised; its first violation is what it is about
    std::uint64_t times = 1;  // cases and traces that ended so
    // Whether the subject breaks a property of what it shows. Otherwise it is consistent, but does not do what the
    // model says.
    bool on_subject = false;
    std::vector<std::string> explained_by;  // values of policies, each of which would make the two agree
    std::string program;                    // path of the C program that shows it; empty: none was written
    std::string no_program;                 // why it cannot be one
    // Of a kernel tree:
    std::vector<TreeCall> calls;  // that the last step goes through
    std::string no_calls;         // why they are not known
    std::string test;             // path of a test body for tools/testing/vma; empty: none was written
    std::string no_test;          // why it cannot be one
};

class DifferenceCollector {
public:
    // `most`: so many kinds are kept and minimised; more are only counted. `stop`: where it becomes true, the rest is left
    // as it was found.
    explicit DifferenceCollector(std::size_t most, const std::atomic<bool>* stop = nullptr)
        : most_(most), stop_(stop) {}

    void add(Finding finding);
    // How many matched a row of the table of known differences, by its name.
    [[nodiscard]] const std::map<std::string, std::uint64_t>& known() const { return known_; }
    [[nodiscard]] std::uint64_t kinds_not_kept() const { return not_kept_; }
    // Minimises each on the subject, and puts together those that turn out to be one. In the order in which they were
    // first found, those of the subject itself first. If the subject is lost, *lost says how, and the rest is as found.
    std::vector<FoundDifference> minimised(Subject& subject, std::string& lost);
    std::vector<FoundDifference> as_found() const;

private:
    std::size_t most_;
    const std::atomic<bool>* stop_;
    std::uint64_t not_kept_ = 0;
    std::map<std::string, std::uint64_t> known_;
    std::vector<std::string> order_;  // keys
    std::map<std::string, FoundDifference> found_;
};

// What two differences of one kind share: the property, the operation that shows it, and what was expected and came,
// without the addresses.
std::string kind_of(const Finding& finding);

}  // namespace vmacheck
