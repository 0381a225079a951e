// What this system has, found out by trying it in a process made for that.
#include "agent.h"

struct system_facts facts;

enum { nr_access = 21, map_private_anonymous = 0x22, map_noreserve = 0x4000, map_hugetlb = 0x40000, map_huge_shift = 26, madv_hugepage = 14 };
static const u64 usual_task_size = 0x7ffffffff000;

// Unmaps everything but the agent.
static void unmap_the_rest(void) {
    u64 ranges[64][2];
    size_t count = 0;
    char buffer[2048];
    struct line_reader reader = {(int)call3(nr_open, "/proc/self/maps", 0, 0), buffer, sizeof(buffer), 0, 0};
    for (const char* line; count < 64 && (line = next_line(&reader)) != NULL;) {
        ranges[count][0] = take_number(&line, 16);
        ++line;
        ranges[count][1] = take_number(&line, 16);
        if (ranges[count][0] >= reserved_end || ranges[count][1] <= reserved_start) ++count;
    }
    call1(nr_close, reader.fd);
    for (size_t i = 0; i < count; ++i) call2(nr_munmap, ranges[i][0], ranges[i][1] - ranges[i][0]);
}

// The end of the addresses that munmap takes.
static u64 find_task_size(void) {
    u64 taken = reserved_end, refused = (u64)1 << 57;
    while (refused - taken > page_bytes) {
        const u64 middle = (taken + (refused - taken) / 2) & ~(u64)(page_bytes - 1);
        if (failed(call2(nr_munmap, middle, page_bytes)))
            refused = middle;
        else
            taken = middle;
    }
    // Beyond 2^47 with five levels of page tables, and everything where munmap does not look.
    return taken + page_bytes > usual_task_size ? usual_task_size : taken + page_bytes;
}

// Whether huge pages of hugetlbfs can be mapped, as far as there are some: with none, a mapping that reserves none.
static bool has_huge_pages(const struct system_facts* found) {
    if (only_window || found->huge_bytes <= page_bytes) return false;
    const u64 flags = map_private_anonymous | map_hugetlb | (found->huge_pool_empty ? map_noreserve : 0);
    const i64 at = call6(nr_mmap, 0, found->huge_bytes, 1, flags, ~(u64)0, 0);
    if (failed(at)) return false;
    call2(nr_munmap, at, found->huge_bytes);
    return true;
}

// The sizes of huge pages that mmap knows but for the usual one.
static u64 find_other_huge_sizes(const struct system_facts* found) {
    u64 sizes = 0;
    if (only_window || !found->hugetlb) return sizes;
    for (u64 log = 13; log <= 40; ++log) {
        if (found->huge_bytes == (u64)1 << log) continue;
        const u64 flags = map_private_anonymous | map_hugetlb | map_noreserve | log << map_huge_shift;
        const i64 at = call6(nr_mmap, 0, page_bytes, 0, flags, ~(u64)0, 0);
        if (at != -err_einval) sizes |= (u64)1 << log;
        if (!failed(at)) call2(nr_munmap, at, (u64)1 << log);
    }
    return sizes;
}

static void find_placement(struct system_facts* found) {
    const i64 first = call6(nr_mmap, 0, page_bytes, 3, map_private_anonymous, ~(u64)0, 0);
    const i64 second = call6(nr_mmap, 0, page_bytes, 3, map_private_anonymous, ~(u64)0, 0);
    if (failed(first) || failed(second)) return;
    found->bottom_up = second > first;
    found->mmap_legacy_base = (found->task_size / 3 + page_bytes - 1) & ~(u64)(page_bytes - 1);
    found->mmap_base = (u64)first + page_bytes;
    if (found->bottom_up) {
        found->mmap_legacy_base = (u64)first;
        found->mmap_base = found->task_size;
    }
    // The hint is moved up to the lowest address there is for those without the right to map below it.
    drop_capability(17);
    const i64 lowest = call6(nr_mmap, page_bytes, page_bytes, 3, map_private_anonymous, ~(u64)0, 0);
    found->mmap_min_addr = !failed(lowest) && (u64)lowest < 1 << 20 ? (u64)lowest : 0;
    found->lowest_fixed = number_in_file("/proc/sys/vm/mmap_min_addr", found->mmap_min_addr);
    found->thp = call3(nr_madvise, first, page_bytes, madv_hugepage) != -err_einval;
    found->hugetlb = has_huge_pages(found);
    found->other_huge_sizes = find_other_huge_sizes(found);
}

