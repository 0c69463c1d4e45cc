/* SPDX-License-Identifier: MIT */
/** @file Execution of command buffers: segments, encoders, dispatch of records (spec 06 sections 1, 10 and 11). */
#include "stream/encoder.h"

#include "util/census.h"
#include "wire/record_layouts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char no_rate_map[] = "rasterization rate maps are not advertised";
static const char no_layout[] = "the layout of its reply is not known";

static bool nothing(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    return true;
}

static bool barrier(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    if (e->type == PVG_W_SEG_COMPUTE || e->begun)
        e->ops->barrier(e->cmd);
    return true;
}

/**
 * Execution is in order and encoders see each other's writes, so every wait is already satisfied (spec 06 section 10.1 S5). Only
 * the commands of one concurrent compute encoder are unordered among themselves.
 */
static bool fence(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    if (rec->info->kind == PVG_W_REC_FENCE_WAIT && e->concurrent)
        e->ops->barrier(e->cmd);
    return true;
}

const struct pvg_record_handler pvg_record_handlers[PVG_W_REC_KIND_COUNT] = {
    [PVG_W_REC_PASS] = {.run = pvg_render_pass_record},
    [PVG_W_REC_PASS_SAMPLES] = {.run = pvg_render_scanned},
    [PVG_W_REC_SAMPLE_POSITIONS] = {.run = pvg_render_sample_positions},
    [PVG_W_REC_PASS_RATE_MAP] = {.refused = no_rate_map},
    [PVG_W_REC_IMAGEBLOCK_LENGTH] = {.run = pvg_tile_pass},
    [PVG_W_REC_PASS_TG_LENGTH] = {.run = pvg_tile_pass},
    [PVG_W_REC_TILE_SIZE] = {.run = pvg_tile_pass},
    [PVG_W_REC_BLEND_COLOR] = {.run = pvg_render_blend_color},
    [PVG_W_REC_STORE_ACTION] = {.run = pvg_render_store_action},
    [PVG_W_REC_STORE_OPTIONS] = {.run = nothing},
    [PVG_W_REC_DEPTH_STENCIL] = {.run = pvg_render_depth_stencil},
    [PVG_W_REC_CULL_MODE] = {.run = pvg_render_mode},
    [PVG_W_REC_DEPTH_BIAS] = {.run = pvg_render_depth_bias},
    [PVG_W_REC_DEPTH_CLIP_MODE] = {.run = pvg_render_mode},
    [PVG_W_REC_FRONT_FACING] = {.run = pvg_render_mode},
    [PVG_W_REC_RENDER_PIPELINE] = {.run = pvg_render_pipeline},
    [PVG_W_REC_SCISSORS] = {.run = pvg_render_scissors},
    [PVG_W_REC_STENCIL_REFERENCE] = {.run = pvg_render_stencil_reference},
    [PVG_W_REC_TESS_FACTOR_BUFFER] = {.run = pvg_render_tess_factors},
    [PVG_W_REC_TESS_FACTOR_SCALE] = {.run = pvg_render_tess_scale},
    [PVG_W_REC_FILL_MODE] = {.run = pvg_render_mode},
    [PVG_W_REC_VIEWPORTS] = {.run = pvg_render_viewports},
    [PVG_W_REC_VISIBILITY] = {.run = pvg_render_visibility},
    [PVG_W_REC_LINE_WIDTH] = {.run = pvg_render_line_width},
    [PVG_W_REC_BIND_BUFFERS] = {.run = pvg_bind_buffers},
    [PVG_W_REC_BIND_TEXTURES] = {.run = pvg_bind_textures},
    [PVG_W_REC_BIND_SAMPLERS] = {.run = pvg_bind_samplers},
    [PVG_W_REC_BUFFER_OFFSET] = {.run = pvg_bind_buffer_offset},
    [PVG_W_REC_DISPATCH_TILE] = {.run = pvg_tile_dispatch},
    [PVG_W_REC_TILE_TG_MEMORY] = {.run = pvg_tile_memory},
    [PVG_W_REC_TILE_DIMENSIONS] = {.run = pvg_tile_dimensions},
    [PVG_W_REC_DRAW] = {.run = pvg_render_draw},
    [PVG_W_REC_DRAW_INDIRECT] = {.run = pvg_render_draw_indirect},
    [PVG_W_REC_DRAW_PATCHES] = {.run = pvg_render_draw_patches},
    [PVG_W_REC_DRAW_PATCHES_INDIRECT] = {.run = pvg_render_draw_patches_indirect},
    [PVG_W_REC_AMPLIFICATION_MODE] = {.run = pvg_render_amplification_mode},
    [PVG_W_REC_AMPLIFICATION_COUNT] = {.run = pvg_render_amplification_count},
    [PVG_W_REC_FENCE_UPDATE] = {.run = fence},
    [PVG_W_REC_FENCE_WAIT] = {.run = fence},
    [PVG_W_REC_USE_RESOURCES] = {.run = nothing},
    [PVG_W_REC_USE_HEAPS] = {.run = nothing},
    [PVG_W_REC_BARRIER_RESOURCES] = {.run = barrier},
    [PVG_W_REC_BARRIER_SCOPE] = {.run = barrier},
    [PVG_W_REC_TEXTURE_BARRIER] = {.run = barrier},
    [PVG_W_REC_EXECUTE_ICB] = {.run = pvg_icb_execute},
    [PVG_W_REC_EXECUTE_ICB_INDIRECT] = {.run = pvg_icb_execute_indirect},
    [PVG_W_REC_OPENGL] = {.refused = "the OpenGL records have no known layout"},
    [PVG_W_REC_DISPATCH] = {.run = pvg_compute_dispatch},
    [PVG_W_REC_DISPATCH_THREADS] = {.run = pvg_compute_dispatch},
    [PVG_W_REC_DISPATCH_INDIRECT] = {.run = pvg_compute_dispatch_indirect},
    [PVG_W_REC_DISPATCH_THREADS_INDIRECT] = {.run = pvg_compute_dispatch_threads_indirect},
    [PVG_W_REC_COMPUTE_PIPELINE] = {.run = pvg_compute_pipeline},
    [PVG_W_REC_STAGE_IN_REGION] = {.run = pvg_compute_stage_in},
    [PVG_W_REC_STAGE_IN_INDIRECT] = {.run = pvg_compute_stage_in_indirect},
    [PVG_W_REC_TG_MEMORY] = {.run = pvg_compute_threadgroup_memory},
    [PVG_W_REC_IMAGEBLOCK_SIZE] = {.run = pvg_tile_imageblock_size},
    [PVG_W_REC_DISPATCH_TYPE] = {.run = pvg_compute_type},
    [PVG_W_REC_START_DO_WHILE] = {.run = pvg_control_start},
    [PVG_W_REC_END_DO_WHILE] = {.run = pvg_control_end},
    [PVG_W_REC_START_WHILE] = {.run = pvg_control_start},
    [PVG_W_REC_END_WHILE] = {.run = pvg_control_end},
    [PVG_W_REC_START_IF] = {.run = pvg_control_start},
    [PVG_W_REC_START_ELSE] = {.run = pvg_control_else},
    [PVG_W_REC_END_IF] = {.run = pvg_control_end},
    [PVG_W_REC_REINTERPRET_FLUSH] = {.run = nothing},
    [PVG_W_REC_COPY_BUFFER_TO_TEXTURE] = {.run = pvg_blit_copy_buffer_to_texture},
    [PVG_W_REC_COPY_BUFFER] = {.run = pvg_blit_copy_buffer},
    [PVG_W_REC_COPY_TEXTURE_TO_BUFFER] = {.run = pvg_blit_copy_texture_to_buffer},
    [PVG_W_REC_COPY_TEXTURE] = {.run = pvg_blit_copy_texture},
    [PVG_W_REC_COPY_ICB] = {.run = pvg_icb_copy},
    [PVG_W_REC_FILL_BUFFER] = {.run = pvg_blit_fill_buffer},
    [PVG_W_REC_GENERATE_MIPMAPS] = {.run = pvg_blit_generate_mipmaps},
    [PVG_W_REC_OPTIMIZE_TEXTURE] = {.run = pvg_blit_synchronize},
    [PVG_W_REC_OPTIMIZE_ICB] = {.run = pvg_icb_optimize},
    [PVG_W_REC_RESET_ICB] = {.run = pvg_icb_reset},
    [PVG_W_REC_SYNCHRONIZE] = {.run = pvg_blit_synchronize},
    [PVG_W_REC_COPY_TEXTURE_SLICES] = {.run = pvg_blit_copy_slices},
    [PVG_W_REC_FILL_PATTERN] = {.run = pvg_blit_fill_pattern},
    [PVG_W_REC_FILL_TEXTURE_BYTES] = {.run = pvg_blit_fill_texture_bytes},
    [PVG_W_REC_FILL_TEXTURE_COLOR] = {.run = pvg_blit_fill_texture_color},
    [PVG_W_REC_INVALIDATE_COMPRESSED] = {.run = nothing},
    [PVG_W_REC_EVENT_WAIT] = {.run = pvg_event_wait},
    [PVG_W_REC_EVENT_SIGNAL] = {.run = pvg_event_signal},
    [PVG_W_REC_EVENT_TIMEOUT] = {.run = pvg_event_wait},
    [PVG_W_REC_QUERY_COMPUTE_PIPELINE] = {.refused = no_layout},
    [PVG_W_REC_QUERY_RENDER_PIPELINE] = {.refused = no_layout},
    [PVG_W_REC_QUERY_HOST_RESOURCE] = {.run = pvg_info_host_resource},
    [PVG_W_REC_QUERY_HEAP_SIZE] = {.run = pvg_info_heap_size},
    [PVG_W_REC_QUERY_RATE_MAP] = {.refused = no_rate_map},
    [PVG_W_REC_COPY_RATE_MAP] = {.refused = no_rate_map},
    [PVG_W_REC_QUERY_MAP_COORDINATE] = {.refused = no_rate_map},
    [PVG_W_REC_QUERY_IMAGEBLOCK] = {.refused = no_layout},
};

