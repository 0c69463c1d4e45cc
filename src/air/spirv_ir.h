/* SPDX-License-Identifier: MIT */
/**
 * @file A generated SPIR-V function as blocks and instructions, for the passes that shorten it (spirv_optimize.c).
 *
 * Instructions keep the order and the words that the builder wrote; passes mark instructions dead, rename ids and add phis.
 */
#ifndef PVG_AIR_SPIRV_IR_H
#define PVG_AIR_SPIRV_IR_H

#include "air/spirv_optimize.h"

#define PVG_IR_NONE UINT32_MAX

struct pvg_ir_inst {
    uint16_t op, count; /**< Operands behind type and result. */
    bool dead, live;
    uint32_t block;    /**< Another one than that in whose range it is: it has moved to that one's end. */
    uint32_t next;     /**< That has moved to the same block. */
    uint32_t type, id; /**< 0: none. */
    uint32_t *words;   /**< Operands. */
};

struct pvg_ir_phi {
    uint32_t type, id;
    uint32_t *values; /**< By predecessor of the block. */
    bool dead, live;
    uint32_t next; /**< In the block; PVG_IR_NONE ends. */
    uint32_t block;
};

struct pvg_ir_block {
    uint32_t label;
    uint32_t first, end;       /**< Instructions; the last one is the terminator. */
    uint32_t moved, moved_end; /**< Instructions that have moved here; PVG_IR_NONE: none. */
    uint32_t merge;            /**< Merge instruction or PVG_IR_NONE. */
    uint32_t *preds;           /**< Blocks, each once. */
    uint32_t pred_count;
    uint32_t phis;         /**< First phi. */
    uint32_t idom;         /**< PVG_IR_NONE: entry or unreachable. */
    uint32_t enter, leave; /**< Interval in a walk of the dominator tree. */
    uint32_t order;        /**< In reverse postorder. */
    uint32_t chained;      /**< Block that continues this one: its label and this one's branch are not written. */
    bool reachable, kept;
    bool is_merge, is_continue; /**< Some header names it so. */
    bool is_loop_exit;          /**< Merge or continue block of a loop. */
    bool absorbed;              /**< Continues another block. */
};

struct pvg_ir {
    struct pvg_spv *b;
    struct pvg_arena *arena;
    struct pvg_ir_inst *insts;
    uint32_t inst_count, inst_cap;
    struct pvg_ir_block *blocks;
    uint32_t block_count;
    struct pvg_ir_phi *phis;
    size_t phi_count, phi_cap;
    uint32_t *rpo; /**< Reachable blocks. */
    uint32_t rpo_count;
    uint32_t id_bound;  /**< Size of the arrays by id. */
    uint32_t *rename;   /**< id -> id that takes its place; itself if none. */
    uint32_t *def;      /**< id -> instruction, PVG_IR_NONE. */
    uint32_t *def_phi;  /**< id -> phi, PVG_IR_NONE. */
    uint32_t *block_of; /**< label -> block, PVG_IR_NONE. */
    uint8_t *flags;     /**< id -> PVG_IR_* decorations. */
};

/** Decorations that make equal instructions different; and those that may have lost their last use. */
enum { PVG_IR_NO_CONTRACTION = 1, PVG_IR_DECORATED = 2, PVG_IR_UNUSED = 4 };

/** What an operand word is. */
enum pvg_ir_operand { PVG_IR_LITERAL, PVG_IR_ID, PVG_IR_LABEL };

/** Take the function of `b` apart. @return false when it has something that the passes do not know. */
bool pvg_ir_read(struct pvg_ir *ir, struct pvg_spv *b);
/** Put the function back into the sections of its builder. */
void pvg_ir_write(struct pvg_ir *ir);
enum pvg_ir_operand pvg_ir_mixed_operand(const struct pvg_ir *ir, const struct pvg_ir_inst *i, unsigned operand);

/** What the passes know of an opcode; the meaning of the numbers is spirv_ir.c's. */
struct pvg_ir_opcode {
    uint8_t shape, nature;
    bool result;
};
extern const struct pvg_ir_opcode pvg_ir_opcodes[];
/** By shape: that many operands at least are ids, if there are so many. */
extern const uint16_t pvg_ir_leading_ids[];

