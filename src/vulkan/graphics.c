/* SPDX-License-Identifier: MIT */
/**
 * @file Render pipelines in Vulkan's terms: vertex fetch, blending, dynamic state (spec 06 sections 15.5 to 15.7).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vulkan/cmd.h"

static bool fail(struct pvg_rpipe *p, const char *what, uint32_t value)
{
    snprintf(p->message, sizeof(p->message), "%s (%u)", what, value);
    return false;
}

/* ---- Vertex fetch
 * ------------------------------------------------------------------------------------------------------------------- */

/** VkFormat that delivers the attribute in the class the shader reads, or UNDEFINED: fetch by code. */
static VkFormat fixed_format(const struct pvg_vk *vk, const struct pvg_vkvertex *f, enum pvg_air_class want)
{
    VkFormat format = f->vk;
    bool same = (f->cls == PVG_VKCLASS_FLOAT) == (want == PVG_AIR_FLOAT);
    if (!same)
        return VK_FORMAT_UNDEFINED;
    uint8_t cls = want == PVG_AIR_FLOAT ? PVG_VKCLASS_FLOAT : want == PVG_AIR_SINT ? PVG_VKCLASS_SINT : PVG_VKCLASS_UINT;
    if (f->cls != cls) {
        /* 32-bit integers are the same bits; narrower ones would be extended the other way. */
        if (f->component_bytes != 4)
            return VK_FORMAT_UNDEFINED;
        format = f->other_sign;
    }
    VkFormatProperties2 props = {.sType = VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_2};
    vk->fn.GetPhysicalDeviceFormatProperties2(vk->phys, format, &props);
    return props.formatProperties.bufferFeatures & VK_FORMAT_FEATURE_VERTEX_BUFFER_BIT ? format : VK_FORMAT_UNDEFINED;
}

const struct pvg_w_vertex_attribute *pvg_vkgraphics_attribute(const struct pvg_w_vertex_descriptor *d, uint32_t location)
{
    for (uint32_t i = 0; d->present && i < d->attribute_count; i++)
        if (d->attributes[i].index == location)
            return &d->attributes[i];
    return NULL;
}

static bool fixed_possible(const struct pvg_vk *vk, const struct pvg_w_vertex_attribute *a, const struct pvg_w_vertex_layout *l,
                           enum pvg_air_class want)
{
    const struct pvg_vkvertex *f = pvg_vkvertex_get(a->format);
    bool dynamic = l->stride == PVG_W_STRIDE_DYNAMIC;
    if (!fixed_format(vk, f, want) || a->offset > vk->limits.maxVertexInputAttributeOffset || a->offset % f->component_bytes)
        return false;
    bool overlapping = l->stride && l->stride < (uint64_t)a->offset + f->bytes;
    if (!dynamic && (l->stride > vk->limits.maxVertexInputBindingStride || l->stride % f->component_bytes || overlapping))
        return false;
    return l->step_function != PVG_W_STEP_PER_INSTANCE || l->step_rate == 1 || vk->feat.divisor;
}

/** A buffer slot is fetched one way for all its attributes. */
static uint32_t pulled_slots(struct pvg_rpipe *p, const struct pvg_air_reflection *r)
{
    const struct pvg_w_vertex_descriptor *d = &p->render_desc.vertex;
    uint32_t pulled = 0, fixed = 0;
    for (size_t i = 0; i < r->attribute_count; i++) {
        const struct pvg_w_vertex_attribute *a = pvg_vkgraphics_attribute(d, r->attributes[i].location);
        if (fixed_possible(p->vk, a, &d->layouts[a->buffer], r->attributes[i].cls))
            fixed |= 1u << a->buffer;
        else
            pulled |= 1u << a->buffer;
    }
    fixed &= ~pulled;
    while ((uint32_t)__builtin_popcount(fixed) > p->vk->limits.maxVertexInputBindings) {
        uint32_t top = 31u - (uint32_t)__builtin_clz(fixed);
        fixed &= ~(1u << top);
        pulled |= 1u << top;
    }
    return pulled;
}

