#!/bin/sh
# Builds the release binary as it is shipped, measures it against its targets, and writes the table
# of docs/benchmarks.md. Run by hand, on a machine that does nothing else: Tests/Benchmarks/run.sh
# [--rounds N] [--only NAME] [--no-write] [--keep]
set -eu
cd "$(dirname "$0")/../.."
swift build -c release --static-swift-stdlib --product balancealert
swift build -c release --static-swift-stdlib --product LoopbackSink
exec python3 Tests/Benchmarks/measure.py --binaries "$(swift build -c release --show-bin-path)" "$@"
