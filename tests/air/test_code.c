/* SPDX-License-Identifier: MIT */
/** @file Length of generated code: instructions that patterns of AIR take, and that shorter forms do not change what they name. */
#include "air/remote.h"
#include "tests/air/shaders.h"

#include <setjmp.h>
#include <spirv/unified1/spirv.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KERNEL(arguments, body)                                                                                                    \
    AIR_HEADER "%pair = type { float, <2 x float> }\n"                                                                             \
               "define void @k(" arguments ", i32 %id) {\n" body "  ret void\n}\n"                                                 \
               "!air.kernel = !{!0}\n!0 = !{ptr @k, !1, !2}\n!1 = !{}\n"

#define BUFFER(argument, index)                                                                                                    \
    "{i32 " argument ", !\"air.buffer\", !\"air.location_index\", i32 " index                                                      \
    ", i32 1, !\"air.read_write\", !\"air.address_space\", i32 1}\n"

#define ONE_BUFFER                                                                                                                 \
    "!2 = !{!3, !4}\n!3 = !" BUFFER("0", "0") "!4 = !{i32 1, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", "           \
                                              "!\"uint\"}\n"

static struct pvg_air_shader *translate_with(const char *text, const struct pvg_air_options *o)
{
    uint8_t *bitcode;
    size_t size;
    struct pvg_error err = {{0}};
    struct pvg_air_shader *s = NULL;
    if (pvg_air_assemble(text, strlen(text), &bitcode, &size, &err) || pvg_air_translate_here(bitcode, size, NULL, o, &s, &err))
        fail_msg("%s", err.message);
    free(bitcode);
    return s;
}

static struct pvg_air_shader *translate(const char *text, enum pvg_air_robustness robustness, uint32_t lacking)
{
    const struct pvg_air_options o = {.size = sizeof o, .available = ~lacking, .robustness = robustness};
    return translate_with(text, &o);
}

static unsigned count(const struct pvg_air_shader *s, SpvOp op)
{
    unsigned n = 0;
    for (size_t i = 5; i < s->word_count; i += s->words[i] >> 16)
        n += (s->words[i] & 0xFFFF) == (uint32_t)op;
    return n;
}

/** The only instruction of its kind. */
static const uint32_t *only(const struct pvg_air_shader *s, SpvOp op)
{
    const uint32_t *found = NULL;
    assert_int_equal(count(s, op), 1);
    for (size_t i = 5; i < s->word_count; i += s->words[i] >> 16)
        if ((s->words[i] & 0xFFFF) == (uint32_t)op)
            found = s->words + i;
    return found;
}

/** Value of a decoration of an id, UINT32_MAX if it has none. */
static uint32_t decoration(const struct pvg_air_shader *s, uint32_t id, SpvDecoration d)
{
    for (size_t i = 5; i < s->word_count; i += s->words[i] >> 16)
        if ((s->words[i] & 0xFFFF) == SpvOpDecorate && s->words[i + 1] == id && s->words[i + 2] == (uint32_t)d)
            return s->words[i + 3];
    return UINT32_MAX;
}

/** Instruction that makes an id; all that the tests look at have a type. */
static const uint32_t *made_by(const struct pvg_air_shader *s, uint32_t id)
{
    for (size_t i = 5; i < s->word_count; i += s->words[i] >> 16)
        if (s->words[i] >> 16 > 2 && s->words[i + 2] == id && (s->words[i] & 0xFFFF) == SpvOpCompositeExtract)
            return s->words + i;
    return NULL;
}

/* ---- Buffer memory --------------------------------------------------------------------------------------------------------- */

static const char element_text[] =
    KERNEL("ptr addrspace(1) %b", "  %i = zext i32 %id to i64\n  %p = getelementptr float, ptr addrspace(1) %b, i64 %i\n"
                                  "  %v = load float, ptr addrspace(1) %p\n  %w = fadd float %v, %v\n"
                                  "  store float %w, ptr addrspace(1) %p\n") ONE_BUFFER;

/** An element is one step from the pointer that the table holds; no arithmetic on addresses is left. */
static void element_is_one_chain(void **state)
{
    (void)state;
    struct pvg_air_shader *s = translate(element_text, PVG_AIR_ROBUST_NONE, 0);
    const uint32_t *chain = only(s, SpvOpPtrAccessChain), *table = made_by(s, chain[3]);
    assert_int_equal(chain[0] >> 16, 5);
    assert_non_null(table);
    assert_int_equal(decoration(s, table[1], SpvDecorationArrayStride), 4);
    assert_int_equal(count(s, SpvOpConvertUToPtr), 0);
    assert_int_equal(count(s, SpvOpShiftLeftLogical), 0);
    pvg_air_shader_free(s);
}

/** With bounds checks its number is compared with that of the table; nothing else is computed. */
static void checked_element(void **state)
{
    (void)state;
    struct pvg_air_shader *s = translate(element_text, PVG_AIR_ROBUST_BUFFERS, 0);
    only(s, SpvOpPtrAccessChain);
    assert_int_equal(count(s, SpvOpULessThan), 1);
    assert_int_equal(count(s, SpvOpConvertUToPtr), 0);
    assert_int_equal(count(s, SpvOpIAdd), count(s, SpvOpISub));
    pvg_air_shader_free(s);
}

/** An unsigned index is taken as it is where no buffer reaches numbers that look negative: not of bytes, nor behind other places.
 */
static void unsigned_indices(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned conversions;
    } cases[] = {
        {KERNEL("ptr addrspace(1) %b", "  %i = zext i32 %id to i64\n  %p = getelementptr i16, ptr addrspace(1) %b, i64 %i\n"
                                       "  store i16 1, ptr addrspace(1) %p\n") ONE_BUFFER,
         0},
        {KERNEL("ptr addrspace(1) %b", "  %i = zext i32 %id to i64\n  %p = getelementptr i8, ptr addrspace(1) %b, i64 %i\n"
                                       "  store i8 1, ptr addrspace(1) %p\n") ONE_BUFFER,
         1},
        {KERNEL("ptr addrspace(1) %b", "  %i = zext i32 %id to i64\n  %o = load i64, ptr addrspace(1) %b\n"
                                       "  %f = getelementptr i16, ptr addrspace(1) %b, i64 %o\n"
                                       "  %p = getelementptr i16, ptr addrspace(1) %f, i64 %i\n"
                                       "  store i16 1, ptr addrspace(1) %p\n") ONE_BUFFER,
         1},
        {KERNEL("ptr addrspace(1) %b", "  %i = zext i32 %id to i64\n  %p = getelementptr i16, ptr addrspace(1) %b, i64 %i\n"
                                       "  %q = getelementptr i16, ptr addrspace(1) %p, i64 -1\n"
                                       "  store i16 1, ptr addrspace(1) %q\n") ONE_BUFFER,
         1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int robust = 0; robust < 2; robust++) {
            struct pvg_air_shader *s = translate(cases[i].text, robust ? PVG_AIR_ROBUST_BUFFERS : PVG_AIR_ROBUST_NONE, 0);
            if (count(s, SpvOpUConvert) != cases[i].conversions)
                fail_msg("index %zu: %u conversions", i, count(s, SpvOpUConvert));
            pvg_air_shader_free(s);
        }
    }
}

