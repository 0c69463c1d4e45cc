/* SPDX-License-Identifier: MIT */
/**
 * @file Pipeline objects: creation, translation job, variants, compute pipelines.
 */
#include "vulkan/pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vulkan/cmd.h"

/** A guest that asks for more shapes or pass signatures of one pipeline than this is refused. */
#define MAX_VARIANTS 256

/** Without addresses of the zero and scratch ranges: code that contains them would be good for this run only, here and in the
 * driver's cache. */
static struct pvg_air_options base_options(const struct pvg_vk *vk)
{
    return (struct pvg_air_options){
        .size = sizeof(struct pvg_air_options),
        .available = vk->feat.air_needs,
        .robustness = PVG_AIR_ROBUST_BUFFERS,
    };
}

static bool fail(struct pvg_rpipe *p, const char *reason)
{
    if (!p->message[0])
        snprintf(p->message, sizeof(p->message), "%s", reason);
    return false;
}

/** Vertex function: find out what it fetches, then translate again if some of that must be fetched by code. */
static bool translate_vertex(struct pvg_rpipe *p)
{
    struct pvg_air_options options = base_options(p->vk);
    p->first = pvg_vkshader_create(p, p->functions[PVG_RSTAGE_VERTEX], &options);
    if (!p->first)
        return false;
    /* No record is known that makes a tile pipeline; a render pipeline whose first function is a kernel can only be one. */
    p->tile = p->first->air->reflection.stage == PVG_AIR_KERNEL;
    if (p->tile)
        return true;
    if (p->first->air->reflection.stage != PVG_AIR_VERTEX)
        return fail(p, "the vertex function is of another stage");
    const struct pvg_air_reflection *r = &p->first->air->reflection;
    if (r->patch_edges ? !pvg_vktess_stages(p, r) || !pvg_vktess_fetch(p, r) : !pvg_vkgraphics_fetch(p, r))
        return false;
    if (p->fetch.pull_count == 0)
        return true;
    options.pulls = p->fetch.pulls;
    options.pull_count = p->fetch.pull_count;
    pvg_vkshader_destroy(p->vk, p->first);
    p->first = pvg_vkshader_create(p, p->functions[PVG_RSTAGE_VERTEX], &options);
    return p->first;
}

/** What a fragment function has to know of its pass, in one word. */
static uint32_t fragment_key(const struct pvg_vksignature *sig)
{
    uint32_t variant = (sig->amplified ? PVG_AIR_VARIANT_AMPLIFIED : 0) | (sig->samples > 1 ? PVG_AIR_VARIANT_MULTISAMPLED : 0) |
                       (sig->pixels & PVG_VKPIXELS_FRAGMENT ? PVG_AIR_VARIANT_PIXEL_SAMPLERS : 0);
    return sig->alpha8 | variant << 8;
}

static struct pvg_vkshader *translate_fragment(struct pvg_rpipe *p, uint32_t key)
{
    struct pvg_air_options options = base_options(p->vk);
    options.producer = &p->first->air->reflection;
    options.alpha8_outputs = (uint8_t)key;
    options.variant = (uint8_t)(key >> 8);
    struct pvg_vkshader *s = pvg_vkshader_create(p, p->functions[PVG_RSTAGE_FRAGMENT], &options);
    if (s && s->air->reflection.stage != PVG_AIR_FRAGMENT) {
        pvg_vkshader_destroy(p->vk, s);
        fail(p, "the fragment function is of another stage");
        return NULL;
    }
    return s;
}

static bool translate_render(struct pvg_rpipe *p)
{
    const struct pvg_w_render_pipeline *d = &p->render_desc;
    if (!d->mesh && !p->functions[PVG_RSTAGE_VERTEX])
        return fail(p, "no vertex function");
    struct pvg_air_options options = base_options(p->vk);
    if (d->mesh ? !pvg_vkmesh_translate(p, &options) : !translate_vertex(p))
        return false;
    if (p->tile)
        return true;
    struct pvg_vksignature sig;
    pvg_vkgraphics_predict(p, &sig);
    p->fragment_keys[0] = fragment_key(&sig);
    if (p->functions[PVG_RSTAGE_FRAGMENT]) {
        p->fragments[0] = translate_fragment(p, p->fragment_keys[0]);
        if (!p->fragments[0])
            return false;
    }
    if (d->mesh) /* The draw states the threads, which the host's pipeline contains. */
        return true;
    struct pvg_vkvariant *v = calloc(1, sizeof(*v));
    if (!v)
        return true;
    v->signature = sig;
    v->first = p->first;
    v->fragment = p->fragments[0];
    bool ok = pvg_vkgraphics_build(p, v);
    atomic_store_explicit(&v->status, ok ? PVG_VKSTATUS_READY : PVG_VKSTATUS_FAILED, memory_order_release);
    p->variants = v;
    return true;
}

