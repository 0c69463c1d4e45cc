/* SPDX-License-Identifier: MIT */
/* Mesh draws, which reach a host in the slots of indirect command buffers only. */
#include "tests/stages/stage.h"
#include "tests/vmm/check.h"
#include "wire/icb.h"

#include <string.h>

enum { SIZE = 8, COMMANDS = 4 };

/* Thread t of four writes vertex t; two triangles over column g of four, in the colour of buffer 0. */
static const char mesh_text[] =
    "define void @mesh(ptr addrspace(7) %m, i32 %t, i32 %g, ptr addrspace(1) %b) {\n"
    "  %word = load i32, ptr addrspace(1) %b, align 4\n"
    "  %bx = and i32 %t, 1\n  %by = lshr i32 %t, 1\n  %cx = add i32 %g, %bx\n  %fx = uitofp i32 %cx to float\n"
    "  %sx = fmul float %fx, 0.5\n  %x = fadd float %sx, -1.0\n  %fy = uitofp i32 %by to float\n"
    "  %sy = fmul float %fy, 2.0\n  %y = fadd float %sy, -1.0\n"
    "  %p0 = insertelement <4 x float> <float 0.0, float 0.0, float 0.5, float 1.0>, float %x, i32 0\n"
    "  %p = insertelement <4 x float> %p0, float %y, i32 1\n"
    "  call void @air.set_position_mesh(ptr addrspace(7) %m, i32 %t, <4 x float> %p)\n"
    "  call void @air.set_vertex_data_mesh.i32(ptr addrspace(7) %m, i32 0, i32 %t, i32 %word)\n"
    "  %z = icmp eq i32 %t, 0\n  br i1 %z, label %one, label %end\none:\n"
    "  call void @air.set_indices_mesh.v4i8(ptr addrspace(7) %m, i32 0, <4 x i8> <i8 0, i8 1, i8 2, i8 2>)\n"
    "  call void @air.set_index_mesh(ptr addrspace(7) %m, i32 4, i8 1)\n"
    "  call void @air.set_index_mesh(ptr addrspace(7) %m, i32 5, i8 3)\n"
    "  call void @air.set_primitive_count_mesh(ptr addrspace(7) %m, i32 2)\n  br label %end\nend:\n  ret void\n}\n"
    "declare void @air.set_position_mesh(ptr addrspace(7), i32, <4 x float>)\n"
    "declare void @air.set_vertex_data_mesh.i32(ptr addrspace(7), i32, i32, i32)\n"
    "declare void @air.set_indices_mesh.v4i8(ptr addrspace(7), i32, <4 x i8>)\n"
    "declare void @air.set_index_mesh(ptr addrspace(7), i32, i8)\n"
    "declare void @air.set_primitive_count_mesh(ptr addrspace(7), i32)\n"
    "!air.mesh = !{!0}\n!0 = !{ptr @mesh, !1, !2}\n!1 = !{}\n!2 = !{!5, !6, !7, !8}\n"
    "!5 = !{i32 0, !\"air.mesh\", !20, !\"air.arg_type_name\", !\"mesh<V, void, 4, 2, triangle>\"}\n"
    "!6 = !{i32 1, !\"air.thread_index_in_threadgroup\", !\"air.arg_type_name\", !\"uint\"}\n"
    "!7 = !{i32 2, !\"air.threadgroup_position_in_grid\", !\"air.arg_type_name\", !\"uint\"}\n"
    "!8 = !{i32 3, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", !\"uint\"}\n"
    "!20 = !{!\"air.mesh_type_info\", !21, !1, i32 4, i32 2, !\"air.triangle\"}\n!21 = !{!22, !23}\n"
    "!22 = !{!\"air.position\", !\"air.arg_type_name\", !\"float4\"}\n"
    "!23 = !{!\"air.mesh_vertex_data\", i32 0, !\"user(word)\", !\"air.arg_type_name\", !\"uint\"}\n";

static const char fragment_text[] =
    "define <4 x i32> @fragment(i32 %0) {\n  %r = insertelement <4 x i32> <i32 0, i32 1, i32 2, i32 3>, i32 %0, i32 0\n"
    "  ret <4 x i32> %r\n}\n"
    "!air.fragment = !{!0}\n!0 = !{ptr @fragment, !1, !3}\n!1 = !{!2}\n"
    "!2 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"uint4\"}\n!3 = !{!4}\n"
    "!4 = !{i32 0, !\"air.fragment_input\", !\"user(word)\", !\"air.flat\", !\"air.arg_type_name\", !\"uint\"}\n";

struct scene {
    struct stage s;
    struct pvg_w_icb icb;
    uint32_t icb_ref, pipeline, word;
    struct pvg_guest_mem *slots, *words;
};

