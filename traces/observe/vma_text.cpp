#include "traces/observe/vma_text.hpp"

#include "model/op/short_flags.hpp"
#include "traces/format/names.hpp"

#include <fmt/format.h>

namespace vmacheck {

std::string describe(const VmaView& vma) {
    std::string text = fmt::format("{}-{} {} pgoff {:#x}", hex(vma.start * page_size), hex(vma.end * page_size),
                                   short_flags(vma.flags), vma.pgoff.value_or(0));
    if (vma.file != 0)
        text += fmt::format(" file {}", vma.file);
    else if (vma.shared_object)
        text += " shared object";
    const unsigned anon = vma.anon_vma.value_or(0);
    if (anon != 0 || !vma.chain_members.empty())
        text += fmt::format(" anon {} chain {}", anon, chain_text(vma.chain_members));
    if (const unsigned policy = vma.policy.value_or(0); policy != 0) text += fmt::format(" policy {}", policy);
    if (const unsigned uffd = vma.uffd.value_or(0); uffd != 0) text += fmt::format(" uffd {}", uffd);
    if (const unsigned name = vma.name.value_or(0); name != 0) text += fmt::format(" name {}", name);
    return text;
}

std::string chain_text(const std::vector<unsigned>& chain) {
    return fmt::format("{}", fmt::join(chain, ">"));
}

}  // namespace vmacheck
