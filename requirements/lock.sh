#!/bin/sh
# Compile the locks anew. Needs `uv` on PATH; the locks carry hashes and name no index.
set -eu
cd "$(dirname "$0")"
for name in pip run test peers; do
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
    --output-file "$name.txt" "$name.in" "$@"
done
uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
  --output-file ../bench/peers/requirements.txt ../bench/peers/requirements.in "$@"
