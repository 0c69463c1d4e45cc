/* SPDX-License-Identifier: MIT */
/**
 * @file Raster order groups: fragments of many primitives over the same pixels change a buffer and a texture by operations whose
 * order shows in the result, within one draw and from draw to draw.
 */
#include "tests/kit/kit.h"

#include <stdlib.h>
#include <string.h>
#include <vulkan/vulkan.h>

#include "tests/vmm/check.h"

/* Less than a tile of llvmpipe (25.0), which drops what a tile was to do before a primitive covers it, writes to memory included.
 */
#define SIZE     48u
#define QUADS    40u
#define VERTICES (6 * QUADS)
#define R32_UINT 53
#define SKIPPED  77

/* Buffer and texture of one unsigned number per pixel: n * 3 + x and n * 5 + x, x the red of the primitive in 255ths. */
static const char fs_order[] =
    "declare { <4 x i32>, i8 } @air.read_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, i32, i32)\n"
    "declare void @air.write_texture_2d.u.v4i32(ptr addrspace(1), <2 x i32>, <4 x i32>, i32, i32)\n"
    "define <4 x float> @fs_order(<4 x float> %color, <2 x float> %uv, <4 x float> %place, ptr addrspace(1) %numbers, "
    "ptr addrspace(1) %texture) {\n"
    "  %p = fptoui <4 x float> %place to <4 x i32>\n"
    "  %x = extractelement <4 x i32> %p, i32 0\n"
    "  %y = extractelement <4 x i32> %p, i32 1\n"
    "  %row = mul i32 %y, 48\n"
    "  %i = add i32 %row, %x\n"
    "  %red = extractelement <4 x float> %color, i32 0\n"
    "  %scaled = fmul float %red, 255.0\n"
    "  %rounded = fadd float %scaled, 0.5\n"
    "  %own = fptoui float %rounded to i32\n"
    "  %at = getelementptr i32, ptr addrspace(1) %numbers, i32 %i\n"
    "  %old = load i32, ptr addrspace(1) %at, align 4\n"
    "  %three = mul i32 %old, 3\n"
    "  %new = add i32 %three, %own\n"
    "  store i32 %new, ptr addrspace(1) %at, align 4\n"
    "  %c = shufflevector <4 x i32> %p, <4 x i32> undef, <2 x i32> <i32 0, i32 1>\n"
    "  %r = call { <4 x i32>, i8 } @air.read_texture_2d.u.v4i32(ptr addrspace(1) %texture, <2 x i32> %c, i32 0, i32 3)\n"
    "  %texel = extractvalue { <4 x i32>, i8 } %r, 0\n"
    "  %t = extractelement <4 x i32> %texel, i32 0\n"
    "  %five = mul i32 %t, 5\n"
    "  %sum = add i32 %five, %own\n"
    "  %w = insertelement <4 x i32> zeroinitializer, i32 %sum, i32 0\n"
    "  call void @air.write_texture_2d.u.v4i32(ptr addrspace(1) %texture, <2 x i32> %c, <4 x i32> %w, i32 0, i32 3)\n"
    "  ret <4 x float> %color\n"
    "}\n"
    "!air.fragment = !{!0}\n"
    "!0 = !{ptr @fs_order, !1, !2}\n"
    "!1 = !{!3}\n"
    "!2 = !{!5, !6, !7, !8, !9}\n"
    "!3 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n"
    "!5 = !{i32 0, !\"air.fragment_input\", !\"user(color)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
    "!\"float4\", !\"air.arg_name\", !\"color\"}\n"
    "!6 = !{i32 1, !\"air.fragment_input\", !\"user(uv)\", !\"air.center\", !\"air.perspective\", !\"air.arg_type_name\", "
    "!\"float2\", !\"air.arg_name\", !\"uv\"}\n"
    "!7 = !{i32 2, !\"air.position\", !\"air.center\", !\"air.no_perspective\", !\"air.arg_type_name\", !\"float4\", "
    "!\"air.arg_name\", !\"place\"}\n"
    "!8 = !{i32 3, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.raster_order_group\", i32 "
    "0, "
    "!\"air.address_space\", i32 1, !\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", "
    "!\"uint\", !\"air.arg_name\", !\"numbers\"}\n"
    "!9 = !{i32 4, !\"air.texture\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.raster_order_group\", i32 "
    "1, "
    "!\"air.arg_type_name\", !\"texture2d<uint, read_write>\", !\"air.arg_name\", !\"texture\"}\n";

/** Edges of a primitive's rectangle, in eighths of the target, and its number. */
static void rectangle(unsigned n, unsigned r[4], unsigned *value)
{
    r[0] = n * 3 % 4;
    r[1] = n * 5 % 3;
    r[2] = 8 - n % 4;
    r[3] = 8 - n * 7 % 5;
    *value = n * 37 % 251 + 1;
}

