/* SPDX-License-Identifier: MIT */
/**
 * @file Object and mesh functions through translator and renderer. Mesh draws have no record of their own (spec 06 section 4.12),
 * so this is the renderer's interface.
 *
 * Object threadgroup o sets off three mesh threadgroups; the one with number g draws two triangles over column 3 * o + g.
 */
#include "tests/vulkan/harness.h"

#include <string.h>

enum { COLUMNS = 6, COLUMN = 2, WIDTH = COLUMNS * COLUMN, HEIGHT = 4, RGBA8UINT = 73 };

static const char prefix[] =
    "target datalayout = \"e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-"
    "v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32\"\n"
    "target triple = \"air64-apple-macosx14.0.0\"\n";
static const char suffix[] = "\n!air.version = !{!990}\n!air.language_version = !{!991}\n"
                             "!990 = !{i32 2, i32 6, i32 0}\n!991 = !{!\"Metal\", i32 3, i32 1, i32 0}\n";

/* Payload: {first column, word o of buffer 0}. */
static const char object_text[] =
    "define void @object(ptr addrspace(6) %0, ptr addrspace(3) %1, i32 %2, ptr addrspace(1) %3) {\n"
    "  %c = mul i32 %2, 3\n  %q = getelementptr inbounds i32, ptr addrspace(6) %0, i64 1\n"
    "  store i32 %c, ptr addrspace(6) %0, align 4\n  %i = zext i32 %2 to i64\n"
    "  %b = getelementptr inbounds i32, ptr addrspace(1) %3, i64 %i\n  %v = load i32, ptr addrspace(1) %b, align 4\n"
    "  store i32 %v, ptr addrspace(6) %q, align 4\n"
    "  call void @air.set_threadgroups_per_grid_mesh_properties(ptr addrspace(3) %1, <3 x i32> <i32 3, i32 1, i32 1>)\n"
    "  ret void\n}\n"
    "declare void @air.set_threadgroups_per_grid_mesh_properties(ptr addrspace(3), <3 x i32>)\n"
    "!air.object = !{!0}\n!0 = !{ptr @object, !1, !2}\n!1 = !{}\n!2 = !{!3, !5, !6, !7}\n"
    "!3 = !{i32 0, !\"air.payload\", !\"air.struct_type_info\", !4, !\"air.arg_type_size\", i32 8, !\"air.arg_type_align_size\", "
    "i32 4, !\"air.arg_type_name\", !\"P\"}\n"
    "!4 = !{i32 0, i32 4, i32 0, !\"uint\", !\"column\", i32 4, i32 4, i32 0, !\"uint\", !\"word\"}\n"
    "!5 = !{i32 1, !\"air.mesh_grid_properties\", !\"air.arg_type_name\", !\"mesh_grid_properties\"}\n"
    "!6 = !{i32 2, !\"air.threadgroup_position_in_grid\", !\"air.arg_type_name\", !\"uint\"}\n"
    "!7 = !{i32 3, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", !\"uint\"}\n";

/*
 * Each of four threads writes a vertex, thread 0 the rest: indices, count, data of the primitives (1 or 2) and their ids (7, 8).
 * Without an object function payload and buffer are replaced by constants: MESH(parameters, column, word).
 */
