# SPDX-License-Identifier: LGPL-2.1-or-later
"""npivd on the simulated SAN, for the end-to-end tests.

A case of SimTest has its own folder with its own sansim (self.san) and npivd (self.npivd). It waits for conditions
with until(), and ends with self.settle(), the oracle: what must hold whatever happened. The programs are those of
the environment, NPIVD and SANSIM. Root and /dev/fuse are needed; without them main() skips (77).
"""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "yang"))

import traffic  # noqa: E402

SKIP = 77
PATIENCE_S = float(os.environ.get("E2E_PATIENCE_S", "30"))  # until a condition must hold
CONVERGE_S = float(os.environ.get("E2E_CONVERGE_S", "10"))  # kernel = record within this
STOP_S = 5  # SIGTERM to the end
POLL_S = 0.01
LOG_TAIL = 60
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:")

CONFIG = {
    "npivd": {"socket_group": "", "host": "kvm01", "log_level": "debug"},
    "kernel": {"events": "no", "resync": "300ms", "hba_grace": "1s"},
    "timeouts": {"start": "20s", "stop": "20s", "undo": "10s", "job": "10s"},
}
# Folder of the vendor's models: what a case says to a simulated switch is held against them. Else it is not.
YANG = os.environ.get("E2E_YANG", "")
# What is open in the mount when sansim ends is no leak.
NO_LEAKS = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
POOL = {"name": "default", "first": "1000020000010000", "last": "100002000001ffff"}


def until(what, condition, seconds=None):
    """Waits until condition() is true and returns its value; an AssertionError names what did not come."""
    deadline = time.monotonic() + (seconds or PATIENCE_S)
    why = ""
    while True:
        try:
            value = condition()
            if value:
                return value
            why = f": {value!r}" if value not in (None, False) else ""
        except AssertionError as error:
            why = f": {error}"
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true in {seconds or PATIENCE_S:.0f} s{why}")
        time.sleep(POLL_S)


def read_text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def processes_of(text):
    """Processes with this text in their command line: {pid: command line}."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                line = file.read().replace(b"\0", b" ").decode("utf-8", "replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if text in line and int(pid) != os.getpid():
            found[int(pid)] = line
    return found


def end_process(process, seconds=STOP_S):
    """SIGKILL, and no zombie left."""
    if process and process.poll() is None:
        process.kill()
    if process:
        process.wait(seconds)


class Reply:
    def __init__(self, status, headers, text):
        self.status, self.headers = status, headers
        self.body = json.loads(text) if text else None

    def __str__(self):
        return f"{self.status} {json.dumps(self.body)[:1500]}"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Sansim:
    """The simulated SAN: `sansim --control SOCKET MOUNT`."""

    def __init__(self, folder, *args):
        self.folder, self.args = folder, args
        self.mount = f"{folder}/sys"
        self.control, self.log_path, self.words_path = f"{folder}/san", f"{folder}/san.log", f"{folder}/san.err"
        self.process = None
        self.ids = {}
        os.makedirs(self.mount, exist_ok=True)

    def start(self):
        with open(self.words_path, "ab") as words:
            self.process = subprocess.Popen(
                [os.environ["SANSIM"], "--foreground", "--control", self.control, "--log", self.log_path, *self.args,
                 self.mount], stdin=subprocess.DEVNULL, stdout=words, stderr=words, env=NO_LEAKS)
        until("sansim's tree", lambda: os.path.exists(f"{self.mount}/class/fc_host") or self.check_alive())

    def check_alive(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"sansim ended: {read_text(self.words_path)}")
        return False

    def ctl(self, line):
        """One control command; its JSON answer, or None for 'ok'."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(PATIENCE_S)
            sock.connect(self.control)
            sock.sendall(line.encode() + b"\n")
            answer = sock.makefile().readline().strip()
        if answer.startswith("error:"):
            raise AssertionError(f"sansim: {line}: {answer}")
        return None if answer == "ok" else json.loads(answer)

    def status(self):
        return self.ctl("status")

    def hba(self, name):
        return next(hba for hba in self.status()["hbas"] if hba["name"] == name)

    def wwpn(self, name):
        return self.hba(name)["wwpn"]

    def vports(self):
        """{WWPN: [names of the HBAs that it is on]}"""
        found = {}
        for hba in self.status()["hbas"]:
            for vport in hba["vports"]:
                found.setdefault(vport["wwpn"], []).append(hba["name"])
        return found

    def devices(self):
        """[(WWPN of the vport, WWPN of the target, LUN)] of all disks."""
        return [(vport["wwpn"], rport["wwpn"], lun) for hba in self.status()["hbas"] for vport in hba["vports"]
                for rport in vport["rports"] for lun in rport["luns"]]

    def log(self, op=None, event="write"):
        """What was written to the tree so far, in order."""
        lines = (json.loads(line) for line in read_text(self.log_path).splitlines() if line.endswith("}"))
        return [line for line in lines if line["event"] == event and op in (None, line.get("op"))]

    def complaints(self):
        """What of the traffic with the switches is not as the models want it; nothing where these are absent."""
        if traffic.Models.missing(YANG) or not os.path.exists(self.log_path):
            return ""
        return "\n".join(traffic.Models(YANG).check(traffic.read_log(self.log_path))[:5])

    def held(self, name):
        return self.hba(name)["counters"]["held"]

    def stop(self):
        if not self.process:
            return
        if self.process.poll() is None:
            try:
                self.ctl("quit")
                self.process.wait(STOP_S)
            except (OSError, AssertionError, ValueError, subprocess.TimeoutExpired):
                pass
        end_process(self.process)
        self.process = None
        if os.path.ismount(self.mount):
            subprocess.run(["umount", "-l", self.mount], check=False)


