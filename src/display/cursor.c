/* SPDX-License-Identifier: MIT */
/* Cursor image, visibility and position (spec 04 section 6). */
#include "display/pipe.h"
#include "util/log.h"
#include "wire/packet.h"

#include <stdlib.h>

static void report_move(struct pvg_displays *d, uint32_t index, int32_t x, int32_t y, bool visible)
{
    if (d->cb.cursor_move)
        d->cb.cursor_move(d->opaque, index, x, y, visible);
}

/*
 * Take position and visibility from the page. Without a readable page the last position stays and `command` is the visibility.
 * @return whether the cursor is on this display.
 */
static bool sample(struct pvg_pipe *pipe, bool command, int32_t *x, int32_t *y)
{
    struct pvg_w_cursor_state words;
    bool here = true;
    bool readable = pvg_pipe_cursor_words(pipe, &words);

    pthread_mutex_lock(&pipe->lock);
    if (readable && words.elsewhere) {
        here = false;
        pipe->visible = false;
    } else if (readable) {
        pipe->x = words.x;
        pipe->y = words.y;
        pipe->visible = words.visible;
    } else {
        pipe->visible = command;
    }
    *x = pipe->x;
    *y = pipe->y;
    pthread_mutex_unlock(&pipe->lock);
    return here;
}

/* Rows of the image as host words. @return NULL when a byte cannot be read or memory is out. */
static uint32_t *read_pixels(struct pvg_task *task, const struct pvg_w_cursor_glyph *g)
{
    uint32_t *pixels = malloc((size_t)g->width * g->height * 4);
    uint64_t gva = g->gva;
    bool ok = pixels != NULL;

    for (uint32_t y = 0; ok && y < g->height; y++) {
        uint32_t *row = pixels + (size_t)y * g->width;
        ok = pvg_task_read(task, gva, row, (size_t)g->width * 4);
        for (uint32_t x = 0; ok && x < g->width; x++)
            row[x] = pvg_ld32(&row[x]);
        ok = !__builtin_add_overflow(gva, (uint32_t)g->stride, &gva) && ok;
    }
    if (ok)
        return pixels;
    free(pixels);
    return NULL;
}

void pvg_pipe_cursor_glyph(struct pvg_displays *d, const uint8_t *payload, size_t len)
{
    struct pvg_log *log = pvg_device_log(d->dev);
    struct pvg_w_cursor_glyph g;
    const char *reason;

    if (!pvg_w_cursor_glyph_decode(payload, len, &g)) {
        pvg_warn_limited(log, "cursor glyph of %zu bytes is too short", len);
        return;
    }
    struct pvg_pipe *pipe = pvg_displays_pipe(d, g.pipe, "cursor glyph");
    if (!pipe)
        return;
    reason = pvg_w_cursor_glyph_check(&g, PVG_CURSOR_MAX, PVG_CURSOR_MAX);
    if (reason) {
        pvg_warn_limited(log, "display %u: cursor glyph of %ux%u refused: %s", g.pipe, g.width, g.height, reason);
        return;
    }
    struct pvg_task *task = pvg_task_find(d->dev, g.task);
    uint32_t *pixels = task ? read_pixels(task, &g) : NULL;
    if (!pixels) {
        pvg_warn_limited(log, "display %u: cursor pixels at 0x%llx of task %u cannot be read", g.pipe, (unsigned long long)g.gva,
                         g.task);
        return;
    }
    int32_t x, y;
    bool retained = pipe->visible;
    sample(pipe, retained, &x, &y);
    pthread_mutex_lock(&pipe->lock);
    pipe->glyph = true;
    retained = pipe->visible;
    pthread_mutex_unlock(&pipe->lock);
    if (d->cb.cursor_image) {
        const struct pvg_cursor image = {
            .width = g.width, .height = g.height, .hot_x = g.hot_x, .hot_y = g.hot_y, .pixels = pixels};
        d->cb.cursor_image(d->opaque, pipe->index, &image);
    }
    report_move(d, pipe->index, x, y, retained);
    free(pixels);
}

void pvg_pipe_cursor_show(struct pvg_displays *d, const uint8_t *payload, size_t len)
{
    struct pvg_w_cursor_show show;
    int32_t x, y;

    if (!pvg_w_cursor_show_decode(payload, len, &show)) {
        pvg_warn_limited(pvg_device_log(d->dev), "cursor show of %zu bytes is too short", len);
        return;
    }
    struct pvg_pipe *pipe = pvg_displays_pipe(d, show.pipe, "cursor show");
    if (!pipe)
        return;
    /* The command's word is what is shown now; the page's answer is what later notifications carry. */
    bool here = sample(pipe, show.show != 0, &x, &y);
    pthread_mutex_lock(&pipe->lock);
    bool glyph = pipe->glyph;
    pthread_mutex_unlock(&pipe->lock);
    report_move(d, pipe->index, x, y, show.show != 0 && here && glyph);
}

struct moved {
    struct pvg_pipe *pipe;
    struct pvg_w_cursor_state words;
    bool readable;
};

static void moved_with_ram(void *arg)
{
    struct moved *m = arg;

    m->readable = pvg_pipe_cursor_words(m->pipe, &m->words);
}

void pvg_pipe_cursor_moved(struct pvg_pipe *pipe)
{
    struct moved m = {.pipe = pipe};
    int32_t x, y;
    bool visible;

    /* Paused or resetting: the position is read when the device goes on. */
    if (!pvg_device_with_ram(pipe->owner->dev, moved_with_ram, &m))
        atomic_fetch_or(&pipe->owner->poked, 1u << pipe->index);
    if (!m.readable)
        return;
    pthread_mutex_lock(&pipe->lock);
    if (!m.words.elsewhere) {
        pipe->x = m.words.x;
        pipe->y = m.words.y;
    }
    x = pipe->x;
    y = pipe->y;
    visible = pipe->glyph && pipe->visible && !m.words.elsewhere;
    pthread_mutex_unlock(&pipe->lock);
    report_move(pipe->owner, pipe->index, x, y, visible);
}
