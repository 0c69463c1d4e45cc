/* SPDX-License-Identifier: MIT */
/**
 * @file Internals of the stream layer: guest pages, images over them, surfaces, objects of a task.
 *
 *   pages    guest address range of one task, and the renderer buffer over it
 *   plane    the bytes that textures lie over: a linear texture's allocation, one plane of a surface, a window of a buffer
 *   image    one renderer texture over a plane; textures of equal format and geometry share it
 *   surface  IOSurface backing (type 4) or mapper mapping: pages and up to eight planes
 *   object   what a ref of a task names
 *
 * Two images over one plane are kept coherent through the guest's bytes: at most one of them owes content; before another one is
 * used it is paid, that is stored to the guest pages (spec 03 section 8).
 */
#ifndef PVG_STREAM_INTERNAL_H
#define PVG_STREAM_INTERNAL_H

#include "stream/exec.h"
#include "stream/format.h"

#include "util/log.h"
#include "wire/wire.h"

/* ---- Pages ---- */

/** A guest address range and the renderer buffer over it. */
struct pvg_pages {
    uint64_t gva, size;
    struct pvg_rbuf *buf;
    uint64_t seen; /**< Map serial of the task at the last walk. */
    bool stale;    /**< Walk again before the next use. */
    bool holes;    /**< Part of the range was unmapped at the last walk. */
};

/** Bring the buffer up to date with the task's page table. @return false: nothing of the range is mapped, or no memory. */
bool pvg_pages_refresh(struct pvg_objects *o, struct pvg_pages *pages);
void pvg_pages_release(struct pvg_objects *o, struct pvg_pages *pages);

/* ---- Planes and images ---- */

struct pvg_image;
struct pvg_surface;

/** Bytes that textures lie over. */
struct pvg_plane {
    struct pvg_surface *surface; /**< Owner, or NULL. */
    struct pvg_objects *objects; /**< Task whose page table maps `pages`; NULL for surfaces. */
    struct pvg_pages *pages;     /**< NULL for surfaces. */
    struct pvg_image *images;
    uint64_t serial; /**< Bumped when the bytes change behind the images; starts at 1. */
    uint64_t claim;  /**< Clock value of the guest's latest own write, 0 = never (spec 03 section 8.2). */
};

/** One renderer texture. */
struct pvg_image {
    struct pvg_image *next, **link;             /**< In plane->images. */
    struct pvg_image *queue_next, **queue_link; /**< Among the images that owe content, oldest first. */
    struct pvg_surfaces *surfaces;
    struct pvg_plane *plane; /**< NULL: host-private, or the plane is gone (`orphan`). */
    struct pvg_rtex *tex;
    struct pvg_w_texture_desc desc; /**< As given to the renderer. */
    uint32_t refs;                  /**< Objects. */
    uint64_t loaded;                /**< plane->serial that the content matches, 0: nothing loaded. */
    uint64_t publish;               /**< Clock value of the latest device write. */
    uint64_t prepared;              /**< Encoder that it was made ready for. */
    uint64_t noted;                 /**< Encoder that noted it as possibly written. */
    bool owed;                      /**< Newer than the guest bytes. */
    bool orphan;
    bool eager;  /**< Store at the end of every packet (shared storage, buffer textures). */
    bool unsure; /**< Bytes may change without notice (buffer textures): load before every encoder. */
    bool single; /**< One level and one slice. */
};

/** Guest bytes -> image if it is behind; `overwrite`: every texel is about to be replaced. Not inside an encoder. */
bool pvg_image_prepare(struct pvg_image *img, struct pvg_rcmd *cmd, bool overwrite);
/** The device wrote the image. Not inside an encoder. */
void pvg_image_written(struct pvg_image *img, struct pvg_rcmd *cmd);
/** The content became undefined (store action DontCare). */
void pvg_image_undefined(struct pvg_image *img);
/** Image -> guest bytes if it owes them. @return false: still owed. Not inside an encoder. */
bool pvg_image_pay(struct pvg_image *img, struct pvg_rcmd *cmd);
/** Its pages cannot be written now: let others be paid first. */
void pvg_image_requeue(struct pvg_image *img);
/** Forget owed content without writing it. */
void pvg_image_forgive(struct pvg_image *img);
struct pvg_image *pvg_image_new(struct pvg_surfaces *s, struct pvg_plane *plane, struct pvg_rtex *tex,
                                const struct pvg_w_texture_desc *desc);
