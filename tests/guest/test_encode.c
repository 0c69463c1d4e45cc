/* SPDX-License-Identifier: MIT */
/*
 * The guest library drives the session of spec 10 and must leave the same bytes in guest memory as the recorded session: packets in
 * the rings, page tables, descriptors, object-list slots, command buffers, mapper objects. Its memory comes from the addresses of
 * the session, so everything can be compared byte by byte.
 *
 * test_encode STEPS (made by tests/session/gen_steps.py)
 */
#include "tests/vmm/vmm.h"

#include "wire/iosfc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RUN 16u
#define SURFACE 0x2au
#define GRANULE 0x4000u

/* Where the session has the memory that the library asks for under this name, in order of the requests. */
struct place {
    const char *what;
    uint32_t count;
    uint32_t gpa[MAX_RUN];
    uint32_t used;
};

static struct place places[] = {
    {"root fifo", 1, {0x100000}, 0},
    {"root page", 1, {0x110000}, 0},
    {"device info", 1, {0x114000}, 0},
    {"display page", 1, {0x118000}, 0},
    {"ring list", 5, {0x124000, 0x128000, 0x12c000, 0x130000, 0x134000}, 0},
    {"ring", 10, {0x140000, 0x14c000, 0x144000, 0x150000, 0x158000, 0x160000, 0x15c000, 0x164000, 0x168000, 0x170000}, 0},
    {"page table",
     11,
     {0x180000, 0x184000, 0x188000, 0x18c000, 0x1c0000, 0x1c4000, 0x1c8000, 0x1cc000, 0x1d0000, 0x1d4000, 0x190000},
     0},
    {"object list", 3, {0x208000, 0x218000, 0x210000}, 0},
    {"task 0 descriptors", 1, {0x200000}, 0},
    {"vertex buffer", 1, {0x220000}, 0},
    {"index buffer", 5, {0x230000, 0x248000, 0x238000, 0x228000, 0x240000}, 0},
    {"uniform buffer", 1, {0x250000}, 0},
    {"scratch buffer", 1, {0x258000}, 0},
    {"read-back buffer", 1, {0x260000}, 0},
    {"sampled texture", 1, {0x268000}, 0},
    {"mip texture", 1, {0x270000}, 0},
    {"query reply", 1, {0x278000}, 0},
    {"vertex library", 2, {0x288000, 0x280000}, 0},
    {"fragment library", 2, {0x298000, 0x290000}, 0},
    {"kernel library", 2, {0x2a8000, 0x2a0000}, 0},
    {"descriptors", 2, {0x2b8000, 0x2b0000}, 0},
    {"commands", 3, {0x2c8000, 0x2c0000, 0x2d0000}, 0},
    {"surface",
     16,
     {0x2e0000, 0x2f8000, 0x310000, 0x328000, 0x340000, 0x2d8000, 0x2f0000, 0x308000, 0x320000, 0x338000, 0x350000, 0x2e8000,
      0x300000, 0x318000, 0x330000, 0x348000},
     0},
    {"mapper device", 1, {0x358000}, 0},
    {"mapping object", 1, {0x360000}, 0},
    {"mapping helper", 2, {0x368000, 0x370000}, 0},
    {"mapping pages", 1, {0x378000}, 0},
    {"surface descriptor", 1, {0x380000}, 0},
    {"mapper ring", 1, {0x388000}, 0},
};

/* The session has these objects at 0xfffffe0010000000 and up, 16 KiB apart. */
static const struct vmm_kva kva_map[] = {
    {0xfffffe0010000000, 0x358000, 0x4000}, {0xfffffe0010004000, 0x360000, 0x4000}, {0xfffffe0010008000, 0x368000, 0x4000},
    {0xfffffe001000c000, 0x370000, 0x4000}, {0xfffffe0010010000, 0x378000, 0x4000}, {0xfffffe0010014000, 0x380000, 0x4000},
};

