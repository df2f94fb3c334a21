# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/setup.sh, with a package manager and a user that the test makes up."""
import os
import subprocess
import tempfile
import unittest

SETUP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "setup.sh")

PROGRAMS = {
    "id": 'echo "$FAKE_UID"',
    "dpkg-query": 'for last; do :; done; case " $FAKE_MISSING " in *" $last "*) exit 1 ;; esac; printf installed',
    # The first installation fails where FAKE_OLD_LISTS says that the lists are old.
    "apt-get": 'echo "$*" >>"$FAKE_LOG"\n'
               'case $1 in update) touch "$FAKE_LOG.updated" ;; esac\n'
               'if [ "$1" = install ] && [ -n "$FAKE_OLD_LISTS" ] && ! [ -e "$FAKE_LOG.updated" ]; then\n'
               '\techo "E: no such package"; exit 100\nfi\n'
               'if [ -n "$FAKE_BROKEN" ]; then echo "E: it is broken"; exit 100; fi',
}


class Setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="npivd-setup-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for name, text in PROGRAMS.items():
            path = os.path.join(self.folder, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"#!/bin/sh\n{text}\n")
            os.chmod(path, 0o755)

    def setup(self, *groups, uid=0, missing="", **more):
        return subprocess.run([SETUP, *groups], text=True, capture_output=True, timeout=30, check=False, env={
            "PATH": f"{self.folder}:{os.environ['PATH']}", "FAKE_UID": str(uid), "FAKE_MISSING": missing,
            "FAKE_LOG": os.path.join(self.folder, "apt.log"), "FAKE_OLD_LISTS": "", "FAKE_BROKEN": "", **more})

    def apt(self):
        path = os.path.join(self.folder, "apt.log")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return file.read().splitlines()

    def test_setup_is_silent_when_nothing_is_missing(self):
        done = self.setup("build", "test", uid=1000)
        self.assertEqual((done.returncode, done.stdout, done.stderr, self.apt()), (0, "", "", []))

    def test_setup_installs_only_what_is_missing_and_once(self):
        done = self.setup("demo", "test", missing="fuse3 python3")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("installing 2 packages: fuse3 python3", done.stdout)
        self.assertEqual(len(self.apt()), 1)
        self.assertTrue(self.apt()[0].endswith(" fuse3 python3"), self.apt())
        self.assertIn("--no-install-recommends", self.apt()[0])

    def test_setup_fetches_the_lists_when_they_are_old(self):
        done = self.setup("demo", missing="fuse3", FAKE_OLD_LISTS="1")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual([line.split()[0] for line in self.apt()], ["install", "update", "install"])

    def test_setup_shows_what_apt_said_when_it_fails(self):
        done = self.setup("demo", missing="fuse3", FAKE_BROKEN="1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("E: it is broken", done.stderr)

    def test_setup_tells_a_user_what_root_must_do(self):
        done = self.setup("demo", uid=1000, missing="fuse3")
        self.assertEqual((done.returncode, self.apt()), (1, []))
        self.assertIn("apt-get install --no-install-recommends fuse3", done.stderr)

    def test_setup_refuses_a_group_that_is_not_listed(self):
        done = self.setup("nonsense")
        self.assertEqual(done.returncode, 2)
        self.assertIn("'nonsense'", done.stderr)


if __name__ == "__main__":
    unittest.main()
