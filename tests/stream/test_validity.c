/* SPDX-License-Identifier: MIT */
/** @file Who holds the truth about a texture's bytes: claims, publications, owed frames (spec 03 section 8). */
#include "fake.h"

#include <string.h>

enum { REF = 5, OTHER = 6, SURFACE = 42, PAGE = 500 };

static const uint8_t claim[4] = {1, 0, 0, 0}, page_on[4] = {1, 0, 0, 1}, rewrite[4] = {1, 1, 0, 0}, set_host[4] = {0, 1, 0, 0},
                     clear_guest[4] = {0, 0, 1, 0}, none[4];
static const double red[4] = {1, 0, 0, 1};

static void render(struct pvg_device *dev, struct fake_task *t, uint32_t ref, uint16_t load, uint16_t store)
{
    struct fake_stream s = {.used = 0};

    stream_segment(&s, PVG_W_SEG_RENDER, false, false);
    stream_pass(&s, ref, load, store, red);
    stream_end(&s);
    stream_run(dev, t, &s);
}

/** 0x35 for an id of a task. @return stores that it caused. */
static unsigned synchronize(struct pvg_device *dev, struct fake_task *t, uint32_t id)
{
    unsigned before = dev->calls.stores;

    fake_begin(dev);
    pvg_objects_synchronize(t->task.objects, dev->cmd, &id, 1, false);
    fake_end(dev, NULL);
    return dev->calls.stores - before;
}

/** Copy one texel of the texture to a buffer: a use that needs its content. @return loads that it caused. */
static unsigned use(struct pvg_device *dev, struct fake_task *t, uint32_t ref)
{
    struct fake_stream s = {.used = 0};
    struct pvg_w_record rec = {.buffer_image = {.texture = ref, .buffer = 900, .size = {1, 1, 1}}};
    unsigned before = dev->calls.loads;

    if (!pvg_ld32(dev->ram + t->map[FAKE_LIST_PAGE + 2] + (900 * 12) % FAKE_PAGE))
        fake_buffer(t, 900, 900, FAKE_PAGE);
    stream_one(&s, PVG_W_SEG_BLIT, 0x12e, &rec);
    stream_run(dev, t, &s);
    return dev->calls.loads - before;
}

static int surface_setup(void **state)
{
    fake_setup(state);
    struct pvg_device *dev = *state;
    fake_surface(dev, SURFACE, PAGE, 64, 64);
    fake_surface_texture(&dev->tasks[1], REF, SURFACE, 80, 64, 64);
    return 0;
}

static void frames_of_surfaces_stay_owed_until_asked(void **state)
{
    struct pvg_device *dev = *state;

    render(dev, &dev->tasks[1], REF, 2, 1);
    assert_int_equal(dev->calls.stores, 0);
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 1);
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 0); /* both equal now */
    render(dev, &dev->tasks[1], REF, 1, 1);
    assert_int_equal(dev->calls.loads, 0);                      /* the image is a current cache */
    assert_int_equal(synchronize(dev, &dev->tasks[1], REF), 1); /* by the task's own ref */
}

static void a_claim_after_the_frame_drops_it(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    render(dev, t, REF, 2, 1);
    pvg_objects_validity(t->task.objects, REF, claim);
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 0);
    assert_int_equal(use(dev, t, REF), 1); /* and the guest's bytes are read again */
    assert_int_equal(use(dev, t, REF), 0);
}

static void a_claim_before_the_frame_does_not(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    pvg_objects_validity(t->task.objects, REF, claim); /* not constructed yet: nothing to note */
    render(dev, t, REF, 2, 1);
    pvg_objects_validity(t->task.objects, REF, rewrite); /* of this submission's table, applied before its store */
    render(dev, t, REF, 2, 1);
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 1);
    /* An ordering, not a latch: later frames land as well. */
    render(dev, t, REF, 2, 1);
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 1);
}

static void every_op_of_the_quad(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    render(dev, t, REF, 2, 1);
    pvg_objects_validity(t->task.objects, REF, none);
    pvg_objects_validity(t->task.objects, REF, set_host);
    pvg_objects_validity(t->task.objects, REF, clear_guest);
    pvg_objects_validity(t->task.objects, 0, claim);
    pvg_objects_validity(t->task.objects, 777, claim); /* unknown ids are normal */
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 1);
    render(dev, t, REF, 2, 1);
    pvg_objects_validity(dev->tasks[0].task.objects, SURFACE, page_on);
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 0);
    assert_int_equal(use(dev, t, REF), 1);
}

