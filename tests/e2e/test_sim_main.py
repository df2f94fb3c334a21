#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The main job on the simulated SAN: a guest starts and has its own ports, then stops and nothing is left."""

import os
import signal
import subprocess
import sys
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import SimTest, until  # noqa: E402

FOREIGN = "21000000aa000001"
FOREIGN_WWNN = "20000000aa000001"


class MainJob(SimTest):
    def test_guest_sees_exactly_its_luns_under_stable_links(self):
        self.make_guest("db01", luns=(1, 2))
        self.make_guest("db02", luns=(3,))
        self.start("db02")  # what stays open for good is opened by a first one
        self.stop("db02")
        self.settle()
        fds = self.npivd.count_fds()

        operation = self.start("db01").body

        self.assertEqual(operation["state"], "DONE")
        links = self.links("db01")
        self.assertEqual(links, self.seen_links("db01"))
        self.assertEqual(len(links), 4)
        guest = self.guest("db01")
        self.assertEqual(guest["state"], "ready")
        self.assertEqual(sorted(lun["wwid"] for lun in guest["luns"]), sorted([self.wwid(1), self.wwid(2)] * 2))
        for lun in guest["luns"]:
            self.assertTrue(lun["recorded"] and lun["present"], lun)
            name = os.path.basename(lun["links"][0])
            self.assertEqual(links[name], f"/dev/{lun['dev']}")
            self.assertEqual(name, f"{lun['fabric']}-lun{lun['lun']}-{lun['target']}")
        self.settle()

        self.assertEqual(self.stop("db01").body["state"], "DONE")
        self.assertEqual(self.san.vports(), {})
        self.assertEqual(os.listdir(f"{self.npivd.run}/disks"), [])
        self.assertEqual(self.guest("db01")["state"], "absent")
        self.settle()
        until("no file descriptor is left", lambda: self.npivd.count_fds() <= fds)
        self.stop_clean()

    def test_guest_keeps_its_names_from_start_to_start(self):
        before = self.make_guest("db01", luns=(1,))["vhbas"]
        self.start("db01")
        self.stop("db01")
        self.start("db01")

        after = self.guest("db01")["vhbas"]

        self.assertEqual([vhba["wwpns"] for vhba in after], [vhba["wwpns"] for vhba in before])
        self.settle_and_stop()

    def test_start_waits_for_a_lun_that_is_late(self):
        self.make_guest("db01", luns=(1,))
        self.san.ctl("lun late 800")

        self.start("db01")

        self.assertEqual(len(self.links("db01")), 2)
        self.settle_and_stop()

    def test_start_takes_a_lun_of_one_fabric_as_it_is(self):
        self.make_guest("db01", luns=(1,))
        self.san.ctl(f"lun add A {self.wwid(99)} 1G")
        self.record_mask("db01", 99, 1)
        self.san.ctl(f"mask {self.actives('db01')[0]} {self.wwid(99)} 1")

        self.start("db01")

        self.assertEqual(sorted(name.split("-5")[0] for name in self.links("db01")), ["A-lun0", "A-lun1", "B-lun0"])
        self.assertIn(self.wwid(99), str([event["message"] for event in self.items("events?kind=lun_paths")]))
        self.settle_and_stop()

    def test_start_rescans_for_a_lun_that_is_masked_later(self):
        guest = self.make_guest("db01", luns=(1,))
        self.record_mask("db01", 2, 1)
        number = self.begin("db01")
        until("it waits for the LUN", lambda: self.step_of(number, "wait_luns", "RUNNING"))

        for vhba in guest["vhbas"]:
            self.san.ctl(f"mask {vhba['active']} {self.wwid(2)} 1")

        self.assertEqual(self.ended(number)["state"], "DONE")
        self.assertEqual(len(self.links("db01")), 4)
        self.settle_and_stop()

    def test_start_is_refused_and_undone_when_a_lun_is_missing(self):
        self.make_guest("db01", luns=(1,))
        self.record_mask("db01", 2, 1)

        reply = self.start("db01", timeout=2, expect=504)

        self.assert_problem(reply, "timeout", "1 of 2 recorded LUNs are missing", self.wwid(2))
        self.assertEqual(self.ended(reply.body["operation"]["id"])["state"], "FAILED")
        self.assertEqual(self.san.vports(), {})
        self.assertEqual(self.links("db01"), {})
        self.assertEqual(self.guest("db01")["state"], "absent")
        self.settle_and_stop()

    def test_start_is_refused_and_undone_when_it_sees_a_foreign_lun(self):
        self.make_guest("db01", luns=(1,))
        self.san.ctl(f"mask {self.actives('db01')[0]} {self.wwid(5)} 7")

        reply = self.start("db01", expect=409)

        self.assert_problem(reply, "conflict", "guest 'db01'", self.wwid(5), "not recorded")
        self.assertIn("npivctl mask create --guest db01", reply.body["hint"])
        self.assertEqual(self.san.vports(), {})
        self.assertEqual(self.links("db01"), {})
        self.settle_and_stop()

    def test_lun_check_at_least_lets_a_foreign_lun_pass(self):
        self.make_guest("db01", luns=(1,), lun_check="at-least")
        self.san.ctl(f"mask {self.actives('db01')[0]} {self.wwid(5)} 7")

        self.start("db01")

        self.settle_and_stop()

    def test_lun_check_none_does_not_wait(self):
        self.make_guest("db01", luns=(1,), lun_check="none")
        self.record_mask("db01", 2, 1)

        self.start("db01")

        self.settle_and_stop()

    def test_stop_is_refused_while_the_host_holds_a_lun_unless_forced(self):
        self.make_guest("db01", luns=(1,))
        self.start("db01")
        self.san.ctl(f"lun hold {self.wwid(1)} dm-3")

        reply = self.stop("db01", timeout=2, expect=(409, 500, 503))

        self.assertIn("dm-3", reply.body["detail"], reply)
        self.assertIn("in use on this host", reply.body["detail"])
        self.assertEqual(self.ended(reply.body["operation"]["id"])["state"], "FAILED")
        self.assertEqual(len(self.san.vports()), 2, "a refused stop takes nothing away")
        self.stop("db01", force=True)
        self.assertEqual(self.san.vports(), {})
        self.settle_and_stop()

    def test_cancelled_start_is_undone(self):
        self.make_guest("db01", luns=(1,))
        self.record_mask("db01", 2, 1)
        number = self.begin("db01")
        until("it waits for the LUN", lambda: self.step_of(number, "wait_luns", "RUNNING"))

        self.call("DELETE", f"/v1/operations/{number}", expect=202)

        operation = self.ended(number)
        self.assertEqual(operation["state"], "FAILED")
        self.assertIn("cancelled", operation["error"]["detail"])
        self.assertEqual(self.san.vports(), {})
        self.settle_and_stop()

    def test_stop_during_a_start_wins(self):
        self.make_guest("db01", luns=(1,))
        self.record_mask("db01", 2, 1)
        start = self.begin("db01")
        until("it waits for the LUN", lambda: self.step_of(start, "wait_luns", "RUNNING"))

        self.stop("db01")

        self.assertEqual(self.operation(start)["state"], "FAILED")
        self.assertEqual(self.san.vports(), {})
        self.settle_and_stop()


