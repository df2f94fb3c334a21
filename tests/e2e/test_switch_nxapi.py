#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The manners of the simulated NX-API: what a client of a real MDS switch has to cope with."""

import os
import re
import subprocess
import sys

from harness import SKIP, until
from nxos import I1, I2, I3, T1, Nxos, NxosTest, enter, pwwn, rows
from switches import main, wwn

CREATED = "Enhanced zone session has been created. Please 'commit' the changes when done.\n"
FIXTURES = os.environ.get("FIXTURES", "")


class Frame(NxosTest):
    """HTTP, and the envelope of ins_api."""

    def test_a_wrong_password_is_refused(self):
        self.assert_status(401, Nxos(self.nxos.port, password="wrong").ins("cli_show", "show version"))

    def test_the_cookie_stands_for_the_password_until_sessions_end(self):
        cookie = self.nxos.ins("cli_show", "show version").headers["Set-Cookie"].split(";")[0]
        self.assertTrue(cookie.startswith("nxapi_auth="))
        with_cookie = {"headers": {"Authorization": "", "Cookie": cookie}}
        self.assert_status(200, self.nxos.ins("cli_show", "show version", **with_cookie))
        self.san.ctl("switch expire A")
        self.assert_status(401, self.nxos.ins("cli_show", "show version", **with_cookie))

    def test_a_wrong_cookie_is_none(self):
        self.assert_status(401, self.nxos.ins("cli_show", "show version",
                                              headers={"Authorization": "", "Cookie": "nxapi_auth=0"}))

    def test_only_ins_is_there(self):
        self.assert_status(404, self.nxos.call({}, path="/ins-api"))
        self.assert_status(405, self.nxos.send("GET", "/ins", headers={"Authorization": self.nxos.key}))
        self.assert_status(400, self.nxos.call("{"))

    def test_one_output_is_an_object_and_more_are_a_list(self):
        one = self.nxos.ins("cli_show", "show version").body["ins_api"]
        self.assertEqual(("cli_show", "eoc", "200", "Success"),
                         (one["type"], one["sid"], one["outputs"]["output"]["code"], one["outputs"]["output"]["msg"]))
        two = self.nxos.ins("cli_show", "show version ;show vsan").body["ins_api"]["outputs"]["output"]
        self.assertEqual(["show version ", "show vsan"], [output["input"] for output in two])

    def test_one_output_is_a_list_when_the_setting_says_so(self):
        self.set("single list")
        self.assertEqual(1, len(self.nxos.ins("cli_show", "show version").body["ins_api"]["outputs"]["output"]))

    def test_commands_end_at_the_first_that_is_refused(self):
        outputs = self.nxos.conf(enter("z1"), "member pwwn nonsense", pwwn(I1))
        self.assertEqual(["200", "400"], [output["code"] for output in outputs])
        self.assertEqual("Input CLI command error", outputs[1]["msg"])

    def test_unknown_commands_and_vsans_are_refused(self):
        self.refused("% Invalid command", "zone rule z1 vsan 10")
        self.refused("VSAN 11 is not configured", "zone name z1 vsan 11")
        self.refused("% Invalid number", "zone name z1 vsan 5000")
        self.assertEqual("400", self.nxos.outputs("cli_show", "zone commit vsan 10")[0]["code"])
        self.assertEqual("400", self.nxos.outputs("cli_conf", "show version")[0]["code"])

    def test_a_message_of_no_known_type_is_refused(self):
        self.assertEqual("400", self.nxos.outputs("bash", "show version")[0]["code"])

    def test_what_has_no_structure_says_so(self):
        self.assertEqual("501", self.nxos.outputs("cli_show", "show zone pending-diff vsan 10")[0]["code"])

    def test_joined_commands_are_garbled_when_the_setting_says_so(self):
        self.set("joined off")
        self.assertEqual(["400"], [output["code"] for output in self.nxos.conf(enter("z1"), pwwn(I1))])
        self.done(enter("z1"))
        self.done(pwwn(I1))
        self.assertEqual([I1], self.zoning()["pending"]["zones"]["z1"]["members"])

    def test_questions_are_answered_with_no_unless_they_are_turned_off(self):
        self.set("ask on")
        self.done(enter("z1"))
        self.assertIn("(y/n)", self.done("zone commit vsan 10")[0])
        self.assertIsNotNone(self.zoning()["pending"])
        self.done("terminal dont-ask", "zone commit vsan 10", "no terminal dont-ask")
        until("the commit", lambda: self.zoning()["pending"] is None)

    def test_tls_with_a_certificate_of_its_own(self):
        cert, key = f"{self.folder}/cert.pem", f"{self.folder}/key.pem"
        made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert,
                               "-days", "2", "-subj", "/CN=switch", "-addext", "subjectAltName=IP:127.0.0.1"],
                              stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if made.returncode != 0:
            self.skipTest("no openssl to make a certificate with")
        port = self.san.ctl(f"switch add B nxos 0 9.4(1) user me password secret cert {cert} key {key}")["port"]
        self.assertEqual("mds-B", Nxos(port, cert, "me", "secret").show("show version")["host_name"])

    def test_settings_are_checked(self):
        for words in ("mode loose", "vsan 0", "vsan 5000", "activation-ms x", "smart maybe", "colour red"):
            with self.assertRaises(AssertionError, msg=words):
                self.set(words)

    def test_the_log_has_no_secret(self):
        cookie = self.nxos.ins("cli_show", "show version").headers["Set-Cookie"].split(";")[0]
        self.done(enter("z1"))
        with open(self.san.log_path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(enter("z1"), text)
        for secret in ("password", self.nxos.key.split()[1], cookie):
            self.assertNotIn(secret, text)


class JsonRpc(NxosTest):
    def test_a_structured_answer_has_a_body(self):
        reply = self.assert_status(200, self.nxos.rpc("show zone status vsan 10"))
        self.assertEqual("enhanced", rows(reply.body["result"]["body"], "zone_status")[0]["mode"])

    def test_text_is_asked_for_by_another_method(self):
        reply = self.nxos.rpc("show zone status vsan 10", method="cli_ascii")
        self.assertTrue(reply.body["result"]["msg"].startswith("VSAN: 10 default-zone: deny"))

    def test_silence_is_null_and_a_notice_is_a_result(self):
        self.assertEqual(CREATED, self.nxos.rpc(f"{enter('z1')} ; {pwwn(I1)}").body["result"]["msg"])
        self.assertIsNone(self.nxos.rpc(f"{enter('z1')} ; {pwwn(I2)}").body["result"])

    def test_a_refusal_is_an_error_with_its_text(self):
        reply = self.assert_status(500, self.nxos.rpc(f"{enter('z1')} ; {pwwn(I1)} ; {pwwn(I1)}"))
        self.assertIn("Duplicate member", reply.body["error"]["data"]["msg"])

    def test_more_calls_are_answered_in_their_order(self):
        answers = self.nxos.rpc("show version", "show nonsense").body
        self.assertEqual([1, 2], [answer["id"] for answer in answers])
        self.assertEqual([True, False], ["result" in answer for answer in answers])


class Releases(NxosTest):
    def each(self):
        for release in ("9.4(1)", "9.2(2)", "8.4(2b)", "8.4(2a)"):
            self.san.stop()
            self.san.start()
            self.nxos = Nxos(self.san.ctl(f"switch add A nxos 0 {release}")["port"])
            yield release

    def test_each_names_itself(self):
        for release in self.each():
            self.assertEqual(release, self.nxos.show("show version")["sys_ver_str"])

    def test_what_is_not_there_is_an_error_in_one_release_only(self):
        for release in self.each():
            output = self.nxos.conf("no zone name z9 vsan 10")[0]
            error = release == "8.4(2b)"
            self.assertEqual("400" if error else "200", output["code"])
            self.assertEqual("Zone not present\n", output["clierror" if error else "body"])

    def test_older_ones_read_the_type_before_the_input(self):
        message = {"ins_api": {"version": "1.0", "input": "show version", "type": "cli_show", "output_format": "json"}}
        for release in self.each():
            output = self.nxos.call(message).body["ins_api"]["outputs"]["output"]
            self.assertEqual("400" if release.startswith("8") else "200", output["code"])

    def test_zonesets_come_with_members_or_with_names(self):
        for release in self.each():
            self.make()
            defined = rows(self.nxos.show("show zoneset vsan 10"), "zoneset")[0]
            active = rows(self.nxos.show("show zoneset active vsan 10"), "zoneset")[0]
            if release.startswith("9"):
                self.assertEqual("yes", defined["isactive"])
                self.assertEqual([{"name": "z1"}, {"name": "z2"}], rows(defined, "zoneset_member"))
            else:
                self.assertEqual(2, len(rows(rows(defined, "zone")[0], "zone_member")))
            self.assertEqual("S", active["name"])
            self.assertEqual(0 if release == "9.2(2)" else 2, len(rows(rows(active, "zone")[0], "zone_member")))


class Texts(NxosTest):
    """Texts have the form that real switches give them."""

    settings = ("activation-ms 0",)

    @staticmethod
    def shape(text):
        """What of a text does not change with numbers, names and dates."""
        text = re.sub(r"\b[0-9a-f]{2}(:[0-9a-f]{2}){7}\b", "WWN", text)
        text = re.sub(r"at \d\d:\d\d:\d\d \S+ \S+ +\d+ \d{4}", "at TIME", text)
        text = re.sub(r"0x[0-9a-f]+", "HEX", text)
        text = re.sub(r"(?<=name )\S+|(?<=Name: )\S+", "NAME", text)
        text = re.sub(r"(?<=name:)\S+", "NAME", text)
        return re.sub(r"\b\d+\b", "N", text).rstrip("\n") + "\n"

    def assert_like(self, fixture, text, cut=None):
        path = f"{FIXTURES}/cisco-nxos/{fixture}"
        if not os.path.exists(path):
            self.skipTest(f"{path} is absent (meson option 'fixtures')")
        with open(path, encoding="utf-8") as file:
            wanted = file.read()
        self.assertEqual(self.shape(cut(wanted) if cut else wanted), self.shape(text))

    def test_zone_status_in_basic_mode(self):
        self.set("mode basic")
        self.set("smart on")
        self.make()
        self.assert_like("shzonestatus_0.cfg", self.nxos.text("show zone status vsan 10"))

    def test_zone_status_in_enhanced_mode(self):
        self.set("mode basic")
        self.make()
        self.done("zone mode enhanced vsan 10")
        self.assert_like("shzonestatus_1.cfg", self.nxos.text("show zone status vsan 10"))

    def test_zone_status_after_a_failure(self):
        self.set("mode basic")
        self.make()
        self.done("zone default-zone permit vsan 10", "zoneset activate name S vsan 10")
        self.set("mode enhanced")
        self.assert_like("shzonestatus_2.cfg", self.nxos.text("show zone status vsan 10"))

    def test_zones(self):
        self.done(enter("zoneA"), pwwn(I1), "member device-alias test123", enter("zoneB"), pwwn(I2), pwwn(T1))
        self.commit()
        self.assert_like("shzone_0.cfg", self.nxos.text("show zone vsan 10"))

    def test_zonesets(self):
        self.done(enter("z1"), pwwn(I1, "both"), pwwn(I2), enter("z2"), pwwn(I1), pwwn(T1),
                  "member device-alias somedummyname", "zoneset name S vsan 10", "member z1", "member z2")
        self.commit()
        self.assert_like("shzoneset_0.cfg", self.nxos.text("show zoneset vsan 10"))

    def test_the_zoneset_in_force_tells_who_is_there(self):
        self.make()
        host = self.san.wwpn("h0")
        self.done("device-alias database", f"device-alias name host pwwn {wwn(host)}",
                  f"device-alias name away pwwn {wwn(I1)}", "device-alias commit")
        self.done(enter("z3"), pwwn(host), pwwn(I1), "zoneset name S2 vsan 10", "member z3",
                  "zoneset activate name S2 vsan 10", "zone commit vsan 10")

        def one_line_there(text):
            """Of the lines with somebody who is logged in, the first; and names as ours."""
            lines = [line for line in text.split("\n") if line]
            there = [line for line in lines if line.startswith("  *")][:1]
            away = [line for line in lines if line.startswith("    ")]
            return re.sub(r"\[[\w-]+\]$", "[ALIAS]", "\n".join(lines[:2] + there + away), flags=re.M)

        self.assert_like("shzonesetactive_0.cfg", one_line_there(self.nxos.text("show zoneset active vsan 10")), one_line_there)

    def test_device_aliases(self):
        for name, of in (("test1_add", I1), ("test2_add", I2), ("tieHost-1", I3), ("tieHost-2", T1)):
            self.done("device-alias database", f"device-alias name {name} pwwn {wwn(of)}")
        self.done("device-alias commit")
        text = self.nxos.text("show device-alias database").split("\nTotal")[0]
        self.assert_like("shdadatabse.cfg", text)
        self.assert_like("shdastatus.cfg", self.nxos.text("show device-alias status"))

    def test_device_alias_status_while_it_is_locked(self):
        self.done("device-alias database", f"device-alias name a pwwn {wwn(I1)}")
        self.assert_like("shdastatuslock.cfg", self.nxos.text("show device-alias status"))

    def test_a_vsan(self):
        self.assert_like("shvsan.cfg", self.nxos.text("show vsan 10") or self.nxos.text("show vsan"),
                         lambda text: text.split("\n\n")[0])


class NameServer(NxosTest):
    def names(self):
        vsan = rows(self.nxos.show("show fcns database detail vsan 10"), "fcns_vsan")[0]
        self.assertEqual(10, vsan["vsan_id"])
        return {row["pwwn"]: row for row in rows(vsan, "fcns_database")}

    def test_logins_and_targets_are_listed(self):
        host, target = self.names()[wwn(self.san.wwpn("h0"))], self.names()[wwn(T1)]
        self.assertEqual(("0x010100", "scsi-fcp:init", "fc1/1"),
                         (host["fcid"], host["fc4_types_fc4_features"], host["connected_interface"]))
        self.assertEqual("scsi-fcp:target", target["fc4_types_fc4_features"])

    def test_a_vport_names_its_physical_port(self):
        with open(f"{self.san.mount}/class/fc_host/host0/vport_create", "w", encoding="ascii") as file:
            file.write(f"{I1}:2000aabbccdd0001")
        row = until("the vport is logged in", lambda: self.names().get(wwn(I1)))
        self.assertEqual((wwn(self.san.wwpn("h0")), "fc1/1"), (row["permanent_port_wwn"], row["connected_interface"]))
        ports = {row["port_name"]: row for row in rows(self.nxos.show("show flogi database vsan 10"), "flogi_entry")}
        self.assertEqual(("fc1/1", 10), (ports[wwn(I1)]["interface"], ports[wwn(I1)]["vsan"]))

    def test_other_machines_are_at_another_switch(self):
        self.san.ctl(f"occupy A {I2}")
        self.assertIn(wwn(I2), self.names())
        ports = [row["port_name"] for row in rows(self.nxos.show("show flogi database vsan 10"), "flogi_entry")]
        self.assertNotIn(wwn(I2), ports)


if __name__ == "__main__":
    if "Texts" in sys.argv and not os.path.isdir(FIXTURES):
        print(f"skipped: no outputs of real switches in '{FIXTURES}' (meson option 'fixtures')")
        sys.exit(SKIP)
    main()
