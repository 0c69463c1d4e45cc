/* SPDX-License-Identifier: MIT */
/** @file What the pointers reach that thread, threadgroup and table memory holds: shared by the files that analyse pointers. */
#ifndef PVG_AIR_POINTEES_H
#define PVG_AIR_POINTEES_H

#include "air/translate.h"

/** A place of a memory that holds pointers to objects of the function. */
struct pvg_at_field {
    int64_t offset; /**< In bytes from the start of an object. */
    struct pvg_at_memory *pointee;
    struct pvg_at_field *next;
};

static inline bool pvg_at_is_pointer(LLVMValueRef v)
{
    return LLVMGetTypeKind(LLVMTypeOf(v)) == LLVMPointerTypeKind;
}

static inline bool pvg_at_is_null_like(LLVMValueRef v)
{
    return LLVMIsAConstantPointerNull(v) || LLVMIsUndef(v) || LLVMIsPoison(v);
}

static inline bool pvg_at_is_gep(LLVMValueRef v)
{
    return LLVMIsAGetElementPtrInst(v) || (LLVMIsAConstantExpr(v) && LLVMGetConstOpcode(v) == LLVMGetElementPtr);
}

/** Constant tables, also where they mix with buffers. */
static inline bool pvg_at_holds_tables(const struct pvg_at_memory *m)
{
    return m->local && m->storage == SpvStorageClassPrivate;
}

/** Representative of a memory. */
struct pvg_at_memory *pvg_at_find_memory(struct pvg_at_memory *m);
/** Pointers may mix the two: they become one. */
void pvg_at_unite_memories(struct pvg_at *at, struct pvg_at_memory *a, struct pvg_at_memory *b);

/** Steps of a variable index take places of the memory to others that are `stride` bytes away. */
void pvg_at_note_stride(struct pvg_at_memory *m, uint64_t stride);
/** The instruction moves pointers, or what may be pointers, from or to memory. */
void pvg_at_note_move(struct pvg_at *at, LLVMValueRef inst);
/** The memory holds pointers to `held` at this place. @return whether that is news. */
bool pvg_at_add_field(struct pvg_at *at, struct pvg_at_memory *m, int64_t offset, struct pvg_at_memory *held);
/** What b holds, a holds, too; while memories unite. */
void pvg_at_join_fields(struct pvg_at_memory *a, struct pvg_at_memory *b);
/** Pointers that are read from device memory are addresses, those from local memory what was stored there. */
void pvg_at_resolve_loaded(struct pvg_at *at);
/** May two pointers to the same memory lead to the same place? */
bool pvg_at_may_meet(struct pvg_at *at, LLVMValueRef p, LLVMValueRef q);

#endif
