/* SPDX-License-Identifier: MIT */
/** @file Execution of command buffers (spec 06). */
#include "fake.h"

#include <math.h>
#include <string.h>

enum { TEX = 5, BUF = 6, INDEX = 7, PIPE = 8, KERNEL = 9, SAMPLER = 10, TEX_PAGE = 100, BUF_PAGE = 200 };

static const double red[4] = {1, 0, 0, 1}, green[4] = {0, 1, 0, 1};

/** A state record behind a type-7 slot. */
static void publish_state(struct fake_task *t, uint32_t ref, const uint8_t *raw, size_t n)
{
    assert_true(n > 0);
    fake_publish(t, ref, PVG_W_TYPE_STATE, raw, n);
}

static int setup(void **state)
{
    uint8_t raw[512], container[64] = {0};
    struct pvg_w_render_pipeline rp;
    struct pvg_w_compute_pipeline cp;
    struct pvg_w_sampler sampler;

    fake_setup(state);
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    fake_texture(t, TEX, TEX_PAGE, 80, 32, 32, 128);
    fake_buffer(t, BUF, BUF_PAGE, 4 * FAKE_PAGE);
    fake_buffer(t, INDEX, 300, FAKE_PAGE);
    struct pvg_w_function f = {.size = sizeof(container)};
    fake_map(t, 400, 1);
    f.gva = 400 * FAKE_PAGE;
    for (uint32_t i = 20; i < 23; i++)
        fake_publish(t, i, PVG_W_TYPE_FUNCTION, raw, pvg_w_function_encode(raw, sizeof(raw), &f));
    pvg_w_render_pipeline_init(&rp);
    rp.ref = PIPE;
    rp.vertex_function = 20;
    rp.fragment_function = 21;
    publish_state(t, PIPE, raw, pvg_w_render_pipeline_encode(raw, sizeof(raw), &rp));
    pvg_w_compute_pipeline_init(&cp);
    cp.ref = KERNEL;
    cp.function = 22;
    publish_state(t, KERNEL, raw, pvg_w_compute_pipeline_encode(raw, sizeof(raw), &cp));
    pvg_w_sampler_init(&sampler);
    sampler.ref = SAMPLER;
    publish_state(t, SAMPLER, raw, pvg_w_sampler_encode(raw, sizeof(raw), &sampler));
    dev->accept_draws = true;
    return 0;
}

static uint64_t run(struct pvg_device *dev, struct fake_stream *s)
{
    uint64_t refused = dev->stats.records_refused;

    stream_run(dev, &dev->tasks[1], s);
    return dev->stats.records_refused - refused;
}

static void add(struct fake_stream *s, uint8_t type, uint32_t opcode, struct pvg_w_record rec)
{
    stream_record(s, type, opcode, &rec);
}

static void fill(struct fake_stream *s, uint64_t at, uint8_t value)
{
    add(s, PVG_W_SEG_BLIT, 0x132, (struct pvg_w_record){.fill_buffer = {.ref = BUF, .location = at, .length = 4, .value = value}});
}

static uint32_t buffer_word(struct pvg_device *dev, uint64_t at)
{
    return fake_word(&dev->tasks[1], BUF_PAGE * FAKE_PAGE + at);
}

static uint32_t texel(struct pvg_device *dev, uint32_t x, uint32_t y)
{
    return fake_word(&dev->tasks[1], TEX_PAGE * FAKE_PAGE + y * 128 + x * 4);
}

/** Start of a render segment over TEX with the pipeline set. */
static void begin_pass(struct fake_stream *s, uint16_t load, const double rgba[4])
{
    stream_segment(s, PVG_W_SEG_RENDER, false, false);
    stream_pass(s, TEX, load, 1, rgba);
    add(s, PVG_W_SEG_RENDER, 0x74, (struct pvg_w_record){.ref = PIPE});
}

static void draw(struct fake_stream *s)
{
    add(s, PVG_W_SEG_RENDER, 0x01, (struct pvg_w_record){.draw = {.primitive = 3, .count = 3, .instance_count = 1}});
}

/* ---- Framing ---- */

static void segments_execute_in_order(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};

    stream_clear(&s, TEX, red);
    stream_segment(&s, PVG_W_SEG_BLIT, false, false);
    add(&s, PVG_W_SEG_BLIT, 0x12e,
        (struct pvg_w_record){.buffer_image = {.texture = TEX, .buffer = BUF, .origin = {4, 4, 0}, .size = {2, 2, 1}}});
    stream_end(&s);
    stream_clear(&s, TEX, green);
    assert_int_equal(run(dev, &s), 0);
    assert_int_equal(buffer_word(dev, 0), 0xffff0000); /* the copy saw the first pass */
    assert_int_equal(buffer_word(dev, 12), 0xffff0000);
    assert_int_equal(buffer_word(dev, 16), 0);
    assert_int_equal(texel(dev, 31, 31), 0xff00ff00);
    assert_int_equal(dev->stats.records, 3);
    assert_int_equal(dev->stats.blits, 1);
    assert_int_equal(dev->stats.command_buffers, 1);
}

static void a_broken_chain_executes_nothing(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};

    stream_segment(&s, PVG_W_SEG_BLIT, false, false);
    fill(&s, 0, 1);
    stream_end(&s);
    size_t good = s.used;
    for (size_t cut = 1; cut < 8; cut++) {
        s.used = good + cut; /* short segment header behind a good segment */
        assert_int_equal(run(dev, &s), 1);
    }
    s.used = good + 8;
    pvg_st32(s.bytes + good, 7);
    assert_int_equal(run(dev, &s), 1);
    pvg_st32(s.bytes + good, 9);
    assert_int_equal(run(dev, &s), 1);
    pvg_st32(s.bytes + good, UINT32_MAX);
    assert_int_equal(run(dev, &s), 1);
    assert_int_equal(buffer_word(dev, 0), 0);
    s.used = 0;
    assert_int_equal(run(dev, &s), 0); /* an empty stream is nothing */
    pvg_st32(s.bytes + good, 8);
    s.used = good + 8;
    assert_int_equal(run(dev, &s), 0); /* a segment without records is accepted */
    assert_int_equal(buffer_word(dev, 0), 0x01010101);
}

static void a_bad_record_ends_its_segment_only(void **state)
{
    static const uint32_t lengths[] = {0, 7, 33, UINT32_MAX};
    struct pvg_device *dev = *state;

    for (size_t i = 0; i < 4; i++) {
        struct fake_stream s = {.used = 0};
        stream_segment(&s, PVG_W_SEG_BLIT, false, false);
        fill(&s, 0, (uint8_t)(i + 1));
        size_t bad = s.used;
        fill(&s, 4, 0x77);
        stream_end(&s);
        pvg_st32(s.bytes + bad + 4, lengths[i]);
        stream_segment(&s, PVG_W_SEG_BLIT, false, false);
        fill(&s, 8, (uint8_t)(i + 1));
        stream_end(&s);
        assert_int_equal(run(dev, &s), 1);
        assert_int_equal(buffer_word(dev, 0), 0x01010101 * (i + 1));
        assert_int_equal(buffer_word(dev, 4), 0);
        assert_int_equal(buffer_word(dev, 8), 0x01010101 * (i + 1));
    }
}

static void unknown_records_are_skipped_by_length(void **state)
{
    static const uint32_t opcodes[] = {0x144, 0x01, 0xc8, 0x3eb, UINT32_MAX};
    struct pvg_device *dev = *state;

    for (size_t i = 0; i < 5; i++) {
        struct fake_stream s = {.used = 0};
        stream_segment(&s, PVG_W_SEG_BLIT, false, false);
        pvg_st32(s.bytes + s.used, opcodes[i]);
        pvg_st32(s.bytes + s.used + 4, 64);
        s.used += 64;
        fill(&s, 0, (uint8_t)(i + 1));
        stream_end(&s);
        assert_int_equal(run(dev, &s), 1);
        assert_int_equal(buffer_word(dev, 0), 0x01010101 * (i + 1));
    }
}

