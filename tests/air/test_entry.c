/* SPDX-License-Identifier: MIT */
/** @file Entry-point metadata, function constants and constexpr samplers (spec 07 sections 3.10, 3.11 and 4). */
#include "air/entry.h"

#include "tests/air/shaders.h"
#include "tests/common/corpus.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct parsed {
    struct pvg_air_module m;
    struct pvg_air_entry *e;
};

static int try_parse(const char *text, const char *name, const struct pvg_air_constant_value *values, size_t count,
                     struct parsed *p, struct pvg_error *err)
{
    int rc = pvg_air_module_parse_text(text, strlen(text), &p->m, err);

    p->e = NULL;
    if (rc)
        return rc;
    return pvg_air_entry_parse(p->m.module, name, values, count, &p->e, err);
}

static struct pvg_air_entry *parse(const char *text, const struct pvg_air_constant_value *values, size_t count, struct parsed *p)
{
    struct pvg_error err = {{0}};

    if (try_parse(text, NULL, values, count, p, &err))
        fail_msg("%s", err.message);
    return p->e;
}

static void done(struct parsed *p)
{
    pvg_air_entry_free(p->e);
    pvg_air_module_free(&p->m);
}

static void vertex(void **state)
{
    struct parsed p;
    const struct pvg_air_entry *e = parse(shader_vertex, NULL, 0, &p);

    (void)state;
    assert_int_equal(e->stage, PVG_AIR_VERTEX);
    assert_string_equal(e->name, "vertex_main");
    assert_int_equal(e->air_version, 2 << 16 | 6);
    assert_int_equal(e->msl_version, 3 << 16 | 1);
    assert_true(e->fast_math && e->denorms_disabled);
    assert_false(e->framebuffer_fetch || e->early_fragment_tests || e->patch);

    assert_int_equal(e->param_count, 4);
    assert_int_equal(e->params[1].kind, PVG_AIR_PARAM_VERTEX_INPUT);
    assert_int_equal(e->params[1].location, 1);
    assert_true(e->params[1].unused);
    assert_string_equal(e->params[1].name, "uv");
    const struct pvg_air_param *u = &e->params[2];
    assert_int_equal(u->kind, PVG_AIR_PARAM_BUFFER);
    assert_int_equal(u->location, 3);
    assert_int_equal(u->access, PVG_AIR_ACCESS_READ);
    assert_int_equal(u->address_space, 2);
    assert_int_equal(u->buffer_size, 16);
    assert_int_equal(u->type_align, 16);
    assert_int_equal(u->member_count, 1);
    assert_string_equal(u->members[0].name, "offset");
    assert_ptr_equal(u->value, LLVMGetParam(e->function, 2));
    assert_int_equal(e->params[3].builtin, PVG_AIR_BUILTIN_VERTEX_ID);

    assert_int_equal(e->output_count, 2);
    assert_int_equal(e->outputs[0].kind, PVG_AIR_OUTPUT_POSITION);
    assert_true(e->outputs[0].invariant);
    assert_int_equal(e->outputs[1].kind, PVG_AIR_OUTPUT_VARYING);
    assert_string_equal(e->outputs[1].semantic, "generated(2uvDv2_f)");
    assert_int_equal(e->outputs[1].member, 1);
    done(&p);
}

