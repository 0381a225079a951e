// What the tests record: a program that makes the calls its first argument names, and few others. Statically linked, so
// that all its calls are known. It ends with 0 if all went as it says.
#include <linux/futex.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace {

constexpr unsigned long page = 4096;
constexpr int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
char* const base = reinterpret_cast<char*>(0x10000000000);

char* map(unsigned long at, unsigned long pages, int rights, int flags = anonymous, int file = -1) {
    return static_cast<char*>(mmap(base + at * page, pages * page, rights, flags | MAP_FIXED, file, 0));
}

int calls() {
    char* const area = map(0, 8, PROT_READ | PROT_WRITE);
    if (area != base) return 1;
    area[2 * page] = 1;
    mprotect(area + page, page, PROT_READ);
    munmap(area + 4 * page, page);
    madvise(area + 5 * page, page, MADV_DONTFORK);
    if (mprotect(area + 3 * page, 2 * page, PROT_NONE) == 0 || errno != ENOMEM) return 2;
    map(20, 1, PROT_READ | PROT_WRITE);
    syscall(SYS_mremap, base + 20 * page, page, 3 * page, MREMAP_MAYMOVE, 0);
    return 0;
}

// Many pages of stack, before and between calls.
int stack() {
    volatile char deep[600000];
    for (unsigned i = 0; i < sizeof deep; i += page) deep[i] = 1;
    map(0, 1, PROT_READ);
    return deep[0] - 1;
}

void* work(void* number) {
    for (int i = 0; i < 40; ++i) {
        auto* const got =
            static_cast<char*>(mmap(nullptr, (1 + i % 3) * page, PROT_READ | PROT_WRITE, anonymous, -1, 0));
        if (got == MAP_FAILED) return number;
        got[0] = 1;
        if (i % 2 == 0) mprotect(got, page, PROT_READ);
        if (i % 3 == 0) munmap(got, page);
    }
    return nullptr;
}

int threads() {
    pthread_t ids[4];
    for (pthread_t& each : ids) pthread_create(&each, nullptr, work, &each);
    int failed = 0;
    for (pthread_t& each : ids) {
        void* result = nullptr;
        pthread_join(each, &result);
        failed += result == nullptr ? 0 : 1;
    }
    return failed;
}

void* wait_in_epoll(void* ready) {
    const int descriptor = epoll_create1(0);
    epoll_event event{};
    *static_cast<volatile int*>(ready) = 1;
    const bool interrupted = epoll_wait(descriptor, &event, 1, 300) < 0;
    return interrupted ? ready : nullptr;
}

// A thread that waits in a call that is not restarted when it is interrupted, while another maps.
int waiter() {
    pthread_t other;
    volatile int ready = 0;
    pthread_create(&other, nullptr, wait_in_epoll, const_cast<int*>(&ready));
    while (ready == 0) usleep(1000);
    usleep(20000);
    for (int i = 0; i < 20; ++i) map(2 * i, 1, PROT_READ);
    void* result = nullptr;
    pthread_join(other, &result);
    return result == nullptr ? 0 : 1;
}

int forks() {
    char* const area = map(0, 2, PROT_READ | PROT_WRITE);
    area[0] = 1;
    const pid_t child = fork();
    if (child == 0) {
        mprotect(area + page, page, PROT_NONE);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    munmap(area, page);
    return status;
}

int descriptors(const char* self) {
    const int first = open(self, O_RDONLY);
    const int second = open(self, O_RDONLY);
    const int same = fcntl(first, F_DUPFD, 100);
    map(0, 1, PROT_READ, MAP_PRIVATE, first);
    map(2, 1, PROT_READ, MAP_PRIVATE, second);
    map(4, 1, PROT_READ, MAP_PRIVATE, same);
    close(first);
    const int memory = memfd_create("m\"emory", 0);
    if (ftruncate(memory, 2 * page) != 0) return 1;
    map(6, 2, PROT_READ | PROT_WRITE, MAP_SHARED, memory);
    return 0;
}

// Mappings that files refuse.
int refusals() {
    int ends[2];
    if (pipe(ends) != 0) return 1;
    map(0, 1, PROT_READ, MAP_SHARED, ends[0]);
    const int memory = memfd_create("sealed", MFD_ALLOW_SEALING);
    if (ftruncate(memory, page) != 0 || fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE) != 0) return 2;
    map(0, 1, PROT_READ | PROT_WRITE, MAP_SHARED, memory);
    map(0, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE, memory);
    const int reader = open("/proc/self/exe", O_RDONLY);
    map(2, 1, PROT_READ | PROT_WRITE, MAP_SHARED, reader);
    map(3, 1, PROT_READ, MAP_SHARED, 999);
    return 0;
}