static void envelopes_and_unknown_segments_are_skipped(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};

    stream_segment(&s, PVG_W_SEG_PROTECTION, false, false);
    pvg_st64(s.bytes + s.used, 0x21);
    s.used += 8;
    stream_end(&s);
    stream_segment(&s, 77, false, false);
    stream_end(&s);
    stream_segment(&s, PVG_W_SEG_BLIT, false, false);
    fill(&s, 0, 9);
    stream_end(&s);
    assert_int_equal(run(dev, &s), 0);
    assert_int_equal(buffer_word(dev, 0), 0x09090909);
}

/** Every record of the protocol, cut at every length, in every segment type. */
static void truncated_records_are_survived(void **state)
{
    struct pvg_device *dev = *state;

    for (size_t i = 0; pvg_w_record_table(i); i++) {
        const struct pvg_w_record_info *info = pvg_w_record_table(i);
        if (!info->name)
            continue;
        for (uint32_t length = 8; length <= info->length; length += 4) {
            struct fake_stream s = {.used = 0};
            stream_segment(&s, info->segment < PVG_W_SEG_COUNT ? info->segment : PVG_W_SEG_RENDER, false, false);
            memset(s.bytes + s.used, 0xff, length);
            pvg_st32(s.bytes + s.used, info->opcode);
            pvg_st32(s.bytes + s.used + 4, length);
            s.used += length;
            stream_end(&s);
            run(dev, &s);
        }
    }
    assert_int_equal(dev->calls.draws, 0);
    assert_int_equal(dev->calls.dispatches, 0);
    assert_int_equal(dev->stats.blits, 0);
}

static void every_record_is_executed_or_refused_by_name(void **state)
{
    const char *reason;
    unsigned executed = 0, refused = 0;

    for (size_t i = 0; pvg_w_record_table(i); i++) {
        const struct pvg_w_record_info *info = pvg_w_record_table(i);
        if (!info->name)
            continue;
        if (pvg_stream_record_state(info, &reason)) {
            executed++;
        } else {
            refused++;
            assert_non_null(reason);
            assert_true(strlen(reason) > 8);
        }
    }
    assert_true(executed > 90);
    assert_true(refused > 20);
}

/* ---- Sample positions ---- */

static struct pvg_rcaps positions_caps;

static const struct pvg_rcaps *caps_with_positions(struct pvg_render *r)
{
    return &positions_caps;
}

/** They reach the renderer with the pass; a device without them loses the draws, not the pass. */
static void sample_positions_belong_to_the_pass(void **state)
{
    struct pvg_device *dev = *state;
    const struct pvg_w_point points[2] = {{0.25f, 0.5f}, {0.75f, 0.125f}}, outside[2] = {{0.25f, 0.5f}, {1, 0}};

    for (int i = 0; i < 3; i++) {
        struct fake_stream s = {.used = 0};
        positions_caps = *dev->real->caps(dev->render);
        positions_caps.sample_positions = i != 1;
        dev->ops.caps = caps_with_positions;
        dev->accept_draws = true;
        dev->calls.draws = 0;
        stream_segment(&s, PVG_W_SEG_RENDER, false, false);
        stream_pass(&s, TEX, 2, 1, red);
        add(&s, PVG_W_SEG_RENDER, 0x20, (struct pvg_w_record){.count = 2, .entries = i == 2 ? outside : points});
        add(&s, PVG_W_SEG_RENDER, 0x74, (struct pvg_w_record){.ref = PIPE});
        draw(&s);
        stream_end(&s);
        run(dev, &s);
        assert_int_equal(dev->calls.draws, i == 0);
        if (i)
            continue;
        assert_int_equal(dev->calls.pass.position_count, 2);
        assert_true(dev->calls.pass.positions[1][0] == 0.75f && dev->calls.pass.positions[1][1] == 0.125f);
    }
}

/* ---- Encoders over several segments ---- */

static void continued_segments_are_one_pass(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};

    stream_segment(&s, PVG_W_SEG_RENDER, false, true);
    stream_pass(&s, TEX, 2, 0, red); /* stored only because of the override below */
    add(&s, PVG_W_SEG_RENDER, 0x74, (struct pvg_w_record){.ref = PIPE});
    stream_end(&s);
    stream_segment(&s, PVG_W_SEG_RENDER, true, true);
    draw(&s);
    stream_end(&s);
    stream_segment(&s, PVG_W_SEG_RENDER, true, false);
    draw(&s);
    add(&s, PVG_W_SEG_RENDER, 0x66, (struct pvg_w_record){.store_action = {.value = 1, .index = 0}});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 0);
    assert_int_equal(dev->calls.passes, 1);
    assert_int_equal(dev->calls.draws, 2);
    assert_int_equal(dev->calls.pass.color[0].store_action, 1);
    /* Nothing is left open for the next stream. */
    s.used = 0;
    stream_segment(&s, PVG_W_SEG_RENDER, true, false);
    draw(&s);
    stream_end(&s);
    assert_int_equal(run(dev, &s), 1);
    assert_int_equal(dev->calls.draws, 2);
}

static void continuations_must_match(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};

    stream_segment(&s, PVG_W_SEG_RENDER, false, true);
    stream_pass(&s, TEX, 2, 1, red);
    stream_end(&s);
    stream_segment(&s, PVG_W_SEG_BLIT, true, false);
    fill(&s, 0, 1);
    stream_end(&s);
    assert_int_equal(run(dev, &s), 1);
    assert_int_equal(buffer_word(dev, 0), 0);
    assert_int_equal(texel(dev, 0, 0), 0xffff0000);
    /* A fresh segment behind one that was left open ends it. */
    s.used = 0;
    stream_segment(&s, PVG_W_SEG_RENDER, false, true);
    stream_pass(&s, TEX, 2, 1, green);
    stream_end(&s);
    stream_segment(&s, PVG_W_SEG_BLIT, false, false);
    fill(&s, 0, 2);
    stream_end(&s);
    assert_int_equal(run(dev, &s), 0);
    assert_int_equal(buffer_word(dev, 0), 0x02020202);
}

/* ---- Passes ---- */

static void store_actions_can_change_at_the_end(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};

    stream_segment(&s, PVG_W_SEG_RENDER, false, false);
    stream_pass(&s, TEX, 2, 4, red); /* Unknown: decided below */
    add(&s, PVG_W_SEG_RENDER, 0x66, (struct pvg_w_record){.store_action = {.value = 0, .index = 0}});
    add(&s, PVG_W_SEG_RENDER, 0x66, (struct pvg_w_record){.store_action = {.value = 1, .index = 3}}); /* not attached */
    add(&s, PVG_W_SEG_RENDER, 0x69, (struct pvg_w_record){.store_action = {.value = 1}});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 2);
    assert_int_equal(dev->calls.pass.color[0].store_action, 0);
    s.used = 0;
    stream_segment(&s, PVG_W_SEG_RENDER, false, false);
    stream_pass(&s, TEX, 99, 4, red);
    stream_end(&s);
    assert_int_equal(run(dev, &s), 0);
    assert_int_equal(dev->calls.pass.color[0].store_action, 1); /* never decided: Store */
    assert_int_equal(dev->calls.pass.color[0].load_action, 0);  /* out of range: DontCare */
}

