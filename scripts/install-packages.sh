#!/usr/bin/env bash
# Installs the Debian packages that a task needs and that are missing; says nothing when all are there.
#   scripts/install-packages.sh build|test|bench|lint ...
set -euo pipefail

build=(clang-19 lld-19 libclang-rt-19-dev llvm-19 cmake ninja-build ccache pkg-config
  libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev libssl-dev libsqlite3-dev libfmt-dev libspdlog-dev
  libcli11-dev libhowardhinnant-date-dev libpq-dev libmariadb-dev libcurl4-openssl-dev libhiredis-dev librabbitmq-dev libre2-dev libmimalloc-dev zlib1g-dev libbrotli-dev libgtest-dev libgmock-dev librapidcheck-dev)
test=(chromium nginx-light haproxy wrk sqlite3 curl postgresql mariadb-server-core mariadb-client-core pgbouncer redis-server rabbitmq-server debootstrap systemd strace unzip)
bench=(nginx-light wrk sqlite3 libsqlite3-dev clang-19)
lint=(clang-format-19 shellcheck)

wanted=()
for task in "$@"; do
  case $task in
    build) wanted+=("${build[@]}") ;;
    test) wanted+=("${test[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    lint) wanted+=("${lint[@]}") ;;
    *) echo "install-packages: no such task: $task (takes build, test, bench, lint)" >&2; exit 2 ;;
  esac
  # Other packages than Debian's may own these commands already, and would conflict with Debian's.
  if [ "$task" != build ]; then
    command -v node >/dev/null || wanted+=(nodejs)
    command -v npm >/dev/null || wanted+=(npm)
  fi
done

missing=()
for package in "${wanted[@]}"; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "install-packages: needs root or sudo for: ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
echo "installing ${#missing[@]} packages: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }; }
quietly apt-get -q update
quietly apt-get -qy --no-install-recommends install "${missing[@]}"
