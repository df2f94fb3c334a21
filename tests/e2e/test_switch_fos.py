#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The manners of the simulated Fabric OS: what a client of a real switch has to cope with."""

import http.client
import json
import shutil
import subprocess
import tempfile
import threading
import xml.etree.ElementTree as ET

from harness import until
from switches import ALIAS, CFG, JSON, ZONE, Fos, SwitchTest, alias, cfg, main, peer, wwn, zone

I1, I2, I3 = "2100aabbccdd0001", "2100aabbccdd0002", "2100aabbccdd0003"
T1, T2 = "5000000000010a01", "5000000000010a02"
NOT_OWNER = -3


class FosTest(SwitchTest):
    release = "9.1.0b"

    def setUp(self):
        super().setUp()
        self.fos = self.add_switch("A", self.release)
        self.assert_status(200, self.fos.login())

    def add_switch(self, fabric, release, words=""):
        return Fos(self.san.ctl(f"switch add {fabric} fos 0 {release} {words}")["port"],
                   module="zoning" if release == "8.2.1a" else "brocade-zone")

    def other(self, agent="other/1"):
        """A second session."""
        fos = Fos(self.fos.port, agent)
        self.assert_status(200, fos.login())
        return fos

    def fault(self, words):
        self.san.ctl(f"switch fault A {words}")

    def make(self):
        """An alias, two zones and a cfg, enabled."""
        self.assert_status(201, self.fos.edit(
            "POST", alias=[alias("a1", I1)], zone=[zone("z1", "a1", T1), zone("z2", I2, T1)], cfg=[cfg("C", "z1", "z2")]))
        self.assert_status(204, self.fos.enable("C"))

    def assert_refused(self, reply, words, status=400, code=None):
        self.assert_status(status, reply)
        self.assertIn(words, reply.error["error-message"])
        if code is not None:
            self.assertEqual(code, reply.error["error-info"]["error-code"])


class Sessions(FosTest):
    def test_a_wrong_password_is_refused(self):
        self.assert_refused(Fos(self.fos.port).login(password="wrong"), "Invalid user", 401)

    def test_an_unknown_scheme_is_refused(self):
        self.assert_refused(Fos(self.fos.port).login(kind="Bearer"), "auth-type", 401, code=20)

    def test_custom_basic_logs_in(self):
        self.assert_status(200, Fos(self.fos.port).login(kind="Custom_Basic"))

    def test_a_fourth_session_is_refused_until_one_logs_out(self):
        self.other()
        self.other()
        self.assert_refused(Fos(self.fos.port).login(), "Max limit", 403, code=14)
        self.assert_status(204, self.fos.logout())
        self.other()

    def test_more_sessions_are_allowed_when_the_setting_says_so(self):
        self.san.ctl("switch set A sessions 1")
        self.assert_refused(Fos(self.fos.port).login(), "Max limit", 403)
        self.san.ctl("switch set A sessions 2")
        self.other()

    def test_a_request_without_a_session_is_refused(self):
        self.assert_refused(Fos(self.fos.port).running("POST", "brocade-zone/defined-configuration", {}), "session", 401)

    def test_a_session_that_logged_out_is_refused(self):
        self.fos.logout()
        self.assert_status(401, self.fos.running("GET", "brocade-zone/effective-configuration"))
        self.assert_status(401, self.fos.logout())

    def test_an_idle_session_ends(self):
        self.san.ctl("switch set A idle-s 1")
        until("the session ends", lambda: not self.alive())

    def alive(self):
        """Without using the session."""
        row = self.switch()["sessions"][0]
        if row["idle_ms"] < 1000:
            return True
        return self.fos.running("GET", "brocade-zone/effective-configuration").status == 200

    def test_a_session_takes_its_transaction_with_it(self):
        self.fos.edit("POST", zone=[zone("z1", I1, T1)])
        self.assertEqual(1, self.zoning()["token"])
        self.fos.logout()
        self.assertEqual(0, self.zoning()["token"])

    def test_all_sessions_end_by_command(self):
        self.san.ctl("switch expire A")
        self.assert_status(401, self.fos.running("GET", "brocade-zone/effective-configuration"))

    def test_login_answers_with_the_switch_since_9_1(self):
        body = Fos(self.fos.port).login().body["Response"]["switch-parameters"]
        self.assertEqual(("9.1.0b", False), (body["firmware-version"], body["virtual-fabric-enabled"]))
        self.assertEqual("", self.add_switch("B", "9.0.1d").login().text)

    def test_a_get_needs_no_session_since_9_1(self):
        for fabric, release, status in (("B", "9.0.1d", 401), ("A", "9.1.0b", 200)):
            fos = self.fos if fabric == "A" else self.add_switch(fabric, release)
            fos.key = "Basic YWRtaW46cGFzc3dvcmQ="
            self.assert_status(status, fos.running("GET", "brocade-zone/effective-configuration"))


