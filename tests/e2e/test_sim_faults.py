#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What can go wrong in the kernel and on the fabric: said in the right words, undone, and nobody else is held up."""

import json
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import SimTest, until  # noqa: E402

# HBA, fault of its vport_create, code, words. Causes are those of the drivers, not of errno(3).
REFUSALS = (
    ("lpfc", "errno EPERM", "io", "lpfc: internal error"),
    ("lpfc", "errno ENOENT", "conflict", "NPIV is off, or the HBA is in NVMe target mode"),
    ("lpfc", "errno ESRCH", "no-memory", "lpfc: out of memory"),
    ("lpfc", "errno EINTR", "capacity", "lpfc: out of resources"),
    ("lpfc", "errno ENOSPC", "capacity", "all its vports are in use"),
    ("lpfc", "errno ENOMEM", "no-memory", "the kernel is out of memory"),
    ("lpfc", "errno EINVAL", "conflict", "the driver refused the names"),
    ("lpfc", "errno ENODEV", "not-found", "the HBA is being removed"),
    ("lpfc", "errno EROFS", "denied", "sysfs is mounted read-only"),
    ("lpfc", "errno EIO", "io", "the driver failed"),
    ("lpfc", "short 9", "io", "short count"),
    ("qla", "short 9", "io", "qla2xxx: making the vport's SCSI host failed"),
    ("qla", "errno ENOSYS", "unsupported", "the firmware has no NPIV"),
    ("qla", "errno EOPNOTSUPP", "link", "the switch port has no NPIV"),
    ("qla", "errno ENOTUNIQ", "exists", "of another vport on it"),
    ("bfa", "errno EOPNOTSUPP", "capacity", "the maximum number of vports is reached"),
    ("bfa", "short 9", "io", "bfa: making the vport failed"),
    ("fcoe", "errno EINVAL", "exists", "of another vport on it"),
    ("fcoe", "errno EIO", "io", "FCoE driver could not make the port"),
    ("qedf", "errno EIO", "link", "qedf: the link is down"),
    ("csio", "errno EPERM", "io", "the firmware refused the vport"),
)
DRIVERS = {"lpfc": "lpfc", "qla": "qla2xxx", "bfa": "bfa", "fcoe": "fcoe", "qedf": "qedf", "csio": "csiostor",
           "zfcp": "zfcp"}


class Refusals(SimTest):
    """One HBA of each driver on fabric A."""

    def setUp(self):
        folder = self.id().rsplit(".", 1)[-1]
        self.plan = f"/tmp/npivd-e2e-{os.getpid()}-{folder}.json"
        with open(self.plan, "w", encoding="utf-8") as file:
            json.dump({"hbas": [{"name": name, "driver": driver, "fabric": "A", "pci": f"0000:{i + 1:02x}:00.0"}
                                for i, (name, driver) in enumerate(DRIVERS.items())]}, file)
        self.addCleanup(os.unlink, self.plan)
        self.san_args = ("--config", self.plan)
        super().setUp()

    def guest_on(self, hba):
        return self.make_guest(f"on-{hba}", vhbas=[{"fabric": "A", "hba": self.san.wwpn(hba)}])

    def test_each_refusal_is_told_in_its_own_words_after_one_write(self):
        for hba in DRIVERS:
            self.guest_on(hba)
        for hba, fault, code, words in REFUSALS:
            with self.subTest(hba=hba, fault=fault):
                writes = len(self.san.log("create"))
                self.san.ctl(f"fault {hba} create {fault}")

                reply = self.start(f"on-{hba}", expect=(403, 404, 409, 422, 500, 501, 503))

                self.assert_problem(reply, code, words, self.san.wwpn(hba))
                self.assertTrue(reply.body["hint"])
                self.assertEqual(len(self.san.log("create")), writes + 1, "one write for one attempt")
                self.assertEqual(self.operation(reply.body["operation"]["id"])["state"], "FAILED")
                self.assertEqual(self.guest(f"on-{hba}")["state"], "absent")
                self.assertEqual(self.san.vports(), {})
        self.settle_and_stop()

    def test_every_driver_makes_and_removes_a_vport(self):
        for hba in (name for name in DRIVERS if name != "zfcp"):
            with self.subTest(hba=hba):
                self.guest_on(hba)
                self.start(f"on-{hba}")
                self.settle()
                self.stop(f"on-{hba}")
                self.assertEqual(self.san.vports(), {})
        self.settle_and_stop()

    def test_observe_only_hba_is_not_used(self):
        self.guest_on("zfcp")

        reply = self.start("on-zfcp", expect=409)

        self.assert_problem(reply, "capacity", "makes no vports")
        self.settle_and_stop()

    def test_refused_removal_is_told_and_the_next_one_succeeds(self):
        rows = (("lpfc", "errno EAGAIN", "busy", "still discovering"), ("lpfc", "errno EPERM", "denied", "static"),
                ("qla", "short 9", "io", "short count"))
        for hba, fault, code, words in rows:
            with self.subTest(hba=hba, fault=fault):
                if f"on-{hba}" not in [guest["name"] for guest in self.items("guests")]:
                    self.guest_on(hba)
                self.start(f"on-{hba}")
                self.san.ctl(f"fault {hba} delete {fault}")

                reply = self.stop(f"on-{hba}", expect=(403, 500, 503))

                self.assert_problem(reply, code, words)
                self.stop(f"on-{hba}")
                self.assertEqual(self.san.vports(), {})
        self.settle_and_stop()


