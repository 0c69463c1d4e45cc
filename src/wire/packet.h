/* SPDX-License-Identifier: MIT */
/**
 * @file FIFO packets: header, waits, opcode table and the payload of every command (spec 02 sections 4 to 9).
 *
 * Payload decoders take the bytes after header and waits. A payload shorter than the documented minimum is refused; longer ones are
 * accepted and the excess ignored.
 */
#ifndef PVG_WIRE_PACKET_H
#define PVG_WIRE_PACKET_H

#include "wire/wire.h"

#define PVG_PACKET_HEADER_SIZE 12u
#define PVG_PACKET_WAIT_SIZE   8u
/** Largest packet the device copies: the largest child ring, 4096 pages of 16 KiB (spec 02 section 4). */
#define PVG_PACKET_SIZE_MAX (64u << 20)
/** Apple's host refuses more waits; this project evaluates them and logs once (spec 02 section 4). */
#define PVG_PACKET_WAITS_USUAL 64u

enum pvg_op {
    PVG_OP_DEBUG = 0x00,
    PVG_OP_DISPLAY_SET_SHARED_PAGE = 0x01,
    PVG_OP_DISPLAY_ONLINE_ACK = 0x02,
    PVG_OP_DISPLAY_CURSOR_GLYPH = 0x04,
    PVG_OP_DISPLAY_CURSOR_SHOW = 0x05,
    PVG_OP_DISPLAY_TRANSACTION2 = 0x06,
    PVG_OP_DISPLAY_TRANSACTION3 = 0x07,
    PVG_OP_DISPLAY_SWAP_MAPPING = 0x08,
    PVG_OP_DISPLAY_SLEEP_STATE = 0x09,
    PVG_OP_DISPLAY_SET_PROPERTIES = 0x0a,
    PVG_OP_NOP = 0x1e,
    PVG_OP_DELETE_TASK = 0x20,
    PVG_OP_UNMAP_MEMORY = 0x22,
    PVG_OP_DELETE_RESOURCE = 0x25,
    PVG_OP_DELETE_OBJECT = 0x28,
    PVG_OP_GET_DEVICE_INFO_OLD = 0x2d,
    PVG_OP_DEFINE_FIFO = 0x30,
    PVG_OP_FREE_FIFO = 0x31,
    PVG_OP_SET_OBJECT_LIST = 0x33,
    PVG_OP_INVALIDATE_RESOURCES = 0x34,
    PVG_OP_SYNCHRONIZE_RESOURCES = 0x35,
    PVG_OP_DELETE_IOSURFACE_BACKING2 = 0x36,
    PVG_OP_EXEC_INDIRECT2 = 0x37,
    PVG_OP_DEFINE_TASK2 = 0x38,
    PVG_OP_MAP_MEMORY2 = 0x39,
    PVG_OP_GET_DEVICE_INFO = 0x3a,
    PVG_OP_GET_COMPUTE_INFO = 0x3b,
    PVG_OP_REPLACE_PHYSICAL = 0x3c,
    PVG_OP_DELAY = 0x3d,
    PVG_OP_SYNCHRONIZE_AND_DISCARD_RESOURCES = 0x3e,
    PVG_OP_DISCARD_RESOURCES = 0x3f,
    PVG_OP_HEAP_TEXTURE_SIZE_AND_ALIGN = 0x40,
};

/** Slots of the opcode table: 0x00..0x40. */
#define PVG_OP_COUNT 65u

enum pvg_op_state {
    PVG_OP_COMMAND,    /**< One of the 31 commands. */
    PVG_OP_DEPRECATED, /**< One of 15: accept, ignore the payload, retire. */
    PVG_OP_UNASSIGNED, /**< One of 19: accept, log, retire. */
};

enum pvg_op_kind {
    PVG_OPKIND_NONE,
    PVG_OPKIND_DISPLAY,
    PVG_OPKIND_FENCE,
    PVG_OPKIND_FIFO,
    PVG_OPKIND_TASK,
    PVG_OPKIND_MEMORY,
    PVG_OPKIND_OBJECT,
    PVG_OPKIND_QUERY,
    PVG_OPKIND_EXECUTION,
    PVG_OPKIND_SCHEDULING,
    PVG_OPKIND_TRACE,
};

/** Where real guests send a command. Every opcode is accepted on every FIFO all the same (spec 02 section 6). */
enum pvg_op_where {
    PVG_WHERE_NONE,
    PVG_WHERE_ROOT,
    PVG_WHERE_CHILD,
    PVG_WHERE_ANY,
};

