// Files that processes hold open, and the objects behind shared anonymous memory. Their pages are kept as long as the
// file is, as in a page cache; what stands in them is not.
#include <linux/backing-dev.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/security.h>
#include <linux/shmem_fs.h>

#include "inside.h"
#include "tree.h"

struct tree_inode {
    struct inode inode;
    struct page* pages;  // linked by private
    unsigned number;     // as files name it
    unsigned kind;
    unsigned users;         // files
    unsigned long charged;  // pages of commit charge, of a shared anonymous object
    struct tree_inode* next_free;
};

struct open_file {
    struct file file;
    unsigned position;                       // from 1; 0: a shared anonymous object
    struct tree_file does;                   // as it was opened
    unsigned long mappings;                  // calls of its hooks that make one, less those that end one
    struct vm_operations_struct operations;  // of its mappings, where it has hooks
    struct open_file* next_free;
};

static struct open_file* opened[tree_files + 1];
static unsigned opened_count;
static unsigned long charges;
static struct tree_inode* free_inodes;
static struct open_file* free_files;
static struct super_block super;
static struct backing_dev_info no_device;
static struct vfsmount mounted;

static struct tree_inode* inode_of(const struct file* file) {
    return container_of(file->f_mapping->host, struct tree_inode, inode);
}

static struct open_file* opened_of(const struct file* file) {
    return container_of(file, struct open_file, file);
}

unsigned position_of(const struct file* file) {
    const struct tree_inode* inode = inode_of(file);
    // Of those that share an inode, the first.
    for (unsigned i = 1; i <= opened_count; ++i) {
        const struct tree_inode* other = inode_of(&opened[i]->file);
        if (other == inode || (other->kind == tree_dev_zero && inode->kind == tree_dev_zero)) return i;
    }
    return opened_of(file)->position;
}

int is_shared_object(const struct file* file) {
    return opened_of(file)->position == 0;
}

unsigned long charges_of_objects(void) {
    return charges;
}

// ---- pages

// Pages by inode and index: chains of one hash value, linked by frame.
static struct page* chains[1 << 14];
static struct page* next_in_chain[tree_frames];

static struct page** chain_of(const struct tree_inode* inode, unsigned long index) {
    return &chains[((unsigned long)inode / sizeof(*inode) * 31 + index) % ARRAY_SIZE(chains)];
}

static struct page* page_at(struct tree_inode* inode, unsigned long index) {
    struct page** chain = chain_of(inode, index);
    struct page* page;
    for (page = *chain; page != NULL; page = next_in_chain[page_to_pfn(page)])
        if (page->mapping == inode->inode.i_mapping && page_folio(page)->index == index) return page;
    page = alloc_page(GFP_HIGHUSER | __GFP_NOFAIL);
    next_in_chain[page_to_pfn(page)] = *chain;
    *chain = page;
    page->mapping = inode->inode.i_mapping;
    page_folio(page)->index = index;
    page->private = (unsigned long)inode->pages;
    set_bit(PG_uptodate, &page->flags);
    if (inode->kind == tree_shmem) set_bit(PG_swapbacked, &page->flags);
    inode->pages = page;
    return page;
}

static void leave_chain(const struct tree_inode* inode, const struct page* page) {
    struct page** link = chain_of(inode, page_folio(page)->index);
    while (*link != page) link = &next_in_chain[page_to_pfn(*link)];
    *link = next_in_chain[page_to_pfn(page)];
}

static void drop_pages(struct tree_inode* inode, unsigned long first, unsigned long last) {
    for (struct page** link = &inode->pages; *link != NULL;) {
        struct page* page = *link;
        if (page_folio(page)->index < first || page_folio(page)->index > last) {
            link = (struct page**)&page->private;
            continue;
        }
        *link = (struct page*)page->private;
        leave_chain(inode, page);
        page->mapping = NULL;
        put_page(page);
    }
}

