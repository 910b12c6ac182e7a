#!/usr/bin/env bash
# Installs what is missing, builds with the import check, runs every test.
#   Tests/run.sh            everything
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

case "${1:-}" in
  "") swift test --skip-build ;;
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
