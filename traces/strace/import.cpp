// A recording as a trace: the calls in the order in which they ended, each turned into an operation or left out with a
// reason.
#include "traces/strace/import.hpp"

#include "traces/format/input_error.hpp"
#include "traces/format/names.hpp"
#include "traces/strace/import_log.hpp"
#include "traces/strace/import_policies.hpp"
#include "traces/strace/import_processes.hpp"
#include "traces/strace/import_start.hpp"
#include "traces/strace/import_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace vmacheck {
namespace {

class Importer {
public:
    Importer(const std::vector<MapsLine>& maps, const StraceLog& log, const RecordedRun* run = nullptr)
        : log_(log), run_(run) {
        if (run != nullptr) parameters() = run->parameters;
        ImportedLayout layout = layout_of_maps(maps, parameters().task_size);
        for (std::size_t i = 0; i < layout.files.size(); ++i) inodes_[layout.files[i].name] = layout.files[i].inode;
        parameters().files = layout.files;
        if (run != nullptr) {
            start_ = 0;
            set_mmap_base(parameters(), layout);
        } else {
            start_ = exec_of_layout(maps, log, import_.notes);
            set_start_parameters(parameters(), layout, log, start_ ? *start_ + 1 : 0, import_.notes);
        }
        ProcessSpec process;
        process.brk_bytes = layout.heap_end > parameters().start_brk_bytes ? layout.heap_end : 0;
        process.vmas = std::move(layout.vmas);
        import_.trace.header.layout.push_back(std::move(process));
        import_.trace.header.shared_objects = std::move(layout.shared_objects);
    }

    Import run() {
        import_.trace.header.made_by = "import";
        for (std::size_t i = 0; start_ && i < *start_; ++i) before_start(log_.calls[i]);
        if (start_) skip(log_.calls[*start_], SkipReason::bookkeeping);
        Thread main;
        main.id = main.group = log_.calls.empty() ? 0 : log_.calls[0].thread;
        main.mm = std::make_shared<AddressSpaceUser>();
        main.mm->slot = slots_.take();
        main.files = std::make_shared<DescriptorTable>();
        threads_[main.id] = std::move(main);

        std::size_t exit = 0;
        for (const std::size_t index : order_of_effects(log_, start_ ? *start_ + 1 : 0)) {
            for (; exit < log_.exits.size() && log_.exits[exit].line < log_.calls[index].begun; ++exit)
                leave(log_.exits[exit].thread, log_.exits[exit].line);
            looks_before(log_.calls[index].ended);
            call(log_.calls[index]);
        }
        looks_before(log_.lines + 1);
        for (; exit < log_.exits.size(); ++exit) leave(log_.exits[exit].thread, log_.exits[exit].line);
        return std::move(import_);
    }

private:
    Parameters& parameters() { return import_.trace.header.parameters; }

    // What the recorder saw before the call that ended on the line.
    void looks_before(std::size_t line) {
        for (; run_ != nullptr && look_ < run_->looks.size() && run_->looks[look_].line <= line; ++look_) {
            const Look& look = run_->looks[look_];
            const auto thread = threads_.find(look.thread);
            if (thread == threads_.end() || !thread->second.mm || !thread->second.mm->slot) continue;
            const std::uint8_t slot = *thread->second.mm->slot;
            const std::size_t step = import_.trace.steps.size();
            if (look.maps) import_.layouts.push_back({step, look.line - 1, slot, look.maps});
            if (!look.anonymous.empty()) import_.anonymous.push_back({step, slot, look.anonymous, look.ordered});
        }
    }

    // ------------------------------------------------------------------------------------------ start
    // Threads it may have started are not followed.
    void before_start(const StraceCall& call) {
        skip(call, SkipReason::before_start);
        earlier_threads_.insert(call.thread);
        if (starts_thread(call) && call.result.value <= 0xffffffffU)
            earlier_threads_.insert(static_cast<std::uint32_t>(call.result.value));
    }