static vm_fault_t fault_page(struct vm_fault* fault) {
    struct tree_inode* inode = inode_of(fault->vma->vm_file);
    if (fault->pgoff >= DIV_ROUND_UP(i_size_read(&inode->inode), PAGE_SIZE)) return VM_FAULT_SIGBUS;
    count_faults(1);
    struct page* page = page_at(inode, fault->pgoff);
    get_page(page);
    if (test_and_set_bit(PG_locked, &page->flags)) tree_bug("files.c", __LINE__, "a page of a file is locked twice");
    fault->page = page;
    return VM_FAULT_LOCKED;
}

static const struct vm_operations_struct file_operations_of_vma = {.fault = fault_page};
static const struct vm_operations_struct shmem_operations_of_vma = {.fault = fault_page};

#ifdef TREE_HAS_CONST_SHMEM
#define WHERE_CONST const
#else
#define WHERE_CONST
#endif

bool shmem_mapping(WHERE_CONST struct address_space* mapping) {
    return container_of(mapping->host, struct tree_inode, inode)->kind == tree_shmem;
}

bool vma_is_shmem(WHERE_CONST struct vm_area_struct* vma) {
    return vma->vm_ops == &shmem_operations_of_vma;
}

bool vma_is_anon_shmem(WHERE_CONST struct vm_area_struct* vma) {
    return vma_is_shmem(vma) && is_shared_object(vma->vm_file);
}

// ---- hooks

static void open_mapping(struct vm_area_struct* vma) {
    ++opened_of(vma->vm_file)->mappings;
}

static void close_mapping(struct vm_area_struct* vma) {
    struct open_file* file = opened_of(vma->vm_file);
    if (file->mappings-- == 0)
        tree_report("hooks-balanced", "->close of file %u is called once too often", file->position);
}

static bool at_unit(const struct open_file* file, unsigned long addr) {
    return file->does.granule <= 1 || (addr >> PAGE_SHIFT) % file->does.granule == 0;
}

static int split_mapping(struct vm_area_struct* vma, unsigned long addr) {
    return at_unit(opened_of(vma->vm_file), addr) ? 0 : -EINVAL;
}

static int move_mapping(struct vm_area_struct* vma) {
    const struct open_file* file = opened_of(vma->vm_file);
    if (file->does.mremap_error != 0) return -file->does.mremap_error;
    return at_unit(file, vma->vm_start) ? 0 : -EINVAL;
}

// Of a file that has any; NULL: it has none.
static const struct vm_operations_struct* hooks_of(struct open_file* file) {
    const struct tree_file* does = &file->does;
    if (!does->closes && does->granule <= 1 && does->mremap_error == 0) return NULL;
    file->operations =
        (struct vm_operations_struct){.fault = fault_page, .may_split = split_mapping, .mremap = move_mapping};
    if (does->closes) {
        file->operations.open = open_mapping;
        file->operations.close = close_mapping;
    }
    return &file->operations;
}

void check_hooks(struct file* file, unsigned long mappings) {
    const struct open_file* own = opened_of(file);
    if (own->does.closes && own->mappings != mappings)
        tree_report("hooks-balanced", "file %u has %lu mappings by its hooks, and %lu VMAs map it", own->position,
                    own->mappings, mappings);
}

void forget_mappings(struct file* file) {
    struct open_file* own = opened_of(file);
    own->does.closes = 1;
    own->mappings = 0;
}

int tree_may_add(unsigned long flag) {
#ifdef TREE_MERGES_AFTER_MMAP
    return (flag & ~(VM_DONTDUMP | VM_DONTCOPY | VM_DONTEXPAND)) == 0;
#else
    return flag == 0;  // the model merges then
#endif
}

// ---- opening and closing

static int map_file(struct file* file, struct vm_area_struct* vma) {
    const struct tree_inode* inode = inode_of(file);
    struct open_file* own = opened_of(file);
    if (own->does.mmap_error != 0) return -own->does.mmap_error;
    if (!at_unit(own, vma->vm_start) || !at_unit(own, vma->vm_end)) return -EINVAL;
    const unsigned long added = own->does.added_flags | (own->does.granule > 1 ? VM_DONTEXPAND : 0);
    if (added != 0) vm_flags_set(vma, added);
    if (inode->kind == tree_dev_zero) {
        if ((vma->vm_flags & VM_SHARED) != 0) return shmem_zero_setup(vma);
        vma_set_anonymous(vma);
        return 0;
    }
    vma->vm_ops = inode->kind == tree_shmem ? &shmem_operations_of_vma : &file_operations_of_vma;
    const struct vm_operations_struct* hooks = hooks_of(own);
    if (hooks != NULL) vma->vm_ops = hooks;
    if (own->does.closes) ++own->mappings;
    return 0;
}

