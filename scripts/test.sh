#!/usr/bin/env bash
# Builds, then runs every suite, or the ones named. Prints one line a suite and at last "N passed, N failed"; the
# whole output of each suite is in build/test/. A suite whose folder is empty or missing fails.
#   scripts/test.sh [structure unit cli deploy permissions fleet supervisor chaos contract cluster protocol attack conformance data_contract adopt sdk faults observe overload fuzz atlas]
set -euo pipefail
cd "$(dirname "$0")/.."

all=(structure unit cli deploy permissions fleet supervisor chaos contract cluster protocol attack conformance data_contract adopt sdk faults observe overload fuzz atlas)
suites=("$@")
[ $# -gt 0 ] || suites=("${all[@]}")
suite_seconds_max=${SUITE_SECONDS_MAX:-2400}
logs=build/test
mkdir -p "$logs"

has() { case " ${suites[*]} " in *" $1 "*) true ;; *) false ;; esac; }

# Every way in which a folder can offer its tests; at least one of them must be there.
run_folder() {
  local folder=tests/$1 found=0 failed=0
  shift
  if compgen -G "$folder/*.test.mjs" >/dev/null; then
    found=1
    node --test "$folder"/*.test.mjs || failed=1
  fi
  if [ -f "$folder/run.sh" ]; then found=1; bash "$folder/run.sh" "$@" || failed=1; fi
  if [ -f "$folder/run.mjs" ]; then found=1; node "$folder/run.mjs" "$@" || failed=1; fi
  [ "$found" = 1 ] || { echo "$folder has no tests: nothing was tested"; return 1; }
  return "$failed"
}

suite_structure() { run_folder structure; }
suite_unit() { ctest --test-dir build/release --output-on-failure -j "$(nproc)"; }
suite_cli() { run_folder cli; }
suite_deploy() { scripts/npm-packages.sh tests/deploy && npm --prefix tests/deploy test; }
suite_permissions() { run_folder permissions; }
suite_fleet() { run_folder fleet; }
suite_chaos() { run_folder chaos; }
suite_supervisor() { run_folder supervisor; }
suite_contract() { run_folder contract; }
suite_cluster() { run_folder cluster; }
suite_protocol() { run_folder protocol; }
suite_attack() { run_folder attack; }
suite_conformance() {
  local failed=0
  run_folder conformance --check --dialect sqlite || failed=1
  node tests/conformance/run.mjs --check --dialect postgres || failed=1
  node tests/conformance/run.mjs --check --dialect mariadb || failed=1
  return "$failed"
}
suite_data_contract() { run_folder data_contract; }
suite_adopt() { run_folder adopt; }
suite_sdk() { scripts/npm-packages.sh tests/sdk && npm --prefix tests/sdk test; }
suite_faults() { run_folder faults; }
suite_observe() { run_folder observe; }
suite_overload() { run_folder overload; }
suite_fuzz() { FLOTILLA_BIN=build/asan/flotilla FLOTILLA_BUILD=build/asan run_folder fuzz; }
suite_atlas() { scripts/atlas.sh --fresh; }

# Sums of "tests passed" and "failed" as ctest, node and our own runners print them; a suite without such lines
# counts as one.
count() {
  awk '
    / tests? failed out of [0-9]+$/ || / tests failed out of [0-9]+/ { for (i = 1; i <= NF; i++) if ($i == "out") { failed += $(i - 3); passed += $(i + 2) - $(i - 3) } }
    /^(#|ℹ) pass [0-9]+$/ { passed += $3 }
    /^(#|ℹ) (fail|cancelled) [0-9]+$/ { failed += $3 }
    /^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3 }
    END { print passed + 0, failed + 0 }' "$1"
}

# The names of tests that failed, as the runners print them.
names_of_failed() {
  { grep -aE '^ *(not ok [0-9]+ |✖ )|^\s*[0-9]+ - .*\((Failed|Timeout|SEGFAULT|.*[Ee]xception.*)\)|^(FAIL|differs|lost)\b' "$1" || true; } |
    sed 's/^ *//' | awk '!seen[$0]++ && ++shown <= 20'
}

for suite in "${suites[@]}"; do
  declare -F "suite_$suite" >/dev/null || { echo "test: no such suite: $suite (takes ${all[*]})" >&2; exit 2; }
done

scripts/install-packages.sh build test
needs_server=0
for suite in cli deploy permissions fleet supervisor chaos protocol attack conformance data_contract adopt sdk faults observe overload atlas; do if has "$suite"; then needs_server=1; fi; done
[ "$needs_server" = 0 ] || scripts/build.sh release flotilla
if has supervisor; then scripts/build.sh release flotilla_next; fi
if has fleet || has chaos || has contract || has cluster; then scripts/debian13.sh; fi
if has deploy; then scripts/debian12.sh; fi
if has unit || has contract || has cluster; then scripts/build.sh release all; fi
if has fuzz; then scripts/build.sh asan flotilla; fi

passed_all=0
failed_all=0
failed_names=""
for suite in "${suites[@]}"; do
  log=$logs/$suite.log
  begun=$SECONDS
  status=0
  export -f run_folder "suite_$suite"
  timeout --kill-after=20 "$suite_seconds_max" bash -euo pipefail -c "suite_$suite" >"$log" 2>&1 </dev/null || status=$?
  read -r passed failed < <(count "$log")
  # A runner that ends badly without a failed test, or that counts nothing, is one test by itself.
  if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  if [ "$status" -eq 0 ] && [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ]; then passed=1; fi
  passed_all=$((passed_all + passed))
  failed_all=$((failed_all + failed))
  printf '%-12s %5d passed, %d failed, %d s\n' "$suite" "$passed" "$failed" $((SECONDS - begun))
  if [ "$failed" -gt 0 ]; then
    [ "$status" -ne 124 ] || echo "    stopped after $suite_seconds_max s"
    echo "    $log ends with:"
    tail -n 40 "$log" | sed 's/^/    /'
    failed_names+=$(names_of_failed "$log" | sed "s/^/failed: $suite: /")$'\n'
  fi
done
printf '%s' "$failed_names"
echo "$passed_all passed, $failed_all failed"
[ "$failed_all" -eq 0 ]