void* map_for_ever(void*) {
    for (;;) {
        void* const got = mmap(nullptr, page, PROT_READ | PROT_WRITE, anonymous, -1, 0);
        *static_cast<volatile char*>(got) = 1;
        munmap(got, page);
    }
}

const char* own_path = nullptr;
void* execute(void*) {
    usleep(20000);
    execl(own_path, own_path, "calls", nullptr);
    return nullptr;
}

// A thread other than the first executes a program, or ends the process, while others map.
int end_in_thread(void* (*how)(void*)) {
    pthread_t threads[3];
    pthread_create(&threads[0], nullptr, map_for_ever, nullptr);
    pthread_create(&threads[1], nullptr, map_for_ever, nullptr);
    pthread_create(&threads[2], nullptr, how, nullptr);
    pthread_join(threads[0], nullptr);
    return 1;
}

volatile sig_atomic_t caught = 0;
void handler(int) {
    caught = 1;
}

int handles() {
    signal(SIGUSR1, handler);
    raise(SIGUSR1);
    map(0, 1, PROT_READ);
    return caught == 1 ? 0 : 1;
}

void* serve_faults(void* descriptor) {
    const int uffd = *static_cast<int*>(descriptor);
    uffd_msg message;
    if (read(uffd, &message, sizeof message) != sizeof message) return nullptr;
    uffdio_zeropage zero{};
    zero.range = {message.arg.pagefault.address & ~(page - 1), page};
    ioctl(uffd, UFFDIO_ZEROPAGE, &zero);
    return nullptr;
}

// A call that waits for another thread of the process: 77 where the machine has no userfaultfd for it.
int waits_for_thread() {
    int uffd = static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC));
    uffdio_api api{UFFD_API, 0, 0};
    if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api) != 0) return 77;
    map(0, 1, PROT_READ | PROT_WRITE);
    uffdio_register range{{reinterpret_cast<unsigned long>(base), page}, UFFDIO_REGISTER_MODE_MISSING, 0};
    if (ioctl(uffd, UFFDIO_REGISTER, &range) != 0) return 77;
    pthread_t server;
    pthread_create(&server, nullptr, serve_faults, &uffd);
    constexpr int populate_write = 23;
    return madvise(base, page, populate_write) == 0 || errno == EINVAL ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    const char* const what = count > 1 ? arguments[1] : "";
    const auto is = [what](const char* name) { return std::strcmp(what, name) == 0; };
    if (is("calls")) return calls();
    if (is("stack")) return stack();
    if (is("threads")) return threads();
    if (is("waiter")) return waiter();
    if (is("forks")) return forks();
    if (is("descriptors")) return descriptors(arguments[0]);
    own_path = arguments[0];
    if (is("executes_in_thread")) return end_in_thread(execute);
    if (is("ends_in_thread")) return end_in_thread([](void*) -> void* { _exit(usleep(20000) + 5); });
    if (is("refusals")) return refusals();
    if (is("handles")) return handles();
    if (is("waits_for_thread")) return waits_for_thread();
    if (is("ends_with_7")) return 7;
    if (is("dies")) raise(SIGKILL);
    if (is("executes")) execl(arguments[0], arguments[0], "calls", nullptr);
    if (is("leaves_a_child_behind")) {
        if (fork() == 0) sleep(1000);
        return 0;
    }
    return 99;
}
