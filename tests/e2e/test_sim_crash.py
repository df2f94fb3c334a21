#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""kill -9 of npivd at each commit of its journal, and of a lane round its write to the kernel.

SQLite syncs each commit with fdatasync(2), the marks go with fsync(2): strace kills npivd at the N-th of them, for
N = 1, 2, ... until nothing is left to kill. E2E_CRASH_CALLS names the calls (fdatasync; pwrite64 as well in a full
run: before a commit is in the file), E2E_CRASH_ROUNDS how often the whole is done.
"""

import http.client
import os
import shutil
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import SimTest, until  # noqa: E402

CALLS = os.environ.get("E2E_CRASH_CALLS", "fdatasync").split(",")
ROUNDS = int(os.environ.get("E2E_CRASH_ROUNDS", "1"))
POINTS_MAX = 200  # a start has some ten commits
TRACER = shutil.which("strace")


class Tracer:
    """strace at a process that is killed at the N-th of a system call."""

    def __init__(self, pid, call, number):
        self.process = subprocess.Popen(
            [TRACER, "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
             f"inject={call}:signal=SIGKILL:when={number}", "-p", str(pid)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until("strace is attached", lambda: self.process.poll() is not None or self.is_traced(pid))

    @staticmethod
    def is_traced(pid):
        return "TracerPid:\t0\n" not in harness.read_text(f"/proc/{pid}/status")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # lets go of what it traces
        self.process.wait(harness.STOP_S)


class CrashTest(SimTest):
    config = {"kernel": {"resync": "60s", "hba_grace": "5s"}}  # the lanes do what they are told, and no more

    def setUp(self):
        if not TRACER:
            self.skipTest("strace is not installed")
        super().setUp()

    def is_dead(self):
        return self.npivd.process.poll() is not None

    def try_call(self, method, path, body):
        """The reply, or None when npivd died over it."""
        try:
            return self.npivd.send(method, path, body)
        except (OSError, http.client.HTTPException):
            until("npivd is dead", self.is_dead)
            return None

    def has_ended(self, number):
        try:
            return self.operation(number)["state"] in ("DONE", "FAILED")
        except (OSError, http.client.HTTPException):
            return False

    def revive(self):
        """npivd starts again and finishes or undoes what was begun."""
        self.npivd.kill()
        self.npivd.start()
        until("npivd knows the HBAs", self.all_read)
        until("operations have ended", self.check_operations, harness.PATIENCE_S)
        self.settle()

    def crash_in(self, desired, call, number):
        """Sets the guest's state; True when npivd was killed at its @number-th @call meanwhile."""
        tracer = Tracer(self.npivd.pid, call, number)
        reply = self.try_call("PUT", "/v1/guests/db01/state", {"desired": desired})
        if reply:
            self.assertEqual(reply.status, 202, reply)
            until("it is done or dead", lambda: self.is_dead() or self.has_ended(reply.body["id"]))
        killed = self.is_dead()
        tracer.stop()
        if killed:
            self.revive()
        if reply:
            operation = self.operation(reply.body["id"])
            self.assertIn(operation["state"], ("DONE", "FAILED"), "what was answered is in the record")
            if not killed:
                self.assertEqual(operation["state"], "DONE")
        return killed


