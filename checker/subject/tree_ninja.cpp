#include "checker/subject/tree_ninja.hpp"

#include "checker/config/own_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

namespace vmacheck {
namespace {

namespace fs = std::filesystem;

// Files of the tree that are taken whole. Not every release has each of them: what moved from one into another is found
// in either.
constexpr std::array taken_whole{
    "mm/vma.c",
    "mm/vma_init.c",
    "mm/vma_exec.c",
    "mm/mmap.c",
    "mm/mmap_lock.c",
    "mm/mprotect.c",
    "mm/madvise.c",
    "mm/mlock.c",
    "mm/mremap.c",
    "mm/mseal.c",
    "mm/mincore.c",
    "mm/msync.c",
    "mm/memory.c",
    "mm/gup.c",
    "mm/mmu_gather.c",
    "mm/pagewalk.c",
    "mm/huge_memory.c",
    "mm/khugepaged.c",
    "mm/ksm.c",
    "mm/rmap.c",
    "mm/interval_tree.c",
    "mm/pgtable-generic.c",
    "lib/maple_tree.c",
    "lib/rbtree.c",
    "lib/find_bit.c",
    "arch/x86/kernel/sys_x86_64.c",
    "arch/x86/mm/mmap.c",
    "arch/x86/mm/pgtable.c",
    "arch/x86/mm/pgprot.c",
};

// Ours that see the tree's headers, those that see none, and those that see the C library's.
constexpr std::array inside{"access", "allocate", "files",     "locks",     "observe",  "page_tables",
                            "pages",  "process",  "structure", "wrap_fork", "wrap_util"};
constexpr std::array without{"quiet", "reports", "tables"};
constexpr std::array front{"behaviours", "guard", "main", "sanitizer", "show", "trace"};
constexpr std::array of_agent{"json", "names", "requests"};

constexpr std::array entries{
    TreeEntry{"ksys_mmap_pgoff", "mm/mmap.c"},
    TreeEntry{"sys_munmap", "mm/mmap.c"},
    TreeEntry{"sys_brk", "mm/mmap.c"},
    TreeEntry{"sys_remap_file_pages", "mm/mmap.c"},
    TreeEntry{"sys_mprotect", "mm/mprotect.c"},
    TreeEntry{"sys_madvise", "mm/madvise.c"},
    TreeEntry{"sys_mremap", "mm/mremap.c"},
    TreeEntry{"sys_mlock", "mm/mlock.c"},
    TreeEntry{"sys_mlock2", "mm/mlock.c"},
    TreeEntry{"sys_munlock", "mm/mlock.c"},
    TreeEntry{"sys_mlockall", "mm/mlock.c"},
    TreeEntry{"sys_munlockall", "mm/mlock.c"},
    TreeEntry{"sys_mincore", "mm/mincore.c"},
    TreeEntry{"sys_msync", "mm/msync.c"},
    TreeEntry{"sys_mseal", "mm/mseal.c"},
    TreeEntry{"handle_mm_fault", "mm/memory.c"},
    TreeEntry{"lock_mm_and_find_vma", "mm/memory.c and mm/mmap_lock.c"},
    TreeEntry{"get_user_pages_remote", "mm/gup.c"},
    TreeEntry{"__mm_populate", "mm/gup.c"},
    TreeEntry{"anon_vma_init", "mm/rmap.c"},
    TreeEntry{"maple_tree_init", "lib/maple_tree.c"},
    TreeEntry{"mm_alloc", "kernel/fork.c"},
    TreeEntry{"arch_pick_mmap_layout", "arch/x86/mm/mmap.c"},
    TreeEntry{"find_vma", "mm/mmap.c"},
};

// Functions and variables that neither half has end the step that needs them.
constexpr std::string_view rules = R"(rule tree
  command = gcc $kernel $of_tree -MMD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
  description = $in
rule inside
  command = gcc $kernel -MMD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
  description = $in
rule without
  command = gcc $plain -fno-builtin -w -MMD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
rule front
  command = gcc $plain -include include/tree_features.h -MMD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
rule quiet
  command = sed "/^#/d; /^$$/d; s/.*/__attribute__((weak)) unsigned long &(void) { return 0; }/" $in >$out
rule missing
  command = gcc $link -Wl,--noinhibit-exec $in -o missing.probe 2>missing.log; $
    sed -n "s/.*undefined reference to .\([A-Za-z0-9_]*\).*/\1/p" missing.log | sort -u >missing.txt; $
    if grep "multiple definition" missing.log; then exit 1; fi; rm -f missing.probe; $
    sed "s/.*/void &(void) { tree_lacks(\"&\"); }/; 1i void tree_lacks(const char*);" missing.txt >$out
rule link
  command = gcc $link $in -o $out
)";

std::string kernel_flags(const std::string& tree, const std::string& own) {
    const std::vector<std::string> directories{own + "/surroundings/include",
                                               tree + "/arch/x86/include",
                                               "include",
                                               tree + "/include",
                                               tree + "/arch/x86/include/uapi",
                                               "include/uapi",
                                               tree + "/include/uapi",
                                               tree,
                                               own + "/surroundings"};
    std::string flags = "-nostdinc";
    for (const std::string& each : directories) flags += " -I" + each;
    for (const char* each : {"compiler-version.h", "kconfig.h", "compiler_types.h"})
        flags += fmt::format(" -include {}/include/linux/{}", tree, each);
    flags += fmt::format(" -include {}/surroundings/include/tree_prefix.h", own);
    // As the kernel's Makefile has it, as far as it changes what the code means. Warnings are the tree's business.
    return flags +
           " -D__KERNEL__ -std=gnu11 -fms-extensions -fshort-wchar -funsigned-char -fno-common -fno-strict-aliasing"
           " -fno-strict-overflow -fno-delete-null-pointer-checks -mcmodel=small -w";
}

// What the tree's own files are compiled with in addition.
std::string_view flags_of(TreeBuild build) {
    switch (build) {
        case TreeBuild::plain: return "";
        case TreeBuild::traced: return "-g -fsanitize-coverage=trace-pc";
        case TreeBuild::sanitized:
            return "-fsanitize=kernel-address --param asan-instrumentation-with-call-threshold=0 --param asan-stack=0"
                   " --param asan-globals=0 -fsanitize=bounds,shift,integer-divide-by-zero,unreachable,bool,enum"
                   " -fsanitize-undefined-trap-on-error";
        case TreeBuild::covered: return "-fprofile-arcs -ftest-coverage -fprofile-update=single";
    }
    return "";
}

}  // namespace

