#!/bin/bash
# The NBD server against the tools of others: libnbd (nbdinfo, nbdcopy), QEMU (qemu-img, qemu-io) and fio.
#
#   nbd-smoke.sh SERVER [ARGUMENT...]
#
# SERVER is run as: SERVER ARGUMENT... SOCKET FILE. It must serve FILE on the unix socket SOCKET as the export
# "disk", and read-only as "ro", until it is killed. Prints one line a check; exit 0 only if all passed.
set -euo pipefail

[ $# -ge 1 ] || { echo "usage: nbd-smoke.sh SERVER [ARGUMENT...]" >&2; exit 2; }
for tool in nbdinfo nbdcopy qemu-img qemu-io fio; do
    command -v "$tool" >/dev/null || { echo "missing tool: $tool" >&2; exit 2; }
done

folder=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT

size=$((64 << 20))
socket=$folder/socket
disk=$folder/disk
truncate -s "$size" "$disk"
"$@" "$socket" "$disk" &
server=$!
for _ in $(seq 100); do [ -S "$socket" ] && break; sleep 0.1; done
[ -S "$socket" ] || { echo "the server made no socket" >&2; exit 1; }

uri="nbd+unix:///disk?socket=$socket"
readonly_uri="nbd+unix:///ro?socket=$socket"
missing_uri="nbd+unix:///missing?socket=$socket"
failures=0

# check NAME COMMAND...: the command must succeed. Every tool is run under `limit`.
check() {
    local name=$1
    shift
    if "$@" >"$folder/output" 2>&1; then
        echo "ok   $name"
    else
        echo "FAIL $name"
        sed 's/^/     /' "$folder/output"
        failures=$((failures + 1))
    fi
}

limit() { timeout 60 "$@"; }
refused() { ! limit "$@"; }
# qemu-io may exit 0 after a failed command: its words are judged too.
io() {
    limit qemu-io -f raw "$@" >"$folder/io" 2>&1 || { cat "$folder/io"; return 1; }
    cat "$folder/io"
    ! grep -qiE 'error|failed|verification' "$folder/io"
}
same_size() { [ "$(limit nbdinfo --size "$uri")" = "$size" ]; }
lists_both() {
    limit nbdinfo --list --json "nbd+unix:///?socket=$socket" >"$folder/list" &&
        grep -q '"export-name": "disk"' "$folder/list" && grep -q '"export-name": "ro"' "$folder/list"
}
block_sizes() {
    limit nbdinfo "$uri" | tee "$folder/geometry"
    grep -q 'block_size_minimum: 512' "$folder/geometry" && grep -q 'block_size_preferred: 4096' "$folder/geometry" &&
        grep -q 'block_size_maximum: 33554432' "$folder/geometry"
}
throughput() {
    limit fio --name=verify --ioengine=nbd --uri="$uri" --rw=randwrite --bs=4k --iodepth=32 --size=16m \
        --verify=crc32c --do_verify=1 --verify_fatal=1 --verify_state_save=0 --fsync=64 --minimal
}

head -c $((48 << 20)) /dev/urandom >"$folder/source"
truncate -s "$size" "$folder/source"

check "nbdinfo tells the size" same_size
check "nbdinfo lists both exports" lists_both
check "nbdinfo tells the block sizes" block_sizes
check "several connections are allowed" limit nbdinfo --can multi-conn "$uri"
check "the read-only export says so" limit nbdinfo --is read-only "$readonly_uri"
check "an unknown export is refused" refused nbdinfo "$missing_uri"
check "nbdcopy in, over several connections" limit nbdcopy --flush "$folder/source" "$uri"
check "the file is what was copied" cmp "$folder/source" "$disk"
check "nbdcopy out" limit nbdcopy "$uri" "$folder/copy"
check "what was copied out is the same" cmp "$folder/source" "$folder/copy"
check "qemu-img compares equal" limit qemu-img compare -f raw -F raw "$uri" "$folder/source"
check "qemu-io writes with FUA, flushes, reads back" io \
    -c 'write -f -P 0x5a 4096 8192' -c 'flush' -c 'read -P 0x5a 4096 8192' "$uri"
check "qemu-io writes zeroes, keeping and releasing space" io \
    -c 'write -z 4096 4096' -c 'write -z -u 8192 4096' -c 'read -P 0 4096 8192' "$uri"
check "qemu-io discards" io -c 'discard 1M 1M' "$uri"
check "qemu-io reads many at once" io \
    -c 'aio_read 0 1M' -c 'aio_read 1M 1M' -c 'aio_read 2M 1M' -c 'aio_flush' "$uri"
check "the read-only export refuses writes" refused qemu-io -f raw -c 'write 0 4096' "$readonly_uri"
check "fio writes 32 at a time and verifies" throughput
check "the server is alive after all that" kill -0 "$server"

[ "$failures" = 0 ] || { echo "$failures checks failed"; exit 1; }
echo "all checks passed"