    // ------------------------------------------------------------------------------------------ output
    void skip(const StraceCall& call, SkipReason reason) { import_.skipped.push_back({call.begun, call.name, reason}); }

    void step(const StraceCall& call, TraceStep step) {
        if (!call.result.known) return skip(call, SkipReason::result_unknown);
        if (call.result.failed) {
            if (one_of(call.result.error, {"EINTR", "ERESTARTSYS"})) return skip(call, SkipReason::failed_elsewhere);
            const auto error = errno_named(call.result.error);
            if (!error) return skip(call, SkipReason::failed_elsewhere);
            step.seen.error = *error;
        } else {
            step.seen.error = Errno::ok;
        }
        import_.trace.steps.push_back(std::move(step));
        import_.origins.push_back({call.thread, call.begun, call.ended});
    }

    void exit_step(std::uint8_t slot, std::uint32_t thread, std::size_t line) {
        TraceStep step;
        step.op.kind = OpKind::exit;
        step.op.process = slot;
        step.seen.error = Errno::ok;
        import_.trace.steps.push_back(std::move(step));
        import_.origins.push_back({thread, line, line});
        slots_.give_back(slot);
    }

    // ------------------------------------------------------------------------------------------ calls
    void call(const StraceCall& call) {
        Thread& thread = thread_of(call);
        if (one_of(call.name, {"open", "openat", "creat", "close", "close_range", "dup", "dup2", "dup3", "memfd_create",
                               "userfaultfd", inherited_descriptor}))
            return descriptor_call(call, thread);
        if (one_of(call.name, {"clone", "clone3", "fork", "vfork"})) return clone(call, thread);
        if (call.name == "execve" || call.name == "execveat") return execve(call, thread);
        if (call.name == "exit" || call.name == "exit_group") return exit_call(call, thread);
        if (is_uffd_ioctl(call)) {
            std::optional<TraceStep> made = uffd_step_of(call, *thread.files);
            return made ? step(call, std::move(*made)) : skip(call, SkipReason::not_modelled);
        }
        if (!one_of(call.name, {"mmap", "munmap", "mprotect", "brk", "madvise", "mremap", "mlock", "mlock2", "munlock",
                                "mlockall", "munlockall", "remap_file_pages", "mbind", "msync", "mincore"}))
            return other(call);
        if (!thread.mm->slot) return skip(call, unfollowed_[thread.mm.get()]);
        const std::uint8_t slot = *thread.mm->slot;
        std::optional<TraceStep> made = call.name == "mbind" ? policies_.step_of(call) : step_of(call);
        if (!made && call.name == "mbind") return skip(call, SkipReason::failed_elsewhere);
        if (!made) {
            const bool changes = !call.result.failed && advice_changes_vmas(call);
            return skip(call, changes ? SkipReason::not_modelled : SkipReason::no_vma_change);
        }
        made->op.process = slot;
        if (made->op.kind == OpKind::mmap && (made->op.flags & map::anonymous) == 0)
            made->op.file = file_id(thread, descriptor_of(argument(call, 4)), call);
        step(call, std::move(*made));
    }

    void other(const StraceCall& call) {
        if (one_of(call.name, {"pkey_mprotect", "shmat", "shmdt", "set_mempolicy_home_node", "mseal"}))
            return skip(call, call.result.failed ? SkipReason::failed_elsewhere : SkipReason::not_modelled);
        if (one_of(call.name, {"get_mempolicy", "set_mempolicy", "migrate_pages", "move_pages"}))
            return skip(call, SkipReason::no_vma_change);
        skip(call, SkipReason::bookkeeping);
    }

