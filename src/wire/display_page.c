/* SPDX-License-Identifier: MIT */
#include "wire/display_page.h"

uint32_t pvg_timing_hz_from_millihertz(uint32_t millihertz)
{
    uint64_t v = (((uint64_t)millihertz << 16) + 500) / 1000;
    return v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

uint32_t pvg_timing_millihertz_from_hz(uint32_t hz_16_16)
{
    return (uint32_t)(((uint64_t)hz_16_16 * 1000 + 0x8000) >> 16);
}

uint64_t pvg_timing_period_ns(uint32_t hz_16_16)
{
    return hz_16_16 ? ((1000000000ull << 16) + hz_16_16 / 2) / hz_16_16 : 0;
}

bool pvg_w_timing_decode(const uint8_t *p, size_t n, struct pvg_w_timing *out)
{
    if (n < PVG_DPAGE_TIMING_SIZE)
        return false;
    *out = (struct pvg_w_timing){.width = pvg_ld16(p), .height = pvg_ld16(p + 2), .hz_16_16 = pvg_ld32(p + 4)};
    return true;
}

size_t pvg_w_timing_encode(uint8_t *dst, size_t cap, const struct pvg_w_timing *in)
{
    if (cap < PVG_DPAGE_TIMING_SIZE)
        return 0;
    pvg_st16(dst, in->width);
    pvg_st16(dst + 2, in->height);
    pvg_st32(dst + 4, in->hz_16_16);
    pvg_st64(dst + 8, 0);
    return PVG_DPAGE_TIMING_SIZE;
}

/* Millimetres as the guest's integer field: rounded half up, saturated (rule S5). */
static uint16_t mm_round(float mm)
{
    float r = mm + 0.5f;
    if (!(r >= 0.0f))
        return 0;
    return r >= 65535.0f ? UINT16_MAX : (uint16_t)r;
}

uint32_t pvg_w_display_page_fill(uint8_t *page, size_t n, const struct pvg_w_display_desc *in)
{
    if (n < PVG_DPAGE_SIZE || in->timing_count == 0 || in->timing_count > PVG_DPAGE_TIMING_MAX)
        return 0;
    char name[PVG_DPAGE_NAME_SIZE] = {0};
    memcpy(name, in->name, sizeof(name) - 1);

    pvg_st32(page + PVG_DPAGE_SERIAL, in->serial);
    memcpy(page + PVG_DPAGE_NAME, name, sizeof(name));
    pvg_st16(page + PVG_DPAGE_PIPE, in->pipe);
    pvg_st16(page + PVG_DPAGE_MM_WIDTH, mm_round(in->mm_width));
    pvg_st16(page + PVG_DPAGE_MM_HEIGHT, mm_round(in->mm_height));
    pvg_st16(page + PVG_DPAGE_CURSOR_MAX, in->cursor_max_width);
    pvg_st16(page + PVG_DPAGE_CURSOR_MAX + 2, in->cursor_max_height);
    pvg_st32(page + PVG_DPAGE_GAMMA_ENTRIES, in->gamma_entries);
    pvg_st32(page + PVG_DPAGE_CURSOR_CAPS, in->cursor_caps);
    pvg_stf32(page + PVG_DPAGE_MM_WIDTH_F, in->mm_width);
    pvg_stf32(page + PVG_DPAGE_MM_HEIGHT_F, in->mm_height);
    for (uint32_t i = 0; i < in->timing_count; i++)
        pvg_w_timing_encode(page + PVG_DPAGE_TIMINGS + i * PVG_DPAGE_TIMING_SIZE, PVG_DPAGE_TIMING_SIZE, &in->timings[i]);
    pvg_st16(page + PVG_DPAGE_TIMING_COUNT, in->timing_count);

    uint32_t generation = pvg_ld32(page + PVG_DPAGE_GENERATION) + 1;
    if (generation == 0)
        generation = 1;
    pvg_st32_live(page + PVG_DPAGE_GENERATION, generation);
    return generation;
}

bool pvg_w_display_page_read(const uint8_t *page, size_t n, struct pvg_w_display_desc *out)
{
    if (n < PVG_DPAGE_SIZE)
        return false;
    uint16_t count = pvg_ld16(page + PVG_DPAGE_TIMING_COUNT);
    if (count == 0 || count > PVG_DPAGE_TIMING_MAX)
        return false;
    *out = (struct pvg_w_display_desc){
        .serial = pvg_ld32(page + PVG_DPAGE_SERIAL),
        .pipe = pvg_ld16(page + PVG_DPAGE_PIPE),
        .mm_width = pvg_ldf32(page + PVG_DPAGE_MM_WIDTH_F),
        .mm_height = pvg_ldf32(page + PVG_DPAGE_MM_HEIGHT_F),
        .mm_width_int = pvg_ld16(page + PVG_DPAGE_MM_WIDTH),
        .mm_height_int = pvg_ld16(page + PVG_DPAGE_MM_HEIGHT),
        .cursor_max_width = pvg_ld16(page + PVG_DPAGE_CURSOR_MAX),
        .cursor_max_height = pvg_ld16(page + PVG_DPAGE_CURSOR_MAX + 2),
        .gamma_entries = pvg_ld32(page + PVG_DPAGE_GAMMA_ENTRIES),
        .cursor_caps = pvg_ld32(page + PVG_DPAGE_CURSOR_CAPS),
        .generation = pvg_ld32_live(page + PVG_DPAGE_GENERATION),
        .timing_count = count,
    };
    memcpy(out->name, page + PVG_DPAGE_NAME, PVG_DPAGE_NAME_SIZE - 1);
    for (uint32_t i = 0; i < count; i++)
        pvg_w_timing_decode(page + PVG_DPAGE_TIMINGS + i * PVG_DPAGE_TIMING_SIZE, PVG_DPAGE_TIMING_SIZE, &out->timings[i]);
    return true;
}

bool pvg_w_cursor_state_read(const uint8_t *page, size_t n, struct pvg_w_cursor_state *out)
{
    if (n < PVG_DPAGE_SIZE)
        return false;
    uint32_t xy = pvg_ld32_live(page + PVG_DPAGE_CURSOR_XY);
    *out = (struct pvg_w_cursor_state){
        .x = (uint16_t)xy,
        .y = (uint16_t)(xy >> 16),
        .elsewhere = xy == PVG_CURSOR_ELSEWHERE,
        .visible = pvg_ld32_live(page + PVG_DPAGE_CURSOR_SHOW) != 0,
    };
    return true;
}

bool pvg_w_cursor_state_write(uint8_t *page, size_t n, const struct pvg_w_cursor_state *in)
{
    if (n < PVG_DPAGE_SIZE)
        return false;
    pvg_st32_live(page + PVG_DPAGE_CURSOR_SHOW, in->visible);
    pvg_st32_live(page + PVG_DPAGE_CURSOR_XY, in->elsewhere ? PVG_CURSOR_ELSEWHERE : (uint32_t)in->x | (uint32_t)in->y << 16);
    return true;
}

bool pvg_w_display_page_seed_chroma(uint8_t *page, size_t n)
{
    static const float srgb_d65[8] = {0.640f, 0.330f, 0.300f, 0.600f, 0.150f, 0.060f, 0.3127f, 0.3290f};
    if (n < PVG_DPAGE_SIZE)
        return false;
    for (uint32_t i = 0; i < 8; i++)
        pvg_stf32(page + PVG_DPAGE_CHROMA + 4 * i, srgb_d65[i]);
    return true;
}