class Releases(FosTest):
    """URI families, containers and error bodies."""

    def each(self, *releases):
        """A client for each of these, logged in. One sansim has room for a switch a fabric."""
        for release in releases:
            self.san.stop()
            self.san.start()
            fos = self.add_switch("A", release)
            self.assert_status(200, fos.login())
            yield release, fos

    def test_both_families_of_uris_by_release(self):
        wanted = {"9.1.0b": (200, 400), "9.0.1d": (200, 200), "8.2.3": (200, 200), "8.2.1b": (200, 200),
                  "8.2.1a": (400, 200)}
        for release, fos in self.each(*wanted):
            got = tuple(fos.running("GET", f"{module}/effective-configuration").status
                        for module in ("brocade-zone", "zoning"))
            self.assertEqual(wanted[release], got, release)

    def test_module_versions_are_listed_since_8_2_1b(self):
        for release, fos in self.each("9.0.1d", "8.2.1a"):
            reply = fos.running("GET", "brocade-module-version")
            if release == "8.2.1a":
                self.assert_refused(reply, "Invalid REST URI", code=5)
                continue
            modules = reply.body["Response"]["brocade-module-version"]["module"]
            self.assertIn("/rest/running/brocade-zone", [module["uri"] for module in modules])

    def test_errors_are_a_list_or_an_object(self):
        for release, fos in self.each("8.2.1a", "8.2.1b"):
            error = fos.running("GET", "nonsense/x").body["errors"]["error"]
            self.assertIsInstance(error, dict if release == "8.2.1a" else list)

    def test_the_fabric_lock_is_shown_since_9_0(self):
        for release, fos in self.each("9.0.1d", "8.2.3"):
            reply = fos.running("GET", "brocade-zone/fabric-lock")
            self.assert_status(200 if release == "9.0.1d" else 400, reply)

    def test_zone_types_have_words_since_9_0(self):
        for release, fos in self.each("9.0.1d", "8.2.3"):
            fos.edit("POST", zone=[zone("z1", I1, T1)])
            shown = fos.get("defined-configuration")["zone"][0]
            self.assertEqual(("zone" if release == "9.0.1d" else None, 0),
                             (shown.get("zone-type-string"), shown["zone-type"]))

    def test_the_old_release_takes_a_whole_change(self):
        for _, self.fos in self.each("8.2.1a"):
            self.make()
            self.assertEqual("C", self.fos.get("effective-configuration")["cfg-name"])


class Text(FosTest):
    """JSON and XML."""

    def test_xml_comes_unless_json_is_both_spoken_and_asked_for(self):
        for types, wanted in (({}, "xml"), ({"Accept": JSON}, "xml"), ({"Content-Type": JSON}, "xml"),
                              ({"Accept": JSON, "Content-Type": JSON}, "json")):
            self.fos.types = types
            reply = self.fos.running("GET", "brocade-zone/effective-configuration")
            self.assertTrue(reply.type.startswith(f"application/yang-data+{wanted}"), (types, reply.type))

    def test_xml_repeats_elements_and_escapes(self):
        self.make()
        self.fos.types = {}
        root = ET.fromstring(self.fos.running("GET", "brocade-zone/defined-configuration").text)
        self.assertEqual("Response", root.tag)
        self.assertEqual(["z1", "z2"], [name.text for name in root.iter("zone-name")][-2:])

    def test_errors_in_xml_have_their_namespace(self):
        self.fos.types = {}
        root = ET.fromstring(self.fos.running("GET", "brocade-zone/nonsense").text)
        self.assertEqual("{urn:ietf:params:xml:ns:yang:ietf-restconf}errors", root.tag)

    def test_a_list_of_one_is_an_object_when_the_setting_says_so(self):
        self.fos.edit("POST", zone=[zone("z1", I1, T1)], cfg=[cfg("C", "z1")])
        self.fos.enable("C")
        self.san.ctl("switch set A single object")
        defined, effective = self.fos.get("defined-configuration"), self.fos.get("effective-configuration")
        self.assertEqual("z1", defined["cfg"]["member-zone"]["zone-name"])
        self.assertEqual([wwn(I1), wwn(T1)], effective["enabled-zone"]["member-entry"]["entry-name"])

    def test_a_body_that_is_no_json_is_refused(self):
        self.assert_refused(self.fos.running("POST", "brocade-zone/defined-configuration", "{"), "", code=2)
        self.fos.types["Content-Type"] = "application/json"
        reply = self.fos.running("POST", "brocade-zone/defined-configuration", {})
        self.assertEqual(415, reply.status)

    def test_the_virtual_fabric_must_be_named(self):
        self.assert_status(400, self.fos.running("GET", "brocade-zone/effective-configuration?vf-id=3"))
        self.san.ctl("switch set A vf-id 20")
        self.assert_status(400, self.fos.running("GET", "brocade-zone/effective-configuration"))
        self.assert_status(200, self.fos.running("GET", "brocade-zone/effective-configuration?vf-id=20"))

    def test_parts_can_be_read_alone(self):
        self.make()
        checksum = self.fos.running("GET", "brocade-zone/effective-configuration/checksum")
        self.assertEqual(self.zoning()["checksum"], checksum.body["Response"]["effective-configuration"]["checksum"])
        one = self.fos.running("GET", "brocade-zone/defined-configuration/zone/zone-name/z2")
        self.assertEqual(["z2"], [row["zone-name"] for row in one.body["Response"]["zone"]])
        self.assert_refused(self.fos.running("GET", "brocade-zone/defined-configuration/zone/zone-name/z9"), "No entries",
                            404)


