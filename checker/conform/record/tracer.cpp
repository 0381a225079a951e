#include "checker/conform/record/tracer.hpp"

#include "checker/conform/record/tracee.hpp"

#include <linux/audit.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <sched.h>
#include <signal.h>

#include <cerrno>
#include <map>
#include <optional>
#include <set>

namespace vmacheck {
namespace {

using Clock = std::chrono::steady_clock;

struct Thread {
    pid_t group = 0;
    int mm = 0;  // number of its address space
    bool stopped = true;
    bool inside = false;             // between entry and exit of a call
    std::optional<TracedCall> call;  // the one it is inside of
    std::uint64_t clone_flags = 0;   // of that call
    bool serialised = false;         // that call has the turn of its address space
    std::optional<int> held;         // a stop that waits until the turn is over
    std::size_t held_since = 0;      // its place among those held
};

// Whose call an address space is at.
struct Turn {
    pid_t thread = 0;
    bool begun = false;         // the others stand still, and the call is under way
    Clock::time_point since{};  // when it was let go
};

class Tracer {
public:
    Tracer(pid_t first, const TraceOptions& options, TraceListener& listener)
        : options_(options), listener_(listener), first_(first) {
        Thread thread;
        thread.group = first;
        thread.mm = ++mms_;
        thread.stopped = false;
        threads_[first] = thread;
    }
    // Ends what is still there if an error ends the recording.
    ~Tracer() {
        for (const pid_t group : groups()) kill(group, SIGKILL);
        while (!threads_.empty() && waitpid(-1, nullptr, __WALL) > 0) {
        }
    }
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;

    TraceEnd run() {
        while (!threads_.empty()) {
            int status = 0;
            const pid_t thread = wait(status);
            if (thread > 0) event(thread, status);
            if (thread < 0) break;  // no child is left
            begin_turns();
        }
        threads_.clear();
        return end_;
    }

private:
    std::set<pid_t> groups() const {
        std::set<pid_t> found;
        for (const auto& [id, thread] : threads_) found.insert(thread.group);
        return found;
    }

    // ------------------------------------------------------------------------------------------ waiting
    // The next event; 0: none came within a limit; -1: nothing is left to wait for.
    pid_t wait(int& status) {
        for (;;) {
            const std::optional<Clock::time_point> limit = next_limit();
            const pid_t thread = waitpid(-1, &status, __WALL | (limit ? WNOHANG : 0));
            if (thread > 0) return thread;
            if (thread < 0 && errno != EINTR) return -1;
            if (!limit) continue;
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*limit - Clock::now()).count();
            if (left <= 0) {
                reach_limits();
                return 0;
            }
            SignalsOfTracing::wait_for_child(left);
        }
    }

    std::optional<Clock::time_point> next_limit() const {
        std::optional<Clock::time_point> next = kill_at_;
        for (const auto& [mm, turn] : turns_)
            if (turn.begun && (!next || turn.since + options_.hold_limit < *next))
                next = turn.since + options_.hold_limit;
        return next;
    }

    void reach_limits() {
        const Clock::time_point now = Clock::now();
        if (kill_at_ && now >= *kill_at_) {
            kill_at_.reset();
            for (const pid_t group : groups()) {
                ++end_.killed_after;
                kill(group, SIGKILL);
            }
        }
        for (auto turn = turns_.begin(); turn != turns_.end();) {
            const auto [mm, each] = *turn++;
            if (!each.begun || now < each.since + options_.hold_limit) continue;
            ++end_.overlapping;
            threads_[each.thread].serialised = false;
            end_turn(mm);
        }
    }

    // ------------------------------------------------------------------------------------------ turns
    bool others_run(pid_t id, const Thread& thread) const {
        for (const auto& [other, each] : threads_)
            if (other != id && each.mm == thread.mm && !each.stopped && !each.inside) return true;
        return false;
    }

