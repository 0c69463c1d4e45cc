/* SPDX-License-Identifier: MIT */
/* Decoding of pipeline property lists (spec 05 section 8). pipeline_encode.c writes them. */
#include "wire/pipeline.h"

#include "wire/object.h"
#include "wire/wire.h"

#define HEADER 16 /* Offset values in the property list count from here. */

uint32_t pvg_w_vertex_format_size(uint32_t format)
{
    static const uint8_t sizes[56] = {
        0, 2, 3,  4,  2, 3, 4,  2,  3, 4, 2,  3,  4, 4, 6, 8, 4, 6, 8, 4, 6, 8, 4, 6, 8, 4, 6, 8,
        4, 8, 12, 16, 4, 8, 12, 16, 4, 8, 12, 16, 4, 4, 4, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 4, 4,
    };
    return format < sizeof(sizes) ? sizes[format] : 0;
}

/* ---- Tagged lists ---- */

/* A tagged list {u8 count, count x {u8 tag, u8 length, value}} that lies inside the record. */
struct list {
    const uint8_t *p; /* First property. */
    uint32_t count;
    size_t end; /* Record offset behind the list. */
};

struct property {
    uint8_t tag, length;
    const uint8_t *value;
};

static bool list_open(const uint8_t *record, size_t n, uint64_t at, struct list *l)
{
    if (at >= n)
        return false;
    size_t pos = (size_t)at + 1;
    l->count = record[at];
    l->p = record + pos;
    for (uint32_t i = 0; i < l->count; i++) {
        if (n - pos < 2 || n - pos - 2 < record[pos + 1])
            return false;
        pos += 2u + record[pos + 1];
    }
    l->end = pos;
    return true;
}

static struct property list_next(const uint8_t **p)
{
    struct property prop = {.tag = (*p)[0], .length = (*p)[1], .value = *p + 2};
    *p += 2 + prop.length;
    return prop;
}

/* First property with the tag whose value has at least four bytes. Lists are short, so a scan per tag is fine. */
static bool list_get(const struct list *l, uint8_t tag, uint32_t *value)
{
    const uint8_t *p = l->p;

    for (uint32_t i = 0; i < l->count; i++) {
        struct property prop = list_next(&p);
        if (prop.tag != tag)
            continue;
        if (prop.length < 4)
            return false;
        *value = pvg_ld32(prop.value);
        return true;
    }
    return false;
}

static uint32_t list_value(const struct list *l, uint8_t tag, uint32_t fallback)
{
    uint32_t value;
    return list_get(l, tag, &value) ? value : fallback;
}

/* ---- Arrays of tagged entries ---- */

struct array {
    const uint8_t *record;
    size_t n;
    size_t at; /* Record offset of the count word; entry offsets count from here. */
    uint32_t count;
};

static bool array_open(const uint8_t *record, size_t n, uint64_t at, uint32_t max, struct array *a)
{
    if (!pvg_range_ok(at, 4, n))
        return false;
    *a = (struct array){.record = record, .n = n, .at = (size_t)at, .count = pvg_ld32(record + at)};
    return a->count <= max && pvg_array_fits(at + 4, a->count, 4, n);
}

/* Entry i must lie behind the offset table, so that an entry cannot be the table itself. */
static bool array_entry(const struct array *a, uint32_t i, struct list *l)
{
    uint32_t offset = pvg_ld32(a->record + a->at + 4 + 4 * (size_t)i);

    return offset >= 4 + 4 * (uint64_t)a->count && list_open(a->record, a->n, (uint64_t)a->at + offset, l);
}

/* ---- Vertex and stage-input descriptors (8.5, 8.7) ---- */

struct vertex_rules {
    bool compute;
    uint32_t max_step;
    uint32_t default_step;
};

static const struct vertex_rules render_rules = {
    .max_step = PVG_W_STEP_PER_PATCH_CONTROL_POINT,
    .default_step = PVG_W_STEP_PER_VERTEX,
};
static const struct vertex_rules compute_rules = {
    .compute = true,
    .max_step = PVG_W_STEP_GRID_Y_INDEXED,
    .default_step = PVG_W_STEP_CONSTANT,
};

