/* SPDX-License-Identifier: MIT */
#include "air/remote.h"

#include "air/isolate.h"
#include "util/log.h"

#include <errno.h>
#include <spirv/unified1/spirv.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Sizes of Metal's argument tables (spec 07 section 10.1) and of the heap (spec 06 section 15). */
enum { BUFFERS = 31, TEXTURES = 128, SAMPLERS = 16, ATTRIBUTES = 31, COLORS = 8, LOCATIONS = 256 };
/** Bytes of the largest argument table: every slot of every part in use, and room for arrays. */
enum { TABLE_MAX = 1 << 20 };

/** Words before the first instruction; ids of a module (SPIR-V's universal limit). */
enum { SPIRV_HEADER = 5, SPIRV_BOUND = 0x3FFFFF };
/** Entries of one list of the reflection. */
enum { LIST_MAX = 4096, CONSTANTS_MAX = 65536 };

/* ---- Bytes ---------------------------------------------------------------------------------------------------------------- */

static void put_array(struct pvg_bytes *out, const void *items, size_t count, size_t size)
{
    pvg_bytes_put_int(out, count, 4);
    pvg_bytes_put(out, items, count * size);
}

/* An array whose items have a pointer: addresses mean nothing elsewhere, and would make equal answers differ. */
static void put_array_without(struct pvg_bytes *out, const void *items, size_t count, size_t size, size_t pointer)
{
    pvg_bytes_put_int(out, count, 4);
    size_t start = out->size;
    pvg_bytes_put(out, items, count * size);
    for (size_t i = 0; i < count && !out->failed; i++)
        memset(out->p + start + i * size + pointer, 0, sizeof(void *));
}

/* The plain fields; every pointer is replaced by what follows. */
static void put_fields(struct pvg_bytes *out, const struct pvg_air_reflection *r)
{
    struct pvg_air_reflection plain;

    memcpy(&plain, r, sizeof(plain));
    plain.name = NULL;
    plain.buffers = NULL;
    plain.pulls = NULL;
    plain.textures = NULL;
    plain.samplers = NULL;
    plain.static_samplers = NULL;
    plain.checks = NULL;
    plain.attributes = NULL;
    plain.varyings = NULL;
    plain.colors = NULL;
    plain.constants = NULL;
    plain.arguments = NULL;
    pvg_bytes_put(out, &plain, sizeof(plain));
}

void pvg_air_shader_write(const struct pvg_air_shader *shader, struct pvg_bytes *out)
{
    const struct pvg_air_reflection *r = &shader->reflection;

    /* Both ends are built together: fields travel as they are in memory. */
    put_fields(out, r);
    put_array(out, shader->words, shader->word_count, sizeof(*shader->words));
    pvg_bytes_put_string(out, r->name);
    put_array(out, r->buffers, r->buffer_count, sizeof(*r->buffers));
    put_array(out, r->pulls, r->pull_count, sizeof(*r->pulls));
    put_array(out, r->textures, r->texture_count, sizeof(*r->textures));
    put_array(out, r->samplers, r->sampler_count, sizeof(*r->samplers));
    put_array(out, r->static_samplers, r->static_sampler_count, sizeof(*r->static_samplers));
    put_array(out, r->checks, r->check_count, sizeof(*r->checks));
    put_array(out, r->attributes, r->attribute_count, sizeof(*r->attributes));
    put_array_without(out, r->varyings, r->varying_count, sizeof(*r->varyings), offsetof(struct pvg_air_varying, semantic));
    for (size_t i = 0; i < r->varying_count; i++)
        pvg_bytes_put_string(out, r->varyings[i].semantic);
    put_array(out, r->colors, r->color_count, sizeof(*r->colors));
    put_array_without(out, r->constants, r->constant_count, sizeof(*r->constants), offsetof(struct pvg_air_constant, name));
    for (size_t i = 0; i < r->constant_count; i++)
        pvg_bytes_put_string(out, r->constants[i].name);
    put_array_without(out, r->arguments, r->argument_count, sizeof(*r->arguments), offsetof(struct pvg_air_argument, name));
    for (size_t i = 0; i < r->argument_count; i++)
        pvg_bytes_put_string(out, r->arguments[i].name);
}

