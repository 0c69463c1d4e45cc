/* SPDX-License-Identifier: MIT */
/*
 * First process of the virtual machines: prepares the system, runs /guest with the words of the kernel parameter openpvg.args
 * (separated by commas), reports its exit status, waits for the host to say "poweroff" and switches the machine off.
 *
 * Lines for the host begin with "openpvg-init:".
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ARGS         32
#define POWEROFF_WAIT_MS 600000

static void tell(const char *format, ...)
{
    va_list args;

    printf("openpvg-init: ");
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    fflush(stdout);
}

static void mount_one(const char *type, const char *where)
{
    mkdir(where, 0755);
    if (mount(type, where, type, 0, NULL) < 0 && errno != EBUSY) {
        tell("cannot mount %s: %s", where, strerror(errno));
    }
}

static void load_module(const char *name)
{
    char path[256];
    int fd;

    snprintf(path, sizeof(path), "/modules/%s", name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)) {
        tell("cannot load %s: %s", path, strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
}

static void load_modules(void)
{
    char line[128];
    FILE *order = fopen("/modules/order", "re");

    if (!order) {
        return;
    }
    while (fgets(line, sizeof(line), order)) {
        line[strcspn(line, "\n")] = '\0';
        if (*line) {
            load_module(line);
        }
    }
    fclose(order);
}

/* Words of openpvg.args; `storage` holds them. @return their number. */
static int program_args(char *storage, size_t size, char **args)
{
    int count = 0;
    ssize_t n;
    int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
    char *start, *save = NULL;

    n = fd < 0 ? -1 : read(fd, storage, size - 1);
    if (fd >= 0) {
        close(fd);
    }
    if (n < 0) {
        return 0;
    }
    storage[n] = '\0';
    start = strstr(storage, "openpvg.args=");
    if (!start) {
        return 0;
    }
    start += strlen("openpvg.args=");
    start[strcspn(start, " \n")] = '\0';
    for (char *word = strtok_r(start, ",", &save); word && count < MAX_ARGS - 2; word = strtok_r(NULL, ",", &save)) {
        args[count++] = word;
    }
    return count;
}

static int run_guest(void)
{
    static char storage[4096];
    char *args[MAX_ARGS] = {"/guest"};
    int count = program_args(storage, sizeof(storage), args + 1);
    int status;
    pid_t pid = fork();

    args[count + 1] = NULL;
    if (pid == 0) {
        execv(args[0], args);
        fprintf(stderr, "openpvg-init: cannot run %s: %s\n", args[0], strerror(errno));
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0) {
        return 126;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void wait_for_poweroff(void)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    char line[128];

    while (poll(&in, 1, POWEROFF_WAIT_MS) > 0) {
        if (!fgets(line, sizeof(line), stdin) || !strncmp(line, "poweroff", 8)) {
            return;
        }
    }
}

int main(void)
{
    struct utsname system;

    setvbuf(stdin, NULL, _IONBF, 0);
    mount_one("devtmpfs", "/dev");
    mount_one("proc", "/proc");
    mount_one("sysfs", "/sys");
    load_modules();
    if (uname(&system) == 0) {
        tell("kernel %s %s", system.release, system.machine);
    }
    tell("up");
    tell("guest ended with status %d", run_guest());
    wait_for_poweroff();
    tell("switching off");
    sync();
    reboot(RB_POWER_OFF);
    return 1;
}
