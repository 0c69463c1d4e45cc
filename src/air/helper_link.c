/* SPDX-License-Identifier: MIT */
#include "air/helper_link.h"

#include "air/helper_path.h"
#include "air/isolate.h"
#include "util/log.h"
#include "util/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/** Until a helper says that it is ready; the first one on a machine reads LLVM from disk. */
enum { START_MS = 60000 };

/** The helper of this process. */
static struct {
    pthread_mutex_t lock;
    int socket; /**< -1: none. */
    pid_t pid;  /**< 0: it was there before this process (PVG_HELPER_FD_ENV). */
    pid_t owner;
    uint64_t generation;
} link_ = {.lock = PTHREAD_MUTEX_INITIALIZER, .socket = -1};

/* ---- Ending --------------------------------------------------------------------------------------------------------------- */

/* It ends when its socket is closed. The signal is for one that does not even read it; it is sent only while the process is known
 * to be there, as its number may be somebody else's once an embedder has collected it. */
static void reap(pid_t pid)
{
    int status;
    pid_t got;

    do
        got = waitpid(pid, &status, WNOHANG);
    while (got < 0 && errno == EINTR);
    if (got)
        return;
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
}

static void drop(void)
{
    if (link_.socket < 0)
        return;
    close(link_.socket);
    link_.socket = -1;
    if (link_.owner == getpid() && link_.pid > 0)
        reap(link_.pid);
    link_.pid = 0;
}

void pvg_isolated_stop(void)
{
    pthread_mutex_lock(&link_.lock);
    drop();
    pthread_mutex_unlock(&link_.lock);
}

/* For a library that is unloaded, and so that nothing is left when a program ends. */
__attribute__((destructor)) static void unload(void)
{
    /* Busy: a thread is in the middle of an order, and the end of the process closes the socket all the same. */
    if (link_.owner != getpid() || pthread_mutex_trylock(&link_.lock))
        return;
    drop();
    pthread_mutex_unlock(&link_.lock);
}

/* ---- Starting ------------------------------------------------------------------------------------------------------------- */

/* A helper needs none of the embedder's settings but where libraries are and what sanitizers shall do. */
enum { KEPT = 6 };

static void environment(char *out[KEPT + 1])
{
    static const char *const kept[KEPT] = {
        "LD_LIBRARY_PATH=", "ASAN_OPTIONS=", "LSAN_OPTIONS=", "TSAN_OPTIONS=", "UBSAN_OPTIONS=", "PATH="};
    extern char **environ;
    unsigned n = 0;

    for (char **e = environ; e && *e; e++)
        for (unsigned i = 0; i < KEPT && n < KEPT; i++)
            if (strncmp(*e, kept[i], strlen(kept[i])) == 0)
                out[n++] = *e;
    out[n] = NULL;
}

/* posix_spawn() does not copy the address space of a machine monitor, and its child runs nothing of the embedder. */
static int spawn(const char *path, int socket, pid_t *pid)
{
    char *argv[] = {"pvg-air-helper", NULL}, *envp[KEPT + 1];
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;

    environment(envp);
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, socket, PVG_HELPER_FD);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    int error = posix_spawn(pid, path, &files, &attributes, argv, envp);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

static bool readable(int fd, int timeout_ms)
{
    uint64_t end = pvg_now_ns() + (uint64_t)timeout_ms * 1000000;

    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        uint64_t now = pvg_now_ns();
        int n = poll(&p, 1, now < end ? (int)((end - now) / 1000000 + 1) : 0);

        if (n > 0)
            return true;
        if (n == 0 || errno != EINTR)
            return false;
    }
}

static int greet(int socket, const char *path, struct pvg_error *err)
{
    struct pvg_helper_hello hello = {0};
    char build[64];
    ssize_t n = -1;

    if (readable(socket, START_MS))
        n = recv(socket, &hello, sizeof(hello), MSG_DONTWAIT);
    if (n != (ssize_t)sizeof(hello) || hello.magic != PVG_HELPER_MAGIC) {
        pvg_error_set(err,
                      "the program that reads guest bitcode, %s, does not start; run it by hand to see why, or name another "
                      "in " PVG_HELPER_ENV,
                      path);
        return -EIO;
    }
    hello.build[sizeof(hello.build) - 1] = 0;
    hello.message[sizeof(hello.message) - 1] = 0;
    pvg_helper_build(build);
    if (strcmp(hello.build, build) != 0) {
        pvg_error_set(err,
                      "the program that reads guest bitcode, %s, belongs to another version of this library (%s, not %s); "
                      "name the right one in " PVG_HELPER_ENV,
                      path, hello.build, build);
        return -EPROTO;
    }
    if (hello.failed) {
        pvg_error_set(err, "the program that reads guest bitcode, %s, cannot work here: %s", path, hello.message);
        return -EPERM;
    }
    return 0;
}

