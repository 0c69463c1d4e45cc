/* SPDX-License-Identifier: MIT */
/** @file Every field of the reflection record, as text or JSON. */
#include "tools/json.h"
#include "tools/shader.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum kind { BOOLEAN, NUMBER, HEX, FLOATING, STRING, CLASS, DIM, HEAP, ARGUMENT };

struct field {
    const char *name;
    enum kind kind;
    size_t offset, size;
};

#define F(type, member, kind) {#member, kind, offsetof(struct type, member), sizeof(((struct type *)0)->member)}
#define COUNT(a)              (sizeof(a) / sizeof((a)[0]))

#define B(m) F(pvg_air_buffer, m, NUMBER)
static const struct field buffer_fields[] = {B(index),
                                             B(array_length),
                                             B(table_offset),
                                             B(object_size),
                                             F(pvg_air_buffer, written, BOOLEAN),
                                             F(pvg_air_buffer, null_compared, BOOLEAN),
                                             F(pvg_air_buffer, constant_space, BOOLEAN),
                                             B(guest_offset)};
static const struct field pull_fields[] = {F(pvg_air_pull, index, NUMBER), F(pvg_air_pull, table_offset, NUMBER)};
static const struct field texture_fields[] = {F(pvg_air_texture, index, NUMBER),        F(pvg_air_texture, array_length, NUMBER),
                                              F(pvg_air_texture, table_offset, NUMBER), F(pvg_air_texture, dim, DIM),
                                              F(pvg_air_texture, cls, CLASS),           F(pvg_air_texture, heap, HEAP),
                                              F(pvg_air_texture, arrayed, BOOLEAN),     F(pvg_air_texture, multisampled, BOOLEAN),
                                              F(pvg_air_texture, depth, BOOLEAN),       F(pvg_air_texture, read, BOOLEAN),
                                              F(pvg_air_texture, written, BOOLEAN),     F(pvg_air_texture, levels, BOOLEAN),
                                              F(pvg_air_texture, id_offset, NUMBER)};
static const struct field sampler_fields[] = {F(pvg_air_sampler, index, NUMBER),        F(pvg_air_sampler, array_length, NUMBER),
                                              F(pvg_air_sampler, table_offset, NUMBER), F(pvg_air_sampler, id_offset, NUMBER),
                                              F(pvg_air_sampler, compare, BOOLEAN),     F(pvg_air_sampler, scales, BOOLEAN)};
#define K(m) F(pvg_air_check, m, NUMBER)
static const struct field check_fields[] = {K(table_offset), K(offset), K(size),  K(stride),
                                            K(buffer),       K(kind),   K(write), K(unchecked)};
#define S(m) F(pvg_air_static_sampler, m, NUMBER)
static const struct field static_fields[] = {S(table_offset),
                                             S(s_address),
                                             S(t_address),
                                             S(r_address),
                                             S(mag_filter),
                                             S(min_filter),
                                             S(mip_filter),
                                             S(compare),
                                             S(max_anisotropy),
                                             S(border_color),
                                             F(pvg_air_static_sampler, pixel_coordinates, BOOLEAN),
                                             F(pvg_air_static_sampler, compare_enabled, BOOLEAN),
                                             F(pvg_air_static_sampler, lod_min, FLOATING),
                                             F(pvg_air_static_sampler, lod_max, FLOATING),
                                             F(pvg_air_static_sampler, lod_bias, FLOATING),
                                             S(reduction)};
static const struct field attribute_fields[] = {F(pvg_air_attribute, location, NUMBER), F(pvg_air_attribute, components, NUMBER),
                                                F(pvg_air_attribute, cls, CLASS)};
static const struct field varying_fields[] = {F(pvg_air_varying, semantic, STRING), F(pvg_air_varying, location, NUMBER),
                                              F(pvg_air_varying, components, NUMBER), F(pvg_air_varying, cls, CLASS),
                                              F(pvg_air_varying, per_primitive, BOOLEAN)};
static const struct field color_fields[] = {F(pvg_air_color_output, index, NUMBER), F(pvg_air_color_output, source, NUMBER),
                                            F(pvg_air_color_output, components, NUMBER), F(pvg_air_color_output, cls, CLASS)};