class Edits(FosTest):
    def test_post_creates_and_adds_members(self):
        self.assert_status(201, self.fos.edit("POST", zone=[zone("z1", I1)]))
        self.assert_status(201, self.fos.edit("POST", zone=[zone("z1", I1, T1)]))
        self.assertEqual([I1, T1], self.zoning()["pending"]["zones"]["z1"]["members"])
        self.assert_refused(self.fos.edit("POST", zone=[zone("z1", I1)]), "No Change")

    def test_patch_replaces_members(self):
        self.make()
        self.assert_status(204, self.fos.edit("PATCH", zone=[zone("z2", I3)]))
        self.assertEqual([I3], self.zoning()["pending"]["zones"]["z2"]["members"])
        self.assert_refused(self.fos.edit("PATCH", zone=[zone("z2", I3)]), "No Change")
        self.assert_refused(self.fos.edit("PATCH", zone=[zone("z9", I3)]), "z9 not found")

    def test_delete_takes_members_or_the_object(self):
        self.make()
        self.assert_status(204, self.fos.edit("DELETE", zone=[zone("z2", I2)]))
        self.assertEqual([T1], self.zoning()["pending"]["zones"]["z2"]["members"])
        self.assert_status(204, self.fos.edit("DELETE", cfg=[cfg("C", "z2")]))
        self.assert_status(204, self.fos.edit("DELETE", zone=[{"zone-name": "z2"}]))
        self.assertEqual(["z1"], self.fos.names(ZONE))
        self.assert_refused(self.fos.edit("DELETE", zone=[{"zone-name": "z2"}]), "z2 not found")

    def test_delete_of_the_last_member_takes_the_object(self):
        self.fos.edit("POST", zone=[zone("z1", I1)])
        self.assert_status(204, self.fos.edit("DELETE", zone=[zone("z1", I1)]))
        self.assertEqual([], self.fos.names(ZONE))

    def test_delete_by_path(self):
        self.fos.edit("POST", alias=[alias("a1", I1), alias("a2", I2)])
        self.assert_status(204, self.fos.running("DELETE", "brocade-zone/defined-configuration/alias/alias-name/a1"))
        self.assertEqual(["a2"], self.fos.names(ALIAS))

    def test_a_zone_that_a_cfg_has_is_not_deleted(self):
        self.make()
        self.assert_refused(self.fos.edit("DELETE", zone=[{"zone-name": "z2"}]), "z2 is a member")

    def test_an_effective_zone_is_deleted_only_when_the_switch_is_not_strict(self):
        self.make()
        self.fos.edit("DELETE", cfg=[cfg("C", "z2")])
        self.san.ctl("switch set A delete strict")
        self.assert_refused(self.fos.edit("DELETE", zone=[{"zone-name": "z2"}]), "effective configuration")
        self.san.ctl("switch set A delete usual")
        self.assert_status(204, self.fos.edit("DELETE", zone=[{"zone-name": "z2"}]))

    def test_names_are_one_space_and_checked(self):
        self.fos.edit("POST", alias=[alias("x", I1)])
        self.assert_refused(self.fos.edit("POST", zone=[zone("x", I1)]), "Duplicate name: x")
        self.assert_status(201, self.fos.edit("POST", zone=[zone("X", I1)]))
        for name in ("", "a b", "a.b", "n" * 65):
            self.assert_refused(self.fos.edit("POST", zone=[zone(name, I1)]), "Invalid name")

    def test_members_are_checked(self):
        for member in ("21:00:aa", "0,1", "240,1", "1,65536", "a b", ""):
            self.assert_refused(self.fos.edit("POST", zone=[zone("z", member)]), "not a valid member")
        self.assert_refused(self.fos.edit("POST", alias=[{"alias-name": "a", "member-entry": {
            "alias-entry-name": ["other"]}}]), "not a valid member")
        self.assert_status(201, self.fos.edit("POST", zone=[zone("z", "1,-1", "239,65535", "other")]))

    def test_a_wwn_without_colons_is_a_name(self):
        self.fos.edit("POST", zone=[{"zone-name": "z", "member-entry": {"entry-name": [I1]}}])
        self.assertEqual([f"@{I1}"], self.zoning()["pending"]["zones"]["z"]["members"])

    def test_empty_objects_are_refused(self):
        self.assert_refused(self.fos.edit("POST", zone=[{"zone-name": "z"}]), "no members")
        self.assert_refused(self.fos.edit("POST", cfg=[cfg("C")]), "no members")

    def test_an_unknown_element_is_refused(self):
        self.assert_refused(self.fos.edit("POST", zones=[]), "Unknown element", code=2)
        self.assert_refused(self.fos.edit("POST", zone=[{**zone("z", I1), "comment": "x"}]), "Unknown element")

    def test_edits_before_a_wrong_one_stay_pending(self):
        self.assert_status(400, self.fos.edit("POST", zone=[zone("z1", I1), zone("z 2", I2)]))
        self.assertEqual(["z1"], list(self.zoning()["pending"]["zones"]))

    def test_a_wrong_first_edit_opens_no_transaction(self):
        self.assert_status(400, self.fos.edit("POST", zone=[zone("z 2", I2), zone("z1", I1)]))
        self.assertIsNone(self.zoning()["pending"])

    def test_a_database_that_would_be_too_big_stays_as_it_was(self):
        self.make()
        self.san.ctl("switch set A space 300")
        self.assert_refused(self.fos.edit("POST", zone=[zone(f"zone_{n}", I1, T1) for n in range(10)]), "full")
        self.assertIsNone(self.zoning()["pending"])


