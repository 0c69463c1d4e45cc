/* SPDX-License-Identifier: MIT */
/*
 * Words of the text are replaced by words of the same kind, from elsewhere in the text or from a list, and lines are moved, doubled
 * and dropped. Random bytes would hardly ever give a module that gets past the parser.
 */
#include "fuzz/air_text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static uint32_t state;

static uint32_t next(void)
{
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

/* ---- Words ---------------------------------------------------------------------------------------------------------------- */

enum kind { NUMBER, STRING, METADATA, VALUE, GLOBAL, TYPE, OPERATION, OTHER };

struct word {
    size_t at, length;
    enum kind kind;
};

static const char *const numbers[] = {"0",          "1",
                                      "2",          "3",
                                      "4",          "5",
                                      "7",          "8",
                                      "15",         "16",
                                      "30",         "31",
                                      "32",         "33",
                                      "63",         "64",
                                      "65",         "127",
                                      "128",        "129",
                                      "255",        "256",
                                      "257",        "-1",
                                      "-2",         "65535",
                                      "65536",      "2147483647",
                                      "4294967295", "-2147483648",
                                      "12",         "24",
                                      "48",         "100",
                                      "10000",      "undef",
                                      "1000000000", "9223372036854775807"};
static const char *const types[] = {"i1",          "i8",          "i16",         "i32",         "i64",          "half",
                                    "float",       "double",      "<2 x float>", "<3 x float>", "<4 x float>",  "<2 x i32>",
                                    "<4 x i32>",   "<3 x i16>",   "<4 x half>",  "<4 x i8>",    "ptr",          "[4 x float]",
                                    "<8 x i1>",    "i128",        "i24",         "bfloat",      "<16 x float>", "{ float, i32 }",
                                    "[0 x i32]",   "<1 x float>", "<64 x i8>",   "i2",          "void",         "ptr addrspace(2)",
                                    "[65536 x i8]"};
static const char *const operations[] = {"add",
                                         "sub",
                                         "mul",
                                         "udiv",
                                         "sdiv",
                                         "urem",
                                         "srem",
                                         "shl",
                                         "lshr",
                                         "ashr",
                                         "and",
                                         "or",
                                         "xor",
                                         "fadd",
                                         "fsub",
                                         "fmul",
                                         "fdiv",
                                         "frem",
                                         "fneg",
                                         "zext",
                                         "sext",
                                         "trunc",
                                         "fptrunc",
                                         "fpext",
                                         "sitofp",
                                         "uitofp",
                                         "fptosi",
                                         "fptoui",
                                         "bitcast",
                                         "ptrtoint",
                                         "inttoptr",
                                         "addrspacecast",
                                         "icmp",
                                         "fcmp",
                                         "select",
                                         "eq",
                                         "ne",
                                         "slt",
                                         "ult",
                                         "oeq",
                                         "une",
                                         "uno",
                                         "ord",
                                         "load",
                                         "store",
                                         "freeze",
                                         "extractelement",
                                         "insertelement",
                                         "shufflevector",
                                         "extractvalue",
                                         "insertvalue",
                                         "getelementptr",
                                         "phi",
                                         "br",
                                         "switch",
                                         "ret",
                                         "unreachable",
                                         "undef",
                                         "poison",
                                         "null",
                                         "zeroinitializer",
                                         "true",
                                         "false",
                                         "fast",
                                         "nnan",
                                         "exact",
                                         "nuw",
                                         "volatile",
                                         "inbounds"};
static const char *const strings[] = {"air.position",
                                      "air.vertex_id",
                                      "air.instance_id",
                                      "air.buffer",
                                      "air.indirect_buffer",
                                      "air.texture",
                                      "air.sampler",
                                      "air.vertex_input",
                                      "air.vertex_output",
                                      "air.fragment_input",
                                      "air.render_target",
                                      "air.depth",
                                      "air.stencil",
                                      "air.sample_mask",
                                      "air.thread_position_in_grid",
                                      "air.thread_index_in_threadgroup",
                                      "air.threads_per_threadgroup",
                                      "air.location_index",
                                      "air.arg_type_name",
                                      "air.arg_name",
                                      "air.read",
                                      "air.write",
                                      "air.read_write",
                                      "air.sample",
                                      "air.address_space",
                                      "air.struct_type_info",
                                      "air.arg_type_size",
                                      "air.arg_type_align_size",
                                      "air.buffer_size",
                                      "air.front_facing",
                                      "air.point_size",
                                      "air.clip_distance",
                                      "air.viewport_array_index",
                                      "air.render_target_array_index",
                                      "air.flat",
                                      "air.perspective",
                                      "air.centroid",
                                      "air.patch",
                                      "air.patch_control_point_input",
                                      "air.control_point_input",
                                      "air.position_in_patch",
                                      "air.mesh",
                                      "air.payload",
                                      "air.imageblock",
                                      "air.color",
                                      "air.sample_id",
                                      "air.amplification_id",
                                      "air.barycentric_coord",
                                      "air.visible_function_table",
                                      "air.primitive_acceleration_structure",
                                      "air.max_work_group_size",
                                      "air.function_constant",
                                      "air.early_fragment_tests",
                                      "float",
                                      "float4",
                                      "half4",
                                      "uint",
                                      "uint3",
                                      "int2",
                                      "texture2d<float, sample>",
                                      "texture3d<half, read_write>",
                                      "texture_buffer<uint, write>",
                                      "depthcube_array<float, sample>",
                                      "texture2d_ms_array<int, read>",
                                      "array<texture2d<half>, 128>",
                                      "sampler",
                                      "texture2d<",
                                      "",
                                      "user(locn0)",
                                      "generated(2uvDv2_f)",
                                      "bool",
                                      "device T*",
                                      "char[4096]"};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool word_char(uint8_t c)
{
    return isalnum(c) || c == '_' || c == '.' || c == '-';
}

static bool among(const uint8_t *p, size_t n, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i]) == n && memcmp(p, list[i], n) == 0)
            return true;
    return false;
}

