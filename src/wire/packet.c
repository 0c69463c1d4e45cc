/* SPDX-License-Identifier: MIT */
#include "wire/packet.h"

bool pvg_w_packet_header_decode(const uint8_t *p, size_t n, struct pvg_w_packet_header *out)
{
    if (n < PVG_PACKET_HEADER_SIZE)
        return false;
    *out = (struct pvg_w_packet_header){
        .opcode = pvg_ld16(p),
        .wait_count = pvg_ld16(p + 2),
        .total_size = pvg_ld32(p + 4),
        .stamp = pvg_ld32(p + 8),
    };
    return true;
}

size_t pvg_w_packet_header_encode(uint8_t *dst, size_t cap, const struct pvg_w_packet_header *in)
{
    if (cap < PVG_PACKET_HEADER_SIZE)
        return 0;
    pvg_st16(dst, in->opcode);
    pvg_st16(dst + 2, in->wait_count);
    pvg_st32(dst + 4, in->total_size);
    pvg_st32(dst + 8, in->stamp);
    return PVG_PACKET_HEADER_SIZE;
}

/* Bytes of header and waits. */
static uint32_t front_size(uint16_t wait_count)
{
    return PVG_PACKET_HEADER_SIZE + PVG_PACKET_WAIT_SIZE * wait_count;
}

bool pvg_w_packet_decode(const uint8_t *p, size_t n, struct pvg_w_packet *out)
{
    struct pvg_w_packet_header h;
    if (!pvg_w_packet_header_decode(p, n, &h))
        return false;
    uint32_t front = front_size(h.wait_count);
    if (h.total_size > n || front > h.total_size)
        return false;
    *out = (struct pvg_w_packet){
        .opcode = h.opcode,
        .wait_count = h.wait_count,
        .total_size = h.total_size,
        .stamp = h.stamp,
        .waits = {.p = p + PVG_PACKET_HEADER_SIZE, .n = front - PVG_PACKET_HEADER_SIZE},
        .payload = {.p = p + front, .n = h.total_size - front},
    };
    return true;
}

size_t pvg_w_packet_encode(uint8_t *dst, size_t cap, uint16_t opcode, uint32_t stamp, const struct pvg_w_wait *waits,
                           size_t wait_count, const uint8_t *payload, size_t plen)
{
    if (wait_count > UINT16_MAX || plen > PVG_PACKET_SIZE_MAX)
        return 0;
    size_t front = front_size((uint16_t)wait_count), total = front + plen;
    if (total > cap || total > PVG_PACKET_SIZE_MAX)
        return 0;
    const struct pvg_w_packet_header h = {
        .opcode = opcode, .wait_count = (uint16_t)wait_count, .total_size = (uint32_t)total, .stamp = stamp};
    pvg_w_packet_header_encode(dst, cap, &h);
    for (size_t i = 0; i < wait_count; i++) {
        pvg_st32(dst + PVG_PACKET_HEADER_SIZE + 8 * i, waits[i].index);
        pvg_st32(dst + PVG_PACKET_HEADER_SIZE + 8 * i + 4, waits[i].value);
    }
    if (plen)
        memcpy(dst + front, payload, plen);
    return total;
}

bool pvg_ring_read(const struct pvg_ring *ring, uint32_t pos, void *buf, uint32_t len)
{
    if (ring->size == 0 || len > ring->size)
        return false;
    uint32_t off = pos % ring->size, first = ring->size - off;
    if (first > len)
        first = len;
    if (first && !ring->read(ring->opaque, off, buf, first))
        return false;
    return first == len || ring->read(ring->opaque, 0, (uint8_t *)buf + first, len - first);
}

bool pvg_ring_write(const struct pvg_ring *ring, uint32_t pos, const void *buf, uint32_t len)
{
    if (ring->size == 0 || len > ring->size || !ring->write)
        return false;
    uint32_t off = pos % ring->size, first = ring->size - off;
    if (first > len)
        first = len;
    if (first && !ring->write(ring->opaque, off, buf, first))
        return false;
    return first == len || ring->write(ring->opaque, 0, (const uint8_t *)buf + first, len - first);
}

enum pvg_fetch pvg_packet_fetch(const struct pvg_ring *ring, uint32_t head, uint32_t tail, uint8_t *buf, size_t cap, size_t *need,
                                struct pvg_w_packet *out)
{
    uint32_t avail = tail - head;
    uint8_t raw[PVG_PACKET_HEADER_SIZE];
    struct pvg_w_packet_header h;

    *need = 0;
    *out = (struct pvg_w_packet){0};
    if (avail == 0)
        return PVG_FETCH_EMPTY;
    if (avail > ring->size)
        return PVG_FETCH_DESYNC;
    if (avail < sizeof(raw))
        return PVG_FETCH_INCOMPLETE;
    if (!pvg_ring_read(ring, head, raw, sizeof(raw)))
        return PVG_FETCH_UNREADABLE;
    pvg_w_packet_header_decode(raw, sizeof(raw), &h);
    out->opcode = h.opcode;
    out->wait_count = h.wait_count;
    out->total_size = h.total_size;
    out->stamp = h.stamp;
    if (h.total_size < PVG_PACKET_HEADER_SIZE || h.total_size > ring->size || h.total_size > PVG_PACKET_SIZE_MAX)
        return PVG_FETCH_MALFORMED;
    if (avail < h.total_size)
        return PVG_FETCH_INCOMPLETE;
    if (front_size(h.wait_count) > h.total_size)
        return PVG_FETCH_MALFORMED;
    *need = h.total_size;
    if (h.total_size > cap)
        return PVG_FETCH_NO_BUFFER;
    /* The header that was checked is the one that counts: the guest can change ring bytes between two reads. */
    memcpy(buf, raw, sizeof(raw));
    if (!pvg_ring_read(ring, head + (uint32_t)sizeof(raw), buf + sizeof(raw), h.total_size - (uint32_t)sizeof(raw)))
        return PVG_FETCH_UNREADABLE;
    return pvg_w_packet_decode(buf, h.total_size, out) ? PVG_FETCH_OK : PVG_FETCH_MALFORMED;
}

const char *pvg_fetch_name(enum pvg_fetch f)
{
    static const char *const names[] = {
        [PVG_FETCH_OK] = "ok",
        [PVG_FETCH_EMPTY] = "empty",
        [PVG_FETCH_INCOMPLETE] = "incomplete",
        [PVG_FETCH_NO_BUFFER] = "larger than the buffer",
        [PVG_FETCH_DESYNC] = "more published than the ring holds",
        [PVG_FETCH_MALFORMED] = "malformed header",
        [PVG_FETCH_UNREADABLE] = "ring memory unreadable",
    };
    return names[f];
}
