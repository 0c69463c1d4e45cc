/* SPDX-License-Identifier: MIT */
/** @file Rings, waits, holds, stamps and faults (spec 02 sections 2 to 5, 11, 12 and 15). */
#include "harness.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { RING = 0xf00 }; /* Not a power of two. */

static int setup12(void **state)
{
    *state = guest_new(12, PVG_VARIANT_PCI);
    guest_bring_up(*state, RING);
    return 0;
}

static int setup14(void **state)
{
    *state = guest_new(14, PVG_VARIANT_PLATFORM);
    guest_bring_up(*state, 0xc000);
    return 0;
}

static int teardown(void **state)
{
    guest_free(*state);
    return 0;
}

static void define_task(struct guest *g, uint32_t raw, uint32_t stamp)
{
    uint8_t payload[16];

    pvg_st32(payload, raw);
    pvg_st64(payload + 4, 0x180000000ull);
    pvg_st32(payload + 12, GUEST_TASK_PFN);
    guest_send(g, 0, PVG_OP_DEFINE_TASK2, stamp, payload, sizeof(payload));
}

/** A submission of task 1 without resources whose only command buffer is empty. */
static size_t exec_payload(uint8_t out[28])
{
    memset(out, 0, 28);
    pvg_st32(out, 1);
    pvg_st32(out + 8, 1);
    return 28;
}

static void root_packet_retires(void **state)
{
    struct guest *g = *state;

    guest_send(g, 0, PVG_OP_NOP, 7, NULL, 0);
    assert_int_equal(guest_r32(g, PVG_REG_ROOT_FIFO_CONS), 12);
    assert_int_equal(guest_stamp(g, 0), 7);
    assert_int_equal(guest_r32(g, PVG_REG_IRQ_STAMP), 1);
    assert_true(atomic_load(&g->interrupts) >= 1);
}

/** Packets of odd sizes across the ring end, many times around, on both rings. */
static void rings_wrap(void **state)
{
    struct guest *g = *state;
    uint32_t size = guest_r32(g, PVG_REG_ROOT_FIFO_SIZE) - (1u << g->shift), total = 0;
    uint8_t junk[300];

    memset(junk, 0xa5, sizeof(junk));
    guest_child(g, 3, 3);
    for (uint32_t i = 1; total < 5 * size; i++) {
        size_t plen = i * 37 % sizeof(junk);

        total += 12 + (uint32_t)plen;
        guest_send(g, 0, PVG_OP_DEBUG, i, junk, plen);
        assert_int_equal(guest_r32(g, PVG_REG_ROOT_FIFO_CONS), g->root_pos);
        assert_int_equal(guest_stamp(g, 0), i);
        guest_send(g, 3, PVG_OP_DEBUG, i, junk, plen);
        assert_int_equal(guest_stamp(g, 3), i);
    }
    assert_false(guest_logged(g, "stops"));
}

static void child_head_is_written(void **state)
{
    struct guest *g = *state;
    uint64_t block = 0;

    g->pos[2] = 0xfffffff0u; /* Counters are free-running: 2 pages divide 2^32. */
    guest_child(g, 2, 2);
    for (uint32_t i = 1; i <= 4; i++)
        guest_put(g, 2, PVG_OP_NOP, 0xfffffffeu + i, NULL, 0, NULL, 0);
    guest_ring(g, 2);
    guest_idle(g);
    pvg_child_block_gpa(GUEST_ROOT_PFN, g->shift, 2, &block);
    assert_int_equal(guest_load(g, block + PVG_CHILD_HEAD), g->pos[2]);
    assert_int_equal(guest_stamp(g, 2), 2);
    assert_int_equal(guest_r32(g, PVG_REG_IRQ_STAMP), 1u << 2);
}

static void kick_ignores_ctl(void **state)
{
    struct guest *g = *state;

    guest_idle(g); /* The enabling write rang as well. */
    guest_w32(g, PVG_REG_ROOT_FIFO_CTL, 0);
    guest_put(g, 0, PVG_OP_NOP, 9, NULL, 0, NULL, 0);
    guest_ring(g, 0);
    guest_idle(g);
    assert_int_equal(guest_r32(g, PVG_REG_ROOT_FIFO_CONS), 0);
    guest_w32(g, PVG_REG_ROOT_KICK, 1);
    guest_idle(g);
    assert_int_equal(guest_stamp(g, 0), 9);
    guest_put(g, 0, PVG_OP_NOP, 10, NULL, 0, NULL, 0);
    guest_ring(g, 0);
    guest_w32(g, PVG_REG_ROOT_FIFO_CTL, 1);
    guest_wait_stamp(g, 0, 10);
}