static void fragment(void **state)
{
    struct parsed p;
    const struct pvg_air_entry *e = parse(shader_fragment, NULL, 0, &p);

    (void)state;
    assert_int_equal(e->stage, PVG_AIR_FRAGMENT);
    assert_true(e->early_fragment_tests);
    assert_int_equal(e->params[0].builtin, PVG_AIR_BUILTIN_POSITION);
    assert_int_equal(e->params[1].kind, PVG_AIR_PARAM_VARYING);
    assert_true(e->params[1].interpolation.centroid && e->params[1].interpolation.no_perspective);
    assert_false(e->params[1].interpolation.flat || e->params[1].interpolation.sample);
    const struct pvg_air_param *t = &e->params[2];
    assert_int_equal(t->kind, PVG_AIR_PARAM_TEXTURE);
    assert_int_equal(t->location, 120);
    assert_int_equal(t->array_length, 8);
    assert_int_equal(t->access, PVG_AIR_ACCESS_SAMPLE);
    assert_int_equal(t->texture.dim, PVG_AIR_DIM_2D);
    assert_int_equal(t->texture.cls, PVG_AIR_UINT);
    assert_true(t->texture.arrayed && !t->texture.multisampled && !t->texture.depth);
    assert_int_equal(e->params[3].kind, PVG_AIR_PARAM_SAMPLER);
    assert_int_equal(e->params[3].location, 15);
    assert_int_equal(e->params[4].kind, PVG_AIR_PARAM_COLOR);
    assert_int_equal(e->params[4].location, 2);
    assert_int_equal(e->params[4].raster_order_group, 1);

    assert_int_equal(e->output_count, 3);
    assert_int_equal(e->outputs[1].kind, PVG_AIR_OUTPUT_COLOR);
    assert_int_equal(e->outputs[1].index, 0);
    assert_int_equal(e->outputs[1].source, 1);
    assert_int_equal(e->outputs[2].kind, PVG_AIR_OUTPUT_DEPTH);
    assert_int_equal(e->outputs[2].depth, PVG_AIR_DEPTH_LESS);

    /* Sorted by numeric suffix: plain, .2, .10. */
    assert_int_equal(e->sampler_count, 3);
    assert_int_equal(e->samplers[0].word0, 0x807BFF0000F84A49);
    assert_int_equal(e->samplers[1].word0, 0x807BFF0000080092);
    assert_int_equal(e->samplers[2].word0, 0x807BFF0000080A49);
    assert_int_equal(pvg_air_entry_sampler(e, e->samplers[2].global), 2);
    assert_int_equal(pvg_air_entry_sampler(e, e->function), -1);
    done(&p);
}

static double global_number(const struct parsed *p, const char *name)
{
    LLVMBool lossy;
    LLVMValueRef global = LLVMGetNamedGlobal(p->m.module, name);

    assert_true(LLVMIsGlobalConstant(global));
    return LLVMConstRealGetDouble(LLVMGetInitializer(global), &lossy);
}

static void constants_default(void **state)
{
    struct parsed p;
    const struct pvg_air_entry *e = parse(shader_kernel, NULL, 0, &p);

    (void)state;
    assert_int_equal(e->stage, PVG_AIR_KERNEL);
    assert_int_equal(e->max_total_threads, 256);
    assert_int_equal(e->constant_count, 2);
    assert_string_equal(e->constants[0].name, "scale");
    assert_int_equal(e->constants[0].index, 3);
    assert_int_equal(e->constants[0].size, 4);
    assert_int_equal(e->constants[1].size, 1);
    assert_true(e->constants[0].used && e->constants[0].required && !e->constants[0].supplied);
    assert_ptr_equal(pvg_air_entry_constant(e, e->constants[1].global), &e->constants[1]);
    assert_true(global_number(&p, "twice") == 0);
    assert_true(e->params[1].absent);
    assert_non_null(e->params[1].gate.global);
    assert_false(e->params[1].gate.open);
    assert_null(LLVMGetNamedGlobal(p.m.module, "llvm.global_ctors"));
    assert_null(LLVMGetNamedFunction(p.m.module, "init"));
    done(&p);
}

static void constants_given(void **state)
{
    const struct pvg_air_constant_value values[] = {
        {.index = 3, .bits = 0x40600000 /* 3.5f */}, {.index = 7, .bits = 2}, {.index = 99, .bits = 5}};
    struct parsed p;
    const struct pvg_air_entry *e = parse(shader_kernel, values, 3, &p);

    (void)state;
    assert_true(e->constants[0].supplied);
    assert_true(global_number(&p, "scale") == 3.5);
    assert_true(global_number(&p, "twice") == 7);
    assert_true(e->params[1].gate.open);
    assert_false(e->params[1].absent);
    /* The definedness query became a constant; the call has no user left. */
    LLVMValueRef query = LLVMGetNamedFunction(p.m.module, "air.is_function_constant_defined");
    assert_non_null(query);
    assert_null(LLVMGetFirstUse(LLVMGetUser(LLVMGetFirstUse(query))));
    done(&p);
}

