/* SPDX-License-Identifier: MIT */
#include "fake_air.h"

#include "air/remote.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char magic[8] = "FAKELIB";
struct pvg_air_options fake_last_options;
unsigned fake_translations;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct pvg_metallib {
    struct fake_container container;
    struct pvg_metallib_function function;
};

struct fake_container fake_container(const struct fake_shader *shader)
{
    struct fake_container c = {.shader = shader};
    memcpy(c.magic, magic, sizeof(magic));
    return c;
}

int pvg_metallib_open(const void *data, size_t size, struct pvg_metallib **out, struct pvg_error *err)
{
    struct pvg_metallib *lib = calloc(1, sizeof(*lib));
    if (size != sizeof(lib->container) || memcmp(data, magic, sizeof(magic))) {
        snprintf(err->message, sizeof(err->message), "not a test container");
        free(lib);
        return -EINVAL;
    }
    memcpy(&lib->container, data, size);
    lib->function.name = lib->container.shader->reflection.name;
    lib->function.bitcode = lib->container.shader;
    lib->function.bitcode_size = sizeof(struct fake_shader);
    *out = lib;
    return 0;
}

void pvg_metallib_close(struct pvg_metallib *lib)
{
    free(lib);
}

size_t pvg_metallib_function_count(const struct pvg_metallib *lib)
{
    return 1;
}

const struct pvg_metallib_function *pvg_metallib_function_at(const struct pvg_metallib *lib, size_t index)
{
    return &lib->function;
}

/** glslang takes no specialisation ids above 16 bits: 0x700 + n stands for 0x10000 + n. */
static void patch_spec_ids(uint32_t *words, size_t count)
{
    for (size_t i = 5; i < count;) {
        uint32_t length = words[i] >> 16, opcode = words[i] & 0xffff;
        if (length == 0)
            return;
        if (opcode == 71 && length == 4 && words[i + 2] == 1 && words[i + 3] >= 0x700 && words[i + 3] < 0x780)
            words[i + 3] += 0x10000 - 0x700;
        i += length;
    }
}

int pvg_air_translate(const void *bitcode, size_t size, const char *entry, const struct pvg_air_options *options,
                      struct pvg_air_shader **out, struct pvg_error *err)
{
    const struct fake_shader *shader = bitcode;
    struct pvg_air_shader *s = calloc(1, sizeof(*s));
    pthread_mutex_lock(&lock);
    fake_last_options = *options;
    fake_translations++;
    pthread_mutex_unlock(&lock);
    if (shader->word_count == 0) {
        snprintf(err->message, sizeof(err->message), "refused on purpose");
        free(s);
        return -ENOTSUP;
    }
    s->reflection = shader->reflection;
    s->words = malloc(shader->word_count * 4);
    memcpy(s->words, shader->words, shader->word_count * 4);
    s->word_count = shader->word_count;
    patch_spec_ids(s->words, s->word_count);
    *out = s;
    return 0;
}

void pvg_air_shader_free(struct pvg_air_shader *shader)
{
    if (shader)
        free(shader->words);
    free(shader);
}

/* The reflection's pointers are good for this process, and so is the file. */
void pvg_air_shader_write(const struct pvg_air_shader *shader, struct pvg_bytes *out)
{
    pvg_bytes_put(out, &shader->reflection, sizeof(shader->reflection));
    pvg_bytes_put(out, shader->words, shader->word_count * 4);
}

struct pvg_air_shader *pvg_air_shader_read(const void *data, size_t size)
{
    struct pvg_air_shader *s = calloc(1, sizeof(*s));
    memcpy(&s->reflection, data, sizeof(s->reflection));
    s->word_count = (size - sizeof(s->reflection)) / 4;
    s->words = malloc(s->word_count * 4);
    memcpy(s->words, (const uint8_t *)data + sizeof(s->reflection), s->word_count * 4);
    return s;
}

int pvg_air_tessellation_stages(const struct pvg_air_tessellation *t, struct pvg_air_words *vertex, struct pvg_air_words *control)
{
    return -ENOTSUP;
}
