/* SPDX-License-Identifier: MIT */
/**
 * @file Indirect command buffers: the create record 0x36 and the command slots in guest memory (spec 05 sections 6.13 and 10,
 * spec 06 section 9).
 */
#ifndef PVG_WIRE_ICB_H
#define PVG_WIRE_ICB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PVG_W_ICB_LENGTH 88 /**< Bytes of record 0x36. */
/**
 * Bytes of a descriptor that states its command memory behind the record: u64 address in the task, u64 size. An extension of this
 * implementation and its guest library; how a macOS guest does it is not known (spec 06 section 9).
 */
#define PVG_W_ICB_BACKED_LENGTH 104
#define PVG_W_ICB_BIND_SIZE     0x14
#define PVG_W_ICB_STRIDE_SIZE   8
#define PVG_W_ICB_TESS_SIZE     0x1c

/** MTLIndirectCommandType bits. */
enum pvg_w_icb_command_type {
    PVG_W_ICB_DRAW = 0x1,
    PVG_W_ICB_DRAW_INDEXED = 0x2,
    PVG_W_ICB_DRAW_PATCHES = 0x4,
    PVG_W_ICB_DRAW_INDEXED_PATCHES = 0x8,
    PVG_W_ICB_DISPATCH = 0x20,
    PVG_W_ICB_DISPATCH_THREADS = 0x40,
    PVG_W_ICB_DRAW_MESH_GROUPS = 0x80,
    PVG_W_ICB_DRAW_MESH_THREADS = 0x100,
};

/** Flag bits at record offset +16. Bits 6 and 11..14 read 1 and are unidentified; bit 15 is never written. */
enum pvg_w_icb_flags {
    PVG_W_ICB_INHERIT_PIPELINE = 1u << 0,
    PVG_W_ICB_INHERIT_BUFFERS = 1u << 1,
    PVG_W_ICB_RAY_TRACING = 1u << 2,
    PVG_W_ICB_DYNAMIC_STRIDE = 1u << 3,
    PVG_W_ICB_INHERIT_DEPTH_STENCIL = 1u << 4,
    PVG_W_ICB_INHERIT_DEPTH_BIAS = 1u << 5,
    PVG_W_ICB_INHERIT_DEPTH_CLIP = 1u << 7,
    PVG_W_ICB_INHERIT_CULL = 1u << 8,
    PVG_W_ICB_INHERIT_WINDING = 1u << 9,
    PVG_W_ICB_INHERIT_FILL = 1u << 10,
    PVG_W_ICB_FLAGS_DEFAULT = 0x7ff0,
};

/** Where the parts of a command slot lie, as the guest states it. 0 = part absent, except for the command type. */
struct pvg_w_icb_layout {
    uint16_t command_type, barrier, dispatch_arguments, tess_factor;
    uint32_t pipeline;
    uint32_t vertex_binds, fragment_binds, object_binds, mesh_binds, kernel_binds;
    uint32_t strides, object_tg_lengths, tg_lengths, arguments;
    uint32_t command_size;
};

/** Indirect command buffer descriptor, record 0x36. It carries no ref of its own. */
struct pvg_w_icb {
    uint32_t command_types; /**< enum pvg_w_icb_command_type bits. */
    uint8_t max_vertex_binds, max_fragment_binds, max_kernel_binds, max_object_binds, max_mesh_binds;
    uint8_t max_kernel_tg_binds; /**< Default 31. */
    uint8_t max_object_tg_binds;
    uint8_t unidentified_0b, unidentified_0c; /**< Read 1. */
    uint16_t flags;                           /**< enum pvg_w_icb_flags, bit 15 cleared. */
    uint32_t unidentified_10;                 /**< Reads 0. */
    struct pvg_w_icb_layout layout;
    uint32_t max_commands;
    uint16_t options;                   /**< MTLResourceOptions. */
    uint64_t backing_gva, backing_size; /**< Command memory; 0: not stated. */
};

