/* SPDX-License-Identifier: MIT */
/* Texture handles: from the operand of a call to an image or sampler of the heap (spec 06 section 15.2). */
#include "air/texture.h"

#include "air/import.h"

#include <string.h>

/** Heap index in the word of a sampler. */
enum { INDEX_MASK = 0xFFFFF };

enum { BINDING_SAMPLED, BINDING_STORAGE, BINDING_SAMPLER, BINDING_UNIFORM_TEXEL, BINDING_STORAGE_TEXEL };

static const struct {
    const char *name;
    enum pvg_air_dim dim;
    bool arrayed, multisampled;
} kinds[] = {
    {"buffer_1d", PVG_AIR_DIM_BUFFER, false, false},
    {"1d_array", PVG_AIR_DIM_1D, true, false},
    {"1d", PVG_AIR_DIM_1D, false, false},
    {"2d_ms_array", PVG_AIR_DIM_2D, true, true},
    {"2d_ms", PVG_AIR_DIM_2D, false, true},
    {"2d_array", PVG_AIR_DIM_2D, true, false},
    {"2d", PVG_AIR_DIM_2D, false, false},
    {"3d", PVG_AIR_DIM_3D, false, false},
    {"cube_array", PVG_AIR_DIM_CUBE, true, false},
    {"cube", PVG_AIR_DIM_CUBE, false, false},
};

/** "sample_texture_2d_array_grad" -> verb, kind and suffix. */
static bool split_operation(struct pvg_at_tex *t, const char *op)
{
    const char *tex = strstr(op, "_texture_"), *depth = strstr(op, "_depth_");
    const char *mark = tex ? tex : depth;
    size_t skip = tex ? 9 : 7;
    if (!mark || (size_t)(mark - op) >= sizeof t->verb)
        return false;
    /* "get_depth_texture_3d" asks a texture for its depth. */
    memcpy(t->verb, op, (size_t)(mark - op));
    t->verb[mark - op] = 0;
    const char *kind = mark + skip;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = strlen(kinds[i].name);
        if (strncmp(kind, kinds[i].name, n))
            continue;
        t->grad = !strcmp(kind + n, "_grad");
        if (kind[n] && !t->grad)
            return false;
        t->shape.dim = kinds[i].dim;
        t->shape.arrayed = kinds[i].arrayed;
        t->shape.multisampled = kinds[i].multisampled;
        t->shape.depth = !tex;
        t->cube = kinds[i].dim == PVG_AIR_DIM_CUBE;
        return true;
    }
    return false;
}

uint32_t pvg_at_shared(const struct pvg_at *at, uint32_t x, uint32_t y)
{
    for (size_t i = 0; i < at->shared_count; i++)
        if (at->shared[i].x == x && at->shared[i].y == y)
            return at->shared[i].id;
    return 0;
}

void pvg_at_share(struct pvg_at *at, uint32_t x, uint32_t y, uint32_t id)
{
    at->shared = pvg_arena_grow(&at->arena, at->shared, &at->shared_cap, at->shared_count + 1, sizeof *at->shared);
    at->shared[at->shared_count++] = (struct pvg_at_shared){x, y, id};
}

void pvg_at_nonuniform(struct pvg_at *at, uint32_t id)
{
    pvg_spv_capability(&at->b, SpvCapabilityShaderNonUniform);
    pvg_spv_decorate(&at->b, id, SpvDecorationNonUniform, NULL, 0);
}

static uint32_t heap_variable(struct pvg_at *at, uint32_t key, uint32_t type, uint32_t binding)
{
    struct pvg_spv *b = &at->b;
    for (size_t i = 0; i < at->heap_var_count; i++)
        if (at->heap_vars[i].key == key)
            return at->heap_vars[i].var;
    pvg_spv_capability(b, SpvCapabilityRuntimeDescriptorArray);
    uint32_t array = pvg_spv_unique(b, SpvOpTypeRuntimeArray, 0, PVG_SPV(type));
    uint32_t var = pvg_spv_variable(b, SpvStorageClassUniformConstant, array, 0);
    pvg_spv_decorate(b, var, SpvDecorationDescriptorSet, PVG_SPV(0));
    pvg_spv_decorate(b, var, SpvDecorationBinding, PVG_SPV(binding));
    at->heap_vars = pvg_arena_grow(&at->arena, at->heap_vars, &at->heap_var_cap, at->heap_var_count + 1, sizeof *at->heap_vars);
    at->heap_vars[at->heap_var_count++] = (struct pvg_at_heap_var){key, var, type};
    at->interface = pvg_arena_grow(&at->arena, at->interface, &at->interface_cap, at->interface_count + 1, 4);
    at->interface[at->interface_count++] = var;
    return var;
}

