// The text of /proc/PID/maps, as fs/proc/task_mmu.c show_map_vma prints it (v5.10 to 6.18).
#include "traces/observe/maps.hpp"

#include "model/state/bytes.hpp"
#include "traces/format/input_error.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace vmacheck {
namespace {

// Reads one line field by field; knows where it is, for errors.
class LineReader {
public:
    LineReader(std::string_view text, std::size_t line) : text_(text), line_(line) {}

    [[noreturn]] void fail(const std::string& what) const { throw InputError(line_, at_ + 1, what); }
    [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }

    void expect(char wanted, const char* where) {
        if (at_end() || text_[at_] != wanted) fail(std::string("expected '") + wanted + "' " + where);
        ++at_;
    }
    std::uint64_t number(unsigned base, const char* what) {
        std::uint64_t value = 0;
        const std::size_t first = at_;
        for (; !at_end(); ++at_) {
            const unsigned digit = digit_of(text_[at_]);
            if (digit >= base) break;
            if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / base)
                fail(std::string(what) + " is too large");
            value = value * base + digit;
        }
        if (at_ == first) fail(std::string("expected ") + what);
        return value;
    }
    // Whether the next character is `set`; '-' means not. Another is an error.
    bool flag(char set, char clear, const char* what) {
        if (at_end() || (text_[at_] != set && text_[at_] != clear))
            fail(std::string("expected '") + set + "' or '" + clear + "' for " + what);
        return text_[at_++] == set;
    }
    std::string word(const char* what) {
        const std::size_t first = at_;
        while (!at_end() && text_[at_] != ' ') ++at_;
        if (at_ == first) fail(std::string("expected ") + what);
        return std::string(text_.substr(first, at_ - first));
    }
    std::string rest() {
        while (!at_end() && text_[at_] == ' ') ++at_;
        return std::string(text_.substr(at_));
    }
    void back_to(std::size_t column) { at_ = column; }

private:
    static unsigned digit_of(char c) {
        if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
        if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
        return 99;
    }

    std::string_view text_;
    std::size_t line_;
    std::size_t at_ = 0;
};

MapsLine parse_line(std::string_view text, std::size_t number) {
    LineReader reader(text, number);
    MapsLine line;
    line.line = number;
    line.start = reader.number(16, "a start address in hex");
    reader.expect('-', "between the addresses");
    line.end = reader.number(16, "an end address in hex");
    if (line.start % page_size != 0 || line.end % page_size != 0) {
        reader.back_to(0);
        reader.fail("addresses are not page aligned");
    }
    if (line.end <= line.start) {
        reader.back_to(0);
        reader.fail("the range is empty");
    }
    reader.expect(' ', "after the addresses");
    line.read = reader.flag('r', '-', "read");
    line.write = reader.flag('w', '-', "write");
    line.exec = reader.flag('x', '-', "execute");
    line.shared = reader.flag('s', 'p', "shared or private");
    reader.expect(' ', "after the rights");
    line.offset = reader.number(16, "an offset in hex");
    if (line.offset % page_size != 0) reader.fail("the offset is not page aligned");
    if (line.offset > std::numeric_limits<std::uint64_t>::max() / 2) reader.fail("the offset is larger than any file");
    reader.expect(' ', "after the offset");
    line.device = reader.word("a device (major:minor)");
    reader.expect(' ', "after the device");
    line.inode = reader.number(10, "an inode number");
    if (!reader.at_end()) reader.expect(' ', "after the inode number");
    line.name = reader.rest();
    return line;
}

// Files and shared objects of a layout, by what maps shows of them.
class Objects {
public:
    explicit Objects(ImportedLayout& layout) : layout_(layout) {}

    std::uint16_t file(const MapsLine& line) {
        const auto [entry, is_new] = files_.try_emplace(line.name, layout_.files.size() + 1);
        if (is_new) {
            if (entry->second > std::numeric_limits<std::uint16_t>::max())
                throw InputError(line.line, 1, "more files than a trace can name (65535)");
            FileSpec spec;
            spec.inode = static_cast<std::uint32_t>(entry->second);
            spec.writable = false;
            spec.name = line.name;
            if (line.name.rfind("/memfd:", 0) == 0 || line.name.rfind("/dev/shm/", 0) == 0 ||
                line.name.rfind("/SYSV", 0) == 0)
                spec.kind = FileKind::shmem;
            if (line.name == "/dev/zero") spec.kind = FileKind::dev_zero;
            layout_.files.push_back(spec);
        }
        // Only a file that was opened for writing can be mapped shared and writable; of others nothing is known.
        if (line.shared && line.write) layout_.files[entry->second - 1].writable = true;
        return static_cast<std::uint16_t>(entry->second);
    }
    std::uint16_t shared_object(const MapsLine& line) {
        const auto [entry, is_new] = objects_.try_emplace(line.inode, objects_.size() + 1);
        if (is_new && entry->second > std::numeric_limits<std::uint16_t>::max())
            throw InputError(line.line, 1, "more shared objects than a trace can name (65535)");
        if (is_new) layout_.shared_objects.push_back({static_cast<std::uint16_t>(entry->second), 0});
        // It was made with one mmap, whose pages are charged; no more of it is known than what is still mapped.
        const std::uint64_t reach = (line.offset + (line.end - line.start)) / page_size;
        SharedObjectSpec& object = layout_.shared_objects[entry->second - 1];
        object.charged = std::max(object.charged, reach);
        return object.number;
    }

private:
    ImportedLayout& layout_;
    std::map<std::string, std::size_t> files_;
    std::map<std::uint64_t, std::size_t> objects_;
};

