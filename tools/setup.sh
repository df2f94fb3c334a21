#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs the Debian packages of some groups of tools/packages.txt that are missing; silent when none is.
# Usage: tools/setup.sh GROUP...
set -eu

list=$(dirname "$0")/packages.txt
wanted=''
for group in "$@"; do
	packages=$(awk -v group="$group" '$1 == group { print $2 }' "$list")
	[ -n "$packages" ] || { echo "setup: no group '$group' in $list" >&2; exit 2; }
	wanted="$wanted $packages"
done

if ! command -v dpkg-query >/dev/null; then
	echo "setup: this is no Debian: install what stands for these packages:" >&2
	echo "$wanted" | tr -s ' \n' ' ' | fold -s -w 100 | sed 's/^ */  /' >&2
	exit 0
fi

missing=''
for package in $wanted; do
	case " $missing " in *" $package "*) continue ;; esac
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=''
	[ "$state" = installed ] || missing="$missing $package"
done
missing=${missing# }
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
	echo "setup: packages are missing; as root:" >&2
	echo "  apt-get install --no-install-recommends $missing" >&2
	exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
	# shellcheck disable=SC2086 # one word a package
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
		-o DPkg::Lock::Timeout=300 $missing >>"$log" 2>&1 </dev/null
}
echo "setup: installing $(echo "$missing" | wc -w) packages: $missing" | fold -s -w 100
# The lists of a new machine are empty, those of an old one name versions that are gone.
install || { apt-get update -qq >>"$log" 2>&1 && install; } || {
	tail -n 40 "$log" >&2
	echo "setup: apt-get could not install them; its words are above" >&2
	exit 1
}