static bool translate_compute(struct pvg_rpipe *p)
{
    struct pvg_air_options options = base_options(p->vk);
    if (!p->functions[PVG_RSTAGE_COMPUTE])
        return fail(p, "no function");
    const struct pvg_w_vertex_descriptor *d = &p->compute_desc.stage_input;
    for (uint32_t i = 0; d->present && i < d->attribute_count; i++) {
        const struct pvg_w_vertex_attribute *a = &d->attributes[i];
        const struct pvg_w_vertex_layout *l = &d->layouts[a->buffer];
        p->fetch.pulls[p->fetch.pull_count++] = (struct pvg_air_pull_attribute){
            .location = a->index,
            .buffer = a->buffer,
            .step = l->step_function,
            .format = a->format,
            .offset = a->offset,
            .rate = l->step_rate,
        };
        p->fetch.stride[a->buffer] = l->step_function == PVG_W_STEP_CONSTANT ? 0 : (uint32_t)l->stride;
        if (l->stride == PVG_W_STRIDE_DYNAMIC)
            p->fetch.dynamic |= 1u << a->buffer;
        else if (l->stride > UINT32_MAX)
            return fail(p, "stage input stride too large");
    }
    options.pulls = p->fetch.pulls;
    options.pull_count = p->fetch.pull_count;
    p->first = pvg_vkshader_create(p, p->functions[PVG_RSTAGE_COMPUTE], &options);
    if (!p->first)
        return false;
    if (p->first->air->reflection.stage != PVG_AIR_KERNEL)
        return fail(p, "the function is not a kernel");
    return true;
}

void pvg_vkpipeline_translate(struct pvg_rpipe *p)
{
    bool ok = p->compute ? translate_compute(p) : translate_render(p);
    atomic_store_explicit(&p->status, ok ? PVG_VKSTATUS_READY : PVG_VKSTATUS_FAILED, memory_order_release);
}

/** The fragment function for a pass; NULL with a message when it cannot be had. */
static struct pvg_vkshader *fragment_for(struct pvg_rpipe *p, const struct pvg_vksignature *sig)
{
    uint32_t key = fragment_key(sig);
    for (int i = 0; i < PVG_VK_FRAGMENTS; i++) {
        if (p->fragments[i] && p->fragment_keys[i] == key)
            return p->fragments[i];
        if (p->fragments[i])
            continue;
        p->fragment_keys[i] = key;
        p->fragments[i] = translate_fragment(p, key);
        return p->fragments[i];
    }
    fail(p, "too many forms of its fragment function"); /* Recorded work may still use the others. */
    return NULL;
}

/** A function in front of the fragment stage, or a kernel, in another form; NULL with a message when it cannot be had. */
static struct pvg_vkshader *form_of(struct pvg_rpipe *p, struct pvg_rfunc *function, uint32_t variant)
{
    for (uint32_t i = 0; i < p->form_count; i++) {
        if (p->forms[i].function != function || p->forms[i].variant != variant)
            continue;
        if (!p->forms[i].shader)
            fail(p, "a form of one of its functions could not be translated");
        return p->forms[i].shader;
    }
    if (p->form_count == PVG_VK_FORMS) {
        fail(p, "too many forms of its functions");
        return NULL;
    }
    struct pvg_air_options options = base_options(p->vk);
    options.pulls = p->fetch.pulls;
    options.pull_count = p->fetch.pull_count;
    options.variant = (uint8_t)variant;
    struct pvg_vkshader *s = pvg_vkshader_create(p, function, &options);
    p->forms[p->form_count].function = function;
    p->forms[p->form_count].variant = variant;
    p->forms[p->form_count++].shader = s;
    return s;
}

/** The first function for a pass. */
static struct pvg_vkshader *first_for(struct pvg_rpipe *p, const struct pvg_vksignature *sig)
{
    uint32_t variant =
        (sig->amplified ? PVG_AIR_VARIANT_AMPLIFIED : 0) | (sig->pixels & PVG_VKPIXELS_FIRST ? PVG_AIR_VARIANT_PIXEL_SAMPLERS : 0);
    return variant ? form_of(p, p->functions[p->render_desc.mesh ? PVG_RSTAGE_MESH : PVG_RSTAGE_VERTEX], variant) : p->first;
}

