/* SPDX-License-Identifier: MIT */
/** @file Info segments: queries whose answer goes into a buffer of the guest (spec 05 section 11.3). */
#include "stream/encoder.h"

bool pvg_info_answer(struct pvg_encoder *e, const struct pvg_w_record *rec, const struct pvg_w_reply *reply, const void *bytes,
                     size_t len)
{
    struct pvg_object *obj = reply->ref ? pvg_object_resource(e->o, reply->ref) : NULL;

    if (!obj || obj->kind != PVG_W_OBJ_BUFFER)
        return pvg_refuse(e, rec, "its reply buffer cannot be used");
    if (!pvg_range_ok(reply->offset, len, obj->pages.size))
        return pvg_refuse(e, rec, "reply outside its buffer");
    if (!pvg_task_write(e->o->task, obj->pages.gva + reply->offset, bytes, len))
        return pvg_refuse(e, rec, "its reply buffer is not mapped");
    return true;
}

bool pvg_info_heap_size(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    struct pvg_w_texture_desc desc = rec->heap_query.desc;
    uint64_t size, align;
    uint8_t bytes[16];
    const char *why;

    if (!desc.levels)
        desc.levels = 1;
    why = pvg_texture_desc_check(e->ops->caps(e->r), &desc);
    if (why)
        return pvg_refuse(e, rec, why);
    pvg_texture_heap_size(&desc, &size, &align);
    pvg_st64(bytes, size);
    pvg_st64(bytes + 8, align);
    return pvg_info_answer(e, rec, &rec->heap_query.reply, bytes, sizeof(bytes));
}

/**
 * The two words of a *HostResourceInfo reply: address and number by which shaders find the resource in memory. Both are the
 * guest's own (docs/protocol-notes.md); nothing of the host is given away.
 */
bool pvg_info_host_resource(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    uint32_t ref = rec->reply.object;
    enum pvg_w_object_kind kind = (enum pvg_w_object_kind)rec->info->arg;
    bool resource = kind == PVG_W_OBJ_BUFFER || kind == PVG_W_OBJ_TEXTURE;
    struct pvg_object *obj = resource && ref ? pvg_object_resource(e->o, ref) : NULL;
    uint8_t bytes[16] = {0};

    if (obj && kind == PVG_W_OBJ_BUFFER && obj->kind == PVG_W_OBJ_BUFFER)
        pvg_st64(bytes, obj->pages.gva);
    if (!resource || (obj && (obj->kind == PVG_W_OBJ_BUFFER) == (kind == PVG_W_OBJ_BUFFER)))
        pvg_st64(bytes + 8, ref);
    return pvg_info_answer(e, rec, &rec->reply, bytes, sizeof(bytes));
}
