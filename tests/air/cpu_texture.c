/* SPDX-License-Identifier: MIT */
/** @file Textures: sampling, gathering, reading, writing, sizes (spec 07 sections 3.11, 5.7 and 9.8). */
#include "tests/air/cpu_internal.h"

#include <math.h>
#include <string.h>

uint32_t cpu_texture_extent(uint32_t size, uint32_t level)
{
    uint32_t v = level < 32 ? size >> level : 0;
    return v ? v : 1;
}

static size_t level_texels(const struct cpu_texture *t, uint32_t level)
{
    return (size_t)cpu_texture_extent(t->width, level) * cpu_texture_extent(t->height, level) *
           (t->dim == CPU_3D ? cpu_texture_extent(t->depth, level) : 1);
}

static uint32_t faces(const struct cpu_texture *t)
{
    return t->layers * (t->dim == CPU_CUBE ? 6 : 1);
}

size_t cpu_texture_bytes(const struct cpu_texture *t)
{
    size_t n = 0;
    for (uint32_t level = 0; level < t->levels; level++)
        n += level_texels(t, level) * faces(t);
    return n * 16;
}

uint32_t *cpu_texture_level(const struct cpu_texture *t, uint32_t level, uint32_t layer)
{
    size_t at = 0;
    for (uint32_t i = 0; i < level; i++)
        at += level_texels(t, i) * faces(t);
    return t->texels + 4 * (at + level_texels(t, level) * layer);
}

static float half_field(uint64_t word, unsigned shift)
{
    return (float)cpu_half_to_double((uint16_t)(word >> shift));
}

void cpu_sampler_decode(uint64_t w, uint64_t word1, struct cpu_sampler *s)
{
    float most = half_field(w, 40);
    *s = (struct cpu_sampler){
        .address = {w & 7, w >> 3 & 7, w >> 6 & 7},
        .mag = w >> 9 & 3,
        .min = w >> 11 & 3,
        .mip = w >> 13 & 3,
        .pixel = w >> 15 & 1,
        .compare = w >> 16 & 15,
        .lod_min = half_field(w, 24),
        .lod_max = (w >> 63 && most == 0) ? 65504.0f : most,
        .lod_bias = half_field(word1, 0),
        .border = w >> 56 & 3,
        .reduction = w >> 58 & 3,
    };
}

/* ---- Texels --------------------------------------------------------------------------------------------------------------- */

/** @return the index after addressing, or -1: border. */
static int64_t address(uint8_t mode, int64_t i, int64_t size)
{
    switch (mode) {
    case 0:
        return i < 0 || i >= size ? -1 : i;
    case 2:
        return ((i % size) + size) % size;
    case 3:
        i = ((i % (2 * size)) + 2 * size) % (2 * size);
        return i < size ? i : 2 * size - 1 - i;
    default:
        return i < 0 ? 0 : i >= size ? size - 1 : i;
    }
}

struct spot {
    const struct cpu_texture *t;
    const struct cpu_sampler *s;
    uint32_t level, layer; /**< Layer: of a cube, layer * 6 + face. */
    int64_t size[3];
};

static void border(const struct spot *at, double out[4])
{
    double v = at->s->border == 2;
    out[0] = out[1] = out[2] = v;
    out[3] = at->s->border != 0;
}

static void convert(const struct cpu_texture *t, const uint32_t *texel, double out[4])
{
    for (int i = 0; i < 4; i++) {
        float f;
        memcpy(&f, &texel[i], 4);
        out[i] = t->integer ? (double)(int32_t)texel[i] : (double)f;
    }
}

static uint32_t cube_face(const double d[3], double uv[2]);

/** A neighbour outside of a cube's face lies on the next face. */
static void across_edge(const struct spot *at, int64_t x, int64_t y, int64_t *nx, int64_t *ny, uint32_t *layer)
{
    static const int8_t major[6] = {1, -1, 1, -1, 1, -1};
    double u = 2 * ((double)x + 0.5) / (double)at->size[0] - 1, v = 2 * ((double)y + 0.5) / (double)at->size[0] - 1;
    uint32_t face = at->layer % 6;
    double m = major[face], uv[2];
    const double d[6][3] = {{m, -v, -u}, {m, -v, u}, {u, m, v}, {u, m, -v}, {u, -v, m}, {-u, -v, m}};
    uint32_t next = cube_face(d[face], uv);
    *layer = at->layer - face + next;
    *nx = address(1, (int64_t)floor(uv[0] * (double)at->size[0]), at->size[0]);
    *ny = address(1, (int64_t)floor(uv[1] * (double)at->size[0]), at->size[0]);
}

