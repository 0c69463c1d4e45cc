/* SPDX-License-Identifier: MIT */
/**
 * @file Functions, translated shaders, pipelines and their variants (spec 06 sections 15.6 to 15.8).
 *
 * Translation and compilation run on a small pool of threads. A pipeline starts compiling when it is created, for the pass
 * signature that its own formats predict; a draw waits only if that has not finished or the pass differs.
 */
#ifndef PVG_VULKAN_PIPELINE_H
#define PVG_VULKAN_PIPELINE_H

#include <openpvg/air.h>

#include "vulkan/vk.h"

#define PVG_VK_MAX_TABLE 16384u
/** Forms of a fragment function that one pipeline may come to need. */
#define PVG_VK_FRAGMENTS 8
/** More forms of the functions in front of it. */
#define PVG_VK_FORMS 11

/** What a render pass fixes in a pipeline; compared as bytes, so always cleared before it is filled. */
struct pvg_vksignature {
    VkFormat color[8];
    VkFormat depth, stencil;
    uint8_t classes[8]; /**< enum pvg_vkclass of the colour formats. */
    uint8_t samples;
    uint8_t alpha8;                              /**< Bit n: slot n is A8Unorm kept as R8. */
    uint8_t polygon;                             /**< VkPolygonMode when it is not dynamic state. */
    uint8_t clamp;                               /**< Depth clamp when it is not dynamic state. */
    uint8_t topology;                            /**< Class of the primitives: enum pvg_vktopology. */
    uint8_t amplified;                           /**< Draws are repeated per view. */
    uint8_t locations;                           /**< The pass chooses its sample locations. */
    uint8_t pixels;                              /**< enum pvg_vkpixels: functions that sample at coordinates in texels. */
    uint16_t object_threads[3], mesh_threads[3]; /**< Mesh draws: threads per threadgroup. */
};

/** Functions of a render pipeline that a sampler with coordinates in texels is bound for. */
enum pvg_vkpixels { PVG_VKPIXELS_FIRST = 1u << 0, PVG_VKPIXELS_FRAGMENT = 1u << 1, PVG_VKPIXELS_OBJECT = 1u << 2 };

/** Classes of primitives; a pipeline draws one of them. */
enum pvg_vktopology {
    PVG_VKTOPOLOGY_POINTS,
    PVG_VKTOPOLOGY_LINES,
    PVG_VKTOPOLOGY_TRIANGLES,
    PVG_VKTOPOLOGY_PATCHES,
    PVG_VKTOPOLOGY_MESH
};

struct pvg_rfunc {
    uint32_t refs;
    uint8_t *bytes;
    size_t size;
    struct pvg_metallib *lib; /**< NULL: the container was refused. */
    const struct pvg_metallib_function *fn;
};

/** A translated function. Immutable. */
struct pvg_vkshader {
    struct pvg_air_shader *air;
    VkShaderModule module;
    uint8_t *tmpl;         /**< Table bytes: zeros and static samplers. */
    uint32_t used_buffers; /**< Slots in parts 1 and 2 of the table. */
    uint64_t used_textures[2];
    uint32_t used_samplers;
    uint32_t scaling_samplers; /**< Slots that need PVG_AIR_VARIANT_PIXEL_SAMPLERS for samplers with coordinates in texels. */
    bool pixels;               /**< The function is in that form. */
    bool imports;              /**< The table has a part 6. */
    bool writes;               /**< Writes buffers or textures. */
    bool statics_ready;        /**< Static samplers are in `tmpl`. Worker only. */
};

enum pvg_vkstatus { PVG_VKSTATUS_PENDING, PVG_VKSTATUS_READY, PVG_VKSTATUS_FAILED };

