#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Switches that go wrong at any request of a change of zones, and npivd or its lane killed at any request.

E2E_DRAWS is the number of cases of each test (0: every fault at every request), E2E_SEED the seed of the draw.
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
from torture import DisturbedTest, ENDS  # noqa: E402

DRAWS = os.environ.get("E2E_DRAWS", "")
SEED = int(os.environ.get("E2E_SEED", str(int(time.time()))))
CHANGES = ("start", "delete")
FAULTS = ("503", "busy", "hang-before 0.3", "hang-before forever", "hang-after forever", "lost", "kill", "cut",
          "lock bob FOSCLI 2", "lock bob FOSCLI 60", "change", "expire", "full", "slow 0.5", "wrong-success", "keep-half")
KILLS = ("hang-before forever", "hang-after forever")
DEATHS = ("503 always", "kill always")
WHO = ("npivd", "npivd and lanes", "lanes")  # a lane that outlives npivd ends its job
MET_OF = 8  # faults at least, for a share that says something
MET_MIN = 0.7  # of the faults: one that no request met has disturbed nothing
WRITE_MS = 50  # writes that take no time would never be seen to be on two switches at once
SLOW = 4  # a case that waits for what is given up takes the time of several: so many times fewer are drawn
PAIRS = 200  # draws of two things at once, where all single ones are done: there are too many for all


