#include "checker/subject/tree.hpp"

#include "checker/subject/cache_directory.hpp"
#include "checker/subject/packages.hpp"
#include "checker/subject/tree_ninja.hpp"
#include "model/state/digest.hpp"
#include "traces/format/whole_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace vmacheck {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// An unchanged file keeps its time, so that nothing is compiled again for it.
void write_if_changed(const fs::path& path, const std::string& text) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (fs::exists(path) && text_of(path) == text) return;
    if (const auto wrong = write_whole_file(path.string(), text)) throw std::runtime_error(*wrong);
}

// ---- what the release has

struct Feature {
    const char* macro;
    const char* file;
    const char* text;
};

constexpr std::array features{
    Feature{"TREE_HAS_CACHE_ARGS", "include/linux/slab.h", "struct kmem_cache_args"},
    Feature{"TREE_HAS_ALLOC_PROFILING", "include/linux/slab.h", "kmem_cache_alloc_noprof"},
    Feature{"TREE_HAS_ACTIVE_VMAS", "include/linux/rmap.h", "num_active_vmas"},
    Feature{"TREE_HAS_SHARED_MAYWRITE", "include/linux/mm.h", "vma_is_shared_maywrite"},
    Feature{"TREE_HAS_FILE_REF", "include/linux/fs.h", "file_ref_t"},
    Feature{"TREE_HAS_MM_FLAGS_BITMAP", "include/linux/mm.h", "mm_flags_set("},
    Feature{"TREE_HAS_PCPU_HOT", "arch/x86/include/asm/current.h", "struct pcpu_hot"},
    Feature{"TREE_HAS_CONST_SHMEM", "include/linux/shmem_fs.h", "shmem_mapping(const struct"},
    Feature{"TREE_HAS_UNMAPPED_AREA_OF_MM", "include/linux/sched/mm.h", "mm_get_unmapped_area(struct mm_struct"},
    Feature{"TREE_HAS_GENERIC_MUTEX_INIT", "include/linux/mutex.h", "mutex_init_generic"},
    Feature{"TREE_HAS_SHEAVES", "include/linux/slab.h", "kmem_cache_prefill_sheaf"},
    Feature{"TREE_HAS_BOOL_BULK", "include/linux/slab.h", "bool kmem_cache_alloc_bulk_noprof"},
    Feature{"TREE_HAS_RMAP_TREES", "include/linux/mm.h", "anon_rmap_tree_foreach"},
    Feature{"TREE_HAS_ANON_PGOFF", "include/linux/mm.h", "vma_start_anon_pgoff"},
    Feature{"TREE_HAS_LONG_PREEMPT_COUNT", "arch/x86/include/asm/preempt.h", "unsigned long, __preempt_count"},
    Feature{"TREE_HAS_ALLOC_PAGES_NODE", "include/linux/gfp.h",
            "alloc_pages_node_noprof(int nid, gfp_t gfp_mask, unsigned int order);"},
    Feature{"TREE_HAS_OPTIONAL_5_LEVELS", "arch/x86/include/asm/pgtable_64_types.h", "CONFIG_X86_5LEVEL"},
    // Until 6.16; it moved from one file to the other with 6.13.
    Feature{"TREE_MERGES_AFTER_MMAP", "mm/mmap.c", "merge = vma_merge_new_range(&vmg);"},
    Feature{"TREE_MERGES_AFTER_MMAP", "mm/vma.c", "retry_merge"},
    Feature{"TREE_HAS_NEGATED_ENOUGH_MEMORY", "include/linux/security.h", "!cap_vm_enough_memory"},
};

std::string features_header(const fs::path& tree, const std::string& version) {
    std::string text = fmt::format("#pragma once\n#define TREE_VERSION \"{}\"\n", version);
    for (const Feature& each : features)
        if (text_of(tree / each.file).find(each.text) != std::string::npos)
            text += fmt::format("#define {} 1\n", each.macro);
    return text;
}

// ---- the headers that the kernel's build makes

// The words of the lines "LIST += word" of a Kbuild file.
std::vector<std::string> listed(const fs::path& kbuild, const std::string& list) {
    std::vector<std::string> names;
    std::istringstream lines(text_of(kbuild));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string first, plus, name;
        if (words >> first >> plus && first == list && plus == "+=")
            while (words >> name) names.push_back(name);
    }
    return names;
}

// Headers that x86 takes from asm-generic, and those that are generated and hold nothing that is needed here.
void write_wrappers(const fs::path& tree, const fs::path& directory) {
    for (const std::string part : {"", "uapi/"}) {
        const fs::path generic = tree / ("include/" + part + "asm-generic/Kbuild");
        const fs::path own = tree / ("arch/x86/include/" + part + "asm");
        const fs::path target = directory / ("include/" + part + "asm");
        std::vector<std::string> wrapped = listed(generic, "mandatory-y");
        for (const std::string& each : listed(own / "Kbuild", "generic-y")) wrapped.push_back(each);
        for (const std::string& each : wrapped)
            if (!fs::exists(own / each))
                write_if_changed(target / each, fmt::format("#include <asm-generic/{}>\n", each));
        for (const std::string& each : listed(own / "Kbuild", "generated-y"))
            write_if_changed(target / each, "// generated\n");
    }
}

