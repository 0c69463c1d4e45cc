/* SPDX-License-Identifier: MIT */
/* Argument table of a stage and the push block (spec 06 section 15.3): which slots exist, where, and how they are read. */
#include "air/translate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool used(const struct pvg_air_param *p)
{
    return !p->absent && LLVMGetFirstUse(p->value) != NULL;
}

static struct pvg_at_buffer *find_buffer(struct pvg_at *at, uint32_t index)
{
    for (uint32_t i = 0; i < at->buffer_count; i++)
        if (at->buffers[i].info.index == index)
            return &at->buffers[i];
    return NULL;
}

static void add_buffer(struct pvg_at *at, const struct pvg_air_param *p)
{
    if (p->location > 30)
        pvg_at_fail(at, EINVAL, "buffer index %u", p->location);
    if (p->array_length > 1)
        pvg_at_refuse(at, "array of %u buffers", p->array_length);
    struct pvg_at_buffer *b = find_buffer(at, p->location);
    if (!b) {
        b = &at->buffers[at->buffer_count++];
        b->info.index = (uint16_t)p->location;
        b->info.array_length = 1;
        b->info.constant_space = true;
        b->info.object_size = p->buffer_size;
    }
    if (p->buffer_size != b->info.object_size)
        b->info.object_size = 0;
    if (p->address_space != 2)
        b->info.constant_space = false;
}

static int compare_buffers(const void *x, const void *y)
{
    return ((const struct pvg_at_buffer *)x)->info.index - ((const struct pvg_at_buffer *)y)->info.index;
}

static void collect_buffers(struct pvg_at *at)
{
    at->buffers = pvg_arena_array(&at->arena, 31, sizeof *at->buffers);
    for (size_t i = 0; i < at->entry->param_count; i++) {
        const struct pvg_air_param *p = &at->entry->params[i];
        if ((p->kind == PVG_AIR_PARAM_BUFFER || p->kind == PVG_AIR_PARAM_ARGUMENT_BUFFER) && used(p))
            add_buffer(at, p);
    }
    qsort(at->buffers, at->buffer_count, sizeof *at->buffers, compare_buffers);
}

static void collect_pull(struct pvg_at *at, uint32_t location)
{
    const struct pvg_air_pull_attribute *a = pvg_at_find_pull(at, location);
    if (!a)
        return;
    if (a->buffer > 30)
        pvg_at_fail(at, EINVAL, "attribute %u names buffer %u", a->location, a->buffer);
    for (uint32_t k = 0; k < at->pull_count; k++)
        if (at->pulls[k].info.index == a->buffer)
            return;
    at->pulls[at->pull_count++].info.index = a->buffer;
}

static void collect_pulls(struct pvg_at *at)
{
    at->pulls = pvg_arena_array(&at->arena, 31, sizeof *at->pulls);
    for (size_t i = 0; i < at->entry->param_count; i++) {
        const struct pvg_air_param *p = &at->entry->params[i];
        if (!used(p))
            continue;
        if (p->kind == PVG_AIR_PARAM_VERTEX_INPUT || p->kind == PVG_AIR_PARAM_STAGE_IN || p->kind == PVG_AIR_PARAM_PATCH_INPUT)
            collect_pull(at, p->location);
        for (size_t k = 0; p->kind == PVG_AIR_PARAM_CONTROL_POINT && k < p->member_count; k++)
            collect_pull(at, p->members[k].resource->location);
    }
    qsort(at->pulls, at->pull_count, sizeof *at->pulls, compare_buffers);
}

/* ---- Textures and samplers: which use each has ----------------------------------------------------------------------------- */

static const struct pvg_air_param *param_of(struct pvg_at *at, LLVMValueRef v)
{
    for (size_t i = 0; i < at->entry->param_count; i++)
        if (at->entry->params[i].value == v)
            return &at->entry->params[i];
    return NULL;
}

