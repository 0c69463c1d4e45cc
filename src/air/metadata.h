/* SPDX-License-Identifier: MIT */
/**
 * @file Operand lists of LLVM metadata nodes. The C API asserts or misbehaves on operands of an unexpected sort, hence every read
 * goes through these.
 */
#ifndef PVG_AIR_METADATA_H
#define PVG_AIR_METADATA_H

#include <llvm-c/Core.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** Operands of one node; entries may be NULL. */
struct pvg_air_md {
    LLVMValueRef *ops;
    const char **strings; /**< Of every operand, NULL of those that are no strings. Part of the memory of `ops`. */
    unsigned *lengths;
    unsigned count;
};

/** Read the operands of `node`. @return false when it is no node or memory is out; `out` is then empty. */
bool pvg_air_md_load(LLVMValueRef node, struct pvg_air_md *out);
/** Nodes of the named metadata `name`; empty if there is none. */
bool pvg_air_md_load_named(LLVMModuleRef module, const char *name, struct pvg_air_md *out);
void pvg_air_md_free(struct pvg_air_md *md);

/** String operand `i`, not NUL-terminated by contract, or NULL. */
const char *pvg_air_md_string(const struct pvg_air_md *md, unsigned i, unsigned *length);
/** Copy of string operand `i`, "" when it is no string; NULL when memory is out. */
char *pvg_air_md_strdup(const struct pvg_air_md *md, unsigned i);
/** Is operand `i` the string `s`? */
static inline bool pvg_air_md_is(const struct pvg_air_md *md, unsigned i, const char *s)
{
    size_t length = strlen(s);

    return i < md->count && md->strings[i] && md->lengths[i] == length && memcmp(md->strings[i], s, length) == 0;
}
/** Integer operand `i`. @return false if it is no integer constant. */
bool pvg_air_md_int(const struct pvg_air_md *md, unsigned i, int64_t *out);
/** The same for values that are unsigned 32-bit by nature; out of range counts as no integer. */
bool pvg_air_md_u32(const struct pvg_air_md *md, unsigned i, uint32_t *out);
/** Operand `i` when it is a value (function, global, constant), else NULL. */
LLVMValueRef pvg_air_md_value(const struct pvg_air_md *md, unsigned i);
/** Operand `i` when it is a node, else NULL. */
LLVMValueRef pvg_air_md_node(const struct pvg_air_md *md, unsigned i);

#endif
