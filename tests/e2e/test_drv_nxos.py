#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The driver for NX-OS and the walker against the simulated MDS switch: plans are carried out and taken back, in both
zone modes and on every release, and each request may go wrong."""

import copy
import json
import os
import random
import subprocess
import time

from harness import until
from nxos import I1, I2, T1, NxosTest
from switches import PASSWORD, USER, main

I4, I5 = "2100aabbccdd0004", "2100aabbccdd0005"
FOREIGN = {"kind": "regular", "members": [I1, T1]}
BASE = {"aliases": {}, "zones": {"old": FOREIGN, "unused": {"kind": "regular", "members": [I2, T1]}},
        "zonesets": {"S": ["old"]}}
OURS = {"npivd_a": {"kind": "regular", "members": sorted([I4, T1])},
        "npivd_b": {"kind": "regular", "members": sorted([I5, T1])}}
PEER = {"npivd_p": {"kind": "peer", "members": [I4, I5], "principals": [T1]}}
RELEASES = ("9.4(1)", "9.2(2)", "8.4(2b)", "8.4(2a)")
LIMIT_MS = 20000
FAULT_LIMIT_MS = 6000
KILL = "kill -9"


class Lane:
    """A fabric's lane: each job in a process of its own, as after a crash."""

    def __init__(self, folder, port):
        self.credentials = f"{folder}/credentials"
        os.makedirs(self.credentials, exist_ok=True)
        with open(f"{self.credentials}/san-a", "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(f"{USER}\n{PASSWORD}\n")
        self.endpoint = {"fabric": "A", "driver": "nxos", "url": f"http://127.0.0.1:{port}", "credential": "san-a",
                         "context": 10}
        self.limit_ms = LIMIT_MS

    def start(self, job, **more):
        line = json.dumps({"job": job, "endpoint": self.endpoint, "timeout_ms": self.limit_ms, **more}) + "\n"
        process = subprocess.Popen([os.environ["ZONE_PROBE"], self.credentials], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        process.stdin.write(line)
        process.stdin.close()
        return process

    def run(self, job, **more):
        process = self.start(job, **more)
        text = process.stdout.read()
        process.wait()
        process.stdout.close()
        if process.returncode != 0:
            raise AssertionError(f"the lane ended with {process.returncode}: {text}")
        return json.loads(text)


class DriverTest(NxosTest):
    def setUp(self):
        super().setUp()
        self.lane = Lane(self.folder, self.nxos.port)
        self.load(BASE)

    def load(self, defined):
        path = f"{self.folder}/base.json"
        with open(path, "w") as file:
            json.dump({"defined": defined, "zoneset": "S"}, file)
        self.san.ctl(f"zone load A {path}")

    def try_plan(self, zones, absent=(), made=()):
        names = sorted({*zones, *absent, *made})
        desired = {"zoneset": "S", "aliases": {}, "zones": zones, "owners": {},
                   "absent": {"zones": list(absent), "aliases": []}, "made": {"zones": names, "aliases": []}}
        return self.lane.run("plan", desired=desired)

    def plan(self, *args, **more):
        answer = self.try_plan(*args, **more)
        self.assertNotIn("error", answer)
        return answer["plan"]

    def apply(self, plan, **more):
        return self.lane.run("apply", plan=plan, **more)

    def applied(self, plan, **more):
        answer = self.apply(plan, **more)
        self.assertNotIn("error", answer)
        self.assertNotIn("remark", answer)
        return answer

    def state(self):
        """What ends the same after a plan or its inverse, however it went."""
        zoning = self.zoning()
        return json.loads(json.dumps({"defined": zoning["defined"], "zoneset": zoning["effective"].get("zoneset"),
                                      "zones": zoning["effective"]["zones"]}, sort_keys=True))

    def normal(self, state):
        """Without the order of members and of a zoneset's zones."""
        state = copy.deepcopy(state)
        for zones in (state["zones"], state["defined"]["zones"]):
            for zone in zones.values():
                for key in ("members", "principals"):
                    if key in zone:
                        zone[key].sort()
        for names in state["defined"]["zonesets"].values():
            names.sort()
        state["defined"].pop("fcaliases", None)
        return state

    def assert_as(self, expected):
        self.assertEqual(self.normal(expected), self.normal(self.state()))

    def assert_free(self):
        row = self.switch()
        self.assertEqual("none", row["session"])
        self.assertEqual("", row.get("alias_session", ""))


class Modes:
    """What holds in each mode and release."""

    def test_zones_are_made_and_taken_back(self):
        before = self.state()
        plan = self.plan(OURS)
        self.applied(plan)
        after = self.state()
        self.assertEqual(OURS["npivd_a"], self.normal(after)["zones"]["npivd_a"])
        self.assertEqual(["npivd_a", "npivd_b", "old"], self.normal(after)["defined"]["zonesets"]["S"])
        self.assertTrue(self.applied(plan, resume=True)["already"])
        self.assert_free()
        self.assertTrue(self.switch()["saved"])
        self.applied(plan, inverse=True)
        self.assert_as(before)
        self.assert_free()

    def test_members_that_changed_come_into_force(self):
        self.applied(self.plan(OURS))
        changed = {**OURS, "npivd_a": {"kind": "regular", "members": sorted([I2, I4, T1])}}
        self.applied(self.plan(changed))
        self.assertEqual(changed["npivd_a"], self.normal(self.state())["zones"]["npivd_a"])

    def test_zones_with_no_use_go(self):
        before = self.state()
        self.applied(self.plan(OURS))
        self.applied(self.plan({}, absent=OURS))
        self.assert_as(before)

    def test_aliases_are_made_and_removed(self):
        before = self.state()
        plan = {"fabric": "A", "vendor": "nxos", "zoneset": "S", "base": "", "activate": False, "reused": [], "kept": [],
                "changes": [{"object": "alias", "name": "npivd_h1", "after": [I4]}]}
        self.applied(plan, resume=True)
        self.assertEqual([I4], self.state()["defined"]["aliases"]["npivd_h1"])
        self.applied(plan, inverse=True)
        self.assert_as(before)
        self.assert_free()

    def test_somebody_elses_session_stays(self):
        plan = self.plan(OURS)
        if not self.switch()["enhanced"]:
            return
        self.san.ctl("zone lock A ops console 3600")
        before = self.state()
        answer = self.apply(plan)
        self.assertEqual("busy", answer["error"]["code"])
        self.assertIn("'ops'", answer["error"]["detail"])
        self.assertEqual("cli [ops]", self.switch()["session"])
        self.assert_as(before)

    def test_peer_zones_need_smart_zoning(self):
        before = self.state()
        self.assertEqual("conflict", self.try_plan(PEER)["error"]["code"])
        self.set("smart on")
        plan = self.plan(PEER)
        self.set("smart off")
        answer = self.apply(plan)
        self.assertEqual("conflict", answer["error"]["code"])
        self.assertIn("zone smart-zoning enable vsan 10", answer["error"]["hint"])
        self.assert_as(before)
        self.assert_free()
        self.set("smart on")
        self.applied(plan)
        self.assertEqual(PEER["npivd_p"], self.normal(self.state())["zones"]["npivd_p"])
        self.applied(plan, inverse=True)
        self.assert_free()

    def test_switches_that_take_no_joined_commands(self):
        self.set("joined off")
        before = self.state()
        plan = self.plan(OURS)
        self.applied(plan)
        self.assertEqual(OURS["npivd_b"], self.normal(self.state())["zones"]["npivd_b"])
        self.applied(plan, inverse=True)
        self.assert_as(before)

    def test_switches_that_ask(self):
        self.set("ask on")
        self.applied(self.plan(OURS))

    def test_slow_activation_is_waited_for(self):
        self.set("activation-ms 1500")
        self.applied(self.plan(OURS))
        self.assertIn("npivd_a", self.state()["zones"])

    def test_one_output_may_be_a_list(self):
        self.set("single list")
        self.applied(self.plan(OURS))

    def test_a_full_database_is_told(self):
        plan = self.plan(OURS)
        before = self.state()
        self.fault("*/ins full with *cli_conf* always")
        answer = self.apply(plan)
        self.san.ctl("switch clear A")
        self.assertEqual("capacity", answer["error"]["code"], answer)
        self.assert_as(before)
        self.assert_free()


def make(name, release, mode):
    return type(name, (Modes, DriverTest), {"release": release, "settings": (f"mode {mode}",)})


# A class a mode and release: Enhanced941, Basic842a, ...
for _release in RELEASES:
    for _mode in ("enhanced", "basic"):
        _name = f"{_mode.capitalize()}{''.join(c for c in _release if c.isalnum())}"
        globals()[_name] = make(_name, _release, _mode)


class Faults(DriverTest):
    """A fault at a request of an apply: as planned or as before, nothing of ours open, and the truth is told. E2E_DRAWS of
    all kinds at all requests are drawn, 0: all; E2E_SEED repeats a draw."""

    kinds = ("503", "busy", "lost", "cut", "change", "expire", "full", "wrong-success", "keep-half", "hang-before 30",
             "hang-after 30", "lock ops console 3600", "slow 1", KILL)
    settings = ("activation-ms 20",)

    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("E2E_SEED", "0")) or int(time.time())
        print(f"seed {seed}")
        self.dice = random.Random(seed)
        self.lane.limit_ms = FAULT_LIMIT_MS

    def reset(self):
        self.san.ctl("switch clear A")
        self.san.ctl("switch release A drop")
        until("what goes on has ended", lambda: not self.switch()["running"])
        self.san.ctl("zone unlock A")
        self.load(BASE)

    def kill_at(self, number, plan):
        """A lane that ends in the middle; the next one finishes its work, or takes it back."""
        self.fault(f"+{number} hang-{self.dice.choice(('before', 'after'))} 30")
        begun = self.switch()["requests"]
        process = self.lane.start("apply", plan=plan)
        until("the request", lambda: self.switch()["requests"] == begun + number)
        process.kill()
        process.wait()
        process.stdout.close()
        self.san.ctl(f"switch release A{self.dice.choice(('', ' drop'))}")
        return self.applied(plan, **self.dice.choice(({"resume": True}, {"inverse": True})))

    def ours(self):
        """The state without what the intruder made."""
        state = self.normal(self.state())
        known = {*BASE["zones"], *OURS}
        defined = state["defined"]
        defined["zones"] = {name: zone for name, zone in defined["zones"].items() if name in known}
        defined["zonesets"] = {"S": [name for name in defined["zonesets"]["S"] if name in known]}
        state["zones"] = {name: zone for name, zone in state["zones"].items() if name in known}
        return state

    def check(self, kind, number, before, after):
        plan = self.plan(OURS)
        if kind == KILL:
            answer = self.kill_at(number, plan)
        else:
            self.fault(f"+{number} {kind}")
            answer = self.apply(plan)
        until("what goes on has ended", lambda: not self.switch()["running"])
        where = f"{kind} at request {number}: {json.dumps(answer)[:600]}"
        state, session = self.ours(), self.switch()["session"]
        self.assertIn(state, [before, after], where)
        if "error" not in answer and kind != KILL:
            self.assertEqual(after, state, where)
        self.assertIn(session, ["none", "cli [ops]"] if "lock" in kind else ["none"], where)

    def sweep(self, mode):
        self.set(f"mode {mode}")
        before, plan, begun = self.ours(), self.plan(OURS), self.switch()["requests"]
        self.applied(plan)
        requests, after = self.switch()["requests"] - begun, self.ours()
        print(f"{requests} requests")
        kinds = [kind for kind in self.kinds if mode == "enhanced" or "lock" not in kind]  # without sessions no locks
        cases = [(kind, number) for kind in kinds for number in range(1, requests + 1)]
        drawn = int(os.environ.get("E2E_DRAWS", "12"))
        for kind, number in self.dice.sample(cases, drawn) if drawn else cases:
            self.reset()
            with self.subTest(kind=kind, number=number):
                self.check(kind, number, before, after)

    def test_enhanced(self):
        self.sweep("enhanced")

    def test_basic(self):
        self.sweep("basic")


class FaultsOfSingleCommands(Faults):
    """The same where a switch takes no joined commands: a shell and its mode live from request to request."""

    settings = (*Faults.settings, "joined off")


if __name__ == "__main__":
    main()
