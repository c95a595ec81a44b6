#!/bin/sh
# One command: what the server costs, next to nginx and to its own SQL. See README.md.
#   bench/run.sh [--json] [--only health,list,get,filter,create,sign-in,mixed] [--no-references]
# Environment: DURATION (seconds a case, 8), CONNECTIONS (64), WRK_THREADS (1), FLOTILLA_BIN, BENCH_SERVER_ENV, CXX.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")

for tool in wrk nginx node; do
  command -v "$tool" >/dev/null || {
    echo "bench: $tool is missing (Debian: apt-get install wrk nginx-light nodejs)" >&2
    exit 1
  }
done

# The reference programs are small; they are compiled when they are newer than what is there.
tools=$root/build/bench
mkdir -p "$tools"
compile() {
  program=$1
  shift
  for source in "$@" "$here"/raw_sqlite*.hpp; do
    [ "$source" -nt "$tools/bench_$program" ] || [ ! -x "$tools/bench_$program" ] || continue
    compiler=${CXX:-$(command -v clang++-19 || command -v clang++ || command -v g++ || true)}
    [ -n "$compiler" ] || { echo "bench: no C++ compiler found; name one in CXX" >&2; exit 1; }
    "$compiler" -std=c++20 -O2 -o "$tools/bench_$program" "$@" -lsqlite3 -pthread
    break
  done
}
compile raw_sqlite "$here/raw_sqlite.cpp" "$here/raw_sqlite_server.cpp"
compile health_probe "$here/health_probe.cpp"

BENCH_TOOLS=$tools exec node "$here/main.mjs" "$@"
