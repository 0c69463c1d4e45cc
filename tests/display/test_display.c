/* SPDX-License-Identifier: MIT */
/** @file Display pipes against doubles of everything below and above: no clock, no thread, every tick by hand. */
#include "tests/display/doubles.h"

#include <errno.h>
#include <unistd.h>

#define MS UINT64_C(1000000)

enum { PENDING = PAGE + 0x100, ENABLE = PAGE + 0x104, GENERATION = PAGE + 0x200, VBL = 1, TRANSACTION = 2, ONLINE = 4 };

/* Page registered and acknowledged, quiet, with an exact 60 Hz grid that starts at `t0`. */
static void bring_online(struct pvg_device *dev, uint64_t now)
{
    words(dev, 0x01, 2, 0u, (uint32_t)PAGE_PFN);
    set_ram32(dev, ENABLE, 0xc);
    turn(dev, now);
    set_ram32(dev, PENDING, 0);
    words(dev, 0x02, 2, 0u, ram32(dev, GENERATION));
    take_irqs(dev, NULL);
}

/* ---- Shared page and handshake -------------------------------------------------------------------------------------------- */

static void descriptor(void **state)
{
    const struct pvg_mode modes[] = {{1920, 1080, 60000}, {1280, 1024, 59940}};
    const struct pvg_display_config configs[] = {
        {.name = "First display of many", .modes = modes, .mode_count = 2},
        {.name = "B", .serial = 77, .width_mm = 500, .height_mm = 300},
    };
    struct pvg_device *dev = device_create(configs, 2);
    struct pvg_w_display_desc d;

    (void)state;
    /* Seeds and unknown bytes of the guest stay (spec 04 section 2.1). */
    memset(dev->ram + PAGE, 0xa5, 0x1000);
    set_ram32(dev, GENERATION, 41);
    assert_int_equal(words(dev, 0x01, 2, 0u, (uint32_t)PAGE_PFN), PVG_DISPLAY_DONE);
    assert_true(pvg_w_display_page_read(dev->ram + PAGE, PVG_DPAGE_SIZE, &d));
    assert_int_equal(d.serial, 1);
    assert_string_equal(d.name, "First display");
    assert_int_equal(d.pipe, 0);
    assert_int_equal(d.mm_width_int, 480);
    assert_int_equal(d.mm_height_int, 270);
    assert_int_equal(d.cursor_max_width, 512);
    assert_int_equal(d.gamma_entries, 0);
    assert_int_equal(d.cursor_caps, 3);
    assert_int_equal(d.generation, 42);
    assert_int_equal(d.timing_count, 2);
    assert_int_equal(d.timings[0].hz_16_16, 0x003c0000);
    assert_int_equal(d.timings[1].width, 1280);
    assert_int_equal(d.timings[1].hz_16_16, 0x003bf0a4);
    assert_int_equal(ram32(dev, PAGE + 0x02c), 0xa5a5a5a5);
    assert_int_equal(ram32(dev, PENDING), 0xa5a5a5a5);
    assert_int_equal(ram32(dev, ENABLE), 0xa5a5a5a5);
    assert_int_equal(ram32(dev, PAGE + 0xe08), 0xa5a5a5a5);
    /* No event before the guest enables one. */
    assert_int_equal(take_irqs(dev, NULL), 0);

    words(dev, 0x01, 2, 1u, (uint32_t)(PAGE_PFN + 1));
    assert_true(pvg_w_display_page_read(dev->ram + PAGE + 0x1000, PVG_DPAGE_SIZE, &d));
    assert_int_equal(d.serial, 77);
    assert_int_equal(d.pipe, 1);
    assert_int_equal(d.mm_width_int, 500);
    assert_int_equal(d.timings[0].width, 1920);
    assert_int_equal(pvg_displays_count(dev->displays), 2);
    device_destroy(dev);
}

static void handshake(void **state)
{
    struct pvg_device *dev = device_create(NULL, 0);
    uint32_t bits;
    uint64_t now = 1000 * MS;

    (void)state;
    assert_int_equal(turn(dev, now), UINT64_MAX);
    words(dev, 0x01, 2, 0u, (uint32_t)PAGE_PFN);
    for (int i = 0; i < 10; i++)
        assert_true(turn(dev, now + (uint64_t)i * MS) <= now + (uint64_t)i * MS + 4 * MS);
    assert_int_equal(take_irqs(dev, NULL), 0);
    assert_int_equal(ram32(dev, PENDING), 0);

    /* The first look that finds the bit signals; repeats are 200 ms apart. */
    set_ram32(dev, ENABLE, 0xe);
    turn(dev, now += 20 * MS);
    assert_int_equal(ram32(dev, PENDING), ONLINE);
    assert_int_equal(take_irqs(dev, &bits), 1);
    assert_int_equal(bits, 1);
    turn(dev, now + 199 * MS);
    assert_int_equal(take_irqs(dev, NULL), 0);
    turn(dev, now += 200 * MS);
    assert_int_equal(take_irqs(dev, NULL), 1);

    /* No refresh events before the acknowledgement, whatever is armed. */
    assert_int_equal(ram32(dev, PENDING), ONLINE);
    set_ram32(dev, PENDING, 0);
    words(dev, 0x02, 2, 0u, ram32(dev, GENERATION));
    turn(dev, now += MS);
    assert_int_equal(ram32(dev, PENDING), TRANSACTION);
    turn(dev, now += 400 * MS);
    assert_int_equal(ram32(dev, PENDING) & ONLINE, 0);
    device_destroy(dev);
}

