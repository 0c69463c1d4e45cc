/* SPDX-License-Identifier: MIT */
#include "air/isolate.h"

#include "util/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CPU_SECONDS = 30, WALL_SECONDS = 120 };
/** Bytes that the child may allocate beyond what it starts with. */
#define MEMORY_BYTES (UINT64_C(2) << 30)
/** Longest reply: SPIR-V of the largest shaders is a few MiB. */
#define REPLY_MAX (UINT64_C(256) << 20)

/** What precedes the reply in the pipe. */
struct header {
    uint64_t size;
    int32_t rc;
    struct pvg_error err;
};

static uint64_t address_space_bytes(void)
{
    unsigned long long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");

    if (!f)
        return 0;
    if (fscanf(f, "%llu", &pages) != 1)
        pages = 0;
    fclose(f);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* ---- The child ------------------------------------------------------------------------------------------------------------ */

static void limit(int what, uint64_t value)
{
    const struct rlimit l = {.rlim_cur = value, .rlim_max = value};

    setrlimit((__rlimit_resource_t)what, &l);
}

static void send_all(int fd, const void *data, size_t size)
{
    const char *p = data;

    while (size) {
        ssize_t n = write(fd, p, size);
        if (n < 0 && errno != EINTR)
            _exit(1);
        if (n > 0) {
            p += n;
            size -= (size_t)n;
        }
    }
}

/* The embedder's signal handlers and its error output are none of the child's business. */
static _Noreturn void child(pvg_isolated_fn fn, void *arg, int fd, uint64_t memory)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    struct pvg_bytes reply = {0};
    struct header header = {0};
    sigset_t none;

    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (null >= 0)
        dup2(null, STDERR_FILENO);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, CPU_SECONDS);
    if (memory)
        limit(RLIMIT_AS, memory + MEMORY_BYTES);
    header.rc = fn(arg, &reply, &header.err);
    if (!header.rc && reply.failed)
        header.rc = -ENOMEM;
    header.size = header.rc ? 0 : reply.size;
    send_all(fd, &header, sizeof(header));
    send_all(fd, reply.p, header.size);
    _exit(0);
}

/* ---- The parent ----------------------------------------------------------------------------------------------------------- */

struct watch {
    int pipe, pidfd;
    uint64_t deadline;
};

static uint64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/*
 * Take `size` bytes from the child. Other forks of the process may hold the pipe's write end open, so the child's death shows on
 * its pidfd; what it wrote before is still in the pipe then.
 */
static bool receive(const struct watch *w, void *data, size_t size)
{
    char *p = data;

    while (size) {
        struct pollfd fds[2] = {{.fd = w->pipe, .events = POLLIN}, {.fd = w->pidfd, .events = POLLIN}};
        uint64_t now = now_ms();
        int n = now < w->deadline ? poll(fds, w->pidfd >= 0 ? 2 : 1, (int)(w->deadline - now)) : 0;

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || !(fds[0].revents & POLLIN))
            return false;
        ssize_t got = read(w->pipe, p, size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        p += got;
        size -= (size_t)got;
    }
    return true;
}

static int take_reply(const struct watch *w, struct pvg_bytes *reply, struct pvg_error *err, bool *answered)
{
    struct header header;
    uint8_t *data;

    *answered = false;
    if (!receive(w, &header, sizeof(header)) || header.size > REPLY_MAX || header.rc > 0)
        return -EINVAL;
    data = malloc(header.size ? header.size : 1);
    if (!data)
        return -ENOMEM;
    if (!receive(w, data, header.size)) {
        free(data);
        return -EINVAL;
    }
    *answered = true;
    header.err.message[sizeof(header.err.message) - 1] = 0;
    if (header.rc) {
        pvg_error_set(err, "%s", header.err.message);
        free(data);
        return header.rc;
    }
    *reply = (struct pvg_bytes){.p = data, .size = header.size, .capacity = header.size};
    return 0;
}

static int supervise(pid_t pid, int fd, struct pvg_bytes *reply, struct pvg_error *err)
{
    struct watch w = {.pipe = fd, .pidfd = (int)syscall(SYS_pidfd_open, pid, 0), .deadline = now_ms() + WALL_SECONDS * 1000};
    bool answered;
    int status = 0, rc = take_reply(&w, reply, err, &answered);

    if (!answered)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (w.pidfd >= 0)
        close(w.pidfd);
    if (!answered && rc != -ENOMEM)
        pvg_error_set(err, "the compiler does not survive this bitcode (%s%d)", WIFSIGNALED(status) ? "signal " : "status ",
                      WIFSIGNALED(status) ? WTERMSIG(status) : status);
    return rc;
}

/* Never in this process instead: what must not take the VMM down would then run inside it, whenever a guest made resources scarce.
 */
static int refuse(int error, struct pvg_error *err)
{
    pvg_error_set(err,
                  "cannot start the child process that reads guest bitcode (%s); allow child processes and raise the limits on "
                  "processes and files",
                  strerror(error));
    return -error;
}

int pvg_isolated_call(pvg_isolated_fn fn, void *arg, struct pvg_bytes *reply, struct pvg_error *err)
{
    uint64_t memory = address_space_bytes();
    int fds[2], rc;
    pid_t pid;

    *reply = (struct pvg_bytes){0};
    if (pipe2(fds, O_CLOEXEC) < 0)
        return refuse(errno, err);
    pid = fork();
    if (pid == 0)
        child(fn, arg, fds[1], memory);
    rc = errno;
    close(fds[1]);
    rc = pid < 0 ? refuse(rc, err) : supervise(pid, fds[0], reply, err);
    close(fds[0]);
    if (!rc && reply->failed)
        rc = -ENOMEM;
    return rc;
}