static void kernel_params(void **state)
{
    struct parsed p;
    const struct pvg_air_entry *e = parse(shader_kernel, NULL, 0, &p);
    const struct pvg_air_param *args = &e->params[3];

    (void)state;
    assert_int_equal(e->params[0].access, PVG_AIR_ACCESS_READ | PVG_AIR_ACCESS_WRITE);
    assert_int_equal(e->params[0].buffer_size, 0);
    assert_int_equal(e->params[1].address_space, 1);
    assert_int_equal(e->params[2].kind, PVG_AIR_PARAM_THREADGROUP);
    assert_int_equal(e->params[2].location, 2);
    assert_int_equal(args->kind, PVG_AIR_PARAM_ARGUMENT_BUFFER);
    assert_int_equal(args->member_count, 2);
    assert_int_equal(args->members[0].resource->kind, PVG_AIR_PARAM_TEXTURE);
    assert_int_equal(args->members[0].resource->location, 5);
    assert_int_equal(args->members[1].array_length, 2);
    assert_int_equal(args->members[1].nested_count, 2);
    assert_int_equal(args->members[1].nested[1].offset, 4);
    assert_int_equal(e->params[4].builtin, PVG_AIR_BUILTIN_THREAD_POSITION_IN_GRID);
    done(&p);
}

/* One kernel with the given input list and extra text. */
static char *kernel_text(const char *inputs, const char *extra)
{
    char *text;

    if (asprintf(
            &text,
            "%sdefine void @k(ptr addrspace(1) %%a) {\n  ret void\n}\n!air.kernel = !{!0}\n!0 = !{ptr @k, !1, !2}\n!1 = !{}\n%s%s",
            AIR_HEADER, inputs, extra) < 0)
        abort();
    return text;
}

static void malformed(void **state)
{
    static const struct {
        const char *inputs;
        int rc;
    } cases[] = {
        {"!2 = !{}\n", -EINVAL},
        {"!2 = !{!3}\n!3 = !{i32 1, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1}\n", -EINVAL},
        {"!2 = !{!3, !3}\n!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1}\n", -EINVAL},
        {"!2 = !{!3}\n!3 = !{!\"air.buffer\"}\n", -EINVAL},
        {"!2 = !{!3}\n!3 = !{i32 0, i32 5}\n", -EINVAL},
        {"!2 = !{!3}\n!3 = !{i32 0, !\"air.buffer\"}\n", -EINVAL},
        {"!2 = !{!3}\n!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\"}\n", -EINVAL},
        {"!2 = !{!3}\n!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 -2, i32 1}\n", -EINVAL},
        {"!2 = !{!3}\n!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.arg_type_size\", !\"x\"}\n",
         -EINVAL},
        {"!2 = !{!3}\n!3 = !{i32 0, !\"air.texture\", !\"air.location_index\", i32 0, i32 1, !\"air.arg_type_name\", !\"int\"}\n",
         -EINVAL},
        {"!2 = !{!3}\n!3 = !{i32 0, !\"air.function_constant\", null, !\"air.buffer\"}\n", -EINVAL},
        {"!2 = !{!3}\n!3 = !{i32 0, !\"air.render_target\", i32 8}\n", -EINVAL},
        {"!2 = !{!3}\n!3 = !{i32 0, !\"air.fragment_input\"}\n", -EINVAL},
        {"!2 = !{!3}\n!3 = !{i32 0, !\"air.mesh\", !1}\n", -EINVAL},
        {"!2 = !{!3}\n!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.struct_type_info\", null}\n",
         -EINVAL},
        /* A layout that contains itself must neither hang nor overflow the stack. */
        {"!2 = !{!3}\n!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.struct_type_info\", !4}\n"
         "!4 = distinct !{!\"air.struct_type_info\", !4, i32 0, i32 4, i32 0, !\"S\", !\"s\"}\n",
         -EINVAL},
        {"!2 = !{null}\n", -EINVAL},
        {"!2 = !{!3}\n!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 -1, i32 1}\n", 0},
        {"!2 = !{!3}\n!3 = !{i32 0, !\"air.something_new\", i32 3}\n", 0},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = kernel_text(cases[i].inputs, "");
        struct pvg_error err = {{0}};
        struct parsed p;
        int rc = try_parse(text, "k", NULL, 0, &p, &err);

        if (rc != cases[i].rc)
            fail_msg("case %u: %d (%s)", i, rc, err.message);
        assert_true(rc == 0 || strstr(err.message, "k:") != NULL);
        if (i == sizeof(cases) / sizeof(cases[0]) - 1)
            assert_string_equal(p.e->params[0].keyword, "air.something_new");
        done(&p);
        free(text);
    }
}

