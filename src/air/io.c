/* SPDX-License-Identifier: MIT */
/* Parameters and results of the entry point: attributes, varyings, colours and the other stage outputs (spec 07 sections 4.6-4.8).
 */
#include "air/translate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** Keys of interface variables that are not built-ins: base + location. Built-ins use their own number. */
enum { KEY_LOCATION = 0x10000, KEY_COLOR = 0x20000, KEY_ATTACHMENT = 0x30000 };

uint32_t pvg_at_io_variable(struct pvg_at *at, SpvStorageClass sc, uint32_t type, uint32_t key, bool *created)
{
    key |= (uint32_t)sc << 24;
    for (size_t i = 0; i < at->io_count; i++) {
        if (at->ios[i].key != key)
            continue;
        if (at->ios[i].type != type)
            pvg_at_refuse(at, "one stage interface slot with two types");
        *created = false;
        return at->ios[i].var;
    }
    uint32_t var = pvg_spv_variable(&at->b, sc, type, 0);
    at->ios = pvg_arena_grow(&at->arena, at->ios, &at->io_cap, at->io_count + 1, sizeof *at->ios);
    at->ios[at->io_count++] = (struct pvg_at_io){key, var, type};
    at->interface = pvg_arena_grow(&at->arena, at->interface, &at->interface_cap, at->interface_count + 1, 4);
    at->interface[at->interface_count++] = var;
    *created = true;
    return var;
}

/* ---- Types of the interface
 * -------------------------------------------------------------------------------------------------------- */

static enum pvg_air_class class_of(LLVMTypeRef type, const char *type_name)
{
    if (LLVMGetTypeKind(pvg_at_element(type)) != LLVMIntegerTypeKind)
        return PVG_AIR_FLOAT;
    return type_name && (!strncmp(type_name, "u", 1) || !strncmp(type_name, "bool", 4)) ? PVG_AIR_UINT : PVG_AIR_SINT;
}

/** 32-bit type that carries a value between stages: half and narrow integers widen (spec 07 section 4.8.1). */
static uint32_t interface_type(struct pvg_at *at, enum pvg_air_class cls, unsigned components)
{
    struct pvg_spv *b = &at->b;
    uint32_t e = cls == PVG_AIR_FLOAT ? pvg_spv_float(b, 32) : cls == PVG_AIR_SINT ? pvg_spv_sint(b, 32) : pvg_spv_int(b, 32);
    return pvg_spv_vec(b, e, components);
}

static bool is_signed_int(const struct pvg_spv *b, uint32_t scalar)
{
    return b->ids[scalar].op == SpvOpTypeInt && b->ids[scalar].members[1];
}

static uint32_t fit_components(struct pvg_at *at, uint32_t id, unsigned want)
{
    struct pvg_spv *b = &at->b;
    uint32_t from = pvg_spv_type_of(b, id), scalar = pvg_spv_scalar(b, from), parts[4];
    unsigned have = pvg_spv_components(b, from);
    if (have == want)
        return id;
    for (unsigned i = 0; i < want; i++)
        parts[i] = i >= have ? pvg_spv_null(b, scalar) : have == 1 ? id : pvg_spv_extract(b, id, i);
    return pvg_spv_construct(b, pvg_spv_vec(b, scalar, want), parts, want);
}

uint32_t pvg_at_fit(struct pvg_at *at, uint32_t id, uint32_t type)
{
    struct pvg_spv *b = &at->b;
    id = fit_components(at, id, pvg_spv_components(b, type));
    uint32_t from = pvg_spv_type_of(b, id);
    uint32_t fs = pvg_spv_scalar(b, from), ts = pvg_spv_scalar(b, type);
    if (from == type)
        return id;
    const uint16_t fop = b->ids[fs].op, top = b->ids[ts].op;
    if (fop == SpvOpTypeFloat && top == SpvOpTypeFloat)
        return pvg_spv_value(b, SpvOpFConvert, type, PVG_SPV(id));
    if (fop == SpvOpTypeBool && top == SpvOpTypeInt)
        return pvg_spv_value(b, SpvOpSelect, type, PVG_SPV(id, pvg_spv_splat(b, type, 1), pvg_spv_splat(b, type, 0)));
    if (fop == SpvOpTypeInt && top == SpvOpTypeBool)
        return pvg_spv_value(b, SpvOpINotEqual, type, PVG_SPV(id, pvg_spv_null(b, from)));
    if (fop == SpvOpTypeInt && top == SpvOpTypeInt) {
        unsigned w = pvg_spv_width(b, ts);
        bool sign = is_signed_int(b, ts) || is_signed_int(b, fs);
        if (is_signed_int(b, fs)) {
            from = pvg_spv_like(b, from, pvg_spv_int(b, pvg_spv_width(b, fs)));
            id = pvg_spv_bitcast(b, from, id);
        }
        id = sign ? pvg_spv_sresize(b, id, w) : pvg_spv_resize(b, id, w);
        return pvg_spv_bitcast(b, type, id);
    }
    pvg_at_refuse(at, "stage interface value of an unexpected type");
}

static unsigned checked_lanes(struct pvg_at *at, LLVMTypeRef type)
{
    LLVMTypeRef e = pvg_at_element(type);
    LLVMTypeKind kind = LLVMGetTypeKind(e);
    bool ok =
        kind == LLVMFloatTypeKind || kind == LLVMHalfTypeKind || (kind == LLVMIntegerTypeKind && LLVMGetIntTypeWidth(e) <= 32);
    if (!ok)
        pvg_at_refuse(at, "stage input or output of %s", kind == LLVMIntegerTypeKind ? "64-bit integers" : "this type");
    return pvg_at_lanes(at, type);
}

