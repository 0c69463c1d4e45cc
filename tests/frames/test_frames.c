/* SPDX-License-Identifier: MIT */
/**
 * @file The same random frame on every way that the device may take gives the same bytes: one or several command buffers and
 * packets, passes whole, split or merged, state stated once or every time, imported or copied guest memory, cold or warm caches, a
 * new device or one after a reset.
 *
 * test-frames [--count N] [--seed S] [--ways N]. Every seed is drawn plainly and on N further ways (default 2), which take turns;
 * OPENPVG_TEST_FRAMES overrides the default count.
 */
#include "tests/frames/frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HASHES (FRAMES_IMAGES + FRAMES_BUFFERS)

/** A device and how frames are handed to it. */
struct lane {
    struct frames_way way;
    bool copies; /* guest memory is not imported */
    bool full;   /* a barrier for everything in front of everything */
    bool apart;  /* passes that continue each other are not merged */
    bool reset;  /* the device is reset now and then */
    bool cold;   /* the device is made anew now and then */
    uint64_t drawn;
    struct vmm *vm;
    struct kit *k;
    struct frames *f;
};

static struct lane lanes[] = {
    {.way = {.name = "plain"}},
    {.way = {.name = "command buffers", .cut = true}},
    {.way = {.name = "packets", .packets = true}},
    {.way = {.name = "split passes", .split = true}},
    {.way = {.name = "unmerged passes"}, .apart = true},
    {.way = {.name = "split, unmerged passes", .split = true, .lazy = true}, .apart = true},
    {.way = {.name = "barriers for everything"}, .full = true},
    {.way = {.name = "barriers for everything, copied memory", .split = true}, .copies = true, .full = true},
    {.way = {.name = "lazy state", .lazy = true}},
    {.way = {.name = "noise", .noise = true, .lazy = true}},
    {.way = {.name = "copied memory"}, .copies = true},
    {.way = {.name = "copied memory, packets, split", .packets = true, .split = true}, .copies = true},
    {.way = {.name = "after resets", .split = true}, .reset = true},
    {.way = {.name = "new devices", .cut = true, .lazy = true}, .cold = true},
};

#define LANES (sizeof(lanes) / sizeof(lanes[0]))
/** Frames between two resets or devices. */
#define LIFE 25u

static void lane_close(struct lane *l)
{
    frames_free(l->f);
    kit_free(l->k);
    l->f = NULL;
    l->k = NULL;
}

/** @return false without a renderer. */
static bool lane_open(struct lane *l)
{
    const struct vmm_config config = {.renderer = PVG_RENDERER_VULKAN, .ram_size = 32u << 20};
    struct pvg_error err = {0};

    if (!l->vm) {
        if (l->copies)
            setenv("OPENPVG_VK_NO_IMPORT", "1", 1);
        else
            unsetenv("OPENPVG_VK_NO_IMPORT");
        if (l->apart)
            setenv("OPENPVG_VK_NO_MERGE", "1", 1);
        else
            unsetenv("OPENPVG_VK_NO_MERGE");
        if (l->full)
            setenv("OPENPVG_VK_GLOBAL_BARRIERS", "1", 1);
        else
            unsetenv("OPENPVG_VK_GLOBAL_BARRIERS");
        l->vm = vmm_try_new(&config, &err);
    }
    if (!l->vm) {
        fprintf(stderr, "skipped: %s\n", err.message);
        return false;
    }
    l->k = kit_attach(l->vm);
    l->f = frames_new(l->k);
    return true;
}

static void lane_renew(struct lane *l)
{
    if (l->reset) {
        /* In the middle of work that nobody waits for. */
        kit_begin(l->k);
        pvg_device_reset(l->vm->dev);
        l->vm->guest_off = true;
        lane_close(l);
        l->vm->guest_off = false;
        pvg_device_reset(l->vm->dev);
    } else {
        lane_close(l);
        vmm_free(l->vm);
        l->vm = NULL;
    }
    if (!lane_open(l))
        exit(2);
}

static const char *hash_name(uint32_t i)
{
    static char name[32];

    snprintf(name, sizeof(name), "%s %u", i < FRAMES_IMAGES ? "image" : "buffer", i < FRAMES_IMAGES ? i : i - FRAMES_IMAGES);
    return name;
}

