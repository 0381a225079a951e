// mmap up to do_mmap: the order of checks of ksys_mmap_pgoff, and the file that MAP_HUGETLB makes where there is none
// (v5.10 mm/mmap.c, fs/hugetlbfs/inode.c hugetlb_file_setup).
#include "properties/refinement/map_pages.hpp"

namespace vmacheck::specification {

template <class D>
void mmap(SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    const auto refuse = [&](Errno error) {
        ctx.require(error);
        ctx.expect(ctx.map_before, "a refused mmap changes nothing");
    };
    const auto& files = ctx.parameters().files;
    const bool anonymous = (op.flags & map::anonymous) != 0;
    const bool opened =
        !anonymous && op.file > 0 && op.file <= files.size() && files[op.file - 1u].kind != FileKind::sysv_shm;
    if (op.offset.offset != 0) return refuse(Errno::einval);
    if (!anonymous && !opened) return refuse(Errno::ebadf);
    const FileSpec* huge = mapped_hugetlb_file(ctx.parameters(), op);
    if ((op.flags & map::hugetlb) != 0 && huge == nullptr) return refuse(Errno::einval);
    const bool makes_file = anonymous && huge != nullptr;
    if (makes_file && !knows_huge_size(ctx.parameters(), op.flags)) return refuse(Errno::einval);
    if (makes_file && ctx.injected() && !ctx.step.outcome.has(Event::mmap_lock_write))
        return refuse(ctx.error() == Errno::enospc ? Errno::enospc : Errno::enomem);
    if (makes_file && ctx.parameters().file_table_full) return refuse(Errno::enfile);
    if (op.len.page == 0 && op.len.offset == 0) return refuse(Errno::einval);
    MapRequest<D> request;
    request.addr = op.addr;
    request.len = mapped_pages(ctx.parameters(), op);
    request.prot = op.prot;
    request.flags = op.flags;
    request.offset = op.offset.page;
    request.from_file = opened || makes_file;
    if (makes_file) {
        request.spec = huge;
    } else if (opened) {
        request.spec = &files[op.file - 1u];
        request.file = FileId(op.file - 1u, 0);
        request.readable = request.spec->readable;
        request.writable = request.spec->writable;
        const File<D>* file = ctx.step.world.find(request.file);
        if (file == nullptr || file->spec != op.file)
            ctx.fail("file {} has FileSpec {}, expected {}", op.file, file == nullptr ? 0u : file->spec, op.file);
    }
    // Rounded up to huge pages such a length wraps to 0, which is refused as 0 is.
    if (request.len >= pages_in_64_bits) return refuse(huge != nullptr ? Errno::einval : Errno::enomem);
    map_pages(ctx, request);
}

template void mmap(SpecContext<Plain>&);
template void mmap(SpecContext<Traced>&);

}  // namespace vmacheck::specification