bool pvg_stream_record_state(const struct pvg_w_record_info *info, const char **reason)
{
    const struct pvg_record_handler *h = &pvg_record_handlers[info->kind];
    *reason = h->refused;
    return h->run;
}

/* ---- Refusals ---- */

bool pvg_refuse(struct pvg_encoder *e, const struct pvg_w_record *rec, const char *why)
{
    pvg_warn_limited(e->log, "task %u: record 0x%x %s refused: %s", e->o->task->id, rec->info->opcode, rec->info->name, why);
    return false;
}

/** A record that no handler knows: its first bytes let the layout be recovered from a log (spec 06 section 11). */
static void report_raw(struct pvg_encoder *e, const struct pvg_w_raw_record *raw, const char *name, const char *why)
{
    char hex[48 * 3 + 1] = "";
    uint32_t n = raw->length < 48 ? raw->length : 48;

    for (uint32_t i = 0; i < n; i++)
        snprintf(hex + 3 * i, 4, " %02x", raw->data[i]);
    pvg_warn_limited(e->log, "task %u: record 0x%x %s, %u bytes, refused: %s:%s", e->o->task->id, raw->opcode, name, raw->length,
                     why, hex);
}

/* ---- Walks ---- */

/** First walk over one segment: make textures ready, collect what the pass needs. */
static void scan_segment(struct pvg_encoder *e, const struct pvg_w_segment *seg)
{
    struct pvg_w_raw_record raw;
    size_t pos = 0;

    while (pvg_w_record_next(seg, &pos, &raw) == PVG_W_WALK_RECORD) {
        const struct pvg_w_record_info *info = pvg_w_record_lookup(seg->type, raw.opcode, raw.length);
        if (!info)
            continue;
        switch (info->kind) {
        case PVG_W_REC_PASS:
        case PVG_W_REC_PASS_SAMPLES:
        case PVG_W_REC_SAMPLE_POSITIONS:
        case PVG_W_REC_PASS_RATE_MAP:
        case PVG_W_REC_STORE_ACTION:
        case PVG_W_REC_BIND_TEXTURES:
        case PVG_W_REC_DISPATCH_TYPE:
        case PVG_W_REC_RENDER_PIPELINE:
        case PVG_W_REC_COMPUTE_PIPELINE:
        case PVG_W_REC_USE_RESOURCES:
        case PVG_W_REC_USE_HEAPS:
        case PVG_W_REC_EXECUTE_ICB:
        case PVG_W_REC_EXECUTE_ICB_INDIRECT:
            break;
        default:
            continue;
        }
        if (pvg_w_record_decode(seg->type, raw.data, raw.length, &e->record) != PVG_W_OK)
            continue;
        pvg_import_scan(e, &e->record);
        if (seg->type == PVG_W_SEG_RENDER)
            pvg_render_scan(e, &e->record);
        else if (info->kind == PVG_W_REC_BIND_TEXTURES)
            pvg_bind_scan(e, &e->record);
        else if (info->kind == PVG_W_REC_DISPATCH_TYPE)
            e->concurrent = e->record.value == 1;
    }
}