/** The object function for a pass. */
static struct pvg_vkshader *object_for(struct pvg_rpipe *p, const struct pvg_vksignature *sig)
{
    return sig->pixels & PVG_VKPIXELS_OBJECT ? form_of(p, p->functions[PVG_RSTAGE_OBJECT], PVG_AIR_VARIANT_PIXEL_SAMPLERS)
                                             : p->object;
}

static struct pvg_rpipe *pipe_create(struct pvg_vk *vk, bool compute)
{
    struct pvg_rpipe *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->vk = vk;
    p->compute = compute;
    return p;
}

static void retain(struct pvg_rpipe *p, enum pvg_rstage stage, struct pvg_rfunc *f)
{
    p->functions[stage] = f;
    if (f)
        f->refs++;
}

struct pvg_rpipe *pvg_vkrender_pipeline_create(struct pvg_render *r, const struct pvg_w_render_pipeline *desc,
                                               struct pvg_rfunc *const functions[PVG_RSTAGE_COUNT])
{
    struct pvg_rpipe *p = pipe_create(pvg_vk_of(r), false);
    if (!p)
        return NULL;
    p->render_desc = *desc;
    for (int i = 0; i < PVG_RSTAGE_COUNT; i++)
        retain(p, i, functions[i]);
    pvg_vkcompiler_push(p->vk, p);
    return p;
}

struct pvg_rpipe *pvg_vkcompute_pipeline_create(struct pvg_render *r, const struct pvg_w_compute_pipeline *desc,
                                                struct pvg_rfunc *function)
{
    struct pvg_rpipe *p = pipe_create(pvg_vk_of(r), true);
    if (!p)
        return NULL;
    p->compute_desc = *desc;
    retain(p, PVG_RSTAGE_COMPUTE, function);
    pvg_vkcompiler_push(p->vk, p);
    return p;
}

static void pipe_destroy(struct pvg_vk *vk, void *arg)
{
    struct pvg_rpipe *p = arg;
    while (p->variants) {
        struct pvg_vkvariant *v = p->variants;
        p->variants = v->next;
        vk->fn.DestroyPipeline(vk->dev, v->pipeline, NULL);
        free(v);
    }
    pvg_vkshader_destroy(vk, p->first);
    pvg_vkshader_destroy(vk, p->object);
    for (uint32_t i = 0; i < p->form_count; i++)
        pvg_vkshader_destroy(vk, p->forms[i].shader);
    for (int i = 0; i < 2; i++)
        if (p->patch_stages[i])
            vk->fn.DestroyShaderModule(vk->dev, p->patch_stages[i], NULL);
    for (int i = 0; i < PVG_VK_FRAGMENTS; i++)
        pvg_vkshader_destroy(vk, p->fragments[i]);
    for (int i = 0; i < PVG_RSTAGE_COUNT; i++)
        pvg_vkfunction_unref(p->functions[i]);
    free(p);
}

void pvg_vkpipeline_release(struct pvg_render *r, struct pvg_rpipe *p)
{
    if (!p)
        return;
    pvg_vkcompiler_cancel(p->vk, p);
    pvg_vktrash_add(p->vk, pipe_destroy, p);
}

bool pvg_vkpipeline_used(struct pvg_render *r, struct pvg_rpipe *p, enum pvg_rstage stage, struct pvg_rused *used)
{
    if (!pvg_vkpipeline_ready(p))
        return false;
    bool mesh = !p->compute && p->render_desc.mesh;
    bool first = stage == (p->compute ? PVG_RSTAGE_COMPUTE
                           : p->tile  ? PVG_RSTAGE_TILE
                           : mesh     ? PVG_RSTAGE_MESH
                                      : PVG_RSTAGE_VERTEX);
    const struct pvg_vkshader *s = first                          ? p->first
                                   : stage == PVG_RSTAGE_FRAGMENT ? p->fragments[0]
                                   : stage == PVG_RSTAGE_OBJECT   ? p->object
                                                                  : NULL;
    *used = (struct pvg_rused){0};
    if (!s)
        return true;
    used->buffers = s->used_buffers | (first ? p->fetch.fixed : 0);
    used->textures[0] = s->used_textures[0];
    used->textures[1] = s->used_textures[1];
    used->samplers = s->used_samplers;
    return true;
}