static void add_binding(struct pvg_rpipe *p, uint32_t slot)
{
    struct pvg_vkfetch *f = &p->fetch;
    const struct pvg_w_vertex_layout *l = &p->render_desc.vertex.layouts[slot];
    uint32_t n = f->binding_count++;
    f->fixed |= 1u << slot;
    f->binding_of[slot] = (uint8_t)n;
    f->bindings[n] = (VkVertexInputBindingDescription){
        .binding = n,
        .stride = f->stride[slot],
        .inputRate = l->step_function == PVG_W_STEP_PER_INSTANCE ? VK_VERTEX_INPUT_RATE_INSTANCE : VK_VERTEX_INPUT_RATE_VERTEX,
    };
    if (l->step_function == PVG_W_STEP_PER_INSTANCE && l->step_rate != 1)
        f->divisors[f->divisor_count++] = (VkVertexInputBindingDivisorDescriptionEXT){n, l->step_rate};
}

bool pvg_vkgraphics_fetch(struct pvg_rpipe *p, const struct pvg_air_reflection *r)
{
    const struct pvg_w_vertex_descriptor *d = &p->render_desc.vertex;
    struct pvg_vkfetch *f = &p->fetch;
    for (size_t i = 0; i < r->attribute_count; i++) {
        const struct pvg_w_vertex_attribute *a = pvg_vkgraphics_attribute(d, r->attributes[i].location);
        if (!a)
            return fail(p, "vertex attribute read but not described", r->attributes[i].location);
        if (!pvg_vkvertex_get(a->format) || a->buffer >= PVG_VK_MAX_BUFFERS || a->index >= 31)
            return fail(p, "vertex attribute format", a->format);
        const struct pvg_w_vertex_layout *l = &d->layouts[a->buffer];
        if (l->step_function > PVG_W_STEP_PER_INSTANCE)
            return fail(p, "vertex step function", l->step_function);
        if (l->stride != PVG_W_STRIDE_DYNAMIC && l->stride > UINT32_MAX)
            return fail(p, "vertex stride too large", a->buffer);
        if (l->step_function == PVG_W_STEP_CONSTANT)
            f->constant |= 1u << a->buffer;
        else if (l->stride == PVG_W_STRIDE_DYNAMIC)
            f->dynamic |= 1u << a->buffer;
        else
            f->stride[a->buffer] = (uint32_t)l->stride;
    }
    uint32_t pulled = pulled_slots(p, r);
    for (size_t i = 0; i < r->attribute_count; i++) {
        const struct pvg_w_vertex_attribute *a = pvg_vkgraphics_attribute(d, r->attributes[i].location);
        const struct pvg_w_vertex_layout *l = &d->layouts[a->buffer];
        if (pulled & (1u << a->buffer)) {
            f->pulls[f->pull_count++] =
                (struct pvg_air_pull_attribute){a->index, a->buffer, l->step_function, a->format, a->offset, l->step_rate};
            continue;
        }
        if (!(f->fixed & (1u << a->buffer)))
            add_binding(p, a->buffer);
        uint32_t extent = a->offset + pvg_vkvertex_get(a->format)->bytes;
        if (f->extent[a->buffer] < extent)
            f->extent[a->buffer] = extent;
        f->attributes[f->attribute_count++] = (VkVertexInputAttributeDescription){
            .location = a->index,
            .binding = f->binding_of[a->buffer],
            .format = fixed_format(p->vk, pvg_vkvertex_get(a->format), r->attributes[i].cls),
            .offset = a->offset,
        };
    }
    return true;
}

/* ---- Signature
 * ------------------------------------------------------------------------------------------------------------------------ */

