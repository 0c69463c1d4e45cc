/* SPDX-License-Identifier: MIT */
/**
 * @file Work being recorded: command buffers, barriers, and the state of the encoder that is open.
 */
#ifndef PVG_VULKAN_CMD_H
#define PVG_VULKAN_CMD_H

#include "vulkan/pipeline.h"
#include "vulkan/sampler.h"
#include "vulkan/texture.h"

#define PVG_VK_MAX_BUFFERS   31
#define PVG_VK_MAX_TEXTURES  128
#define PVG_VK_MAX_SAMPLERS  16
#define PVG_VK_MAX_VIEWPORTS 16
#define PVG_VK_STRIDE_KEEP   UINT32_MAX
/** Attachments of a pass: eight colour slots, depth, stencil. */
#define PVG_VK_SLOTS 10

enum pvg_vkencoder { PVG_VKENC_NONE, PVG_VKENC_RENDER, PVG_VKENC_COMPUTE };

/** Command buffers of one submission, reused when it completed. */
struct pvg_vkslot {
    struct pvg_vkslot *next;
    VkCommandPool pool;
    VkCommandBuffer prologue;
    VkCommandBufferSubmitInfo *parts; /**< Command buffers behind it, in order; parts[-1] is room for the prologue. */
    uint32_t part_count, part_capacity;
    uint64_t value;
};

/** A bound buffer slot: a buffer object, or inline bytes in the ring. */
struct pvg_vkbound {
    struct pvg_rbuf *buf; /**< NULL with handle == 0: unbound. */
    struct pvg_vkplace *place;
    uint64_t offset;         /**< Bind offset. */
    VkDeviceAddress address; /**< Of the bound byte. */
    VkBuffer handle;
    uint64_t handle_offset;
    uint64_t size;   /**< Bytes from the bound byte to the end. */
    uint32_t stride; /**< Dynamic stride or PVG_VK_STRIDE_KEEP. */
    bool broken;     /**< Offset outside: draws that use the slot are refused. */
};

/** Binds of one stage. */
struct pvg_vkstage {
    struct pvg_vkbound buffers[PVG_VK_MAX_BUFFERS];
    struct pvg_rtex *textures[PVG_VK_MAX_TEXTURES];
    struct pvg_vksampler_bind samplers[PVG_VK_MAX_SAMPLERS];
    uint32_t dirty_buffers;
    uint64_t dirty_textures[2];
    uint32_t dirty_samplers;
    uint32_t pixel_samplers;                 /**< Slots whose samplers have coordinates in texels. */
    const struct pvg_vkshader *table_shader; /**< Layout of the last table. */
    VkDeviceAddress table;
    uint16_t uses[2]; /**< enum pvg_vkuse of what the table names, for reading and for writing; 0: not a stage of draws. */
};

/** Dynamic state that must be (re)sent before a draw. */
enum pvg_vkdirty {
    PVG_VKDIRTY_VIEWPORT = 1u << 0,
    PVG_VKDIRTY_SCISSOR = 1u << 1,
    PVG_VKDIRTY_RASTER = 1u << 2, /**< Cull, winding. */
    PVG_VKDIRTY_FILL = 1u << 3,
    PVG_VKDIRTY_CLAMP = 1u << 4,
    PVG_VKDIRTY_BIAS = 1u << 5,
    PVG_VKDIRTY_DEPTH = 1u << 6, /**< Depth and stencil tests. */
    PVG_VKDIRTY_REFERENCE = 1u << 7,
    PVG_VKDIRTY_BLEND = 1u << 8,
    PVG_VKDIRTY_ALL = (1u << 9) - 1,
};

struct pvg_vkquery {
    uint64_t offset;
    VkQueryPool pool;
    uint32_t index;
};

