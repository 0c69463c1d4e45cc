/* SPDX-License-Identifier: MIT */
/** @file openpvg doctor: can guest shaders be translated in sandboxed children here? */
#include "air/helper_path.h"
#include "air/isolate.h"
#include "tools/doctor.h"

void pvg_doctor_shaders(struct pvg_doctor *d)
{
    const struct pvg_bytes nothing = {0};
    struct pvg_bytes reply;
    struct pvg_error err = {{0}};
    char path[PATH_MAX];
    bool answered;

    pvg_helper_path(path);
    /* Any answer will do: a child started, was confined, read its request and replied. */
    pvg_isolated_call(PVG_ISOLATED_LIST, &nothing, &reply, &answered, &err);
    pvg_bytes_free(&reply);
    if (answered) {
        pvg_doctor_line(d, PVG_FINDING_OK, "%s translates in sandboxed children", path);
        return;
    }
    pvg_doctor_line(d, PVG_FINDING_MISSING, "guest shaders cannot be translated: %s", err.message);
    pvg_doctor_remedy("ninja install (or ./dev build) puts pvg-air-helper into place; OPENPVG_AIR_HELPER names another one");
}