#define MESH(first, load)                                                                                                          \
    "define void @mesh(" first "ptr addrspace(7) %m, i32 %t, i32 %g) {\n" load "  %col = add i32 %base, %g\n"                      \
    "  %bx = and i32 %t, 1\n  %by = lshr i32 %t, 1\n  %cx = add i32 %col, %bx\n  %fx = uitofp i32 %cx to float\n"                  \
    "  %sx = fmul float %fx, 0x3FD5555560000000\n  %x = fadd float %sx, -1.0\n  %fy = uitofp i32 %by to float\n"                   \
    "  %sy = fmul float %fy, 2.0\n  %y = fadd float %sy, -1.0\n"                                                                   \
    "  %p0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.5, float 1.0>, float %x, i32 0\n"                            \
    "  %p = insertelement <4 x float> %p0, float %y, i32 1\n"                                                                      \
    "  call void @air.set_position_mesh(ptr addrspace(7) %m, i32 %t, <4 x float> %p)\n"                                            \
    "  call void @air.set_vertex_data_mesh.i32(ptr addrspace(7) %m, i32 0, i32 %t, i32 %word)\n"                                   \
    "  %z = icmp eq i32 %t, 0\n  br i1 %z, label %one, label %end\none:\n"                                                         \
    "  call void @air.set_indices_mesh.v4i8(ptr addrspace(7) %m, i32 0, <4 x i8> <i8 0, i8 1, i8 2, i8 2>)\n"                      \
    "  call void @air.set_index_mesh(ptr addrspace(7) %m, i32 4, i8 1)\n"                                                          \
    "  call void @air.set_index_mesh(ptr addrspace(7) %m, i32 5, i8 3)\n"                                                          \
    "  call void @air.set_primitive_data_mesh.i32(ptr addrspace(7) %m, i32 0, i32 0, i32 1)\n"                                     \
    "  call void @air.set_primitive_data_mesh.i32(ptr addrspace(7) %m, i32 0, i32 1, i32 2)\n"                                     \
    "  call void @air.set_primitive_id_mesh(ptr addrspace(7) %m, i32 0, i32 7)\n"                                                  \
    "  call void @air.set_primitive_id_mesh(ptr addrspace(7) %m, i32 1, i32 8)\n"                                                  \
    "  call void @air.set_primitive_count_mesh(ptr addrspace(7) %m, i32 2)\n  br label %end\nend:\n  ret void\n}\n"                \
    "declare void @air.set_position_mesh(ptr addrspace(7), i32, <4 x float>)\n"                                                    \
    "declare void @air.set_vertex_data_mesh.i32(ptr addrspace(7), i32, i32, i32)\n"                                                \
    "declare void @air.set_indices_mesh.v4i8(ptr addrspace(7), i32, <4 x i8>)\n"                                                   \
    "declare void @air.set_index_mesh(ptr addrspace(7), i32, i8)\n"                                                                \
    "declare void @air.set_primitive_data_mesh.i32(ptr addrspace(7), i32, i32, i32)\n"                                             \
    "declare void @air.set_primitive_id_mesh(ptr addrspace(7), i32, i32)\n"                                                        \
    "declare void @air.set_primitive_count_mesh(ptr addrspace(7), i32)\n"                                                          \
    "!air.mesh = !{!0}\n!0 = !{ptr @mesh, !1, !2}\n!1 = !{}\n"                                                                     \
    "!20 = !{!\"air.mesh_type_info\", !21, !24, i32 4, i32 2, !\"air.triangle\"}\n!21 = !{!22, !23}\n"                             \
    "!22 = !{!\"air.position\", !\"air.arg_type_name\", !\"float4\"}\n"                                                            \
    "!23 = !{!\"air.mesh_vertex_data\", i32 0, !\"user(word)\", !\"air.arg_type_name\", !\"uint\"}\n!24 = !{!25, !26}\n"           \
    "!25 = !{!\"air.mesh_primitive_data\", i32 0, !\"user(half)\", !\"air.arg_type_name\", !\"uint\"}\n"                           \
    "!26 = !{!\"air.primitive_id\", !\"air.arg_type_name\", !\"uint\"}\n"

static const char mesh_text[] =
    MESH("ptr addrspace(6) %pl, ",
         "  %base = load i32, ptr addrspace(6) %pl, align 4\n"
         "  %wp = getelementptr inbounds i32, ptr addrspace(6) %pl, i64 1\n"
         "  %word = load i32, ptr addrspace(6) %wp, align 4\n") "!2 = !{!3, !5, !6, !7}\n"
                                                                "!3 = !{i32 0, !\"air.payload\", !\"air.struct_type_info\", !4, "
                                                                "!\"air.arg_type_size\", i32 8, !\"air.arg_type_align_size\", "
                                                                "i32 4, !\"air.arg_type_name\", !\"P\"}\n"
                                                                "!4 = !{i32 0, i32 4, i32 0, !\"uint\", !\"column\", i32 4, i32 4, "
                                                                "i32 0, !\"uint\", !\"word\"}\n"
                                                                "!5 = !{i32 1, !\"air.mesh\", !20, !\"air.arg_type_name\", "
                                                                "!\"mesh<V, P, 4, 2, triangle>\"}\n"
                                                                "!6 = !{i32 2, !\"air.thread_index_in_threadgroup\", "
                                                                "!\"air.arg_type_name\", !\"uint\"}\n"
                                                                "!7 = !{i32 3, !\"air.threadgroup_position_in_grid\", "
                                                                "!\"air.arg_type_name\", !\"uint\"}\n";

