/* SPDX-License-Identifier: MIT */
/** @file Whatever a child does when it reads bitcode ends as a named refusal, and this process and its helper go on. */
#include "tests/air/helper_deeds.h"

#include "air/helper.h"
#include "air/helper_path.h"
#include "air/remote.h"
#include "util/thread.h"

#include "tests/air/shaders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- This process's belongings -------------------------------------------------------------------------------------------- */

static unsigned open_descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    unsigned n = 0;

    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

/* The helper: the one child of this process. 0: none. */
static pid_t helper_pid(void)
{
    char path[64];
    long pid = 0;

    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    if (fscanf(f, "%ld", &pid) != 1)
        pid = 0;
    long more = 0;
    assert_int_not_equal(fscanf(f, "%ld", &more), 1);
    fclose(f);
    return (pid_t)pid;
}

static bool gone(pid_t pid)
{
    return kill(pid, 0) < 0 && errno == ESRCH;
}

/* Children of the helper end a moment after their outcome is known. */
static void no_child_left(pid_t helper)
{
    char path[64], text[64];

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)helper, (int)helper);
    for (unsigned i = 0; i < 2000; i++) {
        FILE *f = fopen(path, "re");
        if (!f)
            return;
        size_t n = fread(text, 1, sizeof(text), f);
        fclose(f);
        if (n == 0)
            return;
        usleep(5000);
    }
    fail_msg("the helper still has a child");
}

static int call(unsigned deed, const void *data, size_t size, struct pvg_bytes *reply, struct pvg_error *err)
{
    const struct pvg_bytes request = {.p = (uint8_t *)data, .size = size};

    *err = (struct pvg_error){{0}};
    return pvg_isolated_call((enum pvg_isolated_op)deed, &request, reply, NULL, err);
}

static void works(void)
{
    struct pvg_bytes reply;
    struct pvg_error err;

    int rc = call(DEED_ANSWER, "abc", 3, &reply, &err);
    if (rc)
        fail_msg("%d: %s", rc, err.message);
    assert_int_equal(reply.size, 3);
    assert_int_equal(reply.p[1], 'b' ^ 0x5a);
    pvg_bytes_free(&reply);
}

/* ---- Deeds ---------------------------------------------------------------------------------------------------------------- */

static void deeds(void **state)
{
    static const struct {
        const char *name;
        unsigned deed;
        int rc;
        const char *message;
        bool other_signal; /**< A sanitizer reports the crash and exits in its own way. */
    } cases[] = {
        {"refusal", DEED_REFUSE, -ENOTSUP, "no 0  [31mred", false},
        {"crash", DEED_CRASH, -EINVAL, "bitcode made the translator crash (signal 11)", true},
        {"abort", DEED_ABORT, -EINVAL, "bitcode made the translator crash (signal 6): LLVM ERROR: a fatal error", true},
        {"loop", DEED_LOOP, -EINVAL, "exceed 1 s", false},
        {"memory", DEED_MEMORY, -ENOMEM, "exceed 512 MiB", true},
        {"out of memory", DEED_OUT_OF_MEMORY, -ENOMEM, "exceed 512 MiB", false},
        {"nesting", DEED_NEST, -EINVAL, "crash (signal 11)", true},
        {"exit", DEED_SILENT_EXIT, -EINVAL, "exit status 0", false},
        {"other id", DEED_OTHER_ID, -EINVAL, "malformed reply", false},
        {"huge reply", DEED_HUGE_REPLY, -EINVAL, "malformed reply", false},
        {"positive result", DEED_POSITIVE_RC, -EINVAL, "malformed reply", false},
        {"bad magic", DEED_BAD_MAGIC, -EINVAL, "malformed reply", false},
        {"short reply", DEED_SHORT_REPLY, -EINVAL, "exit status 0", false},
        {"open", DEED_OPEN, -EACCES, "returned -13", false},
        {"socket", DEED_SOCKET, -EINVAL, "must not (signal 31)", true},
        {"exec", DEED_EXEC, -EINVAL, "must not (signal 31)", true},
        {"fork", DEED_FORK, -EINVAL, "must not (signal 31)", true},
        {"ptrace", DEED_PTRACE, -EINVAL, "must not (signal 31)", true},
        {"kill", DEED_KILL_PARENT, -EINVAL, "must not (signal 31)", true},
        {"executable memory", DEED_EXECUTABLE, -EINVAL, "must not (signal 31)", true},
        {"no timer", DEED_MORE_TIME, -EINVAL, "must not (signal 31)", true},
    };

    (void)state;
    works();
    unsigned before = open_descriptors();
    pid_t helper = helper_pid();
    assert_true(helper > 0);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pvg_bytes reply;
        struct pvg_error err;
        int rc = call(cases[i].deed, NULL, 0, &reply, &err);

        assert_true(rc < 0);
        assert_null(reply.p);
        assert_true(err.message[0] != 0);
        if (!PVG_HELPER_SANITIZED || !cases[i].other_signal) {
            if (rc != cases[i].rc || !strstr(err.message, cases[i].message))
                fail_msg("%s: %d, %s", cases[i].name, rc, err.message);
        }
        for (const char *p = err.message; *p; p++)
            assert_true((unsigned char)*p >= 0x20);
        works();
    }
    assert_int_equal(open_descriptors(), before);
    assert_int_equal(helper_pid(), helper);
    no_child_left(helper);
}