    // ------------------------------------------------------------------------------------------ descriptors
    void descriptor_call(const StraceCall& call, Thread& thread) {
        if (std::optional<TraceStep> made = uffd_close_of(call, *thread.files))
            step(call, std::move(*made));
        else if (call.name != inherited_descriptor)
            skip(call, SkipReason::bookkeeping);
        if (!call.result.known || call.result.failed) return;
        const auto opened = static_cast<std::int64_t>(call.result.value);
        if (call.name == "close") {
            closed(thread, descriptor_of(argument(call, 0)).number);
        } else if (call.name == "close_range") {
            const auto last = static_cast<std::int64_t>(std::min(number_of(argument(call, 1)), std::uint64_t{1} << 32));
            auto entry = thread.files->lower_bound(static_cast<std::int64_t>(number_of(argument(call, 0))));
            while (entry != thread.files->end() && entry->first <= last) entry = thread.files->erase(entry);
        } else if (call.name.rfind("dup", 0) == 0) {
            (*thread.files)[opened] = file_of(thread, descriptor_of(argument(call, 0)));
        } else if (call.name == "memfd_create") {
            (*thread.files)[opened] = std::make_shared<OpenFile>(OpenFile{"/memfd:" + string_of(argument(call, 0))});
        } else if (call.name == "userfaultfd") {
            OpenFile context;
            context.uffd = ++contexts_;
            context.uffd_owner = thread.mm;
            (*thread.files)[opened] = std::make_shared<OpenFile>(std::move(context));
        } else {
            const std::size_t path = one_of(call.name, {"openat", inherited_descriptor}) ? 1 : 0;
            OpenFile file;
            file.path = call.result.path.empty() ? string_of(argument(call, path)) : call.result.path;
            const std::vector<std::string> flags =
                call.name == "creat" ? std::vector<std::string>{"O_WRONLY"} : names_of(argument(call, path + 1));
            const auto has = [&flags](const char* flag) {
                return std::find(flags.begin(), flags.end(), flag) != flags.end();
            };
            file.readable = !has("O_WRONLY");
            file.writable = has("O_WRONLY") || has("O_RDWR");
            file.is_maps = string_of(argument(call, path)) == "/proc/self/maps";
            if (file.is_maps && thread.mm->slot) {
                const std::size_t at = import_.trace.steps.size();
                import_.maps_reads.push_back({call.begun, at, at, *thread.mm->slot});
                open_maps_[{thread.files.get(), opened}] = import_.maps_reads.size() - 1;
            }
            (*thread.files)[opened] = std::make_shared<OpenFile>(std::move(file));
        }
    }

    void closed(Thread& thread, std::int64_t descriptor) {
        const auto read = open_maps_.find({thread.files.get(), descriptor});
        if (read != open_maps_.end()) {
            import_.maps_reads[read->second].closed_step = import_.trace.steps.size();
            open_maps_.erase(read);
        }
        thread.files->erase(descriptor);
    }

    // The file behind a descriptor; one that was open before the log begins is taken to be readable and writable.
    std::shared_ptr<OpenFile> file_of(Thread& thread, const Descriptor& descriptor) {
        std::shared_ptr<OpenFile>& file = (*thread.files)[descriptor.number];
        const bool other_file = file && !descriptor.path.empty() && !file->path.empty() &&
                                file->path != descriptor.path && file->path[0] == '/' && descriptor.path[0] == '/' &&
                                file->path.rfind("/memfd:", 0) != 0;
        if (!file || other_file) {
            file = std::make_shared<OpenFile>();
            file->path = descriptor.path.empty() ? fmt::format("descriptor {}", descriptor.number) : descriptor.path;
        }
        return file;
    }

    // What a recorder saw of the file.
    FileSpec seen_of(const std::string& path) const {
        if (run_ == nullptr) return {};
        const auto seen = run_->files.find(path);
        return seen == run_->files.end() ? FileSpec{} : seen->second;
    }

