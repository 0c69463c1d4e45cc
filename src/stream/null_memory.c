/* SPDX-License-Identifier: MIT */
/** @file Buffers of the renderer without GPU: guest pages reached through their spans. */
#include "stream/null_internal.h"

#include "util/log.h"
#include "wire/wire.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 4096

bool pvg_null_private_reserve(struct pvg_null *r, uint64_t bytes)
{
    if (bytes > NULL_PRIVATE_MAX - r->private_bytes) {
        pvg_warn_limited(r->log, "null renderer: %llu host-private bytes exceed what is left of %llu", (unsigned long long)bytes,
                         (unsigned long long)NULL_PRIVATE_MAX);
        return false;
    }
    r->private_bytes += bytes;
    return true;
}

static bool set_spans(struct pvg_rbuf *buf, const struct pvg_rspan *spans, size_t count)
{
    struct null_span *copy = calloc(count ? count : 1, sizeof(*copy));
    uint64_t start = 0;

    if (!copy)
        return false;
    for (size_t i = 0; i < count; i++) {
        copy[i] = (struct null_span){.start = start, .size = spans[i].size, .host = spans[i].host, .gpa = spans[i].gpa};
        if (__builtin_add_overflow(start, spans[i].size, &start)) {
            free(copy);
            return false;
        }
    }
    free(buf->spans);
    buf->spans = copy;
    buf->span_count = count;
    buf->last = 0;
    return true;
}

struct pvg_rbuf *pvg_null_buffer_create(struct pvg_render *base, const struct pvg_rbuf_desc *desc)
{
    struct pvg_null *r = (struct pvg_null *)base;
    struct pvg_rbuf *buf = calloc(1, sizeof(*buf));

    if (!buf)
        return NULL;
    *buf = (struct pvg_rbuf){.r = r, .refs = 1, .size = desc->size, .first_offset = desc->first_offset};
    buf->writable = desc->guest_writable || !desc->spans;
    if (desc->spans) {
        if (!set_spans(buf, desc->spans, desc->span_count))
            goto fail;
    } else {
        if (!pvg_null_private_reserve(r, desc->size))
            goto fail;
        buf->private_bytes = calloc(1, desc->size ? desc->size : 1);
        if (!buf->private_bytes) {
            r->private_bytes -= desc->size;
            goto fail;
        }
    }
    buf->next = r->buffers;
    buf->link = &r->buffers;
    if (r->buffers)
        r->buffers->link = &buf->next;
    r->buffers = buf;
    return buf;
fail:
    free(buf);
    return NULL;
}

bool pvg_null_buffer_rebind(struct pvg_render *base, struct pvg_rbuf *buf, const struct pvg_rspan *spans, size_t count)
{
    if (buf->private_bytes)
        return false;
    return set_spans(buf, spans, count);
}

void pvg_null_buffer_release(struct pvg_render *base, struct pvg_rbuf *buf)
{
    if (!buf || --buf->refs)
        return;
    *buf->link = buf->next;
    if (buf->next)
        buf->next->link = buf->link;
    if (buf->private_bytes)
        buf->r->private_bytes -= buf->size;
    free(buf->private_bytes);
    free(buf->spans);
    free(buf);
}

void pvg_null_buffers_forget(struct pvg_null *r, uint64_t gpa, uint64_t size)
{
    for (struct pvg_rbuf *buf = r->buffers; buf; buf = buf->next) {
        for (size_t i = 0; i < buf->span_count; i++) {
            struct null_span *s = &buf->spans[i];
            if (s->host && s->gpa < gpa + size && gpa < s->gpa + s->size)
                s->host = NULL;
        }
    }
}

/** Span that holds position `at`, or span_count. Accesses are mostly sequential, so the latest span is tried first. */
static size_t span_at(struct pvg_rbuf *buf, uint64_t at)
{
    size_t lo = 0, hi = buf->span_count;
    const struct null_span *s;

    if (buf->last < hi) {
        s = &buf->spans[buf->last];
        if (at >= s->start && at - s->start < s->size)
            return buf->last;
    }
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        s = &buf->spans[mid];
        if (at < s->start)
            hi = mid;
        else if (at - s->start >= s->size)
            lo = mid + 1;
        else
            return buf->last = mid;
    }
    return buf->span_count;
}