static void a_pass_with_a_bad_slot_draws_nothing(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    struct pvg_w_record rec = {0};

    stream_segment(&s, PVG_W_SEG_RENDER, false, false);
    pvg_w_render_pass_init(&rec.pass);
    rec.pass.color[0] = (struct pvg_w_attachment){.texture = TEX, .load_action = 2, .store_action = 1, .clear = {1, 0, 0, 1}};
    rec.pass.color[5] = (struct pvg_w_attachment){.texture = 999, .load_action = 2, .store_action = 1};
    stream_record(&s, PVG_W_SEG_RENDER, 0x1a, &rec);
    add(&s, PVG_W_SEG_RENDER, 0x74, (struct pvg_w_record){.ref = PIPE});
    draw(&s);
    stream_end(&s);
    assert_int_equal(run(dev, &s), 1);
    assert_int_equal(dev->calls.draws, 0);
    assert_int_equal(dev->stats.draws_refused, 1);
    assert_int_equal(texel(dev, 0, 0), 0xffff0000); /* the other slot is cleared and stored */
    /* The same with the depth attachment: the whole pass goes. */
    s.used = 0;
    rec.pass.color[5].texture = 0;
    rec.pass.depth = (struct pvg_w_attachment){.texture = 999};
    rec.pass.color[0].clear[0] = 0;
    stream_segment(&s, PVG_W_SEG_RENDER, false, false);
    stream_record(&s, PVG_W_SEG_RENDER, 0x1a, &rec);
    stream_end(&s);
    run(dev, &s);
    assert_int_equal(texel(dev, 0, 0), 0xffff0000);
    /* Two slots with the same texels. */
    s.used = 0;
    rec.pass.depth.texture = 0;
    rec.pass.color[1] = rec.pass.color[0];
    stream_segment(&s, PVG_W_SEG_RENDER, false, false);
    stream_record(&s, PVG_W_SEG_RENDER, 0x1a, &rec);
    add(&s, PVG_W_SEG_RENDER, 0x74, (struct pvg_w_record){.ref = PIPE});
    draw(&s);
    stream_end(&s);
    assert_int_equal(run(dev, &s), 1);
    assert_int_equal(dev->calls.draws, 0);
}

static void subresources_are_checked(void **state)
{
    static const uint16_t bad[][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0xffff, 0xffff, 0xffff}};
    struct pvg_device *dev = *state;

    for (size_t i = 0; i < 4; i++) {
        struct fake_stream s = {.used = 0};
        struct pvg_w_record rec = {0};
        pvg_w_render_pass_init(&rec.pass);
        rec.pass.color[0] = (struct pvg_w_attachment){
            .texture = TEX, .load_action = 2, .level = bad[i][0], .slice = bad[i][1], .depth_plane = bad[i][2]};
        stream_segment(&s, PVG_W_SEG_RENDER, false, false);
        stream_record(&s, PVG_W_SEG_RENDER, 0x1a, &rec);
        stream_end(&s);
        run(dev, &s);
        assert_int_equal(dev->calls.passes, 0);
    }
}

/* ---- Draws ---- */

static void draws_carry_their_arguments(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    struct pvg_w_bind vertex = {.ref = BUF, .offset = 64};

    begin_pass(&s, 2, red);
    add(&s, PVG_W_SEG_RENDER, 0x7d, (struct pvg_w_record){.first = 3, .count = 1, .entries = &vertex});
    add(&s, PVG_W_SEG_RENDER, 0x7e,
        (struct pvg_w_record){.buffer_offset = {.index = 3, .offset = 128, .stride = PVG_W_STRIDE_KEEP}});
    add(&s, PVG_W_SEG_RENDER, 0x0b,
        (struct pvg_w_record){.draw = {.primitive = 1,
                                       .indexed = true,
                                       .index_ref = INDEX,
                                       .index_offset = 6,
                                       .count = 36,
                                       .instance_count = 3,
                                       .base_vertex = -5,
                                       .base_instance = 7}});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 0);
    assert_int_equal(dev->calls.buffer_offset, 128);
    assert_int_equal(dev->calls.buffer_stride, UINT32_MAX);
    assert_int_equal(dev->calls.draw.primitive, 1);
    assert_int_equal(dev->calls.draw.index_offset, 6);
    assert_non_null(dev->calls.draw.index_buffer);
    assert_int_equal(dev->calls.draw.count, 36);
    assert_int_equal(dev->calls.draw.instance_count, 3);
    assert_int_equal(dev->calls.draw.base_vertex, -5);
    assert_int_equal(dev->calls.draw.base_instance, 7);
    assert_int_equal(dev->stats.draws, 1);
}

static void bad_draws_are_dropped_alone(void **state)
{
    const struct pvg_w_draw bad[] = {
        {.primitive = 5, .count = 3, .instance_count = 1},
        {.primitive = 3, .count = UINT64_C(1) << 32, .instance_count = 1},
        {.primitive = 3, .count = 3, .instance_count = UINT64_MAX},
        {.primitive = 3, .indexed = true, .index_ref = 0, .count = 3, .instance_count = 1},
        {.primitive = 3, .indexed = true, .index_ref = TEX, .count = 3, .instance_count = 1},
        {.primitive = 3, .indexed = true, .index_ref = INDEX, .index_type = 2, .count = 3, .instance_count = 1},
        {.primitive = 3, .indexed = true, .index_ref = INDEX, .index_offset = 3, .count = 3, .instance_count = 1},
        {.primitive = 3, .indexed = true, .index_ref = INDEX, .index_type = 1, .index_offset = 2, .count = 3, .instance_count = 1},
        {.primitive = 3, .indexed = true, .index_ref = INDEX, .index_offset = 4096, .count = 3, .instance_count = 1},
    };
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};

    begin_pass(&s, 2, red);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        add(&s, PVG_W_SEG_RENDER, bad[i].indexed ? 0x06 : 0x02, (struct pvg_w_record){.draw = bad[i]});
    draw(&s);
    add(&s, PVG_W_SEG_RENDER, 0x01, (struct pvg_w_record){.draw = {.primitive = 3, .instance_count = 1}}); /* empty: legal */
    stream_end(&s);
    assert_int_equal(run(dev, &s), sizeof(bad) / sizeof(bad[0]));
    assert_int_equal(dev->calls.draws, 1);
    assert_int_equal(dev->stats.draws_refused, sizeof(bad) / sizeof(bad[0]));
}

static void draws_need_pass_and_pipeline(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};

    stream_segment(&s, PVG_W_SEG_RENDER, false, false);
    draw(&s); /* no pass */
    stream_end(&s);
    stream_segment(&s, PVG_W_SEG_RENDER, false, false);
    stream_pass(&s, TEX, 2, 1, red);
    draw(&s); /* no pipeline */
    add(&s, PVG_W_SEG_RENDER, 0x74, (struct pvg_w_record){.ref = SAMPLER});
    draw(&s); /* not a pipeline */
    add(&s, PVG_W_SEG_RENDER, 0x74, (struct pvg_w_record){.ref = PIPE});
    draw(&s);
    add(&s, PVG_W_SEG_RENDER, 0x74, (struct pvg_w_record){.ref = 0});
    draw(&s); /* none again */
    stream_end(&s);
    assert_int_equal(run(dev, &s), 4);
    assert_int_equal(dev->calls.draws, 1);
    assert_int_equal(texel(dev, 0, 0), 0xffff0000);
}