static int adopt(const char *text, struct pvg_error *err)
{
    char *end;
    long fd = strtol(text, &end, 10);

    /* Once: when that helper is gone, nobody else can start one. */
    unsetenv(PVG_HELPER_FD_ENV);
    if (*end || end == text || fd < 0 || fd > INT_MAX || fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0) {
        pvg_error_set(err, PVG_HELPER_FD_ENV "=\"%.40s\" names no open descriptor", text);
        return -EBADF;
    }
    int rc = greet((int)fd, "that " PVG_HELPER_FD_ENV " stands for", err);
    if (rc) {
        close((int)fd);
        return rc;
    }
    link_.socket = (int)fd;
    link_.pid = 0;
    return 0;
}

static int start(struct pvg_error *err)
{
    const char *given = secure_getenv(PVG_HELPER_FD_ENV);
    char path[PATH_MAX];
    int pair[2], rc;
    pid_t pid;

    if (given)
        return adopt(given, err);
    pvg_helper_path(path);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
        rc = errno;
        pvg_error_set(err, "no socket for the program that reads guest bitcode (%s); raise the limit on open files", strerror(rc));
        return -rc;
    }
    /* dup2() onto itself would leave the descriptor close-on-exec. */
    if (pair[1] == PVG_HELPER_FD) {
        int moved = fcntl(pair[1], F_DUPFD_CLOEXEC, PVG_HELPER_FD + 1);
        close(pair[1]);
        pair[1] = moved;
    }
    rc = pair[1] < 0 ? EMFILE : spawn(path, pair[1], &pid);
    if (pair[1] >= 0)
        close(pair[1]);
    if (rc) {
        pvg_error_set(err,
                      "cannot start the program that reads guest bitcode, %s (%s); install it there or name it in " PVG_HELPER_ENV
                      ", and allow child processes: under a sandbox without them start the program with 'pvg-air-helper --run'",
                      path, strerror(rc));
        close(pair[0]);
        return -rc;
    }
    rc = greet(pair[0], path, err);
    if (rc) {
        close(pair[0]);
        reap(pid);
        return rc;
    }
    link_.socket = pair[0];
    link_.pid = pid;
    return 0;
}

/* ---- Orders --------------------------------------------------------------------------------------------------------------- */

static bool send_order(uint64_t id, int data, int outcome)
{
    struct pvg_helper_order order = {.magic = PVG_HELPER_MAGIC, .id = id};
    struct iovec part = {.iov_base = &order, .iov_len = sizeof(order)};
    union {
        char bytes[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    const int fds[2] = {data, outcome};
    ssize_t n;

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(fds));
    memcpy(CMSG_DATA(c), fds, sizeof(fds));
    do
        n = sendmsg(link_.socket, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(order);
}

int pvg_helper_order(uint64_t id, int data, int outcome, uint64_t *generation, struct pvg_error *err)
{
    int rc = 0;

    pthread_mutex_lock(&link_.lock);
    /* A process that was forked off has its own. */
    if (link_.socket >= 0 && link_.owner != getpid())
        drop();
    /* The second attempt is for a helper that has ended since. */
    for (unsigned attempt = 0; attempt < 2; attempt++) {
        if (link_.socket < 0) {
            link_.owner = getpid();
            link_.generation++;
            rc = start(err);
            if (rc)
                break;
        }
        *generation = link_.generation;
        if (send_order(id, data, outcome))
            break;
        drop();
        rc = -EIO;
        pvg_error_set(err, "the program that reads guest bitcode has ended");
    }
    if (link_.socket >= 0)
        rc = 0;
    pthread_mutex_unlock(&link_.lock);
    return rc;
}

void pvg_helper_lost(uint64_t generation)
{
    pthread_mutex_lock(&link_.lock);
    if (link_.generation == generation)
        drop();
    pthread_mutex_unlock(&link_.lock);
}