/* ---- Varyings of 64 bits --------------------------------------------------------------------------------------------------- */

/*
 * They travel as words, two numbers to a location, so that neither stage needs a feature for them. The second location of three or
 * four numbers has a link key of its own; compilers end theirs with a parenthesis.
 */
#define SECOND_HALF "+"

bool pvg_at_is_wide(LLVMTypeRef type)
{
    LLVMTypeRef e = pvg_at_element(type);
    return LLVMGetTypeKind(e) == LLVMIntegerTypeKind && LLVMGetIntTypeWidth(e) == 64;
}

char *pvg_at_wide_semantic(struct pvg_at *at, char *semantic, unsigned half)
{
    size_t n = semantic ? strlen(semantic) : 0;
    if (!half || !semantic)
        return semantic;
    char *s = pvg_arena_alloc(&at->arena, n + sizeof SECOND_HALF);
    memcpy(s, semantic, n);
    memcpy(s + n, SECOND_HALF, sizeof SECOND_HALF);
    return s;
}

uint32_t pvg_at_wide_type(struct pvg_at *at, unsigned lanes, unsigned half)
{
    unsigned rest = lanes - 2 * half;
    return interface_type(at, PVG_AIR_UINT, rest < 2 ? 2 : 4);
}

uint32_t pvg_at_wide_words(struct pvg_at *at, uint32_t id, unsigned half)
{
    struct pvg_spv *b = &at->b;
    unsigned lanes = pvg_spv_components(b, pvg_spv_type_of(b, id));
    uint32_t pair = pvg_spv_vec(b, pvg_spv_int(b, 32), 2), words[4];
    for (unsigned i = 2 * half; i < lanes && i < 2 * half + 2; i++) {
        uint32_t w = pvg_spv_bitcast(b, pair, lanes == 1 ? id : pvg_spv_extract(b, id, i));
        words[2 * (i % 2)] = pvg_spv_extract(b, w, 0);
        words[2 * (i % 2) + 1] = pvg_spv_extract(b, w, 1);
    }
    uint32_t type = pvg_at_wide_type(at, lanes, half);
    return pvg_spv_construct(b, type, words, pvg_spv_components(b, type));
}

/** Numbers of one location, appended to `lanes`. */
static void take_wide(struct pvg_at *at, uint32_t words, uint32_t *lanes)
{
    struct pvg_spv *b = &at->b;
    uint32_t pair = pvg_spv_vec(b, pvg_spv_int(b, 32), 2);
    for (unsigned i = 0; i < pvg_spv_components(b, pvg_spv_type_of(b, words)); i += 2) {
        const uint32_t two[] = {pvg_spv_extract(b, words, i), pvg_spv_extract(b, words, i + 1)};
        *lanes++ = pvg_spv_bitcast(b, pvg_spv_int(b, 64), pvg_spv_construct(b, pair, two, 2));
    }
}

/* ---- Inputs
 * ------------------------------------------------------------------------------------------------------------------------- */

static void reflect_attribute(struct pvg_at *at, uint32_t location, unsigned components, enum pvg_air_class cls)
{
    struct pvg_air_reflection *r = at->refl;
    struct pvg_air_attribute *a = realloc(r->attributes, (r->attribute_count + 1) * sizeof *a);
    if (!a)
        pvg_at_fail(at, ENOMEM, "out of memory");
    r->attributes = a;
    /* Equal modules give equal bytes: gaps between fields too. */
    memset(&a[r->attribute_count], 0, sizeof *a);
    r->attributes[r->attribute_count++] =
        (struct pvg_air_attribute){.location = (uint8_t)location, .components = (uint8_t)components, .cls = cls};
}

uint32_t pvg_at_reflect_attribute(struct pvg_at *at, uint32_t location, LLVMTypeRef type, const char *type_name)
{
    unsigned n = checked_lanes(at, type);
    enum pvg_air_class cls = class_of(type, type_name);
    if (location > 30)
        pvg_at_fail(at, EINVAL, "attribute index %u", location);
    for (size_t i = 0; i < at->refl->attribute_count; i++)
        if (at->refl->attributes[i].location == location)
            return interface_type(at, cls, n);
    reflect_attribute(at, location, n, cls);
    return interface_type(at, cls, n);
}

static uint32_t attribute(struct pvg_at *at, const struct pvg_air_param *p)
{
    struct pvg_spv *b = &at->b;
    LLVMTypeRef type = LLVMTypeOf(p->value);
    uint32_t io_type = pvg_at_reflect_attribute(at, p->location, type, p->type_name);
    const struct pvg_air_pull_attribute *pull = pvg_at_find_pull(at, p->location);
    if (pull)
        return pvg_at_fit(at, pvg_at_pull(at, pull, io_type), pvg_at_type(at, type));
    if (p->kind == PVG_AIR_PARAM_STAGE_IN)
        pvg_at_refuse(at, "stage-in attribute %u without a stage-input descriptor", p->location);
    bool created;
    uint32_t var = pvg_at_io_variable(at, SpvStorageClassInput, io_type, KEY_LOCATION + p->location, &created);
    if (created)
        pvg_spv_decorate(b, var, SpvDecorationLocation, PVG_SPV(p->location));
    return pvg_at_fit(at, pvg_spv_value(b, SpvOpLoad, io_type, PVG_SPV(var)), pvg_at_type(at, type));
}

