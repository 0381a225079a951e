// The agent on the kernel that runs: it performs each operation, shows what came of it, refuses what would hurt it, and
// leaves nothing behind. What is compared with the model here is the same in every kernel.
#include "checker/subject/layout_digest.hpp"
#include "checker/subject/model_subject.hpp"
#include "checker/subject/named_subjects.hpp"
#include "traces/format/reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace vmacheck {
namespace {

std::vector<Op<Plain>> ops_of(const std::string& steps, const std::string& files = "[]") {
    const ReadResult result = read_trace("{\"vmacheck-trace\":1,\"files\":" + files + "}\n" + steps);
    if (const auto* error = std::get_if<ReadError>(&result)) throw std::runtime_error(describe("trace", *error));
    std::vector<Op<Plain>> ops;
    for (const TraceStep& each : std::get<Trace>(result).steps) ops.push_back(each.op);
    return ops;
}

const std::string three_files = R"([{"kind":"shmem","pages":4},{"kind":"regular","pages":2,"writable":false},)"
                                R"({"kind":"sysv_shm","segment_pages":2}])";

vmacheck::Setup wanted() {
    vmacheck::Setup setup;
    const ReadResult result = read_trace("{\"vmacheck-trace\":1,\"files\":" + three_files + "}\n");
    setup.parameters.files = std::get<Trace>(result).header.parameters.files;
    return setup;
}

std::string mmap_at(const std::string& addr, const std::string& len, const std::string& more = "") {
    return R"({"op":"mmap","addr":")" + addr + R"(","len":")" + len +
           R"(","prot":["READ","WRITE"],"flags":["PRIVATE","FIXED","ANONYMOUS"])" + more + "}\n";
}

class Agent : public ::testing::Test {
protected:
    void SetUp() override {
        if (access("/proc/self/maps", R_OK) != 0) GTEST_SKIP() << "/proc/self/maps cannot be read here";
        subject = subject_named("running", {.agent = VMACHECK_AGENT});
        start = std::get<vmacheck::Setup>(subject->start(wanted()));
        ASSERT_EQ(model.reset(start), std::nullopt);
    }
    // Both perform the steps; results, layouts and counters have to agree.
    void expect_agreement(const std::string& steps) {
        const std::vector<Op<Plain>> ops = ops_of(steps, three_files);
        const std::vector<Answer> answers = subject->perform(ops, Layouts::whole);
        ASSERT_EQ(answers.size(), ops.size()) << answers.back().refusal;
        for (std::size_t i = 0; i < ops.size(); ++i) {
            ASSERT_EQ(answers[i].refusal, "");
            const Answer expected = model.step(ops[i]);
            EXPECT_EQ(expected.seen.error, answers[i].seen.error) << "step " << i + 1;
            if (answers[i].seen.value) {
                EXPECT_EQ(expected.seen.value, answers[i].seen.value) << "step " << i + 1;
            }
            if (!answers[i].layout) continue;  // the process does not live
            const std::size_t slot = process_of(ops[i]);
            EXPECT_EQ(answers[i].layout,
                      layout_digest(model.observe({.process = slot}).processes.at(slot), start.parameters.task_size))
                << "step " << i + 1;
        }
        const Observation seen = subject->observe({});
        const Observation expected = model.observe({});
        for (std::size_t slot = 0; slot < 2; ++slot) {
            const ProcessView& a = expected.processes.at(slot);
            const ProcessView& b = seen.processes.at(slot);
            ASSERT_EQ(a.alive, b.alive);
            if (!a.alive) continue;
            EXPECT_EQ(a.vmas.size(), b.vmas.size());
            for (std::size_t i = 0; i < std::min(a.vmas.size(), b.vmas.size()); ++i) {
                EXPECT_EQ(a.vmas[i].start, b.vmas[i].start);
                EXPECT_EQ(a.vmas[i].end, b.vmas[i].end);
                EXPECT_EQ(a.vmas[i].flags & b.flags_shown, b.vmas[i].flags) << i;
                EXPECT_EQ(a.vmas[i].file, b.vmas[i].file);
            }
            EXPECT_EQ(a.total_vm, b.total_vm);
            EXPECT_EQ(a.data_vm, b.data_vm);
            EXPECT_EQ(a.exec_vm, b.exec_vm);
            EXPECT_EQ(a.stack_vm, b.stack_vm);
            EXPECT_EQ(a.locked_vm, b.locked_vm);
            EXPECT_EQ(a.brk_bytes, b.brk_bytes);
        }
    }

