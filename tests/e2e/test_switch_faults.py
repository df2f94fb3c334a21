#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Switches that go wrong at any request of a change of zones, and npivd or its lane killed at any request.

E2E_DRAWS is the number of cases of each class (0: every fault at every request), E2E_SEED the seed of the draw.
"""

import os
import random
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import until  # noqa: E402
from zoned import SwitchTest  # noqa: E402

DRAWS = int(os.environ.get("E2E_DRAWS", "8"))
SEED = int(os.environ.get("E2E_SEED", str(int(time.time()))))
REQUESTS = 26  # a change of zones has fewer requests on either vendor
FAULTS = ("503", "busy", "hang-before 0.3", "hang-before forever", "hang-after forever", "lost", "kill", "cut",
          "lock bob FOSCLI 2", "change", "expire", "full", "slow 0.5", "wrong-success", "keep-half")
KILLS = ("hang-before forever", "hang-after forever")
ENDS = ("DONE", "FAILED", "STUCK")


class Torture:
    switch_settings = {}

    @property
    def config(self):
        return {"npivd": {"credentials_dir": f"{self.folder}/credentials"},
                "timeouts": {"switch": "3s", "start": "6s", "stop": "6s", "undo": "5s"}}

    def mine(self, fabric):
        """Zones of this case's guest that are in force."""
        zones = self.zonedb(fabric)["effective"]["zones"]
        return sorted(name for name in zones if name.startswith(f"npivd_{self.name}_"))

    def draws(self, kinds):
        cases = [(kind, fabric, request, what) for kind in kinds for fabric in "AB" for request in range(1, REQUESTS + 1)
                 for what in ("start", "delete")]
        print(f"seed {SEED}", file=sys.stderr)
        random.Random(SEED).shuffle(cases)
        return cases[:DRAWS] if DRAWS else cases

    def arm(self, fabric, request, kind):
        self.hit = (fabric, len(self.requests(fabric)) + request - 1)
        self.san.ctl(f"switch fault {fabric} +{request} {kind}")

    def end_unknown_session(self):
        """Whose login was answered to nobody: only the switch can end that."""
        fabric, index = self.hit
        requests = self.requests(fabric)
        if index < len(requests) and requests[index]["path"] == "/rest/login":
            self.san.ctl(f"switch expire {fabric}")

    def disarm(self, how=""):
        for fabric in self.lines():
            self.san.ctl(f"switch clear {fabric}")
            self.san.ctl(f"switch release {fabric}{how}")

    def begin_change(self, what):
        if what == "start":
            return self.begin(self.name)
        return self.call("DELETE", f"/v1/guests/{self.name}", expect=202).body["id"]

    def prepare(self, number, what):
        self.name = f"g{number}"
        self.make_guest(self.name, targets=[row["wwpn"] for row in self.items("targets")])
        if what == "delete":
            self.assertEqual(self.start(self.name).body["state"], "DONE")
            self.stop(self.name)

    def finish(self, number):
        """The operation at its end; a person helps one that is stuck."""
        operation = until(f"operation {number} ends", lambda: (lambda op: op if op["state"] in ENDS else None)(
            self.operation(number)), 40)
        self.disarm()
        if operation["state"] == "STUCK":
            until("nobody has a transaction", lambda: all(self.zonedb(f).get("pending") is None for f in "AB"), 20)
            self.call("POST", f"/v1/operations/{number}/retry", expect=(200, 202))
            operation = self.ended(number, 30)
        return operation

    def check_truth(self, operation, what):
        """DONE: as planned on both fabrics; FAILED: as before on both."""
        done = operation["state"] == "DONE"
        there = {fabric: len(self.mine(fabric)) for fabric in "AB"}
        wanted = done if what == "start" else not done
        self.assertEqual({fabric: bool(n) for fabric, n in there.items()}, {"A": wanted, "B": wanted},
                         f"{operation['state']} {operation.get('error')}")
        if what == "start" and done:
            self.assertEqual(self.guest(self.name)["state"], "ready")

    def refresh(self):
        """The next conversation ends what an interrupted one has left."""
        for fabric in self.lines():
            until(f"fabric {fabric} is read", lambda f=fabric: self.npivd.send(
                "POST", f"/v1/fabrics/{f}/snapshots?wait=20").body.get("state") == "DONE", 30)
        self.end_unknown_session()
        until("no session and no transaction is left", self.check_switches, 15)

    def clean(self):
        """Without faults everything works again."""
        if any(guest["name"] == self.name for guest in self.items("guests")):
            self.assertEqual(self.start(self.name).body["state"], "DONE")
            self.assertTrue(self.mine("A") and self.mine("B"))
            self.stop(self.name)
            gone = self.call("DELETE", f"/v1/guests/{self.name}?wait=30", expect=(200, 204)).body
            self.assertEqual((gone or {"state": "DONE"})["state"], "DONE", gone)
        self.assertEqual(self.mine("A") + self.mine("B"), [])

    def start(self, key, /, **fields):
        """Also of a guest that is started already."""
        reply = self.set_state(key, "ready", **fields)
        return reply if "steps" in reply.body else harness.Reply(200, {}, '{"state": "DONE"}')

    def test_faults_at_any_request(self):
        for number, (kind, fabric, request, what) in enumerate(self.draws(FAULTS)):
            with self.subTest(kind=kind, fabric=fabric, request=request, what=what):
                self.prepare(number, what)
                self.arm(fabric, request, kind)

                operation = self.finish(self.begin_change(what))

                self.check_truth(operation, what)
                self.refresh()
                self.clean()
        self.settle_and_stop()

    def held(self):
        return any(line.get("held") for line in self.lines().values())

    def san_lanes(self):
        return [pid for pid, line in harness.processes_of("--lane san:").items() if self.folder in line]

    def kill_one(self, who):
        if who == "npivd":
            self.npivd.kill()
        for pid in self.san_lanes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def test_kill_at_any_request(self):
        chance = random.Random(SEED)
        for number, (kind, fabric, request, what) in enumerate(self.draws(KILLS)):
            who, drop = chance.choice(("npivd", "lane")), chance.choice(("", " drop"))
            with self.subTest(kind=kind, fabric=fabric, request=request, what=what, who=who, drop=drop):
                self.prepare(1000 + number, what)
                self.arm(fabric, request, kind)
                operation = self.begin_change(what)
                until("the request is held or the operation has ended",
                      lambda n=operation: self.held() or self.operation(n)["state"] in ENDS, 20)

                self.kill_one(who)
                self.disarm(drop)
                if who == "npivd":
                    self.npivd.start()
                    until("npivd knows the HBAs", self.all_read)

                ended = self.finish(operation)
                self.check_truth(ended, what)
                self.refresh()
                self.clean()
        self.settle_and_stop()


class FosFaults(Torture, SwitchTest):
    switches = {"A": "fos:9.1.0b", "B": "fos:8.2.3"}


class NxosFaults(Torture, SwitchTest):
    switches = {"A": "nxos", "B": "nxos"}


class NxosEnhancedFaults(Torture, SwitchTest):
    switches = {"A": "nxos", "B": "nxos"}
    switch_settings = {"mode": "enhanced", "smart": "on", "activation-ms": "100"}
    fabric_fields = {"zone_policy": "peer"}


if __name__ == "__main__":
    harness.main()