static void limits_hold(void **state)
{
    struct rusage used;
    struct pvg_bytes reply;
    struct pvg_error err;

    (void)state;
    if (PVG_HELPER_SANITIZED)
        skip();
    /* When the helper has been collected, what its children used is known here. */
    pvg_isolated_stop();
    works();
    assert_int_equal(call(DEED_LOOP, NULL, 0, &reply, &err), -EINVAL);
    assert_int_equal(call(DEED_MEMORY, NULL, 0, &reply, &err), -ENOMEM);
    no_child_left(helper_pid());
    pvg_isolated_stop();
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &used), 0);
    assert_in_range(used.ru_maxrss, 100 * 1024, 512 * 1024);
}

static double children_seconds(void)
{
    struct rusage u;

    assert_int_equal(getrusage(RUSAGE_CHILDREN, &u), 0);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Processor time, which does not depend on what else the machine does. */
static void time_is_bounded(void **state)
{
    struct pvg_bytes reply;
    struct pvg_error err;

    (void)state;
    if (PVG_HELPER_SANITIZED)
        skip();
    pvg_isolated_stop();
    works();
    pvg_isolated_stop();
    double idle = children_seconds();
    assert_int_equal(call(DEED_LOOP, NULL, 0, &reply, &err), -EINVAL);
    no_child_left(helper_pid());
    pvg_isolated_stop();
    double used = children_seconds() - idle;
    if (used < 0.8 || used > 2)
        fail_msg("%.3f s", used);
}

static void stands_still(void **state)
{
    struct pvg_bytes reply;
    struct pvg_error err;

    (void)state;
    if (PVG_HELPER_SANITIZED)
        skip();
    assert_int_equal(call(DEED_STAND_STILL, NULL, 0, &reply, &err), -EINVAL);
    assert_non_null(strstr(err.message, "stood still"));
    works();
}

static void large_and_chatty(void **state)
{
    size_t size = 20 << 20;
    uint8_t *data = malloc(size);
    struct pvg_bytes reply;
    struct pvg_error err;

    (void)state;
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(i * 7 + (i >> 12));
    assert_int_equal(call(DEED_ANSWER, data, size, &reply, &err), 0);
    assert_int_equal(reply.size, size);
    for (size_t i = 0; i < size; i += 997)
        assert_int_equal(reply.p[i], data[i] ^ 0x5a);
    pvg_bytes_free(&reply);
    assert_int_equal(call(DEED_CHATTER, data, 1000, &reply, &err), 0);
    assert_int_equal(reply.size, 1000);
    pvg_bytes_free(&reply);
    free(data);
    const struct pvg_bytes huge = {.p = (uint8_t *)"", .size = (size_t)PVG_HELPER_DATA_MAX + 1};
    assert_int_equal(pvg_isolated_call((enum pvg_isolated_op)DEED_ANSWER, &huge, &reply, NULL, &err), -EINVAL);
    assert_non_null(strstr(err.message, "MiB"));
}

/* A child has its four descriptors, whatever this process has open. */
static void descriptors_stay_here(void **state)
{
    int leaks[20];
    struct pvg_bytes reply;
    struct pvg_error err;

    (void)state;
    pvg_isolated_stop();
    for (unsigned i = 0; i < 20; i++)
        leaks[i] = open("/dev/null", O_RDONLY); /* Not close-on-exec. */
    assert_int_equal(call(DEED_DESCRIPTORS, NULL, 0, &reply, &err), 0);
    for (unsigned i = 0; i < 20; i++)
        close(leaks[i]);
    assert_int_equal(reply.size, 16);
    for (uint8_t fd = 0; fd < 4; fd++)
        assert_int_equal(reply.p[4 * fd], fd);
    pvg_bytes_free(&reply);
}

/* ---- The helper's life ---------------------------------------------------------------------------------------------------- */

static void restarts(void **state)
{
    (void)state;
    works();
    pid_t first = helper_pid();
    assert_int_equal(kill(first, SIGKILL), 0);
    works();
    pid_t second = helper_pid();
    assert_true(second > 0 && second != first);
    assert_true(gone(first));
    /* An embedder that collects any child. */
    assert_int_equal(kill(second, SIGKILL), 0);
    assert_int_equal(waitpid(-1, NULL, 0), second);
    works();
    pid_t third = helper_pid();
    pvg_isolated_stop();
    assert_true(gone(third));
    assert_int_equal(helper_pid(), 0);
    works();
}

static void *loop(void *arg)
{
    struct pvg_bytes reply;

    return (void *)(intptr_t)call(DEED_LOOP, NULL, 0, &reply, arg);
}

/* A request that the helper's end interrupts is made again. */
static void interrupted(void **state)
{
    struct pvg_error err;
    pthread_t thread;
    void *rc;

    (void)state;
    works();
    pid_t helper = helper_pid();
    assert_int_equal(pthread_create(&thread, NULL, loop, &err), 0);
    usleep(100000);
    assert_int_equal(kill(helper, SIGKILL), 0);
    assert_int_equal(pthread_join(thread, &rc), 0);
    assert_int_equal((int)(intptr_t)rc, -EINVAL);
    if (!strstr(err.message, "exceed 1 s"))
        fail_msg("%s", err.message);
    assert_true(gone(helper));
    works();
}

static void ends_with_its_parent(void **state)
{
    int pipe_[2];
    pid_t helper = 0;

    (void)state;
    assert_int_equal(pipe(pipe_), 0);
    works();
    pid_t mine = helper_pid();
    pid_t child = fork();
    if (child == 0) {
        /* A copy of this process starts its own, and dies without a word. */
        works();
        helper = helper_pid();
        if (write(pipe_[1], &helper, sizeof(helper)) != (ssize_t)sizeof(helper))
            _exit(1);
        kill(getpid(), SIGKILL);
    }
    close(pipe_[1]);
    assert_int_equal(read(pipe_[0], &helper, sizeof(helper)), (ssize_t)sizeof(helper));
    close(pipe_[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(helper > 0 && helper != mine);
    char path[64], text[512];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)helper);
    for (unsigned i = 0; i < 4000; i++) {
        FILE *f = fopen(path, "re");
        if (!f)
            break;
        size_t n = fread(text, 1, sizeof(text) - 1, f);
        fclose(f);
        text[n] = 0;
        /* Nobody may be there to collect it. */
        if (n == 0 || strstr(text, ") Z "))
            break;
        assert_true(i < 3999);
        usleep(5000);
    }
    works();
    assert_int_equal(helper_pid(), mine);
}

static void names_what_is_missing(void **state)
{
    static const struct {
        const char *path, *message;
        int rc;
    } cases[] = {
        {"/nonexistent/pvg-air-helper", PVG_HELPER_ENV, -ENOENT},
        {"/bin/true", "does not start", -EIO},
        {"/etc/passwd", "Permission denied", -EACCES},
    };
    char *saved = strdup(getenv(PVG_HELPER_ENV));
    unsigned before;

    (void)state;
    pvg_isolated_stop();
    before = open_descriptors();
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pvg_air_shader *s = NULL;
        struct pvg_error err = {{0}};

        setenv(PVG_HELPER_ENV, cases[i].path, 1);
        assert_int_equal(pvg_air_translate("BC\xC0\xDE", 4, "f", NULL, &s, &err), cases[i].rc);
        assert_null(s);
        assert_non_null(strstr(err.message, "translation of 'f' refused: "));
        assert_non_null(strstr(err.message, cases[i].message));
        assert_non_null(strstr(err.message, cases[i].path));
    }
    assert_int_equal(open_descriptors(), before);
    assert_int_equal(helper_pid(), 0);
    setenv(PVG_HELPER_ENV, saved, 1);
    free(saved);
    works();
}

