#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Collects what the kernel shows of Fibre Channel on this machine into one archive, to be attached to a bug
# report: a driver that behaves in a new way becomes a test. Reads only; never opens a write-only file.
#
#   collect-fc-sysfs.sh [--redact] [--root DIR] [OUTPUT.tar.xz]
#
# --redact   replaces the end of each WWN and LUN identity by a number (the same name gives the same number)
#            and empties serial numbers and symbolic names
# --root     another place of sysfs than /sys
set -eu

redact=no
root=/sys
output=

usage()
{
	sed -n '3,11s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

while [ $# -gt 0 ]; do
	case $1 in
	--redact) redact=yes ;;
	--root) [ $# -gt 1 ] || usage; root=$2; shift ;;
	-*) usage ;;
	*) [ -z "$output" ] || usage; output=$1 ;;
	esac
	shift
done
: "${output:=fc-sysfs-$(uname -n | cut -d. -f1)-$(date +%Y%m%d).tar.xz}"

if ! ls "$root"/class/fc_host/* >/dev/null 2>&1; then
	echo "there is no FC host in $root/class/fc_host: is the driver of the HBA loaded?" >&2
	exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
tree=$work/fc-sysfs
mkdir "$tree"
root=$(readlink -f "$root")

# Names from standard input, relative to the root and ended by NUL. A driver may hang at one of them: twenty
# seconds for each batch, and what is left of it is missing then.
copy_files()
{
	# shellcheck disable=SC2016 # for the inner shell
	(cd "$root" && xargs -0r -n 64 timeout 20 sh -c '
		tree=$1
		shift
		for file; do
			[ -d "$tree/${file%/*}" ] || mkdir -p "$tree/${file%/*}"
			cat -- "$file" >"$tree/$file" || rm -f "$tree/$file"
		done' sh "$tree") 2>/dev/null || true
}

# All readable small files of a device directory; not what the block layer and power management add.
copy_tree()
{
	(cd "$root" && find ".${1#"$root"}" \( -name power -o -name queue -o -name trace -o -name integrity \
		-o -name mq -o -name bsg -o -name subsystem \) -prune -o \
		-type f -perm /0444 ! -name 'vpd*' ! -name inquiry ! -name 'resource*' ! -name config \
		-print0) | copy_files
}

copy_links()
{
	for link in "$root/class/$1"/*; do
		[ -L "$link" ] || continue
		mkdir -p "$tree/class/$1"
		cp -P "$link" "$tree/class/$1/"
	done
}

for host in "$root"/class/fc_host/*; do
	device=$(readlink -f "$host/device")
	name=${host##*/}
	case $device in
	*/vport-*) continue ;; # inside its HBA's directory
	esac
	copy_tree "$device"
	mkdir -p "$tree${device#"$root"}/fc_host/$name"
	ln -sfn "../../../$name" "$tree${device#"$root"}/fc_host/$name/device"
	adapter=$(dirname "$device")
	for file in vendor device subsystem_vendor subsystem_device class revision; do
		[ ! -r "$adapter/$file" ] || printf '%s\0' ".${adapter#"$root"}/$file"
	done | copy_files
	driver=$(cat "$root/class/scsi_host/$name/proc_name" 2>/dev/null || true)
	[ ! -d "$root/module/$driver/parameters" ] || copy_tree "$root/module/$driver/parameters"
done
for class in fc_host fc_vports fc_remote_ports scsi_host; do
	copy_links "$class"
done
{
	uname -srvm
	# Write-only files are listed, not read.
	ls -l "$root"/class/fc_host/*/vport_* "$root"/class/scsi_host/*/vport_* 2>/dev/null || true
} >"$tree/about"

redact_tree()
{
	find "$tree" -type f \( -name '*serial*' -o -name symbolic_name \) | while IFS= read -r file; do
		: >"$file"
	done
	grep -rhoE '(0x[0-9a-f]{12,16}|(naa|eui)\.[0-9a-f]{16,32}|t10\.[^ ]+.*)' "$tree" | sort -u |
		awk '{
			keep = substr($0, 1, 2) == "0x" ? 10 : substr($0, 1, 4) == "t10." ? 4 : 12
			fill = sprintf("%0" (length($0) - keep) "d", NR)
			gsub(/[][\\.*^$|]/, "\\\\&")
			if (substr($0, 1, 2) != "0x" || $0 !~ /^0xf+$/)
				print length($0) "|s|" $0 "|" "KEEP" NR "|g|" keep "|" fill
		}' | sort -t'|' -k1,1nr >"$work/names"
	[ -s "$work/names" ] || return 0
	awk -F'|' '{
		text = $3
		gsub(/\\/, "", text)
		printf "s|%s|%s%s|g\n", $3, substr(text, 1, $6), $7
	}' "$work/names" >"$work/redact.sed"
	find "$tree" -type f -exec sed -i -f "$work/redact.sed" {} +
}
[ $redact = no ] || redact_tree

tar -C "$work" -cJf "$output" fc-sysfs
echo "wrote $output: $(find "$tree" -type f | wc -l) files. Look at it before you send it."