static uint32_t load_descriptor(struct pvg_at *at, uint32_t var, uint32_t type, uint32_t index, bool nonuniform)
{
    struct pvg_spv *b = &at->b;
    uint32_t p = pvg_spv_value(b, SpvOpAccessChain, pvg_spv_ptr(b, SpvStorageClassUniformConstant, type), PVG_SPV(var, index));
    uint32_t v = pvg_spv_value(b, SpvOpLoad, type, PVG_SPV(p));
    if (nonuniform) {
        pvg_at_nonuniform(at, index);
        pvg_at_nonuniform(at, p);
        pvg_at_nonuniform(at, v);
    }
    return v;
}

/**
 * Descriptor of a parameter or constexpr sampler: loaded once, where the function starts. `index` is known there.
 */
static uint32_t shared_descriptor(struct pvg_at *at, uint32_t var, uint32_t type, uint32_t index)
{
    struct pvg_spv *b = &at->b;
    uint32_t known = pvg_at_shared(at, var, index);
    if (known)
        return known;
    enum pvg_spv_section old = b->at;
    b->at = PVG_SPV_PROLOGUE;
    uint32_t v = load_descriptor(at, var, type, index, false);
    b->at = old;
    pvg_at_share(at, var, index, v);
    return v;
}

static SpvDim spv_dim(enum pvg_air_dim dim)
{
    switch (dim) {
    case PVG_AIR_DIM_1D:
        return SpvDim1D;
    case PVG_AIR_DIM_2D:
        return SpvDim2D;
    case PVG_AIR_DIM_3D:
        return SpvDim3D;
    case PVG_AIR_DIM_CUBE:
        return SpvDimCube;
    default:
        return SpvDimBuffer;
    }
}

static void image_capabilities(struct pvg_at *at, const struct pvg_air_texture *s, bool storage, bool nonuniform)
{
    struct pvg_spv *b = &at->b;
    if (s->dim == PVG_AIR_DIM_1D)
        pvg_spv_capability(b, storage ? SpvCapabilityImage1D : SpvCapabilitySampled1D);
    if (s->dim == PVG_AIR_DIM_BUFFER)
        pvg_spv_capability(b, storage ? SpvCapabilityImageBuffer : SpvCapabilitySampledBuffer);
    if (s->dim == PVG_AIR_DIM_CUBE && s->arrayed) {
        pvg_at_need(at, PVG_AIR_NEED_CUBE_ARRAY);
        pvg_spv_capability(b, storage ? SpvCapabilityImageCubeArray : SpvCapabilitySampledCubeArray);
    }
    if (s->multisampled && storage)
        pvg_spv_capability(b, SpvCapabilityStorageImageMultisample);
    if (s->multisampled && storage && s->arrayed)
        pvg_spv_capability(b, SpvCapabilityImageMSArray);
    switch (s->heap) {
    case PVG_AIR_HEAP_SAMPLED:
        pvg_spv_capability(b, nonuniform ? SpvCapabilitySampledImageArrayNonUniformIndexing
                                         : SpvCapabilitySampledImageArrayDynamicIndexing);
        break;
    case PVG_AIR_HEAP_STORAGE:
        pvg_spv_capability(b, nonuniform ? SpvCapabilityStorageImageArrayNonUniformIndexing
                                         : SpvCapabilityStorageImageArrayDynamicIndexing);
        break;
    case PVG_AIR_HEAP_UNIFORM_TEXEL:
        pvg_spv_capability(b, nonuniform ? SpvCapabilityUniformTexelBufferArrayNonUniformIndexing
                                         : SpvCapabilityUniformTexelBufferArrayDynamicIndexing);
        break;
    case PVG_AIR_HEAP_STORAGE_TEXEL:
        pvg_spv_capability(b, nonuniform ? SpvCapabilityStorageTexelBufferArrayNonUniformIndexing
                                         : SpvCapabilityStorageTexelBufferArrayDynamicIndexing);
        break;
    }
}

