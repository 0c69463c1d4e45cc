/* SPDX-License-Identifier: MIT */
#include "core/core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_DEFAULT_MS = 4, TICK_MAX_MS = 1000 };

/* ---- Services for the layers above ----------------------------------------------------------------------------------------- */

uint32_t pvg_device_page_shift(const struct pvg_device *dev)
{
    return dev->page_shift;
}

struct pvg_render *pvg_device_render(struct pvg_device *dev)
{
    return dev->render;
}

struct pvg_log *pvg_device_log(struct pvg_device *dev)
{
    return &dev->log;
}

struct pvg_surfaces *pvg_device_surfaces(struct pvg_device *dev)
{
    return dev->surfaces;
}

struct pvg_displays *pvg_device_displays(struct pvg_device *dev)
{
    return dev->displays;
}

struct pvg_exec_stats *pvg_device_exec_stats(struct pvg_device *dev)
{
    return &dev->exec;
}

struct pvg_counters *pvg_device_counters(struct pvg_device *dev)
{
    return &dev->counters;
}

/* ---- Configuration
 * --------------------------------------------------------------------------------------------------------------- */

static int check_config(const struct pvg_device_config *c, struct pvg_error *err)
{
    if (c->variant != PVG_VARIANT_PCI && c->variant != PVG_VARIANT_PLATFORM) {
        pvg_error_set(err, "variant: %d is neither PVG_VARIANT_PCI nor PVG_VARIANT_PLATFORM", (int)c->variant);
        return -EINVAL;
    }
    if (c->page_shift && !pvg_page_shift_ok(c->page_shift)) {
        pvg_error_set(err, "page_shift: %u is neither 12 nor 14", c->page_shift);
        return -EINVAL;
    }
    if (c->renderer > PVG_RENDERER_NULL) {
        pvg_error_set(err, "renderer: %d is not a renderer kind", (int)c->renderer);
        return -EINVAL;
    }
    if (c->log_level > PVG_LOG_TRACE) {
        pvg_error_set(err, "log_level: %d is not a level", (int)c->log_level);
        return -EINVAL;
    }
    if (c->tick_ms > TICK_MAX_MS) {
        pvg_error_set(err, "tick_ms: %u is above %d", c->tick_ms, TICK_MAX_MS);
        return -EINVAL;
    }
    if (c->displays && (c->display_count < 1 || c->display_count > PVG_MAX_DISPLAYS)) {
        pvg_error_set(err, "display_count: %zu is not in 1..%d", c->display_count, PVG_MAX_DISPLAYS);
        return -EINVAL;
    }
    if (!c->boot_framebuffer != !c->boot_framebuffer_size) {
        pvg_error_set(err, "boot_framebuffer and boot_framebuffer_size: only one of them is set");
        return -EINVAL;
    }
    return 0;
}

/** The caller's configuration in this library's size: members it does not know are zero. */
static int load_config(const struct pvg_device_config *config, struct pvg_device_config *out, struct pvg_error *err)
{
    size_t size = config->size;

    if (size < offsetof(struct pvg_device_config, variant) + sizeof(config->variant)) {
        pvg_error_set(err, "size: %zu is not the size of struct pvg_device_config", size);
        return -EINVAL;
    }
    memset(out, 0, sizeof(*out));
    memcpy(out, config, size < sizeof(*out) ? size : sizeof(*out));
    return check_config(out, err);
}

static void apply_config(struct pvg_device *dev, const struct pvg_device_config *c)
{
    dev->variant = c->variant;
    dev->page_shift = c->page_shift;
    if (!dev->page_shift)
        dev->page_shift = c->variant == PVG_VARIANT_PCI ? PVG_PAGE_SHIFT_X86 : PVG_PAGE_SHIFT_ARM64;
    dev->tick_ns = (c->tick_ms ? c->tick_ms : TICK_DEFAULT_MS) * UINT64_C(1000000);
    dev->cb = c->callbacks;
    dev->opaque = c->opaque;
    pvg_log_init(&dev->log, c->callbacks.log, c->opaque, c->log_level ? c->log_level : PVG_LOG_WARN);
}

/* ---- Creation and destruction
 * -------------------------------------------------------------------------------------------------------- */

static void renderer_wrote(void *opaque, uint64_t gpa, uint64_t size)
{
    pvg_ram_report_dirty(opaque, gpa, size);
}

static int create_renderer(struct pvg_device *dev, const struct pvg_device_config *c, struct pvg_error *err)
{
    const struct pvg_render_config rc = {
        .log = &dev->log,
        .gpu = c->gpu,
        .cache_dir = c->cache_dir,
        .ram_dirty = c->callbacks.ram_dirty ? renderer_wrote : NULL,
        .opaque = dev,
    };

    dev->render = c->renderer == PVG_RENDERER_NULL ? pvg_null_render_create(&rc, err) : pvg_vulkan_create(&rc, err);
    return dev->render ? 0 : -ENODEV;
}

/** Everything that a half-built device has. */
static void destroy(struct pvg_device *dev)
{
    atomic_store(&dev->closed, true);
    if (dev->worker.started)
        pvg_worker_stop(dev);
    pvg_tasks_clear(dev);
    if (dev->surfaces)
        pvg_surfaces_destroy(dev->surfaces);
    /* Delivers what is pending; completions speak to the displays and to the worker's wake-up, so both are still there. */
    if (dev->render)
        dev->render->ops->destroy(dev->render);
    if (dev->displays)
        pvg_displays_destroy(dev->displays);
    pvg_worker_fini(dev);
    pvg_fifos_clear(dev);
    pvg_iosfc_fini(dev);
    pvg_stamps_fini(&dev->stamps);
    pvg_ram_fini(&dev->ram);
    pthread_mutex_destroy(&dev->control);
    free(dev->stream_buffer);
    free(dev);
}