struct pvg_op_info {
    uint8_t code;
    uint8_t min_plen; /**< Shortest payload with an effect (counts of list commands taken as 0). */
    enum pvg_op_state state;
    enum pvg_op_kind kind;
    enum pvg_op_where where;
    const char *name; /**< Never NULL; "unassigned" or "deprecated" where the slot has no name. */
};

/** Indexed by opcode. */
extern const struct pvg_op_info pvg_op_table[PVG_OP_COUNT];

/** NULL above 0x40: not a command but a corrupt header. */
static inline const struct pvg_op_info *pvg_op_lookup(uint32_t opcode)
{
    return opcode < PVG_OP_COUNT ? &pvg_op_table[opcode] : NULL;
}

const char *pvg_op_kind_name(enum pvg_op_kind kind);
const char *pvg_op_state_name(enum pvg_op_state state);

/** The 12-byte header. */
struct pvg_w_packet_header {
    uint16_t opcode;
    uint16_t wait_count;
    uint32_t total_size;
    uint32_t stamp;
};

bool pvg_w_packet_header_decode(const uint8_t *p, size_t n, struct pvg_w_packet_header *out);
size_t pvg_w_packet_header_encode(uint8_t *dst, size_t cap, const struct pvg_w_packet_header *in);

struct pvg_w_wait {
    uint32_t index; /**< As stored; only the low 16 bits count. */
    uint32_t value;
};

/** A packet in private memory. */
struct pvg_w_packet {
    uint16_t opcode;
    uint16_t wait_count;
    uint32_t total_size;
    uint32_t stamp;
    struct pvg_view waits; /**< 8 * wait_count bytes. */
    struct pvg_view payload;
};

/** Split a complete packet. @return false unless total_size is backed by `n` and header and waits fit total_size. */
bool pvg_w_packet_decode(const uint8_t *p, size_t n, struct pvg_w_packet *out);

/** Wait record `i`. @return false past the end. */
static inline bool pvg_w_packet_wait(const struct pvg_w_packet *packet, uint32_t i, struct pvg_w_wait *out)
{
    struct pvg_view v;
    if (!pvg_view_sub(packet->waits, (uint64_t)i * PVG_PACKET_WAIT_SIZE, PVG_PACKET_WAIT_SIZE, &v))
        return false;
    *out = (struct pvg_w_wait){.index = pvg_ld32(v.p), .value = pvg_ld32(v.p + 4)};
    return true;
}

/** Build a packet: header, waits, payload. @return total size; 0 if it does not fit or there are more than 65535 waits. */
size_t pvg_w_packet_encode(uint8_t *dst, size_t cap, uint16_t opcode, uint32_t stamp, const struct pvg_w_wait *waits,
                           size_t wait_count, const uint8_t *payload, size_t plen);

/**
 * Ring memory supplied by the caller. Offsets are below `size` and ranges never wrap: the functions below split them.
 * For a child ring the callback splits further at page boundaries.
 */
struct pvg_ring {
    uint32_t size; /**< Bytes, > 0. */
    bool (*read)(void *opaque, uint32_t offset, void *buf, uint32_t len);
    bool (*write)(void *opaque, uint32_t offset, const void *buf, uint32_t len); /**< NULL on the device side. */
    void *opaque;
};

/** Copy out of the ring at free-running counter `pos`, with wrap. `len` <= ring size. */
bool pvg_ring_read(const struct pvg_ring *ring, uint32_t pos, void *buf, uint32_t len);
/** Copy into the ring at free-running counter `pos`, with wrap. `len` <= ring size. */
bool pvg_ring_write(const struct pvg_ring *ring, uint32_t pos, const void *buf, uint32_t len);

/** What a look at the head of a ring found (spec 02 section 4.1). */
enum pvg_fetch {
    PVG_FETCH_OK,         /**< `*out` is complete in the caller's buffer. */
    PVG_FETCH_EMPTY,      /**< Nothing published. */
    PVG_FETCH_INCOMPLETE, /**< Producer mid-publish: come back later. */
    PVG_FETCH_NO_BUFFER,  /**< total_size in `*need` exceeds the buffer: call again with a larger one. */
    PVG_FETCH_DESYNC,     /**< More published than the ring holds. */
    PVG_FETCH_MALFORMED,  /**< total_size or wait_count impossible; header in `*out`. */
    PVG_FETCH_UNREADABLE, /**< Ring memory cannot be read. */
};

const char *pvg_fetch_name(enum pvg_fetch f);

