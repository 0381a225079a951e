#include "checker/smt/prove/scenario_parts.hpp"

namespace vmacheck::prove {

std::vector<AnonVmaSpec> families() {
    return {{1, 1, 1}, {2, 1, 1}, {3, 3, 3}, {4, 4, 4}, {5, 5, 5}, {6, 5, 5}, {7, 1, 1}};
}

Parameters neighbourhood_parameters() {
    Parameters p;
    p.task_size = std::uint64_t{1} << 35;
    p.mmap_base = p.task_size - (std::uint64_t{1} << 20);
    p.mmap_legacy_base = p.task_size / 3;
    p.start_brk_bytes = 16 * page_size;
    p.page_layer = false;
    p.pgoff_bits = 52;
    p.rlimit_as = std::uint64_t{1} << 34;
    p.rlimit_data = std::uint64_t{1} << 33;
    p.rlimit_memlock = std::uint64_t{1} << 33;
    p.total_memory = std::uint64_t{1} << 33;
    p.files = {{.kind = FileKind::regular, .inode = 1},
               {.kind = FileKind::regular, .inode = 1},
               {.kind = FileKind::with_close, .inode = 2}};
    return p;
}

VmaSpec anonymous(VmFlags flags, std::vector<unsigned> chain) {
    VmaSpec spec;
    spec.flags = flags;
    spec.chain = std::move(chain);
    if (!spec.chain.empty()) spec.anon_vma = spec.chain.front();
    return spec;
}
VmaSpec with_chain(VmaSpec spec, std::vector<unsigned> chain) {
    spec.chain = std::move(chain);
    spec.anon_vma = spec.chain.empty() ? 0 : spec.chain.front();
    return spec;
}
VmaSpec of_file(VmFlags flags, std::uint16_t file, std::vector<unsigned> chain) {
    VmaSpec spec = anonymous(flags, std::move(chain));
    spec.file = file;
    return spec;
}

Neighbour neighbour(const VmaSpec& wanted, Side side) {
    Neighbour result;
    std::vector<VmaSpec>& all = result.alternatives;
    const VmaSpec fits = with_chain(wanted, {});
    all.push_back(fits);
    all.push_back(fits);
    all.back().flags ^= vm::softdirty;
    if ((wanted.flags & vm::shared) == 0 && !wanted.special) {
        if (!wanted.chain.empty()) all.push_back(wanted);
        all.push_back(with_chain(wanted, {3}));
        if (side == Side::above) all.push_back(with_chain(wanted, {4}));
        all.push_back(
            with_chain(wanted, side == Side::below ? std::vector<unsigned>{6, 5} : std::vector<unsigned>{7, 1}));
    }
    VmaSpec other = wanted;  // split off before, perhaps: as far as the chain goes, it fits
    other.policy = wanted.policy == 0 ? 2 : 0;
    all.push_back(other);
    other = wanted;
    other.flags ^= vm::dontdump;
    all.push_back(other);
    if (wanted.uffd == 0) {  // files of this kind cannot be registered
        other = wanted;
        other.special = false;
        other.file = wanted.file == 0 ? a_file : wanted.file == a_file ? same_inode : a_file;
    } else {
        other = wanted;
        other.uffd = 2;
    }
    all.push_back(other);
    return result;
}

Neighbour fixed(VmaSpec spec) {
    return {{std::move(spec)}};
}

Neighbour bystander() {
    return fixed(anonymous(readable | vm::exec));
}

Op<Plain> operation(OpKind kind) {
    Op<Plain> op;
    op.kind = kind;
    return op;
}

}  // namespace vmacheck::prove
