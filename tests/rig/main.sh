# SPDX-License-Identifier: LGPL-2.1-or-later
# The main job on a real kernel: a guest's ports on two fabrics, from the hypervisor's hook to the LUNs
# and back, through a crash of npivd, an HBA that goes and returns, a lost link and an array's mistake.
set -u
. ./lib.sh

GUEST=db01
UUID=0f1c2d3e-4a5b-4c6d-8e9f-a0b1c2d3e4f5
XML=db01.xml
FOREIGN=2100aabbccdd0001
FOREIGN_NODE=2000aabbccdd0001

guest() { api GET /v1/guests/$GUEST - "$1"; }
port() { api GET "/v1/guests/$1" - "[h['active'] for h in o['vhbas']][$2]"; }
guest_is() { equal "$(guest 'o["state"]')" "$1"; }
is_gone() { ! vport_of "$1" >/dev/null; }
links() { find $RUN/disks -type l | sort; }
wwids_match() { # wwids_match WWPN WWIDS: these and no others
	equal "$(wwids_of "$1" | tr '\n' ' ')" "$(printf '%s\n' $2 | sort | tr '\n' ' ')"
}
on_fabric() { # on_fabric sfa|sfb WWPN
	"$1" ports | grep -q "$2"
}
owner() { api GET "/v1/vports/$1" - 'o["owner"]'; }
owner_is() { equal "$(owner "$1")" "$2"; }
operations_ended() { # of a guest
	equal "$(api GET "/v1/operations?guest=$1" - 'sum(i["ended"] is None for i in o["items"])')" 0
}
events() { api GET /v1/system - "o['kernel_events']['$1']"; }

# --- the SAN: two fabrics, a target on each with LUNs d0 to d3, the same four on both
FAST=1
san_up_dual
for i in 0 1; do
	wait_for 30 fcoe_host hba$i || failed "hba$i is no fc_host"
	HOST_B=$(fcoe_host hba$i)
	within 60 "HBA hba$i (host$HOST_B) is Online on its fabric" online "$HOST_B"
done
# A vport made by hand sees all LUNs. With it the kernel says how they are called.
lio_acl tgt1 $FOREIGN 0=0 1=1 2=2 3=3
vport_create "$HOST_B" $FOREIGN $FOREIGN_NODE
within 30 "the kernel makes a vport by hand, with four LUNs" eval "[ \$(wwids_of $FOREIGN | wc -l) = 4 ]"
WWID=($(for i in 0 1 2 3; do cat "/sys/class/scsi_disk/$(host_of_wwpn $FOREIGN):0:0:$i/device/wwid"; done))
vport_delete "$HOST_B" $FOREIGN $FOREIGN_NODE

# --- npivd and its records
npivd_config 'resync = 1h' 'hba_grace = 5min'
npivd_start
equal "$(api GET /v1/system - 'o["kernel_events"]["missing"]')" '' || failed "kernel events can be heard"
passed "npivd is ready and hears uevents and FC transport events"
for i in 0 1; do
	F=$(cat "/sys/class/fc_host/host$(fcoe_host hba$i)/fabric_name")
	LABEL=$(echo AB | cut -c$((i + 1)))
	check "fabric $LABEL is $F" ctl fabric create $LABEL --wwns "$F"
done
check "a pool of WWNs is made" ctl pool create default
check "guest $GUEST has a vHBA on each fabric" \
	ctl guest create $GUEST --id $UUID --vhba fabric=A --vhba fabric=B
A=$(port $GUEST 0)
B=$(port $GUEST 1)
for i in 1 2; do
	check "LUN ${WWID[i]} is recorded for $GUEST" ctl mask create --guest $GUEST --wwid "${WWID[i]}"
done
lio_acl tgt0 "$A" 0=1 1=2
lio_acl tgt1 "$B" 0=1 1=2
for i in 0 1; do
	check "no guest is placed on the port of target tgt$i, an HBA too to this kernel" \
		ctl hba drain "$(mac_wwpn tgt$i)"
done
show ctl hba list
show ctl guest start $GUEST --dry-run

# --- the guest starts
vports_before=$(vport_count)
uevents_before=$(events uevents)
fc_events_before=$(events fc_events)
time check "the hook lets $GUEST start" hook $GUEST prepare begin - <$XML
check "so do its later phases" hook $GUEST start begin - <$XML
check "and the last one" hook $GUEST started begin - <$XML
check "the kernel has two vports more" equal "$(vport_count)" $((vports_before + 2))
check "vport $A is Active with an address" is_active "$A"
check "vport $B is Active with an address" is_active "$B"
check "fabric A has accepted $A" on_fabric sfa "$A"
check "fabric B has accepted $B" on_fabric sfb "$B"
check "$A is not on fabric B" eval "! on_fabric sfb $A"
check "$A sees exactly the recorded LUNs" wwids_match "$A" "${WWID[1]} ${WWID[2]}"
check "$B sees exactly the recorded LUNs" wwids_match "$B" "${WWID[1]} ${WWID[2]}"
check "npivd calls the guest ready" guest_is ready
check "it has two LUNs on two paths" equal "$(guest 'sum(l["present"] for l in o["luns"])')" 4
check "there are four links for the hypervisor" equal "$(links | wc -l)" 4
links | sed 's/^/    /'
show ctl guest show $GUEST
show ctl guest luns $GUEST
show ctl guest check $GUEST
show ctl vport list
show ctl hba list
show ctl op list