static uint32_t class_scalar(struct pvg_at *at, enum pvg_air_class cls)
{
    struct pvg_spv *b = &at->b;
    return cls == PVG_AIR_FLOAT ? pvg_spv_float(b, 32) : cls == PVG_AIR_SINT ? pvg_spv_sint(b, 32) : pvg_spv_int(b, 32);
}

static uint32_t image_variable(struct pvg_at *at, const struct pvg_air_texture *s, uint32_t format, bool nonuniform, uint32_t *type)
{
    bool storage = s->heap == PVG_AIR_HEAP_STORAGE || s->heap == PVG_AIR_HEAP_STORAGE_TEXEL;
    static const uint32_t bindings[] = {[PVG_AIR_HEAP_SAMPLED] = BINDING_SAMPLED,
                                        [PVG_AIR_HEAP_STORAGE] = BINDING_STORAGE,
                                        [PVG_AIR_HEAP_UNIFORM_TEXEL] = BINDING_UNIFORM_TEXEL,
                                        [PVG_AIR_HEAP_STORAGE_TEXEL] = BINDING_STORAGE_TEXEL};
    image_capabilities(at, s, storage, nonuniform);
    *type = pvg_spv_unique(&at->b, SpvOpTypeImage, 0,
                           PVG_SPV(class_scalar(at, s->cls), (uint32_t)spv_dim(s->dim), s->depth && !storage, s->arrayed,
                                   s->multisampled, storage ? 2 : 1, format));
    uint32_t key = 0x100 | (uint32_t)s->heap << 12 | (uint32_t)s->dim << 16 | (uint32_t)s->cls << 20 |
                   (uint32_t)(s->arrayed | s->multisampled << 1 | (s->depth && !storage) << 2) << 24 | format << 27;
    return heap_variable(at, key, *type, bindings[s->heap]);
}

uint32_t pvg_at_heap_image(struct pvg_at *at, const struct pvg_air_texture *shape, uint32_t handle, uint32_t *image_type)
{
    uint32_t var = image_variable(at, shape, SpvImageFormatUnknown, false, image_type);
    return load_descriptor(at, var, *image_type, handle, false);
}

uint32_t pvg_at_tex_image(struct pvg_at_tex *t)
{
    if (t->image)
        return t->image;
    uint32_t var = image_variable(t->at, &t->shape, SpvImageFormatUnknown, t->nonuniform, &t->image_type);
    t->image = t->static_root ? shared_descriptor(t->at, var, t->image_type, t->handle)
                              : load_descriptor(t->at, var, t->image_type, t->handle, t->nonuniform);
    return t->image;
}

uint32_t pvg_at_heap_image_pointer(struct pvg_at *at, const struct pvg_air_texture *shape, uint32_t format, uint32_t handle,
                                   bool nonuniform)
{
    struct pvg_spv *b = &at->b;
    uint32_t type, var = image_variable(at, shape, format, nonuniform, &type);
    if (nonuniform)
        pvg_at_nonuniform(at, handle);
    uint32_t p = pvg_spv_value(b, SpvOpAccessChain, pvg_spv_ptr(b, SpvStorageClassUniformConstant, type), PVG_SPV(var, handle));
    if (nonuniform)
        pvg_at_nonuniform(at, p);
    return p;
}

/** Table entry that serves the call for the parameter behind the handle. */
static const struct pvg_at_texture *entry_of(struct pvg_at *at, LLVMValueRef root, bool faces)
{
    for (uint32_t i = 0; i < at->texture_count; i++) {
        const struct pvg_at_texture *t = &at->textures[i];
        if (at->entry->params[t->param].value == root && t->faces == faces)
            return t;
    }
    return NULL;
}