static void *get_array(struct pvg_reader *in, size_t *count, size_t size)
{
    *count = (size_t)pvg_reader_int(in, 4);
    void *items = pvg_reader_array(in, *count, size);
    if (!items)
        *count = 0;
    return items;
}

static void get_reflection(struct pvg_reader *in, struct pvg_air_reflection *r)
{
    r->name = pvg_reader_string(in);
    r->buffers = get_array(in, &r->buffer_count, sizeof(*r->buffers));
    r->pulls = get_array(in, &r->pull_count, sizeof(*r->pulls));
    r->textures = get_array(in, &r->texture_count, sizeof(*r->textures));
    r->samplers = get_array(in, &r->sampler_count, sizeof(*r->samplers));
    r->static_samplers = get_array(in, &r->static_sampler_count, sizeof(*r->static_samplers));
    r->checks = get_array(in, &r->check_count, sizeof(*r->checks));
    r->attributes = get_array(in, &r->attribute_count, sizeof(*r->attributes));
    r->varyings = get_array(in, &r->varying_count, sizeof(*r->varyings));
    for (size_t i = 0; i < r->varying_count; i++)
        r->varyings[i].semantic = NULL;
    for (size_t i = 0; i < r->varying_count; i++)
        r->varyings[i].semantic = pvg_reader_string(in);
    r->colors = get_array(in, &r->color_count, sizeof(*r->colors));
    r->constants = get_array(in, &r->constant_count, sizeof(*r->constants));
    for (size_t i = 0; i < r->constant_count; i++)
        r->constants[i].name = NULL;
    for (size_t i = 0; i < r->constant_count; i++)
        r->constants[i].name = pvg_reader_string(in);
    r->arguments = get_array(in, &r->argument_count, sizeof(*r->arguments));
    for (size_t i = 0; i < r->argument_count; i++)
        r->arguments[i].name = NULL;
    for (size_t i = 0; i < r->argument_count; i++)
        r->arguments[i].name = pvg_reader_string(in);
}

static void get_shader(struct pvg_reader *in, struct pvg_air_shader *shader)
{
    pvg_reader_get(in, &shader->reflection, sizeof(shader->reflection));
    shader->words = get_array(in, &shader->word_count, sizeof(*shader->words));
    get_reflection(in, &shader->reflection);
}

/* A byte of a bool that is neither 0 nor 1 is not a value in C, so bools are looked at as bytes first. */
static bool flags_valid(const void *items, size_t count, size_t size, const size_t *offsets, size_t flags)
{
    const uint8_t *p = items;

    for (size_t i = 0; i < count; i++)
        for (size_t f = 0; f < flags; f++)
            if (p[i * size + offsets[f]] > 1)
                return false;
    return true;
}

#define FLAGS(items, count, ...)                                                                                                   \
    flags_valid(items, count, sizeof(*(items)), (const size_t[]){__VA_ARGS__},                                                     \
                sizeof((const size_t[]){__VA_ARGS__}) / sizeof(size_t))

static bool bools_valid(const struct pvg_air_reflection *r)
{
#define OF(field) offsetof(struct pvg_air_reflection, field)
    if (!FLAGS(r, 1, OF(writes_position), OF(writes_point_size), OF(writes_depth), OF(writes_stencil), OF(writes_sample_mask),
               OF(writes_layer), OF(writes_viewport), OF(uses_discard), OF(early_fragment_tests), OF(writes_memory),
               OF(uses_barrier), OF(solid_groups), OF(independent), OF(reads_grid), OF(uses_simd), OF(uses_threadgroup_memory),
               OF(uses_import_pointer), OF(uses_import_handle), OF(import_written)))
        return false;
#undef OF
#define OF(field) offsetof(struct pvg_air_argument, field)
    if (!FLAGS(r->arguments, r->argument_count, OF(read), OF(written), OF(arrayed), OF(multisampled), OF(depth)))
        return false;
#undef OF
#define OF(field) offsetof(struct pvg_air_buffer, field)
    if (!FLAGS(r->buffers, r->buffer_count, OF(written), OF(null_compared), OF(constant_space)))
        return false;
#undef OF
#define OF(field) offsetof(struct pvg_air_texture, field)
    if (!FLAGS(r->textures, r->texture_count, OF(arrayed), OF(multisampled), OF(depth), OF(read), OF(written), OF(levels)))
        return false;
#undef OF
#define OF(field) offsetof(struct pvg_air_static_sampler, field)
    if (!FLAGS(r->static_samplers, r->static_sampler_count, OF(pixel_coordinates), OF(compare_enabled)))
        return false;
#undef OF
    return FLAGS(r->samplers, r->sampler_count, offsetof(struct pvg_air_sampler, compare),
                 offsetof(struct pvg_air_sampler, scales)) &&
           FLAGS(r->varyings, r->varying_count, offsetof(struct pvg_air_varying, per_primitive)) &&
           FLAGS(r->constants, r->constant_count, offsetof(struct pvg_air_constant, used));
}

