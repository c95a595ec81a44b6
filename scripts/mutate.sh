#!/usr/bin/env bash
# Takes checks out of the server one by one, builds it without, and says whether the model-based test of permissions
# notices. A build each: not part of `make test`.
#   scripts/mutate.sh [number…]
set -euo pipefail
cd "$(dirname "$0")/.."
exec node tests/permissions/mutate.mjs "$@"