/** Cubes cannot be fetched from: such accesses use a view of the faces as a 2D array. */
static bool wants_faces(const struct pvg_at_tex *t)
{
    return t->cube && (!strcmp(t->verb, "read") || !strcmp(t->verb, "write"));
}

/** Element of an array parameter that is named by constants. */
static bool fixed_element(LLVMValueRef v)
{
    return LLVMIsAExtractValueInst(v) && LLVMIsAArgument(LLVMGetOperand(v, 0)) && LLVMGetNumIndices(v) <= 3;
}

/** Is the handle a parameter or a fixed element of one, which is known where the function starts? */
static bool known_at_start(LLVMValueRef operand)
{
    LLVMValueRef v = pvg_at_strip(operand);
    return LLVMIsAArgument(v) || fixed_element(v);
}

/** Value of a handle that is known where the function starts; there. */
static uint32_t start_handle(struct pvg_at *at, LLVMValueRef operand)
{
    struct pvg_spv *b = &at->b;
    LLVMValueRef v = pvg_at_strip(operand);
    if (!fixed_element(v))
        return pvg_at_use(at, v);
    uint32_t words[4] = {pvg_at_use(at, LLVMGetOperand(v, 0))}, count = LLVMGetNumIndices(v), key = 0;
    const unsigned *indices = LLVMGetIndices(v);
    for (uint32_t i = 0; i < count; i++) {
        words[i + 1] = indices[i];
        key = key << 8 | (indices[i] & 0x7F) | 0x80;
    }
    /* No id has the top bit; parameters have at most 128 elements. */
    uint32_t known = pvg_at_shared(at, words[0], key | 1u << 31);
    if (known)
        return known;
    enum pvg_spv_section old = b->at;
    b->at = PVG_SPV_PROLOGUE;
    known = pvg_spv_value(b, SpvOpCompositeExtract, pvg_spv_int(b, 64), words, count + 1);
    b->at = old;
    pvg_at_share(at, words[0], key | 1u << 31, known);
    return known;
}

static uint32_t handle_of(struct pvg_at_tex *t, LLVMValueRef operand, const struct pvg_at_texture *entry, bool faces)
{
    struct pvg_at *at = t->at;
    enum pvg_spv_section old = t->b->at;
    uint32_t v;
    if (faces && (!t->static_root || entry->info.array_length > 1))
        pvg_at_refuse(at, "read or write of a cube that is selected at run time");
    if (t->static_root)
        t->b->at = PVG_SPV_PROLOGUE;
    if (faces) /* The handle value names the cube view; the other view has its own table entry. */
        v = pvg_at_table_load(at, entry->info.table_offset, pvg_spv_int(t->b, 32));
    else
        v = pvg_spv_resize(t->b, t->static_root ? start_handle(at, operand) : pvg_at_use(at, operand), 32);
    t->b->at = old;
    return v;
}

/** Operations that ask a texture about itself say nothing of its component class. */
static bool is_query(const struct pvg_at_tex *t)
{
    return !strncmp(t->verb, "get_", 4) || !strncmp(t->verb, "calculate_", 10);
}

/** A handle that may come from memory: the operation alone says what the texture must be. */
static void import_handle(struct pvg_at_tex *t, LLVMValueRef operand)
{
    const struct pvg_at_call *c = t->c;
    bool storage = !strcmp(t->verb, "write") || !strncmp(t->verb, "atomic_", 7);
    storage |= !strcmp(t->verb, "read") && pvg_at_import_written(t->at, operand);
    bool texels = t->shape.dim == PVG_AIR_DIM_BUFFER, faces = wants_faces(t);
    t->shape.cls = c->is_signed ? PVG_AIR_SINT : c->is_unsigned ? PVG_AIR_UINT : PVG_AIR_FLOAT;
    if (texels)
        t->shape.heap = storage ? PVG_AIR_HEAP_STORAGE_TEXEL : PVG_AIR_HEAP_UNIFORM_TEXEL;
    else
        t->shape.heap = storage ? PVG_AIR_HEAP_STORAGE : PVG_AIR_HEAP_SAMPLED;
    if (storage)
        t->at->refl->writes_memory = t->at->refl->import_written = true;
    t->handle = pvg_at_import_texture(t->at, operand, &t->shape, is_query(t), faces);
    if (storage && !texels)
        pvg_at_tex_split(t);
    if (faces) {
        t->shape.dim = PVG_AIR_DIM_2D;
        t->shape.arrayed = true;
    }
    t->nonuniform = true;
    t->next = 1;
}

