// A subject: anything that performs operations on address spaces and shows what came of them: the model, a recorded
// trace, a running kernel, another implementation.
//
// What a subject cannot show it leaves absent, and what it cannot do it refuses: the checker leaves both out of its
// comparisons and says so.
#pragma once

#include "model/op/op.hpp"
#include "model/state/observation.hpp"
#include "model/state/setup.hpp"
#include "traces/format/trace.hpp"

#include <deque>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace vmacheck {

// The digests of layouts that answers of perform() hold (checker/subject/layout_digest.hpp), from less to more work: of no
// layout, of what is near the operation, of all.
enum class Layouts : std::uint8_t { none, near, whole };

struct Capabilities {
    bool events = false;             // results of steps name events of the model
    bool vmas = false;               // observations list VMAs
    bool counters = false;           // observations hold map_count, total_vm and the like
    bool anon_vmas = false;          // VMAs show their anon_vma and chain
    bool fails_allocations = false;  // an operation's fail_alloc is obeyed
    // It counts the allocations that the subject's own code makes, of every kind: what comes of one that fails no model says.
    bool fails_own_allocations = false;
    bool starts_from_layout = false;  // reset() takes a setup with a starting layout
    Layouts layouts = Layouts::none;  // the least work with which its answers hold digests
    bool takes_limits = false;        // limits, capabilities and sysctls are as they are wanted
    friend bool operator==(const Capabilities&, const Capabilities&) = default;
};

struct SubjectInfo {
    std::string name;     // "model", "recording"
    std::string version;  // "v5.10 as shipped", the trace's title ...
    Capabilities capabilities;
};

// What a subject says of one operation.
struct Answer {
    SeenResult seen;                    // error and value, and what else the operation itself shows
    std::vector<Violation> violations;  // of rules that the subject checks itself, as VM_BUG_ON: the step was abandoned
    std::string refusal;                // not empty: the subject cannot do this, did nothing, and this is why
    bool allocation_failed = false;     // one of the subject's own: the model does not know what the step did
    // layout_digest of the process that the operation is about, after it.
    std::optional<std::uint64_t> layout;
};

// How much an observation is to show.
struct Detail {
    std::optional<std::size_t> process;  // only this slot; absent: every process, and the committed memory
};

// The subject is gone: it ended, or gave no answer within its time. what() says how, in one line.
class SubjectLost : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class Subject {
public:
    Subject() = default;
    Subject(const Subject&) = delete;
    Subject& operator=(const Subject&) = delete;
    virtual ~Subject() = default;

    [[nodiscard]] virtual SubjectInfo hello() const = 0;
    // Starts anew. Returns why it cannot start so, or nothing. Before the first step.
    [[nodiscard]] virtual std::optional<std::string> reset(const Setup& setup) = 0;
    // Starts anew, as near to the wanted setup as it can, and returns the setup that it did start from: a kernel's
    // layout and limits are given. Or why it cannot start.
    [[nodiscard]] virtual std::variant<Setup, std::string> start(const Setup& wanted) {
        if (auto wrong = reset(wanted)) return *std::move(wrong);
        return wanted;
    }
    // Why it would refuse this operation. Performs nothing. Before it is performed, so that the other side
    // does not perform it either.
    [[nodiscard]] virtual std::optional<std::string> refuses(const Op<Plain>&) const { return std::nullopt; }
    virtual Answer step(const Op<Plain>& op) = 0;
    // Performs the operations in order, up to the first refusal, whose answer is the last. `layouts` is none or
    // one that the subject has.
    virtual std::vector<Answer> perform(std::span<const Op<Plain>> ops, Layouts layouts) {
        static_cast<void>(layouts);
        std::vector<Answer> answers;
        for (const Op<Plain>& each : ops) {
            answers.push_back(step(each));
            if (!answers.back().refusal.empty()) break;
        }
        return answers;
    }
    // The state after the last step.
    [[nodiscard]] virtual Observation observe(const Detail& detail) = 0;

    // What came of a batch of operations.
    struct Performed {
        std::vector<Answer> answers;  // as of perform()
        Observation after;            // all of it; may be nothing where the last answer has violations
    };
    // Begins to perform a batch of operations that it does not refuse (refuses()); a subject that can performs it while the
    // caller does something else. performed() waits for the batch that was begun first. Until then only refuses(), hello(),
    // begin() and abandon() may be called.
    virtual void begin(std::span<const Op<Plain>> ops, Layouts layouts) {
        Performed done{perform(ops, layouts), {}};
        const bool abandoned = !done.answers.empty() && !done.answers.back().violations.empty();
        if (!abandoned) done.after = observe({});  // a subject that broke its own rules may be gone
        begun_.push_back(std::move(done));
    }
    [[nodiscard]] virtual Performed performed() {
        Performed first = std::move(begun_.front());
        begun_.pop_front();
        return first;
    }
    // Leaves what was begun. Before the next operation it has to be started anew.
    virtual void abandon() { begun_.clear(); }
    // Ends every process that was started, as the next start would. What the subject reports of it: a kernel finds some of
    // its mistakes only when an address space goes. Before the next operation it has to be started anew.
    [[nodiscard]] virtual std::vector<Violation> end() { return {}; }

private:
    std::deque<Performed> begun_;
};

// As a reference performs it that makes other allocations than the subject.
inline Op<Plain> without_failure(Op<Plain> op) {
    op.fail_alloc = {};
    return op;
}

// The slot of the process whose address space an operation is about.
inline std::size_t process_of(const Op<Plain>& op) {
    return op.kind == OpKind::remote_access ? op.target : op.process;
}

}  // namespace vmacheck
