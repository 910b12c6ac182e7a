#!/bin/sh
# Run by fcgiwrap. The source is the last part of the path: /balancealert/books.
exec "${BALANCEALERT_BIN:-/usr/local/bin/balancealert}" ingest --run \
  --config "${BALANCEALERT_CONFIG:-/etc/balancealert/balancealert.yaml}"
