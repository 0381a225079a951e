// The header line of a trace.
#include "traces/format/fields.hpp"
#include "traces/format/line_readers.hpp"
#include "traces/format/parameter_keys.hpp"

#include "model/faults/fault_table.hpp"
#include "model/profiles/profile.hpp"
#include "traces/format/did_you_mean.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace vmacheck {
namespace {

using fields::Object;

constexpr std::uint64_t any_number = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t most_file_pages = std::uint64_t{1} << 51;  // 2^63 bytes
constexpr std::size_t max_layout_vmas = 70'000;

void read_parameter(const Located& at, const ParameterKey& key, Parameters& parameters) {
    const std::string what = fmt::format("parameter '{}'", key.key);
    if (const auto* member = std::get_if<bool Parameters::*>(&key.member)) {
        parameters.*(*member) = fields::boolean(at, what);
        return;
    }
    std::uint64_t value = 0;
    if (key.may_be_unlimited && at.value->is_string()) {
        if (fields::text(at, what) != "unlimited") fields::fail(at, what + " must be an integer or \"unlimited\"");
        value = unlimited;
    } else {
        value = fields::integer(at, what, key.smallest, key.largest);
    }
    if (const auto* member = std::get_if<unsigned Parameters::*>(&key.member))
        parameters.*(*member) = static_cast<unsigned>(value);
    else
        parameters.*(std::get<std::uint64_t Parameters::*>(key.member)) = value;
}

void read_parameters(const Located& at, Parameters& parameters) {
    Object object(at, "'parameters'");
    for (const ParameterKey& key : parameter_keys())
        if (const Located* value = object.find(key.key)) read_parameter(*value, key, parameters);
    object.finish();
    if (const std::string wrong = contradiction(parameters); !wrong.empty()) fields::fail(at, wrong);
}

// An errno that a hook may give.
Errno read_hook_error(const Located& at, const std::string& what) {
    static constexpr std::array allowed{Errno::eperm,  Errno::eagain, Errno::enomem,    Errno::eacces,
                                        Errno::enodev, Errno::einval, Errno::eopnotsupp};
    const auto error = errno_named(fields::text(at, what));
    if (!error || std::find(allowed.begin(), allowed.end(), *error) == allowed.end())
        fields::fail(at, what + " must be EPERM, EAGAIN, ENOMEM, EACCES, ENODEV, EINVAL or EOPNOTSUPP");
    return *error;
}

// How a fault may end that a hook makes fail.
Errno read_fault_error(const Located& at, const std::string& what) {
    const auto error = errno_named(fields::text(at, what));
    if (error != Errno::sigbus && error != Errno::enomem) fields::fail(at, what + " must be SIGBUS or ENOMEM");
    return *error;
}

constexpr VmFlags hook_flags =
    vm::io | vm::pfnmap | vm::mixedmap | vm::dontexpand | vm::dontdump | vm::dontcopy | vm::hugepage | vm::nohugepage;

VmFlags read_vm_flags(const Located& at, const std::string& what, VmFlags allowed) {
    const VmFlags flags = fields::flags(at, what, vm_flag_names(), any_number);
    if ((flags & ~allowed) != 0)
        fields::fail(at, fmt::format("{} may hold {} only", what, fmt::join(names_of(vm_flag_names(), allowed), ", ")));
    return flags;
}

// What vm_ops does when a page is faulted in.
void read_fault_hooks(Object& object, FileSpec& file) {
    if (const Located* at = object.find("fault_error"))
        file.fault_error = read_fault_error(*at, object.named("fault_error"));
    if (const Located* at = object.find("mkwrite_error"))
        file.mkwrite_error = read_fault_error(*at, object.named("mkwrite_error"));
}

// What ->mmap changes and refuses.
void read_mmap_hook(Object& object, FileSpec& file) {
    if (const Located* at = object.find("mmap_error"))
        file.mmap_error = read_hook_error(*at, object.named("mmap_error"));
    if (const Located* at = object.find("mmap_flags"))
        file.mmap_flags = read_vm_flags(*at, object.named("mmap_flags"), hook_flags);
    if (const Located* at = object.find("mmap_clears"))
        file.mmap_clears = read_vm_flags(*at, object.named("mmap_clears"), vm::may_access);
    if (const Located* at = object.find("mmap_forbids"))
        file.mmap_forbids = static_cast<Prot>(read_vm_flags(*at, object.named("mmap_forbids"), vm::access));
    if (const Located* at = object.find("sync")) {
        const auto sync = map_sync_named(fields::text(*at, object.named("sync")));
        if (!sync) fields::fail(*at, object.named("sync") + " must be unknown, refused or supported");
        file.sync = *sync;
    }
}

// What the file's inode refuses and its hooks do.
void read_behaviour(Object& object, FileSpec& file) {
    for (const FileSwitch& each : file_switches())
        if (const Located* at = object.find(each.key)) file.*each.member = fields::boolean(*at, object.named(each.key));
    read_mmap_hook(object, file);
    read_fault_hooks(object, file);
    if (const Located* at = object.find("mmap_file"))
        file.mmap_file = static_cast<std::uint16_t>(fields::integer(*at, object.named("mmap_file"), 1, max_files));
    if (const Located* at = object.find("arch_refuses"))
        file.arch_refuses = fields::boolean(*at, object.named("arch_refuses"));
    if (const Located* at = object.find("mremap_error"))
        file.mremap_error = read_hook_error(*at, object.named("mremap_error"));
    if (const Located* at = object.find("granule"))
        file.granule = static_cast<std::uint16_t>(fields::integer(*at, object.named("granule"), 1, 512));
    if (const Located* at = object.find("segment_pages"))
        file.segment_pages = fields::integer(*at, object.named("segment_pages"), 1, std::uint64_t{1} << 40);
}

FileSpec read_file(const Located& at) {
    Object object(at, "a file");
    FileSpec file;
    const Located& kind = object.require("kind");
    const std::string kind_name = fields::text(kind, object.named("kind"));
    const auto found = file_kind_named(kind_name);
    if (!found) fields::fail(kind, fmt::format("unknown file kind; known: {}", file_kind_list()));
    file.kind = *found;
    if (const Located* at_key = object.find("inode"))
        file.inode = static_cast<std::uint32_t>(fields::integer(*at_key, object.named("inode"), 1, 0xffffffff));
    if (const Located* at_key = object.find("readable"))
        file.readable = fields::boolean(*at_key, object.named("readable"));
    if (const Located* at_key = object.find("writable"))
        file.writable = fields::boolean(*at_key, object.named("writable"));
    if (const Located* at_key = object.find("name")) file.name = fields::text(*at_key, object.named("name"));
    if (const Located* at_key = object.find("pages"))
        file.pages = fields::integer(*at_key, object.named("pages"), 0, most_file_pages);
    read_behaviour(object, file);
    object.finish();
    return file;
}

void read_files(const Located& at, std::vector<FileSpec>& files) {
    const std::vector<Located>& elements = fields::array(at, "'files'", max_files);
    for (const Located& each : elements) files.push_back(read_file(each));
    // Only now, since a file may name a later one (mmap_file).
    for (std::size_t i = 0; i < files.size(); ++i)
        if (const std::string wrong = contradiction(files[i], files); !wrong.empty()) fields::fail(elements[i], wrong);
}

Expectation read_expectation(const Located& at) {
    if (at.value->is_object()) {
        Object object(at, "'expect'");
        const Located& property = object.require("violated");
        Expectation expectation{.violated = true, .property = fields::text(property, object.named("violated"))};
        if (expectation.property.empty())
            fields::fail(property, "'violated' names no property; write \"expect\":\"violated\" for any");
        object.finish();
        return expectation;
    }
    const std::string verdict = fields::text(at, "'expect'");
    if (verdict == "violated") return {.violated = true, .property = {}};
    if (verdict != "holds")
        fields::fail(at, "'expect' must be \"holds\", \"violated\" or {\"violated\": the name of a property}");
    return {};
}

VmaSpec read_layout_vma(const Located& at, std::size_t files, std::size_t shared_objects) {
    Object object(at, "a VMA of 'layout'");
    VmaSpec vma;
    vma.start = fields::page_address(object.require("start"), object.named("start"));
    vma.end = fields::page_address(object.require("end"), object.named("end"));
    vma.flags = fields::flags(object.require("flags"), object.named("flags"), vm_flag_names(), any_number);
    vma.pgoff = vma.start;
    if (const Located* each = object.find("pgoff"))
        vma.pgoff = fields::integer(*each, object.named("pgoff"), 0, std::uint64_t{1} << 62);
    if (const Located* each = object.find("file"))
        vma.file = static_cast<std::uint16_t>(fields::integer(*each, object.named("file"), 0, files));
    if (const Located* each = object.find("shared_object"))
        vma.shared_object =
            static_cast<std::uint16_t>(fields::integer(*each, object.named("shared_object"), 0, shared_objects));
    if (const Located* each = object.find("special")) vma.special = fields::boolean(*each, object.named("special"));
    if (const Located* each = object.find("anon"))
        vma.anon_vma = static_cast<unsigned>(fields::integer(*each, object.named("anon"), 0, 0xffff));
    if (const Located* each = object.find("chain"))
        for (const Located& link : fields::array(*each, object.named("chain"), max_chain))
            vma.chain.push_back(static_cast<unsigned>(fields::integer(link, object.named("chain"), 1, 0xffff)));
    if (const Located* each = object.find("policy"))
        vma.policy = static_cast<std::uint16_t>(fields::integer(*each, object.named("policy"), 0, 0xffff));
    if (const Located* each = object.find("uffd"))
        vma.uffd = static_cast<std::uint16_t>(fields::integer(*each, object.named("uffd"), 0, 0xffff));
    object.finish();
    if (vma.start >= vma.end) fields::fail(at, "a VMA of 'layout' must end above its start");
    return vma;
}

ProcessSpec read_process(const Located& at, std::size_t files, std::size_t shared_objects) {
    Object object(at, "a process of 'layout'");
    ProcessSpec process;
    if (const Located* each = object.find("proc"))
        process.slot = static_cast<std::uint8_t>(fields::integer(*each, object.named("proc"), 0, max_processes - 1));
    if (const Located* each = object.find("brk")) process.brk_bytes = fields::hexadecimal(*each, object.named("brk"));
    if (const Located* each = object.find("def_flags"))
        process.def_flags = fields::flags(*each, object.named("def_flags"), vm_flag_names(), any_number);
    for (const Located& vma : fields::array(object.require("vmas"), object.named("vmas"), max_layout_vmas))
        process.vmas.push_back(read_layout_vma(vma, files, shared_objects));
    object.finish();
    return process;
}

AnonVmaSpec read_anon_vma(const Located& at) {
    Object object(at, "an element of 'anon_vmas'");
    const auto number = [&object](std::string_view key) {
        return static_cast<unsigned>(fields::integer(object.require(key), object.named(key), 1, 0xffff));
    };
    const AnonVmaSpec spec{.number = number("number"), .root = number("root"), .parent = number("parent")};
    object.finish();
    return spec;
}

SharedObjectSpec read_shared_object(const Located& at, std::size_t position) {
    Object object(at, "an element of 'shared_objects'");
    SharedObjectSpec spec{.number = static_cast<std::uint16_t>(position)};
    spec.charged = fields::integer(object.require("charged"), object.named("charged"), 0, std::uint64_t{1} << 52);
    if (const Located* each = object.find("pages"))
        spec.pages = fields::integer(*each, object.named("pages"), 0, most_file_pages);
    object.finish();
    return spec;
}

void read_start(Object& object, TraceHeader& header) {
    if (const Located* each = object.find("shared_objects"))
        for (const Located& shared : fields::array(*each, "'shared_objects'", max_files))
            header.shared_objects.push_back(read_shared_object(shared, header.shared_objects.size() + 1));
    if (const Located* each = object.find("anon_vmas"))
        for (const Located& anon_vma : fields::array(*each, "'anon_vmas'", 0xffff))
            header.anon_vmas.push_back(read_anon_vma(anon_vma));
    if (const Located* each = object.find("layout"))
        for (const Located& process : fields::array(*each, "'layout'", max_processes))
            header.layout.push_back(
                read_process(process, header.parameters.files.size(), header.shared_objects.size()));
}

void read_faults(const Located& at, TraceHeader& header) {
    for (const Located& each : fields::array(at, "'faults'", all_faults().size())) {
        const std::string name = fields::text(each, "a fault");
        if (const std::string wrong = unknown_fault(name); !wrong.empty()) fields::fail(each, wrong);
        if (std::find(header.faults.begin(), header.faults.end(), name) != header.faults.end())
            fields::fail(each, fmt::format("fault '{}' is given twice; remove one", name));
        header.faults.push_back(name);
    }
}

}  // namespace

