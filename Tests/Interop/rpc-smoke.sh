#!/usr/bin/env bash
# grpcio against our server and our client against grpcio. Takes the path of a built rpc-echo, or builds it.
set -euo pipefail
cd "$(dirname "$0")/../.."
echo_program=${1:-}
if [ -z "$echo_program" ]; then
  swift build --product rpc-echo
  echo_program=.build/debug/rpc-echo
fi
venv=.build/rpc-smoke-venv
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import grpc' 2>/dev/null; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet 'grpcio>=1.60,<2'
fi
PYTHONDONTWRITEBYTECODE=1 "$venv/bin/python" Tests/Interop/rpc_smoke.py "$echo_program"
