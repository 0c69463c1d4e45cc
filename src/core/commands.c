/* SPDX-License-Identifier: MIT */
#include "core/core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Handlers of FIFO packets. Every accepted packet retires its stamp whatever its handler does; a handler that cannot do anything
 * calls refuse() with the reason.
 */

/** Log why a packet has no effect; every opcode has a bucket of its own, so that a noisy one does not hide the others. */
static void refuse(struct pvg_device *dev, struct pvg_command *c, const char *reason)
{
    static struct pvg_log_site sites[PVG_OP_COUNT + 1];
    const struct pvg_op_info *op = pvg_op_lookup(c->opcode);
    uint32_t swallowed;

    c->refused = true;
    if (!pvg_log_enabled(&dev->log, PVG_LOG_WARN) ||
        !pvg_log_site_pass(&dev->log, &sites[op ? op->code : PVG_OP_COUNT], &swallowed))
        return;
    pvg_log_printf(&dev->log, PVG_LOG_WARN, "fifo %u: %s (0x%02x, %zu payload bytes) has no effect: %s", c->fifo,
                   op ? op->name : "packet", c->opcode, c->payload.n, reason);
    if (swallowed)
        pvg_log_printf(&dev->log, PVG_LOG_WARN, "(%u similar lines suppressed)", swallowed);
}

/** The task that a command names. Never another one: ids are dense, so a guess would nearly always hit a live task. */
static struct pvg_task *named_task(struct pvg_device *dev, struct pvg_command *c, uint32_t id)
{
    struct pvg_task *task = pvg_task_find(dev, id);
    char reason[40];

    if (!task) {
        snprintf(reason, sizeof(reason), "task %u is not live", id);
        refuse(dev, c, reason);
    }
    return task;
}

static const char short_payload[] = "payload too short or inconsistent";

/* ---- FIFO management, fences
 * ----------------------------------------------------------------------------------------------------- */

static void cmd_debug(struct pvg_device *dev, struct pvg_command *c)
{
    pvg_debug(&dev->log, "fifo %u: guest trace marker of %zu bytes", c->fifo, c->payload.n);
}

static void cmd_nop(struct pvg_device *dev, struct pvg_command *c)
{
    if (c->payload.n)
        pvg_warn_limited(&dev->log, "fifo %u: NOP with %zu payload bytes", c->fifo, c->payload.n);
}

/** Going on at once keeps the order of the channel (spec 02 section 8.7). */
static void cmd_delay(struct pvg_device *dev, struct pvg_command *c)
{
    pvg_debug(&dev->log, "fifo %u: delay of %zu payload bytes passes at once", c->fifo, c->payload.n);
}

static bool channel_id(struct pvg_device *dev, struct pvg_command *c, uint32_t *id)
{
    struct pvg_w_one_id p;

    if (!pvg_w_one_id_decode(c->payload.p, c->payload.n, &p)) {
        refuse(dev, c, short_payload);
        return false;
    }
    if (p.id == 0 || p.id > PVG_CHANNEL_MAX) {
        refuse(dev, c, "no such channel");
        return false;
    }
    *id = p.id;
    return true;
}

static void cmd_define_fifo(struct pvg_device *dev, struct pvg_command *c)
{
    uint32_t id;

    if (!channel_id(dev, c, &id))
        return;
    pvg_fifo_define(dev, id);
    pvg_displays_channel(dev->displays, id, true);
}

static void cmd_free_fifo(struct pvg_device *dev, struct pvg_command *c)
{
    uint32_t id;

    if (!channel_id(dev, c, &id))
        return;
    pvg_displays_channel(dev->displays, id, false);
    pvg_fifo_free(dev, id);
}

/* ---- Tasks
 * ------------------------------------------------------------------------------------------------------------------------ */

static void cmd_define_task(struct pvg_device *dev, struct pvg_command *c)
{
    struct pvg_w_define_task p;

    if (!pvg_w_define_task_decode(c->payload.p, c->payload.n, &p)) {
        refuse(dev, c, short_payload);
        return;
    }
    if (p.kernel != (p.task == 0))
        pvg_warn_limited(&dev->log, "task %u is defined with kernel flag %d", p.task, p.kernel);
    if (!pvg_task_define(dev, p.task, p.kernel, p.directory_pfn))
        refuse(dev, c, "too many tasks or no memory");
}

static void cmd_delete_task(struct pvg_device *dev, struct pvg_command *c)
{
    struct pvg_w_one_id p;

    if (!pvg_w_one_id_decode(c->payload.p, c->payload.n, &p)) {
        refuse(dev, c, short_payload);
        return;
    }
    pvg_task_delete(dev, p.id);
}