/* Without the variable: the helper of this build tree. */
static void is_found(void **state)
{
    char *saved = strdup(getenv(PVG_HELPER_ENV)), path[PATH_MAX];
    struct stat a, b;

    (void)state;
    unsetenv(PVG_HELPER_ENV);
    pvg_helper_path(path);
    setenv(PVG_HELPER_ENV, saved, 1);
    assert_int_equal(stat(path, &a), 0);
    assert_int_equal(stat(PVG_TEST_PRODUCT_HELPER, &b), 0);
    assert_int_equal(a.st_ino, b.st_ino);
    free(saved);
}

/* For embedders that cannot start processes: the helper is there before they are. */
static void runs_a_command(void **state)
{
    char command[PATH_MAX + 64];
    const char *self = "/proc/self/exe";
    char path[PATH_MAX];

    (void)state;
    ssize_t n = readlink(self, path, sizeof(path) - 1);
    assert_true(n > 0);
    path[n] = 0;
    snprintf(command, sizeof(command), "'%s' --run '%s' adopted", getenv(PVG_HELPER_ENV), path);
    assert_int_equal(system(command), 0);
}

/* In the command: works without a helper program. */
static int adopted(void)
{
    setenv(PVG_HELPER_ENV, "/nonexistent", 1);
    const struct pvg_bytes request = {.p = (uint8_t *)"x", .size = 1};
    struct pvg_bytes reply;
    struct pvg_error err = {{0}};
    int rc = pvg_isolated_call((enum pvg_isolated_op)DEED_ANSWER, &request, &reply, NULL, &err);

    if (rc)
        fprintf(stderr, "%s\n", err.message);
    pvg_bytes_free(&reply);
    return rc ? 1 : 0;
}