/** A row and a column are one number of a record, and one comparison. */
static void checked_rows(void **state)
{
    (void)state;
    static const char text[] =
        KERNEL("ptr addrspace(1) %b", "  %i = sext i32 %id to i64\n  %r = getelementptr [8 x float], ptr addrspace(1) %b, i64 %i\n"
                                      "  %c = load i64, ptr addrspace(1) %b\n"
                                      "  %p = getelementptr [8 x float], ptr addrspace(1) %r, i64 0, i64 %c\n"
                                      "  store float 1.0, ptr addrspace(1) %p\n") ONE_BUFFER;
    struct pvg_air_shader *s = translate(text, PVG_AIR_ROBUST_BUFFERS, 0);
    const uint32_t *chain = only(s, SpvOpPtrAccessChain);
    assert_int_equal(decoration(s, made_by(s, chain[3])[1], SpvDecorationArrayStride), 4);
    only(s, SpvOpULessThan);
    only(s, SpvOpIAdd);
    assert_int_equal(count(s, SpvOpConvertUToPtr), 0);
    pvg_air_shader_free(s);
}

/** Atomic operations take the same pointers as loads and stores; what they found outside of the buffer is 0, if anyone asks. */
static void atomics_on_chains(void **state)
{
    (void)state;
    static const char text[] =
        KERNEL("ptr addrspace(1) %b",
               "  %i = zext i32 %id to i64\n  %p = getelementptr i32, ptr addrspace(1) %b, i64 %i\n"
               "  %v = call i32 @air.atomic.global.add.u.i32(ptr addrspace(1) %p, i32 1, i32 0, i32 2, i1 true)\n"
               "  %w = call i32 @air.atomic.global.add.u.i32(ptr addrspace(1) %b, i32 1, i32 0, i32 2, i1 true)\n") ONE_BUFFER
        "declare i32 @air.atomic.global.add.u.i32(ptr addrspace(1), i32, i32, i32, i1)\n";
    struct pvg_air_shader *s = translate(text, PVG_AIR_ROBUST_BUFFERS, 0);
    assert_int_equal(count(s, SpvOpAtomicIAdd), 2);
    only(s, SpvOpPtrAccessChain);
    only(s, SpvOpULessThan);
    only(s, SpvOpSelect);
    assert_int_equal(count(s, SpvOpConvertUToPtr), 0);
    pvg_air_shader_free(s);
}

/** The guard of the grid is in the form for grids that cut threadgroups off, and in no other. */
static void guard_on_demand(void **state)
{
    (void)state;
    for (int clipped = 0; clipped < 2; clipped++) {
        const struct pvg_air_options o = {
            .size = sizeof o, .available = UINT32_MAX, .variant = clipped ? PVG_AIR_VARIANT_CLIPPED : 0};
        struct pvg_air_shader *s = translate_with(element_text, &o);
        assert_true(s->reflection.independent);
        assert_int_equal(count(s, SpvOpUGreaterThanEqual), clipped);
        assert_int_equal(count(s, SpvOpReturn), 1 + clipped);
        pvg_air_shader_free(s);
    }
}

/** Devices without narrow types get addresses. */
static void addresses_where_needed(void **state)
{
    (void)state;
    struct pvg_air_shader *s = translate(element_text, PVG_AIR_ROBUST_NONE, PVG_AIR_NEED_INT8 | PVG_AIR_NEED_STORAGE8);
    assert_int_equal(count(s, SpvOpPtrAccessChain), 0);
    pvg_air_shader_free(s);
}

/** A field of a record behind a constant number of records, and a signed index. */
static void field_of_record(void **state)
{
    (void)state;
    static const char text[] =
        KERNEL("ptr addrspace(1) %b", "  %i = sext i32 %id to i64\n  %p = getelementptr %pair, ptr addrspace(1) %b, i64 %i\n"
                                      "  %q = getelementptr %pair, ptr addrspace(1) %p, i64 0, i32 1\n"
                                      "  %v = load <2 x float>, ptr addrspace(1) %q\n  %x = extractelement <2 x float> %v, i32 1\n"
                                      "  store float %x, ptr addrspace(1) %p\n") ONE_BUFFER;
    struct pvg_air_shader *s = translate(text, PVG_AIR_ROBUST_NONE, 0);
    unsigned chains = 0;
    for (size_t i = 5; i < s->word_count; i += s->words[i] >> 16) {
        const uint32_t *w = s->words + i;
        if ((w[0] & 0xFFFF) != SpvOpPtrAccessChain)
            continue;
        chains++;
        assert_int_equal(w[0] >> 16, 6);
        assert_int_equal(decoration(s, made_by(s, w[3])[1], SpvDecorationArrayStride), 16);
    }
    assert_int_equal(chains, 2);
    assert_int_equal(count(s, SpvOpSConvert), 0);
    pvg_air_shader_free(s);
}

