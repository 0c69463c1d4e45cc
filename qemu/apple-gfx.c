/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Apple's paravirtualized GPU on libopenpvg: register windows, doorbells, interrupts, life cycle (spec 09 section 7).
 */
#include "qemu/osdep.h"

#include "apple-gfx.h"
#include "hw/display/trace.h"
#include "hw/qdev-properties.h"
#include "migration/blocker.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "qemu/units.h"

/* Doorbell registers (spec 01 section 3). */
#define REG_CHANNEL_BELL   0x1020
#define REG_ROOT_KICK      0x1024
#define REG_CHANNEL_REPLAY 0x1028
#define REG_CURSOR_POKE    0x1220

/* Longest time that the test property x-hold-bql may ask for. */
#define HOLD_BQL_MAX_MS 60000

/* Modes offered when "display-modes" is not given, as upstream. */
static const struct pvg_mode default_modes[] = {
    {.width = 1920, .height = 1080, .refresh_mhz = 60000},
    {.width = 1440, .height = 1080, .refresh_mhz = 60000},
    {.width = 1280, .height = 1024, .refresh_mhz = 60000},
};

/* ---- Property display-modes ------------------------------------------------------------------------------------------------ */

static void mode_get(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    const struct pvg_mode *mode = object_field_prop_ptr(obj, opaque);
    g_autofree char *text = g_strdup_printf("%ux%u@%.10g", mode->width, mode->height, mode->refresh_mhz / 1000.0);
    char *p = text;

    visit_type_str(v, name, &p, errp);
}

static void mode_set(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    struct pvg_mode *mode = object_field_prop_ptr(obj, opaque);
    g_autofree char *text = NULL;
    struct pvg_error err = {0};

    if (!visit_type_str(v, name, &text, errp)) {
        return;
    }
    if (pvg_mode_parse(text, mode, &err) < 0) {
        error_setg(errp, "display-modes: %s", err.message);
    }
}

const PropertyInfo apple_gfx_prop_mode = {
    .type = "str",
    .description = "Display mode, WIDTHxHEIGHT@RATE, for example \"1920x1080@60\"",
    .get = mode_get,
    .set = mode_set,
};

/* ---- Register windows ------------------------------------------------------------------------------------------------------ */

uint64_t apple_gfx_window_read(AppleGFXState *s, enum pvg_window window, hwaddr offset, unsigned size)
{
    struct pvg_device *pvg = qatomic_read(&s->pvg);
    uint64_t value = pvg ? pvg_mmio_read(pvg, window, offset, size) : 0;

    if (window == PVG_WINDOW_GFX) {
        trace_apple_gfx_read(offset, value);
    } else {
        trace_apple_gfx_mmio_iosfc_read(offset, value);
    }
    return value;
}

void apple_gfx_window_write(AppleGFXState *s, enum pvg_window window, hwaddr offset, uint64_t value, unsigned size)
{
    struct pvg_device *pvg = qatomic_read(&s->pvg);

    if (window == PVG_WINDOW_GFX) {
        trace_apple_gfx_write(offset, value);
    } else {
        trace_apple_gfx_mmio_iosfc_write(offset, value);
    }
    if (pvg) {
        pvg_mmio_write(pvg, window, offset, value, size);
    }
}

static uint64_t gfx_read(void *opaque, hwaddr offset, unsigned size)
{
    return apple_gfx_window_read(opaque, PVG_WINDOW_GFX, offset, size);
}

static void gfx_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    apple_gfx_window_write(opaque, PVG_WINDOW_GFX, offset, value, size);
}

/*
 * All sizes reach the library unsplit and unwidened: it answers narrow accesses itself, and splitting or widening them here would
 * clear status registers or hit a neighbour (spec 01 section 2 R4, R5).
 */
static const MemoryRegionOps gfx_ops = {
    .read = gfx_read,
    .write = gfx_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = {.min_access_size = 1, .max_access_size = 8},
    .impl = {.min_access_size = 1, .max_access_size = 8},
};

void apple_gfx_init_window(MemoryRegion *mr, Object *owner, const MemoryRegionOps *ops, void *opaque, const char *name,
                           uint64_t size)
{
    memory_region_init_io(mr, owner, ops, opaque, name, size);
#if APPLE_GFX_QEMU_AT_LEAST(10, 2)
    memory_region_enable_lockless_io(mr);
#endif
}

/* ---- Doorbells ------------------------------------------------------------------------------------------------------------- */