static struct pvg_air_varying *reflect_varying(struct pvg_at *at, const char *semantic, uint32_t location, unsigned components,
                                               enum pvg_air_class cls)
{
    struct pvg_air_reflection *r = at->refl;
    struct pvg_air_varying *v = realloc(r->varyings, (r->varying_count + 1) * sizeof *v);
    if (!v)
        pvg_at_fail(at, ENOMEM, "out of memory");
    r->varyings = v;
    v += r->varying_count;
    memset(v, 0, sizeof *v);
    char *copy = strdup(semantic ? semantic : "");
    if (!copy)
        pvg_at_fail(at, ENOMEM, "out of memory");
    *v = (struct pvg_air_varying){.semantic = copy, .location = (uint8_t)location, .components = (uint8_t)components, .cls = cls};
    r->varying_count++;
    return v;
}

uint32_t pvg_at_named_interface_type(struct pvg_at *at, const char *type_name)
{
    static const char *const scalars[] = {"float", "half", "uint", "int", "ushort", "short", "uchar", "char", "bool"};
    for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++) {
        size_t n = strlen(scalars[i]);
        char count = strncmp(type_name, scalars[i], n) ? 'x' : type_name[n];
        if (count && (count < '2' || count > '4' || type_name[n + 1]))
            continue;
        bool is_unsigned = type_name[0] == 'u' || type_name[0] == 'b';
        enum pvg_air_class cls = i < 2 ? PVG_AIR_FLOAT : is_unsigned ? PVG_AIR_UINT : PVG_AIR_SINT;
        return interface_type(at, cls, count ? (unsigned)(count - '0') : 1);
    }
    pvg_at_refuse(at, "varying of type %s", type_name);
}

void pvg_at_reflect_varying(struct pvg_at *at, const char *semantic, uint32_t location, uint32_t io_type, bool per_primitive)
{
    const struct pvg_spv *b = &at->b;
    uint32_t scalar = pvg_spv_scalar(b, io_type);
    enum pvg_air_class cls = pvg_spv_is_float(b, scalar) ? PVG_AIR_FLOAT : is_signed_int(b, scalar) ? PVG_AIR_SINT : PVG_AIR_UINT;
    if (location > 31)
        pvg_at_refuse(at, "more than 32 varyings");
    reflect_varying(at, semantic, location, pvg_spv_components(b, io_type), cls)->per_primitive = per_primitive;
}

static const struct pvg_air_varying *find_producer(const struct pvg_air_reflection *producer, const char *semantic)
{
    for (size_t i = 0; semantic && i < producer->varying_count; i++)
        if (!strcmp(producer->varyings[i].semantic, semantic))
            return &producer->varyings[i];
    return NULL;
}

static void decorate_interpolation(struct pvg_at *at, uint32_t var, const struct pvg_air_param *p, enum pvg_air_class cls)
{
    struct pvg_spv *b = &at->b;
    if (p->interpolation.flat || cls != PVG_AIR_FLOAT) {
        pvg_spv_decorate(b, var, SpvDecorationFlat, NULL, 0);
        return;
    }
    if (p->interpolation.no_perspective)
        pvg_spv_decorate(b, var, SpvDecorationNoPerspective, NULL, 0);
    if (p->interpolation.centroid)
        pvg_spv_decorate(b, var, SpvDecorationCentroid, NULL, 0);
    if (p->interpolation.sample) {
        pvg_at_need(at, PVG_AIR_NEED_SAMPLE_RATE);
        pvg_spv_capability(b, SpvCapabilitySampleRateShading);
        pvg_spv_decorate(b, var, SpvDecorationSample, NULL, 0);
    }
}

/** Location of a fragment input that follows no vertex function. */
static uint32_t own_location(const struct pvg_at *at, const struct pvg_air_param *p)
{
    uint32_t location = 0;
    for (unsigned i = 0; i < p->index; i++) {
        if (at->entry->params[i].kind != PVG_AIR_PARAM_VARYING)
            continue;
        LLVMTypeRef t = LLVMTypeOf(at->entry->params[i].value);
        location += pvg_at_is_wide(t) && LLVMGetTypeKind(t) == LLVMVectorTypeKind && LLVMGetVectorSize(t) > 2 ? 2 : 1;
    }
    return location;
}

