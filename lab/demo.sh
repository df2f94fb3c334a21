#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# npivd's main job before your eyes, on a simulated SAN: demo.sh BUILD
#
# Everything happens in one folder in /tmp, which is gone at the end. With KEEP=1 in the environment all is left
# running. Exit: 0, 1 when something was not as it must be, 77 when this machine cannot mount FUSE file systems.
set -euo pipefail

build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
LUN1=naa.60014050000000000000000000000001
LUN2=naa.60014050000000000000000000000002
PATIENCE_S=20 # for a program to start or to end
dir='' san_pid='' npivd_pid='' kept=''

if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then
	bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
else
	bold='' dim='' plain=''
fi

# Polls until the command succeeds; fails when the process ends before, or takes too long.
until_true() {
	local pid=$1 deadline=$((SECONDS + PATIENCE_S))
	shift
	until "$@" >/dev/null 2>&1; do
		kill -0 "$pid" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.05
	done
}

is_over() {
	! kill -0 "$1"
}

end_process() {
	[ -n "$1" ] || return 0
	kill "$1" 2>/dev/null || return 0
	until_true $$ is_over "$1" || kill -KILL "$1"
}

clean_up() {
	local code=$?
	trap - EXIT INT TERM
	[ -n "$dir" ] || exit "$code"
	if [ -n "$kept" ] && [ "$code" = 0 ]; then
		exit 0
	fi
	if [ "$code" != 0 ] && [ "$code" -lt 128 ] && [ -s "$dir/npivd.log" ]; then
		echo "demo: the last words of npivd:" >&2
		tail -n 20 "$dir/npivd.log" >&2
	fi
	end_process "$npivd_pid"
	end_process "$san_pid"
	if mountpoint -q "$dir/sys"; then
		umount -l "$dir/sys" || true
	fi
	rm -rf --one-file-system "$dir"
	exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

chapter() {
	printf '\n%s== %s ==%s\n' "$bold" "$*" "$plain"
}

say() {
	printf '%s\n' "$*"
}

# The command as one would type it, then what it prints.
run() {
	printf '\n%s$ %s%s\n' "$bold" "$*" "$plain"
	eval "$*" 2>&1
}

must() {
	local what=$1
	shift
	"$@" || { echo "demo: $what" >&2; exit 1; }
}

is_empty() {
	[ -z "$(ls -A "$1" 2>/dev/null)" ]
}

# Small programs in front of the PATH, so that every command can be typed as it stands.
put_program() {
	printf '#!/bin/sh\nexec %s "$@"\n' "$2" >"$dir/bin/$1"
	chmod 755 "$dir/bin/$1"
}

set_up() {
	dir=$(mktemp -d /tmp/npivd-demo.XXXXXX)
	mkdir "$dir/sys" "$dir/state" "$dir/run" "$dir/bin"
	mkdir -m 700 "$dir/credentials"
	(umask 077; printf 'admin\npassword\n' >"$dir/credentials/switch-a"; cp "$dir/credentials/switch-a" "$dir/credentials/switch-b")
	cat >"$dir/npivd.conf" <<-CONF
		[npivd]
		host = demo
		socket_group =
		credentials_dir = $dir/credentials
		[kernel]
		# A simulated kernel sends no events: look again often.
		events = no
		resync = 1s
	CONF
	printf '[hook]\nsocket = %s\nstate_dir = %s\n' "$dir/run/api.sock" "$dir/state" >"$dir/hook.conf"
	put_program npivctl "'$build/cli/npivctl' -s '$dir/run/api.sock'"
	put_program npivd-hook "'$build/hook/npivd-hook' --config '$dir/hook.conf' --"
	put_program san "'$build/lab/sansim' ctl '$dir/san.sock'"
	# The shell becomes npivd, so its number is npivd's.
	cat >"$dir/bin/npivd" <<-NPIVD
		#!/bin/sh
		echo \$\$ >'$dir/npivd.pid'
		exec '$build/daemon/npivd' --config '$dir/npivd.conf' --sysfs-root '$dir/sys' --db '$dir/state/npivd.db' \
			--socket '$dir/run/api.sock' "\$@" >>'$dir/npivd.log' 2>&1 </dev/null
	NPIVD
	chmod 755 "$dir/bin/npivd"
	PATH=$dir/bin:$PATH
	cd "$dir"
}

start() {
	# In sessions of their own: Ctrl-C ends the demo, and the demo ends these in order.
	setsid "$build/lab/sansim" --foreground --hbas 4 --targets 1 --luns 4 --control "$dir/san.sock" \
		--switch A=fos:0:9.1.0b --switch B=nxos:0 "$dir/sys" \
		>"$dir/sansim.log" 2>&1 </dev/null &
	san_pid=$!
	until_true "$san_pid" san status || { echo "demo: the simulated SAN does not start:" >&2; cat "$dir/sansim.log" >&2; return 1; }
	setsid npivd &
	npivd_pid=$!
	until_true "$npivd_pid" npivctl api GET /v1/health/ready || { echo "demo: npivd does not start" >&2; return 1; }
}

domain_xml() {
	local virsh='virsh -c test:///default dumpxml test'

	if command -v virsh >/dev/null && $virsh >domain.xml 2>/dev/null; then
		say "The guest is the one of libvirt's own test driver, as it prints it: $virsh >domain.xml"
	else
		cp "$here/demo-domain.xml" domain.xml
		say "virsh is not installed: domain.xml is a stored copy of what it prints for its test guest."
	fi
	uuid=$(sed -n 's/.*<uuid>\(.*\)<\/uuid>.*/\1/p' domain.xml)
}

define() {
	chapter 'The host: two cards with two ports each'
	say 'npivd finds them in the kernel'\''s tree, here a simulated one, on its own.'
	run npivctl hba list
	chapter 'The fabrics'
	say 'Each switch tells its fabric'\''s name; with a label for that name every HBA port knows where it is plugged in.'
	run npivctl fabric create A --wwns 10:00:00:fa:b0:00:00:01
	run npivctl fabric create B --wwns 10:00:00:fa:b0:00:00:02
	run npivctl hba list --columns=WWPN,KERNEL,FABRIC,STATE,ROOM,DRIVER,MODEL
	chapter 'A pool of WWPNs, and a guest'
	say 'The pool gives every guest names of its own, for life: a WWNN, and a pair of WWPNs for each of its ports.'
	run npivctl pool create default --first 10:00:02:00:00:00:00:01 --last 10:00:02:00:00:00:ff:ff
	domain_xml
	run npivctl guest create test --id "$uuid" --vhba fabric=A --vhba fabric=B
	run npivctl wwn list
}

# One line of what the simulated SAN says, by a path of words.
ask_san() {
	san "$1" | python3 -c 'import json, sys
value = json.load(sys.stdin)
for word in sys.argv[1:]: value = value[int(word) if word.isdigit() else word]
print(value)' "${@:2}"
}

switches() {
	local port_a port_b

	chapter 'The switches'
	say 'On fabric A is a Brocade switch, on B a Cisco one (simulated, with their REST interfaces). Without a zone a port sees nothing.'
	san zone enforce on A >/dev/null && san zone enforce on B >/dev/null
	printf '{"defined": {"aliases": {}, "zones": {"theirs": {"kind": "regular", "members": ["10000000c9000001", "500104f000000001"]}},
		"zonesets": {"prod": ["theirs"]}}, "zoneset": "prod"}' >zones.json
	must 'the zones of others are not taken' san zone load A "$dir/zones.json" >/dev/null
	must 'the zones of others are not taken' san zone load B "$dir/zones.json" >/dev/null
	port_a=$(ask_san switches 0 port)
	port_b=$(ask_san switches 1 port)
	run npivctl fabric set A --driver fos --url "http://127.0.0.1:$port_a" --credential switch-a
	run npivctl fabric set B --driver nxos --context 20 --url "http://127.0.0.1:$port_b" --credential switch-b
	say
	say 'The array has a port on each fabric, and these LUNs are on it: a guest is zoned to the ports of its LUNs'\'' array.'
	run npivctl target create "$(ask_san status fabrics 0 targets 0 wwpn)" --fabric A --array vsp1
	run npivctl target create "$(ask_san status fabrics 1 targets 0 wwpn)" --fabric B --array vsp1
	run npivctl lun create $LUN1 --array vsp1
	run npivctl lun create $LUN2 --array vsp1
	say
	say 'What would be changed on fabric A, and who gains paths by it; nothing is changed yet:'
	run npivctl plan create --fabrics A --guest test
}

