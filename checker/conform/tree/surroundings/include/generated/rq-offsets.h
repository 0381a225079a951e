// Where the scheduler keeps what migrate_disable() looks at. There is no scheduler here.
#pragma once

#define RQ_nr_pinned 0