static void *place_alloc(void *opaque, size_t pages, const char *what, uint64_t *gpa)
{
    struct vmm *vm = opaque;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        struct place *p = &places[i];
        if (strcmp(p->what, what) || p->used >= p->count)
            continue;
        *gpa = p->gpa[p->used++];
        return memset(vmm_ram(vm, *gpa, (uint64_t)pages << vm->page_shift), 0, pages << vm->page_shift);
    }
    fprintf(stderr, "the session has no more memory for \"%s\"\n", what);
    return NULL;
}

static void place_free(void *opaque, uint64_t gpa, size_t pages)
{
    (void)opaque, (void)gpa, (void)pages;
}

static uint64_t place_virtual(void *opaque, const void *cpu)
{
    struct vmm *vm = opaque;
    uint64_t gpa = (uint64_t)((const uint8_t *)cpu - vm->ram);
    for (size_t i = 0; i < sizeof(kva_map) / sizeof(kva_map[0]); i++) {
        if (kva_map[i].gpa == gpa)
            return kva_map[i].kva;
    }
    return 0;
}

/* ---- The recorded session ---- */

struct recording {
    uint8_t *image;   /* what the session's guest stored */
    uint8_t *covered; /* 1 per byte that counts */
    uint32_t page_shift;
    bool platform;
    uint64_t copy_src, copy_dst;
};

#define RAM_SIZE (64u << 20)

static const char *field(const char *line, const char *key, char *buf, size_t size)
{
    char want[32];
    snprintf(want, sizeof(want), "\t%s=", key);
    const char *p = strstr(line, want);
    if (!p)
        return NULL;
    p += strlen(want);
    size_t n = strcspn(p, "\t\n");
    if (n >= size)
        n = size - 1;
    memcpy(buf, p, n);
    buf[n] = 0;
    return buf;
}