# As the storage's people would: the array shows two LUNs to the guest's two ports.
mask() {
	local wwpns wwpn

	chapter 'The array'
	say 'The storage masks two LUNs to the guest'\''s ports: here the simulated array does, by san, its control program.'
	wwpns=$(npivctl guest list -o csv --no-headings --columns=WWPNS | tr -d '"' | tr ',' ' ')
	for wwpn in $wwpns; do
		run san mask "$wwpn" $LUN1 0
		run san mask "$wwpn" $LUN2 1
	done
	say
	say 'npivd is told what the guest must see: with less, or with more, it would not start.'
	run npivctl mask create --guest test --wwid $LUN1 --lun 0
	run npivctl mask create --guest test --wwid $LUN2 --lun 1
}

power_on() {
	chapter 'The guest starts'
	say 'libvirt calls the hook before it starts QEMU, with the guest'\''s XML; the hook comes back when all is there.'
	run 'time npivd-hook test prepare begin - <domain.xml'
	run npivd-hook test start begin - '<domain.xml'
	run npivd-hook test started begin - '<domain.xml'
	say
	say 'Two ports on two fabrics and two cards, both logged in, and exactly the masked LUNs:'
	run npivctl guest show test
	run npivctl guest check test
	say
	say 'The zones that it needs were made first, on A, verified, then on B. Other people'\''s zone is as it was:'
	run npivctl zone live --fabric A --view effective
	run npivctl zone live --fabric B --view effective
	say
	say 'The virtual ports, and the array'\''s ports that they see:'
	run npivctl vport list
	run npivctl target list
	say
	say 'Stable names for the guest'\''s XML; they stay the same however the kernel numbers its disks:'
	run ls -l run/disks/test
	say
	say 'What npivd did, step by step, from its journal:'
	run npivctl op list
	run npivctl op show 2
	say
	say 'The same, as the kernel tells it:'
	run 'cd sys/class/fc_vports; grep . */vport_state */port_name; cd - >/dev/null'
	must 'two vports were expected' [ "$(find sys/class/fc_vports/ -mindepth 1 | wc -l)" = 2 ]
	must 'the guest has no disks' [ "$(find run/disks/test -type l | wc -l)" = 4 ]
}