/* Register, for each address that rings `bell`, the ioeventfd in the register window; or remove it. */
static void bell_map(AppleGFXState *s, AppleGFXBell *b, bool add)
{
    hwaddr addr[2];
    unsigned count = 0;

    switch (b->bell) {
    case PVG_DOORBELL_CHANNEL:
        addr[count++] = REG_CHANNEL_BELL;
        addr[count++] = REG_CHANNEL_REPLAY;
        break;
    case PVG_DOORBELL_ROOT:
        addr[count++] = REG_ROOT_KICK;
        break;
    case PVG_DOORBELL_CURSOR:
        addr[count++] = REG_CURSOR_POKE;
        break;
    }
    for (unsigned i = 0; i < count; i++) {
        bool match = b->bell != PVG_DOORBELL_ROOT;

        if (add) {
            memory_region_add_eventfd(&s->iomem, addr[i], 4, match, b->value, &b->notifier);
        } else {
            memory_region_del_eventfd(&s->iomem, addr[i], 4, match, b->value, &b->notifier);
        }
    }
}

/* A doorbell that cannot be set up here is still handled by the register write. */
static void bell_start(AppleGFXState *s, AppleGFXBell *b, enum pvg_doorbell bell, uint32_t value)
{
    b->bell = bell;
    b->value = value;
    if (event_notifier_init(&b->notifier, 0) < 0) {
        return;
    }
    if (pvg_device_add_doorbell_fd(s->pvg, bell, value, event_notifier_get_fd(&b->notifier)) < 0) {
        event_notifier_cleanup(&b->notifier);
        return;
    }
    b->added = true;
    bell_map(s, b, true);
}

static void bells_start(AppleGFXState *s)
{
    unsigned n = 0;

    if (s->ioeventfd == ON_OFF_AUTO_OFF) {
        return;
    }
    memory_region_transaction_begin();
    for (uint32_t ch = 1; ch <= APPLE_GFX_CHANNEL_BELLS; ch++) {
        bell_start(s, &s->bells[n++], PVG_DOORBELL_CHANNEL, ch);
    }
    bell_start(s, &s->bells[n++], PVG_DOORBELL_ROOT, 0);
    for (uint32_t pipe = 0; pipe < s->displays; pipe++) {
        bell_start(s, &s->bells[n++], PVG_DOORBELL_CURSOR, pipe);
    }
    memory_region_transaction_commit();
    trace_apple_gfx_doorbells(n);
}

/* The guest's next doorbell is a register write again. */
static void bells_unmap(AppleGFXState *s)
{
    memory_region_transaction_begin();
    for (unsigned i = 0; i < APPLE_GFX_BELLS; i++) {
        if (s->bells[i].added) {
            bell_map(s, &s->bells[i], false);
        }
    }
    memory_region_transaction_commit();
}

/* Close the eventfds; the library is gone or has let go of them. */
static void bells_cleanup(AppleGFXState *s)
{
    for (unsigned i = 0; i < APPLE_GFX_BELLS; i++) {
        if (s->bells[i].added) {
            event_notifier_cleanup(&s->bells[i].notifier);
            s->bells[i].added = false;
        }
    }
}

/* ---- Interrupts ------------------------------------------------------------------------------------------------------------ */

static void irq_deliver(AppleGFXState *s, enum pvg_irq irq)
{
    if (!event_notifier_test_and_clear(&s->irq[irq])) {
        return;
    }
    if (irq == PVG_IRQ_GFX) {
        trace_apple_gfx_raise_irq(0);
    } else {
        trace_apple_gfx_iosfc_raise_irq(0);
    }
    s->variant->pulse(s, irq);
}

static void irq_gfx_ready(EventNotifier *n)
{
    irq_deliver(container_of(n, AppleGFXState, irq[PVG_IRQ_GFX]), PVG_IRQ_GFX);
}

static void irq_iosfc_ready(EventNotifier *n)
{
    irq_deliver(container_of(n, AppleGFXState, irq[PVG_IRQ_IOSFC]), PVG_IRQ_IOSFC);
}

void apple_gfx_irq_from_main_loop(AppleGFXState *s, enum pvg_irq irq, bool enable)
{
    static EventNotifierHandler *const handlers[APPLE_GFX_IRQS] = {irq_gfx_ready, irq_iosfc_ready};

    event_notifier_set_handler(&s->irq[irq], enable ? handlers[irq] : NULL);
    /* The cause stays in a read-clear status register: a spurious pulse is harmless, a lost one hangs the guest. */
    event_notifier_set(&s->irq[irq]);
}

