#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What outlives a restart of npivd, a reboot, an HBA and a restored backup."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import SimTest, until  # noqa: E402

GUESTS = 6
PARALLEL = 2
STRAY_WWNN = "20000000000000aa"


class Restart(SimTest):
    def test_running_guests_do_not_notice_a_restart(self):
        for i in range(3):
            self.make_guest(f"db{i}", luns=(i + 1,))
            self.start(f"db{i}")
        self.san.ctl("foreign h0 21000000aa000001 20000000aa000001")
        self.foreign.add("21000000aa000001")
        until("npivd sees it", lambda: len(self.items("vports")) == 7)
        writes, links = len(self.san.log()), self.links("db1")

        for _ in range(3):
            self.restart()
            until("npivd knows the HBAs", self.all_read)
            self.settle()

        self.assertEqual(len(self.san.log()), writes, "nothing was written to the kernel")
        self.assertEqual(self.links("db1"), links)
        self.assertEqual([op["kind"] for op in self.items("operations")], ["guest_start"] * 3)
        for i in range(3):
            self.stop(f"db{i}")
        self.settle_and_stop()

    def test_restart_during_a_start_ends_it(self):
        self.make_guest("db01", luns=(1,))
        self.record_mask("db01", 2, 1)
        number = self.begin("db01")
        until("it waits for the LUN", lambda: self.step_of(number, "wait_luns", "RUNNING"))

        self.restart()
        for wwpn in self.actives("db01"):
            self.san.ctl(f"mask {wwpn} {self.wwid(2)} 1")

        self.assertEqual(self.ended(number)["state"], "DONE")
        self.assertEqual(len(self.san.log("create")), 2, "what was made is not made again")
        self.settle_and_stop()

    def test_stop_of_the_daemon_with_requests_that_wait(self):
        self.make_guest("db01", luns=(1,))
        self.record_mask("db01", 2, 1)
        number = self.begin("db01")
        waiting = harness.UnixConnection(self.npivd.socket, harness.PATIENCE_S)
        waiting.request("GET", f"/v1/operations/{number}?wait=30")
        until("it waits for the LUN", lambda: self.step_of(number, "wait_luns", "RUNNING"))

        self.stop_clean()

        waiting.close()
        self.npivd.start()
        self.call("DELETE", f"/v1/operations/{number}", expect=(202, 409))
        self.assertEqual(self.ended(number)["state"], "FAILED")
        self.settle_and_stop()


