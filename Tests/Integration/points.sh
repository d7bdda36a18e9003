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
pins() { # of all points, oldest first: NUMBER:OWNER
  homeward points app-01 --output json | python3 -c "import json, sys
print(*(f'{p[\"number\"]}:{owner}' for p in reversed(json.load(sys.stdin)) for owner in p['pins']))"
}
refused() { # a word of the message, verb, arguments…
  local word=$1; shift
  if homeward "$@" >"$lab/out.txt" 2>&1; then echo "not refused: homeward $*"; exit 1; fi
  grep -q "$word" "$lab/out.txt" || { cat "$lab/out.txt"; echo "refused, and not for \"$word\": homeward $*"; exit 1; }
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
# What the cloud's machine wrote is set aside over the point that it ran from: its disks are exported, with every write
# that was acknowledged there.
ls "$lab"/lab/cloud/datastore/*/*/set-aside-*.overlay.map >/dev/null || { echo "nothing was set aside"; exit 1; }
generation=$(homeward set-aside list app-01 --output json | python3 -c "import json, sys
(kept,) = json.load(sys.stdin)
assert kept['pinned'] and kept['blocks'] > 0 and kept['job'] and kept['masterTarget'] == 'mt-cloud', kept
print(kept['generation'])")
[ "$(pins)" = "$consistent:set-aside-$generation" ] || { echo "cancelled, and pinned are: $(pins)"; exit 1; }
for disk in 0 1; do run set-aside export app-01 --disk $disk --to "$lab/aside-$disk.raw"; done
run set-aside export app-01 --changes-only --to "$lab/changes.raw"
refused "exists already" set-aside export app-01 --to "$lab/changes.raw"
python3 "$checkers/ledger.py" "$lab/aside-0.raw" "$lab/aside-1.raw" \
  --log "$lab/lab/acks/app-01@home.jsonl" --log "$lab/lab/acks/app-01-cloud@cloud.jsonl"
# A person's pin, through the death of the master target and of the vault; then what is set aside is given up.
points 4
kept=$(point 1)
run points pin app-01 "$kept" --person ana --reason 'before the upgrade'
refused "kept already" points pin app-01 "$kept" --person ana --reason again
refused "no point 999999" points pin app-01 999999 --person ana --reason nothing
for component in mt-cloud vault; do
  kill -9 "$(python3 -c "
import json
print(next(p['process']['processID'] for p in json.load(open('$lab/lab/lab.json'))['processes'] if p['id'] == '$component'))")"
done
for _ in $(seq 200); do [ "$(pins 2>/dev/null)" = "$consistent:set-aside-$generation $kept:by-hand/$kept" ] && break; sleep 0.1; done
[ "$(pins)" = "$consistent:set-aside-$generation $kept:by-hand/$kept" ] || { echo "killed, and pinned are: $(pins)"; exit 1; }
homeward points app-01 | grep -q "before the upgrade" || { echo "nobody says who keeps point $kept"; exit 1; }
run set-aside release app-01 --person ana --reason 'exported'
refused "nothing is set aside" set-aside release app-01 --person ana --reason again
if ls "$lab"/lab/cloud/datastore/*/*/set-aside-* 2>/dev/null; then echo "still set aside"; exit 1; fi
[ "$(pins)" = "$kept:by-hand/$kept" ] || { echo "released, and pinned are: $(pins)"; exit 1; }
run points unpin app-01 "$kept" --person ana --reason 'the upgrade went well'
[ -z "$(pins)" ] || { echo "let go, and pinned are: $(pins)"; exit 1; }
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