class Login(SimTest):
    """The vport is made, but does not log in."""

    def make_on_h0(self):
        return self.make_guest("db01", vhbas=[{"fabric": "A", "hba": self.san.wwpn("h0")}])

    def assert_refused(self, code, *words, **fields):
        reply = self.start("db01", expect=(409, 500, 503, 504), **fields)
        self.assert_problem(reply, code, *words)
        until("it is undone", lambda: self.operation(reply.body["operation"]["id"])["state"] == "FAILED")
        self.assertEqual(self.san.vports(), {})
        self.assertEqual(len(self.san.log("create")), 1, "one write for one attempt")

    def test_vport_that_stays_initializing_times_out(self):
        self.make_on_h0()
        self.san.ctl("fault h0 create stuck")

        self.assert_refused("timeout", "fabric A", "is Initializing", "has not accepted its login", timeout=2)

        self.start("db01")
        self.settle_and_stop()

    def test_rejected_wwn_is_told_at_once(self):
        guest = self.make_on_h0()
        self.san.ctl(f"occupy A {guest['vhbas'][0]['active']}")

        began = time.monotonic()
        self.assert_refused("exists", "Fabric Rejected WWN", "fabric A")
        self.assertLess(time.monotonic() - began, 15)

        self.san.ctl(f"vacate A {guest['vhbas'][0]['active']}")
        self.start("db01")
        self.settle_and_stop()

    def test_fabric_without_npiv_is_told_at_once(self):
        self.make_on_h0()
        self.san.ctl("npiv A off")

        self.assert_refused("link", "No Fabric Support", "fabric A")

        self.san.ctl("npiv A on")
        self.start("db01")
        self.settle_and_stop()

    def test_fabric_without_room_is_told_at_once(self):
        self.make_on_h0()
        self.san.ctl("fault h0 create badstate No-Fabric-Resources")

        self.assert_refused("capacity", "No Fabric Resources", "fabric A")
        self.settle_and_stop()

    def test_failed_vport_times_out(self):
        self.make_on_h0()
        self.san.ctl("fault h0 create badstate VPort-Failed")

        self.assert_refused("timeout", "VPort Failed", "fabric A", timeout=2)
        self.settle_and_stop()

    def test_start_waits_for_a_link_that_flaps(self):
        self.make_on_h0()
        self.san.ctl("delay login 1000")
        number = self.begin("db01")
        until("it waits for the login", lambda: self.step_of(number, "wait_active", "RUNNING"))

        self.san.ctl("flap h0 700")

        self.assertEqual(self.ended(number)["state"], "DONE")
        self.settle_and_stop()

    def test_link_that_stays_down_times_out(self):
        self.make_on_h0()
        self.san.ctl("delay login 1500")
        number = self.begin("db01", timeout=3)
        until("it waits for the login", lambda: self.step_of(number, "wait_active", "RUNNING"))

        self.san.ctl("link h0 down")

        operation = self.ended(number)
        self.assertEqual((operation["state"], operation["error"]["code"]), ("FAILED", "timeout"))
        self.assertIn("no link", operation["error"]["detail"])
        self.assertEqual(self.san.vports(), {})
        self.settle_and_stop()

    def test_running_guest_survives_a_flap_without_a_write(self):
        self.make_guest("db01", luns=(1,))
        self.start("db01")
        writes = len(self.san.log())

        self.san.ctl("flap h0 1000")

        until("npivd sees it down", lambda: self.guest("db01")["state"] == "degraded")
        self.settle(seconds=harness.PATIENCE_S)
        self.assertEqual(len(self.san.log()), writes)
        self.stop_clean()

    def test_links_follow_devices_that_came_back_under_other_names(self):
        self.san.ctl("delay devloss 1000")
        for number in (1, 2):
            self.make_guest(f"db0{number}", luns=(number,))
            self.start(f"db0{number}")
        before = {**self.links("db01"), **self.links("db02")}
        for name in ("h0", "h1", "h2", "h3"):
            self.san.ctl(f"link {name} down")
        until("the devices are gone", lambda: not self.seen_links("db01") and not self.seen_links("db02"))
        for name in ("h3", "h2", "h1", "h0"):
            self.san.ctl(f"link {name} up")
            until("its devices are back", lambda: len(self.san.devices()) > 3 - int(name[1]))

        self.settle(seconds=harness.PATIENCE_S)

        for name in ("db01", "db02"):
            until("the links name the devices", lambda: self.links(name) == self.seen_links(name))
        self.assertNotEqual({**self.links("db01"), **self.links("db02")}, before, "the test needs other names")
        self.stop_clean()


