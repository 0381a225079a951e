#include "checker/subject/plain_results.hpp"

#include "checker/subject/protocol.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

std::vector<Op<Plain>> three_operations() {
    std::vector<Op<Plain>> ops(3);
    ops[0].kind = OpKind::mmap;
    ops[1].kind = OpKind::munmap;
    ops[2].kind = OpKind::fork;
    return ops;
}

TEST(PlainResults, are_read_as_the_reader_of_every_shape_reads_them) {
    const std::vector<Op<Plain>> ops = three_operations();
    for (
        const char* text : {
            R"({"results":[{"ret":"0x7ffff7ffd000","layout":"0xcbf29ce484222325"},{"ret":0,"layout":"0x0"},{"ret":3}]})",
            R"({"results":[{"ret":"ENOMEM"},{"ret":"EINVAL","layout":"0xffffffffffffffff"},{"ret":"EAGAIN"}]})",
        }) {
        const auto plain = read_plain_results(text, ops);
        ASSERT_TRUE(plain) << text;
        const std::vector<Answer> general = read_answers_of_any_shape(text, ops);
        ASSERT_EQ(plain->size(), general.size());
        for (std::size_t i = 0; i < general.size(); ++i) {
            EXPECT_EQ((*plain)[i].seen.error, general[i].seen.error) << text << ", result " << i;
            EXPECT_EQ((*plain)[i].seen.value, general[i].seen.value) << text << ", result " << i;
            EXPECT_EQ((*plain)[i].layout, general[i].layout) << text << ", result " << i;
        }
    }
}

TEST(PlainResults, leave_every_other_text_to_that_reader) {
    const std::vector<Op<Plain>> ops = three_operations();
    for (const char* text : {
             "",
             R"({"results":[]})",
             R"({"results":[{"ret":"0x1000"},{"ret":0}]})",                             // too few
             R"({"results":[{"ret":"0x1000"},{"ret":0},{"ret":1},{"ret":0}]})",         // too many
             R"({"results": [{"ret":"0x1000"},{"ret":0},{"ret":1}]})",                  // a space
             R"({"results":[{"ret":"0x1000"},{"ret":7},{"ret":1}]})",                   // munmap returns 0
             R"({"results":[{"ret":"0x1000"},{"ret":"0x0"},{"ret":1}]})",               // the same
             R"({"results":[{"ret":"0x10000000000000000"},{"ret":0},{"ret":1}]})",      // above 64 bits
             R"({"results":[{"ret":"0x1000"},{"ret":00},{"ret":1}]})",                  // no number of JSON
             R"({"results":[{"ret":"0x1000"},{"ret":0},{"ret":01}]})",                  // the same
             R"({"results":[{"ret":"EWHAT"},{"ret":0},{"ret":1}]})",                    // no errno
             R"({"results":[{"ret":"0x1000"},{"refused":"it is closed"}]})",            // a refusal
             R"({"results":[{"ret":"0x1000"},{"ret":0},{"ret":1}],"lost":"it died"})",  // and more
             R"({"results":[{"ret":"0x1000"},{"ret":0},{"ret":1,"violations":["x"]}]})",
         })
        EXPECT_FALSE(read_plain_results(text, ops)) << text;
}

}  // namespace
}  // namespace vmacheck