power_off() {
	chapter 'The guest stops'
	say 'After QEMU has ended libvirt calls the hook again, and everything is taken away in reverse order.'
	run npivd-hook test stopped end - '<domain.xml'
	run npivd-hook test release end shutdown '<domain.xml'
	say
	say 'Nothing is left: not for npivd,'
	run npivctl vport list
	say
	say 'not in the kernel, not among the names of disks;'
	run ls sys/class/fc_vports run/disks
	must 'a vport is left in the kernel' is_empty sys/class/fc_vports
	must 'npivd still knows a vport' [ -z "$(npivctl vport list -q -o name)" ]
	must 'names of disks are left' is_empty run/disks
	say
	say 'the guest keeps its WWPNs and its zones for its next start.'
	run npivctl guest list
}

how_to_go_on() {
	chapter 'Done'
	say 'A guest got its own ports on the SAN, used them, and gave them back.'
	say 'To try things by hand: make demo KEEP=1 leaves all of this running and tells how.'
}

keep() {
	kept=yes
	cat >"$dir/stop" <<-STOP
		#!/bin/sh
		kill \$(cat '$dir/npivd.pid') 2>/dev/null
		'$build/lab/sansim' ctl '$dir/san.sock' quit >/dev/null 2>&1
		umount -l '$dir/sys' 2>/dev/null
		rm -rf --one-file-system '$dir'
	STOP
	chmod 755 "$dir/stop"
	cat <<-TEXT

		${bold}== It keeps running ==${plain}
		In any shell, this line first; after it every command below works as it stands:

		  cd $dir; PATH=$dir/bin:\$PATH

		The socket is $dir/run/api.sock, the log $dir/npivd.log, the simulated kernel $dir/sys.

		  npivctl                                       what is there, and what to do next
		  npivctl guest start test --wait               the same as the hook's prepare
		  npivctl event watch                           what happens, as it happens
		  npivd-hook test prepare begin - <domain.xml   what libvirt calls
		  npivctl guest stop test --wait

		Break something, and look at npivctl guest show test, npivctl op list and npivctl event list. The HBAs h0 and h2
		are on fabric A, h1 and h3 on fabric B; npivctl guest start test --dry-run says which are next.

		  san link h0 down                              pull a cable; san link h0 up
		  san remove h0                                 pull a card; san return h0
		  san fault h0 create errno ENOSPC              the next vport there is refused
		  san fault h0 create hang forever              the kernel does not come back; san release h0
		  san fault h0 create stuck                     the fabric does not answer the login
		  san switch fault A '*' 503                    the switch is busy once; san switch clear A
		  san zone lock A bob FOSCLI 60                 an administrator holds the zone lock; npivctl fabric lock A
		  npivctl zone lint --fabric A                  what is odd in its zones
		  npivctl zone drift --fabric A                 what is not as recorded
		  san npiv A off                                a switch without NPIV; san npiv A on
		  san lun hide $LUN2
		                                                a LUN that scans do not find; san lun show WWID
		  kill -9 \$(cat npivd.pid)                      npivd dies; npivd & starts it again
		  san help                                      everything else

		At the end:  $dir/stop
	TEXT
}

if [ ! -w /dev/fuse ]; then
	echo "demo: skipped: no /dev/fuse that this user may open, so the simulated SAN cannot be mounted"
	exit 77
fi
for program in lab/sansim daemon/npivd cli/npivctl hook/npivd-hook hook/npivd-hook-act; do
	[ -x "$build/$program" ] || { echo "demo: there is no $build/$program: make builds it" >&2; exit 1; }
done
set_up
start
say "${dim}A simulated SAN and npivd run in $dir.${plain}"
define
mask
switches
power_on
power_off
how_to_go_on
[ -z "${KEEP-}" ] || keep