    // The id of the file in the trace; 0 where the kernel knew no such descriptor.
    std::uint16_t file_id(Thread& thread, const Descriptor& descriptor, const StraceCall& call) {
        if (call.result.failed && call.result.error == "EBADF") return 0;
        if (descriptor.number < 0) return 0;
        OpenFile& file = *file_of(thread, descriptor);
        if (file.id != 0) return file.id;
        std::vector<FileSpec>& files = parameters().files;
        if (files.size() >= std::numeric_limits<std::uint16_t>::max())
            throw InputError(call.begun, call.column, "more mapped files than a trace can name (65535)");
        FileSpec spec = seen_of(file.path);
        spec.inode = inodes_.try_emplace(file.path, static_cast<std::uint32_t>(inodes_.size() + 1)).first->second;
        spec.readable = file.readable;
        spec.writable = file.writable;
        spec.name = file.path;
        if (file.path == "/dev/zero") spec.kind = FileKind::dev_zero;
        const bool in_memory = file.path.rfind("/memfd:", 0) == 0 || file.path.rfind("/dev/shm/", 0) == 0;
        if (in_memory && spec.kind == FileKind::regular) spec.kind = FileKind::shmem;
        if (spec.kind != FileKind::regular) spec.huge_aligned = false;
        files.push_back(std::move(spec));
        return file.id = static_cast<std::uint16_t>(files.size());
    }

    // ------------------------------------------------------------------------------------------ threads and processes
    Thread& thread_of(const StraceCall& call) {
        const auto entry = threads_.find(call.thread);
        if (entry != threads_.end()) return entry->second;
        if (earlier_threads_.count(call.thread) != 0) return threads_[call.thread] = unfollowed_thread(call.thread);
        if (call.thread == 0)
            throw InputError(call.begun, 1, "a line without a thread's id in a log of several threads");
        throw InputError(call.begun, 1, fmt::format("thread {} was not started in this log", call.thread));
    }

    Thread unfollowed_thread(std::uint32_t id) {
        Thread thread;
        thread.id = thread.group = id;
        thread.files = std::make_shared<DescriptorTable>();
        thread.mm = std::make_shared<AddressSpaceUser>();
        unfollowed_[thread.mm.get()] = SkipReason::before_start;
        kept_.push_back(thread.mm);  // its address is a key
        return thread;
    }

    void clone(const StraceCall& call, Thread& parent) {
        if (!call.result.known) return skip(call, SkipReason::result_unknown);
        if (call.result.failed) return skip(call, SkipReason::failed_elsewhere);
        const std::vector<std::string> flags = clone_flags(call);
        const auto has = [&flags](const char* flag) {
            return std::find(flags.begin(), flags.end(), flag) != flags.end();
        };
        if (call.result.value == 0 || call.result.value > 0xffffffffU)
            throw InputError(call.ended, 1, "the new thread has no id");
        Thread child;
        child.id = static_cast<std::uint32_t>(call.result.value);
        child.group = has("CLONE_THREAD") ? parent.group : child.id;
        child.files = has("CLONE_FILES") ? parent.files : std::make_shared<DescriptorTable>(*parent.files);
        if (has("CLONE_VM") || call.name == "vfork") {
            child.mm = parent.mm;
            ++child.mm->users;
            skip(call, SkipReason::new_thread);
        } else {
            child.mm = std::make_shared<AddressSpaceUser>();
            kept_.push_back(child.mm);
            fork(call, parent, *child.mm);
        }
        if (threads_.count(child.id) != 0) leave(child.id, call.begun);  // the id is used again
        threads_[child.id] = std::move(child);
    }

    void fork(const StraceCall& call, const Thread& parent, AddressSpaceUser& child) {
        if (!parent.mm->slot) {
            unfollowed_[&child] = unfollowed_[parent.mm.get()];
            return skip(call, unfollowed_[&child]);
        }
        child.slot = slots_.take();
        if (!child.slot) {
            unfollowed_[&child] = SkipReason::process_limit;
            return skip(call, SkipReason::process_limit);
        }
        TraceStep made;
        made.op.kind = OpKind::fork;
        made.op.process = *parent.mm->slot;
        made.seen.value = *child.slot;
        step(call, std::move(made));
    }

