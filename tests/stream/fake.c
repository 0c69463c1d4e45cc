/* SPDX-License-Identifier: MIT */
#include "fake.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct pvg_render *(*fake_create_renderer)(const struct pvg_render_config *config, struct pvg_error *err) = pvg_null_render_create;

static struct pvg_rspan page_span(struct pvg_device *dev, uint64_t gpa)
{
    return (struct pvg_rspan){.host = dev->ram + gpa, .size = FAKE_PAGE, .gpa = gpa, .fd = dev->ram_fd, .fd_offset = gpa};
}

/* ---- Services of the core ---- */

struct pvg_task *pvg_task_find(struct pvg_device *dev, uint32_t id)
{
    return id < FAKE_TASKS && dev->tasks[id].live ? &dev->tasks[id].task : NULL;
}

static struct fake_task *fake_of(struct pvg_task *task)
{
    return &task->dev->tasks[task->id];
}

/** Host pointer of the byte at gva, NULL if unmapped. */
static uint8_t *host_of(struct pvg_task *task, uint64_t gva)
{
    uint64_t page = gva / FAKE_PAGE;
    uint64_t gpa = page < FAKE_TASK_PAGES ? fake_of(task)->map[page] : FAKE_UNMAPPED;

    return gpa == FAKE_UNMAPPED ? NULL : task->dev->ram + gpa + gva % FAKE_PAGE;
}

bool pvg_task_read(struct pvg_task *task, uint64_t gva, void *buf, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const uint8_t *p = gva + i < gva ? NULL : host_of(task, gva + i);
        if (!p)
            return false;
        ((uint8_t *)buf)[i] = *p;
    }
    return true;
}

bool pvg_task_write(struct pvg_task *task, uint64_t gva, const void *buf, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t *p = gva + i < gva ? NULL : host_of(task, gva + i);
        if (!p)
            return false;
        *p = ((const uint8_t *)buf)[i];
    }
    return true;
}

bool pvg_task_spans(struct pvg_task *task, uint64_t gva, uint64_t len, bool allow_holes, struct pvg_rspan **spans, size_t *count)
{
    uint64_t first = gva / FAKE_PAGE, pages = (gva % FAKE_PAGE + len + FAKE_PAGE - 1) / FAKE_PAGE;
    struct pvg_rspan *list = calloc(pages ? pages : 1, sizeof(*list));

    for (uint64_t i = 0; i < pages; i++) {
        uint64_t gpa = first + i < FAKE_TASK_PAGES ? fake_of(task)->map[first + i] : FAKE_UNMAPPED;
        if (gpa == FAKE_UNMAPPED && !allow_holes) {
            free(list);
            return false;
        }
        list[i] = (struct pvg_rspan){.size = FAKE_PAGE, .fd = -1};
        if (gpa != FAKE_UNMAPPED)
            list[i] = page_span(task->dev, gpa);
    }
    *spans = list;
    *count = pages;
    return true;
}

bool pvg_gpa_spans(struct pvg_device *dev, const uint64_t *page_gpas, size_t pages, struct pvg_rspan **spans, size_t *count)
{
    struct pvg_rspan *list = calloc(pages ? pages : 1, sizeof(*list));

    for (size_t i = 0; i < pages; i++) {
        if (page_gpas[i] >= (uint64_t)FAKE_RAM_PAGES * FAKE_PAGE) {
            free(list);
            return false;
        }
        list[i] = page_span(dev, page_gpas[i]);
    }
    *spans = list;
    *count = pages;
    return true;
}

bool pvg_device_control_overlap(struct pvg_device *dev, const struct pvg_rspan *spans, size_t count, uint64_t *hit)
{
    for (size_t i = 0; i < count; i++) {
        *hit = spans[i].gpa;
        if (dev->control_page && spans[i].gpa <= dev->control_page && dev->control_page < spans[i].gpa + spans[i].size)
            return true;
    }
    return false;
}