bool pvg_at_tex_begin(struct pvg_at_tex *t, struct pvg_at *at, const struct pvg_at_call *c)
{
    *t = (struct pvg_at_tex){.at = at, .b = &at->b, .c = c};
    if (!c->argc || LLVMGetTypeKind(pvg_at_arg_type(c, 0)) != LLVMPointerTypeKind || !split_operation(t, c->op))
        return false;
    LLVMValueRef operand = LLVMGetOperand(c->inst, 0);
    struct pvg_at_origin o;
    pvg_at_origin(at, operand, &o);
    if (o.unknown || (o.root_count && at->handle_ids)) {
        import_handle(t, operand);
        return true;
    }
    if (o.buffers)
        pvg_at_refuse(at, "buffer used as a texture");
    if (!o.root_count) { /* Null: index 0 of the heap. */
        t->shape.cls = c->is_signed ? PVG_AIR_SINT : c->is_unsigned ? PVG_AIR_UINT : PVG_AIR_FLOAT;
        t->handle = pvg_spv_u32(t->b, 0);
        t->null = true;
        t->next = 1;
        return true;
    }
    bool faces = wants_faces(t);
    const struct pvg_at_texture *first = entry_of(at, o.roots[0], faces);
    if (!first)
        pvg_at_refuse(at, "texture operand that is not a texture argument");
    bool levels = first->info.levels;
    for (unsigned i = 1; i < o.root_count; i++) {
        const struct pvg_at_texture *other = entry_of(at, o.roots[i], faces);
        if (!other || other->info.heap != first->info.heap || other->info.cls != first->info.cls)
            pvg_at_refuse(at, "textures of different kinds are selected at run time");
        levels |= other->info.levels;
    }
    /* The operation knows the shape; only heap and class come from the declaration. */
    t->shape.heap = first->info.heap;
    t->shape.cls = first->info.cls;
    if (faces) {
        t->shape.dim = PVG_AIR_DIM_2D;
        t->shape.arrayed = true;
    }
    t->static_root = known_at_start(operand);
    t->nonuniform = !t->static_root && !(o.root_count == 1 && first->info.array_length == 1);
    t->handle = handle_of(t, operand, first, faces);
    enum pvg_spv_section old = t->b->at;
    if (t->static_root)
        t->b->at = PVG_SPV_PROLOGUE;
    if (levels)
        pvg_at_tex_split(t);
    t->b->at = old;
    t->next = 1;
    return true;
}

unsigned pvg_at_tex_dims(const struct pvg_at_tex *t)
{
    switch (t->shape.dim) {
    case PVG_AIR_DIM_3D:
    case PVG_AIR_DIM_CUBE:
        return 3;
    case PVG_AIR_DIM_2D:
        return 2;
    default:
        return 1;
    }
}

uint32_t pvg_at_tex_scalar(const struct pvg_at_tex *t)
{
    return class_scalar(t->at, t->shape.cls);
}

LLVMTypeRef pvg_at_tex_peek(const struct pvg_at_tex *t)
{
    if (t->next >= t->c->argc)
        pvg_at_refuse(t->at, "%s with %u operands", t->c->name, t->c->argc);
    return pvg_at_arg_type(t->c, t->next);
}

bool pvg_at_tex_next_is(const struct pvg_at_tex *t, LLVMTypeKind element)
{
    return t->next < t->c->argc && LLVMGetTypeKind(pvg_at_element(pvg_at_arg_type(t->c, t->next))) == element;
}

uint32_t pvg_at_tex_take(struct pvg_at_tex *t)
{
    return pvg_at_arg(t->at, t->c, t->next++);
}

