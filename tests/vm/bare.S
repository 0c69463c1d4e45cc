/* SPDX-License-Identifier: MIT */
/* Entry of the bare-metal test program: loaded by QEMU through the PVH note, 32-bit protected mode, no paging. */
.text
.globl _start
_start:
    mov $stack_top, %esp
    lgdt gdt_pointer
    ljmp $0x08, $1f
1:  mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    call bare_main
2:  hlt
    jmp 2b

/* The device's interrupt: count it, end it at the local interrupt controller. */
.globl interrupt_entry
interrupt_entry:
    push %eax
    lock incl interrupt_count
    movl $0, 0xfee000b0
    /* Return without iret, which KVM's instruction emulator lacks in protected mode: reorder EIP, CS, EFLAGS into EFLAGS, EIP. */
    mov 4(%esp), %eax
    xchg %eax, 12(%esp)
    mov %eax, 8(%esp)
    pop %eax
    lea 4(%esp), %esp
    popf
    ret

.section .rodata
.align 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff
    .quad 0x00cf93000000ffff
gdt_pointer:
    .word . - gdt - 1
    .long gdt

.bss
.align 16
.space 16384
stack_top:

.section .note.pvh, "a", @note
.align 4
.long 4, 4, 18
.asciz "Xen"
.long _start
