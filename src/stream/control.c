/* SPDX-License-Identifier: MIT */
/**
 * @file Control flow between the commands of a compute segment (spec 06 section 5.4).
 *
 * A predicate is a word that earlier dispatches may have written, so the work up to it is submitted and waited for, and the records
 * are walked as it says. Only work is conditional: binds and pipelines are the state of an encoder that the guest filled once, in
 * the order of the records. Before a further turn of a loop the state is therefore made again from the segment's start. Blocks
 * begin and end inside one segment.
 */
#include "stream/encoder.h"

/** Comparison of a predicate: the serializer's own enumeration. Its other values are not known. */
enum { EQUAL = 0, LESS = 1, EQUAL_OLD = 2, ALWAYS = 7 };

/**
 * Turns of all loops of one segment together, and bytes of records walked for them: a guest must not hold the device's worker for
 * ever.
 */
#define MAX_TURNS  65536u
#define MAX_WALKED (UINT64_C(256) << 20)

static bool is_marker(const struct pvg_w_record_info *info)
{
    return info->kind >= PVG_W_REC_START_DO_WHILE && info->kind <= PVG_W_REC_END_IF;
}

/** Records that do something; all others set state. */
static bool is_work(const struct pvg_w_record_info *info)
{
    switch (info->kind) {
    case PVG_W_REC_DISPATCH:
    case PVG_W_REC_DISPATCH_THREADS:
    case PVG_W_REC_DISPATCH_INDIRECT:
    case PVG_W_REC_DISPATCH_THREADS_INDIRECT:
    case PVG_W_REC_EXECUTE_ICB:
    case PVG_W_REC_EXECUTE_ICB_INDIRECT:
        return true;
    default:
        return false;
    }
}

static bool stop(struct pvg_encoder *e, const struct pvg_w_record *rec, const char *why)
{
    e->control.stopped = true;
    return pvg_refuse(e, rec, why);
}

/** Everything before the predicate runs, then the word is compared. @return false: malformed, already refused. */
static bool evaluate(struct pvg_encoder *e, const struct pvg_w_record *rec, bool *holds)
{
    const struct pvg_w_predicate *p = &rec->predicate;
    struct pvg_object *obj = p->ref ? pvg_object_resource(e->o, p->ref) : NULL;
    uint8_t raw[4];

    if (!obj || !pvg_object_buffer(obj) || p->offset % 4 || !pvg_range_ok(p->offset, sizeof(raw), obj->pages.size))
        return stop(e, rec, "its predicate is not in a usable buffer");
    e->ops->cmd_flush_wait(e->cmd);
    if (!pvg_task_read(e->o->task, obj->pages.gva + p->offset, raw, sizeof(raw)))
        return stop(e, rec, "its predicate cannot be read");
    switch (p->comparison) {
    case EQUAL:
    case EQUAL_OLD:
        *holds = pvg_ld32(raw) == p->reference;
        return true;
    case LESS:
        *holds = pvg_ld32(raw) < p->reference;
        return true;
    case ALWAYS:
        *holds = true;
        return true;
    default:
        return stop(e, rec, "its comparison is not known");
    }
}

static bool push(struct pvg_encoder *e, const struct pvg_w_record *rec, bool runs)
{
    struct pvg_control *c = &e->control;

    if (c->depth == PVG_MAX_NESTING)
        return stop(e, rec, "blocks nested deeper than was advertised");
    c->blocks[c->depth++] = (struct pvg_control_block){.kind = rec->info->kind, .at = c->at, .runs = runs};
    c->skipping += !runs;
    return true;
}

/** Innermost block, if one of this kind is open. */
static struct pvg_control_block *top(struct pvg_encoder *e, uint8_t kind)
{
    struct pvg_control *c = &e->control;

    return c->depth && c->blocks[c->depth - 1].kind == kind ? &c->blocks[c->depth - 1] : NULL;
}

static void pop(struct pvg_encoder *e)
{
    struct pvg_control *c = &e->control;

    c->skipping -= !c->blocks[--c->depth].runs;
}

static bool turn(struct pvg_encoder *e, const struct pvg_w_record *rec, size_t to)
{
    if (e->control.continued)
        return stop(e, rec, "a loop in a segment that continues an encoder");
    e->control.walked += e->control.at;
    if (e->control.turns++ == MAX_TURNS || e->control.walked > MAX_WALKED)
        return stop(e, rec, "its loops do not end");
    e->control.jump = true;
    e->control.target = to;
    return true;
}

/** IF, WHILE: whether the block runs is decided here, unless an outer one does not run. */
bool pvg_control_start(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    bool runs = true;

    if (!e->control.skipping && rec->info->kind != PVG_W_REC_START_DO_WHILE && !evaluate(e, rec, &runs))
        return false;
    return push(e, rec, runs);
}

bool pvg_control_else(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    struct pvg_control_block *b = top(e, PVG_W_REC_START_IF);

    if (!b)
        return stop(e, rec, "there is no block for it");
    if (b->in_else)
        return stop(e, rec, "its block has had one");
    b->in_else = true;
    b->runs = !b->runs;
    e->control.skipping += b->runs ? -1 : 1;
    return true;
}

bool pvg_control_end(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    static const uint8_t starts[PVG_W_REC_KIND_COUNT] = {[PVG_W_REC_END_IF] = PVG_W_REC_START_IF,
                                                         [PVG_W_REC_END_WHILE] = PVG_W_REC_START_WHILE,
                                                         [PVG_W_REC_END_DO_WHILE] = PVG_W_REC_START_DO_WHILE};
    struct pvg_control_block *b = top(e, starts[rec->info->kind]);
    bool again = false;
    size_t start;

    if (!b)
        return stop(e, rec, "there is no block for it");
    start = b->at;
    if (!e->control.skipping) {
        again = rec->info->kind == PVG_W_REC_END_WHILE;
        if (rec->info->kind == PVG_W_REC_END_DO_WHILE && !evaluate(e, rec, &again))
            return false;
    }
    pop(e);
    /* The record that started the block runs again and opens it anew. */
    return again ? turn(e, rec, start) : true;
}

bool pvg_control_skips(const struct pvg_encoder *e, const struct pvg_w_record_info *info)
{
    return e->control.skipping && is_work(info);
}

bool pvg_control_replays(const struct pvg_w_record_info *info)
{
    return !is_work(info) && !is_marker(info);
}

bool pvg_control_malformed(struct pvg_encoder *e, const struct pvg_w_record_info *info)
{
    if (!info || !is_marker(info))
        return false;
    e->control.stopped = true;
    return true;
}

bool pvg_control_finish(struct pvg_encoder *e)
{
    bool balanced = e->control.depth == 0;

    e->control = (struct pvg_control){.stopped = e->control.stopped || !balanced};
    return balanced;
}
