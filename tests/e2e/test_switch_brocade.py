#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""npivd on Brocade switches: what their releases and settings have for themselves."""

import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import until  # noqa: E402
from switches import Fos  # noqa: E402
from zoned import ZONESET, SwitchTest  # noqa: E402


class BrocadeTest(SwitchTest):
    def kinds(self, fabric):
        return {zone["kind"] for zone in self.ours(fabric).values()}

    def start_and_delete(self):
        self.make_guest("db01", luns=(1,))
        self.assertEqual(self.start("db01").body["state"], "DONE")
        self.assertTrue(self.ours("A") and self.ours("B"))
        self.assertEqual(self.stop("db01").body["state"], "DONE")
        self.call("DELETE", "/v1/guests/db01?wait=30", expect=200)
        self.assertEqual({fabric: self.ours(fabric) for fabric in "AB"}, {"A": {}, "B": {}})
        self.settle_and_stop()


    def empty(self, fabric):
        """The switch has no zones at all."""
        path = f"{self.folder}/empty.json"
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"defined": {"aliases": {}, "zones": {}, "zonesets": {}}, "zoneset": ""}, file)
        self.san.ctl(f"zone load {fabric} {path}")


class Releases(BrocadeTest):
    """The first release and the last one."""

    switches = {"A": "fos:8.2.1a", "B": "fos:9.1.0b"}

    def test_start_makes_zones_and_delete_takes_them_away(self):
        self.start_and_delete()

    def test_peer_zones_on_each(self):
        for fabric in "AB":
            self.call("PATCH", f"/v1/fabrics/{fabric}", {"zone_policy": "peer"})
        self.start_and_delete()


class VirtualFabrics(BrocadeTest):
    switches = {"A": "fos:9.0.1d", "B": "fos:8.2.3"}
    switch_settings = {"vf-id": "20"}
    fabric_fields = {"context": 20}

    def test_each_request_names_the_virtual_fabric(self):
        self.start_and_delete()


class SingleObjects(BrocadeTest):
    """Lists of one come as their element."""

    switches = {"A": "fos:9.1.0b", "B": "fos:8.2.1b"}
    switch_settings = {"single": "object"}

    def test_start_makes_zones_and_delete_takes_them_away(self):
        self.start_and_delete()


class Habits(BrocadeTest):
    switches = {"A": "fos:9.1.0b", "B": "fos:8.2.3"}

    def test_zones_become_peer_zones_and_usual_ones_again(self):
        self.make_guest("db01", luns=(1,))
        self.start("db01")
        self.assertEqual(self.kinds("A") | self.kinds("B"), {"regular"})

        for policy, kind in (("peer", "peer"), ("single-initiator", "regular")):
            self.stop("db01")
            for fabric in "AB":
                self.call("PATCH", f"/v1/fabrics/{fabric}", {"zone_policy": policy})
            started = self.start("db01").body
            self.assertEqual(started["state"], "DONE", started)
            self.assertEqual(self.kinds("A") | self.kinds("B"), {kind})
        self.settle_and_stop()

    def test_all_zones_of_a_zoneset_change_their_type(self):
        self.empty("A")
        self.call("PATCH", "/v1/fabrics/A", {"zoneset": ZONESET})
        self.make_guest("db01", fabrics="A", luns=(1,))
        self.start("db01")
        self.assertTrue(self.ours("A"))
        self.stop("db01")

        self.call("PATCH", "/v1/fabrics/A", {"zone_policy": "peer"})
        started = self.start("db01").body

        self.assertEqual(started["state"], "DONE", started)
        self.assertEqual(self.kinds("A"), {"peer"})

    def test_sessions_of_others_are_waited_for(self):
        self.san.ctl("switch set A sessions 2")
        others = [Fos(self.lines()["A"]["port"]) for _ in range(2)]
        for other in others:
            self.assertEqual(other.login().status, 200)
        self.make_guest("db01", luns=(1,))
        number = self.begin("db01", timeout=60)
        until("it is told that there are too many sessions",
              lambda: "Max limit for REST sessions" in self.operation(number)["progress"]["text"])
        self.assertEqual(self.ours("B"), {})

        others[0].logout()

        self.assertEqual(self.ended(number, 60)["state"], "DONE")
        others[1].logout()
        self.settle_and_stop()

    def test_switch_that_throttles_is_asked_again(self):
        self.make_guest("db01", luns=(1,))
        for fabric in "AB":
            self.san.ctl(f"switch fault {fabric} * 503 count 3")

        self.assertEqual(self.start("db01").body["state"], "DONE")
        self.settle_and_stop()

    def test_lock_names_npivd(self):
        """Whoever finds the lock is to know whose it is."""
        self.make_guest("db01", luns=(1,))
        self.san.ctl("switch fault A PATCH:*effective* hang-before 2")
        number = self.begin("db01")
        until("the transaction is open", lambda: self.zonedb("A").get("pending"))

        reader = Fos(self.lines()["A"]["port"], agent="other")
        reader.login()
        lock = reader.get("fabric-lock")
        reader.logout()

        self.assertEqual("npivd", lock["client-application-name"].split("/")[0])
        self.assertEqual(self.ended(number)["state"], "DONE")
        self.settle_and_stop()


if __name__ == "__main__":
    harness.main()
