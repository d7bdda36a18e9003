#!/usr/bin/env bash
# libnbd and QEMU, both with GnuTLS, against our NBD server over TCP with mutual TLS (STARTTLS).
#
#   nbd-tls.sh NBD-FILE
set -euo pipefail
[ $# = 1 ] || { echo "usage: nbd-tls.sh NBD-FILE" >&2; exit 2; }
program=$(realpath "$1")
work=$(mktemp -d "${TMPDIR:-/tmp}/nbd-tls.XXXXXX")
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

authority() { # name
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=$1" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
    -keyout "$work/$1-key.pem" -out "$work/$1.pem" 2>/dev/null
}

# Under our names and, for clients, under those that libnbd and QEMU look for.
identity() { # directory, component, authority
  mkdir -p "$work/$1"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" \
    -keyout "$work/$1/key.pem" -out "$work/$1/request.pem" 2>/dev/null
  openssl x509 -req -in "$work/$1/request.pem" -CA "$work/$3.pem" -CAkey "$work/$3-key.pem" -CAcreateserial -days 365 \
    -out "$work/$1/certificate.pem" -extfile <(printf '%s\n' \
    "subjectAltName=URI:homeward://home/$2,DNS:$2,IP:127.0.0.1" extendedKeyUsage=serverAuth,clientAuth \
    basicConstraints=critical,CA:FALSE) 2>/dev/null
  cp "$work/authority.pem" "$work/$1/authority.pem"
  cp "$work/authority.pem" "$work/$1/ca-cert.pem"
  cp "$work/$1/certificate.pem" "$work/$1/client-cert.pem"
  cp "$work/$1/key.pem" "$work/$1/client-key.pem"
}

authority authority
authority others
identity agents agents authority
identity backup backup-1 authority
identity colleague colleague authority
identity stranger backup-1 others

size=$((32 << 20))
truncate -s "$size" "$work/disk"
"$program" "$work/socket" "$work/disk" "$work/agents" homeward://home/backup-1 >"$work/listening" &
server=$!
for _ in $(seq 100); do grep -q listening "$work/listening" && break; sleep 0.1; done
address=$(awk '/listening/ {print $2}' "$work/listening")
[ -n "$address" ] || { echo "the server tells no address" >&2; exit 1; }
uri() { echo "nbds://$address/disk?tls-certificates=$work/$1"; }
failures=0

check() { # name, command…
  local name=$1
  shift
  if "$@" >"$work/output" 2>&1; then
    echo "ok   $name"
  else
    echo "FAIL $name"
    sed 's/^/     /' "$work/output"
    failures=$((failures + 1))
  fi
}
limit() { timeout 60 "$@"; }
refused() { # what the refusal says, command…
  local words=$1
  shift
  ! limit "$@" >"$work/refusal" 2>&1 || { echo "not refused"; return 1; }
  grep -qiE "$words" "$work/refusal" || { cat "$work/refusal"; return 1; }
}
map_is_told() { limit nbdinfo --map "$(uri backup)" | tee /dev/stderr | grep -q "$size .* 3 .*hole,zero"; }
qemu() { # tool, its arguments…
  local tool=$1
  shift
  limit "$tool" "$@"
}
qemu_disk="driver=raw,file.driver=nbd,file.host=${address%:*},file.port=${address#*:},file.export=disk"
qemu_disk+=",file.tls-creds=t,file.tls-hostname=agents"
qemu_tls="tls-creds-x509,id=t,endpoint=client,dir=$work/backup"

head -c $((24 << 20)) /dev/urandom >"$work/source"
truncate -s "$size" "$work/source"
check "nbdinfo tells the size under TLS" test "$(limit nbdinfo --size "$(uri backup)")" = "$size"
check "nbdinfo tells the map under TLS" map_is_told
check "nbdcopy in, over several connections" limit nbdcopy --flush "$work/source" "$(uri backup)"
check "the file is what was copied" cmp "$work/source" "$work/disk"
check "nbdcopy out" limit nbdcopy "$(uri backup)" "$work/copy"
check "what was copied out is the same" cmp "$work/source" "$work/copy"
check "qemu-img compares equal, by the component's name" qemu qemu-img compare --object "$qemu_tls" --image-opts \
  "$qemu_disk" "driver=raw,file.driver=file,file.filename=$work/source"
check "qemu-io writes and reads back" qemu qemu-io --object "$qemu_tls" --image-opts "$qemu_disk" \
  -c 'write -f -P 0x5a 4096 1M' -c 'flush' -c 'read -P 0x5a 4096 1M'
check "in the clear nothing is told" refused 'TLS' nbdinfo --size "nbd://$address/disk"
check "a client of another authority is refused" refused '' nbdinfo --size "$(uri stranger)"
check "a client that is not named is refused by name" refused 'homeward://home/colleague may not use these disks' \
  qemu-img info --object "tls-creds-x509,id=t,endpoint=client,dir=$work/colleague" --image-opts "$qemu_disk"
check "a client without a certificate is refused" refused '' nbdinfo --size "nbds://$address/disk"
check "the server is alive after all that" limit nbdinfo --size "$(uri backup)"

[ "$failures" = 0 ] || { echo "$failures checks failed"; exit 1; }
echo "all checks passed"
