#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Requests that contradict each other, many at the same moment, with faults of the world and kill -9 between them.

E2E_ROUNDS sets the length, E2E_SEED repeats a run.
"""

import os
import random
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import SimTest, until  # noqa: E402
from zoned import SwitchTest  # noqa: E402

ROUNDS = int(os.environ.get("E2E_ROUNDS", "0"))
SEED = int(os.environ.get("E2E_SEED", "0")) or int(time.time())
GUESTS = [f"vm{i}" for i in range(6)]
HBAS = ("h0", "h1", "h2", "h3")
KERNEL_FAULTS = ("create errno EBUSY", "create short 3", "create hang 0.3", "delete errno EAGAIN", "delete hang 0.3")
# A login whose answer is lost leaves a session that only the switch can end.
SWITCH_REQUESTS = {"A": "*brocade-zone*", "B": "*"}
SWITCH_FAULTS = ("503", "lost", "hang-before 0.3", "expire", "slow 0.5", "full")
AT_ONCE = 16  # requests, at most
# What a request of a moment may be refused for, and nothing else.
REFUSALS = re.compile("|".join((
    r"(guest|operation) '\w+' not found", r"guest '\w+' is (started|being deleted)",
    r"operation \d+ (has ended|is not stuck)", r"no HBA", r"'\w+' has 64 operations waiting")))


class Storm:
    """The test; a class of it is a world: which faults there are, and for how long it is to be waited."""

    rounds = 40
    timeouts = {"start": "20s", "stop": "20s", "job": "10s", "undo": "20s"}
    calm_s = 60

    @property
    def config(self):
        return {**super().config, "kernel": {"resync": "1s"}, "timeouts": self.timeouts}

    def setUp(self):
        super().setUp()
        self.rng = random.Random(SEED)
        print(f"E2E_SEED={SEED}", file=sys.stderr, flush=True)
        self.make_missing()

    def make_missing(self):
        """Each guest has a disk that the array shows to both WWPNs of every pair."""
        there = {guest["name"] for guest in self.items("guests")}
        for name in [name for name in GUESTS if name not in there]:
            guest = self.make_guest(name, luns=(1,))
            for wwpn in [wwpn for vhba in guest["vhbas"] for wwpn in vhba["wwpns"]]:
                self.san.ctl(f"mask {wwpn} {self.wwid(1)} 0")

    def request(self):
        """(method, path, body)"""
        name = self.rng.choice(GUESTS)
        hba = self.san.wwpn(self.rng.choice(HBAS))
        number = self.rng.randint(max(1, self.newest - AT_ONCE), self.newest + AT_ONCE)
        rows = (
            (6, ("PUT", f"/v1/guests/{name}/state", {"desired": "ready"})),
            (6, ("PUT", f"/v1/guests/{name}/state", {"desired": "absent"})),
            (1, ("PUT", f"/v1/guests/{name}/state", {"desired": "ready", "incoming": True})),
            (1, ("PUT", f"/v1/guests/{name}/state", {"desired": "absent", "reason": "failed"})),
            (2, ("DELETE", f"/v1/operations/{number}", None)),
            (1, ("POST", f"/v1/operations/{number}/retry", None)),
            (1, ("PATCH", f"/v1/guests/{name}", {"priority": self.rng.randint(0, 100)})),
            (1, ("PATCH", f"/v1/hbas/{hba}", {"drain": self.rng.random() < 0.5})),
            (1, ("POST", "/v1/system/rescan", None)),
            (1, ("DELETE", f"/v1/guests/{name}", None)),
        )
        return self.rng.choices([row for _, row in rows], [weight for weight, _ in rows])[0]

    def strike(self):
        self.newest = max((op["id"] for op in self.get("/v1/operations?limit=1000")["items"]), default=0)
        for reply in self.npivd.send_at_once([self.request() for _ in range(self.rng.randint(1, AT_ONCE))]):
            if reply.status >= 400:
                self.assertIn(reply.status, (404, 409, 503), reply)
                self.assertRegex(reply.body["detail"], REFUSALS, reply)

    def calm(self):
        for hba in HBAS:
            self.san.ctl(f"clear {hba}")
            self.call("PATCH", f"/v1/hbas/{self.san.wwpn(hba)}", {"drain": False})
        until("operations have ended", self.check_operations, self.calm_s)

    def test_after_a_storm_everything_is_as_it_was_last_asked_for(self):
        for _ in range(ROUNDS or self.rounds):
            if self.rng.random() < 0.3:
                self.disturb()
            self.strike()
            if self.rng.random() < 0.2:
                self.npivd.kill()
                self.npivd.start()
            if self.rng.random() < 0.4:
                until("operations have ended", self.check_operations, self.calm_s)
            self.make_missing()
        self.calm()
        self.make_missing()

        wanted = {name: self.rng.choice(("ready", "absent")) for name in GUESTS}
        self.npivd.send_at_once([("PUT", f"/v1/guests/{name}/state", {"desired": word}) for name, word in wanted.items()])

        self.settle(seconds=self.calm_s)
        self.assertEqual({guest["name"]: guest["state"] for guest in self.items("guests")}, wanted)
        for name in GUESTS:
            self.stop(name)
            self.call("DELETE", f"/v1/guests/{name}?wait=30")
        self.check_empty()
        self.stop_clean()

    def check_empty(self):
        self.assertEqual(self.san.vports(), {})


class OnHbas(Storm, SimTest):
    def disturb(self):
        self.san.ctl(f"fault {self.rng.choice(HBAS)} {self.rng.choice(KERNEL_FAULTS)}")


class OnSwitches(Storm, SwitchTest):
    switches = {"A": "fos:9.1.0b", "B": "nxos:9.4(1)"}
    rounds = 15
    timeouts = {"start": "60s", "stop": "60s", "job": "10s", "undo": "20s", "switch": "5s"}
    calm_s = 120

    def disturb(self):
        fabric = self.rng.choice("AB")
        self.san.ctl(f"switch fault {fabric} {SWITCH_REQUESTS[fabric]} {self.rng.choice(SWITCH_FAULTS)}")

    def calm(self):
        for fabric in self.lines():
            self.san.ctl(f"switch clear {fabric}")
        super().calm()

    def check_empty(self):
        super().check_empty()
        self.assertEqual({fabric: self.ours(fabric) for fabric in "AB"}, {"A": {}, "B": {}})
        self.check_switches()


if __name__ == "__main__":
    harness.main()