// ---- building

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw std::runtime_error(fmt::format("tree:{}: {}", path, why));
}

void check_is_tree(const std::string& path) {
    const fs::path tree(path);
    if (!fs::is_directory(tree)) refuse(path, "no such directory");
    for (const char* each : {"mm/mmap.c", "include/linux/mm.h", "arch/x86/include/asm/page.h", "kernel/fork.c"})
        if (!fs::exists(tree / each)) refuse(path, fmt::format("no {} in it; a kernel's source tree has it", each));
    if (!fs::exists(tree / "mm/vma.c")) refuse(path, "no mm/vma.c in it; trees before Linux 6.12 cannot be built yet");
    const bool plain = std::all_of(path.begin(), path.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
               std::string_view("/._+-=,@%~").find(c) != std::string_view::npos;
    });
    if (!plain) refuse(path, "its path has characters that the compiler's options cannot have; make a link to it");
}

void require_tools(const std::string& path, bool may_install) {
    struct Tool {
        const char* program;
        const char* package;
    };
    for (const Tool& each :
         {Tool{"gcc", "gcc"}, Tool{"ninja", "ninja-build"}, Tool{"addr2line", "binutils"}, Tool{"gcov", "gcc"}})
        if (const auto missing = ensure_program(each.program, each.package, may_install)) refuse(path, *missing);
}

// The first line in which the compiler or the linker says what is wrong. The lines of commands that ninja shows may hold
// the same words.
std::string first_error(const std::string& log) {
    std::istringstream lines(log);
    std::string first;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("[") || line.starts_with("ninja: Entering")) continue;
        for (const char* each : {"error:", "Error:", "multiple definition"})
            if (line.find(each) != std::string::npos) return line;
        if (first.empty()) first = line;
    }
    return first;
}

std::string_view suffix_of(TreeBuild build) {
    switch (build) {
        case TreeBuild::plain: return "";
        case TreeBuild::traced: return "-traced";
        case TreeBuild::sanitized: return "-sanitized";
        case TreeBuild::covered: return "-covered";
    }
    return "";
}

// What the surroundings call. The linker has given each function that the tree lacks one that ends the step; without
// these, no step would do anything.
void check_entries(const std::string& path, const fs::path& directory) {
    std::istringstream missing(text_of(directory / "missing.txt"));
    for (std::string name; std::getline(missing, name);)
        for (const TreeEntry& each : tree_entries())
            if (name == each.function) refuse(path, fmt::format("no function {} in {}", name, each.file));
}

}  // namespace

std::string tree_version(const std::string& path) {
    std::istringstream lines(text_of(fs::path(path) / "Makefile"));
    std::array<std::string, 4> parts;
    constexpr std::array<std::string_view, 4> keys{"VERSION", "PATCHLEVEL", "SUBLEVEL", "EXTRAVERSION"};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string key, equals, value;
        words >> key >> equals >> value;
        for (std::size_t i = 0; i < keys.size(); ++i)
            if (key == keys.at(i) && equals == "=" && parts.at(i).empty()) parts.at(i) = value;
    }
    const auto good = [](const std::string& text, std::string_view more) {
        return std::all_of(text.begin(), text.end(), [more](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) != 0 || more.find(c) != std::string_view::npos;
        });
    };
    if (parts[0].empty() || parts[1].empty() || !good(parts[0] + parts[1] + parts[2], "") || !good(parts[3], "-._+"))
        refuse(path, "its Makefile names no version");
    std::string version = parts[0] + "." + parts[1];
    if (!parts[2].empty() && parts[2] != "0") version += "." + parts[2];
    return version + parts[3];
}

std::string tree_directory(const std::string& path, TreeBuild build) {
    std::error_code error;
    const fs::path tree = fs::canonical(path, error);
    if (error) refuse(path, error.message());
    Digest digest;
    for (const char each : tree.string()) digest.add(static_cast<unsigned char>(each));
    return (cache_directory() / fmt::format("tree-{:016x}{}", digest.value(), suffix_of(build))).string();
}

std::string build_tree(const std::string& path, bool may_install, TreeBuild build) {
    std::error_code error;
    const fs::path canonical = fs::canonical(path, error);
    if (error) refuse(path, error.message());
    const std::string tree = canonical.string();
    check_is_tree(tree);
    const std::string version = tree_version(tree);
    require_tools(path, may_install);

    const fs::path directory = tree_directory(path, build);
    fs::create_directories(directory, error);
    const DirectoryLock lock(directory);
    write_if_changed(directory / "include/tree_features.h", features_header(tree, version));
    write_wrappers(tree, directory);
    write_if_changed(directory / "build.ninja", tree_ninja(tree, build));
    if (!fs::exists(directory / "vmacheck-tree"))
        fmt::print(stderr, "vmacheck: building the code of {}, Linux {}, in {}\n", tree, version, directory.string());
    const std::string log = (directory / "build.log").string();
    const std::string script =
        fmt::format("LC_ALL=C ninja -C '{0}' vmacheck-tree >'{1}' 2>&1", directory.string(), log);
    if (run_command({"/bin/sh", "-c", script}) != 0)
        refuse(path, fmt::format("it cannot be built: {}; {} has more", first_error(text_of(log)), log));
    check_entries(path, directory);
    return (directory / "vmacheck-tree").string();
}

}  // namespace vmacheck
