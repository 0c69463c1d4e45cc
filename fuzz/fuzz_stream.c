/* SPDX-License-Identifier: MIT */
/*
 * Command buffers and object descriptors of a guest that is otherwise well behaved. Input: u8 number of descriptors, each
 * {u8 ref, u8 type, u16 length, bytes}; the rest is the command buffer. Every stamp must come. The environment variable
 * OPENPVG_TEST_RENDERER=vulkan runs it on the Vulkan renderer.
 */
#include "bench_shaders.h"
#include "fuzz/fuzz.h"
#include "tests/vmm/vmm.h"

#include <stdio.h>
#include <stdlib.h>

#define STREAM_MAX 65536
#define DATA_SIZE  65536
#define FUZZ_REFS  32u /* Refs 64..95 are the input's; the fixed objects have refs 1..15. */
#define FIRST_REF  64u

static struct vmm *vm;
static struct pvg_guest *guest;
static struct pvg_guest_task *task;
static struct pvg_guest_mem *stream, *data_mem;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "fuzz_stream: %s: %s\n", what, guest ? pvg_guest_error(guest) : "");
    abort();
}

static void publish_function(uint32_t ref, const uint8_t *lib, size_t n)
{
    struct pvg_guest_mem *mem = pvg_guest_mem_map(task, &(struct pvg_guest_mem_config){.what = "shader", .size = n});

    if (!mem || !pvg_guest_mem_write(mem, 0, lib, n) || !pvg_guest_function(task, ref, 0, mem->gva, (uint32_t)n))
        die("function");
}

/*
 * Objects that streams can name: 1, 2 buffers; 3, 4 textures; 5 sampler; 6 depth-stencil; 7 render pipeline of 9 and 10;
 * 8 compute pipeline without a function.
 */
static void publish_fixed(void)
{
    struct pvg_w_texture_desc desc = pvg_guest_desc_2d(80, 64, 64, PVG_W_USAGE_READ | PVG_W_USAGE_RENDER_TARGET);
    struct pvg_w_linear_level level = {.size = 16384, .bytes_per_row = 256, .width = 64, .height = 64, .depth = 1};
    struct pvg_w_sampler sampler;
    struct pvg_w_depth_stencil depth;
    struct pvg_w_render_pipeline render;
    struct pvg_w_compute_pipeline compute;

    pvg_w_sampler_init(&sampler);
    sampler.ref = 5;
    pvg_w_depth_stencil_init(&depth);
    depth.ref = 6;
    pvg_w_render_pipeline_init(&render);
    render.ref = 7;
    render.vertex_function = 9;
    render.fragment_function = 10;
    render.color[0].present = true;
    render.color[0].format = 80;
    publish_function(9, bench_vertex, sizeof(bench_vertex));
    publish_function(10, bench_fragment, sizeof(bench_fragment));
    pvg_w_compute_pipeline_init(&compute);
    compute.ref = 8;
    if (!pvg_guest_buffer(task, 1, 0, data_mem) || !pvg_guest_buffer(task, 2, 0, data_mem) ||
        !pvg_guest_linear_texture(task, 3, 0, PVG_W_TYPE_TEXTURE, data_mem, &desc, 4, &level) ||
        !pvg_guest_linear_texture(task, 4, 0, PVG_W_TYPE_TEXTURE, data_mem, &desc, 4, &level) ||
        !pvg_guest_sampler(task, 0, &sampler) || !pvg_guest_depth_stencil(task, 0, &depth) ||
        !pvg_guest_render_pipeline(task, 0, &render) || !pvg_guest_compute_pipeline(task, 0, &compute))
        die("objects");
}

static void bring_up(void)
{
    struct vmm_config config = {.renderer = vmm_test_renderer()};
    char error[256] = "";

    vm = vmm_new(&config);
    struct pvg_guest_transport t = vmm_transport(vm);
    guest = pvg_guest_open(&t, NULL, error);
    task = guest ? pvg_guest_task_create(guest, &(struct pvg_guest_task_config){.id = 1}) : NULL;
    stream = task ? pvg_guest_mem_map(task, &(struct pvg_guest_mem_config){.what = "stream", .size = STREAM_MAX}) : NULL;
    data_mem = stream ? pvg_guest_mem_map(task, &(struct pvg_guest_mem_config){.what = "data", .size = DATA_SIZE}) : NULL;
    if (!data_mem)
        die(error);
    publish_fixed();
}

/* Descriptors lie in task memory of their own, one page per ref. */
static uint64_t descriptor_gva(uint32_t slot)
{
    static struct pvg_guest_mem *mem;

    if (!mem)
        mem = pvg_guest_mem_map(task, &(struct pvg_guest_mem_config){.what = "descriptors", .size = FUZZ_REFS * 4096});
    if (!mem)
        die("descriptor memory");
    return mem->gva + (uint64_t)slot * 4096;
}

static uint32_t publish_inputs(struct fuzz_input *in)
{
    uint32_t count = (uint32_t)fuzz_take(in, 1) & 15, used = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t slot = (uint32_t)fuzz_take(in, 1) % FUZZ_REFS;
        uint8_t type = (uint8_t)fuzz_take(in, 1);
        size_t len = fuzz_take(in, 2) & 0xfff;
        const uint8_t *bytes = fuzz_bytes(in, &len);
        if (len && pvg_guest_object_publish(task, FIRST_REF + slot, type, descriptor_gva(slot), bytes, len))
            used |= 1u << slot;
    }
    return used;
}

static void retire_inputs(uint32_t used)
{
    for (uint32_t slot = 0; slot < FUZZ_REFS; slot++) {
        if (!(used & 1u << slot))
            continue;
        /* The slot may hold any kind: every destroy record that concerns a state object, and the resource packet. */
        for (uint32_t op = 0x3ea; op <= 0x3f7; op++)
            if (op != 0x3ec && op != 0x3f0 && op != 0x3f2 && op != 0x3f3 && op != 0x3f5)
                pvg_guest_delete_object(task, op, FIRST_REF + slot);
        pvg_guest_delete_resource(task, FIRST_REF + slot, NULL, 0);
        pvg_guest_object_clear(task, FIRST_REF + slot);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};
    struct pvg_guest_stamp stamp;

    if (!vm)
        bring_up();
    uint32_t used = publish_inputs(&in);
    size_t n = in.n < STREAM_MAX ? in.n : STREAM_MAX;
    struct pvg_w_exec_buffer buffer = {.gva = stream->gva, .length = n};
    struct pvg_guest_exec x = {.buffers = &buffer, .buffer_count = 1};
    if (n && !pvg_guest_mem_write(stream, 0, in.p, n))
        die("stream memory");
    if (!pvg_guest_exec(task, &x, &stamp) || !pvg_guest_wait(guest, stamp))
        die("a stamp did not come");
    retire_inputs(used);
    if (!pvg_guest_idle(guest))
        die("the device does not become idle");
    return 0;
}
