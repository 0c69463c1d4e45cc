/* SPDX-License-Identifier: MIT */
/**
 * @file Buffers: placement over contiguous, scattered, aliased and partly unmapped pages; fills and copies; hostile ranges.
 */
#include "harness.h"
#include "vulkan/vk.h"

#include <pthread.h>
#include <stdatomic.h>

static void test_fill(void **state)
{
    struct harness *h = *state;
    uint8_t *bytes;
    struct pvg_rbuf *buf = harness_buffer(h, 3 * PAGE, &bytes);
    memset(bytes, 0xee, 3 * PAGE);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->fill_buffer(cmd, buf, 5, 4099, 0x5a));
    assert_true(h->ops->fill_buffer(cmd, buf, 8001, 2, 0x11));
    assert_true(h->ops->fill_buffer(cmd, buf, 100, 0, 0x77));
    harness_run(h, cmd);
    for (uint32_t i = 0; i < 3 * PAGE; i++) {
        uint8_t expect = i >= 5 && i < 4104 ? 0x5a : i == 8001 || i == 8002 ? 0x11 : 0xee;
        assert_int_equal(bytes[i], expect);
    }
    assert_true(h->dirty_bytes >= 3 * PAGE);
    h->ops->buffer_release(h->r, buf);
}

static void test_copy_scattered(void **state)
{
    struct harness *h = *state;
    uint8_t *linear;
    struct pvg_rbuf *src = harness_buffer(h, 4 * PAGE, &linear);
    for (uint32_t i = 0; i < 4 * PAGE; i++)
        linear[i] = (uint8_t)(i * 7 + i / 256);
    uint32_t base = (uint32_t)((harness_pages(h, 8) - h->ram) / PAGE);
    const uint32_t pages[5] = {base + 6, base + 1, UINT32_MAX, base + 4, base};
    struct pvg_rspan *spans = harness_spans(h, pages, 5);
    struct pvg_rbuf_desc desc = {
        .size = 4 * PAGE + 100, .spans = spans, .span_count = 5, .first_offset = 24, .guest_writable = true};
    struct pvg_rbuf *dst = h->ops->buffer_create(h->r, &desc);
    assert_non_null(dst);

    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->copy_buffer(cmd, src, 0, dst, 3, 4 * PAGE));
    harness_run(h, cmd);
    for (uint32_t i = 0; i < 4 * PAGE; i++) {
        uint32_t at = 24 + 3 + i;
        if (pages[at / PAGE] == UINT32_MAX)
            continue;
        assert_int_equal(h->ram[(uint64_t)pages[at / PAGE] * PAGE + at % PAGE], linear[i]);
    }

    /* And back out of the scattered pages, into another place. */
    uint8_t *back;
    struct pvg_rbuf *copy = harness_buffer(h, 4 * PAGE, &back);
    cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->copy_buffer(cmd, dst, 3, copy, 0, PAGE - 27));
    harness_run(h, cmd);
    assert_memory_equal(back, linear, PAGE - 27);
    h->ops->buffer_release(h->r, src);
    h->ops->buffer_release(h->r, dst);
    h->ops->buffer_release(h->r, copy);
    free(spans);
}

/** Two buffers over the same pages see each other's writes, within one command and across commands. */
static void test_alias(void **state)
{
    struct harness *h = *state;
    uint32_t base = (uint32_t)((harness_pages(h, 2) - h->ram) / PAGE);
    const uint32_t forward[2] = {base, base + 1}, backward[2] = {base + 1, base};
    struct pvg_rspan *a = harness_spans(h, forward, 2), *b = harness_spans(h, backward, 2);
    struct pvg_rbuf_desc da = {.size = 2 * PAGE, .spans = a, .span_count = 2, .guest_writable = true};
    struct pvg_rbuf_desc db = {.size = 2 * PAGE, .spans = b, .span_count = 2, .guest_writable = true};
    struct pvg_rbuf *fa = h->ops->buffer_create(h->r, &da), *fb = h->ops->buffer_create(h->r, &db);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->fill_buffer(cmd, fa, 0, 2 * PAGE, 1));
    harness_run(h, cmd);
    cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->fill_buffer(cmd, fb, 0, PAGE, 2)); /* Second page of `fa`. */
    harness_run(h, cmd);
    cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->copy_buffer(cmd, fa, PAGE, fa, 16, 64));
    harness_run(h, cmd);
    const uint8_t *first = h->ram + (uint64_t)base * PAGE;
    assert_int_equal(first[15], 1);
    assert_int_equal(first[16], 2);
    assert_int_equal(first[79], 2);
    assert_int_equal(first[80], 1);
    assert_int_equal(first[PAGE], 2);
    h->ops->buffer_release(h->r, fa);
    h->ops->buffer_release(h->r, fb);
    free(a);
    free(b);
}

