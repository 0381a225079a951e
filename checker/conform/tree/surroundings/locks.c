// Locks. There is one thread: a lock that is not free when it is wanted would never become free.
#include <linux/mutex.h>
#include <linux/rwsem.h>

#include "inside.h"
#include "tree.h"

// The bits that rwsem.h looks at.
enum { writer = 1, one_reader = 256 };

static void deadlock(const char* what) {
    tree_report("deadlock", "%s, and it is held already", what);
    tree_abandon();
}

void __init_rwsem(struct rw_semaphore* lock, const char* name, struct lock_class_key* key) {
    atomic_long_set(&lock->count, 0);
}

void down_write(struct rw_semaphore* lock) {
    if (atomic_long_read(&lock->count) != 0) deadlock("down_write of a rw_semaphore");
    atomic_long_set(&lock->count, writer);
}

int down_write_killable(struct rw_semaphore* lock) {
    down_write(lock);
    return 0;
}

int down_write_trylock(struct rw_semaphore* lock) {
    if (atomic_long_read(&lock->count) != 0) return 0;
    atomic_long_set(&lock->count, writer);
    return 1;
}

void up_write(struct rw_semaphore* lock) {
    if (atomic_long_read(&lock->count) != writer) {
        tree_report("lock-balance", "up_write of a rw_semaphore that is not held for writing");
        tree_abandon();
    }
    atomic_long_set(&lock->count, 0);
}

void down_read(struct rw_semaphore* lock) {
    if (atomic_long_read(&lock->count) == writer) deadlock("down_read of a rw_semaphore");
    atomic_long_add(one_reader, &lock->count);
}

int down_read_killable(struct rw_semaphore* lock) {
    down_read(lock);
    return 0;
}

int down_read_trylock(struct rw_semaphore* lock) {
    if (atomic_long_read(&lock->count) == writer) return 0;
    atomic_long_add(one_reader, &lock->count);
    return 1;
}

void up_read(struct rw_semaphore* lock) {
    if (atomic_long_read(&lock->count) < one_reader) {
        tree_report("lock-balance", "up_read of a rw_semaphore that is not held for reading");
        tree_abandon();
    }
    atomic_long_sub(one_reader, &lock->count);
}

void downgrade_write(struct rw_semaphore* lock) {
    up_write(lock);
    down_read(lock);
}

#ifdef TREE_HAS_GENERIC_MUTEX_INIT
void mutex_init_generic(struct mutex* lock) {
#else
void __mutex_init(struct mutex* lock, const char* name, struct lock_class_key* key) {
#endif
    atomic_long_set(&lock->owner, 0);
}
void mutex_lock(struct mutex* lock) {
    if (atomic_long_read(&lock->owner) != 0) deadlock("mutex_lock");
    atomic_long_set(&lock->owner, 1);
}
int mutex_lock_killable(struct mutex* lock) {
    mutex_lock(lock);
    return 0;
}
int mutex_trylock(struct mutex* lock) {
    if (atomic_long_read(&lock->owner) != 0) return 0;
    atomic_long_set(&lock->owner, 1);
    return 1;
}
void mutex_unlock(struct mutex* lock) {
    atomic_long_set(&lock->owner, 0);
}