/** Opcode 0x0C names two layouts; the indexed one counts under the number that `protocol --coverage` gives it. */
static uint32_t census_code(const struct pvg_w_record_info *info)
{
    return info == &pvg_w_indexed_patches_record ? PVG_CENSUS_INDEXED_PATCHES : info->opcode;
}

static void execute_record(struct pvg_encoder *e, const struct pvg_w_segment *seg, const struct pvg_w_raw_record *raw)
{
    enum pvg_w_result r = pvg_w_record_decode(seg->type, raw->data, raw->length, &e->record);
    const char *why;
    bool done;

    e->stats->records++;
    if (r != PVG_W_OK) {
        report_raw(e, raw, r != PVG_W_UNKNOWN && e->record.info ? e->record.info->name : "unknown", pvg_w_result_name(r));
        e->stats->records_refused++;
        if (r != PVG_W_UNKNOWN)
            pvg_control_malformed(e, e->record.info);
        return;
    }
    if (pvg_control_skips(e, e->record.info))
        return;
    if (!pvg_stream_record_state(e->record.info, &why)) {
        report_raw(e, raw, e->record.info->name, why);
        e->stats->records_refused++;
        pvg_census(PVG_CENSUS_RECORD, census_code(e->record.info), true);
        return;
    }
    done = pvg_record_handlers[e->record.info->kind].run(e, &e->record);
    pvg_census(PVG_CENSUS_RECORD, census_code(e->record.info), !done);
    if (!done)
        e->stats->records_refused++;
}

