/* SPDX-License-Identifier: MIT */
/** @file Kernels of kernels.c as host functions. */
#ifndef PVG_TESTS_AIR_KERNELS_H
#define PVG_TESTS_AIR_KERNELS_H

struct record;

void arith(unsigned *out, const unsigned *in, unsigned id);
void loops(unsigned *out, const unsigned *in, unsigned id);
void switches(unsigned *out, const unsigned *in, unsigned id);
void irreducible(unsigned *out, const unsigned *in, unsigned id);
void locals(unsigned *out, const unsigned *in, unsigned id);
void records(struct record *out, const struct record *in, unsigned id);
void mixed(unsigned *out, const unsigned *in, unsigned id);
void pointers(unsigned *out, const unsigned *a, const unsigned *b, unsigned id);
void table(unsigned *out, const unsigned *in, unsigned id);
void linked(unsigned *out, const unsigned *in, unsigned id);
void wide(unsigned long long *out, const unsigned long long *in, unsigned id);
void floats(float *out, const float *in, unsigned id);

#endif