    // The thread's process gets a new address space, of which nothing is known.
    void execve(const StraceCall& call, Thread& thread) {
        if (!call.result.known || call.result.failed)
            return skip(call, call.result.failed ? SkipReason::failed_elsewhere : SkipReason::result_unknown);
        skip(call, SkipReason::bookkeeping);
        for (auto& [id, each] : threads_)
            if (each.group == thread.group && each.mm) release(each, call.begun);
        const Thread fresh = unfollowed_thread(thread.id);
        thread.mm = fresh.mm;
        unfollowed_[thread.mm.get()] = SkipReason::address_space_left;
    }

    void exit_call(const StraceCall& call, Thread& thread) {
        const std::shared_ptr<AddressSpaceUser> mm = thread.mm;
        const std::uint32_t group = thread.group;
        const std::uint32_t id = thread.id;
        const bool whole_group = call.name == "exit_group";
        skip(call, mm && mm->users > 1 && !whole_group ? SkipReason::thread_exit : SkipReason::bookkeeping);
        for (auto& [other, each] : threads_)
            if (each.mm && (other == id || (whole_group && each.group == group))) release(each, call.begun);
        for (auto entry = threads_.begin(); entry != threads_.end();)
            entry = entry->second.mm ? std::next(entry) : threads_.erase(entry);
    }

    void leave(std::uint32_t id, std::size_t line) {
        const auto entry = threads_.find(id);
        if (entry == threads_.end()) return;
        if (entry->second.mm) release(entry->second, line);
        threads_.erase(entry);
    }

    void release(Thread& thread, std::size_t line) {
        const std::shared_ptr<AddressSpaceUser> mm = std::move(thread.mm);
        thread.mm = nullptr;
        if (--mm->users == 0 && mm->slot) exit_step(*mm->slot, thread.id, line);
    }

    const StraceLog& log_;
    const RecordedRun* run_;
    std::size_t look_ = 0;  // the next of run_->looks
    Import import_;
    std::optional<std::size_t> start_;  // the execve that the layout belongs to
    Slots slots_;
    PolicyNumbers policies_;
    std::uint16_t contexts_ = 0;  // userfaultfd contexts opened so far
    std::map<std::uint32_t, Thread> threads_;
    std::set<std::uint32_t> earlier_threads_;      // of the time before the start
    std::map<std::string, std::uint32_t> inodes_;  // by path
    std::map<const AddressSpaceUser*, SkipReason> unfollowed_;
    std::vector<std::shared_ptr<AddressSpaceUser>> kept_;
    std::map<std::pair<const DescriptorTable*, std::int64_t>, std::size_t> open_maps_;  // position in maps_reads
};

}  // namespace

Import import_recording(std::string_view layout, std::string_view log) {
    std::vector<MapsLine> maps;
    bool in_layout = true;
    try {
        maps = parse_maps(layout);
        layout_of_maps(maps, Parameters().task_size);
        in_layout = false;
        const StraceLog parsed = parse_strace(log);
        return Importer(maps, parsed).run();
    } catch (const InputError& error) {
        throw ImportError(in_layout, error.line(), error.column(), error.what());
    }
}

Import import_run(const RecordedRun& run) {
    bool in_layout = true;
    try {
        const std::vector<MapsLine> maps = parse_maps(run.layout);
        layout_of_maps(maps, run.parameters.task_size);
        in_layout = false;
        Import import = Importer(maps, run.log, &run).run();
        import.trace.header.made_by = "record";
        import.faults_known = run.faults_known;
        import.notes.insert(import.notes.end(), run.notes.begin(), run.notes.end());
        return import;
    } catch (const InputError& error) {
        throw ImportError(in_layout, error.line(), error.column(), error.what());
    }
}

}  // namespace vmacheck