static void draws_need_their_depth_stencil_state(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};

    begin_pass(&s, 2, red);
    add(&s, PVG_W_SEG_RENDER, 0x68, (struct pvg_w_record){.ref = 800});
    draw(&s); /* occlusion would be off */
    add(&s, PVG_W_SEG_RENDER, 0x68, (struct pvg_w_record){.ref = 0});
    draw(&s);
    stream_end(&s);
    assert_int_equal(run(dev, &s), 1);
    assert_int_equal(dev->calls.draws, 1);
}

static void fences_cost_no_barrier_inside_a_pass(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};

    begin_pass(&s, 2, red);
    add(&s, PVG_W_SEG_RENDER, 0x19, (struct pvg_w_record){.fence = {.ref = 3, .stages = 1}});
    add(&s, PVG_W_SEG_RENDER, 0x18, (struct pvg_w_record){.fence = {.ref = 3, .stages = 2}});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 0);
    assert_int_equal(dev->calls.barriers, 0);
    s.used = 0;
    begin_pass(&s, 2, red);
    add(&s, PVG_W_SEG_RENDER, 0x85, (struct pvg_w_record){0});
    add(&s, PVG_W_SEG_RENDER, 0x17, (struct pvg_w_record){.barrier = {.scope = 3, .after = 2, .before = 1}});
    stream_end(&s);
    stream_segment(&s, PVG_W_SEG_COMPUTE, false, false);
    add(&s, PVG_W_SEG_COMPUTE, 0xdb, (struct pvg_w_record){.value = 1});
    add(&s, PVG_W_SEG_COMPUTE, 0xd5, (struct pvg_w_record){.fence = {.ref = 3}});
    add(&s, PVG_W_SEG_COMPUTE, 0xd7, (struct pvg_w_record){.barrier = {.scope = 3}});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 0);
    assert_int_equal(dev->calls.barriers, 4);
}

static void state_does_not_leak_into_the_next_encoder(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};

    begin_pass(&s, 2, red);
    draw(&s);
    stream_end(&s);
    stream_segment(&s, PVG_W_SEG_RENDER, false, false);
    stream_pass(&s, TEX, 1, 1, NULL);
    draw(&s);
    stream_end(&s);
    assert_int_equal(run(dev, &s), 1);
    assert_int_equal(dev->calls.draws, 1);
}

static void unresolved_binds_refuse_draws_until_replaced(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    struct pvg_w_bind missing = {.ref = 800}, nil = {.ref = 0}, past_end = {.ref = BUF, .offset = 4 * FAKE_PAGE};

    begin_pass(&s, 2, red);
    add(&s, PVG_W_SEG_RENDER, 0x72, (struct pvg_w_record){.first = 2, .count = 1, .entries = &missing});
    draw(&s);
    add(&s, PVG_W_SEG_RENDER, 0x72, (struct pvg_w_record){.first = 2, .count = 1, .entries = &nil});
    draw(&s); /* an empty slot is no reason to refuse */
    add(&s, PVG_W_SEG_RENDER, 0x7d, (struct pvg_w_record){.first = 0, .count = 1, .entries = &past_end});
    draw(&s);
    add(&s, PVG_W_SEG_RENDER, 0x7e, (struct pvg_w_record){.buffer_offset = {.index = 0, .offset = 0, .stride = PVG_W_STRIDE_KEEP}});
    draw(&s);
    add(&s, PVG_W_SEG_RENDER, 0x70, (struct pvg_w_record){.first = 1, .count = 1, .entries = &missing});
    draw(&s);
    stream_end(&s);
    assert_int_equal(run(dev, &s), 3);
    assert_int_equal(dev->calls.draws, 2);
}

static bool only_slot_2(struct pvg_render *r, struct pvg_rpipe *p, enum pvg_rstage stage, struct pvg_rused *used)
{
    *used = (struct pvg_rused){.textures = {4}};
    return true;
}

static void unresolved_binds_that_no_shader_uses_are_harmless(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    struct pvg_w_bind missing = {.ref = 800};

    dev->ops.pipeline_used = only_slot_2;
    begin_pass(&s, 2, red);
    add(&s, PVG_W_SEG_RENDER, 0x72, (struct pvg_w_record){.first = 3, .count = 1, .entries = &missing});
    draw(&s);
    add(&s, PVG_W_SEG_RENDER, 0x72, (struct pvg_w_record){.first = 2, .count = 1, .entries = &missing});
    draw(&s);
    stream_end(&s);
    assert_int_equal(run(dev, &s), 1);
    assert_int_equal(dev->calls.draws, 1);
}

static void slots_past_the_tables(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    struct pvg_w_bind many[140], nil = {.ref = 0};

    for (size_t i = 0; i < 140; i++)
        many[i] = (struct pvg_w_bind){.ref = TEX};
    begin_pass(&s, 2, red);
    add(&s, PVG_W_SEG_RENDER, 0x72, (struct pvg_w_record){.first = 0, .count = 40, .entries = many}); /* legal */
    draw(&s);
    add(&s, PVG_W_SEG_RENDER, 0x72, (struct pvg_w_record){.first = 126, .count = 4, .entries = many});
    draw(&s);
    add(&s, PVG_W_SEG_RENDER, 0x72, (struct pvg_w_record){.first = 128, .count = 1, .entries = &nil});
    draw(&s);
    add(&s, PVG_W_SEG_RENDER, 0x72, (struct pvg_w_record){.first = 129, .count = 1, .entries = &nil});
    draw(&s);
    add(&s, PVG_W_SEG_RENDER, 0x72, (struct pvg_w_record){.first = UINT32_MAX - 1, .count = 4, .entries = many});
    draw(&s);
    stream_end(&s);
    assert_int_equal(run(dev, &s), 3);
    assert_int_equal(dev->calls.textures_bound, 42); /* the first 40, 126 and 127 */
    assert_int_equal(dev->calls.draws, 2);
}

static void dynamic_strides_and_lod_clamps(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    struct pvg_w_bind bind = {.ref = BUF, .offset = 16, .stride = 48};
    struct pvg_w_bind sampler = {.ref = SAMPLER, .lod_min = 0.5f, .lod_max = 4};

    begin_pass(&s, 2, red);
    add(&s, PVG_W_SEG_RENDER, 0xa5, (struct pvg_w_record){.first = 0, .count = 1, .entries = &bind});
    add(&s, PVG_W_SEG_RENDER, 0x7e,
        (struct pvg_w_record){.buffer_offset = {.index = 0, .offset = 32, .stride = PVG_W_STRIDE_KEEP}});
    add(&s, PVG_W_SEG_RENDER, 0x71, (struct pvg_w_record){.first = 1, .count = 1, .entries = &sampler});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 0);
    assert_int_equal(dev->calls.buffer_offset, 32);
    assert_int_equal(dev->calls.buffer_stride, 48); /* a plain offset keeps the stride */
    assert_true(dev->calls.has_lod);
    assert_true(dev->calls.lod[0] == 0.5f && dev->calls.lod[1] == 4);
    s.used = 0;
    begin_pass(&s, 2, red);
    add(&s, PVG_W_SEG_RENDER, 0xa5, (struct pvg_w_record){.first = 0, .count = 1, .entries = &bind});
    add(&s, PVG_W_SEG_RENDER, 0x7d, (struct pvg_w_record){.first = 0, .count = 1, .entries = &bind});
    add(&s, PVG_W_SEG_RENDER, 0x71, (struct pvg_w_record){.first = 1, .count = 1, .entries = &sampler});
    add(&s, PVG_W_SEG_RENDER, 0x70, (struct pvg_w_record){.first = 1, .count = 1, .entries = &sampler});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 0);
    assert_int_equal(dev->calls.buffer_stride, UINT32_MAX); /* a plain bind drops it */
    assert_false(dev->calls.has_lod);
}

