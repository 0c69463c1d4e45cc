/* SPDX-License-Identifier: MIT */
/* Bring-up, device information, channels, shutdown (spec 01 section 8). */
#include "internal.h"

#include <stdarg.h>
#include <string.h>

bool pvg_guest_fail(struct pvg_guest *g, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(g->error, sizeof(g->error), fmt, ap);
    va_end(ap);
    return false;
}

const char *pvg_guest_error(const struct pvg_guest *g)
{
    return g->error;
}

const struct pvg_guest_stats *pvg_guest_stats(const struct pvg_guest *g)
{
    return &g->stats;
}

const struct pvg_guest_transport *pvg_guest_transport(const struct pvg_guest *g)
{
    return &g->t;
}

uint32_t pvg_guest_device_info(const struct pvg_guest *g, uint32_t key)
{
    return key < PVG_KEY_COUNT ? g->info[key] : 0;
}

uint32_t pvg_guest_pipe_count(const struct pvg_guest *g)
{
    return g->pipes;
}

struct pvg_guest_task *pvg_guest_kernel_task(struct pvg_guest *g)
{
    return g->kernel;
}

struct pvg_guest *pvg_guest_new(const struct pvg_guest_transport *t, const struct pvg_guest_config *config, char error[256])
{
    struct pvg_guest *g = calloc(1, sizeof(*g));
    if (!g) {
        snprintf(error, 256, "no memory");
        return NULL;
    }
    g->t = *t;
    if (config)
        g->config = *config;
    if (g->config.version == 0)
        g->config.version = PVG_PROTOCOL_VERSION_STOCK;
    if (g->config.fifo_pages == 0)
        g->config.fifo_pages = (uint32_t)(0x10000u >> t->page_shift);
    if (g->config.key_table_len == 0)
        g->config.key_table_len = 18;
    if (g->config.stamp_timeout_ms == 0)
        g->config.stamp_timeout_ms = 10000;
    for (uint32_t ch = 1; ch < PVG_GUEST_CHANNELS; ch++) {
        if (g->config.ring_pages[ch] == 0)
            g->config.ring_pages[ch] = 0x8000u >> t->page_shift;
    }
    return g;
}

bool pvg_guest_handshake(struct pvg_guest *g)
{
    pvg_guest_w32(g, PVG_REG_PROTOCOL_VERSION, g->config.version);
    g->version = pvg_guest_r32(g, PVG_REG_PROTOCOL_VERSION);
    if (g->version == 0 || g->version > PVG_PROTOCOL_VERSION_MAX)
        return pvg_guest_fail(g, "protocol version reads back as %u", g->version);
    g->pipes = pvg_guest_r32(g, PVG_REG_PIPE_COUNT);
    if (g->pipes < 1)
        g->pipes = 1;
    if (g->pipes > 8)
        g->pipes = 8;
    (void)pvg_guest_r32(g, PVG_REG_BUILTIN_PRESENT);
    if (g->config.pipes && g->config.pipes < g->pipes)
        g->pipes = g->config.pipes;
    return true;
}

/* Ring memory of the root FIFO is contiguous, that of a child is a list of pages. */
static uint8_t *ring_at(struct pvg_guest_fifo *f, uint32_t off, uint32_t *room)
{
    struct pvg_guest *g = f->g;
    if (!f->block) {
        *room = f->ring.size - off;
        return (uint8_t *)g->t.cpu(g->t.opaque, g->fifo_gpa) + pvg_guest_page(g) + off;
    }
    uint32_t page = (uint32_t)pvg_guest_page(g), in = off & (page - 1);
    *room = page - in;
    return (uint8_t *)g->t.cpu(g->t.opaque, f->pages[off >> g->t.page_shift]) + in;
}

static bool ring_copy_in(void *opaque, uint32_t off, const void *buf, uint32_t len)
{
    const uint8_t *src = buf;
    while (len) {
        uint32_t room;
        uint8_t *dst = ring_at(opaque, off, &room);
        uint32_t n = len < room ? len : room;
        memcpy(dst, src, n);
        src += n;
        off += n;
        len -= n;
    }
    return true;
}

