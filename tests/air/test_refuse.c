/* SPDX-License-Identifier: MIT */
/** @file What the translator must refuse, and that it says why; reflection of a vertex and a fragment function that belong
 * together. */
#include "tests/air/shaders.h"

#include <openpvg/air.h>

#include <errno.h>
#include <setjmp.h>
#include <spirv/unified1/spirv.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int translate_text(const char *text, const char *name, const struct pvg_air_options *o, struct pvg_air_shader **s,
                          struct pvg_error *err)
{
    uint8_t *bitcode;
    size_t size;
    if (pvg_air_assemble(text, strlen(text), &bitcode, &size, err))
        fail_msg("%s", err->message);
    int rc = pvg_air_translate(bitcode, size, name, o, s, err);
    free(bitcode);
    return rc;
}

/** A kernel with one buffer and the given body and declarations. */
static void kernel_text(char *out, size_t cap, const char *declarations, const char *body)
{
    int n = snprintf(out, cap,
                     "%s%s\ndefine void @k(ptr addrspace(1) %%b, i32 %%id) {\n%s\n}\n"
                     "!air.kernel = !{!0}\n!0 = !{ptr @k, !1, !2}\n!1 = !{}\n!2 = !{!3, !4}\n"
                     "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", "
                     "!\"air.address_space\", i32 1}\n"
                     "!4 = !{i32 1, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint\"}\n",
                     AIR_HEADER, declarations, body);
    assert_true(n > 0 && (size_t)n < cap);
}

static void refused(const char *declarations, const char *body, const struct pvg_air_options *o, const char *word)
{
    static char text[16384];
    struct pvg_air_shader *s = (void *)1;
    struct pvg_error err = {{0}};
    kernel_text(text, sizeof text, declarations, body);
    int rc = translate_text(text, NULL, o, &s, &err);
    assert_int_equal(rc, -ENOTSUP);
    assert_null(s);
    if (!strstr(err.message, word) || strncmp(err.message, "k: ", 3))
        fail_msg("the message names neither function nor cause (%s): %s", word, err.message);
}

static void by_name(void **state)
{
    (void)state;
    refused("declare float @air.frobnicate.f32(float)",
            "%x = call float @air.frobnicate.f32(float 1.0)\nstore float %x, ptr addrspace(1) %b\nret void", NULL,
            "air.frobnicate.f32");
    refused("declare void @helper(i32)", "call void @helper(i32 %id)\nret void", NULL, "helper");
    refused("", "%x = alloca i32, i32 %id\nstore volatile i32 1, ptr %x\nret void", NULL, "alloca");
    refused("declare void @air.discard_fragment()", "call void @air.discard_fragment()\nret void", NULL, "air.discard_fragment");
    refused("", "%v = load i1024, ptr addrspace(1) %b\n%w = add i1024 %v, 1\nstore i1024 %w, ptr addrspace(1) %b\nret void", NULL,
            "1024");
}

