/* SPDX-License-Identifier: MIT */
/*
 * Texture operations on textures of every kind (fixture.c), in the operand forms of several AIR versions. Nearest samples, reads,
 * gathers, writes and atomic operations are exact; linear filters are within the precision of eight-bit weights.
 */
#include "tests/air/fixture.h"
#include "tests/air/micro.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static unsigned version; /**< major << 16 | minor. */

struct operation {
    struct fixture_sample s;
    unsigned dims;
    bool layered, integer, gather;
    unsigned component, level;
    bool level_from_gradient;
};

static struct operation operations[1024];
static unsigned operation_count;

static struct operation *new_operation(struct micro_case *c, unsigned texture, unsigned sampler)
{
    struct operation *o = &operations[operation_count];
    const struct fixture_shape *s = &fixture_shapes[texture];
    memset(o, 0, sizeof *o);
    c->parameter = operation_count++;
    o->s.texture = texture;
    o->s.sampler = sampler;
    o->dims = strstr(s->kind, "_1d") ? 1 : strstr(s->kind, "_3d") || s->cube ? 3 : 2;
    o->layered = s->arrayed;
    o->integer = s->cls != PVG_AIR_FLOAT;
    return o;
}

static void set_result(const struct micro_case *c, const struct operation *o, const double *v, double slack, bool open,
                       struct micro_num *r)
{
    for (unsigned l = 0; l < c->result_lanes; l++) {
        if (micro_is_float(c->result))
            r[l].f = v[l];
        else
            r[l] = micro_decode(c->result, (uint64_t)(int64_t)v[l]);
        r[l].open = open;
        r[l].slack = slack ? slack : c->result == M_F16 ? 0x1p-11 : 0;
    }
    (void)o;
}

/* ---- Sampling and gathering ------------------------------------------------------------------------------------------------ */

static void ref_sample(const struct micro_case *c, const struct micro_num (*a)[MICRO_MAX_LANES], struct micro_num *r)
{
    const struct operation *o = &operations[c->parameter];
    struct fixture_sample s = o->s;
    double v[4], slack;
    bool open = false;
    for (unsigned i = 0; i < o->dims; i++)
        s.coord[i] = (double)a[0][i].f;
    unsigned next = 1;
    if (o->layered)
        s.layer = (unsigned)a[next++][0].bits;
    if (s.compare)
        s.reference = (double)a[next][0].f;
    if (o->gather)
        fixture_gather(&s, o->component, v, &slack, &open);
    else
        fixture_sample(&s, v, &slack, &open);
    set_result(c, o, v, slack, open, r);
}

enum { EXPLICIT = 1, MIN_LOD = 2, OFFSET = 4, GRADIENT = 8, COMPARE = 16, GATHER = 32, HALF = 64, FAR_OFFSET = 128 };

static void append(char *s, size_t cap, const char *what)
{
    size_t n = strlen(s);
    snprintf(s + n, cap - n, "%s%s", n ? ", " : "", what);
}

/** "i1 true, <2 x i32> <i32 1, i32 -2>" and what the host has to add. */
static void offset_operand(struct operation *o, unsigned flags, char *args, char *types)
{
    char text[96];
    if (fixture_shapes[o->s.texture].cube)
        return;
    if (flags & OFFSET) {
        o->s.offset[0] = 1;
        o->s.offset[1] = o->dims > 1 ? -2 : 0;
        o->s.offset[2] = o->dims > 2 ? 1 : 0;
    }
    if (flags & FAR_OFFSET) {
        o->s.offset[0] = -11;
        o->s.offset[1] = o->dims > 1 ? 9 : 0;
    }
    if (o->dims == 1) {
        snprintf(text, sizeof text, "i1 true, i32 %d", o->s.offset[0]);
        append(types, 256, "i1, i32");
    } else if (o->dims == 2) {
        snprintf(text, sizeof text, "i1 true, <2 x i32> <i32 %d, i32 %d>", o->s.offset[0], o->s.offset[1]);
        append(types, 256, "i1, <2 x i32>");
    } else {
        snprintf(text, sizeof text, "i1 true, <3 x i32> <i32 %d, i32 %d, i32 %d>", o->s.offset[0], o->s.offset[1], o->s.offset[2]);
        append(types, 256, "i1, <3 x i32>");
    }
    append(args, 512, text);
}

static void level_operands(struct operation *o, unsigned flags, double lod, char *args, char *types)
{
    char text[128];
    bool explicit_lod = flags & EXPLICIT;
    o->s.lod = explicit_lod ? lod : 0;
    snprintf(text, sizeof text, "i1 %s, float %.2f", explicit_lod ? "true" : "false", explicit_lod ? lod : 0.0);
    append(args, 512, text);
    append(types, 256, "i1, float");
    if (version >= (2u << 16 | 2)) {
        append(args, 512, flags & MIN_LOD ? "float 1.0" : "float 0.0");
        append(types, 256, "float");
        if (flags & MIN_LOD && o->s.lod < 1)
            o->s.lod = 1;
    }
    if (version >= 2u << 16) {
        append(args, 512, "i32 0");
        append(types, 256, "i32");
    }
}

