#!/usr/bin/env bash
# A recovery plan on real processes by the command line: the replication group `shop` in boot group 1, web-01 in boot
# group 2. A script fails once and is run again; the vault is killed while a person is waited for; all commits.
#
# Usage: plans.sh BIN_DIR
set -euo pipefail
bin=$(cd "$1" && pwd)
lab=$(mktemp -d)
export HOMEWARD_VAULT=127.0.2.2:7100
homeward() { "$bin/homeward" "$@"; }
trap 'homeward lab down --dir "$lab/lab" >/dev/null 2>&1 || true; rm -rf "$lab"' EXIT

die() { echo "failed: $*"; cat "$lab/out.txt" 2>/dev/null || true; exit 1; }
run() { # expected exit code, verb, arguments…
  local expected=$1 code=0
  shift
  timeout 120 "$bin/homeward" "$@" >"$lab/out.txt" 2>&1 || code=$?
  [ "$code" = "$expected" ] || die "homeward $* ended with $code, not $expected"
  echo "  homeward $*"
}
ask() { # expression over the run `r` that was printed last, its members `m` and actions `a`
  python3 -c "
import json, sys
r = json.load(open('$lab/out.txt'))
m = {x['name']: x for g in r['bootGroups'] for x in g['members']}
a = {x['id']: x for g in r['bootGroups'] for x in g['before'] + g['after']}
print(($1))"
}
phases() { homeward items --output json | python3 -c "
import json, sys
print(sorted({i['phase'] for i in json.load(sys.stdin)}))"; }

run 0 lab up --dir "$lab/lab"
for machine in app-01 db-01 web-01; do run 0 lab add-machine "$machine" --dir "$lab/lab"; done
run 0 protect app-01 --group shop
run 0 protect db-01 --group shop
run 0 protect web-01

scripts=$(python3 -c "
import glob, json
[print(s) for f in glob.glob('$lab/lab/**/*.json', recursive=True) for c in [json.load(open(f))]
 if isinstance(c, dict) for s in [c.get('scriptsDirectory')] if s]")
[ -n "$scripts" ] || die "the vault's configuration names no directory of scripts"
mkdir -p "$scripts"
cat >"$scripts/migrate.sh" <<'SCRIPT'
#!/bin/sh
cat > context.json
echo "$HOMEWARD_ACTION_KEY" >> keys
[ "$(wc -l < keys)" -gt 1 ] || { echo "no disk"; exit 3; }
echo "migrated $1"
SCRIPT
chmod 700 "$scripts/migrate.sh"
cat >"$lab/sales.json" <<'PLAN'
{ "bootGroups": [
    { "name": "data", "members": ["groups/shop"],
      "after": [{ "id": "migrate", "script": { "program": "migrate.sh", "arguments": ["all"], "timeoutSeconds": 20,
                                               "idempotent": true } }] },
    { "name": "front", "members": ["web-01"], "before": [{ "id": "dns", "manual": "Point www at the cloud" }] } ],
  "policy": { "onFailure": "stop" } }
PLAN
run 0 plans create sales "$lab/sales.json"
run 0 plans preview sales failover

run 5 plans run sales failover --output json
[ "$(ask "m['app-01']['state'], m['web-01']['state'], a['migrate']['exit'], a['migrate']['output']")" = \
  "('done', 'cancelled', 3, 'no disk\n')" ] || die "what failed: $(ask "m, a")"
first=$(ask "r['run']")
run 0 plans rerun "$first" --precheck --output json
homeward plans runs --output json | python3 -c "
import json, sys
assert json.load(open('$lab/out.txt'))['wouldRun'] and len(json.load(sys.stdin)) == 1" || die "a look at a rerun"
run 4 plans rerun "$first" --output json
[ "$(ask "m['app-01']['state'], a['migrate']['state'], a['dns']['state']")" = \
  "('doneBefore', 'done', 'waitingPerson')" ] || die "what waits: $(ask "m, a")"
second=$(ask "r['run']")
run 1 plans rerun "$first"
[ "$(sort -u "$scripts/keys" | wc -l)" = 1 ] || die "the script was given two keys"
python3 -c "
import json
c = json.load(open('$scripts/context.json'))
assert [m['name'] for m in c['members']] == ['app-01', 'db-01', 'web-01'], c"

old=$(python3 -c "
import json
print(next(p['process']['processID'] for p in json.load(open('$lab/lab/lab.json'))['processes'] if p['id'] == 'vault'))")
# The lab starts it again.
kill -9 "$old"
for _ in $(seq 200); do homeward plans >/dev/null 2>&1 && break || sleep 0.1; done
run 0 plans runs "$second" --output json
[ "$(ask "a['dns']['state']")" = waitingPerson ] || die "after the vault's death"
run 0 plans complete "$second" dns --person ana
for _ in $(seq 200); do
  run 0 plans runs "$second" --output json >/dev/null
  [ "$(ask "r['state']")" = succeeded ] && break
  sleep 0.1
done
[ "$(ask "r['state'], m['web-01']['state']")" = "('succeeded', 'done')" ] || die "the run's end"
run 0 plans run sales commit
[ "$(phases)" = "['committed (out)']" ] || die "the items end as $(phases)"
echo "a plan of two boot groups went out: a script failed once, the vault died once"