/** A VkPipeline for one pass signature, or one work group shape. */
struct pvg_vkvariant {
    struct pvg_vkvariant *next;
    struct pvg_vksignature signature;      /**< Render. */
    uint32_t threads[3];                   /**< Compute: threads per threadgroup. */
    bool based;                            /**< Compute: dispatches may start at another group than the first. */
    uint32_t variant;                      /**< Compute: pvg_air_variant bits that the dispatch asks for. */
    uint32_t threadgroup_bytes[31];        /**< Compute: dynamic lengths, multiples of 16. */
    struct pvg_vkshader *first, *fragment; /**< Render. */
    struct pvg_vkshader *object;           /**< Mesh draws. */
    VkPipeline pipeline;
    _Atomic int status; /**< enum pvg_vkstatus. */
};

/** Vertex fetch as decided at creation (spec 06 section 15.5). */
struct pvg_vkfetch {
    VkVertexInputAttributeDescription attributes[31];
    VkVertexInputBindingDescription bindings[31];
    VkVertexInputBindingDivisorDescriptionEXT divisors[31];
    uint32_t attribute_count, binding_count, divisor_count;
    uint32_t fixed;         /**< Buffer slots fetched by fixed function. */
    uint8_t binding_of[31]; /**< Buffer slot -> binding number. */
    uint32_t stride[31];    /**< Pipeline strides by slot; 0 for Constant. */
    uint32_t extent[31];    /**< End of the last attribute in an element, by slot. */
    uint32_t dynamic;       /**< Slots whose stride is stated by the bind. */
    uint32_t constant;      /**< Slots that always fetch element 0. */
    struct pvg_air_pull_attribute pulls[31];
    uint32_t pull_count;
};

struct pvg_rpipe {
    struct pvg_vk *vk;
    bool compute;
    struct pvg_rfunc *functions[PVG_RSTAGE_COUNT];
    struct pvg_w_render_pipeline render_desc;
    struct pvg_w_compute_pipeline compute_desc;

    /* Written by the job, read after `translated`. */
    struct pvg_vkshader *first; /**< Vertex or compute. */
    /** `first` and `object` in other forms, made when needed, by the worker. */
    struct {
        struct pvg_rfunc *function;
        uint32_t variant;            /**< pvg_air_variant bits. */
        struct pvg_vkshader *shader; /**< NULL: it cannot be had. */
    } forms[PVG_VK_FORMS];
    uint32_t form_count;
    struct pvg_vkshader *fragments[PVG_VK_FRAGMENTS]; /**< [0] for the predicted pass, the others for more forms of it. */
    uint32_t fragment_keys[PVG_VK_FRAGMENTS];         /**< Alpha8 mask | pvg_air_variant bits << 8. */
    struct pvg_vkfetch fetch;
    struct pvg_vkshader *object;    /**< Mesh pipelines: NULL or the object function; `first` is the mesh function. */
    bool tile;                      /**< `first` is a kernel: the pipeline dispatches over tiles. */
    VkShaderModule patch_stages[2]; /**< Generated vertex and control stage; `first` is a post-tessellation function. */
    char message[256];              /**< Why it failed. */
    _Atomic int status;             /**< enum pvg_vkstatus of the translation. */
    bool reported;                  /**< The failure was logged. Worker only. */
    bool queued, running;           /**< Guarded by the compiler's lock. */
    struct pvg_rpipe *queue_next;

    struct pvg_vkvariant *variants; /**< Worker only, once translated. */
    struct pvg_vkvariant *last;     /**< Last hit. */
    uint32_t variant_count;
};

struct pvg_rfunc *pvg_vkfunction_create(struct pvg_render *r, const void *container, size_t size);
void pvg_vkfunction_release(struct pvg_render *r, struct pvg_rfunc *f);
void pvg_vkfunction_unref(struct pvg_rfunc *f);

struct pvg_rpipe *pvg_vkrender_pipeline_create(struct pvg_render *r, const struct pvg_w_render_pipeline *desc,
                                               struct pvg_rfunc *const functions[PVG_RSTAGE_COUNT]);
struct pvg_rpipe *pvg_vkcompute_pipeline_create(struct pvg_render *r, const struct pvg_w_compute_pipeline *desc,
                                                struct pvg_rfunc *function);
