/* SPDX-License-Identifier: MIT */
#include "wire/regs.h"

#define GFX(off, acc, rst, nm, text)                                                                                               \
    {.offset = PVG_REG_##off, .width = 4, .iosfc = 0, .access = PVG_REG_##acc, .reset = (rst), .name = nm, .description = text}
#define GFX64(off, acc, nm, text)                                                                                                  \
    {.offset = PVG_REG_##off, .width = 8, .iosfc = 0, .access = PVG_REG_##acc, .name = nm, .description = text}
#define MAPPER(off, w, nm, text)                                                                                                   \
    {.offset = PVG_IOSFC_##off, .width = (w), .iosfc = 1, .access = PVG_REG_RW_SIZED, .name = nm, .description = text}

const struct pvg_reg_info pvg_reg_table[] = {
    GFX(ROOT_FIFO_CTL, RW, 0, "ROOT_FIFO_CTL", "root FIFO enable (non-zero = running) and kick"),
    GFX(ROOT_FIFO_SIZE, RW, 0, "ROOT_FIFO_SIZE", "bytes of the FIFO allocation, from its first page"),
    GFX(ROOT_FIFO_PROD, RW, 0, "ROOT_FIFO_PROD", "producer byte counter; the write is the root doorbell"),
    GFX(ROOT_FIFO_CONS, R, 0, "ROOT_FIFO_CONS", "consumer byte counter, live"),
    GFX(ROOT_FIFO_OFFSET, RW, 0, "ROOT_FIFO_OFFSET", "byte offset of packet data inside the allocation"),
    GFX(IRQ_DISPLAY, RC_W1C, 0, "IRQ_DISPLAY", "pending display interrupts, one bit per pipe"),
    GFX(IRQ_STAMP, RC_W1C, 0, "IRQ_STAMP", "pending stamp interrupts, bit = slot mod 32"),
    GFX(ROOT_PAGE_PFN, RW, 0, "ROOT_PAGE_PFN", "page of the child register blocks"),
    GFX(CH_BELL, W, 0, "CH_BELL", "value = child channel with new work"),
    GFX(ROOT_KICK, W, 0, "ROOT_KICK", "any write: look at the root ring"),
    GFX(CH_BELL_REPLAY, W, 0, "CH_BELL_REPLAY", "as CH_BELL"),
    GFX(IRQ_FAULT, RW, 0, "IRQ_FAULT", "fault status, not cleared by reading"),
    GFX(FIFO_PFN, RW32_4_8, 0, "FIFO_PFN", "page of the FIFO allocation = stamp page"),
    GFX(PROTOCOL_VERSION, RW_CLAMPED, 0, "PROTOCOL_VERSION", "negotiated protocol version, at most 62"),
    GFX(FW_DISPLAY, RW, 0, "FW_DISPLAY", "firmware display selector (storage)"),
    GFX(FW_MODE_COUNT, R, 1, "FW_MODE_COUNT", "number of firmware modes"),
    GFX(FW_MODE_SELECT, RW, 0, "FW_MODE_SELECT", "firmware mode index (storage)"),
    GFX(FW_MODE_DIMS, R, PVG_FW_MODE_WIDTH << 16 | PVG_FW_MODE_HEIGHT, "FW_MODE_DIMS", "firmware mode, width << 16 | height"),
    GFX64(FW_FB_ADDR, RW64_4_8, "FW_FB_ADDR", "guest-physical address of the firmware framebuffer"),
    GFX(FW_FB_SIZE, RW, 0, "FW_FB_SIZE", "firmware framebuffer bytes"),
    GFX(FW_FB_DEPTH, RW, 0, "FW_FB_DEPTH", "firmware framebuffer bits per pixel"),
    GFX(FW_FB_MODE, RW, 0, "FW_FB_MODE", "firmware framebuffer mode (storage)"),
    GFX(DISPLAY_POKE, W, 0, "DISPLAY_POKE", "value < 32: display interrupt bit, cursor moved on that pipe"),
    GFX(FW_STRIDE_ALIGN, R, PVG_FW_STRIDE_ALIGN, "FW_STRIDE_ALIGN", "row pitch alignment of the firmware framebuffer, bytes"),
    GFX(FW_FB_PITCH, RW, 0, "FW_FB_PITCH", "firmware framebuffer bytes per row (0 = tight)"),
    GFX(PIPE_COUNT, R, 1, "PIPE_COUNT", "number of display pipes"),
    GFX(RESERVED_1230, RW, 0, "RESERVED_1230", "storage"),
    GFX(BUILTIN_PRESENT, R, 1, "BUILTIN_PRESENT", "built-in display connected"),
    MAPPER(MAP_RING, 8, "MAP_RING", "guest-physical address of the request array"),
    MAPPER(MAP_CAPACITY, 4, "MAP_CAPACITY", "ring capacity (storage)"),
    MAPPER(MAP_DESC_TABLE, 8, "MAP_DESC_TABLE", "descriptor table (storage)"),
    MAPPER(MAP_PROD, 4, "MAP_PROD", "producer index; the write processes the ring"),
    MAPPER(MAP_CONS, 4, "MAP_CONS", "consumer index"),
};

#undef GFX
#undef GFX64
#undef MAPPER

#define REG_COUNT (sizeof(pvg_reg_table) / sizeof(pvg_reg_table[0]))
const size_t pvg_reg_count = REG_COUNT;

/* The gfx names form two dense runs, so an offset maps to its entry by arithmetic. */
#define LOW_RUN_COUNT    14u /* 0x1000..0x1034 */
#define HIGH_RUN_BASE    0x1200u
#define HIGH_RUN_COUNT   14u /* 0x1200..0x1234 */
#define GFX_COUNT        (LOW_RUN_COUNT + HIGH_RUN_COUNT)
#define MAPPER_RUN_COUNT 5u /* 0x1000..0x1020, stride 8 */
_Static_assert(REG_COUNT == GFX_COUNT + MAPPER_RUN_COUNT, "register runs and table disagree");

const struct pvg_reg_info *pvg_reg_lookup(bool iosfc, uint32_t offset)
{
    if (iosfc) {
        uint32_t i = (offset - PVG_REGS_BASE) / 8;
        return offset >= PVG_REGS_BASE && offset % 8 == 0 && i < MAPPER_RUN_COUNT ? &pvg_reg_table[GFX_COUNT + i] : NULL;
    }
    if (offset % 4 != 0 || offset < PVG_REGS_BASE)
        return NULL;
    if (offset < PVG_REGS_BASE + 4 * LOW_RUN_COUNT)
        return &pvg_reg_table[(offset - PVG_REGS_BASE) / 4];
    if (offset >= HIGH_RUN_BASE && offset < HIGH_RUN_BASE + 4 * HIGH_RUN_COUNT)
        return &pvg_reg_table[LOW_RUN_COUNT + (offset - HIGH_RUN_BASE) / 4];
    return NULL;
}

const char *pvg_reg_access_name(enum pvg_reg_access access)
{
    switch (access) {
    case PVG_REG_R:
        return "r";
    case PVG_REG_W:
        return "w";
    case PVG_REG_RC_W1C:
        return "rc/w1c";
    case PVG_REG_RW:
    case PVG_REG_RW_CLAMPED:
    case PVG_REG_RW64_4_8:
    case PVG_REG_RW32_4_8:
    case PVG_REG_RW_SIZED:
        return "rw";
    }
    return "?";
}

bool pvg_protocol_dual_plane(uint32_t version)
{
    /* spec 01 section 5: the set is not monotonic. */
    const uint64_t rungs = 1ull << 31 | 1ull << 41 | 1ull << 42 | 1ull << 43 | 1ull << 60 | 1ull << 61 | 1ull << 62;
    return version < 64 && (rungs >> version & 1);
}
