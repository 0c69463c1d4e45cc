/* SPDX-License-Identifier: MIT */
/** @file A pipeline around one translated function, on the renderer's device and with its layouts. */
#include "air/spirv_builder.h"
#include "tools/shader.h"
#include "vulkan/vk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES = 16 << 20, THREADGROUP_ARGS = 31, DEFAULT_THREADGROUP_BYTES = 256 };

struct shader_gpu {
    struct pvg_vk *vk;
};

struct shader_gpu *shader_gpu_open(const char *name, struct pvg_error *err)
{
    struct shader_gpu *gpu = calloc(1, sizeof *gpu);
    struct pvg_vk *vk = calloc(1, sizeof *vk);

    if (!gpu || !vk) {
        pvg_error_set(err, "out of memory");
        free(gpu);
        free(vk);
        return NULL;
    }
    gpu->vk = vk;
    atomic_store(&vk->refs, 1);
    if (pvg_vkdevice_open(vk, name, err) && pvg_vkheap_init(vk, err))
        return gpu;
    shader_gpu_close(gpu);
    return NULL;
}

void shader_gpu_close(struct shader_gpu *gpu)
{
    if (!gpu)
        return;
    if (gpu->vk->dev)
        pvg_vkheap_fini(gpu->vk);
    pvg_vk_unref(gpu->vk);
    free(gpu);
}

const char *shader_gpu_name(const struct shader_gpu *gpu)
{
    return gpu->vk->caps.name;
}

uint32_t shader_gpu_available(const struct shader_gpu *gpu)
{
    return gpu->vk->feat.air_needs;
}

/* ---- Made-up partners ------------------------------------------------------------------------------------------------------- */

static uint32_t class_type(struct pvg_spv *b, enum pvg_air_class cls)
{
    return cls == PVG_AIR_FLOAT ? pvg_spv_float(b, 32) : cls == PVG_AIR_SINT ? pvg_spv_sint(b, 32) : pvg_spv_int(b, 32);
}

/** An output of the made-up stage, holding zeros. */
static uint32_t zero_output(struct pvg_spv *b, uint32_t type)
{
    uint32_t var = pvg_spv_variable(b, SpvStorageClassOutput, type, 0);
    pvg_spv_op(b, SpvOpStore, PVG_SPV(var, pvg_spv_null(b, type)));
    return var;
}

/** Vertex stage that writes a position and every input of a fragment function, zeros all of them. */
static void build_vertex(struct pvg_spv *b, const struct pvg_air_reflection *fragment)
{
    uint32_t outputs[2 + 64], n = 0;
    uint32_t main_fn = pvg_spv_new_id(b), none = pvg_spv_void(b);
    uint32_t fn_type = pvg_spv_unique(b, SpvOpTypeFunction, 0, PVG_SPV(none));

    pvg_spv_capability(b, SpvCapabilityShader);
    pvg_spv_emit(b, PVG_SPV_MEMORY_MODEL, SpvOpMemoryModel, PVG_SPV(SpvAddressingModelLogical, SpvMemoryModelGLSL450));
    const uint32_t head[] = {none, main_fn, SpvFunctionControlMaskNone, fn_type};
    pvg_spv_emit(b, PVG_SPV_VARIABLES, SpvOpFunction, head, 4);
    pvg_spv_emit(b, PVG_SPV_VARIABLES, SpvOpLabel, PVG_SPV(pvg_spv_new_id(b)));
    outputs[n] = zero_output(b, pvg_spv_vec(b, pvg_spv_float(b, 32), 4));
    pvg_spv_decorate(b, outputs[n++], SpvDecorationBuiltIn, PVG_SPV(SpvBuiltInPosition));
    for (size_t i = 0; i < fragment->varying_count && n < sizeof outputs / sizeof *outputs; i++) {
        const struct pvg_air_varying *v = &fragment->varyings[i];
        uint32_t type = pvg_spv_vec(b, class_type(b, v->cls), v->components ? v->components : 1);
        outputs[n] = zero_output(b, type);
        if (v->cls != PVG_AIR_FLOAT)
            pvg_spv_decorate(b, outputs[n], SpvDecorationFlat, NULL, 0);
        pvg_spv_decorate(b, outputs[n++], SpvDecorationLocation, PVG_SPV(v->location));
    }
    pvg_spv_op(b, SpvOpReturn, NULL, 0);
    pvg_spv_op(b, SpvOpFunctionEnd, NULL, 0);
    const uint32_t before[] = {SpvExecutionModelVertex, main_fn};
    pvg_spv_emit_string(b, PVG_SPV_ENTRY, SpvOpEntryPoint, before, 2, "main", outputs, n);
}

