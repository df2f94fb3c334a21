# SPDX-License-Identifier: LGPL-2.1-or-later
# The witness: what the fabric tells a port over /dev/bsg, on the physical port and on a vport, against what the
# fabric enforces and what the kernel then sees.
set -u
. ./lib.sh

VPORT=2100aabbccdd0001
NODE=2000aabbccdd0001
MANY=80 # so many that the name server's answer takes several frames

probe() { # probe JOB: the lane's answer
	./fc_probe /sys "host$HOST" "$1" | grep -v '^#'
}
witness() { # witness WWPN|'' EXPRESSION of o
	probe "{\"job\": \"witness\", \"hba\": \"$PHYSICAL\"${1:+, \"wwpn\": \"$1\"}}" >$WORK/answer
	python3 -IS -c 'import json, sys
o = json.load(open(sys.argv[1]))
value = eval(sys.argv[2])
print(*value, sep="\n") if isinstance(value, list) else print(value)' $WORK/answer "$2" || cat $WORK/answer
}
seen() { # seen WWPN|'': WWPNs that the name server shows to this port
	witness "$1" 'sorted(l["wwpn"] for l in o["snapshot"]["logins"])'
}
targets_of() { # targets_of KERNEL-HOST: target ports that the kernel is logged in to, by itself
	local r

	for r in "/sys/class/fc_remote_ports/rport-${1#host}":*; do
		grep -q Target "$r/roles" 2>/dev/null && grep -q Online "$r/port_state" && sed 's/^0x//' "$r/port_name"
	done | sort
}
sees_exactly() { # sees_exactly WWPN|'' WWPN...
	local who=$1

	shift
	equal "$(seen "$who" | tr '\n' ' ')" "$(printf '%s\n' "$@" | sort | tr '\n' ' ')"
}
logins_of_fabric() { sf ports | awk '{ print $2 }' | sort; }
zones() { # zones LINE...: these and no others are enforced, and the ports are told
	local zone

	sf zone clear >/dev/null
	for zone in "$@"; do sf zone add $zone >/dev/null; done
	sf zone enforce >/dev/null
	sf rscn >/dev/null
}

# The masks are there before anybody logs in: a target that refuses a port once is no target to it.
mkdir -p $WORK
FAST=1
modules
mk_link hba0 02:00:00:00:01:00
PHYSICAL=$(mac_wwpn hba0)
lio_backstore d0 16
for t in 0 1; do
	mk_link tgt$t 02:00:00:00:02:0$t
	lio_target tgt$t
	lio_lun tgt$t 0 d0
	lio_acl tgt$t "$PHYSICAL" 0=0
	lio_acl tgt$t $VPORT 0=0
done
T0=$(mac_wwpn tgt0)
T1=$(mac_wwpn tgt1)
fabric_start hba0 tgt0 tgt1
zones "physical $PHYSICAL $T0" "guest $VPORT $T1"
for i in tgt0 tgt1 hba0; do fcoe_create $i >/dev/null; done
wait_for 30 fcoe_host hba0 || failed "hba0 is no fc_host"
HOST=$(fcoe_host hba0)
within 60 "HBA hba0 (host$HOST) is Online" online "$HOST"
vport_create "$HOST" $VPORT $NODE
within 60 "vport $VPORT is Active" is_active $VPORT
V=$(vport_of $VPORT | cut -d' ' -f2)

# --- what the name server shows is what is zoned, to each port its own
show witness '' 'json.dumps(o, indent=1)'
check "the driver passes questions on to the name server" equal "$(witness '' 'o["can"]["name_server"]')" True
check "the physical port sees itself and target tgt0, zoned to it" sees_exactly '' "$PHYSICAL" "$T0"
check "the vport sees itself and target tgt1, zoned to it" sees_exactly $VPORT $VPORT "$T1"
check "it was the vport's own device that was asked" equal "$(witness $VPORT 'o["port"]')" "$V"
within 60 "the kernel has logged in to tgt0 on the physical port" equal "$(targets_of "host$HOST")" "$T0"
within 60 "and to tgt1 on the vport, as the witness says" eval "[ \"\$(targets_of $V)\" = $T1 ]"
check "the witness knows targets from initiators" equal \
	"$(witness $VPORT '[l["role"] for l in sorted(o["snapshot"]["logins"], key=lambda l: l["wwpn"])]' | tr '\n' ' ')" \
	"target initiator "
check "and their WWNNs and addresses" equal \
	"$(witness $VPORT 'sorted(" ".join((l["port_id"], l["wwpn"], l["wwnn"])) for l in o["snapshot"]["logins"])')" \
	"$(sf ports | grep -e "$VPORT" -e "$T1" | cut -d' ' -f1-3 | sort)"

# --- this fabric has no zone server
check "that there is no zone server is an answer" equal "$(witness '' 'o["can"]["zone_server"]')" False
echo "    $(witness '' 'o["reasons"]["zone_server"]')"
check "and no zones are claimed" equal "$(witness '' '"effective" in o["snapshot"]')" False

# --- zones change under the ports
zones "physical $PHYSICAL $T0" "guest $VPORT $T0 $T1"
check "another target zoned to the vport is seen at once" sees_exactly $VPORT $VPORT "$T0" "$T1"
within 60 "and the kernel logs in to it" eval "[ \$(targets_of $V | wc -l) = 2 ]"
zones "physical $PHYSICAL $T0"
check "without a zone the vport sees itself alone" sees_exactly $VPORT $VPORT
check "and the physical port what it saw before" sees_exactly '' "$PHYSICAL" "$T0"

# --- a long answer, of several frames
for i in $(seq $MANY); do
	vport_create "$HOST" "$(printf 2100aabbcc01%04x "$i")" "$(printf 2000aabbcc01%04x "$i")"
done
sf zone open >/dev/null
within 60 "$MANY more vports are logged in" eval "[ \$(logins_of_fabric | wc -l) = $((MANY + 4)) ]"
within 60 "the witness sees all ports of the fabric, with their features" eval \
	"[ \"\$(witness '' 'sum(bool(l.get(\"role\")) for l in o[\"snapshot\"][\"logins\"])')\" = $((MANY + 4)) ]"
check "the same as the fabric has" equal "$(seen '')" "$(logins_of_fabric)"
check "and has nothing to complain of but the zone server" equal "$(witness '' 'list(o["reasons"])')" zone_server

# --- what is not there
vport_delete "$HOST" $VPORT $NODE
check "a vport that is gone is not found" eval "probe '{\"job\": \"witness\", \"wwpn\": \"$VPORT\"}' | grep -q 'not-found'"
echo "PASSED: $CHECKS checks in $(now) s of the machine's time"