class PeerZones(FosTest):
    def test_every_write_of_a_peer_zone_says_its_type(self):
        self.assert_status(201, self.fos.edit("POST", zone=[peer("p", [T1], [I1])]))
        self.assert_refused(self.fos.edit("POST", zone=[zone("p", I2)]), "type must be given")
        self.assert_status(201, self.fos.edit("POST", zone=[peer("p", [T1], [I2])]))
        self.assertEqual({"kind": "peer", "principals": [T1], "members": [I1, I2]},
                         self.zoning()["pending"]["zones"]["p"])

    def test_both_forms_of_the_type_agree(self):
        self.assert_status(201, self.fos.edit("POST", zone=[peer("p1", [T1], [I1], **{"zone-type": 1})]))
        self.assert_refused(self.fos.edit("POST", zone=[peer("p2", [T1], [I1], **{"zone-type": 0})]), "type of p2")

    def test_principals_need_the_type(self):
        row = peer("p", [T1], [I1])
        del row["zone-type-string"]
        self.assert_refused(self.fos.edit("POST", zone=[row]), "no peer zone type")

    def test_a_type_needs_members(self):
        self.assert_refused(self.fos.edit("POST", zone=[{"zone-name": "p", "zone-type-string": "zone"}]),
                            "type without members")

    def test_a_peer_zone_of_principals_alone_is_shown_without_members(self):
        self.beyond_models = True
        self.fos.edit("POST", zone=[{"zone-name": "p", "zone-type-string": "user-created-peer-zone",
                                     "member-entry": {"principal-entry-name": [wwn(T1)]}}])
        self.assertEqual({"principal-entry-name": [wwn(T1)]}, self.fos.get("defined-configuration")["zone"][0]["member-entry"])

    def test_target_created_zones_are_only_deleted(self):
        self.assert_refused(self.fos.edit("POST", zone=[zone("t", I1) | {"zone-type-string": "target-created-peer-zone"}]),
                            "cannot be made")

    def test_a_peer_zone_refuses_what_a_switch_refuses(self):
        self.fos.edit("POST", alias=[alias("a1", I1)])
        twice = peer("p", [T1], [I1])
        twice["member-entry"]["entry-name"].append("a1")
        self.assert_refused(self.fos.edit("POST", zone=[twice]), "twice")
        self.assert_refused(self.fos.edit("POST", zone=[peer("p", ["0000aabbccdd0001"], [I1])]), "cannot have")


