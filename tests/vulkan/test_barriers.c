/* SPDX-License-Identifier: MIT */
/** @file Stages and accesses of the barriers that the renderer records, and where it records them: seen at vkCmdPipelineBarrier2.
 */
#include "harness.h"
#include "shaders.h"
#include "vulkan/cmd.h"

static PFN_vkCmdPipelineBarrier2 real;
static struct {
    VkCommandBuffer cb;
    VkMemoryBarrier2 barrier;
} seen[64];
static uint32_t count;

static void VKAPI_PTR spy(VkCommandBuffer cb, const VkDependencyInfo *info)
{
    if (info->memoryBarrierCount && count < 64) {
        seen[count].cb = cb;
        seen[count++].barrier = info->pMemoryBarriers[0];
    }
    real(cb, info);
}

/** A command buffer behind everything that ran before, with nothing seen. */
static struct pvg_rcmd *begin(struct harness *h)
{
    struct pvg_vk *vk = pvg_vk_of(h->r);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    assert_non_null(cmd);
    pvg_vkcmd_enter_all(cmd);
    if (!real)
        real = vk->fn.CmdPipelineBarrier2;
    vk->fn.CmdPipelineBarrier2 = spy;
    count = 0;
    return cmd;
}

static void expect(uint32_t i, VkPipelineStageFlags2 from, VkAccessFlags2 written, VkPipelineStageFlags2 to, VkAccessFlags2 access)
{
    assert_true(i < count);
    assert_int_equal(seen[i].barrier.srcStageMask, from);
    assert_int_equal(seen[i].barrier.srcAccessMask, written);
    assert_int_equal(seen[i].barrier.dstStageMask, to);
    assert_int_equal(seen[i].barrier.dstAccessMask, access);
}

#define TRANSFER VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT
#define COMPUTE  VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT

static struct pvg_rpipe *make_kernel(struct harness *h)
{
    struct fake_container c = fake_container(&scale_kernel);
    struct pvg_rfunc *f = h->ops->function_create(h->r, &c, sizeof(c));
    struct pvg_w_compute_pipeline desc = {0};
    struct pvg_rpipe *p = h->ops->compute_pipeline_create(h->r, &desc, f);
    h->ops->function_release(h->r, f);
    assert_non_null(p);
    return p;
}

/** scale_kernel: buffer 1 from buffer 0. */
static void dispatch(struct harness *h, struct pvg_rcmd *cmd, struct pvg_rbuf *from, struct pvg_rbuf *to)
{
    const uint32_t groups[3] = {1, 1, 1}, threads[3] = {64, 1, 1};
    h->ops->set_buffer(cmd, PVG_RSTAGE_COMPUTE, 0, from, 0, UINT32_MAX);
    h->ops->set_buffer(cmd, PVG_RSTAGE_COMPUTE, 1, to, 0, UINT32_MAX);
    assert_true(h->ops->dispatch(cmd, groups, threads));
}

static void test_masks(void **state)
{
    struct harness *h = *state;
    struct pvg_rpipe *p = make_kernel(h);
    uint8_t *bytes;
    struct pvg_rbuf *a = harness_buffer(h, PAGE, &bytes), *b = harness_buffer(h, PAGE, &bytes),
                    *c = harness_buffer(h, PAGE, &bytes);
    struct pvg_rcmd *cmd = begin(h);
    assert_true(h->ops->fill_buffer(cmd, a, 0, 256, 1));
    assert_int_equal(count, 0);
    assert_true(h->ops->copy_buffer(cmd, a, 0, b, 0, 256));
    assert_int_equal(count, 1);
    expect(0, TRANSFER, VK_ACCESS_2_TRANSFER_WRITE_BIT, TRANSFER, VK_ACCESS_2_TRANSFER_READ_BIT);
    h->ops->compute_begin(cmd, false);
    h->ops->set_compute_pipeline(cmd, p);
    dispatch(h, cmd, a, c);
    assert_int_equal(count, 2);
    expect(1, TRANSFER, VK_ACCESS_2_TRANSFER_WRITE_BIT, COMPUTE, VK_ACCESS_2_SHADER_READ_BIT);
    dispatch(h, cmd, c, b);
    assert_int_equal(count, 3);
    expect(2, TRANSFER | COMPUTE, VK_ACCESS_2_TRANSFER_WRITE_BIT | VK_ACCESS_2_SHADER_WRITE_BIT, COMPUTE,
           VK_ACCESS_2_SHADER_READ_BIT | VK_ACCESS_2_SHADER_WRITE_BIT);
    h->ops->compute_end(cmd);
    /* What only has to be read first needs nothing made available. */
    assert_true(h->ops->fill_buffer(cmd, a, 0, 256, 2));
    assert_int_equal(count, 4);
    expect(3, TRANSFER | COMPUTE, VK_ACCESS_2_TRANSFER_WRITE_BIT, TRANSFER,
           VK_ACCESS_2_TRANSFER_READ_BIT | VK_ACCESS_2_TRANSFER_WRITE_BIT);
    harness_run(h, cmd);
    h->ops->pipeline_release(h->r, p);
    h->ops->buffer_release(h->r, a);
    h->ops->buffer_release(h->r, b);
    h->ops->buffer_release(h->r, c);
}

