/* SPDX-License-Identifier: MIT */
#include "wire/icb.h"

#include "wire/object.h"
#include "wire/wire.h"

/* ---- Create record ---- */

static struct pvg_w_icb_layout decode_layout(const uint8_t *p)
{
    return (struct pvg_w_icb_layout){
        .command_type = pvg_ld16(p),
        .barrier = pvg_ld16(p + 0x02),
        .dispatch_arguments = pvg_ld16(p + 0x04),
        .tess_factor = pvg_ld16(p + 0x06),
        .pipeline = pvg_ld32(p + 0x08),
        .vertex_binds = pvg_ld32(p + 0x0c),
        .fragment_binds = pvg_ld32(p + 0x10),
        .object_binds = pvg_ld32(p + 0x14),
        .mesh_binds = pvg_ld32(p + 0x18),
        .kernel_binds = pvg_ld32(p + 0x1c),
        .strides = pvg_ld32(p + 0x20),
        .object_tg_lengths = pvg_ld32(p + 0x24),
        .tg_lengths = pvg_ld32(p + 0x28),
        .arguments = pvg_ld32(p + 0x2c),
        .command_size = pvg_ld32(p + 0x30),
    };
}

bool pvg_w_icb_decode(const uint8_t *p, size_t n, struct pvg_w_icb *out)
{
    bool backed = n == PVG_W_ICB_BACKED_LENGTH;

    if ((n != PVG_W_ICB_LENGTH && !backed) || pvg_ld32(p) != PVG_W_NEW_ICB || pvg_ld32(p + 4) != PVG_W_ICB_LENGTH)
        return false;
    p += 8;
    *out = (struct pvg_w_icb){
        .command_types = pvg_ld32(p),
        .max_vertex_binds = p[4],
        .max_fragment_binds = p[5],
        .max_kernel_binds = p[6],
        .max_object_binds = p[7],
        .max_mesh_binds = p[8],
        .max_kernel_tg_binds = p[9],
        .max_object_tg_binds = p[0xa],
        .unidentified_0b = p[0xb],
        .unidentified_0c = p[0xc],
        .flags = pvg_ld16(p + 0xe) & 0x7fff,
        .unidentified_10 = pvg_ld32(p + 0x10),
        .layout = decode_layout(p + 0x14),
        .max_commands = pvg_ld32(p + 0x48),
        .options = pvg_ld16(p + 0x4c),
        .backing_gva = backed ? pvg_ld64(p + 0x50) : 0,
        .backing_size = backed ? pvg_ld64(p + 0x58) : 0,
    };
    return out->max_commands != 0;
}

size_t pvg_w_icb_encode(uint8_t *dst, size_t cap, const struct pvg_w_icb *in)
{
    const struct pvg_w_icb_layout *l = &in->layout;

    size_t length = in->backing_gva ? PVG_W_ICB_BACKED_LENGTH : PVG_W_ICB_LENGTH;

    if (cap < length)
        return 0;
    memset(dst, 0, length);
    pvg_st32(dst, PVG_W_NEW_ICB);
    pvg_st32(dst + 4, PVG_W_ICB_LENGTH);
    uint8_t *p = dst + 8;
    pvg_st32(p, in->command_types);
    p[4] = in->max_vertex_binds;
    p[5] = in->max_fragment_binds;
    p[6] = in->max_kernel_binds;
    p[7] = in->max_object_binds;
    p[8] = in->max_mesh_binds;
    p[9] = in->max_kernel_tg_binds;
    p[0xa] = in->max_object_tg_binds;
    p[0xb] = in->unidentified_0b;
    p[0xc] = in->unidentified_0c;
    pvg_st16(p + 0xe, in->flags & 0x7fff);
    pvg_st32(p + 0x10, in->unidentified_10);
    pvg_st32(p + 0x48, in->max_commands);
    pvg_st16(p + 0x4c, in->options);
    p += 0x14;
    pvg_st16(p, l->command_type);
    pvg_st16(p + 0x02, l->barrier);
    pvg_st16(p + 0x04, l->dispatch_arguments);
    pvg_st16(p + 0x06, l->tess_factor);
    pvg_st32(p + 0x08, l->pipeline);
    pvg_st32(p + 0x0c, l->vertex_binds);
    pvg_st32(p + 0x10, l->fragment_binds);
    pvg_st32(p + 0x14, l->object_binds);
    pvg_st32(p + 0x18, l->mesh_binds);
    pvg_st32(p + 0x1c, l->kernel_binds);
    pvg_st32(p + 0x20, l->strides);
    pvg_st32(p + 0x24, l->object_tg_lengths);
    pvg_st32(p + 0x28, l->tg_lengths);
    pvg_st32(p + 0x2c, l->arguments);
    pvg_st32(p + 0x30, l->command_size);
    if (in->backing_gva) {
        pvg_st64(dst + PVG_W_ICB_LENGTH, in->backing_gva);
        pvg_st64(dst + PVG_W_ICB_LENGTH + 8, in->backing_size);
    }
    return length;
}