void pvg_vkgraphics_predict(struct pvg_rpipe *p, struct pvg_vksignature *sig)
{
    const struct pvg_w_render_pipeline *d = &p->render_desc;
    memset(sig, 0, sizeof(*sig));
    for (uint32_t i = 0; i < 8; i++) {
        const struct pvg_vkformat *f = d->color[i].present ? pvg_vkformat_get(p->vk, d->color[i].format) : NULL;
        if (!f)
            continue;
        sig->color[i] = f->vk;
        sig->classes[i] = f->cls;
        if (f->order == PVG_VKORDER_ALPHA_IN_RED)
            sig->alpha8 |= (uint8_t)(1u << i);
    }
    const struct pvg_vkformat *depth = pvg_vkformat_get(p->vk, d->depth_format);
    const struct pvg_vkformat *stencil = pvg_vkformat_get(p->vk, d->stencil_format);
    if (depth)
        sig->depth = depth->vk;
    if (stencil)
        sig->stencil = stencil->vk;
    if (depth && stencil && sig->depth != sig->stencil)
        sig->depth = sig->stencil = VK_FORMAT_D32_SFLOAT_S8_UINT;
    sig->samples = (uint8_t)(d->sample_count ? d->sample_count : 1);
    sig->topology = d->topology == 1 ? PVG_VKTOPOLOGY_POINTS : d->topology == 2 ? PVG_VKTOPOLOGY_LINES : PVG_VKTOPOLOGY_TRIANGLES;
    if (p->patch_stages[0])
        sig->topology = PVG_VKTOPOLOGY_PATCHES;
    sig->polygon = VK_POLYGON_MODE_FILL;
}

/* ---- Blending
 * --------------------------------------------------------------------------------------------------------------------------- */

/** Alpha lives in red: the colour channel takes the alpha equation, with factors that look at red (spec 06 section 15.12). */
static VkBlendFactor alpha_in_red(VkBlendFactor f)
{
    switch (f) {
    case VK_BLEND_FACTOR_SRC_ALPHA:
        return VK_BLEND_FACTOR_SRC_COLOR;
    case VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA:
        return VK_BLEND_FACTOR_ONE_MINUS_SRC_COLOR;
    case VK_BLEND_FACTOR_DST_ALPHA:
        return VK_BLEND_FACTOR_DST_COLOR;
    case VK_BLEND_FACTOR_ONE_MINUS_DST_ALPHA:
        return VK_BLEND_FACTOR_ONE_MINUS_DST_COLOR;
    case VK_BLEND_FACTOR_CONSTANT_COLOR:
        return VK_BLEND_FACTOR_CONSTANT_ALPHA;
    case VK_BLEND_FACTOR_ONE_MINUS_CONSTANT_COLOR:
        return VK_BLEND_FACTOR_ONE_MINUS_CONSTANT_ALPHA;
    case VK_BLEND_FACTOR_SRC1_ALPHA:
        return VK_BLEND_FACTOR_SRC1_COLOR;
    case VK_BLEND_FACTOR_ONE_MINUS_SRC1_ALPHA:
        return VK_BLEND_FACTOR_ONE_MINUS_SRC1_COLOR;
    case VK_BLEND_FACTOR_SRC_ALPHA_SATURATE:
        return VK_BLEND_FACTOR_ONE;
    default:
        return f;
    }
}

static bool is_dual(VkBlendFactor f)
{
    return f >= VK_BLEND_FACTOR_SRC1_COLOR && f <= VK_BLEND_FACTOR_ONE_MINUS_SRC1_ALPHA;
}

/** The shader writes slot `i`; `cls` receives the class of what it writes. */
static bool writes_slot(const struct pvg_vkshader *fs, uint32_t i, enum pvg_air_class *cls)
{
    const struct pvg_air_reflection *r = fs ? &fs->air->reflection : NULL;
    for (size_t n = 0; r && n < r->color_count; n++) {
        if (r->colors[n].index == i && r->colors[n].source == 0) {
            *cls = r->colors[n].cls;
            return true;
        }
    }
    return false;
}

