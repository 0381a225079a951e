#include "checker/random/macro_op.hpp"

#include <algorithm>
#include <array>

namespace vmacheck {
namespace {

struct Range {
    std::uint64_t start = 0;  // pages
    std::uint64_t end = 0;
};

// Where pages are touched, which decides who has an anon_vma.
enum class Touched : std::uint8_t {
    nowhere,
    before,    // before it is taken apart: all pieces share one
    inside,    // after: the piece that was taken apart
    adjacent,  // after: a piece next to it
    count,
};

// Of small_parameters.
constexpr std::uint16_t plain_file = 1;
constexpr std::uint16_t memory_file = 5;  // shmem, which can be registered with userfaultfd

class MacroOp {
public:
    MacroOp(SplitMix64& random, std::uint8_t process, std::uint64_t start, std::uint64_t pages)
        : random_(random), process_(process), window_{start, start + pages} {}

    std::vector<Op<Plain>> make(OpKind kind) {
        const std::uint64_t length = 3 + random_.below(4);
        whole_.start = window_.start + random_.below(window_.end - window_.start - length + 1);
        whole_.end = whole_.start + length;
        // One end of it may be an end of the mapping.
        const std::uint64_t taken = 1 + random_.below(length - 1);
        part_.start = whole_.start + random_.below(length - taken + 1);
        part_.end = part_.start + taken;
        file_ = random_.percent(50) ? (registers(kind) ? memory_file : plain_file) : 0;
        touched_ = static_cast<Touched>(random_.below(static_cast<std::uint64_t>(Touched::count)));
        map(whole_);
        if (touched_ == Touched::before) touch(whole_);
        take_apart(kind);
        if (touched_ == Touched::inside && kind != OpKind::mmap) touch(part_);  // what is unmapped cannot be
        if (touched_ == Touched::adjacent) touch(adjacent());
        make_whole(kind);
        return std::move(ops_);
    }

private:
    void take_apart(OpKind kind) {
        switch (kind) {
            case OpKind::mmap: add(OpKind::munmap, part_); break;
            case OpKind::mremap: move_away(); break;
            case OpKind::mprotect:  // what is to be touched must stay writable
                add(kind, part_).prot =
                    touched_ == Touched::inside ? prot::read | prot::write | prot::exec : prot::read;
                break;
            case OpKind::madvise: add(OpKind::madvise, part_).advice = Advice::dontfork; break;
            case OpKind::mlock:
            case OpKind::mlockall:
                lock({whole_.start, part_.start});
                lock({part_.end, whole_.end});
                break;
            case OpKind::mbind: add(kind, part_).policy = 1; break;
            case OpKind::uffd_register:
                register_pages({whole_.start, part_.start});
                register_pages({part_.end, whole_.end});
                break;
            case OpKind::uffd_unregister:
            case OpKind::uffd_close: register_pages(part_); break;
            default: lock(part_);  // munlock, munlockall
        }
    }

    void make_whole(OpKind kind) {
        switch (kind) {
            case OpKind::mmap: map(part_); break;
            case OpKind::mremap: move(away_, part_.start); break;
            case OpKind::mprotect: add(kind, piece()).prot = prot::read | prot::write; break;
            case OpKind::madvise: add(kind, piece()).advice = Advice::dofork; break;
            case OpKind::mlock: lock(piece()); break;
            case OpKind::uffd_register: register_pages(piece()); break;
            case OpKind::uffd_unregister:
            case OpKind::uffd_close: add(kind, piece()).uffd = 1; break;
            case OpKind::mlockall: add(kind, whole_).call_flags = mcl::current | mcl::onfault; break;
            default: add(kind, piece());
        }
    }

    Op<Plain>& add(OpKind kind, const Range& range) {
        Op<Plain>& op = ops_.emplace_back();
        op.kind = kind;
        op.process = process_;
        op.addr = Bytes<Plain>::pages(range.start);
        op.len = Bytes<Plain>::pages(range.end - range.start);
        return op;
    }

    void map(const Range& range) {
        Op<Plain>& op = add(OpKind::mmap, range);
        op.prot = prot::read | prot::write;
        op.flags = map::private_ | map::fixed | (file_ != 0 ? MapFlags{0} : map::anonymous);
        op.file = file_;
        if (file_ != 0) op.offset = Bytes<Plain>::pages(range.start - window_.start);
    }