static void handshake_gives_up(void **state)
{
    struct pvg_device *dev = device_create(NULL, 0);
    unsigned irqs = 0;
    uint64_t now = 0;

    (void)state;
    words(dev, 0x01, 2, 0u, (uint32_t)PAGE_PFN);
    set_ram32(dev, ENABLE, 0xc);
    for (int i = 0; i < 400; i++, now += 200 * MS) {
        turn(dev, now);
        irqs += take_irqs(dev, NULL);
    }
    assert_int_equal(irqs, 150);
    words(dev, 0x01, 2, 0u, (uint32_t)PAGE_PFN);
    turn(dev, now);
    assert_int_equal(take_irqs(dev, NULL), 1);
    device_destroy(dev);
}

static void stale_online_bit(void **state)
{
    struct pvg_device *dev = device_create(NULL, 0);

    (void)state;
    words(dev, 0x01, 2, 0u, (uint32_t)PAGE_PFN);
    set_ram32(dev, ENABLE, 0xd);
    turn(dev, MS);
    assert_int_equal(ram32(dev, PENDING), ONLINE);
    /* Acknowledged while the bit is still there: it goes, also when it comes back by a race. */
    words(dev, 0x02, 2, 0u, 1u);
    assert_int_equal(ram32(dev, PENDING), 0);
    set_ram32(dev, PENDING, ONLINE | 8);
    turn(dev, 100 * MS);
    assert_int_equal(ram32(dev, PENDING), VBL | 8);
    device_destroy(dev);
}

static void again_while_online(void **state)
{
    struct pvg_device *dev = device_create(NULL, 0);
    uint32_t generation;

    (void)state;
    bring_online(dev, MS);
    generation = ram32(dev, GENERATION);
    words(dev, 0x01, 2, 0u, (uint32_t)PAGE_PFN);
    assert_int_equal(ram32(dev, GENERATION), generation + 1);
    set_ram32(dev, ENABLE, 0xd);
    turn(dev, 10 * MS);
    assert_int_equal(ram32(dev, PENDING), ONLINE);
    device_destroy(dev);
}

static void page_refused(void **state)
{
    struct pvg_device *dev = device_create(NULL, 0);

    (void)state;
    /* Not RAM, beyond the end, short, foreign pipe: nothing is registered and every packet completes. */
    assert_int_equal(words(dev, 0x01, 2, 0u, 0xffffffffu), PVG_DISPLAY_DONE);
    assert_int_equal(words(dev, 0x01, 2, 0u, (uint32_t)(RAM_SIZE >> 12)), PVG_DISPLAY_DONE);
    assert_int_equal(words(dev, 0x01, 1, 0u), PVG_DISPLAY_DONE);
    assert_int_equal(words(dev, 0x01, 2, 1u, (uint32_t)PAGE_PFN), PVG_DISPLAY_DONE);
    assert_int_equal(words(dev, 0x01, 2, 0xffffffffu, (uint32_t)PAGE_PFN), PVG_DISPLAY_DONE);
    assert_int_equal(dev->warnings, 5);
    assert_int_equal(turn(dev, MS), UINT64_MAX);
    assert_int_equal(ram32(dev, PAGE + 0x210), 0);
    /* A bad one leaves a good one alone; 0 takes it away. */
    words(dev, 0x01, 2, 0u, (uint32_t)PAGE_PFN);
    words(dev, 0x01, 2, 0u, 0xfffffffu);
    assert_true(turn(dev, MS) < UINT64_MAX);
    words(dev, 0x01, 2, 0u, 0u);
    assert_int_equal(turn(dev, MS), UINT64_MAX);
    device_destroy(dev);
}

static void channel_freed(void **state)
{
    struct pvg_device *dev = device_create(NULL, 0);

    (void)state;
    bring_online(dev, MS);
    set_ram32(dev, ENABLE, 0xd);
    pvg_displays_channel(dev->displays, 5, false);
    assert_int_equal(turn(dev, 100 * MS), UINT64_MAX);
    assert_int_equal(ram32(dev, PENDING), 0);
    pvg_displays_channel(dev->displays, 6, true);
    assert_int_equal(turn(dev, 100 * MS), UINT64_MAX);
    pvg_displays_channel(dev->displays, 5, true);
    turn(dev, 200 * MS);
    assert_int_equal(ram32(dev, PENDING), VBL);
    device_destroy(dev);
}

/* ---- Cadence -------------------------------------------------------------------------------------------------------------- */

static void grid(void **state)
{
    const struct pvg_mode mode = {1920, 1080, 100000}; /* 10 ms. */
    const struct pvg_display_config config = {.modes = &mode, .mode_count = 1};
    struct pvg_device *dev = device_create(&config, 1);
    uint64_t t = 1000 * MS;

    (void)state;
    bring_online(dev, t - MS);
    set_ram32(dev, ENABLE, 0xd);
    assert_int_equal(turn(dev, t), t + 4 * MS);
    assert_int_equal(take_irqs(dev, NULL), 1);
    /* Not due, then due at the grid point exactly. */
    turn(dev, t + 4 * MS);
    assert_int_equal(turn(dev, t + 8 * MS), t + 10 * MS);
    assert_int_equal(take_irqs(dev, NULL), 0);
    turn(dev, t + 10 * MS);
    assert_int_equal(take_irqs(dev, NULL), 1);
    /* 3 ms late: the next one is back on the grid, not 10 ms later. */
    turn(dev, t + 23 * MS);
    assert_int_equal(take_irqs(dev, NULL), 1);
    turn(dev, t + 29 * MS);
    assert_int_equal(take_irqs(dev, NULL), 0);
    turn(dev, t + 30 * MS);
    assert_int_equal(take_irqs(dev, NULL), 1);
    /* Very late: a new grid and no burst. */
    turn(dev, t + 75 * MS);
    assert_int_equal(take_irqs(dev, NULL), 1);
    turn(dev, t + 76 * MS);
    turn(dev, t + 84 * MS);
    assert_int_equal(take_irqs(dev, NULL), 0);
    turn(dev, t + 85 * MS);
    assert_int_equal(take_irqs(dev, NULL), 1);
    device_destroy(dev);
}