/** Variable of a location of a fragment input; 0 when the vertex function does not write it (zero: spec 07 section 9.12). */
static uint32_t location_variable(struct pvg_at *at, const struct pvg_air_param *p, uint32_t location, enum pvg_air_class cls,
                                  unsigned n, uint32_t *io_type)
{
    struct pvg_spv *b = &at->b;
    if (location > 31)
        pvg_at_refuse(at, "more than 32 varyings");
    const struct pvg_air_reflection *producer = at->opt->producer;
    unsigned components = n;
    bool per_primitive = false;
    if (producer) {
        const struct pvg_air_varying *v = find_producer(producer, p->semantic);
        if (!v || (v->cls == PVG_AIR_FLOAT) != (cls == PVG_AIR_FLOAT))
            return 0;
        location = v->location;
        components = v->components < n ? v->components : n;
        cls = v->cls;
        per_primitive = v->per_primitive;
    }
    bool created;
    *io_type = interface_type(at, cls, components);
    /* Values of all three vertices: an array (spec 07 section 4.8.1). */
    uint32_t whole = p->interpolation.vertex_value ? pvg_spv_array(b, *io_type, 3) : *io_type;
    uint32_t var = pvg_at_io_variable(at, SpvStorageClassInput, whole, KEY_LOCATION + location, &created);
    if (created) {
        reflect_varying(at, p->semantic, location, components, cls);
        pvg_spv_decorate(b, var, SpvDecorationLocation, PVG_SPV(location));
        if (per_primitive) {
            pvg_at_need(at, PVG_AIR_NEED_MESH);
            pvg_spv_capability(b, SpvCapabilityMeshShadingEXT);
            pvg_spv_extension(b, "SPV_EXT_mesh_shader");
            pvg_spv_decorate(b, var, SpvDecorationPerPrimitiveEXT, NULL, 0);
            if (cls != PVG_AIR_FLOAT)
                pvg_spv_decorate(b, var, SpvDecorationFlat, NULL, 0);
        } else if (p->interpolation.vertex_value) {
            pvg_at_need(at, PVG_AIR_NEED_BARYCENTRICS);
            pvg_spv_capability(b, SpvCapabilityFragmentBarycentricKHR);
            pvg_spv_extension(b, "SPV_KHR_fragment_shader_barycentric");
            pvg_spv_decorate(b, var, SpvDecorationPerVertexKHR, NULL, 0);
        } else {
            decorate_interpolation(at, var, p, cls);
        }
    }
    return var;
}

static uint32_t varying_variable(struct pvg_at *at, const struct pvg_air_param *p, LLVMTypeRef type, uint32_t *io_type)
{
    unsigned n = checked_lanes(at, type);
    return location_variable(at, p, own_location(at, p), class_of(type, p->type_name), n, io_type);
}

/** Input of 64 bits; what the vertex function does not write is zero. */
static uint32_t wide_varying(struct pvg_at *at, const struct pvg_air_param *p, LLVMTypeRef type)
{
    struct pvg_spv *b = &at->b;
    unsigned n = pvg_at_lanes(at, type);
    uint32_t lanes[4], io_type;
    for (unsigned half = 0; 2 * half < n; half++) {
        struct pvg_air_param part = *p;
        uint32_t want = pvg_at_wide_type(at, n, half);
        part.semantic = pvg_at_wide_semantic(at, p->semantic, half);
        uint32_t var =
            location_variable(at, &part, own_location(at, p) + half, PVG_AIR_UINT, pvg_spv_components(b, want), &io_type);
        uint32_t words = var ? pvg_spv_value(b, SpvOpLoad, io_type, PVG_SPV(var)) : pvg_spv_null(b, want);
        take_wide(at, pvg_at_fit(at, words, want), lanes + 2 * half);
    }
    return pvg_spv_construct(b, pvg_at_type(at, type), lanes, n);
}

uint32_t pvg_at_varying_variable(struct pvg_at *at, LLVMValueRef param, LLVMTypeRef type, bool no_perspective, uint32_t *io_type)
{
    for (size_t i = 0; i < at->entry->param_count; i++) {
        struct pvg_air_param p = at->entry->params[i];
        if (p.value != param)
            continue;
        if (p.kind != PVG_AIR_PARAM_VARYING || !(p.interpolation.handle || p.interpolation.vertex_value))
            break;
        if (!p.interpolation.vertex_value)
            p.interpolation = (struct pvg_air_interpolation){.no_perspective = no_perspective};
        return varying_variable(at, &p, type, io_type);
    }
    pvg_at_refuse(at, "interpolation of something that is no interpolant");
}

static uint32_t varying(struct pvg_at *at, const struct pvg_air_param *p)
{
    struct pvg_spv *b = &at->b;
    if (p->interpolation.handle || p->interpolation.vertex_value)
        return pvg_spv_u64(b, p->index); /* The intrinsics find the parameter. */
    LLVMTypeRef type = LLVMTypeOf(p->value);
    if (pvg_at_is_wide(type))
        return wide_varying(at, p, type);
    uint32_t io_type, var = varying_variable(at, p, type, &io_type), want = pvg_at_type(at, type);
    if (!var)
        return pvg_spv_null(b, want);
    return pvg_at_fit(at, pvg_spv_value(b, SpvOpLoad, io_type, PVG_SPV(var)), want);
}