/** Derivatives that make level 1 the nearest: two texels of level 0 per step. */
static void gradient_operands(struct operation *o, unsigned flags, char *args, char *types)
{
    const struct fixture_shape *s = &fixture_shapes[o->s.texture];
    char text[192];
    float dx = 2.0f / (float)s->width, dy = 2.0f / (float)s->height, dz = 2.0f / (float)s->depth;
    if (o->dims == 2)
        snprintf(text, sizeof text, "<2 x float> <float %.6f, float 0.0>, <2 x float> <float 0.0, float %.6f>", (double)dx,
                 (double)dy);
    else
        snprintf(text, sizeof text,
                 "<3 x float> <float %.6f, float 0.0, float 0.0>, <3 x float> <float 0.0, float %.6f, float %.6f>", (double)dx,
                 (double)dy, (double)dz * 0);
    append(args, 512, text);
    append(types, 256, o->dims == 2 ? "<2 x float>, <2 x float>" : "<3 x float>, <3 x float>");
    append(args, 512, "float 0.0");
    append(types, 256, "float");
    offset_operand(o, flags, args, types);
    append(args, 512, "i32 0");
    append(types, 256, "i32");
    o->s.lod = 1;
}

static void finish_call(struct micro_case *c, const char *callee, const char *types, const char *args, bool structure)
{
    const char *value = micro_llvm(c->result, c->result_lanes);
    char type[64];
    snprintf(type, sizeof type, structure ? "{ %s, i8 }" : "%s", value);
    snprintf(c->declare, sizeof c->declare, "declare %s @%s(%s)", type, callee, types);
    if (structure)
        snprintf(c->body, sizeof c->body, "%%c$U = call %s @%s(%s)\n$R = extractvalue %s %%c$U, 0", type, callee, args, type);
    else
        snprintf(c->body, sizeof c->body, "$R = call %s @%s(%s)", type, callee, args);
}

static void add_sample(unsigned texture, unsigned sampler, unsigned flags, double lod, unsigned component)
{
    const struct fixture_shape *s = &fixture_shapes[texture];
    char callee[64], name[128], args[512] = "", types[256] = "", text[96];
    bool compare = flags & COMPARE, gather = flags & GATHER, scalar = s->is_depth && !gather;
    enum micro_type t = s->cls != PVG_AIR_FLOAT ? M_I32 : flags & HALF ? M_F16 : M_F32;
    const char *sign = s->cls == PVG_AIR_UINT ? "u." : s->cls == PVG_AIR_SINT ? "s." : "";
    snprintf(callee, sizeof callee, "air.%s%s_%s%s.%s%s", gather ? "gather" : "sample", compare ? "_compare" : "", s->kind,
             flags & GRADIENT ? "_grad" : "", sign, micro_suffix(t, scalar ? 1 : 4));
    snprintf(name, sizeof name, "%s sampler %u flags %x lod %.1f component %u (AIR %u.%u)", callee, sampler, flags, lod, component,
             version >> 16, version & 0xFFFF);
    struct micro_case *c = micro_add(name);
    struct operation *o = new_operation(c, texture, sampler);
    o->s.compare = compare;
    o->gather = gather;
    o->component = component;
    c->result = t;
    c->result_lanes = scalar ? 1 : 4;
    c->whole = ref_sample;
    c->any_zero_sign = true;
    c->arg[0] = M_F32;
    c->arg_lanes[0] = (uint8_t)o->dims;
    c->domain[0] = s->cube ? MD_DIRECTION : MD_TEXTURE;
    c->argc = 1;
    snprintf(args, sizeof args, "ptr addrspace(1) %%t%u, ptr addrspace(2) %%s%u", texture, sampler);
    snprintf(types, sizeof types, "ptr addrspace(1), ptr addrspace(2)");
    if (s->is_depth) {
        append(args, sizeof args, "i32 1");
        append(types, sizeof types, "i32");
    }
    snprintf(text, sizeof text, "%s $0", micro_llvm(M_F32, o->dims));
    append(args, sizeof args, text);
    append(types, sizeof types, micro_llvm(M_F32, o->dims));
    if (s->arrayed) {
        c->arg[c->argc] = M_I32;
        c->arg_lanes[c->argc] = 1;
        c->domain[c->argc] = MD_LAYER;
        snprintf(text, sizeof text, "i32 $%u", c->argc++);
        append(args, sizeof args, text);
        append(types, sizeof types, "i32");
    }
    if (compare) {
        c->arg[c->argc] = M_F32;
        c->arg_lanes[c->argc] = 1;
        c->domain[c->argc] = MD_TEXTURE;
        snprintf(text, sizeof text, "float $%u", c->argc++);
        append(args, sizeof args, text);
        append(types, sizeof types, "float");
    }
    if (flags & GRADIENT) {
        gradient_operands(o, flags, args, types);
    } else {
        offset_operand(o, flags, args, types);
        if (gather) {
            if (!s->is_depth) {
                snprintf(text, sizeof text, "i32 %u", component);
                append(args, sizeof args, text);
                append(types, sizeof types, "i32");
            }
            append(args, sizeof args, "i32 0");
            append(types, sizeof types, "i32");
        } else {
            level_operands(o, flags, lod, args, types);
        }
    }
    finish_call(c, callee, types, args, version >= (2u << 16 | 2));
}

