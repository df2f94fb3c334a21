#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The simulated Fabric OS speaks as the vendor's models want it, in every release, and the checker finds what does not.

Usage: test_traffic.py [unittest arguments]; the environment has SANSIM and E2E_YANG, the folder of the models.
Skipped (77) without them, yanglint, root or /dev/fuse.
"""

import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "e2e"), HERE]

from switches import Fos, SwitchTest, alias, cfg, peer, wwn, zone  # noqa: E402
from traffic import Models, documents, read_log  # noqa: E402

MODELS = os.environ.get("E2E_YANG", "")
RELEASES = ("9.1.0b", "9.0.1d", "8.2.3", "8.2.1b")
I1, I2, T1 = "2100aabbccdd0001", "2100aabbccdd0002", "5000000000010a01"
DEFINED, EFFECTIVE = "brocade-zone/defined-configuration", "brocade-zone/effective-configuration"


def exchange(method, container, body, reply="", release="9.1.0b", status=200):
    """Lines of one request and its reply."""
    common = {"switch": "A", "vendor": "fos", "release": release, "number": 1}
    return [{"event": "request", **common, "method": method, "path": f"/rest/running/{container}",
             "body": json.dumps(body) if body else ""},
            {"event": "reply", **common, "status": status, "type": "application/yang-data+json",
             "body": json.dumps({"Response": reply}) if reply else ""}]


class Checker(unittest.TestCase):
    """What the models forbid is found."""

    def complaints(self, *lines, **how):
        return Models(MODELS).check(exchange(*lines, **how))

    def assert_bad(self, words, *lines, **how):
        found = self.complaints(*lines, **how)
        self.assertEqual(1, len(found), found)
        self.assertIn(words, found[0])

    def test_good_bodies_pass(self):
        for release in RELEASES:
            self.assertEqual([], self.complaints("POST", DEFINED, {"zone": zone("z", I1, T1)}, release=release))
            self.assertEqual([], self.complaints("DELETE", DEFINED, {"zone": [{"zone-name": "z"}]}, release=release))

    def test_a_bad_name_or_wwn_is_found(self):
        self.assert_bad("pattern", "POST", DEFINED, {"zone": [zone("z 1", I1)]})
        self.assert_bad("alias-entry-name", "POST", DEFINED, {"alias": [{
            "alias-name": "a", "member-entry": {"alias-entry-name": ["21:00"]}}]})
        self.assert_bad("pattern", "DELETE", DEFINED, {"zone": [{"zone-name": "z.1"}]})

    def test_a_principal_in_a_usual_zone_is_found(self):
        self.assert_bad("When condition", "PATCH", DEFINED, {"zone": [
            peer("z", [T1], [I1]) | {"zone-type-string": "zone"}]})

    def test_a_checksum_where_it_does_not_belong_is_found(self):
        self.assert_bad("Must condition", "PATCH", EFFECTIVE, {"effective-configuration": {
            "cfg-action": 4, "checksum": "0" * 32}})
        self.assert_bad("Must condition", "PATCH", f"{EFFECTIVE}/cfg-action/3", {"checksum": "0" * 32})
        self.assert_bad("length", "PATCH", EFFECTIVE, {"effective-configuration": {
            "cfg-action": 1, "checksum": "0" * 31}})

    def test_what_an_older_release_has_not_is_found(self):
        self.assert_bad("zone-type-string", "POST", DEFINED, {"zone": [peer("p", [T1], [I1])]}, release="8.2.3")
        self.assert_bad("fabric-lock", "GET", "brocade-zone/fabric-lock", None,
                        {"fabric-lock": {"lock-principal-domain-id": 0}}, release="8.2.3")

    def test_a_bad_reply_is_found(self):
        self.assert_bad("db-max", "GET", EFFECTIVE, None, {"effective-configuration": {"db-max": 5 << 20}})
        self.assert_bad("port-id", "GET", "brocade-name-server/fibrechannel-name-server", None,
                        {"fibrechannel-name-server": {"port-id": "0x1"}})

    def test_each_bad_one_of_many_is_found(self):
        lines = []
        for number, name in enumerate(("good", "b d", "fine", "b.d")):
            for line in exchange("POST", DEFINED, {"zone": [zone(name, I1)]}):
                lines.append({**line, "number": number})
        self.assertEqual(2, len(Models(MODELS).check(lines)))

    def test_what_the_switch_refused_is_not_held_against_it(self):
        self.assertEqual([], self.complaints("POST", DEFINED, {"zone": [zone("z 1", I1)]}, status=400))


class Traffic(SwitchTest):
    """Everything that the simulated switch can say."""

    def say_all(self, release):
        fos = Fos(self.san.ctl(f"switch add A fos 0 {release}")["port"])
        fos.login()
        self.read_all(fos)
        zones = [zone("z1", "a1", T1), zone("z2", I2, T1, "3,15")]
        kind = {"zone-type-string": "user-created-peer-zone"} if release[0] == "9" else {}
        peers = [{**peer("p1", [T1], [I1, I2]), **kind, "zone-type": 1}]
        if not kind:
            peers[0].pop("zone-type-string")
        for reply in (fos.edit("POST", alias=[alias("a1", I1)]), fos.edit("POST", zone=zones), fos.edit("POST", zone=peers),
                      fos.edit("POST", cfg=[cfg("C", "z1", "z2", "p1")])):
            self.assert_status(201, reply)
        self.read_all(fos)
        self.assert_status(204, fos.enable("C"))
        self.read_all(fos)
        self.assert_status(204, fos.edit("PATCH", zone=[zone("z1", I1, T1)]))
        self.assert_status(204, fos.edit("DELETE", cfg=[cfg("C", "z2")], zone=[{"zone-name": "z2"}]))
        self.assert_status(204, fos.save())
        self.assert_status(204, fos.effective(cfg_action=2, checksum=fos.checksum()))
        self.assert_status(204, fos.effective(default_zone_access=1))
        self.assert_status(204, fos.effective(cfg_action=3))
        self.assert_status(204, fos.abort())
        self.assert_status(204, fos.logout())

    def read_all(self, fos):
        """Each container, as JSON with and without lists of one, and as XML."""
        for single, types in (("list", fos.types), ("object", fos.types), ("list", {})):
            self.san.ctl(f"switch set A single {single}")
            usual, fos.types = fos.types, types
            for path in (DEFINED, EFFECTIVE, "brocade-zone/fabric-lock", "brocade-module-version",
                         "brocade-name-server/fibrechannel-name-server", f"{EFFECTIVE}/db-avail", f"{DEFINED}/zone",
                         "brocade-fibrechannel-switch/fibrechannel-switch"):
                fos.running("GET", path)
            fos.types = usual
        self.san.ctl("switch set A single list")

    def log_vport(self):
        """A login of each kind."""
        with open(f"{self.san.mount}/class/fc_host/host0/vport_create", "w", encoding="ascii") as file:
            file.write(f"{I1}:2000aabbccdd0001")
        self.san.ctl(f"occupy A {I2}")

    def test_all_releases_speak_as_their_models_want(self):
        for release in RELEASES:
            self.san.stop()
            self.san.start()
            with self.subTest(release):
                self.log_vport()
                self.say_all(release)
        checked = list(documents(list(read_log(self.san.log_path))))
        self.assertGreater(len(checked), 60 * len(RELEASES))
        self.assertEqual([], Models(MODELS).check(read_log(self.san.log_path)))


if __name__ == "__main__":
    WHY = Models.missing(MODELS)
    if not WHY and (os.geteuid() != 0 or not os.path.exists("/dev/fuse")):
        WHY = "needs root and /dev/fuse"
    if WHY:
        print(f"skipped: {WHY}")
        sys.exit(77)
    unittest.main()