/** Words and their halves: two views of one pointer. What lies before a record is in another one. */
static void overlapping_members(void **state)
{
    (void)state;
    static const char text[] =
        KERNEL("ptr addrspace(1) %b", "  %p = getelementptr i64, ptr addrspace(1) %b, i32 %id\n"
                                      "  %v = load i32, ptr addrspace(1) %p\n"
                                      "  %h = getelementptr i16, ptr addrspace(1) %p, i64 1\n  %w = load i16, ptr addrspace(1) %h\n"
                                      "  %z = zext i16 %w to i32\n  %s = add i32 %v, %z\n"
                                      "  %m = getelementptr i32, ptr addrspace(1) %p, i64 -1\n"
                                      "  store i32 %s, ptr addrspace(1) %m\n") ONE_BUFFER;
    struct pvg_air_shader *s = translate(text, PVG_AIR_ROBUST_NONE, 0);
    unsigned views = 0, fields = 0;
    for (size_t i = 5; i < s->word_count; i += s->words[i] >> 16) {
        const uint32_t *w = s->words + i;
        views += (w[0] & 0xFFFF) == SpvOpPtrAccessChain;
        fields += (w[0] & 0xFFFF) == SpvOpPtrAccessChain && w[0] >> 16 == 6;
    }
    assert_int_equal(views, 3);
    assert_int_equal(fields, 2); /* The half at 2 and the word at 4; the word at 0 is alone. */
    assert_int_equal(count(s, SpvOpBitcast), 1);
    assert_int_equal(count(s, SpvOpConvertUToPtr), 0);
    pvg_air_shader_free(s);
}

/* ---- Numbers --------------------------------------------------------------------------------------------------------------- */

static void division_is_guarded_once(void **state)
{
    (void)state;
    static const char text[] = KERNEL("ptr addrspace(1) %b", "  %v = load i32, ptr addrspace(1) %b\n  %d = udiv i32 7, %v\n"
                                                             "  store i32 %d, ptr addrspace(1) %b\n") ONE_BUFFER;
    static const char without[] = KERNEL("ptr addrspace(1) %b", "  store i32 7, ptr addrspace(1) %b\n") ONE_BUFFER;
    struct pvg_air_shader *s = translate(text, PVG_AIR_ROBUST_NONE, 0), *t = translate(without, PVG_AIR_ROBUST_NONE, 0);
    assert_int_equal(count(s, SpvOpUDiv), count(t, SpvOpUDiv) + 1);
    assert_int_equal(count(s, SpvOpExtInst), count(t, SpvOpExtInst) + 1);
    assert_int_equal(count(s, SpvOpSelect), count(t, SpvOpSelect));
    pvg_air_shader_free(t);
    pvg_air_shader_free(s);
}

/** Of the two tests of a signed divisor one is a comparison of the divisor, the other one both numbers. */
static void signed_division(void **state)
{
    (void)state;
    static const char text[] = KERNEL("ptr addrspace(1) %b", "  %v = load i32, ptr addrspace(1) %b\n  %d = sdiv i32 %id, %v\n"
                                                             "  store i32 %d, ptr addrspace(1) %b\n") ONE_BUFFER;
    struct pvg_air_shader *s = translate(text, PVG_AIR_ROBUST_NONE, 0);
    assert_int_equal(count(s, SpvOpSDiv), 1);
    assert_int_equal(count(s, SpvOpExtInst), 1);
    assert_int_equal(count(s, SpvOpSelect), 1);
    assert_int_equal(count(s, SpvOpIEqual), 2);
    assert_int_equal(count(s, SpvOpLogicalOr), 0);
    pvg_air_shader_free(s);
}

#define NARROWED(shift, extension)                                                                                                 \
    KERNEL("ptr addrspace(1) %b", "  %v = load i32, ptr addrspace(1) %b\n  %s = lshr i32 %v, " shift "\n"                          \
                                  "  %t = trunc i32 %s to i16\n  %w = " extension " i16 %t to i32\n"                               \
                                  "  store i32 %w, ptr addrspace(1) %b\n")                                                         \
    ONE_BUFFER

/** A number that fits into fewer bits is not changed by a way through them; its sign might be. */
static void narrow_and_back(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned conversions;
    } cases[] = {
        {NARROWED("16", "zext"), 0}, {NARROWED("15", "zext"), 2}, {NARROWED("16", "sext"), 2}, {NARROWED("31", "zext"), 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pvg_air_shader *s = translate(cases[i].text, PVG_AIR_ROBUST_NONE, 0);
        if (count(s, SpvOpUConvert) + count(s, SpvOpSConvert) != cases[i].conversions)
            fail_msg("case %zu: %u conversions", i, count(s, SpvOpUConvert) + count(s, SpvOpSConvert));
        pvg_air_shader_free(s);
    }
}

static const char vectors_text[] =
    KERNEL("ptr addrspace(1) %b",
           "  %v = load <4 x float>, ptr addrspace(1) %b, align 16\n  %x = extractelement <4 x float> %v, i32 3\n"
           "  %s0 = insertelement <3 x float> undef, float %x, i32 0\n"
           "  %s = shufflevector <3 x float> %s0, <3 x float> undef, <3 x i32> zeroinitializer\n"
           "  %a = shufflevector <4 x float> %v, <4 x float> undef, <3 x i32> <i32 0, i32 1, i32 2>\n"
           "  %m = fmul fast <3 x float> %a, %s\n"
           "  %w = shufflevector <3 x float> %m, <3 x float> undef, <4 x i32> <i32 0, i32 1, i32 2, i32 poison>\n"
           "  %r = shufflevector <4 x float> %w, <4 x float> %v, <4 x i32> <i32 0, i32 1, i32 2, i32 7>\n"
           "  store <4 x float> %r, ptr addrspace(1) %b, align 16\n"
           "  %q = getelementptr <4 x float>, ptr addrspace(1) %b, i32 1\n  %t = insertelement <4 x float> %w, float 1.0, i32 3\n"
           "  store <4 x float> %t, ptr addrspace(1) %q, align 16\n") ONE_BUFFER;

/** Products by a splat, shuffles of shuffles, a component behind a shorter vector: one instruction each. */
static void vectors_are_not_widened(void **state)
{
    (void)state;
    struct pvg_air_shader *s = translate(vectors_text, PVG_AIR_ROBUST_NONE, 0);
    const uint32_t *times = only(s, SpvOpVectorTimesScalar);
    assert_int_equal(count(s, SpvOpFMul), 0);
    assert_int_equal(count(s, SpvOpVectorShuffle), 2);
    assert_int_equal(count(s, SpvOpCompositeInsert), 0);
    unsigned extended = 0;
    for (size_t i = 5; i < s->word_count; i += s->words[i] >> 16) {
        const uint32_t *w = s->words + i;
        extended += (w[0] & 0xFFFF) == SpvOpCompositeConstruct && w[0] >> 16 == 5 && w[3] == times[2];
        if ((w[0] & 0xFFFF) != SpvOpVectorShuffle || w[0] >> 16 != 9)
            continue;
        assert_int_equal(w[3], times[2]);
        assert_int_equal(w[8], 3 + 3);
    }
    assert_int_equal(extended, 1);
    pvg_air_shader_free(s);
}