static void disarmed_keeps_the_slot(void **state)
{
    const struct pvg_mode mode = {1920, 1080, 100000};
    const struct pvg_display_config config = {.modes = &mode, .mode_count = 1};
    struct pvg_device *dev = device_create(&config, 1);
    uint64_t t = 1000 * MS;

    (void)state;
    bring_online(dev, t - 50 * MS);
    set_ram32(dev, ENABLE, 0xd);
    turn(dev, t);
    set_ram32(dev, PENDING, 0);
    set_ram32(dev, ENABLE, 0xc);
    turn(dev, t + 10 * MS);
    turn(dev, t + 14 * MS);
    assert_int_equal(take_irqs(dev, NULL), 1);
    assert_int_equal(ram32(dev, PENDING), 0);
    /* Armed late: served at once, and the grid goes on. */
    set_ram32(dev, ENABLE, 0xd);
    turn(dev, t + 15 * MS);
    assert_int_equal(take_irqs(dev, NULL), 1);
    turn(dev, t + 19 * MS);
    assert_int_equal(take_irqs(dev, NULL), 0);
    turn(dev, t + 20 * MS);
    assert_int_equal(take_irqs(dev, NULL), 1);
    device_destroy(dev);
}

static void classes(void **state)
{
    struct pvg_device *dev = device_create(NULL, 0);
    uint32_t bits;

    (void)state;
    bring_online(dev, MS);
    /* One update and one interrupt for both; foreign bits of the mailbox stay; unknown enable bits mean nothing. */
    set_ram32(dev, PENDING, 0x80);
    set_ram32(dev, ENABLE, 0xffffff0f);
    turn(dev, 100 * MS);
    assert_int_equal(ram32(dev, PENDING), 0x80 | VBL | TRANSACTION);
    assert_int_equal(take_irqs(dev, &bits), 1);
    assert_int_equal(bits, 1);
    set_ram32(dev, PENDING, 0);
    set_ram32(dev, ENABLE, 0x2);
    turn(dev, 200 * MS);
    assert_int_equal(ram32(dev, PENDING), TRANSACTION);
    set_ram32(dev, PENDING, 0);
    set_ram32(dev, ENABLE, 0);
    turn(dev, 300 * MS);
    assert_int_equal(ram32(dev, PENDING), 0);
    device_destroy(dev);
}

static void rate_follows_the_presented_size(void **state)
{
    const struct pvg_mode modes[] = {{1920, 1080, 50000}, {64, 48, 100000}};
    const struct pvg_display_config config = {.modes = modes, .mode_count = 2};
    struct pvg_device *dev = device_create(&config, 1);

    (void)state;
    assert_int_equal(pvg_pipe_period(&dev->displays->pipes[0]), 20 * MS);
    words(dev, 0x06, 3, 0u, 0x2au, 0u);
    assert_int_equal(pvg_pipe_period(&dev->displays->pipes[0]), 10 * MS);
    complete(dev, 1);
    pvg_display_discard_frames(dev, 0);
    dev->surface_w = 65;
    words(dev, 0x06, 3, 0u, 0x2au, 0u);
    assert_int_equal(pvg_pipe_period(&dev->displays->pipes[0]), 20 * MS);
    device_destroy(dev);
}

/* ---- Presents ------------------------------------------------------------------------------------------------------------- */

static void present_forms(void **state)
{
    static const uint32_t tail[7] = {0, 0x00104000, 0, 0x00004000, 0, 0x00000101, 0x48400000};
    struct pvg_device *dev = device_create(NULL, 0);
    uint8_t payload[40];

    (void)state;
    assert_null(pvg_display_acquire_frame(dev, 0));
    assert_false(pvg_display_presented(dev, 0));
    for (uint32_t form = 0x06; form <= 0x08; form++) {
        const struct pvg_frame *f;

        memset(payload, 0, sizeof(payload));
        pvg_st32(payload + (form == 0x06 ? 4 : 8), 0x2a);
        if (form == 0x08)
            memcpy(payload + 12, tail, sizeof(tail));
        assert_int_equal(packet(dev, (uint16_t)form, payload, form == 0x06 ? 12 : form == 0x07 ? 36 : 40), PVG_DISPLAY_DONE);
        assert_true(pvg_display_presented(dev, 0));
        assert_int_equal(dev->job_count, 1);
        complete(dev, 1);
        assert_int_equal(dev->frames, form - 5);
        f = pvg_display_acquire_frame(dev, 0);
        assert_int_equal(f->sequence, form - 5);
        assert_int_equal(f->width, 64);
        assert_int_equal(f->height, 48);
        assert_int_equal(f->stride, 256);
        assert_non_null(f->pixels);
        pvg_frame_release(f);
    }
    assert_int_equal(dev->modes, 1);
    assert_int_equal(dev->mode_w, 64);
    assert_int_equal(dev->counters.presents, 3);
    assert_int_equal(dev->counters.frames_delivered, 3);
    assert_int_equal(dev->counters.frames_dropped, 0);
    device_destroy(dev);
}

