/* SPDX-License-Identifier: MIT */
/**
 * @file Bitcode to LLVM module, in a context of its own.
 *
 * Nothing here prints or ends the process for broken input: messages go to `err`. Bitcode of a guest only gets here in a child
 * process (isolate.h).
 *
 * Thread-safety: a module belongs to one thread at a time; different modules may be used concurrently.
 */
#ifndef PVG_AIR_MODULE_H
#define PVG_AIR_MODULE_H

#include <openpvg/air.h>

#include <llvm-c/Core.h>

struct pvg_air_module {
    LLVMContextRef context;
    LLVMModuleRef module;
    char *message; /**< Last diagnostic of LLVM, or NULL. */
    bool verified; /**< All of it, see pvg_air_module_verify(). */
};

/** Where a bitcode blob's stream lies inside its wrapper (spec 07 section 2.9). */
struct pvg_air_span {
    size_t offset, size;
};

/**
 * Find the bitcode stream of a wrapped (0B17C0DE) or bare ("BC" C0DE) blob.
 * @return false when the magic or the wrapper's fields are wrong.
 */
bool pvg_air_bitcode_span(const uint8_t *data, size_t size, struct pvg_air_span *out, struct pvg_error *err);

/**
 * Parse AIR bitcode: checks the wrapper and the triple (air64*), drops debug information, verifies the code (of simple modules
 * that alone, see pvg_air_module_verify()) and clears the triple so that LLVM passes accept it (spec 07 section 3.1). The bytes may
 * go afterwards. Release with pvg_air_module_free().
 * @return 0, -EINVAL with a message, -ENOMEM.
 */
int pvg_air_module_parse(const void *bitcode, size_t size, struct pvg_air_module *out, struct pvg_error *err);

/**
 * Verify what pvg_air_module_parse() left out. To be called before LLVM's passes or its linker work on a module; cheap when there
 * is nothing left. @return 0, -EINVAL.
 */
int pvg_air_module_verify(struct pvg_air_module *m, struct pvg_error *err);

/** Is local memory indexed by a value? It stays memory then, whatever else uses it. */
bool pvg_air_stays_memory(LLVMValueRef local);

/** Parse AIR text (`.ll`) with the same checks. The triple stays: the module is meant to be written. */
int pvg_air_module_parse_text(const char *text, size_t size, struct pvg_air_module *out, struct pvg_error *err);

/** Read another module into `m`'s context; the caller disposes of it or links it into `m->module`. @return 0, -EINVAL. */
int pvg_air_module_parse_more(struct pvg_air_module *m, const void *bitcode, size_t size, LLVMModuleRef *out,
                              struct pvg_error *err);
void pvg_air_module_free(struct pvg_air_module *module);

#endif