static const char lanes_text[] =
    KERNEL("ptr addrspace(1) %b",
           "  %v = load <4 x float>, ptr addrspace(1) %b, align 16\n  %x = extractelement <4 x float> %v, i32 0\n"
           "  %f = fadd float %x, 0.5\n  %i = insertelement <4 x float> undef, float %f, i32 1\n"
           "  %r = shufflevector <4 x float> %i, <4 x float> %v, <4 x i32> <i32 4, i32 1, i32 6, i32 7>\n"
           "  store <4 x float> %r, ptr addrspace(1) %b, align 16\n"
           "  %s = shufflevector <4 x float> %v, <4 x float> undef, <4 x i32> <i32 2, i32 1, i32 poison, i32 poison>\n"
           "  %s1 = insertelement <4 x float> %s, float 0.25, i32 2\n  %s2 = insertelement <4 x float> %s1, float 1.0, i32 3\n"
           "  %q = getelementptr <4 x float>, ptr addrspace(1) %b, i32 1\n"
           "  store <4 x float> %s2, ptr addrspace(1) %q, align 16\n") ONE_BUFFER;

/** A component set in a copy of a vector, and components beside constants: one instruction each, whatever steps AIR takes. */
static void vectors_in_one_step(void **state)
{
    (void)state;
    struct pvg_air_shader *s = translate(lanes_text, PVG_AIR_ROBUST_NONE, 0);
    const uint32_t *insert = only(s, SpvOpCompositeInsert), *shuffle = only(s, SpvOpVectorShuffle), *sum = only(s, SpvOpFAdd);
    assert_int_equal(insert[3], sum[2]);
    assert_int_equal(insert[5], 1);
    assert_int_equal(shuffle[3], insert[4]); /* What is loaded. */
    const uint32_t lanes[] = {2, 1, 4, 5};
    assert_memory_equal(shuffle + 5, lanes, sizeof lanes);
    assert_int_equal(count(s, SpvOpCompositeConstruct), 0);
    pvg_air_shader_free(s);
}

static const char three_text[] =
    KERNEL("ptr addrspace(1) %b",
           "  %v = load <4 x float>, ptr addrspace(1) %b, align 16\n  %x = extractelement <4 x float> %v, i32 2\n"
           "  %w = fmul <4 x float> %v, %v\n  %y = extractelement <4 x float> %w, i32 2\n"
           "  %u = fadd <4 x float> %w, %v\n  %z = extractelement <4 x float> %u, i32 2\n"
           "  %i = insertelement <4 x float> undef, float %x, i32 0\n  %j = insertelement <4 x float> %i, float %y, i32 1\n"
           "  %k = insertelement <4 x float> %j, float %z, i32 2\n  %l = insertelement <4 x float> %k, float %x, i32 3\n"
           "  store <4 x float> %l, ptr addrspace(1) %b, align 16\n") ONE_BUFFER;

/** Components of three vectors do not fit one shuffle. */
static void vector_of_three(void **state)
{
    (void)state;
    struct pvg_air_shader *s = translate(three_text, PVG_AIR_ROBUST_NONE, 0);
    assert_int_equal(count(s, SpvOpVectorShuffle), 0);
    assert_int_equal(count(s, SpvOpCompositeInsert), 0);
    const uint32_t *made = only(s, SpvOpCompositeConstruct);
    for (unsigned k = 0; k < 4; k++) {
        const uint32_t *part = made_by(s, made[3 + k]);
        assert_non_null(part);
        assert_int_equal(part[4], 2);
    }
    assert_int_equal(made[3], made[6]);
    pvg_air_shader_free(s);
}

/** A kernel that turns two components of a vector into numbers one by one; `more` uses one of the results again. */
#define TWO_CONVERSIONS(more)                                                                                                      \
    KERNEL("ptr addrspace(1) %b",                                                                                                  \
           "  %v = load <2 x i32>, ptr addrspace(1) %b, align 8\n  %x = extractelement <2 x i32> %v, i32 0\n"                      \
           "  %y = extractelement <2 x i32> %v, i32 1\n  %f = call float @air.convert.f.f32.u.i32(i32 %x)\n"                       \
           "  %g = call float @air.convert.f.f32.u.i32(i32 %y)\n  %i = insertelement <2 x float> undef, float %f, i32 0\n"         \
           "  %j = insertelement <2 x float> %i, float %g, i32 1\n  store <2 x float> %j, ptr addrspace(1) %b, align 8\n" more)    \
    ONE_BUFFER "declare float @air.convert.f.f32.u.i32(i32)\n"

/** One operation on a vector, unless a component's result is needed besides. */
static void operations_on_vectors(void **state)
{
    (void)state;
    static const char alone[] = TWO_CONVERSIONS("");
    static const char shared[] = TWO_CONVERSIONS("  %q = getelementptr float, ptr addrspace(1) %b, i32 2\n"
                                                 "  store float %g, ptr addrspace(1) %q, align 4\n");
    struct pvg_air_shader *s = translate(alone, PVG_AIR_ROBUST_NONE, 0), *t = translate(shared, PVG_AIR_ROBUST_NONE, 0);
    const uint32_t *one = only(s, SpvOpConvertUToF), *load = NULL;
    for (size_t i = 5; i < s->word_count; i += s->words[i] >> 16)
        if ((s->words[i] & 0xFFFF) == SpvOpLoad && s->words[i + 2] == one[3])
            load = s->words + i;
    assert_non_null(load);
    assert_int_equal(count(t, SpvOpConvertUToF), 2);
    assert_int_equal(count(t, SpvOpCompositeConstruct), count(s, SpvOpCompositeConstruct) + 1);
    pvg_air_shader_free(t);
    pvg_air_shader_free(s);
}