/** Framebuffer fetch: the colour attachment as input attachment of set 1 (spec 06 section 15.2). */
static uint32_t color_input(struct pvg_at *at, const struct pvg_air_param *p)
{
    struct pvg_spv *b = &at->b;
    LLVMTypeRef type = LLVMTypeOf(p->value);
    checked_lanes(at, type);
    if (p->location > 7)
        pvg_at_fail(at, EINVAL, "colour index %u", p->location);
    pvg_at_need(at, PVG_AIR_NEED_INPUT_ATTACHMENT);
    pvg_spv_capability(b, SpvCapabilityInputAttachment);
    at->refl->input_attachment_mask |= 1u << p->location;
    enum pvg_air_class cls = class_of(type, p->type_name);
    uint32_t texel = interface_type(at, cls, 1);
    bool multisampled = at->opt->variant & PVG_AIR_VARIANT_MULTISAMPLED;
    uint32_t image =
        pvg_spv_unique(b, SpvOpTypeImage, 0, PVG_SPV(texel, SpvDimSubpassData, 0, 0, multisampled, 2, SpvImageFormatUnknown));
    bool created;
    uint32_t var = pvg_at_io_variable(at, SpvStorageClassUniformConstant, image, KEY_ATTACHMENT + p->location, &created);
    if (created) {
        pvg_spv_decorate(b, var, SpvDecorationDescriptorSet, PVG_SPV(1));
        pvg_spv_decorate(b, var, SpvDecorationBinding, PVG_SPV(p->location));
        pvg_spv_decorate(b, var, SpvDecorationInputAttachmentIndex, PVG_SPV(p->location));
    }
    uint32_t i32 = pvg_spv_sint(b, 32), origin = pvg_spv_null(b, pvg_spv_vec(b, i32, 2));
    uint32_t loaded = pvg_spv_value(b, SpvOpLoad, image, PVG_SPV(var));
    uint32_t vec = pvg_spv_vec(b, texel, 4), v;
    if (multisampled)
        v = pvg_spv_value(b, SpvOpImageRead, vec, PVG_SPV(loaded, origin, SpvImageOperandsSampleMask, pvg_at_sample_id(at)));
    else
        v = pvg_spv_value(b, SpvOpImageRead, vec, PVG_SPV(loaded, origin));
    if (at->opt->alpha8_outputs >> p->location & 1) /* Emulated A8: alpha is stored in red. */
        v = pvg_spv_value(b, SpvOpVectorShuffle, vec, PVG_SPV(v, v, 0, 0, 0, 0));
    return pvg_at_fit(at, v, pvg_at_type(at, type));
}

static uint32_t parameter(struct pvg_at *at, const struct pvg_air_param *p)
{
    switch (p->kind) {
    case PVG_AIR_PARAM_BUFFER:
    case PVG_AIR_PARAM_ARGUMENT_BUFFER: {
        if (p->absent)
            return pvg_spv_u64(&at->b, 0);
        struct pvg_at_buffer *buf = pvg_at_buffer_of(at, p);
        pvg_at_buffer_load(at, buf);
        return at->guest_addresses ? buf->guest : buf->address;
    }
    case PVG_AIR_PARAM_THREADGROUP:
        if (p->absent)
            return pvg_spv_u32(&at->b, 0);
        return pvg_at_object_pointer(at, p->value);
    case PVG_AIR_PARAM_TEXTURE:
    case PVG_AIR_PARAM_SAMPLER:
        return pvg_at_param_handle(at, p);
    case PVG_AIR_PARAM_BUILTIN:
        return pvg_at_builtin(at, p, pvg_at_type(at, LLVMTypeOf(p->value)));
    default:
        break;
    }
    if (p->absent)
        return pvg_spv_null(&at->b, pvg_at_type(at, LLVMTypeOf(p->value)));
    switch (p->kind) {
    case PVG_AIR_PARAM_VERTEX_INPUT:
    case PVG_AIR_PARAM_STAGE_IN:
        return attribute(at, p);
    case PVG_AIR_PARAM_VARYING:
        return varying(at, p);
    case PVG_AIR_PARAM_COLOR:
        return color_input(at, p);
    case PVG_AIR_PARAM_IMAGEBLOCK:
    case PVG_AIR_PARAM_IMAGEBLOCK_DATA:
        return pvg_at_imageblock(at, p);
    case PVG_AIR_PARAM_PATCH_INPUT:
        return pvg_at_patch_input(at, p);
    case PVG_AIR_PARAM_PAYLOAD:
        return pvg_at_object_pointer(at, p->value);
    case PVG_AIR_PARAM_CONTROL_POINT:
    case PVG_AIR_PARAM_MESH:
    case PVG_AIR_PARAM_MESH_GRID:
        return pvg_spv_u64(&at->b, 0); /* The intrinsics know what they write. */
    default:
        pvg_at_refuse(at, "parameter %u of kind %s", p->index, p->keyword);
    }
}

uint32_t pvg_at_param(struct pvg_at *at, LLVMValueRef value)
{
    struct pvg_at_value *v = pvg_at_value(at, value);
    if (v->id)
        return v->id;
    for (size_t i = 0; i < at->entry->param_count; i++) {
        if (at->entry->params[i].value != value)
            continue;
        enum pvg_spv_section old = at->b.at;
        at->b.at = PVG_SPV_PROLOGUE;
        v->id = parameter(at, &at->entry->params[i]);
        at->b.at = old;
        return v->id;
    }
    pvg_at_fail(at, EINVAL, "parameter without metadata");
}

/* ---- Outputs
 * ------------------------------------------------------------------------------------------------------------------------- */

static uint32_t output_variable(struct pvg_at *at, uint32_t type, SpvBuiltIn builtin)
{
    bool created;
    uint32_t var = pvg_at_io_variable(at, SpvStorageClassOutput, type, (uint32_t)builtin, &created);
    if (created)
        pvg_spv_decorate(&at->b, var, SpvDecorationBuiltIn, PVG_SPV((uint32_t)builtin));
    return var;
}

static void store_output(struct pvg_at *at, uint32_t var, uint32_t id)
{
    pvg_spv_op(&at->b, SpvOpStore, PVG_SPV(var, id));
}

static void write_location(struct pvg_at *at, const char *semantic, enum pvg_air_class cls, unsigned n, uint32_t id)
{
    struct pvg_spv *b = &at->b;
    uint32_t location = (uint32_t)at->refl->varying_count;
    if (location > 31)
        pvg_at_refuse(at, "more than 32 varyings");
    reflect_varying(at, semantic, location, n, cls);
    uint32_t io_type = interface_type(at, cls, n);
    bool created;
    uint32_t var = pvg_at_io_variable(at, SpvStorageClassOutput, io_type, KEY_LOCATION + location, &created);
    if (created) {
        pvg_spv_decorate(b, var, SpvDecorationLocation, PVG_SPV(location));
        if (cls != PVG_AIR_FLOAT)
            pvg_spv_decorate(b, var, SpvDecorationFlat, NULL, 0);
    }
    store_output(at, var, pvg_at_fit(at, id, io_type));
}