void pvg_image_unref(struct pvg_image *img);
/** Detach all images: the plane's bytes are gone or belong to somebody else. */
void pvg_plane_orphan(struct pvg_plane *plane);
/** Pay what images of the plane owe. */
void pvg_plane_pay(struct pvg_plane *plane, struct pvg_rcmd *cmd);
/** Apply a validity quad (spec 03 section 8.1.1). */
void pvg_plane_validity(struct pvg_surfaces *s, struct pvg_plane *plane, const uint8_t quad[4]);
/** The bytes changed through another object. */
void pvg_plane_touch(struct pvg_plane *plane);

/* ---- Surfaces ---- */

#define PVG_SURFACE_BUCKETS 256
/**
 * Guest bytes that live buffers and textures may cover together. Objects may name the same pages, so guest RAM does not bound
 * what the host spends on describing them.
 */
#define PVG_MAX_COVERED (UINT64_C(64) << 30)
/** Images that may owe content to surfaces before the oldest is paid (spec 03 section 8.8). */
#define PVG_MAX_OWED 32

struct pvg_surface {
    struct pvg_surface *next; /**< In its hash bucket. */
    struct pvg_surfaces *owner;
    uint32_t id;
    bool mapper;     /**< Mapping of the mapper rail; otherwise a type-4 object. */
    bool retired;    /**< Deleted; its page list only serves to recognise the same incarnation (spec 03 section 7.12). */
    bool unverified; /**< Compare the page list with the page table before the next use. */
    bool dead;       /**< Out of the hash; freed with the last reference. */
    uint32_t refs;   /**< Texture objects. */
    uint64_t incarnation;
    uint64_t gva, length;
    uint32_t fourcc;
    uint32_t plane_count;
    struct pvg_w_surface_plane geometry[PVG_W_MAX_PLANES];
    struct pvg_plane planes[PVG_W_MAX_PLANES];
    struct pvg_rbuf *buf;
    struct pvg_rspan *spans;
    size_t span_count;
};

struct pvg_surfaces {
    struct pvg_device *dev;
    uint64_t clock; /**< Validity clock, counts claims and publications. */
    struct pvg_surface *buckets[PVG_SURFACE_BUCKETS];
    uint64_t covered;                    /**< Guest bytes under the live buffers of all tasks. */
    uint64_t next_encoder;               /**< Identities of encoders, over all tasks. */
    struct pvg_image *owed, **owed_tail; /**< Images that owe content, oldest first. */
    uint32_t owed_count;
};

/** Surface by id with a verified page list, NULL (logged) if it cannot be used now. `mapper`: mapper mappings only. */
struct pvg_surface *pvg_surface_get(struct pvg_surfaces *s, uint32_t id, bool mapper, bool verify);
/** Known surface, without resolving anything. */
struct pvg_surface *pvg_surface_find(struct pvg_surfaces *s, uint32_t id);
/** New pages behind the same addresses (packet 0x3C): the list is dropped and the incarnation ends. */
void pvg_surface_replace(struct pvg_surface *surf);
void pvg_surface_ref(struct pvg_surface *surf);
void pvg_surface_unref(struct pvg_surface *surf);
/** Re-walk the page list and compare. @return false: gone, changed or not walkable; images are orphaned if it changed. */
bool pvg_surface_verify(struct pvg_surface *surf);
/** The kernel task's mappings of [first, last] changed: compare page lists before the next use. */
void pvg_surfaces_suspect(struct pvg_surfaces *s, uint64_t first, uint64_t last);
/** The page list is current; content may be written. */
static inline bool pvg_surface_writable(const struct pvg_surface *surf)
{
    return surf->buf && !surf->dead && !surf->retired && !surf->unverified;
}
/**
 * Shared image for a texture of this format and geometry over the surface, with a reference for the caller.
 * `plane`: index or -1 for "the only one that matches".
 */