/* ---- Many at once --------------------------------------------------------------------------------------------------------- */

static void *many(void *arg)
{
    unsigned seed = *(unsigned *)arg;
    uintptr_t bad = 0;

    for (unsigned i = 0; i < (PVG_HELPER_SANITIZED ? 20 : 60); i++) {
        struct pvg_bytes reply;
        struct pvg_error err = {{0}};
        uint32_t data[64];

        for (unsigned k = 0; k < 64; k++)
            data[k] = seed * 1000003u + i * 64 + k;
        if (i % 5 == 4) {
            bad += call(i % 2 ? DEED_CRASH : DEED_SILENT_EXIT, data, sizeof(data), &reply, &err) != -EINVAL;
            continue;
        }
        bad += call(DEED_ANSWER, data, sizeof(data), &reply, &err) != 0 || reply.size != sizeof(data);
        for (unsigned k = 0; k < reply.size; k++)
            bad += reply.p[k] != (((uint8_t *)data)[k] ^ 0x5a);
        pvg_bytes_free(&reply);
    }
    return (void *)bad;
}

static void threads(void **state)
{
    pthread_t t[6];
    unsigned seeds[6];

    (void)state;
    works();
    unsigned before = open_descriptors();
    pvg_isolated_stop(); /* So that they also race for the start. */
    for (unsigned i = 0; i < 6; i++) {
        seeds[i] = i;
        assert_int_equal(pthread_create(&t[i], NULL, many, &seeds[i]), 0);
    }
    for (unsigned i = 0; i < 6; i++) {
        void *bad;
        pthread_join(t[i], &bad);
        assert_null(bad);
    }
    assert_int_equal(open_descriptors(), before);
    no_child_left(helper_pid());
}