static void cmd_set_object_list(struct pvg_device *dev, struct pvg_command *c)
{
    struct pvg_w_set_object_list p;
    struct pvg_task *task;

    if (!pvg_w_set_object_list_decode(c->payload.p, c->payload.n, &p)) {
        refuse(dev, c, short_payload);
        return;
    }
    task = named_task(dev, c, p.task);
    if (!task)
        return;
    task->list_gva = pvg_pfn_gpa(p.page, dev->page_shift);
    task->list_count = p.count;
    pvg_objects_list_changed(task->objects);
}

/* ---- Memory and objects
 * -------------------------------------------------------------------------------------------------------------- */

static void cmd_map_range(struct pvg_device *dev, struct pvg_command *c)
{
    struct pvg_w_memory_range p;
    struct pvg_task *task;

    if (!pvg_w_memory_range_decode(c->payload.p, c->payload.n, &p)) {
        refuse(dev, c, short_payload);
        return;
    }
    /* A guest announces ranges of tasks that are already gone; that is no error (spec 03 section 4.1). */
    task = pvg_task_find(dev, p.task);
    if (!task || !p.length)
        return;
    /* A range beyond the address space reaches to its end: too wide an invalidation is harmless, a missed one is not. */
    if (p.length > UINT64_MAX - p.gva)
        p.length = UINT64_MAX - p.gva;
    pvg_objects_range_changed(task->objects, p.gva, p.length, c->opcode == PVG_OP_MAP_MEMORY2);
}

static void cmd_delete_resource(struct pvg_device *dev, struct pvg_command *c)
{
    struct pvg_w_task_object p;
    struct pvg_task *task;

    if (!pvg_w_task_object_decode(c->payload.p, c->payload.n, &p)) {
        refuse(dev, c, short_payload);
        return;
    }
    task = named_task(dev, c, p.task);
    if (task)
        pvg_objects_delete_resource(task->objects, p.object);
}

static void cmd_replace_physical(struct pvg_device *dev, struct pvg_command *c)
{
    struct pvg_w_task_object p;
    struct pvg_task *task;

    if (!pvg_w_task_object_decode(c->payload.p, c->payload.n, &p)) {
        refuse(dev, c, short_payload);
        return;
    }
    task = named_task(dev, c, p.task);
    if (task)
        pvg_objects_replace_physical(task->objects, p.object);
}

static void cmd_delete_object(struct pvg_device *dev, struct pvg_command *c)
{
    struct pvg_w_delete_object p;
    struct pvg_task *task;

    if (!pvg_w_delete_object_decode(c->payload.p, c->payload.n, &p)) {
        refuse(dev, c, short_payload);
        return;
    }
    if (!p.is_destroy) {
        refuse(dev, c, "not a destroy record");
        return;
    }
    task = named_task(dev, c, p.task);
    if (task)
        pvg_objects_delete_object(task->objects, p.record.p, p.record.n);
}

static void cmd_delete_backing(struct pvg_device *dev, struct pvg_command *c)
{
    struct pvg_w_task_object p;

    if (!pvg_w_delete_backing_decode(c->payload.p, c->payload.n, &p)) {
        refuse(dev, c, short_payload);
        return;
    }
    pvg_surfaces_delete_backing(dev->surfaces, p.object);
}

static void cmd_invalidate(struct pvg_device *dev, struct pvg_command *c)
{
    struct pvg_w_invalidate_resources p;
    struct pvg_w_invalidate_record record;
    struct pvg_task *task;

    if (!pvg_w_invalidate_resources_decode(c->payload.p, c->payload.n, &p)) {
        refuse(dev, c, short_payload);
        return;
    }
    task = named_task(dev, c, p.task);
    if (!task)
        return;
    for (uint32_t i = 0; pvg_w_invalidate_record_get(&p, i, &record); i++) {
        if (record.object)
            pvg_objects_validity(task->objects, record.object, record.quad);
    }
}

/** The ids of a list command in host order, in malloc'ed memory. */
static uint32_t *copy_ids(const struct pvg_w_object_ids *p)
{
    uint32_t *ids = malloc(((size_t)p->count + 1) * sizeof(*ids));

    for (uint32_t i = 0; ids && i < p->count; i++)
        pvg_w_object_id_get(p, i, &ids[i]);
    return ids;
}

