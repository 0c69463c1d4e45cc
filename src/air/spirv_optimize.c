/* SPDX-License-Identifier: MIT */
#include "air/spirv_optimize.h"

#include "air/spirv_ir.h"

void pvg_spv_optimize(struct pvg_spv *b, struct pvg_spv_memory *memory)
{
    struct pvg_ir ir;
    if (!pvg_ir_read(&ir, b))
        return;
    pvg_ir_promote(&ir);
    pvg_ir_shorten_chains(&ir, memory);
    pvg_ir_number(&ir);
    pvg_ir_init_arrays(&ir);
    pvg_ir_sweep(&ir);
    if (pvg_ir_gather(&ir))
        pvg_ir_sweep(&ir);
    pvg_ir_table_pointers(&ir, memory);
    pvg_ir_straighten(&ir, memory);
    pvg_ir_write(&ir);
}
