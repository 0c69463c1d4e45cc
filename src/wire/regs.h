/* SPDX-License-Identifier: MIT */
/**
 * @file Registers of the gfx window and of the IOSurface mapper window (spec 01 sections 2, 3 and 4.1).
 *
 * The tables are the single list of registers: the device dispatches through them and the coverage report prints them.
 */
#ifndef PVG_WIRE_REGS_H
#define PVG_WIRE_REGS_H

#include "wire/wire.h"

/** gfx window. Names are those of the specification. */
enum pvg_reg {
    PVG_REG_ROOT_FIFO_CTL = 0x1000,
    PVG_REG_ROOT_FIFO_SIZE = 0x1004,
    PVG_REG_ROOT_FIFO_PROD = 0x1008,
    PVG_REG_ROOT_FIFO_CONS = 0x100c,
    PVG_REG_ROOT_FIFO_OFFSET = 0x1010,
    PVG_REG_IRQ_DISPLAY = 0x1014,
    PVG_REG_IRQ_STAMP = 0x1018,
    PVG_REG_ROOT_PAGE_PFN = 0x101c,
    PVG_REG_CH_BELL = 0x1020,
    PVG_REG_ROOT_KICK = 0x1024,
    PVG_REG_CH_BELL_REPLAY = 0x1028,
    PVG_REG_IRQ_FAULT = 0x102c,
    PVG_REG_FIFO_PFN = 0x1030,
    PVG_REG_PROTOCOL_VERSION = 0x1034,
    PVG_REG_FW_DISPLAY = 0x1200,
    PVG_REG_FW_MODE_COUNT = 0x1204,
    PVG_REG_FW_MODE_SELECT = 0x1208,
    PVG_REG_FW_MODE_DIMS = 0x120c,
    PVG_REG_FW_FB_ADDR = 0x1210,
    PVG_REG_FW_FB_SIZE = 0x1214,
    PVG_REG_FW_FB_DEPTH = 0x1218,
    PVG_REG_FW_FB_MODE = 0x121c,
    PVG_REG_DISPLAY_POKE = 0x1220,
    PVG_REG_FW_STRIDE_ALIGN = 0x1224,
    PVG_REG_FW_FB_PITCH = 0x1228,
    PVG_REG_PIPE_COUNT = 0x122c,
    PVG_REG_RESERVED_1230 = 0x1230,
    PVG_REG_BUILTIN_PRESENT = 0x1234,
};

/** IOSurface mapper window. */
enum pvg_iosfc_reg {
    PVG_IOSFC_MAP_RING = 0x1000,
    PVG_IOSFC_MAP_CAPACITY = 0x1008,
    PVG_IOSFC_MAP_DESC_TABLE = 0x1010,
    PVG_IOSFC_MAP_PROD = 0x1018,
    PVG_IOSFC_MAP_CONS = 0x1020,
};

/** First byte of the register area of both windows; everything below reads 0 (rule R1). */
#define PVG_REGS_BASE 0x1000u
/** Bytes that the gfx window decodes. */
#define PVG_REGS_END 0x4000u
/** Highest protocol version (spec 01 section 5). */
#define PVG_PROTOCOL_VERSION_MAX 62u
/** Version that stock guest drivers request. */
#define PVG_PROTOCOL_VERSION_STOCK 4u
/** Size of the only pre-boot mode, as FW_MODE_DIMS reads. */
#define PVG_FW_MODE_WIDTH   1920u
#define PVG_FW_MODE_HEIGHT  1080u
#define PVG_FW_STRIDE_ALIGN 64u

/** How a register behaves. */
enum pvg_reg_access {
    PVG_REG_RW,         /**< Plain storage, with or without an effect on write. */
    PVG_REG_R,          /**< Read only; writes have no effect. */
    PVG_REG_W,          /**< Write only; reads 0. */
    PVG_REG_RC_W1C,     /**< Read returns and clears; write clears the bits that are 1. */
    PVG_REG_RW_CLAMPED, /**< Stores min(value, 62). */
    PVG_REG_RW64_4_8,   /**< 64 bits behind a 4- or 8-byte access at one offset (rule R4). */
    PVG_REG_RW32_4_8,   /**< 32 bits; an 8-byte access touches this register only (rule R4). */
    PVG_REG_RW_SIZED,   /**< iosfc: the stored value is the written one, zero-extended. */
};

struct pvg_reg_info {
    uint16_t offset;
    uint8_t width; /**< Natural width in bytes: 4 or 8. */
    uint8_t iosfc; /**< 0: gfx window, 1: IOSurface mapper window. */
    enum pvg_reg_access access;
    uint32_t reset; /**< Value after reset; constant for PVG_REG_R registers except ROOT_FIFO_CONS. */
    const char *name;
    const char *description;
};

/** All registers of both windows, gfx first, ascending offsets. */
extern const struct pvg_reg_info pvg_reg_table[];
extern const size_t pvg_reg_count;

/** Entry of a register, NULL for offsets without a name. Constant time. */
const struct pvg_reg_info *pvg_reg_lookup(bool iosfc, uint32_t offset);

/** "r", "w", "rw", "rc/w1c" for reports. */
const char *pvg_reg_access_name(enum pvg_reg_access access);

/** Version that a guest reads back after writing `request`. */
static inline uint32_t pvg_protocol_version_clamp(uint32_t request)
{
    return request < PVG_PROTOCOL_VERSION_MAX ? request : PVG_PROTOCOL_VERSION_MAX;
}

/** Does the guest's driver of this version use two-plane textures (device-info key 12; spec 01 section 5)? */
bool pvg_protocol_dual_plane(uint32_t version);

#endif
