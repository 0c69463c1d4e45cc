/* SPDX-License-Identifier: MIT */
#include "air/assemble.h"
#include "air/bytes.h"
#include "air/entry.h"
#include "air/metallib.h"
#include "air/sha256.h"
#include "util/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void put_tag(struct pvg_bytes *s, const char *name, const void *body, size_t size)
{
    pvg_bytes_put(s, name, 4);
    pvg_bytes_put_int(s, size, 2);
    pvg_bytes_put(s, body, size);
}

static void put_int_tag(struct pvg_bytes *s, const char *name, uint64_t v, unsigned bytes)
{
    pvg_bytes_put(s, name, 4);
    pvg_bytes_put_int(s, bytes, 2);
    pvg_bytes_put_int(s, v, bytes);
}

/* Start a group; end_group() fills in its size, which counts itself (writer A of spec 07 section 2.3). */
static size_t begin_group(struct pvg_bytes *s)
{
    size_t at = s->size;

    pvg_bytes_put_int(s, 0, 4);
    return at;
}

static void end_group(struct pvg_bytes *s, size_t at)
{
    pvg_bytes_put(s, "ENDT", 4);
    if (s->failed)
        return;
    for (unsigned i = 0; i < 4; i++)
        s->p[at + i] = (uint8_t)((s->size - at) >> (8 * i));
}

/* ---- Facts from the bitcode ----------------------------------------------------------------------------------------------- */

static bool number_type(LLVMTypeRef type, unsigned *base, unsigned *lanes)
{
    *lanes = LLVMGetTypeKind(type) == LLVMVectorTypeKind ? LLVMGetVectorSize(type) : 1;
    LLVMTypeRef scalar = LLVMGetTypeKind(type) == LLVMVectorTypeKind ? LLVMGetElementType(type) : type;

    switch (LLVMGetTypeKind(scalar)) {
    case LLVMFloatTypeKind:
        *base = 0x03;
        return *lanes <= 4;
    case LLVMHalfTypeKind:
        *base = 0x10;
        return *lanes <= 4;
    case LLVMIntegerTypeKind:
        break;
    default:
        return false;
    }
    switch (LLVMGetIntTypeWidth(scalar)) {
    case 8:
        *base = 0x2D;
        break;
    case 16:
        *base = 0x25;
        break;
    case 32:
        *base = 0x1D;
        break;
    default:
        return false;
    }
    return *lanes <= 4;
}

/* MTLDataType of a value (spec 07 section 2.14); signedness and bool are only in the MSL type name. */
static uint8_t data_type(LLVMTypeRef type, const char *type_name)
{
    unsigned base, lanes;

    if (!number_type(type, &base, &lanes))
        return 0;
    if (strncmp(type_name, "bool", 4) == 0)
        base = 0x35;
    else if (type_name[0] == 'u' && base >= 0x1D)
        base += 4;
    return (uint8_t)(base + lanes - 1);
}

static void put_constants(struct pvg_bytes *s, const struct pvg_air_entry *e)
{
    struct pvg_bytes body = {0};

    if (!e->constant_count)
        return;
    pvg_bytes_put_int(&body, e->constant_count, 2);
    for (size_t i = 0; i < e->constant_count; i++) {
        const struct pvg_air_fc *fc = &e->constants[i];
        pvg_bytes_put(&body, fc->name, strlen(fc->name) + 1);
        pvg_bytes_put_int(&body, data_type(LLVMGlobalGetValueType(fc->global), fc->type_name), 1);
        pvg_bytes_put_int(&body, fc->index, 2);
        pvg_bytes_put_int(&body, 1, 1);
    }
    s->failed |= body.failed || body.size > UINT16_MAX;
    put_tag(s, "CNST", body.p, body.size);
    free(body.p);
}