struct pvg_image *pvg_surface_image(struct pvg_surface *surf, const struct pvg_w_texture_desc *desc, int plane);

/* ---- Objects ---- */

/** A texture as an object sees it: a window of an image. */
struct pvg_texture {
    struct pvg_image *image;
    struct pvg_rtex *view;          /**< Own renderer view, NULL: image->tex itself. */
    struct pvg_object *base;        /**< View: the object it was made from; buffer texture: the buffer. Referenced. */
    struct pvg_surface *surface;    /**< Referenced. */
    struct pvg_plane *plane;        /**< Owned plane of a linear or buffer texture. */
    struct pvg_w_texture_desc desc; /**< As the object declares it: format, type, usage; size of level 0 of the window. */
    uint32_t base_level, level_count, base_slice, slice_count; /**< Window into the image. */
    uint64_t first_byte, end_byte;                             /**< Linear textures: what the levels touch of the allocation. */
    uint8_t swizzle[4];
};

struct pvg_icb;

struct pvg_object {
    uint32_t refs;
    uint32_t ref; /**< Its number in the task. */
    enum pvg_w_object_kind kind;
    uint64_t listed;           /**< Encoder whose list of reachable resources has it (import.c). */
    struct pvg_objects *owner; /**< Task objects; outlived by no object, see pvg_objects_destroy(). */
    struct pvg_pages pages;    /**< Buffers and linear textures. */
    uint32_t extent;           /**< Index in the owner's extents, UINT32_MAX: none. */
    uint32_t aliases;          /**< Other objects over bytes of this linear texture. */
    union {
        struct pvg_texture texture;
        struct pvg_rsampler *sampler;
        struct pvg_rdss *depth_stencil;
        struct pvg_rfunc *function;
        struct pvg_rpipe *pipeline;
        struct pvg_icb *icb;
    };
    union {
        struct pvg_w_surface_texture surface_desc; /**< Types 5 and 11, to resolve again. */
        struct pvg_w_texture_view view_desc;       /**< Views, to resolve again. */
    };
};

/** Indirect command buffers (icb.c). @return false with `*why` set. */
bool pvg_icb_construct(struct pvg_object *obj, const struct pvg_w_icb *d, const char **why);
void pvg_icb_free(struct pvg_icb *icb);

/** Hops of a chain of texture views (spec 05 section 6.4). */
#define PVG_MAX_CHAIN 8

#define PVG_SLOT_PAGE 256u
/** Live objects of one task: bounds what a guest can make the host allocate. Desktops have a few ten thousand. */
#define PVG_MAX_OBJECTS (1u << 18)
/** Refs above this are refused: the table is dense. */
#define PVG_MAX_REF (1u << 22)

/** One ref: resources and state objects are separate name spaces (spec 05 section 1). */
struct pvg_slot {
    struct pvg_object *resource;
    struct pvg_object *state;
};

/** Value of one event (spec 05 section 12.2). */
struct pvg_event {
    uint32_t ref; /**< 0: free. */
    bool warned;
    uint64_t value;
};

#define PVG_RANGE_LOG 64

struct pvg_encoder;

/** What a published list entry stands for, as far as shaders can reach it through memory (reach.c). */
enum pvg_reach_kind { PVG_REACH_NOTHING, PVG_REACH_RESOURCE, PVG_REACH_SAMPLER };

struct pvg_reach {
    uint64_t gva; /**< The entry as it was looked at. */
    uint32_t length;
    uint8_t type;
    uint8_t kind;  /**< enum pvg_reach_kind. */
    uint32_t heap; /**< Ref of the heap that a texture is placed in, 0: none. */
};

