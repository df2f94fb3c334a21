# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small client of NX-API and what the tests of the simulated NX-OS share."""

import base64

from harness import until
from switches import PASSWORD, USER, Http, SwitchTest, wwn

I1, I2, I3 = "2100aabbccdd0001", "2100aabbccdd0002", "2100aabbccdd0003"
T1 = "5000000000010a01"


class Nxos(Http):
    """A client of NX-API that adds nothing of its own: no repeating, no commit."""

    def __init__(self, port, ca=None, user=USER, password=PASSWORD):
        super().__init__(port, ca)
        self.key = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def call(self, body, kind="application/json", path="/ins", **more):
        headers = {"Content-Type": kind, "Authorization": self.key, **more.pop("headers", {})}
        return self.send("POST", path, body, {name: value for name, value in headers.items() if value}, **more)

    def ins(self, kind, text, **more):
        return self.call({"ins_api": {"version": "1.0", "type": kind, "chunk": "0", "sid": "1", "input": text,
                                      "output_format": "json"}}, **more)

    def outputs(self, kind, text, **more):
        """The outputs as a list."""
        output = self.ins(kind, text, **more).body["ins_api"]["outputs"]["output"]
        return output if isinstance(output, list) else [output]

    def conf(self, *commands, **more):
        return self.outputs("cli_conf", " ;".join(commands), **more)

    def show(self, command):
        """The body of a structured answer."""
        return self.outputs("cli_show", command)[0].get("body")

    def text(self, command):
        return self.outputs("cli_show_ascii", command)[0].get("body")

    def rpc(self, *commands, method="cli"):
        calls = [{"jsonrpc": "2.0", "method": method, "params": {"cmd": command, "version": 1.2}, "id": number}
                 for number, command in enumerate(commands, 1)]
        return self.call(calls, kind="application/json-rpc")


def rows(body, name):
    """Rows of a table, which are no list when there is only one."""
    found = body.get(f"TABLE_{name}", {}).get(f"ROW_{name}", [])
    return found if isinstance(found, list) else [found]


def enter(zone):
    return f"zone name {zone} vsan 10"


def pwwn(name, device_type=""):
    return f"member pwwn {wwn(name)} {device_type}".strip()


class NxosTest(SwitchTest):
    release = ""
    settings = ()

    def setUp(self):
        super().setUp()
        self.nxos = Nxos(self.san.ctl(f"switch add A nxos 0 {self.release}")["port"])
        for words in self.settings:
            self.set(words)

    def set(self, words):
        self.san.ctl(f"switch set A {words}")

    def fault(self, words):
        self.san.ctl(f"switch fault A {words}")

    def done(self, *commands):
        """Commands that succeed; their texts."""
        outputs = self.nxos.conf(*commands)
        self.assertEqual((["200"] * len(commands)), [output["code"] for output in outputs], outputs)
        return [output["body"] for output in outputs]

    def refused(self, words, *commands):
        """Commands of which the last one that is answered is refused."""
        output = self.nxos.conf(*commands)[-1]
        self.assertEqual("400", output["code"], output)
        self.assertIn(words, output["clierror"])
        return output

    def status(self):
        return rows(self.nxos.show("show zone status vsan 10"), "zone_status")[0]

    def settle(self):
        until("the activation or commit has ended", lambda: not self.switch()["running"])

    def commit(self):
        self.done("zone commit vsan 10")
        self.settle()

    def make(self):
        """Two zones and a zoneset, in force."""
        self.done(enter("z1"), pwwn(I1), pwwn(T1), enter("z2"), pwwn(I2), pwwn(T1), "zoneset name S vsan 10", "member z1",
                  "member z2", "zoneset activate name S vsan 10")
        if self.switch()["enhanced"]:
            self.done("zone commit vsan 10")
        self.settle()

    def members(self, zone, active=False):
        body = self.nxos.show(f"show zone {'active ' if active else ''}vsan 10")
        return next(rows(row, "zone_member") for row in rows(body, "zone") if row["name"] == zone)
