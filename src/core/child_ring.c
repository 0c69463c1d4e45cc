/* SPDX-License-Identifier: MIT */
#include "core/core.h"

#include <stdlib.h>
#include <string.h>

/* Child FIFOs: scattered guest pages, positions in a register block of the root page (spec 02 section 3). */

void pvg_child_ring_forget(struct pvg_fifo *fifo)
{
    free(fifo->pages);
    fifo->pages = NULL;
    fifo->page_count = 0;
    fifo->list_pfn = 0;
}

static bool read_child(void *opaque, uint32_t offset, void *buf, uint32_t len)
{
    const struct pvg_fifo_view *v = opaque;
    uint32_t shift = v->dev->page_shift, page = 1u << shift;
    uint8_t *dst = buf;

    while (len) {
        uint32_t in_page = offset & (page - 1), part = page - in_page < len ? page - in_page : len;

        if (!pvg_gpa_read(v->dev, pvg_pfn_gpa(v->fifo->pages[offset >> shift], shift) + in_page, dst, part))
            return false;
        offset += part;
        dst += part;
        len -= part;
    }
    return true;
}

/** Cache the page list at `pfn`: entries up to the first 0, the end of the page, or the end of RAM. */
static bool load_list(struct pvg_device *dev, struct pvg_fifo *fifo, uint32_t pfn)
{
    uint64_t gpa = pvg_pfn_gpa(pfn, dev->page_shift);
    uint32_t max = pvg_ring_list_max(dev->page_shift), count = 0, entry;

    pvg_child_ring_forget(fifo);
    fifo->pages = malloc(max * sizeof(*fifo->pages));
    if (!fifo->pages)
        return false;
    while (count < max && pvg_gpa_load32(dev, gpa + 4ull * count, &entry) && entry)
        fifo->pages[count++] = entry;
    fifo->page_count = count;
    /* An empty list is a ring that is not published yet: look again next time. */
    if (count)
        fifo->list_pfn = pfn;
    return true;
}

enum pvg_fifo_open pvg_child_ring_open(struct pvg_device *dev, struct pvg_fifo *fifo, struct pvg_fifo_view *view)
{
    uint32_t list, slot;

    *view = (struct pvg_fifo_view){.dev = dev, .fifo = fifo, .ring = {.read = read_child, .opaque = view}};
    if (!pvg_child_block_gpa(pvg_reg_load(dev, PVG_REG_ROOT_PAGE_PFN), dev->page_shift, fifo->id, &view->gpa))
        return PVG_FIFO_ABSENT;
    if (!pvg_gpa_load32(dev, view->gpa + PVG_CHILD_RING_LIST_PFN, &list) ||
        !pvg_gpa_load32(dev, view->gpa + PVG_CHILD_STAMP_INDEX, &slot) ||
        !pvg_gpa_load32(dev, view->gpa + PVG_CHILD_HEAD, &view->head) ||
        !pvg_gpa_load32(dev, view->gpa + PVG_CHILD_TAIL, &view->tail))
        return PVG_FIFO_UNREADABLE;
    if (!list)
        return PVG_FIFO_ABSENT;
    if (list != fifo->list_pfn && !load_list(dev, fifo, list))
        return PVG_FIFO_UNREADABLE;
    if (!fifo->page_count)
        return PVG_FIFO_ABSENT;
    view->slot = slot & 0xffff;
    view->ring.size = fifo->page_count << dev->page_shift;
    return PVG_FIFO_READY;
}

bool pvg_child_ring_advance(struct pvg_fifo_view *view, uint32_t head)
{
    if (!pvg_gpa_store32(view->dev, view->gpa + PVG_CHILD_HEAD, head))
        return false;
    pvg_ram_report_dirty(view->dev, view->gpa + PVG_CHILD_HEAD, 4);
    return true;
}
