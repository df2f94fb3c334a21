#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many guests at once, and HBAs that come and go at random moments.

E2E_GUESTS (200) and E2E_REMOVALS (60; 1000 in a full run) set the size, E2E_SEED repeats a run.
"""

import concurrent.futures
import os
import random
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import SimTest, until  # noqa: E402

GUESTS = int(os.environ.get("E2E_GUESTS", "200"))
REMOVALS = int(os.environ.get("E2E_REMOVALS", "60"))
SEED = int(os.environ.get("E2E_SEED", "0")) or int(time.time())
CLIENTS = 16
STORM_GUESTS = 12
HBAS = ("h0", "h1", "h2", "h3")
WAIT_S = 300


def say(text):
    print(text, file=sys.stderr, flush=True)


class Start(SimTest):
    config = {"kernel": {"resync": "2s"}, "timeouts": {"start": f"{WAIT_S}s", "stop": f"{WAIT_S}s", "job": "100s"}}

    def all_done(self, numbers):
        """Their wall-clock time, when they have ended."""
        def open_ones():
            return [op["id"] for op in self.items("operations") if op["state"] not in ("DONE", "FAILED")]
        until("all operations have ended", lambda: not open_ones(), WAIT_S)
        states = {op["id"]: op for op in self.items("operations")}
        self.assertEqual([states[number]["error"] for number in numbers if states[number]["state"] != "DONE"], [])

    def run_all(self, desired):
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            numbers = list(pool.map(lambda i: self.begin(f"vm{i:03}", desired), range(GUESTS)))
        asked = time.monotonic()
        self.all_done(numbers)
        ended = time.monotonic()
        say(f"{desired}: {GUESTS} guests asked in {asked - began:.1f} s ({GUESTS / (asked - began):.0f} requests/s), "
            f"all done after {ended - began:.1f} s ({2 * GUESTS / (ended - began):.0f} vports/s)")

    def test_all_guests_start_and_stop_at_once(self):
        began = time.monotonic()
        for i in range(GUESTS):
            self.call("POST", "/v1/guests", {"name": f"vm{i:03}", "vhbas": [{"fabric": "A"}, {"fabric": "B"}]}, 201)
        say(f"created {GUESTS} guests in {time.monotonic() - began:.1f} s")

        self.run_all("ready")

        counters = {hba["name"]: hba["counters"] for hba in self.san.status()["hbas"]}
        for name, counter in counters.items():
            self.assertLessEqual(counter["creators_max"], 1, f"{name} had two creators at once")
        self.assertEqual(sum(counter["created"] for counter in counters.values()), 2 * GUESTS)
        self.assertEqual(sum(counter["creates"] for counter in counters.values()), 2 * GUESTS, "one write each")
        used = sorted(len(hba["vports"]) for hba in self.san.status()["hbas"])
        self.assertLessEqual(used[-1] - used[0], GUESTS // 10 + 2, "they are spread evenly")
        self.settle(seconds=harness.PATIENCE_S)

        self.run_all("absent")

        self.settle(seconds=harness.PATIENCE_S)
        self.assertEqual(self.san.vports(), {})
        self.stop_clean()


class Burst(SimTest):
    guests = 100

    def test_the_first_of_many_begins_before_the_last_is_planned(self):
        """All requests lie before npivd when it looks."""
        for i in range(self.guests):
            self.call("POST", "/v1/guests", {"name": f"vm{i:03}", "vhbas": [{"fabric": "A"}, {"fabric": "B"}]}, 201)
        replies = self.npivd.send_at_once(
            [("PUT", f"/v1/guests/vm{i:03}/state", {"desired": "ready"}) for i in range(self.guests)])
        self.assertEqual({reply.status for reply in replies}, {202})

        until("all are ready", lambda: all(guest["state"] == "ready" for guest in self.items("guests")), WAIT_S)
        operations = [op for op in self.items("operations") if op["kind"] == "guest_start"]
        self.assertEqual({op["state"] for op in operations}, {"DONE"})
        self.assertLess(min(op["started"] for op in operations), max(op["created"] for op in operations))


class Storm(SimTest):
    config = {"kernel": {"resync": "100ms", "hba_grace": "200ms"},
              "timeouts": {"start": "60s", "stop": "60s", "undo": "30s", "job": "20s"}}

    def check_ports(self):
        """No vport on a port of another fabric, no WWPN twice."""
        fabrics = {vhba["active"]: vhba["fabric"] for guest in self.items("guests") for vhba in guest["vhbas"]}
        for hba in self.san.status()["hbas"]:
            for vport in hba["vports"]:
                self.assertEqual(fabrics.get(vport["wwpn"]), hba["fabric"], f"{vport['wwpn']} on {hba['name']}")
        doubled = {wwpn: hbas for wwpn, hbas in self.san.vports().items() if len(hbas) > 1}
        self.assertFalse(doubled, "a WWPN is on two HBAs")

    def pause(self, dice):
        """A random moment of the machine's work: until it has done so many more writes, or some time went by."""
        writes = dice.randrange(4)
        until_s = time.monotonic() + dice.random() * 0.4
        before = sum(hba["counters"]["writes"] for hba in self.san.status()["hbas"])
        while time.monotonic() < until_s:
            if writes and sum(hba["counters"]["writes"] for hba in self.san.status()["hbas"]) >= before + writes:
                break
            time.sleep(harness.POLL_S)

    def test_removals_at_random_moments_leave_every_guest_complete(self):
        dice = random.Random(SEED)
        say(f"seed {SEED}, {REMOVALS} removals")
        for i in range(STORM_GUESTS):
            self.make_guest(f"vm{i:02}")
            self.start(f"vm{i:02}")
        away, began, toggled = set(), time.monotonic(), 0

        while toggled < REMOVALS:
            name = dice.choice(HBAS)
            self.san.ctl(f"{'return' if name in away else 'remove'} {name}")
            toggled += name not in away
            away ^= {name}
            self.check_ports()
            if dice.random() < 0.2:
                self.npivd.send("PUT", f"/v1/guests/vm{dice.randrange(STORM_GUESTS):02}/state",
                                {"desired": dice.choice(("ready", "absent"))})
            self.pause(dice)
        for name in away:
            self.san.ctl(f"return {name}")
        say(f"{toggled} removals in {time.monotonic() - began:.1f} s")

        until("npivd knows the HBAs", self.all_read)
        until("operations have ended", self.check_operations, WAIT_S)
        for i in range(STORM_GUESTS):
            self.call("PUT", f"/v1/guests/vm{i:02}/state?wait=30", {"desired": "ready"}, (200, 202))
        began = time.monotonic()
        until("every guest is complete on right ports", lambda: self.check_kernel(True), WAIT_S)
        self.check_ports()
        say(f"complete {time.monotonic() - began:.1f} s after the last return")
        self.settle()
        self.stop_clean()


if __name__ == "__main__":
    harness.main()