uint32_t pvg_device_page_shift(const struct pvg_device *dev)
{
    return 12;
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

struct pvg_exec_stats *pvg_device_exec_stats(struct pvg_device *dev)
{
    return &dev->stats;
}

/* ---- Spied renderer ---- */

static struct pvg_device *spied;

static bool spy_load(struct pvg_rcmd *cmd, struct pvg_rtex *tex)
{
    spied->calls.loads++;
    return spied->real->texture_load(cmd, tex);
}

static bool spy_store(struct pvg_rcmd *cmd, struct pvg_rtex *tex)
{
    spied->calls.stores++;
    spied->calls.last_store = tex;
    return spied->real->texture_store(cmd, tex);
}

static bool spy_pass_begin(struct pvg_rcmd *cmd, const struct pvg_rpass *pass)
{
    spied->calls.passes++;
    spied->calls.pass = *pass;
    return spied->real->pass_begin(cmd, pass);
}

static bool spy_draw(struct pvg_rcmd *cmd, const struct pvg_rdraw *draw)
{
    spied->calls.draws++;
    spied->calls.draw = *draw;
    return spied->accept_draws;
}

static bool spy_dispatch(struct pvg_rcmd *cmd, const uint32_t a[3], const uint32_t b[3])
{
    spied->calls.dispatches++;
    return spied->accept_draws;
}

static void spy_barrier(struct pvg_rcmd *cmd)
{
    spied->calls.barriers++;
}

static void spy_invalidate(struct pvg_render *r, struct pvg_rbuf *buf)
{
    spied->calls.invalidates++;
}

static void spy_set_buffer(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, struct pvg_rbuf *buf, uint64_t offset,
                           uint32_t stride)
{
    if (!buf)
        return;
    spied->calls.buffers_bound++;
    spied->calls.buffer_offset = offset;
    spied->calls.buffer_stride = stride;
}

static void spy_set_texture(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, struct pvg_rtex *tex)
{
    spied->calls.textures_bound += tex != NULL;
}

static void spy_set_sampler(struct pvg_rcmd *cmd, enum pvg_rstage stage, uint32_t index, struct pvg_rsampler *s, const float lod[2])
{
    spied->calls.samplers_bound += s != NULL;
    spied->calls.has_lod = lod != NULL;
    if (lod)
        memcpy(spied->calls.lod, lod, sizeof(spied->calls.lod));
}

static void spy_viewports(struct pvg_rcmd *cmd, uint32_t count, const struct pvg_rviewport *vp)
{
    spied->calls.viewport_count = count;
    spied->calls.viewport = vp[0];
}

static void spy_scissors(struct pvg_rcmd *cmd, uint32_t count, const struct pvg_rscissor *sc)
{
    spied->calls.scissor_count = count;
    spied->calls.scissor = sc[0];
}

static void log_line(void *opaque, enum pvg_log_level level, const char *line)
{
    struct pvg_device *dev = opaque;

    dev->log_lines++;
    if (level == PVG_LOG_ERROR) {
        dev->errors++;
        fprintf(stderr, "%s\n", line);
    }
    snprintf(dev->last_log, sizeof(dev->last_log), "%s", line);
}

/* ---- Life ---- */

static void start_task(struct pvg_device *dev, uint32_t id)
{
    struct fake_task *t = &dev->tasks[id];

    for (size_t i = 0; i < FAKE_TASK_PAGES; i++)
        t->map[i] = FAKE_UNMAPPED;
    t->task = (struct pvg_task){
        .dev = dev, .id = id, .kernel = id == 0, .list_gva = FAKE_LIST_PAGE * FAKE_PAGE, .list_count = FAKE_LIST_COUNT};
    t->live = true;
    fake_map(t, FAKE_LIST_PAGE, 4);
    fake_map(t, FAKE_DESC_PAGE, 16);
    t->task.objects = pvg_objects_create(&t->task);
    assert_non_null(t->task.objects);
}

int fake_setup(void **state)
{
    struct pvg_device *dev = calloc(1, sizeof(*dev));
    struct pvg_error err;

    const size_t size = (size_t)FAKE_RAM_PAGES * FAKE_PAGE;
    dev->ram_fd = memfd_create("guest", MFD_CLOEXEC);
    assert_true(dev->ram_fd >= 0);
    assert_int_equal(ftruncate(dev->ram_fd, (off_t)size), 0);
    dev->ram = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, dev->ram_fd, 0);
    assert_ptr_not_equal(dev->ram, MAP_FAILED);
    dev->next_page = (uint64_t)FAKE_RAM_PAGES * FAKE_PAGE;
    pvg_log_init(&dev->log, log_line, dev, PVG_LOG_DEBUG);
    struct pvg_render_config config = {.log = &dev->log};
    dev->render = fake_create_renderer(&config, &err);
    if (!dev->render)
        fail_msg("%s", err.message);
    struct pvg_ram_region region = {.size = size, .host = dev->ram, .fd = dev->ram_fd};
    dev->render->ops->ram_add(dev->render, &region);
    spied = dev;
    dev->real = dev->render->ops;
    dev->ops = *dev->real;
    dev->ops.texture_load = spy_load;
    dev->ops.texture_store = spy_store;
    dev->ops.pass_begin = spy_pass_begin;
    dev->ops.draw = spy_draw;
    dev->ops.dispatch = spy_dispatch;
    dev->ops.dispatch_threads = spy_dispatch;
    dev->ops.barrier = spy_barrier;
    dev->ops.buffer_invalidate = spy_invalidate;
    dev->ops.set_buffer = spy_set_buffer;
    dev->ops.set_texture = spy_set_texture;
    dev->ops.set_sampler = spy_set_sampler;
    dev->ops.set_viewports = spy_viewports;
    dev->ops.set_scissors = spy_scissors;
    dev->render->ops = &dev->ops;
    dev->surfaces = pvg_surfaces_create(dev);
    assert_non_null(dev->surfaces);
    for (uint32_t i = 0; i < FAKE_TASKS; i++)
        start_task(dev, i);
    *state = dev;
    return 0;
}

