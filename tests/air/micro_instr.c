/* SPDX-License-Identifier: MIT */
/* Core instructions whose results Metal defines where SPIR-V does not, and LLVM's own intrinsics. */
#include "tests/air/micro.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void micro_instructions(void)
{
}
