#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The main job with zones: without its zone a port sees nothing; start makes it, delete takes it away."""

import json
import os
import re
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import until  # noqa: E402
from zoned import FOREIGN_ALIAS, FOREIGN_TARGET, FOREIGN_WWPN, SwitchTest, ZONESET  # noqa: E402


class MainJob:
    """What each vendor must do."""

    def test_start_makes_the_zones_and_delete_takes_them_away(self):
        guest = self.make_guest("db01", luns=(1, 2))
        self.assertEqual({fabric: self.ours(fabric) for fabric in "AB"}, {"A": {}, "B": {}})

        operation = self.start("db01").body

        self.assertEqual(operation["state"], "DONE", operation)
        names = [step["name"] for step in operation["steps"]]
        self.assertEqual(names[:2], ["zone_change", "zone_change"])
        self.assertEqual([step["object"] for step in operation["steps"][:2]], ["A", "B"])
        for vhba in guest["vhbas"]:
            members = {member for zone in self.ours(vhba["fabric"]).values()
                       for member in zone["members"] + zone.get("principals", [])}
            self.assertLessEqual(set(vhba["wwpns"]), members, "both WWPNs of the pair are zoned")
        self.assertEqual(len(self.links("db01")), 4)
        self.settle()

        self.assertEqual(self.stop("db01").body["state"], "DONE")
        self.assertTrue(self.ours("A") and self.ours("B"), "a stopped guest keeps its zones")
        deleted = self.call("DELETE", "/v1/guests/db01?wait=30", expect=200).body
        self.assertEqual(deleted["state"], "DONE", deleted)
        self.assertEqual({fabric: self.ours(fabric) for fabric in "AB"}, {"A": {}, "B": {}})
        self.call("GET", "/v1/guests/db01", expect=404)
        self.settle_and_stop()

    def test_second_start_changes_nothing_on_the_switches(self):
        self.make_guest("db01", luns=(1,))
        self.start("db01")
        self.stop("db01")
        before = {fabric: self.zonedb(fabric) for fabric in "AB"}

        self.assertEqual(self.start("db01").body["state"], "DONE")

        self.assertEqual({fabric: self.zonedb(fabric) for fabric in "AB"}, before)
        self.settle_and_stop()

    def test_stop_takes_the_zones_away_where_the_fabric_says_so(self):
        self.call("PATCH", "/v1/fabrics/B", {"zones_at_stop": "remove"})
        self.make_guest("db01", luns=(1,))
        self.start("db01")

        self.assertEqual(self.stop("db01").body["state"], "DONE")

        self.assertTrue(self.ours("A"))
        self.assertEqual(self.ours("B"), {})
        self.settle_and_stop()

    def test_failure_in_b_undoes_a(self):
        self.make_guest("db01", luns=(1,))
        until("the switches were read", lambda: self.get("/v1/fabrics/A/lock"))
        self.san.ctl("switch fault B * full always")

        reply = self.set_state("db01", "ready", expect=(507, 503, 500, 409, 502))

        operation = self.get(f"/v1/operations/{reply.body['operation']['id']}")
        self.assertEqual(operation["state"], "FAILED", operation)
        self.assertEqual({fabric: self.ours(fabric) for fabric in "AB"}, {"A": {}, "B": {}})
        kept = [row["reason"] for row in self.items("fabrics/A/snapshots") if row["operation"] == operation["id"]]
        self.assertEqual(kept, ["plan", "applied", "undone"])
        self.san.ctl("switch clear B")
        self.settle()
        self.assertEqual(self.start("db01").body["state"], "DONE")
        self.settle_and_stop()

    def test_removal_that_fails_in_a_gives_b_its_zones_back_as_ours(self):
        self.make_guest("db01", luns=(1,))
        self.start("db01")
        self.stop("db01")
        before = {fabric: self.ours(fabric) for fabric in "AB"}
        self.san.ctl("switch fault A * full always")

        reply = self.call("DELETE", "/v1/guests/db01?wait=30", expect=(507, 503, 500, 409, 502))

        kept = [row["reason"] for row in self.items("fabrics/B/snapshots") if row["operation"] == reply.body["operation"]["id"]]
        self.assertEqual(kept[-2:], ["applied", "undone"])
        self.assertEqual({fabric: self.ours(fabric) for fabric in "AB"}, before)
        self.san.ctl("switch clear A")
        self.call("DELETE", "/v1/guests/db01?wait=30", expect=200)
        self.assertEqual({fabric: self.ours(fabric) for fabric in "AB"}, {"A": {}, "B": {}}, "they were still ours")
        self.settle_and_stop()

    def test_dry_run_names_the_zones(self):
        self.make_guest("db01", luns=(1,))

        would = self.call("PUT", "/v1/guests/db01/state?dry_run=1", {"desired": "ready"}, 200).body["would"]

        zones = [action for action in would if action["action"] == "zone_ensure"]
        self.assertEqual(sorted({zone["fabric"] for zone in zones}), ["A", "B"])
        self.assertEqual(self.ours("A"), {})
        self.settle_and_stop()

    def test_switch_that_does_not_answer_stops_only_a_guest_without_zones(self):
        self.make_guest("db01", luns=(1,))
        self.make_guest("db02", luns=(2,))
        self.start("db01")
        self.stop("db01")
        for fabric in "AB":
            self.call("PATCH", f"/v1/fabrics/{fabric}", {"url": "http://127.0.0.1:9"})

        self.assertEqual(self.start("db01").body["state"], "DONE", "its zones were seen to be there")
        self.set_state("db02", "ready", expect=(502, 503, 504, 500), timeout=3)

        for fabric, line in self.lines().items():
            self.call("PATCH", f"/v1/fabrics/{fabric}", {"url": f"http://127.0.0.1:{line['port']}"})
        self.settle_and_stop()

    def test_plan_is_shown_applied_and_taken_back_by_restore(self):
        self.make_guest("db01", luns=(1,))
        self.start("db01")
        self.stop("db01")
        self.call("PATCH", "/v1/fabrics/A", {"zone_policy": "single-initiator-single-target"})

        made = self.call("POST", "/v1/plans?wait=30", {"fabrics": ["A"]}, 200).body
        self.assertEqual(made["state"], "DONE", made)
        number = made["result"]["plans"][0]
        plan = self.get(f"/v1/plans/{number}")
        self.assertEqual(plan["state"], "new")
        script = self.get(f"/v1/plans/{number}/script/fos")["text"]
        self.assertIn("cfgenable" if plan["changes"] else "", script)
        applied = self.call("POST", f"/v1/plans/{number}/apply?wait=30", {}, 200).body
        self.assertEqual(applied["state"], "DONE", applied)
        self.assertEqual(self.get(f"/v1/plans/{number}")["state"], "applied")
        self.settle_and_stop()

    def test_drift_is_found_and_reverted(self):
        self.make_guest("db01", luns=(1,))
        self.start("db01")
        name = sorted(self.ours("A"))[0]
        defined = self.zonedb("A")["defined"]
        del defined["zones"][name]
        defined["zonesets"][ZONESET].remove(name)
        self.load("A", defined)
        self.call("PATCH", "/v1/fabrics/A", {"watch": 1})

        finding = until("drift is found", lambda: [row for row in self.items("fabrics/A/drift")
                                                   if row["rule"] == "ours-missing"])[0]
        self.assertEqual(finding["name"], name)
        reverted = self.call("PUT", f"/v1/fabrics/A/drift/{finding['key']}?wait=30", {"do": "revert"}, 200).body
        self.assertEqual(reverted["state"], "DONE", reverted)
        self.assertIn(name, self.ours("A"))
        until("drift is over", lambda: not self.items("fabrics/A/drift"))
        self.settle_and_stop()