#define FROM_FLOAT(flags, call)                                                                                                    \
    KERNEL("ptr addrspace(1) %b", "  %x = load float, ptr addrspace(1) %b\n  %f = fmul " flags " float %x, 3.0\n" call             \
                                  "  store i32 %i, ptr addrspace(1) %b\n")                                                         \
    ONE_BUFFER "declare i32 @air.convert.s.i32.f.f32(float)\ndeclare i32 @air.convert.u.i32.f.f32(float)\n"                        \
               "declare float @air.sign.f32(float)\n"
#define TO_SIGNED   "  %i = call i32 @air.convert.s.i32.f.f32(float %f)\n"
#define TO_UNSIGNED "  %i = call i32 @air.convert.u.i32.f.f32(float %f)\n"
#define SIGN        "  %s = call float @air.sign.f32(float %f)\n  %i = bitcast float %s to i32\n"

/** NaN is tested for where it gives another result and nobody promised that there is none. */
static void nan_is_tested_where_needed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned tests, selects;
    } cases[] = {
        {FROM_FLOAT("", TO_SIGNED), 1, 2},   {FROM_FLOAT("nnan", TO_SIGNED), 0, 1},   {FROM_FLOAT("ninf", TO_SIGNED), 1, 2},
        {FROM_FLOAT("", TO_UNSIGNED), 0, 1}, {FROM_FLOAT("fast", TO_UNSIGNED), 0, 1}, {FROM_FLOAT("", SIGN), 1, 2},
        {FROM_FLOAT("nnan", SIGN), 0, 1},    {FROM_FLOAT("nsz", SIGN), 1, 1},         {FROM_FLOAT("fast", SIGN), 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pvg_air_shader *s = translate(cases[i].text, PVG_AIR_ROBUST_NONE, 0);
        assert_int_equal(count(s, SpvOpIsNan), cases[i].tests);
        assert_int_equal(count(s, SpvOpSelect), cases[i].selects);
        pvg_air_shader_free(s);
    }
}

static const char words_text[] = KERNEL(
    "ptr addrspace(1) %b", "  %v = load i64, ptr addrspace(1) %b, align 4\n  %x = trunc i64 %v to i32\n  %h = lshr i64 %v, 32\n"
                           "  %y = trunc i64 %h to i32\n  %f = mul i32 %x, %y\n  %g = add i32 %x, %y\n"
                           "  %l = zext i32 %f to i64\n  %m = zext i32 %g to i64\n  %n = shl i64 %m, 32\n  %w = or i64 %l, %n\n"
                           "  store i64 %w, ptr addrspace(1) %b, align 4\n") ONE_BUFFER;

/** 64 bits that are aligned to a word are two of them, which are not put together only to be taken apart. */
static void words_stay_apart(void **state)
{
    (void)state;
    struct pvg_air_shader *s = translate(words_text, PVG_AIR_ROBUST_NONE, 0);
    static const SpvOp gone[] = {SpvOpBitcast, SpvOpUConvert, SpvOpShiftLeftLogical, SpvOpShiftRightLogical, SpvOpBitwiseOr};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        assert_int_equal(count(s, gone[i]), 0);
    const uint32_t *store = only(s, SpvOpStore), *made = only(s, SpvOpCompositeConstruct);
    assert_int_equal(store[2], made[2]);
    assert_int_equal(made[3], only(s, SpvOpIMul)[2]);
    assert_int_equal(made[4], only(s, SpvOpIAdd)[2]);
    pvg_air_shader_free(s);
}

#define SHIFTED(n)                                                                                                                 \
    KERNEL("ptr addrspace(1) %b", "  %v = load i64, ptr addrspace(1) %b, align 4\n  %h = lshr i64 %v, " n "\n"                     \
                                  "  %y = trunc i64 %h to i32\n  store i32 %y, ptr addrspace(1) %b, align 4\n")                    \
    ONE_BUFFER

/** Bits from the middle are in neither word. */
static void bits_of_two_words(void **state)
{
    (void)state;
    struct pvg_air_shader *s = translate(SHIFTED("16"), PVG_AIR_ROBUST_NONE, 0);
    struct pvg_air_shader *t = translate(SHIFTED("32"), PVG_AIR_ROBUST_NONE, 0);
    assert_int_equal(count(s, SpvOpShiftRightLogical), 1);
    assert_int_equal(count(s, SpvOpBitcast), 1);
    assert_int_equal(count(t, SpvOpShiftRightLogical), 0);
    assert_int_equal(count(t, SpvOpBitcast), 0);
    pvg_air_shader_free(t);
    pvg_air_shader_free(s);
}

/* ---- Thread memory --------------------------------------------------------------------------------------------------------- */

/** Four numbers of thread memory, written by the loop whose counter starts at `first` and ends when `test` says so. */
#define COUNTED(first, step, test)                                                                                                 \
    KERNEL("ptr addrspace(1) %b",                                                                                                  \
           "  %m = alloca [4 x i32]\n  br label %loop\n"                                                                           \
           "loop:\n  %i = phi i32 [ " first ", %0 ], [ %n, %loop ]\n  %w = zext i32 %i to i64\n"                                   \
           "  %p = getelementptr [4 x i32], ptr %m, i64 0, i64 %w\n  store i32 %id, ptr %p\n"                                      \
           "  %n = add i32 %i, " step "\n  %c = icmp " test "\n  br i1 %c, label %end, label %loop\n"                              \
           "end:\n  %x = and i32 %id, 3\n  %y = zext i32 %x to i64\n  %q = getelementptr [4 x i32], ptr %m, i64 0, i64 %y\n"       \
           "  %v = load i32, ptr %q\n  store i32 %v, ptr addrspace(1) %b\n")                                                       \
    ONE_BUFFER

/** Indices that a loop or a mask keeps in range are not clamped, others are. */
static void counted_indices(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned clamps;
    } cases[] = {
        {COUNTED("0", "1", "eq i32 %n, 4"), 0},   {COUNTED("0", "1", "eq i32 4, %n"), 0},
        {COUNTED("0", "1", "uge i32 %n, 4"), 0},  {COUNTED("0", "1", "sge i32 %n, 4"), 0},
        {COUNTED("1", "2", "eq i32 %n, 5"), 0},   {COUNTED("0", "3", "uge i32 %n, 4"), 0},
        {COUNTED("0", "1", "eq i32 %n, 5"), 1},   {COUNTED("0", "1", "eq i32 %i, 4"), 1},
        {COUNTED("1", "2", "eq i32 %n, 4"), 1},   {COUNTED("4", "1", "uge i32 %n, 4"), 1},
        {COUNTED("5", "1", "eq i32 %n, 4"), 1},   {COUNTED("0", "1", "ne i32 %n, 4"), 1},
        {COUNTED("-9", "1", "sge i32 %n, 4"), 1}, {COUNTED("0", "-1", "eq i32 %n, -4"), 1},
        {COUNTED("0", "1", "ult i32 %n, 4"), 1},  {COUNTED("3", "2147483647", "sge i32 %n, 4"), 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pvg_air_shader *s = translate(cases[i].text, PVG_AIR_ROBUST_NONE, 0);
        if (count(s, SpvOpExtInst) != cases[i].clamps)
            fail_msg("loop %zu: %u clamps", i, count(s, SpvOpExtInst));
        pvg_air_shader_free(s);
    }
}

