/* SPDX-License-Identifier: MIT */
/** @file State of the generator, shared by expressions (diff_expr.c) and statements (diff_gen.c). */
#ifndef PVG_TESTS_AIR_DIFF_STATE_H
#define PVG_TESTS_AIR_DIFF_STATE_H

#include "tests/air/diff_gen.h"

/** Integer or float, scalar or vector. */
struct type {
    bool is_float;
    uint8_t bits, lanes;
};

/** An operand as text: a name or a constant. */
struct op {
    char s[240];
};

/** A variable: an alloca that LLVM turns into values and phis. */
struct var {
    struct type type;
    char name[24];
};

/** Memory that accesses may touch. */
struct mem {
    char base[24]; /**< Pointer to the first byte, aligned to 16. */
    int space;
    unsigned bytes; /**< A power of two. */
    bool writable;
    bool private; /**< Of the thread: its contents are part of the result. */
    bool typed;   /**< Only accesses of `only` and vectors of it. */
    struct type only;
    int struct_view; /**< Index of the struct type whose array it may be seen as, or -1. */
};

/** A pointer variable: whatever it points to has at least 32 bytes, aligned to 16. */
struct pointer {
    char name[24];
    int space;
    bool writable;
    unsigned sources[4], source_count; /**< Memories it may point into. */
};

#define MAX_MEMBERS 8

struct structure {
    bool packed;
    unsigned count;
    struct {
        struct type type;
        unsigned array; /**< Elements; 0 = no array. */
        unsigned offset;
    } member[MAX_MEMBERS];
    unsigned size, align;
};

struct helper {
    struct type result, a, b;
};

struct gen {
    const struct diff_options *o;
    uint64_t rng;
    char *text; /**< Functions so far. */
    size_t len, cap;
    char *decls; /**< Declarations, each once. */
    size_t decls_len, decls_cap;
    unsigned next_id;
    size_t statement;

    struct var vars[24];
    unsigned var_count;
    struct mem mems[20];
    unsigned mem_count;
    struct pointer pointers[6];
    unsigned pointer_count;
    struct structure structs[3];
    unsigned struct_count;
    struct helper helpers[3];
    unsigned helper_count, helpers_usable;
    bool in_helper;
    bool pointer_list; /**< There is a local array of buffer pointers. */
    bool packed;       /**< Accesses with any alignment; else natural ones. */
    char random[24];   /**< An i32 that LLVM cannot know. */
    int expr_left;     /**< Expressions that the function may still contain. */
};

/** Where a nested region may branch to. */
struct nest {
    unsigned stop[6], again[6], depth; /**< Loops around. */
    unsigned ahead[8], ahead_count;    /**< Labels that come later, some of them inside loops. */
    unsigned done;
    unsigned blocks;
};

uint32_t gen_random(struct gen *g, uint32_t below);
bool gen_chance(struct gen *g, unsigned percent);
void gen_emit(struct gen *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** A declaration outside the function, written once. */
void gen_declare(struct gen *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct op gen_name(struct gen *g);
/** Text that is no instruction of its own. */
void gen_raw(struct gen *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Statements: what stands between the two may be left out. */
size_t gen_begin(struct gen *g);
/** @return false when the statement is left out: its text is gone then. */
bool gen_end(struct gen *g, size_t start);
void gen_statements(struct gen *g, unsigned max);

/* Control flow (diff_gen.c). */
unsigned gen_label(struct gen *g);
void gen_place(struct gen *g, unsigned label);
void gen_jump(struct gen *g, unsigned label);
void gen_branch(struct gen *g, struct op c, unsigned yes, unsigned no);
/** A condition; left out, it is false. */
struct op gen_condition(struct gen *g);
struct op gen_both(struct gen *g, struct op a, struct op b);
/** Every way around a cycle passes one of these: true while there is fuel. */
struct op gen_burn(struct gen *g);
struct op gen_selector(struct gen *g, struct type *t);
/** Blocks that jump anywhere, and at last to `done`. */
void gen_graph(struct gen *g, unsigned done);
/** Statements and constructs; goes on where it ends, unless a branch left it. */
void gen_region(struct gen *g, struct nest *n, unsigned depth);
/** Loops and tables as compilers leave them behind (diff_shapes.c, DIFF_SHAPES). */
void gen_shape(struct gen *g, struct nest *n, unsigned depth);
/** Arrays of the thread that start with constants; they become memories. */
void gen_tables(struct gen *g);

const char *gen_pointer_text(int space);
/** A type that memory can hold. */
struct type gen_memory_type(struct gen *g);

/** LLVM's spelling; valid until some calls later. */
const char *type_text(struct type t);
struct type type_of(bool is_float, unsigned bits, unsigned lanes);
struct type gen_type(struct gen *g);
struct type gen_int_type(struct gen *g, unsigned lanes);
struct type gen_float_type(struct gen *g, unsigned lanes);
bool same_type(struct type a, struct type b);
/** Bytes in memory with the padding of three lanes. */
unsigned type_size(struct type t);
unsigned type_store_size(struct type t);

/** An expression of the type; `depth` bounds its size. */
struct op gen_expr(struct gen *g, struct type t, int depth);
struct op gen_leaf(struct gen *g, struct type t);
struct op gen_constant(struct gen *g, struct type t);
/** Bring any float into the range that keeps results exact. */
struct op gen_canonical(struct gen *g, struct op v, struct type t);
/** The i32 operand as a value of any type. */
struct op gen_from_word(struct gen *g, struct op v, struct type t);
/** Any type as an i32 or a vector of them: every bit counts. */
struct op gen_to_word(struct gen *g, struct op v, struct type t);

/** A memory that such an access may touch; there is one that takes every type. */
const struct mem *gen_memory(struct gen *g, struct type t, bool write);
/** Address for an access of the type inside a memory, and the alignment to state. */
struct op gen_address(struct gen *g, const struct mem *m, struct type t, unsigned *align);
struct op gen_load(struct gen *g, int space, struct op address, struct type t, unsigned align);
void gen_store(struct gen *g, int space, struct op address, struct op v, struct type t, unsigned align);
/** An i32 below a power of two, mostly not constant. */
struct op gen_index(struct gen *g, unsigned below);

#endif