static void make(struct scene *t)
{
    uint8_t bytes[PVG_W_ICB_BACKED_LENGTH];
    const uint32_t word[4] = {0, 77, 0, 0};
    struct pvg_w_render_pipeline p;

    t->word = stage_buffer(&t->s, word, sizeof(word), &t->words);
    stage_pipeline_init(&t->s, &p, 0, stage_function(&t->s, fragment_text), STAGE_RGBA8UINT);
    p.mesh = true;
    p.mesh_function = stage_function(&t->s, mesh_text);
    t->pipeline = stage_pipeline(&t->s, &p);
    t->icb = (struct pvg_w_icb){.command_types = PVG_W_ICB_DRAW_MESH_GROUPS | PVG_W_ICB_DRAW_MESH_THREADS,
                                .max_vertex_binds = 1,
                                .max_fragment_binds = 1,
                                .max_object_binds = 1,
                                .max_mesh_binds = 1,
                                .unidentified_0b = 1,
                                .unidentified_0c = 1,
                                .flags = PVG_W_ICB_FLAGS_DEFAULT,
                                .max_commands = COMMANDS};
    pvg_w_icb_layout_default(&t->icb);
    stage_buffer(&t->s, NULL, (size_t)COMMANDS * t->icb.layout.command_size, &t->slots);
    t->icb.backing_gva = t->slots->gva;
    t->icb.backing_size = t->slots->size;
    t->icb_ref = pvg_guest_ref(t->s.task);
    size_t n = pvg_w_icb_encode(bytes, sizeof(bytes), &t->icb);
    CHECK(n && pvg_guest_object_publish(t->s.task, t->icb_ref, PVG_W_TYPE_STATE, 0, bytes, n), "%s", pvg_guest_error(t->s.g));
}

static void fill(struct scene *t, uint32_t at, struct pvg_w_icb_command c)
{
    uint32_t size = t->icb.layout.command_size;
    uint8_t slot[4096] = {0};
    const struct pvg_w_icb_address word = {.ref = t->word, .gva = t->words->gva + 4};

    c.pipeline = t->pipeline;
    CHECK(size <= sizeof(slot) && pvg_w_icb_command_encode(&t->icb, slot, size, &c), "slot %u does not encode", at);
    CHECK(pvg_w_icb_bind_encode(&t->icb, slot, size, PVG_W_ICB_TABLE_MESH, 0, &word), "bind of slot %u", at);
    pvg_guest_mem_write(t->slots, (uint64_t)at * size, slot, size);
}

/* Two columns by threadgroups; the same by threads in another pass; a grid that is no multiple is refused. */
static void run(struct scene *t, uint32_t slot, int columns)
{
    uint8_t px[SIZE * SIZE][4];
    struct pvg_guest_mem *mem;
    uint32_t target = stage_texture(&t->s, PVG_W_TEX_2D, STAGE_RGBA8UINT, SIZE, SIZE, 1, 1);
    uint32_t readback = stage_buffer(&t->s, NULL, sizeof(px), &mem);
    struct pvg_stats before = stage_stats(&t->s), after;

    stage_begin(&t->s);
    stage_pass(&t->s, target, 0);
    stage_record(&t->s, 0x15, (struct pvg_w_record){.icb_range = {.icb = t->icb_ref, .location = slot, .length = 1}});
    stage_copy_out(&t->s, target, 0, SIZE, SIZE, 4, readback);
    CHECK(stage_run(&t->s), "%s", pvg_guest_error(t->s.g));
    after = stage_stats(&t->s);
    if (after.draws == before.draws && vmm_logged(t->s.vm, "no mesh shaders"))
        return;
    CHECK((after.records_refused != before.records_refused) == (columns == 0), "slot %u: refusals", slot);
    pvg_guest_mem_read(mem, 0, px, sizeof(px));
    for (int x = 0; x < SIZE; x++) {
        const uint8_t want[4] = {77, 1, 2, 3}, none[4] = {0};
        const uint8_t *have = px[3 * SIZE + x];
        CHECK(!memcmp(have, x < 2 * columns ? want : none, 4), "slot %u: pixel %d is %u %u %u %u", slot, x, have[0], have[1],
              have[2], have[3]);
    }
}

int main(void)
{
    static struct scene t;

    if (!stage_open(&t.s))
        return 77;
    make(&t);
    fill(&t, 0, (struct pvg_w_icb_command){.type = PVG_W_ICB_DRAW_MESH_GROUPS, .grid = {2, 1, 1}, .threads = {4, 1, 1}});
    fill(&t, 1, (struct pvg_w_icb_command){.type = PVG_W_ICB_DRAW_MESH_THREADS, .grid = {12, 1, 1}, .threads = {4, 1, 1}});
    fill(&t, 2, (struct pvg_w_icb_command){.type = PVG_W_ICB_DRAW_MESH_THREADS, .grid = {10, 1, 1}, .threads = {4, 1, 1}});
    run(&t, 0, 2);
    run(&t, 1, 3);
    run(&t, 2, 0);
    return stage_close(&t.s, check_failures);
}
