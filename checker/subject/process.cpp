#include "checker/subject/process.hpp"

#include "model/op/op_table.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace vmacheck {
namespace {

// Whether a byte of the range lies in [start, end). A range that wraps around is refused by every kernel.
bool meets(std::uint64_t addr, std::uint64_t len, std::uint64_t start, std::uint64_t end) {
    const std::uint64_t first = addr / page_size * page_size;
    const std::uint64_t last = addr + std::max<std::uint64_t>(len, 1);
    if (last < addr || last > ~std::uint64_t{0} - page_size) return false;
    const std::uint64_t rounded = (last + page_size - 1) / page_size * page_size;
    return first < end && rounded > start;
}

struct ByteRange {
    std::uint64_t addr = 0;
    std::uint64_t len = 0;
};

// Where an operation may change what is mapped, in bytes. Calls about everything are not in it: a subject's own memory
// is part of the layout that it starts from.
std::vector<ByteRange> touched_ranges(const Op<Plain>& op, const Parameters& parameters) {
    const Operation& row = operation(op.kind);
    if (!row.has(OpField::addr) || op.kind == OpKind::brk) return {};
    const ByteRange own{op.addr.value(), op.len.value()};
    if (op.kind == OpKind::mmap && (op.flags & (map::fixed | map::fixed_noreplace)) == 0) return {};
    if (op.kind == OpKind::shmat) {
        if (own.addr == 0) return {};
        const bool named = op.file >= 1 && op.file <= parameters.files.size();
        return {{own.addr, named ? parameters.files[op.file - 1u].segment_pages * page_size : page_size}};
    }
    // With DONTUNMAP alone it is a hint, which the kernel takes if it can.
    if (op.kind == OpKind::mremap && (op.call_flags & (mremap::fixed | mremap::dontunmap)) != 0)
        return {own, {op.new_addr.value(), op.new_len.value()}};
    return {own};
}

// Whether the kernel may choose an address in it.
bool chooses_address(const Op<Plain>& op) {
    switch (op.kind) {
        case OpKind::mmap: return (op.flags & (map::fixed | map::fixed_noreplace)) == 0;
        case OpKind::shmat: return op.addr.value() == 0;
        case OpKind::mremap:
            return (op.call_flags & mremap::fixed) == 0 && (op.call_flags & (mremap::maymove | mremap::dontunmap)) != 0;
        default: return false;
    }
}

// The lines in which a kernel says that something is wrong with it.
std::vector<Violation> reports_in(const std::string& console) {
    static constexpr std::array signs{"WARNING: ",   "BUG: ",       "kernel BUG at", "KASAN: ",
                                      "KCSAN: ",     "UBSAN: ",     "Oops: ",        "general protection fault",
                                      "INFO: task ", "Kernel panic"};
    std::vector<Violation> reports;
    std::istringstream lines(console);
    for (std::string line; std::getline(lines, line);)
        for (const std::string_view sign : signs)
            if (const std::size_t at = line.find(sign); at != std::string::npos && reports.size() < 10) {
                while (!line.empty() && line.back() == '\r') line.pop_back();
                reports.push_back({"kernel-report", escape_control(line.substr(at))});
                break;
            }
    return reports;
}

// Why these arguments are beyond what the program takes.
std::optional<std::string> beyond_limits(const Op<Plain>& op, const Hello& hello) {
    const std::uint64_t len = op.len.value();
    if (hello.fixed_only && chooses_address(op)) return "it takes fixed addresses only";
    if (op.kind == OpKind::fault && op.access == Access::exec && !hello.exec_access)
        return "it cannot show whether a page may be executed";
    if (op.kind == OpKind::mmap &&
        ((op.flags & ~map::type_mask & ~hello.mmap_flags) != 0 || !hello.map_types.test(op.flags & map::type_mask)))
        return "it does not take these flags of mmap";
    if (op.kind == OpKind::madvise && !hello.advices.test(static_cast<std::size_t>(op.advice)))
        return fmt::format("it does not take the advice {}", name(op.advice));
    if (op.kind == OpKind::mincore && len > hello.mincore_bytes) return "its vector for mincore is too small";
    const bool fills = op.kind == OpKind::mmap      ? (op.flags & map::populate) != 0
                       : op.kind == OpKind::madvise ? populates(op.advice)
                                                    : op.kind == OpKind::remap_file_pages;
    if (fills && len > hello.populate_bytes) return "it would fill too much memory";
    if (op.kind == OpKind::mmap && (op.flags & map::hugetlb) != 0 && !hello.mmap_hugetlb)
        return "it has no huge pages to map";
    if (op.kind == OpKind::mbind && op.policy > hello.policies) return "it has fewer policies";
    if (operation(op.kind).has(OpField::uffd) && op.uffd > hello.uffds) return "it has fewer userfaultfd contexts";
    return std::nullopt;
}

// Of each file, by id from 0: the first one that shares its inode. All open files of /dev/zero have the same.
std::vector<std::uint16_t> first_of_inode(const std::vector<FileSpec>& files) {
    std::vector<std::uint16_t> first{0};
    for (const FileSpec& file : files) {
        const auto same = std::find_if(files.begin(), files.end(), [&file](const FileSpec& other) {
            if (&other == &file) return true;
            const bool shares = file.kind == FileKind::dev_zero || (file.inode != 0 && other.inode == file.inode);
            return other.kind == file.kind && shares;
        });
        first.push_back(static_cast<std::uint16_t>(same - files.begin() + 1));
    }
    return first;
}

}  // namespace

