# A boot sector that works on its disk through the BIOS, and says on the first serial port how that went:
#
#   1. reads CHUNKS times 64 sectors from FIRST on and compares their sum with the one at offset 0x1b8;
#   2. reads the first WRITTEN chunks again, flips bits (KEY), and writes them from TARGET on;
#   3. reads what it wrote back and compares the sums.
#
# Ends by QEMU's isa-debug-exit at port 0xf4: exit status 33 for a pass, 35 for a failure.
# The sum turns left by one bit before each word of 32 bits is added, so that order counts.
    .code16
    .globl _start
    .set SECTORS, 64
    .set SEGMENT, 0x2000

_start:
    cli
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %ss
    movw $0x7c00, %sp
    movw $SEGMENT, %ax
    movw %ax, %es
    sti
    cld
    movb %dl, drive
    movw $booted, %si
    call print

    movl $FIRST, lba
    movw $CHUNKS, left
    movl $0, sum
1:  call read
    call add
    call next
    jnz 1b
    movl sum, %eax
    cmpl expected, %eax
    movw $wrong_sum, %si
    jne fail
    movw $sum_is_right, %si
    call print

    movw $WRITTEN, left
    movl $FIRST, lba
    movl $0, sum
2:  call read
    call flip
    call add
    addl $TARGET-FIRST, lba
    movb $0x43, %ah
    call transfer
    subl $TARGET-FIRST, lba
    call next
    jnz 2b

    movl sum, %eax
    movl %eax, written_sum
    movw $WRITTEN, left
    movl $TARGET, lba
    movl $0, sum
3:  call read
    call add
    call next
    jnz 3b
    movl sum, %eax
    cmpl written_sum, %eax
    movw $wrong_written, %si
    jne fail
    movw $passed, %si
    movb $0x10, %bl
    jmp end

fail:
    movb $0x11, %bl
end:
    call print
    movb %bl, %al
    outb %al, $0xf4
4:  hlt
    jmp 4b

read:
    movb $0x42, %ah
# %ah says what: extended read or write of one chunk.
transfer:
    movb $0, %al
    movb drive, %dl
    movw $packet, %si
    pushw %es
    int $0x13
    popw %es
    movw $bios_failed, %si
    jc fail
    ret

next:
    addl $SECTORS, lba
    decw left
    ret

add:
    xorw %di, %di
    movw $SECTORS*128, %cx
    movl sum, %eax
5:  roll $1, %eax
    addl %es:(%di), %eax
    addw $4, %di
    loop 5b
    movl %eax, sum
    ret

flip:
    xorw %di, %di
    movw $SECTORS*128, %cx
6:  xorl $KEY, %es:(%di)
    addw $4, %di
    loop 6b
    ret

print:
    lodsb
    testb %al, %al
    jz 8f
    movw $0x3f8, %dx
    outb %al, %dx
    jmp print
8:  ret

booted:         .asciz "booted\n"
sum_is_right:   .asciz "sum is right\n"
wrong_sum:      .asciz "FAIL sum\n"
wrong_written:  .asciz "FAIL read back\n"
bios_failed:    .asciz "FAIL BIOS\n"
passed:         .asciz "PASS\n"

    .org 0x190
drive:          .byte 0
    .balign 2
left:           .word 0
sum:            .long 0
written_sum:    .long 0
    .balign 4
packet:         .byte 16, 0
                .word SECTORS
                .word 0, SEGMENT
lba:            .long 0, 0
    .org 0x1b8
expected:       .long 0
    .org 0x1fe
    .word 0xaa55
