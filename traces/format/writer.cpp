#include "traces/format/writer.hpp"

#include "model/op/op_table.hpp"
#include "traces/format/names.hpp"
#include "traces/format/parameter_keys.hpp"
#include "traces/format/whole_file.hpp"

#include <fmt/format.h>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <array>

namespace vmacheck {
namespace {

namespace json = boost::json;

json::array strings(const std::vector<std::string>& names) {
    json::array array;
    for (const std::string& each : names) array.emplace_back(each);
    return array;
}

json::array vm_flags(VmFlags flags) {
    return strings(names_of(vm_flag_names(), flags));
}

json::object parameters_changed(const Parameters& parameters) {
    const Parameters defaults;
    json::object object;
    for (const ParameterKey& key : parameter_keys())
        std::visit(
            [&](auto member) {
                if (parameters.*member == defaults.*member) return;
                if (key.may_be_unlimited && static_cast<std::uint64_t>(parameters.*member) == unlimited)
                    object[key.key] = "unlimited";
                else
                    object[key.key] = parameters.*member;
            },
            key.member);
    return object;
}

void add_behaviour(json::object& file, const FileSpec& spec) {
    for (const FileSwitch& each : file_switches())
        if (spec.*each.member) file[each.key] = true;
    if (spec.mmap_error != Errno::ok) file["mmap_error"] = std::string(name(spec.mmap_error));
    if (spec.mmap_flags != 0) file["mmap_flags"] = vm_flags(spec.mmap_flags);
    if (spec.mmap_clears != 0) file["mmap_clears"] = vm_flags(spec.mmap_clears);
    if (spec.mmap_forbids != 0) file["mmap_forbids"] = vm_flags(spec.mmap_forbids);
    if (spec.sync != MapSync::by_kind) file["sync"] = std::string(name(spec.sync));
    if (spec.fault_error != Errno::ok) file["fault_error"] = std::string(name(spec.fault_error));
    if (spec.mkwrite_error != Errno::ok) file["mkwrite_error"] = std::string(name(spec.mkwrite_error));
    if (spec.mmap_file != 0) file["mmap_file"] = spec.mmap_file;
    if (spec.arch_refuses) file["arch_refuses"] = true;
    if (spec.mremap_error != Errno::ok) file["mremap_error"] = std::string(name(spec.mremap_error));
    if (spec.granule != 1) file["granule"] = spec.granule;
    if (spec.segment_pages != 1) file["segment_pages"] = spec.segment_pages;
}

json::array files(const std::vector<FileSpec>& specs) {
    json::array array;
    for (const FileSpec& each : specs) {
        json::object file{{"kind", std::string(name(each.kind))}};
        if (each.inode != 0) file["inode"] = each.inode;
        if (!each.readable) file["readable"] = false;
        if (!each.writable) file["writable"] = false;
        if (!each.name.empty()) file["name"] = each.name;
        if (each.pages != unlimited) file["pages"] = each.pages;
        add_behaviour(file, each);
        array.push_back(std::move(file));
    }
    return array;
}

json::object layout_vma(const VmaSpec& vma) {
    json::object object{
        {"start", hex(vma.start * page_size)}, {"end", hex(vma.end * page_size)}, {"flags", vm_flags(vma.flags)}};
    if (vma.pgoff != vma.start) object["pgoff"] = vma.pgoff;
    if (vma.file != 0) object["file"] = vma.file;
    if (vma.shared_object != 0) object["shared_object"] = vma.shared_object;
    if (vma.special) object["special"] = true;
    if (vma.anon_vma != 0) object["anon"] = vma.anon_vma;
    if (!vma.chain.empty()) {
        json::array chain;
        for (const unsigned each : vma.chain) chain.emplace_back(each);
        object["chain"] = std::move(chain);
    }
    if (vma.policy != 0) object["policy"] = vma.policy;
    if (vma.uffd != 0) object["uffd"] = vma.uffd;
    return object;
}

json::array layout(const std::vector<ProcessSpec>& processes) {
    json::array array;
    for (const ProcessSpec& each : processes) {
        json::object process{{"proc", each.slot}};
        if (each.brk_bytes != 0) process["brk"] = hex(each.brk_bytes);
        if (each.def_flags != 0) process["def_flags"] = vm_flags(each.def_flags);
        json::array vmas;
        for (const VmaSpec& vma : each.vmas) vmas.push_back(layout_vma(vma));
        process["vmas"] = std::move(vmas);
        array.push_back(std::move(process));
    }
    return array;
}

void add_start(json::object& object, const TraceHeader& header) {
    if (!header.shared_objects.empty()) {
        json::array array;  // numbers are positions
        for (const SharedObjectSpec& each : header.shared_objects) {
            json::object shared{{"charged", each.charged}};
            if (each.pages != unlimited) shared["pages"] = each.pages;
            array.push_back(std::move(shared));
        }
        object["shared_objects"] = std::move(array);
    }
    if (!header.anon_vmas.empty()) {
        json::array array;
        for (const AnonVmaSpec& each : header.anon_vmas)
            array.push_back(json::object{{"number", each.number}, {"root", each.root}, {"parent", each.parent}});
        object["anon_vmas"] = std::move(array);
    }
    if (!header.layout.empty()) object["layout"] = layout(header.layout);
}

json::value argument(const Op<Plain>& op, const Argument& argument, const json::storage_ptr& storage) {
    const std::uint64_t value = value_of(op, argument.field);
    switch (argument.type) {
        case ArgumentType::bytes: return json::string(hex(value), storage);
        case ArgumentType::page_offset: return value / page_size;
        case ArgumentType::flags: return json::value(strings(names_of(argument.names, value)), storage);
        case ArgumentType::map_flags: return json::value(strings(names_of_map_flags(op.flags)), storage);
        case ArgumentType::advice: return json::string(name(op.advice), storage);
        case ArgumentType::access:
        case ArgumentType::data_access: return json::string(name(op.access), storage);
        case ArgumentType::number:
        case ArgumentType::process: return value;
    }
    internal_assertion_failed("argument of no type");
}

void add_arguments(json::object& object, const Op<Plain>& op) {
    for (const Argument& each : operation(op.kind).arguments)
        if (!each.optional() || value_of(op, each.field) != 0) object[each.key] = argument(op, each, object.storage());
}

json::value ret(OpKind kind, const SeenResult& seen) {
    const Errno error = seen.error.value_or(Errno::ok);
    if (error != Errno::ok) return json::string(name(error));
    if (kind == OpKind::fork && seen.value) return *seen.value;
    if (!returns_value(kind)) return 0;
    if (seen.value) return json::string(hex(*seen.value));
    return "ok";
}

json::object observed_vma(const VmaView& vma) {
    json::object object{
        {"start", hex(vma.start * page_size)}, {"end", hex(vma.end * page_size)}, {"flags", vm_flags(vma.flags)}};
    if (vma.pgoff) object["pgoff"] = *vma.pgoff;
    if (vma.file != 0) object["file"] = vma.file;
    if (vma.anon_vma) object["anon"] = *vma.anon_vma;
    if (vma.chain) object["chain"] = *vma.chain;
    if (vma.policy) object["policy"] = *vma.policy;
    if (vma.uffd) object["uffd"] = *vma.uffd;
    if (vma.name) object["name"] = *vma.name;
    return object;
}

void add_seen(json::object& object, OpKind kind, const SeenResult& seen) {
    if (seen.error || seen.value) object["ret"] = ret(kind, seen);
    if (!seen.events.empty()) {
        json::array events;
        for (const Event each : seen.events) events.emplace_back(std::string(name(each)));
        object["events"] = std::move(events);
    }
    if (seen.map_count) object["map_count"] = *seen.map_count;
    if (!seen.vmas) return;
    json::array vmas;
    for (const VmaView& each : *seen.vmas) vmas.push_back(observed_vma(each));
    object["vmas"] = std::move(vmas);
}

}  // namespace

std::string write_header(const TraceHeader& header) {
    json::object object{{"vmacheck-trace", header.format}};
    if (!header.title.empty()) object["title"] = header.title;
    object["profile"] = header.profile;
    if (!header.faults.empty()) object["faults"] = strings(header.faults);
    if (header.shipped) object["shipped"] = true;
    if (json::object changed = parameters_changed(header.parameters); !changed.empty())
        object["parameters"] = std::move(changed);
    if (!header.parameters.files.empty()) object["files"] = files(header.parameters.files);
    if (header.seed) object["seed"] = *header.seed;
    if (!header.made_by.empty()) object["made_by"] = header.made_by;
    if (header.expect) {
        if (header.expect->violated && !header.expect->property.empty())
            object["expect"] = json::object{{"violated", header.expect->property}};
        else
            object["expect"] = header.expect->violated ? "violated" : "holds";
    }
    add_start(object, header);
    return json::serialize(object);
}

std::string write_step(const TraceStep& step) {
    // Hundreds of thousands of steps a second are written for a subject; most need no memory beyond this.
    std::array<unsigned char, 2048> buffer;
    json::monotonic_resource resource(buffer.data(), buffer.size());
    json::object object(&resource);
    object["op"] = name(step.op.kind);
    if (step.op.process != 0) object["proc"] = step.op.process;
    add_arguments(object, step.op);
    if (step.op.fail_alloc.nth != 0) {
        json::object fail;
        if (step.op.fail_alloc.kind != AllocKind::any) fail["kind"] = std::string(name(step.op.fail_alloc.kind));
        fail["nth"] = step.op.fail_alloc.nth;
        object["fail_alloc"] = std::move(fail);
    }
    if (step.op.meanwhile.nth != 0) {
        const Op<Plain> other = operation_of<Plain>(step.op.meanwhile);
        json::object meanwhile{{"nth", step.op.meanwhile.nth}, {"op", name(other.kind)}};
        if (other.process != 0) meanwhile["proc"] = other.process;
        add_arguments(meanwhile, other);
        object["meanwhile"] = std::move(meanwhile);
    }
    add_seen(object, step.op.kind, step.seen);
    if (!step.note.empty()) object["note"] = step.note;
    return json::serialize(object);
}

std::string write_trace(const Trace& trace) {
    std::string text = write_header(trace.header) + '\n';
    for (const TraceStep& each : trace.steps) {
        text += write_step(each);
        text += '\n';
    }
    return text;
}

std::optional<std::string> write_trace_file(const std::string& path, const Trace& trace) {
    return write_whole_file(path, write_trace(trace));
}

}  // namespace vmacheck
