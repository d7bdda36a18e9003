#!/usr/bin/env bash
# gRPC's interoperability cases between rpc-interop and grpcio, both ways, plain and over mutual TLS; reflection, health,
# channelz and typed details besides.
#
#   interop.sh RPC-INTEROP
#   interop.sh --prepare
#
# grpcio, grpcio-reflection, grpcio-health-checking, grpcio-channelz and h2 come from PyPI into a virtual environment
# (INTEROP_VENV), made once, by `--prepare` or when first needed. Exit 77 when they cannot be had: then nothing was tried.
set -euo pipefail
[ $# = 1 ] || { echo "usage: interop.sh RPC-INTEROP | --prepare" >&2; exit 2; }
[ "$1" = --prepare ] || program=$(realpath "$1")
cd "$(dirname "$0")"
venv=${INTEROP_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/homeward/interop-venv}
packages='grpcio grpcio-reflection grpcio-health-checking grpcio-channelz h2'
if ! "$venv/bin/python" -c 'import grpc, grpc_reflection, grpc_health, grpc_channelz, h2' 2>/dev/null; then
  rm -rf "$venv"
  python3 -m venv "$venv" && "$venv/bin/pip" install -q --disable-pip-version-check $packages \
    || { echo "interop: $packages cannot be had from PyPI" >&2; rm -rf "$venv"; exit 77; }
fi
[ "$1" != --prepare ] || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
protoc -I ../../Protos -I /usr/include --include_imports --descriptor_set_out="$work/protos.pb" \
  grpc/testing/test.proto google/rpc/status.proto google/rpc/error_details.proto
bash certificates.sh "$work/tls" server-1 client-1
PYTHONDONTWRITEBYTECODE=1 "$venv/bin/python" interop.py "$program" "$work/protos.pb" "$work/tls"