class Duplicates(SimTest):
    """Somebody made the same port; npivd has not looked since."""

    config = {"kernel": {"resync": "60s"}}

    def test_vport_that_is_there_already_is_taken(self):
        guest = self.make_guest("db01", vhbas=[{"fabric": "A", "hba": self.san.wwpn("h0")}])
        self.san.ctl(f"foreign h0 {guest['vhbas'][0]['active']} {guest['wwnn']}")

        self.start("db01")

        self.assertEqual(self.san.log("create"), [])
        self.settle_and_stop()

    def test_vport_with_another_node_name_is_refused(self):
        guest = self.make_guest("db01", vhbas=[{"fabric": "A", "hba": self.san.wwpn("h0")}])
        wwpn = guest["vhbas"][0]["active"]
        self.san.ctl(f"foreign h0 {wwpn} 20000000000000aa")

        reply = self.start("db01", expect=409)

        self.assert_problem(reply, "exists", wwpn, "20000000000000aa", guest["wwnn"])
        self.assertEqual(reply.body["operation"]["state"], "FAILED")
        self.assertEqual(self.san.log("create"), [])
        self.call("POST", "/v1/system/rescan", expect=202)
        until("the stray goes", lambda: self.san.vports() == {})
        self.settle_and_stop()

    def test_full_hba_is_told_without_a_write(self):
        self.make_guest("db01", vhbas=[{"fabric": "A", "hba": self.san.wwpn("h0")}])
        self.san.ctl("limit h0 1")
        self.san.ctl("foreign h0 21000000aa000001 20000000aa000001")
        self.foreign.add("21000000aa000001")

        reply = self.start("db01", expect=409)

        self.assert_problem(reply, "capacity", "1 of 1 vports are in use")
        self.assertEqual(self.san.log("create"), [])
        self.call("POST", "/v1/system/rescan", expect=202)
        self.settle_and_stop()