uint32_t pvg_at_tex_append(struct pvg_at_tex *t, uint32_t v, uint32_t scalar)
{
    struct pvg_spv *b = t->b;
    uint32_t type = pvg_spv_type_of(b, v);
    unsigned n = pvg_spv_components(b, type);
    if (n > 3)
        pvg_at_refuse(t->at, "%s: coordinate with too many components", t->c->name);
    return pvg_spv_value(b, SpvOpCompositeConstruct, pvg_spv_vec(b, pvg_spv_scalar(b, type), n + 1), PVG_SPV(v, scalar));
}

uint32_t pvg_at_tex_result(struct pvg_at_tex *t, uint32_t texel)
{
    struct pvg_spv *b = t->b;
    LLVMTypeRef type = t->c->type;
    bool resident = LLVMGetTypeKind(type) == LLVMStructTypeKind;
    if (resident)
        type = LLVMStructGetTypeAtIndex(type, 0);
    uint32_t v = pvg_at_fit(t->at, texel, pvg_at_type(t->at, type));
    if (!resident)
        return v;
    /* Residency matters for sparse textures only, which there are none of (spec 07 section 5.7.1). */
    uint32_t flag = pvg_spv_const(b, pvg_at_type(t->at, LLVMStructGetTypeAtIndex(t->c->type, 1)), 1);
    return pvg_spv_value(b, SpvOpCompositeConstruct, t->c->rtype, PVG_SPV(v, flag));
}

/** One of the handle's origins is a bound sampler, not one that the code declares. */
static bool bound_sampler(struct pvg_at *at, const struct pvg_at_origin *o)
{
    for (unsigned i = 0; i < o->root_count; i++)
        if (!pvg_at_is_static_sampler(at, o->roots[i]))
            return true;
    return false;
}

/** A sampler handle that may come from memory, or be a declared one among others. */
static uint32_t import_sampler(struct pvg_at_tex *t, LLVMValueRef operand, const struct pvg_at_origin *o, bool compare,
                               uint32_t *pixel_flag)
{
    struct pvg_at *at = t->at;
    struct pvg_spv *b = t->b;
    uint32_t word = pvg_at_import_sampler(at, operand, compare), u32 = pvg_spv_int(b, 32);
    for (unsigned i = 0; i < o->root_count; i++) {
        if (!pvg_at_is_static_sampler(at, o->roots[i]))
            continue;
        uint32_t own = pvg_at_static_sampler(at, o->roots[i]);
        uint32_t is = pvg_spv_value(b, SpvOpIEqual, pvg_spv_bool(b), PVG_SPV(pvg_at_use(at, operand), own));
        own = pvg_spv_resize(b, compare ? pvg_spv_shr(b, own, 32) : own, 32);
        word = pvg_spv_value(b, SpvOpSelect, u32, PVG_SPV(is, own, word));
    }
    *pixel_flag = word;
    t->nonuniform = true;
    pvg_spv_capability(b, SpvCapabilitySampledImageArrayNonUniformIndexing);
    uint32_t type = pvg_spv_unique(b, SpvOpTypeSampler, 0, NULL, 0), var = heap_variable(at, 0x200, type, BINDING_SAMPLER);
    return load_descriptor(at, var, type, pvg_spv_and(b, word, INDEX_MASK), true);
}

/**
 * What says that the call's coordinates are in texels: 0 nothing, a constant if they always are, else the sampler's word, which
 * holds a flag besides the index.
 */
static uint32_t pixel_flag_of(struct pvg_at_tex *t, const struct pvg_at_origin *o, bool compare, uint32_t word)
{
    struct pvg_at *at = t->at;
    unsigned pixels = 0;
    bool bound = false;
    for (unsigned i = 0; i < o->root_count; i++) {
        if (pvg_at_is_static_sampler(at, o->roots[i])) {
            pixels += pvg_at_static_pixels(at, o->roots[i]);
            continue;
        }
        bound = true;
        if (!t->cube) /* Directions have no scale. */
            pvg_at_sampler_scales(at, o->roots[i], compare);
    }
    if (bound && at->opt->variant & PVG_AIR_VARIANT_PIXEL_SAMPLERS)
        return word;
    if (!pixels)
        return 0;
    return pixels == o->root_count ? pvg_spv_u32(t->b, PVG_AIR_SAMPLER_PIXELS) : word;
}

