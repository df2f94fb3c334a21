#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks what is installed beside the programs: units, udev rules, example configurations, and the shell scripts of
the source tree.

What a missing tool would check is left out and told; the rest still counts.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = ""
BUILD = ""
EXPOSURE_MAX = 17  # tenths; systemd-analyze security of the unit


def read(*path):
    with open(os.path.join(SOURCE, *path), encoding="utf-8") as file:
        return file.read()


def run(*command, env=None):
    return subprocess.run(command, text=True, capture_output=True, timeout=60, check=False,
                          env={**os.environ, **(env or {})})


def needs(tool):
    return unittest.skipUnless(shutil.which(tool), f"{tool} is not installed")


class Units(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.service = os.path.join(folder.name, "npivd.service")
        self.socket = os.path.join(folder.name, "npivd.socket")
        # The program that it starts is not where it will be.
        with open(self.service, "w", encoding="utf-8") as file:
            file.write(re.sub(r"^ExecStart=.*", "ExecStart=/bin/true", read("data", "npivd.service.in"), flags=re.M))
        shutil.copy(os.path.join(SOURCE, "data", "npivd.socket"), self.socket)

    @needs("systemd-analyze")
    def test_units_are_understood_by_systemd(self):
        done = run("systemd-analyze", "verify", "--man=no", self.service, self.socket)
        # A machine without procps has no /bin/kill; that is not the unit's fault.
        words = [line for line in (done.stdout + done.stderr).splitlines()
                 if "npivd" in line and "is not executable" not in line]
        self.assertEqual(words, [])

    @needs("systemd-analyze")
    def test_service_keeps_its_exposure_low(self):
        done = run("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", "--no-pager",
                   self.service)
        self.assertEqual(done.returncode, 0, done.stdout[-400:] + done.stderr)

    def test_service_can_write_to_the_kernel_and_survives_a_stuck_lane(self):
        text = read("data", "npivd.service.in")
        for line in ("ProtectKernelTunables=no", "KillMode=process", "RuntimeDirectoryPreserve=yes", "Type=notify"):
            self.assertRegex(text, f"(?m)^{line}$")

    def test_service_and_socket_agree_with_the_configuration(self):
        preset = re.search(r"^#socket = (.*)$", read("data", "npivd.conf"), re.M).group(1)
        self.assertIn(f"ListenStream={preset}\n", read("data", "npivd.socket"))
        self.assertIn("FileDescriptorName=api\n", read("data", "npivd.socket"))
        group = re.search(r"^#socket_group = (.*)$", read("data", "npivd.conf"), re.M).group(1)
        self.assertIn(f"SocketGroup={group}\n", read("data", "npivd.socket"))
        self.assertRegex(read("data", "sysusers.conf"), f"(?m)^g {group} -$")


class Rules(unittest.TestCase):
    """udevadm verify is younger than Debian 12's udev: the grammar is checked here."""

    PART = re.compile(r'(?P<key>[A-Z_]+)(\{(?P<name>[^{}]+)\})?(?P<op>==|!=|=|\+=|:=)"(?P<value>[^"]*)"$')
    MATCHES = {"ACTION", "SUBSYSTEM", "DEVPATH", "KERNEL"}
    BOTH = {"ENV"}
    SETS = {"GOTO", "LABEL"}

    def rules(self):
        text = read("data", "60-npivd.rules").replace("\\\n", "")
        return [line for line in text.splitlines() if line and not line.startswith("#")]

    def test_rules_are_well_formed(self):
        labels, gotos = [], []
        for line in self.rules():
            for part in line.split(", "):
                match = self.PART.match(part)
                self.assertTrue(match, f"not understood: {part}")
                key, op = match["key"], match["op"]
                self.assertIn(key, self.MATCHES | self.BOTH | self.SETS, part)
                self.assertIn(op, ("==", "!=") if key in self.MATCHES else ("==", "!=", "=") if key in self.BOTH
                              else ("=",), part)
                self.assertEqual(bool(match["name"]), key in self.BOTH, part)
                if key == "LABEL":
                    labels.append(match["value"])
                if key == "GOTO":
                    gotos.append(match["value"])
        self.assertEqual(sorted(set(gotos)), sorted(labels))

    def test_rules_keep_everybody_of_the_host_away(self):
        text = "\n".join(self.rules())
        for setting in ('ENV{DM_MULTIPATH_DEVICE_PATH}="0"', 'ENV{UDISKS_IGNORE}="1"', 'ENV{SYSTEMD_READY}="0"',
                        'ENV{UDEV_DISABLE_PERSISTENT_STORAGE_RULES_FLAG}="1"'):
            self.assertIn(setting, text)
        self.assertIn('DEVPATH!="*/vport-*", GOTO="npivd_end"', text)

    def test_rules_come_between_those_that_claim_and_those_that_read(self):
        self.assertLess("60-multipath.rules", "60-npivd.rules")
        self.assertLess("60-npivd.rules", "60-persistent-storage.rules")
        self.assertLess("60-npivd.rules", "69-lvm.rules")

    @needs("udevadm")
    def test_rules_are_understood_by_udev(self):
        if run("udevadm", "verify", "--help").returncode != 0:
            self.skipTest("this udevadm has no verify")
        done = run("udevadm", "verify", os.path.join(SOURCE, "data", "60-npivd.rules"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_multipath_is_told_of_the_mark(self):
        self.assertIn('property "^FC_VPORT$"', read("data", "multipath.conf"))
        self.assertIn('ENV{FC_VPORT}="1"', self.rules())
        self.assertLess("FC_VPORT", "ID_WWN")


class Configuration(unittest.TestCase):
    def test_example_is_what_npivd_prints(self):
        done = run(os.path.join(SOURCE, "tools", "example-conf.sh"), os.path.join(BUILD, "daemon", "npivd"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, read("data", "npivd.conf"),
                         "tools/example-conf.sh BUILD/daemon/npivd >data/npivd.conf")

    def test_hook_example_is_read_without_complaint_when_its_options_are_taken(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "hook.conf")
            with open(path, "w", encoding="utf-8") as file:
                file.write(re.sub(r"^#(\w+ = )", r"\1", read("data", "hook.conf"), flags=re.M))
            hook = os.path.join(BUILD, "hook", "npivd-hook")
            done = run(hook, "--config", path, "--", "nobody", "attach", "begin", "-")
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_hook_example_has_every_option_with_its_default(self):
        rows = re.findall(r'\{ "hook", "(\w+)".*?\.preset = "([^"]*)"', read("hook", "hook.c"), re.S)
        self.assertTrue(rows)
        self.assertEqual(re.findall(r"^#(\w+) = (.*)$", read("data", "hook.conf"), re.M), rows)


class Scripts(unittest.TestCase):
    def scripts(self):
        for folder, folders, names in os.walk(SOURCE):
            folders[:] = [name for name in folders if not name.startswith(("build", ".git"))]
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    if re.match(rb"#!(/usr)?/bin/(env )?(ba)?sh\b", file.read(40)):
                        yield path

    @needs("shellcheck")
    def test_shell_scripts_have_no_findings(self):
        done = run("shellcheck", *sorted(self.scripts()))
        self.assertEqual(done.returncode, 0, done.stdout[-4000:])

    def test_every_library_of_the_package_list_has_its_reason(self):
        packages = re.findall(r"^build\s+(\S+-dev)\b", read("tools", "packages.txt"), re.M)
        text = read("docs", "DEPENDENCIES.md")
        self.assertEqual([name for name in packages if name not in text], [])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--build", required=True)
    options, rest = parser.parse_known_args()
    SOURCE, BUILD = os.path.abspath(options.source), os.path.abspath(options.build)
    unittest.main(argv=[sys.argv[0], *rest])