class Torture:
    """The tests; a class of them names its switches."""

    every_day = 1  # cases of each test, where the environment does not say: 90 s a vendor, on a busy machine

    @property
    def size(self):
        return int(DRAWS or self.every_day)

    def all_cases(self, kinds):
        """Each kind at each request that the changes really have, the way back not counted."""
        cases = []
        for what in CHANGES:
            for fabric, count in sorted(self.count_requests(what).items()):
                cases += [(kind, fabric, request, what) for kind in kinds for request in range(1, count + 1)]
        return cases

    def draws(self, kinds, part=1):
        cases = self.all_cases(kinds)
        print(f"seed {SEED}, {len(cases)} cases", file=sys.stderr)
        random.Random(SEED).shuffle(cases)
        return cases[:-(-self.size // part)] if self.size else cases

    def judge(self, name, number, what):
        operation = self.finish(number)
        self.check([(name, operation, what)])
        self.start_and_remove(name)

    def check_met(self):
        self.assertGreaterEqual(self.met / self.armed, MET_MIN if self.armed >= MET_OF else 0, f"of {self.armed} faults only {self.met} met a request")

    def test_faults_at_any_request(self):
        for number, (kind, fabric, request, what) in enumerate(self.draws(FAULTS)):
            name = f"f{number}"
            with self.subTest(kind=kind, fabric=fabric, request=request, what=what):
                self.prepare(name, what)
                self.begin_case()
                self.arm(fabric, request, kind)

                self.judge(name, self.begin_change(name, what), what)
        self.check_met()
        self.settle_and_stop()

    def test_two_faults_in_one_change(self):
        """The second one often meets the way back from the first."""
        chance = random.Random(SEED)
        cases = self.all_cases(FAULTS)
        for number in range(self.size or PAIRS):
            name = f"d{number}"
            kind, fabric, request, what = chance.choice(cases)
            second, there = chance.choice(FAULTS), chance.choice("AB")
            later = request + chance.randint(1, 12) if there == fabric else chance.randint(1, 60)
            with self.subTest(kind=kind, fabric=fabric, request=request, what=what, second=second, there=there, later=later):
                self.prepare(name, what)
                self.begin_case()
                self.arm(fabric, request, kind)
                self.arm(there, later, second)

                self.judge(name, self.begin_change(name, what), what)
        self.settle_and_stop()

    def test_two_guests_at_once(self):
        """One is started while the other is deleted, from the other fabric on, and the watch looks between them."""
        chance = random.Random(SEED)
        cases = self.all_cases(FAULTS)
        for fabric in self.lines():
            self.san.ctl(f"switch set {fabric} write-ms {WRITE_MS}")
        for number in range(self.size or PAIRS):
            kind, fabric, request, _ = chance.choice(cases)
            started, deleted = f"s{number}", f"t{number}"
            with self.subTest(kind=kind, fabric=fabric, request=request):
                self.prepare(started, "start")
                self.prepare(deleted, "delete")
                self.watch(1)
                self.begin_case()
                self.arm(fabric, request, kind)

                numbers = [self.begin_change(started, "start"), self.begin_change(deleted, "delete")]
                ends = [self.finish(n) for n in numbers]
                self.watch(0)

                self.check([(started, ends[0], "start"), (deleted, ends[1], "delete")])
                self.start_and_remove(started)
                self.remove(deleted)
        self.settle_and_stop()

    def watch(self, seconds):
        for fabric in self.lines():
            self.call("PATCH", f"/v1/fabrics/{fabric}", {"watch": seconds})

    def restart_after_kill(self, who, drop, released_first):
        if who != "lanes":
            self.npivd.kill()
        if who != "npivd":
            self.kill_lanes()
        if released_first:
            self.disarm(drop)
        if who != "lanes":
            self.npivd.start()
            until("npivd knows the HBAs", self.all_read)
        self.disarm(drop)

    def test_kill_at_any_request(self):
        chance = random.Random(SEED)
        for number, (kind, fabric, request, what) in enumerate(self.draws(KILLS)):
            name, who, drop = f"k{number}", chance.choice(WHO), chance.choice(("", " drop"))
            released_first = chance.choice((True, False))
            with self.subTest(kind=kind, fabric=fabric, request=request, what=what, who=who, drop=drop,
                              released_first=released_first):
                self.prepare(name, what)
                self.begin_case()
                self.arm(fabric, request, kind)
                operation = self.begin_change(name, what)
                until("the request is held or the operation has ended",
                      lambda n=operation: self.is_held() or self.operation(n)["state"] in ENDS, 20)

                self.restart_after_kill(who, drop, released_first)

                self.judge(name, operation, what)
        self.check_met()
        self.settle_and_stop()

    def hold(self, name, case):
        """The change, when the request of @case is held, or when it has ended without that."""
        kind, fabric, request, what = case
        self.prepare(name, what)
        self.begin_case()
        self.arm(fabric, request, kind)
        operation = self.begin_change(name, what)
        until("the request is held or the operation has ended",
              lambda: self.is_held() or self.operation(operation)["state"] in ENDS, 20)
        return operation

    def test_switch_that_dies_at_any_request(self):
        """It stays so on the way back, until somebody mends it."""
        chance = random.Random(SEED)
        for number, case in enumerate(self.draws(KILLS, SLOW)):
            name, death = f"x{number}", chance.choice(DEATHS)
            with self.subTest(case=case, death=death):
                operation = self.hold(name, case)
                self.san.ctl(f"switch fault {case[1]} * {death}")
                self.san.ctl(f"switch release {case[1]} drop")

                self.judge(name, operation, case[3])
        self.settle_and_stop()

    def test_lane_that_is_past_its_time_at_any_request(self):
        """It may change zones as soon as it goes on: until then no other fabric is changed, and nothing is undone."""
        for number, case in enumerate(self.draws(KILLS[:1], SLOW)):
            name, other = f"p{number}", f"q{number}"
            second = "delete" if case[1] == "A" else "start"  # begins on the other fabric
            with self.subTest(case=case):
                self.prepare(other, second)
                operation = self.hold(name, case)
                lanes = [pid for pid, line in harness.processes_of(f"--lane san:{case[1]} ").items() if self.folder in line]
                for pid in lanes:
                    os.kill(pid, signal.SIGSTOP)
                self.disarm()
                changes = self.step_of(operation, "zone_change", "RUNNING")
                waiting = self.begin_change(other, second)
                until("npivd gives the lane up, or needs it no more",
                      lambda n=operation: self.operation(n)["state"] in (*ENDS, "TIMEOUT", "UNDOING"), 20)
                if changes:
                    until("the other change waits for the lane", lambda n=waiting: "waits until the lane of fabric" in
                          self.operation(n)["progress"]["text"], 5)
                for pid in lanes:
                    os.kill(pid, signal.SIGCONT)

                ends = [self.finish(n) for n in (operation, waiting)]
                self.check([(name, ends[0], case[3]), (other, ends[1], second)])
                self.start_and_remove(name)
                self.remove(other)
        self.settle_and_stop()

    def test_npivd_killed_again_while_it_mends(self):
        chance = random.Random(SEED)
        for number, case in enumerate(self.draws(KILLS, SLOW)):
            name, later = f"r{number}", chance.randint(1, 30)
            with self.subTest(case=case, later=later):
                operation = self.hold(name, case)
                self.npivd.kill()
                self.kill_lanes()
                self.disarm(" drop")
                self.arm(case[1], later, "hang-after forever")
                self.npivd.start()
                until("the next request is held or the operation has ended",
                      lambda n=operation: self.is_held() or self.operation(n)["state"] in ENDS, 20)

                self.restart_after_kill("npivd and lanes", "", False)

                self.judge(name, operation, case[3])
        self.settle_and_stop()


class FosFaults(Torture, DisturbedTest):
    every_day = 4
    switches = {"A": "fos:9.1.0b", "B": "fos:8.2.3"}

    def test_left_session_is_ended_although_its_first_logout_fails(self):
        """It holds the fabric's lock: a key that is lost would keep us out, too."""
        for number, kind in enumerate(("503", "kill", "hang-before forever")):
            name = f"l{number}"
            with self.subTest(kind=kind):
                self.prepare(name, "start")
                self.begin_case()
                self.san.ctl("switch fault A POST:*defined* hang-after forever")
                operation = self.begin_change(name, "start")
                until("the change is held", self.is_held)
                self.san.ctl(f"switch fault A POST:/rest/logout {kind}")

                self.kill_lanes()
                self.san.ctl("switch release A drop")

                ended = self.ended(operation, 30)
                self.disarm()
                self.check([(name, ended, "start")])
                self.start_and_remove(name)
        self.settle_and_stop()


class NxosFaults(Torture, DisturbedTest):
    switches = {"A": "nxos", "B": "nxos"}


class NxosSmartFaults(Torture, DisturbedTest):
    switches = {"A": "nxos", "B": "nxos"}
    switch_settings = {"smart": "on", "activation-ms": "100"}
    fabric_fields = {"zone_policy": "peer"}


class NxosBasicFaults(Torture, DisturbedTest):
    """Every change is in the defined configuration at once, and no session keeps others out."""

    switches = {"A": "nxos", "B": "nxos"}
    switch_settings = {"mode": "basic", "activation-ms": "100"}
    left_behind = " drop"

    def test_change_that_comes_when_all_is_over_is_told_and_mended(self):
        self.prepare("late", "delete")
        self.san.ctl("switch fault A POST:* hang-before forever with *no?zone?name*")
        before = self.zones_of("late", "A")
        self.assertEqual(self.ended(self.begin_change("late", "delete"))["state"], "FAILED")

        self.san.ctl("switch release A")
        until("the switch has done it", lambda: not any(key.startswith("defined/") for key in self.traces("late", "A")))
        self.watch(1)

        findings = until("drift tells", lambda: [row for row in self.items("fabrics/A/drift") if "npivd_late" in str(row)])
        self.call("PUT", f"/v1/fabrics/A/drift/{findings[0]['key']}?wait=30", {"do": "revert"}, 200)
        until("all is right again", lambda: not self.items("fabrics/A/drift"))
        self.watch(0)
        self.assertEqual(self.zones_of("late", "A"), before)
        self.remove("late")
        self.settle_and_stop()


if __name__ == "__main__":
    harness.main()
