/* SPDX-License-Identifier: MIT */
/**
 * @file The renderer as the device core, the stream executor and the display layer see it.
 *
 * One instance per device. Two implementations: src/vulkan (the product) and src/stream/null_render.c (no GPU: buffer copies on
 * the CPU, draws and dispatches refused).
 *
 * Threads: everything is called from the device's worker thread except where a comment says otherwise. Completion callbacks come
 * from the renderer's completion thread, strictly in submission order.
 *
 * Lifetime: objects are created with one reference owned by the caller and given back with the matching *_release. The renderer
 * itself keeps what recorded or submitted work still uses, so a release is always legal and never waits.
 *
 * Errors: creation functions return NULL after one rate-limited log line that names the reason; encode functions return false when
 * the command had no effect (unusable binding, refused shader), also logged; the caller only counts.
 */
#ifndef PVG_RENDER_H
#define PVG_RENDER_H

#include <openpvg/device.h>

#include "wire/object.h" /* typed object descriptors: struct pvg_w_texture_desc, pvg_w_sampler, pvg_w_render_pipeline, ... */
#include "wire/stream.h" /* typed stream records: struct pvg_w_render_pass, ... */

struct pvg_log;
struct pvg_render;
struct pvg_rbuf;     /**< Buffer: linear bytes, in guest pages or host private. */
struct pvg_rtex;     /**< Texture or texture view. */
struct pvg_rsampler; /**< Sampler state. */
struct pvg_rdss;     /**< Depth-stencil state. */
struct pvg_rfunc;    /**< One shader function from one metallib container. */
struct pvg_rpipe;    /**< Render or compute pipeline. */
struct pvg_rcmd;     /**< Work being recorded; one per guest submission (FIFO packet). */
struct pvg_rframe;   /**< A presented image on its way to the front-end. */

/** A run of guest RAM in host memory. `fd` lets the renderer map scattered runs into one linear range again. */
struct pvg_rspan {
    uint8_t *host;      /**< First byte, NULL for a hole (page not mapped by the guest). */
    uint64_t size;      /**< Bytes, multiple of 4096. */
    uint64_t gpa;       /**< Guest-physical address, for dirty reports. */
    int fd;             /**< Backing file or -1. */
    uint64_t fd_offset; /**< Offset of `host` in the file. */
};

/** Storage of a new buffer. */
struct pvg_rbuf_desc {
    uint64_t size;                 /**< Logical bytes; the spans cover at least first_offset + size. */
    const struct pvg_rspan *spans; /**< Guest pages in order, copied; NULL: host-private zeroed storage. */
    size_t span_count;
    uint32_t first_offset;  /**< Offset of byte 0 inside the first span. */
    bool guest_writable;    /**< The device may write the pages. */
    uint64_t guest_address; /**< By which pointers in memory name byte 0; 0 = none. */
};

/** A resource that shaders may reach through pointers and handles in memory. One of the three objects is set. */
struct pvg_rimport {
    uint32_t ref;            /**< Number of a texture or sampler, as handles hold it. */
    bool written;            /**< Shaders may write it. */
    struct pvg_rbuf *buffer; /**< Reached by its guest address. */
    struct pvg_rtex *texture;
    struct pvg_rsampler *sampler;
};

/** One mip level of a linear guest layout. */
struct pvg_rlevel {
    uint64_t offset;          /**< From byte 0 of the backing buffer. */
    uint32_t bytes_per_row;   /**< Row pitch (of blocks for compressed formats). */
    uint64_t bytes_per_image; /**< Pitch between slices or depth planes. */
};

#define PVG_RTEX_MAX_LEVELS 16

/** Storage of a new texture. */
struct pvg_rtex_desc {
    struct pvg_w_texture_desc desc; /**< Format, type, size, levels, array length, samples, usage. */
    struct pvg_rbuf *backing;       /**< Guest bytes or NULL (host-private). Retained. */
    uint32_t level_count;           /**< Linear levels present in the backing. */
    struct pvg_rlevel levels[PVG_RTEX_MAX_LEVELS];
};