/** A tail that moves without a doorbell is found by the rescue tick. */
static void lost_doorbell(void **state)
{
    struct guest *g = *state;
    uint64_t block = 0;

    guest_child(g, 1, 1);
    guest_send(g, 1, PVG_OP_NOP, 1, NULL, 0);
    pvg_child_block_gpa(GUEST_ROOT_PFN, g->shift, 1, &block);
    guest_put(g, 1, PVG_OP_NOP, 2, NULL, 0, NULL, 0);
    guest_store(g, block + PVG_CHILD_TAIL, g->pos[1]);
    guest_wait_stamp(g, 1, 2);
}

static void unpublished_ring_is_picked_up(void **state)
{
    struct guest *g = *state;

    guest_w32(g, PVG_REG_CH_BELL, 6);
    guest_idle(g);
    guest_child(g, 6, 1);
    guest_put(g, 6, PVG_OP_NOP, 3, NULL, 0, NULL, 0);
    guest_store(g, ((uint64_t)GUEST_ROOT_PFN << g->shift) + 0x400 + 5 * 0x14, g->pos[6]);
    guest_wait_stamp(g, 6, 3);
    assert_false(guest_logged(g, "stops"));
}

/* ---- Waits
 * ------------------------------------------------------------------------------------------------------------------------- */

static void wait_holds_and_releases(void **state)
{
    const struct pvg_w_wait wait = {.index = 5, .value = 7};
    struct guest *g = *state;
    uint64_t block = 0;

    guest_child(g, 1, 1);
    guest_child(g, 5, 1);
    pvg_child_block_gpa(GUEST_ROOT_PFN, g->shift, 1, &block);
    guest_put(g, 1, PVG_OP_NOP, 0xabc, &wait, 1, NULL, 0);
    guest_ring(g, 1);
    guest_idle(g);
    assert_int_equal(guest_load(g, block + PVG_CHILD_HEAD), 0);
    assert_int_equal(guest_stamp(g, 1), 0);
    assert_int_equal(guest_r32(g, PVG_REG_IRQ_STAMP), 0);
    guest_send(g, 5, PVG_OP_NOP, 6, NULL, 0);
    assert_int_equal(guest_stamp(g, 1), 0);
    guest_send(g, 5, PVG_OP_NOP, 7, NULL, 0);
    assert_int_equal(guest_stamp(g, 1), 0xabc);
}

/** Wrapped comparison, and two FIFOs that wait for each other in turn. */
static void waits_wrap_and_chain(void **state)
{
    struct guest *g = *state;
    struct pvg_w_wait wait = {.index = 2, .value = 0xfffffffe};

    guest_child(g, 1, 1);
    guest_child(g, 2, 1);
    guest_store(g, ((uint64_t)GUEST_FIFO_PFN << g->shift) + 8, 4);
    guest_put(g, 1, PVG_OP_NOP, 1, &wait, 1, NULL, 0);
    guest_ring(g, 1);
    guest_idle(g);
    assert_int_equal(guest_stamp(g, 1), 1);

    wait = (struct pvg_w_wait){.index = 2, .value = 5};
    guest_put(g, 1, PVG_OP_NOP, 2, &wait, 1, NULL, 0);
    wait = (struct pvg_w_wait){.index = 1, .value = 2};
    guest_put(g, 2, PVG_OP_NOP, 5, NULL, 0, NULL, 0);
    guest_put(g, 2, PVG_OP_NOP, 6, &wait, 1, NULL, 0);
    wait = (struct pvg_w_wait){.index = 2, .value = 6};
    guest_put(g, 1, PVG_OP_NOP, 3, &wait, 1, NULL, 0);
    guest_ring(g, 1);
    guest_ring(g, 2);
    guest_idle(g);
    assert_int_equal(guest_stamp(g, 1), 3);
    assert_int_equal(guest_stamp(g, 2), 6);
}

