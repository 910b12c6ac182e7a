#!/usr/bin/env bash
# Three weeks of Harbour Lettings in a minute: builds balancealert, copies Examples/harbour-lettings
# to a temporary folder and runs it there against recorded answers. Nothing leaves this machine.
#
#   Examples/quickstart.sh              release build
#   Examples/quickstart.sh --debug      debug build, which takes less time
#   BALANCEALERT_BIN=FILE Examples/quickstart.sh      that binary; nothing is installed or built
#
# Exit 0 only if every step did what its heading says.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
step=0
work=""

main() {
  local configuration=release
  case "${1:-}" in
    "") ;;
    --debug) configuration=debug ;;
    *) stop "usage: quickstart.sh [--debug]" 64 ;;
  esac
  balancealert="$(find_binary "$configuration")"
  enter_copy

  heading "Check the config, the templates and the directory"
  try check
  expect "no errors" "the config to be valid"

  heading "Preview: who would be told what, and why; nothing is sent (Monday, 23 November, 9:00)"
  try preview --fixtures recorded --now 2026-11-22T20:00:00Z
  expect "^Would be sent" "somebody to be told"
  [ ! -e out.jsonl ] || stop "preview has sent something"

  heading "The first run: every balance that crossed its threshold is told once"
  pass 2026-11-22T20:00:00Z
  [ "$(told 2026-11-22T20:00:00Z crossed)" -gt 20 ] || stop "hardly anybody was told"
  [ "$(told 2026-11-22T20:00:00Z persisting)" -eq 0 ] || stop "a first alert cannot persist"

  heading "An hour later: nothing has changed, so nothing is sent, and it says why"
  local lines before
  lines="$(wc -l <out.jsonl)"
  before="$(sent_in_all)"
  pass 2026-11-22T21:00:00Z
  expect "^nothing to send" "a reason"
  [ "$(sent_in_all)" -eq "$before" ] && [ "$(wc -l <out.jsonl)" -eq "$lines" ] ||
    stop "something was sent twice"

  heading "A week later: who still owes is reminded, who has paid is not, and the team hears of it"
  pass 2026-11-29T20:00:00Z
  count_alerts 2026-11-29T20:00:00Z
  [ "$(told 2026-11-29T20:00:00Z persisting)" -gt 10 ] || stop "nobody was reminded"
  [ "$(told 2026-11-29T20:00:00Z resolved)" -eq 2 ] ||
    stop "Aroha Ngata's payment or Rangi Tūhoe's voided invoice was not noticed"
  [ "$(told 2026-11-29T20:00:00Z escalated)" -eq 0 ] || stop "level 2 came too soon"

  heading "Two weeks after the first run: level 2, firmer, with the credit team's digest"
  pass 2026-12-06T20:00:00Z
  count_alerts 2026-12-06T20:00:00Z
  [ "$(told 2026-12-06T20:00:00Z escalated)" -gt 10 ] || stop "level 2 did not come"
  [ "$(told 2026-12-06T20:00:00Z resolved)" -eq 1 ] || stop "Kiri Moana's payment was not noticed"

  heading "The history of one account: Jonas Weber, whose e-mail address changed in Xero"
  try history --account books:9a538bdf-884f-52b3-98fe-3eaf741c491b
  expect "jonas.weber@example.com" "the first message"
  expect "jonas.weber.akl@example.com" "the new address"

  heading "No entry of the history was changed or removed"
  try history verify
  expect "unbroken" "the history to be whole"

  say_what_next
}

# Where the binary is; built unless $BALANCEALERT_BIN names one.
find_binary() {
  if [ -n "${BALANCEALERT_BIN:-}" ]; then
    [ -x "$BALANCEALERT_BIN" ] || stop "BALANCEALERT_BIN=$BALANCEALERT_BIN cannot be run"
    echo "$(cd "$(dirname "$BALANCEALERT_BIN")" && pwd)/$(basename "$BALANCEALERT_BIN")"
    return
  fi
  command -v swift >/dev/null ||
    stop "a Swift toolchain is needed, 6.2 or newer: https://www.swift.org/install"
  # shellcheck source=Examples/install-packages.sh
  . "$root/Examples/install-packages.sh"
  install_packages git curl sqlite || stop "the packages above are needed"
  echo "Building ($1); the first time takes some minutes." >&2
  cd "$root"
  swift build -c "$1" --product balancealert >&2 || stop "it does not build"
  echo "$(swift build -c "$1" --show-bin-path)/balancealert"
}

# A copy of the example without what earlier runs have left there, and its made-up secrets.
enter_copy() {
  work="$(mktemp -d "${TMPDIR:-/tmp}/harbour-lettings.XXXXXX")"
  cp -R "$root/Examples/harbour-lettings/." "$work"
  cd "$work"
  rm -rf ./*.sqlite* ./*.tokens.json ./out.jsonl ./csv-out.jsonl
  # Another config must not come in between.
  unset BALANCEALERT_CONFIG
  set -a
  # shellcheck source=Examples/harbour-lettings/fake-secrets.env
  . ./fake-secrets.env
  set +a
}

heading() {
  step=$((step + 1))
  printf '\n\n=== %d. %s\n' "$step" "$1"
}

# Shows a command and its output, which is kept for `expect`.
try() {
  printf '\n$ balancealert %s\n' "$*"
  "$balancealert" "$@" 2>&1 | tee "$work/.last" || stop "balancealert $1 ended with ${PIPESTATUS[0]}"
}

pass() { try run --fixtures recorded --now "$1"; }

expect() {
  grep -q -e "$1" "$work/.last" || stop "expected $2 (\"$1\")"
}

# alerts TIME REASON: the lines that the pass of that time added to out.jsonl for that reason.
alerts() {
  grep -F "\"time\":\"$1\"" "$work/out.jsonl" | grep -F "\"reason\":\"$2\"" || true
}

told() { alerts "$1" "$2" | grep -c . || true; }

sent_in_all() { "$balancealert" history --status sent | grep -c . || true; }

# How many alerts a pass came to, and of whom when they are few.
count_alerts() {
  local reason names
  printf '\nAlerts of this pass, by reason (from out.jsonl):\n'
  for reason in crossed persisting escalated resolved; do
    names="$(alerts "$1" "$reason" | sed -n 's/.*"account_name":"\([^"]*\)".*/, \1/p' | tr -d '\n')"
    [ "${#names}" -lt 70 ] || names=""
    printf '  %-11s%3d%s\n' "$reason" "$(told "$1" "$reason")" "${names:+   ${names#, }}"
  done
}

say_what_next() {
  cat <<END


All steps did what they say. The files are in
  $work
  out.jsonl         every alert, a line each (the channel "archive")
  state.sqlite      snapshot, episodes, deliveries, history
  balancealert.yaml, accounts.csv, recorded/      the config, the directory, Xero's answers

Try next:
  cd $work
  set -a; . ./fake-secrets.env; set +a
  alias balancealert=$balancealert
  balancealert preview --fixtures recorded --now 2026-12-13T20:00:00Z --account "Eru Parata" --render
  balancealert preview --config csv.yaml --now 2026-11-22T20:00:00Z       # the same ledger from a file
  balancealert history --since 2026-12-07 --channel credit-team

  Change a threshold in balancealert.yaml and preview again. Your own books: docs/sources/.
END
}

stop() {
  {
    echo
    if [ "$step" -gt 0 ]; then echo "quickstart: step $step: $1"; else echo "quickstart: $1"; fi
    if [ -n "$work" ]; then echo "quickstart: what there is stands in $work"; fi
  } >&2
  exit "${2:-1}"
}

main "$@"