/** A view of a texture (spec 05 section 6.4). */
struct pvg_rview_desc {
    uint16_t format;     /**< MTLPixelFormat of the view. */
    uint8_t type;        /**< MTLTextureType of the view. */
    uint8_t has_swizzle; /**< 0: identity. */
    uint8_t swizzle[4];  /**< MTLTextureSwizzle r, g, b, a. */
    uint32_t base_level, level_count;
    uint32_t base_slice, slice_count;
};

/** Shader stages that have a binding table of their own. */
enum pvg_rstage {
    PVG_RSTAGE_VERTEX,
    PVG_RSTAGE_FRAGMENT,
    PVG_RSTAGE_COMPUTE,
    PVG_RSTAGE_TILE,
    PVG_RSTAGE_OBJECT,
    PVG_RSTAGE_MESH,
    PVG_RSTAGE_COUNT,
};

/** One attachment of a pass with its objects resolved. */
struct pvg_rattachment {
    struct pvg_rtex *texture; /**< NULL: slot empty. */
    struct pvg_rtex *resolve; /**< NULL: no resolve. */
    uint32_t level, slice, depth_plane;
    uint32_t resolve_level, resolve_slice, resolve_depth_plane;
    uint8_t load_action;  /**< MTLLoadAction. */
    uint8_t store_action; /**< MTLStoreAction, overrides already applied. */
    uint8_t resolve_filter;
    double clear[4]; /**< Colour, or depth in [0], or stencil in [0]. */
};

/** A render pass with its objects resolved. */
struct pvg_rpass {
    struct pvg_rattachment color[8];
    struct pvg_rattachment depth;
    struct pvg_rattachment stencil;
    uint32_t width, height; /**< renderTargetWidth/Height or 0. */
    uint32_t array_length;  /**< renderTargetArrayLength or 0. */
    uint32_t default_raster_samples;
    struct pvg_rbuf *visibility; /**< Visibility result buffer or NULL. */
    uint32_t position_count;     /**< Sample positions of the guest's choice; 0: the standard ones. */
    float positions[16][2];      /**< x, y in the pixel, from its upper left corner. */
};

struct pvg_rviewport {
    float x, y, width, height, znear, zfar;
};
struct pvg_rscissor {
    uint32_t x, y, width, height;
};

/** Arguments of one draw. Index fields are used when `index_buffer` is set; indirect fields when `indirect_buffer` is set. */
struct pvg_rdraw {
    uint8_t primitive;     /**< MTLPrimitiveType. */
    uint8_t index_type;    /**< MTLIndexType. */
    uint32_t vertex_start; /**< First vertex (non-indexed). */
    uint32_t count;        /**< Vertices or indices per instance. */
    uint32_t instance_count;
    int32_t base_vertex;
    uint32_t base_instance;
    struct pvg_rbuf *index_buffer; /**< NULL: not indexed. */
    uint64_t index_offset;
    struct pvg_rbuf *indirect_buffer; /**< NULL: direct. */
    uint64_t indirect_offset;
};

/** Arguments of one patch draw (spec 06 section 4.8). */
struct pvg_rpatches {
    uint32_t control_points; /**< Per patch. */
    uint32_t start, count;   /**< Patches. */
    uint32_t instance_count, base_instance;
    struct pvg_rbuf *patch_indices; /**< u32 indices by place in the draw; NULL: none. */
    uint64_t patch_index_offset;
    struct pvg_rbuf *control_indices; /**< Of the type that the pipeline states; NULL: none. */
    uint64_t control_index_offset;
    struct pvg_rbuf *indirect_buffer; /**< u32 patchCount, instanceCount, patchStart, baseInstance; NULL: direct. */
    uint64_t indirect_offset;
};

/**
 * Arguments of one mesh draw. They reach a host in indirect command buffers only (spec 06 section 4.12). With an object function
 * the grid is that of its threadgroups, without one that of the mesh function's.
 */
struct pvg_rmesh_draw {
    uint32_t groups[3];
    bool threads;                                /**< `groups` counts threads, a multiple of those of a threadgroup. */
    uint32_t object_threads[3], mesh_threads[3]; /**< Per threadgroup; the former unused without an object function. */
    struct pvg_rbuf *indirect_buffer;            /**< Three u32 of threadgroups; NULL: direct. */
    uint64_t indirect_offset;
};

