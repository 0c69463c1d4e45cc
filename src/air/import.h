/* SPDX-License-Identifier: MIT */
/**
 * @file Pointers and handles that code loads from memory (argument buffers; spec 06 section 15.9, docs/protocol-notes.md).
 *
 * In memory a pointer is an address of the guest and a handle the number of an object. They keep this form as values and are
 * looked up where they are used, so that copies, comparisons and stores need nothing. Functions that do so see bound buffers at
 * their guest addresses too, and functions in which bound and loaded handles meet see bound handles by their numbers.
 *
 * Both look-ups search rows of 32 bytes that are sorted by a 64-bit key; row 0 has key 0 and stands for "not found".
 */
#ifndef PVG_AIR_IMPORT_H
#define PVG_AIR_IMPORT_H

#include "air/translate.h"

/** Decide which of the forms above the function needs and give it table entries. After pvg_at_analyse_pointers(). */
void pvg_at_plan_imports(struct pvg_at *at);
/** `v`, just computed as `id`, may be the base of look-ups: do them once, here. */
void pvg_at_import_defined(struct pvg_at *at, LLVMValueRef v, uint32_t id);

/** Guest range behind a pointer (ids): all zero when there is none. */
struct pvg_at_range {
    uint32_t start;  /**< Guest address of its first byte. */
    uint32_t delta;  /**< Device address minus guest address. */
    uint32_t length; /**< 32 bits. */
};
struct pvg_at_range pvg_at_import_pointer(struct pvg_at *at, LLVMValueRef pointer);

/**
 * Heap index of an imported texture. `shape` is what the operation needs; a texture of another shape (or, unless `any_class`, of
 * another component class) gives the null descriptor. `faces`: the view of a cube's faces.
 */
uint32_t pvg_at_import_texture(struct pvg_at *at, LLVMValueRef handle, const struct pvg_air_texture *shape, bool any_class,
                               bool faces);
/** Table word of an imported sampler. */
uint32_t pvg_at_import_sampler(struct pvg_at *at, LLVMValueRef handle, bool compare);
/** Reads of this imported texture must go through the storage image, because the function writes it as well. */
bool pvg_at_import_written(struct pvg_at *at, LLVMValueRef handle);

#endif
