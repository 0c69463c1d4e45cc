/* SPDX-License-Identifier: MIT */
#include "core/core.h"

/*
 * Handlers of the gfx window (spec 01 sections 2 and 3). They run on vCPU threads, concurrently with everything else, and use
 * atomic operations only: no lock, no allocation, no wait (rule R9). Behaviour comes from the register table of the wire layer;
 * the switches below hold the effects.
 */

static _Atomic uint32_t *word_at(struct pvg_device *dev, uint32_t offset)
{
    return &dev->words[(offset - PVG_REGS_BASE) / 4];
}

static uint32_t read_constant(struct pvg_device *dev, const struct pvg_reg_info *reg)
{
    switch (reg->offset) {
    case PVG_REG_ROOT_FIFO_CONS:
        return pvg_reg_load(dev, PVG_REG_ROOT_FIFO_CONS);
    case PVG_REG_PIPE_COUNT:
        return dev->pipe_count;
    default:
        return reg->reset;
    }
}

static uint32_t read32(struct pvg_device *dev, uint32_t offset)
{
    const struct pvg_reg_info *reg = pvg_reg_lookup(false, offset);

    if (!reg)
        return atomic_load(word_at(dev, offset));
    switch (reg->access) {
    case PVG_REG_R:
        return read_constant(dev, reg);
    case PVG_REG_W:
        return 0;
    case PVG_REG_RC_W1C:
        return atomic_exchange(word_at(dev, offset), 0);
    case PVG_REG_RW64_4_8:
        return (uint32_t)atomic_load(&dev->fb_addr);
    default:
        return atomic_load(word_at(dev, offset));
    }
}

static void ring_channel(struct pvg_device *dev, uint32_t id)
{
    if (id == 0 || id > PVG_CHANNEL_MAX) {
        pvg_warn_limited(&dev->log, "doorbell for channel %u, which does not exist", id);
        return;
    }
    pvg_worker_ring(dev, 1u << id);
}

static void poke_display(struct pvg_device *dev, uint32_t pipe)
{
    if (pipe >= 32)
        return;
    if (pipe < dev->pipe_count)
        pvg_displays_cursor_poke(dev->displays, pipe);
    pvg_device_display_irq(dev, 1u << pipe);
}

/** Effects of a write beyond storage; the value is stored already. */
static void write_effect(struct pvg_device *dev, uint32_t offset, uint32_t value)
{
    switch (offset) {
    case PVG_REG_ROOT_FIFO_CTL:
        if (value)
            pvg_worker_ring(dev, 1u);
        break;
    case PVG_REG_ROOT_FIFO_PROD:
        if (pvg_reg_load(dev, PVG_REG_ROOT_FIFO_CTL))
            pvg_worker_ring(dev, 1u);
        break;
    case PVG_REG_ROOT_KICK:
        pvg_worker_ring(dev, 1u);
        break;
    case PVG_REG_CH_BELL:
    case PVG_REG_CH_BELL_REPLAY:
        ring_channel(dev, value);
        break;
    case PVG_REG_DISPLAY_POKE:
        poke_display(dev, value);
        break;
    default:
        break;
    }
}

static void write_fb_low(struct pvg_device *dev, uint32_t low)
{
    uint64_t old = atomic_load(&dev->fb_addr);

    while (!atomic_compare_exchange_weak(&dev->fb_addr, &old, (old & ~UINT64_C(0xffffffff)) | low))
        ;
}

static void write32(struct pvg_device *dev, uint32_t offset, uint32_t value)
{
    const struct pvg_reg_info *reg = pvg_reg_lookup(false, offset);

    if (!reg) {
        atomic_store(word_at(dev, offset), value);
        return;
    }
    switch (reg->access) {
    case PVG_REG_R:
        return;
    case PVG_REG_W:
        break;
    case PVG_REG_RC_W1C:
        atomic_fetch_and(word_at(dev, offset), ~value);
        return;
    case PVG_REG_RW_CLAMPED:
        atomic_store(word_at(dev, offset), pvg_protocol_version_clamp(value));
        return;
    case PVG_REG_RW64_4_8:
        write_fb_low(dev, value);
        return;
    default:
        atomic_store(word_at(dev, offset), value);
        break;
    }
    write_effect(dev, offset, value);
}

/** Offsets that a 4-byte access may have (rules R1, R5a and the end of the window). */
static bool decodes(uint64_t offset)
{
    return offset >= PVG_REGS_BASE && offset < PVG_REGS_END && offset % 4 == 0;
}

static uint64_t gfx_read(struct pvg_device *dev, uint64_t offset, unsigned size)
{
    uint64_t low, high;

    if (!decodes(offset) || (size != 4 && size != 8))
        return 0;
    if (size == 4)
        return read32(dev, (uint32_t)offset);
    if (offset == PVG_REG_FW_FB_ADDR)
        return atomic_load(&dev->fb_addr);
    low = read32(dev, (uint32_t)offset);
    if (offset == PVG_REG_FIFO_PFN || !decodes(offset + 4))
        return low;
    high = read32(dev, (uint32_t)offset + 4);
    return low | high << 32;
}

static void gfx_write(struct pvg_device *dev, uint64_t offset, uint64_t value, unsigned size)
{
    if (!decodes(offset))
        return;
    if (size != 4 && size != 8) {
        pvg_warn_limited(&dev->log, "register 0x%llx: write of %u bytes ignored", (unsigned long long)offset, size);
        return;
    }
    if (size == 8 && offset == PVG_REG_FW_FB_ADDR) {
        atomic_store(&dev->fb_addr, value);
        return;
    }
    write32(dev, (uint32_t)offset, (uint32_t)value);
    if (size == 8 && offset != PVG_REG_FIFO_PFN && decodes(offset + 4))
        write32(dev, (uint32_t)offset + 4, (uint32_t)(value >> 32));
}

uint64_t pvg_mmio_read(struct pvg_device *dev, enum pvg_window window, uint64_t offset, unsigned size)
{
    pvg_count(&dev->counters.mmio_reads);
    if (window == PVG_WINDOW_GFX)
        return gfx_read(dev, offset, size);
    return dev->variant == PVG_VARIANT_PLATFORM ? pvg_iosfc_read(dev, offset, size) : 0;
}

void pvg_mmio_write(struct pvg_device *dev, enum pvg_window window, uint64_t offset, uint64_t value, unsigned size)
{
    pvg_count(&dev->counters.mmio_writes);
    if (window == PVG_WINDOW_GFX)
        gfx_write(dev, offset, value, size);
    else if (dev->variant == PVG_VARIANT_PLATFORM)
        pvg_iosfc_write(dev, offset, value, size);
}

bool pvg_device_boot_scanout(struct pvg_device *dev, struct pvg_boot_scanout *out)
{
    *out = (struct pvg_boot_scanout){
        .gpa = atomic_load(&dev->fb_addr),
        .pitch = pvg_reg_load(dev, PVG_REG_FW_FB_PITCH),
        .width = PVG_FW_MODE_WIDTH,
        .height = PVG_FW_MODE_HEIGHT,
    };
    if (!out->pitch)
        out->pitch = out->width * 4;
    return out->gpa != 0;
}

void pvg_mmio_clear(struct pvg_device *dev)
{
    for (uint32_t i = 0; i < PVG_REG_WORDS; i++)
        atomic_store(&dev->words[i], 0);
    atomic_store(&dev->fb_addr, 0);
}