static void a_foreign_ref_does_not_cost_the_surface_its_frame(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    fake_buffer(t, SURFACE, 100, FAKE_PAGE); /* the same number as the surface */
    struct fake_stream s = {.used = 0};
    struct pvg_w_record rec = {.fill_buffer = {.ref = SURFACE, .length = 4}};
    stream_one(&s, PVG_W_SEG_BLIT, 0x132, &rec);
    stream_run(dev, t, &s);
    render(dev, t, REF, 2, 1);
    pvg_objects_validity(t->task.objects, SURFACE, claim);
    assert_int_equal(dev->calls.invalidates, 1); /* the buffer's bytes */
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 1);
}

static void nor_does_a_ref_that_was_not_used_yet(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    fake_buffer(t, SURFACE, 100, FAKE_PAGE); /* published, first used by this submission */
    render(dev, t, REF, 2, 1);
    pvg_objects_validity(t->task.objects, SURFACE, claim);
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 1);
}

static void the_guests_own_id_claims_the_surface(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    render(dev, t, REF, 2, 1);
    pvg_objects_validity(t->task.objects, SURFACE, claim); /* as a bare surface id in a user task's table */
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 0);
}

static void reinterpretations_go_through_guest_bytes(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    fake_surface_texture(t, OTHER, SURFACE, 123, 16, 64); /* RGBA32Uint over the same rows */
    render(dev, t, REF, 2, 1);
    assert_int_equal(use(dev, t, OTHER), 1);
    assert_int_equal(dev->calls.stores, 1); /* the first image paid before the second was loaded */
    assert_int_equal(use(dev, t, REF), 0);
    render(dev, t, OTHER, 1, 1);
    assert_int_equal(use(dev, t, REF), 1);
    assert_int_equal(dev->calls.stores, 2);
}

static void the_frame_outlives_its_texture_object(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    render(dev, t, REF, 2, 1);
    pvg_objects_delete_resource(t->task.objects, REF);
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 1);
    render(dev, t, REF, 2, 1); /* made anew */
    struct pvg_rtex *tex = dev->calls.pass.color[0].texture;
    pvg_objects_delete_resource(t->task.objects, REF);
    fake_surface_texture(t, OTHER, SURFACE, 80, 64, 64);
    render(dev, t, OTHER, 1, 1);
    assert_ptr_equal(dev->calls.pass.color[0].texture, tex); /* a later texture object shows the frame */
    assert_int_equal(dev->calls.loads, 0);
}

static void a_trailing_delete_keeps_the_same_incarnation(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    render(dev, t, REF, 2, 1);
    pvg_surfaces_delete_backing(dev->surfaces, SURFACE);
    assert_int_equal(dev->calls.stores, 0); /* never write at delete time */
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 1);
}

static void a_new_page_list_is_a_new_surface(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    render(dev, t, REF, 2, 1);
    struct pvg_rtex *tex = dev->calls.pass.color[0].texture;
    pvg_surfaces_delete_backing(dev->surfaces, SURFACE);
    dev->tasks[0].map[PAGE] -= 64 * FAKE_PAGE;
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 0);
    render(dev, t, REF, 2, 1);
    assert_ptr_not_equal(dev->calls.pass.color[0].texture, tex);
    assert_int_equal(fake_word(&dev->tasks[0], PAGE * FAKE_PAGE), 0xffff0000);
}

static void a_second_delete_is_final(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    render(dev, t, REF, 2, 1);
    pvg_surfaces_delete_backing(dev->surfaces, SURFACE);
    pvg_surfaces_delete_backing(dev->surfaces, SURFACE);
    pvg_surfaces_delete_backing(dev->surfaces, SURFACE);
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 0);
    fake_unpublish(&dev->tasks[0], SURFACE);
    unsigned passes = dev->calls.passes;
    render(dev, t, REF, 2, 1);
    assert_int_equal(dev->calls.passes, passes);
}

static void replaced_pages_end_the_incarnation(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    render(dev, t, REF, 2, 1);
    pvg_objects_replace_physical(dev->tasks[0].task.objects, SURFACE);
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 0);
    assert_int_equal(use(dev, t, REF), 1);
}

static void rewired_pages_are_noticed_before_the_store(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    render(dev, t, REF, 2, 1);
    uint64_t old = dev->tasks[0].map[PAGE];
    memset(dev->ram + old, 0x5a, FAKE_PAGE);
    dev->tasks[0].map[PAGE] = 64 * FAKE_PAGE; /* no packet at all */
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 0);
    assert_int_equal(pvg_ld32(dev->ram + old), 0x5a5a5a5a);
}

