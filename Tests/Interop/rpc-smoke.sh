#!/usr/bin/env bash
# grpcio against our server and our client against grpcio.
#
#   rpc-smoke.sh RPC-ECHO
set -euo pipefail
cd "$(dirname "$0")"
[ $# = 1 ] || { echo "usage: rpc-smoke.sh RPC-ECHO" >&2; exit 2; }
# Debian's python3-grpcio belongs to Debian's Python; another may be first in PATH.
for python in python3 /usr/bin/python3; do
  if "$python" -c 'import grpc' 2>/dev/null; then
    PYTHONDONTWRITEBYTECODE=1 exec "$python" rpc_smoke.py "$1"
  fi
done
echo "no Python with grpcio: install python3-grpcio" >&2
exit 2
