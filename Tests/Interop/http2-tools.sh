#!/usr/bin/env bash
# nghttp and h2load, nghttp2's own client and load generator, against our server.
#
#   http2-tools.sh RPC-ECHO
set -euo pipefail
[ $# = 1 ] || { echo "usage: http2-tools.sh RPC-ECHO" >&2; exit 2; }
work=$(mktemp -d)
"$1" serve 127.0.0.1 0 > "$work/address" &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
for _ in $(seq 100); do grep -q listening "$work/address" && break; sleep 0.1; done
url="http://$(awk '{print $2}' "$work/address")/echo.v1.Echo/Unary"
# A message of three octets behind its prefix.
printf '\0\0\0\0\3abc' > "$work/message"

nghttp -v -t 10 -d "$work/message" -H 'content-type: application/grpc' -H 'te: trailers' "$url" > "$work/nghttp"
grep -q 'grpc-status: 0' "$work/nghttp" || { cat "$work/nghttp"; echo "nghttp: no grpc-status 0" >&2; exit 1; }
h2load -n 2000 -c 4 -m 32 -d "$work/message" -H 'content-type: application/grpc' -H 'te: trailers' "$url" \
  > "$work/h2load"
grep -q '2000 succeeded, 0 failed, 0 errored' "$work/h2load" || { cat "$work/h2load"; exit 1; }
echo "nghttp and h2load: calls are answered, $(grep -o '[0-9.]* req/s' "$work/h2load")"
