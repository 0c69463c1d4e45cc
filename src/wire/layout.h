/* SPDX-License-Identifier: MIT */
/**
 * @file Table-driven layouts: one description of a fixed byte layout drives decoding, encoding and the tests.
 *
 * A layout lists fields {wire offset, type, repeat count, member offset}. Every stream record of spec 06 is one layout, with an
 * optional array of entries behind it.
 */
#ifndef PVG_WIRE_LAYOUT_H
#define PVG_WIRE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How a field lies on the wire and what the member is. Signed fields sign-extend into the member. */
enum pvg_w_field_type {
    PVG_W_U8,
    PVG_W_U16,
    PVG_W_U32,
    PVG_W_U64,
    PVG_W_S16,
    PVG_W_S64,
    PVG_W_F32,
    PVG_W_F64,
    PVG_W_NARROW_TEXTURE, /**< 32-byte texture descriptor; the member is a struct pvg_w_texture_desc. */
    PVG_W_WIDE_TEXTURE,   /**< 40-byte texture descriptor. */
    PVG_W_STRUCT,         /**< Nested layout, in `sub`. */
    PVG_W_IMPLIED,        /**< Not on the wire: the member reads `wire` (as a number) and must be that to be encoded. */
};

struct pvg_w_layout;

struct pvg_w_field {
    const char *name;
    uint16_t wire; /**< Offset from the start of the record or entry; value for PVG_W_IMPLIED. */
    uint16_t mem;  /**< Offset of the member. */
    uint8_t type;  /**< enum pvg_w_field_type. */
    uint8_t size;  /**< Bytes of one member element. */
    uint8_t count; /**< Array elements, consecutive on the wire and in memory. */
    const struct pvg_w_layout *sub;
};

struct pvg_w_layout {
    uint16_t length;   /**< Wire bytes, header of a record included. */
    uint16_t mem_size; /**< sizeof the struct. */
    uint8_t field_count;
    const struct pvg_w_field *fields;
};

/** Wire bytes of one element of a field type (0 for PVG_W_IMPLIED). */
uint32_t pvg_w_field_size(const struct pvg_w_field *field);

/** Read all fields; `p` holds at least layout->length bytes. @return false when a texture descriptor inside is invalid. */
bool pvg_w_layout_decode(const struct pvg_w_layout *layout, const uint8_t *p, void *out);

/** Write all fields; bytes between them are left alone. @return false when a value does not fit its field. */
bool pvg_w_layout_encode(const struct pvg_w_layout *layout, uint8_t *dst, const void *in);

#endif