static void write_varying(struct pvg_at *at, const struct pvg_air_output *o, LLVMTypeRef type, uint32_t id)
{
    if (!pvg_at_is_wide(type)) {
        write_location(at, o->semantic, class_of(type, o->type_name), checked_lanes(at, type), id);
        return;
    }
    for (unsigned half = 0; 2 * half < pvg_at_lanes(at, type); half++) {
        uint32_t words = pvg_at_wide_words(at, id, half);
        unsigned n = pvg_spv_components(&at->b, pvg_spv_type_of(&at->b, words));
        write_location(at, pvg_at_wide_semantic(at, o->semantic, half), PVG_AIR_UINT, n, words);
    }
}

static void reflect_color(struct pvg_at *at, const struct pvg_air_output *o, unsigned components, enum pvg_air_class cls)
{
    struct pvg_air_reflection *r = at->refl;
    struct pvg_air_color_output *c = realloc(r->colors, (r->color_count + 1) * sizeof *c);
    if (!c)
        pvg_at_fail(at, ENOMEM, "out of memory");
    r->colors = c;
    memset(&c[r->color_count], 0, sizeof *c);
    r->colors[r->color_count++] = (struct pvg_air_color_output){
        .index = (uint8_t)o->index, .source = (uint8_t)o->source, .components = (uint8_t)components, .cls = cls};
}

static void write_color(struct pvg_at *at, const struct pvg_air_output *o, LLVMTypeRef type, uint32_t id)
{
    struct pvg_spv *b = &at->b;
    unsigned n = checked_lanes(at, type);
    enum pvg_air_class cls = class_of(type, o->type_name);
    if (o->index > 7 || o->source > 1)
        pvg_at_fail(at, EINVAL, "colour output %u, source %u", o->index, o->source);
    reflect_color(at, o, n, cls);
    uint32_t scalar = interface_type(at, cls, 1), io_type = interface_type(at, cls, 4);
    bool created;
    uint32_t var = pvg_at_io_variable(at, SpvStorageClassOutput, io_type, KEY_COLOR + o->index * 2 + o->source, &created);
    if (created) {
        pvg_spv_decorate(b, var, SpvDecorationLocation, PVG_SPV(o->index));
        if (o->source)
            pvg_spv_decorate(b, var, SpvDecorationIndex, PVG_SPV(o->source));
    }
    uint32_t v = pvg_at_fit(at, id, io_type);
    if (n < 4) {
        uint32_t one = cls == PVG_AIR_FLOAT ? pvg_spv_f32(b, 1) : pvg_spv_const(b, scalar, 1);
        v = pvg_spv_value(b, SpvOpCompositeInsert, io_type, PVG_SPV(one, v, 3));
    }
    if (at->opt->alpha8_outputs >> o->index & 1)
        v = pvg_spv_value(b, SpvOpVectorShuffle, io_type, PVG_SPV(v, v, 3, 3, 3, 3));
    store_output(at, var, v);
}

static void write_array_builtin(struct pvg_at *at, SpvBuiltIn builtin, uint32_t elem, unsigned count, uint32_t id)
{
    struct pvg_spv *b = &at->b;
    uint32_t array = pvg_spv_array(b, elem, count);
    uint32_t parts[8];
    bool scalar = pvg_spv_info(b, pvg_spv_type_of(b, id))->count == 0;
    for (unsigned i = 0; i < count; i++)
        parts[i] = pvg_at_fit(at, scalar ? id : pvg_spv_extract(b, id, i), elem);
    store_output(at, output_variable(at, array, builtin), pvg_spv_construct(b, array, parts, count));
}

/** Layer or viewport index; amplified functions add the offset of the view (spec 06 section 4.9). `index` 0: not written. */
static void write_view(struct pvg_at *at, SpvBuiltIn builtin, uint32_t index)
{
    struct pvg_spv *b = &at->b;
    bool layer = builtin == SpvBuiltInLayer, amplified = at->opt->variant & PVG_AIR_VARIANT_AMPLIFIED;
    uint32_t i32 = pvg_spv_sint(b, 32);
    pvg_at_need(at, layer ? PVG_AIR_NEED_LAYER : PVG_AIR_NEED_VIEWPORT_INDEX);
    pvg_spv_capability(b, layer ? SpvCapabilityShaderLayer : SpvCapabilityShaderViewportIndex);
    if (amplified) {
        uint32_t offset = pvg_spv_bitcast(b, i32, pvg_at_push_member(at, PVG_AIR_PUSH_VIEW + (layer ? 12 : 8), false));
        index = index ? pvg_spv_value(b, SpvOpIAdd, i32, PVG_SPV(index, offset)) : offset;
    }
    store_output(at, output_variable(at, i32, builtin), index);
}