class Commits(FosTest):
    def test_what_is_enabled_decides_what_a_port_sees(self):
        self.san.ctl("zone enforce on A")
        host = self.san.wwpn("h0")
        self.assertEqual([], self.online())
        self.fos.edit("POST", zone=[zone("z1", host, T1)], cfg=[cfg("C", "z1")])
        self.assertEqual([], self.online())
        self.assert_status(204, self.fos.enable("C"))
        self.assertEqual([T1], self.online())
        self.assert_status(204, self.fos.effective(cfg_action=2, checksum=self.fos.checksum()))
        self.assertEqual([], self.online())

    def online(self):
        return [rport["wwpn"] for rport in self.san.hba("h0")["rports"] if rport["state"] == "Online"]

    def test_the_checksum_must_be_that_of_the_database(self):
        before = self.fos.checksum()
        self.make()
        self.fos.edit("POST", alias=[alias("a9", I3)])
        self.assert_refused(self.fos.effective(cfg_name="C"), "missing")
        self.assert_refused(self.fos.enable("C", before), "changed")
        self.assert_status(204, self.fos.enable("C", self.fos.checksum().upper()))

    def test_one_checksum_serves_edits_and_enable(self):
        checksum = self.fos.checksum()
        self.fos.edit("POST", zone=[zone("z1", I1, T1)])
        self.fos.edit("POST", cfg=[cfg("C", "z1")])
        self.assertEqual(checksum, self.fos.checksum())
        self.assert_status(204, self.fos.enable("C", checksum))
        self.assertNotEqual(checksum, self.fos.checksum())

    def test_a_checksum_with_abort_or_clear_is_refused(self):
        self.fos.edit("POST", alias=[alias("a", I1)])
        for action in (3, 4):
            self.assert_refused(self.fos.effective(cfg_action=action, checksum=self.fos.checksum()), "checksum")
        self.assert_status(204, self.fos.abort())

    def test_abort_drops_what_is_pending(self):
        self.fos.edit("POST", alias=[alias("a", I1)])
        self.assert_status(204, self.fos.abort())
        self.assertEqual([], self.fos.names(ALIAS))
        self.assert_refused(self.fos.abort(), "no outstanding")

    def test_enabling_fails_and_stays_pending_when_an_object_is_missing(self):
        for row, missing in ((cfg("C", "z9"), "z9"), (cfg("D", "z1"), "a9")):
            self.fos.edit("POST", zone=[zone("z1", "a9", T1)])
            self.fos.edit("POST", cfg=[row])
            self.assert_refused(self.fos.enable(row["cfg-name"]), f'"{missing}" not found', code=-1)
        self.assert_refused(self.fos.enable("nobody"), '"nobody" not found')
        self.assertTrue(self.zoning()["token"])

    def test_nothing_to_do_is_an_error(self):
        self.make()
        self.assert_refused(self.fos.enable("C"), "No Change")
        self.assert_refused(self.fos.save(), "Nothing changed")
        self.assert_refused(self.fos.effective(default_zone_access=0), "No Change")

    def test_save_defines_and_does_not_enforce(self):
        self.make()
        self.fos.edit("POST", zone=[zone("z3", I3, T1)])
        self.fos.edit("POST", cfg=[cfg("C", "z3")])
        self.assert_status(204, self.fos.save())
        shown = self.fos.get("effective-configuration")
        self.assertEqual((["z1", "z2"], 0, 0), ([row["zone-name"] for row in shown["enabled-zone"]],
                                                shown["transaction-token"], shown["db-transaction"]))
        self.assertEqual(["C"], self.fos.names(CFG))

    def test_the_default_zone_saves_what_is_pending(self):
        self.fos.edit("POST", alias=[alias("a", I1)])
        self.assert_status(204, self.fos.effective(default_zone_access=1))
        self.assertEqual((True, ["a"]), (self.zoning()["default_open"], list(self.zoning()["defined"]["aliases"])))

    def test_clear_empties_the_definition_by_a_save(self):
        self.make()
        self.assert_status(204, self.fos.effective(cfg_action=3))
        self.assertEqual(2, len(self.zoning()["defined"]["zones"]))
        self.assert_status(204, self.fos.save())
        self.assertEqual({}, self.zoning()["defined"]["zones"])

    def test_actions_can_be_in_the_path(self):
        checksum = self.fos.checksum()
        self.fos.edit("POST", zone=[zone("z1", I1, T1)], cfg=[cfg("C", "z1")])
        self.assert_status(204, self.fos.running("PATCH", "brocade-zone/effective-configuration/cfg-action/1",
                                                 {"checksum": checksum}))
        self.assert_status(204, self.fos.running("PATCH", "brocade-zone/effective-configuration/cfg-name/C",
                                                 {"checksum": self.fos.checksum()}))
        self.assertEqual("C", self.zoning()["effective"]["zoneset"])

    def test_sizes_grow_with_the_database(self):
        self.make()
        shown = self.fos.get("effective-configuration")
        self.assertGreater(shown["db-committed"], 0)
        self.assertLess(shown["db-avail"], shown["db-max"] - shown["db-committed"])

    def test_a_write_takes_its_time(self):
        self.san.ctl("switch set A write-ms 60000")
        with self.assertRaises(TimeoutError):
            self.fos.call("POST", "running/brocade-zone/defined-configuration", {"zone": [zone("z", I1)]}, timeout=0.2)
        self.assert_status(200, self.fos.running("GET", "brocade-zone/effective-configuration"))


