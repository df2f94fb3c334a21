#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same request twice has the effect of one, for every mutation of the API."""

import concurrent.futures
import os
import re
import sys
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import SimTest, until  # noqa: E402

GUEST = "11111111-2222-4333-8444-555555555555"
FOREIGN = "21000000aa000001"
FOREIGN_WWNN = "20000000aa000001"
WWID = SimTest.wwid(3)
TARGET = "5000000000010a01"
WWN = "50000000000000f1"

# In an order in which each succeeds; {h0} is the WWPN of h0, {mask} the id of the mask.
MUTATIONS = (
    ("POST", "/v1/fabrics", {"name": "C", "description": "third"}),
    ("PATCH", "/v1/fabrics/C", {"description": "test"}),
    ("PUT", "/v1/fabrics/C", {"description": "put", "logins_per_port": 9}),
    ("PUT", "/v1/fabrics/D", {"description": "made by put"}),
    ("POST", "/v1/pools", {"name": "second", "first": "1000020000020000", "last": "10000200000200ff"}),
    ("PATCH", "/v1/pools/second", {"last": "10000200000201ff", "comment": "grown"}),
    ("POST", "/v1/profiles", {"name": "oracle", "fabrics": ["A", "B"], "pool": "second"}),
    ("PATCH", "/v1/profiles/oracle", {"priority": 80}),
    ("PUT", "/v1/profiles/oracle", {"fabrics": ["A"], "pool": "second", "comment": "put"}),
    ("POST", "/v1/wwns", {"wwn": WWN, "note": "tape"}),
    ("DELETE", f"/v1/wwns/{WWN}", None),
    ("POST", "/v1/targets", {"wwpn": TARGET, "name": "array-a", "fabric": "A"}),
    ("PATCH", f"/v1/targets/{TARGET}", {"array": "x1"}),
    ("PUT", f"/v1/targets/{TARGET}", {"name": "array-b", "fabric": "A"}),
    ("DELETE", f"/v1/targets/{TARGET}", None),
    ("POST", "/v1/luns", {"wwid": WWID, "name": "data"}),
    ("PATCH", f"/v1/luns/{WWID}", {"comment": "patched"}),
    ("PUT", f"/v1/luns/{WWID}", {"name": "put"}),
    ("DELETE", f"/v1/luns/{WWID}", None),
    ("POST", "/v1/aliases", {"fabric": "A", "name": "db01", "wwn": TARGET}),
    ("PATCH", "/v1/aliases/A:db01", {"comment": "patched"}),
    ("PUT", "/v1/aliases/A:db01", {"wwn": TARGET, "comment": "put"}),
    ("POST", "/v1/zones", {"fabric": "A", "name": "z1", "members": [TARGET, WWN]}),
    ("PATCH", "/v1/zones/A:z1", {"comment": "patched"}),
    ("PUT", "/v1/zones/A:z1", {"members": [WWN, TARGET], "comment": "put"}),
    ("POST", "/v1/zonesets", {"fabric": "A", "name": "s1", "zones": ["z1"], "active": True}),
    ("PATCH", "/v1/zonesets/A:s1", {"comment": "patched"}),
    ("PUT", "/v1/zonesets/A:s1", {"zones": ["z1"], "active": False}),
    ("DELETE", "/v1/zonesets/A:s1", None),
    ("DELETE", "/v1/zones/A:z1", None),
    ("DELETE", "/v1/aliases/A:db01", None),
    ("PATCH", "/v1/hbas/{h0}", {"vport_limit": 40}),
    ("PATCH", "/v1/hbas/{h0}", {"drain": True, "fabric": "A"}),
    ("PATCH", "/v1/hbas/{h0}", {"drain": False, "fabric": None}),
    ("POST", "/v1/guests", {"id": GUEST, "name": "db01", "vhbas": [{"fabric": "A"}, {"fabric": "B"}]}),
    ("POST", "/v1/guests", {"name": "noid", "vhbas": [{"fabric": "A", "pool": "second"}]}),
    ("PATCH", "/v1/guests/db01", {"priority": 77}),
    ("PATCH", "/v1/guests/db01", {"vhbas": [{"fabric": "A"}, {"fabric": "B"}, {"fabric": "C", "name": "third"}]}),
    ("PATCH", "/v1/guests/db01", {"vhbas": [{"fabric": "A"}, {"fabric": "B"}]}),
    ("POST", "/v1/masks", {"guest": "db01", "wwid": WWID, "lun": 4}),
    ("PATCH", "/v1/masks/{mask}", {"access": "ro"}),
    ("DELETE", "/v1/masks/{mask}", None),
    ("PUT", "/v1/guests/db01/state?wait=30", {"desired": "ready"}),
    ("PUT", "/v1/guests/db01/state?wait=30", {"desired": "ready", "incoming": True}),
    ("PUT", "/v1/guests/db01/state", {"desired": "ready", "confirm": True}),
    ("PUT", f"/v1/guests/{GUEST}/state?wait=30", {"desired": "ready", "name": "renamed"}),
    ("PUT", "/v1/guests/renamed/state?wait=30", {"desired": "absent"}),
    ("PUT", "/v1/guests/renamed/state?wait=30", {"desired": "ready", "incoming": True}),
    ("PUT", "/v1/guests/renamed/state?wait=30", {"desired": "absent", "reason": "failed"}),
    ("PUT", f"/v1/vports/{FOREIGN}/adoption", {"guest": "renamed"}),
    ("PUT", "/v1/guests/renamed/state?wait=30", {"desired": "ready"}),
    ("PUT", "/v1/guests/renamed/state?wait=30", {"desired": "absent", "force": True}),
    ("POST", "/v1/system/rescan", None),
    ("POST", "/v1/system/backups", {"name": "b1"}),
    ("POST", "/v1/system/restore", {"name": "b1"}),
    ("DELETE", f"/v1/guests/{GUEST}", None),
    ("DELETE", "/v1/guests/noid", None),
    ("DELETE", "/v1/profiles/oracle", None),
    ("DELETE", "/v1/pools/second", None),
    ("DELETE", "/v1/fabrics/C", None),
)
GONE = (200, 204, 404)  # what a second DELETE may say
REPEATABLE = ("/v1/system/backups", "/v1/system/restore")  # a name is used once; each keeps a copy of its own
SEEN = ("present", "last_seen", "lane", "room", "reserved", "vports_in_use", "port_id", "links", "dev")


