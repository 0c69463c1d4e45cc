/* SPDX-License-Identifier: MIT */
/* Payloads of the display commands (spec 02 section 8.6, spec 04 sections 4 and 6). */
#include "wire/packet.h"

bool pvg_w_set_shared_page_decode(const uint8_t *p, size_t n, struct pvg_w_set_shared_page *out)
{
    if (n < 8)
        return false;
    *out = (struct pvg_w_set_shared_page){.pipe = pvg_ld32(p), .pfn = pvg_ld32(p + 4)};
    return true;
}

size_t pvg_w_set_shared_page_encode(uint8_t *dst, size_t cap, const struct pvg_w_set_shared_page *in)
{
    if (cap < 8)
        return 0;
    pvg_st32(dst, in->pipe);
    pvg_st32(dst + 4, in->pfn);
    return 8;
}

bool pvg_w_online_ack_decode(const uint8_t *p, size_t n, struct pvg_w_online_ack *out)
{
    *out = (struct pvg_w_online_ack){.has_pipe = n >= 4, .has_generation = n >= 8};
    if (out->has_pipe)
        out->pipe = pvg_ld32(p);
    if (out->has_generation)
        out->generation = pvg_ld32(p + 4);
    return true;
}

size_t pvg_w_online_ack_encode(uint8_t *dst, size_t cap, const struct pvg_w_online_ack *in)
{
    if (cap < 8)
        return 0;
    pvg_st32(dst, in->pipe);
    pvg_st32(dst + 4, in->generation);
    return 8;
}

#define CURSOR_GLYPH_SIZE 44u

bool pvg_w_cursor_glyph_decode(const uint8_t *p, size_t n, struct pvg_w_cursor_glyph *out)
{
    if (n < CURSOR_GLYPH_SIZE)
        return false;
    *out = (struct pvg_w_cursor_glyph){
        .pipe = pvg_ld32(p),
        .task = pvg_ld32(p + 4),
        .gva = pvg_ld64(p + 8),
        .mapped_length = pvg_ld64(p + 0x10),
        .stride = pvg_ld64(p + 0x18),
        .width = pvg_ld16(p + 0x20),
        .height = pvg_ld16(p + 0x22),
        .hot_x = pvg_ld16(p + 0x24),
        .hot_y = pvg_ld16(p + 0x26),
        .unknown = pvg_ld32(p + 0x28),
    };
    return true;
}

size_t pvg_w_cursor_glyph_encode(uint8_t *dst, size_t cap, const struct pvg_w_cursor_glyph *in)
{
    if (cap < CURSOR_GLYPH_SIZE)
        return 0;
    pvg_st32(dst, in->pipe);
    pvg_st32(dst + 4, in->task);
    pvg_st64(dst + 8, in->gva);
    pvg_st64(dst + 0x10, in->mapped_length);
    pvg_st64(dst + 0x18, in->stride);
    pvg_st16(dst + 0x20, in->width);
    pvg_st16(dst + 0x22, in->height);
    pvg_st16(dst + 0x24, in->hot_x);
    pvg_st16(dst + 0x26, in->hot_y);
    pvg_st32(dst + 0x28, in->unknown);
    return CURSOR_GLYPH_SIZE;
}

const char *pvg_w_cursor_glyph_check(const struct pvg_w_cursor_glyph *g, uint32_t max_width, uint32_t max_height)
{
    uint64_t stride = (uint32_t)g->stride;
    if (g->width == 0 || g->height == 0)
        return "empty";
    if (g->width > max_width || g->height > max_height)
        return "larger than the advertised maximum";
    if (stride < 4ull * g->width)
        return "stride below a row";
    if (g->hot_x >= g->width || g->hot_y >= g->height)
        return "hot spot outside";
    if ((g->height - 1) * stride + 4ull * g->width > g->mapped_length)
        return "pixels past the mapped length";
    return NULL;
}

bool pvg_w_cursor_show_decode(const uint8_t *p, size_t n, struct pvg_w_cursor_show *out)
{
    if (n < 8)
        return false;
    *out = (struct pvg_w_cursor_show){.pipe = pvg_ld32(p), .show = pvg_ld32(p + 4)};
    return true;
}

size_t pvg_w_cursor_show_encode(uint8_t *dst, size_t cap, const struct pvg_w_cursor_show *in)
{
    if (cap < 8)
        return 0;
    pvg_st32(dst, in->pipe);
    pvg_st32(dst + 4, in->show);
    return 8;
}

/* Bytes that follow the three words of a present. */
#define TRANSACTION3_GAMMA 24u

bool pvg_w_present_decode(uint16_t opcode, const uint8_t *p, size_t n, struct pvg_w_present *out)
{
    if (n < 12)
        return false;
    uint32_t w1 = pvg_ld32(p + 4), w2 = pvg_ld32(p + 8);
    *out = (struct pvg_w_present){.pipe = pvg_ld32(p)};
    switch (opcode) {
    case PVG_OP_DISPLAY_TRANSACTION2:
        out->surface = w1;
        out->task = w2;
        return true;
    case PVG_OP_DISPLAY_TRANSACTION3:
        if (n < 12 + TRANSACTION3_GAMMA)
            return false;
        out->task = w1;
        out->surface = w2;
        out->tail = pvg_view_of(p + 12, TRANSACTION3_GAMMA);
        return true;
    case PVG_OP_DISPLAY_SWAP_MAPPING:
        out->unknown = w1;
        out->surface = w2;
        out->tail = pvg_view_from(pvg_view_of(p, n), 12);
        return true;
    default:
        return false;
    }
}

size_t pvg_w_present_encode(uint16_t opcode, uint8_t *dst, size_t cap, const struct pvg_w_present *in)
{
    size_t tail = 0;
    uint32_t w1, w2;
    switch (opcode) {
    case PVG_OP_DISPLAY_TRANSACTION2:
        w1 = in->surface;
        w2 = in->task;
        break;
    case PVG_OP_DISPLAY_TRANSACTION3:
        w1 = in->task;
        w2 = in->surface;
        tail = TRANSACTION3_GAMMA;
        break;
    case PVG_OP_DISPLAY_SWAP_MAPPING:
        w1 = in->unknown;
        w2 = in->surface;
        tail = in->tail.n;
        break;
    default:
        return 0;
    }
    if (!pvg_range_ok(12, tail, cap))
        return 0;
    pvg_st32(dst, in->pipe);
    pvg_st32(dst + 4, w1);
    pvg_st32(dst + 8, w2);
    size_t have = in->tail.n < tail ? in->tail.n : tail;
    if (have)
        memcpy(dst + 12, in->tail.p, have);
    if (tail > have)
        memset(dst + 12 + have, 0, tail - have);
    return 12 + tail;
}

bool pvg_w_display_words_decode(const uint8_t *p, size_t n, struct pvg_w_display_words *out)
{
    if (n < 8)
        return false;
    *out = (struct pvg_w_display_words){.pipe = pvg_ld32(p), .word = pvg_ld32(p + 4), .tail = pvg_view_from(pvg_view_of(p, n), 8)};
    return true;
}

size_t pvg_w_display_words_encode(uint8_t *dst, size_t cap, const struct pvg_w_display_words *in)
{
    if (!pvg_range_ok(8, in->tail.n, cap))
        return 0;
    pvg_st32(dst, in->pipe);
    pvg_st32(dst + 4, in->word);
    if (in->tail.n)
        memcpy(dst + 8, in->tail.p, in->tail.n);
    return 8 + in->tail.n;
}