bool pvg_vkcompute_pipeline_info(struct pvg_render *r, struct pvg_rpipe *p, struct pvg_rcompute_info *info);
bool pvg_vkpipeline_used(struct pvg_render *r, struct pvg_rpipe *p, enum pvg_rstage stage, struct pvg_rused *used);
void pvg_vkpipeline_release(struct pvg_render *r, struct pvg_rpipe *p);

/** Wait for the translation. @return false when the pipeline cannot be used; logged once. */
bool pvg_vkpipeline_ready(struct pvg_rpipe *p);
/** Variant for a pass; compiles it when it does not exist. NULL after a refusal, which is logged once. */
struct pvg_vkvariant *pvg_vkpipeline_variant(struct pvg_rpipe *p, const struct pvg_vksignature *sig);
/** Variant for a threadgroup shape, of a kernel in the form that the dispatch asks for: pvg_air_variant bits. */
struct pvg_vkvariant *pvg_vkpipeline_shape(struct pvg_rpipe *p, const uint32_t threads[3], const uint32_t bytes[31], bool based,
                                           uint32_t variant);
/** The kernel in the form for this shape and those bits, whose table the dispatch needs; NULL, logged, when it cannot be had. */
struct pvg_vkshader *pvg_vkpipeline_kernel(struct pvg_rpipe *p, const uint32_t threads[3], uint32_t variant);

/* Compilation, called by the pool (pipeline.c, graphics.c). */
void pvg_vkpipeline_translate(struct pvg_rpipe *p);
bool pvg_vkgraphics_fetch(struct pvg_rpipe *p, const struct pvg_air_reflection *vertex);
bool pvg_vkgraphics_build(struct pvg_rpipe *p, struct pvg_vkvariant *v);
/** Stages of a mesh pipeline in front of the fragment stage (mesh.c). */
struct pvg_vkmesh_stages {
    VkPipelineShaderStageCreateInfo stages[2];
    uint32_t count;
    VkSpecializationInfo info[2];
    VkSpecializationMapEntry entries[2][6];
    uint32_t values[2][6];
};
bool pvg_vkmesh_translate(struct pvg_rpipe *p, struct pvg_air_options *options);
void pvg_vkmesh_stages(const struct pvg_rpipe *p, const struct pvg_vkvariant *v, struct pvg_vkmesh_stages *out);

/** `first` is a post-tessellation function: what it fetches, and the stages in front of it (tess.c). */
bool pvg_vktess_fetch(struct pvg_rpipe *p, const struct pvg_air_reflection *r);
bool pvg_vktess_stages(struct pvg_rpipe *p, const struct pvg_air_reflection *r);
const struct pvg_w_vertex_attribute *pvg_vkgraphics_attribute(const struct pvg_w_vertex_descriptor *d, uint32_t location);
/** Signature that the pipeline's own words predict. */
void pvg_vkgraphics_predict(struct pvg_rpipe *p, struct pvg_vksignature *sig);
struct pvg_vkshader *pvg_vkshader_create(struct pvg_rpipe *p, const struct pvg_rfunc *f, const struct pvg_air_options *options);
void pvg_vkshader_destroy(struct pvg_vk *vk, struct pvg_vkshader *s);

/* compiler.c: the pool. */
bool pvg_vkcompiler_init(struct pvg_vk *vk, struct pvg_error *err);
void pvg_vkcompiler_fini(struct pvg_vk *vk);
/** Translate and compile `p` in the background. */
void pvg_vkcompiler_push(struct pvg_vk *vk, struct pvg_rpipe *p);
/** Return when translation and first compilation are done; takes the work over if nobody has started it. */
void pvg_vkcompiler_wait(struct pvg_vk *vk, struct pvg_rpipe *p);
/** Take `p` out of the queue, or wait until its compilation is over. */
void pvg_vkcompiler_cancel(struct pvg_vk *vk, struct pvg_rpipe *p);
VkPipelineCache pvg_vkcompiler_cache(struct pvg_vk *vk);

#endif