static bool blend_slot(struct pvg_rpipe *p, const struct pvg_vkvariant *v, uint32_t i, VkPipelineColorBlendAttachmentState *out)
{
    const struct pvg_w_color_state *c = &p->render_desc.color[i];
    const struct pvg_vksignature *sig = &v->signature;
    enum pvg_air_class cls;
    *out = (VkPipelineColorBlendAttachmentState){0};
    /* What the pipeline or the shader does not name keeps its contents (D2). */
    if (!sig->color[i] || !c->present || !writes_slot(v->fragment, i, &cls))
        return true;
    const uint8_t expect = cls == PVG_AIR_FLOAT ? PVG_VKCLASS_FLOAT : cls == PVG_AIR_SINT ? PVG_VKCLASS_SINT : PVG_VKCLASS_UINT;
    if (expect != sig->classes[i])
        return fail(p, "shader output and attachment are of different component classes, slot", i);
    bool alpha8 = sig->alpha8 & (1u << i);
    out->colorWriteMask = pvg_vkenum_write_mask(c->write_mask);
    if (alpha8)
        out->colorWriteMask = c->write_mask & PVG_W_WRITE_ALPHA ? VK_COLOR_COMPONENT_R_BIT : 0;
    const struct pvg_vkformat *format = pvg_vkformat_get(p->vk, c->format);
    if (format && format->order == PVG_VKORDER_OPAQUE)
        out->colorWriteMask &= ~(VkColorComponentFlags)VK_COLOR_COMPONENT_A_BIT;
    if (!c->blend)
        return true;
    if (sig->classes[i] != PVG_VKCLASS_FLOAT)
        return fail(p, "blending of an integer attachment, slot", i);
    out->blendEnable = VK_TRUE;
    if (!pvg_vkenum_blend_factor(c->source_rgb, &out->srcColorBlendFactor) ||
        !pvg_vkenum_blend_factor(c->destination_rgb, &out->dstColorBlendFactor) ||
        !pvg_vkenum_blend_factor(c->source_alpha, &out->srcAlphaBlendFactor) ||
        !pvg_vkenum_blend_factor(c->destination_alpha, &out->dstAlphaBlendFactor) ||
        !pvg_vkenum_blend_op(c->operation_rgb, &out->colorBlendOp) || !pvg_vkenum_blend_op(c->operation_alpha, &out->alphaBlendOp))
        return fail(p, "unknown blend factor or operation, slot", i);
    bool dual = is_dual(out->srcColorBlendFactor) || is_dual(out->dstColorBlendFactor) || is_dual(out->srcAlphaBlendFactor) ||
                is_dual(out->dstAlphaBlendFactor);
    if (dual && !p->vk->feat.core.dualSrcBlend)
        return fail(p, "the device lacks dual source blending, slot", i);
    if (alpha8) {
        out->srcColorBlendFactor = alpha_in_red(out->srcAlphaBlendFactor);
        out->dstColorBlendFactor = alpha_in_red(out->dstAlphaBlendFactor);
        out->colorBlendOp = out->alphaBlendOp;
    }
    return true;
}

/* ---- VkPipeline
 * ----------------------------------------------------------------------------------------------------------------------------- */

