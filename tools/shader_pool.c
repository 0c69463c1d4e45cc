/* SPDX-License-Identifier: MIT */
#include "tools/shader_pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_JOBS = 64 };

struct worker {
    pid_t pid;          /**< 0: not running. */
    int tasks, results; /**< Pipe ends of this process. */
    bool busy;
    uint64_t item, deadline_ms;
};

struct run {
    const struct shader_pool *pool;
    struct worker workers[MAX_JOBS];
    unsigned count;
    size_t next; /**< First item that nobody has. */
};

/** First message of a worker. */
struct hello {
    bool ok;
    struct pvg_error err;
};

static uint64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static bool put(int fd, const void *data, size_t size)
{
    for (const char *p = data; size;) {
        ssize_t n = write(fd, p, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        size -= (size_t)n;
    }
    return true;
}

static bool take(int fd, void *data, size_t size)
{
    for (char *p = data; size;) {
        ssize_t n = read(fd, p, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        size -= (size_t)n;
    }
    return true;
}

static _Noreturn void worker_main(const struct shader_pool *pool, int tasks, int results)
{
    struct hello hello = {.ok = true};
    uint64_t item;

    hello.ok = pool->start(pool->context, &hello.err);
    if (!put(results, &hello, sizeof hello) || !hello.ok)
        _exit(1);
    while (take(tasks, &item, sizeof item)) {
        struct shader_result r = {.item = item};
        pool->work(pool->context, (size_t)item, &r);
        if (!put(results, &r, sizeof r))
            break;
    }
    _exit(0);
}

static void stop_worker(struct worker *w, int *status)
{
    close(w->tasks);
    close(w->results);
    while (waitpid(w->pid, status, 0) < 0 && errno == EINTR)
        ;
    w->pid = 0;
}

/** Fork one. Other workers' pipe ends are closed in it, so that every worker sees the end of its own tasks. */
static bool start_worker(struct run *run, struct worker *w)
{
    int tasks[2], results[2];

    if (pipe(tasks) < 0)
        return false;
    if (pipe(results) < 0) {
        close(tasks[0]);
        close(tasks[1]);
        return false;
    }
    fflush(NULL);
    w->pid = fork();
    if (w->pid == 0) {
        for (unsigned i = 0; i < run->count; i++) {
            if (&run->workers[i] == w || !run->workers[i].pid)
                continue;
            close(run->workers[i].tasks);
            close(run->workers[i].results);
        }
        close(tasks[1]);
        close(results[0]);
        worker_main(run->pool, tasks[0], results[1]);
    }
    close(tasks[0]);
    close(results[1]);
    w->tasks = tasks[1];
    w->results = results[0];
    w->busy = false;
    if (w->pid > 0)
        return true;
    close(w->tasks);
    close(w->results);
    w->pid = 0;
    return false;
}

/** Start a worker and hear that it is ready. */
static bool ready_worker(struct run *run, struct worker *w)
{
    struct hello hello;
    int status = 0;

    if (!start_worker(run, w)) {
        fprintf(stderr, "%s: cannot start a process: %s\n", run->pool->name, strerror(errno));
        return false;
    }
    if (take(w->results, &hello, sizeof hello) && hello.ok)
        return true;
    stop_worker(w, &status);
    if (WIFSIGNALED(status))
        fprintf(stderr, "%s: a worker died of signal %d before its first function\n", run->pool->name, WTERMSIG(status));
    else
        fprintf(stderr, "%s: %s\n", run->pool->name, hello.err.message);
    return false;
}

static void give(struct run *run, struct worker *w)
{
    if (run->next >= run->pool->count)
        return;
    w->item = run->next++;
    w->busy = true;
    w->deadline_ms = now_ms() + (uint64_t)run->pool->timeout_s * 1000;
    /* A dead worker shows at its result pipe. */
    put(w->tasks, &w->item, sizeof w->item);
}

/** The worker is lost with its item: say so, and replace it while there is work. */
static bool bury(struct run *run, struct worker *w, bool hung)
{
    struct shader_result r = {.item = w->item, .state = SHADER_FAILED};
    int status = 0;

    if (hung)
        kill(w->pid, SIGKILL);
    stop_worker(w, &status);
    if (hung)
        snprintf(r.reason, sizeof r.reason, "no answer within %u s", run->pool->timeout_s);
    else if (WIFSIGNALED(status))
        snprintf(r.reason, sizeof r.reason, "crash: signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(r.reason, sizeof r.reason, "crash: exit status %d", WEXITSTATUS(status));
    run->pool->done(run->pool->context, &r);
    if (run->next >= run->pool->count)
        return true;
    if (!ready_worker(run, w))
        return false;
    give(run, w);
    return true;
}

static bool serve(struct run *run, struct worker *w)
{
    struct shader_result r;

    if (!take(w->results, &r, sizeof r) || r.item != w->item)
        return bury(run, w, false);
    r.stage[sizeof r.stage - 1] = r.reason[sizeof r.reason - 1] = 0;
    w->busy = false;
    run->pool->done(run->pool->context, &r);
    give(run, w);
    return true;
}

/** Wait for any busy worker. @return false when all are idle or the run has to end. */
static bool turn(struct run *run, bool *ok)
{
    struct pollfd fds[MAX_JOBS];
    struct worker *owners[MAX_JOBS];
    uint64_t now = now_ms(), deadline = UINT64_MAX;
    nfds_t n = 0;

    for (unsigned i = 0; i < run->count; i++) {
        struct worker *w = &run->workers[i];
        if (!w->pid || !w->busy)
            continue;
        owners[n] = w;
        fds[n++] = (struct pollfd){.fd = w->results, .events = POLLIN};
        if (w->deadline_ms < deadline)
            deadline = w->deadline_ms;
    }
    if (!n)
        return false;
    if (poll(fds, n, deadline > now ? (int)(deadline - now) : 0) < 0 && errno != EINTR) {
        *ok = false;
        return false;
    }
    now = now_ms();
    for (nfds_t i = 0; i < n && *ok; i++) {
        if (fds[i].revents)
            *ok = serve(run, owners[i]);
        else if (now >= owners[i]->deadline_ms)
            *ok = bury(run, owners[i], true);
    }
    return *ok;
}

int shader_pool_run(const struct shader_pool *pool)
{
    struct run *run = calloc(1, sizeof *run);
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    bool ok = run;

    if (run) {
        run->pool = pool;
        run->count = pool->jobs < 1 ? 1 : pool->jobs > MAX_JOBS ? MAX_JOBS : pool->jobs;
        if (run->count > pool->count)
            run->count = (unsigned)pool->count;
    }
    for (unsigned i = 0; ok && i < run->count; i++) {
        ok = ready_worker(run, &run->workers[i]);
        if (ok)
            give(run, &run->workers[i]);
    }
    while (ok && turn(run, &ok))
        ;
    for (unsigned i = 0; run && i < run->count; i++) {
        int status;
        if (run->workers[i].pid)
            stop_worker(&run->workers[i], &status);
    }
    signal(SIGPIPE, before);
    free(run);
    return ok ? 0 : -1;
}
