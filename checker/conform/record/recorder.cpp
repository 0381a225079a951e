#include "checker/conform/record/recorder.hpp"

#include "checker/conform/record/call_text.hpp"
#include "checker/conform/record/fault_order.hpp"
#include "checker/conform/record/process_files.hpp"
#include "model/state/bytes.hpp"
#include "traces/format/input_error.hpp"
#include "traces/observe/maps.hpp"

#include <fmt/format.h>

#include <sched.h>

#include <algorithm>
#include <map>
#include <set>

namespace vmacheck {
namespace {

// Bytes of layouts after which they are kept half as often, each time.
constexpr std::size_t layouts_kept = 64 << 20;
// Bytes of a layout, about three thousand VMAs, from which on it is not read after every call, but once for so many bytes.
constexpr std::size_t large_layout = 256 << 10;
constexpr std::size_t bytes_a_call = 16 << 10;

using PageKey = std::pair<std::uint64_t, std::uint64_t>;  // start and end of a VMA

struct RecordedThread {
    std::size_t run = 0;    // position of its program
    pid_t group = 0;        // its process
    std::size_t begun = 0;  // line of the call it is in
};

// What was last seen of a process.
struct LastSeen {
    std::shared_ptr<const std::string> maps;
    std::vector<MapsLine> lines;  // of that text
    std::set<PageKey> faulted;    // VMAs of these that are known to have an anon_vma
    std::size_t calls = 0;
    std::size_t pause = 0;  // calls for which it is not looked at again
};

// Where memory may have been faulted that was not before: private VMAs that may be written to, and below the stack, which
// may have grown. What could be written to and no longer can was looked at before the call that changed it.
std::vector<PageRange> where_faults_may_be(const LastSeen& seen) {
    std::vector<PageRange> ranges;
    std::uint64_t below = 0;  // end of the VMA before
    for (const MapsLine& line : seen.lines) {
        const PageRange vma{line.start / page_size, line.end / page_size};
        if (line.name == "[stack]" && below < vma.start) ranges.push_back({below, vma.start});
        if (line.write && !line.shared && seen.faulted.count({vma.start, vma.end}) == 0) ranges.push_back(vma);
        below = vma.end;
    }
    return ranges;
}

// The same from a list of VMAs that have anonymous pages: the first page of each range that lies in one.
std::vector<std::uint64_t> first_in(const std::vector<PageRange>& ranges, const std::vector<PageRange>& vmas) {
    std::vector<std::uint64_t> found;
    for (const PageRange& range : ranges)
        for (const PageRange& vma : vmas)
            if (vma.start < range.end && range.start < vma.end) {
                found.push_back(std::max(vma.start, range.start));
                break;
            }
    return found;
}

class Recorder : public TraceListener {
public:
    explicit Recorder(std::size_t maps_every) : every_(std::max<std::size_t>(maps_every, 1)), thins_(maps_every == 0) {}

    Recording take() {
        if (no_scan_)
            recording_.notes.push_back(
                "the kernel has no PAGEMAP_SCAN (6.7), so which VMAs were faulted is read from smaps at each call");
        if (unknown_faults_)
            recording_.notes.push_back("which VMAs were faulted cannot be read here, so it is undetermined");
        if (rarely_) recording_.notes.push_back("a process had so many VMAs that it was not looked at after each call");
        if (every_ > 1) recording_.notes.push_back(fmt::format("layouts were kept after every {} calls", every_));
        return std::move(recording_);
    }

    void executed(pid_t id, pid_t former) override {
        const auto entry = threads_.find(former);
        const std::string program = link_of(id, "exe");
        if (entry != threads_.end()) {
            add(former, text_of_exec(program), 0);
            threads_.erase(entry);
        }
        RecordedRun run;
        run.program = program;
        run.layout = maps_of(id);
        run.parameters = parameters_of(id);
        run.faults_known = true;
        recording_.runs.push_back(std::move(run));
        threads_[id] = {recording_.runs.size() - 1, id, 0};
        if (former != id) order_.leave(former);
        order_.follow(id, id);
        order_.drop(id);
        seen_.erase(id);
        see(id, run_of(id).layout);
        add(id, text_of_exec(program), 0);
        for (const int each : descriptors_of(id))
            if (auto text = text_of_inherited(id, each)) add(id, std::move(*text), 0);
        look_for_faults(id, run_of(id).log.lines + 1);  // what execve itself wrote to
    }

