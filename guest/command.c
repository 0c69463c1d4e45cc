/* SPDX-License-Identifier: MIT */
/* Command buffers and the packets that run them (spec 06 section 1, spec 02 sections 8.4 and 9). */
#include "internal.h"

#include <string.h>

/* Opcodes of render-state records that the helpers write (spec 06 section 4). */
#define REC_PASS     0x1au
#define REC_SCISSOR  0x75u
#define REC_VIEWPORT 0x82u
#define REC_DISPATCH 0xc8u

void pvg_guest_cmd_begin(struct pvg_guest_cmd *c, void *buf, size_t cap)
{
    *c = (struct pvg_guest_cmd){.buf = buf, .cap = cap};
}

static void close_segment(struct pvg_guest_cmd *c)
{
    if (!c->open)
        return;
    size_t length = c->len - c->segment;
    if (length > UINT32_MAX ||
        !pvg_w_segment_encode(c->buf + c->segment, PVG_W_SEGMENT_HEADER, c->type, false, false, (uint32_t)length))
        c->failed = true;
    c->open = false;
}

void pvg_guest_cmd_segment(struct pvg_guest_cmd *c, enum pvg_w_segment_type type)
{
    close_segment(c);
    if (c->failed || c->cap - c->len < PVG_W_SEGMENT_HEADER) {
        c->failed = true;
        return;
    }
    c->segment = c->len;
    c->len += PVG_W_SEGMENT_HEADER;
    c->type = (uint8_t)type;
    c->open = true;
}

void pvg_guest_cmd_record(struct pvg_guest_cmd *c, uint32_t opcode, const struct pvg_w_record *r)
{
    struct pvg_w_record full = *r;
    if (c->failed || !c->open) {
        c->failed = true;
        return;
    }
    if (!full.info)
        full.info = pvg_w_record_lookup(c->type, opcode, 0);
    size_t n = full.info ? pvg_w_record_encode(c->buf + c->len, c->cap - c->len, &full) : 0;
    if (n == 0) {
        c->failed = true;
        return;
    }
    c->len += n;
}

size_t pvg_guest_cmd_end(struct pvg_guest_cmd *c)
{
    close_segment(c);
    return c->failed ? 0 : c->len;
}

void pvg_guest_cmd_pass(struct pvg_guest_cmd *c, const struct pvg_w_render_pass *pass)
{
    const struct pvg_w_record r = {.pass = *pass};
    pvg_guest_cmd_record(c, REC_PASS, &r);
}

void pvg_guest_cmd_set_ref(struct pvg_guest_cmd *c, uint32_t opcode, uint32_t ref)
{
    const struct pvg_w_record r = {.ref = ref};
    pvg_guest_cmd_record(c, opcode, &r);
}

void pvg_guest_cmd_set_value(struct pvg_guest_cmd *c, uint32_t opcode, uint64_t value)
{
    const struct pvg_w_record r = {.value = value};
    pvg_guest_cmd_record(c, opcode, &r);
}

void pvg_guest_cmd_viewport(struct pvg_guest_cmd *c, double width, double height)
{
    const struct pvg_w_viewport v = {.width = width, .height = height, .zfar = 1};
    const struct pvg_w_record r = {.count = 1, .entries = &v};
    pvg_guest_cmd_record(c, REC_VIEWPORT, &r);
}

void pvg_guest_cmd_scissor(struct pvg_guest_cmd *c, uint64_t x, uint64_t y, uint64_t width, uint64_t height)
{
    const struct pvg_w_scissor s = {.x = x, .y = y, .width = width, .height = height};
    const struct pvg_w_record r = {.count = 1, .entries = &s};
    pvg_guest_cmd_record(c, REC_SCISSOR, &r);
}

void pvg_guest_cmd_bind(struct pvg_guest_cmd *c, uint32_t opcode, uint32_t first, const struct pvg_w_bind *binds, uint32_t count)
{
    const struct pvg_w_record r = {.first = first, .count = count, .entries = binds};
    pvg_guest_cmd_record(c, opcode, &r);
}

void pvg_guest_cmd_draw(struct pvg_guest_cmd *c, const struct pvg_w_draw *d)
{
    const struct pvg_w_record r = {.draw = *d};
    pvg_guest_cmd_record(c, pvg_w_draw_opcode(d), &r);
    c->draws++;
}

void pvg_guest_cmd_dispatch(struct pvg_guest_cmd *c, const uint64_t groups[3], const uint64_t threads[3])
{
    struct pvg_w_record r = {0};
    memcpy(r.dispatch.grid, groups, sizeof(r.dispatch.grid));
    memcpy(r.dispatch.threads_per_group, threads, sizeof(r.dispatch.threads_per_group));
    pvg_guest_cmd_record(c, REC_DISPATCH, &r);
}

bool pvg_guest_exec(struct pvg_guest_task *task, const struct pvg_guest_exec *x, struct pvg_guest_stamp *stamp)
{
    struct pvg_guest *g = task->g;
    size_t need = 12 + x->resource_count * PVG_EXEC_RESOURCE_SIZE + x->buffer_count * PVG_EXEC_BUFFER_SIZE;
    uint8_t *payload = malloc(need);
    size_t n =
        payload ? pvg_w_exec_encode(payload, need, task->id, x->resources, x->resource_count, x->buffers, x->buffer_count) : 0;
    bool ok = n != 0 && pvg_guest_submit(g, PVG_CHANNEL_EXEC, PVG_OP_EXEC_INDIRECT2, x->waits, x->wait_count, payload, n, stamp);
    free(payload);
    if (n == 0)
        return pvg_guest_fail(g, "exec packet does not encode");
    g->stats.command_buffers += x->buffer_count;
    g->stats.draws += x->draws;
    return ok;
}

bool pvg_guest_invalidate(struct pvg_guest_task *task, const uint32_t *refs, size_t count, struct pvg_guest_stamp *stamp)
{
    struct pvg_w_invalidate_record records[32];
    uint8_t payload[8 + sizeof(records)];
    if (count > 32)
        return pvg_guest_fail(task->g, "invalidation of %zu objects", count);
    for (size_t i = 0; i < count; i++)
        records[i] = (struct pvg_w_invalidate_record){.object = refs[i], .quad = {1, 0, 0, 1}};
    size_t n = pvg_w_invalidate_resources_encode(payload, sizeof(payload), task->id, records, count);
    return pvg_guest_submit(task->g, PVG_CHANNEL_UPLOADS, PVG_OP_INVALIDATE_RESOURCES, NULL, 0, payload, n, stamp);
}

bool pvg_guest_synchronize(struct pvg_guest_task *task, const uint32_t *refs, size_t count, const struct pvg_guest_stamp *waits,
                           size_t wait_count, struct pvg_guest_stamp *stamp)
{
    uint8_t payload[8 + 4 * 32];
    size_t n = pvg_w_object_ids_encode(payload, sizeof(payload), task->id, refs, count);
    if (n == 0)
        return pvg_guest_fail(task->g, "synchronisation of %zu objects", count);
    return pvg_guest_submit(task->g, PVG_CHANNEL_DOWNLOADS, PVG_OP_SYNCHRONIZE_RESOURCES, waits, wait_count, payload, n, stamp);
}
