/* SPDX-License-Identifier: MIT */
#include "core/core.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RAM_GRANULE = 4096, DIRTY_MAX = 32 };

/** Dirty ranges of the pvg_device_with_ram() section that this thread is in. */
struct dirty_list {
    unsigned count;
    struct {
        uint64_t gpa, size;
    } ranges[DIRTY_MAX];
};

static _Thread_local struct dirty_list *deferred_dirty;

int pvg_ram_init(struct pvg_ram *ram)
{
    ram->map = calloc(1, sizeof(*ram->map));
    if (!ram->map)
        return -ENOMEM;
    if (pthread_rwlock_init(&ram->gate, NULL)) {
        free(ram->map);
        return -ENOMEM;
    }
    return 0;
}

/** Index of the first region that ends above `gpa`. */
static size_t map_place(const struct pvg_ram_map *map, uint64_t gpa)
{
    size_t low = 0, high = map->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (map->regions[mid].gpa + (map->regions[mid].size - 1) < gpa)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static const struct pvg_ram_region *map_at(const struct pvg_ram_map *map, uint64_t gpa)
{
    size_t i = map_place(map, gpa);

    return i < map->count && map->regions[i].gpa <= gpa ? &map->regions[i] : NULL;
}

/** Close the fds of `map` that `owner` does not hold. */
static void close_regions(const struct pvg_ram_map *map, const struct pvg_ram_map *owner)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct pvg_ram_region *r = &map->regions[i];
        const struct pvg_ram_region *other = owner ? map_at(owner, r->gpa) : NULL;

        if (r->fd >= 0 && !(other && other->fd == r->fd))
            close(r->fd);
    }
}

void pvg_ram_fini(struct pvg_ram *ram)
{
    if (ram->staged)
        close_regions(ram->staged, ram->map);
    free(ram->staged);
    close_regions(ram->map, NULL);
    free(ram->map);
    pthread_rwlock_destroy(&ram->gate);
}

/* ---- Look-up --------------------------------------------------------------------------------------------------------------- */

const struct pvg_ram_region *pvg_ram_find(const struct pvg_ram *ram, uint64_t gpa)
{
    const struct pvg_ram_region *r = map_at(ram->map, gpa);

    return r && !r->read_only ? r : NULL;
}

uint8_t *pvg_gpa_ptr(struct pvg_device *dev, uint64_t gpa, size_t len, bool write)
{
    const struct pvg_ram_region *r = pvg_ram_find(&dev->ram, gpa);

    if (!r || !pvg_range_ok(gpa - r->gpa, len, r->size))
        return NULL;
    return (uint8_t *)r->host + (gpa - r->gpa);
}

bool pvg_gpa_load32(struct pvg_device *dev, uint64_t gpa, uint32_t *value)
{
    const uint8_t *p = gpa & 3 ? NULL : pvg_gpa_ptr(dev, gpa, 4, false);

    if (!p)
        return false;
    *value = __atomic_load_n((const uint32_t *)(const void *)p, __ATOMIC_ACQUIRE);
    return true;
}

bool pvg_gpa_store32(struct pvg_device *dev, uint64_t gpa, uint32_t value)
{
    uint8_t *p = gpa & 3 ? NULL : pvg_gpa_ptr(dev, gpa, 4, true);

    if (!p)
        return false;
    __atomic_store_n((uint32_t *)(void *)p, value, __ATOMIC_RELEASE);
    return true;
}

/** Part of [gpa, gpa+len) that lies in one region. @return NULL if it does not start in RAM. */
static uint8_t *first_part(struct pvg_device *dev, uint64_t gpa, size_t len, size_t *part)
{
    const struct pvg_ram_region *r = pvg_ram_find(&dev->ram, gpa);
    uint64_t room;

    if (!r)
        return NULL;
    room = r->size - (gpa - r->gpa);
    *part = len < room ? len : (size_t)room;
    return (uint8_t *)r->host + (gpa - r->gpa);
}

static bool range_is_ram(struct pvg_device *dev, uint64_t gpa, size_t len)
{
    size_t part;

    for (; len; gpa += part, len -= part) {
        if (!first_part(dev, gpa, len, &part))
            return false;
    }
    return true;
}

bool pvg_gpa_read(struct pvg_device *dev, uint64_t gpa, void *buf, size_t len)
{
    uint8_t *dst = buf;
    size_t part;

    for (; len; gpa += part, dst += part, len -= part) {
        const uint8_t *src = first_part(dev, gpa, len, &part);

        if (!src)
            return false;
        memcpy(dst, src, part);
    }
    return true;
}