static void present_event_follows_the_stamp(void **state)
{
    struct pvg_device *dev = device_create(NULL, 0);

    (void)state;
    bring_online(dev, MS);
    set_ram32(dev, ENABLE, 0xe);
    words(dev, 0x06, 3, 0u, 0x2au, 0u);
    assert_int_equal(ram32(dev, PENDING), 0);
    dev->jobs[0].fn(dev->jobs[0].arg);
    dev->job_count = 0;
    assert_int_equal(ram32(dev, PENDING), 0);
    /* Stamps of other FIFOs do not stand for this one. */
    pvg_displays_stamped(dev->displays, 1);
    assert_int_equal(take_irqs(dev, NULL), 0);
    pvg_displays_stamped(dev->displays, 5);
    assert_int_equal(ram32(dev, PENDING), TRANSACTION);
    assert_int_equal(take_irqs(dev, NULL), 1);
    pvg_displays_stamped(dev->displays, 5);
    assert_int_equal(take_irqs(dev, NULL), 0);

    /* Not enabled: nothing is written. */
    pvg_display_discard_frames(dev, 0);
    set_ram32(dev, PENDING, 0);
    set_ram32(dev, ENABLE, 0xc);
    words(dev, 0x06, 3, 0u, 0x2au, 0u);
    complete(dev, 1);
    assert_int_equal(ram32(dev, PENDING), 0);
    assert_int_equal(take_irqs(dev, NULL), 0);
    device_destroy(dev);
}

/* The display thread is the safety net when no stamp of the FIFO is published. */
static void present_event_by_itself(void **state)
{
    struct pvg_device *dev = device_create(NULL, 0);

    (void)state;
    words(dev, 0x01, 2, 0u, (uint32_t)PAGE_PFN);
    set_ram32(dev, ENABLE, TRANSACTION);
    words(dev, 0x06, 3, 0u, 0x2au, 0u);
    dev->jobs[0].fn(dev->jobs[0].arg);
    dev->job_count = 0;
    assert_int_equal(turn(dev, 10 * MS), 12 * MS);
    assert_int_equal(ram32(dev, PENDING), 0);
    turn(dev, 12 * MS);
    assert_int_equal(ram32(dev, PENDING), TRANSACTION);
    device_destroy(dev);
}

static void present_without_picture(void **state)
{
    struct pvg_device *dev = device_create(NULL, 0);

    (void)state;
    bring_online(dev, MS);
    set_ram32(dev, ENABLE, TRANSACTION);
    /* Id 0 takes no ownership; the event comes. */
    words(dev, 0x06, 3, 0u, 0u, 0u);
    assert_int_equal(dev->job_count, 0);
    assert_false(pvg_display_presented(dev, 0));
    pvg_displays_stamped(dev->displays, 5);
    assert_int_equal(ram32(dev, PENDING), TRANSACTION);
    /* An unknown surface keeps the picture, owns the console, counts for no backlog and signals. */
    for (int i = 0; i < 5; i++) {
        set_ram32(dev, PENDING, 0);
        assert_int_equal(words(dev, 0x06, 3, 0u, 0x99u, 0u), PVG_DISPLAY_DONE);
        complete(dev, 1);
        assert_int_equal(ram32(dev, PENDING), TRANSACTION);
    }
    assert_true(pvg_display_presented(dev, 0));
    assert_null(pvg_display_acquire_frame(dev, 0));
    assert_int_equal(dev->frames, 0);
    /* Foreign pipe. */
    assert_int_equal(words(dev, 0x06, 3, 1u, 0x2au, 0u), PVG_DISPLAY_DONE);
    assert_int_equal(dev->job_count, 0);
    device_destroy(dev);
}

static void malformed(void **state)
{
    static const struct {
        uint16_t opcode;
        size_t minimum;
    } forms[] = {{0x01, 8}, {0x04, 44}, {0x05, 8}, {0x06, 12}, {0x07, 36}, {0x08, 12}, {0x09, 8}, {0x0a, 8}};
    struct pvg_device *dev = device_create(NULL, 0);
    uint8_t *exact;

    (void)state;
    for (unsigned i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        for (size_t n = 0; n < forms[i].minimum; n++) {
            unsigned before = dev->warnings, suppressed = (unsigned)dev->log.suppressed;
            exact = malloc(n ? n : 1);
            memset(exact, 0, n);
            if (n >= 8)
                exact[4] = exact[8 < n ? 8 : 4] = 0x2a;
            assert_int_equal(packet(dev, forms[i].opcode, exact, n), PVG_DISPLAY_DONE);
            assert_true(dev->warnings > before || dev->log.suppressed > suppressed);
            free(exact);
        }
    }
    assert_int_equal(dev->job_count, 0);
    assert_int_equal(dev->images + dev->moves, 0);
    /* Short acknowledgements count all the same. */
    words(dev, 0x01, 2, 0u, (uint32_t)PAGE_PFN);
    set_ram32(dev, ENABLE, VBL);
    assert_int_equal(packet(dev, 0x02, "", 0), PVG_DISPLAY_DONE);
    turn(dev, 100 * MS);
    assert_int_equal(ram32(dev, PENDING), VBL);
    /* The retired slot and the packets without effect. */
    assert_int_equal(words(dev, 0x03, 1, 5u), PVG_DISPLAY_DONE);
    assert_int_equal(words(dev, 0x09, 2, 0u, 1u), PVG_DISPLAY_DONE);
    assert_int_equal(words(dev, 0x0a, 4, 0u, 1u, 2u, 3u), PVG_DISPLAY_DONE);
    device_destroy(dev);
}

