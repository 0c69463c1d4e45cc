/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a console shows before the guest's driver presents: the framebuffer that firmware and early kernel draw into
 * (spec 04 section 7.2 and 7.3, spec 01 section 8.5).
 */
#include "qemu/osdep.h"

#include "apple-gfx.h"
#include "hw/display/trace.h"
#include "qemu/host-utils.h"
#include "ui/surface.h"

/* Firmware registers (spec 01 section 3). Reading them has no effect. */
#define REG_FW_MODE_DIMS 0x120c
#define REG_FW_FB_ADDR   0x1210
#define REG_FW_FB_PITCH  0x1228

#define BYTES_PER_PIXEL 4

/* Copies rows into a surface and remembers which of them differed. */
typedef struct Painter {
    DisplaySurface *surface;
    uint32_t row_bytes, pitch;
    uint32_t first, last; /* Rows that changed; first > last: none. */
} Painter;

/*
 * Paint `len` bytes of the framebuffer that begin at its byte `offset`. The span may begin and end anywhere: it is what one region
 * of guest memory holds of the framebuffer.
 */
static void paint(Painter *p, uint64_t offset, const uint8_t *src, uint64_t len)
{
    uint8_t *pixels = surface_data(p->surface);
    size_t stride = surface_stride(p->surface);

    while (len) {
        uint32_t y = offset / p->pitch, x = offset % p->pitch;
        uint32_t step = MIN(len, p->pitch - x);
        uint32_t visible = x < p->row_bytes ? MIN(step, p->row_bytes - x) : 0;
        uint8_t *dst = pixels + y * stride + x;

        if (visible && memcmp(dst, src, visible)) {
            memcpy(dst, src, visible);
            p->first = MIN(p->first, y);
            p->last = MAX(p->last, y);
        }
        offset += step;
        src += step;
        len -= step;
    }
}

/* Is every byte of the range plain guest RAM, not a device and not our own framebuffer? With `p`: paint it too. */
static bool visit_ram(AppleGFXState *s, uint64_t gpa, uint64_t size, Painter *p)
{
    uint64_t done = 0;

    while (done < size) {
        MemoryRegionSection section = memory_region_find(get_system_memory(), gpa + done, size - done);
        uint64_t len = section.mr ? int128_get64(section.size) : 0;
        bool usable = len && section.offset_within_address_space == gpa + done && memory_region_is_ram(section.mr) &&
                      !memory_region_is_ram_device(section.mr) && section.mr != s->own_ram;

        if (usable && p) {
            paint(p, done, (uint8_t *)memory_region_get_ram_ptr(section.mr) + section.offset_within_region, len);
        }
        if (section.mr) {
            memory_region_unref(section.mr);
        }
        if (!usable) {
            return false;
        }
        done += len;
    }
    return true;
}

bool apple_gfx_bootfb_show(AppleGFXDisplay *head)
{
    AppleGFXState *s = head->gfx;
    uint32_t dims = pvg_mmio_read(s->pvg, PVG_WINDOW_GFX, REG_FW_MODE_DIMS, 4);
    uint64_t gpa = pvg_mmio_read(s->pvg, PVG_WINDOW_GFX, REG_FW_FB_ADDR, 8);
    uint32_t pitch = pvg_mmio_read(s->pvg, PVG_WINDOW_GFX, REG_FW_FB_PITCH, 4);
    uint32_t width = dims >> 16, height = dims & 0xffff;
    uint32_t row_bytes = width * BYTES_PER_PIXEL;
    uint64_t size, end;
    bool in_ram;

    pitch = pitch ? pitch : row_bytes;
    if (!width || !height || pitch < row_bytes) {
        return false;
    }
    size = (uint64_t)pitch * (height - 1) + row_bytes;
    in_ram = gpa && !uadd64_overflow(gpa, size, &end) && visit_ram(s, gpa, size, NULL);
    if (!in_ram && (!s->boot_framebuffer || size > s->boot_framebuffer_size)) {
        return false;
    }

    Painter p = {.surface = qemu_console_surface(head->con), .row_bytes = row_bytes, .pitch = pitch, .first = UINT32_MAX};
    bool replace = !head->boot_shown || surface_width(p.surface) != (int)width || surface_height(p.surface) != (int)height;

    if (replace) {
        p.surface = qemu_create_displaysurface(width, height);
        trace_apple_gfx_bootfb(gpa, width, height, pitch, in_ram);
    }
    if (in_ram) {
        visit_ram(s, gpa, size, &p);
    } else {
        paint(&p, 0, s->boot_framebuffer, size);
    }
    if (replace) {
        dpy_gfx_replace_surface(head->con, p.surface);
        head->boot_shown = true;
    } else if (p.first <= p.last) {
        dpy_gfx_update(head->con, 0, p.first, width, p.last - p.first + 1);
    }
    return true;
}