class Fos(MainJob, SwitchTest):
    switches = {"A": "fos:9.1.0b", "B": "fos:8.2.3"}

    def test_plan_of_all_that_is_taken_back_leaves_each_zone_its_guest(self):
        self.make_guest("db01", luns=(1,))
        self.start("db01")
        self.stop("db01")
        before = {fabric: self.ours(fabric) for fabric in "AB"}
        for fabric in "AB":
            self.call("PATCH", f"/v1/fabrics/{fabric}", {"zone_policy": "peer"})
        plans = self.call("POST", "/v1/plans?wait=30", {"fabrics": ["A", "B"]}, 200).body["result"]["plans"]
        self.san.ctl("switch fault B * full always")

        self.call("POST", f"/v1/plans/{plans[0]}/apply?wait=30", {"also": plans[1:]}, (507, 503, 500, 409, 502))

        self.assertEqual({fabric: self.ours(fabric) for fabric in "AB"}, before)
        self.san.ctl("switch clear B")
        self.call("DELETE", "/v1/guests/db01?wait=30", expect=200)
        self.assertEqual({fabric: self.ours(fabric) for fabric in "AB"}, {"A": {}, "B": {}})
        self.settle_and_stop()


class FosPeer(MainJob, SwitchTest):
    switches = {"A": "fos:9.0.1d", "B": "fos:8.2.1b"}
    fabric_fields = {"zone_policy": "peer"}


class Nxos(MainJob, SwitchTest):
    switches = {"A": "nxos", "B": "nxos"}


class NxosPeer(MainJob, SwitchTest):
    switches = {"A": "nxos", "B": "nxos"}
    switch_settings = {"mode": "enhanced", "smart": "on", "activation-ms": "300"}
    fabric_fields = {"zone_policy": "peer"}


class Mixed(MainJob, SwitchTest):
    switches = {"A": "fos:9.1.0b", "B": "nxos"}


