/* SPDX-License-Identifier: MIT */
/**
 * @file Caches on disk: a second renderer translates nothing, damaged files are ignored, the driver's cache is written.
 */
#include <dirent.h>
#include <unistd.h>

#include "harness.h"
#include "shaders.h"

static char folder[] = "/tmp/openpvg-cache-XXXXXX";

static unsigned run_once(void)
{
    void *state;
    unsigned before = fake_translations;
    assert_int_equal(harness_setup(&state), 0);
    struct harness *h = state;
    struct fake_container c = fake_container(&scale_kernel);
    struct pvg_rfunc *f = h->ops->function_create(h->r, &c, sizeof(c));
    struct pvg_w_compute_pipeline desc;
    memset(&desc, 0, sizeof(desc));
    struct pvg_rpipe *p = h->ops->compute_pipeline_create(h->r, &desc, f);
    uint8_t *bytes;
    struct pvg_rbuf *buf = harness_buffer(h, PAGE, &bytes);
    const uint32_t one[3] = {1, 1, 1}, value = 20;
    memcpy(bytes, &value, 4);
    struct pvg_rcmd *cmd = h->ops->cmd_begin(h->r);
    h->ops->compute_begin(cmd, false);
    h->ops->set_compute_pipeline(cmd, p);
    h->ops->set_buffer(cmd, PVG_RSTAGE_COMPUTE, 0, buf, 0, UINT32_MAX);
    h->ops->set_buffer(cmd, PVG_RSTAGE_COMPUTE, 1, buf, 16, UINT32_MAX);
    assert_true(h->ops->dispatch(cmd, one, one));
    h->ops->compute_end(cmd);
    harness_run(h, cmd);
    uint32_t result;
    memcpy(&result, bytes + 16, 4);
    assert_int_equal(result, 41);
    h->ops->pipeline_release(h->r, p);
    h->ops->function_release(h->r, f);
    h->ops->buffer_release(h->r, buf);
    assert_int_equal(harness_teardown(&state), 0);
    return fake_translations - before;
}

/** Apply `act` to every file of a sub-folder. @return how many there were. */
static unsigned each_file(const char *sub, void (*act)(const char *path))
{
    char path[512];
    snprintf(path, sizeof(path), "%s%s", folder, sub);
    DIR *d = opendir(path);
    unsigned count = 0;
    for (struct dirent *e; d && (e = readdir(d));) {
        if (e->d_type != DT_REG)
            continue;
        snprintf(path, sizeof(path), "%s%s/%s", folder, sub, e->d_name);
        count++;
        if (act)
            act(path);
    }
    if (d)
        closedir(d);
    return count;
}

static void damage(const char *path)
{
    FILE *f = fopen(path, "r+b");
    fseek(f, 40, SEEK_SET);
    fputc(0x5a, f);
    fclose(f);
}

static void cut(const char *path)
{
    assert_int_equal(truncate(path, 33), 0);
}

static void remove_file(const char *path)
{
    unlink(path);
}

static void test_caches(void **state)
{
    assert_int_equal(run_once(), 1);
    assert_int_equal(each_file("/shaders", NULL), 1);
    assert_int_equal(each_file("", NULL), 1); /* The driver's. */
    assert_int_equal(run_once(), 0);
    each_file("/shaders", damage);
    assert_int_equal(run_once(), 1);
    assert_int_equal(run_once(), 0);
    each_file("/shaders", cut);
    each_file("", cut);
    assert_int_equal(run_once(), 1);
    each_file("/shaders", remove_file);
    each_file("", remove_file);
    assert_int_equal(run_once(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_caches)};
    if (!mkdtemp(folder))
        return 1;
    setenv("OPENPVG_TEST_CACHE", folder, 1);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    char path[512];
    each_file("/shaders", remove_file);
    each_file("", remove_file);
    snprintf(path, sizeof(path), "%s/shaders", folder);
    rmdir(path);
    rmdir(folder);
    return rc;
}