/* Alone: columns from 0, the word from buffer 1. */
static const char alone_text[] = MESH("ptr addrspace(1) %pl, ", "  %base = add i32 0, 0\n  %word = load i32, ptr addrspace(1) %pl, "
                                                                "align 4\n") "!2 = !{!3, !5, !6, !7}\n"
                                                                             "!3 = !{i32 0, !\"air.buffer\", "
                                                                             "!\"air.location_index\", i32 1, i32 1, "
                                                                             "!\"air.read\", !\"air.address_space\", i32 1, "
                                                                             "!\"air.arg_type_size\", i32 4, "
                                                                             "!\"air.arg_type_align_size\", i32 4, "
                                                                             "!\"air.arg_type_name\", !\"uint\"}\n"
                                                                             "!5 = !{i32 1, !\"air.mesh\", !20, "
                                                                             "!\"air.arg_type_name\", !\"mesh<V, P, 4, 2, "
                                                                             "triangle>\"}\n"
                                                                             "!6 = !{i32 2, !\"air.thread_index_in_threadgroup\", "
                                                                             "!\"air.arg_type_name\", !\"uint\"}\n"
                                                                             "!7 = !{i32 3, !\"air.threadgroup_position_in_grid\", "
                                                                             "!\"air.arg_type_name\", !\"uint\"}\n";

static const char fragment_text[] =
    "define <4 x i32> @fragment(i32 %0, i32 %1, i32 %2, ptr addrspace(2) %3) {\n"
    "  %b = load i32, ptr addrspace(2) %3, align 4\n"
    "  %ra = insertelement <4 x i32> undef, i32 %0, i32 0\n  %rb = insertelement <4 x i32> %ra, i32 %1, i32 1\n"
    "  %rc = insertelement <4 x i32> %rb, i32 %2, i32 2\n  %rd = insertelement <4 x i32> %rc, i32 %b, i32 3\n  ret <4 x i32> "
    "%rd\n}\n"
    "!air.fragment = !{!0}\n!0 = !{ptr @fragment, !1, !3}\n!1 = !{!2}\n"
    "!2 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"uint4\"}\n!3 = !{!4, !5, !6, !7}\n"
    "!4 = !{i32 0, !\"air.fragment_input\", !\"user(word)\", !\"air.flat\", !\"air.arg_type_name\", !\"uint\"}\n"
    "!5 = !{i32 1, !\"air.fragment_input\", !\"user(half)\", !\"air.flat\", !\"air.arg_type_name\", !\"uint\"}\n"
    "!6 = !{i32 2, !\"air.primitive_id\", !\"air.arg_type_name\", !\"uint\"}\n"
    "!7 = !{i32 3, !\"air.buffer\", !\"air.buffer_size\", i32 4, !\"air.location_index\", i32 3, i32 1, !\"air.read\", "
    "!\"air.address_space\", i32 2, !\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", "
    "!\"uint\"}\n";

static struct pvg_rfunc *function(struct harness *h, const char *text)
{
    char whole[16384];
    struct pvg_error err = {0};
    uint8_t *code;
    size_t size;

    snprintf(whole, sizeof(whole), "%s%s%s", prefix, text, suffix);
    if (pvg_air_assemble(whole, strlen(whole), &code, &size, &err))
        fail_msg("%s", err.message);
    struct pvg_rfunc *f = h->ops->function_create(h->r, code, size);
    free(code);
    assert_non_null(f);
    return f;
}

static struct pvg_rpipe *pipeline(struct harness *h, const char *object, const char *mesh)
{
    struct pvg_w_render_pipeline d;
    struct pvg_rfunc *f[PVG_RSTAGE_COUNT] = {0};

    pvg_w_render_pipeline_init(&d);
    d.mesh = true;
    d.color[0].present = true;
    d.color[0].format = RGBA8UINT;
    f[PVG_RSTAGE_OBJECT] = object ? function(h, object) : NULL;
    f[PVG_RSTAGE_MESH] = function(h, mesh);
    f[PVG_RSTAGE_FRAGMENT] = function(h, fragment_text);
    struct pvg_rpipe *p = h->ops->render_pipeline_create(h->r, &d, f);
    for (int i = 0; i < PVG_RSTAGE_COUNT; i++)
        h->ops->function_release(h->r, f[i]);
    assert_non_null(p);
    return p;
}

static struct pvg_rcmd *begin(struct harness *h, struct pvg_rtex *t)
{
    const struct pvg_rpass pass = {.color = {{.texture = t, .load_action = 2, .store_action = 1}}};
    const uint32_t words[2] = {50, 60}, alone = 70, fragment = 9;
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);

    assert_true(h->ops->pass_begin(cmd, &pass));
    h->ops->set_bytes(cmd, PVG_RSTAGE_OBJECT, 0, words, sizeof(words), UINT32_MAX);
    h->ops->set_bytes(cmd, PVG_RSTAGE_MESH, 1, &alone, sizeof(alone), UINT32_MAX);
    h->ops->set_bytes(cmd, PVG_RSTAGE_FRAGMENT, 3, &fragment, sizeof(fragment), UINT32_MAX);
    return cmd;
}