/* ---- Bitcode -------------------------------------------------------------------------------------------------------------- */

/* Damage at many places: a translation or a refusal with words, no descriptor and no child left. */
static void damaged_bitcode(void **state)
{
    static const char *const texts[] = {shader_kernel, shader_fragment, shader_vertex};
    unsigned calls = 0, crashes = 0, translated = 0;

    (void)state;
    works();
    unsigned before = open_descriptors();
    pid_t helper = helper_pid();
    for (unsigned t = 0; t < 3; t++) {
        uint8_t *bitcode, *copy;
        size_t size;

        assert_int_equal(pvg_air_assemble(texts[t], strlen(texts[t]), &bitcode, &size, NULL), 0);
        copy = malloc(size);
        for (unsigned i = 0; i < (PVG_HELPER_SANITIZED ? 60 : 300); i++, calls++) {
            struct pvg_air_shader *s = NULL;
            struct pvg_error err = {{0}};
            size_t n = size;

            memcpy(copy, bitcode, size);
            if (i % 3 == 0)
                n = 20 + (size - 20) * i / 300; /* Cut. */
            else
                copy[24 + (i * 2654435761u) % (size - 24)] ^= (uint8_t)(1u << i % 8);
            if (i % 3 == 0 && n >= 20)
                copy[12] = (uint8_t)(n - 20), copy[13] = (uint8_t)((n - 20) >> 8), copy[14] = 0; /* The wrapper agrees. */
            int rc = pvg_air_translate(copy, n, NULL, NULL, &s, &err);
            assert_true(rc <= 0 && (rc == 0) == (s != NULL));
            assert_true(rc == 0 || err.message[0]);
            translated += rc == 0;
            crashes += strstr(err.message, "bitcode made the translator") != NULL;
            pvg_air_shader_free(s);
        }
        free(copy);
        free(bitcode);
    }
    print_message("%u calls: %u translated, %u ended by the sandbox\n", calls, translated, crashes);
    works();
    assert_int_equal(open_descriptors(), before);
    assert_int_equal(helper_pid(), helper);
    no_child_left(helper);
}

/* ---- Valid modules that are too much -------------------------------------------------------------------------------------- */

static const char bomb_head[] = AIR_HEADER
    "!air.kernel = !{!0}\n!0 = !{ptr @k, !1, !2}\n!1 = !{}\n!2 = !{!3}\n"
    "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", !\"int\", !\"air.arg_name\", "
    "!\"p\"}\n";

static int translate_text(const char *text, size_t size, struct pvg_error *err)
{
    struct pvg_air_shader *s = NULL;
    uint8_t *bitcode;
    size_t bytes;

    *err = (struct pvg_error){{0}};
    if (pvg_air_assemble(text, size, &bitcode, &bytes, err))
        fail_msg("%s", err->message);
    int rc = pvg_air_translate(bitcode, bytes, "k", NULL, &s, err);
    assert_true((rc == 0) == (s != NULL) && (rc == 0 || err->message[0]));
    pvg_air_shader_free(s);
    free(bitcode);
    return rc;
}