static const char *add_attribute(struct pvg_w_vertex_descriptor *d, uint32_t *seen, uint32_t index, uint32_t format,
                                 uint32_t buffer, uint32_t offset)
{
    if (format == 0)
        return NULL; /* Not declared. */
    if (!pvg_w_vertex_format_size(format))
        return "vertex attribute format";
    if (index >= PVG_W_MAX_VERTEX_ATTRIBUTES)
        return "vertex attribute index";
    if (*seen & 1u << index)
        return "vertex attribute declared twice";
    if (buffer >= PVG_W_MAX_VERTEX_LAYOUTS)
        return "vertex attribute buffer index";
    *seen |= 1u << index;
    d->attributes[d->attribute_count++] = (struct pvg_w_vertex_attribute){
        .index = (uint8_t)index,
        .format = (uint8_t)format,
        .buffer = (uint8_t)buffer,
        .offset = offset,
    };
    return NULL;
}

static const char *add_layout(struct pvg_w_vertex_descriptor *d, const struct vertex_rules *rules, uint32_t buffer, uint32_t step,
                              uint32_t rate, uint64_t stride)
{
    if (buffer >= PVG_W_MAX_VERTEX_LAYOUTS)
        return "vertex layout buffer index";
    if (d->layout_mask & 1u << buffer)
        return "vertex layout declared twice";
    if (step > rules->max_step)
        return "vertex layout step function";
    if (rate == 0 && step != PVG_W_STEP_CONSTANT)
        return "vertex layout step rate 0";
    d->layout_mask |= 1u << buffer;
    d->layouts[buffer] = (struct pvg_w_vertex_layout){.step_function = (uint8_t)step, .step_rate = rate, .stride = stride};
    return NULL;
}

/* What counts is what was declared: entries may all be attributes of format 0, which declare nothing. */
static void note_present(struct pvg_w_vertex_descriptor *d)
{
    d->present = d->attribute_count != 0 || d->layout_mask != 0;
}

static const char *decode_attributes(const struct array *a, struct pvg_w_vertex_descriptor *d)
{
    uint32_t seen = 0;

    for (uint32_t i = 0; i < a->count; i++) {
        struct list l;
        if (!array_entry(a, i, &l))
            return "vertex attribute entry";
        const char *why =
            add_attribute(d, &seen, list_value(&l, 0, i), list_value(&l, 1, 0), list_value(&l, 3, 0), list_value(&l, 2, 0));
        if (why)
            return why;
    }
    return NULL;
}

static const char *decode_layouts(const struct array *a, const struct vertex_rules *rules, struct pvg_w_vertex_descriptor *d)
{
    for (uint32_t i = 0; i < a->count; i++) {
        struct list l;
        if (!array_entry(a, i, &l))
            return "vertex layout entry";
        /* Metal's "dynamic" stride is all ones in the width of the value. */
        uint32_t stride = list_value(&l, 3, 0);
        const char *why = add_layout(d, rules, list_value(&l, 0, rules->compute ? i : 0), list_value(&l, 1, rules->default_step),
                                     list_value(&l, 2, 1), stride == UINT32_MAX ? PVG_W_STRIDE_DYNAMIC : stride);
        if (why)
            return why;
    }
    return NULL;
}

/* Section at record offset `at`. @return NULL or the name of the bad field. */
static const char *decode_vertex(const uint8_t *record, size_t n, uint64_t at, const struct vertex_rules *rules,
                                 struct pvg_w_vertex_descriptor *d)
{
    struct list section;
    struct array attributes, layouts;
    uint32_t attributes_at, layouts_at;

    if (!list_open(record, n, at, &section))
        return "vertex descriptor section";
    if (!list_get(&section, 0, &attributes_at) || !list_get(&section, 1, &layouts_at))
        return rules->compute ? "stage-input section without its arrays" : NULL;
    if (!array_open(record, n, at + attributes_at, PVG_W_MAX_VERTEX_ATTRIBUTES, &attributes))
        return "vertex attribute array";
    if (!array_open(record, n, at + layouts_at, PVG_W_MAX_VERTEX_LAYOUTS, &layouts))
        return "vertex layout array";
    const char *why = decode_attributes(&attributes, d);
    if (!why)
        why = decode_layouts(&layouts, rules, d);
    note_present(d);
    if (rules->compute) {
        d->index_type = list_value(&section, 2, 0) == 1;
        uint32_t index_buffer = list_value(&section, 3, 0);
        if (index_buffer >= PVG_W_MAX_VERTEX_LAYOUTS)
            return "stage-input index buffer";
        d->index_buffer = (uint8_t)index_buffer;
    }
    return why;
}

