#!/usr/bin/env bash
# A whole fleet on this machine, to look at and to try things on.
#   scripts/fleet.sh up     PostgreSQL, Redis 8, RabbitMQ 4, nginx and three nodes; loads Atlas; prints the addresses
#   scripts/fleet.sh down   ends all of it and removes what it wrote
# Everything listens on loopback; ports of nodes and nginx are 13000 to 13003, as in deploy/nginx/flotilla.conf.
set -euo pipefail
cd "$(dirname "$0")/.."
state=build/fleet

# The pid of the process that holds the fleet, when it lives.
holder() {
  local pid
  pid=$(cat "$state/pid" 2>/dev/null) || return 1
  grep -qz 'scripts/fleet.mjs' "/proc/$pid/cmdline" 2>/dev/null || return 1
  echo "$pid"
}

up() {
  if pid=$(holder); then echo "the fleet runs already (pid $pid); make fleet-down ends it" >&2; exit 1; fi
  scripts/install-packages.sh build test
  scripts/debian13.sh
  scripts/build.sh release
  scripts/npm-packages.sh examples/atlas
  rm -rf "$state"
  mkdir -p "$state"
  setsid node scripts/fleet.mjs "$state" >"$state/log" 2>&1 </dev/null &
  local pid=$!
  echo "$pid" >"$state/pid"
  until [ -e "$state/ready" ]; do
    kill -0 "$pid" 2>/dev/null || { echo "the fleet did not start:" >&2; tail -n 40 "$state/log" >&2; rm -rf "$state"; exit 1; }
    sleep 0.2
  done
  ATLAS_URL=http://127.0.0.1:13000 scripts/atlas.sh
  cat "$state/ready"
}

down() {
  local pid
  pid=$(holder) || { rm -rf "$state"; echo "no fleet runs"; exit 0; }
  kill -TERM "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  rm -rf "$state"
}

case ${1:-} in
  up) up ;;
  down) down ;;
  *) echo "usage: scripts/fleet.sh up|down" >&2; exit 2 ;;
esac
