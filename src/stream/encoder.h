/* SPDX-License-Identifier: MIT */
/**
 * @file The encoder of the segment that is being executed: what its records share.
 *
 * A segment is walked twice. The first walk (scan) makes the textures it names ready and collects what Vulkan wants to know at
 * the start of a pass: attachments, store-action overrides. The second one executes. So nothing is loaded, stored or constructed
 * inside a pass, and per draw nothing is allocated or looked up by hash.
 */
#ifndef PVG_STREAM_ENCODER_H
#define PVG_STREAM_ENCODER_H

#include "stream/internal.h"

#define PVG_MAX_BUFFERS  31
#define PVG_MAX_TEXTURES 128
#define PVG_MAX_SAMPLERS 16
#define PVG_BIND_STAGES  6 /**< Vertex, fragment, compute, tile, object, mesh: enum pvg_rstage. */
/** Slots past the tables that can be remembered as bound; more than that refuse draws until the encoder ends. */
#define PVG_MAX_STRAYS 8

/** Binds of one stage. A slot whose ref cannot be resolved stays "broken" and is tried again at each draw (spec 06 section 2.1). */
struct pvg_stage_binds {
    uint32_t broken_buffers;
    uint64_t broken_textures[2];
    uint32_t broken_samplers;
    struct pvg_object *buffers[PVG_MAX_BUFFERS];
    struct pvg_w_bind buffer[PVG_MAX_BUFFERS]; /**< stride: UINT64_MAX = the pipeline's. */
    uint32_t texture[PVG_MAX_TEXTURES];
    struct pvg_w_bind sampler[PVG_MAX_SAMPLERS];
    bool sampler_lod[PVG_MAX_SAMPLERS];
};

/** Blocks of control flow that may be open; what device-info key 36 answers. */
#define PVG_MAX_NESTING 16

/** An open block of control flow. */
struct pvg_control_block {
    uint8_t kind; /**< enum pvg_w_record_kind of the record that started it. */
    bool runs;    /**< As far as its own predicate says. */
    bool in_else;
    size_t at; /**< Position of that record in the segment. */
};

/** Control flow of a compute segment. */
struct pvg_control {
    struct pvg_control_block blocks[PVG_MAX_NESTING];
    uint32_t depth;
    uint32_t skipping; /**< Open blocks that do not run; no work is done meanwhile. */
    uint32_t turns;    /**< Of all loops of the segment. */
    bool stopped;      /**< Malformed: no dispatches until the encoder ends. */
    uint64_t walked;   /**< Bytes of records walked again for them. */
    bool continued;    /**< The segment continues an encoder: its records are not all of the state. */
    bool jump;         /**< The walk goes on at `target`. */
    size_t at, target; /**< Positions in the segment: of the record that runs, of the next one. */
};

/** A bound slot that no host table has. */
struct pvg_stray {
    uint8_t stage, kind;
    uint32_t slot;
};

/** One attachment of the pass with the object behind it. */
struct pvg_pass_slot {
    struct pvg_image *image, *resolve; /**< Referenced while the pass lasts. */
    uint8_t store;
};

/** A resource that a residency record names. */
struct pvg_resident {
    uint32_t ref;
    bool heap;
    bool written; /**< Shaders may write it. */
};

/** Resources in reach of shaders that find them through memory (import.c). Arrays are kept between encoders. */
struct pvg_import_state {
    bool active;            /**< A pipeline of the encoder has such shaders. */
    bool stated;            /**< Residency records say which. */
    bool indirect;          /**< Commands of indirect command buffers may bring pipelines that nobody has looked at. */
    uint32_t last_pipeline; /**< Ref of the last pipeline without such shaders. */
    bool dirty;             /**< The renderer does not have the list yet. */
    struct pvg_resident *residents;
    size_t resident_count, resident_capacity;
    struct pvg_rimport *list;
    size_t count, capacity;
};

struct pvg_encoder {
    struct pvg_objects *o;
    struct pvg_rcmd *cmd;
    struct pvg_render *r;
    const struct pvg_render_ops *ops;
    struct pvg_log *log;
    struct pvg_exec_stats *stats;
    uint64_t serial;
    uint8_t type; /**< enum pvg_w_segment_type. */
    bool open;
    uint32_t work; /**< Draws or dispatches that were recorded. */
    struct pvg_stage_binds stages[PVG_BIND_STAGES];
    bool any_broken;
    struct pvg_stray strays[PVG_MAX_STRAYS];
    uint32_t stray_count;
    bool stray_overflow;
    struct pvg_rpipe *pipeline;
    uint32_t pipeline_ref;      /**< Non-zero while a pipeline is named that could not be resolved. */
    struct pvg_image **written; /**< Images that shaders may have written. Kept between encoders. */
    size_t written_count, written_capacity;
    struct pvg_import_state imports;

