/* SPDX-License-Identifier: MIT */
#include "fuzz/air_parse.h"

#include "air/bytes.h"
#include "air/entry.h"
#include "air/module.h"

#include <errno.h>
#include <fcntl.h>
#include <llvm-c/BitWriter.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    LIFE = 2000,      /**< Modules after which the process is replaced: it only grows. */
    PATIENCE_SEC = 3, /**< For one answer: a text of a line can ask LLVM's parser for a vector of a billion lanes. */
};

struct request {
    uint32_t size, pick;
};

struct reply {
    uint32_t name_size, bitcode_size; /**< 0: no module. */
};

static int parser_socket = -1;
static pid_t parser;
static unsigned parsed;

static bool get(int fd, void *data, size_t size)
{
    char *p = data;

    while (size) {
        ssize_t n = read(fd, p, size);
        if (n == 0 || (n < 0 && errno != EINTR))
            return false;
        if (n > 0) {
            p += n;
            size -= (size_t)n;
        }
    }
    return true;
}

static bool put(int fd, const void *data, size_t size)
{
    const char *p = data;

    while (size) {
        ssize_t n = send(fd, p, size, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            p += n;
            size -= (size_t)n;
        }
    }
    return true;
}

/* ---- The parser ----------------------------------------------------------------------------------------------------------- */

static void reply_none(int fd)
{
    const struct reply r = {0};

    if (!put(fd, &r, sizeof(r)))
        _exit(0);
}

static void reply_module(int fd, LLVMModuleRef module, uint32_t pick)
{
    size_t count = pvg_air_entry_count(module), length;
    enum pvg_air_stage stage;
    LLVMValueRef function;

    if (!count || !pvg_air_entry_at(module, pick % count, &stage, &function)) {
        reply_none(fd);
        return;
    }
    const char *name = LLVMGetValueName2(function, &length);
    LLVMMemoryBufferRef buffer = LLVMWriteBitcodeToMemoryBuffer(module);
    const struct reply r = {(uint32_t)strlen(name), (uint32_t)LLVMGetBufferSize(buffer)};
    if (!put(fd, &r, sizeof(r)) || !put(fd, name, r.name_size) || !put(fd, LLVMGetBufferStart(buffer), r.bitcode_size))
        _exit(0);
    LLVMDisposeMemoryBuffer(buffer);
}

static _Noreturn void parse_all(int fd)
{
    const struct rlimit none = {0};
    int null = open("/dev/null", O_WRONLY);
    struct request q;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
    /* What goes wrong in LLVM's parser is no finding: the fuzzer's hooks, which are inherited, can open no file to write it to. */
    setrlimit(RLIMIT_NOFILE, &none);
    while (get(fd, &q, sizeof(q))) {
        char *text = malloc((size_t)q.size + 1);
        struct pvg_air_module m;
        struct pvg_error err;

        if (!text || !get(fd, text, q.size))
            break;
        text[q.size] = 0;
        if (pvg_air_module_parse_text(text, q.size, &m, &err) == 0) {
            reply_module(fd, m.module, q.pick);
            pvg_air_module_free(&m);
        } else {
            reply_none(fd);
        }
        free(text);
    }
    _exit(0);
}

/* ---- Its user ------------------------------------------------------------------------------------------------------------- */

static void stop(void)
{
    if (parser_socket < 0)
        return;
    close(parser_socket);
    parser_socket = -1;
    kill(parser, SIGKILL);
    waitpid(parser, NULL, 0);
}

static void start(void)
{
    const struct timeval patience = {PATIENCE_SEC, 0};
    int pair[2];

    if (parser_socket >= 0 && ++parsed < LIFE)
        return;
    stop();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 ||
        setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
        abort();
    parser = fork();
    if (parser < 0)
        abort();
    if (parser == 0) {
        close(pair[0]);
        parse_all(pair[1]);
    }
    close(pair[1]);
    parser_socket = pair[0];
    parsed = 0;
}

bool fuzz_air_parse(const uint8_t *text, size_t size, uint32_t pick, uint8_t **bitcode, size_t *bitcode_size, char **name)
{
    const struct request q = {(uint32_t)size, pick};
    struct reply r = {0};

    start();
    if (!put(parser_socket, &q, sizeof(q)) || !put(parser_socket, text, size) || !get(parser_socket, &r, sizeof(r))) {
        stop();
        return false;
    }
    if (!r.bitcode_size)
        return false;
    *bitcode = malloc(r.bitcode_size);
    *bitcode_size = r.bitcode_size;
    *name = malloc((size_t)r.name_size + 1);
    if (*bitcode && *name && get(parser_socket, *name, r.name_size) && get(parser_socket, *bitcode, r.bitcode_size)) {
        (*name)[r.name_size] = 0;
        return true;
    }
    free(*bitcode);
    free(*name);
    stop();
    return false;
}
