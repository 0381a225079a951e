// The order in which a process's own memory is faulted.
#include "checker/conform/record/fault_order.hpp"

#include "model/state/bytes.hpp"
#include "tests/checker/conform/record/missing_here.hpp"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

namespace vmacheck {
namespace {

constexpr std::size_t pages = 8;

// Three VMAs of this process, of which none is faulted.
class FaultOrderTest : public testing::Test {
protected:
    void SetUp() override {
        for (const std::string& why : {why_no_fault_events(), why_no_pagemap_scan()})
            if (!why.empty()) GTEST_SKIP() << why;
        for (std::size_t i = 0; i < 3; ++i) {
            memory[i] = static_cast<volatile char*>(
                mmap(nullptr, pages * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
            ASSERT_NE(const_cast<char*>(memory[i]), MAP_FAILED);
            vmas.push_back({page(i, 0), page(i, 0) + pages});
        }
        order.follow(getpid(), getpid());
        order.drop(getpid());
    }
    void TearDown() override {
        for (volatile char* each : memory)
            if (each != nullptr) munmap(const_cast<char*>(each), pages * page_size);
    }
    void write(std::size_t vma, std::size_t page) { memory[vma][page * page_size] = 1; }
    void read(std::size_t vma, std::size_t page) { [[maybe_unused]] const char byte = memory[vma][page * page_size]; }
    [[nodiscard]] std::uint64_t page(std::size_t vma, std::size_t number) const {
        return reinterpret_cast<std::uint64_t>(memory[vma]) / page_size + number;
    }

    volatile char* memory[3] = {};
    std::vector<PageRange> vmas;
    FaultOrder order;
};

TEST_F(FaultOrderTest, is_that_of_the_first_write_to_each_vma) {
    write(2, 5);
    write(1, 1);
    write(0, 2);
    write(1, 0);
    EXPECT_EQ(order.take(getpid(), vmas), (std::vector<std::uint64_t>{page(2, 5), page(1, 1), page(0, 2)}));
}

TEST_F(FaultOrderTest, is_not_that_of_reads) {
    if (const std::string why = why_no_zero_page(); !why.empty()) GTEST_SKIP() << why;
    read(0, 2);  // the zero page, which is written to later
    write(2, 5);
    write(0, 2);
    EXPECT_EQ(order.take(getpid(), vmas), (std::vector<std::uint64_t>{page(2, 5), page(0, 2)}));
}

TEST_F(FaultOrderTest, begins_anew_each_time) {
    write(1, 0);
    EXPECT_EQ(order.take(getpid(), vmas), std::vector<std::uint64_t>{page(1, 0)});
    write(0, 0);
    EXPECT_EQ(order.take(getpid(), vmas), std::vector<std::uint64_t>{page(0, 0)});
    write(2, 0);
    order.drop(getpid());
    EXPECT_TRUE(order.take(getpid(), vmas).empty());
}

TEST_F(FaultOrderTest, is_not_known_where_events_were_lost) {
    constexpr std::size_t many = 4000;  // more than are kept
    void* const area = mmap(nullptr, many * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(area, MAP_FAILED);
    madvise(area, many * page_size, MADV_NOHUGEPAGE);
    for (std::size_t i = 0; i < many; ++i) static_cast<volatile char*>(area)[i * page_size] = 1;
    write(0, 0);
    EXPECT_TRUE(order.take(getpid(), vmas).empty());
    munmap(area, many * page_size);
}

TEST_F(FaultOrderTest, of_a_process_that_is_not_followed_is_not_known) {
    FaultOrder other;
    write(0, 0);
    EXPECT_TRUE(other.take(getpid(), vmas).empty());
}

}  // namespace
}  // namespace vmacheck