bool pvg_vkpipeline_ready(struct pvg_rpipe *p)
{
    int status = atomic_load_explicit(&p->status, memory_order_acquire);
    if (status == PVG_VKSTATUS_PENDING) {
        pvg_vkcompiler_wait(p->vk, p);
        status = atomic_load_explicit(&p->status, memory_order_acquire);
    }
    if (status == PVG_VKSTATUS_READY)
        return true;
    if (!p->reported) {
        p->reported = true;
        pvg_warn_limited(p->vk->log, "vulkan: %s pipeline %u refused: %s", p->compute ? "compute" : "render",
                         p->compute ? p->compute_desc.ref : p->render_desc.ref, p->message);
    }
    return false;
}

struct pvg_vkvariant *pvg_vkpipeline_variant(struct pvg_rpipe *p, const struct pvg_vksignature *sig)
{
    if (!pvg_vkpipeline_ready(p))
        return NULL;
    struct pvg_vkvariant *v = p->last;
    if (!v || memcmp(&v->signature, sig, sizeof(*sig)))
        for (v = p->variants; v && memcmp(&v->signature, sig, sizeof(*sig)); v = v->next)
            ;
    if (!v) {
        v = p->variant_count < MAX_VARIANTS ? calloc(1, sizeof(*v)) : NULL;
        if (!v)
            return NULL;
        p->variant_count++;
        v->signature = *sig;
        p->message[0] = 0;
        v->first = p->tile ? NULL : first_for(p, sig);
        v->fragment = v->first && p->functions[PVG_RSTAGE_FRAGMENT] ? fragment_for(p, sig) : NULL;
        v->object = v->first && p->object ? object_for(p, sig) : NULL;
        if (p->tile)
            fail(p, "its function runs over tiles and draws nothing");
        bool ok = !p->tile && v->first && (v->fragment || !p->functions[PVG_RSTAGE_FRAGMENT]) && (v->object || !p->object) &&
                  pvg_vkgraphics_build(p, v);
        atomic_store_explicit(&v->status, ok ? PVG_VKSTATUS_READY : PVG_VKSTATUS_FAILED, memory_order_relaxed);
        v->next = p->variants;
        p->variants = v;
    }
    p->last = v;
    if (atomic_load_explicit(&v->status, memory_order_relaxed) == PVG_VKSTATUS_READY)
        return v;
    pvg_warn_limited(p->vk->log, "vulkan: render pipeline %u refused for this pass: %s", p->render_desc.ref, p->message);
    return NULL;
}

/* ---- Compute
 * ---------------------------------------------------------------------------------------------------------------------- */

static uint32_t width_of(const struct pvg_vk *vk)
{
    return vk->caps.simd_width;
}

static void refuse(const struct pvg_rpipe *p)
{
    pvg_warn_limited(p->vk->log, "vulkan: %s pipeline %u refused: %s", p->compute ? "compute" : "tile",
                     p->compute ? p->compute_desc.ref : p->render_desc.ref, p->message);
}

struct pvg_vkshader *pvg_vkpipeline_kernel(struct pvg_rpipe *p, const uint32_t threads[3], uint32_t variant)
{
    const uint32_t *limit = p->vk->limits.maxComputeWorkGroupSize;
    bool fits = threads[0] <= limit[0] && threads[1] <= limit[1] && threads[2] <= limit[2];
    bool flat = !fits && p->first->air->reflection.solid_groups;
    variant |= flat ? PVG_AIR_VARIANT_FLAT : 0;
    if (!variant)
        return p->first;
    p->message[0] = 0;
    struct pvg_vkshader *s = form_of(p, p->functions[p->compute ? PVG_RSTAGE_COMPUTE : PVG_RSTAGE_VERTEX], variant);
    if (!s)
        refuse(p);
    return s;
}