static void put_attributes(struct pvg_bytes *s, const struct pvg_air_entry *e)
{
    struct pvg_bytes names = {0}, types = {0};
    size_t count = 0;

    for (size_t i = 0; i < e->param_count; i++)
        count += e->params[i].kind == PVG_AIR_PARAM_VERTEX_INPUT;
    if (!count)
        return;
    pvg_bytes_put_int(&names, count, 2);
    pvg_bytes_put_int(&types, count, 2);
    for (size_t i = 0; i < e->param_count; i++) {
        const struct pvg_air_param *p = &e->params[i];
        if (p->kind != PVG_AIR_PARAM_VERTEX_INPUT)
            continue;
        pvg_bytes_put(&names, p->name, strlen(p->name) + 1);
        pvg_bytes_put_int(&names, (p->location & 0x1FFF) | (p->unused ? 0u : 0x8000u), 2);
        pvg_bytes_put_int(&types, data_type(LLVMTypeOf(p->value), p->type_name), 1);
    }
    s->failed |= names.failed || types.failed || names.size > UINT16_MAX;
    put_tag(s, "VATT", names.p, names.size);
    put_tag(s, "VATY", types.p, types.size);
    free(names.p);
    free(types.p);
}

/* ---- Sections ------------------------------------------------------------------------------------------------------------- */

struct image {
    struct pvg_bytes functions, public_metadata, private_metadata, bitcode;
    size_t *bitcode_offset, *bitcode_size; /* Per entry. */
};

static int place_bitcode(struct image *image, const struct pvg_metallib_entry *entries, size_t i, struct pvg_error *err)
{
    uint8_t *blob;
    int rc;

    for (size_t k = 0; k < i; k++) {
        if (entries[k].bitcode == entries[i].bitcode && entries[k].bitcode_size == entries[i].bitcode_size) {
            image->bitcode_offset[i] = image->bitcode_offset[k];
            image->bitcode_size[i] = image->bitcode_size[k];
            return 0;
        }
    }
    rc = pvg_air_wrap(entries[i].bitcode, entries[i].bitcode_size, &blob, &image->bitcode_size[i], err);
    if (rc)
        return rc;
    image->bitcode_offset[i] = image->bitcode.size;
    pvg_bytes_put(&image->bitcode, blob, image->bitcode_size[i]);
    free(blob);
    return image->bitcode.failed ? -ENOMEM : 0;
}

static void put_function(struct image *image, size_t i, const struct pvg_metallib_entry *in, const struct pvg_air_entry *e)
{
    struct pvg_bytes *s = &image->functions;
    uint8_t digest[32];
    size_t group;

    if (image->bitcode.failed)
        return;
    pvg_sha256(image->bitcode.p + image->bitcode_offset[i], image->bitcode_size[i], digest);
    group = begin_group(s);
    put_tag(s, "NAME", in->name, strlen(in->name) + 1);
    put_int_tag(s, "TYPE", (uint64_t)(in->type < 0 ? pvg_metallib_type_of_stage(e->stage) : in->type), 1);
    put_tag(s, "HASH", digest, sizeof(digest));
    pvg_bytes_put(s, "OFFT", 4);
    pvg_bytes_put_int(s, 24, 2);
    pvg_bytes_put_int(s, image->public_metadata.size, 8);
    pvg_bytes_put_int(s, image->private_metadata.size, 8);
    pvg_bytes_put_int(s, image->bitcode_offset[i], 8);
    pvg_bytes_put(s, "VERS", 4);
    pvg_bytes_put_int(s, 8, 2);
    pvg_bytes_put_int(s, e->air_version >> 16, 2);
    pvg_bytes_put_int(s, e->air_version & 0xFFFF, 2);
    pvg_bytes_put_int(s, e->msl_version >> 16, 2);
    pvg_bytes_put_int(s, e->msl_version & 0xFFFF, 2);
    put_int_tag(s, "MDSZ", image->bitcode_size[i], 8);
    if (e->patch)
        put_int_tag(s, "TESS", (e->patch_edges == 4 ? 2u : 1u) | (uint64_t)e->patch_control_points << 2, 1);
    end_group(s, group);

    group = begin_group(&image->public_metadata);
    put_constants(&image->public_metadata, e);
    put_attributes(&image->public_metadata, e);
    end_group(&image->public_metadata, group);
    group = begin_group(&image->private_metadata);
    end_group(&image->private_metadata, group);
}

