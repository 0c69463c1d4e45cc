/* SPDX-License-Identifier: MIT */
#include "wire/pagetable.h"

const char *pvg_walk_name(enum pvg_walk w)
{
    static const char *const names[] = {
        [PVG_WALK_OK] = "ok",
        [PVG_WALK_NO_DIRECTORY] = "no directory",
        [PVG_WALK_DIRECTORY_UNREADABLE] = "directory outside RAM",
        [PVG_WALK_BAD_ROOT] = "no root page",
        [PVG_WALK_BAD_DEPTH] = "impossible depth",
        [PVG_WALK_TABLE_UNREADABLE] = "table page outside RAM",
        [PVG_WALK_NOT_PRESENT] = "not present",
        [PVG_WALK_CORRUPT] = "corrupt entry",
    };
    return names[w];
}

enum pvg_walk pvg_pt_open(struct pvg_pt_walker *w, pvg_pt_read32 read, void *opaque, uint32_t shift, uint64_t directory_gpa)
{
    uint32_t root, depth;
    *w = (struct pvg_pt_walker){.read = read, .opaque = opaque, .shift = shift};
    if (directory_gpa == 0 || !pvg_page_shift_ok(shift))
        return PVG_WALK_NO_DIRECTORY;
    if (!read(opaque, directory_gpa + PVG_DIRECTORY_ROOT, &root) || !read(opaque, directory_gpa + PVG_DIRECTORY_DEPTH, &depth))
        return PVG_WALK_DIRECTORY_UNREADABLE;
    if (root == 0)
        return PVG_WALK_BAD_ROOT;
    if (depth == 0 || depth > PVG_PT_DEPTH_MAX) {
        w->fault.raw = depth;
        return PVG_WALK_BAD_DEPTH;
    }
    w->depth = depth;
    w->node[0] = root; /* The root word is used unmasked (spec 03 section 2.3). */
    return PVG_WALK_OK;
}

/* Levels whose node serves both the last page and this one: equal index slices above them. */
static uint32_t shared_levels(const struct pvg_pt_walker *w, uint64_t page)
{
    uint32_t bits = pvg_pt_level_bits(w->shift), n = 1;
    if (w->prefix_valid == 0)
        return 0;
    uint64_t diff = page ^ w->last_page;
    while (n < w->prefix_valid) {
        /* Slices of levels 0..n-1 select node[n]. */
        uint32_t below = (w->depth - n) * bits, above = w->depth * bits;
        uint64_t mask = above >= 64 ? UINT64_MAX : (1ull << above) - 1;
        if ((diff & mask) >> below)
            break;
        n++;
    }
    return n;
}

enum pvg_walk pvg_pt_walk(struct pvg_pt_walker *w, uint64_t gva, uint64_t *gpa)
{
    uint64_t page = gva >> w->shift;
    uint32_t level = shared_levels(w, page), raw = 0, index = 0;

    if (w->depth == 0)
        return PVG_WALK_BAD_DEPTH;
    level = level ? level - 1 : 0;
    uint32_t frame = w->node[level];
    w->prefix_valid = 0;
    for (; level < w->depth; level++) {
        w->node[level] = frame;
        index = pvg_pt_index(gva, w->shift, w->depth, level);
        w->fault = (struct pvg_walk_fault){.level = level, .index = index};
        if (!w->read(w->opaque, pvg_pfn_gpa(frame, w->shift) + 4ull * index, &raw))
            return PVG_WALK_TABLE_UNREADABLE;
        w->fault.raw = raw;
        enum pvg_pte_class c = pvg_pte_classify(raw);
        if (c != PVG_PTE_PRESENT)
            return c == PVG_PTE_ABSENT ? PVG_WALK_NOT_PRESENT : PVG_WALK_CORRUPT;
        frame = pvg_pte_pfn(raw);
    }
    w->prefix_valid = w->depth;
    w->last_page = page;
    *gpa = pvg_pfn_gpa(frame, w->shift) | (gva & ((1ull << w->shift) - 1));
    return PVG_WALK_OK;
}

enum pvg_walk pvg_pt_translate(pvg_pt_read32 read, void *opaque, uint32_t shift, uint64_t directory_gpa, uint64_t gva,
                               uint64_t *gpa)
{
    struct pvg_pt_walker w;
    enum pvg_walk r = pvg_pt_open(&w, read, opaque, shift, directory_gpa);
    return r == PVG_WALK_OK ? pvg_pt_walk(&w, gva, gpa) : r;
}

bool pvg_span_pages(uint64_t addr, uint64_t len, uint32_t shift, uint64_t *pages)
{
    uint64_t end;
    *pages = 0;
    if (len == 0)
        return true;
    if (__builtin_add_overflow(addr, len - 1, &end))
        return false;
    *pages = (end >> shift) - (addr >> shift) + 1;
    return true;
}

bool pvg_span_begin(struct pvg_span_iter *it, uint64_t addr, uint64_t len, uint32_t shift)
{
    uint64_t pages;
    *it = (struct pvg_span_iter){.addr = addr, .left = len, .shift = shift};
    if (pvg_span_pages(addr, len, shift, &pages))
        return true;
    it->left = 0;
    return false;
}

/* Builder. */

