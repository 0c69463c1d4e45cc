/* SPDX-License-Identifier: MIT */
#ifndef PVG_AIR_WIDEVEC_H
#define PVG_AIR_WIDEVEC_H

#include "air/translate.h"

/** What a function has that SPIR-V lacks. */
struct pvg_at_census {
    bool wide;   /**< Vectors of more than four lanes, other than matrices. */
    bool matrix; /**< Simdgroup matrices. */
    bool odd;    /**< Integers of odd widths and masks as integers (oddint.h). */
    bool odd_vector;
};
struct pvg_at_census pvg_at_take_census(LLVMValueRef fn);

/**
 * Calls on vectors of 8 or 16 lanes become calls on four lanes each, accesses to memory become scalar. @return true if the function
 * has vectors that the scalarizer has to take apart afterwards.
 */
bool pvg_at_split_wide_calls(struct pvg_at *at, const struct pvg_at_census *c);
/** An instruction that names a lane which its vector lacks, by a constant, gets the last lane: LLVM's passes would make it poison.
 */
void pvg_at_clamp_lane(LLVMValueRef instruction);

#endif