class Uses(SwitchTest):
    """What an administrator does with zones, through the API and npivctl."""

    switches = {"A": "fos:9.1.0b"}

    def setUp(self):
        super().setUp()
        self.make_guest("db01", fabrics="A", luns=(1,))
        self.start("db01")
        self.name = sorted(self.ours("A"))[0]

    def ctl(self, *words, code=0, text=None):
        done = subprocess.run([os.environ["NPIVCTL"], "-s", self.npivd.socket, *words], capture_output=True, text=True,
                              input=text, timeout=60, check=False)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        return done.stdout

    def change(self, edit):
        """Somebody else changes the switch."""
        defined = self.zonedb("A")["defined"]
        edit(defined)
        self.load("A", defined)

    def finding(self, rule):
        self.call("PATCH", "/v1/fabrics/A", {"watch": 1})
        return until(f"{rule} is found", lambda: [row for row in self.items("fabrics/A/drift") if row["rule"] == rule])[0]

    def test_zone_that_was_altered_is_adopted(self):
        members = sorted(self.zonedb("A")["defined"]["zones"][self.name]["members"] + ["50060e80000000ff"])
        self.change(lambda defined: defined["zones"].update({self.name: {"kind": "regular", "members": members}}))
        key = self.finding("ours-altered")["key"]

        self.ctl("zone", "adopt", key, "--fabric", "A")

        until("drift is over", lambda: not self.items("fabrics/A/drift"))
        self.assertEqual(sorted(self.get(f"/v1/zones/A:{self.name}")["members"]), members)
        self.settle_and_stop()

    def test_adopted_zone_outlives_stop_and_start(self):
        members = sorted(self.zonedb("A")["defined"]["zones"][self.name]["members"] + ["50060e80000000ff"])
        self.change(lambda defined: defined["zones"].update({self.name: {"kind": "regular", "members": members}}))
        self.ctl("zone", "adopt", self.finding("ours-altered")["key"], "--fabric", "A")

        self.stop("db01")
        self.start("db01")

        self.assertEqual(self.zonedb("A")["effective"]["zones"][self.name]["members"], members)
        self.settle_and_stop()

    def test_peer_zone_of_several_targets_is_not_adopted(self):
        self.call("PATCH", "/v1/fabrics/A", {"zone_policy": "peer"})
        self.call("POST", "/v1/targets", {"wwpn": "50060e80000000aa", "name": "A-second", "array": "array1", "fabric": "A"}, 201)
        plan = self.call("POST", "/v1/plans?wait=30", {"fabrics": ["A"]}, 200).body["result"]["plans"][0]
        self.call("POST", f"/v1/plans/{plan}/apply?wait=30", {}, 200)
        name = sorted(self.ours("A"))[0]
        zone = self.zonedb("A")["defined"]["zones"][name]
        self.change(lambda defined: defined["zones"].update({name: {**zone, "members": sorted(
            zone["members"] + ["10000000c90000ff"])}}))
        key = self.finding("ours-altered")["key"]

        self.assert_problem(self.call("PUT", f"/v1/fabrics/A/drift/{key}", {"do": "adopt"}, 501), "unsupported", "several")
        self.call("PUT", f"/v1/fabrics/A/drift/{key}?wait=30", {"do": "revert"}, 200)
        self.assertEqual(self.zonedb("A")["effective"]["zones"][name], zone)
        self.settle_and_stop()

    def test_guest_that_is_being_deleted_is_not_started(self):
        self.make_guest("db02", luns=(1,))
        self.start("db02")
        self.stop("db02")

        deleted, ready, absent = self.npivd.send_at_once([
            ("DELETE", "/v1/guests/db02", None), ("PUT", "/v1/guests/db02/state", {"desired": "ready"}),
            ("PUT", "/v1/guests/db02/state", {"desired": "absent"})])

        self.assertEqual((deleted.status, ready.status, absent.status), (202, 409, 202))
        self.assert_problem(ready, "conflict", "'db02' is being deleted")
        self.assertEqual(absent.body["id"], deleted.body["id"], "what is asked for is under way")
        self.assertEqual(self.ended(deleted.body["id"])["state"], "DONE")
        self.settle_and_stop()

    def test_driver_is_not_changed_under_an_operation(self):
        self.make_guest("db02", fabrics="A", luns=(2,))
        self.san.ctl("switch fault A PATCH:* hang-before forever")
        number = self.begin("db02")
        until("the change is at work", lambda: any(line.get("held") for line in self.lines().values()))

        self.assert_problem(self.call("PATCH", "/v1/fabrics/A", {"driver": "none"}, 409), "conflict", "still used")

        self.san.ctl("switch release A")
        self.assertEqual(self.ended(number)["state"], "DONE")
        self.settle_and_stop()

    def test_lane_that_outlives_npivd_has_the_switch_to_itself(self):
        for name, lun, end in (("db02", 2, self.npivd.kill), ("db03", 3, self.npivd.stop)):
            with self.subTest(end=end.__name__):
                self.make_guest(name, fabrics="A", luns=(lun,))
                self.san.ctl("switch fault A PATCH:* hang-before forever")
                number = self.begin(name)
                until("the change is at work", lambda: self.lines()["A"]["held"])
                heard = self.lines()["A"]["requests"]

                end()
                self.npivd.start()

                until("its successor says so", lambda: self.get("/v1/fabrics/A/lock")["state"] == "stuck")
                self.assertEqual(self.lines()["A"]["requests"], heard)
                self.san.ctl("switch release A")
                self.assertEqual(self.ended(number)["state"], "DONE")
        self.settle_and_stop()

    def test_lane_that_only_waits_goes_with_its_npivd(self):
        """It would do what its npivd wanted, when another one has long done something else."""
        self.make_guest("db02", fabrics="A", luns=(2,))
        self.san.ctl("switch fault A PATCH:* hang-before forever")
        number = self.begin("db02")
        until("the change is at work", lambda: self.lines()["A"]["held"])
        self.npivd.kill()
        self.npivd.start()
        until("its successor waits", lambda: len(self.san_lanes()) == 2)
        until("and has work", lambda: self.get("/v1/fabrics/A/lock")["job"])
        logins = self.logins()

        self.npivd.kill()
        self.san.ctl("switch release A")

        until("both have gone", lambda: not self.san_lanes())
        self.assertEqual(self.logins(), logins)
        self.npivd.start()
        self.assertEqual(self.ended(number)["state"], "DONE")
        self.settle_and_stop()

    def logins(self):
        return sum(line["path"] == "/rest/login" for line in self.requests("A"))

    def test_finding_is_ignored_and_watched_again(self):
        active = self.actives("db01")[0]
        self.change(lambda defined: (defined["zones"].update({"odd": {"kind": "regular", "members": sorted(
            [active, "50060e80000000ff"])}}), defined["zonesets"][ZONESET].append("odd")))
        key = self.finding("foreign-zone")["key"]

        self.ctl("zone", "ignore", key, "--fabric", "A", "--note", "backup")
        self.assertTrue(self.items("fabrics/A/drift")[0]["ignored"])
        self.assertIn("odd", self.ctl("zone", "drift", "--fabric", "A"))
        self.ctl("zone", "watch", key, "--fabric", "A")
        self.assertFalse(self.items("fabrics/A/drift")[0]["ignored"])
        self.settle_and_stop()

    def test_alias_that_moves_is_told_until_it_is_adopted(self):
        port = self.actives("db01")[0]
        self.call("PATCH", "/v1/fabrics/A", {"watch": 1})
        self.change(lambda defined: defined["aliases"].update({"db01_hba": [port]}))
        until("the alias was seen", lambda: [row for row in self.items("fabrics/A/aliases") if row["name"] == "db01_hba"])
        self.assertEqual(self.items("fabrics/A/drift"), [])
        self.change(lambda defined: defined["aliases"].update({"db01_hba": ["50060e80000000ff"]}))
        key = self.finding("alias-moved")["key"]
        self.call("PUT", f"/v1/fabrics/A/drift/{key}?dry_run=1", {"do": "adopt"}, 200)
        self.change(lambda defined: (defined["zones"].update({"odd": {"kind": "regular", "members": sorted(
            [port, "50060e80000000ff"])}}), defined["zonesets"][ZONESET].append("odd")))
        self.finding("foreign-zone")
        self.assertIn(key, [row["key"] for row in self.items("fabrics/A/drift")], "a dry run adopts nothing")
        self.change(lambda defined: (defined["zones"].pop("odd"), defined["zonesets"][ZONESET].remove("odd")))

        self.npivd.stop()
        self.npivd.start()
        self.assertEqual(self.finding("alias-moved")["key"], key, "it is not forgotten")
        self.ctl("zone", "revert", key, "--fabric", "A", code=5)
        self.ctl("zone", "adopt", key, "--fabric", "A")

        until("drift is over", lambda: not self.items("fabrics/A/drift"))
        self.settle_and_stop()

    def test_recorded_alias_that_moved_is_reverted(self):
        self.ctl("alias", "create", "A:db01_hba", "--wwn", self.actives("db01")[0])
        plan = self.call("POST", "/v1/plans?wait=30", {"fabrics": ["A"]}, 200).body["result"]["plans"][0]
        self.ctl("apply", str(plan), "--wait")
        made = self.zonedb("A")["defined"]["aliases"]["db01_hba"]
        self.change(lambda defined: defined["aliases"].update({"db01_hba": ["50060e80000000ff"]}))
        key = self.finding("alias-moved")["key"]

        self.ctl("zone", "revert", key, "--fabric", "A", "--wait")

        self.assertEqual(self.zonedb("A")["defined"]["aliases"]["db01_hba"], made)
        until("drift is over", lambda: not self.items("fabrics/A/drift"))
        self.settle_and_stop()

    def test_figures_tell_how_many_findings_a_fabric_has(self):
        self.change(lambda defined: (defined["zones"].update({"odd": {"kind": "regular", "members": sorted(
            [self.actives("db01")[0], "50060e80000000ff"])}}), defined["zonesets"][ZONESET].append("odd")))
        self.finding("foreign-zone")

        figures = self.ctl("api", "GET", "/metrics")

        self.assertIn('npivd_fabric_findings{fabric="A",rule="foreign-zone",ignored="no"} 1\n', figures)
        self.assertIn('npivd_fabric_up{fabric="A"} 1\n', figures)
        self.assertIn("npivd_guests_ready 1\n", figures)
        for line in figures.splitlines():
            self.assertRegex(line, r"^(# (HELP|TYPE) npivd_\w+ .+|npivd_\w+(\{(\w+=\"[^\"]*\",?)+\})? -?\d+)$")
        if shutil.which("promtool"):
            subprocess.run(["promtool", "check", "metrics"], input=figures, text=True, check=True, timeout=60)
        self.settle_and_stop()

    def test_what_the_switches_have_is_listed(self):
        self.assertIn(self.name, self.ctl("zone", "live", "--fabric", "A", "--view", "effective"))
        self.assertIn(FOREIGN_ALIAS, self.ctl("alias", "live", "--fabric", "A", "ours=false"))
        self.assertIn(f"{ZONESET}", self.ctl("zoneset", "live", "--fabric", "A", "effective=true"))
        self.settle_and_stop()

    def test_history_keeps_what_the_switch_said_with_the_operation(self):
        rows = [row for row in self.items("fabrics/A/snapshots") if row["operation"]]
        self.assertEqual([row["reason"] for row in rows], ["plan", "applied"])
        before, after = (self.get(f"/v1/fabrics/A/snapshots/{row['id']}") for row in rows)

        self.assertNotIn(self.name, before["raw"]["defined-configuration"])
        self.assertIn(self.name, after["raw"]["defined-configuration"])
        self.assertIn(self.name, self.ctl("fabric", "snapshot", "A", str(after["id"])))
        self.ctl("fabric", "snapshot", "A", "all", code=2)
        self.settle_and_stop()

    def test_template_that_cannot_tell_zones_apart_is_refused_when_it_is_set(self):
        for template, lacks in (("z_{vhba}{set}", "{guest}"), ("z_{host}", "{host}"), ("1_{guest}_{set}", "letter")):
            refused = self.call("PATCH", "/v1/fabrics/A", {"zone_template": template}, 422)
            self.assert_problem(refused, "invalid", lacks)
            self.assertEqual(refused.body["field"], "zone_template")
        self.settle_and_stop()

    def test_guest_whose_name_differs_in_case_alone_is_refused(self):
        body = {"name": "DB01", "vhbas": [{"fabric": "A"}]}
        self.assert_problem(self.call("POST", "/v1/guests", body, 409), "exists", "case of letters")
        self.call("POST", "/v1/guests", {**body, "name": "db02"}, 201)
        self.assert_problem(self.call("PATCH", "/v1/guests/db02", {"name": "Db01"}, 409), "exists", "db01")
        self.call("PATCH", "/v1/guests/db02", {"name": "DB02"}, 200)
        self.settle_and_stop()

    def test_restored_record_has_its_lanes_at_once(self):
        self.call("POST", "/v1/system/backups", {"name": "b1"}, 201)
        self.stop("db01")
        self.call("DELETE", "/v1/guests/db01?wait=30", expect=200)
        self.call("PATCH", "/v1/fabrics/A", {"driver": "none"})
        self.call("POST", "/v1/system/restore", {"name": "b1"}, 200)

        self.assertEqual(self.start("db01").body["state"], "DONE")

        self.assertIn(self.name, self.ours("A"))
        self.settle_and_stop()

    def test_fabric_with_zones_of_ours_does_not_become_another(self):
        for change in ({"driver": "none"}, {"context": 7}):
            self.assert_problem(self.call("PATCH", "/v1/fabrics/A", change, 409), "conflict", "made there")
        self.settle_and_stop()

    def test_text_is_adopted_only_where_the_switch_has_the_same(self):
        self.make_guest("db02", fabrics="A", luns=(2,))
        would = self.call("PUT", "/v1/guests/db02/state?dry_run=1", {"desired": "ready"}, 200).body["would"]
        wanted = [row["members"] for row in would if row["action"] == "zone_ensure"]
        self.change(lambda defined: (
            defined["zones"].update({"old_0": {"kind": "regular", "members": wanted[0]},
                                     "old_1": {"kind": "regular", "members": [FOREIGN_WWPN, FOREIGN_TARGET]}}),
            defined["zonesets"][ZONESET].extend(["old_0", "old_1"])))
        self.start("db02")
        colons = [[":".join(re.findall("..", member)) for member in members] for members in wanted]
        text = "Defined configuration:\n cfg:\tprod\told_0; old_1\n" + "".join(
            f" zone:\told_{n}\t{'; '.join(members)}\n" for n, members in enumerate(colons))

        self.ctl("zone", "import", "-", "--fabric", "A", "--format", "cfgshow", "--adopt", text=text)

        ours = {row["name"] for row in self.items("fabrics/A/zones") if row["ours"]}
        self.assertIn("old_0", ours)
        self.assertNotIn("old_1", ours, "there it is somebody's")
        self.settle_and_stop()

    def test_earlier_zones_are_restored(self):
        snapshot = max(row["id"] for row in self.items("fabrics/A/snapshots"))
        self.call("PATCH", "/v1/fabrics/A", {"zone_policy": "peer"})
        before = self.ours("A")
        plan = self.call("POST", "/v1/plans?wait=30", {"fabrics": ["A"]}, 200).body["result"]["plans"][0]
        self.ctl("plan", "apply", str(plan), "--wait")
        self.assertNotEqual(self.ours("A"), before)

        self.ctl("zone", "restore", "--fabric", "A", "--to", str(snapshot))
        plan = max(row["id"] for row in self.items("plans"))
        self.assertIn("zone", self.ctl("plan", "show", str(plan)))
        self.ctl("plan", "apply", str(plan), "--wait", "--force")

        self.assertEqual(self.ours("A"), before)
        self.settle()
        self.stop("db01")
        self.call("DELETE", "/v1/guests/db01?wait=30", expect=200)
        self.assertEqual(self.ours("A"), {}, "what was restored is its guest's again")
        self.stop_clean()

    def test_lint_is_an_exit_code(self):
        self.assertIn("default", self.ctl("zone", "lint", "--fabric", "A", "-o", "json") + "default")
        text = "Defined configuration:\n cfg:\tprod\tz1\n zone:\tz1\t10:00:00:00:c9:00:00:01; 10:00:00:00:c9:00:00:02\n"
        self.ctl("zone", "lint", "-", "--fabric", "A", "--format", "cfgshow", text=text)
        self.assertNotIn("10:00:00", json.dumps(self.items("operations")[0]["steps"]), "texts are not kept in the journal")
        self.settle_and_stop()

    def test_zones_of_a_guest_are_found_by_their_members(self):
        self.make_guest("db02", fabrics="A", luns=(2,))
        would = self.call("PUT", "/v1/guests/db02/state?dry_run=1", {"desired": "ready"}, 200).body["would"]
        wanted = {row["zone"]: row["members"] for row in would if row["action"] == "zone_ensure"}
        self.change(lambda defined: (
            defined["zones"].update({f"old_{n}": {"kind": "regular", "members": members}
                                     for n, members in enumerate(wanted.values())}),
            defined["zonesets"][ZONESET].extend(f"old_{n}" for n in range(len(wanted)))))
        before = self.zonedb("A")["defined"]

        self.start("db02")
        self.assertEqual(self.zonedb("A")["defined"], before, "zones of others that are the same do as well")
        self.assertIn("old_0", self.ctl("zone", "import", "--fabric", "A", "--adopt"))

        self.stop("db02")
        self.call("DELETE", "/v1/guests/db02?wait=30", expect=200)
        self.assertNotIn("old_0", self.zonedb("A")["defined"]["zones"], "what was adopted is ours to remove")
        self.settle_and_stop()

    def test_plan_that_takes_the_last_path_of_another_guest_is_refused(self):
        self.make_guest("db02", fabrics="A", luns=(2,))
        self.start("db02")
        self.call("PATCH", "/v1/guests/db01", {"targets": ["50060e80000000ff"]})

        plan = self.call("POST", "/v1/plans?wait=30", {"fabrics": ["A"]}, 200).body["result"]["plans"][0]
        refused = self.call("POST", f"/v1/plans/{plan}/apply?wait=30", {}, 409)

        self.assert_problem(refused, "conflict", "last path")
        self.settle(ready=True)
        self.stop_clean()

    def test_force_of_a_guest_is_about_its_disks_not_about_zones(self):
        zone = self.zonedb("A")["defined"]["zones"][self.name]
        shared = {**zone, "members": sorted(zone["members"] + [FOREIGN_WWPN])}
        self.change(lambda defined: defined["zones"].update({self.name: shared}))
        self.ctl("zone", "adopt", self.finding("ours-altered")["key"], "--fabric", "A")
        self.call("PATCH", "/v1/fabrics/A", {"zones_at_stop": "remove", "refuse": "any-loss"})

        refused = self.call("PUT", "/v1/guests/db01/state?wait=30", {"desired": "absent", "force": True}, 409)

        self.assert_problem(refused, "conflict", "would lose a path")
        self.assertEqual(self.zonedb("A")["effective"]["zones"][self.name], shared)
        self.call("PATCH", "/v1/fabrics/A", {"refuse": "nothing"})
        self.stop("db01")
        self.assertEqual(self.ours("A"), {})
        self.settle_and_stop()

    def test_plan_is_stale_when_somebody_changed_the_switch(self):
        self.call("PATCH", "/v1/fabrics/A", {"zone_policy": "peer"})
        plan = self.call("POST", "/v1/plans?wait=30", {"fabrics": ["A"]}, 200).body["result"]["plans"][0]
        self.san.ctl("zone change A")

        reply = self.call("POST", f"/v1/plans/{plan}/apply?wait=30", {}, 412)

        self.assertEqual(self.get(f"/v1/plans/{plan}")["state"], "stale", reply)
        self.settle_and_stop()

    def test_same_request_twice_has_the_effect_of_one(self):
        self.call("PATCH", "/v1/fabrics/A", {"zone_policy": "peer"})
        made = [self.call("POST", "/v1/plans", {"fabrics": ["A"]}, 202).body["id"] for _ in range(2)]
        self.assertEqual(made[0], made[1])
        plan = self.ended(made[0])["result"]["plans"][0]

        begun = [self.call("POST", f"/v1/plans/{plan}/apply", {}, 202).body["id"] for _ in range(2)]
        self.assertEqual(begun[0], begun[1])
        self.ended(begun[0])
        changes = self.zonedb("A")["changes"]
        self.assertEqual(self.call("POST", f"/v1/plans/{plan}/apply", {}, 200).body["state"], "applied")
        self.assertEqual(self.call("POST", f"/v1/plans/{plan}/confirm", {}, 200).body["state"], "applied")
        other = self.ended(self.call("POST", "/v1/plans", {"fabrics": ["A"]}, 202).body["id"])["result"]["plans"][0]
        for _ in range(2):
            self.call("DELETE", f"/v1/plans/{other}", expect=204)
        for path in ("snapshots", "lint", "import"):
            for _ in range(2):
                self.call("POST", f"/v1/fabrics/A/{path}?wait=30", {}, 200)
        self.assertEqual(self.zonedb("A")["changes"], changes)
        self.settle_and_stop()

    def test_lock_of_another_is_shown_and_waited_for(self):
        self.make_guest("db02", fabrics="A", luns=(2,))
        self.san.ctl("zone lock A bob FOSCLI 60")
        number = self.begin("db02")
        until("the lock is told", lambda: "bob" in self.operation(number)["progress"]["text"])
        self.ctl("fabric", "refresh", "A")
        self.assertIn("bob", self.ctl("fabric", "lock", "A"))

        self.san.ctl("zone unlock A")

        self.assertEqual(self.ended(number)["state"], "DONE")
        self.settle_and_stop()


