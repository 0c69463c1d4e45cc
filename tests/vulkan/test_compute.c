/* SPDX-License-Identifier: MIT */
/**
 * @file Dispatches through the argument table: direct, non-uniform, indirect, ordered and not, storage textures, refusals.
 */
#include "harness.h"
#include "shaders.h"

static struct pvg_rpipe *make_kernel(struct harness *h, const struct fake_shader *shader)
{
    struct fake_container c = fake_container(shader);
    struct pvg_rfunc *f = h->ops->function_create(h->r, &c, sizeof(c));
    struct pvg_w_compute_pipeline desc;
    memset(&desc, 0, sizeof(desc));
    struct pvg_rpipe *p = h->ops->compute_pipeline_create(h->r, &desc, f);
    h->ops->function_release(h->r, f);
    assert_non_null(p);
    return p;
}

static void test_info(void **state)
{
    struct harness *h = *state;
    struct pvg_rpipe *p = make_kernel(h, &scale_kernel);
    struct pvg_rcompute_info info;
    assert_true(h->ops->compute_pipeline_info(h->r, p, &info));
    const struct pvg_rcaps *caps = h->ops->caps(h->r);
    assert_int_equal(info.max_total_threads, caps->max_threads_per_group);
    assert_int_equal(info.simd_width, caps->simd_width);
    assert_true(caps->format_sample[80] && caps->format_render[80] && caps->format_sample[252] && !caps->format_sample[0]);
    struct pvg_rused used;
    assert_true(h->ops->pipeline_used(h->r, p, PVG_RSTAGE_COMPUTE, &used));
    assert_int_equal(used.buffers, 3);
    struct pvg_rpipe *bad = make_kernel(h, &refused_vertex);
    assert_false(h->ops->compute_pipeline_info(h->r, bad, &info));
    h->ops->pipeline_release(h->r, bad);
    h->ops->pipeline_release(h->r, p);
}

/** Chains of dispatches: a serial encoder orders them, a concurrent one needs the barrier. */
static void test_chain(void **state)
{
    struct harness *h = *state;
    enum { N = 1000 };
    struct pvg_rpipe *p = make_kernel(h, &scale_kernel);
    uint8_t *a, *b;
    struct pvg_rbuf *buf_a = harness_buffer(h, N * 4 + 16, &a), *buf_b = harness_buffer(h, N * 4, &b);
    for (int mode = 0; mode < 2; mode++) {
        uint32_t *in = (uint32_t *)(a + 16), *out = (uint32_t *)b;
        for (uint32_t i = 0; i < N; i++)
            in[i] = i, out[i] = 0xdead;
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        h->ops->compute_begin(cmd, mode == 1);
        h->ops->set_compute_pipeline(cmd, p);
        const uint32_t tptg[3] = {64, 1, 1}, threads[3] = {N, 1, 1}, groups[3] = {16, 1, 1};
        for (int step = 0; step < 4; step++) {
            h->ops->set_buffer(cmd, PVG_RSTAGE_COMPUTE, 0, step & 1 ? buf_b : buf_a, step & 1 ? 0 : 16, UINT32_MAX);
            h->ops->set_buffer(cmd, PVG_RSTAGE_COMPUTE, 1, step & 1 ? buf_a : buf_b, step & 1 ? 16 : 0, UINT32_MAX);
            if (step < 2)
                assert_true(h->ops->dispatch_threads(cmd, threads, tptg));
            else
                assert_true(h->ops->dispatch(cmd, groups, tptg));
            if (mode == 1)
                h->ops->barrier(cmd);
        }
        h->ops->compute_end(cmd);
        harness_run(h, cmd);
        for (uint32_t i = 0; i < N; i++) {
            assert_int_equal(in[i], i * 16 + 15);
            assert_int_equal(out[i], i * 8 + 7);
        }
    }
    h->ops->pipeline_release(h->r, p);
    h->ops->buffer_release(h->r, buf_a);
    h->ops->buffer_release(h->r, buf_b);
}