    // Without touching what is locked.
    void lock(const Range& range) {
        if (range.start < range.end) add(OpKind::mlock, range).call_flags = mlock::onfault;
    }

    // Of a missing page the access fails, but the VMA has its anon_vma by then.
    void register_pages(const Range& range) {
        if (range.start >= range.end) return;
        Op<Plain>& op = add(OpKind::uffd_register, range);
        op.uffd = 1;
        op.call_flags = uffd_mode::missing;
    }

    static bool registers(OpKind kind) {
        return kind == OpKind::uffd_register || kind == OpKind::uffd_unregister || kind == OpKind::uffd_close;
    }

    void touch(const Range& range) {
        if (range.start >= range.end) return;
        const std::uint64_t page = range.start + random_.below(range.end - range.start);
        // What is elsewhere now is touched there.
        const bool away = away_.end != 0 && part_.start <= page && page < part_.end;
        const std::uint64_t at = away ? away_.start + (page - part_.start) : page;
        add(OpKind::fault, {at, at + 1}).access = Access::write;
    }

    [[nodiscard]] Range adjacent() {
        const Range below{whole_.start, part_.start};
        const Range above{part_.end, whole_.end};
        if (below.start == below.end) return above;
        return above.start == above.end || random_.percent(50) ? below : above;
    }

    // All of the part that was taken apart, or one end of it.
    [[nodiscard]] Range piece() {
        const std::uint64_t length = part_.end - part_.start;
        if (length == 1 || random_.percent(40)) return part_;
        const std::uint64_t cut = part_.start + 1 + random_.below(length - 1);
        return random_.percent(50) ? Range{part_.start, cut} : Range{cut, part_.end};
    }

    // Below or above the window: nothing is there to join, or to lose.
    void move_away() {
        const std::uint64_t length = part_.end - part_.start;
        const std::uint64_t at =
            random_.percent(50) && window_.start > length + 2 ? window_.start - length - 1 : window_.end + 1;
        move(part_, at);
        away_ = {at, at + length};
    }

    void move(const Range& from, std::uint64_t to) {
        Op<Plain>& op = add(OpKind::mremap, from);
        op.new_len = op.len;
        op.new_addr = Bytes<Plain>::pages(to);
        op.call_flags = mremap::maymove | mremap::fixed;
    }

    SplitMix64& random_;
    std::uint8_t process_;
    Range window_;
    Range whole_;             // what is mapped
    Range part_;              // what is taken apart, within it
    Range away_;              // where mremap has taken the part
    std::uint16_t file_ = 0;  // 0: anonymous
    Touched touched_ = Touched::nowhere;
    std::vector<Op<Plain>> ops_;
};

}  // namespace

std::vector<Op<Plain>> make_macro_op(SplitMix64& random, const OpMix& mix, std::uint8_t process, std::uint64_t start,
                                     std::uint64_t pages) {
    static constexpr std::array kinds{OpKind::mmap,          OpKind::mremap,          OpKind::mprotect,
                                      OpKind::madvise,       OpKind::mlock,           OpKind::munlock,
                                      OpKind::mlockall,      OpKind::munlockall,      OpKind::mbind,
                                      OpKind::uffd_register, OpKind::uffd_unregister, OpKind::uffd_close};
    auto ops = MacroOp(random, process, start, pages).make(kinds.at(random.below(kinds.size())));
    for (const Op<Plain>& op : ops)
        if (mix.times.at(static_cast<std::size_t>(op.kind)) == 0) return {};
    return ops;
}

// Whether there is one now.
bool RandomOps::begin_macro_op(std::uint8_t process) {
    macro_op_ = make_macro_op(random_, mix_, process, parameters_.mmap_base - window_, window_);
    std::reverse(macro_op_.begin(), macro_op_.end());
    return !macro_op_.empty();
}

Op<Plain> RandomOps::continue_macro_op() {
    const Op<Plain> op = macro_op_.back();
    macro_op_.pop_back();
    return op;
}

}  // namespace vmacheck
