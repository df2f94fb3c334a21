#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs a scenario on a real kernel: run.sh RIG SCRATCH SCENARIO MEMORY NPIVD NPIVCTL NPIVD-HOOK SANITIZER [PROGRAM...]
#
# RIG is a folder with build.sh and run-in-vm.sh: a virtual machine with the kernel's own Fibre
# Channel stack (scsi_transport_fc, libfc, fcoe), a software fabric and LIO targets. Where it cannot
# be written or is not built yet, a copy in SCRATCH is built and kept. Exit 77: skipped.
set -eu
rig=$1 scratch=$2 scenario=$3 memory=$4 npivd=$5 npivctl=$6 hook=$7 sanitizer=$8
shift 8
here=$(dirname "$(readlink -f "$0")")

skip() {
	echo "SKIP: $*"
	exit 77
}

is_built() {
	[ -r "$1/out/vmlinuz" ] && [ -r "$1/out/initrd.img" ]
}

# One scenario copies and builds, others wait.
build_copy() {
	local copy=$scratch/lab source file

	mkdir -p "$copy"
	exec 9>"$scratch/lab.lock"
	flock 9
	for source in build.sh run-in-vm.sh guest src; do
		[ -e "$rig/$source" ] || skip "$rig has no $source"
		while read -r file; do
			cmp -s "$rig/$file" "$copy/$file" && continue
			install -D -m u+rwX "$rig/$file" "$copy/$file"
			chmod --reference="$rig/$file" "$copy/$file"
			chmod u+w "$copy/$file"
			rm -f "$copy/out/initrd.img"
		done < <(cd "$rig" && find "$source" -type f)
	done
	if ! is_built "$copy"; then
		echo "building the rig in $copy"
		"$copy/build.sh" >"$scratch/build.log" 2>&1 || {
			tail -20 "$scratch/build.log"
			skip "the rig could not be built (needs QEMU, gcc, busybox-static, a Debian kernel package); its log is above"
		}
	fi
	exec 9>&-
	rig=$copy
}

[ -x "$rig/run-in-vm.sh" ] || skip "the real-kernel rig is not in $rig (meson option 'rig')"
mkdir -p "$scratch"
is_built "$rig" || build_copy
command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is not installed"

# The machine's /tmp and /run are its own, so what it needs is put into one folder that it shares.
share=$scratch/share-$scenario
rm -rf "$share"
mkdir -p "$share"
cp "$here"/*.sh "$here"/*.py "$here"/../fixtures/libvirt/*.xml "$npivd" "$npivctl" "$hook" "$hook-act" "$@" "$share"
echo "$sanitizer" >"$share/sanitizer"
"$rig/run-in-vm.sh" -R / -d "$share" -o "$scratch/out-$scenario" -m "$memory" -t 580 "$here/$scenario.sh"