/** Guest addresses of an object, both ends inclusive. */
struct pvg_extent {
    uint64_t first, last;
    struct pvg_object *obj;
};

struct pvg_extents {
    struct pvg_extent *list; /**< Unordered. */
    uint32_t count, capacity;
};

struct pvg_objects {
    struct pvg_task *task;
    struct pvg_surfaces *surfaces;
    struct pvg_slot **table; /**< Pages of PVG_SLOT_PAGE slots. */
    uint32_t table_pages;
    uint64_t live;
    uint32_t depth;      /**< Constructions that are waiting for an object they are made from. */
    uint64_t map_serial; /**< Map and unmap announcements so far. */
    struct {
        uint64_t start, end; /**< end is inclusive. */
    } ranges[PVG_RANGE_LOG];
    struct pvg_event *events; /**< Open-addressed, power of two. */
    uint32_t event_capacity, event_count;
    uint8_t *scratch; /**< Descriptor bytes. */
    size_t scratch_size;
    struct pvg_extents extents[2]; /**< Buffers, linear textures; alias.c. */
    struct pvg_reach *reach;       /**< By ref. */
    uint32_t reach_count, reach_capacity;
    struct pvg_encoder *encoder; /**< State of the segment that is being executed. */
};

static inline struct pvg_render *pvg_o_render(const struct pvg_objects *o)
{
    return pvg_device_render(o->task->dev);
}

static inline struct pvg_log *pvg_o_log(const struct pvg_objects *o)
{
    return pvg_device_log(o->task->dev);
}

/** Object behind a resource ref (buffer or texture), made on first use. NULL: refused, logged. */
struct pvg_object *pvg_object_resource(struct pvg_objects *o, uint32_t ref);
/** State object of this kind. */
struct pvg_object *pvg_object_state(struct pvg_objects *o, uint32_t ref, enum pvg_w_object_kind kind);
/** Decode the descriptor of a list entry. @return false: not readable or malformed. */
bool pvg_object_describe(struct pvg_objects *o, const struct pvg_w_object_entry *entry, struct pvg_w_object *desc);
/** Already constructed resource, NULL if there is none. */
struct pvg_object *pvg_object_peek(struct pvg_objects *o, uint32_t ref);
/** Renderer buffer of a buffer object with current pages, NULL if it has none now. */
struct pvg_rbuf *pvg_object_buffer(struct pvg_object *obj);
/** Renderer texture of a texture object, NULL if it cannot be used now. */
struct pvg_rtex *pvg_object_texture(struct pvg_object *obj);
bool pvg_object_is_texture(const struct pvg_object *obj);
void pvg_object_ref(struct pvg_object *obj);
void pvg_object_unref(struct pvg_object *obj);
/** True when the announcements since pages->seen touched the range. */
bool pvg_objects_range_touched(const struct pvg_objects *o, uint64_t seen, uint64_t gva, uint64_t size);

/* alias.c: objects over the same guest addresses. */
/** The object was constructed. Linear in the number of live buffers and textures; nothing is paid per use. */
void pvg_alias_add(struct pvg_object *obj);
/** Before it is torn down. */
void pvg_alias_remove(struct pvg_object *obj);
void pvg_alias_fini(struct pvg_objects *o);

void pvg_encoder_free(struct pvg_encoder *e);
/** construct.c: fill in `obj` from a decoded descriptor. @return false with `*why`. */
bool pvg_object_construct(struct pvg_objects *o, struct pvg_object *obj, const struct pvg_w_object *desc, const char **why);
/** construct.c: give back what the object holds. */
void pvg_object_teardown(struct pvg_object *obj);
/** Checks that need the whole descriptor: format, extents against device limits. @return NULL or the reason. */
const char *pvg_texture_desc_check(const struct pvg_rcaps *caps, const struct pvg_w_texture_desc *d);
/** Size and alignment answered for heap-placed textures (spec 05 section 11.2). */
void pvg_texture_heap_size(const struct pvg_w_texture_desc *d, uint64_t *size, uint64_t *align);

#endif