/** The encoder's state as it is at the jump's target. @return the target. */
static size_t replay_state(struct pvg_encoder *e, const struct pvg_w_segment *seg)
{
    struct pvg_w_raw_record raw;
    size_t pos = 0;

    e->control.jump = false;
    while (pos < e->control.target && pvg_w_record_next(seg, &pos, &raw) == PVG_W_WALK_RECORD) {
        if (pvg_w_record_decode(seg->type, raw.data, raw.length, &e->record) == PVG_W_OK && pvg_control_replays(e->record.info) &&
            pvg_record_handlers[e->record.info->kind].run)
            pvg_record_handlers[e->record.info->kind].run(e, &e->record);
    }
    return e->control.target;
}

static void execute_segment(struct pvg_encoder *e, const struct pvg_w_segment *seg)
{
    struct pvg_w_raw_record raw;
    enum pvg_w_walk walk;
    size_t pos = 0;

    e->control.continued = seg->continued;
    for (; (walk = pvg_w_record_next(seg, &pos, &raw)) == PVG_W_WALK_RECORD; e->control.at = pos) {
        execute_record(e, seg, &raw);
        if (e->control.jump)
            pos = replay_state(e, seg);
    }
    if (!pvg_control_finish(e)) {
        pvg_warn_limited(e->log, "task %u: a segment ends inside a block of control flow", e->o->task->id);
        e->stats->records_refused++;
    }
    if (walk == PVG_W_WALK_BAD) {
        pvg_warn_limited(e->log, "task %u: bad record framing at %zu of a segment of %zu bytes, the rest is lost", e->o->task->id,
                         pos, seg->length);
        e->stats->records_refused++;
    }
}

/* ---- Encoders ---- */

static struct pvg_encoder *encoder_of(struct pvg_objects *o)
{
    if (!o->encoder)
        o->encoder = calloc(1, sizeof(*o->encoder));
    return o->encoder;
}

void pvg_encoder_free(struct pvg_encoder *e)
{
    if (e) {
        free(e->written);
        pvg_import_free(&e->imports);
    }
    free(e);
}

/** API defaults (spec 06 section 10.2). The renderer resets its own state when a pass or compute encoder begins. */
static void encoder_reset(struct pvg_encoder *e, struct pvg_objects *o, struct pvg_rcmd *cmd, uint8_t type)
{
    struct pvg_image **written = e->written;
    size_t capacity = e->written_capacity;
    struct pvg_import_state imports = e->imports;

    memset(e, 0, sizeof(*e));
    e->written = written;
    e->written_capacity = capacity;
    e->imports = imports;
    pvg_import_reset(&e->imports);
    e->o = o;
    e->cmd = cmd;
    e->r = pvg_o_render(o);
    e->ops = e->r->ops;
    e->log = pvg_o_log(o);
    e->stats = pvg_device_exec_stats(o->task->dev);
    e->serial = ++o->surfaces->next_encoder;
    e->type = type;
    e->raster_samples = 1;
    memset(e->store_color, 0xff, sizeof(e->store_color));
    e->store_depth = e->store_stencil = UINT16_MAX;
}