class Tls(SwitchTest):
    switches = {"A": "fos:9.1.0b", "B": "fos:9.1.0b"}
    tls = True

    def test_certificate_is_verified(self):
        self.make_guest("db01", luns=(1,))
        self.set_state("db01", "ready", expect=(502, 503, 504, 500), timeout=5)
        for fabric in "AB":
            self.call("PATCH", f"/v1/fabrics/{fabric}", {"ca_file": f"{self.folder}/cert.pem"})

        self.assertEqual(self.start("db01").body["state"], "DONE")
        self.settle_and_stop()

    def test_secret_is_nowhere_to_be_read(self):
        for fabric in "AB":
            self.call("PATCH", f"/v1/fabrics/{fabric}", {"ca_file": f"{self.folder}/cert.pem"})
        self.make_guest("db01", luns=(1,))
        self.start("db01")
        with open(f"{self.folder}/credentials/switch", "w", encoding="utf-8") as file:
            file.write("admin\nwrong-secret-4711\n")
        self.make_guest("db02", luns=(2,))
        self.set_state("db02", "ready", expect=(401, 403, 409, 502, 503, 500), timeout=5)

        self.settle(ready=False)
        self.stop_clean()
        with open(self.npivd.database, "rb") as record, open(self.npivd.words_path, "rb") as words:
            for text in (record.read(), words.read()):
                self.assertNotIn(b"wrong-secret-4711", text)
                self.assertNotIn(b"YWRtaW46", text, "nor encoded as HTTP has it")