static void undecidable_waits_run(void **state)
{
    struct guest *g = *state;
    const struct pvg_w_wait waits[] = {{.index = 3, .value = 99}, {.index = 1u << (g->shift - 2), .value = 1}};
    const struct pvg_w_wait own = {.index = 1, .value = 1000};

    guest_child(g, 1, 1);
    guest_put(g, 1, PVG_OP_NOP, 1, waits, 2, NULL, 0);
    guest_ring(g, 1);
    guest_idle(g);
    assert_int_equal(guest_stamp(g, 1), 1);
    assert_true(guest_logged(g, "cannot be read"));
    guest_put(g, 1, PVG_OP_NOP, 2, &own, 1, NULL, 0);
    guest_ring(g, 1);
    guest_idle(g);
    assert_int_equal(guest_stamp(g, 1), 2);
}

/** A hundred waits are evaluated, not refused. */
static void many_waits(void **state)
{
    struct guest *g = *state;
    struct pvg_w_wait waits[100];

    guest_child(g, 1, 1);
    for (uint32_t i = 0; i < 100; i++)
        waits[i] = (struct pvg_w_wait){.index = 40 + i, .value = 0};
    waits[99].value = 1;
    guest_put(g, 1, PVG_OP_NOP, 1, waits, 100, NULL, 0);
    guest_ring(g, 1);
    guest_idle(g);
    assert_int_equal(guest_stamp(g, 1), 0);
    guest_store(g, ((uint64_t)GUEST_FIFO_PFN << g->shift) + 4 * 139, 1);
    guest_wait_stamp(g, 1, 1);
}

/* ---- Stamps behind work
 * -------------------------------------------------------------------------------------------------------------- */

/** CPU-only packets queue behind unfinished work, also of another FIFO; nothing goes backwards. */
static void stamps_follow_work(void **state)
{
    struct guest *g = *state;
    uint8_t exec[28];

    guest_child(g, 1, 1);
    guest_child(g, 2, 1);
    define_task(g, 2, 1);
    doubles_hold(true);
    guest_put(g, 1, PVG_OP_EXEC_INDIRECT2, 0xfffffffe, NULL, 0, exec, exec_payload(exec));
    guest_put(g, 1, PVG_OP_NOP, 0xffffffff, NULL, 0, NULL, 0);
    guest_put(g, 1, PVG_OP_EXEC_INDIRECT2, 0, NULL, 0, exec, exec_payload(exec));
    guest_put(g, 1, PVG_OP_NOP, 1, NULL, 0, NULL, 0);
    guest_ring(g, 1);
    guest_put(g, 2, PVG_OP_NOP, 1, NULL, 0, NULL, 0);
    guest_ring(g, 2);
    assert_false(pvg_device_wait_idle(g->dev, 50));
    assert_int_equal(guest_stamp(g, 1), 0);
    assert_int_equal(guest_stamp(g, 2), 0);
    doubles_release(1);
    assert_int_equal(guest_stamp(g, 1), 0xfffffffe);
    doubles_hold(false);
    guest_idle(g);
    assert_int_equal(guest_stamp(g, 1), 1);
    assert_int_equal(guest_stamp(g, 2), 1);
}

/** A held FIFO continues as soon as the completion thread publishes what it waits for. */
static void completion_releases_hold(void **state)
{
    const struct pvg_w_wait wait = {.index = 1, .value = 1};
    struct guest *g = *state;
    uint8_t exec[28];

    guest_child(g, 1, 1);
    guest_child(g, 4, 1);
    define_task(g, 2, 1);
    doubles_hold(true);
    guest_put(g, 1, PVG_OP_EXEC_INDIRECT2, 1, NULL, 0, exec, exec_payload(exec));
    guest_put(g, 4, PVG_OP_NOP, 1, &wait, 1, NULL, 0);
    guest_ring(g, 1);
    guest_ring(g, 4);
    assert_false(pvg_device_wait_idle(g->dev, 30));
    assert_int_equal(guest_stamp(g, 4), 0);
    doubles_hold(false);
    guest_idle(g);
    assert_int_equal(guest_stamp(g, 1), 1);
    assert_int_equal(guest_stamp(g, 4), 1);
}