static void samples(void)
{
    static const unsigned sampled[] = {FX_1D, FX_1D_ARRAY, FX_2D, FX_2D_ARRAY, FX_3D, FX_CUBE, FX_CUBE_ARRAY};
    for (size_t i = 0; i < sizeof sampled / sizeof *sampled; i++) {
        bool cube = fixture_shapes[sampled[i]].cube;
        for (unsigned sampler = FX_NEAREST_CLAMP; sampler <= FX_NEAREST_ZERO; sampler++)
            if (!cube || sampler <= FX_LINEAR_CLAMP)
                add_sample(sampled[i], sampler, 0, 0, 0);
        add_sample(sampled[i], FX_NEAREST_CLAMP, EXPLICIT, 1, 0);
        add_sample(sampled[i], FX_LINEAR_CLAMP, EXPLICIT | HALF, 0, 0);
        if (!cube) {
            add_sample(sampled[i], FX_LINEAR_REPEAT, OFFSET, 0, 0);
            add_sample(sampled[i], FX_NEAREST_ZERO, OFFSET | EXPLICIT, 0, 0);
            add_sample(sampled[i], FX_NEAREST_CLAMP, FAR_OFFSET, 0, 0);
        }
    }
    add_sample(FX_2D, FX_TRILINEAR, EXPLICIT, 0.5, 0);
    add_sample(FX_2D, FX_TRILINEAR, EXPLICIT, 1.25, 0);
    add_sample(FX_2D, FX_NEAREST_CLAMP, EXPLICIT, 7, 0);
    add_sample(FX_2D, FX_NEAREST_CLAMP, EXPLICIT, -3, 0);
    add_sample(FX_3D, FX_TRILINEAR, EXPLICIT, 0.5, 0);
    add_sample(FX_UINT, FX_NEAREST_CLAMP, 0, 0, 0);
    add_sample(FX_SINT, FX_NEAREST_CLAMP, 0, 0, 0);
    if (version >= (2u << 16 | 2)) {
        add_sample(FX_2D, FX_NEAREST_CLAMP, MIN_LOD, 0, 0);
        add_sample(FX_2D, FX_NEAREST_CLAMP, MIN_LOD | EXPLICIT, 2, 0);
        add_sample(FX_2D, FX_NEAREST_CLAMP, GRADIENT, 0, 0);
        add_sample(FX_2D, FX_LINEAR_REPEAT, GRADIENT | OFFSET, 0, 0);
        add_sample(FX_2D_ARRAY, FX_NEAREST_CLAMP, GRADIENT, 0, 0);
        add_sample(FX_3D, FX_NEAREST_CLAMP, GRADIENT, 0, 0);
    }
    static const unsigned depth[] = {FX_DEPTH, FX_DEPTH_ARRAY, FX_DEPTH_CUBE};
    for (size_t i = 0; i < 3; i++) {
        add_sample(depth[i], FX_NEAREST_CLAMP, 0, 0, 0);
        add_sample(depth[i], FX_COMPARE, COMPARE, 0, 0);
        add_sample(depth[i], FX_COMPARE, COMPARE | EXPLICIT, 0, 0);
    }
    add_sample(FX_DEPTH, FX_COMPARE, COMPARE | EXPLICIT | OFFSET, 1, 0);
    add_sample(FX_DEPTH, FX_COMPARE, COMPARE | GRADIENT, 0, 0);
}

static void gathers(void)
{
    for (unsigned component = 0; component < 4; component++) {
        add_sample(FX_2D, FX_NEAREST_CLAMP, GATHER, 0, component);
        add_sample(FX_2D, FX_LINEAR_REPEAT, GATHER | OFFSET, 0, component);
        add_sample(FX_2D_ARRAY, FX_LINEAR_MIRROR, GATHER, 0, component);
        add_sample(FX_UINT, FX_NEAREST_CLAMP, GATHER, 0, component);
        add_sample(FX_CUBE, FX_NEAREST_CLAMP, GATHER, 0, component);
    }
    add_sample(FX_SINT, FX_NEAREST_CLAMP, GATHER, 0, 2);
    add_sample(FX_DEPTH, FX_NEAREST_CLAMP, GATHER, 0, 0);
    add_sample(FX_DEPTH_ARRAY, FX_NEAREST_CLAMP, GATHER | OFFSET, 0, 0);
    add_sample(FX_DEPTH, FX_COMPARE, GATHER | COMPARE, 0, 0);
    add_sample(FX_DEPTH_ARRAY, FX_COMPARE, GATHER | COMPARE, 0, 0);
    add_sample(FX_2D, FX_NEAREST_CLAMP, GATHER | HALF, 0, 1);
}

