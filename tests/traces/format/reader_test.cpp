// The reader: what it takes, and for each class of error the place and the words.
#include "traces/format/reader.hpp"
#include "traces/format/parameter_keys.hpp"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace vmacheck {
namespace {

const std::string header = "{\"vmacheck-trace\":1}\n";

ReadError error_of(const std::string& text) {
    const ReadResult result = read_trace(text);
    if (const auto* error = std::get_if<ReadError>(&result)) return *error;
    return {0, 0, "it was read"};
}

// The place is where ^ stands in the text, which is taken out first. Line, and a piece of the message.
void expect_error(std::string text, std::size_t line, const std::string& piece) {
    const std::size_t place = text.find('^');
    const std::size_t line_start = text.rfind('\n', place);
    const std::size_t column = place - (line_start == std::string::npos ? 0 : line_start + 1) + 1;
    text.erase(place, 1);
    const ReadError error = error_of(text);
    EXPECT_EQ(error.line, line) << error.message;
    EXPECT_EQ(error.column, column) << error.message;
    EXPECT_NE(error.message.find(piece), std::string::npos) << error.message;
}

void expect_step_error(const std::string& step, const std::string& piece) {
    expect_error(header + step, 2, piece);
}

void expect_header_error(const std::string& rest, const std::string& piece) {
    expect_error("{\"vmacheck-trace\":1," + rest + "}", 1, piece);
}

TEST(Reader, ReadsAnOperationWithEverything) {
    const ReadResult result = read_trace(
        "{\"vmacheck-trace\":1,\"files\":[{\"kind\":\"regular\"}]}\n\n"
        "{\"op\":\"mmap\",\"proc\":2,\"addr\":\"0x10000\",\"len\":\"0x3001\",\"prot\":[\"READ\",\"WRITE\"],"
        "\"flags\":[\"PRIVATE\",\"FIXED\"],\"file\":1,\"offset\":\"0x2000\",\"fail_alloc\":{\"kind\":\"vma\",\"nth\":1}"
        ","
        "\"ret\":\"0x10000\",\"events\":[\"merge_case_1\"],\"map_count\":1,\"vmas\":[{\"start\":\"0x10000\","
        "\"end\":\"0x13000\",\"flags\":[\"READ\",\"MAYRWX\"],\"pgoff\":16,\"file\":1,\"anon\":2,\"chain\":3}],\"note\":"
        "\"n\"}\n");
    ASSERT_TRUE(std::holds_alternative<Trace>(result)) << std::get<ReadError>(result).message;
    const Trace& trace = std::get<Trace>(result);
    ASSERT_EQ(trace.steps.size(), 1u);
    const TraceStep& step = trace.steps[0];
    EXPECT_EQ(step.line, 3u);
    EXPECT_EQ(step.op.kind, OpKind::mmap);
    EXPECT_EQ(step.op.process, 2);
    EXPECT_EQ(step.op.addr.value(), 0x10000u);
    EXPECT_EQ(step.op.len.value(), 0x3001u);
    EXPECT_EQ(step.op.prot, prot::read | prot::write);
    EXPECT_EQ(step.op.flags, map::private_ | map::fixed);
    EXPECT_EQ(step.op.file, 1);
    EXPECT_EQ(step.op.offset.value(), 0x2000u);
    EXPECT_EQ(step.op.fail_alloc, (FailAlloc{AllocKind::vma, 1}));
    EXPECT_EQ(step.seen.error, Errno::ok);
    EXPECT_EQ(step.seen.value, 0x10000u);
    EXPECT_EQ(step.seen.events, std::vector<Event>{Event::merge_case_1});
    EXPECT_EQ(step.seen.map_count, 1u);
    ASSERT_TRUE(step.seen.vmas);
    EXPECT_EQ(step.seen.vmas->at(0), (VmaView{0x10, 0x13, vm::read | vm::may_access, 16, 1, 2, 3}));
    EXPECT_EQ(step.note, "n");
}

TEST(Reader, ReadsAHeaderWithParametersAndLayout) {
    const ReadResult result = read_trace(
        "{\"vmacheck-trace\":1,\"title\":\"t\",\"faults\":[\"merge-case3-pgoff\"],\"shipped\":true,"
        "\"parameters\":{\"max_map_count\":5,\"rlimit_as\":\"unlimited\",\"cap_ipc_lock\":true,\"overcommit_mode\":2},"
        "\"seed\":18446744073709551615,\"expect\":{\"violated\":\"rmap-completeness\"},"
        "\"layout\":[{\"proc\":1,\"brk\":\"0x555555559001\",\"vmas\":[{\"start\":\"0x10000\",\"end\":\"0x11000\","
        "\"flags\":[\"READ\"],\"anon\":2,\"chain\":[2,1]}]}]}");
    ASSERT_TRUE(std::holds_alternative<Trace>(result)) << std::get<ReadError>(result).message;
    const TraceHeader& read = std::get<Trace>(result).header;
    EXPECT_EQ(read.faults, std::vector<std::string>{"merge-case3-pgoff"});
    EXPECT_TRUE(read.shipped);
    EXPECT_EQ(read.parameters.max_map_count, 5u);
    EXPECT_EQ(read.parameters.rlimit_as, unlimited);
    EXPECT_TRUE(read.parameters.cap_ipc_lock);
    EXPECT_EQ(read.parameters.overcommit_mode, 2u);
    EXPECT_EQ(read.seed, ~std::uint64_t{0});
    EXPECT_EQ(read.expect, (Expectation{true, "rmap-completeness"}));
    ASSERT_EQ(read.layout.size(), 1u);
    EXPECT_EQ(read.layout[0].slot, 1);
    EXPECT_EQ(read.layout[0].brk_bytes, 0x555555559001u);
    EXPECT_EQ(read.layout[0].vmas.at(0).chain, (std::vector<unsigned>{2, 1}));
    EXPECT_EQ(read.layout[0].vmas.at(0).pgoff, 0x10u) << "the start, unless stated";
}

TEST(Reader, SharedValidateIsATypeOfItsOwn) {
    const ReadResult result = read_trace(
        header + "{\"op\":\"mmap\",\"len\":\"0x1000\",\"prot\":[],\"flags\":[\"SHARED_VALIDATE\",\"0x4000000\"]}");
    ASSERT_TRUE(std::holds_alternative<Trace>(result)) << std::get<ReadError>(result).message;
    EXPECT_EQ(std::get<Trace>(result).steps[0].op.flags, map::shared_validate | 0x4000000u);
    expect_step_error("{\"op\":\"mmap\",\"len\":\"0x1000\",\"prot\":[],\"flags\":^[\"SHARED\",\"PRIVATE\"]}",
                      "more than one of");
}

TEST(ReaderErrors, Syntax) {
    expect_step_error("{\"op\":\"fork\",^}", "not JSON");
    expect_step_error("{\"op\":\"fork\"^", "within its JSON");
    expect_step_error("{\"op\":\"fork\"} ^x", "more text");
    expect_step_error("{\"op\":\"fork\"}^{}", "more text");
    expect_step_error("^[1]", "a JSON object");
    EXPECT_NE(error_of(header + "{\"a\":[[[[[[[[1]]]]]]]]}").message.find("deeper"), std::string::npos);
}

TEST(ReaderErrors, Header) {
    expect_error("^", 1, "empty");
    expect_error("\n^{\"op\":\"fork\"}", 2, "must be a header");
    expect_error("{\"vmacheck-trace\":^2}", 1, "version 2 is not known");
    expect_header_error("\"profile\":^\"v9.9\"", "unknown profile");
    expect_header_error("\"faults\":[\"merge-case3-pgoff\",^\"x\"]", "unknown fault");
    expect_header_error("^\"colour\":1", "unknown key 'colour'");
    expect_header_error("\"expect\":^\"maybe\"", "\"holds\", \"violated\"");
    expect_header_error("\"files\":[{\"kind\":^\"pipe\"}]", "unknown file kind; known: regular");
    expect_header_error("\"files\":[^{\"kind\":\"dev_zero\",\"pages\":3}]", "has no size; remove 'pages'");
    expect_header_error("\"files\":[{\"kind\":\"regular\",\"inode\":7},^{\"kind\":\"sysv_shm\",\"inode\":7}]",
                        "a segment shares its inode with its like only");
    expect_header_error("\"files\":[{\"kind\":\"regular\",\"pages\":^-1}]", "0 to 2251799813685248");
    expect_header_error("\"shared_objects\":[{\"charged\":0,\"pages\":^\"3\"}]", "must be an integer");
}

TEST(ReaderErrors, Parameters) {
    expect_header_error("\"parameters\":{^\"max_maps\":1}", "unknown key 'max_maps'");
    expect_header_error("\"parameters\":{\"pgoff_bits\":^64}", "1 to 62");
    expect_header_error("\"parameters\":^{\"pgoff_bits\":20}", "task_size must not exceed 2^pgoff_bits");
    expect_header_error("\"parameters\":{\"rlimit_as\":^\"none\"}", "\"unlimited\"");
    expect_header_error("\"parameters\":{\"cap_ipc_lock\":^1}", "true or false");
    expect_header_error("\"parameters\":^{\"task_size\":4096}", "must not exceed task_size");
}

TEST(ReaderErrors, Layout) {
    expect_header_error("\"layout\":[{\"vmas\":[^{\"start\":\"0x1000\",\"end\":\"0x1000\",\"flags\":[]}]}]",
                        "end above its start");
    expect_header_error("\"layout\":[{\"vmas\":[{\"start\":^\"0x1001\",\"end\":\"0x2000\",\"flags\":[]}]}]",
                        "multiple of the page size");
    expect_header_error("\"layout\":[{\"vmas\":[{\"start\":\"0x1000\",\"end\":\"0x2000\",\"flags\":[],\"file\":^1}]}]",
                        "0 to 0");
    expect_header_error("\"layout\":[{\"proc\":^16,\"vmas\":[]}]", "0 to 15");
}

// The names after "known: " in the message for an unknown key are all different.
void expect_each_known_key_once(const std::string& text) {
    const std::string message = error_of(text).message;
    const std::string before = "known: ";
    const std::size_t at = message.find(before);
    ASSERT_NE(at, std::string::npos) << message;
    std::set<std::string> names;
    std::istringstream rest(message.substr(at + before.size()));
    for (std::string name; std::getline(rest >> std::ws, name, ',');)
        EXPECT_TRUE(names.insert(name).second) << name << " twice in: " << message;
    EXPECT_GT(names.size(), 1u) << message;
}

TEST(ReaderErrors, AnUnknownKeyNamesEachKnownKeyOnce) {
    expect_each_known_key_once("{\"vmacheck-trace\":1,\"colour\":1}");
    expect_each_known_key_once("{\"vmacheck-trace\":1,\"files\":[{\"kind\":\"regular\",\"colour\":1}]}");
    expect_each_known_key_once("{\"vmacheck-trace\":1,\"layout\":[{\"vmas\":[],\"colour\":1}]}");
    expect_each_known_key_once("{\"vmacheck-trace\":1,\"parameters\":{\"colour\":1}}");
    for (const std::string op : {"fork", "exit", "munlockall"})
        expect_each_known_key_once(header + "{\"op\":\"" + op + "\",\"colour\":1}");
    expect_each_known_key_once(header +
                               "{\"op\":\"mmap\",\"len\":\"0x1000\",\"prot\":[],\"flags\":[\"PRIVATE\"],\"colour\":1}");
}

TEST(ReaderErrors, Keys) {
    expect_step_error("{\"op\":\"munmap\",\"addr\":\"0x0\",\"len\":\"0x1000\",^\"prot\":[]}",
                      "unknown key 'prot' in munmap (did you mean 'proc'?); known: op, proc, addr");
    expect_step_error("^{\"op\":\"munmap\",\"addr\":\"0x0\"}", "munmap lacks the key 'len'");
    expect_step_error("{\"op\":\"fork\",^\"op\":\"exit\"}", "second time");
    expect_step_error("{\"op\":[1,2],^\"op\":3}", "second time");
    expect_step_error("{^\"\\u006fp\":\"fork\"}", "escape");
}

TEST(ReaderErrors, Values) {
    expect_step_error("{\"op\":^\"unmap\"}", "unknown operation 'unmap' (did you mean 'munmap'?); known: mmap, munmap");
    const std::string remap = "{\"op\":\"mremap\",\"addr\":\"0x10000\",\"len\":\"0x1000\"";
    expect_step_error("^" + remap + ",\"flags\":[]}", "mremap lacks the key 'new_len'");
    expect_step_error("{\"op\":\"munmap\",\"addr\":\"0x0\",^\"length\":\"0x1000\"}",
                      "munmap lacks the key 'len'; is it 'length' that should be 'len'?");
    expect_step_error("{\"op\":^\"mprotct\"}", "unknown operation 'mprotct' (did you mean 'mprotect'?); known: ");
    expect_step_error("^" + remap + ",\"new_len\":\"0x1000\"}", "mremap lacks the key 'flags'");
    expect_step_error(remap + ",\"new_len\":\"0x1000\",\"flags\":[^\"MAYMOV\"]}",
                      "unknown flag 'MAYMOV' in 'flags' of mremap; known: MAYMOVE, FIXED, DONTUNMAP");
    expect_step_error("{\"op\":\"mlockall\",\"flags\":[^\"0x100000000\"]}", "");
    expect_step_error("{\"op\":\"munlockall\",^\"flags\":[]}", "unknown key 'flags'");
    expect_step_error("{\"op\":\"munlock\",\"addr\":\"0x0\",\"len\":\"0x0\",\"ret\":^\"0x1000\"}", "munlock returns 0");
    const std::string bind = "{\"op\":\"mbind\",\"addr\":\"0x10000\",\"len\":\"0x1000\"";
    expect_step_error("^" + bind + "}", "mbind lacks the key 'policy'");
    expect_step_error(bind + ",\"policy\":^65536}", "0 to 65535");
    expect_step_error(bind + ",\"policy\":1,\"flags\":[^\"LAZY\"]}", "known: STRICT, MOVE, MOVE_ALL");
    expect_step_error("^{\"op\":\"uffd_close\"}", "uffd_close lacks the key 'uffd'");
    expect_step_error("{\"op\":\"uffd_close\",\"uffd\":1,^\"addr\":\"0x0\"}", "unknown key 'addr'");
    expect_step_error("^{\"op\":\"uffd_register\",\"uffd\":1,\"addr\":\"0x0\",\"len\":\"0x0\"}",
                      "lacks the key 'flags'");
    expect_step_error("{\"op\":^7}", "must be a string, but an integer");
    expect_step_error("{\"op\":\"truncate\",\"file\":^65536,\"len\":\"0x0\"}", "0 to 65535");
    expect_step_error("^{\"op\":\"truncate\",\"len\":\"0x0\"}", "truncate lacks the key 'file'");
    expect_step_error("^{\"op\":\"reclaim\"}", "reclaim lacks the key 'addr'");
    expect_step_error("{\"op\":\"madvise\",\"addr\":\"0x0\",\"len\":\"0x0\",\"advice\":^\"POPULATE\"}",
                      "DONTNEED, FREE");
    expect_step_error("{\"op\":\"brk\",\"addr\":^4096}", "hexadecimal string");
    expect_step_error("{\"op\":\"brk\",\"addr\":^\"4096\"}", "write it as \"0x1000\"");
    expect_step_error("{\"op\":\"brk\",\"addr\":^\"0x10000000000000000\"}", "64-bit");
    expect_step_error("{\"op\":\"mmap\",\"len\":\"0x1000\",\"prot\":[\"READ\"],\"flags\":[^\"PRIVAT\"]}",
                      "unknown flag 'PRIVAT' in 'flags' of mmap; known: SHARED, PRIVATE");
    expect_step_error("{\"op\":\"mmap\",\"len\":\"0x1000\",\"prot\":[\"READ\",^\"READ\"],\"flags\":[]}", "given twice");
    expect_step_error("{\"op\":\"mmap\",\"len\":\"0x1000\",\"prot\":[^\"0x100000000\"],\"flags\":[]}", "out of range");
    expect_step_error("{\"op\":\"fork\",\"proc\":^16}", "0 to 15");
    expect_step_error("{\"op\":\"fork\",\"proc\":^-1}", "0 to 15");
    expect_step_error("{\"op\":\"fork\",\"proc\":^1.5}", "must be an integer");
    expect_step_error("{\"op\":\"fault\",\"addr\":\"0x0\",\"access\":^\"peek\"}",
                      "unknown access; known: read, write, exec");
    expect_step_error("{\"op\":\"remote_access\",\"target\":1,\"addr\":\"0x0\",\"access\":^\"exec\"}",
                      "it cannot execute");
    expect_step_error("{\"op\":\"remote_access\",\"target\":^16,\"addr\":\"0x0\",\"access\":\"read\"}",
                      "it may be 0 to 15");
    expect_step_error("^{\"op\":\"remote_access\",\"addr\":\"0x0\",\"access\":\"read\"}", "lacks the key 'target'");
    expect_step_error("{\"op\":\"fork\",\"fail_alloc\":{\"kind\":^\"disk\",\"nth\":1}}", "unknown kind of allocation");
    expect_step_error("{\"op\":\"fork\",\"fail_alloc\":{\"nth\":^0}}", "1 to 65535");
    expect_step_error("{\"op\":\"fork\",\"meanwhile\":{\"nth\":1,\"op\":^\"munmap\",\"addr\":\"0x0\"}}",
                      "'op' of 'meanwhile' is fault or reclaim");
    expect_step_error("{\"op\":\"fork\",\"meanwhile\":^{\"nth\":1,\"op\":\"fault\",\"addr\":\"0x0\"}}",
                      "lacks the key 'access'");
    expect_step_error(
        "{\"op\":\"fork\",\"meanwhile\":{\"nth\":1,\"op\":\"reclaim\",\"addr\":\"0x0\",^\"access\":\"read\"}}",
        "access");
}

TEST(ReaderErrors, Results) {
    expect_step_error("{\"op\":\"exit\",\"ret\":^\"EWHAT\"}", "errno or signal name");
    expect_step_error("{\"op\":\"exit\",\"ret\":^1}", "exit returns 0 or an error");
    expect_step_error("{\"op\":\"exit\",\"events\":[^\"merge_case_9\"]}", "unknown event 'merge_case_9'");
    expect_step_error("{\"op\":\"exit\",\"map_count\":^\"3\"}", "must be an integer");
    expect_step_error("{\"op\":\"exit\",\"vmas\":[^{\"start\":\"0x2000\",\"end\":\"0x1000\",\"flags\":[]}]}",
                      "end above its start");
}

TEST(ReaderErrors, Sizes) {
    const std::string long_line = header + "^{\"op\":\"exit\",\"note\":\"" + std::string(max_line_bytes, 'x') + "\"}";
    expect_error(long_line, 2, "at most");
    expect_error(
        header + "{" +
            [] {
                std::string keys;
                for (int i = 0; i < 100; ++i) keys += (i == 64 ? "^\"k" : "\"k") + std::to_string(i) + "\":1,";
                return keys;
            }() +
            "\"z\":1}",
        2, "more than 64 keys");
    EXPECT_EQ(std::get<ReadError>(read_trace_file("/nowhere/at-all.jsonl")).line, 0u);
}

TEST(Reader, DescribesAPlace) {
    EXPECT_EQ(describe("a.jsonl", {3, 17, "wrong"}), "a.jsonl:3:17: wrong");
    EXPECT_EQ(describe("a.jsonl", {0, 0, "wrong"}), "a.jsonl: wrong");
}

}  // namespace
}  // namespace vmacheck
