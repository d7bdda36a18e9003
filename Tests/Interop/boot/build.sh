#!/usr/bin/env bash
# Assembles the boot sector: build.sh OUTPUT
set -euo pipefail
cd "$(dirname "$0")"
object=$(mktemp)
trap 'rm -f "$object"' EXIT
# In sectors of 512 bytes: 2 MiB at 32 KiB are summed up, the first 512 KiB of it go, flipped, to 4 MiB.
as --32 --defsym FIRST=64 --defsym CHUNKS=64 --defsym TARGET=8192 --defsym WRITTEN=16 --defsym KEY=0x5aa5c33c \
  -o "$object" boot.S
ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o "$1" "$object"
