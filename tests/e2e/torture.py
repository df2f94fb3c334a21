# SPDX-License-Identifier: LGPL-2.1-or-later
"""What must hold after a change of zones that was disturbed, and how it is disturbed.

Nothing here asks npivd whether all is well where the simulated switches can be asked: the zones are theirs, the order of
writes is that of their log.
"""

import json
import os
import signal

import harness
from harness import until
from zoned import SwitchTest

ENDS = ("DONE", "FAILED", "STUCK")
PREFIX = "npivd_"  # of the names of our zones
ALIEN = "alien_"  # of zones that the faults make


class Traffic:
    """Requests and replies of the switches, read once."""

    def __init__(self, path):
        self.path, self.offset, self.lines = path, 0, []

    def read(self):
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            data = file.read()
        data = data[:data.rfind(b"\n") + 1]
        self.offset += len(data)
        for text in data.splitlines():
            line = json.loads(text)
            if line["event"] == "request":
                self.lines.append({"event": "request", "switch": line["switch"], "number": line["number"],
                                   "path": line["path"], "writes": writes(line)})
            elif line["event"] == "reply" and "switch" in line:
                self.lines.append({"event": "reply", "switch": line["switch"], "number": line["number"]})
        return self.lines


def writes(line):
    """May this request change zones?"""
    if line["path"].startswith("/rest/"):
        return line["method"] != "GET" and line["path"] not in ("/rest/login", "/rest/logout")
    return json.loads(line["body"] or "{}").get("ins_api", {}).get("type") == "cli_conf"


def split(database):
    """(ours, others') of one database: {"part/name": value}; what a zoneset holds is one entry each. Members have no order."""
    entries = {f"aliases/{name}": sorted(value) for name, value in database.get("aliases", {}).items()}
    entries.update({f"zones/{name}": {key: sorted(part) if isinstance(part, list) else part for key, part in zone.items()}
                    for name, zone in database.get("zones", {}).items()})
    for zoneset, names in database.get("zonesets", {}).items():
        entries.update({f"zonesets/{zoneset}/{name}": True for name in names})
    ours = {key: value for key, value in entries.items() if key.rsplit("/", 1)[1].startswith(PREFIX)}
    return ours, {key: value for key, value in entries.items() if key not in ours}


def members(zone):
    return set(zone["members"]) | set(zone.get("principals", []))


