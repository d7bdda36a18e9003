#!/usr/bin/env bash
# What a person can get wrong with the lab and the command line: each is refused in one clear line, and nothing changes.
#   bad_input.sh BIN        BIN: the directory of the built programs
set -uo pipefail

bin=$(cd "$1" && pwd)
homeward=$bin/homeward
work=$(mktemp -d /tmp/bad-input.XXXXXX)
chmod 755 "$work"
lab=$work/lab
mounted=
failed=0
tries=0

finish() {
  "$homeward" lab down --dir "$lab" > /dev/null 2>&1
  [ -z "$mounted" ] || umount "$mounted"
  rm -rf "$work"
}
trap finish EXIT

# Runs a command that must be refused: exit code not 0 and at most 128, one line on standard error with the expected
# words, nothing on standard output, and `$work` as it was but for what a running lab writes by itself.
refused() { # what, expected words (a regular expression), command...
  local what=$1 words=$2 status before after
  shift 2
  tries=$((tries + 1))
  before=$(find "$work" -not -path "$lab/*" -not -path "$work/err" -not -path "$work/out" -printf '%p %s %T@\n' | sort)
  "$@" > "$work/out" 2> "$work/err"
  status=$?
  after=$(find "$work" -not -path "$lab/*" -not -path "$work/err" -not -path "$work/out" -printf '%p %s %T@\n' | sort)
  local lines; lines=$(grep -cv '^\(Usage:\|  See \)' "$work/err")
  if [ "$status" = 0 ] || [ "$status" -gt 128 ] || [ "$lines" != 1 ] || ! grep -Eq "$words" "$work/err" \
      || [ -s "$work/out" ] || [ "$before" != "$after" ]; then
    failed=$((failed + 1))
    echo "not refused as it must be: $what (exit $status)"
    sed 's/^/    /' "$work/err" "$work/out"
    diff <(echo "$before") <(echo "$after") | sed 's/^/    changed: /'
  else
    printf '  %-34s %s\n' "$what" "$(grep -v '^\(Usage:\|  See \)' "$work/err" | cut -c1-150)"
  fi
}

run() { "$homeward" lab run --dir "$work/new" "$@"; }
line() { printf '%s\n' "$1" > "$work/writes"; }

truncate -s 16M "$work/good.img"
truncate -s 16777300 "$work/odd.img"
truncate -s 1M "$work/little.img"
: > "$work/writes"
touch "$work/out" "$work/err"

# Before anything is made.
refused "unknown machine" 'no machine "mail-01".*web-01' run --machines mail-01
refused "a machine twice" 'twice' run --machines app-01,app-01
refused "no machine" 'at least one' run --machines ""
refused "missing image" 'no file .*none.img.*raw disk image' run --image "$work/none.img"
refused "an image that is a directory" 'raw disk image' run --image "$work"
refused "odd image size" '16777300 bytes.*512' run --image "$work/odd.img"
refused "image too small" '8 MiB' run --image "$work/little.img"
refused "writes without image" 'give --image' run --writes "$work/writes"
refused "missing writes" 'no file .*none.jsonl' run --image "$work/good.img" --writes "$work/none.jsonl"
line '{"phase":"home","disk":0,"offset":0,"length":512,"seed":1'
refused "writes: broken JSON" 'line 1' run --image "$work/good.img" --writes "$work/writes"
line '{"phase":"moon","disk":0,"offset":0,"length":512,"seed":1}'
refused "writes: unknown phase" 'line 1.*phase' run --image "$work/good.img" --writes "$work/writes"
line '{"phase":"home","disk":0,"offset":16777216,"length":512,"seed":1}'
refused "writes: beyond the end" 'line 1' run --image "$work/good.img" --writes "$work/writes"
line '{"phase":"home","disk":1,"offset":0,"length":512,"seed":1}'
refused "writes: no such disk" 'line 1.*disk' run --image "$work/good.img" --writes "$work/writes"
line '{"phase":"home","disk":0,"offset":100,"length":512,"seed":1}'
refused "writes: not aligned" 'line 1' run --image "$work/good.img" --writes "$work/writes"
refused "unknown process to kill" 'PROCESS@STEP' run --kill nobody@failback
refused "a path too long for sockets" 'shorter directory' \
  "$homeward" lab run --dir "$work/$(printf 'x%.0s' {1..80})"
touch "$work/file"
refused "a file as directory" 'cannot be written' "$homeward" lab run --dir "$work/file"
refused "no lab to look at" 'none stands there' "$homeward" lab status --dir "$work/new"
refused "no vault" 'find the vault' env -C "$work" -u HOMEWARD_VAULT "$homeward" items list

# As a user who may not write there.
if [ "$(id -u)" = 0 ]; then
  mkdir "$work/closed"
  refused "unwritable directory" 'cannot be written' \
    setpriv --reuid=65534 --regid=65534 --clear-groups "$homeward" lab run --dir "$work/closed/lab"
  mkdir "$work/small"
  mounted=$work/small
  mount -t tmpfs -o size=48m none "$mounted"
  refused "too little space" "$mounted.*too little" "$homeward" lab run --dir "$mounted/lab" --machines app-01
else
  echo "  not root: an unwritable directory is tried, a full file system is not"
  mkdir -m 500 "$work/closed"
  refused "unwritable directory" 'cannot be written' "$homeward" lab run --dir "$work/closed/lab"
fi