/** A redefined FIFO may start lower, and what its previous life still owes goes to the slot of that life. */
static void redefined_fifo_starts_lower(void **state)
{
    struct guest *g = *state;
    uint8_t exec[28], id[4] = {1};

    guest_child(g, 1, 1);
    define_task(g, 2, 1);
    guest_send(g, 1, PVG_OP_NOP, 1000, NULL, 0);
    doubles_hold(true);
    guest_put(g, 1, PVG_OP_EXEC_INDIRECT2, 1001, NULL, 0, exec, exec_payload(exec));
    guest_ring(g, 1);
    assert_false(pvg_device_wait_idle(g->dev, 30));
    guest_put(g, 0, PVG_OP_FREE_FIFO, 2, NULL, 0, id, 4);
    guest_put(g, 0, PVG_OP_DEFINE_FIFO, 3, NULL, 0, id, 4);
    guest_ring(g, 0);
    doubles_hold(false);
    guest_idle(g);
    assert_int_equal(guest_stamp(g, 1), 1001);
    guest_send(g, 1, PVG_OP_NOP, 5, NULL, 0);
    assert_int_equal(guest_stamp(g, 1), 5);
}

static void no_slot_no_stamp(void **state)
{
    struct guest *g = *state;
    uint64_t block = 0;
    uint32_t interrupts;

    guest_child(g, 2, 1);
    pvg_child_block_gpa(GUEST_ROOT_PFN, g->shift, 2, &block);
    guest_store(g, block + PVG_CHILD_STAMP_INDEX, 1u << (g->shift - 2));
    interrupts = atomic_load(&g->interrupts);
    guest_send(g, 2, PVG_OP_NOP, 0x55, NULL, 0);
    assert_int_equal(guest_load(g, block + PVG_CHILD_HEAD), g->pos[2]);
    assert_int_equal(atomic_load(&g->interrupts), interrupts);
    /* The word behind the stamp page is the first of the root ring. */
    assert_int_not_equal(guest_load(g, ((uint64_t)GUEST_FIFO_PFN + 1) << g->shift), 0x55);
    assert_true(guest_logged(g, "does not exist"));
}

/** Slots above 31 share status bits. */
static void high_slot_bit(void **state)
{
    struct guest *g = *state;
    uint64_t block = 0;

    guest_child(g, 2, 1);
    pvg_child_block_gpa(GUEST_ROOT_PFN, g->shift, 2, &block);
    guest_store(g, block + PVG_CHILD_STAMP_INDEX, 0x10000 + 37);
    guest_send(g, 2, PVG_OP_NOP, 0x55, NULL, 0);
    assert_int_equal(guest_stamp(g, 37), 0x55);
    assert_int_equal(guest_r32(g, PVG_REG_IRQ_STAMP), 1u << 5);
}

/* ---- Faults
 * ---------------------------------------------------------------------------------------------------------------------------- */

static void header(uint8_t out[12], uint16_t op, uint16_t waits, uint32_t total, uint32_t stamp)
{
    pvg_w_packet_header_encode(out, 12, &(struct pvg_w_packet_header){op, waits, total, stamp});
}

static void malformed_headers_stop_the_fifo(void **state)
{
    static const struct {
        uint16_t waits;
        uint32_t total;
    } bad[] = {{0, 4}, {0, 11}, {0, 0x1001}, {0, 0xffffffff}, {0xffff, 44}, {1, 19}};
    struct guest *g = *state;

    for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint32_t ch = i + 1, start;
        uint8_t bytes[44] = {0};
        uint64_t block = 0;

        guest_child(g, ch, 1);
        pvg_child_block_gpa(GUEST_ROOT_PFN, g->shift, ch, &block);
        header(bytes, PVG_OP_NOP, bad[i].waits, bad[i].total, 0x77);
        start = g->pos[ch];
        guest_put_raw(g, ch, bytes, sizeof(bytes));
        guest_ring(g, ch);
        guest_idle(g);
        assert_int_equal(guest_load(g, block + PVG_CHILD_HEAD), start);
        assert_int_equal(guest_stamp(g, ch), 0);
        assert_true(guest_logged(g, "stops at position"));

        /* FreeFIFO and DefineFIFO with a new ring bring it back. */
        g->pos[ch] = 0;
        guest_child(g, ch, 1);
        guest_send(g, ch, PVG_OP_NOP, 1, NULL, 0);
        assert_int_equal(guest_stamp(g, ch), 1);
    }
}

