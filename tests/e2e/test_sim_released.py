#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest that ends while npivd is away: the hook leaves word, and npivd takes the ports away when it is back."""

import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from harness import SimTest, until  # noqa: E402

DOMAIN = "<domain type='kvm'><name>{name}</name><uuid>{uuid}</uuid></domain>"


@unittest.skipUnless(os.environ.get("HOOK"), "HOOK names no npivd-hook")
class Released(SimTest):
    def setUp(self):
        super().setUp()
        self.hook_config = os.path.join(self.npivd.folder, "hook.conf")
        with open(self.hook_config, "w", encoding="utf-8") as file:
            file.write(f"[hook]\nsocket = {self.npivd.socket}\nstate_dir = {self.npivd.state}\ntimeout = 20s\n")

    def hook(self, guest, *args):
        return subprocess.run([os.environ["HOOK"], "--config", self.hook_config, "--", guest["name"], *args], timeout=60,
                              input=DOMAIN.format(name=guest["name"], uuid=guest["id"]), capture_output=True, text=True,
                              check=False)

    def word(self, guest):
        return os.path.join(self.npivd.state, "released", guest["id"])

    def test_ports_go_when_npivd_is_back(self):
        guest = self.make_guest("db01")
        self.assertEqual(self.hook(guest, "prepare", "begin", "-").returncode, 0)
        self.assertEqual(len(self.san.vports()), 2)
        self.npivd.kill()

        ended = self.hook(guest, "release", "end", "destroyed")

        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertTrue(os.path.exists(self.word(guest)))
        self.npivd.start()
        until("the ports are gone", lambda: not self.san.vports())
        until("the word is taken", lambda: not os.path.exists(self.word(guest)))
        self.assertEqual(self.guest("db01")["desired"], "absent")
        self.settle_and_stop()

    def test_later_start_makes_the_word_void(self):
        guest = self.make_guest("db01")
        self.start("db01")
        os.makedirs(os.path.dirname(self.word(guest)), exist_ok=True)
        with open(self.word(guest), "w", encoding="utf-8"):
            pass

        self.assertEqual(self.hook(guest, "prepare", "begin", "-").returncode, 0)

        self.assertFalse(os.path.exists(self.word(guest)))
        self.restart()
        self.settle()
        self.assertEqual(self.guest("db01")["state"], "ready")
        self.settle_and_stop()


if __name__ == "__main__":
    harness.main()
