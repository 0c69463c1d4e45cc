/* SPDX-License-Identifier: MIT */
/**
 * @file The shaders under shaders/ with what the translator would say about them.
 */
#ifndef PVG_TESTS_VULKAN_SHADERS_H
#define PVG_TESTS_VULKAN_SHADERS_H

#include "colour_frag.h"
#include "fake_air.h"
#include "fetch_frag.h"
#include "fixed_vert.h"
#include "paint_comp.h"
#include "pull_vert.h"
#include "scale_comp.h"
#include "texture_frag.h"

#define WORDS(array) .words = array, .word_count = sizeof(array) / 4

static struct pvg_air_buffer pull_buffers[] = {{.index = 0, .array_length = 1, .table_offset = 0}};
static const struct fake_shader pull_vertex = {
    WORDS(pull_vert_spv),
    .reflection = {.stage = PVG_AIR_VERTEX,
                   .name = "pull",
                   .table_size = 16,
                   .buffers = pull_buffers,
                   .buffer_count = 1,
                   .writes_position = true},
};

static struct pvg_air_attribute fixed_attributes[] = {{0, 3, PVG_AIR_FLOAT}, {1, 4, PVG_AIR_FLOAT}};
static const struct fake_shader fixed_vertex = {
    WORDS(fixed_vert_spv),
    .reflection =
        {.stage = PVG_AIR_VERTEX, .name = "fixed", .attributes = fixed_attributes, .attribute_count = 2, .writes_position = true},
};

static struct pvg_air_color_output colour_outputs[] = {{0, 0, 4, PVG_AIR_FLOAT}};
static const struct fake_shader colour_fragment = {
    WORDS(colour_frag_spv),
    .reflection = {.stage = PVG_AIR_FRAGMENT, .name = "colour", .colors = colour_outputs, .color_count = 1},
};

static struct pvg_air_texture sampled_textures[] = {
    {.index = 0, .array_length = 1, .table_offset = 0, .dim = PVG_AIR_DIM_2D, .heap = PVG_AIR_HEAP_SAMPLED, .read = true},
};
static struct pvg_air_sampler samplers[] = {{.index = 0, .array_length = 1, .table_offset = 4}};
static const struct fake_shader texture_fragment = {
    WORDS(texture_frag_spv),
    .reflection = {.stage = PVG_AIR_FRAGMENT,
                   .name = "textured",
                   .table_size = 16,
                   .textures = sampled_textures,
                   .texture_count = 1,
                   .samplers = samplers,
                   .sampler_count = 1,
                   .colors = colour_outputs,
                   .color_count = 1},
};

static struct pvg_air_static_sampler static_samplers[] = {
    {.table_offset = 4, .s_address = 2, .t_address = 2, .mag_filter = 0, .min_filter = 0, .max_anisotropy = 1, .lod_max = 1000},
};
static const struct fake_shader static_fragment = {
    WORDS(texture_frag_spv),
    .reflection = {.stage = PVG_AIR_FRAGMENT,
                   .name = "static",
                   .table_size = 16,
                   .textures = sampled_textures,
                   .texture_count = 1,
                   .static_samplers = static_samplers,
                   .static_sampler_count = 1,
                   .colors = colour_outputs,
                   .color_count = 1},
};

static const struct fake_shader fetch_fragment = {
    WORDS(fetch_frag_spv),
    .reflection = {.stage = PVG_AIR_FRAGMENT,
                   .name = "fetch",
                   .colors = colour_outputs,
                   .color_count = 1,
                   .needs = PVG_AIR_NEED_INPUT_ATTACHMENT,
                   .input_attachment_mask = 1},
};

static struct pvg_air_buffer scale_buffers[] = {
    {.index = 0, .array_length = 1, .table_offset = 0},
    {.index = 1, .array_length = 1, .table_offset = 16, .written = true},
};
static const struct fake_shader scale_kernel = {
    WORDS(scale_comp_spv),
    .reflection = {.stage = PVG_AIR_KERNEL,
                   .name = "scale",
                   .table_size = 32,
                   .buffers = scale_buffers,
                   .buffer_count = 2,
                   .writes_memory = true},
};

static struct pvg_air_texture painted_textures[] = {
    {.index = 3, .array_length = 1, .table_offset = 0, .dim = PVG_AIR_DIM_2D, .heap = PVG_AIR_HEAP_STORAGE, .written = true},
};
static const struct fake_shader paint_kernel = {
    WORDS(paint_comp_spv),
    .reflection = {.stage = PVG_AIR_KERNEL,
                   .name = "paint",
                   .table_size = 16,
                   .textures = painted_textures,
                   .texture_count = 1,
                   .uses_barrier = true},
};

static const struct fake_shader refused_vertex = {.reflection = {.stage = PVG_AIR_VERTEX, .name = "refused"}};

#endif
