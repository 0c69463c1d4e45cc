/* SPDX-License-Identifier: MIT */
#include "air/helper_child.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the filter of system calls knows x86-64 and aarch64"
#endif

/* Low halves: both architectures are little-endian. */
#define NUMBER      offsetof(struct seccomp_data, nr)
#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + 8 * (n))

enum { LARGEST = 256 };

/* What a translation needs: memory, its own descriptors, time, ending. */
static const int allowed[] = {
    SYS_read,        SYS_write,           SYS_writev,        SYS_close,          SYS_munmap,
    SYS_mremap,      SYS_madvise,         SYS_brk,           SYS_futex,          SYS_exit,
    SYS_exit_group,  SYS_rt_sigreturn,    SYS_rt_sigaction,  SYS_rt_sigprocmask, SYS_sigaltstack,
    SYS_getpid,      SYS_gettid,          SYS_clock_gettime, SYS_gettimeofday,   SYS_getrandom,
    SYS_sched_yield, SYS_restart_syscall, SYS_getrusage,     SYS_times,
};

/* What libraries ask for out of habit and can do without. */
static const int failing[] = {
    SYS_openat, SYS_newfstatat, SYS_fstat,  SYS_lseek,    SYS_ioctl,  SYS_readlinkat, SYS_faccessat,         SYS_getcwd,
    SYS_uname,  SYS_sysinfo,    SYS_getuid, SYS_geteuid,  SYS_getgid, SYS_getegid,    SYS_sched_getaffinity, SYS_prlimit64,
    SYS_fcntl,  SYS_mincore,    SYS_prctl,  SYS_getppid,
#ifdef SYS_open
    SYS_open,   SYS_stat,       SYS_access, SYS_readlink,
#endif
};

static void add(struct sock_fprog *f, struct sock_filter what)
{
    f->filter[f->len++] = what;
}

static void on_call(struct sock_fprog *f, int number, uint32_t action)
{
    add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1));
    add(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* New mappings must not be executable: argument 2 is the protection of both calls. */
static void on_mapping(struct sock_fprog *f, int number)
{
    add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4));
    add(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(2)));
    add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1));
    add(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    add(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
}

/* abort() signals the process itself. */
static void on_signal(struct sock_fprog *f)
{
    add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 4));
    add(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(0)));
    add(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 1, 0));
    add(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    add(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
}

int pvg_helper_confine(void)
{
    struct sock_filter code[LARGEST];
    struct sock_fprog f = {.filter = code};

    add(&f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)));
    add(&f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
    add(&f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    add(&f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NUMBER));
    for (unsigned i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
        on_call(&f, allowed[i], SECCOMP_RET_ALLOW);
    for (unsigned i = 0; i < sizeof(failing) / sizeof(failing[0]); i++)
        on_call(&f, failing[i], SECCOMP_RET_ERRNO | EACCES);
    on_mapping(&f, SYS_mmap);
    on_mapping(&f, SYS_mprotect);
    on_signal(&f);
    /* Also the other calling conventions of x86-64, whose numbers are none of the above. */
    add(&f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
                                         PVG_HELPER_SANITIZED ? SECCOMP_RET_ERRNO | EACCES : SECCOMP_RET_KILL_PROCESS));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &f) < 0)
        return -errno;
    return 0;
}
