// What files of a set-up do beyond being mapped: the keys of a file in a trace that the agent's reader leaves out, since a
// program of a running system cannot have such files.
#include "agent.h"
#include "front.h"
#include "tree.h"

enum { highest_errno = 133 };

static int errno_named(struct string name) {
    for (i64 number = 1; number <= highest_errno; ++number)
        if (errno_name(number) != NULL && same_text(name.start, name.length, errno_name(number))) return (int)number;
    return 0;
}

static unsigned long vm_flag_named(struct string name) {
    for (unsigned bit = 0; bit < 64; ++bit)
        if (tree_flag_name(bit) != NULL && same_text(name.start, name.length, tree_flag_name(bit))) return 1ul << bit;
    return 0;
}

// Flags that a driver adds and that change nothing but merges.
static void read_added_flags(struct reader* reader, struct tree_file* file) {
    for (bool first = true; next_item(reader, &first);) {
        const struct string name = read_string(reader);
        const unsigned long flag = vm_flag_named(name);
        if (flag == 0 || !tree_may_add(flag)) file->cannot = 1;
        file->added_flags |= flag;
    }
}

// Those that the agent's reader takes too.
static bool is_plain(struct string key) {
    static const char* const plain[] = {"inode",  "readable", "writable",     "pages", "segment_pages",
                                        "noexec", "name",     "huge_aligned", "sync"};
    for (unsigned i = 0; i < sizeof(plain) / sizeof(plain[0]); ++i)
        if (same_text(key.start, key.length, plain[i])) return true;
    return false;
}

static void read_behaviour(struct reader* reader, struct tree_file* file) {
    struct string key;
    for (bool first = true; next_key(reader, &first, &key);) {
        const char* name = key.start;
        const size_t length = key.length;
        if (same_text(name, length, "kind")) {
            const struct string kind = read_string(reader);
            file->closes = same_text(kind.start, kind.length, "with_close");
        } else if (same_text(name, length, "mmap_flags")) {
            read_added_flags(reader, file);
        } else if (same_text(name, length, "mmap_error")) {
            file->mmap_error = errno_named(read_string(reader));
        } else if (same_text(name, length, "mremap_error")) {
            file->mremap_error = errno_named(read_string(reader));
        } else if (same_text(name, length, "granule")) {
            file->granule = (unsigned)read_unsigned(reader);
        } else if (same_text(name, length, "no_mmap")) {
            file->no_mmap = read_bool(reader);
        } else if (same_text(name, length, "append_only")) {
            file->append_only = read_bool(reader);
        } else if (same_text(name, length, "swap_file")) {
            file->swap_file = read_bool(reader);
        } else {
            if (!is_plain(key)) file->cannot = 1;
            skip_value(reader);
        }
    }
}

void read_behaviours(struct reader* reader, struct tree_file* files) {
    unsigned count = 0;
    for (bool first = true; next_item(reader, &first) && count < tree_files; ++count) {
        files[count] = (struct tree_file){.granule = 1};
        read_behaviour(reader, &files[count]);
    }
}
