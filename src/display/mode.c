/* SPDX-License-Identifier: MIT */
#include "display/pipe.h"
#include "util/log.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { EDGE_MAX = 65535, RATE_MIN_MHZ = 1000, RATE_MAX_MHZ = 1000000 };

bool pvg_modes_valid(const struct pvg_mode *modes, size_t count, struct pvg_error *err)
{
    if (!modes || count < 1 || count > PVG_MAX_MODES) {
        pvg_error_set(err, "display mode list has %zu modes, 1 to %d are possible", modes ? count : (size_t)0, PVG_MAX_MODES);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct pvg_mode *m = &modes[i];
        if (m->width < 1 || m->width > EDGE_MAX || m->height < 1 || m->height > EDGE_MAX) {
            pvg_error_set(err, "display mode %zu is %" PRIu32 "x%" PRIu32 ", edges of 1 to %d are possible", i, m->width, m->height,
                          EDGE_MAX);
            return false;
        }
        if (m->refresh_mhz < RATE_MIN_MHZ || m->refresh_mhz > RATE_MAX_MHZ) {
            pvg_error_set(err, "display mode %zu refreshes at %" PRIu32 " mHz, 1000 to 1000000 are possible", i, m->refresh_mhz);
            return false;
        }
    }
    return true;
}

/* Digits at `*p`, at most nine of them. */
static bool take_number(const char **p, uint32_t *out)
{
    uint32_t n = 0;
    unsigned digits = 0;

    for (; isdigit((unsigned char)**p); (*p)++) {
        if (++digits > 9)
            return false;
        n = n * 10 + (uint32_t)(**p - '0');
    }
    *out = n;
    return digits > 0;
}

/* Hertz with up to three decimals, as millihertz. */
static bool take_rate(const char **p, uint32_t *mhz)
{
    uint32_t whole, unit = 1000;

    if (!take_number(p, &whole) || whole > RATE_MAX_MHZ / 1000)
        return false;
    *mhz = whole * 1000;
    if (**p != '.')
        return true;
    (*p)++;
    if (!isdigit((unsigned char)**p))
        return false;
    for (; isdigit((unsigned char)**p); (*p)++) {
        if (unit == 1)
            return false;
        unit /= 10;
        *mhz += (uint32_t)(**p - '0') * unit;
    }
    return true;
}

int pvg_mode_parse(const char *text, struct pvg_mode *mode, struct pvg_error *err)
{
    struct pvg_mode m;
    const char *p = text;
    bool ok = take_number(&p, &m.width) && (*p == 'x' || *p == 'X') && p++ && take_number(&p, &m.height) && *p == '@' && p++ &&
              take_rate(&p, &m.refresh_mhz) && *p == '\0' && pvg_modes_valid(&m, 1, NULL);

    if (!ok) {
        pvg_error_set(err,
                      "display mode \"%.64s\" is not WIDTHxHEIGHT@RATE with edges of 1 to 65535 and a rate of 1 to 1000 Hz, "
                      "for instance 1920x1080@60 or 2560x1440@59.94",
                      text);
        return -EINVAL;
    }
    *mode = m;
    return 0;
}