    /* Render. */
    struct pvg_w_render_pass pass;
    bool have_pass, begun;
    const char *refuse; /**< Why the draws of this pass are refused, NULL: they run. */
    uint16_t store_color[PVG_W_MAX_COLOR_ATTACHMENTS], store_depth, store_stencil; /**< Overrides, UINT16_MAX: none. */
    uint32_t raster_samples;
    uint32_t position_count; /**< Sample positions of the pass, 0: the standard ones. */
    float positions[16][2];
    struct pvg_pass_slot color[PVG_W_MAX_COLOR_ATTACHMENTS], depth, stencil;
    struct pvg_object *visibility;
    uint32_t tile_width, tile_height; /**< As the pass states, 0: not stated. */
    uint32_t tile_memory;             /**< Threadgroup memory of the pass. */
    uint32_t tile_dispatches;
    struct pvg_w_tess_factor tess_factor;
    bool tess_pending;          /**< The factor buffer could not be resolved yet. */
    uint32_t depth_stencil_ref; /**< Non-zero while a depth-stencil state is named that could not be resolved. */

    /* Compute. */
    bool concurrent;
    struct pvg_control control;

    struct pvg_w_bind icb_saved[PVG_BIND_STAGES][PVG_MAX_BUFFERS]; /**< Binds while an indirect command buffer runs. */

    struct pvg_w_record record; /**< The record that is being executed; too large for the stack of a deep call. */
};

/** Executes one record. @return false: refused, already logged. */
typedef bool (*pvg_record_fn)(struct pvg_encoder *e, const struct pvg_w_record *rec);

/** What happens to the records of one kind. */
struct pvg_record_handler {
    pvg_record_fn run;   /**< NULL: refused by name. */
    const char *refused; /**< Why; for handlers that run, NULL. */
};

/** Handlers by enum pvg_w_record_kind; the one table that execution and the coverage listing use. */
extern const struct pvg_record_handler pvg_record_handlers[PVG_W_REC_KIND_COUNT];

/** Log why a record has no effect. @return false. */
bool pvg_refuse(struct pvg_encoder *e, const struct pvg_w_record *rec, const char *why);

