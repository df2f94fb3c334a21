# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced by the scenarios, inside the machine: the rig's functions, npivd, and checks that print
# what they found as sentences.
. /lab/fc-lab.sh
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd

WORK=/tmp/npivd
STATE=$WORK/state
RUN=/run/npivd
SOCKET=$RUN/api.sock
NPIVD_PID=
CHECKS=0
# A sanitizer's allocator in an emulated machine takes its time.
hostname kvm01
export ASAN_OPTIONS=detect_leaks=0

api() { python3 -IS "$PWD/api.py" "$SOCKET" "$@"; } # api METHOD PATH [BODY] [EXPRESSION of o]
ctl() { ./npivctl --server "$SOCKET" "$@"; }
hook() { ./npivd-hook --socket "$SOCKET" --state-dir "$STATE" -- "$@"; }

show() { # show COMMAND...: for the reader
	echo "\$ $*"
	"$@" 2>&1 | sed 's/^/    /'
}

failed() {
	echo "FAILED: $* (at $(now) s)"
	echo "--- npivd's log, the end of it"
	tail -60 "$WORK/log" 2>/dev/null
	echo "--- fc_vports: $(ls /sys/class/fc_vports 2>/dev/null | tr '\n' ' ')"
	exit 1
}

passed() {
	CHECKS=$((CHECKS + 1))
	echo "ok $CHECKS - $* [$(now) s]"
}

check() { # check SENTENCE COMMAND...
	local what=$1

	shift
	"$@" || failed "$what"
	passed "$what"
}

within() { # within SECONDS SENTENCE COMMAND...
	local end what=$2

	end=$(($(cut -d. -f1 /proc/uptime) + $1))
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ "$(cut -d. -f1 /proc/uptime)" -lt $end ] || {
			"$@" || :
			failed "$what"
		}
		usleep 50000
	done
	passed "$what"
}

equal() { # equal GOT WANTED
	[ "$1" = "$2" ] || {
		echo "    got '$1', not '$2'"
		return 1
	}
}

npivd_config() { # npivd_config [LINE OF kernel]...
	mkdir -p $STATE
	printf '%s\n' '[npivd]' 'socket_group =' 'log_level = info' '[kernel]' "$@" >$WORK/npivd.conf
}

npivd_ready() { api GET /v1/health/ready - 'o["ready"]' >/dev/null 2>&1; }

until_ready() { # until_ready SECONDS
	local end=$(($(cut -d. -f1 /proc/uptime) + $1))

	until npivd_ready; do
		[ "$(cut -d. -f1 /proc/uptime)" -lt $end ] && kill -0 $NPIVD_PID || return 1
		usleep 50000
	done
}

npivd_start() {
	./npivd --config $WORK/npivd.conf --db $STATE/npivd.db --socket $SOCKET >>$WORK/log 2>&1 9>&- &
	NPIVD_PID=$!
	until_ready 60 || failed "npivd did not start"
}

npivd_kill() {
	kill -9 $NPIVD_PID
	wait $NPIVD_PID 2>/dev/null || :
}

npivd_stop() {
	kill $NPIVD_PID
	wait $NPIVD_PID || failed "npivd ends cleanly"
}

npivd_runs() { pgrep -x 'npivd|npiv-host.*' >/dev/null; } # or a lane of it

# What the kernel says, without npivd.
vports() { ls /sys/class/fc_vports; }
vport_count() { vports | wc -l; }
vport_of() { # vport_of WWPN: "vport-1:0-0 host3"
	local v

	for v in /sys/class/fc_vports/*; do
		[ "$(cat "$v/port_name" 2>/dev/null)" = "0x$1" ] || continue
		echo "$(basename "$v") $(basename "$(echo "$v"/device/host*)")"
		return 0
	done
	return 1
}
is_active() { # is_active WWPN: the kernel's vport is Active, Online and has an address
	local v h

	read -r v h < <(vport_of "$1") || return 1
	equal "$(cat "/sys/class/fc_vports/$v/vport_state")" Active &&
		equal "$(cat "/sys/class/fc_host/$h/port_state")" Online &&
		[ "$(cat "/sys/class/fc_host/$h/port_id")" != 0xffffffff ]
}
wwids_of() { # wwids_of WWPN: of the vport's disks, sorted
	local v h d

	read -r v h < <(vport_of "$1") || return 1
	for d in "/sys/class/scsi_disk/${h#host}":*; do
		[ -e "$d" ] && cat "$d/device/wwid"
	done | sort
}