TraceHeader read_header(const Located& line) {
    Object object(line, "the header");
    TraceHeader header;
    if (line.members.empty() || line.members.front().key != "vmacheck-trace")
        fields::fail(line, "the first line must be a header that begins with \"vmacheck-trace\":1");
    const Located& format = object.require("vmacheck-trace");
    header.format = static_cast<int>(fields::integer(format, "'vmacheck-trace'", 0, 0xffff));
    if (header.format != trace_format_version)
        fields::fail(format, fmt::format("format version {} is not known; this program reads version {}", header.format,
                                         trace_format_version));
    if (const Located* each = object.find("title")) header.title = fields::text(*each, "'title'");
    if (const Located* each = object.find("profile")) {
        header.profile = fields::text(*each, "'profile'");
        if (const std::string wrong = unknown_profile(header.profile); !wrong.empty()) fields::fail(*each, wrong);
    }
    if (const Located* each = object.find("faults")) read_faults(*each, header);
    if (const Located* each = object.find("shipped")) header.shipped = fields::boolean(*each, "'shipped'");
    if (const Located* each = object.find("parameters")) read_parameters(*each, header.parameters);
    if (const Located* each = object.find("files")) read_files(*each, header.parameters.files);
    if (const Located* each = object.find("seed")) header.seed = fields::integer(*each, "'seed'", 0, any_number);
    if (const Located* each = object.find("made_by")) header.made_by = fields::text(*each, "'made_by'");
    if (const Located* each = object.find("expect")) header.expect = read_expectation(*each);
    read_start(object, header);
    object.finish();
    return header;
}

}  // namespace vmacheck