bool pvg_vkgraphics_build(struct pvg_rpipe *p, struct pvg_vkvariant *v)
{
    struct pvg_vk *vk = p->vk;
    const struct pvg_vksignature *sig = &v->signature;
    const struct pvg_w_render_pipeline *d = &p->render_desc;
    const struct pvg_vkfetch *f = &p->fetch;

    if (!p->patch_stages[0] != (sig->topology != PVG_VKTOPOLOGY_PATCHES) || d->mesh != (sig->topology == PVG_VKTOPOLOGY_MESH))
        return fail(p, "primitives of a class that its functions do not draw", sig->topology);
    const uint32_t spec_values[2] = {vk->caps.simd_width, sig->samples};
    const VkSpecializationMapEntry spec_entries[2] = {{PVG_AIR_SPEC_SIMD_WIDTH, 0, 4}, {PVG_AIR_SPEC_RASTER_SAMPLES, 4, 4}};
    VkSpecializationInfo spec = {2, spec_entries, sizeof(spec_values), spec_values};
    VkPipelineShaderStageCreateInfo stages[4] = {
        {
            .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
            .stage = VK_SHADER_STAGE_VERTEX_BIT,
            .module = v->first->module,
            .pName = "main",
            .pSpecializationInfo = &spec,
        },
    };
    uint32_t stage_count = 1;
    if (p->patch_stages[0]) {
        stages[1] = stages[2] = stages[0];
        stages[0].module = p->patch_stages[0];
        stages[0].pSpecializationInfo = NULL;
        stages[1].stage = VK_SHADER_STAGE_TESSELLATION_CONTROL_BIT;
        stages[1].module = p->patch_stages[1];
        stages[1].pSpecializationInfo = NULL;
        stages[2].stage = VK_SHADER_STAGE_TESSELLATION_EVALUATION_BIT;
        stage_count = 3;
    }
    struct pvg_vkmesh_stages mesh;
    if (d->mesh) {
        pvg_vkmesh_stages(p, v, &mesh);
        memcpy(stages, mesh.stages, mesh.count * sizeof(*stages));
        stage_count = mesh.count;
    }
    if (v->fragment && d->rasterization) {
        stages[stage_count] = stages[stage_count - 1];
        stages[stage_count].pSpecializationInfo = &spec;
        stages[stage_count].stage = VK_SHADER_STAGE_FRAGMENT_BIT;
        stages[stage_count++].module = v->fragment->module;
    }
    VkPipelineVertexInputDivisorStateCreateInfoEXT divisors = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_DIVISOR_STATE_CREATE_INFO_EXT,
        .vertexBindingDivisorCount = f->divisor_count,
        .pVertexBindingDivisors = f->divisors,
    };
    VkPipelineVertexInputStateCreateInfo vertex = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO,
        .pNext = f->divisor_count ? &divisors : NULL,
        .vertexBindingDescriptionCount = f->binding_count,
        .pVertexBindingDescriptions = f->bindings,
        .vertexAttributeDescriptionCount = f->attribute_count,
        .pVertexAttributeDescriptions = f->attributes,
    };
    static const VkPrimitiveTopology classes[] = {VK_PRIMITIVE_TOPOLOGY_POINT_LIST, VK_PRIMITIVE_TOPOLOGY_LINE_LIST,
                                                  VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST, VK_PRIMITIVE_TOPOLOGY_PATCH_LIST,
                                                  VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST};
    /* One host vertex per patch (air/tess.h). */
    VkPipelineTessellationStateCreateInfo patches = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_TESSELLATION_STATE_CREATE_INFO,
        .patchControlPoints = 1,
    };
    VkPipelineInputAssemblyStateCreateInfo assembly = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO,
        .topology = classes[sig->topology],
    };
    VkPipelineViewportStateCreateInfo viewport = {.sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO};
    VkPipelineRasterizationStateCreateInfo raster = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO,
        .rasterizerDiscardEnable = !d->rasterization,
        .polygonMode = (VkPolygonMode)sig->polygon,
        .depthClampEnable = sig->clamp,
        .lineWidth = 1,
    };
    VkPipelineMultisampleStateCreateInfo multisample = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO,
        .rasterizationSamples = (VkSampleCountFlagBits)sig->samples,
        .alphaToCoverageEnable = d->alpha_to_coverage,
        .alphaToOneEnable = d->alpha_to_one && vk->feat.core.alphaToOne,
    };
    VkPipelineSampleLocationsStateCreateInfoEXT locations = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_SAMPLE_LOCATIONS_STATE_CREATE_INFO_EXT,
        .sampleLocationsEnable = VK_TRUE,
        .sampleLocationsInfo = {.sType = VK_STRUCTURE_TYPE_SAMPLE_LOCATIONS_INFO_EXT},
    };
    if (sig->locations)
        multisample.pNext = &locations;
    VkPipelineDepthStencilStateCreateInfo depth = {.sType = VK_STRUCTURE_TYPE_PIPELINE_DEPTH_STENCIL_STATE_CREATE_INFO};
    VkPipelineColorBlendAttachmentState blends[8];
    uint32_t color_count = 0;
    for (uint32_t i = 0; i < 8; i++) {
        if (!blend_slot(p, v, i, &blends[i]))
            return false;
        if (sig->color[i])
            color_count = i + 1;
    }
    VkPipelineColorBlendStateCreateInfo blend = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO,
        .attachmentCount = color_count,
        .pAttachments = blends,
    };
    VkDynamicState states[24] = {
        VK_DYNAMIC_STATE_VIEWPORT_WITH_COUNT, VK_DYNAMIC_STATE_SCISSOR_WITH_COUNT, VK_DYNAMIC_STATE_CULL_MODE,
        VK_DYNAMIC_STATE_FRONT_FACE,          VK_DYNAMIC_STATE_DEPTH_TEST_ENABLE,  VK_DYNAMIC_STATE_DEPTH_WRITE_ENABLE,
        VK_DYNAMIC_STATE_DEPTH_COMPARE_OP,    VK_DYNAMIC_STATE_DEPTH_BIAS,         VK_DYNAMIC_STATE_DEPTH_BIAS_ENABLE,
        VK_DYNAMIC_STATE_STENCIL_TEST_ENABLE, VK_DYNAMIC_STATE_STENCIL_OP,         VK_DYNAMIC_STATE_STENCIL_COMPARE_MASK,
        VK_DYNAMIC_STATE_STENCIL_WRITE_MASK,  VK_DYNAMIC_STATE_STENCIL_REFERENCE,  VK_DYNAMIC_STATE_BLEND_CONSTANTS,
    };
    uint32_t state_count = 15;
    if (!d->mesh) {
        states[state_count++] = VK_DYNAMIC_STATE_PRIMITIVE_TOPOLOGY;
        states[state_count++] = VK_DYNAMIC_STATE_PRIMITIVE_RESTART_ENABLE;
    }
    if (f->binding_count)
        states[state_count++] = VK_DYNAMIC_STATE_VERTEX_INPUT_BINDING_STRIDE;
    if (vk->feat.dynamic_polygon_mode)
        states[state_count++] = VK_DYNAMIC_STATE_POLYGON_MODE_EXT;
    if (vk->feat.dynamic_depth_clamp)
        states[state_count++] = VK_DYNAMIC_STATE_DEPTH_CLAMP_ENABLE_EXT;
    if (sig->locations)
        states[state_count++] = VK_DYNAMIC_STATE_SAMPLE_LOCATIONS_EXT;
    VkPipelineDynamicStateCreateInfo dynamic = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO,
        .dynamicStateCount = state_count,
        .pDynamicStates = states,
    };
    VkPipelineRenderingCreateInfo rendering = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_RENDERING_CREATE_INFO,
        .colorAttachmentCount = color_count,
        .pColorAttachmentFormats = sig->color,
        .depthAttachmentFormat = sig->depth,
        .stencilAttachmentFormat = sig->stencil,
    };
    bool inputs = v->fragment && v->fragment->air->reflection.input_attachment_mask;
    VkGraphicsPipelineCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO,
        .pNext = &rendering,
        .stageCount = stage_count,
        .pStages = stages,
        .pVertexInputState = &vertex,
        .pInputAssemblyState = &assembly,
        .pTessellationState = p->patch_stages[0] ? &patches : NULL,
        .pViewportState = &viewport,
        .pRasterizationState = &raster,
        .pMultisampleState = &multisample,
        .pDepthStencilState = &depth,
        .pColorBlendState = &blend,
        .pDynamicState = &dynamic,
        .layout = vk->heap.layouts[inputs],
    };
    VkResult r = vk->fn.CreateGraphicsPipelines(vk->dev, pvg_vkcompiler_cache(vk), 1, &info, NULL, &v->pipeline);
    if (r == VK_SUCCESS)
        return true;
    snprintf(p->message, sizeof(p->message), "vkCreateGraphicsPipelines: %s", pvg_vk_result(r));
    return false;
}