static bool irqs_start(AppleGFXState *s, Error **errp)
{
    for (unsigned i = 0; i < s->variant->irqs; i++) {
        int ret = event_notifier_init(&s->irq[i], 0);

        if (ret < 0) {
            while (i-- > 0) {
                event_notifier_cleanup(&s->irq[i]);
            }
            error_setg_errno(errp, -ret, "cannot create an eventfd for the device's interrupt");
            return false;
        }
    }
    s->irq_ready = true;
    return true;
}

static void irqs_stop(AppleGFXState *s)
{
    if (!s->irq_ready) {
        return;
    }
    for (unsigned i = 0; i < s->variant->irqs; i++) {
        event_notifier_set_handler(&s->irq[i], NULL);
        event_notifier_cleanup(&s->irq[i]);
    }
    s->irq_ready = false;
}

/* ---- Library device -------------------------------------------------------------------------------------------------------- */

static void gfx_log(void *opaque, enum pvg_log_level level, const char *message)
{
    AppleGFXState *s = opaque;

    trace_apple_gfx_log(level, message);
    switch (level) {
    case PVG_LOG_ERROR:
        error_report("%s: %s", object_get_typename(OBJECT(s->dev)), message);
        break;
    case PVG_LOG_WARN:
        warn_report("%s: %s", object_get_typename(OBJECT(s->dev)), message);
        break;
    default:
        if (s->log) {
            info_report("%s: %s", object_get_typename(OBJECT(s->dev)), message);
        }
        break;
    }
}

/* Value of a string property that accepts a list of words. Empty or NULL means the first word. */
static bool parse_word(const char *property, const char *text, const char *const words[], unsigned *value, Error **errp)
{
    *value = 0;
    if (!text || !*text) {
        return true;
    }
    for (unsigned i = 0; words[i]; i++) {
        if (!strcmp(text, words[i])) {
            *value = i;
            return true;
        }
    }
    g_autofree char *accepted = g_strjoinv(", ", (char **)words);
    error_setg(errp, "%s: unknown value '%s'; accepted: %s", property, text, accepted);
    return false;
}

static uint32_t serial_base(AppleGFXState *s)
{
    g_autofree char *path = NULL;
    uint32_t hash;

    if (s->serial_base) {
        return s->serial_base;
    }
    /* The same device keeps its serials from run to run, two devices differ: the guest remembers arrangements by serial. */
    path = s->dev->id ? g_strdup(s->dev->id) : object_get_canonical_path(OBJECT(s->dev));
    hash = g_str_hash(path);
    return hash ? hash : 1;
}

static bool check_properties(AppleGFXState *s, Error **errp)
{
    if (s->displays < 1 || s->displays > PVG_MAX_DISPLAYS) {
        error_setg(errp, "displays: %u is out of range; accepted: 1 to %d", s->displays, PVG_MAX_DISPLAYS);
        return false;
    }
    if (s->mode_count > PVG_MAX_MODES) {
        error_setg(errp, "display-modes: %u modes given; accepted: 1 to %d", s->mode_count, PVG_MAX_MODES);
        return false;
    }
    if (s->page_shift != 12 && s->page_shift != 14) {
        error_setg(errp, "x-page-shift: %u is not a guest page size; accepted: 12 (4 KiB), 14 (16 KiB)", s->page_shift);
        return false;
    }
    return true;
}

const struct pvg_mode *apple_gfx_modes(const AppleGFXState *s, uint32_t *count)
{
    *count = s->mode_count ? s->mode_count : ARRAY_SIZE(default_modes);
    return s->mode_count ? s->modes : default_modes;
}

static bool library_create(AppleGFXState *s, Error **errp)
{
    static const char *const renderers[] = {"auto", "vulkan", "null", NULL};
    static const char *const levels[] = {"default", "warn", "info", "debug", "trace", NULL};
    struct pvg_display_config displays[PVG_MAX_DISPLAYS] = {0};
    struct pvg_error err = {0};
    uint32_t base = serial_base(s), mode_count;
    const struct pvg_mode *modes = apple_gfx_modes(s, &mode_count);
    unsigned renderer, level;

    if (!parse_word("renderer", s->renderer, renderers, &renderer, errp) || !parse_word("x-log", s->log, levels, &level, errp)) {
        return false;
    }
    for (uint32_t i = 0; i < s->displays; i++) {
        displays[i] = (struct pvg_display_config){
            .name = s->display_name ? s->display_name : "QEMU display",
            .serial = base + i ? base + i : 1,
            .width_mm = s->width_mm,
            .height_mm = s->height_mm,
            .modes = modes,
            .mode_count = mode_count,
        };
    }
    struct pvg_device_config config = {
        .size = sizeof(config),
        .variant = s->variant->kind,
        .page_shift = s->page_shift,
        .renderer = renderer,
        .gpu = s->gpu && *s->gpu ? s->gpu : NULL,
        .cache_dir = s->cache_dir,
        .log_level = (enum pvg_log_level)level,
        .displays = displays,
        .display_count = s->displays,
        .boot_framebuffer = s->boot_framebuffer,
        .boot_framebuffer_size = s->boot_framebuffer_size,
        .callbacks = {.log = gfx_log, .display = apple_gfx_display_callbacks, .vcpu = s->variant->vcpu},
        .opaque = s,
    };
    struct pvg_device *pvg;

    if (pvg_device_create(&config, &pvg, &err) < 0) {
        error_setg(errp, "%s: %s", object_get_typename(OBJECT(s->dev)), err.message);
        return false;
    }
    for (unsigned i = 0; i < s->variant->irqs; i++) {
        pvg_device_set_irq_fd(pvg, i, event_notifier_get_fd(&s->irq[i]));
    }
    qatomic_set(&s->pvg, pvg);
    return true;
}