/* Shared nodes that double at each level: 2^30 visits if nobody counts. */
static void layout_bomb(void **state)
{
    char nodes[4096], *text;
    size_t n = 0;
    struct pvg_error err = {{0}};
    struct parsed p;

    (void)state;
    n += (size_t)snprintf(
        nodes + n, sizeof(nodes) - n,
        "!2 = !{!3}\n!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.struct_type_info\", !10}\n");
    for (unsigned i = 10; i < 32; i++)
        n += (size_t)snprintf(
            nodes + n, sizeof(nodes) - n,
            "!%u = !{!\"air.struct_type_info\", !%u, i32 0, i32 4, i32 0, !\"S\", !\"s\", !\"air.struct_type_info\", !%u, "
            "i32 0, i32 4, i32 0, !\"S\", !\"s\"}\n",
            i, i + 1, i + 1);
    snprintf(nodes + n, sizeof(nodes) - n, "!32 = !{i32 0, i32 4, i32 0, !\"int\", !\"x\"}\n");
    text = kernel_text(nodes, "");
    assert_int_equal(try_parse(text, "k", NULL, 0, &p, &err), -EINVAL);
    done(&p);
    free(text);
}

static void initialiser_limits(void **state)
{
    static const char *const bodies[] = {
        "  br label %a\na:\n  br label %a\n",                       /* Endless. */
        "  call void @init()\n  ret void\n",                        /* Endless recursion. */
        "  %p = alloca i32\n  store i32 1, ptr %p\n  ret void\n",   /* Memory of its own. */
        "  %v = load i32, ptr addrspace(2) @unknown\n  ret void\n", /* Value that nobody knows. */
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        char *extra, *text;
        struct pvg_error err = {{0}};
        struct parsed p;

        if (asprintf(&extra,
                     "@unknown = external addrspace(2) global i32\n"
                     "@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @init, ptr "
                     "null }]\n"
                     "define internal void @init() {\n%s}\n",
                     bodies[i]) < 0)
            abort();
        text = kernel_text("!2 = !{!3}\n!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1}\n", extra);
        int rc = try_parse(text, "k", NULL, 0, &p, &err);
        if (rc != -ENOTSUP)
            fail_msg("case %u: %d (%s)", i, rc, err.message);
        assert_non_null(strstr(err.message, "static initialiser"));
        done(&p);
        free(text);
        free(extra);
    }
}

static void modules_refused(void **state)
{
    static const char *const texts[] = {
        "target triple = \"x86_64-linux-gnu\"\n",
        "target triple = \"air32-apple-ios8.0.0\"\n",
        "define void @f( {\n",
        "",
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct pvg_air_module m;
        struct pvg_error err = {{0}};
        assert_int_equal(pvg_air_module_parse_text(texts[i], strlen(texts[i]), &m, &err), -EINVAL);
        assert_true(err.message[0]);
    }
}

/* Of the data layout: pointers of other widths, absurd numbers and the other byte order are refused; what compilers write is not.
 */
static void data_layouts(void **state)
{
    static const char *const good[] = {"", "e-p:64:64:64-i64:64:64-n8:16:32",
                                       "e-p:64:64:64-f64:64:64-f80:128:128-v1024:1024:1024-f80:128:128-n8:16:32"};
    static const char *const bad[] = {"e-p:1000000000:64:64", "e-p:2147483647:64:64", "e-p:32:32:32", "e-p3:128:128",
                                      "e-p9:65536:64",        "e-v24:2048:2048",      "E-p:64:64:64"};

    (void)state;
    for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]) + sizeof(bad) / sizeof(bad[0]); i++) {
        const bool fits = i < sizeof(good) / sizeof(good[0]);
        const char *layout = fits ? good[i] : bad[i - sizeof(good) / sizeof(good[0])];
        struct pvg_air_module m;
        struct pvg_error err = {{0}};
        char text[256];

        snprintf(text, sizeof(text), "target datalayout = \"%s\"\ntarget triple = \"air64-apple-macosx14.0.0\"\n", layout);
        int rc = pvg_air_module_parse_text(text, strlen(text), &m, &err);
        if (rc != (fits ? 0 : -EINVAL) || (!fits && !strstr(err.message, "data layout")))
            fail_msg("\"%s\": %d (%s)", layout, rc, err.message);
        if (!rc)
            pvg_air_module_free(&m);
    }
}