/** Families that have no counterpart on the wire or in Vulkan, each by its class (spec 07 sections 5.14 to 5.18). */
static void by_family(void **state)
{
    (void)state;
    static const struct {
        const char *class, *name, *result, *arguments, *types;
    } calls[] = {
        {"ray-tracing", "air.intersect.triangle_data.instancing", "{ i32, float }",
         "<3 x float> zeroinitializer, ptr addrspace(1) %b", "<3 x float>, ptr addrspace(1)"},
        {"ray-tracing", "air.intersect_direct_access.triangle_data", "{ i32, float }", "ptr addrspace(1) %b", "ptr addrspace(1)"},
        {"ray-tracing", "air.allocate_intersection_query.triangle_data", "ptr", "", ""},
        {"ray-tracing", "air.next_intersection_query.triangle_data", "i1", "ptr null", "ptr"},
        {"ray-tracing", "air.get_instance_count_instance_acceleration_structure", "i32", "ptr addrspace(1) %b", "ptr addrspace(1)"},
        {"ray-tracing", "air.is_null_primitive_acceleration_structure", "i1", "ptr addrspace(1) %b", "ptr addrspace(1)"},
        {"ray-tracing", "air.get_size_intersection_function_table", "i32", "ptr addrspace(1) %b", "ptr addrspace(1)"},
        {"ray-tracing", "air.set_buffer_intersection_function_table.p1i8", "void",
         "ptr addrspace(1) %b, ptr addrspace(1) %b, i32 0", "ptr addrspace(1), ptr addrspace(1), i32"},
        {"tensor", "air.get_extent_private_tensor.i32", "i32", "ptr null, i32 0", "ptr, i32"},
        {"tensor", "air.init_strided_private_tensor.i32.global", "void", "ptr null", "ptr"},
        {"tensor", "air.is_null_global_tensor", "i1", "ptr addrspace(1) %b", "ptr addrspace(1)"},
        {"imageblock", "air.store.imageblock.mask.v4f32", "void",
         "<4 x float> zeroinitializer, ptr addrspace(4) null, i16 -1, i32 16, i1 false",
         "<4 x float>, ptr addrspace(4), i16, i32, i1"},
        {"imageblock", "air.store.implicit_imageblock.mask.v4f32", "void",
         "<4 x float> zeroinitializer, i32 0, <2 x i16> zeroinitializer, i32 1, i16 0, i16 -1",
         "<4 x float>, i32, <2 x i16>, i32, i16, i16"},
        {"imageblock", "air.imageblock_data", "ptr addrspace(4)", "<2 x i16> zeroinitializer, i32 0, i16 0", "<2 x i16>, i32, i16"},
        {"imageblock", "air.implicit_imageblock_data", "ptr addrspace(4)", "<2 x i16> zeroinitializer, i32 0, i16 0",
         "<2 x i16>, i32, i16"},
        {"imageblock", "air.write_imageblock_slice_to_texture_2d.i16.v4f32", "void",
         "ptr addrspace(4) null, ptr addrspace(1) %b, <2 x i16> zeroinitializer", "ptr addrspace(4), ptr addrspace(1), <2 x i16>"},
        {"gpu-commands", "air.set_pipeline_state_render_command", "void", "ptr addrspace(1) %b, i32 0, ptr addrspace(1) %b",
         "ptr addrspace(1), i32, ptr addrspace(1)"},
        {"gpu-commands", "air.draw_primitives_render_command", "void",
         "ptr addrspace(1) %b, i32 0, i32 3, i32 0, i32 3, i32 1, i32 0", "ptr addrspace(1), i32, i32, i32, i32, i32, i32"},
        {"gpu-commands", "air.set_kernel_buffer_compute_command.p1i8", "void",
         "ptr addrspace(1) %b, i32 0, ptr addrspace(1) %b, i32 0", "ptr addrspace(1), i32, ptr addrspace(1), i32"},
        {"gpu-commands", "air.concurrent_dispatch_threads_compute_command", "void", "ptr addrspace(1) %b, i32 0",
         "ptr addrspace(1), i32"},
        {"gpu-commands", "air.get_size_command_buffer", "i32", "ptr addrspace(1) %b", "ptr addrspace(1)"},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        char declaration[256], body[512], class[64];
        bool value = strcmp(calls[i].result, "void");
        snprintf(declaration, sizeof declaration, "declare %s @%s(%s)", calls[i].result, calls[i].name, calls[i].types);
        snprintf(body, sizeof body, "%scall %s @%s(%s)\nret void", value ? "%v = " : "", calls[i].result, calls[i].name,
                 calls[i].arguments);
        snprintf(class, sizeof class, "[%s]", calls[i].class);
        refused(declaration, body, NULL, class);
        refused(declaration, body, NULL, calls[i].name);
    }
    /* By the name alone, whatever else it sounds like. */
    static const char *const commands[] = {"set_vertex_buffer_render_command.p1i8",
                                           "set_mesh_buffer_render_command.p1i8",
                                           "set_object_threadgroup_memory_length_render_command",
                                           "draw_indexed_primitives_render_command.p1i32",
                                           "draw_patches_render_command.p1i32.p1i8",
                                           "draw_mesh_threadgroups_render_command",
                                           "set_barrier_render_command",
                                           "clear_barrier_compute_command",
                                           "reset_render_command",
                                           "copy_compute_command",
                                           "set_cull_mode_render_command",
                                           "set_depth_stencil_state_render_command",
                                           "concurrent_dispatch_threadgroups_compute_command",
                                           "set_threadgroup_memory_length_compute_command",
                                           "set_stage_in_region_compute_command",
                                           "set_imageblock_size_compute_command"};
    static const char *const rays[] = {"intersect_direct_access.triangle_data",
                                       "get_distance_intersection_result.triangle_data",
                                       "release_intersect_payload.instancing",
                                       "reset_intersection_query.instancing",
                                       "commit_bounding_box_intersection_intersection_query.instancing",
                                       "abort_intersection_query.instancing",
                                       "get_committed_triangle_barycentric_coord_intersection_query.triangle_data",
                                       "get_world_space_ray_origin_intersection_query.instancing",
                                       "is_candidate_non_opaque_bounding_box_intersection_query.instancing"};
    static const char *const tensors[] = {"get_descriptor_size_tensor", "slice_private_tensor_private_tensor.s.i32",
                                          "load_global_tensor.f32",     "store_global_tensor.f32",
                                          "get_null_global_tensor",     "get_data_pointer_typed_global_tensor.p1f32"};
    const struct {
        const char *class, *const *names;
        size_t count;
    } lists[] = {{"[gpu-commands]", commands, sizeof commands / sizeof *commands},
                 {"[ray-tracing]", rays, sizeof rays / sizeof *rays},
                 {"[tensor]", tensors, sizeof tensors / sizeof *tensors}};
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
        for (size_t i = 0; i < lists[k].count; i++) {
            char declaration[256], body[256];
            snprintf(declaration, sizeof declaration, "declare void @air.%s(ptr addrspace(1), i32)", lists[k].names[i]);
            snprintf(body, sizeof body, "call void @air.%s(ptr addrspace(1) %%b, i32 0)\nret void", lists[k].names[i]);
            refused(declaration, body, NULL, lists[k].class);
        }
    refused("declare void @__tensorops_impl_matmul2d(ptr)", "call void @__tensorops_impl_matmul2d(ptr null)\nret void", NULL,
            "[tensor]");
    refused("declare i32 @scale.MTL_VISIBLE_FN_REF(i32) section \"air.externally_defined\"",
            "%v = call i32 @scale.MTL_VISIBLE_FN_REF(i32 %id)\nstore i32 %v, ptr addrspace(1) %b\nret void", NULL,
            "visible function scale, which is not linked");
    refused("declare void @outside(i32) section \"air.externally_defined\"", "call void @outside(i32 %id)\nret void", NULL,
            "call of outside");
}

