# SPDX-License-Identifier: LGPL-2.1-or-later
"""npivctl, the real binary, against a scripted npivd."""
import argparse
import csv
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fake"))
from fake_npivd import FakeNpivd, operation, problem  # noqa: E402

NPIVCTL = ""
WWPN = "1000020000000001"
GUEST = {
    "id": "6695eb01-f6a4-8304-79aa-97f2502e193f", "name": "db01", "hypervisor": "libvirt", "priority": 50,
    "lun_check": "exact", "desired": "ready", "state": "ready", "reason": "", "wwnn": "2000020000000001",
    "vhbas": [
        {"name": "a", "fabric": "A", "wwpns": [WWPN, "1000020000000002"], "active": WWPN,
         "vport": {"state": "Active", "port_state": "Online", "port_id": "010101", "up": True}},
        {"name": "b", "fabric": "B", "wwpns": ["1000020000000003", "1000020000000004"],
         "active": "1000020000000003",
         "vport": {"state": "Active", "port_state": "Online", "port_id": "020101", "up": True}}],
    "luns": [{"wwid": "naa.600140500000000000000000000000a1", "size_bytes": 16777216, "lun": 0, "fabric": "A",
              "target": "5000097300000001", "dev": "sda", "recorded": True, "present": True}],
}


class Case(unittest.TestCase):
    """Each test has its own folder, socket and fake."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.fake = FakeNpivd(os.path.join(self.folder.name, "api.sock"))
        self.fake.__enter__()
        self.addCleanup(self.fake.__exit__)

    def argv(self, *words):
        return [NPIVCTL, "-s", self.fake.path, *words]

    def run_ctl(self, *words, stdin="", env=None):
        """(exit code, standard output, standard error)"""
        done = subprocess.run(self.argv(*words), input=stdin, text=True, capture_output=True, timeout=30,
                              env={**os.environ, "TERM": "xterm", **(env or {})})
        return done.returncode, done.stdout, done.stderr

    def ok(self, *words, **more):
        code, out, errors = self.run_ctl(*words, **more)
        self.assertEqual(code, 0, errors)
        return out

    def fails(self, expected, *words, **more):
        code, out, errors = self.run_ctl(*words, **more)
        self.assertEqual(code, expected, out + errors)
        return errors


class CommandLine(Case):
    def test_npivctl_accepts_nouns_in_singular_plural_and_synonym(self):
        self.fake.items("/v1/guests", [GUEST])
        for noun in ("guest", "guests", "vm", "domain"):
            with self.subTest(noun):
                self.assertIn("db01", self.ok(noun, "list"))

    def test_npivctl_accepts_verbs_by_synonym(self):
        self.fake.items("/v1/guests", [GUEST])
        self.assertIn("db01", self.ok("guest", "ls"))

    def test_npivctl_takes_global_options_at_every_place(self):
        self.fake.items("/v1/guests", [GUEST])
        for words in (("-o", "name", "guest", "list"), ("guest", "-o", "name", "list"),
                      ("guest", "list", "-o", "name"), ("guest", "list", "--output=name")):
            with self.subTest(words):
                self.assertEqual(self.ok(*words), "guest/db01\n")

    def test_npivctl_asks_back_when_a_word_is_nearly_right(self):
        for words, meant in ((("geust", "list"), "'guest'"), (("guest", "strat"), "'guest start'"),
                             (("zonesets", "lst"), "'zoneset list'"), (("hab", "list"), "'hba'")):
            with self.subTest(words):
                self.assertIn("did you mean " + meant, self.fails(2, *words))
        self.assertEqual(self.fake.calls, [])

    def test_npivctl_refuses_wrong_usage_with_the_usage(self):
        for words, said in ((("guest", "start"), "usage: npivctl guest start GUEST..."),
                            (("guest", "list", "db01"), "'db01' is not FIELD=VALUE"),
                            (("guest", "list", "-o", "xml"), "'xml' is not table"),
                            (("guest", "list", "--nonsense"), "--nonsense: unknown option"),
                            (("guest", "list", "--force"), "--force: unknown option"),
                            (("pool", "create"), "pool create takes one name"),
                            (("mask", "create", "x"), "mask create takes no name"),
                            (("fabric", "set", "A"), "nothing to set"),
                            (("zone", "show", "z1"), "in which fabric?"),
                            (("op", "wait", "x"), "'x' is not the number of an operation"),
                            (("guest", "create", "g", "--vhba", "pool=p"), "names no fabric"),
                            (("guest", "create", "g", "--vhba", "fabrik=A"), "'fabrik=A' is not one of"),
                            (("--timeout", "0", "status"), "--timeout"),
                            (("--color", "blue", "status"), "--color")):
            with self.subTest(words):
                self.assertIn(said, self.fails(2, *words))
        self.assertEqual(self.fake.calls, [])

    def test_npivctl_helps_for_everything_with_an_example(self):
        top = self.ok("help")
        nouns = re.findall(r"^  ([a-z]+) {2,}", top.split("Nouns\n")[1].split("\nOptions")[0], re.M)
        self.assertIn("zoneset", nouns)
        for noun in nouns:
            text = self.ok("help", noun)
            self.assertIn("npivctl " + noun, text)
            verbs = re.findall(r"^  ([a-z]+) ", text.split("Verbs\n")[1].split("\nExamples")[0], re.M) \
                if "Verbs\n" in text else []
            for verb in verbs:
                with self.subTest(noun=noun, verb=verb):
                    self.assertIn(f"Example\n  npivctl {noun} {verb}", self.ok("help", noun, verb))
                    self.assertEqual(self.ok(noun, verb, "--help"), self.ok("help", noun, verb))

    def test_npivctl_help_finds_the_words_of_other_systems(self):
        for word, noun in (("igroup", "mask"), ("cfg", "zoneset"), ("device-alias", "alias"), ("igroups", None)):
            with self.subTest(word):
                if noun:
                    self.assertIn(f"npivctl {noun}:", self.ok("help", word))
                else:
                    self.fails(2, "help", word)

    def test_npivctl_reports_an_unreachable_npivd_with_exit_8(self):
        done = subprocess.run([NPIVCTL, "-s", self.folder.name + "/none", "guest", "list"], text=True,
                              capture_output=True, timeout=30)
        self.assertEqual(done.returncode, 8)
        self.assertIn("systemctl", done.stderr)

    def test_npivctl_gives_a_hanging_npivd_up_after_the_timeout(self):
        self.fake.row("GET", "/v1/guests", hang=True)
        began = time.monotonic()
        self.fails(3, "--timeout", "1", "guest", "list")
        self.assertLess(time.monotonic() - began, 3)

    def test_npivctl_exit_code_follows_the_code_of_the_error(self):
        for status, code, expected in ((403, "denied", 4), (409, "conflict", 5), (409, "exists", 5),
                                       (404, "not-found", 10), (422, "invalid", 2), (503, "busy", 1),
                                       (500, "stuck", 7), (500, "failed", 6), (504, "timeout", 3)):
            with self.subTest(code):
                self.fake.rows.clear()
                self.fake.row("GET", "/v1/guests/db01", status=status,
                              body=problem(status, code, "words of npivd", hint="do this"))
                errors = self.fails(expected, "guest", "show", "db01")
                self.assertIn("npivctl: words of npivd\n  do this\n", errors)

    def test_npivctl_without_arguments_shows_the_state_and_the_next_command(self):
        self.fake.row("GET", "/v1/system", body={"version": "0.1.0", "host": "kvm01", "ready": True, "uptime_s": 9})
        self.fake.items("/v1/hbas", [{"wwpn": "2100f4e9d4000001", "kernel_name": "host1", "fabric": "A", "npiv": True}])
        self.fake.items("/v1/fabrics", [{"name": "A"}])
        self.fake.items("/v1/pools", [{"name": "default"}])
        self.fake.items("/v1/guests", [])
        self.fake.row("GET", "/v1/operations", body=lambda call: (200, {
            "items": [operation(7, "STUCK")] if call.query["state"] == "STUCK" else []}))
        out = self.ok()
        self.assertIn("npivd 0.1.0 on kvm01: ready", out)
        self.assertIn("2100f4e9d4000001", out)
        self.assertIn("Operations that need a person", out)
        self.assertTrue(out.endswith("next: npivctl op show 7\n"))
        self.assertEqual(out, self.ok("status"))

    def test_npivctl_version_is_told_without_npivd_too(self):
        out = self.ok("version")
        self.assertRegex(out, r"^npivctl \d+\.\d+\.\d+\n$")


class Output(Case):
    def test_output_is_a_table_of_words_without_blanks(self):
        self.fake.items("/v1/guests", [GUEST, {"name": "idle", "state": "absent"}])
        lines = self.ok("guest", "list").splitlines()
        self.assertEqual(len(lines), 3)
        self.assertEqual({len(line.split()) for line in lines}, {6})
        self.assertEqual(lines[1].split(), ["db01", "ready", "ready", "A,B", WWPN + ",1000020000000003", "-"])

    def test_output_wide_has_more_columns_and_headings_can_go(self):
        self.fake.items("/v1/guests", [GUEST])
        wide = self.ok("-o", "wide", "guest", "list").splitlines()
        self.assertIn("LUN_CHECK", wide[0])
        self.assertEqual(len(self.ok("guest", "list", "--no-headings").splitlines()), 1)

    def test_output_columns_are_chosen_by_header_or_member(self):
        self.fake.items("/v1/guests", [GUEST])
        self.assertEqual(self.ok("guest", "list", "--columns", "name,PRIO,lun_check", "--no-headings").split(),
                         ["db01", "50", "exact"])
        self.assertIn("there is no column 'colour'", self.fails(2, "guest", "list", "--columns", "name,colour"))

    def test_output_json_is_what_npivd_said_and_nothing_else(self):
        self.fake.items("/v1/guests", [GUEST])
        self.fake.row("GET", "/v1/guests/db01", body=GUEST)
        code, out, errors = self.run_ctl("guest", "list", "-o", "json")
        self.assertEqual((code, errors), (0, ""))
        self.assertEqual(json.loads(out), {"items": [GUEST]})
        self.assertEqual(json.loads(self.ok("guest", "show", "db01", "-o", "json")), GUEST)

    def test_output_csv_quotes_and_keeps_bytes(self):
        self.fake.items("/v1/luns", [{"wwid": "naa.6001", "name": 'a "quoted", name', "size_bytes": 16777216}])
        rows = list(csv.DictReader(io.StringIO(self.ok("lun", "list", "-o", "csv"), newline="")))
        self.assertEqual(rows[0]["NAME"], 'a "quoted", name')
        self.assertEqual(rows[0]["SIZE"], "16777216")
        self.assertIn("16MiB", self.ok("lun", "list"))

    def test_output_names_go_into_other_commands(self):
        self.fake.items("/v1/zones", [{"fabric": "A", "name": "z1"}])
        self.fake.row("GET", "/v1/zones/A:z1", body={"fabric": "A", "name": "z1"})
        name = self.ok("zone", "list", "-o", "name").strip()
        self.assertEqual(name, "zone/A:z1")
        self.assertIn("z1", self.ok("zone", "show", name))
        self.assertIn("z1", self.ok("zone", "show", "z1", "--fabric", "A"))

    def test_output_show_has_the_lists_below(self):
        self.fake.row("GET", "/v1/guests/db01", body=GUEST)
        out = self.ok("guest", "show", "db01")
        self.assertRegex(out, r"(?m)^NAME +db01$")
        self.assertIn("\nvHBAs\n", out)
        self.assertIn("\nLUNs\n", out)
        self.assertIn("16MiB", out)

    def test_output_redacts_every_form_of_a_wwn_consistently(self):
        guest = {**GUEST, "reason": "seen as 10:00:02:00:00:00:00:01 and 0x1000020000000001"}
        self.fake.row("GET", "/v1/guests/db01", body=guest)
        for extra in ((), ("-o", "json"), ("-o", "csv")):
            out = self.ok("guest", "show", "db01", "--redact", *extra)
            self.assertNotRegex(out, "1000020000000001|10:00:02|600140")
            self.assertIn("wwn-", out)
        seen = json.loads(self.ok("guest", "show", "db01", "--redact", "-o", "json"))
        self.assertEqual(seen["reason"], f"seen as {seen['vhbas'][0]['active']} and {seen['vhbas'][0]['active']}")
        self.assertEqual(seen["id"], GUEST["id"])

    def test_output_redacts_errors_and_traces(self):
        self.fake.row("GET", "/v1/vports/" + WWPN, status=404,
                      body=problem(404, "not-found", f"there is no vport {WWPN}"))
        errors = self.fails(10, "-v", "--redact", "vport", "show", WWPN)
        self.assertNotIn(WWPN, errors)
        self.assertIn("there is no vport wwn-1", errors)

    def test_output_has_no_escape_codes_off_a_terminal(self):
        self.fake.items("/v1/guests", [GUEST])
        self.assertNotIn("\033", self.ok("guest", "list"))
        self.assertIn("\033[", self.ok("guest", "list", "--color", "always"))

    def test_output_makes_control_characters_of_others_harmless(self):
        self.fake.items("/v1/hbas", [{"wwpn": WWPN, "symbolic_name": "x\033[2Jy\u0007"}])
        self.assertNotIn("\033", self.ok("hba", "list", "-o", "wide"))

    def test_output_says_that_a_list_is_empty(self):
        self.fake.items("/v1/guests", [])
        code, out, errors = self.run_ctl("guest", "list")
        self.assertEqual((code, out, errors), (0, "", "no guests\n"))
        self.assertEqual(self.run_ctl("-q", "guest", "list"), (0, "", ""))
        self.fake.items("/v1/aliases", [])
        self.assertEqual(self.run_ctl("alias", "list"), (0, "", "no aliases\n"))

    def test_list_reads_all_pages_and_passes_filters(self):
        def page(call):
            after = int(call.query.get("after", 0))
            items = [{"name": f"g{i}"} for i in range(after, min(after + 1000, 2500))]
            return 200, {"items": items, **({"next": str(after + 1000)} if after < 2000 else {})}

        self.fake.row("GET", "/v1/guests", body=page)
        out = self.ok("guest", "list", "state=ready", "-l", "host=kvm 1&x", "-o", "name")
        self.assertEqual(len(out.splitlines()), 2500)
        self.assertEqual([call.query["state"] for call in self.fake.calls], ["ready"] * 3)
        self.assertEqual(self.fake.calls[0].query["host"], "kvm 1&x")

    def test_list_with_a_limit_reads_one_page(self):
        self.fake.row("GET", "/v1/guests", body={"items": [GUEST], "next": "x"})
        self.assertEqual(self.ok("guest", "list", "limit=1", "-o", "name"), "guest/db01\n")
        self.assertEqual(len(self.fake.calls), 1)

    def test_list_ends_when_a_page_leads_to_itself(self):
        self.fake.row("GET", "/v1/guests", body={"items": [GUEST], "next": "same"})
        self.assertIn("leads to itself", self.fails(1, "guest", "list"))

    def test_list_ends_at_an_empty_page_that_says_where_news_will_be(self):
        event = {"id": 18, "time": "2026-01-01T00:00:00.000Z", "severity": "info", "kind": "hba-new",
                 "object": "hbas/1", "guest": "", "message": "seen"}
        self.fake.row("GET", "/v1/events", body=lambda call: (
            200, {"items": [] if "after" in call.query else [event], "next": "18"}))
        self.assertEqual(self.ok("event", "list", "-o", "name"), "event/18\n")

    def test_wwn_parse_needs_no_npivd(self):
        out = self.ok("wwn", "parse", "10:00:02:00:00:00:00:01", "naa.5000097300000001", "-o", "json")
        first, second = json.loads(out)["items"]
        self.assertEqual((first["wwn"], first["local"], first["usable"]), (WWPN, True, True))
        self.assertEqual((second["colon"], second["naa"]), ("50:00:09:73:00:00:00:01", 5))
        self.assertEqual(self.fake.calls, [])
        self.fails(2, "wwn", "parse", "123")


class Changes(Case):
    def test_guest_create_sends_every_vhba(self):
        self.fake.row("POST", "/v1/guests", status=201, body=GUEST)
        out = self.ok("guest", "create", "db01", "--id", GUEST["id"], "--vhba", "fabric=A,pool=p,hba=" + WWPN,
                      "--vhba=fabric=B,wwpns=1000020000000003/1000020000000004,name=b", "--priority", "70",
                      "--lun-check", "at-least")
        self.assertEqual(out, "guest/db01 created\n")
        self.assertEqual(self.fake.last("POST").body, {
            "name": "db01", "id": GUEST["id"], "priority": 70, "lun_check": "at-least", "vhbas": [
                {"fabric": "A", "pool": "p", "hba": WWPN},
                {"fabric": "B", "wwpns": ["1000020000000003", "1000020000000004"], "name": "b"}]})

    def test_create_again_says_that_it_is_there(self):
        self.fake.row("POST", "/v1/pools", status=200, body={"name": "default"})
        self.assertEqual(self.ok("pool", "create", "default"), "pool/default is there already, unchanged\n")

    def test_records_are_made_from_their_fields(self):
        rows = (
            (("fabric", "create", "A", "--wwns", "1,2"), "fabrics", {"name": "A", "wwns": ["1", "2"]}),
            (("zone", "create", "A:z", "--members", "a,b", "--kind", "peer"), "zones",
             {"fabric": "A", "name": "z", "members": ["a", "b"], "kind": "peer"}),
            (("alias", "create", "x", "--fabric", "B", "--wwn", WWPN), "aliases",
             {"fabric": "B", "name": "x", "wwn": WWPN}),
            (("zoneset", "create", "A:s", "--zones", "z", "--active", "yes"), "zonesets",
             {"fabric": "A", "name": "s", "zones": ["z"], "active": True}),
            (("mask", "create", "--guest", "db01", "--wwid", "naa.6", "--lun", "3"), "masks",
             {"guest": "db01", "wwid": "naa.6", "lun": 3}),
            (("target", "create", WWPN, "--fabric", "A"), "targets", {"wwpn": WWPN, "fabric": "A"}),
            (("lun", "create", "naa.6", "--name", "n"), "luns", {"wwid": "naa.6", "name": "n"}),
            (("profile", "create", "o", "--fabrics", "A,B", "--deadline", "90"), "profiles",
             {"name": "o", "fabrics": ["A", "B"], "timeout": 90}),
            (("pool", "create", "p", "--first", "1", "--comment", ""), "pools",
             {"name": "p", "first": "1", "comment": ""}),
        )
        for words, path, body in rows:
            with self.subTest(words):
                self.fake.row("POST", "/v1/" + path, status=201, body={**body, "id": 9})
                self.ok(*words)
                self.assertEqual(self.fake.last("POST").body, body)
                self.assertEqual(self.fake.last("POST").path, "/v1/" + path)

    def test_mask_create_tells_its_number(self):
        self.fake.row("POST", "/v1/masks", status=201, body={"id": 9, "guest": "db01"})
        self.assertEqual(self.ok("mask", "create", "--guest", "db01", "--wwid", "naa.6"), "mask/9 created\n")

    def test_set_changes_given_fields_only_and_sends_the_version(self):
        self.fake.row("PATCH", "/v1/zones/A:z", body={})
        out = self.ok("zone", "set", "A:z", "--comment", "x", "--if-match", "v7")
        self.assertEqual(out, "zone/A:z changed\n")
        self.assertEqual(self.fake.last("PATCH").body, {"comment": "x"})
        self.assertEqual(self.fake.last("PATCH").headers["If-Match"], '"v7"')

    def test_hba_drain_and_undrain(self):
        self.fake.row("PATCH", "/v1/hbas/" + WWPN, body={})
        self.ok("hba", "drain", WWPN)
        self.assertEqual(self.fake.last("PATCH").body, {"drain": True})
        self.ok("hba", "undrain", "hba/" + WWPN)
        self.assertEqual(self.fake.last("PATCH").body, {"drain": False})

    def test_delete_needs_a_yes_or_the_name_off_a_terminal(self):
        self.fake.row("DELETE", "/v1/guests/db01", status=204)
        self.assertIn("give --yes, or --confirm db01", self.fails(2, "guest", "delete", "db01"))
        self.assertIn("'db02' is not 'db01'", self.fails(2, "guest", "delete", "db01", "--confirm", "db02"))
        self.assertEqual(self.fake.calls, [])
        self.assertEqual(self.ok("guest", "delete", "db01", "--confirm", "db01"), "guest/db01 deleted\n")
        self.assertEqual(self.ok("guest", "delete", "db01", "-y"), "guest/db01 deleted\n")

    def test_dry_run_prints_what_would_be_done(self):
        self.fake.row("DELETE", "/v1/guests/db01", body={"dry_run": True, "would": [
            {"action": "vport_delete", "hba": "2100f4e9d4000001", "wwpn": WWPN}]})
        out = self.ok("guest", "delete", "db01", "--dry-run")
        self.assertEqual(out, f"would vport_delete hba=2100f4e9d4000001 wwpn={WWPN}\n")
        self.assertEqual(self.fake.last("DELETE").query, {"dry_run": "1"})

    def test_several_names_go_on_after_one_fails(self):
        self.fake.row("DELETE", "/v1/pools/a", status=409, body=problem(409, "conflict", "in use"))
        self.fake.row("DELETE", "/v1/pools/b", status=204)
        code, out, errors = self.run_ctl("pool", "delete", "a", "b", "-y")
        self.assertEqual((code, out), (5, "pool/b deleted\n"))
        self.assertIn("npivctl: pool/a not deleted: in use", errors)

    def test_vport_adopt_names_the_guest(self):
        self.fake.row("PUT", f"/v1/vports/{WWPN}/adoption", body={})
        self.assertIn("give --guest", self.fails(2, "vport", "adopt", WWPN))
        self.ok("vport", "adopt", WWPN, "--guest", "db01", "--pair", "1000020000000002")
        self.assertEqual(self.fake.last("PUT").body, {"guest": "db01", "pair_wwpn": "1000020000000002"})

    def test_pool_reserve_release_and_leases(self):
        self.fake.row("POST", "/v1/wwns", status=201, body={"wwn": WWPN})
        self.fake.row("DELETE", "/v1/wwns/" + WWPN, status=204)
        self.fake.items("/v1/wwns", [{"wwn": WWPN, "pool": "default", "guest": "db01"}])
        self.ok("pool", "reserve", WWPN, "--note", "tape")
        self.assertEqual(self.fake.last("POST").body, {"wwn": WWPN, "note": "tape"})
        self.assertEqual(self.ok("pool", "release", WWPN), f"wwn/{WWPN} released\n")
        self.assertIn("db01", self.ok("pool", "leases", "default"))
        self.assertEqual(self.fake.last("GET").query["pool"], "default")

    def test_db_commands(self):
        self.fake.row("POST", "/v1/system/backups", status=201, body={"name": "b1"})
        self.fake.row("POST", "/v1/system/restore", body={})
        self.fake.row("GET", "/v1/system/check", body={"ok": True, "findings": []}, times=1)
        self.fake.row("GET", "/v1/system/check", body={"ok": False, "findings": ["row 5 of guests"]})
        self.assertEqual(self.ok("db", "backup"), "backup/b1 made\n")
        self.assertEqual(self.fake.last("POST").body, {})
        self.fails(2, "db", "restore", "b1")
        self.ok("db", "restore", "b1", "--yes")
        self.assertIn("sound", self.ok("db", "check"))
        code, out, _ = self.run_ctl("db", "check")
        self.assertEqual(code, 1)
        self.assertIn("row 5 of guests", out)

    def test_api_passes_bodies_and_prints_answers(self):
        self.fake.row("POST", "/v1/x", status=201, body={"b": 2})
        self.assertEqual(json.loads(self.ok("api", "post", "/v1/x", "-f", "-", stdin='{"a": 1}')), {"b": 2})
        self.assertEqual(self.fake.last("POST").body, {"a": 1})
        self.assertIn("--file -:", self.fails(2, "api", "POST", "/v1/x", "-f", "-", stdin="{"))

    def test_guest_check_fails_for_what_is_missing(self):
        bad = json.loads(json.dumps(GUEST))
        bad["luns"][0]["present"] = False
        self.fake.row("GET", "/v1/guests/db01", body=GUEST, times=1)
        self.fake.row("GET", "/v1/guests/db01", body=bad)
        self.ok("guest", "check", "db01")
        code, out, errors = self.run_ctl("guest", "check", "db01")
        self.assertEqual(code, 1)
        self.assertIn("is missing", out)
        self.assertIn("1 findings", errors)


class Operations(Case):
    def start(self, *states, **more):
        """The start is accepted; then the operation shows these states, one a request."""
        self.fake.row("PUT", "/v1/guests/db01/state", status=202, body=operation(812, "RUNNING"),
                      headers={"Location": "/v1/operations/812"})
        for i, state in enumerate(states):
            last = i + 1 == len(states)
            self.fake.row("GET", "/v1/operations/812", times=-1 if last else 1,
                          body=operation(812, state, done=i + 1, text=f"step {i}", **(more if last else {})))

    def test_start_without_wait_names_the_operation(self):
        self.start()
        code, out, errors = self.run_ctl("guest", "start", "db01")
        self.assertEqual((code, out, errors),
                         (0, "guest/db01 starting: operation 812\n", "  npivctl op wait 812\n"))
        self.assertEqual(self.fake.last("PUT").body, {"desired": "ready"})

    def test_start_with_wait_shows_each_step_and_the_end(self):
        self.start("RUNNING", "RUNNING", "DONE")
        code, out, errors = self.run_ctl("guest", "start", "db01", "--wait", "--deadline", "40")
        self.assertEqual((code, out), (0, "guest/db01 started\n"), errors)
        self.assertEqual(errors.splitlines()[0], "[1/3] vport_create: step 0")
        self.assertNotIn("\033", errors)
        self.assertEqual(self.fake.last("PUT").body, {"desired": "ready", "timeout": 40})

    def test_start_of_a_started_guest_says_so(self):
        self.fake.row("PUT", "/v1/guests/db01/state", body=GUEST)
        self.assertEqual(self.ok("guest", "start", "db01", "-w"), "guest/db01 is started already\n")

    def test_stop_with_force(self):
        self.fake.row("PUT", "/v1/guests/db01/state", body=GUEST)
        self.ok("guest", "stop", "db01", "--force")
        self.assertEqual(self.fake.last("PUT").body, {"desired": "absent", "force": True})

    def test_end_of_an_operation_decides_the_exit_code(self):
        error = {"code": "link", "detail": "fabric B refused the login", "hint": "look at the switch"}
        for state, expected in (("FAILED", 6), ("STUCK", 7), ("TIMEOUT", 3)):
            with self.subTest(state):
                self.fake.rows.clear()
                self.start(state, error=error)
                errors = self.fails(expected, "guest", "start", "db01", "-w")
                self.assertIn("fabric B refused the login", errors)
                self.assertIn("look at the switch", errors)

    def test_refused_change_names_its_operation(self):
        self.fake.row("PUT", "/v1/guests/db01/state", status=409,
                      body=problem(409, "conflict", "an operation is at work", operation=811))
        errors = self.fails(5, "guest", "start", "db01")
        self.assertIn("guest/db01 not started: an operation is at work", errors)
        self.assertIn("see: npivctl op show 811", errors)

    def test_wait_ends_after_its_seconds_and_names_the_operation(self):
        self.start("RUNNING")
        began = time.monotonic()
        errors = self.fails(3, "guest", "start", "db01", "--wait=1")
        self.assertLess(time.monotonic() - began, 4)
        self.assertIn("guest/db01 not started yet: operation 812 still runs", errors)
        self.assertIn("npivctl op wait 812", errors)

    def test_wait_prints_the_last_state_as_json(self):
        self.start("DONE")
        out = self.ok("guest", "start", "db01", "--wait", "-o", "json")
        self.assertEqual(json.loads(out)["state"], "DONE")

    def test_interrupt_ends_the_waiting_only(self):
        self.start("RUNNING")
        child = subprocess.Popen(self.argv("guest", "start", "db01", "-w"), text=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        child.stderr.readline()  # it waits now
        child.send_signal(signal.SIGINT)
        out, errors = child.communicate(timeout=20)
        self.assertEqual((child.returncode, out), (3, ""))
        self.assertIn("npivctl op wait 812", errors)
        self.assertNotIn("DELETE", [call.method for call in self.fake.calls])

    def test_op_commands(self):
        self.fake.items("/v1/operations", [operation(1, "DONE"), operation(2, "STUCK")])
        self.fake.row("DELETE", "/v1/operations/5", status=202, body=operation(5, "UNDOING"))
        self.fake.row("POST", "/v1/operations/5/retry", status=202, body=operation(5, "RUNNING"))
        self.fake.row("GET", "/v1/operations/5", body=operation(5, "DONE"))
        self.assertEqual(self.ok("op", "list", "-o", "name").split(), ["op/2", "op/1"])
        self.assertIn("guest_start", self.ok("op", "wait", "5"))
        self.assertEqual(self.ok("op", "cancel", "op/5"), "op/5 cancelled\n")
        self.assertEqual(self.ok("op", "retry", "5", "--wait"), "op/5 retried\n")

    def test_vport_wait_looks_again_at_every_event(self):
        self.fake.row("GET", "/v1/events", body={"items": []}, times=1)
        self.fake.row("GET", "/v1/events", body={"items": [{"id": 4}]})
        self.fake.row("GET", "/v1/vports/" + WWPN, times=1, status=404, body=problem(404, "not-found", "none"))
        self.fake.row("GET", "/v1/vports/" + WWPN, times=1, body={"wwpn": WWPN, "state": "Initializing", "up": False})
        self.fake.row("GET", "/v1/vports/" + WWPN, body={"wwpn": WWPN, "state": "Active", "up": True})
        self.assertIn("Active", self.ok("vport", "wait", WWPN))

    def test_vport_wait_gives_up(self):
        self.fake.row("GET", "/v1/events", body={"items": []})
        self.fake.row("GET", "/v1/vports/" + WWPN, body={"wwpn": WWPN, "state": "Linkdown", "up": False})
        errors = self.fails(3, "vport", "wait", WWPN, "--wait=1")
        self.assertIn("Linkdown", errors)

    def test_event_watch_prints_what_comes(self):
        event = {"id": 8, "time": "t", "kind": "vport", "severity": "info", "object": "vports/x", "message": "up"}
        self.fake.row("GET", "/v1/events", body={"items": [{"id": 7}]}, times=1)
        self.fake.row("GET", "/v1/events", body={"items": []}, times=1)
        self.fake.row("GET", "/v1/events", body={"items": [event]}, times=1)
        self.fake.row("GET", "/v1/events", body={"items": []})
        out = self.ok("event", "watch", "kind=vport", "--wait=1", "-o", "json")
        self.assertEqual([json.loads(line) for line in out.splitlines()], [event])
        self.assertEqual([call.query["after"] for call in self.fake.calls][:4], ["0", "7", "7", "8"])


class Terminal(Case):
    """The same program on a terminal."""

    def run_on_terminal(self, *words, typed="", env=None):
        controller, terminal = pty.openpty()
        child = subprocess.Popen(self.argv(*words), stdin=terminal, stdout=terminal, stderr=terminal,
                                 env={**{k: v for k, v in os.environ.items() if k != "NO_COLOR"},
                                      "TERM": "xterm", **(env or {})})
        os.close(terminal)
        os.write(controller, typed.encode())
        shown = b""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            ready, _, _ = select.select([controller], [], [], 0.1)
            try:
                data = os.read(controller, 65536) if ready else None
            except OSError:
                break
            if data == b"":
                break
            shown += data or b""
        child.wait(timeout=10)
        os.close(controller)
        return child.returncode, shown.decode()

    def test_terminal_delete_asks_for_the_name(self):
        self.fake.row("DELETE", "/v1/guests/db01", status=204)
        code, shown = self.run_on_terminal("guest", "delete", "db01", typed="db02\n")
        self.assertEqual(code, 2)
        self.assertIn("nothing was changed", shown)
        self.assertEqual(self.fake.calls, [])
        code, shown = self.run_on_terminal("guest", "delete", "db01", typed="db01\n")
        self.assertEqual(code, 0, shown)
        self.assertIn("Type db01 to go on", shown)

    def test_terminal_has_colour_unless_told_otherwise(self):
        self.fake.items("/v1/guests", [GUEST])
        rows = ((("guest", "list"), {}, True), (("guest", "list"), {"NO_COLOR": "1"}, False),
                (("guest", "list"), {"NO_COLOR": ""}, True), (("guest", "list"), {"TERM": "dumb"}, False),
                (("guest", "list", "--color", "never"), {}, False))
        for words, env, colour in rows:
            with self.subTest(words=words, env=env):
                code, shown = self.run_on_terminal(*words, env=env)
                self.assertEqual(code, 0)
                self.assertEqual("\033[32m" in shown, colour, repr(shown))

    def test_terminal_waits_on_one_line(self):
        self.fake.row("PUT", "/v1/guests/db01/state", status=202, body=operation(812, "RUNNING"))
        self.fake.row("GET", "/v1/operations/812", body=operation(812, "RUNNING", done=1), times=2)
        self.fake.row("GET", "/v1/operations/812", body=operation(812, "DONE", done=3))
        code, shown = self.run_on_terminal("guest", "start", "db01", "-w")
        self.assertEqual(code, 0)
        self.assertIn("\r\033[K[1/3] vport_create", shown)
        self.assertTrue(shown.endswith("guest/db01 started\r\n"))


class Completion(Case):
    def candidates(self, *words):
        return self.ok("completion", "candidates", "--", *words).split()

    def test_completion_offers_nouns_verbs_options_and_names(self):
        self.fake.items("/v1/guests", [GUEST, {"name": "web01"}])
        self.fake.items("/v1/fabrics", [{"name": "A"}])
        rows = ((("zon",), ["zone", "zoneset"]), (("guest", "st"), ["start", "stop"]),
                (("guest", "start", "d"), ["db01"]), (("guest", "start", "--dead"), ["--deadline="]),
                (("-o", "js"), ["json"]), (("zone", "create", "--fabric="), ["--fabric=A"]),
                (("zone", "create", "--kind=p"), ["--kind=peer"]), (("vm", "list", "--no-h"), ["--no-headings"]),
                (("completion", "z"), ["zsh"]), (("mask", "create", "--access", ""), ["rw", "ro"]))
        for words, expected in rows:
            with self.subTest(words):
                self.assertEqual(self.candidates(*words), expected)

    def test_completion_is_quiet_without_npivd(self):
        done = subprocess.run([NPIVCTL, "-s", "/none", "completion", "candidates", "--", "guest", "start", ""],
                              capture_output=True, timeout=10)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_completion_works_in_bash(self):
        script = self.ok("completion", "bash")
        ask = ('COMP_LINE="$1 guest st"; COMP_POINT=${#COMP_LINE}; _npivctl; printf "%s " "${COMPREPLY[@]}"; '
               'COMP_LINE="$1 --output=w"; COMP_POINT=${#COMP_LINE}; _npivctl; printf "%s " "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script + "\ncompopt() { :; }\n" + ask, "-", NPIVCTL], text=True,
                              capture_output=True, timeout=20)
        self.assertEqual((done.stdout.split(), done.stderr), (["start", "stop", "wide"], ""))

    def test_completion_scripts_exist_for_three_shells(self):
        for shell in ("bash", "zsh", "fish"):
            self.assertIn("completion candidates", self.ok("completion", shell))
        self.fails(2, "completion", "tcsh")


class Host(Case):
    """What npivctl does on the host itself, below a folder that stands for /."""

    def setUp(self):
        super().setUp()
        self.root = os.path.join(self.folder.name, "root")
        self.link = self.root + "/etc/libvirt/hooks/qemu.d/npivd"

    def put(self, path, text=""):
        path = self.root + path
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def test_hook_is_installed_once_and_removed(self):
        self.fails(10, "hook", "status", "--root", self.root)
        self.assertIn("would link", self.ok("hook", "install", "--root", self.root, "--dry-run"))
        self.assertFalse(os.path.lexists(self.link))
        self.assertIn("installed", self.ok("hook", "install", "--root", self.root))
        self.assertTrue(os.readlink(self.link).endswith("/sbin/npivd-hook"))
        self.assertIn("already", self.ok("hook", "install", "--root", self.root))
        self.assertIn("removed", self.ok("hook", "remove", "--root", self.root))
        self.assertFalse(os.path.lexists(self.link))

    def test_hook_of_somebody_else_is_left_alone(self):
        self.put("/etc/libvirt/hooks/qemu.d/npivd", "#!/bin/sh\n")
        self.fails(5, "hook", "install", "--root", self.root)
        self.fails(5, "hook", "remove", "--root", self.root)
        self.assertTrue(os.path.exists(self.link))

    def findings(self, *words):
        code, out, _ = self.run_ctl("doctor", "--root", self.root, "-o", "json", *words)
        return code, {item["check"]: item for item in json.loads(out)}

    def test_doctor_says_the_fix_of_everything_that_is_missing(self):
        code, found = self.findings()
        self.assertEqual(code, 1)
        for check in ("npivd", "hbas", "hook", "udev"):
            with self.subTest(check):
                self.assertNotEqual(found[check]["level"], "ok")
                self.assertTrue(found[check]["fix"])
        self.assertEqual(found["socket"]["level"], "ok")

    def test_doctor_is_content_with_a_healthy_host(self):
        self.put("/sys/class/fc_host/host1/max_npiv_vports", "255\n")
        self.put("/sys/class/fc_host/host1/vport_create")
        self.put("/sys/class/fc_host/host2/port_type", "NPIV VPORT\n")
        self.put("/usr/lib/udev/rules.d/60-npivd.rules")
        self.put("/etc/libvirt/hooks/qemu.d/npivd")
        os.chmod(self.link, 0o755)
        self.fake.row("GET", "/v1/health/ready", body={})
        self.fake.row("GET", "/v1/system/check", body={"ok": True, "findings": []})
        self.fake.items("/v1/hbas", [])
        self.fake.items("/v1/operations", [])
        code, found = self.findings()
        self.assertEqual(code, 0, found)
        del found["netlink"]  # is the kernel's of the machine that runs this
        self.assertEqual({item["level"] for item in found.values()}, {"ok"})
        self.assertIn("host1 can hold 255", found["hbas"]["text"])

    def test_doctor_finds_a_hook_that_libvirt_does_not_know(self):
        self.put("/run/libvirtd.pid", "1")
        os.utime(self.root + "/run/libvirtd.pid", (1, 1))
        self.put("/etc/libvirt/hooks/qemu.d/npivd")
        os.chmod(self.link, 0o755)
        _, found = self.findings()
        self.assertEqual(found["hook"]["level"], "warn")
        self.assertIn("reload", found["hook"]["fix"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--npivctl", required=True)
    options, rest = parser.parse_known_args()
    NPIVCTL = os.path.abspath(options.npivctl)
    unittest.main(argv=[sys.argv[0], *rest])
