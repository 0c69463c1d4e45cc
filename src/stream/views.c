/* SPDX-License-Identifier: MIT */
/** @file Vertex amplification (spec 06 section 4.9). */
#include "stream/encoder.h"

/** The mode's values are not public and its default, 0, is what the count record means; others have no known meaning. */
bool pvg_render_amplification_mode(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    if (rec->amplification_mode.mode || rec->amplification_mode.value)
        return pvg_refuse(e, rec, "only mode 0 with value 0 has a known meaning");
    return true;
}

bool pvg_render_amplification_count(struct pvg_encoder *e, const struct pvg_w_record *rec)
{
    struct pvg_rview_offset views[PVG_RVIEWS_MAX];

    if (!rec->count || rec->count > PVG_RVIEWS_MAX)
        return pvg_refuse(e, rec, "amplification count out of range");
    for (uint32_t i = 0; i < rec->count; i++) {
        struct pvg_w_view_mapping m = pvg_w_record_view_mapping(rec, i);
        views[i] = (struct pvg_rview_offset){.viewport = m.viewport_offset, .target = m.target_offset};
        if (m.viewport_offset >= 16 || m.target_offset >= 2048)
            return pvg_refuse(e, rec, "offset of a view out of range");
    }
    if (e->begun)
        e->ops->set_views(e->cmd, rec->count, views);
    return true;
}