static void fetch(const struct spot *at, const int64_t i[3], double out[4])
{
    int64_t x = i[0], y = i[1], z = i[2];
    uint32_t layer = at->layer;
    if (at->t->dim == CPU_CUBE) {
        if (x < 0 || y < 0 || x >= at->size[0] || y >= at->size[0])
            across_edge(at, i[0], i[1], &x, &y, &layer);
        z = 0;
    } else {
        x = address(at->s->address[0], x, at->size[0]);
        y = at->t->dim == CPU_1D ? 0 : address(at->s->address[1], y, at->size[1]);
        z = at->t->dim == CPU_3D ? address(at->s->address[2], z, at->size[2]) : 0;
    }
    if (x < 0 || y < 0 || z < 0) {
        border(at, out);
        return;
    }
    const uint32_t *base = cpu_texture_level(at->t, at->level, layer);
    convert(at->t, base + 4 * ((z * at->size[1] + y) * at->size[0] + x), out);
}

static bool passes(uint8_t compare, double ref, double v)
{
    switch (compare) {
    case 1:
        return ref < v;
    case 2:
        return ref <= v;
    case 3:
        return ref > v;
    case 4:
        return ref >= v;
    case 5:
        return ref == v;
    case 6:
        return ref != v;
    default:
        return compare == 7;
    }
}

/* ---- Sampling ------------------------------------------------------------------------------------------------------------- */

struct request {
    double coord[3];
    int64_t offset[3];
    uint32_t layer;
    double ref, lod;
    bool compare;
};

static uint32_t cube_face(const double d[3], double uv[2])
{
    double a[3] = {fabs(d[0]), fabs(d[1]), fabs(d[2])};
    unsigned axis = a[0] >= a[1] && a[0] >= a[2] ? 0 : a[1] >= a[2] ? 1 : 2;
    bool negative = d[axis] < 0;
    double m = a[axis] != 0 ? a[axis] : 1, s, t;
    if (axis == 0) {
        s = negative ? d[2] : -d[2];
        t = -d[1];
    } else if (axis == 1) {
        s = d[0];
        t = negative ? -d[2] : d[2];
    } else {
        s = negative ? -d[0] : d[0];
        t = -d[1];
    }
    uv[0] = (s / m + 1) / 2;
    uv[1] = (t / m + 1) / 2;
    return axis * 2 + negative;
}

static struct spot spot(const struct cpu_texture *t, const struct cpu_sampler *s, uint32_t level, uint32_t layer)
{
    return (struct spot){t,
                         s,
                         level,
                         layer,
                         {cpu_texture_extent(t->width, level), cpu_texture_extent(t->height, level),
                          t->dim == CPU_3D ? cpu_texture_extent(t->depth, level) : 1}};
}

static unsigned axes(const struct cpu_texture *t)
{
    return t->dim == CPU_1D ? 1 : t->dim == CPU_3D ? 3 : 2;
}

/** Random shift of a sampling position, in texels: what filters of limited precision may do. */
static double shift(struct cpu_thread *t)
{
    return t->variation->wobble > 0 ? (cpu_wobble(t, 1) - 1) / t->variation->wobble / 512 : 0;
}

/** Position in texels of a level, per axis; resolves cube faces. */
static struct spot locate(struct cpu_thread *th, const struct cpu_texture *t, const struct cpu_sampler *s, const struct request *q,
                          uint32_t level, double u[3])
{
    double uv[3] = {q->coord[0], q->coord[1], q->coord[2]};
    uint32_t layer = q->layer;
    if (t->dim == CPU_CUBE) {
        /* Directions between two faces may go to either: variations of odd and even seeds differ in the choice. */
        double lean = th->variation->wobble > 0 ? (th->variation->seed & 1 ? 1 : -1) / 64.0 / t->width : 0;
        const double d[3] = {q->coord[0] * (1 + lean), q->coord[1], q->coord[2] * (1 - lean)};
        layer = layer * 6 + cube_face(d, uv);
    }
    struct spot at = spot(t, s, level, layer);
    for (unsigned i = 0; i < 3; i++)
        u[i] = i < axes(t) ? uv[i] * (s->pixel ? 1 : (double)at.size[i]) + (double)q->offset[i] + shift(th) : 0;
    return at;
}