static void back_pressure(void **state)
{
    struct pvg_device *dev = device_create(NULL, 0);
    const struct pvg_frame *f;

    (void)state;
    assert_int_equal(words(dev, 0x06, 3, 0u, 0x2au, 0u), PVG_DISPLAY_DONE);
    assert_int_equal(words(dev, 0x06, 3, 0u, 0x2au, 0u), PVG_DISPLAY_DONE);
    assert_int_equal(words(dev, 0x06, 3, 0u, 0x2au, 0u), PVG_DISPLAY_HOLD);
    assert_int_equal(words(dev, 0x06, 3, 0u, 0x2au, 0u), PVG_DISPLAY_HOLD);
    complete(dev, 2);
    /* Complete is not consumed. */
    assert_int_equal(words(dev, 0x06, 3, 0u, 0x2au, 0u), PVG_DISPLAY_HOLD);
    assert_int_equal(dev->kicks, 0);
    f = pvg_display_acquire_frame(dev, 0);
    assert_int_equal(f->sequence, 2);
    assert_int_equal(dev->kicks, 1);
    assert_int_equal(dev->counters.frames_dropped, 1);
    pvg_frame_release(f);
    assert_int_equal(words(dev, 0x06, 3, 0u, 0x2au, 0u), PVG_DISPLAY_DONE);
    assert_int_equal(words(dev, 0x06, 3, 0u, 0x2au, 0u), PVG_DISPLAY_DONE);
    assert_int_equal(words(dev, 0x06, 3, 0u, 0x2au, 0u), PVG_DISPLAY_HOLD);
    /* Discarding acknowledges what is not even complete. */
    pvg_display_discard_frames(dev, 0);
    assert_int_equal(dev->kicks, 2);
    assert_int_equal(words(dev, 0x06, 3, 0u, 0x2au, 0u), PVG_DISPLAY_DONE);
    /* Nobody was held: no kick. */
    pvg_display_discard_frames(dev, 0);
    assert_int_equal(dev->kicks, 2);
    pvg_display_discard_frames(dev, 7);
    assert_null(pvg_display_acquire_frame(dev, 7));
    device_destroy(dev);
}

static void headless(void **state)
{
    struct pvg_device *dev = device_create_headless();

    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(words(dev, 0x06, 3, 0u, 0x2au, 0u), PVG_DISPLAY_DONE);
        complete(dev, 1);
    }
    assert_int_equal(dev->live_frames, 1);
    device_destroy(dev);
}

static void frames_are_latest_wins(void **state)
{
    struct pvg_device *dev = device_create(NULL, 0);
    const struct pvg_frame *kept, *newer;

    (void)state;
    words(dev, 0x06, 3, 0u, 0x2au, 0u);
    complete(dev, 1);
    kept = pvg_display_acquire_frame(dev, 0);
    for (int i = 0; i < 10; i++) {
        dev->surface_w = 64 + (uint32_t)i / 5;
        words(dev, 0x06, 3, 0u, 0x2au, 0u);
        complete(dev, 1);
        pvg_display_discard_frames(dev, 0);
    }
    /* The one that is held and the newest one. */
    assert_int_equal(dev->live_frames, 2);
    assert_int_equal(dev->modes, 2);
    assert_int_equal(kept->sequence, 1);
    newer = pvg_display_acquire_frame(dev, 0);
    assert_int_equal(newer->sequence, 11);
    assert_int_equal(newer->width, 65);
    assert_ptr_equal(pvg_display_acquire_frame(dev, 0), newer);
    pvg_frame_release(newer);
    pvg_frame_release(kept);
    assert_int_equal(dev->live_frames, 1);
    pvg_frame_release(newer);
    pvg_frame_release(NULL);
    device_destroy(dev);
}

static void frames_outlive_the_device(void **state)
{
    struct pvg_device *dev = device_create(NULL, 0);
    const struct pvg_frame *f;
    struct pvg_displays *d = dev->displays;
    uint8_t *ram = dev->ram;

    (void)state;
    words(dev, 0x06, 3, 0u, 0x2au, 0u);
    complete(dev, 1);
    f = pvg_display_acquire_frame(dev, 0);
    words(dev, 0x06, 3, 0u, 0x2au, 0u);
    /* A capture that is still in flight finds nobody to tell. */
    pvg_displays_destroy(d);
    dev->frames = 0;
    dev->jobs[0].fn(dev->jobs[0].arg);
    assert_int_equal(dev->frames, 0);
    assert_int_equal(dev->live_frames, 1);
    assert_int_equal(f->width, 64);
    assert_int_equal(*(const uint32_t *)f->pixels, 0);
    pvg_frame_release(f);
    assert_int_equal(dev->live_frames, 0);
    free(ram);
    free(dev);
}

/* ---- Cursor --------------------------------------------------------------------------------------------------------------- */

enum { PIXELS = 0x1000, XY = PAGE + 0xe00, SHOW = PAGE + 0xe04 };

