/* SPDX-License-Identifier: MIT */
/** @file Doubles of renderer, objects, streams and displays: they record what the core asks and finish work when the test says. */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void (*doubles_on_exec)(const uint8_t *bytes, size_t len);

static struct {
    pthread_mutex_t lock;
    char text[65536];
    size_t used;
} calls = {.lock = PTHREAD_MUTEX_INITIALIZER};
static char calls_copy[65536];
static _Atomic bool display_full;

static void record(const char *fmt, ...)
{
    va_list ap;
    int n;

    pthread_mutex_lock(&calls.lock);
    va_start(ap, fmt);
    n = vsnprintf(calls.text + calls.used, sizeof(calls.text) - calls.used, fmt, ap);
    va_end(ap);
    if (n > 0 && calls.used + (size_t)n < sizeof(calls.text))
        calls.used += (size_t)n;
    pthread_mutex_unlock(&calls.lock);
}

const char *doubles_calls(void)
{
    pthread_mutex_lock(&calls.lock);
    memcpy(calls_copy, calls.text, calls.used + 1);
    pthread_mutex_unlock(&calls.lock);
    return calls_copy;
}

/* ---- Renderer
 * ----------------------------------------------------------------------------------------------------------------------- */

struct job {
    struct job *next;
    struct pvg_rcompletion done;
};

struct pvg_rcmd {
    struct double_render *r;
};

struct double_render {
    struct pvg_render base;
    struct pvg_rcaps caps;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job *head, **tail;
    bool running, stop;
};

static pthread_mutex_t hold_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t hold_cond = PTHREAD_COND_INITIALIZER;
static bool holding;
static unsigned tickets, delivered;

void doubles_reset(void)
{
    pthread_mutex_lock(&calls.lock);
    calls.used = 0;
    calls.text[0] = 0;
    pthread_mutex_unlock(&calls.lock);
    doubles_hold(false);
    atomic_store(&display_full, false);
    doubles_on_exec = NULL;
}

void doubles_hold(bool hold)
{
    pthread_mutex_lock(&hold_lock);
    holding = hold;
    tickets = 0;
    pthread_cond_broadcast(&hold_cond);
    pthread_mutex_unlock(&hold_lock);
}

void doubles_release(unsigned n)
{
    unsigned goal;

    pthread_mutex_lock(&hold_lock);
    goal = delivered + n;
    tickets += n;
    pthread_cond_broadcast(&hold_cond);
    while (delivered != goal)
        pthread_cond_wait(&hold_cond, &hold_lock);
    pthread_mutex_unlock(&hold_lock);
}

void doubles_display_full(bool full)
{
    atomic_store(&display_full, full);
}

static void *double_thread(void *arg)
{
    struct double_render *r = arg;

    pthread_mutex_lock(&r->lock);
    for (;;) {
        struct job *job;

        while (!r->head && !r->stop)
            pthread_cond_wait(&r->wake, &r->lock);
        job = r->head;
        if (!job)
            break;
        r->running = true;
        pthread_mutex_unlock(&r->lock);
        pthread_mutex_lock(&hold_lock);
        while (holding && !tickets)
            pthread_cond_wait(&hold_cond, &hold_lock);
        if (tickets)
            tickets--;
        pthread_mutex_unlock(&hold_lock);

        pthread_mutex_lock(&r->lock);
        r->head = job->next;
        if (!r->head)
            r->tail = &r->head;
        pthread_mutex_unlock(&r->lock);
        job->done.fn(job->done.arg);
        free(job);
        pthread_mutex_lock(&hold_lock);
        delivered++;
        pthread_cond_broadcast(&hold_cond);
        pthread_mutex_unlock(&hold_lock);
        pthread_mutex_lock(&r->lock);
        r->running = false;
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

static void push(struct double_render *r, struct pvg_rcompletion done)
{
    struct job *job = malloc(sizeof(*job));

    *job = (struct job){.done = done};
    pthread_mutex_lock(&r->lock);
    *r->tail = job;
    r->tail = &job->next;
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->lock);
}

static void double_after(struct pvg_render *base, struct pvg_rcompletion done)
{
    struct double_render *r = (struct double_render *)base;
    bool idle;

    pthread_mutex_lock(&r->lock);
    idle = !r->head && !r->running;
    pthread_mutex_unlock(&r->lock);
    if (idle)
        done.fn(done.arg);
    else
        push(r, done);
}

static struct pvg_rcmd *double_cmd_begin(struct pvg_render *base)
{
    struct pvg_rcmd *cmd = malloc(sizeof(*cmd));

    cmd->r = (struct double_render *)base;
    return cmd;
}

static void double_cmd_submit(struct pvg_rcmd *cmd, struct pvg_rcompletion done)
{
    push(cmd->r, done);
    free(cmd);
}

static void double_destroy(struct pvg_render *base)
{
    struct double_render *r = (struct double_render *)base;

    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->wake);
    free(r);
}