/* ---- Textures -------------------------------------------------------------------------------------------------------------- */

#define SAMPLED(result, at)                                                                                                        \
    "  " result                                                                                                                    \
    " = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) %t, ptr addrspace(2) %s, <2 x float> " at           \
    ", i1 true, <2 x i32> zeroinitializer, i1 true, float 0.0, float 0.0, i32 0)\n"

static const char samples_text[] = AIR_HEADER
    "declare { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, <2 x i32>, i1, "
    "float, float, i32)\n"
    "define <4 x float> @f(<2 x float> %uv, ptr addrspace(1) %t, ptr addrspace(2) %s) {\n"
    "  %x = extractelement <2 x float> %uv, i32 0\n  %c = fcmp olt float %x, 0.5\n  br i1 %c, label %yes, label %no\n"
    "yes:\n" SAMPLED("%a", "%uv") "  %d = fmul fast <2 x float> %uv, %uv\n" SAMPLED(
        "%b",
        "%d") "  %a0 = extractvalue { <4 x float>, i8 } %a, 0\n  %b0 = extractvalue { <4 x float>, i8 } %b, 0\n"
              "  %ax = fadd <4 x float> %a0, %b0\n  br label %end\n"
              "no:\n  %e = fadd fast <2 x float> %uv, %uv\n" SAMPLED(
                  "%g",
                  "%e") "  %bx = extractvalue { <4 x float>, i8 } %g, 0\n  br label %end\n"
                        "end:\n  %r = phi <4 x float> [ %ax, %yes ], [ %bx, %no ]\n  ret <4 x float> %r\n}\n"
                        "!air.fragment = !{!0}\n!0 = !{ptr @f, !1, !2}\n!1 = !{!10}\n"
                        "!10 = !{!\"air.render_target\", i32 0, i32 0, !\"air.arg_type_name\", !\"float4\"}\n!2 = !{!3, !4, !5}\n"
                        "!3 = !{i32 0, !\"air.fragment_input\", !\"generated(2uvDv2_f)\", !\"air.center\", !\"air.perspective\", "
                        "!\"air.arg_type_name\", "
                        "!\"float2\", !\"air.arg_name\", !\"uv\"}\n"
                        "!4 = !{i32 1, !\"air.texture\", !\"air.location_index\", i32 0, i32 1, !\"air.sample\", "
                        "!\"air.arg_type_name\", "
                        "!\"texture2d<float, sample>\"}\n"
                        "!5 = !{i32 2, !\"air.sampler\", !\"air.location_index\", i32 0, i32 1, !\"air.arg_type_name\", "
                        "!\"sampler\"}\n";

/** Both arms use one image and one sampler, at their coordinates as they are, combined once per block, as SPIR-V wants it. */
static void samples_share(void **state)
{
    (void)state;
    struct pvg_air_shader *s = translate(samples_text, PVG_AIR_ROBUST_NONE, 0);
    assert_int_equal(count(s, SpvOpImageSampleExplicitLod), 3);
    assert_int_equal(count(s, SpvOpSampledImage), 2);
    assert_int_equal(count(s, SpvOpFDiv), 0);
    assert_int_equal(count(s, SpvOpImageQuerySizeLod), 0);
    assert_int_equal(count(s, SpvOpSelect), 0);
    assert_int_equal(count(s, SpvOpBitwiseAnd), 0);
    assert_int_equal(count(s, SpvOpBranchConditional), 1);
    assert_int_equal(count(s, SpvOpAccessChain), 2); /* Image, sampler. */
    assert_int_equal(s->reflection.sampler_count, 1);
    assert_true(s->reflection.samplers[0].scales);
    pvg_air_shader_free(s);
}

/** The other form finds out, once for both arms, whether coordinates are in texels. */
static void pixel_samples_share(void **state)
{
    (void)state;
    const struct pvg_air_options o = {
        .size = sizeof o, .available = UINT32_MAX, .robustness = PVG_AIR_ROBUST_NONE, .variant = PVG_AIR_VARIANT_PIXEL_SAMPLERS};
    struct pvg_air_shader *s = translate_with(samples_text, &o);
    assert_int_equal(count(s, SpvOpImageSampleExplicitLod), 3);
    assert_int_equal(count(s, SpvOpSampledImage), 2);
    assert_int_equal(count(s, SpvOpFDiv), 3);
    assert_int_equal(count(s, SpvOpImageQuerySizeLod), 1);
    assert_int_equal(count(s, SpvOpSelect), 1);
    assert_int_equal(count(s, SpvOpBitwiseAnd), 1);
    assert_int_equal(count(s, SpvOpBranchConditional), 1);
    assert_int_equal(count(s, SpvOpAccessChain), 2); /* Image, sampler. */
    assert_true(s->reflection.samplers[0].scales);
    pvg_air_shader_free(s);
}

#define SAMPLE_ONCE(name, texture, sampler)                                                                                        \
    "  %" name " = call { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1) " texture ", ptr addrspace(2) " sampler  \
    ", <2 x float> %uv, i1 true, <2 x i32> zeroinitializer, i1 true, float 0.0, float 0.0, i32 0)\n"                               \
    "  %v" name " = extractvalue { <4 x float>, i8 } %" name ", 0\n  store <4 x float> %v" name ", ptr addrspace(1) %out\n"

