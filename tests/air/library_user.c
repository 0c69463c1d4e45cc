/* SPDX-License-Identifier: MIT */
/**
 * @file A program that has nothing but libpvg-air and its header: translates every function of a library and says what each one
 * needs. usage: library_user FILE.metallib
 */
#include <openpvg/air.h>

#include <stdio.h>
#include <stdlib.h>

static uint8_t *read_file(const char *path, size_t *size)
{
    static uint8_t data[1 << 22];
    FILE *f = fopen(path, "rb");

    *size = f ? fread(data, 1, sizeof data, f) : 0;
    if (f)
        fclose(f);
    return *size ? data : NULL;
}

static int translate(const struct pvg_metallib_function *f)
{
    const struct pvg_air_options options = {.size = sizeof options, .available = UINT32_MAX};
    struct pvg_air_shader *shader;
    struct pvg_error err = {{0}};

    if (pvg_air_translate(f->bitcode, f->bitcode_size, f->name, &options, &shader, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    printf("%s %s: %zu words, %zu buffers, %zu textures, table of %u bytes\n", pvg_air_stage_name(shader->reflection.stage),
           f->name, shader->word_count, shader->reflection.buffer_count, shader->reflection.texture_count,
           shader->reflection.table_size);
    int bad = shader->word_count < 6 || shader->words[0] != 0x07230203;
    pvg_air_shader_free(shader);
    return bad;
}

int main(int argc, char **argv)
{
    struct pvg_metallib *lib;
    struct pvg_error err = {{0}};
    size_t size;
    uint8_t *data = argc == 2 ? read_file(argv[1], &size) : NULL;
    int rc = 0;

    if (!data || pvg_metallib_open(data, size, &lib, &err)) {
        fprintf(stderr, "%s\n", data ? err.message : "usage: library_user FILE.metallib");
        return 2;
    }
    for (size_t i = 0; i < pvg_metallib_function_count(lib); i++)
        rc |= translate(pvg_metallib_function_at(lib, i));
    rc |= pvg_metallib_function_count(lib) == 0;
    pvg_metallib_close(lib);
    return rc;
}