class DryRun(SimTest):
    def test_guest_is_made_with_the_wwns_that_the_dry_run_named(self):
        body = {"name": "db01", "vhbas": [{"fabric": "A"}, {"fabric": "B"}]}

        would = self.call("POST", "/v1/guests?dry_run=1", body, 200).body["would"]

        self.assertEqual(self.items("guests"), [])
        self.assertEqual(self.items("wwns"), [])
        guest = self.call("POST", "/v1/guests", body, 201).body
        given = [guest["wwnn"]] + [wwpn for vhba in guest["vhbas"] for wwpn in vhba["wwpns"]]
        named = [row.get("wwpn") or row.get("wwnn") or row.get("wwn") for row in would if row["action"] == "allocate"]
        self.assertEqual(sorted(named), sorted(given), would)
        self.settle_and_stop()

    def test_start_and_stop_do_what_the_dry_run_named(self):
        self.make_guest("db01", luns=(1,))
        for desired, op in (("ready", "create"), ("absent", "delete")):
            before, writes = self.guest("db01"), len(self.san.log(op))

            reply = self.call("PUT", f"/v1/guests/db01/state?dry_run=1", {"desired": desired}, 200).body

            self.assertTrue(reply["dry_run"])
            self.assertEqual(self.guest("db01"), before)
            self.assertEqual(len(self.san.log(op)), writes)
            operation = self.set_state("db01", desired).body
            self.assertEqual([(row["action"], row.get("wwpn"), row.get("hba")) for row in reply["would"]],
                             [(step["name"], step["args"].get("wwpn"), step["args"].get("hba"))
                              for step in operation["steps"]])
            named = [(row["hba"], f"{row['wwpn']}:{row['wwnn']}") for row in reply["would"]
                     if row["action"] == f"vport_{op}"]
            hbas = {hba["name"]: hba["wwpn"] for hba in self.san.status()["hbas"]}
            done = [(hbas[line["hba"]], line["text"]) for line in self.san.log(op)[writes:]]
            self.assertEqual(named, done)
        self.settle_and_stop()

    def test_new_name_at_a_start_is_judged_before_anything_is_done(self):
        for name, luns in (("db01", (1,)), ("db02", (2,))):
            self.make_guest(name, luns=luns)
        self.start("db01")
        links = self.links("db01")
        self.assertTrue(links)

        self.call("PUT", "/v1/guests/db01/state?dry_run=1", {"desired": "ready", "name": "other"}, 200)
        for name in ("db02", "DB02"):
            self.assert_problem(self.set_state("db01", "ready", name=name, expect=409), "exists", "db02")

        self.assertEqual(self.links("db01"), links)
        self.set_state("db01", "ready", name="other", expect=(200, 202))
        until("the links are there under the new name", lambda: self.links("other") == links)
        self.assertEqual(self.links("db01"), {})
        self.settle_and_stop()

    def test_refusal_is_the_same_in_a_dry_run(self):
        self.make_guest("db01", fabrics="A")
        for name in ("h0", "h2"):
            self.call("PATCH", f"/v1/hbas/{self.san.wwpn(name)}", {"drain": True})

        dry = self.call("PUT", "/v1/guests/db01/state?dry_run=1", {"desired": "ready"}, 409)
        wet = self.call("PUT", "/v1/guests/db01/state", {"desired": "ready"}, 409)

        self.assertEqual(dry.body["detail"], wet.body["detail"])
        self.assertEqual(self.items("operations"), [])
        self.settle_and_stop()