/** Mesh stage that draws nothing, behind an object function. */
static void build_mesh(struct pvg_spv *b)
{
    uint32_t main_fn = pvg_spv_new_id(b), none = pvg_spv_void(b), f32 = pvg_spv_float(b, 32), u32 = pvg_spv_int(b, 32);
    uint32_t fn_type = pvg_spv_unique(b, SpvOpTypeFunction, 0, PVG_SPV(none)), zero = pvg_spv_u32(b, 0);
    const uint32_t head[] = {none, main_fn, SpvFunctionControlMaskNone, fn_type}, before[] = {SpvExecutionModelMeshEXT, main_fn};
    const uint32_t modes[][3] = {{SpvExecutionModeOutputVertices, 1, 3},
                                 {SpvExecutionModeOutputPrimitivesEXT, 1, 3},
                                 {SpvExecutionModeOutputTrianglesEXT, 0, 2}};
    uint32_t outputs[2];

    pvg_spv_capability(b, SpvCapabilityMeshShadingEXT);
    pvg_spv_extension(b, "SPV_EXT_mesh_shader");
    pvg_spv_emit(b, PVG_SPV_MEMORY_MODEL, SpvOpMemoryModel, PVG_SPV(SpvAddressingModelLogical, SpvMemoryModelGLSL450));
    for (int i = 0; i < 3; i++)
        pvg_spv_emit(b, PVG_SPV_MODES, SpvOpExecutionMode, (const uint32_t[]){main_fn, modes[i][0], modes[i][1]}, modes[i][2]);
    pvg_spv_emit(b, PVG_SPV_MODES, SpvOpExecutionMode, PVG_SPV(main_fn, SpvExecutionModeLocalSize, 1, 1, 1));
    outputs[0] = pvg_spv_variable(b, SpvStorageClassOutput, pvg_spv_array(b, pvg_spv_vec(b, f32, 4), 1), 0);
    pvg_spv_decorate(b, outputs[0], SpvDecorationBuiltIn, PVG_SPV(SpvBuiltInPosition));
    outputs[1] = pvg_spv_variable(b, SpvStorageClassOutput, pvg_spv_array(b, pvg_spv_vec(b, u32, 3), 1), 0);
    pvg_spv_decorate(b, outputs[1], SpvDecorationBuiltIn, PVG_SPV(SpvBuiltInPrimitiveTriangleIndicesEXT));
    pvg_spv_emit(b, PVG_SPV_VARIABLES, SpvOpFunction, head, 4);
    pvg_spv_emit(b, PVG_SPV_VARIABLES, SpvOpLabel, PVG_SPV(pvg_spv_new_id(b)));
    pvg_spv_op(b, SpvOpSetMeshOutputsEXT, PVG_SPV(zero, zero));
    pvg_spv_op(b, SpvOpReturn, NULL, 0);
    pvg_spv_op(b, SpvOpFunctionEnd, NULL, 0);
    pvg_spv_emit_string(b, PVG_SPV_ENTRY, SpvOpEntryPoint, before, 2, "main", outputs, 2);
}

static VkShaderModule make_module(struct pvg_vk *vk, const uint32_t *words, size_t count)
{
    VkShaderModuleCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = count * 4, .pCode = words};
    VkShaderModule m = VK_NULL_HANDLE;

    return vk->fn.CreateShaderModule(vk->dev, &info, NULL, &m) == VK_SUCCESS ? m : VK_NULL_HANDLE;
}

static VkShaderModule make_partner(struct pvg_vk *vk, const struct pvg_air_reflection *of)
{
    struct pvg_arena arena;
    struct pvg_spv b;
    volatile VkShaderModule module = VK_NULL_HANDLE;

    pvg_arena_init(&arena, ARENA_BYTES);
    if (!setjmp(arena.bail)) {
        pvg_spv_init(&b, &arena);
        if (of->stage == PVG_AIR_OBJECT)
            build_mesh(&b);
        else
            build_vertex(&b, of);
        struct pvg_spv_words w = pvg_spv_finish(&b, 0x00010600);
        module = make_module(vk, w.data, w.count);
    }
    pvg_arena_free(&arena);
    return module;
}