/* ---- Reading --------------------------------------------------------------------------------------------------------------- */

static unsigned shrunk(unsigned size, unsigned level)
{
    return size >> level ? size >> level : 1;
}

/** Operands: coordinate, face, layer as the texture has them. Outside there are zeros, with any alpha. */
static void ref_read(const struct micro_case *c, const struct micro_num (*a)[MICRO_MAX_LANES], struct micro_num *r)
{
    const struct operation *o = &operations[c->parameter];
    const struct fixture_shape *s = &fixture_shapes[o->s.texture];
    unsigned p[3] = {0}, next = 1, layer = 0, dims = s->cube ? 2 : o->dims;
    double v[4] = {0};
    for (unsigned i = 0; i < dims; i++)
        p[i] = (unsigned)a[0][i].bits;
    unsigned face = s->cube ? (unsigned)a[next++][0].bits : 0;
    if (s->arrayed)
        layer = (unsigned)a[next++][0].bits * (s->cube ? 6 : 1);
    layer += face;
    bool inside = p[0] < shrunk(s->width, o->level) && p[1] < shrunk(s->height, o->level) && p[2] < shrunk(s->depth, o->level);
    inside = inside && layer < s->layers && face < 6;
    for (unsigned k = 0; inside && k < 4; k++)
        v[k] = fixture_texel(o->s.texture, o->level, layer, p[2], p[1], p[0], k);
    set_result(c, o, v, 0, false, r);
    /* Layers out of range may be clamped. */
    for (unsigned k = 0; !inside && k < c->result_lanes; k++)
        r[k].open = k == 3 || layer >= s->layers || face >= 6;
}

static void add_read(unsigned texture, unsigned level, enum micro_type coordinate, enum micro_type t)
{
    const struct fixture_shape *s = &fixture_shapes[texture];
    char callee[64], name[128], args[512], types[256], text[64];
    const char *sign = s->cls == PVG_AIR_UINT ? "u." : s->cls == PVG_AIR_SINT ? "s." : "";
    snprintf(callee, sizeof callee, "air.read_%s%s.%s%s", s->kind, coordinate == M_I16 ? ".i16" : "", sign,
             micro_suffix(t, s->is_depth ? 1 : 4));
    snprintf(name, sizeof name, "%s level %u (AIR %u.%u)", callee, level, version >> 16, version & 0xFFFF);
    struct micro_case *c = micro_add(name);
    struct operation *o = new_operation(c, texture, 0);
    unsigned dims = s->cube ? 2 : o->dims;
    bool newest = version >= (2u << 16 | 8), buffer = texture == FX_BUFFER;
    o->level = level;
    c->result = t;
    c->result_lanes = s->is_depth ? 1 : 4;
    c->whole = ref_read;
    snprintf(args, sizeof args, "ptr addrspace(1) %%t%u", texture);
    snprintf(types, sizeof types, "ptr addrspace(1)");
    if (newest && !buffer) {
        append(args, sizeof args, "ptr addrspace(2) null");
        append(types, sizeof types, "ptr addrspace(2)");
    }
    if (s->is_depth) {
        append(args, sizeof args, "i32 1");
        append(types, sizeof types, "i32");
    }
    for (unsigned i = 0; i < 1u + s->cube + s->arrayed; i++) {
        c->arg[i] = coordinate;
        c->arg_lanes[i] = i ? 1 : (uint8_t)dims;
        c->domain[i] = i ? MD_LAYER : s->width > 16 ? MD_LANES : MD_BITS16;
        snprintf(text, sizeof text, "%s $%u", micro_llvm(coordinate, c->arg_lanes[i]), i);
        append(args, sizeof args, text);
        append(types, sizeof types, micro_llvm(coordinate, c->arg_lanes[i]));
        c->argc++;
    }
    if (newest && dims > 1 && !s->cube) {
        append(args, sizeof args, dims == 2 ? "<2 x i32> zeroinitializer" : "<3 x i32> zeroinitializer");
        append(types, sizeof types, dims == 2 ? "<2 x i32>" : "<3 x i32>");
    }
    if (!buffer) {
        snprintf(text, sizeof text, "i32 %u", level);
        append(args, sizeof args, text);
        append(types, sizeof types, "i32");
    }
    if (version >= 2u << 16) {
        append(args, sizeof args, "i32 1");
        append(types, sizeof types, "i32");
    }
    finish_call(c, callee, types, args, version >= (2u << 16 | 6));
}

