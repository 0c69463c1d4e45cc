/* SPDX-License-Identifier: MIT */
/** @file Cached data on disk: whole or absent under any damage and any number of writers, bounded, the recently used stay. */
#include "vulkan/disk_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char root[64], folder[96];

/* ---- The folder ----------------------------------------------------------------------------------------------------------- */

static unsigned each(const char *prefix, void (*act)(const char *path, void *arg), void *arg)
{
    DIR *d = opendir(folder);
    unsigned n = 0;

    for (struct dirent *e; d && (e = readdir(d));) {
        char path[PATH_MAX];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || strncmp(e->d_name, prefix, strlen(prefix)) != 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        if (act)
            act(path, arg);
        n++;
    }
    if (d)
        closedir(d);
    return n;
}

static void remove_file(const char *path, void *arg)
{
    (void)arg;
    unlink(path);
}

static void copy_path(const char *path, void *arg)
{
    snprintf(arg, PATH_MAX, "%s", path);
}

static void add_bytes(const char *path, void *arg)
{
    struct stat st;

    if (stat(path, &st) == 0)
        *(uint64_t *)arg += (uint64_t)st.st_size;
}

static uint64_t folder_bytes(void)
{
    uint64_t bytes = 0;

    each("", add_bytes, &bytes);
    return bytes;
}

static int fresh(void **state)
{
    (void)state;
    each("", remove_file, NULL);
    rmdir(folder);
    return 0;
}

static bool has(struct pvg_disk_cache *c, const char *key, const void *want, size_t want_size)
{
    size_t size;
    void *data = pvg_disk_cache_get(c, key, strlen(key), &size);
    bool same = data && size == want_size && memcmp(data, want, size) == 0;

    /* Never anything else. */
    assert_true(!data || same);
    free(data);
    return same;
}

/* ---- One process ---------------------------------------------------------------------------------------------------------- */

static void stores(void **state)
{
    struct pvg_disk_cache *c = pvg_disk_cache_open(folder, 1 << 20);
    size_t size;
    struct stat st;

    (void)state;
    assert_false(has(c, "a", "", 0));
    assert_true(pvg_disk_cache_put(c, "a", 1, "one", 3));
    assert_true(pvg_disk_cache_put(c, "b", 1, "", 0));
    assert_true(has(c, "a", "one", 3));
    assert_true(has(c, "b", "", 0));
    assert_false(has(c, "ab", "one", 3));
    assert_true(pvg_disk_cache_put(c, "a", 1, "other", 5));
    assert_true(has(c, "a", "other", 5));
    assert_int_equal(each("", NULL, NULL), 2);
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    pvg_disk_cache_close(c);
    /* Another one on the same folder. */
    c = pvg_disk_cache_open(folder, 1 << 20);
    assert_true(has(c, "a", "other", 5));
    pvg_disk_cache_close(c);
    assert_null(pvg_disk_cache_get(NULL, "a", 1, &size));
    assert_false(pvg_disk_cache_put(NULL, "a", 1, "x", 1));
}

