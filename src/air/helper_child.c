/* SPDX-License-Identifier: MIT */
#include "air/helper_child.h"

#include "air/remote.h"
#include "util/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/** What a child may write to its standard error, and how deep it may nest. */
enum { ERRORS_BYTES = 4096, STACK_BYTES = 8 << 20 };

/* ---- Limits --------------------------------------------------------------------------------------------------------------- */

static bool limit(int what, uint64_t soft, uint64_t hard)
{
    struct rlimit l;

    if (getrlimit((__rlimit_resource_t)what, &l) < 0)
        return false;
    if (l.rlim_max > hard)
        l.rlim_max = hard;
    l.rlim_cur = soft < l.rlim_max ? soft : l.rlim_max;
    return setrlimit((__rlimit_resource_t)what, &l) == 0;
}

static uint64_t address_space_bytes(void)
{
    unsigned long long pages = 0;
    char text[64];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return 0;
    ssize_t n = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    if (sscanf(text, "%llu", &pages) != 1)
        return 0;
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool limit_all(uint64_t occupied)
{
    const struct itimerval cpu = {.it_value = {.tv_sec = PVG_HELPER_CPU_MS / 1000, .tv_usec = PVG_HELPER_CPU_MS % 1000 * 1000}};
    const unsigned seconds = (PVG_HELPER_CPU_MS + 999) / 1000;

    /* The timer is finer than the limit, which counts whole seconds and holds when the timer is tampered with. */
    return occupied && limit(RLIMIT_AS, occupied + PVG_HELPER_MEMORY_BYTES, occupied + PVG_HELPER_MEMORY_BYTES) &&
           limit(RLIMIT_CPU, seconds, seconds + 1) && limit(RLIMIT_CORE, 0, 0) && limit(RLIMIT_STACK, STACK_BYTES, STACK_BYTES) &&
           limit(RLIMIT_FSIZE, ERRORS_BYTES, ERRORS_BYTES) && limit(RLIMIT_NOFILE, 0, 0) && setitimer(ITIMER_PROF, &cpu, NULL) == 0;
}

/* What the helper occupied when it had warmed up: all that a child starts with. */
static uint64_t warm_bytes;

/* Descriptors: 0 and 1 lead nowhere, 2 is the file of errors, 3 the data socket. No other survives. */
static bool arrange(int data, int errors)
{
    if (errors < 0)
        errors = open("/dev/null", O_WRONLY);
    if (errors < 0 || dup2(errors, STDERR_FILENO) < 0)
        return false;
    /* `data` is above 3: the control socket has that number. */
    if (dup2(data, PVG_HELPER_FD) < 0)
        return false;
    if (syscall(SYS_close_range, PVG_HELPER_FD + 1, ~0u, 0) == 0)
        return true;
    for (int fd = PVG_HELPER_FD + 1; fd < 1024; fd++)
        close(fd);
    return true;
}

static void reset_signals(void)
{
    sigset_t none;

    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
    /* Too much on standard error is lost, no more. */
    signal(SIGXFSZ, SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static const char *sandbox(pid_t parent, int data, int errors)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        return "cannot be tied to its parent";
    prctl(PR_SET_DUMPABLE, 0);
    reset_signals();
    if (!arrange(data, errors))
        return "cannot arrange its descriptors";
    if (!limit_all(warm_bytes))
        return "cannot limit its time and memory";
    if (pvg_helper_confine() < 0)
        return "the system does not filter system calls (seccomp)";
    return NULL;
}

/* ---- Request and reply ---------------------------------------------------------------------------------------------------- */

static bool read_all(void *data, size_t size)
{
    char *p = data;

    while (size) {
        ssize_t n = read(PVG_HELPER_FD, p, size);
        if (n == 0 || (n < 0 && errno != EINTR))
            return false;
        if (n > 0) {
            p += n;
            size -= (size_t)n;
        }
    }
    return true;
}

static void write_all(const void *data, size_t size)
{
    const char *p = data;

    while (size) {
        ssize_t n = write(PVG_HELPER_FD, p, size);
        if (n < 0 && errno != EINTR)
            _exit(1);
        if (n > 0) {
            p += n;
            size -= (size_t)n;
        }
    }
}

static _Noreturn void answer(uint64_t id, int rc, const struct pvg_bytes *reply, const struct pvg_error *err)
{
    struct pvg_helper_reply head = {.magic = PVG_HELPER_MAGIC, .rc = rc, .id = id, .err = *err};

    if (!rc && (reply->failed || reply->size > PVG_HELPER_DATA_MAX))
        head.rc = -ENOMEM;
    head.size = head.rc ? 0 : reply->size;
    write_all(&head, sizeof(head));
    write_all(reply->p, head.size);
    _exit(0);
}

#ifdef PVG_HELPER_TEST
uint64_t pvg_helper_request_id;
#endif

_Noreturn void pvg_helper_child(pid_t parent, int data, int errors)
{
    const char *problem = sandbox(parent, data, errors);
    struct pvg_helper_request q;
    struct pvg_bytes reply = {0};
    struct pvg_error err = {{0}};

    if (problem) {
        fprintf(stderr, "a child %s\n", problem);
        fflush(stderr);
        _exit(1);
    }
    if (!read_all(&q, sizeof(q)) || q.magic != PVG_HELPER_MAGIC || q.size > PVG_HELPER_DATA_MAX)
        _exit(1);
#ifdef PVG_HELPER_TEST
    pvg_helper_request_id = q.id;
#endif
    uint8_t *request = malloc(q.size + 1);
    if (!request)
        answer(q.id, -ENOMEM, &reply, &err);
    if (!read_all(request, q.size))
        _exit(1);
    int rc = pvg_helper_serve(q.op, request, q.size, &reply, &err);
    answer(q.id, rc, &reply, &err);
}

/* ---- Warming up ----------------------------------------------------------------------------------------------------------- */

static const char module_text[] =
    "target datalayout = "
    "\"e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-v24:32:32-v32:32:32-"
    "v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32\"\n"
    "target triple = \"air64-apple-macosx14.0.0\"\n"
    "define void @warm(ptr addrspace(1) %p, i32 %id) {\n"
    "  %i = zext i32 %id to i64\n"
    "  %a = getelementptr inbounds float, ptr addrspace(1) %p, i64 %i\n"
    "  %x = load float, ptr addrspace(1) %a\n"
    "  %y = fmul fast float %x, 2.0\n"
    "  %c = fcmp fast olt float %y, 8.0\n"
    "  br i1 %c, label %yes, label %no\n"
    "yes:\n"
    "  store float %y, ptr addrspace(1) %a\n"
    "  br label %no\n"
    "no:\n"
    "  ret void\n"
    "}\n"
    "!air.kernel = !{!0}\n!air.version = !{!5}\n!air.language_version = !{!6}\n"
    "!0 = !{ptr @warm, !1, !2}\n!1 = !{}\n!2 = !{!3, !4}\n"
    "!3 = !{i32 0, !\"air.buffer\", !\"air.location_index\", i32 0, i32 1, !\"air.read_write\", !\"air.address_space\", i32 1, "
    "!\"air.arg_type_size\", i32 4, !\"air.arg_type_align_size\", i32 4, !\"air.arg_type_name\", !\"float\", !\"air.arg_name\", "
    "!\"p\"}\n"
    "!4 = !{i32 1, !\"air.thread_position_in_grid\", !\"air.arg_type_name\", !\"uint\", !\"air.arg_name\", !\"id\"}\n"
    "!5 = !{i32 2, i32 6, i32 0}\n!6 = !{!\"Metal\", i32 3, i32 1, i32 0}\n";

static int translate_once(struct pvg_error *err)
{
    struct pvg_air_shader *shader = NULL;
    uint8_t *bitcode;
    size_t size;
    int rc = pvg_air_assemble(module_text, sizeof(module_text) - 1, &bitcode, &size, err);

    if (rc)
        return rc;
    rc = pvg_air_translate_here(bitcode, size, "warm", NULL, &shader, err);
    pvg_air_shader_free(shader);
    free(bitcode);
    return rc;
}

/* A child that has nothing to read ends with status 1 and no message. */
static int try_child(struct pvg_error *err)
{
    char text[128] = {0};
    int pair[2], errors[2], status = 0;
    pid_t self = getpid(), pid;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 || pipe2(errors, O_CLOEXEC) < 0) {
        pvg_error_set(err, "no descriptors (%s)", strerror(errno));
        return -1;
    }
    pid = fork();
    if (pid == 0)
        pvg_helper_child(self, pair[1], errors[1]);
    int error = errno;
    close(pair[0]);
    close(pair[1]);
    close(errors[1]);
    if (pid > 0) {
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        if (read(errors[0], text, sizeof(text) - 1) < 0)
            text[0] = 0;
    }
    close(errors[0]);
    if (pid < 0)
        pvg_error_set(err, "no child process (%s)", strerror(error));
    else if (!WIFEXITED(status))
        pvg_error_set(err, "a child does not survive its sandbox (status %d)", status);
    else if (text[0])
        pvg_error_set(err, "%.*s", (int)strcspn(text, "\n"), text);
    return pid > 0 && WIFEXITED(status) && !text[0] ? 0 : -1;
}

int pvg_helper_warm_up(struct pvg_error *err)
{
    if (translate_once(err))
        return -1;
    warm_bytes = address_space_bytes();
    if (!warm_bytes) {
        pvg_error_set(err, "/proc/self/statm cannot be read");
        return -1;
    }
    return try_child(err);
}
