/* SPDX-License-Identifier: MIT */
/**
 * @file Varyings of 64-bit integers (spec 07 section 4.8.1) from vertex and mesh functions to fragment functions, through
 * translator and renderer: every number of components, in another order, some of them not read, some of them not written.
 */
#include "tests/air/shaders.h"
#include "tests/vulkan/harness.h"

#include <string.h>

enum { SIZE = 4, RGBA32UINT = 123, NUMBERS = 10 };

/* Numbers 0 to 9 of buffer 0: a has one, b two, c three, d four. Point k of a triangle over everything. */
#define LOAD                                                                                                                       \
    "  %a = load i64, ptr addrspace(1) %n, align 8\n"                                                                              \
    "  %pb = getelementptr i64, ptr addrspace(1) %n, i64 1\n  %b = load <2 x i64>, ptr addrspace(1) %pb, align 8\n"                \
    "  %pc = getelementptr i64, ptr addrspace(1) %n, i64 3\n  %c = load <3 x i64>, ptr addrspace(1) %pc, align 8\n"                \
    "  %pd = getelementptr i64, ptr addrspace(1) %n, i64 6\n  %d = load <4 x i64>, ptr addrspace(1) %pd, align 8\n"                \
    "  %k0 = shl i32 %k, 2\n  %x0 = and i32 %k0, 4\n  %k1 = lshr i32 %k, 1\n  %y0 = shl i32 %k1, 2\n"                              \
    "  %x1 = sub i32 %x0, 1\n  %y1 = sub i32 %y0, 1\n  %x = sitofp i32 %x1 to float\n  %y = sitofp i32 %y1 to float\n"             \
    "  %p0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.5, float 1.0>, float %x, i32 0\n"                            \
    "  %p = insertelement <4 x float> %p0, float %y, i32 1\n"

#define NUMBERS_BUFFER(parameter)                                                                                                  \
    "!5 = !{i32 " parameter ", !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read\", !\"air.address_space\", "    \
    "i32 1, !\"air.arg_type_size\", i32 8, !\"air.arg_type_align_size\", i32 8, !\"air.arg_type_name\", !\"ulong\"}\n"

static const char vertex_text[] = AIR_HEADER
    "%out = type { <4 x float>, i64, <2 x i64>, <3 x i64>, <4 x i64>, i32 }\n"
    "define %out @vertex(ptr addrspace(1) %n, i32 %k) {\n" LOAD
    "  %r0 = insertvalue %out undef, <4 x float> %p, 0\n  %r1 = insertvalue %out %r0, i64 %a, 1\n"
    "  %r2 = insertvalue %out %r1, <2 x i64> %b, 2\n  %r3 = insertvalue %out %r2, <3 x i64> %c, 3\n"
    "  %r4 = insertvalue %out %r3, <4 x i64> %d, 4\n  %r5 = insertvalue %out %r4, i32 77, 5\n  ret %out %r5\n}\n"
    "!air.vertex = !{!0}\n!0 = !{ptr @vertex, !1, !2}\n!1 = !{!10, !11, !12, !13, !14, !15}\n!2 = !{!5, !6}\n" NUMBERS_BUFFER(
        "0") "!6 = !{i32 1, !\"air.vertex_id\", !\"air.arg_type_name\", !\"uint\"}\n"
             "!10 = !{!\"air.position\", !\"air.arg_type_name\", !\"float4\"}\n"
             "!11 = !{!\"air.vertex_output\", !\"generated(1am)\", !\"air.arg_type_name\", !\"ulong\"}\n"
             "!12 = !{!\"air.vertex_output\", !\"generated(1bDv2_l)\", !\"air.arg_type_name\", !\"long2\"}\n"
             "!13 = !{!\"air.vertex_output\", !\"generated(1cDv3_m)\", !\"air.arg_type_name\", !\"ulong3\"}\n"
             "!14 = !{!\"air.vertex_output\", !\"generated(1dDv4_l)\", !\"air.arg_type_name\", !\"long4\"}\n"
             "!15 = !{!\"air.vertex_output\", !\"user(word)\", !\"air.arg_type_name\", !\"uint\"}\n";

