/* SPDX-License-Identifier: MIT */
#include "tests/display/doubles.h"

#include "core/ram.h"
#include "stream/exec.h"

struct pvg_rframe {
    struct pvg_device *dev;
    uint32_t width, height;
    uint32_t *pixels;
};

struct pvg_render_double {
    struct pvg_render base;
    struct pvg_device *dev;
};

struct pvg_rcmd {
    struct pvg_device *dev;
};

/* ---- Core ----------------------------------------------------------------------------------------------------------------- */

struct pvg_displays *pvg_device_displays(struct pvg_device *dev)
{
    return dev->displays;
}

struct pvg_log *pvg_device_log(struct pvg_device *dev)
{
    return &dev->log;
}

struct pvg_counters *pvg_device_counters(struct pvg_device *dev)
{
    return &dev->counters;
}

uint32_t pvg_device_page_shift(const struct pvg_device *dev)
{
    return dev->page_shift;
}

void pvg_device_display_irq(struct pvg_device *dev, uint32_t bits)
{
    atomic_fetch_or(&dev->irq_status, bits);
    atomic_fetch_add(&dev->irqs, 1);
}

void pvg_device_kick(struct pvg_device *dev)
{
    atomic_fetch_add(&dev->kicks, 1);
}

bool pvg_device_with_ram(struct pvg_device *dev, void (*fn)(void *arg), void *arg)
{
    if (atomic_load(&dev->closed))
        return false;
    atomic_fetch_add(&dev->ram_visits, 1);
    fn(arg);
    return true;
}

uint8_t *pvg_gpa_ptr(struct pvg_device *dev, uint64_t gpa, size_t len, bool write)
{
    (void)write;
    assert_false(atomic_load(&dev->closed));
    return gpa < RAM_SIZE && len <= RAM_SIZE - gpa ? dev->ram + gpa : NULL;
}

void pvg_ram_report_dirty(struct pvg_device *dev, uint64_t gpa, uint64_t size)
{
    (void)dev;
    assert_true(gpa + size <= RAM_SIZE);
}

struct pvg_task *pvg_task_find(struct pvg_device *dev, uint32_t id)
{
    static struct pvg_task task;

    task.dev = dev;
    return id == 1 ? &task : NULL;
}

bool pvg_task_read(struct pvg_task *task, uint64_t gva, void *buf, size_t len)
{
    /* Virtual 0x100000 is physical 0. */
    if (gva < 0x100000 || gva - 0x100000 > RAM_SIZE || len > RAM_SIZE - (gva - 0x100000))
        return false;
    memcpy(buf, task->dev->ram + (gva - 0x100000), len);
    return true;
}

/* ---- Streams and renderer ------------------------------------------------------------------------------------------------- */

struct pvg_surfaces *pvg_device_surfaces(struct pvg_device *dev)
{
    return (struct pvg_surfaces *)dev;
}

struct pvg_rframe *pvg_surfaces_capture(struct pvg_surfaces *s, struct pvg_rcmd *cmd, uint32_t surface_id, uint32_t *width,
                                        uint32_t *height)
{
    struct pvg_device *dev = (struct pvg_device *)s;
    struct pvg_rframe *f;

    assert_ptr_equal(cmd->dev, dev);
    if (surface_id != 0x2a)
        return NULL;
    f = malloc(sizeof(*f));
    *f = (struct pvg_rframe){.dev = dev, .width = dev->surface_w, .height = dev->surface_h};
    f->pixels = calloc(f->width * f->height, 4);
    *width = f->width;
    *height = f->height;
    dev->live_frames++;
    return f;
}

static struct pvg_rcmd *cmd_begin(struct pvg_render *r)
{
    struct pvg_rcmd *cmd = malloc(sizeof(*cmd));

    cmd->dev = ((struct pvg_render_double *)r)->dev;
    return cmd;
}

static void cmd_submit(struct pvg_rcmd *cmd, struct pvg_rcompletion done)
{
    assert_true(cmd->dev->job_count < MAX_JOBS);
    cmd->dev->jobs[cmd->dev->job_count++] = done;
    free(cmd);
}

static const void *frame_pixels(struct pvg_rframe *f, uint32_t *width, uint32_t *height, uint32_t *stride)
{
    *width = f->width;
    *height = f->height;
    *stride = f->width * 4;
    return f->pixels;
}

static void frame_release(struct pvg_rframe *f)
{
    f->dev->live_frames--;
    free(f->pixels);
    free(f);
}

struct pvg_render *pvg_device_render(struct pvg_device *dev)
{
    static const struct pvg_render_ops ops = {
        .cmd_begin = cmd_begin, .cmd_submit = cmd_submit, .frame_pixels = frame_pixels, .frame_release = frame_release};
    static struct pvg_render_double render = {.base = {.ops = &ops}};