static void find_calls(bool* missing) {
    u64 none[2] = {0, 0};
    missing[op_mremap] = call5(nr_mremap, 1, 0, 0, 0, 0) == -err_enosys;
    missing[op_mlock] = call3(nr_mlock2, 0, 0, 0) == -err_enosys;
    missing[op_mlockall] = call1(nr_mlockall, 0) == -err_enosys;
    missing[op_mbind] = call6(nr_mbind, 0, 0, 0, 0, 0, 0) == -err_enosys;
    missing[op_remap_file_pages] = call5(nr_remap_file_pages, 0, 0, 0, 0, 0) == -err_enosys;
    missing[op_msync] = call3(nr_msync, 0, 0, 0) == -err_enosys;
    missing[op_mincore] = call3(nr_mincore, 0, 0, 0) == -err_enosys;
    missing[op_mseal] = call3(nr_mseal, 0, 0, 0) == -err_enosys;
    missing[op_shmat] = missing[op_shmdt] = call3(nr_shmget, 0, 0, 0) == -err_enosys;
    missing[op_remote_access] = failed(call6(nr_process_vm_readv, (u64)call0(nr_getpid), (u64)none, 0, (u64)none, 0, 0));
    const i64 fd = call1(nr_userfaultfd, 0);
    const bool no_uffd = failed(fd) && failed(call1(nr_userfaultfd, 1));
    missing[op_uffd_register] = missing[op_uffd_unregister] = missing[op_uffd_close] = no_uffd;
}

static void find_views(struct system_facts* found) {
    open_maps();
    found->has_maps = call2(nr_access, "/proc/self/maps", 4) == 0;
    found->has_status = call2(nr_access, "/proc/self/status", 4) == 0;
    // What is shown must change where a page is mapped.
    found->has_procmap_query = found->reopen_maps = false;
    const u64 without = digest_of_layout(0, all_addresses);
    const i64 page = call6(nr_mmap, only_window ? window_start : 0, page_bytes, 1, map_private_anonymous, ~(u64)0, 0);
    found->reopen_maps = digest_of_layout(0, all_addresses) == without;
    const u64 by_text = digest_of_layout(0, all_addresses);
    found->has_procmap_query = true;
    found->has_procmap_query = digest_of_layout(0, all_addresses) == by_text;
    call2(nr_munmap, page, page_bytes);
    char buffer[4096];
    struct line_reader reader = {(int)call3(nr_open, "/proc/self/smaps", 0, 0), buffer, sizeof(buffer), 0, 0};
    for (const char* line; (line = next_line(&reader)) != NULL;) {
        if (!begins_with(line, "VmFlags: ")) continue;
        found->has_smaps |= begins_with(line, "VmFlags: rd");
        for (; *line != 0; ++line) found->soft_dirty |= begins_with(line, " sd");
    }
    call1(nr_close, reader.fd);
    // Where maps is made up, smaps may be that of the machine below.
    const i64 smaps = call3(nr_open, "/proc/self/smaps", 0, 0);
    found->has_smaps &= digest_of_text((int)smaps, 0, all_addresses) == digest_of_layout(0, all_addresses);
    call1(nr_close, smaps);
    reader = (struct line_reader){(int)call3(nr_open, "/proc/self/maps", 0, 0), buffer, sizeof(buffer), 0, 0};
    for (const char* line; (line = next_line(&reader)) != NULL;) {
        const u64 start = take_number(&line, 16);
        ++line;
        const u64 end = take_number(&line, 16);
        if (end > found->task_size) continue;  // [vsyscall]
        for (; *line != 0; ++line) {
            if (!begins_with(line, "[v")) continue;
            if (begins_with(line, "[vdso]")) found->vdso_bytes = end - start;
            if (found->special_end == 0 || start < found->special_start) found->special_start = start;
            if (end > found->special_end) found->special_end = end;
        }
    }
    call1(nr_close, reader.fd);
}

// Whether huge pages are tried for all memory, or for none; where sysfs is not mounted, it is not known, and taken for
// where a program asks for them.
static void find_use_of_huge_pages(struct system_facts* found) {
    char buffer[64];
    struct line_reader reader = {(int)call3(nr_open, "/sys/kernel/mm/transparent_hugepage/enabled", 0, 0), buffer, sizeof(buffer), 0, 0};
    const char* line = next_line(&reader);
    found->thp_always = line != NULL && begins_with(line, "[always]");
    found->thp_never = line != NULL && begins_with(line, "always madvise [never]");
    call1(nr_close, reader.fd);
}

static void find_memory(struct system_facts* found) {
    find_use_of_huge_pages(found);
    char buffer[4096];
    struct line_reader reader = {(int)call3(nr_open, "/proc/meminfo", 0, 0), buffer, sizeof(buffer), 0, 0};
    for (const char* line; (line = next_line(&reader)) != NULL;) {
        const bool is_free = begins_with(line, "HugePages_Free:"), is_size = begins_with(line, "Hugepagesize:");
        const bool is_limit = begins_with(line, "CommitLimit:");
        while (*line != 0 && (*line < '0' || *line > '9')) ++line;
        if (is_free) found->huge_pool_empty = take_number(&line, 10) == 0;
        if (is_limit) found->commit_limit = take_number(&line, 10);
        if (is_size) found->huge_bytes = take_number(&line, 10) * 1024;
    }
    call1(nr_close, reader.fd);
}

// In the process made for it; what it finds is seen by the supervisor in the control area.
static void find_all(struct system_facts* found, struct system_facts* report) {
    find_views(found);
    find_memory(found);
    find_calls(found->missing);
    *report = *found;  // what follows may end this process where the kernel is none
    if (!only_window) {
        unmap_the_rest();
        found->task_size = find_task_size();
    }
    find_placement(found);
    *report = *found;
    catch_signals();
    found->exec_access = exec_access_works();  // last: where single steps do not exist, it may not come back
}

