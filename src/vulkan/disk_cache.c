/* SPDX-License-Identifier: MIT */
#include "vulkan/disk_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "air/sha256.h"

#define DEFAULT_LIMIT_MIB 512u
#define ENTRY_LIMIT       (256ull << 20)
#define MAGIC             0x43475650u /* "PVGC" */
#define FORMAT            1u
/** Eviction leaves this part of the limit, so that it does not run for every entry from then on. */
#define KEPT(limit) ((limit) / 4 * 3)

enum {
    DIGEST = 32,
    NAME = 2 * DIGEST,
    RECOUNT = 64,           /**< Entries after which others' are counted again. */
    TOUCH_SECONDS = 600,    /**< Older uses are noted: a load need not write each time. */
    LEFTOVER_SECONDS = 3600 /**< A writer that has died left its file. */
};

/** Before key and data. Little-endian: the machine's own order, since a cache does not travel. */
struct header {
    uint32_t magic, format;
    uint64_t key_size, size;
    uint8_t digest[DIGEST]; /**< SHA-256 of the file with this field cleared. */
};

struct pvg_disk_cache {
    pthread_mutex_t lock;
    char *folder;
    uint64_t limit;
    uint64_t bytes; /**< As last counted, and what was added since. */
    unsigned added; /**< Entries since then. */
    bool counted;
};

/* ---- One entry ------------------------------------------------------------------------------------------------------------ */

static uint8_t *encode(const void *key, size_t key_size, const void *data, size_t size, size_t *total)
{
    const struct header h = {.magic = MAGIC, .format = FORMAT, .key_size = key_size, .size = size};
    uint8_t *file;

    *total = sizeof(h) + key_size + size;
    if (key_size > ENTRY_LIMIT || size > ENTRY_LIMIT || *total > ENTRY_LIMIT)
        return NULL;
    file = malloc(*total);
    if (!file)
        return NULL;
    memcpy(file, &h, sizeof(h));
    memcpy(file + sizeof(h), key, key_size);
    if (size)
        memcpy(file + sizeof(h) + key_size, data, size);
    uint8_t digest[DIGEST];
    pvg_sha256(file, *total, digest);
    memcpy(file + offsetof(struct header, digest), digest, DIGEST);
    return file;
}

/* @return false: the file is damaged. */
static bool intact(uint8_t *file, size_t total, struct header *h)
{
    uint8_t digest[DIGEST];

    if (total < sizeof(*h))
        return false;
    memcpy(h, file, sizeof(*h));
    if (h->magic != MAGIC || h->format != FORMAT || h->key_size > total - sizeof(*h) || h->size != total - sizeof(*h) - h->key_size)
        return false;
    memset(file + offsetof(struct header, digest), 0, DIGEST);
    pvg_sha256(file, total, digest);
    return memcmp(digest, h->digest, DIGEST) == 0;
}

static bool read_all(int fd, uint8_t *p, size_t size)
{
    while (size) {
        ssize_t n = read(fd, p, size);
        if (n == 0 || (n < 0 && errno != EINTR))
            return false;
        if (n > 0) {
            p += n;
            size -= (size_t)n;
        }
    }
    return true;
}

static bool write_all(int fd, const uint8_t *p, size_t size)
{
    while (size) {
        ssize_t n = write(fd, p, size);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            p += n;
            size -= (size_t)n;
        }
    }
    return true;
}

static uint8_t *read_file(const char *path, uint64_t limit, size_t *total)
{
    /* Not blocking: the name may be somebody's pipe. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    uint8_t *file = NULL;
    struct stat st;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && (uint64_t)st.st_size <= limit) {
        *total = (size_t)st.st_size;
        file = malloc(*total);
        if (file && !read_all(fd, file, *total)) {
            free(file);
            file = NULL;
        }
        if (file && st.st_mtime + TOUCH_SECONDS < time(NULL))
            futimens(fd, NULL);
    }
    close(fd);
    return file;
}

void *pvg_disk_entry_read(const char *path, const void *key, size_t key_size, uint64_t limit, size_t *size)
{
    struct header h;
    size_t total;
    uint8_t *file = read_file(path, limit, &total);

    *size = 0;
    if (!file)
        return NULL;
    if (!intact(file, total, &h)) {
        unlink(path);
        free(file);
        return NULL;
    }
    /* Another key of the same digest is somebody else's entry. */
    if (h.key_size != key_size || memcmp(file + sizeof(h), key, key_size) != 0) {
        free(file);
        return NULL;
    }
    memmove(file, file + sizeof(h) + key_size, h.size);
    *size = h.size;
    return file;
}

static void make_folders(const char *path)
{
    char part[PATH_MAX];
    size_t n = strlen(path);

    if (n >= sizeof(part))
        return;
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != 0)
            continue;
        memcpy(part, path, i);
        part[i] = 0;
        mkdir(part, 0700);
    }
}

/* An unfinished file next to `path`. */
static int open_temporary(const char *path, char temporary[PATH_MAX])
{
    const char *name = strrchr(path, '/');
    int folder = name ? (int)(name - path) : 1;

    for (unsigned attempt = 0; attempt < 2; attempt++) {
        int n = snprintf(temporary, PATH_MAX, "%.*s/.new-XXXXXX", folder, name ? path : ".");
        if (n < 0 || n >= PATH_MAX)
            return -1;
        int fd = mkostemp(temporary, O_CLOEXEC);
        if (fd >= 0 || errno != ENOENT)
            return fd;
        temporary[folder] = 0;
        make_folders(temporary);
    }
    return -1;
}

static bool write_file(const char *path, const uint8_t *file, size_t total)
{
    char temporary[PATH_MAX];
    int fd = open_temporary(path, temporary);

    if (fd < 0)
        return false;
    bool ok = write_all(fd, file, total);
    ok = close(fd) == 0 && ok;
    if (ok && rename(temporary, path) == 0)
        return true;
    unlink(temporary);
    return false;
}

