/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Consoles of the apple-gfx devices (spec 09 section 7.5).
 *
 * The library announces frames and cursors from its own threads. Those leave a note in the head and schedule its bottom half; the
 * bottom half runs in the main loop, takes the newest frame and pushes it at once, so that the guest's rate is not limited by the
 * refresh timer of a user interface. Frames that pile up while the main loop is busy are superseded in the library.
 */
#include "qemu/osdep.h"

#include "apple-gfx.h"
#include "hw/display/trace.h"
#include "hw/qdev-properties.h"
#include "qemu/atomic.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "qemu/units.h"
#include "ui/surface.h"

/* Surfaces above this size are not created: allocation failure in QEMU is fatal, and the guest chooses the size. */
#define SURFACE_MAX_BYTES (512 * MiB)

/* Rate at which the boot framebuffer is followed (spec 04 section 7.3). */
#define BOOT_PERIOD_MS 33

/* ---- From library threads -------------------------------------------------------------------------------------------------- */

static AppleGFXDisplay *head_of(void *opaque, uint32_t display)
{
    AppleGFXState *s = opaque;

    return display < s->head_count ? &s->heads[display] : NULL;
}

static void frame_ready(void *opaque, uint32_t display, uint64_t sequence)
{
    AppleGFXDisplay *head = head_of(opaque, display);

    trace_apple_gfx_new_frame();
    if (head) {
        qatomic_set(&head->frame_pending, true);
        qemu_bh_schedule(head->bh);
    }
}

static void mode_changed(void *opaque, uint32_t display, uint32_t width, uint32_t height)
{
    /* The surface follows the first frame of that size. */
    trace_apple_gfx_mode_change(width, height);
}

static void cursor_changed(void *opaque, uint32_t display, const struct pvg_cursor *image)
{
    AppleGFXDisplay *head = head_of(opaque, display);
    QEMUCursor *cursor = NULL;

    if (!head) {
        return;
    }
    if (image) {
        trace_apple_gfx_cursor_set(32, image->width, image->height);
        cursor = cursor_alloc(image->width, image->height);
    }
    if (cursor) {
        cursor->hot_x = image->hot_x;
        cursor->hot_y = image->hot_y;
        memcpy(cursor->data, image->pixels, (size_t)image->width * image->height * sizeof(uint32_t));
    } else {
        trace_apple_gfx_cursor_set(0, 0, 0);
        cursor = cursor_builtin_hidden();
    }
    qemu_mutex_lock(&head->lock);
    QEMUCursor *old = head->cursor;
    head->cursor = cursor;
    qemu_mutex_unlock(&head->lock);
    cursor_unref(old);
    qemu_bh_schedule(head->bh);
}

static void cursor_moved(void *opaque, uint32_t display, int32_t x, int32_t y, bool visible)
{
    AppleGFXDisplay *head = head_of(opaque, display);

    if (!head) {
        return;
    }
    trace_apple_gfx_cursor_move();
    qemu_mutex_lock(&head->lock);
    if (visible != head->cursor_visible) {
        trace_apple_gfx_cursor_show(visible);
    }
    head->cursor_x = x;
    head->cursor_y = y;
    head->cursor_visible = visible;
    head->cursor_moved = true;
    qemu_mutex_unlock(&head->lock);
    qemu_bh_schedule(head->bh);
}

const struct pvg_display_callbacks apple_gfx_display_callbacks = {
    .frame = frame_ready,
    .mode = mode_changed,
    .cursor_image = cursor_changed,
    .cursor_move = cursor_moved,
};

/* ---- In the main loop ------------------------------------------------------------------------------------------------------ */

static bool frame_fits(const struct pvg_frame *frame)
{
    return frame->width && frame->height && (uint64_t)frame->width * frame->height * 4 <= SURFACE_MAX_BYTES;
}

