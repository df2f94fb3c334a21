#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Holds every body that the driver for Fabric OS makes, for many plans, against the vendor's models of four releases.

E2E_SEEDS is the number of fabrics that are drawn.
"""

import json
import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from traffic import TYPES, Models  # noqa: E402

MODELS = os.environ.get("E2E_YANG", "")
SEEDS = os.environ.get("E2E_SEEDS", "60")
# Whether they have zone-type-string.
RELEASES = {"9.1.0b": True, "9.0.1d": True, "8.2.3": False, "8.2.1b": False}
KEYS = {"alias": "alias-name", "zone": "zone-name", "cfg": "cfg-name"}
OBJECTS_MAX = 200


def made():
    """{text: line} of all bodies, each once."""
    text = subprocess.run([os.environ["FOS_BODIES"], SEEDS], check=True, capture_output=True, text=True).stdout
    return {line: json.loads(line) for line in text.splitlines()}


class Bodies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lines = made()

    def check(self, release):
        lines = [line for line in self.lines.values() if line["type_string"] == RELEASES[release]]
        groups = {}
        for line in lines:
            document = json.dumps({"brocade-zone:brocade-zone": line["body"]})
            label = f"{release} {line['method']} {line['container']}"
            groups.setdefault((release, "brocade-zone", TYPES[line["method"]]), []).append((document, label))
        models = Models(MODELS)
        self.assertEqual([], [complaint for key, group in groups.items() for complaint in models.check_group(key, group)])
        return len(lines)

    def test_all_bodies_are_as_the_models_of_each_release_want(self):
        for release in RELEASES:
            with self.subTest(release):
                self.assertGreater(self.check(release), 3 * int(SEEDS))

    def test_every_method_is_used(self):
        self.assertEqual({"POST", "PATCH", "DELETE"}, {line["method"] for line in self.lines.values()})

    def objects(self):
        """(line, {list: objects}) of each edit."""
        return [(line, line["body"]["defined-configuration"]) for line in self.lines.values()
                if line["container"] == "defined-configuration"]

    def test_a_body_has_one_kind_of_object_each_of_them_once_and_no_more_than_fit(self):
        """pyfos 17: of 2000 zones in one request a half was kept, and the switch said yes."""
        for line, lists in self.objects():
            self.assertEqual(1, len(lists), line)
            (kind, objects), = lists.items()
            names = [row[KEYS[kind]] for row in objects]
            self.assertEqual(len(set(names)), len(names), line)
            self.assertTrue(1 <= len(names) <= OBJECTS_MAX, len(names))

    def test_what_is_written_is_never_empty_and_never_a_set(self):
        """Cinder hands over a set, which is no JSON, when the transaction is open already."""
        for line, lists in self.objects():
            for row in (row for objects in lists.values() for row in objects if line["method"] != "DELETE"):
                entry = row.get("member-entry", row.get("member-zone"))
                self.assertTrue(entry and all(isinstance(names, list) and names for names in entry.values()), row)

    def test_nothing_clears_the_whole_database(self):
        """brcddb restores by clearing first: an outage."""
        actions = {line["body"]["effective-configuration"].get("cfg-action") for line in self.lines.values()
                   if line["container"] == "effective-configuration"}
        self.assertEqual({None, 1, 2, 4}, actions)


if __name__ == "__main__":
    WHY = Models.missing(MODELS)
    if WHY:
        print(f"skipped: {WHY}")
        sys.exit(77)
    unittest.main()