int fake_teardown(void **state)
{
    struct pvg_device *dev = *state;

    for (uint32_t i = 0; i < FAKE_TASKS; i++) {
        if (dev->tasks[i].live)
            pvg_objects_destroy(dev->tasks[i].task.objects);
    }
    pvg_surfaces_destroy(dev->surfaces);
    assert_int_equal(dev->stats.objects_created, dev->stats.objects_destroyed);
    assert_int_equal(dev->errors, 0); /* of the Vulkan validation layer, for instance */
    dev->render->ops->ram_remove(dev->render, 0, (uint64_t)FAKE_RAM_PAGES * FAKE_PAGE);
    dev->render->ops->destroy(dev->render);
    munmap(dev->ram, (size_t)FAKE_RAM_PAGES * FAKE_PAGE);
    close(dev->ram_fd);
    free(dev);
    return 0;
}

/* ---- Memory ---- */

void fake_map(struct fake_task *t, uint32_t page, uint32_t pages)
{
    for (uint32_t i = 0; i < pages; i++) {
        assert_true(t->task.dev->next_page > 0);
        t->task.dev->next_page -= FAKE_PAGE;
        t->map[page + i] = t->task.dev->next_page;
    }
    if (t->task.objects)
        pvg_objects_range_changed(t->task.objects, (uint64_t)page * FAKE_PAGE, (uint64_t)pages * FAKE_PAGE, true);
}

void fake_unmap(struct fake_task *t, uint32_t page, uint32_t pages)
{
    for (uint32_t i = 0; i < pages; i++)
        t->map[page + i] = FAKE_UNMAPPED;
    pvg_objects_range_changed(t->task.objects, (uint64_t)page * FAKE_PAGE, (uint64_t)pages * FAKE_PAGE, false);
}

void fake_read(struct fake_task *t, uint64_t gva, void *dst, size_t n)
{
    assert_true(pvg_task_read(&t->task, gva, dst, n));
}

void fake_write(struct fake_task *t, uint64_t gva, const void *src, size_t n)
{
    assert_true(pvg_task_write(&t->task, gva, src, n));
}

uint32_t fake_word(struct fake_task *t, uint64_t gva)
{
    uint8_t raw[4];

    fake_read(t, gva, raw, sizeof(raw));
    return pvg_ld32(raw);
}