    void started(pid_t parent, pid_t child, const TracedCall& call, std::uint64_t clone_flags) override {
        RecordedThread thread = threads_[parent];
        if ((clone_flags & CLONE_THREAD) == 0) thread.group = child;
        threads_[child] = thread;
        order_.follow(child, thread.group);
        add(parent, text_of_start(call, clone_flags), 0);
    }

    void entered(pid_t id, const TracedCall&) override {
        threads_[id].begun = ++run_of(id).log.lines;
        look_for_faults(id, threads_[id].begun);
    }

    void ended(pid_t id, const TracedCall& call) override {
        RecordedThread& thread = threads_[id];
        if (auto text = text_of_call(id, call)) add(id, std::move(*text), thread.begun);
        if (name_of_call(call.number) == "mmap") see_file(id, static_cast<std::int32_t>(call.arguments[4]));
        if (LastSeen& seen = seen_[thread.group]; seen.pause > 0) {
            --seen.pause;
            return;
        }
        see(id, maps_of(id));
        LastSeen& seen = seen_[thread.group];
        if (!call.failed()) forget_replaced(seen, call);
        if (seen.maps->empty() || ++seen.calls % every_ != 0) return;
        RecordedRun& run = run_of(id);
        run.looks.push_back({run.log.lines + 1, static_cast<std::uint32_t>(id), seen.maps, {}});
        if (seen.maps.use_count() == 2) kept_ += seen.maps->size();  // not kept before
        if (thins_ && kept_ > next_thinning_) {
            every_ *= 2;
            next_thinning_ += layouts_kept;
        }
    }

    void returned(pid_t id, const TracedCall& call) override {
        if (const std::string limit = limit_changed_by(call); !limit.empty()) {
            const std::string note = "the program changed " + limit + "; the model keeps what it was at the start";
            std::vector<std::string>& notes = run_of(id).notes;
            if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
        }
        if (auto text = text_of_call(id, call)) add(id, std::move(*text), 0);
    }

    void left(pid_t id) override {
        const auto entry = threads_.find(id);
        if (entry == threads_.end()) return;
        order_.leave(id);
        StraceLog& log = run_of(id).log;
        log.exits.push_back({static_cast<std::uint32_t>(id), ++log.lines});
        if (entry->second.group == id) seen_.erase(id);
        threads_.erase(entry);
    }

private:
    RecordedRun& run_of(pid_t id) { return recording_.runs[threads_[id].run]; }

    // Before the call of the line.
    void look_for_faults(pid_t id, std::size_t line) {
        const RecordedThread& thread = threads_[id];
        RecordedRun& run = run_of(id);
        if (seen_.count(thread.group) == 0) see(id, maps_of(id));
        LastSeen& seen = seen_[thread.group];
        if (seen.pause > 0) {  // what it looks like is not known
            rarely_ = true;
            run.faults_known = false;
            return;
        }
        const std::vector<PageRange> ranges = where_faults_may_be(seen);
        std::optional<std::vector<std::uint64_t>> pages;
        if (!no_scan_) pages = first_anonymous(id, ranges);
        if (!pages) {
            const auto vmas = anonymous_vmas(id);
            if (vmas) pages = first_in(ranges, *vmas);
            no_scan_ = vmas.has_value();
        }
        if (!pages && maps_of(id).empty()) return;  // it is being killed
        if (!pages) {
            unknown_faults_ = true;
            run.faults_known = false;
            return;
        }
        for (const MapsLine& each : seen.lines) {
            const PageKey vma{each.start / page_size, each.end / page_size};
            const auto page = std::lower_bound(pages->begin(), pages->end(), vma.first);
            if (page != pages->end() && *page < vma.second) seen.faulted.insert(vma);
        }
        const bool ordered = put_in_order(thread.group, seen, *pages);
        if (!pages->empty())
            run.looks.push_back({line, static_cast<std::uint32_t>(id), nullptr, std::move(*pages), ordered});
    }

