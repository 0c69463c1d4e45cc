/* SPDX-License-Identifier: MIT */
/**
 * @file A guest with one task on a machine inside the test's process, for tests that work on the level of stream records: objects
 * in one call each, shaders as AIR text, one command buffer at a time, pixels and bytes read back through guest memory.
 *
 * Everything goes through the whole wire path: page tables, object lists, rings, stamps. Failures of the machinery end the program
 * with a message; what a test checks is left to the test.
 */
#ifndef TESTS_KIT_H
#define TESTS_KIT_H

#include "tests/vmm/vmm.h"

/** Record opcodes (spec 06), by the selector that emits them. */
enum kit_op {
    KIT_SET_BLEND_COLOR = 0x65,
    KIT_SET_DEPTH_STENCIL = 0x68,
    KIT_SET_CULL_MODE = 0x6b,
    KIT_FRAGMENT_BUFFERS = 0x6e,
    KIT_FRAGMENT_SAMPLERS = 0x70,
    KIT_FRAGMENT_TEXTURES = 0x72,
    KIT_SET_PIPELINE = 0x74,
    KIT_VERTEX_BUFFERS = 0x7d,
    KIT_VERTEX_SAMPLERS = 0x7f,
    KIT_VERTEX_TEXTURES = 0x81,
    KIT_COMPUTE_BUFFERS = 0xcb,
    KIT_COMPUTE_SAMPLERS = 0xcc,
    KIT_COMPUTE_TEXTURES = 0xce,
    KIT_SET_COMPUTE_PIPELINE = 0xd0,
    KIT_COPY_BUFFER_TO_TEXTURE = 0x12c,
};

/** MTLPixelFormat values that tests name often. */
enum kit_format {
    KIT_R8 = 10,
    KIT_R32F = 55,
    KIT_RGBA8 = 70,
    KIT_BGRA8 = 80,
    KIT_RGBA16F = 115,
    KIT_RGBA32F = 125,
    KIT_DEPTH32 = 252,
    KIT_STENCIL8 = 253,
    KIT_DEPTH32_STENCIL8 = 260,
};

/** MTLPrimitiveType. */
enum kit_primitive { KIT_POINT, KIT_LINE, KIT_LINE_STRIP, KIT_TRIANGLE, KIT_TRIANGLE_STRIP };

struct kit_resource {
    uint32_t ref;
    struct pvg_guest_mem *mem; /**< NULL: no memory of its own. */
    bool written_by_cpu;       /**< The next command buffer tells the device to read it anew. */
    bool texture;
};

#define KIT_MAX_RESOURCES 1024
#define KIT_MAX_BUFFERS   64 /**< Command buffers of one packet. */

struct kit {
    struct vmm *vm;
    struct pvg_guest_transport transport;
    struct pvg_guest *g;
    struct pvg_guest_task *task;
    struct pvg_guest_mem *commands; /**< Where command buffers are handed over. */
    struct pvg_guest_cmd c;         /**< The command buffer under construction. */
    uint8_t *stream;
    uint64_t used;                                     /**< Bytes of `commands` that packets in flight occupy. */
    struct pvg_w_exec_buffer buffers[KIT_MAX_BUFFERS]; /**< Finished command buffers of the packet. */
    size_t buffer_count;
    bool borrowed; /**< The machine belongs to the caller. */
    struct kit_resource resources[KIT_MAX_RESOURCES];
    size_t resource_count;
    struct pvg_stats before; /**< Statistics at kit_begin(). */
};

/** Bring everything up. @return NULL with a message in `err` where the renderer is not available. */
struct kit *kit_new(const struct vmm_config *config, struct pvg_error *err);
/** A new guest on a machine whose device is in reset state; the machine stays the caller's. */
struct kit *kit_attach(struct vmm *vm);
void kit_free(struct kit *k);
/**
 * The main() of a test program: brings everything up on the Vulkan renderer, runs `tests`, which returns how many checks failed,
 * and prints the device's log if there are any.
 * @return Exit status: 0 passed, 1 failed, 77 skipped where the renderer is not available.
 */
int kit_main(unsigned (*tests)(struct kit *k));

/* ---- Objects; every function returns a reference, never 0 ---- */

/** New buffer; `init` is copied when given. */
uint32_t kit_buffer(struct kit *k, const void *init, size_t size);
/** Bytes of a buffer or of a texture's linear backing; valid to read after kit_run() (textures: after kit_download()). */
struct pvg_guest_mem *kit_mem(struct kit *k, uint32_t ref);
/** Store into guest memory; the next command buffer makes the device read it anew. */
void kit_write(struct kit *k, uint32_t ref, uint64_t offset, const void *p, size_t n);
void kit_read(struct kit *k, uint32_t ref, uint64_t offset, void *p, size_t n);

