#!/usr/bin/env bash
# Drives the fuzzers that `make fuzz-build` made.
#   fuzz.sh run SECONDS TARGET…   from the kept corpus and what earlier runs found; stops at the first failure
#   fuzz.sh keep TARGET…          merges what was found into the kept corpus
#   fuzz.sh one TARGET FILE       one input, again
set -euo pipefail
# A file is named from where the caller is.
if [ "${1:-}" = one ]; then
  file=$(realpath -e "${3:?name an input}")
  set -- one "$2" "$file"
fi
cd "$(dirname "$0")"
fuzzer=.build/release/homeward-fuzz
work=.work
# Of one target in Corpus: the kept corpus is for getting far fast, not for every edge.
most_kept=200
# An input that takes longer or more memory than this is a finding. The sanitizer itself needs a part of the memory.
limits=(-timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=128 -max_len=4096)
# The runtime keeps metadata for good; what a target leaks per input shows by the memory limit.
export ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS:-} SWIFT_BACKTRACE=enable=no

prepare() { # target
  mkdir -p "$work/$1/found" "Corpus/$1"
  FUZZ=$1 FUZZ_SEEDS=$work/$1/found "$fuzzer" -runs=0 > /dev/null 2>&1
}

verb=$1
shift
case $verb in
  run)
    seconds=$1
    shift
    for target; do
      prepare "$target"
      echo "== $target, $seconds s"
      log=$work/$target/log
      if ! FUZZ=$target "$fuzzer" "${limits[@]}" -max_total_time="$seconds" -artifact_prefix="$work/$target/" \
        -print_final_stats=1 "$work/$target/found" "Corpus/$target" > "$log" 2>&1; then
        grep -vE '^#[0-9]+\s+(NEW|REDUCE|pulse)' "$log" | tail -n 60
        echo "failed: $target; the input is named above, see Tests/Fuzz/README.md"
        exit 1
      fi
      grep -E '^#[0-9]+\s+DONE|stat::(average_exec|peak_rss)' "$log"
    done ;;
  keep)
    for target; do
      prepare "$target"
      merged=$work/$target/merged
      rm -rf "$merged"
      mkdir "$merged"
      FUZZ=$target "$fuzzer" "${limits[@]}" -merge=1 "$merged" "Corpus/$target" "$work/$target/found" \
        > "$work/$target/log" 2>&1
      # The smallest first: each says the most for its size.
      # What has a name was kept by hand.
      find "Corpus/$target" -type f -regextype posix-extended -regex ".*/[0-9a-f]{40}" -delete
      (cd "$merged" && find . -type f -printf '%s %f\n' | sort -n | awk -v most="$most_kept" 'NR <= most { print $2 }') |
        while read -r name; do cp "$merged/$name" "Corpus/$target/$name"; done
      echo "$target: $(find "Corpus/$target" -type f | wc -l) inputs of $(find "$merged" -type f | wc -l)"
    done ;;
  one) FUZZ=$1 "$fuzzer" "${limits[@]}" "$2" ;;
  *) echo "fuzz.sh run SECONDS TARGET… | keep TARGET… | one TARGET FILE" >&2; exit 2 ;;
esac
