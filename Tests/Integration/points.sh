#!/usr/bin/env bash
# Older points, cancel and change of point by the command line, with real processes and a guest that keeps writing:
# each operation must succeed and leave the item in the phase that the next one needs. What the disks hold is judged by
# `homeward lab run`, not here.
#
# Usage: points.sh BIN_DIR
set -euo pipefail
bin=$(cd "$1" && pwd)
lab=$(mktemp -d)
export HOMEWARD_VAULT=127.0.2.2:7100
homeward() { "$bin/homeward" "$@"; }
trap 'homeward lab down --dir "$lab/lab" >/dev/null 2>&1 || true; rm -rf "$lab"' EXIT

point() { # the number of the point with this place from the newest
  homeward points app-01 --output json |
    python3 -c "import json, sys; points = json.load(sys.stdin); print(points[min($1, len(points) - 1)]['number'])"
}
run() { # verb, arguments…
  timeout 120 "$bin/homeward" "$@" >"$lab/out.txt" 2>&1 || { cat "$lab/out.txt"; echo "failed: homeward $*"; exit 1; }
  echo "  $(tail -n 1 "$lab/out.txt")"
}
points() { # waits until there are at least this many
  for _ in $(seq 100); do
    [ "$(homeward points app-01 --output json | grep -o '"number"' | wc -l)" -ge "$1" ] && return
    sleep 0.2
  done
  echo "no $1 recovery points within 20 s"; exit 1
}

run lab up --dir "$lab/lab"
run lab add-machine app-01 --dir "$lab/lab"
run protect app-01
points 3
run failover app-01 --point "$(point 2)"
run cancel-failover app-01 --confirm-loss
points 4
run failover app-01 --point latest-processed
run change-point app-01 "$(point 3)" --confirm-loss
run commit app-01
run reprotect app-01
run failback app-01
run commit app-01
run reprotect app-01
phase=$(homeward items show app-01 --output json | python3 -c "import json, sys; print(json.load(sys.stdin)['phase'])")
[ "$phase" = "protected (out)" ] || { echo "the item ends as $phase"; exit 1; }