class Policy(SimTest):
    def placed(self, name):
        """[(HBA, card)] of the guest's vports."""
        hbas = {hba["wwpn"]: hba for hba in self.san.status()["hbas"]}
        return [(hbas[vhba["hba"]]["name"], hbas[vhba["hba"]]["pci_address"].split(".")[0])
                for vhba in self.guest(name)["vhbas"]]

    def test_vhbas_go_to_different_hbas_and_cards(self):
        self.make_guest("db01")
        self.make_guest("db02", vhbas=[{"fabric": "A", "name": "a1"}, {"fabric": "A", "name": "a2"}])

        self.start("db01")
        self.start("db02")

        for name in ("db01", "db02"):
            (hba, card), (other, other_card) = self.placed(name)
            self.assertNotEqual(hba, other)
            self.assertNotEqual(card, other_card)
        self.settle_and_stop()

    def test_guests_spread_over_the_hbas(self):
        for i in range(4):
            self.make_guest(f"db{i}", fabrics="A")
            self.start(f"db{i}")

        used = [self.placed(f"db{i}")[0][0] for i in range(4)]

        self.assertEqual(sorted(used), ["h0", "h0", "h2", "h2"])
        self.settle_and_stop()

    def test_explicit_placement_is_obeyed_or_refused(self):
        self.make_guest("db01", vhbas=[{"fabric": "A", "hba": self.san.wwpn("h2")}])
        self.make_guest("db02", vhbas=[{"fabric": "A", "hba": self.san.wwpn("h1")}])

        self.start("db01")
        reply = self.start("db02", expect=409)

        self.assertEqual(self.placed("db01")[0][0], "h2")
        self.assert_problem(reply, "capacity", "on fabric B", "not the one that was asked for")
        self.settle_and_stop()

    def test_refusal_names_the_reason_for_each_hba(self):
        for i, fabric in enumerate("AABB"):
            self.make_guest(f"full{i}", fabrics=fabric)
        self.make_guest("db01", fabrics="A")
        wwpns = [self.san.wwpn(f"h{i}") for i in range(4)]
        reasons = {
            "drained": (lambda: self.call("PATCH", f"/v1/hbas/{wwpns[0]}", {"drain": True}), "is being drained"),
            "offline": (lambda: self.san.ctl("link h2 down"), "not online"),
        }
        for act, _ in reasons.values():
            act()
        until("npivd sees the link", lambda: self.hba("h2")["port_state"] == "Linkdown")

        reply = self.start("db01", expect=409)

        self.assert_problem(reply, "capacity", "fabric A", "host0", "host1", "host2", "host3", "on fabric B",
                            *(words for _, words in reasons.values()))
        self.call("PATCH", f"/v1/hbas/{wwpns[0]}", {"drain": False, "vport_limit": 1})
        self.start("full0")
        reply = self.start("db01", expect=409)
        self.assert_problem(reply, "capacity", "full: 1 of 1 by its setting vport_limit")
        self.call("PATCH", f"/v1/hbas/{wwpns[0]}", {"vport_limit": 0})
        self.san.ctl("limit h0 1")
        until("npivd sees the limit", lambda: self.hba("h0")["vports_max"] == 1)
        reply = self.start("db01", expect=409)
        self.assert_problem(reply, "capacity", "full: 1 of 1 by the driver")
        self.assertEqual(len(self.san.log("create")), 1, "nothing was tried in vain")
        self.settle_and_stop()

    def test_place_of_a_stopped_guest_is_free_at_once(self):
        for name in ("db01", "db02"):
            self.make_guest(name, fabrics="A")
        self.call("PATCH", f"/v1/hbas/{self.san.wwpn('h2')}", {"drain": True})
        self.call("PATCH", f"/v1/hbas/{self.san.wwpn('h0')}", {"vport_limit": 1})
        self.start("db01")
        self.stop("db01")

        self.assertEqual(self.start("db02").body["state"], "DONE")
        self.settle_and_stop()

    def test_vhbas_of_one_guest_are_spread_and_take_room_from_each_other(self):
        vhbas = [{"fabric": "A", "name": f"p{i}"} for i in range(5)]
        guest = self.make_guest("db01", vhbas=vhbas)
        a_side = sorted({hba["wwpn"] for hba in self.items("hbas") if hba["fabric"] == "A"})
        for wwpn in a_side:
            self.call("PATCH", f"/v1/hbas/{wwpn}", {"vport_limit": 2})

        reply = self.start("db01", expect=409)

        self.assert_problem(reply, "capacity", "full: 2 of 2")
        self.assertEqual([vhba.get("hba") for vhba in self.guest("db01")["vhbas"]], [None] * 5, "nothing is kept of it")
        self.call("PATCH", f"/v1/guests/{guest['id']}", {"vhbas": vhbas[:4]})
        self.start("db01")
        self.assertEqual(sorted(vhba["hba"] for vhba in self.guest("db01")["vhbas"]), sorted(a_side * 2))
        self.settle_and_stop()

    def test_unlabelled_fabric_is_not_used(self):
        self.call("POST", "/v1/fabrics", {"name": "C"})
        self.make_guest("db01", fabrics="C")

        reply = self.start("db01", expect=409)

        self.assert_problem(reply, "capacity", "fabric C", "on fabric A")
        self.settle_and_stop()

    def test_label_of_the_setting_goes_before_the_fabric_name(self):
        self.call("POST", "/v1/fabrics", {"name": "C"})
        self.call("PATCH", f"/v1/hbas/{self.san.wwpn('h2')}", {"fabric": "C"})
        self.make_guest("db01", fabrics="C")

        self.start("db01")

        self.assertEqual(self.placed("db01")[0][0], "h2")
        self.settle_and_stop()


