/* SPDX-License-Identifier: MIT */
#include "vulkan/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vulkan/cmd.h"

#define PAGE 4096u
/** The kernel allows 65,530 mappings per process by default; leave room for everybody else. */
#define MAX_MAP_RUNS 32768u

/** Copy of the spans that cover [0, bytes), neighbours in host memory merged. @return false: they do not cover it. */
static bool take_spans(struct pvg_vkplace *p, const struct pvg_rspan *spans, size_t count, uint64_t bytes)
{
    p->spans = malloc((count ? count : 1) * sizeof(*spans));
    if (!p->spans)
        return false;
    for (size_t i = 0; i < count && bytes; i++) {
        struct pvg_rspan s = spans[i];
        if (s.size == 0 || s.size % PAGE)
            return false;
        if (s.size > bytes)
            s.size = (bytes + PAGE - 1) & ~(uint64_t)(PAGE - 1);
        bytes -= s.size < bytes ? s.size : bytes;
        struct pvg_rspan *last = p->span_count ? &p->spans[p->span_count - 1] : NULL;
        bool joins = last && !!last->host == !!s.host &&
                     (!s.host || (last->host + last->size == s.host && last->gpa + last->size == s.gpa && last->fd == s.fd &&
                                  (s.fd < 0 || last->fd_offset + last->size == s.fd_offset)));
        if (joins)
            last->size += s.size;
        else
            p->spans[p->span_count++] = s;
    }
    return bytes == 0;
}

static bool place_span(struct pvg_vk *vk, struct pvg_vkplace *p)
{
    if (p->span_count != 1 || !p->spans[0].host)
        return false;
    const struct pvg_vkchunk *c = pvg_vkram_find(vk, p->spans[0].host, p->spans[0].size);
    if (!c)
        return false;
    p->kind = PVG_VKPLACE_SPAN;
    p->buffer = c->buffer;
    p->base = (uint64_t)(p->spans[0].host - c->host) + p->first_offset;
    p->address = c->address + p->base;
    return true;
}

/** Map the runs one behind the other (spec 03 section 10.3). Holes become private zero pages. */
static bool map_runs(struct pvg_vkplace *p)
{
    uint64_t at = 0;
    for (size_t i = 0; i < p->span_count; i++) {
        const struct pvg_rspan *s = &p->spans[i];
        if (s->host &&
            mmap(p->map + at, s->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, s->fd, (off_t)s->fd_offset) == MAP_FAILED)
            return false;
        at += s->size;
    }
    return true;
}

