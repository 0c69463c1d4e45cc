/* SPDX-License-Identifier: MIT */
#include "tests/air/corpus_case.h"

#include "util/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MAX_SLOTS = 68 };

static uint32_t next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

uint8_t *case_arena(size_t *size)
{
    const size_t around = (size_t)4 << 30;
    uint8_t *p = mmap(NULL, 2 * around, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    *size = (size_t)CASE_SLOT * MAX_SLOTS;
    if (p == MAP_FAILED || mprotect(p + around, *size, PROT_READ | PROT_WRITE))
        return NULL;
    return p + around;
}

/* ---- Types ---------------------------------------------------------------------------------------------------------------- */

struct scalar {
    enum case_element element;
    uint32_t bytes, lanes;
};

/** "float4", "packed_half2", "ulong", ... @return false for others. */
static bool parse_scalar(const char *name, struct scalar *out)
{
    static const struct {
        const char *name;
        enum case_element element;
        uint32_t bytes;
    } types[] = {
        {"float", ELEMENT_FLOAT, 4}, {"half", ELEMENT_HALF, 2}, {"bfloat", ELEMENT_BFLOAT, 2}, {"bool", ELEMENT_INT, 1},
        {"uchar", ELEMENT_INT, 1},   {"char", ELEMENT_INT, 1},  {"ushort", ELEMENT_INT, 2},    {"short", ELEMENT_INT, 2},
        {"uint", ELEMENT_INT, 4},    {"int", ELEMENT_INT, 4},   {"ulong", ELEMENT_INT, 8},     {"long", ELEMENT_INT, 8},
    };
    if (!strncmp(name, "packed_", 7))
        name += 7;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        size_t n = strlen(types[i].name);
        if (strncmp(name, types[i].name, n) != 0)
            continue;
        unsigned columns = 0, rows = 0;
        if (sscanf(name + n, "%ux%u", &columns, &rows) == 2)
            *out = (struct scalar){types[i].element, types[i].bytes, columns * (rows == 3 ? 4 : rows)};
        else if (!name[n] || (name[n] >= '2' && name[n] <= '4' && !name[n + 1]))
            *out = (struct scalar){types[i].element, types[i].bytes, name[n] ? (uint32_t)(name[n] - '0') : 1};
        else
            continue;
        return true;
    }
    return false;
}

static void add_field(struct case_layout *l, uint32_t offset, enum case_element element, uint32_t bytes)
{
    if (l->count >= sizeof l->fields / sizeof *l->fields)
        return;
    l->fields[l->count].offset = offset;
    l->fields[l->count].bytes = bytes;
    l->fields[l->count++].element = element;
}

static void layout_of(const struct cpu_arg *a, struct case_layout *l)
{
    struct scalar s;
    memset(l, 0, sizeof *l);
    l->stride = a->pointee ? a->pointee : 4;
    for (uint32_t i = 0; i < a->member_count; i++) {
        const struct cpu_member *m = &a->members[i];
        uint32_t count = m->count ? m->count : 1;
        if (!parse_scalar(m->type, &s))
            continue;
        for (uint32_t k = 0; k < count; k++)
            for (uint32_t n = 0; n < s.lanes; n++)
                add_field(l, m->offset + k * m->size + n * s.bytes, s.element, s.bytes);
    }
    if (!a->member_count && parse_scalar(a->type, &s)) {
        if (!a->pointee)
            l->stride = s.bytes * s.lanes;
        for (uint32_t n = 0; n < s.lanes && (n + 1) * s.bytes <= l->stride; n++)
            add_field(l, n * s.bytes, s.element, s.bytes);
    }
    if (!l->count)
        add_field(l, 0, ELEMENT_INT, l->stride < 4 ? l->stride : 4);
}

/* ---- Values --------------------------------------------------------------------------------------------------------------- */

static bool has(const char *name, const char *part)
{
    return strstr(name, part) != NULL;
}

/** A lone integer argument. */
static uint64_t sane_integer(const char *name, const struct case_choice *choice)
{
    if (has(name, "ht_size") || has(name, "hashtable") || has(name, "TableSize") || has(name, "capacity") ||
        has(name, "table_size") || has(name, "agg_size") || has(name, "ht_capacity"))
        return 256;
    if (has(name, "stride"))
        return has(name, "comment") ? 16 : 4;
    if (has(name, "ndim") || has(name, "factor"))
        return 1;
    if (has(name, "num_threadgroups") || has(name, "bv_ints"))
        return 8;
    if (has(name, "_start") || has(name, "start_"))
        return 4;
    if (has(name, "_end") || has(name, "end_"))
        return 48;
    if (has(name, "cutoff"))
        return 32;
    if (has(name, "size") || has(name, "count") || has(name, "Count") || has(name, "num_") || has(name, "Size"))
        return choice->count;
    if (has(name, "_nk"))
        return 3;
    return 4;
}

static const struct case_override *override_of(const struct case_choice *choice, const char *name)
{
    for (size_t i = 0; i < choice->override_count; i++)
        if (!strcmp(choice->overrides[i].name, name))
            return &choice->overrides[i];
    return NULL;
}

