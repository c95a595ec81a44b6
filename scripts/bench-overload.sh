#!/usr/bin/env bash
# Builds the server and shows what it does at four times the load that it can serve: see bench/overload/main.mjs.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-packages.sh bench
scripts/build.sh release flotilla
exec node bench/overload/main.mjs
