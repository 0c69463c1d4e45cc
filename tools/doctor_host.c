/* SPDX-License-Identifier: MIT */
/** @file KVM and QEMU parts of openpvg doctor. */
#include "tools/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROBE_SECONDS 3

/* ---- KVM ---- */

/** What the probing child reports through its exit code. */
enum kvm_verdict { KVM_RUNS, KVM_NO_OPEN, KVM_NO_VM, KVM_NO_RUN, KVM_HANGS };

#if defined(__x86_64__)
/* Run one HLT in real mode: some machines offer KVM and then never return from the first entry. */
static enum kvm_verdict run_hlt(int kvm, int vm)
{
    int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    int vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct kvm_sregs sregs;
    struct kvm_regs regs = {.rip = 0, .rflags = 2};

    if (size <= 0 || vcpu < 0 || page == MAP_FAILED)
        return KVM_NO_VM;
    struct kvm_run *run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    struct kvm_userspace_memory_region region = {.memory_size = 4096, .userspace_addr = (uintptr_t)page};
    memset(page, 0xf4, 4096);
    if (run == MAP_FAILED || ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) != 0 || ioctl(vcpu, KVM_GET_SREGS, &sregs) != 0)
        return KVM_NO_VM;
    sregs.cs.base = 0;
    sregs.cs.selector = 0;
    if (ioctl(vcpu, KVM_SET_SREGS, &sregs) != 0 || ioctl(vcpu, KVM_SET_REGS, &regs) != 0)
        return KVM_NO_VM;
    return ioctl(vcpu, KVM_RUN, 0) == 0 && run->exit_reason == KVM_EXIT_HLT ? KVM_RUNS : KVM_NO_RUN;
}
#else
static enum kvm_verdict run_hlt(int kvm, int vm)
{
    (void)kvm;
    return ioctl(vm, KVM_CREATE_VCPU, 0) < 0 ? KVM_NO_VM : KVM_RUNS;
}
#endif

static enum kvm_verdict probe_in_child(void)
{
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

    if (kvm < 0)
        return KVM_NO_OPEN;
    int vm = ioctl(kvm, KVM_CREATE_VM, 0);
    return vm < 0 ? KVM_NO_VM : run_hlt(kvm, vm);
}

static enum kvm_verdict probe_kvm(void)
{
    struct timespec tick = {.tv_nsec = 10000000};
    pid_t child = fork();
    int status = 0;

    if (child == 0)
        _exit(probe_in_child());
    if (child < 0)
        return KVM_NO_OPEN;
    for (int i = 0; i < PROBE_SECONDS * 100; i++) {
        if (waitpid(child, &status, WNOHANG) == child)
            return WIFEXITED(status) ? (enum kvm_verdict)WEXITSTATUS(status) : KVM_NO_RUN;
        nanosleep(&tick, NULL);
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return KVM_HANGS;
}

void pvg_doctor_kvm(struct pvg_doctor *d)
{
    if (access("/dev/kvm", F_OK) != 0) {
        pvg_doctor_line(d, PVG_FINDING_NOTE, "no /dev/kvm: guests run without hardware virtualisation (TCG, slow)");
        pvg_doctor_remedy("enable virtualisation in the firmware and load kvm_intel or kvm_amd; in a VM, enable nesting");
        return;
    }
    switch (probe_kvm()) {
    case KVM_RUNS:
        pvg_doctor_line(d, PVG_FINDING_OK, "/dev/kvm runs code");
        break;
    case KVM_NO_OPEN:
        pvg_doctor_line(d, PVG_FINDING_NOTE, "/dev/kvm cannot be opened");
        pvg_doctor_remedy("add your user to the group kvm, then log in again");
        break;
    case KVM_HANGS:
        pvg_doctor_line(d, PVG_FINDING_NOTE, "/dev/kvm opens, but a virtual CPU never comes back: guests run under TCG");
        pvg_doctor_remedy("nested virtualisation of this machine does not work; nothing to do inside of it");
        break;
    default:
        pvg_doctor_line(d, PVG_FINDING_NOTE, "/dev/kvm opens, but a virtual machine cannot run: guests run under TCG");
        pvg_doctor_remedy("check the kernel log for kvm messages");
        break;
    }
}

/* ---- QEMU ---- */

/* The binary lists the device among what it can emulate. */
static bool offers_device(const char *binary, const char *device)
{
    int out[2];
    char text[65536];
    size_t n = 0;
    ssize_t got;

    if (pipe(out) != 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        dup2(out[1], 1);
        dup2(out[1], 2);
        close(out[0]);
        execl(binary, binary, "-M", "none", "-device", "help", (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    while (child > 0 && n + 1 < sizeof(text) && (got = read(out[0], text + n, sizeof(text) - 1 - n)) > 0)
        n += (size_t)got;
    close(out[0]);
    text[n] = 0;
    if (child > 0)
        waitpid(child, NULL, 0);
    return child > 0 && strstr(text, device) != NULL;
}

/* Folder above the one this program lies in: ./dev puts QEMU into build/ and this command into build/tools/. */
static void build_folder(char *path, size_t cap)
{
    ssize_t n = readlink("/proc/self/exe", path, cap - 1);

    path[n > 0 ? n : 0] = 0;
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(path, '/');
        if (slash)
            *slash = 0;
    }
}

/* First executable of this name: $OPENPVG_QEMU_DIR, the build folder, then PATH. */
static bool find_binary(const char *name, char *path, size_t cap)
{
    char build[1024];
    const char *dirs[3] = {getenv("OPENPVG_QEMU_DIR"), build, getenv("PATH")};

    build_folder(build, sizeof(build));
    for (size_t i = 0; i < 3; i++) {
        for (const char *p = dirs[i]; p && *p;) {
            size_t len = strcspn(p, ":");
            snprintf(path, cap, "%.*s/%s", (int)len, p, name);
            if (access(path, X_OK) == 0)
                return true;
            p += len + (p[len] == ':');
        }
    }
    return false;
}

static void check_qemu(struct pvg_doctor *d, const char *name, const char *device)
{
    char path[1024];

    if (!find_binary(name, path, sizeof(path))) {
        pvg_doctor_line(d, PVG_FINDING_NOTE, "%s was not found", name);
        pvg_doctor_remedy("./dev qemu builds one with the device; OPENPVG_QEMU_DIR names the folder of another build");
        return;
    }
    if (offers_device(path, device)) {
        pvg_doctor_line(d, PVG_FINDING_OK, "%s offers %s", path, device);
        return;
    }
    pvg_doctor_line(d, PVG_FINDING_NOTE, "%s does not offer %s", path, device);
    pvg_doctor_remedy("./dev qemu builds one that does");
}

void pvg_doctor_qemu(struct pvg_doctor *d)
{
    check_qemu(d, "qemu-system-x86_64", "apple-gfx-pci");
    check_qemu(d, "qemu-system-aarch64", "apple-gfx-mmio");
}