static void put_element(uint8_t *at, enum case_element element, uint32_t bytes, double v)
{
    int64_t i = (int64_t)v;
    uint16_t h;
    float f = (float)v;
    switch (element) {
    case ELEMENT_FLOAT:
        memcpy(at, &f, 4);
        break;
    case ELEMENT_HALF:
        h = cpu_double_to_half(v);
        memcpy(at, &h, 2);
        break;
    case ELEMENT_BFLOAT:
        h = cpu_float_to_bfloat(f);
        memcpy(at, &h, 2);
        break;
    default:
        memcpy(at, &i, bytes);
        break;
    }
}

/** Values that 8 bits of mantissa hold: (1..256)/256. */
static double fraction(uint32_t *random)
{
    return ((next(random) >> 8 & 255) + 1) / 256.0;
}

/** Corners of a quad as a triangle strip, inside of the viewport and not on pixel centres. */
static double corner(uint32_t vertex, uint32_t component)
{
    static const double corners[4][2] = {{-0.93, -0.91}, {0.95, -0.89}, {-0.92, 0.94}, {0.94, 0.93}};
    return component < 2 ? corners[vertex & 3][component] : component == 2 ? 0.25 : 1;
}

static bool is_word(const char *name, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (has(name, words[i]))
            return true;
    return false;
}

/** Arguments of vertex functions: positions, texture coordinates and matrices by their names. @return false for others. */
static bool vertex_value(const struct cpu_arg *a, const char *field, const char *type, uint32_t vertex, uint32_t component,
                         double *v)
{
    static const char *const positions[] = {"osition", "pos", "vertices", "verts"};
    static const char *const coordinates[] = {"uv", "ex", "oord"};
    static const char *const matrices[] = {"float4x4", "float3x3", "float2x2"};
    (void)a;
    if (is_word(type, matrices, 3)) {
        *v = component % 5 == 0;
        return true;
    }
    if (has(field, "iewport")) {
        *v = 2;
        return true;
    }
    if (has(field, "exture") && has(field, "ize")) {
        *v = CASE_TEXTURE;
        return true;
    }
    if (is_word(field, positions, 4)) {
        *v = corner(vertex, component);
        return true;
    }
    if (is_word(field, coordinates, 3) && !strncmp(type, "float", 5)) {
        *v = component < 2 ? (corner(vertex, component) + 1) / 2 : 0;
        return true;
    }
    return false;
}

static double element_value(const struct cpu_arg *a, const char *field, enum case_element element, uint32_t bytes,
                            const struct case_choice *choice, uint32_t ordinal, uint32_t *random)
{
    static const char letters[] = "ANRFO15MSPa#Bx2 ";
    const struct case_override *o = override_of(choice, field);
    bool lone = a->object && a->object <= 8 && !a->member_count;
    if (o)
        return o->values[o->count ? ordinal % o->count : 0];
    if (element != ELEMENT_INT && element != ELEMENT_BYTES)
        return fraction(random);
    if (a->constant_space && (lone || a->member_count))
        return (double)sane_integer(field, choice);
    if (a->constant_space)
        return has(a->name, "stride") ? 1 : 4;
    if (bytes == 1)
        return !strcmp(a->type, "bool")   ? next(random) >> 9 & 1
               : !strcmp(a->type, "char") ? (uint8_t)letters[next(random) >> 9 & 15]
                                          : next(random) >> 9 & 255;
    if (has(a->name, "bitmap"))
        return next(random);
    return next(random) >> 9 & 63;
}

static const struct cpu_member *member_at(const struct cpu_arg *a, uint32_t offset)
{
    const struct cpu_member *m = NULL;
    for (uint32_t i = 0; i < a->member_count; i++)
        if (a->members[i].offset <= offset)
            m = &a->members[i];
    return m;
}

static void fill_buffer(struct case_buffer *b, const struct case_choice *choice, uint32_t *random)
{
    const struct case_layout *l = &b->layout;
    if (b->arg->write && !override_of(choice, b->arg->name)) {
        memset(b->data, choice->fill, CASE_SLOT);
        /* In-place functions need something to work on. */
        if (choice->fill != 0x5A)
            return;
    }
    for (uint32_t at = 0; at + l->stride <= CASE_SLOT; at += l->stride)
        for (uint32_t f = 0; f < l->count; f++) {
            uint32_t component = 0;
            double v;
            const struct cpu_member *m = member_at(b->arg, l->fields[f].offset);
            uint32_t from = m ? m->offset : 0;
            component = (l->fields[f].offset - from) / l->fields[f].bytes;
            size_t length = m ? strlen(m->name) : 0;
            if (length > 2 && m->name[length - 2] == '.')
                component = (uint32_t)(m->name[length - 1] - 'x') & 3;
            if (choice->vertex &&
                vertex_value(b->arg, m ? m->name : b->arg->name, m ? m->type : b->arg->type, at / l->stride, component, &v)) {
                put_element(b->data + at + l->fields[f].offset, l->fields[f].element, l->fields[f].bytes, v);
                continue;
            }
            put_element(b->data + at + l->fields[f].offset, l->fields[f].element, l->fields[f].bytes,
                        element_value(b->arg, m ? m->name : b->arg->name, l->fields[f].element, l->fields[f].bytes, choice,
                                      m ? component : at / l->stride * l->count + f, random));
        }
}

