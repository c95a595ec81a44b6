#!/usr/bin/env bash
# What a second process adds (CLUSTER_MODE=2 against 1), on two cores: prints the ratio; the method is in bench/README.md.
#   scripts/bench-multicore.sh        environment: DURATION (8), ROUNDS (3), CONNECTIONS (64), CASES (filter,list), FLOTILLA_BIN
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(nproc)" -ge 2 ] || { echo "bench-multicore: needs two cores" >&2; exit 2; }
scripts/install-packages.sh bench
[ -n "${FLOTILLA_BIN:-}" ] || scripts/build.sh release
# The generator shares the second core with the second process; cores 0 and 1 are the servers'.
exec taskset -c 1 node bench/multicore.mjs