class Locks(FosTest):
    def test_the_lock_says_whose_it_is(self):
        self.assertEqual({"lock-principal-domain-id": 0}, self.fos.get("fabric-lock"))
        self.fos.edit("POST", alias=[alias("a", I1)])
        lock = self.other().get("fabric-lock")
        self.assertEqual(("admin", "test", "http", "127.0.0.1", 1), tuple(lock[f"client-{name}"] for name in (
            "user-name", "application-name", "interface", "ip-address")) + (lock["lock-principal-transaction-token"],))
        self.assertLessEqual(lock["remaining-time"], 300)

    def test_another_session_neither_edits_nor_commits_nor_aborts(self):
        self.fos.edit("POST", alias=[alias("a", I1)])
        other = self.other()
        for reply in (other.edit("POST", alias=[alias("b", I1)]), other.save(), other.abort(),
                      other.effective(cfg_action=3)):
            self.assert_refused(reply, "not the owner", code=NOT_OWNER)
        self.assert_status(204, self.fos.abort())

    def test_only_the_owner_sees_what_is_pending(self):
        self.fos.edit("POST", alias=[alias("a", I1)])
        self.assertEqual((["a"], []), (self.fos.names(ALIAS), self.other().names(ALIAS)))

    def test_somebody_on_the_telnet_holds_the_lock(self):
        self.san.ctl("zone lock A alice tool 1000")
        lock = self.fos.get("fabric-lock")
        self.assertEqual(("alice", "tool", "telnet"), (lock["client-user-name"], lock["client-application-name"],
                                                       lock["client-interface"]))
        self.assertGreater(lock["remaining-time"], 900)
        self.assert_refused(self.fos.edit("POST", alias=[alias("a", I1)]), "not the owner")
        self.san.ctl("zone unlock A")
        self.assert_status(201, self.fos.edit("POST", alias=[alias("a", I1)]))

    def test_a_lock_ends_with_its_time(self):
        self.san.ctl("zone lock A alice tool 1")
        until("the lock ends", lambda: self.fos.edit("POST", alias=[alias("a", I1)]).status == 201)


class NameServer(FosTest):
    def rows(self, query=""):
        reply = self.fos.running("GET", f"brocade-name-server/fibrechannel-name-server{query}")
        return reply.body["Response"]["fibrechannel-name-server"]

    def test_logins_and_targets_are_listed(self):
        rows = {row["port-name"]: row for row in self.rows()}
        host, target = rows[wwn(self.san.wwpn("h0"))], rows[wwn(T1)]
        self.assertEqual(("0x010100", "FCP-Initiator", "Physical Initiator"),
                         (host["port-id"], host["fc4-features"], host["name-server-device-type"]))
        self.assertEqual(("FCP-Target", "Physical Target"), (target["fc4-features"], target["name-server-device-type"]))

    def test_a_vport_names_its_physical_port(self):
        with open(f"{self.san.mount}/class/fc_host/host0/vport_create", "w", encoding="ascii") as file:
            file.write(f"{I1}:2000aabbccdd0001")
        row = until("the vport is logged in", lambda: next((r for r in self.rows() if r["port-name"] == wwn(I1)), None))
        self.assertEqual((wwn(self.san.wwpn("h0")), "NPIV Initiator"),
                         (row["permanent-port-name"], row["name-server-device-type"]))

    def test_other_machines_and_absent_targets(self):
        self.san.ctl(f"occupy A {I2}")
        self.san.ctl(f"target down A {T1}")
        names = [row["port-name"] for row in self.rows()]
        self.assertIn(wwn(I2), names)
        self.assertNotIn(wwn(T1), names)

    def test_queries_are_answered_since_9_1(self):
        self.assertEqual([wwn(T1)], [row["port-name"] for row in self.rows(f"?port-name={wwn(T1)}")])
        self.assertEqual([wwn(T1)], [row["port-name"] for row in self.rows("?port-id=0x01c000")])
        self.assert_refused(self.fos.running(
            "GET", f"brocade-name-server/fibrechannel-name-server?port-name={wwn(I3)}"), "No entries", 404)