/** Texel size in bytes of an uncompressed colour format the kit knows (all of 8 to 128 bits in B.2's order); 0: unknown. */
uint32_t kit_texel_size(uint16_t format);

/** A texture with tight levels: `texel` bytes per texel, rows padded to 256 bytes, slices after one another in each level. */
uint32_t kit_texture(struct kit *k, const struct pvg_w_texture_desc *desc, uint32_t texel);
/** 2D texture, one level, managed storage. `pixels` (tight rows) is copied when given. */
uint32_t kit_texture_2d(struct kit *k, uint16_t format, uint32_t width, uint32_t height, uint32_t usage, const void *pixels);
/** Row pitch and offset of a level's slice in the linear backing of kit_texture(). */
uint32_t kit_pitch(const struct pvg_w_texture_desc *desc, uint32_t texel, uint32_t level);
uint64_t kit_offset(const struct pvg_w_texture_desc *desc, uint32_t texel, uint32_t level, uint32_t slice);

/** Sampler: linear or nearest, MTLSamplerAddressMode. */
uint32_t kit_sampler(struct kit *k, bool linear, uint8_t address);
uint32_t kit_depth_state(struct kit *k, uint8_t compare, bool write);

/**
 * A function from AIR text. Data layout, triple, versions and compile options are added; `text` holds types, functions and the
 * entry's metadata (nodes !0 to !89). `entry` is the name of the entry point.
 */
uint32_t kit_function(struct kit *k, const char *text, const char *entry);

/** Common functions of kit_shaders.c. */
extern const char kit_vs_color[];   /**< "vs_color": struct kit_vertex from vertex buffer 0 by vertex id, colour and uv out. */
extern const char kit_fs_color[];   /**< "fs_color": interpolated colour. */
extern const char kit_fs_texture[]; /**< "fs_texture": texture 0 through sampler 0 at uv, times colour. */
extern const char kit_fs_uniform[]; /**< "fs_uniform": float4 in fragment buffer 0. */
extern const char kit_cs_add[];     /**< "cs_add": u32 buffer 0 [thread] += u32 buffer 1 [0]. */

/** What kit_vs_color reads, 48 bytes. */
struct kit_vertex {
    float position[4];
    float color[4];
    float uv[2];
    float pad[2];
};

/** Defaults plus functions and one colour format; change what differs, then kit_render_pipeline(). */
void kit_pipeline_init(struct kit *k, struct pvg_w_render_pipeline *p, uint32_t vertex, uint32_t fragment, uint16_t format);
uint32_t kit_render_pipeline(struct kit *k, const struct pvg_w_render_pipeline *p);
/** Pipeline of kit_vs_color and one of the fragment functions above for one colour format. */
uint32_t kit_simple_pipeline(struct kit *k, const char *fragment_text, const char *fragment, uint16_t format);
uint32_t kit_compute_pipeline(struct kit *k, uint32_t function);

/* ---- Command buffers ---- */

/** Start a command buffer; pvg_guest_cmd_* functions work on &k->c. */
void kit_begin(struct kit *k);
/** Open a render segment with a pass on one cleared, stored colour target and its full viewport and scissor. */
void kit_pass(struct kit *k, uint32_t target, uint32_t width, uint32_t height, const double clear[4]);
/** Pass from a descriptor, without viewport. */
void kit_pass_desc(struct kit *k, const struct pvg_w_render_pass *pass);
void kit_bind1(struct kit *k, uint32_t opcode, uint32_t index, uint32_t ref, uint64_t offset);
void kit_draw(struct kit *k, uint32_t primitive, uint32_t start, uint32_t count);
/** Any record, with `info` looked up from the opcode. */
void kit_record(struct kit *k, uint32_t opcode, const struct pvg_w_record *r);
/** End the command buffer and begin the next one of the same packet. */
void kit_cut(struct kit *k);
/** Send the packet without waiting for it and begin a command buffer of the next one. */
void kit_send(struct kit *k);
/** Submit, wait. @return false when the stamp timed out or a record was refused (see the log). */
bool kit_run(struct kit *k);
/** As kit_run(), for tests of refusals: @return how many records were refused. */
uint64_t kit_run_refused(struct kit *k);
/** Owed texture content to guest memory. */
void kit_download(struct kit *k, const uint32_t *refs, size_t count);
/** Level 0, slice 0 of a kit_texture_2d(), tight rows; downloads first. Free with free(). */
void *kit_pixels(struct kit *k, uint32_t ref, uint16_t format, uint32_t width, uint32_t height);

/** Fill four vertices of a triangle strip over the clip-space rectangle. */
void kit_quad(struct kit_vertex v[4], float x0, float y0, float x1, float y1, float z, const float color[4]);

#endif