ProcessSubject::ProcessSubject(const std::vector<std::string>& command, ProcessOptions options)
    : command_(command), options_(std::move(options)) {
    launch();
}

template <class F>
auto ProcessSubject::or_lose(F&& asks) {
    const auto lose = [this] {
        last_reports_ = take_reports();
        program_.reset();
    };
    try {
        return asks();
    } catch (const AnswerError& error) {
        lose();
        throw SubjectLost(fmt::format("{}: {}", options_.name, error.what()));
    } catch (const SubjectLost&) {
        lose();
        throw;
    }
}

std::vector<Violation> ProcessSubject::take_reports() {
    return options_.is_guest && program_ ? reports_in(program_->take_messages()) : std::vector<Violation>();
}

void ProcessSubject::launch() {
    program_ = std::make_unique<ChildProcess>(command_);
    ahead_.clear();
    or_lose([this] {
        // A line that is written to before the guest has opened it may be lost.
        if (options_.is_guest) program_->next_line(options_.start_limit);
        hello_ = read_hello(program_->ask(hello_request(), options_.start_limit));
    });
}

SubjectInfo ProcessSubject::hello() const {
    return {options_.name,
            hello_.version.empty() ? hello_.name : hello_.name + " " + hello_.version,
            {.vmas = hello_.vmas,
             .counters = hello_.counters,
             .fails_own_allocations = hello_.fails_allocations,
             .layouts = hello_.layouts,
             .takes_limits = hello_.takes_limits}};
}

template <class F>
auto ProcessSubject::ask_and_read(const std::string& request, F&& read) {
    if (!program_) throw SubjectLost(options_.name + ": it is lost");
    return or_lose([&] { return read(program_->ask(request, options_.answer_limit)); });
}

void ProcessSubject::abandon() {
    Subject::abandon();
    try {
        for (; !ahead_.empty() && program_; ahead_.pop_front())
            or_lose([this] {
                program_->next_line(options_.answer_limit);
                program_->next_line(options_.answer_limit);
            });
    } catch (const SubjectLost&) {
        // In what is not looked at any more: it is started again.
    }
    ahead_.clear();
}

std::vector<Violation> ProcessSubject::end() {
    abandon();
    if (!options_.is_guest || !program_) return {};
    try {
        ask_and_read(reset_request(start_.setup),
                     [&](const std::string& answer) { return read_start(answer, start_.setup); });
    } catch (const SubjectLost&) {
        if (last_reports_.empty()) throw;
        return last_reports_;
    }
    return take_reports();
}

std::variant<Setup, std::string> ProcessSubject::start(const Setup& wanted) {
    abandon();
    try {
        if (!program_) launch();
        start_ =
            ask_and_read(reset_request(wanted), [&](const std::string& answer) { return read_start(answer, wanted); });
    } catch (const SubjectLost& lost) {
        return lost.what();
    }
    if (options_.is_guest) program_->take_messages();  // of its start
    files_shown_as_ = first_of_inode(start_.setup.parameters.files);
    alive_ = {};
    alive_[0] = start_.setup.layout.empty();
    for (const ProcessSpec& each : start_.setup.layout) alive_.at(each.slot) = true;
    return start_.setup;
}

std::optional<std::string> ProcessSubject::reset(const Setup& setup) {
    const auto started = start(setup);
    if (const auto* wrong = std::get_if<std::string>(&started)) return *wrong;
    if (std::get<Setup>(started) == setup) return std::nullopt;
    return "it starts from a layout and limits of its making, and cannot start exactly so";
}