class Foreign(SimTest):
    def setUp(self):
        super().setUp()
        self.san.ctl(f"foreign h0 {FOREIGN} {FOREIGN_WWNN}")
        self.foreign.add(FOREIGN)
        until("npivd sees it", lambda: [vport["wwpn"] for vport in self.items("vports")] == [FOREIGN])

    def test_foreign_vport_is_shown_and_left_alone(self):
        vport = self.get(f"/v1/vports/{FOREIGN}")
        self.assertEqual((vport["owner"], vport["expected"]), ("foreign", False))
        self.make_guest("db01", luns=(1,))

        self.start("db01")
        self.settle()
        self.stop("db01")

        self.settle()
        self.restart()
        self.settle()
        self.assertNotIn(FOREIGN, " ".join(line["text"] for line in self.san.log()))
        self.stop_clean()

    def test_wwpn_of_a_foreign_vport_is_not_given(self):
        pool = {"name": "near", "first": FOREIGN, "last": "21000000aa0000ff"}
        self.call("POST", "/v1/pools", pool)
        guest = self.make_guest("db01", vhbas=[{"fabric": "A", "pool": "near"}])

        self.assertNotIn(FOREIGN, guest["vhbas"][0]["wwpns"])
        reply = self.call("POST", "/v1/guests", {"name": "db02", "vhbas": [{"fabric": "A", "wwpns": [FOREIGN]}]},
                          (409, 422))
        self.assertIn("host0", reply.body["detail"])
        self.settle_and_stop()

    def test_adopted_vport_belongs_to_its_guest_and_is_stopped_with_it(self):
        self.make_guest("db01", fabrics="")
        writes = len(self.san.log())

        self.call("PUT", f"/v1/vports/{FOREIGN}/adoption", {"guest": "db01"}, 200)
        self.call("PUT", f"/v1/vports/{FOREIGN}/adoption", {"guest": "db01"}, 200)

        self.foreign.clear()
        guest = self.guest("db01")
        self.assertEqual([vhba["active"] for vhba in guest["vhbas"]], [FOREIGN])
        self.assertEqual(guest["desired"], "ready")
        until("the adopted vport has logged in", lambda: self.guest("db01")["state"] == "ready")
        self.assertEqual(len(self.san.log()), writes, "adoption writes nothing to the kernel")
        self.settle()
        self.stop("db01")
        self.assertEqual(self.san.vports(), {})
        self.start("db01")
        self.assertEqual(self.san.log("create")[-1]["text"], f"{FOREIGN}:{FOREIGN_WWNN}")
        self.settle_and_stop()