/* ---- Slot layout ---- */

/* Bytes of the arguments as the slot reserves them (spec 06 section 9.2). */
static uint32_t arguments_size(uint32_t type)
{
    switch (type) {
    case PVG_W_ICB_DRAW:
        return 0x24;
    case PVG_W_ICB_DRAW_INDEXED:
    case PVG_W_ICB_DRAW_PATCHES:
        return 0x38;
    case PVG_W_ICB_DRAW_INDEXED_PATCHES:
        return 0x4c;
    case PVG_W_ICB_DISPATCH:
    case PVG_W_ICB_DISPATCH_THREADS:
        return 0x30;
    case PVG_W_ICB_DRAW_MESH_GROUPS:
    case PVG_W_ICB_DRAW_MESH_THREADS:
        return 0x48;
    default:
        return 0;
    }
}

void pvg_w_icb_layout_default(struct pvg_w_icb *icb)
{
    struct pvg_w_icb_layout *l = &icb->layout;
    uint32_t largest = 0;

    *l = (struct pvg_w_icb_layout){
        .barrier = 4,
        .dispatch_arguments = 8,
        .tess_factor = 0x40,
        .pipeline = 0x60,
        .vertex_binds = 0x64,
    };
    l->fragment_binds = l->vertex_binds + PVG_W_ICB_BIND_SIZE * icb->max_vertex_binds;
    l->object_binds = l->fragment_binds + PVG_W_ICB_BIND_SIZE * icb->max_fragment_binds;
    l->mesh_binds = l->object_binds + PVG_W_ICB_BIND_SIZE * icb->max_object_binds;
    l->kernel_binds = l->mesh_binds + PVG_W_ICB_BIND_SIZE * icb->max_mesh_binds;
    l->strides = l->kernel_binds + PVG_W_ICB_BIND_SIZE * icb->max_kernel_binds;
    uint32_t strides = icb->flags & PVG_W_ICB_DYNAMIC_STRIDE
                           ? (icb->max_vertex_binds > icb->max_kernel_binds ? icb->max_vertex_binds : icb->max_kernel_binds)
                           : 0;
    l->object_tg_lengths = l->strides + PVG_W_ICB_STRIDE_SIZE * strides;
    l->tg_lengths = l->object_tg_lengths + PVG_W_ICB_STRIDE_SIZE * icb->max_object_tg_binds;
    l->arguments = l->tg_lengths + PVG_W_ICB_STRIDE_SIZE * icb->max_kernel_tg_binds;
    for (uint32_t bit = 0; bit < 32; bit++) {
        uint32_t size = icb->command_types & 1u << bit ? arguments_size(1u << bit) : 0;
        largest = size > largest ? size : largest;
    }
    l->command_size = l->arguments + largest;
}

static uint32_t entries(uint32_t start, uint32_t end, uint32_t size)
{
    return end > start ? (end - start) / size : 0;
}

/* The stride table ends at the nearest of the tables that may follow it. */
static uint32_t strides_end(const struct pvg_w_icb_layout *l)
{
    const uint32_t next[] = {l->object_tg_lengths, l->tg_lengths, l->arguments};
    uint32_t end = 0;

    for (size_t i = 0; i < 3; i++)
        if (next[i] > l->strides && (end == 0 || next[i] < end))
            end = next[i];
    return end;
}