static void add_texture(struct pvg_at *at, uint32_t param)
{
    const struct pvg_air_param *p = &at->entry->params[param];
    if (p->location > 127 || p->array_length > 128 - p->location)
        pvg_at_fail(at, EINVAL, "texture index %u, array length %u", p->location, p->array_length);
    at->textures = pvg_arena_grow(&at->arena, at->textures, &at->texture_cap, at->texture_count + 1, sizeof *at->textures);
    struct pvg_at_texture *t = &at->textures[at->texture_count++];
    bool storage = (p->access & PVG_AIR_ACCESS_WRITE) != 0, texel = p->texture.dim == PVG_AIR_DIM_BUFFER;
    t->param = param;
    t->info = (struct pvg_air_texture){.index = (uint16_t)p->location,
                                       .array_length = (uint16_t)p->array_length,
                                       .dim = p->texture.dim,
                                       .cls = p->texture.cls,
                                       .arrayed = p->texture.arrayed,
                                       .multisampled = p->texture.multisampled,
                                       .depth = p->texture.depth,
                                       .read = (p->access & (PVG_AIR_ACCESS_READ | PVG_AIR_ACCESS_SAMPLE)) != 0,
                                       .written = storage};
    if (texel)
        t->info.heap = storage ? PVG_AIR_HEAP_STORAGE_TEXEL : PVG_AIR_HEAP_UNIFORM_TEXEL;
    else
        t->info.heap = storage ? PVG_AIR_HEAP_STORAGE : PVG_AIR_HEAP_SAMPLED;
    if (storage)
        at->refl->writes_memory = true;
}

static bool accesses_faces(const char *name)
{
    return !strncmp(name, "air.read_texture_cube", 21) || !strncmp(name, "air.read_depth_cube", 19) ||
           !strncmp(name, "air.write_texture_cube", 22);
}

/** Cubes that are read or written by texel get a second entry: a view of their faces as a 2D array (spec 07 section 5.7.4). */
static void add_face_views(struct pvg_at *at)
{
    uint32_t plain = at->texture_count;
    for (uint32_t n = 0; n < at->block_count; n++) {
        for (LLVMValueRef i = LLVMGetFirstInstruction(at->block_of[n]); i; i = LLVMGetNextInstruction(i)) {
            size_t len;
            if (LLVMGetInstructionOpcode(i) != LLVMCall || !accesses_faces(LLVMGetValueName2(LLVMGetCalledValue(i), &len)))
                continue;
            LLVMValueRef root = pvg_at_strip(LLVMGetOperand(i, 0));
            bool known = false;
            uint32_t from = plain;
            for (uint32_t k = 0; k < at->texture_count; k++) {
                if (at->entry->params[at->textures[k].param].value != root)
                    continue;
                known |= at->textures[k].faces;
                from = k < plain ? k : from;
            }
            if (known || from == plain)
                continue;
            at->textures = pvg_arena_grow(&at->arena, at->textures, &at->texture_cap, at->texture_count + 1, sizeof *at->textures);
            struct pvg_at_texture *t = &at->textures[at->texture_count++];
            *t = at->textures[from];
            t->faces = true;
            t->info.dim = PVG_AIR_DIM_2D;
            t->info.arrayed = true;
        }
    }
}

static int compare_textures(const void *x, const void *y)
{
    const struct pvg_at_texture *a = x, *b = y;
    if (a->info.index != b->info.index)
        return a->info.index - b->info.index;
    if (a->param != b->param)
        return a->param < b->param ? -1 : 1;
    return a->faces - b->faces;
}

static int compare_samplers(const void *x, const void *y)
{
    const struct pvg_at_sampler *a = x, *b = y;
    if (a->index != b->index)
        return a->index - b->index;
    return a->param < b->param ? -1 : a->param > b->param;
}

static bool old_static_sampler(LLVMValueRef v, uint64_t *word)
{
    return LLVMIsAConstantExpr(v) && LLVMGetConstOpcode(v) == LLVMIntToPtr && pvg_at_const_int(LLVMGetOperand(v, 0), word);
}

