# SPDX-License-Identifier: LGPL-2.1-or-later
"""sansim with its switches and no npivd, and a small client of Fabric OS REST, for tests of the switches themselves."""

import base64
import http.client
import json
import os
import shutil
import ssl
import sys
import tempfile
import unittest

from harness import PATIENCE_S, SANITIZER, SKIP, Sansim, read_text

AGENT = "test/1.0"
JSON = "application/yang-data+json"
USER, PASSWORD = "admin", "password"
ALIAS, ZONE, CFG = "alias", "zone", "cfg"
KEYS = {ALIAS: "alias-name", ZONE: "zone-name", CFG: "cfg-name"}


class SwitchReply:
    def __init__(self, response):
        self.status, self.headers = response.status, response.headers
        self.text = response.read().decode()
        self.type = response.headers.get("Content-Type") or ""

    @property
    def body(self):
        return json.loads(self.text)

    @property
    def error(self):
        """The (first) error of a JSON error body."""
        error = self.body["errors"]["error"]
        return error[0] if isinstance(error, list) else error

    def __str__(self):
        return f"{self.status} {self.text[:1500]}"


class Http:
    """One switch's HTTP."""

    def __init__(self, port, ca=None):
        self.port, self.ca = port, ca

    def connect(self, timeout=None):
        timeout = timeout or PATIENCE_S
        if self.ca:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout,
                                               context=ssl.create_default_context(cafile=self.ca))
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def send(self, method, path, body=None, headers=None, timeout=None):
        connection = self.connect(timeout)
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        try:
            connection.request(method, path, text, headers or {})
            return SwitchReply(connection.getresponse())
        finally:
            connection.close()


class Fos(Http):
    """A client of Fabric OS REST that adds nothing of its own: no repeating, no logout."""

    def __init__(self, port, agent=AGENT, ca=None, module="brocade-zone"):
        super().__init__(port, ca)
        self.agent, self.module = agent, module
        self.key = ""
        self.types = {"Accept": JSON, "Content-Type": JSON}

    def call(self, method, path, body=None, timeout=None, **headers):
        sent = {**self.types, "User-Agent": self.agent, **({"Authorization": self.key} if self.key else {}), **headers}
        return self.send(method, f"/rest/{path}", body, sent, timeout)

    def login(self, user=USER, password=PASSWORD, kind="Basic"):
        secret = base64.b64encode(f"{user}:{password}".encode()).decode()
        reply = self.call("POST", "login", Authorization=f"{kind} {secret}")
        if reply.status == 200:
            self.key = reply.headers["Authorization"]
        return reply

    def logout(self):
        return self.call("POST", "logout")

    def running(self, method, path, body=None, **more):
        return self.call(method, f"running/{path}", body, **more)

    def get(self, container):
        """A container of the zone module."""
        return self.running("GET", f"{self.module}/{container}").body["Response"][container]

    def edit(self, method, **lists):
        return self.running(method, f"{self.module}/defined-configuration", {"defined-configuration": lists})

    def effective(self, **wish):
        wish = {name.replace("_", "-"): value for name, value in wish.items()}
        return self.running("PATCH", f"{self.module}/effective-configuration", {"effective-configuration": wish})

    def checksum(self):
        return self.get("effective-configuration")["checksum"]

    def enable(self, cfg, checksum=None):
        return self.effective(cfg_name=cfg, checksum=checksum or self.checksum())

    def save(self, checksum=None):
        return self.effective(cfg_action=1, checksum=checksum or self.checksum())

    def abort(self):
        return self.effective(cfg_action=4)

    def names(self, kind):
        """Names of the defined objects."""
        return [row[KEYS[kind]] for row in self.get("defined-configuration").get(kind, [])]


def wwn(text):
    """2100... with colons."""
    return ":".join(text[at:at + 2] for at in range(0, 16, 2))


def zone(name, *members):
    return {"zone-name": name, "member-entry": {"entry-name": [wwn(m) if len(m) == 16 else m for m in members]}}


def peer(name, principals, members, **more):
    return {"zone-name": name, "zone-type-string": "user-created-peer-zone", **more,
            "member-entry": {"entry-name": [wwn(m) for m in members],
                             "principal-entry-name": [wwn(m) for m in principals]}}


def alias(name, *members):
    return {"alias-name": name, "member-entry": {"alias-entry-name": [wwn(m) for m in members]}}


def cfg(name, *zones):
    return {"cfg-name": name, "member-zone": {"zone-name": list(zones)}}


class SwitchTest(unittest.TestCase):
    """A case has its own sansim (self.san)."""

    san_args = ()
    beyond_models = False  # the case says what a switch takes although its models forbid it
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="npivd-switch-", dir="/tmp")
        self.addCleanup(self.clean_up)
        self.san = Sansim(self.folder, *self.san_args)
        self.san.start()

    def clean_up(self):
        self.san.stop()
        words = read_text(self.san.words_path)
        complaints = "" if self.beyond_models else self.san.complaints()
        if not os.path.ismount(self.san.mount):
            shutil.rmtree(self.folder, ignore_errors=True)
        if SANITIZER.search(words):
            raise AssertionError("a sanitizer complains:\n" + words[-8000:])
        self.assertEqual("", complaints, "the switch heard or said what its models forbid")

    def switch(self, fabric="A"):
        return next(row for row in self.san.ctl("switches") if row["fabric"] == fabric)

    def zoning(self, fabric="A"):
        return self.san.ctl(f"zone show {fabric}")

    def assert_status(self, status, reply):
        self.assertEqual(status, reply.status, str(reply))
        return reply


def main():
    if os.geteuid() != 0 or not os.path.exists("/dev/fuse"):
        print("skipped: needs root and /dev/fuse")
        sys.exit(SKIP)
    unittest.main()