/** Intrinsics that exist but have no translation, or none with these operands: by name, never something else. */
static void intrinsics(void **state)
{
    (void)state;
    static const struct {
        const char *declaration, *body, *word;
    } cases[] = {
        {"declare float @air.dfdx.f32(float)",
         "%x = call float @air.dfdx.f32(float 1.0)\nstore float %x, ptr addrspace(1) %b\nret void",
         "air.dfdx.f32 outside of a fragment function"},
        {"declare i32 @air.pack.unorm7x9.v2f32(<2 x float>)",
         "%x = call i32 @air.pack.unorm7x9.v2f32(<2 x float> zeroinitializer)\nstore i32 %x, ptr addrspace(1) %b\nret void",
         "air.pack.unorm7x9.v2f32"},
        {"declare i16 @air.atomic.global.add.u.i16(ptr addrspace(1), i16, i32, i32, i1)",
         "%x = call i16 @air.atomic.global.add.u.i16(ptr addrspace(1) %b, i16 1, i32 0, i32 2, i1 true)\nret void",
         "air.atomic.global.add.u.i16"},
        {"declare ptr @air.simdgroup_async_copy_2d.p1i8.p1i8(i64, i64, ptr addrspace(1), i64, i64, <2 x i64>, ptr addrspace(1), "
         "i64, i64, "
         "<2 x i64>, <2 x i64>, i32)",
         "%x = call ptr @air.simdgroup_async_copy_2d.p1i8.p1i8(i64 4, i64 4, ptr addrspace(1) %b, i64 1, i64 1, <2 x i64> <i64 1, "
         "i64 1>, "
         "ptr addrspace(1) %b, i64 1, i64 1, <2 x i64> <i64 1, i64 1>, <2 x i64> <i64 1, i64 0>, i32 0)\nret void",
         "with an offset"},
        {"declare <8 x float> @air.simdgroup_matrix_16x16x16_multiply_accumulate.v8f32.v8f32.v8f32.v8f32(<8 x float>, <8 x float>, "
         "<8 x float>)",
         "%x = call <8 x float> @air.simdgroup_matrix_16x16x16_multiply_accumulate.v8f32.v8f32.v8f32.v8f32(<8 x float> "
         "zeroinitializer, "
         "<8 x float> zeroinitializer, <8 x float> zeroinitializer)\nstore <8 x float> %x, ptr addrspace(1) %b\nret void",
         "simdgroup_matrix_16x16x16"},
        {"declare i32 @air.get_size_intersection_function_table(ptr addrspace(1))",
         "%x = call i32 @air.get_size_intersection_function_table(ptr addrspace(1) %b)\nstore i32 %x, ptr addrspace(1) %b\nret "
         "void",
         "ray-tracing"},
        {"", "%v = alloca i32\n%w = alloca ptr\nstore ptr %v, ptr addrspace(1) %b\nret void", "[stored-local-pointer]"},
        {"",
         "%v = alloca i32\n%w = alloca ptr, i32 4\n%x = getelementptr ptr, ptr %w, i32 %id\nstore ptr %v, ptr %x\n"
         "call void @llvm.memcpy.p1.p0.i64(ptr addrspace(1) %b, ptr %w, i64 32, i1 false)\nret void",
         "[stored-local-pointer]"},
        {"", "%p = load ptr, ptr addrspace(1) %b\nstore i32 1, ptr %p\nret void", "[stored-local-pointer]"},
        {"",
         "%x = alloca [4 x i32]\n%y = getelementptr i32, ptr %x, i32 %id\n%c = icmp eq i32 %id, 1\n"
         "%z = addrspacecast ptr addrspace(1) %b to ptr\n%p = select i1 %c, ptr %y, ptr %z\nstore i32 1, ptr %p\nret void",
         "[generic-pointer]"},
        /* Not among Metal's functions, but spec 07 section 5.2 names them. */
        {"declare float @air.cbrt.f32(float)",
         "%x = call float @air.cbrt.f32(float 1.0)\nstore float %x, ptr addrspace(1) %b\nret void", "air.cbrt.f32"},
        {"declare float @air.erf.f32(float)",
         "%x = call float @air.erf.f32(float 1.0)\nstore float %x, ptr addrspace(1) %b\nret void", "air.erf.f32"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(cases[i].declaration, cases[i].body, NULL, cases[i].word);
}

/** A fragment function with a buffer and a texture in raster order groups. */
static const char ordered_text[] = AIR_HEADER
    "declare void @air.write_texture_2d.v4f32(ptr addrspace(1), <2 x i32>, <4 x float>, i32, i32)\n"
    "define <4 x float> @k(ptr addrspace(1) %%b, ptr addrspace(1) %%t) {\n%s\n}\n"
    "!air.fragment = !{!0}\n!0 = !{ptr @k, !1, !2}\n!1 = !{!5}\n!2 = !{!3, !4}\n"
    "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.%s\", !\"air.raster_order_group\", "
    "i32 0, !\"air.address_space\", i32 1, !\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4}\n"
    "!4 = !{i32 1, !\"air.texture\", !\"air.location_index\", i32 0, i32 1, !\"air.%s\", !\"air.raster_order_group\", i32 1, "
    "!\"air.arg_type_name\", !\"texture2d<float, %s>\"}\n"
    "!5 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n";

static unsigned count_op(const struct pvg_air_shader *s, SpvOp op, size_t *last)
{
    unsigned n = 0;
    for (size_t i = 5; i < s->word_count && s->words[i] >> 16; i += s->words[i] >> 16)
        if ((s->words[i] & 0xFFFF) == (uint32_t)op)
            n++, *last = i;
    return n;
}

/**
 * Functions that may write what is in a raster order group are critical sections from their first to their last access; the others
 * do without. Where the device has none they are refused.
 */
static void raster_order(void **state)
{
    (void)state;
    static const struct {
        const char *body, *buffer, *access;
        bool ordered;
    } cases[] = {
        {"%v = load float, ptr addrspace(1) %b\n%r = insertelement <4 x float> undef, float %v, i32 0\nret <4 x float> %r", "read",
         "sample", false},
        {"store float 1.0, ptr addrspace(1) %b\nret <4 x float> zeroinitializer", "read_write", "sample", true},
        {"call void @air.write_texture_2d.v4f32(ptr addrspace(1) %t, <2 x i32> zeroinitializer, <4 x float> zeroinitializer, i32 "
         "0, i32 2)\nret <4 x float> zeroinitializer",
         "read", "write", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static char text[8192];
        struct pvg_air_shader *s = NULL;
        struct pvg_error err = {{0}};
        struct pvg_air_options o = {.size = sizeof o, .available = ~(uint32_t)PVG_AIR_NEED_INTERLOCK};
        snprintf(text, sizeof text, ordered_text, cases[i].body, cases[i].buffer, cases[i].access, cases[i].access);
        assert_int_equal(translate_text(text, NULL, &o, &s, &err), cases[i].ordered ? -ENOTSUP : 0);
        if (cases[i].ordered && !strstr(err.message, "[device-feature]: the device lacks a feature: fragment interlock"))
            fail_msg("%s", err.message);
        pvg_air_shader_free(s);
        o.available = UINT32_MAX;
        assert_int_equal(translate_text(text, NULL, &o, &s, &err), 0);
        size_t begin = 0, end = 0, access = 0;
        assert_int_equal(count_op(s, SpvOpBeginInvocationInterlockEXT, &begin), cases[i].ordered);
        assert_int_equal(count_op(s, SpvOpEndInvocationInterlockEXT, &end), cases[i].ordered);
        if (cases[i].ordered) {
            assert_int_equal(count_op(s, i == 1 ? SpvOpStore : SpvOpImageWrite, &access) > 0, true);
            assert_true(begin < access);
            if (i == 2)
                assert_true(access < end);
        }
        assert_int_equal(!!(s->reflection.needs & PVG_AIR_NEED_INTERLOCK), cases[i].ordered);
        pvg_air_shader_free(s);
    }
}

/** A texture with write access has no sampled form (Metal's compiler does not let functions sample it). */
static void sampled_and_written(void **state)
{
    (void)state;
    static const char text[] = AIR_HEADER
        "declare { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x "
        "i32>, i1, float, float, i32)\n"
        "define void @k(ptr addrspace(1) %b, ptr addrspace(1) %t, ptr addrspace(2) %s) {\n"
        "%v = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> "
        "zeroinitializer, i1 true, <2 x i32> zeroinitializer, i1 true, float 0.0, float 0.0, i32 0)\n"
        "%f = extractvalue { <4 x float>, i8 } %v, 0\nstore <4 x float> %f, ptr addrspace(1) %b\nret void\n}\n"
        "!air.kernel = !{!0}\n!0 = !{ptr @k, !1, !2}\n!1 = !{}\n!2 = !{!3, !4, !5}\n"
        "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", "
        "!\"air.address_space\", i32 1}\n"
        "!4 = !{i32 1, !\"air.texture\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", "
        "!\"air.arg_type_name\", !\"texture2d<float, read_write>\"}\n"
        "!5 = !{i32 2, !\"air.sampler\", !\"air.location_index\", i32 0, i32 1, !\"air.arg_type_name\", !\"sampler\"}\n";
    struct pvg_air_shader *s = NULL;
    struct pvg_error err = {{0}};
    assert_int_equal(translate_text(text, NULL, NULL, &s, &err), -ENOTSUP);
    if (!strstr(err.message, "air.sample_texture_2d.v4f32 on a texture that the function also writes"))
        fail_msg("%s", err.message);
}

/** Entry points of kinds that are refused as such. */
static void entry_points(void **state)
{
    (void)state;
    static const struct {
        const char *list, *class;
    } kinds[] = {{"air.visible", "[visible-entry]"}, {"air.intersection", "[ray-tracing]"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char text[4096];
        struct pvg_air_shader *s = NULL;
        struct pvg_error err = {{0}};
        snprintf(text, sizeof text,
                 AIR_HEADER "define i32 @k(i32 %%x) {\n  ret i32 %%x\n}\n!%s = !{!0}\n!0 = !{ptr @k, !1, !2}\n!1 = !{!3}\n"
                            "!2 = !{!4}\n!3 = !{!\"air.output\", !\"air.arg_type_name\", !\"int\"}\n"
                            "!4 = !{i32 0, !\"air.visible_function_input\", !\"air.arg_type_name\", !\"int\"}\n",
                 kinds[i].list);
        assert_int_equal(translate_text(text, NULL, NULL, &s, &err), -ENOTSUP);
        if (!strstr(err.message, kinds[i].class))
            fail_msg("%s", err.message);
    }
}

static void missing_features(void **state)
{
    (void)state;
    const struct pvg_air_options none = {.size = sizeof none};
    refused("", "%v = load double, ptr addrspace(1) %b\n%w = fadd double %v, %v\nstore double %w, ptr addrspace(1) %b\nret void",
            &none, "[device-feature]: the device lacks a feature: float64");
}

/** 8-bit and 16-bit types need nothing of the device: without it the code does without them. */
static void narrow_types(void **state)
{
    (void)state;
    static char text[16384];
    const struct pvg_air_options none = {.size = sizeof none};
    kernel_text(text, sizeof text, "",
                "%v = load half, ptr addrspace(1) %b\n%w = fadd half %v, %v\nstore half %w, ptr addrspace(1) %b\n"
                "%p = getelementptr i8, ptr addrspace(1) %b, i64 9\n%x = load i8, ptr addrspace(1) %p\n%y = add i8 %x, 1\n"
                "store i8 %y, ptr addrspace(1) %p\nret void");
    for (int lacking = 0; lacking < 2; lacking++) {
        struct pvg_air_shader *s;
        struct pvg_error err = {{0}};
        if (translate_text(text, NULL, lacking ? &none : NULL, &s, &err))
            fail_msg("%s", err.message);
        unsigned capabilities = 0;
        for (size_t i = 5; i < s->word_count && s->words[i] >> 16; i += s->words[i] >> 16)
            if ((s->words[i] & 0xFFFF) == SpvOpCapability)
                capabilities += s->words[i + 1] == SpvCapabilityInt8 || s->words[i + 1] == SpvCapabilityFloat16 ||
                                s->words[i + 1] == SpvCapabilityStorageBuffer8BitAccess ||
                                s->words[i + 1] == SpvCapabilityStorageBuffer16BitAccess;
        assert_int_equal(capabilities, lacking ? 0 : 4);
        const uint32_t narrow = PVG_AIR_NEED_FLOAT16 | PVG_AIR_NEED_INT8 | PVG_AIR_NEED_STORAGE8 | PVG_AIR_NEED_STORAGE16;
        assert_int_equal(s->reflection.needs & narrow, lacking ? 0 : narrow);
        pvg_air_shader_free(s);
    }
}

static void broken(void **state)
{
    (void)state;
    struct pvg_air_shader *s;
    struct pvg_error err = {{0}};
    static const uint8_t junk[64] = {0xDE, 0xC0, 0x17, 0x0B};
    assert_int_equal(pvg_air_translate(junk, sizeof junk, NULL, NULL, &s, &err), -EINVAL);
    assert_true(err.message[0]);
    assert_int_equal(pvg_air_translate(NULL, 0, NULL, NULL, &s, NULL), -EINVAL);
    uint8_t *bitcode;
    size_t size;
    assert_int_equal(pvg_air_assemble(shader_vertex, strlen(shader_vertex), &bitcode, &size, &err), 0);
    assert_int_equal(pvg_air_translate(bitcode, size, "no_such_function", NULL, &s, &err), -EINVAL);
    assert_int_equal(pvg_air_translate(bitcode, size / 2, NULL, NULL, &s, &err), -EINVAL);
    free(bitcode);
}

/** docs/shader-support.md lists exactly the classes that messages can carry. */
/** An array argument ends inside of its argument table, as the renderer's check of every reflection demands. */
static void arrays_that_do_not_fit(void **state)
{
    static const struct {
        unsigned index, length;
        int result;
    } rows[] = {{0, 128, 0}, {30, 98, 0}, {30, 99, -EINVAL}, {30, 128, -EINVAL}, {127, 2, -EINVAL}, {128, 1, -EINVAL}};
    static char text[4096];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pvg_air_shader *s = NULL;
        struct pvg_error err = {{0}};
        snprintf(text, sizeof text,
                 "target triple = \"air64-apple-macosx14.0.0\"\n"
                 "declare i32 @air.get_width_texture_2d(ptr addrspace(1), i32)\n"
                 "define void @k(ptr addrspace(1) %%o, ptr addrspace(1) %%t) {\n"
                 "  %%w = call i32 @air.get_width_texture_2d(ptr addrspace(1) %%t, i32 0)\n"
                 "  store i32 %%w, ptr addrspace(1) %%o, align 4\n  ret void\n}\n"
                 "!air.kernel = !{!0}\n!0 = !{ptr @k, !1, !2}\n!1 = !{}\n!2 = !{!3, !4}\n"
                 "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", "
                 "!\"air.address_space\", i32 1}\n"
                 "!4 = !{i32 1, !\"air.texture\", !\"air.location_index\", i32 %u, i32 %u, !\"air.sample\", "
                 "!\"air.arg_type_name\", !\"array<texture2d<float, sample>, 128>\"}\n",
                 rows[i].index, rows[i].length);
        assert_int_equal(translate_text(text, "k", NULL, &s, &err), rows[i].result);
        assert_true(!rows[i].result == !err.message[0]);
        pvg_air_shader_free(s);
    }
}

static void documented(void **state)
{
    (void)state;
    static char text[1 << 18], row[1024];
    FILE *f = fopen(OPENPVG_SOURCE_ROOT "/docs/shader-support.md", "rb");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    const struct pvg_air_refusal *r;
    size_t count = 0, rows = 0;
    for (; (r = pvg_air_refusal_at(count)); count++) {
        struct pvg_error err = {{0}};
        snprintf(row, sizeof row, "| `%s` | %s | %s |\n", r->id, r->construct, r->reason);
        if (!strstr(text, row))
            fail_msg("docs/shader-support.md lacks: %s", row);
        snprintf(err.message, sizeof err.message, "f: not supported [%s]: something", r->id);
        assert_ptr_equal(pvg_air_refusal_of(&err), r);
    }
    for (const char *p = strstr(text, "|---|---|---|"); p && (p = strchr(p, '\n')) && p[1] == '|'; p++)
        rows++;
    assert_true(count > 0);
    assert_int_equal(rows, count);
    struct pvg_error other = {.message = "f: not supported: something"};
    assert_null(pvg_air_refusal_of(&other));
    struct pvg_error unknown = {.message = "f: not supported [nobody]: something"};
    assert_null(pvg_air_refusal_of(&unknown));
}

/** Hundreds of nested loops: refused, not followed until the stack ends. */
static void deep_nesting(void **state)
{
    (void)state;
    enum { DEPTH = 400 };
    char *body = malloc(DEPTH * 200 + 200);
    size_t n = (size_t)sprintf(body, "br label %%h0\n");
    for (int i = 0; i < DEPTH; i++)
        n += (size_t)sprintf(body + n,
                             "h%d:\n%%v%d = load volatile i32, ptr addrspace(1) %%b\n%%c%d = trunc i32 %%v%d to i1\nbr i1 %%c%d, "
                             "label %%h%d, label %%%s%d\n",
                             i, i, i, i, i, i + 1, i ? "h" : "out", i ? i - 1 : 0);
    n += (size_t)sprintf(body + n, "h%d:\nbr label %%h%d\nout0:\nret void", DEPTH, DEPTH - 1);
    char *text = malloc(n + 4096);
    kernel_text(text, n + 4096, "", body);
    struct pvg_air_shader *s;
    struct pvg_error err = {{0}};
    assert_int_equal(translate_text(text, NULL, NULL, &s, &err), -ENOTSUP);
    assert_non_null(strstr(err.message, "nested"));
    free(text);
    free(body);
}

/** A fragment function takes the locations of the vertex function that it follows; inputs nobody writes are zero. */
static void linkage(void **state)
{
    (void)state;
    static const char fragment[] =
        AIR_HEADER "define <4 x float> @f(<2 x float> %a, <2 x float> %b) {\n"
                   "  %c = fadd <2 x float> %a, %b\n  %d = shufflevector <2 x float> %c, <2 x float> undef, <4 x i32> <i32 0, i32 "
                   "1, i32 0, i32 1>\n"
                   "  ret <4 x float> %d\n}\n"
                   "!air.fragment = !{!0}\n!0 = !{ptr @f, !1, !2}\n!1 = !{!3}\n!2 = !{!4, !5}\n"
                   "!3 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n"
                   "!4 = !{i32 0, !\"air.fragment_input\", !\"generated(7missingDv2_f)\", !\"air.center\", !\"air.perspective\", "
                   "!\"air.arg_type_name\", !\"float2\"}\n"
                   "!5 = !{i32 1, !\"air.fragment_input\", !\"generated(2uvDv2_f)\", !\"air.center\", !\"air.no_perspective\", "
                   "!\"air.arg_type_name\", !\"float2\"}\n";
    struct pvg_air_shader *vs, *fs;
    struct pvg_error err = {{0}};
    if (translate_text(shader_vertex, NULL, NULL, &vs, &err))
        fail_msg("%s", err.message);
    assert_true(vs->reflection.writes_position);
    assert_int_equal(vs->reflection.varying_count, 1);
    assert_string_equal(vs->reflection.varyings[0].semantic, "generated(2uvDv2_f)");
    assert_int_equal(vs->reflection.attribute_count, 1);
    assert_int_equal(vs->reflection.buffer_count, 1);
    assert_int_equal(vs->reflection.buffers[0].index, 3);
    assert_int_equal(vs->reflection.table_size, 16 + (vs->reflection.check_count + 1) / 2 * 16);

    struct pvg_air_options o = {.size = sizeof o, .available = UINT32_MAX, .producer = &vs->reflection};
    if (translate_text(fragment, NULL, &o, &fs, &err))
        fail_msg("%s", err.message);
    assert_int_equal(fs->reflection.varying_count, 1);
    assert_int_equal(fs->reflection.varyings[0].location, vs->reflection.varyings[0].location);
    assert_int_equal(fs->reflection.color_count, 1);
    assert_int_equal(fs->reflection.table_size, 0);
    pvg_air_shader_free(fs);
    o.producer = NULL;
    assert_int_equal(translate_text(fragment, NULL, &o, &fs, &err), 0);
    assert_int_equal(fs->reflection.varying_count, 2);
    pvg_air_shader_free(fs);
    pvg_air_shader_free(vs);
}

/** The same input gives the same words: they are cached by content. */
static void deterministic(void **state)
{
    (void)state;
    struct pvg_air_shader *a, *b;
    struct pvg_error err = {{0}};
    assert_int_equal(translate_text(shader_fragment, NULL, NULL, &a, &err), 0);
    assert_int_equal(translate_text(shader_fragment, NULL, NULL, &b, &err), 0);
    assert_int_equal(a->word_count, b->word_count);
    assert_memory_equal(a->words, b->words, a->word_count * 4);
    pvg_air_shader_free(a);
    pvg_air_shader_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raster_order),
        cmocka_unit_test(sampled_and_written),
        cmocka_unit_test(entry_points),
        cmocka_unit_test(by_name),
        cmocka_unit_test(intrinsics),
        cmocka_unit_test(by_family),
        cmocka_unit_test(missing_features),
        cmocka_unit_test(narrow_types),
        cmocka_unit_test(documented),
        cmocka_unit_test(broken),
        cmocka_unit_test(arrays_that_do_not_fit),
        cmocka_unit_test(deep_nesting),
        cmocka_unit_test(linkage),
        cmocka_unit_test(deterministic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