/* ---- Kernels ---------------------------------------------------------------------------------------------------------------- */

struct specialisation {
    uint32_t values[6 + THREADGROUP_ARGS];
    VkSpecializationMapEntry entries[6 + THREADGROUP_ARGS];
    VkSpecializationInfo info;
};

static void specialise(struct specialisation *s, const struct pvg_vk *vk, const struct pvg_air_reflection *r, uint32_t threads)
{
    const uint32_t fixed[][2] = {
        {PVG_AIR_SPEC_WORKGROUP_SIZE, threads},
        {PVG_AIR_SPEC_THREADS_X, threads},
        {PVG_AIR_SPEC_THREADS_Y, 1},
        {PVG_AIR_SPEC_THREADS_Z, 1},
        {PVG_AIR_SPEC_RASTER_SAMPLES, 1},
        {PVG_AIR_SPEC_SIMD_WIDTH, vk->caps.simd_width},
    };
    uint32_t n = 0;

    for (; n < sizeof fixed / sizeof *fixed; n++) {
        s->entries[n] = (VkSpecializationMapEntry){fixed[n][0], n * 4, 4};
        s->values[n] = fixed[n][1];
    }
    for (uint32_t i = 0; i < THREADGROUP_ARGS; i++) {
        if (!(r->threadgroup_args & 1u << i))
            continue;
        s->entries[n] = (VkSpecializationMapEntry){PVG_AIR_SPEC_THREADGROUP_BYTES + i, n * 4, 4};
        s->values[n++] = DEFAULT_THREADGROUP_BYTES;
    }
    s->info = (VkSpecializationInfo){n, s->entries, n * 4, s->values};
}

/** Threads of a threadgroup: two simdgroups where the function allows them. */
static uint32_t thread_count(const struct pvg_vk *vk, const struct pvg_air_reflection *r)
{
    uint32_t threads = 2 * vk->caps.simd_width;

    if (r->max_total_threads && threads > r->max_total_threads)
        threads = r->max_total_threads;
    return threads < vk->caps.max_threads_per_group ? threads : vk->caps.max_threads_per_group;
}

static VkResult compute_pipeline(struct pvg_vk *vk, const struct pvg_air_reflection *r, VkShaderModule module, VkPipeline *out)
{
    uint32_t threads = thread_count(vk, r);
    struct specialisation s;
    VkPipelineShaderStageRequiredSubgroupSizeCreateInfo width = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO,
        .requiredSubgroupSize = vk->caps.simd_width};
    VkComputePipelineCreateInfo info = {.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
                                        .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                                  .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                                                  .module = module,
                                                  .pName = "main",
                                                  .pSpecializationInfo = &s.info},
                                        .layout = vk->heap.layouts[0]};

    specialise(&s, vk, r, threads);
    if (vk->feat.subgroup_size_control && r->uses_simd)
        info.stage.pNext = &width;
    return vk->fn.CreateComputePipelines(vk->dev, VK_NULL_HANDLE, 1, &info, NULL, out);
}

/* ---- Vertex, fragment, mesh ------------------------------------------------------------------------------------------------ */

struct vertex_input {
    VkVertexInputAttributeDescription attributes[32];
    VkVertexInputBindingDescription binding;
    VkPipelineVertexInputStateCreateInfo info;
};

static void describe_vertex_input(struct vertex_input *v, const struct pvg_air_reflection *r)
{
    static const VkFormat formats[] = {VK_FORMAT_R32G32B32A32_SFLOAT, VK_FORMAT_R32G32B32A32_SINT, VK_FORMAT_R32G32B32A32_UINT};
    uint32_t n = 0;

    for (size_t i = 0; r->stage == PVG_AIR_VERTEX && !r->patch_edges && i < r->attribute_count && i < 32; i++)
        v->attributes[n++] =
            (VkVertexInputAttributeDescription){r->attributes[i].location, 0, formats[r->attributes[i].cls], (uint32_t)i * 16};
    v->binding = (VkVertexInputBindingDescription){0, 512, VK_VERTEX_INPUT_RATE_VERTEX};
    v->info = (VkPipelineVertexInputStateCreateInfo){.sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO,
                                                     .vertexBindingDescriptionCount = n ? 1 : 0,
                                                     .pVertexBindingDescriptions = &v->binding,
                                                     .vertexAttributeDescriptionCount = n,
                                                     .pVertexAttributeDescriptions = v->attributes};
}

