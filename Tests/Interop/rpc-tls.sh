#!/usr/bin/env bash
# grpcio and OpenSSL against our mutual TLS, and our client against grpcio's.
#
#   rpc-tls.sh RPC-ECHO
#
# The certificates are made by the openssl command, as the README tells: nothing of ours is in them but the names.
set -euo pipefail
[ $# = 1 ] || { echo "usage: rpc-tls.sh RPC-ECHO" >&2; exit 2; }
echo=$(realpath "$1")
cd "$(dirname "$0")"
work=$(mktemp -d "${TMPDIR:-/tmp}/rpc-tls.XXXXXX")
trap 'rm -rf "$work"' EXIT

authority() { # name
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=$1" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
    -keyout "$work/$1-key.pem" -out "$work/$1.pem" 2>/dev/null
}

identity() { # directory, component, authority
  mkdir -p "$work/$1"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" \
    -keyout "$work/$1/key.pem" -out "$work/$1/request.pem" 2>/dev/null
  openssl x509 -req -in "$work/$1/request.pem" -CA "$work/$3.pem" -CAkey "$work/$3-key.pem" -CAcreateserial -days 365 \
    -out "$work/$1/certificate.pem" -extfile <(printf '%s\n' "subjectAltName=URI:homeward://home/$2,DNS:$2" \
    extendedKeyUsage=serverAuth,clientAuth basicConstraints=critical,CA:FALSE) 2>/dev/null
  cp "$work/$3.pem" "$work/$1/authority.pem"
  : > "$work/$1/revoked.txt"
}

authority authority
authority stranger
identity echo echo authority
identity caller caller authority
identity strange caller stranger
# Debian's python3-grpcio belongs to Debian's Python; another may be first in PATH.
for python in python3 /usr/bin/python3; do
  if "$python" -c 'import grpc' 2>/dev/null; then
    # What grpcio says of each refusal is asked for, and noise.
    GRPC_VERBOSITY=NONE PYTHONDONTWRITEBYTECODE=1 "$python" rpc_tls.py "$echo" "$work"
    exit
  fi
done
echo "no Python with grpcio: install python3-grpcio" >&2
exit 2