class DisturbedTest(SwitchTest):
    """A case disturbs changes of self.name, and looks at the end of each with check()."""

    # What becomes of requests that still hang when their operation is over. Where changes are made at once, no session's end
    # ends them with it, and what comes that late is somebody's change: told and mended, but not undone by itself.
    left_behind = ""

    @property
    def config(self):
        return {"npivd": {"credentials_dir": f"{self.folder}/credentials"},
                "timeouts": {"switch": "3s", "start": "6s", "stop": "6s", "undo": "5s"}}

    def setUp(self):
        super().setUp()
        self.traffic = Traffic(self.san.log_path)
        self.hits = []  # (fabric, number of the request, kind) of the faults of this case
        self.armed = self.met = 0  # faults, of all cases

    # Disturbances

    def begin_case(self):
        self.hits, self.began = [], len(self.traffic.read())
        self.before = {fabric: self.zonedb(fabric) for fabric in self.lines()}

    def arm(self, fabric, request, kind):
        """The @request-th request from now."""
        self.hits.append((fabric, self.lines()[fabric]["requests"] + request, kind))
        self.armed += 1
        self.san.ctl(f"switch fault {fabric} +{request} {kind}")

    def disarm(self, how=""):
        for fabric in self.lines():
            self.san.ctl(f"switch clear {fabric}")
            self.san.ctl(f"switch release {fabric}{how}")

    def unlock(self):
        """Somebody else's transaction ends, which ours would have to wait for."""
        for fabric in self.lines():
            if self.zonedb(fabric).get("user") == "bob":
                self.san.ctl(f"zone unlock {fabric}")

    def is_held(self):
        return any(line["held"] for line in self.lines().values())

    def kill_lanes(self):
        for pid in self.san_lanes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def end_unknown_sessions(self):
        """Whose login was answered to nobody: only the switch can end those."""
        logins = {(line["switch"], line["number"]) for line in self.traffic.read() if line.get("path") == "/rest/login"}
        for fabric, number, _ in self.hits:
            if (fabric, number) in logins:
                self.san.ctl(f"switch expire {fabric}")

    # Changes

    def prepare(self, name, what):
        self.make_guest(name, targets=[row["wwpn"] for row in self.items("targets")])
        if what == "delete":
            self.assertEqual(self.start(name).body["state"], "DONE")
            self.stop(name)

    def begin_change(self, name, what):
        if what == "start":
            return self.begin(name)
        return self.call("DELETE", f"/v1/guests/{name}", expect=202).body["id"]

    def count_requests(self, what):
        """{fabric: requests that an undisturbed change makes there}"""
        self.prepare("count", what)
        before = {fabric: line["requests"] for fabric, line in self.lines().items()}
        operation = self.ended(self.begin_change("count", what))
        self.assertEqual(operation["state"], "DONE", operation)
        after = {fabric: line["requests"] for fabric, line in self.lines().items()}
        self.remove("count")
        return {fabric: after[fabric] - before[fabric] for fabric in after}

    def finish(self, number, seconds=40):
        """The operation at its end; a person helps one that is stuck."""
        operation = until(f"operation {number} ends", lambda: (lambda op: op if op["state"] in ENDS else None)(
            self.operation(number)), seconds)
        self.met += sum(self.lines()[fabric]["requests"] >= request for fabric, request, _ in self.hits)
        self.disarm(self.left_behind)
        self.unlock()
        if operation["state"] == "STUCK":
            self.call("POST", f"/v1/operations/{number}/retry", expect=(200, 202))
            operation = self.ended(number, 30)
        return operation

    def remove(self, name):
        """Without faults everything works again."""
        if any(guest["name"] == name for guest in self.items("guests")):
            self.stop(name)
            gone = self.call("DELETE", f"/v1/guests/{name}?wait=30", expect=(200, 204)).body
            self.assertEqual((gone or {"state": "DONE"})["state"], "DONE", gone)
            self.assertEqual([self.zones_of(name, fabric) for fabric in self.lines()], [{}, {}])

    # The oracle

    def zones_of(self, name, fabric):
        """Zones of the guest that are in force."""
        return {key: zone for key, zone in self.zonedb(fabric)["effective"]["zones"].items()
                if key.startswith(f"{PREFIX}{name}_")}

    def check_others(self):
        """What is not ours is as it was; the faults add zones."""
        for fabric, before in self.before.items():
            now = self.zonedb(fabric)
            self.assertEqual(now["default_open"], before["default_open"])
            for view in ("defined", "effective"):
                was, new = split(before[view])[1], split(now[view])[1]
                added = {key for key in new if key not in was and not key.rsplit("/", 1)[1].startswith(ALIEN)}
                self.assertFalse(added, f"fabric {fabric}: {view}: not ours, and new")
                self.assertEqual({key: new.get(key) for key in was}, was, f"fabric {fabric}: {view}: others' zones")

    def check_planned(self, guest):
        """Each port of the guest is zoned with each target of its fabric, and with nothing else."""
        for fabric in self.lines():
            ports = {wwpn for vhba in guest["vhbas"] if vhba["fabric"] == fabric for wwpn in vhba["wwpns"]}
            targets = {row["wwpn"] for row in self.items("targets") if row["fabric"] == fabric}
            zones = [members(zone) for zone in self.zones_of(guest["name"], fabric).values()]
            for port in ports:
                seen = set().union(*(zone for zone in zones if port in zone))
                self.assertEqual(seen & targets, targets, f"fabric {fabric}: targets of {port}")
            self.assertLessEqual(set().union(*zones), ports | targets, f"fabric {fabric}: strangers in our zones")
            ours = {key.split("/")[1]: zone for key, zone in split(self.zonedb(fabric)["defined"])[0].items()
                    if key.startswith("zones/")}
            for name, zone in self.zones_of(guest["name"], fabric).items():
                self.assertEqual(members(ours[name]), members(zone), f"fabric {fabric}: {name}: defined is effective")

    def traces(self, name, fabric):
        """All of the guest on the switch, wherever."""
        database = self.zonedb(fabric)
        return {f"{view}/{key}": value for view in ("defined", "effective") for key, value in split(database[view])[0].items()
                if key.rsplit("/", 1)[1].startswith(f"{PREFIX}{name}_")}

    def traces_before(self, name, fabric):
        before = self.before[fabric]
        return {f"{view}/{key}": value for view in ("defined", "effective") for key, value in split(before[view])[0].items()
                if key.rsplit("/", 1)[1].startswith(f"{PREFIX}{name}_")}

    def check_truth(self, name, operation, what):
        """DONE: as planned on both fabrics, FAILED: as before on both; the ports likewise."""
        words = f"{what} {name}: {operation['state']} {operation.get('error')}"
        guests = {guest["name"]: guest for guest in self.items("guests")}
        if operation["state"] == "FAILED":
            for fabric in self.lines():
                self.assertEqual(self.traces(name, fabric), self.traces_before(name, fabric), f"fabric {fabric}: {words}")
            self.assertIn(name, guests, words)
            self.assertEqual(guests[name]["desired"], "absent", words)
        elif what == "start":
            self.assertEqual(guests[name]["state"], "ready", words)
            self.check_planned(self.guest(name))
        else:
            self.assertNotIn(name, guests, words)
            self.assertEqual([self.traces(name, fabric) for fabric in self.lines()], [{}, {}], words)
        return True

    def check_turns(self, operations=1):
        """
        While a fabric has a write in it, none goes to the other; one operation goes forth over both, and perhaps back.
        A write that hangs has ended for us when we left it.
        """
        hung = {(fabric, number) for fabric, number, kind in self.hits if kind.startswith("hang")}
        at_work, turns = {}, []
        for line in self.traffic.read()[self.began:]:
            key = (line["switch"], line["number"])
            if line["event"] == "reply":
                at_work.pop(key, None)
            elif line["writes"]:
                both = {fabric for fabric, _ in at_work} - {line["switch"]}
                self.assertFalse(both, f"request {key} while {sorted(at_work)} is at work")
                if key not in hung:
                    at_work[key] = True
                turns += [line["switch"]] if turns[-1:] != [line["switch"]] else []
        if operations == 1:
            self.assertLessEqual(len(turns), 3, f"the fabrics were changed in turns: {turns}")

    def check_record(self):
        """What npivd has recorded is what the switches have: a plan for everything has nothing to do."""
        made = self.npivd.send("POST", "/v1/plans?wait=20", {"fabrics": sorted(self.lines())}).body
        self.assertEqual(made.get("state"), "DONE", made)
        for number in made["result"]["plans"]:
            plan = self.get(f"/v1/plans/{number}")
            self.assertEqual(plan["changes"], 0, plan.get("diff"))
        open_plans = [plan["id"] for plan in self.items("plans") if plan["state"] == "applying"]
        self.assertFalse(open_plans, "plans that nobody carries out")
        return True

    def check_nothing_open(self):
        self.check_switches()
        for fabric, line in self.lines().items():
            self.assertEqual(line.get("session", "none"), "none", f"fabric {fabric}: a session is open")
        return True

    def check(self, changes):
        """@changes: [(name, operation, what)], all ended, and no fault is left."""
        for name, operation, what in changes:
            self.check_truth(name, operation, what)
        self.check_others()
        self.check_turns(len(changes))
        self.end_unknown_sessions()
        until("the record is what the switches have", self.check_record, 12)
        until("no session and no transaction is left", self.check_nothing_open, 15)
        until("the kernel is what the record wants", lambda: self.check_kernel(False), 10)
        for name, operation, what in changes:
            self.assertTrue(self.check_truth(name, operation, what), "it stays so")

    def start_and_remove(self, name):
        """Without faults everything works: also what has just failed."""
        if not any(guest["name"] == name for guest in self.items("guests")):
            self.prepare(name, "start")
        if self.guest(name)["state"] != "ready":
            self.assertEqual(self.start(name).body["state"], "DONE")
        self.check_planned(self.guest(name))
        until("the ports are up", lambda: self.check_kernel(True), 10)
        self.remove(name)