static void init_vertex(struct pvg_w_vertex_descriptor *d, const struct vertex_rules *rules)
{
    memset(d, 0, sizeof(*d));
    for (uint32_t i = 0; i < PVG_W_MAX_VERTEX_LAYOUTS; i++)
        d->layouts[i] = (struct pvg_w_vertex_layout){.step_function = (uint8_t)rules->default_step, .step_rate = 1};
}

/* ---- Colour attachments (8.6) ---- */

static const struct pvg_w_color_state default_color = {
    .source_rgb = 1,
    .source_alpha = 1,
    .write_mask = PVG_W_WRITE_ALL,
};

#define MAX_BLEND_FACTOR    18 /* 19 is Metal 4's "unspecialized". */
#define MAX_BLEND_OPERATION 4

static const char *decode_color(const struct list *l, uint32_t position, struct pvg_w_color_state *slots)
{
    const uint8_t *p = l->p;
    uint32_t slot = list_value(l, 0, position);
    uint32_t format = list_value(l, 1, 0);
    uint32_t factors[4] = {list_value(l, 3, 1), list_value(l, 4, 0), list_value(l, 6, 1), list_value(l, 7, 0)};
    uint32_t operations[2] = {list_value(l, 5, 0), list_value(l, 8, 0)};
    uint32_t write_mask = list_value(l, 9, PVG_W_WRITE_ALL);

    for (uint32_t i = 0; i < l->count; i++)
        if (list_next(&p).tag > 9)
            return "colour attachment property";
    if (slot >= PVG_W_MAX_COLOR_ATTACHMENTS)
        return "colour attachment index";
    if (format > UINT16_MAX)
        return "colour attachment format";
    for (int i = 0; i < 4; i++)
        if (factors[i] > MAX_BLEND_FACTOR)
            return "blend factor";
    if (operations[0] > MAX_BLEND_OPERATION || operations[1] > MAX_BLEND_OPERATION)
        return "blend operation";
    if (write_mask > PVG_W_WRITE_ALL)
        return "colour write mask";
    slots[slot] = (struct pvg_w_color_state){
        .present = true,
        .format = (uint16_t)format,
        .blend = list_value(l, 2, 0) != 0,
        .source_rgb = (uint8_t)factors[0],
        .destination_rgb = (uint8_t)factors[1],
        .operation_rgb = (uint8_t)operations[0],
        .source_alpha = (uint8_t)factors[2],
        .destination_alpha = (uint8_t)factors[3],
        .operation_alpha = (uint8_t)operations[1],
        .write_mask = (uint8_t)write_mask,
    };
    return NULL;
}

static const char *decode_colors(const uint8_t *record, size_t n, uint64_t at, struct pvg_w_color_state *slots)
{
    struct array a;

    if (!array_open(record, n, at, PVG_W_MAX_COLOR_ATTACHMENTS, &a))
        return "colour attachment section";
    for (uint32_t i = 0; i < a.count; i++) {
        struct list l;
        if (!array_entry(&a, i, &l))
            return "colour attachment entry";
        const char *why = decode_color(&l, i, slots);
        if (why)
            return why;
    }
    return NULL;
}

/* ---- Records ---- */

static void note_unknown(struct pvg_w_unknown_property *unknown, uint32_t *count, const struct property *prop)
{
    if (*count < PVG_W_MAX_UNKNOWN_PROPERTIES) {
        uint32_t value = 0;
        for (uint32_t i = 0; i < prop->length && i < 4; i++)
            value |= (uint32_t)prop->value[i] << (8 * i);
        unknown[*count] = (struct pvg_w_unknown_property){.tag = prop->tag, .length = prop->length, .value = value};
    }
    (*count)++;
}

/* Header of 16 bytes and a well-formed property list. The payload length word at 12 only repeats the declared length. */
static bool open_record(const uint8_t *p, size_t n, uint32_t opcode, struct list *l)
{
    return n > HEADER && pvg_ld32(p) == opcode && pvg_ld32(p + 4) == n && list_open(p, n, HEADER, l);
}