static unsigned long place_in_memory(struct file* file, unsigned long addr, unsigned long len, unsigned long pgoff,
                                     unsigned long flags) {
#ifdef TREE_HAS_UNMAPPED_AREA_OF_MM
    return mm_get_unmapped_area(current->mm, file, addr, len, pgoff, flags);
#else
    return mm_get_unmapped_area(file, addr, len, pgoff, flags);
#endif
}

// Of a shared mapping of /dev/zero, where a shared object will be placed.
static unsigned long place_zero(struct file* file, unsigned long addr, unsigned long len, unsigned long pgoff,
                                unsigned long flags) {
    return place_in_memory(NULL, addr, len, pgoff, flags);
}

// As files of ext4. With another function than this one mremap moves the mapping of such a file alone.
static const struct file_operations plain_operations = {.mmap = map_file, .get_unmapped_area = thp_get_unmapped_area};
static const struct file_operations without_mmap = {.get_unmapped_area = thp_get_unmapped_area};
static const struct file_operations shared_operations = {.mmap = map_file,
                                                         .get_unmapped_area = shmem_get_unmapped_area};
static const struct file_operations zero_operations = {.mmap = map_file, .get_unmapped_area = place_zero};

static struct tree_inode* new_inode_of(unsigned kind, unsigned number, unsigned long pages) {
    struct tree_inode* inode = free_inodes;
    if (inode != NULL)
        free_inodes = inode->next_free;
    else
        inode = tree_memory(sizeof(*inode));
    memset(inode, 0, sizeof(*inode));
    inode->kind = kind;
    inode->number = number;
    inode->inode.i_mode = kind == tree_dev_zero ? S_IFCHR : S_IFREG;
    inode->inode.__i_nlink = 1;
    inode->inode.i_sb = &super;
    super.s_maxbytes = MAX_LFS_FILESIZE;
    struct address_space* mapping = &inode->inode.i_data;
    inode->inode.i_mapping = mapping;
    mapping->host = &inode->inode;
    mapping->i_mmap = RB_ROOT_CACHED;
    init_rwsem(&mapping->i_mmap_rwsem);
    const unsigned long most = MAX_LFS_FILESIZE >> PAGE_SHIFT;
    i_size_write(&inode->inode, (loff_t)(pages > most ? MAX_LFS_FILESIZE : pages << PAGE_SHIFT));
    return inode;
}

static struct file* new_file(struct tree_inode* inode, unsigned position) {
    struct open_file* file = free_files;
    if (file != NULL)
        free_files = file->next_free;
    else
        file = tree_memory(sizeof(*file));
    memset(file, 0, sizeof(*file));
    file->position = position;
#ifdef TREE_HAS_FILE_REF
    file_ref_init(&file->file.f_ref, 1);
#else
    atomic_long_set(&file->file.f_count, 1);
#endif
    file->file.f_mode = FMODE_READ | FMODE_WRITE;
    file->file.f_op = inode->kind == tree_dev_zero ? &zero_operations
                      : inode->kind == tree_shmem  ? &shared_operations
                                                   : &plain_operations;
    file->file.f_inode = &inode->inode;
    ((struct path*)&file->file.f_path)->mnt = &mounted;
    file->file.f_mapping = inode->inode.i_mapping;
    ++inode->users;
    return &file->file;
}

static void end_file(struct file* file) {
    struct tree_inode* inode = inode_of(file);
    struct open_file* own = opened_of(file);
    own->next_free = free_files;
    free_files = own;
    if (--inode->users != 0) return;
    if (!RB_EMPTY_ROOT(&inode->inode.i_data.i_mmap.rb_root))
        tree_report("file-references", "a file is closed for the last time, and VMAs still map it");
    if (inode->charged != 0) vm_unacct_memory(inode->charged);
    charges -= inode->charged;
    drop_pages(inode, 0, ~0ul);
    inode->next_free = free_inodes;
    free_inodes = inode;
}