static const struct pvg_rcaps *double_caps(struct pvg_render *base)
{
    return &((struct double_render *)base)->caps;
}

static void double_ram_add(struct pvg_render *base, const struct pvg_ram_region *region)
{
    record("ram_add %llx %llx\n", (unsigned long long)region->gpa, (unsigned long long)region->size);
}

static void double_ram_remove(struct pvg_render *base, uint64_t gpa, uint64_t size)
{
    record("ram_remove %llx %llx\n", (unsigned long long)gpa, (unsigned long long)size);
}

static const struct pvg_render_ops double_ops = {
    .destroy = double_destroy,
    .caps = double_caps,
    .ram_add = double_ram_add,
    .ram_remove = double_ram_remove,
    .cmd_begin = double_cmd_begin,
    .cmd_submit = double_cmd_submit,
    .after = double_after,
};

struct pvg_render *pvg_null_render_create(const struct pvg_render_config *config, struct pvg_error *err)
{
    struct double_render *r = calloc(1, sizeof(*r));

    r->base.ops = &double_ops;
    r->caps = (struct pvg_rcaps){
        .name = "double",
        .max_threads_per_group = 256,
        .max_threadgroup_bytes = 65536,
        .max_array_layers = 512,
        .sample_counts = 1 | 2 | 4,
    };
    r->tail = &r->head;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->wake, NULL);
    pthread_create(&r->thread, NULL, double_thread, r);
    return &r->base;
}

struct pvg_render *pvg_vulkan_create(const struct pvg_render_config *config, struct pvg_error *err)
{
    pvg_error_set(err, "no Vulkan here");
    return NULL;
}

/* ---- Objects and streams
 * ----------------------------------------------------------------------------------------------------------------- */

struct pvg_surfaces {
    int unused;
};

struct pvg_objects {
    struct pvg_task *task;
};

struct pvg_surfaces *pvg_surfaces_create(struct pvg_device *dev)
{
    return calloc(1, sizeof(struct pvg_surfaces));
}

void pvg_surfaces_destroy(struct pvg_surfaces *s)
{
    free(s);
}

struct pvg_objects *pvg_objects_create(struct pvg_task *task)
{
    struct pvg_objects *o = malloc(sizeof(*o));

    o->task = task;
    record("task %u\n", task->id);
    return o;
}

void pvg_objects_destroy(struct pvg_objects *o)
{
    record("end %u\n", o->task->id);
    free(o);
}

void pvg_objects_list_changed(struct pvg_objects *o)
{
    record("list %u %llx %u\n", o->task->id, (unsigned long long)o->task->list_gva, o->task->list_count);
}

void pvg_objects_range_changed(struct pvg_objects *o, uint64_t gva, uint64_t len, bool mapped)
{
    record("%s %u %llx %llx\n", mapped ? "map" : "unmap", o->task->id, (unsigned long long)gva, (unsigned long long)len);
}

void pvg_objects_delete_resource(struct pvg_objects *o, uint32_t ref)
{
    record("delete_resource %u %u\n", o->task->id, ref);
}

void pvg_objects_delete_object(struct pvg_objects *o, const uint8_t *bytes, size_t len)
{
    record("delete_object %u %u %u\n", o->task->id, pvg_ld32(bytes), pvg_ld32(bytes + 8));
}

void pvg_surfaces_delete_backing(struct pvg_surfaces *s, uint32_t surface_id)
{
    record("delete_backing %u\n", surface_id);
}

