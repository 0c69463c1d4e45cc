/* SPDX-License-Identifier: MIT */
/**
 * @file How the record tables write down a layout. Members are named from struct pvg_w_record (records) or from the entry struct.
 */
#ifndef PVG_WIRE_RECORD_LAYOUTS_H
#define PVG_WIRE_RECORD_LAYOUTS_H

#include "wire/stream.h"

/* offsetof and sizeof need the member's name, so these cannot be functions. */
#define PVG_W_MEMBER_SIZE(type, member) sizeof(((type *)0)->member)

/** One field of struct `type_`. */
#define PVG_W_FIELD_OF(type_, member_, offset_, wire_type_)                                                                        \
    {.name = #member_,                                                                                                             \
     .wire = (offset_),                                                                                                            \
     .mem = offsetof(type_, member_),                                                                                              \
     .type = (wire_type_),                                                                                                         \
     .size = PVG_W_MEMBER_SIZE(type_, member_),                                                                                    \
     .count = 1}

/** One field of a record. */
#define PVG_W_FIELD(member_, offset_, wire_type_) PVG_W_FIELD_OF(struct pvg_w_record, member_, offset_, wire_type_)

/** `count_` consecutive elements of an array member of a record. */
#define PVG_W_ARRAY(member_, offset_, wire_type_, count_)                                                                          \
    {.name = #member_,                                                                                                             \
     .wire = (offset_),                                                                                                            \
     .mem = offsetof(struct pvg_w_record, member_),                                                                                \
     .type = (wire_type_),                                                                                                         \
     .size = PVG_W_MEMBER_SIZE(struct pvg_w_record, member_[0]),                                                                   \
     .count = (count_)}

/** `count_` nested structs with a layout of their own. */
#define PVG_W_NESTED(member_, offset_, layout_, count_)                                                                            \
    {.name = #member_,                                                                                                             \
     .wire = (offset_),                                                                                                            \
     .mem = offsetof(struct pvg_w_record, member_),                                                                                \
     .type = PVG_W_STRUCT,                                                                                                         \
     .size = sizeof(struct pvg_w_attachment),                                                                                      \
     .count = (count_),                                                                                                            \
     .sub = (layout_)}

/** A texture descriptor inside a record. */
#define PVG_W_TEXTURE_FIELD(member_, offset_, wire_type_)                                                                          \
    {.name = #member_,                                                                                                             \
     .wire = (offset_),                                                                                                            \
     .mem = offsetof(struct pvg_w_record, member_),                                                                                \
     .type = (wire_type_),                                                                                                         \
     .size = 0,                                                                                                                    \
     .count = 1}

/** A layout named `name_` of `length_` bytes whose values live in union member `member_` of a record. */
#define PVG_W_RECORD_LAYOUT(name_, length_, member_, ...)                                                                          \
    static const struct pvg_w_field name_##_fields[] = {__VA_ARGS__};                                                              \
    static const struct pvg_w_layout name_ = {.length = (length_),                                                                 \
                                              .mem_size = PVG_W_MEMBER_SIZE(struct pvg_w_record, member_),                         \
                                              .field_count = sizeof(name_##_fields) / sizeof(name_##_fields[0]),                   \
                                              .fields = name_##_fields}

/** As above for a struct of its own (entries, attachments). */
#define PVG_W_STRUCT_LAYOUT(name_, length_, type_, ...)                                                                            \
    static const struct pvg_w_field name_##_fields[] = {__VA_ARGS__};                                                              \
    static const struct pvg_w_layout name_ = {.length = (length_),                                                                 \
                                              .mem_size = sizeof(type_),                                                           \
                                              .field_count = sizeof(name_##_fields) / sizeof(name_##_fields[0]),                   \
                                              .fields = name_##_fields}

/** A row of a record table: a record of fixed length. */
#define PVG_W_FIXED(segment_, opcode_, length_, kind_, arg_, gate_, layout_, name_)                                                \
    [(opcode_) - PVG_W_TABLE_BASE] = {.name = (name_),                                                                             \
                                      .opcode = (opcode_),                                                                         \
                                      .segment = (segment_),                                                                       \
                                      .kind = (kind_),                                                                             \
                                      .arg = (arg_),                                                                               \
                                      .gate = (gate_),                                                                             \
                                      .length = (length_),                                                                         \
                                      .layout = (layout_)}

/** As PVG_W_FIXED for state and events, where the known prefix of a longer record is read (spec 06 section 11). */
#define PVG_W_STATE(segment_, opcode_, length_, kind_, arg_, gate_, layout_, name_)                                                \
    [(opcode_) - PVG_W_TABLE_BASE] = {.name = (name_),                                                                             \
                                      .opcode = (opcode_),                                                                         \
                                      .segment = (segment_),                                                                       \
                                      .kind = (kind_),                                                                             \
                                      .arg = (arg_),                                                                               \
                                      .gate = (gate_),                                                                             \
                                      .length = (length_),                                                                         \
                                      .longer_ok = true,                                                                           \
                                      .layout = (layout_)}

/** A row with entries: `head_` bytes precede entry 0, the count lies at `count_at_`. */
#define PVG_W_LIST(segment_, opcode_, head_, kind_, arg_, gate_, layout_, entry_, count_at_, count_size_, name_)                   \
    [(opcode_) - PVG_W_TABLE_BASE] = {.name = (name_),                                                                             \
                                      .opcode = (opcode_),                                                                         \
                                      .segment = (segment_),                                                                       \
                                      .kind = (kind_),                                                                             \
                                      .arg = (arg_),                                                                               \
                                      .gate = (gate_),                                                                             \
                                      .entry = (entry_),                                                                           \
                                      .count_at = (count_at_),                                                                     \
                                      .count_size = (count_size_),                                                                 \
                                      .entries_at = (head_),                                                                       \
                                      .length = (head_),                                                                           \
                                      .layout = (layout_)}

/* Tables by opcode range; unused rows have no name. */
#define PVG_W_RENDER_BASE  0x00
#define PVG_W_RENDER_ROWS  0xa7
#define PVG_W_COMPUTE_BASE 0xc8
#define PVG_W_COMPUTE_ROWS 0x1f
#define PVG_W_BLIT_BASE    0x12c
#define PVG_W_BLIT_ROWS    0x18
#define PVG_W_EVENT_BASE   0x190
#define PVG_W_EVENT_ROWS   3
#define PVG_W_INFO_BASE    0x1c2
#define PVG_W_INFO_ROWS    0x14

extern const struct pvg_w_record_info pvg_w_render_records[PVG_W_RENDER_ROWS];
extern const struct pvg_w_record_info pvg_w_indexed_patches_record; /**< Opcode 0x0C, length 68. */
extern const struct pvg_w_record_info pvg_w_compute_records[PVG_W_COMPUTE_ROWS];
extern const struct pvg_w_record_info pvg_w_blit_records[PVG_W_BLIT_ROWS];
extern const struct pvg_w_record_info pvg_w_event_records[PVG_W_EVENT_ROWS];
extern const struct pvg_w_record_info pvg_w_info_records[PVG_W_INFO_ROWS];

#endif
