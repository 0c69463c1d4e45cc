/* SPDX-License-Identifier: MIT */
#include "air/helper_path.h"

#include <dlfcn.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "pvg-air-helper"

static bool self_path(char path[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);

    if (n <= 0)
        return false;
    path[n] = 0;
    return true;
}

/* The shared library, or the program that this code is linked into. */
static bool module_path(char path[PATH_MAX])
{
    Dl_info here, program;
    void *headers = (void *)getauxval(AT_PHDR);

    if (!dladdr((void *)pvg_helper_path, &here))
        return self_path(path);
    if (headers && dladdr(headers, &program) && program.dli_fbase == here.dli_fbase)
        return self_path(path);
    return here.dli_fname && realpath(here.dli_fname, path);
}

/* Somebody else's file in a folder that happens to have the right name is not ours. */
static bool trusted(const char *path, uid_t owner)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0 && (st.st_uid == 0 || st.st_uid == owner) &&
           !(st.st_mode & S_IWOTH);
}

static bool beside_module(char path[PATH_MAX])
{
    /* From the folder of the shared library or of a program, in a build tree and in an installation that was moved. */
    static const char *const places[] = {"air/" NAME, "../src/air/" NAME, "../../src/air/" NAME, "../libexec/openpvg/" NAME,
                                         "../../libexec/openpvg/" NAME};
    char module[PATH_MAX], place[PATH_MAX];
    struct stat st;

    if (!module_path(module) || stat(module, &st) < 0)
        return false;
    const char *folder = dirname(module);
    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        int n = snprintf(place, sizeof(place), "%s/%s", folder, places[i]);
        if (n > 0 && n < PATH_MAX && realpath(place, path) && trusted(path, st.st_uid))
            return true;
    }
    return false;
}

void pvg_helper_path(char path[PATH_MAX])
{
    const char *named = secure_getenv(PVG_HELPER_ENV);

    if (named && *named) {
        snprintf(path, PATH_MAX, "%s", named);
        return;
    }
    if (!beside_module(path))
        snprintf(path, PATH_MAX, "%s", PVG_HELPER_INSTALLED);
}
