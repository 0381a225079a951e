// The set of events follows the list.
#include "model/op/event_list.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

TEST(EventListTest, has_says_what_the_list_holds) {
    EventList list;
    EXPECT_FALSE(list.has(Event::merge_case_1));
    list.add(Event::merge_case_1, 1, 0);
    list.add(Event::anon_vma_unlock, 2, 3);
    EXPECT_TRUE(list.has(Event::merge_case_1));
    EXPECT_TRUE(list.has(Event::anon_vma_unlock));
    EXPECT_FALSE(list.has(Event::merge_case_2));
    EXPECT_EQ(list.kinds(), (EventSet{Event::merge_case_1, Event::anon_vma_unlock}));
    list.erase(list.begin());
    EXPECT_FALSE(list.has(Event::merge_case_1));
    EXPECT_TRUE(list.has(Event::anon_vma_unlock));
    list = {{Event::page_cow, 1, 0}};
    EXPECT_EQ(list.kinds(), EventSet{Event::page_cow});
    list.clear();
    EXPECT_TRUE(list.kinds().empty());
}

TEST(EventListTest, sets_by_class_have_just_their_events) {
    for (unsigned i = 0; i < static_cast<unsigned>(Event::count); ++i) {
        const Event event = static_cast<Event>(i);
        EXPECT_EQ(lock_events.has(event), is_lock_event(event)) << name(event);
        EXPECT_EQ(merge_case_events.has(event), merge_case(event) != 0) << name(event);
        EXPECT_EQ(EventSet{event}.has_any(lock_events), is_lock_event(event)) << name(event);
    }
}

}  // namespace
}  // namespace vmacheck
