/* SPDX-License-Identifier: MIT */
/* A stack machine: a large switch in a loop, with continue and goto. */
#include "program.h"

KERNEL(k)
{
    i32 stk[16], mem[8] = {0};
    int sp = 0, pc = 0, steps = 0;
    u8 code[64];
    u32 s = in[tid] | 1;
    for (int i = 0; i < 64; i++)
        code[i] = next_random(&s) >> 7;
    while (steps++ < 300) {
        u8 op = code[pc++ & 63];
        switch (op % 13) {
        case 0:
            if (sp < 16)
                stk[sp++] = code[pc++ & 63];
            break;
        case 1:
            if (sp > 1) {
                sp--;
                stk[sp - 1] += stk[sp];
            }
            break;
        case 2:
            if (sp > 1) {
                sp--;
                stk[sp - 1] *= stk[sp];
            }
            break;
        case 3:
            if (sp > 1) {
                sp--;
                stk[sp - 1] ^= stk[sp];
            }
            break;
        case 4:
            if (sp > 0 && sp < 16) {
                stk[sp] = stk[sp - 1];
                sp++;
            }
            break;
        case 5:
            if (sp)
                pc += stk[--sp] & 7;
            break;
        case 6:
            if (sp)
                mem[op >> 5] = stk[--sp];
            break;
        case 7:
            if (sp < 16)
                stk[sp++] = mem[op >> 5];
            break;
        case 8:
            if (sp > 1) {
                i32 t = stk[sp - 1];
                stk[sp - 1] = stk[sp - 2];
                stk[sp - 2] = t;
            }
            break;
        case 9:
            if (sp > 1 && stk[sp - 1]) {
                sp--;
                stk[sp - 1] /= (stk[sp] | 1);
            }
            break;
        case 10:
            if (sp > 2 && stk[sp - 1] < stk[sp - 2]) {
                sp -= 2;
                continue;
            }
            break;
        case 11:
            if (steps > 250)
                goto halt;
            break;
        default:
            if (sp)
                sp--;
        }
    }
halt:
    OUT[0] = sp;
    OUT[1] = pc;
    OUT[2] = steps;
    for (int i = 0; i < 8; i++)
        OUT[3 + i] = mem[i];
    for (int i = 0; i < sp; i++)
        OUT[11 + i] = stk[i];
}