    render.dev = dev;
    return &render.base;
}

/* ---- Front-end ------------------------------------------------------------------------------------------------------------ */

static void on_frame(void *opaque, uint32_t display, uint64_t sequence)
{
    struct pvg_device *dev = opaque;

    (void)display;
    dev->frame_sequence = sequence;
    dev->frames++;
}

static void on_mode(void *opaque, uint32_t display, uint32_t width, uint32_t height)
{
    struct pvg_device *dev = opaque;

    (void)display;
    dev->mode_w = width;
    dev->mode_h = height;
    dev->modes++;
}

static void on_image(void *opaque, uint32_t display, const struct pvg_cursor *cursor)
{
    struct pvg_device *dev = opaque;

    (void)display;
    if (cursor) {
        dev->image = *cursor;
        dev->image_first = cursor->pixels[0];
        dev->image_last = cursor->pixels[cursor->width * cursor->height - 1];
    }
    dev->images++;
}

static void on_move(void *opaque, uint32_t display, int32_t x, int32_t y, bool visible)
{
    struct pvg_device *dev = opaque;

    (void)display;
    dev->move_x = x;
    dev->move_y = y;
    dev->move_visible = visible;
    dev->moves++;
}

static void on_log(void *opaque, enum pvg_log_level level, const char *message)
{
    struct pvg_device *dev = opaque;

    (void)message;
    if (level <= PVG_LOG_WARN)
        dev->warnings++;
}

/* ---- The test's side ------------------------------------------------------------------------------------------------------ */

static struct pvg_device *create(const struct pvg_display_config *displays, size_t count, bool headless, bool threaded)
{
    struct pvg_device *dev = calloc(1, sizeof(*dev));
    struct pvg_device_config config = {.size = sizeof(config), .displays = displays, .display_count = count, .opaque = dev};
    struct pvg_error err = {{0}};

    dev->ram = calloc(1, RAM_SIZE);
    dev->page_shift = 12;
    dev->surface_w = 64;
    dev->surface_h = 48;
    pvg_log_init(&dev->log, on_log, dev, PVG_LOG_TRACE);
    config.callbacks.display = (struct pvg_display_callbacks){
        .frame = headless ? NULL : on_frame, .mode = on_mode, .cursor_image = on_image, .cursor_move = on_move};
    dev->displays = threaded ? pvg_displays_create(dev, &config, &err) : pvg_displays_new(dev, &config, &err);
    if (!dev->displays) {
        print_message("%s\n", err.message);
        free(dev->ram);
        free(dev);
        return NULL;
    }
    return dev;
}

struct pvg_device *device_create(const struct pvg_display_config *displays, size_t count)
{
    return create(displays, count, false, false);
}

struct pvg_device *device_create_headless(void)
{
    return create(NULL, 0, true, false);
}

struct pvg_device *device_create_threaded(void)
{
    return create(NULL, 0, false, true);
}

void device_destroy(struct pvg_device *dev)
{
    complete(dev, MAX_JOBS);
    pvg_displays_destroy(dev->displays);
    free(dev->ram);
    free(dev);
}

enum pvg_display_verdict packet(struct pvg_device *dev, uint16_t opcode, const void *payload, size_t len)
{
    return pvg_displays_packet(dev->displays, 5, opcode, payload, len);
}

enum pvg_display_verdict words(struct pvg_device *dev, uint16_t opcode, unsigned count, ...)
{
    uint8_t payload[64];
    va_list ap;

    va_start(ap, count);
    for (unsigned i = 0; i < count; i++)
        pvg_st32(payload + 4 * i, va_arg(ap, uint32_t));
    va_end(ap);
    return packet(dev, opcode, payload, 4 * count);
}

void complete(struct pvg_device *dev, unsigned count)
{
    for (; count && dev->jobs_done < dev->job_count; count--) {
        struct pvg_rcompletion done = dev->jobs[dev->jobs_done++];
        done.fn(done.arg);
        pvg_displays_stamped(dev->displays, 5);
    }
    if (dev->jobs_done == dev->job_count)
        dev->jobs_done = dev->job_count = 0;
}

uint32_t ram32(struct pvg_device *dev, uint32_t gpa)
{
    return pvg_ld32(dev->ram + gpa);
}

void set_ram32(struct pvg_device *dev, uint32_t gpa, uint32_t v)
{
    pvg_st32(dev->ram + gpa, v);
}

uint64_t turn(struct pvg_device *dev, uint64_t now)
{
    return pvg_displays_turn(dev->displays, now);
}

unsigned take_irqs(struct pvg_device *dev, uint32_t *bits)
{
    uint32_t status = atomic_exchange(&dev->irq_status, 0);

    if (bits)
        *bits = status;
    return atomic_exchange(&dev->irqs, 0);
}