class Daemon(CrashTest):
    def crash_everywhere(self, desired):
        other = "absent" if desired == "ready" else "ready"
        points = 0
        for call in CALLS * ROUNDS:
            for number in range(1, POINTS_MAX):
                self.set_state("db01", other)
                with self.subTest(desired=desired, call=call, number=number):
                    killed = self.crash_in(desired, call, number)
                    self.set_state("db01", desired)
                    self.settle()
                points += killed
                if not killed:
                    break
        print(f"killed at {points} points", file=sys.stderr)
        self.assertGreater(points, 4, "strace killed nothing: does SQLite use another call?")
        self.settle_and_stop()

    def test_start_survives_a_kill_at_each_commit(self):
        self.make_guest("db01", luns=(1,))
        self.crash_everywhere("ready")

    def test_stop_survives_a_kill_at_each_commit(self):
        self.make_guest("db01", luns=(1,))
        self.crash_everywhere("absent")

    def test_no_wwn_is_given_twice_when_killed_at_each_sync_of_a_creation(self):
        for call in ("fsync", *CALLS):
            for number in range(1, POINTS_MAX):
                name = f"{call}{number}"
                body = {"name": name, "vhbas": [{"fabric": "A"}, {"fabric": "B"}]}
                tracer = Tracer(self.npivd.pid, call, number)
                reply = self.try_call("POST", "/v1/guests", body)
                killed = self.is_dead()
                tracer.stop()
                if killed:
                    self.npivd.kill()
                    self.npivd.start()
                with self.subTest(call=call, number=number):
                    if reply:
                        self.assertEqual(reply.status, 201, reply)
                        self.assertEqual(self.guest(name)["wwnn"], reply.body["wwnn"], "what was answered is kept")
                    self.call("POST", "/v1/guests", body, (200, 201))
                    self.settle()
                if not killed:
                    break
        self.settle_and_stop()

    def test_recovery_survives_a_kill_too(self):
        self.make_guest("db01", luns=(1,))
        for number in range(2, 6):
            self.assertTrue(self.crash_in_recovery("ready", number))
            self.set_state("db01", "ready")
            self.set_state("db01", "absent")
        self.settle_and_stop()

    def crash_in_recovery(self, desired, number):
        tracer = Tracer(self.npivd.pid, "fdatasync", number)
        self.try_call("PUT", "/v1/guests/db01/state", {"desired": desired})
        until("npivd is dead", self.is_dead)
        tracer.stop()
        self.npivd.spawn()
        until("it listens", lambda: self.npivd.answers("/v1/health/live"))
        tracer = Tracer(self.npivd.pid, "fdatasync", 1)
        until("npivd is dead, or has nothing to write", lambda: self.is_dead() or self.npivd.is_ready())
        tracer.stop()
        self.revive()
        return True


class Lane(CrashTest):
    """The lane of h0 dies round its write; db01 has one vport, there."""

    def setUp(self):
        super().setUp()
        self.make_guest("db01", vhbas=[{"fabric": "A", "hba": self.san.wwpn("h0")}])

    def assert_recovers(self, number, desired):
        """The operation ends by itself; what it is for can then be done."""
        operation = self.ended(number)
        self.settle()
        if operation["state"] == "FAILED":
            self.assertTrue(operation["error"]["detail"])
        self.set_state("db01", desired)
        self.settle()

    def check_tracing(self, call):
        for desired, op in (("ready", "create"), ("absent", "delete")):
            with self.subTest(op=op):
                lane = self.npivd.lane_of("host0")
                tracer = Tracer(lane, call, 1)
                number = self.begin("db01", desired)
                until("the lane is killed", lambda: not os.path.exists(f"/proc/{lane}"))
                tracer.stop()
                self.assert_recovers(number, desired)
        self.settle_and_stop()

    def test_lane_killed_before_its_write(self):
        self.check_tracing("write")

    def test_lane_killed_between_its_write_and_its_answer(self):
        self.check_tracing("sendto")

    def hold(self, desired, op):
        """Begins, and returns the operation and the lane when the kernel holds the lane's write."""
        self.san.ctl(f"fault h0 {op} hang forever")
        number = self.begin("db01", desired)
        until("the kernel holds the write", lambda: self.san.held("h0") == 1)
        return number, self.npivd.lane_of("host0")

    def test_lane_killed_inside_its_write(self):
        for release in ("ok", "errno EIO"):
            for desired, op in (("ready", "create"), ("absent", "delete")):
                with self.subTest(op=op, release=release):
                    number, lane = self.hold(desired, op)
                    os.kill(lane, signal.SIGKILL)
                    self.san.ctl(f"release h0 {release}")
                    until("the lane is dead", lambda: not os.path.exists(f"/proc/{lane}"))
                    self.assert_recovers(number, desired)
        self.settle_and_stop()

    def test_daemon_killed_while_a_lane_is_inside_its_write(self):
        for release in ("ok", "errno EIO"):
            for early in (True, False):
                for desired, op in (("ready", "create"), ("absent", "delete")):
                    with self.subTest(op=op, release=release, early=early):
                        number, lane = self.hold(desired, op)
                        self.npivd.kill()
                        if early:
                            self.san.ctl(f"release h0 {release}")
                        self.npivd.start()
                        if not early:
                            self.assertTrue(os.path.exists(f"/proc/{lane}"), "the kernel holds it")
                            self.san.ctl(f"release h0 {release}")
                        self.assert_recovers(number, desired)
                        until("the old lane is gone", lambda: not os.path.exists(f"/proc/{lane}"))
        self.settle_and_stop()


if __name__ == "__main__":
    harness.main()