static void copy_frame(DisplaySurface *surface, const struct pvg_frame *frame)
{
    size_t row = (size_t)frame->width * 4;
    size_t stride = surface_stride(surface);
    uint8_t *dst = surface_data(surface);
    const uint8_t *src = frame->pixels;

    if (stride == frame->stride) {
        memcpy(dst, src, stride * (frame->height - 1) + row);
        return;
    }
    for (uint32_t y = 0; y < frame->height; y++) {
        memcpy(dst + y * stride, src + (size_t)y * frame->stride, row);
    }
}

/* Bring the surface up to date with the newest complete frame, or with the boot framebuffer until the driver has presented. */
static void show_newest_frame(AppleGFXDisplay *head)
{
    struct pvg_device *pvg = head->gfx->pvg;
    const struct pvg_frame *frame = pvg ? pvg_display_acquire_frame(pvg, head->index) : NULL;

    if (!frame) {
        if (pvg && head->index == 0 && !pvg_display_presented(pvg, head->index)) {
            apple_gfx_bootfb_show(head);
        }
        return;
    }
    head->boot_shown = false;
    if (frame->sequence != head->shown && frame_fits(frame)) {
        DisplaySurface *surface = qemu_console_surface(head->con);

        if (!surface || !head->shown || surface_width(surface) != (int)frame->width ||
            surface_height(surface) != (int)frame->height) {
            surface = qemu_create_displaysurface(frame->width, frame->height);
            copy_frame(surface, frame);
            dpy_gfx_replace_surface(head->con, surface);
        } else {
            copy_frame(surface, frame);
            dpy_gfx_update_full(head->con);
        }
        head->shown = frame->sequence;
        trace_apple_gfx_frame_shown(head->index, frame->sequence, frame->width, frame->height);
    }
    pvg_frame_release(frame);
}

static void show_cursor(AppleGFXDisplay *head)
{
    qemu_mutex_lock(&head->lock);
    QEMUCursor *cursor = head->cursor;
    bool moved = head->cursor_moved;
    bool visible = head->cursor_visible;
    int32_t x = head->cursor_x, y = head->cursor_y;
    head->cursor = NULL;
    head->cursor_moved = false;
    qemu_mutex_unlock(&head->lock);

    if (cursor) {
        dpy_cursor_define(head->con, cursor);
        cursor_unref(cursor);
    }
    if (cursor || moved) {
        dpy_mouse_set(head->con, x, y, visible);
    }
}

static void head_bh(void *opaque)
{
    AppleGFXDisplay *head = opaque;

    if (!head->con || !head->gfx->pvg) {
        return;
    }
    if (qatomic_xchg(&head->frame_pending, false)) {
        if (qemu_console_is_visible(head->con)) {
            show_newest_frame(head);
        } else {
            /* Nobody looks: acknowledge without copying. gfx_update() fetches the frame when somebody asks. */
            pvg_display_discard_frames(head->gfx->pvg, head->index);
        }
    }
    show_cursor(head);
}

/* The boot framebuffer is plain memory that announces nothing: look at it regularly while somebody else looks at the console. */
static void boot_tick(void *opaque)
{
    AppleGFXDisplay *head = opaque;

    if (!head->gfx->pvg || pvg_display_presented(head->gfx->pvg, head->index)) {
        return;
    }
    if (qemu_console_is_visible(head->con)) {
        show_newest_frame(head);
    }
    timer_mod(head->boot_timer, qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + BOOT_PERIOD_MS);
}

/* A user interface or screendump wants the surface to be current; nothing here waits, so the update is complete on return. */
static void gfx_update(void *opaque)
{
    show_newest_frame(opaque);
}

static void invalidate(void *opaque)
{
    AppleGFXDisplay *head = opaque;

    if (head->shown || head->boot_shown) {
        dpy_gfx_update_full(head->con);
    }
}