    void take_turn(pid_t id, Thread& thread) {
        turns_[thread.mm] = Turn{id};
        thread.serialised = true;
        for (const auto& [other, each] : threads_)
            if (other != id && each.mm == thread.mm && !each.stopped && !each.inside)
                ptrace(PTRACE_INTERRUPT, other, nullptr, nullptr);
    }

    // Lets go the calls whose others have come to a stop.
    void begin_turns() {
        for (auto& [mm, turn] : turns_) {
            if (turn.begun) continue;
            Thread& thread = threads_[turn.thread];
            if (others_run(turn.thread, thread)) continue;
            turn.begun = true;
            turn.since = Clock::now();
            listener_.entered(turn.thread, *thread.call);
            resume(turn.thread, thread);
        }
    }

    void end_turn(int mm) {
        turns_.erase(mm);
        std::map<std::size_t, pid_t> waiting;
        for (const auto& [id, each] : threads_)
            if (each.mm == mm && each.held) waiting[each.held_since] = id;
        for (const auto& [since, id] : waiting) {
            const auto entry = threads_.find(id);
            if (entry == threads_.end() || !entry->second.held || turns_.count(mm) != 0) continue;
            const int status = *entry->second.held;
            entry->second.held.reset();
            stop(id, entry->second, status);
        }
    }

    // ------------------------------------------------------------------------------------------ events
    void event(pid_t id, int status) {
        const auto entry = threads_.find(id);
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (id == first_) ended_first(status);
            early_.erase(id);
            if (entry != threads_.end()) remove(id);
            return;
        }
        if (!WIFSTOPPED(status)) return;
        if (entry == threads_.end()) {
            early_[id] = status;  // a new thread whose start has not been reported yet
            return;
        }
        entry->second.stopped = true;
        const auto turn = turns_.find(entry->second.mm);
        if (turn != turns_.end() && turn->second.thread != id) {
            entry->second.held = status;
            entry->second.held_since = ++held_;
            return;
        }
        stop(id, entry->second, status);
    }

    void ended_first(int status) {
        end_.killed = WIFSIGNALED(status);
        end_.status = end_.killed ? WTERMSIG(status) : WEXITSTATUS(status);
        kill_at_ = Clock::now() + options_.linger_limit;
    }

    void remove(pid_t id) {
        const int mm = threads_[id].mm;
        threads_.erase(id);
        listener_.left(id);
        const auto turn = turns_.find(mm);
        if (turn != turns_.end() && turn->second.thread == id) end_turn(mm);
    }

    void stop(pid_t id, Thread& thread, int status) {
        const int signal = WSTOPSIG(status);
        const int what = status >> 16;
        if (signal == (SIGTRAP | 0x80)) return call_stop(id, thread);
        if (what == PTRACE_EVENT_EXEC) return exec_stop(id);
        if (what == PTRACE_EVENT_FORK || what == PTRACE_EVENT_VFORK || what == PTRACE_EVENT_CLONE)
            return start_stop(id, thread);
        if (what == PTRACE_EVENT_STOP && signal != SIGTRAP) {
            ptrace(PTRACE_LISTEN, id, nullptr, nullptr);  // stopped by a signal, until SIGCONT
            return;
        }
        resume(id, thread, what == 0 ? signal : 0);
    }

    void resume(pid_t id, Thread& thread, int signal = 0) {
        thread.stopped = false;
        ptrace(PTRACE_SYSCALL, id, nullptr, static_cast<long>(signal));  // fails if it was killed, which is reported
    }