static void write_output(struct pvg_at *at, const struct pvg_air_output *o, LLVMTypeRef type, uint32_t id)
{
    struct pvg_spv *b = &at->b;
    struct pvg_air_reflection *r = at->refl;
    uint32_t f32 = pvg_spv_float(b, 32), i32 = pvg_spv_sint(b, 32), var;
    switch (o->kind) {
    case PVG_AIR_OUTPUT_POSITION:
        r->writes_position = true;
        var = output_variable(at, pvg_spv_vec(b, f32, 4), SpvBuiltInPosition);
        if (o->invariant)
            pvg_spv_decorate(b, var, SpvDecorationInvariant, NULL, 0);
        store_output(at, var, pvg_at_fit(at, id, pvg_spv_vec(b, f32, 4)));
        return;
    case PVG_AIR_OUTPUT_POINT_SIZE:
        r->writes_point_size = true;
        store_output(at, output_variable(at, f32, SpvBuiltInPointSize), pvg_at_fit(at, id, f32));
        return;
    case PVG_AIR_OUTPUT_CLIP_DISTANCE: {
        unsigned n = o->clip_length ? o->clip_length : 1;
        if (n > 8)
            pvg_at_refuse(at, "%u clip distances", n);
        pvg_at_need(at, PVG_AIR_NEED_CLIP_DISTANCE);
        pvg_spv_capability(b, SpvCapabilityClipDistance);
        write_array_builtin(at, SpvBuiltInClipDistance, f32, n, id);
        return;
    }
    case PVG_AIR_OUTPUT_LAYER:
        r->writes_layer = true;
        write_view(at, SpvBuiltInLayer, pvg_at_fit(at, id, i32));
        return;
    case PVG_AIR_OUTPUT_VIEWPORT:
        r->writes_viewport = true;
        write_view(at, SpvBuiltInViewportIndex, pvg_at_fit(at, id, i32));
        return;
    case PVG_AIR_OUTPUT_VARYING:
        write_varying(at, o, type, id);
        return;
    case PVG_AIR_OUTPUT_COLOR:
        write_color(at, o, type, id);
        return;
    case PVG_AIR_OUTPUT_DEPTH:
        r->writes_depth = true;
        store_output(at, output_variable(at, f32, SpvBuiltInFragDepth), pvg_at_fit(at, id, f32));
        return;
    case PVG_AIR_OUTPUT_STENCIL:
        r->writes_stencil = true;
        pvg_at_need(at, PVG_AIR_NEED_STENCIL_EXPORT);
        pvg_spv_capability(b, SpvCapabilityStencilExportEXT);
        pvg_spv_extension(b, "SPV_EXT_shader_stencil_export");
        store_output(at, output_variable(at, i32, SpvBuiltInFragStencilRefEXT), pvg_at_fit(at, id, i32));
        return;
    case PVG_AIR_OUTPUT_SAMPLE_MASK:
        r->writes_sample_mask = true;
        write_array_builtin(at, SpvBuiltInSampleMask, i32, 1, id);
        return;
    default:
        pvg_at_refuse(at, "output %s", o->keyword);
    }
}

void pvg_at_return(struct pvg_at *at, LLVMValueRef value)
{
    struct pvg_spv *b = &at->b;
    LLVMTypeRef type = LLVMTypeOf(value);
    bool is_struct = LLVMGetTypeKind(type) == LLVMStructTypeKind;
    uint32_t id = pvg_at_use(at, value);
    bool point_size = false;
    for (size_t i = 0; i < at->entry->output_count; i++) {
        const struct pvg_air_output *o = &at->entry->outputs[i];
        if (is_struct && o->member >= LLVMCountStructElementTypes(type))
            pvg_at_fail(at, EINVAL, "output %u is not in the result", o->member);
        if (!is_struct && i)
            pvg_at_fail(at, EINVAL, "several outputs but a bare result");
        point_size |= o->kind == PVG_AIR_OUTPUT_POINT_SIZE && !o->absent;
        if (o->absent || (at->entry->patch && o->kind == PVG_AIR_OUTPUT_POINT_SIZE)) /* Patches make no points. */
            continue;
        LLVMTypeRef t = is_struct ? LLVMStructGetTypeAtIndex(type, o->member) : type;
        write_output(at, o, t, is_struct ? pvg_spv_extract(b, id, o->member) : id);
    }
    if (at->entry->stage == PVG_AIR_VERTEX && at->opt->variant & PVG_AIR_VARIANT_AMPLIFIED) {
        if (!at->refl->writes_layer)
            write_view(at, SpvBuiltInLayer, 0);
        if (!at->refl->writes_viewport)
            write_view(at, SpvBuiltInViewportIndex, 0);
    }
    /* Points are one pixel wide unless the function says otherwise (spec 07 section 9.3). */
    if (at->entry->stage == PVG_AIR_VERTEX && !at->entry->patch && !point_size)
        store_output(at, output_variable(at, pvg_spv_float(b, 32), SpvBuiltInPointSize), pvg_spv_f32(b, 1));
}

static void mode(struct pvg_at *at, SpvExecutionMode m)
{
    pvg_spv_emit(&at->b, PVG_SPV_MODES, SpvOpExecutionMode, PVG_SPV(at->main_fn, (uint32_t)m));
}

static void fragment_modes(struct pvg_at *at)
{
    mode(at, SpvExecutionModeOriginUpperLeft);
    if (at->ordered)
        mode(at, SpvExecutionModePixelInterlockOrderedEXT);
    if (at->entry->early_fragment_tests)
        mode(at, SpvExecutionModeEarlyFragmentTests);
    for (size_t i = 0; i < at->entry->output_count; i++) {
        const struct pvg_air_output *o = &at->entry->outputs[i];
        if (o->absent)
            continue;
        if (o->kind == PVG_AIR_OUTPUT_DEPTH) {
            mode(at, SpvExecutionModeDepthReplacing);
            if (o->depth == PVG_AIR_DEPTH_GREATER)
                mode(at, SpvExecutionModeDepthGreater);
            if (o->depth == PVG_AIR_DEPTH_LESS)
                mode(at, SpvExecutionModeDepthLess);
        }
        if (o->kind == PVG_AIR_OUTPUT_STENCIL)
            mode(at, SpvExecutionModeStencilRefReplacingEXT);
    }
}