/* The name of an entry selects, its key decides. */
static void keys_are_compared(void **state)
{
    struct pvg_disk_cache *c = pvg_disk_cache_open(folder, 1 << 20);
    char a[PATH_MAX];

    (void)state;
    assert_true(pvg_disk_cache_put(c, "guest one", 9, "its shader", 10));
    assert_int_equal(each("", copy_path, a), 1);
    assert_true(pvg_disk_cache_put(c, "guest two", 9, "another", 7));
    /* As if both keys had one digest. */
    DIR *d = opendir(folder);
    for (struct dirent *e; (e = readdir(d));) {
        char b[PATH_MAX];
        snprintf(b, sizeof(b), "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.' && strcmp(a, b) != 0)
            assert_int_equal(rename(a, b), 0);
    }
    closedir(d);
    assert_false(has(c, "guest two", "another", 7));
    assert_false(has(c, "guest one", "its shader", 10));
    pvg_disk_cache_close(c);
}

static void write_bytes(const char *path, const uint8_t *p, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void damage_is_seen(void **state)
{
    struct pvg_disk_cache *c = pvg_disk_cache_open(folder, 1 << 20);
    static uint8_t file[4096], copy[4096];
    char path[PATH_MAX];

    (void)state;
    assert_true(pvg_disk_cache_put(c, "key", 3, "some contents of an entry", 25));
    assert_int_equal(each("", copy_path, path), 1);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t size = fread(file, 1, sizeof(file), f);
    fclose(f);
    assert_in_range(size, 28, sizeof(file) - 64);

    for (size_t n = 0; n < size; n++) {
        write_bytes(path, file, n);
        assert_false(has(c, "key", "", 0));
    }
    for (size_t bit = 0; bit < size * 8; bit++) {
        memcpy(copy, file, size);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        write_bytes(path, copy, size);
        assert_false(has(c, "key", "", 0));
        /* And gone, so that the next one can be stored. */
        assert_int_equal(access(path, F_OK), -1);
    }
    memcpy(copy, file, size);
    for (size_t extra = 1; extra < 64; extra++) {
        copy[size + extra - 1] = 0;
        write_bytes(path, copy, size + extra);
        assert_false(has(c, "key", "", 0));
    }
    write_bytes(path, file, size);
    assert_true(has(c, "key", "some contents of an entry", 25));
    /* Not a file at all. */
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(has(c, "key", "", 0));
    unlink(path);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_false(has(c, "key", "", 0));
    assert_true(pvg_disk_cache_put(c, "key", 3, "new", 3));
    assert_true(has(c, "key", "new", 3));
    pvg_disk_cache_close(c);
}

static void unusable_folders(void **state)
{
    char path[PATH_MAX];
    struct pvg_disk_cache *c;

    (void)state;
    /* A file where the folder should be. */
    snprintf(path, sizeof(path), "%s/file", root);
    write_bytes(path, (const uint8_t *)"x", 1);
    strcat(path, "/sub");
    c = pvg_disk_cache_open(path, 1 << 20);
    assert_false(pvg_disk_cache_put(c, "k", 1, "v", 1));
    assert_false(has(c, "k", "", 0));
    pvg_disk_cache_close(c);
    path[strlen(path) - 4] = 0;
    unlink(path);

    /* A full disk: files cannot grow beyond their first bytes. */
    struct rlimit saved, small;
    c = pvg_disk_cache_open(folder, 1 << 20);
    assert_true(pvg_disk_cache_put(c, "k", 1, "v", 1));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
    signal(SIGXFSZ, SIG_IGN);
    small = saved;
    small.rlim_cur = 100;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    char big[4096] = {1};
    bool stored = pvg_disk_cache_put(c, "big", 3, big, sizeof(big));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
    assert_false(stored);
    assert_false(has(c, "big", "", 0));
    assert_true(has(c, "k", "v", 1));
    assert_int_equal(each("", NULL, NULL), 1); /* Nothing half-written is left. */

    /* Not writable, and not root's. */
    if (geteuid() == 0) {
        pid_t pid = fork();
        if (pid == 0) {
            if (chmod(root, 0755) || chmod(folder, 0755) || setgid(65534) || setuid(65534))
                _exit(2);
            _exit(pvg_disk_cache_put(c, "q", 1, "v", 1) ? 1 : 0);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
    } else {
        assert_int_equal(chmod(folder, 0500), 0);
        assert_false(pvg_disk_cache_put(c, "q", 1, "v", 1));
        assert_true(has(c, "k", "v", 1));
        assert_int_equal(chmod(folder, 0700), 0);
    }
    pvg_disk_cache_close(c);
}

/* ---- Eviction ------------------------------------------------------------------------------------------------------------- */

static void set_age(const char *path, void *arg)
{
    const struct timespec then = {.tv_sec = time(NULL) - *(long *)arg};
    const struct timespec times[2] = {then, then};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void keeps_the_recent(void **state)
{
    const uint64_t limit = 256 << 10;
    struct pvg_disk_cache *c = pvg_disk_cache_open(folder, limit);
    static char data[8 << 10];
    char key[32];
    long age = 7200;

    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        snprintf(key, sizeof(key), "old-%u", i);
        assert_true(pvg_disk_cache_put(c, key, strlen(key), data, sizeof(data)));
    }
    each("", set_age, &age);
    /* A leftover of a writer that died, and a file that is none of ours. */
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/.new-abcdef", folder);
    write_bytes(path, (const uint8_t *)"half", 4);
    set_age(path, &age);
    snprintf(path, sizeof(path), "%s/README", folder);
    write_bytes(path, (const uint8_t *)"mine", 4);
    set_age(path, &age);
    /* Used again. */
    assert_true(has(c, "old-3", data, sizeof(data)));
    assert_true(has(c, "old-17", data, sizeof(data)));
    for (unsigned i = 0; i < 100; i++) {
        snprintf(key, sizeof(key), "new-%u", i);
        assert_true(pvg_disk_cache_put(c, key, strlen(key), data, sizeof(data)));
        assert_in_range(folder_bytes(), 1, limit + 100);
        /* The last one is always there. */
        assert_true(has(c, key, data, sizeof(data)));
    }
    unsigned old = 0;
    for (unsigned i = 0; i < 20; i++) {
        snprintf(key, sizeof(key), "old-%u", i);
        old += has(c, key, data, sizeof(data));
    }
    assert_in_range(old, 0, 2);
    assert_int_equal(each(".new-", NULL, NULL), 0);
    assert_int_equal(each("README", NULL, NULL), 1);
    /* What cannot fit is not even tried. */
    char *large = calloc(1, limit);
    assert_false(pvg_disk_cache_put(c, "large", 5, large, limit));
    free(large);
    pvg_disk_cache_close(c);
}

/* Of two entries the one that was used again stays. */
static void use_counts(void **state)
{
    const uint64_t limit = 64 << 10;
    struct pvg_disk_cache *c = pvg_disk_cache_open(folder, limit);
    static char data[8 << 10];
    char key[32];
    long age = 7200;

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        snprintf(key, sizeof(key), "%u", i);
        assert_true(pvg_disk_cache_put(c, key, 1, data, sizeof(data)));
    }
    each("", set_age, &age);
    assert_true(has(c, "0", data, sizeof(data)));
    for (unsigned i = 6; i < 9; i++) {
        snprintf(key, sizeof(key), "%u", i);
        assert_true(pvg_disk_cache_put(c, key, 1, data, sizeof(data)));
    }
    assert_true(has(c, "0", data, sizeof(data)));
    unsigned left = 0;
    for (unsigned i = 1; i < 6; i++) {
        snprintf(key, sizeof(key), "%u", i);
        left += has(c, key, data, sizeof(data));
    }
    assert_in_range(left, 1, 4);
    pvg_disk_cache_close(c);
}

static void limit_from_environment(void **state)
{
    static const struct {
        const char *text;
        uint64_t mib;
    } cases[] = {{"0", 0},      {"1", 1},    {"4096", 4096}, {"", 512},
                 {"much", 512}, {"-1", 512}, {"12x", 512},   {"99999999999999999999", 512}};

    (void)state;
    unsetenv(PVG_CACHE_LIMIT_ENV);
    assert_int_equal(pvg_disk_cache_limit(), 512ull << 20);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        setenv(PVG_CACHE_LIMIT_ENV, cases[i].text, 1);
        assert_int_equal(pvg_disk_cache_limit(), cases[i].mib << 20);
    }
    unsetenv(PVG_CACHE_LIMIT_ENV);
    struct pvg_disk_cache *c = pvg_disk_cache_open(folder, 0);
    assert_false(pvg_disk_cache_put(c, "k", 1, "v", 1));
    assert_false(has(c, "k", "", 0));
    pvg_disk_cache_close(c);
    assert_int_equal(each("", NULL, NULL), 0);
}

/* ---- Several writers ------------------------------------------------------------------------------------------------------ */

enum { ROUNDS = 400, KEYS = 24 };

static size_t contents(unsigned key, unsigned version, uint8_t data[16384])
{
    size_t size = 100 + (key * 7919u + version * 104729u) % 12000;

    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(key * 31 + version * 17 + i * (1 + key % 5));
    data[0] = (uint8_t)key;
    data[1] = (uint8_t)version;
    return size;
}

/* @return how often something was read that nobody had written. */
static uintptr_t hammer(struct pvg_disk_cache *c, unsigned seed, unsigned *hits)
{
    static _Thread_local uint8_t data[16384];
    uintptr_t bad = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t random = (seed * 2654435761u + i) * 2246822519u;
        unsigned key = random >> 8 & 0xffff, version = random >> 24 & 3;
        char name[16];

        key %= KEYS;
        snprintf(name, sizeof(name), "key-%u", key);
        if (random % 3 == 0) {
            size_t n = contents(key, version, data);
            pvg_disk_cache_put(c, name, strlen(name), data, n);
            continue;
        }
        size_t size;
        uint8_t *got = pvg_disk_cache_get(c, name, strlen(name), &size);
        if (!got)
            continue;
        ++*hits;
        bad += size < 2 || got[0] != key || got[1] > 3;
        if (!bad)
            bad += contents(key, got[1], data) != size || memcmp(got, data, size) != 0;
        free(got);
    }
    return bad;
}