static bool build_compute(struct pvg_rpipe *p, struct pvg_vkvariant *v)
{
    struct pvg_vk *vk = p->vk;
    const struct pvg_vkshader *kernel = pvg_vkpipeline_kernel(p, v->threads, v->variant);
    if (!kernel)
        return false;
    const struct pvg_air_reflection *r = &kernel->air->reflection;
    VkSpecializationMapEntry entries[5 + 31];
    uint32_t values[5 + 31];
    uint32_t n = 0;
    uint32_t total = v->threads[0] * v->threads[1] * v->threads[2];
    const uint32_t fixed[][2] = {
        {PVG_AIR_SPEC_WORKGROUP_SIZE, total},    {PVG_AIR_SPEC_THREADS_X, v->threads[0]}, {PVG_AIR_SPEC_THREADS_Y, v->threads[1]},
        {PVG_AIR_SPEC_THREADS_Z, v->threads[2]}, {PVG_AIR_SPEC_SIMD_WIDTH, width_of(vk)},
    };
    for (uint32_t i = 0; i < 5; i++, n++) {
        entries[n] = (VkSpecializationMapEntry){fixed[i][0], n * 4, 4};
        values[n] = fixed[i][1];
    }
    for (uint32_t i = 0; i < 31; i++) {
        if (!(r->threadgroup_args & (1u << i)))
            continue;
        entries[n] = (VkSpecializationMapEntry){PVG_AIR_SPEC_THREADGROUP_BYTES + i, n * 4, 4};
        values[n++] = v->threadgroup_bytes[i] ? v->threadgroup_bytes[i] : 16;
    }
    VkSpecializationInfo spec = {.mapEntryCount = n, .pMapEntries = entries, .dataSize = n * 4, .pData = values};
    VkPipelineShaderStageRequiredSubgroupSizeCreateInfo width = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO,
        .requiredSubgroupSize = width_of(vk),
    };
    VkComputePipelineCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .stage =
            {
                .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                .module = kernel->module,
                .pName = "main",
                .pSpecializationInfo = &spec,
            },
        .layout = vk->heap.layouts[0],
        .flags = v->based ? VK_PIPELINE_CREATE_DISPATCH_BASE_BIT : 0,
    };
    if (vk->feat.subgroup_size_control && r->uses_simd) {
        info.stage.pNext = &width;
        if (vk->feat.full_subgroups && total % width_of(vk) == 0)
            info.stage.flags |= VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT;
    }
    VkResult result = vk->fn.CreateComputePipelines(vk->dev, pvg_vkcompiler_cache(vk), 1, &info, NULL, &v->pipeline);
    if (result == VK_SUCCESS)
        return true;
    snprintf(p->message, sizeof(p->message), "vkCreateComputePipelines: %s", pvg_vk_result(result));
    return false;
}

struct pvg_vkvariant *pvg_vkpipeline_shape(struct pvg_rpipe *p, const uint32_t threads[3], const uint32_t bytes[31], bool based,
                                           uint32_t variant)
{
    if (!pvg_vkpipeline_ready(p))
        return NULL;
    uint32_t args = p->first->air->reflection.threadgroup_args;
    struct pvg_vkvariant *v = p->last ? p->last : p->variants;
    for (bool second = false;; v = v->next) {
        if (!v && !second) {
            v = p->variants;
            second = true;
        }
        if (!v)
            break;
        bool same = v->based == based && v->variant == variant && !memcmp(v->threads, threads, sizeof(v->threads));
        for (uint32_t left = args; same && left; left &= left - 1)
            same = v->threadgroup_bytes[__builtin_ctz(left)] == bytes[__builtin_ctz(left)];
        if (same)
            break;
    }
    if (!v) {
        v = p->variant_count < MAX_VARIANTS ? calloc(1, sizeof(*v)) : NULL;
        if (!v)
            return NULL;
        p->variant_count++;
        memcpy(v->threads, threads, sizeof(v->threads));
        v->based = based;
        v->variant = variant;
        for (uint32_t left = args; left; left &= left - 1)
            v->threadgroup_bytes[__builtin_ctz(left)] = bytes[__builtin_ctz(left)];
        p->message[0] = 0;
        bool ok = build_compute(p, v);
        atomic_store_explicit(&v->status, ok ? PVG_VKSTATUS_READY : PVG_VKSTATUS_FAILED, memory_order_relaxed);
        v->next = p->variants;
        p->variants = v;
    }
    p->last = v;
    if (atomic_load_explicit(&v->status, memory_order_relaxed) == PVG_VKSTATUS_READY)
        return v;
    refuse(p);
    return NULL;
}

bool pvg_vkcompute_pipeline_info(struct pvg_render *r, struct pvg_rpipe *p, struct pvg_rcompute_info *info)
{
    struct pvg_vk *vk = pvg_vk_of(r);
    if (!p->compute || !pvg_vkpipeline_ready(p))
        return false;
    const struct pvg_air_reflection *air = &p->first->air->reflection;
    *info = (struct pvg_rcompute_info){
        .max_total_threads = vk->caps.max_threads_per_group,
        .simd_width = width_of(vk),
        .static_threadgroup_bytes = air->static_threadgroup_bytes,
    };
    if (air->max_total_threads && air->max_total_threads < info->max_total_threads)
        info->max_total_threads = air->max_total_threads;
    return true;
}