/* The declared sampler is in texels. */
#define SAMPLING(body)                                                                                                             \
    AIR_HEADER "@__air_sampler_state = internal addrspace(2) constant i64 -9223372036854218752\n"                                  \
               "declare { <4 x float>, i8 } @air.sample_texture_2d.v4f32(ptr addrspace(1), ptr addrspace(2), <2 x float>, i1, "    \
               "<2 x i32>, i1, float, float, i32)\n"                                                                               \
               "define void @k(ptr addrspace(1) %out, [2 x ptr addrspace(1)] %t, [2 x ptr addrspace(2)] %s, "                      \
               "ptr addrspace(2) %own) {\n"                                                                                        \
               "  %uv = load volatile <2 x float>, ptr addrspace(1) %out\n  %c = fcmp olt <2 x float> %uv, zeroinitializer\n"      \
               "  %b = extractelement <2 x i1> %c, i32 0\n  %t0 = extractvalue [2 x ptr addrspace(1)] %t, 0\n"                     \
               "  %s1 = extractvalue [2 x ptr addrspace(2)] %s, 1\n" body "  ret void\n}\n"                                        \
               "!air.kernel = !{!0}\n!0 = !{ptr @k, !1, !2}\n!1 = !{}\n!2 = !{!3, !4, !5, !6}\n"                                   \
               "!3 = !" BUFFER("0", "0") "!4 = !{i32 1, !\"air.texture\", !\"air.location_index\", i32 0, i32 2, "                 \
                                         "!\"air.sample\", !\"air.arg_type_name\", "                                               \
                                         "!\"array<texture2d<float, sample>, 2>\"}\n"                                              \
                                         "!5 = !{i32 2, !\"air.sampler\", !\"air.location_index\", i32 0, i32 2, "                 \
                                         "!\"air.arg_type_name\", !\"array<sampler, 2>\"}\n"                                       \
                                         "!6 = !{i32 3, !\"air.sampler\", !\"air.location_index\", i32 2, i32 1, "                 \
                                         "!\"air.arg_type_name\", !\"sampler\"}\n"

/** A declared sampler in texels scales, and asks for nothing at run time. */
static void declared_pixels(void **state)
{
    (void)state;
    struct pvg_air_shader *s =
        translate(SAMPLING(SAMPLE_ONCE("x", "%t0", "@__air_sampler_state") SAMPLE_ONCE("y", "%t0", "@__air_sampler_state")),
                  PVG_AIR_ROBUST_NONE, 0);
    assert_int_equal(count(s, SpvOpImageQuerySizeLod), 1);
    assert_int_equal(count(s, SpvOpSelect), 0);
    assert_int_equal(count(s, SpvOpBitwiseAnd), 0);
    assert_int_equal(s->reflection.static_sampler_count, 1);
    assert_true(s->reflection.static_samplers[0].pixel_coordinates);
    pvg_air_shader_free(s);
    /* Chosen among others at run time it takes the flag along, whichever form it is. */
    s = translate(SAMPLING("  %any = select i1 %b, ptr addrspace(2) %own, ptr addrspace(2) @__air_sampler_state\n" SAMPLE_ONCE(
                      "x", "%t0", "%any")),
                  PVG_AIR_ROBUST_NONE, 0);
    assert_int_equal(count(s, SpvOpImageQuerySizeLod), 1);
    assert_int_equal(count(s, SpvOpSLessThan), 1);
    pvg_air_shader_free(s);
}

/** Elements of arrays that constants name are loaded as single textures and samplers are. */
static void fixed_elements(void **state)
{
    (void)state;
    struct pvg_air_shader *s =
        translate(SAMPLING(SAMPLE_ONCE("x", "%t0",
                                       "%s1") "  %t2 = extractvalue [2 x ptr addrspace(1)] %t, 0\n" SAMPLE_ONCE("y", "%t2", "%s1")),
                  PVG_AIR_ROBUST_NONE, 0);
    assert_int_equal(count(s, SpvOpImageQuerySizeLod), 0);
    assert_int_equal(count(s, SpvOpBitwiseAnd), 0);
    assert_int_equal(count(s, SpvOpSampledImage), 1);
    for (size_t i = 5; i < s->word_count; i += s->words[i] >> 16)
        if ((s->words[i] & 0xFFFF) == SpvOpDecorate)
            assert_int_not_equal(s->words[i + 2], SpvDecorationNonUniform);
    assert_int_equal(s->reflection.sampler_count, 1);
    assert_true(s->reflection.samplers[0].scales);
    assert_int_equal(s->reflection.samplers[0].array_length, 2);
    pvg_air_shader_free(s);
    /* Where the choice is made at run time, all of them may differ between threads. */
    s = translate(SAMPLING("  %s0 = extractvalue [2 x ptr addrspace(2)] %s, 0\n"
                           "  %any = select i1 %b, ptr addrspace(2) %s0, ptr addrspace(2) %s1\n" SAMPLE_ONCE("x", "%t0", "%any")),
                  PVG_AIR_ROBUST_NONE, 0);
    assert_int_equal(count(s, SpvOpImageQuerySizeLod), 0);
    assert_int_equal(count(s, SpvOpBitwiseAnd), 0);
    unsigned nonuniform = 0;
    for (size_t i = 5; i < s->word_count; i += s->words[i] >> 16)
        nonuniform += (s->words[i] & 0xFFFF) == SpvOpDecorate && s->words[i + 2] == SpvDecorationNonUniform;
    assert_true(nonuniform > 0);
    pvg_air_shader_free(s);
}

/** What a loop makes of nothing of its own is made before it if something behind the loop uses it; else it stays where it was. */
static void made_before_the_loop(void **state)
{
    (void)state;
    static const char text[] =
        KERNEL("ptr addrspace(1) %b",
               "  br label %loop\nloop:\n  %i = phi i32 [ 0, %0 ], [ %n, %loop ]\n  %low = and i32 %id, 6\n  %x = xor i32 %low, 9\n"
               "  %high = or i32 %id, 64\n  %y = mul i32 %high, %i\n  %p = getelementptr i32, ptr addrspace(1) %b, i32 %i\n"
               "  store i32 %y, ptr addrspace(1) %p\n  %n = add i32 %i, %x\n  %more = icmp slt i32 %n, 1000\n"
               "  br i1 %more, label %loop, label %out\nout:\n  store i32 %x, ptr addrspace(1) %b\n") ONE_BUFFER;
    struct pvg_air_shader *s = translate(text, PVG_AIR_ROBUST_NONE, 0);
    const uint32_t *phi = only(s, SpvOpPhi);
    assert_true(only(s, SpvOpBitwiseAnd) < phi);
    assert_true(only(s, SpvOpBitwiseXor) < phi);
    assert_true(only(s, SpvOpBitwiseOr) > phi);
    pvg_air_shader_free(s);
}

