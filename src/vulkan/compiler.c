/* SPDX-License-Identifier: MIT */
/**
 * @file Compiler pool and the pipeline cache on disk.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "vulkan/disk_cache.h"
#include "vulkan/pipeline.h"

#define MAX_THREADS 4
/** Caches larger than this are not read: the file is data of ours, but disks lie. */
#define MAX_CACHE_BYTES (256u << 20)
/** Drivers check little more than the header of what they are given, so the file has a checksum of ours around it. */
static const char cache_key[] = "driver's pipelines";

struct pvg_vkcompiler {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    struct pvg_rpipe *first, **last;
    bool stop;
    unsigned thread_count;
    pthread_t threads[MAX_THREADS];
    VkPipelineCache cache;
    size_t loaded_bytes; /**< Size of the cache when it was read. */
};

static void *pool_main(void *arg)
{
    struct pvg_vkcompiler *c = arg;
    pthread_mutex_lock(&c->lock);
    for (;;) {
        while (!c->first && !c->stop)
            pthread_cond_wait(&c->work, &c->lock);
        struct pvg_rpipe *p = c->first;
        if (!p || c->stop)
            break;
        c->first = p->queue_next;
        if (!c->first)
            c->last = &c->first;
        p->queued = false;
        p->running = true;
        pthread_mutex_unlock(&c->lock);
        pvg_vkpipeline_translate(p);
        pthread_mutex_lock(&c->lock);
        p->running = false;
        pthread_cond_broadcast(&c->done);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

static bool cache_path(const struct pvg_vk *vk, char path[PATH_MAX])
{
    VkPhysicalDeviceIDProperties id = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES};
    VkPhysicalDeviceProperties2 props = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &id};
    vk->fn.GetPhysicalDeviceProperties2(vk->phys, &props);
    char uuid[2 * VK_UUID_SIZE + 1];
    for (uint32_t i = 0; i < VK_UUID_SIZE; i++)
        snprintf(uuid + 2 * i, 3, "%02x", props.properties.pipelineCacheUUID[i]);
    int n = snprintf(path, PATH_MAX, "%s/pipelines-%s", vk->cache_dir, uuid);
    return n > 0 && n < PATH_MAX;
}

static void *read_cache(const struct pvg_vk *vk, size_t *size)
{
    char path[PATH_MAX];
    *size = 0;
    if (!vk->cache_dir || !cache_path(vk, path))
        return NULL;
    return pvg_disk_entry_read(path, cache_key, sizeof(cache_key), MAX_CACHE_BYTES, size);
}

static void write_cache(struct pvg_vk *vk, struct pvg_vkcompiler *c)
{
    char path[PATH_MAX];
    size_t size = 0;
    if (!vk->cache_dir || !cache_path(vk, path))
        return;
    if (vk->fn.GetPipelineCacheData(vk->dev, c->cache, &size, NULL) != VK_SUCCESS || size <= c->loaded_bytes)
        return;
    void *data = malloc(size);
    if (data && vk->fn.GetPipelineCacheData(vk->dev, c->cache, &size, data) == VK_SUCCESS) {
        pvg_disk_entry_write(path, cache_key, sizeof(cache_key), data, size);
    }
    free(data);
}

bool pvg_vkcompiler_init(struct pvg_vk *vk, struct pvg_error *err)
{
    struct pvg_vkcompiler *c = calloc(1, sizeof(*c));
    if (!c) {
        pvg_error_set(err, "out of memory");
        return false;
    }
    vk->compiler = c;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->work, NULL);
    pthread_cond_init(&c->done, NULL);
    c->last = &c->first;
    size_t size;
    void *data = read_cache(vk, &size);
    VkPipelineCacheCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO,
        .initialDataSize = size,
        .pInitialData = data,
    };
    /* A driver ignores data that is not its own. */
    if (vk->fn.CreatePipelineCache(vk->dev, &info, NULL, &c->cache) != VK_SUCCESS)
        c->cache = VK_NULL_HANDLE;
    c->loaded_bytes = size;
    free(data);
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned want = cpus > 2 ? (unsigned)(cpus / 2) : 1;
    if (want > MAX_THREADS)
        want = MAX_THREADS;
    while (c->thread_count < want && !pthread_create(&c->threads[c->thread_count], NULL, pool_main, c))
        c->thread_count++;
    return true;
}

void pvg_vkcompiler_push(struct pvg_vk *vk, struct pvg_rpipe *p)
{
    struct pvg_vkcompiler *c = vk->compiler;
    pthread_mutex_lock(&c->lock);
    p->queue_next = NULL;
    p->queued = true;
    *c->last = p;
    c->last = &p->queue_next;
    pthread_cond_signal(&c->work);
    pthread_mutex_unlock(&c->lock);
}

static void unlink_queued(struct pvg_vkcompiler *c, struct pvg_rpipe *p)
{
    for (struct pvg_rpipe **q = &c->first; *q; q = &(*q)->queue_next) {
        if (*q != p)
            continue;
        *q = p->queue_next;
        if (c->last == &p->queue_next)
            c->last = q;
        p->queued = false;
        return;
    }
}

void pvg_vkcompiler_wait(struct pvg_vk *vk, struct pvg_rpipe *p)
{
    struct pvg_vkcompiler *c = vk->compiler;
    if (atomic_load_explicit(&p->status, memory_order_acquire) != PVG_VKSTATUS_PENDING)
        return;
    pthread_mutex_lock(&c->lock);
    bool mine = p->queued;
    if (mine)
        unlink_queued(c, p);
    while (p->running)
        pthread_cond_wait(&c->done, &c->lock);
    pthread_mutex_unlock(&c->lock);
    if (mine)
        pvg_vkpipeline_translate(p);
}

void pvg_vkcompiler_cancel(struct pvg_vk *vk, struct pvg_rpipe *p)
{
    struct pvg_vkcompiler *c = vk->compiler;
    pthread_mutex_lock(&c->lock);
    if (p->queued)
        unlink_queued(c, p);
    while (p->running)
        pthread_cond_wait(&c->done, &c->lock);
    pthread_mutex_unlock(&c->lock);
}

VkPipelineCache pvg_vkcompiler_cache(struct pvg_vk *vk)
{
    return vk->compiler->cache;
}

void pvg_vkcompiler_fini(struct pvg_vk *vk)
{
    struct pvg_vkcompiler *c = vk->compiler;
    if (!c)
        return;
    pthread_mutex_lock(&c->lock);
    c->stop = true;
    pthread_cond_broadcast(&c->work);
    pthread_mutex_unlock(&c->lock);
    for (unsigned i = 0; i < c->thread_count; i++)
        pthread_join(c->threads[i], NULL);
    if (c->cache) {
        write_cache(vk, c);
        vk->fn.DestroyPipelineCache(vk->dev, c->cache, NULL);
    }
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->work);
    pthread_cond_destroy(&c->done);
    free(c);
    vk->compiler = NULL;
}