class Reboot(SimTest):
    config = {"limits": {"restore_parallel": str(PARALLEL)}}

    def reboot(self):
        self.npivd.stop()
        self.san.stop()
        self.san.start()
        self.assertEqual(self.san.vports(), {})

    def test_vports_are_made_again_by_start_priority_and_throttled(self):
        wwpns = {}
        for i in range(GUESTS):
            wwpns[i] = self.make_guest(f"db{i}", priority=10 * i)["vhbas"][0]["active"]
            self.start(f"db{i}")
        self.make_guest("off")
        self.reboot()
        done = len(self.san.log("create"))
        self.san.ctl("delay create 50")

        self.npivd.start()

        until("all guests are ready", lambda: all(self.guest(f"db{i}")["state"] == "ready" for i in range(GUESTS)))
        self.settle()
        made = [line["text"].split(":")[0] for line in self.san.log("create")[done:]]
        self.assertEqual(len(made), 2 * GUESTS)
        order = [made.index(wwpns[i]) for i in range(GUESTS)]
        waves = [sorted(order, reverse=True)[i // PARALLEL * PARALLEL] for i in range(GUESTS)]
        for i in range(GUESTS - PARALLEL):
            self.assertGreater(order[i], order[i + PARALLEL], f"a higher priority goes first: {order} {waves}")
        spans = [(op["started"], op["ended"]) for op in self.items("operations") if op["kind"] == "vport_restore"]
        self.assertEqual(len(spans), GUESTS)
        for start, _ in spans:
            self.assertLessEqual(sum(other <= start < end for other, end in spans), PARALLEL)
        self.stop_clean()

    def test_guest_is_complete_again_with_its_luns_and_links(self):
        self.make_guest("db01", luns=(1,))
        self.start("db01")
        wwpns = self.actives("db01")
        self.reboot()
        for wwpn in wwpns:
            self.san.ctl(f"mask {wwpn} {self.wwid(1)} 0")

        self.npivd.start()

        self.settle(seconds=harness.PATIENCE_S)
        until("its links are right", lambda: self.links("db01") == self.seen_links("db01"))
        self.assertEqual(len(self.links("db01")), 2)
        self.assertEqual(self.actives("db01"), wwpns)
        self.stop_clean()


class Swap(SimTest):
    def where(self, name):
        """HBAs of the guest's vports in the kernel."""
        return sorted(hba for wwpn in self.actives(name) for hba in self.san.vports().get(wwpn, []))

    def setUp(self):
        super().setUp()
        self.make_guest("db01")
        self.start("db01")

    def test_vports_of_an_hba_that_is_gone_for_good_move_to_another_one(self):
        before = self.where("db01")
        gone = before[0]
        other = {"h0": "h2", "h2": "h0", "h1": "h3", "h3": "h1"}[gone]

        self.san.ctl(f"remove {gone}")

        until("it is complete again", lambda: self.where("db01") == sorted([other, before[1]]))
        self.settle()
        self.san.ctl(f"return {gone}")
        until("npivd knows the HBAs", self.all_read)
        self.settle()
        self.assertEqual(self.where("db01"), sorted([other, before[1]]), "it stays where it is")
        self.stop("db01")
        self.assertEqual(self.san.vports(), {})
        self.settle_and_stop()

    def test_vports_come_back_on_an_hba_that_was_away_shortly(self):
        self.npivd.write_config({"kernel": {"hba_grace": "60s"}})
        self.restart()
        before = self.where("db01")

        self.san.ctl(f"remove {before[0]}")
        until("npivd sees it", lambda: self.guest("db01")["state"] == "degraded")
        self.san.ctl(f"return {before[0]}")

        self.settle()
        self.assertEqual(self.where("db01"), before)
        self.stop_clean()

    def test_stop_while_the_hba_is_gone_leaves_nothing(self):
        gone = self.where("db01")[0]
        self.san.ctl(f"remove {gone}")
        until("npivd sees it", lambda: self.guest("db01")["state"] != "ready")

        self.stop("db01")

        self.san.ctl(f"return {gone}")
        until("npivd knows the HBAs", self.all_read)
        self.settle()
        self.assertEqual(self.san.vports(), {})
        self.stop_clean()

    def test_driver_reload_brings_everything_back(self):
        for name in ("h0", "h1", "h2", "h3"):
            self.san.ctl(f"remove {name}")
        until("npivd sees it", lambda: self.guest("db01")["state"] == "failed")
        for name in ("h3", "h1", "h2", "h0"):
            self.san.ctl(f"return {name}")

        self.settle(seconds=harness.PATIENCE_S)
        self.stop_clean()


class Strays(SimTest):
    def test_vport_of_a_guest_that_is_off_is_removed(self):
        guest = self.make_guest("db01")
        for vhba in guest["vhbas"]:
            for wwpn in vhba["wwpns"]:
                hba = "h0" if vhba["fabric"] == "A" else "h3"
                self.san.ctl(f"foreign {hba} {wwpn} {guest['wwnn']}")

        until("they are removed", lambda: self.san.vports() == {})

        self.assertIn("vport_remove", [op["kind"] for op in self.items("operations")])
        self.settle()
        self.start("db01")
        self.settle_and_stop()

    def test_second_vport_with_the_same_wwpn_is_removed(self):
        guest = self.make_guest("db01", vhbas=[{"fabric": "A", "hba": self.san.wwpn("h0")}])
        self.start("db01")
        self.san.ctl(f"foreign h2 {guest['vhbas'][0]['active']} {guest['wwnn']}")

        until("it is removed", lambda: self.san.hba("h2")["vports"] == [])

        self.assertEqual(len(self.san.hba("h0")["vports"]), 1)
        self.settle_and_stop()

    def test_vport_of_a_deleted_guest_is_removed(self):
        guest = self.make_guest("db01")
        self.call("DELETE", "/v1/guests/db01", expect=204)
        self.san.ctl(f"foreign h0 {guest['vhbas'][0]['active']} {STRAY_WWNN}")

        until("it is removed", lambda: self.san.vports() == {})

        self.settle_and_stop()

    def test_vport_that_somebody_deleted_is_made_again(self):
        self.make_guest("db01")
        self.start("db01")
        wwpn = self.actives("db01")[0]
        self.san.ctl(f"vanish {self.san.vports()[wwpn][0]} {wwpn}")

        self.settle()

        self.assertIn(wwpn, self.san.vports())
        self.stop_clean()


class Backup(SimTest):
    def backup(self, name):
        return self.call("POST", "/v1/system/backups", {"name": name}, 201).body

    def test_restored_record_is_as_it_was_but_gives_no_wwn_again(self):
        self.make_guest("old")
        backup = self.backup("b1")
        self.assertTrue(os.path.exists(backup["path"]))
        self.assertEqual(os.stat(backup["path"]).st_mode & 0o777, 0o600)
        self.make_guest("later")
        self.make_guest("gone")
        self.call("DELETE", "/v1/guests/gone", expect=204)
        self.call("DELETE", "/v1/guests/old", expect=204)

        reply = self.call("POST", "/v1/system/restore", {"name": "b1"}, 200).body

        self.assertEqual([guest["name"] for guest in self.items("guests")], ["old"])
        self.assertIn(reply["kept_as"], [row["name"] for row in self.items("system/backups")])
        self.make_guest("new")  # note_owners() holds all that was ever given
        self.start("old")
        self.start("new")
        self.settle()
        self.restart()
        until("npivd knows the HBAs", self.all_read)
        self.make_guest("newer")
        self.settle_and_stop()

    def test_mark_holds_when_the_database_is_put_back_by_hand(self):
        self.make_guest("old")
        path = self.backup("b1")["path"]
        self.make_guest("later")
        self.npivd.stop()
        for end in ("", "-wal", "-shm"):
            if os.path.exists(self.npivd.database + end):
                os.unlink(self.npivd.database + end)
        os.link(path, self.npivd.database)

        self.npivd.start()

        self.make_guest("new")
        self.settle_and_stop()

    def test_guest_that_the_restored_record_does_not_know_keeps_its_ports(self):
        self.backup("b1")
        self.make_guest("later")
        self.start("later")
        self.foreign |= set(self.san.vports())

        self.call("POST", "/v1/system/restore", {"name": "b1"}, 200)

        self.settle()
        self.assertEqual(len(self.san.log("delete")), 0)
        self.make_guest("new")
        self.start("new")
        self.settle_and_stop()

    def test_restore_of_a_damaged_or_unknown_backup_changes_nothing(self):
        self.make_guest("db01")
        path = self.backup("b1")["path"]
        with open(path, "r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * 8192)

        reply = self.call("POST", "/v1/system/restore", {"name": "b1"}, (409, 422, 500))
        self.assertIn("b1", reply.body["detail"])
        self.call("POST", "/v1/system/restore", {"name": "none"}, 404)
        self.call("POST", "/v1/system/restore", {"name": "../npivd"}, 422)

        self.assertEqual([guest["name"] for guest in self.items("guests")], ["db01"])
        self.start("db01")
        self.settle_and_stop()

    def test_restore_is_refused_while_operations_run(self):
        self.make_guest("db01", luns=(1,))
        self.record_mask("db01", 2, 1)
        self.backup("b1")
        number = self.begin("db01")

        reply = self.call("POST", "/v1/system/restore", {"name": "b1"}, 409)

        self.assert_problem(reply, "conflict", "1 operations have not ended")
        self.call("DELETE", f"/v1/operations/{number}", expect=202)
        self.ended(number)
        self.settle_and_stop()

    def test_backup_while_guests_start_is_whole(self):
        for i in range(8):
            self.make_guest(f"db{i}")
        numbers = [self.begin(f"db{i}") for i in range(8)]

        names = [self.backup(f"b{i}")["name"] for i in range(5)]

        for number in numbers:
            self.assertEqual(self.ended(number)["state"], "DONE")
        self.assertEqual(sorted(row["name"] for row in self.items("system/backups")), names)
        self.call("POST", "/v1/system/restore", {"name": names[0]}, 200)
        self.settle(seconds=harness.PATIENCE_S)
        self.stop_clean()


if __name__ == "__main__":
    harness.main()