static int add_function(struct image *image, const struct pvg_metallib_entry *entries, size_t i, struct pvg_error *err)
{
    struct pvg_air_entry *e = NULL;
    struct pvg_air_module m;
    struct pvg_error reason = {{0}};
    int rc = place_bitcode(image, entries, i, &reason);

    if (!rc && strlen(entries[i].name) >= UINT16_MAX)
        rc = -EINVAL;
    if (!rc)
        rc = pvg_air_module_parse(entries[i].bitcode, entries[i].bitcode_size, &m, &reason);
    else
        m = (struct pvg_air_module){0};
    if (!rc)
        rc = pvg_air_entry_parse(m.module, entries[i].name, NULL, 0, &e, &reason);
    if (!rc)
        put_function(image, i, &entries[i], e);
    else
        pvg_error_set(err, "function %.100s: %.380s", entries[i].name, reason.message);
    pvg_air_entry_free(e);
    pvg_air_module_free(&m);
    return rc == -ENOENT || rc == -ENOTSUP ? -EINVAL : rc;
}

static void put_section(struct pvg_bytes *s, size_t *offset, size_t counted, size_t real)
{
    pvg_bytes_put_int(s, *offset, 8);
    pvg_bytes_put_int(s, counted, 8);
    *offset += real;
}

static void join(struct pvg_bytes *out, const struct image *image, size_t count)
{
    static const char extension[] = "ENDT";
    size_t list = 4 + image->functions.size;
    size_t offset = 88;
    size_t total = offset + list + 4 + image->public_metadata.size + image->private_metadata.size + image->bitcode.size;

    pvg_bytes_put(out, "MTLB", 4);
    pvg_bytes_put_int(out, 0x8001, 2);
    pvg_bytes_put_int(out, 2, 2);
    pvg_bytes_put_int(out, 7, 2);
    pvg_bytes_put_int(out, 0, 1);
    pvg_bytes_put_int(out, 0x81, 1);
    pvg_bytes_put_int(out, 14, 2);
    pvg_bytes_put_int(out, 0, 2);
    pvg_bytes_put_int(out, total, 8);
    put_section(out, &offset, list - 4, list + 4);
    put_section(out, &offset, image->public_metadata.size, image->public_metadata.size);
    put_section(out, &offset, image->private_metadata.size, image->private_metadata.size);
    put_section(out, &offset, image->bitcode.size, image->bitcode.size);
    pvg_bytes_put_int(out, count, 4);
    pvg_bytes_put(out, image->functions.p, image->functions.size);
    pvg_bytes_put(out, extension, 4);
    pvg_bytes_put(out, image->public_metadata.p, image->public_metadata.size);
    pvg_bytes_put(out, image->private_metadata.p, image->private_metadata.size);
    pvg_bytes_put(out, image->bitcode.p, image->bitcode.size);
}

int pvg_metallib_write(const struct pvg_metallib_entry *entries, size_t count, uint8_t **out, size_t *size, struct pvg_error *err)
{
    struct image image = {.bitcode_offset = calloc(count + 1, sizeof(size_t)), .bitcode_size = calloc(count + 1, sizeof(size_t))};
    struct pvg_bytes file = {0};
    int rc = image.bitcode_offset && image.bitcode_size ? 0 : -ENOMEM;

    *out = NULL;
    *size = 0;
    if (count > UINT32_MAX)
        rc = -EINVAL;
    for (size_t i = 0; !rc && i < count; i++)
        rc = add_function(&image, entries, i, err);
    if (!rc) {
        join(&file, &image, count);
        if (file.failed || image.functions.failed || image.public_metadata.failed || image.private_metadata.failed)
            rc = -ENOMEM;
    }
    free(image.functions.p);
    free(image.public_metadata.p);
    free(image.private_metadata.p);
    free(image.bitcode.p);
    free(image.bitcode_offset);
    free(image.bitcode_size);
    if (rc) {
        free(file.p);
        return rc;
    }
    *out = file.p;
    *size = file.size;
    return 0;
}