class Hypervisor(SimTest):
    def test_incoming_migration_uses_the_other_half_of_each_pair(self):
        pairs = [vhba["wwpns"] for vhba in self.make_guest("db01")["vhbas"]]

        self.start("db01", incoming=True)
        self.assertEqual(sorted(self.san.vports()), sorted(pair[1] for pair in pairs))
        self.start("db01", incoming=True)
        self.assertEqual(sorted(self.san.vports()), sorted(pair[1] for pair in pairs), "a repetition flips nothing")
        self.settle()

        self.stop("db01")
        self.start("db01")
        self.assertEqual(sorted(self.san.vports()), sorted(pair[1] for pair in pairs), "it arrived: it keeps them")
        self.settle_and_stop()

    def test_failed_migration_flips_back(self):
        pairs = [vhba["wwpns"] for vhba in self.make_guest("db01")["vhbas"]]
        self.start("db01", incoming=True)

        self.stop("db01", reason="failed")

        self.assertEqual(self.actives("db01"), [pair[0] for pair in pairs])
        self.start("db01")
        self.assertEqual(sorted(self.san.vports()), sorted(pair[0] for pair in pairs))
        self.settle_and_stop()

    def test_incoming_start_that_fails_flips_back(self):
        pairs = [vhba["wwpns"] for vhba in self.make_guest("db01")["vhbas"]]
        self.san.ctl("fault h0 create errno EIO always")
        self.san.ctl("fault h2 create errno EIO always")

        self.start("db01", incoming=True, expect=500)

        self.assertEqual(self.actives("db01"), [pair[0] for pair in pairs])
        self.settle_and_stop()

    def test_confirmation_changes_nothing(self):
        self.make_guest("db01")
        self.start("db01", incoming=True)
        before = self.guest("db01")

        self.start("db01", confirm=True)
        self.stop("db01", confirm=True)

        self.assertEqual(self.guest("db01"), before)
        self.settle_and_stop()

    def test_profile_makes_the_guest_at_its_first_start(self):
        self.call("POST", "/v1/profiles", {"name": "oracle", "fabrics": ["A", "B"], "pool": "default", "priority": 70,
                                           "lun_check": "at-least"}, 201)
        key = str(uuid.uuid4())

        self.start(key, profile="oracle", name="db 01/x", hypervisor="libvirt")
        self.start(key, profile="oracle", name="db 01/x", hypervisor="libvirt")

        guest = self.guest(key)
        self.assertEqual((guest["name"], guest["priority"], guest["lun_check"], guest["profile"], guest["state"]),
                         ("db 01/x", 70, "at-least", "oracle", "ready"))
        self.assertEqual(len(self.san.vports()), 2)
        self.settle()
        self.stop(key)
        self.settle()
        self.call("DELETE", f"/v1/guests/{key}", expect=204)
        self.settle_and_stop()

    def test_unknown_guest_without_profile_is_not_found(self):
        reply = self.start("nobody", expect=404)
        self.assert_problem(reply, "not-found", "guest 'nobody'")
        reply = self.stop(str(uuid.uuid4()), expect=404)
        self.assert_problem(reply, "not-found")

    def test_marker_tells_the_hook_who_is_known(self):
        guest = self.make_guest("db01")
        marker = f"{self.npivd.state}/guests/{guest['id']}"
        self.assertTrue(os.path.exists(marker))

        self.call("DELETE", "/v1/guests/db01", expect=204)

        until("its marker goes", lambda: not os.path.exists(marker))
        self.settle_and_stop()