/**
 * Fetch the packet at `head` out of `[head, tail)` into `buf`, decoding only from that private copy.
 * @param need out: total_size when the header could be read, else 0. Never above PVG_PACKET_SIZE_MAX for OK and NO_BUFFER.
 */
enum pvg_fetch pvg_packet_fetch(const struct pvg_ring *ring, uint32_t head, uint32_t tail, uint8_t *buf, size_t cap, size_t *need,
                                struct pvg_w_packet *out);

/* Payloads. */

/** 0x01 */
struct pvg_w_set_shared_page {
    uint32_t pipe;
    uint32_t pfn;
};
bool pvg_w_set_shared_page_decode(const uint8_t *p, size_t n, struct pvg_w_set_shared_page *out);
size_t pvg_w_set_shared_page_encode(uint8_t *dst, size_t cap, const struct pvg_w_set_shared_page *in);

/** 0x02. Any length is an acknowledgement (spec 02 section 8.6): missing words decode as 0, so decoding never fails. */
struct pvg_w_online_ack {
    uint32_t pipe;
    uint32_t generation;
    bool has_pipe, has_generation;
};
bool pvg_w_online_ack_decode(const uint8_t *p, size_t n, struct pvg_w_online_ack *out);
size_t pvg_w_online_ack_encode(uint8_t *dst, size_t cap, const struct pvg_w_online_ack *in);

/** 0x04 */
struct pvg_w_cursor_glyph {
    uint32_t pipe;
    uint32_t task;
    uint64_t gva;
    uint64_t mapped_length;
    uint64_t stride; /**< As stored; devices use the low 32 bits. */
    uint16_t width, height, hot_x, hot_y;
    uint32_t unknown;
};
bool pvg_w_cursor_glyph_decode(const uint8_t *p, size_t n, struct pvg_w_cursor_glyph *out);
size_t pvg_w_cursor_glyph_encode(uint8_t *dst, size_t cap, const struct pvg_w_cursor_glyph *in);
/** The validity rules of spec 04 section 6.2 against the advertised maximum; NULL = valid, else the reason. */
const char *pvg_w_cursor_glyph_check(const struct pvg_w_cursor_glyph *g, uint32_t max_width, uint32_t max_height);

/** 0x05 */
struct pvg_w_cursor_show {
    uint32_t pipe;
    uint32_t show;
};
bool pvg_w_cursor_show_decode(const uint8_t *p, size_t n, struct pvg_w_cursor_show *out);
size_t pvg_w_cursor_show_encode(uint8_t *dst, size_t cap, const struct pvg_w_cursor_show *in);

/** 0x06, 0x07 and 0x08 brought to one form. */
struct pvg_w_present {
    uint32_t pipe;
    uint32_t surface; /**< Surface id (0x06, 0x07) or mapping id (0x08); 0 = nothing to present. */
    uint32_t task;    /**< 0x06 and 0x07. */
    uint32_t unknown; /**< 0x08: word at 0x04. */
    struct pvg_view
        tail; /**< Decode: bytes after the documented words that the command defines (0x07: 24 gamma bytes, 0x08: the rest). */
};
/** Word order differs between the three commands. @return false for other opcodes or a short payload. */
bool pvg_w_present_decode(uint16_t opcode, const uint8_t *p, size_t n, struct pvg_w_present *out);
/** Writes 12, 36 or 12 + tail bytes; a tail shorter than the form's is zero-filled. */
size_t pvg_w_present_encode(uint16_t opcode, uint8_t *dst, size_t cap, const struct pvg_w_present *in);

/** 0x09 and 0x0a: two words whose meaning beyond the pipe is not known, and the rest. */
struct pvg_w_display_words {
    uint32_t pipe;
    uint32_t word;
    struct pvg_view tail;
};
bool pvg_w_display_words_decode(const uint8_t *p, size_t n, struct pvg_w_display_words *out);
size_t pvg_w_display_words_encode(uint8_t *dst, size_t cap, const struct pvg_w_display_words *in);

/** 0x20 (task), 0x30 and 0x31 (channel): one word. */
struct pvg_w_one_id {
    uint32_t id;
};
bool pvg_w_one_id_decode(const uint8_t *p, size_t n, struct pvg_w_one_id *out);
size_t pvg_w_one_id_encode(uint8_t *dst, size_t cap, const struct pvg_w_one_id *in);

/** 0x22 and 0x39 */
struct pvg_w_memory_range {
    uint32_t task;
    uint64_t gva;
    uint64_t length;
};
bool pvg_w_memory_range_decode(const uint8_t *p, size_t n, struct pvg_w_memory_range *out);
size_t pvg_w_memory_range_encode(uint8_t *dst, size_t cap, const struct pvg_w_memory_range *in);