/** The render pass that is open. */
struct pvg_vkpass {
    bool open;    /**< vkCmdBeginRendering was recorded. */
    bool refused; /**< Draws are dropped: an attachment cannot be bound (spec 06 section 10.3, R17). */
    VkRenderingInfo info;
    VkRenderingAttachmentInfo color[8], depth, stencil;
    struct pvg_vksignature signature;
    struct pvg_rtex *targets[PVG_VK_SLOTS];
    struct pvg_vkimage *resolves[PVG_VK_SLOTS];
    bool split;    /**< It was suspended and resumed. */
    bool joined;   /**< It goes on in the rendering of earlier passes, and was not split since. */
    bool writes;   /**< Its shaders write memory. */
    bool feedback; /**< Its shaders read its targets. */
    uint32_t width, height;
    /* Separate depth and stencil textures, rendered through one private image (spec 06 section 15.7, D3). */
    struct pvg_vkimage *combined;
    struct pvg_rattachment depth_att, stencil_att;
    /* Visibility. */
    struct pvg_rbuf *visibility;
    uint32_t vis_mode;
    uint64_t vis_offset;
    bool query_open;
    struct pvg_vkqueries *pools;
    VkQueryPool pool; /**< Newest pool, and its queries in use. */
    uint32_t pool_used;
    struct pvg_vkquery *queries;
    uint32_t query_count, query_capacity;
    uint64_t *armed; /**< Offsets that were armed. */
    uint32_t armed_count, armed_capacity;
    VkSampleLocationEXT locations[16]; /**< As many as samples, when the signature says so. */
    uint32_t levels[8], layers[8];     /**< Of the colour targets, in the terms of their textures. */
    uint32_t tile_memory[31];          /**< Lengths of threadgroup arguments of tile functions. */
    /* Set 1 for framebuffer fetch. */
    VkDescriptorSet inputs;
    bool inputs_bound;
};

/** A rendering that the last pass left open, for the next one to go on in (merge.c). */
struct pvg_vkleft {
    bool open;
    uint8_t samples, locations;
    VkExtent2D extent;
    uint32_t layers;
    VkImageView view[PVG_VK_SLOTS], resolve_view[PVG_VK_SLOTS];
    VkResolveModeFlagBits resolve_mode[PVG_VK_SLOTS];
    struct pvg_vkimage *image[PVG_VK_SLOTS], *resolve[PVG_VK_SLOTS];
    VkSampleLocationEXT positions[16];
};

/** Render encoder state besides binds. */
struct pvg_vkrender_state {
    struct pvg_rpipe *pipe;
    struct pvg_vkvariant *variant;   /**< Of `pipe` for the pass, NULL: look it up. */
    VkPipeline bound;                /**< Bound in the command buffer. */
    const struct pvg_vkfetch *fetch; /**< Whose vertex bindings were sent. */
    struct pvg_rdss *dss;
    uint32_t dirty; /**< enum pvg_vkdirty bits. */
    uint32_t viewport_count, scissor_count;
    VkViewport viewports[PVG_VK_MAX_VIEWPORTS];
    VkRect2D scissors[PVG_VK_MAX_VIEWPORTS];
    bool no_area; /**< A viewport is not usable: draws produce nothing. */
    VkCullModeFlags cull;
    VkFrontFace front;
    VkPolygonMode fill;
    bool clamp;
    float bias[3];
    uint32_t reference[2];
    float blend[4];
    VkPrimitiveTopology topology; /**< Last sent; MAX_ENUM: none. */
    int restart;                  /**< Last sent; -1: none. */
    VkBuffer index_buffer;
    uint64_t index_offset;
    uint32_t index_type;
    uint64_t push[2];     /**< Table addresses last pushed. */
    uint32_t vertex_sent; /**< Vertex bindings that hold the bound buffers. */
    uint32_t view_count;  /**< Vertex amplification. 0: one view without offsets. */
    struct pvg_rview_offset views[PVG_RVIEWS_MAX];
    struct {
        struct pvg_rbuf *factors; /**< NULL: none. */
        uint64_t offset;
        uint32_t stride;
        float scale;
    } tess;
};

/** What the tables of a dispatch name. */
struct pvg_vkuses {
    struct {
        struct pvg_vkplace *place; /**< One of the two. */
        struct pvg_vkimage *image;
        uint32_t uses;
    } list[192];
    uint32_t count;
    uint32_t any; /**< Uses of resources that are not known. */
};