def payload(body):
    """A request's body and the headers that it needs."""
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    return text, {"Content-Type": "application/json"} if text else {}


class Npivd:
    """The daemon and its API."""

    def __init__(self, folder, mount):
        self.folder, self.mount = folder, mount
        self.config_path, self.words_path = f"{folder}/npivd.conf", f"{folder}/npivd.err"
        self.state, self.run = f"{folder}/state", f"{folder}/run"
        self.database, self.socket = f"{self.state}/npivd.db", f"{self.run}/api.sock"
        self.process = None
        self.pid = 0

    def write_config(self, changes=None):
        sections = {name: dict(rows) for name, rows in CONFIG.items()}
        for name, rows in (changes or {}).items():
            sections.setdefault(name, {}).update(rows)
        with open(self.config_path, "w", encoding="utf-8") as file:
            for name, rows in sections.items():
                file.write(f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in rows.items()))

    def command(self):
        return [os.environ["NPIVD"], "--config", self.config_path, "--sysfs-root", self.mount, "--db", self.database,
                "--socket", self.socket]

    def spawn(self, wrapper=(), env=None):
        """Behind @wrapper, a program that becomes npivd (exec): one that stays would be what clean_up() ends."""
        with open(self.words_path, "ab") as words:
            self.process = subprocess.Popen([*wrapper, *self.command()], stdin=subprocess.DEVNULL, stdout=words,
                                            stderr=words, env={**os.environ, **(env or {})})
        self.pid = self.process.pid

    def start(self, wrapper=(), env=None, seconds=None):
        self.spawn(wrapper, env)
        until("npivd is ready", self.is_ready, seconds)

    def is_ready(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"npivd ended with {self.process.returncode}:\n{self.words()}")
        return self.answers("/v1/health/ready")

    def answers(self, path):
        try:
            return self.send("GET", path).status == 200
        except (OSError, http.client.HTTPException):
            return False

    def words(self):
        return "\n".join(read_text(self.words_path).splitlines()[-LOG_TAIL:])

    def send(self, method, path, body=None, headers=None, timeout=None):
        connection = UnixConnection(self.socket, timeout or PATIENCE_S + 30)
        text, kind = payload(body)
        try:
            connection.request(method, path, text, {**kind, **(headers or {})})
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def send_at_once(self, requests):
        """The replies to (method, path, body) that all lie before npivd when it looks."""
        connections = [UnixConnection(self.socket, PATIENCE_S + 30) for _ in requests]
        for connection in connections:
            connection.connect()
        os.kill(self.pid, signal.SIGSTOP)
        for connection, (method, path, body) in zip(connections, requests):
            connection.request(method, path, *payload(body))
        os.kill(self.pid, signal.SIGCONT)
        responses = [connection.getresponse() for connection in connections]
        replies = [Reply(response.status, response.headers, response.read()) for response in responses]
        for connection in connections:
            connection.close()
        return replies

    def lanes(self):
        """{pid: command line} of lane processes of this daemon or of one before it."""
        return {pid: line for pid, line in processes_of(self.mount + " ").items() if " --lane " in line}

    def lane_of(self, kernel_name):
        """The pid of the newest lane of "host0"."""
        return max((pid for pid, line in self.lanes().items() if f"--lane fc:{kernel_name} " in line), default=0)

    def count_fds(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def kill(self):
        end_process(self.process)
        self.process = None

    def stop(self):
        """SIGTERM; the seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"npivd did not end within {STOP_S} s of SIGTERM") from None
        self.process = None
        if code != 0:
            raise AssertionError(f"npivd ended with {code}:\n{self.words()}")
        return time.monotonic() - began


class SimTest(unittest.TestCase):
    san_args = ()
    config = {}
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="npivd-e2e-", dir="/tmp")
        self.addCleanup(self.clean_up)
        self.san = Sansim(self.folder, *self.san_args)
        self.npivd = Npivd(self.folder, self.san.mount)
        self.owners = {}  # WWN -> guest, for all the time of the case
        self.foreign = set()  # vports that others made
        self.san.start()
        self.npivd.write_config(self.config)
        self.npivd.start()
        until("npivd knows the HBAs", self.all_read)
        self.provision()

    def all_read(self):
        """Does npivd know every HBA that is there?"""
        there = {hba["wwpn"] for hba in self.san.status()["hbas"] if hba["present"]}
        return there == {hba["wwpn"] for hba in self.items("hbas") if hba["present"]}

    def clean_up(self):
        """Also after a failure; ends only what this case began."""
        failed = not getattr(self._outcome, "success", True)
        if failed:
            sys.stderr.write(f"--- {self.id()}: npivd said\n{self.npivd.words()}\n---\n")
        end_process(self.npivd.process)
        self.san.stop()  # lets go of lanes that hang
        for pid in self.npivd.lanes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if os.path.ismount(self.san.mount):
            subprocess.run(["umount", "-l", self.san.mount], check=False)
        words = read_text(self.npivd.words_path) + read_text(self.san.words_path)
        complaints = self.san.complaints()
        if os.path.ismount(self.san.mount) or (failed and os.environ.get("E2E_KEEP")):
            sys.stderr.write(f"kept: {self.folder}\n")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        if SANITIZER.search(words):
            raise AssertionError("a sanitizer complains:\n" + words[-8000:])
        self.assertEqual("", complaints, "a switch heard or said what its models forbid")

    # The API

    def call(self, method, path, body=None, expect=(200, 201, 202, 204), headers=None):
        reply = self.npivd.send(method, path, body, headers)
        wanted = expect if isinstance(expect, tuple) else (expect,)
        self.assertIn(reply.status, wanted, f"{method} {path} {body}: {reply}")
        return reply

    def get(self, path):
        return self.call("GET", path, expect=200).body

    def items(self, noun):
        found, after = [], ""
        while True:
            mark = "&" if "?" in noun else "?"
            page = self.get(f"/v1/{noun}{mark}limit=1000{after}")
            found += page["items"]
            if not page.get("next") or not page["items"]:
                return found
            after = f"&after={page['next']}"

    def provision(self):
        """Two fabrics as the simulator has them, and a pool."""
        for fabric in self.san.status()["fabrics"]:
            self.call("POST", "/v1/fabrics", {"name": fabric["name"], "wwns": [fabric["wwn"]]})
        self.call("POST", "/v1/pools", POOL)

    def make_guest(self, name, fabrics="AB", luns=(), **fields):
        """A guest; each of @luns (numbers from 1) is masked to it, in the record and on the array."""
        vhbas = fields.pop("vhbas", [{"fabric": fabric} for fabric in fabrics])
        guest = self.call("POST", "/v1/guests", {"name": name, "vhbas": vhbas, **fields}, 201).body
        for number, lun in enumerate(luns):
            self.record_mask(name, lun, number)
            for vhba in guest["vhbas"]:
                self.san.ctl(f"mask {vhba['active']} {self.wwid(lun)} {number}")
        self.note_owners()
        return guest

    def record_mask(self, name, lun, number):
        self.call("POST", "/v1/masks", {"guest": name, "wwid": self.wwid(lun), "lun": number}, 201)

    @staticmethod
    def wwid(number):
        return f"naa.60014050000000000000000000{number:06x}"

    def guest(self, name):
        return self.get(f"/v1/guests/{name}")

    def actives(self, name):
        return [vhba["active"] for vhba in self.guest(name)["vhbas"]]

    def set_state(self, key, desired, /, wait=30, expect=200, **fields):
        query = f"?wait={wait}" if wait else ""
        return self.call("PUT", f"/v1/guests/{key}/state{query}", {"desired": desired, **fields}, expect)

    def start(self, key, /, **fields):
        return self.set_state(key, "ready", **fields)

    def stop(self, key, /, **fields):
        return self.set_state(key, "absent", **fields)

    def begin(self, key, desired="ready", /, **fields):
        """The id of the operation, without waiting for it."""
        return self.set_state(key, desired, wait=0, expect=202, **fields).body["id"]

    def operation(self, number):
        return self.get(f"/v1/operations/{number}")

    def ended(self, number, seconds=None):
        """The operation, when it has ended."""
        return until(f"operation {number} ends",
                     lambda: (lambda op: op if op["state"] in ("DONE", "FAILED") else None)(self.operation(number)),
                     seconds)

    def step_of(self, number, name, state):
        return any(step["name"] == name and step["state"] == state for step in self.operation(number)["steps"])

    def hba(self, name):
        """npivd's view of the HBA that the simulator calls h0, h1, ..."""
        return self.get(f"/v1/hbas/{self.san.wwpn(name)}")

    def lane(self, name):
        return (self.hba(name).get("lane") or {}).get("state")

    def links(self, name):
        folder = f"{self.npivd.run}/disks/{name}"
        return {entry: os.readlink(f"{folder}/{entry}") for entry in os.listdir(folder)} if os.path.isdir(folder) else {}

    def seen_links(self, name):
        """{link: device} as they should be, of all that the kernel shows on the guest's vports."""
        names = {vhba["active"]: vhba["name"] for vhba in self.guest(name)["vhbas"]}
        return {f"{names[wwpn]}-lun{lun['lun']}-{target}": f"/dev/{lun['dev']}"
                for wwpn, target, lun in self.san.devices() if wwpn in names}

    # The oracle

    def note_owners(self):
        """No WWN has ever had two owners."""
        for guest in self.items("guests"):
            wwns = [guest["wwnn"]] + [wwpn for vhba in guest["vhbas"] for wwpn in vhba["wwpns"]]
            self.assertEqual(len(set(wwns)), len(wwns), f"guest {guest['name']} has a WWN twice")
            for wwn in wwns:
                self.assertEqual(self.owners.setdefault(wwn, guest["id"]), guest["id"], f"{wwn} was given twice")

    def expected_vports(self):
        """{WWPN: guest} that the record wants."""
        found = {}
        for guest in self.items("guests"):
            for vhba in guest["vhbas"]:
                if guest["desired"] == "ready":
                    self.assertNotIn(vhba["active"], found, "a WWPN is in two vHBAs")
                    found[vhba["active"]] = guest["name"]
        return found

    def check_kernel(self, ready):
        """Is the kernel what the record wants, and does npivd see it so?"""
        there, wanted = self.san.vports(), self.expected_vports()
        doubled = {wwpn: hbas for wwpn, hbas in there.items() if len(hbas) > 1}
        self.assertFalse(doubled, "a WWPN is on two HBAs")
        self.assertEqual(sorted(set(there) - self.foreign), sorted(wanted), "vports of ours: there against wanted")
        self.assertLessEqual(self.foreign, set(there), "a foreign vport is gone")
        shown = {vport["wwpn"]: vport for vport in self.items("vports")}
        self.assertEqual(sorted(shown), sorted(there), "vports: shown against there")
        for wwpn, vport in shown.items():
            if wwpn not in wanted:
                self.assertEqual(vport["owner"], "foreign", vport)
            elif ready:
                self.assertTrue(vport["up"], vport)
        if ready:
            for guest in self.items("guests"):
                self.assertEqual(guest["state"], guest["desired"], f"guest {guest['name']}: {guest['reason']}")
        return True

    def check_operations(self, also=()):
        odd = [(op["id"], op["kind"], op["state"]) for op in self.items("operations")
               if op["state"] not in ("DONE", "FAILED", *also)]
        self.assertFalse(odd, "operations that have not ended")
        return True

    def settle(self, ready=True, seconds=None):
        """What must hold after whatever happened, soon."""
        self.note_owners()
        until("operations have ended", self.check_operations, seconds or CONVERGE_S)
        # What the kernel lost is made again by an operation: both at once.
        until("kernel = record", lambda: self.check_kernel(ready) and self.check_operations(), seconds or CONVERGE_S)
        check = self.get("/v1/system/check")
        self.assertTrue(check["ok"], check)

    def stop_clean(self):
        """The daemon ends in time and leaves no process behind."""
        took = self.npivd.stop()
        until("lanes have ended", lambda: not self.npivd.lanes(), CONVERGE_S)
        return took

    def restart(self, **how):
        self.stop_clean()
        self.npivd.start(**how)

    def settle_and_stop(self, ready=True):
        self.settle(ready)
        self.stop_clean()

    def assert_problem(self, reply, code, *words):
        """An RFC 9457 body with this code, whose detail has all these words."""
        self.assertEqual(reply.body.get("code"), code, reply)
        for word in words:
            self.assertIn(word, reply.body["detail"], reply)
        self.assertNotRegex(reply.body["detail"], r"\.$|\n", "not one line without a dot")


def missing():
    """Why the tests cannot run here, or ''."""
    if os.geteuid() != 0:
        return "only root may mount the simulated sysfs for others"
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
    except OSError as error:
        return f"/dev/fuse: {error.strerror}"
    for name in ("NPIVD", "SANSIM"):
        if not os.access(os.environ.get(name, ""), os.X_OK):
            return f"{name} names no program"
    return ""


def main():
    why = missing()
    if why:
        print(f"skipped: {why}")
        sys.exit(SKIP)
    unittest.main(verbosity=2)
