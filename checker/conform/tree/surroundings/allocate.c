// The slab allocator, as far as the tree's code uses it: caches of objects of one size, kmalloc, and what is freed
// after a grace period. There is one thread, so a grace period ends with the step.
//
// One allocation of a step may be made to fail, by its number among all that may fail.
//
// What is freed is filled with a pattern, and it is used again as late as possible: a use after free then reads
// nonsense. Objects of caches that are type safe keep their content, as the kernel says of them.
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "inside.h"
#include "sanitizer.h"
#include "tree.h"

#ifdef TREE_IS_SANITIZED
enum { sanitized = 1 };
#else
enum { sanitized = 0 };
#endif

enum { freed_byte = 0x6b, smallest_size = 32, size_classes = 12, span_bytes = 1 << 16, most_spans = 1 << 16 };

struct free_object {
    struct free_object* next;
};

static unsigned long until_failure;  // allocations, with the one that fails; 0: none is to fail
static int has_failed;

void tree_fail_allocation(unsigned long number) {
    until_failure = number;
    has_failed = 0;
}

int tree_allocation_failed(void) {
    return has_failed;
}

int allocation_fails(gfp_t flags) {
    if (until_failure == 0 || (flags & __GFP_NOFAIL) != 0 || --until_failure != 0) return 0;
    has_failed = 1;
    return 1;
}

struct kmem_cache {
    const char* name;
    unsigned long size;   // of an object
    unsigned long space;  // that it takes
    void (*begin)(void*);
    int keeps_content;
    unsigned long live;
    struct free_object* first;
    struct free_object** last;
    char* unused;  // of its newest span
    unsigned long left;
    struct kmem_cache* next;
};

static struct kmem_cache* caches;

// Memory of objects, in spans that belong to one cache each: kfree takes the objects of any cache.
static char* spans;
static struct kmem_cache* owners[most_spans];
static unsigned spans_used;

// Where the link of a free object stands. Behind the object, if its content stays.
static struct free_object* link_of(const struct kmem_cache* cache, void* object) {
    return (struct free_object*)((char*)object +
                                 (cache->keeps_content ? cache->space - sizeof(struct free_object) : 0));
}

static void* object_of(const struct kmem_cache* cache, struct free_object* link) {
    return (char*)link - (cache->keeps_content ? cache->space - sizeof(struct free_object) : 0);
}

static void init_cache(struct kmem_cache* cache, const char* name, unsigned long size, unsigned long flags,
                       void (*begin)(void*)) {
    cache->name = name;
    cache->size = size;
    cache->begin = begin;
    cache->keeps_content = (flags & (unsigned long)SLAB_TYPESAFE_BY_RCU) != 0 || begin != NULL;
    // A maple node is 256 bytes, and its address has no more bits than that leaves.
    const unsigned long align = size >= 256 ? 256 : 64;
    cache->space = (size + (cache->keeps_content ? sizeof(struct free_object) : 0) + align - 1) / align * align;
    cache->last = &cache->first;
    cache->next = caches;
    caches = cache;
}

static struct kmem_cache* new_cache(const char* name, unsigned long size, unsigned long flags, void (*begin)(void*)) {
    struct kmem_cache* cache = tree_memory(sizeof(*cache));
    init_cache(cache, name, size, flags, begin);
    return cache;
}

static struct kmem_cache* cache_of(const void* object) {
    const unsigned long span = (unsigned long)((const char*)object - spans) / span_bytes;
    if (span >= spans_used) tree_bug("allocate.c", __LINE__, "an address is freed that no cache gave");
    return owners[span];
}

static void* unused_object(struct kmem_cache* cache) {
    if (cache->left < cache->space) {
        if (spans == NULL) {
            spans = tree_memory((unsigned long)span_bytes * most_spans);
            if (sanitized) watch_objects(spans, (unsigned long)span_bytes * most_spans);
        }
        if (spans_used == most_spans || cache->space > span_bytes) tree_lacks("so much memory");
        owners[spans_used] = cache;
        cache->unused = spans + (unsigned long)span_bytes * spans_used++;
        cache->left = span_bytes;
    }
    void* object = cache->unused;
    cache->unused += cache->space;
    cache->left -= cache->space;
    return object;
}