static void run_state_changed(void *opaque, bool running, RunState state)
{
    AppleGFXState *s = opaque;

    if (running == !s->paused) {
        return;
    }
    s->paused = !running;
    trace_apple_gfx_run_state(running);
    if (running) {
        pvg_device_unpause(s->pvg);
        /* An interrupt may have been raised while nobody listened. */
        for (unsigned i = 0; i < s->variant->irqs; i++) {
            event_notifier_set(&s->irq[i]);
        }
    } else {
        pvg_device_pause(s->pvg);
    }
}

static void trace_modes(AppleGFXState *s)
{
    uint32_t count;
    const struct pvg_mode *modes = apple_gfx_modes(s, &count);

    if (s->mode_count) {
        trace_apple_gfx_common_realize_modes_property(s->mode_count);
    }
    for (uint32_t i = 0; i < count; i++) {
        trace_apple_gfx_display_mode(i, modes[i].width, modes[i].height);
    }
}

bool apple_gfx_common_realize(AppleGFXState *s, Error **errp)
{
    if (!check_properties(s, errp)) {
        return false;
    }
    trace_modes(s);
    error_setg(&s->migration_blocker, "the state of %s cannot be saved", object_get_typename(OBJECT(s->dev)));
    if (migrate_add_blocker(&s->migration_blocker, errp) < 0) {
        return false;
    }
    apple_gfx_heads_init(s);
    if (!irqs_start(s, errp) || !library_create(s, errp) || !apple_gfx_ram_start(s, errp)) {
        apple_gfx_common_unrealize(s);
        return false;
    }
    apple_gfx_heads_connect(s);
    bells_start(s);
    for (unsigned i = 0; i < s->variant->irqs; i++) {
        apple_gfx_irq_from_main_loop(s, i, true);
    }
    s->run_state = qdev_add_vm_change_state_handler(s->dev, run_state_changed, s);
    if (!runstate_is_running()) {
        run_state_changed(s, false, RUN_STATE_PRELAUNCH);
    }
    return true;
}

void apple_gfx_common_unrealize(AppleGFXState *s)
{
    struct pvg_device *pvg = s->pvg;

    if (s->run_state) {
        qemu_del_vm_change_state_handler(s->run_state);
        s->run_state = NULL;
    }
    bells_unmap(s);
    qatomic_set(&s->pvg, NULL);
    pvg_device_destroy(pvg);
    bells_cleanup(s);
    irqs_stop(s);
    apple_gfx_ram_stop(s);
    apple_gfx_heads_close(s);
    migrate_del_blocker(&s->migration_blocker);
    s->paused = false;
}

void apple_gfx_common_reset(AppleGFXState *s)
{
    trace_apple_gfx_reset();
    if (!s->pvg) {
        return;
    }
    pvg_device_reset(s->pvg);
    for (unsigned i = 0; i < s->variant->irqs; i++) {
        event_notifier_test_and_clear(&s->irq[i]);
    }
    apple_gfx_heads_reset(s);
}

/* ---- Run-time properties --------------------------------------------------------------------------------------------------- */