/** Texels that a barrier or a fence orders are not private to a thread; coherent accesses are made every time. */
static void shared_texels(void **state)
{
    (void)state;
    static const char *const forms[][2] = {{"", "wg.barrier"}, {"", "fence"}, {".device_coherent", "fence"}, {"", "none"}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        static char text[4096];
        const char *form = forms[i][0], *order = forms[i][1];
        snprintf(text, sizeof text,
                 AIR_HEADER
                 "declare { <4 x float>, i8 } @air.read_texture_2d%s.v4f32(ptr addrspace(1), <2 x i32>, i32, i32)\n"
                 "declare void @air.write_texture_2d%s.v4f32(ptr addrspace(1), <2 x i32>, <4 x float>, i32, i32)\n"
                 "declare void @air.wg.barrier(i32, i32)\ndeclare void @air.fence_texture_2d(ptr addrspace(1))\n"
                 "define void @k(ptr addrspace(1) %%t, i32 %%id) {\n"
                 "  %%c = insertelement <2 x i32> zeroinitializer, i32 %%id, i32 0\n"
                 "  %%r = call { <4 x float>, i8 } @air.read_texture_2d%s.v4f32(ptr addrspace(1) %%t, <2 x i32> %%c, i32 "
                 "0, i32 3)\n  %%v = extractvalue { <4 x float>, i8 } %%r, 0\n  %s\n"
                 "  call void @air.write_texture_2d%s.v4f32(ptr addrspace(1) %%t, <2 x i32> zeroinitializer, <4 x float> "
                 "%%v, i32 0, i32 3)\n  ret void\n}\n!air.kernel = !{!0}\n!0 = !{ptr @k, !1, !2}\n!1 = !{}\n"
                 "!2 = !{!3, !4}\n!3 = !{i32 0, !\"air.texture\", !\"air.location_index\", i32 0, i32 1, "
                 "!\"air.read_write\", !\"air.arg_type_name\", !\"texture2d<float, read_write>\"}\n"
                 "!4 = !{i32 1, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint\"}\n",
                 form, form, form,
                 !strcmp(order, "wg.barrier") ? "call void @air.wg.barrier(i32 4, i32 1)"
                 : !strcmp(order, "fence")    ? "call void @air.fence_texture_2d(ptr addrspace(1) %t)"
                                              : "",
                 form);
        struct pvg_air_shader *s = translate(text, PVG_AIR_ROBUST_NONE, 0);
        const uint32_t *read = only(s, SpvOpImageRead), *write = only(s, SpvOpImageWrite);
        uint32_t want = strcmp(order, "none") ? SpvImageOperandsNonPrivateTexelMask : 0;
        want |= *form ? SpvImageOperandsVolatileTexelMask : 0;
        assert_int_equal(read[0] >> 16 > 5 ? read[5] : 0, want);
        assert_int_equal(write[0] >> 16 > 4 ? write[4] : 0, want);
        pvg_air_shader_free(s);
    }
}

/** Logging goes, with its helper of any number of arguments and what is made for it alone. */
static void no_log(void **state)
{
    (void)state;
    static const char text[] =
        KERNEL("ptr addrspace(1) %b",
               "  %v = load float, ptr addrspace(1) %b\n  %d = fpext float %v to double\n"
               "  call void (ptr addrspace(2), i32, ptr addrspace(2), i64, ...) @metal_os_log(ptr addrspace(2) @s, i32 0, "
               "ptr addrspace(2) @s, i64 8, double %d)\n  store i32 %id, ptr addrspace(1) %b\n") ONE_BUFFER
        "@s = internal addrspace(2) constant [4 x i8] c\"%f!\\00\"\n"
        "declare void @air.os_log(ptr addrspace(2), ptr addrspace(2), i32, ptr addrspace(2), ptr, i64)\n"
        "declare void @llvm.va_start(ptr)\ndeclare void @llvm.va_end(ptr)\n"
        "define internal void @metal_os_log(ptr addrspace(2) %c, i32 %level, ptr addrspace(2) %f, i64 %size, ...) {\n"
        "  %ap = alloca ptr, align 8\n  call void @llvm.va_start(ptr %ap)\n  %v = load ptr, ptr %ap, align 8\n"
        "  call void @air.os_log(ptr addrspace(2) %c, ptr addrspace(2) %c, i32 %level, ptr addrspace(2) %f, ptr %v, i64 %size)\n"
        "  call void @llvm.va_end(ptr %ap)\n  ret void\n}\n";
    struct pvg_air_shader *s = translate(text, PVG_AIR_ROBUST_NONE, PVG_AIR_NEED_FLOAT64);
    assert_int_equal(count(s, SpvOpLoad) > 0, true);
    assert_int_equal(count(s, SpvOpFConvert), 0);
    only(s, SpvOpStore);
    pvg_air_shader_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(element_is_one_chain),
        cmocka_unit_test(checked_element),
        cmocka_unit_test(addresses_where_needed),
        cmocka_unit_test(field_of_record),
        cmocka_unit_test(signed_division),
        cmocka_unit_test(narrow_and_back),
        cmocka_unit_test(overlapping_members),
        cmocka_unit_test(division_is_guarded_once),
        cmocka_unit_test(vectors_are_not_widened),
        cmocka_unit_test(vectors_in_one_step),
        cmocka_unit_test(operations_on_vectors),
        cmocka_unit_test(nan_is_tested_where_needed),
        cmocka_unit_test(counted_indices),
        cmocka_unit_test(words_stay_apart),
        cmocka_unit_test(bits_of_two_words),
        cmocka_unit_test(vector_of_three),
        cmocka_unit_test(samples_share),
        cmocka_unit_test(pixel_samples_share),
        cmocka_unit_test(declared_pixels),
        cmocka_unit_test(fixed_elements),
        cmocka_unit_test(unsigned_indices),
        cmocka_unit_test(checked_rows),
        cmocka_unit_test(atomics_on_chains),
        cmocka_unit_test(guard_on_demand),
        cmocka_unit_test(made_before_the_loop),
        cmocka_unit_test(shared_texels),
        cmocka_unit_test(no_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