static void an_unmapped_surface_stays_owed(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    render(dev, t, REF, 2, 1);
    uint64_t page = dev->tasks[0].map[PAGE + 1];
    fake_unmap(&dev->tasks[0], PAGE + 1, 1);
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 0);
    unsigned passes = dev->calls.passes;
    render(dev, t, REF, 2, 1); /* cannot be written now */
    assert_int_equal(dev->calls.passes, passes);
    dev->tasks[0].map[PAGE + 1] = page;
    pvg_objects_range_changed(dev->tasks[0].task.objects, (PAGE + 1) * FAKE_PAGE, FAKE_PAGE, true);
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 1);
}

static void linear_textures_by_storage_mode(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    fake_texture(t, 10, 100, 80, 16, 16, 256); /* managed: synchronized on request */
    render(dev, t, 10, 2, 1);
    assert_int_equal(dev->calls.stores, 0);
    assert_int_equal(synchronize(dev, t, 10), 1);
    /* The blit encoder's synchronizeResource asks as well. */
    render(dev, t, 10, 2, 1);
    struct fake_stream s = {.used = 0};
    struct pvg_w_record rec = {.subresource = {.ref = 10, .whole = true}};
    stream_one(&s, PVG_W_SEG_BLIT, 0x13a, &rec);
    stream_run(dev, t, &s);
    assert_int_equal(dev->calls.stores, 2);
    /* Deleting the texture deletes what it owed: its pages may be gone. */
    render(dev, t, 10, 2, 1);
    pvg_objects_delete_resource(t->task.objects, 10);
    assert_int_equal(synchronize(dev, t, 10), 0);
}

static void shared_textures_are_stored_with_the_packet(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    uint64_t gva = FAKE_DESC_PAGE * FAKE_PAGE + t->desc_used;

    fake_texture(t, 10, 100, 80, 16, 16, 256);
    uint8_t options[2] = {0, 0};
    fake_write(t, gva + 72 + 8 + 4 + 0x16, options, sizeof(options)); /* storage mode Shared */
    render(dev, t, 10, 2, 1);
    assert_int_equal(dev->calls.stores, 1);
    render(dev, t, 10, 1, 1);
    assert_int_equal(dev->calls.stores, 2);
    assert_int_equal(dev->calls.loads, 0);
}

static void unmapped_texels_stay_usable_and_owed(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    fake_texture(t, 10, 100, 80, 16, 16, 256);
    render(dev, t, 10, 2, 1);
    uint64_t page = t->map[100];
    fake_unmap(t, 100, 1);
    assert_int_equal(synchronize(dev, t, 10), 0);
    assert_int_equal(use(dev, t, 10), 0); /* still sampled from the host's copy */
    t->map[100] = page;
    pvg_objects_range_changed(t->task.objects, 100 * FAKE_PAGE, FAKE_PAGE, true);
    assert_int_equal(synchronize(dev, t, 10), 1);
}

static void dont_care_publishes_nothing(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    render(dev, t, REF, 2, 0);
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 0);
    assert_int_equal(use(dev, t, REF), 1); /* what the guest has counts again */
}

static void discard_keeps_what_is_owed(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    const uint32_t ids[2] = {SURFACE, REF};

    render(dev, t, REF, 2, 1);
    pvg_objects_discard(dev->tasks[0].task.objects, ids, 2);
    pvg_objects_discard(t->task.objects, ids, 2);
    fake_begin(dev);
    pvg_objects_synchronize(dev->tasks[0].task.objects, dev->cmd, ids, 1, true);
    fake_end(dev, NULL);
    assert_int_equal(dev->calls.stores, 1);
}

static void presents_show_the_newest_content(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    uint32_t w, h;

    render(dev, t, REF, 2, 1);
    fake_begin(dev);
    struct pvg_rframe *f = pvg_surfaces_capture(dev->surfaces, dev->cmd, SURFACE, &w, &h);
    fake_end(dev, NULL);
    assert_non_null(f);
    dev->render->ops->frame_release(f);
    assert_int_equal(w, 64);
    assert_int_equal(h, 64);
    assert_int_equal(dev->calls.stores, 0); /* straight from the image */
    assert_int_equal(dev->calls.loads, 0);
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 1);
}