static enum pvg_display_verdict glyph(struct pvg_device *dev, uint32_t task, uint64_t gva, uint64_t length, uint64_t stride,
                                      uint16_t w, uint16_t h, uint16_t hot_x, uint16_t hot_y)
{
    const struct pvg_w_cursor_glyph g = {.task = task,
                                         .gva = gva,
                                         .mapped_length = length,
                                         .stride = stride,
                                         .width = w,
                                         .height = h,
                                         .hot_x = hot_x,
                                         .hot_y = hot_y};
    uint8_t payload[44];

    assert_int_equal(pvg_w_cursor_glyph_encode(payload, sizeof(payload), &g), 44);
    return packet(dev, 0x04, payload, 44);
}

static void cursor(void **state)
{
    struct pvg_device *dev = device_create(NULL, 0);

    (void)state;
    words(dev, 0x01, 2, 0u, (uint32_t)PAGE_PFN);
    set_ram32(dev, XY, 100 | 200u << 16);
    set_ram32(dev, SHOW, 1);
    set_ram32(dev, PIXELS, 0xff112233);
    set_ram32(dev, PIXELS + 2 * 256 + 2 * 4, 0x80445566);

    /* Shown before there is an image: nothing to be seen. */
    words(dev, 0x05, 2, 0u, 1u);
    assert_int_equal(dev->moves, 1);
    assert_false(dev->move_visible);
    /* 3x3 pixels with a stride of 256; the last row needs no padding. */
    glyph(dev, 1, 0x100000 + PIXELS, 2 * 256 + 12, 256, 3, 3, 1, 2);
    assert_int_equal(dev->images, 1);
    assert_int_equal(dev->image.width, 3);
    assert_int_equal(dev->image.hot_x, 1);
    assert_int_equal(dev->image.hot_y, 2);
    assert_int_equal(dev->image_first, 0xff112233);
    assert_int_equal(dev->image_last, 0x80445566);
    assert_true(dev->move_visible);
    assert_int_equal(dev->move_x, 100);
    assert_int_equal(dev->move_y, 200);

    /* Position through the doorbell, merged to the newest. */
    set_ram32(dev, XY, 7 | 8u << 16);
    pvg_displays_cursor_poke(dev->displays, 0);
    pvg_displays_cursor_poke(dev->displays, 0);
    pvg_displays_cursor_poke(dev->displays, 31);
    turn(dev, MS);
    assert_int_equal(dev->moves, 3);
    assert_int_equal(dev->move_x, 7);
    assert_int_equal(dev->move_y, 8);
    assert_true(dev->move_visible);
    /* On another display: hidden here, coordinates stay. */
    set_ram32(dev, XY, 0xffffffff);
    pvg_displays_cursor_poke(dev->displays, 0);
    turn(dev, 2 * MS);
    assert_false(dev->move_visible);
    assert_int_equal(dev->move_x, 7);
    set_ram32(dev, XY, 9);
    pvg_displays_cursor_poke(dev->displays, 0);
    turn(dev, 3 * MS);
    assert_true(dev->move_visible);

    /* Hide: the command counts now, the page for what follows. */
    words(dev, 0x05, 2, 0u, 0u);
    assert_false(dev->move_visible);
    set_ram32(dev, SHOW, 0);
    words(dev, 0x05, 2, 0u, 0u);
    pvg_displays_cursor_poke(dev->displays, 0);
    turn(dev, 4 * MS);
    assert_false(dev->move_visible);
    device_destroy(dev);
}

static void cursor_refused(void **state)
{
    struct pvg_device *dev = device_create(NULL, 0);
    const uint64_t base = 0x100000 + PIXELS;

    (void)state;
    words(dev, 0x01, 2, 0u, (uint32_t)PAGE_PFN);
    glyph(dev, 1, base, 1 << 20, 64, 0, 4, 0, 0);
    glyph(dev, 1, base, 1 << 20, 64, 4, 0, 0, 0);
    glyph(dev, 1, base, 1 << 22, 4096, 513, 4, 0, 0);
    glyph(dev, 1, base, 1 << 22, 4096, 4, 513, 0, 0);
    glyph(dev, 1, base, 1 << 20, 15, 4, 4, 0, 0);
    glyph(dev, 1, base, 1 << 20, 16, 4, 4, 4, 0);
    glyph(dev, 1, base, 1 << 20, 16, 4, 4, 0, 4);
    glyph(dev, 1, base, 63, 16, 4, 4, 0, 0);
    glyph(dev, 2, base, 64, 16, 4, 4, 0, 0);
    glyph(dev, 1, 0x10, 64, 16, 4, 4, 0, 0);
    glyph(dev, 1, UINT64_MAX - 40, UINT64_MAX, 16, 4, 4, 0, 0);
    glyph(dev, 1, 0x100000 + RAM_SIZE - 32, 64, 16, 4, 4, 0, 0);
    assert_int_equal(dev->images, 0);
    assert_int_equal(dev->moves, 0);
    glyph(dev, 1, base, 64, 16, 4, 4, 3, 3);
    assert_int_equal(dev->images, 1);
    device_destroy(dev);
}

static void cursor_without_page(void **state)
{
    struct pvg_device *dev = device_create(NULL, 0);

    (void)state;
    glyph(dev, 1, 0x100000 + PIXELS, 64, 16, 4, 4, 0, 0);
    words(dev, 0x05, 2, 0u, 1u);
    assert_true(dev->move_visible);
    pvg_displays_cursor_poke(dev->displays, 0);
    turn(dev, MS);
    assert_int_equal(dev->moves, 2);
    words(dev, 0x05, 2, 0u, 0u);
    assert_false(dev->move_visible);
    device_destroy(dev);
}

/* ---- Modes, reset, threads ------------------------------------------------------------------------------------------------ */

