#include "checker/conform/subject_pool.hpp"

#include <utility>

namespace vmacheck {

SubjectPool::SubjectPool(Subject& first, std::vector<std::unique_ptr<Subject>> others) : first_(first) {
    for (std::unique_ptr<Subject>& each : others)
        threads_.emplace_back([this, subject = std::move(each)]() mutable { serve(std::move(subject)); });
}

SubjectPool::~SubjectPool() {
    begin({});
    for (std::thread& each : threads_) each.join();
}

// What a subject starts ends with the thread that started it (PR_SET_PDEATHSIG), so the subject ends first.
void SubjectPool::serve(std::unique_ptr<Subject> subject) {
    std::unique_lock lock(mutex_);
    for (std::uint64_t served = 0;;) {
        changed_.wait(lock, [&] { return round_ > served; });
        served = round_;
        const std::function<void(Subject&)> work = work_;
        lock.unlock();
        if (!work) return subject.reset();
        work(*subject);
        lock.lock();
        --working_;
        changed_.notify_all();
    }
}

void SubjectPool::begin(std::function<void(Subject&)> work) {
    const std::lock_guard lock(mutex_);
    work_ = std::move(work);
    working_ = threads_.size();
    ++round_;
    changed_.notify_all();
}

void SubjectPool::wait_for_all() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return working_ == 0; });
}

}  // namespace vmacheck