class Hang(SimTest):
    """A write that the kernel does not answer."""

    config = {"timeouts": {"job": "1s"}}

    def setUp(self):
        super().setUp()
        self.make_guest("on-h0", vhbas=[{"fabric": "A", "hba": self.san.wwpn("h0")}])
        self.make_guest("on-h1", vhbas=[{"fabric": "B", "hba": self.san.wwpn("h1")}])

    def hang(self, op="create", how="forever", begin="ready"):
        """Begins to start or stop on-h0 and returns the operation when the kernel holds its write."""
        self.san.ctl(f"fault h0 {op} hang {how}")
        number = self.begin("on-h0", begin)
        until("the kernel holds the write", lambda: self.san.held("h0") == 1)
        return number

    def assert_rest_works(self):
        began = time.monotonic()
        self.assertEqual(self.npivd.send("GET", "/v1/health/live").status, 200)
        self.assertEqual(self.npivd.send("GET", "/v1/health/ready").status, 200)
        self.items("hbas")
        self.items("vports")
        self.assertLess(time.monotonic() - began, 5, "reads do not wait for the lane")
        self.start("on-h1")
        self.stop("on-h1")

    def lane_word(self):
        return self.get("/v1/system")["lanes"]["fc:host0"]["state"]

    def test_slow_write_takes_its_time(self):
        number = self.hang(how="0.7")
        self.assert_rest_works()
        self.assertEqual(self.ended(number)["state"], "DONE")
        self.settle_and_stop()

    def test_hanging_write_closes_its_own_lane_only(self):
        number = self.hang()
        until("the lane is stuck", lambda: self.lane("h0") == "stuck")

        self.assert_rest_works()

        self.assertEqual(self.hba("h0")["lane"]["job"], "create")
        self.assertTrue(self.items("events?kind=lane_stuck"))
        reply = self.call("GET", f"/v1/operations/{number}?wait=5", expect=(200, 504))
        self.assertIn("TIMEOUT", str(reply.body))
        self.assertEqual(len(self.san.log("create")), 2, "nothing is written twice")
        self.san.ctl("release h0 errno EIO")
        self.assertEqual(self.ended(number)["state"], "FAILED")
        self.settle_and_stop()

    def test_start_times_out_and_says_so(self):
        self.san.ctl("fault h0 create hang forever")

        reply = self.start("on-h0", timeout=2, expect=504)

        self.assert_problem(reply, "timeout", "create", "lane")
        self.assertEqual(reply.body["operation"]["state"], "TIMEOUT")
        self.san.ctl("release h0 errno EIO")
        self.assertEqual(self.ended(reply.body["operation"]["id"])["state"], "FAILED")
        self.settle_and_stop()

    def test_new_vport_goes_elsewhere_meanwhile(self):
        number = self.hang()
        until("the lane is stuck", lambda: self.lane("h0") == "stuck")
        self.make_guest("db01", fabrics="A")

        self.start("db01")

        self.assertEqual(self.guest("db01")["vhbas"][0]["hba"], self.san.wwpn("h2"))
        self.san.ctl("release h0")
        self.ended(number)
        self.settle_and_stop()

    def test_late_success_is_folded_in(self):
        number = self.hang()
        until("the lane is stuck", lambda: self.lane("h0") == "stuck")

        self.san.ctl("release h0 ok")

        self.assertEqual(self.ended(number)["state"], "FAILED")
        until("what came late is undone", lambda: self.san.vports() == {})
        until("the lane is open", lambda: self.lane("h0") == "idle")
        self.settle()
        self.start("on-h0")
        self.settle_and_stop()

    def test_hanging_removal_is_finished_when_the_kernel_answers(self):
        self.start("on-h0")
        number = self.hang("delete", begin="absent")
        until("the lane is stuck", lambda: self.lane("h0") == "stuck")
        self.assert_rest_works()

        self.san.ctl("release h0 ok")

        self.ended(number)
        self.settle()
        self.stop("on-h0")
        self.assertEqual(self.san.vports(), {})
        self.settle_and_stop()

    def test_sigterm_ends_the_daemon_in_time(self):
        self.hang()
        until("the lane is stuck", lambda: self.lane("h0") == "stuck")

        self.assertLess(self.npivd.stop(), harness.STOP_S)

        until("only the lane that the kernel holds is left", lambda: len(self.npivd.lanes()) == 1)
        self.san.ctl("release h0 errno EIO")
        until("it ends too", lambda: not self.npivd.lanes())
        self.npivd.start()
        self.settle()
        self.start("on-h0")
        self.settle_and_stop()

    def restart_while_it_hangs(self):
        number = self.hang()
        until("the lane is stuck", lambda: self.lane("h0") == "stuck")
        self.npivd.stop()
        self.npivd.spawn()
        return number

    def test_restarted_daemon_works_on_the_other_hbas_at_once(self):
        number = self.restart_while_it_hangs()
        until("npivd is ready", self.npivd.is_ready, 5)

        self.assert_rest_works()

        self.assertIn(self.lane_word(), ("starting", "stuck"), "the HBA is reported blocked")
        self.assertIn(self.hba("h0")["lane"]["state"], ("starting", "stuck"))
        self.assertNotIn(self.operation(number)["state"], ("DONE", "FAILED"), "nobody knows its outcome yet")
        self.san.ctl("release h0 ok")
        self.ended(number)
        until("the lane is open", lambda: self.lane("h0") == "idle")
        self.settle()
        self.start("on-h0")
        self.settle_and_stop()

    def test_vports_of_a_blocked_hba_are_not_made_elsewhere(self):
        """After a restart the HBA cannot be read: its vports are there all the same."""
        self.make_guest("db01", fabrics="A")
        self.call("PATCH", f"/v1/hbas/{self.san.wwpn('h2')}", {"drain": True})
        self.start("db01")
        self.call("PATCH", f"/v1/hbas/{self.san.wwpn('h2')}", {"drain": False})
        number = self.restart_while_it_hangs()
        until("npivd is ready", self.npivd.is_ready)

        self.set_state("db01", "ready", wait=1, expect=(200, 202, 409, 503, 504))
        until("the grace of an absent HBA is over", lambda: self.get("/v1/system")["uptime_s"] >= 3)

        self.assertEqual(self.san.hba("h2")["vports"], [], "its WWPN is still in use on h0")
        reply = self.set_state("db01", "absent", wait=1, expect=(200, 202, 503, 504))
        self.assertEqual(len(self.san.hba("h0")["vports"]), 1)
        self.assertNotEqual((reply.body or {}).get("state"), "DONE", "the vport is still there")
        self.san.ctl("release h0 errno EIO")
        self.ended(number)
        until("operations end", self.check_operations)
        self.stop("db01")
        self.settle_and_stop()

    def test_hba_that_goes_while_its_write_hangs(self):
        for early in (True, False):
            with self.subTest(early=early):
                number = self.hang()
                if not early:
                    until("the lane is stuck", lambda: self.lane("h0") == "stuck")

                self.san.ctl("remove h0")

                self.assertEqual(self.ended(number)["state"], "FAILED")
                self.san.ctl("return h0")
                until("npivd knows the HBAs", self.all_read)
                self.settle()
                self.start("on-h0")
                self.settle()
                self.stop("on-h0")
        self.settle_and_stop()

    def test_hba_that_cannot_be_read_at_the_start_is_not_taken_for_absent(self):
        self.make_guest("db01", vhbas=[{"fabric": "A", "hba": self.san.wwpn("h0")}, {"fabric": "A", "name": "other"}])
        self.start("db01")
        before = self.san.vports()
        self.stop_clean()
        self.san.ctl("fault h0 read hang forever always")

        self.npivd.start()

        self.assert_rest_works()
        until("the grace of an absent HBA is over", lambda: self.get("/v1/system")["uptime_s"] >= 6)
        self.set_state("db01", "ready", wait=1, expect=(200, 202, 409, 503, 504))
        self.assertEqual(self.san.vports(), before, "nothing is made elsewhere")
        self.san.ctl("clear h0")
        self.san.ctl("release h0")
        until("npivd knows the HBAs", self.all_read)
        until("operations end", self.check_operations)
        self.start("db01")
        self.settle()
        self.assertEqual(self.san.vports(), before)
        self.stop_clean()

    def test_scan_that_hangs_holds_up_nobody_else(self):
        self.san.ctl("fault h0 read hang forever")
        until("the kernel holds the read", lambda: self.san.held("h0") >= 1)

        self.assert_rest_works()

        self.san.ctl("release h0")
        self.start("on-h0")
        self.settle_and_stop()


if __name__ == "__main__":
    harness.main()