void find_facts(void) {
    facts.task_size = usual_task_size;
    struct system_facts* found = (struct system_facts*)area->out;
    *found = facts;
    const i64 pid = call0(nr_fork);
    if (pid == 0) {
        find_all(&facts, found);
        *found = facts;
        end_process(0);
    }
    call4(nr_wait4, pid, 0, 0, 0);
    facts = *found;
}

// ---- as parameters of a header

static void put_parameter(struct text* out, const char* name, u64 value) {
    put(out, ",\"");
    put(out, name);
    put(out, "\":");
    put_number(out, value);
}

static void put_limit(struct text* out, const char* name, u32 resource) {
    u64 limit[2] = {~(u64)0, ~(u64)0};
    call4(nr_prlimit64, 0, resource, 0, limit);
    put(out, ",\"");
    put(out, name);
    put(out, "\":");
    if (limit[0] == ~(u64)0)
        put(out, "\"unlimited\"");
    else
        put_number(out, limit[0] / page_bytes);
}

// The numbers of /proc/self/stat by position from 1.
static u64 stat_field(int wanted) {
    char buffer[1024];
    const i64 fd = call3(nr_open, "/proc/self/stat", 0, 0);
    const i64 got = failed(fd) ? 0 : call3(nr_read, fd, buffer, sizeof(buffer) - 1);
    call1(nr_close, fd);
    buffer[got > 0 ? got : 0] = 0;
    const char* at = buffer;
    for (const char* each = buffer; *each != 0; ++each)
        if (*each == ')') at = each + 1;
    for (int field = 2; *at != 0 && field < wanted; ++at)
        if (*at == ' ') ++field;
    return take_number(&at, 10);
}

static void put_memory(struct text* out) {
    u64 info[14];
    if (!failed(call1(nr_sysinfo, info))) {
        const u64 unit = *(u32*)((char*)info + 104);
        put_parameter(out, "total_memory", (info[4] + info[8]) * unit / page_bytes);
    }
    put_parameter(out, "overcommit_mode", number_in_file("/proc/sys/vm/overcommit_memory", 0));
    put_parameter(out, "admin_reserve", number_in_file("/proc/sys/vm/admin_reserve_kbytes", 8192) * 1024 / page_bytes);
    put_parameter(out, "user_reserve", number_in_file("/proc/sys/vm/user_reserve_kbytes", 131072) * 1024 / page_bytes);
}

static void put_capabilities(struct text* out) {
    static const struct name_value capabilities[] = {
        {"cap_ipc_lock", 14}, {"cap_sys_rawio", 17}, {"cap_sys_admin", 21}, {"cap_sys_nice", 23}};
    u32 header[2] = {0x20080522, 0};
    u32 sets[6] = {0, 0, 0, 0, 0, 0};
    call2(nr_capget, header, sets);
    for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); ++i) {
        put(out, ",\"");
        put(out, capabilities[i].name);
        put(out, (sets[0] >> capabilities[i].value & 1) != 0 ? "\":true" : "\":false");
    }
}

void write_parameters(struct text* out) {
    put(out, "{\"task_size\":");
    put_number(out, facts.task_size / page_bytes);
    put_parameter(out, "mmap_base", (only_window ? window_end : facts.mmap_base) / page_bytes);
    put_parameter(out, "mmap_legacy_base", (only_window ? window_start : facts.mmap_legacy_base) / page_bytes);
    put(out, facts.bottom_up && !only_window ? ",\"bottom_up\":true" : ",\"bottom_up\":false");
    put_parameter(out, "mmap_min_addr", facts.mmap_min_addr / page_bytes);
    put_parameter(out, "start_brk_bytes", (u64)call1(nr_brk, 0));
    put_parameter(out, "data_bytes", stat_field(46) - stat_field(45));
    put_parameter(out, "max_map_count", number_in_file("/proc/sys/vm/max_map_count", 65530));
    put_limit(out, "rlimit_as", 9);
    put_limit(out, "rlimit_data", 2);
    put_limit(out, "rlimit_memlock", 8);
    put_limit(out, "rlimit_stack", 3);
    put_memory(out);
    put_capabilities(out);
    put(out, facts.thp ? ",\"thp\":true" : ",\"thp\":false");
    if (facts.thp_always) put(out, ",\"thp_always\":true");
    if (facts.thp_never) put(out, ",\"thp_never\":true");
    if (facts.hugetlb && facts.huge_pool_empty) put(out, ",\"huge_pool_empty\":true");
    if (facts.soft_dirty) put(out, ",\"soft_dirty\":true");
    if (facts.vdso_bytes != 0) put_parameter(out, "vdso_pages", facts.vdso_bytes / page_bytes);
    if (facts.commit_limit != 0) put_parameter(out, "commit_limit", facts.commit_limit * 1024 / page_bytes);
    if (facts.huge_bytes > page_bytes) put_parameter(out, "huge_page_pages", facts.huge_bytes / page_bytes);
    put(out, "}");
}
