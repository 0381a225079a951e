// The files that a setup names: opened by the supervisor, inherited by every process. None of them has a name in any
// directory, so that nothing is left behind.
#include "agent.h"

enum { o_rdonly = 0, o_wronly = 1, o_rdwr = 2, o_creat = 0100, o_excl = 0200, o_cloexec = 02000000, o_tmpfile = 020200000 };
enum { mfd_cloexec = 1, mfd_allow_sealing = 2, mfd_hugetlb = 4 };
enum { f_add_seals = 1033, f_seal_write = 8, f_seal_future_write = 16 };
enum { map_private = 2, map_noreserve = 0x4000, ipc_rmid = 0, tmpfs_magic = 0x01021994, nr_fstatfs = 138, nr_unlink = 87 };

static const u64 scratch_address = 0x2000000000;  // where nothing else is mapped while files are opened
static u64 held[max_files];                        // where segments are attached; 0: no segment
static i64 masters[max_files];                     // the first descriptor of the file's inode, for reading and writing

static void number_path(char* path, const char* directory, u64 number) {
    struct text text = {path, 0, 60, NULL};
    put(&text, directory);
    put_number(&text, number);
    path[text.length] = 0;
}

static bool is_tmpfs(i64 fd) {
    u64 statfs[32];
    return failed(call2(nr_fstatfs, fd, statfs)) || statfs[0] == tmpfs_magic;
}

// A file without a name in a file system that is no tmpfs, whose files are of another kind.
static i64 open_regular(void) {
    static const char* const directories[] = {"/var/tmp", "/tmp", "/root", "."};
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); ++i) {
        i64 fd = call3(nr_open, directories[i], o_tmpfile | o_rdwr, 0600);
        if (failed(fd)) {
            char path[64];
            struct text text = {path, 0, 63, NULL};
            put(&text, directories[i]);
            put(&text, "/vmacheck-agent-");
            put_number(&text, (u64)call0(nr_getpid));
            path[text.length] = 0;
            fd = call3(nr_open, path, o_creat | o_excl | o_rdwr, 0600);
            if (!failed(fd)) call1(nr_unlink, path);
        }
        if (failed(fd)) continue;
        if (!is_tmpfs(fd)) return fd;
        call1(nr_close, fd);
    }
    return -1;
}

static i64 open_master(const struct wanted_file* wanted) {
    switch (wanted->kind) {
        case file_regular: return open_regular();
        case file_shmem: return call2(nr_memfd_create, "vmacheck", mfd_allow_sealing);
        case file_hugetlb: return facts.hugetlb ? call2(nr_memfd_create, "vmacheck", mfd_hugetlb) : -1;
        case file_dev_zero: return call3(nr_open, "/dev/zero", o_rdwr, 0);
        default: return -1;
    }
}

// Makes the file as large as wanted, or as it can be made.
static u64 set_size(i64 fd, u64 pages) {
    static const u64 largest[] = {0x7ffffffffffff000, (u64)1 << 62, ((u64)1 << 44) - page_bytes, (u64)1 << 42, (u64)1 << 40,
                                  (u64)1 << 36, (u64)1 << 32, (u64)1 << 28};
    if (pages != ~(u64)0) return failed(call2(nr_ftruncate, fd, pages * page_bytes)) ? 0 : pages;
    for (size_t i = 0; i < sizeof(largest) / sizeof(largest[0]); ++i)
        if (!failed(call2(nr_ftruncate, fd, largest[i]))) return largest[i] / page_bytes;
    return 0;
}

// Device and inode as maps shows them, which need not be those of fstat.
static void find_identity(u64 at, struct open_file* file) {
    char buffer[2048];
    struct line_reader reader = {(int)call3(nr_open, "/proc/self/maps", o_rdonly, 0), buffer, sizeof(buffer), 0, 0};
    for (const char* line; (line = next_line(&reader)) != NULL;) {
        if (take_number(&line, 16) != at) continue;
        while (*line != 0 && *line != ' ') ++line;
        line += 6;  // the rights
        take_number(&line, 16);
        ++line;
        const u64 major = take_number(&line, 16);
        ++line;
        file->dev = major << 32 | take_number(&line, 16);
        ++line;
        file->inode = take_number(&line, 10);
    }
    call1(nr_close, reader.fd);
}

// Whether two mappings of the file that are a page longer than a huge page are both placed at multiples of one: without
// the file system's help they would lie end to end. All files that it makes are in one file system, which is asked once.
static bool is_huge_aligned(i64 fd) {
    enum { huge_bytes = 2 << 20, length = huge_bytes + page_bytes };
    static enum { not_known, yes, no } known = not_known;
    if (known != not_known) return known == yes;
    const i64 first = call6(nr_mmap, 0, length, 1, 2, (u64)fd, 0);
    const i64 second = call6(nr_mmap, 0, length, 1, 2, (u64)fd, 0);
    if (!failed(first)) call2(nr_munmap, first, length);
    if (!failed(second)) call2(nr_munmap, second, length);
    const bool aligned = !failed(first) && !failed(second) && first % huge_bytes == 0 && second % huge_bytes == 0;
    known = aligned ? yes : no;
    return aligned;
}