/** Scattered pages of RAM that has no file: gathered by the GPU. */
static void test_without_file(void **state)
{
    struct harness *h = *state;
    h->no_fd = true;
    test_copy_scattered(state);
    test_alias(state);
    h->no_fd = false;
}

static void test_private(void **state)
{
    struct harness *h = *state;
    uint8_t *bytes;
    struct pvg_rbuf *out = harness_buffer(h, PAGE, &bytes);
    struct pvg_rbuf_desc desc = {.size = 1000};
    struct pvg_rbuf *priv = h->ops->buffer_create(h->r, &desc);
    assert_non_null(priv);
    memset(bytes, 0xff, PAGE);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->copy_buffer(cmd, priv, 0, out, 0, 500));
    assert_true(h->ops->fill_buffer(cmd, priv, 0, 1000, 9));
    assert_true(h->ops->copy_buffer(cmd, priv, 500, out, 500, 500));
    harness_run(h, cmd);
    assert_int_equal(bytes[0], 0);
    assert_int_equal(bytes[499], 0);
    assert_int_equal(bytes[500], 9);
    assert_int_equal(bytes[999], 9);
    assert_int_equal(bytes[1000], 0xff);
    h->ops->buffer_release(h->r, priv);
    h->ops->buffer_release(h->r, out);
}

static void test_rebind(void **state)
{
    struct harness *h = *state;
    uint8_t *one, *two = harness_pages(h, 1);
    struct pvg_rbuf *buf = harness_buffer(h, PAGE, &one);
    struct pvg_rspan span = {two, PAGE, RAM_GPA + (uint64_t)(two - h->ram), h->fd, (uint64_t)(two - h->ram)};
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->fill_buffer(cmd, buf, 0, PAGE, 1));
    assert_true(h->ops->buffer_rebind(h->r, buf, &span, 1));
    assert_true(h->ops->fill_buffer(cmd, buf, 0, PAGE, 2));
    harness_run(h, cmd);
    assert_int_equal(one[7], 1);
    assert_int_equal(two[7], 2);
    h->ops->buffer_release(h->r, buf);
}

static void test_hostile(void **state)
{
    struct harness *h = *state;
    uint8_t *bytes;
    struct pvg_rbuf *buf = harness_buffer(h, PAGE, &bytes);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_false(h->ops->fill_buffer(cmd, buf, 1, PAGE, 1));
    assert_false(h->ops->fill_buffer(cmd, buf, UINT64_MAX, 2, 1));
    assert_false(h->ops->fill_buffer(cmd, buf, 8, UINT64_MAX - 4, 1));
    assert_false(h->ops->copy_buffer(cmd, buf, 0, buf, UINT64_MAX - 3, 8));
    assert_false(h->ops->copy_buffer(cmd, buf, 0, buf, 4, 8));
    harness_run(h, cmd);
    struct pvg_rspan span = {bytes, PAGE, RAM_GPA, h->fd, 0};
    struct pvg_rbuf_desc short_spans = {.size = PAGE + 1, .spans = &span, .span_count = 1};
    assert_null(h->ops->buffer_create(h->r, &short_spans));
    struct pvg_rbuf_desc wraps = {.size = UINT64_MAX, .spans = &span, .span_count = 1, .first_offset = 16};
    assert_null(h->ops->buffer_create(h->r, &wraps));
    struct pvg_rbuf_desc empty = {.size = 0, .spans = &span, .span_count = 1};
    assert_null(h->ops->buffer_create(h->r, &empty));
    struct pvg_rbuf_desc huge = {.size = 1ull << 60};
    assert_null(h->ops->buffer_create(h->r, &huge));
    /* Read-only pages are never written. */
    struct pvg_rbuf_desc ro = {.size = PAGE, .spans = &span, .span_count = 1, .guest_writable = false};
    struct pvg_rbuf *read_only = h->ops->buffer_create(h->r, &ro);
    assert_non_null(read_only);
    cmd = h->ops->cmd_begin(h->r);
    assert_false(h->ops->fill_buffer(cmd, read_only, 0, 4, 1));
    harness_run(h, cmd);
    h->ops->buffer_release(h->r, read_only);
    h->ops->buffer_release(h->r, buf);
}

struct order {
    _Atomic uint32_t next;
    _Atomic uint32_t mistakes;
};

struct ticket {
    struct order *order;
    uint32_t number;
};

static void in_order(void *arg)
{
    struct ticket *t = arg;
    if (atomic_fetch_add(&t->order->next, 1) != t->number)
        atomic_fetch_add(&t->order->mistakes, 1);
}

