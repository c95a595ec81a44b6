#!/usr/bin/env bash
# Formatting of C++, shell scripts, syntax of JavaScript.   --fix formats in place and does nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-packages.sh lint

mapfile -t sources < <(git ls-files '*.cpp' '*.hpp')
if [ "${1:-}" = --fix ]; then
  clang-format-19 -i "${sources[@]}"
  exit 0
fi
failed=0
clang-format-19 --dry-run --Werror "${sources[@]}" || failed=1
mapfile -t scripts < <(git ls-files '*.sh' .ci/run)
shellcheck "${scripts[@]}" || failed=1
while IFS= read -r file; do node --check "$file" || failed=1; done < <(git ls-files '*.mjs')
exit "$failed"
