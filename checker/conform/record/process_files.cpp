#include "checker/conform/record/process_files.hpp"

#include "model/state/bytes.hpp"

#include <fmt/format.h>

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <sstream>

namespace vmacheck {
namespace {

// Whether two mappings of the file that are a page longer than a huge page are both placed at multiples of one: without
// the file system's help they would lie end to end.
bool is_huge_aligned(int descriptor) {
    constexpr std::size_t huge = 2 << 20;  // bytes
    constexpr std::size_t length = huge + page_size;
    const std::array<void*, 2> at{mmap(nullptr, length, PROT_READ, MAP_PRIVATE, descriptor, 0),
                                  mmap(nullptr, length, PROT_READ, MAP_PRIVATE, descriptor, 0)};
    bool aligned = true;
    for (void* each : at) {
        aligned = aligned && each != MAP_FAILED && reinterpret_cast<std::uintptr_t>(each) % huge == 0;
        if (each != MAP_FAILED) munmap(each, length);
    }
    return aligned;
}

class OpenFile {
public:
    explicit OpenFile(const std::string& path) : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
    ~OpenFile() {
        if (descriptor_ >= 0) close(descriptor_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    [[nodiscard]] int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

std::string text_of(const std::string& path) {
    const OpenFile file(path);
    std::string text;
    if (file.descriptor() < 0) return text;
    std::array<char, 65536> buffer;
    for (ssize_t got = 0; (got = read(file.descriptor(), buffer.data(), buffer.size())) > 0;)
        text.append(buffer.data(), static_cast<std::size_t>(got));
    return text;
}

std::string path_of(pid_t process, const std::string& name) {
    return fmt::format("/proc/{}/{}", process, name);
}

std::optional<std::uint64_t> number_in(const std::string& text, int base = 10) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return error == std::errc() ? std::optional(value) : std::nullopt;
}

// The kernel's interface of 6.7 (include/uapi/linux/fs.h), which the headers of Debian 12 do not have.
struct PageRegion {
    std::uint64_t start, end, categories;
};
struct PageScan {
    std::uint64_t size, flags, start, end, walk_end, regions, region_count, max_pages;
    std::uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
constexpr unsigned long pagemap_scan = _IOWR('f', 16, PageScan);
constexpr std::uint64_t page_is_file = 1 << 2;  // or shared memory
constexpr std::uint64_t page_is_present = 1 << 3;
constexpr std::uint64_t page_is_swapped = 1 << 4;
constexpr std::uint64_t page_is_zero_page = 1 << 5;

// A limit in bytes as pages.
std::uint64_t pages_of_limit(pid_t process, __rlimit_resource which, std::uint64_t otherwise) {
    rlimit limit{};
    if (prlimit(process, which, nullptr, &limit) != 0) return otherwise;
    return limit.rlim_cur == RLIM_INFINITY ? unlimited : limit.rlim_cur / page_size;
}

// The numbers of /proc/PID/stat from the third field on, which follow the name in brackets.
std::vector<std::uint64_t> stat_of(pid_t process) {
    const std::string text = text_of(path_of(process, "stat"));
    const std::size_t name_end = text.rfind(')');
    std::vector<std::uint64_t> numbers;
    if (name_end == std::string::npos) return numbers;
    std::istringstream fields(text.substr(name_end + 1));
    for (std::string field; fields >> field;) numbers.push_back(number_in(field).value_or(0));
    return numbers;
}

void set_capabilities(pid_t process, Parameters& parameters) {
    const std::string status = text_of(path_of(process, "status"));
    const std::size_t at = status.find("CapEff:\t");
    if (at == std::string::npos) return;
    const std::uint64_t bits = number_in(status.substr(at + 8), 16).value_or(0);
    const auto has = [bits](unsigned capability) { return (bits >> capability & 1) != 0; };
    parameters.cap_ipc_lock = has(14);
    parameters.cap_sys_rawio = has(17);
    parameters.cap_sys_admin = has(21);
    parameters.cap_sys_nice = has(23);
}

void set_memory(Parameters& parameters) {
    const auto setting = [](const char* name) { return number_in(text_of(std::string("/proc/sys/vm/") + name)); };
    if (const auto value = setting("max_map_count")) parameters.max_map_count = *value;
    if (const auto value = setting("mmap_min_addr")) parameters.mmap_min_addr = *value / page_size;
    if (const auto value = setting("overcommit_memory"); value && *value <= 2)
        parameters.overcommit_mode = static_cast<unsigned>(*value);
    struct sysinfo machine {};
    if (sysinfo(&machine) == 0)
        parameters.total_memory = (machine.totalram + machine.totalswap) * machine.mem_unit / page_size;
    const std::string memory = text_of("/proc/meminfo");
    if (const std::size_t at = memory.find("CommitLimit:"); at != std::string::npos) {
        const std::size_t digits = memory.find_first_of("0123456789", at);
        if (const auto value = number_in(memory.substr(digits))) parameters.commit_limit = *value * 1024 / page_size;
    }
}

}  // namespace

std::string maps_of(pid_t process) {
    return text_of(path_of(process, "maps"));
}

std::string link_of(pid_t process, const std::string& name) {
    std::array<char, 4096> target;
    const ssize_t length = readlink(path_of(process, name).c_str(), target.data(), target.size());
    return length < 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(length));
}

std::vector<int> descriptors_of(pid_t process) {
    std::vector<int> found;
    std::error_code error;
    for (const auto& each : std::filesystem::directory_iterator(path_of(process, "fd"), error))
        if (const auto number = number_in(each.path().filename().string())) found.push_back(static_cast<int>(*number));
    std::sort(found.begin(), found.end());
    return found;
}

std::optional<std::uint64_t> open_flags_of(pid_t process, int descriptor) {
    const std::string text = text_of(path_of(process, fmt::format("fdinfo/{}", descriptor)));
    const std::size_t at = text.find("flags:");
    if (at == std::string::npos) return std::nullopt;
    const std::size_t digits = text.find_first_of("01234567", at);
    return digits == std::string::npos ? std::nullopt : number_in(text.substr(digits), 8);
}

FileSpec file_of(pid_t process, int descriptor) {
    FileSpec file;
    const std::string path = path_of(process, fmt::format("fd/{}", descriptor));
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return file;
    file.no_mmap = S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || S_ISDIR(status.st_mode);
    file.char_device = S_ISCHR(status.st_mode);
    struct statvfs mount {};
    if (!S_ISREG(status.st_mode) || statvfs(path.c_str(), &mount) != 0) return file;
    file.noexec = (mount.f_flag & ST_NOEXEC) != 0;
    const OpenFile opened(path);  // regular, so that it neither waits nor does anything
    if (opened.descriptor() < 0) return file;
    constexpr long hugetlbfs = 0x958458f6;
    struct statfs system {};
    if (fstatfs(opened.descriptor(), &system) == 0 && system.f_type == hugetlbfs)
        file.kind = FileKind::hugetlb;
    else
        file.huge_aligned = is_huge_aligned(opened.descriptor());
    const int seals = fcntl(opened.descriptor(), F_GET_SEALS);
    file.sealed = seals > 0 && (seals & F_SEAL_WRITE) != 0;
    file.sealed_future = seals > 0 && (seals & F_SEAL_FUTURE_WRITE) != 0;
    return file;
}

std::optional<std::vector<std::uint64_t>> first_anonymous(pid_t process, const std::vector<PageRange>& ranges) {
    const OpenFile pagemap(path_of(process, "pagemap"));
    if (pagemap.descriptor() < 0) return std::nullopt;
    std::vector<std::uint64_t> found;
    for (const PageRange& range : ranges) {
        PageRegion region{};
        PageScan scan{};
        scan.size = sizeof scan;
        scan.start = range.start * page_size;
        scan.end = range.end * page_size;
        scan.regions = reinterpret_cast<std::uint64_t>(&region);
        scan.region_count = scan.max_pages = 1;
        scan.category_inverted = scan.category_mask = page_is_file | page_is_zero_page;
        scan.category_anyof_mask = page_is_present | page_is_swapped;
        scan.return_mask = page_is_present;  // the least that may be given
        const int count = ioctl(pagemap.descriptor(), pagemap_scan, &scan);
        if (count < 0) return std::nullopt;
        if (count > 0) found.push_back(region.start / page_size);
    }
    return found;
}

std::optional<std::vector<PageRange>> anonymous_vmas(pid_t process) {
    std::istringstream smaps(text_of(path_of(process, "smaps")));
    std::vector<PageRange> found;
    PageRange vma{};
    bool any = false;
    for (std::string line; std::getline(smaps, line);) {
        const std::size_t dash = line.find('-');
        const std::size_t colon = line.find(':');
        if (dash != std::string::npos && (colon == std::string::npos || dash < colon) && line[0] != 'V') {
            const auto start = number_in(line, 16);
            const auto end = number_in(line.substr(dash + 1), 16);
            if (!start || !end) continue;
            vma = {*start / page_size, *end / page_size};
            any = true;
        } else if (line.rfind("Anonymous:", 0) == 0 || line.rfind("Swap:", 0) == 0) {
            const std::size_t digits = line.find_first_of("0123456789");
            const bool has = digits != std::string::npos && number_in(line.substr(digits)).value_or(0) > 0;
            if (has && (found.empty() || found.back().start != vma.start)) found.push_back(vma);
        }
    }
    return any ? std::optional(found) : std::nullopt;
}

Parameters parameters_of(pid_t process) {
    Parameters parameters;
    parameters.rlimit_as = pages_of_limit(process, RLIMIT_AS, unlimited);
    parameters.rlimit_data = pages_of_limit(process, RLIMIT_DATA, unlimited);
    parameters.rlimit_memlock = pages_of_limit(process, RLIMIT_MEMLOCK, unlimited);
    parameters.rlimit_stack = pages_of_limit(process, RLIMIT_STACK, parameters.rlimit_stack);
    set_capabilities(process, parameters);
    set_memory(parameters);
    // proc(5): start_data, end_data and start_brk are fields 45 to 47, and the list begins with the third.
    const std::vector<std::uint64_t> stat = stat_of(process);
    if (stat.size() > 44 && stat[44] != 0) {
        parameters.data_bytes = stat[43] - stat[42];
        parameters.start_brk_bytes = stat[44];
    }
    return parameters;
}

bool read_memory(pid_t process, std::uint64_t address, void* to, std::size_t bytes) {
    iovec local{to, bytes};
    iovec remote{reinterpret_cast<void*>(address), bytes};
    return process_vm_readv(process, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(bytes);
}

std::optional<std::string> read_string(pid_t process, std::uint64_t address, std::size_t most) {
    std::string text;
    while (text.size() < most) {
        // Up to the end of a page, since the next may not be there.
        std::array<char, 256> part;
        const std::size_t bytes = std::min<std::size_t>(part.size(), page_size - address % page_size);
        if (!read_memory(process, address, part.data(), bytes)) return std::nullopt;
        const auto end = std::find(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(bytes), '\0');
        text.append(part.begin(), end);
        if (end != part.begin() + static_cast<std::ptrdiff_t>(bytes)) return text;
        address += bytes;
    }
    return text;
}

}  // namespace vmacheck
