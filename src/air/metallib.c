/* SPDX-License-Identifier: MIT */
#include "air/metallib.h"

#include "air/entry.h"
#include "air/isolate.h"
#include "util/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Slices of a fat file that are looked at; Apple's own files hold one per GPU family. */
enum { MAX_SLICES = 64 };

static uint16_t load16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t load32(const uint8_t *p)
{
    return (uint32_t)load16(p) | (uint32_t)load16(p + 2) << 16;
}

static uint64_t load64(const uint8_t *p)
{
    return (uint64_t)load32(p) | (uint64_t)load32(p + 4) << 32;
}

static uint32_t load32_be(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

bool pvg_metallib_slice(struct pvg_metallib_bytes in, uint64_t offset, uint64_t size, struct pvg_metallib_bytes *out)
{
    if (offset > in.n || size > in.n - offset)
        return false;
    *out = (struct pvg_metallib_bytes){in.p + offset, (size_t)size};
    return true;
}

static bool is_tag(const struct pvg_metallib_tag *tag, const char *name)
{
    return memcmp(tag->name, name, 4) == 0;
}

enum pvg_metallib_walk pvg_metallib_next_tag(struct pvg_metallib_bytes *in, struct pvg_metallib_tag *tag)
{
    size_t header, size;

    if (in->n < 4)
        return PVG_METALLIB_BROKEN;
    memcpy(tag->name, in->p, 4);
    if (is_tag(tag, "ENDT")) {
        *in = (struct pvg_metallib_bytes){in->p + 4, in->n - 4};
        return PVG_METALLIB_END;
    }
    bool wide = is_tag(tag, "SARC") || is_tag(tag, "RBUF") || is_tag(tag, "SBUF");
    header = wide ? 8 : 6;
    if (in->n < header)
        return PVG_METALLIB_BROKEN;
    size = wide ? load32(in->p + 4) : load16(in->p + 4);
    if (!pvg_metallib_slice(*in, header, size, &tag->body))
        return PVG_METALLIB_BROKEN;
    *in = (struct pvg_metallib_bytes){in->p + header + size, in->n - header - size};
    return PVG_METALLIB_TAG;
}

/* Step over the group's size word. Writers disagree whether it counts itself: it only bounds the group (spec 07 section 2.3). */
static bool open_group(struct pvg_metallib_bytes in, struct pvg_metallib_bytes *group)
{
    if (in.n < 4)
        return false;
    uint64_t limit = (uint64_t)load32(in.p);
    return pvg_metallib_slice(in, 4, limit < in.n - 4 ? limit : in.n - 4, group);
}

/* A NUL-terminated string at the start of `in`, taken off it. */
static const char *take_string(struct pvg_metallib_bytes *in)
{
    const uint8_t *end = in->n ? memchr(in->p, 0, in->n) : NULL;
    const char *s = (const char *)in->p;

    if (!end)
        return NULL;
    *in = (struct pvg_metallib_bytes){end + 1, in->n - (size_t)(end + 1 - in->p)};
    return s;
}

/* ---- Public metadata (spec 07 section 2.5) -------------------------------------------------------------------------------- */

static bool read_constants(struct pvg_metallib_bytes in, struct pvg_metallib_function *f)
{
    struct pvg_metallib_constant *list;
    size_t count;

    if (in.n < 2 || f->constants)
        return false;
    count = load16(in.p);
    in = (struct pvg_metallib_bytes){in.p + 2, in.n - 2};
    if (count > in.n / 5)
        return false;
    list = calloc(count ? count : 1, sizeof(*list));
    f->constants = list;
    for (size_t i = 0; list && i < count; i++) {
        const char *name = take_string(&in);
        if (!name || in.n < 4)
            return false;
        list[i] = (struct pvg_metallib_constant){.name = name, .data_type = in.p[0], .index = load16(in.p + 1), .active = in.p[3]};
        in = (struct pvg_metallib_bytes){in.p + 4, in.n - 4};
        f->constant_count = i + 1;
    }
    return list != NULL;
}

static bool read_attributes(struct pvg_metallib_bytes in, struct pvg_metallib_function *f)
{
    struct pvg_metallib_attribute *list;
    size_t count;

    if (in.n < 2 || f->attributes)
        return false;
    count = load16(in.p);
    in = (struct pvg_metallib_bytes){in.p + 2, in.n - 2};
    if (count > in.n / 3)
        return false;
    list = calloc(count ? count : 1, sizeof(*list));
    f->attributes = list;
    for (size_t i = 0; list && i < count; i++) {
        const char *name = take_string(&in);
        if (!name || in.n < 2)
            return false;
        uint16_t word = load16(in.p);
        list[i] =
            (struct pvg_metallib_attribute){.name = name, .index = word & 0x1FFF, .usage = (word >> 13) & 3, .active = word >> 15};
        in = (struct pvg_metallib_bytes){in.p + 2, in.n - 2};
        f->attribute_count = i + 1;
    }
    return list != NULL;
}

static void read_attribute_types(struct pvg_metallib_bytes in, struct pvg_metallib_function *f)
{
    struct pvg_metallib_attribute *list = (struct pvg_metallib_attribute *)f->attributes;

    for (size_t i = 0; i < f->attribute_count && i + 2 < in.n; i++)
        list[i].data_type = in.p[2 + i];
}

/* Only tools look at this metadata; a broken group costs its lists, not the function. */
static void read_public(struct pvg_metallib_bytes section, uint64_t offset, struct pvg_metallib_function *f)
{
    struct pvg_metallib_bytes in, types = {0};
    struct pvg_metallib_tag tag;

    if (offset >= section.n || !pvg_metallib_slice(section, offset, section.n - offset, &in) || !open_group(in, &in))
        return;
    while (pvg_metallib_next_tag(&in, &tag) == PVG_METALLIB_TAG) {
        bool ok = true;
        if (is_tag(&tag, "CNST"))
            ok = read_constants(tag.body, f);
        else if (is_tag(&tag, "VATT"))
            ok = read_attributes(tag.body, f);
        else if (is_tag(&tag, "VATY"))
            types = tag.body;
        if (!ok)
            break;
    }
    read_attribute_types(types, f);
}

/* ---- Function list (spec 07 section 2.4) ---------------------------------------------------------------------------------- */

static void keep_unknown(const struct pvg_metallib_tag *tag, struct pvg_metallib_place *e)
{
    pvg_bytes_put(&e->unknown, tag->name, 4);
    pvg_bytes_put_int(&e->unknown, tag->body.n, 2);
    pvg_bytes_put(&e->unknown, tag->body.p, tag->body.n);
}

static bool read_function_tag(const struct pvg_metallib_tag *tag, struct pvg_metallib_function *f, struct pvg_metallib_place *e)
{
    const uint8_t *p = tag->body.p;
    size_t n = tag->body.n;

    if (is_tag(tag, "NAME")) {
        struct pvg_metallib_bytes in = tag->body;
        f->name = take_string(&in);
        return f->name != NULL;
    }
    if (is_tag(tag, "TYPE")) {
        f->type = n ? p[0] : -1;
        return n >= 1;
    }
    if (is_tag(tag, "HASH")) {
        if (n >= 32)
            memcpy(f->hash, p, 32);
        return n >= 32;
    }
    if (is_tag(tag, "MDSZ")) {
        e->has_size = n >= 8;
        e->size_first = !e->has_offsets;
        e->bitcode_size = e->has_size ? load64(p) : 0;
        return e->has_size;
    }
    if (is_tag(tag, "OFFT")) {
        e->has_offsets = n >= 24;
        if (e->has_offsets) {
            e->public_offset = load64(p);
            e->private_offset = load64(p + 8);
            e->bitcode_offset = load64(p + 16);
        }
        return e->has_offsets;
    }
    if (is_tag(tag, "VERS")) {
        if (n >= 8) {
            f->air_version = (uint32_t)load16(p) << 16 | load16(p + 2);
            f->msl_version = (uint32_t)load16(p + 4) << 16 | load16(p + 6);
        }
        return n >= 8;
    }
    if (is_tag(tag, "TESS"))
        f->tessellation = n ? p[0] : -1;
    else if (is_tag(tag, "LAYR"))
        f->layer_type = n ? p[0] : -1;
    else if (is_tag(tag, "SOFF") && n >= 8 && load64(p) <= INT64_MAX)
        f->source_offset = (int64_t)load64(p);
    else if (is_tag(tag, "RFLT") && n >= 8 && load64(p) <= INT64_MAX)
        f->reflection_offset = (int64_t)load64(p);
    else
        keep_unknown(tag, e);
    return true;
}

/* Read the group at the start of `in` and step behind it. */
static bool read_function(struct pvg_metallib_bytes *in, struct pvg_metallib_function *f, struct pvg_metallib_place *e,
                          struct pvg_error *err, size_t ordinal)
{
    struct pvg_metallib_bytes group;
    struct pvg_metallib_tag tag;
    enum pvg_metallib_walk walk;

    f->type = f->tessellation = f->layer_type = -1;
    f->source_offset = f->reflection_offset = -1;
    if (!open_group(*in, &group)) {
        pvg_error_set(err, "function %zu lies outside the function list", ordinal);
        return false;
    }
    while ((walk = pvg_metallib_next_tag(&group, &tag)) == PVG_METALLIB_TAG) {
        if (!read_function_tag(&tag, f, e)) {
            pvg_error_set(err, "function %zu: tag %.4s of %zu bytes is malformed", ordinal, tag.name, tag.body.n);
            return false;
        }
    }
    if (walk == PVG_METALLIB_BROKEN) {
        pvg_error_set(err, "function %zu: tag list has no end", ordinal);
        return false;
    }
    if (!f->name || !e->has_offsets) {
        pvg_error_set(err, "function %zu has no %s tag", ordinal, f->name ? "OFFT" : "NAME");
        return false;
    }
    *in = (struct pvg_metallib_bytes){group.p, in->n - (size_t)(group.p - in->p)};
    return true;
}

static int compare_offsets(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Old iOS-family libraries state no size: a function ends where the next one starts (spec 07 section 2.4, MDSZ). */
static bool derive_sizes(struct pvg_metallib_place *entries, size_t count, size_t section_size)
{
    uint64_t *sorted = malloc((count ? count : 1) * sizeof(*sorted));

    if (!sorted)
        return false;
    for (size_t i = 0; i < count; i++)
        sorted[i] = entries[i].bitcode_offset;
    qsort(sorted, count, sizeof(*sorted), compare_offsets);
    for (size_t i = 0; i < count; i++) {
        if (entries[i].has_size)
            continue;
        size_t low = 0, high = count;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (sorted[middle] <= entries[i].bitcode_offset)
                low = middle + 1;
            else
                high = middle;
        }
        uint64_t end = low < count ? sorted[low] : section_size;
        entries[i].bitcode_size = end > entries[i].bitcode_offset ? end - entries[i].bitcode_offset : 0;
    }
    free(sorted);
    return true;
}

static bool section(struct pvg_metallib_bytes file, const uint8_t *field, const char *what, struct pvg_metallib_bytes *out,
                    struct pvg_error *err)
{
    uint64_t offset = load64(field), size = load64(field + 8);

    if (pvg_metallib_slice(file, offset, size, out))
        return true;
    pvg_error_set(err, "%s (%" PRIu64 " bytes at %" PRIu64 ") lies outside the file of %zu bytes", what, size, offset, file.n);
    return false;
}

struct sections {
    struct pvg_metallib_bytes functions, public_metadata, private_metadata, bitcode;
};

static bool read_header(struct pvg_metallib_bytes *file, struct sections *out, struct pvg_error *err)
{
    if (file->n < 88) {
        pvg_error_set(err, "MTLB header needs 88 bytes, the file has %zu", file->n);
        return false;
    }
    uint64_t size = load64(file->p + 0x10);
    if (size < 88 || size > file->n) {
        pvg_error_set(err, "MTLB header states %" PRIu64 " bytes, the file has %zu", size, file->n);
        return false;
    }
    file->n = (size_t)size;

    /* The list's size does not count its own count word. */
    uint64_t list_offset = load64(file->p + 0x18), list_size = load64(file->p + 0x20);
    if (list_size > file->n || !pvg_metallib_slice(*file, list_offset, list_size + 4, &out->functions)) {
        pvg_error_set(err, "function list (%" PRIu64 " bytes at %" PRIu64 ") lies outside the file of %zu bytes", list_size,
                      list_offset, file->n);
        return false;
    }
    return section(*file, file->p + 0x28, "public metadata", &out->public_metadata, err) &&
           section(*file, file->p + 0x38, "private metadata", &out->private_metadata, err) &&
           section(*file, file->p + 0x48, "bitcode", &out->bitcode, err);
}

static int place_function(const struct sections *s, const struct pvg_metallib_place *e, struct pvg_metallib_function *f,
                          struct pvg_error *err)
{
    struct pvg_metallib_bytes bitcode;
    struct pvg_air_span span;
    struct pvg_error reason;

    if (!pvg_metallib_slice(s->bitcode, e->bitcode_offset, e->bitcode_size, &bitcode)) {
        pvg_error_set(err, "function %.128s: bitcode (%" PRIu64 " bytes at %" PRIu64 ") lies outside its section", f->name,
                      e->bitcode_size, e->bitcode_offset);
        return -EINVAL;
    }
    f->bitcode = bitcode.p;
    f->bitcode_size = bitcode.n;
    read_public(s->public_metadata, e->public_offset, f);
    /* Symbol companions describe functions without code (spec 07 section 2.8). */
    if (!bitcode.n)
        return 0;
    if (!pvg_air_bitcode_span(bitcode.p, bitcode.n, &span, &reason)) {
        pvg_error_set(err, "function %.128s: %.256s", f->name, reason.message);
        return -EINVAL;
    }
    return 0;
}

static int parse_mtlb(struct pvg_metallib *lib, struct pvg_metallib_bytes file, struct pvg_error *err)
{
    struct sections s;
    struct pvg_metallib_place *entries = NULL;
    int rc = 0;

    if (!read_header(&file, &s, err))
        return -EINVAL;
    uint32_t count = load32(s.functions.p);
    struct pvg_metallib_bytes in = {s.functions.p + 4, s.functions.n - 4};
    if (count > in.n / 8) {
        pvg_error_set(err, "function list of %zu bytes cannot hold %" PRIu32 " functions", in.n, count);
        return -EINVAL;
    }
    pvg_metallib_read_info(file, &lib->info);
    lib->public_metadata = s.public_metadata;
    lib->private_metadata = s.private_metadata;
    lib->bitcode = s.bitcode;
    lib->functions = calloc(count ? count : 1, sizeof(*lib->functions));
    entries = lib->places = calloc(count ? count : 1, sizeof(*entries));
    if (!lib->functions || !entries)
        rc = -ENOMEM;
    else
        lib->count = count;
    for (uint32_t i = 0; !rc && i < count; i++)
        rc = read_function(&in, &lib->functions[i], &entries[i], err, i) ? 0 : -EINVAL;
    if (!rc && !derive_sizes(entries, count, s.bitcode.n))
        rc = -ENOMEM;
    for (uint32_t i = 0; !rc && i < count; i++)
        rc = place_function(&s, &entries[i], &lib->functions[i], err);
    return rc;
}

/* ---- Outer layers (spec 07 section 2.1) ----------------------------------------------------------------------------------- */

static void clear(struct pvg_metallib *lib)
{
    for (size_t i = 0; i < lib->count; i++) {
        free((void *)lib->functions[i].constants);
        free((void *)lib->functions[i].attributes);
        if (lib->places)
            pvg_bytes_free(&lib->places[i].unknown);
    }
    free(lib->functions);
    free(lib->places);
    lib->functions = NULL;
    lib->places = NULL;
    lib->count = 0;
}

/** Newest AIR that this library reads (spec 07 section 2.13). */
#define NEWEST_AIR (2u << 16 | 9)

static uint32_t highest_air_version(const struct pvg_metallib *lib)
{
    uint32_t version = 0;

    for (size_t i = 0; i < lib->count; i++)
        version = lib->functions[i].air_version > version ? lib->functions[i].air_version : version;
    /* What is newer than this library counts least. */
    return version > NEWEST_AIR ? 0 : version;
}

/* Of several AIR64 slices the one of the highest AIR version that is supported counts; broken ones are passed over while another
 * one is good. */
static int parse_fat(struct pvg_metallib *lib, struct pvg_metallib_bytes file, struct pvg_error *err)
{
    struct pvg_metallib best = {0};
    int rc = -EINVAL;

    if (file.n < 8 || load32_be(file.p + 4) > (file.n - 8) / 20) {
        pvg_error_set(err, "fat header is cut off");
        return -EINVAL;
    }
    uint32_t count = load32_be(file.p + 4);
    pvg_error_set(err, "fat file has no AIR64 slice among %" PRIu32, count);
    for (uint32_t i = 0; i < count && i < MAX_SLICES; i++) {
        const uint8_t *arch = file.p + 8 + 20 * (size_t)i;
        struct pvg_metallib candidate = {0};
        struct pvg_metallib_bytes body;

        if (load32_be(arch) != 0x01000017)
            continue;
        if (!pvg_metallib_slice(file, load32_be(arch + 8), load32_be(arch + 12), &body) || body.n < 4 ||
            memcmp(body.p, "MTLB", 4) != 0) {
            if (rc)
                pvg_error_set(err, "fat slice %" PRIu32 " is no MTLB container inside the file", i);
            continue;
        }
        int slice_rc = parse_mtlb(&candidate, body, rc ? err : NULL);
        if (slice_rc || (!rc && highest_air_version(&candidate) <= highest_air_version(&best))) {
            clear(&candidate);
            continue;
        }
        clear(&best);
        best = candidate;
        rc = 0;
    }
    best.data = lib->data;
    best.size = lib->size;
    *lib = best;
    return rc;
}

int pvg_metallib_list_entries(const void *bitcode, size_t size, struct pvg_bytes *reply, struct pvg_error *err)
{
    struct pvg_air_module m;
    int rc = pvg_air_module_parse(bitcode, size, &m, err);

    if (rc)
        return rc;
    pvg_bytes_put_int(reply, pvg_air_module_version(m.module, "air.version"), 4);
    pvg_bytes_put_int(reply, pvg_air_module_version(m.module, "air.language_version"), 4);
    for (size_t i = 0; i < pvg_air_entry_count(m.module); i++) {
        enum pvg_air_stage stage;
        LLVMValueRef function;
        size_t length;

        if (!pvg_air_entry_at(m.module, i, &stage, &function))
            continue;
        const char *name = LLVMGetValueName2(function, &length);
        pvg_bytes_put_int(reply, (uint64_t)pvg_metallib_type_of_stage(stage), 4);
        pvg_bytes_put_int(reply, length, 4);
        pvg_bytes_put(reply, name, length);
    }
    pvg_air_module_free(&m);
    return 0;
}

/** A guest writes the list; a library has some hundred functions. */
enum { BARE_FUNCTIONS = 1 << 16 };

/* A bare module: one function per entry point, all with the same bitcode. */
static int parse_bare(struct pvg_metallib *lib, struct pvg_metallib_bytes file, struct pvg_error *err)
{
    const struct pvg_bytes request = {.p = (uint8_t *)file.p, .size = file.n};
    struct pvg_bytes reply;
    int rc = pvg_isolated_call(PVG_ISOLATED_LIST, &request, &reply, NULL, err);
    struct pvg_reader r = {.p = reply.p, .left = reply.size};

    if (rc)
        return rc;
    uint32_t air_version = (uint32_t)pvg_reader_int(&r, 4), msl_version = (uint32_t)pvg_reader_int(&r, 4);
    /* A listed function takes eight bytes at least. */
    size_t most = r.left / 8 < BARE_FUNCTIONS ? r.left / 8 : BARE_FUNCTIONS;
    lib->functions = calloc(most + 1, sizeof(*lib->functions));
    if (!lib->functions)
        rc = -ENOMEM;
    while (!rc && r.left && !r.bad) {
        if (lib->count == BARE_FUNCTIONS) {
            pvg_error_set(err, "a bare module with more than %u entry points", (unsigned)BARE_FUNCTIONS);
            rc = -EINVAL;
            break;
        }
        struct pvg_metallib_function *f = &lib->functions[lib->count];

        f->type = (int)pvg_reader_int(&r, 4);
        f->name = pvg_reader_string(&r);
        if (!f->name)
            break;
        f->tessellation = f->layer_type = -1;
        f->source_offset = f->reflection_offset = -1;
        f->bitcode = file.p;
        f->bitcode_size = file.n;
        f->air_version = air_version;
        f->msl_version = msl_version;
        lib->count++;
    }
    if (!rc && r.bad)
        rc = -ENOMEM;
    pvg_bytes_free(&reply);
    return rc;
}

static bool is_bare(const struct pvg_metallib *lib)
{
    return lib->size >= 4 && (load32(lib->data) == 0x0B17C0DE || load32(lib->data) == 0xDEC04342);
}

int pvg_metallib_open(const void *data, size_t size, struct pvg_metallib **out, struct pvg_error *err)
{
    struct pvg_metallib *lib;
    int rc = -EINVAL;

    *out = NULL;
    if (size < 4) {
        pvg_error_set(err, "container of %zu bytes is too short", size);
        return -EINVAL;
    }
    lib = calloc(1, sizeof(*lib));
    if (lib)
        lib->data = malloc(size);
    if (!lib || !lib->data) {
        free(lib);
        return -ENOMEM;
    }
    memcpy(lib->data, data, size);
    lib->size = size;

    struct pvg_metallib_bytes file = {lib->data, size};
    uint32_t magic = load32_be(lib->data);
    if (memcmp(lib->data, "MTLB", 4) == 0)
        rc = parse_mtlb(lib, file, err);
    else if (magic == 0xCAFEBABE || magic == 0xCBFEBABE)
        rc = parse_fat(lib, file, err);
    else if (is_bare(lib))
        rc = parse_bare(lib, file, err);
    else
        pvg_error_set(err, "container starts with 0x%08" PRIx32 ", expected MTLB, a fat file or bitcode", magic);
    if (rc) {
        pvg_metallib_close(lib);
        return rc;
    }
    *out = lib;
    return 0;
}

void pvg_metallib_close(struct pvg_metallib *lib)
{
    if (!lib)
        return;
    if (is_bare(lib)) {
        for (size_t i = 0; i < lib->count; i++)
            free((void *)lib->functions[i].name);
    }
    clear(lib);
    free(lib->data);
    free(lib);
}

size_t pvg_metallib_function_count(const struct pvg_metallib *lib)
{
    return lib->count;
}

const struct pvg_metallib_function *pvg_metallib_function_at(const struct pvg_metallib *lib, size_t index)
{
    return index < lib->count ? &lib->functions[index] : NULL;
}

const struct pvg_metallib_info *pvg_metallib_info(const struct pvg_metallib *lib)
{
    return &lib->info;
}