void pvg_w_render_pipeline_init(struct pvg_w_render_pipeline *out)
{
    *out = (struct pvg_w_render_pipeline){.sample_count = 1, .rasterization = true, .tess_max_factor = 16};
    init_vertex(&out->vertex, &render_rules);
    for (int i = 0; i < PVG_W_MAX_COLOR_ATTACHMENTS; i++)
        out->color[i] = default_color;
}

/* Tags whose meaning is certain. @return NULL or the name of the bad field. */
static const char *apply_known(struct pvg_w_render_pipeline *out, const uint8_t *p, size_t n, const struct list *l)
{
    uint32_t colors = list_value(l, out->mesh ? 0x14 : 0x08, 0);
    uint32_t vertex = out->mesh ? 0 : list_value(l, 0x03, 0);

    out->sample_count = list_value(l, 0x04, 1);
    if (out->sample_count == 0 || out->sample_count > 64)
        return "sample count";
    if (out->mesh) {
        out->object_function = list_value(l, 0x01, 0);
        out->mesh_function = list_value(l, 0x02, 0);
        out->fragment_function = list_value(l, 0x03, 0);
    } else {
        out->vertex_function = list_value(l, 0x01, 0);
        out->fragment_function = list_value(l, 0x02, 0);
        uint32_t depth = list_value(l, 0x09, 0), stencil = list_value(l, 0x0a, 0);
        if (depth > UINT16_MAX || stencil > UINT16_MAX)
            return "depth or stencil format";
        out->depth_format = (uint16_t)depth;
        out->stencil_format = (uint16_t)stencil;
    }
    const char *why = vertex ? decode_vertex(p, n, (uint64_t)HEADER + vertex, &render_rules, &out->vertex) : NULL;
    if (!why && colors)
        why = decode_colors(p, n, (uint64_t)HEADER + colors, out->color);
    return why;
}

static bool set_enum(uint8_t *field, uint32_t value, uint32_t max)
{
    if (value > max)
        return false;
    *field = (uint8_t)value;
    return true;
}

/*
 * Tags 0x05..0x07 and 0x0B..0x12 are known by the order of Metal's header only, so an impossible value means "some other property"
 * and is reported as unknown instead of costing the pipeline. @return false for such a value and for every other tag.
 */
static bool apply_inferred(struct pvg_w_render_pipeline *out, const struct property *prop)
{
    uint32_t v = prop->length >= 4 ? pvg_ld32(prop->value) : UINT32_MAX;

    switch (prop->tag) {
    case 0x05:
        out->alpha_to_coverage = v == 1;
        return v <= 1;
    case 0x06:
        out->alpha_to_one = v == 1;
        return v <= 1;
    case 0x07:
        out->rasterization = v != 0;
        return v <= 1;
    case 0x0b:
        return set_enum(&out->topology, v, 3);
    case 0x0c:
        return set_enum(&out->tess_partition_mode, v, 3);
    case 0x0d:
        out->tess_max_factor = v <= 64 ? v : 16;
        return v <= 64;
    case 0x0e:
        out->tess_factor_scale = v == 1;
        return v <= 1;
    case 0x0f:
        return set_enum(&out->tess_factor_format, v, 0);
    case 0x10:
        return set_enum(&out->tess_index_type, v, 2);
    case 0x11:
        return set_enum(&out->tess_step_function, v, 3);
    case 0x12:
        return set_enum(&out->tess_winding, v, 1);
    default:
        return false;
    }
}

static bool known_tag(const struct pvg_w_render_pipeline *out, uint8_t tag)
{
    if (out->mesh)
        return tag <= 0x04 || tag == 0x14;
    return tag <= 0x04 || (tag >= 0x08 && tag <= 0x0a);
}

bool pvg_w_render_pipeline_decode(const uint8_t *p, size_t n, struct pvg_w_render_pipeline *out)
{
    struct list l;
    uint32_t ignored;
    uint32_t seen = 0;

    pvg_w_render_pipeline_init(out);
    if (!open_record(p, n, PVG_W_NEW_RENDER_PIPELINE, &l)) {
        out->reason = "render pipeline header or property list";
        return false;
    }
    out->ref = pvg_ld32(p + 8);
    out->mesh = list_get(&l, 0x14, &ignored) && !list_get(&l, 0x08, &ignored);
    const uint8_t *at = l.p;
    for (uint32_t i = 0; i < l.count; i++) {
        struct property prop = list_next(&at);
        bool first = prop.tag >= 32 || !(seen & 1u << prop.tag);
        if (prop.tag < 32)
            seen |= 1u << prop.tag;
        if (known_tag(out, prop.tag) || !first)
            continue;
        if (out->mesh || !apply_inferred(out, &prop))
            note_unknown(out->unknown, &out->unknown_count, &prop);
    }
    out->reason = apply_known(out, p, n, &l);
    return !out->reason;
}

