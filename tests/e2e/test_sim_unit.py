#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""npivd as its systemd unit runs it: with few capabilities, and with a socket that is passed to it."""

import os
import re
import shutil
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import SimTest, until  # noqa: E402

UNIT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data", "npivd.service.in")


def unit_setting(name):
    with open(UNIT, encoding="utf-8") as file:
        return re.search(rf"^{name}=(.*)$", file.read(), re.M).group(1)


def kept_capabilities():
    """As setpriv writes them."""
    words = unit_setting("CapabilityBoundingSet").split()
    return ",".join(["-all"] + [f"+{word.removeprefix('CAP_').lower()}" for word in words])


def effective_capabilities(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return int(re.search(r"^CapEff:\s+(\w+)$", file.read(), re.M).group(1), 16)


class Unit(SimTest):
    @unittest.skipUnless(shutil.which("setpriv"), "setpriv is not installed")
    def test_main_job_needs_no_more_capabilities_than_the_unit_leaves(self):
        self.npivd.stop()
        self.npivd.start(["setpriv", f"--bounding-set={kept_capabilities()}", "--no-new-privs"])
        self.assertEqual(bin(effective_capabilities(self.npivd.pid)).count("1"),
                         len(unit_setting("CapabilityBoundingSet").split()))
        self.make_guest("db01", luns=(1,))

        self.assertEqual(self.start("db01").body["state"], "DONE")
        self.assertEqual(self.links("db01"), self.seen_links("db01"))
        self.assertEqual(self.stop("db01").body["state"], "DONE")

        self.settle()
        self.stop_clean()

    @unittest.skipUnless(shutil.which("systemd-socket-activate"), "systemd-socket-activate is not installed")
    def test_a_request_that_came_before_npivd_is_answered_on_the_passed_socket(self):
        self.npivd.stop()
        self.npivd.spawn(["systemd-socket-activate", "--fdname=api", "-l", self.npivd.socket])
        until("systemd listens", self.is_listening)

        # This request starts npivd, and waits until it is there.
        self.assertEqual(self.npivd.send("GET", "/v1/health/live").status, 200)

        until("npivd is ready", lambda: self.npivd.answers("/v1/health/ready"))
        self.make_guest("db01", luns=(1,))
        self.assertEqual(self.start("db01").body["state"], "DONE")
        self.settle()
        self.stop_clean()
        self.assertTrue(os.path.exists(self.npivd.socket), "the socket is systemd's and stays")

    def is_listening(self):
        with open("/proc/net/unix", encoding="utf-8") as file:
            return any(line.endswith(f" {self.npivd.socket}\n") for line in file)


if __name__ == "__main__":
    harness.main()