// What the file makes of MAP_SYNC: ext4 and xfs refuse it in ->mmap; most others do not know it.
static const char* what_sync_is(i64 fd) {
    enum { map_shared_validate = 3, map_sync = 0x80000 };
    const i64 checked = call6(nr_mmap, 0, page_bytes, 1, map_shared_validate | map_sync, (u64)fd, 0);
    const i64 ignored = call6(nr_mmap, 0, page_bytes, 1, map_private | map_sync, (u64)fd, 0);
    if (!failed(checked)) call2(nr_munmap, checked, page_bytes);
    if (!failed(ignored)) call2(nr_munmap, ignored, page_bytes);
    if (failed(ignored)) return "refused";
    return failed(checked) ? "unknown" : "supported";
}

static const char* open_segment(const struct wanted_file* wanted, struct open_file* file, u64* held_at) {
    const u64 mode = (wanted->readable ? 0400 : 0) | (wanted->writable ? 0200 : 0) | (wanted->noexec ? 0 : 0100);
    const i64 id = call3(nr_shmget, 0, wanted->segment_pages * page_bytes, mode);
    if (failed(id)) return "shmget fails";
    const i64 at = call3(nr_shmat, id, 0, wanted->writable ? 0 : 010000);
    // From here on it lives as long as it is attached somewhere.
    call3(nr_shmctl, id, ipc_rmid, 0);
    if (failed(at)) return "shmat fails";
    *held_at = (u64)at;
    find_identity((u64)at, file);
    file->fd = (int)id;
    file->pages = wanted->segment_pages;
    return NULL;
}

// Why the file cannot be had; NULL: it is open.
static const char* open_one(const struct wishes* wishes, u32 number) {
    const struct wanted_file* wanted = &wishes->file[number];
    struct open_file* file = &area->files[number];
    *file = (struct open_file){.fd = -1, .kind = wanted->kind};
    if (wanted->cannot || (wanted->noexec && wanted->kind != file_sysv_shm) || wanted->kind == file_other) return "a program cannot make such a file";
    if (wanted->kind == file_sysv_shm) return open_segment(wanted, file, &held[number]);
    i64 master = -1;
    for (u32 i = 0; i < number && wanted->inode != 0; ++i)
        if (wishes->file[i].inode == wanted->inode && wishes->file[i].kind == wanted->kind) master = masters[i];
    const bool is_first = master < 0;
    if (is_first) master = open_master(wanted);
    if (master < 0) return wanted->kind == file_hugetlb ? "there are no huge pages" : "it cannot be opened";
    masters[number] = master;
    if (wanted->kind != file_dev_zero) file->pages = set_size(master, wanted->pages);
    // Of huge pages there may be none to reserve.
    const bool huge = wanted->kind == file_hugetlb;
    const u64 length = huge ? facts.huge_bytes : page_bytes;
    const i64 at = call6(nr_mmap, scratch_address, length, 1, huge ? map_private | map_noreserve : map_private, (u64)master, 0);
    if (!failed(at)) {
        find_identity((u64)at, file);
        call2(nr_munmap, at, length);
    }
    if (wanted->kind == file_regular) {
        file->huge_aligned = is_huge_aligned(master);
        file->sync = what_sync_is(master);
    }
    char path[64];
    number_path(path, "/proc/self/fd/", (u64)master);
    const u64 mode = wanted->readable ? (wanted->writable ? o_rdwr : o_rdonly) : o_wronly;
    i64 fd = call3(nr_open, wanted->kind == file_dev_zero ? "/dev/zero" : path, mode, 0);
    if (failed(fd) && mode == o_rdwr && is_first) fd = master;  // no /proc
    if (failed(fd)) return "it cannot be opened a second time";
    const u64 seals = (wanted->sealed ? f_seal_write : 0) | (wanted->sealed_future ? f_seal_future_write : 0);
    if (seals != 0 && failed(call3(nr_fcntl, master, f_add_seals, seals))) return "it cannot be sealed";
    file->fd = (int)fd;
    return NULL;
}

void open_files(const struct wishes* wishes) {
    area->file_count = wishes->files;
    for (u32 i = 0; i < max_files; ++i) masters[i] = -1;
    for (u32 i = 0; i < wishes->files; ++i) area->files[i].absent = open_one(wishes, i);
}

void close_files(void) {
    for (u32 i = 0; i < area->file_count; ++i) {
        if (held[i] != 0) call1(nr_shmdt, held[i]);
        held[i] = 0;
        if (area->files[i].kind == file_sysv_shm) continue;
        if (area->files[i].fd >= 0) call1(nr_close, area->files[i].fd);
        if (masters[i] >= 0) call1(nr_close, masters[i]);
        masters[i] = -1;
    }
    area->file_count = 0;
}

void let_segments_go(void) {
    for (u32 i = 0; i < area->file_count; ++i)
        if (held[i] != 0) call1(nr_shmdt, held[i]);
}

// Segments and other shared memory number their inodes apart, on one device.
u32 file_with(u64 dev, u64 inode, bool is_segment) {
    for (u32 i = 0; i < area->file_count; ++i) {
        const struct open_file* file = &area->files[i];
        if (file->absent == NULL && file->inode == inode && file->dev == dev && (file->kind == file_sysv_shm) == is_segment)
            return i + 1;
    }
    return 0;
}
