#!/usr/bin/env bash
# Makes a folder with Debian 13's Redis 8 and RabbitMQ 4, once, for tests; says nothing when it is there. Prints its path
# with --path. The folder is outside the repository: FLOTILLA_DEBIAN13, by default ~/.cache/flotilla/debian13.
set -euo pipefail

folder=${FLOTILLA_DEBIAN13:-${XDG_CACHE_HOME:-$HOME/.cache}/flotilla/debian13}
if [ "${1:-}" = --path ]; then echo "$folder"; exit 0; fi
[ ! -x "$folder/usr/bin/redis-server" ] || exit 0

[ "$(id -u)" -eq 0 ] || { echo "debian13: needs root for debootstrap" >&2; exit 1; }
# The machine's own mirror, whichever it is.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1)
[ -n "$mirror" ] || { echo "debian13: apt knows no mirror" >&2; exit 1; }
mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9
[ ! -x "$folder/usr/bin/redis-server" ] || exit 0

echo "making a Debian 13 folder with Redis 8 and RabbitMQ 4"
making=$folder.making
log=$(mktemp)
rm -rf "$making"
debootstrap --variant=minbase --include=redis-server,rabbitmq-server trixie "$making" "$mirror" >"$log" 2>&1 || { tail -n 30 "$log" >&2; exit 1; }
rm -rf "$log" "$making/var/cache/apt/archives" "$making/var/lib/apt/lists"
# Only a whole folder gets the name.
mv "$making" "$folder"
