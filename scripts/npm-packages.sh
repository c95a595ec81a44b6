#!/usr/bin/env bash
# Installs the packages of package-lock.json in a folder, when they are not the ones that are there.
set -euo pipefail
cd "${1:?takes a folder with a package-lock.json}"
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi
