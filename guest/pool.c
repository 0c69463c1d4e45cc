/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

void pvg_guest_pool_init(struct pvg_guest_pool *p, uint32_t page_shift)
{
    *p = (struct pvg_guest_pool){.page_shift = page_shift};
}

static bool extend(struct pvg_guest_chunk *c, size_t pages)
{
    uint8_t *used = realloc(c->used, c->pages + pages);
    if (!used)
        return false;
    memset(used + c->pages, 0, pages);
    c->used = used;
    c->pages += pages;
    return true;
}

bool pvg_guest_pool_add(struct pvg_guest_pool *p, void *cpu, uint64_t gpa, size_t size)
{
    size_t page = (size_t)1 << p->page_shift, skip = (size_t)(-gpa & (page - 1));
    if (gpa == 0)
        skip = page; /* Frame 0 means "none" everywhere in the protocol. */
    if (size < skip + page)
        return true;
    uint8_t *start = (uint8_t *)cpu + skip;
    size_t pages = (size - skip) >> p->page_shift;
    struct pvg_guest_chunk *last = p->chunk_count ? &p->chunks[p->chunk_count - 1] : NULL;
    gpa += skip;
    if (last && last->gpa + (last->pages << p->page_shift) == gpa && last->cpu + (last->pages << p->page_shift) == start)
        return extend(last, pages);
    struct pvg_guest_chunk *list = realloc(p->chunks, (p->chunk_count + 1) * sizeof(*list));
    if (!list)
        return false;
    p->chunks = list;
    struct pvg_guest_chunk *c = &list[p->chunk_count];
    *c = (struct pvg_guest_chunk){.cpu = start, .gpa = gpa};
    if (!extend(c, pages))
        return false;
    p->chunk_count++;
    return true;
}

/* First run of `pages` free pages. @return c->pages if there is none. */
static size_t find_run(const struct pvg_guest_chunk *c, size_t pages)
{
    size_t run = 0;
    for (size_t i = 0; i < c->pages; i++) {
        run = c->used[i] ? 0 : run + 1;
        if (run == pages)
            return i + 1 - pages;
    }
    return c->pages;
}

void *pvg_guest_pool_alloc(struct pvg_guest_pool *p, size_t pages, uint64_t *gpa)
{
    for (size_t k = 0; pages && k < p->chunk_count; k++) {
        struct pvg_guest_chunk *c = &p->chunks[k];
        size_t at = find_run(c, pages);
        if (at == c->pages)
            continue;
        memset(c->used + at, 1, pages);
        *gpa = c->gpa + ((uint64_t)at << p->page_shift);
        return memset(c->cpu + (at << p->page_shift), 0, pages << p->page_shift);
    }
    return NULL;
}

static struct pvg_guest_chunk *chunk_of(const struct pvg_guest_pool *p, uint64_t gpa)
{
    for (size_t k = 0; k < p->chunk_count; k++) {
        struct pvg_guest_chunk *c = &p->chunks[k];
        if (gpa >= c->gpa && gpa - c->gpa < (uint64_t)c->pages << p->page_shift)
            return c;
    }
    return NULL;
}

void pvg_guest_pool_free(struct pvg_guest_pool *p, uint64_t gpa, size_t pages)
{
    struct pvg_guest_chunk *c = chunk_of(p, gpa);
    size_t at = c ? (size_t)((gpa - c->gpa) >> p->page_shift) : 0;
    if (c && pages <= c->pages - at)
        memset(c->used + at, 0, pages);
}

void *pvg_guest_pool_cpu(const struct pvg_guest_pool *p, uint64_t gpa)
{
    struct pvg_guest_chunk *c = chunk_of(p, gpa);
    return c ? c->cpu + (gpa - c->gpa) : NULL;
}

size_t pvg_guest_pool_used(const struct pvg_guest_pool *p)
{
    size_t n = 0;
    for (size_t k = 0; k < p->chunk_count; k++) {
        for (size_t i = 0; i < p->chunks[k].pages; i++)
            n += p->chunks[k].used[i];
    }
    return n;
}

void pvg_guest_pool_fini(struct pvg_guest_pool *p)
{
    for (size_t k = 0; k < p->chunk_count; k++)
        free(p->chunks[k].used);
    free(p->chunks);
    *p = (struct pvg_guest_pool){0};
}