static void cmd_synchronize(struct pvg_device *dev, struct pvg_command *c)
{
    struct pvg_w_object_ids p;
    struct pvg_task *task;
    uint32_t *ids;

    if (!pvg_w_object_ids_decode(c->payload.p, c->payload.n, &p)) {
        refuse(dev, c, short_payload);
        return;
    }
    task = named_task(dev, c, p.task);
    if (!task || !p.count)
        return;
    ids = copy_ids(&p);
    if (!ids) {
        refuse(dev, c, "no memory");
        return;
    }
    if (c->opcode == PVG_OP_DISCARD_RESOURCES) {
        pvg_objects_discard(task->objects, ids, p.count);
    } else {
        c->cmd = dev->render->ops->cmd_begin(dev->render);
        if (c->cmd)
            pvg_objects_synchronize(task->objects, c->cmd, ids, p.count, c->opcode == PVG_OP_SYNCHRONIZE_AND_DISCARD_RESOURCES);
        else
            refuse(dev, c, "the renderer takes no work");
    }
    free(ids);
}

/* ---- Queries
 * ------------------------------------------------------------------------------------------------------------------------- */

static void cmd_device_info(struct pvg_device *dev, struct pvg_command *c)
{
    struct pvg_w_pair pairs[PVG_DEVINFO_MAX];
    struct pvg_w_get_device_info p;
    uint8_t reply[(PVG_DEVINFO_MAX + 1) * PVG_PAIR_SIZE];
    size_t count, page_pairs = (UINT64_C(1) << dev->page_shift) / PVG_PAIR_SIZE, size;
    bool ok = c->opcode == PVG_OP_GET_DEVICE_INFO ? pvg_w_get_device_info_decode(c->payload.p, c->payload.n, &p)
                                                  : pvg_w_get_device_info_old_decode(c->payload.p, c->payload.n, &p);

    if (!ok) {
        refuse(dev, c, short_payload);
        return;
    }
    if (!p.reply_pfn)
        return;
    if (p.pair_capacity > page_pairs)
        p.pair_capacity = (uint32_t)page_pairs;
    count = pvg_devinfo_pairs(dev->render->ops->caps(dev->render), pvg_reg_load(dev, PVG_REG_PROTOCOL_VERSION), pairs);
    size = pvg_w_pairs_encode(reply, sizeof(reply), p.key_table_len, p.pair_capacity, pairs, count);
    if (!pvg_gpa_write(dev, pvg_pfn_gpa(p.reply_pfn, dev->page_shift), reply, size))
        refuse(dev, c, "reply page is not RAM");
}

static void cmd_compute_info(struct pvg_device *dev, struct pvg_command *c)
{
    enum { PAIRS = 8 };
    uint32_t found[PAIRS][2];
    struct pvg_w_pair pairs[PAIRS];
    struct pvg_w_get_compute_info p;
    uint8_t reply[(PAIRS + 1) * PVG_PAIR_SIZE];
    struct pvg_task *task;
    size_t count, size;

    if (!pvg_w_get_compute_info_decode(c->payload.p, c->payload.n, &p)) {
        refuse(dev, c, short_payload);
        return;
    }
    task = named_task(dev, c, p.task);
    if (!task)
        return;
    if (!p.reply_gva || !p.pair_capacity) {
        refuse(dev, c, "no room for a reply");
        return;
    }
    count = pvg_objects_compute_info(task->objects, p.pipeline, found, PAIRS);
    for (size_t i = 0; i < count; i++)
        pairs[i] = (struct pvg_w_pair){.key = found[i][0], .value = found[i][1]};
    size = pvg_w_pairs_encode(reply, sizeof(reply), p.key_table_len, p.pair_capacity, pairs, count);
    if (!pvg_task_write(task, p.reply_gva, reply, size))
        refuse(dev, c, "reply address is not mapped");
}

static void cmd_heap_size(struct pvg_device *dev, struct pvg_command *c)
{
    struct pvg_w_heap_texture_query p;
    struct pvg_task *task;
    uint64_t size, align;
    uint8_t reply[16];

    if (!pvg_w_heap_texture_query_decode(c->payload.p, c->payload.n, &p)) {
        refuse(dev, c, short_payload);
        return;
    }
    task = named_task(dev, c, p.task);
    if (!task)
        return;
    if (!pvg_objects_heap_size_align(task->objects, p.record.p, p.record.n, &size, &align)) {
        refuse(dev, c, "unusable texture descriptor");
        return;
    }
    pvg_w_size_and_align_encode(reply, sizeof(reply), size, align);
    if (!pvg_task_write(task, p.reply_gva, reply, sizeof(reply)))
        refuse(dev, c, "reply address is not mapped");
}

/* ---- Table
 * ------------------------------------------------------------------------------------------------------------------------------ */