static void selection(void **state)
{
    struct parsed p;
    struct pvg_error err = {{0}};

    (void)state;
    assert_int_equal(try_parse(shader_vertex, "vertex_main", NULL, 0, &p, &err), 0);
    done(&p);
    assert_int_equal(try_parse(shader_vertex, "other", NULL, 0, &p, &err), -ENOENT);
    assert_non_null(strstr(err.message, "other"));
    done(&p);
    assert_int_equal(try_parse(AIR_HEADER, NULL, NULL, 0, &p, &err), -ENOENT);
    done(&p);
}

static void sampler_states(void **state)
{
    struct pvg_air_static_sampler s;

    (void)state;
    pvg_air_sampler_decode(0x007BFF0000080049, 0, true, &s);
    assert_int_equal(s.s_address, 0);
    assert_int_equal(s.t_address, 0);
    assert_int_equal(s.r_address, 0);
    assert_int_equal(s.mag_filter + s.min_filter + s.mip_filter, 0);
    assert_false(s.compare_enabled);
    assert_int_equal(s.max_anisotropy, 1);
    assert_true(s.lod_min == 0 && s.lod_max == 65504);
    pvg_air_sampler_decode(0x807BFF0000F84A49, 0, false, &s);
    assert_int_equal(s.max_anisotropy, 16);
    assert_int_equal(s.mip_filter, 2);
    assert_int_equal(s.min_filter, 1);
    pvg_air_sampler_decode(0x8000000000080A49, 0, false, &s);
    assert_true(s.lod_max == 65504);
    pvg_air_sampler_decode(0x0000000000080A49, 0, true, &s);
    assert_true(s.lod_max == 0);
    pvg_air_sampler_decode(0x007BFF0000080092, 0, true, &s);
    assert_int_equal(s.s_address, 2);
    pvg_air_sampler_decode(0x007BFF00000800DB, 0, true, &s);
    assert_int_equal(s.t_address, 3);
    pvg_air_sampler_decode(0x007BFF0000088000, 0, true, &s);
    assert_int_equal(s.s_address, 4);
    assert_true(s.pixel_coordinates);
    pvg_air_sampler_decode(0x027BFF0000080000, 0, true, &s);
    assert_int_equal(s.s_address, 5);
    assert_int_equal(s.border_color, 2);
    /* Word 0: compare less-equal, LOD 0.5 to 4; word 1: bias -1.5. */
    pvg_air_sampler_decode(0x0044003800020049, 0xBE00, true, &s);
    assert_true(s.compare_enabled);
    assert_int_equal(s.compare, 3);
    assert_true(s.lod_min == 0.5f && s.lod_max == 4 && s.lod_bias == -1.5f);
}