struct pvg_vkcompute_state {
    struct pvg_rpipe *pipe;
    bool concurrent;
    bool together; /**< The next dispatch need not wait for those that share the open scope. */
    VkPipeline bound;
    uint32_t threadgroup_bytes[31];
    uint32_t region_origin[3], region_size[3];
    bool has_region;
    uint32_t imageblock; /**< Width | height << 16. */
    uint32_t form;       /**< pvg_air_variant bits that the dispatch asks for. */
};

/** What shaders of the open encoder may reach through memory (import.c). */
struct pvg_vkimports {
    struct pvg_rimport *list;
    size_t count, capacity;
    bool current; /**< The tables show the list. */
    bool used[2]; /**< The command names all its buffers: for reading, for writing. */
    VkDeviceAddress ranges, handles;
    uint32_t range_count, handle_count; /**< Rows, the null row included. */
};

struct pvg_rcmd {
    struct pvg_vk *vk;
    struct pvg_vkslot *slot;
    VkCommandBuffer cb;
    VkCommandBuffer before; /**< Recorded up to the open rendering, whose barrier goes to its end; NULL: the barrier stands. */
    bool broken;            /**< A command buffer could not be recorded: nothing of the submission may run. */
    bool prologue_open;
    uint64_t serial; /**< Unique per command, never 0. */
    enum pvg_vkencoder encoder;
    bool guest_written; /**< Guest pages were written by this command. */
    bool heap_bound[2]; /**< Heap set bound for graphics and compute. */
    struct pvg_vkwrites *writes;

    struct pvg_vkstage stages[PVG_RSTAGE_COUNT];
    uint32_t stages_used; /**< Bit n: stage n, one of those behind compute, was bound to since it was reset. */
    struct pvg_vkimports imports;
    struct pvg_vkpass pass;
    struct pvg_vkleft left; /**< Never open while an encoder is. */
    struct pvg_vkrender_state render;
    struct pvg_vkcompute_state compute;
    struct pvg_vkuses compute_uses;

    struct pvg_vkslot *slots; /**< Submitted, oldest first. */
    struct pvg_vkslot **slots_last;
    uint32_t slot_count;
};

/* submit.c */
struct pvg_rcmd *pvg_vkcmd_begin(struct pvg_render *r);
void pvg_vkcmd_submit(struct pvg_rcmd *cmd, struct pvg_rcompletion done);
void pvg_vkcmd_flush_wait(struct pvg_rcmd *cmd);
void pvg_vkcmd_after(struct pvg_render *r, struct pvg_rcompletion done);
void pvg_vkcmd_fini(struct pvg_vk *vk);
/** One more command buffer of the submission, recording. NULL when out of resources. */
VkCommandBuffer pvg_vkcmd_part(struct pvg_rcmd *cmd);
/** The command buffer that runs before this command's own. NULL when out of resources. */
VkCommandBuffer pvg_vkcmd_prologue(struct pvg_rcmd *cmd);
/** Order what the prologue holds before what is added to it. */
void pvg_vkcmd_prologue_barrier(struct pvg_rcmd *cmd);

/** New command buffers in the middle of an encoder: everything bound must be sent again. */
void pvg_vkcmd_reattach(struct pvg_rcmd *cmd);

/* track.c: the order of what is recorded (spec 06 section 15.7, D9). */
void pvg_vktrack_init(struct pvg_vk *vk);
/** Before recording transfers: close what is open and begin a new piece of work. What it uses is stated next; then ready(). */
void pvg_vkcmd_enter(struct pvg_rcmd *cmd);
/** Record the barrier that the uses stated so far need. */
void pvg_vkcmd_ready(struct pvg_rcmd *cmd);
/** As enter() and ready() for work whose uses cannot be told: it is ordered behind everything. */
void pvg_vkcmd_enter_all(struct pvg_rcmd *cmd);
/**
 * Before a rendering begins, whose uses are stated while it is recorded; and right behind its end.
 * @param chained Its targets are those of the work just before it.
 */