typedef void (*handler)(struct pvg_device *dev, struct pvg_command *c);

/** Implemented opcodes other than the display's, which go to the display layer. */
static const handler handlers[PVG_OP_COUNT] = {
    [PVG_OP_DEBUG] = cmd_debug,
    [PVG_OP_NOP] = cmd_nop,
    [PVG_OP_DELETE_TASK] = cmd_delete_task,
    [PVG_OP_UNMAP_MEMORY] = cmd_map_range,
    [PVG_OP_DELETE_RESOURCE] = cmd_delete_resource,
    [PVG_OP_DELETE_OBJECT] = cmd_delete_object,
    [PVG_OP_GET_DEVICE_INFO_OLD] = cmd_device_info,
    [PVG_OP_DEFINE_FIFO] = cmd_define_fifo,
    [PVG_OP_FREE_FIFO] = cmd_free_fifo,
    [PVG_OP_SET_OBJECT_LIST] = cmd_set_object_list,
    [PVG_OP_INVALIDATE_RESOURCES] = cmd_invalidate,
    [PVG_OP_SYNCHRONIZE_RESOURCES] = cmd_synchronize,
    [PVG_OP_DELETE_IOSURFACE_BACKING2] = cmd_delete_backing,
    [PVG_OP_EXEC_INDIRECT2] = pvg_command_exec_indirect,
    [PVG_OP_DEFINE_TASK2] = cmd_define_task,
    [PVG_OP_MAP_MEMORY2] = cmd_map_range,
    [PVG_OP_GET_DEVICE_INFO] = cmd_device_info,
    [PVG_OP_GET_COMPUTE_INFO] = cmd_compute_info,
    [PVG_OP_REPLACE_PHYSICAL] = cmd_replace_physical,
    [PVG_OP_DELAY] = cmd_delay,
    [PVG_OP_SYNCHRONIZE_AND_DISCARD_RESOURCES] = cmd_synchronize,
    [PVG_OP_DISCARD_RESOURCES] = cmd_synchronize,
    [PVG_OP_HEAP_TEXTURE_SIZE_AND_ALIGN] = cmd_heap_size,
};

bool pvg_command_describe(uint32_t opcode, struct pvg_command_info *out)
{
    const struct pvg_op_info *op = pvg_op_lookup(opcode);

    if (!op)
        return false;
    *out = (struct pvg_command_info){.code = (uint8_t)opcode, .name = op->name};
    if (handlers[opcode] || op->kind == PVG_OPKIND_DISPLAY) {
        out->state = PVG_COMMAND_IMPLEMENTED;
    } else if (op->state == PVG_OP_DEPRECATED) {
        out->state = PVG_COMMAND_DEPRECATED;
        out->reason = "deprecated: accepted and retired without effect";
    } else {
        out->state = PVG_COMMAND_REFUSED;
        out->reason = "unassigned: logged and retired without effect";
    }
    return true;
}

bool pvg_command_is_present(uint16_t opcode)
{
    return opcode == PVG_OP_DISPLAY_TRANSACTION2 || opcode == PVG_OP_DISPLAY_TRANSACTION3 || opcode == PVG_OP_DISPLAY_SWAP_MAPPING;
}

bool pvg_command_is_heavy(uint16_t opcode)
{
    return opcode == PVG_OP_EXEC_INDIRECT2 || opcode == PVG_OP_GET_COMPUTE_INFO || pvg_command_is_present(opcode);
}

enum pvg_command_verdict pvg_command_execute(struct pvg_device *dev, struct pvg_command *c)
{
    const struct pvg_op_info *op = pvg_op_lookup(c->opcode);

    if (!op) {
        refuse(dev, c, "opcode above 0x40: corrupt header or desynchronised ring");
        return PVG_COMMAND_RETIRE;
    }
    if (op->kind == PVG_OPKIND_DISPLAY) {
        if (pvg_displays_packet(dev->displays, c->fifo, c->opcode, c->payload.p, c->payload.n) == PVG_DISPLAY_HOLD)
            return PVG_COMMAND_HOLD;
        return PVG_COMMAND_RETIRE;
    }
    if (handlers[c->opcode]) {
        handlers[c->opcode](dev, c);
        return PVG_COMMAND_RETIRE;
    }
    c->refused = true;
    if (op->state == PVG_OP_DEPRECATED)
        pvg_debug(&dev->log, "fifo %u: deprecated packet 0x%02x retired", c->fifo, c->opcode);
    else
        refuse(dev, c, "unassigned opcode");
    return PVG_COMMAND_RETIRE;
}
