/* SPDX-License-Identifier: MIT */
/**
 * @file What of the protocol a process exercised: how often each packet, object and stream record took effect or was refused.
 *
 * Off unless OPENPVG_CENSUS names a file. Then one line per item is appended to it when the process exits:
 * program, renderer, kind, code, times it took effect, times it was refused, separated by tabs. The listing of
 * `openpvg protocol --coverage` says from such files which tests reach a record.
 */
#ifndef PVG_UTIL_CENSUS_H
#define PVG_UTIL_CENSUS_H

#include <stdbool.h>
#include <stdint.h>

enum pvg_census_kind {
    PVG_CENSUS_FIFO,    /**< Opcode of a packet. */
    PVG_CENSUS_TYPE,    /**< Type of an object list entry. */
    PVG_CENSUS_CREATE,  /**< Opcode of a creation record. */
    PVG_CENSUS_DESTROY, /**< Opcode of a destroy record. */
    PVG_CENSUS_RECORD,  /**< Opcode of a stream record. */
    PVG_CENSUS_KINDS
};

/** Codes from this on are not counted. */
#define PVG_CENSUS_CODES 1024u
/** Code of the longer layout of stream record 0x0C, which is a command of its own. */
#define PVG_CENSUS_INDEXED_PATCHES 0x30cu

extern bool pvg_census_on; /**< Set before main(); constant afterwards. */

/** Count; call pvg_census() instead. Any thread. */
void pvg_census_add(enum pvg_census_kind kind, uint32_t code, bool refused);

/** Name the renderer of this process ("null", "vulkan"); later calls win. Any thread, a string constant. */
void pvg_census_renderer(const char *name);

static inline void pvg_census(enum pvg_census_kind kind, uint32_t code, bool refused)
{
    if (__builtin_expect(pvg_census_on, 0))
        pvg_census_add(kind, code, refused);
}

#endif
