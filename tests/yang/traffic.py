#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Holds what went to and from Fabric OS against the vendor's YANG models.

    traffic.py MODELS LOG...        LOG: what sansim --log wrote

Requests that the switch took and replies with content are checked, each against the models of its switch's release
(MODELS/RELEASE/*.yang) by yanglint. As a library: Models(folder).check(lines) gives a list of complaints.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

PLATFORM = "fibrechannel-yang-types:fibrechannel_switch_platform"
# Names of modules in paths -> of the models.
MODULES = {
    "zoning": "brocade-zone", "brocade-zone": "brocade-zone", "switch": "brocade-fibrechannel-switch",
    "brocade-fibrechannel-switch": "brocade-fibrechannel-switch", "brocade-name-server": "brocade-name-server",
    "brocade-module-version": "brocade-module-version",
}
ZONE_LISTS = {"cfg", "zone", "alias"}
LISTS = ZONE_LISTS | {"enabled-zone", "entry-name", "principal-entry-name", "alias-entry-name", "object", "module",
                      "fibrechannel-name-server", "fibrechannel-switch", "fabric-id"}
# No models are published for it; those of the next release differ in the container's name alone.
STAND_IN = {"8.2.1a": "8.2.1b"}
PORTS_FORGOTTEN = ("9.0.1d", "8.2.3", "8.2.1b")
# Their conditions compare with a node "true" that does not exist: no login reply could ever satisfy them.
LOGIN_BROKEN = ("user-role", "chassis-access-role", "home-virtual-fabric", "virtual-fabric-ids", "virtual-fabric-enabled")
# What yanglint calls the data, by method: "edit" has no rules of presence, which a deletion by name cannot satisfy.
TYPES = {"POST": "config", "PATCH": "config", "DELETE": "edit"}


def as_lists(value, name="", parent=""):
    """Lists of one, which may come as their element, as lists."""
    if isinstance(value, dict):
        value = {key: as_lists(inner, key, name) for key, inner in value.items()}
    elif isinstance(value, list):
        value = [as_lists(inner, "", parent) if not isinstance(inner, dict) else
                 {key: as_lists(leaf, key, name) for key, leaf in inner.items()} for inner in value]
    is_list = name in LISTS or (name == "zone-name" and parent == "member-zone")
    return [value] if is_list and not isinstance(value, list) else value


def place(path):
    """(model, container) of a path below /rest/running/, or None."""
    parts = path.split("/")
    if len(parts) < 4 or parts[1:3] != ["rest", "running"] or parts[3] not in MODULES:
        return None
    return MODULES[parts[3]], parts[4] if len(parts) > 4 else ""


def without_ports(zone, release):
    """Members that are ports, which models before 9.1 forgot in enabled zones, left out."""
    entry = zone.get("member-entry", {})
    if release not in PORTS_FORGOTTEN or "entry-name" not in entry:
        return zone
    names = [name for name in entry["entry-name"] if "," not in name]
    return {**zone, "member-entry": {**entry, "entry-name": names}}


def effective(inner, release):
    """Without what the models have wrong."""
    if "enabled-zone" in inner:
        inner = {**inner, "enabled-zone": [without_ports(zone, release) for zone in inner["enabled-zone"]]}
    # The rule of the checksum is made for requests; a switch shows it always.
    return inner if "cfg-name" in inner else {key: value for key, value in inner.items() if key != "checksum"}


def reply_json(where, text, release):
    module, container = where
    content = as_lists(json.loads(text)["Response"])
    if module == "brocade-zone":
        inner = content.get(container, content)
        content = {container: effective(inner, release) if container == "effective-configuration" else inner}
    content = content.get(module, content)
    return json.dumps({f"{module}:{module}": content})


def reply_xml(where, text, release):
    module, container = where
    inner = re.search(r"<Response>(.*)</Response>", text, re.S).group(1)
    if module == "brocade-zone" and not inner.startswith(f"<{container}>"):
        inner = f"<{container}>{inner}</{container}>"
    if "<cfg-name>" not in inner:
        inner = re.sub("<checksum>.*?</checksum>", "", inner)
    if release in PORTS_FORGOTTEN and container == "effective-configuration":
        inner = re.sub("<entry-name>[0-9]+,[0-9-]+</entry-name>", "", inner)
    inner = re.sub(f"^<{module}>(.*)</{module}>$", r"\1", inner, flags=re.S)
    return f'<{module} xmlns="urn:brocade.com:mgmt:{module}">{inner}</{module}>'


def request_json(where, path, text):
    module, container = where
    content = as_lists(json.loads(text))
    inner = content.get(container, content)
    named = re.search(r"/effective-configuration/(cfg-name|cfg-action)/([^/]+)$", path)
    if named:
        value = named.group(2)
        inner = {**inner, named.group(1): int(value) if named.group(1) == "cfg-action" else value}
    return json.dumps({f"{module}:{module}": {container: inner}})


def login_json(text):
    parameters = json.loads(text)["Response"]["switch-parameters"]
    kept = {key: value for key, value in parameters.items() if key not in LOGIN_BROKEN}
    return json.dumps({"brocade-login-response:login": {"switch-parameters": kept}})


def documents(lines):
    """(release, model, type, document, where it was) of all that can be checked."""
    requests = {(line["switch"], line["number"]): line for line in lines if line["event"] == "request"}
    for reply in (line for line in lines if line["event"] == "reply" and line["vendor"] == "fos"):
        request = requests.get((reply["switch"], reply["number"]))
        if not request or not 200 <= reply["status"] < 300:
            continue
        release = STAND_IN.get(reply["release"], reply["release"])
        label = f"{reply['release']} request {reply['number']}: {request['method']} {request['path']}"
        where = place(request["path"])
        if request["path"] == "/rest/login" and reply["body"]:
            xml = "xml" in reply.get("type", "")
            if not xml:
                yield release, "brocade-login-response", "reply", login_json(reply["body"]), label
            continue
        if where and request["body"]:
            yield (release, where[0], TYPES[request["method"]],
                   request_json(where, request["path"], request["body"]), f"{label}, its body")
        if where and reply["body"]:
            form = reply_xml if "xml" in reply["type"] else reply_json
            yield release, where[0], "data", form(where, reply["body"], release), f"{label}, the reply"


def read_log(path):
    """Lines of requests and replies; the last one may be cut."""
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.endswith("}\n") and line.startswith(('{"event":"request"', '{"event":"reply"')):
                yield json.loads(line)


class Models:
    def __init__(self, folder):
        self.folder = folder
        self.seen = set()  # what has passed before is not checked again

    @staticmethod
    def missing(folder):
        """Why nothing can be checked here; "": it can."""
        if not shutil.which("yanglint"):
            return "yanglint is not installed (libyang2-tools)"
        if not folder or not os.path.isdir(folder):
            return f"no YANG models at '{folder}' (option yang)"
        return ""

    def lint(self, release, model, kind, files):
        folder = f"{self.folder}/{release}"
        return subprocess.run(
            ["yanglint", "-F", PLATFORM, "-t", kind, "-p", folder, f"{folder}/fibrechannel-yang-types.yang",
             f"{folder}/{model}.yang", *files], capture_output=True, text=True, check=False)

    def check_group(self, key, group):
        """Complaints about documents of one release, model and type; yanglint ends at the first bad one."""
        with tempfile.TemporaryDirectory(prefix="npivd-yang-") as folder:
            files = {}
            for number, (document, label) in enumerate(group):
                name = f"{folder}/{number}.{'xml' if document.startswith('<') else 'json'}"
                with open(name, "w", encoding="utf-8") as file:
                    file.write(document)
                files[name] = (document, label)
            while files:
                run = self.lint(*key, list(files))
                if run.returncode == 0:
                    return
                bad = re.search(r'data file "(.*?)"', run.stderr)
                if not bad:
                    yield f"{key}: yanglint: {run.stderr[-2000:]}"
                    return
                document, label = files.pop(bad.group(1))
                errors = [line for line in run.stderr.splitlines() if "err" in line.lower()]
                yield f"{label}: {' '.join(errors)}\n    {document[:400]}"

    def check(self, lines):
        groups = {}
        for release, model, kind, document, label in documents(list(lines)):
            mark = (release, kind, document)
            if mark not in self.seen and os.path.isdir(f"{self.folder}/{release}"):
                self.seen.add(mark)
                groups.setdefault((release, model, kind), []).append((document, label))
        return [complaint for key, group in groups.items() for complaint in self.check_group(key, group)]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    why = Models.missing(sys.argv[1])
    if why:
        print(f"skipped: {why}")
        sys.exit(77)
    models = Models(sys.argv[1])
    complaints = [complaint for path in sys.argv[2:] for complaint in models.check(read_log(path))]
    print("\n".join(complaints) or f"{len(models.seen)} documents are as the models want them")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