/** Run of bytes at `offset` inside the buffer. @return its length, at least 1 and at most `len`; *host NULL in a hole. */
static uint64_t run_at(struct pvg_rbuf *buf, uint64_t offset, uint64_t len, uint8_t **host, uint64_t *gpa)
{
    uint64_t at;

    *host = NULL;
    *gpa = 0;
    if (buf->private_bytes) {
        *host = buf->private_bytes + offset;
        return len;
    }
    if (__builtin_add_overflow(buf->first_offset, offset, &at))
        return len;
    size_t i = span_at(buf, at);
    if (i == buf->span_count)
        return len;
    const struct null_span *s = &buf->spans[i];
    uint64_t into = at - s->start;
    if (s->host)
        *host = s->host + into;
    *gpa = s->gpa + into;
    return len < s->size - into ? len : s->size - into;
}

static bool inside(const struct pvg_rbuf *buf, uint64_t offset, uint64_t len)
{
    return offset <= buf->size && len <= buf->size - offset;
}

bool pvg_null_read(struct pvg_rbuf *buf, uint64_t offset, void *dst, uint64_t len)
{
    uint8_t *out = dst, *host;
    uint64_t gpa;

    if (!inside(buf, offset, len))
        return false;
    while (len) {
        uint64_t n = run_at(buf, offset, len, &host, &gpa);
        if (host)
            memcpy(out, host, n);
        else
            memset(out, 0, n);
        out += n;
        offset += n;
        len -= n;
    }
    return true;
}

bool pvg_null_write(struct pvg_rbuf *buf, uint64_t offset, const void *src, uint64_t len)
{
    const uint8_t *in = src;
    uint8_t *host;
    uint64_t gpa;

    if (!buf->writable || !inside(buf, offset, len))
        return false;
    while (len) {
        uint64_t n = run_at(buf, offset, len, &host, &gpa);
        if (host) {
            memcpy(host, in, n);
            if (!buf->private_bytes && buf->r->ram_dirty)
                buf->r->ram_dirty(buf->r->opaque, gpa, n);
        }
        in += n;
        offset += n;
        len -= n;
    }
    return true;
}

bool pvg_null_fill_buffer(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, uint64_t size, uint8_t value)
{
    uint8_t *host;
    uint64_t gpa;

    if (!buf->writable || !inside(buf, offset, size))
        return false;
    while (size) {
        uint64_t n = run_at(buf, offset, size, &host, &gpa);
        if (host) {
            memset(host, value, n);
            if (!buf->private_bytes && buf->r->ram_dirty)
                buf->r->ram_dirty(buf->r->opaque, gpa, n);
        }
        offset += n;
        size -= n;
    }
    return true;
}

bool pvg_null_fill_pattern(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, uint64_t size, uint32_t pattern)
{
    uint8_t chunk[CHUNK], *host;
    uint64_t gpa;

    if (!buf->writable || !inside(buf, offset, size) || offset % 4 || size % 4)
        return false;
    for (uint32_t i = 0; i < CHUNK; i += 4)
        pvg_st32(chunk + i, pattern);
    while (size) {
        uint64_t n = run_at(buf, offset, size, &host, &gpa);
        if (host) {
            n = n < CHUNK ? n : CHUNK;
            pvg_null_write(buf, offset, chunk, n);
        }
        offset += n;
        size -= n;
    }
    return true;
}

bool pvg_null_copy_buffer(struct pvg_rcmd *cmd, struct pvg_rbuf *src, uint64_t src_offset, struct pvg_rbuf *dst,
                          uint64_t dst_offset, uint64_t size)
{
    uint8_t chunk[CHUNK], *host;
    uint64_t gpa;

    if (!inside(src, src_offset, size) || !inside(dst, dst_offset, size) || !dst->writable)
        return false;
    while (size) {
        uint64_t n = run_at(dst, dst_offset, size, &host, &gpa);
        if (host) {
            n = n < CHUNK ? n : CHUNK;
            pvg_null_read(src, src_offset, chunk, n);
            pvg_null_write(dst, dst_offset, chunk, n);
        }
        src_offset += n;
        dst_offset += n;
        size -= n;
    }
    return true;
}
