/* SPDX-License-Identifier: MIT */
/*
 * pvg-air-helper: forks one sandboxed child per request and says how each ended. This process never reads what a guest wrote: it
 * only passes descriptors on, so that a child cannot change what the next one is forked from.
 */
#include "air/helper.h"
#include "air/helper_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char usage[] = "usage: pvg-air-helper --run COMMAND [ARGUMENTS...]\n"
                            "       pvg-air-helper --check\n"
                            "\n"
                            "Translates shaders for a process that uses libopenpvg, which starts it by itself; each translation "
                            "runs in a sandboxed child.\n"
                            "\n"
                            "  --run    run COMMAND with a helper that is already there: for programs that confine themselves so "
                            "that they cannot start one\n"
                            "           (qemu-system-x86_64 -sandbox on,spawn=deny)\n"
                            "  --check  say whether a child can be sandboxed here\n";

enum { CHILDREN = 64 };

struct child {
    pid_t pid; /**< 0: free. */
    int outcome, errors;
    uint64_t id, deadline_ms;
    bool stood_still;
};

static struct child children[CHILDREN];

static uint64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* ---- Outcomes ------------------------------------------------------------------------------------------------------------- */

/* The pipe is empty and the message small: it never blocks. Nobody may be there to read it. */
static void tell(int fd, const struct pvg_helper_outcome *outcome)
{
    while (write(fd, outcome, sizeof(*outcome)) < 0 && errno == EINTR)
        ;
}

static uint32_t milliseconds(struct timeval t)
{
    return (uint32_t)(t.tv_sec * 1000 + t.tv_usec / 1000);
}

static void finish(struct child *c, int status, const struct rusage *used)
{
    struct pvg_helper_outcome o = {
        .magic = PVG_HELPER_MAGIC,
        .id = c->id,
        .status = status,
        .stood_still = c->stood_still,
        .cpu_ms = milliseconds(used->ru_utime) + milliseconds(used->ru_stime),
        .resident_kib = (uint32_t)used->ru_maxrss,
    };
    ssize_t n = c->errors >= 0 ? pread(c->errors, o.text, sizeof(o.text) - 1, 0) : 0;

    o.text[n > 0 ? n : 0] = 0;
    tell(c->outcome, &o);
    close(c->outcome);
    if (c->errors >= 0)
        close(c->errors);
    c->pid = 0;
}

static void reap(void)
{
    struct rusage used;
    int status;
    pid_t pid;

    while ((pid = wait4(-1, &status, WNOHANG, &used)) > 0)
        for (unsigned i = 0; i < CHILDREN; i++)
            if (children[i].pid == pid)
                finish(&children[i], status, &used);
}

/* ---- Orders --------------------------------------------------------------------------------------------------------------- */

static struct child *free_child(void)
{
    for (unsigned i = 0; i < CHILDREN; i++)
        if (!children[i].pid)
            return &children[i];
    return NULL;
}

static void fork_child(uint64_t id, int data, int outcome)
{
    struct child *c = free_child();
    pid_t self = getpid(), pid;

    /* What a child writes to its standard error is kept as an unnamed file of bounded size. */
    int errors = (int)syscall(SYS_memfd_create, "errors", 1u /* MFD_CLOEXEC */);
    pid = fork();
    if (pid == 0)
        pvg_helper_child(self, data, errors);
    if (pid < 0) {
        const struct pvg_helper_outcome o = {.magic = PVG_HELPER_MAGIC, .id = id, .error = errno};
        tell(outcome, &o);
        close(outcome);
        if (errors >= 0)
            close(errors);
    } else {
        *c = (struct child){
            .pid = pid, .outcome = outcome, .errors = errors, .id = id, .deadline_ms = now_ms() + PVG_HELPER_WALL_MS};
    }
    close(data);
}