// Of the object the first bytes may be accessed.
static void* take_part(struct kmem_cache* cache, gfp_t flags, unsigned long bytes) {
    void* object;
    if (cache->first != NULL) {
        struct free_object* link = cache->first;
        cache->first = link->next;
        if (cache->first == NULL) cache->last = &cache->first;
        object = object_of(cache, link);
    } else {
        object = unused_object(cache);
        if (sanitized) allow_object(object, cache->size);
        if (cache->begin != NULL) cache->begin(object);
    }
    ++cache->live;
    if (sanitized) allow_object(object, bytes);
    if ((flags & __GFP_ZERO) != 0) memset(object, 0, cache->size);
    return object;
}

static void* take(struct kmem_cache* cache, gfp_t flags) {
    return take_part(cache, flags, cache->size);
}

static void give_back(struct kmem_cache* cache, void* object) {
    struct free_object* link = link_of(cache, object);
    if (!cache->keeps_content) memset(object, freed_byte, cache->size);
    if (!cache->keeps_content && sanitized) forbid_object(object, cache->size);
    link->next = NULL;
    *cache->last = link;
    cache->last = &link->next;
    --cache->live;
}

int object_at(unsigned long address, struct watched_object* object) {
    const unsigned long span = (address - (unsigned long)spans) / span_bytes;
    if (span >= spans_used) return 0;
    const struct kmem_cache* cache = owners[span];
    const unsigned long start = (unsigned long)spans + span * span_bytes;
    *object =
        (struct watched_object){cache->name, start + (address - start) / cache->space * cache->space, cache->size};
    return 1;
}

unsigned long live_objects(const char* name) {
    unsigned long sum = 0;
    for (const struct kmem_cache* cache = caches; cache != NULL; cache = cache->next)
        if (strcmp(cache->name, name) == 0) sum += cache->live;
    return sum;
}

// ---- the names under which the tree's code knows it

#ifdef TREE_HAS_CACHE_ARGS
struct kmem_cache* __kmem_cache_create_args(const char* name, unsigned int size, struct kmem_cache_args* args,
                                            slab_flags_t flags) {
    return new_cache(name, size, (unsigned long)flags, args->ctor);
}
#else
struct kmem_cache* kmem_cache_create(const char* name, unsigned int size, unsigned int align, slab_flags_t flags,
                                     void (*ctor)(void*)) {
    return new_cache(name, size, (unsigned long)flags, ctor);
}
struct kmem_cache* kmem_cache_create_usercopy(const char* name, unsigned int size, unsigned int align,
                                              slab_flags_t flags, unsigned int offset, unsigned int usersize,
                                              void (*ctor)(void*)) {
    return new_cache(name, size, (unsigned long)flags, ctor);
}
#endif

#ifdef TREE_HAS_ALLOC_PROFILING
#define profiled(name) name##_noprof
#else
#define profiled(name) name
#endif

void* profiled(kmem_cache_alloc)(struct kmem_cache* cache, gfp_t flags) {
    return allocation_fails(flags) ? NULL : take(cache, flags);
}

#ifdef TREE_HAS_BOOL_BULK
bool
#else
int
#endif
profiled(kmem_cache_alloc_bulk)(struct kmem_cache* cache, gfp_t flags, size_t count, void** objects) {
    if (allocation_fails(flags)) return 0;
    for (size_t i = 0; i < count; ++i) objects[i] = take(cache, flags);
    return count;
}

void kmem_cache_free(struct kmem_cache* cache, void* object) {
    if (cache_of(object) != cache)
        tree_bug("allocate.c", __LINE__, "an object is freed to a cache that is not its own");
    give_back(cache, object);
}

void kmem_cache_free_bulk(struct kmem_cache* cache, size_t count, void** objects) {
    // Without a cache: kfree_bulk.
    for (size_t i = 0; i < count; ++i)
        if (cache != NULL)
            kmem_cache_free(cache, objects[i]);
        else
            kfree(objects[i]);
}

#ifdef TREE_HAS_SHEAVES
// Objects that are taken before they are needed.
struct slab_sheaf {
    unsigned size;
    void* objects[];
};

static void* take_bytes(unsigned long bytes, gfp_t flags);

