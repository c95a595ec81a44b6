#!/usr/bin/env bash
# Makes a folder with Debian 13's Redis 8 and RabbitMQ 4, once, for tests; says nothing when it is there. Prints its path
# with --path. The folder is outside the repository: FLOTILLA_DEBIAN13, by default ~/.cache/flotilla/debian13.
set -euo pipefail

folder=${FLOTILLA_DEBIAN13:-${XDG_CACHE_HOME:-$HOME/.cache}/flotilla/debian13}
if [ "${1:-}" = --path ]; then echo "$folder"; exit 0; fi
exec "$(dirname "$0")/debian-folder.sh" "$folder" trixie usr/bin/redis-server redis-server,rabbitmq-server