static const struct field constant_fields[] = {F(pvg_air_constant, name, STRING), F(pvg_air_constant, index, NUMBER),
                                               F(pvg_air_constant, size, NUMBER), F(pvg_air_constant, used, BOOLEAN)};
static const struct field argument_fields[] = {F(pvg_air_argument, name, STRING),
                                               F(pvg_air_argument, buffer, NUMBER),
                                               F(pvg_air_argument, parent, NUMBER),
                                               F(pvg_air_argument, offset, NUMBER),
                                               F(pvg_air_argument, size, NUMBER),
                                               F(pvg_air_argument, id, NUMBER),
                                               F(pvg_air_argument, array_length, NUMBER),
                                               F(pvg_air_argument, kind, ARGUMENT),
                                               F(pvg_air_argument, read, BOOLEAN),
                                               F(pvg_air_argument, written, BOOLEAN),
                                               F(pvg_air_argument, dim, DIM),
                                               F(pvg_air_argument, cls, CLASS),
                                               F(pvg_air_argument, arrayed, BOOLEAN),
                                               F(pvg_air_argument, multisampled, BOOLEAN),
                                               F(pvg_air_argument, depth, BOOLEAN)};

#define N(m) F(pvg_air_reflection, m, NUMBER)
#define O(m) F(pvg_air_reflection, m, BOOLEAN)
static const struct field own_fields[] = {F(pvg_air_reflection, needs, HEX),
                                          N(table_size),
                                          O(writes_position),
                                          O(writes_point_size),
                                          O(writes_depth),
                                          O(writes_stencil),
                                          O(writes_sample_mask),
                                          O(writes_layer),
                                          O(writes_viewport),
                                          O(uses_discard),
                                          O(early_fragment_tests),
                                          O(writes_memory),
                                          F(pvg_air_reflection, input_attachment_mask, HEX),
                                          O(uses_barrier),
                                          O(uses_simd),
                                          O(solid_groups),
                                          O(independent),
                                          O(reads_grid),
                                          O(uses_threadgroup_memory),
                                          N(max_total_threads),
                                          N(static_threadgroup_bytes),
                                          F(pvg_air_reflection, threadgroup_args, HEX),
                                          F(pvg_air_reflection, tile_attachments, HEX),
                                          N(patch_edges),
                                          N(patch_control_points),
                                          O(uses_import_pointer),
                                          O(uses_import_handle),
                                          O(import_written),
                                          N(import_pointer_offset),
                                          N(import_handle_offset)};

/** A list of the record: where its pointer and count are, and what its items hold. */
struct list {
    const char *name;
    size_t items, count, size;
    const struct field *fields;
    size_t field_count;
};

#define L(name, member, count, type, fields)                                                                                       \
    {name,                                                                                                                         \
     offsetof(struct pvg_air_reflection, member),                                                                                  \
     offsetof(struct pvg_air_reflection, count),                                                                                   \
     sizeof(struct type),                                                                                                          \
     fields,                                                                                                                       \
     COUNT(fields)}
static const struct list lists[] = {
    L("buffers", buffers, buffer_count, pvg_air_buffer, buffer_fields),
    L("pulls", pulls, pull_count, pvg_air_pull, pull_fields),
    L("textures", textures, texture_count, pvg_air_texture, texture_fields),
    L("samplers", samplers, sampler_count, pvg_air_sampler, sampler_fields),
    L("static_samplers", static_samplers, static_sampler_count, pvg_air_static_sampler, static_fields),
    L("checks", checks, check_count, pvg_air_check, check_fields),
    L("attributes", attributes, attribute_count, pvg_air_attribute, attribute_fields),
    L("varyings", varyings, varying_count, pvg_air_varying, varying_fields),
    L("colors", colors, color_count, pvg_air_color_output, color_fields),
    L("constants", constants, constant_count, pvg_air_constant, constant_fields),
    L("arguments", arguments, argument_count, pvg_air_argument, argument_fields),
};