struct writer {
    struct pvg_disk_cache *cache;
    unsigned seed, hits;
};

static void *writer(void *arg)
{
    struct writer *w = arg;

    return (void *)hammer(w->cache, w->seed, &w->hits);
}

/* Small enough that eviction runs all the time. */
static int hammer_process(unsigned seed)
{
    struct pvg_disk_cache *c = pvg_disk_cache_open(folder, 128 << 10);
    struct writer writers[3];
    pthread_t threads[3];
    uintptr_t bad = 0;
    unsigned hits = 0;

    for (unsigned i = 0; i < 3; i++) {
        writers[i] = (struct writer){.cache = c, .seed = seed + i};
        if (pthread_create(&threads[i], NULL, writer, &writers[i]))
            return 3;
    }
    for (unsigned i = 0; i < 3; i++) {
        void *result;
        pthread_join(threads[i], &result);
        bad += (uintptr_t)result;
        hits += writers[i].hits;
    }
    pvg_disk_cache_close(c);
    return bad ? 1 : hits ? 0 : 2;
}

static void many_writers(void **state)
{
    pid_t pids[3];

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(hammer_process(10 * i + 1));
    }
    for (unsigned i = 0; i < 3; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(each(".new-", NULL, NULL), 0);
    assert_in_range(folder_bytes(), 1, 3 * (128 << 10));
    assert_int_equal(hammer_process(99), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(stores, fresh),
        cmocka_unit_test_setup(keys_are_compared, fresh),
        cmocka_unit_test_setup(damage_is_seen, fresh),
        cmocka_unit_test_setup(unusable_folders, fresh),
        cmocka_unit_test_setup(keeps_the_recent, fresh),
        cmocka_unit_test_setup(use_counts, fresh),
        cmocka_unit_test_setup(limit_from_environment, fresh),
        cmocka_unit_test_setup(many_writers, fresh),
    };

    strcpy(root, "/tmp/openpvg-disk-XXXXXX");
    if (!mkdtemp(root))
        return 1;
    snprintf(folder, sizeof(folder), "%s/deep/shaders", root);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    fresh(NULL);
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/deep", root);
    rmdir(path);
    rmdir(root);
    return rc;
}
