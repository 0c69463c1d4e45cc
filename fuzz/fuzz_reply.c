/* SPDX-License-Identifier: MIT */
/*
 * What a child sends back, if the child were in the hands of a guest: edits of true replies go through the reader, and whatever it
 * accepts is walked the way the renderer walks it.
 */
#include "air/remote.h"

#include "bench_shaders.h"
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

enum { REPLIES = 2, EXTRA = 64 };

static struct pvg_bytes replies[REPLIES];

static void make_reply(const void *library, size_t size, struct pvg_bytes *out)
{
    struct pvg_metallib *lib;
    struct pvg_air_shader *s;
    struct pvg_error err;

    if (pvg_metallib_open(library, size, &lib, &err))
        abort();
    const struct pvg_metallib_function *f = pvg_metallib_function_at(lib, 0);
    if (pvg_air_translate_here(f->bitcode, f->bitcode_size, f->name, NULL, &s, &err))
        abort();
    pvg_air_shader_write(s, out);
    pvg_air_shader_free(s);
    pvg_metallib_close(lib);
}

static void inside(const struct pvg_air_reflection *r, uint32_t offset, uint32_t bytes)
{
    if (offset > r->table_size || bytes > r->table_size - offset)
        abort();
}

/* Loads of bool are checked by the sanitizer, indices and strings here. */
static void walk(const struct pvg_air_shader *s)
{
    const struct pvg_air_reflection *r = &s->reflection;
    volatile size_t sum = strlen(r->name);
    unsigned flags = r->writes_position + r->writes_point_size + r->writes_depth + r->writes_stencil + r->writes_sample_mask +
                     r->writes_layer + r->writes_viewport + r->uses_discard + r->early_fragment_tests + r->writes_memory +
                     r->uses_barrier + r->uses_simd + r->uses_threadgroup_memory + r->uses_import_pointer + r->uses_import_handle +
                     r->import_written;

    for (size_t i = 0; i < r->buffer_count; i++) {
        flags += r->buffers[i].written + r->buffers[i].null_compared + r->buffers[i].constant_space;
        inside(r, r->buffers[i].table_offset, 16u * r->buffers[i].array_length);
        inside(r, r->buffers[i].guest_offset, 8u * r->buffers[i].array_length);
        if (r->buffers[i].index + r->buffers[i].array_length > 31)
            abort();
    }
    for (size_t i = 0; i < r->pull_count; i++)
        inside(r, r->pulls[i].table_offset, 16);
    for (size_t i = 0; i < r->texture_count; i++) {
        const struct pvg_air_texture *t = &r->textures[i];
        flags += t->arrayed + t->multisampled + t->depth + t->read + t->written;
        inside(r, t->table_offset, 4u * t->array_length);
        inside(r, t->id_offset, 4u * t->array_length);
        if (t->index + t->array_length > 128)
            abort();
    }
    for (size_t i = 0; i < r->sampler_count; i++) {
        flags += r->samplers[i].compare;
        inside(r, r->samplers[i].table_offset, 4u * r->samplers[i].array_length);
        inside(r, r->samplers[i].id_offset, 4u * r->samplers[i].array_length);
    }
    for (size_t i = 0; i < r->static_sampler_count; i++) {
        flags += r->static_samplers[i].pixel_coordinates + r->static_samplers[i].compare_enabled;
        inside(r, r->static_samplers[i].table_offset, 4);
    }
    for (size_t i = 0; i < r->attribute_count; i++)
        sum += r->attributes[i].location;
    for (size_t i = 0; i < r->varying_count; i++)
        sum += strlen(r->varyings[i].semantic) + r->varyings[i].per_primitive;
    for (size_t i = 0; i < r->color_count; i++)
        sum += r->colors[i].index;
    for (size_t i = 0; i < r->constant_count; i++)
        sum += strlen(r->constants[i].name) + r->constants[i].used;
    for (size_t i = 0; i < r->argument_count; i++) {
        const struct pvg_air_argument *a = &r->arguments[i];
        flags += a->read + a->written + a->arrayed + a->multisampled + a->depth;
        sum += strlen(a->name) + (a->parent ? strlen(r->arguments[a->parent - 1].name) : 0);
    }
    for (size_t i = 0; i < s->word_count; i++)
        sum += s->words[i];
    if (flags >
        16 + 5 * r->argument_count + 3 * r->buffer_count + 5 * r->texture_count + r->sampler_count + 2 * r->static_sampler_count)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};

    if (!replies[0].p) {
        make_reply(bench_vertex, sizeof(bench_vertex), &replies[0]);
        make_reply(bench_fragment, sizeof(bench_fragment), &replies[1]);
    }
    const struct pvg_bytes *base = &replies[fuzz_take(&in, 1) % REPLIES];
    size_t n = base->size;
    /* Exactly as long as what is read, so that a read past its end is seen. */
    uint8_t *reply = calloc(1, n + EXTRA);
    memcpy(reply, base->p, n);
    while (in.n) {
        uint64_t where = fuzz_take(&in, 3), value = fuzz_take(&in, 4);
        unsigned bytes = 1u << (where >> 22 & 3);
        /* Small numbers reach the reflection, which comes first. */
        size_t at = where & 0x3fffff;
        if ((where >> 20 & 3) == 3)
            n = at % (base->size + EXTRA);
        else if (at + bytes <= n)
            memcpy(reply + at, &value, bytes < 4 ? bytes : 4);
    }
    uint8_t *exact = malloc(n ? n : 1);
    memcpy(exact, reply, n);
    free(reply);
    struct pvg_air_shader *s = pvg_air_shader_read(exact, n);
    free(exact);
    if (s)
        walk(s);
    pvg_air_shader_free(s);
    return 0;
}