static int build(struct pvg_device *dev, const struct pvg_device_config *c, struct pvg_error *err)
{
    int ret = pvg_worker_init(dev);

    if (!ret)
        ret = create_renderer(dev, c, err);
    if (ret)
        return ret;
    dev->surfaces = pvg_surfaces_create(dev);
    if (!dev->surfaces)
        return -ENOMEM;
    dev->displays = pvg_displays_create(dev, c, err);
    if (!dev->displays)
        return -EINVAL;
    dev->pipe_count = pvg_displays_count(dev->displays);
    return pvg_worker_start(dev);
}

int pvg_device_create(const struct pvg_device_config *config, struct pvg_device **out, struct pvg_error *err)
{
    struct pvg_device_config c;
    struct pvg_device *dev;
    int ret;

    *out = NULL;
    pvg_error_set(err, "out of memory or other resources");
    ret = load_config(config, &c, err);
    if (ret)
        return ret;
    dev = calloc(1, sizeof(*dev));
    if (!dev)
        return -ENOMEM;
    apply_config(dev, &c);
    if (pvg_ram_init(&dev->ram)) {
        free(dev);
        return -ENOMEM;
    }
    pthread_mutex_init(&dev->control, NULL);
    pvg_irq_init(&dev->irq);
    pvg_stamps_init(&dev->stamps);
    pvg_iosfc_init(dev);
    pvg_fifos_clear(dev);
    ret = build(dev, &c, err);
    if (ret) {
        destroy(dev);
        return ret;
    }
    pvg_info(&dev->log, "device created: %s, page shift %u, renderer %s", dev->variant == PVG_VARIANT_PCI ? "PCI" : "platform",
             dev->page_shift, pvg_device_renderer_name(dev));
    *out = dev;
    return 0;
}

void pvg_device_destroy(struct pvg_device *dev)
{
    if (!dev)
        return;
    atomic_store(&dev->irq.muted, true);
    atomic_fetch_add(&dev->stamps.epoch, 1);
    destroy(dev);
}

const char *pvg_device_renderer_name(struct pvg_device *dev)
{
    return dev->render->ops->caps(dev->render)->name;
}

/* ---- Statistics
 * -------------------------------------------------------------------------------------------------------------------------- */

void pvg_stats_fold(struct pvg_device *dev)
{
    const struct pvg_exec_stats *now = &dev->exec, *seen = &dev->exec_seen;
    struct pvg_counters *c = &dev->counters;

    if (!memcmp(now, seen, sizeof(*now)))
        return;
    pvg_count_add(&c->command_buffers, now->command_buffers - seen->command_buffers);
    pvg_count_add(&c->records, now->records - seen->records);
    pvg_count_add(&c->records_refused, now->records_refused - seen->records_refused);
    pvg_count_add(&c->draws, now->draws - seen->draws);
    pvg_count_add(&c->draws_refused, now->draws_refused - seen->draws_refused);
    pvg_count_add(&c->dispatches, now->dispatches - seen->dispatches);
    pvg_count_add(&c->blits, now->blits - seen->blits);
    pvg_count_add(&c->objects_created, now->objects_created - seen->objects_created);
    pvg_count_add(&c->objects_destroyed, now->objects_destroyed - seen->objects_destroyed);
    dev->exec_seen = *now;
}

void pvg_device_stats(struct pvg_device *dev, struct pvg_stats *stats)
{
    struct pvg_counters *c = &dev->counters;
    size_t size = stats->size < sizeof(*stats) ? stats->size : sizeof(*stats);
    uint64_t destroyed = atomic_load(&c->objects_destroyed);
    struct pvg_stats s = {
        .size = stats->size,
        .mmio_reads = c->mmio_reads,
        .mmio_writes = c->mmio_writes,
        .doorbells = c->doorbells,
        .packets = c->packets,
        .packets_refused = c->packets_refused,
        .stamps_published = c->stamps_published,
        .interrupts = c->interrupts,
        .command_buffers = c->command_buffers,
        .records = c->records,
        .records_refused = c->records_refused,
        .draws = c->draws,
        .dispatches = c->dispatches,
        .blits = c->blits,
        .draws_refused = c->draws_refused,
        .objects_created = c->objects_created,
        .objects_destroyed = destroyed,
        .tasks_live = c->tasks_live,
        .mappings_live = c->mappings_live,
        .presents = c->presents,
        .frames_delivered = c->frames_delivered,
        .frames_dropped = c->frames_dropped,
        .log_suppressed = dev->log.suppressed,
        .device_losses = dev->render->ops->losses ? dev->render->ops->losses(dev->render) : 0,
        .passes_merged = dev->render->ops->passes_merged ? dev->render->ops->passes_merged(dev->render) : 0,
    };
    if (dev->render->ops->barriers)
        s.barriers = dev->render->ops->barriers(dev->render, &s.barriers_skipped);

    /* `destroyed` was read before `created`, so the difference is never negative. */
    s.objects_live = s.objects_created - destroyed;
    memcpy(stats, &s, size);
}