static void viewports_and_scissors(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    struct pvg_w_viewport vp = {.x = 1, .y = 2, .width = 30, .height = 20, .znear = -1, .zfar = 2}, nan_vp = vp, many[17];
    struct pvg_w_scissor sc = {.x = 4, .y = 8, .width = UINT64_MAX, .height = 0};

    nan_vp.width = NAN;
    for (int i = 0; i < 17; i++)
        many[i] = vp;
    begin_pass(&s, 2, red);
    add(&s, PVG_W_SEG_RENDER, 0x82, (struct pvg_w_record){.count = 1, .entries = &vp});
    add(&s, PVG_W_SEG_RENDER, 0x83, (struct pvg_w_record){.count = 17, .entries = many});
    add(&s, PVG_W_SEG_RENDER, 0x75, (struct pvg_w_record){.count = 1, .entries = &sc});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 1);
    assert_int_equal(dev->calls.viewport_count, 1);
    assert_true(dev->calls.viewport.width == 30 && dev->calls.viewport.znear == 0 && dev->calls.viewport.zfar == 1);
    assert_int_equal(dev->calls.scissor.x, 4);
    assert_int_equal(dev->calls.scissor.width, INT32_MAX - 4);
    assert_int_equal(dev->calls.scissor.height, 0);
    s.used = 0;
    begin_pass(&s, 2, red);
    add(&s, PVG_W_SEG_RENDER, 0x82, (struct pvg_w_record){.count = 1, .entries = &nan_vp});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 0);
    assert_true(dev->calls.viewport.x + dev->calls.viewport.width < 0); /* outside every target */
}

static void modes_out_of_range_keep_the_state(void **state)
{
    static const uint32_t opcodes[] = {0x6b, 0x6d, 0x73, 0x7c};
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};

    begin_pass(&s, 2, red);
    for (size_t i = 0; i < 4; i++) {
        add(&s, PVG_W_SEG_RENDER, opcodes[i], (struct pvg_w_record){.value = 1});
        add(&s, PVG_W_SEG_RENDER, opcodes[i], (struct pvg_w_record){.value = 3});
        add(&s, PVG_W_SEG_RENDER, opcodes[i], (struct pvg_w_record){.value = UINT64_C(1) << 32});
    }
    add(&s, PVG_W_SEG_RENDER, 0x6c, (struct pvg_w_record){.depth_bias = {.bias = INFINITY}});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 9);
}

static void visibility_results_are_bounded(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    struct pvg_w_record rec = {0};

    memset(dev->ram + dev->tasks[1].map[BUF_PAGE], 0x5a, 32);
    pvg_w_render_pass_init(&rec.pass);
    rec.pass.color[0] = (struct pvg_w_attachment){.texture = TEX, .load_action = 2};
    rec.pass.visibility_buffer = BUF;
    stream_segment(&s, PVG_W_SEG_RENDER, false, false);
    stream_record(&s, PVG_W_SEG_RENDER, 0x1a, &rec);
    add(&s, PVG_W_SEG_RENDER, 0x84, (struct pvg_w_record){.visibility = {.mode = 1, .offset = 8}});
    add(&s, PVG_W_SEG_RENDER, 0x84, (struct pvg_w_record){.visibility = {.mode = 1, .offset = 4}});
    add(&s, PVG_W_SEG_RENDER, 0x84, (struct pvg_w_record){.visibility = {.mode = 2, .offset = 4 * FAKE_PAGE}});
    add(&s, PVG_W_SEG_RENDER, 0x84, (struct pvg_w_record){.visibility = {.mode = 3, .offset = 0}});
    add(&s, PVG_W_SEG_RENDER, 0x84, (struct pvg_w_record){.visibility = {.mode = 0, .offset = UINT64_MAX}});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 3);
    assert_int_equal(buffer_word(dev, 0), 0x5a5a5a5a);
    assert_int_equal(buffer_word(dev, 8), 0);
    assert_int_equal(buffer_word(dev, 12), 0);
    assert_int_equal(buffer_word(dev, 16), 0x5a5a5a5a);
}

/* ---- Compute ---- */

static void dispatch(struct fake_stream *s, uint32_t opcode, uint64_t x, uint64_t tx)
{
    add(s, PVG_W_SEG_COMPUTE, opcode, (struct pvg_w_record){.dispatch = {.grid = {x, 1, 1}, .threads_per_group = {tx, 1, 1}}});
}

static void dispatches(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};

    stream_segment(&s, PVG_W_SEG_COMPUTE, false, false);
    dispatch(&s, 0xc8, 4, 64); /* no pipeline */
    add(&s, PVG_W_SEG_COMPUTE, 0xd0, (struct pvg_w_record){.ref = KERNEL});
    dispatch(&s, 0xc8, 4, 64);
    dispatch(&s, 0xca, 100, 16);
    dispatch(&s, 0xc8, 0, 64); /* nothing to do */
    dispatch(&s, 0xc8, 4, 0);
    dispatch(&s, 0xc8, 4, 2048); /* too many threads */
    dispatch(&s, 0xc8, UINT64_C(1) << 32, 1);
    add(&s, PVG_W_SEG_COMPUTE, 0xd3, (struct pvg_w_record){.tg_memory = {.length = 65536, .index = 0}});
    add(&s, PVG_W_SEG_COMPUTE, 0xd3, (struct pvg_w_record){.tg_memory = {.length = 64, .index = UINT32_MAX}});
    add(&s, PVG_W_SEG_COMPUTE, 0xd3, (struct pvg_w_record){.tg_memory = {.length = 64, .index = 30}});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 5);
    assert_int_equal(dev->calls.dispatches, 2);
    assert_int_equal(dev->stats.dispatches, 2);
    assert_int_equal(dev->stats.draws_refused, 3);
}

static void indirect_thread_dispatches_read_their_block(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    const uint32_t block[6] = {100, 2, 1, 16, 1, 1}, zero[6] = {100, 0, 1, 16, 1, 1};

    fake_write(&dev->tasks[1], BUF_PAGE * FAKE_PAGE + 24, block, sizeof(block));
    fake_write(&dev->tasks[1], BUF_PAGE * FAKE_PAGE + 64, zero, sizeof(zero));
    stream_segment(&s, PVG_W_SEG_COMPUTE, false, false);
    add(&s, PVG_W_SEG_COMPUTE, 0xd0, (struct pvg_w_record){.ref = KERNEL});
    add(&s, PVG_W_SEG_COMPUTE, 0xe6, (struct pvg_w_record){.dispatch_indirect = {.ref = BUF, .offset = 24}});
    add(&s, PVG_W_SEG_COMPUTE, 0xe6, (struct pvg_w_record){.dispatch_indirect = {.ref = BUF, .offset = 64}});
    add(&s, PVG_W_SEG_COMPUTE, 0xe6, (struct pvg_w_record){.dispatch_indirect = {.ref = BUF, .offset = 4 * FAKE_PAGE - 20}});
    add(&s, PVG_W_SEG_COMPUTE, 0xe6, (struct pvg_w_record){.dispatch_indirect = {.ref = 0, .offset = 0}});
    add(&s, PVG_W_SEG_COMPUTE, 0xd2, (struct pvg_w_record){.dispatch_indirect = {.ref = BUF, .offset = 24}});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 2);
    assert_int_equal(dev->calls.dispatches, 1);
}

