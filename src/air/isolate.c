/* SPDX-License-Identifier: MIT */
#include "air/isolate.h"

#include "air/helper_link.h"
#include "util/log.h"
#include "util/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/** The helper kills a child after PVG_HELPER_WALL_MS; only one that does not run itself lets this pass. */
#define PATIENCE_MS (2 * PVG_HELPER_WALL_MS)
#define MAX_ERRNO   4095

/** One call. */
struct call {
    enum pvg_isolated_op op;
    uint64_t id, deadline_ns, generation;
    int data;    /**< Stream to and from the child. */
    int outcome; /**< Pipe from the helper. */
    bool ended;  /**< The outcome is there. */
    bool late;   /**< The deadline has passed. */
    bool answered;
    struct pvg_helper_outcome end;
};

/* ---- Bytes to and from the child ------------------------------------------------------------------------------------------ */

static void read_outcome(struct call *c)
{
    ssize_t n = read(c->outcome, &c->end, sizeof(c->end));

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    c->ended = true;
    if (n != (ssize_t)sizeof(c->end) || c->end.magic != PVG_HELPER_MAGIC || c->end.id != c->id)
        c->end = (struct pvg_helper_outcome){.error = EPIPE};
    c->end.text[sizeof(c->end.text) - 1] = 0;
}

/* Wait for `events` on the data socket. Other processes may hold copies of the child's end of it, so its death shows on the pipe;
 * what it wrote before is still in the socket then. @return false: nothing more will come. */
static bool wait_data(struct call *c, short events)
{
    while (!c->late) {
        struct pollfd fds[2] = {{.fd = c->data, .events = events}, {.fd = c->outcome, .events = POLLIN}};
        uint64_t now = pvg_now_ns();
        int n;

        c->late = now >= c->deadline_ns;
        n = c->late ? 0 : poll(fds, c->ended ? 1 : 2, c->ended ? 0 : (int)((c->deadline_ns - now) / 1000000 + 1));
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0 && fds[0].revents)
            return fds[0].revents & events;
        if (c->ended)
            return false;
        if (n > 0)
            read_outcome(c);
    }
    return false;
}

