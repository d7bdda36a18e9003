# A boot sector that counts on its disk through the BIOS for as long as it has power, and says on the first serial port
# how far it is: an acknowledgement log of a machine that knows nothing of us.
#
#   1. reads its number from the sector COUNT and says `boot N`;
#   2. writes a sector full of the next number to DATA + number mod WINDOW, then the same to COUNT, says `wrote N`,
#      waits PAUSE microseconds, and does it again.
    .code16
    .globl _start
    .set NUMBER, 0x8000

_start:
    cli
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw $0x7c00, %sp
    sti
    cld
    movb %dl, drive
    movl $COUNT, lba
    movb $0x42, %ah
    call transfer
    movw $booted, %si
    call print

1:  movl NUMBER, %eax
    incl %eax
    movw $NUMBER, %di
    movw $128, %cx
    rep stosl
    movl NUMBER, %eax
    andl $WINDOW-1, %eax
    addl $DATA, %eax
    movl %eax, lba
    movb $0x43, %ah
    call transfer
    movl $COUNT, lba
    movb $0x43, %ah
    call transfer
    movw $wrote, %si
    call print
    movb $0x86, %ah
    xorw %cx, %cx
    movw $PAUSE, %dx
    int $0x15
    jmp 1b

# %ah says what: extended read or write of one sector.
transfer:
    movb $0, %al
    movb drive, %dl
    movw $packet, %si
    int $0x13
    movw $bios_failed, %si
    jc fail
    ret

fail:
    call print
2:  hlt
    jmp 2b

# The word at %si, then the number.
print:
    lodsb
    testb %al, %al
    jz 3f
    call put
    jmp print
3:  movl NUMBER, %ebx
    movw $8, %cx
4:  roll $4, %ebx
    movb %bl, %al
    andb $15, %al
    addb $0x30, %al
    cmpb $0x39, %al
    jbe 5f
    addb $0x27, %al
5:  call put
    loop 4b
    movb $10, %al
put:
    movw $0x3f8, %dx
    outb %al, %dx
    ret

booted:         .asciz "boot "
wrote:          .asciz "wrote "
bios_failed:    .asciz "FAIL "

    .org 0x190
drive:          .byte 0
    .balign 4
packet:         .byte 16, 0
                .word 1
                .word NUMBER, 0
lba:            .long 0, 0
    .org 0x1fe
    .word 0xaa55