# A disk that fills up in the middle.
if [ -n "$mounted" ]; then
  mount -o remount,size=320m "$mounted"
  tries=$((tries + 1))
  "$homeward" lab run --dir "$mounted/lab" --machines app-01 > "$work/full.txt" 2>&1 &
  process=$!
  for _ in $(seq 300); do grep -q 'protect app-01' "$work/full.txt" && break; sleep 0.1; done
  fallocate -l "$(($(df --output=avail -B1 "$mounted" | tail -n 1) - (8 << 20)))" "$mounted/ballast"
  wait "$process"
  status=$?
  if [ "$status" = 3 ] && grep -q "$mounted/lab.*full.*too little" "$work/full.txt" \
      && [ "$(tail -n 1 "$work/full.txt")" = "verdict: fail" ] && ! grep -lqs "$mounted/lab" /proc/[0-9]*/environ; then
    printf '  %-34s %s\n' "a disk that fills up" "$(grep 'system is full' "$work/full.txt" | sed 's/^ *//' | head -n 1 | cut -c1-150)"
  else
    failed=$((failed + 1))
    echo "a disk that fills up: exit $status"
    tail -n 12 "$work/full.txt" | sed 's/^/    /'
    grep -ls "$mounted/lab" /proc/[0-9]*/environ
  fi
fi

# A run that is ended from outside leaves no process behind.
for signal in INT TERM HUP; do
  tries=$((tries + 1))
  # A background job of this shell ignores SIGINT, and what runs by nohup SIGHUP; neither is what is tried here.
  python3 -c 'import signal, subprocess, sys
for number in (signal.SIGINT, signal.SIGHUP): signal.signal(number, signal.SIG_DFL)
sys.exit(subprocess.run(sys.argv[1:], stdout=open("'"$work"'/ended.txt", "w"), stderr=subprocess.STDOUT,
         preexec_fn=lambda: open("'"$work"'/ended.pid", "w").write(str(__import__("os").getpid()))).returncode % 256)' \
    "$homeward" lab run --dir "$work/ended" --replace --machines app-01 &
  process=$!
  for _ in $(seq 300); do grep -qs 'failover app-01' "$work/ended.txt" && break; sleep 0.1; done
  kill "-$signal" "$(cat "$work/ended.pid")"
  wait "$process"
  status=$?
  if [ "$status" = 3 ] && grep -q 'ended early by signal' "$work/ended.txt" \
      && [ "$(tail -n 1 "$work/ended.txt")" = "verdict: fail" ] && ! grep -lqs "$work/ended" /proc/[0-9]*/environ; then
    printf '  %-34s %s\n' "a run ended by SIG$signal" "$(grep 'ended early' "$work/ended.txt" | sed 's/^ *//')"
  else
    failed=$((failed + 1))
    echo "a run ended by SIG$signal: exit $status"
    tail -n 12 "$work/ended.txt" | sed 's/^/    /'
    grep -ls "$work/ended" /proc/[0-9]*/environ
  fi
  rm -f "$work/ended.txt" "$work/ended.pid"
done

# With a lab standing.
"$homeward" lab up --dir "$lab" > "$work/up.txt" 2>&1 || { cat "$work/up.txt"; exit 1; }
refused "second lab, same directory" 'one stands there already' "$homeward" lab run --dir "$lab"
refused "second lab, replacing" 'one stands there already' "$homeward" lab run --dir "$lab" --replace
refused "second lab up, same directory" 'one stands there already' "$homeward" lab up --dir "$lab"
refused "occupied port" '127\.0\.[12]\.[0-9]:7100 is not free' run --machines app-01
refused "protect an unknown machine" 'app-99' "$homeward" protect app-99 --lab "$lab"
refused "fail over what is not there" 'app-99' "$homeward" failover app-99 --lab "$lab"
refused "an item that is not there" 'app-99' "$homeward" items show app-99 --lab "$lab"
refused "a machine name with a slash" 'machine' "$homeward" lab add-machine a/b --dir "$lab"
items=$("$homeward" items list --lab "$lab" --output json)
[ "$items" = "[]" ] || { failed=$((failed + 1)); echo "items after refusals: $items"; }

# With a machine that is protected: operations that are not its next one.
"$homeward" lab add-machine app-01 --dir "$lab" > "$work/up.txt" 2>&1 || { cat "$work/up.txt"; exit 1; }
"$homeward" protect app-01 --lab "$lab" > "$work/up.txt" 2>&1 || { cat "$work/up.txt"; exit 1; }
stands() { "$homeward" items show app-01 --lab "$lab" --output json | grep -Eo '"(phase|generation|job)":[^,]*'; }
before=$(stands)
refused "the wrong direction" 'DIRECTION_CONFIRMED.*homeward failover app-01' "$homeward" failback app-01 --lab "$lab"
refused "a reprotect too early" 'OPERATION_ALLOWED.*Possible now: homeward failover' \
  "$homeward" reprotect app-01 --lab "$lab"
refused "a commit of nothing" 'OPERATION_ALLOWED.*Possible now: homeward failover' "$homeward" commit app-01 --lab "$lab"
refused "leave out what is not there" 'machine app-01 has 0: app-01-disk-0' \
  "$homeward" disks exclude app-01 app-01-disk-7 --lab "$lab"
refused "leave out what is replicated" 'it is replicated' "$homeward" disks exclude app-01 0 --lab "$lab"
refused "as JSON, too" '^Error: {"error":"GATES_FAILED"' "$homeward" failback app-01 --lab "$lab" --output json
[ "$(stands)" = "$before" ] || { failed=$((failed + 1)); echo "after refusals: $(stands)"; }
"$homeward" lab down --dir "$lab" > /dev/null || failed=$((failed + 1))

echo "$tries tries, $failed wrong"
[ "$failed" = 0 ]