static bool send_all(struct call *c, const void *data, size_t size)
{
    const char *p = data;

    while (size) {
        ssize_t n = send(c->data, p, size, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n > 0) {
            p += n;
            size -= (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            if (!wait_data(c, POLLOUT))
                return false;
        } else if (n == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

static bool receive_all(struct call *c, void *data, size_t size)
{
    char *p = data;

    while (size) {
        ssize_t n = recv(c->data, p, size, MSG_DONTWAIT);

        if (n > 0) {
            p += n;
            size -= (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            if (!wait_data(c, POLLIN))
                return false;
        } else if (n == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* ---- What went wrong ------------------------------------------------------------------------------------------------------ */

/* Text of a child may carry what a guest wrote: one line, no control characters. */
static void plain(char *text)
{
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = ' ';
    for (size_t n = strlen(text); n && text[n - 1] == ' ';)
        text[--n] = 0;
}

static bool out_of_memory(const char *text)
{
    return strstr(text, "bad_alloc") || strstr(text, "out of memory") || strstr(text, "Allocation failed");
}

static int refuse_memory(struct pvg_error *err)
{
    pvg_error_set(err, "bitcode made the translator exceed 512 MiB");
    return -ENOMEM;
}

static int name_signal(const struct pvg_helper_outcome *end, struct pvg_error *err)
{
    int number = WTERMSIG(end->status);

    switch (number) {
    case SIGPROF:
    case SIGXCPU:
        pvg_error_set(err, "bitcode made the translator exceed 1 s of processor time");
        return -EINVAL;
    case SIGSYS:
        pvg_error_set(err, "bitcode made the translator ask the system for what it must not (signal %d)", number);
        return -EINVAL;
    case SIGKILL:
        pvg_error_set(err, "the translator was killed from outside (signal %d): the machine may be out of memory", number);
        return -EINVAL;
    default:
        if (number == SIGABRT && out_of_memory(end->text))
            return refuse_memory(err);
        pvg_error_set(err, "bitcode made the translator crash (signal %d)%s%.200s", number, end->text[0] ? ": " : "", end->text);
        return -EINVAL;
    }
}

/* The child sent no usable reply. @return a refusal, or 0 when it was no fault of the bitcode and another helper may do better. */
static int explain(struct call *c, struct pvg_error *err)
{
    /* It may still be about to end; without its socket it does not get far. */
    shutdown(c->data, SHUT_RDWR);
    while (!c->ended && !c->late) {
        struct pollfd p = {.fd = c->outcome, .events = POLLIN};
        uint64_t now = pvg_now_ns();

        c->late = now >= c->deadline_ns;
        if (!c->late && poll(&p, 1, (int)((c->deadline_ns - now) / 1000000 + 1)) > 0)
            read_outcome(c);
    }
    if (!c->ended || c->end.error == EPIPE) {
        pvg_helper_lost(c->generation);
        pvg_error_set(err, "the program that reads guest bitcode has %s", c->ended ? "ended" : "stopped");
        return c->ended ? 0 : -EINVAL;
    }
    plain(c->end.text);
    if (c->end.error) {
        pvg_error_set(err, "no child process for reading guest bitcode (%s); raise the limits on processes, files and memory",
                      strerror(c->end.error));
        return -c->end.error;
    }
    if (c->end.stood_still) {
        pvg_error_set(err, "the translator stood still for %u s", PVG_HELPER_WALL_MS / 1000);
        return -EINVAL;
    }
    if (WIFSIGNALED(c->end.status))
        return name_signal(&c->end, err);
    pvg_error_set(err, "bitcode made the translator break its protocol (exit status %d)%s%.200s", WEXITSTATUS(c->end.status),
                  c->end.text[0] ? ": " : "", c->end.text);
    return -EINVAL;
}

/* ---- One call ------------------------------------------------------------------------------------------------------------- */

enum answer { ANSWER_NONE, ANSWER_BROKEN, ANSWER_WHOLE };

static enum answer exchange(struct call *c, const struct pvg_bytes *request, struct pvg_helper_reply *head, uint8_t **data)
{
    const struct pvg_helper_request q = {.magic = PVG_HELPER_MAGIC, .op = c->op, .id = c->id, .size = request->size};

    *data = NULL;
    /* A child may reply before it has read everything. */
    if (send_all(c, &q, sizeof(q)))
        send_all(c, request->p, request->size);
    if (!receive_all(c, head, sizeof(*head)))
        return ANSWER_NONE;
    if (head->magic != PVG_HELPER_MAGIC || head->id != c->id || head->rc > 0 || head->rc < -MAX_ERRNO ||
        head->size > PVG_HELPER_DATA_MAX || (head->rc && head->size))
        return ANSWER_BROKEN;
    *data = malloc(head->size + 1);
    return *data && receive_all(c, *data, head->size) ? ANSWER_WHOLE : ANSWER_NONE;
}

static int take(struct call *c, const struct pvg_bytes *request, struct pvg_bytes *reply, struct pvg_error *err)
{
    struct pvg_helper_reply head;
    uint8_t *data;
    enum answer answer = exchange(c, request, &head, &data);

    if (answer == ANSWER_BROKEN) {
        free(data);
        /* The helper ends the child as soon as the pipe is closed. */
        pvg_error_set(err, "bitcode made the translator break its protocol (malformed reply)");
        return -EINVAL;
    }
    if (answer == ANSWER_NONE) {
        free(data);
        return explain(c, err);
    }
    head.err.message[sizeof(head.err.message) - 1] = 0;
    plain(head.err.message);
    if (head.rc) {
        free(data);
        if (head.rc == -ENOMEM)
            return refuse_memory(err);
        c->answered = true;
        pvg_error_set(err, "%s", head.err.message);
        return head.rc;
    }
    c->answered = true;
    *reply = (struct pvg_bytes){.p = data, .size = head.size, .capacity = head.size + 1};
    return 1;
}

static int no_descriptors(struct pvg_error *err)
{
    int error = errno;

    pvg_error_set(err, "no descriptors for reading guest bitcode in a child process (%s); raise the limit on open files",
                  strerror(error));
    return -error;
}

/* @return 1 with a reply, 0 when it is worth another attempt, or a negative errno value. */
static int attempt(struct call *c, const struct pvg_bytes *request, struct pvg_bytes *reply, struct pvg_error *err)
{
    int data[2], outcome[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, data) < 0)
        return no_descriptors(err);
    if (pipe2(outcome, O_CLOEXEC) < 0) {
        int rc = no_descriptors(err);
        close(data[0]);
        close(data[1]);
        return rc;
    }
    int rc = pvg_helper_order(c->id, data[1], outcome[1], &c->generation, err);
    close(data[1]);
    close(outcome[1]);
    c->data = data[0];
    c->outcome = outcome[0];
    c->ended = c->late = false;
    c->deadline_ns = pvg_now_ns() + (uint64_t)PATIENCE_MS * 1000000;
    if (!rc)
        rc = take(c, request, reply, err);
    close(data[0]);
    close(outcome[0]);
    return rc;
}

int pvg_isolated_call(enum pvg_isolated_op op, const struct pvg_bytes *request, struct pvg_bytes *reply, bool *answered,
                      struct pvg_error *err)
{
    static _Atomic uint64_t next_id;
    bool unused;
    int rc = 0;

    *reply = (struct pvg_bytes){0};
    answered = answered ? answered : &unused;
    *answered = false;
    if (request->failed) {
        pvg_error_set(err, "out of memory");
        return -ENOMEM;
    }
    if (request->size > PVG_HELPER_DATA_MAX) {
        pvg_error_set(err, "%zu bytes for the translator, more than %u MiB", request->size, (unsigned)(PVG_HELPER_DATA_MAX >> 20));
        return -EINVAL;
    }
    for (unsigned i = 0; i < 2 && rc == 0; i++) {
        struct call c = {.op = op, .id = 1 + atomic_fetch_add(&next_id, 1)};
        rc = attempt(&c, request, reply, err);
        *answered = c.answered;
    }
    if (rc > 0)
        return 0;
    return rc ? rc : -EIO;
}