static void encoder_close(struct pvg_encoder *e)
{
    if (!e->open)
        return;
    if (e->type == PVG_W_SEG_RENDER)
        pvg_render_end(e);
    else if (e->type == PVG_W_SEG_COMPUTE)
        pvg_compute_end(e);
    pvg_bind_finish(e);
    e->open = false;
}

/**
 * Open the encoder of a segment. The scan covers every segment that continues it, because textures cannot be loaded and store
 * actions cannot be changed once a pass runs.
 */
static void encoder_open(struct pvg_encoder *e, const struct pvg_w_segment *seg, const uint8_t *bytes, size_t len, size_t next)
{
    struct pvg_w_segment s = *seg;

    if (seg->type == PVG_W_SEG_RENDER || seg->type == PVG_W_SEG_COMPUTE) {
        scan_segment(e, &s);
        while (s.keep_open && pvg_w_segment_next(bytes, len, &next, &s) && s.continued && s.type == seg->type)
            scan_segment(e, &s);
        pvg_import_collect(e);
    }
    e->open = true;
    if (seg->type == PVG_W_SEG_RENDER)
        pvg_render_begin(e);
    else if (seg->type == PVG_W_SEG_COMPUTE)
        pvg_compute_begin(e);
}

static void run_segment(struct pvg_objects *o, struct pvg_encoder *e, struct pvg_rcmd *cmd, const struct pvg_w_segment *seg,
                        const uint8_t *bytes, size_t len, size_t next)
{
    if (seg->type == PVG_W_SEG_PROTECTION)
        return; /* No protected memory: the options have no meaning here (spec 06 section 1.3). */
    if (seg->type >= PVG_W_SEG_COUNT) {
        pvg_warn_limited(e->log, "task %u: segment of unknown type %u skipped", o->task->id, seg->type);
        return;
    }
    if (seg->continued && (!e->open || e->type != seg->type)) {
        pvg_warn_limited(e->log, "task %u: segment continues an encoder that is not open", o->task->id);
        e->stats->records_refused++;
        return;
    }
    if (!seg->continued) {
        encoder_close(e);
        encoder_reset(e, o, cmd, seg->type);
        encoder_open(e, seg, bytes, len, next);
    }
    execute_segment(e, seg);
    if (!seg->keep_open)
        encoder_close(e);
}

void pvg_stream_exec(struct pvg_objects *o, struct pvg_rcmd *cmd, const uint8_t *bytes, size_t len)
{
    struct pvg_encoder *e = encoder_of(o);
    struct pvg_w_segment seg;
    const char *reason;
    size_t pos = 0, bad;

    if (!e) {
        pvg_warn_limited(pvg_o_log(o), "task %u: command buffer lost: out of memory", o->task->id);
        return;
    }
    encoder_reset(e, o, cmd, PVG_W_SEG_COUNT);
    e->stats->command_buffers++;
    if (!pvg_w_stream_check(bytes, len, &bad, &reason)) {
        pvg_warn_limited(e->log, "task %u: command buffer of %zu bytes refused: %s at %zu", o->task->id, len, reason, bad);
        e->stats->records_refused++;
        return;
    }
    while (pvg_w_segment_next(bytes, len, &pos, &seg))
        run_segment(o, e, cmd, &seg, bytes, len, pos);
    /* An encoder belongs to one command buffer. */
    encoder_close(e);
}

void pvg_stream_packet_end(struct pvg_objects *o, struct pvg_rcmd *cmd)
{
    struct pvg_surfaces *s = o->surfaces;
    struct pvg_image *next;

    for (struct pvg_image *img = s->owed; img; img = next) {
        next = img->queue_next;
        if (img->eager)
            pvg_image_pay(img, cmd);
    }
    /* Owed frames hold host memory; the oldest are paid first and never dropped (spec 03 section 8.8). */
    for (uint32_t i = s->owed_count; i && s->owed_count > PVG_MAX_OWED; i--) {
        if (!pvg_image_pay(s->owed, cmd))
            pvg_image_requeue(s->owed);
    }
    if (o->encoder)
        o->encoder->cmd = NULL;
}