    std::unique_ptr<Subject> subject;
    vmacheck::Setup start;
    ModelSubject model;
};

TEST_F(Agent, StartsWhereTheModelCanStart) {
    expect_agreement("");
    ASSERT_EQ(start.layout.size(), 1u);
    EXPECT_GE(start.layout[0].vmas.size(), 4u);
    EXPECT_EQ(start.parameters.start_brk_bytes, 0x555555559000u);
    EXPECT_FALSE(start.parameters.cap_ipc_lock);
}

TEST_F(Agent, StartsTheSameWayEachTime) {
    EXPECT_EQ(std::get<vmacheck::Setup>(subject->start(wanted())), start);
    EXPECT_EQ(subject->reset(start), std::nullopt);
}

TEST_F(Agent, MapsProtectsAndUnmaps) {
    expect_agreement(mmap_at("0x10000000000", "0x8000") +
                     R"({"op":"fault","addr":"0x10000003000","access":"write"}
{"op":"mprotect","addr":"0x10000002000","len":"0x2000","prot":["READ"]}
{"op":"munmap","addr":"0x10000003000","len":"0x1000"}
{"op":"munmap","addr":"0x10000003001","len":"0x1000"}
{"op":"madvise","addr":"0x10000005000","len":"0x1000","advice":"DONTFORK"}
{"op":"mprotect","addr":"0x10000002000","len":"0x2000","prot":["READ"]}
{"op":"mlock","addr":"0x10000004000","len":"0x1000"}
{"op":"munlock","addr":"0x10000004000","len":"0x800"}
{"op":"mremap","addr":"0x10000006000","len":"0x1000","new_len":"0x1000","flags":["MAYMOVE","FIXED"],"new_addr":"0x10000010000"}
{"op":"mmap","len":"0x3000","prot":["READ"],"flags":["PRIVATE","ANONYMOUS"]}
{"op":"brk","addr":"0x55555555b800"}
{"op":"brk","addr":"0x55555555a000"}
{"op":"msync","addr":"0x10000000000","len":"0x1000","flags":["ASYNC"]}
{"op":"mincore","addr":"0x10000000000","len":"0x1000"}
)");
}

TEST_F(Agent, ReadsWritesAndExecutes) {
    expect_agreement(mmap_at("0x10000000000", "0x2000") +
                     R"({"op":"fault","addr":"0x10000000010","access":"write"}
{"op":"fault","addr":"0x10000001fff","access":"read"}
{"op":"fault","addr":"0x10000002000","access":"read"}
{"op":"fault","addr":"0x10000000fff","access":"exec"}
{"op":"mprotect","addr":"0x10000000000","len":"0x1000","prot":["READ","EXEC"]}
{"op":"fault","addr":"0x10000000fff","access":"exec"}
{"op":"fault","addr":"0x10000000000","access":"write"}
{"op":"remote_access","target":0,"addr":"0x10000001000","access":"read"}
{"op":"remote_access","target":0,"addr":"0x10000003000","access":"read"}
)");
}