static void test_scattered_and_indirect(void **state)
{
    struct harness *h = *state;
    struct pvg_rpipe *p = make_kernel(h, &scale_kernel);
    uint32_t base = (uint32_t)((harness_pages(h, 6) - h->ram) / PAGE);
    const uint32_t pages[3] = {base + 4, base, base + 2};
    struct pvg_rspan *spans = harness_spans(h, pages, 3);
    struct pvg_rbuf_desc desc = {.size = 3 * PAGE, .spans = spans, .span_count = 3, .guest_writable = true};
    struct pvg_rbuf *src = h->ops->buffer_create(h->r, &desc);
    uint8_t *out, *args;
    struct pvg_rbuf *dst = harness_buffer(h, 3 * PAGE, &out), *arg_buf = harness_buffer(h, PAGE, &args);
    for (uint32_t i = 0; i < 3 * 1024; i++)
        memcpy(h->ram + (uint64_t)pages[i / 1024] * PAGE + i % 1024 * 4, &i, 4);
    const uint32_t groups[3] = {3 * 1024 / 128, 1, 1}, tptg[3] = {128, 1, 1};
    memcpy(args + 8, groups, 12);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    h->ops->compute_begin(cmd, false);
    h->ops->set_compute_pipeline(cmd, p);
    h->ops->set_buffer(cmd, PVG_RSTAGE_COMPUTE, 0, src, 0, UINT32_MAX);
    h->ops->set_buffer(cmd, PVG_RSTAGE_COMPUTE, 1, dst, 0, UINT32_MAX);
    assert_true(h->ops->dispatch_indirect(cmd, arg_buf, 8, tptg));
    assert_false(h->ops->dispatch_indirect(cmd, arg_buf, 2, tptg));
    assert_false(h->ops->dispatch_indirect(cmd, arg_buf, PAGE - 8, tptg));
    h->ops->compute_end(cmd);
    harness_run(h, cmd);
    for (uint32_t i = 0; i < 3 * 1024; i++) {
        uint32_t value;
        memcpy(&value, out + 4 * i, 4);
        assert_int_equal(value, 2 * i + 1);
    }
    h->ops->pipeline_release(h->r, p);
    h->ops->buffer_release(h->r, src);
    h->ops->buffer_release(h->r, dst);
    h->ops->buffer_release(h->r, arg_buf);
    free(spans);
}

static void test_scattered_without_file(void **state)
{
    struct harness *h = *state;
    h->no_fd = true;
    test_scattered_and_indirect(state);
    h->no_fd = false;
}

/** A kernel with a barrier over a grid that no threadgroup shape divides: split into regions. */
static void test_storage_texture(void **state)
{
    struct harness *h = *state;
    struct pvg_rpipe *p = make_kernel(h, &paint_kernel);
    struct pvg_rtex *t = harness_texture(h, 70, 19, 13, 3);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    h->ops->compute_begin(cmd, false);
    h->ops->set_compute_pipeline(cmd, p);
    const uint32_t threads[3] = {19, 13, 1}, tptg[3] = {8, 4, 1};
    assert_true(h->ops->dispatch_threads(cmd, threads, tptg)); /* Nothing bound: the writes vanish. */
    h->ops->set_texture(cmd, PVG_RSTAGE_COMPUTE, 3, t);
    assert_true(h->ops->dispatch_threads(cmd, threads, tptg));
    h->ops->compute_end(cmd);
    harness_run(h, cmd);
    uint8_t px[19 * 13 * 4];
    harness_read(h, t, 19, 13, 4, px);
    for (uint32_t y = 0; y < 13; y++)
        for (uint32_t x = 0; x < 19; x++)
            assert_pixel(px + 4 * (y * 19 + x), (const uint8_t[4]){(uint8_t)x, (uint8_t)y, 51, 255}, 1);
    h->ops->pipeline_release(h->r, p);
    h->ops->texture_release(h->r, t);
}