/* The frame of the module: a driver walks it by these lengths before it looks at anything else. */
static bool spirv_valid(const uint32_t *words, size_t count)
{
    if (count < SPIRV_HEADER || words[0] != SpvMagicNumber || words[1] > 0x00010600 || words[4] || !words[3] ||
        words[3] > SPIRV_BOUND)
        return false;
    for (size_t at = SPIRV_HEADER; at < count;) {
        size_t length = words[at] >> SpvWordCountShift;
        if (!length || length > count - at)
            return false;
        at += length;
    }
    return true;
}

struct pvg_air_shader *pvg_air_shader_read(const void *data, size_t size)
{
    struct pvg_reader in = {.p = data, .left = size};
    struct pvg_air_shader *shader = calloc(1, sizeof(*shader));

    if (!shader)
        return NULL;
    get_shader(&in, shader);
    if (in.bad || in.left || !bools_valid(&shader->reflection) || !pvg_air_reflection_valid(&shader->reflection) ||
        !spirv_valid(shader->words, shader->word_count)) {
        pvg_air_shader_free(shader);
        return NULL;
    }
    return shader;
}

/* ---- Rules ---------------------------------------------------------------------------------------------------------------- */

static bool in_table(const struct pvg_air_reflection *r, uint32_t offset, uint64_t count, unsigned entry, unsigned align)
{
    return offset % align == 0 && offset + count * entry <= r->table_size;
}

static bool slots_valid(const struct pvg_air_reflection *r)
{
    for (size_t i = 0; i < r->buffer_count; i++)
        if (r->buffers[i].index + r->buffers[i].array_length > BUFFERS || !r->buffers[i].array_length ||
            !in_table(r, r->buffers[i].table_offset, r->buffers[i].array_length, 16, 16) ||
            !in_table(r, r->buffers[i].guest_offset, r->buffers[i].array_length, 8, 8))
            return false;
    for (size_t i = 0; i < r->pull_count; i++)
        if (r->pulls[i].index >= BUFFERS || !in_table(r, r->pulls[i].table_offset, 1, 16, 8))
            return false;
    for (size_t i = 0; i < r->texture_count; i++)
        if (r->textures[i].index + r->textures[i].array_length > TEXTURES || !r->textures[i].array_length ||
            !in_table(r, r->textures[i].table_offset, r->textures[i].array_length, 4, 4) ||
            !in_table(r, r->textures[i].id_offset, r->textures[i].array_length, 4, 4) ||
            (unsigned)r->textures[i].dim > PVG_AIR_DIM_BUFFER || (unsigned)r->textures[i].cls > PVG_AIR_UINT ||
            (unsigned)r->textures[i].heap > PVG_AIR_HEAP_STORAGE_TEXEL)
            return false;
    for (size_t i = 0; i < r->sampler_count; i++)
        if (r->samplers[i].index + r->samplers[i].array_length > SAMPLERS || !r->samplers[i].array_length ||
            !in_table(r, r->samplers[i].table_offset, r->samplers[i].array_length, 4, 4) ||
            !in_table(r, r->samplers[i].id_offset, r->samplers[i].array_length, 4, 4))
            return false;
    for (size_t i = 0; i < r->static_sampler_count; i++)
        if (!in_table(r, r->static_samplers[i].table_offset, 1, 4, 4))
            return false;
    for (size_t i = 0; i < r->check_count; i++)
        if (r->checks[i].kind > PVG_AIR_CHECK_SCRATCH || r->checks[i].write > 1 || r->checks[i].unchecked > 1 ||
            !in_table(r, r->checks[i].table_offset, 1, 8, 8) ||
            (r->checks[i].kind < PVG_AIR_CHECK_ZERO && r->checks[i].buffer >= r->buffer_count))
            return false;
    return (!r->uses_import_pointer || in_table(r, r->import_pointer_offset, 1, 16, 16)) &&
           (!r->uses_import_handle || in_table(r, r->import_handle_offset, 1, 16, 16));
}