void pvg_vkcmd_enter_rendering(struct pvg_rcmd *cmd, bool chained);
void pvg_vkcmd_leave_rendering(struct pvg_rcmd *cmd);
/** The next dispatch begins. */
void pvg_vkcmd_enter_dispatch(struct pvg_rcmd *cmd);
/** State the uses of the kernel's table, and record the barrier. */
void pvg_vkcmd_ready_dispatch(struct pvg_rcmd *cmd);
static inline void pvg_vktouch_image(struct pvg_rcmd *cmd, struct pvg_vkimage *image, uint32_t uses)
{
    pvg_vkhazard_touch(&cmd->vk->hazards, &image->hazard, uses);
}
static inline void pvg_vktouch_place(struct pvg_rcmd *cmd, struct pvg_vkplace *place, uint32_t uses)
{
    pvg_vkrange_touch(&cmd->vk->hazards, &place->range, uses);
}
void pvg_vktouch_any(struct pvg_rcmd *cmd, uint32_t uses);
/** The table of a stage names it. `place` or `image` is NULL; both: anything. */
void pvg_vktouch_bound_slow(struct pvg_rcmd *cmd, const struct pvg_vkstage *st, struct pvg_vkplace *place,
                            struct pvg_vkimage *image, bool written);
static inline void pvg_vktouch_bound(struct pvg_rcmd *cmd, const struct pvg_vkstage *st, struct pvg_vkplace *place,
                                     struct pvg_vkimage *image, bool written)
{
    uint32_t uses = st->uses[written];
    if (uses && place)
        pvg_vktouch_place(cmd, place, uses);
    else if (uses && image)
        pvg_vktouch_image(cmd, image, uses);
    else
        pvg_vktouch_bound_slow(cmd, st, place, image, written);
}
/** A new recorder. */
void pvg_vktrack_stages(struct pvg_rcmd *cmd);
uint64_t pvg_vktrack_barriers(struct pvg_render *r, uint64_t *skipped);

/* use.c: what a command names. */
/** The command reads or writes the placement. @return false when it cannot be used. */
bool pvg_vkuse_place_slow(struct pvg_rcmd *cmd, struct pvg_vkplace *p, bool write);
static inline bool pvg_vkuse_place(struct pvg_rcmd *cmd, struct pvg_vkplace *p, bool write)
{
    bool known = p->use_serial == cmd->serial && p->kind != PVG_VKPLACE_DEAD && (!write || p->write_serial == cmd->serial);
    return known || pvg_vkuse_place_slow(cmd, p, write);
}
/** The command ends: bring gathered buffers that it wrote back to guest pages. */
void pvg_vkuse_scatter(struct pvg_rcmd *cmd);
/** The command names the image: give it a layout and content if it has none. */
void pvg_vkuse_image_slow(struct pvg_rcmd *cmd, struct pvg_vkimage *image, bool overwritten);
static inline void pvg_vkuse_image(struct pvg_rcmd *cmd, struct pvg_vkimage *image)
{
    if (image->use_serial != cmd->serial)
        pvg_vkuse_image_slow(cmd, image, false);
}

/* bind.c */
void pvg_vkbind_reset(struct pvg_vkstage *stage);
void pvg_vkset_buffer(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, struct pvg_rbuf *buf, uint64_t offset,
                      uint32_t stride);
void pvg_vkset_buffer_offset(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, uint64_t offset, uint32_t stride);
void pvg_vkset_bytes(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, const void *bytes, size_t size, uint32_t stride);
void pvg_vkset_texture(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, struct pvg_rtex *tex);
void pvg_vkset_sampler(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, struct pvg_rsampler *s, const float lod[2]);
/** The buffer has a new placement: bound slots follow. */
void pvg_vkbind_moved(struct pvg_rcmd *cmd, struct pvg_rbuf *buf);

/* table.c */
/** Bring the stage's table up to date for `shader`. @return false when a slot it uses is unusable. */
bool pvg_vktable_update(struct pvg_rcmd *cmd, struct pvg_vkstage *stage, struct pvg_vkshader *shader,
                        const struct pvg_vkfetch *fetch);

/* import.c */
bool pvg_vkset_imports(struct pvg_rcmd *cmd, const struct pvg_rimport *list, size_t count);
bool pvg_vkpipeline_imports(struct pvg_render *r, struct pvg_rpipe *p);
/** A buffer of the list has a new placement. */
void pvg_vkimport_moved(struct pvg_rcmd *cmd);
/** An encoder begins. */
void pvg_vkimport_reset(struct pvg_rcmd *cmd);
void pvg_vkimport_fini(struct pvg_rcmd *cmd);
/** Part 6 of the table. @return false when it cannot be made. */
bool pvg_vkimport_fill(struct pvg_rcmd *cmd, const struct pvg_vkstage *st, const struct pvg_vkshader *shader, uint8_t *table);