/* bind.c */
bool pvg_bind_buffers(struct pvg_encoder *e, const struct pvg_w_record *rec);
/** Bind one buffer; a ref that cannot be resolved is tried again at each draw. */
void pvg_bind_buffer(struct pvg_encoder *e, unsigned stage, uint32_t slot, const struct pvg_w_bind *bind);
bool pvg_bind_textures(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_bind_samplers(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_bind_buffer_offset(struct pvg_encoder *e, const struct pvg_w_record *rec);
/** Make the textures of a bind record ready, before the encoder begins. */
void pvg_bind_scan(struct pvg_encoder *e, const struct pvg_w_record *rec);
/** Retry broken slots. @return NULL when a draw or dispatch with these stages may run, else why not. */
const char *pvg_bind_check(struct pvg_encoder *e, unsigned first_stage, unsigned stage_count);
void pvg_note_written(struct pvg_encoder *e, struct pvg_image *img);
/** The encoder ends: what its shaders may have written is owed. */
void pvg_bind_finish(struct pvg_encoder *e);
/** Image of a usable texture object; NULL if it has none. `*tex` is the renderer's view of it. */
struct pvg_image *pvg_texture_image(struct pvg_encoder *e, uint32_t ref, struct pvg_object **obj, struct pvg_rtex **tex);

/** Guest bytes -> image, before the encoder begins. */
bool pvg_bind_prepare(struct pvg_encoder *e, struct pvg_image *img);

/* import.c */
void pvg_import_scan(struct pvg_encoder *e, const struct pvg_w_record *rec);
/** After the scan: make what is in reach ready. */
void pvg_import_collect(struct pvg_encoder *e);
/** Bound resources are in reach, too. For encoders with `imports.active`. */
void pvg_import_buffer(struct pvg_encoder *e, struct pvg_object *obj);
void pvg_import_texture(struct pvg_encoder *e, struct pvg_object *obj, struct pvg_rtex *tex);
void pvg_import_sampler(struct pvg_encoder *e, struct pvg_object *obj);
/** Before a draw or dispatch: let the renderer have the list. */
bool pvg_import_send(struct pvg_encoder *e);
void pvg_import_reset(struct pvg_import_state *s);
void pvg_import_free(struct pvg_import_state *s);

/* render.c */
void pvg_render_scan(struct pvg_encoder *e, const struct pvg_w_record *rec);
void pvg_render_begin(struct pvg_encoder *e);
void pvg_render_end(struct pvg_encoder *e);
bool pvg_render_draw(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_render_draw_indirect(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_render_pass_record(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_render_sample_positions(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_render_scanned(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_render_store_action(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_render_pipeline(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_render_depth_stencil(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_render_blend_color(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_render_mode(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_render_depth_bias(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_render_scissors(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_render_viewports(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_render_stencil_reference(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_render_visibility(struct pvg_encoder *e, const struct pvg_w_record *rec);
/** Retry what could not be resolved. @return NULL or why no draw can run now. */
const char *pvg_render_draw_blocked(struct pvg_encoder *e);
bool pvg_render_line_width(struct pvg_encoder *e, const struct pvg_w_record *rec);

/** The pass and the states of a draw or tile dispatch, but not the binds. @return NULL or why it cannot run now. */
const char *pvg_render_pass_blocked(struct pvg_encoder *e);

/* tile.c */
bool pvg_tile_pass(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_tile_memory(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_tile_dimensions(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_tile_dispatch(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_tile_imageblock_size(struct pvg_encoder *e, const struct pvg_w_record *rec);
/** Size of a tile in pixels. */
uint32_t pvg_tile_width(const struct pvg_encoder *e);
uint32_t pvg_tile_height(const struct pvg_encoder *e);

/* views.c */
bool pvg_render_amplification_mode(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_render_amplification_count(struct pvg_encoder *e, const struct pvg_w_record *rec);

/* patches.c */
bool pvg_render_tess_factors(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_render_tess_scale(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_render_draw_patches(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_render_draw_patches_indirect(struct pvg_encoder *e, const struct pvg_w_record *rec);

/* compute.c */
void pvg_compute_begin(struct pvg_encoder *e);
void pvg_compute_end(struct pvg_encoder *e);
bool pvg_compute_pipeline(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_compute_dispatch(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_compute_dispatch_indirect(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_compute_dispatch_threads_indirect(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_compute_threadgroup_memory(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_compute_stage_in(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_compute_stage_in_indirect(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_compute_type(struct pvg_encoder *e, const struct pvg_w_record *rec);

/* control.c */
bool pvg_control_start(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_control_else(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_control_end(struct pvg_encoder *e, const struct pvg_w_record *rec);
/** The record is work in a block that does not run. */
bool pvg_control_skips(const struct pvg_encoder *e, const struct pvg_w_record_info *info);
/** The record sets state, which is made again before a further turn of a loop. */
bool pvg_control_replays(const struct pvg_w_record_info *info);
/** A record could not be decoded: without a marker nothing conditional may run. @return true for a marker. */
bool pvg_control_malformed(struct pvg_encoder *e, const struct pvg_w_record_info *info);
/** The segment is over. @return false when a block was left open. */
bool pvg_control_finish(struct pvg_encoder *e);

/* icb.c */
bool pvg_icb_execute(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_icb_execute_indirect(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_icb_reset(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_icb_optimize(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_icb_copy(struct pvg_encoder *e, const struct pvg_w_record *rec);

/* blit.c */
bool pvg_blit_copy_buffer_to_texture(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_blit_copy_texture_to_buffer(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_blit_copy_buffer(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_blit_copy_texture(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_blit_copy_slices(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_blit_fill_buffer(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_blit_generate_mipmaps(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_blit_synchronize(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_blit_fill_pattern(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_blit_fill_texture_color(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_blit_fill_texture_bytes(struct pvg_encoder *e, const struct pvg_w_record *rec);

/* event.c */
bool pvg_event_wait(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_event_signal(struct pvg_encoder *e, const struct pvg_w_record *rec);

/* info.c */
/** Write an answer of `len` bytes into the reply buffer. @return false: refused, logged. */
bool pvg_info_answer(struct pvg_encoder *e, const struct pvg_w_record *rec, const struct pvg_w_reply *reply, const void *bytes,
                     size_t len);
bool pvg_info_heap_size(struct pvg_encoder *e, const struct pvg_w_record *rec);
bool pvg_info_host_resource(struct pvg_encoder *e, const struct pvg_w_record *rec);

#endif
