#!/usr/bin/env bash
# Assembles a boot sector: build.sh OUTPUT [boot|counter]
set -euo pipefail
cd "$(dirname "$0")"
source=${2:-boot}
object=$(mktemp)
trap 'rm -f "$object"' EXIT
# In sectors of 512 bytes, and microseconds. boot: 2 MiB at 32 KiB are summed up, the first 512 KiB of it go, flipped, to
# 4 MiB. counter: the number at 32 KiB, a window of 512 KiB from 64 KiB on.
case $source in
  boot) symbols="FIRST=64 CHUNKS=64 TARGET=8192 WRITTEN=16 KEY=0x5aa5c33c" ;;
  counter) symbols="COUNT=64 DATA=128 WINDOW=1024 PAUSE=20000" ;;
esac
as --32 $(printf -- '--defsym %s ' $symbols) -o "$object" "$source.S"
ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o "$1" "$object"