bool pvg_w_icb_table_range(const struct pvg_w_icb *icb, enum pvg_w_icb_table table, uint32_t *offset, uint32_t *count)
{
    const struct pvg_w_icb_layout *l = &icb->layout;
    uint32_t size = table >= PVG_W_ICB_TABLE_STRIDES ? PVG_W_ICB_STRIDE_SIZE : PVG_W_ICB_BIND_SIZE;

    switch (table) {
    case PVG_W_ICB_TABLE_VERTEX:
        *offset = l->vertex_binds;
        *count = icb->max_vertex_binds;
        break;
    case PVG_W_ICB_TABLE_FRAGMENT:
        *offset = l->fragment_binds;
        *count = icb->max_fragment_binds;
        break;
    case PVG_W_ICB_TABLE_OBJECT:
        *offset = l->object_binds;
        *count = entries(l->object_binds, l->mesh_binds, PVG_W_ICB_BIND_SIZE);
        break;
    case PVG_W_ICB_TABLE_MESH:
        *offset = l->mesh_binds;
        *count = entries(l->mesh_binds, l->kernel_binds, PVG_W_ICB_BIND_SIZE);
        break;
    case PVG_W_ICB_TABLE_KERNEL:
        *offset = l->kernel_binds;
        *count = icb->max_kernel_binds;
        break;
    case PVG_W_ICB_TABLE_STRIDES:
        *offset = l->strides;
        *count = entries(l->strides, strides_end(l), PVG_W_ICB_STRIDE_SIZE);
        break;
    case PVG_W_ICB_TABLE_OBJECT_TG:
        *offset = l->object_tg_lengths;
        *count = entries(l->object_tg_lengths, l->tg_lengths, PVG_W_ICB_STRIDE_SIZE);
        break;
    case PVG_W_ICB_TABLE_KERNEL_TG:
        *offset = l->tg_lengths;
        *count = entries(l->tg_lengths, l->arguments, PVG_W_ICB_STRIDE_SIZE);
        break;
    default:
        return false;
    }
    if (*offset == 0)
        *count = 0;
    return pvg_array_fits(*offset, *count, size, l->command_size);
}

/* ---- Slots ---- */

#define FIELD_ABSENT UINT32_MAX

/* Arguments of a command in the order of spec 06 section 9.2; offsets count from the arguments, FIELD_ABSENT = not carried. */
struct argument_layout {
    uint32_t type;
    uint32_t written;
    uint32_t start, count, instances, base_vertex, base_instance, index, patch_index;
};

static const struct argument_layout argument_layouts[] = {
    {PVG_W_ICB_DRAW, 0x22, 0x02, 0x0a, 0x12, FIELD_ABSENT, 0x1a, FIELD_ABSENT, FIELD_ABSENT},
    {PVG_W_ICB_DRAW_INDEXED, 0x38, FIELD_ABSENT, 0x08, 0x20, 0x28, 0x30, FIELD_ABSENT, FIELD_ABSENT},
    {PVG_W_ICB_DRAW_PATCHES, 0x36, 0x02, 0x0a, 0x26, FIELD_ABSENT, 0x2e, FIELD_ABSENT, 0x12},
    {PVG_W_ICB_DRAW_INDEXED_PATCHES, 0x4a, 0x02, 0x0a, 0x3a, FIELD_ABSENT, 0x42, 0x26, 0x12},
};

static const struct argument_layout *find_arguments(uint32_t type)
{
    for (size_t i = 0; i < sizeof(argument_layouts) / sizeof(argument_layouts[0]); i++)
        if (argument_layouts[i].type == type)
            return &argument_layouts[i];
    return NULL;
}

static uint64_t get64(const uint8_t *p, uint32_t offset)
{
    return offset == FIELD_ABSENT ? 0 : pvg_ld64(p + offset);
}

static void set64(uint8_t *p, uint32_t offset, uint64_t v)
{
    if (offset != FIELD_ABSENT)
        pvg_st64(p + offset, v);
}

static struct pvg_w_icb_address get_address(const uint8_t *p)
{
    return (struct pvg_w_icb_address){.ref = pvg_ld32(p), .gva = pvg_ld64(p + 4), .gpu_address = pvg_ld64(p + 12)};
}

static void set_address(uint8_t *p, const struct pvg_w_icb_address *a)
{
    pvg_st32(p, a->ref);
    pvg_st64(p + 4, a->gva);
    pvg_st64(p + 12, a->gpu_address);
}

static void decode_draw(const uint8_t *p, const struct argument_layout *l, struct pvg_w_icb_command *c)
{
    c->start = get64(p, l->start);
    c->count = get64(p, l->count);
    c->instance_count = get64(p, l->instances);
    c->base_vertex = (int64_t)get64(p, l->base_vertex);
    c->base_instance = get64(p, l->base_instance);
    if (l->index != FIELD_ABSENT)
        c->index = get_address(p + l->index);
    if (l->patch_index != FIELD_ABSENT)
        c->patch_index = get_address(p + l->patch_index);
    if (l->type & (PVG_W_ICB_DRAW_PATCHES | PVG_W_ICB_DRAW_INDEXED_PATCHES))
        c->control_points = pvg_ld16(p);
    else
        c->primitive = pvg_ld16(p);
    if (l->type == PVG_W_ICB_DRAW_INDEXED) {
        c->index_type = pvg_ld16(p + 2);
        c->index = (struct pvg_w_icb_address){pvg_ld32(p + 4), pvg_ld64(p + 0x10), pvg_ld64(p + 0x18)};
    }
}