std::optional<std::string> ProcessSubject::refuses(const Op<Plain>& op) const {
    if (!hello_.operations.test(static_cast<std::size_t>(op.kind)))
        return fmt::format("it does not perform {}", name(op.kind));
    if (op.fail_alloc.nth != 0 && !hello_.fails_allocations) return "it cannot let an allocation fail";
    if (op.fail_alloc.nth != 0 && op.fail_alloc.kind != AllocKind::any)
        return "it cannot let an allocation of one kind fail";
    if (op.meanwhile.nth != 0) return "it cannot let another task take a step within a call";
    if (op.kind == OpKind::fault && op.access == Access::exec && op.addr.page >= start_.setup.parameters.task_size)
        return "it cannot jump beyond the end of the address space";
    if (op.kind == OpKind::uffd_register && op.call_flags > (uffd_mode::missing | uffd_mode::wp))
        return "the model has no such mode of userfaultfd";
    if (std::max(op.process, op.target) >= hello_.processes)
        return fmt::format("it has no process slot {}", std::max(op.process, op.target));
    const bool full = std::all_of(alive_.begin(), alive_.begin() + static_cast<std::ptrdiff_t>(hello_.processes),
                                  [](bool each) { return each; });
    if (op.kind == OpKind::fork && full && hello_.processes < max_processes) return "it has no free process slot";
    if (auto wrong = beyond_limits(op, hello_)) return wrong;
    const Parameters& parameters = start_.setup.parameters;
    if (op.file >= 1 && op.file <= parameters.files.size()) {
        if (const auto found = start_.absent.find(op.file); found != start_.absent.end())
            return fmt::format("file {} is not open: {}", op.file, found->second);
    }
    for (const ByteRange& range : touched_ranges(op, parameters))
        for (const auto& [start, end] : start_.reserved)
            if (meets(range.addr, range.len, start, end)) return "the range meets its own memory";
    return std::nullopt;
}

void ProcessSubject::remember(const Op<Plain>& op, const Answer& answer) {
    if (answer.seen.error != Errno::ok) return;
    if (op.kind == OpKind::exit) alive_.at(op.process) = false;
    if (op.kind == OpKind::fork && answer.seen.value && *answer.seen.value < max_processes)
        alive_.at(*answer.seen.value) = true;
}

Answer ProcessSubject::step(const Op<Plain>& op) {
    return perform({&op, 1}, Layouts::none).front();
}

std::vector<Answer> ProcessSubject::perform(std::span<const Op<Plain>> ops, Layouts layouts) {
    std::vector<Answer> answers;
    while (answers.size() < ops.size()) {
        // As many as one request takes, up to the first that is refused here.
        const std::span<const Op<Plain>> left = ops.subspan(answers.size());
        std::size_t count = 0;
        std::optional<std::string> refusal;
        for (; count < std::min(left.size(), hello_.max_steps); ++count) {
            refusal = refuses(left[count]);
            if (refusal) break;
            // The next ones depend on which processes there are.
            if (left[count].kind == OpKind::fork && ++count > 0) break;
        }
        if (count > 0) {
            const auto batch = left.first(count);
            std::vector<Answer> some;
            std::vector<Violation> reports;
            try {
                some = ask_and_read(apply_request(batch, layouts),
                                    [&](const std::string& text) { return read_answers(text, batch); });
                reports = take_reports();
            } catch (const SubjectLost&) {
                // A kernel that says why it ended has broken its own rules; what the steps gave is not known.
                if (last_reports_.empty()) throw;
                some.resize(batch.size());
                reports = last_reports_;
            }
            for (std::size_t i = 0; i < some.size(); ++i) remember(batch[i], some[i]);
            // Which step of the batch it was is not known; the last one has it.
            if (!some.empty())
                some.back().violations.insert(some.back().violations.end(), reports.begin(), reports.end());
            std::move(some.begin(), some.end(), std::back_inserter(answers));
            if (!program_) return answers;
            if (!answers.back().refusal.empty()) return answers;
        }
        if (!refusal) continue;
        answers.emplace_back();
        answers.back().refusal = *std::move(refusal);
        return answers;
    }
    return answers;
}

// Written ahead, with the request to observe, if nothing of it depends on an answer that is still to come: a guest's
// console is looked at after each batch, and with few slots it matters which processes there are.
void ProcessSubject::begin(std::span<const Op<Plain>> ops, Layouts layouts) {
    if (!hello_.ahead || hello_.processes < max_processes || options_.is_guest || ops.size() > hello_.max_steps) {
        Subject::begin(ops, layouts);
        return;
    }
    if (!program_) throw SubjectLost(options_.name + ": it is lost");
    or_lose([&] {
        program_->send(apply_request(ops, layouts));
        program_->send(observe_request({}));
    });
    ahead_.emplace_back(ops.begin(), ops.end());
}

Subject::Performed ProcessSubject::performed() {
    if (ahead_.empty()) return Subject::performed();
    if (!program_) throw SubjectLost(options_.name + ": it is lost");
    const std::vector<Op<Plain>> ops = std::move(ahead_.front());
    ahead_.pop_front();
    return or_lose([&] {
        Performed done;
        done.answers = read_answers(program_->next_line(options_.answer_limit), ops);
        done.after = read_seen(program_->next_line(options_.answer_limit), {});
        return done;
    });
}

Observation ProcessSubject::observe(const Detail& detail) {
    return ask_and_read(observe_request(detail), [&](const std::string& answer) { return read_seen(answer, detail); });
}

Observation ProcessSubject::read_seen(const std::string& answer, const Detail& detail) const {
    Observation seen = read_observation(answer, detail, start_.setup.parameters.files.size());
    for (ProcessView& each : seen.processes) {
        if (!each.alive) continue;
        if (!hello_.vm_flags) each.flags_shown = vm::access | vm::may_share;
        each.files_shown_as = files_shown_as_;
    }
    return seen;
}

}  // namespace vmacheck