static void reads(void)
{
    static const unsigned all[] = {FX_1D,   FX_1D_ARRAY, FX_2D,    FX_2D_ARRAY,    FX_3D,         FX_CUBE,  FX_CUBE_ARRAY,
                                   FX_UINT, FX_SINT,     FX_DEPTH, FX_DEPTH_ARRAY, FX_DEPTH_CUBE, FX_BUFFER};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const struct fixture_shape *s = &fixture_shapes[all[i]];
        enum micro_type t = s->cls == PVG_AIR_FLOAT ? M_F32 : M_I32;
        add_read(all[i], 0, M_I32, t);
        if (s->levels > 1)
            add_read(all[i], 1, M_I32, t);
        add_read(all[i], 0, M_I16, t);
        if (!s->is_depth)
            add_read(all[i], 0, M_I32, t == M_F32 ? M_F16 : M_I16);
    }
}

/* ---- Queries --------------------------------------------------------------------------------------------------------------- */

static void ref_constant(const struct micro_case *c, const struct micro_num (*a)[MICRO_MAX_LANES], struct micro_num *r)
{
    (void)a;
    *r = micro_decode(c->result, c->parameter);
}

static void add_query(const char *what, unsigned texture, bool with_level, unsigned level, unsigned expected, enum micro_type t)
{
    char callee[64], name[128], types[64], args[64];
    snprintf(callee, sizeof callee, "air.%s_%s", what, fixture_shapes[texture].kind);
    snprintf(name, sizeof name, "%s level %u", callee, level);
    struct micro_case *c = micro_add(name);
    c->result = t;
    c->result_lanes = 1;
    c->whole = ref_constant;
    c->parameter = expected;
    snprintf(types, sizeof types, "ptr addrspace(1)%s", with_level ? ", i32" : "");
    snprintf(args, sizeof args, with_level ? "ptr addrspace(1) %%t%u, i32 %u" : "ptr addrspace(1) %%t%u", texture, level);
    finish_call(c, callee, types, args, false);
}

static void queries(void)
{
    for (unsigned t = 0; t < FX_TEXTURES; t++) {
        const struct fixture_shape *s = &fixture_shapes[t];
        bool buffer = t == FX_BUFFER || t == FX_WRITE_BUFFER, flat = strstr(s->kind, "_1d") != NULL;
        for (unsigned level = 0; level < s->levels; level++) {
            add_query("get_width", t, !buffer, level, shrunk(s->width, level), M_I32);
            if (!flat)
                add_query("get_height", t, true, level, shrunk(s->height, level), M_I32);
            if (s->depth > 1)
                add_query("get_depth", t, true, level, shrunk(s->depth, level), M_I32);
        }
        if (s->arrayed)
            add_query("get_array_size", t, false, 0, s->cube ? s->layers / 6 : s->layers, M_I32);
        if (!buffer)
            add_query("get_num_mip_levels", t, false, 0, s->levels, M_I32);
        add_query("is_null", t, false, 0, 0, M_I1);
    }
}

/* ---- Writing --------------------------------------------------------------------------------------------------------------- */

static void ref_written(const struct micro_case *c, const struct micro_num (*a)[MICRO_MAX_LANES], struct micro_num *r)
{
    for (unsigned l = 0; l < c->result_lanes; l++) {
        r[l] = a[0][l];
        r[l].slack = c->bound.absolute;
        r[l].open = c->parameter && l; /* One component in memory. */
    }
}