void pvg_objects_replace_physical(struct pvg_objects *o, uint32_t ref)
{
    record("replace %u %u\n", o->task->id, ref);
}

void pvg_surfaces_map(struct pvg_surfaces *s, const struct pvg_mapping_desc *desc)
{
    record("surface_map %u %ux%u pages %zu first %llx\n", desc->id, desc->width, desc->height, desc->page_count,
           desc->page_count ? (unsigned long long)desc->pages[0] : 0ull);
}

void pvg_surfaces_unmap(struct pvg_surfaces *s, uint32_t mapping_id)
{
    record("surface_unmap %u\n", mapping_id);
}

void pvg_objects_validity(struct pvg_objects *o, uint32_t id, const uint8_t quad[4])
{
    record("validity %u %u %u%u%u%u\n", o->task->id, id, quad[0], quad[1], quad[2], quad[3]);
}

void pvg_objects_synchronize(struct pvg_objects *o, struct pvg_rcmd *cmd, const uint32_t *refs, size_t count, bool discard)
{
    record("synchronize%s %u %zu first %u\n", discard ? "+discard" : "", o->task->id, count, refs[0]);
}

void pvg_objects_discard(struct pvg_objects *o, const uint32_t *refs, size_t count)
{
    record("discard %u %zu first %u\n", o->task->id, count, refs[0]);
}

void pvg_stream_exec(struct pvg_objects *o, struct pvg_rcmd *cmd, const uint8_t *bytes, size_t len)
{
    pvg_device_exec_stats(o->task->dev)->command_buffers++;
    record("exec %u %zu\n", o->task->id, len);
    if (doubles_on_exec)
        doubles_on_exec(bytes, len);
}

void pvg_stream_packet_end(struct pvg_objects *o, struct pvg_rcmd *cmd)
{
    record("packet_end %u\n", o->task->id);
}

size_t pvg_objects_compute_info(struct pvg_objects *o, uint32_t pipeline_ref, uint32_t pairs[][2], size_t capacity)
{
    const uint32_t all[3][2] = {{1, 256}, {3, 32}, {4, pipeline_ref}};

    memcpy(pairs, all, sizeof(all));
    return 3;
}

bool pvg_objects_heap_size_align(struct pvg_objects *o, const uint8_t *bytes, size_t len, uint64_t *size, uint64_t *align)
{
    *size = 0x78000;
    *align = 0x100;
    return len == 40;
}

struct pvg_rframe *pvg_surfaces_capture(struct pvg_surfaces *s, struct pvg_rcmd *cmd, uint32_t surface_id, uint32_t *width,
                                        uint32_t *height)
{
    return NULL;
}

/* ---- Displays
 * ------------------------------------------------------------------------------------------------------------------------------ */

struct pvg_displays {
    uint32_t count;
};

struct pvg_displays *pvg_displays_create(struct pvg_device *dev, const struct pvg_device_config *config, struct pvg_error *err)
{
    struct pvg_displays *d = malloc(sizeof(*d));

    d->count = config->displays ? (uint32_t)config->display_count : 1;
    return d;
}

void pvg_displays_destroy(struct pvg_displays *d)
{
    free(d);
}

void pvg_displays_reset(struct pvg_displays *d)
{
    record("displays_reset\n");
}

uint32_t pvg_displays_count(const struct pvg_displays *d)
{
    return d->count;
}

enum pvg_display_verdict pvg_displays_packet(struct pvg_displays *d, uint32_t channel, uint16_t opcode, const uint8_t *payload,
                                             size_t len)
{
    if (pvg_command_is_present(opcode) && atomic_load(&display_full))
        return PVG_DISPLAY_HOLD;
    record("display %u op %u\n", channel, opcode);
    return PVG_DISPLAY_DONE;
}

void pvg_displays_stamped(struct pvg_displays *d, uint32_t channel)
{
    (void)d;
    (void)channel;
}

void pvg_displays_channel(struct pvg_displays *d, uint32_t channel, bool live)
{
    (void)d;
    (void)channel;
    (void)live;
}

void pvg_displays_cursor_poke(struct pvg_displays *d, uint32_t pipe)
{
    record("poke %u\n", pipe);
}