static enum kind kind_of(const uint8_t *p, size_t n)
{
    if (p[0] == '"')
        return STRING;
    if (p[0] == '!')
        return METADATA;
    if (p[0] == '%')
        return VALUE;
    if (p[0] == '@')
        return GLOBAL;
    if (isdigit(p[0]) || (p[0] == '-' && n > 1))
        return NUMBER;
    if (p[0] == '<' || among(p, n, types, COUNT(types)))
        return TYPE;
    return among(p, n, operations, COUNT(operations)) ? OPERATION : OTHER;
}

/* The first word at or after `at`. @return false: none. */
static bool word_at(const uint8_t *text, size_t size, size_t at, struct word *w)
{
    /* Back to the start of the word that `at` is in; strings are left out of that. */
    while (at > 0 && at < size && word_char(text[at]) && word_char(text[at - 1]))
        at--;
    if (at > 0 && at < size && word_char(text[at]) && strchr("%@!", text[at - 1]))
        at--;
    for (; at < size; at++) {
        size_t end = at + 1;
        if (text[at] == '"') {
            while (end < size && text[end] != '"' && text[end] != '\n')
                end++;
            end += end < size;
        } else if (strchr("%@!", text[at]) && text[at] && at + 1 < size && (word_char(text[at + 1]) || text[at + 1] == '"')) {
            while (end < size && word_char(text[end]))
                end++;
            if (text[end - 1] == '!' && end < size && text[end] == '"')
                continue; /* Metadata strings are replaced as strings. */
        } else if (text[at] == '<') {
            while (end < size && text[end] != '>' && text[end] != '\n' && end - at < 24)
                end++;
            if (end >= size || text[end] != '>')
                continue;
            end++;
        } else if (word_char(text[at])) {
            while (end < size && word_char(text[end]))
                end++;
        } else {
            continue;
        }
        *w = (struct word){at, end - at, kind_of(text + at, end - at)};
        return true;
    }
    return false;
}

static size_t replace(uint8_t *text, size_t size, size_t room, size_t at, size_t length, const void *with, size_t n)
{
    if (size - length + n > room)
        return size;
    memmove(text + at + n, text + at + length, size - at - length);
    memcpy(text + at, with, n);
    return size - length + n;
}