def settled(row):
    """Without what only the kernel decides."""
    if isinstance(row, dict):
        return {key: settled(value) for key, value in row.items() if key not in SEEN}
    return [settled(item) for item in row] if isinstance(row, list) else row


class Repetition(SimTest):
    def setUp(self):
        super().setUp()
        self.san.ctl(f"foreign h0 {FOREIGN} {FOREIGN_WWNN}")
        until("npivd sees it", lambda: self.items("vports"))

    def world(self):
        """All that a request may change."""
        until("operations have ended", self.check_operations)
        until("guests are what they should be",
              lambda: all(guest["state"] == guest["desired"] for guest in self.items("guests")))
        nouns = ("hbas", "pools", "profiles", "wwns", "fabrics", "targets", "luns", "masks", "aliases", "zones",
                 "zonesets", "guests", "system/backups")
        found = {noun: settled(self.items(noun)) for noun in nouns}
        found["kernel"] = sorted(self.san.vports().items())
        found["writes"] = [(line["op"], line["text"]) for line in self.san.log() if line["op"] in ("create", "delete")]
        found["operations"] = len(self.items("operations"))
        return found

    def assert_unchanged(self, before, but=()):
        for noun, rows in self.world().items():
            if noun not in but:
                self.assertEqual(rows, before[noun], noun)

    def fill(self, path):
        masks = self.items("masks")
        return path.format(h0=self.san.wwpn("h0"), mask=masks[0]["id"] if masks else "")

    def test_every_mutation_twice_has_the_effect_of_one(self):
        for method, pattern, body in MUTATIONS:
            path = self.fill(pattern)
            with self.subTest(request=f"{method} {pattern} {body}"):
                first = self.call(method, path, body)
                once = self.world()

                second = self.npivd.send(method, path, body)

                if method == "DELETE":
                    self.assertIn(second.status, GONE, second)
                elif path not in REPEATABLE:
                    self.assertIn(second.status, (200, 202), second)
                    self.assertEqual(settled(self.reread(first)), settled(self.reread(second)))
                self.assert_unchanged(once, [noun for noun in ("system/backups",) if path == "/v1/system/restore"])
        self.assertEqual(self.items("guests"), [])
        self.settle_and_stop()

    def reread(self, reply):
        """The object that a reply is about; an operation and its guest tell the same story."""
        body = dict(reply.body or {})
        return {key: value for key, value in body.items() if key in ("id", "name", "wwpn", "key", "wwid")} \
            if "steps" not in body and "vhbas" not in body else {}

    def test_every_mutation_with_one_key_is_answered_once(self):
        for i, (method, pattern, body) in enumerate(MUTATIONS):
            path = self.fill(pattern)
            key = {"Idempotency-Key": f"key-{i}"}
            with self.subTest(request=f"{method} {pattern} {body}"):
                first = self.call(method, path, body, headers=key)
                once = self.world()

                second = self.npivd.send(method, path, body, headers=key)

                self.assert_unchanged(once)
                if method == "POST" and body:
                    self.assertEqual((second.status, second.body, second.headers["Location"]),
                                     (first.status, first.body, first.headers["Location"]))
                    other = self.npivd.send(method, path, {**(body or {}), "name": "other"}, headers=key)
                    self.assertEqual(other.status, 422, other)
                    self.assertEqual(other.body["field"], "Idempotency-Key")
                    self.assert_unchanged(once)
        self.settle_and_stop()

    def test_every_route_that_changes_something_is_tried(self):
        """The list above against the API's own table."""
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../api/routes.c")
        text = harness.read_text(source)
        routes = set(re.findall(r'\{ "(POST|PUT|PATCH|DELETE)", *"(/v1/[^"]*)",', text))
        for noun in re.findall(r'RECORD_ROUTES\("(\w+)", \w+,', text):
            routes |= {("POST", f"/v1/{noun}")} | {(method, f"/v1/{noun}/{{}}") for method in ("PATCH", "PUT", "DELETE")}

        def plain(path):
            return re.sub(r"\{\w*\}", "{}", path.split("?")[0])
        wanted = {(method, plain(path)) for method, path in routes}

        def is_tried(method, path):
            shape = re.compile("^" + re.escape(path).replace(r"\{\}", "[^/]+") + "$")
            return any(method == tried and shape.match(plain(row).replace("{}", "x")) for tried, row, _ in MUTATIONS)

        self.assertGreater(len(wanted), 30)
        missing = {row for row in wanted if not is_tried(*row)}
        # What needs a switch is repeated in test_switch_main.py.
        missing = {(method, path) for method, path in missing if not re.match("/v1/plans|/v1/fabrics/{}/", path)}
        self.assertEqual(missing, {("DELETE", "/v1/operations/{}"), ("POST", "/v1/operations/{}/retry"),
                                   ("PUT", "/v1/masks/{}")})

    def test_operation_is_cancelled_and_retried_once(self):
        self.make_guest("db01", luns=(1,))
        self.record_mask("db01", 2, 1)
        number = self.begin("db01")
        until("it waits for the LUN", lambda: self.step_of(number, "wait_luns", "RUNNING"))

        first = self.call("DELETE", f"/v1/operations/{number}", expect=202)
        second = self.npivd.send("DELETE", f"/v1/operations/{number}")

        self.assertIn(second.status, (202, 409), second)
        self.assertEqual(first.headers["Location"], f"/v1/operations/{number}")
        self.assertEqual(self.ended(number)["state"], "FAILED")
        self.assertEqual(self.npivd.send("POST", f"/v1/operations/{number}/retry").status, 409)
        self.foreign.add(FOREIGN)
        self.settle_and_stop()

    def test_stuck_operation_goes_on_when_retried(self):
        self.npivd.write_config({"timeouts": {"undo": "1s"}})
        self.restart()
        until("npivd knows the HBAs", self.all_read)
        self.make_guest("db01", vhbas=[{"fabric": "A", "hba": self.san.wwpn("h0")}], luns=(1,))
        self.record_mask("db01", 2, 1)
        self.san.ctl("fault h0 delete errno EBUSY always")

        reply = self.start("db01", timeout=1, expect=(500, 503, 504))

        number = reply.body["operation"]["id"]
        until("it is stuck", lambda: self.operation(number)["state"] == "STUCK")
        self.san.ctl("clear h0")
        self.call("POST", f"/v1/operations/{number}/retry", expect=202)
        self.npivd.send("POST", f"/v1/operations/{number}/retry")
        self.assertEqual(self.ended(number)["state"], "FAILED")
        self.foreign.add(FOREIGN)
        self.settle_and_stop()

    def test_key_is_remembered_over_a_restart(self):
        body = {"name": "db01", "vhbas": [{"fabric": "A"}]}
        key = {"Idempotency-Key": "over-a-restart"}
        first = self.call("POST", "/v1/guests", body, 201, key)
        self.restart()
        until("npivd knows the HBAs", self.all_read)
        self.call("DELETE", "/v1/guests/db01", expect=204)

        second = self.call("POST", "/v1/guests", body, 201, key)

        self.assertEqual(second.body, first.body)
        self.assertEqual(self.items("guests"), [])
        self.foreign.add(FOREIGN)
        self.settle_and_stop()

    def test_same_requests_at_the_same_moment(self):
        body = {"id": str(uuid.uuid4()), "name": "db01", "vhbas": [{"fabric": "A"}, {"fabric": "B"}]}
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for headers in (None, {"Idempotency-Key": "at-once"}):
                made = list(pool.map(lambda _: self.npivd.send("POST", "/v1/guests", body, headers), range(8)))
                self.assertEqual({reply.body["wwnn"] for reply in made}, {made[0].body["wwnn"]})
            started = list(pool.map(lambda _: self.set_state("db01", "ready", wait=0, expect=(200, 202)), range(8)))
            self.assertEqual(len({reply.body["id"] for reply in started if reply.status == 202}), 1)
            self.ended(started[0].body["id"])
            stopped = list(pool.map(lambda _: self.set_state("db01", "absent", wait=0, expect=(200, 202)), range(8)))
            self.assertEqual(len({reply.body["id"] for reply in stopped if reply.status == 202}), 1)
        self.ended(stopped[0].body["id"])

        self.assertEqual([len(self.san.log(op)) for op in ("create", "delete")], [2, 2])
        self.foreign.add(FOREIGN)
        self.settle_and_stop()

    def test_requests_that_contradict_each_other_do_not_pile_up(self):
        self.make_guest("db01", vhbas=[{"fabric": "A", "hba": self.san.wwpn("h0")}])
        self.san.ctl("fault h0 create hang forever")
        self.begin("db01")
        until("the kernel does not answer", lambda: self.step_of(1, "vport_create", "RUNNING"))

        replies = [self.npivd.send("PUT", "/v1/guests/db01/state", {"desired": word}) for word in ["absent", "ready"] * 40]

        self.assertEqual({reply.status for reply in replies}, {202, 503})
        self.assert_problem(replies[-1], "busy", "'db01' has 64 operations waiting")
        self.assertLessEqual(len(self.items("operations")), 64)
        self.san.ctl("release h0")
        until("operations have ended", self.check_operations)
        self.stop("db01")
        self.foreign.add(FOREIGN)
        self.settle_and_stop()

    def test_of_starts_and_stops_at_the_same_moment_the_last_counts(self):
        self.make_guest("db01")
        for last in ("absent", "ready"):
            words = ["ready", "absent"] * 4 + [last]

            replies = self.npivd.send_at_once([("PUT", "/v1/guests/db01/state", {"desired": word}) for word in words])

            self.assertLessEqual({reply.status for reply in replies}, {200, 202}, replies)
            until("operations have ended", self.check_operations)
            self.assertEqual(self.guest("db01")["state"], last)
        self.foreign.add(FOREIGN)
        self.settle_and_stop()


if __name__ == "__main__":
    harness.main()
