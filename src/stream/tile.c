/* SPDX-License-Identifier: MIT */
/**
 * @file Tile stage of render segments and imageblocks (spec 06 sections 4.2 and 4.5, spec 05 section 11.4).
 *
 * Tiles are a notion of the guest's GPU: their size is what the pass states, or this host's choice.
 */
#include "stream/encoder.h"

enum { DEFAULT_TILE = 32, MAX_TILE = 1024 };

uint32_t pvg_tile_width(const struct pvg_encoder *e)
{
    return e->tile_width ? e->tile_width : DEFAULT_TILE;
}

uint32_t pvg_tile_height(const struct pvg_encoder *e)
{
    return e->tile_height ? e->tile_height : DEFAULT_TILE;
}

/** Companions of the pass: the tile's size; how much imageblock and threadgroup memory there is needs no action here. */
bool pvg_tile_pass(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_rcaps *caps = e->ops->caps(e->r);

    switch (rec->info->kind) {
    case PVG_W_REC_TILE_SIZE:
        if (rec->tile_size.width > MAX_TILE || rec->tile_size.height > MAX_TILE)
            return pvg_refuse(e, rec, "tile size out of range");
        e->tile_width = rec->tile_size.width;
        e->tile_height = rec->tile_size.height;
        return true;
    case PVG_W_REC_PASS_TG_LENGTH:
        if (rec->value > caps->max_threadgroup_bytes)
            return pvg_refuse(e, rec, "more threadgroup memory than the device has");
        e->tile_memory = (uint32_t)rec->value;
        return true;
    default:
        return true;
    }
}

/** Memory of one dispatch. Metal keeps it for the whole pass, which has no equivalent: a second dispatch is refused below. */
bool pvg_tile_memory(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_tg_memory *m = &rec->tg_memory;
    uint64_t end;

    if (m->index >= PVG_MAX_BUFFERS || __builtin_add_overflow(m->offset, m->length, &end) ||
        end > e->ops->caps(e->r)->max_threadgroup_bytes)
        return pvg_refuse(e, rec, "index or range out of bounds");
    if (e->begun)
        e->ops->set_tile_memory(e->cmd, m->index, (uint32_t)m->length);
    return true;
}

bool pvg_tile_dimensions(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    uint8_t bytes[4];

    pvg_st16(bytes, (uint16_t)pvg_tile_width(e));
    pvg_st16(bytes + 2, (uint16_t)pvg_tile_height(e));
    return pvg_info_answer(e, rec, &rec->reply, bytes, sizeof(bytes));
}

static bool narrow3(const uint64_t in[3], uint32_t out[3])
{
    for (int i = 0; i < 3; i++) {
        if (in[i] > UINT32_MAX)
            return false;
        out[i] = (uint32_t)in[i];
    }
    return true;
}

static bool refuse_dispatch(struct pvg_encoder *e, const struct pvg_w_record *rec, const char *why)
{
    e->stats->draws_refused++;
    return pvg_refuse(e, rec, why);
}

/** Pixels of the region; all of them without one. @return NULL or what is wrong. */
static const char *region(const struct pvg_w_tile_dispatch *w, struct pvg_rtile *t)
{
    uint32_t origin[3], size[3];

    t->region_width = t->region_height = UINT32_MAX;
    if (!w->has_region)
        return NULL;
    if (!narrow3(w->origin, origin) || !narrow3(w->size, size))
        return "a size exceeds 32 bits";
    if (origin[2] || size[2] > 1)
        return "region with depth";
    t->x = origin[0];
    t->y = origin[1];
    t->region_width = size[2] ? size[0] : 0;
    t->region_height = size[1];
    return NULL;
}

bool pvg_tile_dispatch(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    const struct pvg_w_tile_dispatch *w = &rec->tile_dispatch;
    struct pvg_rtile t = {.width = pvg_tile_width(e), .height = pvg_tile_height(e), .layer = w->array_index};
    const char *why = narrow3(w->threads, t.threads) ? region(w, &t) : "a size exceeds 32 bits";

    if (!why && e->tile_memory && e->tile_dispatches)
        why = "threadgroup memory that outlives a dispatch is not supported";
    if (!why)
        why = pvg_render_pass_blocked(e);
    if (!why)
        why = pvg_bind_check(e, PVG_W_STAGE_TILE, 1);
    if (why)
        return refuse_dispatch(e, rec, why);
    if (!t.threads[0] || !t.threads[1] || !t.threads[2])
        return true;
    if (!e->ops->dispatch_tile(e->cmd, &t)) {
        e->stats->draws_refused++;
        return false; /* The renderer logged the reason. */
    }
    e->tile_dispatches++;
    e->stats->dispatches++;
    e->work++;
    return true;
}

/** Compute encoders: what get_imageblock_width() and _height() answer. */
bool pvg_tile_imageblock_size(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    if (rec->tile_size.width > MAX_TILE || rec->tile_size.height > MAX_TILE)
        return pvg_refuse(e, rec, "imageblock size out of range");
    e->ops->set_imageblock_size(e->cmd, rec->tile_size.width, rec->tile_size.height);
    return true;
}