/* Each function calls the one before twice: some lines become 2^30 calls. */
static void calls_without_end(void **state)
{
    char *text = NULL;
    struct pvg_error err;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    (void)state;
    fprintf(f, "%sdefine void @f0(ptr addrspace(1) %%p) {\n  store volatile i32 1, ptr addrspace(1) %%p\n  ret void\n}\n",
            bomb_head);
    for (unsigned i = 1; i <= 30; i++)
        fprintf(f,
                "define void @f%u(ptr addrspace(1) %%p) {\n  call void @f%u(ptr addrspace(1) %%p)\n"
                "  call void @f%u(ptr addrspace(1) %%p)\n  ret void\n}\n",
                i, i - 1, i - 1);
    fprintf(f, "define void @k(ptr addrspace(1) %%p) {\n  call void @f30(ptr addrspace(1) %%p)\n  ret void\n}\n");
    fclose(f);
    int rc = translate_text(text, size, &err);
    /* A sanitized child may meet its memory limit first. */
    if (rc != -ENOMEM &&
        (rc != -EINVAL || !strstr(err.message, "translation of 'k' refused: bitcode made the translator exceed 1 s")))
        fail_msg("%d: %s", rc, err.message);
    free(text);
    works();
}

/* Types, conditions and values nested far deeper than any source: a translation or a refusal by name, not a crash. */
static void nesting(void **state)
{
    char *text = NULL;
    struct pvg_error err;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    (void)state;
    fprintf(f, "%sdefine void @k(ptr addrspace(1) %%p) {\n  %%a = alloca ", bomb_head);
    for (unsigned i = 0; i < 1500; i++)
        fputs("{ ", f);
    fputs("i32", f);
    for (unsigned i = 0; i < 1500; i++)
        fputs(" }", f);
    fputs("\n  store volatile i32 1, ptr %a\n  %v0 = load volatile i32, ptr %a\n", f);
    for (unsigned i = 1; i < 5000; i++)
        fprintf(f, "  %%v%u = mul i32 %%v%u, %%v%u\n", i, i - 1, i / 2);
    fputs("  store volatile i32 %v4999, ptr addrspace(1) %p\n  br label %b0\nb0:\n", f);
    for (unsigned i = 0; i < 2000; i++)
        fprintf(f,
                "  %%c%u = icmp ugt i32 %%v4999, %u\n  br i1 %%c%u, label %%b%u, label %%e\nb%u:\n"
                "  store volatile i32 %u, ptr addrspace(1) %%p\n",
                i, i, i, i + 1, i + 1, i);
    fputs("  br label %e\ne:\n  ret void\n}\n", f);
    fclose(f);
    int rc = translate_text(text, size, &err);
    if (rc && rc != -ENOTSUP)
        fail_msg("%d: %s", rc, err.message);
    free(text);
    works();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deeds),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(time_is_bounded),
        cmocka_unit_test(stands_still),
        cmocka_unit_test(large_and_chatty),
        cmocka_unit_test(descriptors_stay_here),
        cmocka_unit_test(restarts),
        cmocka_unit_test(interrupted),
        cmocka_unit_test(ends_with_its_parent),
        cmocka_unit_test(names_what_is_missing),
        cmocka_unit_test(is_found),
        cmocka_unit_test(runs_a_command),
        cmocka_unit_test(threads),
        cmocka_unit_test(damaged_bitcode),
        cmocka_unit_test(calls_without_end),
        cmocka_unit_test(nesting),
    };

    if (argc == 2 && strcmp(argv[1], "adopted") == 0)
        return adopted();
    setenv(PVG_HELPER_ENV, PVG_TEST_HELPER, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
