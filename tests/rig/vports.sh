# SPDX-License-Identifier: LGPL-2.1-or-later
# 255 vports on one HBA: npivd, asked for all guests at once, against a bare shell loop that does the
# same writes on the same machine, one after the other. What npivd adds may cost 15 %.
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

FAST=1
san_up 1 1
wait_for 30 fcoe_host hba0 || failed "hba0 is no fc_host"
HOST=$(fcoe_host hba0)
within 60 "HBA hba0 (host$HOST) is Online" online "$HOST"
npivd_config 'resync = 1h' '[timeouts]' 'start = 5min' 'stop = 5min'
npivd_start
ctl -q fabric create A --wwns "$(cat "/sys/class/fc_host/host$HOST/fabric_name")"
ctl -q hba drain "$(mac_wwpn tgt0)"
ctl -q pool create default
check "$N guests are recorded" many make $N
api GET '/v1/guests?limit=1000' - \
	'[g["vhbas"][0]["active"] + ":" + g["wwnn"] for g in o["items"]]' >$WORK/names
check "each has a WWPN" equal "$(sort -u $WORK/names | wc -l)" $N


best=999999
for round in $(seq $ROUNDS); do
	npivd_stop
	began=$(date +%s%N)
	bare vport_create
	loop=$(ms_since "$began")
	within 60 "round $round: the loop's vports are Active" all_active
	settled=$(ms_since "$began")
	bare vport_delete
	within 60 "round $round: and gone" none_left
	npivd_start
	read -r active seconds core lane outcomes < <(many start)
	check "round $round: npivd's are Active, too" test "$active" != 0.000
	npivd=$(($(hundredths "$active") * 10))
	ratio=$((npivd * 100 / loop))
	echo "    bare loop: $loop ms for the writes, $((loop / N)) ms each, all Active after $settled ms"
	echo "    npivd:     $npivd ms until all were Active, $((npivd / N)) ms each; the last operation was done after $seconds s"
	echo "    ratio:     $((ratio / 100)).$(printf %02d $((ratio % 100)))"
	echo "    CPU:       $core s in the core, $lane s in the lane"
	echo "    memory:    $(sed -n 's/VmHWM:[ \t]*//p' /proc/$NPIVD_PID/status) in the core at most"
	check "round $round: by $N operations that are done" equal "$outcomes" "$N DONE"
	[ $ratio -lt $best ] && best=$ratio
	read -r active seconds core lane outcomes < <(many stop)
	check "round $round: all are stopped, in $seconds s" equal "$outcomes" "$N DONE"
	check "round $round: nothing is left" none_left
	[ $best -le $LIMIT ] && break
done
if [ "$(cat sanitizer)" = none ]; then
	check "npivd takes at most 1.15 of the loop's time: $best %" test $best -le $LIMIT
else
	echo "with a sanitizer the ratio ($best %) says nothing: not checked"
fi
echo "PASSED: $CHECKS checks in $(now) s of the machine's time"