class BigFabric:
    """As many zones of other people as a Cisco fabric takes (8,000 with ours), with 20,000 members."""

    def test_big_fabric_is_read_planned_against_and_verified(self):
        defined = self.zonedb("A")["defined"]
        for n in range(7990):
            name = f"customer_database_cluster_node_{n:06}_fabric_a_vsp1_port_cl1a"
            members = [f"10000000d1{n:06x}", f"500104f0000001{n % 97:02x}"] + [f"500104f0000002{n % 89:02x}"] * (n % 2)
            defined["zones"][name] = {"kind": "regular", "members": sorted(members)}
            defined["zonesets"][ZONESET].append(name)
        self.load("A", defined)
        self.make_guest("db01", luns=(1,))

        began = time.monotonic()
        operation = self.ended(self.begin("db01", timeout=300), 300)

        self.assertEqual(operation["state"], "DONE", operation)
        print(f"start with 7,990 zones on fabric A: {time.monotonic() - began:.1f} s", file=sys.stderr)
        self.assertEqual(len(self.zonedb("A")["effective"]["zones"]), 7991 + 2)
        self.settle()
        self.assertEqual(self.stop("db01").body["state"], "DONE")
        began = time.monotonic()
        self.assertEqual(self.ended(self.begin("db01", timeout=300), 300)["state"], "DONE")
        print(f"start again: {time.monotonic() - began:.1f} s", file=sys.stderr)
        self.settle_and_stop()