std::span<const TreeEntry> tree_entries() {
    return entries;
}

std::string tree_ninja(const std::string& tree, TreeBuild build) {
    const std::string own = own_file("checker/conform/tree");
    const std::string agent = own + "/../agent";
    const std::string macro = build == TreeBuild::covered     ? " -DTREE_IS_COVERED"
                              : build == TreeBuild::sanitized ? " -DTREE_IS_SANITIZED"
                                                              : "";
    const std::string common =
        "-O2 -g1 -fno-pie -fno-omit-frame-pointer -fno-stack-protector -fcf-protection=none -ffunction-sections"
        " -fdata-sections" +
        macro;
    const std::string link =
        std::string("-no-pie -Wl,--gc-sections -static") + (build == TreeBuild::covered ? " --coverage" : "");
    std::string text = fmt::format("kernel = {} {}\nplain = {} -I{}/surroundings -I{} -Iinclude\nlink = {}\n", common,
                                   kernel_flags(tree, own), common, own, agent, link);
    text += fmt::format("of_tree = {}\n", flags_of(build));
    text += rules;
    std::string objects;
    const auto compile = [&](std::string_view rule, const std::string& source, std::string object) {
        std::replace(object.begin(), object.end(), '/', '_');
        text += fmt::format("build {}.o: {} {}\n", object, rule, source);
        objects += fmt::format(" {}.o", object);
    };
    for (const char* each : taken_whole)
        if (fs::exists(fs::path(tree) / each)) compile("tree", tree + "/" + each, each);
    // It moved with 7.2; the other file of its name before copies pages.
    const char* const userfaultfd =
        fs::exists(fs::path(tree) / "fs/userfaultfd.c") ? "fs/userfaultfd.c" : "mm/userfaultfd.c";
    compile("tree", fmt::format("{}/{}", tree, userfaultfd), userfaultfd);
    // What it breaks on purpose is found as in the tree's own code.
    compile("tree", own + "/surroundings/damage.c", "damage");
    for (const char* each : inside) compile("inside", fmt::format("{}/surroundings/{}.c", own, each), each);
    for (const char* each : without) compile("without", fmt::format("{}/surroundings/{}.c", own, each), each);
    text += fmt::format("build quiet_functions.c: quiet {}/surroundings/quiet.txt\n", own);
    compile("without", "quiet_functions.c", "quiet_functions");
    for (const char* each : front) compile("front", fmt::format("{}/surroundings/{}.c", own, each), each);
    for (const char* each : of_agent) compile("front", fmt::format("{}/{}.c", agent, each), each);
    text += fmt::format("build missing.c: missing{}\n", objects);
    text += "build missing.o: without missing.c\n";
    text += fmt::format("build vmacheck-tree: link{} missing.o\n", objects);
    return text;
}

}  // namespace vmacheck
