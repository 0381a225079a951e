#include "tests/reference/recording.hpp"

#include <fmt/format.h>
#include <boost/iostreams/filter/lzma.hpp>

#include <array>
#include <stdexcept>
#include <utility>

namespace vmacheck::reference {
namespace json = boost::json;

XzLines::XzLines(const std::string& path) : path_(path), file_(path, std::ios::binary) {
    if (!file_) throw std::runtime_error(fmt::format("cannot open {}", path));
    stream_.push(boost::iostreams::lzma_decompressor());
    stream_.push(file_);
    stream_.exceptions(std::ios::badbit);  // a damaged file is an error, not its end
}

std::optional<std::string> XzLines::next() {
    std::string line;
    try {
        if (std::getline(stream_, line)) return line;
    } catch (const std::exception& error) {
        throw std::runtime_error(fmt::format("cannot read {}: {}", path_, error.what()));
    }
    return std::nullopt;
}

std::uint64_t parse_hex(const json::value& text) {
    return std::stoull(std::string(text.as_string()), nullptr, 16);
}

namespace {

std::uint64_t page_of(const json::object& header, const char* key) {
    return parse_hex(header.at(key)) >> page_shift;
}

std::uint64_t pages_or(const json::object& header, const char* key, std::uint64_t otherwise) {
    const json::value* found = header.if_contains(key);
    return found != nullptr ? found->to_number<std::uint64_t>() : otherwise;
}

template <class Value, std::size_t N>
Value require(const std::array<std::pair<std::string_view, Value>, N>& table, const json::value& name) {
    for (const auto& [each, value] : table)
        if (each == std::string_view(name.as_string())) return value;
    throw std::runtime_error(fmt::format("unknown word \"{}\"", std::string(name.as_string())));
}

constexpr std::array<std::pair<std::string_view, OpKind>, 13> calls{{
    {"mmap", OpKind::mmap},
    {"munmap", OpKind::munmap},
    {"mprotect", OpKind::mprotect},
    {"brk", OpKind::brk},
    {"madvise", OpKind::madvise},
    {"wfault", OpKind::fault},
    {"fork", OpKind::fork},
    {"exit", OpKind::exit},
    {"mremap", OpKind::mremap},
    {"mlock", OpKind::mlock},
    {"munlock", OpKind::munlock},
    {"mlockall", OpKind::mlockall},
    {"munlockall", OpKind::munlockall},
}};

constexpr std::array<std::pair<std::string_view, MapFlags>, 8> map_flags{{{"fixed", map::fixed},
                                                                          {"fixed_noreplace", map::fixed_noreplace},
                                                                          {"private", map::private_},
                                                                          {"shared", map::shared},
                                                                          {"anonymous", map::anonymous},
                                                                          {"noreserve", map::noreserve},
                                                                          {"growsdown", map::growsdown},
                                                                          {"locked", map::locked}}};

constexpr std::array<std::pair<std::string_view, std::uint32_t>, 3> mremap_flags{
    {{"maymove", mremap::maymove}, {"fixed", mremap::fixed}, {"dontunmap", mremap::dontunmap}}};

constexpr std::array<std::pair<std::string_view, std::uint32_t>, 3> mlockall_flags{
    {{"current", mcl::current}, {"future", mcl::future}, {"onfault", mcl::onfault}}};

constexpr std::array<std::pair<std::string_view, AllocKind>, 3> alloc_kinds{
    {{"vma", AllocKind::vma}, {"anon_vma", AllocKind::anon_vma}, {"avc", AllocKind::avc}}};

Prot parse_prot(const json::value& text) {
    if (text.as_string() == "none") return prot::none;
    Prot bits = 0;
    for (const char letter : std::string_view(text.as_string()))
        bits |= letter == 'r' ? prot::read : letter == 'w' ? prot::write : prot::exec;
    return bits;
}

Advice parse_advice(const json::value& text) {
    for (int each = 0; each <= static_cast<int>(Advice::dodump); ++each)
        if (name(static_cast<Advice>(each)) == std::string_view(text.as_string())) return static_cast<Advice>(each);
    throw std::runtime_error(fmt::format("unknown advice \"{}\"", std::string(text.as_string())));
}

void parse_mmap(const json::object& record, Op<Plain>& op) {
    for (const json::value& flag : record.at("flags").as_array()) op.flags |= require(map_flags, flag);
    if (const json::object* file = record.at("file").if_object()) {
        op.file = file->at("id").to_number<std::uint16_t>();
        op.offset = Bytes<Plain>::pages(file->at("pgoff").to_number<std::uint64_t>());
    }
}

void parse_mremap(const json::object& record, Op<Plain>& op) {
    for (const json::value& flag : record.at("flags").as_array()) op.call_flags |= require(mremap_flags, flag);
    op.new_len = Bytes<Plain>::pages(record.at("newlen").to_number<std::uint64_t>());
    if (const json::value* to = record.if_contains("newaddr")) op.new_addr = Bytes<Plain>::from(parse_hex(*to));
}

}  // namespace

Header parse_header(const json::object& text) {
    Header header;
    header.name = std::string(text.at("class").as_string());
    header.base_page = page_of(text, "base");
    Parameters& p = header.parameters;
    p.page_layer = false;
    p.endless_shared_objects = true;  // a write beyond the end was not refused
    p.task_size = page_of(text, "task_size");
    p.mmap_base = page_of(text, "mmap_base");
    p.mmap_legacy_base = page_of(text, "mmap_legacy_base");
    p.bottom_up = text.at("layout").as_string() == "bottomup";
    p.start_brk_bytes = parse_hex(text.at("start_brk"));
    p.stack_guard_gap = text.at("stack_guard_gap_pages").to_number<std::uint64_t>();
    p.max_map_count = text.at("max_map_count").to_number<std::uint64_t>();
    p.rlimit_as = pages_or(text, "rlimit_as_pages", unlimited);
    p.rlimit_data = pages_or(text, "rlimit_data_pages", unlimited);
    p.rlimit_memlock = pages_or(text, "rlimit_memlock_pages", unlimited);
    p.rlimit_stack = unlimited;
    p.total_memory = pages_in_64_bits;  // mode 0 never refuses
    if (text.contains("overcommit_memory")) {
        p.overcommit_mode = text.at("overcommit_memory").to_number<unsigned>();
        // The recorder refused what passes the limit; the kernel also what reaches it, less reserves that it stubbed.
        p.commit_limit = text.at("commit_limit_pages").to_number<std::uint64_t>() + 1;
        p.admin_reserve = 0;
        p.user_reserve = 0;
    }
    p.files = {{FileKind::regular, 1, true, true, "1"}, {FileKind::regular, 2, true, true, "2"}};
    if (header.name == "fileopen") {
        p.files.push_back({FileKind::regular, 1, true, true, "1 opened again"});
        p.files.push_back({FileKind::regular, 4, true, false, "4 read-only"});
    }
    header.descriptors = static_cast<std::uint16_t>(p.files.size());
    return header;
}

Op<Plain> parse_call(const json::object& record) {
    Op<Plain> op;
    op.kind = require(calls, record.at("op"));
    op.process = record.at("proc").to_number<std::uint8_t>();
    if (const json::value* addr = record.if_contains("addr")) op.addr = Bytes<Plain>::from(parse_hex(*addr));
    if (const json::value* len = record.if_contains("len"))
        op.len = Bytes<Plain>::pages(len->to_number<std::uint64_t>());
    if (const json::value* text = record.if_contains("prot")) op.prot = parse_prot(*text);
    if (const json::value* grows = record.if_contains("growsdown"); grows != nullptr && grows->as_bool())
        op.prot |= prot::growsdown;
    if (const json::value* advice = record.if_contains("advice")) op.advice = parse_advice(*advice);
    if (op.kind == OpKind::mmap) parse_mmap(record, op);
    if (op.kind == OpKind::mremap) parse_mremap(record, op);
    if (op.kind == OpKind::mlockall)
        for (const json::value& flag : record.at("flags").as_array()) op.call_flags |= require(mlockall_flags, flag);
    if (const json::value* onfault = record.if_contains("onfault"); onfault != nullptr && onfault->as_bool())
        op.call_flags |= mlock::onfault;
    if (const json::value* inject = record.if_contains("inject"))
        op.fail_alloc = {require(alloc_kinds, inject->at("kind")), inject->at("nth").to_number<std::uint16_t>()};
    return op;
}

}  // namespace vmacheck::reference
