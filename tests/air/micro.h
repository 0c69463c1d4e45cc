/* SPDX-License-Identifier: MIT */
/**
 * @file Micro cases: one intrinsic or instruction on one type each, run over edge and random inputs and compared with a reference
 * in C. Cases are collected, put into few kernels, run on a Vulkan device and checked lane by lane.
 */
#ifndef PVG_TESTS_AIR_MICRO_H
#define PVG_TESTS_AIR_MICRO_H

#include "tests/air/runner.h"

#include <stdbool.h>
#include <stdint.h>

/** Scalar types of operands and results. */
enum micro_type { M_NONE, M_I1, M_I8, M_I16, M_I32, M_I64, M_F16, M_BF16, M_F32 };

/** One lane. Floats: `f` is the exact value of `bits`. Integers: `bits` zero-extended, `s` sign-extended. */
struct micro_num {
    uint64_t bits;
    int64_t s;
    long double f;
    double slack; /**< Expected results: absolute error that the reference allows. */
    bool open;    /**< Expected results: anything will do. */
};

/** What inputs are drawn from, besides the edge values of the type, which are part of every domain. */
enum micro_domain {
    MD_ANY,    /**< Any bit pattern. */
    MD_UNIT,   /**< [-1, 1]. */
    MD_SMALL,  /**< [-10, 10]. */
    MD_MEDIUM, /**< [-130, 130]. */
    MD_POSITIVE,
    MD_BITS8, /**< Integers: 0 to 8. */
    MD_BITS16,
    MD_BITS32,
    MD_BITS64,
    MD_TINY,      /**< Integers: -300 to 300. */
    MD_LANES,     /**< Integers: 0 to 255. */
    MD_WHOLE,     /**< Small whole numbers: -2 to 2. */
    MD_LAYER,     /**< Integers: 0 to 3. */
    MD_TEXTURE,   /**< [-0.6, 1.6], no edges. */
    MD_DIRECTION, /**< [-1, 1], no edges. */
};

enum { MICRO_TUPLES = 256, MICRO_MAX_ARGS = 4, MICRO_MAX_LANES = 16 };

struct micro_case;

/** Lanes of the operands of one tuple -> lanes of the result. */
typedef void (*micro_whole)(const struct micro_case *c, const struct micro_num (*arg)[MICRO_MAX_LANES], struct micro_num *result);
/** One lane of the operands -> one lane of the result. */
typedef void (*micro_lane)(const struct micro_case *c, const struct micro_num *arg, struct micro_num *result);
/** One tuple per thread: operands of all threads of a simdgroup, which of them are active -> lanes of the result of thread `self`.
 */
struct micro_group {
    unsigned self, width;
    const struct micro_num (*arg)[MICRO_MAX_ARGS][MICRO_MAX_LANES];
    const bool *active;
};
typedef void (*micro_group_fn)(const struct micro_case *c, const struct micro_group *g, struct micro_num *result);
/** Allowed error for one lane: in units in the last place, or absolute; negative = any result will do. */
struct micro_bound {
    double ulp, absolute;
};
typedef struct micro_bound (*micro_bound_fn)(const struct micro_case *c, const struct micro_num *arg, long double expected);

struct micro_case {
    char name[128];
    char declare[512]; /**< Callee's declaration, "" if none. */
    char globals[96];  /**< Global variable that the body uses, "" if none. */
    /** Instructions; %w$U points to the tuple's result, %id is the thread. $R result, $0..$3 operands, $U unique suffix, $T result
     * type, $A type of operand 0. */
    char body[1280];
    enum micro_type result, arg[MICRO_MAX_ARGS];
    uint8_t result_lanes, arg_lanes[MICRO_MAX_ARGS], argc;
    enum micro_domain domain[MICRO_MAX_ARGS];
    micro_lane lane;
    micro_whole whole;
    micro_group_fn group;
    int active_arg;           /**< Groups: operand that says which threads take part, -1 = all. The others get zeros. */
    struct micro_bound bound; /**< Both 0: the correctly rounded result, bit by bit. */
    micro_bound_fn bound_fn;
    long double (*f1)(long double); /**< For the references of float functions. */
    long double (*f2)(long double, long double);
    long double (*f3)(long double, long double, long double);
    uint64_t parameter; /**< For the reference. */
    bool any_zero_sign; /**< The sign of a zero result is not looked at. */
    bool sees_result;   /**< `whole` finds the actual result in the expected one, to accept one of several. */
    bool any_nonfinite; /**< Fast form: no promise when an operand or the result is not finite. */
};

/** Add a case; the text fields are copied. */
struct micro_case *micro_add(const char *name);
/** Fill body and declaration with a call of `callee` on the operands, `tail` appended to the list of operands. */
void micro_call(struct micro_case *c, const char *callee, const char *tail);

const char *micro_type_name(enum micro_type t);
/** AIR suffix such as "v4f32". */
const char *micro_suffix(enum micro_type t, unsigned lanes);
/** LLVM type such as "<4 x float>". */
const char *micro_llvm(enum micro_type t, unsigned lanes);
unsigned micro_bits(enum micro_type t);
bool micro_is_float(enum micro_type t);
/** Value of a bit pattern, bit pattern of the nearest representable number (ties to even). */
struct micro_num micro_decode(enum micro_type t, uint64_t bits);
uint64_t micro_encode(enum micro_type t, long double v);
/** Size of one unit in the last place of a number of the type near v. */
long double micro_ulp(enum micro_type t, long double v);
static inline uint64_t micro_mask(unsigned width)
{
    return width >= 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1;
}
uint32_t micro_rnd(void);

/** The cases that follow take the textures and samplers of fixture.h; modules state this version. 0 = neither. */
void micro_use_textures(unsigned air_version);
/** Run everything that was added since the last call. @return the number of failed cases. */
unsigned micro_run_all(struct runner *r, unsigned *ran);

/* The tables. */
void micro_floats(void);
void micro_integers(void);
void micro_conversions(void);
void micro_instructions(void);
void micro_groups(void);
void micro_llvm_intrinsics(void);
/** Texture operations in the forms of an AIR version (major << 16 | minor). */
void micro_textures(unsigned air_version);

#endif
