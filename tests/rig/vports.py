# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many guests at once: vports.py SOCKET WORD [N].

make N [EACH]: records guests v000.. with EACH (1) vHBAs on fabric A, N in all; start, stop: asks for all of them at
once, each on its own connection, and ends when the last operation is over. Prints the seconds until
the kernel showed all vports Active, those until the last operation was over, the CPU seconds of
npivd's core and of its lanes, and the states that were reached.
"""
import os
import select
import socket
import sys
import time

import api

WAIT = 30
TICK = os.sysconf("SC_CLK_TCK")
VPORTS = "/sys/class/fc_vports"
LOOK_S = 0.1


def cpu_of(name):
    total = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as stat:
                comm, fields = stat.read().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue
        if comm.startswith(name):
            total += sum(map(int, fields.split()[11:13]))
    return total / TICK


def make(path, n, each):
    sock = api.connect(path)
    for i, first in enumerate(range(0, n, each)):
        vhbas = [{"fabric": "A", "name": f"p{j}"} for j in range(min(each, n - first))]
        status, answer = api.call(sock, "POST", "/v1/guests", {"name": f"v{i:03}", "vhbas": vhbas})
        if status >= 400:
            sys.exit(f"guest v{i:03}: {answer}")


def state_of(vport):
    with open(f"{VPORTS}/{vport}/vport_state") as file:
        return file.read().strip()


class Watch:
    """When were all N vports Active? Looks seldom, and at few: what it takes is taken from those it measures."""

    def __init__(self, n):
        self.n = n
        self.began = self.next = time.monotonic()
        self.pending = None
        self.seconds = 0.0

    def look(self):
        if self.seconds or time.monotonic() < self.next:
            return
        if self.pending is None and len(names := os.listdir(VPORTS)) == self.n:
            self.pending = names
        while self.pending and state_of(self.pending[-1]) == "Active":
            self.pending.pop()
        if self.pending == []:
            self.seconds = time.monotonic() - self.began
        self.next = time.monotonic() + LOOK_S


class Change:
    """One guest's request, repeated while its operation is held for longer than a reply may be."""

    def __init__(self, path, name, desired):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.request = api.request("PUT", f"/v1/guests/{name}/state?wait={WAIT}", {"desired": desired})
        self.name = name
        self.buffer = b""
        self.outcome = None

    def send(self):
        self.buffer = b""
        self.sock.sendall(self.request)

    def receive(self):
        """Judged when all is over, but for what is to be asked again."""
        data = self.sock.recv(65536)
        self.buffer += data
        head, mark, body = self.buffer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0) if mark else 0
        if not data:
            self.outcome = "connection closed"
        elif mark and len(body) >= length:
            status, answer = api.split(self.buffer)[:2] if b" 202 " in head else (0, None)
            if status == 202 and answer["state"] in ("PENDING", "RUNNING"):
                self.send()
            else:
                self.outcome = "answered"

    def judge(self, desired):
        if self.outcome != "answered":
            return self.outcome
        status, answer = api.split(self.buffer)[:2]
        state = answer.get("state", status) if status < 400 else answer.get("detail", status)
        # A request that was repeated may find that all is done.
        return "DONE" if state in ("DONE", desired) else str(state)


def change(path, desired):
    guests = api.call(api.connect(path), "GET", "/v1/guests?limit=1000")[1]["items"]
    changes = [Change(path, guest["name"], desired) for guest in guests]
    poll = select.poll()
    waiting = {c.sock.fileno(): c for c in changes}
    for fd in waiting:
        poll.register(fd, select.POLLIN)
    cpu = cpu_of("npivd"), cpu_of("npiv-host")
    watch = Watch(sum(len(guest["vhbas"]) for guest in guests) if desired == "ready" else -1)
    for c in changes:
        c.send()
    while waiting:
        for fd, _ in poll.poll(1000 * LOOK_S):
            waiting[fd].receive()
            if waiting[fd].outcome:
                poll.unregister(fd)
                del waiting[fd]
        watch.look()
    seconds = time.monotonic() - watch.began
    cpu = cpu_of("npivd") - cpu[0], cpu_of("npiv-host") - cpu[1]
    while desired == "ready" and not watch.seconds and time.monotonic() - watch.began < WAIT + seconds:
        time.sleep(LOOK_S)
        watch.look()
    outcomes = [c.judge(desired) for c in changes]
    counts = ", ".join(f"{outcomes.count(o)} {o}" for o in sorted(set(outcomes)))
    print(f"{watch.seconds:.3f} {seconds:.3f} {cpu[0]:.2f} {cpu[1]:.2f} {counts}")


def main(argv):
    if argv[2] == "make":
        make(argv[1], int(argv[3]), int((argv[4:] or "1")[0]))
    else:
        change(argv[1], {"start": "ready", "stop": "absent"}[argv[2]])


main(sys.argv)