static void fill(struct kit_vertex *v)
{
    static const unsigned corners[6][2] = {{0, 1}, {2, 1}, {0, 3}, {0, 3}, {2, 1}, {2, 3}};

    for (unsigned n = 0; n < QUADS; n++) {
        unsigned r[4], value;
        rectangle(n, r, &value);
        for (unsigned k = 0; k < 6; k++, v++)
            *v = (struct kit_vertex){
                .position = {(float)r[corners[k][0]] / 4 - 1, 1 - (float)r[corners[k][1]] / 4, 0, 1},
                .color = {(float)value / 255, 0, 0, 1},
            };
    }
}

/** Every primitive in order, by pixel centers. */
static void reference(unsigned factor, unsigned rounds, uint32_t *out)
{
    memset(out, 0, SIZE * SIZE * sizeof(*out));
    for (unsigned n = 0; n < QUADS * rounds; n++) {
        unsigned r[4], value;
        rectangle(n % QUADS, r, &value);
        for (uint32_t y = r[1] * SIZE / 8; y < r[3] * SIZE / 8; y++)
            for (uint32_t x = r[0] * SIZE / 8; x < r[2] * SIZE / 8; x++)
                out[y * SIZE + x] = out[y * SIZE + x] * factor + value;
    }
}

static void compare(const char *what, unsigned factor, unsigned rounds, const uint32_t *got)
{
    static uint32_t want[SIZE * SIZE];
    unsigned wrong = 0, first = 0;

    reference(factor, rounds, want);
    for (unsigned i = SIZE * SIZE; i-- > 0;)
        if (got[i] != want[i])
            wrong++, first = i;
    CHECK(wrong == 0, "%s: %u numbers differ, the first at %u, %u: %u, not %u", what, wrong, first % SIZE, first / SIZE, got[first],
          want[first]);
}

static unsigned all(struct kit *k)
{
    enum { ROUNDS = 3 };
    static struct kit_vertex quads[VERTICES];
    static uint32_t zeros[SIZE * SIZE], numbers[SIZE * SIZE];
    const double clear[4] = {0, 0, 0, 1};
    uint32_t target = kit_texture_2d(k, KIT_RGBA8, SIZE, SIZE, PVG_W_USAGE_READ | PVG_W_USAGE_RENDER_TARGET, NULL);
    uint32_t texture = kit_texture_2d(k, R32_UINT, SIZE, SIZE, PVG_W_USAGE_READ | PVG_W_USAGE_WRITE, zeros);
    uint32_t buffer = kit_buffer(k, zeros, sizeof(zeros)), vertices = kit_buffer(k, NULL, sizeof(quads));
    uint32_t pipeline = kit_simple_pipeline(k, fs_order, "fs_order", KIT_RGBA8);

    fill(quads);
    kit_write(k, vertices, 0, quads, sizeof(quads));
    kit_begin(k);
    kit_pass(k, target, SIZE, SIZE, clear);
    pvg_guest_cmd_set_ref(&k->c, KIT_SET_PIPELINE, pipeline);
    kit_bind1(k, KIT_VERTEX_BUFFERS, 0, vertices, 0);
    kit_bind1(k, KIT_FRAGMENT_BUFFERS, 0, buffer, 0);
    kit_bind1(k, KIT_FRAGMENT_TEXTURES, 0, texture, 0);
    kit_draw(k, KIT_TRIANGLE, 0, VERTICES);
    /* The same again, in two draws each. */
    for (unsigned round = 1; round < ROUNDS; round++) {
        kit_draw(k, KIT_TRIANGLE, 0, VERTICES / 2);
        kit_draw(k, KIT_TRIANGLE, VERTICES / 2, VERTICES / 2);
    }
    CHECK(kit_run(k), "refused");
    kit_read(k, buffer, 0, numbers, sizeof(numbers));
    compare("buffer", 3, ROUNDS, numbers);
    uint32_t *texels = kit_pixels(k, texture, R32_UINT, SIZE, SIZE);
    compare("texture", 5, ROUNDS, texels);
    free(texels);
    return check_failures;
}

/** The extension, on any device: without it the function is refused, which the tests of the translator cover. */
static bool has_interlock(void)
{
    VkInstance instance;
    VkPhysicalDevice devices[8];
    VkExtensionProperties extensions[512];
    uint32_t count = 8;
    bool found = false;

    if (vkCreateInstance(&(VkInstanceCreateInfo){.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO}, NULL, &instance))
        return false;
    VkResult rc = vkEnumeratePhysicalDevices(instance, &count, devices);
    for (uint32_t i = 0; rc >= 0 && i < count; i++) {
        uint32_t n = 512;
        if (vkEnumerateDeviceExtensionProperties(devices[i], NULL, &n, extensions) < 0)
            continue;
        while (n--)
            found |= !strcmp(extensions[n].extensionName, VK_EXT_FRAGMENT_SHADER_INTERLOCK_EXTENSION_NAME);
    }
    vkDestroyInstance(instance, NULL);
    return found;
}

int main(void)
{
    if (!has_interlock())
        return SKIPPED;
    return kit_main(all);
}