#ifdef TREE_HAS_FILE_REF
// The count went below the one that the last holder has.
bool __file_ref_put(file_ref_t* reference, unsigned long count) {
    if (count != FILE_REF_NOREF) tree_bug("files.c", __LINE__, "a file is released once more than it was taken");
    atomic_long_set(&reference->refcnt, FILE_REF_DEAD);
    return true;
}
#endif

void fput(struct file* file) {
#ifdef TREE_HAS_FILE_REF
    if (file_ref_put(&file->f_ref)) end_file(file);
#else
    if (atomic_long_dec_and_test(&file->f_count)) end_file(file);
#endif
}

struct file* fget(unsigned int number) {
    return number >= 1 && number <= opened_count ? get_file(&opened[number]->file) : NULL;
}

void open_tree_files(const struct tree_file* files, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
        struct tree_inode* inode = NULL;
        for (unsigned j = 0; j < i && files[i].inode != 0; ++j)
            if (files[j].inode == files[i].inode) inode = inode_of(&opened[j + 1]->file);
        if (inode == NULL) inode = new_inode_of(files[i].kind, files[i].inode, files[i].pages);
        struct file* file = new_file(inode, i + 1);
        file->f_mode = (files[i].readable ? FMODE_READ : 0) | (files[i].writable ? FMODE_WRITE : 0);
        opened[i + 1] = opened_of(file);
        opened[i + 1]->does = files[i];
        if (files[i].no_mmap) file->f_op = &without_mmap;
        if (files[i].append_only) inode->inode.i_flags |= S_APPEND;
        if (files[i].swap_file) inode->inode.i_flags |= S_SWAPFILE;
        opened_count = i + 1;
    }
}

void close_tree_files(void) {
    while (opened_count > 0) fput(&opened[opened_count--]->file);
}

bool path_noexec(const struct path* path) {
    return container_of(path, struct open_file, file.f_path)->does.noexec;
}

struct backing_dev_info* inode_to_bdi(struct inode* inode) {
    return &no_device;
}

// MADV_REMOVE: a hole where pages were.
int vfs_fallocate(struct file* file, int mode, loff_t offset, loff_t len) {
    if ((file->f_mode & FMODE_WRITE) == 0) return -EBADF;
    if (IS_APPEND(file_inode(file))) return -EPERM;
    if (IS_SWAPFILE(file_inode(file))) return -ETXTBSY;
    unmap_mapping_range(file->f_mapping, offset, len, 0);
    drop_pages(inode_of(file), (unsigned long)offset >> PAGE_SHIFT, ((unsigned long)(offset + len) - 1) >> PAGE_SHIFT);
    return 0;
}

// ---- shared anonymous memory

// Charges as shmem does: the whole object when it is made, unless VM_NORESERVE.
static struct file* shared_object(unsigned long bytes, unsigned long flags) {
    const unsigned long pages = PAGE_ALIGN(bytes) >> PAGE_SHIFT;
    const unsigned long charge = (flags & VM_NORESERVE) != 0 ? 0 : pages;
    if (charge != 0 && security_vm_enough_memory_mm(current->mm, (long)charge) != 0) return ERR_PTR(-ENOMEM);
    struct tree_inode* inode = new_inode_of(tree_shmem, 0, pages);
    inode->charged = charge;
    charges += charge;
    return new_file(inode, 0);
}

int shmem_zero_setup(struct vm_area_struct* vma) {
    struct file* file = shared_object(vma->vm_end - vma->vm_start, vma->vm_flags);
    if (IS_ERR(file)) return PTR_ERR(file);
    if (vma->vm_file != NULL) fput(vma->vm_file);
    vma->vm_file = file;
    vma->vm_ops = &shmem_operations_of_vma;
    return 0;
}

unsigned long shmem_get_unmapped_area(struct file* file, unsigned long addr, unsigned long len, unsigned long pgoff,
                                      unsigned long flags) {
    return place_in_memory(file, addr, len, pgoff, flags);
}
