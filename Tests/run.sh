#!/usr/bin/env bash
# Installs what is missing, builds with the import check, runs every test.
#   Tests/run.sh            everything, and which tests were slowest
#   Tests/run.sh slack      the laws of one adapter alone
#   Tests/run.sh --filter X what `swift test` takes
set -euo pipefail
cd "$(dirname "$0")/.."
. Examples/install-packages.sh
install_packages curl sqlite openssl python3 sqlite3
# For the webhooks of Examples/webhooks behind a real web server.
if [ "$(uname)" = Linux ]; then install_packages nginx fcgiwrap; fi

# Undeclared imports build by luck elsewhere; here they fail.
swift build --build-tests --explicit-target-dependency-import-check error

# Some tests end before what they made does: whatever is left goes with this folder.
TMPDIR="$(mktemp -d)"
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

# SwiftPM locks its folder while it plans, so that two of it cannot begin at once; the program with
# the tests can.
run_tests() {
  if [ "$(uname)" = Linux ]; then
    "$products/balancealertPackageTests.xctest" --testing-library swift-testing "$@"
  else
    swift test --skip-build "$@"
  fi
}

# A part of the tests, one test at a time, so that none starves another and each takes the time
# that is its own. What no part names is in `others`.
run_part() {
  local secrets='^CommandsTests\.Secrets'
  local killed='^CommandsTests\.(Kill|TokenKill|FullDisk|Simulator)'
  local adapters='^(ChannelsTests|PassTests)\.' arguments
  case "$1" in
    timed) arguments=(--filter '\.Timed') ;;
    secrets) arguments=(--filter "$secrets") ;;
    killed) arguments=(--filter "$killed") ;;
    commands) arguments=(--filter '^CommandsTests\.' --skip "$killed" --skip "$secrets") ;;
    adapters) arguments=(--filter "$adapters") ;;
    others) arguments=(--skip '^CommandsTests\.' --skip "$adapters") ;;
  esac
  [ "$1" = timed ] || arguments+=(--skip '\.Timed')
  if run_tests --no-parallel --xunit-output "$logs/$1.xml" "${arguments[@]}" \
    >"$logs/$1.log" 2>&1; then
    echo "$1: $(grep 'Test run with' "$logs/$1.log")"
  else
    cat "$logs/$1.log"
    return 1
  fi
}

# The parts beside one another; then alone what lets time pass.
run_all() {
  logs="$(mktemp -d)"
  products="$(swift build --show-bin-path)"
  export -f run_tests run_part
  export logs products
  swift test list --skip-build >"$logs/list" &
  local status=0 workers=1
  [ "$(uname)" = Linux ] && workers=$(($(getconf _NPROCESSORS_ONLN) * 2))
  printf '%s\n' secrets adapters killed others commands |
    xargs -P "$workers" -I{} bash -c 'run_part {}' || status=1
  wait
  run_part timed || status=1
  Tests/slowest.py "$logs/list" "$logs"/*.xml || status=1
  return "$status"
}

case "${1:-}" in
  "") run_all ;;
  -*) swift test --skip-build "$@" ;;
  *)
    if [ -d "Tests/Fixtures/channels/$1" ]; then
      BALANCEALERT_ADAPTER="$1" swift test --skip-build --filter ChannelConformance
    elif [ -d "Tests/Fixtures/sources/$1" ]; then
      swift test --skip-build --filter "AccountingTests.*(?i:$1)|SourceConformance|BadDocumentTests"
    else
      echo "Tests/run.sh: there is no adapter $1 under Tests/Fixtures/channels or sources" >&2
      exit 64
    fi ;;
esac
