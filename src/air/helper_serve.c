/* SPDX-License-Identifier: MIT */
#include "air/helper.h"
#include "air/isolate.h"
#include "air/metallib.h"
#include "air/remote.h"
#include "util/log.h"

#include <errno.h>

int pvg_helper_serve(uint32_t op, const uint8_t *request, size_t size, struct pvg_bytes *reply, struct pvg_error *err)
{
    switch (op) {
    case PVG_ISOLATED_TRANSLATE:
        return pvg_air_translate_request(request, size, reply, err);
    case PVG_ISOLATED_LIST:
        return pvg_metallib_list_entries(request, size, reply, err);
    default:
#ifdef PVG_HELPER_TEST
        return pvg_helper_test(op, request, size, reply, err);
#else
        pvg_error_set(err, "unknown request %u", op);
        return -EINVAL;
#endif
    }
}