bool pvg_gpa_write(struct pvg_device *dev, uint64_t gpa, const void *buf, size_t len)
{
    const uint8_t *src = buf;
    uint64_t start = gpa;
    size_t part = 0, left = len;

    if (!range_is_ram(dev, gpa, len))
        return false;
    for (; left; gpa += part, src += part, left -= part) {
        uint8_t *dst = first_part(dev, gpa, left, &part);

        memcpy(dst, src, part);
    }
    pvg_ram_report_dirty(dev, start, len);
    return true;
}

/* ---- Access from other threads ----------------------------------------------------------------------------------------------- */

void pvg_ram_enter(struct pvg_device *dev)
{
    pthread_rwlock_rdlock(&dev->ram.gate);
}

void pvg_ram_leave(struct pvg_device *dev)
{
    pthread_rwlock_unlock(&dev->ram.gate);
}

void pvg_ram_report_dirty(struct pvg_device *dev, uint64_t gpa, uint64_t size)
{
    struct dirty_list *d = deferred_dirty;

    if (!dev->cb.ram_dirty || !size)
        return;
    if (d && d->count < DIRTY_MAX) {
        d->ranges[d->count].gpa = gpa;
        d->ranges[d->count].size = size;
        d->count++;
        return;
    }
    dev->cb.ram_dirty(dev->opaque, gpa, size);
}

bool pvg_device_with_ram(struct pvg_device *dev, void (*fn)(void *arg), void *arg)
{
    struct dirty_list dirty = {0};

    pvg_ram_enter(dev);
    if (atomic_load(&dev->closed)) {
        pvg_ram_leave(dev);
        return false;
    }
    deferred_dirty = &dirty;
    fn(arg);
    deferred_dirty = NULL;
    pvg_ram_leave(dev);
    for (unsigned i = 0; i < dirty.count; i++)
        pvg_ram_report_dirty(dev, dirty.ranges[i].gpa, dirty.ranges[i].size);
    return true;
}

/* ---- Transactions ------------------------------------------------------------------------------------------------------------ */

void pvg_ram_begin(struct pvg_device *dev)
{
    struct pvg_ram *ram = &dev->ram;

    if (ram->open)
        return;
    ram->open = true;
    ram->staged_cap = ram->map->count + 8;
    ram->staged = malloc(sizeof(*ram->staged) + ram->staged_cap * sizeof(ram->staged->regions[0]));
    if (!ram->staged)
        return;
    ram->staged->count = ram->map->count;
    memcpy(ram->staged->regions, ram->map->regions, ram->map->count * sizeof(ram->map->regions[0]));
}

static bool staged_room(struct pvg_ram *ram)
{
    size_t cap = ram->staged_cap * 2;
    struct pvg_ram_map *grown;

    if (ram->staged->count < ram->staged_cap)
        return true;
    grown = realloc(ram->staged, sizeof(*grown) + cap * sizeof(grown->regions[0]));
    if (!grown)
        return false;
    ram->staged = grown;
    ram->staged_cap = cap;
    return true;
}

int pvg_ram_add(struct pvg_device *dev, const struct pvg_ram_region *region)
{
    struct pvg_ram *ram = &dev->ram;
    struct pvg_ram_region copy = *region;
    size_t at;

    if (!ram->open || !copy.size || !copy.host || (copy.gpa | copy.size) % RAM_GRANULE)
        return -EINVAL;
    if (copy.gpa + (copy.size - 1) < copy.gpa || copy.size > SIZE_MAX)
        return -EINVAL;
    if (!ram->staged)
        return -ENOMEM;
    at = map_place(ram->staged, copy.gpa);
    if (at < ram->staged->count && ram->staged->regions[at].gpa <= copy.gpa + (copy.size - 1))
        return -EEXIST;
    if (!staged_room(ram))
        return -ENOMEM;
    if (copy.fd >= 0) {
        copy.fd = fcntl(copy.fd, F_DUPFD_CLOEXEC, 3);
        if (copy.fd < 0)
            return errno == EBADF ? -EINVAL : -ENOMEM;
    } else {
        copy.fd = -1;
        copy.fd_offset = 0;
    }
    memmove(&ram->staged->regions[at + 1], &ram->staged->regions[at], (ram->staged->count - at) * sizeof(copy));
    ram->staged->regions[at] = copy;
    ram->staged->count++;
    return 0;
}