static bool arguments_valid(const struct pvg_air_reflection *r)
{
    for (size_t i = 0; i < r->argument_count; i++) {
        const struct pvg_air_argument *a = &r->arguments[i];
        if (!a->name || a->parent > i || !a->array_length || (unsigned)a->kind > PVG_AIR_ARGUMENT_OTHER ||
            (unsigned)a->dim > PVG_AIR_DIM_BUFFER || (unsigned)a->cls > PVG_AIR_UINT)
            return false;
    }
    return true;
}

static bool io_valid(const struct pvg_air_reflection *r)
{
    for (size_t i = 0; i < r->attribute_count; i++)
        if (r->attributes[i].location >= ATTRIBUTES || (unsigned)r->attributes[i].cls > PVG_AIR_UINT)
            return false;
    for (size_t i = 0; i < r->varying_count; i++)
        if (!r->varyings[i].semantic || (unsigned)r->varyings[i].cls > PVG_AIR_UINT)
            return false;
    for (size_t i = 0; i < r->color_count; i++)
        if (r->colors[i].index >= COLORS || r->colors[i].source > 1 || (unsigned)r->colors[i].cls > PVG_AIR_UINT)
            return false;
    for (size_t i = 0; i < r->constant_count; i++)
        if (!r->constants[i].name)
            return false;
    return r->varying_count <= LOCATIONS && r->color_count <= 2 * COLORS;
}

static bool lists_valid(const struct pvg_air_reflection *r)
{
    return r->buffer_count <= LIST_MAX && r->pull_count <= LIST_MAX && r->texture_count <= LIST_MAX &&
           r->sampler_count <= LIST_MAX && r->static_sampler_count <= LIST_MAX && r->check_count <= LIST_MAX &&
           r->attribute_count <= LIST_MAX && r->constant_count <= CONSTANTS_MAX && r->argument_count <= LIST_MAX;
}

bool pvg_air_reflection_valid(const struct pvg_air_reflection *r)
{
    return r->name && lists_valid(r) && (unsigned)r->stage <= PVG_AIR_VISIBLE && r->table_size <= TABLE_MAX &&
           r->table_size % 16 == 0 && (!r->patch_edges || r->patch_edges == 3 || r->patch_edges == 4) && slots_valid(r) &&
           arguments_valid(r) && io_valid(r);
}

/* ---- Requests -------------------------------------------------------------------------------------------------------------- */

/* Options travel as they are; what they point at follows, and the child puts its own pointers in. */
static void put_options(struct pvg_bytes *out, const struct pvg_air_options *given)
{
    struct pvg_air_options o = {0};
    size_t n = given->size && given->size < sizeof(o) ? given->size : sizeof(o);

    memcpy(&o, given, n);
    const struct pvg_air_reflection *producer = o.producer;
    const struct pvg_air_pull_attribute *pulls = o.pulls;
    const struct pvg_air_constant_value *constants = o.constants;
    const struct pvg_air_linked *linked = o.linked;
    o.size = sizeof(o);
    o.producer = NULL;
    o.pulls = NULL;
    o.constants = NULL;
    o.linked = NULL;
    pvg_bytes_put(out, &o, sizeof(o));
    put_array(out, pulls, o.pull_count, sizeof(*pulls));
    put_array(out, constants, o.constant_count, sizeof(*constants));
    pvg_bytes_put_int(out, producer != NULL, 1);
    if (producer)
        pvg_air_shader_write(&(struct pvg_air_shader){.reflection = *producer}, out);
    for (size_t i = 0; i < o.linked_count; i++) {
        const struct pvg_air_linked *l = &linked[i];
        put_array(out, l->bitcode, l->size, 1);
        pvg_bytes_put_int(out, l->name != NULL, 1);
        pvg_bytes_put_string(out, l->name ? l->name : "");
    }
}

static void put_request(struct pvg_bytes *out, const void *bitcode, size_t size, const char *entry,
                        const struct pvg_air_options *options)
{
    pvg_bytes_put_int(out, entry != NULL, 1);
    pvg_bytes_put_string(out, entry);
    pvg_bytes_put_int(out, options != NULL, 1);
    if (options)
        put_options(out, options);
    pvg_bytes_put(out, bitcode, size);
}