void pvg_at_execution_modes(struct pvg_at *at)
{
    struct pvg_spv *b = &at->b;
    if (at->entry->stage == PVG_AIR_FRAGMENT)
        fragment_modes(at);
    if (at->entry->stage == PVG_AIR_FRAGMENT || at->entry->stage == PVG_AIR_VERTEX)
        return;
    pvg_at_mesh_modes(at);
    if (at->refl->solid_groups) {
        uint32_t x = pvg_at_group_size(at, 0), y = pvg_at_group_size(at, 1), z = pvg_at_group_size(at, 2);
        pvg_spv_emit(b, PVG_SPV_MODES, SpvOpExecutionModeId, PVG_SPV(at->main_fn, SpvExecutionModeLocalSizeId, x, y, z));
        return;
    }
    /* Flattened workgroup (spec 06 section 15.8). */
    uint32_t one = pvg_spv_u32(b, 1), n = pvg_at_spec_constant(at, PVG_AIR_SPEC_WORKGROUP_SIZE, 1);
    pvg_spv_emit(b, PVG_SPV_MODES, SpvOpExecutionModeId, PVG_SPV(at->main_fn, SpvExecutionModeLocalSizeId, n, one, one));
}

void pvg_at_grid_guard(struct pvg_at *at)
{
    /* Kernels whose threads do not work together are dispatched in whole groups, of which threads past the grid leave at once (spec
     * 06 section 15.8), where there are any. The others are dispatched in regions that fit exactly. */
    if (!at->refl->independent || !(at->opt->variant & PVG_AIR_VARIANT_CLIPPED))
        return;
    struct pvg_spv *b = &at->b;
    uint32_t vec = pvg_spv_vec(b, pvg_spv_int(b, 32), 3), bvec = pvg_spv_vec(b, pvg_spv_bool(b), 3);
    struct pvg_air_param position = {.builtin = PVG_AIR_BUILTIN_THREAD_POSITION_IN_GRID};
    uint32_t p = pvg_at_builtin(at, &position, vec), g = pvg_at_pushed_grid(at);
    uint32_t past = pvg_spv_value(b, SpvOpUGreaterThanEqual, bvec, PVG_SPV(p, g));
    uint32_t any = pvg_spv_value(b, SpvOpAny, pvg_spv_bool(b), PVG_SPV(past));
    uint32_t leave = pvg_spv_new_id(b), stay = pvg_spv_new_id(b);
    pvg_spv_op(b, SpvOpSelectionMerge, PVG_SPV(stay, SpvSelectionControlMaskNone));
    pvg_spv_op(b, SpvOpBranchConditional, PVG_SPV(any, leave, stay));
    pvg_at_begin_block(at, leave);
    pvg_spv_op(b, SpvOpReturn, NULL, 0);
    pvg_at_begin_block(at, stay);
}

static void scan_calls(struct pvg_at *at)
{
    struct pvg_air_reflection *r = at->refl;
    for (LLVMValueRef f = LLVMGetFirstFunction(at->mod.module); f; f = LLVMGetNextFunction(f)) {
        size_t len;
        const char *n = LLVMGetValueName2(f, &len);
        if (!LLVMGetFirstUse(f))
            continue;
        r->uses_barrier |= !strncmp(n, "air.wg.barrier", 14);
        r->uses_simd |= !strncmp(n, "air.simd", 8) || !strncmp(n, "air.quad", 8) || !strncmp(n, "air.wait_simdgroup", 18);
    }
    for (size_t i = 0; i < at->entry->param_count; i++) {
        const struct pvg_air_param *p = &at->entry->params[i];
        if (p->kind == PVG_AIR_PARAM_THREADGROUP && LLVMGetFirstUse(p->value))
            r->uses_threadgroup_memory = true;
        if (p->kind == PVG_AIR_PARAM_BUILTIN && LLVMGetFirstUse(p->value))
            r->uses_simd |= p->builtin >= PVG_AIR_BUILTIN_THREAD_INDEX_IN_SIMDGROUP &&
                            p->builtin <= PVG_AIR_BUILTIN_DISPATCH_QUADGROUPS_PER_THREADGROUP;
    }
    for (LLVMValueRef g = LLVMGetFirstGlobal(at->mod.module); g; g = LLVMGetNextGlobal(g))
        if (LLVMGetPointerAddressSpace(LLVMTypeOf(g)) == 3 && LLVMGetFirstUse(g))
            r->uses_threadgroup_memory = true;
}

void pvg_at_plan_io(struct pvg_at *at)
{
    struct pvg_air_reflection *r = at->refl;
    scan_calls(at);
    if (at->entry->stage != PVG_AIR_KERNEL)
        return;
    r->independent = !r->uses_barrier && !r->uses_simd && !r->uses_threadgroup_memory;
    /* Where simdgroups show, their threads must follow the threadgroup's linear order. */
    r->solid_groups = !r->uses_simd && !(at->opt->variant & PVG_AIR_VARIANT_FLAT);
}
