#!/usr/bin/env bash
# Builds the server and runs the benchmark; arguments go to bench/run.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-packages.sh bench
scripts/build.sh release
exec bench/run.sh "$@"
