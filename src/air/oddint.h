/* SPDX-License-Identifier: MIT */
/**
 * @file Integers of widths that SPIR-V lacks. Metal has none, but LLVM's passes make some: sums over loops in 33 or 65 bits, copies
 * of three bytes, masks out of vectors of booleans (spec 07 section 6.5).
 */
#ifndef PVG_AIR_ODDINT_H
#define PVG_AIR_ODDINT_H

#include "air/translate.h"

/** Is it an integer of such a width, or a vector of them? */
bool pvg_at_is_odd(LLVMTypeRef type);
/** Is it a bit cast from or to a vector of booleans? */
bool pvg_at_is_mask_cast(LLVMValueRef inst);
/** Replace them in the function; what has no replacement stays and is refused where it is translated. */
void pvg_at_widen_odd(struct pvg_at *at);

#endif
