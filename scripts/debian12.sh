#!/usr/bin/env bash
# Makes a folder with a bare Debian 12, once, for tests: what the container image starts from. Says nothing when it is
# there. Prints its path with --path. The folder is outside the repository: FLOTILLA_DEBIAN12, by default ~/.cache/flotilla/debian12.
set -euo pipefail

folder=${FLOTILLA_DEBIAN12:-${XDG_CACHE_HOME:-$HOME/.cache}/flotilla/debian12}
if [ "${1:-}" = --path ]; then echo "$folder"; exit 0; fi
exec "$(dirname "$0")/debian-folder.sh" "$folder" bookworm usr/bin/apt-get