class Configuration(SimTest):
    def test_sighup_reads_the_configuration_again(self):
        self.assertEqual(self.get("/v1/system")["settings"]["start_timeout_ms"], 20000)
        self.npivd.write_config({"timeouts": {"start": "7s"}})

        os.kill(self.npivd.pid, signal.SIGHUP)

        until("the setting holds", lambda: self.get("/v1/system")["settings"]["start_timeout_ms"] == 7000)
        self.make_guest("db01", luns=(1,))
        self.start("db01")
        self.settle_and_stop()

    def test_sighup_keeps_the_old_configuration_when_the_new_one_is_wrong(self):
        self.npivd.write_config({"timeouts": {"start": "soon"}})

        os.kill(self.npivd.pid, signal.SIGHUP)

        until("npivd says so", lambda: "configuration not reloaded" in self.npivd.words())
        self.assertEqual(self.get("/v1/system")["settings"]["start_timeout_ms"], 20000)
        self.stop_clean()

    def test_wrong_configuration_ends_with_one_line_that_names_it(self):
        rows = (
            ({"timeouts": {"start": "soon"}}, ("timeouts", "start", "soon")),
            ({"timeouts": {"strat": "5s"}}, ("strat",)),
            ({"nonsense": {"a": "1"}}, ("nonsense",)),
            ({"kernel": {"resync": "1ms"}}, ("resync",)),
        )
        for changes, words in rows:
            self.npivd.write_config(changes)
            end = subprocess.run([*self.npivd.command()[:3], "--print-config"], capture_output=True, text=True,
                                 timeout=harness.PATIENCE_S, check=False)
            with self.subTest(changes):
                self.assertNotEqual(end.returncode, 0)
                self.assertEqual(len(end.stderr.strip().splitlines()), 1, end.stderr)
                for word in (self.npivd.config_path, *words):
                    self.assertIn(word, end.stderr)

    def test_printed_configuration_can_be_read_again(self):
        printed = subprocess.run([*self.npivd.command()[:3], "--print-config"], capture_output=True, text=True,
                                 timeout=harness.PATIENCE_S, check=True).stdout
        with open(self.npivd.config_path, "w", encoding="utf-8") as file:
            file.write(printed)
        again = subprocess.run([*self.npivd.command()[:3], "--print-config"], capture_output=True, text=True,
                               timeout=harness.PATIENCE_S, check=True).stdout

        self.assertEqual(again, printed)
        self.assertIn("start = 20s", printed)

    def test_second_daemon_on_the_same_record_or_socket_is_refused(self):
        end = subprocess.run(self.npivd.command(), capture_output=True, text=True, timeout=harness.PATIENCE_S,
                             check=False)

        self.assertNotEqual(end.returncode, 0)
        self.assertIn("npivd.db", end.stderr)
        self.assertTrue(self.npivd.answers("/v1/health/ready"))
        self.make_guest("db01")
        self.start("db01")
        self.settle_and_stop()


if __name__ == "__main__":
    harness.main()