uint32_t pvg_at_tex_sampler(struct pvg_at_tex *t, LLVMValueRef operand, bool compare, uint32_t *pixel_flag)
{
    struct pvg_at *at = t->at;
    struct pvg_spv *b = t->b;
    struct pvg_at_origin o;
    pvg_at_origin(at, operand, &o);
    if (o.unknown || (at->handle_ids && bound_sampler(at, &o)))
        return import_sampler(t, operand, &o, compare, pixel_flag);
    if (o.buffers)
        pvg_at_refuse(at, "buffer used as a sampler");
    bool declared = o.root_count == 1 && pvg_at_is_static_sampler(at, o.roots[0]);
    bool uniform = declared || (o.root_count == 1 && known_at_start(operand));
    enum pvg_spv_section old = b->at;
    uint32_t index, word;
    if (uniform)
        b->at = PVG_SPV_PROLOGUE;
    if (declared)
        word = pvg_at_static_index(at, o.roots[0], compare);
    else
        word = uniform ? start_handle(at, operand) : pvg_at_use(at, operand);
    if (!declared)
        word = pvg_spv_resize(b, compare ? pvg_spv_shr(b, word, 32) : word, 32);
    *pixel_flag = pixel_flag_of(t, &o, compare, word);
    /* A declared sampler's own entry is its index; as a handle among others it has flags. */
    index = !declared && (*pixel_flag || at->handle_ids) ? pvg_spv_and(b, word, INDEX_MASK) : word;
    uint32_t type = pvg_spv_unique(b, SpvOpTypeSampler, 0, NULL, 0);
    b->at = old;
    pvg_spv_capability(b,
                       uniform ? SpvCapabilitySampledImageArrayDynamicIndexing : SpvCapabilitySampledImageArrayNonUniformIndexing);
    uint32_t var = heap_variable(at, 0x200, type, BINDING_SAMPLER);
    t->nonuniform |= !uniform;
    t->static_sampler = uniform;
    return uniform ? shared_descriptor(at, var, type, index) : load_descriptor(at, var, type, index, true);
}

uint32_t pvg_at_tex_size(struct pvg_at_tex *t, uint32_t lod)
{
    struct pvg_spv *b = t->b;
    unsigned n = (t->shape.dim == PVG_AIR_DIM_CUBE ? 2 : pvg_at_tex_dims(t)) + (t->shape.arrayed ? 1 : 0);
    uint32_t u32 = pvg_spv_int(b, 32), type = pvg_spv_vec(b, u32, n);
    pvg_at_tex_image(t);
    pvg_spv_capability(b, SpvCapabilityImageQuery);
    bool levels = t->shape.heap == PVG_AIR_HEAP_SAMPLED && !t->shape.multisampled;
    if (levels)
        return pvg_spv_value(b, SpvOpImageQuerySizeLod, type, PVG_SPV(t->image, lod ? lod : pvg_spv_u32(b, 0)));
    uint32_t size = pvg_spv_value(b, SpvOpImageQuerySize, type, PVG_SPV(t->image));
    uint64_t c;
    if (!lod || (pvg_spv_const_bits(b, lod, &c) && !c) || t->shape.heap != PVG_AIR_HEAP_STORAGE)
        return size;
    /* Storage views have one level: smaller ones follow from its size. */
    uint32_t shrunk = pvg_spv_value(b, SpvOpShiftRightLogical, type, PVG_SPV(size, pvg_spv_replicate(b, type, lod)));
    uint32_t least = pvg_spv_splat(b, type, 1);
    shrunk = pvg_spv_ext(b, GLSLstd450UMax, type, PVG_SPV(shrunk, least));
    if (!t->shape.arrayed)
        return shrunk;
    return pvg_spv_value(b, SpvOpCompositeInsert, type, PVG_SPV(pvg_spv_extract(b, size, n - 1), shrunk, n - 1));
}