static void encode_draw(uint8_t *p, const struct argument_layout *l, const struct pvg_w_icb_command *c)
{
    set64(p, l->start, c->start);
    set64(p, l->count, c->count);
    set64(p, l->instances, c->instance_count);
    set64(p, l->base_vertex, (uint64_t)c->base_vertex);
    set64(p, l->base_instance, c->base_instance);
    if (l->index != FIELD_ABSENT)
        set_address(p + l->index, &c->index);
    if (l->patch_index != FIELD_ABSENT)
        set_address(p + l->patch_index, &c->patch_index);
    pvg_st16(p, l->type & (PVG_W_ICB_DRAW_PATCHES | PVG_W_ICB_DRAW_INDEXED_PATCHES) ? c->control_points : c->primitive);
    if (l->type == PVG_W_ICB_DRAW_INDEXED) {
        pvg_st16(p + 2, c->index_type);
        pvg_st32(p + 4, c->index.ref);
        pvg_st64(p + 0x10, c->index.gva);
        pvg_st64(p + 0x18, c->index.gpu_address);
    }
}

static bool is_mesh(uint32_t type)
{
    return type == PVG_W_ICB_DRAW_MESH_GROUPS || type == PVG_W_ICB_DRAW_MESH_THREADS;
}

static bool is_dispatch(uint32_t type)
{
    return type == PVG_W_ICB_DISPATCH || type == PVG_W_ICB_DISPATCH_THREADS;
}

/* Bytes of the arguments that are written, 0 for an unknown type. */
static uint32_t written_size(uint32_t type)
{
    const struct argument_layout *l = find_arguments(type);

    if (l)
        return l->written;
    return is_dispatch(type) || is_mesh(type) ? arguments_size(type) : 0;
}

/* The slot holds everything that the layout places in it. */
static bool slot_fits(const struct pvg_w_icb *icb, size_t n, uint32_t type)
{
    const struct pvg_w_icb_layout *l = &icb->layout;

    return l->command_size && n >= l->command_size && pvg_range_ok(l->command_type, 4, l->command_size) &&
           (!l->barrier || pvg_range_ok(l->barrier, 4, l->command_size)) &&
           (!l->pipeline || pvg_range_ok(l->pipeline, 4, l->command_size)) &&
           (!l->tess_factor || !(type & (PVG_W_ICB_DRAW_PATCHES | PVG_W_ICB_DRAW_INDEXED_PATCHES)) ||
            pvg_range_ok(l->tess_factor, PVG_W_ICB_TESS_SIZE, l->command_size)) &&
           (!type || (l->arguments && pvg_range_ok(l->arguments, written_size(type), l->command_size)));
}

static void decode_grid(const uint8_t *p, struct pvg_w_icb_command *c)
{
    uint64_t *second = is_mesh(c->type) ? c->object_threads : c->threads;

    for (uint32_t i = 0; i < 3; i++) {
        c->grid[i] = pvg_ld64(p + 8 * i);
        second[i] = pvg_ld64(p + 24 + 8 * i);
        if (is_mesh(c->type))
            c->threads[i] = pvg_ld64(p + 48 + 8 * i);
    }
}

static void encode_grid(uint8_t *p, const struct pvg_w_icb_command *c)
{
    const uint64_t *second = is_mesh(c->type) ? c->object_threads : c->threads;

    for (uint32_t i = 0; i < 3; i++) {
        pvg_st64(p + 8 * i, c->grid[i]);
        pvg_st64(p + 24 + 8 * i, second[i]);
        if (is_mesh(c->type))
            pvg_st64(p + 48 + 8 * i, c->threads[i]);
    }
}