TEST_F(Agent, MapsFilesAndSegments) {
    expect_agreement(
        R"({"op":"mmap","addr":"0x10000000000","len":"0x4000","prot":["READ","WRITE"],"flags":["SHARED","FIXED"],"file":1,"offset":"0x1000"}
{"op":"mmap","addr":"0x10000010000","len":"0x2000","prot":["READ","WRITE"],"flags":["SHARED","FIXED"],"file":2}
{"op":"mmap","addr":"0x10000010000","len":"0x2000","prot":["READ","WRITE"],"flags":["PRIVATE","FIXED"],"file":2}
{"op":"mmap","addr":"0x10000020000","len":"0x2000","prot":["READ"],"flags":["SHARED","FIXED","ANONYMOUS"]}
{"op":"shmat","file":3,"addr":"0x10000030000","flags":[]}
{"op":"fault","addr":"0x10000003000","access":"write"}
{"op":"fault","addr":"0x10000011000","access":"write"}
{"op":"truncate","file":1,"len":"0x3000"}
{"op":"fault","addr":"0x10000002000","access":"read"}
{"op":"shmdt","addr":"0x10000030000"}
{"op":"shmdt","addr":"0x10000030000"}
)");
}

TEST_F(Agent, ForksAndDrivesTheChild) {
    expect_agreement(mmap_at("0x10000000000", "0x2000") +
                     R"({"op":"fault","addr":"0x10000000000","access":"write"}
{"op":"fork"}
{"op":"munmap","addr":"0x10000000000","len":"0x1000"}
{"op":"fault","proc":1,"addr":"0x10000000000","access":"read"}
{"op":"munmap","proc":1,"addr":"0x10000001000","len":"0x1000"}
{"op":"remote_access","target":1,"addr":"0x10000000000","access":"write"}
)");
    expect_agreement(R"({"op":"exit","proc":1}
{"op":"munmap","proc":1,"addr":"0x10000001000","len":"0x1000"}
{"op":"remote_access","target":1,"addr":"0x10000000000","access":"write"}
{"op":"fork"}
)");
}

TEST_F(Agent, RefusesWhatWouldHurtIt) {
    const VmaSpec& own = start.layout[0].vmas[0];
    Op<Plain> op;
    op.kind = OpKind::munmap;
    op.addr = Bytes<Plain>::from(own.start * page_size);
    op.len = Bytes<Plain>::from(page_size);
    EXPECT_NE(subject->refuses(op), std::nullopt);
    op.kind = OpKind::split;
    EXPECT_EQ(subject->refuses(op), "it does not perform split");
    expect_agreement("");
}

// A file of the agent may have any size, and no page of it goes before the next start.
TEST_F(Agent, RefusesToFillMoreMemoryThanAMachineHas) {
    Op<Plain> op;
    op.addr = Bytes<Plain>::from(0x10000000000);
    op.len = Bytes<Plain>::from(std::uint64_t{1} << 40);
    op.kind = OpKind::remap_file_pages;
    EXPECT_EQ(subject->refuses(op), "it would fill too much memory");
    op.kind = OpKind::mmap;
    op.flags = map::private_ | map::anonymous;
    EXPECT_EQ(subject->refuses(op), std::nullopt);
    op.flags |= map::populate;
    EXPECT_EQ(subject->refuses(op), "it would fill too much memory");
    op.kind = OpKind::madvise;
    op.advice = Advice::populate_write;
    EXPECT_EQ(subject->refuses(op), "it would fill too much memory");
}

// Its processes, and the segment that one of them has attached. Files have no name in any directory.
TEST_F(Agent, LeavesNothingBehind) {
    const auto lines_of = [](const char* path, const std::string& text) {
        std::ifstream list(path);
        std::size_t count = 0;
        for (std::string line; std::getline(list, line);) count += line.find(text) != std::string::npos ? 1 : 0;
        return count;
    };
    const auto segments = [&] { return lines_of("/proc/sysvipc/shm", ""); };
    const std::size_t segments_before = segments() - 1;  // this subject has one
    // Every process that the agent starts has its environment.
    const std::string mark = "VMACHECK_TEST_MARK=" + std::to_string(getpid());
    const auto marked = [&] {
        std::size_t count = 0;
        for (const auto& each : std::filesystem::directory_iterator("/proc"))
            count += lines_of((each.path() / "environ").c_str(), mark);
        return count;
    };
    subject.reset();
    setenv("VMACHECK_TEST_MARK", std::to_string(getpid()).c_str(), 1);
    subject = subject_named("running", {.agent = VMACHECK_AGENT});
    start = std::get<vmacheck::Setup>(subject->start(wanted()));
    ASSERT_EQ(model.reset(start), std::nullopt);
    expect_agreement(R"({"op":"shmat","file":3,"addr":"0x10000030000","flags":[]}
{"op":"fork"}
{"op":"fork","proc":1}
)");
    EXPECT_EQ(marked(), 4u);
    subject.reset();
    EXPECT_EQ(marked(), 0u);
    EXPECT_LE(segments(), segments_before);
}