    // Puts pages of several VMAs in the order in which these were faulted. False: that is not known.
    bool put_in_order(pid_t process, const LastSeen& seen, std::vector<std::uint64_t>& pages) {
        if (pages.size() < 2) {
            order_.drop(process);
            return true;
        }
        std::vector<PageRange> vmas;
        for (const MapsLine& line : seen.lines) {
            const PageRange vma{line.start / page_size, line.end / page_size};
            const auto page = std::lower_bound(pages.begin(), pages.end(), vma.start);
            if (page != pages.end() && *page < vma.end) vmas.push_back(vma);
        }
        std::vector<std::uint64_t> first = order_.take(process, vmas);
        if (first.size() != vmas.size()) return false;
        // What lies in no VMA is where the stack grew to, which makes no anon_vma.
        for (const std::uint64_t page : pages)
            if (std::none_of(vmas.begin(), vmas.end(), [page](const PageRange& vma) { return vma.holds(page); }))
                first.push_back(page);
        pages = std::move(first);
        return true;
    }

    // begun: the line it began on; 0: it begins and ends here.
    void add(pid_t id, StraceCall call, std::size_t begun) {
        StraceLog& log = run_of(id).log;
        call.thread = static_cast<std::uint32_t>(id);
        call.begun = begun == 0 ? ++log.lines : begun;
        call.ended = call.begun == log.lines ? call.begun : ++log.lines;
        call.column = 1;
        for (StraceArgument& each : call.arguments) each.line = call.begun;
        log.calls.push_back(std::move(call));
    }

    // Takes the text for the process's layout.
    void see(pid_t id, std::string text) {
        LastSeen& seen = seen_[threads_[id].group];
        if (seen.maps && *seen.maps == text) return;
        seen.pause = text.size() < large_layout ? 0 : text.size() / bytes_a_call;
        seen.lines.clear();
        try {
            seen.lines = parse_maps(text);
        } catch (const InputError&) {
            text.clear();  // none that can be compared
        }
        std::set<PageKey> still;
        for (const MapsLine& line : seen.lines)
            if (const PageKey vma{line.start / page_size, line.end / page_size}; seen.faulted.count(vma) != 0)
                still.insert(vma);
        seen.faulted = std::move(still);
        seen.maps = std::make_shared<const std::string>(std::move(text));
    }

    // The file that was mapped, before a later call can change what it refuses.
    void see_file(pid_t id, int descriptor) {
        if (descriptor < 0) return;
        std::string path = link_of(id, fmt::format("fd/{}", descriptor));
        if (constexpr std::string_view mark = " (deleted)"; path.starts_with("/memfd:") && path.ends_with(mark))
            path.resize(path.size() - mark.size());  // as memfd_create names it
        std::map<std::string, FileSpec>& files = run_of(id).files;
        if (!path.empty() && files.count(path) == 0) files[path] = file_of(id, descriptor);
    }

    // A call that puts a new VMA where an old one of the same range was.
    static void forget_replaced(LastSeen& seen, const TracedCall& call) {
        const std::string_view name = name_of_call(call.number);
        if (name != "mmap" && name != "mremap" && name != "shmat") return;
        const std::uint64_t length = name == "shmat" ? 1 : call.arguments[name == "mmap" ? 1 : 2];
        const std::uint64_t start = static_cast<std::uint64_t>(call.result) / page_size;
        const std::uint64_t end = start + (length + page_size - 1) / page_size;
        std::erase_if(seen.faulted, [start, end](const PageKey& vma) { return vma.first < end && start < vma.second; });
    }

    Recording recording_;
    FaultOrder order_;
    std::map<pid_t, RecordedThread> threads_;
    std::map<pid_t, LastSeen> seen_;  // by process
    std::size_t every_;
    bool thins_;
    std::size_t kept_ = 0;
    std::size_t next_thinning_ = layouts_kept;
    bool no_scan_ = false;
    bool unknown_faults_ = false;
    bool rarely_ = false;
};

}  // namespace

Recording record_program(const RecordOptions& options) {
    Recorder recorder(options.maps_every);
    const TraceEnd end = trace_program(options.trace, recorder);
    Recording recording = recorder.take();
    recording.end = end;
    return recording;
}

}  // namespace vmacheck