bool pvg_w_icb_command_decode(const struct pvg_w_icb *icb, const uint8_t *slot, size_t n, struct pvg_w_icb_command *out)
{
    const struct pvg_w_icb_layout *l = &icb->layout;

    *out = (struct pvg_w_icb_command){0};
    if (!slot_fits(icb, n, 0))
        return false;
    out->type = pvg_ld32(slot + l->command_type);
    if (out->type == 0)
        return true;
    if (!written_size(out->type) || !slot_fits(icb, n, out->type))
        return false;
    if (l->barrier)
        out->barrier = pvg_ld32(slot + l->barrier);
    if (l->pipeline)
        out->pipeline = pvg_ld32(slot + l->pipeline);
    if (out->type & (PVG_W_ICB_DRAW_PATCHES | PVG_W_ICB_DRAW_INDEXED_PATCHES) && l->tess_factor) {
        out->tess_factor = get_address(slot + l->tess_factor);
        out->tess_instance_stride = pvg_ld64(slot + l->tess_factor + 20);
    }
    const struct argument_layout *arguments = find_arguments(out->type);
    if (arguments)
        decode_draw(slot + l->arguments, arguments, out);
    else
        decode_grid(slot + l->arguments, out);
    return !(out->type & (PVG_W_ICB_DRAW_INDEXED | PVG_W_ICB_DRAW_INDEXED_PATCHES)) || out->index.ref != 0;
}

bool pvg_w_icb_command_encode(const struct pvg_w_icb *icb, uint8_t *slot, size_t n, const struct pvg_w_icb_command *in)
{
    const struct pvg_w_icb_layout *l = &icb->layout;

    if (!slot_fits(icb, n, in->type) || (in->type && !written_size(in->type)))
        return false;
    memset(slot, 0, l->command_size);
    pvg_st32(slot + l->command_type, in->type);
    if (in->type == 0)
        return true;
    if (l->barrier)
        pvg_st32(slot + l->barrier, in->barrier);
    if (l->pipeline)
        pvg_st32(slot + l->pipeline, in->pipeline);
    if (in->type & (PVG_W_ICB_DRAW_PATCHES | PVG_W_ICB_DRAW_INDEXED_PATCHES) && l->tess_factor) {
        set_address(slot + l->tess_factor, &in->tess_factor);
        pvg_st64(slot + l->tess_factor + 20, in->tess_instance_stride);
    }
    const struct argument_layout *arguments = find_arguments(in->type);
    if (arguments)
        encode_draw(slot + l->arguments, arguments, in);
    else
        encode_grid(slot + l->arguments, in);
    return true;
}

/* Offset of entry i of a table, 0 when there is none. */
static uint32_t entry_offset(const struct pvg_w_icb *icb, size_t n, enum pvg_w_icb_table table, uint32_t i, uint32_t size)
{
    uint32_t offset, count;

    if (n < icb->layout.command_size || !pvg_w_icb_table_range(icb, table, &offset, &count) || i >= count)
        return 0;
    return offset + i * size;
}

bool pvg_w_icb_bind(const struct pvg_w_icb *icb, const uint8_t *slot, size_t n, enum pvg_w_icb_table table, uint32_t i,
                    struct pvg_w_icb_address *out)
{
    uint32_t at = table <= PVG_W_ICB_TABLE_KERNEL ? entry_offset(icb, n, table, i, PVG_W_ICB_BIND_SIZE) : 0;

    if (!at)
        return false;
    *out = get_address(slot + at);
    return true;
}

bool pvg_w_icb_bind_encode(const struct pvg_w_icb *icb, uint8_t *slot, size_t n, enum pvg_w_icb_table table, uint32_t i,
                           const struct pvg_w_icb_address *in)
{
    uint32_t at = table <= PVG_W_ICB_TABLE_KERNEL ? entry_offset(icb, n, table, i, PVG_W_ICB_BIND_SIZE) : 0;

    if (!at)
        return false;
    set_address(slot + at, in);
    return true;
}

bool pvg_w_icb_value(const struct pvg_w_icb *icb, const uint8_t *slot, size_t n, enum pvg_w_icb_table table, uint32_t i,
                     uint64_t *out)
{
    uint32_t at = table >= PVG_W_ICB_TABLE_STRIDES ? entry_offset(icb, n, table, i, PVG_W_ICB_STRIDE_SIZE) : 0;

    if (!at)
        return false;
    *out = pvg_ld64(slot + at);
    return true;
}

bool pvg_w_icb_value_encode(const struct pvg_w_icb *icb, uint8_t *slot, size_t n, enum pvg_w_icb_table table, uint32_t i,
                            uint64_t value)
{
    uint32_t at = table >= PVG_W_ICB_TABLE_STRIDES ? entry_offset(icb, n, table, i, PVG_W_ICB_STRIDE_SIZE) : 0;

    if (!at)
        return false;
    pvg_st64(slot + at, value);
    return true;
}
