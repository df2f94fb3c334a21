#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The simulated SAN with plain file operations: what a program sees of it under its mount point.

Usage: test_sansim.py SANSIM [unittest arguments]. Needs /dev/fuse and the right to mount; skipped (77) otherwise.
"""

import ctypes
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

SKIP = 77
PATIENCE_S = 30  # until something must have come true
SANSIM = ""
LIBC = ctypes.CDLL(None, use_errno=True)
A = "2100aabbccdd%04x"
N = "2000aabbccdd0001"
LUN = "naa.60014050000000000000000000%06x"
TARGET_A = "5000000000010a01"
PCI0 = "devices/pci0000:00/0000:3b:00.0"


def until(what, condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true in {PATIENCE_S} s")
        time.sleep(0.005)


class Writer(threading.Thread):
    """One write(2) in a child process, which may hang; outcome is a count or a negative errno."""

    CODE = "import os,sys\nfd = os.open(sys.argv[1], os.O_WRONLY)\ntry: print(os.write(fd, sys.argv[2].encode()))\n" \
           "except OSError as error: print(-error.errno)"

    def __init__(self, path, text):
        super().__init__(daemon=True)
        self.child = subprocess.Popen([sys.executable, "-c", self.CODE, path, text], stdout=subprocess.PIPE)
        self.outcome = None
        self.start()

    def run(self):
        out = self.child.communicate()[0]
        self.outcome = int(out) if out else None

    def result(self):
        self.join(PATIENCE_S)
        if self.is_alive():
            raise AssertionError("the write did not come back")
        return self.outcome


class SansimTest(unittest.TestCase):
    OPTIONS = ["--hbas", "4"]

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="sansim-")
        self.mnt, self.sock, self.log = (os.path.join(self.dir, name) for name in ("sys", "ctl", "log"))
        os.mkdir(self.mnt)
        with open(os.path.join(self.dir, "stderr"), "wb") as stderr:
            self.process = subprocess.Popen(
                [SANSIM, "--foreground", "--control", self.sock, "--log", self.log, *self.OPTIONS, self.mnt],
                stderr=stderr)
        until("the mount", lambda: self.process.poll() is not None or
              (os.path.ismount(self.mnt) and os.path.isdir(self.mnt + "/class")))
        self.ctl("delay", "jitter", "0")

    def tearDown(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE_S)
        with open(os.path.join(self.dir, "stderr"), encoding="utf-8") as file:
            self.assertEqual("", file.read())
        self.assertEqual(0, status)
        self.assertFalse(os.path.ismount(self.mnt))
        shutil.rmtree(self.dir)

    def ctl(self, *words, ok=True):
        done = subprocess.run([SANSIM, "ctl", self.sock, *words], capture_output=True, text=True, timeout=PATIENCE_S)
        self.assertEqual(ok, done.returncode == 0, done.stdout + done.stderr)
        return done.stdout.strip()

    def status(self):
        return json.loads(self.ctl("status"))

    def path(self, name):
        return os.path.join(self.mnt, name)

    def read(self, name):
        with open(self.path(name), encoding="ascii") as file:
            return file.read().rstrip("\n")

    def write(self, name, text):
        """A count, or a negative errno."""
        fd = os.open(self.path(name), os.O_WRONLY)
        try:
            # Not os.write(): it hides EINTR by writing again.
            count = LIBC.write(fd, text.encode(), len(text))
            return count if count >= 0 else -ctypes.get_errno()
        finally:
            os.close(fd)

    def list(self, name):
        return sorted(os.listdir(self.path(name)))

    def create(self, host=0, port=1):
        return self.write(f"class/fc_host/host{host}/vport_create", f"{A % port}:{N}")

    def delete(self, host=0, port=1):
        return self.write(f"class/fc_host/host{host}/vport_delete", f"{A % port}:{N}")

    def create_active(self, host=0, port=1):
        """Returns the vport's name."""
        before = self.list("class/fc_vports")
        self.assertEqual(33, self.create(host, port))
        (name,) = set(self.list("class/fc_vports")) - set(before)
        until("the login", lambda: self.read(f"class/fc_vports/{name}/vport_state") == "Active")
        return name

    def disks(self):
        return self.list("block")

    def writes(self, operation):
        with open(self.log, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        return [line for line in lines if line["event"] == "write" and line["op"] == operation]

    def hanging(self, path, text, hba=0):
        """A writer that is known to hang."""
        writer = Writer(self.path(path), text)
        until("the hang", lambda: self.status()["hbas"][hba]["counters"]["held"] == 1)
        return writer


class Layout(SansimTest):
    def test_physical_hosts_have_what_the_kernel_shows(self):
        self.assertEqual(["host0", "host1", "host2", "host3"], self.list("class/fc_host"))
        self.assertEqual("../../" + PCI0 + "/host0/fc_host/host0", os.readlink(self.path("class/fc_host/host0")))
        expected = {
            "port_name": "0x100000109b000010", "node_name": "0x200000109b000010", "port_id": "0x010100",
            "port_state": "Online", "speed": "16 Gbit", "max_npiv_vports": "255", "npiv_vports_inuse": "0",
            "fabric_name": "0x100000fab0000001", "tgtid_bind_type": "wwpn (World Wide Port Name)"}
        for name, value in expected.items():
            self.assertEqual(value, self.read("class/fc_host/host0/" + name), name)
        self.assertEqual("0x100000fab0000002", self.read("class/fc_host/host1/fabric_name"))
        self.assertEqual("lpfc", self.read("class/scsi_host/host0/proc_name"))
        self.assertEqual("0xffffffffffffffff", self.read("class/fc_host/host0/statistics/lip_count"))

    def test_modes_are_the_kernels_and_hold_for_root(self):
        modes = {"vport_create": 0o200, "vport_delete": 0o200, "issue_lip": 0o200, "port_name": 0o444,
                 "dev_loss_tmo": 0o644, "uevent": 0o644, "max_npiv_vports": 0o444}
        for name, mode in modes.items():
            self.assertEqual(mode, os.stat(self.path("class/fc_host/host0/" + name)).st_mode & 0o7777, name)
        for name, flags in (("port_name", os.O_WRONLY), ("vport_create", os.O_RDONLY), ("new", os.O_CREAT)):
            with self.assertRaises(PermissionError):
                os.open(self.path("class/fc_host/host0/" + name), flags)

    def test_vport_has_its_own_host_and_disks_below_its_parent(self):
        self.ctl("mask", A % 1, LUN % 1, "5")
        name = self.create_active()
        until("the disk", lambda: self.disks() == ["sda"])
        self.assertEqual("vport-0:0-0", name)
        vport = PCI0 + "/host0/vport-0:0-0"
        self.assertEqual(["fc_vports", "host4", "uevent"], self.list(vport))
        self.assertEqual("../../../vport-0:0-0", os.readlink(self.path(f"class/fc_vports/{name}/device")))
        self.assertEqual("0x" + A % 1, self.read("class/fc_host/host4/port_name"))
        for missing in ("vport_create", "vport_delete", "max_npiv_vports", "npiv_vports_inuse"):
            self.assertFalse(os.path.exists(self.path("class/fc_host/host4/" + missing)), missing)
        sdev = vport + "/host4/rport-4:0-0/target4:0:0/4:0:0:5"
        self.assertEqual(os.path.realpath(self.path(sdev + "/block/sda")), os.path.realpath(self.path("block/sda")))
        self.assertEqual(LUN % 1, self.read(sdev + "/wwid"))
        self.assertEqual(str(10 * 2**30 // 512), self.read("block/sda/size"))
        self.assertEqual("SANSIM  ", self.read("block/sda/device/vendor"))
        self.assertEqual([], self.list("block/sda/holders"))
        self.assertEqual(["4:0:0:5"], self.list("class/scsi_device"))
        self.assertEqual(["target4:0:0"], self.list("class/fc_transport"))
        self.assertEqual("0x" + TARGET_A, self.read("class/fc_remote_ports/rport-4:0-0/port_name"))
        self.assertEqual("0", self.read("class/fc_remote_ports/rport-4:0-0/scsi_target_id"))

    def test_every_file_can_be_read_or_refuses(self):
        self.ctl("mask", A % 1, LUN % 1, "5")
        self.create_active()
        until("the disk", lambda: self.disks() == ["sda"])
        seen = 0
        for folder, _, files in os.walk(self.mnt):
            for name in files:
                path = os.path.join(folder, name)
                if os.path.islink(path) or not os.lstat(path).st_mode & 0o400:
                    continue
                with open(path, "rb") as file:
                    file.read()
                seen += 1
        self.assertGreater(seen, 400)

    def test_holder_of_a_disk_is_listed(self):
        self.ctl("mask", A % 1, LUN % 1, "5")
        self.create_active()
        until("the disk", lambda: self.disks() == ["sda"])
        self.ctl("lun", "hold", LUN % 1, "dm-3")
        self.assertEqual(["dm-3"], self.list("block/sda/holders"))
        self.ctl("lun", "free", LUN % 1, "dm-3")
        self.assertEqual([], self.list("block/sda/holders"))


class CreateAndDelete(SansimTest):
    def test_numbers_of_hosts_come_back_and_those_of_vports_do_not(self):
        self.assertEqual(33, self.create())
        self.assertEqual(33, self.delete())
        self.assertEqual([], self.list("class/fc_vports"))
        self.assertEqual(33, self.create())
        self.assertEqual(["vport-0:0-1"], self.list("class/fc_vports"))
        self.assertIn("host4", self.list("class/fc_host"))
        self.assertEqual("1", self.read("class/fc_host/host0/npiv_vports_inuse"))

    def test_text_that_the_transport_class_refuses(self):
        good = f"{A % 1}:{N}"
        for text in ("0x" + good, good[:-1], good + "\n\n", good.replace(":", ";"), A % 1, " " + good, "x" * 5000):
            self.assertEqual(-errno.EINVAL, self.write("class/fc_host/host0/vport_create", text), text)
        self.assertEqual(34, self.write("class/fc_host/host0/vport_create", good.upper() + "\n"))

    def test_state_follows_the_login(self):
        self.ctl("delay", "login", "300")
        self.assertEqual(33, self.create())
        states = [self.read(name) for name in (
            "class/fc_vports/vport-0:0-0/vport_state", "class/fc_host/host4/port_state",
            "class/fc_host/host4/port_id", "class/fc_host/host4/fabric_name")]
        self.assertEqual(["Initializing", "Offline", "0x000000", "0x0"], states)
        until("the login", lambda: self.read("class/fc_vports/vport-0:0-0/vport_state") == "Active")
        self.assertEqual("Online", self.read("class/fc_host/host4/port_state"))
        self.assertEqual("0x010101", self.read("class/fc_host/host4/port_id"))

    def test_delete_needs_both_names(self):
        self.create()
        self.assertEqual(-errno.ENODEV, self.delete(port=2))
        self.assertEqual(-errno.ENODEV, self.write("class/fc_host/host0/vport_delete", f"{A % 1}:{A % 1}"))
        self.assertEqual(-errno.EINVAL, self.write("class/fc_host/host0/vport_delete", "1"))
        self.assertEqual(33, self.delete())

    def test_full_hba_and_duplicate_are_refused(self):
        self.ctl("limit", "h0", "1")
        self.create()
        self.assertEqual(-errno.ENOSPC, self.create(port=2))
        self.ctl("limit", "h0", "2")
        self.assertEqual(-errno.ENOENT, self.create())
        self.assertEqual("2", self.read("class/fc_host/host0/max_npiv_vports"))

    def test_vport_files_write_as_the_kernels_do(self):
        name = self.create_active()
        base = f"class/fc_vports/{name}/"
        self.assertEqual(20, self.write(base + "symbolic_name", "AAAAAAAAAABBBBBBBBBB"))
        self.assertEqual(3, self.write(base + "symbolic_name", "xyz"))
        self.assertEqual("xyzAAAAAAABBBBBBBBBB", self.read(base + "symbolic_name"))
        self.assertEqual(-errno.EINVAL, self.write(base + "symbolic_name", "x" * 64))
        self.assertEqual(1, self.write(base + "vport_disable", "1"))
        self.assertEqual("Disabled", self.read(base + "vport_state"))
        self.assertEqual(-errno.EALREADY, self.write(base + "vport_disable", "1"))
        self.assertEqual(1, self.write(base + "vport_disable", "0"))
        until("the login", lambda: self.read(base + "vport_state") == "Active")
        self.assertEqual(1, self.write(base + "vport_delete", "0"))
        until("the deletion", lambda: not self.list("class/fc_vports"))

    def test_foreign_vport_is_there_without_a_write(self):
        self.ctl("foreign", "h1", A % 9, N)
        self.assertEqual(["vport-1:0-0"], self.list("class/fc_vports"))
        self.ctl("vanish", "h1", A % 9)
        self.assertEqual([], self.list("class/fc_vports"))
        self.assertEqual([], self.writes("create"))

    def test_255_vports_on_every_hba(self):
        self.ctl("delay", "create", "0")
        for host in range(4):
            for port in range(255):
                self.assertEqual(33, self.create(host, host << 8 | port))
        self.assertEqual(-errno.ENOSPC, self.create(0, 0x999))
        self.assertEqual(1020, len(self.list("class/fc_vports")))
        ids = {self.read(f"class/fc_host/{host}/port_id") for host in self.list("class/fc_host")} - {"0x000000"}
        until("the last login", lambda: all(vport["online"] for hba in self.status()["hbas"] for vport in hba["vports"]))
        ids = {self.read(f"class/fc_host/{host}/port_id") for host in self.list("class/fc_host")}
        self.assertEqual(1024, len(ids))


class OtherDrivers(SansimTest):
    OPTIONS = ["--config", "/dev/stdin"]

    def setUp(self):
        config = {"hbas": [{"driver": name} for name in ("qla2xxx", "fcoe", "zfcp", "qedf")]}
        with tempfile.TemporaryFile("w+") as file:
            json.dump(config, file)
            file.seek(0)
            saved = os.dup(0)
            os.dup2(file.fileno(), 0)
            try:
                super().setUp()
            finally:
                os.dup2(saved, 0)
                os.close(saved)

    def test_drivers_differ_as_they_do(self):
        self.assertFalse(os.path.exists(self.path("class/fc_host/host2/vport_create")))
        self.create(0)
        self.assertEqual(-errno.ENOTUNIQ, self.create(0))
        self.create(1, 2)
        self.assertEqual(-errno.EINVAL, self.create(1, 2))
        self.assertEqual(0o444, os.stat(self.path("class/fc_vports/vport-0:0-0/symbolic_name")).st_mode & 0o777)
        self.assertEqual("65535", self.read("class/fc_host/host1/max_npiv_vports"))
        roles = {self.read(f"class/fc_remote_ports/{name}/roles") for name in self.list("class/fc_remote_ports")}
        self.assertEqual({"FCP Target", "Directory Server"}, roles)
        self.ctl("link", "h3", "down")
        self.assertEqual(-errno.EIO, self.create(3, 3))
        self.ctl("link", "h0", "down")
        self.assertEqual("VPort Failed", self.read("class/fc_vports/vport-0:0-0/vport_state"))
        self.ctl("npiv", "A", "off")
        self.assertEqual(-errno.EOPNOTSUPP, self.create(0, 4))


class Faults(SansimTest):
    def test_errno_and_short_count_reach_the_writer_as_they_are(self):
        for words, outcome in ((("errno", "ENOTUNIQ"), -errno.ENOTUNIQ), (("errno", "EINTR"), -errno.EINTR),
                               (("short", "9"), 9), (("short", "0"), 0), (("errno", "ENOMEM"), -errno.ENOMEM)):
            self.ctl("fault", "h0", "create", *words)
            self.assertEqual(outcome, self.create())
            self.assertEqual([], self.list("class/fc_vports"))
        self.create()
        self.ctl("fault", "h0", "delete", "errno", "EAGAIN", "count", "2")
        self.assertEqual([-errno.EAGAIN, -errno.EAGAIN, 33], [self.delete() for _ in range(3)])

    def test_stuck_and_bad_states(self):
        self.ctl("fault", "h0", "create", "badstate", "Fabric-Rejected-WWN")
        self.create()
        until("the state", lambda: self.read("class/fc_vports/vport-0:0-0/vport_state") == "Fabric Rejected WWN")
        self.ctl("fault", "h0", "create", "stuck")
        self.create(port=2)
        name = self.create_active(port=3)
        self.assertEqual("vport-0:0-2", name)
        self.assertEqual("Initializing", self.read("class/fc_vports/vport-0:0-1/vport_state"))

    def test_hang_for_a_time_then_done(self):
        self.ctl("fault", "h0", "create", "hang", "0.3")
        began = time.monotonic()
        self.assertEqual(33, self.create())
        self.assertGreaterEqual(time.monotonic() - began, 0.29)
        self.assertEqual(["vport-0:0-0"], self.list("class/fc_vports"))

    def test_hanging_write_blocks_nobody_else(self):
        self.ctl("fault", "h0", "create", "hang", "forever", "count", "20")
        text = f"{A % 1}:{N}"
        writers = [Writer(self.path("class/fc_host/host0/vport_create"), text) for _ in range(20)]
        until("the hang", lambda: self.status()["hbas"][0]["counters"]["held"] == 20)
        self.assertEqual("Online", self.read("class/fc_host/host0/port_state"))
        self.assertEqual(33, self.create(1, 2))
        self.assertEqual(33, self.create(0, 3))
        self.assertEqual(21, self.status()["hbas"][0]["counters"]["creators_max"])
        self.ctl("release", "h0", "errno", "EIO")
        self.assertEqual([-errno.EIO] * 20, [writer.result() for writer in writers])

    def test_hanging_writer_cannot_be_killed_until_it_is_answered(self):
        self.ctl("fault", "h0", "create", "hang", "forever")
        writer = self.hanging("class/fc_host/host0/vport_create", f"{A % 1}:{N}")
        writer.child.kill()

        def state():
            with open(f"/proc/{writer.child.pid}/stat", encoding="ascii") as file:
                return file.read().rsplit(")", 1)[1].split()[0]
        until("the D state", lambda: state() == "D")
        self.assertEqual(1, len(self.writes("create")))
        self.ctl("release", "h0", "ok")
        writer.join(PATIENCE_S)
        self.assertEqual(-signal.SIGKILL, writer.child.returncode)
        self.assertEqual(["vport-0:0-0"], self.list("class/fc_vports"))

    def test_made_vport_is_there_while_its_write_hangs(self):
        self.ctl("fault", "h0", "create", "hang", "forever", "made")
        writer = self.hanging("class/fc_host/host0/vport_create", f"{A % 1}:{N}")
        self.assertEqual(["vport-0:0-0"], self.list("class/fc_vports"))
        self.ctl("release", "h0")
        self.assertEqual(33, writer.result())

    def test_hanging_read_is_of_that_file_only(self):
        self.ctl("fault", "h0", "read", "hang", "forever", "attr", "port_state")
        child = subprocess.Popen(["cat", self.path("class/fc_host/host0/port_state")], stdout=subprocess.PIPE)
        until("the hang", lambda: self.status()["hbas"][0]["counters"]["held"] == 1)
        self.assertEqual("0x010100", self.read("class/fc_host/host0/port_id"))
        self.assertEqual("Online", self.read("class/fc_host/host1/port_state"))
        self.ctl("release", "h0")
        self.assertEqual(b"Online\n", child.communicate(timeout=PATIENCE_S)[0])

    def test_faults_can_be_listed_and_cleared(self):
        self.ctl("fault", "h0", "create", "hang", "2", "made", "always")
        self.assertEqual(["create hang 2.000 made always"], self.status()["hbas"][0]["faults"])
        self.ctl("clear")
        self.assertEqual([], self.status()["hbas"][0]["faults"])
        self.assertIn("error: there is no HBA 'h9'", self.ctl("clear", "h9", ok=False))

    def test_end_answers_what_hangs(self):
        self.ctl("fault", "h0", "create", "hang", "forever")
        writer = self.hanging("class/fc_host/host0/vport_create", f"{A % 1}:{N}")
        self.assertEqual("ok", self.ctl("quit"))
        self.assertEqual(-errno.EIO, writer.result())

    def test_log_has_each_write_once_with_its_answer(self):
        self.ctl("fault", "h0", "create", "short", "9")
        self.create()
        with open(self.log, encoding="utf-8") as file:
            write, answer = (json.loads(line) for line in file)
        self.assertEqual((f"{A % 1}:{N}", 33, "h0", os.getpid()), tuple(write[k] for k in ("text", "bytes", "hba", "pid")))
        self.assertEqual((write["call"], 9), (answer["call"], answer["result"]))


class ComingAndGoing(SansimTest):
    def test_removed_hba_is_gone_for_every_descriptor(self):
        self.create_active(1, 1)
        host = os.open(self.path("class/fc_host/host1"), os.O_RDONLY | os.O_DIRECTORY)
        create = os.open("vport_create", os.O_WRONLY, dir_fd=host)
        name = os.open("port_name", os.O_RDONLY, dir_fd=host)
        self.ctl("remove", "h1")
        self.ctl("return", "h1")
        self.assertEqual(["host0", "host1", "host2", "host3"], self.list("class/fc_host"))
        self.assertEqual([], self.list("class/fc_vports"))
        for act in (lambda: os.write(create, f"{A % 1}:{N}".encode()), lambda: os.pread(name, 100, 0)):
            with self.assertRaises(OSError) as caught:
                act()
            self.assertEqual(errno.ENODEV, caught.exception.errno)
        with self.assertRaises(FileNotFoundError):
            os.open("vport_create", os.O_WRONLY, dir_fd=host)
        for fd in (host, create, name):
            os.close(fd)
        until("the login", lambda: self.read("class/fc_host/host1/port_state") == "Online")
        self.assertEqual(33, self.create(1, 1))

    def test_lowest_free_number_goes_to_who_comes_first(self):
        self.ctl("remove", "h0")
        self.ctl("remove", "h1")
        self.ctl("return", "h1")
        self.assertEqual("0x100000109b000020", self.read("class/fc_host/host0/port_name"))
        self.ctl("return", "h0")
        self.assertEqual("0x100000109b000010", self.read("class/fc_host/host1/port_name"))

    def test_removal_ends_a_hanging_write(self):
        self.ctl("fault", "h0", "create", "hang", "forever")
        writer = self.hanging("class/fc_host/host0/vport_create", f"{A % 1}:{N}")
        self.ctl("remove", "h0")
        self.assertEqual(-errno.ENODEV, writer.result())

    def test_link_flap_keeps_vports_and_brings_luns_back(self):
        self.ctl("mask", A % 1, LUN % 1, "0")
        name = self.create_active()
        until("the disk", lambda: self.disks() == ["sda"])
        self.ctl("link", "h0", "down")
        self.assertEqual("Linkdown", self.read(f"class/fc_vports/{name}/vport_state"))
        self.assertEqual("Linkdown", self.read("class/fc_host/host0/port_state"))
        self.assertEqual("blocked", self.read("block/sda/device/state"))
        self.ctl("link", "h0", "up")
        until("the login", lambda: self.read(f"class/fc_vports/{name}/vport_state") == "Active")
        until("the disk", lambda: self.read("block/sda/device/state") == "running")
        self.ctl("flap", "h0", "20")
        until("the login", lambda: self.read(f"class/fc_vports/{name}/vport_state") == "Active")

    def test_names_go_with_dev_loss_without_anybody_asking(self):
        self.ctl("mask", A % 1, LUN % 1, "0")
        self.create_active()
        until("the disk", lambda: self.disks() == ["sda"])
        self.assertEqual(1, self.write("class/fc_host/host4/dev_loss_tmo", "1"))
        self.assertEqual("8:0", self.read("block/sda/dev"))
        self.ctl("link", "h0", "down")
        until("dev_loss_tmo", lambda: not os.path.exists(self.path("block/sda")))
        self.assertEqual("Not Present", self.read("class/fc_remote_ports/rport-4:0-0/port_state"))

    def test_many_removals_and_returns_under_load_mix_up_nothing(self):
        def hammer(host, stop):
            while not stop.is_set():
                try:
                    fd = os.open(self.path(f"class/fc_host/host{host}"), os.O_RDONLY | os.O_DIRECTORY)
                except OSError:
                    continue
                try:
                    self.hammer_one(fd)
                except OSError as error:
                    if error.errno not in (errno.ENODEV, errno.ENOENT, errno.ENOTUNIQ):
                        bad.append(error)
                finally:
                    os.close(fd)
        stop, bad = threading.Event(), []
        threads = [threading.Thread(target=hammer, args=(host, stop)) for host in range(4)]
        for thread in threads:
            thread.start()
        for turn in range(60):
            self.ctl("remove", f"h{turn % 4}")
            self.ctl("return", f"h{turn % 4}")
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual([], bad)
        for hba in self.status()["hbas"]:
            for vport in hba["vports"]:
                self.assertEqual(hba["wwpn"][-4:], vport["wwpn"][-4:])

    @staticmethod
    def hammer_one(folder):
        """Creates a vport on the host whose port_name was read through the same directory, then deletes it."""
        name = os.open("port_name", os.O_RDONLY, dir_fd=folder)
        try:
            wwpn = os.read(name, 100).decode().strip()[2:]
        finally:
            os.close(name)
        text = f"2100aabbccdd{wwpn[-4:]}:{N}".encode()
        for file in ("vport_create", "vport_delete"):
            fd = os.open(file, os.O_WRONLY, dir_fd=folder)
            try:
                os.write(fd, text)
            finally:
                os.close(fd)


class ZonesAndMasks(SansimTest):
    def rports(self, host):
        names = [name for name in self.list("class/fc_remote_ports") if name.startswith(f"rport-{host}:")]
        return [self.read(f"class/fc_remote_ports/{name}/port_state") for name in names]

    def test_zones_count_only_when_enforced_and_work_at_once(self):
        self.create_active()
        until("the target", lambda: self.rports(4) == ["Online"])
        self.ctl("zone", "enforce", "on", "A")
        self.assertEqual(["Blocked"], self.rports(4))
        self.assertEqual(["Online"], self.rports(1))
        self.ctl("zone", "add", "A", A % 1, TARGET_A)
        self.assertEqual(["Online"], self.rports(4))
        self.ctl("zone", "del", "A", TARGET_A, A % 1)
        self.assertEqual(["Blocked"], self.rports(4))
        self.ctl("zone", "enforce", "off", "A")
        self.assertEqual(["Online"], self.rports(4))

    def test_new_mask_needs_a_scan_and_old_device_stays(self):
        self.ctl("mask", A % 1, LUN % 1, "1")
        self.create_active()
        until("the disk", lambda: self.list("class/scsi_device") == ["4:0:0:1"])
        self.ctl("mask", A % 1, LUN % 2, "2")
        self.assertEqual(7, self.write("class/scsi_host/host4/scan", "0 0 3\n\n"))
        self.assertEqual(["4:0:0:1"], self.list("class/scsi_device"))
        self.assertEqual(6, self.write("class/scsi_host/host4/scan", "- - -\n"))
        self.assertEqual(["4:0:0:1", "4:0:0:2"], self.list("class/scsi_device"))
        self.ctl("unmask", A % 1, LUN % 1)
        self.write("class/scsi_host/host4/scan", "- - -")
        self.assertEqual(["4:0:0:1", "4:0:0:2"], self.list("class/scsi_device"))
        self.assertEqual(2, self.write("class/scsi_device/4:0:0:1/device/delete", "1\n"))
        self.write("class/scsi_host/host4/scan", "- - -")
        self.assertEqual(["4:0:0:2"], self.list("class/scsi_device"))
        self.assertEqual(["sdb"], self.disks())
        self.assertEqual(-errno.EINVAL, self.write("class/scsi_host/host4/scan", "1 - -"))

    def test_hidden_late_and_extra_luns(self):
        self.ctl("mask", A % 1, LUN % 1, "1")
        self.ctl("mask", A % 1, LUN % 2, "2")
        self.ctl("lun", "hide", LUN % 1)
        self.ctl("lun", "late", "300")
        self.create_active()
        self.assertEqual([], self.list("class/scsi_device"))
        until("the late LUN", lambda: self.list("class/scsi_device") == ["4:0:0:2"])
        self.ctl("lun", "show", LUN % 1)
        self.ctl("lun", "extra", A % 1, LUN % 3, "9")
        until("the extra LUN", lambda: self.list("class/scsi_device") == ["4:0:0:1", "4:0:0:2", "4:0:0:9"])

    def test_mask_of_one_port_is_not_seen_by_another(self):
        self.ctl("mask", A % 1, LUN % 1, "1")
        self.create_active(0, 1)
        self.create_active(1, 2)
        until("the disk", lambda: self.disks() == ["sda"])
        self.write("class/scsi_host/host5/scan", "- - -")
        self.assertEqual(["sda"], self.disks())

    def test_lun_of_one_fabric_is_not_seen_on_the_other(self):
        self.ctl("lun", "add", "B", "naa.6001405bbbbbbbbb0000000000000001", "1G")
        self.ctl("mask", "any", "naa.6001405bbbbbbbbb0000000000000001", "1")
        self.create_active(0, 1)
        self.create_active(1, 2)
        until("the disk", lambda: self.disks() == ["sda"])
        self.assertEqual("5:0:0:1", os.path.basename(os.path.realpath(self.path("block/sda/device"))))


class Background(unittest.TestCase):
    def test_command_returns_when_the_tree_is_there(self):
        with tempfile.TemporaryDirectory(prefix="sansim-") as folder:
            mnt, sock = folder + "/sys", folder + "/ctl"
            os.mkdir(mnt)
            subprocess.run([SANSIM, "--control", sock, mnt], check=True, timeout=PATIENCE_S)
            self.assertEqual(["host0", "host1", "host2", "host3"], sorted(os.listdir(mnt + "/class/fc_host")))
            subprocess.run([SANSIM, "ctl", sock, "quit"], check=True, timeout=PATIENCE_S, stdout=subprocess.DEVNULL)
            until("the end", lambda: not os.path.ismount(mnt) and not os.path.exists(sock))

    def test_mistakes_are_told(self):
        for arguments, words in ((["--hbas"], "missing argument"), ([], "mount point"), (["/nowhere"], "/nowhere"),
                                 (["--driver", "none", "/"], "there is no driver"), (["--config", "/nowhere", "/"], "/nowhere")):
            done = subprocess.run([SANSIM, *arguments], capture_output=True, text=True, timeout=PATIENCE_S)
            self.assertNotEqual(0, done.returncode)
            self.assertIn(words, done.stderr)


def main():
    global SANSIM
    SANSIM = os.path.abspath(sys.argv.pop(1))
    if os.geteuid() != 0 or not os.access("/dev/fuse", os.R_OK | os.W_OK):
        print("skipped: mounting needs root and /dev/fuse")
        return SKIP
    return 0 if unittest.main(exit=False).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
