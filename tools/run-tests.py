#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the tests of a build folder and tells at the end how each suite went, and why something was skipped.

Usage: run-tests.py BUILD [--jobs N] [SUITE...]
"""
import argparse
import json
import os
import subprocess
import sys

RESULTS = {"OK": "passed", "EXPECTEDFAIL": "passed", "SKIP": "skipped"}  # all others: failed


def read_log(path):
    """The tests of the last run; meson calls one PROJECT:SUITE / NAME."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            test = json.loads(line)
            where, _, name = test["name"].rpartition(" / ")
            yield {"name": name, "suite": where.rpartition(":")[2], "outcome": RESULTS.get(test["result"], "failed"),
                   "seconds": test["duration"], "said": f"{test.get('stdout', '')}\n{test.get('stderr', '')}"}


def why_skipped(test):
    """What the test said about it; the shortest way to find out what is missing."""
    lines = [line.strip() for line in test["said"].splitlines() if line.strip()]
    told = [line for line in lines if "skip" in line.lower()]
    return (told or lines or ["it did not say why"])[-1][:160]


def summarize(tests):
    print(f"\n{'suite':<10}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for suite in sorted({test["suite"] for test in tests}):
        mine = [test for test in tests if test["suite"] == suite]
        counts = [sum(test["outcome"] == outcome for test in mine) for outcome in ("passed", "failed", "skipped")]
        print(f"{suite:<10}{counts[0]:>8}{counts[1]:>8}{counts[2]:>9}{sum(test['seconds'] for test in mine):>9.1f}")
    for test in tests:
        if test["outcome"] == "skipped":
            print(f"skipped: {test['suite']}/{test['name']}: {why_skipped(test)}")
    for test in tests:
        if test["outcome"] == "failed":
            print(f"FAILED:  {test['suite']}/{test['name']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("suites", nargs="*")
    options = parser.parse_intermixed_args()
    log = os.path.join(options.build, "meson-logs", "testlog.json")
    if os.path.exists(log):
        os.remove(log)
    command = ["meson", "test", "-C", options.build, "--no-rebuild", "--print-errorlogs",
               "--num-processes", str(options.jobs)]
    for suite in options.suites:
        command += ["--suite", suite]
    code = subprocess.run(command, check=False).returncode
    if os.path.exists(log):
        summarize(list(read_log(log)))
        print(f"logs: {os.path.dirname(log)}")
    return code


if __name__ == "__main__":
    sys.exit(main())