/* `a` goes with the primitive. */
static const char mesh_text[] =
    AIR_HEADER "define void @mesh(ptr addrspace(1) %n, ptr addrspace(7) %m, i32 %k) {\n" LOAD
               "  call void @air.set_position_mesh(ptr addrspace(7) %m, i32 %k, <4 x float> %p)\n"
               "  call void @air.set_vertex_data_mesh.v2i64(ptr addrspace(7) %m, i32 0, i32 %k, <2 x i64> %b)\n"
               "  call void @air.set_vertex_data_mesh.v3i64(ptr addrspace(7) %m, i32 1, i32 %k, <3 x i64> %c)\n"
               "  call void @air.set_vertex_data_mesh.v4i64(ptr addrspace(7) %m, i32 2, i32 %k, <4 x i64> %d)\n"
               "  call void @air.set_vertex_data_mesh.i32(ptr addrspace(7) %m, i32 3, i32 %k, i32 77)\n"
               "  %kb = trunc i32 %k to i8\n  call void @air.set_index_mesh(ptr addrspace(7) %m, i32 %k, i8 %kb)\n"
               "  %z = icmp eq i32 %k, 0\n  br i1 %z, label %one, label %end\none:\n"
               "  call void @air.set_primitive_data_mesh.i64(ptr addrspace(7) %m, i32 0, i32 0, i64 %a)\n"
               "  call void @air.set_primitive_count_mesh(ptr addrspace(7) %m, i32 1)\n  br label %end\nend:\n  ret void\n}\n"
               "declare void @air.set_position_mesh(ptr addrspace(7), i32, <4 x float>)\n"
               "declare void @air.set_vertex_data_mesh.i32(ptr addrspace(7), i32, i32, i32)\n"
               "declare void @air.set_vertex_data_mesh.v2i64(ptr addrspace(7), i32, i32, <2 x i64>)\n"
               "declare void @air.set_vertex_data_mesh.v3i64(ptr addrspace(7), i32, i32, <3 x i64>)\n"
               "declare void @air.set_vertex_data_mesh.v4i64(ptr addrspace(7), i32, i32, <4 x i64>)\n"
               "declare void @air.set_primitive_data_mesh.i64(ptr addrspace(7), i32, i32, i64)\n"
               "declare void @air.set_index_mesh(ptr addrspace(7), i32, i8)\ndeclare void @air.set_primitive_count_mesh(ptr "
               "addrspace(7), i32)\n"
               "!air.mesh = !{!0}\n!0 = !{ptr @mesh, !1, !2}\n!1 = !{}\n!2 = !{!5, !6, !7}\n" NUMBERS_BUFFER(
                   "0") "!6 = !{i32 1, !\"air.mesh\", !20, !\"air.arg_type_name\", !\"mesh<V, P, 3, 1, triangle>\"}\n"
                        "!7 = !{i32 2, !\"air.thread_index_in_threadgroup\", !\"air.arg_type_name\", !\"uint\"}\n"
                        "!20 = !{!\"air.mesh_type_info\", !21, !22, i32 3, i32 1, !\"air.triangle\"}\n!21 = !{!10, !12, !13, !14, "
                        "!15}\n!22 = !{!11}\n"
                        "!10 = !{!\"air.position\", !\"air.arg_type_name\", !\"float4\"}\n"
                        "!11 = !{!\"air.mesh_primitive_data\", i32 0, !\"generated(1am)\", !\"air.arg_type_name\", !\"ulong\"}\n"
                        "!12 = !{!\"air.mesh_vertex_data\", i32 0, !\"generated(1bDv2_l)\", !\"air.arg_type_name\", !\"long2\"}\n"
                        "!13 = !{!\"air.mesh_vertex_data\", i32 1, !\"generated(1cDv3_m)\", !\"air.arg_type_name\", !\"ulong3\"}\n"
                        "!14 = !{!\"air.mesh_vertex_data\", i32 2, !\"generated(1dDv4_l)\", !\"air.arg_type_name\", !\"long4\"}\n"
                        "!15 = !{!\"air.mesh_vertex_data\", i32 3, !\"user(word)\", !\"air.arg_type_name\", !\"uint\"}\n";

