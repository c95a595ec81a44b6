#!/usr/bin/env bash
# Builds and runs the benchmark of the cluster layer with real servers beside it; arguments name cases.
#   scripts/bench-cluster.sh [cache|queue-redis|queue-sqlite|queue-postgres|queue-rabbitmq|lock|signals ...]
# Environment: BENCH_REDIS (redis8), BENCH_RABBITMQ (rabbitmq4), BENCH_SCALE (1), BENCH_FOLDER (build/bench).
set -euo pipefail
cd "$(dirname "$0")/.."
redis=${BENCH_REDIS:-redis8} rabbitmq=${BENCH_RABBITMQ:-rabbitmq4}
case "$redis $rabbitmq" in
  "redis7 rabbitmq3" | "redis7 rabbitmq4" | "redis8 rabbitmq3" | "redis8 rabbitmq4") ;;
  *) echo "bench-cluster: takes BENCH_REDIS=redis7|redis8 and BENCH_RABBITMQ=rabbitmq3|rabbitmq4" >&2; exit 2 ;;
esac
scripts/install-packages.sh build test
if [ "$redis" = redis8 ] || [ "$rabbitmq" = rabbitmq4 ]; then scripts/debian13.sh; fi
scripts/build.sh release bench_cluster

# SQLite's file and all servers' data have to be on a disk: /tmp is memory on some machines.
export BENCH_FOLDER=${BENCH_FOLDER:-$PWD/build/bench}
mkdir -p "$BENCH_FOLDER"

echo "machine: $(nproc) x $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(awk '/MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo), Linux $(uname -r)"
echo "disk:    SQLite on $(stat -f -c %T "$BENCH_FOLDER"), servers on $(stat -f -c %T "${TMPDIR:-/tmp}")"
echo "load:    $(cut -d ' ' -f 1-3 /proc/loadavg) before the run"
redis_url=FLOTILLA_TEST_${redis^^}_URL rabbitmq_url=FLOTILLA_TEST_${rabbitmq^^}_URL
# shellcheck disable=SC2016
exec node tests/lib/with_servers.mjs "$redis" postgres "$rabbitmq" -- sh -ec '
  eval "export FLOTILLA_BENCH_REDIS_URL=\$$1 FLOTILLA_BENCH_RABBITMQ_URL=\$$2"
  export FLOTILLA_BENCH_POSTGRES_URL="$FLOTILLA_TEST_POSTGRES_URL"
  shift 2
  exec build/release/bench/cluster/bench_cluster "$@"
' sh "$redis_url" "$rabbitmq_url" "$@"
