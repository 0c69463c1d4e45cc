/* SPDX-License-Identifier: MIT */
/* Encoding of pipeline property lists: defaults are left out, sections and entries start 4-byte aligned (spec 05 section 8.2). */
#include "wire/object.h"
#include "wire/wire.h"

#define HEADER 16

/* Writer over the destination; `ok` turns false when something does not fit and stays so. */
struct writer {
    uint8_t *dst;
    size_t cap, at;
    bool ok;
};

static void put(struct writer *w, const void *bytes, size_t n)
{
    if (!w->ok || n > w->cap - w->at) {
        w->ok = false;
        return;
    }
    memcpy(w->dst + w->at, bytes, n);
    w->at += n;
}

static void put32(struct writer *w, uint32_t v)
{
    uint8_t b[4];
    pvg_st32(b, v);
    put(w, b, sizeof(b));
}

static void align4(struct writer *w)
{
    static const uint8_t zero[4];
    put(w, zero, (4 - w->at % 4) % 4);
}

static void patch32(struct writer *w, size_t at, uint64_t v)
{
    if (w->ok && v <= UINT32_MAX)
        pvg_st32(w->dst + at, (uint32_t)v);
    else
        w->ok = false;
}

/* ---- Tagged lists ---- */

/* Start a list. @return where its count byte lies. */
static size_t list_begin(struct writer *w)
{
    uint8_t none = 0;
    put(w, &none, 1);
    return w->at - 1;
}

/* Append a property. @return offset of its value. */
static size_t list_put(struct writer *w, size_t list, uint8_t tag, uint32_t value)
{
    uint8_t head[2] = {tag, 4};

    put(w, head, 2);
    put32(w, value);
    if (w->ok)
        w->dst[list]++;
    return w->at - 4;
}

static void list_put_unless(struct writer *w, size_t list, uint8_t tag, uint32_t value, uint32_t fallback)
{
    if (value != fallback)
        list_put(w, list, tag, value);
}

/* ---- Arrays ---- */

static size_t array_begin(struct writer *w, uint32_t count)
{
    size_t at;

    align4(w);
    at = w->at;
    put32(w, count);
    for (uint32_t i = 0; i < count; i++)
        put32(w, 0);
    return at;
}

/* Start entry i of the array; its list follows. */
static size_t array_entry(struct writer *w, size_t array, uint32_t i)
{
    align4(w);
    patch32(w, array + 4 + 4 * (size_t)i, w->at - array);
    return list_begin(w);
}

/* ---- Sections ---- */

static void put_attributes(struct writer *w, const struct pvg_w_vertex_descriptor *d)
{
    size_t array = array_begin(w, d->attribute_count);

    for (uint32_t i = 0; i < d->attribute_count; i++) {
        const struct pvg_w_vertex_attribute *a = &d->attributes[i];
        size_t list = array_entry(w, array, i);
        list_put(w, list, 0, a->index);
        list_put(w, list, 1, a->format);
        list_put_unless(w, list, 2, a->offset, 0);
        list_put_unless(w, list, 3, a->buffer, 0);
    }
}

static bool stride_fits(uint64_t stride)
{
    return stride == PVG_W_STRIDE_DYNAMIC || stride < UINT32_MAX;
}

static void put_layouts(struct writer *w, const struct pvg_w_vertex_descriptor *d, uint32_t default_step)
{
    size_t array = array_begin(w, (uint32_t)__builtin_popcount(d->layout_mask));
    uint32_t entry = 0;

    for (uint32_t i = 0; i < PVG_W_MAX_VERTEX_LAYOUTS; i++) {
        const struct pvg_w_vertex_layout *l = &d->layouts[i];
        if (!(d->layout_mask & 1u << i))
            continue;
        size_t list = array_entry(w, array, entry++);
        list_put(w, list, 0, i);
        list_put_unless(w, list, 1, l->step_function, default_step);
        list_put_unless(w, list, 2, l->step_rate, 1);
        list_put_unless(w, list, 3, (uint32_t)l->stride, 0);
        w->ok = w->ok && stride_fits(l->stride);
    }
}