static unsigned long number(const void *p, size_t size)
{
    uint32_t v = 0;

    memcpy(&v, p, size < 4 ? size : 4);
    return v;
}

static const char *named(enum kind kind, unsigned long v)
{
    static const char *const classes[] = {"float", "int", "uint"}, *const dims[] = {"1d", "2d", "3d", "cube", "buffer"},
                             *const heaps[] = {"sampled", "storage", "uniform texel", "storage texel"},
                             *const kinds[] = {"pointer", "texture", "sampler", "constant", "other"};
    const struct {
        const char *const *names;
        size_t count;
    } all[] = {[CLASS] = {classes, COUNT(classes)},
               [DIM] = {dims, COUNT(dims)},
               [HEAP] = {heaps, COUNT(heaps)},
               [ARGUMENT] = {kinds, COUNT(kinds)}};

    return v < all[kind].count ? all[kind].names[v] : "?";
}

static void print_value(const struct field *f, const void *record, bool json)
{
    const char *p = (const char *)record + f->offset;
    float real;

    switch (f->kind) {
    case BOOLEAN:
        printf(json ? "%s" : "%.1s", number(p, f->size) ? "true" : "false");
        return;
    case NUMBER:
        printf("%lu", number(p, f->size));
        return;
    case HEX:
        printf(json ? "%lu" : "0x%lx", number(p, f->size));
        return;
    case FLOATING:
        memcpy(&real, p, sizeof real);
        printf("%g", (double)real);
        return;
    case STRING:
        pvg_json_string(stdout, *(const char *const *)(const void *)p);
        return;
    default:
        printf(json ? "\"%s\"" : "%s", named(f->kind, number(p, f->size)));
    }
}

/** Text leaves out what is zero, but not the number that an item goes by. */
static bool is_zero(const struct field *f, const void *record)
{
    const char *p = (const char *)record + f->offset;

    if (!strcmp(f->name, "index") || !strcmp(f->name, "location"))
        return false;
    return (f->kind == BOOLEAN || f->kind == NUMBER || f->kind == HEX) && !number(p, f->size);
}

static void print_fields(const struct field *fields, size_t count, const void *record, bool json)
{
    for (size_t i = 0; i < count; i++) {
        if (!json && is_zero(&fields[i], record))
            continue;
        if (json)
            printf("%s\"%s\":", i ? "," : "", fields[i].name);
        else if (fields[i].kind == BOOLEAN)
            printf(" %s", fields[i].name);
        else
            printf(" %s=", fields[i].name);
        if (json || fields[i].kind != BOOLEAN)
            print_value(&fields[i], record, json);
    }
}

static void print_list(const struct list *l, const struct pvg_air_reflection *r, bool json)
{
    const char *items;
    size_t count;

    memcpy(&items, (const char *)r + l->items, sizeof items);
    memcpy(&count, (const char *)r + l->count, sizeof count);
    if (json)
        printf(",\"%s\":[", l->name);
    for (size_t i = 0; i < count; i++) {
        printf(json ? "%s{" : "  %s", json ? (i ? "," : "") : l->name);
        print_fields(l->fields, l->field_count, items + i * l->size, json);
        printf(json ? "}" : "\n");
    }
    if (json)
        printf("]");
}

void shader_print_reflection(const struct pvg_air_shader *shader, bool json)
{
    const struct pvg_air_reflection *r = &shader->reflection;

    if (json) {
        printf("{\"name\":");
        pvg_json_string(stdout, r->name);
        printf(",\"stage\":\"%s\",\"air_version\":\"%u.%u\",\"msl_version\":\"%u.%u\",\"spirv_words\":%zu,",
               pvg_air_stage_name(r->stage), r->air_version >> 16, r->air_version & 0xFFFF, r->msl_version >> 16,
               r->msl_version & 0xFFFF, shader->word_count);
    } else {
        printf("  translation: %zu words of SPIR-V;", shader->word_count);
    }
    print_fields(own_fields, COUNT(own_fields), r, json);
    if (!json)
        printf("\n");
    for (size_t i = 0; i < COUNT(lists); i++)
        print_list(&lists[i], r, json);
    if (json)
        printf("}");
}