static void new_modes(void **state)
{
    const struct pvg_mode modes[] = {{2560, 1440, 120000}, {800, 600, 60000}, {640, 480, 60000}};
    const struct pvg_mode bad[] = {{0, 1, 60000}, {65536, 1, 60000}, {1, 0, 60000}, {1, 1, 999}, {1, 1, 1000001}};
    struct pvg_device *dev = device_create(NULL, 0);
    uint32_t generation;

    (void)state;
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(pvg_display_set_modes(dev, 0, &bad[i], 1), -EINVAL);
    assert_int_equal(pvg_display_set_modes(dev, 0, modes, 0), -EINVAL);
    assert_int_equal(pvg_display_set_modes(dev, 0, modes, PVG_MAX_MODES + 1), -EINVAL);
    assert_int_equal(pvg_display_set_modes(dev, 1, modes, 1), -ENOENT);

    bring_online(dev, MS);
    generation = ram32(dev, GENERATION);
    assert_int_equal(pvg_display_set_modes(dev, 0, modes, 3), 0);
    turn(dev, 10 * MS);
    assert_int_equal(ram32(dev, PAGE + 0x210), 2560 | 1440u << 16);
    assert_int_equal(dev->ram[PAGE + 0x208], 3);
    assert_int_equal(ram32(dev, GENERATION), generation + 1);
    assert_int_equal(ram32(dev, PENDING), ONLINE);
    assert_int_equal(take_irqs(dev, NULL), 1);
    /* Refresh goes on meanwhile, and does not take the online bit away. */
    set_ram32(dev, ENABLE, 0xd);
    turn(dev, 60 * MS);
    assert_int_equal(ram32(dev, PENDING), ONLINE | VBL);
    set_ram32(dev, PENDING, 0);
    words(dev, 0x02, 2, 0u, 12345u);
    turn(dev, 600 * MS);
    assert_int_equal(ram32(dev, PENDING), VBL);
    device_destroy(dev);
}

static void eight_displays(void **state)
{
    static const struct pvg_display_config configs[8];
    struct pvg_device *dev = device_create(configs, 8);
    const struct pvg_frame *f;
    uint32_t bits;

    (void)state;
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t page = PAGE + i * 0x1000;

        words(dev, 0x01, 2, i, page >> 12);
        assert_int_equal(dev->ram[page + 0x12], i);
        assert_int_equal(ram32(dev, page), i + 1);
        set_ram32(dev, page + 0x104, i & 1 ? 0xc : 0);
    }
    turn(dev, MS);
    take_irqs(dev, &bits);
    assert_int_equal(bits, 0xaa);
    /* Each has its own backlog, frames and events. */
    words(dev, 0x02, 2, 7u, 1u);
    set_ram32(dev, PAGE + 7 * 0x1000 + 0x100, 0);
    set_ram32(dev, PAGE + 7 * 0x1000 + 0x104, TRANSACTION);
    words(dev, 0x06, 3, 7u, 0x2au, 0u);
    words(dev, 0x06, 3, 7u, 0x2au, 0u);
    assert_int_equal(words(dev, 0x06, 3, 7u, 0x2au, 0u), PVG_DISPLAY_HOLD);
    assert_int_equal(words(dev, 0x06, 3, 2u, 0x2au, 0u), PVG_DISPLAY_DONE);
    complete(dev, MAX_JOBS);
    take_irqs(dev, &bits);
    assert_int_equal(bits, 1u << 7);
    assert_null(pvg_display_acquire_frame(dev, 0));
    f = pvg_display_acquire_frame(dev, 2);
    assert_int_equal(f->sequence, 1);
    pvg_frame_release(f);
    assert_int_equal(words(dev, 0x06, 3, 7u, 0x2au, 0u), PVG_DISPLAY_HOLD);
    assert_int_equal(words(dev, 0x06, 3, 8u, 0x2au, 0u), PVG_DISPLAY_DONE);
    device_destroy(dev);
}

static void bad_configurations(void **state)
{
    const struct pvg_mode bad = {1920, 0, 60000};
    const struct pvg_display_config config = {.modes = &bad, .mode_count = 1};

    (void)state;
    assert_null(device_create(&config, 1));
    assert_null(device_create(&config, 0));
    assert_null(device_create(&config, PVG_MAX_DISPLAYS + 1));
}

static void mode_text(void **state)
{
    static const char *const bad[] = {"",          "1920x1080",    "1920x1080@",  "x1080@60", "1920x@60",
                                      "0x1080@60", "65536x1@60",   "1920x1080@0", "1x1@1001", "1x1@59.9401",
                                      "1x1@59.",   "1x1@.5",       "1x1@60Hz",    " 1x1@60",  "99999999999x1@60",
                                      "-1x1@60",   "1920*1080@60", "1x1@1000.001"};
    struct pvg_mode m;
    struct pvg_error err;

    (void)state;
    assert_int_equal(pvg_mode_parse("1920x1080@60", &m, &err), 0);
    assert_int_equal(m.width, 1920);
    assert_int_equal(m.height, 1080);
    assert_int_equal(m.refresh_mhz, 60000);
    assert_int_equal(pvg_mode_parse("65535x1@59.94", &m, &err), 0);
    assert_int_equal(m.refresh_mhz, 59940);
    assert_int_equal(pvg_mode_parse("1x1@1.001", &m, NULL), 0);
    assert_int_equal(m.refresh_mhz, 1001);
    assert_int_equal(pvg_mode_parse("1x1@1000", &m, NULL), 0);
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (pvg_mode_parse(bad[i], &m, &err) != -EINVAL)
            fail_msg("\"%s\" passed", bad[i]);
        assert_non_null(strstr(err.message, "WIDTHxHEIGHT@RATE"));
    }
}

