#!/usr/bin/env bash
# Feeds every reader of foreign bytes with what libFuzzer thinks of, beginning with corpus/.
#
#   Tests/Fuzz/run.sh                    every target, 4 seconds each
#   Tests/Fuzz/run.sh 60                 every target, a minute each
#   Tests/Fuzz/run.sh 600 xero csv       these, ten minutes each
#
# BALANCEALERT_FUZZ_SEED=1 walks the same way each time; without it every run walks anew.
#
# Prints executions and coverage of each. What breaks a target is kept in crashes/<target>/, where the
# tests find it; exit 1 then.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds="${1:-4}"
shift || true
if ! [[ "$seconds" =~ ^[1-9][0-9]*$ ]]; then
  echo "$0: the first argument is a number of seconds; \"$seconds\" is none" >&2
  exit 64
fi

export BALANCEALERT_FUZZ=1
scratch=.build-fuzz
if ! swift build --scratch-path "$scratch" --product fuzz >"/tmp/fuzz-build.$$" 2>&1; then
  tail -20 "/tmp/fuzz-build.$$"
  if [ "$(uname)" = Darwin ]; then
    echo "this toolchain has no libFuzzer; nothing was fuzzed"
    exit 0
  fi
  exit 1
fi
fuzz="$(swift build --scratch-path "$scratch" --show-bin-path)/fuzz"
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  # shellcheck disable=SC2207  # words without blanks
  targets=($(ls Tests/Fuzz/corpus))
fi

# One target: `| target | executions | coverage | corpus |`.
one() {
  local target="$1" work status=0
  work="$(mktemp -d)"
  cp Tests/Fuzz/corpus/"$target"/* "$work"
  mkdir -p "Tests/Fuzz/crashes/$target"
  # Leaks are looked for elsewhere: what runs once in a process is not freed.
  ASAN_OPTIONS=detect_leaks=0 BALANCEALERT_FUZZ_TARGET="$target" "$fuzz" "$work" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=3000 -max_len=20000 -print_final_stats=1 \
    -seed="${BALANCEALERT_FUZZ_SEED:-0}" -artifact_prefix="Tests/Fuzz/crashes/$target/" >"$work.log" 2>&1 || status=$?
  rmdir "Tests/Fuzz/crashes/$target" 2>/dev/null || true
  local runs coverage
  runs="$(sed -n 's/^stat::number_of_executed_units: *//p' "$work.log")"
  coverage="$(grep -o 'cov: [0-9]* ft: [0-9]*' "$work.log" | tail -1)"
  echo "| \`$target\` | ${runs:-?} | ${coverage:-?} | $(find "$work" -type f | wc -l) |"
  if [ "$status" -ne 0 ]; then
    grep -E "Fatal error|ERROR|SUMMARY|Test unit written" "$work.log" | head -5
    return 1
  fi
}

echo "| target | executions | coverage | corpus |"
echo "|---|---|---|---|"
failed=0
# Two at a time.
for target in "${targets[@]}"; do
  one "$target" || touch "/tmp/fuzz-failed.$$" &
  while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n || true; done
done
wait || true
if [ -e "/tmp/fuzz-failed.$$" ]; then
  rm -f "/tmp/fuzz-failed.$$"
  failed=1
fi
rm -rf "/tmp/fuzz-build.$$"
rmdir Tests/Fuzz/crashes 2>/dev/null || true
exit "$failed"