static void texture_shapes(void **state)
{
    static const struct {
        const char *name;
        struct pvg_air_texture_shape shape;
    } cases[] = {
        {"texture1d<float, write>", {PVG_AIR_DIM_1D, PVG_AIR_FLOAT, false, false, false}},
        {"texture1d_array<short,sample>", {PVG_AIR_DIM_1D, PVG_AIR_SINT, true, false, false}},
        {"texture2d<half, sample>", {PVG_AIR_DIM_2D, PVG_AIR_FLOAT, false, false, false}},
        {"texture2d_ms<uint, read>", {PVG_AIR_DIM_2D, PVG_AIR_UINT, false, true, false}},
        {"texture2d_ms_array<float, read>", {PVG_AIR_DIM_2D, PVG_AIR_FLOAT, true, true, false}},
        {"texture3d<ushort, read_write>", {PVG_AIR_DIM_3D, PVG_AIR_UINT, false, false, false}},
        {"texturecube<float, sample>", {PVG_AIR_DIM_CUBE, PVG_AIR_FLOAT, false, false, false}},
        {"texturecube_array<int, sample>", {PVG_AIR_DIM_CUBE, PVG_AIR_SINT, true, false, false}},
        {"texture_buffer<uint, read>", {PVG_AIR_DIM_BUFFER, PVG_AIR_UINT, false, false, false}},
        {"depth2d<float, sample>", {PVG_AIR_DIM_2D, PVG_AIR_FLOAT, false, false, true}},
        {"depth2d_ms<float, read>", {PVG_AIR_DIM_2D, PVG_AIR_FLOAT, false, true, true}},
        {"depthcube_array<float, sample>", {PVG_AIR_DIM_CUBE, PVG_AIR_FLOAT, true, false, true}},
        {"array<texture2d<float, sample>, 128>", {PVG_AIR_DIM_2D, PVG_AIR_FLOAT, false, false, false}},
        {"array_ref<texture2d<int, read> >", {PVG_AIR_DIM_2D, PVG_AIR_SINT, false, false, false}},
    };
    struct pvg_air_texture_shape shape;

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct pvg_air_texture_shape *want = &cases[i].shape;
        assert_true(pvg_air_texture_shape_parse(cases[i].name, &shape));
        if (shape.dim != want->dim || shape.cls != want->cls || shape.arrayed != want->arrayed || shape.depth != want->depth ||
            shape.multisampled != want->multisampled)
            fail_msg("%s", cases[i].name);
    }
    assert_false(pvg_air_texture_shape_parse("sampler", &shape));
    assert_false(pvg_air_texture_shape_parse("texture", &shape));
    assert_false(pvg_air_texture_shape_parse("", &shape));
}

static size_t parse_library(const char *file, const struct pvg_metallib *lib)
{
    size_t parsed = 0;

    for (size_t k = 0; k < pvg_metallib_function_count(lib); k++) {
        const struct pvg_metallib_function *f = pvg_metallib_function_at(lib, k);
        struct pvg_error err = {{0}};
        struct parsed p = {0};
        int rc = pvg_air_module_parse(f->bitcode, f->bitcode_size, &p.m, &err);

        if (!rc)
            rc = pvg_air_entry_parse(p.m.module, f->name, NULL, 0, &p.e, &err);
        if (rc)
            fail_msg("%s: %s: %s", file, f->name, err.message);
        assert_int_equal(p.e->air_version, f->air_version);
        assert_int_equal(p.e->msl_version, f->msl_version);
        assert_int_equal(p.e->constant_count >= f->constant_count, 1);
        for (size_t i = 0; i < p.e->param_count; i++)
            if (p.e->params[i].kind == PVG_AIR_PARAM_UNKNOWN)
                fail_msg("%s: %s: parameter %zu is %s", file, f->name, i, p.e->params[i].keyword);
        for (size_t i = 0; i < p.e->output_count; i++)
            if (p.e->outputs[i].kind == PVG_AIR_OUTPUT_UNKNOWN)
                fail_msg("%s: %s: output %zu is %s", file, f->name, i, p.e->outputs[i].keyword);
        done(&p);
        parsed++;
    }
    return parsed;
}

static void corpus(void **state)
{
    struct corpus files;
    size_t functions = 0;

    (void)state;
    if (!corpus_open(&files))
        skip();
    for (size_t i = 0; i < files.count; i++) {
        struct pvg_metallib *lib;
        size_t size;
        uint8_t *data = corpus_read(&files, i, &size);

        assert_int_equal(pvg_metallib_open(data, size, &lib, NULL), 0);
        free(data);
        functions += parse_library(files.names[i], lib);
        pvg_metallib_close(lib);
    }
    print_message("%zu functions\n", functions);
    corpus_close(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vertex),
        cmocka_unit_test(fragment),
        cmocka_unit_test(constants_default),
        cmocka_unit_test(constants_given),
        cmocka_unit_test(kernel_params),
        cmocka_unit_test(malformed),
        cmocka_unit_test(layout_bomb),
        cmocka_unit_test(initialiser_limits),
        cmocka_unit_test(modules_refused),
        cmocka_unit_test(data_layouts),
        cmocka_unit_test(selection),
        cmocka_unit_test(sampler_states),
        cmocka_unit_test(texture_shapes),
        cmocka_unit_test(corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