static bool listed(enum kind kind, char out[96])
{
    const char *s;

    switch (kind) {
    case NUMBER:
        s = numbers[next() % COUNT(numbers)];
        break;
    case TYPE:
        s = types[next() % COUNT(types)];
        break;
    case OPERATION:
        s = operations[next() % COUNT(operations)];
        break;
    case STRING:
        snprintf(out, 96, "\"%s\"", strings[next() % COUNT(strings)]);
        return true;
    default:
        return false;
    }
    snprintf(out, 96, "%s", s);
    return true;
}

static size_t change_word(uint8_t *text, size_t size, size_t room)
{
    struct word w, other;
    char word[96];

    if (!word_at(text, size, next() % size, &w))
        return size;
    if (next() % 2 && listed(w.kind, word))
        return replace(text, size, room, w.at, w.length, word, strlen(word));
    for (unsigned i = 0; i < 64; i++) {
        if (!word_at(text, size, next() % size, &other) || other.kind != w.kind || other.length >= sizeof(word) ||
            (other.length == w.length && memcmp(text + other.at, text + w.at, w.length) == 0))
            continue;
        memcpy(word, text + other.at, other.length);
        return replace(text, size, room, w.at, w.length, word, other.length);
    }
    return size;
}

/* ---- All uses of a word --------------------------------------------------------------------------------------------------- */

/* A called function gets another name, or a type another size, everywhere: types then still agree. */
static size_t rename_all(uint8_t *text, size_t size, size_t room)
{
    struct word w;
    char from[96], to[96];
    size_t length;

    if (!word_at(text, size, next() % size, &w) || w.length >= sizeof(from) || (w.kind != GLOBAL && w.kind != TYPE))
        return size;
    memcpy(from, text + w.at, w.length);
    length = w.length;
    if (w.kind == TYPE) {
        listed(TYPE, to);
    } else {
        struct word other;
        if (!word_at(text, size, next() % size, &other) || other.kind != GLOBAL || other.length >= sizeof(to))
            return size;
        memcpy(to, text + other.at, other.length);
        to[other.length] = 0;
    }
    for (size_t at = 0; at + length <= size;) {
        bool whole = memcmp(text + at, from, length) == 0 && (at + length == size || !word_char(text[at + length])) &&
                     (at == 0 || !word_char(text[at - 1]) || !word_char((uint8_t)from[0]));
        if (!whole) {
            at++;
            continue;
        }
        size_t before = size;
        size = replace(text, size, room, at, length, to, strlen(to));
        at += size == before && strlen(to) != length ? length : strlen(to);
    }
    return size;
}

/* ---- Lines ---------------------------------------------------------------------------------------------------------------- */

static struct word line_at(const uint8_t *text, size_t size, size_t at)
{
    size_t start = at, end = at;

    while (start > 0 && text[start - 1] != '\n')
        start--;
    while (end < size && text[end] != '\n')
        end++;
    return (struct word){start, end + (end < size) - start, OTHER};
}

static size_t change_lines(uint8_t *text, size_t size, size_t room)
{
    struct word a = line_at(text, size, next() % size);
    uint8_t copy[1024];

    if (a.length >= sizeof(copy))
        return size;
    memcpy(copy, text + a.at, a.length);
    switch (next() % 3) {
    case 0:
        return replace(text, size, room, a.at, a.length, "", 0);
    case 1:
        return replace(text, size, room, a.at + a.length, 0, copy, a.length);
    default:
        size = replace(text, size, room, a.at, a.length, "", 0);
        if (!size)
            return size;
        return replace(text, size, room, line_at(text, size, next() % size).at, 0, copy, a.length);
    }
}

size_t fuzz_air_mutate(uint8_t *text, size_t size, size_t room, uint32_t seed)
{
    unsigned edits;

    state = seed;
    edits = 1 + next() % 3;
    for (unsigned i = 0; i < edits && size; i++) {
        unsigned what = next() % 16;
        if (what == 0)
            size = change_lines(text, size, room);
        else if (what < 3)
            size = rename_all(text, size, room);
        else
            size = change_word(text, size, room);
    }
    return size;
}