#define LANE(v, type, i, factor, from, to)                                                                                         \
    "  %e" to " = extractelement " type " %" v ", i32 " i "\n  %m" to " = mul i64 %e" to ", " factor "\n"                          \
    "  %" to " = add i64 %" from ", %m" to "\n"

/* Sum of all numbers but one, each times a factor of its own; the word; the upper half of what nobody writes. */
static const char fragment_text[] = AIR_HEADER
    "define <4 x i32> @fragment(<4 x i64> %d, i32 %word, <3 x i64> %missing, i64 %a, <3 x i64> %c, <2 x i64> %b) {\n"
    "  %s0 = mul i64 %a, 3\n" LANE("b", "<2 x i64>", "0", "5", "s0", "s1") LANE("b", "<2 x i64>", "1", "7", "s1", "s2") LANE(
        "c", "<3 x i64>", "0", "11", "s2", "s3") LANE("c", "<3 x i64>", "1", "13", "s3", "s4") LANE("c", "<3 x i64>", "2", "17",
                                                                                                    "s4", "s5")
        LANE("d", "<4 x i64>", "0", "19", "s5", "s6") LANE("d", "<4 x i64>", "1", "23", "s6", "s7") LANE(
            "d", "<4 x i64>", "3",
            "29", "s7",
            "s8") "  %low = trunc i64 %s8 to i32\n  %up = lshr i64 %s8, 32\n  %high = trunc i64 %up to i32\n"
                  "  %n0 = extractelement <3 x i64> %missing, i32 0\n  %n2 = extractelement <3 x i64> %missing, i32 2\n"
                  "  %n = or i64 %n0, %n2\n  %none = trunc i64 %n to i32\n"
                  "  %r0 = insertelement <4 x i32> undef, i32 %low, i32 0\n  %r1 = insertelement <4 x i32> %r0, i32 %high, i32 1\n"
                  "  %r2 = insertelement <4 x i32> %r1, i32 %word, i32 2\n  %r3 = insertelement <4 x i32> %r2, i32 %none, i32 3\n"
                  "  ret <4 x i32> %r3\n}\n"
                  "!air.fragment = !{!0}\n!0 = !{ptr @fragment, !1, !2}\n!1 = !{!3}\n"
                  "!3 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"uint4\"}\n!2 = !{!4, !5, !6, !7, !8, "
                  "!9}\n"
                  "!4 = !{i32 0, !\"air.fragment_input\", !\"generated(1dDv4_l)\", !\"air.center\", !\"air.perspective\", "
                  "!\"air.arg_type_name\", !\"long4\"}\n"
                  "!5 = !{i32 1, !\"air.fragment_input\", !\"user(word)\", !\"air.flat\", !\"air.arg_type_name\", !\"uint\"}\n"
                  "!6 = !{i32 2, !\"air.fragment_input\", !\"generated(7missingDv3_m)\", !\"air.flat\", !\"air.arg_type_name\", "
                  "!\"ulong3\"}\n"
                  "!7 = !{i32 3, !\"air.fragment_input\", !\"generated(1am)\", !\"air.flat\", !\"air.arg_type_name\", !\"ulong\"}\n"
                  "!8 = !{i32 4, !\"air.fragment_input\", !\"generated(1cDv3_m)\", !\"air.flat\", !\"air.arg_type_name\", "
                  "!\"ulong3\"}\n"
                  "!9 = !{i32 5, !\"air.fragment_input\", !\"generated(1bDv2_l)\", !\"air.flat\", !\"air.arg_type_name\", "
                  "!\"long2\"}\n";

static uint8_t *assemble(const char *text, size_t *size)
{
    struct pvg_error err = {0};
    uint8_t *code;
    if (pvg_air_assemble(text, strlen(text), &code, size, &err))
        fail_msg("%s", err.message);
    return code;
}

static struct pvg_rpipe *pipeline(struct harness *h, enum pvg_rstage stage, const char *text)
{
    struct pvg_w_render_pipeline d;
    struct pvg_rfunc *f[PVG_RSTAGE_COUNT] = {0};
    const char *const texts[2] = {text, fragment_text};
    const enum pvg_rstage stages[2] = {stage, PVG_RSTAGE_FRAGMENT};