static void test_many_submissions(void **state)
{
    enum { N = 600 };
    struct harness *h = *state;
    static struct order order;
    static struct ticket tickets[2 * N];
    uint8_t *bytes;
    struct pvg_rbuf *buf = harness_buffer(h, PAGE, &bytes);
    memset(&order, 0, sizeof(order));
    for (uint32_t i = 0; i < N; i++) {
        struct pvg_rbuf_desc desc = {.size = 256};
        struct pvg_rbuf *temporary = h->ops->buffer_create(h->r, &desc);
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        assert_non_null(cmd);
        assert_true(h->ops->fill_buffer(cmd, temporary, 0, 256, (uint8_t)i));
        assert_true(h->ops->copy_buffer(cmd, temporary, 0, buf, 4 * (i % 64), 4));
        h->ops->buffer_release(h->r, temporary);
        tickets[2 * i] = (struct ticket){&order, 2 * i};
        tickets[2 * i + 1] = (struct ticket){&order, 2 * i + 1};
        h->ops->cmd_submit(cmd, (struct pvg_rcompletion){in_order, &tickets[2 * i]});
        h->ops->after(h->r, (struct pvg_rcompletion){in_order, &tickets[2 * i + 1]});
    }
    harness_run(h, h->ops->cmd_begin(h->r));
    assert_int_equal(order.next, 2 * N);
    assert_int_equal(order.mistakes, 0);
    for (uint32_t i = N - 64; i < N; i++)
        assert_int_equal(bytes[4 * (i % 64)], (uint8_t)i);
    h->ops->buffer_release(h->r, buf);
}

static void test_flush_wait(void **state)
{
    struct harness *h = *state;
    uint8_t *bytes;
    struct pvg_rbuf *buf = harness_buffer(h, PAGE, &bytes);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->fill_buffer(cmd, buf, 0, 16, 3));
    h->ops->cmd_flush_wait(cmd);
    assert_int_equal(bytes[15], 3);
    bytes[0] = 77;
    assert_true(h->ops->copy_buffer(cmd, buf, 0, buf, 100, 4));
    harness_run(h, cmd);
    assert_int_equal(bytes[100], 77);
    assert_int_equal(bytes[101], 3);
    h->ops->buffer_release(h->r, buf);
}

static void test_ram_removed(void **state)
{
    struct harness *h = *state;
    uint8_t *bytes;
    struct pvg_rbuf *buf = harness_buffer(h, PAGE, &bytes);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->fill_buffer(cmd, buf, 0, 16, 3));
    h->ops->cmd_submit(cmd, (struct pvg_rcompletion){0});
    h->ops->ram_remove(h->r, RAM_GPA, RAM_BYTES);
    assert_int_equal(bytes[3], 3);
    cmd = h->ops->cmd_begin(h->r);
    assert_false(h->ops->fill_buffer(cmd, buf, 0, 16, 4));
    harness_run(h, cmd);
    assert_int_equal(bytes[3], 3);
    h->ops->buffer_release(h->r, buf);
    struct pvg_ram_region region = {.gpa = RAM_GPA, .size = RAM_BYTES, .host = h->ram, .fd = h->fd};
    h->ops->ram_add(h->r, &region);
    buf = harness_buffer(h, PAGE, &bytes);
    cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->fill_buffer(cmd, buf, 0, 16, 5));
    harness_run(h, cmd);
    assert_int_equal(bytes[3], 5);
    h->ops->buffer_release(h->r, buf);
}

static VkResult VKAPI_PTR lose(VkQueue queue, uint32_t count, const VkSubmitInfo2 *submits, VkFence fence)
{
    return VK_ERROR_DEVICE_LOST;
}

/** The driver reports a loss: nothing hangs, completions come in order, no guest page changes afterwards. */
static void test_device_loss(void **state)
{
    static struct order order;
    static struct ticket tickets[8];
    void *other;
    assert_int_equal(harness_setup(&other), 0);
    struct harness *h = other;
    uint8_t *bytes;
    struct pvg_rbuf *buf = harness_buffer(h, PAGE, &bytes);
    memset(&order, 0, sizeof(order));
    for (uint32_t i = 0; i < 8; i++)
        tickets[i] = (struct ticket){&order, i};
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->fill_buffer(cmd, buf, 0, PAGE, 1));
    h->ops->cmd_submit(cmd, (struct pvg_rcompletion){in_order, &tickets[0]});
    assert_int_equal(h->ops->losses(h->r), 0);
    cmd = h->ops->cmd_begin(h->r);
    ((struct pvg_vk *)h->r)->fn.QueueSubmit2 = lose;
    assert_true(h->ops->fill_buffer(cmd, buf, 0, PAGE, 2));
    h->ops->cmd_submit(cmd, (struct pvg_rcompletion){in_order, &tickets[1]});
    h->ops->after(h->r, (struct pvg_rcompletion){in_order, &tickets[2]});
    assert_int_equal(h->ops->losses(h->r), 1);
    assert_null(h->ops->cmd_begin(h->r));
    h->ops->buffer_release(h->r, buf);
    h->ops->after(h->r, (struct pvg_rcompletion){in_order, &tickets[3]});
    h->ops->ram_remove(h->r, RAM_GPA, RAM_BYTES);
    assert_int_equal(order.next, 4);
    assert_int_equal(order.mistakes, 0);
    assert_in_range(bytes[0], 0, 1);
    assert_int_equal(harness_teardown(&other), 0);
}