bool pvg_at_is_static_sampler(struct pvg_at *at, LLVMValueRef v)
{
    uint64_t word;
    if (LLVMGetTypeKind(LLVMTypeOf(v)) != LLVMPointerTypeKind || LLVMGetPointerAddressSpace(LLVMTypeOf(v)) != 2)
        return false;
    return pvg_air_entry_sampler(at->entry, v) >= 0 || old_static_sampler(v, &word);
}

static struct pvg_at_static_sampler *find_static(struct pvg_at *at, LLVMValueRef v)
{
    for (uint32_t i = 0; i < at->static_count; i++)
        if (at->statics[i].value == v)
            return &at->statics[i];
    return NULL;
}

static struct pvg_at_static_sampler *add_static(struct pvg_at *at, LLVMValueRef v)
{
    struct pvg_at_static_sampler *s = find_static(at, v);
    if (s)
        return s;
    at->statics = pvg_arena_grow(&at->arena, at->statics, &at->static_cap, at->static_count + 1, sizeof *at->statics);
    s = &at->statics[at->static_count++];
    s->value = v;
    int i = pvg_air_entry_sampler(at->entry, v);
    bool two = i >= 0 && at->entry->two_word_samplers;
    if (i >= 0) {
        s->word0 = at->entry->samplers[i].word0;
        s->word1 = at->entry->samplers[i].word1;
    } else {
        old_static_sampler(v, &s->word0);
    }
    pvg_air_sampler_decode(s->word0, s->word1, two, &s->info);
    return s;
}

static void mark_sampler(struct pvg_at *at, LLVMValueRef root, bool compare)
{
    if (pvg_at_is_static_sampler(at, root)) {
        struct pvg_at_static_sampler *s = add_static(at, root);
        s->plain |= !compare;
        s->compare |= compare;
        return;
    }
    const struct pvg_air_param *p = param_of(at, root);
    for (uint32_t i = 0; i < at->sampler_count; i++) {
        if (!p || at->samplers[i].param != p->index)
            continue;
        at->samplers[i].plain |= !compare;
        at->samplers[i].compare |= compare;
    }
}

/** Calls that take a sampler as their second operand. */
static bool takes_sampler(const char *name)
{
    return !strncmp(name, "air.sample_", 11) || !strncmp(name, "air.gather_", 11) || !strncmp(name, "air.calculate_", 14);
}

static bool uses_samplers(struct pvg_at *at)
{
    size_t len;
    for (LLVMValueRef f = LLVMGetFirstFunction(at->mod.module); f; f = LLVMGetNextFunction(f))
        if (takes_sampler(LLVMGetValueName2(f, &len)))
            return true;
    return false;
}

/** Sampler operands of all calls: which of them compare. */
static void scan_samplers(struct pvg_at *at)
{
    if (!uses_samplers(at))
        return;
    for (uint32_t n = 0; n < at->block_count; n++) {
        for (LLVMValueRef i = LLVMGetFirstInstruction(at->block_of[n]); i; i = LLVMGetNextInstruction(i)) {
            if (LLVMGetInstructionOpcode(i) != LLVMCall || LLVMGetNumArgOperands(i) < 2)
                continue;
            size_t len;
            const char *name = LLVMGetValueName2(LLVMGetCalledValue(i), &len);
            LLVMValueRef s = LLVMGetOperand(i, 1);
            if (!takes_sampler(name) || LLVMGetTypeKind(LLVMTypeOf(s)) != LLVMPointerTypeKind)
                continue;
            struct pvg_at_origin o;
            pvg_at_origin(at, s, &o);
            bool compare = strstr(name, "_compare_") != NULL;
            for (unsigned k = 0; k < o.root_count; k++)
                mark_sampler(at, o.roots[k], compare);
        }
    }
}