/* Each column: the lower left pixel belongs to the first triangle, the upper right one to the second. */
static void expect(struct harness *h, struct pvg_rtex *t, unsigned columns, const uint8_t words[COLUMNS])
{
    uint8_t px[WIDTH * HEIGHT][4];

    harness_read(h, t, WIDTH, HEIGHT, 4, px);
    for (unsigned c = 0; c < COLUMNS; c++) {
        const uint8_t drawn = c < columns ? 255 : 0;
        const uint8_t low[4] = {words[c] & drawn, 1 & drawn, 7 & drawn, 9 & drawn};
        const uint8_t high[4] = {words[c] & drawn, 2 & drawn, 8 & drawn, 9 & drawn};
        assert_pixel(px[(HEIGHT - 1) * WIDTH + c * COLUMN], low, 0);
        assert_pixel(px[c * COLUMN + 1], high, 0);
    }
}

static bool supported(struct harness *h)
{
    return h->ops->caps(h->r)->mesh;
}

static void test_object_and_mesh(void **state)
{
    struct harness *h = *state;
    if (!supported(h))
        skip();
    struct pvg_rtex *t = harness_texture(h, RGBA8UINT, WIDTH, HEIGHT, 4);
    struct pvg_rpipe *p = pipeline(h, object_text, mesh_text);
    struct pvg_rmesh_draw d = {.groups = {2, 1, 1}, .object_threads = {1, 1, 1}, .mesh_threads = {4, 1, 1}};

    /* The second draw has its arguments in a buffer and other threads: two in y. */
    for (int indirect = 0; indirect < 2; indirect++) {
        uint8_t *bytes;
        struct pvg_rbuf *arguments = harness_buffer(h, PAGE, &bytes);
        memcpy(bytes + 8, (const uint32_t[3]){2, 1, 1}, 12);
        struct pvg_rcmd *cmd = begin(h, t);
        h->ops->set_render_pipeline(cmd, p);
        if (indirect)
            d = (struct pvg_rmesh_draw){
                .object_threads = {1, 1, 1}, .mesh_threads = {2, 2, 1}, .indirect_buffer = arguments, .indirect_offset = 8};
        assert_true(h->ops->draw_mesh(cmd, &d));
        h->ops->pass_end(cmd);
        harness_run(h, cmd);
        expect(h, t, 6, (const uint8_t[COLUMNS]){50, 50, 50, 60, 60, 60});
        h->ops->buffer_release(h->r, arguments);
    }
    h->ops->pipeline_release(h->r, p);
    h->ops->texture_release(h->r, t);
}

static void test_mesh_alone(void **state)
{
    struct harness *h = *state;
    if (!supported(h))
        skip();
    struct pvg_rtex *t = harness_texture(h, RGBA8UINT, WIDTH, HEIGHT, 4);
    struct pvg_rpipe *p = pipeline(h, NULL, alone_text);
    const struct pvg_rmesh_draw d = {.groups = {4, 1, 1}, .mesh_threads = {4, 1, 1}}, none = {.groups = {0, 1, 1}};
    struct pvg_rcmd *cmd = begin(h, t);

    h->ops->set_render_pipeline(cmd, p);
    assert_true(h->ops->draw_mesh(cmd, &none));
    assert_true(h->ops->draw_mesh(cmd, &d));
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
    expect(h, t, 4, (const uint8_t[COLUMNS]){70, 70, 70, 70, 0, 0});
    h->ops->pipeline_release(h->r, p);
    h->ops->texture_release(h->r, t);
}

static void test_refused(void **state)
{
    struct harness *h = *state;
    struct pvg_rtex *t = harness_texture(h, RGBA8UINT, WIDTH, HEIGHT, 4);
    struct pvg_rpipe *p = pipeline(h, NULL, alone_text);
    const struct pvg_rmesh_draw good = {.groups = {1, 1, 1}, .mesh_threads = {4, 1, 1}},
                                bad[] = {{.groups = {1, 1, 1}, .mesh_threads = {4096, 4096, 4096}},
                                         {.groups = {UINT32_MAX, UINT32_MAX, UINT32_MAX}, .mesh_threads = {4, 1, 1}},
                                         {.groups = {1, 1, 1}, .mesh_threads = {0, 1, 1}}};
    const struct pvg_rdraw plain = {.primitive = 3, .count = 3, .instance_count = 1};
    struct pvg_rcmd *cmd = begin(h, t);

    assert_false(h->ops->draw_mesh(cmd, &good)); /* No pipeline. */
    h->ops->set_render_pipeline(cmd, p);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(h->ops->draw_mesh(cmd, &bad[i]));
    assert_false(h->ops->draw(cmd, &plain));
    assert_true(h->ops->draw_mesh(cmd, &good) == supported(h));
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
    h->ops->pipeline_release(h->r, p);
    h->ops->texture_release(h->r, t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_object_and_mesh),
        cmocka_unit_test(test_mesh_alone),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
