#!/usr/bin/env bash
# Makes a folder with a small Debian, once; says nothing when it is there.
#   scripts/debian-folder.sh FOLDER SUITE PROOF [PACKAGE,...]    PROOF: a file that a whole folder has, such as usr/bin/apt-get
set -euo pipefail

folder=${1:?takes a folder} suite=${2:?takes a suite} proof=${3:?takes a file} packages=${4:-}
[ ! -e "$folder/$proof" ] || exit 0

[ "$(id -u)" -eq 0 ] || { echo "debian-folder: needs root for debootstrap" >&2; exit 1; }
# The machine's own mirror, whichever it is.
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1)
[ -n "$mirror" ] || { echo "debian-folder: apt knows no mirror" >&2; exit 1; }
mkdir -p "$(dirname "$folder")"
exec 9>"$folder.lock"
flock 9
[ ! -e "$folder/$proof" ] || exit 0

echo "making a folder with Debian $suite${packages:+ and $packages}"
making=$folder.making
log=$(mktemp)
rm -rf "$making"
debootstrap --variant=minbase ${packages:+--include="$packages"} "$suite" "$making" "$mirror" >"$log" 2>&1 || { tail -n 30 "$log" >&2; exit 1; }
rm -rf "$log" "$making/var/cache/apt/archives" "$making/var/lib/apt/lists"
# Only a whole folder gets the name.
mv "$making" "$folder"
