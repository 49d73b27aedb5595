# A guest of known demand, in one boot sector.
#
# The first vCPU programs the timer to 250 Hz and counts its ticks. Each vCPU spins for `duty` of every 64
# ticks (256 ms), shifted by `phase`, and halts for the rest. From tick 256 * `later` on its duty is
# `later_duty`. The other vCPUs are started through the local APIC and woken at each tick by an NMI, which
# wants no set-up and no acknowledgement on their side.
#
# A byte on the serial line sets the ticks to 0 and is sent back. So the bursts of several guests can be put
# in step, and whoever sends it knows that the guest is up. After a Z the guest sleeps for good: a tick costs the host
# more than that of a real guest.
#
#   as --32 boot-sector.s -o x.o && ld -m elf_i386 -Ttext 0x7c00 --oformat binary x.o -o sector
#
# The parameters are the last bytes of the code, at fixed offsets, and are patched for each guest.
.code16
.set APIC_ICR, 0xfee00300
.set INIT_OTHERS, 0x000c4500
.set START_OTHERS_AT_8000, 0x000c4608
.set NMI_OTHERS, 0x000c4400
# Not in the page of the code: a write there makes QEMU translate the code again.
.set ticks, 0x6000
.set others, 0x6004

.globl _start
_start:
    cli
    ljmp $0, $1f
1:  xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov $0x7000, %sp
    movl $0, ticks
    movw $0, others

    # fs reaches all of memory from real mode: load its limit in protected mode, then come back.
    lgdt gdt_pointer
    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    mov $8, %bx
    mov %bx, %fs
    and $0xfe, %al
    mov %eax, %cr0
    xor %bx, %bx
    mov %bx, %fs

    movw $on_nmi, 2 * 4
    movw %bx, 2 * 4 + 2
    movw $on_tick, 8 * 4
    movw %bx, 8 * 4 + 2

    # The others begin at 0x8000: a far jump to other_start.
    movb $0xea, 0x8000
    movw $other_start, 0x8001
    movw %bx, 0x8003
    mov $APIC_ICR, %edi
    movl $INIT_OTHERS, %fs:(%edi)
    mov $0x8000, %cx
2:  in $0x80, %al
    loop 2b
    movl $START_OTHERS_AT_8000, %fs:(%edi)

    # Timer: channel 0, rate generator, 1193182 Hz / 4773 = 250 Hz; every interrupt masked but the timer's.
    mov $0x34, %al
    out %al, $0x43
    mov $4773 & 0xff, %al
    out %al, $0x40
    mov $4773 >> 8, %al
    out %al, $0x40
    mov $0xfe, %al
    out %al, $0x21
    mov $0xff, %al
    out %al, $0xa1

    mov $vcpu0, %bx
    sti
    jmp work

other_start:
    cli
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %ss
    mov $1, %ax
    lock xaddw %ax, others
    mov %ax, %cx
    shl $8, %cx
    mov $0x6f00, %sp
    sub %cx, %sp
    mov $3, %cl
    mul %cl
    mov %ax, %bx
    add $vcpu0 + 3, %bx

# bx: this vCPU's three bytes: duty, phase, later duty
work:
    mov (%bx), %cl
    mov ticks + 1, %ax
    cmp later, %ax
    jb 3f
    mov 2(%bx), %cl
3:  mov ticks, %al
    add 1(%bx), %al
    and $63, %al
    cmp %cl, %al
    jb work
    hlt
    jmp work

on_tick:
    push %ax
    incl ticks
    mov $0x20, %al
    out %al, $0x20
    push %edi
    mov $APIC_ICR, %edi
    movl $NMI_OTHERS, %fs:(%edi)
    pop %edi
    push %dx
    mov $0x3fd, %dx
    in %dx, %al
    test $1, %al
    jz 4f
    mov $0x3f8, %dx
    in %dx, %al
    out %al, %dx
    movl $0, ticks
    cmp $'Z', %al
    je asleep
4:  pop %dx
    pop %ax
on_nmi:
    iret

# The timer is told to wait for a count that never comes.
asleep:
    mov $0x30, %al
    out %al, $0x43
5:  hlt
    jmp 5b

    .align 4
gdt:
    .quad 0
    .quad 0x00cf92000000ffff
gdt_pointer:
    .word gdt_pointer - gdt - 1
    .long gdt

    .org 480
later:
    .word 0xffff
vcpu0:
    .fill 24, 1, 0
    .org 510
    .word 0xaa55