/** A false condition skips dispatches without refusing them; a loop that never ends is cut off; malformed markers stop the rest. */
static void control_flow_decides_over_dispatches(void **state)
{
    struct pvg_device *dev = *state;
    const uint32_t word = 1;
    struct fake_stream s = {.used = 0};

    fake_write(&dev->tasks[1], BUF_PAGE * FAKE_PAGE, &word, sizeof(word));
    stream_segment(&s, PVG_W_SEG_COMPUTE, false, false);
    add(&s, PVG_W_SEG_COMPUTE, 0xd0, (struct pvg_w_record){.ref = KERNEL});
    add(&s, PVG_W_SEG_COMPUTE, 0xe0, (struct pvg_w_record){.predicate = {.ref = BUF, .reference = 2}});
    dispatch(&s, 0xc8, 1, 1);
    add(&s, PVG_W_SEG_COMPUTE, 0xe2, (struct pvg_w_record){0});
    dispatch(&s, 0xc8, 1, 1);
    stream_end(&s);
    assert_int_equal(run(dev, &s), 0);
    assert_int_equal(dev->calls.dispatches, 1);

    s = (struct fake_stream){.used = 0};
    stream_segment(&s, PVG_W_SEG_COMPUTE, false, false);
    add(&s, PVG_W_SEG_COMPUTE, 0xd0, (struct pvg_w_record){.ref = KERNEL});
    add(&s, PVG_W_SEG_COMPUTE, 0xde, (struct pvg_w_record){.predicate = {.ref = BUF, .comparison = 7}});
    add(&s, PVG_W_SEG_COMPUTE, 0xdf, (struct pvg_w_record){0});
    dispatch(&s, 0xc8, 1, 1);
    stream_end(&s);
    assert_int_equal(run(dev, &s), 2); /* the end of the loop and the dispatch behind it */
    assert_int_equal(dev->calls.dispatches, 1);

    s = (struct fake_stream){.used = 0};
    stream_segment(&s, PVG_W_SEG_COMPUTE, false, false);
    add(&s, PVG_W_SEG_COMPUTE, 0xd0, (struct pvg_w_record){.ref = KERNEL});
    add(&s, PVG_W_SEG_COMPUTE, 0xe0, (struct pvg_w_record){.predicate = {.ref = 0, .reference = 1}});
    dispatch(&s, 0xc8, 1, 1);
    add(&s, PVG_W_SEG_COMPUTE, 0xe2, (struct pvg_w_record){0});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 3);
    assert_int_equal(dev->calls.dispatches, 1);
}

static void written_textures_are_owed_after_a_dispatch(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    struct fake_stream s = {.used = 0};
    struct pvg_w_bind bind = {.ref = 30};
    const uint32_t id = 30;
    const uint8_t usage = 3; /* ShaderRead | ShaderWrite */
    uint64_t gva = FAKE_DESC_PAGE * FAKE_PAGE + t->desc_used;

    fake_texture(t, 30, 500, 80, 16, 16, 64);
    fake_write(t, gva + 72 + 8 + 4 + 1, &usage, 1);
    stream_segment(&s, PVG_W_SEG_COMPUTE, false, false);
    add(&s, PVG_W_SEG_COMPUTE, 0xd0, (struct pvg_w_record){.ref = KERNEL});
    add(&s, PVG_W_SEG_COMPUTE, 0xce, (struct pvg_w_record){.first = 0, .count = 1, .entries = &bind});
    dispatch(&s, 0xc8, 1, 1);
    stream_end(&s);
    assert_int_equal(run(dev, &s), 0);
    assert_int_equal(dev->calls.loads, 1); /* ready before the encoder begins */
    fake_begin(dev);
    pvg_objects_synchronize(t->task.objects, dev->cmd, &id, 1, false);
    fake_end(dev, NULL);
    assert_int_equal(dev->calls.stores, 1);
}

/* ---- Blits ---- */

static void copies_are_checked(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    const struct pvg_w_copy_buffer bad_buffers[] = {
        {.source = BUF, .destination = BUF, .size = 8, .destination_offset = 4}, /* overlap */
        {.source = BUF, .destination = INDEX, .size = FAKE_PAGE + 1},
        {.source = BUF, .destination = INDEX, .size = 8, .source_offset = UINT64_MAX - 3},
        {.source = BUF, .destination = 0, .size = 8},
        {.source = TEX, .destination = BUF, .size = 8},
    };
    const struct pvg_w_buffer_image bad_images[] = {
        {.texture = TEX, .buffer = BUF, .size = {33, 1, 1}},
        {.texture = TEX, .buffer = BUF, .origin = {UINT64_MAX, 0, 0}, .size = {2, 1, 1}},
        {.texture = TEX, .buffer = BUF, .size = {2, 2, 1}, .bytes_per_row = 4},
        {.texture = TEX, .buffer = BUF, .size = {2, 2, 1}, .offset = 4 * FAKE_PAGE - 15},
        {.texture = TEX, .buffer = BUF, .size = {2, 2, 1}, .bytes_per_row = UINT64_MAX},
        {.texture = TEX, .buffer = BUF, .size = {2, 2, 2}},
        {.texture = TEX, .buffer = BUF, .size = {2, 2, 1}, .level = 1},
        {.texture = TEX, .buffer = BUF, .size = {2, 2, 1}, .slice = 1},
        {.texture = TEX, .buffer = BUF, .size = {2, 2, 1}, .options = 1},
        {.texture = TEX, .buffer = BUF, .size = {2, 2, 1}, .options = 3},
        {.texture = 0, .buffer = BUF, .size = {2, 2, 1}},
        {.texture = BUF, .buffer = BUF, .size = {2, 2, 1}},
    };

    stream_segment(&s, PVG_W_SEG_BLIT, false, false);
    for (size_t i = 0; i < 5; i++)
        add(&s, PVG_W_SEG_BLIT, 0x12d, (struct pvg_w_record){.copy_buffer = bad_buffers[i]});
    for (size_t i = 0; i < 12; i++) {
        add(&s, PVG_W_SEG_BLIT, 0x12c, (struct pvg_w_record){.buffer_image = bad_images[i]});
        add(&s, PVG_W_SEG_BLIT, 0x12e, (struct pvg_w_record){.buffer_image = bad_images[i]});
    }
    stream_end(&s);
    assert_int_equal(run(dev, &s), 5 + 24);
    assert_int_equal(dev->stats.blits, 0);
    s.used = 0;
    stream_segment(&s, PVG_W_SEG_BLIT, false, false);
    add(&s, PVG_W_SEG_BLIT, 0x12d, (struct pvg_w_record){.copy_buffer = {.source = 999, .destination = 999}}); /* size 0 */
    add(&s, PVG_W_SEG_BLIT, 0x12c, (struct pvg_w_record){.buffer_image = {.texture = 999, .buffer = 999, .size = {1, 0, 1}}});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 0);
}

static void texture_copies_inside_one_texture(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    const uint32_t mark = 0x11223344;

    fake_write(&dev->tasks[1], TEX_PAGE * FAKE_PAGE, &mark, 4);
    stream_segment(&s, PVG_W_SEG_BLIT, false, false);
    /* Two columns of the same rows: their byte spans interleave, their boxes do not meet. */
    add(&s, PVG_W_SEG_BLIT, 0x12f,
        (struct pvg_w_record){
            .copy_texture = {.source = TEX, .destination = TEX, .size = {8, 8, 1}, .destination_origin = {8, 0, 0}}});
    add(&s, PVG_W_SEG_BLIT, 0x12f,
        (struct pvg_w_record){
            .copy_texture = {.source = TEX, .destination = TEX, .size = {8, 8, 1}, .destination_origin = {4, 4, 0}}});
    add(&s, PVG_W_SEG_BLIT, 0x12f,
        (struct pvg_w_record){.copy_texture = {.source = TEX, .destination = TEX, .size = {8, 8, 1}}}); /* onto itself */
    stream_end(&s);
    assert_int_equal(run(dev, &s), 1);
    assert_int_equal(texel(dev, 8, 0), mark);
    assert_int_equal(texel(dev, 4, 4), 0);
}