/** Arguments of one tile dispatch (spec 06 section 4.5). */
struct pvg_rtile {
    uint32_t threads[3];                        /**< Of each tile's threadgroup. */
    uint32_t width, height;                     /**< Of a tile in pixels. */
    uint32_t x, y, region_width, region_height; /**< Pixels whose tiles run; the renderer cuts them off at the pass. */
    uint32_t layer;
};

/** Views that an amplified draw is repeated for. */
#define PVG_RVIEWS_MAX 32

struct pvg_rview_offset {
    uint32_t viewport, target; /**< Added to what the vertex function writes, or to 0. */
};

/** Linear side of a buffer/texture copy. */
struct pvg_rlinear {
    struct pvg_rbuf *buffer;
    uint64_t offset;
    uint64_t bytes_per_row;
    uint64_t bytes_per_image;
    uint32_t options; /**< MTLBlitOption bits: depth or stencil plane. */
};

/** Texture side of a copy. */
struct pvg_rregion {
    struct pvg_rtex *texture;
    uint32_t level, slice;
    uint32_t x, y, z;
    uint32_t options; /**< Source of a copy between textures: MTLBlitOption bits, the one plane to copy. */
};

/** What the device can promise the guest; input of the device-info replies (spec 08 part A). */
struct pvg_rcaps {
    char name[256];
    uint64_t memory_bytes; /**< Largest device-local (or only) heap. */
    uint32_t max_texture_2d, max_texture_3d, max_array_layers;
    uint64_t max_buffer_bytes;
    uint32_t max_threads_per_group;
    uint32_t max_threadgroup_bytes;
    uint32_t simd_width;    /**< Subgroup size that kernels run at. */
    uint32_t sample_counts; /**< VkSampleCountFlags usable for colour and depth. */
    bool unified_memory;
    bool native_fp16;      /**< Half arithmetic in shaders (device-info key 9). */
    bool framebuffer_read; /**< Fragment functions may read colour attachments (device-info key 7). */
    bool bc_textures;
    bool mesh, tessellation, geometry, barycentrics, raster_order, float32_filter, dual_source, layered, multi_viewport;
    bool sample_positions; /**< Passes may choose their sample positions (device-info key 21). */
    bool format_sample[640], format_render[640], format_blend[640], format_store[640], format_msaa[640]; /**< By MTLPixelFormat. */
};

/** Reply of a compute pipeline query (spec 05 section 11.1). */
struct pvg_rcompute_info {
    uint32_t max_total_threads;
    uint32_t simd_width;
    uint32_t static_threadgroup_bytes;
};

/** Slots that a pipeline's shaders statically use in one stage. */
struct pvg_rused {
    uint32_t buffers;     /**< Bit n: buffer slot n, vertex-descriptor layouts included. */
    uint64_t textures[2]; /**< Bit n % 64 of word n / 64: texture slot n. */
    uint32_t samplers;    /**< Bit n: sampler slot n. */
};

/** Called on the completion thread when the work is done and its effects are in guest RAM. */
struct pvg_rcompletion {
    void (*fn)(void *arg);
    void *arg;
};

struct pvg_render_ops {
    void (*destroy)(struct pvg_render *r); /**< Waits for the GPU; completions that are pending are delivered first. */
    const struct pvg_rcaps *(*caps)(struct pvg_render *r);

    /* RAM, called between pvg_ram_begin and _commit's end with the worker stopped. `ram_remove` returns when no GPU work uses it.
     */
    void (*ram_add)(struct pvg_render *r, const struct pvg_ram_region *region);
    void (*ram_remove)(struct pvg_render *r, uint64_t gpa, uint64_t size);