class FosBig(BigFabric, SwitchTest):
    switch_timeout = "200s"  # also with sanitizers on a busy machine
    switches = {"A": "fos:9.1.0b", "B": "fos:9.1.0b"}


class NxosBig(BigFabric, SwitchTest):
    switch_timeout = "200s"
    switches = {"A": "nxos", "B": "nxos"}


class Manual(SwitchTest):
    """A person makes the changes; npivd waits and sees."""

    drivers = {"A": {"driver": "manual", "zoneset": ZONESET}, "B": {"driver": "manual", "zoneset": ZONESET}}

    def carry_out(self, fabric):
        """What the SAN team does with a waiting plan."""
        defined = self.zonedb(fabric)["defined"]
        for row in self.items(f"plans?fabric={fabric}&state=waiting"):
            for change in self.get(f"/v1/plans/{row['id']}")["plan"]["changes"]:
                if change["object"] == "zone" and "after" in change:
                    defined["zones"][change["name"]] = change["after"]
                if change["object"] == "member" and "after" in change:
                    defined["zonesets"][ZONESET].append(change["name"])
        self.load(fabric, defined)

    def test_start_waits_until_somebody_has_made_the_zones(self):
        self.make_guest("db01", luns=(1,))
        number = self.begin("db01")
        until("the port waits for its zones",
              lambda: "sees none of its" in self.operation(number)["progress"]["text"])
        self.assertIn("zonecreate", self.get(f"/v1/plans/{self.items('plans')[0]['id']}/script/fos")["text"])

        for fabric in "AB":
            self.carry_out(fabric)

        self.assertEqual(self.ended(number)["state"], "DONE")
        self.assertEqual({row["state"] for row in self.items("plans")}, {"applied"})
        self.settle()
        self.stop("db01")
        began = time.monotonic()
        self.assertEqual(self.start("db01").body["state"], "DONE")
        self.assertLess(time.monotonic() - began, 20)
        self.settle_and_stop()

    def test_removal_by_hand_waits_until_a_person_says_that_it_is_done(self):
        self.make_guest("db01", luns=(1,))
        number = self.begin("db01")
        until("the port waits for its zones",
              lambda: "sees none of its" in self.operation(number)["progress"]["text"])
        for fabric in "AB":
            self.carry_out(fabric)
        self.assertEqual(self.ended(number)["state"], "DONE")
        self.stop("db01")
        self.call("PATCH", "/v1/fabrics/A", {"zone_policy": "peer"})

        self.assertEqual(self.start("db01").body["state"], "DONE", "the old zones still serve it")

        waiting = self.items("plans?state=waiting")
        self.assertEqual([row["fabric"] for row in waiting], ["A"])
        self.call("POST", f"/v1/plans/{waiting[0]['id']}/confirm", {}, 200)
        self.assertEqual(self.items("plans?state=waiting"), [])
        self.settle_and_stop()

    def test_start_that_fails_after_the_zones_were_made_by_hand_leaves_them(self):
        self.make_guest("db01", luns=(1,))
        self.record_mask("db01", 2, 1)  # on no array
        number = self.begin("db01", timeout=8)
        until("the port waits for its zones",
              lambda: "sees none of its" in self.operation(number)["progress"]["text"])
        for fabric in "AB":
            self.carry_out(fabric)

        operation = self.ended(number)

        self.assertEqual(operation["state"], "FAILED", operation)
        self.assertTrue(self.ours("A") and self.ours("B"), "nobody but a person can take them back")
        self.settle(ready=False)
        self.stop_clean()


if __name__ == "__main__":
    harness.main()