static void whole_texture_copies(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_task *t = &dev->tasks[1];
    struct fake_stream s = {.used = 0};

    fake_texture(t, 30, 500, 80, 32, 32, 256);
    fake_texture(t, 31, 600, 80, 16, 32, 256);
    fake_texture(t, 32, 700, 115, 32, 32, 256);
    stream_clear(&s, TEX, red);
    stream_segment(&s, PVG_W_SEG_BLIT, false, false);
    add(&s, PVG_W_SEG_BLIT, 0x13e,
        (struct pvg_w_record){.copy_slices = {.source = TEX, .destination = 30, .slice_count = 1, .level_count = 1}});
    for (uint32_t i = 31; i <= 32; i++) /* other size, other texel size */
        add(&s, PVG_W_SEG_BLIT, 0x13e,
            (struct pvg_w_record){.copy_slices = {.source = TEX, .destination = i, .slice_count = 1, .level_count = 1}});
    add(&s, PVG_W_SEG_BLIT, 0x13e,
        (struct pvg_w_record){.copy_slices = {.source = TEX, .destination = 30, .slice_count = 0xffff, .level_count = 0xffff}});
    add(&s, PVG_W_SEG_BLIT, 0x133, (struct pvg_w_record){.ref = 30}); /* one level */
    stream_end(&s);
    assert_int_equal(run(dev, &s), 4);
    assert_int_equal(fake_word(t, 500 * FAKE_PAGE + 31 * 256 + 31 * 4), 0xffff0000);
}

static void texture_fills_from_bytes(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    const uint32_t texels[4] = {1, 2, 3, 4};

    fake_write(&dev->tasks[1], BUF_PAGE * FAKE_PAGE + 32, texels, sizeof(texels));
    stream_segment(&s, PVG_W_SEG_BLIT, false, false);
    struct pvg_w_fill_texture f = {
        .ref = TEX, .origin = {3, 3, 0}, .size = {2, 2, 1}, .bytes_ref = BUF, .bytes_offset = 32, .bytes_length = 16};
    add(&s, PVG_W_SEG_BLIT, 0x140, (struct pvg_w_record){.fill_texture = f});
    f.bytes_length = 15;
    add(&s, PVG_W_SEG_BLIT, 0x140, (struct pvg_w_record){.fill_texture = f});
    f.bytes_length = 4; /* one texel, repeated */
    f.bytes_offset = 44;
    f.origin[0] = 10;
    f.size[0] = 5;
    add(&s, PVG_W_SEG_BLIT, 0x140, (struct pvg_w_record){.fill_texture = f});
    f.bytes_offset = 4 * FAKE_PAGE - 3;
    add(&s, PVG_W_SEG_BLIT, 0x140, (struct pvg_w_record){.fill_texture = f});
    f.origin[0] = 28;
    add(&s, PVG_W_SEG_BLIT, 0x140, (struct pvg_w_record){.fill_texture = f});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 3);
    assert_int_equal(texel(dev, 3, 3), 1);
    assert_int_equal(texel(dev, 4, 4), 4);
    assert_int_equal(texel(dev, 9, 3), 0);
    assert_int_equal(texel(dev, 10, 3), 4);
    assert_int_equal(texel(dev, 14, 4), 4);
    assert_int_equal(texel(dev, 15, 4), 0);
}

static void texture_fills_with_a_colour(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    struct pvg_w_fill_texture f = {.ref = TEX, .origin = {1, 1, 0}, .size = {3, 30, 1}, .color = {1, 0.5, 0, 1}, .format = 80};

    fake_texture(&dev->tasks[1], 30, 500, 115, 8, 8, 64);
    stream_segment(&s, PVG_W_SEG_BLIT, false, false);
    add(&s, PVG_W_SEG_BLIT, 0x141, (struct pvg_w_record){.fill_texture = f});
    f.format = 115; /* another texel size */
    add(&s, PVG_W_SEG_BLIT, 0x141, (struct pvg_w_record){.fill_texture = f});
    f.format = 130;
    add(&s, PVG_W_SEG_BLIT, 0x141, (struct pvg_w_record){.fill_texture = f});
    f = (struct pvg_w_fill_texture){.ref = 30, .size = {8, 8, 1}, .color = {1, 1, 1, 1}, .format = 115};
    add(&s, PVG_W_SEG_BLIT, 0x141, (struct pvg_w_record){.fill_texture = f});
    f.color[0] = 0.5; /* words of a wide texel differ */
    add(&s, PVG_W_SEG_BLIT, 0x141, (struct pvg_w_record){.fill_texture = f});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 2);
    assert_int_equal(texel(dev, 1, 1), 0xffff8000);
    assert_int_equal(texel(dev, 3, 30), 0xffff8000);
    assert_int_equal(texel(dev, 4, 30), 0);
    assert_int_equal(texel(dev, 1, 31), 0);
    assert_int_equal(fake_word(&dev->tasks[1], 500 * FAKE_PAGE + 7 * 64 + 56), 0x3c003800);
    assert_int_equal(fake_word(&dev->tasks[1], 500 * FAKE_PAGE + 7 * 64 + 60), 0x3c003c00);
}

static void pattern_fills(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    struct pvg_w_fill_buffer f = {.ref = BUF, .location = 4092, .length = 8, .value = 0x11223344};

    stream_segment(&s, PVG_W_SEG_BLIT, false, false);
    add(&s, PVG_W_SEG_BLIT, 0x13f, (struct pvg_w_record){.fill_buffer = f});
    f.location = 4101;
    add(&s, PVG_W_SEG_BLIT, 0x13f, (struct pvg_w_record){.fill_buffer = f});
    f.location = 4 * FAKE_PAGE - 4;
    add(&s, PVG_W_SEG_BLIT, 0x13f, (struct pvg_w_record){.fill_buffer = f});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 2);
    assert_int_equal(buffer_word(dev, 4088), 0);
    assert_int_equal(buffer_word(dev, 4092), 0x11223344);
    assert_int_equal(buffer_word(dev, 4096), 0x11223344);
    assert_int_equal(buffer_word(dev, 4100), 0);
}

/* ---- Events, queries ---- */

static void events_order(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};

    stream_segment(&s, PVG_W_SEG_EVENT, false, false);
    add(&s, PVG_W_SEG_EVENT, 0x190, (struct pvg_w_record){.event = {.ref = 6, .value = 1}}); /* not yet: noted, goes on */
    add(&s, PVG_W_SEG_EVENT, 0x191, (struct pvg_w_record){.event = {.ref = 6, .value = 9}});
    add(&s, PVG_W_SEG_EVENT, 0x191, (struct pvg_w_record){.event = {.ref = 6, .value = 3}}); /* lower: ignored */
    add(&s, PVG_W_SEG_EVENT, 0x190, (struct pvg_w_record){.event = {.ref = 6, .value = 9}});
    add(&s, PVG_W_SEG_EVENT, 0x192, (struct pvg_w_record){.event = {.ref = 6, .value = 10}});
    add(&s, PVG_W_SEG_EVENT, 0x190, (struct pvg_w_record){.event = {.ref = 0, .value = 10}});
    for (uint32_t i = 1; i <= 100; i++)
        add(&s, PVG_W_SEG_EVENT, 0x191, (struct pvg_w_record){.event = {.ref = i * 64, .value = i}});
    for (uint32_t i = 1; i <= 100; i++)
        add(&s, PVG_W_SEG_EVENT, 0x190, (struct pvg_w_record){.event = {.ref = i * 64, .value = i}});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 2);
}

