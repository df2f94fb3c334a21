# SPDX-License-Identifier: LGPL-2.1-or-later
"""make install DESTDIR=: every file is where it belongs, and what is installed works from there."""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

BUILD = ""
SOURCE = ""

# Where everything goes with the project's own default folders.
FILES = {
    "usr/bin/npivctl": 0o755,
    "usr/sbin/npivd": 0o755,
    "usr/sbin/npivd-hook": 0o755,
    "usr/sbin/npivd-hook-act": 0o755,
    "etc/npivd/npivd.conf": 0o644,
    "etc/npivd/hook.conf": 0o644,
    "etc/multipath/conf.d/npivd.conf": 0o644,
    "usr/lib/systemd/system/npivd.service": 0o644,
    "usr/lib/systemd/system/npivd.socket": 0o644,
    "usr/lib/sysusers.d/npivd.conf": 0o644,
    "usr/lib/udev/rules.d/60-npivd.rules": 0o644,
    "usr/share/bash-completion/completions/npivctl": 0o644,
    "usr/share/zsh/site-functions/_npivctl": 0o644,
    "usr/share/fish/vendor_completions.d/npivctl.fish": 0o644,
}
MANUALS = re.compile(r"usr/share/man/man\d/[\w.-]+\.\d$")
FOLDERS = {"etc/npivd/npivd.conf.d", "etc/npivd/hook.conf.d"}


def run(*command, stdin=""):
    return subprocess.run(command, input=stdin, text=True, capture_output=True, timeout=120, check=False)


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="npivd-install-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.root = os.path.join(cls.folder.name, "root")
        cls.done = run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", cls.root)

    def setUp(self):
        self.assertEqual(self.done.returncode, 0, self.done.stdout + self.done.stderr)

    def path(self, name):
        return os.path.join(self.root, name)

    def test_install_puts_exactly_these_files(self):
        found = {os.path.relpath(os.path.join(folder, name), self.root)
                 for folder, _, names in os.walk(self.root) for name in names}
        self.assertEqual({name for name in found if not MANUALS.match(name)}, set(FILES))
        for name in FOLDERS:
            self.assertTrue(os.path.isdir(self.path(name)), name)

    def test_install_sets_modes(self):
        for name, mode in FILES.items():
            self.assertEqual(os.stat(self.path(name)).st_mode & 0o777, mode, name)

    def test_installed_programs_run_and_look_where_the_files_are(self):
        for program in ("usr/bin/npivctl", "usr/sbin/npivd", "usr/sbin/npivd-hook", "usr/sbin/npivd-hook-act"):
            words = "version" if program.endswith("ctl") else "--version"
            self.assertIn("npiv", run(self.path(program), words).stdout)
        self.assertIn("/etc/npivd/npivd.conf", run(self.path("usr/sbin/npivd"), "--help").stdout)
        self.assertIn("/etc/npivd/hook.conf", run(self.path("usr/sbin/npivd-hook"), "--help").stdout)
        with open(self.path("usr/lib/systemd/system/npivd.service"), encoding="utf-8") as unit:
            self.assertIn("\nExecStart=/usr/sbin/npivd\n", unit.read())

    def test_installed_configuration_changes_no_default(self):
        npivd = self.path("usr/sbin/npivd")
        plain = run(npivd, "--config", "/dev/null", "--print-config").stdout
        self.assertTrue(plain)
        self.assertEqual(run(npivd, "--config", self.path("etc/npivd/npivd.conf"), "--print-config").stdout, plain)

    def test_hook_is_linked_for_libvirt_to_the_installed_program(self):
        npivctl = self.path("usr/bin/npivctl")
        self.assertEqual(run(npivctl, "hook", "install", "--root", self.root).returncode, 0)
        link = self.path("etc/libvirt/hooks/qemu.d/npivd")
        self.addCleanup(os.remove, link)
        # libvirtd's AppArmor profile of Debian 12 lets a hook be a program of /usr/sbin, not one of /usr/libexec.
        self.assertEqual(os.readlink(link), "/usr/sbin/npivd-hook")

    def test_make_install_hands_the_folder_on_as_a_whole_path(self):
        # Only told, not done: make would build again while other tests use what is built.
        done = run("make", "-n", "-C", SOURCE, "install", f"BUILD={BUILD}", "DESTDIR=some/where")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"--destdir {os.path.join(os.path.realpath(SOURCE), 'some/where')}", done.stdout)


def has_default_folders():
    """A build folder with a prefix of its own installs elsewhere."""
    options = json.loads(run("meson", "introspect", BUILD, "--buildoptions").stdout)
    values = {option["name"]: option["value"] for option in options}
    return (values["prefix"], values["sysconfdir"], values["unit_dir"], values["udev_dir"]) == ("/usr", "/etc", "", "")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--source", required=True)
    options, rest = parser.parse_known_args()
    BUILD, SOURCE = os.path.abspath(options.build), os.path.abspath(options.source)
    if not has_default_folders():
        print("SKIP: this build folder has another prefix than the project's own")
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], *rest])