static void presents_read_what_the_cpu_drew(void **state)
{
    struct pvg_device *dev = *state;
    const uint8_t blue[4] = {0xff, 0, 0, 0};
    uint32_t w, h, stride;

    fake_write(&dev->tasks[0], PAGE * FAKE_PAGE, blue, 4);
    for (unsigned i = 1; i <= 2; i++) {
        fake_begin(dev);
        struct pvg_rframe *f = pvg_surfaces_capture(dev->surfaces, dev->cmd, SURFACE, &w, &h);
        fake_end(dev, NULL);
        assert_non_null(f);
        assert_memory_equal(dev->render->ops->frame_pixels(f, &w, &h, &stride), blue, 3);
        dev->render->ops->frame_release(f);
        assert_int_equal(dev->calls.loads, i); /* every time: nothing announces the CPU's drawing */
    }
    fake_begin(dev);
    assert_null(pvg_surfaces_capture(dev->surfaces, dev->cmd, 4711, &w, &h));
    assert_null(pvg_surfaces_capture(dev->surfaces, dev->cmd, 0, &w, &h));
    fake_end(dev, NULL);
}

static void a_present_survives_a_cleared_slot(void **state)
{
    struct pvg_device *dev = *state;
    uint32_t w, h;

    render(dev, &dev->tasks[1], REF, 2, 1);
    fake_unpublish(&dev->tasks[0], SURFACE); /* by the guest's CPU, while the present is queued */
    fake_begin(dev);
    struct pvg_rframe *f = pvg_surfaces_capture(dev->surfaces, dev->cmd, SURFACE, &w, &h);
    fake_end(dev, NULL);
    assert_non_null(f);
    assert_int_equal(dev->calls.loads, 0);
    dev->render->ops->frame_release(f);
}

static void owed_frames_are_bounded_by_paying_the_oldest(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];

    for (uint32_t i = 0; i < 40; i++) {
        fake_surface(dev, 100 + i, 1000 + i, 16, 16);
        fake_surface_texture(t, 100 + i, 100 + i, 80, 16, 16);
        render(dev, t, 100 + i, 2, 1);
    }
    assert_int_equal(dev->calls.stores, 8);
    assert_int_equal(synchronize(dev, &dev->tasks[0], 100), 0); /* the oldest was paid */
    assert_int_equal(synchronize(dev, &dev->tasks[0], 139), 1);
}

static void surfaces_over_control_pages_are_refused(void **state)
{
    struct pvg_device *dev = *state;
    unsigned passes = dev->calls.passes;

    dev->control_page = dev->tasks[0].map[PAGE + 3];
    render(dev, &dev->tasks[1], REF, 2, 1);
    assert_int_equal(dev->calls.passes, passes);
}

static void tasks_end_with_frames_owed(void **state)
{
    struct pvg_device *dev = *state;

    render(dev, &dev->tasks[1], REF, 2, 1);
    fake_texture(&dev->tasks[1], 10, 100, 80, 16, 16, 256);
    render(dev, &dev->tasks[1], 10, 2, 1);
    pvg_objects_destroy(dev->tasks[1].task.objects);
    dev->tasks[1].live = false;
    assert_int_equal(dev->calls.stores, 0);
    assert_int_equal(synchronize(dev, &dev->tasks[0], SURFACE), 1); /* the surface lives on */
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, surface_setup, fake_teardown)
    const struct CMUnitTest tests[] = {
        CASE(frames_of_surfaces_stay_owed_until_asked),
        CASE(a_claim_after_the_frame_drops_it),
        CASE(a_claim_before_the_frame_does_not),
        CASE(every_op_of_the_quad),
        CASE(a_foreign_ref_does_not_cost_the_surface_its_frame),
        CASE(nor_does_a_ref_that_was_not_used_yet),
        CASE(the_guests_own_id_claims_the_surface),
        CASE(reinterpretations_go_through_guest_bytes),
        CASE(the_frame_outlives_its_texture_object),
        CASE(a_trailing_delete_keeps_the_same_incarnation),
        CASE(a_new_page_list_is_a_new_surface),
        CASE(a_second_delete_is_final),
        CASE(replaced_pages_end_the_incarnation),
        CASE(rewired_pages_are_noticed_before_the_store),
        CASE(an_unmapped_surface_stays_owed),
        CASE(linear_textures_by_storage_mode),
        CASE(shared_textures_are_stored_with_the_packet),
        CASE(unmapped_texels_stay_usable_and_owed),
        CASE(dont_care_publishes_nothing),
        CASE(discard_keeps_what_is_owed),
        CASE(presents_show_the_newest_content),
        CASE(presents_read_what_the_cpu_drew),
        CASE(a_present_survives_a_cleared_slot),
        CASE(owed_frames_are_bounded_by_paying_the_oldest),
        CASE(surfaces_over_control_pages_are_refused),
        CASE(tasks_end_with_frames_owed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