static uint32_t entry_get(const struct pvg_pt_builder *b, uint32_t node, uint32_t index)
{
    const uint32_t *table = b->pages.at(b->pages.opaque, node);
    return table ? __atomic_load_n(&table[index], __ATOMIC_RELAXED) : 0;
}

static void entry_set(struct pvg_pt_builder *b, uint32_t node, uint32_t index, uint32_t raw)
{
    uint32_t *table = b->pages.at(b->pages.opaque, node);
    if (table)
        __atomic_store_n(&table[index], raw, __ATOMIC_RELEASE);
}

bool pvg_pt_builder_init(struct pvg_pt_builder *b, const struct pvg_pt_pages *pages, uint32_t shift, uint32_t depth)
{
    *b = (struct pvg_pt_builder){.pages = *pages, .shift = shift, .depth = depth};
    if (!pvg_page_shift_ok(shift) || depth == 0 || depth > PVG_PT_DEPTH_MAX)
        return false;
    uint8_t *directory = pages->alloc(pages->opaque, &b->directory_pfn);
    if (!directory)
        return false;
    if (!pages->alloc(pages->opaque, &b->root_pfn)) {
        pvg_pt_builder_fini(b);
        return false;
    }
    pvg_st32(directory + PVG_DIRECTORY_ROOT, b->root_pfn);
    pvg_st32(directory + PVG_DIRECTORY_DEPTH, depth);
    return true;
}

bool pvg_pt_builder_map(struct pvg_pt_builder *b, uint64_t gva, uint32_t pfn, uint32_t flags)
{
    uint32_t node = b->root_pfn;
    if (pfn == 0 || pfn & ~PVG_PTE_PFN_MASK || flags & PVG_PTE_PFN_MASK)
        return false;
    for (uint32_t level = 0; level + 1 < b->depth; level++) {
        uint32_t index = pvg_pt_index(gva, b->shift, b->depth, level);
        uint32_t next = pvg_pte_pfn(entry_get(b, node, index));
        if (next == 0) {
            if (!b->pages.alloc(b->pages.opaque, &next))
                return false;
            entry_set(b, node, index, next);
        }
        node = next;
    }
    uint32_t index = pvg_pt_index(gva, b->shift, b->depth, b->depth - 1);
    if (entry_get(b, node, index) != 0)
        return false;
    entry_set(b, node, index, pfn | flags);
    return true;
}

static bool node_empty(const struct pvg_pt_builder *b, uint32_t node)
{
    for (uint32_t i = 0; i < 1u << pvg_pt_level_bits(b->shift); i++) {
        if (entry_get(b, node, i) != 0)
            return false;
    }
    return true;
}

static void node_free(struct pvg_pt_builder *b, uint32_t pfn)
{
    if (b->pages.free)
        b->pages.free(b->pages.opaque, pfn);
}

/* Nodes on the way to `gva`. @return levels found; b->depth when the leaf node exists. */
static uint32_t descend(const struct pvg_pt_builder *b, uint64_t gva, uint32_t path[PVG_PT_DEPTH_MAX])
{
    uint32_t node = b->root_pfn;
    for (uint32_t level = 0; level < b->depth; level++) {
        path[level] = node;
        if (level + 1 == b->depth)
            break;
        node = pvg_pte_pfn(entry_get(b, node, pvg_pt_index(gva, b->shift, b->depth, level)));
        if (node == 0)
            return level + 1;
    }
    return b->depth;
}

uint32_t pvg_pt_builder_lookup(const struct pvg_pt_builder *b, uint64_t gva)
{
    uint32_t path[PVG_PT_DEPTH_MAX];
    if (descend(b, gva, path) != b->depth)
        return 0;
    return pvg_pte_pfn(entry_get(b, path[b->depth - 1], pvg_pt_index(gva, b->shift, b->depth, b->depth - 1)));
}

uint32_t pvg_pt_builder_unmap(struct pvg_pt_builder *b, uint64_t gva)
{
    uint32_t path[PVG_PT_DEPTH_MAX];
    if (descend(b, gva, path) != b->depth)
        return 0;
    uint32_t level = b->depth - 1, index = pvg_pt_index(gva, b->shift, b->depth, level);
    uint32_t pfn = pvg_pte_pfn(entry_get(b, path[level], index));
    if (pfn == 0)
        return 0;
    entry_set(b, path[level], index, 0);
    for (; level > 0 && node_empty(b, path[level]); level--) {
        entry_set(b, path[level - 1], pvg_pt_index(gva, b->shift, b->depth, level - 1), 0);
        node_free(b, path[level]);
    }
    return pfn;
}

/* Frees the interior nodes below `node`; `level` is bounded by the depth, which the builder chose itself. */
static void free_tree(struct pvg_pt_builder *b, uint32_t node, uint32_t level)
{
    for (uint32_t i = 0; level + 1 < b->depth && i < 1u << pvg_pt_level_bits(b->shift); i++) {
        uint32_t child = pvg_pte_pfn(entry_get(b, node, i));
        if (child)
            free_tree(b, child, level + 1);
    }
    node_free(b, node);
}

void pvg_pt_builder_fini(struct pvg_pt_builder *b)
{
    if (b->root_pfn)
        free_tree(b, b->root_pfn, 0);
    if (b->directory_pfn)
        node_free(b, b->directory_pfn);
    b->root_pfn = b->directory_pfn = 0;
}