/** Sizes that fill, split and join the blocks of the allocator; contents must not mix. */
static void test_allocator(void **state)
{
    enum { N = 300 };
    struct harness *h = *state;
    struct pvg_rbuf *bufs[N] = {0};
    uint64_t sizes[N];
    uint8_t *bytes;
    struct pvg_rbuf *out = harness_buffer(h, N * 4, &bytes);
    uint32_t seed = 1;
    for (int round = 0; round < 3; round++) {
        struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
        for (uint32_t i = 0; i < N; i++) {
            seed = seed * 1664525 + 1013904223;
            if (bufs[i] && seed >> 31) {
                h->ops->buffer_release(h->r, bufs[i]);
                bufs[i] = NULL;
            }
            if (bufs[i])
                continue;
            sizes[i] = 16 + (seed >> 8) % (i % 10 == 0 ? 6u << 20 : 200000);
            struct pvg_rbuf_desc desc = {.size = sizes[i]};
            bufs[i] = h->ops->buffer_create(h->r, &desc);
            assert_non_null(bufs[i]);
            assert_true(h->ops->fill_buffer(cmd, bufs[i], 0, sizes[i], (uint8_t)i));
        }
        for (uint32_t i = 0; i < N; i++)
            assert_true(h->ops->copy_buffer(cmd, bufs[i], sizes[i] - 4, out, 4 * i, 4));
        harness_run(h, cmd);
        for (uint32_t i = 0; i < N; i++)
            assert_int_equal(bytes[4 * i + 3], (uint8_t)i);
    }
    for (uint32_t i = 0; i < N; i++)
        h->ops->buffer_release(h->r, bufs[i]);
    h->ops->buffer_release(h->r, out);
    harness_run(h, h->ops->cmd_begin(h->r));
    harness_run(h, h->ops->cmd_begin(h->r));
    /* Everything was given back but spares. */
    unsigned blocks = 0;
    for (struct pvg_vkmem_block *b = ((struct pvg_vk *)h->r)->mem.blocks; b; b = pvg_vkmem_next(b))
        blocks++;
    assert_in_range(blocks, 1, 4);
}

static unsigned barriers(struct harness *h)
{
    uint64_t skipped;
    return (unsigned)h->ops->barriers(h->r, &skipped);
}

/** Barriers between fills of two buffers. */
static unsigned between(struct harness *h, struct pvg_rbuf *a, struct pvg_rbuf *b)
{
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_true(h->ops->fill_buffer(cmd, a, 0, 64, 1));
    unsigned before = barriers(h);
    assert_true(h->ops->fill_buffer(cmd, b, 0, 64, 2));
    unsigned now = barriers(h) - before;
    harness_run(h, cmd);
    return now;
}

/** Buffers over the same guest pages are one resource, whatever the way to them. */
static void test_shared_pages(void **state)
{
    struct harness *h = *state;
    const uint32_t lists[5][2] = {{300, 301}, {301, 302}, {303, 305}, {305, 304}, {310, 311}};
    struct pvg_rbuf *bufs[5];
    for (int i = 0; i < 5; i++) {
        struct pvg_rspan *spans = harness_spans(h, lists[i], 2);
        struct pvg_rbuf_desc d = {.size = 2 * PAGE, .spans = spans, .span_count = 2, .guest_writable = true};
        bufs[i] = h->ops->buffer_create(h->r, &d);
        assert_non_null(bufs[i]);
        free(spans);
    }
    assert_int_equal(between(h, bufs[0], bufs[4]), 0);
    assert_int_equal(between(h, bufs[0], bufs[1]), 1);
    assert_int_equal(between(h, bufs[1], bufs[2]), 0);
    assert_int_equal(between(h, bufs[2], bufs[3]), 1);
    for (int i = 0; i < 5; i++)
        h->ops->buffer_release(h->r, bufs[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fill),         cmocka_unit_test(test_copy_scattered), cmocka_unit_test(test_alias),
        cmocka_unit_test(test_without_file), cmocka_unit_test(test_private),        cmocka_unit_test(test_rebind),
        cmocka_unit_test(test_shared_pages), cmocka_unit_test(test_hostile),        cmocka_unit_test(test_many_submissions),
        cmocka_unit_test(test_flush_wait),   cmocka_unit_test(test_ram_removed),    cmocka_unit_test(test_device_loss),
        cmocka_unit_test(test_allocator),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