/* pass.c */
bool pvg_vkpass_begin(struct pvg_rcmd *cmd, const struct pvg_rpass *pass);
void pvg_vkpass_end(struct pvg_rcmd *cmd);
/** Leave the host's rendering scope and enter it again, keeping what was drawn (D7). */
void pvg_vkpass_suspend(struct pvg_rcmd *cmd);
void pvg_vkpass_resume(struct pvg_rcmd *cmd);
/** Before a draw whose function reads colour attachments: make what was drawn so far readable (D10). */
bool pvg_vkpass_inputs(struct pvg_rcmd *cmd, uint32_t mask);
void pvg_vkset_visibility(struct pvg_rcmd *cmd, uint32_t mode, uint64_t offset);

/* merge.c */
/** Note that the images of the pass are targets, or that they are not. */
void pvg_vkpass_mark(struct pvg_vkpass *pass, bool attached);
/** The pass ends and its rendering may stay open. @return false when it has to be closed now. */
bool pvg_vkpass_leave(struct pvg_rcmd *cmd);
/** Close what pvg_vkpass_leave() left open, before anything else is recorded. */
void pvg_vkpass_close(struct pvg_rcmd *cmd);
/** Let the pass that begins go on in what was left open. @return false when it needs a rendering of its own. */
bool pvg_vkpass_join(struct pvg_rcmd *cmd);
/** Before a draw that reads a target of its pass. `now`: what was drawn so far must be visible to it (D7). */
void pvg_vkpass_reads_target(struct pvg_rcmd *cmd, bool now);
/** Before a draw whose shaders write memory. */
void pvg_vkpass_writes(struct pvg_rcmd *cmd);
void pvg_vkmerge_init(struct pvg_vk *vk);
uint64_t pvg_vkmerge_count(struct pvg_render *r);

/* draw.c */
struct pvg_rdss *pvg_vkdss_create(struct pvg_render *r, const struct pvg_w_depth_stencil *desc);
void pvg_vkdss_release(struct pvg_render *r, struct pvg_rdss *s);
void pvg_vkrender_reset(struct pvg_rcmd *cmd);
void pvg_vkset_render_pipeline(struct pvg_rcmd *cmd, struct pvg_rpipe *p);
void pvg_vkset_depth_stencil(struct pvg_rcmd *cmd, struct pvg_rdss *s);
void pvg_vkset_viewports(struct pvg_rcmd *cmd, uint32_t count, const struct pvg_rviewport *vp);
void pvg_vkset_scissors(struct pvg_rcmd *cmd, uint32_t count, const struct pvg_rscissor *sc);
void pvg_vkset_cull_mode(struct pvg_rcmd *cmd, uint32_t mode);
void pvg_vkset_front_facing(struct pvg_rcmd *cmd, uint32_t winding);
void pvg_vkset_fill_mode(struct pvg_rcmd *cmd, uint32_t mode);
void pvg_vkset_depth_clip_mode(struct pvg_rcmd *cmd, uint32_t mode);
void pvg_vkset_depth_bias(struct pvg_rcmd *cmd, float bias, float slope, float clamp);
void pvg_vkset_stencil_reference(struct pvg_rcmd *cmd, uint32_t front, uint32_t back);
void pvg_vkset_blend_color(struct pvg_rcmd *cmd, const float rgba[4]);
bool pvg_vkdraw(struct pvg_rcmd *cmd, const struct pvg_rdraw *draw);
void pvg_vkset_views(struct pvg_rcmd *cmd, uint32_t count, const struct pvg_rview_offset *views);
/** Push view `i` of an amplified draw. @return false: there are no more; called with 0 it is always true. */
bool pvg_vkdraw_view(struct pvg_rcmd *cmd, uint32_t i);
/** The pipeline alone; `topology` is MAX_ENUM for mesh draws, here and below. */
bool pvg_vkdraw_pipeline(struct pvg_rcmd *cmd, VkPrimitiveTopology topology);
/** What precedes the arguments of a draw of another form: pipeline, tables. @return false: refused. */
bool pvg_vkdraw_prepare(struct pvg_rcmd *cmd, VkPrimitiveTopology topology);
/** Right before the command itself: dynamic state, queries. @return false: refused. */
bool pvg_vkdraw_state(struct pvg_rcmd *cmd, VkPrimitiveTopology topology, bool indexed);