static void collect_handles(struct pvg_at *at)
{
    at->samplers = pvg_arena_array(&at->arena, at->entry->param_count + 1, sizeof *at->samplers);
    for (size_t i = 0; i < at->entry->param_count; i++) {
        const struct pvg_air_param *p = &at->entry->params[i];
        if (p->kind == PVG_AIR_PARAM_TEXTURE && used(p)) {
            add_texture(at, (uint32_t)i);
        } else if (p->kind == PVG_AIR_PARAM_SAMPLER && used(p)) {
            if (p->location > 15 || p->array_length > 16 - p->location)
                pvg_at_fail(at, EINVAL, "sampler index %u, array length %u", p->location, p->array_length);
            at->samplers[at->sampler_count++] = (struct pvg_at_sampler){
                .index = (uint16_t)p->location, .array_length = (uint16_t)p->array_length, .param = (uint32_t)i};
        }
    }
    add_face_views(at);
    pvg_at_plan_levels(at);
    if (at->texture_count)
        qsort(at->textures, at->texture_count, sizeof *at->textures, compare_textures);
    qsort(at->samplers, at->sampler_count, sizeof *at->samplers, compare_samplers);
    /* Constexpr samplers in the order that emission and reflection share (spec 07 section 3.11). */
    for (size_t i = 0; i < at->entry->sampler_count; i++)
        if (LLVMGetFirstUse(at->entry->samplers[i].global))
            add_static(at, at->entry->samplers[i].global);
    scan_samplers(at);
    /* A sampler that is only passed on has an entry, too: its number may be asked for. */
    for (uint32_t i = 0; i < at->sampler_count; i++)
        at->samplers[i].plain |= !at->samplers[i].compare;
}

void pvg_at_plan_layout(struct pvg_at *at)
{
    collect_buffers(at);
    collect_pulls(at);
    collect_handles(at);
    uint32_t offset = 0;
    for (uint32_t i = 0; i < at->buffer_count; i++, offset += 16)
        at->buffers[i].info.table_offset = offset;
    for (uint32_t i = 0; i < at->pull_count; i++, offset += 16)
        at->pulls[i].info.table_offset = offset;
    for (uint32_t i = 0; i < at->texture_count; i++) {
        at->textures[i].info.table_offset = offset;
        offset += 4u * at->textures[i].info.array_length;
    }
    for (uint32_t i = 0; i < at->sampler_count; i++) {
        struct pvg_at_sampler *s = &at->samplers[i];
        s->plain_offset = offset;
        offset += s->plain ? 4u * s->array_length : 0;
        s->compare_offset = offset;
        offset += s->compare ? 4u * s->array_length : 0;
    }
    for (uint32_t i = 0; i < at->static_count; i++) {
        struct pvg_at_static_sampler *s = &at->statics[i];
        s->info.table_offset = offset;
        offset += s->plain ? 4 : 0;
        s->compare_offset = offset;
        offset += s->compare ? 4 : 0;
    }
    if (offset > PVG_AT_MAX_TABLE)
        pvg_at_refuse(at, "argument table of %u bytes", offset);
    at->refl->table_size = (offset + 15) & ~15u;
}

/* ---- Push block ------------------------------------------------------------------------------------------------------------ */

/**
 * Push block and argument table are structs whose members come up one by one, in any order; what is read with one type at an offset
 * is one member. The types are written when all members are known.
 */
static uint32_t block_member(struct pvg_at *at, struct pvg_at_block *blk, uint32_t offset, uint32_t type)
{
    for (size_t i = 0; i < blk->count; i++)
        if (blk->members[i].offset == offset && blk->members[i].type == type)
            return (uint32_t)i;
    blk->members = pvg_arena_grow(&at->arena, blk->members, &blk->cap, blk->count + 1, sizeof *blk->members);
    blk->members[blk->count] = (struct pvg_at_block_member){offset, type};
    return (uint32_t)blk->count++;
}

