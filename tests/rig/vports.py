# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many guests at once: vports.py SOCKET WORD [N].

make N: records guests v000.. with one vHBA each on fabric A; start, stop: asks for all of them at
once, each on its own connection, and ends when the last operation is over. Prints the seconds that
it took, the CPU seconds of npivd's core and of its lanes, and the states that were reached.
"""
import os
import select
import socket
import sys
import time

import api

WAIT = 30
TICK = os.sysconf("SC_CLK_TCK")


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


def make(path, n):
    sock = api.connect(path)
    for i in range(n):
        status, answer = api.call(sock, "POST", "/v1/guests", {"name": f"v{i:03}", "vhbas": [{"fabric": "A"}]})
        if status >= 400:
            sys.exit(f"guest v{i:03}: {answer}")


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
        data = self.sock.recv(65536)
        self.buffer += data
        reply = api.split(self.buffer)
        if not data and not reply:
            self.outcome = "connection closed"
        elif reply:
            status, answer = reply[:2]
            self.outcome = answer.get("state", status) if status < 400 else answer.get("detail", status)
            if status == 202 and self.outcome in ("PENDING", "RUNNING"):
                self.outcome = None
                self.send()


def change(path, desired):
    n = api.call(api.connect(path), "GET", "/v1/system")[1]["counts"]["guests"]
    changes = [Change(path, f"v{i:03}", desired) for i in range(n)]
    poll = select.poll()
    waiting = {c.sock.fileno(): c for c in changes}
    for fd in waiting:
        poll.register(fd, select.POLLIN)
    cpu = cpu_of("npivd"), cpu_of("npiv-host")
    began = time.monotonic()
    for c in changes:
        c.send()
    while waiting:
        for fd, _ in poll.poll():
            waiting[fd].receive()
            if waiting[fd].outcome:
                poll.unregister(fd)
                del waiting[fd]
    seconds = time.monotonic() - began
    # A request that was repeated may find that all is done.
    outcomes = ["DONE" if c.outcome in ("DONE", desired) else c.outcome for c in changes]
    counts = ", ".join(f"{outcomes.count(o)} {o}" for o in sorted(set(map(str, outcomes))))
    print(f"{seconds:.3f} {cpu_of('npivd') - cpu[0]:.2f} {cpu_of('npiv-host') - cpu[1]:.2f} {counts}")


def main(argv):
    if argv[2] == "make":
        make(argv[1], int(argv[3]))
    else:
        change(argv[1], {"start": "ready", "stop": "absent"}[argv[2]])


main(sys.argv)