static int64_t to_index(double v)
{
    return v > -1e9 && v < 1e9 ? (int64_t)floor(v) : 0;
}

static void sample_level(struct cpu_thread *th, const struct cpu_texture *t, const struct cpu_sampler *s, const struct request *q,
                         uint32_t level, bool linear, double out[4])
{
    double u[3], texel[4];
    struct spot at = locate(th, t, s, q, level, u);
    unsigned corners = linear ? 1u << axes(t) : 1;
    memset(out, 0, 4 * sizeof *out);
    for (unsigned c = 0; c < corners; c++) {
        int64_t i[3] = {0};
        double weight = 1;
        for (unsigned a = 0; a < axes(t); a++) {
            double p = linear ? u[a] - 0.5 : u[a];
            i[a] = to_index(p) + (c >> a & 1);
            if (linear)
                weight *= c >> a & 1 ? p - floor(p) : 1 - (p - floor(p));
        }
        fetch(&at, i, texel);
        if (q->compare) {
            double pass = passes(s->compare, q->ref, texel[0]);
            texel[0] = texel[1] = texel[2] = texel[3] = pass;
        }
        for (unsigned k = 0; k < 4; k++)
            out[k] += weight * texel[k];
    }
}

static void sample_at(struct cpu_thread *th, const struct cpu_texture *t, const struct cpu_sampler *s, const struct request *q,
                      double out[4])
{
    double lod = fmin(fmax(q->lod + (double)s->lod_bias, (double)s->lod_min), (double)s->lod_max);
    bool linear = lod > 0 ? s->min == 1 : s->mag == 1;
    double top = t->levels - 1.0;
    if (s->mip == 0)
        lod = 0;
    lod = fmin(fmax(lod, 0), top);
    if (s->mip != 2) {
        sample_level(th, t, s, q, (uint32_t)floor(lod + 0.5), linear, out);
        return;
    }
    double a[4], b[4], part = lod - floor(lod);
    uint32_t level = (uint32_t)floor(lod);
    sample_level(th, t, s, q, level, linear, a);
    sample_level(th, t, s, q, part > 0 ? level + 1 : level, linear, b);
    for (int i = 0; i < 4; i++)
        out[i] = a[i] + (b[i] - a[i]) * part;
}

/* ---- Operands ------------------------------------------------------------------------------------------------------------- */

static struct cpu_handle *handle(void *const *args, unsigned i)
{
    struct cpu_handle *h;
    memcpy(&h, args[i], sizeof h);
    return h;
}

/** A handle of this machine, the state of a constexpr sampler, or a pointer to it (spec 07 section 3.11). */
static const struct cpu_sampler *sampler(struct cpu_thread *th, void *const *args, struct cpu_sampler *decoded)
{
    uintptr_t p;
    uint64_t words[2] = {0};
    memcpy(&p, args[1], sizeof p);
    if (cpu_is_handle(th, (const void *)p)) {
        const struct cpu_handle *h = (const void *)p;
        if (h->sampler)
            return h->sampler;
        *decoded = (struct cpu_sampler){.address = {1, 1, 1}, .lod_max = 1000};
        return decoded;
    }
    if (p >> 63) {
        cpu_sampler_decode(p, 0, decoded);
        return decoded;
    }
    memcpy(words, (const void *)p, 8);
    if (!(words[0] >> 63))
        memcpy(words, (const void *)p, 16);
    cpu_sampler_decode(words[0], words[1], decoded);
    return decoded;
}

static void store(const struct cpu_site *s, void *result, const double v[4])
{
    for (unsigned i = 0; i < s->result.lanes; i++)
        cpu_put(result, &s->result, i, v[i]);
    if (s->tail_at)
        ((uint8_t *)result)[s->tail_at] = 1;
}

/** Next operand; knows how many there are. */
struct operands {
    const struct cpu_site *s;
    void *const *args;
    unsigned at;
};

static const struct jit_type *type(const struct operands *o)
{
    static const struct jit_type none = {.kind = JIT_VOID};
    return o->at < o->s->argc ? &o->s->args[o->at] : &none;
}

static double number(struct operands *o)
{
    double v = type(o)->kind == JIT_VOID ? 0 : cpu_get(o->args[o->at], type(o), 0);
    o->at++;
    return v;
}