static bool place_stitch(struct pvg_vk *vk, struct pvg_vkplace *p)
{
    if (!vk->feat.host_import || vk->ram.refused || sysconf(_SC_PAGESIZE) != PAGE)
        return false;
    uint64_t bytes = 0;
    for (size_t i = 0; i < p->span_count; i++) {
        if (p->spans[i].host && p->spans[i].fd < 0)
            return false;
        bytes += p->spans[i].size;
    }
    if (p->span_count + 1 > MAX_MAP_RUNS - (vk->ram.mappings < MAX_MAP_RUNS ? vk->ram.mappings : MAX_MAP_RUNS))
        return false;
    uint64_t align = vk->ram.alignment > PAGE ? vk->ram.alignment : PAGE;
    uint64_t size = (bytes + align - 1) & ~(align - 1);
    /* The address must be aligned as the import wants it. */
    uint64_t reserve = size + (align > PAGE ? align : 0);
    uint8_t *base = mmap(NULL, reserve, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return false;
    uint8_t *start = (uint8_t *)(((uintptr_t)base + align - 1) & ~(uintptr_t)(align - 1));
    if (start > base)
        munmap(base, (size_t)(start - base));
    if (start + size < base + reserve)
        munmap(start + size, (size_t)(base + reserve - (start + size)));
    p->map = start;
    p->map_size = size;
    VkDeviceAddress address;
    if (!map_runs(p) || !pvg_vkram_import(vk, p->map, p->map_size, &p->imported, &p->buffer, &address)) {
        munmap(p->map, p->map_size);
        p->map = NULL;
        return false;
    }
    p->kind = PVG_VKPLACE_STITCH;
    p->map_runs = (uint32_t)p->span_count + 1;
    vk->ram.mappings += p->map_runs;
    p->base = p->first_offset;
    p->address = address + p->base;
    return true;
}

/** Pages that cannot be stitched (no file behind RAM, too many mappings) but lie in imported chunks (spec 03 section 10.7). */
static bool place_gather(struct pvg_vk *vk, struct pvg_vkplace *p)
{
    uint64_t at = 0, skip = p->first_offset;
    p->runs = calloc(p->span_count, sizeof(*p->runs));
    for (size_t i = 0; p->runs && i < p->span_count && at < p->size; i++) {
        const struct pvg_rspan *s = &p->spans[i];
        uint64_t bytes = s->size > skip ? s->size - skip : 0, from = skip;
        skip -= s->size - bytes;
        if (bytes == 0)
            continue;
        skip = 0;
        if (bytes > p->size - at)
            bytes = p->size - at;
        if (s->host) {
            const struct pvg_vkchunk *c = pvg_vkram_find(vk, s->host + from, bytes);
            if (!c)
                break;
            p->runs[p->run_count++] = (struct pvg_vkrun){c->buffer, {(uint64_t)(s->host - c->host) + from, at, bytes}};
        }
        at += bytes;
    }
    if (at == p->size && pvg_vkmem_buffer(vk, (p->size + 3) & ~3ull, PVG_VKMEM_DEVICE, &p->buffer, &p->mem, &p->address)) {
        p->kind = PVG_VKPLACE_GATHER;
        return true;
    }
    free(p->runs);
    p->runs = NULL;
    p->run_count = 0;
    return false;
}

static bool place_copy(struct pvg_vk *vk, struct pvg_vkplace *p)
{
    uint64_t bytes = (p->size + 3) & ~3ull;
    if (p->writable) {
        p->snapshot = malloc(bytes);
        if (!p->snapshot)
            return false;
    }
    p->kind = PVG_VKPLACE_COPY;
    return pvg_vkmem_buffer(vk, bytes, PVG_VKMEM_UPLOAD, &p->buffer, &p->mem, &p->address);
}

static void place_unmap(struct pvg_vk *vk, struct pvg_vkplace *p)
{
    if (p->kind == PVG_VKPLACE_STITCH) {
        vk->fn.DestroyBuffer(vk->dev, p->buffer, NULL);
        vk->fn.FreeMemory(vk->dev, p->imported, NULL);
        vk->ram.imported -= p->map_size;
        vk->ram.mappings -= p->map_runs;
        munmap(p->map, p->map_size);
    } else if (p->kind == PVG_VKPLACE_PRIVATE || p->kind == PVG_VKPLACE_GATHER || p->kind == PVG_VKPLACE_COPY) {
        if (p->buffer)
            vk->fn.DestroyBuffer(vk->dev, p->buffer, NULL);
        pvg_vkmem_free(vk, &p->mem);
    }
    free(p->snapshot);
    p->snapshot = NULL;
    free(p->runs);
    p->runs = NULL;
    p->run_count = 0;
}

static void place_destroy(struct pvg_vk *vk, void *arg)
{
    struct pvg_vkplace *p = arg;
    place_unmap(vk, p);
    if (p->link) {
        *p->link = p->next;
        if (p->next)
            p->next->link = p->link;
    }
    free(p->spans);
    free(p);
}

void pvg_vkplace_kill(struct pvg_vk *vk, struct pvg_vkplace *p)
{
    if (p->kind == PVG_VKPLACE_DEAD)
        return;
    place_unmap(vk, p);
    p->kind = PVG_VKPLACE_DEAD;
    p->buffer = vk->guard_buffer;
    p->base = 0;
    p->address = vk->zero_address;
    p->size = 0;
    p->span_count = 0;
    p->mem = (struct pvg_vkmem){0};
}

void pvg_vkplace_release(struct pvg_vk *vk, struct pvg_vkplace *p)
{
    if (p)
        pvg_vktrash_add(vk, place_destroy, p);
}

struct pvg_vkplace *pvg_vkplace_create(struct pvg_vk *vk, const struct pvg_rspan *spans, size_t count, uint32_t first_offset,
                                       uint64_t size, bool writable)
{
    struct pvg_vkplace *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->id = ++vk->place_ids;
    p->size = size;
    p->first_offset = first_offset;
    p->writable = writable;
    uint64_t bytes;
    bool ok = size > 0 && !__builtin_add_overflow(size, (uint64_t)first_offset, &bytes);
    if (ok && !spans) {
        p->kind = PVG_VKPLACE_PRIVATE;
        ok = pvg_vkmem_buffer(vk, (size + 3) & ~3ull, PVG_VKMEM_DEVICE, &p->buffer, &p->mem, &p->address);
    } else if (ok) {
        pvg_vkram_sync(vk);
        ok = take_spans(p, spans, count, bytes);
        for (size_t i = 0; ok && i < p->span_count; i++)
            if (p->spans[i].host)
                pvg_vkrange_add(&p->range, (uintptr_t)p->spans[i].host, p->spans[i].size);
        ok = ok && (place_span(vk, p) || place_stitch(vk, p) || place_gather(vk, p) || place_copy(vk, p));
    }
    if (!ok) {
        place_destroy(vk, p);
        return NULL;
    }
    if (p->spans) {
        p->next = vk->ram.places;
        p->link = &vk->ram.places;
        if (p->next)
            p->next->link = &p->next;
        vk->ram.places = p;
    }
    return p;
}

struct pvg_rbuf *pvg_vkbuffer_create(struct pvg_render *r, const struct pvg_rbuf_desc *desc)
{
    struct pvg_vk *vk = pvg_vk_of(r);
    struct pvg_rbuf *buf = calloc(1, sizeof(*buf));
    if (buf)
        buf->place = pvg_vkplace_create(vk, desc->spans, desc->span_count, desc->first_offset, desc->size, desc->guest_writable);
    if (!buf || !buf->place) {
        pvg_warn_limited(vk->log, "vulkan: buffer of %llu bytes in %zu runs refused", (unsigned long long)desc->size,
                         desc->span_count);
        free(buf);
        return NULL;
    }
    buf->vk = vk;
    buf->refs = 1;
    buf->size = desc->size;
    buf->guest = desc->guest_address;
    return buf;
}

bool pvg_vkbuffer_rebind(struct pvg_render *r, struct pvg_rbuf *buf, const struct pvg_rspan *spans, size_t span_count)
{
    struct pvg_vk *vk = pvg_vk_of(r);
    struct pvg_vkplace *p =
        spans ? pvg_vkplace_create(vk, spans, span_count, buf->place->first_offset, buf->size, buf->place->writable) : NULL;
    if (!p) {
        pvg_warn_limited(vk->log, "vulkan: new pages of a buffer of %llu bytes refused", (unsigned long long)buf->size);
        return false;
    }
    pvg_vkplace_release(vk, buf->place);
    buf->place = p;
    if (vk->recording)
        pvg_vkbind_moved(vk->cmd, buf);
    return true;
}

void pvg_vkbuffer_invalidate(struct pvg_render *r, struct pvg_rbuf *buf)
{
    /* Zero copy needs nothing; a copy is taken again by the next command that uses it. */
    buf->place->use_serial = 0;
}

static void buffer_destroy(struct pvg_vk *vk, void *arg)
{
    struct pvg_rbuf *buf = arg;
    place_destroy(vk, buf->place);
    free(buf);
}

struct pvg_rbuf *pvg_vkbuffer_ref(struct pvg_rbuf *buf)
{
    if (buf)
        buf->refs++;
    return buf;
}

void pvg_vkbuffer_release(struct pvg_render *r, struct pvg_rbuf *buf)
{
    if (buf && --buf->refs == 0)
        pvg_vktrash_add(pvg_vk_of(r), buffer_destroy, buf);
}
