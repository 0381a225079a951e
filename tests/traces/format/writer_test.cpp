// The writer: stable bytes that read back as the same trace.
#include "traces/format/writer.hpp"
#include "traces/format/parameter_keys.hpp"
#include "traces/format/reader.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace vmacheck {
namespace {

Trace full_trace() {
    Trace trace;
    TraceHeader& h = trace.header;
    h.title = "quote \" backslash \\ tab \t and \xc3\xa9";
    h.faults = {"av-fork-leak"};
    h.shipped = true;
    h.parameters.files = {{FileKind::shmem, 7, false, true, "memfd"}, {FileKind::with_close, 0, true, false, "", 3}};
    h.seed = ~std::uint64_t{0};
    h.made_by = "test";
    h.expect = Expectation{true, "map-count"};
    h.shared_objects = {{1, 5}, {2, 0, 4}};
    h.anon_vmas = {{1, 1, 1}, {2, 1, 1}};
    h.layout = {{1, 0x555555559001, vm::locked, {{0x10, 0x12, vm::read, 3, 1, 0, false, {2, 1}, 2}}}};
    TraceStep step;
    step.op.kind = OpKind::mmap;
    step.op.process = 15;
    step.op.addr = Bytes<Plain>::from(0x10001);
    step.op.len = Bytes<Plain>::from(~std::uint64_t{0});
    step.op.prot = prot::read | 0x10;
    step.op.flags = 0x4 | map::anonymous;
    step.op.file = 65535;
    step.op.offset = Bytes<Plain>::from(1);
    step.op.fail_alloc = {AllocKind::any, 3};
    step.seen = {
        Errno::ok, 0, {Event::alloc_failed}, 0, std::vector<VmaView>{{1, 2, vm::may_read | 0x800, {}, 0, {}, {}}}};
    step.note = "n";
    trace.steps.push_back(step);
    return trace;
}

TEST(Writer, WritesEveryKeyInOrder) {
    EXPECT_EQ(
        write_step(full_trace().steps[0]),
        "{\"op\":\"mmap\",\"proc\":15,\"addr\":\"0x10001\",\"len\":\"0xffffffffffffffff\",\"prot\":[\"READ\",\"0x10\"],"
        "\"flags\":[\"ANONYMOUS\",\"0x4\"],\"file\":65535,\"offset\":\"0x1\",\"fail_alloc\":{\"nth\":3},\"ret\":"
        "\"0x0\","
        "\"events\":[\"alloc_failed\"],\"map_count\":0,\"vmas\":[{\"start\":\"0x1000\",\"end\":\"0x2000\","
        "\"flags\":[\"MAYREAD\",\"0x800\"]}],\"note\":\"n\"}");
}

TEST(Writer, WhatIsWrittenReadsBackTheSame) {
    const Trace trace = full_trace();
    const std::string text = write_trace(trace);
    const ReadResult result = read_trace(text);
    ASSERT_TRUE(std::holds_alternative<Trace>(result)) << std::get<ReadError>(result).message;
    const Trace& again = std::get<Trace>(result);
    EXPECT_EQ(write_trace(again), text);
    EXPECT_EQ(again.header.parameters, trace.header.parameters);
    EXPECT_EQ(again.header.title, trace.header.title);
    EXPECT_EQ(again.header.layout, trace.header.layout);
    ASSERT_EQ(again.header.shared_objects.size(), 2u);
    EXPECT_EQ(again.header.shared_objects[0].pages, unlimited);
    EXPECT_EQ(again.header.shared_objects[1].pages, 4u);
    EXPECT_EQ(again.header.expect, trace.header.expect);
    EXPECT_EQ(again.steps[0].op.flags, trace.steps[0].op.flags);
    EXPECT_EQ(again.steps[0].seen.vmas, trace.steps[0].seen.vmas);
}

// The operations with flags of their own, and those about pages, as text that must come back byte for byte.
TEST(Writer, OperationsSurvive) {
    const std::string header = write_header(TraceHeader{});
    for (
        const char* line :
        {R"({"op":"mremap","addr":"0x10000","len":"0x0","new_len":"0x1fff","flags":["MAYMOVE","FIXED","DONTUNMAP","0x8"],)"
         R"("new_addr":"0x20001","ret":"0x20000"})",
         R"({"op":"mremap","proc":1,"addr":"0x1","len":"0xffffffffffffffff","new_len":"0x1000","flags":[],"ret":"EFAULT"})",
         R"({"op":"mlock","addr":"0x10001","len":"0x1","ret":0})",
         R"({"op":"mlock","addr":"0x10000","len":"0x1","flags":["ONFAULT","0x2"],"ret":"EINVAL"})",
         R"({"op":"munlock","addr":"0x10000","len":"0x1000","fail_alloc":{"kind":"vma","nth":1},"ret":"ENOMEM"})",
         R"({"op":"mlockall","flags":["CURRENT","FUTURE","ONFAULT"],"ret":0})",
         R"({"op":"mlockall","flags":[],"ret":"EINVAL"})", R"({"op":"munlockall","ret":0})",
         R"({"op":"madvise","addr":"0x10000","len":"0x1000","advice":"WILLNEED","ret":0})",
         R"({"op":"reclaim","proc":2,"addr":"0x10001","fail_alloc":{"kind":"page","nth":1},"ret":"EINVAL"})",
         R"({"op":"truncate","file":65535,"len":"0xffffffffffffffff","ret":"EINVAL"})",
         R"({"op":"truncate","file":0,"len":"0x0","ret":"EBADF","events":["file_resized"]})",
         R"({"op":"shmat","file":2,"addr":"0x10001","flags":["RDONLY","RND","REMAP","EXEC"],"ret":"0x10000"})",
         R"({"op":"shmat","file":2,"flags":[],"fail_alloc":{"kind":"inode","nth":1},"ret":"EACCES"})",
         R"({"op":"shmdt","addr":"0x10000","ret":0})",
         R"({"op":"munmap","addr":"0x10000","len":"0x1000","meanwhile":{"nth":2,"op":"fault","proc":1,)"
         R"("addr":"0x10001","access":"exec"},"ret":0,"events":["other_step"]})",
         R"({"op":"fork","meanwhile":{"nth":1,"op":"reclaim","addr":"0x10000"},"ret":1})",
         R"({"op":"remap_file_pages","addr":"0x10000","len":"0x1000","prot":[],"pgoff":7,"flags":["NONBLOCK"],"ret":0})",
         R"({"op":"special_mapping","addr":"0x10000","len":"0x1000","prot":["READ"],"flags":["VDSO","ACCOUNT"],"ret":0})"}) {
        const std::string text = header + "\n" + line + "\n";
        const ReadResult result = read_trace(text);
        ASSERT_TRUE(std::holds_alternative<Trace>(result)) << line << ": " << std::get<ReadError>(result).message;
        EXPECT_EQ(write_trace(std::get<Trace>(result)), text);
    }
}

TEST(Writer, PoliciesAndContextsSurvive) {
    TraceHeader described;
    VmaSpec vma{0x10, 0x12, vm::read | vm::uffd_missing, 3};
    vma.policy = 2;
    vma.uffd = 1;
    described.layout = {{0, 0, 0, {vma}}};
    const std::string header = write_header(described);
    EXPECT_NE(header.find(R"("policy":2,"uffd":1)"), std::string::npos) << header;
    for (
        const char* line :
        {R"({"op":"mbind","addr":"0x10001","len":"0x1","policy":65535,"flags":["STRICT","MOVE","MOVE_ALL","0x8"],)"
         R"("fail_alloc":{"kind":"policy","nth":2},"ret":"ENOMEM"})",
         R"({"op":"mbind","addr":"0x10000","len":"0x1000","policy":0,"ret":0,"events":["policy_set"]})",
         R"({"op":"uffd_register","uffd":1,"addr":"0x10000","len":"0x1000","flags":["MISSING","WP","0x4"],"ret":"EBUSY"})",
         R"({"op":"uffd_register","proc":1,"uffd":2,"addr":"0x10000","len":"0x1000","flags":[],"ret":0})",
         R"({"op":"uffd_unregister","uffd":65535,"addr":"0x10000","len":"0x1000","ret":0,"vmas":[{"start":"0x10000",)"
         R"("end":"0x11000","flags":["UFFD_MISSING","UFFD_WP"],"policy":0,"uffd":3}]})",
         R"({"op":"uffd_close","uffd":0,"ret":"EBADF"})",
         R"({"op":"madvise","addr":"0x10000","len":"0x1000","advice":"UNMERGEABLE","ret":0})",
         R"({"op":"fork","fail_alloc":{"kind":"mm_slot","nth":1},"ret":"ENOMEM"})",
         R"({"op":"madvise","addr":"0x10000","len":"0x1000","advice":"NOHUGEPAGE","ret":0})"}) {
        const std::string text = header + "\n" + line + "\n";
        const ReadResult result = read_trace(text);
        ASSERT_TRUE(std::holds_alternative<Trace>(result)) << line << ": " << std::get<ReadError>(result).message;
        EXPECT_EQ(write_trace(std::get<Trace>(result)), text);
    }
}

TEST(Writer, EveryParameterSurvives) {
    for (const ParameterKey& key : parameter_keys()) {
        Trace trace;
        std::visit(
            [&](auto member) {
                auto& value = trace.header.parameters.*member;
                if constexpr (std::is_same_v<std::decay_t<decltype(value)>, bool>)
                    value = !value;
                else
                    value = static_cast<std::decay_t<decltype(value)>>(key.smallest + (value == key.smallest ? 1 : 0));
            },
            key.member);
        Parameters& parameters = trace.header.parameters;
        parameters.task_size = std::min(parameters.task_size, std::uint64_t{1} << parameters.pgoff_bits);
        parameters.mmap_base = std::min(parameters.mmap_base, parameters.task_size);
        parameters.mmap_legacy_base = std::min(parameters.mmap_legacy_base, parameters.task_size);
        const ReadResult result = read_trace(write_trace(trace));
        ASSERT_TRUE(std::holds_alternative<Trace>(result)) << key.key << ": " << std::get<ReadError>(result).message;
        EXPECT_EQ(std::get<Trace>(result).header.parameters, trace.header.parameters) << key.key;
        EXPECT_NE(std::get<Trace>(result).header.parameters, Parameters{}) << key.key;
    }
}

// What is said about files, as text that must come back byte for byte; and what may not be said.
TEST(Writer, FilesSurvive) {
    const std::string before = R"({"vmacheck-trace":1,"profile":"v5.10","files":[)";
    for (const char* file :
         {R"({"kind":"shmem","sealed":true,"sealed_future":true})",
          R"({"kind":"regular","append_only":true,"noexec":true,"swap_file":true,"mandatory_lock":true,)"
          R"("no_mmap":true,"char_device":true})",
          R"({"kind":"with_close","mmap_error":"EAGAIN","mmap_flags":["DONTEXPAND","DONTDUMP"],"arch_refuses":true,)"
          R"("mremap_error":"EPERM","granule":512})",
          R"({"kind":"sysv_shm","segment_pages":3})", R"({"kind":"regular","mmap_file":2},{"kind":"shmem"})",
          R"({"kind":"regular","mmap_file":2,"arch_refuses":true},{"kind":"shmem"})",
          R"({"kind":"regular","mmap_error":"ENOMEM","mmap_file":2},{"kind":"shmem"})",
          R"({"kind":"regular","no_fallocate":true,"no_fault":true,"mmap_error":"EOPNOTSUPP"})",
          R"({"kind":"regular","mmap_clears":["MAYWRITE","MAYEXEC"],"mmap_forbids":["WRITE"],"sync":"supported"})",
          R"({"kind":"shmem","sync":"refused","fault_error":"SIGBUS","mkwrite_error":"ENOMEM"})",
          R"({"kind":"sysv_shm","huge_segment":true,"segment_pages":513})",
          R"({"kind":"hugetlb","pages":1024,"noexec":true})"}) {
        const std::string text = before + file + "]}\n";
        const ReadResult result = read_trace(text);
        ASSERT_TRUE(std::holds_alternative<Trace>(result)) << file << ": " << std::get<ReadError>(result).message;
        EXPECT_EQ(write_trace(std::get<Trace>(result)), text);
    }
    for (const char* file : {R"({"kind":"regular","sealed":true})",
                             R"({"kind":"shmem","granule":2})",
                             R"({"kind":"regular","granule":0})",
                             R"({"kind":"regular","mmap_error":"EINTR"})",
                             R"({"kind":"regular","mmap_flags":["SHARED"]})",
                             R"({"kind":"regular","mmap_file":1})",
                             R"({"kind":"regular","mmap_file":2})",
                             R"({"kind":"regular","mmap_file":2},{"kind":"dev_zero"})",
                             R"({"kind":"regular","mmap_file":2},{"kind":"shmem","sealed":true})",
                             R"({"kind":"regular","mmap_file":2,"mmap_error":"EAGAIN"},{"kind":"with_close"})",
                             R"({"kind":"regular","sync":"by_kind"})",
                             R"({"kind":"regular","fault_error":"EFAULT"})",
                             R"({"kind":"regular","mmap_clears":["READ"]})",
                             R"({"kind":"regular","mmap_forbids":["SHARED"]})",
                             R"({"kind":"regular","huge_segment":true})",
                             R"({"kind":"hugetlb","no_fault":true})",
                             R"({"kind":"sysv_shm","huge_segment":true,"fault_error":"SIGBUS"})",
                             R"({"kind":"sysv_shm","segment_pages":0})",
                             R"({"kind":"hugetlb","granule":2})",
                             R"({"kind":"hugetlb","mmap_error":"EAGAIN"})",
                             R"({"kind":"hugetlb","no_mmap":true})",
                             R"({"kind":"hugetlb","inode":3},{"kind":"regular","inode":3})"})
        EXPECT_TRUE(std::holds_alternative<ReadError>(read_trace(before + file + "]}\n"))) << file;
}

TEST(Writer, FileAppearsWholeOrNotAtAll) {
    const std::string path = testing::TempDir() + "writer_test.jsonl";
    ASSERT_FALSE(write_trace_file(path, full_trace()));
    EXPECT_TRUE(std::holds_alternative<Trace>(read_trace_file(path)));
    EXPECT_FALSE(std::filesystem::exists(path + ".part"));
    std::filesystem::remove(path);
    const auto error = write_trace_file("/nowhere/at-all/t.jsonl", full_trace());
    ASSERT_TRUE(error);
    EXPECT_NE(error->find("cannot be written"), std::string::npos) << *error;
}

}  // namespace
}  // namespace vmacheck