static void vector(struct operands *o, double *v)
{
    for (unsigned i = 0; i < type(o)->lanes && i < 3; i++)
        v[i] = cpu_get(o->args[o->at], type(o), i);
    o->at++;
}

static void integers(struct operands *o, int64_t *v)
{
    for (unsigned i = 0; i < type(o)->lanes && i < 3; i++)
        v[i] = cpu_get_signed(o->args[o->at], type(o), i);
    o->at++;
}

static uint32_t layer(const struct cpu_texture *t, double v)
{
    v = nearbyint(v);
    return v < 0 ? 0 : v >= t->layers ? t->layers - 1 : (uint32_t)v;
}

static void offset_group(struct operands *o, struct request *q)
{
    if (type(o)->kind != JIT_INT || type(o)->bits != 1)
        return;
    /* The flag of an offset is followed by integers, that of an explicit level by a float. */
    if (o->at + 1 >= o->s->argc || o->s->args[o->at + 1].kind != JIT_INT)
        return;
    o->at++;
    integers(o, q->offset);
}

/** The part that sampling and gathering have in common. */
static struct operands begin(const struct cpu_site *s, void *const *args, const struct cpu_texture *t, struct request *q)
{
    struct operands o = {s, args, 2};
    *q = (struct request){.compare = s->texture.compare};
    if (s->texture.depth && type(&o)->kind == JIT_INT && type(&o)->lanes == 1)
        o.at++;
    vector(&o, q->coord);
    if (s->texture.array)
        q->layer = layer(t, number(&o));
    if (s->texture.compare)
        q->ref = number(&o);
    return o;
}

static double level_of(const struct cpu_texture *t, const double dx[3], const double dy[3], bool pixel)
{
    double x = 0, y = 0, size[3] = {t->width, t->height, t->depth};
    for (unsigned i = 0; i < axes(t); i++) {
        double scale = pixel ? 1 : size[i];
        x += dx[i] * dx[i] * scale * scale;
        y += dy[i] * dy[i] * scale * scale;
    }
    double rho = sqrt(fmax(x, y));
    return rho > 0 ? log2(rho) : -1000;
}

enum { IMPLICIT, EXPLICIT, GRADIENT };

/** @return how the level is given; EXPLICIT and GRADIENT leave it in `q->lod`, IMPLICIT the bias. */
static int parse_sample(const struct cpu_site *s, void *const *args, const struct cpu_texture *t, bool pixel, struct request *q)
{
    struct operands o = begin(s, args, t, q);
    if (s->texture.grad) {
        double dx[3] = {0}, dy[3] = {0};
        vector(&o, dx);
        vector(&o, dy);
        q->lod = fmax(level_of(t, dx, dy, pixel), number(&o));
        offset_group(&o, q);
        return GRADIENT;
    }
    offset_group(&o, q);
    bool is_explicit = number(&o) != 0;
    q->lod = number(&o);
    return is_explicit ? EXPLICIT : IMPLICIT;
}

static void nothing(const struct cpu_site *s, void *result)
{
    static const double zero[4] = {0};
    store(s, result, zero);
}

static void run_sample(struct cpu_thread *th, const struct cpu_site *s, void *result, void *const *args)
{
    const struct cpu_handle *h = handle(args, 0);
    struct request q;
    double out[4];
    if (!h || !h->texture) {
        nothing(s, result);
        return;
    }
    struct cpu_sampler decoded;
    const struct cpu_sampler *smp = sampler(th, args, &decoded);
    int how = parse_sample(s, args, h->texture, smp->pixel, &q);
    bool leveled = h->texture->levels > 1 || smp->min != smp->mag;
    if (how == IMPLICIT && th->pixel && leveled) {
        cpu_meet(th, s, result, args);
        return;
    }
    if (how == IMPLICIT && !th->pixel)
        q.lod = 0;
    sample_at(th, h->texture, smp, &q, out);
    store(s, result, out);
}