    /* Objects. */
    struct pvg_rbuf *(*buffer_create)(struct pvg_render *r, const struct pvg_rbuf_desc *desc);
    /** New guest pages behind the same buffer (map/unmap/replace). Recorded work keeps the old ones. */
    bool (*buffer_rebind)(struct pvg_render *r, struct pvg_rbuf *buf, const struct pvg_rspan *spans, size_t span_count);
    /** The guest CPU wrote the pages: refresh copies, if the buffer is not zero copy. */
    void (*buffer_invalidate)(struct pvg_render *r, struct pvg_rbuf *buf);
    void (*buffer_release)(struct pvg_render *r, struct pvg_rbuf *buf);
    struct pvg_rtex *(*texture_create)(struct pvg_render *r, const struct pvg_rtex_desc *desc);
    struct pvg_rtex *(*texture_view)(struct pvg_render *r, struct pvg_rtex *base, const struct pvg_rview_desc *desc);
    /** Texture over buffer bytes (records 0x09/0x37): linear, aliasing the buffer. */
    struct pvg_rtex *(*texture_from_buffer)(struct pvg_render *r, struct pvg_rbuf *buf, uint64_t offset, uint32_t bytes_per_row,
                                            const struct pvg_w_texture_desc *desc);
    void (*texture_release)(struct pvg_render *r, struct pvg_rtex *tex);
    struct pvg_rsampler *(*sampler_create)(struct pvg_render *r, const struct pvg_w_sampler *desc);
    void (*sampler_release)(struct pvg_render *r, struct pvg_rsampler *s);
    struct pvg_rdss *(*depth_stencil_create)(struct pvg_render *r, const struct pvg_w_depth_stencil *desc);
    void (*depth_stencil_release)(struct pvg_render *r, struct pvg_rdss *s);
    /** `container` is copied. Translation starts on the compiler pool; failure shows when a pipeline or draw needs it. */
    struct pvg_rfunc *(*function_create)(struct pvg_render *r, const void *container, size_t size);
    void (*function_release)(struct pvg_render *r, struct pvg_rfunc *f);
    /** Functions are retained; `vs`/`fs` (or `object`/`mesh`) follow the refs of `desc`, NULL for ref 0. */
    struct pvg_rpipe *(*render_pipeline_create)(struct pvg_render *r, const struct pvg_w_render_pipeline *desc,
                                                struct pvg_rfunc *const functions[PVG_RSTAGE_COUNT]);
    struct pvg_rpipe *(*compute_pipeline_create)(struct pvg_render *r, const struct pvg_w_compute_pipeline *desc,
                                                 struct pvg_rfunc *function);
    bool (*compute_pipeline_info)(struct pvg_render *r, struct pvg_rpipe *p, struct pvg_rcompute_info *info);
    void (*pipeline_release)(struct pvg_render *r, struct pvg_rpipe *p);

    /* Recording. One rcmd at a time; encoders inside it do not nest. */
    struct pvg_rcmd *(*cmd_begin)(struct pvg_render *r);
    /** Submit and forget. `done` is called in submission order. */
    void (*cmd_submit)(struct pvg_rcmd *cmd, struct pvg_rcompletion done);
    /** Submit what is recorded, wait for it, and go on recording (GPU-dependent control flow; rare). */
    void (*cmd_flush_wait)(struct pvg_rcmd *cmd);
    /** Call `done` after everything submitted so far; immediately on the calling thread if nothing is outstanding. */
    void (*after)(struct pvg_render *r, struct pvg_rcompletion done);

    /** Guest bytes -> image, all levels and slices of the texture's linear backing. No-op without backing or when in place. */
    bool (*texture_load)(struct pvg_rcmd *cmd, struct pvg_rtex *tex);
    /** Image -> guest bytes. */
    bool (*texture_store)(struct pvg_rcmd *cmd, struct pvg_rtex *tex);

    /* Binds, shared by render and compute encoders. NULL unbinds. */
    void (*set_buffer)(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, struct pvg_rbuf *buf, uint64_t offset,
                       uint32_t stride); /**< stride: dynamic attribute stride or UINT32_MAX. */
    void (*set_buffer_offset)(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, uint64_t offset, uint32_t stride);
    void (*set_bytes)(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, const void *bytes, size_t size, uint32_t stride);
    void (*set_texture)(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, struct pvg_rtex *tex);
    void (*set_sampler)(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, struct pvg_rsampler *s, const float lod[2]);

