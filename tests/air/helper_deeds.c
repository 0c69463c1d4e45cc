/* SPDX-License-Identifier: MIT */
/*
 * What a child does in the tests when it "reads" bitcode: everything that damaged or hostile bitcode might make it do. Only in the
 * helper that the tests build.
 */
#include "tests/air/helper_deeds.h"

#include "air/helper.h"
#include "air/remote.h"
#include "util/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static volatile unsigned sink;
static volatile int *volatile nowhere = NULL;

__attribute__((noinline)) static unsigned nest(unsigned depth)
{
    volatile char space[512];

    space[depth % sizeof(space)] = (char)depth;
    return depth == UINT32_MAX ? 0 : nest(depth + 1) + (unsigned)space[0];
}

static void eat_memory(void)
{
    for (;;) {
        size_t size = 16 << 20;
        char *p = malloc(size);
        if (!p) {
            /* What LLVM does then. */
            fputs("LLVM ERROR: out of memory\nAllocation failed\n", stderr);
            abort();
        }
        /* Some of the pages: all of them would take a slow machine longer than the second of processor time. */
        memset(p, 1, size / 4);
    }
}

static void raw_reply(const struct pvg_helper_reply *head, size_t bytes)
{
    static const char zeros[4096];

    if (write(PVG_HELPER_FD, head, sizeof(*head)) < 0)
        _exit(3);
    while (bytes) {
        ssize_t n = write(PVG_HELPER_FD, zeros, bytes < sizeof(zeros) ? bytes : sizeof(zeros));
        if (n <= 0)
            _exit(3);
        bytes -= (size_t)n;
    }
}

static int forged(uint32_t op, uint64_t id)
{
    struct pvg_helper_reply head = {.magic = PVG_HELPER_MAGIC, .id = id};

    switch (op) {
    case DEED_OTHER_ID:
        head.id = id + 1;
        break;
    case DEED_HUGE_REPLY:
        head.size = UINT64_C(1) << 40;
        break;
    case DEED_POSITIVE_RC:
        head.rc = 5;
        break;
    case DEED_BAD_MAGIC:
        head.magic = 0;
        break;
    default: /* DEED_SHORT_REPLY */
        head.size = 1 << 20;
        raw_reply(&head, 1000);
        _exit(0);
    }
    raw_reply(&head, 0);
    /* And lives on. */
    for (;;)
        sink++;
}

/* @return what the call gave; a call that is answered by death does not return. */
static long forbidden(uint32_t op)
{
    switch (op) {
    case DEED_OPEN:
        return open("/etc/passwd", O_RDONLY) < 0 ? -errno : 0;
    case DEED_SOCKET:
        return socket(AF_UNIX, SOCK_STREAM, 0);
    case DEED_EXEC:
        return execl("/bin/true", "true", (char *)NULL);
    case DEED_FORK:
        return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    case DEED_PTRACE:
        return syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), 0, 0);
    case DEED_KILL_PARENT:
        return syscall(SYS_kill, -1, SIGKILL);
    case DEED_EXECUTABLE:
        return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -errno : 0;
    case DEED_MORE_TIME: {
        const struct itimerval none = {0};
        return setitimer(ITIMER_PROF, &none, NULL);
    }
    default:
        return 0;
    }
}

static int descriptors(struct pvg_bytes *reply)
{
    /* Without opening a folder: which numbers can be read or written at all. */
    for (int fd = 0; fd < 4096; fd++)
        if (read(fd, NULL, 0) == 0 || write(fd, NULL, 0) == 0 || errno != EBADF)
            pvg_bytes_put_int(reply, (uint64_t)fd, 4);
    return 0;
}

static int answer(const uint8_t *request, size_t size, struct pvg_bytes *reply)
{
    for (size_t i = 0; i < size; i++)
        pvg_bytes_put_int(reply, request[i] ^ 0x5au, 1);
    return 0;
}

int pvg_helper_test(uint32_t op, const uint8_t *request, size_t size, struct pvg_bytes *reply, struct pvg_error *err)
{
    switch (op) {
    case DEED_ANSWER:
        return answer(request, size, reply);
    case DEED_REFUSE:
        pvg_error_set(err, "no %zu\n\x1b[31mred", size);
        return -ENOTSUP;
    case DEED_CRASH:
        return *nowhere;
    case DEED_ABORT:
        fputs("LLVM ERROR: a fatal error\n", stderr);
        abort();
    case DEED_LOOP:
        for (;;)
            sink++;
    case DEED_MEMORY:
        eat_memory();
        return 0;
    case DEED_OUT_OF_MEMORY:
        return -ENOMEM;
    case DEED_NEST:
        return (int)nest(0);
    case DEED_CHATTER:
        for (unsigned i = 0; i < 1000000; i++)
            fputs("chatter\n", stderr);
        return answer(request, size, reply);
    case DEED_SILENT_EXIT:
        _exit(0);
    case DEED_STAND_STILL: {
        unsigned word = 0;
        for (;;)
            syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL);
    }
    case DEED_DESCRIPTORS:
        return descriptors(reply);
    case DEED_OTHER_ID:
    case DEED_HUGE_REPLY:
    case DEED_POSITIVE_RC:
    case DEED_BAD_MAGIC:
    case DEED_SHORT_REPLY:
        return forged(op, pvg_helper_request_id);
    default: {
        long rc = forbidden(op);
        pvg_error_set(err, "the call returned %ld", rc);
        return rc < 0 ? -EACCES : -EEXIST;
    }
    }
}