class Faults(FosTest):
    GET = "running/brocade-zone/effective-configuration"

    def get_effective(self, **more):
        return self.fos.call("GET", self.GET, **more)

    def test_503_by_number_and_then_no_more(self):
        self.fault("+2 503")
        self.assertEqual([200, 503, 200], [self.get_effective().status for _ in range(3)])

    def test_busy_by_pattern_as_often_as_wanted(self):
        self.fault("GET:*effective* busy count 2")
        self.assert_refused(self.get_effective(), "busy")
        self.assert_status(200, self.fos.running("GET", "brocade-zone/defined-configuration"))
        self.assertEqual([400, 200], [self.get_effective().status for _ in range(2)])

    def test_a_body_can_be_the_pattern(self):
        self.fault('PATCH:* 503 with *cfg-action":?4* always')
        self.fos.edit("POST", alias=[alias("a", I1)])
        self.assert_status(503, self.fos.abort())
        self.assert_status(204, self.fos.save())
        self.san.ctl("switch clear A")
        self.assertEqual([], self.switch()["faults"])

    def test_lost_reply_does_the_work(self):
        self.fault("POST:*defined* lost")
        with self.assertRaises(http.client.RemoteDisconnected):
            self.fos.edit("POST", alias=[alias("a", I1)])
        self.assertEqual(["a"], self.fos.names(ALIAS))

    def test_kill_does_nothing(self):
        self.fault("POST:*defined* kill")
        with self.assertRaises(http.client.RemoteDisconnected):
            self.fos.edit("POST", alias=[alias("a", I1)])
        self.assertEqual([], self.fos.names(ALIAS))

    def test_cut_sends_half_of_the_body(self):
        self.fault("+1 cut")
        with self.assertRaises(http.client.IncompleteRead):
            self.get_effective()

    def hang(self, kind):
        """A POST that hangs, in its thread; its outcome comes into the list."""
        outcome = []
        self.fault(f"POST:*defined* {kind} forever")

        def post():
            try:
                outcome.append(self.fos.edit("POST", alias=[alias("a", I1)]).status)
            except http.client.RemoteDisconnected:
                outcome.append("closed")

        thread = threading.Thread(target=post)
        thread.start()
        self.addCleanup(thread.join)
        until("the request hangs", lambda: self.switch()["held"] == 1)
        return outcome

    def test_hang_before_has_done_nothing_until_it_is_released(self):
        outcome = self.hang("hang-before")
        self.assertIsNone(self.zoning()["pending"])
        self.assertEqual({"released": 1}, self.san.ctl("switch release A"))
        until("the reply", lambda: outcome == [201])

    def test_hang_after_has_done_it(self):
        outcome = self.hang("hang-after")
        self.assertEqual(["a"], list(self.zoning()["pending"]["aliases"]))
        self.san.ctl("switch release A")
        until("the reply", lambda: outcome == [201])

    def test_a_dropped_request_is_never_done(self):
        outcome = self.hang("hang-before")
        self.san.ctl("switch release A drop")
        until("the end of the connection", lambda: outcome == ["closed"])
        self.assertIsNone(self.zoning()["pending"])

    def test_sansim_ends_while_a_request_hangs(self):
        outcome = self.hang("hang-before")
        self.san.stop()
        until("the end of the connection", lambda: outcome == ["closed"])

    def test_another_takes_the_lock_between(self):
        self.fault("POST:*defined* lock bob panel 600")
        self.assert_refused(self.fos.edit("POST", alias=[alias("a", I1)]), "not the owner")
        self.assertEqual(("bob", "panel"), (self.zoning()["user"], self.zoning()["application"]))

    def test_another_changes_the_database_between(self):
        checksum = self.fos.checksum()
        self.fos.edit("POST", zone=[zone("z1", I1, T1)], cfg=[cfg("C", "z1")])
        self.fault("+1 change")
        self.assert_refused(self.fos.enable("C", checksum), "changed")
        self.assertEqual(1, len([name for name in self.zoning()["defined"]["zones"] if name.startswith("alien")]))

    def test_sessions_expire_between(self):
        self.fault("+1 expire")
        self.assert_status(401, self.get_effective())

    def test_full_refuses_an_edit(self):
        self.fault("POST:* full")
        self.assert_refused(self.fos.edit("POST", alias=[alias("a", I1)]), "full")
        self.assertIsNone(self.zoning()["pending"])

    def test_wrong_success_changes_nothing(self):
        self.fault("POST:*defined* wrong-success")
        self.assert_status(201, self.fos.edit("POST", alias=[alias("a", I1)]))
        self.assertIsNone(self.zoning()["pending"])
        self.fos.edit("POST", zone=[zone("z1", I1, T1)], cfg=[cfg("C", "z1")])
        self.fault("PATCH:* wrong-success")
        self.assert_status(204, self.fos.enable("C"))
        self.assertEqual(({"zones": {}}, {}), (self.zoning()["effective"], self.zoning()["defined"]["zones"]))

    def test_half_of_a_big_request_is_kept(self):
        self.fault("POST:*defined* keep-half")
        self.assert_status(201, self.fos.edit("POST", zone=[zone(f"z{n}", I1, T1) for n in range(2000)]))
        self.assertEqual(1000, len(self.zoning()["pending"]["zones"]))

    def test_slow_activation_keeps_its_request_waiting(self):
        self.fos.edit("POST", zone=[zone("z1", I1, T1)], cfg=[cfg("C", "z1")])
        checksum = self.fos.checksum()
        self.fault("PATCH:* slow 3600")
        with self.assertRaises(TimeoutError):
            self.fos.call("PATCH", self.GET, {"cfg-name": "C", "checksum": checksum}, timeout=0.2)
        self.assertNotIn("zoneset", self.zoning()["effective"])
        self.san.ctl("switch release A")
        until("the activation", lambda: self.zoning()["effective"].get("zoneset") == "C")

    def test_faults_are_listed_and_checked(self):
        self.fault("PATCH:*/effective-configuration hang-before forever with *x* count 3")
        fault = self.switch()["faults"][0]
        self.assertEqual(("hang-before", 3, "*x*"), (fault["kind"], fault["left"], fault["with"]))
        for words in ("1 503", "+1 explode", "+1 hang-before", "+1 hang-before soon", "+1 503 count x"):
            with self.assertRaises(AssertionError):
                self.fault(words)