/** 0x25 and 0x3c: task and a reference of its object list. */
struct pvg_w_task_object {
    uint32_t task;
    uint32_t object;
};
bool pvg_w_task_object_decode(const uint8_t *p, size_t n, struct pvg_w_task_object *out);
size_t pvg_w_task_object_encode(uint8_t *dst, size_t cap, const struct pvg_w_task_object *in);

/** 0x36: the same words in the other order. */
bool pvg_w_delete_backing_decode(const uint8_t *p, size_t n, struct pvg_w_task_object *out);
size_t pvg_w_delete_backing_encode(uint8_t *dst, size_t cap, const struct pvg_w_task_object *in);

/** Serializer kinds that 0x28 destroys. */
enum pvg_destroy_kind {
    PVG_DESTROY_BUFFER = 0x3e8,
    PVG_DESTROY_TEXTURE = 0x3e9,
    PVG_DESTROY_DEPTH_STENCIL = 0x3ea,
    PVG_DESTROY_SAMPLER = 0x3eb,
    PVG_DESTROY_FUNCTION = 0x3ed,
    PVG_DESTROY_COMPUTE_PIPELINE = 0x3ee,
    PVG_DESTROY_RENDER_PIPELINE = 0x3ef,
    PVG_DESTROY_FENCE = 0x3f1,
    PVG_DESTROY_HEAP = 0x3f4,
    PVG_DESTROY_RASTERIZATION_RATE_MAP = 0x3f6,
    PVG_DESTROY_INDIRECT_COMMAND_BUFFER = 0x3f7,
};
/** Name of a destroy kind, NULL if `opcode` is not one. */
const char *pvg_destroy_kind_name(uint32_t opcode);

/** 0x28 */
struct pvg_w_delete_object {
    uint32_t task;
    uint32_t opcode;        /**< Of the destroy record. */
    uint32_t record_length; /**< 12 for a destroy record. */
    uint32_t ref;           /**< Serializer reference; meaningful when `is_destroy`. */
    bool is_destroy;        /**< Length 12 and a known kind; otherwise the packet has no effect. */
    struct pvg_view record; /**< The serializer record with its header. */
};
bool pvg_w_delete_object_decode(const uint8_t *p, size_t n, struct pvg_w_delete_object *out);
/** Encodes task, opcode, length 12, ref. */
size_t pvg_w_delete_object_encode(uint8_t *dst, size_t cap, const struct pvg_w_delete_object *in);

/** 0x3a and 0x2d */
struct pvg_w_get_device_info {
    uint32_t key_table_len; /**< Exclusive bound of keys; UINT32_MAX for 0x2d, which has none. */
    uint32_t pair_capacity;
    uint32_t reply_pfn; /**< 0 = no reply wanted. */
};
bool pvg_w_get_device_info_decode(const uint8_t *p, size_t n, struct pvg_w_get_device_info *out);
size_t pvg_w_get_device_info_encode(uint8_t *dst, size_t cap, const struct pvg_w_get_device_info *in);
bool pvg_w_get_device_info_old_decode(const uint8_t *p, size_t n, struct pvg_w_get_device_info *out);
size_t pvg_w_get_device_info_old_encode(uint8_t *dst, size_t cap, const struct pvg_w_get_device_info *in);

/** 0x33 */
struct pvg_w_set_object_list {
    uint32_t task;
    uint32_t page; /**< GVA page number. */
    uint32_t count;
};
bool pvg_w_set_object_list_decode(const uint8_t *p, size_t n, struct pvg_w_set_object_list *out);
size_t pvg_w_set_object_list_encode(uint8_t *dst, size_t cap, const struct pvg_w_set_object_list *in);

/** Four validity bytes, in wire and application order (spec 02 section 8.4). */
struct pvg_w_validity {
    uint8_t clear_host, set_host, clear_guest, set_guest;
};

/** 0x34 */
struct pvg_w_invalidate_resources {
    uint32_t task;
    uint32_t count;
    struct pvg_view records; /**< 8 * count bytes. */
};
struct pvg_w_invalidate_record {
    uint32_t object;
    uint8_t quad[4]; /**< As struct pvg_w_validity. */
};
bool pvg_w_invalidate_resources_decode(const uint8_t *p, size_t n, struct pvg_w_invalidate_resources *out);
bool pvg_w_invalidate_record_get(const struct pvg_w_invalidate_resources *l, uint32_t i, struct pvg_w_invalidate_record *out);
size_t pvg_w_invalidate_resources_encode(uint8_t *dst, size_t cap, uint32_t task, const struct pvg_w_invalidate_record *records,
                                         size_t count);

