#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The faults of switches, many draws of them: torture.sh BUILD SEEDS. Stops at the first seed that fails, and names it.
set -eu

build=$(cd "$1" && pwd)
seeds=$2
here=$(cd "$(dirname "$0")" && pwd)
export NPIVD="$build/daemon/npivd" SANSIM="$build/lab/sansim" E2E_DRAWS="${E2E_DRAWS:-0}"

seed=1
while [ "$seed" -le "$seeds" ]; do
	echo "torture: seed $seed of $seeds"
	E2E_SEED=$seed python3 "$here/test_switch_faults.py" -v || { echo "torture: E2E_SEED=$seed fails" >&2; exit 1; }
	seed=$((seed + 1))
done
