#!/usr/bin/env bash
# Feeds every parser with inputs that libFuzzer makes up, under AddressSanitizer.
#   Tests/Fuzz/run.sh                every target for 2 seconds
#   Tests/Fuzz/run.sh all 180        every target for 3 minutes
#   Tests/Fuzz/run.sh csv 3600       one target for an hour
#   Tests/Fuzz/run.sh csv FILE       one input again
# Two run at a time; FUZZ_JOBS says another number. docs/fuzzing.md has what it finds and how.
set -euo pipefail
cd "$(dirname "$0")/../.."
wanted="${1:-all}"
amount="${2:-2}"
folder=.build-fuzz
# Apple's toolchain comes without libFuzzer.
if [ "$(uname)" != Linux ]; then
  echo "Tests/Fuzz/run.sh: Apple's Swift has no libFuzzer; the corpus is tested by swift test" >&2
  exit 0
fi

# A folder of its own: these flags suit no other build.
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
if ! BALANCEALERT_FUZZ=1 swift build --scratch-path "$folder" --product fuzz >"$log" 2>&1; then
  grep -E "error" "$log" >&2 || cat "$log" >&2
  exit 1
fi

# Swift's own buffers look like leaks, and its backtraces take minutes.
export ASAN_OPTIONS="detect_leaks=0" SWIFT_BACKTRACE="enable=no"

# One target; prints a line of what it did.
fuzz() {
  local target="$1" seconds="$2"
  local found="$folder/found/$target" crashes="$folder/crashes/$target" output="$folder/$target.log"
  mkdir -p "$found" "$crashes"
  local corpus=("$found" "Tests/Fuzz/corpus/$target")
  if [ -d "Tests/Fuzz/crashes/$target" ]; then corpus+=("Tests/Fuzz/crashes/$target"); fi
  local code=0
  BALANCEALERT_FUZZ_TARGET="$target" "$folder/debug/fuzz" -max_total_time="$seconds" -timeout=20 \
    -rss_limit_mb=3000 -max_len=16384 -print_final_stats=1 -reload=0 -use_value_profile=0 \
    -artifact_prefix="$crashes/" "${corpus[@]}" >"$output" 2>&1 || code=$?
  local runs coverage
  runs="$(sed -n 's/^stat::number_of_executed_units: *//p' "$output")"
  coverage="$(grep -oE 'cov: [0-9]+ ft: [0-9]+' "$output" | tail -1)"
  printf '%-14s %10s runs  %s\n' "$target" "${runs:-?}" "$coverage"
  if [ "$code" -ne 0 ]; then
    echo "$target: exit $code; see $output" >&2
    grep -E "^$target:|ERROR|Fatal error|Test unit written" "$output" >&2 || tail -5 "$output" >&2
    return 1
  fi
}
export -f fuzz
export folder

if [ -f "$amount" ]; then
  BALANCEALERT_FUZZ_TARGET="$wanted" exec "$folder/debug/fuzz" "$amount"
fi
if [ "$wanted" = all ]; then targets="$(ls Tests/Fuzz/corpus)"; else targets="$wanted"; fi
xargs -P "${FUZZ_JOBS:-2}" -I{} bash -c 'fuzz {} '"$amount" <<<"$targets"