/** 0x35, 0x3e and 0x3f */
struct pvg_w_object_ids {
    uint32_t task;
    uint32_t count;
    struct pvg_view ids; /**< 4 * count bytes. */
};
bool pvg_w_object_ids_decode(const uint8_t *p, size_t n, struct pvg_w_object_ids *out);
bool pvg_w_object_id_get(const struct pvg_w_object_ids *l, uint32_t i, uint32_t *out);
size_t pvg_w_object_ids_encode(uint8_t *dst, size_t cap, uint32_t task, const uint32_t *ids, size_t count);

/** 0x37, a view: records are read through the accessors. */
struct pvg_w_exec {
    uint32_t task;
    uint32_t resource_count;
    uint32_t buffer_count; /**< Never 0: such a packet is refused. */
    struct pvg_view resources, buffers;
};
struct pvg_w_exec_resource {
    uint32_t object;
    uint8_t quad[4];
};
struct pvg_w_exec_buffer {
    uint64_t gva;
    uint64_t length;
};
#define PVG_EXEC_RESOURCE_SIZE 24u
#define PVG_EXEC_BUFFER_SIZE   16u
/** Largest command buffer the device accepts by default (spec 02 section 9.2). */
#define PVG_EXEC_BUFFER_MAX (256u << 20)
bool pvg_w_exec_decode(const uint8_t *p, size_t n, struct pvg_w_exec *out);
bool pvg_w_exec_resource_get(const struct pvg_w_exec *x, uint32_t i, struct pvg_w_exec_resource *out);
bool pvg_w_exec_buffer_get(const struct pvg_w_exec *x, uint32_t i, struct pvg_w_exec_buffer *out);
size_t pvg_w_exec_encode(uint8_t *dst, size_t cap, uint32_t task, const struct pvg_w_exec_resource *resources,
                         size_t resource_count, const struct pvg_w_exec_buffer *buffers, size_t buffer_count);

/** 0x38. The only command whose task word is doubled. */
struct pvg_w_define_task {
    uint32_t task; /**< Plain id. */
    bool kernel;
    uint64_t length;
    uint32_t directory_pfn;
};
bool pvg_w_define_task_decode(const uint8_t *p, size_t n, struct pvg_w_define_task *out);
/** @return 0 also for ids that do not fit the doubled form. */
size_t pvg_w_define_task_encode(uint8_t *dst, size_t cap, const struct pvg_w_define_task *in);

/** 0x3b */
struct pvg_w_get_compute_info {
    uint32_t task;
    uint32_t pipeline;
    uint32_t key_table_len; /**< Exclusive. */
    uint32_t pair_capacity;
    uint64_t reply_gva;
};
enum pvg_compute_info_key {
    PVG_COMPUTE_INFO_MAX_THREADS = 1,
    PVG_COMPUTE_INFO_SUPPORTS_ICB = 2,
    PVG_COMPUTE_INFO_EXECUTION_WIDTH = 3,
    PVG_COMPUTE_INFO_STATIC_THREADGROUP_MEMORY = 4,
};
bool pvg_w_get_compute_info_decode(const uint8_t *p, size_t n, struct pvg_w_get_compute_info *out);
size_t pvg_w_get_compute_info_encode(uint8_t *dst, size_t cap, const struct pvg_w_get_compute_info *in);

/** 0x40 */
#define PVG_HEAP_TEXTURE_RECORD_SIZE 40u
struct pvg_w_heap_texture_query {
    uint32_t task;
    uint64_t reply_gva;    /**< Never 0. */
    uint64_t reply_length; /**< At least 16. */
    struct pvg_view
        record; /**< Serializer record 0x16 with header, 40 bytes; its body is the narrow texture descriptor of 32 bytes. */
};
bool pvg_w_heap_texture_query_decode(const uint8_t *p, size_t n, struct pvg_w_heap_texture_query *out);
/** `descriptor` is the 32-byte narrow texture descriptor. */
size_t pvg_w_heap_texture_query_encode(uint8_t *dst, size_t cap, uint32_t task, uint64_t reply_gva, uint64_t reply_length,
                                       const uint8_t descriptor[32]);
/** The 16-byte reply. */
size_t pvg_w_size_and_align_encode(uint8_t *dst, size_t cap, uint64_t size, uint64_t align);
bool pvg_w_size_and_align_decode(const uint8_t *p, size_t n, uint64_t *size, uint64_t *align);

#endif