/* ---- Compute ---- */

void pvg_w_compute_pipeline_init(struct pvg_w_compute_pipeline *out)
{
    *out = (struct pvg_w_compute_pipeline){0};
    init_vertex(&out->stage_input, &compute_rules);
}

/* The bit-packed stage-input block (8.7): position of its first word behind the property list, 0 if there is none. */
static size_t find_packed_block(const uint8_t *p, size_t n, size_t at)
{
    size_t label = at;

    while (label < n && p[label] >= 0x20 && p[label] < 0x7f)
        label++;
    if (label > at && label < n && p[label] == 0)
        at = label + 1;
    for (size_t pad = at; pad < n; pad++) {
        if (pad % 4 == 0 && n - pad >= 12 && (pvg_ld32(p + pad + 4) & 0xffff) + 4 == n - pad)
            return pad;
        if (p[pad])
            return 0;
    }
    return 0;
}

static bool ranges_overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
    return a_size && b_size && a < b + b_size && b < a + a_size;
}

static const char *decode_packed(const uint8_t *head, size_t n, struct pvg_w_vertex_descriptor *d)
{
    uint32_t word = pvg_ld32(head), offsets = pvg_ld32(head + 4);
    uint32_t attributes = (word >> 22) & 31, layouts = word >> 27;
    uint32_t layouts_at = offsets & 0xffff, attributes_at = offsets >> 16;
    uint32_t seen = 0;
    const char *why = NULL;

    if ((layouts && layouts_at < 8) || (attributes && attributes_at < 8) || !pvg_array_fits(layouts_at, layouts, 16, n) ||
        !pvg_array_fits(attributes_at, attributes, 8, n) || ranges_overlap(layouts_at, layouts * 16, attributes_at, attributes * 8))
        return "packed stage-input sections";
    d->index_type = (word >> 16) & 1;
    d->index_buffer = (word >> 17) & 31;
    for (uint32_t i = 0; i < layouts && !why; i++) {
        const uint8_t *e = head + layouts_at + 16 * i;
        uint32_t bits = pvg_ld32(e);
        why = add_layout(d, &compute_rules, bits & 31, (bits >> 5) & 31, pvg_ld32(e + 4), pvg_ld64(e + 8));
    }
    for (uint32_t i = 0; i < attributes && !why; i++) {
        const uint8_t *e = head + attributes_at + 8 * i;
        uint32_t bits = pvg_ld32(e);
        why = add_attribute(d, &seen, bits & 31, (bits >> 10) & 63, (bits >> 5) & 31, pvg_ld32(e + 4));
    }
    note_present(d);
    return why;
}

static const char *decode_stage_input(const uint8_t *p, size_t n, const struct list *l, struct pvg_w_vertex_descriptor *d)
{
    uint32_t section;

    if (list_get(l, 0x03, &section))
        return section ? decode_vertex(p, n, (uint64_t)HEADER + section, &compute_rules, d) : NULL;
    size_t block = find_packed_block(p, n, l->end);
    return block ? decode_packed(p + block + 4, n - block - 4, d) : NULL;
}

bool pvg_w_compute_pipeline_decode(const uint8_t *p, size_t n, struct pvg_w_compute_pipeline *out)
{
    struct list l;

    pvg_w_compute_pipeline_init(out);
    if (!open_record(p, n, PVG_W_NEW_COMPUTE_PIPELINE, &l)) {
        out->reason = "compute pipeline header or property list";
        return false;
    }
    out->ref = pvg_ld32(p + 8);
    out->function = list_value(&l, 0x00, 0);
    out->threadgroup_multiple = list_value(&l, 0x01, 0) != 0;
    const uint8_t *at = l.p;
    for (uint32_t i = 0; i < l.count; i++) {
        struct property prop = list_next(&at);
        if (prop.tag > 0x03)
            note_unknown(out->unknown, &out->unknown_count, &prop);
    }
    out->reason = decode_stage_input(p, n, &l, &out->stage_input);
    return !out->reason;
}