    // ------------------------------------------------------------------------------------------ calls
    void call_stop(pid_t id, Thread& thread) {
        __ptrace_syscall_info info{};
        if (ptrace(PTRACE_GET_SYSCALL_INFO, id, sizeof info, &info) <= 0) return resume(id, thread);
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
            thread.inside = true;
            thread.call.reset();
            if (info.arch != AUDIT_ARCH_X86_64 || (info.entry.nr & 0x40000000) != 0) {
                ++end_.foreign;
                return resume(id, thread);
            }
            TracedCall call;
            call.number = info.entry.nr;
            for (std::size_t i = 0; i < call.arguments.size(); ++i) call.arguments[i] = info.entry.args[i];
            thread.clone_flags = clone_flags_of(id, call.number, call.arguments[0]);
            thread.call = call;
            if (changes_address_space(call) || copies_address_space(call.number, thread.clone_flags))
                take_turn(id, thread);
            else
                resume(id, thread);
            return;
        }
        thread.inside = false;
        const std::optional<TracedCall> call = thread.call;
        thread.call.reset();
        if (call && info.op == PTRACE_SYSCALL_INFO_EXIT) ended(id, *call, info.exit.rval);
        const bool had_turn = thread.serialised;
        const int mm = thread.mm;
        thread.serialised = false;
        resume(id, thread);
        if (had_turn) end_turn(mm);
    }

    void ended(pid_t id, TracedCall call, std::int64_t result) {
        call.result = result;
        if (changes_address_space(call)) return listener_.ended(id, call);
        const std::string_view name = name_of_call(call.number);
        if (name.empty()) return;
        const bool starts = name == "clone" || name == "clone3" || name == "fork" || name == "vfork";
        const bool executes = name == "execve" || name == "execveat";
        if ((starts || executes) && !call.failed()) return;  // reported as they happened
        listener_.returned(id, call);
    }

    // ------------------------------------------------------------------------------------------ threads and programs
    void start_stop(pid_t id, Thread& thread) {
        unsigned long message = 0;
        ptrace(PTRACE_GETEVENTMSG, id, nullptr, &message);
        const auto child_id = static_cast<pid_t>(message);
        Thread child;
        child.group = (thread.clone_flags & CLONE_THREAD) != 0 ? thread.group : child_id;
        child.mm = (thread.clone_flags & CLONE_VM) != 0 ? thread.mm : ++mms_;
        child.stopped = false;
        TracedCall call = thread.call.value_or(TracedCall{});
        call.result = child_id;
        const std::uint64_t flags = thread.clone_flags;
        threads_[child_id] = child;
        listener_.started(id, child_id, call, flags);
        resume(id, thread);
        const auto early = early_.find(child_id);
        if (early == early_.end()) return;
        const int status = early->second;
        early_.erase(early);
        event(child_id, status);
    }

    void exec_stop(pid_t id) {
        unsigned long message = 0;
        ptrace(PTRACE_GETEVENTMSG, id, nullptr, &message);
        const auto former = static_cast<pid_t>(message);
        const int old_mm = threads_[former].mm;
        // A thread other than the first takes over the id of the first, whose end is not reported.
        if (former != id) {
            threads_.erase(former);
            const auto turn = turns_.find(old_mm);
            if (turn != turns_.end() && turn->second.thread == id) end_turn(old_mm);
        }
        Thread thread;
        thread.group = id;
        thread.mm = ++mms_;
        thread.inside = true;  // the execve has yet to return
        threads_[id] = thread;
        listener_.executed(id, former);
        resume(id, threads_[id]);
    }

    const TraceOptions& options_;
    TraceListener& listener_;
    pid_t first_;
    std::map<pid_t, Thread> threads_;
    std::map<pid_t, int> early_;  // first stops of threads not reported yet
    std::map<int, Turn> turns_;   // by address space
    int mms_ = 0;
    std::size_t held_ = 0;
    std::optional<Clock::time_point> kill_at_;
    TraceEnd end_;
};

}  // namespace

TraceEnd trace_program(const TraceOptions& options, TraceListener& listener) {
    const SignalsOfTracing signals;
    const pid_t first = start_traced(options.command, options.randomise);
    return Tracer(first, options, listener).run();
}

}  // namespace vmacheck