static bool compare(uint64_t seed, const struct lane *l, const uint64_t want[HASHES], const uint64_t got[HASHES])
{
    bool same = true;

    for (uint32_t i = 0; i < HASHES; i++) {
        if (want[i] == got[i])
            continue;
        if (same)
            fprintf(stderr, "seed %llu: \"%s\" differs from \"plain\" in", (unsigned long long)seed, l->way.name);
        fprintf(stderr, " %s", hash_name(i));
        same = false;
    }
    if (!same)
        fprintf(stderr, "; again: test-frames --seed %llu --count 1\n", (unsigned long long)seed);
    return same;
}

/** Passes that a lane's device ran as one with the pass before them: some, unless it was told not to. */
static bool check_merged(const struct lane *l)
{
    struct pvg_stats st = {.size = sizeof(st)};

    pvg_device_stats(l->vm->dev, &st);
    if (l->apart ? !st.passes_merged : st.passes_merged > 0)
        return true;
    fprintf(stderr, "\"%s\": %llu passes were merged\n", l->way.name, (unsigned long long)st.passes_merged);
    return false;
}

/** Work that did not wait for all that was before it: some, unless the device was told otherwise. */
static bool check_barriers(const struct lane *l)
{
    struct pvg_stats st = {.size = sizeof(st)};

    pvg_device_stats(l->vm->dev, &st);
    if (st.barriers > 0 && (l->full ? !st.barriers_skipped : st.barriers_skipped > 0))
        return true;
    fprintf(stderr, "\"%s\": %llu barriers, %llu skipped\n", l->way.name, (unsigned long long)st.barriers,
            (unsigned long long)st.barriers_skipped);
    return false;
}

static uint64_t argument(int argc, char **argv, const char *name, uint64_t fallback)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return strtoull(argv[i + 1], NULL, 0);
    return fallback;
}

int main(int argc, char **argv)
{
    const char *env = getenv("OPENPVG_TEST_FRAMES");
    uint64_t count = argument(argc, argv, "--count", env ? strtoull(env, NULL, 0) : 2000),
             first = argument(argc, argv, "--seed", 1), ways = argument(argc, argv, "--ways", 2), frames = 0;
    unsigned bad = 0;

    if (ways > LANES - 1)
        ways = LANES - 1;
    for (size_t l = 0; l < LANES; l++)
        if (!lane_open(&lanes[l]))
            return 77;
    for (uint64_t i = 0; i < count && bad < 10; i++) {
        uint64_t want[HASHES], got[HASHES];
        for (size_t n = 0; n <= ways; n++) {
            size_t l = n ? 1 + (i * ways + n - 1) % (LANES - 1) : 0;
            struct lane *lane = &lanes[l];
            lane->drawn++;
            if ((lane->reset || lane->cold) && lane->drawn % LIFE == 0)
                lane_renew(lane);
            if (!frames_draw(lane->f, first + i, &lane->way)) {
                fprintf(stderr, "seed %llu: a record was refused\n", (unsigned long long)(first + i));
                bad++;
            }
            frames_hash(lane->f, l ? got : want);
            bad += l && !compare(first + i, lane, want, got);
        }
        if (isatty(1) && (i + 1) % 50 == 0)
            printf("\r%llu of %llu frames", (unsigned long long)(i + 1), (unsigned long long)count), fflush(stdout);
    }
    for (size_t l = 0; l < LANES; l++) {
        frames += lanes[l].drawn;
        if (lanes[l].apart || (!lanes[l].cold && !lanes[l].way.packets && lanes[l].drawn >= 100))
            bad += !check_merged(&lanes[l]);
        if (lanes[l].drawn >= 10)
            bad += !check_barriers(&lanes[l]);
        lane_close(&lanes[l]);
        vmm_free(lanes[l].vm);
    }
    printf("%s%llu seeds, %llu frames on %zu ways, %u differences\n", isatty(1) ? "\r" : "", (unsigned long long)count,
           (unsigned long long)frames, LANES, bad);
    return bad != 0;
}
