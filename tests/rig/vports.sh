# SPDX-License-Identifier: LGPL-2.1-or-later
# 255 vports on one HBA: npivd, asked for all at once, against a bare shell loop that does the same
# writes on the same machine, one after the other. What npivd adds may cost 15 %. Each guest has as
# many vHBAs as it may have; what 255 guests with one vHBA each take, is shown after it.
set -u
. ./lib.sh

N=255
ROUNDS=3
LIMIT=115 # per cent of the bare loop's time

many() { python3 -S "$PWD/vports.py" "$SOCKET" "$@"; }
hundredths() { # "12.34" -> 1234
	local whole=${1%.*} part=${1#*.}00

	echo $((10#$whole * 100 + 10#${part:0:2}))
}
ms_since() { # ms_since NANOSECONDS
	echo $((($(date +%s%N) - $1) / 1000000))
}
actives() { cat /sys/class/fc_vports/*/vport_state 2>/dev/null | grep -cx Active; }
all_active() { [ "$(actives)" = $N ]; }
none_left() { [ "$(vport_count)" = 0 ]; }

bare() { # bare vport_create|vport_delete: one write a name pair
	local file=/sys/class/fc_host/host$HOST/$1 names

	while read -r names; do echo "$names" >"$file"; done <$WORK/names
}

link() { # link up|down: without one no RSCN comes, in whose midst libfc may lock itself up
	ip link set sw-hba0 "$1"
	[ "$1" = down ] || within 60 "HBA hba0 (host$HOST) is Online" online "$HOST"
}

record() { # record EACH: a new record of guests with N vHBAs in all, EACH a guest, and their names
	npivd_stop
	rm -rf "${STATE:?}"/*
	npivd_start
	ctl -q fabric create A --wwns "$(cat "/sys/class/fc_host/host$HOST/fabric_name")"
	ctl -q hba drain "$(mac_wwpn tgt0)"
	ctl -q pool create default
	check "$N vHBAs are recorded, $1 a guest" many make $N "$1"
	api GET '/v1/guests?limit=1000' - \
		'[v["active"] + ":" + g["wwnn"] for g in o["items"] for v in g["vhbas"]]' >$WORK/names
	check "each has a WWPN" equal "$(sort -u $WORK/names | wc -l)" $N
	GUESTS=$(cut -d: -f2 $WORK/names | sort -u | wc -l)
}

measure_loop() {
	local began

	npivd_stop
	began=$(date +%s%N)
	bare vport_create
	LOOP_MS=$(ms_since "$began")
	within 60 "the loop's vports are Active" all_active
	echo "    bare loop: $LOOP_MS ms for the writes, $((LOOP_MS / N)) ms each; all Active after $(ms_since "$began") ms"
	link down
	bare vport_delete
	within 60 "and gone" none_left
	link up
	npivd_start
}

measure_npivd() { # beside the last loop; RATIO in per cent
	local active seconds core lane outcomes ms

	read -r active seconds core lane outcomes < <(many start)
	check "npivd's are Active, too" test "$active" != 0.000
	ms=$(($(hundredths "$active") * 10))
	RATIO=$((ms * 100 / LOOP_MS))
	echo "    npivd:     $ms ms until all were Active, $((ms / N)) ms each; the last operation was done after $seconds s"
	echo "    ratio:     $((RATIO / 100)).$(printf %02d $((RATIO % 100)))"
	echo "    CPU:       $core s in the core, $lane s in the lane"
	echo "    memory:    $(sed -n 's/VmHWM:[ \t]*//p' /proc/$NPIVD_PID/status) in the core at most"
	check "by $GUESTS operations that are done" equal "$outcomes" "$GUESTS DONE"
}

stop_all() {
	local active seconds core lane outcomes

	link down
	read -r active seconds core lane outcomes < <(many stop)
	check "all are stopped, in $seconds s" equal "$outcomes" "$GUESTS DONE"
	check "nothing is left" none_left
	link up
}

FAST=1
san_up 1 1
wait_for 30 fcoe_host hba0 || failed "hba0 is no fc_host"
HOST=$(fcoe_host hba0)
link up
npivd_config 'resync = 1h' '[timeouts]' 'start = 5min' 'stop = 5min'
npivd_start

best=999999
record 16
for _ in $(seq $ROUNDS); do
	measure_loop
	measure_npivd
	[ $RATIO -lt $best ] && best=$RATIO
	stop_all
	[ $best -le $LIMIT ] && break
done
record 1
measure_npivd
if [ "$(cat sanitizer)" = none ]; then
	check "npivd takes at most 1.15 of the loop's time: $best %" test $best -le $LIMIT
else
	echo "with a sanitizer the ratio ($best %) says nothing: not checked"
fi
echo "PASSED: $CHECKS checks in $(now) s of the machine's time"