    /* Render encoder. */
    bool (*pass_begin)(struct pvg_rcmd *cmd, const struct pvg_rpass *pass);
    void (*pass_end)(struct pvg_rcmd *cmd);
    void (*set_render_pipeline)(struct pvg_rcmd *cmd, struct pvg_rpipe *p);
    void (*set_depth_stencil)(struct pvg_rcmd *cmd, struct pvg_rdss *s);
    void (*set_viewports)(struct pvg_rcmd *cmd, uint32_t count, const struct pvg_rviewport *vp);
    void (*set_scissors)(struct pvg_rcmd *cmd, uint32_t count, const struct pvg_rscissor *sc);
    void (*set_cull_mode)(struct pvg_rcmd *cmd, uint32_t mode);
    void (*set_front_facing)(struct pvg_rcmd *cmd, uint32_t winding);
    void (*set_fill_mode)(struct pvg_rcmd *cmd, uint32_t mode);
    void (*set_depth_clip_mode)(struct pvg_rcmd *cmd, uint32_t mode);
    void (*set_depth_bias)(struct pvg_rcmd *cmd, float bias, float slope, float clamp);
    void (*set_stencil_reference)(struct pvg_rcmd *cmd, uint32_t front, uint32_t back);
    void (*set_blend_color)(struct pvg_rcmd *cmd, const float rgba[4]);
    void (*set_visibility)(struct pvg_rcmd *cmd, uint32_t mode, uint64_t offset);
    bool (*draw)(struct pvg_rcmd *cmd, const struct pvg_rdraw *draw);
    /** Half-float factors of patch draws; `stride` bytes between instances. NULL: none. */
    void (*set_tessellation_factors)(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, uint32_t stride);
    void (*set_tessellation_scale)(struct pvg_rcmd *cmd, float scale);
    /** For pipelines of mesh shape; buffers, textures and samplers of the object and mesh stages are bound like others. */
    bool (*draw_mesh)(struct pvg_rcmd *cmd, const struct pvg_rmesh_draw *draw);
    /** Inside a pass: the tile function of the current pipeline, once per tile, with the binds of the tile stage. */
    bool (*dispatch_tile)(struct pvg_rcmd *cmd, const struct pvg_rtile *tile);
    /** Threadgroup argument of tile functions. */
    void (*set_tile_memory)(struct pvg_rcmd *cmd, uint32_t index, uint32_t bytes);
    /** Size of the imageblock of compute encoders. */
    void (*set_imageblock_size)(struct pvg_rcmd *cmd, uint32_t width, uint32_t height);
    /** Vertex amplification: 1 <= count <= PVG_RVIEWS_MAX. One view without offsets is the normal state. */
    void (*set_views)(struct pvg_rcmd *cmd, uint32_t count, const struct pvg_rview_offset *views);
    bool (*draw_patches)(struct pvg_rcmd *cmd, const struct pvg_rpatches *draw);

    /* Compute encoder. */
    void (*compute_begin)(struct pvg_rcmd *cmd, bool concurrent);
    void (*compute_end)(struct pvg_rcmd *cmd);
    void (*set_compute_pipeline)(struct pvg_rcmd *cmd, struct pvg_rpipe *p);
    void (*set_threadgroup_memory)(struct pvg_rcmd *cmd, uint32_t index, uint32_t bytes);
    void (*set_stage_in_region)(struct pvg_rcmd *cmd, const uint32_t origin[3], const uint32_t size[3]);
    bool (*dispatch)(struct pvg_rcmd *cmd, const uint32_t groups[3], const uint32_t threads_per_group[3]);
    bool (*dispatch_threads)(struct pvg_rcmd *cmd, const uint32_t threads[3], const uint32_t threads_per_group[3]);
    bool (*dispatch_indirect)(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, const uint32_t threads_per_group[3]);
    /** Memory barrier between commands of a concurrent encoder, or inside a pass where Vulkan allows it. */
    void (*barrier)(struct pvg_rcmd *cmd);