struct targets {
    VkFormat formats[8];
    VkPipelineColorBlendAttachmentState blends[8];
    uint32_t count;
};

static void describe_targets(struct targets *t, const struct pvg_air_reflection *r)
{
    static const VkFormat formats[] = {VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_R32G32B32A32_SINT, VK_FORMAT_R32G32B32A32_UINT};

    *t = (struct targets){0};
    for (uint32_t i = 0; r->stage == PVG_AIR_FRAGMENT && i < 8; i++) {
        if (r->input_attachment_mask & 1u << i) {
            t->formats[i] = VK_FORMAT_R8G8B8A8_UNORM;
            t->count = i + 1;
        }
    }
    for (size_t i = 0; r->stage == PVG_AIR_FRAGMENT && i < r->color_count; i++) {
        uint32_t slot = r->colors[i].index & 7;
        t->formats[slot] = formats[r->colors[i].cls];
        t->blends[slot].colorWriteMask = 15;
        if (slot >= t->count)
            t->count = slot + 1;
    }
}

static VkResult graphics_pipeline(struct pvg_vk *vk, const struct pvg_air_reflection *r,
                                  const VkPipelineShaderStageCreateInfo *stages, uint32_t stage_count, VkPipeline *out)
{
    struct vertex_input input;
    struct targets targets;
    VkViewport viewport = {0, 0, 16, 16, 0, 1};
    VkRect2D scissor = {{0, 0}, {16, 16}};

    describe_vertex_input(&input, r);
    describe_targets(&targets, r);
    VkPipelineInputAssemblyStateCreateInfo assembly = {.sType = VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO,
                                                       .topology = r->patch_edges ? VK_PRIMITIVE_TOPOLOGY_PATCH_LIST
                                                                                  : VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST};
    VkPipelineTessellationStateCreateInfo patches = {.sType = VK_STRUCTURE_TYPE_PIPELINE_TESSELLATION_STATE_CREATE_INFO,
                                                     .patchControlPoints = 1};
    VkPipelineViewportStateCreateInfo view = {.sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO,
                                              .viewportCount = 1,
                                              .pViewports = &viewport,
                                              .scissorCount = 1,
                                              .pScissors = &scissor};
    VkPipelineRasterizationStateCreateInfo raster = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO,
                                                     .lineWidth = 1};
    VkPipelineMultisampleStateCreateInfo samples = {.sType = VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO,
                                                    .rasterizationSamples = VK_SAMPLE_COUNT_1_BIT};
    VkPipelineDepthStencilStateCreateInfo depth = {.sType = VK_STRUCTURE_TYPE_PIPELINE_DEPTH_STENCIL_STATE_CREATE_INFO};
    VkPipelineColorBlendStateCreateInfo blend = {.sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO,
                                                 .attachmentCount = targets.count,
                                                 .pAttachments = targets.blends};
    VkPipelineRenderingCreateInfo rendering = {.sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO,
                                               .colorAttachmentCount = targets.count,
                                               .pColorAttachmentFormats = targets.formats,
                                               .depthAttachmentFormat = VK_FORMAT_D32_SFLOAT};
    VkGraphicsPipelineCreateInfo info = {.sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO,
                                         .pNext = &rendering,
                                         .stageCount = stage_count,
                                         .pStages = stages,
                                         .pVertexInputState = &input.info,
                                         .pInputAssemblyState = &assembly,
                                         .pTessellationState = r->patch_edges ? &patches : NULL,
                                         .pViewportState = &view,
                                         .pRasterizationState = &raster,
                                         .pMultisampleState = &samples,
                                         .pDepthStencilState = &depth,
                                         .pColorBlendState = &blend,
                                         .layout = vk->heap.layouts[r->input_attachment_mask != 0]};
    return vk->fn.CreateGraphicsPipelines(vk->dev, VK_NULL_HANDLE, 1, &info, NULL, out);
}

static VkPipelineShaderStageCreateInfo stage(VkShaderStageFlagBits bit, VkShaderModule module, const VkSpecializationInfo *spec)
{
    return (VkPipelineShaderStageCreateInfo){.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                                             .stage = bit,
                                             .module = module,
                                             .pName = "main",
                                             .pSpecializationInfo = spec};
}