/* @return false when the other end is gone. */
static bool take_order(void)
{
    struct pvg_helper_order order;
    struct iovec part = {.iov_base = &order, .iov_len = sizeof(order)};
    union {
        char bytes[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    ssize_t n = recvmsg(PVG_HELPER_FD, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

    if (n < 0)
        return errno == EINTR || errno == EAGAIN;
    if (n == 0)
        return false;
    int fds[2] = {-1, -1};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(fds)))
        memcpy(fds, CMSG_DATA(c), sizeof(fds));
    if (n == (ssize_t)sizeof(order) && order.magic == PVG_HELPER_MAGIC && fds[1] >= 0) {
        fork_child(order.id, fds[0], fds[1]);
        return true;
    }
    for (unsigned i = 0; i < 2; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    return true;
}

/* ---- Loop ----------------------------------------------------------------------------------------------------------------- */

enum { CONTROL, SIGNALS, FIRST_CHILD };

/* @return milliseconds to the next deadline, or -1. */
static int prepare(struct pollfd *fds, int signals)
{
    uint64_t now = now_ms(), next = UINT64_MAX;
    bool room = free_child() != NULL;

    fds[CONTROL] = (struct pollfd){.fd = room ? PVG_HELPER_FD : -1, .events = POLLIN};
    fds[SIGNALS] = (struct pollfd){.fd = signals, .events = POLLIN};
    for (unsigned i = 0; i < CHILDREN; i++) {
        struct child *c = &children[i];
        /* The pipe reports when nobody waits for the outcome any more. */
        fds[FIRST_CHILD + i] = (struct pollfd){.fd = c->pid && !c->stood_still ? c->outcome : -1};
        if (c->pid && !c->stood_still && c->deadline_ms < next)
            next = c->deadline_ms;
    }
    return next == UINT64_MAX ? -1 : next > now ? (int)(next - now) : 0;
}

static void enforce(const struct pollfd *fds)
{
    uint64_t now = now_ms();

    for (unsigned i = 0; i < CHILDREN; i++) {
        struct child *c = &children[i];
        if (!c->pid || c->stood_still || (fds[FIRST_CHILD + i].revents == 0 && now < c->deadline_ms))
            continue;
        c->stood_still = true;
        kill(c->pid, SIGKILL);
    }
}

static void serve(int signals)
{
    struct pollfd fds[FIRST_CHILD + CHILDREN];

    for (;;) {
        int n = poll(fds, FIRST_CHILD + CHILDREN, prepare(fds, signals));
        struct signalfd_siginfo info;

        if (n < 0) {
            if (errno != EINTR)
                return;
            continue;
        }
        while (fds[SIGNALS].revents && read(signals, &info, sizeof(info)) > 0)
            ;
        /* Before the deadlines: a number that was collected is not signalled. */
        reap();
        enforce(fds);
        if (fds[CONTROL].revents && !take_order())
            return;
    }
}

/* ---- Start ---------------------------------------------------------------------------------------------------------------- */

/* An embedder may have let descriptors slip. */
static void close_others(void)
{
    if (syscall(SYS_close_range, PVG_HELPER_FD + 1, ~0u, 0) == 0)
        return;
    for (int fd = PVG_HELPER_FD + 1; fd < 65536; fd++)
        close(fd);
}

/* When memory runs out on the machine, this goes before the machine monitor does. */
static void volunteer(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (fd >= 0) {
        /* Only a preference. */
        ssize_t n = write(fd, "500", 3);
        (void)n;
        close(fd);
    }
}

/* Children of this process are not for debuggers, and neither is it. */
static int prepare_process(void)
{
    sigset_t ends;

    signal(SIGPIPE, SIG_IGN);
    umask(077);
    if (chdir("/") < 0)
        return -1;
    volunteer();
    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int greet(int signals, bool failed, const char *message)
{
    struct pvg_helper_hello hello = {.magic = PVG_HELPER_MAGIC, .failed = failed || signals < 0};

    pvg_helper_build(hello.build);
    snprintf(hello.message, sizeof(hello.message), "%.255s", failed ? message : strerror(errno));
    if (send(PVG_HELPER_FD, &hello, sizeof(hello), MSG_NOSIGNAL) != (ssize_t)sizeof(hello))
        return -1;
    return hello.failed ? -1 : 0;
}

static void run_helper(void)
{
    struct pvg_error err = {{0}};

    close_others();
    int signals = prepare_process();
    bool failed = pvg_helper_warm_up(&err) != 0;
    if (greet(signals, failed, err.message) == 0)
        serve(signals);
    /* Children get SIGKILL with the end of this process. */
    _exit(0);
}

/* The command sees the helper's socket in its environment; the helper is its child. */
static int run_command(char **argv)
{
    char text[16];
    int pair[2];

    if (!argv[0]) {
        fputs(usage, stderr);
        return 2;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0) {
        perror("pvg-air-helper: socketpair");
        return 1;
    }
    pid_t pid = fork();
    if (pid < 0) {
        perror("pvg-air-helper: fork");
        return 1;
    }
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        if (null >= 0) {
            dup2(null, 0);
            dup2(null, 1);
        }
        setpgid(0, 0);
        if (pair[1] != PVG_HELPER_FD)
            dup2(pair[1], PVG_HELPER_FD);
        run_helper();
    }
    close(pair[1]);
    snprintf(text, sizeof(text), "%d", pair[0]);
    setenv(PVG_HELPER_FD_ENV, text, 1);
    execvp(argv[0], argv);
    fprintf(stderr, "pvg-air-helper: cannot run %s: %s\n", argv[0], strerror(errno));
    return 127;
}

static int check(void)
{
    struct pvg_error err = {{0}};

    if (prepare_process() < 0 || pvg_helper_warm_up(&err) != 0) {
        fprintf(stderr, "pvg-air-helper: %s\n", err.message[0] ? err.message : strerror(errno));
        return 1;
    }
    puts("translations can be sandboxed here");
    return 0;
}

int main(int argc, char **argv)
{
    int type = 0;
    socklen_t size = sizeof(type);

    if (argc > 1 && strcmp(argv[1], "--run") == 0)
        return run_command(argv + 2);
    if (argc == 2 && strcmp(argv[1], "--check") == 0)
        return check();
    if (argc == 1 && getsockopt(PVG_HELPER_FD, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET)
        run_helper();
    fputs(usage, argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
    return argc == 2 && strcmp(argv[1], "--help") == 0 ? 0 : 2;
}