static void reset(void **state)
{
    struct pvg_device *dev = device_create(NULL, 0);
    const struct pvg_frame *f;

    (void)state;
    bring_online(dev, MS);
    set_ram32(dev, ENABLE, 0xf);
    glyph(dev, 1, 0x100000 + PIXELS, 64, 16, 4, 4, 0, 0);
    words(dev, 0x06, 3, 0u, 0x2au, 0u);
    complete(dev, 1);
    words(dev, 0x06, 3, 0u, 0x2au, 0u);
    pvg_displays_cursor_poke(dev->displays, 0);
    set_ram32(dev, PENDING, 0);
    take_irqs(dev, NULL);

    pvg_displays_reset(dev->displays);
    memset(dev->ram, 0x55, RAM_SIZE);
    uint8_t *copy = malloc(RAM_SIZE);
    memcpy(copy, dev->ram, RAM_SIZE);
    dev->frames = dev->moves = dev->images = 0;
    complete(dev, MAX_JOBS);
    assert_int_equal(turn(dev, 500 * MS), UINT64_MAX);
    assert_memory_equal(copy, dev->ram, RAM_SIZE);
    free(copy);
    assert_int_equal(take_irqs(dev, NULL), 0);
    assert_int_equal(dev->frames + dev->moves, 0);
    assert_int_equal(dev->images, 1); /* The cursor went away. */
    assert_null(pvg_display_acquire_frame(dev, 0));
    assert_false(pvg_display_presented(dev, 0));
    assert_int_equal(dev->live_frames, 0);

    /* The next life: sequences go on, the backlog is empty. */
    words(dev, 0x06, 3, 0u, 0x2au, 0u);
    assert_int_equal(words(dev, 0x06, 3, 0u, 0x2au, 0u), PVG_DISPLAY_DONE);
    complete(dev, 2);
    f = pvg_display_acquire_frame(dev, 0);
    assert_int_equal(f->sequence, 4);
    pvg_frame_release(f);
    device_destroy(dev);
}

static void closed_device(void **state)
{
    struct pvg_device *dev = device_create(NULL, 0);

    (void)state;
    bring_online(dev, MS);
    set_ram32(dev, ENABLE, 0xf);
    atomic_store(&dev->closed, true);
    assert_int_equal(turn(dev, 100 * MS), 104 * MS);
    pvg_displays_cursor_poke(dev->displays, 0);
    turn(dev, 200 * MS);
    assert_int_equal(dev->moves, 0);
    assert_int_equal(take_irqs(dev, NULL), 0);
    /* What was missed comes once: one refresh, one cursor position. */
    atomic_store(&dev->closed, false);
    turn(dev, 300 * MS);
    assert_int_equal(take_irqs(dev, NULL), 1);
    assert_int_equal(dev->moves, 1);
    device_destroy(dev);
}

static void own_thread(void **state)
{
    struct pvg_device *dev = device_create_threaded();

    (void)state;
    words(dev, 0x01, 2, 0u, (uint32_t)PAGE_PFN);
    __atomic_store_n((uint32_t *)(void *)(dev->ram + ENABLE), 0xdu, __ATOMIC_RELEASE);
    while (!(__atomic_load_n((uint32_t *)(void *)(dev->ram + PENDING), __ATOMIC_ACQUIRE) & ONLINE))
        usleep(1000);
    words(dev, 0x02, 2, 0u, 1u);
    while (!(__atomic_load_n((uint32_t *)(void *)(dev->ram + PENDING), __ATOMIC_ACQUIRE) & VBL))
        usleep(1000);
    for (int i = 0; i < 50; i++) {
        words(dev, 0x06, 3, 0u, 0x2au, 0u);
        complete(dev, 1);
        pvg_frame_release(pvg_display_acquire_frame(dev, 0));
        pvg_displays_cursor_poke(dev->displays, 0);
        if (i % 10 == 9)
            pvg_displays_reset(dev->displays);
    }
    device_destroy(dev);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptor),
        cmocka_unit_test(handshake),
        cmocka_unit_test(handshake_gives_up),
        cmocka_unit_test(stale_online_bit),
        cmocka_unit_test(again_while_online),
        cmocka_unit_test(page_refused),
        cmocka_unit_test(channel_freed),
        cmocka_unit_test(grid),
        cmocka_unit_test(disarmed_keeps_the_slot),
        cmocka_unit_test(classes),
        cmocka_unit_test(rate_follows_the_presented_size),
        cmocka_unit_test(present_forms),
        cmocka_unit_test(present_event_follows_the_stamp),
        cmocka_unit_test(present_event_by_itself),
        cmocka_unit_test(present_without_picture),
        cmocka_unit_test(malformed),
        cmocka_unit_test(back_pressure),
        cmocka_unit_test(headless),
        cmocka_unit_test(frames_are_latest_wins),
        cmocka_unit_test(frames_outlive_the_device),
        cmocka_unit_test(cursor),
        cmocka_unit_test(cursor_refused),
        cmocka_unit_test(cursor_without_page),
        cmocka_unit_test(new_modes),
        cmocka_unit_test(eight_displays),
        cmocka_unit_test(bad_configurations),
        cmocka_unit_test(mode_text),
        cmocka_unit_test(reset),
        cmocka_unit_test(closed_device),
        cmocka_unit_test(own_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