std::string some_calls() {
    return mmap_at("0x10000000000", "0x8000") +
           R"({"op":"mprotect","addr":"0x10000002000","len":"0x1000","prot":["READ"]}
{"op":"munmap","addr":"0x10000005000","len":"0x1000"}
{"op":"madvise","addr":"0x10000001001","len":"0x1000","advice":"DONTFORK"}
{"op":"mlock","addr":"0x10000000000","len":"0xffffffffffffffff"}
{"op":"fault","addr":"0x10000000000","access":"write"}
{"op":"mmap","len":"0x3000","prot":[],"flags":["PRIVATE","ANONYMOUS"]}
{"op":"munmap","addr":"0x0","len":"0x1000"}
{"op":"mremap","addr":"0x10000000000","len":"0x1000","new_len":"0x2000","flags":["MAYMOVE"]}
{"op":"mprotect","addr":"0x10000004000","len":"0x1000","prot":["READ","GROWSDOWN"]}
)";
}

TEST_F(Agent, DigestsOfWhatIsNearAreThoseOfTheModel) {
    const std::vector<Op<Plain>> ops = ops_of(some_calls(), three_files);
    const std::vector<Answer> near = subject->perform(ops, Layouts::near);
    const std::vector<Answer> expected = model.perform(ops, Layouts::near);
    ASSERT_EQ(near.size(), ops.size()) << near.back().refusal;
    for (std::size_t i = 0; i < ops.size(); ++i) {
        EXPECT_EQ(near[i].seen.error, expected[i].seen.error) << "step " << i + 1;
        EXPECT_EQ(near[i].layout, expected[i].layout) << "step " << i + 1;
    }
    const Answer whole = subject
                             ->perform(ops_of(R"({"op":"munmap","addr":"0x0","len":"0x1000"}
)",
                                              three_files),
                                       Layouts::whole)
                             .front();
    EXPECT_NE(whole.layout, near[7].layout) << "all of the layout, and what is near the first page";
}

TEST_F(Agent, BatchesThatWereBegunAreAnsweredInTheirOrder) {
    const std::vector<Op<Plain>> first = ops_of(mmap_at("0x10000000000", "0x2000"), three_files);
    const std::vector<Op<Plain>> second = ops_of(some_calls(), three_files);
    const auto vmas = [](const Observation& seen) { return seen.processes[0].vmas.size(); };
    const std::size_t before = vmas(subject->observe({}));
    subject->begin(first, Layouts::near);
    subject->begin(second, Layouts::near);
    const Subject::Performed one = subject->performed();
    const Subject::Performed two = subject->performed();
    EXPECT_EQ(one.answers.size(), first.size());
    EXPECT_EQ(vmas(one.after), before + 1) << "the second batch comes after it";
    EXPECT_EQ(two.answers.size(), second.size());
    EXPECT_EQ(vmas(two.after), vmas(subject->observe({})));
}

TEST_F(Agent, ABatchThatIsAbandonedLeavesNothingBehind) {
    const std::size_t before = subject->observe({}).processes[0].vmas.size();
    subject->begin(ops_of(some_calls(), three_files), Layouts::near);
    subject->begin(ops_of(some_calls(), three_files), Layouts::near);
    subject->abandon();
    ASSERT_TRUE(std::holds_alternative<vmacheck::Setup>(subject->start(wanted())));
    EXPECT_EQ(subject->observe({}).processes[0].vmas.size(), before);
}

}  // namespace
}  // namespace vmacheck