/** The record alone, or with its command memory. */
bool pvg_w_icb_decode(const uint8_t *p, size_t n, struct pvg_w_icb *out);
/** PVG_W_ICB_LENGTH bytes, or PVG_W_ICB_BACKED_LENGTH with a backing. */
size_t pvg_w_icb_encode(uint8_t *dst, size_t cap, const struct pvg_w_icb *in);

/** Fill in the slot layout that the guest's driver computes from the counts and command types. */
void pvg_w_icb_layout_default(struct pvg_w_icb *icb);

/** Tables of a slot. */
enum pvg_w_icb_table {
    PVG_W_ICB_TABLE_VERTEX,
    PVG_W_ICB_TABLE_FRAGMENT,
    PVG_W_ICB_TABLE_OBJECT,
    PVG_W_ICB_TABLE_MESH,
    PVG_W_ICB_TABLE_KERNEL,
    PVG_W_ICB_TABLE_STRIDES,
    PVG_W_ICB_TABLE_OBJECT_TG,
    PVG_W_ICB_TABLE_KERNEL_TG,
    PVG_W_ICB_TABLE_COUNT,
};

/** Offset and entry count of a table inside a slot. count 0: absent. @return false when it does not fit the slot. */
bool pvg_w_icb_table_range(const struct pvg_w_icb *icb, enum pvg_w_icb_table table, uint32_t *offset, uint32_t *count);

/** An address inside a named buffer. */
struct pvg_w_icb_address {
    uint32_t ref;         /**< 0 = unbound. */
    uint64_t gva;         /**< Buffer base + offset; 0 = base. */
    uint64_t gpu_address; /**< The same bytes as a GPU address; not used. */
};

/** Arguments of one command. The members that the type uses are set, the others are 0. */
struct pvg_w_icb_command {
    uint32_t type;     /**< enum pvg_w_icb_command_type, 0 = empty slot. */
    uint32_t barrier;  /**< 1 = barrier before the command. */
    uint32_t pipeline; /**< Ref, 0 = inherited. */
    uint16_t primitive, index_type, control_points;
    uint64_t start; /**< First vertex or patch. */
    uint64_t count; /**< Vertices, indices or patches. */
    uint64_t instance_count, base_instance;
    int64_t base_vertex;
    struct pvg_w_icb_address index;       /**< Index buffer or control-point index buffer. */
    struct pvg_w_icb_address patch_index; /**< Optional patch index buffer. */
    struct pvg_w_icb_address tess_factor;
    uint64_t tess_instance_stride;
    uint64_t grid[3], object_threads[3], threads[3]; /**< threads: per threadgroup (kernel or mesh). */
};

/**
 * Decode the slot at `slot`, which holds layout.command_size bytes (`n`).
 * @return false: a part does not fit the slot, an unknown type, or a mandatory buffer ref is 0.
 */
bool pvg_w_icb_command_decode(const struct pvg_w_icb *icb, const uint8_t *slot, size_t n, struct pvg_w_icb_command *out);
/** Write a slot; its tables are left zero. @return false when the command has no form in this layout. */
bool pvg_w_icb_command_encode(const struct pvg_w_icb *icb, uint8_t *slot, size_t n, const struct pvg_w_icb_command *in);

/** Entry i of a bind table (VERTEX..KERNEL). @return false when the table has no such entry. */
bool pvg_w_icb_bind(const struct pvg_w_icb *icb, const uint8_t *slot, size_t n, enum pvg_w_icb_table table, uint32_t i,
                    struct pvg_w_icb_address *out);
bool pvg_w_icb_bind_encode(const struct pvg_w_icb *icb, uint8_t *slot, size_t n, enum pvg_w_icb_table table, uint32_t i,
                           const struct pvg_w_icb_address *in);
/** Entry i of a table of lengths or strides (STRIDES..KERNEL_TG). @return false when the table has no such entry. */
bool pvg_w_icb_value(const struct pvg_w_icb *icb, const uint8_t *slot, size_t n, enum pvg_w_icb_table table, uint32_t i,
                     uint64_t *out);
bool pvg_w_icb_value_encode(const struct pvg_w_icb *icb, uint8_t *slot, size_t n, enum pvg_w_icb_table table, uint32_t i,
                            uint64_t value);

#endif