/** A copy inside a concurrent encoder orders the dispatches around it. */
static void test_copy_between(void **state)
{
    struct harness *h = *state;
    struct pvg_rpipe *p = make_kernel(h);
    uint8_t *bytes;
    struct pvg_rbuf *a = harness_buffer(h, PAGE, &bytes), *b = harness_buffer(h, PAGE, &bytes);
    struct pvg_rcmd *cmd = begin(h);
    h->ops->compute_begin(cmd, true);
    h->ops->set_compute_pipeline(cmd, p);
    dispatch(h, cmd, a, b);
    assert_int_equal(count, 0);
    assert_true(h->ops->fill_buffer(cmd, a, 0, 256, 3));
    assert_int_equal(count, 1);
    dispatch(h, cmd, a, b);
    assert_int_equal(count, 2);
    assert_true(seen[1].barrier.srcStageMask & TRANSFER);
    h->ops->compute_end(cmd);
    harness_run(h, cmd);
    h->ops->pipeline_release(h->r, p);
    h->ops->buffer_release(h->r, a);
    h->ops->buffer_release(h->r, b);
}

static void begin_pass(struct harness *h, struct pvg_rcmd *cmd, struct pvg_rtex *t)
{
    struct pvg_rpass pass = {.width = 16, .height = 16};
    pass.color[0] = (struct pvg_rattachment){.texture = t, .load_action = 2, .store_action = 1};
    assert_true(h->ops->pass_begin(cmd, &pass));
}

/** The barrier of a rendering stands in the command buffer before it. */
static void test_rendering(void **state)
{
    struct harness *h = *state;
    struct pvg_rtex *t = harness_texture(h, 70, 16, 16, PVG_W_USAGE_RENDER_TARGET | PVG_W_USAGE_READ),
                    *other = harness_texture(h, 70, 16, 16, PVG_W_USAGE_RENDER_TARGET | PVG_W_USAGE_READ);
    uint8_t *bytes;
    struct pvg_rbuf *a = harness_buffer(h, PAGE, &bytes);
    const uint32_t size[3] = {16, 4, 1};
    const struct pvg_rlinear linear = {.buffer = a, .bytes_per_row = 64, .bytes_per_image = 256};
    const struct pvg_rregion region = {.texture = t};
    struct pvg_rcmd *cmd = begin(h);
    assert_true(h->ops->copy_buffer_to_texture(cmd, &linear, size, &region));
    uint32_t first = count; /* The prologue has its own. */
    VkCommandBuffer before = cmd->cb;
    begin_pass(h, cmd, t);
    h->ops->pass_end(cmd);
    assert_ptr_not_equal(cmd->cb, before);
    begin_pass(h, cmd, other);
    h->ops->pass_end(cmd);
    assert_true(count > first);
    bool found = false;
    for (uint32_t i = first; i < count; i++) {
        if (seen[i].cb != before)
            continue;
        expect(i, TRANSFER, VK_ACCESS_2_TRANSFER_WRITE_BIT, VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT,
               VK_ACCESS_2_COLOR_ATTACHMENT_READ_BIT | VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT);
        found = true;
    }
    assert_true(found);
    harness_run(h, cmd);
    h->ops->texture_release(h->r, t);
    h->ops->texture_release(h->r, other);
    h->ops->buffer_release(h->r, a);
}

/** Once interrupted, a rendering may still write whatever its functions wrote, or begin to. */
static void test_interrupted(void **state)
{
    struct harness *h = *state;
    struct pvg_rtex *t = harness_texture(h, 70, 16, 16, PVG_W_USAGE_RENDER_TARGET);
    uint8_t *bytes;
    struct pvg_rbuf *a = harness_buffer(h, PAGE, &bytes);
    for (int late = 0; late < 3; late++) {
        struct pvg_rcmd *cmd = begin(h);
        begin_pass(h, cmd, t);
        if (late == 0)
            pvg_vkpass_writes(cmd);
        h->ops->barrier(cmd);
        if (late == 1)
            pvg_vkpass_writes(cmd);
        h->ops->pass_end(cmd);
        uint32_t last = count;
        assert_true(h->ops->fill_buffer(cmd, a, 0, 64, 1));
        assert_int_equal(count, last + 1);
        assert_true(seen[last].barrier.srcStageMask & VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT);
        assert_int_equal((seen[last].barrier.srcAccessMask & VK_ACCESS_2_SHADER_WRITE_BIT) != 0, late < 2);
        harness_run(h, cmd);
    }
    h->ops->texture_release(h->r, t);
    h->ops->buffer_release(h->r, a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_copy_between),
        cmocka_unit_test(test_rendering),
        cmocka_unit_test(test_interrupted),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
