#!/usr/bin/env bash
# Loads the atlas into the server at ATLAS_URL and checks what it answers.
#   --fresh   into a server of its own on a free port, which is stopped and removed afterwards
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-packages.sh test
scripts/npm-packages.sh examples/atlas

if [ "${1:-}" = --fresh ]; then
  exec node scripts/with-server.mjs bash -c 'cd examples/atlas && node load.mjs && node check.mjs'
fi
url=${ATLAS_URL:-http://127.0.0.1:13000}
if ! curl -sf -o /dev/null --max-time 5 "$url/api/__health_check"; then
  echo "atlas: no server answers at $url; start one with \"make run\", or set ATLAS_URL" >&2
  exit 1
fi
cd examples/atlas
node load.mjs
exec node check.mjs