    pvg_w_render_pipeline_init(&d);
    d.mesh = stage == PVG_RSTAGE_MESH;
    d.color[0].present = true;
    d.color[0].format = RGBA32UINT;
    for (int i = 0; i < 2; i++) {
        size_t size;
        uint8_t *code = assemble(texts[i], &size);
        f[stages[i]] = h->ops->function_create(h->r, code, size);
        free(code);
        assert_non_null(f[stages[i]]);
    }
    struct pvg_rpipe *p = h->ops->render_pipeline_create(h->r, &d, f);
    for (int i = 0; i < PVG_RSTAGE_COUNT; i++)
        h->ops->function_release(h->r, f[i]);
    assert_non_null(p);
    return p;
}

static void draw(struct harness *h, enum pvg_rstage stage, const char *text)
{
    static const uint64_t factors[NUMBERS] = {3, 5, 7, 11, 13, 17, 19, 23, 0, 29};
    struct pvg_rtex *t = harness_texture(h, RGBA32UINT, SIZE, SIZE, 4);
    struct pvg_rpipe *p = pipeline(h, stage, text);
    const struct pvg_rpass pass = {.color = {{.texture = t, .load_action = 2, .store_action = 1}}};
    const struct pvg_rdraw triangle = {.primitive = 3, .count = 3, .instance_count = 1};
    const struct pvg_rmesh_draw meshes = {.groups = {1, 1, 1}, .mesh_threads = {3, 1, 1}};
    uint64_t numbers[NUMBERS], sum = 0;
    uint32_t px[SIZE * SIZE][4];

    for (unsigned i = 0; i < NUMBERS; i++) {
        numbers[i] = UINT64_C(0x9E3779B97F4A7C15) * (i + 1);
        sum += factors[i] * numbers[i];
    }
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->pass_begin(cmd, &pass));
    h->ops->set_bytes(cmd, stage, 0, numbers, sizeof numbers, UINT32_MAX);
    h->ops->set_render_pipeline(cmd, p);
    if (stage == PVG_RSTAGE_MESH)
        assert_true(h->ops->draw_mesh(cmd, &meshes));
    else
        assert_true(h->ops->draw(cmd, &triangle));
    h->ops->pass_end(cmd);
    harness_run(h, cmd);
    harness_read(h, t, SIZE, SIZE, 16, px);
    for (unsigned i = 0; i < SIZE * SIZE; i++) {
        assert_int_equal(px[i][0], (uint32_t)sum);
        assert_int_equal(px[i][1], (uint32_t)(sum >> 32));
        assert_int_equal(px[i][2], 77);
        assert_int_equal(px[i][3], 0);
    }
    h->ops->pipeline_release(h->r, p);
    h->ops->texture_release(h->r, t);
}

static void vertex(void **state)
{
    draw(*state, PVG_RSTAGE_VERTEX, vertex_text);
}

static void mesh(void **state)
{
    struct harness *h = *state;
    if (!h->ops->caps(h->r)->mesh)
        skip();
    draw(h, PVG_RSTAGE_MESH, mesh_text);
}

/** Alone, a fragment function numbers its inputs so that none lies in another's place. */
static void alone(void **state)
{
    size_t size;
    uint8_t *code = assemble(fragment_text, &size);
    struct pvg_air_shader *s;
    struct pvg_error err = {0};
    uint32_t used = 0;
    (void)state;
    if (pvg_air_translate(code, size, NULL, NULL, &s, &err))
        fail_msg("%s", err.message);
    free(code);
    assert_int_equal(s->reflection.varying_count, 9);
    for (size_t i = 0; i < s->reflection.varying_count; i++) {
        const struct pvg_air_varying *v = &s->reflection.varyings[i];
        assert_false(used >> v->location & 1);
        used |= 1u << v->location;
        assert_int_equal(v->cls, PVG_AIR_UINT);
    }
    pvg_air_shader_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alone),
        cmocka_unit_test_setup_teardown(vertex, harness_setup, harness_teardown),
        cmocka_unit_test_setup_teardown(mesh, harness_setup, harness_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