    /* Blit encoder (outside of pass and compute). */
    bool (*fill_buffer)(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, uint64_t size, uint8_t value);
    /** Repeat a little-endian word; offset and size are multiples of 4. */
    bool (*fill_pattern)(struct pvg_rcmd *cmd, struct pvg_rbuf *buf, uint64_t offset, uint64_t size, uint32_t pattern);
    bool (*copy_buffer)(struct pvg_rcmd *cmd, struct pvg_rbuf *src, uint64_t src_offset, struct pvg_rbuf *dst, uint64_t dst_offset,
                        uint64_t size);
    bool (*copy_buffer_to_texture)(struct pvg_rcmd *cmd, const struct pvg_rlinear *src, const uint32_t size[3],
                                   const struct pvg_rregion *dst);
    bool (*copy_texture_to_buffer)(struct pvg_rcmd *cmd, const struct pvg_rregion *src, const uint32_t size[3],
                                   const struct pvg_rlinear *dst);
    bool (*copy_texture)(struct pvg_rcmd *cmd, const struct pvg_rregion *src, const uint32_t size[3],
                         const struct pvg_rregion *dst);
    bool (*generate_mipmaps)(struct pvg_rcmd *cmd, struct pvg_rtex *tex);

    /* Frames. `frame_capture` copies level 0 of the texture, converted to B8G8R8X8, into frame-owned memory; the pixels are valid
     * once the completion of the submission that holds it ran. NULL when no frame memory is free or the format cannot be shown. */
    struct pvg_rframe *(*frame_capture)(struct pvg_rcmd *cmd, struct pvg_rtex *tex, uint32_t width, uint32_t height);
    const void *(*frame_pixels)(struct pvg_rframe *f, uint32_t *width, uint32_t *height, uint32_t *stride); /**< Any thread. */
    void (*frame_release)(struct pvg_rframe *f); /**< Any thread; also after the renderer's destroy. */

    /**
     * What the shaders of the pipeline use in a stage; asked only for draws with a bind that could not be resolved, which are
     * refused unless the answer excludes it. @return false: not known. NULL: never known.
     */
    bool (*pipeline_used)(struct pvg_render *r, struct pvg_rpipe *p, enum pvg_rstage stage, struct pvg_rused *used);

    /**
     * What draws or dispatches of the open encoder may reach through memory, in place of what was stated before; nothing at the
     * start of an encoder. The list is copied, its objects live as long as the encoder. NULL: not supported.
     */
    bool (*set_imports)(struct pvg_rcmd *cmd, const struct pvg_rimport *list, size_t count);
    /** Do shaders of the pipeline reach resources through memory? Waits for their translation. NULL: never. */
    bool (*pipeline_imports)(struct pvg_render *r, struct pvg_rpipe *p);

    /** GPU devices lost since creation. After a loss cmd_begin() gives NULL; completions are still delivered. NULL: never. */
    uint64_t (*losses)(struct pvg_render *r);

    /** Passes that went on in the rendering of the one before them. Any thread. NULL: none. */
    uint64_t (*passes_merged)(struct pvg_render *r);
    /** Barriers recorded between pieces of work, and, in `skipped`, pieces that needed none. Any thread. NULL: none. */
    uint64_t (*barriers)(struct pvg_render *r, uint64_t *skipped);
};

/** Base of both implementations; they embed it as their first member. */
struct pvg_render {
    const struct pvg_render_ops *ops;
};

/** How a renderer reaches its surroundings. */
struct pvg_render_config {
    struct pvg_log *log;
    const char *gpu;       /**< As pvg_device_config.gpu. */
    const char *cache_dir; /**< As pvg_device_config.cache_dir. */
    /** The renderer wrote guest pages; NULL when nobody listens. Any renderer thread. */
    void (*ram_dirty)(void *opaque, uint64_t gpa, uint64_t size);
    void *opaque;
};

struct pvg_render *pvg_vulkan_create(const struct pvg_render_config *config, struct pvg_error *err);
struct pvg_render *pvg_null_render_create(const struct pvg_render_config *config, struct pvg_error *err);

#endif