static inline enum pvg_ir_operand pvg_ir_operand(const struct pvg_ir *ir, const struct pvg_ir_inst *i, unsigned operand)
{
    return operand < pvg_ir_leading_ids[pvg_ir_opcodes[i->op].shape] ? PVG_IR_ID : pvg_ir_mixed_operand(ir, i, operand);
}
/** Equal operands give equal results. */
bool pvg_ir_pure(const struct pvg_ir_inst *i);
/** May go when nothing uses its result. */
bool pvg_ir_removable(const struct pvg_ir_inst *i);
/** Predecessors, reverse postorder, dominators. Phis of blocks must not have values yet. */
void pvg_ir_analyse(struct pvg_ir *ir);
/** Id that stands for `id` now. */
static inline uint32_t pvg_ir_find(struct pvg_ir *ir, uint32_t id)
{
    while (ir->rename[id] != id) {
        ir->rename[id] = ir->rename[ir->rename[id]];
        id = ir->rename[id];
    }
    return id;
}
/** New id with room in the arrays. */
uint32_t pvg_ir_new_id(struct pvg_ir *ir, uint32_t type);
/** Arrays by id cover ids that the builder made meanwhile (constants). */
void pvg_ir_cover(struct pvg_ir *ir);
/** Instruction `n`, which is no branch, stands at the end of a block now. */
void pvg_ir_move(struct pvg_ir *ir, uint32_t n, uint32_t block);
uint32_t pvg_ir_add_phi(struct pvg_ir *ir, uint32_t block, uint32_t type);
static inline bool pvg_ir_dominates(const struct pvg_ir *ir, uint32_t a, uint32_t b)
{
    return ir->blocks[a].reachable && ir->blocks[b].reachable && ir->blocks[a].enter <= ir->blocks[b].enter &&
           ir->blocks[b].leave <= ir->blocks[a].leave;
}
static inline const struct pvg_ir_inst *pvg_ir_terminator(const struct pvg_ir *ir, const struct pvg_ir_block *blk)
{
    return &ir->insts[blk->end - 1];
}

/** Instruction that makes a value; NULL: a phi, a constant, a global. */
static inline const struct pvg_ir_inst *pvg_ir_def(const struct pvg_ir *ir, uint32_t id)
{
    return ir->def[id] == PVG_IR_NONE ? NULL : &ir->insts[ir->def[id]];
}
static inline const struct pvg_ir_inst *pvg_ir_def_with(const struct pvg_ir *ir, uint32_t id, SpvOp op)
{
    const struct pvg_ir_inst *d = pvg_ir_def(ir, id);
    return d && d->op == op ? d : NULL;
}
/** Operand of another instruction, up to date. */
static inline uint32_t pvg_ir_use(struct pvg_ir *ir, const struct pvg_ir_inst *i, unsigned n)
{
    return pvg_ir_find(ir, i->words[n]);
}

/* Folding (spirv_lanes.c): the id that takes the place of the result, or 0; the instruction may be another one then. */
uint32_t pvg_ir_fold_extract(struct pvg_ir *ir, struct pvg_ir_inst *i);
/** Insertions, constructions and shuffles. */
uint32_t pvg_ir_fold_lanes(struct pvg_ir *ir, struct pvg_ir_inst *i);

/** No number that `id` can be is above this one (spirv_range.c). */
uint64_t pvg_ir_most(struct pvg_ir *ir, uint32_t id);

/* Passes. */
/** Function variables that are only loaded and stored become values. */
void pvg_ir_promote(struct pvg_ir *ir);
/** Access chains into structs that are nothing but one member. */
void pvg_ir_shorten_chains(struct pvg_ir *ir, struct pvg_spv_memory *m);
/** Addresses of the argument table that are only used as pointers. */
void pvg_ir_table_pointers(struct pvg_ir *ir, struct pvg_spv_memory *m);
/** Equal and foldable computations. */
void pvg_ir_number(struct pvg_ir *ir);
/** Constants that arrays of thread memory start with become initialisers. */
void pvg_ir_init_arrays(struct pvg_ir *ir);
/** Vectors of single components of others, and of results of the same operation. @return false: there are none. */
bool pvg_ir_gather(struct pvg_ir *ir);
/** Instructions without effect. */
void pvg_ir_sweep(struct pvg_ir *ir);
/** Blocks that only branch, merges that are not needed. */
void pvg_ir_straighten(struct pvg_ir *ir, const struct pvg_spv_memory *memory);
/** Tests that guard loops and end them become one at the loop's start (part of the pass before). */
void pvg_ir_turn_loops(struct pvg_ir *ir, const struct pvg_spv_memory *memory);
/** What loops make of nothing of their own, and is used behind them, is made before them (part of the same pass). */
void pvg_ir_hoist(struct pvg_ir *ir);

#endif