/** A request in the child. */
struct request {
    bool has_entry, has_options;
    char *entry;
    struct pvg_air_options options;
    struct pvg_air_shader producer;
    struct pvg_reader bitcode;
};

static bool get_linked(struct pvg_reader *in, struct pvg_air_options *o)
{
    if (in->bad || o->linked_count > LIST_MAX)
        return false;
    struct pvg_air_linked *list = calloc(o->linked_count + 1, sizeof(*list));
    if (!list)
        return false;
    o->linked = list;
    for (size_t i = 0; i < o->linked_count && !in->bad; i++) {
        list[i].bitcode = get_array(in, &list[i].size, 1);
        bool has_name = pvg_reader_int(in, 1);
        const char *name = pvg_reader_string(in);
        list[i].name = has_name ? name : NULL;
    }
    return !in->bad;
}

static bool get_options(struct pvg_reader *in, struct request *q)
{
    struct pvg_air_options *o = &q->options;

    pvg_reader_get(in, o, sizeof(*o));
    o->pulls = get_array(in, &o->pull_count, sizeof(*o->pulls));
    o->constants = get_array(in, &o->constant_count, sizeof(*o->constants));
    if (pvg_reader_int(in, 1)) {
        get_shader(in, &q->producer);
        o->producer = &q->producer.reflection;
    }
    return get_linked(in, o) && !in->bad;
}

/* What is read lives until the child ends. */
static bool get_request(const uint8_t *data, size_t size, struct request *q)
{
    struct pvg_reader *in = &q->bitcode;

    *q = (struct request){.bitcode = {.p = data, .left = size}};
    q->has_entry = pvg_reader_int(in, 1);
    q->entry = pvg_reader_string(in);
    q->has_options = pvg_reader_int(in, 1);
    return (!q->has_options || get_options(in, q)) && !in->bad;
}

int pvg_air_translate_request(const uint8_t *data, size_t size, struct pvg_bytes *reply, struct pvg_error *err)
{
    struct pvg_air_shader *shader;
    struct request *q = malloc(sizeof(*q));

    if (!q)
        return -ENOMEM;
    if (!get_request(data, size, q)) {
        pvg_error_set(err, "malformed request");
        return -EINVAL;
    }
    int rc = pvg_air_translate_here(q->bitcode.p, q->bitcode.left, q->has_entry ? q->entry : NULL,
                                    q->has_options ? &q->options : NULL, &shader, err);
    if (rc)
        return rc;
    pvg_air_shader_write(shader, reply);
    return 0;
}

/* ---- The boundary --------------------------------------------------------------------------------------------------------- */

/* Names come from guests and go into messages. */
static void refuse(const char *entry, struct pvg_error *err, const char *reason)
{
    char name[64];
    size_t n = 0;

    for (const char *p = entry ? entry : ""; *p && n < sizeof(name) - 1; p++)
        name[n++] = (unsigned char)*p < 0x20 || *p == 0x7f ? '?' : *p;
    name[n] = 0;
    pvg_error_set(err, "translation of '%s' refused: %s", n ? name : "AIR module", reason);
}

int pvg_air_translate(const void *bitcode, size_t size, const char *entry, const struct pvg_air_options *options,
                      struct pvg_air_shader **out, struct pvg_error *err)
{
    struct pvg_bytes request = {0}, reply;
    struct pvg_error reason = {{0}};
    bool answered;

    *out = NULL;
    put_request(&request, bitcode, size, entry, options);
    int rc = pvg_isolated_call(PVG_ISOLATED_TRANSLATE, &request, &reply, &answered, &reason);
    pvg_bytes_free(&request);
    if (rc) {
        if (answered)
            pvg_error_set(err, "%s", reason.message);
        else
            refuse(entry, err, reason.message);
        return rc;
    }
    struct pvg_air_shader *shader = pvg_air_shader_read(reply.p, reply.size);
    pvg_bytes_free(&reply);
    /* An answer to another question is none. */
    if (shader && (!entry || strcmp(shader->reflection.name, entry) == 0)) {
        *out = shader;
        return 0;
    }
    pvg_air_shader_free(shader);
    refuse(entry, err, "the translation's description of itself is not consistent");
    return -EINVAL;
}
