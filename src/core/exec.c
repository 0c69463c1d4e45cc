/* SPDX-License-Identifier: MIT */
#include "core/core.h"

#include <stdlib.h>

/* ExecIndirect2 in the order of spec 02 section 9.3: capture streams, apply the resource table, execute, stamp behind the GPU. */

enum { STREAM_KEPT = 4 * 1024 * 1024 }; /**< A larger capture buffer is given back after the packet. */

/** One captured command buffer inside the capture buffer. */
struct stream {
    size_t offset, length;
};

static bool capture_reserve(struct pvg_device *dev, size_t need)
{
    size_t capacity = dev->stream_capacity ? dev->stream_capacity : 65536;
    uint8_t *grown;

    if (need <= dev->stream_capacity)
        return true;
    while (capacity < need)
        capacity *= 2;
    grown = realloc(dev->stream_buffer, capacity);
    if (!grown)
        return false;
    dev->stream_buffer = grown;
    dev->stream_capacity = capacity;
    return true;
}

static void capture_trim(struct pvg_device *dev)
{
    if (dev->stream_capacity <= STREAM_KEPT)
        return;
    free(dev->stream_buffer);
    dev->stream_buffer = NULL;
    dev->stream_capacity = 0;
}

/**
 * Copy one command buffer behind what is captured already. All buffers of a packet together stay under the limit for one, because
 * they live at the same time.
 */
static bool capture(struct pvg_task *task, const struct pvg_w_exec_buffer *b, size_t *used, struct stream *out)
{
    struct pvg_device *dev = task->dev;

    if (b->length > PVG_EXEC_BUFFER_MAX - *used) {
        pvg_warn_limited(&dev->log, "task %u: command buffer of 0x%llx bytes at 0x%llx is too long, dropped", task->id,
                         (unsigned long long)b->length, (unsigned long long)b->gva);
        return false;
    }
    if (!capture_reserve(dev, *used + (size_t)b->length)) {
        pvg_warn_limited(&dev->log, "task %u: no memory for a command buffer of 0x%llx bytes, dropped", task->id,
                         (unsigned long long)b->length);
        return false;
    }
    if (!pvg_task_read(task, b->gva, dev->stream_buffer + *used, (size_t)b->length)) {
        pvg_warn_limited(&dev->log, "task %u: command buffer at 0x%llx (0x%llx bytes) cannot be read, dropped", task->id,
                         (unsigned long long)b->gva, (unsigned long long)b->length);
        return false;
    }
    *out = (struct stream){.offset = *used, .length = (size_t)b->length};
    *used += (size_t)b->length;
    return true;
}

/** Capture all command buffers that can be read. @return their number; `*streams` is malloc'ed. */
static size_t capture_all(struct pvg_task *task, const struct pvg_w_exec *exec, struct stream **streams)
{
    struct stream *list = NULL;
    size_t count = 0, cap = 0, used = 0;
    struct pvg_w_exec_buffer b;

    for (uint32_t i = 0; pvg_w_exec_buffer_get(exec, i, &b); i++) {
        if (!b.length)
            continue;
        if (count == cap) {
            struct stream *grown = realloc(list, (cap ? cap * 2 : 16) * sizeof(*list));

            if (!grown)
                break;
            list = grown;
            cap = cap ? cap * 2 : 16;
        }
        if (capture(task, &b, &used, &list[count]))
            count++;
    }
    *streams = list;
    return count;
}

void pvg_command_exec_indirect(struct pvg_device *dev, struct pvg_command *c)
{
    struct pvg_w_exec_resource r;
    struct stream *streams;
    struct pvg_task *task;
    struct pvg_w_exec exec;
    size_t count;

    if (!pvg_w_exec_decode(c->payload.p, c->payload.n, &exec)) {
        c->refused = true;
        pvg_warn_limited(&dev->log, "fifo %u: ExecIndirect2 with %zu payload bytes has no effect: counts do not fit", c->fifo,
                         c->payload.n);
        return;
    }
    task = pvg_task_find(dev, exec.task);
    if (!task) {
        c->refused = true;
        pvg_warn_limited(&dev->log, "fifo %u: ExecIndirect2 names task %u, which is not live", c->fifo, exec.task);
        return;
    }
    count = capture_all(task, &exec, &streams);
    for (uint32_t i = 0; pvg_w_exec_resource_get(&exec, i, &r); i++) {
        if (r.object)
            pvg_objects_validity(task->objects, r.object, r.quad);
    }
    c->cmd = dev->render->ops->cmd_begin(dev->render);
    if (c->cmd) {
        for (size_t i = 0; i < count; i++)
            pvg_stream_exec(task->objects, c->cmd, dev->stream_buffer + streams[i].offset, streams[i].length);
        pvg_stream_packet_end(task->objects, c->cmd);
    } else {
        c->refused = true;
        pvg_warn_limited(&dev->log, "fifo %u: the renderer takes no work, submission dropped", c->fifo);
    }
    free(streams);
    capture_trim(dev);
}