void pvg_at_write_struct(struct pvg_at *at, const struct pvg_at_block *blk)
{
    struct pvg_spv *b = &at->b;
    uint32_t *words = pvg_arena_array(&at->arena, blk->count + 1, sizeof *words);
    words[0] = blk->type;
    for (size_t i = 0; i < blk->count; i++) {
        words[1 + i] = blk->members[i].type;
        pvg_spv_emit(b, PVG_SPV_DECORATIONS, SpvOpMemberDecorate,
                     PVG_SPV(blk->type, (uint32_t)i, SpvDecorationOffset, blk->members[i].offset));
    }
    pvg_spv_emit(b, PVG_SPV_GLOBALS, SpvOpTypeStruct, words, blk->count + 1);
}

static void write_block(struct pvg_at *at, const struct pvg_at_block *blk, SpvStorageClass sc)
{
    struct pvg_spv *b = &at->b;
    if (!blk->type)
        return;
    pvg_at_write_struct(at, blk);
    pvg_spv_decorate(b, blk->type, SpvDecorationBlock, NULL, 0);
    pvg_spv_emit(b, PVG_SPV_GLOBALS, SpvOpTypePointer, PVG_SPV(blk->pointer, (uint32_t)sc, blk->type));
}

void pvg_at_write_blocks(struct pvg_at *at)
{
    write_block(at, &at->table_block, SpvStorageClassPhysicalStorageBuffer);
    write_block(at, &at->push_block, SpvStorageClassPushConstant);
    if (at->push)
        pvg_spv_emit(&at->b, PVG_SPV_GLOBALS, SpvOpVariable,
                     PVG_SPV(at->push_block.pointer, at->push, SpvStorageClassPushConstant));
}

static void declare_block(struct pvg_at *at, struct pvg_at_block *blk)
{
    blk->type = pvg_spv_new_id(&at->b);
    blk->pointer = pvg_spv_new_id(&at->b);
}

/** The push block in one piece, loaded where the function starts. */
static uint32_t push_value(struct pvg_at *at)
{
    struct pvg_spv *b = &at->b;
    if (at->push_value)
        return at->push_value;
    declare_block(at, &at->push_block);
    at->push = pvg_spv_new_id(b);
    at->interface = pvg_arena_grow(&at->arena, at->interface, &at->interface_cap, at->interface_count + 1, 4);
    at->interface[at->interface_count++] = at->push;
    enum pvg_spv_section old = b->at;
    b->at = PVG_SPV_PROLOGUE;
    at->push_value = pvg_spv_value(b, SpvOpLoad, at->push_block.type, PVG_SPV(at->push));
    b->at = old;
    return at->push_value;
}

uint32_t pvg_at_push_load(struct pvg_at *at, unsigned offset, uint32_t type)
{
    uint32_t value = push_value(at);
    return pvg_spv_value(&at->b, SpvOpCompositeExtract, type, PVG_SPV(value, block_member(at, &at->push_block, offset, type)));
}

uint32_t pvg_at_push_member(struct pvg_at *at, unsigned offset, bool wide)
{
    return pvg_at_push_load(at, offset, pvg_spv_int(&at->b, wide ? 64 : 32));
}

/** The table's members in one piece, loaded where the function starts. */
static uint32_t table_value(struct pvg_at *at)
{
    struct pvg_spv *b = &at->b;
    if (at->table_value)
        return at->table_value;
    enum pvg_spv_section old = b->at;
    b->at = PVG_SPV_PROLOGUE;
    declare_block(at, &at->table_block);
    unsigned offset = at->entry->stage == PVG_AIR_FRAGMENT ? 8 : at->entry->stage == PVG_AIR_MESH ? 16 : 0;
    uint32_t pointer = pvg_at_push_load(at, offset, at->table_block.pointer);
    at->table = pvg_spv_value(b, SpvOpConvertPtrToU, pvg_spv_int(b, 64), PVG_SPV(pointer));
    at->table_value = pvg_spv_value(b, SpvOpLoad, at->table_block.type, PVG_SPV(pointer, SpvMemoryAccessAlignedMask, 16));
    b->at = old;
    return at->table_value;
}

uint32_t pvg_at_table_address(struct pvg_at *at)
{
    table_value(at);
    return at->table;
}

