#!/usr/bin/env bash
# Configures and builds one preset.   scripts/build.sh release|debug|asan|ubsan|tsan [target ...]
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:?takes a preset: release, debug, asan, ubsan, tsan}
shift
scripts/install-packages.sh build
targets=()
for target in "$@"; do targets+=(--target "$target"); done
# The release build is what people wait for: tests are built by the test command.
if [ "$preset" = release ] && [ $# -eq 0 ]; then targets=(--target flotilla); fi
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset" "${targets[@]}"
