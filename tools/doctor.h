/* SPDX-License-Identifier: MIT */
/** @file Parts of openpvg doctor. */
#ifndef PVG_TOOLS_DOCTOR_H
#define PVG_TOOLS_DOCTOR_H

#include <stdbool.h>

struct pvg_doctor {
    bool renders;     /**< The library could create a rendering device. */
    unsigned missing; /**< Findings that need something done. */
};

enum pvg_finding {
    PVG_FINDING_OK,
    PVG_FINDING_NOTE,    /**< Works, with a consequence worth knowing. */
    PVG_FINDING_MISSING, /**< Something has to be done. */
};

/** Print one finding. */
void pvg_doctor_line(struct pvg_doctor *d, enum pvg_finding finding, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/** Print what to do about the finding above. */
void pvg_doctor_remedy(const char *text);

void pvg_doctor_vulkan(struct pvg_doctor *d);
void pvg_doctor_kvm(struct pvg_doctor *d);
void pvg_doctor_qemu(struct pvg_doctor *d);
void pvg_doctor_shaders(struct pvg_doctor *d);

/** Print the table of pixel formats of a device (as pvg_device_config.gpu). @return the exit code. */
int pvg_doctor_formats(const char *gpu, bool json);

#endif