uint32_t pvg_at_table_load(struct pvg_at *at, uint32_t offset, uint32_t type)
{
    uint32_t value = table_value(at);
    return pvg_spv_value(&at->b, SpvOpCompositeExtract, type, PVG_SPV(value, block_member(at, &at->table_block, offset, type)));
}

struct pvg_at_buffer *pvg_at_buffer_of(struct pvg_at *at, const struct pvg_air_param *p)
{
    struct pvg_at_buffer *b = find_buffer(at, p->location);
    if (!b)
        pvg_at_refuse(at, "buffer %u has no table entry", p->location);
    return b;
}

void pvg_at_buffer_load(struct pvg_at *at, struct pvg_at_buffer *buf)
{
    struct pvg_spv *b = &at->b;
    if (buf->address)
        return;
    enum pvg_spv_section old = b->at;
    b->at = PVG_SPV_PROLOGUE;
    /* The length is followed by 32 zero bits. */
    buf->address = pvg_at_table_load(at, buf->info.table_offset, pvg_spv_int(b, 64));
    buf->length = pvg_at_table_load(at, buf->info.table_offset + 8, pvg_spv_int(b, 64));
    if (buf->info.guest_offset) {
        buf->guest = pvg_at_table_load(at, buf->info.guest_offset, pvg_spv_int(b, 64));
        buf->delta = pvg_spv_isub(b, buf->address, buf->guest);
    }
    b->at = old;
}

/* ---- Handles
 * ---------------------------------------------------------------------------------------------------------------------- */

/** Heap index of a texture, or plain | compare << 32 of a sampler, element `k` of its array. */
static uint32_t texture_element(struct pvg_at *at, const struct pvg_at_texture *t, uint32_t k)
{
    struct pvg_spv *b = &at->b;
    return pvg_spv_resize(b, pvg_at_table_load(at, t->info.table_offset + 4 * k, pvg_spv_int(b, 32)), 64);
}

/** Bound object by its number (import.h). */
static uint32_t object_number(struct pvg_at *at, uint32_t offset)
{
    return pvg_spv_resize(&at->b, pvg_at_table_load(at, offset, pvg_spv_int(&at->b, 32)), 64);
}

static uint32_t sampler_words(struct pvg_at *at, bool plain, uint32_t plain_offset, bool compare, uint32_t compare_offset)
{
    struct pvg_spv *b = &at->b;
    uint32_t u32 = pvg_spv_int(b, 32), v = 0;
    if (plain)
        v = pvg_spv_resize(b, pvg_at_table_load(at, plain_offset, u32), 64);
    if (compare) {
        uint32_t high = pvg_spv_shl(b, pvg_spv_resize(b, pvg_at_table_load(at, compare_offset, u32), 64), 32);
        v = v ? pvg_spv_value(b, SpvOpBitwiseOr, pvg_spv_int(b, 64), PVG_SPV(v, high)) : high;
    }
    return v ? v : pvg_spv_u64(b, 0);
}

/** Puts the elements of a handle array into the (possibly nested) type of the parameter. */
static uint32_t wrap_elements(struct pvg_at *at, LLVMTypeRef type, const uint32_t *elements, uint32_t count, uint32_t *next)
{
    LLVMTypeKind kind = LLVMGetTypeKind(type);
    if (kind == LLVMPointerTypeKind)
        return *next < count ? elements[(*next)++] : pvg_spv_u64(&at->b, 0);
    unsigned n = kind == LLVMStructTypeKind  ? LLVMCountStructElementTypes(type)
                 : kind == LLVMArrayTypeKind ? (unsigned)LLVMGetArrayLength2(type)
                                             : 0;
    if (!n || n > 128)
        pvg_at_refuse(at, "handle parameter of an unknown type");
    uint32_t parts[128];
    for (unsigned i = 0; i < n; i++) {
        LLVMTypeRef e = kind == LLVMStructTypeKind ? LLVMStructGetTypeAtIndex(type, i) : LLVMGetElementType(type);
        parts[i] = wrap_elements(at, e, elements, count, next);
    }
    return pvg_spv_construct(&at->b, pvg_at_type(at, type), parts, n);
}