bool pvg_disk_entry_write(const char *path, const void *key, size_t key_size, const void *data, size_t size)
{
    size_t total;
    uint8_t *file = encode(key, key_size, data, size, &total);
    bool ok = file && write_file(path, file, total);

    free(file);
    return ok;
}

/* ---- Eviction ------------------------------------------------------------------------------------------------------------- */

struct found {
    char name[NAME + 1];
    struct timespec used;
    uint64_t bytes;
};

static int by_use(const void *a, const void *b)
{
    const struct timespec *x = &((const struct found *)a)->used, *y = &((const struct found *)b)->used;

    if (x->tv_sec != y->tv_sec)
        return x->tv_sec < y->tv_sec ? -1 : 1;
    return x->tv_nsec < y->tv_nsec ? -1 : x->tv_nsec > y->tv_nsec;
}

static bool is_entry(const char *name)
{
    return strspn(name, "0123456789abcdef") == NAME && !name[NAME];
}

/* All entries; leftovers of dead writers are removed on the way. @return false without memory: what was found is complete up to
 * there. */
static bool list(int folder, struct found **out, size_t *count, uint64_t *total)
{
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = again >= 0 ? fdopendir(again) : NULL;
    size_t room = 0;
    bool ok = d != NULL;

    *out = NULL;
    *count = 0;
    *total = 0;
    if (!d && again >= 0)
        close(again);
    for (struct dirent *e; ok && (e = readdir(d));) {
        struct stat st;
        if (fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
            continue;
        if (strncmp(e->d_name, ".new-", 5) == 0 && st.st_mtime + LEFTOVER_SECONDS < time(NULL))
            unlinkat(folder, e->d_name, 0);
        if (!is_entry(e->d_name))
            continue;
        if (*count == room) {
            room = room ? 2 * room : 256;
            struct found *more = realloc(*out, room * sizeof(*more));
            ok = more != NULL;
            if (!ok)
                break;
            *out = more;
        }
        struct found *f = &(*out)[(*count)++];
        memcpy(f->name, e->d_name, NAME + 1);
        f->used = st.st_mtim;
        f->bytes = (uint64_t)st.st_size;
        *total += f->bytes;
    }
    if (d)
        closedir(d);
    return ok;
}

/* Count, and remove what is too much. One process at a time: two would remove twice as much as they have to. */
static void tidy(struct pvg_disk_cache *c)
{
    int folder = open(c->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct found *entries = NULL;
    uint64_t total = 0;
    size_t count = 0;

    if (folder < 0)
        return;
    bool alone = flock(folder, LOCK_EX | LOCK_NB) == 0;
    if (list(folder, &entries, &count, &total) && alone && total > c->limit) {
        qsort(entries, count, sizeof(*entries), by_use);
        for (size_t i = 0; i < count && total > KEPT(c->limit); i++)
            if (unlinkat(folder, entries[i].name, 0) == 0)
                total -= entries[i].bytes;
    }
    c->bytes = total;
    c->added = 0;
    c->counted = true;
    free(entries);
    /* Also unlocks. */
    close(folder);
}

/* ---- The cache ------------------------------------------------------------------------------------------------------------ */

uint64_t pvg_disk_cache_limit(void)
{
    const char *text = getenv(PVG_CACHE_LIMIT_ENV);
    char *end;

    if (!text || !*text)
        return (uint64_t)DEFAULT_LIMIT_MIB << 20;
    unsigned long long mib = strtoull(text, &end, 10);
    return *end || *text == '-' || mib > UINT64_MAX >> 20 ? (uint64_t)DEFAULT_LIMIT_MIB << 20 : (uint64_t)mib << 20;
}

struct pvg_disk_cache *pvg_disk_cache_open(const char *folder, uint64_t limit)
{
    struct pvg_disk_cache *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->folder = strdup(folder);
    c->limit = limit;
    if (!c->folder) {
        free(c);
        return NULL;
    }
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

void pvg_disk_cache_close(struct pvg_disk_cache *c)
{
    if (!c)
        return;
    pthread_mutex_destroy(&c->lock);
    free(c->folder);
    free(c);
}

static bool path_of(const struct pvg_disk_cache *c, const void *key, size_t key_size, char path[PATH_MAX])
{
    uint8_t digest[DIGEST];
    char hex[NAME + 1];

    pvg_sha256(key, key_size, digest);
    for (unsigned i = 0; i < DIGEST; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    int n = snprintf(path, PATH_MAX, "%s/%s", c->folder, hex);
    return n > 0 && n < PATH_MAX;
}

void *pvg_disk_cache_get(struct pvg_disk_cache *c, const void *key, size_t key_size, size_t *size)
{
    char path[PATH_MAX];

    *size = 0;
    if (!c || !c->limit || !path_of(c, key, key_size, path))
        return NULL;
    return pvg_disk_entry_read(path, key, key_size, ENTRY_LIMIT, size);
}

bool pvg_disk_cache_put(struct pvg_disk_cache *c, const void *key, size_t key_size, const void *data, size_t size)
{
    uint64_t total = sizeof(struct header) + (uint64_t)key_size + size;
    char path[PATH_MAX];

    if (!c || total > KEPT(c->limit) || total > ENTRY_LIMIT || !path_of(c, key, key_size, path) ||
        !pvg_disk_entry_write(path, key, key_size, data, size))
        return false;
    pthread_mutex_lock(&c->lock);
    c->bytes += total;
    c->added++;
    if (!c->counted || c->added >= RECOUNT || c->bytes > c->limit)
        tidy(c);
    pthread_mutex_unlock(&c->lock);
    return true;
}