static void incomplete_packet_waits(void **state)
{
    struct guest *g = *state;
    uint8_t bytes[16] = {0};

    header(bytes, PVG_OP_DEBUG, 0, 16, 5);
    guest_put_raw(g, 0, bytes, 12);
    guest_ring(g, 0);
    guest_idle(g);
    assert_int_equal(guest_r32(g, PVG_REG_ROOT_FIFO_CONS), 0);
    assert_false(guest_logged(g, "stops"));
    guest_put_raw(g, 0, bytes + 12, 4);
    guest_ring(g, 0);
    guest_idle(g);
    assert_int_equal(guest_stamp(g, 0), 5);
}

static void desync_stops(void **state)
{
    struct guest *g = *state;

    guest_w32(g, PVG_REG_ROOT_FIFO_PROD, RING + 1);
    guest_idle(g);
    assert_int_equal(guest_r32(g, PVG_REG_ROOT_FIFO_CONS), 0);
    assert_true(guest_logged(g, "fifo 0 stops"));
}

static void ring_outside_ram(void **state)
{
    struct guest *g = *state;
    uint64_t block = 0;

    guest_child(g, 1, 1);
    pvg_child_block_gpa(GUEST_ROOT_PFN, g->shift, 1, &block);
    guest_store(g, (uint64_t)GUEST_LIST_PFN(1) << g->shift, 0x7fffffff);
    guest_store(g, block + PVG_CHILD_TAIL, 12);
    guest_w32(g, PVG_REG_CH_BELL, 1);
    guest_idle(g);
    assert_true(guest_logged(g, "fifo 1 stops"));
    guest_w32(g, PVG_REG_ROOT_PAGE_PFN, 0x7fffffff);
    guest_w32(g, PVG_REG_CH_BELL, 1);
    guest_w32(g, PVG_REG_FIFO_PFN, 0x7fffffff);
    guest_w32(g, PVG_REG_ROOT_FIFO_PROD, 12);
    guest_idle(g);
    assert_int_equal(guest_r32(g, PVG_REG_ROOT_FIFO_CONS), 0);
}

/** Every unknown and deprecated opcode, and everything above 0x40, retires. */
static void all_opcodes_retire(void **state)
{
    struct guest *g = *state;
    struct pvg_stats stats = {.size = sizeof(stats)};

    guest_child(g, 7, 2);
    for (uint32_t op = 0; op < 0x48; op++) {
        uint16_t code = op < 0x44 ? (uint16_t)op : (uint16_t)(op << 8);

        guest_send(g, 0, code, op + 1, NULL, 0);
        assert_int_equal(guest_stamp(g, 0), op + 1);
        guest_send(g, 7, code, op + 1, NULL, 0);
        assert_int_equal(guest_stamp(g, 7), op + 1);
    }
    pvg_device_stats(g->dev, &stats);
    assert_int_equal(stats.packets, 2 * 0x48);
    assert_true(stats.packets_refused > 2 * 34);
}

/* ---- Displays that are full
 * -------------------------------------------------------------------------------------------------------------- */

static void full_display_holds_only_itself(void **state)
{
    struct guest *g = *state;
    uint8_t present[12] = {0};

    guest_child(g, 5, 1);
    guest_child(g, 1, 1);
    doubles_display_full(true);
    guest_put(g, 5, PVG_OP_DISPLAY_TRANSACTION2, 1, NULL, 0, present, 12);
    guest_ring(g, 5);
    guest_send(g, 1, PVG_OP_NOP, 1, NULL, 0);
    assert_int_equal(guest_stamp(g, 5), 0);
    assert_int_equal(guest_stamp(g, 1), 1);
    doubles_display_full(false);
    pvg_device_kick(g->dev);
    guest_idle(g);
    assert_int_equal(guest_stamp(g, 5), 1);
}

/** A present runs behind what other FIFOs published without a doorbell. */
static void present_serves_others_first(void **state)
{
    struct guest *g = *state;
    uint8_t present[12] = {0}, id[4] = {9};
    uint64_t block = 0;
    const char *task, *display;

    guest_child(g, 5, 1);
    guest_child(g, 9, 1);
    guest_send(g, 0, PVG_OP_DEFINE_FIFO, 1, id, 4);
    define_task(g, 2, 2);
    guest_w32(g, PVG_REG_ROOT_FIFO_CTL, 0); /* No rescue tick from here on. */
    guest_idle(g);
    id[0] = 1;
    guest_put(g, 9, PVG_OP_DELETE_TASK, 1, NULL, 0, id, 4);
    pvg_child_block_gpa(GUEST_ROOT_PFN, g->shift, 9, &block);
    guest_store(g, block + PVG_CHILD_TAIL, g->pos[9]);
    guest_send(g, 5, PVG_OP_DISPLAY_TRANSACTION2, 1, present, 12);
    task = strstr(doubles_calls(), "end 1\n");
    display = strstr(doubles_calls(), "display 5");
    assert_non_null(task);
    assert_non_null(display);
    assert_true(task < display);
}