/* Write the section and store its offset from the header into the property at `property`. */
static void put_vertex(struct writer *w, size_t property, const struct pvg_w_vertex_descriptor *d, bool compute)
{
    align4(w);
    size_t section = w->at;
    patch32(w, property, section - HEADER);
    size_t list = list_begin(w);
    size_t attributes = list_put(w, list, 0, 0);
    size_t layouts = list_put(w, list, 1, 0);
    if (compute) {
        list_put_unless(w, list, 2, d->index_type, 0);
        list_put_unless(w, list, 3, d->index_buffer, 0);
    }
    align4(w);
    patch32(w, attributes, w->at - section);
    put_attributes(w, d);
    align4(w);
    patch32(w, layouts, w->at - section);
    put_layouts(w, d, compute ? PVG_W_STEP_CONSTANT : PVG_W_STEP_PER_VERTEX);
    align4(w);
}

static uint32_t color_count(const struct pvg_w_render_pipeline *p)
{
    uint32_t n = 0;

    for (int i = 0; i < PVG_W_MAX_COLOR_ATTACHMENTS; i++)
        n += p->color[i].present;
    return n;
}

static void put_colors(struct writer *w, size_t property, const struct pvg_w_render_pipeline *p)
{
    size_t array = array_begin(w, color_count(p));
    uint32_t entry = 0;

    patch32(w, property, array - HEADER);
    for (uint32_t i = 0; i < PVG_W_MAX_COLOR_ATTACHMENTS; i++) {
        const struct pvg_w_color_state *c = &p->color[i];
        if (!c->present)
            continue;
        size_t list = array_entry(w, array, entry++);
        list_put_unless(w, list, 0, i, entry - 1);
        list_put_unless(w, list, 1, c->format, 0);
        list_put_unless(w, list, 2, c->blend, 0);
        list_put_unless(w, list, 3, c->source_rgb, 1);
        list_put_unless(w, list, 4, c->destination_rgb, 0);
        list_put_unless(w, list, 5, c->operation_rgb, 0);
        list_put_unless(w, list, 6, c->source_alpha, 1);
        list_put_unless(w, list, 7, c->destination_alpha, 0);
        list_put_unless(w, list, 8, c->operation_alpha, 0);
        list_put_unless(w, list, 9, c->write_mask, PVG_W_WRITE_ALL);
    }
    align4(w);
}

/* ---- Records ---- */

static struct writer begin(uint8_t *dst, size_t cap, uint32_t opcode, uint32_t ref)
{
    struct writer w = {.dst = dst, .cap = cap, .ok = true};

    put32(&w, opcode);
    put32(&w, 0);
    put32(&w, ref);
    put32(&w, 0);
    return w;
}

/* Fill in the declared length (padded) and the payload length (as it is). */
static size_t finish(struct writer *w)
{
    size_t payload = w->at - HEADER;

    align4(w);
    patch32(w, 12, payload);
    patch32(w, 4, w->at);
    return w->ok ? w->at : 0;
}