LINK_A=$(links | sed -n 1p)
LINK_B=$(links | sed -n 3p)
dd if=/dev/urandom of=$WORK/data bs=64k count=4 2>/dev/null
check "data is written through $(basename "$LINK_A")" \
	dd if=$WORK/data of="$LINK_A" bs=64k count=4 oflag=direct status=none
dd if="$LINK_B" of=$WORK/data2 bs=64k count=4 iflag=direct status=none
check "and read back through $(basename "$LINK_B"), the other fabric" cmp $WORK/data $WORK/data2

# --- the kernel's events
check "uevents were heard" test "$(events uevents)" -gt "$uevents_before"
check "FC transport events were heard" test "$(events fc_events)" -gt "$fc_events_before"
vport_create "$HOST_B" $FOREIGN $FOREIGN_NODE
within 10 "a vport made by hand appears by event, as foreign" owner_is $FOREIGN foreign
show ctl vport show $FOREIGN

# --- kill -9
KERNEL_A=$(vport_of "$A")
KERNEL_B=$(vport_of "$B")
npivd_kill
check "killed, npivd leaves the vports alone" equal "$(vport_of "$A") $(vport_of "$B")" "$KERNEL_A $KERNEL_B"
check "a guest of its own is refused while npivd is down" eval "! hook $GUEST prepare begin - <$XML 2>$WORK/refusal"
sed 's/^/    /' $WORK/refusal
check "a guest of somebody else starts all the same" hook test prepare begin - <foreign.xml
npivd_start
within 10 "started again, npivd finds the guest ready" guest_is ready
check "its vports are the same as before" equal "$(vport_of "$A") $(vport_of "$B")" "$KERNEL_A $KERNEL_B"
check "the foreign one is still foreign" owner_is $FOREIGN foreign
check "reconnect of a running guest changes nothing" hook $GUEST reconnect begin - <$XML

check "guest web01 has a vHBA on each fabric" ctl guest create web01 --vhba fabric=A --vhba fabric=B
WEB_A=$(port web01 0)
WEB_B=$(port web01 1)
for ms in 0 20 80; do
	api PUT /v1/guests/web01/state '{"desired": "ready"}' >/dev/null
	usleep ${ms}000
	npivd_kill
	npivd_start
	within 30 "killed $ms ms into a start, npivd ends it after the restart" \
		operations_ended web01
	check "the next start of web01 succeeds" ctl guest start web01 --wait=60
	check "with one vport on each fabric" eval "is_active $WEB_A && is_active $WEB_B"
	check "and web01 stops" ctl guest stop web01 --wait=60
	check "its vports are gone" eval "is_gone $WEB_A && is_gone $WEB_B"
done
check "nothing else came or went" equal "$(vport_count)" $((vports_before + 3))

# --- the HBA goes and returns
echo hba0 >/sys/bus/fcoe/ctlr_destroy
within 10 "HBA hba0 is destroyed, and vport $A with it" is_gone "$A"
within 10 "the guest is degraded" guest_is degraded
show ctl guest show $GUEST
fcoe_create hba0 >/dev/null
within 60 "the HBA returns and npivd makes $A again by itself" is_active "$A"
within 30 "the guest is ready again" guest_is ready
check "with its LUNs" wwids_match "$A" "${WWID[1]} ${WWID[2]}"
check "and its four links" equal "$(links | wc -l)" 4
dd if="$LINK_A" of=$WORK/data2 bs=64k count=4 iflag=direct status=none
check "which lead to the same data" cmp $WORK/data $WORK/data2

# --- the link goes and returns
ip link set sw-hba1 down
within 30 "with its link down, the guest is degraded" guest_is degraded
show ctl vport list
ip link set sw-hba1 up
within 60 "with its link up, $B is Active again" is_active "$B"
within 30 "and the guest ready" guest_is ready
check "the vport is the same as before" equal "$(vport_of "$B")" "$KERNEL_B"

# --- the guest ends; the array shows a LUN too many at the next start
check "the hook takes the ports away" hook $GUEST stopped end shutdown <$XML
check "in the release phase" hook $GUEST release end shutdown <$XML
check "no vport of the guest is left" eval "is_gone $A && is_gone $B"
check "no link is left" equal "$(links | wc -l)" 0
lio_acl tgt0 "$A" 2=3
check "with LUN ${WWID[3]} unmasked by mistake, the start is refused" \
	eval "! hook $GUEST prepare begin - <$XML 2>$WORK/refusal"
sed 's/^/    /' $WORK/refusal
check "in one line" equal "$(wc -l <$WORK/refusal)" 1
check "that names the LUN" grep -q "${WWID[3]}" $WORK/refusal
check "nothing is left of the start" eval "is_gone $A && is_gone $B"
lio_unmap tgt0 "$A" 2
check "masked again, the guest starts" hook $GUEST prepare begin - <$XML
check "and stops" hook $GUEST release end destroyed <$XML

# --- nothing is left
check "all that is left is the foreign vport" equal "$(vports)" "$(vport_of $FOREIGN | cut -d' ' -f1)"
check "fabric A has no port of the guest" eval "! on_fabric sfa $A"
check "no link is left" equal "$(links | wc -l)" 0
show ctl guest list
show ctl op list
show ctl db check
kill $NPIVD_PID
wait $NPIVD_PID
check "npivd ends cleanly" equal $? 0
within 5 "and no lane is left" eval '! npivd_runs'
check "the foreign vport is still Active" is_active $FOREIGN
echo "PASSED: $CHECKS checks in $(now) s of the machine's time"
