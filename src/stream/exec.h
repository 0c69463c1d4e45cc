/* SPDX-License-Identifier: MIT */
/**
 * @file Objects of tasks and execution of command buffers: what the core's packet handlers call (spec 03 sections 7 and 8,
 * spec 05, spec 06).
 *
 * All functions run on the device's worker thread.
 */
#ifndef PVG_STREAM_EXEC_H
#define PVG_STREAM_EXEC_H

#include "core/task.h"

/** Device-wide object state: surfaces, mapper mappings, the validity clock. One per device. */
struct pvg_surfaces;

struct pvg_surfaces *pvg_surfaces_create(struct pvg_device *dev);
void pvg_surfaces_destroy(struct pvg_surfaces *s);

/** The device's surfaces; implemented by the core, which owns them. */
struct pvg_surfaces *pvg_device_surfaces(struct pvg_device *dev);

/** Objects of one task. */
struct pvg_objects *pvg_objects_create(struct pvg_task *task);
void pvg_objects_destroy(struct pvg_objects *o);

/** Counters the executor fills; folded into pvg_stats by the core. */
struct pvg_exec_stats {
    uint64_t command_buffers, records, records_refused, draws, draws_refused, dispatches, blits;
    uint64_t objects_created, objects_destroyed;
};
struct pvg_exec_stats *pvg_device_exec_stats(struct pvg_device *dev);

/** 0x33 SetObjectList took effect; objects that exist stay. */
void pvg_objects_list_changed(struct pvg_objects *o);

/** 0x39/0x22: the guest (un)mapped [gva, gva+len) of the task. */
void pvg_objects_range_changed(struct pvg_objects *o, uint64_t gva, uint64_t len, bool mapped);

/** 0x25, 0x28 (serializer destroy record), 0x36, 0x3c. Each logs and ignores what it cannot apply. */
void pvg_objects_delete_resource(struct pvg_objects *o, uint32_t ref);
void pvg_objects_delete_object(struct pvg_objects *o, const uint8_t *record, size_t len);
void pvg_surfaces_delete_backing(struct pvg_surfaces *s, uint32_t surface_id);
void pvg_objects_replace_physical(struct pvg_objects *o, uint32_t ref);

/** Mapper rail (platform variant): a mapping appeared or went. `pages` are guest-physical addresses, copied. */
struct pvg_mapping_plane {
    uint32_t offset, width, height, bytes_per_row, bytes_per_element;
};
struct pvg_mapping_desc {
    uint32_t id, width, height, bytes_per_row, pixel_format; /**< OSType FourCC. */
    uint64_t byte_length;
    uint64_t base_offset; /**< Offset of the pixels in the first page. */
    uint32_t plane_count;
    struct pvg_mapping_plane planes[8];
    const uint64_t *pages;
    size_t page_count;
};
void pvg_surfaces_map(struct pvg_surfaces *s, const struct pvg_mapping_desc *desc);
void pvg_surfaces_unmap(struct pvg_surfaces *s, uint32_t mapping_id);

/** Validity quad of 0x34 or of the exec resource table: clear_host, set_host, clear_guest, set_guest. */
void pvg_objects_validity(struct pvg_objects *o, uint32_t id, const uint8_t quad[4]);

/**
 * 0x35/0x3e (discard false/true): record the write-backs that `refs` owe into `cmd`. 0x3f: forget what is known about their pages;
 * content that is owed stays owed.
 */
void pvg_objects_synchronize(struct pvg_objects *o, struct pvg_rcmd *cmd, const uint32_t *refs, size_t count, bool discard);
void pvg_objects_discard(struct pvg_objects *o, const uint32_t *refs, size_t count);

/** Execute one captured command buffer of the task into `cmd`. */
void pvg_stream_exec(struct pvg_objects *o, struct pvg_rcmd *cmd, const uint8_t *bytes, size_t len);
/** All streams of the packet were executed: close what they left open (owed buffers copies, query results). */
void pvg_stream_packet_end(struct pvg_objects *o, struct pvg_rcmd *cmd);

/** Is the record executed? Otherwise `*reason` says why it is refused. Drives the coverage listing. */
bool pvg_stream_record_state(const struct pvg_w_record_info *info, const char **reason);
/** Can objects of this kind be made? Otherwise `*reason` says why not. */
bool pvg_object_kind_state(enum pvg_w_object_kind kind, const char **reason);
/** Does a destroy record (packet 0x28) for this kind have an effect? Otherwise `*reason` says why not. */
bool pvg_object_destroy_state(enum pvg_w_object_kind kind, const char **reason);

/** 0x3b / 0x40 queries. @return number of {key, value} pairs or reply bytes written into `reply`, as spec 05 section 11 says. */
size_t pvg_objects_compute_info(struct pvg_objects *o, uint32_t pipeline_ref, uint32_t pairs[][2], size_t capacity);
bool pvg_objects_heap_size_align(struct pvg_objects *o, const uint8_t *record, size_t len, uint64_t *size, uint64_t *align);

/**
 * Present: the newest content of a surface (PCI: type-4 surface id; platform: mapping id) as a frame. NULL when the surface is
 * unknown or cannot be shown. Width and height come back from the surface.
 */
struct pvg_rframe *pvg_surfaces_capture(struct pvg_surfaces *s, struct pvg_rcmd *cmd, uint32_t surface_id, uint32_t *width,
                                        uint32_t *height);

#endif
