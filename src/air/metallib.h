/* SPDX-License-Identifier: MIT */
/** @file What the container reader and writer share (spec 07 section 2). The API is in <openpvg/air.h>. */
#ifndef PVG_AIR_METALLIB_H
#define PVG_AIR_METALLIB_H

#include "air/bytes.h"

#include <openpvg/air.h>

/** A checked range of the file. */
struct pvg_metallib_bytes {
    const uint8_t *p;
    size_t n;
};

/** Where a function's parts lie in their sections, and how its writer put it. */
struct pvg_metallib_place {
    bool has_offsets, has_size;
    bool size_first; /**< MDSZ stands before OFFT. */
    uint64_t public_offset, private_offset, bitcode_offset, bitcode_size;
    struct pvg_bytes unknown; /**< Tags that this library does not know, as they are. */
};

struct pvg_metallib {
    uint8_t *data;
    size_t size;
    struct pvg_metallib_function *functions;
    size_t count;
    struct pvg_metallib_place *places; /**< NULL: a bare module. */
    struct pvg_metallib_bytes public_metadata, private_metadata, bitcode;
    struct pvg_metallib_info info;
};

/** One tag of a group (spec 07 section 2.3). */
struct pvg_metallib_tag {
    char name[4];
    struct pvg_metallib_bytes body;
};

enum pvg_metallib_walk { PVG_METALLIB_TAG, PVG_METALLIB_END, PVG_METALLIB_BROKEN };

/** Take the next tag off `in`. */
enum pvg_metallib_walk pvg_metallib_next_tag(struct pvg_metallib_bytes *in, struct pvg_metallib_tag *tag);
/** `size` bytes at `offset` of `in`. @return false when they are not all there. */
bool pvg_metallib_slice(struct pvg_metallib_bytes in, uint64_t offset, uint64_t size, struct pvg_metallib_bytes *out);

/** Header fields and extension of a container whose header's ranges are checked. A broken extension tag costs that tag. */
void pvg_metallib_read_info(struct pvg_metallib_bytes file, struct pvg_metallib_info *info);

/** TYPE tag of a stage (spec 07 section 2.13). Tile functions are kernels in the file. */
int pvg_metallib_type_of_stage(enum pvg_air_stage stage);

/** Name, type and versions of each entry point of a bare module, as pvg_metallib_open() takes them from a child (isolate.h). */
int pvg_metallib_list_entries(const void *bitcode, size_t size, struct pvg_bytes *reply, struct pvg_error *err);

#endif