static void queries_write_their_answers(void **state)
{
    struct pvg_device *dev = *state;
    struct fake_stream s = {.used = 0};
    struct pvg_w_heap_size_query q = {.desc = {.type = PVG_W_TEX_2D,
                                               .format = 80,
                                               .width = 64,
                                               .height = 64,
                                               .depth = 1,
                                               .levels = 1,
                                               .samples = 1,
                                               .array_length = 1,
                                               .swizzle = {2, 3, 4, 5}},
                                      .reply = {.ref = BUF, .offset = 8}};

    memset(dev->ram + dev->tasks[1].map[BUF_PAGE], 0x5a, 64);
    stream_segment(&s, PVG_W_SEG_INFO, false, false);
    add(&s, PVG_W_SEG_INFO, 0x1c3, (struct pvg_w_record){.heap_query = q});
    add(&s, PVG_W_SEG_INFO, 0x1cd, (struct pvg_w_record){.reply = {.object = BUF, .ref = BUF, .offset = 32}});
    add(&s, PVG_W_SEG_INFO, 0x1cd, (struct pvg_w_record){.reply = {.object = BUF, .ref = BUF, .offset = 4 * FAKE_PAGE - 15}});
    add(&s, PVG_W_SEG_INFO, 0x1cd, (struct pvg_w_record){.reply = {.object = BUF, .ref = 0}});
    add(&s, PVG_W_SEG_INFO, 0x1c2, (struct pvg_w_record){.reply = {.object = KERNEL, .ref = BUF, .offset = 56}});
    stream_end(&s);
    assert_int_equal(run(dev, &s), 3);
    assert_int_equal(buffer_word(dev, 4), 0x5a5a5a5a);
    assert_int_equal(buffer_word(dev, 8), 64 * 64 * 4);
    assert_int_equal(buffer_word(dev, 16), 256);
    assert_int_equal(buffer_word(dev, 24), 0x5a5a5a5a);
    /* Its guest address and its number, 64 bits each. */
    assert_int_equal(buffer_word(dev, 32), BUF_PAGE * FAKE_PAGE);
    assert_int_equal(buffer_word(dev, 36), 0);
    assert_int_equal(buffer_word(dev, 40), BUF);
    assert_int_equal(buffer_word(dev, 44), 0);
    assert_int_equal(buffer_word(dev, 48), 0x5a5a5a5a);
    assert_int_equal(buffer_word(dev, 56), 0x5a5a5a5a); /* unknown structure: nothing is written */
}

/* ---- Hostile input ---- */

static uint32_t next_random(uint32_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 17;
    *x ^= *x << 5;
    return *x;
}

/** A stream with records of all kinds, to be damaged. */
static void busy_stream(struct fake_stream *s)
{
    struct pvg_w_bind bind = {.ref = BUF}, tex = {.ref = TEX};

    s->used = 0;
    begin_pass(s, 2, red);
    add(s, PVG_W_SEG_RENDER, 0x7d, (struct pvg_w_record){.first = 0, .count = 1, .entries = &bind});
    add(s, PVG_W_SEG_RENDER, 0x72, (struct pvg_w_record){.first = 0, .count = 1, .entries = &tex});
    draw(s);
    stream_end(s);
    stream_segment(s, PVG_W_SEG_COMPUTE, false, false);
    add(s, PVG_W_SEG_COMPUTE, 0xd0, (struct pvg_w_record){.ref = KERNEL});
    add(s, PVG_W_SEG_COMPUTE, 0xce, (struct pvg_w_record){.first = 0, .count = 1, .entries = &tex});
    dispatch(s, 0xc8, 4, 64);
    stream_end(s);
    stream_segment(s, PVG_W_SEG_BLIT, false, false);
    fill(s, 0, 1);
    add(s, PVG_W_SEG_BLIT, 0x12e,
        (struct pvg_w_record){.buffer_image = {.texture = TEX, .buffer = BUF, .origin = {4, 4, 0}, .size = {2, 2, 1}}});
    add(s, PVG_W_SEG_BLIT, 0x12f,
        (struct pvg_w_record){
            .copy_texture = {.source = TEX, .destination = TEX, .size = {8, 8, 1}, .destination_origin = {8, 0, 0}}});
    stream_end(s);
    stream_segment(s, PVG_W_SEG_INFO, false, false);
    add(s, PVG_W_SEG_INFO, 0x1cd, (struct pvg_w_record){.reply = {.object = BUF, .ref = BUF, .offset = 32}});
    stream_end(s);
}

static void damaged_streams_do_no_harm(void **state)
{
    struct pvg_device *dev = *state;
    uint32_t x = 0x2545f491;
    struct fake_stream s;

    for (int i = 0; i < 3000; i++) {
        busy_stream(&s);
        for (uint32_t k = 1 + next_random(&x) % 6; k; k--) {
            size_t at = next_random(&x) % s.used;
            s.bytes[at] = next_random(&x) % 3 ? (uint8_t)next_random(&x) : (uint8_t)(s.bytes[at] ^ 1u << next_random(&x) % 8);
        }
        run(dev, &s);
        /* The list and the descriptors are the guest's as well. */
        if (i % 16 == 0) {
            uint8_t junk = (uint8_t)next_random(&x);
            fake_write(&dev->tasks[1], FAKE_DESC_PAGE * FAKE_PAGE + next_random(&x) % dev->tasks[1].desc_used, &junk, 1);
            pvg_objects_delete_resource(dev->tasks[1].task.objects, next_random(&x) % 32);
        }
        if (i % 64 == 0)
            pvg_objects_range_changed(dev->tasks[1].task.objects, next_random(&x), next_random(&x), i & 64);
    }
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, fake_teardown)
    const struct CMUnitTest tests[] = {
        CASE(segments_execute_in_order),
        CASE(a_broken_chain_executes_nothing),
        CASE(a_bad_record_ends_its_segment_only),
        CASE(unknown_records_are_skipped_by_length),
        CASE(envelopes_and_unknown_segments_are_skipped),
        CASE(truncated_records_are_survived),
        CASE(every_record_is_executed_or_refused_by_name),
        CASE(sample_positions_belong_to_the_pass),
        CASE(continued_segments_are_one_pass),
        CASE(continuations_must_match),
        CASE(store_actions_can_change_at_the_end),
        CASE(a_pass_with_a_bad_slot_draws_nothing),
        CASE(subresources_are_checked),
        CASE(draws_carry_their_arguments),
        CASE(bad_draws_are_dropped_alone),
        CASE(draws_need_pass_and_pipeline),
        CASE(draws_need_their_depth_stencil_state),
        CASE(fences_cost_no_barrier_inside_a_pass),
        CASE(state_does_not_leak_into_the_next_encoder),
        CASE(unresolved_binds_refuse_draws_until_replaced),
        CASE(unresolved_binds_that_no_shader_uses_are_harmless),
        CASE(slots_past_the_tables),
        CASE(dynamic_strides_and_lod_clamps),
        CASE(viewports_and_scissors),
        CASE(modes_out_of_range_keep_the_state),
        CASE(visibility_results_are_bounded),
        CASE(dispatches),
        CASE(indirect_thread_dispatches_read_their_block),
        CASE(control_flow_decides_over_dispatches),
        CASE(written_textures_are_owed_after_a_dispatch),
        CASE(copies_are_checked),
        CASE(texture_copies_inside_one_texture),
        CASE(whole_texture_copies),
        CASE(texture_fills_from_bytes),
        CASE(texture_fills_with_a_colour),
        CASE(pattern_fills),
        CASE(events_order),
        CASE(queries_write_their_answers),
        CASE(damaged_streams_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