bool pvg_guest_start_fifo(struct pvg_guest *g)
{
    size_t page = pvg_guest_page(g);
    if (g->config.fifo_pages < 2)
        return pvg_guest_fail(g, "the root FIFO needs at least 2 pages");
    g->stamps = g->t.alloc(g->t.opaque, g->config.fifo_pages, "root fifo", &g->fifo_gpa);
    uint8_t *root = g->t.alloc(g->t.opaque, 1, "root page", &g->root_page_gpa);
    if (!g->stamps || !root)
        return pvg_guest_fail(g, "no memory for the root FIFO");
    struct pvg_guest_fifo *f = &g->fifo[0];
    f->g = g;
    f->defined = true;
    f->ring = (struct pvg_ring){.size = (uint32_t)((g->config.fifo_pages - 1) * page), .write = ring_copy_in, .opaque = f};

    pvg_guest_w32(g, PVG_REG_FIFO_PFN, (uint32_t)(g->fifo_gpa >> g->t.page_shift));
    pvg_guest_w32(g, PVG_REG_ROOT_FIFO_OFFSET, (uint32_t)page);
    pvg_guest_w32(g, PVG_REG_ROOT_FIFO_SIZE, (uint32_t)(g->config.fifo_pages * page));
    pvg_guest_w32(g, PVG_REG_ROOT_PAGE_PFN, (uint32_t)(g->root_page_gpa >> g->t.page_shift));
    pvg_guest_w32(g, PVG_REG_ROOT_FIFO_CTL, 1);
    /* The consumer counter survives everything but a device reset: continue from it (spec 01 section 3.2). */
    f->prod = f->published = pvg_guest_r32(g, PVG_REG_ROOT_FIFO_CONS);
    return true;
}

bool pvg_guest_query_device(struct pvg_guest *g)
{
    size_t page = pvg_guest_page(g);
    struct pvg_guest_stamp stamp;
    uint8_t payload[12];
    uint8_t *reply = g->t.alloc(g->t.opaque, 1, "device info", &g->info_gpa);
    if (!reply)
        return pvg_guest_fail(g, "no memory for the device information");
    /* Real guests do not clear the page: a reply without terminator must be noticed. */
    memset(reply, 0xa5, page);
    const struct pvg_w_get_device_info q = {
        .key_table_len = g->config.key_table_len,
        .pair_capacity = (uint32_t)(page / PVG_PAIR_SIZE),
        .reply_pfn = (uint32_t)(g->info_gpa >> g->t.page_shift),
    };
    size_t n = pvg_w_get_device_info_encode(payload, sizeof(payload), &q);
    if (!pvg_guest_submit(g, 0, PVG_OP_GET_DEVICE_INFO, NULL, 0, payload, n, &stamp) || !pvg_guest_wait(g, stamp))
        return false;
    for (uint32_t key = 1; key < PVG_KEY_COUNT; key++) {
        g->info[key] = pvg_devinfo_keys[key].absent;
        if (key < g->config.key_table_len)
            pvg_w_pairs_find(reply, page, key, &g->info[key]);
    }
    if (g->info[PVG_KEY_MAX_THREADS_WIDTH] == 0)
        return pvg_guest_fail(g, "the device did not answer its limits");
    return true;
}

/* Ring memory and register block of a child channel. */
static bool channel_memory(struct pvg_guest *g, uint32_t ch)
{
    struct pvg_guest_fifo *f = &g->fifo[ch];
    uint64_t block;
    uint8_t *list = g->t.alloc(g->t.opaque, 1, "ring list", &f->list_gpa);
    f->pages = calloc(g->config.ring_pages[ch], sizeof(*f->pages));
    if (!list || !f->pages || g->config.ring_pages[ch] >= pvg_ring_list_max(g->t.page_shift))
        return pvg_guest_fail(g, "no memory for channel %u", ch);
    for (uint32_t i = 0; i < g->config.ring_pages[ch]; i++) {
        if (!g->t.alloc(g->t.opaque, 1, "ring", &f->pages[i]))
            return pvg_guest_fail(g, "no memory for the ring of channel %u", ch);
        pvg_st32(list + 4 * i, (uint32_t)(f->pages[i] >> g->t.page_shift));
        f->page_count++;
    }
    if (!pvg_child_block_gpa((uint32_t)(g->root_page_gpa >> g->t.page_shift), g->t.page_shift, ch, &block))
        return pvg_guest_fail(g, "channel %u has no register block", ch);
    f->g = g;
    f->slot = ch;
    f->block = (uint8_t *)g->t.cpu(g->t.opaque, g->root_page_gpa) + (block - g->root_page_gpa);
    f->ring = (struct pvg_ring){.size = f->page_count << g->t.page_shift, .write = ring_copy_in, .opaque = f};
    const struct pvg_w_child_block b = {.stamp_index = ch, .ring_list_pfn = (uint32_t)(f->list_gpa >> g->t.page_shift)};
    uint8_t words[PVG_CHILD_BLOCK_SIZE];

    /* The device may be rung for a channel that is still being described: it sees each word whole. */
    pvg_w_child_block_encode(words, sizeof(words), &b);
    for (size_t i = 0; i < sizeof(words); i += 4)
        pvg_st32_live(f->block + i, pvg_ld32(words + i));
    return true;
}

bool pvg_guest_define_channels(struct pvg_guest *g)
{
    struct pvg_guest_stamp stamp = {0};
    uint32_t last = PVG_CHANNEL_DISPLAY0 + g->pipes - 1;
    for (uint32_t ch = 1; ch <= last; ch++) {
        uint8_t payload[4];
        const struct pvg_w_one_id id = {.id = ch};
        size_t n = pvg_w_one_id_encode(payload, sizeof(payload), &id);
        if (!channel_memory(g, ch) || !pvg_guest_queue(g, 0, PVG_OP_DEFINE_FIFO, NULL, 0, payload, n, &stamp))
            return false;
        g->fifo[ch].defined = true;
    }
    pvg_guest_publish(g, 0);
    return pvg_guest_wait(g, stamp);
}

struct pvg_guest *pvg_guest_open(const struct pvg_guest_transport *t, const struct pvg_guest_config *config, char error[256])
{
    struct pvg_guest *g = pvg_guest_new(t, config, error);
    if (!g)
        return NULL;
    const struct pvg_guest_task_config kernel = {.id = 0, .kernel = true};
    if (pvg_guest_handshake(g) && pvg_guest_start_fifo(g) && pvg_guest_query_device(g) && pvg_guest_define_channels(g) &&
        pvg_guest_task_create(g, &kernel))
        return g;
    snprintf(error, 256, "%s", g->error);
    pvg_guest_close(g);
    return NULL;
}

void pvg_guest_fifo_fini(struct pvg_guest *g, uint32_t ch)
{
    struct pvg_guest_fifo *f = &g->fifo[ch];
    for (uint32_t i = 0; i < f->page_count; i++)
        g->t.free(g->t.opaque, f->pages[i], 1);
    free(f->pages);
    if (f->list_gpa)
        g->t.free(g->t.opaque, f->list_gpa, 1);
    *f = (struct pvg_guest_fifo){0};
}

/* FreeFIFO for every child; the stamps of its packets are in memory by then. */
static void free_channels(struct pvg_guest *g)
{
    struct pvg_guest_stamp stamp = {0};
    bool any = false;
    for (uint32_t ch = PVG_GUEST_CHANNELS - 1; ch > 0; ch--) {
        uint8_t payload[4];
        const struct pvg_w_one_id id = {.id = ch};
        if (!g->fifo[ch].defined)
            continue;
        size_t n = pvg_w_one_id_encode(payload, sizeof(payload), &id);
        any |= pvg_guest_queue(g, 0, PVG_OP_FREE_FIFO, NULL, 0, payload, n, &stamp);
    }
    if (!any)
        return;
    pvg_guest_publish(g, 0);
    pvg_guest_wait(g, stamp);
}

void pvg_guest_close(struct pvg_guest *g)
{
    if (!g)
        return;
    if (g->fifo[0].defined)
        pvg_guest_idle(g);
    for (uint32_t i = 0; i < 8; i++)
        pvg_guest_display_close(g->displays[i]);
    while (g->tasks)
        pvg_guest_task_destroy(g->tasks);
    if (g->fifo[0].defined) {
        free_channels(g);
        pvg_guest_w32(g, PVG_REG_ROOT_FIFO_CTL, 0);
    }
    for (uint32_t ch = 1; ch < PVG_GUEST_CHANNELS; ch++)
        pvg_guest_fifo_fini(g, ch);
    if (g->map_ring_gpa)
        g->t.free(g->t.opaque, g->map_ring_gpa, 1);
    if (g->map_device_gpa)
        g->t.free(g->t.opaque, g->map_device_gpa, 1);
    if (g->info_gpa)
        g->t.free(g->t.opaque, g->info_gpa, 1);
    if (g->root_page_gpa)
        g->t.free(g->t.opaque, g->root_page_gpa, 1);
    if (g->fifo_gpa)
        g->t.free(g->t.opaque, g->fifo_gpa, g->config.fifo_pages);
    free(g->scratch);
    free(g);
}