/* ---- Objects ---- */

static void write_entry(struct fake_task *t, uint32_t ref, const struct pvg_w_object_entry *entry)
{
    uint8_t raw[PVG_W_OBJECT_ENTRY_SIZE];

    assert_int_equal(pvg_w_object_entry_encode(raw, sizeof(raw), entry), sizeof(raw));
    fake_write(t, t->task.list_gva + (uint64_t)ref * sizeof(raw), raw, sizeof(raw));
}

uint64_t fake_publish(struct fake_task *t, uint32_t ref, uint8_t type, const void *desc, size_t n)
{
    uint64_t gva = FAKE_DESC_PAGE * FAKE_PAGE + t->desc_used;

    t->desc_used += (uint32_t)((n + 15) & ~(size_t)15);
    assert_true(t->desc_used <= 16 * FAKE_PAGE);
    fake_write(t, gva, desc, n);
    write_entry(t, ref, &(struct pvg_w_object_entry){.type = type, .length = (uint32_t)n, .gva = gva});
    return gva;
}

void fake_unpublish(struct fake_task *t, uint32_t ref)
{
    write_entry(t, ref, &(struct pvg_w_object_entry){0});
}

void fake_buffer(struct fake_task *t, uint32_t ref, uint32_t page, uint64_t size)
{
    struct pvg_w_buffer b = {.size = size, .handle = page};
    uint8_t raw[16];

    fake_map(t, page, (uint32_t)((size + FAKE_PAGE - 1) / FAKE_PAGE));
    assert_int_equal(pvg_w_buffer_encode(raw, sizeof(raw), &b), sizeof(raw));
    fake_publish(t, ref, PVG_W_TYPE_BUFFER, raw, sizeof(raw));
}

static struct pvg_w_texture_desc desc_2d(uint16_t format, uint32_t width, uint32_t height)
{
    return (struct pvg_w_texture_desc){.type = PVG_W_TEX_2D,
                                       .optimized = true,
                                       .format = format,
                                       .levels = 1,
                                       .samples = 1,
                                       .array_length = 1,
                                       .options = 0x10,
                                       .usage = 5,
                                       .width = width,
                                       .height = height,
                                       .depth = 1,
                                       .swizzle = {2, 3, 4, 5}};
}

void fake_texture(struct fake_task *t, uint32_t ref, uint32_t page, uint16_t format, uint32_t width, uint32_t height,
                  uint32_t stride)
{
    struct pvg_w_linear_texture lin = {.size = (uint64_t)stride * height,
                                       .handle = page,
                                       .element_size = 4,
                                       .level_count = 1,
                                       .has_record = true,
                                       .ref = ref,
                                       .desc = desc_2d(format, width, height)};
    uint8_t raw[256];

    lin.levels[0] =
        (struct pvg_w_linear_level){.size = lin.size, .bytes_per_row = stride, .width = width, .height = height, .depth = 1};
    fake_map(t, page, (uint32_t)((lin.size + FAKE_PAGE - 1) / FAKE_PAGE));
    size_t n = pvg_w_linear_texture_encode(raw, sizeof(raw), &lin);
    assert_int_equal(n, 116);
    fake_publish(t, ref, PVG_W_TYPE_TEXTURE, raw, n);
}

void fake_surface(struct pvg_device *dev, uint32_t id, uint32_t page, uint32_t width, uint32_t height)
{
    struct pvg_w_surface s = {.page = page, .fourcc = 0x42475241, .plane_count = 1};
    uint8_t raw[64];

    s.planes[0] =
        (struct pvg_w_surface_plane){.width = width, .height = height, .bytes_per_row = width * 4, .bytes_per_element = 4};
    s.length = ((uint64_t)width * height * 4 + FAKE_PAGE - 1) / FAKE_PAGE * FAKE_PAGE;
    fake_map(&dev->tasks[0], page, (uint32_t)(s.length / FAKE_PAGE));
    size_t n = pvg_w_surface_encode(raw, sizeof(raw), &s);
    assert_int_equal(n, 36);
    fake_publish(&dev->tasks[0], id, PVG_W_TYPE_SURFACE, raw, n);
}