static void test_refusals(void **state)
{
    struct harness *h = *state;
    struct pvg_rpipe *p = make_kernel(h, &scale_kernel), *paint = make_kernel(h, &paint_kernel),
                     *bad = make_kernel(h, &refused_vertex);
    uint8_t *bytes;
    struct pvg_rbuf *buf = harness_buffer(h, PAGE, &bytes);
    struct pvg_rtex *srgb = harness_texture(h, 252, 4, 4, 1);
    const uint32_t one[3] = {1, 1, 1}, zero[3] = {0, 1, 1}, huge[3] = {UINT32_MAX, UINT32_MAX, UINT32_MAX},
                   big[3] = {4096, 4096, 64};
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_false(h->ops->dispatch(cmd, one, one)); /* No encoder. */
    h->ops->compute_begin(cmd, false);
    assert_false(h->ops->dispatch(cmd, one, one)); /* No pipeline. */
    h->ops->set_compute_pipeline(cmd, bad);
    assert_false(h->ops->dispatch(cmd, one, one));
    h->ops->set_compute_pipeline(cmd, p);
    h->ops->set_buffer(cmd, PVG_RSTAGE_COMPUTE, 0, buf, 0, UINT32_MAX);
    h->ops->set_buffer(cmd, PVG_RSTAGE_COMPUTE, 1, buf, 2048, UINT32_MAX);
    assert_true(h->ops->dispatch(cmd, zero, one));
    assert_false(h->ops->dispatch(cmd, one, zero));
    assert_false(h->ops->dispatch(cmd, one, big));
    assert_false(h->ops->dispatch(cmd, one, huge));
    assert_false(h->ops->dispatch(cmd, huge, one));
    assert_false(h->ops->dispatch_threads(cmd, huge, one));
    assert_true(h->ops->dispatch(cmd, one, one));
    h->ops->set_threadgroup_memory(cmd, 31, 16);
    h->ops->set_threadgroup_memory(cmd, 0, UINT32_MAX);
    h->ops->set_buffer(cmd, PVG_RSTAGE_COMPUTE, 1, buf, PAGE, UINT32_MAX);
    assert_false(h->ops->dispatch(cmd, one, one));
    h->ops->set_buffer(cmd, PVG_RSTAGE_COMPUTE, 1, NULL, 0, UINT32_MAX);
    assert_true(h->ops->dispatch(cmd, one, one)); /* Unbound: scratch. */
    h->ops->set_compute_pipeline(cmd, paint);
    h->ops->set_texture(cmd, PVG_RSTAGE_COMPUTE, 3, srgb);
    assert_false(h->ops->dispatch(cmd, one, one));
    h->ops->compute_end(cmd);
    harness_run(h, cmd);
    h->ops->pipeline_release(h->r, p);
    h->ops->pipeline_release(h->r, paint);
    h->ops->pipeline_release(h->r, bad);
    h->ops->buffer_release(h->r, buf);
    h->ops->texture_release(h->r, srgb);
    /* A pipeline that nobody waits for. */
    h->ops->pipeline_release(h->r, make_kernel(h, &scale_kernel));
    const uint8_t junk[16] = {0};
    assert_null(h->ops->function_create(h->r, junk, sizeof(junk)));
}

/** The CPU decides between dispatches. */
static void test_flush_inside(void **state)
{
    struct harness *h = *state;
    struct pvg_rpipe *p = make_kernel(h, &scale_kernel);
    uint8_t *bytes;
    struct pvg_rbuf *buf = harness_buffer(h, PAGE, &bytes);
    uint32_t *words = (uint32_t *)bytes;
    words[0] = 5;
    const uint32_t one[3] = {1, 1, 1};
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    h->ops->compute_begin(cmd, false);
    h->ops->set_compute_pipeline(cmd, p);
    h->ops->set_buffer(cmd, PVG_RSTAGE_COMPUTE, 0, buf, 0, UINT32_MAX);
    h->ops->set_buffer(cmd, PVG_RSTAGE_COMPUTE, 1, buf, 0, UINT32_MAX);
    uint32_t expect = 5;
    for (int i = 0; i < 5; i++) {
        assert_true(h->ops->dispatch(cmd, one, one));
        h->ops->cmd_flush_wait(cmd);
        expect = expect * 2 + 1;
        assert_int_equal(words[0], expect);
    }
    h->ops->compute_end(cmd);
    harness_run(h, cmd);
    h->ops->pipeline_release(h->r, p);
    h->ops->buffer_release(h->r, buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_info),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_scattered_and_indirect),
        cmocka_unit_test(test_scattered_without_file),
        cmocka_unit_test(test_storage_texture),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_flush_inside),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
