#!/usr/bin/env bash
# Writes deploy/kubernetes/*.yaml anew from the chart in deploy/helm/flotilla, with its default values.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-packages.sh test
scripts/npm-packages.sh tests/deploy
exec node tests/deploy/lib/write_manifests.mjs