/* mesh.c */
bool pvg_vkdraw_mesh(struct pvg_rcmd *cmd, const struct pvg_rmesh_draw *draw);

/* tile.c */
void pvg_vkset_tile_memory(struct pvg_rcmd *cmd, uint32_t index, uint32_t bytes);
void pvg_vkset_imageblock_size(struct pvg_rcmd *cmd, uint32_t width, uint32_t height);
/** @return false: refused, logged. */
bool pvg_vkdispatch_tile(struct pvg_rcmd *cmd, const struct pvg_rtile *tile);

/* tess.c */
void pvg_vkset_tessellation_factors(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, uint32_t stride);
void pvg_vkset_tessellation_scale(struct pvg_rcmd *cmd, float scale);
bool pvg_vkdraw_patches(struct pvg_rcmd *cmd, const struct pvg_rpatches *draw);

/* compute.c */
void pvg_vkcompute_begin(struct pvg_rcmd *cmd, bool concurrent);
void pvg_vkcompute_end(struct pvg_rcmd *cmd);
void pvg_vkset_compute_pipeline(struct pvg_rcmd *cmd, struct pvg_rpipe *p);
void pvg_vkset_threadgroup_memory(struct pvg_rcmd *cmd, uint32_t index, uint32_t bytes);
void pvg_vkset_stage_in_region(struct pvg_rcmd *cmd, const uint32_t origin[3], const uint32_t size[3]);
bool pvg_vkdispatch(struct pvg_rcmd *cmd, const uint32_t groups[3], const uint32_t threads_per_group[3]);
bool pvg_vkdispatch_threads(struct pvg_rcmd *cmd, const uint32_t threads[3], const uint32_t threads_per_group[3]);
bool pvg_vkdispatch_indirect(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, const uint32_t threads_per_group[3]);
void pvg_vkencoder_barrier(struct pvg_rcmd *cmd);

/* blit.c */
bool pvg_vkblit_fill(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, uint64_t size, uint8_t value);
bool pvg_vkblit_fill_pattern(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, uint64_t size, uint32_t pattern);
bool pvg_vkblit_buffer(struct pvg_rcmd *cmd, struct pvg_rbuf *src, uint64_t src_offset, struct pvg_rbuf *dst, uint64_t dst_offset,
                       uint64_t size);
bool pvg_vkblit_to_texture(struct pvg_rcmd *cmd, const struct pvg_rlinear *src, const uint32_t size[3],
                           const struct pvg_rregion *dst);
bool pvg_vkblit_to_buffer(struct pvg_rcmd *cmd, const struct pvg_rregion *src, const uint32_t size[3],
                          const struct pvg_rlinear *dst);
bool pvg_vkblit_texture(struct pvg_rcmd *cmd, const struct pvg_rregion *src, const uint32_t size[3], const struct pvg_rregion *dst);
bool pvg_vkblit_mipmaps(struct pvg_rcmd *cmd, struct pvg_rtex *tex);

/* transfer.c */
bool pvg_vktexture_load(struct pvg_rcmd *cmd, struct pvg_rtex *tex);
bool pvg_vktexture_store(struct pvg_rcmd *cmd, struct pvg_rtex *tex);

/* frame.c */
struct pvg_rframe *pvg_vkframe_capture(struct pvg_rcmd *cmd, struct pvg_rtex *tex, uint32_t width, uint32_t height);
const void *pvg_vkframe_pixels(struct pvg_rframe *f, uint32_t *width, uint32_t *height, uint32_t *stride);
void pvg_vkframe_release(struct pvg_rframe *f);
bool pvg_vkframes_init(struct pvg_vk *vk);
/** The renderer goes; frames in other hands stay readable. */
void pvg_vkframes_fini(struct pvg_vk *vk);

#endif