class Front(FosTest):
    """Ports, TLS, limits, the log."""

    def test_tls_with_a_certificate_of_its_own(self):
        cert, key = f"{self.folder}/cert.pem", f"{self.folder}/key.pem"
        made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert,
                               "-days", "2", "-subj", "/CN=switch", "-addext", "subjectAltName=IP:127.0.0.1"],
                              stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if made.returncode != 0:
            self.skipTest("no openssl to make a certificate with")
        fos = self.add_switch("B", "9.1.0b", f"user me password secret cert {cert} key {key}")
        fos.ca = cert
        self.assert_status(401, fos.login())
        self.assert_status(200, fos.login("me", "secret"))
        fos.edit("POST", alias=[alias("a", I1)])
        self.assertEqual(("me", "https"), (fos.get("fabric-lock")["client-user-name"],
                                           fos.get("fabric-lock")["client-interface"]))

    def test_wrong_switches_are_refused(self):
        for words in ("A fos 0", "B ios 0", "B fos 0 1.2.3", "B fos 70000", "B fos 0 9.1.0b cert x", "C fos 0",
                      "B fos 0 9.1.0b shape round", f"B fos {self.fos.port}", "B fos 0 9.1.0b cert /none key /none"):
            with self.assertRaises(AssertionError, msg=words):
                self.san.ctl(f"switch add {words}")
        self.assertEqual(["A"], [row["fabric"] for row in self.san.ctl("switches")])

    def test_settings_are_checked(self):
        for words in ("single both", "sessions 11", "vf-id 129", "colour red", "delete never", "write-ms -1"):
            with self.assertRaises(AssertionError, msg=words):
                self.san.ctl(f"switch set A {words}")

    def test_a_body_over_the_limit_is_refused(self):
        self.assertEqual(413, self.fos.running("POST", "brocade-zone/defined-configuration", "x" * (8 << 20 | 1)).status)

    def test_methods_that_a_resource_has_not(self):
        self.assert_refused(self.fos.running("POST", "brocade-zone/effective-configuration", {}), "Not supported", 405)
        self.assert_refused(self.fos.running("DELETE", "brocade-zone/fabric-lock"), "Not supported", 405)

    def test_the_log_has_each_request_and_reply_and_no_secret(self):
        self.fos.edit("POST", alias=[alias("a", I1)])
        self.fos.running("GET", "brocade-zone/effective-configuration?vf-id=7")
        requests, replies = self.san.log(event="request"), self.san.log(event="reply")
        self.assertEqual([1, 2, 3], [line["number"] for line in requests])
        self.assertEqual(["/rest/login", "/rest/running/brocade-zone/defined-configuration",
                          "/rest/running/brocade-zone/effective-configuration"], [line["path"] for line in requests])
        self.assertIn('"a"', requests[1]["body"])
        self.assertEqual(([200, 201, 400], "vf-id=7"), ([line["status"] for line in replies], requests[2]["query"]))
        with open(self.san.log_path, encoding="utf-8") as file:
            text = file.read()
        for secret in ("password", self.fos.key, self.fos.key.split()[1]):
            self.assertNotIn(secret, text)

    def test_a_database_is_loaded_from_a_file(self):
        with open(f"{self.folder}/zones.json", "w", encoding="utf-8") as file:
            file.write('{"zoneset": "C", "defined": {"aliases": {}, "zonesets": {"C": ["t"]}, "zones": {"t": '
                       '{"kind": "target-peer", "principals": ["%s"], "members": ["%s"]}}}}' % (T1, I1))
        self.san.ctl(f"zone load A {self.folder}/zones.json")
        shown = self.fos.get("effective-configuration")
        self.assertEqual(("C", "target-created-peer-zone"), (shown["cfg-name"], shown["enabled-zone"][0]["zone-type-string"]))
        self.assert_refused(self.fos.edit("PATCH", zone=[peer("t", [T1], [I2])]), "only be deleted")


class Options(SwitchTest):
    san_args = ("--switch", "A=fos:0:8.2.3", "--switch", "B=fos:0,user=me,password=secret")

    def test_switches_of_the_command_line(self):
        rows = self.san.ctl("switches")
        self.assertEqual([("A", "8.2.3"), ("B", "9.1.0b")], [(row["fabric"], row["release"]) for row in rows])
        self.assertEqual(200, Fos(rows[1]["port"]).login("me", "secret").status)


class ConfigFile(SwitchTest):
    def setUp(self):
        folder = tempfile.mkdtemp(prefix="npivd-switch-", dir="/tmp")
        self.addCleanup(shutil.rmtree, folder)
        with open(f"{folder}/san.json", "w", encoding="utf-8") as file:
            json.dump({"switches": [{"fabric": "A", "vendor": "fos", "release": "9.0.1d", "user": "me", "password": "it"}],
                       "commands": ["switch set A sessions 1"]}, file)
        self.san_args = ("--config", f"{folder}/san.json")
        super().setUp()

    def test_switches_of_the_file(self):
        row = self.switch()
        self.assertEqual("9.0.1d", row["release"])
        self.assertEqual(200, Fos(row["port"]).login("me", "it").status)
        self.assertEqual(403, Fos(row["port"]).login("me", "it").status)


if __name__ == "__main__":
    main()