/** A post-tessellation function behind the stages that the renderer would generate. */
static VkResult patch_pipeline(struct pvg_vk *vk, const struct pvg_air_reflection *r, VkShaderModule module,
                               const VkSpecializationInfo *spec, VkPipeline *out)
{
    const struct pvg_air_tessellation t = {.edges = r->patch_edges, .max_factor = 16};
    struct pvg_air_words vertex, control;
    VkPipelineShaderStageCreateInfo stages[3];
    VkResult rc = VK_ERROR_OUT_OF_HOST_MEMORY;

    if (pvg_air_tessellation_stages(&t, &vertex, &control))
        return rc;
    VkShaderModule first = make_module(vk, vertex.words, vertex.count), second = make_module(vk, control.words, control.count);
    stages[0] = stage(VK_SHADER_STAGE_VERTEX_BIT, first, NULL);
    stages[1] = stage(VK_SHADER_STAGE_TESSELLATION_CONTROL_BIT, second, NULL);
    stages[2] = stage(VK_SHADER_STAGE_TESSELLATION_EVALUATION_BIT, module, spec);
    if (first && second)
        rc = graphics_pipeline(vk, r, stages, 3, out);
    vk->fn.DestroyShaderModule(vk->dev, first, NULL);
    vk->fn.DestroyShaderModule(vk->dev, second, NULL);
    free(vertex.words);
    free(control.words);
    return rc;
}

static VkResult build(struct pvg_vk *vk, const struct pvg_air_reflection *r, VkShaderModule module, VkShaderModule partner,
                      VkPipeline *out)
{
    VkPipelineShaderStageCreateInfo stages[2];
    struct specialisation s;

    switch (r->stage) {
    case PVG_AIR_KERNEL:
        return compute_pipeline(vk, r, module, out);
    case PVG_AIR_VERTEX:
        specialise(&s, vk, r, 1);
        if (r->patch_edges)
            return patch_pipeline(vk, r, module, &s.info, out);
        stages[0] = stage(VK_SHADER_STAGE_VERTEX_BIT, module, &s.info);
        return graphics_pipeline(vk, r, stages, 1, out);
    case PVG_AIR_FRAGMENT:
        specialise(&s, vk, r, 1);
        stages[0] = stage(VK_SHADER_STAGE_VERTEX_BIT, partner, NULL);
        stages[1] = stage(VK_SHADER_STAGE_FRAGMENT_BIT, module, &s.info);
        return graphics_pipeline(vk, r, stages, 2, out);
    case PVG_AIR_MESH:
        specialise(&s, vk, r, thread_count(vk, r));
        stages[0] = stage(VK_SHADER_STAGE_MESH_BIT_EXT, module, &s.info);
        return graphics_pipeline(vk, r, stages, 1, out);
    case PVG_AIR_OBJECT:
        specialise(&s, vk, r, thread_count(vk, r));
        stages[0] = stage(VK_SHADER_STAGE_TASK_BIT_EXT, module, &s.info);
        stages[1] = stage(VK_SHADER_STAGE_MESH_BIT_EXT, partner, NULL);
        return graphics_pipeline(vk, r, stages, 2, out);
    default:
        return VK_ERROR_FEATURE_NOT_PRESENT;
    }
}

bool shader_gpu_pipeline(struct shader_gpu *gpu, const struct pvg_air_shader *shader, char *why, size_t size)
{
    struct pvg_vk *vk = gpu->vk;
    const struct pvg_air_reflection *r = &shader->reflection;
    VkShaderModule module = make_module(vk, shader->words, shader->word_count), partner = VK_NULL_HANDLE;
    VkPipeline pipeline = VK_NULL_HANDLE;
    VkResult rc = VK_ERROR_OUT_OF_HOST_MEMORY;

    bool paired = r->stage == PVG_AIR_FRAGMENT || r->stage == PVG_AIR_OBJECT;
    if (paired)
        partner = make_partner(vk, r);
    if (module && (partner || !paired))
        rc = build(vk, r, module, partner, &pipeline);
    if (rc != VK_SUCCESS)
        snprintf(why, size, "no pipeline: %s", pvg_vk_result(rc));
    vk->fn.DestroyPipeline(vk->dev, pipeline, NULL);
    vk->fn.DestroyShaderModule(vk->dev, module, NULL);
    vk->fn.DestroyShaderModule(vk->dev, partner, NULL);
    return rc == VK_SUCCESS;
}