/** Sampling with the level of detail of a quad. */
static void cross_sample(const struct cpu_site *s, struct cpu_lanes *l)
{
    struct request q[4];
    for (unsigned i = 0; i < 4; i++)
        if (l->active >> i & 1)
            parse_sample(s, l->args[i], handle(l->args[i], 0)->texture, false, &q[i]);
    for (unsigned i = 0; i < 4; i++) {
        double dx[3] = {0}, dy[3] = {0}, out[4];
        if (!(l->active >> i & 1))
            continue;
        const struct cpu_texture *t = handle(l->args[i], 0)->texture;
        struct cpu_sampler decoded;
        const struct cpu_sampler *smp = sampler(&l->threads[i], l->args[i], &decoded);
        unsigned left = i & 2u, top = i & 1u;
        if (l->active == 15)
            for (unsigned k = 0; k < 3; k++) {
                dx[k] = q[left + 1].coord[k] - q[left].coord[k];
                dy[k] = q[top + 2].coord[k] - q[top].coord[k];
            }
        q[i].lod += level_of(t, dx, dy, smp->pixel);
        sample_at(&l->threads[i], t, smp, &q[i], out);
        store(s, l->results[i], out);
    }
}

static void run_gather(struct cpu_thread *th, const struct cpu_site *s, void *result, void *const *args)
{
    static const int8_t corner[4][2] = {{0, 1}, {1, 1}, {1, 0}, {0, 0}};
    const struct cpu_handle *h = handle(args, 0);
    struct request q;
    double u[3], texel[4], out[4];
    unsigned component = 0;
    if (!h || !h->texture) {
        nothing(s, result);
        return;
    }
    struct operands o = begin(s, args, h->texture, &q);
    offset_group(&o, &q);
    if (!s->texture.depth)
        component = (unsigned)number(&o) & 3;
    struct cpu_sampler decoded;
    struct spot at = locate(th, h->texture, sampler(th, args, &decoded), &q, 0, u);
    for (unsigned i = 0; i < 4; i++) {
        const int64_t p[3] = {to_index(u[0] - 0.5) + corner[i][0], to_index(u[1] - 0.5) + corner[i][1], 0};
        fetch(&at, p, texel);
        out[i] = q.compare ? passes(at.s->compare, q.ref, texel[0]) : texel[component];
    }
    store(s, result, out);
}

/* ---- Reading and writing -------------------------------------------------------------------------------------------------- */

/** Operands from coordinate to layer. @return the texel, NULL outside. */
static uint32_t *texel_of(struct operands *o, const struct cpu_texture *t, bool write)
{
    int64_t at[3] = {0}, face = 0, slice = 0;
    uint32_t level = 0;
    const struct cpu_site *s = o->s;
    const struct jit_type *lod = &s->args[s->argc - (s->old_texture_tail ? 1 : 2)];
    if (!write && type(o)->kind == JIT_POINTER)
        o->at++;
    if (s->texture.depth)
        o->at++;
    integers(o, at);
    if (t->dim == CPU_CUBE)
        face = (int64_t)number(o);
    if (s->texture.array)
        slice = (int64_t)number(o);
    if (!s->texture.buffer && lod->kind == JIT_INT && lod->lanes == 1)
        level = (uint32_t)cpu_get_bits(o->args[s->argc - (s->old_texture_tail ? 1 : 2)], lod, 0);
    /* Coordinates are unsigned. */
    if (at[0] < 0 || at[1] < 0 || at[2] < 0 || level >= t->levels || slice < 0 || slice >= t->layers || face < 0 || face > 5)
        return NULL;
    int64_t w = cpu_texture_extent(t->width, level), h = cpu_texture_extent(t->height, level);
    int64_t d = t->dim == CPU_3D ? cpu_texture_extent(t->depth, level) : 1;
    if (at[0] >= w || at[1] >= h || at[2] >= d)
        return NULL;
    uint32_t *base = cpu_texture_level(t, level, (uint32_t)(t->dim == CPU_CUBE ? slice * 6 + face : slice));
    return base + 4 * ((at[2] * h + at[1]) * w + at[0]);
}

static void run_read(struct cpu_thread *th, const struct cpu_site *s, void *result, void *const *args)
{
    const struct cpu_handle *h = handle(args, 0);
    struct operands o = {s, args, 1};
    double out[4] = {0};
    (void)th;
    uint32_t *texel = h && h->texture ? texel_of(&o, h->texture, false) : NULL;
    if (!texel) {
        nothing(s, result);
        return;
    }
    convert(h->texture, texel, out);
    if (h->texture->integer) {
        for (unsigned i = 0; i < s->result.lanes; i++)
            cpu_put_bits(result, &s->result, i, texel[i]);
        if (s->tail_at)
            ((uint8_t *)result)[s->tail_at] = 1;
        return;
    }
    store(s, result, out);
}