/* ---- Doorbell descriptors
 * --------------------------------------------------------------------------------------------------------------- */

static void doorbell_fds(void **state)
{
    struct guest *g = *state;
    int root = pvg_eventfd_create(), child = pvg_eventfd_create();
    uint64_t block = 0;

    guest_child(g, 3, 1);
    assert_int_equal(pvg_device_add_doorbell_fd(g->dev, PVG_DOORBELL_CHANNEL, 0, child), -EINVAL);
    assert_int_equal(pvg_device_add_doorbell_fd(g->dev, PVG_DOORBELL_CHANNEL, 32, child), -EINVAL);
    assert_int_equal(pvg_device_add_doorbell_fd(g->dev, PVG_DOORBELL_CHANNEL, 3, child), 0);
    assert_int_equal(pvg_device_add_doorbell_fd(g->dev, PVG_DOORBELL_CHANNEL, 3, child), -EEXIST);
    assert_int_equal(pvg_device_add_doorbell_fd(g->dev, PVG_DOORBELL_ROOT, 0, root), 0);
    guest_w32(g, PVG_REG_ROOT_FIFO_CTL, 0);

    guest_put(g, 0, PVG_OP_NOP, 1, NULL, 0, NULL, 0);
    guest_w32(g, PVG_REG_ROOT_FIFO_PROD, g->root_pos);
    pvg_eventfd_signal(root);
    guest_wait_stamp(g, 0, 1);
    pvg_child_block_gpa(GUEST_ROOT_PFN, g->shift, 3, &block);
    guest_put(g, 3, PVG_OP_NOP, 2, NULL, 0, NULL, 0);
    guest_store(g, block + PVG_CHILD_TAIL, g->pos[3]);
    pvg_eventfd_signal(child);
    guest_wait_stamp(g, 3, 2);

    assert_int_equal(pvg_device_remove_doorbell_fd(g->dev, root), 0);
    assert_int_equal(pvg_device_remove_doorbell_fd(g->dev, root), -ENOENT);
    pvg_eventfd_signal(root);
    guest_idle(g);
    assert_true(pvg_eventfd_drain(root));
    /* Reset empties what is still registered. */
    pvg_device_pause(g->dev);
    pvg_eventfd_signal(child);
    pvg_device_reset(g->dev);
    assert_false(pvg_eventfd_drain(child));
    pvg_device_unpause(g->dev);
    assert_int_equal(pvg_device_remove_doorbell_fd(g->dev, child), 0);
    close(root);
    close(child);
}

#define T12(f) cmocka_unit_test_setup_teardown(f, setup12, teardown)
#define T14(f) {#f " (shift 14)", f, setup14, teardown, NULL}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T12(root_packet_retires),
        T14(root_packet_retires),
        T12(rings_wrap),
        T14(rings_wrap),
        T12(child_head_is_written),
        T14(child_head_is_written),
        T12(kick_ignores_ctl),
        T12(lost_doorbell),
        T12(unpublished_ring_is_picked_up),
        T12(wait_holds_and_releases),
        T14(wait_holds_and_releases),
        T12(waits_wrap_and_chain),
        T12(undecidable_waits_run),
        T14(undecidable_waits_run),
        T12(many_waits),
        T12(stamps_follow_work),
        T12(completion_releases_hold),
        T12(redefined_fifo_starts_lower),
        T12(no_slot_no_stamp),
        T14(no_slot_no_stamp),
        T12(high_slot_bit),
        T12(malformed_headers_stop_the_fifo),
        T12(incomplete_packet_waits),
        T12(desync_stops),
        T12(ring_outside_ram),
        T12(all_opcodes_retire),
        T12(full_display_holds_only_itself),
        T12(present_serves_others_first),
        T12(doorbell_fds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