static uint8_t nibble(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* Contents of resources (E1) belong to the application, not to the library: they are copied into RAM and not compared. */
static void take_mem(struct recording *r, const char *line, struct vmm *vm)
{
    char gpa_text[32], id[32] = "";
    field(line, "gpa", gpa_text, sizeof(gpa_text));
    field(line, "id", id, sizeof(id));
    const char *hex = strstr(line, "\thex=") + 5;
    uint64_t gpa = strtoull(gpa_text, NULL, 0);
    size_t n = strcspn(hex, "\t\n") / 2;
    bool contents = !strcmp(id, "E1"), reply = !strcmp(id, "initial") && gpa == 0x114000;
    for (size_t i = 0; i < n; i++) {
        uint8_t b = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
        if (contents && vm)
            vm->ram[gpa + i] = b;
        if (contents || reply)
            continue;
        r->image[gpa + i] = b;
        r->covered[gpa + i] = 1;
    }
}

static bool load(struct recording *r, const char *path, struct vmm *vm)
{
    FILE *f = fopen(path, "r");
    char *line = NULL, buf[64];
    size_t cap = 0;
    if (!f)
        return false;
    while (getline(&line, &cap, f) > 0) {
        if (!strncmp(line, "head\t", 5)) {
            r->page_shift = (uint32_t)atoi(field(line, "page_shift", buf, sizeof(buf)));
            r->platform = !strcmp(field(line, "variant", buf, sizeof(buf)), "platform");
        } else if (!strncmp(line, "mem\t", 4)) {
            take_mem(r, line, vm);
        } else if (!strncmp(line, "copy32\t", 7)) {
            r->copy_src = strtoull(field(line, "src", buf, sizeof(buf)), NULL, 0);
            r->copy_dst = strtoull(field(line, "dst", buf, sizeof(buf)), NULL, 0);
        }
    }
    free(line);
    fclose(f);
    return r->page_shift != 0;
}

/* The render pipeline's descriptor, which crosses a discontinuity of guest memory. */
static size_t pipeline_bytes(const uint8_t *ram, uint8_t out[256])
{
    memcpy(out, ram + 0x2bbfa0, 0x60);
    memcpy(out + 0x60, ram + 0x2b0000, 256 - 0x60);
    uint32_t n = pvg_ld32(out + 4);
    return n <= 256 ? n : 0;
}

/*
 * Pipelines have more than one spelling: the session states the index of the first colour attachment, the library leaves it to its
 * default. They have to decode to the same state.
 */
static unsigned compare_pipelines(struct recording *r, const struct vmm *vm)
{
    uint8_t a[256], b[256];
    struct pvg_w_render_pipeline pa, pb;
    size_t an = pipeline_bytes(r->image, a), bn = pipeline_bytes(vm->ram, b);
    memset(&pa, 0, sizeof(pa));
    memset(&pb, 0, sizeof(pb));
    bool same = pvg_w_render_pipeline_decode(a, an, &pa) && pvg_w_render_pipeline_decode(b, bn, &pb) && pa.ref == 12 &&
                memcmp(&pa.color, &pb.color, sizeof(pa.color)) == 0 && memcmp(&pa.vertex, &pb.vertex, sizeof(pa.vertex)) == 0 &&
                pa.ref == pb.ref && pa.vertex_function == pb.vertex_function && pa.fragment_function == pb.fragment_function &&
                pa.depth_format == pb.depth_format && pa.sample_count == pb.sample_count && pa.unknown_count == pb.unknown_count;
    if (!same)
        fprintf(stderr, "the render pipelines differ\n");
    memset(r->covered + 0x2bbfa0, 0, 0x60);
    memset(r->covered + 0x2b0000, 0, an > 0x60 ? an - 0x60 : 0);
    /* Length word of its slot. */
    memset(r->covered + 0x218000 + ((12 * 12 + (1u << r->page_shift)) & ((1u << r->page_shift) - 1)), 0, 4);
    return !same;
}

static unsigned compare(struct recording *r, const struct vmm *vm)
{
    unsigned bad = compare_pipelines(r, vm);
    memcpy(r->image + r->copy_dst, vm->ram + r->copy_src, 4);
    /* Heads are the device's words. */
    for (uint32_t ch = 1; ch <= 5; ch++)
        memset(r->covered + 0x110400 + (ch - 1) * 0x14 + 4, 0, 4);
    size_t bytes = 0;
    for (size_t i = 0; i < RAM_SIZE; i++) {
        bytes += r->covered[i];
        if (!r->covered[i] || r->image[i] == vm->ram[i])
            continue;
        if (bad++ < 20)
            fprintf(stderr, "0x%06zx: session %02x, library %02x\n", i, r->image[i], vm->ram[i]);
    }
    printf("%zu bytes compared, %u differ\n", bytes, bad);
    return bad;
}

/* ---- The same session through the library ---- */

struct run {
    struct pvg_guest *g;
    struct pvg_guest_task *task;
    struct pvg_guest_display *display;
    struct pvg_guest_surface *surface;
    struct pvg_guest_mem *vertex, *index, *uniform, *scratch, *readback, *texture, *mip, *reply, *commands;
    uint32_t readback_ref;
    bool platform;
};

#define MUST(x)                                                                                                                    \
    do {                                                                                                                           \
        if (!(x)) {                                                                                                                \
            fprintf(stderr, "%s:%d: " #x ": %s\n", __FILE__, __LINE__, r->g ? pvg_guest_error(r->g) : "-");                        \
            return false;                                                                                                          \
        }                                                                                                                          \
    } while (0)

static struct pvg_guest_mem *map(struct run *r, const char *what, uint64_t gva, uint64_t size, uint32_t flags)
{
    const struct pvg_guest_mem_config c = {.what = what, .gva = gva, .size = size, .granule = GRANULE, .pte_flags = flags};
    return pvg_guest_mem_map(r->task, &c);
}

/* B1 to C4 */
static bool bring_up(struct run *r, const struct pvg_guest_transport *t)
{
    char error[256];
    const struct pvg_guest_config config = {.fifo_pages = 0x10000u >> t->page_shift, .ring_pages = {0, 3, 2, 2, 1, 2}, .pipes = 1};
    const struct pvg_guest_task_config kernel = {.kernel = true, .length = 6ull << 30};
    const struct pvg_guest_task_config user = {.id = 1, .list_pages = 2};
    MUST(r->g = pvg_guest_new(t, &config, error));
    MUST(pvg_guest_handshake(r->g) && pvg_guest_start_fifo(r->g) && pvg_guest_query_device(r->g) &&
         pvg_guest_define_channels(r->g));
    MUST(pvg_guest_task_create(r->g, &kernel));
    const struct pvg_guest_mem_config descriptors = {.what = "task 0 descriptors", .gva = 0x300000, .size = 1, .silent = true};
    MUST(pvg_guest_mem_map(pvg_guest_kernel_task(r->g), &descriptors));
    MUST(r->task = pvg_guest_task_create(r->g, &user));
    MUST(r->vertex = map(r, "vertex buffer", 0x100000, 0x4000, 0));
    MUST(r->index = map(r, "index buffer", 0x120000, 0x14000, 0));
    MUST(r->uniform = map(r, "uniform buffer", 0x140000, 0x4000, 0));
    MUST(r->scratch = map(r, "scratch buffer", 0x150000, 0x4000, PVG_PTE_FLAG));
    MUST(r->readback = map(r, "read-back buffer", 0x160000, 0x4000, 0));
    MUST(r->texture = map(r, "sampled texture", 0x170000, 0x4000, 0));
    MUST(r->mip = map(r, "mip texture", 0x178000, 0x4000, 0));
    MUST(r->reply = map(r, "query reply", 0x180000, 0x4000, 0));
    MUST(map(r, "vertex library", 0x200000, 0x8000, 0));
    MUST(map(r, "fragment library", 0x208000, 0x8000, 0));
    MUST(map(r, "kernel library", 0x210000, 0x8000, 0));
    MUST(map(r, "descriptors", 0x300000, 0x8000, 0));
    MUST(r->commands = map(r, "commands", 0x123400000, 0xc000, 0));
    return true;
}

static bool make_surface(struct run *r)
{
    const struct pvg_guest_surface_config c = {.id = SURFACE,
                                               .width = 256,
                                               .height = 256,
                                               .bytes_per_row = 1024,
                                               .gva = 0x2c20000,
                                               .descriptor_gva = 0x300000,
                                               .granule = GRANULE};
    MUST(r->surface = pvg_guest_surface_create(r->g, &c));
    return true;
}

/* D1 to D3 */
static bool show_display(struct run *r)
{
    MUST(r->display = pvg_guest_display_register(r->g, 0));
    MUST(pvg_guest_display_online(r->display));
    MUST(pvg_guest_display_wait_vblank(r->display));
    return true;
}

static bool make_textures(struct run *r)
{
    struct pvg_w_texture_desc d = pvg_guest_desc_2d(80, 8, 8, PVG_W_USAGE_READ);
    const struct pvg_w_linear_level levels[2] = {
        {.size = 0x800, .bytes_per_row = 256, .width = 8, .height = 8, .depth = 1},
        {.offset = 0x800, .size = 0x400, .bytes_per_row = 256, .width = 4, .height = 4, .depth = 1},
    };
    MUST(pvg_guest_linear_texture(r->task, 5, 0x300100, PVG_W_TYPE_TEXTURE, r->texture, &d, 4, levels));
    d.levels = 2;
    MUST(pvg_guest_linear_texture(r->task, 14, 0x300180, PVG_W_TYPE_TEXTURE_ALT, r->mip, &d, 4, levels));
    d = pvg_guest_desc_2d(80, 256, 256, PVG_W_USAGE_READ | PVG_W_USAGE_RENDER_TARGET);
    MUST(pvg_guest_surface_texture(r->task, 6, 0x300240, r->surface, &d));
    const struct pvg_w_texture_view view = {.opcode = PVG_W_NEW_VIEW_RANGE,
                                            .ref = 16,
                                            .base = 5,
                                            .format = 81,
                                            .has_range = true,
                                            .type = PVG_W_TEX_2D,
                                            .level_count = 1,
                                            .slice_count = 1,
                                            .swizzle = {2, 3, 4, 5}};
    MUST(pvg_guest_texture_view(r->task, 0x3003c0, &view));
    const struct pvg_w_buffer_texture bt = {
        .ref = 15, .buffer = 1, .offset = 0x1000, .bytes_per_row = 256, .desc = pvg_guest_desc_2d(70, 64, 4, PVG_W_USAGE_READ)};
    MUST(pvg_guest_buffer_texture(r->task, 0x300400, &bt));
    return true;
}

static bool make_states(struct run *r, const struct recording *rec)
{
    struct pvg_w_sampler sampler;
    struct pvg_w_depth_stencil depth;
    struct pvg_w_render_pipeline render;
    pvg_w_sampler_init(&sampler);
    sampler.ref = 7;
    MUST(pvg_guest_sampler(r->task, 0x3002a0, &sampler));
    pvg_w_depth_stencil_init(&depth);
    depth.ref = 8;
    MUST(pvg_guest_depth_stencil(r->task, 0x3002e0, &depth));
    MUST(pvg_guest_function(r->task, 9, 0x300320, 0x200000, 332));
    MUST(pvg_guest_function(r->task, 10, 0x300340, 0x208000, 305));
    MUST(pvg_guest_function(r->task, 11, 0x300360, 0x210000, 303));
    pvg_w_render_pipeline_init(&render);
    render.ref = 12;
    render.vertex_function = 9;
    render.fragment_function = 10;
    render.vertex.present = true;
    render.vertex.attribute_count = 2;
    render.vertex.attributes[0] = (struct pvg_w_vertex_attribute){.index = 0, .format = 29};
    render.vertex.attributes[1] = (struct pvg_w_vertex_attribute){.index = 1, .format = 29, .offset = 8};
    render.vertex.layout_mask = 1;
    render.vertex.layouts[0] = (struct pvg_w_vertex_layout){.step_function = PVG_W_STEP_PER_VERTEX, .step_rate = 1, .stride = 16};
    render.color[0].present = true;
    render.color[0].format = 80;
    MUST(pvg_guest_render_pipeline(r->task, 0x303fa0, &render));
    /* The session's kernel pipeline has a label, which nobody reads and the library does not write: take it as it is. */
    MUST(pvg_guest_object_publish(r->task, 13, PVG_W_TYPE_STATE, 0x300380, rec->image + 0x2b8380, 48));
    return true;
}

/* E2 and E3 */
static bool make_objects(struct run *r, const struct recording *rec)
{
    uint32_t info[5];
    r->readback_ref = (1u << rec->page_shift) / 12;
    MUST(pvg_guest_buffer(r->task, 1, 0x300000, r->vertex));
    MUST(pvg_guest_buffer(r->task, 2, 0x300020, r->index));
    MUST(pvg_guest_buffer(r->task, 3, 0x300040, r->uniform));
    MUST(pvg_guest_buffer(r->task, 4, 0x300060, r->scratch));
    MUST(pvg_guest_buffer(r->task, r->readback_ref, 0x300080, r->readback));
    MUST(make_textures(r) && make_states(r, rec));
    MUST(pvg_guest_compute_info(r->task, 13, r->reply, 8, info));
    MUST(info[PVG_COMPUTE_INFO_MAX_THREADS] >= info[PVG_COMPUTE_INFO_EXECUTION_WIDTH] && info[PVG_COMPUTE_INFO_EXECUTION_WIDTH]);
    return true;
}

static void pass(struct pvg_guest_cmd *c, double red, double green, double blue)
{
    struct pvg_w_render_pass p;
    pvg_w_render_pass_init(&p);
    p.color[0].texture = 6;
    p.color[0].load_action = 2;
    p.color[0].store_action = 1;
    p.color[0].clear[0] = red;
    p.color[0].clear[1] = green;
    p.color[0].clear[2] = blue;
    p.color[0].clear[3] = 1;
    p.width = p.height = 256;
    pvg_guest_cmd_pass(c, &p);
}

/* F1 */
static size_t first_frame(uint8_t *buf, size_t cap)
{
    struct pvg_guest_cmd c;
    const struct pvg_w_record fill = {.fill_buffer = {.ref = 4, .location = 16, .length = 1024, .value = 0xc3}};
    const struct pvg_w_record copy = {
        .copy_buffer = {.source = 1, .destination = 4, .source_offset = 0x20, .destination_offset = 0x800, .size = 0x40}};
    const struct pvg_w_bind vb = {.ref = 1}, fb = {.ref = 3, .offset = 0x100}, smp = {.ref = 7};
    const struct pvg_w_bind tex[4] = {{.ref = 5}, {.ref = 16}, {.ref = 15}, {.ref = 14}};
    const struct pvg_w_bind cb = {.ref = 4, .offset = 0x2000};
    struct pvg_w_draw draw = {.primitive = 3, .indexed = true, .index_ref = 2, .count = 6, .instance_count = 1};
    pvg_guest_cmd_begin(&c, buf, cap);
    pvg_guest_cmd_segment(&c, PVG_W_SEG_BLIT);
    pvg_guest_cmd_record(&c, 0x132, &fill);
    pvg_guest_cmd_record(&c, 0x12d, &copy);
    pvg_guest_cmd_segment(&c, PVG_W_SEG_RENDER);
    pass(&c, 0.2, 0.4, 0.6);
    pvg_guest_cmd_set_ref(&c, 0x74, 12);
    pvg_guest_cmd_set_ref(&c, 0x68, 8);
    pvg_guest_cmd_viewport(&c, 256, 256);
    pvg_guest_cmd_scissor(&c, 0, 0, 256, 256);
    pvg_guest_cmd_set_value(&c, 0x6b, 0);
    pvg_guest_cmd_set_value(&c, 0x73, 1);
    pvg_guest_cmd_bind(&c, 0x7d, 0, &vb, 1);
    pvg_guest_cmd_bind(&c, 0x6e, 0, &fb, 1);
    pvg_guest_cmd_bind(&c, 0x72, 0, tex, 4);
    pvg_guest_cmd_bind(&c, 0x70, 0, &smp, 1);
    pvg_guest_cmd_draw(&c, &draw);
    draw.index_type = 1;
    draw.index_offset = 0x10000;
    pvg_guest_cmd_draw(&c, &draw);
    pvg_guest_cmd_segment(&c, PVG_W_SEG_COMPUTE);
    pvg_guest_cmd_set_ref(&c, 0xd0, 13);
    pvg_guest_cmd_bind(&c, 0xcb, 0, &cb, 1);
    pvg_guest_cmd_dispatch(&c, (const uint64_t[3]){4, 1, 1}, (const uint64_t[3]){64, 1, 1});
    return pvg_guest_cmd_end(&c);
}

static bool synchronize(struct run *r, struct pvg_guest_stamp after, struct pvg_guest_stamp *stamp)
{
    const uint32_t surface = SURFACE, texture = 6;
    if (r->platform)
        return pvg_guest_synchronize(r->task, &texture, 1, &after, 1, stamp);
    return pvg_guest_synchronize(pvg_guest_kernel_task(r->g), &surface, 1, &after, 1, stamp);
}

static bool present(struct run *r, struct pvg_guest_stamp after, struct pvg_guest_stamp *stamp)
{
    pvg_guest_display_enable(r->display, PVG_DEVENT_ONLINE | PVG_DEVENT_OFFLINE | PVG_DEVENT_TRANSACTION);
    MUST(pvg_guest_display_present(r->display, r->surface, &after, 1, stamp) && pvg_guest_wait(r->g, *stamp));
    MUST(pvg_guest_display_wait_event(r->display, PVG_DEVENT_TRANSACTION));
    pvg_guest_display_enable(r->display, PVG_DEVENT_ONLINE | PVG_DEVENT_OFFLINE);
    return true;
}

/* F1 to F4 */
static bool frame1(struct run *r, struct pvg_guest_stamp *shown)
{
    static const struct pvg_w_exec_resource table[] = {
        {1, {1}}, {2, {1}}, {3, {1}}, {4, {1, 1}}, {5, {1}}, {16, {0}}, {15, {0}}, {14, {1}}, {6, {0, 1}}, {SURFACE, {0, 1}},
    };
    const uint32_t changed[2] = {1, 3};
    uint8_t stream[2048];
    size_t n = first_frame(stream, sizeof(stream));
    const struct pvg_w_exec_buffer buffer = {.gva = 0x123403c00, .length = n};
    const struct pvg_guest_stamp gate = {.slot = 3, .value = 1};
    const struct pvg_guest_exec x = {
        .resources = table, .resource_count = 10, .buffers = &buffer, .buffer_count = 1, .waits = &gate, .wait_count = 1};
    struct pvg_guest_stamp done, copied;
    MUST(n == 1096 && pvg_guest_mem_write(r->commands, 0x3c00, stream, n));
    MUST(pvg_guest_exec(r->task, &x, &done));
    MUST(!pvg_guest_stamp_done(r->g, done));
    MUST(pvg_guest_invalidate(r->task, changed, 2, NULL) && pvg_guest_wait(r->g, done));
    MUST(synchronize(r, done, &copied) && pvg_guest_wait(r->g, copied));
    return present(r, done, shown);
}

/* G1 and G2 */
static bool frame2(struct run *r, struct pvg_guest_stamp shown, struct pvg_guest_stamp *done)
{
    const struct pvg_w_exec_resource table[] = {{6, {0, 1}}, {SURFACE, {0, 1}}, {r->readback_ref, {1, 1}}};
    const struct pvg_w_record copy = {.buffer_image = {.buffer = r->readback_ref,
                                                       .texture = 6,
                                                       .origin = {96, 120, 0},
                                                       .size = {64, 16, 1},
                                                       .bytes_per_row = 256,
                                                       .bytes_per_image = 4096}};
    struct pvg_guest_cmd c;
    struct pvg_guest_stamp copied;
    uint8_t a[1024], b[1024];
    pvg_guest_cmd_begin(&c, a, sizeof(a));
    pvg_guest_cmd_segment(&c, PVG_W_SEG_RENDER);
    pass(&c, 0.8, 0.6, 0.4);
    size_t an = pvg_guest_cmd_end(&c);
    pvg_guest_cmd_begin(&c, b, sizeof(b));
    pvg_guest_cmd_segment(&c, PVG_W_SEG_BLIT);
    pvg_guest_cmd_record(&c, 0x12e, &copy);
    size_t bn = pvg_guest_cmd_end(&c);
    const struct pvg_w_exec_buffer buffers[2] = {{.gva = 0x123408000, .length = an}, {.gva = 0x123408400, .length = bn}};
    const struct pvg_guest_exec x = {
        .resources = table, .resource_count = 3, .buffers = buffers, .buffer_count = 2, .waits = &shown, .wait_count = 1};
    MUST(an == 600 && bn == 104);
    MUST(pvg_guest_mem_write(r->commands, 0x8000, a, an) && pvg_guest_mem_write(r->commands, 0x8400, b, bn));
    MUST(pvg_guest_exec(r->task, &x, done) && pvg_guest_wait(r->g, *done));
    MUST(synchronize(r, *done, &copied) && pvg_guest_wait(r->g, copied));
    return present(r, *done, &copied);
}

/* H1: NOPs up to 20 bytes before the ring's end, then one that ends it, one that straddles it, one behind. */
static bool wrap_ring(struct run *r, struct pvg_guest_stamp exec, uint32_t page)
{
    struct pvg_guest_stamp last;
    for (uint32_t at = 0x24; at < 2 * page - 20; at += 12)
        MUST(pvg_guest_queue(r->g, 3, PVG_OP_NOP, NULL, 0, NULL, 0, &last));
    pvg_guest_publish(r->g, 3);
    MUST(pvg_guest_wait(r->g, last));
    MUST(pvg_guest_queue(r->g, 3, PVG_OP_NOP, NULL, 0, NULL, 0, NULL));
    MUST(pvg_guest_queue(r->g, 3, PVG_OP_NOP, &exec, 1, NULL, 0, NULL));
    MUST(pvg_guest_submit(r->g, 3, PVG_OP_NOP, NULL, 0, NULL, 0, &last));
    MUST(pvg_guest_wait(r->g, last));
    return true;
}

/* I1 to I4 */
static bool tear_down(struct run *r, struct pvg_guest_stamp exec)
{
    const uint32_t resources[] = {16, 15, 14, 5, 6, 1, 2, 3, 4, r->readback_ref};
    static const uint32_t states[][2] = {{PVG_DESTROY_SAMPLER, 7},          {PVG_DESTROY_DEPTH_STENCIL, 8},
                                         {PVG_DESTROY_RENDER_PIPELINE, 12}, {PVG_DESTROY_COMPUTE_PIPELINE, 13},
                                         {PVG_DESTROY_FUNCTION, 9},         {PVG_DESTROY_FUNCTION, 10},
                                         {PVG_DESTROY_FUNCTION, 11}};
    struct pvg_guest_stamp stamp;
    uint8_t payload[8];
    for (size_t i = 0; i < 10; i++)
        MUST(pvg_guest_delete_resource(r->task, resources[i], &exec, i == 0));
    for (size_t i = 0; i < 7; i++)
        MUST(pvg_guest_delete_object(r->task, states[i][0], states[i][1]));
    if (!r->platform) {
        const struct pvg_w_task_object backing = {.object = SURFACE};
        size_t n = pvg_w_delete_backing_encode(payload, sizeof(payload), &backing);
        MUST(pvg_guest_submit(r->g, 2, PVG_OP_DELETE_IOSURFACE_BACKING2, NULL, 0, payload, n, NULL));
        free(r->surface); /* its memory belongs to task 0 */
    }
    MUST(pvg_guest_mem_unmap(r->texture));
    if (r->platform)
        MUST(pvg_guest_surface_destroy(r->surface));
    MUST(pvg_guest_task_destroy(r->task));
    for (uint32_t ch = 5; ch > 0; ch--) {
        const struct pvg_w_one_id id = {.id = ch};
        size_t n = pvg_w_one_id_encode(payload, sizeof(payload), &id);
        MUST(pvg_guest_submit(r->g, 0, PVG_OP_FREE_FIFO, NULL, 0, payload, n, &stamp));
    }
    MUST(pvg_guest_wait(r->g, stamp));
    return true;
}

static bool run_session(struct run *r, struct recording *rec, const struct pvg_guest_transport *t, const char *path, struct vmm *vm)
{
    struct pvg_guest_stamp shown = {0}, done = {0};
    MUST(bring_up(r, t) && make_surface(r) && show_display(r));
    MUST(load(rec, path, vm)); /* again: the contents of the resources go into RAM now */
    return make_objects(r, rec) && frame1(r, &shown) && frame2(r, shown, &done) && wrap_ring(r, done, 1u << t->page_shift) &&
           tear_down(r, done);
}

int main(int argc, char **argv)
{
    struct recording rec = {.image = calloc(1, RAM_SIZE), .covered = calloc(1, RAM_SIZE)};
    struct run r = {0};
    if (argc != 2 || !rec.image || !rec.covered || !load(&rec, argv[1], NULL)) {
        fprintf(stderr, "usage: test_encode STEPS\n");
        return 2;
    }
    const struct vmm_config c = {.variant = rec.platform ? PVG_VARIANT_PLATFORM : PVG_VARIANT_PCI,
                                 .renderer = PVG_RENDERER_NULL,
                                 .ram_size = RAM_SIZE,
                                 .kva_map = kva_map,
                                 .kva_count = sizeof(kva_map) / sizeof(kva_map[0])};
    struct vmm *vm = vmm_new(&c);
    struct pvg_guest_transport t = vmm_transport(vm);
    t.alloc = place_alloc;
    t.free = place_free;
    t.virtual_address = place_virtual;
    r.platform = rec.platform;
    bool ok = run_session(&r, &rec, &t, argv[1], vm) && compare(&rec, vm) == 0;
    if (!ok && vm->log)
        fprintf(stderr, "--- log ---\n%s\n", vm->log);
    pvg_guest_close(r.g);
    vmm_free(vm);
    free(rec.image);
    free(rec.covered);
    return ok ? 0 : 1;
}
