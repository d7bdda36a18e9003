#!/usr/bin/env bash
# Older points, application-consistent points, cancel and change of point by the command line, with real processes and
# guests that keep writing: each operation must succeed and leave the item in the phase that the next one needs. Of the
# disks only the application-consistent points are judged here, the others by `homeward lab run`.
#
# Usage: points.sh BIN_DIR
set -euo pipefail
bin=$(cd "$1" && pwd)
checkers=$(cd "$(dirname "$0")/../Checkers" && pwd)
lab=$(mktemp -d)
export HOMEWARD_VAULT=127.0.2.2:7100
homeward() { "$bin/homeward" "$@"; }
trap 'homeward lab down --dir "$lab/lab" >/dev/null 2>&1 || true; rm -rf "$lab"' EXIT

point() { # the number of the point with this place from the newest
  homeward points app-01 --output json |
    python3 -c "import json, sys; points = json.load(sys.stdin); print(points[min($1, len(points) - 1)]['number'])"
}
newest_consistent() { # of an item
  homeward points "$1" --output json | python3 -c "import json, sys
print([p['number'] for p in json.load(sys.stdin) if p['kind'] == 'application-consistent'][0])"
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
run lab add-machine web-01 --guest files --dir "$lab/lab"
run protect web-01
run protect app-01
points 3
run points take app-01 --app-consistent
consistent=$(newest_consistent app-01)
for disk in 0 1; do run points export app-01 "$consistent" --disk $disk --to "$lab/app-$disk.raw"; done
python3 "$checkers/ledger.py" --prefix --application-consistent "$lab/app-0.raw" "$lab/app-1.raw" \
  --log "$lab/lab/acks/app-01@home.jsonl"
run points take web-01 --app-consistent
run points export web-01 "$(newest_consistent web-01)" --to "$lab/web.raw"
e2fsck -fn "$lab/web.raw" >"$lab/e2fsck.txt" 2>&1 || { cat "$lab/e2fsck.txt"; echo "the files are not in order"; exit 1; }
if grep -i journal "$lab/e2fsck.txt"; then echo "there is a journal to replay"; exit 1; fi
run failover app-01 --point app-consistent
number=$(homeward items show app-01 --output json | python3 -c "import json, sys; print(json.load(sys.stdin)['failoverPoint'])")
[ "$number" = "$consistent" ] || { echo "failed over to point $number, not to $consistent"; exit 1; }
run cancel-failover app-01 --confirm-loss
homeward points app-01 --output json | python3 -c "import json, sys
held = [p['number'] for p in json.load(sys.stdin) if p['pins']]
sys.exit(f'cancelled, and points {held} are pinned still' if held else 0)"
ls "$lab"/lab/cloud/datastore/*/*/set-aside-*.overlay.map >/dev/null || { echo "nothing was set aside"; exit 1; }
points 4
run failover app-01 --point latest-processed
run change-point app-01 "$(point 3)" --confirm-loss
run commit app-01
if ls "$lab"/lab/cloud/datastore/*/*/set-aside-* 2>/dev/null; then echo "still set aside after a commit"; exit 1; fi
run reprotect app-01
run failback app-01
run commit app-01
run reprotect app-01
phase=$(homeward items show app-01 --output json | python3 -c "import json, sys; print(json.load(sys.stdin)['phase'])")
[ "$phase" = "protected (out)" ] || { echo "the item ends as $phase"; exit 1; }

# A policy that is changed while app-01 follows it: nothing is restarted, and its agent and its master target do as it says.
field() { # name, of the item
  homeward items show app-01 --output json | python3 -c "import json, sys; print(json.load(sys.stdin)['$1'])"
}
run policies create short --direction out --rpo-threshold 1m
run policies assign short app-01
points 7
run policies update short --interval 1s --app-consistent 2s --keep-points 4 --precheck
homeward policies update short --keep-points 4 --precheck --output json | python3 -c "import json, sys
effect = json.load(sys.stdin)['effects'][0]
sys.exit(0 if effect['keptPoints'] == 4 and effect['removedPoints'] >= 3 else f'shown: {effect}')"
run policies update short --interval 1s --app-consistent 2s --keep-points 4
kept=
for _ in $(seq 100); do
  kept=$(homeward points app-01 --output json | python3 -c "import json, sys
points = json.load(sys.stdin)
print(len(points), sum(p['kind'] == 'application-consistent' for p in points))")
  case $kept in [1-5]\ [1-9]*) break ;; esac
  sleep 0.2
done
case $kept in [1-5]\ [1-9]*) ;; *) echo "points kept, and application-consistent ones: $kept"; exit 1 ;; esac
if homeward policies delete short 2>"$lab/err.txt"; then echo "a policy that is followed was deleted"; exit 1; fi
grep -q "followed by app-01" "$lab/err.txt" || { cat "$lab/err.txt"; exit 1; }
# A status is a fraction of a second on its way on one machine, and the age of an item that is written to is small.
[ "$(field rpoErrorUs)" -lt 1000000 ] && [ "$(field rpoUs)" -lt 60000000 ] || { echo "rpo: $(field rpo)"; exit 1; }
homeward alerts --output json | python3 -c "import json, sys
wrong = [a for a in json.load(sys.stdin) if a['code'] == 'RPO_OVER_THRESHOLD']
sys.exit(f'alerts: {wrong}' if wrong else 0)"
echo "  policy short: $kept points, $(field rpo)"
