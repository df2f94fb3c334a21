# SPDX-License-Identifier: LGPL-2.1-or-later
"""npivd on the simulated SAN with simulated switches: zones decide what a port sees."""

import json
import os
import subprocess

import harness
from harness import SimTest

USER, SECRET = "admin", "password"
ZONESET = "prod"
VSANS = {"A": 10, "B": 20}  # of the simulated Cisco switches
# What other people have on each fabric; it must be there, untouched, after whatever happened.
FOREIGN_ALIAS = "backup_host"
FOREIGN_WWPN = "10000000c9000001"
FOREIGN_ZONE = "backup_tape"
FOREIGN_TARGET = "500104f000000001"
FOREIGN_MEMBERS = sorted([f"@{FOREIGN_ALIAS}", FOREIGN_TARGET])


class SwitchTest(SimTest):
    """A case names its switches: {"A": "fos:9.1.0b"}; fabrics that it does not name have none."""

    switches = {"A": "fos:9.1.0b", "B": "fos:9.1.0b"}
    drivers = {}  # other drivers than the switch's own, e.g. {"A": {"driver": "manual"}}
    fabric_fields = {}
    switch_settings = {}  # of the simulated switches, e.g. {"mode": "enhanced"}
    tls = False
    switch_timeout = "20s"

    @property
    def config(self):
        return {"npivd": {"credentials_dir": f"{self.folder}/credentials"}, "timeouts": {"switch": self.switch_timeout}}

    @property
    def san_args(self):
        folder, args = self.folder, []
        os.makedirs(f"{folder}/credentials", exist_ok=True)
        with open(os.open(f"{folder}/credentials/switch", os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(f"{USER}\n{SECRET}\n")
        if self.tls:
            self.make_certificate()
        for fabric, spec in self.switches.items():
            vendor, _, release = spec.partition(":")
            tls = f",cert={folder}/cert.pem,key={folder}/key.pem" if self.tls else ""
            args += ["--switch", f"{fabric}={vendor}:0" + (f":{release}" if release else "") + tls]
        return args

    def make_certificate(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{self.folder}/key.pem",
                        "-out", f"{self.folder}/cert.pem"], check=True, capture_output=True)

    def provision(self):
        super().provision()
        for fabric in self.san.status()["fabrics"]:
            name = fabric["name"]
            self.san.ctl(f"zone enforce on {name}")
            for target in fabric["targets"]:
                self.call("POST", "/v1/targets", {"wwpn": target["wwpn"], "name": f"{name}-port", "array": "array1",
                                                  "fabric": name}, 201)
        for lun in range(1, 5):
            self.call("POST", "/v1/luns", {"wwid": self.wwid(lun), "array": "array1"}, 201)
        for fabric, line in self.lines().items():
            for name, value in self.switch_settings.items():
                self.san.ctl(f"switch set {fabric} {name} {value}")
            self.seed(fabric)
            scheme = "https" if self.tls else "http"
            self.call("PATCH", f"/v1/fabrics/{fabric}", {
                "driver": line["vendor"], "url": f"{scheme}://127.0.0.1:{line['port']}", "credential": "switch",
                "context": VSANS[fabric] if line["vendor"] == "nxos" else 0, "watch": 0, **self.fabric_fields,
                **self.drivers.get(fabric, {})})

    def lines(self):
        """{fabric: line of its switch}"""
        return {line["fabric"]: line for line in self.san.ctl("switches")}

    def load(self, fabric, defined):
        """The switch has this, in force; somebody else did it."""
        path = f"{self.folder}/zones-{fabric}.json"
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"defined": defined, "zoneset": ZONESET}, file)
        self.san.ctl(f"zone load {fabric} {path}")

    def seed(self, fabric):
        """Zones of other people, in force."""
        self.load(fabric, {"aliases": {FOREIGN_ALIAS: [FOREIGN_WWPN]},
                           "zones": {FOREIGN_ZONE: {"kind": "regular", "members": FOREIGN_MEMBERS}},
                           "zonesets": {ZONESET: [FOREIGN_ZONE]}})

    def zonedb(self, fabric):
        """{"defined", "effective", "pending"} as the switch has them."""
        return self.san.ctl(f"zone show {fabric}")

    def ours(self, fabric):
        """The zones of the switch that are not other people's: {name: zone}."""
        return {name: zone for name, zone in self.zonedb(fabric)["effective"]["zones"].items() if name != FOREIGN_ZONE}

    def requests(self, fabric=None):
        return [line for line in self.san.log(event="request") if fabric in (None, line.get("switch"))]

    def san_lanes(self):
        return [pid for pid, line in harness.processes_of("--lane san:").items() if self.folder in line]

    def check_switches(self):
        """Nothing of ours is open, nothing of others' has changed, and nobody is locked out."""
        for fabric in self.lines():
            db = self.zonedb(fabric)
            self.assertIsNone(db.get("pending"), f"fabric {fabric}: a transaction is open")
            self.assertEqual(db["defined"]["aliases"].get(FOREIGN_ALIAS), [FOREIGN_WWPN], f"fabric {fabric}")
            foreign = db["defined"]["zones"].get(FOREIGN_ZONE)
            self.assertEqual(foreign, {"kind": "regular", "members": FOREIGN_MEMBERS})
            self.assertIn(FOREIGN_ZONE, db["defined"]["zonesets"][ZONESET])
            self.assertIn(FOREIGN_ZONE, db["effective"]["zones"])
            self.assertEqual(self.lines()[fabric].get("sessions", []), [], f"fabric {fabric}: a session is open")
        return True

    def settle(self, ready=True, seconds=None):
        super().settle(ready, seconds)
        self.check_switches()