void fake_surface_texture(struct fake_task *t, uint32_t ref, uint32_t id, uint16_t format, uint32_t width, uint32_t height)
{
    struct pvg_w_surface_texture st = {
        .opcode = PVG_W_NEW_SURFACE_TEXTURE_ROTATED, .surface = id, .ref = ref, .desc = desc_2d(format, width, height)};
    uint8_t raw[64];
    size_t n = pvg_w_surface_ref_encode(raw, sizeof(raw), &st);

    assert_int_equal(n, 56);
    fake_publish(t, ref, PVG_W_TYPE_SURFACE_TEXTURE, raw, n);
}

/* ---- Packets ---- */

struct finished {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool done;
};

static void finish(void *arg)
{
    struct finished *f = arg;

    pthread_mutex_lock(&f->lock);
    f->done = true;
    pthread_cond_signal(&f->cond);
    pthread_mutex_unlock(&f->lock);
}

void fake_begin(struct pvg_device *dev)
{
    assert_null(dev->cmd);
    dev->cmd = dev->render->ops->cmd_begin(dev->render);
    assert_non_null(dev->cmd);
}

void fake_end(struct pvg_device *dev, struct fake_task *t)
{
    struct finished f = {.lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};

    if (t)
        pvg_stream_packet_end(t->task.objects, dev->cmd);
    dev->render->ops->cmd_submit(dev->cmd, (struct pvg_rcompletion){.fn = finish, .arg = &f});
    dev->cmd = NULL;
    pthread_mutex_lock(&f.lock);
    while (!f.done)
        pthread_cond_wait(&f.cond, &f.lock);
    pthread_mutex_unlock(&f.lock);
}

/* ---- Streams ---- */

void stream_segment(struct fake_stream *s, uint8_t type, bool continued, bool keep_open)
{
    s->segment = s->used;
    s->used += pvg_w_segment_encode(s->bytes + s->used, sizeof(s->bytes) - s->used, type, continued, keep_open, 8);
}

void stream_record(struct fake_stream *s, uint8_t type, uint32_t opcode, struct pvg_w_record *rec)
{
    rec->info = pvg_w_record_lookup(type, opcode, 0);
    for (size_t i = 0; !rec->info && pvg_w_record_table(i); i++) {
        const struct pvg_w_record_info *info = pvg_w_record_table(i);
        if (info->opcode == opcode && info->segment == type)
            rec->info = info;
    }
    assert_non_null(rec->info);
    size_t n = pvg_w_record_encode(s->bytes + s->used, sizeof(s->bytes) - s->used, rec);
    assert_true(n >= 8);
    s->used += n;
}

void stream_end(struct fake_stream *s)
{
    pvg_st32(s->bytes + s->segment, (uint32_t)(s->used - s->segment));
}

void stream_one(struct fake_stream *s, uint8_t type, uint32_t opcode, struct pvg_w_record *rec)
{
    stream_segment(s, type, false, false);
    stream_record(s, type, opcode, rec);
    stream_end(s);
}

void stream_pass(struct fake_stream *s, uint32_t ref, uint16_t load, uint16_t store, const double rgba[4])
{
    struct pvg_w_record rec = {0};

    pvg_w_render_pass_init(&rec.pass);
    rec.pass.color[0].texture = ref;
    rec.pass.color[0].load_action = load;
    rec.pass.color[0].store_action = store;
    for (int i = 0; rgba && i < 4; i++)
        rec.pass.color[0].clear[i] = rgba[i];
    stream_record(s, PVG_W_SEG_RENDER, 0x1a, &rec);
}

void stream_clear(struct fake_stream *s, uint32_t ref, const double rgba[4])
{
    stream_segment(s, PVG_W_SEG_RENDER, false, false);
    stream_pass(s, ref, 2, 1, rgba);
    stream_end(s);
}

void stream_run(struct pvg_device *dev, struct fake_task *t, struct fake_stream *s)
{
    fake_begin(dev);
    pvg_stream_exec(t->task.objects, dev->cmd, s->bytes, s->used);
    fake_end(dev, t);
}