/** Operands that give every thread a texel of its own, computed from %id. */
static const char *own_texel(unsigned texture, char *setup, size_t cap, const char **types)
{
    switch (texture) {
    case FX_WRITE_ARRAY:
    case FX_LEVELS_ARRAY:
        snprintf(
            setup, cap,
            "%%x$U = and i32 %%id, 15\n%%l$U = lshr i32 %%id, 7\n%%y0$U = lshr i32 %%id, 4\n%%y$U = and i32 %%y0$U, 7\n"
            "%%i$U = insertelement <2 x i32> undef, i32 %%x$U, i32 0\n%%p$U = insertelement <2 x i32> %%i$U, i32 %%y$U, i32 1\n");
        *types = "<2 x i32>, i32";
        return "<2 x i32> %p$U, i32 %l$U";
    case FX_WRITE_3D:
    case FX_LEVELS_3D:
        snprintf(
            setup, cap,
            "%%x$U = and i32 %%id, 15\n%%z$U = lshr i32 %%id, 6\n%%y0$U = lshr i32 %%id, 4\n%%y$U = and i32 %%y0$U, 3\n"
            "%%i$U = insertelement <3 x i32> undef, i32 %%x$U, i32 0\n%%j$U = insertelement <3 x i32> %%i$U, i32 %%y$U, i32 1\n"
            "%%p$U = insertelement <3 x i32> %%j$U, i32 %%z$U, i32 2\n");
        *types = "<3 x i32>";
        return "<3 x i32> %p$U";
    case FX_WRITE_CUBE:
    case FX_LEVELS_CUBE:
        snprintf(
            setup, cap,
            "%%x$U = and i32 %%id, 7\n%%l$U = lshr i32 %%id, 6\n%%y0$U = lshr i32 %%id, 3\n%%y$U = and i32 %%y0$U, 7\n"
            "%%i$U = insertelement <2 x i32> undef, i32 %%x$U, i32 0\n%%p$U = insertelement <2 x i32> %%i$U, i32 %%y$U, i32 1\n");
        *types = "<2 x i32>, i32";
        return "<2 x i32> %p$U, i32 %l$U";
    case FX_WRITE_1D:
    case FX_WRITE_BUFFER:
        *setup = 0;
        *types = "i32";
        return "i32 %id";
    default:
        snprintf(
            setup, cap,
            "%%x$U = and i32 %%id, 15\n%%y$U = lshr i32 %%id, 4\n"
            "%%i$U = insertelement <2 x i32> undef, i32 %%x$U, i32 0\n%%p$U = insertelement <2 x i32> %%i$U, i32 %%y$U, i32 1\n");
        *types = "<2 x i32>";
        return "<2 x i32> %p$U";
    }
}

static void declare(char *out, size_t cap, const char *fmt, const char *result, const char *name, const char *types)
{
    size_t n = strlen(out);
    snprintf(out + n, cap - n, fmt, result, name, types);
}

static void add_write(unsigned texture, enum micro_type t)
{
    const struct fixture_shape *s = &fixture_shapes[texture];
    char setup[400], name[96], write[64], read[64], types[128];
    const char *place_types, *value = micro_llvm(t, 4);
    const char *place = own_texel(texture, setup, sizeof setup, &place_types);
    const char *sign = s->cls == PVG_AIR_UINT ? "u." : s->cls == PVG_AIR_SINT ? "s." : "";
    bool buffer = texture == FX_WRITE_BUFFER;
    snprintf(write, sizeof write, "air.write_%s.%s%s", s->kind, sign, micro_suffix(t, 4));
    snprintf(read, sizeof read, "air.read_%s.%s%s", s->kind, sign, micro_suffix(t, 4));
    snprintf(name, sizeof name, "%s", write);
    struct micro_case *c = micro_add(name);
    c->result = c->arg[0] = t;
    c->result_lanes = c->arg_lanes[0] = 4;
    c->argc = 1;
    c->domain[0] = MD_SMALL;
    c->whole = ref_written;
    c->parameter = texture >= FX_WRITE_UINT;
    snprintf(types, sizeof types, "ptr addrspace(1), %s, %s%s, i32", place_types, value, buffer ? "" : ", i32");
    declare(c->declare, sizeof c->declare, "declare %s @%s(%s)\n", "void", write, types);
    snprintf(types, sizeof types, "ptr addrspace(1), %s%s, i32", place_types, buffer ? "" : ", i32");
    char result[64];
    snprintf(result, sizeof result, "{ %s, i8 }", value);
    declare(c->declare, sizeof c->declare, "declare %s @%s(%s)", result, read, types);
    snprintf(c->body, sizeof c->body,
             "%scall void @%s(ptr addrspace(1) %%t%u, %s, %s $0%s, i32 3)\n"
             "%%c$U = call %s @%s(ptr addrspace(1) %%t%u, %s%s, i32 3)\n$R = extractvalue %s %%c$U, 0",
             setup, write, texture, place, value, buffer ? "" : ", i32 0", result, read, texture, place, buffer ? "" : ", i32 0",
             result);
}

static void ref_nothing(const struct micro_case *c, const struct micro_num (*a)[MICRO_MAX_LANES], struct micro_num *r)
{
    (void)a;
    for (unsigned l = 0; l < c->result_lanes; l++)
        r[l] = (struct micro_num){.open = l == 3};
}

/**
 * Write to one level, then zeros to the levels in `others`, then read `level`: all but the own level leave it alone. %L is
 * a level of the texture that differs between the threads of a simdgroup, %M the next one.
 */