static void get_stats(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    AppleGFXState *s = opaque;
    struct pvg_stats st = {.size = sizeof(st)};

    if (s->pvg) {
        pvg_device_stats(s->pvg, &st);
    }
    const struct {
        const char *name;
        uint64_t value;
    } counters[] = {
        {"mmio-reads", st.mmio_reads},
        {"mmio-writes", st.mmio_writes},
        {"doorbells", st.doorbells},
        {"packets", st.packets},
        {"packets-refused", st.packets_refused},
        {"stamps-published", st.stamps_published},
        {"interrupts", st.interrupts},
        {"command-buffers", st.command_buffers},
        {"records", st.records},
        {"records-refused", st.records_refused},
        {"draws", st.draws},
        {"dispatches", st.dispatches},
        {"blits", st.blits},
        {"draws-refused", st.draws_refused},
        {"objects-created", st.objects_created},
        {"objects-destroyed", st.objects_destroyed},
        {"tasks-live", st.tasks_live},
        {"mappings-live", st.mappings_live},
        {"objects-live", st.objects_live},
        {"presents", st.presents},
        {"frames-delivered", st.frames_delivered},
        {"frames-dropped", st.frames_dropped},
        {"log-suppressed", st.log_suppressed},
        {"device-losses", st.device_losses},
        {"passes-merged", st.passes_merged},
        {"barriers", st.barriers},
        {"barriers-skipped", st.barriers_skipped},
    };

    if (!visit_start_struct(v, name, NULL, 0, errp)) {
        return;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(counters); i++) {
        uint64_t value = counters[i].value;

        if (!visit_type_uint64(v, counters[i].name, &value, errp)) {
            break;
        }
    }
    visit_end_struct(v, NULL);
}

static void get_renderer_name(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    AppleGFXState *s = opaque;
    g_autofree char *text = g_strdup(s->pvg ? pvg_device_renderer_name(s->pvg) : "");
    char *p = text;

    visit_type_str(v, name, &p, errp);
}

/* A bottom half: the milliseconds to wait come from the property that scheduled it. */
typedef struct HoldBQL {
    AppleGFXState *s;
    uint32_t ms;
} HoldBQL;

static void hold_bql(void *opaque)
{
    g_autofree HoldBQL *hold = opaque;
    AppleGFXState *s = hold->s;
    struct pvg_stats before = {.size = sizeof(before)}, after = {.size = sizeof(after)};

    trace_apple_gfx_hold_bql(hold->ms);
    if (s->pvg) {
        pvg_device_stats(s->pvg, &before);
    }
    g_usleep((gulong)hold->ms * 1000);
    if (s->pvg) {
        pvg_device_stats(s->pvg, &after);
    }
    s->held = (struct pvg_stats){
        .packets = after.packets - before.packets,
        .stamps_published = after.stamps_published - before.stamps_published,
        .interrupts = after.interrupts - before.interrupts,
        .command_buffers = after.command_buffers - before.command_buffers,
    };
}

/* What the library achieved during the last hold. */
static void get_held(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    AppleGFXState *s = opaque;

    if (!visit_start_struct(v, name, NULL, 0, errp)) {
        return;
    }
    (void)(visit_type_uint64(v, "packets", &s->held.packets, errp) &&
           visit_type_uint64(v, "stamps-published", &s->held.stamps_published, errp) &&
           visit_type_uint64(v, "interrupts", &s->held.interrupts, errp) &&
           visit_type_uint64(v, "command-buffers", &s->held.command_buffers, errp));
    visit_end_struct(v, NULL);
}

/* Test hook: the main loop keeps the big lock for that many milliseconds, as a slow handler of another device would. */
static void set_hold_bql(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp)
{
    AppleGFXState *s = opaque;
    HoldBQL *hold;
    uint32_t ms;

    if (!visit_type_uint32(v, name, &ms, errp)) {
        return;
    }
    if (ms > HOLD_BQL_MAX_MS) {
        error_setg(errp, "%s: %u is out of range; accepted: 0 to %u milliseconds", name, ms, HOLD_BQL_MAX_MS);
        return;
    }
    hold = g_new(HoldBQL, 1);
    *hold = (HoldBQL){.s = s, .ms = ms};
    aio_bh_schedule_oneshot(qemu_get_aio_context(), hold_bql, hold);
}

void apple_gfx_common_init(DeviceState *dev, AppleGFXState *s, const AppleGFXVariant *variant)
{
    Object *obj = OBJECT(dev);

    s->dev = dev;
    s->variant = variant;
    apple_gfx_init_window(&s->iomem, obj, &gfx_ops, s, "apple-gfx", PVG_MMIO_SIZE);
    trace_apple_gfx_common_init(object_get_typename(obj), PVG_MMIO_SIZE);
    object_property_add(obj, "stats", "struct", get_stats, NULL, NULL, s);
    object_property_add(obj, "renderer-name", "str", get_renderer_name, NULL, NULL, s);
    object_property_add(obj, "x-hold-bql", "uint32", NULL, set_hold_bql, NULL, s);
    object_property_add(obj, "x-hold-bql-progress", "struct", get_held, NULL, NULL, s);
}