static bool fill_texture(struct case_texture *t, uint32_t *random)
{
    struct cpu_texture *x = &t->texture;
    const char *type = t->arg->type;
    x->dim = !strncmp(type, "texture3d", 9) ? CPU_3D : !strncmp(type, "texturecube", 11) ? CPU_CUBE : CPU_2D;
    if (x->dim == CPU_2D && strncmp(type, "texture2d<", 10) != 0)
        return false;
    x->width = x->height = x->dim == CPU_3D ? 8 : x->dim == CPU_CUBE ? 16 : CASE_TEXTURE;
    x->depth = x->dim == CPU_3D ? 8 : 1;
    x->layers = x->levels = 1;
    x->integer = has(type, "int") || has(type, "short");
    t->is_signed = x->integer && !has(type, "<uint") && !has(type, "<ushort");
    size_t words = cpu_texture_bytes(x) / 4;
    x->texels = malloc(words * 4);
    for (size_t i = 0; x->texels && i < words; i++) {
        float f = (float)fraction(random);
        if (x->integer)
            x->texels[i] = next(random) >> 9 & 63;
        else
            memcpy(&x->texels[i], &f, 4);
    }
    return x->texels != NULL;
}

/* ---- Cases ---------------------------------------------------------------------------------------------------------------- */

static struct cpu_sampler make_sampler(uint32_t which)
{
    static const uint8_t modes[][2] = {{1, 1}, {2, 2}, {3, 1}, {2, 3}, {1, 0}};
    const uint8_t *m = modes[which % 5];
    uint8_t linear = which < 5 || which & 1;
    return (struct cpu_sampler){.address = {m[0], m[1], 1}, .mag = linear, .min = linear, .compare = 8, .lod_max = 1000};
}

bool case_make(struct test_case *c, const struct cpu_entry *e, const struct case_choice *choice, uint8_t *arena,
               struct pvg_error *err)
{
    uint32_t random = (choice->seed + 1) * 2654435761u | 1;
    memset(c, 0, sizeof *c);
    c->arena = arena;
    c->arena_size = (size_t)CASE_SLOT * 2;
    c->sampler = make_sampler(choice->sampler);
    memset(arena, 0, CASE_SLOT);
    for (uint32_t i = 0; i < e->arg_count; i++) {
        const struct cpu_arg *a = &e->args[i];
        if (a->kind == CPU_ARG_BUFFER && a->index < 31) {
            struct case_buffer *b = NULL;
            for (uint32_t k = 0; k < c->buffer_count; k++)
                if (c->buffers[k].index == a->index)
                    b = &c->buffers[k];
            if (b)
                continue;
            b = &c->buffers[c->buffer_count++];
            *b = (struct case_buffer){.index = a->index, .arg = a, .data = arena + c->arena_size - CASE_SLOT};
            c->arena_size += CASE_SLOT;
            memset(b->data, 0, CASE_SLOT);
            layout_of(a, &b->layout);
            fill_buffer(b, choice, &random);
        } else if (a->kind == CPU_ARG_TEXTURE) {
            struct case_texture *t = &c->textures[c->texture_count++];
            *t = (struct case_texture){.index = a->index, .arg = a};
            if (c->texture_count > 15 || !fill_texture(t, &random)) {
                pvg_error_set(err, "texture %s %s", a->type, a->name);
                return false;
            }
        } else if (a->kind == CPU_ARG_THREADGROUP && a->index < 31)
            c->threadgroup_bytes[a->index] = 4096;
        else if (a->kind == CPU_ARG_SAMPLER && a->index < 16)
            c->sampler_mask |= 1u << a->index;
    }
    memset(arena + c->arena_size - CASE_SLOT, 0, CASE_SLOT);
    return true;
}

void case_free(struct test_case *c)
{
    for (uint32_t i = 0; i < c->texture_count; i++)
        free(c->textures[i].texture.texels);
    c->texture_count = 0;
}

void case_bind(const struct test_case *c, struct cpu_bindings *b)
{
    memset(b, 0, sizeof *b);
    for (uint32_t i = 0; i < c->buffer_count; i++)
        b->buffers[c->buffers[i].index] = c->buffers[i].data;
    for (uint32_t i = 0; i < c->texture_count; i++)
        b->textures[c->textures[i].index] = (struct cpu_texture *)&c->textures[i].texture;
    for (uint32_t i = 0; i < 16; i++)
        if (c->sampler_mask >> i & 1)
            b->samplers[i] = &c->sampler;
    memcpy(b->threadgroup_bytes, c->threadgroup_bytes, sizeof b->threadgroup_bytes);
}
