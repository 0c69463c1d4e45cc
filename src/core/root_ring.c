/* SPDX-License-Identifier: MIT */
#include "core/core.h"

/* The root FIFO: contiguous guest memory, positions in registers (spec 02 section 2). */

static bool read_root(void *opaque, uint32_t offset, void *buf, uint32_t len)
{
    const struct pvg_fifo_view *v = opaque;

    return pvg_gpa_read(v->dev, v->gpa + offset, buf, len);
}

enum pvg_fifo_open pvg_root_ring_open(struct pvg_device *dev, struct pvg_fifo *fifo, struct pvg_fifo_view *view)
{
    struct pvg_root_ring geometry;

    if (!pvg_root_ring_geometry(pvg_reg_load(dev, PVG_REG_FIFO_PFN), pvg_reg_load(dev, PVG_REG_ROOT_FIFO_SIZE),
                                pvg_reg_load(dev, PVG_REG_ROOT_FIFO_OFFSET), dev->page_shift, &geometry))
        return PVG_FIFO_ABSENT;
    *view = (struct pvg_fifo_view){
        .dev = dev,
        .fifo = fifo,
        .ring = {.size = geometry.size, .read = read_root, .opaque = view},
        .gpa = geometry.gpa,
        .head = pvg_reg_load(dev, PVG_REG_ROOT_FIFO_CONS),
        .tail = pvg_reg_load(dev, PVG_REG_ROOT_FIFO_PROD),
        .slot = 0,
    };
    return PVG_FIFO_READY;
}

bool pvg_root_ring_advance(struct pvg_fifo_view *view, uint32_t head)
{
    atomic_store(pvg_reg_word(view->dev, PVG_REG_ROOT_FIFO_CONS), head);
    return true;
}