// What maps calls shared anonymous memory.
bool is_shared_object(const MapsLine& line) {
    return line.shared && line.name == "/dev/zero (deleted)";
}

bool is_special(const MapsLine& line) {
    return line.name.rfind("[vdso", 0) == 0 || line.name.rfind("[vvar", 0) == 0;
}

VmFlags flags_of(const MapsLine& line, bool file_writable) {
    VmFlags flags = (line.read ? vm::read : 0) | (line.write ? vm::write : 0) | (line.exec ? vm::exec : 0);
    if (line.name.rfind("[vvar", 0) == 0)
        return flags | vm::may_read | vm::io | vm::pfnmap | vm::dontexpand | vm::dontdump;
    flags |= vm::may_access;
    if (line.name.rfind("[vdso", 0) == 0) return flags | vm::dontexpand;
    if (line.name == "[stack]") flags |= vm::growsdown;
    if (line.shared)
        flags = file_writable ? flags | vm::shared | vm::may_share : (flags | vm::may_share) & ~vm::may_write;
    else if (line.write)
        flags |= vm::account;
    return flags;
}

}  // namespace

std::vector<MapsLine> parse_maps(std::string_view text) {
    std::vector<MapsLine> lines;
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        const std::size_t length = text.find('\n');
        const std::string_view line = text.substr(0, length);
        text.remove_prefix(length == std::string_view::npos ? text.size() : length + 1);
        if (line.empty()) continue;
        lines.push_back(parse_line(line, number));
        if (lines.size() > 1 && lines[lines.size() - 2].end > lines.back().start)
            throw InputError(number, 1, "the range overlaps or precedes the one before it");
    }
    return lines;
}

ImportedLayout layout_of_maps(const std::vector<MapsLine>& lines, std::uint64_t task_size) {
    ImportedLayout layout;
    Objects objects(layout);
    for (const MapsLine& line : lines)
        if (line.names_file() && !is_shared_object(line) && line.start / page_size < task_size)
            objects.file(line);  // the rights of all VMAs of a file, before any VMA's flags depend on them
    for (const MapsLine& line : lines) {
        VmaSpec vma;
        vma.start = line.start / page_size;
        vma.end = line.end / page_size;
        if (vma.start >= task_size) continue;
        if (vma.end > task_size) throw InputError(line.line, 1, "the range crosses the end of the address space");
        const bool anonymous_shared = is_shared_object(line);
        vma.special = is_special(line);
        if (anonymous_shared) {
            vma.shared_object = objects.shared_object(line);
        } else if (line.names_file()) {
            vma.file = objects.file(line);
        }
        const bool backed = vma.file != 0 || anonymous_shared;
        vma.flags = flags_of(line, anonymous_shared || (vma.file != 0 && layout.files[vma.file - 1u].writable));
        vma.pgoff = backed ? line.offset / page_size : vma.special ? 0 : vma.start;
        if (line.name == "[heap]") {
            if (layout.heap_start == 0) layout.heap_start = line.start;
            layout.heap_end = line.end;
        }
        if (line.name == "[stack]") {
            layout.stack_start = vma.start;
            layout.below_stack = layout.vmas.empty() ? 0 : layout.vmas.back().end;
        }
        layout.vmas.push_back(vma);
    }
    return layout;
}

ProcessView observe_maps(const ImportedLayout& layout) {
    ProcessView view{.shown = true, .vmas_shown = true, .alive = true};
    for (const VmaSpec& line : layout.vmas) {
        VmaView vma{.start = line.start, .end = line.end, .flags = line.flags};
        vma.file = line.file;
        vma.shared_object = line.shared_object != 0;
        vma.special = line.special;
        if (vma.file != 0 || vma.shared_object) vma.pgoff = line.pgoff;
        view.vmas.push_back(std::move(vma));
    }
    return view;
}

}  // namespace vmacheck