static void add_level(unsigned texture, const char *level, const char *const *others, const char *what)
{
    const struct fixture_shape *s = &fixture_shapes[texture];
    char setup[400], write[64], read[64], types[128];
    const char *place_types, *place = own_texel(texture, setup, sizeof setup, &place_types);
    snprintf(write, sizeof write, "air.write_%s.v4f32", s->kind);
    snprintf(read, sizeof read, "air.read_%s.v4f32", s->kind);
    char name[128];
    snprintf(name, sizeof name, "%s to level %s%s", write, level, what);
    struct micro_case *c = micro_add(name);
    c->result = c->arg[0] = M_F32;
    c->result_lanes = c->arg_lanes[0] = 4;
    c->argc = 1;
    c->domain[0] = MD_SMALL;
    c->whole = *what ? ref_nothing : ref_written;
    snprintf(types, sizeof types, "ptr addrspace(1), %s, <4 x float>, i32, i32", place_types);
    declare(c->declare, sizeof c->declare, "declare %s @%s(%s)\n", "void", write, types);
    snprintf(types, sizeof types, "ptr addrspace(1), %s, i32, i32", place_types);
    declare(c->declare, sizeof c->declare, "declare %s @%s(%s)", "{ <4 x float>, i8 }", read, types);
    size_t cap = sizeof c->body;
    int n = snprintf(c->body, cap,
                     "%s%%L$U = urem i32 %%id, %u\n%%M0$U = add i32 %%L$U, 1\n%%M$U = urem i32 %%M0$U, %u\n"
                     "call void @%s(ptr addrspace(1) %%t%u, %s, <4 x float> $0, i32 %s, i32 3)\n",
                     setup, s->levels, s->levels, write, texture, place, level);
    for (; *others; others++)
        n += snprintf(c->body + n, cap - (size_t)n,
                      "call void @%s(ptr addrspace(1) %%t%u, %s, <4 x float> zeroinitializer, i32 %s, i32 3)\n", write, texture,
                      place, *others);
    snprintf(c->body + n, cap - (size_t)n,
             "%%c$U = call { <4 x float>, i8 } @%s(ptr addrspace(1) %%t%u, %s, i32 %s, i32 3)\n"
             "$R = extractvalue { <4 x float>, i8 } %%c$U, 0",
             read, texture, place, level);
}

/** Levels that the operand names as a constant, at run time, and past the last one. */
static void levels(void)
{
    for (unsigned t = FX_LEVELS_2D; t <= FX_LEVELS_CUBE; t++) {
        add_level(t, "0", (const char *const[]){"1", "2", NULL}, "");
        add_level(t, "1", (const char *const[]){"0", "5", "-1", NULL}, "");
        add_level(t, "%L$U", (const char *const[]){"%M$U", NULL}, "");
        add_level(t, "3", (const char *const[]){NULL}, ", which there is not");
    }
    add_level(FX_LEVELS_2D, "2", (const char *const[]){"0", "1", "3", NULL}, "");
    add_level(FX_WRITE_2D, "1", (const char *const[]){NULL}, ", which there is not");
}

static void writes(void)
{
    for (unsigned t = FX_WRITE_2D; t <= FX_WRITE_1D; t++) {
        add_write(t, M_F32);
        add_write(t, M_F16);
    }
    add_write(FX_WRITE_UINT, M_I32);
    add_write(FX_WRITE_SINT, M_I32);
    add_write(FX_WRITE_BUFFER, M_I32);
}

/* ---- Atomic operations ----------------------------------------------------------------------------------------------------- */

enum atomic { ADD, SUB, AND, OR, XOR, MIN, MAX, EXCHANGE, LOAD, STORE, COMPARE_EXCHANGE };

static void ref_atomic(const struct micro_case *c, const struct micro_num (*arg)[MICRO_MAX_LANES], struct micro_num *r)
{
    const struct micro_num *value = &arg[0][0], *old = &arg[1][0];
    bool s = c->parameter & 256, now = c->parameter & 512;
    uint64_t a = old->bits, b = value->bits, v = b;
    switch ((enum atomic)(c->parameter & 255)) {
    case ADD:
        v = a + b;
        break;
    case SUB:
        v = a - b;
        break;
    case AND:
        v = a & b;
        break;
    case OR:
        v = a | b;
        break;
    case XOR:
        v = a ^ b;
        break;
    case MIN:
        v = (s ? old->s < value->s : a < b) ? a : b;
        break;
    case MAX:
        v = (s ? old->s > value->s : a > b) ? a : b;
        break;
    case EXCHANGE:
    case STORE:
        break;
    case LOAD:
        v = a;
        break;
    case COMPARE_EXCHANGE: /* Expected is the value's last bit; the result is whether it was there. */
        v = a == arg[2][0].bits ? b : a;
        if (!now) {
            r->bits = a == arg[2][0].bits;
            return;
        }
    }
    r->bits = (now ? v : a) & 0xFFFFFFFF;
}