uint32_t pvg_at_param_handle(struct pvg_at *at, const struct pvg_air_param *p)
{
    struct pvg_spv *b = &at->b;
    LLVMTypeRef type = LLVMTypeOf(p->value);
    if (p->absent)
        return pvg_spv_null(b, pvg_at_type(at, type));
    enum pvg_spv_section old = b->at;
    b->at = PVG_SPV_PROLOGUE;
    uint32_t elements[128], n = 0, next = 0;
    for (uint32_t i = 0; i < at->texture_count; i++) {
        const struct pvg_at_texture *t = &at->textures[i];
        for (uint32_t k = 0; t->param == p->index && !t->faces && k < t->info.array_length; k++)
            elements[n++] = at->handle_ids ? object_number(at, t->info.id_offset + 4 * k) : texture_element(at, t, k);
    }
    for (uint32_t i = 0; i < at->sampler_count; i++) {
        const struct pvg_at_sampler *s = &at->samplers[i];
        for (uint32_t k = 0; at->handle_ids && s->param == p->index && k < s->array_length; k++)
            elements[n++] = object_number(at, s->id_offset + 4 * k);
        for (uint32_t k = 0; !at->handle_ids && s->param == p->index && k < s->array_length; k++)
            elements[n++] = sampler_words(at, s->plain, s->plain_offset + 4 * k, s->compare, s->compare_offset + 4 * k);
    }
    uint32_t id = wrap_elements(at, type, elements, n, &next);
    b->at = old;
    return id;
}

uint32_t pvg_at_static_index(struct pvg_at *at, LLVMValueRef v, bool compare)
{
    const struct pvg_at_static_sampler *s = find_static(at, v);
    if (!s || !(compare ? s->compare : s->plain))
        return pvg_spv_u32(&at->b, 0);
    enum pvg_spv_section old = at->b.at;
    at->b.at = PVG_SPV_PROLOGUE;
    uint32_t index = pvg_at_table_load(at, compare ? s->compare_offset : s->info.table_offset, pvg_spv_int(&at->b, 32));
    at->b.at = old;
    return index;
}

bool pvg_at_static_pixels(struct pvg_at *at, LLVMValueRef v)
{
    const struct pvg_at_static_sampler *s = find_static(at, v);
    return s && s->info.pixel_coordinates;
}

void pvg_at_sampler_scales(struct pvg_at *at, LLVMValueRef root, bool compare)
{
    for (uint32_t i = 0; i < at->sampler_count; i++)
        if (at->entry->params[at->samplers[i].param].value == root)
            at->samplers[i].scales[compare] = true;
}

/** Handle of a constexpr sampler: as of a bound one, whose words say how its coordinates are to be taken. */
uint32_t pvg_at_static_sampler(struct pvg_at *at, LLVMValueRef v)
{
    struct pvg_at_static_sampler *s = find_static(at, v);
    if (!s)
        return pvg_spv_u64(&at->b, 0);
    if (s->handle)
        return s->handle;
    enum pvg_spv_section old = at->b.at;
    at->b.at = PVG_SPV_PROLOGUE;
    s->handle = sampler_words(at, s->plain, s->info.table_offset, s->compare, s->compare_offset);
    uint64_t bits = at->handle_ids ? PVG_AT_STATIC_HANDLE : 0; /* Told apart from numbers of objects. */
    if (s->info.pixel_coordinates)
        bits |= PVG_AIR_SAMPLER_PIXELS | (uint64_t)PVG_AIR_SAMPLER_PIXELS << 32;
    if (bits)
        s->handle = pvg_spv_value(&at->b, SpvOpBitwiseOr, pvg_spv_int(&at->b, 64), PVG_SPV(s->handle, pvg_spv_u64(&at->b, bits)));
    at->b.at = old;
    return s->handle;
}
