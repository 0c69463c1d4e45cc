/* SPDX-License-Identifier: MIT */
/** @file openpvg doctor: what this machine offers, what is missing and how to get it. */
#include <openpvg/device.h>

#include "tools/doctor.h"
#include "tools/tool.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: openpvg doctor\n"
    "       openpvg doctor --formats [--gpu GPU] [--json]\n"
    "\n"
    "Checks the Vulkan devices and their features, KVM, and whether a QEMU with the apple-gfx devices can be found.\n"
    "Every finding that needs something done names the remedy. Exit code 0: rendering works; 1: it does not.\n"
    "\n"
    "--formats lists all pixel formats of the guest and how the device holds them. GPU is an index, a UUID or part of a name. "
    "Exit\n"
    "code 0: all formats that guests need are there; 1: some are not.\n";

void pvg_doctor_line(struct pvg_doctor *d, enum pvg_finding finding, const char *fmt, ...)
{
    static const char *const marks[] = {"ok     ", "note   ", "MISSING"};
    va_list ap;

    printf("  %s  ", marks[finding]);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    putchar('\n');
    d->missing += finding == PVG_FINDING_MISSING;
}

void pvg_doctor_remedy(const char *text)
{
    printf("           -> %s\n", text);
}

/* The library's own word: can it make a device that renders? */
static void check_library(struct pvg_doctor *d)
{
    struct pvg_device_config config = {.size = sizeof(config), .cache_dir = ""};
    struct pvg_device *dev = NULL;
    struct pvg_error err = {{0}};

    printf("Library\n");
    if (pvg_device_create(&config, &dev, &err) != 0) {
        pvg_doctor_line(d, PVG_FINDING_MISSING, "a device cannot be created: %s", err.message);
        pvg_doctor_remedy("see the Vulkan findings above");
        return;
    }
    pvg_doctor_line(d, PVG_FINDING_OK, "a device renders with %s", pvg_device_renderer_name(dev));
    d->renders = true;
    pvg_device_destroy(dev);
}

int pvg_tool_doctor(int argc, char **argv)
{
    struct pvg_doctor d = {0};
    bool formats = false, json = false;
    const char *gpu = NULL;

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return PVG_EXIT_OK;
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--formats") == 0) {
            formats = true;
        } else if (strcmp(argv[i], "--json") == 0) {
            json = true;
        } else if (strcmp(argv[i], "--gpu") == 0 && i + 1 < argc) {
            gpu = argv[++i];
        } else {
            fprintf(stderr, "openpvg doctor: unknown argument \"%s\"; accepted: --formats, --gpu GPU, --json\n", argv[i]);
            return PVG_EXIT_USAGE;
        }
    }
    if (formats)
        return pvg_doctor_formats(gpu, json);
    if (json || gpu) {
        fprintf(stderr, "openpvg doctor: --json and --gpu belong to --formats\n");
        return PVG_EXIT_USAGE;
    }
    printf("Vulkan\n");
    pvg_doctor_vulkan(&d);
    check_library(&d);
    printf("Shaders\n");
    pvg_doctor_shaders(&d);
    printf("KVM\n");
    pvg_doctor_kvm(&d);
    printf("QEMU\n");
    pvg_doctor_qemu(&d);
    if (d.renders)
        printf("\nRendering works%s.\n", d.missing ? "; see what is missing above" : "");
    else
        printf("\nRendering does not work.\n");
    return d.renders ? PVG_EXIT_OK : PVG_EXIT_FAILED;
}