size_t pvg_w_render_pipeline_encode(uint8_t *dst, size_t cap, const struct pvg_w_render_pipeline *in)
{
    struct writer w = begin(dst, cap, PVG_W_NEW_RENDER_PIPELINE, in->ref);
    size_t list = list_begin(&w);
    size_t vertex = 0, colors = 0;

    /* Descriptor properties first, function refs last. */
    if (!in->mesh && in->vertex.present)
        vertex = list_put(&w, list, 0x03, 0);
    list_put_unless(&w, list, 0x04, in->sample_count, 1);
    if (!in->mesh) {
        list_put_unless(&w, list, 0x05, in->alpha_to_coverage, 0);
        list_put_unless(&w, list, 0x06, in->alpha_to_one, 0);
        list_put_unless(&w, list, 0x07, in->rasterization, 1);
    }
    if (in->mesh || color_count(in))
        colors = list_put(&w, list, in->mesh ? 0x14 : 0x08, 0);
    if (!in->mesh) {
        list_put_unless(&w, list, 0x09, in->depth_format, 0);
        list_put_unless(&w, list, 0x0a, in->stencil_format, 0);
        list_put_unless(&w, list, 0x0b, in->topology, 0);
        list_put_unless(&w, list, 0x0c, in->tess_partition_mode, 0);
        list_put_unless(&w, list, 0x0d, in->tess_max_factor, 16);
        list_put_unless(&w, list, 0x0e, in->tess_factor_scale, 0);
        list_put_unless(&w, list, 0x0f, in->tess_factor_format, 0);
        list_put_unless(&w, list, 0x10, in->tess_index_type, 0);
        list_put_unless(&w, list, 0x11, in->tess_step_function, 0);
        list_put_unless(&w, list, 0x12, in->tess_winding, 0);
    }
    list_put_unless(&w, list, 0x01, in->mesh ? in->object_function : in->vertex_function, 0);
    list_put_unless(&w, list, 0x02, in->mesh ? in->mesh_function : in->fragment_function, 0);
    if (in->mesh)
        list_put_unless(&w, list, 0x03, in->fragment_function, 0);
    if (vertex)
        put_vertex(&w, vertex, &in->vertex, false);
    if (colors)
        put_colors(&w, colors, in);
    return finish(&w);
}

size_t pvg_w_compute_pipeline_encode(uint8_t *dst, size_t cap, const struct pvg_w_compute_pipeline *in)
{
    struct writer w = begin(dst, cap, PVG_W_NEW_COMPUTE_PIPELINE, in->ref);
    size_t list = list_begin(&w);
    size_t section = in->stage_input.present ? list_put(&w, list, 0x03, 0) : 0;

    list_put_unless(&w, list, 0x01, in->threadgroup_multiple, 0);
    list_put_unless(&w, list, 0x00, in->function, 0);
    if (section)
        put_vertex(&w, section, &in->stage_input, true);
    return finish(&w);
}

size_t pvg_w_compute_pipeline_encode_packed(uint8_t *dst, size_t cap, const struct pvg_w_compute_pipeline *in)
{
    const struct pvg_w_vertex_descriptor *d = &in->stage_input;
    struct writer w = begin(dst, cap, PVG_W_NEW_COMPUTE_PIPELINE, in->ref);
    size_t list = list_begin(&w);
    uint32_t layouts = (uint32_t)__builtin_popcount(d->layout_mask);
    uint32_t size = 8 + 16 * layouts + 8 * d->attribute_count;

    list_put_unless(&w, list, 0x01, in->threadgroup_multiple, 0);
    list_put_unless(&w, list, 0x00, in->function, 0);
    align4(&w);
    if (w.at % 8)
        put32(&w, 0);
    put32(&w, 1);
    put32(&w, size | (uint32_t)d->index_type << 16 | (uint32_t)d->index_buffer << 17 | d->attribute_count << 22 | layouts << 27);
    put32(&w, 8 | (8 + 16 * layouts) << 16);
    for (uint32_t i = 0; i < PVG_W_MAX_VERTEX_LAYOUTS; i++) {
        if (!(d->layout_mask & 1u << i))
            continue;
        put32(&w, i | (uint32_t)d->layouts[i].step_function << 5);
        put32(&w, d->layouts[i].step_rate);
        put32(&w, (uint32_t)d->layouts[i].stride);
        put32(&w, (uint32_t)(d->layouts[i].stride >> 32));
    }
    for (uint32_t i = 0; i < d->attribute_count; i++) {
        const struct pvg_w_vertex_attribute *a = &d->attributes[i];
        put32(&w, a->index | (uint32_t)a->buffer << 5 | (uint32_t)a->format << 10);
        put32(&w, a->offset);
    }
    return finish(&w);
}