static void add_atomic(unsigned texture, const char *op, enum atomic kind, bool now)
{
    const struct fixture_shape *s = &fixture_shapes[texture];
    char setup[400], callee[96], name[128], write[64], read[64], call[256];
    const char *place_types, *place = own_texel(texture, setup, sizeof setup, &place_types);
    const char *sign = s->cls == PVG_AIR_UINT ? "u" : "s";
    bool buffer = texture == FX_WRITE_BUFFER, cas = kind == COMPARE_EXCHANGE, load = kind == LOAD, store = kind == STORE;
    snprintf(callee, sizeof callee, "air.atomic_%s_explicit_%s.%s.v4i32", op, s->kind, sign);
    snprintf(name, sizeof name, "%s (%s)", callee, now ? "new" : "old");
    snprintf(write, sizeof write, "air.write_%s.%s.v4i32", s->kind, sign);
    snprintf(read, sizeof read, "air.read_%s.%s.v4i32", s->kind, sign);
    struct micro_case *c = micro_add(name);
    c->result = M_I32;
    c->result_lanes = 1;
    c->argc = cas ? 3 : 2;
    for (unsigned i = 0; i < c->argc; i++) {
        c->arg[i] = M_I32;
        c->arg_lanes[i] = 1;
        c->domain[i] = cas ? MD_WHOLE : MD_ANY;
    }
    c->whole = ref_atomic;
    c->parameter = kind | (*sign == 's' ? 256 : 0) | (now ? 512 : 0);
    const char *ret = cas ? "i1" : store ? "void" : "<4 x i32>";
    snprintf(
        c->declare, sizeof c->declare,
        "declare void @%s(ptr addrspace(1), %s, <4 x i32>%s, i32)\ndeclare { <4 x i32>, i8 } @%s(ptr addrspace(1), %s%s, i32)\n"
        "declare %s @%s(ptr addrspace(1), %s%s, i32, i32%s)",
        write, place_types, buffer ? "" : ", i32", read, place_types, buffer ? "" : ", i32", ret, callee, place_types,
        cas    ? ", ptr, <4 x i32>"
        : load ? ""
               : ", <4 x i32>",
        cas ? ", i32" : "");
    if (cas)
        snprintf(call, sizeof call,
                 "%%k$U = call i1 @%s(ptr addrspace(1) %%t%u, %s, ptr %%e$U, <4 x i32> %%v$U, i32 0, i32 0, i32 3)", callee,
                 texture, place);
    else
        snprintf(call, sizeof call, "%scall %s @%s(ptr addrspace(1) %%t%u, %s%s, i32 0, i32 3)", store ? "" : "%k$U = ", ret,
                 callee, texture, place, load ? "" : ", <4 x i32> %v$U");
    snprintf(c->body, sizeof c->body,
             "%s%%v$U = insertelement <4 x i32> zeroinitializer, i32 $0, i32 0\n%%w0$U = insertelement <4 x i32> zeroinitializer, "
             "i32 $1, i32 0\n"
             "%s"
             "call void @%s(ptr addrspace(1) %%t%u, %s, <4 x i32> %%w0$U%s, i32 3)\n%s\n",
             setup,
             cas ? "%e$U = alloca <4 x i32>\n%f$U = insertelement <4 x i32> zeroinitializer, i32 $2, i32 0\nstore <4 x i32> %f$U, "
                   "ptr %e$U\n"
                 : "",
             write, texture, place, buffer ? "" : ", i32 0", call);
    size_t n = strlen(c->body);
    if (now || store)
        snprintf(c->body + n, sizeof c->body - n,
                 "%%c$U = call { <4 x i32>, i8 } @%s(ptr addrspace(1) %%t%u, %s%s, i32 3)\n%%d$U = extractvalue { <4 x i32>, i8 } "
                 "%%c$U, 0\n$R = extractelement <4 x i32> %%d$U, i32 0",
                 read, texture, place, buffer ? "" : ", i32 0");
    else if (cas)
        snprintf(c->body + n, sizeof c->body - n, "$R = zext i1 %%k$U to i32");
    else
        snprintf(c->body + n, sizeof c->body - n, "$R = extractelement <4 x i32> %%k$U, i32 0");
    if (store)
        c->parameter |= 512;
}

static void atomics(void)
{
    static const struct {
        const char *op;
        enum atomic kind;
    } rows[] = {{"fetch_add", ADD},
                {"fetch_sub", SUB},
                {"fetch_and", AND},
                {"fetch_or", OR},
                {"fetch_xor", XOR},
                {"fetch_min", MIN},
                {"fetch_max", MAX},
                {"exchange", EXCHANGE},
                {"load", LOAD},
                {"store", STORE},
                {"compare_exchange_weak", COMPARE_EXCHANGE}};
    static const unsigned textures[] = {FX_WRITE_UINT, FX_WRITE_SINT, FX_WRITE_BUFFER};
    for (int t = 0; t < 3; t++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            for (int now = 0; now < 2; now++)
                add_atomic(textures[t], rows[i].op, rows[i].kind, now);
}

void micro_textures(unsigned air_version)
{
    version = air_version;
    operation_count = 0;
    micro_use_textures(air_version);
    samples();
    reads();
    if (air_version == (2u << 16 | 6)) {
        gathers();
        queries();
        writes();
        levels();
        atomics();
    }
}