/* The window was resized: offer its size first, then the configured modes. */
static void ui_info(void *opaque, uint32_t console_head, QemuUIInfo *info)
{
    AppleGFXDisplay *head = opaque;
    AppleGFXState *s = head->gfx;
    struct pvg_mode modes[PVG_MAX_MODES];
    uint32_t configured_count, count = 0;
    const struct pvg_mode *configured = apple_gfx_modes(s, &configured_count);

    if (!s->pvg || !info->width || !info->height || info->width > UINT16_MAX || info->height > UINT16_MAX) {
        return;
    }
    trace_apple_gfx_ui_info(head->index, info->width, info->height, info->refresh_rate);
    modes[count++] = (struct pvg_mode){
        .width = info->width,
        .height = info->height,
        .refresh_mhz = info->refresh_rate >= 1000 && info->refresh_rate <= 1000000 ? info->refresh_rate : 60000,
    };
    for (uint32_t i = 0; i < configured_count && count < PVG_MAX_MODES; i++) {
        if (configured[i].width != modes[0].width || configured[i].height != modes[0].height) {
            modes[count++] = configured[i];
        }
    }
    if (pvg_display_set_modes(s->pvg, head->index, modes, count) < 0) {
        warn_report("apple-gfx: display %u refused the window size %ux%u", head->index, info->width, info->height);
    }
}

static const GraphicHwOps console_ops = {
    .invalidate = invalidate,
    .gfx_update = gfx_update,
    .ui_info = ui_info,
};

/* ---- Life cycle ------------------------------------------------------------------------------------------------------------ */

void apple_gfx_heads_init(AppleGFXState *s)
{
    s->heads = g_new0(AppleGFXDisplay, s->displays);
    s->head_count = s->displays;
    for (uint32_t i = 0; i < s->head_count; i++) {
        AppleGFXDisplay *head = &s->heads[i];

        head->gfx = s;
        head->index = i;
        head->bh = qemu_bh_new(head_bh, head);
        qemu_mutex_init(&head->lock);
    }
}

void apple_gfx_heads_connect(AppleGFXState *s)
{
    for (uint32_t i = 0; i < s->head_count; i++) {
        s->heads[i].con = graphic_console_init(s->dev, i, &console_ops, &s->heads[i]);
        qemu_bh_schedule(s->heads[i].bh);
    }
    s->heads[0].boot_timer = timer_new_ms(QEMU_CLOCK_REALTIME, boot_tick, &s->heads[0]);
    timer_mod(s->heads[0].boot_timer, qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + BOOT_PERIOD_MS);
}

void apple_gfx_heads_reset(AppleGFXState *s)
{
    for (uint32_t i = 0; i < s->head_count; i++) {
        AppleGFXDisplay *head = &s->heads[i];

        qatomic_set(&head->frame_pending, false);
        qemu_mutex_lock(&head->lock);
        cursor_unref(head->cursor);
        head->cursor = NULL;
        head->cursor_moved = false;
        head->cursor_visible = false;
        qemu_mutex_unlock(&head->lock);
        if (head->con && (head->shown || head->boot_shown)) {
            /* NULL shows QEMU's placeholder until the firmware draws. */
            dpy_gfx_replace_surface(head->con, NULL);
            dpy_mouse_set(head->con, 0, 0, false);
        }
        head->shown = 0;
        head->boot_shown = false;
        if (head->boot_timer) {
            timer_mod(head->boot_timer, qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + BOOT_PERIOD_MS);
        }
    }
}

void apple_gfx_heads_close(AppleGFXState *s)
{
    for (uint32_t i = 0; i < s->head_count; i++) {
        AppleGFXDisplay *head = &s->heads[i];

        timer_free(head->boot_timer);
        if (head->con) {
            graphic_console_close(head->con);
        }
        qemu_bh_delete(head->bh);
        cursor_unref(head->cursor);
        qemu_mutex_destroy(&head->lock);
    }
    g_free(s->heads);
    s->heads = NULL;
    s->head_count = 0;
}
