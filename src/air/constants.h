/* SPDX-License-Identifier: MIT */
/** @file Function constants: the values in effect become constant initialisers (spec 07 section 3.10). */
#ifndef PVG_AIR_CONSTANTS_H
#define PVG_AIR_CONSTANTS_H

#include "air/entry.h"

/**
 * Give every function constant its value, run the module's static initialisers on them, turn the globals they set into constants
 * and remove the initialisers. @return 0; -ENOTSUP when an initialiser does something else than straight arithmetic; -EINVAL;
 * -ENOMEM.
 */
int pvg_air_constants_apply(LLVMModuleRef module, const struct pvg_air_fc *constants, size_t count, struct pvg_error *err);

/** Bytes of a function constant's type, 0 when it is none that the language allows. */
uint8_t pvg_air_constant_size(LLVMTypeRef type);

/** Non-zero initialiser of a predicate global? Globals without a known value count as false. */
bool pvg_air_constant_is_true(LLVMValueRef global);

#endif
