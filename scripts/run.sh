#!/usr/bin/env bash
# Builds and starts the server on SQLite below ./storage. Settings of .env and of the environment count.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh release

setting() {  # NAME DEFAULT: as the server will read it, near enough for a hint
  local value=${!1:-}
  if [ -z "$value" ] && [ -f .env ]; then
    value=$(sed -n "s/^\(export \)\{0,1\}$1 *= *[\"']\{0,1\}\([^\"'# ]*\).*/\2/p" .env | tail -n 1)
  fi
  printf '%s' "${value:-$2}"
}
url=http://127.0.0.1:$(setting APP_PORT 13000)
account=$(setting INIT_ROOT_USERNAME nocobase)
cat <<HINT

  $url/             what runs here
  $url/api/         the API

  Sign in (the first user is $account; the password is INIT_ROOT_PASSWORD, or admin123 when none was set):
    curl -s $url/api/auth:signIn -H 'Content-Type: application/json' -d '{"account":"$account","password":"..."}'

  Ctrl+C stops it.

HINT
exec build/release/flotilla start