static void fill_sheaf(struct kmem_cache* cache, gfp_t flags, struct slab_sheaf** sheaf, unsigned int size) {
    if (*sheaf == NULL || (*sheaf)->size < size) {
        struct slab_sheaf* larger = take_bytes(sizeof(*larger) + size * sizeof(void*), flags);
        larger->size = 0;
        if (*sheaf != NULL) {
            memcpy(larger->objects, (*sheaf)->objects, (*sheaf)->size * sizeof(void*));
            larger->size = (*sheaf)->size;
            kfree(*sheaf);
        }
        *sheaf = larger;
    }
    while ((*sheaf)->size < size) (*sheaf)->objects[(*sheaf)->size++] = take(cache, flags);
}

int kmem_cache_refill_sheaf(struct kmem_cache* cache, gfp_t flags, struct slab_sheaf** sheaf, unsigned int size) {
    if (allocation_fails(flags)) return -ENOMEM;
    fill_sheaf(cache, flags, sheaf, size);
    return 0;
}

struct slab_sheaf* kmem_cache_prefill_sheaf(struct kmem_cache* cache, gfp_t flags, unsigned int size) {
    struct slab_sheaf* sheaf = NULL;
    if (!allocation_fails(flags)) fill_sheaf(cache, flags, &sheaf, size);
    return sheaf;
}

void kmem_cache_return_sheaf(struct kmem_cache* cache, gfp_t flags, struct slab_sheaf* sheaf) {
    while (sheaf->size > 0) give_back(cache, sheaf->objects[--sheaf->size]);
    kfree(sheaf);
}

void* kmem_cache_alloc_from_sheaf_noprof(struct kmem_cache* cache, gfp_t flags, struct slab_sheaf* sheaf) {
    if (sheaf->size == 0) return NULL;
    void* object = sheaf->objects[--sheaf->size];
    if ((flags & __GFP_ZERO) != 0) memset(object, 0, cache->size);
    return object;
}

unsigned int kmem_cache_sheaf_size(struct slab_sheaf* sheaf) {
    return sheaf->size;
}
#endif

// Of kmalloc.
static struct kmem_cache sizes[size_classes];

static void* take_bytes(unsigned long bytes, gfp_t flags) {
    unsigned class = 0;
    while (class < size_classes && (unsigned long)smallest_size << class < bytes) ++class;
    if (class == size_classes) tree_lacks("kmalloc of so much");
    if (sizes[class].last == NULL) init_cache(&sizes[class], "kmalloc", (unsigned long)smallest_size << class, 0, NULL);
    return take_part(&sizes[class], flags, bytes);
}

void* profiled(__kmalloc)(size_t bytes, gfp_t flags) {
    return allocation_fails(flags) ? NULL : take_bytes(bytes, flags);
}

#ifdef TREE_HAS_ALLOC_PROFILING
void* __kmalloc_cache_noprof(struct kmem_cache* cache, gfp_t flags, size_t bytes) {
    return allocation_fails(flags) ? NULL : take_bytes(bytes, flags);
}
#else
void* kmalloc_trace(struct kmem_cache* cache, gfp_t flags, size_t bytes) {
    return allocation_fails(flags) ? NULL : take_bytes(bytes, flags);
}
#endif

void kfree(const void* object) {
    if (object != NULL) give_back(cache_of(object), (void*)object);
}

// ---- what waits for a grace period

static struct rcu_head* waiting;
static struct rcu_head** last_waiting = &waiting;

void call_rcu(struct rcu_head* head, rcu_callback_t function) {
    head->func = function;
    head->next = NULL;
    *last_waiting = head;
    last_waiting = (struct rcu_head**)&head->next;
}

static struct waiting_object {
    void* object;
    struct waiting_object* next;
} * objects;

void free_later(void* object) {
    struct waiting_object* wait = take_bytes(sizeof(*wait), GFP_KERNEL);
    wait->object = object;
    wait->next = objects;
    objects = wait;
}

void tree_end_step(void) {
    end_step_of_pages();
    while (objects != NULL) {
        struct waiting_object* first = objects;
        objects = first->next;
        kfree(first->object);
        kfree(first);
    }

    while (waiting != NULL) {
        struct rcu_head* head = waiting;
        waiting = (struct rcu_head*)head->next;
        if (waiting == NULL) last_waiting = &waiting;
        head->func(head);
    }
}