static void run_write(struct cpu_thread *th, const struct cpu_site *s, void *result, void *const *args)
{
    const struct cpu_handle *h = handle(args, 0);
    struct operands o = {s, args, 1};
    (void)th;
    (void)result;
    uint32_t *texel = h && h->texture ? texel_of(&o, h->texture, true) : NULL;
    if (!texel)
        return;
    h->texture->writes++;
    const struct jit_type *t = type(&o);
    for (unsigned i = 0; i < 4; i++) {
        float f = i < t->lanes ? (float)cpu_get(args[o.at], t, i) : 0;
        if (h->texture->integer)
            texel[i] = (uint32_t)(s->is_signed ? (uint64_t)cpu_get_signed(args[o.at], t, i) : cpu_get_bits(args[o.at], t, i));
        else
            memcpy(&texel[i], &f, 4);
    }
}

enum { WIDTH, HEIGHT, DEPTH, LAYERS, LEVELS };

static void run_query(struct cpu_thread *th, const struct cpu_site *s, void *result, void *const *args)
{
    const struct cpu_handle *h = handle(args, 0);
    uint32_t v = 0, level = s->argc > 1 ? (uint32_t)cpu_get_bits(args[1], &s->args[1], 0) : 0;
    (void)th;
    if (h && h->texture) {
        const struct cpu_texture *t = h->texture;
        const uint32_t sizes[] = {cpu_texture_extent(t->width, level), cpu_texture_extent(t->height, level),
                                  cpu_texture_extent(t->depth, level), t->layers, t->levels};
        v = sizes[s->variant];
    }
    cpu_put_bits(result, &s->result, 0, v);
}

/* ---- Names ---------------------------------------------------------------------------------------------------------------- */

static bool bind_class(struct cpu_site *s, const char *at)
{
    static const struct {
        const char *name;
        enum cpu_dim dim;
        bool array, depth, buffer;
    } classes[] = {
        {"texture_buffer_1d", CPU_1D, false, false, true},    {"texture_1d_array", CPU_1D, true, false, false},
        {"texture_1d", CPU_1D, false, false, false},          {"texture_2d_array", CPU_2D, true, false, false},
        {"texture_2d", CPU_2D, false, false, false},          {"texture_3d", CPU_3D, false, false, false},
        {"texture_cube_array", CPU_CUBE, true, false, false}, {"texture_cube", CPU_CUBE, false, false, false},
        {"depth_2d_array", CPU_2D, true, true, false},        {"depth_2d", CPU_2D, false, true, false},
        {"depth_cube_array", CPU_CUBE, true, true, false},    {"depth_cube", CPU_CUBE, false, true, false},
    };
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        size_t n = strlen(classes[i].name);
        if (strncmp(at, classes[i].name, n) != 0)
            continue;
        s->texture = (struct cpu_texture_op){.dim = classes[i].dim,
                                             .array = classes[i].array,
                                             .depth = classes[i].depth,
                                             .buffer = classes[i].buffer,
                                             .grad = !strncmp(at + n, "_grad", 5)};
        return !at[n] || s->texture.grad;
    }
    return false;
}

bool cpu_bind_texture(struct cpu_site *s)
{
    static const struct {
        const char *prefix;
        cpu_fn *fn;
        int variant;
        bool compare;
    } ops[] = {
        {"sample_compare_", run_sample, 0, true},
        {"sample_", run_sample, 0, false},
        {"gather_compare_", run_gather, 0, true},
        {"gather_", run_gather, 0, false},
        {"read_", run_read, 0, false},
        {"write_", run_write, 0, false},
        {"get_width_", run_query, WIDTH, false},
        {"get_height_", run_query, HEIGHT, false},
        {"get_depth_", run_query, DEPTH, false},
        {"get_array_size_", run_query, LAYERS, false},
        {"get_num_mip_levels_", run_query, LEVELS, false},
    };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        size_t n = strlen(ops[i].prefix);
        if (strncmp(s->op, ops[i].prefix, n) != 0 || !bind_class(s, s->op + n))
            continue;
        s->fn = ops[i].fn;
        s->variant = ops[i].variant;
        s->texture.compare = ops[i].compare;
        if (ops[i].fn == run_sample) {
            s->cross = cross_sample;
            s->meets = CPU_QUAD;
        }
        return true;
    }
    return false;
}