int pvg_ram_remove(struct pvg_device *dev, uint64_t gpa, uint64_t size)
{
    struct pvg_ram *ram = &dev->ram;
    struct pvg_ram_region *r;
    const struct pvg_ram_region *mapped;
    size_t at;

    if (!ram->open || !ram->staged)
        return -ENOENT;
    at = map_place(ram->staged, gpa);
    if (at == ram->staged->count)
        return -ENOENT;
    r = &ram->staged->regions[at];
    if (r->gpa != gpa || r->size != size)
        return -ENOENT;
    mapped = map_at(ram->map, gpa);
    if (r->fd >= 0 && !(mapped && mapped->fd == r->fd))
        close(r->fd);
    memmove(r, r + 1, (ram->staged->count - at - 1) * sizeof(*r));
    ram->staged->count--;
    return 0;
}

/** The region of `map` that shows the same bytes with the same rights; the fds are different duplicates. */
static const struct pvg_ram_region *counterpart(const struct pvg_ram_map *map, const struct pvg_ram_region *a)
{
    const struct pvg_ram_region *b = map_at(map, a->gpa);

    if (!b || a->gpa != b->gpa || a->size != b->size || a->host != b->host || a->read_only != b->read_only)
        return NULL;
    return (a->fd < 0) == (b->fd < 0) && a->fd_offset == b->fd_offset ? b : NULL;
}

/** A region that was removed and added again unchanged keeps the old entry: the renderer never hears of it (rule R6). */
static void keep_unchanged(struct pvg_ram_map *next, const struct pvg_ram_map *old)
{
    for (size_t i = 0; i < next->count; i++) {
        const struct pvg_ram_region *same = counterpart(old, &next->regions[i]);

        if (!same || same->fd == next->regions[i].fd)
            continue;
        close(next->regions[i].fd);
        next->regions[i] = *same;
    }
}

static bool maps_differ(const struct pvg_ram_map *a, const struct pvg_ram_map *b)
{
    if (a->count != b->count)
        return true;
    for (size_t i = 0; i < a->count; i++) {
        if (!counterpart(b, &a->regions[i]))
            return true;
    }
    return false;
}

/** Every object looks its pages up again; what the renderer held over removed RAM was revoked by ram_remove. */
static void forget_translations(struct pvg_device *dev)
{
    for (struct pvg_task *t = pvg_task_next(dev, NULL); t; t = pvg_task_next(dev, t))
        pvg_objects_range_changed(t->objects, 0, UINT64_MAX, true);
}

static void switch_maps(struct pvg_device *dev, struct pvg_ram_map *next)
{
    struct pvg_ram_map *old = dev->ram.map;
    bool removed = false;

    pvg_worker_stop(dev);
    for (size_t i = 0; i < old->count; i++) {
        if (old->regions[i].read_only || counterpart(next, &old->regions[i]))
            continue;
        dev->render->ops->ram_remove(dev->render, old->regions[i].gpa, old->regions[i].size);
        removed = true;
    }
    pthread_rwlock_wrlock(&dev->ram.gate);
    dev->ram.map = next;
    pthread_rwlock_unlock(&dev->ram.gate);
    for (size_t i = 0; i < next->count; i++) {
        if (!next->regions[i].read_only && !counterpart(old, &next->regions[i]))
            dev->render->ops->ram_add(dev->render, &next->regions[i]);
    }
    if (removed)
        forget_translations(dev);
    pvg_worker_resume(dev);
}

void pvg_ram_commit(struct pvg_device *dev)
{
    struct pvg_ram *ram = &dev->ram;
    struct pvg_ram_map *old = ram->map, *next = ram->staged;

    if (!ram->open)
        return;
    ram->open = false;
    ram->staged = NULL;
    if (!next) {
        /* The removals are not known, so nothing of the old map may be used any more. */
        pvg_logf(&dev->log, PVG_LOG_ERROR, "no memory for a change of the guest RAM map; the device sees no RAM from now on");
        next = calloc(1, sizeof(*next));
        if (!next)
            abort();
    }
    keep_unchanged(next, old);
    if (!maps_differ(old, next)) {
        free(next);
        return;
    }

    pthread_mutex_lock(&dev->control);
    switch_maps(dev, next);
    pthread_mutex_unlock(&dev->control);
    close_regions(old, next);
    free(old);
}
