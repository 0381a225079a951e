#include "checker/conform/record/fault_order.hpp"

#include "checker/conform/record/process_files.hpp"
#include "model/state/bytes.hpp"

#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <set>

namespace vmacheck {
namespace {

constexpr std::size_t ring_bytes = 32 << 10;  // a power of two; some 1,300 events

constexpr std::size_t largest_event = 64;

// Page faults of the thread, each with its time and address; -1 where that is not allowed.
int open_events(pid_t thread) {
    perf_event_attr wanted{};
    wanted.size = sizeof wanted;
    wanted.type = PERF_TYPE_SOFTWARE;
    wanted.config = PERF_COUNT_SW_PAGE_FAULTS;
    wanted.sample_period = 1;
    wanted.sample_type = PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR;
    wanted.use_clockid = 1;
    wanted.clockid = CLOCK_MONOTONIC;
    // Also the faults of system calls that write to the program's memory; an order without them would be wrong.
    return static_cast<int>(syscall(SYS_perf_event_open, &wanted, thread, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

}  // namespace

// The events of one thread. The kernel writes them behind one another into memory that both see.
struct FaultOrder::Ring {
    explicit Ring(pid_t thread, pid_t its_process) : process(its_process), descriptor(open_events(thread)) {
        if (descriptor < 0) return;
        void* const mapped = mmap(nullptr, page_size + ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
        if (mapped != MAP_FAILED) memory = static_cast<char*>(mapped);
    }
    ~Ring() {
        if (memory != nullptr) munmap(memory, page_size + ring_bytes);
        if (descriptor >= 0) close(descriptor);
    }
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    void copy(std::uint64_t from, void* to, std::size_t bytes) const {
        for (std::size_t i = 0; i < bytes; ++i) static_cast<char*>(to)[i] = memory[page_size + (from + i) % ring_bytes];
    }

    void read_into(Process& out) {
        if (memory == nullptr) {
            out.lost = true;
            return;
        }
        auto* const control = reinterpret_cast<perf_event_mmap_page*>(memory);
        const std::uint64_t head = __atomic_load_n(&control->data_head, __ATOMIC_ACQUIRE);
        std::uint64_t tail = control->data_tail;
        if (head - tail + largest_event > ring_bytes) out.lost = true;  // said only with the next event that fits
        while (tail < head) {
            perf_event_header header{};
            copy(tail, &header, sizeof header);
            if (header.size < sizeof header) break;  // never, or the loop would not end
            std::uint64_t fields[2] = {};            // time, address
            if (header.type == PERF_RECORD_SAMPLE && header.size >= sizeof header + sizeof fields) {
                copy(tail + sizeof header, fields, sizeof fields);
                out.faults.push_back({fields[0], fields[1] / page_size});
            } else if (header.type == PERF_RECORD_LOST) {
                out.lost = true;
            }
            tail += header.size;
        }
        __atomic_store_n(&control->data_tail, tail, __ATOMIC_RELEASE);
    }

    pid_t process;
    int descriptor;
    char* memory = nullptr;
};

FaultOrder::FaultOrder() = default;
FaultOrder::~FaultOrder() = default;

void FaultOrder::follow(pid_t thread, pid_t process) {
    std::unique_ptr<Ring>& ring = rings_[thread];
    if (ring == nullptr)
        ring = std::make_unique<Ring>(thread, process);
    else
        ring->process = process;
}

void FaultOrder::leave(pid_t thread) {
    const auto ring = rings_.find(thread);
    if (ring == rings_.end()) return;
    const pid_t process = ring->second->process;
    ring->second->read_into(processes_[process]);
    rings_.erase(ring);
    const bool last = std::none_of(rings_.begin(), rings_.end(),
                                   [process](const auto& each) { return each.second->process == process; });
    if (last) processes_.erase(process);
}

void FaultOrder::collect(pid_t process) {
    for (const auto& [thread, ring] : rings_)
        if (ring->process == process) ring->read_into(processes_[process]);
}

void FaultOrder::drop(pid_t process) {
    collect(process);
    processes_[process] = {};
}

std::vector<std::uint64_t> FaultOrder::take(pid_t process, const std::vector<PageRange>& vmas) {
    collect(process);
    Process seen = std::move(processes_[process]);
    processes_[process] = {};
    if (seen.lost) return {};
    std::map<std::uint64_t, std::uint64_t> last;  // time, by page
    for (const Fault& each : seen.faults) last[each.page] = std::max(last[each.page], each.time);
    std::vector<Fault> ordered;
    for (const auto& [page, time] : last) ordered.push_back({time, page});
    std::sort(ordered.begin(), ordered.end(),
              [](const Fault& a, const Fault& b) { return std::pair(a.time, a.page) < std::pair(b.time, b.page); });
    std::vector<std::uint64_t> pages;
    std::set<std::uint64_t> done;  // starts of VMAs
    for (const Fault& each : ordered) {
        const auto vma =
            std::find_if(vmas.begin(), vmas.end(), [&each](const PageRange& range) { return range.holds(each.page); });
        if (vma == vmas.end() || done.count(vma->start) != 0) continue;
        const auto found = first_anonymous(process, {{each.page, each.page + 1}});
        if (!found) return {};
        if (found->empty()) continue;  // only read
        done.insert(vma->start);
        pages.push_back(each.page);
    }
    return pages;
}

}  // namespace vmacheck
